/*
 * Lines in which frames are marked, «at fn (URL:L:C)», and what is found in them as text.
 */
#ifndef SMC_TESTS_UNIT_MARKED_FRAMES_H
#define SMC_TESTS_UNIT_MARKED_FRAMES_H

#include "tests/unit/found_frames.h"
#include "tests/unit/support.h"

#define MARKED_MAX 64

struct spans {
    struct smc_stack_span list[MARKED_MAX];
    size_t n;
};

/* Takes the marks out; spans come in the order of their ends, as frames do. */
struct text unmark(const char *marked, struct spans *spans);

/* FORM[+FLAG]... | FUNCTION | URL | LINE:COLUMN; "-" is nothing. Behind others "; " comes before it. */
void dump_frame(struct text *text, const char *line, const struct smc_stack_frame *frame);

/* The frames of a line are those that are marked, and dumped they are that. */
void assert_marked(const char *marked, const char *frames);

/* What must hold of any line does, of a copy in memory of its own size, so that the address sanitizer sees each byte too
 * much. */
void assert_no_fault(const char *line, size_t nbytes);

#endif
