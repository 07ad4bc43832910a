/*
 * Advisory locks of open file descriptions (Linux): unlike those of POSIX they hold between threads too, and end when
 * the file is closed, so also when a process dies. Where the system has no such locks, the store does without.
 */
#define _GNU_SOURCE /* NOLINT: F_OFD_SETLK */

#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/statfs.h>
#endif

#if defined(F_OFD_SETLK)
static int try_lock(int fd, short type, off_t start, off_t nbytes)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = nbytes};
    int failed;

    do {
        failed = fcntl(fd, F_OFD_SETLK, &lock);
    } while (failed != 0 && errno == EINTR);
    /* EACCES is not somebody else's lock on Linux, but a security module that allows none. */
    return failed == 0 ? 1 : errno == EAGAIN ? 0 : -1;
}

static void unlock(int fd)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    (void)fcntl(fd, F_OFD_SETLK, &lock);
}
#else
static int try_lock(int fd, short type, off_t start, off_t nbytes)
{
    (void)fd, (void)type, (void)start, (void)nbytes;
    return -1;
}

static void unlock(int fd)
{
    (void)fd;
}
#endif

/* File systems of this machine alone. On others locks may be missing, slow, or this machine's alone, too. */
int smc_folder_has_locks(int folder)
{
#if defined(__linux__) && defined(F_OFD_SETLK)
    static const unsigned long network[] = {
        0x6969,     /* NFS */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x517b,     /* SMB */
        0x65735546, /* FUSE: sshfs, s3fs, and others that are no network */
        0x01021997, /* 9P */
        0x00c36400, /* Ceph */
        0x5346414f, /* AFS */
        0x0bd00bd0, /* Lustre */
        0x47504653  /* GPFS */
    };
    struct statfs st;

    if (fstatfs(folder, &st) != 0) {
        return 0;
    }
    for (size_t i = 0; i < sizeof network / sizeof network[0]; i++) {
        if (((unsigned long)st.f_type & 0xffffffff) == network[i]) {
            return 0;
        }
    }
    return 1;
#else
    (void)folder;
    return 0;
#endif
}

int smc_lock_open(const struct smc_store *store)
{
    return store->has_locks ? smc_open_at(store->folder, "locks", O_RDWR | O_CREAT) : -1;
}

/* Keys have the lower half of the offsets, folders the first ones of the upper half. */
#define FOLDER_LOCKS ((off_t)1 << 62)

int smc_lock_try_key(int fd, const uint8_t id[SMC_ID_NBYTES])
{
    uint64_t number;

    memcpy(&number, id, sizeof number);
    return fd < 0 ? -1 : try_lock(fd, F_WRLCK, (off_t)(number % (uint64_t)FOLDER_LOCKS), 1);
}

int smc_lock_try_folder(int fd, unsigned folder)
{
    return fd < 0 ? -1 : try_lock(fd, F_WRLCK, FOLDER_LOCKS + (off_t)folder, 1);
}

int smc_lock_try_file(int fd)
{
    return try_lock(fd, F_WRLCK, 0, 0);
}

int smc_lock_try_shared(int fd)
{
    return try_lock(fd, F_RDLCK, 0, 0);
}

void smc_lock_close(int fd)
{
    const int saved = errno;

    if (fd >= 0) {
        unlock(fd);
        close(fd);
    }
    errno = saved;
}

void smc_sleep_ms(unsigned ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&time, &time) != 0 &&
           errno == EINTR) { /* a profiler's signals must not cut it short */
    }
}
