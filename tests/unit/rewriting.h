/*
 * A small world to rewrite frames in: generated files whose maps are known, what finds them, and a call that feeds an
 * input and says what comes out.
 *
 * app.js, of one minified line and of one that is a line of the source (0-based, generated -> original):
 *
 *     0:0   src/app.ts 0:0   outside of functions      0:50  src/app.ts 6:0   outside of functions
 *     0:10  src/app.ts 0:14  the "(" of alpha          0:60  lib/x.js 0:25    in lib; ignored
 *     0:20  src/app.ts 1:2   in alpha, calls beta      0:70  nothing
 *     0:30  src/app.ts 3:13  the "(" of beta           1:0   src/app.ts 4:2   in beta
 *     0:40  src/app.ts 4:8   in beta                   1:9   src/app.ts 4:8   in beta
 *
 * inlined.js: 0:40 is beta 4:8, inlined into alpha at 1:2: two frames. index.bundle: as app.js, and bytecode
 * of two functions that begin at 0:10 and 0:30. Others are not found.
 */
#ifndef SMC_TESTS_UNIT_REWRITING_H
#define SMC_TESTS_UNIT_REWRITING_H

#include "src/rewrite/smcache_rewrite.h"
#include "tests/unit/support.h"

#define APP_DEBUG_ID "12345678-1234-4234-8234-123456789abc"

struct rewriting_world {
    struct file app, inlined, bundle;
    smc_cache *app_cache, *inlined_cache, *bundle_cache;
    smc_symbolicator *symbolicator;
    unsigned n_found_by_id;
};

void rewriting_world_open(struct rewriting_world *world);
void rewriting_world_close(struct rewriting_world *world);
/* Gives a world a symbolicator, which must not have one, or only have another's. */
void rewriting_world_start(struct rewriting_world *world);

struct rewriting {
    /* All zero but what is wanted. */
    uint32_t format, output, flags, n_context;
    int surveys;
    const struct smc_rewrite_image *images;
    size_t n_images;
    size_t n_cuts;
    const size_t *cuts; /* where pieces end; SIZE_MAX as the first one: after each byte */
    /* What has come of it. */
    struct text out;
    struct smc_rewrite_error error; /* the first */
    struct smc_rewrite_counts counts;
};

/* Rewrites; `out` is to be freed. Returns the first status that is not OK. */
smc_rewrite_status rewrite(struct rewriting_world *world, struct rewriting *rewriting,
                           const void *input, size_t nbytes);

/* The output must be this, as a whole, in pieces of a byte, and wherever the input is cut in two. */
void assert_rewritten(struct rewriting_world *world, const struct rewriting *how, const char *input,
                      const char *wanted);

#endif
