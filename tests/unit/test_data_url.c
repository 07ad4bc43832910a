/*
 * data: URLs: the rules one by one, and against a decoder that follows the standards' steps.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include <ctype.h>

#include "src/find/find.h"

static const char foreign[] = "a character in the data: URL that is not base64";
static const char too_large[] = "the data: URL holds more than the limit";
static const char lacks_end[] = "the base64 in the data: URL lacks an end";

/* Beside pages without access, behind contents that must stay. */
static int decode(const char *url, size_t nbytes, size_t max_nbytes, struct text *out,
                  struct smc_data_url_error *error)
{
    static const char before[] = "before";
    int status[2];

    *out = (struct text){0};
    for (int side = GUARD_AFTER; side <= GUARD_BEFORE; side++) {
        struct guarded in = guarded_copy(url, nbytes, (enum guard_side)side);
        struct smc_buf buf = {0};
        smc_buf_append(&buf, before, sizeof before);
        *error = (struct smc_data_url_error){NULL, 0, 0};
        status[side] = smc_data_url_decode(in.bytes, nbytes, max_nbytes, &buf, error);
        assert_true(status[side] == 0 || status[side] == -1);
        assert_int_equal(status[side] == -1, error->reason != NULL);
        assert_in_range(error->off, 0, nbytes);
        assert_false(buf.failed);
        assert_memory_equal(buf.data, before, sizeof before);
        assert_true(status[side] == 0 || buf.nbytes == sizeof before);
        assert_true(buf.nbytes - sizeof before <= max_nbytes);
        text_free(out);
        text_add(out, buf.data + sizeof before, buf.nbytes - sizeof before);
        smc_buf_free(&buf);
        guarded_free(&in);
    }
    assert_int_equal(status[0], status[1]);
    return status[0];
}

static void assert_decodes(const char *url, size_t url_nbytes, const char *wanted, size_t nbytes)
{
    struct smc_data_url_error error;
    struct text out;

    for (size_t more = 0; more <= 1; more++) {
        if (decode(url, url_nbytes, nbytes + more, &out, &error) != 0) {
            fail_msg("%s: %s at %zu", url, error.reason, error.off);
        }
        assert_int_equal(out.nbytes, nbytes);
        assert_memory_equal(out.data, wanted, nbytes);
        text_free(&out);
    }
    if (nbytes > 0) {
        assert_int_equal(decode(url, url_nbytes, nbytes - 1, &out, &error), -1);
        assert_string_equal(error.reason, too_large);
        text_free(&out);
    }
}

#define ASSERT_DECODES(url, wanted)                                                                \
    assert_decodes((url), sizeof(url) - 1, (wanted), sizeof(wanted) - 1)

static void assert_refused(const char *url, const char *reason, size_t off)
{
    struct smc_data_url_error error;
    struct text out;

    if (decode(url, strlen(url), 1000, &out, &error) == 0) {
        fail_msg("%s: taken", url);
    }
    if (strcmp(error.reason, reason) != 0 || error.off != off) {
        fail_msg("%s: %s at %zu", url, error.reason, error.off);
    }
    text_free(&out);
}

static void recognises_the_scheme(void **state)
{
    static const char *const others[] = {"",      "d",       "dat",     "data",  " data:,x",
                                         "date:", "data;,x", "xdata:,", "https:"};
    (void)state;
    assert_true(smc_is_data_url("data:", 5));
    assert_true(smc_is_data_url("DaTA:,x", 7));
    assert_false(smc_is_data_url("data:", 4));
    assert_false(smc_is_data_url("d\x01ta:", 5)); /* 'A' without the bit that makes it small */
    assert_false(smc_is_data_url(NULL, 0));
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(smc_is_data_url(others[i], strlen(others[i])));
        assert_refused(others[i], "it is not a data: URL", 0);
    }
    ASSERT_DECODES("DATA:,x", "x");
}

static void ends_the_header_at_the_first_comma(void **state)
{
    (void)state;
    assert_refused("data:", "the data: URL has no comma", 5);
    assert_refused("data:application/json;base64", "the data: URL has no comma", 28);
    ASSERT_DECODES("data:,", "");
    ASSERT_DECODES("data:,a,b", "a,b");
    ASSERT_DECODES("data:application/json,{\"version\":3}", "{\"version\":3}");
    ASSERT_DECODES("data:application/json;charset=utf-8,{}", "{}");
    ASSERT_DECODES("data:text/x;p=\"a,b\",c", "b\",c");
    ASSERT_DECODES("data:,a#b", "a#b"); /* a fragment is the caller's */
}

