#include "src/javascript/scanner.h"

#include <stdlib.h>

uint32_t smc_js_function_add(struct scanner *s, const uint8_t *start, unsigned flags)
{
    struct smc_js *js = s->js;

    if (js->n_functions == js->functions_capacity) {
        const uint32_t larger = js->functions_capacity + js->functions_capacity / 2 + 64;
        struct smc_js_function *room = realloc(js->functions, larger * sizeof *room);
        if (room == NULL) {
            s->is_memory_out = 1;
            return js->n_functions - 1;
        }
        js->functions = room;
        js->functions_capacity = larger;
    }
    js->functions[js->n_functions] =
        (struct smc_js_function){.start = smc_js_offset(s, start), .flags = flags};
    return js->n_functions++;
}

/* Opens a function's parameters; p is their ( or the < of type parameters before. */
static const uint8_t *parameters(struct scanner *s, uint32_t function, const uint8_t *p,
                                 enum mode after, unsigned context)
{
    int has_newline;

    if (*p == '<' && s->is_typed) {
        p = smc_js_type_list(s, p);
        if (p == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, p, &has_newline);
    }
    if (*p != '(') {
        return smc_js_lose(s, p, "parameters are missing");
    }
    struct smc_js_frame *frame =
        smc_js_push(s, FRAME_FUNCTION, s->text + s->js->functions[function].start);
    if (frame == NULL || s->is_memory_out) {
        return NULL;
    }
    frame->state = FUNCTION_PARAMETERS;
    frame->after = (uint8_t)after;
    frame->extra = function;
    frame->outer = (uint8_t)s->context;
    s->context = IN_FUNCTION | context;
    s->mode = MODE_PARAMETER;
    return p + 1;
}

const uint8_t *smc_js_function(struct scanner *s, const uint8_t *start, const uint8_t *p,
                               int is_statement)
{
    int has_newline;
    unsigned context = *start == 'a' ? IN_ASYNC : 0;
    const uint8_t *name, *name_end;

    p = smc_js_peek(s, p, &has_newline);
    if (*p == '*') {
        context |= IN_GENERATOR;
        p = smc_js_peek(s, p + 1, &has_newline);
    }
    name = p;
    name_end = smc_js_is_word_start(p) ? smc_js_word_end(p) : p;
    const uint32_t index = smc_js_function_add(s, start, is_statement ? SMC_JS_DECLARATION : 0);
    if (s->is_memory_out) {
        return NULL;
    }
    const uint32_t node = is_statement && name != name_end ? BOUNDARY_NODE : smc_js_naming(s);
    struct smc_js_function *function = &s->js->functions[index];
    function->name = smc_js_offset(s, name);
    function->name_end = smc_js_offset(s, name_end);
    function->node = node;
    p = smc_js_peek(s, name_end, &has_newline);
    return parameters(s, index, p, is_statement ? MODE_STATEMENT : MODE_OPERATOR, context);
}

const uint8_t *smc_js_method(struct scanner *s, const uint8_t *start, const uint8_t *p,
                             unsigned flags)
{
    struct smc_js_frame *owner = smc_js_top(s);
    const uint32_t literal_end = owner->own_name_end;
    const enum mode after = owner->kind == FRAME_CLASS ? MODE_MEMBER : MODE_PROPERTY;
    const int is_constructor = owner->key == KEY_CONSTRUCTOR;

    if (owner->kind == FRAME_OBJECT) {
        owner->own_name_end = owner->own_name; /* `value` as a method is no transpiled one's */
    }
    const uint32_t node = is_constructor ? smc_js_class_naming(s) : smc_js_naming(s);
    smc_js_top(s)->own_name_end = literal_end;
    const unsigned context = ((flags & MEMBER_IS_ASYNC) != 0 ? IN_ASYNC : 0) |
                             ((flags & MEMBER_IS_GENERATOR) != 0 ? IN_GENERATOR : 0);
    const uint32_t index = smc_js_function_add(
        s, start,
        is_constructor ? SMC_JS_NEW : (flags & (SMC_JS_GETTER | SMC_JS_SETTER)) | SMC_JS_METHOD);

    if (s->is_memory_out) {
        return NULL;
    }
    s->js->functions[index].node = node;
    return parameters(s, index, p, after, context);
}

