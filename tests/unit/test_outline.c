/*
 * Outlines: lookup, making them of ranges, laying one over another; each against the naive way.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include "src/build/outline.h"

#define NONE SMCF_NONE

static uint32_t naive_find(const struct smc_outline *outline, uint32_t line, uint32_t column)
{
    uint32_t function = NONE;

    for (uint32_t i = 0; i < outline->n; i++) {
        const struct smc_mark *mark = &outline->marks[i];
        if (mark->line < line || (mark->line == line && mark->column <= column)) {
            function = mark->function;
        }
    }
    return function;
}

/* What holds of all of them. */
static void check_outline(const struct smc_outline *outline)
{
    for (uint32_t i = 0; i < outline->n; i++) {
        const struct smc_mark *mark = &outline->marks[i];
        assert_true(mark->function != (i > 0 ? mark[-1].function : NONE));
        assert_true(i == 0 || smc_mark_is_after(mark, mark[-1].line, mark[-1].column));
    }
}

static uint32_t find(const struct smc_outline *outline, uint32_t line, uint32_t column)
{
    uint32_t cursor = 0;
    return smc_outline_find(outline, line, column, &cursor);
}

static struct smc_outline outline_of(const struct smc_mark *marks, size_t n)
{
    struct smc_outline_writer writer = {{0}};
    struct smc_outline outline;

    for (size_t i = 0; i < n; i++) {
        smc_outline_writer_add(&writer, marks[i]);
    }
    assert_int_equal(smc_outline_writer_finish(&writer, &outline), 0);
    check_outline(&outline);
    return outline;
}

/* "LINE:COLUMN=FUNCTION " for each mark; '-' is none. */
static void assert_marks(struct smc_outline *outline, const char *wanted)
{
    struct text text = {0};

    check_outline(outline);
    text_add(&text, "", 0);
    for (uint32_t i = 0; i < outline->n; i++) {
        text_number(&text, outline->marks[i].line);
        text_puts(&text, ":");
        text_number(&text, outline->marks[i].column);
        text_puts(&text, "=");
        if (outline->marks[i].function == NONE) {
            text_puts(&text, "-");
        } else {
            text_number(&text, outline->marks[i].function);
        }
        text_puts(&text, " ");
    }
    assert_string_equal(text.data, wanted);
    text_free(&text);
    smc_outline_free(outline);
}

/* ---- marks ---- */

static void marks(void **state)
{
    static const struct smc_mark same_place[] = {{1, 2, 7}, {1, 2, 8}, {1, 3, 9}};
    static const struct smc_mark same_function[] = {{0, 0, 5}, {0, 4, 5}, {2, 0, 6}, {2, 0, 5}};
    static const struct smc_mark none_first[] = {{0, 0, NONE}, {0, 4, NONE}, {3, 0, 1}};
    static const struct smc_mark back_to_none[] = {{0, 4, 1}, {0, 6, NONE}, {0, 6, 1}};
    (void)state;
    struct smc_outline outline = outline_of(same_place, COUNT_OF(same_place));
    assert_marks(&outline, "1:2=8 1:3=9 ");
    outline = outline_of(same_function, COUNT_OF(same_function));
    assert_marks(&outline, "0:0=5 ");
    outline = outline_of(none_first, COUNT_OF(none_first));
    assert_marks(&outline, "3:0=1 ");
    outline = outline_of(back_to_none, COUNT_OF(back_to_none));
    assert_marks(&outline, "0:4=1 ");
    outline = outline_of(NULL, 0);
    assert_null(outline.marks);
    assert_marks(&outline, "");
}

/* ---- lookup ---- */

static void borders(void **state)
{
    static const struct smc_mark list[] = {{1, 4, 1}, {1, 9, 2}, {3, 0, NONE}, {NONE - 1, NONE, 3}};
    static const uint32_t cases[][3] = {
        {0, 0, NONE}, {0, NONE - 1, NONE},        {1, 3, NONE},       {1, 4, 1}, {1, 8, 1},
        {1, 9, 2},    {1, NONE - 1, 2},           {2, 0, 2},          {2, 4, 2}, {3, 0, NONE},
        {3, 5, NONE}, {NONE - 1, NONE - 1, NONE}, {NONE - 1, NONE, 3}};
    struct smc_outline outline = outline_of(list, COUNT_OF(list));

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (uint32_t from = 0; from <= outline.n; from++) { /* wherever the cursor is */
            uint32_t cursor = from;
            assert_int_equal(smc_outline_find(&outline, cases[i][0], cases[i][1], &cursor),
                             cases[i][2]);
        }
    }
    smc_outline_free(&outline);
    uint32_t cursor = 0;
    assert_int_equal(smc_outline_find(&outline, 0, 0, &cursor), NONE); /* an empty one */
    assert_int_equal(cursor, 0);
}

