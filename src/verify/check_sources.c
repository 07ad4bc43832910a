/*
 * Sources and their contents (spec 6, 7).
 */
#include "src/verify/checks.h"

#include <stdlib.h>

/* What has been counted of the lines of all contents, one content after the other. */
struct count {
    uint64_t n_lines;
    uint64_t stretch; /* the first one whose count has not been compared */
};

/* Whether the counts of all stretches up to that of `off` are that of the lines before; spec 7.3. From
 * the first one that is not, count->stretch stays. */
static int counts_agree(const smc_cache *cache, struct count *count, uint64_t off)
{
    for (; count->stretch + 1 < cache->line_counts.n && count->stretch * SMCF_STRETCH_NBYTES <= off;
         count->stretch++) {
        if (smc_offsets_at(&cache->line_counts, count->stretch) != count->n_lines) {
            return 0;
        }
    }
    return 1;
}

static smc_status fail_counts(const smc_cache *cache, const struct count *count,
                              struct smc_error *error)
{
    return smc_fail(
        error, SMC_E_DAMAGED, "line counts differ from the contents",
        smc_offset_of(cache, &cache->line_counts.groups[count->stretch / SMCF_GROUP_VALUES]));
}

/* Whether byte i decides that a line ends; spec 7.1. */
static int ends_line(const uint8_t *p, size_t i, size_t nbytes, int is_css)
{
    switch (p[i]) {
    case '\n':
        return 1;
    case '\r':
        return i + 1 == nbytes || p[i + 1] != '\n';
    case '\f':
        return is_css;
    case 0xe2: /* of three bytes, in WTF-8 */
        return !is_css && p[i + 1] == 0x80 && (p[i + 2] == 0xa8 || p[i + 2] == 0xa9);
    default:
        return 0;
    }
}

static smc_status check_lines(const smc_cache *cache, uint32_t index, struct smc_view content,
                              struct count *count, struct smc_error *error)
{
    const uint8_t *p = (const uint8_t *)content.ptr;
    const struct smcf_source *source = &cache->sources[index];
    const uint64_t content_off = smcf_get40(source->content_off);
    int agree = counts_agree(cache, count, content_off);
    struct smc_view name;

    (void)smc_source_name(cache, source, &name); /* it has been checked */
    int is_css = smcf_is_css_name(name.ptr, name.nbytes);
    count->n_lines++;
    for (size_t i = 0; i < content.nbytes; i++) {
        if (ends_line(p, i, content.nbytes, is_css)) {
            agree = agree && counts_agree(cache, count, content_off + i);
            count->n_lines++;
        }
    }
    if (count->n_lines != smcf_get32(source[1].first_line)) {
        return smc_fail(error, SMC_E_DAMAGED, "lines differ from the content",
                        smc_offset_of(cache, source));
    }
    return agree ? SMC_OK : fail_counts(cache, count, error);
}

/* The string that is a source's name, by its index; NO_STRING: it is none, or the record should have pointed
 * to it, or the other way round (spec 6). */
#define NO_STRING (SMC_NONE - 1)
static uint32_t name_of(const smc_cache *cache, const struct smcf_source *source)
{
    const struct smc_offsets *list = &cache->string_offsets;
    const uint32_t off = smcf_get32(source->name_off);
    const unsigned nbytes = smcf_get16(source->name_nbytes);
    uint32_t low = 0, high = cache->n_strings;

    if (nbytes == SMCF_NAME_INDIRECT) {
        int is_far = off < cache->n_strings &&
                     (smc_offsets_at(list, off) >= SMCF_NONE ||
                      smc_offsets_at(list, (uint64_t)off + 1) - smc_offsets_at(list, off) >=
                          SMCF_NAME_INDIRECT);
        return off == SMC_NONE || is_far ? off : NO_STRING;
    }
    if (off == SMC_NONE) {
        return NO_STRING; /* of bytes that start so far, name_off is a string */
    }
    while (low < high) { /* the first one that starts there */
        uint32_t middle = low + (high - low) / 2;
        if (smc_offsets_at(list, middle) < off) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < cache->n_strings && smc_offsets_at(list, low) == off; low++) {
        if (smc_offsets_at(list, (uint64_t)low + 1) == (uint64_t)off + nbytes) {
            return low; /* the second, if the first is empty */
        }
    }
    return NO_STRING;
}

static smc_status check_source(const smc_cache *cache, smc_text *text, uint32_t index,
                               struct count *count, struct smc_error *error)
{
    const struct smcf_source *source = &cache->sources[index];
    uint64_t where = smc_offset_of(cache, source);
    const unsigned flags = source->flags;
    struct smc_source_range range;
    struct smc_view content;

