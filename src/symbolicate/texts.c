/*
 * Source lines. Contents are inflated in pieces, which each smc_text keeps: one for each source that has been asked for
 * lately, so that stacks which are like those before inflate nothing.
 */
#include "src/symbolicate/parts.h"

static void close_text(struct smc_known_text *text)
{
    smc_text_close(text->text);
    *text = (struct smc_known_text){.text = NULL};
}

void smc_texts_forget(smc_symbolicator *s, const smc_cache *cache)
{
    for (size_t i = 0; i < SMC_SYMBOLICATE_TEXTS_MAX; i++) {
        if (s->texts[i].cache == cache) {
            close_text(&s->texts[i]);
        }
    }
}

void smc_texts_close(smc_symbolicator *s)
{
    for (size_t i = 0; i < SMC_SYMBOLICATE_TEXTS_MAX; i++) {
        close_text(&s->texts[i]);
    }
}

/* That of the source; or a free one; or the one that was used last longest ago. */
static struct smc_known_text *choose(smc_symbolicator *s, const smc_cache *cache, uint32_t source)
{
    struct smc_known_text *oldest = &s->texts[0];

    for (size_t i = 0; i < SMC_SYMBOLICATE_TEXTS_MAX; i++) {
        struct smc_known_text *text = &s->texts[i];
        if (text->cache == cache && text->source == source) {
            return text;
        }
        oldest = text->used < oldest->used ? text : oldest;
    }
    if (oldest->cache != cache) {
        close_text(oldest);
    }
    return oldest;
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
    smc_status status = SMC_OK;

    context->n_lines = 0;
    if (frame->source == SMC_NONE || frame->file == NULL || frame->file->cache == NULL) {
        return SMC_E_NO_CONTENT;
    }
    const smc_cache *cache = frame->file->cache;
    struct smc_known_text *text = choose(s, cache, frame->source);
    if (text->text == NULL) {
        status = smc_text_open(cache, &text->text);
    }
    if (status != SMC_OK) {
        *text = (struct smc_known_text){.text = NULL};
        return status;
    }
    text->cache = cache;
    text->source = frame->source;
    text->used = ++s->n_texts_used;
    return smc_text_context(text->text, &query, lines, context);
}
