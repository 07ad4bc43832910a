/* Searches for sourceMappingURL, as their tests run them. */
#ifndef SMC_TESTS_UNIT_FINDING_H
#define SMC_TESTS_UNIT_FINDING_H

#include "tests/unit/support.h"

#include "src/find/find.h"

#define C "sourceMappingURL="
#define BOM "\xef\xbb\xbf"

/*
 * Searches beside pages without access: 1, the URL and its offset; or 0. What is found must be a
 * part of the bytes, and of what is not, all must be zero.
 */
int search(enum smc_find_kind kind, const void *bytes, size_t nbytes, struct text *out,
           size_t *off);

/* `wanted` NULL: none. */
void assert_finds(enum smc_find_kind kind, const void *bytes, size_t nbytes, const char *wanted);

struct example {
    const char *file, *url;
};

void run_examples(enum smc_find_kind kind, const struct example *examples, size_t n);

#endif
