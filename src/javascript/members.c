/*
 * Properties of object literals and members of classes.
 */
#include "src/javascript/scanner.h"

#include <string.h>

/* Whether what follows a word is the rest of a key that the word is a modifier of. */
static int is_key_start(const uint8_t *p)
{
    return smc_js_is_word_start(p) || *p == '"' || *p == '\'' || *p == '[' || *p == '#' ||
           (*p >= '0' && *p <= '9') || *p == '.';
}

static int has_text(const uint8_t *p, const uint8_t *end, const char *text)
{
    return (size_t)(end - p) == strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

/* Modifiers that may come before others. */
static int is_first_modifier(const struct scanner *s, enum smc_js_word word, int has_newline)
{
    switch (word) {
    case WORD_STATIC:
        return 1;
    case WORD_READONLY:
    case WORD_PUBLIC:
    case WORD_PRIVATE:
    case WORD_PROTECTED:
    case WORD_ABSTRACT:
    case WORD_OVERRIDE:
    case WORD_DECLARE:
        return s->is_typed && !has_newline;
    default:
        return 0;
    }
}

/* static, private and the like before a member; *is_static says whether the first is among them. */
static const uint8_t *first_modifiers(struct scanner *s, const uint8_t *p, int *is_static)
{
    int has_newline;

    for (;;) {
        const uint8_t *end = smc_js_word_end(p), *next = smc_js_peek(s, end, &has_newline);
        const enum smc_js_word word = smc_js_word(p, (size_t)(end - p));
        if (!is_first_modifier(s, word, has_newline) || (word == WORD_STATIC && *is_static) ||
            (!is_key_start(next) && *next != '*' && (*next != '{' || word != WORD_STATIC))) {
            return p;
        }
        *is_static |= word == WORD_STATIC;
        p = next;
    }
}

/* The modifiers next to a key; *flags says what they make of a method. Returns the key. */
static const uint8_t *last_modifiers(struct scanner *s, const uint8_t *p, int is_class,
                                     unsigned *flags)
{
    int has_newline;
    const uint8_t *end = smc_js_word_end(p), *next = smc_js_peek(s, end, &has_newline);
    const int is_key = is_key_start(next);

    *flags = 0;
    switch (smc_js_word(p, (size_t)(end - p))) {
    case WORD_GET:
        *flags = is_key ? SMC_JS_GETTER : 0;
        return is_key ? next : p;
    case WORD_SET:
        *flags = is_key ? SMC_JS_SETTER : 0;
        return is_key ? next : p;
    case WORD_ACCESSOR:
        return is_class && is_key && !has_newline ? next : p;
    case WORD_ASYNC:
        if (has_newline || (!is_key && *next != '*')) {
            return p;
        }
        *flags = MEMBER_IS_ASYNC;
        p = next;
        break;
    default:
        break;
    }
    if (*p == '*') {
        *flags |= MEMBER_IS_GENERATOR;
        p = smc_js_peek(s, p + 1, &has_newline);
    }
    return p;
}

/* Where a property's or member's key has been read, without its modifiers. */
static const uint8_t *key_done(struct scanner *s, const uint8_t *key, const uint8_t *end,
                               enum key_kind kind)
{
    struct smc_js_frame *frame = smc_js_top(s);

    if (end == NULL) {
        return NULL;
    }
    frame->key = (uint8_t)kind;
    frame->key_node = 0;
    frame->name = smc_js_offset(s, key);
    frame->name_end = smc_js_offset(s, end);
    return smc_js_after_key(s, end);
}

static const uint8_t *key(struct scanner *s, const uint8_t *start, const uint8_t *p, unsigned flags,
                          int may_construct)
{
    struct smc_js_frame *frame = smc_js_top(s);
    const uint8_t *end;

    frame->member = smc_js_offset(s, start);
    frame->member_flags = (uint8_t)flags;
    if (smc_js_is_word_start(p)) {
        end = smc_js_word_end(p);
        return key_done(s, p, end,
                        may_construct && has_text(p, end, "constructor") ? KEY_CONSTRUCTOR
                                                                         : KEY_IDENTIFIER);
    }
    switch (*p) {
    case '#':
        return key_done(s, p, smc_js_word_end(p + 1), KEY_IDENTIFIER);
    case '"':
    case '\'':
        end = smc_js_string(s, p);
        return key_done(s, p, end,
                        end != NULL && may_construct && has_text(p + 1, end - 1, "constructor")
                            ? KEY_CONSTRUCTOR
                            : KEY_STRING);
    case '[':
        frame->key = KEY_NONE;
        if (smc_js_push(s, FRAME_COMPUTED, p) == NULL) {
            return NULL;
        }
        s->mode = MODE_OPERAND;
        return p + 1;
    default:
        if ((*p >= '0' && *p <= '9') || *p == '.') {
            return key_done(s, p, smc_js_number(p), KEY_NUMBER);
        }
        return smc_js_lose(s, p, "neither a key nor the end of the braces");
    }
}

const uint8_t *smc_js_property(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *frame = smc_js_top(s);
    unsigned flags;

    switch (*p) {
    case '}':
        return smc_js_close(s, p);
    case ',':
        return p + 1;
    case '.':
        if (p[1] == '.' && p[2] == '.') {
            frame->key = KEY_NONE;
            s->mode = MODE_OPERAND;
            return p + 3;
        }
        break;
    default:
        break;
    }
    const uint8_t *at = last_modifiers(s, p, 0, &flags);
    return key(s, p, at, flags, 0);
}

const uint8_t *smc_js_member(struct scanner *s, const uint8_t *p)
{
    struct smc_js_frame *frame = smc_js_top(s);
    unsigned flags;
    int is_static = 0;

    frame->key = KEY_NONE;
    switch (*p) {
    case '}':
        return smc_js_close(s, p);
    case ';':
        return p + 1;
    case '@':
        return smc_js_decorator(s, p);
    default:
        break;
    }
    const uint8_t *at = first_modifiers(s, p, &is_static);
    if (*at == '{' && is_static) {
        if (smc_js_push(s, FRAME_STATIC, at) == NULL) {
            return NULL;
        }
        s->mode = MODE_STATEMENT;
        return at + 1;
    }
    at = last_modifiers(s, at, 1, &flags);
    return key(s, p, at, flags, !is_static && flags == 0);
}

/* key: "m" of a transpiled method: notes the string. */
static void note_key_literal(struct scanner *s, struct smc_js_frame *frame, const uint8_t *value)
{
    int has_newline;

    frame->own_name_end = frame->own_name;
    value = smc_js_peek(s, value, &has_newline);
    const uint8_t *end = *value == '"' || *value == '\'' ? smc_js_string(s, value) : NULL;
    if (end != NULL) {
        const uint8_t *next = smc_js_peek(s, end, &has_newline);
        if (*next == ',' || *next == '}') {
            frame->own_name = smc_js_offset(s, value);
            frame->own_name_end = smc_js_offset(s, end);
        }
    }
}

static const uint8_t *after_property_key(struct scanner *s, const uint8_t *p, const uint8_t *end)
{
    struct smc_js_frame *frame = smc_js_top(s);

    if (*p == '(' || *p == '<') {
        return smc_js_method(s, s->text + frame->member, p, frame->member_flags);
    }
    if (frame->member_flags != 0) {
        return smc_js_lose(s, end, "a method without parameters");
    }
    switch (*p) {
    case ':':
        if (frame->key == KEY_IDENTIFIER &&
            has_text(s->text + frame->name, s->text + frame->name_end, "key")) {
            note_key_literal(s, frame, p + 1);
        }
        s->mode = MODE_OPERAND;
        return p + 1;
    case ',':
        s->mode = MODE_PROPERTY;
        return p + 1;
    case '}':
        return smc_js_close(s, p);
    case '=': /* { a = 1 } is a pattern, or an enum */
        frame->key = KEY_NONE;
        frame->flags |= FRAME_IS_PATTERN;
        if (frame->node != 0) {
            s->js->nodes[frame->node - 1].is_pattern = 1;
        }
        s->mode = MODE_OPERAND;
        return smc_js_push(s, FRAME_ASSIGN, p) != NULL ? p + 1 : NULL;
    default:
        return smc_js_lose(s, end, "a key without a value");
    }
}

static const uint8_t *after_member_key(struct scanner *s, const uint8_t *p, const uint8_t *end,
                                       int has_newline)
{
    const struct smc_js_frame *frame = smc_js_top(s);

    while (s->is_typed && (*p == '?' || *p == '!')) {
        end = p + 1;
        p = smc_js_peek(s, end, &has_newline);
    }
    if (*p == '(' || (*p == '<' && s->is_typed)) {
        return smc_js_method(s, s->text + frame->member, p, frame->member_flags);
    }
    if (frame->member_flags != 0) {
        return smc_js_lose(s, end, "a method without parameters");
    }
    if (*p == ':' && s->is_typed) {
        end = smc_js_type(s, p + 1);
        if (end == NULL) {
            return NULL;
        }
        p = smc_js_peek(s, end, &has_newline);
    }
    if (*p == '=') {
        s->mode = MODE_OPERAND;
        return p + 1;
    }
    s->mode = MODE_MEMBER;
    if (*p == ';' || *p == '}' || has_newline) {
        return end;
    }
    return smc_js_lose(s, end, "a member of a class that makes no sense");
}

const uint8_t *smc_js_after_key(struct scanner *s, const uint8_t *p)
{
    int has_newline;
    const uint8_t *next = smc_js_peek(s, p, &has_newline);

    return smc_js_top(s)->kind == FRAME_OBJECT ? after_property_key(s, next, p)
                                               : after_member_key(s, next, p, has_newline);
}
