#include "src/build/vlq.h"

#include "src/build/fields.h"

int smc_vlq_digit(uint8_t byte)
{
    return smc_field_digits[byte];
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
