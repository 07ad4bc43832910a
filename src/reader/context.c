/*
 * Source lines around a position. Whatever their lengths, little of them is copied, and nothing of raw contents.
 */
#include "src/reader/text.h"
#include "src/reader/wtf8.h"

#include <stdlib.h>

/* Room for the lines of most questions, so that it seldom grows. */
#define KEPT_NBYTES_MIN 8192

/* For each line so much is looked at in one go: more than most have, and not so much that inflating it would cost. */
#define WINDOW_LINE_NBYTES 96

/* A place in a line: where in the content stream, and how many UTF-16 code units of the line are before. */
struct column_place {
    uint64_t off, units;
};

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Where `column` is: at the character that has this code unit, or at the line's end if that comes first. It goes on
 * by as many bytes as there are code units to go, the least that they have: so no more is inflated than needed. */
static smc_status find_column(smc_text *text, const struct smc_stream_range *line, uint32_t column,
                              struct column_place *place)
{
    *place = (struct column_place){line->start, 0};
    while (place->units < column && place->off < line->end) {
        const uint64_t span = smc_stream_span(text, place->off);
        /* So many bytes begin with a whole character, even if that is in two pieces. */
        const uint64_t least =
            span < SMC_CHARACTER_NBYTES_MAX ? span + SMC_CHARACTER_NBYTES_MAX : span;
        const uint64_t wanted = lesser(least, column - place->units + SMC_CHARACTER_NBYTES_MAX);
        const uint64_t end = lesser(line->end, place->off + wanted);
        struct smc_view view;
        uint64_t n_units;
        smc_status status = smc_stream_view(text, place->off, end, &view);

        if (status != SMC_OK) {
            return status;
        }
        const size_t n_unsure = end == line->end ? 0 : SMC_CHARACTER_NBYTES_MAX - 1;
        const size_t n = smc_wtf8_skip((const uint8_t *)view.ptr, view.nbytes - n_unsure,
                                       view.nbytes, column - place->units, &n_units);
        if (n == 0) {
            break; /* the column is the second half of a surrogate pair */
        }
        place->off += n;
        place->units += n_units;
    }
    return SMC_OK;
}

/* Adds a view to what is kept. Its ptr is set at the end: until then the room may move. */
static smc_status keep(smc_text *text, struct smc_view *view)
{
    const size_t needed = text->kept_nbytes + view->nbytes;

    if (text->kept == NULL || needed > text->kept_capacity) {
        size_t capacity = needed > KEPT_NBYTES_MIN ? needed + needed / 2 : KEPT_NBYTES_MIN;
        uint8_t *kept = realloc(text->kept, capacity);
        if (kept == NULL) {
            return SMC_E_MEMORY;
        }
        text->kept = kept;
        text->kept_capacity = capacity;
    }
    memcpy(text->kept + text->kept_nbytes, view->ptr, view->nbytes);
    text->kept_nbytes = needed;
    view->ptr = NULL;
    return SMC_OK;
}

/* Cuts a line around a column. Of max_units about half is before the column; what the line does not have on one side
 * goes to the other. The text of a deflated line is a view into a piece, as of smc_stream_view. */
static smc_status cut_line(smc_text *text, const struct smc_stream_range *line, uint32_t column,
                           uint32_t max_units, struct smc_context_line *cut,
                           struct smc_context *context)
{
    /* So many bytes on both sides show all characters that may be taken, and whether the next one is whole. */
    const uint64_t reach = (uint64_t)max_units * SMC_UNIT_NBYTES_MAX + SMC_CHARACTER_NBYTES_MAX;
    struct column_place place;
    struct smc_view view;
    uint64_t n_before, n_after, n_more;
    smc_status status = find_column(text, line, column, &place);

    if (status != SMC_OK) {
        return status;
    }
    const uint64_t view_off = place.off - lesser(reach, place.off - line->start);
    const uint64_t view_end = place.off + lesser(reach, line->end - place.off);
    status = smc_stream_view(text, view_off, view_end, &view);
    if (status != SMC_OK) {
        return status;
    }
    const uint8_t *p = (const uint8_t *)view.ptr;
    const uint32_t half = max_units > 0 ? (max_units - 1) / 2 : 0;
    const size_t at = (size_t)(place.off - view_off);
    size_t start = at - smc_wtf8_skip_back(p, at, half, &n_before);
    const size_t n_ahead = view.nbytes - at;
    const size_t end = at + smc_wtf8_skip(p + at, n_ahead, n_ahead, max_units - n_before, &n_after);
    start -= smc_wtf8_skip_back(p, start, max_units - n_before - n_after, &n_more);
    n_before += n_more;

    cut->first_column = (uint32_t)(place.units - n_before);
    cut->flags = (view_off + start > line->start ? SMC_CONTEXT_CUT_LEFT : 0u) |
                 (view_off + end < line->end ? SMC_CONTEXT_CUT_RIGHT : 0u);
    cut->text = (struct smc_view){view.ptr + start, end - start};
    context->column = (uint32_t)n_before;
    context->column_nbytes = at - start;
    return SMC_OK;
}

/* Where the line that begins at `start` ends in the window, and *next is behind that; or -1: what is there does not
 * decide that. */
