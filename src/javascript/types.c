/*
 * Types of TypeScript are passed over: nothing in them is ever in a function. They are read with a stack of
 * brackets, in two states: a type must come, or one is behind.
 */
#include "src/javascript/scanner.h"

#include <stdlib.h>
#include <string.h>

enum bracket {
    ROUND = 1,
    SQUARE,
    CURLY,
    ANGLE,
    TEMPLATE,
    BRACKET_KIND = 7,
    BEFORE_FUNCTION = 8, /* type parameters: the ( of a function type must follow */
    NO_PARAMETERS = 16,  /* a ( ) that cannot be the parameters of a function type */
    IS_FIRST = 32        /* in a ( ): what is behind its first word is still to be seen */
};

struct types {
    struct scanner *s;
    uint32_t depth;
    unsigned n_extends, n_conditions; /* outside of all brackets */
    int is_list;                      /* < > or { } as a whole, not one type */
    int must_come;                    /* a type; otherwise one is behind */
    int is_group;                     /* the one behind may be the parameters of a function type */
    int is_import;                    /* the one behind is the word */
    const uint8_t *word;              /* the one behind, if it is a word; or NULL */
    int is_done, is_bad;
};

static uint8_t *top_of(const struct types *t)
{
    return &t->s->js->brackets[t->depth - 1];
}

static int is_in(const struct types *t, enum bracket kind)
{
    return t->depth > 0 && (*top_of(t) & BRACKET_KIND) == (uint8_t)kind;
}

static const uint8_t *bad(struct types *t, const uint8_t *p)
{
    t->is_bad = 1;
    return p;
}

/* A type ends where something else begins; brackets must have been closed. */
static const uint8_t *done(struct types *t, const uint8_t *end)
{
    t->is_done = t->depth == 0 && !t->is_list;
    t->is_bad = !t->is_done;
    return end;
}

static const uint8_t *push(struct types *t, const uint8_t *end, unsigned bracket)
{
    struct smc_js *js = t->s->js;

    if (t->depth == js->brackets_capacity) {
        const uint32_t larger = js->brackets_capacity + js->brackets_capacity / 2 + 64;
        uint8_t *room = realloc(js->brackets, larger);
        if (room == NULL) {
            t->s->is_memory_out = 1;
            return bad(t, end);
        }
        js->brackets = room;
        js->brackets_capacity = larger;
    }
    js->brackets[t->depth++] = (uint8_t)bracket;
    t->must_come = 1;
    t->is_group = t->is_import = 0;
    return end;
}

/* A type is behind now. */
static const uint8_t *behind(struct types *t, const uint8_t *end)
{
    t->must_come = 0;
    t->is_group = t->is_import = 0;
    t->word = NULL;
    return end;
}

static const uint8_t *next_type(struct types *t, const uint8_t *end)
{
    t->must_come = 1;
    return end;
}

/* What is read now is not the first word of parameters. */
static void not_parameters(const struct types *t)
{
    if (is_in(t, ROUND) && (*top_of(t) & IS_FIRST) != 0) {
        *top_of(t) = ROUND | NO_PARAMETERS;
    }
}

static const uint8_t *close(struct types *t, const uint8_t *p, enum bracket kind)
{
    if (t->depth == 0 && !t->is_list) {
        return t->must_come ? bad(t, p) : done(t, p);
    }
    if (!is_in(t, kind)) {
        return bad(t, p);
    }
    const unsigned bracket = *top_of(t);
    t->depth--;
    behind(t, p);
    t->is_group = kind == ROUND && (bracket & NO_PARAMETERS) == 0;
    if ((bracket & BEFORE_FUNCTION) != 0) {
        t->must_come = 1;
    }
    t->is_done = t->is_list && t->depth == 0;
    return p + 1;
}

