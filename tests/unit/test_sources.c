/*
 * The names of sources: sections 5 and 6 of our reference, and what options make of names.
 */
#include "tests/unit/support.h"

#define BASE "https://ex.com/js/app.js.map"

static struct smc_build_options options_with_url(const char *map_url)
{
    return (struct smc_build_options){.struct_size = sizeof(struct smc_build_options),
                                      .sources = SMC_BUILD_SOURCES_NONE,
                                      .map_url = map_url};
}

/* A map with this sourceRoot (NULL: none) and these sources: JSON, with ' for ". */
static struct text map_of(const char *root, const char *sources, const char *more)
{
    struct text map = {0};

    text_puts(&map, "{'version':3,'mappings':''");
    if (root != NULL) {
        text_puts(&map, ",'sourceRoot':'");
        text_puts(&map, root);
        text_puts(&map, "'");
    }
    text_puts(&map, ",'sources':[");
    text_puts(&map, sources);
    text_puts(&map, "]");
    text_puts(&map, more);
    text_puts(&map, "}");
    for (size_t i = 0; i < map.nbytes; i++) {
        map.data[i] = map.data[i] == '\'' ? '"' : map.data[i];
    }
    return map;
}

/* One line a source: its name, "-" for none; behind it " < RAW" if the raw name is another, and " !" if it
 * is ignored. */
static struct text sources_of(const struct file *file)
{
    smc_cache *cache = open_file(file);
    struct text text = {0};
    struct smc_source source;

    text_puts(&text, "");
    for (uint32_t i = 0; smc_source_get(cache, i, &source) == SMC_OK; i++) {
        struct smc_view name = source.name, raw = source.raw_name;
        text_add(&text, name.ptr != NULL ? (const char *)name.ptr : "-",
                 name.ptr != NULL ? name.nbytes : 1);
        if ((name.ptr == NULL) != (raw.ptr == NULL) || name.nbytes != raw.nbytes ||
            (name.nbytes > 0 && memcmp(name.ptr, raw.ptr, name.nbytes) != 0)) {
            text_puts(&text, " < ");
            text_add(&text, raw.ptr, raw.nbytes);
        }
        text_puts(&text, source.is_ignored ? " !\n" : "\n");
    }
    smc_close(cache);
    return text;
}

/* Builds in lenient mode, with so many warnings, the last as given; frees the map. Strict mode must refuse
 * it if there is one. */
static void check_map(struct text map, const struct smc_build_options *options, const char *sources,
                      unsigned n_warnings, const char *last)
{
    struct smc_build_options strict = *options;
    struct smc_build_issue issue = {.reason = ""};
    struct warnings warnings;
    struct file file;

    if (try_build_with(&map, options, &file, &warnings, &issue) != SMC_BUILD_OK) {
        fail_msg("%s: %s", map.data, issue.reason);
    }
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    struct text found = sources_of(&file);
    if (strcmp(found.data, sources) != 0) {
        fail_msg("%s:\n%s\nnot:\n%s", map.data, found.data, sources);
    }
    if (warnings.n != n_warnings) {
        fail_msg("%s: %u warnings", map.data, warnings.n);
    }
    if (n_warnings > 0) {
        assert_issue(&warnings.last, last);
    }
    text_free(&found);
    file_free(&file);

    strict.strict = 1;
    assert_int_equal(try_build_with(&map, &strict, &file, NULL, &issue),
                     n_warnings > 0 ? SMC_BUILD_E_MAP : SMC_BUILD_OK);
    file_free(&file);
    text_free(&map);
}

/* ---- URLs ---- */

struct url_row {
    const char *root, *source, *url;
};

static void check_urls(const char *base, const struct url_row *rows, size_t n)
{
    const struct smc_build_options options = options_with_url(base);

    for (size_t i = 0; i < n; i++) {
        struct text map, source = {0}, wanted = {0};
        const char *root = rows[i].root != NULL ? rows[i].root : "";
        size_t n_root = strlen(root);
        text_puts(&source, "'");
        text_puts(&source, rows[i].source);
        text_puts(&source, "'");
        map = map_of(rows[i].root, source.data, "");
        text_puts(&wanted, rows[i].url);
        text_puts(&wanted, " < ");
        text_puts(&wanted, root);
        text_puts(&wanted, n_root > 0 && root[n_root - 1] != '/' ? "/" : "");
        text_puts(&wanted, rows[i].source);
        if (strcmp(rows[i].url, wanted.data + strlen(rows[i].url) + 3) == 0) {
            wanted.nbytes = strlen(rows[i].url);
        }
        wanted.data[wanted.nbytes] = '\0';
        text_puts(&wanted, "\n");
        check_map(map, &options, wanted.data, 0, NULL);
        text_free(&source);
        text_free(&wanted);
    }
}

