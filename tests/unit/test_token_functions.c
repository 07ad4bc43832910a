/*
 * Which function each token of a file is in, on all ways that tokens take into it: against the entries of
 * x_facebook_sources, one by one. Range mappings have a function if all that they map is in it.
 */
#include "tests/unit/scope_run.h"

#define N_SOURCES 3
#define N_ENTRIES 40
#define N_LINES 12
#define N_COLUMNS 30
#define FAR 60 /* a column behind all marks */

static const struct smc_build_options with_functions = {.struct_size = sizeof with_functions,
                                                        .sources = SMC_BUILD_SOURCES_NONE};

struct entry {
    uint32_t line, column;
    char name;
};

struct world {
    struct rng rng;
    struct entry entries[N_SOURCES][N_ENTRIES];
    struct text map;
};

/* How the mappings are written. */
enum trait {
    OUT_OF_ORDER = 1, /* so that they are sorted */
    ESCAPED = 2,      /* so that they are copied */
    WARNS = 4,        /* so that they are decoded again */
    HAS_RANGES = 8,
    IN_SECTIONS = 16,
    N_TRAITS = 32
};

static void write_entries(struct world *w)
{
    text_puts(&w->map, ",\"x_facebook_sources\":[");
    for (int source = 0; source < N_SOURCES; source++) {
        uint32_t line = 1, column = 0;
        char name = 'a';
        text_puts(&w->map, source > 0 ? "," : "");
        text_puts(&w->map, "[{\"names\":[\"a\",\"b\",\"c\",\"d\"],\"mappings\":\"");
        for (int i = 0; i < N_ENTRIES; i++) {
            struct entry *entry = &w->entries[source][i];
            const uint32_t lines = rng_below(&w->rng, 5) == 0;
            const int starts_group = i == 0 || lines > 0;
            const uint32_t from = starts_group ? 0 : column;
            column = from + rng_below(&w->rng, 8);
            line += lines;
            entry->line = line - 1;
            entry->column = column;
            entry->name = (char)('a' + rng_below(&w->rng, 4));
            text_puts(&w->map, i == 0 ? "" : starts_group ? ";" : ",");
            text_vlq(&w->map, (int64_t)column - from);
            text_vlq(&w->map, entry->name - name);
            if (starts_group) {
                text_vlq(&w->map, lines);
            }
            name = entry->name;
        }
        text_puts(&w->map, "\"}]");
    }
    text_puts(&w->map, "]");
}

static void write_mappings(struct world *w, unsigned traits, uint32_t n_tokens)
{
    int64_t last[4] = {0};
    uint32_t line = 0, index = 0, last_range = 0;
    struct text ranges = {0};

    text_add(&ranges, "", 0);
    text_puts(&w->map, ",\"mappings\":\"");
    for (uint32_t i = 0; i < n_tokens; i++) {
        const int starts_line = i > 0 && rng_below(&w->rng, 9) == 0;
        if (starts_line) {
            line++;
            text_puts(&w->map, ";");
            text_puts(&ranges, ";");
            index = last_range = 0;
            last[0] = 0;
        } else if (i > 0) {
            text_puts(&w->map, ",");
        }
        int64_t to[4] = {last[0] + rng_below(&w->rng, 6), rng_below(&w->rng, N_SOURCES),
                         rng_below(&w->rng, N_LINES), rng_below(&w->rng, N_COLUMNS)};
        if ((traits & OUT_OF_ORDER) != 0 && i > 0 && rng_below(&w->rng, 20) == 0) {
            to[0] = rng_below(&w->rng, (uint32_t)last[0] + 1);
        }
        if (i == 0 && (traits & ESCAPED) != 0) {
            to[0] = to[1] = to[2] = to[3] = 0;
            text_puts(&w->map, "\\u0041AAA");
        } else if (i != 3 && rng_below(&w->rng, 10) == 0) {
            text_segment(&w->map, 1, to[0] - last[0], 0, 0, 0, 0);
            memcpy(to + 1, last + 1, 3 * sizeof *to);
        } else {
            text_segment(&w->map, i == 3 && (traits & WARNS) != 0 ? 5 : 4, to[0] - last[0],
                         to[1] - last[1], to[2] - last[2], to[3] - last[3], 7);
            if ((traits & HAS_RANGES) != 0 && rng_below(&w->rng, 3) == 0) {
                text_unsigned_vlq(&ranges, index - last_range);
                last_range = index;
            }
        }
        memcpy(last, to, sizeof last);
        index++;
    }
    text_puts(&w->map, "\"");
    if ((traits & HAS_RANGES) != 0) {
        text_puts(&w->map, ",\"rangeMappings\":\"");
        text_add(&w->map, ranges.data, ranges.nbytes);
        text_puts(&w->map, "\"");
    }
    text_free(&ranges);
}

