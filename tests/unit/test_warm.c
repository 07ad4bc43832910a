/*
 * What the system is told when a file is opened, and how much of a file is in memory. What it is told is
 * seen by standing in for madvise, which can fail here, or be that of an old kernel.
 */
#include "src/reader/cache.h"
#include "tests/unit/answers.h"
#include "tests/unit/features.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define N_ADVICES 32

static struct {
    unsigned n_calls[N_ADVICES]; /* by advice */
    unsigned n;
    size_t populated_nbytes; /* of the last MADV_POPULATE_READ */
    int is_old;    /* it knows no MADV_POPULATE_READ, and does nothing about MADV_WILLNEED */
    int fail_with; /* an errno for all calls, or 0 */
    int mincore_fails;
} kernel;

int madvise(void *start, size_t nbytes, int advice)
{
    kernel.n++;
    if (advice >= 0 && advice < N_ADVICES) {
        kernel.n_calls[advice]++;
    }
    if (advice == MADV_POPULATE_READ) {
        kernel.populated_nbytes = nbytes;
    }
    if (kernel.fail_with != 0 || (kernel.is_old && advice == MADV_POPULATE_READ)) {
        errno = kernel.fail_with != 0 ? kernel.fail_with : EINVAL;
        return -1;
    }
    if (kernel.is_old && advice == MADV_WILLNEED) {
        return 0;
    }
    return (int)syscall(SYS_madvise, start, nbytes, advice);
}

int mincore(void *start, size_t nbytes, unsigned char *pages)
{
    if (kernel.mincore_fails) {
        errno = EAGAIN;
        return -1;
    }
    return (int)syscall(SYS_mincore, start, nbytes, pages);
}

static void reset_kernel(void)
{
    memset(&kernel, 0, sizeof kernel);
}

/* ---- files: one that is read at random unless somebody says how, and one that is not ---- */

#define N_TOKENS 100000
#define CONTENT_NBYTES (5u << 20) /* more than smc_resident asks about at a time, of 4 KiB pages */

enum { SMALL, BIG, N_FILES };

static struct {
    struct file file;
    char path[256];
    uint64_t hot_nbytes; /* before the contents */
} files[N_FILES];

static uint64_t page;

static struct file big_file(void)
{
    struct text map = {0};
    struct rng rng = {61};

    text_puts(&map, "{\"version\":3,\"sources\":[\"a.js\"],\"names\":[],\"sourcesContent\":[\"");
    for (unsigned i = 0; i < CONTENT_NBYTES; i++) {
        text_repeat(&map, i % 70 == 69 ? ' ' : (char)('a' + rng_below(&rng, 26)), 1);
    }
    text_puts(&map, "\"],\"mappings\":\"");
    for (int i = 0; i < N_TOKENS; i++) {
        text_puts(&map, i == 0 ? "" : ",");
        text_segment(&map, 4, 1 + rng_below(&rng, 500), 0, 0, rng_below(&rng, 60), 0);
    }
    text_puts(&map, "\"}");
    struct file file = build_file(&map, SMC_BUILD_SOURCES_RAW);
    text_free(&map);
    return file;
}

static int make_files(void **state)
{
    (void)state;
    page = (uint64_t)sysconf(_SC_PAGESIZE);
    files[SMALL].file = feature_file_raw();
    files[BIG].file = big_file();
    for (int i = 0; i < N_FILES; i++) {
        size_t nbytes;
        temporary_file(files[i].path, sizeof files[i].path, files[i].file.bytes,
                       files[i].file.nbytes);
        files[i].hot_nbytes = section_offset(&files[i].file, SMCF_SECTION_CONTENT, &nbytes);
    }
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_FILES; i++) {
        assert_int_equal(unlink(files[i].path), 0);
        file_free(&files[i].file);
    }
    return 0;
}

static smc_cache *open_which(int which, unsigned flags)
{
    smc_cache *cache;

    assert_int_equal(smc_open_path(files[which].path, flags, &cache, NULL), SMC_OK);
    return cache;
}

static uint64_t resident(const smc_cache *cache)
{
    uint64_t nbytes = UINT64_MAX;

    assert_int_equal(smc_resident(cache, &nbytes), SMC_OK);
    assert_true(nbytes <= cache->nbytes);
    return nbytes;
}