static void urls_of_the_table(void **state)
{
    static const struct url_row rows[] = {
        {NULL, "a.ts", "https://ex.com/js/a.ts"},
        {"src", "../a.ts", "https://ex.com/js/a.ts"},
        {"src", "/a.ts", "https://ex.com/js/src//a.ts"},
        {NULL, "/a.ts", "https://ex.com/a.ts"},
        {"", "a.ts", "https://ex.com/js/a.ts"}, /* our choice: as if it were absent */
        {NULL, "webpack:///./src/a.ts", "webpack:///src/a.ts"},
        {"webpack://app", "./a.ts", "webpack://app/a.ts"},
        {"https://cdn/x", "webpack:///a.ts", "https://cdn/x/webpack:///a.ts"},
        {NULL, "", BASE},
        {NULL, "C:/x/a.ts", "c:/x/a.ts"},
        /* and others */
        {"src/", "a.ts", "https://ex.com/js/src/a.ts"},
        {"/", "a.ts", "https://ex.com/a.ts"},
        {"..", "a.ts", "https://ex.com/a.ts"},
        {"src", "", "https://ex.com/js/src/"},
        {NULL, "//cdn/a.ts", "https://cdn/a.ts"},
        {NULL, "?q", "https://ex.com/js/app.js.map?q"},
        {NULL, "a b.ts", "https://ex.com/js/a%20b.ts"},
        {NULL, "https://other/a.ts", "https://other/a.ts"},
        {NULL, "\xc3\xa4.ts", "https://ex.com/js/%C3%A4.ts"},
    };
    (void)state;
    check_urls(BASE, rows, COUNT_OF(rows));
}

static void urls_of_files(void **state)
{
    static const struct url_row rows[] = {
        {NULL, "a.ts", "file:///d/js/a.ts"},
        {"../src", "a.ts", "file:///d/src/a.ts"},
        {NULL, "/a.ts", "file:///a.ts"},
        {NULL, "webpack://app/./a.ts", "webpack://app/a.ts"},
    };
    (void)state;
    check_urls("file:///d/js/app.js.map", rows, COUNT_OF(rows));
}

/* The source keeps its place, raw name and flag. */
static void sources_without_a_url(void **state)
{
    const struct smc_build_options options = options_with_url(BASE);

    (void)state;
    check_map(map_of(NULL, "'a','http://[','b'", ",'ignoreList':[1]"), &options,
              "https://ex.com/js/a < a\n- < http://[ !\nhttps://ex.com/js/b < b\n", 1,
              "IPv6 address without its closing bracket; the source has no name");
    check_map(map_of(NULL, "null,null", ""), &options, "-\n-\n", 0, NULL); /* no error */
    check_map(map_of("http://a b", "null", ""), &options, "-\n", 0, NULL);
}

static void without_a_base_names_stay(void **state)
{
    const struct smc_build_options options = options_with_url(NULL);

    (void)state;
    check_map(map_of("src", "'../a.ts','http://[',null,''", ""), &options,
              "src/../a.ts\nsrc/http://[\n-\nsrc/\n", 0, NULL);
}

static void a_base_that_is_none(void **state)
{
    static const char *const bad[] = {"", "app.js.map", "/js/app.js.map", "http://[/"};
    struct text map = map_of(NULL, "'a'", "");
    struct smc_build_issue issue;
    struct file file;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct smc_build_options options = options_with_url(bad[i]);
        assert_int_equal(try_build_with(&map, &options, &file, NULL, &issue), SMC_BUILD_E_OPTION);
        assert_string_equal(issue.reason, "map_url is no absolute URL");
    }
    text_free(&map);
}

/* ---- elements, sourceRoot ---- */

static void elements(void **state)
{
    const struct smc_build_options options = options_with_url(NULL);

    (void)state;
    check_map(map_of(NULL, "", ""), &options, "", 0, NULL);
    check_map(map_of("r", "7,'a',[],{},true,null", ""), &options, "-\nr/a\n-\n-\n-\n-\n", 4,
              "element is neither a string nor null; read as null");
    check_map(map_of(NULL, "'a','a'", ""), &options, "a\na\n", 0, NULL);
    check_map(map_of(NULL, "'\\u0061\\/b','\xff','\\ud83d\\ude00'", ""), &options,
              "a/b\n\xef\xbf\xbd\n\xf0\x9f\x98\x80\n", 0, NULL);
    check_map(map_of(NULL, "'a'", ",'sourceRoot':null"), &options, "a\n", 1,
              "not a string; ignored");
}

