/*
 * The `scopes` string: random scopes and ranges, written and read again, and random damage.
 */
#include "tests/unit/scope_run.h"

#define NONE SMC_SCOPES_NONE
#define MAX 64
#define N_NAMES 40
#define N_SOURCES 4

/* What is to come out, and the state that a writer keeps. */
struct model {
    struct text text;
    struct smc_scopes_scope scopes[MAX];
    uint32_t variables[MAX * 4];
    struct smc_scopes_range ranges[MAX];
    uint32_t lists[MAX * 4 + 1];
    struct smc_scopes_binding bindings[MAX * 16];
    uint32_t owners[MAX * 16]; /* their lists; bindings are in the order of the text */
    struct smc_scopes s;
    uint32_t name, kind, variable, definition;
    struct rng *rng;
};

/* The start of an item, and before it perhaps of some that do not count. */
static void put_item(struct model *m, const char *tag)
{
    static const char *const ignored[] = {"/A", "/gA{\"a\":1}", "J", "zBgggggggggB", "qAAAAAAAA"};

    text_puts(&m->text, m->text.nbytes > 0 ? "," : "");
    while (rng_below(m->rng, 8) == 0) {
        text_puts(&m->text, ignored[rng_below(m->rng, COUNT_OF(ignored))]);
        text_puts(&m->text, ",");
    }
    text_puts(&m->text, tag);
}

/* Moves on, by nothing or a lot. `has_line`: the line is written, whether or not it is 0. */
static void put_position(struct model *m, struct smc_scopes_position *position, int has_line)
{
    uint32_t line = has_line ? rng_below(m->rng, 3) * rng_below(m->rng, 100) : 0;
    uint32_t column = rng_below(m->rng, 2) * rng_below(m->rng, 3000);

    if (has_line) {
        text_unsigned_vlq(&m->text, line);
    }
    text_unsigned_vlq(&m->text, column);
    position->column = line > 0 ? column : position->column + column;
    position->line += line;
}

static uint32_t put_relative(struct model *m, uint32_t *last, uint32_t n)
{
    uint32_t index = rng_below(m->rng, n);

    text_vlq(&m->text, (int64_t)index - *last);
    *last = index;
    return index;
}

static void start_scope(struct model *m, uint32_t source, uint32_t parent,
                        struct smc_scopes_position *position)
{
    struct smc_scopes_scope *scope = &m->scopes[m->s.n_scopes++];
    uint32_t flags = rng_below(m->rng, 8);

    *scope = (struct smc_scopes_scope){.source = source,
                                       .parent = parent,
                                       .name = NONE,
                                       .kind = NONE,
                                       .is_stack_frame = flags >> 2,
                                       .first_variable = m->s.n_variables,
                                       .n_variables = rng_below(m->rng, 4)};
    put_item(m, "B");
    text_unsigned_vlq(&m->text, flags);
    put_position(m, position, 1);
    scope->start = *position;
    if (flags & 1) {
        scope->name = put_relative(m, &m->name, N_NAMES);
    }
    if (flags & 2) {
        scope->kind = put_relative(m, &m->kind, N_NAMES);
    }
    if (scope->n_variables > 0) {
        put_item(m, "D");
        for (uint32_t i = 0; i < scope->n_variables; i++) {
            m->variables[m->s.n_variables++] = put_relative(m, &m->variable, N_NAMES);
        }
    }
}

static void write_tree(struct model *m, uint32_t source)
{
    struct smc_scopes_position position = {0, 0};
    uint32_t open = NONE;

    if (rng_below(m->rng, 4) == 0) {
        put_item(m, "A");
        return;
    }
    do {
        if (open == NONE || (rng_below(m->rng, 2) == 0 && m->s.n_scopes < MAX - N_SOURCES)) {
            start_scope(m, source, open, &position);
            open = m->s.n_scopes - 1;
        } else {
            put_item(m, "C");
            put_position(m, &position, 1);
            m->scopes[open].end = position;
            open = m->scopes[open].parent;
        }
    } while (open != NONE);
}

static void put_binding(struct model *m, uint32_t list, struct smc_scopes_position from)
{
    uint32_t expression = rng_below(m->rng, N_NAMES + 1);

    text_unsigned_vlq(&m->text, expression);
    m->owners[m->s.n_bindings] = list;
    m->bindings[m->s.n_bindings++] =
        (struct smc_scopes_binding){from, expression == 0 ? NONE : expression - 1};
}

