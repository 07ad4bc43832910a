/*
 * From a generated position to the frames that it stands for (spec 5.8).
 */
#include "src/reader/functions.h"
#include "src/reader/strings.h"

const struct smcf_inlined *smc_inlined_find(const smc_cache *cache, uint32_t line, uint32_t column)
{
    const uint64_t key = (uint64_t)line << 32 | column;
    uint32_t low = 0,
             high = cache->n_inlined; /* those before `low` are at or before the position */

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (smc_load64((const uint8_t *)&cache->inlined[middle].position) <= key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? NULL : &cache->inlined[low - 1];
}

/* Function `index`, or SMC_NONE: nothing is known. */
static smc_status get_function(const smc_cache *cache, uint32_t index,
                               struct smc_function *function)
{
    smc_status status = smc_function_get(cache, index, function);
    return status == SMC_OK || index == SMC_NONE ? SMC_OK : SMC_E_DAMAGED;
}

/* What is known of the position itself. */
static smc_status get_innermost(const smc_cache *cache, const struct smc_token *token,
                                const struct smcf_inlined *entry, struct smc_frame *frame)
{
    *frame = (struct smc_frame){.source = token->source,
                                .source_line = token->source_line,
                                .source_column = token->source_column,
                                .source_text = token->source_text};
    frame->flags = (token->flags & SMC_TOKEN_IGNORED) != 0 ? SMC_FRAME_IGNORED : 0;
    if (entry != NULL && (entry->flags & SMCF_INLINED_HIDDEN) != 0) {
        frame->flags |= SMC_FRAME_HIDDEN;
    }
    if (entry != NULL && token->source == SMC_NONE && smcf_get32(entry->function) != SMC_NONE) {
        return get_function(cache, smcf_get32(entry->function), &frame->function);
    }
    return smc_token_function(cache, token->index, &frame->function);
}

static smc_status get_caller(const smc_cache *cache, const struct smcf_call_site *site,
                             struct smc_frame *frame)
{
    const uint32_t source = smcf_get32(site->source);

    if (source >= cache->n_sources) {
        return SMC_E_DAMAGED;
    }
    *frame = (struct smc_frame){.source = source,
                                .source_line = smcf_get32(site->source_line),
                                .source_column = smcf_get32(site->source_column)};
    if ((cache->sources[source].flags & SMCF_SOURCE_IGNORED) != 0) {
        frame->flags = SMC_FRAME_IGNORED;
    }
    if (!smc_source_name(cache, &cache->sources[source], &frame->source_text)) {
        return SMC_E_DAMAGED;
    }
    return get_function(cache, smcf_get32(site->function), &frame->function);
}

/* Appends the callers. Each is before the one before in the list, so that there is an end. */
static smc_status get_callers(const smc_cache *cache, uint32_t index, struct smc_frame *frames,
                              size_t max, size_t *n)
{
    uint32_t limit = cache->n_call_sites;

    while (index != SMC_NONE && *n < max) {
        if (index >= limit || get_caller(cache, &cache->call_sites[index], &frames[*n]) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
        ++*n;
        limit = index;
        index = smcf_get32(cache->call_sites[index].next);
    }
    return SMC_OK;
}

static int says_anything(const struct smc_token *token, const struct smc_frame *frame,
                         const struct smcf_inlined *entry)
{
    return token->source != SMC_NONE || frame->function.index != SMC_NONE || frame->flags != 0 ||
           (entry != NULL && smcf_get32(entry->call_site) != SMC_NONE);
}

smc_status smc_frames(const smc_cache *cache, uint32_t line, uint32_t column, unsigned flags,
                      struct smc_frame *frames, size_t max, size_t *n)
{
    struct smc_token token;

    *n = 0;
    smc_status status = smc_lookup(cache, line, column, flags, &token);
    if (status != SMC_OK || max == 0) {
        return status;
    }
    const struct smcf_inlined *entry = smc_inlined_find(cache, line, column);
    if (get_innermost(cache, &token, entry, &frames[0]) != SMC_OK) {
        return SMC_E_DAMAGED;
    }
    if (!says_anything(&token, &frames[0], entry)) {
        return SMC_OK;
    }
    *n = 1;
    if (entry != NULL) {
        status = get_callers(cache, smcf_get32(entry->call_site), frames, max, n);
    }
    if (status != SMC_OK) {
        *n = 0;
    }
    return status;
}

smc_status smc_callee_name(const smc_cache *cache, uint32_t line, uint32_t column,
                           struct smc_view *name)
{
    struct smc_token token;

    (void)smc_no_view(name);
    smc_status status = smc_lookup(cache, line, column, 0, &token);
    if (status == SMC_OK && token.index != SMC_NONE && token.line == line &&
        token.column == column) {
        *name = token.name_text;
    }
    return status;
}
