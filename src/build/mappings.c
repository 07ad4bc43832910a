/*
 * The `mappings` string: ECMA-426, "Decoding mappings". One pass from the text to packed blocks.
 *
 * Bad grammar anywhere empties the whole list; a number too large refuses the map, but only if the
 * grammar is good to the end. The first token out of order, of one part or of all, starts the pass again
 * in a mode that collects all tokens and sorts them; the first backslash, in one that unescapes strings
 * before; and a map with warnings is decoded once more to report them.
 */
#include "src/build/fields.h"
#include "src/build/parts.h"
#include "src/build/ranges.h"
#include "src/build/row_sort.h"
#include "src/build/segments.h"

#include <stdlib.h>

#define KEY "mappings"

#define MAX_FIELDS 5

enum outcome { DONE, BAD_GRAMMAR, ESCAPED, OUT_OF_ORDER, TOO_LARGE, NO_MEMORY };

struct mode {
    int unescapes; /* strings that have escapes */
    int sorts;     /* collects all tokens and sorts them at the end */
    int warns;     /* reports warnings; only once the grammar is known to be good */
};

struct decoder {
    const struct smc_part *part;
    const uint32_t *name_ids;        /* of the part */
    struct smc_token_writer *writer; /* NULL: a check, which keeps nothing */
    struct smc_report *report;
    struct mode mode;
    uint64_t n_warnings;
    const uint8_t *at;     /* where the outcome was found */
    const char *too_large; /* what was too large, first */
    const uint8_t *too_large_at;
    int is_limit;         /* it is the format's limit, not the standard's */
    struct smc_buf plain; /* a copy of the string without escapes */

    struct smc_ranges ranges; /* range mappings of the part */
    struct smc_buf ranges_text;
    int has_ranges;

    /* State between segments; sums of any number of 32-bit fields fit. */
    int64_t column, source, source_line, source_column, name;
    int64_t shift; /* of columns on this line: the section's own, on its first line */
    uint64_t line; /* in the generated file */

    /* Of the tokens of all parts. */
    int64_t last_line, last_column; /* the greatest position so far, unless it sorts; -1: none */
    int64_t least_column;           /* a token before it on this line is out of order */
    uint64_t n_tokens;
    uint64_t n_lines;

    struct smc_buf rows; /* if it sorts: struct smc_token_row */

    int can_segments;
    struct smc_segments segments;
};

/* In a copy offsets are not those of the input: the key's value stands for them. */
static const uint8_t *place_of(const struct decoder *d, const uint8_t *at)
{
    return d->plain.data != NULL ? d->part->map.mappings.start : at;
}

static void too_large(struct decoder *d, const char *what, const uint8_t *at, int is_limit)
{
    if (d->too_large == NULL && (d->writer != NULL || !is_limit)) {
        d->too_large = what;
        d->too_large_at = place_of(d, at);
        d->is_limit = is_limit;
    }
}

static inline void warn(struct decoder *d, const char *reason, const char *recovery,
                        const uint8_t *at)
{
    d->n_warnings++;
    if (d->mode.warns) {
        smc_report_warning(d->report, reason, recovery, KEY, place_of(d, at));
    }
}

static void warn_of_ranges(void *context, const char *reason, size_t at)
{
    struct decoder *d = context;
    const struct smc_json *text = &d->part->map.range_mappings;

    d->n_warnings++;
    if (d->mode.warns) { /* without escapes, a place in the text is one in the input */
        int is_plain = d->ranges_text.nbytes == (size_t)(text->end - text->start) - 2;
        smc_report_warning(d->report, reason, "ignored", "rangeMappings",
                           text->start + (is_plain ? 1 + at : 0));
    }
}

