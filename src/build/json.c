/*
 * Checking JSON text and walking over it.
 */
#include "src/build/json.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct scanner {
    const uint8_t *p, *end;
    struct smc_json_error *error;
};

static int fail(struct scanner *s, const char *reason, const uint8_t *at)
{
    *s->error = (struct smc_json_error){reason, at};
    return -1;
}

static inline const uint8_t *skip_space(const uint8_t *p, const uint8_t *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

/* The next byte that is a quote, a backslash or a control character; `end` if there is none. */
static const uint8_t *find_special(const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i control = _mm_set1_epi8(0x1f);
    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)p);
        __m128i is_special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
        unsigned mask = (unsigned)_mm_movemask_epi8(is_special);
        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && *p >= 0x20) {
        p++;
    }
    return p;
}

static int is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int check_string(struct scanner *s)
{
    const uint8_t *start = s->p, *p = s->p + 1;

    for (;;) {
        p = find_special(p, s->end);
        if (p == s->end) {
            return fail(s, "string without an end", start);
        }
        if (*p == '"') {
            s->p = p + 1;
            return 0;
        }
        if (*p != '\\') {
            return fail(s, "raw control character in a string", p);
        }
        if (s->end - p < 2) {
            return fail(s, "string without an end", start);
        }
        switch (p[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            p += 2;
            break;
        case 'u':
            if (s->end - p < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) ||
                !is_hex(p[5])) {
                return fail(s, "\\u without four hexadecimal digits", p);
            }
            p += 6;
            break;
        default:
            return fail(s, "unknown escape in a string", p);
        }
    }
}

static int is_digit(const uint8_t *p, const uint8_t *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

static int check_number(struct scanner *s)
{
    const uint8_t *p = s->p, *end = s->end;

    if (*p == '-') {
        p++;
    }
    if (!is_digit(p, end)) {
        return fail(s, "number without digits", s->p);
    }
    if (*p == '0') {
        p++;
        if (is_digit(p, end)) {
            return fail(s, "number with a leading zero", s->p);
        }
    }
    while (is_digit(p, end)) {
        p++;
    }
    if (p < end && *p == '.') {
        p++;
        if (!is_digit(p, end)) {
            return fail(s, "number without digits after the point", s->p);
        }
        while (is_digit(p, end)) {
            p++;
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        if (!is_digit(p, end)) {
            return fail(s, "number without digits in its exponent", s->p);
        }
        while (is_digit(p, end)) {
            p++;
        }
    }
    s->p = p;
    return 0;
}

static int check_word(struct scanner *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0) {
        return fail(s, "value expected", s->p);
    }
    s->p += n;
    return 0;
}

static int check_scalar(struct scanner *s)
{
    if (s->p == s->end) {
        return fail(s, "the text ends where a value is expected", s->p);
    }
    switch (*s->p) {
    case '"':
        return check_string(s);
    case 't':
        return check_word(s, "true");
    case 'f':
        return check_word(s, "false");
    case 'n':
        return check_word(s, "null");
    default:
        if (*s->p == '-' || is_digit(s->p, s->end)) {
            return check_number(s);
        }
        return fail(s, "value expected", s->p);
    }
}

/* A member's key and its colon. */
static int check_key(struct scanner *s)
{
    if (s->p == s->end || *s->p != '"') {
        return fail(s, "key expected", s->p);
    }
    if (check_string(s) != 0) {
        return -1;
    }
    s->p = skip_space(s->p, s->end);
    if (s->p == s->end || *s->p != ':') {
        return fail(s, "colon expected", s->p);
    }
    s->p = skip_space(s->p + 1, s->end);
    return 0;
}

/* One value with all that is in it, without recursion. */
static int check_value(struct scanner *s)
{
    uint8_t is_object[SMC_JSON_DEPTH_MAX / 8] = {0};
    unsigned depth = 0;

    for (;;) {
        /* At the start of a value. */
        if (s->p < s->end && (*s->p == '{' || *s->p == '[')) {
            int object = *s->p == '{';
            if (depth == SMC_JSON_DEPTH_MAX) {
                return fail(s, "nested deeper than 8,192 levels", s->p);
            }
            s->p = skip_space(s->p + 1, s->end);
            if (s->p < s->end && *s->p == (object ? '}' : ']')) {
                s->p++;
            } else {
                uint8_t bit = (uint8_t)(1 << depth % 8);
                uint8_t others = (uint8_t)(is_object[depth / 8] & ~bit);
                is_object[depth / 8] = object ? others | bit : others;
                depth++;
                if (object && check_key(s) != 0) {
                    return -1;
                }
                continue;
            }
        } else if (check_scalar(s) != 0) {
            return -1;
        }
        /* After a value: close what ends here, go on after a comma. */
        for (;;) {
            if (depth == 0) {
                return 0;
            }
            int object = is_object[(depth - 1) / 8] >> (depth - 1) % 8 & 1;
            s->p = skip_space(s->p, s->end);
            if (s->p == s->end) {
                return fail(s, object ? "object without an end" : "array without an end", s->p);
            }
            if (*s->p == ',') {
                s->p = skip_space(s->p + 1, s->end);
                if (object && check_key(s) != 0) {
                    return -1;
                }
                break;
            }
            if (*s->p != (object ? '}' : ']')) {
                return fail(s, object ? "comma or } expected" : "comma or ] expected", s->p);
            }
            s->p++;
            depth--;
        }
    }
}

static enum smc_json_type type_at(const uint8_t *p)
{
    switch (*p) {
    case '{':
        return SMC_JSON_OBJECT;
    case '[':
        return SMC_JSON_ARRAY;
    case '"':
        return SMC_JSON_STRING;
    case 't':
        return SMC_JSON_TRUE;
    case 'f':
        return SMC_JSON_FALSE;
    case 'n':
        return SMC_JSON_NULL;
    default:
        return SMC_JSON_NUMBER;
    }
}

int smc_json_check(const uint8_t *text, size_t nbytes, int skips_xssi, struct smc_json *root,
                   struct smc_json_error *error)
{
    struct scanner s = {text, text + nbytes, error};

    if (skips_xssi && nbytes >= 4 && memcmp(text, ")]}'", 4) == 0) {
        while (s.p < s.end && *s.p != '\n' && *s.p != '\r') {
            s.p++;
        }
    } else if (nbytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        s.p += 3;
    }
    s.p = skip_space(s.p, s.end);
    if (s.p == s.end) {
        return fail(&s, "the input is empty", s.p);
    }
    root->start = s.p;
    root->type = type_at(s.p);
    if (check_value(&s) != 0) {
        return -1;
    }
    root->end = s.p;
    s.p = skip_space(s.p, s.end);
    return s.p == s.end ? 0 : fail(&s, "text after the end of the JSON value", s.p);
}

/* ---- text that has passed: no more checks ---- */

static const uint8_t *string_end(const uint8_t *p)
{
    for (p++;; p += 2) { /* over a backslash and what it escapes */
        while (*p != '"' && *p != '\\') {
            p++;
        }
        if (*p == '"') {
            return p + 1;
        }
    }
}

static const uint8_t *value_end(const uint8_t *p)
{
    size_t depth = 0;

    if (*p == '"') {
        return string_end(p);
    }
    if (*p != '{' && *p != '[') {
        while ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || *p == '-' || *p == '+' ||
               *p == '.' || *p == 'E') {
            p++;
        }
        return p;
    }
    for (;;) {
        switch (*p) {
        case '"':
            p = string_end(p);
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0) {
                return p + 1;
            }
            break;
        default:
            break;
        }
        p++;
    }
}

