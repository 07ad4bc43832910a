/*
 * Characters: what is kept of a text, and what is percent-encoded.
 */
#include "src/url/parts.h"

int smc_url_is_alpha(uint8_t c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

int smc_url_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

int smc_url_hex_value(uint8_t c)
{
    if (smc_url_is_digit(c)) {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint8_t smc_url_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/*
 * Length of the sequence at p, whose first byte is not ASCII. If it is not a character, it is what
 * one U+FFFD stands for: a maximal subpart (Unicode 15, 3.9), or a surrogate of WTF-8 as a whole.
 */
static size_t sequence(const uint8_t *p, const uint8_t *end, int *is_character)
{
    unsigned lead = p[0], more = 0, low = 0x80, high = 0xbf;
    size_t n = 1;

    if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        low = lead == 0xe0 ? 0xa0 : 0x80;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        low = lead == 0xf0 ? 0x90 : 0x80;
        high = lead == 0xf4 ? 0x8f : 0xbf;
    }
    while (n <= more && p + n < end && p[n] >= low && p[n] <= high) {
        n++;
        low = 0x80;
        high = 0xbf;
    }
    int is_whole = more > 0 && n == more + 1;
    int is_surrogate = lead == 0xed && n > 1 && p[1] >= 0xa0;
    *is_character = is_whole && !is_surrogate;
    return is_surrogate && !is_whole ? 1 : n;
}

void smc_url_clean(const uint8_t *text, size_t nbytes, struct smc_buf *out)
{
    while (nbytes > 0 && *text <= ' ') {
        text++;
        nbytes--;
    }
    while (nbytes > 0 && text[nbytes - 1] <= ' ') {
        nbytes--;
    }
    smc_buf_reserve(out, nbytes); /* so that there is memory to point to, even for no bytes */
    if (nbytes == 0) {
        return;
    }
    const uint8_t *p = text, *end = text + nbytes;
    while (p < end) {
        const uint8_t *run = p;
        while (p < end && *p < 0x80 && *p != '\t' && *p != '\n' && *p != '\r') {
            p++;
        }
        smc_buf_append(out, run, (size_t)(p - run));
        if (p < end && *p >= 0x80) {
            int is_character;
            size_t n = sequence(p, end, &is_character);
            smc_buf_append(out, is_character ? (const void *)p : "\xef\xbf\xbd",
                           is_character ? n : 3);
            p += n;
        } else if (p < end) {
            p++;
        }
    }
}

enum {
    F = SMC_URL_SET_FRAGMENT,
    Q = SMC_URL_SET_QUERY | SMC_URL_SET_SPECIAL_QUERY,
    S = SMC_URL_SET_SPECIAL_QUERY,
    P = SMC_URL_SET_PATH,
    U = SMC_URL_SET_USERINFO
};

static const uint8_t sets_of[128] = {
    [' '] = F | Q | P | U,
    ['"'] = F | Q | P | U,
    ['<'] = F | Q | P | U,
    ['>'] = F | Q | P | U,
    ['`'] = F | P | U,
    ['#'] = Q | P | U,
    ['\''] = S,
    ['?'] = P | U,
    ['^'] = P | U,
    ['{'] = P | U,
    ['}'] = P | U,
    ['/'] = U,
    [':'] = U,
    [';'] = U,
    ['='] = U,
    ['@'] = U,
    ['['] = U,
    ['\\'] = U,
    [']'] = U,
    ['|'] = U,
};

static int is_encoded(uint8_t c, enum smc_url_set set)
{
    return c < 0x20 || c > 0x7e || (sets_of[c] & set) != 0;
}

void smc_url_encode(struct smc_buf *out, const uint8_t *p, const uint8_t *end, enum smc_url_set set)
{
    static const char digits[] = "0123456789ABCDEF";

    while (p < end) {
        const uint8_t *run = p;
        while (p < end && !is_encoded(*p, set)) {
            p++;
        }
        smc_buf_append(out, run, (size_t)(p - run));
        if (p < end) {
            char encoded[3] = {'%', digits[*p >> 4], digits[*p & 15]};
            smc_buf_append(out, encoded, 3);
            p++;
        }
    }
}
