/*
 * Takes the place of the functions of the C library by which the store reaches the kernel, in the program that
 * includes this: the n-th call fails, or all from the n-th on, or the n-th moves one byte only, or something else
 * happens before it. For one file of a program. A call that succeeds leaves nonsense in errno, as it may: who reads errno too late, reads that.
 *
 * tests/layers.py looks into the objects of the store: a function that they call and that is neither here nor known not
 * to fail is a failure. So the names here are those of the linker (openat64, where files are of 64 bits).
 *
 * To be included first: with _FORTIFY_SOURCE the C library defines some of these itself, inline.
 */
#ifndef SMC_TESTS_UNIT_CALL_HOOK_H
#define SMC_TESTS_UNIT_CALL_HOOK_H

#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>

#include <dlfcn.h>

#ifndef RTLD_NEXT
#define RTLD_NEXT ((void *)-1L) /* of _GNU_SOURCE alone; the same in glibc and musl */
#endif

enum calls_mode {
    CALLS_WORK,
    CALL_FAILS,        /* the n-th */
    CALLS_FAIL,        /* from the n-th on */
    CALL_IS_SHORT,     /* the n-th of those that move bytes moves one */
    CALLS_ARE_SHORT,   /* all of those from the n-th on move half */
    CHANGES_FAIL,      /* all that would change something, from the n-th of these on */
    FUNCTION_FAILS_ON, /* all calls of the function `name` */
    CALL_IS_LATE       /* the n-th of that function: `meanwhile` comes before it */
};

/* What a call is, for the last but one. */
#define CHANGES 1

#define NONSENSE_ERRNO 7777

static struct {
    enum calls_mode mode;
    size_t at; /* from 1 */
    int error_number;
    const char *name;
    void (*meanwhile)(void *context);
    void *context;
    /* What came of it: */
    size_t n;           /* calls, of those that the mode counts */
    size_t n_failed;    /* or were short */
    const char *failed; /* the name of the first of these */
} calls;

static int calls_hit(const char *name, int is_one, int counts)
{
    if (!counts) {
        return 0;
    }
    calls.n++;
    const int is_hit = is_one ? calls.n == calls.at : calls.n >= calls.at;
    if (is_hit && calls.n_failed++ == 0) {
        calls.failed = name;
    }
    return is_hit;
}

/* Whether the call is to fail; errno says with what. */
static int call_fails(const char *name, int kinds)
{
    int is_hit = 0;

    if (calls.mode == CALL_FAILS || calls.mode == CALLS_FAIL) {
        is_hit = calls_hit(name, calls.mode == CALL_FAILS, 1);
    } else if (calls.mode == CHANGES_FAIL) {
        is_hit = calls_hit(name, 0, (kinds & CHANGES) != 0);
    } else if (calls.mode == FUNCTION_FAILS_ON) {
        is_hit = calls_hit(name, 0, strcmp(name, calls.name) == 0);
    }
    if (is_hit) {
        errno = calls.error_number;
    }
    return is_hit;
}

static void call_begins(const char *name)
{
    if (calls.mode == CALL_IS_LATE && calls_hit(name, 1, strcmp(name, calls.name) == 0)) {
        calls.mode = CALLS_WORK;
        calls.meanwhile(calls.context);
        calls.mode = CALL_IS_LATE;
    }
}

static size_t call_nbytes(const char *name, size_t nbytes)
{
    if (calls.mode == CALL_IS_SHORT && calls_hit(name, 1, nbytes > 1)) {
        return 1;
    }
    return calls.mode == CALLS_ARE_SHORT && calls_hit(name, 0, nbytes > 1) ? nbytes / 2 : nbytes;
}

static void call_is_done(void)
{
    if (calls.mode != CALLS_WORK && calls.mode != CALL_IS_LATE) {
        errno = NONSENSE_ERRNO;
    }
}

static void find_real(const char *name, void *function, size_t nbytes)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL) {
        (void)fprintf(stderr, "there is no %s\n", name);
        abort();
    }
    memcpy(function, &found, nbytes);
}

/* Types and lists of parameters cannot be in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */

