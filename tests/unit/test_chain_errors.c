/*
 * Chains that do not go well: maps that are no good, cycles, limits, loaders and sinks that refuse; and
 * what a loader is asked.
 */
#include "tests/unit/chain_world.h"

#define OUTER "\"sources\":[\"b\",\"c\"],\"sourcesContent\":[\"x\",null]"
#define BY_ITSELF "; the source stays as it is"

/* The chain is built, but not from the map of "b". */
static void check_stays(struct world *world, const void *map, const char *reason)
{
    struct smc_error error = {SMC_OK, "", 0};
    struct file file;

    assert_int_equal(try_chain(world, NULL, &file, NULL), SMC_BUILD_OK);
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, &error), SMC_OK);
    assert_issue(&world->warnings.last, reason);
    assert_ptr_equal(world->warned_of, map);
    smc_cache *cache = open_file(&file);
    struct origin origin = chain_lookup(cache, 0, 0);
    assert_true(origin.is_mapped);
    assert_view_string(origin.source, "b");
    struct smc_source source;
    assert_int_equal(smc_source_get(cache, 0, &source), SMC_OK);
    assert_true(source.has_content);
    smc_close(cache);
    file_free(&file);
}

static void check_strict(struct world *world, smc_build_status status, const void *map,
                         const char *reason)
{
    const struct smc_build_options options = {.struct_size = sizeof options, .strict = 1};
    struct smc_build_issue issue = {.reason = ""};
    struct file file;

    assert_int_equal(try_chain(world, &options, &file, &issue), status);
    assert_int_equal(issue.status, status);
    assert_issue(&issue, reason);
    assert_ptr_equal(issue.map, map);
    assert_int_equal(world->warnings.n, 0);
}

static void broken_maps(void **state)
{
    static const struct {
        const char *json;
        smc_build_status status;
        const char *strict, *lenient;
    } rows[] = {
        {"", SMC_BUILD_E_JSON, "the input is empty", "the input is empty" BY_ITSELF},
        {"{\"version\":3,", SMC_BUILD_E_JSON, "key expected", "key expected" BY_ITSELF},
        {"[]", SMC_BUILD_E_MAP, "missing", "missing" BY_ITSELF},
        {"{\"version\":3,\"sources\":[]}", SMC_BUILD_E_MAP, "missing", "missing" BY_ITSELF},
        {"{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"ggggggE\"}", SMC_BUILD_E_MAP,
         "a number of 2^31 or more", "a number of 2^31 or more" BY_ITSELF},
        {"{\"version\":3,\"sources\":[],\"mappings\":\"+/////D,+/////D,C,C\"}", SMC_BUILD_E_LIMIT,
         "generated column of 2^32 - 1 or more", "generated column of 2^32 - 1 or more" BY_ITSELF},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world = {0};
        struct text json = {0};
        text_puts(&json, rows[i].json);
        world_add_mappings(&world, "", "AAAA", OUTER);
        const struct world_map *map = world_add(&world, "b", json);
        check_stays(&world, map, rows[i].lenient);
        check_strict(&world, rows[i].status, map, rows[i].strict);
        world_free(&world);
    }
}

/* What the standard lets a reader go on after: a warning that says in which map, and the map is used. */
static void warnings_of_maps(void **state)
{
    struct world world = {0};
    struct file file;

    (void)state;
    world_add_mappings(&world, "", "AAAA", OUTER);
    const struct world_map *map =
        world_add_mappings(&world, "b", "AAAA", "\"sources\":[\"a\"],\"names\":1");
    assert_int_equal(try_chain(&world, NULL, &file, NULL), SMC_BUILD_OK);
    assert_int_equal(world.warnings.n, 1);
    assert_issue(&world.warnings.last, "not an array; ignored");
    assert_string_equal(world.warnings.last.key, "names");
    assert_ptr_equal(world.warned_of, map);
    smc_cache *cache = open_file(&file);
    assert_view_string(chain_lookup(cache, 0, 0).source, "a");
    smc_close(cache);
    file_free(&file);
    check_strict(&world, SMC_BUILD_E_MAP, map, "not an array");
    world_free(&world);

    world_add_mappings(&world, "", "AAAA", OUTER ",\"names\":1");
    assert_int_equal(try_chain(&world, NULL, &file, NULL), SMC_BUILD_OK);
    assert_int_equal(world.warnings.n, 1);
    assert_null(world.warned_of);
    file_free(&file);
    check_strict(&world, SMC_BUILD_E_MAP, NULL, "not an array");
    assert_int_equal(world.n_requests, 2); /* of the lenient build */
    world_free(&world);
}

