/*
 * Memory that runs out: each allocation of each function fails once in turn. The function says so,
 * keeps nothing, and what had been open goes on working.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include "src/chain/smcache_chain.h"

#include <fcntl.h>
#include <unistd.h>

enum outcome { DONE, NO_MEMORY, WRONG };

/* What is tried; it frees what it has got. No asserts in there: they would leave the hook armed. */
typedef enum outcome (*attempt)(void *context);

/* Fails allocation 1, 2, ... until there is none left to fail; at least so many must have been. */
static void exhaust(attempt run, void *context, size_t n_at_least)
{
    for (size_t n = 1;; n++) {
        size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = n;
        enum outcome outcome = run(context);
        hook.fail_at = 0;
        int has_failed = hook.n_calls >= n;
        if (outcome != (has_failed ? NO_MEMORY : DONE) || hook.n_live != n_live) {
            fail_msg("allocation %zu %s: outcome %d, %zd pointers left", n,
                     has_failed ? "failed" : "is none", (int)outcome,
                     (ssize_t)(hook.n_live - n_live));
        }
        if (!has_failed) {
            assert_in_range(n, n_at_least + 1, SIZE_MAX);
            return;
        }
    }
}

static void the_hook_hooks(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    size_t n_live = hook.n_live;
    hook.n_calls = 0;
    hook.fail_at = 2;
    void *volatile first = malloc(10);
    void *volatile second = malloc(10);
    void *volatile third = calloc(1, 10);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_int_equal(hook.n_live, n_live + 2);
    hook.fail_at = hook.n_calls + 1;
    void *volatile moved = realloc(first, 1000);
    assert_null(moved); /* and `first` is still there */
    hook.fail_at = 0;
    free(first);
    free(third);
    assert_int_equal(hook.n_live, n_live);
}

/* ---- building ---- */

/* Every structure of the builder grows more than once. */
static struct text large_map(void)
{
    struct text map = {0};
    struct rng rng = {31};

    text_puts(&map, "{\"version\":3,\"file\":\"o.js\",\"sourceRoot\":\"r\",\"sources\":[");
    for (int i = 0; i < 40; i++) {
        text_puts(&map, i > 0 ? ",\"source " : "\"source ");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"sourcesContent\":[");
    for (int i = 0; i < 40; i++) {
        text_puts(&map, i > 0 ? "," : "");
        struct text content = {0};
        for (int line = 0; line < (i == 7 ? 15000 : 20); line++) {
            text_number(&content, rng_next(&rng));
            text_puts(&content, line % 3 == 0 ? "\n" : "\r\n");
        }
        text_json(&map, content.data, content.nbytes);
        text_free(&content);
    }
    text_puts(&map, "],\"names\":[");
    for (int i = 0; i < 700; i++) {
        text_puts(&map, i > 0 ? ",\"a rather long name " : "\"");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\"");
    }
    /* An escaped digit, so that the text is copied; out of order, so that it is sorted. */
    text_puts(&map, "],\"mappings\":\"A\\u0041AA");
    for (int line = 0; line < 6; line++) {
        for (int i = 0; i < 500; i++) {
            text_puts(&map, ",");
            text_segment(&map, i % 5 == 0 ? 5 : 4, i % 9 == 8 ? -4 : 10, i == 3, 1,
                         rng_below(&rng, 100), line == 2);
        }
        text_puts(&map, ";AAAA");
    }
    text_puts(&map, "\",\"x_hermes_function_offsets\":{\"1\":[2]");
    for (int i = 300; i > 0; i--) { /* out of order, so that they are sorted */
        text_puts(&map, ",\"");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\":[1,20,300]");
    }
    text_puts(&map, "}}");
    return map;
}

struct building {
    struct text map;
    struct smc_build_options options;
    size_t n_sunk;
};

static enum outcome outcome_of_build(smc_build_status status, const struct smc_build_issue *issue)
{
    if (status == SMC_BUILD_E_MEMORY) {
        return issue->status == status && strcmp(issue->reason, "out of memory") == 0 ? NO_MEMORY
                                                                                      : WRONG;
    }
    return status == SMC_BUILD_OK ? DONE : WRONG;
}

static enum outcome try_build_memory(void *context)
{
    struct building *building = context;
    struct smc_build_issue issue = {.reason = ""};
    void *file = building;
    size_t nbytes = 1;
    smc_build_status status = smc_build_memory(building->map.data, building->map.nbytes,
                                               &building->options, &file, &nbytes, &issue);

