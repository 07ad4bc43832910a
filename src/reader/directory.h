/*
 * The directory: from a generated position to its block (spec 5.1, 5.4). Inlined into the lookup, see bits.h.
 */
#ifndef SMC_READER_DIRECTORY_H
#define SMC_READER_DIRECTORY_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

#if defined(SMC_HAVE_BMI2_VARIANT)
#include <immintrin.h>
#endif

static SMC_ALWAYS_INLINE uint64_t smc_position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

static SMC_ALWAYS_INLINE uint32_t smc_is_before(const struct smcf_position *position, uint64_t key)
{
    return smc_position_key(position) <= key;
}

#if defined(SMC_HAVE_BMI2_VARIANT)
/* How many of 16 positions are <= key < 2^63 - 1. */
SMC_BMI2 static inline uint32_t smc_count_16(const struct smcf_position *positions, uint64_t key)
{
    const __m256i after = _mm256_set1_epi64x((int64_t)key + 1);
    const __m256i *fours = (const void *)positions;
    const __m256i a = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[0]));
    const __m256i b = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[1]));
    const __m256i c = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[2]));
    const __m256i d = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[3]));
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return (uint32_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(bytes)) / 2;
}
#endif

/*
 * These two find the last of n entries with position <= `key` in a list that ascends and whose first entry is
 * one, without a branch that could be mispredicted. In a damaged file the list does not ascend, or its
 * first entry is above; then the result is some entry of the list, which is all that the callers rely on.
 */

/* Up to 16 entries: a node of the directory. */
static SMC_ALWAYS_INLINE uint32_t smc_last_of_node(const struct smcf_position *node, uint32_t n,
                                                   uint64_t key, int bmi2)
{
    uint32_t low = 0;

    if (n >= SMCF_FANOUT) {
#if defined(SMC_HAVE_BMI2_VARIANT)
        if (bmi2) {
            low = smc_count_16(node, key);
            return low - (low != 0);
        }
#endif
        (void)bmi2;
        low = 4 * (smc_is_before(&node[4], key) + smc_is_before(&node[8], key) +
                   smc_is_before(&node[12], key));
        return low + smc_is_before(&node[low + 1], key) + smc_is_before(&node[low + 2], key) +
               smc_is_before(&node[low + 3], key);
    }
    for (uint32_t i = 1; i < n; i++) {
        low += smc_is_before(&node[i], key);
    }
    return low;
}

/* Any number of entries: three independent probes a step leave a quarter. */
static SMC_ALWAYS_INLINE uint32_t smc_last_of_top(const struct smcf_position *top, uint32_t n,
                                                  uint64_t key, int bmi2)
{
    const uint32_t enough = bmi2 ? 2 * SMCF_FANOUT : SMCF_FANOUT;
    uint32_t low = 0;

    while (n > enough) {
        uint32_t quarter = n / 4;
        low +=
            (smc_is_before(&top[low + quarter], key) + smc_is_before(&top[low + 2 * quarter], key) +
             smc_is_before(&top[low + 3 * quarter], key)) *
            quarter;
        n -= 3 * quarter;
    }
#if defined(SMC_HAVE_BMI2_VARIANT)
    if (bmi2 && n > SMCF_FANOUT) { /* its first 16 and its last 16, some of which are in both */
        const uint32_t rest = n - SMCF_FANOUT, n_both = SMCF_FANOUT - rest;
        const uint32_t head = smc_count_16(top + low, key),
                       tail = smc_count_16(top + low + rest, key);
        const uint32_t count = head + ((tail - n_both) & (0U - (tail > n_both)));
        return low + count - (count != 0);
    }
#endif
    return low + smc_last_of_node(top + low, n, key, bmi2);
}

/* The block whose first token is the last one at or before `key`; SMC_NONE if there is none. */
static SMC_ALWAYS_INLINE uint32_t smc_directory_find(const smc_cache *cache, uint64_t key, int bmi2)
{
    if (cache->n_top == 0 || smc_position_key(&cache->top[0]) > key) {
        return SMC_NONE;
    }
    /* No token is further down (SMCF_LINE_MAX), and signed numbers compare as well. */
    key = key < INT64_MAX ? key : INT64_MAX - 1;
    uint32_t at = SMCF_FANOUT * smc_last_of_top(cache->top, cache->n_top, key, bmi2);
    at = SMCF_FANOUT * (at + smc_last_of_node(cache->middle + at, cache->n_middle - at, key, bmi2));
    SMC_PREFETCH(&cache->block_offs[at]); /* of the block, whichever it will be */
    return at + smc_last_of_node(cache->firsts + at, cache->n_blocks - at, key, bmi2);
}

#endif
