/*
 * What ends something: ) ] } , ; and the end of a statement that no semicolon marks.
 */
#include "src/javascript/scanner.h"

static const uint8_t *closed_operand(struct scanner *s, const uint8_t *end, uint32_t start,
                                     enum operand_kind kind, int is_chain)
{
    s->mode = MODE_OPERATOR;
    s->operand = s->text + start;
    s->operand_kind = kind;
    s->is_chain = is_chain;
    return end;
}

static const uint8_t *mismatch(struct scanner *s, const uint8_t *p)
{
    return smc_js_lose(s, p, "a bracket that does not fit the one that is open");
}

/* ( ) and (a, ) are an arrow's parameters, or nothing. */
static int must_be_parameters(struct scanner *s, const uint8_t *end)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, end, &has_newline);

    return (next[0] == '=' && next[1] == '>') || (*next == ':' && s->is_typed);
}

static const uint8_t *close_parenthesis(struct scanner *s, const uint8_t *p)
{
    const struct smc_js_frame top = *smc_js_top(s);

    if (top.kind == FRAME_GROUP && s->mode == MODE_OPTIONAL && !must_be_parameters(s, p + 1)) {
        return smc_js_lose(s, p, "an expression is missing");
    }
    switch (top.kind) {
    case FRAME_GROUP:
    case FRAME_ASYNC_CALL:
        smc_js_pop(s);
        s->closed_node = top.node;
        s->is_typed_group = (top.flags & FRAME_IS_TYPED) != 0 || s->mode == MODE_OPTIONAL;
        s->is_bound = (top.flags & FRAME_IS_BOUND) != 0;
        return closed_operand(s, p + 1, top.start, OPERAND_GROUP, 0);
    case FRAME_CALL:
        smc_js_pop(s);
        return closed_operand(s, p + 1, top.start, OPERAND_OTHER, 0);
    case FRAME_HEADER:
        if ((top.flags & FRAME_IS_CATCH) != 0) {
            smc_js_note_pattern(s);
        }
        smc_js_pop(s);
        s->mode = MODE_STATEMENT;
        return p + 1;
    case FRAME_DECORATOR:
        smc_js_pop(s);
        s->mode = top.after;
        return smc_js_decorator_rest(s, p + 1);
    case FRAME_FUNCTION:
        return top.state == FUNCTION_PARAMETERS ? smc_js_body(s, p + 1) : mismatch(s, p);
    default:
        return mismatch(s, p);
    }
}

static const uint8_t *close_bracket(struct scanner *s, const uint8_t *p)
{
    const struct smc_js_frame top = *smc_js_top(s);

    switch (top.kind) {
    case FRAME_ARRAY:
        smc_js_pop(s);
        s->closed_node = top.node;
        return closed_operand(s, p + 1, top.start, OPERAND_BRACKETS, 0);
    case FRAME_INDEX:
        smc_js_pop(s);
        return closed_operand(s, p + 1, top.start, OPERAND_OTHER,
                              (top.flags & FRAME_IS_CHAIN) != 0);
    case FRAME_COMPUTED:
        smc_js_pop(s);
        smc_js_top(s)->name = top.start;
        smc_js_top(s)->name_end = smc_js_offset(s, p) + 1;
        smc_js_top(s)->key = KEY_COMPUTED;
        smc_js_top(s)->key_node = 0;
        return smc_js_after_key(s, p + 1);
    default:
        return mismatch(s, p);
    }
}

static const uint8_t *close_class(struct scanner *s, const uint8_t *end)
{
    const struct smc_js_frame top = *smc_js_top(s);

    s->js->functions[top.extra].end = smc_js_offset(s, end);
    smc_js_pop(s);
    if (top.after == MODE_OPERATOR) {
        return closed_operand(s, end, top.start, OPERAND_OTHER, 0);
    }
    s->mode = top.after;
    smc_js_end_default(s);
    return end;
}

static const uint8_t *close_template(struct scanner *s, const uint8_t *p,
                                     const struct smc_js_frame *top)
{
    int is_over;
    const uint8_t *end = smc_js_template(s, p + 1, &is_over);

    if (end == NULL || !is_over) {
        s->mode = MODE_OPERAND;
        return end;
    }
    smc_js_pop(s);
    return closed_operand(s, end, top->start, OPERAND_OTHER, 0);
}

