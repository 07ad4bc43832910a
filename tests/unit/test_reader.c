/*
 * Opening, and what an open file says of itself. Contents are in test_text.c, tokens in
 * test_mappings.c, damage beyond the header in test_open.c and test_corrupt.c.
 */
#include "tests/unit/support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a map with some of everything ---- */

#define N_LINES 30
#define N_TOKENS_A_LINE 20

static struct text sample_map(void)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"file\":\"out.js\",\"sourceRoot\":\"root\",\"sources\":["
                    "\"a.js\",null,\"b.css\",\"a.js\"],\"sourcesContent\":[\"one\\ntwo\",null,"
                    "\"a{}\"],\"names\":[\"x\",\"y\",\"x\",\"\",\"long name\"],\"mappings\":\"");
    int64_t source = 0;
    for (int line = 0; line < N_LINES; line++) {
        for (int i = 0; i < N_TOKENS_A_LINE; i++) {
            text_puts(&map, i > 0 ? "," : "");
            int64_t to = (line + i) % 4;
            text_segment(&map,
                         i % 7 == 6   ? 1
                         : i % 3 == 0 ? 5
                                      : 4,
                         1 + i % 5, to - source, i == 0, 1,
                         line % 2 == 0 && i < 6   ? 1
                         : line % 2 == 1 && i < 6 ? -1
                                                  : 0);
            source = i % 7 == 6 ? source : to;
        }
        text_puts(&map, ";");
    }
    text_puts(&map, "\"}");
    return map;
}

static struct file sample;

static int make_sample(void **state)
{
    struct text map = sample_map();
    (void)state;
    sample = build_file(&map, SMC_BUILD_SOURCES_DEFLATE);
    text_free(&map);
    return 0;
}

static int free_sample(void **state)
{
    (void)state;
    file_free(&sample);
    return 0;
}

static struct file copy_of(const struct file *file)
{
    struct file copy = {malloc(file->nbytes), file->nbytes};

    assert_non_null(copy.bytes);
    memcpy(copy.bytes, file->bytes, file->nbytes);
    return copy;
}

static void assert_same_view(struct smc_view a, struct smc_view b)
{
    assert_int_equal(a.ptr == NULL, b.ptr == NULL);
    assert_int_equal(a.nbytes, b.nbytes);
    assert_true(a.ptr == NULL || memcmp(a.ptr, b.ptr, a.nbytes) == 0);
}

static void assert_same_token(const struct smc_token *a, const struct smc_token *b)
{
    assert_memory_equal(a, b, offsetof(struct smc_token, source_text));
    assert_same_view(a->source_text, b->source_text);
    assert_same_view(a->name_text, b->name_text);
}

/* Tokens, sources and names. */
static void assert_same_answers(const smc_cache *a, const smc_cache *b)
{
    struct smc_info info, info_b;
    struct smc_token token, token_b;
    struct smc_view name, name_b;
    struct smc_source source, source_b;

    assert_int_equal(smc_info_get(a, &info), SMC_OK);
    assert_int_equal(smc_info_get(b, &info_b), SMC_OK);
    assert_int_equal(info.n_tokens, info_b.n_tokens);
    assert_int_equal(info.n_names, info_b.n_names);
    assert_int_equal(info.n_sources, info_b.n_sources);
    for (uint32_t i = 0; i < info.n_tokens; i++) {
        assert_int_equal(smc_token_at(a, i, &token), SMC_OK);
        assert_int_equal(smc_token_at(b, i, &token_b), SMC_OK);
        assert_same_token(&token, &token_b);
        assert_int_equal(smc_lookup(b, token.line, token.column, 0, &token_b), SMC_OK);
        assert_same_token(&token, &token_b);
    }
    for (uint32_t i = 0; i < info.n_names; i++) {
        assert_int_equal(smc_name_get(a, i, &name), SMC_OK);
        assert_int_equal(smc_name_get(b, i, &name_b), SMC_OK);
        assert_same_view(name, name_b);
    }
    for (uint32_t i = 0; i < info.n_sources; i++) {
        assert_int_equal(smc_source_get(a, i, &source), SMC_OK);
        assert_int_equal(smc_source_get(b, i, &source_b), SMC_OK);
        assert_same_view(source.name, source_b.name);
        assert_int_equal(source.n_lines, source_b.n_lines);
    }
}

