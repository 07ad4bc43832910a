/*
 * What the file says of itself: INFO (spec 3.5) and the section table.
 */
#include "src/reader/cache.h"

smc_status smc_info_get(const smc_cache *cache, struct smc_info *info)
{
    const struct smcf_header *header = cache->header;

    info->version_major = smcf_get16(header->major);
    info->version_minor = smcf_get16(header->minor);
    info->n_tokens = cache->n_tokens;
    info->n_sources = cache->n_sources;
    info->n_names = cache->n_names;
    info->n_functions = cache->n_functions;
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
    smc_status file = smc_string_at(cache, smcf_get32(cache->info->file), &info->file);
    smc_status root =
        smc_string_at(cache, smcf_get32(cache->info->source_root), &info->source_root);
    return file != SMC_OK ? file : root;
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
