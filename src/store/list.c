/*
 * For those who look into the store.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static smc_store_status fail(struct smc_store_error *error, const char *reason, const char *file)
{
    return errno == ENOMEM ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
                           : smc_store_fail(error, SMC_STORE_E_IO, reason, file);
}

struct listing {
    struct smc_survey survey;
    uint8_t *has_key; /* of each file */
    struct smc_key_file key;
    struct smc_file_name at; /* the key's */
    int (*visit)(void *context, const struct smc_store_item *item);
    void *context;
};

/* What the visitor returns may be -1, too; that is no error. */
static int show(struct listing *listing, const struct smc_store_item *item)
{
    return listing->visit(listing->context, item) != 0;
}

/* 0; 1: the visitor wants no more; -1 with ENOMEM. */
static int list_key(struct listing *listing, const struct smc_entry *entry)
{
    const struct smc_record *record = &listing->key.record;
    char text[SMC_STORE_TEXT_NBYTES];
    struct smc_file_name name;
    struct smc_key_parts parts;

    if (smc_key_parts_make(record->text, record->text_nbytes, &parts) != 0) {
        return errno == ENOMEM ? -1 : 0;
    }
    struct smc_store_item item = {.kind = parts.kind,
                                  .scope = parts.scope,
                                  .name = parts.name,
                                  .names = (const char *const *)parts.names,
                                  .n_names = parts.n_names};
    const size_t i =
        record->is_negative ? SIZE_MAX : smc_survey_file(&listing->survey, record->file_id);
    int answer = 0;
    if (i != SIZE_MAX) {
        const struct smc_entry *file = &listing->survey.entries.list[i];
        listing->has_key[i] = 1;
        smc_entry_name(file, &name);
        item.file = name.path;
        item.nbytes = record->file_nbytes;
        item.used = file->used;
        item.is_pinned = file->is_pinned;
    } else if (record->is_negative) {
        const size_t nbytes =
            record->note_nbytes < sizeof text ? record->note_nbytes : sizeof text - 1;
        memcpy(text, record->note, nbytes);
        text[nbytes] = '\0';
        item.text = text;
        item.used = entry->used;
    }
    if (i != SIZE_MAX || record->is_negative) { /* else its file has been evicted */
        answer = show(listing, &item);
    }
    smc_key_parts_free(&parts);
    return answer;
}

static int list_file(struct listing *listing, const struct smc_entry *entry)
{
    struct smc_file_name name;

    smc_entry_name(entry, &name);
    const struct smc_store_item item = {.scope = "",
                                        .name = "",
                                        .file = name.path,
                                        .nbytes = entry->file_nbytes,
                                        .used = entry->used,
                                        .is_pinned = entry->is_pinned};
    return show(listing, &item);
}

static int list_all(struct smc_store *store, struct listing *listing)
{
    const struct smc_entries *entries = &listing->survey.entries;
    const size_t n_files = listing->survey.n_files;
    int answer = 0;

    for (size_t i = n_files; i < entries->n && answer == 0; i++) {
        smc_entry_name(&entries->list[i], &listing->at);
        answer = smc_key_read(store, &entries->list[i], &listing->key);
        if (answer == 0) {
            answer = list_key(listing, &entries->list[i]);
        } else if (answer > 0) {
            answer = 0; /* gone, or for gc to remove */
        }
    }
    for (size_t i = 0; i < n_files && answer == 0; i++) {
        answer = listing->has_key[i] ? 0 : list_file(listing, &entries->list[i]);
    }
    return answer;
}

smc_store_status smc_store_list(smc_store *store,
                                int (*visit)(void *context, const struct smc_store_item *item),
                                void *context, struct smc_store_error *error)
{
    struct listing *listing = calloc(1, sizeof *listing);

    if (listing == NULL || smc_survey_make(store, &listing->survey) != 0) {
        free(listing);
        return fail(error, "cannot go over its folders", NULL);
    }
    listing->visit = visit;
    listing->context = context;
    listing->has_key = calloc(listing->survey.n_files + 1, 1);
    const int is_error = listing->has_key == NULL || list_all(store, listing) < 0;
    int saved = listing->has_key == NULL ? ENOMEM : errno;
    free(listing->has_key);
    const struct smc_file_name at = listing->at;
    smc_survey_free(&listing->survey);
    free(listing);
    errno = saved;
    return is_error ? fail(error, "cannot read a key", at.path) : SMC_STORE_OK;
}

smc_store_status smc_store_each_file(smc_store *store,
                                     int (*visit)(void *context, int fd, const char *file,
                                                  uint64_t nbytes),
                                     void *context, struct smc_store_error *error)
{
    struct smc_survey survey;
    struct smc_file_name name;
    smc_store_status status = SMC_STORE_OK;
    struct stat st;
    int answer = 0;

    if (smc_survey_make(store, &survey) != 0) {
        return fail(error, "cannot go over its folders", NULL);
    }
    smc_entries_sort_by_use(survey.entries.list, survey.n_files);
    for (size_t i = survey.n_files; i-- > 0 && answer == 0 && status == SMC_STORE_OK;) {
        smc_entry_name(&survey.entries.list[i], &name);
        int fd = smc_file_open(store, &name);
        if (fd < 0 && (errno == ENOENT || smc_is_no_file(errno))) {
            continue; /* gone, or for gc to remove */
        }
        if (fd < 0 || fstat(fd, &st) != 0) {
            status = smc_store_fail(error, SMC_STORE_E_IO, "cannot open the file", name.path);
        } else if (S_ISREG(st.st_mode)) {
            answer = visit(context, fd, name.path, (uint64_t)st.st_size);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    smc_survey_free(&survey);
    return status;
}
