/*
 * What packing a block does with arrays of values, one a token. Arrays are of SMCF_BLOCK_TOKENS elements, whatever
 * the block has, so that compilers make vectors of the loops; what they do not, is here twice: for all
 * processors, and for those with AVX2 if `avx2`, a constant, is 1.
 */
#ifndef SMC_BUILD_LANES_H
#define SMC_BUILD_LANES_H

#include "src/base/cpu.h"
#include "src/build/parts.h"

#if defined(__GNUC__)
#define SMC_LANES inline __attribute__((always_inline))
#define SMC_RARE                                                                                   \
    __attribute__((noinline)) /* so that what is not rare fits in the processor's caches of code */
#else
#define SMC_LANES inline
#define SMC_RARE
#endif

#define N_LANES SMCF_BLOCK_TOKENS

/* Bits of a bitmap of tokens. */
#define N_BITMAP_WORDS (N_LANES / 64)

#if defined(SMC_CPU_HAVE_AVX2)

#include <immintrin.h>

#define SMC_LANES_AVX2 static inline __attribute__((SMC_CPU_TARGET_AVX2))

/* Half a row, beside that of four rows on. */
SMC_LANES_AVX2 __m256 smc_lanes_halves(const uint32_t *row)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps((const float *)row)),
                                _mm_loadu_ps((const float *)(row + (size_t)4 * SMC_ROW_LANES)), 1);
}

/* The first six columns of 8 rows. (Written out, so that compilers keep all of it in registers.) */
SMC_LANES_AVX2 void smc_lanes_transpose_8(const uint32_t (*rows)[SMC_ROW_LANES],
                                          uint32_t (*columns)[N_LANES])
{
    float *to = (float *)columns[0];
    __m256 a = smc_lanes_halves(rows[0]), b = smc_lanes_halves(rows[1]);
    __m256 c = smc_lanes_halves(rows[2]), d = smc_lanes_halves(rows[3]);
    __m256 ab = _mm256_unpacklo_ps(a, b), cd = _mm256_unpacklo_ps(c, d);

    _mm256_storeu_ps(to, _mm256_shuffle_ps(ab, cd, 0x44));
    _mm256_storeu_ps(to + N_LANES, _mm256_shuffle_ps(ab, cd, 0xee));
    ab = _mm256_unpackhi_ps(a, b);
    cd = _mm256_unpackhi_ps(c, d);
    _mm256_storeu_ps(to + (size_t)2 * N_LANES, _mm256_shuffle_ps(ab, cd, 0x44));
    _mm256_storeu_ps(to + (size_t)3 * N_LANES, _mm256_shuffle_ps(ab, cd, 0xee));
    a = smc_lanes_halves(rows[0] + 4);
    b = smc_lanes_halves(rows[1] + 4);
    c = smc_lanes_halves(rows[2] + 4);
    d = smc_lanes_halves(rows[3] + 4);
    ab = _mm256_unpacklo_ps(a, b);
    cd = _mm256_unpacklo_ps(c, d);
    _mm256_storeu_ps(to + (size_t)4 * N_LANES, _mm256_shuffle_ps(ab, cd, 0x44));
    _mm256_storeu_ps(to + (size_t)5 * N_LANES, _mm256_shuffle_ps(ab, cd, 0xee));
}

/* -1 where one of 8 values is SMCF_NONE. */
SMC_LANES_AVX2 __m256i smc_lanes_none_8(const uint32_t *values)
{
    return _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)values), _mm256_set1_epi32(-1));
}

/* Which of 32 values are not. */
SMC_LANES_AVX2 uint32_t smc_lanes_present_32(const uint32_t *values)
{
    const __m256i first =
        _mm256_packs_epi32(smc_lanes_none_8(values), smc_lanes_none_8(values + 8));
    const __m256i second =
        _mm256_packs_epi32(smc_lanes_none_8(values + 16), smc_lanes_none_8(values + 24));
    /* Packing leaves both halves of vectors apart. */
    const __m256i is_none = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(first, second),
                                                        _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    return ~(uint32_t)_mm256_movemask_epi8(is_none);
}