static const uint8_t *close_brace(struct scanner *s, const uint8_t *p)
{
    smc_js_end_statement_parts(s);
    const struct smc_js_frame top = *smc_js_top(s);

    switch (top.kind) {
    case FRAME_BLOCK:
        smc_js_pop(s);
        s->mode = MODE_STATEMENT;
        return p + 1;
    case FRAME_STATIC:
        smc_js_pop(s);
        s->mode = MODE_MEMBER;
        return p + 1;
    case FRAME_FUNCTION:
        if (top.state != FUNCTION_BODY) {
            return mismatch(s, p);
        }
        s->mode = top.after;
        if ((top.flags & FRAME_IN_DOUBT) != 0) {
            smc_js_top(s)->state = FUNCTION_EXPRESSION;
            return p + 1;
        }
        smc_js_function_end(s, p + 1);
        return top.after == MODE_OPERATOR ? closed_operand(s, p + 1, top.start, OPERAND_OTHER, 0)
                                          : p + 1;
    case FRAME_CLASS:
        return top.state == CLASS_BODY ? close_class(s, p + 1) : mismatch(s, p);
    case FRAME_OBJECT:
        smc_js_pop(s);
        if ((top.flags & FRAME_IS_ENUM) != 0) {
            s->mode = MODE_STATEMENT;
            return p + 1;
        }
        s->closed_node = top.node;
        return closed_operand(s, p + 1, top.start, OPERAND_BRACKETS, 0);
    case FRAME_TEMPLATE:
        return close_template(s, p, &top);
    case FRAME_JSX_VALUE:
        smc_js_pop(s);
        smc_js_jsx_after(s);
        return p + 1;
    default:
        return mismatch(s, p);
    }
}

const uint8_t *smc_js_close(struct scanner *s, const uint8_t *p)
{
    if (*p == '}') {
        return close_brace(s, p);
    }
    if (s->mode == MODE_OPERATOR && smc_js_top(s)->kind == FRAME_GROUP &&
        s->operand_kind != OPERAND_WORD && s->operand_kind != OPERAND_BRACKETS) {
        smc_js_top(s)->flags |= FRAME_IS_BOUND; /* (a.b) and the like are no parameters */
    }
    smc_js_end_expression(s);
    if (smc_js_top(s)->kind == FRAME_VAR) { /* of the header of a for */
        smc_js_pop(s);
    }
    return *p == ')' ? close_parenthesis(s, p) : close_bracket(s, p);
}

const uint8_t *smc_js_comma(struct scanner *s, const uint8_t *p)
{
    smc_js_end_expression(s);
    struct smc_js_frame *top = smc_js_top(s);

    switch (top->kind) {
    case FRAME_VAR:
        s->mode = MODE_BINDING;
        return p + 1;
    case FRAME_OBJECT:
        top->key = KEY_NONE;
        s->mode = MODE_PROPERTY;
        return p + 1;
    case FRAME_FUNCTION:
        s->mode = top->state == FUNCTION_PARAMETERS ? MODE_PARAMETER : MODE_OPERAND;
        return p + 1;
    case FRAME_ARRAY:
    case FRAME_GROUP:
    case FRAME_CALL:
    case FRAME_ASYNC_CALL:
    case FRAME_DECORATOR:
        s->mode = MODE_OPTIONAL;
        return p + 1;
    case FRAME_CONDITION:
    case FRAME_CLASS:
    case FRAME_COMPUTED:
        return smc_js_lose(s, p, "a comma out of place");
    default:
        s->mode = MODE_OPERAND;
        return p + 1;
    }
}

const uint8_t *smc_js_semicolon(struct scanner *s, const uint8_t *p)
{
    smc_js_end_statement_parts(s);
    const struct smc_js_frame *top = smc_js_top(s);

    switch (top->kind) {
    case FRAME_HEADER:
        s->mode = MODE_OPTIONAL;
        return p + 1;
    case FRAME_FILE:
    case FRAME_BLOCK:
    case FRAME_STATIC:
        s->mode = MODE_STATEMENT;
        return p + 1;
    case FRAME_FUNCTION:
        s->mode = MODE_STATEMENT;
        return top->state == FUNCTION_BODY ? p + 1
                                           : smc_js_lose(s, p, "a semicolon among parameters");
    case FRAME_CLASS:
        s->mode = MODE_MEMBER;
        return top->state == CLASS_BODY ? p + 1
                                        : smc_js_lose(s, p, "a semicolon in the head of a class");
    default:
        return smc_js_lose(s, p, "a semicolon inside of brackets");
    }
}

const uint8_t *smc_js_insert_semicolon(struct scanner *s, const uint8_t *p)
{
    if (!s->has_newline && p < s->end) {
        return smc_js_lose(s, p, "two expressions without an operator between them");
    }
    if (smc_js_semicolon(s, p) == NULL) {
        return NULL;
    }
    if (smc_js_top(s)->kind == FRAME_HEADER) {
        return smc_js_lose(s, p, "two expressions without an operator between them");
    }
    return p;
}
