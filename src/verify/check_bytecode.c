/*
 * Segments of bytecode, and where their functions start (spec 5.9). An offset may be any: nothing refers to it.
 */
#include "src/verify/checks.h"

static smc_status fail_at(const smc_cache *cache, struct smc_error *error, const char *reason,
                          const void *at)
{
    return smc_fail(error, SMC_E_DAMAGED, reason, smc_offset_of(cache, at));
}

smc_status smc_check_bytecode(const smc_cache *cache, struct smc_error *error)
{
    uint32_t end = 0;

    if (cache->bytecode_segments == NULL) {
        return SMC_OK;
    }
    if (cache->n_bytecode_segments == 0) {
        return fail_at(cache, error, "BYTECODE_SEGMENTS without a segment",
                       cache->bytecode_segments);
    }
    for (uint32_t i = 0; i < cache->n_bytecode_segments; i++) {
        const struct smcf_bytecode_segment *entry = &cache->bytecode_segments[i];
        const uint32_t segment = smcf_get32(entry->segment);
        if (segment == SMC_NONE) {
            return fail_at(cache, error, "segment of an impossible number", entry);
        }
        if (i > 0 && segment <= smcf_get32(entry[-1].segment)) {
            return fail_at(cache, error, "segments do not ascend", entry);
        }
        if (smcf_get32(entry->offsets_end) <= end) {
            return fail_at(cache, error, "segment without a function", &entry->offsets_end);
        }
        end = smcf_get32(entry->offsets_end);
    }
    if (end != cache->n_bytecode_offsets) {
        return fail_at(cache, error, "segments that do not end with BYTECODE_OFFSETS",
                       cache->bytecode_segments + cache->n_bytecode_segments - 1);
    }
    return SMC_OK;
}
