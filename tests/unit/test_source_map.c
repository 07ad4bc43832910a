/*
 * The members of a source map: ECMA-426, section 1 and 5 of our reference, and the builder's
 * interface. `mappings` has files of its own.
 */
#include "tests/unit/support.h"

/* ---- types and recoveries ---- */

struct row {
    const char *map;
    smc_build_status status;
    unsigned n_warnings;
    const char *key;    /* of the last warning, or of the error; NULL: none */
    const char *reason; /* likewise; NULL if there is neither */
};

#define GOOD "\"sources\":[],\"mappings\":\"\""
#define V3 "\"version\":3,"

/* Strict mode refuses what lenient mode warns of, and nothing else; without a word but the error. */
static void check_strict(const struct text *map, const struct row *row)
{
    const struct smc_build_options options = {.struct_size = sizeof options, .strict = 1};
    struct smc_build_issue issue = {.reason = ""};
    struct warnings warnings;
    struct file file;
    smc_build_status status = try_build_with(map, &options, &file, &warnings, &issue);

    if (status != (row->n_warnings > 0 ? SMC_BUILD_E_MAP : row->status)) {
        fail_msg("%s: strict mode: %s", row->map, smc_build_status_text(status));
    }
    assert_int_equal(warnings.n, 0);
    assert_int_equal(issue.status, status);
    assert_true(issue.recovery == NULL && issue.offset <= map->nbytes);
    if (row->n_warnings == 1 && row->status == SMC_BUILD_OK) { /* it is the one that the row has */
        size_t n = strlen(issue.reason);
        assert_string_equal(issue.key, row->key);
        assert_memory_equal(issue.reason, row->reason, n);
        assert_int_equal(row->reason[n], ';');
    }
    file_free(&file);
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct smc_build_issue issue = {.reason = ""};
        struct warnings warnings;
        struct text map = {0};
        struct file file;
        text_puts(&map, rows[i].map);
        smc_build_status status = try_build(&map, SMC_BUILD_SOURCES_RAW, &file, &warnings, &issue);
        const struct smc_build_issue *found = status == SMC_BUILD_OK ? &warnings.last : &issue;
        if (status != rows[i].status || warnings.n != rows[i].n_warnings) {
            fail_msg("%s: %s, %u warnings (%s)", rows[i].map, smc_build_status_text(status),
                     warnings.n, issue.reason);
        }
        assert_int_equal(issue.status, status);
        if (rows[i].reason != NULL) {
            assert_issue(found, rows[i].reason);
            assert_int_equal(found->key == NULL, rows[i].key == NULL);
            assert_true(rows[i].key == NULL || strcmp(found->key, rows[i].key) == 0);
            assert_true(found->offset <= map.nbytes);
        }
        if (status == SMC_BUILD_OK) {
            assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        }
        file_free(&file);
        check_strict(&map, &rows[i]);
        text_free(&map);
    }
}

