/*
 * What must be true of the frames of any line. It takes nothing from cmocka: the fuzzer uses it too.
 */
#ifndef SMC_TESTS_UNIT_FOUND_FRAMES_H
#define SMC_TESTS_UNIT_FOUND_FRAMES_H

#include "src/stack/smcache_stack.h"

/* What is wrong, or NULL. */
const char *found_frames_fault(const char *line, size_t nbytes);

#endif