/* Bytes of 8 whose bits are set, first. */
SMC_LANES_AVX2 uint64_t smc_lanes_pick_bytes(uint64_t bytes, unsigned bits)
{
    return _pext_u64(bytes, _pdep_u64(bits, UINT64_C(0x0101010101010101)) * 0xff);
}

/* Stores 8 values, of which those of the bits come first. */
SMC_LANES_AVX2 void smc_lanes_pick_8(uint32_t *to, const uint32_t *values, unsigned bits)
{
    const uint64_t which = smc_lanes_pick_bytes(UINT64_C(0x0706050403020100), bits);
    const __m256i picked =
        _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)values),
                                    _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)which)));
    _mm256_storeu_si256((__m256i *)to, picked);
}

/* As smc_lanes_number, 8 values. `n`: of the ones before. Returns how many these have. */
SMC_LANES_AVX2 unsigned smc_lanes_number_8(uint32_t *distinct, uint8_t *numbers,
                                           const uint32_t *values, const uint8_t *first, unsigned i,
                                           unsigned n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), places = UINT64_C(0x0706050403020100);
    const uint64_t own_places = places + i * ones;
    const __m128i own = _mm_cvtsi64_si128((long long)own_places);
    const __m128i is_first = _mm_cmpeq_epi8(_mm_loadl_epi64((const __m128i *)(first + i)), own);
    const unsigned bits = (unsigned)_mm_movemask_epi8(is_first) & 0xff;
    /* Each byte: how many there are up to there. The very first value is one, so that no byte gets below 0. */
    const uint64_t up_to = (_pdep_u64(bits, ones) + n - 1) * ones;
    const __m128i these = _mm_cvtsi64_si128((long long)up_to);

    _mm_storel_epi64((__m128i *)(numbers + i), these);
    smc_lanes_pick_8(distinct + n, values + i, bits);
    return (unsigned)__builtin_popcount(bits);
}

/* As smc_lanes_look_up, 32 bytes. */
SMC_LANES_AVX2 void smc_lanes_look_up_32(uint8_t *to, const uint8_t *table, const uint8_t *from)
{
    __m256i places = _mm256_load_si256((const __m256i *)from);
    const __m256i not_here = _mm256_set1_epi8(0x70), next = _mm256_set1_epi8(16);
    __m256i found = _mm256_setzero_si256();

    for (unsigned i = 0; i < N_LANES; i += 16) { /* a byte with the top bit set looks up 0 */
        const __m128i these = _mm_load_si128((const __m128i *)(table + i));
        const __m256i here = _mm256_adds_epu8(places, not_here);
        const __m256i values = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(these), here);
        found = _mm256_or_si256(found, values);
        places = _mm256_sub_epi8(places, next);
    }
    _mm256_store_si256((__m256i *)to, found);
}

/* Ones at 4 places of a word; places outside of it count for nothing, as shifts by more than 63 do. */
SMC_LANES_AVX2 __m256i smc_lanes_ones_of(__m256i places, int word)
{
    return _mm256_sllv_epi64(_mm256_set1_epi64x(1),
                             _mm256_sub_epi64(places, _mm256_set1_epi64x(64LL * word)));
}

SMC_LANES_AVX2 void smc_lanes_ones_avx2(uint8_t *bits, const uint32_t *places)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i first = zero, second = zero, third = zero, fourth = zero;

    for (unsigned i = 0; i < N_LANES / 2; i += 4) {
        /* Token i is at i .. i + SMCF_HIGH_MAX: in one of three words. */
        __m256i low = _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(places + i)));
        __m256i high =
            _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(places + N_LANES / 2 + i)));
        first = _mm256_or_si256(first, smc_lanes_ones_of(low, 0));
        second = _mm256_or_si256(
            second, _mm256_or_si256(smc_lanes_ones_of(low, 1), smc_lanes_ones_of(high, 1)));
        third = _mm256_or_si256(
            third, _mm256_or_si256(smc_lanes_ones_of(low, 2), smc_lanes_ones_of(high, 2)));
        fourth = _mm256_or_si256(fourth, smc_lanes_ones_of(high, 3));
    }
    const __m256i a =
        _mm256_or_si256(_mm256_unpacklo_epi64(first, second), _mm256_unpackhi_epi64(first, second));
    const __m256i b =
        _mm256_or_si256(_mm256_unpacklo_epi64(third, fourth), _mm256_unpackhi_epi64(third, fourth));
    const __m256i all = _mm256_or_si256(_mm256_permute2x128_si256(a, b, 0x20),
                                        _mm256_permute2x128_si256(a, b, 0x31));
    _mm256_storeu_si256((__m256i *)bits, all);
}