static void required_members(void **state)
{
    static const struct row rows[] = {
        {"{" V3 GOOD "}", SMC_BUILD_OK, 0, NULL, NULL},
        {"", SMC_BUILD_E_JSON, 0, NULL, "the input is empty"},
        {"{" V3 GOOD "} x", SMC_BUILD_E_JSON, 0, NULL, "text after the end of the JSON value"},
        {"\"\"", SMC_BUILD_E_MAP, 0, NULL, "the JSON value is not an object"},
        {"3", SMC_BUILD_E_MAP, 0, NULL, "the JSON value is not an object"},
        {"null", SMC_BUILD_E_MAP, 0, NULL, "the JSON value is not an object"},
        {"[]", SMC_BUILD_E_MAP, 1, "mappings", "missing"}, /* an object without members */
        {"[{" V3 GOOD "}]", SMC_BUILD_E_MAP, 1, "mappings", "missing"},
        {"{}", SMC_BUILD_E_MAP, 1, "mappings", "missing"},
        {"{" V3 "\"sources\":[]}", SMC_BUILD_E_MAP, 0, "mappings", "missing"},
        {"{" V3 "\"sources\":[],\"mappings\":null}", SMC_BUILD_E_MAP, 0, "mappings",
         "not a string"},
        {"{" V3 "\"sources\":[],\"mappings\":[]}", SMC_BUILD_E_MAP, 0, "mappings", "not a string"},
        {"{" V3 "\"mappings\":\"\"}", SMC_BUILD_E_MAP, 0, "sources", "missing"},
        {"{" V3 "\"mappings\":\"\",\"sources\":null}", SMC_BUILD_E_MAP, 0, "sources",
         "not an array"},
        {"{" V3 "\"mappings\":\"\",\"sources\":{}}", SMC_BUILD_E_MAP, 0, "sources", "not an array"},
        {"{" V3 "\"sections\":[]}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{" V3 GOOD ",\"sections\":[]}", SMC_BUILD_OK, 1, "mappings",
         "beside \"sections\"; ignored"},
        {"{" V3 "\"sections\":null}", SMC_BUILD_E_MAP, 0, "sections", "not an array"},
        {"\xef\xbb\xbf {" V3 GOOD "}\n", SMC_BUILD_OK, 0, NULL, NULL},
    };
    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void optional_members(void **state)
{
    static const struct row rows[] = {
        {"{" GOOD "}", SMC_BUILD_OK, 1, "version", "missing; read as version 3"},
        {"{\"version\":3.0," GOOD "}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{\"version\":3e0," GOOD "}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{\"version\":\"3\"," GOOD "}", SMC_BUILD_OK, 1, "version",
         "not the number 3; read as version 3"},
        {"{\"version\":2," GOOD "}", SMC_BUILD_OK, 1, "version",
         "not the number 3; read as version 3"},
        {"{\"version\":2.9999999999999999," GOOD "}", SMC_BUILD_OK, 0, NULL, NULL}, /* a double */
        {"{\"version\":-3," GOOD "}", SMC_BUILD_OK, 1, "version",
         "not the number 3; read as version 3"},
        {"{\"version\":1e400," GOOD "}", SMC_BUILD_OK, 1, "version",
         "not the number 3; read as version 3"},
        {"{\"version\":null," GOOD "}", SMC_BUILD_OK, 1, "version",
         "not the number 3; read as version 3"},
        {"{" V3 GOOD ",\"file\":null}", SMC_BUILD_OK, 1, "file", "not a string; ignored"},
        {"{" V3 GOOD ",\"file\":3}", SMC_BUILD_OK, 1, "file", "not a string; ignored"},
        {"{" V3 GOOD ",\"sourceRoot\":null}", SMC_BUILD_OK, 1, "sourceRoot",
         "not a string; ignored"},
        {"{" V3 GOOD ",\"sourceRoot\":[]}", SMC_BUILD_OK, 1, "sourceRoot", "not a string; ignored"},
        {"{" V3 GOOD ",\"sourcesContent\":null}", SMC_BUILD_OK, 1, "sourcesContent",
         "not an array; ignored"},
        {"{" V3 GOOD ",\"sourcesContent\":{}}", SMC_BUILD_OK, 1, "sourcesContent",
         "not an array; ignored"},
        {"{" V3 GOOD ",\"names\":\"x\"}", SMC_BUILD_OK, 1, "names", "not an array; ignored"},
        {"{" V3 GOOD ",\"names\":null}", SMC_BUILD_OK, 1, "names", "not an array; ignored"},
        {"{" V3 GOOD ",\"names\":[null,1,\"a\",{}]}", SMC_BUILD_OK, 3, "names",
         "element is not a string; read as \"\""},
        {"{" V3 "\"mappings\":\"\",\"sources\":[null,1,\"a\",[]]}", SMC_BUILD_OK, 2, "sources",
         "element is neither a string nor null; read as null"},
        {"{" V3 "\"mappings\":\"\",\"sources\":[\"a\",\"b\",\"c\"],\"sourcesContent\":[1,null,"
         "true]}",
         SMC_BUILD_OK, 2, "sourcesContent", "element is neither a string nor null; read as null"},
        {"{" V3 GOOD ",\"unknown\":{\"mappings\":1},\"x_\":[[]]}", SMC_BUILD_OK, 0, NULL, NULL},
    };
    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

#define UUID "1aad9d9e-2b50-454f-a5f2-0dd5e95c154c"
#define OTHER_UUID "1aad9d9e-2b50-454f-a5f2-0dd5e95c154d"
#define SAME_UUID "1AAD9D9E-2b50-454f-a5f2-0dd5e95c154C"

static void debug_ids(void **state)
{
    static const struct row rows[] = {
        {"{" V3 GOOD ",\"debugId\":\"" UUID "\"}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{" V3 GOOD ",\"debug_id\":\"" UUID "\"}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{" V3 GOOD ",\"debugId\":\"" UUID "\",\"debug_id\":\"" SAME_UUID "\"}", SMC_BUILD_OK, 0,
         NULL, NULL},
        {"{" V3 GOOD ",\"debugId\":\"" UUID "\",\"debug_id\":\"" OTHER_UUID "\"}", SMC_BUILD_OK, 1,
         "debugId", "differs from \"debug_id\"; the latter is ignored"},
        {"{" V3 GOOD ",\"debugId\":null}", SMC_BUILD_OK, 1, "debugId", "not a string; ignored"},
        {"{" V3 GOOD ",\"debug_id\":7}", SMC_BUILD_OK, 1, "debug_id", "not a string; ignored"},
        {"{" V3 GOOD ",\"debugId\":\"\"}", SMC_BUILD_OK, 1, "debugId", "not a UUID; ignored"},
        {"{" V3 GOOD ",\"debugId\":\"" UUID "0\"}", SMC_BUILD_OK, 1, "debugId",
         "not a UUID; ignored"},
        {"{" V3 GOOD ",\"debug_id\":\"" UUID UUID UUID "\"}", SMC_BUILD_OK, 1, "debug_id",
         "not a UUID; ignored"},
        {"{" V3 "\"sections\":[],\"debugId\":[]}", SMC_BUILD_OK, 1, "debugId",
         "not a string; ignored"},
    };
    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

static void check_debug_id(const char *members, const char *last_digit)
{
    struct text map = map_text("", members);
    struct smc_info info;
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    smc_cache *cache = open_file(&file);

    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.has_debug_id, last_digit != NULL);
    if (last_digit != NULL) {
        assert_int_equal(info.debug_id[0], 0x1a);
        assert_int_equal(info.debug_id[15], 0x40 + strtol(last_digit, NULL, 16));
    }
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

static void debugId_beats_debug_id(void **state)
{
    (void)state;
    check_debug_id("\"sources\":[]", NULL);
    check_debug_id("\"sources\":[],\"debugId\":\"" UUID "\"", "c");
    check_debug_id("\"sources\":[],\"debugId\":\"\\u0031aad9d9e-2b50-454f-a5f2-0dd5e95c154c\"",
                   "c");
    check_debug_id("\"sources\":[],\"debug_id\":\"" OTHER_UUID "\"", "d");
    check_debug_id("\"sources\":[],\"debugId\":\"" UUID "\",\"debug_id\":\"" OTHER_UUID "\"", "c");
    check_debug_id("\"sources\":[],\"debug_id\":\"" OTHER_UUID "\",\"debugId\":\"" UUID "\"", "c");
    check_debug_id("\"sources\":[],\"debug_id\":\"" OTHER_UUID "\",\"debugId\":7", "d");
    check_debug_id("\"sources\":[],\"debugId\":\"" UUID "\",\"debugId\":7", NULL);
}

static void proposals(void **state)
{
    static const struct row rows[] = {
        {"{" V3 GOOD ",\"rangeMappings\":\"\",\"scopes\":\"\"}", SMC_BUILD_OK, 0, NULL, NULL},
        {"{" V3 GOOD ",\"rangeMappings\":null}", SMC_BUILD_OK, 1, "rangeMappings",
         "not a string; ignored"},
        {"{" V3 GOOD ",\"rangeMappings\":[\"A\"]}", SMC_BUILD_OK, 1, "rangeMappings",
         "not a string; ignored"},
        {"{" V3 GOOD ",\"scopes\":null}", SMC_BUILD_OK, 1, "scopes", "not a string; ignored"},
        {"{" V3 GOOD ",\"scopes\":{}}", SMC_BUILD_OK, 1, "scopes", "not a string; ignored"},
        {"{" V3 GOOD ",\"scopes\":[]}", SMC_BUILD_OK, 1, "scopes",
         "an array: a form of the proposal that is not read; ignored"},
        {"{" V3 GOOD ",\"originalScopes\":[]}", SMC_BUILD_OK, 1, "originalScopes",
         "an older form of the scopes proposal; ignored"},
        {"{" V3 GOOD ",\"generatedRanges\":\"\"}", SMC_BUILD_OK, 1, "generatedRanges",
         "an older form of the scopes proposal; ignored"},
        /* An index map has none of its own. */
        {"{" V3 "\"sections\":[],\"scopes\":7,\"rangeMappings\":7}", SMC_BUILD_OK, 0, NULL, NULL},
    };
    (void)state;
    check_rows(rows, COUNT_OF(rows));
}

/* The prefix that keeps a text from being run as a script is skipped, but in a data: URL. */
static void the_xssi_prefix(void **state)
{
    static const struct row rows[] = {
        {")]}'\n{" V3 GOOD "}", SMC_BUILD_OK, 0, NULL, NULL},
        {")]}' x\r{" V3 GOOD "}", SMC_BUILD_OK, 0, NULL, NULL},
        {")]}'{" V3 GOOD "}", SMC_BUILD_E_JSON, 0, NULL, "the input is empty"},
        {"\xef\xbb\xbf)]}'\n{" V3 GOOD "}", SMC_BUILD_E_JSON, 0, NULL, "value expected"},
    };
    const struct smc_build_options options = {.struct_size = sizeof options, .is_data_url = 1};
    struct text map = {0};
    struct file file;

    (void)state;
    check_rows(rows, COUNT_OF(rows));
    text_puts(&map, rows[0].map);
    assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_E_JSON);
    text_free(&map);
}

/* What the file says of a member, after unescaping; NULL where the map has none. */
static void check_file_and_root(const char *map_string, const char *file_name, const char *root)
{
    struct text map = {0};
    struct smc_info info;

    text_puts(&map, map_string);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_true(file_name == NULL ? info.file.ptr == NULL : view_is(info.file, file_name));
    assert_true(root == NULL ? info.source_root.ptr == NULL : view_is(info.source_root, root));
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

static void the_last_of_equal_keys_wins(void **state)
{
    (void)state;
    check_file_and_root("{" V3 GOOD ",\"file\":\"a\",\"file\":\"b\"}", "b", NULL);
    check_file_and_root("{" V3 GOOD ",\"file\":\"a\",\"f\\u0069le\":\"b\"}", "b", NULL);
    check_file_and_root("{" V3 GOOD ",\"f\\u0069le\":\"b\",\"file\":\"a\"}", "a", NULL);
    check_file_and_root("{" V3 GOOD ",\"file\":\"a\",\"file\":7}", NULL, NULL);
    check_file_and_root("{\"file\":\"\\u00e9\",\"sourceRoot\":\"r\"," GOOD "}", "\xc3\xa9", "r");
    check_file_and_root("{" V3 GOOD ",\"fil\":\"a\",\"files\":\"b\",\"File\":\"c\"}", NULL, NULL);
}

/* Section 5: a blind concatenation, kept as it is as long as no base is known. */
static void source_root_is_put_before(void **state)
{
    static const struct {
        const char *root, *source, *name;
    } rows[] = {{"null", "a.ts", "a.ts"},
                {"\"\"", "a.ts", "a.ts"},
                {"\"src\"", "a.ts", "src/a.ts"},
                {"\"src/\"", "a.ts", "src/a.ts"},
                {"\"src//\"", "a.ts", "src//a.ts"},
                {"\"/\"", "a.ts", "/a.ts"},
                {"\"src\"", "../a.ts", "src/../a.ts"},
                {"\"src\"", "/a.ts", "src//a.ts"},
                {"\"src\"", "", "src/"},
                {"\"https://cdn/x\"", "webpack:///a.ts", "https://cdn/x/webpack:///a.ts"},
                {"\"webpack://app\"", "./a.ts", "webpack://app/./a.ts"},
                {"\"\\u0072\\/\"", "a.ts", "r/a.ts"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text members = {0};
        struct smc_source source;
        text_puts(&members, "\"sourceRoot\":");
        text_puts(&members, rows[i].root);
        text_puts(&members, ",\"sources\":[null,\"");
        text_puts(&members, rows[i].source);
        text_puts(&members, "\"]");
        struct file file = build_mappings("", members.data);
        smc_cache *cache = open_file(&file);
        assert_int_equal(smc_source_get(cache, 0, &source), SMC_OK);
        assert_null(source.name.ptr); /* null stays null */
        assert_int_equal(smc_source_get(cache, 1, &source), SMC_OK);
        assert_view_string(source.name, rows[i].name);
        smc_close(cache);
        file_free(&file);
        text_free(&members);
    }
}

/* A small map must not ask for a huge file: n sources under a root of so many bytes. */
static smc_build_status build_with_root(size_t root_nbytes, size_t n_sources)
{
    struct text members = {0};
    struct file file;

    text_puts(&members, "\"sourceRoot\":\"");
    text_repeat(&members, 'r', root_nbytes);
    text_puts(&members, "\",\"sources\":[null");
    for (size_t i = 0; i < n_sources; i++) {
        text_puts(&members, ",\"s\"");
    }
    text_puts(&members, "]");
    struct text map = map_text("", members.data);
    smc_build_status status = try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, NULL);
    file_free(&file);
    text_free(&map);
    text_free(&members);
    return status;
}

static void source_root_cannot_blow_up_a_file(void **state)
{
    (void)state;
    assert_int_equal(build_with_root(1000, 1000), SMC_BUILD_OK);
    assert_int_equal(build_with_root(100000, 20), SMC_BUILD_OK);
    assert_int_equal(build_with_root(100000, 200), SMC_BUILD_E_LIMIT);
    assert_int_equal(build_with_root(10000, 100000), SMC_BUILD_E_LIMIT);
}

/* Elements that are no strings keep their place, so that indices stay right. */
static void bad_elements_keep_their_place(void **state)
{
    struct file file = build_mappings("AAAAA,CCAAC,CCAAC",
                                      "\"sources\":[\"a\",7,\"c\"],\"names\":[\"x\",null,\"z\"]");
    smc_cache *cache = open_file(&file);
    struct smc_token token;

    (void)state;
    assert_int_equal(smc_token_at(cache, 1, &token), SMC_OK);
    assert_int_equal(token.source, 1);
    assert_null(token.source_text.ptr);
    assert_view_string(token.name_text, "");
    assert_int_equal(smc_token_at(cache, 2, &token), SMC_OK);
    assert_view_string(token.source_text, "c");
    assert_view_string(token.name_text, "z");
    smc_close(cache);
    file_free(&file);
}

/* ---- strings ---- */

/* Each string once, whoever uses it; names first. */
static void strings_are_there_once(void **state)
{
    struct file file = build_mappings(
        "", "\"file\":\"a\",\"sourceRoot\":\"\",\"sources\":[\"a\",\"b\",\"a\",\"n\"],"
            "\"names\":[\"n\",\"a\",\"n\",\"\\u006e\",\"m\"]");
    smc_cache *cache = open_file(&file);
    struct smc_section_info section;
    struct smc_info info;
    struct smc_source source;

    (void)state;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_names, 3);
    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        if (section.id == SMCF_SECTION_STRING_OFFSETS) {
            assert_int_equal(section.count, 6); /* n a m b "" and the end */
        }
        if (section.id == SMCF_SECTION_STRING_BYTES) {
            assert_int_equal(section.count, 4);
        }
    }
    assert_view_string(info.file, "a");
    assert_view_string(info.source_root, "");
    assert_int_equal(smc_source_get(cache, 3, &source), SMC_OK);
    assert_view_string(source.name, "n");
    smc_close(cache);
    file_free(&file);
}

/* More strings than the builder's table has at first, and of more lengths than one group's slope. */
static void many_strings(void **state)
{
    struct text members = {0};
    char wanted[64];

    (void)state;
    text_puts(&members, "\"sources\":[],\"names\":[");
    for (int i = 0; i < 20000; i++) {
        text_puts(&members, i > 0 ? ",\"" : "\"");
        text_repeat(&members, 'x', i % 1000 == 999 ? 5000 : (size_t)(i % 7));
        text_number(&members, (uint64_t)(i / 2)); /* each one twice, but for their length */
        text_puts(&members, "\"");
    }
    text_puts(&members, "]");
    struct file file = build_mappings("", members.data);
    smc_cache *cache = open_file(&file);
    struct smc_view name;
    assert_int_equal(smc_name_get(cache, 19998, &name), SMC_OK);
    (void)snprintf(wanted, sizeof wanted, "%.*s%d", 19998 % 7, "xxxxxxx", 9999);
    assert_view_string(name, wanted);
    assert_int_equal(smc_name_get(cache, 19999, &name), SMC_OK);
    assert_int_equal(name.nbytes, 5004);
    smc_close(cache);
    file_free(&file);
    text_free(&members);
}

/* Names in each of their forms, the same ones too, of all lengths at the ends of vectors, beside elements
 * that are no strings. */
static void names_of_all_forms(void **state)
{
    enum { N = 400, N_VALUES = 37 };
    struct text members = {0}, seen[N_VALUES + 1] = {{0}};
    size_t n_seen = 0;

    (void)state;
    text_puts(&members, "\"sources\":[],\"names\":[");
    for (int i = 0; i < N; i++) {
        struct text value = {0};
        text_puts(&members, i > 0 ? "," : "");
        text_add(&value, "", 0);
        if (i % 11 == 10) {
            text_puts(&members, "7");
        } else {
            const int k = i * 7 % N_VALUES;
            text_puts(&value, "n");
            text_repeat(&value, 'x', (size_t)k);
            text_puts(&value, k % 3 == 0 ? "\xc3\xa9" : k % 3 == 1 ? "\"" : "z");
            text_puts(&members, i % 2 == 0 ? "\"n" : "\"\\u006e");
            text_repeat(&members, 'x', (size_t)k);
            text_puts(&members, k % 3 == 0 ? "\xc3\xa9\"" : k % 3 == 1 ? "\\\"\"" : "z\"");
        }
        size_t at = 0;
        while (at < n_seen && (seen[at].nbytes != value.nbytes ||
                               memcmp(seen[at].data, value.data, value.nbytes) != 0)) {
            at++;
        }
        if (at < n_seen) {
            text_free(&value);
        } else {
            assert_true(n_seen < COUNT_OF(seen));
            seen[n_seen++] = value;
        }
    }
    text_puts(&members, "]");
    struct text map = map_text("", members.data);
    struct file file;
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, NULL), SMC_BUILD_OK);
    smc_cache *cache = open_file(&file);
    struct smc_info info;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_names, n_seen);
    for (size_t i = 0; i < n_seen; i++) {
        struct smc_view name;
        assert_int_equal(smc_name_get(cache, (uint32_t)i, &name), SMC_OK);
        assert_view(name, seen[i].data, seen[i].nbytes);
        text_free(&seen[i]);
    }
    smc_close(cache);
    file_free(&file);
    text_free(&map);
    text_free(&members);
}

