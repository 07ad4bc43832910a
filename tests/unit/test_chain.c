/*
 * Chains of maps by hand: what becomes of tokens, names, sources and contents, and what of maps that
 * are no good. test_chain_random.c has the oracle.
 */
#include "tests/unit/chain_world.h"
#include "tests/unit/shared_map.h"

/* ---- tokens ---- */

static void put_view(struct text *text, struct smc_view view)
{
    text_add(text, view.ptr, view.nbytes);
}

/* "LINE:COLUMN" of each token, with " SOURCE:LINE:COLUMN" and " NAME", '*' before a range mapping; and a
 * comma between tokens. */
static struct text tokens_text(const struct file *file)
{
    smc_cache *cache = open_file(file);
    struct smc_token token;
    struct text text = {0};

    text_puts(&text, "");
    for (uint32_t i = 0; smc_token_at(cache, i, &token) == SMC_OK; i++) {
        text_puts(&text, i > 0 ? ", " : "");
        text_puts(&text, (token.flags & SMC_TOKEN_RANGE) != 0 ? "*" : "");
        text_number(&text, token.line);
        text_puts(&text, ":");
        text_number(&text, token.column);
        if (token.source != SMC_NONE) {
            text_puts(&text, " ");
            put_view(&text, token.source_text);
            text_puts(&text, ":");
            text_number(&text, token.source_line);
            text_puts(&text, ":");
            text_number(&text, token.source_column);
        }
        if (token.name != SMC_NONE) {
            text_puts(&text, " ");
            put_view(&text, token.name_text);
        }
    }
    smc_close(cache);
    return text;
}

/* Builds the chain, compares its tokens, holds it to the oracle and ends the world. */
static void check_tokens(struct world *world, const char *wanted)
{
    struct file file = build_chain(world, NULL);
    struct text found = tokens_text(&file);

    assert_string_equal(found.data, wanted);
    world_compare(world, &file, 12, 24);
    text_free(&found);
    file_free(&file);
    world_free(world);
}

static void two_maps(void **state)
{
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAAA,EAAEC,ECAA",
                       "\"sources\":[\"b.js\",\"c.js\"],\"names\":[\"x\",\"y\"]");
    world_add_mappings(&world, "b.js", "AACAA,EAAC",
                       "\"sources\":[\"a.ts\"],\"names\":[\"first\"]");
    check_tokens(&world, "0:0 a.ts:1:0 first, 0:2 a.ts:1:1 y, 0:4 c.js:0:2");
}

/* The outer map speaks of the generated file, and so of its bytecode; the inner one of some other file. */
static void bytecode_of_the_outer_map(void **state)
{
    static const char *const outer[] = {
        "\"sources\":[\"b.js\"]",
        "\"sources\":[\"b.js\"],\"x_hermes_function_offsets\":{\"3\":[7],\"0\":[16,40]}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(outer); i++) {
        struct world world = {0};
        struct smc_position at;
        world_add_mappings(&world, "", "AAAA,qCAAE", outer[i]);
        world_add_mappings(&world, "b.js", "AACA,EAAC",
                           "\"sources\":[\"a.ts\"],\"x_hermes_function_offsets\":{\"1\":[5]}");
        struct file file = build_chain(&world, NULL);
        smc_cache *cache = open_file(&file);
        const smc_status wanted = i == 0 ? SMC_E_RANGE : SMC_OK;
        assert_int_equal(smc_bytecode_position(cache, 1, 0, 0, &at), SMC_E_RANGE);
        assert_int_equal(smc_bytecode_position(cache, 3, 0, 2, &at), wanted);
        assert_int_equal(at.column, i == 0 ? SMC_NONE : 9);
        assert_int_equal(smc_bytecode_position(cache, 0, 1, 0, &at), wanted);
        if (wanted == SMC_OK) {
            struct smc_token token;
            assert_int_equal(smc_lookup(cache, at.line, at.column, 0, &token), SMC_OK);
            assert_view_string(token.source_text, "a.ts");
            assert_int_equal(token.source_line, 1);
            assert_int_equal(token.source_column, 1);
        }
        smc_close(cache);
        file_free(&file);
        world_free(&world);
    }
}

/* By default a name is one of the original. */
static void names_of_maps_before_the_last_one(void **state)
{
    struct world world = {.drops_names = 1};

    (void)state;
    world_add_mappings(&world, "", "AAAAA,EAAEC,ECAA",
                       "\"sources\":[\"b.js\",\"c.js\"],\"names\":[\"x\",\"y\"]");
    world_add_mappings(&world, "b.js", "AACAA,EAAC",
                       "\"sources\":[\"a.ts\"],\"names\":[\"first\"]");
    check_tokens(&world, "0:0 a.ts:1:0 first, 0:2 a.ts:1:1, 0:4 c.js:0:2");
}

