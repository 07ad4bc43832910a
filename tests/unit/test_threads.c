/*
 * Builds on several threads: the same file, the same warnings in the same order, the same errors as on one.
 * And compression: every level keeps the contents, and which one is the default.
 */
#include "tests/unit/chain_world.h"
#include "tests/unit/support.h"

#include "src/base/cpu.h"

#include <pthread.h>

/* More than the library starts, too. */
static const unsigned thread_counts[] = {0, 1, 2, 3, 8, 1000};

/* ---- maps ---- */

/* Words, line ends, and characters of several bytes, so that pieces end within some; all of what JSON escapes. */
static struct text random_content(struct rng *rng, size_t nbytes)
{
    static const char *const words[] = {"function", " return ",         "(",    ");\n",
                                        "var ",     "\xf0\x9f\x98\x80", "\r\n", "\xe2\x80\xa8",
                                        "\"\\",     "\xc3\xa9",         "\t",   "\xe4\xb8\xad"};
    struct text text = {0};

    text_add(&text, "", 0);
    while (text.nbytes < nbytes) {
        uint32_t word = rng_below(rng, COUNT_OF(words) + 4);
        if (word < COUNT_OF(words)) {
            text_puts(&text, words[word]);
        } else {
            text_number(&text, rng_next(rng) >> 40);
        }
    }
    return text;
}

/* A map with n contents of about so many bytes each, and enough mappings to take a while. The sources are called
 * `name` and a number. */
static struct text map_with_contents(struct rng *rng, const char *name, unsigned n, size_t nbytes)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[");
    for (unsigned i = 0; i < n; i++) {
        text_puts(&map, i > 0 ? ",\"" : "\"");
        text_puts(&map, name);
        text_number(&map, i);
        text_puts(&map, i % 3 == 0 ? ".css\"" : "\"");
    }
    text_puts(&map, "],\"sourcesContent\":[");
    for (unsigned i = 0; i < n; i++) {
        struct text content =
            random_content(rng, nbytes == 0 ? 0 : rng_below(rng, (uint32_t)(2 * nbytes)));
        text_puts(&map, i > 0 ? "," : "");
        text_json(&map, content.data, content.nbytes);
        text_free(&content);
    }
    text_puts(&map, "],\"names\":[\"n\"],\"mappings\":\"AAAA");
    for (unsigned i = 0; i < 20000; i++) {
        text_puts(&map, i % 100 == 0 ? ";AAAAA" : ",CAAC");
    }
    text_puts(&map, "\"}");
    return map;
}

static struct file build_on(const struct text *map, struct smc_build_options options,
                            unsigned n_threads)
{
    struct file file;

    options.struct_size = sizeof options;
    options.n_threads = n_threads;
    assert_int_equal(try_build_with(map, &options, &file, NULL, NULL), SMC_BUILD_OK);
    return file;
}

static void assert_same_file(const struct file *a, const struct file *b)
{
    assert_int_equal(a->nbytes, b->nbytes);
    assert_memory_equal(a->bytes, b->bytes, a->nbytes);
}

/* ---- the same file ---- */

static void compare_threads(const struct text *map, const struct smc_build_options *options)
{
    struct file wanted = build_on(map, *options, 1);

    assert_int_equal(verify_bytes(wanted.bytes, wanted.nbytes, NULL), SMC_OK);
    for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
        struct file file = build_on(map, *options, thread_counts[i]);
        assert_same_file(&file, &wanted);
        file_free(&file);
    }
    for (enum smc_cpu_level level = SMC_CPU_SCALAR; level <= SMC_CPU_AVX2; level++) {
        smc_cpu_set_limit(level);
        struct file file = build_on(map, *options, 3);
        smc_cpu_set_limit(SMC_CPU_AVX2);
        assert_same_file(&file, &wanted);
        file_free(&file);
    }
    file_free(&wanted);
}

static void compare_modes(const struct text *map)
{
    for (int mode = SMC_BUILD_SOURCES_DEFLATE; mode <= SMC_BUILD_SOURCES_NONE; mode++) {
        const struct smc_build_options options = {.sources = (enum smc_build_sources)mode};
        compare_threads(map, &options);
    }
    const struct smc_build_options fast = {.compression = 1};
    compare_threads(map, &fast);
}

static void the_example(void **state)
{
    struct text map;

    (void)state;
    assert_true(read_file("tests/example/dist/app.js.map", &map));
    compare_modes(&map);
    text_free(&map);
}

