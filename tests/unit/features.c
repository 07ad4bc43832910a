#include "tests/unit/features.h"

#include "tests/unit/functions.h"

#include <zlib.h>

static void add_members(struct text *map, const char *first_content)
{
    text_puts(map, "{\"version\":3,\"file\":\"out.js\",\"sourceRoot\":\"r\",\"sources\":[\"a.js\","
                   "\"b.js\",\"c.css\",null,\"e.js\"],\"names\":[");
    for (int i = 0; i < FEATURE_NAMES; i++) { /* "n0", "n1": a byte apart */
        text_puts(map, i > 0 ? ",\"n" : "\"n");
        text_number(map, (uint64_t)i);
        text_puts(map, "\"");
    }
    text_puts(map, "],\"sourcesContent\":[");
    text_json(map, first_content, strlen(first_content));
    text_puts(
        map,
        ",null,\"a{}\\fb{\\u00e9}\\r\\n\",\"of no name\\u2028\\r\\n\\n\",\"\"],\"mappings\":\"");
}

/* Segments by absolute values; what the VLQs are relative to is kept. */
struct writer {
    struct text *map;
    int64_t now[5];
    int is_line_start;
};

static void put(struct writer *writer, int n_fields, int64_t column, int64_t source, int64_t line,
                int64_t source_column, int64_t name)
{
    const int64_t to[5] = {column, source, line, source_column, name};

    text_puts(writer->map, writer->is_line_start ? "" : ",");
    writer->is_line_start = 0;
    for (int i = 0; i < n_fields; i++) {
        text_vlq(writer->map, to[i] - writer->now[i]);
        writer->now[i] = to[i];
    }
}

static void end_line(struct writer *writer)
{
    text_puts(writer->map, ";");
    writer->now[0] = 0;
    writer->is_line_start = 1;
}

static void add_blocks(struct text *map)
{
    static const int names[] = {0, FEATURE_NAMES - 1, 20};
    struct writer writer = {map, {0}, 1};
    struct rng rng = {81};
    int64_t column = 0;

    for (int64_t i = 0; i < SMCF_BLOCK_TOKENS; i++) { /* BLOCK_SLOTS: 114 tokens with a name */
        column += 3 + rng_below(&rng, 4);
        put(&writer, i % 9 == 4 ? 4 : 5, column, i / 50, i / 30, rng_below(&rng, 50), names[i % 3]);
    }
    for (int64_t i = 0; i < SMCF_BLOCK_TOKENS; i++) { /* BLOCK_SPARSE */
        if (i % 6 == 0) {
            end_line(&writer);
            column = 0;
        }
        column += rng_below(&rng, 10);
        put(&writer,
            i % 5 == 2    ? 1
            : i % 16 == 0 ? 5
                          : 4,
            column, 1 + i / 40, 100 + i / 6 + rng_below(&rng, 2), rng_below(&rng, 60), i / 16 * 5);
    }
    end_line(&writer);
    for (int64_t i = 0; i < SMCF_BLOCK_TOKENS; i++) { /* BLOCK_FLAT */
        put(&writer, 5, 2 * i, 2, 0, 2 * i, 9);
    }
    end_line(&writer);
    for (int64_t i = 0; i < SMCF_BLOCK_TOKENS; i++) { /* BLOCK_BARE */
        put(&writer, 1, 5 * i + rng_below(&rng, 5), 0, 0, 0, 0);
    }
    end_line(&writer);
    for (int64_t i = 0; i < 10; i++) { /* BLOCK_LAST */
        put(&writer, i % 3 == 1 ? 1 : 4, 7 * i + rng_below(&rng, 4), i % 5, 30 - i, 6 * i % 11, 0);
    }
    text_puts(map, "\"}");
}

/* The kinds of blocks that features.h promises. */
static void check_blocks(const struct file *file)
{
    static const unsigned wanted[N_FEATURE_BLOCKS] = {
        SMCF_BLOCK_SOURCES | SMCF_BLOCK_NAMES | SMCF_BLOCK_SPARSE_NAMES | SMCF_BLOCK_NAME_SLOTS,
        SMCF_BLOCK_LINES | SMCF_BLOCK_SOURCES | SMCF_BLOCK_SPARSE_SOURCES | SMCF_BLOCK_FOLLOW_LINE |
            SMCF_BLOCK_NAMES | SMCF_BLOCK_SPARSE_NAMES,
        SMCF_BLOCK_SOURCES | SMCF_BLOCK_FOLLOW_COLUMN | SMCF_BLOCK_NAMES, 0,
        SMCF_BLOCK_SOURCES | SMCF_BLOCK_SPARSE_SOURCES};

    for (int b = 0; b < N_FEATURE_BLOCKS; b++) {
        const struct smcf_block *block =
            (const void *)(file->bytes + block_offset(file, (uint32_t)b));
        assert_int_equal(block->flags, wanted[b]);
    }
}

