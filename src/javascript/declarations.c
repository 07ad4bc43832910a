/*
 * Modules, and statements that only TypeScript has.
 */
#include "src/javascript/scanner.h"

/* The word at p, and where it ends. */
static enum smc_js_word word_at(const uint8_t *p, const uint8_t **end)
{
    *end = smc_js_word_end(p);
    return smc_js_word(p, (size_t)(*end - p));
}

/* What is behind p is the end of a statement, or its semicolon is. */
static const uint8_t *statement_done(struct scanner *s, const uint8_t *p)
{
    s->mode = MODE_DONE;
    return p;
}

/* ---- modules ---- */

/* { names } from the brace on. */
static const uint8_t *name_list(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    p++;
    while (p != NULL) {
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        if (smc_js_is_word_start(next)) {
            p = smc_js_word_end(next);
        } else if (*next == '"' || *next == '\'') {
            p = smc_js_string(s, next);
        } else if (*next == ',' || *next == ':') { /* a colon: in attributes */
            p = next + 1;
        } else if (*next == '}') {
            return next + 1;
        } else {
            return smc_js_lose(s, next, "neither a name nor the end of the braces");
        }
    }
    return NULL;
}

/* "module" [with { .. }] */
static const uint8_t *module_string(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end;

    p = smc_js_string(s, p);
    if (p == NULL) {
        return NULL;
    }
    const uint8_t *word = smc_js_peek(s, p, &has_newline);
    const enum smc_js_word with = word_at(word, &end);
    const int is_assert = end - word == 6 && !has_newline && word[0] == 'a' && word[1] == 's';
    if (with == WORD_WITH || is_assert) {
        const uint8_t *brace = smc_js_peek(s, end, &has_newline);
        if (*brace == '{') {
            p = name_list(s, brace);
        }
    }
    return p != NULL ? statement_done(s, p) : NULL;
}

/* a.b.c of a namespace. */
static const uint8_t *dotted_name(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    for (;;) {
        p = smc_js_word_end(p);
        const uint8_t *next = smc_js_peek(s, p, &has_newline);
        if (*next != '.') {
            return p;
        }
        p = smc_js_peek(s, next + 1, &has_newline);
    }
}

/* Behind import x =: require("module"), or a name. */
static const uint8_t *import_alias(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end;

    p = smc_js_peek(s, p, &has_newline);
    if (!smc_js_is_word_start(p)) {
        return smc_js_lose(s, p, "the module of an import is missing");
    }
    if (word_at(p, &end) != WORD_REQUIRE || *smc_js_peek(s, end, &has_newline) != '(') {
        return statement_done(s, dotted_name(s, p));
    }
    p = smc_js_peek(s, smc_js_peek(s, end, &has_newline) + 1, &has_newline);
    if (*p == '"' || *p == '\'') {
        p = smc_js_string(s, p);
        if (p != NULL && *smc_js_peek(s, p, &has_newline) == ')') {
            return statement_done(s, smc_js_peek(s, p, &has_newline) + 1);
        }
    }
    return p != NULL ? smc_js_lose(s, p, "the module of an import is missing") : NULL;
}

const uint8_t *smc_js_import(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *at = smc_js_peek(s, smc_js_word_end(p), &has_newline);

    if (*at == '(' || *at == '.') {
        s->mode = MODE_OPERAND;
        return smc_js_operand(s, p);
    }
    s->is_module = 1;
    for (;;) {
        if (smc_js_is_word_start(at)) {
            at = smc_js_word_end(at);
        } else if (*at == '*' || *at == ',') {
            at++;
        } else if (*at == '{') {
            at = name_list(s, at);
        } else if (*at == '"' || *at == '\'') {
            return module_string(s, at);
        } else if (*at == '=' && s->is_typed) {
            return import_alias(s, at + 1);
        } else {
            return smc_js_lose(s, at, "the module of an import is missing");
        }
        if (at == NULL) {
            return NULL;
        }
        at = smc_js_peek(s, at, &has_newline);
    }
}

