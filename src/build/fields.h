/*
 * The fields of segments: base64 VLQs of 32 bits (ECMA-426, "Decoding a base64 VLQ"), one at a time.
 */
#ifndef SMC_BUILD_FIELDS_H
#define SMC_BUILD_FIELDS_H

#include <stddef.h>
#include <stdint.h>

/* A value no sum can reach otherwise: the VLQ's number is 2^31 or more. */
#define SMC_FIELD_OVERFLOW INT64_MAX

/* Base64 digits; everything else, the separators and the closing quote too, is negative. */
#define X (-1)
static const int8_t smc_field_digits[256] = {
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,  X,  0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,
    X,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X};
#undef X

/* The rest of a VLQ after its first digit, which had the continuation bit; NULL: bad grammar. */
static inline const uint8_t *smc_field_read_long(const uint8_t *p, int64_t *value)
{
    uint64_t bits = (uint64_t)smc_field_digits[p[0]] & 31;
    unsigned shift = 5;
    int digit;

    do { /* any number of digits; those past 2^40 only tell whether it overflows */
        digit = smc_field_digits[*++p];
        if (digit < 0) {
            return NULL;
        }
        if (shift <= 35) {
            bits |= (uint64_t)(digit & 31) << shift;
            shift += 5;
        } else if ((digit & 31) != 0) {
            bits |= UINT64_C(1) << 40;
        }
    } while (digit & 32);
    uint64_t magnitude = bits >> 1;
    if (magnitude > INT32_MAX) {
        *value = SMC_FIELD_OVERFLOW;
    } else if (bits & 1) {
        *value = magnitude == 0 ? INT32_MIN : -(int64_t)magnitude;
    } else {
        *value = (int64_t)magnitude;
    }
    return p + 1;
}

static inline const uint8_t *smc_field_read(const uint8_t *p, int64_t *value)
{
    int digit = smc_field_digits[*p];
    if (digit >= 0 && digit < 32) {
        /* Negative zero is -2^31 (ECMA-426, "Decoding a base64 VLQ"). */
        *value = digit == 1 ? INT32_MIN : (digit & 1) ? -(digit >> 1) : digit >> 1;
        return p + 1;
    }
    return digit < 0 ? NULL : smc_field_read_long(p, value);
}

#endif
