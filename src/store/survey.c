/*
 * All that is in the store.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_by_id(const void *a, const void *b)
{
    const struct smc_entry *x = a, *y = b;

    return x->is_key != y->is_key ? x->is_key - y->is_key : memcmp(x->id, y->id, sizeof x->id);
}

int smc_survey_make(const struct smc_store *store, struct smc_survey *survey)
{
    *survey = (struct smc_survey){0};
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        if (smc_folder_scan(store, f, &survey->entries) != 0) {
            int saved = errno;
            smc_survey_free(survey);
            errno = saved;
            return -1;
        }
    }
    for (size_t i = 0; i < survey->entries.n; i++) {
        survey->n_files += !survey->entries.list[i].is_key;
    }
    if (survey->entries.n > 0) {
        qsort(survey->entries.list, survey->entries.n, sizeof *survey->entries.list, compare_by_id);
    }
    return 0;
}

void smc_survey_free(struct smc_survey *survey)
{
    free(survey->entries.list);
    *survey = (struct smc_survey){0};
}

size_t smc_survey_file(const struct smc_survey *survey, const uint8_t id[SMC_ID_NBYTES])
{
    struct smc_entry wanted = {0};

    memcpy(wanted.id, id, sizeof wanted.id);
    const struct smc_entry *found =
        survey->n_files == 0
            ? NULL
            : bsearch(&wanted, survey->entries.list, survey->n_files, sizeof wanted, compare_by_id);
    return found != NULL ? (size_t)(found - survey->entries.list) : SIZE_MAX;
}

int smc_key_read(struct smc_store *store, const struct smc_entry *entry, struct smc_key_file *key)
{
    uint8_t secret[SMC_SECRET_NBYTES];
    struct smc_file_name name;

    smc_entry_name(entry, &name);
    int fd = smc_file_open(store, &name);
    if (fd < 0) {
        return errno == ENOENT ? SMC_KEY_GONE : smc_is_no_file(errno) ? SMC_KEY_DAMAGED : -1;
    }
    ssize_t nbytes = smc_read_start(fd, key->bytes, sizeof key->bytes);
    int saved = errno;
    close(fd);
    errno = saved;
    if (nbytes < 0) {
        return smc_is_no_file(errno) ? SMC_KEY_DAMAGED : -1;
    }
    smc_secret_get(store, secret);
    return smc_record_parse(secret, key->bytes, (size_t)nbytes, &key->record) == 0
               ? 0
               : SMC_KEY_DAMAGED;
}
