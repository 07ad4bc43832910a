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
    uint64_t off; /* of its stream, in BLOCKS */
};

struct smc_block {
    unsigned n; /* tokens, 1 .. 128 */
    unsigned line_width, column_width, key_width;
    uint32_t line_base, column_base;
    uint32_t line_slope, column_slope;
    const uint8_t *keys;
    struct smc_column columns[SMCF_N_COLUMNS];
};

/*
 * Opens block `index` < n_blocks, or SMC_E_DAMAGED. The keys, source, source line and source column
 * are inside BLOCKS then, and so are the bitmaps of the name; what is packed behind those is checked
 * when it is read, so that a lookup counts no bits that it does not need.
 */
smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block);

/* Token `i` < n. Views are left out. SMC_E_DAMAGED where an index leads nowhere. */
smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token);

/* The last token of block `index` with line << 32 | column <= key. SMC_E_DAMAGED if there is none. */
smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token);

/* A RECUR column: how many tokens have a value, and how many of these are first uses. */
struct smc_recur {
    unsigned n_present, n_first;
};
struct smc_recur smc_recur_count(const uint8_t *stream);

/* Size of the name's stream, with which a block ends. SMC_E_DAMAGED: it contradicts itself. */
smc_status smc_name_nbytes(const smc_cache *cache, const struct smc_block *block, uint64_t *nbytes);

static inline uint32_t smc_block_column(const struct smc_block *block, unsigned i)
{
    return block->column_base + ((block->column_slope * i) >> 8) +
           (uint32_t)smc_bits(block->keys, (uint64_t)i * block->key_width, block->column_width);
}

static inline uint32_t smc_block_line(const struct smc_block *block, unsigned i)
{
    return block->line_base + ((block->line_slope * i) >> 8) +
           (uint32_t)smc_bits(block->keys, (uint64_t)i * block->key_width + block->column_width,
                              block->line_width);
}

/* Generated position of token `i` as one integer that orders: line << 32 | column. */
static inline uint64_t smc_block_key(const struct smc_block *block, unsigned i)
{
    return (uint64_t)smc_block_line(block, i) << 32 | smc_block_column(block, i);
}

#endif