/* Declares what takes the place of a function, and defines the pointer to that. */
#define STANDS_IN_AS(type, name, symbol, parameters)                                               \
    __attribute__((visibility("default"))) type hook_##name parameters __asm__(symbol);            \
    static type(*real_##name) parameters;                                                          \
    __attribute__((constructor)) static void find_##name(void)                                     \
    {                                                                                              \
        find_real(symbol, &real_##name, sizeof real_##name);                                       \
    }

/* Of a function that deals with times: where these have 64 bits and `long` has 32, it is `twin` that is called. */
#if defined(__USE_TIME_BITS64)
#define STANDS_IN_TIMED(type, name, twin, parameters) STANDS_IN_AS(type, name, #twin, parameters)
#else
#define STANDS_IN_TIMED(type, name, twin, parameters) STANDS_IN(type, name, parameters)
#endif
#define STANDS_IN(type, name, parameters) STANDS_IN_AS(type, name, #name, parameters)

#define CALL(type, name, parameters, arguments, failure, kinds)                                    \
    STANDS_IN(type, name, parameters)                                                              \
    CALL_BODY(type, name, parameters, arguments, failure, kinds)
#define TIMED_CALL(type, name, twin, parameters, arguments, failure, kinds)                        \
    STANDS_IN_TIMED(type, name, twin, parameters)                                                  \
    CALL_BODY(type, name, parameters, arguments, failure, kinds)

#define CALL_BODY(type, name, parameters, arguments, failure, kinds)                               \
    type hook_##name parameters                                                                    \
    {                                                                                              \
        call_begins(#name);                                                                        \
        if (call_fails(#name, kinds)) {                                                            \
            return failure;                                                                        \
        }                                                                                          \
        type result = real_##name arguments;                                                       \
        if (result != (failure)) {                                                                 \
            call_is_done();                                                                        \
        }                                                                                          \
        return result;                                                                             \
    }

/* These close even if they fail: that is how Linux has it. */
#define CLOSING_CALL(name, parameters, arguments)                                                  \
    STANDS_IN(int, name, parameters)                                                               \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        call_begins(#name);                                                                        \
        int result = real_##name arguments;                                                        \
        call_is_done();                                                                            \
        return call_fails(#name, 0) ? -1 : result;                                                 \
    }

/* A mode of opening is there with O_CREAT alone. */
#define OPENING_CALL(name, parameters, first, flags)                                               \
    STANDS_IN(int, name, parameters)                                                               \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        const unsigned mode = ((flags)&O_CREAT) != 0 ? va_arg(rest, unsigned) : 0;                 \
        va_end(rest);                                                                              \
        if (call_fails(#name, ((flags) & (O_CREAT | O_WRONLY | O_RDWR)) != 0 ? CHANGES : 0)) {     \
            return -1;                                                                             \
        }                                                                                          \
        int result = real_##name first;                                                            \
        if (result >= 0) {                                                                         \
            call_is_done();                                                                        \
        }                                                                                          \
        return result;                                                                             \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

OPENING_CALL(open64, (const char *path, int flags, ...), (path, flags, mode), flags)
OPENING_CALL(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode),
             flags)
CLOSING_CALL(close, (int fd), (fd))
CLOSING_CALL(closedir, (void *folder), (folder))
CALL(ssize_t, read, (int fd, void *to, size_t nbytes), (fd, to, call_nbytes("read", nbytes)), -1, 0)
CALL(ssize_t, pread64, (int fd, void *to, size_t nbytes, off_t off),
     (fd, to, call_nbytes("pread64", nbytes), off), -1, 0)
CALL(ssize_t, write, (int fd, const void *from, size_t nbytes),
     (fd, from, call_nbytes("write", nbytes)), -1, CHANGES)
CALL(ssize_t, pwrite64, (int fd, const void *from, size_t nbytes, off_t off),
     (fd, from, call_nbytes("pwrite64", nbytes), off), -1, CHANGES)
CALL(off_t, lseek64, (int fd, off_t off, int whence), (fd, off, whence), -1, 0)
CALL(int, fsync, (int fd), (fd), -1, CHANGES)
TIMED_CALL(int, fstat64, __fstat64_time64, (int fd, void *st), (fd, st), -1, 0)
TIMED_CALL(int, fstatat64, __fstatat64_time64, (int folder, const char *name, void *st, int flags),
           (folder, name, st, flags), -1, 0)
CALL(int, fstatfs64, (int fd, void *st), (fd, st), -1, 0)
CALL(int, access, (const char *path, int mode), (path, mode), -1, 0)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), -1, CHANGES)
TIMED_CALL(int, futimens, __futimens64, (int fd, const void *times), (fd, times), -1, CHANGES)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, CHANGES)
CALL(int, mkdirat, (int folder, const char *name, mode_t mode), (folder, name, mode), -1, CHANGES)
CALL(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags), -1, CHANGES)
CALL(int, renameat, (int folder, const char *name, int to_folder, const char *to),
     (folder, name, to_folder, to), -1, CHANGES)
CALL(int, linkat, (int folder, const char *name, int to_folder, const char *to, int flags),
     (folder, name, to_folder, to, flags), -1, CHANGES)
CALL(int, dup2, (int fd, int to), (fd, to), -1, 0)
CALL(void *, fdopendir, (int fd), (fd), NULL, 0)
CALL(void *, readdir64, (void *folder), (folder), NULL, 0)
CALL(int, getentropy, (void *to, size_t nbytes), (to, nbytes), -1, 0)
TIMED_CALL(int, nanosleep, __nanosleep64, (const void *wanted, void *rest), (wanted, rest), -1, 0)
CALL(void *, mmap64, (void *start, size_t nbytes, int protection, int flags, int fd, off_t off),
     (start, nbytes, protection, flags, fd, off), MAP_FAILED, 0)
CALL(int, madvise, (void *start, size_t nbytes, int advice), (start, nbytes, advice), -1, 0)

STANDS_IN_TIMED(int, fcntl64, __fcntl_time64, (int fd, int command, ...))
int hook_fcntl64(int fd, int command, ...)
{
    va_list rest;

    va_start(rest, command);
    void *argument = va_arg(rest, void *); /* as wide as any */
    va_end(rest);
    if (call_fails("fcntl64", 0)) {
        return -1;
    }
    int result = real_fcntl64(fd, command, argument);
    if (result != -1) {
        call_is_done();
    }
    return result;
}

#endif
