/*
 * Gzip files: what is good, and which of the five ways not to be.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include <zlib.h>

#include "src/base/gzip.h"

#define GZIP_WINDOW_BITS (15 + 16)

enum { PLAIN_HEADER, FULL_HEADER };

/* Appends a member; a full header has every field that RFC 1952 knows. */
static void add_member(struct text *file, const void *bytes, size_t nbytes, int level, int header)
{
    z_stream z = {0};
    gz_header fields = {0};

    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    if (header == FULL_HEADER) {
        fields = (gz_header){.text = 1, .time = 1, .os = 3, .hcrc = 1};
        fields.extra = (Bytef *)(uintptr_t) "ab\2\0xy";
        fields.extra_len = 6;
        fields.name = (Bytef *)(uintptr_t) "app.js.map";
        fields.comment = (Bytef *)(uintptr_t) "a comment";
        assert_int_equal(deflateSetHeader(&z, &fields), Z_OK);
    }
    size_t bound = deflateBound(&z, nbytes);
    uint8_t *out = malloc(bound);
    assert_non_null(out);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)nbytes;
    z.next_out = out;
    z.avail_out = (uInt)bound;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    text_add(file, out, bound - z.avail_out);
    free(out);
    deflateEnd(&z);
}

/* Beside a page without access; behind contents that must stay. */
static enum smc_gzip_status gunzip(const void *bytes, size_t nbytes, size_t max_nbytes,
                                   struct smc_buf *out)
{
    static const char before[] = "before";
    struct guarded in = guarded_copy(bytes, nbytes, GUARD_AFTER);
    struct smc_buf buf = {0};

    smc_buf_append(&buf, before, sizeof before);
    enum smc_gzip_status status = smc_gunzip(in.bytes, nbytes, max_nbytes, &buf);
    assert_false(buf.failed);
    assert_memory_equal(buf.data, before, sizeof before);
    if (status != SMC_GZIP_OK) {
        assert_int_equal(buf.nbytes, sizeof before);
    }
    *out = (struct smc_buf){0};
    smc_buf_append(out, buf.data + sizeof before, buf.nbytes - sizeof before);
    smc_buf_free(&buf);
    guarded_free(&in);
    return status;
}

static void assert_status(const void *bytes, size_t nbytes, size_t max_nbytes,
                          enum smc_gzip_status wanted)
{
    struct smc_buf out;
    enum smc_gzip_status status = gunzip(bytes, nbytes, max_nbytes, &out);

    smc_buf_free(&out);
    assert_string_equal(smc_gzip_reason(status), smc_gzip_reason(wanted));
}

static void assert_gunzips(const struct text *file, const void *wanted, size_t wanted_nbytes)
{
    struct smc_buf out;

    assert_int_equal(gunzip(file->data, file->nbytes, wanted_nbytes, &out), SMC_GZIP_OK);
    assert_int_equal(out.nbytes, wanted_nbytes);
    assert_memory_equal(out.data, wanted, wanted_nbytes);
    smc_buf_free(&out);
    assert_status(file->data, file->nbytes, SIZE_MAX, SMC_GZIP_OK);
    assert_status(file->data, file->nbytes, wanted_nbytes + 1, SMC_GZIP_OK);
    if (wanted_nbytes > 0) {
        assert_status(file->data, file->nbytes, wanted_nbytes - 1, SMC_GZIP_E_TOO_LARGE);
        assert_status(file->data, file->nbytes, 0, SMC_GZIP_E_TOO_LARGE);
    }
}

/* Half of it noise, so that there is something to store and something to find again. */
static struct text some_data(size_t nbytes)
{
    struct text data = {0};
    struct rng rng = {nbytes + 1};

    text_add(&data, "", 0);
    while (data.nbytes < nbytes) {
        uint64_t number = rng_next(&rng);
        size_t left = nbytes - data.nbytes;
        text_add(&data, &number, left < sizeof number ? left : sizeof number);
        text_repeat(&data, 'a', nbytes - data.nbytes < 8 ? 0 : 8);
    }
    return data;
}

static void gunzips(void **state)
{
    static const size_t sizes[] = {0,     1,     2,     100,   32768,  65535,
                                   65536, 65537, 98303, 98304, 200000, 1000000};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct text data = some_data(sizes[i]);
        for (int level = 0; level <= 9; level += 3) {
            struct text file = {0};
            add_member(&file, data.data, data.nbytes, level, level % 2);
            assert_true(smc_is_gzip(file.data, file.nbytes));
            assert_gunzips(&file, data.data, data.nbytes);
            text_free(&file);
        }
        text_free(&data);
    }
}

static void several_members_are_one_file(void **state)
{
    static const size_t sizes[] = {0, 1, 0, 0, 70000, 5, 0, 65536, 0};
    struct text data = {0}, file = {0};

    (void)state;
    text_add(&data, "", 0);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct text piece = some_data(sizes[i]);
        text_add(&data, piece.data, piece.nbytes);
        add_member(&file, piece.data, piece.nbytes, (int)i, i % 2 == 1);
        text_free(&piece);
        assert_gunzips(&file, data.data, data.nbytes);
    }
    text_free(&file);
    for (int i = 0; i < 3000; i++) {
        add_member(&file, "", 0, 1, PLAIN_HEADER);
    }
    assert_gunzips(&file, "", 0);
    text_free(&file);
    text_free(&data);
}

