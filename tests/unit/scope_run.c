#include "tests/unit/scope_run.h"

#define NONE SMC_SCOPES_NONE

static void note(void *context, const char *reason, size_t at)
{
    struct scope_run *run = context;

    if (run->n_warnings < COUNT_OF(run->warnings)) {
        run->warnings[run->n_warnings] = (struct smc_scopes_issue){reason, at};
    }
    run->n_warnings++;
}

static int is_before(struct smc_scopes_position a, struct smc_scopes_position b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* Nested in the parent, after the sibling before; `previous_end` is the latest end or start. */
static void check_place(struct smc_scopes_position start, struct smc_scopes_position end,
                        const struct smc_scopes_position *parent_start,
                        const struct smc_scopes_position *parent_end)
{
    assert_false(is_before(end, start));
    assert_true(start.line < NONE && start.column < NONE && end.line < NONE && end.column < NONE);
    if (parent_start != NULL) {
        assert_false(is_before(start, *parent_start));
        assert_false(is_before(*parent_end, end));
    }
}

static void check_scopes(const struct smc_scopes *s, struct scope_map map)
{
    uint32_t n_variables = 0;

    for (uint32_t i = 0; i < s->n_scopes; i++) {
        const struct smc_scopes_scope *scope = &s->scopes[i];
        const struct smc_scopes_scope *parent = NULL;
        assert_true(scope->parent == NONE || scope->parent < i);
        if (scope->parent != NONE) {
            parent = &s->scopes[scope->parent];
            assert_int_equal(scope->source, parent->source);
        }
        check_place(scope->start, scope->end, parent == NULL ? NULL : &parent->start,
                    parent == NULL ? NULL : &parent->end);
        assert_true(scope->source < map.n_sources || scope->source == NONE);
        assert_true(i == 0 || scope->source >= s->scopes[i - 1].source);
        assert_true(scope->name < map.n_names || scope->name == NONE);
        assert_true(scope->kind < map.n_names || scope->kind == NONE);
        assert_true(scope->is_stack_frame <= 1);
        assert_int_equal(scope->first_variable, n_variables);
        n_variables += scope->n_variables;
    }
    assert_int_equal(n_variables, s->n_variables);
    for (uint32_t i = 0; i < n_variables; i++) {
        assert_true(s->variables[i] < map.n_names || s->variables[i] == NONE);
    }
}

static void check_ranges(const struct smc_scopes *s, struct scope_map map)
{
    uint32_t n_lists = 0;

    for (uint32_t i = 0; i < s->n_ranges; i++) {
        const struct smc_scopes_range *range = &s->ranges[i];
        const struct smc_scopes_range *parent = NULL;
        assert_true(range->parent == NONE || range->parent < i);
        if (range->parent != NONE) {
            parent = &s->ranges[range->parent];
        }
        check_place(range->start, range->end, parent == NULL ? NULL : &parent->start,
                    parent == NULL ? NULL : &parent->end);
        assert_true(i == 0 || !is_before(range->start, s->ranges[i - 1].start));
        assert_true(range->definition < s->n_scopes || range->definition == NONE);
        assert_true(range->frame <= SMC_SCOPES_FRAME_HIDDEN);
        assert_true(range->call_source < map.n_sources || range->call_source == NONE);
        assert_int_equal(range->first_list, n_lists);
        for (uint32_t list = n_lists; list < n_lists + range->n_lists; list++) {
            assert_true(s->lists[list] < s->lists[list + 1]);
            assert_memory_equal(&s->bindings[s->lists[list]].from, &range->start,
                                sizeof range->start);
        }
        n_lists += range->n_lists;
    }
    assert_int_equal(n_lists, s->n_lists);
    assert_int_equal(s->lists[0], 0);
    assert_int_equal(s->lists[n_lists], s->n_bindings);
    for (uint32_t i = 0; i < s->n_bindings; i++) {
        assert_true(s->bindings[i].expression < map.n_names || s->bindings[i].expression == NONE);
    }
}

struct scope_run scope_run(const void *text, size_t nbytes, struct scope_map map)
{
    struct guarded copy = guarded_copy(text, nbytes, GUARD_AFTER);
    struct scope_run run = {.result = SMC_SCOPES_OK};
    struct smc_scopes_input input = {copy.bytes,    nbytes, map.n_sources, map.n_names,
                                     map.is_strict, note,   &run};

    run.result = smc_scopes_decode(&input, &run.scopes, &run.issue);
    guarded_free(&copy);
    for (unsigned i = 0; i < run.n_warnings && i < COUNT_OF(run.warnings); i++) {
        assert_in_range(run.warnings[i].at, 0, nbytes);
    }
    assert_in_range(run.issue.at, 0, nbytes);
    if (run.result == SMC_SCOPES_OK) {
        check_scopes(&run.scopes, map);
        check_ranges(&run.scopes, map);
    } else {
        static const struct smc_scopes empty;
        assert_memory_equal(&run.scopes, &empty, sizeof empty);
        assert_true(run.issue.reason[0] != 0);
        assert_true(run.n_warnings == 0 || run.result == SMC_SCOPES_LIMIT);
    }
    return run;
}

void scope_run_free(struct scope_run *run)
{
    smc_scopes_free(&run->scopes);
}

/* ---- text ---- */

static void put_index(struct text *text, uint32_t index)
{
    if (index == NONE) {
        text_puts(text, "-");
    } else {
        text_number(text, index);
    }
}

static void put_position(struct text *text, struct smc_scopes_position position)
{
    text_number(text, position.line);
    text_puts(text, ":");
    text_number(text, position.column);
}

static void put_scope(struct text *text, const struct smc_scopes *s,
                      const struct smc_scopes_scope *scope)
{
    put_index(text, scope->source);
    text_puts(text, "^");
    put_index(text, scope->parent);
    text_puts(text, " ");
    put_position(text, scope->start);
    text_puts(text, "-");
    put_position(text, scope->end);
    text_puts(text, " ");
    put_index(text, scope->name);
    text_puts(text, "/");
    put_index(text, scope->kind);
    text_puts(text, scope->is_stack_frame ? " frame" : "");
    for (uint32_t i = 0; i < scope->n_variables; i++) {
        text_puts(text, i == 0 ? " (" : ",");
        put_index(text, s->variables[scope->first_variable + i]);
        text_puts(text, i + 1 == scope->n_variables ? ")" : "");
    }
    text_puts(text, "\n");
}

static void put_range(struct text *text, const struct smc_scopes *s,
                      const struct smc_scopes_range *range)
{
    static const char *const frames[] = {"", " original", " hidden"};

    text_puts(text, "^");
    put_index(text, range->parent);
    text_puts(text, " ");
    put_position(text, range->start);
    text_puts(text, "-");
    put_position(text, range->end);
    text_puts(text, " ");
    put_index(text, range->definition);
    text_puts(text, frames[range->frame]);
    if (range->call_source != NONE) {
        text_puts(text, " at ");
        put_index(text, range->call_source);
        text_puts(text, ":");
        put_position(text, range->call);
    }
    for (uint32_t list = range->first_list; list < range->first_list + range->n_lists; list++) {
        for (uint32_t i = s->lists[list]; i < s->lists[list + 1]; i++) {
            text_puts(text, i == s->lists[list] ? " {" : " ");
            put_position(text, s->bindings[i].from);
            text_puts(text, "=");
            put_index(text, s->bindings[i].expression);
        }
        text_puts(text, "}");
    }
    text_puts(text, "\n");
}

struct text scope_dump(const struct smc_scopes *scopes)
{
    struct text text = {0};

    text_add(&text, "", 0);
    for (uint32_t i = 0; i < scopes->n_scopes; i++) {
        put_scope(&text, scopes, &scopes->scopes[i]);
    }
    for (uint32_t i = 0; i < scopes->n_ranges; i++) {
        put_range(&text, scopes, &scopes->ranges[i]);
    }
    return text;
}

void text_unsigned_vlq(struct text *text, uint64_t value)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    do {
        text_add(text, &digits[(value & 31) | (value > 31 ? 32 : 0)], 1);
        value >>= 5;
    } while (value != 0);
}