/* ---- the interface ---- */

struct sunk {
    struct text bytes;
    unsigned n_calls, refuse_at;
};

static int sink(void *context, const void *bytes, size_t nbytes)
{
    struct sunk *sunk = context;

    if (++sunk->n_calls == sunk->refuse_at) {
        return 1;
    }
    text_add(&sunk->bytes, bytes, nbytes);
    return 0;
}

#define RICH_MEMBERS                                                                               \
    "\"sources\":[\"a\"],\"sourcesContent\":[\"some text\\n\"],\"names\":[\"x\"],\"file\":\"f\""

static void a_sink_gets_the_same_file(void **state)
{
    struct text map = map_text("AAAAA", RICH_MEMBERS);
    const struct smc_build_options defaults = {.struct_size = sizeof defaults};
    struct sunk sunk = {{0}, 0, 0};
    struct smc_build_issue issue;
    struct file file;

    (void)state;
    assert_int_equal(try_build_with(&map, &defaults, &file, NULL, NULL), SMC_BUILD_OK);
    assert_int_equal(smc_build(map.data, map.nbytes, NULL, sink, &sunk, &issue), SMC_BUILD_OK);
    assert_int_equal(issue.status, SMC_BUILD_OK);
    assert_int_equal(sunk.bytes.nbytes, file.nbytes);
    assert_memory_equal(sunk.bytes.data, file.bytes, file.nbytes);
    file_free(&file);
    text_free(&map);
    text_free(&sunk.bytes);
}

