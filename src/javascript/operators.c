#include "src/javascript/scanner.h"

/* Behind what stays or becomes an operand that cannot be assigned to. */
static const uint8_t *as_operand(struct scanner *s, const uint8_t *end)
{
    s->mode = MODE_OPERATOR;
    s->operand_kind = OPERAND_OTHER;
    s->is_chain = 0;
    return end;
}

static const uint8_t *binary(struct scanner *s, const uint8_t *end)
{
    s->mode = MODE_OPERAND;
    s->binds = 1;
    return end;
}

/* = or an operator with =, which ends at `end`. */
static const uint8_t *assign(struct scanner *s, const uint8_t *p, const uint8_t *end)
{
    struct smc_js_frame *top = smc_js_top(s);

    s->mode = MODE_OPERAND;
    if (top->kind == FRAME_VAR && top->state == VAR_BINDING) {
        top->state = VAR_INIT;
        return end;
    }
    smc_js_note_pattern(s);
    const int is_nested = top->kind == FRAME_ASSIGN;
    if (!is_nested) { /* of a = b = c the first is of no use any more */
        top = smc_js_push_inner(s, FRAME_ASSIGN, p);
        if (top == NULL) {
            return NULL;
        }
    }
    if (s->is_chain) {
        top->state = is_nested ? ASSIGN_NESTED : ASSIGN_FIRST;
        top->node = 0;
        top->name = smc_js_offset(s, s->operand);
        top->name_end = smc_js_offset(s, p);
    }
    return end;
}

/* An operator of n characters that may have a = behind it. */
static const uint8_t *binary_or_assign(struct scanner *s, const uint8_t *p, size_t n)
{
    return p[n] == '=' ? assign(s, p, p + n + 1) : binary(s, p + n);
}

/* < and > of n characters: alone, = makes it a comparison; << and >> are assigned with. */
static const uint8_t *shift_or_compare(struct scanner *s, const uint8_t *p, size_t n)
{
    return n == 1 ? binary(s, p + (p[1] == '=' ? 2 : 1)) : binary_or_assign(s, p, n);
}

static const uint8_t *equals(struct scanner *s, const uint8_t *p)
{
    if (p[1] == '>') {
        return smc_js_arrow(s, p);
    }
    if (p[1] == '=') {
        return binary(s, p + (p[2] == '=' ? 3 : 2));
    }
    return assign(s, p, p + 1);
}

static const uint8_t *open_call(struct scanner *s, const uint8_t *p)
{
    if (s->operand_kind == OPERAND_CLOSED) {
        return smc_js_insert_semicolon(s, p);
    }
    const int is_async =
        s->operand_kind == OPERAND_WORD && s->is_chain &&
        smc_js_word(s->operand, (size_t)(smc_js_word_end(s->operand) - s->operand)) == WORD_ASYNC;
    struct smc_js_frame *frame =
        smc_js_push(s, is_async ? FRAME_ASYNC_CALL : FRAME_CALL, is_async ? s->operand : p);

    if (frame == NULL) {
        return NULL;
    }
    frame->flags = s->is_bound ? FRAME_IS_BOUND : 0;
    s->mode = MODE_OPTIONAL;
    return p + 1;
}

static const uint8_t *open_index(struct scanner *s, const uint8_t *p)
{
    if (s->operand_kind == OPERAND_CLOSED) {
        return smc_js_insert_semicolon(s, p);
    }
    struct smc_js_frame *frame = smc_js_push(s, FRAME_INDEX, s->operand);

    if (frame == NULL) {
        return NULL;
    }
    frame->flags = s->is_chain ? FRAME_IS_CHAIN : 0;
    s->mode = MODE_OPERAND;
    return p + 1;
}

/* A name behind a dot. */
static const uint8_t *member(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    p = smc_js_peek(s, p, &has_newline);
    if (*p == '#') {
        p++;
    }
    if (!smc_js_is_word_start(p)) {
        return smc_js_lose(s, p, "a name is missing behind the dot");
    }
    s->mode = MODE_OPERATOR;
    s->operand_kind = OPERAND_OTHER;
    p = smc_js_word_end(p);
    while (*p == '.' && smc_js_is_word_start(p + 1)) { /* as mostly */
        p = smc_js_word_end(p + 1);
    }
    return p;
}

