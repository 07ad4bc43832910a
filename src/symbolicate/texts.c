/*
 * Source lines. Contents are inflated in pieces, which each smc_text keeps: one for each piece that has been asked for
 * lately, so that stacks which are like those before inflate nothing.
 */
#include "src/symbolicate/parts.h"

#include "src/reader/text.h"

#include <stdlib.h>

static void close_text(struct smc_known_text *text)
{
    smc_text_close(text->text);
    *text = (struct smc_known_text){.text = NULL};
}

void smc_texts_forget(smc_symbolicator *s, const smc_cache *cache)
{
    for (uint32_t i = 0; s->texts != NULL && i < s->options.max_texts; i++) {
        if (s->texts[i].cache == cache) {
            close_text(&s->texts[i]);
        }
    }
}

void smc_texts_close(smc_symbolicator *s)
{
    for (uint32_t i = 0; s->texts != NULL && i < s->options.max_texts; i++) {
        close_text(&s->texts[i]);
    }
    free(s->texts);
    s->texts = NULL;
}

/* That of the piece; or a free one; or the one that was used last longest ago. NULL without memory. */
static struct smc_known_text *choose(smc_symbolicator *s, const smc_cache *cache, uint64_t piece)
{
    if (s->texts == NULL) {
        s->texts = calloc(s->options.max_texts, sizeof *s->texts);
        if (s->texts == NULL) {
            return NULL;
        }
    }
    struct smc_known_text *oldest = &s->texts[0];
    for (uint32_t i = 0; i < s->options.max_texts; i++) {
        struct smc_known_text *text = &s->texts[i];
        if (text->cache == cache && text->piece == piece) {
            return text;
        }
        oldest = text->used < oldest->used ? text : oldest;
    }
    if (oldest->cache != cache) {
        close_text(oldest);
    }
    return oldest;
}

/* The text for a source's contents, open; NULL without memory. */
static struct smc_known_text *open_text(smc_symbolicator *s, const smc_cache *cache,
                                        const struct smc_source_range *range)
{
    const uint64_t piece =
        cache->content_block_nbytes == 0 ? 0 : range->content_off / cache->content_block_nbytes;
    struct smc_known_text *text = choose(s, cache, piece);

    if (text == NULL || (text->text == NULL && smc_text_open(cache, &text->text) != SMC_OK)) {
        return NULL;
    }
    text->cache = cache;
    text->piece = piece;
    text->used = ++s->n_texts_used;
    return text;
}

smc_status smc_symbolicate_context(smc_symbolicator *s, const struct smc_original_frame *frame,
                                   uint32_t n_before, uint32_t n_after, uint32_t max_units,
                                   struct smc_context_line *lines, struct smc_context *context)
{
    const struct smc_context_query query = {.source = frame->source,
                                            .line = frame->source_line,
                                            .column = frame->source_column,
                                            .n_before = n_before,
                                            .n_after = n_after,
                                            .max_units = max_units};
    struct smc_source_range range;

    context->n_lines = 0;
    if (frame->source == SMC_NONE || frame->file == NULL || frame->file->cache == NULL) {
        return SMC_E_NO_CONTENT;
    }
    const smc_cache *cache = frame->file->cache;
    if (smc_contexts_find(s, cache, &query, lines, context)) {
        return SMC_OK;
    }
    smc_status status = smc_source_range_get(cache, frame->source, &range);
    if (status != SMC_OK) {
        return status;
    }
    struct smc_known_text *text = open_text(s, cache, &range);
    status = text == NULL ? SMC_E_MEMORY : smc_text_context(text->text, &query, lines, context);
    if (status == SMC_OK) {
        status = smc_contexts_add(s, cache, &query, lines, context);
        context->n_lines = status == SMC_OK ? context->n_lines : 0;
    }
    return status;
}
