/*
 * The frames that a generated position stands for (spec 5.8), against a naive model of ranges that are inlined.
 */
#include "src/reader/functions.h"
#include "tests/unit/functions.h"

#define N_SOURCES 3
#define FRAMES_MAX 40

/* Tokens at columns 0, 10, 20 of lines 0, 2, 4 ..; every third has no original position. Source 1 is ignored. */
static struct file file_of_lines(uint32_t n_lines)
{
    struct text mappings = {0};
    int64_t line = 0, source = 0;

    for (uint32_t i = 0; i < n_lines; i++) {
        text_puts(&mappings, i == 0 ? "" : ";");
        for (uint32_t k = 0; k < 3 && i % 2 == 0; k++) {
            const int has_original = (i / 2 + k) % 3 != 2;
            text_puts(&mappings, k == 0 ? "" : ",");
            text_segment(&mappings, has_original ? 5 : 1, k == 0 ? 0 : 10,
                         has_original ? (i + k) % N_SOURCES - source : 0,
                         has_original ? i - line : 0, 0, 0);
            source = has_original ? (i + k) % N_SOURCES : source;
            line = has_original ? i : line;
        }
    }
    struct file file = build_mappings(
        mappings.data, "\"sources\":[\"a.ts\",\"b.ts\",null],\"names\":[\"n\"],\"ignoreList\":[1]");
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

static uint32_t add_site(struct smc_function_table *table, uint32_t source, uint32_t line,
                         uint32_t column, uint32_t function, uint32_t next)
{
    const struct smc_call_site site = {source, line, column, function, next};
    return smc_inlined_add_call_site(&table->inlined, &site);
}

static void add_entry(struct smc_function_table *table, uint32_t line, uint32_t column,
                      uint32_t call_site, uint32_t function, uint32_t flags)
{
    const struct smc_inlined_entry entry = {line, column, call_site, function, flags};
    smc_inlined_add(&table->inlined, &entry);
}

/* "source:line:column function", "-" where there is no source, "?" no function; "!" ignored, "~" hidden. */
static void assert_frames(const smc_cache *cache, uint32_t line, uint32_t column, unsigned flags,
                          const char *wanted)
{
    struct smc_frame frames[FRAMES_MAX];
    struct text found = {0};
    size_t n;

    assert_int_equal(smc_frames(cache, line, column, flags, frames, FRAMES_MAX, &n), SMC_OK);
    text_puts(&found, "");
    for (size_t i = 0; i < n; i++) {
        const struct smc_frame *frame = &frames[i];
        text_puts(&found, i > 0 ? ", " : "");
        if (frame->source == SMC_NONE) {
            assert_true(frame->source_line == 0 && frame->source_column == 0 &&
                        frame->source_text.ptr == NULL);
            text_puts(&found, "-");
        } else {
            text_number(&found, frame->source);
            text_puts(&found, ":");
            text_number(&found, frame->source_line);
            text_puts(&found, ":");
            text_number(&found, frame->source_column);
            assert_true(frame->source == 2
                            ? frame->source_text.ptr == NULL
                            : view_is(frame->source_text, frame->source == 0 ? "a.ts" : "b.ts"));
        }
        text_puts(&found, " ");
        text_puts(&found, frame->function.index == SMC_NONE ? "?"
                          : frame->function.kind == SMC_FUNCTION_NAMED
                              ? name_of_function(&frame->function)
                              : "()");
        text_puts(&found, (frame->flags & SMC_FRAME_IGNORED) != 0 ? "!" : "");
        text_puts(&found, (frame->flags & SMC_FRAME_HIDDEN) != 0 ? "~" : "");
        assert_in_range(frame->flags, 0, SMC_FRAME_IGNORED | SMC_FRAME_HIDDEN);
    }
    assert_string_equal(found.data, wanted);
    text_free(&found);
}

static void frames_of_chains(void **state)
{
    struct file plain = file_of_lines(5), file;
    struct smc_function_table table = {0};

    (void)state;
    const uint32_t outer = add_named(&table, "outer", SMCF_NAME_SCOPES);
    const uint32_t inner = add_named(&table, "inner", SMCF_NAME_SCOPES);
    const uint32_t top = add_nameless(&table, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_SCOPES);
    const uint32_t first = add_site(&table, 0, 100, 1, top, SMCF_NONE);
    add_site(&table, 0, 1, 1, inner, first); /* nothing leads to it */
    const uint32_t second = add_site(&table, 1, 200, 2, outer, first);
    const uint32_t third = add_site(&table, 2, 300, 3, SMCF_NONE, second);
    smc_function_table_run(&table, 1, inner);
    add_entry(&table, 0, 5, SMCF_NONE, SMCF_NONE, 0); /* as before */
    add_entry(&table, 0, 12, third, SMCF_NONE, 0);
    add_entry(&table, 0, 15, SMCF_NONE, SMCF_NONE, SMCF_INLINED_HIDDEN); /* does not count */
    add_entry(&table, 0, 15, third, outer, SMCF_INLINED_HIDDEN);
    add_entry(&table, 0, 25, first, SMCF_NONE, 0);
    add_entry(&table, 0, 26, first, SMCF_NONE, 0); /* as before */
    add_entry(&table, 2, 10, SMCF_NONE, outer, 0);
    add_entry(&table, 2, 15, SMCF_NONE, SMCF_NONE, SMCF_INLINED_HIDDEN);
    add_entry(&table, 4, 0, SMCF_NONE, SMCF_NONE, 0);
    smc_cache *cache = open_with(&plain, &table, &file);
    assert_int_equal(cache->n_inlined, 6);
    assert_int_equal(cache->n_call_sites, 3);

    assert_frames(cache, 0, 0, 0, "0:0:0 ?");
    assert_frames(cache, 0, 11, 0, "1:0:0 inner!");
    assert_frames(cache, 0, 12, 0, "1:0:0 inner!, 2:300:3 ?, 1:200:2 outer!, 0:100:1 ()");
    assert_frames(cache, 0, 15, 0, "1:0:0 inner!~, 2:300:3 ?, 1:200:2 outer!, 0:100:1 ()");
    /* Token 2 has no original position, and is in `inner` still; but what the extent says goes before. */
    assert_frames(cache, 0, 20, 0, "- outer~, 2:300:3 ?, 1:200:2 outer!, 0:100:1 ()");
    assert_frames(cache, 0, 25, 0, "- inner, 0:100:1 ()");
    assert_frames(cache, 1, 7, 0, "- ?, 0:100:1 ()");
    assert_frames(cache, 2, 9, 0,
                  "2:2:0 inner, 0:100:1 ()"); /* "inner" goes on, as no other run begins */
    assert_frames(cache, 2, 10, 0, "- outer");
    assert_frames(cache, 2, 15, 0, "- inner~");
    assert_frames(cache, 2, 20, 0, "1:2:0 inner!~");
    assert_frames(cache, 3, 0, 0, "- ?~");
    assert_frames(cache, 3, 0, SMC_LOOKUP_ACROSS_LINES, "1:2:0 inner!~");
    assert_frames(cache, 4, 0, 0, "- inner");
    assert_frames(cache, 5, 0, 0, "");
    assert_frames(cache, UINT32_MAX, UINT32_MAX, 0, "");
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* At most `max` frames are written, and none behind them. */
static void frames_are_cut(void **state)
{
    struct file plain = file_of_lines(1), file;
    struct smc_function_table table = {0};
    struct smc_frame frames[8], untouched;
    uint32_t site = SMCF_NONE;
    size_t n;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        site = add_site(&table, 0, i, 0, SMCF_NONE, site);
    }
    add_entry(&table, 0, 0, site, SMCF_NONE, 0);
    smc_cache *cache = open_with(&plain, &table, &file);
    memset(&untouched, 0xa5, sizeof untouched);
    for (size_t max = 0; max < COUNT_OF(frames); max++) {
        memset(frames, 0xa5, sizeof frames);
        n = 99;
        assert_int_equal(smc_frames(cache, 0, 3, 0, frames, max, &n), SMC_OK);
        assert_int_equal(n, max < 6 ? max : 6);
        for (size_t i = 1; i < n; i++) {
            assert_int_equal(frames[i].source_line, 5 - i);
        }
        for (size_t i = n; i < COUNT_OF(frames); i++) {
            assert_memory_equal(&frames[i], &untouched, sizeof untouched);
        }
    }
    assert_int_equal(smc_frames(cache, 0, 3, 2, frames, 8, &n), SMC_E_UNSUPPORTED);
    assert_int_equal(n, 0);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

static void frames_without_scopes(void **state)
{
    struct file file = file_of_lines(3);
    smc_cache *cache = open_file(&file);

    (void)state;
    assert_frames(cache, 0, 3, 0, "0:0:0 ?");
    assert_frames(cache, 0, 13, 0, "1:0:0 ?!");
    assert_frames(cache, 0, 23, 0, "");
    assert_frames(cache, 1, 0, 0, "");
    assert_frames(cache, 1, 0, SMC_LOOKUP_ACROSS_LINES, "");
    smc_close(cache);
    file_free(&file);
}

static void callees_have_the_names_of_calls(void **state)
{
    struct file file = build_mappings("EAAA,IAAAA,AAAAC,KAAA,G,GAAAA",
                                      "\"sources\":[\"a.ts\"],\"names\":[\"f\",\"g\"]");
    static const struct {
        uint32_t line, column;
        const char *name;
    } rows[] = {{0, 0, NULL}, {0, 1, NULL},  {0, 2, NULL},  {0, 5, NULL},
                {0, 6, "g"},  {0, 7, NULL},  {0, 11, NULL}, {0, 14, NULL},
                {0, 17, "g"}, {0, 18, NULL}, {1, 6, NULL}};
    smc_cache *cache = open_file(&file);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct smc_view name = {"x", 1};
        assert_int_equal(smc_callee_name(cache, rows[i].line, rows[i].column, &name), SMC_OK);
        if (rows[i].name == NULL) {
            assert_true(name.ptr == NULL && name.nbytes == 0);
        } else {
            assert_view_string(name, rows[i].name);
        }
    }
    smc_close(cache);
    file_free(&file);
}

/* ---- random ranges ---- */

/* A range of the generated text, within its parent. */
struct range {
    uint32_t start, end; /* 30 a line */
    uint32_t parent;     /* or SMC_NONE */
    int is_inlined, is_hidden;
    uint32_t function, site; /* of the builder */
};

#define N_RANGES 60

static uint32_t line_of(uint32_t at)
{
    return at / 30;
}

static uint32_t column_of(uint32_t at)
{
    return at % 30;
}

/* Children lie within their parents, one after the other, in the order of their starts. */
static uint32_t make_ranges(struct range *ranges, uint32_t size, struct rng *rng)
{
    uint32_t n = 0, parent = SMC_NONE, at = 0;

    while (n < N_RANGES) {
        const uint32_t end = parent == SMC_NONE ? size : ranges[parent].end;
        if (at + 1 >= end || rng_below(rng, 4) == 0) { /* no more within this one */
            if (parent == SMC_NONE) {
                break;
            }
            at = end;
            parent = ranges[parent].parent;
            continue;
        }
        struct range *range = &ranges[n];
        range->start = at + rng_below(rng, (end - at) / 8 + 1);
        range->end = range->start + 1 + rng_below(rng, end - range->start);
        range->parent = parent;
        range->is_inlined = rng_below(rng, 4) != 0;
        range->is_hidden = !range->is_inlined && rng_below(rng, 2) == 0;
        range->site = SMCF_NONE;
        at = range->start;
        parent = n++;
    }
    return n;
}

/* The innermost range at a place. */
static uint32_t range_at(const struct range *ranges, uint32_t n, uint32_t at)
{
    uint32_t found = SMC_NONE;

    for (uint32_t i = 0; i < n; i++) {
        found = ranges[i].start <= at && at < ranges[i].end ? i : found;
    }
    return found;
}

/* The chain of a range: call sites of it and of what is around it, up to the first that is not inlined. */
static uint32_t site_of(const struct range *ranges, uint32_t i)
{
    return i == SMC_NONE || !ranges[i].is_inlined ? SMCF_NONE : ranges[i].site;
}

static void check_position(const smc_cache *cache, const struct range *ranges, uint32_t n,
                           uint32_t at)
{
    struct smc_frame frames[FRAMES_MAX];
    struct smc_token token;
    size_t n_frames, n_wanted = 1;
    uint32_t r = range_at(ranges, n, at);
    char name[20];

    assert_int_equal(
        smc_frames(cache, line_of(at), column_of(at), 0, frames, FRAMES_MAX, &n_frames), SMC_OK);
    assert_int_equal(smc_lookup(cache, line_of(at), column_of(at), 0, &token), SMC_OK);
    if (token.source == SMC_NONE && r == SMC_NONE) {
        assert_int_equal(n_frames, 0);
        return;
    }
    assert_true(n_frames > 0);
    assert_int_equal(frames[0].source, token.source);
    assert_int_equal(frames[0].source_line, token.source_line);
    assert_int_equal((frames[0].flags & SMC_FRAME_HIDDEN) != 0,
                     r != SMC_NONE && ranges[r].is_hidden);
    if (token.source == SMC_NONE) {
        (void)snprintf(name, sizeof name, "f%u", r);
        assert_string_equal(name_of_function(&frames[0].function), name);
    }
    for (; r != SMC_NONE && ranges[r].is_inlined; r = ranges[r].parent) {
        assert_true(n_wanted < n_frames);
        assert_int_equal(frames[n_wanted].source, r % N_SOURCES);
        assert_int_equal(frames[n_wanted].source_line, 1000 + r);
        (void)snprintf(name, sizeof name, "c%u", r % 5);
        assert_string_equal(name_of_function(&frames[n_wanted].function), name);
        n_wanted++;
    }
    assert_int_equal(n_frames, n_wanted);
}

static void random_ranges(void **state)
{
    struct rng rng = {43};
    char name[20];
    unsigned n_deep = 0;

    (void)state;
    for (int round = 0; round < 40; round++) {
        const uint32_t n_lines = 1 + rng_below(&rng, 20), size = 30 * n_lines;
        struct file plain = file_of_lines(n_lines), file;
        struct smc_function_table table = {.functions = {.seed = rng_next(&rng)}};
        struct range ranges[N_RANGES];
        const uint32_t n = make_ranges(ranges, size, &rng);
        for (uint32_t i = 0; i < n; i++) { /* parents first */
            (void)snprintf(name, sizeof name, "f%u", i);
            ranges[i].function = add_named(&table, name, SMCF_NAME_SCOPES);
            (void)snprintf(name, sizeof name, "c%u", i % 5);
            if (ranges[i].is_inlined) {
                ranges[i].site = add_site(&table, i % N_SOURCES, 1000 + i, i,
                                          add_named(&table, name, SMCF_NAME_SCOPES),
                                          site_of(ranges, ranges[i].parent));
            }
        }
        for (uint32_t at = 0; at < size + 60; at++) { /* more than at borders is merged */
            const uint32_t r = range_at(ranges, n, at);
            if (at == 0 || r != range_at(ranges, n, at - 1) || rng_below(&rng, 9) == 0) {
                add_entry(&table, line_of(at), column_of(at), site_of(ranges, r),
                          r == SMC_NONE ? SMCF_NONE : ranges[r].function,
                          r != SMC_NONE && ranges[r].is_hidden ? SMCF_INLINED_HIDDEN : 0);
            }
        }
        smc_cache *cache = open_with(&plain, &table, &file);
        for (uint32_t at = 0; at < size + 60; at++) {
            check_position(cache, ranges, n, at);
        }
        for (uint32_t i = 0; i < cache->n_call_sites; i++) {
            n_deep += smcf_get32(cache->call_sites[i].next) != SMC_NONE;
        }
        assert_true(functions_are_right(cache));
        smc_close(cache);
        file_free(&file);
        file_free(&plain);
    }
    print_message("%u call sites within others\n", n_deep);
    assert_true(n_deep > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_chains),      cmocka_unit_test(frames_are_cut),
        cmocka_unit_test(frames_without_scopes), cmocka_unit_test(callees_have_the_names_of_calls),
        cmocka_unit_test(random_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
