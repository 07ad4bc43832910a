/*
 * Packed values and bitmaps (spec 2.3).
 *
 * The hot functions take `bmi2`, a constant: 1 in code that is compiled for processors with AVX2, BMI1, BMI2, LZCNT
 * and POPCNT (see lookup.c), 0 in code for all.
 */
#ifndef SMC_READER_BITS_H
#define SMC_READER_BITS_H

#include "format/smcache_format.h"

#if defined(__GNUC__)
#define SMC_ALWAYS_INLINE inline __attribute__((always_inline))
#define SMC_NOINLINE __attribute__((noinline))
#define SMC_PREFETCH(address) __builtin_prefetch(address)
#else
#define SMC_ALWAYS_INLINE inline
#define SMC_NOINLINE
#define SMC_PREFETCH(address) ((void)(address))
#endif

/* Of bytes `off` and on behind `base`, wherever that is: a hint reads nothing, but a pointer must not overflow. */
#define SMC_PREFETCH_AT(base, off)                                                                 \
    SMC_PREFETCH((const void *)((uintptr_t)(base) + (off))) /* NOLINT(performance-no-int-to-ptr) */

/* For functions of the lookup that need them outside of an inlined one. */
#if defined(__GNUC__) && defined(__x86_64__)
#define SMC_HAVE_BMI2_VARIANT 1
#define SMC_BMI2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#endif

#define SMC_BYTES_OF_1 UINT64_C(0x0101010101010101)

/* Eight bytes as a little-endian integer, at any alignment; compilers make it one load. */
static SMC_ALWAYS_INLINE uint64_t smc_load64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

/* The lowest `width` <= 63 bits of x. */
static SMC_ALWAYS_INLINE uint64_t smc_lowest(uint64_t x, unsigned width, int bmi2)
{
#if defined(__GNUC__) && defined(__x86_64__)
    if (bmi2 && !__builtin_constant_p(width)) {
        uint64_t low;
        /* Not the intrinsic, which compilers refuse before this is inlined where BMI2 is. */
        __asm__("bzhi %2, %1, %0" : "=r"(low) : "rm"(x), "r"((uint64_t)width) : "cc");
        return low;
    }
#endif
    (void)bmi2;
    return x & ((UINT64_C(1) << width) - 1);
}

/* The bits from bit `bit` on, 57 of them at least. What is behind a section makes the load safe: its guard,
 * or see the caller. */
static SMC_ALWAYS_INLINE uint64_t smc_bits_from(const uint8_t *p, uint64_t bit)
{
    return smc_load64(p + (bit >> 3)) >> (bit & 7);
}

/* `width` bits from bit `bit` on, width <= 57. */
static SMC_ALWAYS_INLINE uint64_t smc_bits_fast(const uint8_t *p, uint64_t bit, unsigned width,
                                                int bmi2)
{
    return smc_lowest(smc_bits_from(p, bit), width, bmi2);
}

static SMC_ALWAYS_INLINE uint64_t smc_bits(const uint8_t *p, uint64_t bit, unsigned width)
{
    return smc_bits_fast(p, bit, width, 0);
}

/* Zeros above the highest one; 64 for 0. */
static SMC_ALWAYS_INLINE unsigned smc_clz64(uint64_t x)
{
#if defined(__GNUC__)
    return x == 0 ? 64 : (unsigned)__builtin_clzll(x);
#else
    return 64 - smcf_bit_width(x);
#endif
}

/* Zeros below the lowest one; x is not 0. */
static inline unsigned smc_ctz64(uint64_t x)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(x);
#else
    return smcf_bit_width((x & (0 - x)) - 1);
#endif
}

/* Byte b of the result counts the ones in bytes 0 .. b of x. */
static inline uint64_t smc_ones_to_byte(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return x * SMC_BYTES_OF_1;
}

static SMC_ALWAYS_INLINE unsigned smc_popcount64(uint64_t x, int bmi2)
{
#if defined(__GNUC__)
    if (bmi2) {
        return (unsigned)__builtin_popcountll(x);
    }
#endif
    (void)bmi2;
    return (unsigned)(smc_ones_to_byte(x) >> 56);
}

/* How many of eight bytes, which ascend and are at most 128, are <= r < 128. */
static inline unsigned smc_bytes_up_to(uint64_t ascending, unsigned r)
{
    const uint64_t tops = SMC_BYTES_OF_1 << 7;
    uint64_t is_up_to = ((r * SMC_BYTES_OF_1 | tops) - ascending) & tops;
    return (unsigned)((is_up_to >> 7) * SMC_BYTES_OF_1 >> 56);
}

