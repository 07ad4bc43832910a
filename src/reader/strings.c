/*
 * Offset lists, strings, names and sources.
 */
#include "src/reader/strings.h"

uint64_t smc_offsets_at(const struct smc_offsets *list, uint64_t i)
{
    return smc_offset_at(list, i);
}

smc_status smc_string_at(const smc_cache *cache, uint32_t index, struct smc_view *view)
{
    if (index < cache->n_strings && smc_string_view(cache, index, view, 0)) {
        return SMC_OK;
    }
    (void)smc_no_view(view);
    return index == SMC_NONE ? SMC_OK : SMC_E_DAMAGED;
}

smc_status smc_name_get(const smc_cache *cache, uint32_t index, struct smc_view *name)
{
    return index < cache->n_names ? smc_string_at(cache, index, name) : SMC_E_RANGE;
}

/* On an error some of it is set. */
static smc_status get_source(const smc_cache *cache, uint32_t index, struct smc_source *source)
{
    struct smc_source_range range;

    if (!smc_source_name(cache, &cache->sources[index], &source->name)) {
        return SMC_E_DAMAGED;
    }
    source->raw_name = source->name;
    if (cache->raw_sources != NULL) {
        const uint32_t raw = smcf_get32(cache->raw_sources[index]);
        smc_status status = smc_string_at(cache, raw, &source->raw_name);
        if (status != SMC_OK) {
            return status;
        }
    }
    source->is_ignored = (cache->sources[index].flags & SMCF_SOURCE_IGNORED) != 0;
    smc_status status = smc_source_range_get(cache, index, &range);
    if (status == SMC_OK) {
        source->has_content = 1;
        source->n_lines = (uint32_t)(range.end_line - range.first_line);
        source->content_nbytes = range.content_end - range.content_off;
    }
    return status == SMC_E_NO_CONTENT ? SMC_OK : status;
}

smc_status smc_source_get(const smc_cache *cache, uint32_t index, struct smc_source *source)
{
    memset(source, 0, sizeof *source);
    if (index >= cache->n_sources) {
        return SMC_E_RANGE;
    }
    smc_status status = get_source(cache, index, source);
    if (status != SMC_OK) {
        memset(source, 0, sizeof *source);
    }
    return status;
}
