/*
 * Which entries of INLINED have a use for a function: it is that of code without an original position (spec 5.8), of
 * which most maps have little.
 */
#ifndef SMC_BUILD_INLINED_NEED_H
#define SMC_BUILD_INLINED_NEED_H

#include "src/build/inlined.h"
#include "src/build/parts.h"

/* Goes along with the tokens, sorted as they are. */
struct smc_inlined_need {
    struct smc_inlined *inlined;
    uint8_t *is_needed; /* an entry each */
    size_t last;        /* entry that has been looked at */
    int is_covered;     /* by the token before, up to the next one; else: */
    uint64_t
        from; /* nothing is known of the positions from here up to the next token: line << 32 | column */
};

/* Before the first token. 0, or -1 without memory. */
int smc_inlined_need_start(struct smc_inlined_need *need, struct smc_inlined *inlined);
/* The next tokens: the first n rows of the writer. */
void smc_inlined_need_tokens(struct smc_inlined_need *need, const struct smc_token_writer *writer,
                             unsigned n);
/* All tokens so far are void. */
void smc_inlined_need_reset(struct smc_inlined_need *need);
/* After the last token: takes the functions out that nobody needs. */
void smc_inlined_need_finish(struct smc_inlined_need *need);

#endif