static void write_world(struct world *w, unsigned traits, uint32_t n_tokens)
{
    if ((traits & IN_SECTIONS) != 0) { /* so that sources do not start at 0 */
        text_puts(&w->map, "{\"version\":3,\"sections\":[{\"offset\":{\"line\":0,\"column\":0},"
                           "\"map\":{\"version\":3,\"sources\":[\"x\"],\"mappings\":\"AAAA\"}},"
                           "{\"offset\":{\"line\":0,\"column\":9},\"map\":");
    }
    text_puts(&w->map, "{\"version\":3,\"sources\":[\"a\",\"b\",\"c\"]");
    write_entries(w);
    write_mappings(w, traits, n_tokens);
    text_puts(&w->map, (traits & IN_SECTIONS) != 0 ? "}}]}" : "}");
}

/* The name at a position; 0: none. */
static char naive_name(const struct world *w, uint32_t source, uint64_t line, uint64_t column)
{
    char name = 0;

    for (int i = 0; i < N_ENTRIES; i++) {
        const struct entry *entry = &w->entries[source][i];
        if (entry->line < line || (entry->line == line && entry->column <= column)) {
            name = entry->name;
        }
    }
    return name;
}

/* The name at all positions of a range mapping; 0: none, or several. */
static char name_of_range(const struct world *w, uint32_t source, const struct smc_token *token,
                          const struct smc_token *next)
{
    const char name = naive_name(w, source, token->source_line, token->source_column);

    for (uint32_t line = token->line; line <= token->line + N_LINES + 2; line++) {
        for (uint32_t column = line == token->line ? token->column : 0; column < 2000; column++) {
            if (next != NULL &&
                (line > next->line || (line == next->line && column >= next->column))) {
                return name;
            }
            const uint32_t source_column =
                line == token->line ? token->source_column + (column - token->column) : column;
            if (naive_name(w, source, token->source_line + (line - token->line), source_column) !=
                name) {
                return 0;
            }
            if (source_column > FAR * 8) { /* on the line nothing else follows */
                break;
            }
        }
    }
    return name;
}

/* So many range mappings have a function, or none. */
struct range_counts {
    uint32_t with, without;
};

