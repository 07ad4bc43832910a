/*
 * Pins: patterns of keys in the file `pins`, a line each. What fits has the mode of a pinned file, which is all that
 * making room looks at.
 */
#include "src/store/store.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PINS_FILE "pins"
/* All patterns that there may be, each with its line end. */
#define PINS_NBYTES_MAX ((size_t)SMC_STORE_PATTERNS_MAX * (SMC_STORE_PATTERN_NBYTES_MAX + 1))

/* Whoever changes the patterns holds this; it is waited for no longer than a second. */
#define PINS_LOCK SMC_STORE_FOLDERS
#define LOCK_TRIES 1000

int smc_patterns_add(struct smc_patterns *patterns, const char *pattern)
{
    smc_buf_append(&patterns->text, pattern, strlen(pattern) + 1);
    patterns->n++;
    errno = ENOMEM;
    return patterns->text.failed ? -1 : 0;
}

void smc_patterns_free(struct smc_patterns *patterns)
{
    smc_buf_free(&patterns->text);
    patterns->n = 0;
}

int smc_patterns_read(const struct smc_store *store, struct smc_patterns *patterns)
{
    int fd = smc_open_at(store->folder, PINS_FILE, O_RDONLY);

    *patterns = (struct smc_patterns){0};
    if (fd < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    struct smc_buf *text = &patterns->text;
    int failed = smc_read_all(fd, PINS_NBYTES_MAX, 1, text);
    if (failed == 0 && text->nbytes > 0 && text->data[text->nbytes - 1] != '\n') {
        smc_buf_append(text, "\n", 1);
    }
    failed = failed != 0 || text->failed;
    int saved = text->failed ? ENOMEM : errno;
    close(fd);
    for (size_t i = 0; i < text->nbytes && !failed; i++) {
        if (text->data[i] == '\n') {
            text->data[i] = '\0';
            patterns->n++;
        }
    }
    if (failed) {
        smc_patterns_free(patterns);
        errno = saved;
    }
    return failed ? -1 : 0;
}

/* What is long takes memory: without any it is no answer that nothing fits. */
static int fits_one(const char *pattern, const char *name)
{
    switch (fnmatch(pattern, name, 0)) {
    case 0:
        return 1;
    case FNM_NOMATCH:
        return 0;
    default:
        errno = ENOMEM;
        return -1;
    }
}

static int fits(const char *pattern, const char *name, const char *const *names, size_t n_names)
{
    int answer = fits_one(pattern, name);

    for (size_t i = 0; i < n_names && answer == 0; i++) {
        answer = fits_one(pattern, names[i]);
    }
    return answer;
}

int smc_store_item_fits(const struct smc_store_item *item, const char *pattern)
{
    return item->kind == 0 ? 0 : fits(pattern, item->name, item->names, item->n_names);
}

int smc_patterns_fit(const struct smc_patterns *patterns, const struct smc_key_parts *parts)
{
    const char *pattern = (const char *)patterns->text.data;
    int answer = 0;

    for (size_t i = 0; i < patterns->n && answer == 0; i++, pattern += strlen(pattern) + 1) {
        answer = fits(pattern, parts->name, (const char *const *)parts->names, parts->n_names);
    }
    return answer;
}

/* ---- changing them ---- */

static int write_patterns(struct smc_store *store, struct smc_patterns *patterns)
{
    struct smc_temp temp;

    for (size_t i = 0; i < patterns->text.nbytes; i++) {
        if (patterns->text.data[i] == '\0') {
            patterns->text.data[i] = '\n';
        }
    }
    if (smc_temp_open(store, &temp) != 0) {
        return -1;
    }
    int failed = smc_write_all(temp.fd, patterns->text.data, patterns->text.nbytes) != 0 ||
                 smc_sync(temp.fd) != 0 || smc_temp_rename(&temp, store->folder, PINS_FILE) != 0;
    int saved = errno;
    smc_temp_close(&temp);
    errno = saved;
    return failed ? -1 : 0;
}

/* Takes a pattern out; whether it was there. */
static int take_out(struct smc_patterns *patterns, const char *pattern)
{
    char *at = (char *)patterns->text.data;
    const size_t nbytes = strlen(pattern) + 1;

    for (size_t i = 0; i < patterns->n; i++, at += strlen(at) + 1) {
        if (strcmp(at, pattern) == 0) {
            const size_t rest = (size_t)((char *)patterns->text.data + patterns->text.nbytes - at);
            memmove(at, at + nbytes, rest - nbytes);
            patterns->text.nbytes -= nbytes;
            patterns->n--;
            return 1;
        }
    }
    return 0;
}

/* 0; -1 with errno; 1: there was nothing to be taken out. */
static int change(struct smc_store *store, const char *pattern, int is_added)
{
    struct smc_patterns patterns;
    int lock = smc_lock_open(store);

    for (unsigned i = 0; i < LOCK_TRIES && smc_lock_try_folder(lock, PINS_LOCK) == 0; i++) {
        smc_sleep_ms(1);
    }
    int failed = smc_patterns_read(store, &patterns);
    if (failed == 0) {
        const int was_there = take_out(&patterns, pattern);
        if (is_added && patterns.n >= SMC_STORE_PATTERNS_MAX) {
            errno = E2BIG;
            failed = -1;
        } else if (is_added) {
            failed = smc_patterns_add(&patterns, pattern);
        } else {
            failed = was_there ? 0 : 1;
        }
        failed = failed != 0 ? failed : write_patterns(store, &patterns);
        int saved = errno;
        smc_patterns_free(&patterns);
        errno = saved;
    }
    smc_lock_close(lock);
    return failed;
}

static int is_pattern(const char *pattern)
{
    const size_t nbytes = strlen(pattern);

    for (size_t i = 0; i < nbytes; i++) {
        if ((unsigned char)pattern[i] < 0x20) {
            return 0;
        }
    }
    return nbytes > 0 && nbytes <= SMC_STORE_PATTERN_NBYTES_MAX;
}

static smc_store_status change_pins(smc_store *store, const char *pattern, int is_added,
                                    uint64_t *n_files, struct smc_store_error *error)
{
    if (!is_pattern(pattern)) {
        return smc_store_fail(error, SMC_STORE_E_OPTION,
                              "a pattern that is empty, too long, or has control characters", NULL);
    }
    smc_store_status status = smc_store_refresh(store, error);
    if (status != SMC_STORE_OK) {
        return status;
    }
    int failed = change(store, pattern, is_added);
    if (failed > 0) {
        return SMC_STORE_MISS;
    }
    if (failed < 0) {
        return errno == E2BIG ? smc_store_fail(error, SMC_STORE_E_OPTION, "too many patterns", NULL)
               : errno == ENOMEM
                   ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
                   : smc_store_fail(error, SMC_STORE_E_IO, "cannot change the pins", PINS_FILE);
    }
    return smc_pins_apply(store, n_files, error);
}

smc_store_status smc_store_pin(smc_store *store, const char *pattern, uint64_t *n_files,
                               struct smc_store_error *error)
{
    return change_pins(store, pattern, 1, n_files, error);
}

smc_store_status smc_store_unpin(smc_store *store, const char *pattern, uint64_t *n_files,
                                 struct smc_store_error *error)
{
    return change_pins(store, pattern, 0, n_files, error);
}

smc_store_status smc_store_pins(smc_store *store, void (*visit)(void *context, const char *pattern),
                                void *context, struct smc_store_error *error)
{
    struct smc_patterns patterns;

    if (smc_patterns_read(store, &patterns) != 0) {
        return errno == ENOMEM
                   ? smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL)
                   : smc_store_fail(error, SMC_STORE_E_IO, "cannot read the pins", PINS_FILE);
    }
    const char *pattern = (const char *)patterns.text.data;
    for (size_t i = 0; i < patterns.n; i++, pattern += strlen(pattern) + 1) {
        visit(context, pattern);
    }
    smc_patterns_free(&patterns);
    return SMC_STORE_OK;
}
