#include "src/javascript/scanner.h"

/* A name of an element or an attribute: a-b, a:b; of an element also a.b. */
static const uint8_t *jsx_name(struct scanner *s, const uint8_t *p, int with_dots)
{
    int has_newline;

    for (;;) {
        p = smc_js_word_end(p);
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        if (*next == '-') {
            p = next + 1;
        } else if (*next == ':' || (*next == '.' && with_dots)) {
            p = smc_js_peek(s, next + 1, &has_newline);
            if (!smc_js_is_word_start(p)) {
                return p;
            }
        } else {
            return p;
        }
    }
}

void smc_js_jsx_after(struct scanner *s)
{
    const struct smc_js_frame *top = smc_js_top(s);

    if (top->kind == FRAME_JSX) {
        s->mode = top->state == 0 ? MODE_JSX_ATTRIBUTES : MODE_JSX_TEXT;
        return;
    }
    s->mode = MODE_OPERATOR;
    s->operand_kind = OPERAND_OTHER;
    s->is_chain = 0;
}

/* The tag at hand has its >. */
static const uint8_t *tag_done(struct scanner *s, const uint8_t *end)
{
    struct smc_js_frame *top = smc_js_top(s);

    top->state = 1;
    top->name = top->name_end = 0;
    top->node = 0;
    s->mode = MODE_JSX_TEXT;
    return end;
}

const uint8_t *smc_js_jsx_open(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *name = smc_js_peek(s, p + 1, &has_newline);

    if (smc_js_push(s, FRAME_JSX, p) == NULL) {
        return NULL;
    }
    if (*name == '>') {
        return tag_done(s, name + 1);
    }
    if (!smc_js_is_word_start(name)) {
        return smc_js_lose(s, p, "no expression starts like this");
    }
    s->mode = MODE_JSX_ATTRIBUTES;
    const uint8_t *end = jsx_name(s, name, 1), *next = smc_js_peek(s, end, &has_newline);
    smc_js_top(s)->own_name = smc_js_offset(s, name);
    smc_js_top(s)->own_name_end = smc_js_offset(s, end);
    return *next == '<' && s->is_typed ? smc_js_type_list(s, next) : end;
}

static const uint8_t *open_value(struct scanner *s, const uint8_t *p, enum mode mode)
{
    s->mode = mode;
    return smc_js_push(s, FRAME_JSX_VALUE, p) != NULL ? p + 1 : NULL;
}

/* A string of JSX has no escapes, and may span lines. */
static const uint8_t *jsx_string(struct scanner *s, const uint8_t *p)
{
    const uint8_t quote = *p, *start = p++;

    while (p < s->end && *p != quote) {
        p++;
    }
    return p < s->end ? p + 1 : smc_js_lose(s, start, "a string without an end");
}

static const uint8_t *attribute(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *top = smc_js_top(s);
    const uint8_t *end = jsx_name(s, p, 0);
    int has_newline;

    top->name = smc_js_offset(s, p);
    top->name_end = smc_js_offset(s, end);
    top->node = 0;
    p = smc_js_peek(s, end, &has_newline);
    if (*p != '=') {
        return end;
    }
    p = smc_js_peek(s, p + 1, &has_newline);
    switch (*p) {
    case '"':
    case '\'':
        return jsx_string(s, p);
    case '{':
        return open_value(s, p, MODE_OPTIONAL);
    case '<':
        return smc_js_jsx_open(s, p);
    default:
        return smc_js_lose(s, p, "the value of an attribute is missing");
    }
}

const uint8_t *smc_js_jsx_attributes(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *top = smc_js_top(s);
    int has_newline;

    if (smc_js_is_word_start(p)) {
        return attribute(s, p);
    }
    switch (*p) {
    case '{': /* {...all} */
        top->name = top->name_end = 0;
        top->node = 0;
        return open_value(s, p, MODE_OPERAND);
    case '>':
        return tag_done(s, p + 1);
    case '/':
        p = smc_js_peek(s, p + 1, &has_newline);
        if (*p != '>') {
            break;
        }
        smc_js_pop(s);
        smc_js_jsx_after(s);
        return p + 1;
    default:
        break;
    }
    return smc_js_lose(s, p, "neither an attribute nor the end of the tag");
}

/* Whether two names are the same, but for white space and comments around their dots. */
static int is_same_name(struct scanner *s, const uint8_t *a, const uint8_t *a_end, const uint8_t *b,
                        const uint8_t *b_end)
{
    int has_newline;

    while (a < a_end && b < b_end) {
        if (*a == *b) {
            a++;
            b++;
            continue;
        }
        const uint8_t *next_a = smc_js_peek(s, a, &has_newline);
        const uint8_t *next_b = smc_js_peek(s, b, &has_newline);
        if (next_a == a && next_b == b) {
            return 0;
        }
        a = next_a;
        b = next_b;
    }
    return a == a_end && b == b_end;
}

/* </name> */
static const uint8_t *closing_tag(struct scanner *s, const uint8_t *p)
{
    const struct smc_js_frame *top = smc_js_top(s);
    int has_newline;
    const uint8_t *name = smc_js_peek(s, p, &has_newline);
    const uint8_t *end = smc_js_is_word_start(name) ? jsx_name(s, name, 1) : name;

    if (!is_same_name(s, s->text + top->own_name, s->text + top->own_name_end, name, end)) {
        return smc_js_lose(s, name, "a closing tag of another name than the opening one");
    }
    p = smc_js_peek(s, end, &has_newline);
    if (*p != '>') {
        return smc_js_lose(s, p, "a closing tag without its end");
    }
    smc_js_pop(s);
    smc_js_jsx_after(s);
    return p + 1;
}

const uint8_t *smc_js_jsx_text(struct scanner *s, const uint8_t *p)
{
    const uint8_t *start = p;
    int has_newline;

    while (p < s->end && *p != '<' && *p != '{') { /* > and } may be text to some */
        p++;
    }
    if (*p == '{') {
        return open_value(s, p, MODE_OPTIONAL);
    }
    if (*p != '<' || p >= s->end) {
        return smc_js_lose(s, start, "an element without an end");
    }
    const uint8_t *next = smc_js_peek(s, p + 1, &has_newline);
    return *next == '/' ? closing_tag(s, next + 1) : smc_js_jsx_open(s, p);
}
