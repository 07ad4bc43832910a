#include "src/javascript/scanner.h"

#include <string.h>

/* The operand at p ends at `end`; an operator comes next. */
static const uint8_t *operand_done(struct scanner *s, const uint8_t *p, const uint8_t *end,
                                   enum operand_kind kind, int is_chain)
{
    s->mode = MODE_OPERATOR;
    s->operand = p;
    s->operand_kind = kind;
    s->is_chain = is_chain;
    s->closed_node = 0;
    return end;
}

static const uint8_t *open_frame(struct scanner *s, const uint8_t *p, enum frame_kind kind,
                                 enum mode mode)
{
    if (smc_js_push(s, kind, p) == NULL) {
        return NULL;
    }
    s->mode = mode;
    return p + 1;
}

static const uint8_t *template_operand(struct scanner *s, const uint8_t *p)
{
    int is_over;
    const uint8_t *end = smc_js_template(s, p + 1, &is_over);

    if (end == NULL || is_over) {
        return operand_done(s, p, end, OPERAND_OTHER, 0);
    }
    s->mode = MODE_OPERAND;
    return smc_js_push(s, FRAME_TEMPLATE, p) != NULL ? end : NULL;
}

static const uint8_t *prefix(struct scanner *s, const uint8_t *end)
{
    s->mode = MODE_OPERAND;
    s->binds = 1;
    return end;
}

/* Of a generator. */
static const uint8_t *yield_operator(struct scanner *s, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    s->mode = MODE_DONE;
    if (has_newline || next >= s->end) {
        return end;
    }
    switch (*next) {
    case ')':
    case ']':
    case '}':
    case ',':
    case ';':
    case ':':
        return end;
    default:
        s->mode = MODE_OPERAND;
        return *next == '*' ? next + 1 : end;
    }
}

/* Whether an operand follows a word, and no operator, so that the word cannot be an operand itself. */
static int is_before_operand(struct scanner *s, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    if (!smc_js_is_word_start(next)) {
        return !has_newline && (*next == '"' || *next == '\'' || (*next >= '0' && *next <= '9'));
    }
    switch (smc_js_word(next, (size_t)(smc_js_word_end(next) - next))) {
    case WORD_IN:
    case WORD_OF:
    case WORD_INSTANCEOF:
        return 0;
    case WORD_AS:
    case WORD_SATISFIES:
        return !s->is_typed && !has_newline;
    default:
        return !has_newline;
    }
}

/* Outside of all functions only a module awaits: there it is an operator if it can be one. */
static int is_module_await(struct scanner *s, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    return s->context == 0 && next < s->end &&
           (smc_js_is_word_start(next) ? is_before_operand(s, end) || has_newline
                                       : strchr("/{[!~@#\"'", *next) != NULL);
}

/* yield and await are identifiers in some places. */
static const uint8_t *yield_or_await(struct scanner *s, const uint8_t *p, const uint8_t *end,
                                     enum smc_js_word word)
{
    if (word == WORD_YIELD && (s->context & IN_GENERATOR) != 0) {
        return yield_operator(s, end);
    }
    if (is_before_operand(s, end) ||
        (word == WORD_AWAIT && ((s->context & IN_ASYNC) != 0 || is_module_await(s, end)))) {
        return prefix(s, end);
    }
    return operand_done(s, p, end, OPERAND_WORD, 1);
}

/* async: a function, an arrow, a call, or just a name. */
static const uint8_t *async_operand(struct scanner *s, const uint8_t *p, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    if (!has_newline && smc_js_is_word_start(next)) {
        const uint8_t *word_end = smc_js_word_end(next);
        const enum smc_js_word word = smc_js_word(next, (size_t)(word_end - next));
        if (word == WORD_FUNCTION) {
            return smc_js_function(s, p, word_end, 0);
        }
        if (*smc_js_peek(s, word_end, &has_newline) == '=' && word != WORD_IN) {
            return operand_done(s, p, word_end, OPERAND_WORD, 0); /* async x => */
        }
    } else if (s->is_typed && *next == '<') { /* async <T>(x) => */
        const uint8_t *types = smc_js_type_arguments(s, next);
        if (types != NULL && *smc_js_peek(s, types, &has_newline) == '(') {
            s->arrow = p;
            s->binds = s->is_bound;
            s->mode = MODE_OPERAND;
            return types;
        }
        if (s->js->reason != NULL) {
            return NULL;
        }
    }
    return operand_done(s, p, end, OPERAND_WORD, 1);
}

static const uint8_t *new_operand(struct scanner *s, const uint8_t *p, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    if (*next != '.') {
        return prefix(s, end);
    }
    next = smc_js_peek(s, next + 1, &has_newline); /* new.target */
    return operand_done(s, p, smc_js_word_end(next), OPERAND_OTHER, 0);
}