/* ---- opening ---- */

static void opens_path_fd_and_memory(void **state)
{
    smc_cache *memory = open_file(&sample), *path_cache, *fd_cache;
    struct smc_error error;
    char path[256];

    (void)state;
    temporary_file(path, sizeof path, sample.bytes, sample.nbytes);
    assert_int_equal(smc_open_path(path, 0, &path_cache, &error), SMC_OK);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(smc_open_fd(fd, 0, &fd_cache, NULL), SMC_OK);
    assert_int_equal(close(fd), 0); /* it stays the caller's, and is not needed any more */
    assert_int_equal(unlink(path), 0);

    assert_same_answers(memory, path_cache);
    assert_same_answers(memory, fd_cache);
    smc_close(memory);
    smc_close(path_cache);
    smc_close(fd_cache);
    smc_close(NULL);
}

static void assert_path_fails(const char *path, smc_status status, int error_number)
{
    smc_cache *cache = (smc_cache *)&sample; /* not NULL */
    struct smc_error error = {SMC_OK, NULL, 1};

    errno = 0;
    assert_int_equal(smc_open_path(path, 0, &cache, &error), status);
    assert_true(status != SMC_E_IO || errno == error_number);
    assert_null(cache);
    assert_int_equal(error.status, status);
    assert_non_null(error.reason);
    assert_int_equal(error.offset, 0);
    assert_int_equal(smc_open_path(path, 0, &cache, NULL), status); /* the error may be NULL */
}