/* Stores a value `n` times, or up to 7 times more. */
SMC_LANES_AVX2 void smc_lanes_fill_avx2(uint32_t *to, uint32_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i += 8) {
        _mm256_storeu_si256((__m256i *)(to + i), _mm256_set1_epi32((int)value));
    }
}

#endif

/* The first six columns of the rows of a block. */
static SMC_LANES void smc_lanes_transpose(const uint32_t (*rows)[SMC_ROW_LANES],
                                          uint32_t (*columns)[N_LANES], int avx2)
{
#if defined(SMC_CPU_HAVE_AVX2)
    for (unsigned i = 0; avx2 && i < N_LANES; i += 8) {
        smc_lanes_transpose_8(rows + i, (uint32_t(*)[N_LANES])(columns[0] + i));
    }
#endif
    for (unsigned i = 0; !avx2 && i < N_LANES; i++) {
        for (unsigned k = 0; k <= SMC_ROW_NAME; k++) {
            columns[k][i] = rows[i][k];
        }
    }
}

/* Which values are not SMCF_NONE; returns how many. */
static SMC_LANES unsigned smc_lanes_present(const uint32_t *values, uint64_t *bits, int avx2)
{
    unsigned n = 0;

    for (unsigned word = 0; word < N_BITMAP_WORDS; word++) {
        bits[word] = 0;
#if defined(SMC_CPU_HAVE_AVX2)
        for (unsigned i = 0; avx2 && i < 64; i += 32) {
            bits[word] |= (uint64_t)smc_lanes_present_32(values + (size_t)64 * word + i) << i;
        }
        n += avx2 ? (unsigned)__builtin_popcountll(bits[word]) : 0;
#endif
        for (unsigned i = 0; !avx2 && i < 64; i++) {
            uint64_t is_present = values[64 * word + i] != SMCF_NONE;
            bits[word] |= is_present << i;
            n += (unsigned)is_present;
        }
    }
    return n;
}

/* Stores the values of the n > 0 bits, and then the last of these once more for all other elements. `to` has room for
 * 8 more. */
static SMC_LANES void smc_lanes_pick(uint32_t *to, const uint32_t *values, const uint64_t *bits,
                                     unsigned n, int avx2)
{
    unsigned k = 0;

#if defined(SMC_CPU_HAVE_AVX2)
    for (unsigned i = 0; avx2 && i < N_LANES; i += 8) {
        unsigned eight = (unsigned)(bits[i / 64] >> i % 64) & 0xff;
        smc_lanes_pick_8(to + k, values + i, eight);
        k += (unsigned)__builtin_popcount(eight);
    }
#endif
    for (unsigned i = 0; !avx2 && i < N_LANES; i++) {
        to[k] = values[i];
        k += (unsigned)(bits[i / 64] >> i % 64) & 1;
    }
#if defined(SMC_CPU_HAVE_AVX2)
    if (avx2) {
        smc_lanes_fill_avx2(to + n, to[n - 1], N_LANES - n);
        return;
    }
#endif
    for (uint32_t last = to[n - 1]; n < N_LANES; n++) {
        to[n] = last;
    }
}

/*
 * Numbers distinct values in the order of their first places: first[i] is the first place of values[i], and where this
 * is i, numbers[i] is its number. n is a multiple of 8; `distinct` has room for 8 more. Returns how many there are.
 */
