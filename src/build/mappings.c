/*
 * The `mappings` string: ECMA-426, "Decoding mappings". One pass from the text to packed blocks.
 *
 * Bad grammar anywhere empties the whole list; a number too large refuses the map, but only if the
 * grammar is good to the end. The first segment out of order starts the pass again in a mode that
 * collects each line and sorts it, and a map with warnings is decoded once more to report them.
 */
#include "src/build/parts.h"

#include <stdlib.h>

#define KEY "mappings"

/* Base64 digits; everything else, the separators and the closing quote too, is negative. */
#define X (-1)
static const int8_t digits[256] = {
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  62, X,  X,  X,  63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X,  X,  X,  X,  X,  X,  X,  0,  1,  2,  3,  4,  5,  6,
    7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X,  X,  X,  X,  X,
    X,  26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48,
    49, 50, 51, X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,
    X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X,  X};
#undef X

#define MAX_FIELDS 5

/* A value no sum can reach otherwise: the VLQ's number is 2^31 or more. */
#define OVERFLOW INT64_MAX

enum outcome { DONE, BAD_GRAMMAR, OUT_OF_ORDER, TOO_LARGE, NO_MEMORY };

struct decoder {
    const struct smc_mappings_input *input;
    struct smc_token_writer *writer;
    struct smc_report *report;
    int sorts; /* collect each line and sort it */
    int warns; /* report warnings; only once the grammar is known to be good */
    uint64_t n_warnings;
    const uint8_t *at;     /* where the outcome was found */
    const char *too_large; /* what was too large, first */
    const uint8_t *too_large_at;
    int is_limit; /* it is the format's limit, not the standard's */

    /* State between segments; sums of any number of 32-bit fields fit. */
    int64_t column, source, source_line, source_column, name;
    uint64_t line;
    int64_t last_column; /* of the last token on this line; -1: none yet */
    uint64_t n_tokens;

    struct smc_buf rows; /* sorts: struct smc_token_row of this line */
    int is_row_out_of_order;
};

/* The rest of a VLQ after its first digit, which had the continuation bit; NULL: bad grammar. */
static const uint8_t *long_vlq(const uint8_t *p, int64_t *value)
{
    uint64_t bits = (uint64_t)digits[p[0]] & 31;
    unsigned shift = 5;
    int digit;

    do { /* any number of digits; those past 2^40 only tell whether it overflows */
        digit = digits[*++p];
        if (digit < 0) {
            return NULL;
        }
        if (shift <= 35) {
            bits |= (uint64_t)(digit & 31) << shift;
            shift += 5;
        } else if ((digit & 31) != 0) {
            bits |= UINT64_C(1) << 40;
        }
    } while (digit & 32);
    uint64_t magnitude = bits >> 1;
    if (magnitude > INT32_MAX) {
        *value = OVERFLOW;
    } else if (bits & 1) {
        *value = magnitude == 0 ? INT32_MIN : -(int64_t)magnitude;
    } else {
        *value = (int64_t)magnitude;
    }
    return p + 1;
}

static inline const uint8_t *read_vlq(const uint8_t *p, int64_t *value)
{
    int digit = digits[*p];
    if (digit >= 0 && digit < 32) {
        /* Negative zero is -2^31 (ECMA-426, "Decoding a base64 VLQ"). */
        *value = digit == 1 ? INT32_MIN : (digit & 1) ? -(digit >> 1) : digit >> 1;
        return p + 1;
    }
    return digit < 0 ? NULL : long_vlq(p, value);
}

static void too_large(struct decoder *d, const char *what, const uint8_t *at, int is_limit)
{
    if (d->too_large == NULL) {
        d->too_large = what;
        d->too_large_at = at;
        d->is_limit = is_limit;
    }
}

static inline void warn(struct decoder *d, const char *reason, const uint8_t *at)
{
    d->n_warnings++;
    if (d->warns) {
        smc_report_warning(d->report, reason, KEY, at);
    }
}

static int is_overflow(struct decoder *d, int64_t field, const uint8_t *at)
{
    if (field == OVERFLOW) {
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
        warn(d, "segment at a negative generated column; dropped", at);
        return 0;
    }
    if (d->column >= SMCF_NONE) {
        too_large(d, "generated column", at, 1);
        return 0;
    }
    *row =
        (struct smc_token_row){(uint32_t)d->line, (uint32_t)d->column, SMCF_NONE, 0, 0, SMCF_NONE};
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
    if (d->source < 0 || d->source >= d->input->n_sources || d->source_line < 0 ||
        d->source_column < 0) {
        warn(d, "segment with an impossible original position; kept without one", at);
    } else if (d->source_line >= SMCF_NONE || d->source_column >= SMCF_NONE) {
        too_large(d, "original position", at, 1);
        return 0;
    } else {
        row->source = (uint32_t)d->source;
        row->source_line = (uint32_t)d->source_line;
        row->source_column = (uint32_t)d->source_column;
    }
    if (n_fields == 5) {
        if (is_overflow(d, fields[4], at)) {
            return 0;
        }
        d->name += fields[4];
        if (d->name < 0 || d->name >= d->input->n_names) {
            warn(d, "segment with a name that does not exist; kept without it", at);
        } else {
            row->name = d->input->name_ids[d->name];
        }
    }
    return 1;
}

/* Stable merge sort by column: `rows` sorted; `room` is as large. */
static void sort_rows(struct smc_token_row *rows, struct smc_token_row *room, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t middle = n - start > width ? start + width : n;
            size_t end = n - start > 2 * width ? start + 2 * width : n;
            size_t a = start, b = middle, to = start;
            while (a < middle || b < end) {
                int take_a = b == end || (a < middle && rows[a].column <= rows[b].column);
                room[to++] = rows[take_a ? a++ : b++];
            }
        }
        memcpy(rows, room, n * sizeof *rows);
    }
}

