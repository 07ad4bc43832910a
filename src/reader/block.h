/*
 * A block of tokens, opened in place (spec 5.2).
 */
#ifndef SMC_READER_BLOCK_H
#define SMC_READER_BLOCK_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

/* What most blocks take, in whole cache lines. */
#define SMC_PREFETCH_NBYTES 512

struct smc_block {
    const struct smcf_block *header;
    uint32_t line, column; /* generated, of the first token */
    unsigned n;            /* tokens, 1 .. 128 */
    unsigned key_width, record_width;
    const uint8_t *highs;
    const uint8_t *records;
    const uint8_t *names; /* where the bitmaps of the names start */
};

/*
 * Opens block `index` < n_blocks, or SMC_E_DAMAGED. All but the names is inside BLOCKS then, and of
 * these the bitmaps; what is packed behind them is checked when it is read, so that a lookup counts
 * no bits that it does not need.
 */
smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block);

/* Token `i` < n of block `index`. Views are left out. SMC_E_DAMAGED where an index leads nowhere. */
smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token);

/* The last token of block `index` at or before line << 32 | column = key. SMC_E_DAMAGED if there is
 * none. */
smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token);

/* The same, compiled for this processor or, if there is nothing better, the one above. */
smc_block_lookup_function *smc_block_lookup_best(void);

/* How the names of a block are laid out. SMC_E_DAMAGED: they contradict themselves or lead outside. */
struct smc_block_names {
    const uint8_t *presence, *first; /* bitmaps, or NULL */
    const uint8_t *values, *repeats;
    unsigned n_present, n_values, n_repeats, repeat_width;
    const uint8_t *end; /* of the block */
};
smc_status smc_block_names(const smc_cache *cache, const struct smc_block *block,
                           struct smc_block_names *names);

/* Asks for the memory of a block, which comes while something else is done. */
static inline void smc_block_prefetch(const smc_cache *cache, uint32_t index)
{
    uint64_t off = smcf_get64(cache->directory[index].block_off);

    for (uint64_t at = off; at - off < SMC_PREFETCH_NBYTES; at += 64) {
        SMC_PREFETCH(cache->blocks + (at < cache->blocks_nbytes ? at : 0));
    }
}

static inline int smc_block_has(const struct smc_block *block, enum smcf_block_flag flag)
{
    return (block->header->flags & flag) != 0;
}

#endif
