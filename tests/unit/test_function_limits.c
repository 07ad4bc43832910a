/*
 * Functions of maps that are large or made to be slow: all of it takes linear time, and what is large comes out right.
 */
#include "tests/unit/scope_run.h"

#include <time.h>

/* Of each kind; each takes milliseconds, and hours if a step took time by the number of those before it. */
#define N 200000
#define LIMIT_S 20

static clock_t started;

static int start_clock(void **state)
{
    (void)state;
    started = clock();
    return 0;
}

static int check_clock(void **state)
{
    (void)state;
    assert_in_range((clock() - started) / CLOCKS_PER_SEC, 0, LIMIT_S);
    return 0;
}

static void put_name(struct text *map, char c, size_t nbytes)
{
    text_puts(map, "\"");
    text_repeat(map, c, nbytes);
    text_puts(map, "\"");
}

static void start_map(struct text *map)
{
    *map = (struct text){0};
    text_puts(map, "{\"version\":3,\"mappings\":\"AAAA;AACA\"");
}

/* Builds and verifies; the map is freed. */
static smc_cache *build(struct text *map, struct file *file)
{
    text_puts(map, "}");
    *file = build_file_with_functions(map);
    text_free(map);
    return open_file(file);
}

static void end(smc_cache *cache, struct file *file)
{
    smc_close(cache);
    file_free(file);
}

static uint32_t count_functions(const smc_cache *cache)
{
    struct smc_info info;

    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    return info.n_functions;
}

/* A megabyte of a name, for each of many functions. */
static void one_long_name(void **state)
{
    struct smc_function function;
    struct text map;
    struct file file;

    (void)state;
    start_map(&map);
    text_puts(&map, ",\"sources\":[\"a\",\"b\"],\"names\":[");
    put_name(&map, 'x', 1 << 20);
    text_puts(&map, "],\"scopes\":\"BFAAA");
    for (int i = 0; i < N; i++) {
        text_puts(&map, ",BFABA,CAB");
    }
    text_puts(&map, ",CBA,A\",\"x_com_bloomberg_sourcesFunctionMappings\":[null,\"AAAAA");
    for (int i = 0; i < N; i++) {
        text_puts(&map, ",AACAC");
    }
    text_puts(&map, "\"]");
    smc_cache *cache = build(&map, &file);
    assert_int_equal(smc_token_function(cache, 0, &function), SMC_OK);
    assert_int_equal(function.last.nbytes, 1 << 20);
    end(cache, &file);
}

/* Names that might be read again and again for their last component. */
static void names_of_many_parts(void **state)
{
    static const char *const parts[] = {"<", ".", "#", "<.>", "'.'", "get ", "a.<"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        struct smc_function function;
        struct text map;
        struct file file;
        start_map(&map);
        text_puts(&map, ",\"sources\":[\"a\"],\"x_facebook_sources\":[[{\"names\":[\"f");
        for (int k = 0; k < N; k++) {
            text_puts(&map, parts[i]);
        }
        text_puts(&map, "g\"],\"mappings\":\"AAA\"}]]");
        smc_cache *cache = build(&map, &file);
        assert_int_equal(smc_token_function(cache, 0, &function), SMC_OK);
        assert_int_equal(smc_function_name(&function, NULL, 0), N * strlen(parts[i]) + 2);
        end(cache, &file);
    }
}

static void many_scopes_in_each_other(void **state)
{
    struct smc_function function;
    struct text map;
    struct file file;

    (void)state;
    start_map(&map);
    text_puts(&map, ",\"sources\":[\"a\"],\"names\":[\"f\",\"g\"],\"scopes\":\"");
    for (int i = 0; i < N; i++) { /* f, then blocks, then g without a name of its own */
        text_puts(&map, i == 0 ? "BFAAA," : i + 1 < N ? "BAAA," : "BFBAC,");
    }
    for (int i = 0; i < N; i++) {
        text_puts(&map, i > 0 ? ",CAB" : "CAB");
    }
    text_puts(&map, "\"");
    smc_cache *cache = build(&map, &file);
    assert_int_equal(count_functions(cache), 2);
    assert_int_equal(smc_token_function(cache, 0, &function), SMC_OK);
    assert_view_string(function.last, "f");
    assert_int_equal(smc_token_function(cache, 1, &function), SMC_OK);
    assert_view_string(function.last, "g");
    end(cache, &file);
}

