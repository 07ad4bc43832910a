/*
 * SMC_OPEN_COPY: what happens to a file after it was opened does not matter, and each way in which reading it can fail
 * is an error.
 */
#include "tests/unit/call_hook.h"

#include "src/reader/cache.h"
#include "tests/unit/answers.h"
#include "tests/unit/features.h"

#include <fcntl.h>
#include <unistd.h>

static struct file file;
static char path[256];

static int make_file(void **state)
{
    (void)state;
    file = feature_file_deflate();
    temporary_file(path, sizeof path, file.bytes, file.nbytes);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    calls.mode = CALLS_WORK;
    assert_int_equal(unlink(path), 0);
    file_free(&file);
    return 0;
}

static uint64_t all_answers(const smc_cache *cache)
{
    struct questions questions = make_questions(&file);
    struct answers answers = {.start = cache->bytes, .end = cache->bytes + cache->nbytes};

    ask_all(cache, &questions, &answers);
    assert_int_equal(answers.n_damaged, 0);
    const uint64_t digest = answers_digest(&answers);
    text_free(&answers.bytes);
    return digest;
}

static uint64_t answers_from_memory(void)
{
    smc_cache *cache = open_file(&file);
    const uint64_t digest = all_answers(cache);
    smc_close(cache);
    return digest;
}

static void a_file_that_changes_does_not_matter(void **state)
{
    uint8_t garbage[64];
    smc_cache *cache;

    (void)state;
    memset(garbage, 0xa5, sizeof garbage);
    assert_int_equal(smc_open_path(path, SMC_OPEN_COPY, &cache, NULL), SMC_OK);
    const int fd = open(path, O_WRONLY);
    for (size_t off = 0; off < file.nbytes; off += sizeof garbage) {
        assert_int_equal(pwrite(fd, garbage, sizeof garbage, (off_t)off), sizeof garbage);
    }
    assert_true(all_answers(cache) == answers_from_memory());
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(close(fd), 0);
    assert_true(all_answers(cache) == answers_from_memory());
    smc_close(cache);
}

/* As of a cache that was opened from memory. */
static void nothing_of_it_is_to_be_warmed(void **state)
{
    smc_cache *cache;
    uint64_t nbytes = 1;

    (void)state;
    assert_int_equal(smc_open_path(path, SMC_OPEN_COPY | SMC_OPEN_POPULATE, &cache, NULL), SMC_OK);
    assert_int_equal(smc_warm(cache, UINT64_MAX, &nbytes), SMC_OK);
    assert_int_equal(nbytes, 0);
    nbytes = 1;
    assert_int_equal(smc_resident(cache, &nbytes), SMC_OK);
    assert_int_equal(nbytes, 0);
    smc_close(cache);
}

/* ---- failures ---- */

static smc_status open_while(enum calls_mode mode, const char *name, size_t at, int error_number,
                             struct smc_error *error)
{
    smc_cache *cache = NULL;

    calls.mode = mode;
    calls.name = name;
    calls.at = at;
    calls.error_number = error_number;
    calls.n = calls.n_failed = 0;
    const smc_status status = smc_open_path(path, SMC_OPEN_COPY, &cache, error);
    const int saved = errno;
    calls.mode = CALLS_WORK;
    errno = saved;
    assert_true((cache != NULL) == (status == SMC_OK));
    if (status == SMC_OK) {
        assert_true(all_answers(cache) == answers_from_memory());
    }
    smc_close(cache);
    return status;
}

static void each_call_that_fails_is_said(void **state)
{
    struct smc_error error;
    size_t at = 1;

    (void)state;
    for (;; at++) {
        const smc_status status = open_while(CALL_FAILS, NULL, at, EIO, &error);
        if (calls.n_failed == 0) {
            break;
        }
        if (strcmp(calls.failed, "close") == 0) { /* of a file that has been read */
            assert_int_equal(status, SMC_OK);
            continue;
        }
        const int is_memory = strcmp(calls.failed, "mmap64") == 0;
        assert_int_equal(status, is_memory ? SMC_E_MEMORY : SMC_E_IO);
        assert_int_equal(errno, EIO);
        assert_int_equal(error.status, status);
    }
    assert_int_equal(at, 7); /* after open, fstat, pread of the header, mmap, pread of all, close */
}

static void reading_goes_on_after_a_signal_and_after_less(void **state)
{
    (void)state;
    for (size_t at = 1; at <= 2; at++) {
        assert_int_equal(open_while(CALL_FAILS, NULL, 2 * at + 1, EINTR, NULL), SMC_OK);
        assert_string_equal(calls.failed, "pread64");
        assert_int_equal(open_while(CALL_IS_SHORT, NULL, at, 0, NULL), SMC_OK);
        assert_int_equal(calls.n_failed, 1);
    }
    assert_int_equal(open_while(CALLS_ARE_SHORT, NULL, 1, 0, NULL), SMC_OK);
}

static void without_memory_it_says_so(void **state)
{
    struct smc_error error;

    (void)state;
    assert_int_equal(open_while(FUNCTION_FAILS_ON, "mmap64", 1, ENOMEM, &error), SMC_E_MEMORY);
    assert_string_equal(error.reason, smc_status_text(SMC_E_MEMORY));
}

static void cut_in_half(void *context)
{
    (void)context;
    assert_int_equal(truncate(path, (off_t)(file.nbytes / 2)), 0);
}

/* Before its header is read, and before the rest is. */
static void a_file_that_is_cut_meanwhile_is_truncated(void **state)
{
    struct smc_error error;

    (void)state;
    calls.meanwhile = cut_in_half;
    for (size_t at = 1; at <= 2; at++) {
        assert_int_equal(open_while(CALL_IS_LATE, "pread64", at, 0, &error), SMC_E_TRUNCATED);
        assert_string_equal(error.reason, "the file was cut while it was read");
        remove_file(NULL);
        make_file(NULL);
    }
}

/* A file that is none of ours is not read further than its header, however long it is. */
static void of_a_huge_file_no_memory_is_asked_for(void **state)
{
    struct smc_error error;

    (void)state;
    assert_int_equal(truncate(path, (off_t)1 << (SIZE_MAX > UINT32_MAX ? 40 : 30)), 0);
    assert_int_equal(open_while(FUNCTION_FAILS_ON, "mmap64", 1, ENOMEM, &error), SMC_E_DAMAGED);
    assert_string_equal(error.reason, "the file is longer than its header says");
    assert_int_equal(calls.n_failed, 0);
}

static void what_is_no_cache_is_refused(void **state)
{
    struct smc_error error;

    (void)state;
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(open_while(CALLS_WORK, NULL, 1, 0, &error), SMC_E_TRUNCATED);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(open_while(CALLS_WORK, NULL, 1, 0, &error), SMC_E_NOT_CACHE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_file, remove_file)
    const struct CMUnitTest tests[] = {
        TEST(a_file_that_changes_does_not_matter),
        TEST(nothing_of_it_is_to_be_warmed),
        TEST(each_call_that_fails_is_said),
        TEST(reading_goes_on_after_a_signal_and_after_less),
        TEST(without_memory_it_says_so),
        TEST(a_file_that_is_cut_meanwhile_is_truncated),
        TEST(of_a_huge_file_no_memory_is_asked_for),
        TEST(what_is_no_cache_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
