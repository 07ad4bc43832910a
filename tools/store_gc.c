/*
 * smcache store gc and clear: what goes, and what is left.
 */
#include "tools/store_commands.h"
#include "tools/units.h"

#include <inttypes.h>

static void print_result_json(const struct smc_store_gc_result *result)
{
    printf("{\"removed\":{\"n_files\":%" PRIu64 ",\"nbytes\":%" PRIu64 ",\"n_keys\":%" PRIu64
           ",\"n_damaged\":%" PRIu64 ",\"n_temps\":%" PRIu64 "},\"left\":{\"n_files\":%" PRIu64
           ",\"nbytes\":%" PRIu64 "}}\n",
           result->n_files, result->nbytes, result->n_keys, result->n_damaged, result->n_temps,
           result->kept_files, result->kept_nbytes);
}

static void print_result(const struct smc_store_gc_result *result)
{
    char text[SIZE_TEXT_NBYTES];

    printf("files removed    %" PRIu64 "\n", result->n_files);
    printf("their size       %s\n", size_text(result->nbytes, text));
    printf("keys removed     %" PRIu64 "\n", result->n_keys);
    printf("damaged keys     %" PRIu64 "\n", result->n_damaged);
    printf("temporary files  %" PRIu64 "\n", result->n_temps);
    printf("files left       %" PRIu64 "\n", result->kept_files);
    printf("size left        %s\n", size_text(result->kept_nbytes, text));
}

static int collect(struct store_call *call, int clears)
{
    const struct smc_store_gc_options options = {.struct_size = sizeof options,
                                                 .clears = clears,
                                                 .keep = call->keep,
                                                 .n_keep = call->n_keep,
                                                 .clears_pinned = call->clears_pinned};
    struct smc_store_gc_result result = {0};
    struct smc_store_error error;

    /* The limits are those that the store has been opened with. */
    if (call->store != NULL &&
        smc_store_gc(call->store, &options, &result, &error) != SMC_STORE_OK) {
        return store_error(call->config.dir, &error);
    }
    if (call->is_json) {
        print_result_json(&result);
    } else {
        print_result(&result);
    }
    return EXIT_DONE;
}

static int run_gc(struct store_call *call)
{
    return collect(call, 0);
}

static int run_clear(struct store_call *call)
{
    return collect(call, 1);
}

const struct store_command store_gc = {
    {"store gc", "removes what is too old or too much",
     "usage: smcache store gc [--keep PATTERN]... [--json] [OPTION]...\n"
     "\n"
     "Removes what has not been used for max-age, then what was used least recently until the\n"
     "rest fits into max-size; keys that lead nowhere, and what crashes have left. Pinned files\n"
     "stay. Puts do the same bit by bit, so nobody has to call this; all counts are right\n"
     "afterwards. Who has a file open can go on reading it.\n"
     "\n"
     "options:\n"
     "      --keep PATTERN   this time, files of such keys stay, too; may be repeated\n"
     "      --json           one object; sizes in bytes\n",
     NULL},
    "  smcache store gc\n"
    "  smcache store gc --max-size 1GiB --max-age 30d --keep '*@2.*'\n",
    STORE_TAKES_JSON | STORE_TAKES_KEEP,
    run_gc};

const struct store_command store_clear = {
    {"store clear", "removes all but what is pinned",
     "usage: smcache store clear [--keep PATTERN]... [--pinned] [--json] [OPTION]...\n"
     "\n"
     "Removes all files but those that are pinned or kept, and counts anew. The patterns of pins\n"
     "stay. Who has a file open can go on reading it.\n"
     "\n"
     "options:\n"
     "      --keep PATTERN   files of such keys stay; may be repeated\n"
     "      --pinned         pinned files go, too\n"
     "      --json           one object; sizes in bytes\n",
     NULL},
    "  smcache store clear\n"
    "  smcache store clear --keep '*@2.*'\n",
    STORE_TAKES_JSON | STORE_TAKES_KEEP | STORE_TAKES_PINNED,
    run_clear};
