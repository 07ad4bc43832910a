#include "src/base/debug_id.h"

#include <string.h>

#define N_DIGITS ((size_t)2 * SMC_DEBUG_ID_NBYTES)

/* Whether a hyphen stands before this byte of the ID. */
static int follows_hyphen(int i)
{
    return i == 4 || i == 6 || i == 8 || i == 10;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int smc_debug_id_parse(const void *text, size_t nbytes, int lenient,
                       uint8_t id[SMC_DEBUG_ID_NBYTES])
{
    const uint8_t *p = text;
    uint8_t parsed[SMC_DEBUG_ID_NBYTES];

    while (lenient && nbytes > 0 && (p[nbytes - 1] == ' ' || p[nbytes - 1] == '\t')) {
        nbytes--;
    }
    if (nbytes != SMC_DEBUG_ID_TEXT_NBYTES && !(lenient && nbytes == N_DIGITS)) {
        return -1;
    }
    for (int i = 0; i < SMC_DEBUG_ID_NBYTES; i++) {
        if (nbytes == SMC_DEBUG_ID_TEXT_NBYTES && follows_hyphen(i) && *p++ != '-') {
            return -1;
        }
        int high = hex_value(p[0]), low = hex_value(p[1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        parsed[i] = (uint8_t)(high << 4 | low);
        p += 2;
    }
    memcpy(id, parsed, sizeof parsed);
    return 0;
}

void smc_debug_id_format(const uint8_t id[SMC_DEBUG_ID_NBYTES],
                         char text[SMC_DEBUG_ID_TEXT_NBYTES + 1])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < SMC_DEBUG_ID_NBYTES; i++) {
        if (follows_hyphen(i)) {
            *text++ = '-';
        }
        *text++ = digits[id[i] >> 4];
        *text++ = digits[id[i] & 15];
    }
    *text = '\0';
}
