/*
 * Going over the whole store: what is to go goes, in the order of its use, and the counters are right afterwards.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fate { KEPT = 1, PINNED = 2, HAS_KEY = 4, GONE = 8, NEGATIVE = 16 };

struct gc {
    struct smc_store *store;
    struct smc_store_gc_options options;
    struct smc_store_gc_result result;
    struct smc_patterns pins, keep;
    struct smc_survey survey;
    uint8_t *fates;  /* of each entry */
    size_t *file_of; /* of each key: the index of its file, or SIZE_MAX */
    struct smc_key_file key;
    struct smc_file_name failed; /* where it has failed; an empty path: nowhere in particular */
    int64_t now;
};

static void gc_free(struct gc *gc)
{
    smc_patterns_free(&gc->pins);
    smc_patterns_free(&gc->keep);
    smc_survey_free(&gc->survey);
    free(gc->fates);
    free(gc->file_of);
    free(gc);
}

static struct gc *gc_make(struct smc_store *store, const struct smc_store_gc_options *options)
{
    struct gc *gc = calloc(1, sizeof *gc);

    if (gc == NULL) {
        return NULL;
    }
    gc->store = store;
    gc->options = *options;
    gc->now = smc_now_s();
    int failed = smc_patterns_read(store, &gc->pins) != 0;
    for (size_t i = 0; i < options->n_keep && !failed; i++) {
        failed = smc_patterns_add(&gc->keep, options->keep[i]) != 0;
    }
    if (!failed && smc_survey_make(store, &gc->survey) == 0) {
        const size_t n = gc->survey.entries.n + 1;
        gc->fates = calloc(n, sizeof *gc->fates);
        gc->file_of = calloc(n, sizeof *gc->file_of);
        if (gc->fates != NULL && gc->file_of != NULL) {
            return gc;
        }
        errno = ENOMEM;
    }
    int saved = errno;
    gc_free(gc);
    errno = saved;
    return NULL;
}

static int is_older(const struct gc *gc, const struct smc_entry *entry, uint64_t age)
{
    return entry->used < gc->now && (uint64_t)(gc->now - entry->used) > age;
}

static int fail_at(struct gc *gc, const struct smc_entry *entry)
{
    smc_entry_name(entry, &gc->failed);
    return -1;
}

/* Removes what the entry stands for. */
static int remove_entry(struct gc *gc, size_t i)
{
    const struct smc_entry *entry = &gc->survey.entries.list[i];

    if (smc_entry_unlink(gc->store, entry) != 0) {
        return fail_at(gc, entry);
    }
    gc->fates[i] |= GONE;
    return 0;
}

/* ---- keys ---- */

/* -1 with errno: there is no telling. */
static int has_file(const struct gc *gc)
{
    struct smc_file_name name;

    smc_file_name_make(gc->key.record.file_id, SMC_SUFFIX_FILE, &name);
    int fd = smc_file_open(gc->store, &name);
    if (fd >= 0) {
        close(fd);
    }
    if (fd >= 0 || errno == EACCES || smc_is_no_file(errno)) {
        return 1;
    }
    return errno == ENOENT ? 0 : -1;
}

static int match(struct gc *gc, size_t file)
{
    struct smc_key_parts parts;

    if (gc->pins.n + gc->keep.n == 0) {
        return 0;
    }
    if (smc_key_parts_make(gc->key.record.text, gc->key.record.text_nbytes, &parts) != 0) {
        return errno == ENOMEM ? -1 : 0;
    }
    const int is_pinned = smc_patterns_fit(&gc->pins, &parts);
    const int is_kept = smc_patterns_fit(&gc->keep, &parts);
    gc->fates[file] |= (is_pinned > 0 ? PINNED : 0) | (is_kept > 0 ? KEPT : 0);
    smc_key_parts_free(&parts);
    if (is_pinned < 0 || is_kept < 0) {
        errno = ENOMEM;
        return -1;
    }
    return 0;
}

/* Finds out what a key leads to; one that leads nowhere is removed. */
static int look_at_key(struct gc *gc, size_t i)
{
    const struct smc_entry *entry = &gc->survey.entries.list[i];
    const int found = smc_key_read(gc->store, entry, &gc->key);

    gc->file_of[i] = SIZE_MAX;
    if (found < 0) {
        return fail_at(gc, entry);
    }
    if (found == SMC_KEY_GONE) {
        gc->fates[i] |= GONE;
        return 0;
    }
    if (found == SMC_KEY_DAMAGED) {
        gc->result.n_damaged++;
        return remove_entry(gc, i);
    }
    if (gc->key.record.is_negative) {
        gc->fates[i] |= NEGATIVE;
        if (!is_older(gc, entry, gc->store->options.negative_age_s)) {
            return 0;
        }
        gc->result.n_keys++;
        return remove_entry(gc, i);
    }
    gc->file_of[i] = smc_survey_file(&gc->survey, gc->key.record.file_id);
    if (gc->file_of[i] != SIZE_MAX) {
        gc->fates[gc->file_of[i]] |= HAS_KEY;
        return match(gc, gc->file_of[i]);
    }
    const int is_there = has_file(gc);
    if (is_there != 0) { /* it came after the survey */
        return is_there > 0 ? 0 : fail_at(gc, &gc->survey.entries.list[i]);
    }
    gc->result.n_keys++;
    return remove_entry(gc, i);
}

