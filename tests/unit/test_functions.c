/*
 * Functions of tokens, from the builder's table to the reader, against a naive model. Frames are in test_frames.c.
 */
#include "src/build/assembly.h"
#include "src/reader/functions.h"
#include "tests/unit/functions.h"

/* One source, n tokens on lines of 100, each at its column, with `name`. */
static struct file file_of_tokens(uint32_t n)
{
    struct text mappings = {0};

    text_puts(&mappings, "");
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&mappings, i == 0 ? "" : i % 100 == 0 ? ";" : ",");
        text_segment(&mappings, 4, i % 100 == 0 ? 0 : 2, 0, i % 100 == 0 && i > 0, 0, 0);
    }
    struct file file = build_mappings(mappings.nbytes == 0 ? "" : mappings.data,
                                      "\"sources\":[\"a.js\"],\"names\":[\"n\"]");
    text_free(&mappings);
    return file;
}

static smc_cache *open_with(const struct file *plain, struct smc_function_table *table,
                            struct file *file)
{
    struct smc_error error = {SMC_OK, "", 0};

    *file = file_with_functions(plain, table);
    if (verify_bytes(file->bytes, file->nbytes, &error) != SMC_OK) {
        fail_msg("verify: %s", error.reason);
    }
    return open_file(file);
}

static void assert_unknown(const struct smc_function *function)
{
    assert_int_equal(function->index, SMC_NONE);
    assert_int_equal(function->kind, SMC_FUNCTION_UNKNOWN);
    assert_int_equal(function->origin, SMC_NAME_NONE);
    assert_true(function->prefix.ptr == NULL && function->qualifier.ptr == NULL &&
                function->joint.ptr == NULL && function->last.ptr == NULL);
    assert_int_equal(smc_function_name(function, NULL, 0), 0);
}

/* ---- names ---- */

struct name_case {
    const char *name;
    size_t last_nbytes;
    const char *prefix, *qualifier, *joint, *last; /* NULL: not there */
};

static const struct name_case name_cases[] = {
    {"submit", 6, NULL, NULL, NULL, "submit"},
    {"submit", 0, NULL, NULL, NULL, "submit"},
    {"submit", 7, NULL, NULL, NULL, "submit"},
    {"Checkout.submit", 6, NULL, "Checkout", ".", "submit"},
    {"Checkout#submit", 6, NULL, "Checkout", "#", "submit"},
    {"get Checkout.total", 5, "get ", "Checkout", ".", "total"},
    {"set Checkout.total", 5, "set ", "Checkout", ".", "total"},
    {"new Checkout", 8, "new ", NULL, NULL, "Checkout"},
    {"new a.b.Checkout", 8, "new ", "a.b", ".", "Checkout"},
    {"a..b", 1, NULL, "a.", ".", "b"},
    {".b", 1, NULL, NULL, ".", "b"},
    {"new .b", 1, "new ", NULL, ".", "b"},
    {"get get x", 1, "get ", "get ", NULL, "x"},
    {"get #x", 1, "get ", NULL, "#", "x"},
    {"getx.y", 1, NULL, "getx", ".", "y"},
    {"a[<computed>]", 12, NULL, "a", NULL, "[<computed>]"},
    {"new Checkout", 12, NULL, NULL, NULL, "new Checkout"},
    {"new", 3, NULL, NULL, NULL, "new"},
    {"new x", 2, NULL, "new", NULL, " x"},
    {"x.\xc3\xbc", 2, NULL, "x", ".", "\xc3\xbc"},
    {"x.\xc3\xbc", 1, NULL, NULL, NULL, "x.\xc3\xbc"}, /* not within a character */
    {"\xed\xa0\xbdx", 1, NULL, "\xed\xa0\xbd", NULL, "x"},
};

static void assert_piece(struct smc_view piece, const char *text)
{
    if (text == NULL) {
        assert_null(piece.ptr);
        assert_int_equal(piece.nbytes, 0);
    } else {
        assert_view_string(piece, text);
    }
}

