/*
 * Contents of sources and their lines (spec 6, 7), raw, deflated and left out. The oracle splits the
 * text into lines by itself.
 */
#include "src/reader/cache.h"
#include "tests/unit/features.h"

/* The builder's pieces of the content stream, and its window over a JSON string. */
#define BORDER 131072
#define STRETCH SMCF_STRETCH_NBYTES

struct content {
    const char *name;  /* NULL: null in the map */
    struct text bytes; /* data NULL: no content */
};

static struct content content_of(const char *name, const char *bytes, size_t nbytes)
{
    struct content content = {name, {0}};
    text_add(&content.bytes, bytes, nbytes);
    return content;
}

static void free_contents(struct content *contents, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        text_free(&contents[i].bytes);
    }
}

static struct text contents_map(const struct content *contents, uint32_t n)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[");
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&map, i > 0 ? "," : "");
        if (contents[i].name == NULL) {
            text_puts(&map, "null");
        } else {
            text_json(&map, contents[i].name, strlen(contents[i].name));
        }
    }
    text_puts(&map, "],\"sourcesContent\":[");
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&map, i > 0 ? "," : "");
        if (contents[i].bytes.data == NULL) {
            text_puts(&map, "null");
        } else {
            text_json(&map, contents[i].bytes.data, contents[i].bytes.nbytes);
        }
    }
    text_puts(&map, "]}");
    return map;
}

/* ---- the oracle ---- */

/* Bytes of the line end at p; 0 if there is none. */
static size_t naive_line_end(const char *p, size_t left, int is_css)
{
    if (left >= 2 && p[0] == '\r' && p[1] == '\n') {
        return 2;
    }
    if (p[0] == '\r' || p[0] == '\n' || (is_css && p[0] == '\f')) {
        return 1;
    }
    if (!is_css && left >= 3 &&
        (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0)) {
        return 3;
    }
    return 0;
}