static const uint8_t *template_type(struct types *t, const uint8_t *p)
{
    int is_over;
    const uint8_t *end = smc_js_template(t->s, p, &is_over);

    if (end == NULL) {
        return bad(t, p);
    }
    return is_over ? behind(t, end) : push(t, end, TEMPLATE);
}

/* } of a substitution in a template. */
static const uint8_t *template_rest(struct types *t, const uint8_t *p)
{
    t->depth--;
    return template_type(t, p + 1);
}

static const uint8_t *string_type(struct types *t, const uint8_t *p)
{
    const uint8_t *end = smc_js_string(t->s, p);

    not_parameters(t);
    return end != NULL ? behind(t, end) : bad(t, p);
}

/* Whether the word, which may be an operator of types, is one here: its operand follows, or a modifier's key. */
static int is_before_type(enum smc_js_word word, const uint8_t *next)
{
    if (smc_js_is_word_start(next)) {
        const enum smc_js_word after = smc_js_word(next, (size_t)(smc_js_word_end(next) - next));
        return (after != WORD_EXTENDS || word == WORD_READONLY) && after != WORD_IN;
    }
    switch (*next) {
    case '(':
        return word == WORD_NEW || word == WORD_KEYOF || word == WORD_READONLY;
    case '<':
        return word == WORD_NEW;
    case '{':
    case '[':
    case '"':
    case '\'':
    case '`':
    case '#':
        return word == WORD_KEYOF || word == WORD_READONLY;
    default:
        return word == WORD_READONLY && *next >= '0' && *next <= '9';
    }
}

/* Whether the type behind has no type arguments. Then < is an operator: x as number < y. */
static int is_keyword_behind(const struct types *t)
{
    static const char *const words[] = {"any",    "unknown",   "string", "number", "bigint",
                                        "symbol", "boolean",   "never",  "object", "void",
                                        "null",   "undefined", "true",   "false"};
    const size_t nbytes = t->word != NULL ? (size_t)(smc_js_word_end(t->word) - t->word) : 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == nbytes && memcmp(words[i], t->word, nbytes) == 0) {
            return 1;
        }
    }
    return 0;
}

static const uint8_t *word_type(struct types *t, const uint8_t *p)
{
    const uint8_t *end = smc_js_word_end(p), *next;
    const enum smc_js_word word = smc_js_word(p, (size_t)(end - p));
    int has_newline, is_prefix = 0;

    switch (word) {
    case WORD_KEYOF:
    case WORD_UNIQUE:
    case WORD_READONLY:
    case WORD_INFER:
    case WORD_TYPEOF:
    case WORD_NEW:
        is_prefix = 1;
        break;
    case WORD_ABSTRACT:
    case WORD_ASSERTS:
        is_prefix = 1;
        break;
    case WORD_IN:
    case WORD_OUT:
    case WORD_CONST:
        is_prefix = is_in(t, ANGLE);
        break;
    default:
        break;
    }
    if (is_prefix) {
        next = smc_js_peek(t->s, end, &has_newline);
        if (is_before_type(word, next)) {
            not_parameters(t);
            return next_type(t, end); /* the type is still to come */
        }
    }
    behind(t, end);
    t->is_import = word == WORD_IMPORT;
    t->word = p;
    return end;
}

static int is_number(const uint8_t *p)
{
    p += *p == '.';
    return *p >= '0' && *p <= '9';
}