    if (status != SMC_BUILD_OK && (file != NULL || nbytes != 0)) {
        return WRONG;
    }
    free(file);
    return outcome_of_build(status, &issue);
}

static int sink(void *context, const void *bytes, size_t nbytes)
{
    struct building *building = context;
    (void)bytes;
    building->n_sunk += nbytes;
    return 0;
}

static enum outcome try_build_to_sink(void *context)
{
    struct building *building = context;
    struct smc_build_issue issue = {.reason = ""};

    building->n_sunk = 0;
    smc_build_status status = smc_build(building->map.data, building->map.nbytes,
                                        &building->options, sink, building, &issue);
    if (status != SMC_BUILD_OK && building->n_sunk != 0) {
        return WRONG; /* nothing may have been passed before memory ran out */
    }
    return outcome_of_build(status, &issue);
}

static enum outcome try_build_without_issue(void *context)
{
    struct building *building = context;
    void *file;
    size_t nbytes;
    smc_build_status status =
        smc_build_memory(building->map.data, building->map.nbytes, NULL, &file, &nbytes, NULL);

    free(file);
    return status == SMC_BUILD_OK ? DONE : status == SMC_BUILD_E_MEMORY ? NO_MEMORY : WRONG;
}

static void run_builds(struct building *building, size_t n_at_least)
{
    for (int mode = SMC_BUILD_SOURCES_DEFLATE; mode <= SMC_BUILD_SOURCES_NONE; mode++) {
        building->options = (struct smc_build_options){.struct_size = sizeof building->options,
                                                       .sources = (enum smc_build_sources)mode};
        exhaust(try_build_memory, building, n_at_least);
        exhaust(try_build_to_sink, building, n_at_least);
    }
    exhaust(try_build_without_issue, building, n_at_least);
    text_free(&building->map);
}

/* Parts out of order, range mappings, scopes, escapes, URLs, and all that options do to names. */
static void building_an_index_map(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const struct smc_build_replacement replacement = {"js",
                                                             "a much longer name than it was"};
    static const char *const prefixes[] = {"https://ex.com/"};
    struct building building = {{0}, {.struct_size = sizeof building.options}, 0};

    text_puts(&building.map, "{\"version\":3,\"file\":\"f\",\"sections\":[");
    for (int i = 0; i < 3; i++) {
        text_puts(&building.map, i > 0 ? ",{\"offset\":{\"line\":" : "{\"offset\":{\"line\":");
        text_number(&building.map, (uint64_t)(9 - i));
        text_puts(
            &building.map,
            ",\"column\":0},\"map\":{\"version\":3,\"sourceRoot\":\"webpack://app\",\"names\":"
            "[\"n\"],\"sources\":[\"../js/~/a\",\"b\"],\"ignoreList\":[1],\"mappings\":"
            "\"\\u0041AAA,CAAAA;AACA\",\"rangeMappings\":\"\\u0041B;A\",\"scopes\":\"BAAA,CBA,A\"}"
            "}");
    }
    text_puts(&building.map, "]}");
    building.options.map_url = "https://ex.com/js/app.js.map";
    building.options.source_root = "x/./y";
    building.options.clean_paths = 1;
    building.options.replacements = &replacement;
    building.options.n_replacements = 1;
    building.options.strip_prefixes = prefixes;
    building.options.n_strip_prefixes = 1;
    building.options.strip_common_prefix = 1;
    exhaust(try_build_memory, &building, 40);
    building.options.source_root = NULL;
    building.options.map_url = NULL;
    exhaust(try_build_memory, &building, 30);
    text_free(&building.map);
}

/* Functions from all keys that have some, each so many that lists of them grow, in maps that lead to all decoders. */
static void building_functions(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct building building = {{0}, {.struct_size = sizeof building.options}, 0};
    struct text *map = &building.map;

    text_puts(map, "{\"version\":3,\"mappings\":\"AAAA,CACA,CAAC,C\",\"rangeMappings\":\"AB\","
                   "\"sources\":[\"a\",\"b\"],\"names\":[");
    for (int i = 0; i < 100; i++) {
        text_puts(map, i > 0 ? ",\"a.name" : "\"a.name");
        text_number(map, (uint64_t)i);
        text_puts(map, "\"");
    }
    text_puts(map, "],\"scopes\":\"BFAAA");
    for (int i = 0; i < 50; i++) {
        text_puts(map, ",BFBAC,CBB");
    }
    text_puts(map, ",CAB,A");
    for (int i = 0; i < 50; i++) {
        text_puts(map, ",ECAA,IBAA,EMA,FA,FB");
    }
    text_puts(map, "\",\"x_facebook_sources\":[[{\"names\":[\"f\",\"\\u0067\"],\"mappings\":\"");
    for (int i = 0; i < 50; i++) {
        text_puts(map, "CA,CC,CD,");
    }
    text_puts(map, "CA\"}],[{\"names\":[\"\"],\"mappings\":\"\\u0041AA\"}]],"
                   "\"x_com_bloomberg_sourcesFunctionMappings\":[\"");
    for (int i = 0; i < 80; i++) {
        text_puts(map, i > 0 ? ",CACAE" : "\\u0041AABA");
    }
    text_puts(map, "\",null]}");
    exhaust(try_build_memory, &building, 60);
    text_free(&building.map);
}

