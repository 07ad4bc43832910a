/*
 * Names of functions: the walk from a function outwards, over the nodes that the scanner left, up to the
 * nearest boundary. It goes by the rules of Sentry's js-source-scopes, but for some deliberate betterments, which
 * tests/names lists.
 */
#include "src/javascript/scanner.h"

#include <string.h>

/* What bounds the work for one name, so that all names are linear in the text. Left sides of assignments are
 * looked at so far, and so many brackets around a function. */
#define CHAIN_NBYTES_MAX 1024
#define CHAIN_PARTS_MAX 16
#define STEPS_MAX 256

/* A part of a name, with the pieces that it takes. */
struct part {
    uint32_t start, end;
    uint8_t kind; /* enum part_kind */
};

enum part_kind {
    PART_IDENTIFIER,
    PART_KEY,          /* <number> */
    PART_KEY_STRING,   /* <"text"> */
    PART_COMPUTED,     /* <computed> */
    PART_INDEX,        /* [number] */
    PART_INDEX_STRING, /* ["text"] */
    PART_INDEX_WORD,   /* [identifier] */
    PART_INDEX_OTHER,  /* [<computed>] */
    PART_TEXT,         /* as it is: it is nobody's identifier */
    PART_OBJECT,       /* <object> */
    PART_DEFAULT       /* default */
};

/* The parts of a name, the last one first. */
struct name {
    const struct smc_js *js;
    struct part parts[SMC_JS_PARTS_MAX];
    unsigned n;
    int is_of_class; /* the outermost part so far is the name of a class expression */
};

static void add(struct name *name, enum part_kind kind, uint32_t start, uint32_t end)
{
    if (name->n < SMC_JS_PARTS_MAX) {
        name->parts[name->n++] = (struct part){start, end, (uint8_t)kind};
    }
    name->is_of_class = 0;
}

static int is_same_text(const struct name *name, const struct part *part, uint32_t start,
                        uint32_t end)
{
    return part->end - part->start == end - start && end - start <= SMC_JS_NAME_NBYTES_MAX &&
           memcmp(name->js->text + part->start, name->js->text + start, end - start) == 0;
}

/* What an expression is assigned to. A class expression of the same name need not be named twice. */
static void add_target(struct name *name, enum part_kind kind, uint32_t start, uint32_t end)
{
    if (name->is_of_class && is_same_text(name, &name->parts[name->n - 1], start, end)) {
        name->n--;
    }
    add(name, kind, start, end);
}

/* Whether a string is one word, so that its key might have done without quotes. */
static int is_word(const struct name *name, uint32_t start, uint32_t end)
{
    return end - start <= SMC_JS_NAME_NBYTES_MAX &&
           smc_js_is_name(name->js->text + start + 1, end - start - 2);
}

/* ---- left sides of assignments ---- */

struct chain {
    const uint8_t *text, *p, *end;
    struct part parts[CHAIN_PARTS_MAX];
    unsigned n;
};

/* Behind the comment at p, which is one. */
static const uint8_t *comment_end(const uint8_t *p, const uint8_t *end)
{
    const int is_block = p[1] == '*';

    for (p += 2; p < end; p++) {
        if (is_block ? p[0] == '*' && p[1] == '/' : *p == '\n' || *p == '\r') {
            return p + 1 + is_block;
        }
    }
    return end;
}

/* White space, comments, and the ! of TypeScript. */
static void skip_space(struct chain *chain)
{
    const uint8_t *p = chain->p;
    int is_line_end;

    while (p < chain->end) {
        if (*p >= 0x80) {
            const size_t n = smc_js_wide_space(p, &is_line_end);
            if (n == 0) {
                break;
            }
            p += n;
        } else if (*p == '/') {
            p = comment_end(p, chain->end);
        } else if (*p <= ' ' || *p == '!') {
            p++;
        } else {
            break;
        }
    }
    chain->p = p;
}

static int add_chain_part(struct chain *chain, enum part_kind kind, const uint8_t *start,
                          const uint8_t *end)
{
    if (chain->n == CHAIN_PARTS_MAX) {
        return -1;
    }
    chain->parts[chain->n++] = (struct part){(uint32_t)(start - chain->text),
                                             (uint32_t)(end - chain->text), (uint8_t)kind};
    chain->p = end;
    return 0;
}

static const uint8_t *string_end(const uint8_t *p, const uint8_t *end)
{
    const uint8_t quote = *p;

    for (p++; p < end && *p != quote; p++) {
        p += *p == '\\';
    }
    return p < end ? p + 1 : end;
}

