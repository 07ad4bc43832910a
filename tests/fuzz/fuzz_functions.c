/*
 * Which function a position is in, where the map says so: x_facebook_sources, x_com_bloomberg_sourcesFunctionMappings, and
 * `scopes` with their stacks of inlined calls. Each against linear scans by the rules (sections 9 and 11 of our reference).
 * The text of the one that the first byte chooses is the input; all else of the map is the same.
 *
 * sources: src/build/bloomberg.c src/build/entries.c src/build/facebook.c src/build/function_name.c src/build/function_pack.c src/build/function_table.c src/build/inlined.c src/build/inlined_need.c src/build/map_functions.c src/build/outline.c src/build/outlines.c src/build/scope_outlines.c src/build/scope_ranges.c src/build/token_functions.c src/reader/frames.c src/reader/function.c
 * support: src/base src/build src/javascript src/json src/reader src/url src/verify tests/unit/outline_run.c tests/unit/scope_run.c tests/unit/support.c
 * libraries: cmocka
 * nbytes: 512
 */
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/outline_run.h"
#include "tests/unit/scope_run.h"

#define NONE UINT32_MAX
#define N_SOURCES 2
#define N_LINES 6    /* of original positions, */
#define N_COLUMNS 12 /* and twice as many of the generated file */
#define UNKNOWN "-"

enum { FACEBOOK, BLOOMBERG, SCOPES, N_KINDS };

static const char *const names[] = {"f", "A.g", "", "<global>", "<anonymous>", "x"};
#define N_NAMES ((int64_t)COUNT_OF(names))

/* ---- the map ---- */

/* Every second generated column has a token; some have no source. */
static int has_source(uint32_t line, uint32_t column)
{
    return (line + column) % 5 != 3;
}

static uint32_t source_of(uint32_t line)
{
    return line % 3 == 2;
}

static void put_mappings(struct text *map)
{
    int64_t now[4] = {0};

    for (uint32_t line = 0; line < N_LINES; line++) {
        now[0] = 0;
        text_puts(map, line > 0 ? ";" : "");
        for (uint32_t column = 0; column < N_COLUMNS; column++) {
            const int64_t to[] = {(int64_t)2 * column, source_of(line), line, column};
            const int n = has_source(line, column) ? 4 : 1;
            text_puts(map, column > 0 ? "," : "");
            for (int i = 0; i < n; i++) {
                text_vlq(map, to[i] - now[i]);
                now[i] = to[i];
            }
        }
    }
}

static void put_names(struct text *map)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        text_puts(map, i > 0 ? "," : "");
        text_json(map, names[i], strlen(names[i]));
    }
}

static struct text make_map(int kind, const struct text *text)
{
    static const char *const heads[] = {"],\"x_facebook_sources\":[[{\"names\":[",
                                        "],\"x_com_bloomberg_sourcesFunctionMappings\":[",
                                        "],\"scopes\":"};
    static const char *const tails[] = {"}],null]}", ",null]}", "}"};
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[\"a\",\"b\"],\"mappings\":\"");
    put_mappings(&map);
    text_puts(&map, "\",\"names\":[");
    put_names(&map);
    text_puts(&map, heads[kind]);
    if (kind == FACEBOOK) {
        put_names(&map);
        text_puts(&map, "],\"mappings\":");
    }
    text_json(&map, text->data, text->nbytes);
    text_puts(&map, tails[kind]);
    return map;
}

/* ---- entries, as a plain reader has them ---- */

struct entry {
    int64_t line, column, end_line, end_column, name;
};

struct entries {
    struct entry *list;
    size_t n;
    int is_dropped;
};

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* A signed number; INT64_MAX: too large. NULL: there is none. */
static const char *read_number(const char *p, const char *end, int64_t *value)
{
    uint64_t sum = 0, weight = 1;
    int digit;

    do {
        digit = p == end ? -1 : digit_of(*p++);
        if (digit < 0) {
            return NULL;
        }
        sum += (digit & 31) == 0     ? 0
               : weight > UINT32_MAX ? UINT64_C(1) << 40
                                     : (uint64_t)(digit & 31) * weight;
        sum = sum > UINT32_MAX ? UINT64_C(1) << 40 : sum;
        weight = weight > UINT32_MAX ? weight : weight * 32;
    } while (digit >= 32);
    *value = sum > UINT32_MAX ? INT64_MAX
             : sum == 1       ? INT32_MIN
             : sum % 2 == 0   ? (int64_t)(sum / 2)
                              : -(int64_t)(sum / 2);
    return p;
}