/* Of the operand before =>. */
static int is_async_arrow(const struct scanner *s)
{
    return (s->operand_kind == OPERAND_GROUP || !s->is_chain) && *s->operand == 'a' &&
           smc_js_word(s->operand, (size_t)(smc_js_word_end(s->operand) - s->operand)) ==
               WORD_ASYNC;
}

const uint8_t *smc_js_arrow(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    if (s->operand_kind != OPERAND_WORD && s->operand_kind != OPERAND_GROUP) {
        return smc_js_lose(s, p, "=> without parameters");
    }
    if (s->is_bound) {
        return smc_js_lose(s, p, "an arrow as the operand of an operator");
    }
    const uint8_t *start = s->operand, *body = smc_js_peek(s, p + 2, &has_newline);
    const uint32_t parameters = s->operand_kind == OPERAND_GROUP ? s->closed_node : 0;
    const uint32_t node = smc_js_naming(s);
    const uint32_t index = smc_js_function_add(s, start, SMC_JS_ARROW);
    if (s->is_memory_out) {
        return NULL;
    }
    s->js->functions[index].node = node;
    struct smc_js_frame *frame = smc_js_push_inner(s, FRAME_FUNCTION, start);
    if (frame == NULL) {
        return NULL;
    }
    frame->extra = index;
    frame->after = MODE_DONE;
    frame->outer = (uint8_t)s->context;
    s->context = IN_FUNCTION | (is_async_arrow(s) ? IN_ASYNC : 0);
    if (s->arm != 0) {
        frame->flags |= FRAME_IN_DOUBT;
        frame->name = s->arm;
        frame->name_end = s->arm_end;
        frame->parameters = parameters;
        s->arm = 0;
    } else if (parameters != 0) {
        s->js->nodes[parameters - 1].kind = NODE_PARAMETERS;
    }
    if (*body == '{') {
        frame->flags &= FRAME_IN_DOUBT;
        frame->state = FUNCTION_BODY;
        s->mode = MODE_STATEMENT;
        return body + 1;
    }
    frame->state = FUNCTION_EXPRESSION;
    s->mode = MODE_OPERAND;
    return body;
}

/* An overload, an abstract method and the like: no function. */
static const uint8_t *no_body(struct scanner *s, const uint8_t *p, int has_newline)
{
    const struct smc_js_frame top = *smc_js_top(s);
    const int is_end = *p == ';' || *p == '}' || has_newline || p >= s->end;

    if (!s->is_typed || !is_end || (top.after != MODE_STATEMENT && top.after != MODE_MEMBER)) {
        return smc_js_lose(s, p, "the body of a function is missing");
    }
    s->js->functions[top.extra].end = 0;
    s->context = top.outer;
    s->mode = top.after;
    smc_js_pop(s);
    smc_js_end_default(s);
    return p;
}

const uint8_t *smc_js_body(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, p, &has_newline);

    if (*next == ':' && s->is_typed) {
        p = smc_js_type(s, next + 1);
        if (p == NULL) {
            return NULL;
        }
        next = smc_js_peek(s, p, &has_newline);
    }
    if (*next != '{') {
        return no_body(s, next, has_newline);
    }
    smc_js_top(s)->state = FUNCTION_BODY;
    s->mode = MODE_STATEMENT;
    return next + 1;
}

void smc_js_function_end(struct scanner *s, const uint8_t *end)
{
    s->js->functions[smc_js_top(s)->extra].end = smc_js_offset(s, end);
    s->context = smc_js_top(s)->outer;
    smc_js_pop(s);
    smc_js_end_default(s);
}

void smc_js_end_default(struct scanner *s)
{
    if (s->mode == MODE_STATEMENT && smc_js_top(s)->kind == FRAME_DEFAULT) {
        smc_js_pop(s);
    }
}