static void building_a_large_map(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct building building = {.map = large_map()};
    run_builds(&building, 60);
}

/* The C library allocates for each thread once, and keeps that for the next one: so it does it beforehand. */
static void building_on_threads(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    if (!HOOK_MAY_FAIL_THREADS) {
        skip();
    }
    struct building building = {.map = large_map()};
    for (unsigned n_threads = 2; n_threads <= 3; n_threads++) {
        for (int mode = SMC_BUILD_SOURCES_DEFLATE; mode <= SMC_BUILD_SOURCES_RAW; mode++) {
            building.options = (struct smc_build_options){.struct_size = sizeof building.options,
                                                          .sources = (enum smc_build_sources)mode,
                                                          .n_threads = n_threads};
            for (int i = 0; i < 3; i++) {
                assert_int_equal(try_build_memory(&building), DONE);
            }
            for (int i = 0; i < 5; i++) { /* threads meet differently each time */
                exhaust(try_build_memory, &building, 50);
            }
        }
    }
    text_free(&building.map);
}

static void building_small_maps(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const char *const members[] = {
        "\"sources\":[]", "\"sources\":[\"a\"],\"names\":[\"n\"]",
        "\"sources\":[null],\"sourcesContent\":[\"\"]",
        "\"sources\":[\"a\"],\"sourcesContent\":[\"x\"],\"file\":\"f\",\"sourceRoot\":\"r/\"",
        "\"sources\":[1],\"names\":[1]"};
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct building building = {.map = map_text(i % 2 == 0 ? "AAAA,CAAA" : "", members[i])};
        run_builds(&building, 8);
    }
}

static enum outcome try_bad_map(void *context)
{
    struct building *building = context;
    struct smc_build_issue issue = {.reason = ""};
    void *file;
    size_t nbytes;
    smc_build_status status =
        smc_build_memory(building->map.data, building->map.nbytes, NULL, &file, &nbytes, &issue);

    if (file != NULL) {
        return WRONG;
    }
    return status == SMC_BUILD_E_MEMORY ? NO_MEMORY : issue.status == status ? DONE : WRONG;
}

/* What is refused keeps no memory either, early or late. */
static void refusing_maps(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const char *const maps[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"sources\":[],\"mappings\":\"ggggggE\"}",
        "{\"sources\":[\"a\"],\"names\":[\"b\"],\"mappings\":\"AAAA,g\\/////E\"}",
        "{\"sources\":[\"a\"],\"names\":[\"b\"],\"mappings\":\"C,D,+/////D,+/////D,C\"}"};
    for (size_t i = 0; i < COUNT_OF(maps); i++) {
        struct building building = {0};
        text_puts(&building.map, maps[i]);
        exhaust(try_bad_map, &building, 1);
        text_free(&building.map);
    }
}

/* ---- composing ---- */

struct chaining {
    struct building outer;
    struct text inner[2];
    size_t n_held;
};

static void release(void *context, const struct smc_chain_map *map)
{
    struct chaining *chaining = context;
    (void)map;
    chaining->n_held--;
}

/* One source of the outer map has a map, and one of that one, too. */
static smc_chain_answer load(void *context, const struct smc_chain_request *request,
                             struct smc_chain_map *map)
{
    struct chaining *chaining = context;

    if (request->depth > 2 || !view_is(request->raw_name, "r/source 3")) {
        return SMC_CHAIN_NONE;
    }
    chaining->n_held++;
    const struct text *text = &chaining->inner[request->depth - 1];
    *map = (struct smc_chain_map){.json = text->data, .nbytes = text->nbytes, .release = release};
    return SMC_CHAIN_MAP;
}

