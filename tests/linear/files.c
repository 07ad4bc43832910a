/*
 * Compiled files: opening and verifying them takes the time of their length; a question takes the same in a file eight
 * times as long, but for what memory is slower then. So the files of questions grow by the cube.
 */
#include "src/build/smcache_build.h"
#include "src/reader/smcache.h"
#include "src/verify/smcache_verify.h"
#include "tests/linear/linear.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define X10(text) text text text text text text text text text text

#define V3 "{\"version\":3,"
#define TOKENS V3 "\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\""
#define SCOPES TOKENS "AAAA\",\"scopes\":\""
#define CONTENT TOKENS "AAAA\",\"sourcesContent\":[\""
#define SOURCES V3 "\"sources\":["

static const struct made {
    const char *what;
    struct repeated map;
} files[] = {
    {"tokens on one line", {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"tokens at one place", {TOKENS, "AAAA,", "AAAA", "", "\"}"}},
    {"lines", {TOKENS, "AACA;", "A", "", "\"}"}},
    {"lines of nothing", {TOKENS "A", ";", "", "", "A\"}"}},
    {"names",
     {V3 "\"sources\":[\"a.js\"],\"names\":[", "\"$\",", "\"\"],\"mappings\":\"", "CAACC,",
      "A\"}"}},
    {"names that differ at their end",
     {V3 "\"sources\":[\"a.js\"],\"names\":[", "\"" X10(X10("name")) "$\",",
      "\"\"],\"mappings\":\"", "CAACC,", "A\"}"}},
    {"sources", {SOURCES, "\"$\",", "\"\"],\"mappings\":\"", "CCAA,", "A\"}"}},
    {"range mappings", {TOKENS, "CAAA,", "A\",\"rangeMappings\":\"A", "B", "\"}"}},
    {"calls in each other", {SCOPES "BFAAA,CAB,", "ECBA,IAAA,", "EAA,FB", ",FB", "\"}"}},
    {"calls", {SCOPES "BFAAA,CAB,", "EGBA,IAAA,FB,", "EAA,FB", "", "\"}"}},
    {"functions", {CONTENT, "function f$(){}\\n", "\"],\"mappings\":\"", "AACA,", "A\"}"}},
    {"lines of a content", {CONTENT, "a\\n", "", "", "\"]}"}},
    {"small contents",
     {SOURCES, "\"$\",", "\"\"],\"mappings\":\"CAAA\",\"sourcesContent\":[",
      "\"" X10(X10("a")) "\",", "\"\"]}"}},
    {"bytecode", {TOKENS "AAAA\",\"x_hermes_function_offsets\":{\"0\":[", "0,", "0", "", "]}}"}},
    {"segments of bytecode",
     {TOKENS "AAAA\",\"x_hermes_function_offsets\":{", "\"1$\":[0],", "\"999999999\":[0]", "",
      "}}"}},
};

static int make_file(const struct made *made, size_t wanted, void **file, size_t *nbytes)
{
    size_t map_nbytes;
    char *map = repeated_text(&made->map, wanted, &map_nbytes);
    const struct smc_build_options options = {.struct_size = sizeof options, .compression = 1};

    const smc_build_status status =
        map == NULL ? SMC_BUILD_E_MEMORY
                    : smc_build_memory(map, map_nbytes, &options, file, nbytes, NULL);
    free(map);
    return status == SMC_BUILD_OK ? 0 : -1;
}

/* ---- as long as they are ---- */

static int verify(const void *context, const char *file, size_t nbytes)
{
    smc_cache *cache;

    (void)context;
    if (smc_open_memory(file, nbytes, 0, &cache, NULL) != SMC_OK) {
        return -1;
    }
    const smc_status status = smc_verify(cache, NULL);
    smc_close(cache);
    return status == SMC_OK ? 0 : -1;
}

static double measure_verify(const void *context, size_t wanted)
{
    size_t nbytes;
    void *file;
    double best = -1;

    if (make_file(context, wanted, &file, &nbytes) == 0) {
        best = linear_fastest(verify, NULL, file, nbytes);
        free(file);
    }
    return best;
}

/* ---- as short as a question ---- */

#define N_QUESTIONS 20000
#define N_FRAMES 16
#define CUBE_NBYTES 1000000

/* Pseudo-random, the same in each run. */
static uint32_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 32);
}

