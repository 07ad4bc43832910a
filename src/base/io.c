#include "src/base/io.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_NBYTES ((size_t)1 << 20)
#define HUGE_NBYTES ((size_t)2 << 20)

/*
 * Room for a whole file. To get 30 MB in pages of 4 KiB from the kernel takes several times as long as
 * to read them, so large files go into huge pages where there are any. The last one is a huge one too if half of
 * it is used. All else is as if there were none.
 */
static void reserve(struct smc_buf *buf, size_t nbytes)
{
#if defined(MADV_HUGEPAGE)
    const size_t rounded = (nbytes + HUGE_NBYTES / 2) / HUGE_NBYTES * HUGE_NBYTES;
    void *data = NULL;

    if (buf->data == NULL && rounded > HUGE_NBYTES &&
        posix_memalign(&data, HUGE_NBYTES, nbytes > rounded ? nbytes : rounded) == 0) {
        (void)madvise(data, rounded, MADV_HUGEPAGE);
        buf->data = data;
        buf->capacity = nbytes;
        return;
    }
#endif
    smc_buf_reserve(buf, nbytes);
}

int smc_read_all(int fd, size_t max_nbytes, struct smc_buf *buf)
{
    struct stat st;

    /* A regular file's size is known, and one byte more finds its end without growing again. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0 &&
        (uint64_t)st.st_size < max_nbytes) {
        reserve(buf, (size_t)st.st_size + 1);
    }
    for (;;) {
        size_t room = buf->capacity - buf->nbytes;
        if (room == 0) {
            room = READ_NBYTES;
        }
        uint8_t *to = smc_buf_reserve(buf, room);
        if (to == NULL) {
            errno = ENOMEM;
            return -1;
        }
        ssize_t n = read(fd, to, room < READ_NBYTES ? room : READ_NBYTES);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n == 0 ? 0 : -1;
        }
        buf->nbytes += (size_t)n;
        if (buf->nbytes > max_nbytes) {
            errno = EFBIG;
            return -1;
        }
    }
}

int smc_write_all(int fd, const void *bytes, size_t nbytes)
{
    const uint8_t *p = bytes;

    while (nbytes > 0) {
        ssize_t n = write(fd, p, nbytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        p += n;
        nbytes -= (size_t)n;
    }
    return 0;
}
