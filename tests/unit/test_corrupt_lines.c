/*
 * Hostile counts of lines: whatever LINE_COUNTS and SOURCES say, a line is of its content.
 */
#include "src/reader/cache.h"
#include "tests/unit/answers.h"

/* Contents of several stretches, all kinds of line ends at their borders too. */
static struct file file_of_lines(enum smc_build_sources mode)
{
    static const char *const ends[] = {"\n", "\r\n", "\xe2\x80\xa8", "\r", "\n\n"};
    struct text map = {0}, content = {0};
    struct rng rng = {92};

    text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a.js\",\"b.css\",\"c.js\"],"
                    "\"sourcesContent\":[");
    for (int i = 0; i < 3; i++) {
        content.nbytes = 0;
        while (content.nbytes < (size_t)(i == 1 ? 100 : 3 * SMCF_STRETCH_NBYTES)) {
            size_t left = SMCF_STRETCH_NBYTES - 1 - content.nbytes % SMCF_STRETCH_NBYTES;
            uint32_t length = rng_below(&rng, 300);
            text_repeat(&content, 'x', i == 0 && left < length ? left : length);
            text_puts(&content, ends[rng_below(&rng, COUNT_OF(ends))]);
        }
        text_puts(&map, i > 0 ? "," : "");
        text_json(&map, content.data, content.nbytes);
    }
    text_puts(&map, "]}");
    struct file file = build_file(&map, mode);
    text_free(&map);
    text_free(&content);
    return file;
}

/* Every byte of LINE_COUNTS and of SOURCES takes several values. What opens answers, and at most the lines
 * that there are bytes for. */
static void lines_of_damaged_counts_are_inside(void **state)
{
    static const uint32_t sections[] = {SMCF_SECTION_LINE_COUNTS, SMCF_SECTION_SOURCES};
    static const enum smc_build_sources modes[] = {SMC_BUILD_SOURCES_RAW,
                                                   SMC_BUILD_SOURCES_DEFLATE};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes) * COUNT_OF(sections); i++) {
        struct file file = file_of_lines(modes[i / 2]);
        size_t nbytes, start = section_offset(&file, sections[i % 2], &nbytes);
        struct damaged d;
        unsigned n_damaged = 0;
        damaged_start(&d, &file, GUARD_AFTER);
        for (size_t at = start; at < start + nbytes; at++) {
            for (int k = 0; k < 12; k++) {
                const uint8_t was = d.copy.bytes[at];
                const uint8_t values[] = {0, 1, 0x7f, 0xff};
                smc_cache *cache;
                d.copy.bytes[at] = (uint8_t)(k < 8 ? was ^ 1 << k : values[k - 8]);
                if (d.copy.bytes[at] == was) {
                    continue;
                }
                assert_int_equal(smc_open_memory(d.copy.bytes, d.copy.nbytes, 0, &cache, NULL),
                                 SMC_OK);
                ask_all(cache, &d.questions, &d.answers);
                n_damaged += d.answers.n_damaged > 0;
                file_seal(d.copy.bytes, d.copy.nbytes);
                if (smc_verify(cache, NULL) == SMC_OK) {
                    assert_int_equal(d.answers.n_damaged, 0);
                }
                smc_close(cache);
                damaged_restore(&d, at, 1);
            }
        }
        assert_true(n_damaged > nbytes); /* of 12 a byte */
        damaged_end(&d);
        file_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_damaged_counts_are_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
