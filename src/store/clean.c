/*
 * Making room. The counters know, of each folder, how much is in it and the use of its oldest entry; the folder where that
 * is longest ago is scanned, and what is oldest there goes. An entry may have been used since the last scan of its
 * folder: then the scan finds that out, and another folder is next.
 *
 * So in a store of few entries the least recently used of all goes first. In large folders a sixteenth goes at
 * once, so that a scan is paid for by many entries; they are the oldest of a random 256th of all.
 */
#include "src/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGE_FOLDER 64
#define LARGE_SHARE 16

/* After so many folders or entries, whatever is the oldest of the folder at hand goes. */
#define PATIENCE_FOLDERS 256
#define PATIENCE_ENTRIES 4096
/* And after so many there is no room to be made: others take it at once, time and again. */
#define FOLDERS_MAX 1024

/* Sizes that are older are made right before something is put into the folder. */
#define SCAN_AGE_S 86400

static uint64_t use_of(const struct smc_entry *entry)
{
    return entry->used > 0 ? (uint64_t)entry->used : 0;
}

void smc_folder_sum_add(struct smc_folder_sum *sum, const struct smc_entry *entry)
{
    const uint64_t used = use_of(entry);

    sum->n_files += !entry->is_key;
    sum->n_keys += entry->is_key;
    sum->nbytes += entry->nbytes;
    sum->pinned_nbytes += entry->is_pinned ? entry->nbytes : 0;
    sum->oldest = !entry->is_pinned && used < sum->oldest ? used : sum->oldest;
}

struct sum_change {
    unsigned folder;
    const struct smc_folder_sum *sum;
};

static int set_sum(void *context, struct smc_counters *counters)
{
    const struct sum_change *change = context;
    const struct smc_folder_sum *sum = change->sum;
    uint64_t *of = counters->of[change->folder];

    of[SMC_COUNT_FILES] = sum->n_files;
    of[SMC_COUNT_KEYS] = sum->n_keys;
    of[SMC_COUNT_NBYTES] = sum->nbytes;
    of[SMC_COUNT_PINNED] = sum->pinned_nbytes;
    of[SMC_COUNT_OLDEST] = sum->oldest;
    of[SMC_COUNT_SCANNED] = (uint64_t)smc_now_s();
    of[SMC_COUNT_EVICTIONS] += sum->n_evictions;
    of[SMC_COUNT_EVICTED] += sum->evicted_nbytes;
    return 0;
}

int smc_folder_sum_note(struct smc_store *store, unsigned folder, const struct smc_folder_sum *sum)
{
    struct sum_change change = {folder, sum};
    return smc_counters_change(store, set_sum, &change);
}

/* ---- a folder ---- */

/* What is to go from a folder. */
struct demand {
    uint64_t nbytes;
    uint64_t next; /* use of the oldest entry of any other folder */
    int is_forced; /* even if that is older */
};

/* How much of a folder goes: only what is needed, but of a large one a share. */
static uint64_t goal_of(const struct demand *demand, const struct smc_entries *entries)
{
    uint64_t evictable = 0;

    if (entries->n < LARGE_FOLDER) {
        return demand->nbytes;
    }
    for (size_t i = 0; i < entries->n; i++) {
        evictable += entries->list[i].is_pinned ? 0 : entries->list[i].nbytes;
    }
    const uint64_t share = evictable / LARGE_SHARE;
    return demand->nbytes > share ? demand->nbytes : share;
}

static int is_too_old(const struct smc_store *store, const struct smc_entry *entry, int64_t now)
{
    const uint64_t max_age = store->options.max_age_s;
    return max_age != 0 && entry->used < now && (uint64_t)(now - entry->used) > max_age;
}

/* Evicts from a folder, and says what is left. `demand` NULL: only what is older than max_age_s. */
static int clean_entries(struct smc_store *store, const struct demand *demand,
                         struct smc_entries *entries, struct smc_folder_sum *sum)
{
    const int64_t now = smc_now_s();
    const uint64_t goal = demand != NULL ? goal_of(demand, entries) : 0;
    uint64_t freed = 0;
    int is_done = demand == NULL;

    smc_entries_sort_by_use(entries->list, entries->n);
    for (size_t i = 0; i < entries->n; i++) {
        const struct smc_entry *entry = &entries->list[i];
        int goes = !entry->is_pinned && is_too_old(store, entry, now);
        if (!goes && !entry->is_pinned && !is_done) {
            /* Of a large folder the first one decides: whether there are older ones elsewhere. */
            const int is_older = demand->is_forced || use_of(entry) <= demand->next ||
                                 (freed > 0 && entries->n >= LARGE_FOLDER);
            is_done = freed >= goal || !is_older;
            goes = !is_done;
        }
        if (!goes) {
            smc_folder_sum_add(sum, entry);
            continue;
        }
        if (smc_entry_unlink(store, entry) != 0) {
            return -1;
        }
        freed += entry->nbytes;
        sum->n_evictions += !entry->is_key;
        sum->evicted_nbytes += entry->nbytes;
    }
    return 0;
}

