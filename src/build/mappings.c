/*
 * The `mappings` string: ECMA-426, "Decoding mappings". One pass from the text to packed blocks.
 *
 * Bad grammar anywhere empties the whole list; a number too large refuses the map, but only if the
 * grammar is good to the end. The first token out of order, of one part or of all, starts the pass again
 * in a mode that collects all tokens and sorts them; the first backslash, in one that unescapes strings
 * before; and a map with warnings is decoded once more to report them.
 */
#include "src/build/decoder.h"
#include "src/build/row_sort.h"

#include <stdlib.h>

#define KEY "mappings"

static void warn_of_ranges(void *context, const char *reason, size_t at)
{
    struct smc_decoder *d = context;
    const struct smc_json *text = &d->part->map.range_mappings;

    d->n_warnings++;
    if (d->mode.warns) { /* without escapes, a place in the text is one in the input */
        int is_plain = d->ranges_text.nbytes == (size_t)(text->end - text->start) - 2;
        smc_report_warning(d->report, reason, "ignored", "rangeMappings",
                           text->start + (is_plain ? 1 + at : 0));
    }
}

/* 0, or -1 without memory. In lenient mode, what is wrong with range mappings refuses nothing else. */
static int start_ranges(struct smc_decoder *d)
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

/* Writes what has been collected. */
static enum smc_outcome write_sorted(struct smc_decoder *d)
{
    struct smc_token_row *rows = (void *)d->rows.data;
    size_t n = d->rows.nbytes / sizeof *rows;
    struct smc_token_row *room = n == 0 ? NULL : malloc(n * sizeof *room);

    if (n > 0 && room == NULL) {
        return SMC_OUTCOME_NO_MEMORY;
    }
    smc_rows_sort(rows, room, n);
    free(room);
    for (size_t i = 0; i < n; i++) {
        smc_token_writer_add(d->writer, &rows[i]);
    }
    return SMC_OUTCOME_DONE;
}

/* Some writers escape the digit '/': then a copy is decoded, with a quote at its end. */
static int unescape(struct smc_decoder *d, const uint8_t **start, const uint8_t **end)
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

static enum smc_outcome decode_part(struct smc_decoder *d, const struct smc_part *part)
{
    const uint8_t *start = part->map.mappings.start + 1, *end = part->map.mappings.end - 1;
    const size_t nbytes = (size_t)(end - start);
    enum smc_outcome outcome = SMC_OUTCOME_NO_MEMORY;
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
        outcome = smc_decode_text(d, start, end);
        if (outcome == SMC_OUTCOME_BAD_GRAMMAR && !d->mode.unescapes &&
            memchr(start, '\\', nbytes) != NULL) {
            outcome = SMC_OUTCOME_ESCAPED; /* a backslash is no digit */
        } else if (outcome == SMC_OUTCOME_BAD_GRAMMAR) {
            d->at = smc_decoder_place(d, d->at);
        }
        if (start < end && d->line >= d->n_lines) {
            d->n_lines = d->line + 1;
        }
    }
    smc_buf_free(&d->plain);
    return outcome;
}

/* One pass over all parts. */
static enum smc_outcome decode_all(struct smc_decoder *d, const struct smc_mappings_input *input,
                                   struct smc_token_writer *writer, struct smc_report *report,
                                   struct smc_decoder_mode mode)
{
    enum smc_outcome outcome = SMC_OUTCOME_DONE;

    *d = (struct smc_decoder){.can_segments = smc_segments_can(),
                              .writer = writer,
                              .report = report,
                              .mode = mode,
                              .last_line = -1,
                              .last_column = -1};
    smc_token_writer_reset(writer);
    for (size_t i = 0; i < input->n_parts && outcome == SMC_OUTCOME_DONE; i++) {
        const struct smc_part *part = &input->parts[i];
        d->name_ids = part->n_names > 0 ? input->name_ids + part->first_name : NULL;
        outcome = decode_part(d, part);
    }
    if (d->rows.failed) {
        outcome = SMC_OUTCOME_NO_MEMORY;
    } else if (outcome == SMC_OUTCOME_DONE && mode.sorts) {
        outcome = write_sorted(d);
    }
    smc_buf_free(&d->rows);
    smc_buf_free(&d->ranges_text);
    if (outcome != SMC_OUTCOME_DONE) {
        return outcome;
    }
    smc_token_writer_flush(writer);
    return smc_token_writer_failed(writer) ? SMC_OUTCOME_NO_MEMORY : SMC_OUTCOME_DONE;
}

static smc_build_status report_outcome(const struct smc_decoder *d, enum smc_outcome outcome,
                                       struct smc_report *report)
{
    switch (outcome) {
    case SMC_OUTCOME_BAD_GRAMMAR:
        smc_report_warning(report, "not base64 VLQ segments of 1, 4 or 5 fields",
                           "all mappings dropped", KEY, d->at);
        return SMC_BUILD_OK;
    case SMC_OUTCOME_TOO_LARGE:
        return smc_report_error(report, d->is_limit ? SMC_BUILD_E_LIMIT : SMC_BUILD_E_MAP,
                                d->too_large, KEY, d->too_large_at);
    case SMC_OUTCOME_NO_MEMORY:
        return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", KEY, NULL);
    default:
        return SMC_BUILD_OK;
    }
}

smc_build_status smc_mappings_decode(const struct smc_mappings_input *input,
                                     struct smc_token_writer *writer, uint32_t *n_lines,
                                     struct smc_report *report)
{
    struct smc_decoder_mode mode = {0};
    struct smc_decoder d;
    enum smc_outcome outcome = decode_all(&d, input, writer, report, mode);

    while (outcome == SMC_OUTCOME_ESCAPED ||
           outcome == SMC_OUTCOME_OUT_OF_ORDER) { /* once each, at the most */
        mode.unescapes |= outcome == SMC_OUTCOME_ESCAPED;
        mode.sorts |= outcome == SMC_OUTCOME_OUT_OF_ORDER;
        outcome = decode_all(&d, input, writer, report, mode);
    }
    if (outcome == SMC_OUTCOME_DONE && d.n_warnings > 0) {
        /* Once more, now that it is known that no segment is dropped for another reason. */
        mode.warns = 1;
        outcome = decode_all(&d, input, writer, report, mode);
    }
    *n_lines = (uint32_t)d.n_lines;
    if (outcome ==
        SMC_OUTCOME_BAD_GRAMMAR) { /* of an ordinary map: the sections have been checked before */
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
    struct smc_decoder d;
    enum smc_outcome outcome = SMC_OUTCOME_ESCAPED;

    for (int unescapes = 0; outcome == SMC_OUTCOME_ESCAPED; unescapes++) {
        d = (struct smc_decoder){.can_segments = smc_segments_can(),
                                 .report = report,
                                 .mode.unescapes = unescapes,
                                 .last_line = -1,
                                 .last_column = -1};
        outcome = decode_part(&d, &part);
    }
    *last = (struct smc_last_mapping){0};
    if (outcome == SMC_OUTCOME_BAD_GRAMMAR) {
        map->mappings =
            (struct smc_json){.type = SMC_JSON_STRING, .start = empty, .end = empty + 2};
    } else if (d.last_line >= 0) {
        *last = (struct smc_last_mapping){1, (uint64_t)d.last_line, (uint64_t)d.last_column};
    }
    return report_outcome(&d, outcome, report);
}
