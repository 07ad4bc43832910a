/*
 * Lines, counted by stretches of the content stream (spec 7.3). They may come in any order.
 */
#ifndef SMC_BUILD_LINE_COUNTS_H
#define SMC_BUILD_LINE_COUNTS_H

#include "format/smcache_format.h"
#include "src/base/buf.h"

struct smc_line_counter {
    struct smc_buf counts;   /* uint32_t a stretch: lines that begin in it */
    uint64_t counted_nbytes; /* of the stream: the stretches that have a count */
    uint64_t n_lines;
};

/* Gives a count to each stretch up to that of `offset`; 0, or -1 if there is no memory: then the
 * buffer has failed. */
int smc_line_counter_grow(struct smc_line_counter *counter, uint64_t offset);

/* Counts n lines that begin in the stretch of `offset`. Where a line begins: at its content's start,
 * or at the byte that decides that the line before has ended (spec 7.1). */
static inline void smc_line_counter_add(struct smc_line_counter *counter, uint64_t offset,
                                        uint32_t n)
{
    counter->n_lines += n;
    if (offset < counter->counted_nbytes || smc_line_counter_grow(counter, offset) == 0) {
        ((uint32_t *)(void *)counter->counts.data)[offset / SMCF_STRETCH_NBYTES] += n;
    }
}

/* Makes LINE_COUNTS of a content stream of that size; returns its number of values. No memory:
 * section->failed. */
uint64_t smc_line_counter_finish(struct smc_line_counter *counter, uint64_t stream_nbytes,
                                 struct smc_buf *section);
void smc_line_counter_free(struct smc_line_counter *counter);

#endif
