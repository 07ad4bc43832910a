/*
 * Packing values of any width (spec 2.3); as lanes.h, which see, in two forms.
 */
#ifndef SMC_BUILD_LANES_PACK_H
#define SMC_BUILD_LANES_PACK_H

#include "src/build/lanes.h"

/* Values of 57 bits can be packed at any bit of a byte. Of narrow ones two together can. */
#define SMC_LANES_WIDTH_MAX 57
#define SMC_LANES_NARROW_MAX (SMC_LANES_WIDTH_MAX / 2)
/* What is packed together: values go on with so many zeros. */
#define SMC_LANES_OVER 16

#if defined(SMC_CPU_HAVE_AVX2)

/* Four values, each with what the one before it has in its first byte. */
SMC_LANES_AVX2 __m256i smc_lanes_shift_4(const uint64_t *values, __m256i up, __m256i down)
{
    const __m256i these = _mm256_loadu_si256((const __m256i *)values);
    const __m256i before = _mm256_loadu_si256((const __m256i *)(values - 1));

    return _mm256_or_si256(_mm256_sllv_epi64(these, up), _mm256_srlv_epi64(before, down));
}

SMC_LANES_AVX2 void smc_lanes_store_4(uint8_t *to, const size_t *off, __m256i values)
{
    const __m128i low = _mm256_castsi256_si128(values), high = _mm256_extracti128_si256(values, 1);

    _mm_storel_epi64((__m128i *)(to + off[0]), low);
    _mm_storeh_pi((__m64 *)(void *)(to + off[1]), _mm_castsi128_ps(low));
    _mm_storel_epi64((__m128i *)(to + off[2]), high);
    _mm_storeh_pi((__m64 *)(void *)(to + off[3]), _mm_castsi128_ps(high));
}

/*
 * Packs groups of 8 values of 8 <= width <= 57. A value's first byte has bits of the value before it, so each is
 * stored as 8 bytes together with those; what it stores too much, the next one overwrites.
 */
SMC_LANES_AVX2 void smc_lanes_pack_avx2(uint8_t *to, const uint64_t *values, unsigned n,
                                        unsigned width)
{
    const __m256i seven = _mm256_set1_epi64x(7), w = _mm256_set1_epi64x((long long)width);
    const __m256i first = _mm256_mul_epu32(w, _mm256_setr_epi64x(0, 1, 2, 3));
    const __m256i second = _mm256_add_epi64(first, _mm256_slli_epi64(w, 2));
    const __m256i up_1 = _mm256_and_si256(first, seven), up_2 = _mm256_and_si256(second, seven);
    const __m256i down_1 = _mm256_sub_epi64(w, up_1), down_2 = _mm256_sub_epi64(w, up_2);
    size_t off[8];

    _mm256_storeu_si256((__m256i *)off, _mm256_srli_epi64(first, 3));
    _mm256_storeu_si256((__m256i *)(off + 4), _mm256_srli_epi64(second, 3));
    for (unsigned i = 0; i < n; i += 8, to += width) {
        smc_lanes_store_4(to, off, smc_lanes_shift_4(values + i, up_1, down_1));
        smc_lanes_store_4(to, off + 4, smc_lanes_shift_4(values + i + 4, up_2, down_2));
    }
}

SMC_LANES_AVX2 void smc_lanes_pairs_avx2(uint64_t *words, const uint32_t *values, unsigned n,
                                         unsigned width)
{
    const __m256i low = _mm256_set1_epi64x(UINT32_MAX);
    const __m128i up = _mm_cvtsi32_si128((int)width);

    for (unsigned i = 0; i < n; i += 8) {
        const __m256i two = _mm256_load_si256((const __m256i *)(values + i));
        const __m256i second = _mm256_sll_epi64(_mm256_srli_epi64(two, 32), up);
        _mm256_storeu_si256((__m256i *)(words + i / 2),
                            _mm256_or_si256(_mm256_and_si256(two, low), second));
    }
}

SMC_LANES_AVX2 uint64_t smc_lanes_join_bytes(uint64_t bytes, unsigned width)
{
    return _pext_u64(bytes, UINT64_C(0x0101010101010101) * ((1U << width) - 1));
}

#endif

/*
 * Packs n values of `width` <= 57 bits (spec 2.3). values[-1] is 0, and so are those from n up to the next multiple
 * of 8. There is room for all up to there and 8 bytes more. Returns where the n packed values end.
 */