static void knows_base64_by_the_last_parameter(void **state)
{
    (void)state;
    ASSERT_DECODES("data:;base64,YWJj", "abc");
    ASSERT_DECODES("data:application/json;charset=utf-8;base64,YWJj", "abc");
    ASSERT_DECODES("data:;BASE64,YWJj", "abc");
    ASSERT_DECODES("data:;  base64,YWJj", "abc");
    ASSERT_DECODES("data:;base64 \t,YWJj", "abc");
    ASSERT_DECODES("data:base64,YWJj", "YWJj");
    ASSERT_DECODES("data:;xbase64,YWJj", "YWJj");
    ASSERT_DECODES("data:;\tbase64,YWJj", "YWJj");
    ASSERT_DECODES("data:;base64;charset=utf-8,YWJj", "YWJj");
    ASSERT_DECODES("data:;base6,YWJj", "YWJj");
    ASSERT_DECODES("data:;base64x,YWJj", "YWJj");
    ASSERT_DECODES("data:;base64=,YWJj", "YWJj");
    ASSERT_DECODES("data:;base%36%34,YWJj", "YWJj");
    ASSERT_DECODES("data:;,YWJj", "YWJj");
}

static void decodes_percents(void **state)
{
    (void)state;
    ASSERT_DECODES("data:,%7B%22a%22%3a1%7d", "{\"a\":1}");
    ASSERT_DECODES("data:,%00%fF%80", "\0\xff\x80");
    ASSERT_DECODES("data:,%25%32%35", "%25"); /* once */
    ASSERT_DECODES("data:,%", "%");
    ASSERT_DECODES("data:,%4", "%4");
    ASSERT_DECODES("data:,%4g%g4%%41%4%41", "%4g%g4%A%4A");
    ASSERT_DECODES("data:,% 41%+1%-1%0x", "% 41%+1%-1%0x");
    ASSERT_DECODES("data:,a+b c\td\ne\xc3\xa9\0f", "a+b c\td\ne\xc3\xa9\0f");
}

static void decodes_base64(void **state)
{
    (void)state;
    ASSERT_DECODES("data:;base64,", "");
    ASSERT_DECODES("data:;base64,YQ==", "a");
    ASSERT_DECODES("data:;base64,YWI=", "ab");
    ASSERT_DECODES("data:;base64,YWJjZA==", "abcd");
    ASSERT_DECODES("data:;base64,AAAA/+9+", "\0\0\0\xff\xef\x7e");
    /* Without padding, and with bits behind the last byte. */
    ASSERT_DECODES("data:;base64,YQ", "a");
    ASSERT_DECODES("data:;base64,YWI", "ab");
    ASSERT_DECODES("data:;base64,YR==", "a");
    ASSERT_DECODES("data:;base64,Yf", "a");
    ASSERT_DECODES("data:;base64,YWL", "ab");
    /* White space of ASCII anywhere, as it is or encoded; and other encoded characters. */
    ASSERT_DECODES("data:;base64, Y\tW\nJ\fj\r", "abc");
    ASSERT_DECODES("data:;base64,YW\nJjY\r\nWJj", "abcabc");
    ASSERT_DECODES("data:;base64,%20Y%0aQ%3D%09%3D%20", "a");
    ASSERT_DECODES("data:;base64,%59%57%4a%6A", "abc");
    ASSERT_DECODES("data:;base64,YQ = =", "a");
    ASSERT_DECODES("data:;base64, ", "");
}