static enum outcome try_chain_memory(void *context)
{
    struct chaining *chaining = context;
    struct building *outer = &chaining->outer;
    struct smc_build_issue issue = {.reason = ""};
    void *file = chaining;
    size_t nbytes = 1;
    smc_build_status status =
        smc_chain_build_memory(outer->map.data, outer->map.nbytes, &outer->options, load, chaining,
                               &file, &nbytes, &issue);

    if (chaining->n_held != 0 || (status != SMC_BUILD_OK && (file != NULL || nbytes != 0))) {
        return WRONG;
    }
    free(file);
    return outcome_of_build(status, &issue);
}

static void composing_a_chain(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const char small[] =
        "{\"version\":3,\"names\":[\"x\"],\"sources\":[\"a\"],\"sourcesContent\":[\"y\"],"
        "\"mappings\":\"AAAAA,IAAI;A;CAAAA\",\"rangeMappings\":\"B\"}";
    struct chaining chaining = {.outer = {.map = large_map()}, .inner = {large_map(), {0}}};

    text_puts(&chaining.inner[0], "\n"); /* other bytes than the outer map's */
    text_puts(&chaining.inner[1], small);
    for (int mode = SMC_BUILD_SOURCES_DEFLATE; mode <= SMC_BUILD_SOURCES_NONE; mode += 2) {
        chaining.outer.options = (struct smc_build_options){
            .struct_size = sizeof chaining.outer.options, .sources = (enum smc_build_sources)mode};
        exhaust(try_chain_memory, &chaining, 200);
    }
    text_free(&chaining.outer.map);
    text_free(&chaining.inner[0]);
    text_free(&chaining.inner[1]);
}

/* ---- reading ---- */

struct reading {
    struct file file;
    char path[256];
    smc_cache *cache;
    smc_text *text;
};

static enum outcome outcome_of(smc_status status)
{
    return status == SMC_OK ? DONE : status == SMC_E_MEMORY ? NO_MEMORY : WRONG;
}

static enum outcome outcome_of_open(smc_status status, smc_cache *cache,
                                    const struct smc_error *error)
{
    if (status != SMC_OK && (cache != NULL || error->status != status)) {
        return WRONG;
    }
    smc_close(cache);
    return outcome_of(status);
}

static enum outcome try_open_memory(void *context)
{
    struct reading *reading = context;
    struct smc_error error;
    smc_cache *cache;

    smc_status status =
        smc_open_memory(reading->file.bytes, reading->file.nbytes, 0, &cache, &error);
    return outcome_of_open(status, cache, &error);
}

static enum outcome try_open_path(void *context)
{
    struct reading *reading = context;
    struct smc_error error;
    smc_cache *cache;

    smc_status status = smc_open_path(reading->path, 0, &cache, &error);
    return outcome_of_open(status, cache, &error);
}

static enum outcome try_open_fd(void *context)
{
    struct reading *reading = context;
    struct smc_error error;
    smc_cache *cache;

    int fd = open(reading->path, O_RDONLY);
    smc_status status = smc_open_fd(fd, 0, &cache, &error);
    (void)close(fd);
    return outcome_of_open(status, cache, &error);
}

static enum outcome try_text_open(void *context)
{
    struct reading *reading = context;
    smc_text *text;
    smc_status status = smc_text_open(reading->cache, &text);

    if (status != SMC_OK && text != NULL) {
        return WRONG;
    }
    smc_text_close(text);
    return outcome_of(status);
}

static enum outcome try_content(void *context)
{
    struct reading *reading = context;
    struct smc_view view;
    smc_text *text;
    smc_status status = smc_text_open(reading->cache, &text);

    if (status == SMC_OK) {
        status = smc_text_content(text, 7, &view);
        smc_text_close(text);
    }
    return outcome_of(status);
}

/* Lines of a source; of more than 8 KiB, and in two pieces, if they are deflated. */
/* Lines that are in two pieces. */
#define N_LINES (2 * SMC_CONTEXT_AROUND_MAX + 1)
static const struct smc_context_query many_lines = {
    .source = 7, .line = 6100, .n_before = 255, .n_after = 255, .max_units = 160};

static enum outcome try_context(void *context)
{
    struct reading *reading = context;
    struct smc_context_line lines[N_LINES];
    struct smc_context found;
    smc_text *text;
    smc_status status = smc_text_open(reading->cache, &text);

    if (status == SMC_OK) {
        status = smc_text_context(text, &many_lines, lines, &found);
        if (status == SMC_OK ? found.n_lines != N_LINES : found.n_lines != 0) {
            status = SMC_E_DAMAGED;
        }
        smc_text_close(text);
    }
    return outcome_of(status);
}