/* 0, or -1 without memory. In lenient mode, what is wrong with range mappings refuses nothing else. */
static int start_ranges(struct decoder *d)
{
    const char *reason;
    size_t at;

    d->has_ranges = 0;
    d->ranges_text.nbytes = 0;
    if (d->part->map.range_mappings.type != SMC_JSON_STRING) {
        return 0;
    }
    smc_unescape_append(&d->ranges_text, &d->part->map.range_mappings);
    if (d->ranges_text.failed) {
        return -1;
    }
    const struct smc_ranges_input input = {d->ranges_text.data, d->ranges_text.nbytes,
                                           (enum smc_ranges_form)d->report->options->ranges,
                                           warn_of_ranges, d};
    if (smc_ranges_check(&input, &reason, &at) != SMC_RANGES_OK) {
        warn_of_ranges(d, reason, at);
        return 0;
    }
    smc_ranges_start(&d->ranges, &input);
    d->has_ranges = 1;
    return 0;
}

/* Whether the segment that has just been decoded is a range mapping. */
static uint32_t take_range(struct decoder *d, const struct smc_token_row *row)
{
    if (!smc_ranges_take(&d->ranges)) {
        return 0;
    }
    if (row->source == SMCF_NONE) {
        smc_ranges_warn_taken(&d->ranges, "range mapping without an original position");
        return 0;
    }
    return 1;
}

static int is_overflow(struct decoder *d, int64_t field, const uint8_t *at)
{
    if (field == SMC_FIELD_OVERFLOW) {
        too_large(d, "a number of 2^31 or more", at, 0);
        return 1;
    }
    return 0;
}

/* Turns the fields of a segment into a token. 1: there is one; 0: there is none. */
static inline int take_segment(struct decoder *d, const int64_t *fields, int n_fields,
                               const uint8_t *at, struct smc_token_row *row)
{
    if (is_overflow(d, fields[0], at)) {
        return 0;
    }
    d->column += fields[0];
    if (d->column < 0) {
        /* Its other fields are not read: their deltas are lost. */
        warn(d, "segment at a negative generated column", "dropped", at);
        return 0;
    }
    if (d->column + d->shift >= SMCF_NONE) {
        too_large(d, "generated column of 2^32 - 1 or more", at, 1);
        return 0;
    }
    *row = (struct smc_token_row){
        (uint32_t)d->line, (uint32_t)(d->column + d->shift), SMCF_NONE, 0, 0, SMCF_NONE, 0};
    if (n_fields == 1) {
        return 1;
    }
    if (is_overflow(d, fields[1], at) || is_overflow(d, fields[2], at) ||
        is_overflow(d, fields[3], at)) {
        return 0;
    }
    d->source += fields[1];
    d->source_line += fields[2];
    d->source_column += fields[3];
    if (d->source < 0 || d->source >= d->part->n_sources || d->source_line < 0 ||
        d->source_column < 0) {
        warn(d, "segment with an impossible original position", "kept without one", at);
    } else if (d->source_line >= SMCF_NONE || d->source_column >= SMCF_NONE) {
        too_large(d, "original position of 2^32 - 1 or more", at, 1);
        return 0;
    } else {
        row->source = d->part->first_source + (uint32_t)d->source;
        row->source_line = (uint32_t)d->source_line;
        row->source_column = (uint32_t)d->source_column;
    }
    if (n_fields == 5) {
        if (is_overflow(d, fields[4], at)) {
            return 0;
        }
        d->name += fields[4];
        if (d->name < 0 || d->name >= d->part->n_names) {
            warn(d, "segment with a name that does not exist", "kept without it", at);
        } else {
            row->name = d->name_ids[d->name];
        }
    }
    return 1;
}

/* Writes what has been collected. */
static enum outcome write_sorted(struct decoder *d)
{
    struct smc_token_row *rows = (void *)d->rows.data;
    size_t n = d->rows.nbytes / sizeof *rows;
    struct smc_token_row *room = n == 0 ? NULL : malloc(n * sizeof *room);

    if (n > 0 && room == NULL) {
        return NO_MEMORY;
    }
    smc_rows_sort(rows, room, n);
    free(room);
    for (size_t i = 0; i < n; i++) {
        smc_token_writer_add(d->writer, &rows[i]);
    }
    return DONE;
}

