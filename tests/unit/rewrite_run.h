/*
 * Text through a rewriter, with the files of a stack_world.
 */
#ifndef SMC_TESTS_UNIT_REWRITE_RUN_H
#define SMC_TESTS_UNIT_REWRITE_RUN_H

#include "src/rewrite/smcache_rewrite.h"
#include "tests/unit/stack_world.h"

struct rewrite_run {
    struct stack_world *world;
    struct smc_rewrite_options options; /* output, flags, below: the test's; the rest is set */
    smc_rewriter *rewriter;
    struct text out;
    size_t sink_nbytes; /* the sink takes no more than so many; 0: all */
    int has_sink_failed;
};

/* Opens one for text. */
void rewrite_open(struct rewrite_run *run);
void rewrite_feed(struct rewrite_run *run, const void *bytes, size_t nbytes);
void rewrite_finish(struct rewrite_run *run); /* and closes it; `out` stays */

/* All of it, in pieces of so many bytes; 0: in one. */
struct text rewritten(struct rewrite_run *run, const void *bytes, size_t nbytes, size_t piece);

/* The output is that, in one piece and byte by byte. */
void assert_text(struct rewrite_run *run, const char *input, const char *wanted);

#endif
