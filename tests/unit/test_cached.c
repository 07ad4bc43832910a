/*
 * Reader, builder and store in one call: the map is loaded and compiled once, whatever it is asked by, and a store that
 * fails keeps nobody from an answer.
 */
#include "tests/unit/stored.h"

#include "src/cached/smcache_cached.h"

#include <sys/stat.h>
#include <unistd.h>

static const char map[] =
    "{\"version\":3,\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\"AAAAA\"}";
/* An error that the standard lets a reader go on after. */
static const char odd_map[] =
    "{\"version\":3,\"sources\":[\"a.js\"],\"sourceRoot\":1,\"mappings\":\"AAAA\"}";

struct world {
    char folder[PATH_MAX];
    smc_store *store;
    const char *names[2];
    struct smc_store_key key;
    const char *json;
    unsigned n_loads, n_warnings, n_generated;
    int cannot_load, cannot_load_generated;
    uint8_t id[16];  /* the options' generated_id */
    uint8_t late_id; /* what loading makes of it; 0: nothing */
    struct smc_build_options options;
    struct smc_cached_request request;
    struct smc_cached_file file;
};

static int load(void *context, const void **json, size_t *nbytes)
{
    struct world *world = context;

    world->n_loads++;
    if (world->late_id != 0) {
        world->id[0] = world->late_id;
    }
    *json = world->json;
    *nbytes = strlen(world->json);
    return world->cannot_load;
}

static int load_generated(void *context, const void **bytes, size_t *nbytes)
{
    static const char text[] = "function f(){}";
    struct world *world = context;

    world->n_generated++;
    *bytes = text;
    *nbytes = sizeof text - 1;
    return world->cannot_load_generated;
}

static void warn(void *context, const struct smc_build_issue *issue)
{
    struct world *world = context;

    (void)issue;
    world->n_warnings++;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make(world->folder);
    world->store = store_open(world->folder, NULL);
    world->names[0] = "release 1";
    world->names[1] = "https://example.com/a.js";
    world->key =
        (struct smc_store_key){.kind = SMC_STORE_KEY_NAMES, .names = world->names, .n_names = 2};
    world->json = map;
    world->options = (struct smc_build_options){
        .struct_size = sizeof world->options, .warn = warn, .warn_context = world};
    world->request = (struct smc_cached_request){.struct_size = sizeof world->request,
                                                 .keys = &world->key,
                                                 .n_keys = 1,
                                                 .load = load,
                                                 .context = world,
                                                 .options = &world->options};
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    smc_store_close(world->store);
    folder_remove(world->folder);
    free(world);
    return 0;
}

static smc_cached_status ask(struct world *world)
{
    return smc_cached_open(world->store, &world->request, &world->file);
}

/* It must answer; how often the map is loaded, and whether it comes from the store. */
static void ask_well(struct world *world, unsigned n_loads, int is_hit)
{
    struct smc_token token;

    world->n_loads = 0;
    assert_int_equal(ask(world), SMC_CACHED_OK);
    assert_int_equal(smc_lookup(world->file.cache, 0, 0, 0, &token), SMC_OK);
    assert_view_string(token.source_text, "a.js");
    assert_int_equal(world->n_loads, n_loads);
    assert_int_equal(world->file.is_hit, is_hit);
    assert_int_equal(world->file.is_built, !is_hit);
    assert_false(world->file.is_unkept);
    assert_null(world->file.memory);
    smc_cached_close(&world->file);
}

static void a_map_is_loaded_once(void **state)
{
    struct world *world = *state;

    ask_well(world, 1, 0);
    ask_well(world, 0, 1);
    world->names[1] =
        "https://example.com/b.js"; /* the same map by another name: not built again */
    ask_well(world, 1, 1);
    ask_well(world, 0, 1);
    world->request.n_keys = 0; /* and by its bytes alone */
    ask_well(world, 1, 1);
    const struct smc_store_counts counts = counts_of(world->store);
    assert_int_equal(counts.n_builds, 1);
    assert_int_equal(counts.n_files, 1);
    smc_store_close(world->store);
    world->store = store_open(world->folder, NULL);
    assert_int_equal(counts_of(world->store).n_hits, 4);
    assert_int_equal(counts_of(world->store).n_misses, 1);
}

static void bytes_need_no_loader(void **state)
{
    struct world *world = *state;

    world->request.load = NULL;
    world->request.json = map;
    world->request.nbytes = sizeof map - 1;
    ask_well(world, 0, 0);
    ask_well(world, 0, 1);
}

