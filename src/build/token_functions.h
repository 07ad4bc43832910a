/*
 * Which function each token is in, by its original position: runs of the function table.
 */
#ifndef SMC_BUILD_TOKEN_FUNCTIONS_H
#define SMC_BUILD_TOKEN_FUNCTIONS_H

#include "src/build/inlined_need.h"
#include "src/build/minified.h"

/* Watches the tokens that a writer packs. */
struct smc_token_functions {
    const struct smc_outline *outlines; /* one for each source */
    uint32_t *cursors;                  /* in each of them */
    struct smc_function_table *table;
    struct smc_minified *minified; /* for tokens of which the outlines know nothing; or NULL */
    struct smc_token_writer *writer;
    struct smc_token_observer observer;
    struct smc_inlined_need need; /* all zero without entries */

    /* A range mapping whose end is that of the next token. */
    int has_range;
    struct smc_token_row range;
    uint32_t range_token;
};

/* From now on the writer's tokens get functions, until smc_token_functions_finish. Meanwhile the outlines stay as they
 * are, and *functions where it is. 0, or -1 without memory. */
int smc_token_functions_start(struct smc_token_functions *functions,
                              struct smc_token_writer *writer, const struct smc_outline *outlines,
                              size_t n_sources, struct smc_minified *minified,
                              struct smc_function_table *table);
/* After the last token has been packed. All zero, there is nothing to finish. */
void smc_token_functions_finish(struct smc_token_functions *functions);

#endif
