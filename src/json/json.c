/*
 * Checking JSON text.
 */
#include "src/json/json.h"

#include "src/json/skip.h"

#include <string.h>

struct scanner {
    const uint8_t *p, *end;
    smc_json_skip skip;
    struct smc_buf *spans;
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

static size_t n_spans_of(const struct scanner *s)
{
    return s->spans->nbytes / sizeof(struct smc_json_span);
}

/*
 * Records where the value ends that has been checked, if it is long for what is recorded of its inside
 * already, which is what follows the first `n_before`. So no part of the text has more than a span for each
 * SMC_JSON_LONG_NBYTES of it, however it is nested. Spans are sorted by their starts.
 */
static void record_end(struct scanner *s, const uint8_t *start, size_t n_before)
{
    const size_t n_inside = n_spans_of(s) - n_before;
    const struct smc_json_span span = {start, s->p};

    if ((size_t)(s->p - start) / SMC_JSON_LONG_NBYTES <= n_inside) {
        return;
    }
    smc_buf_append(s->spans, &span, sizeof span);
    if (n_inside > 0 && !s->spans->failed) {
        struct smc_json_span *spans = (void *)s->spans->data;
        memmove(spans + n_before + 1, spans + n_before, n_inside * sizeof *spans);
        spans[n_before] = span;
    }
}

/* A table, as no branch can tell whether a digit or a letter comes next. */
static const uint8_t is_hex[256] = {
    ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
    ['8'] = 1, ['9'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1,
    ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1};

/* Escapes of six bytes, which come in runs. */
static int check_unicode_escapes(struct scanner *s)
{
    const uint8_t *p = s->p, *end = s->end;

    do {
        if (end - p < 6 || !(is_hex[p[2]] & is_hex[p[3]] & is_hex[p[4]] & is_hex[p[5]])) {
            return fail(s, "\\u without four hexadecimal digits", p);
        }
        p += 6;
    } while (end - p >= 2 && p[0] == '\\' && p[1] == 'u');
    s->p = p;
    return 0;
}

static int check_string(struct scanner *s)
{
    const uint8_t *start = s->p;

    for (s->p++;;) {
        const uint8_t *p = s->p = s->skip(s->p, s->end);
        if (p == s->end || (*p == '\\' && s->end - p < 2)) {
            return fail(s, "string without an end", start);
        }
        if (*p == '"') {
            s->p++;
            record_end(s, start, n_spans_of(s));
            return 0;
        }
        if (*p != '\\') {
            return fail(s, "raw control character in a string", p);
        }
        if (p[1] == 'b') {
            s->p += 2;
        } else if (p[1] != 'u') {
            return fail(s, "unknown escape in a string", p);
        } else if (check_unicode_escapes(s) != 0) {
            return -1;
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
    struct {
        const uint8_t *start;
        size_t n_before;
    } open[SMC_JSON_SPAN_DEPTH_MAX];
    unsigned depth = 0;

    for (;;) {
        /* At the start of a value. */
        if (s->p < s->end && (*s->p == '{' || *s->p == '[')) {
            const int object = *s->p == '{';
            const uint8_t *start = s->p;
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
                if (depth < SMC_JSON_SPAN_DEPTH_MAX) {
                    open[depth].start = start;
                    open[depth].n_before = n_spans_of(s);
                }
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
            if (--depth < SMC_JSON_SPAN_DEPTH_MAX) {
                record_end(s, open[depth].start, open[depth].n_before);
            }
        }
    }
}

int smc_json_check(struct smc_json_text *text, const uint8_t *bytes, size_t nbytes, int skips_xssi,
                   struct smc_json *root, struct smc_json_error *error)
{
    *text = (struct smc_json_text){.end = bytes + nbytes, .level = smc_cpu_level()};
    struct scanner s = {bytes, text->end, smc_json_skip_of(text->level), &text->spans, error};

    if (skips_xssi && nbytes >= 4 && memcmp(bytes, ")]}'", 4) == 0) {
        while (s.p < s.end && *s.p != '\n' && *s.p != '\r') {
            s.p++;
        }
    } else if (nbytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        s.p += 3;
    }
    s.p = skip_space(s.p, s.end);
    if (s.p == s.end) {
        return fail(&s, "the input is empty", s.p);
    }
    *root = (struct smc_json){.type = smc_json_type_at(s.p), .start = s.p, .text = text};
    if (check_value(&s) != 0) {
        return -1;
    }
    root->end = s.p;
    s.p = skip_space(s.p, s.end);
    if (s.p != s.end) {
        return fail(&s, "text after the end of the JSON value", s.p);
    }
    return text->spans.failed ? fail(&s, NULL, NULL) : 0;
}

void smc_json_trust(struct smc_json_text *text, const uint8_t *bytes, size_t nbytes,
                    struct smc_json *root)
{
    *text = (struct smc_json_text){.end = bytes + nbytes, .level = smc_cpu_level()};
    *root = (struct smc_json){smc_json_type_at(bytes), bytes, text->end, text};
}

void smc_json_text_free(struct smc_json_text *text)
{
    smc_buf_free(&text->spans);
}