static void a_sink_may_refuse(void **state)
{
    struct text map = map_text("AAAAA", RICH_MEMBERS);
    unsigned n_calls = 0;

    (void)state;
    for (unsigned at = 1;; at++) {
        struct sunk sunk = {{0}, 0, at};
        struct smc_build_issue issue;
        smc_build_status status = smc_build(map.data, map.nbytes, NULL, sink, &sunk, &issue);
        text_free(&sunk.bytes);
        if (status == SMC_BUILD_OK) {
            n_calls = sunk.n_calls;
            break;
        }
        assert_int_equal(status, SMC_BUILD_E_SINK);
        assert_int_equal(issue.status, status);
        assert_int_equal(sunk.n_calls, at); /* not called again */
        assert_int_equal(
            smc_build(map.data, map.nbytes, NULL, sink, &(struct sunk){{0}, at - 1, at}, NULL),
            SMC_BUILD_E_SINK);
    }
    assert_true(n_calls > 5);
    text_free(&map);
}

/* Nothing is passed on of a map that proves bad. */
static void a_sink_gets_nothing_of_a_bad_map(void **state)
{
    struct text map = map_text("AAAAA;;ggggggE", RICH_MEMBERS);
    struct sunk sunk = {{0}, 0, 0};

    (void)state;
    assert_int_equal(smc_build(map.data, map.nbytes, NULL, sink, &sunk, NULL), SMC_BUILD_E_MAP);
    assert_int_equal(sunk.n_calls, 0);
    text_free(&map);
}