/* Out of the page cache with it; nobody may have it open. */
static void make_cold(const char *path)
{
    int fd = open(path, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(fsync(fd), 0);
    assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    assert_int_equal(close(fd), 0);
}

/* An emulator may say yes to every advice, and take none. */
static void skip_where_advice_is_ignored(void)
{
    const int no_advice = 9999;
    void *memory = mmap(NULL, (size_t)page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    const int is_ignored = syscall(SYS_madvise, memory, (size_t)page, no_advice) == 0;
    assert_int_equal(munmap(memory, (size_t)page), 0);
    if (is_ignored) {
        skip();
    }
}

/* The big file, cold but for what opening reads. Skips the test where a file is always in memory. */
static smc_cache *open_cold(unsigned flags)
{
    skip_where_advice_is_ignored();
    make_cold(files[BIG].path);
    smc_cache *cache = open_which(BIG, SMC_OPEN_RANDOM);
    const uint64_t nbytes = resident(cache);
    smc_close(cache);
    if (nbytes == files[BIG].file.nbytes) {
        skip();
    }
    assert_true(nbytes < files[BIG].hot_nbytes);
    make_cold(files[BIG].path);
    reset_kernel();
    return open_which(BIG, flags);
}

/* ---- flags ---- */

static void assert_unsupported(unsigned flags)
{
    const struct file *file = &files[SMALL].file;
    smc_cache *const before = (smc_cache *)&files;
    int fd = open(files[SMALL].path, O_RDONLY);

    assert_true(fd >= 0);
    for (int way = 0; way < 4; way++) {
        struct smc_error error = {SMC_OK, NULL, 1};
        smc_cache *cache = before;
        smc_status status = way == 0   ? smc_open_path(files[SMALL].path, flags, &cache, &error)
                            : way == 1 ? smc_open_path("no/such/file", flags, &cache, &error)
                            : way == 2
                                ? smc_open_fd(fd, flags, &cache, &error)
                                : smc_open_memory(file->bytes, file->nbytes, flags, &cache, &error);
        assert_int_equal(status, SMC_E_UNSUPPORTED);
        assert_null(cache);
        assert_int_equal(error.status, SMC_E_UNSUPPORTED);
        assert_non_null(strstr(error.reason, "flag"));
        assert_int_equal(error.offset, 0);
        cache = before;
        assert_int_equal(smc_open_fd(fd, flags, &cache, NULL), SMC_E_UNSUPPORTED);
        assert_null(cache);
    }
    assert_int_equal(close(fd), 0);
}

static void unknown_and_contradicting_flags_are_refused(void **state)
{
    (void)state;
    for (unsigned bit = 5; bit < 32; bit++) {
        assert_unsupported(1u << bit);
        assert_unsupported(1u << bit | SMC_OPEN_RANDOM);
    }
    assert_unsupported(SMC_OPEN_NORMAL | SMC_OPEN_RANDOM);
    assert_unsupported(SMC_OPEN_NORMAL | SMC_OPEN_SEQUENTIAL);
    assert_unsupported(SMC_OPEN_RANDOM | SMC_OPEN_SEQUENTIAL | SMC_OPEN_POPULATE);
    assert_unsupported(SMC_OPEN_NORMAL | SMC_OPEN_RANDOM | SMC_OPEN_SEQUENTIAL);
}

#define NO_ADVICE (-1)

static void assert_advice(int which, unsigned flags, int advice)
{
    reset_kernel();
    smc_close(open_which(which, flags));
    assert_int_equal(kernel.n, advice != NO_ADVICE);
    assert_true(advice == NO_ADVICE || kernel.n_calls[advice] == 1);
}

static void the_system_is_told(void **state)
{
    (void)state;
    assert_advice(SMALL, 0, NO_ADVICE);
    assert_advice(BIG, 0, MADV_RANDOM);
    for (int which = 0; which < N_FILES; which++) {
        assert_advice(which, SMC_OPEN_NORMAL, NO_ADVICE);
        assert_advice(which, SMC_OPEN_RANDOM, MADV_RANDOM);
        assert_advice(which, SMC_OPEN_SEQUENTIAL, MADV_SEQUENTIAL);
    }
}

static const unsigned good_flags[] = {0,
                                      SMC_OPEN_NORMAL,
                                      SMC_OPEN_RANDOM,
                                      SMC_OPEN_SEQUENTIAL,
                                      SMC_OPEN_POPULATE,
                                      SMC_OPEN_NORMAL | SMC_OPEN_POPULATE,
                                      SMC_OPEN_RANDOM | SMC_OPEN_POPULATE,
                                      SMC_OPEN_SEQUENTIAL | SMC_OPEN_POPULATE,
                                      SMC_OPEN_COPY,
                                      SMC_OPEN_COPY | SMC_OPEN_POPULATE};

static void flags_mean_nothing_in_memory(void **state)
{
    const struct file *file = &files[BIG].file;
    smc_cache *cache;

    (void)state;
    reset_kernel();
    for (size_t i = 0; i < COUNT_OF(good_flags); i++) {
        assert_int_equal(smc_open_memory(file->bytes, file->nbytes, good_flags[i], &cache, NULL),
                         SMC_OK);
        smc_close(cache);
    }
    assert_int_equal(kernel.n, 0);
}

static uint64_t digest_of(const smc_cache *cache, const struct questions *questions)
{
    struct questions same = *questions; /* asking changes them */
    struct answers answers = {.start = cache->bytes, .end = cache->bytes + cache->nbytes};

    ask_all(cache, &same, &answers);
    assert_int_equal(answers.n_damaged, 0);
    uint64_t digest = answers_digest(&answers);
    text_free(&answers.bytes);
    return digest;
}

/* How the system takes advice: as it does, not at all, or as an old one. */
static void answers_do_not_depend_on_advice(void **state)
{
    struct questions questions =
        make_questions(&files[SMALL].file); /* the big one has too many tokens */

    (void)state;
    for (int which = 0; which < N_FILES; which++) {
        smc_cache *cache = open_file(&files[which].file);
        const uint64_t wanted = digest_of(cache, &questions);
        smc_close(cache);
        for (size_t i = 0; i < 3 * COUNT_OF(good_flags); i++) {
            reset_kernel();
            kernel.fail_with = i % 3 == 1 ? ENOSYS : 0;
            kernel.is_old = i % 3 == 2;
            cache = open_which(which, good_flags[i / 3]);
            assert_true(digest_of(cache, &questions) == wanted);
            smc_close(cache);
        }
    }
    reset_kernel();
}

/* ---- what is in memory ---- */

static void populating_reads_what_lookups_need(void **state)
{
    (void)state;
    smc_cache *cache = open_cold(SMC_OPEN_POPULATE);
    assert_int_equal(kernel.n_calls[MADV_POPULATE_READ], 1);
    assert_true(kernel.populated_nbytes == files[BIG].hot_nbytes);
    assert_true(resident(cache) >= files[BIG].hot_nbytes);
    assert_true(resident(cache) < files[BIG].file.nbytes);
    smc_close(cache);

    cache = open_cold(SMC_OPEN_RANDOM);
    assert_true(resident(cache) < files[BIG].hot_nbytes);
    smc_close(cache);
}

/* Of a file without contents that is all. */
static void populating_reads_a_file_without_contents(void **state)
{
    struct file file = feature_file_none();
    char path[256];
    smc_cache *cache;

    (void)state;
    temporary_file(path, sizeof path, file.bytes, file.nbytes);
    reset_kernel();
    assert_int_equal(smc_open_path(path, SMC_OPEN_POPULATE, &cache, NULL), SMC_OK);
    assert_true(kernel.populated_nbytes == file.nbytes);
    smc_close(cache);
    assert_int_equal(unlink(path), 0);
    file_free(&file);
}

/* The mapping's first bytes are in memory; asked of the kernel itself. */
static int starts_in_memory(const smc_cache *cache, uint64_t nbytes)
{
    for (uint64_t off = 0; off < nbytes; off += page) {
        unsigned char is_resident = 0;
        assert_int_equal(mincore((uint8_t *)cache->mapping + off, 1, &is_resident), 0);
        if ((is_resident & 1) == 0) {
            return 0;
        }
    }
    return 1;
}

static void check_budget(uint64_t budget, uint64_t wanted, int is_old)
{
    smc_cache *cache = open_cold(SMC_OPEN_RANDOM);
    const uint64_t before = resident(cache);
    uint64_t nbytes = UINT64_MAX;

    kernel.is_old = is_old;
    assert_int_equal(smc_warm(cache, budget, &nbytes), SMC_OK);
    assert_true(nbytes == wanted);
    assert_true(starts_in_memory(cache, wanted));
    if (wanted == 0) {
        assert_true(resident(cache) == before);
    } else if (wanted == files[BIG].file.nbytes) {
        assert_true(resident(cache) == wanted);
    } else { /* no more than what opening had read, and a window beyond */
        assert_in_range(resident(cache), wanted, before + wanted + (1u << 20));
    }
    assert_int_equal(smc_warm(cache, budget, &nbytes), SMC_OK); /* it is already: no difference */
    assert_true(nbytes == wanted);
    smc_close(cache);
    reset_kernel();
}

static void warming_keeps_to_its_budget(void **state)
{
    const uint64_t all = files[BIG].file.nbytes, hot = files[BIG].hot_nbytes;

    (void)state;
    assert_true(all % page > 1 && hot / page > 4);
    for (int is_old = 0; is_old < 2; is_old++) {
        check_budget(0, 0, is_old);
        check_budget(page - 1, 0, is_old);
        check_budget(page, page, is_old);
        check_budget(2 * page - 1, page, is_old);
        check_budget(hot, hot - hot % page, is_old);
        check_budget(all - 1, all - all % page, is_old);
        check_budget(all, all, is_old);
        check_budget(UINT64_MAX, all, is_old);
    }
}

static void a_small_file_is_warmed_whole(void **state)
{
    uint64_t nbytes = 0;

    (void)state;
    smc_cache *cache = open_which(SMALL, 0);
    assert_int_equal(smc_warm(cache, UINT64_MAX, &nbytes), SMC_OK);
    assert_true(nbytes == files[SMALL].file.nbytes); /* not of whole pages */
    assert_true(resident(cache) == nbytes);
    smc_close(cache);
}

static void memory_has_nothing_to_warm(void **state)
{
    uint64_t nbytes = 1;

    (void)state;
    reset_kernel();
    smc_cache *cache = open_file(&files[BIG].file);
    assert_int_equal(smc_warm(cache, UINT64_MAX, &nbytes), SMC_OK);
    assert_int_equal(nbytes, 0);
    nbytes = 1;
    assert_int_equal(smc_resident(cache, &nbytes), SMC_OK);
    assert_int_equal(nbytes, 0);
    assert_int_equal(kernel.n, 0);
    smc_close(cache);
}

static void what_the_system_cannot_is_an_error(void **state)
{
    smc_cache *cache = open_which(BIG, 0);
    uint64_t nbytes = 1;

    (void)state;
    kernel.fail_with = ENOMEM;
    errno = 0;
    assert_int_equal(smc_warm(cache, UINT64_MAX, &nbytes), SMC_E_IO);
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(nbytes, 0);
    reset_kernel();
    kernel.mincore_fails = 1;
    nbytes = 1;
    assert_int_equal(smc_resident(cache, &nbytes), SMC_E_IO);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(nbytes, 0);
    reset_kernel();
    smc_close(cache);
}

static void skip_before_populate_read(void)
{
    void *memory = mmap(NULL, (size_t)page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(memory, MAP_FAILED);
    const int knows_it = madvise(memory, (size_t)page, MADV_POPULATE_READ) == 0;
    assert_int_equal(munmap(memory, (size_t)page), 0);
    if (!knows_it) {
        skip();
    }
}

static void a_truncated_file_is_an_error(void **state)
{
    const struct file *file = &files[BIG].file;
    const uint64_t rest = file->nbytes / 2 / page * page;
    uint64_t nbytes = 1;
    smc_cache *cache;
    char path[256];

    (void)state;
    reset_kernel();
    skip_where_advice_is_ignored();
    skip_before_populate_read();
    temporary_file(path, sizeof path, file->bytes, file->nbytes);
    assert_int_equal(smc_open_path(path, 0, &cache, NULL), SMC_OK);
    assert_int_equal(truncate(path, (off_t)rest), 0);
    errno = 0;
    assert_int_equal(smc_warm(cache, UINT64_MAX, &nbytes), SMC_E_IO);
    assert_int_equal(errno, EFAULT);
    assert_int_equal(nbytes, 0);
    assert_int_equal(smc_warm(cache, rest + page, &nbytes), SMC_E_IO);
    assert_int_equal(smc_warm(cache, rest, &nbytes), SMC_OK); /* what is left can be read */
    assert_true(nbytes == rest);
    assert_true(resident(cache) >= rest); /* what was cut off may linger */
    smc_close(cache);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_and_contradicting_flags_are_refused),
        cmocka_unit_test(the_system_is_told),
        cmocka_unit_test(flags_mean_nothing_in_memory),
        cmocka_unit_test(answers_do_not_depend_on_advice),
        cmocka_unit_test(populating_reads_what_lookups_need),
        cmocka_unit_test(populating_reads_a_file_without_contents),
        cmocka_unit_test(warming_keeps_to_its_budget),
        cmocka_unit_test(a_small_file_is_warmed_whole),
        cmocka_unit_test(memory_has_nothing_to_warm),
        cmocka_unit_test(what_the_system_cannot_is_an_error),
        cmocka_unit_test(a_truncated_file_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
