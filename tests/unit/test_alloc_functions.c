/*
 * Memory that runs out while functions are collected, packed and verified: each allocation fails once in turn. Whoever
 * asked is told so, and nothing is left. The rest of a build is in test_alloc.c.
 */
#include "tests/unit/malloc_hook.h"

#include "src/build/assembly.h"
#include "tests/unit/features.h"
#include "tests/unit/support.h"

#define N_TOKENS 700
#define N_NAMES 1000 /* more than a table begins with */

static int collect(struct smc_function_table *table)
{
    uint32_t site = SMCF_NONE;
    char name[40];

    for (uint32_t i = 0; i < N_NAMES; i++) {
        const int n = snprintf(name, sizeof name, "get Class%u.method%u", i / 8, i);
        const uint32_t id = smc_function_table_add(table, (const uint8_t *)name, (size_t)n,
                                                   (size_t)n - (i < 8 ? 11 : 12),
                                                   SMCF_FUNCTION_NAMED, SMCF_NAME_SCOPES);
        smc_function_table_run(table, i, i % 3 == 0 ? SMCF_NONE : id);
        const struct smc_call_site call = {0, i, i, id, site};
        site = smc_inlined_add_call_site(&table->inlined, &call);
        const struct smc_inlined_entry entry = {0, i, site, id, 0};
        smc_inlined_add(&table->inlined, &entry);
    }
    return smc_function_table_failed(table);
}

/* Whether a file came out of it, and if so, whether verify had no memory for it. */
static int build(int *is_good)
{
    static struct smc_assembly a;
    struct smc_source_entry source = {0};
    struct smc_report report = {0};
    const uint8_t digest[16] = {0};
    void *bytes = NULL;
    size_t nbytes;

    memset(&a, 0, sizeof a);
    source.name = source.raw_name = smc_strings_add(&a.strings, (const uint8_t *)"a.js", 4);
    smc_buf_append(&a.sources, &source, sizeof source);
    a.info.file = a.info.source_root = smcf_put32(SMCF_NONE);
    a.info.n_lines = smcf_put32(1);
    a.contents.mode = SMC_BUILD_SOURCES_NONE;
    for (uint32_t i = 0; i < N_TOKENS; i++) {
        const struct smc_token_row row = {0, i, 0, i, 0, SMCF_NONE, 0};
        smc_token_writer_add(&a.tokens, &row);
    }
    smc_token_writer_flush(&a.tokens);
    const int failed = collect(&a.functions);
    smc_build_status status =
        a.sources.failed ? SMC_BUILD_E_MEMORY : smc_assembly_finish(&a, digest, 0, &report);
    /* Once it has failed it stays so. */
    *is_good = !failed || status == SMC_BUILD_E_MEMORY;
    if (status == SMC_BUILD_OK) {
        status = smc_assembly_copy(&a, &bytes, &nbytes, NULL);
    }
    *is_good &= status == SMC_BUILD_OK || status == SMC_BUILD_E_MEMORY;
    smc_assembly_free(&a);
    if (status == SMC_BUILD_OK) {
        smc_cache *cache;
        const size_t n_before = hook.n_calls;
        const smc_status opened = smc_open_memory(bytes, nbytes, 0, &cache, NULL);
        const smc_status verified = opened == SMC_OK ? smc_verify(cache, NULL) : opened;
        const int had_none = hook.fail_at > n_before && hook.fail_at <= hook.n_calls;
        *is_good &= verified == (had_none ? SMC_E_MEMORY : SMC_OK);
        smc_close(cache);
    }
    free(bytes);
    return status == SMC_BUILD_OK;
}

static void each_allocation_may_fail(void **state)
{
    size_t n = 0, n_calls;
    int is_good, is_built;

    (void)state;
    NEEDS_MALLOC_HOOK();
    do {
        const size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        is_built = build(&is_good);
        hook.fail_at = 0;
        n_calls = hook.n_calls;
        if (!is_good || hook.n_live != n_live) {
            fail_msg("allocation %zu fails: %s, %zd pointers left", n,
                     is_good ? "told" : "not told", (ssize_t)(hook.n_live - n_live));
        }
        assert_true(is_built || n <= n_calls);
    } while (n <= n_calls);
    assert_true(is_built);
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
