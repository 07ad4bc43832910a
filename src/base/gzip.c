#include "src/base/gzip.h"

#define ZLIB_CONST
#include <zlib.h>

#define GZIP_WINDOW_BITS (15 + 16) /* the largest window; gzip, and neither zlib nor raw */
#define ROOM_NBYTES ((size_t)1 << 16)
#define STEP_NBYTES ((size_t)1 << 30) /* zlib counts in unsigned int */

static const uint8_t magic[] = {0x1f, 0x8b};

int smc_is_gzip(const void *bytes, size_t nbytes)
{
    const uint8_t *p = bytes;
    return nbytes >= 2 && p[0] == magic[0] && p[1] == magic[1];
}

static uInt step(size_t nbytes)
{
    return (uInt)(nbytes < STEP_NBYTES ? nbytes : STEP_NBYTES);
}

static int is_zeros(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p == 0) {
        p++;
    }
    return p == end;
}

/* As much of the magic number as there is; zlib would take one wrong byte for a truncated one. */
static int may_be_member(const uint8_t *p, const uint8_t *end)
{
    return end - p == 1 ? *p == magic[0] : smc_is_gzip(p, (size_t)(end - p));
}

static enum smc_gzip_status inflate_members(z_stream *z, const uint8_t *end, uint64_t max_nbytes,
                                            struct smc_buf *buf)
{
    uint64_t left = max_nbytes;

    for (;;) {
        size_t room = buf->capacity - buf->nbytes;
        if (room == 0) {
            room = ROOM_NBYTES;
        }
        if (room > left) {
            room = (size_t)left + 1; /* the byte too many shows, and all up to the limit has room */
        }
        uint8_t *to = smc_buf_reserve(buf, room);
        if (to == NULL) {
            return SMC_GZIP_E_MEMORY;
        }
        z->avail_in = step((size_t)(end - z->next_in));
        z->next_out = to;
        z->avail_out = step(room);
        int status = inflate(z, Z_NO_FLUSH);
        size_t n = (size_t)(z->next_out - to);
        if (n > left) {
            return SMC_GZIP_E_TOO_LARGE;
        }
        buf->nbytes += n;
        left -= n;
        if (status == Z_STREAM_END) {
            if (is_zeros(z->next_in, end)) {
                return SMC_GZIP_OK;
            }
            if (!may_be_member(z->next_in, end)) {
                return SMC_GZIP_E_DAMAGED;
            }
            (void)inflateReset(z); /* it only fails without a state */
        } else if (status == Z_BUF_ERROR) {
            return SMC_GZIP_E_TRUNCATED; /* no step was possible: there was room, but no input */
        } else if (status != Z_OK) {
            return status == Z_MEM_ERROR ? SMC_GZIP_E_MEMORY : SMC_GZIP_E_DAMAGED;
        }
    }
}

/* What so many bytes may inflate to. */
static uint64_t allowed_nbytes(uint64_t nbytes)
{
    if (nbytes <= SMC_GZIP_FREE_NBYTES / SMC_GZIP_RATIO_MAX) {
        return SMC_GZIP_FREE_NBYTES;
    }
    return nbytes < UINT64_MAX / SMC_GZIP_RATIO_MAX ? nbytes * SMC_GZIP_RATIO_MAX : UINT64_MAX;
}

enum smc_gzip_status smc_gunzip(const void *bytes, size_t nbytes, uint64_t max_nbytes,
                                struct smc_buf *buf)
{
    const uint64_t allowed = allowed_nbytes(nbytes);
    const size_t n_before = buf->nbytes;
    z_stream z = {.next_in = bytes};

    if (!smc_is_gzip(bytes, nbytes)) {
        return SMC_GZIP_E_FORMAT;
    }
    if (inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK) {
        return SMC_GZIP_E_MEMORY;
    }
    enum smc_gzip_status status = inflate_members(&z, (const uint8_t *)bytes + nbytes,
                                                  max_nbytes < allowed ? max_nbytes : allowed, buf);
    (void)inflateEnd(&z);
    if (status == SMC_GZIP_E_TOO_LARGE && allowed < max_nbytes) {
        status = SMC_GZIP_E_RATIO;
    }
    if (status != SMC_GZIP_OK) {
        buf->nbytes = n_before;
    }
    return status;
}

_Static_assert(SMC_GZIP_RATIO_MAX == 128 && SMC_GZIP_FREE_NBYTES == 64 << 20, "as said below");

const char *smc_gzip_reason(enum smc_gzip_status status)
{
    switch (status) {
    case SMC_GZIP_OK:
        return "no error";
    case SMC_GZIP_E_FORMAT:
        return "it is not gzip data";
    case SMC_GZIP_E_DAMAGED:
        return "the gzip data is damaged";
    case SMC_GZIP_E_TRUNCATED:
        return "the gzip data is truncated";
    case SMC_GZIP_E_TOO_LARGE:
        return "the gzip data inflates to more than the limit";
    case SMC_GZIP_E_RATIO:
        return "the gzip data inflates to more than 64 MiB and 128 times its size";
    case SMC_GZIP_E_MEMORY:
        return "out of memory";
    }
    return "unknown error";
}