static void generated_maps(void **state)
{
    static const struct {
        unsigned n;
        size_t nbytes;
    } shapes[] = {{0, 0}, {1, 0}, {1, 1000}, {5000, 400}, {3, 500000}, {20, 50000}};
    struct rng rng = {101};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct text map = map_with_contents(&rng, "s", shapes[i].n, shapes[i].nbytes);
        compare_modes(&map);
        text_free(&map);
    }
}

/* One content of exactly as much as some pieces hold, and of a byte more and less. */
static void contents_that_fill_pieces(void **state)
{
    (void)state;
    for (size_t n_pieces = 1; n_pieces <= 3; n_pieces++) {
        for (size_t nbytes = n_pieces * 131072 - 1; nbytes <= n_pieces * 131072 + 1; nbytes++) {
            const struct smc_build_options options = {.compression = 1};
            struct text map = {0};
            text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a\"],"
                            "\"sourcesContent\":[\"");
            text_repeat(&map, 'x', nbytes);
            text_puts(&map, "\"]}");
            compare_threads(&map, &options);
            text_free(&map);
        }
    }
}

static void index_maps(void **state)
{
    const struct smc_build_options options = {.compression = 4};
    struct rng rng = {102};
    struct text map = {0};

    (void)state;
    text_puts(&map, "{\"version\":3,\"sections\":[");
    for (unsigned i = 0; i < 4; i++) {
        struct text part = map_with_contents(&rng, "s", 20, 20000);
        text_puts(&map, i > 0 ? ",{\"offset\":{\"line\":" : "{\"offset\":{\"line\":");
        text_number(&map, UINT64_C(1000) * i);
        text_puts(&map, ",\"column\":0},\"map\":");
        text_add(&map, part.data, part.nbytes);
        text_puts(&map, "}");
        text_free(&part);
    }
    text_puts(&map, "]}");
    compare_threads(&map, &options);
    text_free(&map);
}

static void chains(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct rng rng = {103};

    (void)state;
    assert_non_null(world);
    world_add(world, "", map_with_contents(&rng, "s", 30, 30000));
    for (unsigned i = 0; i < 5; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "s%u", 6 * i + 1);
        world_add(world, name, map_with_contents(&rng, "t", 10, 60000));
    }
    struct smc_build_options options = {.struct_size = sizeof options, .n_threads = 1};
    struct file wanted = build_chain(world, &options);
    for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
        options.n_threads = thread_counts[i];
        struct file file = build_chain(world, &options);
        assert_same_file(&file, &wanted);
        file_free(&file);
    }
    file_free(&wanted);
    world_free(world);
    free(world);
}

/* ---- the same warnings and errors ---- */

#define LOG_MAX 64

struct log {
    struct smc_build_issue issues[LOG_MAX];
    unsigned n;
    pthread_t thread;
    int is_elsewhere; /* a warning came on another thread */
};

static void log_warning(void *context, const struct smc_build_issue *issue)
{
    struct log *log = context;

    log->is_elsewhere |= !pthread_equal(pthread_self(), log->thread);
    if (log->n < LOG_MAX) {
        log->issues[log->n] = *issue;
    }
    log->n++;
}

/* The last one is the error, if there is one. */
static void build_logged(const struct text *map, int strict, unsigned n_threads, struct log *log)
{
    struct smc_build_issue issue;
    void *file;
    size_t nbytes;

    *log = (struct log){.thread = pthread_self()};
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .strict = strict,
                                              .n_threads = n_threads,
                                              .warn = log_warning,
                                              .warn_context = log};
    if (smc_build_memory(map->data, map->nbytes, &options, &file, &nbytes, &issue) !=
        SMC_BUILD_OK) {
        log_warning(log, &issue);
    }
    free(file);
    assert_false(log->is_elsewhere);
    assert_in_range(log->n, 0, LOG_MAX);
}

static void compare_logs(const struct text *map, int strict, struct log *wanted)
{
    build_logged(map, strict, 1, wanted);
    for (size_t i = 0; i < COUNT_OF(thread_counts); i++) {
        struct log log;
        build_logged(map, strict, thread_counts[i], &log);
        assert_int_equal(log.n, wanted->n);
        for (unsigned k = 0; k < log.n; k++) {
            assert_int_equal(log.issues[k].status, wanted->issues[k].status);
            assert_ptr_equal(log.issues[k].reason, wanted->issues[k].reason);
            assert_ptr_equal(log.issues[k].recovery, wanted->issues[k].recovery);
            assert_ptr_equal(log.issues[k].key, wanted->issues[k].key);
            assert_int_equal(log.issues[k].offset, wanted->issues[k].offset);
        }
    }
}

/* A large content between elements that are none, and a fault in everything else. */
static struct text faulty_map(const char *mappings, const char *names, const char *odd)
{
    struct rng rng = {104};
    struct text map = {0}, content = random_content(&rng, 400000);