static enum outcome end_sorted_line(struct decoder *d)
{
    struct smc_token_row *rows = (void *)d->rows.data;
    size_t n = d->rows.nbytes / sizeof *rows;

    if (d->rows.failed) {
        return NO_MEMORY;
    }
    if (d->is_row_out_of_order) {
        struct smc_token_row *room = malloc(n * sizeof *room);
        if (room == NULL) {
            return NO_MEMORY;
        }
        sort_rows(rows, room, n);
        free(room);
    }
    for (size_t i = 0; i < n; i++) {
        smc_token_writer_add(d->writer, &rows[i]);
    }
    d->rows.nbytes = 0;
    d->is_row_out_of_order = 0;
    return DONE;
}

static inline enum outcome add_token(struct decoder *d, const struct smc_token_row *row,
                                     const uint8_t *at)
{
    if (++d->n_tokens >= SMCF_NONE) {
        too_large(d, "number of segments", at, 1);
        return DONE;
    }
    int is_ordered = (int64_t)row->column >= d->last_column;
    d->last_column = row->column;
    if (d->sorts) {
        d->is_row_out_of_order |= !is_ordered;
        smc_buf_append(&d->rows, row, sizeof *row);
        return DONE;
    }
    if (!is_ordered) {
        return OUT_OF_ORDER;
    }
    smc_token_writer_add(d->writer, row);
    return DONE;
}

/* Decodes p .. end, where *end is no base64 digit. */
static enum outcome decode(struct decoder *d, const uint8_t *p, const uint8_t *end)
{
    enum outcome outcome;

    d->last_column = -1;
    while (p < end) {
        if (*p == ';') {
            if (d->sorts && (outcome = end_sorted_line(d)) != DONE) {
                return outcome;
            }
            d->line++;
            if (d->line >= SMCF_NONE) {
                too_large(d, "generated line", p, 1);
            }
            d->column = 0;
            d->last_column = -1;
            p++;
            continue;
        }
        /* A segment: 1, 4 or 5 VLQs, then a separator. */
        const uint8_t *at = p;
        int64_t fields[MAX_FIELDS];
        int n = 0;
        do {
            d->at = p;
            if (n == MAX_FIELDS || (p = read_vlq(p, &fields[n])) == NULL) {
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
            if ((outcome = add_token(d, &row, at)) != DONE) {
                return outcome;
            }
        }
    }
    if (d->sorts && (outcome = end_sorted_line(d)) != DONE) {
        return outcome;
    }
    if (d->too_large != NULL) {
        return TOO_LARGE;
    }
    smc_token_writer_flush(d->writer);
    return d->writer->blocks.failed || d->writer->directory.failed || d->writer->top.failed
               ? NO_MEMORY
               : DONE;
}

/* One pass over the string's inside; *n_lines counts generated lines. */
static enum outcome decode_pass(struct decoder *d, const struct smc_mappings_input *input,
                                struct smc_token_writer *writer, struct smc_report *report,
                                const uint8_t *start, const uint8_t *end, int sorts, int warns)
{
    *d = (struct decoder){
        .input = input, .writer = writer, .report = report, .sorts = sorts, .warns = warns};
    smc_token_writer_reset(writer);
    enum outcome outcome = decode(d, start, end);
    smc_buf_free(&d->rows);
    return outcome;
}

smc_build_status smc_mappings_decode(const struct smc_mappings_input *input,
                                     struct smc_token_writer *writer, uint32_t *n_lines,
                                     struct smc_report *report)
{
    const uint8_t *start = input->mappings.start + 1, *end = input->mappings.end - 1;
    const uint8_t *key_at = input->mappings.start;
    struct smc_buf plain = {0};
    struct decoder d;

    if (memchr(start, '\\', (size_t)(end - start)) != NULL) {
        /* Some writers escape the digit '/': decode a plain copy, with a quote at its end. */
        smc_unescape_append(&plain, &input->mappings);
        smc_buf_append(&plain, "\"", 1);
        if (plain.failed) {
            smc_buf_free(&plain);
            return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", KEY, key_at);
        }
        start = plain.data;
        end = plain.data + plain.nbytes - 1;
    }
    enum outcome outcome = decode_pass(&d, input, writer, report, start, end, 0, 0);
    if (outcome == OUT_OF_ORDER) {
        outcome = decode_pass(&d, input, writer, report, start, end, 1, 0);
    }
    if (outcome == DONE && d.n_warnings > 0) {
        /* Once more, now that it is known that no segment is dropped for another reason. */
        outcome = decode_pass(&d, input, writer, report, start, end, d.sorts, 1);
    }
    *n_lines = end == start ? 0 : (uint32_t)d.line + 1;
    /* In a copy offsets are not those of the input: name the key's value then. */
    const uint8_t *at = plain.data != NULL ? key_at : d.at;
    const uint8_t *too_large_at = plain.data != NULL ? key_at : d.too_large_at;
    smc_buf_free(&plain);

    switch (outcome) {
    case BAD_GRAMMAR:
        smc_report_warning(
            report, "not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped", KEY, at);
        smc_token_writer_reset(writer);
        *n_lines = 0;
        return SMC_BUILD_OK;
    case TOO_LARGE:
        return smc_report_error(report, d.is_limit ? SMC_BUILD_E_LIMIT : SMC_BUILD_E_MAP,
                                d.too_large, KEY, too_large_at);
    case NO_MEMORY:
        return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", KEY, key_at);
    default:
        return SMC_BUILD_OK;
    }
}
