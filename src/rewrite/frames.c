/*
 * Frames by themselves: counted, as objects of JSON, and as folded stacks have them.
 */
#include "src/rewrite/parts.h"

#include <string.h>

void smc_count_frame(struct smc_rewriter *rewriter, const struct smc_original_frame *original)
{
    struct smc_rewrite_counts *counts = &rewriter->counts;

    counts->n_frames++;
    if (original->reason == SMC_REASON_NONE) {
        counts->n_mapped++;
    } else {
        counts->n_reasons[original->reason % 16]++;
    }
}

size_t smc_count_originals(struct smc_rewriter *rewriter, uint32_t frame,
                           const struct smc_original_frame *originals, size_t n)
{
    const struct smc_original_frame none = {.reason = SMC_REASON_NONE};
    const struct smc_original_frame *own = &none;
    size_t n_own = 0;

    for (; n_own < n && originals[n_own].frame == frame; n_own++) {
        if ((originals[n_own].flags & SMC_ORIGINAL_INLINED) == 0) {
            own = &originals[n_own];
        }
    }
    smc_count_frame(rewriter, own);
    return n_own;
}

static void append_key(struct smc_buf *buf, const char *key)
{
    smc_buf_append(buf, ",\"", 2);
    smc_buf_append(buf, key, strlen(key));
    smc_buf_append(buf, "\":", 2);
}

static void append_text(struct smc_buf *buf, const char *key, struct smc_view text)
{
    append_key(buf, key);
    smc_append_json(buf, text);
}

/* 1-based; null of what is not there. */
static void append_position(struct smc_buf *buf, const char *key, uint32_t number)
{
    append_key(buf, key);
    if (number == SMC_NONE) {
        smc_buf_append(buf, "null", 4);
    } else {
        smc_append_number(buf, (uint64_t)number + 1);
    }
}

static void append_flag(struct smc_buf *buf, const char *key, int is_true)
{
    append_key(buf, key);
    smc_buf_append(buf, is_true ? "true" : "false", is_true ? 4 : 5);
}

static const char *kind_text(const struct smc_function *function)
{
    static const char *const texts[] = {"unknown", "top_level", "anonymous", "named"};
    return function->index == SMC_NONE || function->kind > 3 ? NULL : texts[function->kind];
}

static const char *origin_text(uint32_t origin)
{
    static const char *const texts[] = {NULL,       "scopes",   "facebook",      "bloomberg",
                                        "original", "minified", "minified_text", "caller",
                                        "engine"};
    return origin < sizeof texts / sizeof texts[0] ? texts[origin] : NULL;
}

void smc_out_frame(struct smc_rewriter *rewriter, const struct smc_generated_frame *generated,
                   const struct smc_original_frame *original)
{
    const int is_mapped = original->source != SMC_NONE;
    const struct smc_file_answer *file = original->file;
    struct smc_buf *buf = &rewriter->out;

    if (rewriter->options.visit != NULL) {
        rewriter->options.visit(rewriter->options.visit_context, generated, original);
        return;
    }
    smc_buf_append(buf, "{\"frame\":", 9);
    smc_append_number(buf, rewriter->counts.n_frames - 1);
    append_key(buf, "stack");
    if (rewriter->counts.n_stacks > 0) {
        smc_append_number(buf, rewriter->counts.n_stacks - 1);
    } else {
        smc_buf_append(buf, "null", 4);
    }
    append_text(buf, "url", generated->url);
    append_position(buf, "line", generated->line);
    append_position(buf, "column", generated->column);
    append_text(buf, "generated_function", generated->function);
    append_flag(buf, "mapped", is_mapped);
    append_text(buf, "reason", smc_view_of(smc_reason_text(original->reason)));
    append_text(buf, "rule", smc_view_of(file != NULL ? smc_rule_text(file->rule) : NULL));
    append_text(buf, "file", file != NULL ? file->path : smc_view_of(NULL));
    append_text(buf, "source", original->source_text);
    append_position(buf, "source_line", is_mapped ? original->source_line : SMC_NONE);
    append_position(buf, "source_column", is_mapped ? original->source_column : SMC_NONE);
    append_text(buf, "name", original->token_name);
    append_text(buf, "function", original->name);
    append_text(buf, "function_kind", smc_view_of(kind_text(&original->function)));
    append_text(buf, "function_origin", smc_view_of(origin_text(original->name_origin)));
    append_flag(buf, "ignored", (original->flags & SMC_ORIGINAL_IGNORED) != 0);
    append_flag(buf, "inlined", (original->flags & SMC_ORIGINAL_INLINED) != 0);
    smc_out(rewriter, "}\n", 2);
}

/* What separates frames and stacks would end this one. */
static void append_label(struct smc_buf *buf, struct smc_view text)
{
    const size_t from = buf->nbytes;

    smc_append_shown(buf, text);
    for (size_t i = from; i < buf->nbytes; i++) {
        if (buf->data[i] == ';') {
            buf->data[i] = ',';
        }
    }
}

void smc_append_folded(struct smc_buf *buf, const struct smc_generated_frame *generated,
                       const struct smc_original_frame *original)
{
    const int is_mapped = original->source != SMC_NONE;
    const struct smc_view place = is_mapped ? original->source_text : generated->url;
    const uint32_t line = is_mapped ? original->source_line : generated->line;

    append_label(buf, original->name.ptr != NULL ? original->name : smc_view_of("(anonymous)"));
    if (place.nbytes > 0) {
        smc_buf_append(buf, " (", 2);
        append_label(buf, place);
        if (line != SMC_NONE) {
            smc_buf_append_byte(buf, ':');
            smc_append_number(buf, (uint64_t)line + 1);
        }
        smc_buf_append_byte(buf, ')');
    }
}
