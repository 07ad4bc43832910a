/*
 * Walking over JSON text that has passed the check, or is trusted: no more checks.
 */
#include "src/json/json.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum smc_json_type smc_json_type_at(const uint8_t *p)
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

static size_t n_spans_of(const struct smc_json_text *text)
{
    return text->spans.nbytes / sizeof(struct smc_json_span);
}

/* The first recorded value that starts at `p` or later, looked for from the one at `low` on. */
static size_t find_span(const struct smc_json_text *text, size_t low, const uint8_t *p)
{
    const struct smc_json_span *spans = (const void *)text->spans.data;
    size_t high = n_spans_of(text);

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (spans[middle].start < p) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The end of a value, if it has been recorded; else NULL. */
static const uint8_t *recorded_end(struct smc_json_walk *walk, const uint8_t *p)
{
    if (walk->span == n_spans_of(walk->text)) { /* of a short text there is none at all */
        return NULL;
    }
    const struct smc_json_span *span =
        (const struct smc_json_span *)(const void *)walk->text->spans.data + walk->span;
    if (span->start != p) {
        return NULL;
    }
    /* Of a string the next one follows; of a container, the next one that is not in it. */
    walk->span = *p == '"' ? walk->span + 1 : find_span(walk->text, walk->span + 1, span->end);
    return span->end;
}

#if defined(__SSE2__)
/* Which of 16 bytes are quotes and backslashes. */
static inline uint32_t ends16(const uint8_t *p)
{
    const __m128i bytes = _mm_loadu_si128((const void *)p);

    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
}
#endif

/* A string that is not recorded is short, where there was a check. */
static const uint8_t *short_string_end(const uint8_t *p, const struct smc_json_text *text)
{
#if defined(__SSE2__)
    const int has_vectors = text->level >= SMC_CPU_BASELINE;
#else
    (void)text;
#endif

    for (p++;; p += 2) { /* over a backslash and what it escapes */
#if defined(__SSE2__)
        for (; has_vectors && text->end - p >= 32; p += 32) {
            const uint32_t mask = ends16(p) | ends16(p + 16) << 16;
            if (mask != 0) {
                p += __builtin_ctz(mask);
                break;
            }
        }
#endif
        while (*p != '"' && *p != '\\') {
            p++;
        }
        if (*p == '"') {
            return p + 1;
        }
    }
}

static const uint8_t *string_end(struct smc_json_walk *walk, const uint8_t *p)
{
    const uint8_t *end = recorded_end(walk, p);
    return end != NULL ? end : short_string_end(p, walk->text);
}

/* A container that is not recorded is short, or has enough in it that is, where there was a check. */
static const uint8_t *container_end(struct smc_json_walk *walk, const uint8_t *p)
{
    size_t depth = 0;

    for (;;) {
        const uint8_t *end = NULL;
        switch (*p) {
        case '"':
            p = string_end(walk, p);
            continue;
        case '{':
        case '[':
            end = recorded_end(walk, p);
            depth += end == NULL;
            break;
        case '}':
        case ']':
            depth--;
            break;
        default:
            break;
        }
        p = end != NULL ? end : p + 1;
        if (depth == 0) {
            return p;
        }
    }
}

static const uint8_t *value_end(struct smc_json_walk *walk, const uint8_t *p)
{
    if (*p == '"') {
        return string_end(walk, p);
    }
    if (*p == '{' || *p == '[') {
        return container_end(walk, p);
    }
    while ((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || *p == '-' || *p == '+' ||
           *p == '.' || *p == 'E') {
        p++;
    }
    return p;
}

static const uint8_t *skip_space(const uint8_t *p)
{
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') {
        p++;
    }
    return p;
}

struct smc_json_walk smc_json_walk(const struct smc_json *container)
{
    const uint8_t *inside = container->start + 1;
    return (struct smc_json_walk){inside, container->text, find_span(container->text, 0, inside)};
}

/* The value at `p`. */
static void take(struct smc_json_walk *walk, const uint8_t *p, struct smc_json *value)
{
    *value = (struct smc_json){smc_json_type_at(p), p, value_end(walk, p), walk->text};
    walk->next = value->end;
}

int smc_json_next_element(struct smc_json_walk *walk, struct smc_json *element)
{
    const uint8_t *p = skip_space(walk->next);
    if (*p == ',') {
        p = skip_space(p + 1);
    }
    if (*p == ']' || *p == '}') {
        return 0;
    }
    take(walk, p, element);
    return 1;
}

int smc_json_next_member(struct smc_json_walk *walk, struct smc_json *key, struct smc_json *value)
{
    if (!smc_json_next_element(walk, key)) {
        return 0;
    }
    take(walk, skip_space(skip_space(key->end) + 1), value);
    return 1;
}

int smc_json_is_plain(const struct smc_json *string)
{
    const uint8_t *p = string->start + 1, *end = string->end - 1;

#if defined(__SSE2__)
    const int has_vectors = string->text != NULL && string->text->level >= SMC_CPU_BASELINE;

    /* What is behind the string does not count, but can be read. */
    for (; p < end && has_vectors && string->text->end - p >= 16; p += 16) {
        const __m128i bytes = _mm_loadu_si128((const void *)p);
        const uint32_t inside = end - p >= 16 ? 0xffff : (UINT32_C(1) << (end - p)) - 1;
        const __m128i is_backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        if (((uint32_t)_mm_movemask_epi8(_mm_or_si128(bytes, is_backslash)) & inside) != 0) {
            return 0;
        }
    }
#endif
    while (p < end && *p < 0x80 && *p != '\\') {
        p++;
    }
    return p >= end;
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

/* So many digits are less than SMC_JSON_INTEGER_MAX, and no double has another value. */
#define DIGITS_PLAIN 12

/* 1 and the value of a number that is a few digits and nothing else, as nearly all are; else 0. */
static int read_digits(const struct smc_json *number, int64_t *integer)
{
    int64_t value = 0;

    if (number->end - number->start > DIGITS_PLAIN) {
        return 0;
    }
    for (const uint8_t *p = number->start; p < number->end; p++) {
        if (*p < '0' || *p > '9') {
            return 0;
        }
        value = 10 * value + (*p - '0');
    }
    *integer = value;
    return 1;
}

int smc_json_integer(const struct smc_json *number, int64_t *integer)
{
    if (read_digits(number, integer)) {
        return 0;
    }
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