static struct smc_outline random_outline(struct rng *rng, uint32_t n, uint32_t n_functions)
{
    struct smc_outline_writer writer = {{0}};
    struct smc_outline outline;
    struct smc_mark mark = {0};

    for (uint32_t i = 0; i < n; i++) {
        if (rng_below(rng, 3) == 0) {
            mark.line += 1 + rng_below(rng, 2);
            mark.column = 0;
        }
        mark.column += rng_below(rng, 4);
        mark.function = rng_below(rng, n_functions + 1);
        mark.function = mark.function == n_functions ? NONE : mark.function;
        smc_outline_writer_add(&writer, mark);
    }
    assert_int_equal(smc_outline_writer_finish(&writer, &outline), 0);
    check_outline(&outline);
    return outline;
}

static void any_position_from_any_cursor(void **state)
{
    struct rng rng = {11};

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct smc_outline outline = random_outline(&rng, rng_below(&rng, 70), 5);
        uint32_t cursor = 0;
        for (int i = 0; i < 200; i++) {
            const uint32_t line = rng_below(&rng, 80), column = rng_below(&rng, 12);
            if (rng_below(&rng, 4) == 0) {
                cursor = rng_below(&rng, outline.n + 1);
            }
            assert_int_equal(smc_outline_find(&outline, line, column, &cursor),
                             naive_find(&outline, line, column));
            assert_in_range(cursor, 0, outline.n);
            assert_true(cursor == outline.n ||
                        smc_mark_is_after(&outline.marks[cursor], line, column));
            assert_true(cursor == 0 ||
                        !smc_mark_is_after(&outline.marks[cursor - 1], line, column));
        }
        smc_outline_free(&outline);
    }
}

/* ---- ranges ---- */

static void assert_ranges(const struct smc_outline_range *ranges, size_t n, uint32_t outside,
                          const char *wanted)
{
    struct smc_outline outline;

    assert_int_equal(smc_outline_from_ranges(ranges, n, outside, &outline), 0);
    assert_marks(&outline, wanted);
}

#define ASSERT_RANGES(outside, wanted, ...)                                                        \
    do {                                                                                           \
        static const struct smc_outline_range list[] = {__VA_ARGS__};                              \
        assert_ranges(list, COUNT_OF(list), outside, wanted);                                      \
    } while (0)

static void ranges(void **state)
{
    (void)state;
    assert_ranges(NULL, 0, NONE, "");
    assert_ranges(NULL, 0, 9, "0:0=9 ");
    ASSERT_RANGES(NONE, "0:0=1 0:5=- ", {0, 0, 0, 5, 1});
    ASSERT_RANGES(9, "0:0=9 1:2=1 3:4=9 ", {1, 2, 3, 4, 1});
    /* Nested, one after another, and with the same start or end. */
    ASSERT_RANGES(9, "0:0=1 0:2=2 0:4=1 0:6=3 0:8=1 1:0=9 ", {0, 0, 1, 0, 1}, {0, 2, 0, 4, 2},
                  {0, 6, 0, 8, 3});
    ASSERT_RANGES(9, "0:0=2 0:5=1 0:9=9 ", {0, 0, 0, 9, 1}, {0, 0, 0, 5, 2});
    ASSERT_RANGES(9, "0:0=1 0:5=2 0:9=9 ", {0, 0, 0, 9, 1}, {0, 5, 0, 9, 2});
    ASSERT_RANGES(9, "0:0=1 0:5=2 0:9=9 ", {0, 0, 0, 5, 1}, {0, 5, 0, 9, 2});
    /* The same function within itself is no border. */
    ASSERT_RANGES(9, "0:0=1 1:0=9 ", {0, 0, 1, 0, 1}, {0, 2, 0, 4, 1});
    /* What contains nothing. */
    ASSERT_RANGES(9, "0:0=9 ", {1, 2, 1, 2, 1}, {1, 3, 1, 1, 2}, {2, 0, 1, 9, 3});
    /* One that reaches into its sibling, and one that outlives its parent. */
    ASSERT_RANGES(9, "0:0=1 0:4=2 0:9=9 ", {0, 0, 0, 6, 1}, {0, 4, 0, 9, 2});
    ASSERT_RANGES(9, "0:0=1 0:1=2 0:2=3 0:9=1 1:0=9 ", {0, 0, 1, 0, 1}, {0, 1, 0, 4, 2},
                  {0, 2, 0, 9, 3});
    /* To the end of all. */
    ASSERT_RANGES(NONE, "0:0=1 ", {0, 0, NONE, NONE, 1}, {7, 7, 7, 7, 2});
}