static const uint8_t *word_operand(struct scanner *s, const uint8_t *p)
{
    const uint8_t *end = smc_js_word_end(p);
    const enum smc_js_word word = smc_js_word(p, (size_t)(end - p));

    if (word == WORD_NONE || word == WORD_THIS) {
        if (*end == '.' && smc_js_is_word_start(end + 1)) { /* a.b, without a step for each */
            do {
                end = smc_js_word_end(end + 1);
            } while (*end == '.' && smc_js_is_word_start(end + 1));
            return operand_done(s, p, end, OPERAND_OTHER, 1);
        }
        return operand_done(s, p, end, word == WORD_NONE ? OPERAND_WORD : OPERAND_OTHER, 1);
    }
    switch (word) {
    case WORD_FUNCTION:
        return smc_js_function(s, p, end, 0);
    case WORD_CLASS:
        return smc_js_class(s, p, 0);
    case WORD_ASYNC:
        return async_operand(s, p, end);
    case WORD_NEW:
        return new_operand(s, p, end);
    case WORD_TYPEOF:
    case WORD_VOID:
    case WORD_DELETE:
        return prefix(s, end);
    case WORD_YIELD:
    case WORD_AWAIT:
        return yield_or_await(s, p, end, word);
    case WORD_SUPER:
    case WORD_IMPORT:
        return operand_done(s, p, end, OPERAND_OTHER, 0);
    case WORD_BREAK:
    case WORD_CASE:
    case WORD_CATCH:
    case WORD_CONST:
    case WORD_CONTINUE:
    case WORD_DEBUGGER:
    case WORD_DEFAULT:
    case WORD_DO:
    case WORD_ELSE:
    case WORD_EXPORT:
    case WORD_EXTENDS:
    case WORD_FINALLY:
    case WORD_FOR:
    case WORD_IF:
    case WORD_IN:
    case WORD_INSTANCEOF:
    case WORD_RETURN:
    case WORD_SWITCH:
    case WORD_THROW:
    case WORD_TRY:
    case WORD_VAR:
    case WORD_WHILE:
    case WORD_WITH:
        return smc_js_lose(s, p, "a keyword where an expression should be");
    default:
        return operand_done(s, p, end, OPERAND_WORD, 1);
    }
}

/* What cannot start an operand, where none need be: the closer of an empty list, or one more comma. */
static const uint8_t *no_operand(struct scanner *s, const uint8_t *p)
{
    if (s->mode != MODE_OPTIONAL) {
        return smc_js_lose(s, p, "an expression is missing");
    }
    switch (*p) {
    case ')':
    case ']':
    case '}':
        return smc_js_close(s, p);
    case ',':
        return smc_js_comma(s, p);
    default:
        return smc_js_semicolon(s, p);
    }
}

/* < in TypeScript without JSX: an assertion, or the type parameters of an arrow. */
static const uint8_t *angle_operand(struct scanner *s, const uint8_t *p)
{
    const uint8_t *start = p;
    int has_newline;

    if (s->is_typed && s->is_jsx) {
        /* <T,>( and <T extends X>( are an arrow's; all else is an element. */
        const uint8_t *word = smc_js_peek(s, p + 1, &has_newline);
        const uint8_t *end = smc_js_word_end(word);
        if (end == word) {
            return smc_js_jsx_open(s, p);
        }
        if (smc_js_word(word, (size_t)(end - word)) == WORD_CONST) {
            word = smc_js_peek(s, end, &has_newline);
            end = smc_js_word_end(word);
        }
        const uint8_t *next = smc_js_peek(s, end, &has_newline);
        const uint8_t *next_end = smc_js_word_end(next);
        const int is_extends = smc_js_word(next, (size_t)(next_end - next)) == WORD_EXTENDS;
        const uint8_t c = *smc_js_peek(s, next_end, &has_newline);
        if (*next != ',' && *next != '=' && (!is_extends || c == '=' || c == '>' || c == '/')) {
            return smc_js_jsx_open(s, p);
        }
    } else if (!s->is_typed) {
        return smc_js_jsx_open(s, p);
    }
    p = smc_js_type_list(s, p);
    s->arrow = start;
    s->binds = s->is_bound;
    s->mode = MODE_OPERAND;
    return p;
}

const uint8_t *smc_js_operand(struct scanner *s, const uint8_t *p)
{
    const uint8_t *arrow = s->arrow;
    struct smc_js_frame *frame;

    s->arrow = NULL;
    s->is_bound = s->binds;
    s->binds = 0;
    if (smc_js_is_word_start(p)) {
        return word_operand(s, p);
    }
    switch (*p) {
    case '(':
        frame = smc_js_push(s, FRAME_GROUP, arrow != NULL ? arrow : p);
        if (frame == NULL) {
            return NULL;
        }
        frame->flags = s->is_bound ? FRAME_IS_BOUND : 0;
        s->mode = MODE_OPTIONAL;
        return p + 1;
    case '[':
        return open_frame(s, p, FRAME_ARRAY, MODE_OPTIONAL);
    case '{':
        return open_frame(s, p, FRAME_OBJECT, MODE_PROPERTY);
    case '"':
    case '\'':
        return operand_done(s, p, smc_js_string(s, p), OPERAND_OTHER, 0);
    case '`':
        return template_operand(s, p);
    case '/':
        return operand_done(s, p, smc_js_regex(s, p), OPERAND_OTHER, 0);
    case '.':
        if (p[1] == '.' && p[2] == '.') {
            s->mode = MODE_OPERAND;
            return p + 3;
        }
        if (p[1] < '0' || p[1] > '9') {
            return smc_js_lose(s, p, "an expression is missing");
        }
        return operand_done(s, p, smc_js_number(p), OPERAND_OTHER, 0);
    case '+':
    case '-':
        return prefix(s, p[1] == p[0] ? p + 2 : p + 1);
    case '!':
    case '~':
        return prefix(s, p + 1);
    case '<':
        return angle_operand(s, p);
    case '@':
        return smc_js_decorator(s, p);
    case '#': /* #x in object */
        return operand_done(s, p, smc_js_word_end(p + 1), OPERAND_OTHER, 0);
    case ')':
    case ']':
    case '}':
    case ',':
    case ';':
        return no_operand(s, p);
    default:
        if (*p >= '0' && *p <= '9') {
            return operand_done(s, p, smc_js_number(p), OPERAND_OTHER, 0);
        }
        return smc_js_lose(s, p,
                           p < s->end ? "no expression starts like this"
                                      : "an expression is missing at the end");
    }
}
