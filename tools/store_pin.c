/*
 * smcache store pin and unpin: patterns of keys whose files stay.
 */
#include "tools/store_commands.h"

#include <inttypes.h>

static void print_pattern(void *context, const char *pattern)
{
    const struct store_call *call = context;

    if (call->is_json) {
        store_print_json("pattern", pattern);
    } else {
        store_print_line(pattern);
    }
}

static int list_pins(struct store_call *call)
{
    struct smc_store_error error;

    return call->store == NULL ||
                   smc_store_pins(call->store, print_pattern, call, &error) == SMC_STORE_OK
               ? EXIT_DONE
               : store_error(call->config.dir, &error);
}

static void print_pinned(const struct store_call *call, uint64_t n_files)
{
    printf(call->is_json ? "{\"n_files\":%" PRIu64 "}\n" : "files pinned  %" PRIu64 "\n", n_files);
}

static int run_pin(struct store_call *call)
{
    struct smc_store_error error;
    uint64_t n_files = 0;

    if (call->n_patterns == 0) {
        return list_pins(call);
    }
    int code = call->store != NULL ? EXIT_DONE : store_open(&call->config, &call->store);
    for (size_t i = 0; i < call->n_patterns && code == EXIT_DONE; i++) {
        if (smc_store_pin(call->store, call->patterns[i], &n_files, &error) != SMC_STORE_OK) {
            code = store_error(call->config.dir, &error);
        }
    }
    if (code == EXIT_DONE) {
        print_pinned(call, n_files);
    }
    return code;
}

/* Those that are pinned are taken back, even if others are not. */
static int run_unpin(struct store_call *call)
{
    struct smc_store_error error;
    uint64_t n_files = 0;
    int code = EXIT_DONE, has_any = 0;

    for (size_t i = 0; i < call->n_patterns; i++) {
        const smc_store_status status =
            call->store == NULL ? SMC_STORE_MISS
                                : smc_store_unpin(call->store, call->patterns[i], &n_files, &error);
        if (status == SMC_STORE_MISS) {
            say("store %s: '%s' is not pinned; smcache store pin prints what is", call->config.dir,
                call->patterns[i]);
            code = EXIT_PARTIAL;
        } else if (status != SMC_STORE_OK) {
            return store_error(call->config.dir, &error);
        } else {
            has_any = 1;
        }
    }
    if (has_any) {
        print_pinned(call, n_files);
    }
    return code;
}

const struct store_command store_pin = {
    {"store pin", "keeps files of some keys, whatever their age",
     "usage: smcache store pin [--json] [OPTION]... [PATTERN]...\n"
     "\n"
     "Files of keys that a PATTERN fits are not evicted: those that are there, and those that are\n"
     "put later. Prints how many are pinned then. Without a PATTERN it prints those that are\n"
     "pinned, one a line.\n"
     "\n"
     "options:\n"
     "      --json           an object: n_files; without a PATTERN one a line: pattern\n",
     NULL},
    "  smcache store pin '*@2.1.*'\n"
    "  smcache store pin\n",
    STORE_TAKES_JSON | STORE_TAKES_PATTERNS,
    run_pin};

const struct store_command store_unpin = {
    {"store unpin", "takes patterns of pins back",
     "usage: smcache store unpin [--json] [OPTION]... PATTERN...\n"
     "\n"
     "Takes back patterns that were pinned, in the same words. Prints how many files are pinned\n"
     "then. Exit code 1 if one of them was not pinned.\n"
     "\n"
     "options:\n"
     "      --json           an object: n_files\n",
     NULL},
    "  smcache store unpin '*@2.1.*'\n",
    STORE_TAKES_JSON | STORE_NEEDS_PATTERNS,
    run_unpin};
