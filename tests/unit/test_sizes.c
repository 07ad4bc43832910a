/*
 * Sizes and limits of 2 GiB, 4 GiB and more, which a size_t of 32 bits, or a difference of pointers there, does not
 * hold. Files of that size are sparse.
 */
#include "tests/unit/features.h"

#include "src/base/gzip.h"
#include "src/base/io.h"
#include "src/find/find.h"
#include "src/find/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#define GIB (UINT64_C(1) << 30)

static const uint64_t limits[] = {2 * GIB, 4 * GIB, 4 * GIB + 1, 6 * GIB, UINT64_MAX};

/* Those whose low 32 bits are the size of a good file are the ones that a cut size would open. */
static void huge_files_are_not_opened(void **state)
{
    struct file file = feature_file_raw();
    const uint64_t sizes[] = {2 * GIB, 4 * GIB, 4 * GIB + file.nbytes, 8 * GIB + file.nbytes};
    static const unsigned flags[] = {0, SMC_OPEN_COPY};
    char path[256];

    (void)state;
    temporary_file(path, sizeof path, file.bytes, file.nbytes);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_int_equal(truncate(path, (off_t)sizes[i]), 0);
        for (size_t k = 0; k < COUNT_OF(flags); k++) {
            smc_cache *cache = (smc_cache *)&file;
            struct smc_error error;
            const smc_status status = smc_open_path(path, flags[k], &cache, &error);
            assert_null(cache);
            assert_int_equal(status, error.status);
            if (sizes[i] > PTRDIFF_MAX) {
                assert_int_equal(status, SMC_E_MEMORY);
                assert_string_equal(error.reason, "the file does not fit the address space");
            } else {
                assert_int_equal(status, SMC_E_DAMAGED);
                assert_string_equal(error.reason, "the file is longer than its header says");
            }
        }
    }
    assert_int_equal(unlink(path), 0);
    file_free(&file);
}

static void a_small_file_is_read_whatever_the_limit(void **state)
{
    char path[256];

    (void)state;
    temporary_file(path, sizeof path, "a few bytes", 11);
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct smc_buf buf = {0};
        struct smc_load_error error;
        assert_int_equal(smc_load(path, limits[i], 1, &buf, &error), 0);
        assert_int_equal(buf.nbytes, 11);
        smc_buf_free(&buf);
    }
    assert_int_equal(unlink(path), 0);
}

/* Where there is memory for it, nobody wants to wait. */
static void a_huge_file_is_not_read(void **state)
{
    char path[256];
    struct smc_buf buf = {0};

    (void)state;
    if (SIZE_MAX > UINT32_MAX) {
        skip();
    }
    temporary_file(path, sizeof path, "", 0);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (uint64_t nbytes = 4 * GIB - 1; nbytes <= 4 * GIB + 1; nbytes++) {
        assert_int_equal(ftruncate(fd, (off_t)nbytes), 0);
        errno = 0;
        assert_int_equal(smc_read_all(fd, UINT64_MAX, 1, &buf), -1);
        assert_int_equal(errno, ENOMEM);
        assert_int_equal(buf.nbytes, 0);
        smc_buf_free(&buf);
    }
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static void what_is_inflated_may_have_any_limit(void **state)
{
    uint8_t text[] = {'t', 'e', 'x', 't'}, bytes[100];
    z_stream z = {.next_in = text, .avail_in = sizeof text};

    (void)state;
    z.next_out = bytes;
    z.avail_out = sizeof bytes;
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t nbytes = sizeof bytes - z.avail_out;
    assert_int_equal(deflateEnd(&z), Z_OK);
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct smc_buf buf = {0};
        assert_int_equal(smc_gunzip(bytes, nbytes, limits[i], &buf), SMC_GZIP_OK);
        assert_int_equal(buf.nbytes, 4);
        smc_buf_free(&buf);
    }
}

static void a_data_url_may_have_any_limit(void **state)
{
    static const char *const urls[] = {"data:,text", "data:;base64,dGV4dA=="};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        for (size_t k = 0; k < COUNT_OF(urls); k++) {
            struct smc_buf buf = {0};
            struct smc_data_url_error error;
            assert_int_equal(smc_data_url_decode(urls[k], strlen(urls[k]), limits[i], &buf, &error),
                             0);
            assert_int_equal(buf.nbytes, 4);
            smc_buf_free(&buf);
        }
    }
}

static void room_that_no_size_can_tell_is_no_memory(void **state)
{
    struct smc_buf buf = {0};

    (void)state;
    /* Cut to a size, these are 4, 1 and 1. */
    const size_t wrong[][3] = {
        {SIZE_MAX / 5 + 1, 5, 0}, {SIZE_MAX / 2 + 1, 2, 1}, {SIZE_MAX / 3, 3, 2}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_null(smc_buf_reserve_times(&buf, wrong[i][0], wrong[i][1], wrong[i][2]));
        assert_true(buf.failed);
        smc_buf_free(&buf);
    }
    assert_non_null(smc_buf_reserve_times(&buf, 100, 7, 16));
    assert_true(buf.capacity >= 716);
    assert_non_null(smc_buf_reserve_times(&buf, 0, 7, 16));
    smc_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huge_files_are_not_opened),
        cmocka_unit_test(a_small_file_is_read_whatever_the_limit),
        cmocka_unit_test(a_huge_file_is_not_read),
        cmocka_unit_test(what_is_inflated_may_have_any_limit),
        cmocka_unit_test(a_data_url_may_have_any_limit),
        cmocka_unit_test(room_that_no_size_can_tell_is_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
