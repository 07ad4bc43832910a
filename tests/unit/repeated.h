/*
 * Long texts that are one small piece over and over: what work that grows with the square of a text shows at.
 */
#ifndef SMC_TESTS_UNIT_REPEATED_H
#define SMC_TESTS_UNIT_REPEATED_H

#include <stddef.h>

/* `before`, then `open` many times, `middle`, `close` as many times, `after`; NULL is nothing. In `open` and `close` a
 * "$" is the number of the repetition, eight digits that ascend, and a "^" one that descends. */
struct repeated {
    const char *before, *open, *middle, *close, *after;
};

/* The text, of about `wanted` bytes, and a NUL behind it; the caller frees it. NULL: no memory. */
char *repeated_text(const struct repeated *repeated, size_t wanted, size_t *nbytes);

#endif