static void note_last(struct decoder *d, const struct smc_token_row *row)
{
    d->last_line = row->line;
    d->last_column = row->column;
}

static inline enum outcome add_token(struct decoder *d, const struct smc_token_row *row,
                                     const uint8_t *at)
{
    if (d->writer == NULL) {
        if (row->line > d->last_line ||
            (row->line == d->last_line && row->column > d->last_column)) {
            note_last(d, row);
        }
        return DONE;
    }
    if (++d->n_tokens >= SMCF_NONE) {
        too_large(d, "2^32 - 1 segments or more", at, 1);
        return DONE;
    }
    if (d->mode.sorts) {
        smc_buf_append(&d->rows, row, sizeof *row);
        return DONE;
    }
    if (row->column < d->least_column) {
        return OUT_OF_ORDER;
    }
    d->least_column = row->column;
    note_last(d, row);
    smc_token_writer_add(d->writer, row);
    return DONE;
}

static void start_line(struct decoder *d, const uint8_t *at)
{
    const int64_t line = (int64_t)d->line;

    if (line >= SMCF_NONE) {
        too_large(d, "generated line of 2^32 - 1 or more", at, 1);
    }
    d->least_column = line > d->last_line ? 0 : line == d->last_line ? d->last_column : INT64_MAX;
}

/* Whether the part has segments that smc_segments_take can do. */
static int start_segments(struct decoder *d)
{
    struct smc_segments *segments = &d->segments;
    int is_check = d->writer == NULL;

    if (!d->can_segments || d->mode.sorts || d->has_ranges) {
        return 0;
    }
    segments->writer = d->writer;
    segments->n_sources = is_check ? UINT32_MAX : d->part->n_sources;
    segments->n_names = is_check ? UINT32_MAX : d->part->n_names;
    segments->first_source = d->part->first_source;
    segments->name_ids = NULL;
    for (uint32_t i = 0; !is_check && i < d->part->n_names; i++) {
        if (d->name_ids[i] != i) {
            segments->name_ids = d->name_ids;
            break;
        }
    }
    return 1;
}

/* Decodes what is ordinary from p on, if the state before it is. Returns where it ends; *resume: where there may
 * be more of it. */
static const uint8_t *take_segments(struct decoder *d, const uint8_t *p, const uint8_t *end,
                                    const uint8_t **resume)
{
    struct smc_segments *segments = &d->segments;
    const int64_t column = d->column + d->shift;
    const int64_t sums[] = {(int64_t)d->line, column,           d->source,
                            d->source_line,   d->source_column, d->name};

    if (end - p < SMC_SEGMENTS_WINDOW) {
        *resume = end;
        return p;
    }
    *resume = p + SMC_SEGMENTS_WINDOW;
    for (int i = 0; i < SMC_ROW_LANES; i++) {
        int64_t sum = i <= SMC_ROW_NAME ? sums[i] : 0;
        if (sum < 0 || sum > INT32_MAX) {
            return p;
        }
        segments->sums[i] = (uint32_t)sum;
    }
    if (d->too_large != NULL || d->column < 0 || column < d->least_column ||
        d->n_tokens + (uint64_t)(end - p) >= SMCF_NONE) {
        return p;
    }
    segments->has_last = 0;
    const uint64_t n_before = d->writer == NULL ? 0 : d->writer->n_tokens + d->writer->n;
    p = smc_segments_take(segments, p, end, resume);
    if (segments->sums[SMC_ROW_LINE] != d->line) {
        d->shift = 0;
        d->least_column = 0;
    }
    d->line = segments->sums[SMC_ROW_LINE];
    d->column = segments->sums[SMC_ROW_COLUMN] - d->shift;
    d->source = segments->sums[SMC_ROW_SOURCE];
    d->source_line = segments->sums[SMC_ROW_SOURCE_LINE];
    d->source_column = segments->sums[SMC_ROW_SOURCE_COLUMN];
    d->name = segments->sums[SMC_ROW_NAME];
    if (segments->has_last) {
        d->last_line = segments->last_line;
        d->last_column = segments->last_column;
        d->least_column = d->last_line == (int64_t)d->line ? d->last_column : 0;
    }
    if (d->writer != NULL) {
        d->n_tokens += d->writer->n_tokens + d->writer->n - n_before;
    }
    return p;
}

