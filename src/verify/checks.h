/* The checks that smc_verify runs one after the other; each returns at the first fault. */
#ifndef SMC_VERIFY_CHECKS_H
#define SMC_VERIFY_CHECKS_H

#include "src/reader/block.h"
#include "src/reader/strings.h"
#include "src/verify/smcache_verify.h"

/* Offset of a pointer into the file. */
static inline uint64_t smc_offset_of(const smc_cache *cache, const void *pointer)
{
    return (uint64_t)((const uint8_t *)pointer - cache->bytes);
}

smc_status smc_check_tokens(const smc_cache *cache, struct smc_error *error);
smc_status smc_check_offsets(const smc_cache *cache, const struct smc_offsets *list, uint64_t end,
                             struct smc_error *error);
smc_status smc_check_strings(const smc_cache *cache, struct smc_error *error);
smc_status smc_check_sources(const smc_cache *cache, struct smc_error *error);

/* Whether the bytes are well-formed WTF-8 (spec 2.2). */
int smc_is_wtf8(const uint8_t *p, size_t nbytes);

#endif
