#include "src/reader/code.h"

#include <string.h>

#define MAX_CODE_LENGTH 15

/* Puts an entry wherever the table's index begins (from its lowest bit on) with a code. */
static void put_entry(uint32_t *table, unsigned bits, unsigned code, unsigned length,
                      uint32_t entry)
{
    for (unsigned i = code; i < 1U << bits; i += 1U << length) {
        table[i] = entry;
    }
}

/* The code after this one, both with their highest bit lowest, as deflate sends them. */
static unsigned next_code(unsigned code, unsigned length)
{
    unsigned bit = 1U << (length - 1);
    while (code & bit) {
        bit >>= 1;
    }
    return bit == 0 ? 0 : (code & (bit - 1)) | bit;
}

/* How many codes of each length there are; 0, or -1. */
static int count_codes(uint16_t *count, const uint8_t *lengths, unsigned n, int may_be_single)
{
    int left = 1;

    memset(count, 0, (MAX_CODE_LENGTH + 1) * sizeof *count);
    for (unsigned i = 0; i < n; i++) {
        count[lengths[i]]++;
    }
    unsigned n_used = n - count[0];
    count[0] = 0;
    for (unsigned length = 1; length <= MAX_CODE_LENGTH; length++) {
        left = left * 2 - count[length];
        if (left < 0) {
            return -1;
        }
    }
    return left == 0 || n_used == 0 || (may_be_single && n_used == 1 && count[1] == 1) ? 0 : -1;
}

/* Bits of the second table that the next code starts, whose codes (of a complete code) follow each other. */
static unsigned second_bits(const uint16_t *count, unsigned length, unsigned bits)
{
    int left = 1 << (length - bits);

    while (length < MAX_CODE_LENGTH && (left -= count[length]) > 0) {
        left *= 2;
        length++;
    }
    return length - bits;
}

int smc_code_build(uint32_t *table, unsigned bits, const uint8_t *lengths, unsigned n,
                   const uint32_t *symbols, int may_be_single)
{
    uint16_t count[MAX_CODE_LENGTH + 1], position[MAX_CODE_LENGTH + 2], sorted[SMC_CODES_MAX];
    unsigned code = 0, second_code = 1U << bits, n_second = 0, n_entries = 1U << bits;

    if (count_codes(count, lengths, n, may_be_single) != 0) {
        return -1;
    }
    position[1] = 0;
    for (unsigned length = 1; length <= MAX_CODE_LENGTH; length++) {
        position[length + 1] = (uint16_t)(position[length] + count[length]);
    }
    const unsigned n_used = position[MAX_CODE_LENGTH + 1];
    if (n_used <= 1) {
        put_entry(table, bits, 0, 0, SMC_CODE_SPECIAL); /* codes that nobody has */
    }
    for (unsigned symbol = 0; symbol < n; symbol++) {
        if (lengths[symbol] != 0) {
            sorted[position[lengths[symbol]]++] = (uint16_t)symbol;
        }
    }
    for (unsigned i = 0; i < n_used; i++) {
        const unsigned length = lengths[sorted[i]];
        const uint32_t entry = symbols[sorted[i]] + length * SMC_CODE_LENGTH;
        if (length <= bits) {
            put_entry(table, bits, code, length, entry);
        } else {
            const unsigned first = code & ((1U << bits) - 1);
            if (first != second_code) {
                second_code = first;
                n_entries += n_second;
                const unsigned more = second_bits(count, length, bits);
                n_second = 1U << more;
                table[first] = SMC_CODE_SPECIAL | SMC_CODE_SECOND | n_entries << 16 | more << 8;
            }
            put_entry(table + n_entries, smc_code_bits(table[first]), code >> bits, length - bits,
                      entry);
        }
        count[length]--; /* those that are left */
        code = next_code(code, length);
    }
    return 0;
}