/* [ ] of which nothing but the brackets is told. */
static int computed_index(struct chain *chain, const uint8_t *start)
{
    unsigned depth = 0;
    const uint8_t *p = start;

    while (p < chain->end) {
        if (*p == '[' || *p == '(' || *p == '{') {
            depth++;
        } else if (*p == ']' || *p == ')' || *p == '}') {
            if (--depth == 0) {
                return add_chain_part(chain, PART_INDEX_OTHER, start, p + 1);
            }
        } else if (*p == '"' || *p == '\'' || *p == '`') {
            p = string_end(p, chain->end);
            continue;
        }
        p++;
    }
    return -1;
}

static int index_part(struct chain *chain)
{
    const uint8_t *start = chain->p++, *end;
    enum part_kind kind = PART_INDEX;

    skip_space(chain);
    const uint8_t *inside = chain->p;
    if (smc_js_is_word_start(inside)) {
        end = smc_js_word_end(inside);
        kind = PART_INDEX_WORD;
    } else if (*inside == '"' || *inside == '\'') {
        end = string_end(inside, chain->end);
        kind = PART_INDEX_STRING;
    } else if (*inside >= '0' && *inside <= '9') {
        end = smc_js_number(inside);
    } else {
        return computed_index(chain, start);
    }
    chain->p = end;
    skip_space(chain);
    if (chain->p >= chain->end || *chain->p != ']') {
        return computed_index(chain, start);
    }
    const uint8_t *after = chain->p + 1;
    const size_t quote = kind == PART_INDEX_STRING;
    if (add_chain_part(chain, kind, inside + quote, end - quote) != 0) {
        return -1;
    }
    chain->p = after;
    return 0;
}

/* Reads a.b["c"]; 0, or -1 if it is something else. */
static int read_chain(struct chain *chain)
{
    if (!smc_js_is_word_start(chain->p) ||
        add_chain_part(chain, PART_IDENTIFIER, chain->p, smc_js_word_end(chain->p)) != 0) {
        return -1;
    }
    for (;;) {
        skip_space(chain);
        if (chain->p >= chain->end) {
            return 0;
        }
        if (*chain->p == '[') {
            if (index_part(chain) != 0) {
                return -1;
            }
        } else if (*chain->p == '.') {
            chain->p++;
            skip_space(chain);
            const uint8_t *start = chain->p;
            const uint8_t *end = smc_js_word_end(start + (*start == '#'));
            if (end == start || add_chain_part(chain, PART_IDENTIFIER, start, end) != 0) {
                return -1;
            }
        } else {
            return -1;
        }
    }
}

/* The left side of an assignment; 0 if it names nothing. */
static int add_chain(struct name *name, const struct smc_js_node *node)
{
    struct chain chain = {.text = name->js->text,
                          .p = name->js->text + node->name,
                          .end = name->js->text + node->name_end};

    if (node->name == node->name_end || node->name_end - node->name > CHAIN_NBYTES_MAX ||
        read_chain(&chain) != 0) {
        return 0;
    }
    for (unsigned i = chain.n; i > 0; i--) {
        const struct part *part = &chain.parts[i - 1];
        add_target(name, part->kind, part->start, part->end);
    }
    return 1;
}

/* ---- the walk ---- */

/* Patterns hand on that they are patterns, but not to the right side of what is assigned in them. */
static int is_pattern(const struct smc_js *js, const struct smc_js_node *node)
{
    if (node->kind == NODE_PARAMETERS) {
        return 1;
    }
    return (node->kind == NODE_OBJECT || node->kind == NODE_ARRAY || node->kind == NODE_KEY) &&
           (node->is_pattern || (node->kind == NODE_KEY && js->nodes[node->parent].is_pattern));
}

void smc_js_find_patterns(struct smc_js *js)
{
    for (uint32_t i = N_FIXED_NODES; i < js->n_nodes; i++) {
        struct smc_js_node *node = &js->nodes[i];
        if ((node->kind == NODE_OBJECT || node->kind == NODE_ARRAY) &&
            is_pattern(js, &js->nodes[node->parent])) {
            node->is_pattern = 1;
        }
    }
}

static void add_key(struct name *name, const struct smc_js_node *node, int is_method)
{
    switch (node->key) {
    case KEY_IDENTIFIER:
        add_target(name, PART_IDENTIFIER, node->name, node->name_end);
        break;
    case KEY_LITERAL:
    case KEY_STRING:
        if (is_word(name, node->name, node->name_end)) {
            add(name, PART_TEXT, node->name + 1, node->name_end - 1);
        } else if (is_method || node->key == KEY_LITERAL) {
            add(name, PART_KEY_STRING, node->name + 1, node->name_end - 1);
        }
        break;
    case KEY_NUMBER:
        if (is_method) {
            add(name, PART_KEY, node->name, node->name_end);
        }
        break;
    case KEY_COMPUTED:
        if (is_method) {
            add(name, PART_COMPUTED, node->name, node->name_end);
        }
        break;
    default:
        break;
    }
}