static SMC_LANES uint8_t *smc_lanes_pack(uint8_t *to, const uint64_t *values, unsigned n,
                                         unsigned width, int avx2)
{
    uint8_t *end = to + smcf_packed_nbytes(n, width);

    if (width < 8) { /* eight of them are so many bytes */
        for (unsigned i = 0; i < n; i += 8, to += width) {
            uint64_t bits = 0;
            for (unsigned k = 0; k < 8; k++) {
                bits |= values[i + k] << k * width;
            }
            smc_lanes_store(to, bits);
        }
        return end;
    }
#if defined(SMC_CPU_HAVE_AVX2)
    if (avx2) {
        smc_lanes_pack_avx2(to, values, n, width);
        return end;
    }
#endif
    (void)avx2;
    uint64_t bits = 0;
    unsigned n_bits = 0; /* < 8 */
    for (unsigned i = 0; i < n; i++) {
        bits |= values[i] << n_bits;
        smc_lanes_store(to, bits);
        n_bits += width;
        to += n_bits / 8;
        bits = n_bits / 8 == 8 ? 0 : bits >> n_bits / 8 * 8;
        n_bits %= 8;
    }
    return end;
}

/* Two values of `width` <= 32 bits in each word. n is a multiple of 8, and values are aligned as vectors are. */
static SMC_LANES void smc_lanes_pairs(uint64_t *restrict words, const uint32_t *restrict values,
                                      unsigned n, unsigned width, int avx2)
{
#if defined(SMC_CPU_HAVE_AVX2)
    if (avx2) {
        smc_lanes_pairs_avx2(words, values, n, width);
        return;
    }
#endif
    (void)avx2;
    for (unsigned i = 0; i < n; i += 2) {
        words[i / 2] = values[i] | (uint64_t)values[i + 1] << width;
    }
}

static SMC_LANES void smc_lanes_to_words(uint64_t *restrict words, const uint32_t *restrict values)
{
    for (unsigned i = 0; i < N_LANES; i++) {
        words[i] = values[i];
    }
}

/* Packs n values of `width` <= SMC_LANES_NARROW_MAX bits as smc_lanes_pack does, in pairs. Values are aligned as vectors
 * are; there is room for SMC_LANES_OVER more, which are overwritten. */
static SMC_LANES uint8_t *smc_lanes_pack_narrow(uint8_t *to, uint32_t *values, unsigned n,
                                                unsigned width, int avx2)
{
    const unsigned n_lanes = n <= N_LANES / 2 ? N_LANES / 2 : N_LANES; /* no count to guess */
    uint64_t words[1 + N_LANES / 2];

    memset(values + n, 0, SMC_LANES_OVER * sizeof *values);
    words[0] = 0;
    smc_lanes_pairs(words + 1, values, n_lanes, width, avx2);
    (void)smc_lanes_pack(to, words + 1, (n + 1) / 2, 2 * width, avx2);
    return to + smcf_packed_nbytes(n, width);
}

/* The same of any width. */
static SMC_LANES uint8_t *smc_lanes_pack_values(uint8_t *to, uint32_t *values, unsigned n,
                                                unsigned width, int avx2)
{
    uint64_t words[1 + N_LANES];

    if (width <= SMC_LANES_NARROW_MAX) {
        return smc_lanes_pack_narrow(to, values, n, width, avx2);
    }
    words[0] = 0;
    smc_lanes_to_words(words + 1, values);
    memset(words + 1 + n, 0, (N_LANES - n) * sizeof *words);
    return smc_lanes_pack(to, words + 1, n, width, avx2);
}

static inline uint64_t smc_lanes_load(const uint8_t *from)
{
    struct smcf_le64 le;
    memcpy(&le, from, sizeof le);
    return smcf_get64(le);
}

/* Packs n values of `width` <= 7 bits; values[n ..] has room for 8 more. There is room for 8 bytes more behind `to`. */
static SMC_LANES uint8_t *smc_lanes_pack_bytes(uint8_t *to, uint8_t *values, unsigned n,
                                               unsigned width, int avx2)
{
    uint8_t *end = to + smcf_packed_nbytes(n, width);

    (void)avx2;
    smc_lanes_store(values + n, 0);
    for (unsigned i = 0; i < n; i += 8, to += width) { /* eight are so many bytes */
#if defined(SMC_CPU_HAVE_AVX2)
        if (avx2) {
            smc_lanes_store(to, smc_lanes_join_bytes(smc_lanes_load(values + i), width));
            continue;
        }
#endif
        uint64_t joined = 0;
        for (unsigned k = 0; k < 8; k++) {
            joined |= (uint64_t)values[i + k] << k * width;
        }
        smc_lanes_store(to, joined);
    }
    return end;
}

#endif
