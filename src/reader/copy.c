/*
 * A file read into memory of its own, for those who cannot trust its folder: nobody can take that away, nor change
 * it after it was checked.
 */
#include "src/reader/container.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* 0; 1: the file ends before; -1 with errno. */
static int read_range(int fd, uint8_t *to, size_t nbytes, uint64_t off)
{
    while (nbytes > 0) {
        const ssize_t n = pread(fd, to, nbytes, (off_t)off);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? 1 : -1;
        }
        to += n;
        off += (uint64_t)n;
        nbytes -= (size_t)n;
    }
    return 0;
}

static smc_status check_read(int result, struct smc_error *error)
{
    if (result < 0) {
        return smc_fail(error, SMC_E_IO, "cannot read the file", 0);
    }
    return result == 0 ? SMC_OK
                       : smc_fail(error, SMC_E_TRUNCATED, "the file was cut while it was read", 0);
}

/* Memory is asked for once the header says that the file is one of ours and as long as it is: a sparse file of
 * terabytes costs nothing. */
smc_status smc_copy_fd(int fd, size_t nbytes, void **copy, struct smc_error *error)
{
    uint8_t header[sizeof(struct smcf_header)] = {0};
    const size_t header_nbytes = nbytes < sizeof header ? nbytes : sizeof header;
    smc_status status = check_read(read_range(fd, header, header_nbytes, 0), error);

    if (status != SMC_OK || (status = smc_header_check(header, nbytes, error)) != SMC_OK) {
        return status;
    }
    void *memory = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return smc_fail(error, SMC_E_MEMORY, smc_status_text(SMC_E_MEMORY), 0);
    }
    status = check_read(read_range(fd, memory, nbytes, 0), error);
    if (status != SMC_OK) {
        const int saved = errno;
        munmap(memory, nbytes);
        errno = saved;
        return status;
    }
    *copy = memory;
    return SMC_OK;
}