    text_puts(&map, "{\"version\":3,\"sources\":[\"a\",\"b\",\"c\",\"d\"],\"sourcesContent\":[");
    text_puts(&map, odd);
    text_puts(&map, ",");
    text_json(&map, content.data, content.nbytes);
    text_puts(&map, ",");
    text_puts(&map, odd);
    text_puts(&map, ",null,5],\"names\":[");
    text_puts(&map, names);
    text_puts(&map, "],\"scopes\":\"?\",\"mappings\":\"");
    text_puts(&map, mappings);
    text_puts(&map, "\"}");
    text_free(&content);
    return map;
}

static void warnings_come_in_one_order(void **state)
{
    static const char *const keys[] = {"names",    "scopes",         "mappings",
                                       "mappings", "sourcesContent", "sourcesContent"};
    struct text map = faulty_map("AAAAA,CAAAD,AAAAAAA", "7", "[1]");
    struct log log;

    (void)state;
    compare_logs(&map, 0, &log);
    assert_in_range(log.n, 5, COUNT_OF(keys));
    assert_string_equal(log.issues[0].key, "names");
    assert_string_equal(log.issues[1].key, "scopes");
    assert_string_equal(log.issues[2].key, "mappings");
    assert_string_equal(log.issues[log.n - 2].key, "sourcesContent");
    assert_string_equal(log.issues[log.n - 1].key, "sourcesContent");
    assert_true(log.issues[log.n - 2].offset < log.issues[log.n - 1].offset);
    text_free(&map);
}

/* Strict mode: the first in that order is the error. */
static void errors_are_the_first_ones(void **state)
{
    static const struct {
        const char *mappings, *names, *odd, *key;
    } rows[] = {{"AAAA", "7", "1", "names"},
                {"AAAA", "\"n\"", "1", "scopes"},
                {"!", "\"n\"", "1", "scopes"}};
    struct log log;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text map = faulty_map(rows[i].mappings, rows[i].names, rows[i].odd);
        compare_logs(&map, 1, &log);
        assert_int_equal(log.n, 1);
        assert_int_equal(log.issues[0].status, SMC_BUILD_E_MAP);
        assert_string_equal(log.issues[0].key, rows[i].key);
        text_free(&map);
    }
}

/* Without the scopes: mappings are refused before contents are. */
static void refused_mappings_go_before_contents(void **state)
{
    struct rng rng = {105};
    struct text content = random_content(&rng, 3000000);
    static const struct {
        const char *mappings, *key;
    } rows[] = {{"!", "mappings"}, {"AAAA", "sourcesContent"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text map = {0};
        struct log log;
        text_puts(&map, "{\"version\":3,\"sources\":[\"a\",\"b\"],\"sourcesContent\":[1,");
        text_json(&map, content.data, content.nbytes);
        text_puts(&map, "],\"mappings\":\"");
        text_puts(&map, rows[i].mappings);
        text_puts(&map, "\"}");
        compare_logs(&map, 1, &log);
        assert_int_equal(log.n, 1);
        assert_string_equal(log.issues[0].key, rows[i].key);
        text_free(&map);
    }
    /* An error in lenient mode, too: a column that no file can have. */
    struct text map = {0};
    struct log log;
    text_puts(&map, "{\"version\":3,\"sources\":[\"a\",\"b\"],\"sourcesContent\":[1,");
    text_json(&map, content.data, content.nbytes);
    text_puts(&map, "],\"mappings\":\"+/////D,+/////D,+/////D,+/////D\"}");
    compare_logs(&map, 0, &log);
    assert_int_equal(log.n, 1);
    assert_string_equal(log.issues[0].key, "mappings");
    assert_int_not_equal(log.issues[0].status, SMC_BUILD_OK);
    text_free(&map);
    text_free(&content);
}

/* ---- compression ---- */

/* The contents as they are in the file, compressed. */
static struct text packed_contents(const struct file *file)
{
    struct parts parts = file_split(file);
    const struct part *content = part_find(&parts, SMCF_SECTION_CONTENT);
    struct text text = {0};

    assert_non_null(content);
    text_add(&text, content->bytes.data, content->bytes.nbytes);
    struct file joined = file_join(&parts);
    file_free(&joined);
    return text;
}

static void every_level_keeps_contents(void **state)
{
    static const unsigned n_threads[] = {1, 3};
    struct rng rng = {106};
    struct text content = random_content(&rng, 500000), map = {0};
    size_t nbytes[13] = {0};

    (void)state;
    text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a\",\"b\"],"
                    "\"sourcesContent\":[\"first\",");
    text_json(&map, content.data, content.nbytes);
    text_puts(&map, "]}");
    for (unsigned level = 0; level <= 12; level++) {
        for (size_t i = 0; i < COUNT_OF(n_threads); i++) {
            const struct smc_build_options options = {.compression = level};
            struct file file = build_on(&map, options, n_threads[i]);
            struct smc_view view;
            smc_text *text;
            assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
            smc_cache *cache = open_file(&file);
            assert_int_equal(smc_text_open(cache, &text), SMC_OK);
            assert_int_equal(smc_text_content(text, 1, &view), SMC_OK);
            assert_view(view, content.data, content.nbytes);
            nbytes[level] = file.nbytes;
            smc_text_close(text);
            smc_close(cache);
            file_free(&file);
        }
    }
    assert_true(nbytes[1] > nbytes[6] && nbytes[6] > nbytes[12]); /* they do differ */
    text_free(&map);
    text_free(&content);
}

