/*
 * What the file has of functions (spec 5.6, 5.7), for the reader and for verify.
 */
#ifndef SMC_READER_FUNCTIONS_H
#define SMC_READER_FUNCTIONS_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

/* The runs of a block. What is packed lies within RUNS and its guard. */
struct smc_runs {
    const struct smcf_runs *header;
    unsigned n; /* 1 .. 128 */
    uint32_t base;
    const uint8_t *tokens;    /* n - 1: those of all but the first run */
    const uint8_t *functions; /* n */
    uint64_t end_off;         /* within RUNS */
};

/* Those of block `index` < n_blocks, in a file that has RUNS; 0 where they lead outside. */
int smc_runs_open(const smc_cache *cache, uint32_t index, struct smc_runs *runs);

/* The first token of run i < n, within the block. */
static inline unsigned smc_run_token(const struct smc_runs *runs, unsigned i)
{
    return i == 0 ? 0
                  : (unsigned)smc_bits(runs->tokens, (uint64_t)(i - 1) * SMCF_RUN_TOKEN_WIDTH,
                                       SMCF_RUN_TOKEN_WIDTH);
}

/* The function of run i < n, or SMC_NONE: nothing is known. UINT64_MAX: there is no such function. */
uint64_t smc_run_function(const smc_cache *cache, const struct smc_runs *runs, unsigned i);

/* A function with a name, as it is packed. */
struct smc_named {
    uint32_t last, qualifier;
    unsigned origin, prefix, joint;
};

/* Number `i` of those, i < n_functions - n_nameless. */
struct smc_named smc_named_get(const smc_cache *cache, uint32_t i);

/* The extent of INLINED that a position is in; NULL: it is before all of them. */
const struct smcf_inlined *smc_inlined_find(const smc_cache *cache, uint32_t line, uint32_t column);

#endif
