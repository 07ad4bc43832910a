#include "src/build/token_functions.h"

#include <stdlib.h>

static uint32_t function_at(struct smc_token_functions *f, const struct smc_token_row *row)
{
    return row->source == SMCF_NONE
               ? SMCF_NONE
               : smc_outline_find(&f->outlines[row->source], row->source_line, row->source_column,
                                  &f->cursors[row->source]);
}

/* ---- range mappings ---- */

/* Whether a mark is after all original positions that a range mapping stands for, up to the token at line:column
 * (spec 5.5). On its own line they go on by columns, on later ones they are those of the generated file. */
static int is_behind_range(const struct smc_mark *mark, const struct smc_token_row *range,
                           uint32_t line, uint32_t column)
{
    const uint64_t end_line = (uint64_t)range->source_line + (line - range->line);
    const uint64_t end_column =
        line == range->line ? (uint64_t)range->source_column + (column - range->column) : column;

    if (end_line >= SMCF_NONE) { /* what is more than that is said of the last line, all of it */
        return 0;
    }
    return mark->line != end_line ? mark->line > end_line : mark->column >= end_column;
}

/* A position within the range is asked for as often as its start: so a function is said of a range only if all of it
 * is in the function. line:column is where it ends. */
static void end_range(struct smc_token_functions *f, uint32_t line, uint32_t column)
{
    uint32_t function = function_at(f, &f->range);
    const struct smc_outline *outline = &f->outlines[f->range.source];
    const uint32_t n = f->cursors[f->range.source];

    if (n < outline->n && !is_behind_range(&outline->marks[n], &f->range, line, column)) {
        function = SMCF_NONE;
    }
    smc_function_table_run(f->table, f->range_token, function);
    f->has_range = 0;
}

/* ---- watching ---- */

/* The stretch of a source in which the last function was found: from its mark up to the next one. */
struct stretch {
    uint32_t source;
    uint64_t start, end; /* positions as one number; of the last mark the end is UINT64_MAX */
};

static uint64_t as_number(uint32_t line, uint32_t column)
{
    return (uint64_t)line << 32 | column;
}

static struct stretch stretch_of(const struct smc_token_functions *f, uint32_t source)
{
    struct stretch stretch = {source, 0, UINT64_MAX};

    if (source != SMCF_NONE) {
        const struct smc_outline *outline = &f->outlines[source];
        const uint32_t n = f->cursors[source];
        if (n > 0) {
            stretch.start = as_number(outline->marks[n - 1].line, outline->marks[n - 1].column);
        }
        if (n < outline->n) {
            stretch.end = as_number(outline->marks[n].line, outline->marks[n].column);
        }
    }
    return stretch;
}

/* Most tokens are where the one before was: of these nothing is asked but that. */
static void watch_plain_block(struct smc_token_functions *f, const struct smc_token_writer *writer,
                              unsigned n)
{
    struct stretch stretch = {0, 1, 0}; /* nothing is in it */

    for (unsigned i = 0; i < n; i++) {
        const uint32_t *lanes = writer->rows[i];
        const uint64_t position =
            as_number(lanes[SMC_ROW_SOURCE_LINE], lanes[SMC_ROW_SOURCE_COLUMN]);
        if (lanes[SMC_ROW_SOURCE] != stretch.source || position < stretch.start ||
            position >= stretch.end) {
            struct smc_token_row row = {0};
            memcpy(&row, lanes, sizeof(uint32_t[SMC_ROW_NAME + 1]));
            smc_function_table_run(f->table, (uint32_t)writer->n_tokens + i, function_at(f, &row));
            stretch = stretch_of(f, row.source);
        }
    }
}

/* Functions of the minified file are numbers until all tokens have been seen: as runs they have this bit. */
#define IS_NUMBER UINT32_C(0x80000000)

/* Where no outline knows anything, the minified file may. */
static uint32_t any_function_at(struct smc_token_functions *f, const struct smc_token_row *row)
{
    uint32_t function = function_at(f, row);

    if (function == SMCF_NONE && f->minified != NULL && row->source != SMCF_NONE) {
        function = smc_minified_find(f->minified, row->line, row->column);
        function = function == SMCF_NONE ? SMCF_NONE : function | IS_NUMBER;
    }
    return function;
}

