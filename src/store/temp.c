/*
 * Temporary files. Who writes one has it locked, so whoever finds one that can be locked knows that its writer is
 * no more. Without locks its age says so.
 */
#include "src/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEMP_FOLDER "tmp"
#define TEMP_SUFFIX ".tmp"
#define TEMP_DIGITS 32
/* Once at the first put, and then so often. */
#define SWEEP_INTERVAL_S 600
#define TEMP_TRIES 100

static int make_name(char *name)
{
    uint8_t unique[TEMP_DIGITS / 2];

    if (getentropy(unique, sizeof unique) != 0) {
        return -1;
    }
    for (size_t i = 0; i < TEMP_DIGITS; i++) {
        name[i] = "0123456789abcdef"[unique[i / 2] >> (i % 2 * 4) & 15];
    }
    memcpy(name + TEMP_DIGITS, TEMP_SUFFIX, sizeof TEMP_SUFFIX);
    return 0;
}

static void sweep_now_and_then(struct smc_store *store)
{
    const int64_t now = smc_now_s();

    if (now - atomic_load(&store->swept) >= SWEEP_INTERVAL_S) {
        atomic_store(&store->swept, now);
        (void)smc_temps_sweep(store);
    }
}

/* Makes the file and locks it. Between the two somebody might take it for a dead one's: then it has no name any
 * more, and another is made; but not for ever. */
static int make_locked(const struct smc_store *store, struct smc_temp *temp)
{
    for (unsigned i = 0; i < TEMP_TRIES; i++) {
        struct stat st;
        if (make_name(temp->name) != 0) {
            return -1;
        }
        temp->fd = smc_open_at(temp->folder, temp->name, O_RDWR | O_CREAT | O_EXCL);
        if (temp->fd < 0 && errno == EEXIST) {
            continue;
        }
        if (temp->fd < 0 || !store->has_locks ||
            (smc_lock_try_file(temp->fd) != 0 && (fstat(temp->fd, &st) != 0 || st.st_nlink > 0))) {
            return temp->fd < 0 ? -1 : 0;
        }
        unlinkat(temp->folder, temp->name, 0);
        close(temp->fd);
    }
    errno = EAGAIN;
    return -1;
}

int smc_temp_open(struct smc_store *store, struct smc_temp *temp)
{
    sweep_now_and_then(store);
    *temp = (struct smc_temp){.fd = -1};
    temp->folder = smc_subfolder_open(store, TEMP_FOLDER, 1);
    if (temp->folder < 0) {
        return -1;
    }
    if (make_locked(store, temp) != 0) {
        int saved = errno;
        close(temp->folder);
        errno = saved;
        return -1;
    }
    return 0;
}

int smc_temp_rename(struct smc_temp *temp, int folder, const char *name)
{
    if (renameat(temp->folder, temp->name, folder, name) != 0) {
        return -1;
    }
    temp->name[0] = '\0';
    return 0;
}

void smc_temp_close(struct smc_temp *temp)
{
    if (temp->name[0] != '\0') {
        unlinkat(temp->folder, temp->name, 0);
    }
    if (temp->fd >= 0) {
        close(temp->fd);
    }
    close(temp->folder);
}

static int is_dead(const struct smc_store *store, int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    const int locked = store->has_locks ? smc_lock_try_shared(fd) : -1;
    return locked > 0 || (locked < 0 && st.st_mtime <= smc_now_s() - SMC_TEMP_AGE_S);
}

uint64_t smc_temps_sweep(struct smc_store *store)
{
    int folder = smc_subfolder_open(store, TEMP_FOLDER, 0);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *entry;
    uint64_t n = 0;

    if (entries == NULL) {
        if (folder >= 0) {
            close(folder);
        }
        return 0;
    }
    while ((entry = readdir(entries)) != NULL) {
        const size_t nbytes = strlen(entry->d_name);
        if (nbytes != TEMP_DIGITS + sizeof TEMP_SUFFIX - 1 ||
            strcmp(entry->d_name + TEMP_DIGITS, TEMP_SUFFIX) != 0) {
            continue;
        }
        int fd =
            smc_open_at(folder, entry->d_name, O_RDONLY); /* a pinned one is not to be written */
        if (fd >= 0) {
            n += is_dead(store, fd) && unlinkat(folder, entry->d_name, 0) == 0;
            close(fd);
        }
    }
    closedir(entries);
    return n;
}
