#include "src/build/vlq.h"

/* A base64 digit's value + 1; 0: no digit. */
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

int smc_vlq_digit(uint8_t byte)
{
    return values[byte] - 1;
}

const uint8_t *smc_vlq_read(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    uint64_t bits = 0;
    unsigned shift = 0;

    for (; p < end; p++) {
        int digit = smc_vlq_digit(*p);
        if (digit < 0) {
            return NULL;
        }
        uint64_t low = (uint64_t)digit & 31;
        if (shift <= 30) {
            bits |= low << shift;
            shift += 5;
        } else if (low != 0) {
            bits |= UINT64_C(1) << 32; /* too large, whatever else there is */
        }
        if (digit < 32) {
            *value = bits;
            return p + 1;
        }
    }
    return NULL;
}

int64_t smc_vlq_to_signed(uint32_t value)
{
    if (value == 1) {
        return INT32_MIN; /* negative zero */
    }
    int64_t magnitude = value >> 1;
    return (value & 1) != 0 ? -magnitude : magnitude;
}
