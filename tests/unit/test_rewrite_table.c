/*
 * Tables of numbers by keys: whatever the keys are, it takes no longer.
 */
#include "src/base/hash.h"
#include "src/rewrite/table.h"
#include "tests/unit/support.h"

#include <time.h>

static void numbers(void **state)
{
    struct smc_table table = {0};

    (void)state;
    assert_int_equal(smc_table_get(&table, 1), SMC_TABLE_NONE);
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(*smc_table_put(&table, (uint64_t)i << 20, i), i);
        assert_int_equal(*smc_table_put(&table, (uint64_t)i << 20, i + 1), i);
    }
    for (uint32_t i = 0; i < 10000; i++) {
        assert_int_equal(smc_table_get(&table, (uint64_t)i << 20), i);
        assert_int_equal(smc_table_get(&table, ((uint64_t)i << 20) + 1), SMC_TABLE_NONE);
    }
    smc_table_free(&table);
}

/* Keys that a multiplication by a constant that all know puts next to each other. */
static void chosen_keys(void **state)
{
    const size_t n = 40000, capacity = 131072;
    struct smc_table table = {0};
    struct timespec start, end;

    (void)state;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (uint64_t key = 1; table.n < n; key++) {
        const uint64_t known = key * UINT64_C(0x9e3779b97f4a7c15);
        if (((known ^ known >> 32) & (capacity - 1)) < 256) {
            assert_non_null(smc_table_put(&table, key, (uint32_t)table.n));
        }
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    smc_table_free(&table);
    /* The square of their number is a second and more. */
    assert_in_range((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000, 0,
                    700);
}

/* Texts of the same length that differ anywhere. */
static void keys_of_texts(void **state)
{
    char text[40] = {0};

    (void)state;
    for (size_t n = 1; n < sizeof text; n++) {
        const uint64_t key = smc_hash_text(text, n);
        assert_true(smc_hash_text(text, n) == key);
        assert_true(smc_hash_text(text, n - 1) != key);
        for (size_t i = 0; i < n; i++) {
            text[i] = 1;
            assert_true(smc_hash_text(text, n) != key);
            text[i] = 0;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(chosen_keys),
        cmocka_unit_test(keys_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
