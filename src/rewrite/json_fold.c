#include "src/rewrite/json_fold.h"

#include <stdlib.h>
#include <string.h>

struct smc_json_fold *smc_json_fold_new(void)
{
    struct smc_json_fold *fold = calloc(1, sizeof *fold);

    if (fold != NULL) {
        fold->open_node = SMC_FOLD_NONE;
        fold->max = fold->stacks.max_nodes = SMC_REWRITE_NODES_MAX;
        fold->stacks.max_nbytes = fold->ids.max_nbytes = SMC_REWRITE_NAMES_NBYTES_MAX;
    }
    return fold;
}

static void free_document(struct smc_json_fold *fold)
{
    struct smc_buf *const buffers[] = {&fold->labels,     &fold->nodes,         &fold->list,
                                       &fold->weights,    &fold->stack_samples, &fold->numbers,
                                       &fold->told_nodes, &fold->told_links,    &fold->told_samples,
                                       &fold->deltas,     &fold->process,       &fold->id};

    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) {
        smc_buf_free(buffers[i]);
    }
    smc_table_free(&fold->keys);
    smc_table_free(&fold->profiles);
    smc_fold_free(&fold->ids);
    fold->ids = (struct smc_fold){.max_nbytes = SMC_REWRITE_NAMES_NBYTES_MAX};
    fold->has_samples = 0;
    fold->open_node = SMC_FOLD_NONE;
}

void smc_json_fold_free(struct smc_json_fold *fold)
{
    if (fold != NULL) {
        free_document(fold);
        smc_fold_free(&fold->stacks);
        smc_buf_free(&fold->text);
        free(fold);
    }
}

/* ---- limits ---- */

void smc_json_fold_give_up(struct smc_json_rewriter *json, const char *limit)
{
    struct smc_json_fold *fold = json->fold;

    if (fold->is_over) {
        return;
    }
    fold->is_over = 1;
    if (limit != NULL) {
        smc_rewrite_fail(json->rewriter, SMC_REWRITE_E_LIMIT, limit, json->offset);
    } else {
        smc_json_lack_memory(json);
    }
}
_Static_assert(SMC_REWRITE_NODES_MAX == 16777216 && SMC_REWRITE_NAMES_NBYTES_MAX == 268435456,
               "as the messages have it");

/* Appends to an array of the document, of which each has the same limit. */
void smc_json_fold_push(struct smc_json_rewriter *json, struct smc_buf *array, const void *item,
                        size_t nbytes)
{
    if (array->nbytes / nbytes >= json->fold->max) {
        smc_json_fold_give_up(json, SMC_FOLD_NODES_LIMIT);
        return;
    }
    smc_buf_append(array, item, nbytes);
    if (array->failed) {
        smc_json_fold_give_up(json, NULL);
    }
}

static void check_stacks(struct smc_json_rewriter *json)
{
    const struct smc_fold *stacks = &json->fold->stacks;

    if (stacks->failed) {
        smc_json_fold_give_up(json, stacks->limit);
    }
}

/* ---- labels ---- */

static uint32_t label_of(struct smc_json_rewriter *json,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *original)
{
    struct smc_json_fold *fold = json->fold;

    if ((json->rewriter->options.flags & SMC_REWRITE_HIDE_IGNORED) != 0 &&
        (original->flags & SMC_ORIGINAL_IGNORED) != 0) {
        return SMC_FOLD_NONE;
    }
    fold->text.nbytes = 0;
    smc_append_folded(&fold->text, generated, original);
    if (fold->text.failed) {
        smc_json_fold_give_up(json, NULL);
        return SMC_FOLD_NONE;
    }
    const uint32_t label = smc_fold_label(&fold->stacks, fold->text.data, fold->text.nbytes);
    check_stacks(json);
    return label;
}

/* What all stacks of a profile begin with is no function. */
static int is_root(const struct smc_generated_frame *generated)
{
    const struct smc_view name = generated->function;

    return generated->url.nbytes == 0 && name.nbytes == 6 &&
           (memcmp(name.ptr, "(root)", 6) == 0 || memcmp(name.ptr, "[root]", 6) == 0);
}

/* Of a frame that is an object. */
uint32_t smc_json_fold_take_label(struct smc_json_rewriter *json, const struct smc_json_form *form,
                                  const struct smc_json *whole)
{
    struct smc_generated_frame generated;
    const struct smc_original_frame *original =
        whole->type == SMC_JSON_OBJECT
            ? smc_json_take_frame(json, form, whole, &generated, &json->written)
            : NULL;

    return original == NULL || is_root(&generated) ? SMC_FOLD_NONE
                                                   : label_of(json, &generated, original);
}

void smc_json_fold_stack(struct smc_json_rewriter *json, enum smc_stack_order order,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *originals, size_t n)
{
    struct smc_fold *stacks = &json->fold->stacks;
    uint32_t node = smc_fold_root(stacks);

    for (size_t i = 0; i < n && !json->fold->is_over; i++) {
        const struct smc_original_frame *original =
            &originals[order == SMC_CALLER_FIRST ? i : n - 1 - i];
        const uint32_t label = label_of(json, &generated[original->frame], original);
        node = label == SMC_FOLD_NONE ? node : smc_fold_child(stacks, node, label);
    }
    smc_fold_add(stacks, node, 1);
    check_stacks(json);
}

/* ---- nodes of a document ---- */

