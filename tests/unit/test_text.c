/*
 * Contents of sources and their lines: what is a line, and what is a content.
 */
#include "src/reader/cache.h"
#include "tests/unit/contents.h"
#include "tests/unit/features.h"

/* ---- lines ---- */

static uint32_t count_lines(const char *name, const char *bytes)
{
    struct content content = content_of(name, bytes, strlen(bytes));
    struct text map = contents_map(&content, 1);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_RAW);
    smc_cache *cache = open_file(&file);
    struct smc_source source;

    assert_int_equal(smc_source_get(cache, 0, &source), SMC_OK);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
    text_free(&content.bytes);
    return source.n_lines;
}

static void lines_end_as_the_language_says(void **state)
{
    static const char every[] = "a\nb\rc\r\nd\xe2\x80\xa8"
                                "e\xe2\x80\xa9"
                                "f\fg";
    (void)state;
    assert_int_equal(count_lines("x.js", every), 6);
    assert_int_equal(count_lines("x.css", every), 5);
    assert_int_equal(count_lines(NULL, every), 6);
    COMPARE_CONTENT("x.js", every);
    COMPARE_CONTENT("x.css", every);
    assert_int_equal(count_lines("x.js", ""), 1);
    assert_int_equal(count_lines("x.js", "\n"), 2);
    assert_int_equal(count_lines("x.js", "\n\n"), 3);
    assert_int_equal(count_lines("x.js", "\r\r"), 3);
    assert_int_equal(count_lines("x.js", "\n\r"), 3);
    assert_int_equal(count_lines("x.js", "\r\n"), 2);
    assert_int_equal(count_lines("x.js", "\r\r\n\n"), 4);
    assert_int_equal(count_lines("x.js", "a\xe2\x80\xaa\xe2\x80\xa7\xe2\x81\xa8\xc2\x85\x0b"), 1);
    COMPARE_CONTENT("x.js", "\r\r\n\n\r");
    COMPARE_CONTENT("x.js", "\xe2\x80\xa8\xe2\x80\xa9\n\xe2\x80\xa8");
    COMPARE_CONTENT("x.css", "\f\f\r\n\f");
    COMPARE_CONTENT("x.js", "NUL \0 and \x1f\n\0\n");
}

static void css_is_told_by_the_name(void **state)
{
    static const struct {
        const char *name;
        int is_css;
    } rows[] = {{"a.css", 1},     {"a.scss", 1},     {"a.sass", 1},     {"a.less", 1},
                {"a.styl", 1},    {"a.pcss", 1},     {".css", 1},       {"a.css?x=1", 1},
                {"a.css#f?g", 1}, {"a.css?b.js", 1}, {"a.js?b.css", 0}, {"a.js#b.css", 0},
                {"css", 0},       {"a.CSS", 0},      {"a.css.js", 0},   {"acss", 0},
                {"a.cs", 0},      {"", 0},           {"?.css", 0},      {"w:///./a.less", 1}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(count_lines(rows[i].name, "a\fb\fc"), rows[i].is_css ? 3 : 1);
        assert_int_equal(count_lines(rows[i].name, "a\xe2\x80\xa8z"), rows[i].is_css ? 1 : 2);
        COMPARE_CONTENT(rows[i].name, "a\fb\xe2\x80\xa9z\n");
    }
}