/* Bytes in hand say what is asked for, whatever the name led to before: another map, or none. */
static void bytes_go_before_names(void **state)
{
    struct world *world = *state;

    world->json = "{\"version\":3,\"sources\":[\"old.js\"],\"mappings\":\"AAAA\"}";
    assert_int_equal(ask(world), SMC_CACHED_OK);
    smc_cached_close(&world->file);
    world->request.json = map;
    world->request.nbytes = sizeof map - 1;
    ask_well(world, 0, 0);
    world->request.json = NULL;
    ask_well(world, 0, 1); /* and the name leads there now */

    world->names[1] = "https://example.com/bad.js";
    world->json = "{";
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    world->request.json = map;
    ask_well(world, 0, 1);
    world->request.json = NULL;
    ask_well(world, 0, 1);
}

static void without_a_store_it_is_in_memory(void **state)
{
    struct world *world = *state;
    struct smc_token token;

    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(smc_cached_open(NULL, &world->request, &world->file), SMC_CACHED_OK);
        assert_int_equal(smc_lookup(world->file.cache, 0, 0, 0, &token), SMC_OK);
        assert_view_string(token.name_text, "n");
        assert_non_null(world->file.memory);
        assert_true(world->file.is_built);
        assert_int_equal(world->n_loads, i);
        smc_cached_close(&world->file);
    }
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 0);
}

static void other_options_are_other_files(void **state)
{
    struct world *world = *state;

    ask_well(world, 1, 0);
    world->options.sources = SMC_BUILD_SOURCES_NONE;
    ask_well(world, 1, 0);
    ask_well(world, 0, 1);
    world->options.sources = SMC_BUILD_SOURCES_DEFLATE;
    ask_well(world, 0, 1);
    world->request.scope = "another owner's";
    world->key.scope = "another owner's";
    ask_well(world, 1, 0);
}

/* What strict mode refuses is not answered with what lenient mode has built; nor the other way round. */
static void strictness_is_kept_apart(void **state)
{
    struct world *world = *state;

    world->json = odd_map;
    ask_well(world, 1, 0);
    assert_int_equal(world->n_warnings, 1);
    world->options.strict = 1;
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    assert_non_null(strstr(world->file.text, "sourceRoot"));
    assert_null(world->file.cache);
    world->options.strict = 0;
    ask_well(world, 0, 1);
    assert_int_equal(world->n_warnings, 1);
}

/* `)]}'` is skipped before a map, but not in a data: URL. */
static void data_urls_are_kept_apart(void **state)
{
    struct world *world = *state;

    world->json = ")]}'\n{\"version\":3,\"sources\":[\"a.js\"],\"mappings\":\"AAAA\"}";
    ask_well(world, 1, 0);
    world->options.is_data_url = 1;
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
}

static void a_malformed_map_is_remembered(void **state)
{
    struct world *world = *state;
    char text[SMC_STORE_TEXT_NBYTES];

    world->json = "{\"version\":3,";
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    assert_int_equal(world->n_loads, 1);
    memcpy(text, world->file.text, sizeof text);
    assert_string_not_equal(text, "");
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    assert_int_equal(world->n_loads, 1);
    assert_false(world->file.is_built);
    assert_string_equal(world->file.text, text);
    assert_int_equal(smc_cached_open(NULL, &world->request, &world->file), SMC_CACHED_E_MAP);
    assert_string_equal(world->file.text, text);
}

/* Of several keys, as of get-or-build. */
static void a_file_goes_before_a_failure(void **state)
{
    static const char *const others[] = {"release 2"};
    struct world *world = *state;
    struct smc_store_key keys[] = {
        {.kind = SMC_STORE_KEY_NAMES, .names = others, .n_names = COUNT_OF(others)},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .debug_id = {1}},
        world->key};

    ask_well(world, 1, 0);
    world->request.keys = keys;
    world->request.n_keys = 2;
    world->json = "{\"version\":3,";
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    world->request.n_keys = COUNT_OF(keys);
    ask_well(world, 0, 1);
    assert_string_equal(world->file.text, "");
    world->names[0] = "release 3";
    assert_int_equal(ask(world), SMC_CACHED_E_MAP);
    assert_string_not_equal(world->file.text, "");
    assert_int_equal(world->n_loads, 0);
}

static void a_loader_may_fail(void **state)
{
    struct world *world = *state;

    world->cannot_load = 1;
    assert_int_equal(ask(world), SMC_CACHED_E_LOAD);
    assert_int_equal(ask(world), SMC_CACHED_E_LOAD); /* which is not remembered */
    assert_int_equal(world->n_loads, 2);
    world->cannot_load = 0;
    ask_well(world, 1, 0);
}