static void another_root(void **state)
{
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    options.source_root = "/new";
    check_map(map_of("old", "'a','/b',null", ""), &options, "/new/a < old/a\n/new//b < old//b\n-\n",
              0, NULL);
    check_map(map_of(NULL, "'a'", ""), &options, "/new/a < a\n", 0, NULL);
    options.source_root = "";
    check_map(map_of("old/", "'a'", ""), &options, "a < old/a\n", 0, NULL);
    options.source_root = "../x/";
    options.map_url = BASE;
    check_map(map_of("old", "'a'", ""), &options, "https://ex.com/x/a < old/a\n", 0, NULL);
    /* Of each section. */
    struct text map = {0};
    text_puts(&map, "{\"version\":3,\"sections\":[{\"offset\":{\"line\":0,\"column\":0},\"map\":"
                    "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"\",\"sourceRoot\":\"q\"}},"
                    "{\"offset\":{\"line\":1,\"column\":0},\"map\":"
                    "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"\"}}]}");
    options.map_url = NULL;
    options.source_root = "new";
    check_map(map, &options, "new/a < q/a\nnew/a < a\n", 0, NULL);
}

/* ---- ignore lists ---- */

static void ignore_lists(void **state)
{
    static const struct {
        const char *more, *sources;
        unsigned n_warnings;
        const char *last;
    } rows[] = {
        {"", "a\nb\n-\n", 0, NULL},
        {",'ignoreList':[]", "a\nb\n-\n", 0, NULL},
        {",'ignoreList':[1]", "a\nb !\n-\n", 0, NULL},
        {",'ignoreList':[2,0,0,2.0,20e-1,-0]", "a !\nb\n- !\n", 0, NULL},
        {",'ignoreList':[3]", "a\nb\n-\n", 1, "index of a source that does not exist; dropped"},
        {",'ignoreList':[1e300,1]", "a\nb !\n-\n", 1,
         "index of a source that does not exist; dropped"},
        {",'ignoreList':[1e400,1]", "a\nb !\n-\n", 1,
         "element is no integer of at least 0; dropped"},
        {",'ignoreList':['1',-1,1.5,null,[1],true,0]", "a !\nb\n-\n", 6,
         "element is no integer of at least 0; dropped"},
        {",'ignoreList':null", "a\nb\n-\n", 1, "not an array; ignored"},
        {",'ignoreList':{'0':1}", "a\nb\n-\n", 1, "not an array; ignored"},
        {",'x_google_ignoreList':[1]", "a\nb !\n-\n", 0, NULL},
        {",'x_google_ignoreList':[9]", "a\nb\n-\n", 1,
         "index of a source that does not exist; dropped"},
        {",'x_google_ignoreList':7", "a\nb\n-\n", 1, "not an array; ignored"},
        /* The older key counts only where the other is absent. */
        {",'x_google_ignoreList':[1],'ignoreList':[0]", "a !\nb\n-\n", 0, NULL},
        {",'ignoreList':[],'x_google_ignoreList':[1]", "a\nb\n-\n", 0, NULL},
        {",'ignoreList':null,'x_google_ignoreList':[1]", "a\nb\n-\n", 1, "not an array; ignored"},
        {",'ignoreList':[7],'x_google_ignoreList':[1]", "a\nb\n-\n", 1,
         "index of a source that does not exist; dropped"},
    };
    const struct smc_build_options options = options_with_url(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_map(map_of(NULL, "'a','b',null", rows[i].more), &options, rows[i].sources,
                  rows[i].n_warnings, rows[i].last);
    }
}

/* The warning says which of the two keys it is about. */
static void ignore_lists_have_a_key(void **state)
{
    static const char *const keys[] = {"ignoreList", "x_google_ignoreList"};
    static const char *const values[] = {"7", "[7]", "['7']"};
    const struct smc_build_options options = options_with_url(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(keys) * COUNT_OF(values); i++) {
        char more[100];
        struct warnings warnings;
        struct file file;
        (void)snprintf(more, sizeof more, ",'%s':%s", keys[i % 2], values[i / 2]);
        struct text map = map_of(NULL, "", more);
        assert_int_equal(try_build_with(&map, &options, &file, &warnings, NULL), SMC_BUILD_OK);
        assert_string_equal(warnings.last.key, keys[i % 2]);
        assert_int_equal(warnings.last.offset,
                         strstr(map.data, i / 2 < 2 ? "7" : "\"7") - map.data);
        file_free(&file);
        text_free(&map);
    }
}

