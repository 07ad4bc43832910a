/*
 * From what the scan has remembered to a frame.
 */
#ifndef SMC_STACK_PARTS_H
#define SMC_STACK_PARTS_H

#include "src/stack/smcache_stack.h"

#include <string.h>

/* ":L:C", the last two of a run of numbers with a colon before each. */
struct smc_stack_position {
    size_t start; /* of the first of the two colons */
    size_t end;
    uint64_t line, column; /* as they are there */
    int has_both;
};

/* Whether this text is there. */
static inline int smc_stack_has(const struct smc_stack_scan *s, size_t off, const char *text)
{
    const size_t nbytes = strlen(text);
    return off <= s->nbytes && nbytes <= s->nbytes - off &&
           memcmp(s->text + off, text, nbytes) == 0;
}

/* Only white space is before it on its line. */
int smc_stack_begins_line(const struct smc_stack_scan *s, size_t off);
/* What is there ends a position: neither name nor number nor path go on with it. */
int smc_stack_is_end(const struct smc_stack_scan *s, size_t off);
/* Behind the backslashes there. */
size_t smc_skip_backslashes(const struct smc_stack_scan *s, size_t off);

/* Whether there may be a frame in a line. */
int smc_stack_is_candidate(const char *text, size_t nbytes);

/* The run at a colon; returns its end. */
size_t smc_stack_read_position(const struct smc_stack_scan *s, size_t off,
                               struct smc_stack_position *position);

/* These return whether there is a frame. */
int smc_stack_frame_at(const struct smc_stack_scan *s, const struct smc_stack_position *position,
                       struct smc_stack_frame *frame);
/* Of native code, which has no position: where the ")" is, the "@", or the "at". */
int smc_stack_native_in_parentheses(const struct smc_stack_scan *s, size_t close,
                                    struct smc_stack_frame *frame);
int smc_stack_native_behind_sign(const struct smc_stack_scan *s, size_t sign,
                                 struct smc_stack_frame *frame);
int smc_stack_native_alone(const struct smc_stack_scan *s, size_t at,
                           struct smc_stack_frame *frame);

#endif