static void unknown_options_are_refused(void **state)
{
    static const struct smc_build_options bad[] = {
        {.struct_size = 0},
        {.struct_size = sizeof(struct smc_build_options) - 1},
        {.struct_size = sizeof(struct smc_build_options) + 8},
        {.struct_size = sizeof(struct smc_build_options), .sources = (enum smc_build_sources)3},
        {.struct_size = sizeof(struct smc_build_options), .sources = (enum smc_build_sources) - 1}};
    struct text map = map_text("AAAAA", RICH_MEMBERS);
    struct smc_build_issue issue;
    size_t nbytes = 1;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        void *file = &nbytes;
        assert_int_equal(smc_build_memory(map.data, map.nbytes, &bad[i], &file, &nbytes, &issue),
                         SMC_BUILD_E_OPTION);
        assert_null(file);
        assert_int_equal(nbytes, 0);
        assert_int_equal(issue.status, SMC_BUILD_E_OPTION);
        assert_int_equal(smc_build_memory(map.data, map.nbytes, &bad[i], &file, &nbytes, NULL),
                         SMC_BUILD_E_OPTION);
        uint8_t digest[16] = "left as it is: ";
        assert_int_equal(smc_build_recipe(&bad[i], 1, digest), SMC_BUILD_E_OPTION);
        assert_memory_equal(digest, "left as it is: ", sizeof digest);
    }
    text_free(&map);
}

