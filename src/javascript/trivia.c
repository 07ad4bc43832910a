#include "src/javascript/scanner.h"

#include <string.h>

#if defined(__SSE2__)

#include <emmintrin.h>

/* Skips bytes that begin no line end, 16 at a time, up to `end` or a little beyond: zeros follow the text. */
static const uint8_t *skip_inside_line(const uint8_t *p, const uint8_t *end)
{
    for (; p < end; p += 16) {
        __m128i bytes;
        memcpy(&bytes, p, sizeof bytes);
        const __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                                                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r'))),
                                           _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)0xe2)));
        const unsigned mask = (unsigned)_mm_movemask_epi8(found);
        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
    }
    return p;
}

#else

static const uint8_t *skip_inside_line(const uint8_t *p, const uint8_t *end)
{
    (void)end;
    return p;
}

#endif

/* The first line end from p on, or `end`. */
static const uint8_t *line_end_before(const uint8_t *p, const uint8_t *end)
{
    int is_line_end;

    for (;; p++) {
        p = skip_inside_line(p, end);
        if (*p == '\n' || *p == '\r' || p >= end ||
            (*p == 0xe2 && smc_js_wide_space(p, &is_line_end) != 0 && is_line_end)) {
            return p < end ? p : end;
        }
    }
}

const uint8_t *smc_js_line_end(const struct scanner *s, const uint8_t *p)
{
    return line_end_before(p, s->end);
}

/* From behind the opening of a comment; NULL if it is not closed. */
static const uint8_t *block_comment(struct scanner *s, const uint8_t *p)
{
    const uint8_t *slash = p; /* rarer than stars, which each line of a comment may start with */

    do {
        slash = memchr(slash + 1, '/', (size_t)(s->end - slash));
        if (slash == NULL || slash >= s->end) {
            return smc_js_lose(s, p - 2, "a comment without an end");
        }
    } while (slash[-1] != '*');
    if (!s->has_newline) {
        s->has_newline = line_end_before(p, slash) < slash;
    }
    return slash + 1;
}

const uint8_t *smc_js_skip_slow(struct scanner *s, const uint8_t *p)
{
    int is_line_end;

    for (;;) {
        switch (*p) {
        case '\r':
            p += p[1] == '\n';
            s->has_newline = 1;
            p = smc_js_skip_spaces(p + 1);
            break;
        case '\n':
            s->has_newline = 1;
            p = smc_js_skip_spaces(p + 1);
            break;
        case ' ':
        case '\t':
        case '\v':
        case '\f':
            p++;
            break;
        case '/':
            if (p[1] == '/') {
                p = smc_js_line_end(s, p + 2);
            } else if (p[1] == '*') {
                p = block_comment(s, p + 2);
                if (p == NULL) {
                    return NULL;
                }
            } else {
                return p;
            }
            break;
        default:
            if (*p < 0x80) {
                return p;
            }
            const size_t n = smc_js_wide_space(p, &is_line_end);
            if (n == 0) {
                return p;
            }
            s->has_newline |= is_line_end;
            p += n;
        }
    }
}
