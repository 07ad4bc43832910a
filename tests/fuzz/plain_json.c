#include "tests/fuzz/plain_json.h"

#include "tests/fuzz/fuzzing.h"

#include <string.h>

/* What is written never has more bytes than this for each one read. */
#define GROWTH_MAX 3

static const char replacement[] = "\xef\xbf\xbd", stand_in[] = "\xee\x80\x80"; /* U+FFFD, U+E000 */

struct writer {
    char *text;
    size_t n;
};

static void put(struct writer *writer, const void *bytes, size_t nbytes)
{
    memcpy(writer->text + writer->n, bytes, nbytes);
    writer->n += nbytes;
}

static struct writer new_writer(size_t nbytes)
{
    struct writer writer = {malloc(GROWTH_MAX * nbytes + 1), 0};

    must_hold(writer.text != NULL, "no memory");
    return writer;
}

/* ---- UTF-8: table 3-7 of the Unicode standard ---- */

static const struct form {
    uint8_t lead_low, lead_high, low, high; /* of the first byte, and the second */
    size_t nbytes;
} forms[] = {{0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
             {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
             {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

/* The length of the character that begins there, or, if none does, of what U+FFFD stands for. */
static size_t character(const uint8_t *p, size_t nbytes, int *is_good)
{
    *is_good = 0;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const struct form *form = &forms[i];
        if (p[0] < form->lead_low || p[0] > form->lead_high) {
            continue;
        }
        size_t n = 1;
        while (n < form->nbytes && n < nbytes && p[n] >= (n == 1 ? form->low : 0x80) &&
               p[n] <= (n == 1 ? form->high : 0xbf)) {
            n++;
        }
        *is_good = n == form->nbytes;
        return n;
    }
    return 1;
}

/* ---- escapes ---- */

/* The code unit of \uXXXX, or -1: there is none. */
static int code_unit(const uint8_t *p, size_t nbytes)
{
    char digits[5] = {0};

    if (nbytes < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }
    memcpy(digits, p + 2, 4);
    return strspn(digits, "0123456789abcdefABCDEF") == 4 ? (int)strtol(digits, NULL, 16) : -1;
}

/* An escape, or the backslash alone; returns its length. */
static size_t put_escape(struct writer *writer, const uint8_t *p, size_t nbytes)
{
    const int unit = code_unit(p, nbytes);

    if (unit < 0) { /* with the byte behind it, unless that may be one of several */
        const size_t n = nbytes > 1 && p[1] < 0x80 ? 2 : 1;
        put(writer, p, n);
        return n;
    }
    if (unit >= 0xd800 && unit < 0xdc00) {
        const int low = code_unit(p + 6, nbytes - 6);
        if (low >= 0xdc00 && low < 0xe000) {
            put(writer, p, 12);
            return 12;
        }
    }
    put(writer,
        unit == 0                         ? "\\ue000"
        : unit >= 0xd800 && unit < 0xe000 ? "\\ufffd"
                                          : (const char *)p,
        6);
    return 6;
}

/* ---- the text ---- */

static size_t n_digits_at(const uint8_t *p, size_t nbytes)
{
    size_t n = 0;

    while (n < nbytes && p[n] >= '0' && p[n] <= '9') {
        n++;
    }
    return n;
}

static size_t put_digits(struct writer *writer, const uint8_t *p, size_t nbytes, size_t n_digits)
{
    const size_t n = n_digits_at(p, nbytes);

    put(writer, p, n < n_digits ? n : n_digits);
    return n;
}

static size_t start_of(const uint8_t *bytes, size_t nbytes, int skips_xssi)
{
    size_t at = 0;

    if (skips_xssi && nbytes >= 4 && memcmp(bytes, ")]}'", 4) == 0) {
        while (at < nbytes && bytes[at] != '\n' && bytes[at] != '\r') {
            at++;
        }
        return at;
    }
    return nbytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

json_t *plain_parse(const uint8_t *bytes, size_t nbytes, int skips_xssi, size_t n_digits,
                    enum plain_verdict *verdict)
{
    struct writer writer = new_writer(nbytes);
    json_error_t error;
    int is_string = 0, is_good;

    for (size_t at = start_of(bytes, nbytes, skips_xssi), n; at < nbytes; at += n) {
        const uint8_t *p = bytes + at;
        if (*p == '\\') {
            n = put_escape(&writer, p, nbytes - at);
        } else if (!is_string && *p >= '0' && *p <= '9') {
            n = put_digits(&writer, p, nbytes - at, n_digits);
        } else if (*p == 0) {
            n = 1;
            put(&writer, "\x01", 1);
        } else {
            is_string ^= *p == '"';
            n = character(p, nbytes - at, &is_good);
            put(&writer, is_good ? (const char *)p : replacement, is_good ? n : 3);
        }
    }
    json_t *root = json_loadb(writer.text, writer.n,
                              JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error);
    const enum json_error_code code = root == NULL ? json_error_code(&error) : json_error_unknown;
    free(writer.text);
    must_hold(root != NULL || code != json_error_out_of_memory, "no memory");
    *verdict = root != NULL ? PLAIN_GOOD
               : code == json_error_stack_overflow || code == json_error_numeric_overflow
                   ? PLAIN_BEYOND
                   : PLAIN_REFUSED;
    return root;
}

void plain_number(const uint8_t *start, const uint8_t *end, size_t n_digits, char *text,
                  size_t capacity)
{
    struct writer writer = new_writer((size_t)(end - start));

    for (const uint8_t *p = start; p < end;) {
        if (*p >= '0' && *p <= '9') {
            p += put_digits(&writer, p, (size_t)(end - p), n_digits);
        } else {
            put(&writer, p++, 1);
        }
    }
    (void)snprintf(text, capacity, "%.*s", (int)writer.n, writer.text);
    free(writer.text);
}

/* ---- strings of ours ---- */

char *plain_text(const void *bytes, size_t nbytes, size_t *text_nbytes)
{
    struct writer writer = new_writer(nbytes);
    const uint8_t *p = bytes;

    for (size_t i = 0; i < nbytes;) {
        if (p[i] == 0) {
            put(&writer, stand_in, 3);
            i++;
        } else if (p[i] == 0xed && nbytes - i >= 3 && p[i + 1] >= 0xa0) {
            put(&writer, replacement, 3);
            i += 3;
        } else {
            put(&writer, p + i++, 1);
        }
    }
    writer.text[writer.n] = 0;
    *text_nbytes = writer.n;
    return writer.text;
}

int plain_is_string(const json_t *string, const void *bytes, size_t nbytes)
{
    size_t n;
    char *text = plain_text(bytes, nbytes, &n);
    const int is_same =
        json_string_length(string) == n && memcmp(json_string_value(string), text, n) == 0;

    free(text);
    return is_same;
}
