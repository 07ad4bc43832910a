/*
 * data: URLs against a plain decoder: percent-decoding first, then base64. The first byte chooses a limit.
 *
 * sources: src/find/data_url.c
 * support: src/base
 */
#include "src/find/find.h"
#include "tests/fuzz/fuzzing.h"

#include <string.h>
#include <strings.h>

static size_t percent_decode(const uint8_t *p, size_t nbytes, uint8_t *to)
{
    size_t n = 0;

    for (size_t i = 0; i < nbytes; i++) {
        char digits[3] = {0};
        to[n++] = p[i];
        if (p[i] == '%' && nbytes - i > 2) {
            memcpy(digits, p + i + 1, 2);
            if (strspn(digits, "0123456789abcdefABCDEF") == 2) {
                to[n - 1] = (uint8_t)strtol(digits, NULL, 16);
                i += 2;
            }
        }
    }
    return n;
}

/* In place; returns 0 if it is not base64. */
static int decode_base64(uint8_t *bytes, size_t *nbytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0, n_out = 0;
    uint32_t bits = 0;

    for (size_t i = 0; i < *nbytes; i++) {
        if (bytes[i] == 0 || strchr(" \t\n\f\r", bytes[i]) == NULL) {
            bytes[n++] = bytes[i];
        }
    }
    for (int i = 0; i < 2 && n % 4 == (i == 0 ? 0 : 3) && n > 0 && bytes[n - 1] == '='; i++) {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        const char *digit = bytes[i] == 0 ? NULL : strchr(digits, bytes[i]);
        if (digit == NULL) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)(digit - digits);
        if (i % 4 != 0) {
            bytes[n_out++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    *nbytes = n_out;
    return n % 4 != 1;
}

static int plain_is_base64(const uint8_t *p, size_t n)
{
    while (n > 0 && p[n - 1] != 0 && strchr(" \t\n\f\r", p[n - 1]) != NULL) {
        n--;
    }
    if (n < 6 || strncasecmp((const char *)p + n - 6, "base64", 6) != 0) {
        return 0;
    }
    n -= 6;
    while (n > 0 && p[n - 1] == ' ') {
        n--;
    }
    return n > 0 && p[n - 1] == ';';
}

static void check_data_url(const uint8_t *url, size_t nbytes, uint64_t max_nbytes)
{
    struct smc_data_url_error error;
    struct smc_buf buf = {0};
    const uint8_t *comma = nbytes < 5 ? NULL : memchr(url + 5, ',', nbytes - 5);
    uint8_t *wanted = malloc(nbytes + 1);
    size_t wanted_nbytes = 0;
    int is_good = comma != NULL && strncasecmp((const char *)url, "data:", 5) == 0;

    must_hold(wanted != NULL, "no memory");
    if (is_good) {
        wanted_nbytes = percent_decode(comma + 1, (size_t)(url + nbytes - comma) - 1, wanted);
        is_good = !plain_is_base64(url + 5, (size_t)(comma - url) - 5) ||
                  decode_base64(wanted, &wanted_nbytes);
    }
    smc_buf_append(&buf, "before", 6);
    if (smc_data_url_decode(url, nbytes, max_nbytes, &buf, &error) == 0) {
        must_hold(is_good && wanted_nbytes <= max_nbytes, "a bad data: URL is good");
        must_hold(buf.nbytes - 6 == wanted_nbytes &&
                      memcmp(buf.data + 6, wanted, wanted_nbytes) == 0,
                  "other bytes");
    } else {
        must_hold(buf.nbytes == 6 && !buf.failed, "bytes of a bad data: URL");
        must_hold(error.reason != NULL && error.off <= nbytes, "no reason, or no place");
        must_hold(!is_good || (error.is_too_large && wanted_nbytes > max_nbytes),
                  "a good data: URL is bad");
    }
    free(wanted);
    smc_buf_free(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    if (nbytes > 0) {
        check_data_url(data + 1, nbytes - 1, data[0] < 128 ? UINT64_MAX : data[0] - 128u);
    }
    return 0;
}
