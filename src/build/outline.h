/*
 * What is known of the functions of a source, by original position.
 *
 * All that names functions by original position (`scopes`, other keys of the map, the content of the source) becomes an
 * outline, and outlines can be laid over each other. Functions are ids of a function table.
 */
#ifndef SMC_BUILD_OUTLINE_H
#define SMC_BUILD_OUTLINE_H

#include "src/build/function_table.h"

/* From this position on, up to the next mark, code is of this function; 0-based. */
struct smc_mark {
    uint32_t line, column;
    uint32_t function; /* or SMCF_NONE: nothing is known */
};

/* All zero: nothing is known. */
struct smc_outline {
    struct smc_mark
        *marks; /* positions ascend strictly, and neighbours are of different functions */
    uint32_t n;
};

void smc_outline_free(struct smc_outline *outline);

/* ---- lookup ---- */

/* The number of marks at or before a position; `n_before` is any number of 0 .. outline->n. Takes about 2 log(d) steps,
 * where d is how far the answer is from n_before. */
uint32_t smc_outline_seek(const struct smc_outline *outline, uint32_t line, uint32_t column,
                          uint32_t n_before);

static inline int smc_mark_is_after(const struct smc_mark *mark, uint32_t line, uint32_t column)
{
    return mark->line != line ? mark->line > line : mark->column > column;
}

/* The function at a position. *cursor is 0 at first, and then the number of marks at or before the position of the last
 * lookup: of positions that come nearly in order most need no more than two comparisons. */
static inline uint32_t smc_outline_find(const struct smc_outline *outline, uint32_t line,
                                        uint32_t column, uint32_t *cursor)
{
    const struct smc_mark *marks = outline->marks;
    uint32_t n = *cursor;

    if ((n > 0 && smc_mark_is_after(&marks[n - 1], line, column)) ||
        (n < outline->n && !smc_mark_is_after(&marks[n], line, column))) {
        n = smc_outline_seek(outline, line, column, n);
        *cursor = n;
    }
    return n > 0 ? marks[n - 1].function : SMCF_NONE;
}

/* ---- making ---- */

/* Collects marks. All zero: none. */
struct smc_outline_writer {
    struct smc_buf marks; /* struct smc_mark */
};

/* Positions ascend; of several marks at one position the last counts. */
void smc_outline_writer_add(struct smc_outline_writer *writer, struct smc_mark mark);
/* Makes the outline of what has been added, and frees the rest. 0, or -1 and an empty outline: no memory or room. */
int smc_outline_writer_finish(struct smc_outline_writer *writer, struct smc_outline *outline);

/* Half-open. One that ends at or before its start contains nothing; one up to SMCF_NONE:SMCF_NONE never ends. */
struct smc_outline_range {
    uint32_t line, column, end_line, end_column;
    uint32_t function;
};

/*
 * Makes the outline of ranges that are sorted by their starts: at each position the last range that contains it counts,
 * and `outside` where there is none. So of nested ranges, outer ones first, the innermost counts; and where one reaches
 * into its next sibling, the sibling. Linear. 0, or -1 and an empty outline: no memory or room.
 */
int smc_outline_from_ranges(const struct smc_outline_range *ranges, size_t n, uint32_t outside,
                            struct smc_outline *outline);

/*
 * Lays `second`, which is less trusted, under `first`: where nothing is known by the first, the second counts; where
 * the first knows a function without a name, a name of the second does. Linear; takes the second's marks away if it is
 * all there is. 0, or -1 without memory, and `first` is as it was.
 */
int smc_outline_overlay(struct smc_outline *first, struct smc_outline *second,
                        const struct smc_function_table *table);

#endif