static void refuses_what_cannot_be_mapped(void **state)
{
    char path[256];
    smc_cache *cache = (smc_cache *)&sample;

    (void)state;
    assert_path_fails("there/is/no/such/file", SMC_E_IO, ENOENT);
    assert_path_fails(".", SMC_E_IO, EISDIR);
    assert_path_fails("/dev/null", SMC_E_IO, EINVAL);
    temporary_file(path, sizeof path, "", 0);
    assert_path_fails(path, SMC_E_NOT_CACHE, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* must fail at once, not wait for a writer */
    assert_path_fails(path, SMC_E_IO, EINVAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(smc_open_fd(-1, 0, &cache, NULL), SMC_E_IO);
    assert_int_equal(errno, EBADF);
    assert_null(cache);
    temporary_file(path, sizeof path, "not a cache file at all", 23);
    assert_path_fails(path, SMC_E_NOT_CACHE, 0);
    assert_int_equal(unlink(path), 0);
}

static void assert_refused(const void *bytes, size_t nbytes, smc_status status, const char *reason)
{
    smc_cache *cache = (smc_cache *)&sample;
    struct smc_error error = {SMC_OK, "", UINT64_MAX};

    assert_int_equal(smc_open_memory(bytes, nbytes, 0, &cache, &error), status);
    assert_null(cache);
    assert_int_equal(error.status, status);
    assert_string_equal(error.reason, reason);
    assert_true(error.offset <= nbytes);
    assert_int_equal(smc_open_memory(bytes, nbytes, 0, &cache, NULL), status);
}

static void refuses_other_files(void **state)
{
    static const char *const texts[] = {"",
                                        "x",
                                        "\x89",
                                        "{\"version\":3,\"mappings\":\"\"}",
                                        "\x89PNG\r\n\x1a\n     ",
                                        "SMCA        ",
                                        "\177ELF01234567890"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        int begins_like_one = strcmp(texts[i], "\x89") == 0;
        assert_refused(texts[i], strlen(texts[i]),
                       begins_like_one ? SMC_E_TRUNCATED : SMC_E_NOT_CACHE,
                       begins_like_one ? "the file ends within its header"
                                       : "not an smcache file: wrong magic");
    }
    assert_refused(NULL, 0, SMC_E_NOT_CACHE, "not an smcache file: wrong magic");
}

enum transfer {
    CRLF_TO_LF,
    LF_TO_CRLF,
    CR_TO_LF,
    SEVEN_BITS,
    LATIN1_TO_UTF8,
    REPLACEMENT_CHARACTERS, /* U+FFFD, of a decoder of UTF-8: editors, HTTP as text */
    QUESTION_MARKS
};

/* What a transfer as text makes of the bytes. */
static struct text transfer(const struct file *file, enum transfer how)
{
    struct text out = {0};

    for (size_t i = 0; i < file->nbytes; i++) {
        uint8_t c = file->bytes[i];
        if (how == CRLF_TO_LF && c == '\r' && i + 1 < file->nbytes && file->bytes[i + 1] == '\n') {
            continue;
        }
        if (how == LF_TO_CRLF && c == '\n') {
            text_puts(&out, "\r");
        }
        if (how == CR_TO_LF && c == '\r') {
            c = '\n';
        }
        if (c >= 0x80 && how == LATIN1_TO_UTF8) {
            uint8_t lead = (uint8_t)(0xc0 | c >> 6);
            text_add(&out, &lead, 1);
            c = (uint8_t)(0x80 | (c & 0x3f));
        } else if (c >= 0x80 && how == REPLACEMENT_CHARACTERS) {
            text_puts(&out, "\xef\xbf");
            c = 0xbd;
        } else if (c >= 0x80 && how == QUESTION_MARKS) {
            c = '?';
        }
        if (how == SEVEN_BITS) {
            c &= 0x7f;
        }
        text_add(&out, &c, 1);
    }
    return out;
}

static void assert_damaged_by(enum transfer how)
{
    struct text text = transfer(&sample, how);

    assert_refused(text.data, text.nbytes, SMC_E_TEXT_DAMAGE,
                   "damaged by a transfer as text: copy it again as binary");
    text_free(&text);
}

static void recognises_text_damage(void **state)
{
    (void)state;
    for (enum transfer how = CRLF_TO_LF; how <= REPLACEMENT_CHARACTERS; how++) {
        assert_damaged_by(how);
    }
}

/* A conversion to ASCII that writes ? for what it does not know. */
static void recognises_question_marks(void **state)
{
    (void)state;
    assert_damaged_by(QUESTION_MARKS);
}

static struct smcf_header *header_of(struct file *file)
{
    return (struct smcf_header *)(void *)file->bytes;
}

static void refuses_other_versions_and_features(void **state)
{
    static const uint16_t majors[] = {0, 2, 0x0101, 0xffff};
    struct file file = copy_of(&sample);
    struct smcf_header *header = header_of(&file);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(majors); i++) {
        header->major = smcf_put16(majors[i]);
        assert_refused(file.bytes, file.nbytes, SMC_E_VERSION,
                       "unknown major version of the format: build the file again");
    }
    header->major = smcf_put16(SMCF_MAJOR);
    for (int bit = 0; bit < 32; bit++) {
        header->must_understand = smcf_put32(UINT32_C(1) << bit);
        assert_refused(file.bytes, file.nbytes, SMC_E_FEATURE, "unknown must-understand flag");
    }
    file_free(&file);
}

static void accepts_later_minor_versions_and_ignorable_flags(void **state)
{
    struct file file = copy_of(&sample);
    struct smcf_header *header = header_of(&file);
    struct smc_info info;

    (void)state;
    header->minor = smcf_put16(0xffff);
    header->may_ignore = smcf_put32(0xffffffff);
    file_seal(file.bytes, file.nbytes);
    smc_cache *cache = open_file(&file), *original = open_file(&sample);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.version_minor, 0xffff);
    assert_same_answers(original, cache);
    assert_int_equal(smc_verify(cache, NULL), SMC_OK);
    smc_close(cache);
    smc_close(original);
    file_free(&file);
}

static void refuses_wrong_lengths(void **state)
{
    struct file file = copy_of(&sample);

    (void)state;
    assert_refused(file.bytes, 100, SMC_E_TRUNCATED, "the file ends within its header");
    assert_refused(file.bytes, file.nbytes - 1, SMC_E_TRUNCATED,
                   "the file is shorter than its header says");
    file.bytes = realloc(file.bytes, file.nbytes + 1);
    assert_non_null(file.bytes);
    file.bytes[file.nbytes] = 0;
    assert_refused(file.bytes, file.nbytes + 1, SMC_E_DAMAGED,
                   "the file is longer than its header says");
    file_free(&file);
}