/* Adds what a node has to say; 0 if the walk goes on. */
static int add_node_parts(struct name *name, const struct smc_js_node *node, int is_method,
                          int *is_in_object)
{
    const struct smc_js *js = name->js;

    switch (node->kind) {
    case NODE_KEY:
        if (!js->nodes[node->parent].is_pattern) {
            add_key(name, node, is_method);
        }
        return 0;
    case NODE_MEMBER:
        add_key(name, node, 1);
        return 0;
    case NODE_OBJECT:
        *is_in_object |= !node->is_pattern;
        return 0;
    case NODE_ATTRIBUTE:
        add(name, PART_IDENTIFIER, node->name, node->name_end);
        return 0;
    case NODE_CLASS:
        if (node->name != node->name_end) {
            add(name, PART_IDENTIFIER, node->name, node->name_end);
            return 1;
        }
        return 0; /* export default class {} */
    case NODE_CLASS_EXPR:
        if (node->name != node->name_end) {
            add(name, PART_IDENTIFIER, node->name, node->name_end);
            name->is_of_class = 1;
        }
        return 0;
    case NODE_ASSIGN:
        return !is_pattern(js, &js->nodes[node->parent]) && add_chain(name, node);
    case NODE_NESTED_ASSIGN:
        return add_chain(name, node);
    case NODE_VAR:
        if (node->name != node->name_end) {
            add_target(name, PART_IDENTIFIER, node->name, node->name_end);
            return 1;
        }
        return 0;
    case NODE_DEFAULT:
        add(name, PART_DEFAULT, 0, 0);
        return 1;
    default:
        return 0;
    }
}

static void walk(struct name *name, const struct smc_js_function *function)
{
    const struct smc_js *js = name->js;
    int is_in_object = 0, is_method = (function->flags & SMC_JS_METHOD) != 0;
    uint32_t i = function->node;

    for (unsigned n_steps = 0;; n_steps++) {
        const struct smc_js_node *node = &js->nodes[i];
        if (node->kind == NODE_BOUNDARY || node->kind == NODE_PARAMETERS) {
            break;
        }
        if (add_node_parts(name, node, is_method, &is_in_object)) {
            is_in_object = 0;
            break;
        }
        is_method = 0;
        if (name->n == SMC_JS_PARTS_MAX || n_steps == STEPS_MAX) {
            return;
        }
        i = node->parent;
    }
    if (is_in_object && name->n > 0) {
        add(name, PART_OBJECT, 0, 0);
    }
}

/* ---- pieces ---- */

struct pieces {
    struct smc_js_piece *list;
    unsigned n;
};

static void add_fixed(struct pieces *pieces, const char *text)
{
    pieces->list[pieces->n++] = (struct smc_js_piece){.fixed = text};
}

static void add_text(struct pieces *pieces, const struct part *part, int is_identifier)
{
    pieces->list[pieces->n++] =
        (struct smc_js_piece){part->start, part->end, NULL, (uint32_t)is_identifier};
}

static void add_part(struct pieces *pieces, const struct part *part)
{
    switch (part->kind) {
    case PART_IDENTIFIER:
        add_text(pieces, part, 1);
        break;
    case PART_TEXT:
        add_text(pieces, part, 0);
        break;
    case PART_KEY:
        add_fixed(pieces, "<");
        add_text(pieces, part, 0);
        add_fixed(pieces, ">");
        break;
    case PART_KEY_STRING:
        add_fixed(pieces, "<\"");
        add_text(pieces, part, 0);
        add_fixed(pieces, "\">");
        break;
    case PART_INDEX_STRING:
        add_fixed(pieces, "[\"");
        add_text(pieces, part, 0);
        add_fixed(pieces, "\"]");
        break;
    case PART_COMPUTED:
        add_fixed(pieces, "<computed>");
        break;
    case PART_INDEX:
    case PART_INDEX_WORD:
        add_fixed(pieces, "[");
        add_text(pieces, part, part->kind == PART_INDEX_WORD);
        add_fixed(pieces, "]");
        break;
    case PART_INDEX_OTHER:
        add_fixed(pieces, "[<computed>]");
        break;
    case PART_OBJECT:
        add_fixed(pieces, "<object>");
        break;
    default:
        add_fixed(pieces, "default");
        break;
    }
}

static int is_index(const struct part *part)
{
    return part->kind == PART_INDEX || part->kind == PART_INDEX_STRING ||
           part->kind == PART_INDEX_WORD || part->kind == PART_INDEX_OTHER;
}

unsigned smc_js_name(const struct smc_js *js, uint32_t index,
                     struct smc_js_piece list[SMC_JS_PIECES_MAX], unsigned *last)
{
    const struct smc_js_function *function = &js->functions[index];
    const int has_identifier = function->name != function->name_end;
    struct name name;
    struct pieces pieces = {list, 0};

