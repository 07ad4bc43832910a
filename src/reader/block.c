/*
 * Blocks, checked in full: what verifies, walks, and looks up near the end of a file.
 */
#include "src/reader/block.h"

/* One more than the greatest of n slots. */
static unsigned n_slots_used(const uint8_t *slots, unsigned n, unsigned width)
{
    unsigned n_used = 0;

    for (unsigned r = 0; r < n; r++) {
        unsigned slot = (unsigned)smc_bits(slots, (uint64_t)r * width, width);
        n_used = slot >= n_used ? slot + 1 : n_used;
    }
    return n_used;
}

smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block,
                          struct smc_block_names *names)
{
    const uint64_t off = smcf_get32(cache->block_offs[index]);
    const uint64_t limit = cache->blocks_nbytes;

    if (off > limit || limit - off < sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES ||
        !smc_block_parse(cache, index, cache->blocks + off, block)) {
        return SMC_E_DAMAGED;
    }
    /* These sums cannot wrap around: a block takes a few kilobytes at the most. */
    const uint64_t slots_off = (uint64_t)(block->slots - cache->blocks);
    const unsigned slot_width = smcf_slot_width(block->header->low_slot_widths);
    if (slots_off > limit) {
        return SMC_E_DAMAGED;
    }
    const unsigned n_present = !smc_block_has(block, SMCF_BLOCK_NAMES) ? 0
                               : smc_block_has(block, SMCF_BLOCK_SPARSE_NAMES)
                                   ? smc_bitmap_count(block->name_presence, 0)
                                   : block->n;
    *names = (struct smc_block_names){.n_values = n_present,
                                      .width = block->header->widths[SMCF_COLUMN_NAME],
                                      .values = block->slots};
    if (smc_block_has(block, SMCF_BLOCK_NAME_SLOTS)) {
        const uint64_t slots_nbytes = smcf_packed_nbytes(n_present, slot_width);
        if (slots_nbytes > limit - slots_off) {
            return SMC_E_DAMAGED;
        }
        names->n_slots = n_present;
        names->slot_width = slot_width;
        names->values += slots_nbytes;
        names->n_values = n_slots_used(block->slots, n_present, slot_width);
    }
    const uint64_t values_nbytes = smcf_packed_nbytes(names->n_values, names->width);
    if (values_nbytes > limit - (uint64_t)(names->values - cache->blocks)) {
        return SMC_E_DAMAGED;
    }
    names->end = names->values + values_nbytes;
    return SMC_OK;
}

smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block,
                           const struct smc_block_names *names, uint32_t index, unsigned i,
                           struct smc_token *token)
{
    uint32_t high = smc_select256(block->highs, 0, i, 0) - i;
    return smc_block_read(cache, block, names, index, i, high, token,
                          smc_block_has(block, SMCF_BLOCK_LINES), 0)
               ? SMC_OK
               : SMC_E_DAMAGED;
}

smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token)
{
    struct smc_block block;
    struct smc_block_names names;
    uint32_t high;

    if (smc_block_open(cache, index, &block, &names) != SMC_OK) {
        return SMC_E_DAMAGED;
    }
    const int has_lines = smc_block_has(&block, SMCF_BLOCK_LINES);
    unsigned i = smc_block_find(&block, key, &high, has_lines, 0);
    if (i >= block.n ||
        !smc_block_read(cache, &block, &names, index, i, high, token, has_lines, 0)) {
        return SMC_E_DAMAGED;
    }
    /* Otherwise the directory did not tell the truth. */
    return ((uint64_t)token->line << 32 | token->column) <= key ? SMC_OK : SMC_E_DAMAGED;
}
