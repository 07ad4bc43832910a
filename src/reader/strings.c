/*
 * Offset lists, strings, sources, names and what the file says of itself.
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
    *view = (struct smc_view){NULL, 0};
    return index == SMC_NONE ? SMC_OK : SMC_E_DAMAGED;
}

smc_status smc_name_get(const smc_cache *cache, uint32_t index, struct smc_view *name)
{
    return index < cache->n_names ? smc_string_at(cache, index, name) : SMC_E_RANGE;
}

smc_status smc_source_get(const smc_cache *cache, uint32_t index, struct smc_source *source)
{
    struct smc_source_range range;

    if (index >= cache->n_sources) {
        return SMC_E_RANGE;
    }
    smc_status status =
        smc_source_name(cache, &cache->sources[index], &source->name) ? SMC_OK : SMC_E_DAMAGED;
    source->raw_name = source->name;
    source->is_ignored = (cache->sources[index].flags & SMCF_SOURCE_IGNORED) != 0;
    source->has_content = 0;
    source->n_lines = 0;
    source->content_nbytes = 0;
    if (status == SMC_OK && cache->raw_sources != NULL) {
        status = smc_string_at(cache, smcf_get32(cache->raw_sources[index]), &source->raw_name);
    }
    if (status != SMC_OK) {
        return status;
    }
    status = smc_source_range_get(cache, index, &range);
    if (status == SMC_E_NO_CONTENT) {
        return SMC_OK;
    }
    if (status == SMC_OK) {
        source->has_content = 1;
        source->n_lines = (uint32_t)(range.end_line - range.first_line);
        source->content_nbytes = range.content_end - range.content_off;
    }
    return status;
}

smc_status smc_info_get(const smc_cache *cache, struct smc_info *info)
{
    const struct smcf_header *header = cache->header;

    info->version_major = smcf_get16(header->major);
    info->version_minor = smcf_get16(header->minor);
    info->n_tokens = cache->n_tokens;
    info->n_sources = cache->n_sources;
    info->n_names = cache->n_names;
    info->n_lines = smcf_get32(cache->info->n_lines);
    info->file_nbytes = cache->nbytes;
    info->input_nbytes = smcf_get64(header->input_nbytes);
    info->content_nbytes = cache->stream_nbytes;
    memcpy(info->content_digest, header->content_digest, sizeof info->content_digest);
    memcpy(info->input_digest, header->input_digest, sizeof info->input_digest);
    memcpy(info->recipe_digest, cache->info->recipe_digest, sizeof info->recipe_digest);
    info->has_debug_id = (smcf_get32(cache->info->flags) & SMCF_INFO_HAS_DEBUG_ID) != 0;
    memcpy(info->debug_id, cache->info->debug_id, sizeof info->debug_id);
    info->n_ignored = 0;
    for (uint32_t i = 0; i < cache->n_sources; i++) {
        info->n_ignored += (cache->sources[i].flags & SMCF_SOURCE_IGNORED) != 0;
    }
    smc_status status = smc_string_at(cache, smcf_get32(cache->info->file), &info->file);
    if (status == SMC_OK) {
        status = smc_string_at(cache, smcf_get32(cache->info->source_root), &info->source_root);
    }
    return status;
}

smc_status smc_section_get(const smc_cache *cache, uint32_t index, struct smc_section_info *section)
{
    if (index >= cache->n_sections) {
        return SMC_E_RANGE;
    }
    const struct smcf_section *entry = &cache->sections[index];
    section->id = smcf_get32(entry->id);
    section->name = smc_section_name(section->id);
    section->encoding = smcf_get32(entry->encoding);
    section->offset = smcf_get64(entry->off);
    section->nbytes = smcf_get64(entry->nbytes);
    section->count = smcf_get64(entry->count);
    return SMC_OK;
}