static void three_maps(void **state)
{
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAAA,IAAIC,IAAI",
                       "\"sources\":[\"b.js\"],\"names\":[\"x\",\"y\"]");
    world_add_mappings(&world, "b.js", "AAAA,IACIA,ICAA",
                       "\"sources\":[\"a.js\",\"lib.js\"],\"names\":[\"z\"]");
    world_add_mappings(&world, "a.js", "AAAA;IACEA",
                       "\"sources\":[\"a.ts\"],\"names\":[\"a name\"]");
    check_tokens(&world, "0:0 a.ts:0:0 x, 0:4 a.ts:1:2 a name, 0:8 lib.js:1:4");
}

/* The inner map: nothing before column 4, then a token, then one without an original position. */
static void what_one_map_leaves_unmapped(void **state)
{
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAAA,CAAIA,CAAIA,CAAIA,CAACA;A,CAAAA",
                       "\"sources\":[\"b.js\"],\"names\":[\"x\"]");
    world_add_mappings(&world, "b.js", "IAAA,IAAAA,I",
                       "\"sources\":[\"a.ts\"],\"names\":[\"inner\"]");
    /* The last one asks for a column behind the token that hides. */
    check_tokens(&world, "0:0, 0:1 a.ts:0:0 x, 0:2 a.ts:0:0 inner, 0:3, 0:4, 1:0, 1:1");
}

/* A name without an original position is not touched: its source has no map. */
static void tokens_without_a_source(void **state)
{
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAA,C,CADAA", "\"sources\":[\"b.js\"],\"names\":[\"x\"]");
    world_add_mappings(&world, "b.js", "AAAA", "\"sources\":[\"a.ts\"]");
    struct file file;
    assert_int_equal(try_chain(&world, NULL, &file, NULL), SMC_BUILD_OK);
    struct text found = tokens_text(&file);
    assert_string_equal(found.data, "0:0 a.ts:0:0, 0:1, 0:2 x");
    text_free(&found);
    file_free(&file);
    world_free(&world);
}

static void range_mappings_are_split(void **state)
{
    struct world world = {0};

    (void)state;
    /* 0:2 stands for b.js 1:1 and what follows, up to 3:5, which stands for 0:0. */
    world_add_mappings(&world, "", "EACC;;;KADD", "\"sources\":[\"b.js\"],\"rangeMappings\":\"A\"");
    /* 1:0, 1:5 (a range), 2:3, 4:4 and 4:5, of which the last is behind the end. */
    world_add_mappings(&world, "b.js", "AAAA;AAAA,KAAK;GAAG;;IAAI,CAAC",
                       "\"sources\":[\"a.ts\"],\"rangeMappings\":\";B\"");
    check_tokens(&world, "0:2 a.ts:0:0, *0:6 a.ts:0:5, 1:3 a.ts:0:8, 3:4 a.ts:0:12, 3:5 a.ts:0:0");

    /* The last one goes on to the end of the inner map, on lines that the outer one does not have. */
    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"b.js\"],\"rangeMappings\":\"A\"");
    world_add_mappings(&world, "b.js", "AAAA;;;C;;AAAA,CAAC",
                       "\"sources\":[\"a.ts\"],\"rangeMappings\":\"A;;;;;B\"");
    struct file file = build_chain(&world, NULL);
    smc_cache *cache = open_file(&file);
    struct smc_info info;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_lines, 6);
    smc_close(cache);
    file_free(&file);
    check_tokens(&world, "*0:0 a.ts:0:0, 3:1, 5:0 a.ts:0:0, *5:1 a.ts:0:1");
}

/* Distances that would lead behind the last position. */
static void range_mappings_end_with_the_positions(void **state)
{
    struct world world = {0};
    struct text outer = {0}, inner = {0};

    (void)state;
    text_puts(&outer, "{\"version\":3,\"sources\":[\"b.js\"],\"mappings\":\"");
    text_segment(&outer, 4, 0, 0, 0, 0, 0);
    text_puts(&outer, ",");
    text_segment(&outer, 4, INT32_MAX, 0, 0, 5, 0);
    text_puts(&outer, ",");
    text_segment(&outer, 4, INT32_MAX, 0, 0, 0, 0); /* at 2^32 - 2, of column 5 */
    text_puts(&outer, "\",\"rangeMappings\":\"C\"}");
    text_puts(&inner, "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAAA,MAAA,CAAA;AAAA\"}");
    world_add(&world, "", outer);
    world_add(&world, "b.js", inner);
    /* Columns 6 and 7 there are none for; line 1 there is. */
    check_tokens(&world, "0:0 a:0:0, 0:2147483647 a:0:0, 0:4294967294 a:0:0, 1:0 a:0:0");
}

