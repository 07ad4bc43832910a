/*
 * Where only what follows tells a type from an expression, an attempt may fail and the text is read again. All failed
 * attempts together may read a few times the text; then the scanner gives up.
 */
#include "src/javascript/scanner.h"

#include <string.h>

/* What a failed attempt has read is read again. */
static const uint8_t *spend(struct scanner *s, const uint8_t *p, const uint8_t *at)
{
    const uint64_t nbytes = (uint64_t)(at - p) + 1;

    s->js->reason = NULL; /* of a string or a template in what is no type */
    if (nbytes > s->types_budget) {
        smc_js_lose(s, p, "too much that may be a type and is none");
    } else {
        s->types_budget -= nbytes;
    }
    return NULL;
}

/* TypeScript's canFollowTypeArgumentsInExpression: what makes a < b > c operators. */
static int may_follow_arguments(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, p, &has_newline);

    switch (*next) {
    case '(':
    case '`':
        return 1;
    case '<':
        return next[1] == '<' || next[1] == '=';
    case '+':
    case '-':
        return next[1] == '=';
    case '>':
        return 0;
    case '.':
        return next[1] < '0' || next[1] > '9';
    default:
        break;
    }
    if (has_newline) {
        return 1;
    }
    if (smc_js_is_word_start(next)) {
        switch (smc_js_word(next, (size_t)(smc_js_word_end(next) - next))) {
        case WORD_IN:
        case WORD_INSTANCEOF:
        case WORD_AS:
        case WORD_SATISFIES:
            return 1;
        default:
            return 0;
        }
    }
    return strchr("\"'[{!~@#0123456789", *next) == NULL || *next == 0 ||
           (*next == '!' && next[1] == '=');
}

const uint8_t *smc_js_type_arguments(struct scanner *s, const uint8_t *p)
{
    const struct smc_js_frame *top = smc_js_top(s);
    const uint8_t *at = p, *end = p[1] == '=' || (p[1] == '<' && p[2] == '=')
                                      ? NULL
                                      : smc_js_read_types(s, p, 1, &at);

    if (end == NULL) {
        return spend(s, p, at);
    }
    if ((top->kind == FRAME_CLASS && top->state == CLASS_HEAD) || may_follow_arguments(s, end)) {
        return end;
    }
    return spend(s, p, end);
}

const uint8_t *smc_js_arrow_type(struct scanner *s, const uint8_t *p, int is_in_arm)
{
    int has_newline;
    const uint8_t *type = smc_js_peek(s, p + 1, &has_newline);

    if (is_in_arm && *type == '(') {
        return NULL; /* the parameters of an arrow, more likely than a type */
    }
    const uint8_t *at = p, *end = smc_js_read_types(s, p + 1, 0, &at);
    if (end == NULL) {
        return spend(s, p, at);
    }
    const uint8_t *next = smc_js_peek(s, end, &has_newline);
    if (next[0] != '=' || next[1] != '>') {
        return spend(s, p, end);
    }
    if (is_in_arm && smc_js_word_end(type) == end) {
        s->arm = smc_js_offset(s, type);
    }
    return end;
}
