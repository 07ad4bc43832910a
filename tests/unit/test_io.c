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

/* With sizes on both sides of where huge pages begin, of where the last of them is one, and of where two threads
 * read. */
static void reads_files_of_any_size(void **state)
{
    static const size_t most = 16 * MIB;
    static const size_t sizes[] = {0,           1,           MIB,         2 * MIB - 1, 2 * MIB,
                                   3 * MIB - 1, 3 * MIB,     3 * MIB + 1, 4 * MIB - 1, 4 * MIB,
                                   5 * MIB - 2, 5 * MIB - 1, 5 * MIB,     5 * MIB + 1, 6 * MIB,
                                   8 * MIB - 1, 8 * MIB,     8 * MIB + 1, 11 * MIB + 5};
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(sizes); i++) {
        const unsigned n_threads = 1 + (unsigned)(i / COUNT_OF(sizes));
        const size_t nbytes = sizes[i % COUNT_OF(sizes)];
        struct smc_buf buf = {0};
        struct text bytes;
        int fd = open_numbers(nbytes, &bytes);

        assert_int_equal(smc_read_all(fd, most, n_threads, &buf), 0);
        assert_int_equal(buf.nbytes, nbytes);
        assert_true(buf.capacity >= buf.nbytes);
        if (nbytes > 0) {
            assert_memory_equal(buf.data, bytes.data, nbytes);
        }
        /* The buffer is one like any other: it grows, by another reading of the file too. */
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        smc_buf_append(&buf, "and more", 8);
        assert_int_equal(smc_read_all(fd, 2 * most, n_threads, &buf), 0);
        assert_int_equal(buf.nbytes, 2 * nbytes + 8);
        if (nbytes > 0) {
            assert_memory_equal(buf.data, bytes.data, nbytes);
            assert_memory_equal(buf.data + nbytes + 8, bytes.data, nbytes);
        }
        assert_memory_equal(buf.data + nbytes, "and more", 8);
        smc_buf_free(&buf);
        text_free(&bytes);
        close(fd);
    }
}

/* From where the file is at, as of a program's standard input that another one has begun to read. */
static void reads_the_rest(void **state)
{
    static const size_t nbytes = 17 * MIB + 3,
                        starts[] = {1, MIB, 5 * MIB + 1, 17 * MIB, 17 * MIB + 3};
    struct text bytes;
    int fd = open_numbers(nbytes, &bytes);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        for (unsigned n_threads = 1; n_threads <= 2; n_threads++) {
            struct smc_buf buf = {0};
            assert_int_equal(lseek(fd, (off_t)starts[i], SEEK_SET), starts[i]);
            assert_int_equal(smc_read_all(fd, 2 * nbytes, n_threads, &buf), 0);
            assert_int_equal(buf.nbytes, nbytes - starts[i]);
            if (buf.nbytes > 0) {
                assert_memory_equal(buf.data, bytes.data + starts[i], buf.nbytes);
            }
            smc_buf_free(&buf);
        }
    }
    text_free(&bytes);
    close(fd);
}

static void refuses_what_is_too_large(void **state)
{
    static const size_t sizes[] = {10, 5 * MIB, 9 * MIB};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct text bytes;
        int fd = open_numbers(sizes[i], &bytes);

        for (size_t less = 0; less <= 2; less++) {
            struct smc_buf buf = {0};
            assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
            errno = 0;
            assert_int_equal(smc_read_all(fd, sizes[i] - less, 2, &buf), less > 0 ? -1 : 0);
            assert_int_equal(errno, less > 0 ? EFBIG : 0);
            smc_buf_free(&buf);
            /* The limit is of all that the buffer has. */
            assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
            smc_buf_append(&buf, NULL, 7);
            assert_int_equal(smc_read_all(fd, sizes[i] + 7 - less, 2, &buf), less > 0 ? -1 : 0);
            smc_buf_free(&buf);
        }
        text_free(&bytes);
        close(fd);
    }
}

/* A sparse file of a terabyte takes neither time nor memory. */
static void reads_nothing_of_what_is_too_large(void **state)
{
    char path[256];
    struct smc_buf buf = {0};

    (void)state;
    temporary_file(path, sizeof path, "", 0);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    if (ftruncate(fd, (off_t)1 << 40) == 0) {
        assert_int_equal(smc_read_all(fd, UINT64_C(4) << 30, 1, &buf), -1);
        assert_int_equal(errno, EFBIG);
        assert_int_equal(buf.capacity, 0);
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_files_of_any_size),
        cmocka_unit_test(reads_the_rest),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(reads_nothing_of_what_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
