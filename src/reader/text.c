/*
 * Contents of sources and their lines (spec 6, 7).
 */
#include "src/reader/text.h"

#include "src/reader/strings.h"

#include <stdlib.h>

smc_status smc_source_range_get(const smc_cache *cache, uint32_t index,
                                struct smc_source_range *range)
{
    if (index >= cache->n_sources) {
        return SMC_E_RANGE;
    }
    const struct smcf_source *source = &cache->sources[index];
    if ((source->flags & SMCF_SOURCE_HAS_CONTENT) == 0) {
        return SMC_E_NO_CONTENT;
    }
    range->content_off = smcf_get40(source[0].content_off);
    range->content_end = smcf_get40(source[1].content_off);
    range->first_line = smcf_get32(source[0].first_line);
    range->end_line = smcf_get32(source[1].first_line);
    /* Each line but the first needs a line end. */
    return cache->has_contents && range->content_off <= range->content_end &&
                   range->content_end <= cache->stream_nbytes &&
                   range->first_line < range->end_line &&
                   range->end_line - range->first_line - 1 <=
                       range->content_end - range->content_off
               ? SMC_OK
               : SMC_E_DAMAGED;
}

smc_status smc_text_open(const smc_cache *cache, smc_text **text)
{
    *text = malloc(sizeof **text);
    if (*text == NULL) {
        return SMC_E_MEMORY;
    }
    /* `inflate` is set up when it is needed. */
    (*text)->cache = cache;
    for (int i = 0; i < 2; i++) {
        (*text)->pieces[i].bytes = NULL;
        (*text)->pieces[i].index = SMC_NO_PIECE;
    }
    (*text)->last = 0;
    (*text)->joined = NULL;
    (*text)->joined_capacity = 0;
    (*text)->kept = NULL;
    (*text)->kept_nbytes = 0;
    (*text)->kept_capacity = 0;
    (*text)->source = SMC_NONE;
    return SMC_OK;
}

void smc_text_close(smc_text *text)
{
    if (text != NULL) {
        free(text->pieces[0].bytes);
        free(text->pieces[1].bytes);
        free(text->joined);
        free(text->kept);
        free(text);
    }
}

/* Has the first `nbytes` bytes of a piece inflated; *bytes are its. Lines are read upwards, mostly, so what was
 * asked for before is where it goes on. */
