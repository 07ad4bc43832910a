/*
 * sourceMappingURL in JavaScript: rule by rule, and against a search that follows the standard's
 * text on whole characters.
 */
#include "tests/unit/finding.h"

#include <dirent.h>

#define LS "\xe2\x80\xa8"
#define PS "\xe2\x80\xa9"

static void js_matches_the_pattern(void **state)
{
    static const struct example examples[] = {
        {"//# " C "app.js.map", "app.js.map"},
        {"//@ " C "app.js.map", "app.js.map"},
        {"//#" C "a", "a"},
        {"//#\t " BOM "\xc2\xa0" C "a", "a"},
        {"//# " C "a \t" BOM "\xc2\xa0\v\f", "a"},
        {"//# " C "data:application/json;base64,e30=", "data:application/json;base64,e30="},
        {"//# " C "a//b?c=" C "d", "a//b?c=" C "d"},
        {"//# " C "a\xc3\xa9\xff\xe2\x80", "a\xc3\xa9\xff\xe2\x80"},
        {"// # " C "a", NULL},
        {"// @ " C "a", NULL},
        {"//## " C "a", NULL},
        {"//! " C "a", NULL},
        {"///# " C "a", NULL},
        {"/# " C "a", NULL},
        {"# " C "a", NULL},
        {"//# " C " a", NULL},
        {"//# " C "a b", NULL},
        {"//# " C "a" BOM "b", NULL},
        {"//# sourceMappingURL =a", NULL},
        {"//# sourceMappingurl=a", NULL},
        {"//# sourceURL=a", NULL},
        {"//# sourceMappingURL", NULL},
        {"//# xsourceMappingURL=a", NULL},
        {"//#", NULL},
        {"//", NULL},
        {"/", NULL},
        {"", NULL},
    };
    (void)state;
    run_examples(SMC_FIND_JS, examples, COUNT_OF(examples));
}

static void js_goes_up_line_by_line(void **state)
{
    static const struct example examples[] = {
        {"code();\n//# " C "a", "a"},
        {"code();\n//# " C "a\n", "a"},
        {"code();\n  //# " C "a\n\n \t\v\f" BOM "\xc2\xa0\n", "a"},
        {"//# " C "a\n//# " C "b", "b"},
        {"//# " C "a\n// comment\n//# debugId=x\n//\n", "a"},
        {"//# " C "a\n//# " C " b\n", "a"},
        {"//# " C "a\n//# " C "\n", NULL}, /* an empty URL is a match, and none */
        {"//# " C "a\n//# " C " \t\n", NULL},
        {"//# " C "a\rx\n", NULL},
        {"//# " C "a\ncode()", NULL},
        {"//# " C "a\n}", NULL},
        {"//# " C "a\n/", NULL},
        {"//# " C "a\n/* block */", NULL},
        {"//# " C "a\n/* block\n*/", NULL},
        {"//# " C "a\n/**/ // x", NULL},
        {"//# " C "a\n<!-- x", NULL},
        {"#!/usr/bin/env node\n//# " C "a", "a"},
        {"//# " C "a\n#!/usr/bin/env node", NULL},
        {"/*# " C "a */", NULL},
        {"/*\n//# " C "a\n*/", NULL},
        {BOM "//# " C "a", "a"},
    };
    (void)state;
    run_examples(SMC_FIND_JS, examples, COUNT_OF(examples));
}

/* What could be inside of a string, a template or a block comment without parsing. */
static void js_stops_at_quotes(void **state)
{
    static const struct example examples[] = {
        {"//# " C "a\"", NULL},
        {"//# " C "a'", NULL},
        {"//# " C "a`", NULL},
        {"//# " C "a*/", NULL},
        {"//# " C "a*\n", "a*"},
        {"//# " C "*\n//x", "*"},
        {"//# " C "a\n// it's", NULL},
        {"//# " C "a\n// \"", NULL},
        {"//# " C "a\n// `", NULL},
        {"//# " C "a\n// */", NULL},
        {"//# " C "a\n// * /", "a"},
        {"//# " C "a\n//*\n/", NULL},
        {"//# " C "a\n//*\n//", "a"}, /* the star of the line above is not this line's */
        {"//# " C "a\n///*", "a"},
        {"/* '\"` */ code('\"`')\n//# " C "a", "a"},
        {"let s = `\n//# " C "a\n`;", NULL},
        {"let s = `\n//# " C "a`;", NULL},
        {"let a = `\n//# " C "foo.js.map\n// `;", NULL},
    };
    (void)state;
    run_examples(SMC_FIND_JS, examples, COUNT_OF(examples));
}