/* Position of one number r < 64 in x; 63 if x has no such one. */
static SMC_ALWAYS_INLINE unsigned smc_select64(uint64_t x, unsigned r, int bmi2)
{
#if defined(__GNUC__) && defined(__x86_64__)
    if (bmi2) {
        uint64_t one;
        /* Not the intrinsic, which compilers refuse before this is inlined where BMI2 is. */
        __asm__("pdep %2, %1, %0" : "=r"(one) : "r"(UINT64_C(1) << r), "r"(x));
        return 63 & (unsigned)__builtin_ctzll(one | UINT64_C(1) << 63);
    }
#endif
    (void)bmi2;
    uint64_t ones_to_byte = smc_ones_to_byte(x);
    unsigned byte = smc_bytes_up_to(ones_to_byte, r), shift = 8 * byte;
    if (byte > 7) {
        return 63;
    }
    r -= (unsigned)(ones_to_byte << 8 >> shift & 0xff);
    /* The bits of that byte, one in each byte. */
    uint64_t spread = (x >> shift & 0xff) * SMC_BYTES_OF_1 & UINT64_C(0x8040201008040201);
    spread = (spread + SMC_BYTES_OF_1 * 0x7f) >> 7 & SMC_BYTES_OF_1;
    return shift + smc_bytes_up_to(spread * SMC_BYTES_OF_1, r);
}

/* Bitmaps of a block: SMCF_BITMAP_NBYTES bytes, a bit for each token. */
static inline unsigned smc_bitmap_get(const uint8_t *bitmap, unsigned i)
{
    return bitmap[i >> 3] >> (i & 7) & 1;
}

/* All ones. */
static SMC_ALWAYS_INLINE unsigned smc_bitmap_count(const uint8_t *bitmap, int bmi2)
{
    return smc_popcount64(smc_load64(bitmap), bmi2) + smc_popcount64(smc_load64(bitmap + 8), bmi2);
}

/* Ones below bit i < 128. */
static SMC_ALWAYS_INLINE unsigned smc_bitmap_rank(const uint8_t *bitmap, unsigned i, int bmi2)
{
    /* A mask instead of a choice: compilers would make a branch of it, which nobody can predict. */
    const uint64_t below = smc_lowest(UINT64_MAX, i & 63, bmi2), is_high = 0 - (uint64_t)(i >> 6);
    return smc_popcount64(smc_load64(bitmap) & (below | is_high), bmi2) +
           smc_popcount64(smc_load64(bitmap + 8) & below & is_high, bmi2);
}

/* Appends a bit, as the lowest: a < b. */
static SMC_ALWAYS_INLINE void smc_add_bit(uint64_t *bits, uint64_t a, uint64_t b)
{
#if defined(__GNUC__) && defined(__x86_64__)
    /* Compilers do not see that the carry is the bit. */
    __asm__("cmp %2, %1\n\tadc %0, %0" : "+r"(*bits) : "r"(a), "r"(b) : "cc");
#else
    *bits += *bits + (a < b);
#endif
}

/* Where a one is: in which word, and how many there are before it. */
struct smc_place {
    uint64_t word, n_before, index;
};

/* If one number r is not one of the first n_before, it is in `word` or in a later one. Not a branch, which nobody
 * could predict. */
static SMC_ALWAYS_INLINE void smc_place_step(struct smc_place *place, uint64_t r, uint64_t n_before,
                                             uint64_t word)
{
#if defined(__GNUC__) && defined(__x86_64__)
    /* Compilers make a branch of all that can be written in C. */
    __asm__("cmp %4, %3\n\t"
            "cmovae %5, %0\n\t"
            "cmovae %4, %1\n\t"
            "sbb $-1, %2"
            : "+&r"(place->word), "+&r"(place->n_before), "+r"(place->index)
            : "r"(r), "r"(n_before), "r"(word)
            : "cc");
#else
    const uint64_t is_later = 0 - (uint64_t)(r >= n_before);
    place->word ^= (place->word ^ word) & is_later;
    place->n_before ^= (place->n_before ^ n_before) & is_later;
    place->index -= is_later;
#endif
}

/* Position of one number r in 256 bits of which each is flipped if `flip` is UINT64_MAX; some
 * position if there is none. */
static SMC_ALWAYS_INLINE unsigned smc_select256(const uint8_t *p, uint64_t flip, unsigned r,
                                                int bmi2)
{
    const uint64_t w1 = smc_load64(p + 8) ^ flip, w2 = smc_load64(p + 16) ^ flip;
    struct smc_place place = {smc_load64(p) ^ flip, 0, 0};
    uint64_t n = smc_popcount64(place.word, bmi2);

    smc_place_step(&place, r, n, w1);
    n += smc_popcount64(w1, bmi2);
    smc_place_step(&place, r, n, w2);
    n += smc_popcount64(w2, bmi2);
    smc_place_step(&place, r, n, smc_load64(p + 24) ^ flip);
    return 64 * (unsigned)place.index +
           smc_select64(place.word, (r - (unsigned)place.n_before) & 63, bmi2);
}

#endif
