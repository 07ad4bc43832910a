/*
 * Names of functions: the walk from a function outwards, over the nodes that the scanner left, up to the
 * nearest boundary. It goes by the rules of Sentry's js-source-scopes, but for some deliberate betterments, which
 * tests/names lists.
 */
#include "src/javascript/names.h"

#include <string.h>

/* So many brackets around a function are looked at, so that all names are linear in the text. */
#define STEPS_MAX 256

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

/* The left side of an assignment; 0 if it names nothing. */
static int add_chain(struct name *name, const struct smc_js_node *node)
{
    struct chain chain = {.text = name->js->text,
                          .p = name->js->text + node->name,
                          .end = name->js->text + node->name_end};

    if (node->name == node->name_end || node->name_end - node->name > CHAIN_NBYTES_MAX ||
        smc_js_chain_read(&chain) != 0) {
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
