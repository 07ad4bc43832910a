/*
 * Work on what is made of one small piece many times, in two lengths.
 */
#ifndef SMC_TESTS_LINEAR_LINEAR_H
#define SMC_TESTS_LINEAR_LINEAR_H

#include "tests/unit/repeated.h"

#include <stddef.h>

struct linear_case {
    /* The fastest of several runs on about `nbytes`, in seconds. Negative: no memory. */
    double (*measure)(const void *context, size_t nbytes);
    const void *context;
    const char *parts[4]; /* what it is, for people; NULL: no more */
};

double linear_seconds(void);

/* The shortest time that `work` takes, which returns 0, or -1 without memory: of several runs, as others have been
 * disturbed, but of fewer if they are long. Negative: no memory. */
double linear_fastest(int (*work)(const void *context, const char *text, size_t nbytes),
                      const void *context, const char *text, size_t nbytes);

/* The context of linear_measure_text: what is done with which text. */
struct linear_work {
    struct repeated text;
    int (*work)(const void *context, const char *text, size_t nbytes);
    const void *context;
};
double linear_measure_text(const void *work, size_t nbytes);

/* Notes whether it is linear, and prints so. -1: no memory. */
struct linear_tally {
    double factor;
    int n_passed, n_failed, n_skipped;
};
int linear_try(const struct linear_case *linear, struct linear_tally *tally);
/* The same of two lengths alone. */
int linear_try_once(const struct linear_case *linear, struct linear_tally *tally);

/* All cases of a file. -1: no memory. */
int linear_javascript(struct linear_tally *tally);
int linear_stacks(struct linear_tally *tally);
int linear_maps(struct linear_tally *tally);
int linear_chains(struct linear_tally *tally);
int linear_finding(struct linear_tally *tally);
int linear_files(struct linear_tally *tally);
int linear_documents(struct linear_tally *tally);
int linear_names(struct linear_tally *tally);
int linear_program(struct linear_tally *tally);

#endif
