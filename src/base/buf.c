#include "src/base/buf.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 256

uint8_t *smc_buf_grow(struct smc_buf *buf, size_t nbytes)
{
    if (buf->failed) {
        return NULL;
    }
    if (buf->data == NULL || nbytes > buf->capacity - buf->nbytes) {
        /* By half at least, so that adding takes linear time; and for what is long no more than it needs. */
        size_t capacity = buf->capacity < CAPACITY_MIN ? CAPACITY_MIN : buf->capacity;
        if (nbytes > SIZE_MAX / 2 - buf->nbytes || capacity > SIZE_MAX / 2) {
            buf->failed = 1;
            return NULL;
        }
        if (capacity - buf->nbytes < nbytes) {
            capacity += capacity / 2;
        }
        if (capacity < buf->nbytes + nbytes) {
            capacity = buf->nbytes + nbytes;
        }
        uint8_t *data = realloc(buf->data, capacity);
        if (data == NULL) {
            buf->failed = 1;
            return NULL;
        }
        buf->data = data;
        buf->capacity = capacity;
    }
    return buf->data + buf->nbytes;
}

void smc_buf_append(struct smc_buf *buf, const void *bytes, size_t nbytes)
{
    uint8_t *to = smc_buf_reserve(buf, nbytes);
    if (to == NULL || nbytes == 0) {
        return;
    }
    if (bytes != NULL) {
        memcpy(to, bytes, nbytes);
    } else {
        memset(to, 0, nbytes);
    }
    buf->nbytes += nbytes;
}

void *smc_new(size_t nbytes, size_t alignment)
{
    void *object = aligned_alloc(alignment, nbytes);
    return object == NULL ? NULL : memset(object, 0, nbytes);
}

void smc_buf_free(struct smc_buf *buf)
{
    free(buf->data);
    *buf = (struct smc_buf){0};
}
