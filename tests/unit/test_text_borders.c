/*
 * Contents of sources and their lines, at the borders of what is made and read at once.
 */
#include "src/reader/cache.h"
#include "tests/unit/contents.h"

/* The builder's pieces of the content stream, and its window over a JSON string. */
#define BORDER 131072
#define STRETCH SMCF_STRETCH_NBYTES

/* A line end in every place around a border of the builder's window and of the file's pieces; and
 * with another content before, so that the two borders are apart. */
static void line_ends_across_borders(void **state)
{
    static const char *const ends[] = {"\r\n", "\r", "\n", "\r\r\n", "\xe2\x80\xa8", "\r\n\r\n"};
    static const size_t before[] = {0, 1, 30000, BORDER - 1};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        for (size_t k = 0; k < COUNT_OF(before); k++) {
            for (size_t n = BORDER - 8; n <= BORDER + 2; n++) {
                struct content contents[] = {{"before.js", {0}}, {"a.js", {0}}};
                text_repeat(&contents[0].bytes, 'b', before[k]);
                text_add(&contents[0].bytes, "", 0);
                /* Every second time it is the piece's border that the line end is at. */
                text_repeat(&contents[1].bytes, 'x',
                            n % 2 == 0 || n < before[k] ? n : n - before[k]);
                text_puts(&contents[1].bytes, ends[i]);
                text_puts(&contents[1].bytes, "after");
                struct text map = contents_map(contents, 2);
                contents_compare_mode(contents, 2, &map,
                                      i % 2 == 0 ? SMC_BUILD_SOURCES_DEFLATE
                                                 : SMC_BUILD_SOURCES_RAW);
                text_free(&map);
                contents_free(contents, 2);
            }
        }
    }
}

/* The same around a border of stretches. The content before ends with a CR,
 * which is a line end of its own, or has nothing. */
static void line_ends_across_stretches(void **state)
{
    static const char *const ends[] = {"\r\n",         "\r",           "\n", "\r\r\n",  "\n\r",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\f", "\r\n\r\n"};
    static const size_t before[] = {0, 1, 2, STRETCH - 1, STRETCH, 2 * STRETCH + 1};
    static const char *const names[] = {"a.js", "a.css"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends) * COUNT_OF(names); i++) {
        for (size_t k = 0; k < COUNT_OF(before); k++) {
            for (size_t n = 3 * STRETCH - 5; n <= 3 * STRETCH + 1; n++) {
                struct content contents[] = {{"before.js", {0}}, {names[i % 2], {0}}};
                text_repeat(&contents[0].bytes, 'b', before[k]);
                if (before[k] > 0) {
                    contents[0].bytes.data[before[k] - 1] = '\r';
                }
                text_repeat(&contents[1].bytes, 'x', n - before[k]);
                text_puts(&contents[1].bytes, ends[i / 2]);
                contents_compare(contents, 2);
                text_puts(&contents[1].bytes, "after");
                contents_compare(contents, 2);
                contents_free(contents, 2);
            }
        }
    }
}

/* Contents that begin and end at borders of stretches, and empty ones there and at the stream's end; each
 * full one begins and ends with a line end. */
static void contents_at_borders_of_stretches(void **state)
{
    static const size_t sizes[] = {0, 1, STRETCH - 1, STRETCH, STRETCH + 1};
    (void)state;
    for (size_t number = 0; number < 625; number++) {
        struct content contents[] = {{"a.js", {0}}, {"b.css", {0}}, {NULL, {0}}, {"d.js", {0}}};
        for (size_t i = 0, rest = number; i < 4; i++, rest /= 5) {
            struct text *bytes = &contents[i].bytes;
            text_add(bytes, "", 0);
            text_repeat(bytes, 'x', sizes[rest % 5]);
            if (bytes->nbytes > 0) {
                bytes->data[bytes->nbytes - 1] = '\r';
                bytes->data[0] = '\n';
            }
        }
        contents_compare(contents, 4);
        contents_free(contents, 4);
    }
}

/* Line ends close together, at stretches and at pieces. */
static void dense_line_ends(void **state)
{
    static const char *const pieces[] = {
        "\n",           "\r",           "\r\n",         "\f",           "a",        "\t",
        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xa7", "\xe2\x82\xa8", "\xc3\xa2", "\x0b\x0e"};
    struct rng rng = {24};
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct content contents[] = {{"a.js", {0}}, {"b.css", {0}}, {NULL, {0}}};
        text_repeat(&contents[0].bytes, 'x', round % 2 == 0 ? 1 : BORDER - 2000);
        for (size_t i = 0; i < COUNT_OF(contents); i++) {
            text_add(&contents[i].bytes, "", 0);
            for (uint32_t n = rng_below(&rng, 4000); n > 0; n--) {
                text_puts(&contents[i].bytes, pieces[rng_below(&rng, COUNT_OF(pieces))]);
            }
        }
        contents_compare(contents, COUNT_OF(contents));
        contents_free(contents, COUNT_OF(contents));
    }
}

