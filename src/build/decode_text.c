/*
 * From the text of `mappings` to tokens: ECMA-426, "Decoding mappings". One segment after the other, with all
 * its rules; and many at a time where they are ordinary (segments.c).
 */
#include "src/build/decoder.h"
#include "src/build/fields.h"

#define KEY "mappings"

#define MAX_FIELDS 5

static void too_large(struct smc_decoder *d, const char *what, const uint8_t *at, int is_limit)
{
    if (d->too_large == NULL && (d->writer != NULL || !is_limit)) {
        d->too_large = what;
        d->too_large_at = smc_decoder_place(d, at);
        d->is_limit = is_limit;
    }
}

static inline void warn(struct smc_decoder *d, const char *reason, const char *recovery,
                        const uint8_t *at)
{
    d->n_warnings++;
    if (d->mode.warns) {
        smc_report_warning(d->report, reason, recovery, KEY, smc_decoder_place(d, at));
    }
}

/* Whether the segment that has just been decoded is a range mapping. */
static uint32_t take_range(struct smc_decoder *d, const struct smc_token_row *row)
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

static int is_overflow(struct smc_decoder *d, int64_t field, const uint8_t *at)
{
    if (field == SMC_FIELD_OVERFLOW) {
        too_large(d, "a number of 2^31 or more", at, 0);
        return 1;
    }
    return 0;
}

/* Turns the fields of a segment into a token. 1: there is one; 0: there is none. */
static inline int take_segment(struct smc_decoder *d, const int64_t *fields, int n_fields,
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

/* In a check columns may descend. */
static void note_if_greatest(struct smc_decoder *d, uint32_t line, uint32_t column)
{
    if (line > d->last_line || (line == d->last_line && column > d->last_column)) {
        d->last_line = line;
        d->last_column = column;
    }
}

static inline enum smc_outcome add_token(struct smc_decoder *d, const struct smc_token_row *row,
                                         const uint8_t *at)
{
    if (d->writer == NULL) {
        note_if_greatest(d, row->line, row->column);
        return SMC_OUTCOME_DONE;
    }
    if (++d->n_tokens >= SMCF_NONE) {
        too_large(d, "2^32 - 1 segments or more", at, 1);
        return SMC_OUTCOME_DONE;
    }
    if (d->mode.sorts) {
        smc_buf_append(&d->rows, row, sizeof *row);
        return SMC_OUTCOME_DONE;
    }
    if (row->column < d->least_column) {
        return SMC_OUTCOME_OUT_OF_ORDER;
    }
    d->least_column = row->column;
    d->last_line = row->line;
    d->last_column = row->column;
    smc_token_writer_add(d->writer, row);
    return SMC_OUTCOME_DONE;
}

static void start_line(struct smc_decoder *d, const uint8_t *at)
{
    const int64_t line = (int64_t)d->line;

    if (line > SMCF_LINE_MAX) {
        too_large(d, "generated line of 2^31 - 1 or more", at, 1);
    }
    d->least_column = line > d->last_line ? 0 : line == d->last_line ? d->last_column : INT64_MAX;
}

/* Whether the part has segments that smc_segments_take can do. */
static int start_segments(struct smc_decoder *d)
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
static const uint8_t *take_segments(struct smc_decoder *d, const uint8_t *p, const uint8_t *end,
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
        d->n_tokens + (uint64_t)(end - p) >= SMCF_NONE ||
        d->line + (uint64_t)(end - p) > SMCF_LINE_MAX) {
        return p;
    }
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
        note_if_greatest(d, segments->last_line, segments->last_column);
        d->least_column = segments->last_line == d->line ? segments->last_column : 0;
    }
    if (d->writer != NULL) {
        d->n_tokens += d->writer->n_tokens + d->writer->n - n_before;
    }
    return p;
}

enum smc_outcome smc_decode_text(struct smc_decoder *d, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *resume = start_segments(d) ? p : end;
    enum smc_outcome outcome;

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
                return SMC_OUTCOME_BAD_GRAMMAR;
            }
            n++;
        } while (p < end && *p != ',' && *p != ';');
        if (n != 1 && n != 4 && n != 5) {
            d->at = at;
            return SMC_OUTCOME_BAD_GRAMMAR;
        }
        if (p < end && *p == ',') {
            p++;
            if (p == end || *p == ';') {
                d->at = p;
                return SMC_OUTCOME_BAD_GRAMMAR; /* an empty segment */
            }
        }
        struct smc_token_row row;
        if (d->too_large == NULL && take_segment(d, fields, n, at, &row)) {
            if (d->has_ranges) {
                row.is_range = take_range(d, &row);
            }
            if ((outcome = add_token(d, &row, at)) != SMC_OUTCOME_DONE) {
                return outcome;
            }
        }
    }
    if (d->has_ranges) {
        smc_ranges_finish(&d->ranges);
    }
    return d->too_large == NULL ? SMC_OUTCOME_DONE : SMC_OUTCOME_TOO_LARGE;
}
