/*
 * x_hermes_function_offsets (section 11 of our reference): what the builder makes of it. What readers make of that is
 * in test_bytecode.c.
 */
#include "tests/unit/support.h"

#include "src/reader/cache.h"

#include <time.h>

#define KEY "x_hermes_function_offsets"
#define MEMBER "\"" KEY "\":"
#define MAPPINGS "AAAA,qCAEE"
#define SOURCES "\"sources\":[\"a.js\"]"

/* "SEGMENT=OFFSET,OFFSET SEGMENT=.." in the order of the file, '?' for an unknown one. */
static struct text bytecode_text(const struct file *file)
{
    smc_cache *cache = open_file(file);
    struct text text = {0};
    uint32_t at = 0;

    text_puts(&text, "");
    for (uint32_t i = 0; i < cache->n_bytecode_segments; i++) {
        text_puts(&text, i == 0 ? "" : " ");
        text_number(&text, smcf_get32(cache->bytecode_segments[i].segment));
        for (char c = '='; at < smcf_get32(cache->bytecode_segments[i].offsets_end); c = ',') {
            const uint32_t offset = smcf_get32(cache->bytecode_offsets[at++]);
            text_add(&text, &c, 1);
            if (offset == SMCF_NONE) {
                text_puts(&text, "?");
            } else {
                text_number(&text, offset);
            }
        }
    }
    smc_close(cache);
    return text;
}

static void assert_bytecode(const struct file *file, const char *wanted)
{
    struct text found = bytecode_text(file);

    assert_int_equal(verify_bytes(file->bytes, file->nbytes, NULL), SMC_OK);
    assert_string_equal(found.data, wanted);
    text_free(&found);
}

/* Of a map with these members, which is built with so many warnings. */
static void assert_members(const char *members, unsigned n_warnings, const char *wanted)
{
    struct text map = map_text(MAPPINGS, members);
    struct warnings warnings;
    struct file file;

    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL), SMC_BUILD_OK);
    if (warnings.n != n_warnings) {
        fail_msg("%s: %u warnings", members, warnings.n);
    }
    assert_bytecode(&file, wanted);
    file_free(&file);
    text_free(&map);
}

#define assert_value(value, wanted) assert_members(SOURCES "," MEMBER value, 0, wanted)

static void the_worked_example(void **state)
{
    (void)state;
    assert_value("{\"0\":[16,40,72]}", "0=16,40,72");
    assert_value("{\"0\":[16,40,72],\"2\":[8]}", "0=16,40,72 2=8");
}

/* In the order of their numbers, whatever that of the text. */
static void segments(void **state)
{
    (void)state;
    assert_value("{\"10\":[1],\"9\":[2],\"256\":[3],\"0\":[4],\"65536\":[5],\"16777216\":[6]}",
                 "0=4 9=2 10=1 256=3 65536=5 16777216=6");
    assert_value("{\"4294967294\":[1],\"4294967293\":[2]}", "4294967293=2 4294967294=1");
    assert_value("{ \"\\u0030\" : [ 7 , 8 ] , \"\\u0031\\u0032\" : [9] }", "0=7,8 12=9");
}

static void offsets(void **state)
{
    (void)state;
    assert_value("{\"0\":[0,4294967294,72,40,40]}", "0=0,4294967294,72,40,40");
    assert_value("{\"0\":[3.0,1e2,-0,500e-2]}", "0=3,100,0,5");
}

static void the_last_member_counts(void **state)
{
    (void)state;
    assert_value("{\"0\":[1,2],\"1\":[3],\"0\":[4]}", "0=4 1=3");
    assert_value("{\"1\":[1],\"1\":[2],\"1\":[3],\"0\":[4],\"1\":[5,6],\"\\u0030\":[7]}",
                 "0=7 1=5,6");
    assert_value("{\"0\":[1],\"0\":[]}", "");
    /* What is replaced is not looked at. */
    assert_value("{\"0\":null,\"1\":[\"x\"],\"0\":[1],\"1\":[2]}", "0=1 1=2");
    assert_members(SOURCES "," MEMBER "{\"0\":[1],\"0\":7}", 1, "");
    assert_members(SOURCES "," MEMBER "{\"0\":[1]}," MEMBER "{\"1\":[2]}", 0, "1=2");
    assert_members(SOURCES "," MEMBER "7," MEMBER "{\"1\":[2]}", 0, "1=2");
    assert_members(SOURCES "," MEMBER "{\"1\":[2]}," MEMBER "null", 1, "");
}

