/*
 * Takes the place of malloc, calloc, realloc, aligned_alloc and free in the program that includes this, and in the
 * shared libraries it uses (zlib): counts calls and what is alive, and lets the n-th call fail. For
 * one file of a program. Any thread may allocate; only one arms the hook.
 *
 * A program's own malloc goes before the C library's. What is behind it is called by the name that
 * glibc, or the address sanitizer, has for its own. With another C library HAS_MALLOC_HOOK is 0, and under valgrind, which
 * takes the place of both.
 */
#ifndef SMC_TESTS_UNIT_MALLOC_HOOK_H
#define SMC_TESTS_UNIT_MALLOC_HOOK_H

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REAL(name) __asm__("__interceptor_" name)
#endif
#endif
#if !defined(REAL) && defined(__SANITIZE_ADDRESS__)
#define REAL(name) __asm__("__interceptor_" name)
#endif
/* The address sanitizer ends the program if it has no memory for a thread that starts. */
#ifdef REAL
#define HOOK_MAY_FAIL_THREADS 0
#define HOOK_SEES_STRDUP                                                                           \
    0 /* which asks it for memory itself, and is not counted in n_live; but it finds leaks */
#else
#define HOOK_MAY_FAIL_THREADS 1
#define HOOK_SEES_STRDUP 1
#endif
#if !defined(REAL) && defined(__GLIBC__)
#define REAL(name) __asm__("__libc_" name)
#endif

static struct {
    _Atomic size_t n_calls; /* that ask for memory */
    _Atomic size_t fail_at; /* the number of the call that fails, from 1; 0: none */
    _Atomic int fails_on;   /* and of those after it, too */
    _Atomic size_t n_live;  /* since the program's start */
    _Atomic size_t largest; /* bytes that a call has asked for at once */
    /* Of what is taken and given back since hook_measure: bytes, and the most that there were at a time. */
    _Atomic int measures;
    _Atomic ptrdiff_t nbytes, peak;
} hook;

/* Measures from here on, to where hook.measures is made 0. */
__attribute__((unused)) static void hook_measure(void)
{
    hook.nbytes = 0;
    hook.peak = 0;
    hook.measures = 1;
}

#ifdef REAL
#define HAS_MALLOC_HOOK hook_is_there()

void *real_malloc(size_t nbytes) REAL("malloc");
void *real_calloc(size_t n, size_t nbytes) REAL("calloc");
void *real_realloc(void *pointer, size_t nbytes) REAL("realloc");
void *real_memalign(size_t alignment, size_t nbytes) REAL("memalign");
void real_free(void *pointer) REAL("free");

/* The address sanitizer looks at each atomic access, which it cannot yet when the first memory is asked for. */
#define HOOK_PLAIN __attribute__((no_sanitize_address))
#define HOOK_API __attribute__((visibility("default"))) HOOK_PLAIN
HOOK_API void *malloc(size_t nbytes);
HOOK_API void *calloc(size_t n, size_t nbytes);
HOOK_API void *realloc(void *pointer, size_t nbytes);
HOOK_API void *aligned_alloc(size_t alignment, size_t nbytes);
HOOK_API void free(void *pointer);

HOOK_PLAIN static int hook_fails(size_t nbytes)
{
    const size_t n = ++hook.n_calls;
    if (nbytes > hook.largest) {
        hook.largest = nbytes;
    }
    if (n == hook.fail_at || (hook.fails_on && hook.fail_at != 0 && n > hook.fail_at)) {
        errno = ENOMEM;
        return 1;
    }
    return 0;
}

/* With what the C library adds. 0 if it is not asked for: the address sanitizer cannot say before it has begun. */
HOOK_PLAIN static ptrdiff_t hook_size(void *pointer)
{
    return hook.measures && pointer != NULL ? (ptrdiff_t)malloc_usable_size(pointer) : 0;
}

HOOK_PLAIN static void *hook_took(void *pointer)
{
    const ptrdiff_t size = hook_size(pointer);
    const ptrdiff_t nbytes = atomic_fetch_add(&hook.nbytes, size) + size;

    if (nbytes >
        hook.peak) { /* another thread may have come first, and be forgotten: by a few bytes */
        hook.peak = nbytes;
    }
    return pointer;
}

void *malloc(size_t nbytes)
{
    void *pointer = hook_took(hook_fails(nbytes) ? NULL : real_malloc(nbytes));
    hook.n_live += pointer != NULL;
    return pointer;
}

void *calloc(size_t n, size_t nbytes)
{
    void *pointer = hook_took(hook_fails(n * nbytes) ? NULL : real_calloc(n, nbytes));
    hook.n_live += pointer != NULL;
    return pointer;
}

void *aligned_alloc(size_t alignment, size_t nbytes)
{
    void *pointer = hook_took(hook_fails(nbytes) ? NULL : real_memalign(alignment, nbytes));
    hook.n_live += pointer != NULL;
    return pointer;
}

/* Of one that grows, both are counted until it is done: no C library need have a way to move pages. */
void *realloc(void *old, size_t nbytes)
{
    const ptrdiff_t old_nbytes = hook_size(old);
    void *pointer = hook_took(hook_fails(nbytes) ? NULL : real_realloc(old, nbytes));
    hook.nbytes -= pointer != NULL ? old_nbytes : 0;
    hook.n_live += old == NULL && pointer != NULL;
    return pointer;
}

void free(void *pointer)
{
    hook.nbytes -= hook_size(pointer);
    hook.n_live -= pointer != NULL;
    real_free(pointer);
}

static inline int hook_is_there(void)
{
    const size_t n_before = hook.n_calls;
    void *volatile pointer = malloc(1);
    free(pointer);
    return hook.n_calls != n_before;
}

#else
#define HAS_MALLOC_HOOK 0
#endif

/* First in a test of cmocka's: what was made before is not given back where the test is skipped. */
#define NEEDS_MALLOC_HOOK()                                                                        \
    do {                                                                                           \
        if (!HAS_MALLOC_HOOK) {                                                                    \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

#endif
