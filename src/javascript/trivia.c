#include "src/javascript/scanner.h"

#include <string.h>

/* The first line end from p on, or `end`. */
static const uint8_t *line_end_before(const uint8_t *p, const uint8_t *end)
{
    int is_line_end;

    for (;; p++) {
        if (*p > '\r' && *p < 0x80 && p < end) {
            continue;
        }
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