static uint32_t count_sections(const char *members)
{
    struct file file = build_mappings(MAPPINGS, members);
    const uint32_t n =
        smcf_get32(((const struct smcf_header *)(const void *)file.bytes)->n_sections);

    file_free(&file);
    return n;
}

/* A map that says nothing has no sections for it. */
static void nothing(void **state)
{
    const uint32_t n = count_sections(SOURCES);

    (void)state;
    assert_value("{}", "");
    assert_value("{\"0\":[],\"1\":[]}", "");
    assert_value("{\"0\":[],\"1\":[5],\"2\":[]}", "1=5");
    assert_int_equal(count_sections(SOURCES "," MEMBER "{\"0\":[]}"), n);
    assert_int_equal(count_sections(SOURCES "," MEMBER "{\"0\":[0]}"), n + 2);
}

#define BAD_KEY "key that is no canonical decimal number below 2^32 - 1; ignored"
#define BAD_SEGMENT "segment that is not an array; ignored"
#define BAD_OFFSET "offset that is no integer from 0 to 2^32 - 2; read as unknown"

static const struct {
    const char *value, *at, *text, *left;
} bad[] = {
    {"null", "null", "not an object; ignored", ""},
    {"7", "7}", "not an object; ignored", ""},
    {"[[16,40]]", "[[16", "not an object; ignored", ""},
    {"\"0\"", "\"0\"", "not an object; ignored", ""},
    {"{\"\":[1],\"2\":[8]}", "\"\":[1]", BAD_KEY, "2=8"},
    {"{\"00\":[1],\"2\":[8]}", "\"00\"", BAD_KEY, "2=8"},
    {"{\"01\":[1],\"2\":[8]}", "\"01\"", BAD_KEY, "2=8"},
    {"{\"-0\":[1],\"2\":[8]}", "\"-0\"", BAD_KEY, "2=8"},
    {"{\"+1\":[1],\"2\":[8]}", "\"+1\"", BAD_KEY, "2=8"},
    {"{\" 1\":[1],\"2\":[8]}", "\" 1\"", BAD_KEY, "2=8"},
    {"{\"1 \":[1],\"2\":[8]}", "\"1 \"", BAD_KEY, "2=8"},
    {"{\"1.0\":[1],\"2\":[8]}", "\"1.0\"", BAD_KEY, "2=8"},
    {"{\"1e1\":[1],\"2\":[8]}", "\"1e1\"", BAD_KEY, "2=8"},
    {"{\"0x1\":[1],\"2\":[8]}", "\"0x1\"", BAD_KEY, "2=8"},
    {"{\"1\\u0000\":[1],\"2\":[8]}", "\"1\\u0000\"", BAD_KEY, "2=8"},
    {"{\"main\":[1],\"2\":[8]}", "\"main\"", BAD_KEY, "2=8"},
    {"{\"2\":[8],\"4294967295\":[1]}", "\"4294967295\"", BAD_KEY, "2=8"},
    {"{\"4294967296\":[1],\"2\":[8]}", "\"4294967296\"", BAD_KEY, "2=8"},
    {"{\"18446744073709551618\":[1],\"2\":[8]}", "\"18446744073709551618\"", BAD_KEY, "2=8"},
    {"{\"9999999999999999999999999999999999\":[1],\"2\":[8]}", "\"99999", BAD_KEY, "2=8"},
    {"{\"0\":null,\"2\":[8]}", "null", BAD_SEGMENT, "2=8"},
    {"{\"0\":{\"0\":1},\"2\":[8]}", "{\"0\":1", BAD_SEGMENT, "2=8"},
    {"{\"2\":[8],\"0\":\"16\"}", "\"16\"", BAD_SEGMENT, "2=8"},
    {"{\"0\":7,\"2\":[8]}", "7,", BAD_SEGMENT, "2=8"},
    {"{\"0\":[16,null,72],\"2\":[8]}", "null", BAD_OFFSET, "0=16,?,72 2=8"},
    {"{\"0\":[\"16\",40,72]}", "\"16\"", BAD_OFFSET, "0=?,40,72"},
    {"{\"0\":[16,40,[72]]}", "[72]", BAD_OFFSET, "0=16,40,?"},
    {"{\"0\":[16,true,72]}", "true", BAD_OFFSET, "0=16,?,72"},
    {"{\"0\":[-1]}", "-1", BAD_OFFSET, "0=?"},
    {"{\"0\":[1.5,2]}", "1.5", BAD_OFFSET, "0=?,2"},
    {"{\"0\":[4294967295,2]}", "4294967295", BAD_OFFSET, "0=?,2"},
    {"{\"0\":[4294967296,2]}", "4294967296", BAD_OFFSET, "0=?,2"},
    {"{\"0\":[1e400,2]}", "1e400", BAD_OFFSET, "0=?,2"},
};

