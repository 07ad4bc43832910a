/*
 * sourceMappingURL in CSS. From behind, nothing tells where a comment starts, nor whether it is one
 * at all: that depends on strings and URLs before it. So the tokens are read forwards (CSS Syntax,
 * section 4), as coarsely as finding the comments allows.
 */
#include "src/find/scan.h"

#include <string.h>

static int is_newline(uint8_t c)
{
    return c == '\n' || c == '\r' || c == '\f';
}

static int is_css_space(uint8_t c)
{
    return c == ' ' || c == '\t' || is_newline(c);
}

/* After a backslash and what it escapes; of hexadecimal digits one will do, the rest are names. */
static const uint8_t *skip_escape(const uint8_t *p, const uint8_t *end)
{
    if (end - p < 2) {
        return end;
    }
    return end - p >= 3 && p[1] == '\r' && p[2] == '\n' ? p + 3 : p + 2;
}

/* A string ends at its quote, or bad, before a line break. */
static const uint8_t *skip_string(const uint8_t *p, const uint8_t *end)
{
    uint8_t quote = *p++;

    while (p < end && !is_newline(*p)) {
        if (*p == '\\') {
            p = skip_escape(p, end);
        } else if (*p++ == quote) {
            break;
        }
    }
    return p;
}

/* After a name, a number or a hash. */
static const uint8_t *skip_name(const uint8_t *p, const uint8_t *end)
{
    for (;;) {
        if (end - p >= 2 && *p == '\\' && !is_newline(p[1])) {
            p += 2;
        } else if (p < end && (*p >= 0x80 || *p == '-' || *p == '_' || (*p >= '0' && *p <= '9') ||
                               ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))) {
            p++;
        } else {
            return p;
        }
    }
}

/* After a URL without quotes, good or bad; `p` is after its opening parenthesis. */
static const uint8_t *skip_plain_url(const uint8_t *p, const uint8_t *end)
{
    while (p < end) {
        if (*p == '\\') {
            p = skip_escape(p, end);
        } else if (*p++ == ')') {
            break;
        }
    }
    return p;
}

/* After the token at `p`, or a part of it, that is neither white space nor a comment. */
static const uint8_t *skip_token(const uint8_t *p, const uint8_t *end)
{
    if (*p == '"' || *p == '\'') {
        return skip_string(p, end);
    }
    /* #url and @url are tokens of their own, and not the function. */
    int is_prefixed = *p == '#' || *p == '@';
    const uint8_t *name = p + is_prefixed, *after = skip_name(name, end);
    if (after == name) {
        return p + 1;
    }
    if (is_prefixed || after == end || *after != '(' || after - name != 3 ||
        (name[0] | 0x20) != 'u' || (name[1] | 0x20) != 'r' || (name[2] | 0x20) != 'l') {
        return after;
    }
    do {
        after++;
    } while (after < end && is_css_space(*after));
    /* With quotes it is a function of a string, and comments may follow that. */
    int is_quoted = after < end && (*after == '"' || *after == '\'');
    return is_quoted ? after : skip_plain_url(after, end);
}

/* The star of the star and slash that end a comment; NULL if there is no end. */
static const uint8_t *find_comment_end(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 2 && (p = memchr(p, '*', (size_t)(end - p) - 1)) != NULL) {
        if (p[1] == '/') {
            return p;
        }
        p++;
    }
    return NULL;
}

int smc_find_in_css(const uint8_t *bytes, const uint8_t *end, struct smc_range *url)
{
    int has_url = 0; /* since the last other token */

    while (end > bytes && is_css_space(end[-1])) {
        end--;
    }
    if (end - bytes < 4 || end[-1] != '/' || end[-2] != '*') {
        return 0; /* no comment is last, and there is no need to read all the rest */
    }
    if (memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3; /* a byte order mark is not of the text */
    }
    for (const uint8_t *p = bytes; p < end;) {
        if (is_css_space(*p)) {
            p++;
        } else if (end - p >= 2 && p[0] == '/' && p[1] == '*') {
            const uint8_t *close = find_comment_end(p + 2, end);
            if (close == NULL) {
                return 0;
            }
            has_url |= smc_comment_match(p + 2, close, url);
            p = close + 2;
        } else {
            has_url = 0;
            p = skip_token(p, end);
        }
    }
    return has_url;
}
