/*
 * Stacks of generated positions: random scopes, ranges and mappings, in one map or in sections, against the naive way
 * from the rules (section 9 of our reference).
 */
#include "tests/unit/outline_run.h"
#include "tests/unit/scope_run.h"

#define NONE UINT32_MAX
#define MAX 24
#define N_SOURCES 2
#define N_TOKENS 20
#define N_LINES 6
#define N_COLUMNS 14

struct place {
    uint32_t line, column;
};

struct scope {
    uint32_t source, parent, name; /* name NONE: it has none */
    struct place start, end;
    int is_frame;
};

enum frame { FRAME_NONE, FRAME_FUNCTION, FRAME_HIDDEN };

struct range {
    uint32_t parent, definition, call_source;
    struct place start, end, call;
    enum frame frame;
};

/* A map that starts at `offset` of the generated file. */
struct model {
    struct rng *rng;
    struct place offset;
    uint32_t first_source;
    char letter; /* in front of its names */
    struct scope scopes[MAX];
    struct range ranges[MAX];
    uint32_t n_scopes, n_ranges;
    int has_tree[N_SOURCES];
    struct text text, mappings, range_mappings;
    uint32_t name, definition;
};

static int is_before(struct place a, struct place b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static int contains(struct place start, struct place end, struct place at)
{
    return !is_before(at, start) && is_before(at, end);
}

/* ---- writing ---- */

static void put_item(struct model *m, const char *tag)
{
    text_puts(&m->text, m->text.nbytes > 0 ? "," : "");
    text_puts(&m->text, tag);
}

/* A step onwards, seldom to another line. */
static struct place next_place(struct model *m, struct place *at)
{
    const uint32_t lines = rng_below(m->rng, 6) == 0, columns = rng_below(m->rng, 4);

    at->column = lines > 0 ? columns : at->column + columns;
    at->line += lines;
    return (struct place){lines, columns};
}

static void put_place(struct model *m, struct place step)
{
    text_unsigned_vlq(&m->text, step.line);
    text_unsigned_vlq(&m->text, step.column);
}

static void start_scope(struct model *m, uint32_t source, uint32_t parent, struct place *at)
{
    struct scope *scope = &m->scopes[m->n_scopes++];
    const struct place step = next_place(m, at);

    *scope = (struct scope){source, parent, NONE, *at, *at, rng_below(m->rng, 2) == 0};
    const int has_name = rng_below(m->rng, 4) != 0;
    put_item(m, "B");
    text_unsigned_vlq(&m->text, (uint64_t)has_name | (uint64_t)scope->is_frame << 2);
    put_place(m, step);
    if (has_name) {
        scope->name = rng_below(m->rng, 5);
        text_vlq(&m->text, (int64_t)scope->name - m->name);
        m->name = scope->name;
    }
}

static void write_tree(struct model *m, uint32_t source)
{
    struct place at = {0, 0};
    uint32_t open = NONE;

    m->has_tree[source] = rng_below(m->rng, 4) != 0;
    if (!m->has_tree[source]) {
        put_item(m, "A");
        return;
    }
    do {
        if (open == NONE || (rng_below(m->rng, 2) == 0 && m->n_scopes < MAX - N_SOURCES)) {
            start_scope(m, source, open, &at);
            open = m->n_scopes - 1;
        } else {
            const struct place step = next_place(m, &at);
            put_item(m, "C");
            put_place(m, step);
            m->scopes[open].end = at;
            open = m->scopes[open].parent;
        }
    } while (open != NONE);
}

static void start_range(struct model *m, uint32_t parent, struct place *at)
{
    struct range *range = &m->ranges[m->n_ranges++];
    const struct place step = next_place(m, at);
    const int has_definition = m->n_scopes > 0 && rng_below(m->rng, 3) != 0;

    *range = (struct range){parent, NONE, NONE, *at, *at, {0, 0}, FRAME_NONE};
    if (rng_below(m->rng, 3) == 0) {
        range->frame = rng_below(m->rng, 3) == 0 ? FRAME_HIDDEN : FRAME_FUNCTION;
    }
    put_item(m, "E");
    text_unsigned_vlq(&m->text, 1 | (uint64_t)has_definition << 1 |
                                    (range->frame == FRAME_HIDDEN     ? 12
                                     : range->frame == FRAME_FUNCTION ? 4
                                                                      : 0));
    put_place(m, step);
    if (has_definition) {
        range->definition = rng_below(m->rng, m->n_scopes);
        text_vlq(&m->text, (int64_t)range->definition - m->definition);
        m->definition = range->definition;
    }
    if (rng_below(m->rng, 2) == 0) {
        range->call_source = rng_below(m->rng, N_SOURCES);
        range->call = (struct place){rng_below(m->rng, 3), rng_below(m->rng, N_COLUMNS)};
        put_item(m, "I");
        text_unsigned_vlq(&m->text, range->call_source);
        put_place(m, range->call);
    }
}

static void write_ranges(struct model *m)
{
    struct place at = {0, 0};
    uint32_t open = NONE;

    for (uint32_t n = rng_below(m->rng, MAX); m->n_ranges < n || open != NONE;) {
        if (m->n_ranges < n && (open == NONE || rng_below(m->rng, 2) == 0)) {
            start_range(m, open, &at);
            open = m->n_ranges - 1;
        } else {
            const struct place step = next_place(m, &at);
            put_item(m, "F");
            put_place(m, step);
            m->ranges[open].end = at;
            open = m->ranges[open].parent;
        }
    }
}

static void write_mappings(struct model *m)
{
    int64_t last[3] = {0};
    uint32_t line = 0, index = 0, last_range = 0;
    const int has_ranges = rng_below(m->rng, 2) == 0;

    text_add(&m->mappings, "", 0);
    text_add(&m->range_mappings, "", 0);
    for (uint32_t i = 0, is_first = 1; i < N_TOKENS; i++, index++) {
        if (rng_below(m->rng, 4) == 0 && line < N_LINES) {
            text_puts(&m->mappings, ";");
            text_puts(&m->range_mappings, ";");
            line++;
            is_first = 1;
            index = last_range = 0;
        }
        const int64_t to[3] = {rng_below(m->rng, N_SOURCES), rng_below(m->rng, 3),
                               rng_below(m->rng, N_COLUMNS)};
        text_puts(&m->mappings, is_first ? "" : ",");
        is_first = 0;
        if (rng_below(m->rng, 4) == 0) {
            text_segment(&m->mappings, 1, rng_below(m->rng, 3), 0, 0, 0, 0);
        } else {
            text_segment(&m->mappings, 4, rng_below(m->rng, 3), to[0] - last[0], to[1] - last[1],
                         to[2] - last[2], 0);
            memcpy(last, to, sizeof last);
            if (has_ranges && rng_below(m->rng, 4) == 0) {
                text_unsigned_vlq(&m->range_mappings, index - last_range);
                last_range = index;
            }
        }
    }
}

static void write_map(struct text *map, const struct model *m)
{
    text_puts(map, "{\"version\":3,\"sources\":[\"a\",\"b\"],\"names\":[");
    for (char i = 0; i < 5; i++) {
        const char name[] = {'"', m->letter, (char)('0' + i), '"'};
        text_puts(map, i > 0 ? "," : "");
        text_add(map, name, sizeof name);
    }
    text_puts(map, "],\"mappings\":\"");
    text_add(map, m->mappings.data, m->mappings.nbytes);
    text_puts(map, "\",\"rangeMappings\":\"");
    text_add(map, m->range_mappings.data, m->range_mappings.nbytes);
    text_puts(map, "\",\"scopes\":\"");
    text_add(map, m->text.data, m->text.nbytes);
    text_puts(map, "\"}");
}

/* ---- the naive way ---- */

static void put_scope_function(struct text *text, const struct model *m, uint32_t scope)
{
    while (scope != NONE && !m->scopes[scope].is_frame) {
        scope = m->scopes[scope].parent;
    }
    if (scope == NONE || m->scopes[scope].name == NONE) {
        text_puts(text, scope == NONE ? "^" : "?");
        return;
    }
    text_add(text, &m->letter, 1);
    text_number(text, m->scopes[scope].name);
}

/* A frame at an original position; the source is one of the map. `is_split`: it is of a range mapping that is not all in
 * one function (test_token_functions.c). */
static void put_frame(struct text *text, const struct model *m, uint32_t source, struct place at,
                      int is_split)
{
    uint32_t innermost = NONE;

    for (uint32_t i = 0; i < m->n_scopes; i++) {
        if (m->scopes[i].source == source && contains(m->scopes[i].start, m->scopes[i].end, at)) {
            innermost = i;
        }
    }
    if (m->has_tree[source] && !is_split) {
        put_scope_function(text, m, innermost);
    } else {
        text_puts(text, "-");
    }
    text_puts(text, "@");
    text_number(text, m->first_source + source);
    text_puts(text, ":");
    text_number(text, at.line);
    text_puts(text, ":");
    text_number(text, at.column);
}

static struct place shift(const struct model *m, struct place at)
{
    return (struct place){m->offset.line + at.line,
                          (at.line == 0 ? m->offset.column : 0) + at.column};
}

/* The innermost range; the last map that has one. */
static uint32_t find_range(const struct model *models, int n_models, struct place at,
                           const struct model **of)
{
    uint32_t innermost = NONE;

    for (int k = 0; k < n_models; k++) {
        const struct model *m = &models[k];
        for (uint32_t i = 0; i < m->n_ranges; i++) {
            if (contains(shift(m, m->ranges[i].start), shift(m, m->ranges[i].end), at)) {
                innermost = i;
                *of = m;
            }
        }
    }
    return innermost;
}

static struct text naive_stack(const struct model *models, int n_models, const smc_cache *cache,
                               struct place at)
{
    const struct model *m = NULL;
    uint32_t r = find_range(models, n_models, at, &m), hidden = r, definition = r;
    struct smc_token token;
    struct text text = {0};

    text_add(&text, "", 0);
    while (hidden != NONE && m->ranges[hidden].frame == FRAME_NONE) {
        hidden = m->ranges[hidden].parent;
    }
    if (hidden != NONE && m->ranges[hidden].frame == FRAME_HIDDEN) {
        text_puts(&text, "[hidden] ");
    }
    assert_int_equal(smc_lookup(cache, at.line, at.column, 0, &token), SMC_OK);
    /* Without a definition, a block is of what it is in. */
    while (definition != NONE && m->ranges[definition].definition == NONE) {
        definition =
            m->ranges[definition].frame == FRAME_NONE ? m->ranges[definition].parent : NONE;
    }
    const size_t before = text.nbytes;
    if (token.source != SMC_NONE) {
        const struct model *of = &models[token.source / N_SOURCES];
        struct smc_function function;
        assert_int_equal(smc_token_function(cache, token.index, &function), SMC_OK);
        const int is_split = (token.flags & SMC_TOKEN_RANGE) != 0 && function.index == SMC_NONE;
        put_frame(&text, of, token.source % N_SOURCES,
                  (struct place){token.source_line, token.source_column}, is_split);
    } else if (definition != NONE) {
        put_scope_function(&text, m, m->ranges[definition].definition);
    }
    const int has_first = text.nbytes > before;
    int has_callers = 0;
    struct text callers = {0};
    for (; r != NONE && m->ranges[r].frame == FRAME_NONE; r = m->ranges[r].parent) {
        if (m->ranges[r].call_source != NONE) {
            text_puts(&callers, " ");
            put_frame(&callers, m, m->ranges[r].call_source, m->ranges[r].call, 0);
            has_callers = 1;
        }
    }
    if (!has_first && (text.nbytes > 0 || has_callers)) { /* something is known of it */
        text_puts(&text, "-");
    }
    text_add(&text, callers.data, callers.nbytes);
    text_free(&callers);
    return text;
}

static void run(uint64_t seed, int n_models)
{
    struct rng rng = {seed};
    struct model models[2];
    struct text map = {0};
    struct file file;
    struct place offset = {0, 0};

    for (int i = 0; i < n_models; i++) {
        models[i] = (struct model){.rng = &rng,
                                   .offset = offset,
                                   .first_source = (uint32_t)i * N_SOURCES,
                                   .letter = (char)('f' + i)};
        for (uint32_t source = 0; source < N_SOURCES; source++) {
            write_tree(&models[i], source);
        }
        write_ranges(&models[i]);
        write_mappings(&models[i]);
        if (models[i].n_ranges > 0) { /* out of order, the next one's would not be used */
            offset = models[i].ranges[models[i].n_ranges - 1].start;
        }
        (void)next_place(&models[i], &offset);
    }
    if (n_models == 1) {
        write_map(&map, &models[0]);
    } else {
        text_puts(&map, "{\"version\":3,\"sections\":[");
        for (int i = 0; i < n_models; i++) {
            text_puts(&map, i > 0 ? "," : "");
            text_puts(&map, "{\"offset\":{\"line\":");
            text_number(&map, models[i].offset.line);
            text_puts(&map, ",\"column\":");
            text_number(&map, models[i].offset.column);
            text_puts(&map, "},\"map\":");
            write_map(&map, &models[i]);
            text_puts(&map, "}");
        }
        text_puts(&map, "]}");
    }
    file = build_file_with_functions(&map);
    smc_cache *cache = open_file(&file);
    for (uint32_t i = 0; i < N_LINES * N_COLUMNS * 3; i++) {
        const struct place at = {i % N_LINES, i / N_LINES};
        struct text found = stack_dump(cache, at.line, at.column);
        struct text wanted = naive_stack(models, n_models, cache, at);
        if (strcmp(found.data, wanted.data) != 0) {
            fail_msg("seed %llu, %u:%u: \"%s\", not \"%s\":\n%s", (unsigned long long)seed, at.line,
                     at.column, found.data, wanted.data, map.data);
        }
        text_free(&found);
        text_free(&wanted);
    }
    smc_close(cache);
    file_free(&file);
    text_free(&map);
    for (int i = 0; i < n_models; i++) {
        text_free(&models[i].text);
        text_free(&models[i].mappings);
        text_free(&models[i].range_mappings);
    }
}

static void in_one_map(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        run(seed, 1);
    }
}

/* The second one may start before the ranges of the first one end. */
static void in_sections(void **state)
{
    (void)state;
    for (uint64_t seed = 10001; seed <= 12000; seed++) {
        run(seed, 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_one_map),
        cmocka_unit_test(in_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
