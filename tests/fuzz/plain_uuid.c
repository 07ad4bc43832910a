#include "tests/fuzz/plain_uuid.h"

#include <string.h>

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *at = c == 0 ? NULL : strchr(digits, c);
    return at == NULL ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

int plain_uuid(const char *text, size_t nbytes, uint8_t *id, int *is_lax)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    size_t n = nbytes, n_digits = 0;

    *is_lax = 0;
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
        n--;
        *is_lax = 1;
    }
    *is_lax |= n == 32;
    if (n != 32 && n != sizeof form - 1) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (n != 32 && form[i] == '-') {
            if (text[i] != '-') {
                return 0;
            }
            continue;
        }
        const int digit = hex_value(text[i]);
        if (digit < 0) {
            return 0;
        }
        uint8_t *byte = &id[n_digits / 2];
        *byte = (uint8_t)(n_digits++ % 2 == 0 ? digit << 4 : *byte | digit);
    }
    return 1;
}
