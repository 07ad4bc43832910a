/*
 * Inside of folding profiles. What belongs together comes in any order: samples before the nodes that they are of,
 * stacks before their frames, an event's process behind its nodes. So a document is collected as numbers, and becomes
 * stacks when it is over; of a trace, an event is when it is.
 */
#ifndef SMC_REWRITE_JSON_FOLD_H
#define SMC_REWRITE_JSON_FOLD_H

#include "src/rewrite/fold.h"
#include "src/rewrite/json_parts.h"

/* A node of a document. */
struct smc_fold_entry {
    uint32_t parent;
    uint32_t
        frame; /* its label is labels[frame]; NONE: it has none, and is as if it were not there */
    uint32_t
        stack; /* in all stacks, once that is known; NONE; or BUSY while it is being found out */
    double weight, hits;
};
#define SMC_FOLD_BUSY (SMC_FOLD_NONE - 1)

/* What an event of a trace, or a document, has said of a profile, by IDs; -1: none. */
struct smc_told_node {
    int64_t id, parent;
    uint32_t label;
    double hits;
};
struct smc_told_link {
    int64_t parent, child;
};
struct smc_told_sample {
    int64_t id;
    double weight;
};

struct smc_json_fold {
    struct smc_fold stacks; /* of all documents */
    struct smc_buf text;    /* of a label */
    size_t max;             /* SMC_REWRITE_NODES_MAX, but for tests */
    int is_over;            /* it was too much, or there is no memory */
    /* Of a document. */
    struct smc_buf labels; /* uint32_t, of each frame */
    struct smc_buf nodes;  /* struct smc_fold_entry */
    struct smc_table keys; /* of nodes, by profile and ID, or by parent and frame */
    int has_samples;
    uint32_t open_node; /* of a heap profile; of events of speedscope */
    struct smc_buf
        list; /* uint32_t: the node of each stack, of Sentry; of each sample of a profile of speedscope */
    struct smc_buf weights;       /* double, of these samples */
    struct smc_buf stack_samples; /* uint32_t: numbers of stacks */
    struct smc_buf numbers;       /* uint32_t, of a stack; or a path of nodes */
    double last_at;
    int has_last_at;
    /* Of a profile, as far as an event, or the document, has told. */
    struct smc_buf told_nodes, told_links, told_samples;
    struct smc_buf deltas;     /* double */
    struct smc_fold ids;       /* texts of processes and IDs */
    struct smc_table profiles; /* by both together */
    struct smc_buf process,
        id;      /* of the event: their texts, which only those of profiles are kept of */
    int64_t key; /* of the frame that comes next */
};

/* ---- json_fold.c ---- */

static inline struct smc_fold_entry *smc_json_fold_node(const struct smc_json_fold *fold,
                                                        uint32_t i)
{
    return (struct smc_fold_entry *)(void *)fold->nodes.data + i;
}

/* Ends all folding: of too much, or (NULL) without memory. */
void smc_json_fold_give_up(struct smc_json_rewriter *json, const char *limit);
/* Appends to an array of the document, of which each has the same limit. */
void smc_json_fold_push(struct smc_json_rewriter *json, struct smc_buf *array, const void *item,
                        size_t nbytes);
/* Of a frame that is an object; NONE: it has none. */
uint32_t smc_json_fold_take_label(struct smc_json_rewriter *json, const struct smc_json_form *form,
                                  const struct smc_json *whole);
/* Returns the number of the frame. */
uint32_t smc_json_fold_add_label(struct smc_json_rewriter *json, uint32_t label);
/* NONE: it is all over. */
uint32_t smc_json_fold_add_node(struct smc_json_rewriter *json, uint32_t parent, uint32_t frame);
/* The node of a key, which is made if there is none; NONE: it is all over. */
uint32_t smc_json_fold_node_of(struct smc_json_rewriter *json, uint64_t key, uint32_t parent,
                               uint32_t frame);
/* The three below take NONE for a node, and do nothing then. */
void smc_json_fold_set_frame(struct smc_json_rewriter *json, uint32_t node, uint32_t label);
void smc_json_fold_weigh(struct smc_json_fold *fold, uint32_t node, double weight);
uint32_t smc_json_fold_parent_of(const struct smc_json_fold *fold, uint32_t node);

/* ---- profiles by IDs: json_fold_ids.c ---- */

void smc_json_fold_take_node(struct smc_json_rewriter *json, const struct smc_json *whole);
void smc_json_fold_take_hermes_frame(struct smc_json_rewriter *json, const struct smc_json *whole);
void smc_json_fold_take_sample(struct smc_json_rewriter *json, const struct smc_json *whole);
/* What an event has told becomes part of its profile; what the document has, of its own. */
void smc_json_fold_commit_event(struct smc_json_rewriter *json);
void smc_json_fold_commit(struct smc_json_rewriter *json, uint32_t profile);

#endif