/* Empty blocks of so many bytes together: of 5 bytes four with the fixed codes, of 6 one of these and a stored one. */
static void add_empty_blocks(struct text *stream, size_t nbytes)
{
    static const uint8_t five[] = {0x02, 0x08, 0x20, 0x80, 0}, six[] = {0x02, 0, 0, 0, 0xff, 0xff};

    assert_true(nbytes >= 4 * sizeof six);
    for (size_t n = nbytes % sizeof five; n > 0; n--) {
        text_add(stream, six, sizeof six);
    }
    for (size_t n = (nbytes - nbytes % sizeof five * sizeof six) / sizeof five; n > 0; n--) {
        text_add(stream, five, sizeof five);
    }
}

struct file deflate_contents(const struct file *raw, uint32_t piece_nbytes, size_t first_nbytes)
{
    struct parts parts = file_split(raw);
    struct text packed = {0}, directory = {0};
    struct part *content = part_find(&parts, SMCF_SECTION_CONTENT);
    uint8_t room[16384];

    assert_true(compressBound(piece_nbytes) <= sizeof room);
    for (size_t off = 0;; off += piece_nbytes) {
        struct smcf_le64 start = smcf_put64(packed.nbytes);
        text_add(&directory, &start, sizeof start);
        if (off >= content->bytes.nbytes) {
            break;
        }
        size_t left = content->bytes.nbytes - off;
        z_stream z = {.next_in = (Bytef *)content->bytes.data + off,
                      .avail_in = left < piece_nbytes ? (uInt)left : piece_nbytes,
                      .next_out = room,
                      .avail_out = sizeof room};
        assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        if (off == 0 && first_nbytes != 0) {
            add_empty_blocks(&packed, first_nbytes - (sizeof room - z.avail_out));
        }
        text_add(&packed, room, sizeof room - z.avail_out);
        assert_int_equal(deflateEnd(&z), Z_OK);
    }
    text_free(&content->bytes);
    content->bytes = packed;
    content->encoding = SMCF_CONTENT_DEFLATE;
    struct part *entries = part_insert(&parts, SMCF_SECTION_CONTENT_DIRECTORY);
    entries->count = directory.nbytes / sizeof(struct smcf_le64) - 1;
    entries->bytes = directory;
    struct smcf_info *info = (void *)part_find(&parts, SMCF_SECTION_INFO)->bytes.data;
    info->content_block_nbytes = smcf_put32(piece_nbytes);
    return file_join(&parts);
}

/* The map with the five blocks. */
static struct text map_of_blocks(void)
{
    struct text map = {0}, content = {0};

    for (int i = 0; i < 12; i++) { /* 4,716 bytes that deflate well */
        text_repeat(&content, (char)('a' + i), 390);
        text_puts(&content, i % 4 == 0 ? "\r\n\n" : i % 4 == 1 ? "\xe2\x80\xa9" : "\n\r\n");
    }
    add_members(&map, content.data);
    add_blocks(&map);
    text_free(&content);
    return map;
}

static struct file make_deflated(size_t first_nbytes)
{
    struct text map = map_of_blocks();
    struct file raw = build_file(&map, SMC_BUILD_SOURCES_RAW);
    struct file file = deflate_contents(&raw, SMCF_CONTENT_BLOCK_MIN, first_nbytes);
    check_blocks(&file);
    file_free(&raw);
    text_free(&map);
    return file;
}

struct file feature_file_deflate(void)
{
    struct file file = make_deflated(0);
    struct smc_error error = {SMC_OK, "", 0};

    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("%s", error.reason);
    }
    return file;
}

struct file feature_file_of_piece(size_t nbytes)
{
    return make_deflated(nbytes);
}

struct file feature_file_none(void)
{
    struct text map = map_of_blocks();
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);

    check_blocks(&file);
    text_free(&map);
    return file;
}

struct file feature_file_raw(void)
{
    struct text map = {0};

