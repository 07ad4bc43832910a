/*
 * Reading whole files.
 */
#include "tests/unit/support.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* A file of that size; no two of its pages are alike. */
static int open_numbers(size_t nbytes, struct text *bytes)
{
    char path[4096];
    struct rng rng = {nbytes + 1};

    *bytes = (struct text){0};
    while (bytes->nbytes < nbytes) {
        uint64_t number = rng_next(&rng);
        text_add(bytes, &number, nbytes - bytes->nbytes < 8 ? nbytes - bytes->nbytes : 8);
    }
    temporary_file(path, sizeof path, bytes->data, nbytes);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

/* With sizes on both sides of where huge pages begin, and of where the last of them is one. */
static void reads_files_of_any_size(void **state)
{
    static const size_t sizes[] = {0,           1,           MIB,         2 * MIB - 1, 2 * MIB,
                                   3 * MIB - 1, 3 * MIB,     3 * MIB + 1, 4 * MIB - 1, 4 * MIB,
                                   5 * MIB - 2, 5 * MIB - 1, 5 * MIB,     5 * MIB + 1, 6 * MIB};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct smc_buf buf = {0};
        struct text bytes;
        int fd = open_numbers(sizes[i], &bytes);

        assert_int_equal(smc_read_all(fd, 8 * MIB, &buf), 0);
        assert_int_equal(buf.nbytes, sizes[i]);
        assert_true(buf.capacity >= buf.nbytes);
        if (sizes[i] > 0) {
            assert_memory_equal(buf.data, bytes.data, sizes[i]);
        }
        /* The buffer is one like any other: it grows, by another reading of the file too. */
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        smc_buf_append(&buf, "and more", 8);
        assert_int_equal(smc_read_all(fd, 16 * MIB, &buf), 0);
        assert_int_equal(buf.nbytes, 2 * sizes[i] + 8);
        if (sizes[i] > 0) {
            assert_memory_equal(buf.data, bytes.data, sizes[i]);
            assert_memory_equal(buf.data + sizes[i] + 8, bytes.data, sizes[i]);
        }
        assert_memory_equal(buf.data + sizes[i], "and more", 8);
        smc_buf_free(&buf);
        text_free(&bytes);
        close(fd);
    }
}

static void refuses_what_is_too_large(void **state)
{
    static const size_t sizes[] = {10, 5 * MIB};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct text bytes;
        int fd = open_numbers(sizes[i], &bytes);

        for (size_t less = 0; less <= 2; less++) {
            struct smc_buf buf = {0};
            assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
            errno = 0;
            assert_int_equal(smc_read_all(fd, sizes[i] - less, &buf), less > 0 ? -1 : 0);
            assert_int_equal(errno, less > 0 ? EFBIG : 0);
            smc_buf_free(&buf);
        }
        text_free(&bytes);
        close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_files_of_any_size),
        cmocka_unit_test(refuses_what_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
