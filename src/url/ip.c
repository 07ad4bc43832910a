/*
 * IP addresses: the forms of 3.5 ("host parsing"), as 3.6 serializes them.
 */
#include "src/url/parts.h"

#include <stdio.h>
#include <string.h>

/* ---- IPv4 ---- */

#define TOO_LARGE (UINT64_C(1) << 32) /* for every part of an address */

/* A number in decimal, octal (0...) or hexadecimal (0x...), at most TOO_LARGE; 0 if it is none. */
static int parse_number(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    int radix = 10;

    *value = 0;
    if (p == end) {
        return 0;
    }
    if (end - p >= 2 && p[0] == '0') {
        int is_hex = (p[1] | 0x20) == 'x';
        radix = is_hex ? 16 : 8;
        p += is_hex ? 2 : 1;
    }
    for (; p < end; p++) {
        int digit = smc_url_hex_value(*p);
        if (digit < 0 || digit >= radix) {
            return 0;
        }
        *value = *value * (uint64_t)radix + (uint64_t)digit;
        if (*value > TOO_LARGE) {
            *value = TOO_LARGE;
        }
    }
    return 1;
}

/* The end of a dotted text without the one dot that may be its last byte. */
static const uint8_t *without_last_dot(const uint8_t *p, const uint8_t *end)
{
    return p < end && end[-1] == '.' ? end - 1 : end;
}

int smc_url_ends_in_number(const uint8_t *p, const uint8_t *end)
{
    uint64_t value;
    int is_decimal;

    end = without_last_dot(p, end);
    const uint8_t *last = end;
    while (last > p && last[-1] != '.') {
        last--;
    }
    is_decimal = last < end;
    for (const uint8_t *c = last; c < end; c++) {
        is_decimal &= smc_url_is_digit(*c);
    }
    return is_decimal || parse_number(last, end, &value); /* 08 is decimal, and no number */
}

const char *smc_url_parse_ipv4(const uint8_t *p, const uint8_t *end, uint32_t *address)
{
    uint64_t value, whole = 0;

    end = without_last_dot(p, end);
    for (int shift = 24;; shift -= 8) {
        const uint8_t *dot = memchr(p, '.', (size_t)(end - p));
        if (!parse_number(p, dot == NULL ? end : dot, &value)) {
            return "IPv4 address with a part that is no number";
        }
        if (dot == NULL) {
            /* The last number takes all the bytes that are left. */
            if (value >> (shift + 8) != 0) {
                return "IPv4 address with a number that is too large";
            }
            *address = (uint32_t)(whole | value);
            return NULL;
        }
        if (value > 255) {
            return "IPv4 address with a number that is too large";
        }
        if (shift == 0) {
            return "IPv4 address with more than four numbers";
        }
        whole |= value << shift;
        p = dot + 1;
    }
}

void smc_url_add_ipv4(struct smc_buf *out, uint32_t address)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%u.%u.%u.%u", (unsigned)(address >> 24),
                     (unsigned)(address >> 16 & 255), (unsigned)(address >> 8 & 255),
                     (unsigned)(address & 255));

    smc_buf_append(out, text, (size_t)n);
}

/* ---- IPv6 ---- */

/* The IPv4 address that an IPv6 address may end in: four decimal numbers and nothing else. */
static int parse_ipv4_tail(const uint8_t *p, const uint8_t *end, uint16_t *pieces)
{
    unsigned bytes[4];

    for (int i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.')) {
            return 0;
        }
        const uint8_t *start = p;
        unsigned value = 0;
        for (; p < end && p - start < 3 && smc_url_is_digit(*p); p++) {
            value = value * 10 + (unsigned)(*p - '0');
        }
        if (p == start || value > 255 || (*start == '0' && p - start > 1)) {
            return 0;
        }
        bytes[i] = value;
    }
    pieces[0] = (uint16_t)(bytes[0] << 8 | bytes[1]);
    pieces[1] = (uint16_t)(bytes[2] << 8 | bytes[3]);
    return p == end;
}

/* Moves the pieces after the "::" to the end, and zeros between. */
static void expand(uint16_t *pieces, int n, int gap)
{
    int n_after = n - gap;

    memmove(pieces + SMC_URL_IPV6_PIECES - n_after, pieces + gap, (size_t)n_after * sizeof *pieces);
    memset(pieces + gap, 0, (size_t)(SMC_URL_IPV6_PIECES - n) * sizeof *pieces);
}

const char *smc_url_parse_ipv6(const uint8_t *p, const uint8_t *end, uint16_t *pieces)
{
    static const char wrong[] = "IPv6 address that is none";
    int n = 0, gap = -1; /* the first piece after the "::" */

    if (end - p >= 2 && p[0] == ':' && p[1] == ':') {
        p++; /* a "::" in front has no colon before it that ends a piece */
    } else if (p < end && *p == ':') {
        return wrong;
    }
    while (p < end) {
        if (n == SMC_URL_IPV6_PIECES) {
            return wrong;
        }
        if (*p == ':') { /* at the second of two: it stands for one zero or more */
            if (gap >= 0) {
                return wrong;
            }
            p++;
            pieces[n++] = 0;
            gap = n;
            continue;
        }
        const uint8_t *start = p;
        unsigned value = 0;
        for (; p < end && p - start < 4 && smc_url_hex_value(*p) >= 0; p++) {
            value = value << 4 | (unsigned)smc_url_hex_value(*p);
        }
        if (p < end && *p == '.') {
            if (n > SMC_URL_IPV6_PIECES - 2 || !parse_ipv4_tail(start, end, pieces + n)) {
                return wrong;
            }
            n += 2;
            break;
        }
        if (p == start || (p < end && (*p != ':' || p + 1 == end))) {
            return wrong;
        }
        pieces[n++] = (uint16_t)value;
        p += p < end;
    }
    if (gap >= 0) {
        expand(pieces, n, gap);
    } else if (n != SMC_URL_IPV6_PIECES) {
        return wrong;
    }
    return NULL;
}

/* The first of the longest runs of zeros that have two or more; *n_zeros is 0 if there is none. */
static int find_zeros(const uint16_t *pieces, int *n_zeros)
{
    int found = -1;

    *n_zeros = 0;
    for (int i = 0; i < SMC_URL_IPV6_PIECES; i++) {
        int n = 0;
        while (i + n < SMC_URL_IPV6_PIECES && pieces[i + n] == 0) {
            n++;
        }
        if (n > 1 && n > *n_zeros) {
            found = i;
            *n_zeros = n;
        }
    }
    return found;
}

void smc_url_add_ipv6(struct smc_buf *out, const uint16_t *pieces)
{
    int n_zeros, zeros = find_zeros(pieces, &n_zeros);

    for (int i = 0; i < SMC_URL_IPV6_PIECES; i++) {
        if (i == zeros) {
            smc_buf_append(out, "::", 2);
            i += n_zeros - 1;
        } else {
            char text[8];
            const char *colon = i > 0 && i != zeros + n_zeros ? ":" : "";
            int n = snprintf(text, sizeof text, "%s%x", colon, (unsigned)pieces[i]);
            smc_buf_append(out, text, (size_t)n);
        }
    }
}