/* Without a map of a source, it is the map. */
static void a_chain_of_one(void **state)
{
    static const char members[] = "\"sources\":[\"b.js\",null,\"c.js\"],\"names\":[\"x\",\"y\"],"
                                  "\"rangeMappings\":\"B\",\"ignoreList\":[2]";
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAA,CCAA,CCAAC;;AAAAD", members);
    check_tokens(&world, "0:0 b.js:0:0, *0:1 :0:0, 0:2 c.js:0:0 y, 2:0 c.js:0:0 x");
}

/* ---- sources ---- */

/* Of each source "NAME (RAW NAME) CONTENT", '!' before an ignored one. */
static struct text sources_text(const struct file *file)
{
    smc_cache *cache = open_file(file);
    struct smc_source source;
    struct smc_view content;
    struct text text = {0};
    smc_text *contents;

    text_puts(&text, "");
    assert_int_equal(smc_text_open(cache, &contents), SMC_OK);
    for (uint32_t i = 0; smc_source_get(cache, i, &source) == SMC_OK; i++) {
        text_puts(&text, i > 0 ? ", " : "");
        text_puts(&text, source.is_ignored ? "!" : "");
        put_view(&text, source.name);
        if (source.raw_name.ptr != source.name.ptr) {
            text_puts(&text, " (");
            put_view(&text, source.raw_name);
            text_puts(&text, ")");
        }
        if (source.has_content) {
            assert_int_equal(smc_text_content(contents, i, &content), SMC_OK);
            text_puts(&text, " ");
            put_view(&text, content);
            text_puts(&text, "/");
            text_number(&text, source.n_lines);
        }
    }
    smc_text_close(contents);
    smc_close(cache);
    return text;
}

static void check_sources(struct world *world, const struct smc_build_options *wanted,
                          const char *text)
{
    struct smc_build_options options = {.struct_size = sizeof options};
    options = wanted != NULL ? *wanted : options;
    struct file file = build_chain(world, &options);
    struct text found = sources_text(&file);

    assert_string_equal(found.data, text);
    text_free(&found);
    file_free(&file);
}

static void sources_and_contents(void **state)
{
    struct world world = {0};
    struct smc_build_options options = {.struct_size = sizeof options};

    (void)state;
    world_add_mappings(&world, "", "AAAA",
                       "\"sources\":[\"0.js\",\"1.js\",\"2.js\",\"3.css\"],\"ignoreList\":[1],"
                       "\"sourcesContent\":[\"zero\\n\",\"one\",null,\"a\\fb\"]");
    world_add_mappings(&world, "1.js", "AAAA",
                       "\"sources\":[\"1a.ts\",\"1b.ts\",null],"
                       "\"sourcesContent\":[\"1a\\u2028\",null,\"\"]");
    world_add_mappings(&world, "2.js", "AAAA",
                       "\"sources\":[\"2a.ts\",\"2b.less\",\"2c.ts\"],\"x_google_ignoreList\":[1],"
                       "\"sourcesContent\":[\"2a\",\"a\\fb\\fc\"]");
    world_add_mappings(&world, "1b.ts", "", "\"sources\":[]");
    world_add_mappings(&world, "2c.ts", "",
                       "\"sourceRoot\":\"root\",\"sources\":[\"d\",\"e\"],\"ignoreList\":[0]");
    for (int mode = SMC_BUILD_SOURCES_DEFLATE; mode <= SMC_BUILD_SOURCES_RAW; mode++) {
        options.sources = (enum smc_build_sources)mode;
        check_sources(&world, &options,
                      "0.js zero\n/2, !1a.ts 1a\u2028/2, ! /1, 2a.ts 2a/1, !2b.less a\fb\fc/3, "
                      "!root/d, root/e, 3.css a\fb/2");
    }
    options.sources = SMC_BUILD_SOURCES_NONE;
    check_sources(&world, &options, "0.js, !1a.ts, !, 2a.ts, !2b.less, !root/d, root/e, 3.css");
    world_free(&world);
}

