/*
 * From bytecode to the generated position that the map speaks of (spec 5.9).
 */
#include "src/reader/cache.h"

/* How many segments come before `segment`. */
static uint32_t count_before(const smc_cache *cache, uint32_t segment)
{
    uint32_t low = 0, high = cache->n_bytecode_segments;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (smcf_get32(cache->bytecode_segments[middle].segment) < segment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

smc_status smc_bytecode_position(const smc_cache *cache, uint32_t segment, uint32_t function_id,
                                 uint32_t offset, struct smc_position *position)
{
    const struct smcf_bytecode_segment *segments = cache->bytecode_segments;
    const uint32_t i = count_before(cache, segment);

    *position = (struct smc_position){SMC_NONE, SMC_NONE};
    if (i == cache->n_bytecode_segments || smcf_get32(segments[i].segment) != segment) {
        return SMC_E_RANGE;
    }
    const uint32_t first = i == 0 ? 0 : smcf_get32(segments[i - 1].offsets_end);
    const uint32_t end = smcf_get32(segments[i].offsets_end);
    if (first > end || end > cache->n_bytecode_offsets) {
        return SMC_E_DAMAGED;
    }
    if (function_id >= end - first) {
        return SMC_E_RANGE;
    }
    const uint32_t start = smcf_get32(cache->bytecode_offsets[first + function_id]);
    if (offset >= SMC_NONE - start) { /* so it is of a start that is not known */
        return SMC_E_RANGE;
    }
    *position = (struct smc_position){segment, start + offset};
    return SMC_OK;
}
