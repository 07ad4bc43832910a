/*
 * What is in a folder.
 */
#include "src/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ID_DIGITS (2 * SMC_ID_NBYTES)

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The identifier and the kind that a name says; 0, or -1: it is none of ours. */
static int parse_name(unsigned folder, const char *name, struct smc_entry *entry)
{
    const size_t nbytes = strlen(name), n_digits = ID_DIGITS - 2;

    if (nbytes <= n_digits) {
        return -1;
    }
    entry->id[0] = (uint8_t)folder;
    for (size_t i = 0; i < n_digits; i += 2) {
        const int high = digit_of(name[i]), low = digit_of(name[i + 1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        entry->id[1 + i / 2] = (uint8_t)(high << 4 | low);
    }
    entry->is_key = strcmp(name + n_digits, SMC_SUFFIX_KEY) == 0;
    return entry->is_key || strcmp(name + n_digits, SMC_SUFFIX_FILE) == 0 ? 0 : -1;
}

static int add_entry(struct smc_entries *entries, const struct smc_entry *entry)
{
    if (entries->n == entries->capacity) {
        const size_t capacity = entries->capacity < 64 ? 64 : entries->capacity * 2;
        struct smc_entry *list = realloc(entries->list, capacity * sizeof *list);
        if (list == NULL) {
            return -1;
        }
        entries->list = list;
        entries->capacity = capacity;
    }
    entries->list[entries->n++] = *entry;
    return 0;
}

static int scan(DIR *dir, unsigned folder, struct smc_entries *entries)
{
    const int64_t now = smc_now_s();
    struct dirent *found;

    while (errno = 0, (found = readdir(dir)) != NULL) {
        struct smc_entry entry = {0};
        struct stat st;
        if (parse_name(folder, found->d_name, &entry) != 0) {
            continue;
        }
        if (fstatat(dirfd(dir), found->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) {
                continue; /* it has just been removed */
            }
            return -1;
        }
        if (S_ISDIR(st.st_mode)) {
            continue; /* not ours, and not to be unlinked: it must not stop a gc or a put for ever */
        }
        entry.used = st.st_mtime < now ? st.st_mtime : now; /* the clock may have been set back */
        entry.file_nbytes = st.st_size > 0 ? (uint64_t)st.st_size : 0;
        entry.nbytes = smc_charge(entry.file_nbytes);
        entry.is_pinned = (uint8_t)smc_is_pinned(st.st_mode);
        if (add_entry(entries, &entry) != 0) {
            return -1;
        }
    }
    return errno == 0 ? 0 : -1;
}

int smc_folder_scan(const struct smc_store *store, unsigned folder, struct smc_entries *entries)
{
    const char name[] = {"0123456789abcdef"[folder >> 4], "0123456789abcdef"[folder & 15], '\0'};
    int fd = smc_subfolder_open(store, name, 0);

    if (fd < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    int failed = scan(dir, folder, entries);
    int saved = errno;
    closedir(dir);
    errno = saved;
    return failed;
}

static int compare_by_use(const void *a, const void *b)
{
    const struct smc_entry *x = a, *y = b;

    if (x->used != y->used) {
        return x->used < y->used ? -1 : 1;
    }
    return memcmp(x->id, y->id, sizeof x->id); /* the same order in every run */
}

void smc_entries_sort_by_use(struct smc_entry *list, size_t n)
{
    if (n > 0) {
        qsort(list, n, sizeof *list, compare_by_use);
    }
}

void smc_entry_name(const struct smc_entry *entry, struct smc_file_name *name)
{
    smc_file_name_make(entry->id, entry->is_key ? SMC_SUFFIX_KEY : SMC_SUFFIX_FILE, name);
}

int smc_entry_unlink(const struct smc_store *store, const struct smc_entry *entry)
{
    struct smc_file_name name;

    smc_entry_name(entry, &name);
    return smc_file_unlink(store, &name) == 0 || errno == ENOENT ? 0 : -1;
}
