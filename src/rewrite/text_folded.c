/*
 * A stack of text as a folded line: its frames come callee first, in as many parts as it has, and are written caller first.
 * Of a deep one the outermost count, as in folded profiles.
 */
#include "src/rewrite/fold.h"
#include "src/rewrite/text.h"

#include <string.h>

static size_t n_labels(const struct smc_text_rewriter *text)
{
    return text->label_ends.nbytes / sizeof(size_t);
}

/* Keeps no more labels than are written, so that a stack without an end takes no memory without one. */
static void forget_innermost(struct smc_text_rewriter *text)
{
    size_t *ends = (void *)text->label_ends.data;
    const size_t n = n_labels(text) - SMC_FOLD_DEPTH_MAX, off = ends[n - 1];

    memmove(text->labels.data, text->labels.data + off, text->labels.nbytes - off);
    text->labels.nbytes -= off;
    for (size_t i = 0; i < SMC_FOLD_DEPTH_MAX; i++) {
        ends[i] = ends[n + i] - off;
    }
    text->label_ends.nbytes = SMC_FOLD_DEPTH_MAX * sizeof *ends;
}

void smc_text_fold(struct smc_text_rewriter *text, const struct smc_generated_frame *generated,
                   const struct smc_original_frame *original)
{
    smc_append_folded(&text->labels, generated, original);
    smc_buf_append(&text->label_ends, &text->labels.nbytes, sizeof text->labels.nbytes);
    if (!text->labels.failed && !text->label_ends.failed &&
        n_labels(text) / 2 >= SMC_FOLD_DEPTH_MAX) {
        forget_innermost(text);
    }
}

void smc_text_fold_end(struct smc_text_rewriter *text)
{
    const size_t *ends = (const void *)text->label_ends.data;
    const size_t n = n_labels(text), first = n > SMC_FOLD_DEPTH_MAX ? n - SMC_FOLD_DEPTH_MAX : 0;

    if (text->labels.failed || text->label_ends.failed) {
        smc_rewrite_fail(text->rewriter, SMC_REWRITE_E_MEMORY, "out of memory",
                         text->rewriter->offset);
        return;
    }
    for (size_t i = n; i > first; i--) {
        const size_t off = i > 1 ? ends[i - 2] : 0;
        smc_out(text->rewriter, text->labels.data + off, ends[i - 1] - off);
        smc_out_text(text->rewriter, i > first + 1 ? ";" : " 1\n");
    }
    text->labels.nbytes = 0;
    text->label_ends.nbytes = 0;
}
