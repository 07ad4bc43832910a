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

static smc_status open_bytes(const void *bytes, size_t nbytes, void *mapping, smc_cache **cache,
                             struct smc_error *error)
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
    *cache = opened;
    return SMC_OK;
}

static smc_status io_error(struct smc_error *error, const char *reason)
{
    return smc_fail(error, SMC_E_IO, reason, 0);
}

smc_status smc_open_memory(const void *bytes, size_t nbytes, smc_cache **cache,
                           struct smc_error *error)
{
    *cache = NULL;
    return open_bytes(bytes, nbytes, NULL, cache, error);
}

smc_status smc_open_fd(int fd, smc_cache **cache, struct smc_error *error)
{
    struct stat st;

    *cache = NULL;
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
    if ((uint64_t)st.st_size > SIZE_MAX) {
        return smc_fail(error, SMC_E_MEMORY, "the file does not fit the address space", 0);
    }
    size_t nbytes = (size_t)st.st_size;
    void *mapping = mmap(NULL, nbytes, PROT_READ, MAP_SHARED, fd, 0);
    if (mapping == MAP_FAILED) {
        return io_error(error, "cannot map the file");
    }
    smc_status status = open_bytes(mapping, nbytes, mapping, cache, error);
    if (status != SMC_OK) {
        munmap(mapping, nbytes);
    }
    return status;
}

smc_status smc_open_path(const char *path, smc_cache **cache, struct smc_error *error)
{
    /* O_NONBLOCK: opening a FIFO must fail, not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    *cache = NULL;
    if (fd < 0) {
        return io_error(error, "cannot open the file");
    }
    smc_status status = smc_open_fd(fd, cache, error);
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
    free(cache);
}
