/*
 * What a lookup costs before anything is warm: opening a large file and one lookup touch few of its
 * pages, and lookups allocate nothing.
 *
 * The file lies in memory without access; a signal handler opens it page by page and counts.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define N_TOKENS 300000
#define PAGES_MAX 16

static struct {
    uint8_t *bytes;
    size_t nbytes; /* of whole pages */
    size_t page;
    volatile sig_atomic_t n_touched;
} watched;

static void touched(int signal_number, siginfo_t *info, void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr, start = (uintptr_t)watched.bytes;

    (void)context;
    if (at < start || at >= start + watched.nbytes) { /* not ours: crash as if we were not here */
        (void)signal(signal_number, SIG_DFL);
        return;
    }
    watched.n_touched++;
    size_t off = (at - start) / watched.page * watched.page;
    if (mprotect(watched.bytes + off, watched.page, PROT_READ) != 0) {
        (void)signal(signal_number, SIG_DFL);
    }
}

static void watch(const struct file *file)
{
    watched.page = (size_t)sysconf(_SC_PAGESIZE);
    watched.nbytes = (file->nbytes + watched.page - 1) / watched.page * watched.page;
    watched.bytes =
        mmap(NULL, watched.nbytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(watched.bytes, MAP_FAILED);
    memcpy(watched.bytes, file->bytes, file->nbytes);
}

/* A map of many lines, or of one; both with names and several sources. */
static struct text large_map(int is_one_line)
{
    struct text map = {0};
    struct rng rng = {51};
    int64_t name = 0, source = 0;

    text_puts(&map, "{\"version\":3,\"sources\":[\"s0\"");
    for (int i = 1; i < 3000; i++) {
        text_puts(&map, ",\"webpack:///./src/some/folder/source-");
        text_number(&map, (uint64_t)i);
        text_puts(&map, ".js\"");
    }
    text_puts(&map, "],\"names\":[\"n0\"");
    for (int i = 1; i < 20000; i++) {
        text_puts(&map, ",\"someIdentifier");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"mappings\":\"");
    for (int i = 0; i < N_TOKENS; i++) {
        text_puts(&map, i == 0 ? "" : !is_one_line && i % 23 == 0 ? ";" : ",");
        int64_t to_name = rng_below(&rng, 20000), to_source = i / 100;
        text_segment(&map, 5, 1 + rng_below(&rng, 12), to_source - source, rng_below(&rng, 2),
                     rng_below(&rng, 2), to_name - name);
        name = to_name;
        source = to_source;
    }
    text_puts(&map, "\"}");
    return map;
}

/* Pages that opening and one lookup touch. */
static int count_pages(size_t nbytes, const struct smc_position *at, unsigned flags)
{
    struct smc_token token;
    smc_cache *cache;

    assert_int_equal(mprotect(watched.bytes, watched.nbytes, PROT_NONE), 0);
    watched.n_touched = 0;
    assert_int_equal(smc_open_memory(watched.bytes, nbytes, 0, &cache, NULL), SMC_OK);
    assert_int_equal(smc_lookup(cache, at->line, at->column, flags, &token), SMC_OK);
    smc_close(cache);
    return watched.n_touched;
}

static void check_pages(int is_one_line)
{
    struct sigaction action = {.sa_sigaction = touched, .sa_flags = SA_SIGINFO}, before;
    struct text map = large_map(is_one_line);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    smc_cache *cache = open_file(&file);
    struct rng rng = {52};
    struct smc_token token;
    int most = 0;

    watch(&file);
    assert_int_equal(sigemptyset(&action.sa_mask), 0);
    assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
    for (int i = 0; i < 500; i++) {
        assert_int_equal(smc_token_at(cache, rng_below(&rng, N_TOKENS), &token), SMC_OK);
        struct smc_position at = {token.line, token.column};
        int n = count_pages(file.nbytes, &at, i % 2 == 0 ? 0 : SMC_LOOKUP_ACROSS_LINES);
        most = n > most ? n : most;
    }
    assert_int_equal(sigaction(SIGSEGV, &before, NULL), 0);
    /* Header, table and INFO; an entry of DIRECTORY, a block, a source, two groups of strings: the
     * handler did count. */
    assert_in_range(most, 4, PAGES_MAX);
    assert_true(watched.nbytes / watched.page > 100);
    assert_int_equal(munmap(watched.bytes, watched.nbytes), 0);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

static void lookup_touches_few_pages_of_many_lines(void **state)
{
    (void)state;
    check_pages(0);
}

static void lookup_touches_few_pages_of_one_line(void **state)
{
    (void)state;
    check_pages(1);
}

static void lookup_allocates_nothing(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct text map = large_map(0);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    smc_cache *cache = open_file(&file);
    struct rng rng = {53};
    struct smc_position positions[16] = {{0, 0}};
    struct smc_token tokens[16];
    struct smc_info info;
    struct smc_source source;
    struct smc_view name;
    int n_failed = 0;

    size_t n_calls = hook.n_calls;
    for (int i = 0; i < 10000; i++) { /* no asserts in here: who knows what they allocate */
        uint32_t line = rng_below(&rng, N_TOKENS / 23), column = rng_below(&rng, 300);
        positions[i % 16] = (struct smc_position){line, column};
        n_failed += smc_lookup(cache, line, column, (unsigned)i % 2, &tokens[0]) != SMC_OK;
        n_failed += smc_lookup_batch(cache, positions, 16, (unsigned)i % 2, tokens) != SMC_OK;
        n_failed += smc_token_at(cache, rng_below(&rng, N_TOKENS), &tokens[0]) != SMC_OK;
        n_failed += smc_source_get(cache, rng_below(&rng, 3000), &source) != SMC_OK;
        n_failed += smc_name_get(cache, rng_below(&rng, 19000), &name) != SMC_OK;
        n_failed += smc_info_get(cache, &info) != SMC_OK;
    }
    assert_int_equal(hook.n_calls, n_calls);
    assert_int_equal(n_failed, 0);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookup_touches_few_pages_of_many_lines),
        cmocka_unit_test(lookup_touches_few_pages_of_one_line),
        cmocka_unit_test(lookup_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
