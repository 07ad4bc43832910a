/*
 * Text of mappings as base64 digits, and these as values of fields, 32 bytes at a time by AVX2. Fields have up to three
 * digits, or up to four if `is_wide`; longer ones are the caller's to refuse.
 */
#ifndef SMC_BUILD_DIGITS_H
#define SMC_BUILD_DIGITS_H

#include <stdint.h>

#include "src/base/cpu.h"

#if defined(SMC_CPU_HAVE_AVX2)

#include <immintrin.h>

#define SMC_DIGITS static inline __attribute__((always_inline, SMC_CPU_TARGET_AVX2))

#define SMC_DIGITS_TWICE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/* 32 bytes of text. Separators have the top bit in `separators`; digits are themselves in `digits`, and
 * separators 2, which as a VLQ is 1. */
struct smc_digits_classes {
    __m256i digits, separators, lines;
    __m256i valid; /* not 0 */
};

/* Constants of the same bytes or halves. Compilers would make each anew for each window, in three instructions, if they
 * knew them. */
struct smc_digits_constants {
    __m256i low_half, slash, to_top, one_as_digit; /* of bytes */
    __m256i five_bits;
    __m256i one; /* 16 bits */
};

SMC_DIGITS void smc_digits_make_constants(struct smc_digits_constants *constants)
{
    constants->low_half = _mm256_set1_epi8(15);
    constants->slash = _mm256_set1_epi8('/');
    constants->to_top = _mm256_set1_epi8(0x40);
    constants->one_as_digit = _mm256_set1_epi8(2);
    constants->five_bits = _mm256_set1_epi8(31);
    constants->one = _mm256_set1_epi16(1);
    __asm__("" : "+m"(*constants));
}

SMC_DIGITS struct smc_digits_classes
smc_digits_classify(const struct smc_digits_constants *constants, __m256i text)
{
    /* A byte is good if its halves have a bit in common: 1 letters from the start of a row of ASCII, 2 those
     * of the second row, 4 numbers, 8 plus and slash, 0x40 semicolon, 0x80 comma. */
    const __m256i of_low = SMC_DIGITS_TWICE(2 | 4, 1 | 2 | 4, 1 | 2 | 4, 1 | 2 | 4, 1 | 2 | 4,
                                            1 | 2 | 4, 1 | 2 | 4, 1 | 2 | 4, 1 | 2 | 4, 1 | 2 | 4,
                                            1 | 2, 1 | 8 | 0x40, 1 | -0x80, 1, 1, 1 | 8);
    const __m256i of_high =
        SMC_DIGITS_TWICE(0, 0, 8 | -0x80, 4 | 0x40, 1, 2, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0);
    /* From ASCII to digits, by the upper half; 1 is for the slash. */
    const __m256i to_digit = SMC_DIGITS_TWICE(0, 63 - '/', 62 - '+', 52 - '0', -'A', -'A', 26 - 'a',
                                              26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(text, 4), constants->low_half);
    const __m256i is_slash = _mm256_cmpeq_epi8(text, constants->slash);
    struct smc_digits_classes c;

    c.valid =
        _mm256_and_si256(_mm256_shuffle_epi8(of_low, text), _mm256_shuffle_epi8(of_high, high));
    c.separators = _mm256_add_epi8(c.valid, constants->to_top);
    c.lines = _mm256_add_epi8(c.valid, c.valid);
    c.digits =
        _mm256_add_epi8(text, _mm256_shuffle_epi8(to_digit, _mm256_add_epi8(high, is_slash)));
    c.digits = _mm256_blendv_epi8(c.digits, constants->one_as_digit, c.separators);
    return c;
}

/* Signed values of fields where they end, in 16 bits: of bytes 0 .. 7 and 16 .. 23, and of the others. What is in
 * other lanes is of no use. */
struct smc_digits_values {
    __m256i even, odd;           /* the first three digits */
    __m256i even_high, odd_high; /* the fourth, if wide */
    /* Where they end. A value with nothing but its fourth digit counts as one. */
    uint32_t negative_zeros;
};

/* From VLQs to signed numbers; to the sign of each, too. */
SMC_DIGITS __m256i smc_digits_sign(const struct smc_digits_constants *constants, __m256i vlqs,
                                   __m256i *signs)
{
    *signs = _mm256_or_si256(_mm256_slli_epi16(vlqs, 15), constants->one);
    return _mm256_sign_epi16(_mm256_srli_epi16(vlqs, 1), *signs);
}

/* `before`: the 16 bytes before the digits, and their first 16. */
SMC_DIGITS struct smc_digits_values smc_digits_join(const struct smc_digits_constants *constants,
                                                    __m256i digits, __m256i before, int is_wide)
{
    const __m256i zero = _mm256_setzero_si256(), five_bits = constants->five_bits;
    const __m256i times = _mm256_set1_epi16(1 | 32 << 8), one = constants->one;
    const __m256i back_1 = _mm256_alignr_epi8(digits, before, 15);
    const __m256i back_2 = _mm256_alignr_epi8(digits, before, 14);
    const __m256i bits_1 = _mm256_and_si256(back_1, five_bits);
    const __m256i bits_2 = _mm256_and_si256(back_2, five_bits);
    /* The top bits: whether the field has two digits or more, and three. */
    const __m256i two = _mm256_slli_epi16(back_1, 2);
    const __m256i three = _mm256_and_si256(two, _mm256_slli_epi16(back_2, 2));
    __m256i first = _mm256_blendv_epi8(digits, bits_1, two);
    first = _mm256_blendv_epi8(first, bits_2, three);
    __m256i second = _mm256_blendv_epi8(zero, digits, two);
    second = _mm256_blendv_epi8(second, bits_1, three);
    __m256i third = _mm256_blendv_epi8(zero, digits, three), fourth = zero;
    __m256i even_signs, odd_signs;
    struct smc_digits_values v;

    if (is_wide) {
        const __m256i back_3 = _mm256_alignr_epi8(digits, before, 13);
        const __m256i four = _mm256_and_si256(three, _mm256_slli_epi16(back_3, 2));
        fourth = _mm256_blendv_epi8(zero, digits, four);
        first = _mm256_blendv_epi8(first, _mm256_and_si256(back_3, five_bits), four);
        second = _mm256_blendv_epi8(second, bits_2, four);
        third = _mm256_blendv_epi8(third, bits_1, four);
    }
    third = _mm256_slli_epi16(third, 2);
    const __m256i even =
        _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_unpacklo_epi8(first, second), times),
                         _mm256_unpacklo_epi8(zero, third));
    const __m256i odd =
        _mm256_add_epi16(_mm256_maddubs_epi16(_mm256_unpackhi_epi8(first, second), times),
                         _mm256_unpackhi_epi8(zero, third));
    v.negative_zeros = (uint32_t)_mm256_movemask_epi8(
        _mm256_packs_epi16(_mm256_cmpeq_epi16(even, one), _mm256_cmpeq_epi16(odd, one)));
    v.even = smc_digits_sign(constants, even, &even_signs);
    v.odd = smc_digits_sign(constants, odd, &odd_signs);
    if (is_wide) {
        v.even_high = _mm256_sign_epi16(_mm256_unpacklo_epi8(fourth, zero), even_signs);
        v.odd_high = _mm256_sign_epi16(_mm256_unpackhi_epi8(fourth, zero), odd_signs);
    }
    return v;
}

#endif

#endif
