#include "src/javascript/scanner.h"

/* ( of a header behind a keyword. */
static const uint8_t *header(struct scanner *s, const uint8_t *p, unsigned flags)
{
    int has_newline;

    p = smc_js_peek(s, p, &has_newline);
    if (flags == FRAME_IS_FOR && smc_js_is_word_start(p)) { /* for await */
        const uint8_t *end = smc_js_word_end(p);
        if (smc_js_word(p, (size_t)(end - p)) == WORD_AWAIT) {
            p = smc_js_peek(s, end, &has_newline);
        }
    }
    if (*p != '(') {
        return smc_js_lose(s, p, "a ( is missing");
    }
    struct smc_js_frame *frame = smc_js_push(s, FRAME_HEADER, p);
    if (frame == NULL) {
        return NULL;
    }
    frame->flags = (uint8_t)flags;
    s->mode = flags == FRAME_IS_FOR ? MODE_STATEMENT : MODE_OPERAND;
    return p + 1;
}

static const uint8_t *declarators(struct scanner *s, const uint8_t *start, const uint8_t *p)
{
    s->mode = MODE_BINDING;
    return smc_js_push(s, FRAME_VAR, start) != NULL ? p : NULL;
}

/* catch, with or without ( ). */
static const uint8_t *catch_clause(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    if (*smc_js_peek(s, p, &has_newline) == '(') {
        return header(s, p, FRAME_IS_CATCH);
    }
    s->mode = MODE_STATEMENT;
    return p;
}

/* return, throw: what follows on the same line is their operand. */
static const uint8_t *restricted(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    smc_js_peek(s, p, &has_newline);
    s->mode = has_newline ? MODE_STATEMENT : MODE_OPTIONAL;
    return p;
}

/* break, continue, with or without a label. */
static const uint8_t *jump(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *label = smc_js_peek(s, p, &has_newline);

    s->mode = MODE_DONE;
    return !has_newline && smc_js_is_word_start(label) ? smc_js_word_end(label) : p;
}

/* default: of a switch. */
static const uint8_t *default_clause(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    p = smc_js_peek(s, p, &has_newline);
    if (*p != ':') {
        return smc_js_lose(s, p, "a colon is missing");
    }
    s->mode = MODE_STATEMENT;
    return p + 1;
}

/* Whether a name or a pattern follows, so that let or using declares. */
static int is_binding(struct scanner *s, const uint8_t *p, int with_patterns)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, p, &has_newline);

    if (*next == '[' || *next == '{') {
        return with_patterns;
    }
    if (!smc_js_is_word_start(next) || (!with_patterns && has_newline)) {
        return 0;
    }
    switch (smc_js_word(next, (size_t)(smc_js_word_end(next) - next))) {
    case WORD_IN:
    case WORD_INSTANCEOF:
        return 0;
    case WORD_AS:
    case WORD_SATISFIES:
    case WORD_OF: /* for (using of list); using of = .. is nobody's */
        return with_patterns;
    default:
        return 1;
    }
}

/* await using x; using x. */
static const uint8_t *using_declaration(struct scanner *s, const uint8_t *start, const uint8_t *p,
                                        enum smc_js_word word)
{
    int has_newline;

    if (word == WORD_AWAIT) {
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        const uint8_t *end = smc_js_word_end(next);
        if (has_newline || smc_js_word(next, (size_t)(end - next)) != WORD_USING) {
            return NULL;
        }
        p = end;
    }
    return is_binding(s, p, 0) ? declarators(s, start, p) : NULL;
}

static const uint8_t *expression_statement(struct scanner *s, const uint8_t *p)
{
    s->mode = MODE_OPERAND;
    return smc_js_operand(s, p);
}

static const uint8_t *case_clause(struct scanner *s, const uint8_t *start, const uint8_t *p)
{
    s->mode = MODE_OPERAND;
    return smc_js_push(s, FRAME_CASE, start) != NULL ? p : NULL;
}

