/*
 * Where lines start, by what processors of each level do.
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

/* As many starts as a list keeps before it packs them. */
#define STARTS_MAX SMCF_GROUP_VALUES

struct starts {
    uint64_t values[STARTS_MAX];
    uint64_t n;
};

/* Spec 7.1, a character at a time. The first line's start is not in it. */
static void naive_starts(const struct text *text, uint64_t offset, int is_css, struct starts *list)
{
    const char *p = text->data, *end = p + text->nbytes;

    list->n = 0;
    while (p < end) {
        size_t length = 0;
        if (end - p >= 2 && memcmp(p, "\r\n", 2) == 0) {
            length = 2;
        } else if (*p == '\r' || *p == '\n' || (is_css && *p == '\f')) {
            length = 1;
        } else if (!is_css && end - p >= 3 &&
                   (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0)) {
            length = 3;
        }
        p += length == 0 ? 1 : length;
        if (length > 0) {
            assert_true(list->n < STARTS_MAX);
            list->values[list->n++] = offset + (uint64_t)(p - text->data);
        }
    }
}

/* Splits the text in windows that end at the cuts. */
static void check_windows(const struct text *text, const size_t *cuts, size_t n_cuts, int is_css,
                          enum smc_cpu_level level)
{
    static const uint64_t offset = (UINT64_C(1) << 40) + 7;
    struct smc_offset_writer found = {0};
    struct starts wanted;
    size_t start = 0;
    int after_cr = 0;

    naive_starts(text, offset, is_css, &wanted);
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
        smc_offset_writer_add(&found, offset + text->nbytes);
    }
    assert_int_equal(found.n, wanted.n);
    assert_int_equal(found.n_pending, wanted.n);
    assert_memory_equal(found.pending, wanted.values, wanted.n * sizeof wanted.values[0]);
    smc_offset_writer_free(&found);
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
