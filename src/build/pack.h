/*
 * A block of tokens, packed (spec 5.2, 5.3).
 */
#ifndef SMC_BUILD_PACK_H
#define SMC_BUILD_PACK_H

#include "src/build/parts.h"

/* No block takes more bytes, with what is stored too much at its end. */
#define SMC_PACK_NBYTES_MAX                                                                        \
    (sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES + (size_t)3 * SMCF_BITMAP_NBYTES +              \
     (size_t)SMCF_BLOCK_TOKENS * (SMCF_LOW_WIDTH_MAX + (SMCF_N_COLUMNS + 1) * 32 + 7) / 8 + 64)

/* The writer's first n <= SMCF_BLOCK_TOKENS pending rows; at least one. Rows behind them, of a block, are overwritten
 * if n is less. Returns where the block ends; NULL: no memory. */
uint8_t *smc_pack_block(struct smc_token_writer *writer, unsigned n, uint8_t *to);

/* Its names, at its end: of all SMCF_BLOCK_TOKENS the first n count, the others are like the last of these. Sets what the
 * header says about them. */
uint8_t *smc_pack_names(struct smc_token_writer *writer, const uint32_t *names, unsigned n,
                        struct smcf_block *header, uint8_t *to);

#endif
