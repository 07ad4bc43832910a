/*
 * Whether a file agrees with itself: what it answers is what plain scans over the same tokens, runs, extents and
 * contents find. Of files that verify finds good, however they were made.
 */
#ifndef SMC_TESTS_UNIT_AGREEMENT_H
#define SMC_TESTS_UNIT_AGREEMENT_H

#include "tests/unit/answers.h"

/* NULL, or what does not agree. Of the questions those of this round are asked. */
const char *disagreement(const smc_cache *cache, const struct questions *questions);

#endif