static void an_outer_map_that_is_no_good(void **state)
{
    struct world world = {0};
    struct smc_build_issue issue;
    struct file file;
    struct smc_build_options options = {.struct_size = sizeof options, .map_url = "nowhere"};
    struct text json = {0};

    (void)state;
    text_puts(&json, "{\"version\":3,\"sources\":7,\"mappings\":\"\"}");
    world_add(&world, "", json);
    assert_int_equal(try_chain(&world, NULL, &file, &issue), SMC_BUILD_E_MAP);
    assert_issue(&issue, "not an array");
    assert_string_equal(issue.key, "sources");
    assert_int_equal(issue.offset, 23);
    assert_null(issue.map);
    assert_int_equal(world.n_requests, 0);
    world_free(&world);

    world_add_mappings(&world, "", "AAAA", OUTER);
    assert_int_equal(try_chain(&world, &options, &file, &issue), SMC_BUILD_E_OPTION);
    options.struct_size--;
    assert_int_equal(try_chain(&world, &options, &file, &issue), SMC_BUILD_E_OPTION);
    assert_int_equal(issue.status, SMC_BUILD_E_OPTION);
    world_free(&world);
}

static void cycles(void **state)
{
    static const char reason[] = "the map is one of those that lead to it";
    struct world world = {0};

    (void)state;
    /* The map of "b" says that it comes from "b". */
    world_add_mappings(&world, "", "AAAA", OUTER);
    const struct world_map *map =
        world_add_mappings(&world, "b", "AACA", "\"sources\":[\"b\"],\"sourcesContent\":[\"y\"]");
    check_stays(&world, map, "the map is one of those that lead to it" BY_ITSELF);
    check_strict(&world, SMC_BUILD_E_MAP, map, reason);
    world_free(&world);

    /* "b" comes from "c", and "c" from "b". */
    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"b\"]");
    map = world_add_mappings(&world, "b", "AAAA", "\"sources\":[\"c\"]");
    world_add_mappings(&world, "c", "AAAA", "\"sources\":[\"b\"],\"sourcesContent\":[\"y\"]");
    check_stays(&world, map, "the map is one of those that lead to it" BY_ITSELF);
    check_strict(&world, SMC_BUILD_E_MAP, map, reason);
    world_free(&world);

    /* Not one: a map that is there twice, side by side. */
    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"b\",\"b\"]");
    world_add_mappings(&world, "b", "AACA", "\"sources\":[\"a\"]");
    struct file file = build_chain(&world, NULL);
    file_free(&file);
    world_free(&world);
}

/* "m0" comes from "m1" and so on; each adds a line. */
static void make_long_chain(struct world *world, unsigned n_maps)
{
    char name[32], members[64];

    for (unsigned i = 0; i <= n_maps; i++) {
        (void)snprintf(name, sizeof name, "m%u", i);
        (void)snprintf(members, sizeof members, "\"sources\":[\"m%u\"]", i + 1);
        world_add_mappings(world, i == 0 ? "" : name,
                           "AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;"
                           "AACA;AACA;AACA;AACA;AACA;AACA;AACA;AACA;"
                           "AACA;AACA;AACA;AACA",
                           members);
    }
}

