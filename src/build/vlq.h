/*
 * Base64 VLQs (ECMA-426, "Base64 VLQ"): the numbers of `scopes` and `rangeMappings`.
 */
#ifndef SMC_BUILD_VLQ_H
#define SMC_BUILD_VLQ_H

#include <stddef.h>
#include <stdint.h>

/* Larger numbers are errors, signed or not: of a signed one, the 32 bits are a sign and 31 more. */
#define SMC_VLQ_MAX UINT32_MAX

/* The value of a base64 digit, 0 .. 63, or -1. */
int smc_vlq_digit(uint8_t byte);

/*
 * Reads a VLQ, of any number of digits, as unsigned: the byte after it, or NULL if there is none
 * that ends before `end`. Of a value above SMC_VLQ_MAX only that and its lowest 32 bits are right.
 */
const uint8_t *smc_vlq_read(const uint8_t *p, const uint8_t *end, uint64_t *value);

/* What the unsigned value means as a signed one. */
int64_t smc_vlq_to_signed(uint32_t value);

#endif
