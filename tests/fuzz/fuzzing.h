/*
 * What the fuzz targets of rewriting share: one file that is known, and an output that is kept.
 */
#ifndef SMC_TESTS_FUZZ_FUZZING_H
#define SMC_TESTS_FUZZ_FUZZING_H

#include "src/symbolicate/smcache_symbolicate.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

_Noreturn static inline void give_up(const char *fault)
{
    (void)fprintf(stderr, "%s\n", fault);
    abort();
}

/* Says what is wrong, and ends, unless it holds. */
#define must_hold(holds, fault) ((holds) ? (void)0 : give_up(fault))

smc_cache *open_map(const char *map);

/* Finds files for a symbolicator, whose context is the one that there is, by short URLs; or NULL, none at all. */
void find_known(void *context, const struct smc_file_query *query, struct smc_file_answer *answer);

struct output {
    uint8_t *bytes;
    size_t nbytes;
};

/* A rewriter's sink, whose context is a struct output. */
int add_output(void *context, const void *bytes, size_t nbytes);
int is_same(const struct output *output, const uint8_t *bytes, size_t nbytes);

#endif