static void put_sub_range(struct model *m, const struct smc_scopes_range *range)
{
    struct smc_scopes_position position = range->start;
    uint32_t variable = rng_below(m->rng, range->n_lists);

    put_item(m, "H");
    text_unsigned_vlq(&m->text, variable);
    for (uint32_t n = 1 + rng_below(m->rng, 3); n > 0; n--) {
        put_position(m, &position, 1);
        put_binding(m, range->first_list + variable, position);
    }
}

static void start_range(struct model *m, uint32_t parent, struct smc_scopes_position *position)
{
    static const unsigned frame_flags[] = {0, 4, 4 | 8};
    struct smc_scopes_range *range = &m->ranges[m->s.n_ranges++];
    int has_line = rng_below(m->rng, 2) == 0;
    int has_definition = m->s.n_scopes > 0 && rng_below(m->rng, 2) == 0;
    uint32_t frame = rng_below(m->rng, 3);

    put_item(m, "E");
    text_unsigned_vlq(&m->text,
                      (unsigned)has_line | (unsigned)has_definition << 1 | frame_flags[frame]);
    put_position(m, position, has_line);
    *range = (struct smc_scopes_range){.parent = parent,
                                       .start = *position,
                                       .definition = NONE,
                                       .frame = frame,
                                       .call_source = NONE,
                                       .first_list = m->s.n_lists,
                                       .n_lists = rng_below(m->rng, 4)};
    if (has_definition) {
        range->definition = put_relative(m, &m->definition, m->s.n_scopes);
    }
    m->s.n_lists += range->n_lists;
    if (range->n_lists > 0) {
        put_item(m, "G");
        for (uint32_t i = 0; i < range->n_lists; i++) {
            put_binding(m, range->first_list + i, range->start);
        }
    }
    if (rng_below(m->rng, 3) == 0) {
        put_item(m, "I");
        range->call_source = rng_below(m->rng, N_SOURCES);
        text_unsigned_vlq(&m->text, range->call_source);
        put_position(m, &range->call, 1); /* from 0:0 on, so absolute */
    }
}

static void write_ranges(struct model *m)
{
    struct smc_scopes_position position = {0, 0};
    uint32_t open = NONE;

    for (uint32_t steps = rng_below(m->rng, 3 * MAX); steps > 0 || open != NONE;) {
        steps -= steps > 0;
        uint32_t choice = steps == 0 ? 2 : rng_below(m->rng, 4);
        if (choice < 2 && m->s.n_ranges < MAX) {
            start_range(m, open, &position);
            open = m->s.n_ranges - 1;
        } else if (open == NONE) {
            continue;
        } else if (choice == 3 && m->ranges[open].n_lists > 0 && m->s.n_bindings < MAX * 10) {
            put_sub_range(m, &m->ranges[open]);
        } else {
            put_item(m, "F");
            put_position(m, &position, rng_below(m->rng, 2) == 0);
            m->ranges[open].end = position;
            open = m->ranges[open].parent;
        }
    }
}

/* Puts the bindings into the order of their lists, in the plainest way. */
static void group_bindings(struct model *m)
{
    static struct smc_scopes_binding grouped[MAX * 16];
    uint32_t n = 0;

    for (uint32_t list = 0; list < m->s.n_lists; list++) {
        m->lists[list] = n;
        for (uint32_t i = 0; i < m->s.n_bindings; i++) {
            if (m->owners[i] == list) {
                grouped[n++] = m->bindings[i];
            }
        }
    }
    m->lists[m->s.n_lists] = n;
    assert_int_equal(n, m->s.n_bindings);
    memcpy(m->bindings, grouped, sizeof grouped);
}

static struct model *new_model(struct rng *rng)
{
    struct model *m = calloc(1, sizeof *m);

    assert_non_null(m);
    m->rng = rng;
    m->s.scopes = m->scopes;
    m->s.variables = m->variables;
    m->s.ranges = m->ranges;
    m->s.lists = m->lists;
    m->s.bindings = m->bindings;
    text_add(&m->text, "", 0);
    for (uint32_t source = 0; source < N_SOURCES; source++) {
        write_tree(m, source);
    }
    write_ranges(m);
    group_bindings(m);
    return m;
}

