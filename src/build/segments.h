/*
 * Ordinary segments, many at a time by vectors. What is ordinary: 1, 4 or 5 fields, none of more than
 * four digits or negative zero; columns that ascend; sums that are in their bounds. Everything else, and
 * the end of the text, is left to the scalar loop of decode_text.c, which is the reference for all of it.
 */
#ifndef SMC_BUILD_SEGMENTS_H
#define SMC_BUILD_SEGMENTS_H

#include "src/build/parts.h"

/* Bytes of text that are looked at together. The scalar loop takes what is shorter. */
#define SMC_SEGMENTS_WINDOW 64
/* Bytes, at the most, that the scalar loop takes because one of their segments is not ordinary. */
#define SMC_SEGMENTS_BATCH 512

struct smc_segments {
    /* Given by the caller. */
    struct smc_token_writer *writer; /* NULL: a check, which keeps nothing */
    uint32_t n_sources, n_names;     /* sums are below them; UINT32_MAX: any */
    uint32_t first_source;           /* added to the sources of tokens */
    const uint32_t *name_ids;        /* of tokens; NULL: the sums as they are */

    /* Running sums, in and out: SMC_ROW_LINE .. SMC_ROW_NAME, each < 2^31; the other lanes do not count. The
     * column is that of the token before, if there is one on the line, else where the line's columns count from. */
    uint32_t sums[SMC_ROW_LANES];
    int has_last; /* out: a token has been added; this is its position: */
    uint32_t last_line, last_column;

    /* How to pick up to 8 lanes of 16 bits out of 8. */
    int is_ready;
    uint8_t picks[256][16];
};

/* Whether this processor can. */
int smc_segments_can(void);

/*
 * Adds the tokens of ordinary segments, if smc_segments_can. `p` is the start of a line or of a segment. Returns
 * where it stopped, which is such a place too; sums are those of there. From there to *resume there is something
 * that is not ordinary: no use in calling again before. No byte from `end` on is read.
 *
 * The writer has fewer than SMCF_BLOCK_TOKENS pending tokens, none of them after the position of the sums. The bytes
 * up to `end` are so few that no limit of the format would be reached if each were a line and a token.
 */
const uint8_t *smc_segments_take(struct smc_segments *segments, const uint8_t *p,
                                 const uint8_t *end, const uint8_t **resume);

#endif
