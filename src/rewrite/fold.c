#include "src/rewrite/fold.h"

#include "src/base/hash.h"
#include "src/rewrite/parts.h"

#include <string.h>

/* ---- labels ---- */

static const uint8_t *label_text(const struct smc_fold *fold, uint32_t label, size_t *nbytes)
{
    const size_t *ends = (const void *)fold->labels.data;
    const size_t start = label == 0 ? 0 : ends[label - 1];

    *nbytes = ends[label] - start;
    return fold->texts.data + start;
}

uint32_t smc_fold_label(struct smc_fold *fold, const void *text, size_t nbytes)
{
    const uint32_t next = (uint32_t)(fold->labels.nbytes / sizeof(size_t));

    if (fold->texts.nbytes > fold->max_nbytes) {
        fold->limit = "more than 268,435,456 bytes of names of functions";
        fold->failed = 1;
    }

    /* Another text of the same hash is found in its place: then the next key is tried. */
    for (uint64_t key = smc_hash_text(text, nbytes); !fold->failed; key++) {
        const uint32_t *label = smc_table_put(&fold->label_table, key, next);
        size_t n;
        if (label == NULL) {
            break;
        }
        if (*label == next) {
            smc_buf_append(&fold->texts, text, nbytes);
            smc_buf_append(&fold->labels, &fold->texts.nbytes, sizeof(size_t));
            if (fold->texts.failed || fold->labels.failed) {
                break;
            }
            return next;
        }
        const uint8_t *known = label_text(fold, *label, &n);
        if (n == nbytes && (n == 0 || memcmp(known, text, n) == 0)) {
            return *label;
        }
    }
    fold->failed = 1;
    return SMC_FOLD_NONE;
}

/* ---- stacks ---- */

static uint32_t n_nodes(const struct smc_fold *fold)
{
    return (uint32_t)(fold->nodes.nbytes / sizeof(struct smc_fold_node));
}

static void add_node(struct smc_fold *fold, uint32_t parent, uint32_t label)
{
    const struct smc_fold_node *nodes = (const void *)fold->nodes.data;
    const struct smc_fold_node node = {.parent = parent,
                                       .label = label,
                                       .depth =
                                           parent == SMC_FOLD_NONE ? 0 : nodes[parent].depth + 1};

    smc_buf_append(&fold->nodes, &node, sizeof node);
    fold->failed |= fold->nodes.failed;
}

uint32_t smc_fold_root(struct smc_fold *fold)
{
    if (n_nodes(fold) == 0) {
        add_node(fold, SMC_FOLD_NONE, SMC_FOLD_NONE);
    }
    return fold->failed ? SMC_FOLD_NONE : 0;
}

uint32_t smc_fold_child(struct smc_fold *fold, uint32_t parent, uint32_t label)
{
    const uint32_t next = n_nodes(fold);

    if (fold->failed || parent == SMC_FOLD_NONE || label == SMC_FOLD_NONE) {
        return SMC_FOLD_NONE;
    }
    const struct smc_fold_node *nodes = (const void *)fold->nodes.data;
    if (nodes[parent].depth == SMC_FOLD_DEPTH_MAX) {
        return parent;
    }
    const uint32_t *node = smc_table_put(&fold->node_table, (uint64_t)parent << 32 | label, next);
    if (node == NULL || next > fold->max_nodes) {
        fold->limit = node == NULL ? NULL : SMC_FOLD_NODES_LIMIT;
        fold->failed = 1;
        return SMC_FOLD_NONE;
    }
    if (*node == next) {
        add_node(fold, parent, label);
    }
    return fold->failed ? SMC_FOLD_NONE : *node;
}

void smc_fold_add(struct smc_fold *fold, uint32_t node, double weight)
{
    struct smc_fold_node *nodes = (void *)fold->nodes.data;

    if (!fold->failed && node != SMC_FOLD_NONE && weight > 0) {
        nodes[node].weight += weight;
    }
}

void smc_fold_free(struct smc_fold *fold)
{
    smc_buf_free(&fold->texts);
    smc_buf_free(&fold->labels);
    smc_table_free(&fold->label_table);
    smc_buf_free(&fold->nodes);
    smc_table_free(&fold->node_table);
}

/* ---- writing ---- */

/* A weight in as many digits as it has, up to six behind the point. */
static void append_weight(struct smc_buf *buf, double weight)
{
    if (weight >= 1e12) { /* no fraction matters */
        smc_append_number(buf, weight < 1.8e19 ? (uint64_t)weight : UINT64_MAX);
        return;
    }
    const uint64_t millionths = (uint64_t)(weight * 1e6 + 0.5);
    smc_append_number(buf, millionths / 1000000);
    uint64_t rest = millionths % 1000000;
    if (rest > 0) {
        smc_buf_append_byte(buf, '.');
    }
    for (uint64_t unit = 100000; rest > 0; rest %= unit, unit /= 10) {
        smc_append_number(buf, rest / unit);
    }
}

void smc_fold_write(struct smc_fold *fold, struct smc_rewriter *rewriter)
{
    const struct smc_fold_node *nodes = (const void *)fold->nodes.data;
    struct smc_buf path = {0}, line = {0};

    for (uint32_t i = 1; i < n_nodes(fold) && !fold->failed; i++) {
        if (nodes[i].weight < 5e-7) { /* less than a digit that is written */
            continue;
        }
        path.nbytes = line.nbytes = 0;
        for (uint32_t node = i; nodes[node].parent != SMC_FOLD_NONE; node = nodes[node].parent) {
            smc_buf_append(&path, &nodes[node].label, sizeof nodes[node].label);
        }
        const uint32_t *labels = (const void *)path.data;
        for (size_t k = path.nbytes / sizeof *labels; k > 0 && !path.failed; k--) {
            size_t n;
            const uint8_t *text = label_text(fold, labels[k - 1], &n);
            smc_out(rewriter, text, n);
            smc_out(rewriter, k > 1 ? ";" : " ", 1);
        }
        append_weight(&line, nodes[i].weight);
        smc_buf_append_byte(&line, '\n');
        smc_out(rewriter, line.data, line.nbytes);
        fold->failed |= path.failed | line.failed;
    }
    smc_buf_free(&path);
    smc_buf_free(&line);
}