/* Behind the * or the braces of an export: perhaps from "module". */
static const uint8_t *from_module(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end, *word = smc_js_peek(s, p, &has_newline);

    if (word_at(word, &end) == WORD_FROM) {
        const uint8_t *string = smc_js_peek(s, end, &has_newline);
        if (*string == '"' || *string == '\'') {
            return module_string(s, string);
        }
    }
    return statement_done(s, p);
}

/* * [as name] */
static const uint8_t *export_all(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end, *word = smc_js_peek(s, p + 1, &has_newline);

    p++;
    if (word_at(word, &end) == WORD_AS) {
        p = smc_js_peek(s, end, &has_newline);
        p = *p == '"' || *p == '\'' ? smc_js_string(s, p) : smc_js_word_end(p);
    }
    return p != NULL ? from_module(s, p) : NULL;
}

static const uint8_t *export_default(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end, *next;

    if (smc_js_push(s, FRAME_DEFAULT, p) == NULL) {
        return NULL;
    }
    p = smc_js_peek(s, p, &has_newline);
    switch (word_at(p, &end)) {
    case WORD_FUNCTION:
        return smc_js_function(s, p, end, 1);
    case WORD_ASYNC:
        next = smc_js_peek(s, end, &has_newline);
        const uint8_t *next_end;
        if (!has_newline && word_at(next, &next_end) == WORD_FUNCTION) {
            return smc_js_function(s, p, next_end, 1);
        }
        break;
    case WORD_CLASS:
        return smc_js_class(s, p, 1);
    case WORD_ABSTRACT:
        next = smc_js_peek(s, end, &has_newline);
        if (s->is_typed && word_at(next, &end) == WORD_CLASS) {
            return smc_js_class(s, next, 1);
        }
        break;
    case WORD_INTERFACE:
    case WORD_ENUM:
        if (s->is_typed) {
            smc_js_pop(s);
            return p;
        }
        break;
    default:
        break;
    }
    if (*p == '@') {
        return p; /* decorators, then a class */
    }
    s->mode = MODE_OPERAND;
    return p;
}

/* export name from "module", which is a proposal; or a declaration, which p stays before. */
static const uint8_t *export_from(struct scanner *s, const uint8_t *p, const uint8_t *name_end)
{
    int has_newline;
    const uint8_t *end, *word = smc_js_peek(s, name_end, &has_newline);

    if (word_at(word, &end) == WORD_FROM) {
        const uint8_t *string = smc_js_peek(s, end, &has_newline);
        if (!has_newline && (*string == '"' || *string == '\'')) {
            return module_string(s, string);
        }
    }
    return p;
}

/* Behind `export`, and behind the `type` of export type { .. } and export type *. */
static const uint8_t *skip_type_word(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end, *next = smc_js_peek(s, p, &has_newline);

    if (s->is_typed && word_at(next, &end) == WORD_TYPE) {
        const uint8_t *behind = smc_js_peek(s, end, &has_newline);
        return *behind == '{' || *behind == '*' ? behind : next;
    }
    return next;
}

const uint8_t *smc_js_export(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end, *next = skip_type_word(s, p);

    s->is_module = 1;
    if (s->is_typed && word_at(next, &end) == WORD_TYPE) { /* export type { A } */
        const uint8_t *after = smc_js_peek(s, end, &has_newline);
        next = *after == '{' || *after == '*' ? after : next;
    }
    switch (*next) {
    case '*':
        return export_all(s, next);
    case '{':
        next = name_list(s, next);
        return next != NULL ? from_module(s, next) : NULL;
    case '=':
        if (s->is_typed) {
            s->mode = MODE_OPERAND;
            return next + 1;
        }
        break;
    default:
        break;
    }
    switch (word_at(next, &end)) {
    case WORD_DEFAULT:
        p = export_from(s, next, end);
        return p == next ? export_default(s, end) : p;
    case WORD_AS: /* export as namespace X */
        next = smc_js_peek(s, end, &has_newline);
        next = smc_js_peek(s, smc_js_word_end(next), &has_newline);
        return statement_done(s, smc_js_word_end(next));
    default:
        return smc_js_is_word_start(next) ? export_from(s, p, end) : p;
    }
}

