/*
 * Hostile bytes: truncated files, shortened sections, and fields of random values. Single flips are in
 * test_flips.c.
 */
#include "src/reader/cache.h"
#include "tests/unit/agreement.h"
#include "tests/unit/features.h"

enum which { DEFLATE, RAW, EXTRA, NONE, FUNCTIONS, N_WHICH };

static struct file files[N_WHICH];

static int make_files(void **state)
{
    (void)state;
    files[DEFLATE] = feature_file_deflate();
    files[RAW] = feature_file_raw();
    files[EXTRA] = feature_file_extra();
    files[NONE] = feature_file_none();
    files[FUNCTIONS] = feature_file_functions();
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    for (int i = 0; i < N_WHICH; i++) {
        file_free(&files[i]);
    }
    return 0;
}

/* ---- truncation ---- */

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (int f = 0; f < N_WHICH; f++) {
        for (size_t n = 0; n < files[f].nbytes; n++) {
            struct guarded copy = guarded_copy(files[f].bytes, n, GUARD_AFTER);
            struct smc_error error = {SMC_OK, NULL, UINT64_MAX};
            smc_cache *cache;
            smc_status wanted = n == 0 ? SMC_E_NOT_CACHE : SMC_E_TRUNCATED;
            assert_int_equal(smc_open_memory(copy.bytes, n, 0, &cache, &error), wanted);
            assert_null(cache);
            assert_non_null(error.reason);
            assert_true(error.offset <= n);
            guarded_free(&copy);
        }
    }
}

/* The same with a header that says so: the last section would end with the file, so there is no such one. */
static void every_truncation_that_the_header_admits_is_refused(void **state)
{
    (void)state;
    for (int f = 0; f < N_WHICH; f++) {
        for (size_t n = sizeof(struct smcf_header); n < files[f].nbytes; n++) {
            struct guarded copy = guarded_copy(files[f].bytes, n, GUARD_AFTER);
            smc_cache *cache;
            ((struct smcf_header *)(void *)copy.bytes)->file_nbytes = smcf_put64(n);
            file_seal(copy.bytes, n);
            assert_int_equal(smc_open_memory(copy.bytes, n, 0, &cache, NULL), SMC_E_DAMAGED);
            guarded_free(&copy);
        }
    }
}

/* Whether it opens. If so it answers what it can, and verify reports it. */
static int check_shortened(struct damaged *d, struct file *file)
{
    struct guarded copy = guarded_copy(file->bytes, file->nbytes, GUARD_AFTER);
    smc_cache *cache;
    smc_status status = smc_open_memory(copy.bytes, copy.nbytes, 0, &cache, NULL);

    if (status == SMC_OK) {
        damaged_ask_other(d, cache, &copy);
        assert_int_equal(smc_verify(cache, NULL), SMC_E_DAMAGED);
        smc_close(cache);
    } else {
        assert_int_equal(status, SMC_E_DAMAGED);
    }
    guarded_free(&copy);
    file_free(file);
    return status == SMC_OK;
}

/* Every section with so many bytes less at its end, in a file in order otherwise: nothing may be believed but
 * what is checked. Its count stays, or is so much less too. */
static void every_shortened_section_stays_inside(void **state)
{
    unsigned n_open[N_WHICH][2] = {{0}};

    (void)state;
    for (int f = 0; f < N_WHICH; f++) {
        const struct smcf_header *header = (const void *)files[f].bytes;
        const struct smcf_section *entries = (const void *)(files[f].bytes + sizeof *header);
        struct damaged d;
        damaged_start(&d, &files[f], GUARD_AFTER);
        for (uint32_t i = 0; i < smcf_get32(header->n_sections); i++) {
            for (size_t cut = 1; cut <= smcf_get64(entries[i].nbytes); cut++) {
                for (int is_counted = 0; is_counted <= 1; is_counted++) {
                    struct parts parts = file_split(&files[f]);
                    parts.list[i].bytes.nbytes -= cut;
                    parts.list[i].count -= is_counted ? cut : 0;
                    struct file file = file_join(&parts);
                    n_open[f][is_counted] += (unsigned)check_shortened(&d, &file);
                }
            }
        }
        damaged_end(&d);
    }
    for (int f = 0; f < N_WHICH; f++) {
        print_message("of shortened sections %u and %u open\n", n_open[f][0], n_open[f][1]);
        assert_true(n_open[f][0] > 50 && n_open[f][1] > 10);
    }
}

/* ---- random values ---- */

/* Fields of all sizes take values that integers have their borders at. */
static void random_values_stay_inside(void **state)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      7,
                                      0x7f,
                                      0x80,
                                      0xff,
                                      0x7fff,
                                      0xffff,
                                      0x7fffffff,
                                      0x80000000,
                                      0xfffffffe,
                                      0xffffffff,
                                      UINT64_C(0x100000000),
                                      UINT64_C(0x7fffffffffffffff),
                                      UINT64_C(0x8000000000000000),
                                      UINT64_MAX - 7,
                                      UINT64_MAX};
    static const size_t widths[] = {1, 2, 4, 8};
    struct rng rng = {91};

    (void)state;
    for (int i = 0; i < 2 * N_WHICH; i++) {
        const struct file *file = &files[i / 2];
        struct damaged d;
        damaged_start(&d, file, i % 2 == 0 ? GUARD_AFTER : GUARD_BEFORE);
        for (int round = 0; round < 4000; round++) {
            smc_cache *cache;
            for (uint32_t n = 1 + rng_below(&rng, 4); n > 0; n--) {
                size_t width = widths[rng_below(&rng, COUNT_OF(widths))];
                /* The header would mostly make it no file at all. */
                size_t at =
                    sizeof(struct smcf_header) +
                    rng_below(&rng, (uint32_t)(file->nbytes - width - sizeof(struct smcf_header)));
                uint64_t value = values[rng_below(&rng, COUNT_OF(values))];
                value += rng_below(&rng, 4) == 0
                             ? smcf_get64(*(struct smcf_le64 *)(void *)(d.copy.bytes + at - 8))
                             : 0;
                struct smcf_le64 bytes = smcf_put64(value);
                memcpy(d.copy.bytes + at, &bytes, width);
            }
            file_seal(d.copy.bytes, d.copy.nbytes);
            if (smc_open_memory(d.copy.bytes, d.copy.nbytes, 0, &cache, NULL) == SMC_OK) {
                ask_all(cache, &d.questions, &d.answers);
                if (smc_verify(cache, NULL) == SMC_OK &&
                    (d.answers.n_damaged != 0 || disagreement(cache, &d.questions) != NULL)) {
                    fail_msg("verify accepts a file that contradicts itself: round %d", round);
                }
                smc_close(cache);
            }
            damaged_restore(&d, 0, file->nbytes);
        }
        damaged_end(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(every_truncation_that_the_header_admits_is_refused),
        cmocka_unit_test(every_shortened_section_stays_inside),
        cmocka_unit_test(random_values_stay_inside),
    };
    return cmocka_run_group_tests(tests, make_files, free_files);
}
