/*
 * A block of tokens, packed (spec 5.2, 5.3).
 */
#ifndef SMC_BUILD_PACK_H
#define SMC_BUILD_PACK_H

#include "src/build/parts.h"

/* No block takes more bytes, with what is stored too much at its end. */
#define SMC_PACK_NBYTES_MAX                                                                        \
    (sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES + (size_t)2 * SMCF_BITMAP_NBYTES +              \
     (size_t)SMCF_BLOCK_TOKENS * (SMCF_LOW_WIDTH_MAX + (SMCF_N_COLUMNS + 1) * 32 + 8) / 8 + 64)

/* The writer's first n <= SMCF_BLOCK_TOKENS pending rows; at least one. Rows behind them, of a block, are overwritten
 * if n is less. Returns where the block ends; NULL: no memory. */
uint8_t *smc_pack_block(struct smc_token_writer *writer, unsigned n, uint8_t *to);

/* The names of its tokens, of which at least one has one. Those behind the last token are like it. */
struct smc_present_names {
    const uint32_t *all; /* SMCF_BLOCK_TOKENS, with SMCF_NONE */
    unsigned n_tokens, n;
    uint64_t presence[SMCF_BLOCK_TOKENS / 64];
};

/* Its names, at its end. Sets what the header says about their slots and values. */
uint8_t *smc_pack_names(struct smc_token_writer *writer, const struct smc_present_names *names,
                        struct smcf_block *header, uint8_t *to);

#endif
