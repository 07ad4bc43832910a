/*
 * The inside of a JSON string as WTF-8.
 */
#include "src/build/json.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Bytes from `p` on that stand for themselves: ASCII but for quote and backslash. */
static size_t plain_run(const uint8_t *p, size_t limit)
{
    size_t n = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    for (; limit - n >= 16; n += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)(p + n));
        __m128i stop = _mm_or_si128(
            bytes, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop);
        if (mask != 0) {
            return n + (unsigned)__builtin_ctz(mask);
        }
    }
#endif
    while (n < limit && p[n] < 0x80 && p[n] != '"' && p[n] != '\\') {
        n++;
    }
    return n;
}

static unsigned hex4(const uint8_t *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = p[i];
        value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t put_character(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

/* One escape sequence, of 2, 6 or 12 bytes; the text has passed the check. */
static const uint8_t *unescape_one(const uint8_t *p, uint8_t *out, size_t *n)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    uint32_t c = p[1];

    if (c != 'u') {
        const char *at = strchr(from, (int)c);
        *n += put_character(out + *n, at != NULL ? (uint8_t)to[at - from] : c);
        return p + 2;
    }
    c = hex4(p + 2);
    p += 6;
    if (c >= 0xd800 && c < 0xdc00 && p[0] == '\\' && p[1] == 'u') {
        uint32_t low = hex4(p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
    }
    *n += put_character(out + *n, c);
    return p;
}

/*
 * One sequence of bytes >= 0x80. Well-formed UTF-8 is copied; of anything else each maximal subpart
 * becomes one U+FFFD (Unicode 15, 3.9, table 3-7 and "U+FFFD substitution").
 */
static const uint8_t *copy_utf8(const uint8_t *p, const uint8_t *end, uint8_t *out, size_t *n)
{
    unsigned lead = p[0], more = 0, low = 0x80, high = 0xbf;

    if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        low = lead == 0xe0 ? 0xa0 : 0x80;
        high = lead == 0xed ? 0x9f : 0xbf;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        low = lead == 0xf0 ? 0x90 : 0x80;
        high = lead == 0xf4 ? 0x8f : 0xbf;
    }
    size_t length = 1;
    while (length <= more && p + length < end && p[length] >= low && p[length] <= high) {
        length++;
        low = 0x80;
        high = 0xbf;
    }
    if (more > 0 && length == more + 1) {
        memcpy(out + *n, p, length);
        *n += length;
    } else {
        *n += put_character(out + *n, 0xfffd);
    }
    return p + length;
}

const uint8_t *smc_json_unescape(const uint8_t *p, const uint8_t *end, uint8_t *out,
                                 size_t capacity, size_t *n_out)
{
    size_t n = 0;

    while (p < end && capacity - n >= SMC_JSON_PIECE_MIN) {
        size_t limit = (size_t)(end - p) < capacity - n ? (size_t)(end - p) : capacity - n;
        size_t run = plain_run(p, limit);
        memcpy(out + n, p, run);
        n += run;
        p += run;
        if (p == end || capacity - n < SMC_JSON_PIECE_MIN) {
            break;
        }
        p = *p == '\\' ? unescape_one(p, out, &n) : copy_utf8(p, end, out, &n);
    }
    *n_out = n;
    return p;
}
