#include "src/base/shown.h"

uint32_t smc_shown_character(uint32_t c)
{
    const int is_control = (c < 0x20 && c != '\t') || (c >= 0x7f && c < 0xa0);
    const int orders_text = c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
                            (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);

    return is_control || orders_text ? 0xfffd : c;
}