/* One warning each, where it belongs, and all else is there; strict mode refuses. */
static void malformed_parts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct smc_build_options options = {.struct_size = sizeof options};
        struct text members = {0};
        struct smc_build_issue issue;
        struct warnings warnings;
        struct file file;

        text_puts(&members, SOURCES "," MEMBER);
        text_puts(&members, bad[i].value);
        struct text map = map_text(MAPPINGS, members.data);
        const char *value = strstr(map.data, MEMBER) + strlen(MEMBER);
        const uint64_t offset = (uint64_t)(strstr(value, bad[i].at) - map.data);
        assert_int_equal(try_build_with(&map, &options, &file, &warnings, &issue), SMC_BUILD_OK);
        if (warnings.n != 1 || warnings.last.offset != offset) {
            fail_msg("%s: %u warnings, at %u", bad[i].value, warnings.n,
                     (unsigned)warnings.last.offset);
        }
        assert_string_equal(warnings.last.key, KEY);
        assert_issue(&warnings.last, bad[i].text);
        assert_bytecode(&file, bad[i].left);
        smc_cache *cache = open_file(&file);
        struct smc_info info;
        assert_int_equal(smc_info_get(cache, &info), SMC_OK);
        assert_int_equal(info.n_tokens, 2);
        smc_close(cache);
        file_free(&file);

        options.strict = 1;
        assert_int_equal(try_build_with(&map, &options, &file, &warnings, &issue), SMC_BUILD_E_MAP);
        assert_string_equal(issue.key, KEY);
        assert_int_equal(issue.offset, offset);
        assert_int_equal(strncmp(issue.reason, bad[i].text, strlen(issue.reason)), 0);
        text_free(&map);
        text_free(&members);
    }
}

/* Every one is said, in the order of segments. */
static void several_malformed_parts(void **state)
{
    (void)state;
    assert_members(SOURCES "," MEMBER "{\"3\":[1,\"\",null],\"x\":[1],\"1\":{},\"0\":[-1,5]}", 5,
                   "0=?,5 3=1,?,?");
}

/* Of an index map it is that of the outermost map. */
static void index_maps(void **state)
{
    static const char section[] =
        "{\"offset\":{\"line\":0,\"column\":0},\"map\":{\"version\":3,"
        "\"sources\":[\"a.js\"],\"mappings\":\"AAAA\"," MEMBER "{\"0\":[99]}}}";
    static const char *const members[] = {"", "," MEMBER "{\"0\":[16,40],\"1\":[3]}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct text map = {0};
        text_puts(&map, "{\"version\":3,\"sections\":[");
        text_puts(&map, section);
        text_puts(&map, "]");
        text_puts(&map, members[i]);
        text_puts(&map, "}");
        assert_int_equal(count_warnings(&map), 0);
        struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
        assert_bytecode(&file, i == 0 ? "" : "0=16,40 1=3");
        file_free(&file);
        text_free(&map);
    }
}

