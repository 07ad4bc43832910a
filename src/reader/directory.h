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

/*
 * These find the last of n entries at or before `key`, of a list that ascends, without a branch that could be
 * mispredicted; entry 0 if there is none. In a damaged file the list may not ascend; then it is some entry.
 */

#if defined(SMC_HAVE_BMI2_VARIANT)
/* Two bits for each of 16 positions, both set if it is <= key < 2^63 - 1. The lowest two are of the first one, the
 * others are in no order. */
SMC_BMI2 static inline uint32_t smc_before_16(const struct smcf_position *positions, uint64_t key)
{
    const __m256i after = _mm256_set1_epi64x((int64_t)key + 1);
    const __m256i *fours = (const void *)positions;
    const __m256i a = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[0]));
    const __m256i b = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[1]));
    const __m256i c = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[2]));
    const __m256i d = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[3]));
    return (uint32_t)_mm256_movemask_epi8(
        _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d)));
}

SMC_BMI2 static inline uint32_t smc_last_of_16(const struct smcf_position *node, uint64_t key)
{
    return (uint32_t)__builtin_popcount(smc_before_16(node, key) | 3) / 2 - 1;
}

/* Of 17 to 32: the first 16 and the last 16, some of which are in both. */
SMC_BMI2 static inline uint32_t smc_last_of_32(const struct smcf_position *list, uint32_t n,
                                               uint64_t key)
{
    const int head = __builtin_popcount(smc_before_16(list, key) | 3);
    const int tail = __builtin_popcount(smc_before_16(list + n - SMCF_FANOUT, key));
    const int beyond =
        tail - 2 * (2 * SMCF_FANOUT - (int)n); /* of those that are in the tail only */
    return (uint32_t)(head + (beyond > 0 ? beyond : 0)) / 2 - 1;
}
#endif

/* Up to 16 entries: a node of the directory. */
static SMC_ALWAYS_INLINE uint32_t smc_last_of_node(const struct smcf_position *node, uint32_t n,
                                                   uint64_t key, int bmi2)
{
    uint32_t low = 0;

    if (n >= SMCF_FANOUT) {
#if defined(SMC_HAVE_BMI2_VARIANT)
        if (bmi2) {
            return smc_last_of_16(node, key);
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
    if (bmi2 && n > SMCF_FANOUT) {
        return low + smc_last_of_32(top + low, n, key);
    }
#endif
    return low + smc_last_of_node(top + low, n, key, bmi2);
}

/*
 * The way down, a level a step. Each says which entry of its level is the last one at or before `key`, of those that
 * the step before leads to; entry 0 if `key` is before all tokens. The file has tokens.
 */

/* What the steps take. No token is further down (SMCF_LINE_MAX), and signed numbers compare as well. */
static SMC_ALWAYS_INLINE uint64_t smc_directory_key(uint64_t key)
{
    return key < INT64_MAX ? key : INT64_MAX - 1;
}

static SMC_ALWAYS_INLINE uint32_t smc_directory_top(const smc_cache *cache, uint64_t key, int bmi2)
{
    return smc_last_of_top(cache->top, cache->n_top, key, bmi2);
}

static SMC_ALWAYS_INLINE uint32_t smc_directory_middle(const smc_cache *cache, uint32_t top,
                                                       uint64_t key, int bmi2)
{
    const uint32_t at = SMCF_FANOUT * top;
    const uint32_t middle =
        at + smc_last_of_node(cache->middle + at, cache->n_middle - at, key, bmi2);
    /* For the next step, and for its block, whichever that will be. The entries of a node are on two or three lines of
     * the cache; the one in the middle has most of them. */
    SMC_PREFETCH(&cache->firsts[(size_t)SMCF_FANOUT * middle + SMCF_FANOUT / 4]);
    SMC_PREFETCH(&cache->block_offs[(size_t)SMCF_FANOUT * middle]);
    return middle;
}

static SMC_ALWAYS_INLINE uint32_t smc_directory_block(const smc_cache *cache, uint32_t middle,
                                                      uint64_t key, int bmi2)
{
    const uint32_t at = SMCF_FANOUT * middle;
    return at + smc_last_of_node(cache->firsts + at, cache->n_blocks - at, key, bmi2);
}

#endif
