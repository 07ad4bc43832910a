/*
 * What reaches the kernel. Names are those of the linker (openat64, where files are of 64 bits).
 */
#include "tests/faults/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- descriptors ---- */

/* A mode of opening is there with O_CREAT alone. */
STANDS_IN(int, open64, (const char *path, int flags, ...))
int hook_open64(const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    return faults_judge("open64", (flags & O_CREAT) != 0 ? CHANGES : ASKS, FRAME) == FAILS
               ? -1
               : real_open64(path, flags, mode);
}

/* Somebody has taken a new file for one that is left over, and removed it. */
static int sweep(int folder, const char *path, int fd)
{
    (void)syscall(SYS_unlinkat, folder, path, 0);
    return fd;
}

/* IS_SHORT: the same of a file that must not have been there. */
STANDS_IN(int, openat64, (int folder, const char *path, int flags, ...))
int hook_openat64(int folder, const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    const unsigned mode = (flags & O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;
    va_end(rest);
    const enum verdict verdict = faults_judge((flags & O_EXCL) != 0 ? "new@openat64" : "openat64",
                                              (flags & O_CREAT) != 0 ? CHANGES : ASKS, FRAME);
    if (verdict == FAILS) {
        return -1;
    }
    const int fd = real_openat64(folder, path, flags, mode);
    return verdict == IS_SHORT ? sweep(folder, path, fd) : fd;
}

STANDS_IN(int, fcntl64, (int fd, int command, ...))
int hook_fcntl64(int fd, int command, ...)
{
    va_list rest;

    va_start(rest, command);
    void *argument = va_arg(rest, void *); /* as wide as any */
    va_end(rest);
    return faults_judge("fcntl64", ASKS, FRAME) == FAILS ? -1 : real_fcntl64(fd, command, argument);
}

/* IS_SHORT: it moves one byte. */
#define MOVING_CALL(type, name, label, parameters, arguments, kind)                                \
    STANDS_IN(type, name, parameters)                                                              \
    type hook_##name parameters                                                                    \
    {                                                                                              \
        const enum verdict verdict = faults_judge(label, kind, FRAME);                             \
        if (verdict == FAILS) {                                                                    \
            return -1;                                                                             \
        }                                                                                          \
        nbytes = verdict == IS_SHORT && nbytes > 0 ? 1 : nbytes;                                   \
        return real_##name arguments;                                                              \
    }

MOVING_CALL(ssize_t, read, "read", (int fd, void *to, size_t nbytes), (fd, to, nbytes), ASKS)
MOVING_CALL(ssize_t, pread64, "pread64", (int fd, void *to, size_t nbytes, off_t off),
            (fd, to, nbytes, off), ASKS)
MOVING_CALL(ssize_t, write, fd == STDERR_FILENO ? "stderr@write" : "write",
            (int fd, const void *from, size_t nbytes), (fd, from, nbytes),
            fd == STDERR_FILENO ? TELLS : CHANGES)
MOVING_CALL(ssize_t, pwrite64, "pwrite64", (int fd, const void *from, size_t nbytes, off_t off),
            (fd, from, nbytes, off), CHANGES)
CLOSING_CALL(close, (int fd), (fd))
CALL(int, dup, (int fd), (fd), -1, ASKS)
CALL(int, dup2, (int fd, int to), (fd, to), -1, ASKS)
CALL(off_t, lseek64, (int fd, off_t off, int whence), (fd, off, whence), -1, ASKS)
CALL(int, fsync, (int fd), (fd), -1, CHANGES)
CALL(int, flock, (int fd, int operation), (fd, operation), -1, ASKS)
CALL(int, fstat64, (int fd, void *st), (fd, st), -1, ASKS)
CALL(int, fstatfs64, (int fd, void *st), (fd, st), -1, ASKS)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, CHANGES)
CALL(int, futimens, (int fd, const void *times), (fd, times), -1, CHANGES)
CALL(int, poll, (void *fds, unsigned long n, int milliseconds), (fds, n, milliseconds), -1, ASKS)

/* ---- names ---- */

CALL(int, access, (const char *path, int mode), (path, mode), -1, ASKS)
CALL(int, stat64, (const char *path, void *st), (path, st), -1, ASKS)
CALL(int, lstat64, (const char *path, void *st), (path, st), -1, ASKS)
CALL(int, fstatat64, (int folder, const char *name, void *st, int flags), (folder, name, st, flags),
     -1, ASKS)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, CHANGES)
CALL(int, mkdirat, (int folder, const char *name, mode_t mode), (folder, name, mode), -1, CHANGES)
CALL(int, unlink, (const char *path), (path), -1, CHANGES)
CALL(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags), -1, CHANGES)
CALL(int, rename, (const char *from, const char *to), (from, to), -1, CHANGES)
CALL(int, renameat, (int folder, const char *name, int to_folder, const char *to),
     (folder, name, to_folder, to), -1, CHANGES)
CALL(int, linkat, (int folder, const char *name, int to_folder, const char *to, int flags),
     (folder, name, to_folder, to, flags), -1, CHANGES)
OWNING_CALL(char *, realpath, (const char *path, char *resolved), (path, resolved), NULL, ASKS)
CALL(char *, getcwd, (char *to, size_t nbytes), (to, nbytes), NULL, ASKS)

STANDS_IN(int, mkstemp64, (char *path))
int hook_mkstemp64(char *path)
{
    const enum verdict verdict = faults_judge("mkstemp64", CHANGES, FRAME);

    if (verdict == FAILS) {
        return -1;
    }
    const int fd = real_mkstemp64(path);
    return verdict == IS_SHORT ? sweep(AT_FDCWD, path, fd) : fd;
}

/* ---- folders ---- */

OWNING_CALL(void *, opendir, (const char *path), (path), NULL, ASKS)
OWNING_CALL(void *, fdopendir, (int fd), (fd), NULL, ASKS)
CALL(void *, readdir64, (void *folder), (folder), NULL, ASKS)
CLOSING_CALL(closedir, (void *folder), (folder))
/* ---- the system ---- */

CALL(int, mincore, (void *start, size_t nbytes, unsigned char *pages), (start, nbytes, pages), -1,
     ASKS)
CALL(int, madvise, (void *start, size_t nbytes, int advice), (start, nbytes, advice), -1, ASKS)
CALL(int, getentropy, (void *to, size_t nbytes), (to, nbytes), -1, ASKS)
CALL(int, nanosleep, (const void *wanted, void *rest), (wanted, rest), -1, ASKS)
CALL(int, pthread_create,
     (void *thread, const void *attributes, void *(*start)(void *), void *context),
     (thread, attributes, start, context), EAGAIN, ALLOCATES)

/* The size of a page is known to the process. */
STANDS_IN(long, sysconf, (int name))
long hook_sysconf(int name)
{
    return name != _SC_PAGESIZE && faults_judge("sysconf", ASKS, FRAME) == FAILS
               ? -1
               : real_sysconf(name);
}

/* ---- other ends than by exit ---- */

STANDS_IN(void, _exit, (int code))
void hook__exit(int code)
{
    faults_end();
    real__exit(code);
}

STANDS_IN(int, raise, (int signal_number))
int hook_raise(int signal_number)
{
    faults_end();
    return real_raise(signal_number);
}
