/*
 * Functions of bytecode (spec 5.9): where offsets in them lead, and what verify and the reader say of a damaged file.
 * Where they come from is in test_hermes.c.
 */
#include "tests/unit/damage.h"

#define MEMBER "\"sources\":[\"a.js\"],\"x_hermes_function_offsets\":"

enum which { GOOD, PLAIN, N_WHICH };

static struct file files[N_WHICH];

static int make_files(void **state)
{
    (void)state;
    files[GOOD] = build_mappings("AAAA,qCAEE;;QACA",
                                 MEMBER "{\"0\":[16,40,72],\"2\":[8],\"5\":[0,4294967294]}");
    files[PLAIN] = build_mappings("AAAA", "\"sources\":[\"a.js\"]");
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_WHICH; i++) {
        file_free(&files[i]);
    }
    return 0;
}

/* ---- lookups ---- */

static void assert_position(const smc_cache *cache, uint32_t segment, uint32_t function,
                            uint32_t offset, smc_status wanted, uint32_t column)
{
    struct smc_position at = {77, 77};

    assert_int_equal(smc_bytecode_position(cache, segment, function, offset, &at), wanted);
    assert_int_equal(at.line, wanted == SMC_OK ? segment : SMC_NONE);
    assert_int_equal(at.column, wanted == SMC_OK ? column : SMC_NONE);
}

static void positions(void **state)
{
    smc_cache *cache = open_file(&files[GOOD]);

    (void)state;
    assert_position(cache, 0, 1, 3, SMC_OK, 43);
    assert_position(cache, 0, 0, 0, SMC_OK, 16);
    assert_position(cache, 0, 2, 1000, SMC_OK, 1072); /* where functions end nobody says */
    assert_position(cache, 2, 0, 0, SMC_OK, 8);
    assert_position(cache, 5, 0, 9, SMC_OK, 9);
    smc_close(cache);
}

/* The example of a crash report: function 1, offset 3 of segment 0. */
static void positions_are_looked_up(void **state)
{
    smc_cache *cache = open_file(&files[GOOD]);
    struct smc_position at;
    struct smc_token token;

    (void)state;
    assert_int_equal(smc_bytecode_position(cache, 0, 1, 3, &at), SMC_OK);
    assert_int_equal(smc_lookup(cache, at.line, at.column, 0, &token), SMC_OK);
    assert_view_string(token.source_text, "a.js");
    assert_int_equal(token.column, 37);
    assert_int_equal(token.source_line, 2);
    assert_int_equal(token.source_column, 2);
    smc_close(cache);
}

static void what_there_is_not(void **state)
{
    static const uint32_t segments[] = {1, 3, 4, 6, SMC_NONE - 1, SMC_NONE};
    smc_cache *cache = open_file(&files[GOOD]);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        assert_position(cache, segments[i], 0, 0, SMC_E_RANGE, 0);
    }
    assert_position(cache, 0, 3, 0, SMC_E_RANGE, 0);
    assert_position(cache, 0, SMC_NONE, 0, SMC_E_RANGE, 0);
    assert_position(cache, 2, 1, 0, SMC_E_RANGE, 0);
    assert_position(cache, 5, 2, 0, SMC_E_RANGE, 0);
    smc_close(cache);
    cache = open_file(&files[PLAIN]);
    assert_position(cache, 0, 0, 0, SMC_E_RANGE, 0);
    smc_close(cache);
}

static void columns_have_an_end(void **state)
{
    smc_cache *cache = open_file(&files[GOOD]);

    (void)state;
    assert_position(cache, 5, 1, 0, SMC_OK, SMC_NONE - 1);
    assert_position(cache, 5, 1, 1, SMC_E_RANGE, 0);
    assert_position(cache, 5, 1, 2, SMC_E_RANGE, 0); /* 2^32 */
    assert_position(cache, 5, 1, SMC_NONE, SMC_E_RANGE, 0);
    assert_position(cache, 5, 0, SMC_NONE - 1, SMC_OK, SMC_NONE - 1);
    assert_position(cache, 5, 0, SMC_NONE, SMC_E_RANGE, 0);
    assert_position(cache, 0, 0, SMC_NONE - 17, SMC_OK, SMC_NONE - 1);
    assert_position(cache, 0, 0, SMC_NONE - 16, SMC_E_RANGE, 0);
    smc_close(cache);
}

