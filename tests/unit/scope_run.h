/*
 * Runs of the decoder of `scopes`, and what came out as text.
 */
#ifndef SMC_TESTS_UNIT_SCOPE_RUN_H
#define SMC_TESTS_UNIT_SCOPE_RUN_H

#include "tests/unit/support.h"

#include "src/build/scopes.h"

struct scope_map {
    uint32_t n_sources, n_names;
    int is_strict;
};

struct scope_run {
    enum smc_scopes_result result;
    struct smc_scopes scopes;
    struct smc_scopes_issue issue;
    unsigned n_warnings;
    struct smc_scopes_issue warnings[4]; /* the first ones */
};

/* Decodes from memory that ends with the text, and checks what always holds of a result. */
struct scope_run scope_run(const void *text, size_t nbytes, struct scope_map map);
void scope_run_free(struct scope_run *run);

/*
 * A line each; '-' is none:
 *     SOURCE^PARENT START-END NAME/KIND [frame] [(VARIABLE,...)]
 *     ^PARENT START-END DEFINITION [original|hidden] [at SOURCE:LINE:COLUMN] {FROM=EXPRESSION ...}...
 */
struct text scope_dump(const struct smc_scopes *scopes);

void text_unsigned_vlq(struct text *text, uint64_t value);

#endif
