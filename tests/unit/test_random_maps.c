/*
 * Thousands of random maps: every token, and lookups at random positions, as the oracle has them.
 */
#include "tests/unit/oracle.h"

struct style {
    uint32_t max_lines, max_segments; /* a line */
    uint32_t line_jump;               /* one line in so many is followed by many empty ones */
    uint32_t no_source, no_name;      /* one segment in so many; 0: none */
    uint32_t disorder, errors;        /* one segment in so many; 0: none */
    uint32_t column_step;             /* up to */
    int64_t reach;                    /* original lines and columns jump so far */
};

static int once_in(struct rng *rng, uint32_t n)
{
    return n != 0 && rng_below(rng, n) == 0;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* A target for a field that is at `now`: below `limit`, and no further than a VLQ can go. */
static int64_t target(struct rng *rng, int64_t now, int64_t limit, int64_t reach)
{
    int64_t step = (int64_t)(rng_next(rng) % (uint64_t)(2 * reach + 1)) - reach;
    int64_t to = clamp(now + step, 0, limit - 1);
    return clamp(to, now - INT32_MAX, now + INT32_MAX);
}

static void random_segment(struct text *text, struct rng *rng, const struct style *style,
                           const struct surroundings *around, int64_t *now)
{
    int64_t to[5];
    int n_fields = once_in(rng, style->no_source) || around->n_sources == 0 ? 1 : 5;

    if (n_fields == 5 && (once_in(rng, style->no_name) || around->n_names == 0)) {
        n_fields = 4;
    }
    to[0] = now[0] + rng_below(rng, style->column_step + 1);
    to[0] = once_in(rng, style->disorder) ? rng_below(rng, 100) : to[0];
    to[0] = once_in(rng, style->errors) ? -(int64_t)rng_below(rng, 5) : to[0];
    to[0] = clamp(to[0], now[0] - INT32_MAX, now[0] + INT32_MAX);
    to[0] = clamp(to[0], -100, (int64_t)UINT32_MAX - 1);
    to[1] = once_in(rng, 4) ? target(rng, now[1], around->n_sources, 3) : now[1];
    to[2] = target(rng, now[2], UINT32_MAX, once_in(rng, 50) ? INT32_MAX : style->reach);
    to[3] = target(rng, now[3], UINT32_MAX, once_in(rng, 50) ? INT32_MAX : style->reach);
    to[4] = target(rng, now[4], around->n_names, once_in(rng, 2) ? 2 : 1000);
    for (int i = 1; i < 5; i++) {
        if (once_in(rng, style->errors)) {
            int64_t out = i == 1 ? around->n_sources : i == 4 ? around->n_names : -1;
            to[i] = once_in(rng, 2) ? out : -1;
        }
        to[i] = clamp(to[i], now[i] - INT32_MAX, now[i] + INT32_MAX);
    }
    text_segment(text, n_fields, to[0] - now[0], to[1] - now[1], to[2] - now[2], to[3] - now[3],
                 to[4] - now[4]);
    now[0] = to[0];
    for (int i = 1; i < n_fields && to[0] >= 0; i++) { /* a dropped segment's deltas are lost */
        now[i] = to[i];
    }
}

static struct text random_mappings(struct rng *rng, const struct style *style,
                                   const struct surroundings *around)
{
    struct text text = {0};
    int64_t now[5] = {0};

    text_add(&text, "", 0);
    for (uint32_t n_lines = rng_below(rng, style->max_lines + 1); n_lines > 0; n_lines--) {
        uint32_t n = rng_below(rng, style->max_segments + 1);
        now[0] = 0;
        for (uint32_t i = 0; i < n; i++) {
            text_puts(&text, i > 0 ? "," : "");
            random_segment(&text, rng, style, around, now);
        }
        text_puts(&text, ";");
        text_repeat(&text, ';', once_in(rng, style->line_jump) ? rng_below(rng, 5000) : 0);
    }
    if (text.nbytes > 0 && rng_below(rng, 2) == 0) { /* without the last semicolon */
        text.data[--text.nbytes] = 0;
    }
    return text;
}

static struct surroundings random_surroundings(struct rng *rng)
{
    struct surroundings around = {rng_below(rng, 12), rng_below(rng, 600), 1};

    around.n_sources = once_in(rng, 10) ? 0 : around.n_sources;
    around.n_names = once_in(rng, 10) ? 0 : around.n_names;
    if (around.n_names > 0) {
        around.n_distinct_names = 1 + rng_below(rng, (uint32_t)around.n_names);
    }
    return around;
}

static void compare_random(const struct style *style, uint64_t seed, int n_rounds)
{
    struct rng rng = {seed};

    for (int round = 0; round < n_rounds; round++) {
        struct surroundings around = random_surroundings(&rng);
        struct text mappings = random_mappings(&rng, style, &around);
        naive_compare(&mappings, &around, round % 8 == 0, &rng);
        text_free(&mappings);
    }
}

static void random_minified(void **state)
{
    const struct style style = {3, 1500, 0, 40, 5, 0, 0, 12, 400};
    (void)state;
    compare_random(&style, 101, 120);
}

static void random_many_lines(void **state)
{
    const struct style style = {200, 8, 30, 10, 3, 0, 0, 60, 30};
    (void)state;
    compare_random(&style, 102, 200);
}

static void random_small(void **state)
{
    const struct style style = {4, 10, 10, 4, 2, 10, 10, 200, 1000};
    (void)state;
    compare_random(&style, 103, 3000);
}

static void random_sparse_sources(void **state)
{
    const struct style style = {5, 300, 0, 2, 8, 0, 0, 5, 3};
    (void)state;
    compare_random(&style, 104, 150);
}

static void random_sparse_names(void **state)
{
    const struct style style = {5, 300, 0, 0, 1, 0, 0, 5, 3};
    const struct style some = {5, 300, 0, 30, 2, 0, 0, 5, 3};
    (void)state;
    compare_random(&style, 105, 50);
    compare_random(&some, 106, 150);
}

static void random_huge_jumps(void **state)
{
    const struct style style = {12, 40, 3, 5, 3, 0, 0, INT32_MAX, INT32_MAX};
    (void)state;
    compare_random(&style, 107, 400);
}

static void random_disorder(void **state)
{
    const struct style style = {6, 400, 20, 10, 3, 30, 0, 20, 50};
    const struct style wild = {3, 300, 0, 10, 3, 1, 0, 20, 50};
    (void)state;
    compare_random(&style, 108, 100);
    compare_random(&wild, 109, 60);
}

static void random_errors(void **state)
{
    const struct style style = {6, 300, 20, 10, 3, 40, 20, 20, 50};
    (void)state;
    compare_random(&style, 110, 150);
}

/* The count of warnings, too: each once, however often the builder starts again. */
static void random_errors_are_counted(void **state)
{
    const struct style style = {6, 60, 20, 10, 3, 30, 20, 20, 50};
    struct rng rng = {111};
    unsigned n_seen = 0;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct surroundings around = random_surroundings(&rng);
        struct text mappings = random_mappings(&rng, &style, &around);
        struct naive naive = naive_decode(&mappings, around.n_sources, around.n_names);
        struct text map = naive_map(&mappings, &around, 0);
        assert_int_equal(count_warnings(&map), naive.n_warnings);
        n_seen += naive.n_warnings;
        text_free(&map);
        free(naive.tokens);
        text_free(&mappings);
    }
    assert_true(n_seen > 100);
}