static void long_chains(void **state)
{
    struct world world = {0};
    struct file file;

    (void)state;
    make_long_chain(&world, SMC_CHAIN_DEPTH_MAX);
    file = build_chain(&world, NULL);
    world_compare(&world, &file, 3, 3);
    assert_int_equal(world.max_depth, SMC_CHAIN_DEPTH_MAX + 1);
    file_free(&file);
    world_free(&world);

    make_long_chain(&world, SMC_CHAIN_DEPTH_MAX + 1);
    assert_int_equal(try_chain(&world, NULL, &file, NULL), SMC_BUILD_OK);
    assert_int_equal(world.warnings.n, 1);
    assert_issue(&world.warnings.last, "the chain of maps is too long" BY_ITSELF);
    assert_ptr_equal(world.warned_of, &world.maps[SMC_CHAIN_DEPTH_MAX + 1]);
    smc_cache *cache = open_file(&file);
    struct origin origin = chain_lookup(cache, 0, 0);
    assert_view_string(origin.source, "m17");
    assert_int_equal(origin.line, SMC_CHAIN_DEPTH_MAX + 1);
    smc_close(cache);
    file_free(&file);
    check_strict(&world, SMC_BUILD_E_MAP, &world.maps[SMC_CHAIN_DEPTH_MAX + 1],
                 "the chain of maps is too long");
    world_free(&world);
}

/* ---- loader and sink ---- */

struct asked {
    struct world world;
    struct text text;
};

static smc_chain_answer load_and_note(void *context, const struct smc_chain_request *request,
                                      struct smc_chain_map *map)
{
    struct asked *asked = context;
    const struct world_map *asker = request->asker;
    const struct smc_view views[] = {request->raw_name, request->name, request->content};

    text_number(&asked->text, request->depth);
    text_puts(&asked->text, " ");
    text_puts(&asked->text, asker == NULL ? "-" : asker->name);
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        text_puts(&asked->text, views[i].ptr == NULL ? " -" : " ");
        text_add(&asked->text, views[i].ptr, views[i].nbytes);
    }
    text_puts(&asked->text, "\n");
    assert_null(map->id);
    smc_chain_answer answer = world_load(&asked->world, request, map);
    map->release = NULL; /* it may be */
    return answer;
}

static void what_a_loader_is_asked(void **state)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_NONE,
                                              .map_url = "http://h/m",
                                              .clean_paths = 1};
    struct asked asked = {0};
    void *file;
    size_t nbytes;

    (void)state;
    world_add_mappings(&asked.world, "", "",
                       "\"sources\":[\"a\",\"b\",null,null],\"sourcesContent\":[\"A\",null,\"N\"]");
    world_add_mappings(
        &asked.world, "a", "",
        "\"sourceRoot\":\"r\",\"sources\":[\"./x\",\"y\"],\"sourcesContent\":[\"\"]");
    world_add_mappings(&asked.world, "r/./x", "", "\"sources\":[\"z\"]");
    const struct text *json = &asked.world.maps[0].json;
    assert_int_equal(smc_chain_build_memory(json->data, json->nbytes, &options, load_and_note,
                                            &asked, &file, &nbytes, NULL),
                     SMC_BUILD_OK);
    assert_string_equal(asked.text.data, "1 - a http://h/a A\n"
                                         "2 a r/./x r/./x \n"
                                         "3 r/./x z z -\n"
                                         "2 a r/y r/y -\n"
                                         "1 - b http://h/b -\n"
                                         "1 - - - N\n");
    free(file);
    text_free(&asked.text);
    world_free(&asked.world);
}

static void a_loader_that_refuses(void **state)
{
    struct world world = {.has_error = 1};
    struct smc_build_issue issue = {.reason = ""};
    struct file file;

    (void)state;
    world_add_mappings(&world, "", "AAAA", OUTER);
    assert_int_equal(try_chain(&world, NULL, &file, &issue), SMC_BUILD_E_LOADER);
    assert_int_equal(issue.status, SMC_BUILD_E_LOADER);
    assert_issue(&issue, "a map of a source, or the generated file, could not be loaded");
    assert_int_equal(world.n_requests, 1);
    world_free(&world);
}

/* A map whose bytes begin with `)]}'` is one unless it comes from a data: URL. */
static smc_chain_answer load_prefixed(void *context, const struct smc_chain_request *request,
                                      struct smc_chain_map *map)
{
    static const char json[] = ")]}'\n{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAAA\"}";

    if (request->depth > 1) {
        return SMC_CHAIN_NONE;
    }
    *map = (struct smc_chain_map){
        .json = json, .nbytes = sizeof json - 1, .is_data_url = *(const int *)context};
    return SMC_CHAIN_MAP;
}