static void refuses_base64(void **state)
{
    (void)state;
    assert_refused("data:;base64,Y", lacks_end, 14);
    assert_refused("data:;base64,YWJjY", lacks_end, 18);
    assert_refused("data:;base64,Y ", lacks_end, 15);
    assert_refused("data:;base64,YWJj*", foreign, 17);
    assert_refused("data:;base64,YW-j", foreign, 15); /* not the alphabet for URLs */
    assert_refused("data:;base64,YW_j", foreign, 15);
    assert_refused("data:;base64,YWJj#x", foreign, 17);
    assert_refused("data:;base64,YWJj%", foreign, 17);
    assert_refused("data:;base64,YWJj%2", foreign, 17);
    assert_refused("data:;base64,YWJj%2G", foreign, 17);
    assert_refused("data:;base64,YWJj%2D", foreign, 17);
    assert_refused("data:;base64,YWJ\vYWJj", foreign, 16);
    assert_refused("data:;base64,\xc2\xa0", foreign, 13);
    /* Padding only where the length with it is a multiple of 4, two at most, at the end. */
    assert_refused("data:;base64,=", foreign, 13);
    assert_refused("data:;base64,==", foreign, 13);
    assert_refused("data:;base64,====", foreign, 15);
    assert_refused("data:;base64,Y=", foreign, 14);
    assert_refused("data:;base64,Y==", foreign, 14);
    assert_refused("data:;base64,Y===", foreign, 16);
    assert_refused("data:;base64,YQ=", foreign, 15);
    assert_refused("data:;base64,YQ===", foreign, 17);
    assert_refused("data:;base64,YWI==", foreign, 16);
    assert_refused("data:;base64,YWJj=", foreign, 17);
    assert_refused("data:;base64,YWJj==", foreign, 17);
    assert_refused("data:;base64,YQ==YQ==", foreign, 15);
    assert_refused("data:;base64,YWI=YWJj", foreign, 16);
    assert_refused("data:;base64,YWJj=YWJ", foreign, 17);
    assert_refused("data:;base64,YW=I", foreign, 15);
}

/* ---- the oracle: the steps of the standards, one after the other ---- */

static int oracle(const char *url, size_t nbytes, struct text *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct text raw = {0}, digits = {0};
    const char *comma = memchr(url, ',', nbytes), *end = url + nbytes;
    int is_base64 = comma - url >= 7 && memcmp(comma - 7, ";base64", 7) == 0;
    int is_good = 1;

    *out = (struct text){0};
    text_add(out, "", 0);
    text_add(&raw, "", 0);
    text_add(&digits, "", 0);
    for (const char *p = comma + 1; p < end; p++) {
        char hex[3] = {0};
        if (*p == '%' && end - p > 2 && isxdigit((uint8_t)p[1]) && isxdigit((uint8_t)p[2])) {
            memcpy(hex, p + 1, 2);
            p += 2;
            text_repeat(&raw, (char)strtoul(hex, NULL, 16), 1);
        } else {
            text_add(&raw, p, 1);
        }
    }
    if (!is_base64) {
        text_free(&digits);
        text_free(out);
        *out = raw;
        return 1;
    }
    for (size_t i = 0; i < raw.nbytes; i++) {
        if (raw.data[i] == '\0' || strchr(" \t\n\f\r", raw.data[i]) == NULL) {
            text_add(&digits, raw.data + i, 1);
        }
    }
    if (digits.nbytes % 4 == 0) {
        for (int i = 0; i < 2 && digits.nbytes > 0 && digits.data[digits.nbytes - 1] == '='; i++) {
            digits.nbytes--;
        }
    }
    is_good = digits.nbytes % 4 != 1;
    for (size_t i = 0, bits = 0; i < digits.nbytes && is_good; i++) {
        const char *at = memchr(alphabet, digits.data[i], 64);
        is_good = at != NULL;
        bits = bits << 6 | (size_t)(at == NULL ? 0 : at - alphabet);
        if (i % 4 != 0) {
            text_repeat(out, (char)(bits >> (6 - 2 * (i % 4))), 1);
        }
    }
    text_free(&raw);
    text_free(&digits);
    return is_good;
}

static void assert_same_as_oracle(const struct text *url)
{
    struct smc_data_url_error error;
    struct text wanted, out;
    int is_good = oracle(url->data, url->nbytes, &wanted);

    if ((decode(url->data, url->nbytes, SIZE_MAX, &out, &error) == 0) != is_good) {
        fail_msg("%s: %s", url->data, is_good ? "refused" : "taken");
    }
    if (is_good) {
        assert_decodes(url->data, url->nbytes, wanted.data, wanted.nbytes);
    }
    text_free(&wanted);
    text_free(&out);
}

static void random_urls(void **state)
{
    static const char *const pieces[] = {"A",  "z",   "9",   "+",   "/", "YWJj", "YWJjYWJjYWJjYWJj",
                                         " ",  "\n",  "%3d", "%20", "=", "==",   "%41",
                                         "%4", "%2B", "%",   "\xff"};
    struct rng rng = {77};
    unsigned n_good = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct text url = {0};
        text_puts(&url, i % 4 == 0 ? "data:text/plain," : "data:;base64,");
        /* A few kinds at a time, so that many are good. */
        uint32_t n_kinds = 1 + rng_below(&rng, COUNT_OF(pieces)), from = rng_below(&rng, 18);
        for (uint32_t n = rng_below(&rng, 14); n > 0; n--) {
            text_puts(&url, pieces[(from + rng_below(&rng, n_kinds)) % COUNT_OF(pieces)]);
        }
        struct text wanted;
        n_good += i % 4 != 0 && oracle(url.data, url.nbytes, &wanted);
        if (i % 4 != 0) {
            text_free(&wanted);
        }
        assert_same_as_oracle(&url);
        text_free(&url);
    }
    assert_in_range(n_good, 2000, 13000);
}