/* Damaged text: the same verdict, and the same tokens where it is still good. */
static void random_damage(void **state)
{
    static const char alphabet[] = "ABCDEghijk/+0189,;,;,;= \"A";
    const struct style style = {4, 12, 0, 4, 3, 0, 0, 100, 500};
    const struct surroundings around = {4, 7, 5};
    struct rng rng = {112};
    unsigned n_verdicts[OVER_LIMIT + 1] = {0};

    (void)state;
    for (int round = 0; round < 6000; round++) {
        struct text mappings = random_mappings(&rng, &style, &around);
        for (uint32_t n = rng_below(&rng, 4); n > 0 && mappings.nbytes > 0; n--) {
            char *at = &mappings.data[rng_below(&rng, (uint32_t)mappings.nbytes)];
            *at = alphabet[rng_below(&rng, sizeof alphabet - 1)];
            *at = *at == '"' ? '!' : *at;
        }
        if (once_in(&rng, 8)) {
            text_puts(&mappings, once_in(&rng, 2) ? ";ggggggE" : ";C,D,AAAAAggggggE");
        }
        struct naive naive = naive_decode(&mappings, around.n_sources, around.n_names);
        n_verdicts[naive.verdict]++;
        if (naive.verdict == FINE) {
            naive_compare(&mappings, &around, 0, &rng);
        } else {
            static const smc_build_status statuses[] = {SMC_BUILD_OK, SMC_BUILD_OK, SMC_BUILD_E_MAP,
                                                        SMC_BUILD_E_LIMIT};
            struct text map = naive_map(&mappings, &around, 0);
            struct file file;
            assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, NULL),
                             statuses[naive.verdict]);
            if (file.bytes != NULL) {
                smc_cache *cache = open_file(&file);
                struct smc_token token;
                assert_int_equal(smc_token_at(cache, 0, &token), SMC_E_RANGE);
                smc_close(cache);
            }
            file_free(&file);
            text_free(&map);
        }
        free(naive.tokens);
        text_free(&mappings);
    }
    assert_true(n_verdicts[FINE] > 1000 && n_verdicts[EMPTIED] > 1000 &&
                n_verdicts[OVERFLOWS] > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_minified),
        cmocka_unit_test(random_many_lines),
        cmocka_unit_test(random_small),
        cmocka_unit_test(random_sparse_sources),
        cmocka_unit_test(random_sparse_names),
        cmocka_unit_test(random_huge_jumps),
        cmocka_unit_test(random_disorder),
        cmocka_unit_test(random_errors),
        cmocka_unit_test(random_errors_are_counted),
        cmocka_unit_test(random_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