static const uint8_t *skip_space_checked(const uint8_t *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') {
        p++;
    }
    return p;
}

struct smc_json_walk smc_json_walk(const struct smc_json *container)
{
    return (struct smc_json_walk){container->start + 1};
}

int smc_json_next_element(struct smc_json_walk *walk, struct smc_json *element)
{
    const uint8_t *p = skip_space_checked(walk->next);
    if (*p == ',') {
        p = skip_space_checked(p + 1);
    }
    if (*p == ']' || *p == '}') {
        return 0;
    }
    *element = (struct smc_json){type_at(p), p, value_end(p)};
    walk->next = element->end;
    return 1;
}

int smc_json_next_member(struct smc_json_walk *walk, struct smc_json *key, struct smc_json *value)
{
    if (!smc_json_next_element(walk, key)) {
        return 0;
    }
    const uint8_t *p = skip_space_checked(skip_space_checked(key->end) + 1);
    *value = (struct smc_json){type_at(p), p, value_end(p)};
    walk->next = value->end;
    return 1;
}

int smc_json_equals(const struct smc_json *string, const char *text)
{
    uint8_t out[64];
    size_t n, length = strlen(text);
    const uint8_t *end = smc_json_unescape(string->start + 1, string->end - 1, out, sizeof out, &n);
    return end == string->end - 1 && n == length && memcmp(out, text, n) == 0;
}

/* More digits than can matter: halfway between two doubles is a number of fewer. */
#define DIGITS_MAX 800

/* The number as a double. strtod gets a whole number and an exponent, as the point depends on the locale. */
static double value_of(const struct smc_json *number)
{
    char text[DIGITS_MAX + 16];
    size_t n = 0;
    int64_t exponent = 0, written = 0;
    const int is_negative = *number->start == '-';
    const uint8_t *p = number->start + is_negative;

    for (int after_point = 0; p < number->end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.') {
            after_point = 1;
            continue;
        }
        exponent -= after_point;
        if (n < DIGITS_MAX && (n > 0 || *p != '0')) {
            text[n++] = (char)*p;
        } else if (n == DIGITS_MAX) {
            exponent++;
            if (*p != '0') {
                text[n - 1] |= 1; /* there is more, is all that the rest says */
            }
        }
    }
    if (n == 0) {
        return is_negative ? -0.0 : 0.0;
    }
    if (p < number->end) {
        const int is_minus = p[1] == '-';
        for (p += 1 + (is_minus || p[1] == '+'); p < number->end; p++) {
            written = written > INT64_C(1) << 50 ? written : written * 10 + (*p - '0');
        }
        exponent += is_minus ? -written : written;
    }
    /* Beyond these it is infinity, or 0, whatever the digits. */
    exponent = exponent > 2000 ? 2000 : exponent < -2000 ? -2000 : exponent;
    (void)snprintf(text + n, sizeof text - n, "e%d", (int)exponent);
    double value = strtod(text, NULL);
    return is_negative ? -value : value;
}

int smc_json_integer(const struct smc_json *number, int64_t *integer)
{
    const double value = value_of(number);

    if (value < 0 || value > DBL_MAX) {
        return -1;
    }
    /* From 2^53 on all are integers. */
    *integer = value < 0x1p53 ? (int64_t)value : SMC_JSON_INTEGER_MAX;
    if (value < 0x1p53 && (double)*integer != value) {
        return -1;
    }
    if (*integer > SMC_JSON_INTEGER_MAX) {
        *integer = SMC_JSON_INTEGER_MAX;
    }
    return 0;
}