static void watch_ranges(struct smc_token_functions *f, const struct smc_token_writer *writer,
                         unsigned n)
{
    uint32_t token = (uint32_t)writer->n_tokens;

    for (unsigned i = 0; i < n; i++, token++) {
        struct smc_token_row row = {0};
        memcpy(&row, writer->rows[i], sizeof(uint32_t[SMC_ROW_NAME + 1]));
        if (f->has_range) {
            end_range(f, row.line, row.column);
        }
        if (smc_token_writer_is_range(writer, token)) {
            f->has_range = 1;
            f->range = row;
            f->range_token = token;
        } else {
            smc_function_table_run(f->table, token, any_function_at(f, &row));
        }
    }
}

static void watch_block(void *context, const struct smc_token_writer *writer, unsigned n)
{
    struct smc_token_functions *f = context;

    for (unsigned i = 0; i < n && f->minified != NULL; i++) {
        smc_minified_token(f->minified, writer->rows[i]);
    }
    if (writer->ranges.nbytes == 0 && f->minified == NULL) {
        watch_plain_block(f, writer, n);
    } else {
        watch_ranges(f, writer, n);
    }
    if (f->need.is_needed != NULL) {
        smc_inlined_need_tokens(&f->need, writer, n);
    }
}

static void start_again(void *context)
{
    struct smc_token_functions *f = context;

    f->has_range = 0;
    f->table->runs.nbytes = 0;
    if (f->minified != NULL) {
        smc_minified_reset(f->minified);
    }
    if (f->need.is_needed != NULL) {
        smc_inlined_need_reset(&f->need);
    }
}

int smc_token_functions_start(struct smc_token_functions *functions,
                              struct smc_token_writer *writer, const struct smc_outline *outlines,
                              size_t n_sources, struct smc_minified *minified,
                              struct smc_function_table *table)
{
    *functions = (struct smc_token_functions){
        .outlines = outlines,
        .cursors = calloc(n_sources + 1, sizeof *functions->cursors),
        .table = table,
        .minified = minified,
        .writer = writer,
        .observer = {watch_block, start_again, functions},
    };
    if (functions->cursors == NULL ||
        (table->inlined.entries.nbytes > 0 &&
         smc_inlined_need_start(&functions->need, &table->inlined) != 0)) {
        free(functions->cursors);
        *functions = (struct smc_token_functions){.cursors = NULL};
        return -1;
    }
    writer->observer = &functions->observer;
    return 0;
}

/* Gives ids to functions of the minified file. Neighbours may turn out to be the same then. */
static void name_numbers(const struct smc_token_functions *f)
{
    struct smc_buf *buf = &f->table->runs;
    struct smc_function_run *runs = (void *)buf->data;
    const size_t n = buf->nbytes / sizeof *runs;
    size_t n_kept = 0;

    for (size_t i = 0; i < n; i++) {
        struct smc_function_run run = runs[i];
        if (run.function != SMCF_NONE && (run.function & IS_NUMBER) != 0) {
            run.function = smc_minified_function(f->minified, run.function & ~IS_NUMBER, f->table);
        }
        if (run.function != (n_kept > 0 ? runs[n_kept - 1].function : SMCF_NONE)) {
            runs[n_kept++] = run;
        }
    }
    buf->nbytes = n_kept * sizeof *runs;
}

void smc_token_functions_finish(struct smc_token_functions *functions)
{
    if (functions->has_range) { /* nothing ends it: it goes on to the last position of the file */
        end_range(functions, SMCF_NONE, SMCF_NONE);
    }
    if (functions->need.is_needed != NULL) {
        smc_inlined_need_finish(&functions->need);
    }
    if (functions->writer != NULL) {
        functions->writer->observer = NULL;
    }
    if (functions->minified != NULL) {
        name_numbers(functions);
    }
    free(functions->cursors);
    *functions = (struct smc_token_functions){.cursors = NULL};
}
