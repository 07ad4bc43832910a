/*
 * smcache symbolicate: what the options say, and the run of an input through it.
 */
#ifndef SMC_TOOLS_SYMBOLICATE_H
#define SMC_TOOLS_SYMBOLICATE_H

#include "tools/frame_files.h"

#include "src/rewrite/smcache_rewrite.h"

struct symbolicate {
    struct frame_files files;
    struct smc_rewrite_options options;
    unsigned lookup_flags;
    smc_symbolicator *symbolicator;
    smc_rewriter *rewriter;
    const char *path; /* of the input; "-" is stdin */
    uint32_t n_context;
    int has_context;
    int is_strict;
    int output_error;     /* errno of stdout */
    struct smc_buf below; /* room for the lines below a frame */
    int lines_error;      /* errno of what lines below a frame lacked */
};

/* symbolicate_run.c */
/* Opens what the options say, and runs the input through it; what is written goes to stdout. Returns an exit code, having
 * said why. Then symbolicate_free, always. */
int symbolicate_run(struct symbolicate *s);
/* If there is any: it is nowhere else. */
void symbolicate_say_too_large(const struct symbolicate *s,
                               const struct smc_rewrite_counts *counts);
void symbolicate_free(struct symbolicate *s);

/* explain_stack.c */
/* Says for each frame of an input how it was found out. Returns an exit code, having said why. */
int explain_stack(struct symbolicate *s, int is_json);

#endif