static enum outcome try_verify(void *context)
{
    struct reading *reading = context;
    struct smc_error error = {SMC_OK, "", 0};
    smc_status status = smc_verify(reading->cache, &error);

    if (status != error.status) {
        return WRONG;
    }
    return outcome_of(status);
}

static struct reading start_reading(enum smc_build_sources sources)
{
    struct reading reading = {.path = ""};
    struct text map = large_map();

    reading.file = build_file(&map, sources);
    text_free(&map);
    temporary_file(reading.path, sizeof reading.path, reading.file.bytes, reading.file.nbytes);
    reading.cache = open_file(&reading.file);
    return reading;
}

static void end_reading(struct reading *reading)
{
    smc_close(reading->cache);
    assert_int_equal(unlink(reading->path), 0);
    file_free(&reading->file);
}

static int lowest_free_fd(void)
{
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(close(fd), 0);
    return fd;
}

static void opening(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct reading reading = start_reading(SMC_BUILD_SOURCES_RAW);
    int fd = lowest_free_fd();

    exhaust(try_open_memory, &reading, 1);
    exhaust(try_open_path, &reading, 1);
    exhaust(try_open_fd, &reading, 1);
    assert_int_equal(lowest_free_fd(), fd); /* no descriptor was left open */
    /* And no mapping of the file. */
    struct text maps;
    if (read_file("/proc/self/maps", &maps)) {
        assert_null(strstr(maps.data, reading.path));
        text_free(&maps);
    }
    end_reading(&reading);
}

static void reading_and_verifying(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const enum smc_build_sources modes[] = {SMC_BUILD_SOURCES_DEFLATE,
                                                   SMC_BUILD_SOURCES_RAW};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        int is_deflate = modes[i] == SMC_BUILD_SOURCES_DEFLATE;
        struct reading reading = start_reading(modes[i]);
        exhaust(try_text_open, &reading, 1);
        exhaust(try_content, &reading, is_deflate ? 3 : 1);
        /* Two pieces, what is kept of them, and more room for it; of raw contents nothing. */
        exhaust(try_context, &reading, is_deflate ? 5 : 1);
        assert_true(is_deflate || hook.n_calls == 1);
        exhaust(try_verify, &reading, is_deflate ? 4 : 2);
        end_reading(&reading);
    }
}

/* An smc_text that ran out of memory once answers again. */
static void a_text_survives(void **state)
{
    struct reading reading = start_reading(SMC_BUILD_SOURCES_DEFLATE);
    struct smc_view view;
    struct smc_context_line lines[N_LINES];
    struct smc_context context;
    smc_text *text;

    (void)state;
    assert_int_equal(smc_text_open(reading.cache, &text), SMC_OK);
    if (HAS_MALLOC_HOOK) {
        hook.fail_at = hook.n_calls + 1;
        smc_status status = smc_text_content(text, 7, &view);
        hook.fail_at = hook.n_calls + 2; /* the first is the piece */
        smc_status context_status = smc_text_context(text, &many_lines, lines, &context);
        hook.fail_at = 0;
        assert_int_equal(status, SMC_E_MEMORY);
        assert_int_equal(context_status, SMC_E_MEMORY);
        assert_int_equal(context.n_lines, 0);
    }
    assert_int_equal(smc_text_context(text, &many_lines, lines, &context), SMC_OK);
    struct smc_view line = lines[0].text;
    assert_int_equal(context.n_lines, N_LINES);
    assert_true(line.nbytes > 0 && line.ptr[0] >= '0' && line.ptr[0] <= '9');
    assert_int_equal(smc_text_line(text, 7, 0, &view), SMC_OK);
    assert_true(view.nbytes > 0);
    assert_int_equal(smc_text_content(text, 7, &view), SMC_OK);
    assert_true(view.nbytes > 131072);
    smc_text_close(text);
    end_reading(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hook_hooks),
        cmocka_unit_test(building_functions),
        cmocka_unit_test(building_a_large_map),
        cmocka_unit_test(building_an_index_map),
        cmocka_unit_test(building_on_threads),
        cmocka_unit_test(building_small_maps),
        cmocka_unit_test(refusing_maps),
        cmocka_unit_test(composing_a_chain),
        cmocka_unit_test(opening),
        cmocka_unit_test(reading_and_verifying),
        cmocka_unit_test(a_text_survives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
