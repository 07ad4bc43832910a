/*
 * The builder's output to the byte: whoever changes it must see that, and say so here. A test that
 * fails prints the digest that it found.
 *
 * Deflated contents are what the libdeflate in use makes of them, so those files are not pinned; they are
 * the same from one build to the next, and inflate to the same text.
 */
#include "tests/unit/support.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The example of ECMA-426 readers: names, contents, two sources. */
static const char first_map[] =
    "{\"version\":3,\"file\":\"min.js\",\"names\":[\"bar\",\"baz\",\"n\"],\"sources\":[\"one.js\","
    "\"two.js\"],\"sourceRoot\":\"http://example.com/www/js/\",\"sourcesContent\":["
    "\" ONE.foo = function (bar) {\\n   return baz(bar);\\n };\","
    "\" TWO.inc = function (n) {\\n   return n + 1;\\n };\"],\"mappings\":"
    "\"CAAC,IAAI,IAAM,SAAUA,GAClB,OAAOC,IAAID;CCDb,IAAI,IAAM,SAAUE,GAClB,OAAOA\"}";

/* What is unusual: null sources, no name, empty and missing contents, one field, lines out of order,
 * equal strings, escapes, a lone surrogate, CSS. */
static const char second_map[] =
    "{\"version\":3,\"sources\":[null,\"a.css\",\"\",\"\\ud83d\\ude00.js\",\"a.css\"],"
    "\"names\":[\"a.css\",\"\",\"\\ud800\",\"\",\"x\\u0000y\"],\"sourcesContent\":[\"no "
    "name\\r\\n\","
    "\"a\\fb\\u2028c\",\"\",null],\"file\":null,\"mappings\":"
    "\";;KAAAA,FACC;A,CCAAC,ACAAC;;KCAAE,C,D,DAAAD,CA+/////DA;AAA+/////D\"}";

/* Several blocks, of one line and of many, and enough strings and lines for several groups. */
static struct text third_map(void)
{
    struct text map = {0};
    struct rng rng = {71};
    int64_t now[5] = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[\"s0\"");
    for (int i = 1; i < 100; i++) {
        text_puts(&map, i % 17 == 0 ? ",null" : ",\"folder/s");
        if (i % 17 != 0) {
            text_number(&map, (uint64_t)i);
            text_puts(&map, "\"");
        }
    }
    text_puts(&map, "],\"names\":[\"\"");
    for (int i = 1; i < 200; i++) {
        text_puts(&map, ",\"name");
        text_number(&map, rng_below(&rng, 150));
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"sourcesContent\":[\"\"");
    for (int i = 1; i < 99; i++) {
        text_puts(&map, ",\"");
        for (uint32_t n = rng_below(&rng, 12); n > 0; n--) {
            text_repeat(&map, (char)('a' + n), rng_below(&rng, 30));
            text_puts(&map, n % 3 == 0 ? "\\r\\n" : "\\n");
        }
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"mappings\":\"");
    for (int i = 0; i < 2000; i++) {
        int is_line_end = i > 1200 && i % 7 == 0;
        int64_t to[5] = {0};
        text_puts(&map, i == 0 ? "" : is_line_end ? ";" : ",");
        now[0] = is_line_end ? 0 : now[0];
        to[0] = now[0] + rng_below(&rng, 20);
        to[1] = rng_below(&rng, 30) == 0 ? rng_below(&rng, 100) : now[1];
        to[2] = rng_below(&rng, 5) == 0 ? rng_below(&rng, 500) : now[2];
        to[3] = rng_below(&rng, 90);
        to[4] = rng_below(&rng, i < 700 ? 200 : 4);
        int n_fields = rng_below(&rng, 25) == 0 ? 1 : rng_below(&rng, i < 400 ? 5 : 2) != 0 ? 4 : 5;
        text_segment(&map, n_fields, to[0] - now[0], to[1] - now[1], to[2] - now[2], to[3] - now[3],
                     to[4] - now[4]);
        memcpy(now, to, (size_t)n_fields * sizeof *now);
    }
    text_puts(&map, "\"}");
    return map;
}

static struct text golden_map(int number)
{
    struct text map = {0};

    if (number == 2) {
        return third_map();
    }
    text_puts(&map, number == 0 ? first_map : second_map);
    return map;
}

