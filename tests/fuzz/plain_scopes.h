/*
 * The `scopes` string as a plain reader has it (section 9 of our reference), for an oracle: items are split by commas, and
 * read by recursive descent.
 */
#ifndef SMC_TESTS_FUZZ_PLAIN_SCOPES_H
#define SMC_TESTS_FUZZ_PLAIN_SCOPES_H

#include "tests/unit/scope_run.h"

struct plain_scopes {
    enum smc_scopes_result result;
    unsigned n_warnings; /* of a result that is OK */
    struct text dump;    /* in the form of scope_dump(); to be freed */
};

struct plain_scopes plain_scopes_read(const char *text, size_t nbytes, struct scope_map map);

#endif
