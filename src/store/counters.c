/*
 * The counters: one small file, a slot for each folder. It is changed in place, by whoever holds its lock, and a slot
 * that does not fit its hash counts as never scanned. So what a crash, a power failure or a file system without
 * locks does to it is mended when the folder is scanned.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define COUNTERS_FILE "counters"

/* Where its lock is free again after microseconds: who holds it longer is stopped, and is not waited for. */
#define LOCK_TRIES 100

struct slot {
    struct smcf_le64 of[SMC_N_COUNTERS];
    uint8_t reserved[8]; /* zero */
    uint8_t digest[8];   /* XXH3-64 of all before, with the secret */
};
_Static_assert(sizeof(struct slot) == 128, "a slot");

static void digest_of(const uint8_t secret[SMC_SECRET_NBYTES], const struct slot *slot,
                      uint8_t digest[8])
{
    XXH64_canonical_t canonical;

    XXH64_canonicalFromHash(&canonical, XXH3_64bits_withSecret(slot, offsetof(struct slot, digest),
                                                               secret, SMC_SECRET_NBYTES));
    memcpy(digest, canonical.digest, 8);
}

static int read_slots(int fd, const uint8_t secret[SMC_SECRET_NBYTES], struct slot *slots,
                      struct smc_counters *counters)
{
    uint8_t digest[8];
    ssize_t n = smc_read_start(fd, slots, SMC_STORE_FOLDERS * sizeof *slots);

    memset(counters, 0, sizeof *counters);
    if (n < 0) {
        return -1;
    }
    for (size_t f = 0; f < (size_t)n / sizeof *slots; f++) {
        digest_of(secret, &slots[f], digest);
        for (size_t i = 0; i < SMC_N_COUNTERS && memcmp(slots[f].digest, digest, 8) == 0; i++) {
            counters->of[f][i] = smcf_get64(slots[f].of[i]);
        }
    }
    return 0;
}