/* No line end in many stretches and pieces, and many in each. */
static void few_and_many_line_ends(void **state)
{
    struct content contents[] = {{"a.js", {0}}, {"b.js", {0}}, {"c.css", {0}}};

    (void)state;
    text_repeat(&contents[0].bytes, 'x', (size_t)5 * BORDER + 7);
    text_repeat(&contents[1].bytes, '\n', 10000);
    text_puts(&contents[2].bytes, "a\n");
    text_repeat(&contents[2].bytes, 'y', (size_t)3 * BORDER);
    text_puts(&contents[2].bytes, "\nb");
    contents_compare(contents, COUNT_OF(contents));
    contents_compare(contents, 1);
    contents_compare(contents + 1, 1);
    contents_free(contents, COUNT_OF(contents));
}

/* Random lines of all lengths, of more than one piece too. */
static struct text random_content(struct rng *rng, size_t nbytes)
{
    static const char *const ends[] = {"\n",           "\r\n",         "\r", "\n",
                                       "\xe2\x80\xa8", "\xe2\x80\xa9", "\f", "\xe2\x80\xa6"};
    struct text text = {0};

    text_add(&text, "", 0);
    while (text.nbytes < nbytes) {
        uint32_t length = rng_below(rng, rng_below(rng, 500) == 0 ? 150000 : 60);
        for (uint32_t i = 0; i < length; i++) {
            char c = (char)('a' + rng_below(rng, 26));
            text_add(&text, &c, 1);
        }
        text_puts(&text, ends[rng_below(rng, COUNT_OF(ends))]);
    }
    return text;
}

static void contents_of_many_pieces(void **state)
{
    struct content contents[] = {{"a.js", {0}}, {"b.css", {0}}, {NULL, {0}}, {"c.js", {0}}};
    struct rng rng = {21};

    (void)state;
    contents[0].bytes = random_content(&rng, 700000);
    contents[1].bytes = random_content(&rng, 300);
    contents[3].bytes = random_content(&rng, 260000);
    contents_compare(contents, COUNT_OF(contents));
    contents_free(contents, COUNT_OF(contents));
}

static void many_small_contents(void **state)
{
    struct content contents[300];
    struct rng rng = {22};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(contents); i++) {
        contents[i] = (struct content){i % 3 == 0 ? "a.css" : "a.js", {0}};
        if (i % 7 != 3) {
            contents[i].bytes = random_content(&rng, rng_below(&rng, 600));
        }
    }
    contents_compare(contents, COUNT_OF(contents));
    contents_free(contents, COUNT_OF(contents));
}

/* A content that is exactly one piece, one less, one more; several that end at a border. */
static void contents_that_end_at_borders(void **state)
{
    (void)state;
    for (size_t n = BORDER - 1; n <= BORDER + 1; n++) {
        struct content contents[3] = {{"a", {0}}, {"b", {0}}, {"c", {0}}};
        for (size_t i = 0; i < 3; i++) {
            text_repeat(&contents[i].bytes, (char)('x' + i), n);
        }
        contents_compare(contents, 3);
        contents_compare(contents, 1);
        contents_free(contents, 3);
    }
}

/* One smc_text for lines in any order: it must not answer from a piece that it has no more. */
static void lines_in_any_order(void **state)
{
    struct content content = {"a.js", {0}};
    struct rng rng = {23};
    struct smc_view line;
    smc_text *text;

    (void)state;
    for (int i = 0; i < 60000; i++) {
        text_puts(&content.bytes, "line ");
        text_number(&content.bytes, (uint64_t)i);
        text_puts(&content.bytes, "\r\n");
    }
    struct text map = contents_map(&content, 1);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_DEFLATE);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    for (int i = 0; i < 3000; i++) {
        char wanted[32];
        uint32_t n = rng_below(&rng, 60000);
        assert_int_equal(smc_text_line(text, 0, n, &line), SMC_OK);
        (void)snprintf(wanted, sizeof wanted, "line %u", n);
        assert_view_string(line, wanted);
    }
    assert_int_equal(smc_text_line(text, 0, 60000, &line), SMC_OK);
    assert_view_string(line, "");
    smc_text_close(text);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
    text_free(&content.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_across_borders),
        cmocka_unit_test(line_ends_across_stretches),
        cmocka_unit_test(contents_at_borders_of_stretches),
        cmocka_unit_test(dense_line_ends),
        cmocka_unit_test(few_and_many_line_ends),
        cmocka_unit_test(contents_of_many_pieces),
        cmocka_unit_test(many_small_contents),
        cmocka_unit_test(contents_that_end_at_borders),
        cmocka_unit_test(lines_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