static void compare(unsigned traits, uint32_t n_tokens, uint64_t seed, struct range_counts *counts)
{
    struct world w = {.rng = {seed}};
    struct warnings warnings;
    struct file file;
    struct smc_info info;

    write_world(&w, traits, n_tokens);
    assert_int_equal(try_build_with(&w.map, &with_functions, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_int_equal(warnings.n > 0, (traits & WARNS) != 0 && n_tokens > 3);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    const uint32_t first_source = (traits & IN_SECTIONS) != 0;
    assert_int_equal(info.n_tokens, n_tokens + first_source);
    for (uint32_t i = 0; i < info.n_tokens; i++) {
        struct smc_token token, next;
        struct smc_function function;
        char wanted = 0;
        assert_int_equal(smc_token_at(cache, i, &token), SMC_OK);
        assert_int_equal(smc_token_function(cache, i, &function), SMC_OK);
        const int has_next = smc_token_at(cache, i + 1, &next) == SMC_OK;
        if (token.source != SMC_NONE && token.source >= first_source) {
            const uint32_t source = token.source - first_source;
            wanted = naive_name(&w, source, token.source_line, token.source_column);
            if ((token.flags & SMC_TOKEN_RANGE) != 0) {
                wanted = name_of_range(&w, source, &token, has_next ? &next : NULL);
                counts->with += wanted != 0;
                counts->without += wanted == 0;
            }
        }
        assert_int_equal(function.kind, wanted == 0 ? SMC_FUNCTION_UNKNOWN : SMC_FUNCTION_NAMED);
        if (wanted != 0) {
            assert_view(function.last, &wanted, 1);
            assert_int_equal(function.origin, SMC_NAME_FACEBOOK);
        }
    }
    smc_close(cache);
    file_free(&file);
    text_free(&w.map);
}

static void all_ways(void **state)
{
    static const uint32_t sizes[] = {1, 2, 5, 127, 128, 129, 256, 300, 900};
    struct range_counts counts = {0};

    (void)state;
    for (unsigned traits = 0; traits < N_TRAITS; traits++) {
        for (size_t i = 0; i < COUNT_OF(sizes); i++) {
            compare(traits, sizes[i], UINT64_C(100) * traits + i + 1, &counts);
        }
    }
    assert_true(counts.with > 500 && counts.without > 500);
}

/* f of 0:5-0:9, g of 0:9-2:0, f again; range mappings up to each border. */
static void borders_of_ranges(void **state)
{
#define ENTRIES                                                                                    \
    "\"sources\":[\"a\"],\"x_facebook_sources\":[[{\"names\":[\"f\",\"g\"],"                       \
    "\"mappings\":\"KAA,IC;ADE\"}]],\"rangeMappings\":\"A\""
    static const struct {
        const char *mappings;
        const char *name; /* NULL: none */
    } cases[] = {
        {"AAAK,I", "f"},    /* 0:5-0:9 */
        {"AAAK,K", NULL},   /* 0:5-0:10 */
        {"AAAI,C", NULL},   /* 0:4-0:5, of which nothing is known */
        {"AAAS,C", "g"},    /* 0:9 */
        {"AAAS;;A", "g"},   /* 0:9 to the start of line 2 */
        {"AAAS;;C", NULL},  /* and to 2:1 */
        {"AAAS;gggE", "g"}, /* on line 1 as far as may be */
        {"AAAS", NULL},     /* to the end of all */
        {"AAEA", "f"},      /* from line 2 to the end of all */
        {"AAAS,A", "g"},    /* nothing but a position that another token answers for */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text map = map_text(cases[i].mappings, ENTRIES);
        struct file file = build_file_with_functions(&map);
        smc_cache *cache = open_file(&file);
        struct smc_function function;
        assert_int_equal(smc_token_function(cache, 0, &function), SMC_OK);
        if (cases[i].name == NULL) {
            assert_int_equal(function.kind, SMC_FUNCTION_UNKNOWN);
        } else {
            assert_view_string(function.last, cases[i].name);
        }
        smc_close(cache);
        file_free(&file);
        text_free(&map);
    }
}

/* The option leaves everything out, and nothing is left behind by mappings that are dropped. */
static void without_functions(void **state)
{
    static const char *const members =
        "\"sources\":[\"a\"],\"names\":[\"f\"],\"scopes\":\"BFAAA,CAI,ECAA,IAAB,FE\","
        "\"x_facebook_sources\":[[{\"names\":[\"f\"],\"mappings\":\"AAA\"}]]";
    const struct smc_build_options none = {.struct_size = sizeof none,
                                           .functions = SMC_BUILD_FUNCTIONS_NONE};
    struct text map = map_text("AAAA,CAAC", members);
    struct smc_info info;
    struct file file;

    (void)state;
    assert_int_equal(try_build_with(&map, &none, &file, NULL, NULL), SMC_BUILD_OK);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_functions, 0);
    smc_close(cache);
    file_free(&file);
    text_free(&map);

    map = map_text("AAAA,CAAC,!", "\"sources\":[\"a\"],\"x_facebook_sources\":[[{\"names\":[\"f\"],"
                                  "\"mappings\":\"AAA\"}]]");
    struct warnings warnings;
    assert_int_equal(try_build_with(&map, &with_functions, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_int_equal(warnings.n, 1);
    cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_tokens, 0);
    assert_int_equal(info.n_functions, 0);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_ways),
        cmocka_unit_test(borders_of_ranges),
        cmocka_unit_test(without_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
