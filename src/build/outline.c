#include "src/build/outline.h"

#include <stdlib.h>

void smc_outline_free(struct smc_outline *outline)
{
    free(outline->marks);
    *outline = (struct smc_outline){0};
}

/* ---- lookup ---- */

/* The number of marks at or before a position, if it is low .. high. */
static uint32_t bisect(const struct smc_outline *outline, uint32_t line, uint32_t column,
                       uint32_t low, uint32_t high)
{
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (smc_mark_is_after(&outline->marks[middle], line, column)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* In steps that double away from n_before, then by halves within the last step. */
uint32_t smc_outline_seek(const struct smc_outline *outline, uint32_t line, uint32_t column,
                          uint32_t n_before)
{
    const struct smc_mark *marks = outline->marks;
    uint32_t low = n_before, high = n_before, step = 1;

    if (n_before > 0 && smc_mark_is_after(&marks[n_before - 1], line, column)) {
        high = n_before - 1;
        for (low = high; low > 0 && smc_mark_is_after(&marks[low - 1], line, column); step *= 2) {
            high = low - 1;
            low = high > step ? high - step : 0;
        }
        return bisect(outline, line, column, low, high);
    }
    for (; high < outline->n && !smc_mark_is_after(&marks[high], line, column); step *= 2) {
        low = high + 1;
        high = outline->n - low > step ? low + step : outline->n;
    }
    return bisect(outline, line, column, low, high);
}

/* ---- making ---- */

void smc_outline_writer_add(struct smc_outline_writer *writer, struct smc_mark mark)
{
    struct smc_buf *buf = &writer->marks;
    struct smc_mark *marks = (void *)buf->data;
    size_t n = buf->nbytes / sizeof mark;

    if (n > 0 && marks[n - 1].line == mark.line && marks[n - 1].column == mark.column) {
        buf->nbytes -= sizeof mark;
        n--;
    }
    if (mark.function != (n > 0 ? marks[n - 1].function : SMCF_NONE)) {
        smc_buf_append(buf, &mark, sizeof mark);
    }
}

/* An outline may live long: it keeps no more memory than it needs. */
int smc_outline_writer_finish(struct smc_outline_writer *writer, struct smc_outline *outline)
{
    struct smc_buf *buf = &writer->marks;
    const size_t n = buf->nbytes / sizeof *outline->marks;

    *outline = (struct smc_outline){0};
    if (!buf->failed && n > 0 && n < SMCF_NONE) {
        outline->marks = realloc(buf->data, buf->nbytes);
    }
    if (outline->marks != NULL) {
        outline->n = (uint32_t)n;
        *buf = (struct smc_buf){0};
    }
    const int failed = buf->failed || outline->n != n;
    smc_buf_free(buf);
    return failed ? -1 : 0;
}

/* The ranges that have started and may not be over, the last one on top. */
struct sweep {
    const struct smc_outline_range *ranges;
    uint32_t outside;
    struct smc_buf open; /* uint32_t: index of the range */
    struct smc_outline_writer out;
};

static const struct smc_outline_range *top_of(const struct sweep *sweep)
{
    const size_t n = sweep->open.nbytes / sizeof(uint32_t);
    return n == 0 ? NULL
                  : &sweep->ranges[((const uint32_t *)(const void *)sweep->open.data)[n - 1]];
}

static int ends_after(const struct smc_outline_range *range, uint32_t line, uint32_t column)
{
    return range->end_line != line ? range->end_line > line : range->end_column > column;
}

/* Takes those from the top that are over at a position. */
static void pop(struct sweep *sweep, uint32_t line, uint32_t column)
{
    const struct smc_outline_range *top = top_of(sweep);

    while (top != NULL && !ends_after(top, line, column)) {
        sweep->open.nbytes -= sizeof(uint32_t);
        top = top_of(sweep);
    }
}

/* The same, and notes what is below each. */
static void end_ranges(struct sweep *sweep, uint32_t line, uint32_t column)
{
    const struct smc_outline_range *top = top_of(sweep);

    while (top != NULL && !ends_after(top, line, column)) {
        struct smc_mark mark = {top->end_line, top->end_column, sweep->outside};
        pop(sweep, mark.line, mark.column); /* and what it has outlived */
        top = top_of(sweep);
        mark.function = top != NULL ? top->function : sweep->outside;
        smc_outline_writer_add(&sweep->out, mark);
    }
}

int smc_outline_from_ranges(const struct smc_outline_range *ranges, size_t n, uint32_t outside,
                            struct smc_outline *outline)
{
    struct sweep sweep = {.ranges = ranges, .outside = outside};

    *outline = (struct smc_outline){0};
    if (n >= SMCF_NONE) {
        return -1;
    }
    (void)smc_buf_reserve(&sweep.out.marks, (2 * n + 1) * sizeof(struct smc_mark));
    smc_outline_writer_add(&sweep.out, (struct smc_mark){0, 0, outside});
    for (uint32_t i = 0; i < n; i++) {
        const struct smc_outline_range *range = &ranges[i];
        if (ends_after(range, range->line, range->column)) {
            end_ranges(&sweep, range->line, range->column);
            smc_buf_append(&sweep.open, &i, sizeof i);
            smc_outline_writer_add(&sweep.out,
                                   (struct smc_mark){range->line, range->column, range->function});
        }
    }
    end_ranges(&sweep, SMCF_NONE, SMCF_NONE - 1); /* nothing is behind those that go on */
    sweep.out.marks.failed |= sweep.open.failed;
    smc_buf_free(&sweep.open);
    return smc_outline_writer_finish(&sweep.out, outline);
}

/* ---- overlay ---- */

static unsigned kind_of(const struct smc_function_table *table, uint32_t function)
{
    return function == SMCF_NONE ? SMCF_FUNCTION_UNKNOWN
                                 : smc_function_table_get(table, function).kind;
}

static uint32_t better_of(uint32_t first, uint32_t second, const struct smc_function_table *table)
{
    switch (kind_of(table, first)) {
    case SMCF_FUNCTION_UNKNOWN:
        return second;
    case SMCF_FUNCTION_ANONYMOUS:
        return kind_of(table, second) == SMCF_FUNCTION_NAMED ? second : first;
    default:
        return first;
    }
}

static int is_not_after(const struct smc_outline *a, uint32_t i, const struct smc_outline *b,
                        uint32_t k)
{
    return !smc_mark_is_after(&a->marks[i], b->marks[k].line, b->marks[k].column);
}

int smc_outline_overlay(struct smc_outline *first, struct smc_outline *second,
                        const struct smc_function_table *table)
{
    struct smc_outline_writer out = {{0}};
    struct smc_outline made;
    uint32_t i = 0, k = 0, of_first = SMCF_NONE, of_second = SMCF_NONE;

    if (second->n == 0) {
        return 0;
    }
    if (first->n == 0) {
        *first = *second;
        *second = (struct smc_outline){0};
        return 0;
    }
    while (i < first->n || k < second->n) {
        /* The earlier mark of both; one after the other, if they are at the same position. */
        const int is_first = k == second->n || (i < first->n && is_not_after(first, i, second, k));
        struct smc_mark mark = is_first ? first->marks[i] : second->marks[k];
        if (is_first) {
            of_first = mark.function;
            i++;
        } else {
            of_second = mark.function;
            k++;
        }
        mark.function = better_of(of_first, of_second, table);
        smc_outline_writer_add(&out, mark);
    }
    if (smc_outline_writer_finish(&out, &made) != 0) {
        return -1;
    }
    smc_outline_free(first);
    *first = made;
    return 0;
}