/* ---- growth ---- */

/* n sources "s" of a map, whatever makes their names longer. */
static smc_build_status build_many(const struct smc_build_options *options, size_t root_nbytes,
                                   size_t n)
{
    struct text root = {0}, sources = {0};
    struct smc_build_issue issue = {.reason = ""};
    struct file file;

    text_puts(&root, "");
    text_repeat(&root, 'r', root_nbytes);
    text_puts(&sources, "null");
    for (size_t i = 0; i < n; i++) {
        text_puts(&sources, ",'s'");
    }
    struct text map = map_of(root.data, sources.data, "");
    smc_build_status status = try_build_with(&map, options, &file, NULL, &issue);
    if (status == SMC_BUILD_E_LIMIT) {
        assert_string_equal(issue.key, "sources");
        assert_true(issue.offset < map.nbytes);
    }
    file_free(&file);
    text_free(&map);
    text_free(&root);
    text_free(&sources);
    return status;
}

static void names_cannot_blow_up_a_file(void **state)
{
    struct text text = {0};
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    text_puts(&text, "https://ex.com/");
    text_repeat(&text, 'x', 100000);
    text_puts(&text, "/");
    assert_int_equal(build_many(&options, 1000, 1000), SMC_BUILD_OK);
    assert_int_equal(build_many(&options, 10000, 100000), SMC_BUILD_E_LIMIT);
    options.map_url = text.data;
    assert_int_equal(build_many(&options, 0, 5), SMC_BUILD_OK);
    assert_int_equal(build_many(&options, 0, 1000), SMC_BUILD_E_LIMIT);
    options.map_url = NULL;
    options.source_root = text.data;
    assert_int_equal(build_many(&options, 0, 5), SMC_BUILD_OK);
    assert_int_equal(build_many(&options, 0, 1000), SMC_BUILD_E_LIMIT);
    options.source_root = NULL;
    const struct smc_build_replacement replacement = {"s", text.data};
    options.replacements = &replacement;
    options.n_replacements = 1;
    assert_int_equal(build_many(&options, 0, 5), SMC_BUILD_OK);
    assert_int_equal(build_many(&options, 0, 1000), SMC_BUILD_E_LIMIT);
    text_free(&text);
}

/* Where sources are many, they are a part of the file's size, and so may grow with it. */
static void growth_goes_with_the_map(void **state)
{
    const struct smc_build_options options = options_with_url(NULL);

    (void)state;
    /* 4 bytes a source in the map: 16 times that, and the mebibyte that each map has. */
    assert_int_equal(build_many(&options, 60, 200000), SMC_BUILD_OK);
    assert_int_equal(build_many(&options, 80, 200000), SMC_BUILD_E_LIMIT);
}

/* ---- path options ---- */

static void clean_paths(void **state)
{
    static const struct {
        const char *name, *cleaned;
    } rows[] = {
        {"webpack://app/./src/a.ts", "src/a.ts"},
        {"webpack:///./src/a.ts", "src/a.ts"},
        {"webpack:///src/a.ts?1a2b", "src/a.ts"},
        {"webpack://app/~/lib/a.js", "node_modules/lib/a.js"},
        {"webpack:///(webpack)/bootstrap", "(webpack)/bootstrap"},
        {"webpack:///../a.ts", "../a.ts"},
        {"webpack://app", "app"}, /* no path behind the namespace */
        {"webpack-internal:///./src/a.ts", "src/a.ts"},
        {"turbopack:///[project]/src/a.ts", "src/a.ts"},
        {"turbopack://[project]/src/a.ts", "src/a.ts"},
        {"turbopack:///src/a.ts", "src/a.ts"},
        {"./a.ts", "a.ts"},
        {"src/./b/../a.ts", "src/a.ts"},
        {"../../src/../a.ts", "../../a.ts"},
        {"/../a.ts", "/../a.ts"},
        {"/x//y/a.ts", "/x/y/a.ts"},
        {"a.ts?x", "a.ts?x"}, /* no query of webpack's */
        {"https://ex.com/./x/../a.ts?q", "https://ex.com/./x/../a.ts?q"},
        {"a.ts", "a.ts"},
        {"", ""},
    };
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    options.clean_paths = 1;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text source = {0}, wanted = {0};
        text_puts(&source, "'");
        text_puts(&source, rows[i].name);
        text_puts(&source, "'");
        text_puts(&wanted, rows[i].cleaned);
        if (strcmp(rows[i].name, rows[i].cleaned) != 0) {
            text_puts(&wanted, " < ");
            text_puts(&wanted, rows[i].name);
        }
        text_puts(&wanted, "\n");
        check_map(map_of(NULL, source.data, ""), &options, wanted.data, 0, NULL);
        text_free(&source);
        text_free(&wanted);
    }
}