static void options_for_names(void **state)
{
    static const struct smc_build_replacement replacements[] = {{"x.ts", "ax.ts"}};
    static const char *const prefixes[] = {"./", "https://e.org/"};
    const struct smc_build_options none = {.struct_size = sizeof none};
    struct world world = {0};
    struct smc_build_options options;

    (void)state;
    world_add_mappings(&world, "", "AAAA",
                       "\"sourceRoot\":\"r\",\"sources\":[\"./a.js\",\"b.js\"]");
    world_add_mappings(&world, "r/b.js", "AAAA",
                       "\"sourceRoot\":\"webpack://p/./src\",\"sources\":[\"x.ts\",\"k/z.css?q/\"],"
                       "\"sourcesContent\":[null,\"a\\fb\"]");
    check_sources(&world, NULL,
                  "r/./a.js, webpack://p/./src/x.ts, webpack://p/./src/k/z.css?q/ a\fb/2");
    options = none;
    options.source_root = "../src";
    options.map_url = "https://e.org/js/m.map";
    check_sources(&world, &options,
                  "https://e.org/src/a.js (r/./a.js), webpack://p/./src/x.ts, "
                  "webpack://p/./src/k/z.css?q/ a\fb/2");
    options.clean_paths = 1;
    options.replacements = replacements;
    options.n_replacements = 1;
    options.strip_prefixes = prefixes;
    options.n_strip_prefixes = 2;
    check_sources(&world, &options,
                  "src/a.js (r/./a.js), src/ax.ts (webpack://p/./src/x.ts), "
                  "src/k/z.css (webpack://p/./src/k/z.css?q/) a\fb/2");
    options.strip_common_prefix = 1;
    check_sources(&world, &options,
                  "a.js (r/./a.js), ax.ts (webpack://p/./src/x.ts), "
                  "k/z.css (webpack://p/./src/k/z.css?q/) a\fb/2");
    world_free(&world);

    /* Behind a query all names would be cut to "/x.css": not CSS before, and CSS then. */
    options = none;
    options.strip_common_prefix = 1;
    world_add_mappings(&world, "", "AAAA",
                       "\"sources\":[\"p/q?/x.css\",\"p/q?/y\"],\"sourcesContent\":[\"a\\fb\"]");
    check_sources(&world, &options, "q?/x.css (p/q?/x.css) a\fb/1, q?/y (p/q?/y)");
    world_free(&world);
}

/* ---- the rest of the file ---- */

static struct smc_info info_of(struct world *world, const struct smc_build_options *options)
{
    struct file file = build_chain(world, options);
    smc_cache *cache = open_file(&file);
    struct smc_info info;

    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    smc_close(cache);
    file_free(&file);
    return info;
}

static void other_members_are_the_outer_maps(void **state)
{
    static const uint8_t id[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x4d, 0xef,
                                 0x81, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    struct world world = {0};

    (void)state;
    world_add_mappings(&world, "", "AAAAA;;;",
                       "\"file\":\"o.js\",\"sourceRoot\":\"r\",\"sources\":[\"b\"],"
                       "\"debugId\":\"01234567-89ab-4def-8123-456789abcdef\","
                       "\"names\":[\"used\",\"not used\"]");
    world_add_mappings(&world, "r/b", "AAAA;;;;;;",
                       "\"file\":\"b.js\",\"sourceRoot\":\"s\",\"sources\":[\"a\"],"
                       "\"debugId\":\"11111111-89ab-4def-8123-456789abcdef\","
                       "\"names\":[\"x\"]");
    struct file file = build_chain(&world, NULL),
                plain = build_file(&world.maps[0].json, SMC_BUILD_SOURCES_RAW);
    smc_cache *cache = open_file(&file), *plain_cache = open_file(&plain);
    struct smc_info info, plain_info;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(smc_info_get(plain_cache, &plain_info), SMC_OK);
    assert_view_string(info.file, "o.js");
    assert_view_string(info.source_root, "r");
    assert_int_equal(info.n_lines, 4);
    assert_int_equal(info.n_names, 1);
    assert_true(info.has_debug_id);
    assert_memory_equal(info.debug_id, id, sizeof id);
    assert_int_equal(info.input_nbytes, world.maps[0].json.nbytes);
    assert_memory_equal(info.input_digest, plain_info.input_digest, 16);
    smc_close(cache);
    smc_close(plain_cache);
    file_free(&file);
    file_free(&plain);
    world_free(&world);
}

static struct smc_info info_of_two(const char *name, const char *inner, int clean_paths)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .clean_paths = clean_paths};
    struct world world = {0};

    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"b\",\"c\"]");
    world_add_mappings(&world, name, inner, "\"sources\":[\"a\"]");
    struct smc_info info = info_of(&world, &options), again = info_of(&world, &options);
    assert_memory_equal(info.content_digest, again.content_digest, 16);
    world_free(&world);
    return info;
}

