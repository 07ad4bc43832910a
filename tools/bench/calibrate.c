/*
 * A fixed piece of work: what it takes longer than at best, the machine's other guests took.
 */
#include "tools/bench/bench.h"

#include <stdlib.h>

/* Larger than a core's own caches: lookups and builds share the last one with the neighbours as well. */
#define TABLE_N (UINT32_C(1) << 21)
#define STEPS UINT32_C(1000000)

/* Reads of the table that do not wait for each other, and arithmetic that does. */
static void work(const uint32_t *table)
{
    uint64_t random = 42, sum = 0;

    for (uint32_t i = 0; i < STEPS; i++) {
        sum += table[bench_random(&random) % TABLE_N];
    }
    bench_consume(sum);
}

/* The second time: the first brings the table back from where those who were measured have pushed it. */
static double time_work(void *state)
{
    work(state);
    const double start = bench_now_ns();
    work(state);
    return bench_now_ns() - start;
}

int bench_calibrate(void)
{
    static const struct bench_command commands[] = {{"work", time_work}};
    uint32_t *table = malloc(TABLE_N * sizeof *table);

    if (table == NULL) {
        bench_fail("out of memory");
    }
    for (uint32_t i = 0; i < TABLE_N; i++) {
        table[i] = i;
    }
    const int code = bench_serve(commands, sizeof commands / sizeof commands[0], table);
    free(table);
    return code;
}
