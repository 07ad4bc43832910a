#include "src/javascript/scanner.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

const uint8_t *smc_js_string(struct scanner *s, const uint8_t *p)
{
    const uint8_t quote = *p, *start = p++;

    for (;; p++) {
        if (*p == quote) {
            return p + 1;
        }
        if (*p == '\\') {
            p += p[1] == '\r' && p[2] == '\n' ? 2 : 1;
        } else if (*p == '\n' || *p == '\r') {
            break;
        }
        if (p >= s->end) {
            break;
        }
    }
    return smc_js_lose(s, start, "a string without an end");
}

const uint8_t *smc_js_number(const uint8_t *p)
{
    const int is_hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');

    for (;;) {
        if (smc_js_part[*p] == 1 || *p == '.') {
            p++;
        } else if ((*p == '+' || *p == '-') && (p[-1] == 'e' || p[-1] == 'E') && !is_hex) {
            p++;
        } else {
            return p;
        }
    }
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
