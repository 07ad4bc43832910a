#include "src/javascript/scanner.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The quote, the backslash or the line end that comes first, at p or after it. */
static const uint8_t *string_special(const uint8_t *p, const uint8_t *end, uint8_t quote)
{
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i bytes;
        memcpy(&bytes, p, sizeof bytes);
        const __m128i line_ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                                               _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
        const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)quote)),
                                            _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        const unsigned mask = (unsigned)_mm_movemask_epi8(_mm_or_si128(line_ends, others));
        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
    }
#endif
    while (p < end && *p != quote && *p != '\\' && *p != '\n' && *p != '\r') {
        p++;
    }
    return p;
}

const uint8_t *smc_js_string(struct scanner *s, const uint8_t *p)
{
    const uint8_t quote = *p, *start = p++;

    while ((p = string_special(p, s->end, quote)) < s->end) {
        if (*p == quote) {
            return p + 1;
        }
        if (*p != '\\') {
            break;
        }
        p += p[1] == '\r' && p[2] == '\n' ? 3 : 2;
    }
    return smc_js_lose(s, start, "a string without an end");
}

static int is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static const uint8_t *digits(const uint8_t *p)
{
    while (is_digit(*p) || *p == '_') {
        p++;
    }
    return p;
}

/* 017: what begins with a zero and has no digit beyond 7. It has no fraction: a dot behind is another token. */
static int is_old_octal(const uint8_t *p, const uint8_t *end)
{
    if (*p != '0' || end - p < 2) {
        return 0;
    }
    while (p < end && *p <= '7') {
        p++;
    }
    return p == end;
}

const uint8_t *smc_js_number(const uint8_t *p)
{
    const uint8_t *start = p;

    if (*p == '0' && p[1] > '9' && p[1] != 'e' && p[1] != 'E' && smc_js_part[p[1]] == 1) {
        return smc_js_word_end(p); /* 0x, 0o, 0b, 0n */
    }
    p = digits(p);
    if (*p == 'n') {
        return p + 1;
    }
    if (*p == '.' && !is_old_octal(start, p)) {
        p = digits(p + 1);
    }
    if (*p == 'e' || *p == 'E') {
        const size_t sign = p[1] == '+' || p[1] == '-';
        p = is_digit(p[1 + sign]) ? digits(p + 1 + sign) : p;
    }
    return p;
}

const uint8_t *smc_js_regex(struct scanner *s, const uint8_t *p)
{
    const uint8_t *start = p++;
    int is_class = 0;

    for (; p < s->end && *p != '\n' && *p != '\r'; p++) {
        if (*p == '\\') {
            p++;
        } else if (*p == '[') {
            is_class = 1;
        } else if (*p == ']') {
            is_class = 0;
        } else if (*p == '/' && !is_class) {
            return smc_js_word_end(p + 1); /* its flags */
        }
    }
    return smc_js_lose(s, start, "a regular expression without an end");
}

/* The first of the characters that mean something in a template, at p or after it. Shaders are long ones. */
static const uint8_t *next_special(const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i bytes;
        memcpy(&bytes, p, sizeof bytes);
        const __m128i is_special =
            _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('`')),
                         _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('$'))));
        const unsigned mask = (unsigned)_mm_movemask_epi8(is_special);
        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
    }
#endif
    while (p < end && *p != '`' && *p != '\\' && *p != '$') {
        p++;
    }
    return p;
}

const uint8_t *smc_js_template(struct scanner *s, const uint8_t *p, int *is_over)
{
    const uint8_t *start = p;

    for (; p < s->end; p++) {
        p = next_special(p, s->end);
        if (p == s->end) {
            break;
        }
        if (*p == '`') {
            *is_over = 1;
            return p + 1;
        }
        if (*p == '\\') {
            p++;
        } else if (*p == '$' && p[1] == '{') {
            *is_over = 0;
            return p + 2;
        }
    }
    return smc_js_lose(s, start, "a template without an end");
}
