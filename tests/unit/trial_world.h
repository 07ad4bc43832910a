/*
 * Between trial.c and scenarios.c: what a scenario has at hand.
 */
#ifndef SMC_TESTS_UNIT_TRIAL_WORLD_H
#define SMC_TESTS_UNIT_TRIAL_WORLD_H

#include "tests/unit/trial.h"

/* Numbers of name_key. What begins with name-77 is pinned. */
enum {
    NAME_OLD = 1,
    NAME_FRESH = 2,
    NAME_NEGATIVE = 3,
    NAME_NONE = 4,
    NAME_PINNED = 771,
    NAME_FRESH_PINNED = 772
};

#define N_OLD_FILES 3
#define N_OLD_KEYS 5
/* Old files and keys take 12 pages; the fresh file and its key 4 more. */
#define SMALL_NBYTES (UINT64_C(13) * 4096)

struct trial {
    const struct scenario *scenario;
    const struct trial_hook *hook;
    char folder[PATH_MAX], path[PATH_MAX]; /* of the test; and of the store, further down */
    smc_store *store;                      /* NULL: not open */
    /* In the store: `old` by content and by name, `victim` by content and not used for long, `pinned` by name. */
    struct made old, victim, pinned;
    struct made fresh, third; /* to be put */
    char victim_path[PATH_MAX];
    /* What came of it: */
    smc_store_status status;
    struct smc_store_error error;
    struct opened opened;
    unsigned n_visits;
    uint64_t n;
};

/* Not so by `use_of` ago, but by setting it. */
void set_use(const char *path, int64_t seconds_ago);
void write_file(const char *path, const void *bytes, size_t nbytes);

#endif