/* Decodes p .. end, where *end is no base64 digit. */
static enum outcome decode_text(struct decoder *d, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *resume = start_segments(d) ? p : end;
    enum outcome outcome;

    start_line(d, p);
    while (p < end) {
        if (p >= resume && resume < end) {
            p = take_segments(d, p, end, &resume);
            continue;
        }
        if (*p == ';') {
            if (d->has_ranges) {
                smc_ranges_end_line(&d->ranges);
            }
            d->line++;
            d->column = 0;
            d->shift = 0;
            start_line(d, p);
            p++;
            continue;
        }
        /* A segment: 1, 4 or 5 VLQs, then a separator. */
        const uint8_t *at = p;
        int64_t fields[MAX_FIELDS];
        int n = 0;
        do {
            d->at = p;
            if (n == MAX_FIELDS || (p = smc_field_read(p, &fields[n])) == NULL) {
                return BAD_GRAMMAR;
            }
            n++;
        } while (p < end && *p != ',' && *p != ';');
        if (n != 1 && n != 4 && n != 5) {
            d->at = at;
            return BAD_GRAMMAR;
        }
        if (p < end && *p == ',') {
            p++;
            if (p == end || *p == ';') {
                d->at = p;
                return BAD_GRAMMAR; /* an empty segment */
            }
        }
        struct smc_token_row row;
        if (d->too_large == NULL && take_segment(d, fields, n, at, &row)) {
            d->at = at;
            if (d->has_ranges) {
                row.is_range = take_range(d, &row);
            }
            if ((outcome = add_token(d, &row, at)) != DONE) {
                return outcome;
            }
        }
    }
    if (d->has_ranges) {
        smc_ranges_finish(&d->ranges);
    }
    return d->too_large == NULL ? DONE : TOO_LARGE;
}

/* Some writers escape the digit '/': then a copy is decoded, with a quote at its end. */
static int unescape(struct decoder *d, const uint8_t **start, const uint8_t **end)
{
    smc_unescape_append(&d->plain, &d->part->map.mappings);
    smc_buf_append(&d->plain, "\"", 1);
    if (d->plain.failed) {
        return -1;
    }
    *start = d->plain.data;
    *end = d->plain.data + d->plain.nbytes - 1;
    return 0;
}

static enum outcome decode_part(struct decoder *d, const struct smc_part *part)
{
    const uint8_t *start = part->map.mappings.start + 1, *end = part->map.mappings.end - 1;
    const size_t nbytes = (size_t)(end - start);
    enum outcome outcome = NO_MEMORY;
    int failed = 0;

    d->part = part;
    d->line = part->line;
    d->shift = (int64_t)part->column;
    d->column = d->source = d->source_line = d->source_column = d->name = 0;
    if (d->mode.unescapes && memchr(start, '\\', nbytes) != NULL) {
        failed = unescape(d, &start, &end);
    }
    /* Range mappings make no difference to a check. */
    if (!failed && (d->writer == NULL || start_ranges(d) == 0)) {
        outcome = decode_text(d, start, end);
        if (outcome == BAD_GRAMMAR && !d->mode.unescapes && memchr(start, '\\', nbytes) != NULL) {
            outcome = ESCAPED; /* a backslash is no digit */
        } else if (outcome == BAD_GRAMMAR) {
            d->at = place_of(d, d->at);
        }
        if (start < end && d->line >= d->n_lines) {
            d->n_lines = d->line + 1;
        }
    }
    smc_buf_free(&d->plain);
    return outcome;
}

