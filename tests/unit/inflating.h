/*
 * Our inflate against zlib's: the same verdict on every input, and the same bytes, at once and in steps. Both
 * buffers end at a page without access.
 */
#ifndef SMC_TESTS_UNIT_INFLATING_H
#define SMC_TESTS_UNIT_INFLATING_H

#include "tests/unit/support.h"

/* No input or output is larger. They are at the ends of theirs. */
#define INFLATING_ROOM ((size_t)1 << 18)

extern struct guarded inflating_in, inflating_out;
extern uint8_t *inflating_wanted; /* what zlib made of the last one */

/* Before and after the tests of a group. */
int inflating_start(void **state);
int inflating_end(void **state);

/* At once, and in steps, which must come to the same. */
int inflating_is_good(const uint8_t *in, size_t in_nbytes, size_t out_nbytes);
/* The verdict on `in`, as zlib has it; and that only the exact size of output is right. */
int inflating_compare(const uint8_t *in, size_t in_nbytes, size_t size_if_bad);

#endif
