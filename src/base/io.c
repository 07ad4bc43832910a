#include "src/base/io.h"

#include <errno.h>
#include <pthread.h>
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

/* ---- a large file, by two threads ---- */

/* Each reads so much at least. */
#define HALF_NBYTES_MIN (2 * HUGE_NBYTES)

struct half {
    int fd;
    uint8_t *to;
    off_t off;
    size_t nbytes;
    size_t n_read; /* less at the end of the file, or where reading fails */
};

static void *read_half(void *context)
{
    struct half *half = context;

    while (half->n_read < half->nbytes) {
        const size_t rest = half->nbytes - half->n_read;
        ssize_t n = pread(half->fd, half->to + half->n_read,
                          rest < READ_NBYTES ? rest : READ_NBYTES, half->off + (off_t)half->n_read);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        half->n_read += n > 0 ? (size_t)n : 0;
    }
    return NULL;
}

/* Reads up to nbytes from `off` on, where the file is at; there is room for them. Whatever is missing then, and what is
 * wrong, is found by whoever reads on. */
static void read_halves(int fd, off_t off, size_t nbytes, struct smc_buf *buf)
{
    const size_t first_nbytes =
        nbytes / 2 / HUGE_NBYTES * HUGE_NBYTES; /* of an empty buffer a huge page is one's own */
    uint8_t *to = buf->data + buf->nbytes;
    struct half first = {fd, to, off, first_nbytes, 0};
    struct half second = {fd, to + first_nbytes, off + (off_t)first_nbytes, nbytes - first_nbytes,
                          0};
    pthread_t thread;

    if (pthread_create(&thread, NULL, read_half, &second) != 0) {
        return;
    }
    read_half(&first);
    pthread_join(thread, NULL);
    const size_t n_read = first.n_read + (first.n_read == first_nbytes ? second.n_read : 0);
    if (lseek(fd, off + (off_t)n_read, SEEK_SET) >= 0) {
        buf->nbytes += n_read;
    }
}

/* What there is to read, from *off on, if it is a regular file; else 0. */
static uint64_t rest_of_file(int fd, off_t *off)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return 0;
    }
    *off = lseek(fd, 0, SEEK_CUR);
    return *off >= 0 && *off < st.st_size ? (uint64_t)(st.st_size - *off) : 0;
}

int smc_read_all(int fd, uint64_t max_nbytes, unsigned n_threads, struct smc_buf *buf)
{
    off_t off = 0;
    const uint64_t rest = rest_of_file(fd, &off);

    /* One byte more finds the end without growing again. */
    if (buf->nbytes <= max_nbytes && rest < max_nbytes - buf->nbytes) {
        if (rest >= SIZE_MAX) {
            errno = ENOMEM;
            return -1;
        }
        const size_t nbytes = (size_t)rest;
        reserve(buf, nbytes + 1);
        if (n_threads > 1 && nbytes / 2 >= HALF_NBYTES_MIN &&
            nbytes < buf->capacity - buf->nbytes) {
            read_halves(fd, off, nbytes, buf);
        }
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
