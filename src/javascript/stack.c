#include "src/javascript/scanner.h"

#include <stdlib.h>
#include <string.h>

/* Deeper nested, a text is no program: engines give up at some 10,000. So frames take 2 MiB at most, whatever the
 * text. */
#define DEPTH_MAX (UINT32_C(1) << 15)
_Static_assert((DEPTH_MAX + 1) * sizeof(struct smc_js_frame) <= 2 << 20, "as said");

const uint8_t *smc_js_lose(struct scanner *s, const uint8_t *at, const char *reason)
{
    if (s->js->reason == NULL) {
        s->js->reason = reason;
        s->js->lost_at = (size_t)(at - s->text);
    }
    return NULL;
}

/* Grows an array by half; 0, or -1 without memory. */
static int grow(struct scanner *s, void **array, uint32_t *capacity, size_t size)
{
    const uint32_t larger = *capacity + *capacity / 2 + 64;
    void *room = realloc(*array, larger * size);

    if (room == NULL) {
        s->is_memory_out = 1;
        return -1;
    }
    *array = room;
    *capacity = larger;
    return 0;
}

/* Frames of which the name of a function inside may have a part, or which end it. */
static int is_naming(enum frame_kind kind)
{
    static const uint32_t naming = 1U << FRAME_FILE | 1U << FRAME_VAR | 1U << FRAME_DEFAULT |
                                   1U << FRAME_FUNCTION | 1U << FRAME_CLASS | 1U << FRAME_OBJECT |
                                   1U << FRAME_ARRAY | 1U << FRAME_GROUP | 1U << FRAME_ASYNC_CALL |
                                   1U << FRAME_ASSIGN | 1U << FRAME_JSX;

    return naming >> kind & 1;
}

static uint32_t nearest_naming(const struct scanner *s)
{
    return is_naming(smc_js_top(s)->kind) ? s->top : smc_js_top(s)->below;
}

struct smc_js_frame *smc_js_push(struct scanner *s, enum frame_kind kind, const uint8_t *start)
{
    struct smc_js *js = s->js;
    void *frames = js->frames;

    if (s->top + 1 >= js->frames_capacity) {
        if (s->top >= DEPTH_MAX) {
            smc_js_lose(s, start, "nested too deeply");
            return NULL;
        }
        if (grow(s, &frames, &js->frames_capacity, sizeof *js->frames) != 0) {
            return NULL;
        }
        js->frames = frames;
        if (js->frames_capacity > DEPTH_MAX + 1) { /* what is beyond is not used */
            js->frames_capacity = DEPTH_MAX + 1;
        }
    }
    const uint32_t below = nearest_naming(s);
    struct smc_js_frame *frame = &js->frames[++s->top];
    *frame = (struct smc_js_frame){
        .kind = (uint8_t)kind, .start = smc_js_offset(s, start), .below = below};
    return frame;
}

struct smc_js_frame *smc_js_push_inner(struct scanner *s, enum frame_kind kind,
                                       const uint8_t *start)
{
    const int is_in_arm = smc_js_is_in_arm(smc_js_top(s));
    struct smc_js_frame *frame = smc_js_push(s, kind, start);

    if (frame != NULL) {
        frame->flags = is_in_arm ? FRAME_IN_CONDITION : 0;
    }
    return frame;
}

void smc_js_pop(struct scanner *s)
{
    s->top--;
}

void smc_js_end_arm(struct scanner *s, const uint8_t *end)
{
    for (;;) {
        const struct smc_js_frame *top = smc_js_top(s);
        if (top->kind == FRAME_FUNCTION && top->state == FUNCTION_EXPRESSION) {
            if (top->parameters != 0) {
                s->js->nodes[top->parameters - 1].kind = NODE_PARAMETERS;
            }
            smc_js_function_end(s, end);
        } else if (top->kind == FRAME_ASSIGN) {
            smc_js_pop(s);
        } else {
            return;
        }
    }
}

/* The arrow on top is that of the other arm: what was taken for its parameters ends the first one. */
static void move_to_other_arm(struct scanner *s)
{
    const struct smc_js_frame arrow = *smc_js_top(s);
    struct smc_js_function *function = &s->js->functions[arrow.extra];

    smc_js_function_end(s, s->last_end);
    smc_js_end_arm(s, s->text + arrow.name_end);
    smc_js_pop(s); /* the condition */
    function->start = arrow.name;
    function->node = smc_js_naming(s);
}

void smc_js_end_expression_slow(struct scanner *s)
{
    for (;;) {
        const struct smc_js_frame *top = smc_js_top(s);
        if (top->kind == FRAME_FUNCTION && top->state == FUNCTION_EXPRESSION) {
            if ((top->flags & FRAME_IN_DOUBT) != 0) {
                move_to_other_arm(s);
            } else {
                smc_js_function_end(s, s->last_end);
            }
        } else if (top->kind == FRAME_ASSIGN) {
            smc_js_pop(s);
        } else {
            return;
        }
    }
}

void smc_js_end_statement_parts(struct scanner *s)
{
    smc_js_end_expression(s);
    while (smc_js_top(s)->kind == FRAME_VAR || smc_js_top(s)->kind == FRAME_DEFAULT) {
        smc_js_pop(s);
    }
}

void smc_js_note_pattern(const struct scanner *s)
{
    if (s->operand_kind == OPERAND_BRACKETS && s->closed_node != 0) {
        s->js->nodes[s->closed_node - 1].is_pattern = 1;
    }
}

/* ---- nodes: made when the first function inside needs them, so each frame costs its share once ---- */

