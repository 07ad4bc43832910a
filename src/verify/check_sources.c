/*
 * Sources and their contents (spec 6, 7).
 */
#include "src/verify/checks.h"

#include <stdlib.h>

/* Spec 7.1. The end of the line that starts at `from`, or `nbytes` if it has none: then *is_last. */
static size_t line_end(const uint8_t *p, size_t from, size_t nbytes, int is_css, int *is_last)
{
    *is_last = 0;
    for (size_t i = from; i < nbytes; i++) {
        if (p[i] == '\r' && i + 1 < nbytes && p[i + 1] == '\n') {
            return i + 2;
        }
        if (smc_line_end_nbytes(p + from, i + 1 - from, is_css) > 0) {
            return i + 1;
        }
    }
    *is_last = 1;
    return nbytes;
}

static smc_status check_lines(const smc_cache *cache, uint32_t index, struct smc_view content,
                              const struct smc_source_range *range, struct smc_error *error)
{
    const uint8_t *p = (const uint8_t *)content.ptr;
    uint64_t where = smc_offset_of(cache, &cache->sources[index]);
    uint64_t line = range->first_line;
    size_t from = 0;
    int is_last = 0;
    struct smc_view name;

    if (smc_string_at(cache, smcf_get32(cache->sources[index].name), &name) != SMC_OK) {
        return smc_fail(error, SMC_E_DAMAGED, "source name is no string", where);
    }
    int is_css = smcf_is_css_name(name.ptr, name.nbytes);
    for (; !is_last; line++) {
        if (line >= range->end_line ||
            smc_offsets_at(&cache->line_offsets, line) != range->content_off + from) {
            return smc_fail(error, SMC_E_DAMAGED, "lines differ from the content", where);
        }
        from = line_end(p, from, content.nbytes, is_css, &is_last);
    }
    if (line != range->end_line) {
        return smc_fail(error, SMC_E_DAMAGED, "lines differ from the content", where);
    }
    return SMC_OK;
}

static smc_status check_source(const smc_cache *cache, smc_text *text, uint32_t index,
                               struct smc_error *error)
{
    const struct smcf_source *source = &cache->sources[index];
    uint64_t where = smc_offset_of(cache, source);
    uint32_t name = smcf_get32(source->name), flags = smcf_get32(source->flags);
    struct smc_source_range range;
    struct smc_view content;

    if (name != SMC_NONE && name >= cache->n_strings) {
        return smc_fail(error, SMC_E_DAMAGED, "source name is no string", where);
    }
    if ((flags & ~(uint32_t)(SMCF_SOURCE_HAS_CONTENT | SMCF_SOURCE_IGNORED)) != 0 &&
        smcf_get16(cache->header->minor) <= SMCF_MINOR) { /* newer ones may have more (spec 6) */
        return smc_fail(error, SMC_E_DAMAGED, "unknown flag of a source", where);
    }
    if (cache->raw_sources != NULL && smcf_get32(cache->raw_sources[index]) != SMC_NONE &&
        smcf_get32(cache->raw_sources[index]) >= cache->n_strings) {
        return smc_fail(error, SMC_E_DAMAGED, "raw name of a source is no string",
                        smc_offset_of(cache, &cache->raw_sources[index]));
    }
    if ((flags & SMCF_SOURCE_HAS_CONTENT) == 0) {
        if (smcf_get64(source[0].first_line) != smcf_get64(source[1].first_line)) {
            return smc_fail(error, SMC_E_DAMAGED, "source without content has lines", where);
        }
        return SMC_OK;
    }
    if (smc_source_range_get(cache, index, &range) != SMC_OK) {
        return smc_fail(error, SMC_E_DAMAGED, "bad range of a content", where);
    }
    smc_status status = smc_text_content(text, index, &content);
    if (status == SMC_E_MEMORY) {
        return smc_fail(error, status, smc_status_text(status), 0);
    }
    if (status != SMC_OK) {
        return smc_fail(error, SMC_E_DAMAGED, "content does not inflate", where);
    }
    if (!smc_is_wtf8((const uint8_t *)content.ptr, content.nbytes)) {
        return smc_fail(error, SMC_E_DAMAGED, "content is not WTF-8", where);
    }
    return check_lines(cache, index, content, &range, error);
}

/* Spec 7.2: the pieces fill CONTENT, and each inflates (checked with the sources). */
static smc_status check_pieces(const smc_cache *cache, struct smc_error *error)
{
    uint64_t last = 0;

    if (cache->content_encoding != SMCF_CONTENT_DEFLATE) {
        return SMC_OK;
    }
    for (uint64_t i = 0; i <= cache->n_content_blocks; i++) {
        uint64_t start = smcf_get64(cache->content_directory[i]);
        if (start < last || (i == 0 && start != 0) ||
            (i == cache->n_content_blocks && start != cache->content_nbytes)) {
            return smc_fail(error, SMC_E_DAMAGED, "content pieces do not fill CONTENT",
                            smc_offset_of(cache, &cache->content_directory[i]));
        }
        last = start;
    }
    return SMC_OK;
}

/* Spec 6: RAW_SOURCES is there only if it says something. */
static smc_status check_raw_sources(const smc_cache *cache, struct smc_error *error)
{
    if (cache->raw_sources == NULL) {
        return SMC_OK;
    }
    for (uint32_t i = 0; i < cache->n_sources; i++) {
        if (smcf_get32(cache->raw_sources[i]) != smcf_get32(cache->sources[i].name)) {
            return SMC_OK;
        }
    }
    return smc_fail(error, SMC_E_DAMAGED, "raw names that are all like the names",
                    smc_offset_of(cache, cache->raw_sources));
}

smc_status smc_check_sources(const smc_cache *cache, struct smc_error *error)
{
    const struct smcf_source *end = &cache->sources[cache->n_sources];
    smc_text *text;
    smc_status status = SMC_OK;

    const uint64_t n_lines = cache->has_contents ? cache->line_offsets.n - 1 : 0;

    if (smcf_get32(end->name) != SMC_NONE || smcf_get32(end->flags) != 0 ||
        smcf_get64(end->first_line) != n_lines || smcf_get64(cache->sources[0].first_line) != 0) {
        return smc_fail(error, SMC_E_DAMAGED, "sources do not fill the contents",
                        smc_offset_of(cache, end));
    }
    if (cache->has_contents && n_lines == 0) {
        return smc_fail(error, SMC_E_DAMAGED, "contents without a source that has one",
                        smc_offset_of(cache, end));
    }
    if (cache->has_contents) {
        if ((status = smc_check_offsets(cache, &cache->line_offsets, cache->stream_nbytes,
                                        error)) != SMC_OK ||
            (status = check_pieces(cache, error)) != SMC_OK) {
            return status;
        }
        if (smc_offsets_at(&cache->line_offsets, 0) != 0 ||
            smc_offsets_at(&cache->line_offsets, n_lines) != cache->stream_nbytes) {
            return smc_fail(error, SMC_E_DAMAGED, "lines do not fill the contents",
                            smc_offset_of(cache, cache->line_offsets.groups));
        }
    }
    status = smc_text_open(cache, &text);
    if (status != SMC_OK) {
        return smc_fail(error, status, smc_status_text(status), 0);
    }
    for (uint32_t i = 0; status == SMC_OK && i < cache->n_sources; i++) {
        status = check_source(cache, text, i, error);
    }
    smc_text_close(text);
    return status == SMC_OK ? check_raw_sources(cache, error) : status;
}
