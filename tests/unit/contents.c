#include "tests/unit/contents.h"

#include "src/reader/cache.h"

struct content content_of(const char *name, const char *bytes, size_t nbytes)
{
    struct content content = {name, {0}};
    text_add(&content.bytes, bytes, nbytes);
    return content;
}

void contents_free(struct content *contents, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        text_free(&contents[i].bytes);
    }
}

struct text contents_map(const struct content *contents, uint32_t n)
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

static int naive_is_css(struct smc_view name)
{
    static const char *const ends[] = {".css", ".scss", ".sass", ".less", ".styl", ".pcss"};
    size_t n = 0;

    while (name.nbytes <= 4096 && n < name.nbytes && name.ptr[n] != '?' && name.ptr[n] != '#') {
        n++;
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        size_t length = strlen(ends[i]);
        if (n >= length && strncmp(name.ptr + n - length, ends[i], length) == 0) {
            return 1;
        }
    }
    return 0;
}

static struct smc_view name_view(const struct content *content)
{
    return (struct smc_view){content->name, content->name == NULL ? 0 : strlen(content->name)};
}

/* Spec 7.3, line by line: how many lines of the contents have a mark before `border` of the stream. */
static uint64_t naive_count(const struct content *contents, uint32_t n, uint64_t border)
{
    uint64_t n_lines = 0, off = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct text *bytes = &contents[i].bytes;
        int is_css = naive_is_css(name_view(&contents[i]));
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
    const uint64_t n_stretches =
        (cache->stream_nbytes + SMCF_STRETCH_NBYTES - 1) / SMCF_STRETCH_NBYTES;

    if (!cache->has_contents) {
        assert_int_equal(naive_count(contents, n, UINT64_MAX), 0);
        return;
    }
    assert_int_equal(counts->n, n_stretches + 1);
    for (uint64_t e = 0; e < n_stretches; e++) {
        assert_int_equal(smc_offsets_at(counts, e),
                         naive_count(contents, n, e * SMCF_STRETCH_NBYTES));
    }
    assert_int_equal(smc_offsets_at(counts, n_stretches), naive_count(contents, n, UINT64_MAX));
}

uint32_t content_lines(const struct content *content, struct smc_view **lines)
{
    const struct smc_view bytes = {content->bytes.data, content->bytes.nbytes};
    return view_lines(bytes, name_view(content), lines);
}

uint32_t view_lines(struct smc_view content, struct smc_view name, struct smc_view **lines)
{
    const char *p = content.ptr;
    const size_t nbytes = content.nbytes;
    const int is_css = naive_is_css(name);
    size_t start = 0;
    uint32_t n = 0;

    *lines = calloc(nbytes + 1, sizeof **lines);
    assert_non_null(*lines);
    for (size_t at = 0; at < nbytes;) {
        size_t end_nbytes = naive_line_end(p + at, nbytes - at, is_css);
        if (end_nbytes > 0) {
            (*lines)[n++] = (struct smc_view){p + start, at - start};
            start = at + end_nbytes;
        }
        at += end_nbytes > 0 ? end_nbytes : 1;
    }
    (*lines)[n++] = (struct smc_view){p + start, nbytes - start};
    return n;
}

/* Lines in order; and each a second time, some of them after another one before: the reader goes on from
 * where it was if it can. */
static void compare_lines(smc_text *text, uint32_t source, const struct content *content,
                          uint32_t n_lines)
{
    struct smc_view *lines, line;
    const uint32_t n = content_lines(content, &lines);

    assert_int_equal(n, n_lines);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(smc_text_line(text, source, i, &line), SMC_OK);
        assert_view(line, lines[i].ptr, lines[i].nbytes);
        if (i % 32 == 3) {
            assert_int_equal(smc_text_line(text, source, i / 2, &line), SMC_OK);
        }
        assert_int_equal(smc_text_line(text, source, i, &line), SMC_OK);
        assert_view(line, lines[i].ptr, lines[i].nbytes);
    }
    assert_int_equal(smc_text_line(text, source, n, &line), SMC_E_RANGE);
    assert_int_equal(smc_text_line(text, source, SMC_NONE, &line), SMC_E_RANGE);
    assert_null(line.ptr);
    free(lines);
}

static int is_inside(struct smc_view view, const struct file *file)
{
    return (const uint8_t *)view.ptr >= file->bytes &&
           (const uint8_t *)view.ptr + view.nbytes <= file->bytes + file->nbytes;
}

void contents_compare_mode(const struct content *contents, uint32_t n, const struct text *map,
                           enum smc_build_sources mode)
{
    struct file file = build_file(map, mode);
    smc_cache *cache = open_file(&file);
    struct smc_source source;
    struct smc_view view;
    smc_text *text;

    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    if (cache->stream_nbytes <
        (uint64_t)8 * SMCF_STRETCH_NBYTES) { /* it takes a look at all for each stretch */
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

void contents_compare(const struct content *contents, uint32_t n)
{
    struct text map = contents_map(contents, n);

    contents_compare_mode(contents, n, &map, SMC_BUILD_SOURCES_DEFLATE);
    contents_compare_mode(contents, n, &map, SMC_BUILD_SOURCES_RAW);
    contents_compare_mode(contents, n, &map, SMC_BUILD_SOURCES_NONE);
    text_free(&map);
}

void contents_compare_one(const char *name, const char *bytes, size_t nbytes)
{
    struct content content = content_of(name, bytes, nbytes);

    contents_compare(&content, 1);
    text_free(&content.bytes);
}