static void names_are_split_and_put_together(void **state)
{
    struct file plain = file_of_tokens(COUNT_OF(name_cases)), file;
    struct smc_function_table table = {0};
    struct smc_function function;

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        uint32_t id =
            smc_function_table_add(&table, (const uint8_t *)c->name, strlen(c->name),
                                   c->last_nbytes, SMCF_FUNCTION_NAMED, SMCF_NAME_SCOPES + i % 6);
        smc_function_table_run(&table, i, id);
    }
    smc_cache *cache = open_with(&plain, &table, &file);
    for (uint32_t i = 0; i < COUNT_OF(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        char cut[5] = "----";
        assert_int_equal(smc_token_function(cache, i, &function), SMC_OK);
        assert_int_equal(function.kind, SMC_FUNCTION_NAMED);
        assert_int_equal(function.origin, SMC_NAME_SCOPES + i % 6);
        assert_piece(function.prefix, c->prefix);
        assert_piece(function.qualifier, c->qualifier);
        assert_piece(function.joint, c->joint);
        assert_piece(function.last, c->last);
        assert_string_equal(name_of_function(&function), c->name);
        /* Cut, and no byte behind. */
        const size_t nbytes = strlen(c->name), n_cut = nbytes < 3 ? nbytes : 3;
        assert_int_equal(smc_function_name(&function, cut, 3), nbytes);
        assert_memory_equal(cut, c->name, n_cut);
        assert_memory_equal(cut + n_cut, "----", 4 - n_cut);
        assert_int_equal(smc_function_name(&function, NULL, 0), nbytes);
    }
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* Of a class with many methods, its name is stored once, and not at all if it is a name of the map. */
static void pieces_of_names_are_strings_once(void **state)
{
    struct file plain = file_of_tokens(10), file;
    struct smc_function_table table = {0};
    static const char *const names[] = {"n.one", "n.two", "get n.one", "n#two", "new n", "n"};

    (void)state;
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        smc_function_table_run(&table, i, add_named(&table, names[i], SMCF_NAME_ORIGINAL));
    }
    add_named(&table, "nobody.calls.it", SMCF_NAME_ORIGINAL);
    smc_cache *before = open_file(&plain), *cache = open_with(&plain, &table, &file);
    assert_int_equal(cache->n_strings, before->n_strings + 2); /* "one" and "two" */
    assert_int_equal(cache->string_nbytes, before->string_nbytes + 6);
    assert_int_equal(cache->n_names, before->n_names);
    assert_int_equal(cache->n_functions, COUNT_OF(names));
    smc_close(before);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

static void equal_functions_are_one(void **state)
{
    struct smc_function_table table = {0};
    const uint32_t first = add_named(&table, "a.b", SMCF_NAME_ORIGINAL);
    static const uint8_t name[] = "a.b";

    (void)state;
    assert_int_equal(add_named(&table, "a.b", SMCF_NAME_ORIGINAL), first);
    const uint32_t others[] = {
        add_named(&table, "a.b", SMCF_NAME_SCOPES),
        add_named(&table, "a.c", SMCF_NAME_ORIGINAL),
        smc_function_table_add(&table, name, 3, 3, SMCF_FUNCTION_NAMED, SMCF_NAME_ORIGINAL),
        add_nameless(&table, SMCF_FUNCTION_ANONYMOUS, SMCF_NAME_ORIGINAL),
        add_nameless(&table, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_ORIGINAL),
        add_nameless(&table, SMCF_FUNCTION_ANONYMOUS, SMCF_NAME_SCOPES),
    };
    for (uint32_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(others[i], first + 1 + i);
    }
    /* Only what is NAMED has a name, and that has one. */
    assert_int_equal(
        smc_function_table_add(&table, name, 3, 1, SMCF_FUNCTION_ANONYMOUS, SMCF_NAME_ORIGINAL),
        others[3]);
    assert_int_equal(add_named(&table, "", SMCF_NAME_ORIGINAL), others[3]);
    struct smc_function_fields fields = smc_function_table_get(&table, first);
    assert_memory_equal(fields.name, name, 3);
    assert_true(fields.nbytes == 3 && fields.last_nbytes == 1 &&
                fields.kind == SMCF_FUNCTION_NAMED && fields.origin == SMCF_NAME_ORIGINAL);
    fields = smc_function_table_get(&table, others[3]);
    assert_true(fields.name == NULL && fields.nbytes == 0 &&
                fields.kind == SMCF_FUNCTION_ANONYMOUS && fields.origin == SMCF_NAME_ORIGINAL);
    smc_function_table_free(&table);
}

/* ---- runs ---- */

#define N_IDS_MAX 6000

/* What a token's function must be: an index into `ids`, or SMC_NONE. */
struct model {
    uint32_t *of_token;
    uint32_t n_tokens;
    uint32_t n_ids;
    uint32_t ids[N_IDS_MAX];
};

static void add_ids(struct smc_function_table *table, struct model *model, struct rng *rng)
{
    for (uint32_t i = 0; i < model->n_ids; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "%s%u.m%u", i % 5 == 0 ? "get " : "", i / 7, i);
        model->ids[i] = rng_below(rng, 20) == 0
                            ? add_nameless(table, SMCF_FUNCTION_TOP_LEVEL + i % 2, 1 + i % 6)
                            : add_named(table, name, 1 + i % 6);
    }
}

