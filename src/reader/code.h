/*
 * Tables for the prefix codes of deflate (RFC 1951, 3.2.2).
 */
#ifndef SMC_READER_CODE_H
#define SMC_READER_CODE_H

#include <stddef.h>
#include <stdint.h>

#define SMC_CODES_MAX 288

/*
 * An entry of a table, 32 bits:
 *   a literal   LITERAL | value << 16
 *   a length    base << 16 | bits that are added to it; a distance too
 *   SPECIAL     the end of the block, if END is set; a second table of 2^(bits 8 .. 11) entries at
 *               `entry >> 16`, if SECOND is; else a code that nobody has
 * To all but SECOND the code's length is added twice: at bit 8, and at bit 0, which so counts all bits to take.
 */
#define SMC_CODE_LITERAL UINT32_C(0x80000000)
#define SMC_CODE_SPECIAL UINT32_C(0x8000)
#define SMC_CODE_SECOND UINT32_C(0x4000)
#define SMC_CODE_END UINT32_C(0x2000)
#define SMC_CODE_LENGTH UINT32_C(0x101)

static inline unsigned smc_code_all_bits(uint32_t entry)
{
    return entry & 0xff;
}

static inline unsigned smc_code_bits(uint32_t entry)
{
    return entry >> 8 & 15;
}

static inline size_t smc_code_value(uint32_t entry)
{
    return entry >> 16 & 0x7fff;
}

static inline uint64_t smc_low_bits(uint64_t bits, unsigned n)
{
    return bits & ((UINT64_C(1) << n) - 1);
}

/* Base and added bits of a length or distance. */
static inline size_t smc_code_extended(uint32_t entry, uint64_t bits)
{
    return smc_code_value(entry) +
           (size_t)(smc_low_bits(bits, smc_code_all_bits(entry)) >> smc_code_bits(entry));
}

/*
 * A first table is looked up with `bits` bits; longer codes have a second one behind it. Of n codes all second tables
 * have no more entries than this: one of 2^k entries has a code of k more bits and is complete, so it
 * has k + 1 codes or more; and k is 15 - bits at most.
 */
#define SMC_CODE_ENTRIES(n, bits) ((1 << (bits)) + ((n) << (15 - (bits))) / (16 - (bits)))

/*
 * Makes the table of a canonical code of n <= SMC_CODES_MAX symbols, of which symbol i has `lengths[i]` bits, up to 15
 * (0: it has no code), and becomes symbols[i]. There is room for SMC_CODE_ENTRIES(n, bits), or for the first table
 * alone, if no length is more than `bits`. 0; -1 for over-subscribed codes, and incomplete ones but for those that zlib
 * lets pass too: no code at all, and a single one of one bit, if that may be.
 */
int smc_code_build(uint32_t *table, unsigned bits, const uint8_t *lengths, unsigned n,
                   const uint32_t *symbols, int may_be_single);

#endif
