/*
 * Files and folders of the store. No symbolic link is followed: a name leads to what is there, or to an error.
 */
#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int smc_open_at(int folder, const char *name, int flags)
{
    int fd;

    do { /* O_NONBLOCK: a FIFO must not make anybody wait */
        fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, SMC_MODE_FILE);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int smc_is_no_file(int error_number)
{
    return error_number == ELOOP || error_number == EISDIR || error_number == ESPIPE ||
           error_number == ENXIO;
}

ssize_t smc_read_start(int fd, void *bytes, size_t nbytes)
{
    size_t n_read = 0;

    while (n_read < nbytes) {
        ssize_t n = pread(fd, (uint8_t *)bytes + n_read, nbytes - n_read, (off_t)n_read);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -1 : (ssize_t)n_read;
        }
        n_read += (size_t)n;
    }
    return (ssize_t)n_read;
}

int smc_sync(int fd)
{
    int failed;

    do {
        failed = fsync(fd);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

int smc_subfolder_open(const struct smc_store *store, const char *name, int makes)
{
    int fd = smc_open_at(store->folder, name, O_RDONLY | O_DIRECTORY);

    if (fd >= 0 || errno != ENOENT || !makes) {
        return fd;
    }
    if (mkdirat(store->folder, name, 0700) != 0 && errno != EEXIST) {
        return -1;
    }
    return smc_open_at(store->folder, name, O_RDONLY | O_DIRECTORY);
}

void smc_file_name_make(const uint8_t id[SMC_ID_NBYTES], const char *suffix,
                        struct smc_file_name *name)
{
    static const char digits[] = "0123456789abcdef";
    char *to = name->path;

    for (size_t i = 0; i < SMC_ID_NBYTES; i++) {
        *to++ = digits[id[i] >> 4];
        *to++ = digits[id[i] & 15];
        if (i == 0) {
            memcpy(name->folder, name->path, 2);
            name->folder[2] = '\0';
            *to++ = '/';
        }
    }
    memcpy(to, suffix, strlen(suffix) + 1);
    name->file = name->path + 3;
}

int smc_file_open(const struct smc_store *store, const struct smc_file_name *name)
{
    int folder = smc_subfolder_open(store, name->folder, 0);

    if (folder < 0) {
        return -1;
    }
    int fd = smc_open_at(folder, name->file, O_RDONLY);
    int saved = errno;
    close(folder);
    errno = saved;
    return fd;
}

int smc_file_unlink(const struct smc_store *store, const struct smc_file_name *name)
{
    int folder = smc_subfolder_open(store, name->folder, 0);

    if (folder < 0) {
        return -1;
    }
    int failed = unlinkat(folder, name->file, 0);
    int saved = errno;
    close(folder);
    errno = saved;
    return failed;
}

void smc_use_note(int fd)
{
    const int64_t now = smc_now_s();
    struct stat st;

    /* A time to come is no use either: a clock was wrong. */
    if (fstat(fd, &st) == 0 &&
        (st.st_mtime <= now - SMC_NOTE_INTERVAL_S || st.st_mtime > now + SMC_NOTE_INTERVAL_S)) {
        (void)futimens(fd, NULL);
    }
}