static void free_model(struct model *m)
{
    text_free(&m->text);
    free(m);
}

static void what_is_written_is_read(void **state)
{
    struct rng rng = {2024};
    uint32_t n_scopes = 0, n_ranges = 0, n_sub_bindings = 0;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct model *m = new_model(&rng);
        struct scope_map map = {N_SOURCES, N_NAMES, round & 1};
        struct scope_run run = scope_run(m->text.data, m->text.nbytes, map);
        assert_string_equal(run.issue.reason, "");
        assert_int_equal(run.result, SMC_SCOPES_OK);
        assert_int_equal(run.n_warnings, 0);
        struct text wanted = scope_dump(&m->s), made = scope_dump(&run.scopes);
        assert_string_equal(made.data, wanted.data);
        n_scopes += m->s.n_scopes;
        n_ranges += m->s.n_ranges;
        n_sub_bindings += m->s.n_bindings - m->s.n_lists;
        text_free(&wanted);
        text_free(&made);
        scope_run_free(&run);
        free_model(m);
    }
    assert_true(n_scopes > 5000 && n_ranges > 5000 && n_sub_bindings > 5000);
}

/* Whatever comes out is in order: scope_run checks that. */
static void run_damaged(const struct text *text, uint32_t n_sources, uint32_t n_names,
                        unsigned *n_results)
{
    for (int is_strict = 0; is_strict < 2; is_strict++) {
        struct scope_map map = {n_sources, n_names, is_strict};
        struct scope_run run = scope_run(text->data, text->nbytes, map);
        n_results[run.result]++;
        scope_run_free(&run);
    }
}

static void damage(void **state)
{
    static const char bytes[] = "ABCDEFGHIJgh/+,,,,,,!\"";
    unsigned n_results[SMC_SCOPES_MEMORY + 1] = {0};
    struct rng rng = {4711};
    (void)state;
    for (int round = 0; round < 600; round++) {
        struct model *m = new_model(&rng);
        for (int i = 0; i < 12 && m->text.nbytes > 0; i++) {
            char *at = &m->text.data[rng_below(&rng, (uint32_t)m->text.nbytes)];
            char was = *at;
            *at = bytes[rng_below(&rng, sizeof bytes)];
            run_damaged(&m->text, rng_below(&rng, N_SOURCES + 2), rng_below(&rng, N_NAMES),
                        n_results);
            *at = was;
        }
        m->text.nbytes = rng_below(&rng, (uint32_t)m->text.nbytes + 1);
        run_damaged(&m->text, N_SOURCES, N_NAMES, n_results);
        free_model(m);
    }
    assert_true(n_results[SMC_SCOPES_OK] > 500);
    assert_true(n_results[SMC_SCOPES_DROPPED] > 500);
    assert_true(n_results[SMC_SCOPES_OVERFLOW] > 5);
    assert_int_equal(n_results[SMC_SCOPES_MEMORY], 0);
}

static void garbage(void **state)
{
    /* Items, whole and in part, so that some of it is good. */
    static const char *const parts[] = {"BAAA",  "BHAACC", "CAA", "CBD", "DAC",     "EAA",
                                        "EDAAA", "FA",     "FAB", "GAB", "HAAAB",   "IAAA",
                                        "/A",    "EIA",    "A",   "",    "ggggggE", "//////D"};
    unsigned n_results[SMC_SCOPES_MEMORY + 1] = {0};
    struct rng rng = {1848};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text text = {0};
        text_add(&text, "", 0);
        for (uint32_t n = rng_below(&rng, 12); n > 0; n--) {
            text_puts(&text, parts[rng_below(&rng, COUNT_OF(parts))]);
            text_puts(&text, n > 1 && rng_below(&rng, 30) > 0 ? "," : "");
            if (rng_below(&rng, 60) == 0) {
                uint8_t byte = (uint8_t)rng_next(&rng);
                text_add(&text, &byte, 1);
            }
        }
        run_damaged(&text, rng_below(&rng, 3), rng_below(&rng, 3), n_results);
        text_free(&text);
    }
    assert_true(n_results[SMC_SCOPES_OK] > 100 && n_results[SMC_SCOPES_DROPPED] > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(damage),
        cmocka_unit_test(garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
