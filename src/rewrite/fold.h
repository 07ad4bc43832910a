/*
 * Folded stacks: labels and stacks that are the same are kept once, and weights summed; so memory goes by what is
 * different, and time by what comes.
 */
#ifndef SMC_REWRITE_FOLD_H
#define SMC_REWRITE_FOLD_H

#include "src/base/buf.h"
#include "src/rewrite/table.h"

#define SMC_FOLD_NONE SMC_TABLE_NONE

#define SMC_FOLD_NODES_LIMIT "more than 16,777,216 nodes or samples"

/* What is deeper counts for the frame at this depth: lines are as long as stacks are deep, and hostile ones, each a frame
 * deeper than the one before, would take square room. */
#define SMC_FOLD_DEPTH_MAX 1024

struct smc_fold_node {
    uint32_t parent; /* NONE: it is the root, which is no frame */
    uint32_t label;
    uint32_t depth;
    double weight;
};

struct smc_fold {
    struct smc_buf texts;  /* of labels */
    struct smc_buf labels; /* their ends in `texts`, size_t */
    struct smc_table label_table;
    struct smc_buf nodes; /* struct smc_fold_node, the root first */
    struct smc_table node_table;
    size_t max_nodes, max_nbytes; /* limits; of bytes of labels */
    int failed;
    const char *limit; /* if it has failed for one of them: which; else there is no memory */
};

/* Not SMC_FOLD_NONE but after a failure, which is noted. */
uint32_t smc_fold_label(struct smc_fold *fold, const void *text, size_t nbytes);
uint32_t smc_fold_root(struct smc_fold *fold);
uint32_t smc_fold_child(struct smc_fold *fold, uint32_t parent, uint32_t label);
void smc_fold_add(struct smc_fold *fold, uint32_t node, double weight);
void smc_fold_free(struct smc_fold *fold);

struct smc_rewriter;
/* A line for each stack that weighs something, in the order in which they, or stacks that begin with them, first
 * came. */
void smc_fold_write(struct smc_fold *fold, struct smc_rewriter *rewriter);

#endif