/* Each byte as a digit, within a long body and as its last; and every truncation. */
static void every_byte_and_length(void **state)
{
    static const char body[] = "VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZw==";

    (void)state;
    for (size_t at = 0; at < sizeof body - 1; at += at == 0 ? 17 : 21) {
        for (int c = 0; c < 256; c++) {
            struct text url = {0};
            text_puts(&url, "data:;base64,");
            text_puts(&url, body);
            url.data[strlen("data:;base64,") + at] = (char)c;
            assert_same_as_oracle(&url);
            text_free(&url);
        }
    }
    for (size_t n = 0; n < sizeof body; n++) {
        struct text url = {0};
        text_puts(&url, "data:;base64,");
        text_add(&url, body, n);
        assert_same_as_oracle(&url);
        text_free(&url);
    }
}

/* Of any size the limit allows no more; what drops out does not count. */
static void the_limit(void **state)
{
    struct smc_data_url_error error;
    struct text url = {0}, out;
    struct smc_buf buf = {0};

    (void)state;
    text_puts(&url, "data:;base64,");
    text_repeat(&url, ' ', 1000);
    text_puts(&url, "YWJj");
    text_repeat(&url, '\n', 1000);
    text_puts(&url, "ZGVm");
    assert_decodes(url.data, url.nbytes, "abcdef", 6);
    assert_int_equal(decode(url.data, url.nbytes, 5, &out, &error), -1);
    assert_int_equal(error.off, url.nbytes - 1);
    text_free(&out);
    assert_int_equal(decode(url.data, url.nbytes, 0, &out, &error), -1);
    assert_int_equal(error.off, strlen("data:;base64,") + 1001); /* the first byte's second digit */
    text_free(&out);
    text_free(&url);
    text_puts(&url, "data:,");
    text_repeat(&url, 'a', 1 << 20);
    assert_int_equal(smc_data_url_decode(url.data, url.nbytes, 1000, &buf, &error), -1);
    assert_string_equal(error.reason, too_large);
    assert_int_equal(error.off, 6 + 1000);
    assert_in_range(buf.capacity, 1000, 2000);
    assert_int_equal(smc_data_url_decode(url.data, url.nbytes, 1 << 20, &buf, &error), 0);
    assert_int_equal(buf.nbytes, 1 << 20);
    smc_buf_free(&buf);
    text_free(&url);
}

static void large_bodies(void **state)
{
    struct smc_data_url_error error;
    struct text url = {0};
    struct smc_buf buf = {0};

    (void)state;
    text_puts(&url, "data:application/json;base64,");
    for (int i = 0; i < 1 << 20; i++) {
        text_add(&url, "YWJj", 4);
    }
    assert_int_equal(smc_data_url_decode(url.data, url.nbytes, SIZE_MAX, &buf, &error), 0);
    assert_int_equal(buf.nbytes, 3 << 20);
    for (size_t i = 0; i < buf.nbytes; i++) {
        assert_int_equal(buf.data[i], 'a' + (int)(i % 3));
    }
    smc_buf_free(&buf);
    text_free(&url);
}

static void memory_runs_out(void **state)
{
    struct smc_data_url_error error;
    struct smc_buf buf = {0};

    (void)state;
    NEEDS_MALLOC_HOOK();
    size_t n_live = hook.n_live;
    hook.n_calls = 0;
    hook.fail_at = 1;
    int status = smc_data_url_decode("data:,x", 7, 100, &buf, &error);
    hook.fail_at = 0;
    assert_int_equal(status, -1);
    assert_string_equal(error.reason, "out of memory");
    assert_true(buf.failed);
    assert_int_equal(hook.n_calls, 1);
    assert_int_equal(hook.n_live, n_live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_the_scheme),
        cmocka_unit_test(ends_the_header_at_the_first_comma),
        cmocka_unit_test(knows_base64_by_the_last_parameter),
        cmocka_unit_test(decodes_percents),
        cmocka_unit_test(decodes_base64),
        cmocka_unit_test(refuses_base64),
        cmocka_unit_test(random_urls),
        cmocka_unit_test(every_byte_and_length),
        cmocka_unit_test(the_limit),
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
