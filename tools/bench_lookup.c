/*
 * Times the reader in process: opening, random, batched and sequential lookups, each with the views
 * of source and name. Prints one JSON object. usage: bench_lookup FILE [ROUNDS] [POSITIONS]
 *
 * POSITIONS, if given, is where to write the positions asked for ("line column", 0-based), so that
 * a peer can be asked the same.
 */
#include "src/reader/smcache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define N_POSITIONS 200000
#define N_OPENS 2000
#define MAX_ROUNDS 64

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t random_state = 42;
static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct timing {
    double ns[MAX_ROUNDS];
    unsigned n;
};

static void print_timing(const char *name, struct timing *timing)
{
    qsort(timing->ns, timing->n, sizeof timing->ns[0], compare);
    printf(",\"%s\":{\"median\":%.1f,\"min\":%.1f,\"max\":%.1f}", name, timing->ns[timing->n / 2],
           timing->ns[0], timing->ns[timing->n - 1]);
}

/* A random token, and a column in its reach: stack frames hit tokens or a little after. */
static void choose_positions(const smc_cache *cache, uint32_t n_tokens,
                             struct smc_position *positions)
{
    for (size_t i = 0; i < N_POSITIONS; i++) {
        struct smc_token token;
        if (smc_token_at(cache, (uint32_t)(next_random() % n_tokens), &token) != SMC_OK) {
            exit(1);
        }
        positions[i] =
            (struct smc_position){token.line, token.column + (uint32_t)(next_random() % 4)};
    }
}

static double time_opens(const char *path)
{
    double sum = 0;
    for (int i = 0; i < N_OPENS; i++) {
        smc_cache *cache;
        double start = now_ns();
        if (smc_open_path(path, &cache, NULL) != SMC_OK) {
            exit(1);
        }
        sum += now_ns() - start; /* without the close: a service keeps its files open */
        smc_close(cache);
    }
    return sum / N_OPENS;
}

static uint64_t sink; /* keeps results alive */

static double time_single(const smc_cache *cache, const struct smc_position *positions)
{
    uint64_t sum = 0;
    double start = now_ns();
    for (size_t i = 0; i < N_POSITIONS; i++) {
        struct smc_token token;
        smc_lookup(cache, positions[i].line, positions[i].column, 0, &token);
        sum += token.source_line + token.source_text.nbytes + token.name_text.nbytes;
    }
    double ns = (now_ns() - start) / N_POSITIONS;
    sink += sum;
    return ns;
}

static double time_batch(const smc_cache *cache, const struct smc_position *positions,
                         struct smc_token *tokens)
{
    double start = now_ns();
    smc_lookup_batch(cache, positions, N_POSITIONS, 0, tokens);
    double ns = (now_ns() - start) / N_POSITIONS;
    sink += tokens[N_POSITIONS - 1].source_line;
    return ns;
}

static int compare_positions(const void *a, const void *b)
{
    const struct smc_position *x = a, *y = b;
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    return (x->column > y->column) - (x->column < y->column);
}

static int write_positions(const char *path, const struct smc_position *positions)
{
    FILE *to = fopen(path, "w");
    if (to == NULL) {
        return -1;
    }
    for (size_t i = 0; i < N_POSITIONS; i++) {
        fprintf(to, "%" PRIu32 " %" PRIu32 "\n", positions[i].line, positions[i].column);
    }
    return fclose(to);
}

int main(int argc, char **argv)
{
    static struct timing opens, single, batch, sequential;
    struct smc_info info;
    smc_cache *cache;
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 9;

    if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS ||
        smc_open_path(argv[1], &cache, NULL) != SMC_OK || smc_info_get(cache, &info) != SMC_OK ||
        info.n_tokens == 0) {
        fputs("usage: bench_lookup FILE [ROUNDS <= 64] [POSITIONS]; FILE has tokens\n", stderr);
        return 2;
    }
    struct smc_position *positions = malloc(N_POSITIONS * sizeof *positions);
    struct smc_position *sorted = malloc(N_POSITIONS * sizeof *sorted);
    struct smc_token *tokens = calloc(N_POSITIONS, sizeof *tokens);
    if (positions == NULL || sorted == NULL || tokens == NULL) {
        exit(1);
    }
    choose_positions(cache, info.n_tokens, positions);
    if (argc > 3 && write_positions(argv[3], positions) != 0) {
        exit(1);
    }
    for (size_t i = 0; i < N_POSITIONS; i++) {
        sorted[i] = positions[i];
    }
    qsort(sorted, N_POSITIONS, sizeof *sorted, compare_positions);
    /* Opening apart from the rest: thousands of mappings that come and go leave the processor's caches
     * and tables cold, which no service does between two lookups. */
    for (unsigned i = 0; i < rounds; i++) {
        opens.ns[opens.n++] = time_opens(argv[1]);
    }
    for (unsigned i = 0; i < rounds; i++) {
        single.ns[single.n++] = time_single(cache, positions);
        batch.ns[batch.n++] = time_batch(cache, positions, tokens);
        sequential.ns[sequential.n++] = time_batch(cache, sorted, tokens);
    }
    printf("{\"tokens\":%" PRIu32 ",\"positions\":%d,\"rounds\":%u", info.n_tokens, N_POSITIONS,
           rounds);
    print_timing("open_ns", &opens);
    print_timing("random_ns", &single);
    print_timing("batch_ns", &batch);
    print_timing("sorted_ns", &sequential);
    printf(",\"sink\":%" PRIu64 "}\n", sink % 2);
    free(positions);
    free(sorted);
    free(tokens);
    smc_close(cache);
    return 0;
}