static void hex_digest(const void *bytes, size_t nbytes, char out[33])
{
    XXH128_canonical_t canonical;

    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, nbytes));
    for (size_t i = 0; i < sizeof canonical.digest; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", canonical.digest[i]);
    }
}

/* The maps themselves: the third one is made by the test. */
static void the_inputs_are_the_same(void **state)
{
    static const char *const digests[] = {"04fe11e7329b996dccc07f7b39afa7b7",
                                          "ddb23631f57cab848e7fa48f79063765",
                                          "5d7776a88a3fb6fd14ace47658a4c205"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct text map = golden_map(i);
        char hex[33];
        hex_digest(map.data, map.nbytes, hex);
        assert_string_equal(hex, digests[i]);
        text_free(&map);
    }
}

static void check_digests(enum smc_build_sources mode, const char *const *digests)
{
    for (int i = 0; i < 3; i++) {
        struct text map = golden_map(i);
        struct file file = build_file(&map, mode);
        char hex[33];
        hex_digest(file.bytes, file.nbytes, hex);
        assert_string_equal(hex, digests[i]);
        file_free(&file);
        text_free(&map);
    }
}

static void files_without_contents(void **state)
{
    static const char *const digests[] = {"ce1b8c9e756c59e0779011433d93e842",
                                          "24f6df1d26444efb413ec97ee7552260",
                                          "0b6a26586f0cc8294beef0309e5a65d3"};
    (void)state;
    check_digests(SMC_BUILD_SOURCES_NONE, digests);
}

static void files_with_raw_contents(void **state)
{
    static const char *const digests[] = {"5c2931a57a5db43c7c83faa492a7044c",
                                          "7fc26c40fe0c7d64c1d61e941bf2aebf",
                                          "4e7540ea31bdaf915f23dbdbc1d91273"};
    (void)state;
    check_digests(SMC_BUILD_SOURCES_RAW, digests);
}

static int load_generated(void *context, const void **bytes, size_t *nbytes)
{
    *bytes = context;
    *nbytes = strlen(context);
    return 0;
}

/* All ways to know a function: scopes, extensions, contents, the generated file. */
static void files_with_functions(void **state)
{
    static char minified[] = "var t={n(){}};function e(){x}\nclass i{s=()=>{}}";
    static const char *const maps[] = {
        /* of contents, and of the generated file for the source that has none */
        "{\"version\":3,\"sources\":[\"a.ts\",\"b.js\"],\"names\":[\"thing\",\"name\",\"each\"],"
        "\"sourcesContent\":[\"const thing: T = { name(): void {} };\\nexport default class<T> "
        "{}\"],"
        "\"mappings\":\"IAAMA,IACFC,WCDIC,MAAI;MDCV,EAAE\"}",
        "{\"version\":3,\"sources\":[\"a.js\",\"b.js\"],\"names\":[\"f\",\"g\"],"
        "\"mappings\":\"AAAA,IAAI,IAAI,ICAJ,IACA\",\"x_facebook_sources\":[[{\"names\":[\"<global>"
        "\",\"f\"],"
        "\"mappings\":\"AAA,ECC\"}],null],\"x_com_bloomberg_sourcesFunctionMappings\":[null,"
        "\"AAAAEC\"]}",
        "{\"version\":3,\"sources\":[\"m.ts\"],\"names\":[\"module\",\"sq\",\"function\",\"x\","
        "\"5\"],"
        "\"mappings\":\"AAAA,YAAwB\",\"scopes\":\"BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,"
        "FC\"}"};
    static const char *const digests[] = {"c5257dd2087aaa7f9b90e706de61f89e",
                                          "f03798d5d6edb0e4ccede46ee9fb3120",
                                          "44a31e6a9c2197c286e3837e84599650"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        const struct smc_build_options options = {.struct_size = sizeof options,
                                                  .load_generated = load_generated,
                                                  .generated_context = minified};
        const struct text map = {(char *)(uintptr_t)maps[i], strlen(maps[i]), 0};
        struct file file;
        char hex[33];
        assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
        assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        hex_digest(file.bytes, file.nbytes, hex);
        assert_string_equal(hex, digests[i]);
        file_free(&file);
    }
}