static const uint32_t required[] = {SMCF_SECTION_INFO,           SMCF_SECTION_DIRECTORY,
                                    SMCF_SECTION_BLOCKS,         SMCF_SECTION_SOURCES,
                                    SMCF_SECTION_STRING_OFFSETS, SMCF_SECTION_STRING_BYTES,
                                    SMCF_SECTION_LINE_COUNTS,    SMCF_SECTION_CONTENT_DIRECTORY};

static void refuses_missing_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(required); i++) {
        struct parts parts = file_split(&sample);
        part_remove(&parts, required[i]);
        struct file file = file_join(&parts);
        /* Without BLOCKS there are no tokens that DIRECTORY could speak of. */
        assert_refused(file.bytes, file.nbytes, SMC_E_DAMAGED,
                       required[i] == SMCF_SECTION_BLOCKS ? "section size contradicts its count"
                                                          : "a section is missing");
        file_free(&file);
    }
}

static void ignores_unknown_sections(void **state)
{
    static const uint32_t ids[] = {0, 1, 0x15, 0x45, 0xa1, 0xffffffff};
    struct parts parts = file_split(&sample);
    struct smc_section_info section;
    unsigned n_unknown = 0;

    (void)state;
    parts.header.minor = smcf_put16(SMCF_MINOR + 1); /* where they may be */
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct part *part = part_insert(&parts, ids[i]);
        part->encoding = 77; /* means something to who knows the section */
        part->count = UINT64_MAX;
        text_puts(&part->bytes, &"whatever"[i]);
    }
    struct file file = file_join(&parts);
    smc_cache *cache = open_file(&file), *original = open_file(&sample);
    assert_same_answers(original, cache);
    assert_int_equal(smc_verify(cache, NULL), SMC_OK);
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        if (section.name == NULL) {
            assert_int_equal(section.id, ids[n_unknown++]);
            assert_int_equal(section.encoding, 77);
            assert_true(section.count == UINT64_MAX);
        }
    }
    assert_int_equal(n_unknown, COUNT_OF(ids));
    smc_close(cache);
    smc_close(original);
    file_free(&file);
}

static void section_table_has_a_limit(void **state)
{
    (void)state;
    for (unsigned n = 1024; n <= 1025; n++) {
        struct parts parts = file_split(&sample);
        for (uint32_t id = 0x1000; parts.n < n; id++) {
            part_insert(&parts, id);
        }
        struct file file = file_join(&parts);
        if (n == 1024) {
            smc_cache *cache = open_file(&file);
            smc_close(cache);
        } else {
            assert_refused(file.bytes, file.nbytes, SMC_E_DAMAGED,
                           "more sections than the file can hold");
        }
        file_free(&file);
    }
}

/* ---- answers ---- */

static void says_what_the_map_said(void **state)
{
    smc_cache *cache = open_file(&sample);
    struct text map = sample_map();
    struct smc_info info;
    struct smc_source source;
    struct smc_view name;

    (void)state;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.version_major, SMCF_MAJOR);
    assert_int_equal(info.version_minor, SMCF_MINOR);
    assert_int_equal(info.n_tokens, N_LINES * N_TOKENS_A_LINE);
    assert_int_equal(info.n_sources, 4);
    assert_int_equal(info.n_names, 4); /* one is there twice */
    assert_int_equal(info.n_lines, N_LINES + 1);
    assert_int_equal(info.file_nbytes, sample.nbytes);
    assert_int_equal(info.input_nbytes, map.nbytes);
    assert_int_equal(info.content_nbytes, 10);
    assert_memory_equal(info.content_digest, header_of(&sample)->content_digest, 16);
    assert_memory_equal(info.input_digest, header_of(&sample)->input_digest, 16);
    assert_view_string(info.file, "out.js");
    assert_view_string(info.source_root, "root");

    static const char *const names[] = {"x", "y", "", "long name"};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(smc_name_get(cache, i, &name), SMC_OK);
        assert_view_string(name, names[i]);
    }
    static const struct {
        const char *name;
        uint32_t has_content, n_lines, nbytes;
    } sources[] = {
        {"root/a.js", 1, 2, 7}, {NULL, 0, 0, 0}, {"root/b.css", 1, 1, 3}, {"root/a.js", 0, 0, 0}};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(smc_source_get(cache, i, &source), SMC_OK);
        if (sources[i].name == NULL) {
            assert_null(source.name.ptr);
        } else {
            assert_view_string(source.name, sources[i].name);
        }
        assert_int_equal(source.has_content, sources[i].has_content);
        assert_int_equal(source.n_lines, sources[i].n_lines);
        assert_int_equal(source.content_nbytes, sources[i].nbytes);
    }
    text_free(&map);
    smc_close(cache);
}