/* Files are asked for by what is known of the generated file before it is read, and kept by what is known then. */
static void the_generated_file_may_be_known_late(void **state)
{
    static const struct {
        uint8_t asked, late;
        unsigned n_loads, n_builds;
    } steps[] = {
        {1, 10, 1, 1}, {1, 10, 0, 0}, /* by the same key */
        {2, 10, 1, 0}, {2, 10, 0, 0}, /* it looks different, and is the same */
        {3, 11, 1, 1}, {3, 11, 0, 0}, /* it is different */
        {1, 10, 0, 0}, {2, 10, 0, 0},
    };
    struct world *world = *state;

    world->options.load_generated = load_generated;
    world->options.generated_context = world;
    world->options.generated_id = world->id;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        world->id[0] = steps[i].asked;
        world->late_id = steps[i].late;
        world->n_generated = 0;
        ask_well(world, steps[i].n_loads, steps[i].n_builds == 0);
        assert_int_equal(world->n_generated, steps[i].n_builds);
    }
    assert_int_equal(counts_of(world->store).n_files, 2);
}

static void a_generated_file_that_cannot_be_loaded(void **state)
{
    struct world *world = *state;

    world->options.load_generated = load_generated;
    world->options.generated_context = world;
    world->cannot_load_generated = 1;
    assert_int_equal(ask(world), SMC_CACHED_E_LOAD);
    assert_int_equal(smc_cached_open(NULL, &world->request, &world->file), SMC_CACHED_E_LOAD);
    world->cannot_load_generated = 0;
    ask_well(world, 1, 0);
}

static void a_store_that_fails_is_no_failure(void **state)
{
    struct world *world = *state;
    char inside[PATH_MAX];
    struct smc_token token;

    assert_true(snprintf(inside, sizeof inside, "%.200s/v1", world->folder) > 0);
    folder_remove(inside);
    assert_int_equal(symlink("elsewhere", inside), 0); /* so it cannot be made again */
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(ask(world), SMC_CACHED_OK);
        assert_true(world->file.is_unkept);
        assert_non_null(world->file.memory);
        assert_int_equal(world->file.store_error.status, SMC_STORE_E_UNSAFE);
        assert_int_equal(smc_lookup(world->file.cache, 0, 0, 0, &token), SMC_OK);
        assert_view_string(token.source_text, "a.js");
        assert_int_equal(world->n_loads, i);
        smc_cached_close(&world->file);
    }
}

/* A file that the reader refuses is built again. */
static void a_damaged_file_is_built_again(void **state)
{
    struct world *world = *state;
    char path[PATH_MAX];

    ask_well(world, 1, 0);
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 8, SEEK_SET), 0);
    assert_int_equal(fputc(99, file), 99); /* the major version */
    assert_int_equal(fclose(file), 0);
    ask_well(world, 1, 0);
    ask_well(world, 0, 1);
    assert_int_equal(counts_of(world->store).n_damaged, 1);
}

static void bad_requests_are_refused(void **state)
{
    struct world *world = *state;
    const struct smc_cached_request good = world->request;
    struct smc_store_key keys[SMC_STORE_KEYS_MAX];

    world->request.struct_size--;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    world->request = good;
    world->request.load = NULL;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    world->request = good;
    for (unsigned i = 0; i < COUNT_OF(keys); i++) {
        keys[i] = world->key;
    }
    world->request.keys = keys;
    world->request.n_keys = SMC_STORE_KEYS_MAX;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    world->request.n_keys = SMC_STORE_KEYS_MAX - 1;
    ask_well(world, 1, 0);
    keys[0].n_names = 0;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    world->request = good;
    world->options.struct_size--;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    world->options.struct_size++;
    world->request.open_flags = 1u << 31;
    assert_int_equal(ask(world), SMC_CACHED_E_OPTION);
    assert_int_equal(smc_cached_open(NULL, &world->request, &world->file), SMC_CACHED_E_OPTION);
    assert_int_equal(counts_of(world->store).n_damaged, 0);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int i = SMC_CACHED_OK; i <= SMC_CACHED_E_OPTION; i++) {
        assert_string_not_equal(smc_cached_status_text((smc_cached_status)i), "unknown status");
    }
    assert_string_equal(smc_cached_status_text((smc_cached_status)99), "unknown status");
    for (int i = SMC_STORE_OK; i <= SMC_STORE_E_CALLER; i++) {
        assert_string_not_equal(smc_store_status_text((smc_store_status)i), "unknown status");
    }
    assert_string_equal(smc_store_status_text((smc_store_status)99), "unknown status");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_map_is_loaded_once),
        TEST(bytes_need_no_loader),
        TEST(bytes_go_before_names),
        TEST(without_a_store_it_is_in_memory),
        TEST(other_options_are_other_files),
        TEST(strictness_is_kept_apart),
        TEST(data_urls_are_kept_apart),
        TEST(a_malformed_map_is_remembered),
        TEST(a_file_goes_before_a_failure),
        TEST(a_loader_may_fail),
        TEST(the_generated_file_may_be_known_late),
        TEST(a_generated_file_that_cannot_be_loaded),
        TEST(a_store_that_fails_is_no_failure),
        TEST(a_damaged_file_is_built_again),
        TEST(bad_requests_are_refused),
        cmocka_unit_test(every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