    name.js = js;
    name.n = 0;
    name.is_of_class = 0;

    *last = 0;
    if (!has_identifier || (function->flags & SMC_JS_DECLARATION) == 0) {
        walk(&name, function);
    }
    if (has_identifier) { /* its own identifier stands for the last part */
        name.n += name.n == 0;
        name.parts[0] = (struct part){function->name, function->name_end, PART_IDENTIFIER};
    }
    if (name.n == 0) {
        return 0;
    }
    if ((function->flags & SMC_JS_NEW) != 0) {
        add_fixed(&pieces, "new ");
    } else if ((function->flags & (SMC_JS_GETTER | SMC_JS_SETTER)) != 0) {
        add_fixed(&pieces, (function->flags & SMC_JS_GETTER) != 0 ? "get " : "set ");
    }
    for (unsigned i = name.n; i > 0; i--) {
        if (i < name.n && !is_index(&name.parts[i - 1])) {
            add_fixed(&pieces, ".");
        }
        *last = pieces.n;
        add_part(&pieces, &name.parts[i - 1]);
    }
    return pieces.n;
}

/* ---- text ---- */

struct text {
    char *bytes;
    size_t n;
    int is_cut;
};

/* Bytes of the character at p, 0 if it is not UTF-8. */
static size_t character_nbytes(const uint8_t *p, const uint8_t *end)
{
    const size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (n == 0 || p[0] > 0xf4 || (size_t)(end - p) < n) {
        return 0;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)) {
        return 0; /* overlong, a surrogate, or beyond U+10FFFF */
    }
    return n;
}

static void put(struct text *text, const uint8_t *p, const uint8_t *end)
{
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};

    while (p < end) {
        while (p < end && *p < 0x80 && text->n < SMC_JS_NAME_NBYTES_MAX) { /* as nearly all are */
            text->bytes[text->n++] = (char)*p++;
        }
        if (p == end) {
            return;
        }
        size_t n = character_nbytes(p, end);
        const uint8_t *from = n != 0 ? p : replacement;
        p += n != 0 ? n : 1;
        n = n != 0 ? n : sizeof replacement;
        if (text->n + n > SMC_JS_NAME_NBYTES_MAX) {
            text->is_cut = 1;
            return;
        }
        memcpy(text->bytes + text->n, from, n);
        text->n += n;
    }
}

/* Who leads identifiers elsewhere, if anybody does. */
struct guide {
    smc_js_leader leader;
    const void *context;
    int is_led;
};

static void put_piece(struct text *text, const struct smc_js *js, const struct smc_js_piece *piece,
                      struct guide *guide)
{
    const uint8_t *bytes = js->text + piece->start;
    size_t nbytes = piece->end - piece->start;

    if (piece->fixed != NULL) {
        bytes = (const uint8_t *)piece->fixed;
        nbytes = strlen(piece->fixed);
    } else if (piece->is_identifier && guide->leader != NULL) {
        guide->is_led &= guide->leader(guide->context, piece->start, &bytes, &nbytes);
    }
    put(text, bytes, bytes + nbytes);
}

static void put_pieces(struct text *text, const struct smc_js *js,
                       const struct smc_js_piece *pieces, unsigned from, unsigned to,
                       struct guide *guide)
{
    guide->is_led = 1;
    for (unsigned i = from; i < to && !text->is_cut; i++) {
        put_piece(text, js, &pieces[i], guide);
    }
}

static size_t name_text(const struct smc_js *js, uint32_t index, char *bytes, size_t *last_nbytes,
                        struct guide *guide)
{
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    struct text text = {.bytes = bytes};
    unsigned last;
    const unsigned n = smc_js_name(js, index, pieces, &last);

    put_pieces(&text, js, pieces, 0, last, guide);
    const size_t before = text.n;
    put_pieces(&text, js, pieces, last, n, guide);
    *last_nbytes = text.n - before;
    if (text.is_cut) {
        text = (struct text){.bytes = bytes};
        put_pieces(&text, js, pieces, last, n, guide);
        *last_nbytes = text.n;
    }
    return text.n;
}

size_t smc_js_name_text(const struct smc_js *js, uint32_t index, char bytes[SMC_JS_NAME_NBYTES_MAX],
                        size_t *last_nbytes)
{
    struct guide guide = {.leader = NULL};

    return name_text(js, index, bytes, last_nbytes, &guide);
}

size_t smc_js_name_led(const struct smc_js *js, uint32_t index, smc_js_leader leader,
                       const void *context, char bytes[SMC_JS_NAME_NBYTES_MAX], size_t *last_nbytes,
                       int *is_led)
{
    struct guide guide = {.leader = leader, .context = context};
    const size_t n = name_text(js, index, bytes, last_nbytes, &guide);

    *is_led = guide.is_led;
    return n;
}
