/*
 * Profiles whose nodes have IDs: V8's, in files of their own and in traces, and Hermes'.
 */
#include "src/rewrite/json_fold.h"

/* IDs are less than 2^41. */
static uint32_t node_of_id(struct smc_json_rewriter *json, uint32_t profile, int64_t id)
{
    return smc_json_fold_node_of(json, (uint64_t)profile << 41 ^ (uint64_t)id, SMC_FOLD_NONE,
                                 SMC_FOLD_NONE);
}

static void commit_nodes(struct smc_json_rewriter *json, uint32_t profile)
{
    struct smc_json_fold *fold = json->fold;
    const struct smc_told_node *told = (const void *)fold->told_nodes.data;
    const struct smc_told_link *links = (const void *)fold->told_links.data;

    for (size_t i = 0; i < fold->told_nodes.nbytes / sizeof *told && !fold->is_over; i++) {
        const uint32_t node = node_of_id(json, profile, told[i].id);
        const uint32_t parent =
            told[i].parent < 0 ? SMC_FOLD_NONE : node_of_id(json, profile, told[i].parent);
        const uint32_t frame = smc_json_fold_add_label(json, told[i].label);
        if (fold->is_over) {
            return;
        }
        smc_json_fold_node(fold, node)->frame = frame;
        smc_json_fold_node(fold, node)->hits += told[i].hits;
        if (parent != SMC_FOLD_NONE) {
            smc_json_fold_node(fold, node)->parent = parent;
        }
    }
    for (size_t i = 0; i < fold->told_links.nbytes / sizeof *links && !fold->is_over; i++) {
        const uint32_t parent = node_of_id(json, profile, links[i].parent);
        const uint32_t child = node_of_id(json, profile, links[i].child);
        if (!fold->is_over) {
            smc_json_fold_node(fold, child)->parent = parent;
        }
    }
}

/* What is told of a profile becomes part of it. */
void smc_json_fold_commit(struct smc_json_rewriter *json, uint32_t profile)
{
    struct smc_json_fold *fold = json->fold;
    const struct smc_told_sample *samples = (const void *)fold->told_samples.data;
    const double *deltas = (const void *)fold->deltas.data;
    const size_t n_deltas = fold->deltas.nbytes / sizeof *deltas;

    commit_nodes(json, profile);
    for (size_t i = 0; i < fold->told_samples.nbytes / sizeof *samples && !fold->is_over; i++) {
        const uint32_t node = node_of_id(json, profile, samples[i].id);
        const double weight = n_deltas == 0 ? samples[i].weight : i < n_deltas ? deltas[i] : 0;
        fold->has_samples = 1;
        smc_json_fold_weigh(fold, node, weight);
    }
    fold->told_nodes.nbytes = 0;
    fold->told_links.nbytes = 0;
    fold->told_samples.nbytes = 0;
    fold->deltas.nbytes = 0;
}

void smc_json_fold_commit_event(struct smc_json_rewriter *json)
{
    struct smc_json_fold *fold = json->fold;

    if (fold->told_nodes.nbytes + fold->told_samples.nbytes == 0) {
        return;
    }
    const uint32_t process = smc_fold_label(&fold->ids, fold->process.data, fold->process.nbytes);
    const uint32_t id = smc_fold_label(&fold->ids, fold->id.data, fold->id.nbytes);
    const uint64_t key = (uint64_t)process << 32 | id;
    const uint32_t *profile = smc_table_put(&fold->profiles, key, (uint32_t)fold->profiles.n + 1);
    if (profile == NULL || fold->ids.failed || fold->process.failed || fold->id.failed) {
        smc_json_fold_give_up(json, fold->ids.limit);
        return;
    }
    smc_json_fold_commit(json, *profile);
}

enum { NODE_ID, NODE_FRAME, NODE_HITS, NODE_CHILDREN, NODE_PARENT };

void smc_json_fold_take_node(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"id", "callFrame", "hitCount", "children", "parent"};
    struct smc_json_object object;
    struct smc_json child;

    smc_json_object_read(&object, whole, names, 5);
    const struct smc_told_node node = {
        smc_json_integer_of(&object.values[NODE_ID]),
        smc_json_integer_of(&object.values[NODE_PARENT]),
        smc_json_fold_take_label(json, &smc_json_form_call_frame, &object.values[NODE_FRAME]),
        smc_json_number_of(&object.values[NODE_HITS])};
    if (node.id < 0) {
        return;
    }
    smc_json_fold_push(json, &json->fold->told_nodes, &node, sizeof node);
    if (object.values[NODE_CHILDREN].type == SMC_JSON_ARRAY) {
        struct smc_json_walk walk = smc_json_walk(&object.values[NODE_CHILDREN]);
        while (smc_json_next_element(&walk, &child) && !json->fold->is_over) {
            const struct smc_told_link link = {node.id, smc_json_integer_of(&child)};
            if (link.child >= 0) {
                smc_json_fold_push(json, &json->fold->told_links, &link, sizeof link);
            }
        }
    }
}

void smc_json_fold_take_hermes_frame(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"parent"};
    struct smc_json_object object;

    smc_json_object_read(&object, whole, names, 1);
    const struct smc_told_node node = {json->fold->key, smc_json_integer_of(&object.values[0]),
                                       smc_json_fold_take_label(json, &smc_json_form_hermes, whole),
                                       0};
    if (node.id >= 0) {
        smc_json_fold_push(json, &json->fold->told_nodes, &node, sizeof node);
    }
}

void smc_json_fold_take_sample(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"sf", "weight"};
    struct smc_told_sample sample = {-1, 1};
    struct smc_json_object object;

    if (whole->type == SMC_JSON_OBJECT) {
        smc_json_object_read(&object, whole, names, 2);
        sample.id = smc_json_integer_of(&object.values[0]);
        if (object.values[1].type != SMC_JSON_ABSENT) {
            sample.weight = smc_json_number_of(&object.values[1]);
        }
    } else {
        sample.id = smc_json_integer_of(whole);
    }
    if (sample.id >= 0) {
        smc_json_fold_push(json, &json->fold->told_samples, &sample, sizeof sample);
    }
}
