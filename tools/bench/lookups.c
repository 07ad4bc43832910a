/*
 * The reader in process. Lookups end with the views of source and name, and the answers are used.
 */
#include "src/reader/block.h"
#include "src/reader/cache.h"
#include "tools/bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_OPENS 500

struct lookups {
    const char *path;
    smc_cache *cache;
    uint32_t n_tokens;
    size_t n; /* positions */
    struct smc_position *positions, *sorted;
    struct smc_token *tokens;
};

/* A random token, and a column in its reach: stack frames hit tokens or a little after. */
static void choose_positions(struct lookups *l)
{
    uint64_t random = 42;

    for (size_t i = 0; i < l->n; i++) {
        struct smc_token token;
        const uint32_t index = (uint32_t)(bench_random(&random) % l->n_tokens);
        if (smc_token_at(l->cache, index, &token) != SMC_OK) {
            bench_fail("smc_token_at failed");
        }
        l->positions[i] =
            (struct smc_position){token.line, token.column + (uint32_t)(bench_random(&random) % 4)};
    }
}

static void write_positions(const struct lookups *l, const char *path)
{
    FILE *to = fopen(path, "w");

    if (to == NULL) {
        bench_fail("cannot write the positions");
    }
    for (size_t i = 0; i < l->n; i++) {
        fprintf(to, "%" PRIu32 " %" PRIu32 "\n", l->positions[i].line, l->positions[i].column);
    }
    if (fclose(to) != 0) {
        bench_fail("cannot write the positions");
    }
}

static int compare_positions(const void *a, const void *b)
{
    const struct smc_position *x = a, *y = b;

    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    return (x->column > y->column) - (x->column < y->column);
}

static uint64_t use(const struct smc_token *token)
{
    return token->source_line + token->source_text.nbytes + token->name_text.nbytes;
}

/* Without the close: a service keeps its files open. */
static double time_open(void *state)
{
    const struct lookups *l = state;
    double sum = 0;

    for (int i = 0; i < N_OPENS; i++) {
        smc_cache *cache;
        const double start = bench_now_ns();
        if (smc_open_path(l->path, 0, &cache, NULL) != SMC_OK) {
            bench_fail("smc_open_path failed");
        }
        sum += bench_now_ns() - start;
        smc_close(cache);
    }
    return sum / N_OPENS;
}

/* Each time another position, so that no page of the answer is a favourite. */
static double time_first(void *state)
{
    const struct lookups *l = state;
    double sum = 0;

    for (size_t i = 0; i < N_OPENS; i++) {
        const struct smc_position at = l->positions[i % l->n];
        smc_cache *cache;
        struct smc_token token;
        const double start = bench_now_ns();
        if (smc_open_path(l->path, 0, &cache, NULL) != SMC_OK ||
            smc_lookup(cache, at.line, at.column, 0, &token) != SMC_OK) {
            bench_fail("opening or looking up failed");
        }
        bench_consume(use(&token));
        sum += bench_now_ns() - start;
        smc_close(cache);
    }
    return sum / N_OPENS;
}

static double time_single(const struct lookups *l, const struct smc_position *positions)
{
    uint64_t sum = 0;
    const double start = bench_now_ns();

    for (size_t i = 0; i < l->n; i++) {
        struct smc_token token;
        if (smc_lookup(l->cache, positions[i].line, positions[i].column, 0, &token) != SMC_OK) {
            bench_fail("smc_lookup failed");
        }
        sum += use(&token);
    }
    const double ns = (bench_now_ns() - start) / (double)l->n;
    bench_consume(sum);
    return ns;
}

/* As those who ask for a profile would: the answers of a batch are still near when they are used. */
#define BATCH 1000

static double time_batch(const struct lookups *l, const struct smc_position *positions)
{
    uint64_t sum = 0;
    const double start = bench_now_ns();

    for (size_t done = 0, n; done < l->n; done += n) {
        n = l->n - done < BATCH ? l->n - done : BATCH;
        if (smc_lookup_batch(l->cache, positions + done, n, 0, l->tokens) != SMC_OK) {
            bench_fail("smc_lookup_batch failed");
        }
        for (size_t i = 0; i < n; i++) {
            sum += use(&l->tokens[i]);
        }
    }
    const double ns = (bench_now_ns() - start) / (double)l->n;
    bench_consume(sum);
    return ns;
}

static double time_random(void *state)
{
    const struct lookups *l = state;
    return time_single(l, l->positions);
}

static double time_sorted(void *state)
{
    const struct lookups *l = state;
    return time_single(l, l->sorted);
}

static double time_batch_random(void *state)
{
    const struct lookups *l = state;
    return time_batch(l, l->positions);
}

static double time_batch_sorted(void *state)
{
    const struct lookups *l = state;
    return time_batch(l, l->sorted);
}

static double time_walk(void *state)
{
    const struct lookups *l = state;
    uint64_t sum = 0;
    const double start = bench_now_ns();

    for (uint32_t i = 0; i < l->n_tokens; i++) {
        struct smc_token token;
        if (smc_token_at(l->cache, i, &token) != SMC_OK) {
            bench_fail("smc_token_at failed");
        }
        sum += use(&token);
    }
    const double ns = (bench_now_ns() - start) / l->n_tokens;
    bench_consume(sum);
    return ns;
}

/* The reader chooses by itself, when a file is opened: base/cpu.h is not for it. */
static double use_plain(void *state)
{
    const struct lookups *l = state;
    l->cache->lookup = &smc_lookup_plain;
    return 0;
}

static double use_best(void *state)
{
    const struct lookups *l = state;
    l->cache->lookup = smc_lookup_best();
    return l->cache->lookup != &smc_lookup_plain;
}

static double n_tokens(void *state)
{
    const struct lookups *l = state;
    return l->n_tokens;
}

int bench_lookups(int argc, char **argv)
{
    static const struct bench_command commands[] = {{"open", time_open},
                                                    {"first", time_first},
                                                    {"random", time_random},
                                                    {"sorted", time_sorted},
                                                    {"batch_random", time_batch_random},
                                                    {"batch_sorted", time_batch_sorted},
                                                    {"walk", time_walk},
                                                    {"plain", use_plain},
                                                    {"best", use_best},
                                                    {"n_tokens", n_tokens}};
    struct lookups l = {.path = argv[2], .n = strtoul(argv[3], NULL, 10)};
    struct smc_info info;

    (void)argc;
    if (smc_open_path(l.path, 0, &l.cache, NULL) != SMC_OK ||
        smc_info_get(l.cache, &info) != SMC_OK || info.n_tokens == 0 || l.n == 0) {
        bench_fail("not a compiled file with tokens, or no positions wanted");
    }
    l.n_tokens = info.n_tokens;
    l.positions = calloc(l.n, sizeof *l.positions);
    l.sorted = calloc(l.n, sizeof *l.sorted);
    l.tokens = calloc(BATCH, sizeof *l.tokens);
    if (l.positions == NULL || l.sorted == NULL || l.tokens == NULL) {
        bench_fail("out of memory");
    }
    choose_positions(&l);
    write_positions(&l, argv[4]);
    memcpy(l.sorted, l.positions, l.n * sizeof *l.sorted);
    qsort(l.sorted, l.n, sizeof *l.sorted, compare_positions);

    const int code = bench_serve(commands, sizeof commands / sizeof commands[0], &l);
    free(l.positions);
    free(l.sorted);
    free(l.tokens);
    smc_close(l.cache);
    return code;
}
