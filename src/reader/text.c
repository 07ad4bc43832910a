/*
 * Contents of sources and their lines (spec 6, 7).
 */
#include "src/reader/bits.h"
#include "src/reader/cache.h"
#include "src/reader/inflate.h"

#include <stdlib.h>

struct smc_text {
    const smc_cache *cache;
    uint8_t *block; /* piece block_index, as far as it has been asked for, or nothing */
    uint64_t block_index;
    struct smc_inflate inflate; /* into block */
    uint8_t *joined;            /* what spans several pieces */
    size_t joined_capacity;
};

#define NO_BLOCK UINT64_MAX

smc_status smc_source_range_get(const smc_cache *cache, uint32_t index,
                                struct smc_source_range *range)
{
    if (index >= cache->n_sources) {
        return SMC_E_RANGE;
    }
    const struct smcf_source *source = &cache->sources[index];
    if ((smcf_get32(source->flags) & SMCF_SOURCE_HAS_CONTENT) == 0) {
        return SMC_E_NO_CONTENT;
    }
    range->first_line = smcf_get64(source[0].first_line);
    range->end_line = smcf_get64(source[1].first_line);
    if (!cache->has_contents || range->first_line >= range->end_line ||
        range->end_line >= cache->line_offsets.n || /* its last value is where the last line ends */
        range->end_line - range->first_line >= SMCF_NONE) {
        return SMC_E_DAMAGED;
    }
    range->content_off = smc_offsets_at(&cache->line_offsets, range->first_line);
    range->content_end = smc_offsets_at(&cache->line_offsets, range->end_line);
    return range->content_off <= range->content_end && range->content_end <= cache->stream_nbytes
               ? SMC_OK
               : SMC_E_DAMAGED;
}

size_t smc_line_end_nbytes(const uint8_t *ptr, size_t nbytes, int is_css)
{
    if (nbytes == 0) {
        return 0;
    }
    switch (ptr[nbytes - 1]) {
    case '\n':
        return nbytes >= 2 && ptr[nbytes - 2] == '\r' ? 2 : 1;
    case '\r':
        return 1;
    case '\f':
        return is_css ? 1 : 0;
    case 0xa8: /* U+2028 */
    case 0xa9: /* U+2029 */
        return !is_css && nbytes >= 3 && ptr[nbytes - 3] == 0xe2 && ptr[nbytes - 2] == 0x80 ? 3 : 0;
    default:
        return 0;
    }
}

smc_status smc_text_open(const smc_cache *cache, smc_text **text)
{
    *text = malloc(sizeof **text);
    if (*text == NULL) {
        return SMC_E_MEMORY;
    }
    (*text)->cache = cache; /* `inflate` is set up when it is needed */
    (*text)->block = (*text)->joined = NULL;
    (*text)->block_index = NO_BLOCK;
    (*text)->joined_capacity = 0;
    if (cache->content_encoding == SMCF_CONTENT_DEFLATE) {
        (*text)->block = malloc(cache->content_block_nbytes);
        if ((*text)->block == NULL) {
            free(*text);
            *text = NULL;
            return SMC_E_MEMORY;
        }
    }
    return SMC_OK;
}

void smc_text_close(smc_text *text)
{
    if (text != NULL) {
        free(text->block);
        free(text->joined);
        free(text);
    }
}

static size_t block_nbytes(const smc_cache *cache, uint64_t block)
{
    uint64_t left = cache->stream_nbytes - block * cache->content_block_nbytes;
    return left < cache->content_block_nbytes ? (size_t)left : cache->content_block_nbytes;
}

/* Has the first `nbytes` bytes of piece `block` in text->block. Lines are read upwards, mostly, so what was asked for
 * before is where it goes on. */
static smc_status load_block(smc_text *text, uint64_t block, size_t nbytes)
{
    const smc_cache *cache = text->cache;

    if (text->block_index != block) {
        uint64_t start = smcf_get64(cache->content_directory[block]);
        uint64_t end = smcf_get64(cache->content_directory[block + 1]);
        text->block_index = NO_BLOCK;
        if (start > end || end > cache->content_nbytes) {
            return SMC_E_DAMAGED;
        }
        smc_inflate_start(&text->inflate, cache->content + start, (size_t)(end - start),
                          text->block, block_nbytes(cache, block));
    }
    text->block_index = smc_inflate_to(&text->inflate, nbytes) == 0 ? block : NO_BLOCK;
    return text->block_index == block ? SMC_OK : SMC_E_DAMAGED;
}