static int is_start_before(const struct smc_outline_range *a, const struct smc_outline_range *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Properly nested ones, or any. */
static size_t random_ranges(struct rng *rng, struct smc_outline_range *list, size_t n_max)
{
    const size_t n = rng_below(rng, (uint32_t)n_max + 1);

    for (size_t i = 0; i < n; i++) {
        const uint32_t line = rng_below(rng, 4), column = rng_below(rng, 9);
        struct smc_outline_range range = {line, column, line + rng_below(rng, 3),
                                          rng_below(rng, 10), rng_below(rng, 6)};
        size_t at = i; /* by insertion, which is stable */
        for (; at > 0 && is_start_before(&range, &list[at - 1]); at--) {
            list[at] = list[at - 1];
        }
        list[at] = range;
    }
    return n;
}

static void the_last_range_that_contains_it(void **state)
{
    struct smc_outline_range list[12];
    struct rng rng = {12};

    (void)state;
    for (int round = 0; round < 4000; round++) {
        const size_t n = random_ranges(&rng, list, COUNT_OF(list));
        const uint32_t outside = rng_below(&rng, 2) == 0 ? NONE : 3;
        struct smc_outline outline;
        assert_int_equal(smc_outline_from_ranges(list, n, outside, &outline), 0);
        check_outline(&outline);
        for (uint32_t line = 0; line < 8; line++) {
            for (uint32_t column = 0; column < 11; column++) {
                uint32_t wanted = outside;
                for (size_t i = 0; i < n; i++) {
                    const struct smc_outline_range *r = &list[i];
                    const uint64_t at = (uint64_t)line << 32 | column;
                    if (at >= ((uint64_t)r->line << 32 | r->column) &&
                        at < ((uint64_t)r->end_line << 32 | r->end_column)) {
                        wanted = r->function;
                    }
                }
                assert_int_equal(find(&outline, line, column), wanted);
            }
        }
        smc_outline_free(&outline);
    }
}

/* Deep nesting and shadowed ranges cost no more than others: this would not end if they did. */
static void many_ranges(void **state)
{
    const uint32_t n = 1000000;
    struct smc_outline_range *list = malloc(n * sizeof *list);
    struct smc_outline outline;

    (void)state;
    assert_non_null(list);
    for (uint32_t i = 0; i < n; i++) {
        list[i] = (struct smc_outline_range){0, i, 1, n - i, i};
    }
    assert_int_equal(smc_outline_from_ranges(list, n, NONE, &outline), 0);
    assert_int_equal(outline.n, 2 * n);
    assert_int_equal(find(&outline, 0, n - 1), n - 1);
    assert_int_equal(find(&outline, 1, n - 1), 0);
    assert_int_equal(find(&outline, 1, n), NONE);
    smc_outline_free(&outline);
    for (uint32_t i = 0; i < n; i++) { /* each ends behind the one before */
        list[i].end_column = i + 1;
    }
    assert_int_equal(smc_outline_from_ranges(list, n, NONE, &outline), 0);
    assert_int_equal(outline.n, n + 1);
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(smc_outline_find(&outline, 0, i, &cursor), i);
    }
    for (uint32_t i = 0; i < n; i++) { /* as far as can be from the cursor */
        const uint32_t column = i % 2 == 0 ? i / 2 : n - 1 - i / 2;
        assert_int_equal(smc_outline_find(&outline, 0, column, &cursor), column);
    }
    smc_outline_free(&outline);
    free(list);
}

/* ---- overlay ---- */

enum { TOP, NAMELESS, F, G, N_FUNCTIONS };

static void fill_table(struct smc_function_table *table, uint32_t ids[N_FUNCTIONS], unsigned origin)
{
    ids[TOP] = smc_function_table_add(table, NULL, 0, 0, SMCF_FUNCTION_TOP_LEVEL, origin);
    ids[NAMELESS] = smc_function_table_add(table, NULL, 0, 0, SMCF_FUNCTION_ANONYMOUS, origin);
    ids[F] = smc_function_table_add(table, (const uint8_t *)"f", 1, 1, SMCF_FUNCTION_NAMED, origin);
    ids[G] = smc_function_table_add(table, (const uint8_t *)"g", 1, 1, SMCF_FUNCTION_NAMED, origin);
}

