/* Packed values (spec 2.3). */
#ifndef SMC_READER_BITS_H
#define SMC_READER_BITS_H

#include "format/smcache_format.h"

/* Eight bytes as a little-endian integer, at any alignment; compilers make it one load. */
static inline uint64_t smc_load64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

/* `width` bits from bit `bit` on, width <= 57 (7 bits of shift and 57 make a load). The section's
 * guard makes the load safe. */
static inline uint64_t smc_bits(const uint8_t *p, uint64_t bit, unsigned width)
{
    return (smc_load64(p + (bit >> 3)) >> (bit & 7)) & ((UINT64_C(1) << width) - 1);
}

static inline unsigned smc_popcount64(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Bitmaps of a block: SMCF_BITMAP_NBYTES bytes, a bit for each token. */
static inline unsigned smc_bitmap_get(const uint8_t *bitmap, unsigned i)
{
    return bitmap[i >> 3] >> (i & 7) & 1;
}

/* Ones below bit i, i <= 128. */
static inline unsigned smc_bitmap_rank(const uint8_t *bitmap, unsigned i)
{
    uint64_t lo = smc_load64(bitmap), hi = smc_load64(bitmap + 8);
    if (i >= 128) {
        return smc_popcount64(lo) + smc_popcount64(hi);
    }
    if (i < 64) {
        return smc_popcount64(lo & ((UINT64_C(1) << i) - 1));
    }
    return smc_popcount64(lo) + smc_popcount64(hi & ((UINT64_C(1) << (i - 64)) - 1));
}

#endif
