/*
 * Lines and the stretches that they count to, by what processors of each level do.
 */
#include "tests/unit/support.h"

#include "src/base/cpu.h"
#include "src/build/lines.h"

/* Each window lies at the end of it, before a page without access. */
static struct guarded room;

static int make_room(void **state)
{
    (void)state;
    room = guarded_new(65536, GUARD_AFTER);
    return 0;
}

static int free_room(void **state)
{
    (void)state;
    guarded_free(&room);
    return 0;
}

#define N_STRETCHES 8

/* Spec 7.1, a character at a time: how many line ends are decided in each stretch. */
static void naive_counts(const struct text *text, uint64_t offset, int is_css, uint32_t *counts)
{
    const char *p = text->data, *end = p + text->nbytes;

    while (p < end) {
        size_t length = 0, mark = 0;
        if (end - p >= 2 && memcmp(p, "\r\n", 2) == 0) {
            length = 2;
            mark = 1;
        } else if (*p == '\r' || *p == '\n' || (is_css && *p == '\f')) {
            length = 1;
        } else if (!is_css && end - p >= 3 &&
                   (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0)) {
            length = 3;
        }
        if (length > 0) {
            counts[(offset + (uint64_t)(p - text->data) + mark) / SMCF_STRETCH_NBYTES]++;
        }
        p += length == 0 ? 1 : length;
    }
}

/* Splits the text in windows that end at the cuts, at an offset from which on it lies in two stretches. */
static void check_windows(const struct text *text, const size_t *cuts, size_t n_cuts, int is_css,
                          enum smc_cpu_level level)
{
    const uint64_t offset = (uint64_t)3 * SMCF_STRETCH_NBYTES - text->nbytes / 2;
    uint32_t wanted[N_STRETCHES] = {0};
    struct smc_line_counter found = {0};
    uint64_t n_lines = 0;
    size_t start = 0;
    int after_cr = 0;

    naive_counts(text, offset, is_css, wanted);
    smc_cpu_set_limit(level);
    for (size_t i = 0; i <= n_cuts; i++) {
        const size_t end = i < n_cuts ? cuts[i] : text->nbytes;
        uint8_t *window = room.bytes + room.nbytes - (end - start);
        memcpy(window, text->data + start, end - start);
        smc_lines_split(&found, window, end - start, offset + start, is_css, &after_cr);
        start = end;
    }
    smc_cpu_set_limit(SMC_CPU_AVX2);
    if (after_cr) {
        smc_line_counter_add(&found, offset + text->nbytes - 1, 1);
    }
    for (size_t e = 0; e < N_STRETCHES; e++) {
        const uint32_t *counts = (const void *)found.counts.data;
        const int has_count = e < found.counts.nbytes / sizeof *counts;
        assert_int_equal(has_count ? counts[e] : 0, wanted[e]);
        n_lines += wanted[e];
    }
    assert_int_equal(found.n_lines, n_lines);
    smc_line_counter_free(&found);
}

static void check_all(const struct text *text, const size_t *cuts, size_t n_cuts)
{
    for (int level = SMC_CPU_SCALAR; level <= SMC_CPU_AVX2; level++) {
        check_windows(text, cuts, n_cuts, 0, (enum smc_cpu_level)level);
        check_windows(text, cuts, n_cuts, 1, (enum smc_cpu_level)level);
    }
}

static const char *const pieces[] = {"\n",
                                     "\r",
                                     "\r\n",
                                     "\n\r",
                                     "\r\r\n",
                                     "\f",
                                     "\r\f",
                                     "\xe2\x80\xa8",
                                     "\xe2\x80\xa9",
                                     "\xe2\x80\xa7",
                                     "\xe2\x82\xa8",
                                     "\r\xe2\x80\xa9",
                                     "\xe2\x80\xa8\n",
                                     "\v",
                                     "\xe3\x80\xa8",
                                     "\xe2\x80\x9c"};

/* Whole, and cut in two at each place between characters. */
static void line_ends_at_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        const size_t n = strlen(pieces[i]);
        for (size_t at = 0; at < 140; at++) {
            struct text text = {0};
            text_repeat(&text, 'x', at);
            text_puts(&text, pieces[i]);
            check_all(&text, NULL, 0);
            text_repeat(&text, 'x', 150 - text.nbytes);
            check_all(&text, NULL, 0);
            size_t cut = at + (n < 3 ? 1 : n);
            check_all(&text, &cut, 1);
            check_all(&text, &at, 1);
            text_free(&text);
        }
    }
}

static void random_windows(void **state)
{
    struct rng rng = {23};
    (void)state;
    for (int round = 0; round < 1500; round++) {
        const uint32_t n_kinds = 1 + rng_below(&rng, COUNT_OF(pieces));
        size_t cuts[31], n_cuts = 0;
        struct text text = {0};
        text_add(&text, "", 0);
        for (uint32_t n = rng_below(&rng, 30); n > 0; n--) {
            text_repeat(&text, 'x', rng_below(&rng, 2) == 0 ? rng_below(&rng, 90) : 0);
            if (rng_below(&rng, 5) == 0) {
                cuts[n_cuts++] = text.nbytes;
            }
            text_puts(&text, pieces[rng_below(&rng, n_kinds)]);
        }
        check_all(&text, cuts, n_cuts);
        text_free(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_at_every_place),
        cmocka_unit_test(random_windows),
    };
    return cmocka_run_group_tests(tests, make_room, free_room);
}