/* The rule goes by the whole name, sourceRoot included. */
static void css_is_told_by_the_whole_name(void **state)
{
    struct text map = map_text("", "\"sourceRoot\":\"x?\",\"sources\":[\"a.css\"],"
                                   "\"sourcesContent\":[\"a\\fb\"]");
    struct file file = build_file(&map, SMC_BUILD_SOURCES_RAW); /* verify has the same rule */
    smc_cache *cache = open_file(&file);
    struct smc_source source;

    (void)state;
    assert_int_equal(smc_source_get(cache, 0, &source), SMC_OK);
    assert_view_string(source.name, "x?/a.css");
    assert_int_equal(source.n_lines, 1);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* Looking for its end must not take time for each source that has the name. */
static void long_names_are_none_of_css(void **state)
{
    static const char *const ends[] = {".css", ".css?x"};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(ends); i++) {
        const size_t nbytes = SMCF_CSS_NAME_NBYTES_MAX + i / COUNT_OF(ends);
        const char *end = ends[i % COUNT_OF(ends)];
        struct text name = {0};
        text_repeat(&name, 'x', nbytes - strlen(end));
        text_puts(&name, end);
        assert_int_equal(count_lines(name.data, "a\fb\fc"),
                         nbytes <= SMCF_CSS_NAME_NBYTES_MAX ? 3 : 1);
        COMPARE_CONTENT(name.data, "a\fb\xe2\x80\xa9z\n");
        text_free(&name);
    }
    struct text name = {0}; /* what is cut off counts, too */
    text_puts(&name, "a.css#");
    text_repeat(&name, 'x', SMCF_CSS_NAME_NBYTES_MAX);
    assert_int_equal(count_lines(name.data, "a\fb\fc"), 1);
    text_free(&name);
}

/* ---- contents ---- */

/* A piece may have empty blocks, but not more of them than fit into the most that spec 7.2 grants it: the text
 * before the border, which is there, is not read either. */
static void pieces_have_a_limit(void **state)
{
    const size_t most = (size_t)smcf_piece_nbytes_max(SMCF_CONTENT_BLOCK_MIN);

    (void)state;
    for (size_t nbytes = most; nbytes <= most + 1; nbytes++) {
        struct file file = feature_file_of_piece(nbytes), same = feature_file_deflate();
        smc_cache *cache = open_file(&file), *wanted_cache = open_file(&same);
        struct smc_view view, wanted;
        smc_text *text, *wanted_text;
        assert_int_equal(smc_text_open(cache, &text), SMC_OK);
        assert_int_equal(smc_text_open(wanted_cache, &wanted_text), SMC_OK);
        assert_int_equal(smc_text_content(wanted_text, 0, &wanted), SMC_OK);
        if (nbytes == most) {
            assert_int_equal(smc_text_line(text, 0, 0, &view), SMC_OK);
            assert_int_equal(smc_text_content(text, 0, &view), SMC_OK);
            assert_view(view, wanted.ptr, wanted.nbytes);
            assert_int_equal(smc_verify(cache, NULL), SMC_OK);
        } else {
            assert_int_equal(smc_text_line(text, 0, 0, &view), SMC_E_DAMAGED);
            assert_int_equal(smc_text_content(text, 0, &view), SMC_E_DAMAGED);
        }
        smc_text_close(wanted_text);
        smc_text_close(text);
        smc_close(wanted_cache);
        smc_close(cache);
        file_free(&same);
        file_free(&file);
    }
    smc_text_close(NULL);
}

static void empty_and_missing_contents(void **state)
{
    struct content contents[] = {
        content_of("a.js", "", 0),  {NULL, {0}},
        {"none.js", {0}},           content_of(NULL, "of no name\n", 11),
        content_of("b.css", "", 0), content_of("a.js", "the same name", 13),
        {"last.js", {0}},           content_of("", "\n", 1),
    };
    (void)state;
    contents_compare(contents, COUNT_OF(contents));
    contents_compare(contents, 1);     /* nothing but an empty one */
    contents_compare(contents + 1, 2); /* none at all */
    contents_compare(contents, 0);     /* no source */
    contents_compare(contents + 4, 1);
    contents_free(contents, COUNT_OF(contents));
}