static void unknown_starts(void **state)
{
    struct parts parts = file_split(&files[GOOD]);
    struct smcf_le32 *offsets = (void *)part_find(&parts, BYTECODE_OFFSETS)->bytes.data;

    (void)state;
    offsets[1] = smcf_put32(SMCF_NONE);
    struct file file = file_join(&parts);
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    smc_cache *cache = open_file(&file);
    assert_position(cache, 0, 0, 1, SMC_OK, 17);
    assert_position(cache, 0, 1, 0, SMC_E_RANGE, 0);
    assert_position(cache, 0, 1, 3, SMC_E_RANGE, 0);
    assert_position(cache, 0, 1, SMC_NONE, SMC_E_RANGE, 0);
    assert_position(cache, 0, 2, 1, SMC_OK, 73);
    smc_close(cache);
    file_free(&file);
}

/* ---- by a scan ---- */

#define N_SEGMENTS_MAX 40
#define N_FUNCTIONS_MAX 5

/* What a map says. */
struct bytecode {
    struct {
        uint32_t number, n;
        uint32_t starts[N_FUNCTIONS_MAX];
    } segments[N_SEGMENTS_MAX];
    uint32_t n;
};

static struct bytecode random_bytecode(struct rng *rng, uint32_t n_segments)
{
    struct bytecode made = {.n = n_segments};
    uint32_t number = rng_below(rng, 3);

    for (uint32_t i = 0; i < n_segments; i++) {
        made.segments[i].number = number;
        made.segments[i].n = rng_below(rng, N_FUNCTIONS_MAX + 1);
        for (uint32_t k = 0; k < made.segments[i].n; k++) {
            made.segments[i].starts[k] = rng_below(rng, rng_below(rng, 4) == 0 ? SMC_NONE : 1000);
        }
        number += 1 + rng_below(rng, 3);
    }
    return made;
}

static struct file file_of(const struct bytecode *bytecode)
{
    struct text members = {0};

    text_puts(&members, MEMBER "{");
    for (uint32_t i = 0; i < bytecode->n; i++) {
        text_puts(&members, i == 0 ? "\"" : ",\"");
        text_number(&members, bytecode->segments[i].number);
        text_puts(&members, "\":[");
        for (uint32_t k = 0; k < bytecode->segments[i].n; k++) {
            text_puts(&members, k == 0 ? "" : ",");
            text_number(&members, bytecode->segments[i].starts[k]);
        }
        text_puts(&members, "]");
    }
    text_puts(&members, "}");
    struct file file = build_mappings("", members.data);
    text_free(&members);
    return file;
}

/* The column, or SMC_NONE: there is no such position. */
static uint32_t scan(const struct bytecode *bytecode, uint32_t segment, uint32_t function,
                     uint32_t offset)
{
    uint64_t found = SMC_NONE;

    for (uint32_t i = 0; i < bytecode->n; i++) {
        if (bytecode->segments[i].number == segment && function < bytecode->segments[i].n) {
            found = (uint64_t)bytecode->segments[i].starts[function] + offset;
        }
    }
    return found < SMC_NONE ? (uint32_t)found : SMC_NONE;
}

static void positions_are_those_of_a_scan(void **state)
{
    struct rng rng = {59};
    unsigned n_found = 0, n_not = 0;

    (void)state;
    for (uint32_t n = 0; n <= N_SEGMENTS_MAX; n++) {
        const struct bytecode made = random_bytecode(&rng, n);
        struct file file = file_of(&made);
        smc_cache *cache = open_file(&file);
        for (uint32_t i = 0; i < (3 * n + 3) * (N_FUNCTIONS_MAX + 1); i++) {
            const uint32_t segment = i / (N_FUNCTIONS_MAX + 1),
                           function = i % (N_FUNCTIONS_MAX + 1);
            const uint32_t offset = rng_below(&rng, rng_below(&rng, 2) == 0 ? SMC_NONE : 100);
            const uint32_t wanted = scan(&made, segment, function, offset);
            assert_position(cache, segment, function, offset,
                            wanted == SMC_NONE ? SMC_E_RANGE : SMC_OK, wanted);
            n_found += wanted != SMC_NONE;
            n_not += wanted == SMC_NONE;
        }
        smc_close(cache);
        file_free(&file);
    }
    assert_true(n_found > 500 && n_not > 500);
}

