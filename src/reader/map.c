/*
 * Mapping files into memory, and the handle's life.
 */
#include "src/reader/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADVICE_FLAGS ((unsigned)(SMC_OPEN_NORMAL | SMC_OPEN_RANDOM | SMC_OPEN_SEQUENTIAL))

/*
 * Files from this size on are read at random if nobody says how. Measured: opening a cold file of 2.3, 4.1 or
 * 8.7 MB and looking up eight positions. With a readahead of 8 MiB it takes 2.6, 4.9 or 6.8 ms and reads nearly
 * all; at random 2.0, 3.0 or 3.2 ms and 0.2 MB. On a disk with a readahead of 128 KiB 1.7, 2.7 or 2.7 ms and
 * 1.5 MB; at random 2.6, 3.8 or 3.9 ms and 0.2 MB. So from here on it wins more where the readahead is long than
 * it loses where it is short, and always spares memory. For 64 lookups or more in a cold file it is slower.
 */
#define RANDOM_NBYTES_MIN (UINT64_C(4) << 20)

static smc_status check_flags(unsigned flags, struct smc_error *error)
{
    const unsigned advice = flags & ADVICE_FLAGS;

    if ((flags & ~(ADVICE_FLAGS | SMC_OPEN_POPULATE | SMC_OPEN_COPY)) != 0) {
        return smc_fail(error, SMC_E_UNSUPPORTED, "unknown flag of opening", 0);
    }
    if ((advice & (advice - 1)) != 0) {
        return smc_fail(error, SMC_E_UNSUPPORTED, "flags of opening that exclude each other", 0);
    }
    return SMC_OK;
}

/* Before anything is read: the first fault would read ahead. A mapping is new, so it is normal. */
static void advise(void *mapping, size_t nbytes, unsigned flags)
{
    if ((flags & SMC_OPEN_SEQUENTIAL) != 0) {
        (void)madvise(mapping, nbytes, MADV_SEQUENTIAL);
    } else if ((flags & SMC_OPEN_RANDOM) != 0 ||
               ((flags & ADVICE_FLAGS) == 0 && nbytes >= RANDOM_NBYTES_MIN)) {
        (void)madvise(mapping, nbytes, MADV_RANDOM);
    }
}

/* One of `mapping` and `copy`, or none, is what the cache unmaps. */
static smc_status open_bytes(const void *bytes, size_t nbytes, void *mapping, void *copy,
                             smc_cache **cache, struct smc_error *error)
{
    struct smc_cache *opened = malloc(sizeof *opened);
    if (opened == NULL) {
        return smc_fail(error, SMC_E_MEMORY, smc_status_text(SMC_E_MEMORY), 0);
    }
    smc_status status = smc_cache_parse(opened, bytes, nbytes, error);
    if (status != SMC_OK) {
        free(opened);
        return status;
    }
    opened->mapping = mapping;
    opened->copy = copy;
    *cache = opened;
    return SMC_OK;
}

static smc_status io_error(struct smc_error *error, const char *reason)
{
    return smc_fail(error, SMC_E_IO, reason, 0);
}

smc_status smc_open_memory(const void *bytes, size_t nbytes, unsigned flags, smc_cache **cache,
                           struct smc_error *error)
{
    smc_status status = check_flags(flags, error);

    *cache = NULL;
    return status != SMC_OK ? status : open_bytes(bytes, nbytes, NULL, NULL, cache, error);
}

static smc_status open_mapped(int fd, size_t nbytes, unsigned flags, smc_cache **cache,
                              struct smc_error *error)
{
    void *mapping = mmap(NULL, nbytes, PROT_READ, MAP_SHARED, fd, 0);

    if (mapping == MAP_FAILED) {
        return io_error(error, "cannot map the file");
    }
    advise(mapping, nbytes, flags);
    smc_status status = open_bytes(mapping, nbytes, mapping, NULL, cache, error);
    if (status != SMC_OK) {
        munmap(mapping, nbytes);
    } else if ((flags & SMC_OPEN_POPULATE) != 0) {
        smc_populate(*cache);
    }
    return status;
}

static smc_status open_copy(int fd, size_t nbytes, smc_cache **cache, struct smc_error *error)
{
    void *copy;
    smc_status status = smc_copy_fd(fd, nbytes, &copy, error);

    if (status != SMC_OK) {
        return status;
    }
    status = open_bytes(copy, nbytes, NULL, copy, cache, error);
    if (status != SMC_OK) {
        munmap(copy, nbytes);
    }
    return status;
}

/* The flags have been checked. */
static smc_status open_file(int fd, unsigned flags, smc_cache **cache, struct smc_error *error)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return io_error(error, "cannot stat the file");
    }
    if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return io_error(error, "not a regular file, so it cannot be mapped");
    }
    if (st.st_size == 0) { /* mmap refuses a length of 0 */
        return smc_fail(error, SMC_E_NOT_CACHE, "the file is empty", 0);
    }
    if ((uint64_t)st.st_size > PTRDIFF_MAX) { /* of pointers into more, differences overflow */
        return smc_fail(error, SMC_E_MEMORY, "the file does not fit the address space", 0);
    }
    return (flags & SMC_OPEN_COPY) != 0 ? open_copy(fd, (size_t)st.st_size, cache, error)
                                        : open_mapped(fd, (size_t)st.st_size, flags, cache, error);
}

smc_status smc_open_fd(int fd, unsigned flags, smc_cache **cache, struct smc_error *error)
{
    smc_status status = check_flags(flags, error);

    *cache = NULL;
    return status != SMC_OK ? status : open_file(fd, flags, cache, error);
}

smc_status smc_open_path(const char *path, unsigned flags, smc_cache **cache,
                         struct smc_error *error)
{
    smc_status status = check_flags(flags, error);

    *cache = NULL;
    if (status != SMC_OK) {
        return status;
    }
    /* O_NONBLOCK: opening a FIFO must fail, not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return io_error(error, "cannot open the file");
    }
    status = open_file(fd, flags, cache, error);
    int saved = errno;
    close(fd);
    errno = saved;
    return status;
}

void smc_close(smc_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    if (cache->mapping != NULL) {
        munmap(cache->mapping, (size_t)cache->nbytes);
    }
    if (cache->copy != NULL) {
        munmap(cache->copy, (size_t)cache->nbytes);
    }
    free(cache);
}
