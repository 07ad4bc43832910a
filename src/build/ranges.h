/*
 * The `rangeMappings` string (range mappings proposal): which mappings stand for all positions up to
 * the next one. It names them by their index among the decoded mappings of their generated line.
 *
 * First the whole string is checked; then a cursor runs along with the decoding of `mappings`.
 */
#ifndef SMC_BUILD_RANGES_H
#define SMC_BUILD_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* The proposal has changed its encoding twice and kept key and alphabet. */
enum smc_ranges_form {
    SMC_RANGES_ZERO_BASED, /* unsigned VLQs: the first index, then differences; the current form */
    SMC_RANGES_ONE_BASED,  /* the same, but for the first index + 1; October 2025 to April 2026 */
    SMC_RANGES_BITMAP      /* a digit for 6 mappings, lowest bit first; until August 2025 */
};

enum smc_ranges_result {
    SMC_RANGES_OK,
    SMC_RANGES_DROPPED, /* bad grammar, an optional error: there are no range mappings */
    SMC_RANGES_OVERFLOW /* a number of 2^32 or more: literally a required error */
};

struct smc_ranges_input {
    const uint8_t *text; /* unescaped */
    size_t nbytes;
    enum smc_ranges_form form;
    /* Called for each optional error, with its place in the text; may be NULL. */
    void (*warn)(void *context, const char *reason, size_t at);
    void *context;
};

/* Checks the text; if it is not OK, *reason is a static text and *at the place. */
enum smc_ranges_result smc_ranges_check(const struct smc_ranges_input *input, const char **reason,
                                        size_t *at);

#define SMC_RANGES_NONE UINT64_MAX

/* Stands on a line and its next range mapping. The text is one that smc_ranges_check found OK. */
struct smc_ranges {
    struct smc_ranges_input input;
    const uint8_t *p;    /* after what has been read */
    uint64_t next;       /* index of the line's next range mapping, or SMC_RANGES_NONE */
    uint64_t n_mappings; /* of the line, so far */
    size_t next_at;      /* where the text says `next` */
    size_t taken_at;     /* where the text said the range mapping last taken */
    uint64_t base;       /* VLQs: the sum so far; bitmap: the index of the lowest bit of `bits` */
    unsigned bits;       /* bitmap: what is left of a digit */
    int is_first;        /* VLQs: none of this line has been read */
};

/* On generated line 0. */
void smc_ranges_start(struct smc_ranges *ranges, const struct smc_ranges_input *input);
/* Goes on to the line's next range mapping. */
void smc_ranges_advance(struct smc_ranges *ranges);
/* Ends the generated line: warns of indices that it has no mapping for. */
void smc_ranges_end_line(struct smc_ranges *ranges);
/* After the last mapping of all: ends this line and those that `mappings` does not have. */
void smc_ranges_finish(struct smc_ranges *ranges);
/* Warns about the range mapping last taken, say that it has no original position. */
void smc_ranges_warn_taken(struct smc_ranges *ranges, const char *reason);

/* Counts a decoded mapping; whether it is a range mapping. */
static inline int smc_ranges_take(struct smc_ranges *ranges)
{
    if (ranges->n_mappings++ != ranges->next) {
        return 0;
    }
    ranges->taken_at = ranges->next_at;
    smc_ranges_advance(ranges);
    return 1;
}

#endif