/* ---- damage ---- */

#define D SMC_E_DAMAGED
#define ORDER "segments do not ascend"
#define NO_FUNCTION "segment without a function"
#define END "segments that do not end with BYTECODE_OFFSETS"
#define SEGMENT(i, field) FIELD_OF(smcf_bytecode_segment, i, field)

/* Segments 0, 2, 5; their offsets end at 3, 4, 6. */
static const struct row rows[] = {
    {GOOD, RESIZE, BYTECODE_SEGMENTS, -3, 0, (uint64_t)-24, D,
     "BYTECODE_SEGMENTS without a segment"},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, segment), 0, D, ORDER},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, segment), 5, D, ORDER},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(0, segment), SMCF_NONE - 1, D, ORDER},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, segment), SMCF_NONE, D,
     "segment of an impossible number"},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(0, offsets_end), 0, D, NO_FUNCTION},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), 3, D, NO_FUNCTION},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), 2, D, NO_FUNCTION},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), 7, D, NO_FUNCTION}, /* segment 5 */
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, offsets_end), 5, D, END},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, offsets_end), 7, D, END},
    {GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, offsets_end), SMCF_NONE, D, END},
    {GOOD, RESIZE, BYTECODE_OFFSETS, 1, 0, 4, D, END},
    {GOOD, RESIZE, BYTECODE_SEGMENTS, -1, 0, (uint64_t)-8, D, END},
};

static const struct table table = TABLE("bytecode", VERIFY, rows);

static void verify_notices_damage(void **state)
{
    (void)state;
    check_files(files, N_WHICH);
    check_table(files, &table);
    assert_int_equal(check_reasons("src/verify/check_bytecode.c", &table, 1, NULL, 0), 5);
}

/* The offsets of a segment that are not there, or end before they begin. */
static void lookups_notice_damage(void **state)
{
    static const struct {
        struct row row;
        uint32_t segment;
        smc_status status; /* of its function 1 */
    } cases[] = {
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, offsets_end), 7, D, END}, 5, D},
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(2, offsets_end), SMCF_NONE, D, END}, 5, D},
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), SMCF_NONE, D, END}, 2, D},
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), SMCF_NONE, D, END}, 5, D},
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), 2, D, END}, 2, D},
        {{GOOD, SET, BYTECODE_SEGMENTS, SEGMENT(1, offsets_end), 2, D, END}, 0, SMC_OK},
        {{GOOD, RESIZE, BYTECODE_OFFSETS, -1, 0, (uint64_t)-4, D, END}, 5, D},
        {{GOOD, RESIZE, BYTECODE_SEGMENTS, -3, 0, (uint64_t)-24, D, END}, 0, SMC_E_RANGE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct file file = damaged_file(&files[GOOD], &cases[i].row);
        struct guarded copy = guarded_copy(file.bytes, file.nbytes, GUARD_AFTER);
        struct smc_position at = {77, 77};
        smc_cache *cache;
        assert_int_equal(smc_open_memory(copy.bytes, copy.nbytes, 0, &cache, NULL), SMC_OK);
        assert_int_equal(smc_bytecode_position(cache, cases[i].segment, 1, 0, &at),
                         cases[i].status);
        assert_int_equal(at.line, cases[i].status == SMC_OK ? 0 : SMC_NONE);
        assert_int_equal(at.column, cases[i].status == SMC_OK ? 40 : SMC_NONE);
        smc_close(cache);
        guarded_free(&copy);
        file_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions),
        cmocka_unit_test(positions_are_looked_up),
        cmocka_unit_test(what_there_is_not),
        cmocka_unit_test(columns_have_an_end),
        cmocka_unit_test(unknown_starts),
        cmocka_unit_test(positions_are_those_of_a_scan),
        cmocka_unit_test(verify_notices_damage),
        cmocka_unit_test(lookups_notice_damage),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