static int write_slot(int fd, const uint8_t secret[SMC_SECRET_NBYTES], size_t folder,
                      const uint64_t values[SMC_N_COUNTERS])
{
    struct slot slot = {0};
    size_t n_written = 0;

    for (size_t i = 0; i < SMC_N_COUNTERS; i++) {
        slot.of[i] = smcf_put64(values[i]);
    }
    digest_of(secret, &slot, slot.digest);
    while (n_written < sizeof slot) { /* what is written of it does not fit its hash */
        ssize_t n = pwrite(fd, (const uint8_t *)&slot + n_written, sizeof slot - n_written,
                           (off_t)(folder * sizeof slot + n_written));
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        n_written += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Room for reading, and what was read. */
struct workspace {
    struct slot slots[SMC_STORE_FOLDERS];
    struct smc_counters before, after;
    uint8_t secret[SMC_SECRET_NBYTES];
};

int smc_counters_read(struct smc_store *store, struct smc_counters *counters)
{
    int fd = smc_open_at(store->folder, COUNTERS_FILE, O_RDONLY);

    memset(counters, 0, sizeof *counters);
    if (fd < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    struct workspace *space = malloc(sizeof *space);
    int failed = -1;
    if (space != NULL) {
        smc_secret_get(store, space->secret);
        failed = read_slots(fd, space->secret, space->slots, counters);
    }
    int saved = errno;
    free(space);
    close(fd);
    errno = saved;
    return failed;
}

static void lock_file(int fd)
{
    for (unsigned i = 0; i < LOCK_TRIES && smc_lock_try_file(fd) == 0; i++) {
        smc_sleep_ms(1);
    }
}

/* Adds what the process has tallied, and forgets it. */
static void add_tallies(struct smc_store *store, struct smc_counters *counters)
{
    static const enum smc_counter counter_of[SMC_N_TALLIES] = {[SMC_TALLY_HIT] = SMC_COUNT_HITS,
                                                               [SMC_TALLY_NEGATIVE] =
                                                                   SMC_COUNT_NEGATIVE,
                                                               [SMC_TALLY_MISS] = SMC_COUNT_MISSES};

    for (size_t f = 0; f < SMC_STORE_FOLDERS; f++) {
        for (size_t i = 0; i < SMC_N_TALLIES; i++) {
            if (atomic_load_explicit(&store->tallies[f][i], memory_order_relaxed) != 0) {
                counters->of[f][counter_of[i]] += atomic_exchange(&store->tallies[f][i], 0);
            }
        }
    }
    atomic_store(&store->noted, smc_now_s());
}

static int change_slots(struct smc_store *store, int fd, struct workspace *space,
                        int (*change)(void *context, struct smc_counters *counters), void *context)
{
    smc_secret_get(store, space->secret);
    if (store->has_locks) {
        lock_file(fd);
    }
    if (read_slots(fd, space->secret, space->slots, &space->before) != 0) {
        return -1;
    }
    space->after = space->before;
    int answer = change(context, &space->after);
    if (answer != 0) {
        return answer;
    }
    add_tallies(store, &space->after);
    for (size_t f = 0; f < SMC_STORE_FOLDERS; f++) {
        if (memcmp(space->before.of[f], space->after.of[f], sizeof space->after.of[f]) != 0 &&
            write_slot(fd, space->secret, f, space->after.of[f]) != 0) {
            return -1;
        }
    }
    return 0;
}

int smc_counters_change(struct smc_store *store,
                        int (*change)(void *context, struct smc_counters *counters), void *context)
{
    int fd = smc_open_at(store->folder, COUNTERS_FILE, O_RDWR | O_CREAT);

    if (fd < 0) {
        return -1;
    }
    struct workspace *space = malloc(sizeof *space);
    int answer = space != NULL ? change_slots(store, fd, space, change, context) : -1;
    int saved = errno;
    free(space);
    errno = saved;
    smc_lock_close(fd);
    return answer;
}

struct addition {
    unsigned folder;
    enum smc_counter counter;
    int64_t n;
};

static int add(void *context, struct smc_counters *counters)
{
    const struct addition *addition = context;
    uint64_t *value = &counters->of[addition->folder][addition->counter];

    /* Never below 0: what has been lost of it must not make it huge. */
    *value =
        addition->n < 0 && *value < (uint64_t)-addition->n ? 0 : *value + (uint64_t)addition->n;
    return 0;
}

void smc_counter_add(struct smc_store *store, unsigned folder, enum smc_counter counter, int64_t n)
{
    struct addition addition = {folder, counter, n};
    (void)smc_counters_change(store, add, &addition);
}

/* ---- what a process counts by itself ---- */

static int no_change(void *context, struct smc_counters *counters)
{
    (void)context, (void)counters;
    return 0;
}

void smc_tallies_note(struct smc_store *store, int64_t now)
{
    if (now - atomic_load(&store->noted) < SMC_NOTE_INTERVAL_S) {
        return;
    }
    atomic_store(&store->noted, smc_now_s()); /* another try in an hour, if this one fails */
    for (size_t f = 0; f < SMC_STORE_FOLDERS; f++) {
        for (size_t i = 0; i < SMC_N_TALLIES; i++) {
            if (atomic_load_explicit(&store->tallies[f][i], memory_order_relaxed) != 0) {
                (void)smc_counters_change(store, no_change, NULL);
                return;
            }
        }
    }
}

void smc_tally_add(struct smc_store *store, unsigned folder, enum smc_tally tally)
{
    atomic_fetch_add_explicit(&store->tallies[folder][tally], 1, memory_order_relaxed);
    smc_tallies_note(store, smc_now_s());
}

smc_store_status smc_store_counts_get(smc_store *store, struct smc_store_counts *total,
                                      struct smc_store_counts folders[SMC_STORE_FOLDERS],
                                      struct smc_store_error *error)
{
    struct smc_store_counts sum = {0};
    struct smc_counters *counters = malloc(sizeof *counters);

    if (counters == NULL) {
        return smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL);
    }
    if (smc_counters_read(store, counters) != 0) {
        free(counters);
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot read the counters", COUNTERS_FILE);
    }
    for (size_t f = 0; f < SMC_STORE_FOLDERS; f++) {
        const uint64_t *of = counters->of[f];
        const struct smc_store_counts counts = {
            of[SMC_COUNT_FILES],   of[SMC_COUNT_KEYS],      of[SMC_COUNT_NBYTES],
            of[SMC_COUNT_PINNED],  of[SMC_COUNT_HITS],      of[SMC_COUNT_NEGATIVE],
            of[SMC_COUNT_MISSES],  of[SMC_COUNT_BUILDS],    of[SMC_COUNT_ERRORS],
            of[SMC_COUNT_DAMAGED], of[SMC_COUNT_EVICTIONS], of[SMC_COUNT_EVICTED]};
        sum.n_files += counts.n_files;
        sum.n_keys += counts.n_keys;
        sum.nbytes += counts.nbytes;
        sum.pinned_nbytes += counts.pinned_nbytes;
        sum.n_hits += counts.n_hits;
        sum.n_negative_hits += counts.n_negative_hits;
        sum.n_misses += counts.n_misses;
        sum.n_builds += counts.n_builds;
        sum.n_errors += counts.n_errors;
        sum.n_damaged += counts.n_damaged;
        sum.n_evictions += counts.n_evictions;
        sum.evicted_nbytes += counts.evicted_nbytes;
        if (folders != NULL) {
            folders[f] = counts;
        }
    }
    free(counters);
    if (total != NULL) {
        *total = sum;
    }
    return SMC_STORE_OK;
}