/* One pass over all parts. */
static enum outcome decode_all(struct decoder *d, const struct smc_mappings_input *input,
                               struct smc_token_writer *writer, struct smc_report *report,
                               struct mode mode)
{
    enum outcome outcome = DONE;

    *d = (struct decoder){.can_segments = smc_segments_can(),
                          .writer = writer,
                          .report = report,
                          .mode = mode,
                          .last_line = -1,
                          .last_column = -1};
    smc_token_writer_reset(writer);
    for (size_t i = 0; i < input->n_parts && outcome == DONE; i++) {
        const struct smc_part *part = &input->parts[i];
        d->name_ids = part->n_names > 0 ? input->name_ids + part->first_name : NULL;
        outcome = decode_part(d, part);
    }
    if (d->rows.failed) {
        outcome = NO_MEMORY;
    } else if (outcome == DONE && mode.sorts) {
        outcome = write_sorted(d);
    }
    smc_buf_free(&d->rows);
    smc_buf_free(&d->ranges_text);
    if (outcome != DONE) {
        return outcome;
    }
    smc_token_writer_flush(writer);
    return smc_token_writer_failed(writer) ? NO_MEMORY : DONE;
}

static smc_build_status report_outcome(const struct decoder *d, enum outcome outcome,
                                       struct smc_report *report)
{
    switch (outcome) {
    case BAD_GRAMMAR:
        smc_report_warning(report, "not base64 VLQ segments of 1, 4 or 5 fields",
                           "all mappings dropped", KEY, d->at);
        return SMC_BUILD_OK;
    case TOO_LARGE:
        return smc_report_error(report, d->is_limit ? SMC_BUILD_E_LIMIT : SMC_BUILD_E_MAP,
                                d->too_large, KEY, d->too_large_at);
    case NO_MEMORY:
        return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", KEY, NULL);
    default:
        return SMC_BUILD_OK;
    }
}

smc_build_status smc_mappings_decode(const struct smc_mappings_input *input,
                                     struct smc_token_writer *writer, uint32_t *n_lines,
                                     struct smc_report *report)
{
    struct mode mode = {0};
    struct decoder d;
    enum outcome outcome = decode_all(&d, input, writer, report, mode);

    while (outcome == ESCAPED || outcome == OUT_OF_ORDER) { /* once each, at the most */
        mode.unescapes |= outcome == ESCAPED;
        mode.sorts |= outcome == OUT_OF_ORDER;
        outcome = decode_all(&d, input, writer, report, mode);
    }
    if (outcome == DONE && d.n_warnings > 0) {
        /* Once more, now that it is known that no segment is dropped for another reason. */
        mode.warns = 1;
        outcome = decode_all(&d, input, writer, report, mode);
    }
    *n_lines = (uint32_t)d.n_lines;
    if (outcome == BAD_GRAMMAR) { /* of an ordinary map: the sections have been checked before */
        smc_token_writer_reset(writer);
        *n_lines = 0;
    }
    return report_outcome(&d, outcome, report);
}

smc_build_status smc_mappings_check(struct smc_map *map, struct smc_last_mapping *last,
                                    struct smc_report *report)
{
    static const uint8_t empty[] = "\"\"";
    /* Which sources and names there are makes no difference to what is asked here. */
    const struct smc_part part = {.map = *map};
    struct decoder d;
    enum outcome outcome = ESCAPED;

    for (int unescapes = 0; outcome == ESCAPED; unescapes++) {
        d = (struct decoder){.can_segments = smc_segments_can(),
                             .report = report,
                             .mode.unescapes = unescapes,
                             .last_line = -1,
                             .last_column = -1};
        outcome = decode_part(&d, &part);
    }
    *last = (struct smc_last_mapping){0};
    if (outcome == BAD_GRAMMAR) {
        map->mappings = (struct smc_json){SMC_JSON_STRING, empty, empty + 2};
    } else if (d.last_line >= 0) {
        *last = (struct smc_last_mapping){1, (uint64_t)d.last_line, (uint64_t)d.last_column};
    }
    return report_outcome(&d, outcome, report);
}