static ptrdiff_t end_in_window(struct smc_view window, int is_all, size_t start, int is_css,
                               size_t *next)
{
    const uint8_t *p = (const uint8_t *)window.ptr;
    size_t end = start + smc_line_end_find(p + start, window.nbytes - start, 0, is_css);
    const size_t left = window.nbytes - end;

    if (left == 0 || (left < SMC_LINE_END_NBYTES_MAX && (!is_all || p[end] == 0xe2))) {
        return -1;
    }
    *next = end + (p[end] == 0xe2 ? SMC_LINE_END_NBYTES_MAX : 1);
    end -= p[end] == '\n' && end > start && p[end - 1] == '\r';
    return (ptrdiff_t)end;
}

/*
 * The lines of most questions are short and in one piece: then one view has them, and they are neither searched one by
 * one nor copied. Errors: E_MEMORY; any other says that they are to be taken one by one.
 */
static smc_status take_together(smc_text *text, const struct smc_context_query *query,
                                const struct smc_source_lines *all, uint32_t max_units,
                                uint32_t n_before, uint32_t n, struct smc_context_line *lines,
                                struct smc_context *context)
{
    const uint32_t first = query->line - n_before;
    struct smc_context unused;
    struct smc_view window;
    uint64_t off;
    size_t start = 0;

    smc_status status = smc_source_lines_start(text, all, first, &off);
    if (status != SMC_OK) {
        return status;
    }
    const uint64_t left = all->range.content_end - off;
    const uint64_t wanted = lesser(smc_stream_span(text, off), (uint64_t)n * WINDOW_LINE_NBYTES);
    const int is_all = left <= wanted;
    status = smc_stream_view(text, off, off + lesser(left, wanted), &window);
    for (uint32_t i = 0; status == SMC_OK && i < n; i++) {
        const char *line = window.ptr + start;
        const int is_last = first + i + 1 == all->n;
        size_t next = window.nbytes;
        const ptrdiff_t end = is_last && is_all
                                  ? (ptrdiff_t)window.nbytes
                                  : end_in_window(window, is_all, start, all->is_css, &next);
        if (end < 0) {
            return SMC_E_RANGE;
        }
        const size_t nbytes = (size_t)end - start;
        lines[i] = (struct smc_context_line){.line = first + i, .text = {line, nbytes}};
        if (nbytes > max_units) { /* otherwise it has no more code units */
            const struct smc_stream_range place = {off + start, off + start + nbytes};
            status = cut_line(text, &place, i == n_before ? query->column : 0, max_units, &lines[i],
                              i == n_before ? context : &unused);
        } else if (i == n_before) {
            uint64_t n_units;
            context->column_nbytes =
                smc_wtf8_skip((const uint8_t *)line, nbytes, nbytes, query->column, &n_units);
            context->column = (uint32_t)n_units;
        }
        start = next;
    }
    return status;
}

static smc_status take_one_by_one(smc_text *text, const struct smc_context_query *query,
                                  const struct smc_source_lines *all, uint32_t max_units,
                                  uint32_t n_before, uint32_t n, struct smc_context_line *lines,
                                  struct smc_context *context)
{
    const int is_raw = text->cache->content_encoding == SMCF_CONTENT_RAW;
    smc_status status = SMC_OK;
    struct smc_context unused;

    text->kept_nbytes = 0;
    for (uint32_t i = 0; status == SMC_OK && i < n; i++) {
        struct smc_stream_range line;
        lines[i].line = query->line - n_before + i;
        status = smc_source_lines_find(text, all, lines[i].line, &line);
        if (status == SMC_OK) {
            status = cut_line(text, &line, i == n_before ? query->column : 0, max_units, &lines[i],
                              i == n_before ? context : &unused);
        }
        if (status == SMC_OK && !is_raw) {
            status = keep(text, &lines[i].text);
        }
    }
    const char *kept = (const char *)text->kept;
    for (uint32_t i = 0; status == SMC_OK && !is_raw && i < n; i++) {
        lines[i].text.ptr = kept;
        kept += lines[i].text.nbytes;
    }
    return status;
}

smc_status smc_text_context(smc_text *text, const struct smc_context_query *query,
                            struct smc_context_line *lines, struct smc_context *context)
{
    const struct smc_context none = {0};
    struct smc_source_lines all;
    smc_status status = smc_source_lines_open(text, query->source, &all);

    *context = none;
    if (status != SMC_OK) {
        return status;
    }
    if (query->line >= all.n) {
        return SMC_E_RANGE;
    }
    const uint32_t max_units = (uint32_t)lesser(query->max_units, SMC_CONTEXT_UNITS_MAX);
    const uint32_t before =
        (uint32_t)lesser(lesser(query->n_before, SMC_CONTEXT_AROUND_MAX), query->line);
    const uint32_t after =
        (uint32_t)lesser(lesser(query->n_after, SMC_CONTEXT_AROUND_MAX), all.n - 1 - query->line);
    const uint32_t n = before + 1 + after;

    status = take_together(text, query, &all, max_units, before, n, lines, context);
    if (status != SMC_OK && status != SMC_E_MEMORY) {
        status = take_one_by_one(text, query, &all, max_units, before, n, lines, context);
    }
    if (status != SMC_OK) {
        *context = none;
        return status;
    }
    context->n_lines = n;
    context->index = before;
    return SMC_OK;
}