static int look_at_keys(struct gc *gc)
{
    for (size_t i = gc->survey.n_files; i < gc->survey.entries.n; i++) {
        if (look_at_key(gc, i) != 0) {
            return -1;
        }
    }
    return 0;
}

/* After files have gone. */
static int remove_keys(struct gc *gc)
{
    for (size_t i = gc->survey.n_files; i < gc->survey.entries.n; i++) {
        const size_t file = gc->file_of[i];
        const int is_of_gone = file != SIZE_MAX && (gc->fates[file] & GONE) != 0;
        const int is_cleared = gc->options.clears && (gc->fates[i] & NEGATIVE) != 0;
        if ((gc->fates[i] & GONE) != 0 || (!is_of_gone && !is_cleared)) {
            continue;
        }
        gc->result.n_keys++;
        if (remove_entry(gc, i) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- pins ---- */

static int set_mode(struct gc *gc, struct smc_entry *entry, int is_pinned)
{
    struct smc_file_name name;

    smc_entry_name(entry, &name);
    int fd = smc_file_open(gc->store, &name);
    if (fd < 0) { /* gone, or nothing that is to be found */
        return errno == ENOENT || smc_is_no_file(errno) ? 0 : fail_at(gc, entry);
    }
    int failed = fchmod(fd, is_pinned ? SMC_MODE_PINNED : SMC_MODE_FILE);
    int saved = errno;
    close(fd);
    errno = saved;
    entry->is_pinned = is_pinned != 0;
    return failed == 0 ? 0 : fail_at(gc, entry);
}

/* Files, and the keys that lead to them: without these nobody would find a pinned file. */
static int set_modes(struct gc *gc)
{
    for (size_t i = 0; i < gc->survey.entries.n; i++) {
        struct smc_entry *entry = &gc->survey.entries.list[i];
        const size_t file = i < gc->survey.n_files ? i : gc->file_of[i];
        const int is_pinned = file != SIZE_MAX && (gc->fates[file] & PINNED) != 0;
        /* Of what has just been put the file or the keys may not have been seen. */
        const int is_half = (file == SIZE_MAX || (gc->fates[file] & HAS_KEY) == 0) &&
                            !is_older(gc, entry, SMC_TEMP_AGE_S);
        if (is_pinned != entry->is_pinned && !is_half && (gc->fates[i] & GONE) == 0 &&
            set_mode(gc, entry, is_pinned) != 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- files ---- */

/* A file in the order of use. */
struct used {
    int64_t used;
    size_t i;
};

static int compare_uses(const void *a, const void *b)
{
    const struct used *x = a, *y = b;

    return x->used != y->used ? (x->used < y->used ? -1 : 1) : (x->i > y->i) - (x->i < y->i);
}

/* Whether a file is to go when all together take that much. */
static int is_doomed(const struct gc *gc, size_t i, uint64_t total)
{
    const struct smc_entry *file = &gc->survey.entries.list[i];
    const unsigned fate = gc->fates[i];

    if ((fate & KEPT) != 0) {
        return 0;
    }
    if (gc->options.clears) {
        return !file->is_pinned || gc->options.clears_pinned;
    }
    if (file->is_pinned) {
        return 0;
    }
    return total > gc->options.max_nbytes ||
           (gc->options.max_age_s != 0 && is_older(gc, file, gc->options.max_age_s)) ||
           /* Nobody can find it. If it is young, its keys may be about to be written. */
           ((fate & HAS_KEY) == 0 && is_older(gc, file, SMC_TEMP_AGE_S));
}

/* What each file takes, its keys included; and all together. NULL: no memory. */
static uint64_t *sizes_of(const struct gc *gc, uint64_t *total)
{
    const struct smc_entries *entries = &gc->survey.entries;
    uint64_t *sizes = calloc(gc->survey.n_files + 1, sizeof *sizes);

    *total = 0;
    for (size_t i = 0; i < entries->n && sizes != NULL; i++) {
        if ((gc->fates[i] & GONE) == 0) {
            const size_t file = i < gc->survey.n_files ? i : gc->file_of[i];
            *total += entries->list[i].nbytes;
            if (file != SIZE_MAX) {
                sizes[file] += entries->list[i].nbytes;
            }
        }
    }
    return sizes;
}

static int remove_files(struct gc *gc)
{
    const struct smc_entry *list = gc->survey.entries.list;
    const size_t n_files = gc->survey.n_files;
    uint64_t total;
    uint64_t *sizes = sizes_of(gc, &total);
    struct used *by_use = calloc(n_files + 1, sizeof *by_use);
    int failed = 0;

    if (sizes == NULL || by_use == NULL) {
        free(by_use);
        free(sizes);
        errno = ENOMEM;
        return -1;
    }
    for (size_t i = 0; i < n_files; i++) {
        by_use[i] = (struct used){list[i].used, i};
    }
    qsort(by_use, n_files, sizeof *by_use, compare_uses);
    for (size_t j = 0; j < n_files && !failed; j++) {
        const size_t i = by_use[j].i;
        if (is_doomed(gc, i, total)) {
            failed = remove_entry(gc, i);
            total -= failed ? 0 : sizes[i];
            gc->result.n_files += !failed;
            gc->result.nbytes += failed ? 0 : list[i].nbytes;
        }
    }
    int saved = errno;
    free(by_use);
    free(sizes);
    errno = saved;
    return failed;
}

/* ---- the counters ---- */

static int start_anew(void *context, struct smc_counters *counters)
{
    (void)context;
    memset(counters, 0, sizeof *counters);
    return 0;
}

/* What has gone from each folder. */
static void add_evictions(const struct gc *gc, struct smc_folder_sum sums[SMC_STORE_FOLDERS])
{
    for (size_t i = 0; i < gc->survey.n_files && !gc->options.clears; i++) {
        if ((gc->fates[i] & GONE) != 0) {
            struct smc_folder_sum *sum = &sums[gc->survey.entries.list[i].id[0]];
            sum->n_evictions++;
            sum->evicted_nbytes += gc->survey.entries.list[i].nbytes;
        }
    }
}

/* The survey is too old for that: what others have put since would not be counted. */
static int count_again(struct gc *gc)
{
    struct smc_folder_sum *sums = calloc(SMC_STORE_FOLDERS, sizeof *sums);
    int failed = sums == NULL;

    if (!failed) {
        add_evictions(gc, sums);
        if (gc->options.clears) {
            smc_tallies_note(gc->store, INT64_MAX); /* of before */
            failed = smc_counters_change(gc->store, start_anew, NULL) != 0;
        }
        failed = failed || smc_store_recount(gc->store, sums) != 0;
        for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
            gc->result.kept_files += sums[f].n_files;
            gc->result.kept_nbytes += sums[f].nbytes;
        }
        int saved = errno;
        free(sums);
        errno = saved;
    }
    return failed ? -1 : 0;
}

/* ---- together ---- */

static smc_store_status fail(struct smc_store_error *error, const char *reason, const char *file)
{
    return errno == ENOMEM ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
                           : smc_store_fail(error, SMC_STORE_E_IO, reason, file);
}

smc_store_status smc_store_gc(smc_store *store, const struct smc_store_gc_options *options,
                              struct smc_store_gc_result *result, struct smc_store_error *error)
{
    struct smc_store_gc_options used = {.struct_size = sizeof used};

    if (options != NULL) {
        used = *options;
    }
    if (used.struct_size != sizeof used) {
        return smc_store_fail(error, SMC_STORE_E_OPTION, NULL, NULL);
    }
    used.max_nbytes = used.max_nbytes != 0 ? used.max_nbytes : store->options.max_nbytes;
    used.max_age_s = used.max_age_s != 0 ? used.max_age_s : store->options.max_age_s;
    smc_store_status status = smc_store_refresh(store, error);
    if (status != SMC_STORE_OK) {
        return status;
    }
    const uint64_t n_temps = smc_temps_sweep(store);
    struct gc *gc = gc_make(store, &used);
    if (gc == NULL) {
        return fail(error, "cannot go over its folders", NULL);
    }
    gc->result.n_temps = n_temps;
    const char *failed = look_at_keys(gc) != 0   ? "cannot read a key"
                         : set_modes(gc) != 0    ? "cannot pin a file"
                         : remove_files(gc) != 0 ? "cannot remove a file"
                         : remove_keys(gc) != 0  ? "cannot remove a key"
                                                 : NULL;
    int saved = errno;
    if (count_again(gc) != 0 && failed == NULL) {
        failed = "cannot write the counters";
        saved = errno;
    }
    if (result != NULL) {
        *result = gc->result;
    }
    const struct smc_file_name at = gc->failed;
    gc_free(gc);
    errno = saved;
    return failed == NULL ? SMC_STORE_OK : fail(error, failed, at.path);
}

smc_store_status smc_pins_apply(struct smc_store *store, uint64_t *n_pinned,
                                struct smc_store_error *error)
{
    const struct smc_store_gc_options options = {.max_nbytes = SMC_STORE_UNLIMITED};
    struct gc *gc = gc_make(store, &options);

    if (gc == NULL) {
        return fail(error, "cannot go over its folders", NULL);
    }
    int failed = look_at_keys(gc) != 0 || set_modes(gc) != 0;
    int saved = errno;
    if (count_again(gc) != 0 && !failed) {
        failed = 1;
        saved = errno;
    }
    for (size_t i = 0; i < gc->survey.n_files && n_pinned != NULL; i++) {
        *n_pinned = (i == 0 ? 0 : *n_pinned) + gc->survey.entries.list[i].is_pinned;
    }
    if (n_pinned != NULL && gc->survey.n_files == 0) {
        *n_pinned = 0;
    }
    const struct smc_file_name at = gc->failed;
    gc_free(gc);
    errno = saved;
    return failed ? fail(error, "cannot pin the files", at.path) : SMC_STORE_OK;
}
