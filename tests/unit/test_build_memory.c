/*
 * What a build takes at the most: maps that are one piece over and over, of each kind that could make it large, and
 * texts of functions, which are a map's content or its generated file.
 */
#include "src/chain/smcache_chain.h"
#include "tests/unit/hostile.h"
#include "tests/unit/hostile_maps.h"
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

/* Of which what is there for any map is a small part; the sanitizers take their time. */
#define NBYTES (HOOK_MAY_FAIL_THREADS ? 1000000 : 200000)

/* Builds it, and says if that has taken too much. */
static void assert_bounded(const struct hostile_map *hostile, const struct hostile_text *text,
                           unsigned n_threads)
{
    const size_t nbytes = text->map_nbytes + text->generated_nbytes;
    const size_t bound = SMC_BUILD_MEMORY_TIMES * nbytes + SMC_BUILD_MEMORY_NBYTES +
                         (size_t)n_threads * SMC_BUILD_MEMORY_THREAD_NBYTES;

    hook_measure();
    const struct hostile_built built = hostile_map_build(hostile, text, n_threads);
    hook.measures = 0;
    assert_int_not_equal(built.status, SMC_BUILD_E_MEMORY);
    assert_int_not_equal(built.status, SMC_BUILD_E_OPTION);
    if ((size_t)hook.peak > bound) {
        fail_msg("%s: %td bytes for %zu", hostile->what, hook.peak, nbytes);
    }
    if (n_threads == 0) { /* the C library keeps what it needs for another thread */
        assert_int_equal(hook.nbytes, 0);
    }
}

static void build_all(size_t nbytes, unsigned n_threads)
{
    for (size_t i = 0; i < n_hostile_maps; i++) {
        struct hostile_text text;
        assert_int_equal(hostile_map_text(&hostile_maps[i], nbytes, &text), 0);
        assert_bounded(&hostile_maps[i], &text, n_threads);
        hostile_text_free(&text);
    }
}

static void hostile_maps_are_bounded(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    build_all(NBYTES, 0);
    /* Buffers grow by half, so that how much of one is in use depends on the size. */
    build_all(NBYTES * 5 / 4, 0);
}

static void threads_are_bounded(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    build_all(NBYTES / 4, 4);
}

/* ---- chains ---- */

static const char two_sources[] =
    "{\"version\":3,\"sources\":[\"a.js\",\"b.js\"],\"mappings\":\"AAAA,CCAA\"}";

static void assert_chain_bounded(const struct hostile_map *hostile, const char *outer,
                                 size_t outer_nbytes, const struct hostile_text *inner)
{
    const size_t nbytes = outer_nbytes + (inner != NULL ? 2 * inner->map_nbytes : 0);
    const size_t bound = SMC_CHAIN_MEMORY_TIMES * nbytes + SMC_BUILD_MEMORY_NBYTES;

    hook_measure();
    const smc_build_status status = hostile_chain_build(outer, outer_nbytes, inner);
    hook.measures = 0;
    assert_int_not_equal(status, SMC_BUILD_E_MEMORY);
    if ((size_t)hook.peak > bound) {
        fail_msg("%s as %s: %td bytes for %zu", hostile->what,
                 inner != NULL ? "inner maps" : "the outer map", (ptrdiff_t)hook.peak, nbytes);
    }
    assert_int_equal(hook.nbytes, 0);
}

static void chains_are_bounded(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    for (size_t i = 0; i < n_hostile_maps; i++) {
        struct hostile_text text;
        assert_int_equal(hostile_map_text(&hostile_maps[i], NBYTES / 2, &text), 0);
        assert_chain_bounded(&hostile_maps[i], text.map, text.map_nbytes, NULL);
        assert_chain_bounded(&hostile_maps[i], two_sources, sizeof two_sources - 1, &text);
        hostile_text_free(&text);
    }
}

/* ---- functions ---- */

/* A text of functions as the content of a source. */
static void build_content(const struct hostile *hostile, const uint8_t *text, size_t nbytes)
{
    static const char *const names[] = {
        [SMC_JS_PLAIN] = "a.js", [SMC_JS_TYPED] = "a.ts", [SMC_JS_TYPED_JSX] = "a.tsx"};
    const struct hostile_map plain = {.what = hostile->open};
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"mappings\":\"AAAA\",\"sources\":[\"");
    text_puts(&map, names[hostile->language]);
    text_puts(&map, "\"],\"sourcesContent\":[");
    text_json(&map, text, nbytes);
    text_puts(&map, "]}");
    assert_bounded(&plain, &(struct hostile_text){.map = map.data, .map_nbytes = map.nbytes}, 0);
    text_free(&map);
}

/* The same as a generated file, of a map that knows nothing. */
static void build_generated(const struct hostile *hostile, uint8_t *text, size_t nbytes)
{
    char map[] = "{\"version\":3,\"sources\":[\"a.js\"],\"mappings\":\"AAAA\"}";
    const struct hostile_map generated = {.what = hostile->open, .options = HOSTILE_GENERATED};

    assert_bounded(&generated, &(struct hostile_text){map, (char *)text, sizeof map - 1, nbytes},
                   0);
}

static void texts_of_functions_are_bounded(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    for (unsigned i = 0; i < n_hostile_texts; i++) {
        size_t nbytes, n_times;
        uint8_t *text = hostile_text(&hostile_texts[i], NBYTES, &nbytes, &n_times);
        assert_non_null(text);
        build_content(&hostile_texts[i], text, nbytes);
        build_generated(&hostile_texts[i], text, nbytes);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_maps_are_bounded),
        cmocka_unit_test(threads_are_bounded),
        cmocka_unit_test(chains_are_bounded),
        cmocka_unit_test(texts_of_functions_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