/* It differs where anything differs that may make another file. */
static void the_recipe_digest(void **state)
{
    const struct smc_info infos[] = {info_of_two("b", "AAAA", 0), info_of_two("b", "AACA", 0),
                                     info_of_two("c", "AAAA", 0), info_of_two("d", "AAAA", 0),
                                     info_of_two("b", "AAAA", 1)};
    struct smc_build_options options = {.struct_size = sizeof options};
    uint8_t plain[16];

    (void)state;
    assert_int_equal(smc_build_recipe(&options, 1, plain), SMC_BUILD_OK);
    for (size_t i = 0; i < COUNT_OF(infos); i++) {
        assert_memory_not_equal(infos[i].recipe_digest, plain, 16);
        for (size_t k = 0; k < i; k++) {
            assert_memory_not_equal(infos[i].recipe_digest, infos[k].recipe_digest, 16);
            assert_memory_equal(infos[i].input_digest, infos[k].input_digest, 16);
        }
    }
}

/* ---- the cases of the standard's test suite ---- */

static void check_transitive(const struct smc_json *test, const struct smc_json *action)
{
    struct world world = {0};
    struct smc_json maps = json_member(action, "intermediateMaps");
    struct text names[2] = {json_member_text(test, "sourceMapFile"), {0}};
    struct text source = json_member_text(action, "originalSource");
    int64_t numbers[4];
    static const char *const keys[] = {"generatedLine", "generatedColumn", "originalLine",
                                       "originalColumn"};

    assert_int_equal(json_count(&maps), 1);
    struct smc_json element = json_element(&maps, 0);
    text_add(&names[1], element.start + 1, (size_t)(element.end - element.start) - 2);
    for (size_t i = 0; i < 2; i++) {
        struct text path = shared_data_path("tc39/resources/"), json;
        text_add(&path, names[i].data, names[i].nbytes);
        assert_true(read_file(path.data, &json));
        /* "x.js.map" is the map of "x.js". */
        struct world_map *map = world_add(&world, i == 0 ? "" : names[i].data, json);
        map->name[i == 0 ? 0 : names[i].nbytes - 4] = 0;
        text_free(&path);
        text_free(&names[i]);
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct smc_json number = json_member(action, keys[i]);
        assert_int_equal(smc_json_integer(&number, &numbers[i]), 0);
    }
    struct file file = build_chain(&world, NULL);
    smc_cache *cache = open_file(&file);
    struct origin found = chain_lookup(cache, (uint32_t)numbers[0], (uint32_t)numbers[1]);
    assert_true(found.is_mapped);
    assert_view(found.source, source.data, source.nbytes);
    assert_int_equal(found.line, numbers[2]);
    assert_int_equal(found.column, numbers[3]);
    /* Names are not compared: the cases have none, and so take none from the outer map. */
    smc_close(cache);
    file_free(&file);
    text_free(&source);
    world_free(&world);
}

static void transitive_cases(void **state)
{
    struct text path = shared_data_path("tc39/source-map-spec-tests.json");
    struct json_text json;
    struct smc_json test, action;
    int n = 0;

    (void)state;
    int is_there = json_file_read(path.data, &json);
    text_free(&path);
    if (!is_there) {
        skip();
    }
    struct smc_json tests = json_member(&json.root, "tests");
    struct smc_json_walk walk = smc_json_walk(&tests);
    while (smc_json_next_element(&walk, &test)) {
        struct smc_json actions = json_member(&test, "testActions");
        if (actions.type != SMC_JSON_ARRAY) {
            continue;
        }
        struct smc_json_walk action_walk = smc_json_walk(&actions);
        while (smc_json_next_element(&action_walk, &action)) {
            struct smc_json type = json_member(&action, "actionType");
            if (smc_json_equals(&type, "checkMappingTransitive")) {
                check_transitive(&test, &action);
                n++;
            }
        }
    }
    assert_in_range(n, 8, INT32_MAX);
    json_file_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_maps),
        cmocka_unit_test(bytecode_of_the_outer_map),
        cmocka_unit_test(names_of_maps_before_the_last_one),
        cmocka_unit_test(three_maps),
        cmocka_unit_test(what_one_map_leaves_unmapped),
        cmocka_unit_test(tokens_without_a_source),
        cmocka_unit_test(range_mappings_are_split),
        cmocka_unit_test(range_mappings_end_with_the_positions),
        cmocka_unit_test(a_chain_of_one),
        cmocka_unit_test(sources_and_contents),
        cmocka_unit_test(options_for_names),
        cmocka_unit_test(other_members_are_the_outer_maps),
        cmocka_unit_test(the_recipe_digest),
        cmocka_unit_test(transitive_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
