/*
 * What decoding `mappings` goes through: from parts (mappings.c) to segments (decode_text.c).
 */
#ifndef SMC_BUILD_DECODER_H
#define SMC_BUILD_DECODER_H

#include "src/build/parts.h"
#include "src/build/ranges.h"
#include "src/build/segments.h"

enum smc_outcome {
    SMC_OUTCOME_DONE,
    SMC_OUTCOME_BAD_GRAMMAR,
    SMC_OUTCOME_ESCAPED,
    SMC_OUTCOME_OUT_OF_ORDER,
    SMC_OUTCOME_TOO_LARGE,
    SMC_OUTCOME_NO_MEMORY
};

struct smc_decoder_mode {
    int unescapes; /* strings that have escapes */
    int sorts;     /* collects all tokens and sorts them at the end */
    int warns;     /* reports warnings; only once the grammar is known to be good */
};

struct smc_decoder {
    const struct smc_part *part;
    const uint32_t *name_ids;        /* of the part */
    struct smc_token_writer *writer; /* NULL: a check, which keeps nothing */
    struct smc_report *report;
    struct smc_decoder_mode mode;
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
static inline const uint8_t *smc_decoder_place(const struct smc_decoder *d, const uint8_t *at)
{
    return d->plain.data != NULL ? d->part->map.mappings.start : at;
}

/* Decodes p .. end, where *end is no base64 digit. */
enum smc_outcome smc_decode_text(struct smc_decoder *d, const uint8_t *p, const uint8_t *end);

#endif