/* The numbers of one entry; how many, or 0: bad. Then there is a separator at *p, or the end. */
static int read_entry(const char **p, const char *end, int n_max, int64_t *fields)
{
    int n = 0;

    while (*p < end && **p != ',' && **p != ';') {
        if (n == n_max || (*p = read_number(*p, end, &fields[n])) == NULL ||
            fields[n++] == INT64_MAX) {
            return 0;
        }
    }
    return n;
}

static int is_position(int64_t line, int64_t column)
{
    return line >= 0 && line < NONE && column >= 0 && column < NONE;
}

/* Adds a good entry; 0: it is none. */
static int add_entry(struct entries *entries, const struct entry *entry)
{
    const struct entry *last = entries->n == 0 ? NULL : &entries->list[entries->n - 1];

    if (entry->name < 0 || entry->name >= N_NAMES || !is_position(entry->line, entry->column) ||
        !is_position(entry->end_line, entry->end_column)) {
        return 0;
    }
    if (last != NULL &&
        (entry->line < last->line || (entry->line == last->line && entry->column < last->column))) {
        return 0;
    }
    if (entry->end_line < entry->line ||
        (entry->end_line == entry->line && entry->end_column < entry->column)) {
        return 0;
    }
    entries->list[entries->n++] = *entry;
    return 1;
}

static struct entries read_entries(int kind, const struct text *text)
{
    const char *p = text->data, *end = p + text->nbytes;
    struct entries entries = {calloc(text->nbytes + 1, sizeof *entries.list), 0, 0};
    struct entry now = {.line = kind == FACEBOOK}; /* counts from 1 */
    int64_t fields[5];

    must_hold(entries.list != NULL, "no memory");
    while (p < end) {
        if (kind == FACEBOOK && *p == ';') {
            now.column = 0;
            p++;
            continue;
        }
        const int n = read_entry(&p, end, kind == FACEBOOK ? 3 : 5, fields);
        const int is_entry = kind == FACEBOOK ? n == 2 || n == 3 : n == 5;
        if (!is_entry) {
            entries.is_dropped = 1;
            return entries;
        }
        struct entry entry;
        if (kind == FACEBOOK) {
            now.column += fields[0];
            now.name += fields[1];
            now.line += n == 3 ? fields[2] : 0;
            entry = now;
            entry.line = entry.end_line = now.line - 1;
            entry.end_column = now.column;
        } else {
            now.name += fields[0];
            now.line = now.end_line + fields[1];
            now.column += fields[2];
            now.end_line = now.line + fields[3];
            now.end_column += fields[4];
            entry = now;
        }
        const int is_comma = p < end && *p == ',';
        p += is_comma;
        if (!add_entry(&entries, &entry) || (is_comma && (p == end || *p == ',' || *p == ';'))) {
            entries.is_dropped = 1;
            return entries;
        }
    }
    return entries;
}

static const char *shown(int64_t name)
{
    const char *text = names[name];
    return text[0] == 0 || strcmp(text, "<anonymous>") == 0 ? "?"
           : strcmp(text, "<global>") == 0                  ? "^"
                                                            : text;
}

/* The function of a position, by the last entry at or before it, or the last that contains it. */
static const char *find_entry(const struct entries *entries, int kind, uint32_t source,
                              int64_t line, int64_t column)
{
    const char *found = kind == BLOOMBERG && entries->n > 0 ? "^" : UNKNOWN;

    if (source != 0 || entries->is_dropped) {
        return UNKNOWN;
    }
    for (size_t i = 0; i < entries->n; i++) {
        const struct entry *entry = &entries->list[i];
        const int has_started =
            entry->line < line || (entry->line == line && entry->column <= column);
        const int has_ended =
            entry->end_line < line || (entry->end_line == line && entry->end_column < column);
        if (has_started && (kind == FACEBOOK || !has_ended)) {
            found = shown(entry->name);
        }
    }
    return found;
}

