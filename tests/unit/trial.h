/*
 * What the store is tried with while something fails: each scenario is one call of its interface, in a store that
 * has something in it. A trial prepares it, runs that call with the fault, and then, without, looks at what is left.
 */
#ifndef SMC_TESTS_UNIT_TRIAL_H
#define SMC_TESTS_UNIT_TRIAL_H

#include "tests/unit/stored.h"

/* What a trial knows of the fault. */
struct trial_hook {
    void (*set)(int is_on);     /* lets it happen; callbacks of the store switch it off meanwhile */
    size_t (*n_live)(void);     /* pointers to memory */
    unsigned options_flags;     /* of enum smc_store_flag */
    smc_store_status may_yield; /* the one status that may come of it instead of the expected one */
    int error_number;           /* that E_IO must have */
    int is_read_only;           /* all that changes something fails */
    /* Known when it has been set off: */
    int must_succeed; /* nobody is to see this one */
    int must_fail;    /* nothing can be put without what has failed */
    int leaves_temps; /* a temporary file could not be removed */
};

enum trial_trait {
    TRIAL_CLOSED = 1,       /* the store is opened by the call */
    TRIAL_NEW = 2,          /* and is not there before */
    TRIAL_LOSES = 4,        /* what was in there may be gone afterwards */
    TRIAL_LOSES_VICTIM = 8, /* or just what was used least recently */
    TRIAL_SMALL = 16,       /* the store has no room for a file more */
    TRIAL_CHANGES = 32,     /* it cannot succeed in a read-only store */
    TRIAL_NEVER_FAILS = 64, /* but for want of memory */
    TRIAL_COUNTS = 128,     /* the counters are right afterwards */
    TRIAL_IS_LONG = 256,    /* hundreds of system calls */
    TRIAL_IS_MAIN = 512     /* of what everybody does */
};

struct trial;
struct scenario {
    const char *name;
    unsigned traits;           /* of enum trial_trait */
    smc_store_status expected; /* without a fault */
    void (*prepare)(struct trial *trial);
    smc_store_status (*run)(struct trial *trial);
    void (*check)(struct trial *trial); /* what has happened if the status is the expected one */
};

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

/* One run. Nothing of it is left then, in memory or on disk, or the test fails. */
void try_scenario(const struct scenario *scenario, const struct trial_hook *hook);

/* Stores go into memory, where a file system of that kind is: syncing takes a thousandth there. */
void trials_in_memory(void);

#endif