    add_members(&map, "one\ntwo\r\nthree\xe2\x80\xa8"
                      "four\r");
    text_puts(&map, "AAAAA,CCAAC;KAAA,C,CCACA;;AADA\"}");
    struct file file = build_file(&map, SMC_BUILD_SOURCES_RAW);
    text_free(&map);
    return file;
}

struct file feature_file_extra(void)
{
    static const char *const prefixes[] = {"src/"};
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_RAW,
                                              .functions = SMC_BUILD_FUNCTIONS_NONE,
                                              .strip_prefixes = prefixes,
                                              .n_strip_prefixes = 1};
    struct text map = map_text("AAAA,EAAE,E;;CCCA;A;;", /* tokens 1 and 3 are ranges */
                               "\"sources\":[\"src/a.js\",\"b.js\"],\"ignoreList\":[1],"
                               "\"rangeMappings\":\"B;;A\","
                               "\"debugId\":\"00112233-4455-6677-8899-AABBCCDDEEFF\","
                               "\"x_hermes_function_offsets\":{\"0\":[0,4],\"2\":[1]}");
    struct warnings warnings;
    struct file file;

    assert_int_equal(try_build_with(&map, &options, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_int_equal(warnings.n, 0);
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    text_free(&map);
    return file;
}

static void add_function_runs(struct smc_function_table *table)
{
    static const struct {
        uint32_t token;
        const char *name; /* "": without one; NULL: nothing is known */
        unsigned origin;  /* of one without a name: the kind */
    } runs[] = {{3, "", SMCF_FUNCTION_TOP_LEVEL},
                {5, "Checkout.submit", SMCF_NAME_ORIGINAL},
                {20, "get Checkout.total", SMCF_NAME_ORIGINAL},
                {21, "", SMCF_FUNCTION_ANONYMOUS},
                {60, "new Checkout", SMCF_NAME_MINIFIED},
                {61, NULL, 0},
                {64, "Checkout.submit", SMCF_NAME_ORIGINAL},
                {130, "", SMCF_FUNCTION_TOP_LEVEL},
                {133, "Foo#bar", SMCF_NAME_FACEBOOK},
                {139, "", SMCF_FUNCTION_ANONYMOUS}};

    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        uint32_t id = SMCF_NONE;
        if (runs[i].name != NULL) {
            id = runs[i].name[0] == '\0' ? add_nameless(table, runs[i].origin, SMCF_NAME_ORIGINAL)
                                         : add_named(table, runs[i].name, runs[i].origin);
        }
        smc_function_table_run(table, runs[i].token, id);
    }
}

static void add_inlined_calls(struct smc_function_table *table)
{
    const uint32_t caller = add_named(table, "caller", SMCF_NAME_SCOPES);
    const struct smc_call_site outer = {0, 7, 8, caller, SMCF_NONE};
    const uint32_t first = smc_inlined_add_call_site(&table->inlined, &outer);
    const struct smc_call_site inner = {1, 9, 10, SMCF_NONE, first};
    const uint32_t second = smc_inlined_add_call_site(&table->inlined, &inner);
    const uint32_t generated = add_named(table, "set #generated", SMCF_NAME_SCOPES);
    const struct smc_inlined_entry entries[] = {{0, 30, first, SMCF_NONE, 0},
                                                {0, 40, second, SMCF_NONE, SMCF_INLINED_HIDDEN},
                                                {0, 50, first, generated, 0},
                                                {1, 5, SMCF_NONE, SMCF_NONE, 0}};

    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        smc_inlined_add(&table->inlined, &entries[i]);
    }
}

struct file feature_file_functions(void)
{
    struct smc_function_table table = {0};
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[\"a.js\",\"b.js\"],\"names\":[\"total\"],"
                    "\"mappings\":\"AAAA");
    for (int i = 1; i < FEATURE_FUNCTION_TOKENS; i++) {
        text_puts(&map, i == 100 ? ";" : ",");
        text_segment(&map, i % 10 == 9 ? 1 : 4, i == 100 ? 0 : 2, 0, i % 8 == 0, 0, 0);
    }
    text_puts(&map, "\"}");
    struct file plain = build_file(&map, SMC_BUILD_SOURCES_NONE);
    add_function_runs(&table);
    add_inlined_calls(&table);
    struct file file = file_with_functions(&plain, &table);
    struct smc_error error = {SMC_OK, "", 0};
    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("%s", error.reason);
    }
    file_free(&plain);
    text_free(&map);
    return file;
}
