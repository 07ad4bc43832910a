/* The checks that smc_verify runs one after the other; each returns at the first fault. */
#ifndef SMC_VERIFY_CHECKS_H
#define SMC_VERIFY_CHECKS_H

#include "src/reader/block.h"
#include "src/reader/functions.h"
#include "src/reader/strings.h"
#include "src/verify/smcache_verify.h"

/* Offset of a pointer into the file. */
static inline uint64_t smc_offset_of(const smc_cache *cache, const void *pointer)
{
    return (uint64_t)((const uint8_t *)pointer - cache->bytes);
}

/* The bits of a packed run's last byte that no value has. */
static inline int smc_unused_bits_are_zero(const uint8_t *run, uint64_t n, unsigned width)
{
    const uint64_t n_bits = n * width;
    return n_bits % 8 == 0 || run[n_bits / 8] >> n_bits % 8 == 0;
}

/* Functions that the file has used so far, in the order of use (spec 5.7). */
struct smc_uses {
    uint32_t n_named;
    uint32_t nameless; /* a bit each */
};

/* Uses function `index`, or SMC_NONE, which is none. NULL, or why that cannot be. */
const char *smc_use_function(const smc_cache *cache, struct smc_uses *uses, uint64_t index);

/* A hash table for n indices, its slots SMC_NONE: *n_slots of them, a power of two, so that half of them stay free.
 * To be freed; NULL without memory. */
uint32_t *smc_slots_new(uint32_t n, uint64_t *n_slots);

smc_status smc_check_tokens(const smc_cache *cache, struct smc_error *error);
smc_status smc_check_offsets(const smc_cache *cache, const struct smc_offsets *list, uint64_t end,
                             struct smc_error *error);
smc_status smc_check_strings(const smc_cache *cache, struct smc_error *error);
smc_status smc_check_functions(const smc_cache *cache, struct smc_error *error);
/* INLINED and CALL_SITES, which come after all runs in the order of use. */
smc_status smc_check_inlined(const smc_cache *cache, struct smc_uses *uses,
                             struct smc_error *error);
smc_status smc_check_sources(const smc_cache *cache, struct smc_error *error);
smc_status smc_check_bytecode(const smc_cache *cache, struct smc_error *error);

/* Whether the bytes are well-formed WTF-8 (spec 2.2). */
int smc_is_wtf8(const uint8_t *p, size_t nbytes);

#endif