/* 0; 1: somebody else is cleaning it; -1. *n_entries grows by what was looked at. */
static int clean_folder(struct smc_store *store, unsigned folder, const struct demand *demand,
                        size_t *n_entries)
{
    struct smc_entries entries = {0};
    struct smc_folder_sum sum = {.oldest = SMC_NO_ENTRY};
    /* Only those who evict must not do it twice. */
    int lock = demand != NULL ? smc_lock_open(store) : -1;
    int result = 1;

    if (lock < 0 || smc_lock_try_folder(lock, folder) != 0) {
        result = smc_folder_scan(store, folder, &entries);
        if (result == 0) {
            *n_entries += entries.n;
            result = clean_entries(store, demand, &entries, &sum);
        }
        if (result == 0) {
            result = smc_folder_sum_note(store, folder, &sum);
        }
    }
    int saved = errno;
    free(entries.list);
    if (lock >= 0) {
        close(lock);
    }
    errno = saved;
    return result;
}

/* ---- all of them ---- */

struct taking {
    const struct smc_store *store;
    unsigned folder;
    int is_key;
    uint64_t nbytes;
    const uint8_t *is_busy; /* SMC_STORE_FOLDERS: being cleaned by others */
    /* What comes of it: */
    int is_stale;    /* the folder is to be scanned first */
    unsigned oldest; /* the folder to be cleaned; SMC_STORE_FOLDERS: none */
    struct demand demand;
};

/* Finds the folder with the oldest entry, and the use of the oldest of all others. */
static void choose(struct taking *taking, const struct smc_counters *counters)
{
    uint64_t oldest = SMC_NO_ENTRY;

    taking->oldest = SMC_STORE_FOLDERS;
    taking->demand.next = SMC_NO_ENTRY;
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        const uint64_t *of = counters->of[f];
        if (taking->is_busy[f] || of[SMC_COUNT_NBYTES] <= of[SMC_COUNT_PINNED]) {
            continue;
        }
        if (taking->oldest == SMC_STORE_FOLDERS || of[SMC_COUNT_OLDEST] < oldest) {
            taking->demand.next = oldest;
            oldest = of[SMC_COUNT_OLDEST];
            taking->oldest = f;
        } else if (of[SMC_COUNT_OLDEST] < taking->demand.next) {
            taking->demand.next = of[SMC_COUNT_OLDEST];
        }
    }
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b; /* of counters that are damaged, say */
}

#define TAKEN 0
#define TO_BE_CLEANED 1
#define FULL 2

static int take(void *context, struct smc_counters *counters)
{
    struct taking *taking = context;
    uint64_t *of = counters->of[taking->folder];
    const uint64_t now = (uint64_t)smc_now_s(), max = taking->store->options.max_nbytes;
    uint64_t total = 0, pinned = 0;

    taking->is_stale = of[SMC_COUNT_SCANNED] + SCAN_AGE_S < now || of[SMC_COUNT_SCANNED] > now;
    if (taking->is_stale) {
        return TO_BE_CLEANED;
    }
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        total = add_up(total, counters->of[f][SMC_COUNT_NBYTES]);
        pinned = add_up(pinned, counters->of[f][SMC_COUNT_PINNED]);
    }
    const uint64_t wanted = add_up(total, taking->nbytes);
    if (wanted <= max) {
        of[SMC_COUNT_NBYTES] += taking->nbytes;
        of[taking->is_key ? SMC_COUNT_KEYS : SMC_COUNT_FILES]++;
        of[SMC_COUNT_OLDEST] = of[SMC_COUNT_OLDEST] < now ? of[SMC_COUNT_OLDEST] : now;
        return TAKEN;
    }
    if (taking->nbytes > max || pinned > max - taking->nbytes) {
        return FULL;
    }
    choose(taking, counters);
    taking->demand.nbytes = wanted - max;
    return taking->oldest < SMC_STORE_FOLDERS ? TO_BE_CLEANED : FULL;
}

int smc_room_take(struct smc_store *store, unsigned folder, int is_key, uint64_t nbytes,
                  const char **failed)
{
    uint8_t is_busy[SMC_STORE_FOLDERS] = {0};
    struct taking taking = {.store = store,
                            .folder = folder,
                            .is_key = is_key,
                            .nbytes = smc_charge(nbytes),
                            .is_busy = is_busy};
    size_t n_entries = 0;

    for (unsigned n = 0; n < FOLDERS_MAX; n++) {
        *failed = "cannot change the counters";
        int answer = smc_counters_change(store, take, &taking);
        if (answer == TAKEN || answer < 0) {
            return answer;
        }
        if (answer == FULL) {
            break;
        }
        taking.demand.is_forced = n >= PATIENCE_FOLDERS || n_entries >= PATIENCE_ENTRIES;
        *failed = "cannot make room";
        const unsigned cleaned = taking.is_stale ? folder : taking.oldest;
        answer = clean_folder(store, cleaned, taking.is_stale ? NULL : &taking.demand, &n_entries);
        if (answer < 0) {
            return -1;
        }
        is_busy[cleaned] = answer > 0;
    }
    return 1;
}

struct returning {
    unsigned folder;
    int is_key;
    uint64_t nbytes;
};

static uint64_t less(uint64_t value, uint64_t n)
{
    return value > n ? value - n : 0;
}

static int give_back(void *context, struct smc_counters *counters)
{
    const struct returning *returning = context;
    uint64_t *of = counters->of[returning->folder];
    const enum smc_counter n = returning->is_key ? SMC_COUNT_KEYS : SMC_COUNT_FILES;

    of[SMC_COUNT_NBYTES] = less(of[SMC_COUNT_NBYTES], returning->nbytes);
    of[n] = less(of[n], 1);
    return 0;
}

void smc_room_return(struct smc_store *store, unsigned folder, int is_key, uint64_t nbytes)
{
    struct returning returning = {folder, is_key, smc_charge(nbytes)};
    (void)smc_counters_change(store, give_back, &returning);
}