/* By the text of the method without parsing, code before the comment is other text. */
static void js_takes_no_comment_behind_code(void **state)
{
    static const struct example examples[] = {
        {"code(); //# " C "a", NULL},
        {"code();//# " C "a\n", NULL},
        {"; //# " C "a\n", NULL},
        {"x\n//# " C "b\ncode(); //# " C "a\n", NULL},
    };
    (void)state;
    run_examples(SMC_FIND_JS, examples, COUNT_OF(examples));
}

static void js_knows_its_lines_and_white_space(void **state)
{
    static const char *const breaks[] = {"\n", "\r", "\r\n", LS, PS, "\n\r"};
    static const char *const spaces[] = {
        "\t",           "\v",           "\f",           " ",
        "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a",
        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", BOM,
        "\xe2\x80\x85"};
    static const char *const others[] = {
        "\x1f",         "\x08",         "\x0e",         "\xc2\x85",     "\xc2\xa1",
        "\xe1\xa0\x8e", "\xe2\x80\x8b", "\xe2\x80",     "\xe2",         "\xe2\x80\xb0",
        "\xe2\x80\xa7", "\xe2\x81\xa0", "\xef\xbb\xbe", "\xef\xbb",     "\xe3\x80\x81",
        "\xc2",         "\xa0",         "\x80",         "\xc0\xa0",     "\xe0\x80\xa0",
        "\xe3\x81\x80", "\xa8",         "\x80\xa8",     "\xe2\x82\xa8", "\xe1\x80\xa8",
        "\xe2\xa8"};
    struct text file = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(breaks); i++) {
        text_puts(&file, "code();");
        text_puts(&file, breaks[i]);
        text_puts(&file, "//# " C "a");
        text_puts(&file, breaks[i]);
        text_puts(&file, "//");
        text_puts(&file, breaks[i]);
        assert_finds(SMC_FIND_JS, file.data, file.nbytes, "a");
        text_free(&file);
    }
    for (size_t i = 0; i < COUNT_OF(spaces) + COUNT_OF(others); i++) {
        int is_space = i < COUNT_OF(spaces);
        const char *c = is_space ? spaces[i] : others[i - COUNT_OF(spaces)];
        for (int place = 0; place < 4; place++) {
            text_puts(&file, place == 0 ? c : "");
            text_puts(&file, "//#");
            text_puts(&file, place == 1 ? c : "");
            text_puts(&file, C "a");
            text_puts(&file, place == 2 ? c : "");
            text_puts(&file, "\n");
            text_puts(&file, place == 3 ? c : "");
            /* At the end, what is not space is of the URL. */
            struct text url = {0};
            text_puts(&url, "a");
            text_puts(&url, place == 2 && !is_space ? c : "");
            assert_finds(SMC_FIND_JS, file.data, file.nbytes,
                         is_space || place == 2 ? url.data : NULL);
            text_free(&url);
            text_free(&file);
        }
    }
}

static void js_carries_lengths(void **state)
{
    static const char file[] = "\0\n//# " C "a\0b\n//\0\n";
    struct text url;
    size_t off;

    (void)state;
    assert_true(search(SMC_FIND_JS, file, sizeof file - 1, &url, &off));
    assert_int_equal(url.nbytes, 3);
    assert_memory_equal(url.data, "a\0b", 3);
    assert_int_equal(off, 6 + strlen(C));
    text_free(&url);
    assert_finds(SMC_FIND_JS, file, sizeof file, NULL); /* the NUL at the end is other text */
}

static void js_large_files(void **state)
{
    struct text file = {0};

    (void)state;
    text_puts(&file, "code();\n//# " C "up\n");
    for (int i = 0; i < 1000000; i++) {
        text_puts(&file, "//\n");
    }
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "up");
    text_repeat(&file, '/', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "up");
    text_repeat(&file, '\n', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "up");
    text_puts(&file, "//#");
    text_repeat(&file, ' ', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "up");
    text_repeat(&file, 'x', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "up");
    text_puts(&file, "\n");
    text_repeat(&file, 'x', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, NULL);
    text_puts(&file, "\n//# " C "a");
    text_repeat(&file, ' ', 8 << 20);
    assert_finds(SMC_FIND_JS, file.data, file.nbytes, "a");
    text_free(&file);
}