static void absent_is_null(void **state)
{
    struct file file = build_mappings("A", "\"sources\":[]");
    smc_cache *cache = open_file(&file);
    struct smc_info info;
    struct smc_token token;

    (void)state;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_null(info.file.ptr);
    assert_null(info.source_root.ptr);
    assert_int_equal(info.n_names, 0);
    assert_int_equal(info.n_sources, 0);
    assert_int_equal(info.content_nbytes, 0);
    assert_int_equal(smc_token_at(cache, 0, &token), SMC_OK);
    assert_int_equal(token.source, SMC_NONE);
    assert_null(token.source_text.ptr);
    assert_null(token.name_text.ptr);
    smc_close(cache);
    file_free(&file);

    /* Empty is not absent. */
    file = build_mappings("", "\"sources\":[\"\"],\"file\":\"\",\"sourceRoot\":\"\"");
    cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_view_string(info.file, "");
    assert_view_string(info.source_root, "");
    assert_int_equal(info.n_lines, 0);
    smc_close(cache);
    file_free(&file);
}

static void indices_have_ends(void **state)
{
    static const uint32_t beyond[] = {4, 5, 0x7fffffff, SMC_NONE};
    smc_cache *cache = open_file(&sample);
    struct smc_source source;
    struct smc_section_info section;
    struct smc_token token;
    struct smc_view name;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        assert_int_equal(smc_name_get(cache, beyond[i], &name), SMC_E_RANGE);
        assert_int_equal(smc_source_get(cache, beyond[i], &source), SMC_E_RANGE);
    }
    assert_int_equal(smc_token_at(cache, N_LINES * N_TOKENS_A_LINE, &token), SMC_E_RANGE);
    assert_int_equal(smc_token_at(cache, SMC_NONE, &token), SMC_E_RANGE);
    assert_int_equal(smc_section_get(cache, 8, &section), SMC_OK);
    assert_int_equal(smc_section_get(cache, 9, &section), SMC_E_RANGE);
    assert_int_equal(smc_section_get(cache, SMC_NONE, &section), SMC_E_RANGE);
    smc_close(cache);
}

static void lists_its_sections(void **state)
{
    static const char *const names[] = {"INFO",        "DIRECTORY",         "BLOCKS",
                                        "SOURCES",     "STRING_OFFSETS",    "STRING_BYTES",
                                        "LINE_COUNTS", "CONTENT_DIRECTORY", "CONTENT"};
    static const uint32_t ids[] = {0x10, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0x90, 0xa0};
    smc_cache *cache = open_file(&sample);
    struct smc_section_info section;

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        size_t nbytes, off;
        assert_int_equal(smc_section_get(cache, i, &section), SMC_OK);
        assert_string_equal(section.name, names[i]);
        assert_int_equal(section.id, ids[i]);
        assert_int_equal(section.encoding, i == 8 ? SMCF_CONTENT_DEFLATE : 0);
        off = section_offset(&sample, section.id, &nbytes);
        assert_int_equal(section.offset, off);
        assert_int_equal(section.nbytes, nbytes);
        assert_int_equal(section.offset % SMCF_ALIGN, 0);
    }
    assert_int_equal(section.count, 10); /* CONTENT: inflated bytes */
    smc_close(cache);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int a = SMC_OK; a <= SMC_E_UNSUPPORTED; a++) {
        for (int b = SMC_OK; b <= SMC_E_UNSUPPORTED; b++) {
            assert_int_equal(
                strcmp(smc_status_text((smc_status)a), smc_status_text((smc_status)b)) == 0,
                a == b);
        }
        assert_string_not_equal(smc_status_text((smc_status)a), "unknown status");
    }
    assert_string_equal(smc_status_text((smc_status)(SMC_E_UNSUPPORTED + 1)), "unknown status");
}

