/*
 * smcache store: its subcommands, which cmd_store.c has the table of, and what they share.
 */
#ifndef SMC_TOOLS_STORE_COMMANDS_H
#define SMC_TOOLS_STORE_COMMANDS_H

#include "tools/store.h"

/* What a subcommand takes besides the configuration. */
enum store_option {
    STORE_TAKES_JSON = 1,
    STORE_TAKES_FOLDERS = 2,
    STORE_TAKES_BUDGET = 4,
    STORE_TAKES_KEEP = 8,
    STORE_TAKES_PINNED = 16,
    STORE_TAKES_PATTERNS = 32, /* arguments */
    STORE_NEEDS_PATTERNS = 64, /* one or more */
    STORE_STAYS_CLOSED = 128   /* it is about the folder's name alone */
};

/* How a subcommand is called. */
struct store_call {
    const struct command *command;
    struct config config;
    /* NULL: there is none yet. That is as an empty one, which nothing but pinning has to make. */
    smc_store *store;
    int is_json, has_folders, clears_pinned;
    uint64_t budget_nbytes; /* CONFIG_NONE: not given */
    const char **keep;      /* room for all arguments */
    size_t n_keep;
    const char *const *patterns;
    size_t n_patterns;
};

struct store_command {
    struct command command; /* its name is "store NAME"; `run` is below */
    const char *examples;
    unsigned options; /* of enum store_option */
    int (*run)(struct store_call *call);
};

extern const struct store_command store_stats, store_list, store_warm, store_gc, store_clear,
    store_pin, store_unpin;

/* ---- store_call.c ---- */

/* A row of data: on a terminal without control characters, elsewhere as it is, so that scripts get the very name. */
void store_print_line(const char *text);
/* The same as an object of that one member. */
void store_print_json(const char *key, const char *text);
/* 1: an item is among those that the patterns choose: without any, all are; 0: it is not; -1: there is no memory to tell,
 * which has been said. */
int store_is_chosen(const struct store_call *call, const struct smc_store_item *item);
/* How much of a file is in the page cache. Neither opens it as a compiled file nor reads any of it, which would bring
 * it there. */
uint64_t store_resident(int fd, uint64_t nbytes);

#endif