static void padding_is_zeros(void **state)
{
    struct text file = {0};

    (void)state;
    add_member(&file, "data", 4, 6, PLAIN_HEADER);
    for (size_t n = 0; n < 600; n += n < 3 ? 1 : 199) {
        struct text padded = {0};
        text_add(&padded, file.data, file.nbytes);
        text_repeat(&padded, 0, n);
        assert_gunzips(&padded, "data", 4);
        /* Anything but zeros; a member behind them, too. */
        text_add(&padded, "x", 1);
        assert_status(padded.data, padded.nbytes, 100, SMC_GZIP_E_DAMAGED);
        padded.nbytes--;
        text_add(&padded, "xyzxyzxyzxyzxyzxyzxyz", 20);
        assert_status(padded.data, padded.nbytes, 100, SMC_GZIP_E_DAMAGED);
        padded.nbytes -= 20;
        text_add(&padded, file.data, file.nbytes);
        assert_status(padded.data, padded.nbytes, 100, n == 0 ? SMC_GZIP_OK : SMC_GZIP_E_DAMAGED);
        text_free(&padded);
    }
    text_free(&file);
}

static void what_is_no_gzip(void **state)
{
    static const uint8_t zlib[] = {0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01};
    static const uint8_t magic[] = {0x1f, 0x8b, 0x08};
    static const uint8_t method[] = {0x1f, 0x8b, 0x07, 0, 0, 0, 0, 0, 0, 3};
    static const uint8_t reserved_flag[] = {0x1f, 0x8b, 0x08, 0x20, 0, 0, 0, 0, 0, 3};

    (void)state;
    assert_status("", 0, 100, SMC_GZIP_E_FORMAT);
    assert_status("{\"version\":3}", 13, 100, SMC_GZIP_E_FORMAT);
    assert_status(zlib, sizeof zlib, 100, SMC_GZIP_E_FORMAT);
    assert_status(magic, 1, 100, SMC_GZIP_E_FORMAT);
    assert_status("\x1f\x8c", 2, 100, SMC_GZIP_E_FORMAT);
    assert_status("\x1e\x8b", 2, 100, SMC_GZIP_E_FORMAT);
    assert_status(magic, 2, 100, SMC_GZIP_E_TRUNCATED);
    assert_status(magic, 3, 100, SMC_GZIP_E_TRUNCATED);
    assert_status(method, sizeof method, 100, SMC_GZIP_E_DAMAGED);
    assert_status(reserved_flag, sizeof reserved_flag, 100, SMC_GZIP_E_DAMAGED);
    assert_false(smc_is_gzip(NULL, 0));
    assert_false(smc_is_gzip(magic, 1));
    assert_true(smc_is_gzip(magic, 2));
    assert_false(smc_is_gzip("\x1f\x8c", 2));
    assert_false(smc_is_gzip("\x1e\x8b", 2));
}

/* Two members: after the first the file is whole, at every other length it is not. */
static void every_truncation(void **state)
{
    struct text data = some_data(300), file = {0};

    (void)state;
    add_member(&file, data.data, data.nbytes, 6, FULL_HEADER);
    size_t first_nbytes = file.nbytes;
    add_member(&file, data.data, data.nbytes, 0, PLAIN_HEADER);
    for (size_t n = 0; n < file.nbytes; n++) {
        assert_status(file.data, n, 1000,
                      n < 2               ? SMC_GZIP_E_FORMAT
                      : n == first_nbytes ? SMC_GZIP_OK
                                          : SMC_GZIP_E_TRUNCATED);
    }
    text_free(&file);
    text_free(&data);
}

/* Every bit of two members: what is still good says the same. */
static void every_flipped_bit(void **state)
{
    struct text data = some_data(100), file = {0};
    unsigned n_good = 0, n_damaged = 0;

    (void)state;
    add_member(&file, data.data, data.nbytes, 6, FULL_HEADER);
    add_member(&file, "", 0, 6, PLAIN_HEADER);
    for (size_t bit = 0; bit < 8 * file.nbytes; bit++) {
        struct smc_buf out;
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
        enum smc_gzip_status status = gunzip(file.data, file.nbytes, 1 << 20, &out);
        file.data[bit / 8] = (char)(file.data[bit / 8] ^ 1 << bit % 8);
        n_damaged += status == SMC_GZIP_E_DAMAGED;
        if (status == SMC_GZIP_OK) {
            n_good++;
            assert_int_equal(out.nbytes, data.nbytes);
            assert_memory_equal(out.data, data.data, data.nbytes);
        }
        smc_buf_free(&out);
    }
    /* In the second header the time, two more bytes and a flag; the bits after each stream's end. */
    assert_in_range(n_good, 6 * 8 + 1, 6 * 8 + 1 + 7 + 7);
    assert_in_range(n_damaged, 8 * file.nbytes / 2, 8 * file.nbytes - n_good);
    text_free(&file);
    text_free(&data);
}