static void many_calls_in_each_other(void **state)
{
    static struct smc_frame frames[N + 2];
    struct text map;
    struct file file;
    size_t n;

    (void)state;
    start_map(&map);
    text_puts(&map, ",\"sources\":[\"a\"],\"names\":[\"f\"],\"scopes\":\"BFAAA,CJA");
    for (int i = 0; i < N; i++) {
        text_puts(&map, ",ECAA,IAAB");
    }
    for (int i = 0; i < N; i++) {
        text_puts(&map, ",FC");
    }
    text_puts(&map, "\"");
    smc_cache *cache = build(&map, &file);
    assert_int_equal(smc_frames(cache, 0, 0, 0, frames, COUNT_OF(frames), &n), SMC_OK);
    assert_int_equal(n, N + 1);
    assert_view_string(frames[N].function.last, "f");
    end(cache, &file);
}

static void many_entries(void **state)
{
    struct text map;
    struct file file;

    (void)state;
    start_map(&map);
    text_puts(&map, ",\"sources\":[\"a\"],\"x_facebook_sources\":[[{\"names\":[");
    for (int i = 0; i < N; i++) {
        text_puts(&map, i > 0 ? ",\"a." : "\"a.");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"mappings\":\"AAA");
    for (int i = 1; i < N; i++) {
        text_puts(&map, i % 5 == 0 ? ";ACC" : ",CC");
    }
    text_puts(&map, "\"}]]");
    smc_cache *cache = build(&map, &file);
    assert_int_equal(count_functions(cache), 2); /* those of the two tokens */
    end(cache, &file);
}

static void many_sources_and_sections(void **state)
{
    struct text map = {0};
    struct file file;

    (void)state;
    text_puts(&map, "{\"version\":3,\"sections\":[");
    for (int i = 0; i < N / 10; i++) {
        text_puts(&map, i > 0 ? ",{\"offset\":{\"line\":" : "{\"offset\":{\"line\":");
        text_number(&map, (uint64_t)i);
        text_puts(&map,
                  ",\"column\":0},\"map\":{\"version\":3,\"mappings\":\"AAAA\","
                  "\"sources\":[\"a\"],\"names\":[\"f\"],\"scopes\":\"BFAAA,CAB,EAA,IAAA,FB\","
                  "\"x_facebook_sources\":[[{\"names\":[\"g\"],\"mappings\":\"AAA\"}]],"
                  "\"x_com_bloomberg_sourcesFunctionMappings\":[\"AAAAA\"]}}");
    }
    text_puts(&map, "]");
    smc_cache *cache = build(&map, &file);
    assert_int_equal(count_functions(cache), 1);
    end(cache, &file);

    start_map(&map);
    text_puts(&map, ",\"sources\":[\"a\"");
    for (int i = 1; i < N; i++) {
        text_puts(&map, ",null");
    }
    text_puts(&map, "],\"names\":[\"f\"],\"x_com_bloomberg_sourcesFunctionMappings\":[\"AAAAA\"");
    for (int i = 1; i < N; i++) {
        text_puts(&map, ",\"AAAAA\"");
    }
    text_puts(&map, "],\"x_facebook_sources\":[null");
    for (int i = 1; i < N; i++) {
        text_puts(&map, ",[{\"names\":[\"\"],\"mappings\":\"AAA\"}]");
    }
    text_puts(&map, "]");
    cache = build(&map, &file);
    assert_int_equal(count_functions(cache), 2);
    end(cache, &file);
}

/* Ranges of which each is over when all that have started since are, and lookups from one end to the other. */
static void ranges_that_outlive_each_other(void **state)
{
    struct smc_function function;
    struct text map = {0};
    struct file file;

    (void)state;
    text_puts(&map, "{\"version\":3,\"mappings\":\"");
    for (int i = 0; i < N; i++) { /* to column N and back */
        text_puts(&map, i == 0 ? "AAAA" : ",CAA");
        text_vlq(&map, i % 2 == 1 ? N - i : i - N);
    }
    text_puts(&map, "\",\"sources\":[\"a\"],\"names\":[\"f\",\"g\"],"
                    "\"x_com_bloomberg_sourcesFunctionMappings\":[\"");
    for (int i = 0; i < N; i++) {
        text_puts(&map, i == 0 ? "AAAA" : i % 2 == 1 ? ",CACA" : ",DACA");
        text_vlq(&map, i == 0 ? N : 1);
    }
    text_puts(&map, "\"]");
    smc_cache *cache = build(&map, &file);
    for (uint32_t i = 0; i < N; i += N / 100 - 1) {
        struct smc_token token;
        assert_int_equal(smc_token_at(cache, i, &token), SMC_OK);
        assert_int_equal(smc_token_function(cache, i, &function), SMC_OK);
        assert_view_string(function.last, token.source_column % 2 == 0 ? "f" : "g");
    }
    end(cache, &file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start_clock, check_clock)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_long_name),
        TEST(names_of_many_parts),
        TEST(many_scopes_in_each_other),
        TEST(many_calls_in_each_other),
        TEST(many_entries),
        TEST(many_sources_and_sections),
        TEST(ranges_that_outlive_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
