#include "src/find/scan.h"

#include <string.h>

/* Bytes that a character of \s (ECMA-262: WhiteSpace, LineTerminator) starts with. */
static const uint8_t starts_space[256] = {
    ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [' '] = 1,
    [0xc2] = 1, [0xe1] = 1, [0xe2] = 1, [0xe3] = 1, [0xef] = 1,
};

/* The size of the character of \s that starts at `p`; 0 if none does. */
static size_t space_nbytes(const uint8_t *p, const uint8_t *end)
{
    if (p == end || !starts_space[*p]) {
        return 0;
    }
    if (*p < 0x80) {
        return 1;
    }
    if (*p == 0xc2) {
        return end - p >= 2 && p[1] == 0xa0 ? 2 : 0; /* U+00A0 */
    }
    if (end - p < 3) {
        return 0;
    }
    unsigned tail = (unsigned)p[1] << 8 | p[2];
    switch (*p) {
    case 0xe1:
        return tail == 0x9a80 ? 3 : 0; /* U+1680 */
    case 0xe2:                         /* U+2000 to U+200A, U+2028, U+2029, U+202F, U+205F */
        return (tail >= 0x8080 && tail <= 0x808a) || tail == 0x80a8 || tail == 0x80a9 ||
                       tail == 0x80af || tail == 0x819f
                   ? 3
                   : 0;
    case 0xe3:
        return tail == 0x8080 ? 3 : 0; /* U+3000 */
    default:
        return tail == 0xbbbf ? 3 : 0; /* U+FEFF */
    }
}

const uint8_t *smc_space_skip(const uint8_t *p, const uint8_t *end)
{
    for (size_t n; (n = space_nbytes(p, end)) > 0;) {
        p += n;
    }
    return p;
}

const uint8_t *smc_space_trim(const uint8_t *start, const uint8_t *end)
{
    size_t n;

    do {
        for (n = 3; n > 0; n--) {
            if ((size_t)(end - start) >= n && space_nbytes(end - n, end) == n) {
                end -= n;
                break;
            }
        }
    } while (n > 0);
    return end;
}

size_t smc_line_break_nbytes(const uint8_t *start, const uint8_t *p)
{
    size_t n = (size_t)(p - start);

    if (n >= 1 && p[-1] == '\n') {
        return n >= 2 && p[-2] == '\r' ? 2 : 1;
    }
    if (n >= 1 && p[-1] == '\r') {
        return 1;
    }
    /* U+2028, U+2029 */
    return n >= 3 && p[-3] == 0xe2 && p[-2] == 0x80 && (p[-1] == 0xa8 || p[-1] == 0xa9) ? 3 : 0;
}

/* Last bytes of line terminators, and of what a // comment that counts may not hold. */
static const uint8_t is_special[256] = {
    ['\n'] = 1, ['\r'] = 1, [0xa8] = 1, [0xa9] = 1, ['"'] = 1, ['\''] = 1, ['`'] = 1, ['/'] = 1,
};

const uint8_t *smc_line_start(const uint8_t *start, const uint8_t *end, int stop_at_quotes)
{
    for (const uint8_t *p = end; p > start; p--) {
        if (!is_special[p[-1]]) {
            continue;
        }
        if (smc_line_break_nbytes(start, p) > 0) {
            return p;
        }
        int is_quote = p[-1] == '"' || p[-1] == '\'' || p[-1] == '`';
        int is_comment_end = p[-1] == '/' && p - start >= 2 && p[-2] == '*';
        if (stop_at_quotes && (is_quote || is_comment_end)) {
            return NULL;
        }
    }
    return start;
}

int smc_comment_match(const uint8_t *p, const uint8_t *end, struct smc_range *url)
{
    static const char name[] = "sourceMappingURL=";
    const size_t name_nbytes = sizeof name - 1;

    if (p == end || (*p != '@' && *p != '#')) {
        return 0;
    }
    p = smc_space_skip(p + 1, end);
    if ((size_t)(end - p) < name_nbytes || memcmp(p, name, name_nbytes) != 0) {
        return 0;
    }
    p += name_nbytes;
    end = smc_space_trim(p, end);
    for (const uint8_t *q = p; q < end; q++) {
        if (starts_space[*q] && space_nbytes(q, end) > 0) {
            return 0;
        }
    }
    *url = (struct smc_range){p, end};
    return 1;
}
