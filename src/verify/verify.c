/*
 * The container (spec 3), the parts, and at last the digest: it tells that a byte is wrong, the other
 * checks tell which.
 */
#include "src/verify/checks.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Spec 3.1. */
smc_status smc_verify_digest(const smc_cache *cache, struct smc_error *error)
{
    static const uint8_t zeros[sizeof cache->header->content_digest];
    const size_t start = offsetof(struct smcf_header, content_digest);
    const size_t end = start + sizeof zeros;
    XXH128_canonical_t digest;
    XXH3_state_t state;

    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, cache->bytes, start);
    XXH3_128bits_update(&state, zeros, sizeof zeros);
    XXH3_128bits_update(&state, cache->bytes + end, (size_t)cache->nbytes - end);
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
    if (memcmp(&digest, cache->header->content_digest, sizeof zeros) != 0) {
        return smc_fail(error, SMC_E_DAMAGED, "content digest differs", start);
    }
    return SMC_OK;
}

/* Spec 3.3: opening has checked that gaps are short. */
static smc_status check_gaps(const smc_cache *cache, struct smc_error *error)
{
    uint64_t end = smc_offset_of(cache, cache->sections + cache->n_sections);

    for (uint32_t i = 0; i < cache->n_sections; i++) {
        uint64_t off = smcf_get64(cache->sections[i].off);
        if (!smc_is_zero(cache->bytes + end, (size_t)(off - end))) {
            return smc_fail(error, SMC_E_DAMAGED, "gap between sections is not zero", end);
        }
        end = off + smcf_get64(cache->sections[i].nbytes);
    }
    return SMC_OK;
}

/* Spec 3.2: what there is not in this version may be in files of a newer minor. */
static int is_newer(const smc_cache *cache)
{
    return smcf_get16(cache->header->minor) > SMCF_MINOR;
}

static smc_status check_unknown(const smc_cache *cache, struct smc_error *error)
{
    if (is_newer(cache)) {
        return SMC_OK;
    }
    if ((smcf_get32(cache->header->may_ignore) & ~SMCF_MAY_IGNORE_KNOWN) != 0) {
        return smc_fail(error, SMC_E_DAMAGED, "unknown may-ignore flag",
                        offsetof(struct smcf_header, may_ignore));
    }
    for (uint32_t i = 0; i < cache->n_sections; i++) {
        if (smc_section_name(smcf_get32(cache->sections[i].id)) == NULL) {
            return smc_fail(error, SMC_E_DAMAGED, "unknown section",
                            smc_offset_of(cache, &cache->sections[i]));
        }
    }
    return SMC_OK;
}

/* Spec 3.5. */
static smc_status check_info(const smc_cache *cache, struct smc_error *error)
{
    const struct smcf_info *info = cache->info;
    uint32_t file = smcf_get32(info->file), root = smcf_get32(info->source_root);

    if (file != SMC_NONE && file >= cache->n_strings) {
        return smc_fail(error, SMC_E_DAMAGED, "file is no string",
                        smc_offset_of(cache, &info->file));
    }
    if (root != SMC_NONE && root >= cache->n_strings) {
        return smc_fail(error, SMC_E_DAMAGED, "source_root is no string",
                        smc_offset_of(cache, &info->source_root));
    }
    if ((smcf_get32(info->flags) & ~(uint32_t)SMCF_INFO_HAS_DEBUG_ID) != 0 && !is_newer(cache)) {
        return smc_fail(error, SMC_E_DAMAGED, "unknown flag of INFO",
                        smc_offset_of(cache, &info->flags));
    }
    if ((smcf_get32(info->flags) & SMCF_INFO_HAS_DEBUG_ID) == 0 &&
        !smc_is_zero(info->debug_id, sizeof info->debug_id)) {
        return smc_fail(error, SMC_E_DAMAGED, "debug ID that is said not to be there",
                        smc_offset_of(cache, info->debug_id));
    }
    return SMC_OK;
}

smc_status smc_verify(const smc_cache *cache, struct smc_error *error)
{
    static smc_status (*const checks[])(const smc_cache *, struct smc_error *) = {
        check_gaps,        check_unknown,      check_info,
        smc_check_strings, smc_check_tokens,   smc_check_functions,
        smc_check_sources, smc_check_bytecode, smc_verify_digest};

    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        smc_status status = checks[i](cache, error);
        if (status != SMC_OK) {
            return status;
        }
    }
    return SMC_OK;
}
