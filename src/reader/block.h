/*
 * A block of tokens, opened in place (spec 5.2, 5.3).
 */
#ifndef SMC_READER_BLOCK_H
#define SMC_READER_BLOCK_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

struct smc_column {
    unsigned encoding;
    unsigned width;
    uint32_t base;
    const uint8_t *stream;
    /* RECUR only */
    unsigned n_present;
    unsigned n_first;
};

struct smc_block {
    unsigned n; /* tokens, 1 .. 128 */
    unsigned line_width, column_width, key_width;
    uint32_t line_base, column_base;
    uint32_t line_slope, column_slope;
    const uint8_t *keys;
    struct smc_column columns[SMCF_N_COLUMNS];
    uint64_t end; /* where its streams end in BLOCKS */
};

/* Opens block `index` < n_blocks; all its streams are inside BLOCKS, or SMC_E_DAMAGED. */
smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block);

/* Token `i` < n. Views are left out. SMC_E_DAMAGED where an index leads nowhere. */
smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token);

/* Generated position of token `i` as one integer that orders: line << 32 | column. */
static inline uint64_t smc_block_key(const struct smc_block *block, unsigned i)
{
    uint64_t bit = (uint64_t)i * block->key_width;
    uint32_t column = block->column_base + ((block->column_slope * i) >> 8) +
                      (uint32_t)smc_bits(block->keys, bit, block->column_width);
    uint32_t line = block->line_base + ((block->line_slope * i) >> 8) +
                    (uint32_t)smc_bits(block->keys, bit + block->column_width, block->line_width);
    return (uint64_t)line << 32 | column;
}

#endif