static smc_status load_piece(smc_text *text, uint64_t index, size_t nbytes, const uint8_t **bytes)
{
    const smc_cache *cache = text->cache;
    const uint64_t size = cache->content_block_nbytes, left = cache->stream_nbytes - index * size;

    if (text->pieces[text->last].index != index) {
        text->last ^= 1;
    }
    struct smc_piece *piece = &text->pieces[text->last];
    if (piece->bytes == NULL) {
        piece->bytes = malloc((size_t)size);
        if (piece->bytes == NULL) {
            return SMC_E_MEMORY;
        }
    }
    if (piece->index != index) {
        uint64_t start = smcf_get64(cache->content_directory[index]);
        uint64_t end = smcf_get64(cache->content_directory[index + 1]);
        const uint64_t inflated = left < size ? left : size;
        piece->index = SMC_NO_PIECE;
        /* Deflate has blocks of nothing: what may be read for so few bytes must have an end. */
        if (start > end || end > cache->content_nbytes ||
            end - start > smcf_piece_nbytes_max(inflated)) {
            return SMC_E_DAMAGED;
        }
        smc_inflate_start(&piece->inflate, cache->content + start, (size_t)(end - start),
                          piece->bytes, (size_t)inflated);
    }
    piece->index = smc_inflate_to(&piece->inflate, nbytes) == 0 ? index : SMC_NO_PIECE;
    *bytes = piece->bytes;
    return piece->index == index ? SMC_OK : SMC_E_DAMAGED;
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

uint64_t smc_stream_span(const smc_text *text, uint64_t off)
{
    const smc_cache *cache = text->cache;
    const uint64_t left = cache->stream_nbytes - off;

    if (cache->content_encoding == SMCF_CONTENT_RAW) {
        return left;
    }
    const uint64_t in_piece = cache->content_block_nbytes - off % cache->content_block_nbytes;
    return in_piece < left ? in_piece : left;
}

smc_status smc_stream_view(smc_text *text, uint64_t start, uint64_t end, struct smc_view *view)
{
    const smc_cache *cache = text->cache;
    const uint8_t *bytes;

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
        smc_status status = load_piece(text, first, (size_t)(end - first * size), &bytes);
        if (status == SMC_OK) {
            *view = (struct smc_view){(const char *)bytes + (start - first * size), nbytes};
        }
        return status;
    }
    /* A size that a damaged file claims gets no memory that its compressed bytes could not fill. */
    uint64_t in_start = smcf_get64(cache->content_directory[first]);
    uint64_t in_end = smcf_get64(cache->content_directory[last + 1]);
    if (in_start > in_end || in_end > cache->content_nbytes ||
        (last - first) * size / SMC_TEXT_RATIO_MAX > in_end - in_start) {
        return SMC_E_DAMAGED;
    }
    smc_status status = grow_joined(text, nbytes);
    for (uint64_t block = first; status == SMC_OK && block <= last; block++) {
        uint64_t from = block == first ? start - block * size : 0;
        uint64_t to = block == last ? end - block * size : size;
        status = load_piece(text, block, (size_t)to, &bytes);
        if (status == SMC_OK) {
            memcpy(text->joined + (block * size + from - start), bytes + from, (size_t)(to - from));
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
    return status == SMC_OK ? smc_stream_view(text, range.content_off, range.content_end, content)
                            : status;
}

/* Finds the mark of `line`, which is at `place` or later, and sets `place` to what is behind the line end
 * that it belongs to. */
static smc_status find_mark(smc_text *text, const struct smc_source_range *range, int is_css,
                            uint64_t line, struct smc_line_place *place, uint64_t *mark)
{
    const smc_cache *cache = text->cache;
    const uint64_t stretch = smc_line_stretch(cache, range, line, place->off / SMCF_STRETCH_NBYTES);
    const uint64_t off = stretch * SMCF_STRETCH_NBYTES, next = off + SMCF_STRETCH_NBYTES;
    const uint64_t scan_end = next < range->content_end ? next : range->content_end;
    struct smc_view view;

    if (off > place->off) {
        *place = (struct smc_line_place){off, smc_offsets_at(&cache->line_counts, stretch)};
    }
    if (place->line > line || place->off > scan_end) {
        return SMC_E_DAMAGED;
    }
    smc_status status = smc_stream_view(text, place->off, scan_end, &view);
    if (status != SMC_OK) {
        return status;
    }
    const uint8_t *p = (const uint8_t *)view.ptr;
    size_t at = smc_line_end_find(p, view.nbytes, line - place->line, is_css);
    if (at == view.nbytes) {
        return SMC_E_DAMAGED;
    }
    *mark = place->off + at;
    *place =
        (struct smc_line_place){*mark + (p[at] == 0xe2 ? SMC_LINE_END_NBYTES_MAX : 1), line + 1};
    return SMC_OK;
}

smc_status smc_source_lines_open(const smc_text *text, uint32_t source,
                                 struct smc_source_lines *lines)
{
    const smc_cache *cache = text->cache;
    struct smc_view name;
    smc_status status = smc_source_range_get(cache, source, &lines->range);

    if (status != SMC_OK) {
        return status;
    }
    if (!smc_source_name(cache, &cache->sources[source], &name)) {
        return SMC_E_DAMAGED;
    }
    lines->source = source;
    lines->n = (uint32_t)(lines->range.end_line - lines->range.first_line);
    lines->is_css = smcf_is_css_name(name.ptr, name.nbytes);
    return SMC_OK;
}

/* Where line `line` of a source begins: not at the mark, but behind its line end. */
static smc_status find_start(smc_text *text, const struct smc_source_lines *lines, uint32_t line,
                             struct smc_line_place *place)
{
    const struct smc_source_range *range = &lines->range;
    const uint64_t index = range->first_line + line;
    smc_status status = SMC_OK;
    uint64_t mark;

    *place = (struct smc_line_place){range->content_off, range->first_line + 1};
    if (text->source == lines->source && text->place.line <= index + 1) {
        *place = text->place; /* lines that are read in order follow each other */
    }
    text->source = SMC_NONE;
    if (place->line <= index) {
        status = find_mark(text, range, lines->is_css, index, place, &mark);
    }
    return status != SMC_OK || place->off <= range->content_end ? status : SMC_E_DAMAGED;
}

smc_status smc_source_lines_start(smc_text *text, const struct smc_source_lines *lines,
                                  uint32_t line, uint64_t *off)
{
    struct smc_line_place place;
    const smc_status status = find_start(text, lines, line, &place);

    if (status == SMC_OK) {
        text->source = lines->source;
        text->place = place;
        *off = place.off;
    }
    return status;
}

/* Where the line is, with the CR of a CR LF; *has_end is 0 of the last one, which no line end ends. */
static smc_status find_line(smc_text *text, const struct smc_source_lines *lines, uint32_t line,
                            struct smc_stream_range *bytes, int *has_end)
{
    const struct smc_source_range *range = &lines->range;
    struct smc_line_place place;
    smc_status status = find_start(text, lines, line, &place);

    bytes->start = place.off;
    bytes->end = range->content_end;
    *has_end = line + 1 < lines->n;
    if (status == SMC_OK && *has_end) {
        status = find_mark(text, range, lines->is_css, range->first_line + line + 1, &place,
                           &bytes->end);
        text->source = status == SMC_OK ? lines->source : SMC_NONE;
        text->place = place;
    }
    if (status != SMC_OK) {
        return status;
    }
    return bytes->start <= bytes->end ? SMC_OK : SMC_E_DAMAGED;
}

smc_status smc_source_lines_find(smc_text *text, const struct smc_source_lines *lines,
                                 uint32_t line, struct smc_stream_range *bytes)
{
    struct smc_view last;
    int has_end;
    smc_status status = find_line(text, lines, line, bytes, &has_end);

    if (status != SMC_OK || !has_end || bytes->start == bytes->end) {
        return status;
    }
    status = smc_stream_view(text, bytes->end - 1, bytes->end, &last);
    if (status == SMC_OK && *last.ptr == '\r') {
        bytes->end--; /* the CR of a CR LF: any other one would be a line end itself */
    }
    return status;
}

smc_status smc_text_line(smc_text *text, uint32_t source, uint32_t line, struct smc_view *content)
{
    struct smc_stream_range bytes;
    struct smc_source_lines lines;
    smc_status status = smc_source_lines_open(text, source, &lines);

    *content = (struct smc_view){NULL, 0};
    if (status != SMC_OK) {
        return status;
    }
    if (line >= lines.n) {
        return SMC_E_RANGE;
    }
    status = smc_source_lines_find(text, &lines, line, &bytes);
    return status == SMC_OK ? smc_stream_view(text, bytes.start, bytes.end, content) : status;
}
