/*
 * Characters and columns, of well-formed text and of any bytes. The text lies at the end of its pages, or at the start.
 */
#include "src/reader/wtf8.h"
#include "tests/unit/characters.h"

static void every_character(void **state)
{
    char bytes[8];
    uint32_t c;

    (void)state;
    memset(bytes, 0x80, sizeof bytes);
    for (uint32_t wanted = 0; wanted <= 0x10ffff; wanted++) {
        size_t n = encode_character(wanted, bytes);
        assert_int_equal(smc_wtf8_next((uint8_t *)bytes, n, &c), n);
        assert_int_equal(c, wanted);
        assert_int_equal(smc_wtf8_next((uint8_t *)bytes, sizeof bytes, &c), n);
        for (size_t part = 1; part < n; part++) { /* bytes are missing */
            assert_int_equal(smc_wtf8_next((uint8_t *)bytes, part, &c), 1);
            assert_int_equal(c, 0xfffd);
        }
    }
}

/* Every two bytes, and every one behind the first byte of a longer character. */
static void ill_formed_bytes(void **state)
{
    static const char *const starts[] = {"",     "\xe0",     "\xed",     "\xf0",
                                         "\xf4", "\xe2\x80", "\xf4\x8f", "\xf0\x90\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const size_t n_start = strlen(starts[i]);
        for (unsigned pair = 0; pair < 0x10000; pair++) {
            char bytes[8] = {0};
            struct character *wanted;
            uint32_t c;
            memcpy(bytes, starts[i], n_start);
            bytes[n_start] = (char)(pair >> 8);
            bytes[n_start + 1] = (char)(pair & 0xff);
            memset(bytes + n_start + 2, 0xbf, 2);
            for (size_t nbytes = n_start + 2; nbytes <= n_start + 4; nbytes++) {
                characters_of(bytes, nbytes, &wanted);
                size_t n = smc_wtf8_next((uint8_t *)bytes, nbytes, &c);
                assert_int_equal(c, wanted[0].c);
                assert_int_equal(n, wanted[1].off);
                free(wanted);
            }
        }
    }
}

/* From character `from` on: those that begin before n_starts and have max_units together. */
static void check_skip(const struct guarded *text, const struct character *list, size_t n,
                       size_t from, size_t n_starts, uint32_t max_units)
{
    const size_t off = list[from].off;
    size_t to = from;
    uint64_t units;

    while (to < n && list[to].off < off + n_starts &&
           list[to + 1].column - list[from].column <= max_units) {
        to++;
    }
    assert_int_equal(
        smc_wtf8_skip(text->bytes + off, n_starts, text->nbytes - off, max_units, &units),
        list[to].off - off);
    assert_int_equal(units, list[to].column - list[from].column);
}

/* The same backwards, to the start of the text or of what is asked about. */
static void check_skip_back(const struct guarded *text, const struct character *list, size_t from,
                            size_t to, uint32_t max_units)
{
    const size_t off = list[from].off;
    size_t at = to;
    uint64_t units;

    while (at > from && list[to].column - list[at - 1].column <= max_units) {
        at--;
    }
    assert_int_equal(smc_wtf8_skip_back(text->bytes + off, list[to].off - off, max_units, &units),
                     list[to].off - list[at].off);
    assert_int_equal(units, list[to].column - list[at].column);
}

static void columns_of_any_bytes(void **state)
{
    struct rng rng = {91};

    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct text bytes = {0};
        struct character *list;
        text_add_hostile(&bytes, &rng, 1 + rng_below(&rng, round % 10 == 0 ? 300 : 30));
        struct guarded text =
            guarded_copy(bytes.data, bytes.nbytes, round % 2 == 0 ? GUARD_AFTER : GUARD_BEFORE);
        const size_t n = characters_of(bytes.data, bytes.nbytes, &list);
        for (int i = 0; i < 40; i++) {
            const size_t from = rng_below(&rng, (uint32_t)n + 1);
            const size_t n_left = text.nbytes - list[from].off;
            const uint32_t max_units =
                rng_below(&rng, 3) == 0 ? UINT32_MAX : rng_below(&rng, list[n].column + 3);
            check_skip(&text, list, n, from, n_left, max_units);
            check_skip(&text, list, n, from, rng_below(&rng, (uint32_t)n_left + 1), max_units);
            check_skip_back(&text, list, 0, from, max_units);
            check_skip_back(&text, list, rng_below(&rng, (uint32_t)from + 1), from, max_units);
        }
        free(list);
        guarded_free(&text);
        text_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(ill_formed_bytes),
        cmocka_unit_test(columns_of_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
