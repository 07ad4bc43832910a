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
    struct smc_rewrite_image *images;
    unsigned lookup_flags;
    smc_symbolicator *symbolicator;
    smc_rewriter *rewriter;
    const char *path; /* of the input; "-" is stdin */
    uint32_t n_context;
    int has_context;
    int is_strict;
    int output_error; /* errno of stdout */
    char *below;      /* the lines below the last frame */
};

/* symbolicate_run.c */
/* The sink of the rewriter: stdout. The context is the struct above. */
int symbolicate_write(void *context, const void *bytes, size_t nbytes);
/* Feeds the input to the rewriter, which has been opened. Returns an exit code, having said why. */
int symbolicate_run(struct symbolicate *s);
/* Says what has gone wrong; returns an exit code. */
int symbolicate_error(const struct symbolicate *s, const struct smc_rewrite_error *error);

#endif