static void the_recipe_has_the_level(void **state)
{
    struct smc_build_options options = {.struct_size = sizeof options};
    uint8_t first[16], other[16];

    (void)state;
    assert_int_equal(smc_build_recipe(&options, 1, first), SMC_BUILD_OK);
    options.n_threads = 7;
    assert_int_equal(smc_build_recipe(&options, 1, other), SMC_BUILD_OK);
    assert_memory_equal(first, other, sizeof first);
    options.compression = 12;
    assert_int_equal(smc_build_recipe(&options, 1, other), SMC_BUILD_OK);
    assert_memory_not_equal(first, other, sizeof first);
    options.compression = 13;
    assert_int_equal(smc_build_recipe(&options, 1, other), SMC_BUILD_E_OPTION);
    options.compression = 0; /* of no effect on contents that are not compressed */
    options.sources = SMC_BUILD_SOURCES_RAW;
    assert_int_equal(smc_build_recipe(&options, 1, first), SMC_BUILD_OK);
    options.compression = 12;
    assert_int_equal(smc_build_recipe(&options, 1, other), SMC_BUILD_OK);
    assert_memory_equal(first, other, sizeof first);
}

/* `sourcesContent` has so many bytes of JSON; lines of words that repeat. */
static struct text map_of_size(size_t nbytes)
{
    static const char start[] =
        "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a\"],\"sourcesContent\":";
    struct rng rng = {107};
    struct text map = {0}, word = {0};

    for (int i = 0; i < 4000; i++) {
        char c = (char)('a' + rng_below(&rng, 26));
        text_repeat(&word, c, 1 + rng_below(&rng, 2));
    }
    text_puts(&map, start);
    text_puts(&map, "[\"");
    nbytes += sizeof start - 1 - 2; /* and the last two */
    while (map.nbytes < nbytes) {
        size_t at = rng_below(&rng, 3900), n = 5 + rng_below(&rng, 95);
        text_add(&map, word.data + at, n < nbytes - map.nbytes ? n : nbytes - map.nbytes);
    }
    text_puts(&map, "\"]}");
    text_free(&word);
    return map;
}

static void the_default_goes_by_the_size(void **state)
{
    static const struct {
        size_t nbytes;
        unsigned level, other;
    } rows[] = {
        {6000000, 7, 6}, {6000001, 6, 7}, {8000001, 4, 6}, {12000001, 2, 4}, {16000001, 1, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct smc_build_options defaults = {.compression = 0},
                                       same = {.compression = rows[i].level},
                                       other = {.compression = rows[i].other};
        struct text map = map_of_size(rows[i].nbytes);
        struct file a = build_on(&map, defaults, 2), b = build_on(&map, same, 2),
                    c = build_on(&map, other, 2);
        struct text x = packed_contents(&a), y = packed_contents(&b), z = packed_contents(&c);
        assert_int_equal(x.nbytes, y.nbytes);
        assert_memory_equal(x.data, y.data, x.nbytes);
        assert_int_not_equal(x.nbytes, z.nbytes); /* by chance they could be */
        text_free(&x);
        text_free(&y);
        text_free(&z);
        file_free(&a);
        file_free(&b);
        file_free(&c);
        text_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example),
        cmocka_unit_test(generated_maps),
        cmocka_unit_test(contents_that_fill_pieces),
        cmocka_unit_test(index_maps),
        cmocka_unit_test(chains),
        cmocka_unit_test(warnings_come_in_one_order),
        cmocka_unit_test(errors_are_the_first_ones),
        cmocka_unit_test(refused_mappings_go_before_contents),
        cmocka_unit_test(every_level_keeps_contents),
        cmocka_unit_test(the_recipe_has_the_level),
        cmocka_unit_test(the_default_goes_by_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