/* Segments out of order, one twice, one empty; a start that is not known. */
static void files_with_bytecode(void **state)
{
    static const char json[] =
        "{\"version\":3,\"sources\":[\"a.js\"],\"mappings\":\"AAAA,gBACA;QCAA\","
        "\"x_hermes_function_offsets\":{\"300\":[1],\"2\":[7],\"0\":[16,40,72],"
        "\"1\":[],\"2\":[4294967294,0,null]}}";
    const struct smc_build_options options = {.struct_size = sizeof options};
    const struct text map = {(char *)(uintptr_t)json, strlen(json), 0};
    struct file file;
    char hex[33];

    (void)state;
    assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    hex_digest(file.bytes, file.nbytes, hex);
    assert_string_equal(hex, "ff68118467182cf4db6dad16570716fd");
    file_free(&file);
}

static void files_are_the_same_twice(void **state)
{
    static const enum smc_build_sources modes[] = {SMC_BUILD_SOURCES_DEFLATE, SMC_BUILD_SOURCES_RAW,
                                                   SMC_BUILD_SOURCES_NONE};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct text map = golden_map(i);
        for (size_t k = 0; k < COUNT_OF(modes); k++) {
            struct file a = build_file(&map, modes[k]);
            struct text moved = {0}; /* at another address, after other allocations */
            text_puts(&moved, "1234567");
            text_add(&moved, map.data, map.nbytes);
            struct file b;
            struct smc_build_options options = {.struct_size = sizeof options,
                                                .sources = modes[k],
                                                .functions = SMC_BUILD_FUNCTIONS_NONE};
            void *bytes;
            assert_int_equal(
                smc_build_memory(moved.data + 7, map.nbytes, &options, &bytes, &b.nbytes, NULL),
                SMC_BUILD_OK);
            b.bytes = bytes;
            assert_int_equal(a.nbytes, b.nbytes);
            assert_memory_equal(a.bytes, b.bytes, a.nbytes);
            file_free(&a);
            file_free(&b);
            text_free(&moved);
        }
        text_free(&map);
    }
}

/* Everything but CONTENT, CONTENT_DIRECTORY and INFO is the same in a deflated file, and its contents
 * are those of the raw one. */
static void deflated_contents_are_the_raw_ones(void **state)
{
    static const uint32_t same[] = {SMCF_SECTION_DIRECTORY,    SMCF_SECTION_BLOCKS,
                                    SMCF_SECTION_SOURCES,      SMCF_SECTION_STRING_OFFSETS,
                                    SMCF_SECTION_STRING_BYTES, SMCF_SECTION_LINE_COUNTS};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct text map = golden_map(i);
        struct file files[] = {build_file(&map, SMC_BUILD_SOURCES_RAW),
                               build_file(&map, SMC_BUILD_SOURCES_DEFLATE)};
        for (size_t k = 0; k < COUNT_OF(same); k++) {
            size_t nbytes[2], off[2];
            for (int f = 0; f < 2; f++) {
                off[f] = section_offset(&files[f], same[k], &nbytes[f]);
            }
            assert_int_equal(nbytes[0], nbytes[1]);
            assert_memory_equal(files[0].bytes + off[0], files[1].bytes + off[1], nbytes[0]);
        }
        smc_cache *caches[] = {open_file(&files[0]), open_file(&files[1])};
        smc_text *texts[2];
        struct smc_info info;
        assert_int_equal(smc_info_get(caches[0], &info), SMC_OK);
        assert_int_equal(smc_text_open(caches[0], &texts[0]), SMC_OK);
        assert_int_equal(smc_text_open(caches[1], &texts[1]), SMC_OK);
        for (uint32_t s = 0; s < info.n_sources; s++) {
            struct smc_view views[2];
            smc_status status = smc_text_content(texts[0], s, &views[0]);
            assert_int_equal(smc_text_content(texts[1], s, &views[1]), status);
            assert_true(status == SMC_OK || status == SMC_E_NO_CONTENT);
            if (status == SMC_OK) {
                assert_view(views[1], views[0].ptr, views[0].nbytes);
            }
        }
        for (int f = 0; f < 2; f++) {
            smc_text_close(texts[f]);
            smc_close(caches[f]);
            file_free(&files[f]);
        }
        text_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inputs_are_the_same),
        cmocka_unit_test(files_without_contents),
        cmocka_unit_test(files_with_raw_contents),
        cmocka_unit_test(files_with_functions),
        cmocka_unit_test(files_with_bytecode),
        cmocka_unit_test(files_are_the_same_twice),
        cmocka_unit_test(deflated_contents_are_the_raw_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