/* A position near a token, as there are lines and columns of all sizes. */
static struct smc_position any_position(const smc_cache *cache, uint32_t n_tokens, uint64_t *state)
{
    struct smc_token token = {0};
    const uint32_t far = next(state) % 4 == 0 ? UINT32_MAX : next(state) % 4;

    if (n_tokens > 0) {
        (void)smc_token_at(cache, next(state) % n_tokens, &token);
    }
    return (struct smc_position){token.line, far == UINT32_MAX ? far : token.column + far};
}

static void ask(const smc_cache *cache, smc_text *text, const struct smc_info *info,
                uint64_t *state)
{
    const struct smc_position at = any_position(cache, info->n_tokens, state);
    struct smc_context_query query = {.n_before = 2, .n_after = 2, .max_units = 160};
    struct smc_context_line lines[5];
    struct smc_context context;
    struct smc_position bytecode;
    struct smc_token token;
    struct smc_function function;
    struct smc_frame frames[N_FRAMES];
    struct smc_view view;
    struct smc_source source;
    size_t n;

    (void)smc_lookup(cache, at.line, at.column, SMC_LOOKUP_ACROSS_LINES, &token);
    (void)smc_frames(cache, at.line, at.column, 0, frames, N_FRAMES, &n);
    (void)smc_callee_name(cache, at.line, at.column, &view);
    if (token.index != SMC_NONE) {
        (void)smc_token_function(cache, token.index, &function);
    }
    (void)smc_name_get(cache, info->n_names > 0 ? next(state) % info->n_names : 0, &view);
    (void)smc_bytecode_position(cache, next(state) % 2 == 0 ? 0 : next(state), next(state) % 1000,
                                next(state) % 1000, &bytecode);
    query.source = info->n_sources > 0 ? next(state) % info->n_sources : 0;
    if (smc_source_get(cache, query.source, &source) == SMC_OK && source.n_lines > 0 &&
        next(state) % 16 == 0) { /* which inflates a piece */
        query.line = next(state) % source.n_lines;
        (void)smc_text_context(text, &query, lines, &context);
        (void)smc_text_line(text, query.source, query.line, &view);
    }
}

static int ask_all(const void *context, const char *file, size_t nbytes)
{
    uint64_t state = 1;
    struct smc_info info;
    smc_cache *cache;
    smc_text *text;

    (void)context;
    if (smc_open_memory(file, nbytes, 0, &cache, NULL) != SMC_OK) {
        return -1;
    }
    int failed = smc_info_get(cache, &info) != SMC_OK || smc_text_open(cache, &text) != SMC_OK;
    for (unsigned i = 0; i < N_QUESTIONS && !failed; i++) {
        ask(cache, text, &info, &state);
    }
    if (!failed) {
        smc_text_close(text);
    }
    smc_close(cache);
    return failed ? -1 : 0;
}

static double measure_questions(const void *context, size_t wanted)
{
    const double times = (double)wanted / CUBE_NBYTES;
    size_t nbytes;
    void *file;
    double best = -1;

    if (make_file(context, (size_t)(CUBE_NBYTES * times * times * times), &file, &nbytes) == 0) {
        best = linear_fastest(ask_all, NULL, file, nbytes);
        free(file);
    }
    return best;
}

int linear_files(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0] && status == 0; i++) {
        const struct linear_case verified = {measure_verify, &files[i], {"verify:", files[i].what}};
        const struct linear_case asked = {
            measure_questions, &files[i], {"questions:", files[i].what}};
        status = linear_try(&verified, tally);
        status = status == 0 ? linear_try_once(&asked, tally) : status;
    }
    return status;
}