static int naive_is_css(const char *name)
{
    static const char *const ends[] = {".css", ".scss", ".sass", ".less", ".styl", ".pcss"};
    size_t n = name == NULL || strlen(name) > 4096 ? 0 : strcspn(name, "?#");

    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        size_t length = strlen(ends[i]);
        if (n >= length && strncmp(name + n - length, ends[i], length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Spec 7.3, line by line: how many lines of the contents have a mark before `border` of the stream. */
static uint64_t naive_count(const struct content *contents, uint32_t n, uint64_t border)
{
    uint64_t n_lines = 0, off = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct text *bytes = &contents[i].bytes;
        int is_css = naive_is_css(contents[i].name);
        n_lines += bytes->data != NULL && off < border;
        for (size_t at = 0; at < bytes->nbytes;) {
            size_t end_nbytes = naive_line_end(bytes->data + at, bytes->nbytes - at, is_css);
            size_t mark = at + (end_nbytes == 2); /* of CR LF the LF */
            n_lines += end_nbytes > 0 && off + mark < border;
            at += end_nbytes > 0 ? end_nbytes : 1;
        }
        off += bytes->nbytes;
    }
    return n_lines;
}

static void compare_counts(const smc_cache *cache, const struct content *contents, uint32_t n)
{
    const struct smc_offsets *counts = &cache->line_counts;
    const uint64_t n_stretches = (cache->stream_nbytes + STRETCH - 1) / STRETCH;

    if (!cache->has_contents) {
        assert_int_equal(naive_count(contents, n, UINT64_MAX), 0);
        return;
    }
    assert_int_equal(counts->n, n_stretches + 1);
    for (uint64_t e = 0; e < n_stretches; e++) {
        assert_int_equal(smc_offsets_at(counts, e), naive_count(contents, n, e * STRETCH));
    }
    assert_int_equal(smc_offsets_at(counts, n_stretches), naive_count(contents, n, UINT64_MAX));
}

/* Lines in order; and each a second time, some of them after another one before: the reader goes on from
 * where it was if it can. */
static void compare_lines(smc_text *text, uint32_t source, const struct content *content,
                          uint32_t n_lines)
{
    const char *p = content->bytes.data;
    size_t nbytes = content->bytes.nbytes, start = 0;
    int is_css = naive_is_css(content->name);
    struct smc_view line;
    uint32_t n = 0;

    for (size_t at = 0;; at++) {
        size_t end_nbytes = at < nbytes ? naive_line_end(p + at, nbytes - at, is_css) : 0;
        if (at < nbytes && end_nbytes == 0) {
            continue;
        }
        assert_true(n < n_lines);
        assert_int_equal(smc_text_line(text, source, n, &line), SMC_OK);
        assert_view(line, p + start, at - start);
        if (n % 32 == 3) {
            assert_int_equal(smc_text_line(text, source, n / 2, &line), SMC_OK);
        }
        assert_int_equal(smc_text_line(text, source, n, &line), SMC_OK);
        assert_view(line, p + start, at - start);
        n++;
        if (at == nbytes) {
            break;
        }
        start = at + end_nbytes;
        at = start - 1;
    }
    assert_int_equal(n, n_lines);
    assert_int_equal(smc_text_line(text, source, n, &line), SMC_E_RANGE);
    assert_int_equal(smc_text_line(text, source, SMC_NONE, &line), SMC_E_RANGE);
    assert_null(line.ptr);
}

static int is_inside(struct smc_view view, const struct file *file)
{
    return (const uint8_t *)view.ptr >= file->bytes &&
           (const uint8_t *)view.ptr + view.nbytes <= file->bytes + file->nbytes;
}

static void compare_mode(const struct content *contents, uint32_t n, const struct text *map,
                         enum smc_build_sources mode)
{
    struct file file = build_file(map, mode);
    smc_cache *cache = open_file(&file);
    struct smc_source source;
    struct smc_view view;
    smc_text *text;

    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    if (cache->stream_nbytes <
        (uint64_t)8 * STRETCH) { /* it takes a look at all for each stretch */
        compare_counts(cache, contents, mode == SMC_BUILD_SOURCES_NONE ? 0 : n);
    }
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(smc_source_get(cache, i, &source), SMC_OK);
        if (contents[i].bytes.data == NULL || mode == SMC_BUILD_SOURCES_NONE) {
            assert_int_equal(source.has_content, 0);
            assert_int_equal(source.n_lines, 0);
            assert_int_equal(source.content_nbytes, 0);
            assert_int_equal(smc_text_content(text, i, &view), SMC_E_NO_CONTENT);
            assert_null(view.ptr);
            assert_int_equal(smc_text_line(text, i, 0, &view), SMC_E_NO_CONTENT);
            assert_null(view.ptr);
            continue;
        }
        assert_int_equal(source.has_content, 1);
        assert_int_equal(source.content_nbytes, contents[i].bytes.nbytes);
        assert_int_equal(smc_text_content(text, i, &view), SMC_OK);
        assert_view(view, contents[i].bytes.data, contents[i].bytes.nbytes);
        assert_true(mode != SMC_BUILD_SOURCES_RAW || is_inside(view, &file)); /* no copy */
        compare_lines(text, i, &contents[i], source.n_lines);
    }
    assert_int_equal(smc_text_content(text, n, &view), SMC_E_RANGE);
    assert_null(view.ptr);
    assert_int_equal(smc_text_line(text, n, 0, &view), SMC_E_RANGE);
    assert_int_equal(smc_text_content(text, SMC_NONE, &view), SMC_E_RANGE);
    smc_text_close(text);
    smc_close(cache);
    file_free(&file);
}

static void compare(const struct content *contents, uint32_t n)
{
    struct text map = contents_map(contents, n);

    compare_mode(contents, n, &map, SMC_BUILD_SOURCES_DEFLATE);
    compare_mode(contents, n, &map, SMC_BUILD_SOURCES_RAW);
    compare_mode(contents, n, &map, SMC_BUILD_SOURCES_NONE);
    text_free(&map);
}

static void compare_one(const char *name, const char *bytes, size_t nbytes)
{
    struct content content = content_of(name, bytes, nbytes);

    compare(&content, 1);
    text_free(&content.bytes);
}

#define COMPARE(name, bytes) compare_one((name), (bytes), sizeof(bytes) - 1)

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
    COMPARE("x.js", every);
    COMPARE("x.css", every);
    assert_int_equal(count_lines("x.js", ""), 1);
    assert_int_equal(count_lines("x.js", "\n"), 2);
    assert_int_equal(count_lines("x.js", "\n\n"), 3);
    assert_int_equal(count_lines("x.js", "\r\r"), 3);
    assert_int_equal(count_lines("x.js", "\n\r"), 3);
    assert_int_equal(count_lines("x.js", "\r\n"), 2);
    assert_int_equal(count_lines("x.js", "\r\r\n\n"), 4);
    assert_int_equal(count_lines("x.js", "a\xe2\x80\xaa\xe2\x80\xa7\xe2\x81\xa8\xc2\x85\x0b"), 1);
    COMPARE("x.js", "\r\r\n\n\r");
    COMPARE("x.js", "\xe2\x80\xa8\xe2\x80\xa9\n\xe2\x80\xa8");
    COMPARE("x.css", "\f\f\r\n\f");
    COMPARE("x.js", "NUL \0 and \x1f\n\0\n");
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
        COMPARE(rows[i].name, "a\fb\xe2\x80\xa9z\n");
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
        COMPARE(name.data, "a\fb\xe2\x80\xa9z\n");
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
    compare(contents, COUNT_OF(contents));
    compare(contents, 1);     /* nothing but an empty one */
    compare(contents + 1, 2); /* none at all */
    compare(contents, 0);     /* no source */
    compare(contents + 4, 1);
    free_contents(contents, COUNT_OF(contents));
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

/* ---- borders ---- */

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
                compare_mode(contents, 2, &map,
                             i % 2 == 0 ? SMC_BUILD_SOURCES_DEFLATE : SMC_BUILD_SOURCES_RAW);
                text_free(&map);
                free_contents(contents, 2);
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
                compare(contents, 2);
                text_puts(&contents[1].bytes, "after");
                compare(contents, 2);
                free_contents(contents, 2);
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
        compare(contents, 4);
        free_contents(contents, 4);
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
        compare(contents, COUNT_OF(contents));
        free_contents(contents, COUNT_OF(contents));
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
    compare(contents, COUNT_OF(contents));
    compare(contents, 1);
    compare(contents + 1, 1);
    free_contents(contents, COUNT_OF(contents));
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
    compare(contents, COUNT_OF(contents));
    free_contents(contents, COUNT_OF(contents));
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
    compare(contents, COUNT_OF(contents));
    free_contents(contents, COUNT_OF(contents));
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
        compare(contents, 3);
        compare(contents, 1);
        free_contents(contents, 3);
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
        cmocka_unit_test(lines_end_as_the_language_says),
        cmocka_unit_test(css_is_told_by_the_name),
        cmocka_unit_test(css_is_told_by_the_whole_name),
        cmocka_unit_test(long_names_are_none_of_css),
        cmocka_unit_test(pieces_have_a_limit),
        cmocka_unit_test(empty_and_missing_contents),
        cmocka_unit_test(sections_are_there_with_contents_only),
        cmocka_unit_test(contents_shorter_and_longer_than_sources),
        cmocka_unit_test(contents_are_unescaped),
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