/* ---- the oracle for JavaScript ---- */

struct point {
    uint32_t c; /* U+FFFD for a byte that is of no character here */
    size_t off;
};

/* Characters; only the ones that the rules name need be told from others. */
static struct point *points_of(const char *bytes, size_t nbytes, size_t *n)
{
    const uint8_t *p = (const uint8_t *)bytes;
    struct point *points = calloc(nbytes + 1, sizeof *points);

    assert_non_null(points);
    *n = 0;
    for (size_t i = 0; i < nbytes;) {
        size_t size = 1;
        uint32_t c = p[i] < 0x80 ? p[i] : 0xfffd;
        if (nbytes - i >= 3 && (p[i] & 0xf0) == 0xe0 && (p[i + 1] & 0xc0) == 0x80 &&
            (p[i + 2] & 0xc0) == 0x80) {
            c = (p[i] & 15u) << 12 | (p[i + 1] & 63u) << 6 | (p[i + 2] & 63u);
            size = 3;
        } else if (nbytes - i >= 2 && (p[i] & 0xe0) == 0xc0 && (p[i + 1] & 0xc0) == 0x80) {
            c = (p[i] & 31u) << 6 | (p[i + 1] & 63u);
            size = 2;
        }
        if ((size == 3 && c < 0x800) || (size == 2 && c < 0x80)) { /* overlong */
            c = 0xfffd;
            size = 1;
        }
        points[(*n)++] = (struct point){c, i};
        i += size;
    }
    points[*n] = (struct point){0, nbytes};
    return points;
}

