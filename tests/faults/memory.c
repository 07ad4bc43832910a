/*
 * Memory. What is behind it is called by the names that glibc has for its own.
 */
#include "tests/faults/faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Of zlib.h. */
#define ZLIB_E_MEMORY (-4)

#define API __attribute__((visibility("default")))

void *real_malloc(size_t nbytes) __asm__("__libc_malloc");
void *real_calloc(size_t n, size_t nbytes) __asm__("__libc_calloc");
void *real_realloc(void *pointer, size_t nbytes) __asm__("__libc_realloc");
void *real_memalign(size_t alignment, size_t nbytes) __asm__("__libc_memalign");
void real_free(void *pointer) __asm__("__libc_free");

API void *malloc(size_t nbytes);
API void *calloc(size_t n, size_t nbytes);
API void *realloc(void *old, size_t nbytes);
API void *aligned_alloc(size_t alignment, size_t nbytes);
API int posix_memalign(void **pointer, size_t alignment, size_t nbytes);
API char *strdup(const char *string);
API char *strndup(const char *string, size_t nbytes);
API void free(void *pointer);

void *malloc(size_t nbytes)
{
    if (faults_judge_memory("malloc", FRAME) == FAILS) {
        return NULL;
    }
    void *pointer = real_malloc(nbytes);
    faults_note(pointer, nbytes);
    return pointer;
}

void *calloc(size_t n, size_t nbytes)
{
    if (faults_judge_memory("calloc", FRAME) == FAILS) {
        return NULL;
    }
    void *pointer = real_calloc(n, nbytes);
    faults_note(pointer, n * nbytes);
    return pointer;
}

void *realloc(void *old, size_t nbytes)
{
    if (faults_judge_memory("realloc", FRAME) == FAILS) {
        return NULL;
    }
    faults_forget(old);
    void *pointer = real_realloc(old, nbytes);
    faults_note(pointer, nbytes);
    return pointer;
}

void *aligned_alloc(size_t alignment, size_t nbytes)
{
    if (faults_judge_memory("aligned_alloc", FRAME) == FAILS) {
        return NULL;
    }
    void *pointer = real_memalign(alignment, nbytes);
    faults_note(pointer, nbytes);
    return pointer;
}

int posix_memalign(void **pointer, size_t alignment, size_t nbytes)
{
    if (faults_judge_memory("posix_memalign", FRAME) == FAILS) {
        return ENOMEM;
    }
    *pointer = real_memalign(alignment, nbytes);
    faults_note(*pointer, nbytes);
    return *pointer == NULL ? ENOMEM : 0;
}

static char *copy(const char *string, size_t nbytes)
{
    char *pointer = real_malloc(nbytes + 1);

    if (pointer != NULL) {
        memcpy(pointer, string, nbytes);
        pointer[nbytes] = '\0';
    }
    faults_note(pointer, nbytes + 1);
    return pointer;
}

char *strdup(const char *string)
{
    return faults_judge_memory("strdup", FRAME) == FAILS ? NULL : copy(string, strlen(string));
}

char *strndup(const char *string, size_t nbytes)
{
    return faults_judge_memory("strndup", FRAME) == FAILS ? NULL
                                                          : copy(string, strnlen(string, nbytes));
}

void free(void *pointer)
{
    const int error_number = errno;

    faults_forget(pointer);
    real_free(pointer);
    errno = error_number;
}

/* ---- mappings ---- */

STANDS_IN(void *, mmap64,
          (void *at, size_t nbytes, int protection, int flags, int fd, long long off))
void *hook_mmap64(void *at, size_t nbytes, int protection, int flags, int fd, long long off)
{
    if (faults_judge("mmap64", ALLOCATES, FRAME) == FAILS) {
        return MAP_FAILED;
    }
    void *pointer = real_mmap64(at, nbytes, protection, flags, fd, off);
    faults_note(pointer == MAP_FAILED ? NULL : pointer, nbytes);
    return pointer;
}

STANDS_IN(int, munmap, (void *pointer, size_t nbytes))
int hook_munmap(void *pointer, size_t nbytes)
{
    faults_forget(pointer);
    return real_munmap(pointer, nbytes); /* of what has been mapped whole it does not fail */
}

/* ---- other libraries, which ask for it themselves ---- */

OWNING_CALL(void *, libdeflate_alloc_compressor, (int level), (level), NULL, ALLOCATES)
OWNING_CALL(int, inflateInit2_, (void *stream, int bits, const char *version, int nbytes),
            (stream, bits, version, nbytes), ZLIB_E_MEMORY, ALLOCATES)
OWNING_CALL(int, inflate, (void *stream, int flush), (stream, flush), ZLIB_E_MEMORY, ALLOCATES)
OWNING_CALL(void *, tsearch,
            (const void *key, void **root, int (*compare)(const void *, const void *)),
            (key, root, compare), NULL, ALLOCATES)
/* What it keeps is the C library's. */
CALL(int, fnmatch, (const char *pattern, const char *text, int flags), (pattern, text, flags), -1,
     ALLOCATES)
CALL(char *, setlocale, (int category, const char *name), (category, name), NULL, ALLOCATES)

static void swap(char *a, char *b, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        const char kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* Without memory it sorts as well, but leaves what is equal in any order: here, as if it had come from behind. */
STANDS_IN(void, qsort,
          (void *list, size_t n, size_t nbytes, int (*compare)(const void *, const void *)))
void hook_qsort(void *list, size_t n, size_t nbytes, int (*compare)(const void *, const void *))
{
    if (faults_judge("qsort", ALLOCATES, FRAME) == FAILS) {
        for (size_t i = 0; i < n / 2; i++) {
            swap((char *)list + i * nbytes, (char *)list + (n - 1 - i) * nbytes, nbytes);
        }
    }
    real_qsort(list, n, nbytes, compare);
}
