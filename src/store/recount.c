/*
 * Counting all that is in the store, while others go on putting and evicting.
 */
#include "src/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Some folders are counted and noted at a time: if the counters are held by somebody who is stopped, each note takes a
 * while. Where the counters have changed since they were read, somebody has put or evicted something meanwhile, and the
 * folder is counted again; after some tries it is noted all the same. What had been counted before, and came to be only
 * afterwards, is lost until the next time: of each put that is under way at that moment it is one entry at most. */
#define NOTED_FOLDERS 32
#define COUNT_TRIES 8

struct counting {
    struct smc_folder_sum *sums; /* SMC_STORE_FOLDERS */
    uint8_t is_noted[SMC_STORE_FOLDERS];
    struct smc_counters before;
    struct smc_entries entries;
    unsigned first;  /* of those that are noted together */
    unsigned n_left; /* of them, to be noted */
    int is_last_try;
};

static int note_sums(void *context, struct smc_counters *counters)
{
    struct counting *counting = context;

    for (unsigned f = counting->first; f < counting->first + NOTED_FOLDERS; f++) {
        const int is_right =
            memcmp(counters->of[f], counting->before.of[f], sizeof counters->of[f]) == 0 ||
            counting->is_last_try;
        if (is_right && !counting->is_noted[f]) {
            smc_folder_sum_set(&counting->sums[f], counters->of[f]);
            counting->is_noted[f] = 1;
            counting->n_left--;
        }
    }
    return 0;
}

/* Counts those folders that have not been noted. */
static int scan_folders(struct smc_store *store, struct counting *counting)
{
    for (unsigned f = counting->first; f < counting->first + NOTED_FOLDERS; f++) {
        struct smc_folder_sum *sum = &counting->sums[f];
        if (counting->is_noted[f]) {
            continue;
        }
        counting->entries.n = 0;
        if (smc_folder_scan(store, f, &counting->entries) != 0) {
            return -1;
        }
        *sum = (struct smc_folder_sum){.oldest = SMC_NO_ENTRY,
                                       .n_evictions = sum->n_evictions,
                                       .evicted_nbytes = sum->evicted_nbytes};
        for (size_t i = 0; i < counting->entries.n; i++) {
            smc_folder_sum_add(sum, &counting->entries.list[i]);
        }
    }
    return 0;
}

static int count_folders(struct smc_store *store, struct counting *counting)
{
    int failed = 0;

    counting->n_left = NOTED_FOLDERS;
    for (unsigned i = 0; counting->n_left > 0 && !failed; i++) {
        counting->is_last_try = i + 1 == COUNT_TRIES;
        failed = smc_counters_read(store, &counting->before) != 0 ||
                 scan_folders(store, counting) != 0 ||
                 smc_counters_change(store, note_sums, counting) != 0;
    }
    return failed ? -1 : 0;
}

int smc_store_recount(struct smc_store *store, struct smc_folder_sum sums[SMC_STORE_FOLDERS])
{
    struct counting *counting = calloc(1, sizeof *counting);
    int failed = 0;

    if (counting == NULL) {
        return -1;
    }
    counting->sums = sums;
    for (unsigned f = 0; f < SMC_STORE_FOLDERS && !failed; f += NOTED_FOLDERS) {
        counting->first = f;
        failed = count_folders(store, counting) != 0;
    }
    int saved = errno;
    free(counting->entries.list);
    free(counting);
    errno = saved;
    return failed ? -1 : 0;
}