static int is_break(uint32_t c)
{
    return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

static int is_space(uint32_t c)
{
    return is_break(c) || c == '\t' || c == '\v' || c == '\f' || c == ' ' || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
           c == 0x3000 || c == 0xfeff;
}

/* 1 and the URL's place for a match, 0 to go on, -1 to stop. */
static int oracle_line(const struct point *p, const struct point *end, size_t *from, size_t *to)
{
    for (; p < end && is_space(p->c); p++) {
    }
    if (p == end) {
        return 0;
    }
    if (end - p < 2 || p[0].c != '/' || p[1].c != '/') {
        return -1;
    }
    p += 2;
    for (const struct point *q = p; q < end; q++) {
        if (q->c == '"' || q->c == '\'' || q->c == '`' ||
            (q->c == '*' && q + 1 < end && q[1].c == '/')) {
            return -1;
        }
    }
    if (p == end || (p->c != '#' && p->c != '@')) {
        return 0;
    }
    for (p++; p < end && is_space(p->c); p++) {
    }
    for (const char *name = C; *name != '\0'; name++, p++) {
        if (p == end || p->c != (uint32_t)*name) {
            return 0;
        }
    }
    const struct point *stop = p;
    for (; stop < end && !is_space(stop->c); stop++) {
    }
    for (const struct point *q = stop; q < end; q++) {
        if (!is_space(q->c)) {
            return 0;
        }
    }
    *from = p->off;
    *to = stop->off;
    return 1;
}

static int oracle(const char *bytes, size_t nbytes, size_t *from, size_t *to)
{
    size_t n;
    struct point *points = points_of(bytes, nbytes, &n);
    int verdict = 0;

    for (size_t end = n; verdict == 0;) {
        size_t start = end;
        while (start > 0 && !is_break(points[start - 1].c)) {
            start--;
        }
        verdict = oracle_line(points + start, points + end, from, to);
        if (start == 0) {
            break;
        }
        end = start - 1;
    }
    free(points);
    return verdict == 1 && *from < *to;
}

static void js_as_the_standard_has_it(void **state)
{
    static const char *const pieces[] = {"//# sourceMappingURL=a",
                                         "//@ sourceMappingURL=b.map",
                                         "//# sourceMappingURL=",
                                         "\n",
                                         "\n",
                                         "\r\n",
                                         "\n//",
                                         "//",
                                         "#",
                                         "@",
                                         C,
                                         "x.map",
                                         " ",
                                         "\t",
                                         LS,
                                         PS,
                                         BOM,
                                         "\xc2\xa0",
                                         "\xe2\x80",
                                         "\xa8",
                                         "\xe2",
                                         "\"",
                                         "'",
                                         "`",
                                         "*/",
                                         "*",
                                         "/",
                                         "/*",
                                         "x",
                                         "// y",
                                         "\xff"};
    struct rng rng = {2026};
    unsigned n_found = 0;

    (void)state;
    for (int i = 0; i < 40000; i++) {
        struct text file = {0}, url;
        size_t from = 0, to = 0, off;
        text_add(&file, "", 0);
        for (uint32_t n = rng_below(&rng, 12); n > 0; n--) {
            /* The first ones more often. */
            uint32_t below = rng_below(&rng, 3) == 0 ? COUNT_OF(pieces) : 9;
            text_puts(&file, pieces[rng_below(&rng, below)]);
        }
        int wanted = oracle(file.data, file.nbytes, &from, &to);
        int has_url = search(SMC_FIND_JS, file.data, file.nbytes, &url, &off);
        if (has_url != wanted || (wanted && (off != from || url.nbytes != to - from))) {
            fail_msg("\"%s\": \"%s\" found", file.data, has_url ? url.data : "(none)");
        }
        n_found += has_url != 0;
        text_free(&url);
        text_free(&file);
    }
    assert_in_range(n_found, 4000, 36000);
}

static void js_every_truncation(void **state)
{
    static const char file[] = "code();" LS "//# " C "a\xc3\xa9 " BOM "\r\n // x " PS "\t//\n";

    (void)state;
    for (size_t n = 0; n < sizeof file; n++) {
        struct text url;
        size_t from = 0, to = 0, off;
        int wanted = oracle(file, n, &from, &to);
        assert_int_equal(search(SMC_FIND_JS, file, n, &url, &off), wanted);
        assert_true(!wanted || (off == from && url.nbytes == to - from));
        text_free(&url);
    }
}

/* The bundles of the conformance data name the map that lies beside them. */
static void js_of_the_test_data(void **state)
{
    static const char folder[] = "../shared/testdata/tc39/resources";
    DIR *listing = opendir(folder);
    unsigned n = 0;

    (void)state;
    if (listing == NULL) {
        print_message("the test data is not here\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        size_t length = strlen(entry->d_name);
        struct text path = {0}, file, map, name = {0};
        if (length < 3 || strcmp(entry->d_name + length - 3, ".js") != 0) {
            continue;
        }
        text_puts(&path, folder);
        text_puts(&path, "/");
        text_puts(&path, entry->d_name);
        assert_true(read_file(path.data, &file));
        text_puts(&path, ".map");
        int has_map = read_file(path.data, &map); /* the originals have none, and name none */
        text_puts(&name, entry->d_name);
        text_puts(&name, ".map");
        assert_finds(SMC_FIND_JS, file.data, file.nbytes, has_map ? name.data : NULL);
        n += has_map != 0;
        text_free(&map);
        text_free(&file);
        text_free(&name);
        text_free(&path);
    }
    closedir(listing);
    assert_in_range(n, 60, SIZE_MAX);
}

static void nothing_at_all(void **state)
{
    struct smc_map_url url = {(const uint8_t *)"x", 1, 1};

    (void)state;
    for (int kind = SMC_FIND_JS; kind <= SMC_FIND_WASM; kind++) {
        assert_int_equal(smc_map_url_find((enum smc_find_kind)kind, NULL, 0, &url), 0);
        assert_null(url.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(js_matches_the_pattern),
        cmocka_unit_test(js_goes_up_line_by_line),
        cmocka_unit_test(js_stops_at_quotes),
        cmocka_unit_test(js_takes_no_comment_behind_code),
        cmocka_unit_test(js_knows_its_lines_and_white_space),
        cmocka_unit_test(js_carries_lengths),
        cmocka_unit_test(js_large_files),
        cmocka_unit_test(js_as_the_standard_has_it),
        cmocka_unit_test(js_every_truncation),
        cmocka_unit_test(js_of_the_test_data),
        cmocka_unit_test(nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
