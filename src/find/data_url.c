/*
 * data: URLs (RFC 2397; Fetch standard, "data: URLs"; Infra standard, "forgiving-base64 decode").
 */
#include "src/find/find.h"

#include <string.h>

static const char scheme[] = "data:";
#define SCHEME_NBYTES (sizeof scheme - 1)

static const char too_large[] = "the data: URL holds more than the limit";

/*
 * What a byte of a base64 body is: a digit 0 to 63 with DIGIT added, or one of the others. Bytes
 * from 0x80 on are FOREIGN.
 */
enum { FOREIGN = 0, SPACE = 1, PADDING = 2, DIGIT = 64 };

#define S SPACE
#define P PADDING
static const uint8_t classes[256] = {
    0,   0,   0,   0,   0,   0,   0,   0,   0,   S,   S,   0,   S,   S,   0,   0,   /* 00 */
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   /* 10 */
    S,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   126, 0,   0,   0,   127, /* 20 */
    116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 0,   0,   0,   P,   0,   0,   /* 30 */
    0,   64,  65,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  /* 40 */
    79,  80,  81,  82,  83,  84,  85,  86,  87,  88,  89,  0,   0,   0,   0,   0,   /* 50 */
    0,   90,  91,  92,  93,  94,  95,  96,  97,  98,  99,  100, 101, 102, 103, 104, /* 60 */
    105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 0,   0,   0,   0,   0,   /* 70 */
};
#undef S
#undef P

struct decoder {
    const uint8_t *p, *end;
    uint8_t *out, *out_end;
    const char *reason; /* of what went wrong, at `p` */
};

static int fail(struct decoder *d, const char *reason, const uint8_t *at)
{
    d->reason = reason;
    d->p = at;
    return -1;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next byte, percent-decoded; there is one. */
static uint8_t next_byte(struct decoder *d)
{
    uint8_t c = *d->p++;

    if (c == '%' && d->end - d->p >= 2) {
        int high = hex_value(d->p[0]), low = hex_value(d->p[1]);
        if (high >= 0 && low >= 0) {
            d->p += 2;
            c = (uint8_t)(high << 4 | low);
        }
    }
    return c;
}

static int decode_plain(struct decoder *d)
{
    while (d->p < d->end) {
        const uint8_t *at = d->p;
        uint8_t c = next_byte(d);
        if (d->out == d->out_end) {
            return fail(d, too_large, at);
        }
        *d->out++ = c;
    }
    return 0;
}

/* Fours of digits without anything between them, as long as there are such and room for them. */
static void decode_fours(struct decoder *d)
{
    while (d->end - d->p >= 4 && d->out_end - d->out >= 3) {
        unsigned a = classes[d->p[0]], b = classes[d->p[1]];
        unsigned c = classes[d->p[2]], e = classes[d->p[3]];
        if ((a & b & c & e & DIGIT) == 0) {
            return;
        }
        d->out[0] = (uint8_t)(a << 2 | (b >> 4 & 0x03));
        d->out[1] = (uint8_t)(b << 4 | (c >> 2 & 0x0f));
        d->out[2] = (uint8_t)(c << 6 | (e & 0x3f));
        d->out += 3;
        d->p += 4;
    }
}

static int decode_base64(struct decoder *d)
{
    static const char foreign[] = "a character in the data: URL that is not base64";
    const uint8_t *first_padding = NULL;
    unsigned n_digits = 0; /* modulo 4 */
    unsigned n_padding = 0, bits = 0;

    while (d->p < d->end) {
        if (n_digits + n_padding == 0) {
            decode_fours(d);
            if (d->p == d->end) {
                break;
            }
        }
        const uint8_t *at = d->p;
        unsigned class = classes[next_byte(d)];
        if (class == SPACE) {
            continue;
        }
        if (class == PADDING && n_padding < 2) {
            first_padding = n_padding++ == 0 ? at : first_padding;
            continue;
        }
        if (class < DIGIT || n_padding > 0) {
            return fail(d, foreign, class < DIGIT ? at : first_padding);
        }
        bits = bits << 6 | (class - DIGIT);
        n_digits = (n_digits + 1) % 4;
        if (n_digits != 1) {
            if (d->out == d->out_end) {
                return fail(d, too_large, at);
            }
            /* 12, 18 and 24 bits are there: the second, third and fourth digit complete a byte. */
            *d->out++ = (uint8_t)(bits >> (6 - 2 * ((n_digits + 3) % 4)));
        }
    }
    if (n_padding > 0 && (n_digits + n_padding) % 4 != 0) {
        return fail(d, foreign, first_padding);
    }
    return n_digits == 1 ? fail(d, "the base64 in the data: URL lacks an end", d->end) : 0;
}

/* `name` is in lower case; strncasecmp would ask the locale. */
static int equals_in_any_case(const uint8_t *p, const char *name, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        uint8_t c = p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i];
        if (c != (uint8_t)name[i]) {
            return 0;
        }
    }
    return 1;
}

/* Whether what is between scheme and comma ends in ;base64 (Fetch: any case, blanks around it). */
static int ends_in_base64(const uint8_t *p, const uint8_t *end)
{
    static const char name[] = "base64";
    const size_t name_nbytes = sizeof name - 1;

    while (end > p && classes[end[-1]] == SPACE) {
        end--;
    }
    if ((size_t)(end - p) < name_nbytes ||
        !equals_in_any_case(end - name_nbytes, name, name_nbytes)) {
        return 0;
    }
    end -= name_nbytes;
    while (end > p && end[-1] == ' ') {
        end--;
    }
    return end > p && end[-1] == ';';
}

int smc_is_data_url(const void *url, size_t nbytes)
{
    return nbytes >= SCHEME_NBYTES && equals_in_any_case(url, scheme, SCHEME_NBYTES);
}

int smc_data_url_decode(const void *url, size_t nbytes, uint64_t max_nbytes, struct smc_buf *buf,
                        struct smc_data_url_error *error)
{
    const uint8_t *start = url;

    if (!smc_is_data_url(url, nbytes)) {
        *error = (struct smc_data_url_error){"it is not a data: URL", 0, 0};
        return -1;
    }
    const uint8_t *header = start + SCHEME_NBYTES, *end = start + nbytes;
    const uint8_t *comma = memchr(header, ',', (size_t)(end - header));
    if (comma == NULL) {
        *error = (struct smc_data_url_error){"the data: URL has no comma", nbytes, 0};
        return -1;
    }
    int is_base64 = ends_in_base64(header, comma);
    size_t body_nbytes = (size_t)(end - comma) - 1;
    size_t room = is_base64 ? body_nbytes / 4 * 3 + 3 : body_nbytes;
    room = room < max_nbytes ? room : (size_t)max_nbytes;

    struct decoder d = {.p = comma + 1, .end = end, .out = smc_buf_reserve(buf, room)};
    if (d.out == NULL) {
        *error = (struct smc_data_url_error){"out of memory", 0, 0};
        return -1;
    }
    d.out_end = d.out + room;
    if ((is_base64 ? decode_base64(&d) : decode_plain(&d)) != 0) {
        *error =
            (struct smc_data_url_error){d.reason, (size_t)(d.p - start), d.reason == too_large};
        return -1;
    }
    buf->nbytes = (size_t)(d.out - buf->data);
    return 0;
}