    if (name_of(cache, source) == NO_STRING) {
        return smc_fail(error, SMC_E_DAMAGED, "source name is no string", where);
    }
    if ((flags & ~(unsigned)(SMCF_SOURCE_HAS_CONTENT | SMCF_SOURCE_IGNORED)) != 0 &&
        smcf_get16(cache->header->minor) <= SMCF_MINOR) { /* newer ones may have more (spec 6) */
        return smc_fail(error, SMC_E_DAMAGED, "unknown flag of a source", where);
    }
    if (cache->raw_sources != NULL && smcf_get32(cache->raw_sources[index]) != SMC_NONE &&
        smcf_get32(cache->raw_sources[index]) >= cache->n_strings) {
        return smc_fail(error, SMC_E_DAMAGED, "raw name of a source is no string",
                        smc_offset_of(cache, &cache->raw_sources[index]));
    }
    if ((flags & SMCF_SOURCE_HAS_CONTENT) == 0) {
        if (smcf_get32(source[0].first_line) != smcf_get32(source[1].first_line) ||
            smcf_get40(source[0].content_off) != smcf_get40(source[1].content_off)) {
            return smc_fail(error, SMC_E_DAMAGED, "source without content has lines or bytes",
                            where);
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
    return check_lines(cache, index, content, count, error);
}

/* Spec 7.2: the pieces fill CONTENT, and none is too long; each inflates (checked with the sources). */
static smc_status check_pieces(const smc_cache *cache, struct smc_error *error)
{
    const uint64_t size = cache->content_block_nbytes;
    uint64_t last = 0;

    if (cache->content_encoding != SMCF_CONTENT_DEFLATE) {
        return SMC_OK;
    }
    for (uint64_t i = 0; i <= cache->n_content_blocks; i++) {
        uint64_t start = smcf_get64(cache->content_directory[i]);
        if (start < last || start > cache->content_nbytes || (i == 0 && start != 0) ||
            (i == cache->n_content_blocks && start != cache->content_nbytes)) {
            return smc_fail(error, SMC_E_DAMAGED, "content pieces do not fill CONTENT",
                            smc_offset_of(cache, &cache->content_directory[i]));
        }
        const uint64_t inflated =
            i < cache->n_content_blocks ? size : cache->stream_nbytes - (i - 1) * size;
        if (i > 0 && start - last > smcf_piece_nbytes_max(inflated)) {
            return smc_fail(error, SMC_E_DAMAGED, "content piece of too many bytes",
                            smc_offset_of(cache, &cache->content_directory[i - 1]));
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
        if (smcf_get32(cache->raw_sources[i]) != name_of(cache, &cache->sources[i])) {
            return SMC_OK;
        }
    }
    return smc_fail(error, SMC_E_DAMAGED, "raw names that are all like the names",
                    smc_offset_of(cache, cache->raw_sources));
}

/* Spec 6: the first source starts where the contents do, the last record says where they end. */
static smc_status check_totals(const smc_cache *cache, struct smc_error *error)
{
    const struct smcf_source *first = cache->sources, *end = &first[cache->n_sources];
    const struct smc_offsets *counts = &cache->line_counts;
    uint64_t n_lines = cache->has_contents ? smc_offsets_at(counts, counts->n - 1) : 0;

    if (smcf_get32(end->name_off) != SMC_NONE ||
        smcf_get16(end->name_nbytes) != SMCF_NAME_INDIRECT || end->flags != 0 ||
        smcf_get32(end->first_line) != n_lines ||
        smcf_get40(end->content_off) != cache->stream_nbytes ||
        smcf_get32(first->first_line) != 0 || smcf_get40(first->content_off) != 0) {
        return smc_fail(error, SMC_E_DAMAGED, "sources do not fill the contents",
                        smc_offset_of(cache, end));
    }
    if (cache->has_contents && n_lines == 0) {
        return smc_fail(error, SMC_E_DAMAGED, "contents without a source that has one",
                        smc_offset_of(cache, end));
    }
    return SMC_OK;
}

smc_status smc_check_sources(const smc_cache *cache, struct smc_error *error)
{
    struct count count = {0, 0};
    smc_status status = SMC_OK;
    smc_text *text;

    if (cache->has_contents) {
        status = smc_check_offsets(cache, &cache->line_counts, SMC_NONE - 1, error);
        status = status == SMC_OK ? check_pieces(cache, error) : status;
    }
    if (status != SMC_OK || (status = check_totals(cache, error)) != SMC_OK) {
        return status;
    }
    status = smc_text_open(cache, &text);
    if (status != SMC_OK) {
        return smc_fail(error, status, smc_status_text(status), 0);
    }
    for (uint32_t i = 0; status == SMC_OK && i < cache->n_sources; i++) {
        status = check_source(cache, text, i, &count, error);
    }
    smc_text_close(text);
    if (status == SMC_OK && cache->has_contents && !counts_agree(cache, &count, UINT64_MAX)) {
        return fail_counts(cache, &count, error);
    }
    return status == SMC_OK ? check_raw_sources(cache, error) : status;
}