/* Whatever else goes into the file. */
static void options_do_not_matter(void **state)
{
    struct text map = map_text(MAPPINGS, SOURCES ",\"sourcesContent\":[\"function f() {}\"],"
                                                 "\"names\":[]," MEMBER "{\"1\":[5],\"0\":[6]}");

    (void)state;
    for (int functions = SMC_BUILD_FUNCTIONS_AUTO; functions <= SMC_BUILD_FUNCTIONS_NONE;
         functions++) {
        for (int sources = SMC_BUILD_SOURCES_DEFLATE; sources <= SMC_BUILD_SOURCES_NONE;
             sources++) {
            const struct smc_build_options options = {.struct_size = sizeof options,
                                                      .sources = (enum smc_build_sources)sources,
                                                      .functions =
                                                          (enum smc_build_functions)functions,
                                                      .n_threads = (unsigned)sources};
            struct file file;
            assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
            assert_bytecode(&file, "0=6 1=5");
            file_free(&file);
        }
    }
    text_free(&map);
}

/* ---- what is large ---- */

/* Each takes milliseconds, and minutes if a step took time by the number of those before it. */
#define N 200000
#define LIMIT_S 20

static void many_functions(void **state)
{
    const clock_t started = clock();
    struct text members = {0};
    struct smc_position at;

    (void)state;
    text_puts(&members, SOURCES "," MEMBER "{\"0\":[16");
    for (uint32_t i = 1; i < N; i++) {
        text_puts(&members, ",");
        text_number(&members, 16 + UINT64_C(21000) * i);
    }
    text_puts(&members, "]}");
    struct file file = build_mappings(MAPPINGS, members.data);
    smc_cache *cache = open_file(&file);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(smc_bytecode_position(cache, 0, i, 7, &at), SMC_OK);
        assert_int_equal(at.column, 23 + UINT32_C(21000) * i);
    }
    assert_int_equal(smc_bytecode_position(cache, 0, N, 7, &at), SMC_E_RANGE);
    smc_close(cache);
    file_free(&file);
    text_free(&members);
    assert_in_range((clock() - started) / CLOCKS_PER_SEC, 0, LIMIT_S);
}

/* From the last to the first, each several times. */
static void many_segments(void **state)
{
    const clock_t started = clock();
    struct text members = {0};
    struct smc_position at;

    (void)state;
    text_puts(&members, SOURCES "," MEMBER "{");
    for (uint32_t i = 0; i < 3 * N; i++) {
        text_puts(&members, i == 0 ? "\"" : ",\"");
        text_number(&members, UINT64_C(21001) * (N - 1 - i % N));
        text_puts(&members, "\":[");
        text_number(&members, i);
        text_puts(&members, "]");
    }
    text_puts(&members, "}");
    struct file file = build_mappings(MAPPINGS, members.data);
    smc_cache *cache = open_file(&file);
    assert_int_equal(cache->n_bytecode_segments, N);
    for (uint32_t i = 0; i < N; i++) {
        const uint32_t segment = UINT32_C(21001) * (N - 1 - i);
        assert_int_equal(smc_bytecode_position(cache, segment, 0, 1, &at), SMC_OK);
        assert_int_equal(at.column, 2 * N + i + 1);
        assert_int_equal(smc_bytecode_position(cache, segment + 1, 0, 1, &at), SMC_E_RANGE);
    }
    smc_close(cache);
    file_free(&file);
    text_free(&members);
    assert_in_range((clock() - started) / CLOCKS_PER_SEC, 0, LIMIT_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(segments),
        cmocka_unit_test(offsets),
        cmocka_unit_test(the_last_member_counts),
        cmocka_unit_test(nothing),
        cmocka_unit_test(malformed_parts),
        cmocka_unit_test(several_malformed_parts),
        cmocka_unit_test(index_maps),
        cmocka_unit_test(options_do_not_matter),
        cmocka_unit_test(many_functions),
        cmocka_unit_test(many_segments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
