/*
 * Compiled files for stacks, and a symbolicator that finds them by their URLs and watches what it asks for.
 *
 * app.js has one line. Columns, and what is there (a.ts is mapped to line C / 10, column C % 7):
 *
 *     0  a.ts, top level                     70  a.ts, hidden: its caller is one too many
 *    10  a.ts, Checkout.submit, name pay      80  a.ts, caller, name hide
 *    20  a.ts, anonymous, name cb             90  inlined: a.ts last, a.ts first
 *    30  nothing                             100  lib.ts, not known, no name
 *    40  lib.ts, ignored, lib.run            110  a.ts, not known, name find
 *    50  a.ts, not known, no name            120  a source without a name, get Cart.total
 *    60  inlined: a.ts inner, a.ts middle (60:1), lib.ts outer (60:2)
 */
#ifndef SMC_TESTS_UNIT_STACK_WORLD_H
#define SMC_TESTS_UNIT_STACK_WORLD_H

#include "src/symbolicate/smcache_symbolicate.h"
#include "tests/unit/support.h"

struct world_file {
    const char *url;
    const smc_cache *cache; /* NULL: */
    uint32_t reason;
};

struct stack_world {
    struct file app, hermes;
    smc_cache *app_cache, *hermes_cache;
    struct world_file files[16];
    size_t n_files;
    size_t n_asked, n_open, n_open_max; /* answers; those that have not come back */
    int is_open[20000];                 /* each of them */
    uint8_t debug_ids[4][16];           /* of the first questions; zeros: none */
    smc_symbolicator *symbolicator;
};

/* Texts of the map; NULL: as above. */
struct world_texts {
    const char *source;   /* "a.ts" */
    const char *function; /* "Checkout.submit" */
    const char *token;    /* "cb" */
};

/* app.js; https://example.com/app.js, which is the same; hermes.bundle (functions 0 and 1 of segment 0 start at 0 and 20,
 * of segment 1 function 0 at 0); and for each reason a URL that is its word. */
void stack_world_open(struct stack_world *world, const struct world_texts *texts);
/* What the world itself sets. */
struct smc_symbolicator_options stack_world_options(struct stack_world *world);
/* With other options than the defaults. */
void stack_world_reopen(struct stack_world *world, struct smc_symbolicator_options options);
/* All that was given must have come back. */
void stack_world_close(struct stack_world *world);
void stack_world_add(struct stack_world *world, const char *url, const smc_cache *cache,
                     uint32_t reason);

#endif
