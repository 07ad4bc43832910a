/*
 * The counter of lines, apart from contents: any order, many at once, its limits.
 */
#include "src/build/assembly.h"
#include "src/reader/cache.h"
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#define STRETCH ((uint64_t)SMCF_STRETCH_NBYTES)

/* Finishes the counter, whose values must be these. */
static void assert_counts(struct smc_line_counter *counter, uint64_t stream_nbytes,
                          const uint64_t *wanted, uint64_t n_wanted)
{
    struct smc_buf section;
    uint64_t n = smc_line_counter_finish(counter, stream_nbytes, &section);
    uint64_t n_groups = (n + SMCF_GROUP_VALUES - 1) / SMCF_GROUP_VALUES;
    struct smc_offsets list = {.groups = (const void *)section.data, .n = n};

    assert_int_equal(section.failed, 0);
    assert_int_equal(n, n_wanted);
    list.words = section.data + n_groups * sizeof *list.groups;
    list.n_words = (section.nbytes - SMCF_GUARD_NBYTES - n_groups * sizeof *list.groups) / 8;
    for (uint64_t i = 0; i < n; i++) {
        assert_int_equal(smc_offsets_at(&list, i), wanted[i]);
    }
    smc_buf_free(&section);
    smc_line_counter_free(counter); /* twice does no harm */
}

static void lines_belong_to_the_stretch_of_their_offset(void **state)
{
    static const uint64_t offsets[] = {0, STRETCH - 1, STRETCH, 2 * STRETCH - 1, 4 * STRETCH};
    static const uint64_t wanted[] = {0, 2, 4, 4, 4, 5};
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        struct smc_line_counter counter = {0};
        for (size_t i = 0; i < COUNT_OF(offsets); i++) {
            smc_line_counter_add(&counter, offsets[backwards ? COUNT_OF(offsets) - 1 - i : i], 1);
        }
        assert_int_equal(counter.n_lines, COUNT_OF(offsets));
        assert_counts(&counter, 4 * STRETCH + 1, wanted, COUNT_OF(wanted));
    }
}

/* The last line is an empty content's, where the next stretch would begin. */
static void a_stretch_that_is_none_counts_at_the_end(void **state)
{
    static const uint64_t wanted[] = {0, 1, 2};
    struct smc_line_counter counter = {0};
    (void)state;
    smc_line_counter_add(&counter, 0, 1);
    smc_line_counter_add(&counter, 2 * STRETCH, 1);
    assert_counts(&counter, 2 * STRETCH, wanted, COUNT_OF(wanted));
}

static void nothing_is_one_value(void **state)
{
    static const uint64_t none[] = {0}, three[] = {3};
    struct smc_line_counter counter = {0};
    (void)state;
    assert_counts(&counter, 0, none, 1);
    smc_line_counter_add(&counter, 0, 3);
    assert_counts(&counter, 0, three, 1);
}

/* Stretches without a line, at the end too; and many lines at once. */
static void counts_of_random_lines(void **state)
{
    struct rng rng = {31};
    (void)state;
    for (int round = 0; round < 50; round++) {
        uint64_t n_stretches = 1 + rng_below(&rng, 300), wanted[302] = {0};
        struct smc_line_counter counter = {0};
        for (uint32_t i = rng_below(&rng, 400); i > 0; i--) {
            uint32_t stretch = rng_below(&rng, (uint32_t)n_stretches), n = rng_below(&rng, 3000);
            smc_line_counter_add(&counter, (uint64_t)stretch * STRETCH + rng_below(&rng, STRETCH),
                                 n);
            for (uint64_t e = stretch + 1; e <= n_stretches; e++) {
                wanted[e] += n;
            }
        }
        assert_counts(&counter, n_stretches * STRETCH - rng_below(&rng, STRETCH), wanted,
                      n_stretches + 1);
    }
}

static void no_memory_is_noticed_at_the_end(void **state)
{
    struct smc_line_counter counter = {0};
    struct smc_buf section;
    (void)state;
    NEEDS_MALLOC_HOOK();
    hook.fail_at = hook.n_calls + 1;
    smc_line_counter_add(&counter, 7 * STRETCH, 1);
    hook.fail_at = 0;
    smc_line_counter_add(&counter, 0, 1);
    smc_line_counter_finish(&counter, 8 * STRETCH, &section);
    assert_int_equal(section.failed, 1);
    smc_buf_free(&section);
}

/* No map of a test has so many lines or bytes; so the assembly is told of them. */
static void assert_limit(uint64_t n_lines, uint64_t stream_nbytes, const char *reason)
{
    static const uint8_t digest[16];
    const struct smc_build_options options = {.struct_size = sizeof options};
    struct smc_report report = {NULL, &options, {.reason = ""}};
    struct smc_assembly *assembly = smc_new(sizeof *assembly, _Alignof(struct smc_assembly));

    assert_non_null(assembly);
    assembly->contents.lines.n_lines = n_lines;
    assembly->contents.stream_nbytes = stream_nbytes;
    assert_int_equal(smc_assembly_finish(assembly, digest, 0, &report), SMC_BUILD_E_LIMIT);
    assert_string_equal(report.issue.reason, reason);
    smc_assembly_free(assembly);
    free(assembly);
}

static void limits(void **state)
{
    (void)state;
    assert_limit(SMCF_NONE, 0, "too many lines in contents");
    assert_limit(UINT64_MAX, 0, "too many lines in contents");
    assert_limit(SMCF_NONE - 1, SMCF_STREAM_NBYTES_MAX + 1, "contents too large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_belong_to_the_stretch_of_their_offset),
        cmocka_unit_test(a_stretch_that_is_none_counts_at_the_end),
        cmocka_unit_test(nothing_is_one_value),
        cmocka_unit_test(counts_of_random_lines),
        cmocka_unit_test(no_memory_is_noticed_at_the_end),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