uint32_t smc_json_fold_add_node(struct smc_json_rewriter *json, uint32_t parent, uint32_t frame)
{
    const struct smc_fold_entry node = {parent, frame, SMC_FOLD_NONE, 0, 0};
    const size_t n = json->fold->nodes.nbytes / sizeof node;

    smc_json_fold_push(json, &json->fold->nodes, &node, sizeof node);
    return json->fold->is_over ? SMC_FOLD_NONE : (uint32_t)n;
}

/* The node of a key, which is made if there is none. SMC_FOLD_NONE: it is all over. */
uint32_t smc_json_fold_node_of(struct smc_json_rewriter *json, uint64_t key, uint32_t parent,
                               uint32_t frame)
{
    struct smc_json_fold *fold = json->fold;
    const uint32_t next = (uint32_t)(fold->nodes.nbytes / sizeof(struct smc_fold_entry));
    const uint32_t *node = smc_table_put(&fold->keys, key, next);

    if (node == NULL) {
        smc_json_fold_give_up(json, NULL);
    }
    return fold->is_over   ? SMC_FOLD_NONE
           : *node == next ? smc_json_fold_add_node(json, parent, frame)
                           : *node;
}

void smc_json_fold_weigh(struct smc_json_fold *fold, uint32_t node, double weight)
{
    if (node != SMC_FOLD_NONE && !fold->is_over && weight > 0) {
        smc_json_fold_node(fold, node)->weight += weight;
    }
}

uint32_t smc_json_fold_add_label(struct smc_json_rewriter *json, uint32_t label)
{
    const size_t n = json->fold->labels.nbytes / sizeof label;

    smc_json_fold_push(json, &json->fold->labels, &label, sizeof label);
    return (uint32_t)n;
}

void smc_json_fold_set_frame(struct smc_json_rewriter *json, uint32_t node, uint32_t label)
{
    const uint32_t frame = smc_json_fold_add_label(json, label);

    if (node != SMC_FOLD_NONE && !json->fold->is_over) {
        smc_json_fold_node(json->fold, node)->frame = frame;
    }
}

uint32_t smc_json_fold_parent_of(const struct smc_json_fold *fold, uint32_t node)
{
    const struct smc_fold_entry *nodes = (const void *)fold->nodes.data;
    return node == SMC_FOLD_NONE ? SMC_FOLD_NONE : nodes[node].parent;
}

/* ---- the end of a document ---- */

/* Where a node is in all stacks: its parents are found out first. One that is its own parent's parent begins anew. */
static uint32_t stack_of(struct smc_json_rewriter *json, uint32_t node)
{
    struct smc_json_fold *fold = json->fold;
    struct smc_fold_entry *nodes = (void *)fold->nodes.data;
    const uint32_t *labels = (const void *)fold->labels.data;
    const size_t n_labels = fold->labels.nbytes / sizeof *labels;
    uint32_t stack = smc_fold_root(&fold->stacks);

    fold->numbers.nbytes = 0;
    while (node != SMC_FOLD_NONE && nodes[node].stack == SMC_FOLD_NONE && !fold->is_over) {
        nodes[node].stack = SMC_FOLD_BUSY;
        smc_json_fold_push(json, &fold->numbers, &node, sizeof node);
        node = nodes[node].parent;
    }
    if (node != SMC_FOLD_NONE && nodes[node].stack != SMC_FOLD_BUSY) {
        stack = nodes[node].stack;
    }
    const uint32_t *path = (const void *)fold->numbers.data;
    for (size_t i = fold->numbers.nbytes / sizeof *path; i > 0 && !fold->is_over; i--) {
        const uint32_t frame = nodes[path[i - 1]].frame;
        const uint32_t label = frame < n_labels ? labels[frame] : SMC_FOLD_NONE;
        if (label != SMC_FOLD_NONE) {
            stack = smc_fold_child(&fold->stacks, stack, label);
            check_stacks(json);
        }
        nodes[path[i - 1]].stack = stack;
    }
    return stack;
}

/* Samples of Sentry are of stacks, which may come later. */
static void weigh_stacks(struct smc_json_fold *fold)
{
    const uint32_t *samples = (const void *)fold->stack_samples.data;
    const uint32_t *list = (const void *)fold->list.data;
    const size_t n = fold->list.nbytes / sizeof *list;

    for (size_t i = 0; i < fold->stack_samples.nbytes / sizeof *samples; i++) {
        if (samples[i] < n) {
            smc_json_fold_weigh(fold, list[samples[i]], 1);
        }
    }
}

void smc_json_fold_document(struct smc_json_rewriter *json)
{
    struct smc_json_fold *fold = json->fold;

    if (!fold->is_over) {
        smc_json_fold_commit(json, 0);
        weigh_stacks(fold);
    }
    for (uint32_t i = 0; i < fold->nodes.nbytes / sizeof(struct smc_fold_entry) && !fold->is_over;
         i++) {
        const struct smc_fold_entry *node = smc_json_fold_node(fold, i);
        const double weight = fold->has_samples ? node->weight : node->weight + node->hits;
        if (weight > 0) {
            smc_fold_add(&fold->stacks, stack_of(json, i), weight);
        }
    }
    free_document(fold);
}

void smc_json_fold_finish(struct smc_json_rewriter *json)
{
    smc_json_fold_document(json);
    if (!json->fold->is_over) {
        smc_fold_write(&json->fold->stacks, json->rewriter);
        check_stacks(json);
    }
}