/* No field of the file needs an alignment (spec 2.1). */
static void memory_needs_no_alignment(void **state)
{
    uint8_t *buffer = malloc(sample.nbytes + 8);
    smc_cache *original = open_file(&sample);

    (void)state;
    assert_non_null(buffer);
    for (size_t shift = 0; shift < 8; shift++) {
        struct file moved = {buffer + shift, sample.nbytes};
        memcpy(moved.bytes, sample.bytes, sample.nbytes);
        smc_cache *cache = open_file(&moved);
        smc_text *text;
        struct smc_view line;
        assert_same_answers(original, cache);
        assert_int_equal(smc_text_open(cache, &text), SMC_OK);
        assert_int_equal(smc_text_line(text, 0, 1, &line), SMC_OK);
        assert_view_string(line, "two");
        smc_text_close(text);
        assert_int_equal(smc_verify(cache, NULL), SMC_OK);
        smc_close(cache);
    }
    smc_close(original);
    free(buffer);
}

/* ---- threads ---- */

#define N_THREADS 8
#define N_LOOKUPS 20000

struct work {
    const smc_cache *cache;
    const struct smc_token *tokens; /* as one thread read them */
    uint32_t n_tokens;
    uint64_t seed;
    unsigned n_wrong; /* asserts are for the main thread */
};

static void *look_up(void *context)
{
    struct work *work = context;
    struct rng rng = {work->seed};
    struct smc_token token;
    struct smc_view line;
    smc_text *text;

    if (smc_text_open(work->cache, &text) != SMC_OK) {
        work->n_wrong++;
        return NULL;
    }
    for (int i = 0; i < N_LOOKUPS; i++) {
        const struct smc_token *wanted = &work->tokens[rng_below(&rng, work->n_tokens)];
        work->n_wrong +=
            smc_lookup(work->cache, wanted->line, wanted->column, 0, &token) != SMC_OK ||
            token.index != wanted->index || token.source != wanted->source ||
            token.source_line != wanted->source_line ||
            token.source_column != wanted->source_column || token.name != wanted->name ||
            token.name_text.ptr != wanted->name_text.ptr;
        work->n_wrong +=
            i % 64 == 0 && (smc_text_line(text, 0, (uint32_t)i / 64 % 2, &line) != SMC_OK ||
                            !view_is(line, i / 64 % 2 == 0 ? "one" : "two"));
    }
    smc_text_close(text);
    return NULL;
}

static void threads_share_a_cache(void **state)
{
    smc_cache *cache = open_file(&sample);
    uint32_t n_tokens = N_LINES * N_TOKENS_A_LINE;
    struct smc_token *tokens = calloc(n_tokens, sizeof *tokens);
    struct work work[N_THREADS];
    pthread_t threads[N_THREADS];

    (void)state;
    assert_non_null(tokens);
    for (uint32_t i = 0; i < n_tokens; i++) {
        assert_int_equal(smc_token_at(cache, i, &tokens[i]), SMC_OK);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        work[i] = (struct work){cache, tokens, n_tokens, i + 1, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, &work[i]), 0);
    }
    for (size_t i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(work[i].n_wrong, 0);
    }
    free(tokens);
    smc_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_path_fd_and_memory),
        cmocka_unit_test(refuses_what_cannot_be_mapped),
        cmocka_unit_test(refuses_other_files),
        cmocka_unit_test(recognises_text_damage),
        cmocka_unit_test(recognises_question_marks),
        cmocka_unit_test(refuses_other_versions_and_features),
        cmocka_unit_test(accepts_later_minor_versions_and_ignorable_flags),
        cmocka_unit_test(refuses_wrong_lengths),
        cmocka_unit_test(refuses_missing_sections),
        cmocka_unit_test(ignores_unknown_sections),
        cmocka_unit_test(section_table_has_a_limit),
        cmocka_unit_test(says_what_the_map_said),
        cmocka_unit_test(absent_is_null),
        cmocka_unit_test(indices_have_ends),
        cmocka_unit_test(lists_its_sections),
        cmocka_unit_test(every_status_has_a_text),
        cmocka_unit_test(memory_needs_no_alignment),
        cmocka_unit_test(threads_share_a_cache),
    };
    return cmocka_run_group_tests(tests, make_sample, free_sample);
}