static const uint8_t *word_statement(struct scanner *s, const uint8_t *p)
{
    const uint8_t *end = smc_js_word_end(p), *next;
    const enum smc_js_word word = smc_js_word(p, (size_t)(end - p));
    int has_newline;

    switch (word) {
    case WORD_IF:
    case WORD_WHILE:
    case WORD_WITH:
    case WORD_SWITCH:
        return header(s, end, 0);
    case WORD_FOR:
        return header(s, end, FRAME_IS_FOR);
    case WORD_CATCH:
        return catch_clause(s, end);
    case WORD_DO:
    case WORD_ELSE:
    case WORD_TRY:
    case WORD_FINALLY:
        return end;
    case WORD_RETURN:
    case WORD_THROW:
        return restricted(s, end);
    case WORD_BREAK:
    case WORD_CONTINUE:
    case WORD_DEBUGGER:
        return jump(s, end);
    case WORD_CASE:
        return case_clause(s, p, end);
    case WORD_DEFAULT:
        return default_clause(s, end);
    case WORD_CONST:
        next = smc_js_peek(s, end, &has_newline);
        if (s->is_typed && smc_js_word(next, (size_t)(smc_js_word_end(next) - next)) == WORD_ENUM) {
            return end;
        }
        return declarators(s, p, end);
    case WORD_VAR:
        return declarators(s, p, end);
    case WORD_LET:
        return is_binding(s, end, 1) ? declarators(s, p, end) : expression_statement(s, p);
    case WORD_AWAIT:
    case WORD_USING:
        next = using_declaration(s, p, end, word);
        return next != NULL || s->js->reason != NULL ? next : expression_statement(s, p);
    case WORD_FUNCTION:
        return smc_js_function(s, p, end, 1);
    case WORD_ASYNC:
        next = smc_js_peek(s, end, &has_newline);
        if (!has_newline &&
            smc_js_word(next, (size_t)(smc_js_word_end(next) - next)) == WORD_FUNCTION) {
            return smc_js_function(s, p, smc_js_word_end(next), 1);
        }
        return expression_statement(s, p);
    case WORD_CLASS:
        return smc_js_class(s, p, 1);
    case WORD_IMPORT:
        return smc_js_import(s, p);
    case WORD_EXPORT:
        return smc_js_export(s, end);
    default:
        if (s->is_typed && word != WORD_NONE) {
            next = smc_js_typed_statement(s, p, word, end);
            if (next != NULL || s->js->reason != NULL) {
                return next;
            }
        }
        return expression_statement(s, p);
    }
}

/* What a for starts with: a declaration, an expression, or nothing. */
static const uint8_t *for_start(struct scanner *s, const uint8_t *p)
{
    const uint8_t *end = smc_js_word_end(p);

    switch (smc_js_word(p, (size_t)(end - p))) {
    case WORD_VAR:
    case WORD_CONST:
    case WORD_LET:
    case WORD_USING:
    case WORD_AWAIT:
        return word_statement(s, p);
    default:
        s->mode = MODE_OPTIONAL;
        return smc_js_operand(s, p);
    }
}

const uint8_t *smc_js_statement(struct scanner *s, const uint8_t *p)
{
    s->statement = p;
    if (smc_js_top(s)->kind == FRAME_HEADER) {
        return for_start(s, p);
    }
    if (smc_js_is_word_start(p)) {
        return word_statement(s, p);
    }
    switch (*p) {
    case '{': {
        struct smc_js_frame *frame = smc_js_push(s, FRAME_BLOCK, p);
        return frame != NULL ? p + 1 : NULL;
    }
    case '}':
        return smc_js_close(s, p);
    case ';':
        return p + 1;
    case '@':
        return smc_js_decorator(s, p);
    default:
        return expression_statement(s, p);
    }
}

const uint8_t *smc_js_binding(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *frame = smc_js_top(s);

    frame->state = VAR_BINDING;
    frame->node = 0;
    frame->name = frame->name_end = 0;
    if (smc_js_is_word_start(p)) {
        const uint8_t *end = smc_js_word_end(p);
        frame->name = smc_js_offset(s, p);
        frame->name_end = smc_js_offset(s, end);
        s->mode = MODE_BOUND;
        s->operand_kind = OPERAND_OTHER;
        return end;
    }
    if (*p == '{' || *p == '[') {
        s->mode = MODE_OPERAND;
        return smc_js_operand(s, p);
    }
    return smc_js_lose(s, p, "a name is missing");
}