static uint32_t add_node(struct scanner *s, enum node_kind kind, uint32_t parent, uint32_t name,
                         uint32_t name_end, unsigned key)
{
    struct smc_js *js = s->js;
    void *nodes = js->nodes;

    if (js->n_nodes == js->nodes_capacity) {
        if (grow(s, &nodes, &js->nodes_capacity, sizeof *js->nodes) != 0) {
            return BOUNDARY_NODE;
        }
        js->nodes = nodes;
    }
    js->nodes[js->n_nodes] =
        (struct smc_js_node){parent, name, name_end, (uint8_t)kind, (uint8_t)key, 0};
    return js->n_nodes++;
}

/* The node of a frame as a whole, below any key of it. */
static uint32_t whole_node(struct scanner *s, struct smc_js_frame *frame, uint32_t parent)
{
    enum node_kind kind;
    uint32_t name = frame->name, name_end = frame->name_end;

    if (frame->kind == FRAME_CLASS && frame->state == CLASS_HEAD) {
        /* The class is not part of the names in its head. */
        frame->key_node = frame->key_node != 0 ? frame->key_node : parent + 1;
        return frame->key_node - 1;
    }
    if (frame->node != 0) {
        return frame->node - 1;
    }
    switch (frame->kind) {
    case FRAME_VAR:
        if (frame->state == VAR_BINDING) {
            return PARAMETERS_NODE; /* a pattern: what is assigned in it is a default */
        }
        kind = NODE_VAR;
        break;
    case FRAME_DEFAULT:
        kind = NODE_DEFAULT;
        break;
    case FRAME_OBJECT:
        kind = NODE_OBJECT;
        break;
    case FRAME_ARRAY:
        kind = NODE_ARRAY;
        break;
    case FRAME_GROUP:
    case FRAME_ASYNC_CALL:
        kind = NODE_GROUP;
        break;
    case FRAME_CLASS:
        kind = (frame->flags & FRAME_IS_DECLARATION) != 0 ? NODE_CLASS : NODE_CLASS_EXPR;
        name = frame->own_name;
        name_end = frame->own_name_end;
        break;
    case FRAME_ASSIGN:
        kind = frame->state == ASSIGN_FIRST ? NODE_ASSIGN : NODE_NESTED_ASSIGN;
        break;
    case FRAME_JSX:
        if (name == name_end) {
            frame->node = parent + 1;
            return parent;
        }
        kind = NODE_ATTRIBUTE;
        break;
    default:
        return frame->kind == FRAME_FUNCTION && frame->state == FUNCTION_PARAMETERS
                   ? PARAMETERS_NODE
                   : BOUNDARY_NODE;
    }
    const uint32_t node = add_node(s, kind, parent, name, name_end, KEY_NONE);
    if ((frame->flags & FRAME_IS_PATTERN) != 0) {
        s->js->nodes[node].is_pattern = 1;
    }
    frame->node = node + 1;
    return node;
}

/* That of what is in a frame now. */
static uint32_t inner_node(struct scanner *s, struct smc_js_frame *frame, uint32_t parent)
{
    const uint32_t whole = whole_node(s, frame, parent);

    if ((frame->kind != FRAME_OBJECT && frame->kind != FRAME_CLASS) || frame->key == KEY_NONE ||
        (frame->kind == FRAME_CLASS && frame->state == CLASS_HEAD)) {
        return whole;
    }
    if (frame->key_node == 0) {
        uint32_t name = frame->name, name_end = frame->name_end;
        unsigned key = frame->key;
        /* Transpiled classes: { key: "m", value: function () {} } */
        if (frame->kind == FRAME_OBJECT && frame->own_name != frame->own_name_end &&
            key == KEY_IDENTIFIER && name_end - name == 5 &&
            memcmp(s->text + name, "value", 5) == 0) {
            name = frame->own_name;
            name_end = frame->own_name_end;
            key = KEY_LITERAL;
        }
        frame->key_node = add_node(s, frame->kind == FRAME_OBJECT ? NODE_KEY : NODE_MEMBER, whole,
                                   name, name_end, key) +
                          1;
    }
    return frame->key_node - 1;
}

/* Whether the node of what is in the frame is known without those below. */
static int has_inner_node(const struct smc_js_frame *frame)
{
    switch (frame->kind) {
    case FRAME_FILE:
    case FRAME_FUNCTION:
        return 1;
    case FRAME_VAR:
        return frame->state == VAR_BINDING || frame->node != 0;
    case FRAME_CLASS:
        return frame->state == CLASS_BODY ? frame->node != 0 : frame->key_node != 0;
    default:
        return frame->node != 0;
    }
}

static uint32_t naming_of(struct scanner *s, uint32_t index)
{
    struct smc_js_frame *frames = s->js->frames;
    uint32_t at = index, node = BOUNDARY_NODE;

    frames[at].above = UINT32_MAX;
    while (!has_inner_node(&frames[at])) {
        frames[frames[at].below].above = at;
        at = frames[at].below;
    }
    for (; at != UINT32_MAX; at = frames[at].above) {
        node = inner_node(s, &frames[at], node);
    }
    return node;
}

uint32_t smc_js_naming(struct scanner *s)
{
    return naming_of(s, nearest_naming(s));
}

uint32_t smc_js_class_naming(struct scanner *s)
{
    struct smc_js_frame *class_frame = smc_js_top(s);
    const uint32_t parent = naming_of(s, class_frame->below);

    return whole_node(s, class_frame, parent);
}
