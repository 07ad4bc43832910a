/*
 * Work on a text that is made of one small piece many times, in two lengths.
 */
#ifndef SMC_TESTS_LINEAR_LINEAR_H
#define SMC_TESTS_LINEAR_LINEAR_H

#include <stddef.h>

struct linear_case {
    /* The fastest of several runs on a text of about `nbytes`, in seconds. Negative: no memory. */
    double (*measure)(const void *context, size_t nbytes);
    const void *context;
    const char *parts[4]; /* what the text is made of, for people; NULL: no more */
};

#define LINEAR_RUNS 5 /* the fastest counts: others have been disturbed */

double linear_seconds(void);

/* Notes whether it is linear, and prints so. -1: no memory. */
struct linear_tally {
    double factor;
    int n_passed, n_failed;
};
int linear_try(const struct linear_case *linear, struct linear_tally *tally);

/* All cases of a file. -1: no memory. */
int linear_javascript(struct linear_tally *tally);
int linear_stacks(struct linear_tally *tally);

#endif