/* Runs of `length` tokens on average; all functions are near `near` or anywhere. */
static void add_runs(struct smc_function_table *table, struct model *model, struct rng *rng,
                     uint32_t length, uint32_t spread)
{
    uint32_t now = SMC_NONE, near = 0;

    for (uint32_t i = 0; i < model->n_tokens; i++) {
        if (rng_below(rng, length) == 0) {
            near = rng_below(rng, 50) == 0 ? rng_below(rng, model->n_ids) : near;
            const uint32_t wanted = near + rng_below(rng, spread);
            now = rng_below(rng, 8) == 0  ? SMC_NONE
                  : wanted < model->n_ids ? wanted
                                          : model->n_ids - 1;
            if (rng_below(rng, 4) == 0) { /* of several runs from one token the last counts */
                smc_function_table_run(table, i, model->ids[rng_below(rng, model->n_ids)]);
            }
            smc_function_table_run(table, i, now == SMC_NONE ? SMCF_NONE : model->ids[now]);
        } else if (rng_below(rng, 9) == 0) { /* nothing new */
            smc_function_table_run(table, i, now == SMC_NONE ? SMCF_NONE : model->ids[now]);
        }
        model->of_token[i] = now;
    }
}

static void assert_model(const smc_cache *cache, const struct model *model,
                         const struct smc_function_fields *fields)
{
    for (uint32_t i = 0; i < model->n_tokens; i++) {
        struct smc_function function;
        assert_int_equal(smc_token_function(cache, i, &function), SMC_OK);
        if (model->of_token[i] == SMC_NONE) {
            assert_unknown(&function);
            continue;
        }
        const struct smc_function_fields *wanted = &fields[model->of_token[i]];
        assert_int_equal(function.kind, wanted->kind);
        assert_int_equal(function.origin, wanted->origin);
        const char *name = name_of_function(&function);
        assert_int_equal(strlen(name), wanted->nbytes);
        assert_memory_equal(name, wanted->name == NULL ? (const void *)"" : wanted->name,
                            wanted->nbytes);
    }
    assert_true(functions_are_right(cache));
}