static const uint8_t *question(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    if (p[1] == '?') {
        return binary_or_assign(s, p, 2);
    }
    if (p[1] == '.' && (p[2] < '0' || p[2] > '9')) {
        const uint8_t *next = smc_js_peek(s, p + 2, &has_newline);
        s->is_chain = 0; /* nothing is assigned to a?.b */
        if (*next == '(' || *next == '[' || *next == '`' || (*next == '<' && s->is_typed)) {
            s->operand_kind = OPERAND_OTHER;
            return next;
        }
        return member(s, next);
    }
    if (s->is_typed) { /* an optional parameter */
        const uint8_t c = *smc_js_peek(s, p + 1, &has_newline);
        struct smc_js_frame *top = smc_js_top(s);
        if (c == ':' || c == ',' || c == ')' || c == '=') {
            if (top->kind == FRAME_GROUP || top->kind == FRAME_ASYNC_CALL) {
                top->flags |= FRAME_IS_TYPED;
            }
            return p + 1;
        }
    }
    if (smc_js_push(s, FRAME_CONDITION, p) == NULL) {
        return NULL;
    }
    s->mode = MODE_OPERAND;
    return p + 1;
}

/* The type behind a colon that is neither a condition's nor a label's. */
static const uint8_t *annotation(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *top = smc_js_top(s);

    if (!s->is_typed) {
        return smc_js_lose(s, p, "a colon out of place");
    }
    if (top->kind == FRAME_GROUP || top->kind == FRAME_ASYNC_CALL) {
        top->flags |= FRAME_IS_TYPED;
    }
    s->mode = MODE_BOUND;
    return smc_js_type(s, p + 1);
}

static const uint8_t *colon(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *top = smc_js_top(s);

    /* The return type of an arrow, of which the parameters are just behind us. */
    if (s->is_typed && s->operand_kind == OPERAND_GROUP && !s->is_bound &&
        top->kind != FRAME_CASE) {
        const uint8_t *end = smc_js_arrow_type(s, p, smc_js_is_in_arm(top) && !s->is_typed_group);
        if (end != NULL || s->js->reason != NULL) {
            s->arm_end = smc_js_offset(s, s->last_end);
            return end;
        }
    }
    switch (top->kind) {
    case FRAME_VAR:
        if (top->state == VAR_BINDING) {
            return annotation(s, p);
        }
        break;
    case FRAME_GROUP:
    case FRAME_ASYNC_CALL:
    case FRAME_HEADER:
    case FRAME_COMPUTED: /* an index signature */
        return annotation(s, p);
    case FRAME_FUNCTION:
        if (top->state == FUNCTION_PARAMETERS) {
            return annotation(s, p);
        }
        break;
    default:
        break;
    }
    smc_js_end_arm(s, s->last_end);
    top = smc_js_top(s);
    if (top->kind == FRAME_CONDITION) {
        smc_js_pop(s);
        s->mode = MODE_OPERAND;
        return p + 1;
    }
    if (top->kind == FRAME_CASE) {
        smc_js_pop(s);
        s->mode = MODE_STATEMENT;
        return p + 1;
    }
    if (s->operand_kind == OPERAND_WORD && s->operand == s->statement) { /* a label */
        s->mode = MODE_STATEMENT;
        return p + 1;
    }
    return smc_js_lose(s, p, "a colon out of place");
}

static const uint8_t *less_than(struct scanner *s, const uint8_t *p)
{
    if (s->is_typed) {
        const uint8_t *end = smc_js_type_arguments(s, p);
        if (end != NULL || s->js->reason != NULL) {
            s->operand_kind = OPERAND_OTHER;
            s->is_chain = 0;
            return end;
        }
    }
    return shift_or_compare(s, p, p[1] == '<' ? 2 : 1);
}

/* ++ and -- behind an operand, on the same line. */
static const uint8_t *plus_or_minus(struct scanner *s, const uint8_t *p)
{
    if (p[1] != p[0]) {
        return binary_or_assign(s, p, 1);
    }
    if (s->has_newline) {
        return smc_js_insert_semicolon(s, p);
    }
    as_operand(s, p);
    s->operand_kind = OPERAND_CLOSED;
    return p + 2;
}

static const uint8_t *exclamation(struct scanner *s, const uint8_t *p)
{
    if (p[1] == '=') {
        return binary(s, p + (p[2] == '=' ? 3 : 2));
    }
    if (s->is_typed && !s->has_newline) { /* an assertion that it is not null */
        s->operand_kind = OPERAND_OTHER;
        return p + 1;
    }
    return smc_js_insert_semicolon(s, p);
}

static const uint8_t *tagged_template(struct scanner *s, const uint8_t *p)
{
    int is_over;
    const uint8_t *end;

    if (s->operand_kind == OPERAND_CLOSED) {
        return smc_js_insert_semicolon(s, p);
    }
    end = smc_js_template(s, p + 1, &is_over);
    if (end == NULL || is_over) {
        return as_operand(s, end);
    }
    s->mode = MODE_OPERAND;
    return smc_js_push(s, FRAME_TEMPLATE, p) != NULL ? end : NULL;
}