static void maps_from_data_urls(void **state)
{
    struct text map = map_text("AAAA", OUTER);

    (void)state;
    for (int is_data_url = 0; is_data_url < 2; is_data_url++) {
        struct file file;
        void *bytes;
        assert_int_equal(smc_chain_build_memory(map.data, map.nbytes, NULL, load_prefixed,
                                                &is_data_url, &bytes, &file.nbytes, NULL),
                         SMC_BUILD_OK);
        file.bytes = bytes;
        smc_cache *cache = open_file(&file);
        assert_view_string(chain_lookup(cache, 0, 0).source, is_data_url ? "b" : "a");
        smc_close(cache);
        file_free(&file);
    }
    text_free(&map);
}

struct sink {
    struct text text;
    int n_calls, refuses_at;
};

static int take(void *context, const void *bytes, size_t nbytes)
{
    struct sink *sink = context;

    text_add(&sink->text, bytes, nbytes);
    return ++sink->n_calls == sink->refuses_at;
}

static void sinks(void **state)
{
    struct world world = {.drops_names = 1};
    struct smc_build_issue issue = {.reason = ""};

    (void)state;
    world_add_mappings(&world, "", "AAAA", OUTER);
    world_add_mappings(&world, "b", "AACA", "\"sources\":[\"a\"],\"sourcesContent\":[\"A\"]");
    const struct text *json = &world.maps[0].json;
    struct file file = build_chain(&world, NULL);
    int n_calls = 1;
    for (int at = 0; at <= n_calls; at++) {
        struct sink sink = {.refuses_at = at};
        smc_build_status status = smc_chain_build(json->data, json->nbytes, NULL, world_load,
                                                  &world, take, &sink, &issue);
        assert_int_equal(status, at == 0 ? SMC_BUILD_OK : SMC_BUILD_E_SINK);
        assert_int_equal(issue.status, status);
        if (at == 0) {
            n_calls = sink.n_calls;
            assert_int_equal(sink.text.nbytes, file.nbytes);
            assert_memory_equal(sink.text.data, file.bytes, file.nbytes);
        }
        text_free(&sink.text);
    }
    assert_in_range(n_calls, 8, 100);
    world.has_error = 1; /* nothing is passed before all is good */
    struct sink sink = {0};
    assert_int_equal(
        smc_chain_build(json->data, json->nbytes, NULL, world_load, &world, take, &sink, NULL),
        SMC_BUILD_E_LOADER);
    assert_int_equal(sink.n_calls, 0);
    file_free(&file);
    world_free(&world);
}

/* ---- limits ---- */

/* Each of many range mappings stands for the whole of a long line of the inner map. */
static void range_mappings_that_explode(void **state)
{
    struct world world = {0};
    struct smc_build_issue issue = {.reason = ""};
    struct text outer = {0}, inner = {0};
    struct file file;

    (void)state;
    text_puts(&outer, "{\"version\":3,\"sources\":[\"b\"],\"rangeMappings\":\"A");
    text_repeat(&outer, 'B', 1999);
    text_puts(&outer, "\",\"mappings\":\"AAAA");
    for (int i = 1; i < 2000; i++) {
        text_puts(&outer, ",");
        text_segment(&outer, 4, 100000, 0, 0, 0, 0);
    }
    text_puts(&outer, "\"}");
    text_puts(&inner, "{\"version\":3,\"sources\":[\"a\"],\"mappings\":\"AAAA");
    for (int i = 1; i < 1000; i++) {
        text_puts(&inner, ",CAAA");
    }
    text_puts(&inner, "\"}");
    world_add(&world, "", outer);
    const struct world_map *map = world_add(&world, "b", inner);
    /* 2000 x 999 tokens are more than 16 x (2000 + 1000) + 2^20. */
    assert_int_equal(try_chain(&world, NULL, &file, &issue), SMC_BUILD_E_LIMIT);
    assert_issue(&issue, "range mappings split into too many");
    assert_null(issue.map);
    assert_int_equal(map->n_asked, 1);
    world_free(&world);
}

static smc_chain_answer load_nothing_good(void *context, const struct smc_chain_request *request,
                                          struct smc_chain_map *map)
{
    size_t nbytes = *(const size_t *)context;

    (void)request;
    *map = (struct smc_chain_map){.json = "x", .nbytes = nbytes, .id = context};
    return SMC_CHAIN_MAP;
}