/* ---- what the file says ---- */

static struct text function_text(const struct smc_function *function)
{
    static const char *const kinds[] = {
        [SMC_FUNCTION_UNKNOWN] = UNKNOWN,
        [SMC_FUNCTION_TOP_LEVEL] = "^",
        [SMC_FUNCTION_ANONYMOUS] = "?",
    };
    struct text text = {0};
    char name[64];

    if (function->kind == SMC_FUNCTION_NAMED) {
        text_add(&text, name, smc_function_name(function, name, sizeof name));
    } else {
        text_puts(&text, kinds[function->kind]);
    }
    return text;
}

static void compare_entries(const smc_cache *cache, int kind, const struct entries *entries)
{
    for (uint32_t line = 0; line < N_LINES; line++) {
        for (uint32_t column = 0; column < N_COLUMNS; column++) {
            struct smc_function function;
            struct smc_token token;
            must_hold(smc_lookup(cache, line, 2 * column, 0, &token) == SMC_OK &&
                          smc_token_function(cache, token.index, &function) == SMC_OK,
                      "no function");
            struct text text = function_text(&function);
            const char *wanted = token.source == SMC_NONE
                                     ? UNKNOWN
                                     : find_entry(entries, kind, token.source, token.source_line,
                                                  token.source_column);
            must_hold(strcmp(text.data, wanted) == 0, "another function");
            text_free(&text);
        }
    }
}

/* ---- scopes ---- */