static void overlay(void **state)
{
    struct smc_function_table table = {0};
    uint32_t a[N_FUNCTIONS], b[N_FUNCTIONS];

    (void)state;
    fill_table(&table, a, SMCF_NAME_SCOPES);
    fill_table(&table, b, SMCF_NAME_FACEBOOK);
    const struct {
        uint32_t first, second, wanted;
    } cases[] = {
        {NONE, NONE, NONE},
        {NONE, b[TOP], b[TOP]},
        {NONE, b[NAMELESS], b[NAMELESS]},
        {NONE, b[F], b[F]},
        {a[NAMELESS], NONE, a[NAMELESS]},
        {a[NAMELESS], b[F], b[F]},
        {a[TOP], b[F], a[TOP]},
        {a[NAMELESS], b[TOP], a[NAMELESS]},
        {a[F], b[G], a[F]},
        {a[NAMELESS], b[NAMELESS], a[NAMELESS]},
        {a[F], b[NAMELESS], a[F]},
        {a[F], NONE, a[F]},
        {a[TOP], b[NAMELESS], a[TOP]},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct smc_mark one = {1, 1, cases[i].first}, other = {1, 1, cases[i].second};
        struct smc_outline first = outline_of(&one, 1), second = outline_of(&other, 1);
        assert_int_equal(smc_outline_overlay(&first, &second, &table), 0);
        check_outline(&first);
        assert_int_equal(find(&first, 1, 1), cases[i].wanted);
        assert_int_equal(find(&first, 1, 0), NONE);
        smc_outline_free(&first);
        smc_outline_free(&second);
    }
    smc_function_table_free(&table);
}

static void overlays_at_random(void **state)
{
    struct smc_function_table table = {0};
    uint32_t ids[N_FUNCTIONS];
    struct rng rng = {13};

    (void)state;
    fill_table(&table, ids, SMCF_NAME_ORIGINAL);
    for (int round = 0; round < 1000; round++) {
        struct smc_outline first = random_outline(&rng, rng_below(&rng, 12), N_FUNCTIONS);
        struct smc_outline second = random_outline(&rng, rng_below(&rng, 12), N_FUNCTIONS);
        struct smc_outline before = outline_of(first.marks, first.n);
        struct smc_outline below = outline_of(second.marks, second.n);
        assert_int_equal(smc_outline_overlay(&first, &second, &table), 0);
        check_outline(&first);
        for (uint32_t line = 0; line < 10; line++) {
            for (uint32_t column = 0; column < 12; column++) {
                const uint32_t one = naive_find(&before, line, column);
                const uint32_t other = naive_find(&below, line, column);
                const int takes_other =
                    one == NONE || (one == ids[NAMELESS] && (other == ids[F] || other == ids[G]));
                assert_int_equal(find(&first, line, column), takes_other ? other : one);
            }
        }
        smc_outline_free(&before);
        smc_outline_free(&below);
        smc_outline_free(&second);
        smc_outline_free(&first);
    }
    smc_function_table_free(&table);
}

/* ---- memory ---- */

static void without_memory(void **state)
{
    static const struct smc_outline_range list[] = {{0, 0, 9, 0, 1}, {0, 5, 3, 0, 2}};
    static const struct smc_mark mark = {0, 0, 0};
    struct smc_function_table table = {0};
    uint32_t ids[N_FUNCTIONS], n_failed = 0;

    (void)state;
    NEEDS_MALLOC_HOOK();
    fill_table(&table, ids, SMCF_NAME_SCOPES);
    const size_t n_live = hook.n_live;
    struct smc_outline below = outline_of(&mark, 1);
    for (size_t at = 1, has_failed = 1; has_failed; at++) {
        struct smc_outline outline = {NULL, 7};
        hook.n_calls = 0;
        hook.fail_at = at;
        const int made = smc_outline_from_ranges(list, COUNT_OF(list), NONE, &outline);
        const uint32_t n = outline.n;
        const int overlaid = made == 0 ? smc_outline_overlay(&outline, &below, &table) : 0;
        hook.fail_at = 0;
        has_failed = hook.n_calls >= at;
        n_failed += made != 0 || overlaid != 0;
        assert_true(made == 0 || n == 0);
        if (overlaid != 0) { /* as it was */
            assert_int_equal(find(&outline, 0, 5), 2);
        }
        smc_outline_free(&outline);
    }
    assert_in_range(n_failed, 3, 20);
    smc_outline_free(&below);
    smc_function_table_free(&table);
    assert_true(hook.n_live < n_live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks),
        cmocka_unit_test(borders),
        cmocka_unit_test(any_position_from_any_cursor),
        cmocka_unit_test(ranges),
        cmocka_unit_test(the_last_range_that_contains_it),
        cmocka_unit_test(many_ranges),
        cmocka_unit_test(overlay),
        cmocka_unit_test(overlays_at_random),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