static const uint8_t *type_start(struct types *t, const uint8_t *p)
{
    int has_newline;

    if (smc_js_is_word_start(p)) {
        return word_type(t, p);
    }
    switch (*p) {
    case '"':
    case '\'':
        return string_type(t, p);
    case '`':
        not_parameters(t);
        return template_type(t, p + 1);
    case '(':
        not_parameters(t);
        return push(t, p + 1, ROUND | IS_FIRST);
    case '[':
        return push(t, p + 1, SQUARE);
    case '{':
        return push(t, p + 1, CURLY);
    case '<':
        not_parameters(t);
        return push(t, p + 1, ANGLE | (is_in(t, CURLY) ? 0 : BEFORE_FUNCTION));
    case ')':
        return close(t, p, ROUND);
    case ']':
        return close(t, p, SQUARE);
    case '}':
        return close(t, p, CURLY);
    case '>':
        return close(t, p, ANGLE);
    case '|':
    case '&':
        return p[1] == p[0] ? bad(t, p) : p + 1;
    case '.':
        if (p[1] == '.' && p[2] == '.') {
            if (is_in(t, ROUND)) {
                *top_of(t) &= (uint8_t)~IS_FIRST;
            }
            return p + 3;
        }
        return is_number(p) ? behind(t, smc_js_number(p)) : bad(t, p);
    case ',':
    case ';':
        return t->depth > 0 ? p + 1 : bad(t, p);
    case '-':
    case '+': /* -1, -readonly */
        if (!is_in(t, CURLY) && (*p == '+' || !is_number(smc_js_peek(t->s, p + 1, &has_newline)))) {
            return bad(t, p);
        }
        not_parameters(t);
        return p + 1;
    case '#':
        return behind(t, smc_js_word_end(p + 1));
    default:
        if (is_number(p)) {
            not_parameters(t);
            return behind(t, smc_js_number(p));
        }
        return bad(t, p);
    }
}

static const uint8_t *word_behind(struct types *t, const uint8_t *p, int has_newline)
{
    const uint8_t *end = smc_js_word_end(p);

    switch (smc_js_word(p, (size_t)(end - p))) {
    case WORD_EXTENDS:
        if (t->depth == 0) {
            if (has_newline) {
                return done(t, p);
            }
            t->n_extends++;
        }
        return next_type(t, end);
    case WORD_IS:
        if (t->depth == 0 && has_newline) {
            return done(t, p);
        }
        return next_type(t, end);
    case WORD_IN:
    case WORD_AS:
        if (is_in(t, SQUARE)) {
            return next_type(t, end);
        }
        break;
    default:
        break;
    }
    if (is_in(t, CURLY)) { /* a modifier, or the next member on a line of its own */
        return word_type(t, p);
    }
    return done(t, p);
}

static const uint8_t *question_behind(struct types *t, const uint8_t *p)
{
    int has_newline;

    if (t->depth > 0) {
        const uint8_t c = *smc_js_peek(t->s, p + 1, &has_newline);
        const int is_mark = c == ':' || c == ',' || c == ')' || c == ']' || c == ';' || c == '}' ||
                            c == '=' || (is_in(t, CURLY) && (c == '(' || c == '<'));
        return is_mark ? p + 1 : next_type(t, p + 1);
    }
    if (t->n_extends <= t->n_conditions) {
        return done(t, p);
    }
    t->n_conditions++;
    return next_type(t, p + 1);
}

static const uint8_t *colon_behind(struct types *t, const uint8_t *p)
{
    if (t->depth == 0) {
        if (t->n_conditions == 0) {
            return done(t, p);
        }
        t->n_conditions--;
        t->n_extends--;
    }
    return next_type(t, p + 1);
}

static const uint8_t *equals_behind(struct types *t, const uint8_t *p)
{
    if (p[1] == '>' && t->is_group) {
        return next_type(t, p + 2);
    }
    if (p[1] != '=' && p[1] != '>' && (is_in(t, ANGLE) || is_in(t, ROUND))) {
        return next_type(t, p + 1);
    }
    return done(t, p);
}

/* Whether what is behind the first word of a ( ) makes it parameters. */
static void look_behind_first(const struct types *t, const uint8_t *p)
{
    if (is_in(t, ROUND) && (*top_of(t) & IS_FIRST) != 0) {
        const int is_parameter =
            *p == ':' || *p == ',' || *p == '?' || *p == ')' || (*p == '=' && p[1] != '>');
        *top_of(t) = is_parameter ? ROUND : ROUND | NO_PARAMETERS;
    }
}