static const uint8_t *open_brace(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *top = smc_js_top(s);

    if (top->kind == FRAME_CLASS && top->state == CLASS_HEAD) {
        top->state = CLASS_BODY;
        top->key_node = 0;
        top->key = KEY_NONE;
        s->mode = MODE_MEMBER;
        return p + 1;
    }
    return smc_js_insert_semicolon(s, p);
}

static const uint8_t *word_operator(struct scanner *s, const uint8_t *p)
{
    const uint8_t *end = smc_js_word_end(p);
    struct smc_js_frame *top = smc_js_top(s);

    switch (smc_js_word(p, (size_t)(end - p))) {
    case WORD_IN:
    case WORD_INSTANCEOF:
        if (top->kind == FRAME_VAR && top->state == VAR_BINDING) { /* for (var x in y) */
            smc_js_pop(s);
            s->mode = MODE_OPERAND;
            return end;
        }
        if (top->kind == FRAME_HEADER) { /* for (x in y) */
            smc_js_note_pattern(s);
            s->mode = MODE_OPERAND;
            return end;
        }
        return binary(s, end);
    case WORD_OF:
        if (top->kind == FRAME_VAR && top->state == VAR_BINDING && top[-1].kind == FRAME_HEADER) {
            smc_js_pop(s);
        } else if (top->kind != FRAME_HEADER || (top->flags & FRAME_IS_FOR) == 0) {
            return smc_js_insert_semicolon(s, p);
        }
        smc_js_note_pattern(s);
        s->mode = MODE_OPERAND;
        return end;
    case WORD_AS:
    case WORD_SATISFIES:
        if (s->is_typed && !s->has_newline) {
            end = as_operand(s, smc_js_type(s, end));
            s->operand_kind = OPERAND_CLOSED;
            return end;
        }
        return smc_js_insert_semicolon(s, p);
    case WORD_IMPLEMENTS:
        if (top->kind == FRAME_CLASS && top->state == CLASS_HEAD) {
            return as_operand(s, smc_js_type_names(s, end));
        }
        return smc_js_insert_semicolon(s, p);
    default:
        return smc_js_insert_semicolon(s, p);
    }
}

const uint8_t *smc_js_operator(struct scanner *s, const uint8_t *p)
{
    if (smc_js_is_word_start(p)) {
        return word_operator(s, p);
    }
    switch (*p) {
    case '.':
        return p[1] >= '0' && p[1] <= '9' ? smc_js_insert_semicolon(s, p) : member(s, p + 1);
    case '(':
        return open_call(s, p);
    case '[':
        return open_index(s, p);
    case '{':
        return open_brace(s, p);
    case ')':
    case ']':
    case '}':
        return smc_js_close(s, p);
    case ',':
        return smc_js_comma(s, p);
    case ';':
        return smc_js_semicolon(s, p);
    case '=':
        return equals(s, p);
    case ':':
        return colon(s, p);
    case '?':
        return question(s, p);
    case '!':
        return exclamation(s, p);
    case '+':
    case '-':
        return plus_or_minus(s, p);
    case '&':
    case '|':
    case '*':
        return binary_or_assign(s, p, p[1] == p[0] ? 2 : 1);
    case '/':
    case '%':
    case '^':
        return binary_or_assign(s, p, 1);
    case '<':
        return less_than(s, p);
    case '>':
        return shift_or_compare(s, p, p[1] != '>' ? 1 : p[2] != '>' ? 2 : 3);
    case '`':
        return tagged_template(s, p);
    default:
        return smc_js_insert_semicolon(s, p);
    }
}

const uint8_t *smc_js_done(struct scanner *s, const uint8_t *p)
{
    switch (*p) {
    case ')':
    case ']':
    case '}':
        return smc_js_close(s, p);
    case ',':
        return smc_js_comma(s, p);
    case ';':
        return smc_js_semicolon(s, p);
    case ':':
        s->operand_kind = OPERAND_OTHER;
        return colon(s, p);
    default:
        return smc_js_insert_semicolon(s, p);
    }
}

const uint8_t *smc_js_bound(struct scanner *s, const uint8_t *p)
{
    if (smc_js_is_word_start(p)) {
        return word_operator(s, p);
    }
    switch (*p) {
    case '=':
        return p[1] == '=' || p[1] == '>' ? smc_js_insert_semicolon(s, p) : assign(s, p, p + 1);
    case '!': /* let x!: T */
        return s->is_typed && !s->has_newline ? p + 1 : smc_js_insert_semicolon(s, p);
    default:
        return smc_js_done(s, p);
    }
}