static void too_many_maps(void **state)
{
    struct text map = {0};
    size_t nbytes = 1;
    struct smc_build_issue issue = {.reason = ""};

    (void)state;
    for (int n = SMC_CHAIN_MAPS_MAX; n <= SMC_CHAIN_MAPS_MAX + 1; n++) {
        void *file;
        size_t file_nbytes;
        text_free(&map);
        text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"\"");
        for (int i = 1; i < n; i++) {
            text_puts(&map, ",\"\"");
        }
        text_puts(&map, "]}");
        assert_int_equal(smc_chain_build_memory(map.data, map.nbytes, NULL, load_nothing_good,
                                                &nbytes, &file, &file_nbytes, &issue),
                         n > SMC_CHAIN_MAPS_MAX ? SMC_BUILD_E_LIMIT : SMC_BUILD_OK);
        free(file);
    }
    assert_issue(&issue, "too many maps of sources");
    assert_ptr_equal(issue.map, &nbytes);
    text_free(&map);
}

/* It is refused before a byte of it is read. */
static void too_large_maps(void **state)
{
    struct text map = map_text("", OUTER);
    size_t nbytes = (size_t)(SMC_CHAIN_NBYTES_MAX + 1), file_nbytes;
    struct smc_build_issue issue = {.reason = ""};
    void *file;

    (void)state;
    if (nbytes <= 1) {
        skip(); /* no such sizes */
    }
    assert_int_equal(smc_chain_build_memory(map.data, map.nbytes, NULL, load_nothing_good, &nbytes,
                                            &file, &file_nbytes, &issue),
                     SMC_BUILD_E_LIMIT);
    assert_issue(&issue, "too many maps of sources");
    text_free(&map);
}

/* What a replacement makes of the names of inner maps counts, too. */
static void names_that_grow(void **state)
{
    struct text to = {0};
    struct world world = {0};
    struct smc_build_issue issue = {.reason = ""};
    struct file file;

    (void)state;
    text_repeat(&to, 'x', 600000);
    const struct smc_build_replacement replacement = {"a", to.data};
    const struct smc_build_options options = {
        .struct_size = sizeof options, .replacements = &replacement, .n_replacements = 1};
    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"b\",\"c\"]");
    world_add_mappings(&world, "b", "AAAA", "\"sources\":[\"a\"]");
    world_add_mappings(&world, "c", "AAAA", "\"sources\":[\"ab\"]");
    assert_int_equal(try_chain(&world, &options, &file, &issue), SMC_BUILD_E_LIMIT);
    assert_issue(&issue, "the sources' names grow too large");
    world_free(&world);
    text_free(&to);

    /* Roots that are long, but for a map by itself not too long: 0.6 MB in each. */
    world_add_mappings(&world, "", "AAAA", "\"sources\":[\"0\",\"1\",\"2\"]");
    for (int i = 0; i < 3; i++) {
        const char name[] = {(char)('0' + i), 0};
        struct text inner = {0};
        text_puts(&inner, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"\"");
        for (int k = 1; k < 600; k++) {
            text_puts(&inner, ",\"\"");
        }
        text_puts(&inner, "],\"sourceRoot\":\"");
        text_repeat(&inner, 'r', 1000);
        text_puts(&inner, "\"}");
        world_add(&world, name, inner);
    }
    assert_int_equal(try_chain(&world, NULL, &file, &issue), SMC_BUILD_E_LIMIT);
    assert_issue(&issue, "the sources' names grow too large");
    assert_int_equal(world.maps[2].n_asked, 1);
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_maps),
        cmocka_unit_test(warnings_of_maps),
        cmocka_unit_test(an_outer_map_that_is_no_good),
        cmocka_unit_test(cycles),
        cmocka_unit_test(long_chains),
        cmocka_unit_test(what_a_loader_is_asked),
        cmocka_unit_test(a_loader_that_refuses),
        cmocka_unit_test(maps_from_data_urls),
        cmocka_unit_test(sinks),
        cmocka_unit_test(range_mappings_that_explode),
        cmocka_unit_test(too_many_maps),
        cmocka_unit_test(too_large_maps),
        cmocka_unit_test(names_that_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