static void sections_are_there_with_contents_only(void **state)
{
    static const struct {
        const char *members;
        enum smc_build_sources mode;
        unsigned n_sections;
    } rows[] = {
        {"\"sources\":[\"a\"],\"sourcesContent\":[\"\"]", SMC_BUILD_SOURCES_DEFLATE, 9},
        {"\"sources\":[\"a\"],\"sourcesContent\":[\"\"]", SMC_BUILD_SOURCES_RAW, 8},
        {"\"sources\":[\"a\"],\"sourcesContent\":[\"\"]", SMC_BUILD_SOURCES_NONE, 6},
        {"\"sources\":[\"a\"],\"sourcesContent\":[null]", SMC_BUILD_SOURCES_DEFLATE, 6},
        {"\"sources\":[\"a\"],\"sourcesContent\":[]", SMC_BUILD_SOURCES_RAW, 6},
        {"\"sources\":[],\"sourcesContent\":[\"x\"]", SMC_BUILD_SOURCES_DEFLATE, 6},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text map = map_text("", rows[i].members);
        struct file file = build_file(&map, rows[i].mode);
        smc_cache *cache = open_file(&file);
        struct smc_section_info section;
        unsigned n = 0;
        while (smc_section_get(cache, n, &section) == SMC_OK) {
            n++;
        }
        assert_int_equal(n, rows[i].n_sections);
        smc_close(cache);
        file_free(&file);
        text_free(&map);
    }
}

static void contents_shorter_and_longer_than_sources(void **state)
{
    static const char *const rows[] = {"[\"x\"]", "[\"x\",null,\"surplus\",7]", "[\"x\",null]"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text members = {0};
        struct smc_view view;
        smc_text *text;
        text_puts(&members, "\"sources\":[\"a\",\"b\"],\"sourcesContent\":");
        text_puts(&members, rows[i]);
        struct text map = map_text("", members.data);
        struct file file = build_file(&map, SMC_BUILD_SOURCES_DEFLATE);
        smc_cache *cache = open_file(&file);
        assert_int_equal(smc_text_open(cache, &text), SMC_OK);
        assert_int_equal(smc_text_content(text, 0, &view), SMC_OK);
        assert_view_string(view, "x");
        assert_int_equal(smc_text_content(text, 1, &view), SMC_E_NO_CONTENT);
        assert_int_equal(smc_text_content(text, 2, &view), SMC_E_RANGE);
        smc_text_close(text);
        smc_close(cache);
        file_free(&file);
        text_free(&map);
        text_free(&members);
    }
    smc_text_close(NULL);
}

/* Escapes become text, lone surrogates three bytes, bytes that are no UTF-8 U+FFFD. */
static void contents_are_unescaped(void **state)
{
    static const char wanted[] = "\xf0\x9f\x98\x80\xed\xa0\xbd\n\xed\xb8\x80\xef\xbf\xbd\"\\\t";
    struct text map = map_text("", "\"sources\":[\"a\"],\"sourcesContent\":["
                                   "\"\\ud83d\\ude00\\ud83d\\n\\ude00\xf0\x9f\x98\\\"\\\\\\t\"]");
    static const enum smc_build_sources modes[] = {SMC_BUILD_SOURCES_DEFLATE,
                                                   SMC_BUILD_SOURCES_RAW};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct file file = build_file(&map, modes[i]);
        smc_cache *cache = open_file(&file);
        struct smc_view view;
        smc_text *text;
        assert_int_equal(smc_text_open(cache, &text), SMC_OK);
        assert_int_equal(smc_text_content(text, 0, &view), SMC_OK);
        assert_view(view, wanted, sizeof wanted - 1);
        assert_int_equal(smc_text_line(text, 0, 0, &view), SMC_OK);
        assert_view(view, wanted, 7);
        smc_text_close(text);
        smc_close(cache);
        file_free(&file);
    }
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_as_the_language_says),
        cmocka_unit_test(css_is_told_by_the_name),
        cmocka_unit_test(css_is_told_by_the_whole_name),
        cmocka_unit_test(long_names_are_none_of_css),
        cmocka_unit_test(pieces_have_a_limit),
        cmocka_unit_test(empty_and_missing_contents),
        cmocka_unit_test(sections_are_there_with_contents_only),
        cmocka_unit_test(contents_shorter_and_longer_than_sources),
        cmocka_unit_test(contents_are_unescaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
