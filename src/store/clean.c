/*
 * Making room. The counters know, of each folder, how much is in it and the use of its oldest entry; the folder where
 * that is longest ago is scanned, and what is oldest there goes. An entry may have been used since the last scan of
 * its folder: then the scan finds that out, and another folder is next.
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
/* Others clean all that there is: after so many looks they may be stopped, and are not waited for. */
#define BUSY_TRIES 4
#define BUSY_MS 5

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

void smc_folder_sum_set(const struct smc_folder_sum *sum, uint64_t of[SMC_N_COUNTERS])
{
    of[SMC_COUNT_FILES] = sum->n_files;
    of[SMC_COUNT_KEYS] = sum->n_keys;
    of[SMC_COUNT_NBYTES] = sum->nbytes;
    of[SMC_COUNT_PINNED] = sum->pinned_nbytes;
    of[SMC_COUNT_OLDEST] = sum->oldest;
    of[SMC_COUNT_SCANNED] = (uint64_t)smc_now_s();
    of[SMC_COUNT_EVICTIONS] += sum->n_evictions;
    of[SMC_COUNT_EVICTED] += sum->evicted_nbytes;
}

struct sum_change {
    unsigned folder;
    const struct smc_folder_sum *sum;
};

static int set_sum(void *context, struct smc_counters *counters)
{
    const struct sum_change *change = context;

    smc_folder_sum_set(change->sum, counters->of[change->folder]);
    return 0;
}

static int note_sum(struct smc_store *store, unsigned folder, const struct smc_folder_sum *sum)
{
    struct sum_change change = {folder, sum};
    return smc_counters_change(store, set_sum, &change);
}

/* ---- a folder ---- */

/* What is to go from a folder. */
struct demand {
    uint64_t nbytes;
    uint64_t of_nbytes; /* so much of all that may go */
    uint64_t next;      /* use of the oldest entry of any other folder */
    int is_forced;      /* even if that is older */
    int is_alone;       /* nobody else who cleans is minded */
};

/* How much of a folder goes: what is needed. But of a large one a share; or more, if so much is needed that all
 * folders have to give more. */
static uint64_t goal_of(const struct demand *demand, const struct smc_entries *entries)
{
    uint64_t evictable = 0;

    if (entries->n < LARGE_FOLDER) {
        return demand->nbytes;
    }
    for (size_t i = 0; i < entries->n; i++) {
        evictable += entries->list[i].is_pinned ? 0 : entries->list[i].nbytes;
    }
    const double part = (double)demand->nbytes / (double)demand->of_nbytes;
    const uint64_t share = evictable / LARGE_SHARE;
    const uint64_t goal = (uint64_t)(part < 1 ? part * (double)evictable : (double)evictable);
    return goal > share ? goal : share;
}

static int is_too_old(const struct smc_store *store, const struct smc_entry *entry, int64_t now)
{
    const uint64_t max_age = store->options.max_age_s;
    return max_age != 0 && entry->used < now && (uint64_t)(now - entry->used) > max_age;
}

static int is_spared(const struct smc_spared *spared, const struct smc_entry *entry)
{
    const size_t n_keys = spared != NULL && entry->is_key ? spared->n_asked : 0;

    for (size_t i = 0; i < n_keys; i++) {
        if (memcmp(entry->id, spared->asked[i].id, sizeof entry->id) == 0) {
            return 1;
        }
    }
    return spared != NULL && !entry->is_key &&
           memcmp(entry->id, spared->file_id, sizeof entry->id) == 0;
}

/* What is spared is in use: later than all else, so that its folder is the last one to be chosen. */
static void use_spared(const struct smc_spared *spared, struct smc_entries *entries, int64_t now)
{
    for (size_t i = 0; i < entries->n; i++) {
        if (is_spared(spared, &entries->list[i])) {
            entries->list[i].used = now + 1;
        }
    }
}

/* Evicts from a folder, and says what is left. `demand` NULL: only what is older than max_age_s. */
static int clean_entries(struct smc_store *store, const struct demand *demand,
                         const struct smc_spared *spared, struct smc_entries *entries,
                         struct smc_folder_sum *sum)
{
    const int64_t now = smc_now_s();
    const uint64_t goal = demand != NULL ? goal_of(demand, entries) : 0;
    uint64_t freed = 0;
    int is_done = demand == NULL;