static void check_random_runs(struct rng *rng, uint32_t n_tokens, uint32_t n_ids, uint32_t length,
                              uint32_t spread)
{
    static struct model model;
    static struct smc_function_fields fields[N_IDS_MAX];
    struct smc_function_table table = {.functions = {.seed = rng_next(rng)}}, copy = {0};
    struct file plain = file_of_tokens(n_tokens), file;

    model.n_tokens = n_tokens;
    model.n_ids = n_ids;
    model.of_token = malloc((n_tokens + 1) * sizeof *model.of_token);
    assert_non_null(model.of_token);
    add_ids(&table, &model, rng);
    add_runs(&table, &model, rng, length, spread);
    for (uint32_t i = 0; i < n_ids; i++) { /* a copy, as the table ends with the file */
        const struct smc_function_fields f = smc_function_table_get(&table, model.ids[i]);
        const uint32_t id =
            smc_function_table_add(&copy, f.name, f.nbytes, f.last_nbytes, f.kind, f.origin);
        assert_int_equal(id, model.ids[i]);
    }
    for (uint32_t i = 0; i < n_ids; i++) {
        fields[i] = smc_function_table_get(&copy, model.ids[i]);
    }
    smc_cache *cache = open_with(&plain, &table, &file);
    assert_model(cache, &model, fields);
    smc_close(cache);
    smc_function_table_free(&copy);
    free(model.of_token);
    file_free(&file);
    file_free(&plain);
}

static void random_runs_are_found(void **state)
{
    static const uint32_t sizes[] = {0, 1, 2, 127, 128, 129, 255, 256, 257, 1000, 5000};
    struct rng rng = {31};

    (void)state;
    for (int round = 0; round < 60; round++) {
        const uint32_t n_ids = 1 + rng_below(&rng, round % 3 == 0 ? N_IDS_MAX : 20);
        const uint32_t length = round % 4 == 0 ? 1 : 1 + rng_below(&rng, 60);
        check_random_runs(&rng, sizes[(size_t)round % COUNT_OF(sizes)], n_ids, length,
                          1 + rng_below(&rng, round % 2 == 0 ? n_ids : 10));
    }
}

/* A file with the first block's runs written in so many bits each, which a builder need not do. */
static struct file widened(const struct file *file, unsigned width)
{
    smc_cache *cache = open_file(file);
    struct parts parts = file_split(file);
    struct smc_buf packed = {0}, offsets = {0};
    struct smc_offset_writer writer = {0};
    struct smc_runs runs;
    uint64_t values[SMCF_BLOCK_TOKENS];

    for (uint32_t b = 0; b < cache->n_blocks; b++) {
        assert_true(smc_runs_open(cache, b, &runs));
        struct smcf_runs header = *runs.header;
        const uint8_t *start = (const uint8_t *)runs.header;
        smc_offset_writer_add(&writer, packed.nbytes);
        for (unsigned i = 0; i < runs.n; i++) {
            values[i] = smc_bits(runs.functions, (uint64_t)i * header.width, header.width);
        }
        header.width = header.width > width ? header.width : (uint8_t)width;
        smc_buf_append(&packed, &header, sizeof header);
        smc_buf_append(&packed, start + sizeof header, (size_t)(runs.functions - runs.tokens));
        smc_pack(&packed, values, runs.n, header.width);
    }
    smc_offset_writer_add(&writer, packed.nbytes);
    smc_offset_writer_finish(&writer, &offsets);
    smc_buf_append(&packed, NULL, SMCF_GUARD_NBYTES);
    struct part *part = part_find(&parts, SMCF_SECTION_RUNS);
    part->bytes.nbytes = 0;
    text_add(&part->bytes, packed.data, packed.nbytes);
    part = part_find(&parts, SMCF_SECTION_RUN_OFFSETS);
    part->bytes.nbytes = 0;
    text_add(&part->bytes, offsets.data, offsets.nbytes);
    smc_buf_free(&packed);
    smc_buf_free(&offsets);
    smc_close(cache);
    return file_join(&parts);
}