static smc_status grow_joined(smc_text *text, size_t nbytes)
{
    if (nbytes > text->joined_capacity) {
        free(text->joined); /* its views have ended: no need to copy */
        text->joined_capacity = 0;
        text->joined = malloc(nbytes);
        if (text->joined == NULL) {
            return SMC_E_MEMORY;
        }
        text->joined_capacity = nbytes;
    }
    return SMC_OK;
}

/* Bytes start .. end of the content stream, which the caller has checked to be inside it. *view is
 * set on success only. */
static smc_status stream_range(smc_text *text, uint64_t start, uint64_t end, struct smc_view *view)
{
    const smc_cache *cache = text->cache;

    if (end - start > SIZE_MAX) {
        return SMC_E_MEMORY;
    }
    size_t nbytes = (size_t)(end - start);
    if (cache->content_encoding == SMCF_CONTENT_RAW || nbytes == 0) {
        *view = (struct smc_view){
            cache->content_encoding == SMCF_CONTENT_RAW ? (const char *)cache->content + start : "",
            nbytes};
        return SMC_OK;
    }
    uint64_t size = cache->content_block_nbytes, first = start / size, last = (end - 1) / size;
    if (first == last) {
        smc_status status = load_block(text, first, (size_t)(end - first * size));
        if (status == SMC_OK) {
            *view = (struct smc_view){(const char *)text->block + (start - first * size), nbytes};
        }
        return status;
    }
    /* A size that a damaged file claims gets no memory that its compressed bytes could not fill:
     * deflate makes 1,032 bytes of one at the most (RFC 1951: 258 bytes in two bits). */
    uint64_t in_start = smcf_get64(cache->content_directory[first]);
    uint64_t in_end = smcf_get64(cache->content_directory[last + 1]);
    if (in_start > in_end || in_end > cache->content_nbytes ||
        (last - first) * size / 1032 > in_end - in_start) {
        return SMC_E_DAMAGED;
    }
    smc_status status = grow_joined(text, nbytes);
    for (uint64_t block = first; status == SMC_OK && block <= last; block++) {
        uint64_t from = block == first ? start - block * size : 0;
        uint64_t to = block == last ? end - block * size : size;
        status = load_block(text, block, (size_t)to);
        if (status == SMC_OK) {
            memcpy(text->joined + (block * size + from - start), text->block + from,
                   (size_t)(to - from));
        }
    }
    if (status == SMC_OK) {
        *view = (struct smc_view){(const char *)text->joined, nbytes};
    }
    return status;
}

smc_status smc_text_content(smc_text *text, uint32_t source, struct smc_view *content)
{
    struct smc_source_range range;
    smc_status status = smc_source_range_get(text->cache, source, &range);

    *content = (struct smc_view){NULL, 0};
    return status == SMC_OK ? stream_range(text, range.content_off, range.content_end, content)
                            : status;
}

smc_status smc_text_line(smc_text *text, uint32_t source, uint32_t line, struct smc_view *content)
{
    const smc_cache *cache = text->cache;
    struct smc_source_range range;
    struct smc_view name;
    smc_status status = smc_source_range_get(cache, source, &range);

    *content = (struct smc_view){NULL, 0};
    if (status != SMC_OK) {
        return status;
    }
    if (line >= range.end_line - range.first_line) {
        return SMC_E_RANGE;
    }
    uint64_t index = range.first_line + line;
    uint64_t start = smc_offsets_at(&cache->line_offsets, index);
    uint64_t end = smc_offsets_at(&cache->line_offsets, index + 1);
    if (start < range.content_off || start > end || end > range.content_end) {
        return SMC_E_DAMAGED;
    }
    status = smc_string_at(cache, smcf_get32(cache->sources[source].name), &name);
    if (status != SMC_OK || (status = stream_range(text, start, end, content)) != SMC_OK) {
        return status;
    }
    if (index + 1 < range.end_line) { /* the last line has no end */
        content->nbytes -= smc_line_end_nbytes((const uint8_t *)content->ptr, content->nbytes,
                                               smcf_is_css_name(name.ptr, name.nbytes));
    }
    return SMC_OK;
}