static void replacements(void **state)
{
    static const struct smc_build_replacement list[] = {
        {"aa", "b"}, {"b", "cc"}, {"/x/", "/"}, {"end", ""}, {"", "never"}};
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    options.replacements = list;
    options.n_replacements = COUNT_OF(list);
    check_map(map_of(NULL, "'aaaaa','b','/x/x/x/f','the end','other',''", ""), &options,
              "cccca < aaaaa\ncc < b\n/x/f < /x/x/x/f\nthe  < the end\nother\n\n", 0, NULL);
}

static void prefixes(void **state)
{
    static const char *const list[] = {"src/", "src/deep/", "/abs", ""};
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    options.strip_prefixes = list;
    options.n_strip_prefixes = COUNT_OF(list);
    /* The first that fits, once, even where a longer one would. */
    check_map(map_of(NULL, "'src/a','src/deep/a','src/src/a','/abs','x/src/a','src'", ""), &options,
              "a < src/a\ndeep/a < src/deep/a\nsrc/a < src/src/a\n < /abs\nx/src/a\nsrc\n", 0,
              NULL);
}

static void common_prefix(void **state)
{
    static const struct {
        const char *sources, *wanted;
    } rows[] = {
        {"'/p/src/a','/p/src/b/c','/p/srt/d'", "src/a < /p/src/a\nsrc/b/c < /p/src/b/c\nsrt/d < "
                                               "/p/srt/d\n"},
        {"'src/ab','src/ac'", "ab < src/ab\nac < src/ac\n"}, /* whole folders */
        {"'a','b'", "a\nb\n"},
        {"'src/a'", "a < src/a\n"},
        {"'src/a','src/a'", "a < src/a\na < src/a\n"},
        {"'src/a','src/'", "a < src/a\n < src/\n"},
        {"'src/a',''", "src/a\n\n"},
        {"null,'src/a',null,'src/b'", "-\na < src/a\n-\nb < src/b\n"},
        {"null", "-\n"},
        {"", ""},
    };
    struct smc_build_options options = options_with_url(NULL);

    (void)state;
    options.strip_common_prefix = 1;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_map(map_of(NULL, rows[i].sources, ""), &options, rows[i].wanted, 0, NULL);
    }
}

/* URL, clean, replace, prefix, common prefix. */
static void options_in_their_order(void **state)
{
    static const struct smc_build_replacement list[] = {{"https://ex.com", "web:/"}};
    static const char *const strips[] = {"web:/"};
    struct smc_build_options options = options_with_url(BASE);

    (void)state;
    options.clean_paths = 1;
    check_map(map_of(NULL, "'webpack://app/./src/a.ts','b.ts'", ""), &options,
              "src/a.ts < webpack://app/./src/a.ts\nhttps://ex.com/js/b.ts < b.ts\n", 0, NULL);
    options.replacements = list;
    options.n_replacements = 1;
    check_map(map_of("r", "'b.ts','../c.ts'", ""), &options,
              "web://js/r/b.ts < r/b.ts\nweb://js/c.ts < r/../c.ts\n", 0, NULL);
    options.strip_prefixes = strips;
    options.n_strip_prefixes = 1;
    check_map(map_of("r", "'b.ts','../c.ts'", ""), &options,
              "/js/r/b.ts < r/b.ts\n/js/c.ts < r/../c.ts\n", 0, NULL);
    options.strip_common_prefix = 1;
    check_map(map_of("r", "'b.ts','../c.ts'", ""), &options, "r/b.ts\nc.ts < r/../c.ts\n", 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_of_the_table),
        cmocka_unit_test(urls_of_files),
        cmocka_unit_test(sources_without_a_url),
        cmocka_unit_test(without_a_base_names_stay),
        cmocka_unit_test(a_base_that_is_none),
        cmocka_unit_test(elements),
        cmocka_unit_test(another_root),
        cmocka_unit_test(ignore_lists),
        cmocka_unit_test(ignore_lists_have_a_key),
        cmocka_unit_test(names_cannot_blow_up_a_file),
        cmocka_unit_test(growth_goes_with_the_map),
        cmocka_unit_test(clean_paths),
        cmocka_unit_test(replacements),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(common_prefix),
        cmocka_unit_test(options_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