static void functions_of_runs_have_any_width(void **state)
{
    struct file plain = file_of_tokens(700), file;
    struct smc_function_table table = {0};
    struct rng rng = {37};
    char name[20];

    (void)state;
    for (uint32_t i = 0; i < 700; i += 1 + rng_below(&rng, 9)) {
        (void)snprintf(name, sizeof name, "f%u", rng_below(&rng, 300));
        smc_function_table_run(&table, i, add_named(&table, name, SMCF_NAME_FACEBOOK));
    }
    smc_cache *cache = open_with(&plain, &table, &file);
    for (unsigned width = 0; width <= SMCF_RUN_FUNCTION_WIDTH_MAX; width++) {
        struct file wide = widened(&file, width);
        struct smc_error error = {SMC_OK, "", 0};
        if (verify_bytes(wide.bytes, wide.nbytes, &error) != SMC_OK) {
            fail_msg("%u bits: %s", width, error.reason);
        }
        smc_cache *other = open_file(&wide);
        assert_true(functions_are_right(other));
        for (uint32_t i = 0; i < cache->n_tokens; i++) {
            struct smc_function a, b;
            assert_int_equal(smc_token_function(cache, i, &a), SMC_OK);
            assert_int_equal(smc_token_function(other, i, &b), SMC_OK);
            assert_int_equal(a.index, b.index);
        }
        smc_close(other);
        file_free(&wide);
    }
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* To the last token; so one that begins before others takes their place. */
static void a_run_goes_on(void **state)
{
    struct file plain = file_of_tokens(300), file;
    struct smc_function_table table = {0};
    const uint32_t a = add_named(&table, "a", SMCF_NAME_SCOPES);
    const uint32_t b = add_named(&table, "b", SMCF_NAME_SCOPES);
    struct smc_function function;

    (void)state;
    smc_function_table_run(&table, 5, a);
    smc_function_table_run(&table, 9, b);
    smc_function_table_run(&table, 200, SMCF_NONE);
    smc_function_table_run(&table, 7, a); /* nothing new, but that the others are gone */
    smc_cache *cache = open_with(&plain, &table, &file);
    for (uint32_t i = 0; i < 300; i++) {
        assert_int_equal(smc_token_function(cache, i, &function), SMC_OK);
        assert_int_equal(function.index, i < 5 ? SMC_NONE : 0);
    }
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* Functions far apart: a block's base is more than its field holds only with more than 2^24 of them; here it is that of
 * the nearest, and those without a name do not widen it. */
static void runs_are_narrow(void **state)
{
    struct file plain = file_of_tokens(3 * SMCF_BLOCK_TOKENS), file;
    struct smc_function_table table = {0};
    struct smc_runs runs;
    char name[20];

    (void)state;
    const uint32_t top = add_nameless(&table, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_ORIGINAL);
    const uint32_t anonymous = add_nameless(&table, SMCF_FUNCTION_ANONYMOUS, SMCF_NAME_ORIGINAL);
    for (uint32_t i = 0; i < 128; i++) { /* functions 2 .. 129 */
        (void)snprintf(name, sizeof name, "f%u", i);
        smc_function_table_run(&table, i, add_named(&table, name, SMCF_NAME_ORIGINAL));
    }
    smc_function_table_run(&table, 128, top);
    smc_function_table_run(&table, 130, add_named(&table, "f127", SMCF_NAME_ORIGINAL));
    smc_function_table_run(&table, 140, anonymous);
    smc_function_table_run(&table, 150, add_named(&table, "f126", SMCF_NAME_ORIGINAL));
    smc_function_table_run(&table, 160, SMCF_NONE);
    smc_cache *cache = open_with(&plain, &table, &file);
    assert_true(smc_runs_open(cache, 0, &runs));
    assert_int_equal(runs.n, 128);
    assert_int_equal(runs.header->width, 8); /* 3 .. 130 */
    assert_true(smc_runs_open(cache, 1, &runs));
    assert_int_equal(runs.n, 5);
    assert_int_equal(runs.base, 126);
    assert_int_equal(runs.header->width, 3); /* 0 .. 4 */
    assert_true(smc_runs_open(cache, 2, &runs));
    assert_int_equal(runs.n, 1);
    assert_int_equal(runs.base, 0);
    assert_int_equal(runs.header->width, 0);
    assert_int_equal(runs.end_off, cache->runs_nbytes);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

static void nothing_known_is_no_section(void **state)
{
    struct file plain = file_of_tokens(200), file;
    struct smc_function_table table = {0};
    struct smc_function function;
    struct smc_info info;

    (void)state;
    add_named(&table, "f", SMCF_NAME_ORIGINAL);
    smc_function_table_run(&table, 3, SMCF_NONE);
    smc_function_table_run(&table, 200, 0); /* there is no such token */
    smc_cache *cache = open_with(&plain, &table, &file);
    assert_int_equal(file.nbytes, plain.nbytes);
    assert_memory_equal(file.bytes, plain.bytes, plain.nbytes);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_functions, 0);
    assert_int_equal(smc_token_function(cache, 0, &function), SMC_OK);
    assert_unknown(&function);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

static void errors_and_what_is_none(void **state)
{
    struct file plain = file_of_tokens(200), file;
    struct smc_function_table table = {0};
    struct smc_function function;
    struct smc_info info;

    (void)state;
    smc_function_table_run(&table, 3, add_named(&table, "f", SMCF_NAME_ORIGINAL));
    smc_cache *cache = open_with(&plain, &table, &file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_functions, 1);
    memset(&function, 0xa5, sizeof function);
    assert_int_equal(smc_token_function(cache, SMC_NONE, &function), SMC_OK);
    assert_unknown(&function);
    static const uint32_t bad[] = {200, SMC_NONE - 1};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        memset(&function, 0xa5, sizeof function);
        assert_int_equal(smc_token_function(cache, bad[i], &function), SMC_E_RANGE);
        assert_unknown(&function);
    }
    static const uint32_t no_functions[] = {1, SMC_NONE};
    for (size_t i = 0; i < COUNT_OF(no_functions); i++) {
        memset(&function, 0xa5, sizeof function);
        assert_int_equal(smc_function_get(cache, no_functions[i], &function), SMC_E_RANGE);
        assert_unknown(&function);
    }
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* ---- the assembly ---- */

/* Strings, sources and tokens by hand: a file with functions comes out, as from a build. */
static void an_assembly_has_functions(void **state)
{
    static struct smc_assembly a;
    struct smc_source_entry source = {0};
    struct smc_report report = {0};
    struct smc_function function;
    const uint8_t digest[16] = {0};
    struct file file;
    void *bytes;

    (void)state;
    memset(&a, 0, sizeof a);
    smc_assembly_seed(&a, 12345);
    assert_int_equal(a.functions.functions.seed, 12345);
    source.name = source.raw_name = smc_strings_add(&a.strings, (const uint8_t *)"a.js", 4);
    smc_buf_append(&a.sources, &source, sizeof source);
    a.info.file = a.info.source_root = smcf_put32(SMCF_NONE);
    a.info.n_lines = smcf_put32(1);
    a.contents.mode = SMC_BUILD_SOURCES_NONE;
    for (uint32_t i = 0; i < 10; i++) {
        const struct smc_token_row row = {0, i, 0, i, 0, SMCF_NONE, 0};
        smc_token_writer_add(&a.tokens, &row);
    }
    smc_token_writer_flush(&a.tokens);
    smc_function_table_run(&a.functions, 4,
                           add_named(&a.functions, "new a.js", SMCF_NAME_MINIFIED));
    assert_int_equal(smc_assembly_finish(&a, digest, 0, &report), SMC_BUILD_OK);
    assert_int_equal(smc_assembly_copy(&a, &bytes, &file.nbytes, NULL), SMC_BUILD_OK);
    smc_assembly_free(&a);
    file.bytes = bytes;
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_token_function(cache, 3, &function), SMC_OK);
    assert_unknown(&function);
    assert_int_equal(smc_token_function(cache, 4, &function), SMC_OK);
    assert_string_equal(name_of_function(&function), "new a.js");
    smc_close(cache);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_split_and_put_together),
        cmocka_unit_test(pieces_of_names_are_strings_once),
        cmocka_unit_test(equal_functions_are_one),
        cmocka_unit_test(random_runs_are_found),
        cmocka_unit_test(functions_of_runs_have_any_width),
        cmocka_unit_test(a_run_goes_on),
        cmocka_unit_test(runs_are_narrow),
        cmocka_unit_test(nothing_known_is_no_section),
        cmocka_unit_test(errors_and_what_is_none),
        cmocka_unit_test(an_assembly_has_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