static void every_build_status_has_a_text(void **state)
{
    (void)state;
    for (int a = SMC_BUILD_OK; a <= SMC_BUILD_E_LOADER; a++) {
        const char *text = smc_build_status_text((smc_build_status)a);
        for (int b = SMC_BUILD_OK; b < a; b++) {
            assert_string_not_equal(text, smc_build_status_text((smc_build_status)b));
        }
        assert_string_not_equal(text, "unknown status");
    }
    assert_string_equal(smc_build_status_text((smc_build_status)(SMC_BUILD_E_LOADER + 1)),
                        "unknown status");
}

static void errors_say_where(void **state)
{
    struct text map = {0};
    struct smc_build_issue issue;
    struct warnings warnings;
    struct file file;

    (void)state;
    text_puts(&map, "{\"version\":3,\"sources\":7,\"mappings\":\"\"}");
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue), SMC_BUILD_E_MAP);
    assert_int_equal(issue.offset, strstr(map.data, "7") - map.data);
    text_free(&map);
    text_puts(&map, "{\"version\":3,\"sources\":[],\"mappings\":\"\",,}");
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue),
                     SMC_BUILD_E_JSON);
    assert_int_equal(issue.offset, strstr(map.data, ",}") - map.data);
    text_free(&map);
    map = map_text("", "\"sources\":[],\"names\":[\"a\",0]");
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_int_equal(warnings.last.offset, strstr(map.data, "0]") - map.data);
    file_free(&file);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(required_members),
        cmocka_unit_test(optional_members),
        cmocka_unit_test(debug_ids),
        cmocka_unit_test(debugId_beats_debug_id),
        cmocka_unit_test(proposals),
        cmocka_unit_test(the_xssi_prefix),
        cmocka_unit_test(the_last_of_equal_keys_wins),
        cmocka_unit_test(source_root_is_put_before),
        cmocka_unit_test(source_root_cannot_blow_up_a_file),
        cmocka_unit_test(bad_elements_keep_their_place),
        cmocka_unit_test(strings_are_there_once),
        cmocka_unit_test(many_strings),
        cmocka_unit_test(names_of_all_forms),
        cmocka_unit_test(a_sink_gets_the_same_file),
        cmocka_unit_test(a_sink_may_refuse),
        cmocka_unit_test(a_sink_gets_nothing_of_a_bad_map),
        cmocka_unit_test(unknown_options_are_refused),
        cmocka_unit_test(every_build_status_has_a_text),
        cmocka_unit_test(errors_say_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