/* public x, readonly x: the parameter behind the modifiers. */
static const uint8_t *skip_modifiers(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    for (;;) {
        const uint8_t *end = smc_js_word_end(p);
        switch (smc_js_word(p, (size_t)(end - p))) {
        case WORD_PUBLIC:
        case WORD_PRIVATE:
        case WORD_PROTECTED:
        case WORD_READONLY:
        case WORD_OVERRIDE:
            break;
        default:
            return p;
        }
        const uint8_t *next = smc_js_peek(s, end, &has_newline);
        if (!smc_js_is_word_start(next) && *next != '{' && *next != '[') {
            return p;
        }
        p = next;
    }
}

const uint8_t *smc_js_parameter(struct scanner *s, const uint8_t *p)
{
    if (*p == '@') {
        return smc_js_decorator(s, p);
    }
    if (s->is_typed && smc_js_is_word_start(p)) {
        p = skip_modifiers(s, p);
    }
    s->mode = MODE_OPTIONAL;
    return smc_js_operand(s, p);
}

/* ---- classes ---- */

const uint8_t *smc_js_class(struct scanner *s, const uint8_t *p, int is_statement)
{
    int has_newline;
    const uint8_t *start = p, *end = smc_js_word_end(p), *name, *name_end;

    p = smc_js_peek(s, end, &has_newline);
    end = smc_js_word_end(p);
    enum smc_js_word word = smc_js_word(p, (size_t)(end - p));
    name = name_end = p;
    if (smc_js_is_word_start(p) && word != WORD_EXTENDS && word != WORD_IMPLEMENTS) {
        name_end = end;
        p = smc_js_peek(s, end, &has_newline);
    }
    struct smc_js_frame *frame = smc_js_push(s, FRAME_CLASS, start);
    const uint32_t index = smc_js_function_add(s, start, SMC_JS_NEW);
    if (frame == NULL || s->is_memory_out) {
        return NULL;
    }
    frame->extra = index;
    frame->after = is_statement ? MODE_STATEMENT : MODE_OPERATOR;
    frame->flags = is_statement ? FRAME_IS_DECLARATION : 0;
    frame->own_name = smc_js_offset(s, name);
    frame->own_name_end = smc_js_offset(s, name_end);
    frame->state = CLASS_BODY; /* for its own name it is whole */
    const uint32_t node = smc_js_class_naming(s);
    smc_js_top(s)->state = CLASS_HEAD;
    s->js->functions[index].node = node;
    if (*p == '<' && s->is_typed) {
        p = smc_js_type_list(s, p);
        if (p == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, p, &has_newline);
    }
    end = smc_js_word_end(p);
    if (smc_js_word(p, (size_t)(end - p)) == WORD_EXTENDS) {
        s->mode = MODE_OPERAND;
        s->binds = 1;
        return end;
    }
    s->mode = MODE_OPERATOR;
    s->operand_kind = OPERAND_OTHER;
    s->is_chain = 0;
    return p;
}

const uint8_t *smc_js_decorator_rest(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    for (;;) {
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        if (*next == '.') {
            p = smc_js_peek(s, next + 1, &has_newline);
            p += *p == '#';
            p = smc_js_word_end(p);
        } else if (*next == '<' && s->is_typed) {
            p = smc_js_type_list(s, next);
            if (p == NULL) {
                return NULL;
            }
        } else if (*next == '(') {
            struct smc_js_frame *frame = smc_js_push(s, FRAME_DECORATOR, next);
            if (frame == NULL) {
                return NULL;
            }
            if (s->js->frames[frame->below].kind == FRAME_CLASS) {
                frame->below = s->js->frames[frame->below].below; /* the class does not name it */
            }
            frame->after = (uint8_t)s->mode;
            s->mode = MODE_OPTIONAL;
            return next + 1;
        } else {
            return p;
        }
    }
}

const uint8_t *smc_js_decorator(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *name = smc_js_peek(s, p + 1, &has_newline);

    if (s->mode == MODE_OPTIONAL) {
        s->mode = MODE_OPERAND;
    }
    if (!smc_js_is_word_start(name) && *name != '(') {
        return smc_js_lose(s, p, "a decorator without a name");
    }
    return smc_js_decorator_rest(s, smc_js_is_word_start(name) ? smc_js_word_end(name) : name);
}