/* A thousand to one, and more members than the limit allows. */
static void memory_follows_the_limit(void **state)
{
    struct text data = {0}, file = {0};
    struct smc_buf buf = {0};

    (void)state;
    text_repeat(&data, 0, 20 << 20);
    add_member(&file, data.data, data.nbytes, 9, PLAIN_HEADER);
    assert_true(file.nbytes < data.nbytes / 500);
    assert_int_equal(smc_gunzip(file.data, file.nbytes, 1 << 20, &buf), SMC_GZIP_E_TOO_LARGE);
    assert_in_range(buf.capacity, 0, 2 << 20);
    assert_int_equal(buf.nbytes, 0);
    assert_int_equal(smc_gunzip(file.data, file.nbytes, data.nbytes, &buf), SMC_GZIP_OK);
    assert_int_equal(buf.nbytes, data.nbytes);
    smc_buf_free(&buf);
    text_free(&file);
    for (int i = 0; i < 100; i++) {
        add_member(&file, data.data, 1000, 9, PLAIN_HEADER);
    }
    assert_status(file.data, file.nbytes, 99999, SMC_GZIP_E_TOO_LARGE);
    assert_status(file.data, file.nbytes, 100000, SMC_GZIP_OK);
    text_free(&file);
    text_free(&data);
}

/* `data` in gzip, and zeros behind it up to so many bytes. */
static struct text padded(const struct text *data, size_t nbytes)
{
    struct text file = {0};

    add_member(&file, data->data, data->nbytes, 9, PLAIN_HEADER);
    assert_in_range(file.nbytes, 0, nbytes);
    text_repeat(&file, 0, nbytes - file.nbytes);
    return file;
}

/* A bomb gets no more than so many times what it is; but a short one may be anything. */
static void the_ratio_has_a_limit(void **state)
{
    const size_t large = (size_t)SMC_GZIP_FREE_NBYTES / 4 * 5, small = 100000;
    struct text data = {0};

    (void)state;
    text_repeat(&data, 0, SMC_GZIP_FREE_NBYTES);
    struct text file = padded(&data, small);
    assert_status(file.data, file.nbytes, SIZE_MAX, SMC_GZIP_OK);
    text_free(&file);
    text_repeat(&data, 0, 1);
    file = padded(&data, small);
    assert_status(file.data, file.nbytes, SIZE_MAX, SMC_GZIP_E_RATIO);
    assert_status(file.data, file.nbytes, data.nbytes - 1, SMC_GZIP_E_TOO_LARGE);
    text_free(&file);
    text_repeat(&data, 0, large - data.nbytes);
    file = padded(&data, large / SMC_GZIP_RATIO_MAX);
    assert_status(file.data, file.nbytes, SIZE_MAX, SMC_GZIP_OK);
    assert_status(file.data, file.nbytes - 1, SIZE_MAX, SMC_GZIP_E_RATIO);
    text_free(&file);
    text_free(&data);
}

/* A buffer that has failed stays so. */
static void a_failed_buffer(void **state)
{
    struct text file = {0};
    struct smc_buf buf = {.failed = 1};

    (void)state;
    add_member(&file, "data", 4, 6, PLAIN_HEADER);
    assert_int_equal(smc_gunzip(file.data, file.nbytes, 100, &buf), SMC_GZIP_E_MEMORY);
    text_free(&file);
}

/* Each allocation, ours and zlib's, fails once. */
static void memory_runs_out(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct text data = some_data(1000000), file = {0};
    enum smc_gzip_status status = SMC_GZIP_E_MEMORY;
    size_t n = 0;

    add_member(&file, data.data, data.nbytes, 6, PLAIN_HEADER);
    while (status == SMC_GZIP_E_MEMORY && n < 100) {
        struct smc_buf buf = {0};
        size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        status = smc_gunzip(file.data, file.nbytes, SIZE_MAX, &buf);
        hook.fail_at = 0;
        assert_int_equal(status, hook.n_calls >= n ? SMC_GZIP_E_MEMORY : SMC_GZIP_OK);
        assert_int_equal(buf.nbytes, status == SMC_GZIP_OK ? data.nbytes : 0);
        smc_buf_free(&buf);
        assert_int_equal(hook.n_live, n_live);
    }
    assert_in_range(n, 6, 99); /* zlib's state and window, and a buffer that grows */
    text_free(&file);
    text_free(&data);
}

static void reasons(void **state)
{
    (void)state;
    for (int i = SMC_GZIP_OK; i <= SMC_GZIP_E_MEMORY; i++) {
        for (int j = SMC_GZIP_OK; j < i; j++) {
            assert_string_not_equal(smc_gzip_reason((enum smc_gzip_status)i),
                                    smc_gzip_reason((enum smc_gzip_status)j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gunzips),
        cmocka_unit_test(several_members_are_one_file),
        cmocka_unit_test(padding_is_zeros),
        cmocka_unit_test(what_is_no_gzip),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_flipped_bit),
        cmocka_unit_test(memory_follows_the_limit),
        cmocka_unit_test(the_ratio_has_a_limit),
        cmocka_unit_test(a_failed_buffer),
        cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