static int is_before(struct smc_scopes_position a, struct smc_scopes_position b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static int contains(struct smc_scopes_position start, struct smc_scopes_position end,
                    struct smc_scopes_position at)
{
    return !is_before(at, start) && is_before(at, end);
}

static void put_scope_function(struct text *text, const struct smc_scopes *s, uint32_t scope)
{
    while (scope != NONE && s->scopes[scope].is_stack_frame == 0) {
        scope = s->scopes[scope].parent;
    }
    text_puts(text, scope == NONE                   ? "^"
                    : s->scopes[scope].name == NONE ? "?"
                                                    : shown(s->scopes[scope].name));
}

static void put_frame(struct text *text, const struct smc_scopes *s, uint32_t source,
                      struct smc_scopes_position at)
{
    uint32_t innermost = NONE;
    int has_tree = 0;

    for (uint32_t i = 0; i < s->n_scopes; i++) {
        const struct smc_scopes_scope *scope = &s->scopes[i];
        has_tree |= scope->source == source;
        if (scope->source == source && contains(scope->start, scope->end, at)) {
            innermost = i;
        }
    }
    if (has_tree) {
        put_scope_function(text, s, innermost);
    } else {
        text_puts(text, UNKNOWN);
    }
    text_puts(text, "@");
    text_number(text, source);
    text_puts(text, ":");
    text_number(text, at.line);
    text_puts(text, ":");
    text_number(text, at.column);
}

static uint32_t find_range(const struct smc_scopes *s, struct smc_scopes_position at)
{
    uint32_t innermost = NONE;

    for (uint32_t i = 0; i < s->n_ranges; i++) {
        innermost = contains(s->ranges[i].start, s->ranges[i].end, at) ? i : innermost;
    }
    return innermost;
}

/* Whether the innermost function around is hidden. */
static int is_hidden(const struct smc_scopes *s, uint32_t range)
{
    while (range != NONE && s->ranges[range].frame == SMC_SCOPES_FRAME_NONE) {
        range = s->ranges[range].parent;
    }
    return range != NONE && s->ranges[range].frame == SMC_SCOPES_FRAME_HIDDEN;
}

/* Of code without an original position: a block without a definition is of what it is in. */
static uint32_t find_definition(const struct smc_scopes *s, uint32_t range)
{
    while (range != NONE && s->ranges[range].definition == NONE) {
        range = s->ranges[range].frame == SMC_SCOPES_FRAME_NONE ? s->ranges[range].parent : NONE;
    }
    return range == NONE ? NONE : s->ranges[range].definition;
}

/* The stack of a generated position, in the form of stack_dump(). */
static struct text plain_stack(const struct smc_scopes *s, const smc_cache *cache,
                               struct smc_scopes_position at)
{
    uint32_t range = find_range(s, at);
    const uint32_t definition = find_definition(s, range);
    struct text text = {0}, callers = {0};
    struct smc_token token;

    text_add(&text, "", 0);
    text_puts(&text, is_hidden(s, range) ? "[hidden] " : "");
    must_hold(smc_lookup(cache, at.line, at.column, 0, &token) == SMC_OK, "no lookup");
    const size_t nbytes = text.nbytes;
    if (token.source != SMC_NONE) {
        put_frame(&text, s, token.source,
                  (struct smc_scopes_position){token.source_line, token.source_column});
    } else if (definition != NONE) {
        put_scope_function(&text, s, definition);
    }
    text_add(&callers, "", 0);
    for (; range != NONE && s->ranges[range].frame == SMC_SCOPES_FRAME_NONE;
         range = s->ranges[range].parent) {
        if (s->ranges[range].call_source != NONE) {
            text_puts(&callers, " ");
            put_frame(&callers, s, s->ranges[range].call_source, s->ranges[range].call);
        }
    }
    if (text.nbytes == nbytes && (nbytes > 0 || callers.nbytes > 0)) { /* something is known */
        text_puts(&text, UNKNOWN);
    }
    text_add(&text, callers.data, callers.nbytes);
    text_free(&callers);
    return text;
}

static void compare_stacks(const smc_cache *cache, const struct scope_run *run)
{
    static const struct smc_scopes nothing;
    const struct smc_scopes *s = run->result == SMC_SCOPES_OK ? &run->scopes : &nothing;

    for (uint32_t line = 0; line <= N_LINES; line++) {
        for (uint32_t column = 0; column < 2 * N_COLUMNS + 2; column++) {
            struct text wanted = plain_stack(s, cache, (struct smc_scopes_position){line, column});
            struct text made = stack_dump(cache, line, column);
            must_hold(made.nbytes == wanted.nbytes &&
                          memcmp(made.data, wanted.data, made.nbytes) == 0,
                      "another stack");
            text_free(&made);
            text_free(&wanted);
        }
    }
}

/* ---- all ---- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    const struct smc_build_options strict = {.struct_size = sizeof strict, .strict = 1};
    struct text text = {0};
    struct file refused;
    unsigned n_warnings;

    if (nbytes == 0) {
        return 0;
    }
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    const int kind = data[0] % N_KINDS;
    text_add(&text, "", 0);
    for (size_t i = 1; i < nbytes; i++) {
        text_add(&text, data[i] < 0x80 ? (const char *)&data[i] : "!", 1);
    }
    struct text map = make_map(kind, &text);
    struct file file = build_file_with_functions(&map);
    smc_cache *cache = open_file(&file);
    if (kind == SCOPES) {
        struct scope_run run =
            scope_run(text.data, text.nbytes, (struct scope_map){N_SOURCES, COUNT_OF(names), 0});
        compare_stacks(cache, &run);
        n_warnings = run.n_warnings + (run.result != SMC_SCOPES_OK);
        scope_run_free(&run);
    } else {
        struct entries entries = read_entries(kind, &text);
        compare_entries(cache, kind, &entries);
        n_warnings = (unsigned)entries.is_dropped;
        free(entries.list);
    }
    must_hold((try_build_with(&map, &strict, &refused, NULL, NULL) == SMC_BUILD_OK) ==
                  (n_warnings == 0),
              "another verdict in strict mode");
    smc_close(cache);
    file_free(&file);
    file_free(&refused);
    text_free(&map);
    text_free(&text);
    return 0;
}
