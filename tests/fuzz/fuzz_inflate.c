/*
 * Raw deflate by the reader's own inflate, at once and in steps, against zlib: the same verdict, the same bytes. And gzip
 * files, by zlib, against libdeflate. The first byte chooses, the second is a limit for gzip.
 *
 * sources: src/base/gzip.c src/reader/code.c src/reader/inflate.c
 * support: src/base src/build src/javascript src/json src/reader src/url src/verify tests/unit/inflating.c tests/unit/support.c
 * libraries: cmocka
 */
#include "src/base/gzip.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/inflating.h"

#include <libdeflate.h>

#define OUT_NBYTES_MAX ((size_t)1 << 16)
#define HEADER_CRC 2 /* of the flags: libdeflate does not look at it */

struct plain {
    int is_good;
    uint8_t *bytes;
    size_t nbytes;
    int has_header_crc;
};

static int is_padding(const uint8_t *p, size_t nbytes)
{
    size_t n = 0;

    while (n < nbytes && p[n] == 0) {
        n++;
    }
    return n == nbytes;
}

/* Member by member. */
static struct plain plain_gunzip(const uint8_t *in, size_t nbytes, size_t max_nbytes)
{
    static struct libdeflate_decompressor *decompressor;
    struct plain plain = {0, malloc(max_nbytes + 1), 0, 0};

    decompressor = decompressor == NULL ? libdeflate_alloc_decompressor() : decompressor;
    must_hold(plain.bytes != NULL && decompressor != NULL, "no memory");
    do {
        size_t n_in, n_out;
        plain.has_header_crc |= nbytes > 3 && (in[3] & HEADER_CRC) != 0;
        const enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(decompressor, in, nbytes, plain.bytes + plain.nbytes,
                                          max_nbytes - plain.nbytes, &n_in, &n_out);
        if (result != LIBDEFLATE_SUCCESS) {
            return plain;
        }
        plain.nbytes += n_out;
        in += n_in;
        nbytes -= n_in;
    } while (!is_padding(in, nbytes));
    plain.is_good = 1;
    return plain;
}

/* Why a file is bad is not asked: one that is too large and damaged is either. */
static void compare_gzip(const uint8_t *in, size_t nbytes, size_t max_nbytes)
{
    struct plain plain = plain_gunzip(in, nbytes, max_nbytes);
    struct smc_buf buf = {0};

    smc_buf_append(&buf, "before", 6);
    const enum smc_gzip_status status = smc_gunzip(in, nbytes, max_nbytes, &buf);
    must_hold(!buf.failed && memcmp(buf.data, "before", 6) == 0, "what was there is gone");
    must_hold((status == SMC_GZIP_E_FORMAT) == !smc_is_gzip(in, nbytes), "it is gzip, or not");
    if (status == SMC_GZIP_OK) {
        must_hold(plain.is_good, "libdeflate refuses what we take");
        must_hold(buf.nbytes - 6 == plain.nbytes &&
                      memcmp(buf.data + 6, plain.bytes, plain.nbytes) == 0,
                  "other bytes");
    } else {
        must_hold(buf.nbytes == 6, "there are bytes of a bad file");
        must_hold(!plain.is_good || plain.has_header_crc, "libdeflate takes what we refuse");
        must_hold(status != SMC_GZIP_E_TOO_LARGE || !plain.is_good, "too large");
    }
    smc_buf_free(&buf);
    free(plain.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    static int is_ready;

    if (nbytes < 2) {
        return 0;
    }
    if (!is_ready) {
        setenv("CMOCKA_TEST_ABORT", "1", 1);
        is_ready = inflating_start(NULL) == 0;
    }
    if (data[0] % 2 == 0) {
        (void)inflating_compare(data + 2, nbytes - 2, data[1]);
    } else {
        compare_gzip(data + 2, nbytes - 2, OUT_NBYTES_MAX >> data[1] % 16);
    }
    return 0;
}