static const uint8_t *type_behind(struct types *t, const uint8_t *p, int has_newline)
{
    int ignored;

    look_behind_first(t, p);
    if (smc_js_is_word_start(p)) {
        return word_behind(t, p, has_newline);
    }
    switch (*p) {
    case '.':
        p = smc_js_peek(t->s, p + 1, &ignored);
        p += *p == '#';
        return smc_js_is_word_start(p) ? behind(t, smc_js_word_end(p)) : bad(t, p);
    case '|':
    case '&':
        return p[1] == p[0] || p[1] == '=' ? done(t, p) : next_type(t, p + 1);
    case '[':
        return t->depth == 0 && has_newline ? done(t, p) : push(t, p + 1, SQUARE);
    case '<':
        return t->depth == 0 && (has_newline || is_keyword_behind(t)) ? done(t, p)
                                                                      : push(t, p + 1, ANGLE);
    case '(':
        return is_in(t, CURLY) || t->is_import ? push(t, p + 1, ROUND) : done(t, p);
    case '=':
        return equals_behind(t, p);
    case '?':
        return question_behind(t, p);
    case ':':
        return colon_behind(t, p);
    case ',':
        return t->depth > 0 ? next_type(t, p + 1) : done(t, p);
    case ';':
        return is_in(t, CURLY) ? next_type(t, p + 1) : done(t, p);
    case ')':
        return close(t, p, ROUND);
    case ']':
        return close(t, p, SQUARE);
    case '}':
        return is_in(t, TEMPLATE) ? template_rest(t, p) : close(t, p, CURLY);
    case '>':
        return close(t, p, ANGLE);
    case '+':
    case '-':
        return is_in(t, CURLY) ? p + 1 : done(t, p);
    default:
        if (is_in(t, CURLY) && has_newline) { /* a member on a line of its own */
            return type_start(t, p);
        }
        return done(t, p);
    }
}

const uint8_t *smc_js_read_types(struct scanner *s, const uint8_t *p, int is_list,
                                 const uint8_t **at)
{
    struct types t = {.s = s, .is_list = is_list, .must_come = 1};
    const uint8_t *end = p;

    if (is_list) {
        end = push(&t, p + 1, *p == '{' ? CURLY : ANGLE);
    }
    while (!t.is_done && !t.is_bad) {
        int has_newline;
        const uint8_t *next = smc_js_peek(s, end, &has_newline);
        *at = next;
        if (next >= s->end && (t.must_come || t.depth > 0)) {
            return NULL;
        }
        const uint8_t *after =
            t.must_come ? type_start(&t, next) : type_behind(&t, next, has_newline);
        if (!t.is_done || is_list) {
            end = after;
        }
    }
    return t.is_bad ? NULL : end;
}

static const uint8_t *must_be_types(struct scanner *s, const uint8_t *p, int is_list)
{
    const uint8_t *at = p, *end = smc_js_read_types(s, p, is_list, &at);

    return end != NULL ? end : smc_js_lose(s, at, "a type that makes no sense");
}

const uint8_t *smc_js_type(struct scanner *s, const uint8_t *p)
{
    return must_be_types(s, p, 0);
}

const uint8_t *smc_js_braces_type(struct scanner *s, const uint8_t *p)
{
    return must_be_types(s, p, 1);
}

const uint8_t *smc_js_type_list(struct scanner *s, const uint8_t *p)
{
    return must_be_types(s, p, 1);
}

const uint8_t *smc_js_type_names(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    for (;;) {
        p = smc_js_type(s, p);
        if (p == NULL) {
            return NULL;
        }
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        if (*next == '<') { /* which other types have on their own line alone */
            p = smc_js_type_list(s, next);
            if (p == NULL) {
                return NULL;
            }
            next = smc_js_peek(s, p, &has_newline);
        }
        if (*next != ',') {
            return p;
        }
        p = next + 1;
    }
}