/* ---- TypeScript ---- */

static const uint8_t *type_alias(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    p = smc_js_peek(s, smc_js_word_end(p), &has_newline);
    if (*p == '<') {
        p = smc_js_type_list(s, p);
        if (p == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, p, &has_newline);
    }
    if (*p != '=') {
        return smc_js_lose(s, p, "the type of an alias is missing");
    }
    p = smc_js_type(s, p + 1);
    return p != NULL ? statement_done(s, p) : NULL;
}

static const uint8_t *interface(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *end;

    p = smc_js_peek(s, smc_js_word_end(p), &has_newline);
    if (*p == '<') {
        p = smc_js_type_list(s, p);
        if (p == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, p, &has_newline);
    }
    if (word_at(p, &end) == WORD_EXTENDS) {
        p = smc_js_type_names(s, end);
        if (p == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, p, &has_newline);
    }
    if (*p != '{') {
        return smc_js_lose(s, p, "the members of an interface are missing");
    }
    return smc_js_braces_type(s, p);
}

/* The name of a namespace, or of a module: a.b, "a". */
static const uint8_t *namespace_name(struct scanner *s, const uint8_t *p)
{
    return *p == '"' || *p == '\'' ? smc_js_string(s, p) : dotted_name(s, p);
}

static const uint8_t *enumeration(struct scanner *s, const uint8_t *p)
{
    int has_newline;

    p = smc_js_peek(s, smc_js_word_end(p), &has_newline);
    if (*p != '{') {
        return smc_js_lose(s, p, "the members of an enum are missing");
    }
    struct smc_js_frame *frame = smc_js_push(s, FRAME_OBJECT, p);
    if (frame == NULL) {
        return NULL;
    }
    frame->flags = FRAME_IS_ENUM;
    s->mode = MODE_PROPERTY;
    return p + 1;
}

const uint8_t *smc_js_typed_statement(struct scanner *s, const uint8_t *p, enum smc_js_word word,
                                      const uint8_t *word_end)
{
    int has_newline;
    const uint8_t *end, *next = smc_js_peek(s, word_end, &has_newline);
    const int is_name = smc_js_is_word_start(next) && !has_newline;
    const enum smc_js_word next_word = is_name ? word_at(next, &end) : WORD_NONE;

    (void)p;
    switch (word) {
    case WORD_TYPE: {
        int ignored;
        const uint8_t c = is_name ? *smc_js_peek(s, smc_js_word_end(next), &ignored) : 0;
        return c == '=' || c == '<' ? type_alias(s, next) : NULL;
    }
    case WORD_INTERFACE:
        return is_name ? interface(s, next) : NULL;
    case WORD_ENUM:
        return smc_js_is_word_start(next) ? enumeration(s, next) : NULL;
    case WORD_ABSTRACT:
        return next_word == WORD_CLASS ? word_end : NULL;
    case WORD_DECLARE:
        return is_name && next_word != WORD_IN && next_word != WORD_INSTANCEOF &&
                       next_word != WORD_AS && next_word != WORD_SATISFIES
                   ? word_end
                   : NULL;
    case WORD_GLOBAL:
        return *next == '{' ? word_end : NULL;
    case WORD_NAMESPACE:
    case WORD_MODULE:
        if (!is_name && (has_newline || (*next != '"' && *next != '\''))) {
            return NULL;
        }
        next = namespace_name(s, next);
        /* A body is a block; without one it is declared elsewhere. */
        if (next == NULL || *smc_js_peek(s, next, &has_newline) == '{') {
            return next;
        }
        return statement_done(s, next);
    default:
        return NULL;
    }
}
