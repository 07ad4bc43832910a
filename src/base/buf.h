/*
 * Growable bytes with a sticky failure: appending to a failed buffer does nothing, so that callers
 * check once, at the end.
 */
#ifndef SMC_BASE_BUF_H
#define SMC_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct smc_buf {
    uint8_t *data; /* what realloc() and free() take, or NULL */
    size_t nbytes;
    size_t capacity;
    int failed; /* an allocation failed */
};

/* As smc_buf_reserve, when there may not be room yet. */
uint8_t *smc_buf_grow(struct smc_buf *buf, size_t nbytes);

/* Room for `nbytes` (or 0) more at data + nbytes; NULL only if there is no memory. */
static inline uint8_t *smc_buf_reserve(struct smc_buf *buf, size_t nbytes)
{
    return buf->data != NULL && !buf->failed && nbytes <= buf->capacity - buf->nbytes
               ? buf->data + buf->nbytes
               : smc_buf_grow(buf, nbytes);
}

/* Room for `n` times `nbytes` and `more` bytes, which together need not fit a size_t: then there is no memory either. */
static inline uint8_t *smc_buf_reserve_times(struct smc_buf *buf, size_t n, size_t nbytes,
                                             size_t more)
{
    if (n > (SIZE_MAX - more) / nbytes) {
        buf->failed = 1;
        return NULL;
    }
    return smc_buf_reserve(buf, n * nbytes + more);
}

static inline void smc_buf_append_byte(struct smc_buf *buf, uint8_t byte)
{
    uint8_t *to = smc_buf_reserve(buf, 1);
    if (to != NULL) {
        *to = byte;
        buf->nbytes++;
    }
}

/* Appends; `bytes` NULL appends zeros. */
void smc_buf_append(struct smc_buf *buf, const void *bytes, size_t nbytes);
void smc_buf_free(struct smc_buf *buf);

/* Zeroed memory for an object or an array, of a type that calloc need not align well enough. NULL without memory; free()
 * takes it. */
void *smc_new(size_t nbytes, size_t alignment);

#endif