    use_spared(spared, entries, now);
    smc_entries_sort_by_use(entries->list, entries->n);
    for (size_t i = 0; i < entries->n; i++) {
        const struct smc_entry *entry = &entries->list[i];
        int goes = !entry->is_pinned && is_too_old(store, entry, now);
        if (!goes && !entry->is_pinned && !is_done && !is_spared(spared, entry)) {
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
                        const struct smc_spared *spared, size_t *n_entries)
{
    struct smc_entries entries = {0};
    struct smc_folder_sum sum = {.oldest = SMC_NO_ENTRY};
    /* Only those who evict must not do it twice. */
    int lock = demand != NULL ? smc_lock_open(store) : -1;
    int result = 1;

    if (lock < 0 || demand->is_alone || smc_lock_try_folder(lock, folder) != 0) {
        result = smc_folder_scan(store, folder, &entries);
        if (result == 0) {
            *n_entries += entries.n;
            result = clean_entries(store, demand, spared, &entries, &sum);
        }
        if (result == 0) {
            result = note_sum(store, folder, &sum);
        }
    }
    smc_lock_close(lock);
    int saved = errno;
    free(entries.list);
    errno = saved;
    return result;
}

/* ---- all of them ---- */

struct taking {
    const struct smc_store *store;
    const struct smc_room *room;
    const uint8_t *is_busy;    /* SMC_STORE_FOLDERS: being cleaned by others */
    const uint8_t *is_counted; /* SMC_STORE_FOLDERS: by this put, as their sizes were absurd */
    /* What comes of it: */
    unsigned stale;  /* the folder to be scanned first; SMC_STORE_FOLDERS: none */
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

/* Sizes that cannot be: an eighth more than may be there. They are counted again before anything good goes. */
static int is_absurd(uint64_t total, uint64_t pinned, uint64_t max)
{
    return total - total / 9 > max || pinned > total;
}

/* The largest folder that has not been counted. */
static unsigned largest(const struct taking *taking, const struct smc_counters *counters)
{
    unsigned found = SMC_STORE_FOLDERS;
    uint64_t most = 0;

    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        const uint64_t nbytes = counters->of[f][SMC_COUNT_NBYTES];
        const uint64_t pinned = counters->of[f][SMC_COUNT_PINNED];
        if (!taking->is_counted[f] && (nbytes > most || pinned > most)) {
            most = nbytes > pinned ? nbytes : pinned;
            found = f;
        }
    }
    return found;
}

#define TAKEN 0
#define TO_BE_CLEANED 1
#define FULL 2
#define BUSY 3

static int take(void *context, struct smc_counters *counters)
{
    struct taking *taking = context;
    const struct smc_room *room = taking->room;
    uint64_t *of = counters->of[room->folder];
    const uint64_t now = (uint64_t)smc_now_s(), max = taking->store->options.max_nbytes;
    const uint64_t needed = add_up(room->nbytes, room->next_nbytes);
    uint64_t total = 0, pinned = 0;

    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        total = add_up(total, counters->of[f][SMC_COUNT_NBYTES]);
        pinned = add_up(pinned, counters->of[f][SMC_COUNT_PINNED]);
    }
    taking->stale = is_absurd(total, pinned, max) ? largest(taking, counters) : SMC_STORE_FOLDERS;
    if (of[SMC_COUNT_SCANNED] + SCAN_AGE_S < now || of[SMC_COUNT_SCANNED] > now) {
        taking->stale = room->folder;
    }
    if (taking->stale < SMC_STORE_FOLDERS) {
        return TO_BE_CLEANED;
    }
    const uint64_t wanted = add_up(total, needed);
    if (wanted <= max) {
        of[SMC_COUNT_NBYTES] += room->nbytes;
        of[SMC_COUNT_PINNED] += room->is_pinned ? room->nbytes : 0;
        of[room->is_key ? SMC_COUNT_KEYS : SMC_COUNT_FILES]++;
        of[SMC_COUNT_OLDEST] = of[SMC_COUNT_OLDEST] < now ? of[SMC_COUNT_OLDEST] : now;
        return TAKEN;
    }
    if (needed > max || pinned > max - needed) {
        return FULL;
    }
    choose(taking, counters);
    taking->demand.nbytes = wanted - max;
    taking->demand.of_nbytes = total > pinned ? total - pinned : 1;
    return taking->oldest < SMC_STORE_FOLDERS ? TO_BE_CLEANED : BUSY;
}

int smc_room_take(struct smc_store *store, const struct smc_room *room, const char **failed)
{
    uint8_t is_busy[SMC_STORE_FOLDERS] = {0}, is_counted[SMC_STORE_FOLDERS] = {0};
    struct taking taking = {
        .store = store, .room = room, .is_busy = is_busy, .is_counted = is_counted};
    size_t n_entries = 0;
    unsigned n_waits = 0;

    for (unsigned n = 0; n < FOLDERS_MAX; n++) {
        *failed = "cannot change the counters";
        int answer = smc_counters_change(store, take, &taking);
        if (answer == TAKEN || answer < 0) {
            return answer;
        }
        if (answer == FULL) {
            break;
        }
        if (answer == BUSY) {
            memset(is_busy, 0, sizeof is_busy);
            smc_sleep_ms(BUSY_MS);
            n_waits++;
            continue;
        }
        taking.demand.is_alone = n_waits >= BUSY_TRIES;
        taking.demand.is_forced = n >= PATIENCE_FOLDERS || n_entries >= PATIENCE_ENTRIES;
        *failed = "cannot make room";
        const int is_stale = taking.stale < SMC_STORE_FOLDERS;
        const unsigned cleaned = is_stale ? taking.stale : taking.oldest;
        answer = clean_folder(store, cleaned, is_stale ? NULL : &taking.demand, room->spared,
                              &n_entries);
        if (answer < 0) {
            return -1;
        }
        is_busy[cleaned] = answer > 0;
        is_counted[cleaned] |= (uint8_t)is_stale;
    }
    return 1;
}

static uint64_t less(uint64_t value, uint64_t n)
{
    return value > n ? value - n : 0;
}

static int give_back(void *context, struct smc_counters *counters)
{
    const struct smc_room *room = context;
    uint64_t *of = counters->of[room->folder];
    const enum smc_counter n = room->is_key ? SMC_COUNT_KEYS : SMC_COUNT_FILES;

    of[SMC_COUNT_NBYTES] = less(of[SMC_COUNT_NBYTES], room->nbytes);
    of[SMC_COUNT_PINNED] = less(of[SMC_COUNT_PINNED], room->is_pinned ? room->nbytes : 0);
    of[n] = less(of[n], 1);
    return 0;
}

void smc_room_return(struct smc_store *store, const struct smc_room *room)
{
    struct smc_room back = *room;
    (void)smc_counters_change(store, give_back, &back);
}