static SMC_LANES unsigned smc_lanes_number(uint32_t *distinct, uint8_t *numbers,
                                           const uint32_t *values, const uint8_t *first, unsigned n,
                                           int avx2)
{
    unsigned n_distinct = 0;

#if defined(SMC_CPU_HAVE_AVX2)
    for (unsigned i = 0; avx2 && i < n; i += 8) {
        n_distinct += smc_lanes_number_8(distinct, numbers, values, first, i, n_distinct);
    }
#endif
    for (unsigned i = 0; !avx2 && i < n; i++) {
        distinct[n_distinct] = values[i];
        numbers[i] = (uint8_t)n_distinct;
        n_distinct += first[i] == i;
    }
    return n_distinct;
}

/* to[i] = table[places[i]], at least n of them; arrays are of N_LANES, aligned as vectors are. */
static SMC_LANES void smc_lanes_look_up(uint8_t *to, const uint8_t *table, const uint8_t *places,
                                        unsigned n, int avx2)
{
#if defined(SMC_CPU_HAVE_AVX2)
    for (unsigned i = 0; avx2 && i < n; i += 32) {
        smc_lanes_look_up_32(to + i, table, places + i);
    }
#endif
    for (unsigned i = 0; !avx2 && i < n; i++) {
        to[i] = table[places[i]];
    }
}

/* Highs: ones at n places, of which the i-th is in i .. i + SMCF_HIGH_MAX. Overwrites places behind these. */
static SMC_LANES void smc_lanes_ones(uint8_t *bits, uint32_t *places, unsigned n, int avx2)
{
#if defined(SMC_CPU_HAVE_AVX2)
    if (avx2) {
        for (unsigned i = n; i < N_LANES; i++) {
            places[i] = UINT32_MAX;
        }
        smc_lanes_ones_avx2(bits, places);
        return;
    }
#endif
    (void)avx2;
    memset(bits, 0, SMCF_HIGHS_NBYTES);
    for (unsigned i = 0; i < n; i++) {
        bits[places[i] / 8] |= (uint8_t)(1 << places[i] % 8);
    }
}

static inline void smc_lanes_store(uint8_t *to, uint64_t bits)
{
    const struct smcf_le64 le = smcf_put64(bits);
    memcpy(to, &le, sizeof le);
}

/* ---- bitmaps ---- */

/* Bits of tokens that the block has. */
static inline unsigned smc_lanes_keep_first(uint64_t *bits, unsigned n)
{
    unsigned n_ones = 0;

    for (unsigned word = 0; word<N_BITMAP_WORDS; word++, n = n> 64 ? n - 64 : 0) {
        bits[word] &= n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
        for (uint64_t rest = bits[word]; rest != 0; rest &= rest - 1) {
            n_ones++;
        }
    }
    return n_ones;
}

static inline uint8_t *smc_lanes_put_bits(uint8_t *to, const uint64_t *bits)
{
    for (unsigned word = 0; word < N_BITMAP_WORDS; word++, to += 8) {
        smc_lanes_store(to, bits[word]);
    }
    return to;
}

/* ---- ranges ---- */

struct smc_range {
    unsigned width;
    uint32_t base;
    int fits; /* the header can hold the base, where it is a signed number */
};

/* The base is the lowest value or the greatest base there is (spec 5.2). That of negative values wraps around, as
 * their sum with it will. A span of 2^32 or more wraps around, too: any base is as good, all 32 bits are needed. */
static inline struct smc_range smc_range_of_span(int64_t lowest, int64_t highest, int64_t base_max)
{
    const int64_t base = lowest < base_max ? lowest : base_max;
    const uint64_t span = (uint64_t)(highest - base);

    return (struct smc_range){span > UINT32_MAX ? SMCF_COLUMN_WIDTH_MAX : smcf_bit_width(span),
                              (uint32_t)(uint64_t)base, base >= -base_max - 1};
}

static SMC_LANES void smc_lanes_span(const uint32_t *values, uint32_t *lowest, uint32_t *highest)
{
    uint32_t low = UINT32_MAX, high = 0;

    for (unsigned i = 0; i < N_LANES; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }
    *lowest = low;
    *highest = high;
}

#endif
