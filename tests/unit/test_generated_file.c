/*
 * The generated file on the way through a build: when it is asked for, and which tokens get its functions.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#define THREE "function a(){}function b(){}function c(){}" /* at 9, 23, 37 */

struct generated {
    const char *text;
    unsigned n_calls;
};

static int load(void *context, const void **bytes, size_t *nbytes)
{
    struct generated *generated = context;

    generated->n_calls++;
    *bytes = generated->text;
    *nbytes = generated->text == NULL ? 0 : strlen(generated->text);
    return 0;
}

static struct file build(const char *mappings, const char *members, struct generated *generated)
{
    const struct smc_build_options options = {
        .struct_size = sizeof options, .load_generated = load, .generated_context = generated};
    struct text map = map_text(mappings, members);
    struct file file;

    assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
    assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
    text_free(&map);
    return file;
}

/* The functions of all tokens: names, '?', '^' or '-', split by spaces. */
static void assert_tokens(const struct file *file, const char *wanted)
{
    static const char *const kinds[] = {"-", "^", "?", ""};
    smc_cache *cache = open_file(file);
    struct smc_function function;
    struct text text = {0};

    for (uint32_t i = 0; smc_token_function(cache, i, &function) == SMC_OK; i++) {
        char name[64];
        text_puts(&text, i > 0 ? " " : "");
        text_puts(&text, kinds[function.kind]);
        text_add(&text, name, smc_function_name(&function, name, sizeof name));
    }
    text_add(&text, "", 1);
    assert_string_equal(text.data, wanted);
    text_free(&text);
    smc_close(cache);
}

#define SOURCES "\"sources\":[\"a.ts\"]"
#define NAMES ",\"names\":[\"first\",\"second\"]"

/* The functions of THREE, whose names are at 9, 23 and 37: the map has those of the first and the last. */
static void tokens_of_a_map(void **state)
{
    static const struct {
        const char *mappings, *wanted;
    } cases[] = {
        {"AAAA,SAAAA,cAAA,cAAAC", "first first b second"}, /* 0, 9, 23, 37 */
        {"AAAA,SAAAA,cAAA,UAAAC", "first first b c"},      /* 0, 9, 23, 33: of no identifier */
        {"A,SAAAA,cAAA,c", "- first b -"}, /* without an original position there is no function */
        /* Out of order, so that they come twice: 14, 9, 29, 37; 36, 9, 23, 37 */
        {"cAAA,LAAAA,oBAAA,QAAAC", "first b second second"},
        {"oCAAA,3BAAAA,cAAA,cAAAC", "first b second second"},
        {";;AAAA", "^"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct generated generated = {THREE, 0};
        struct file file = build(cases[i].mappings, SOURCES NAMES, &generated);
        assert_tokens(&file, cases[i].wanted);
        assert_int_equal(generated.n_calls, 1);
        file_free(&file);
    }
}

#define N_FUNCTIONS 600 /* of several blocks, which have been packed when the last token comes */
#define LATE 5

/* A name that comes last, where it should have come first: all tokens come again, in order. */
static void a_name_that_comes_late(void **state)
{
    struct text text = {0}, mappings = {0}, members = {0};
    uint32_t starts[N_FUNCTIONS], last = 0;
    int64_t last_name = 0;

    (void)state;
    text_puts(&members, SOURCES ",\"names\":[");
    for (uint32_t i = 0; i < N_FUNCTIONS; i++) {
        starts[i] = (uint32_t)text.nbytes;
        text_puts(&text, "function f");
        text_number(&text, i);
        text_puts(&text, "(){}");
        text_puts(&members, i > 0 ? ",\"n" : "\"n");
        text_number(&members, i);
        text_puts(&members, "\"");
    }
    text_puts(&members, "]");
    for (uint32_t i = 0; i <= N_FUNCTIONS; i++) {
        const uint32_t index = i == N_FUNCTIONS ? LATE : i;
        const uint32_t column =
            starts[index] + (i == LATE ? 12 : 9); /* first one behind its name */
        text_puts(&mappings, i > 0 ? "," : "");
        text_segment(&mappings, i == LATE ? 4 : 5, (int64_t)column - last, 0, 0, 0,
                     index - last_name);
        last = column;
        last_name = i == LATE ? last_name : index;
    }
    text_add(&mappings, "", 1);
    text_add(&members, "", 1);
    text_add(&text, "", 1);
    struct generated generated = {text.data, 0};
    struct file file = build(mappings.data, members.data, &generated);
    smc_cache *cache = open_file(&file);
    for (uint32_t i = 0; i < N_FUNCTIONS; i++) {
        char wanted[16], name[16];
        struct smc_function function;
        struct smc_token token;
        assert_int_equal(smc_lookup(cache, 0, starts[i] + 12, 0, &token), SMC_OK);
        assert_int_equal(smc_token_function(cache, token.index, &function), SMC_OK);
        assert_int_equal(function.origin, SMC_NAME_MINIFIED);
        name[smc_function_name(&function, name, sizeof name - 1)] = '\0';
        (void)snprintf(wanted, sizeof wanted, "n%u", i);
        assert_string_equal(name, wanted);
    }
    smc_close(cache);
    file_free(&file);
    text_free(&text);
    text_free(&mappings);
    text_free(&members);
}

/* Whether it is asked for: if there is a source that nothing else knows anything of. */
static void when_it_is_asked_for(void **state)
{
    static const struct {
        const char *members;
        unsigned n_calls;
    } cases[] = {
        {SOURCES, 1},
        {SOURCES ",\"sourcesContent\":[null]", 1},
        {SOURCES ",\"sourcesContent\":[\"\"]", 0},
        {SOURCES ",\"sourcesContent\":[\"a({\"]", 1},
        {SOURCES ",\"x_facebook_sources\":[[{\"names\":[\"f\"],\"mappings\":\"AAA\"}]]", 0},
        {"\"sources\":[\"a.ts\",\"b.js\"],\"sourcesContent\":[\"\"]", 1},
        {"\"sources\":[\"a.ts\",\"b.css\"],\"sourcesContent\":[\"\"]",
         0}, /* which has no functions */
        {"\"sources\":[\"a.vue\"],\"sourcesContent\":[\"<script>function f(){}</script>\"]", 1},
        {"\"sources\":[null]", 1},
        {"\"sources\":[]", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct generated generated = {THREE, 0};
        struct file file = build("", cases[i].members, &generated);
        if (generated.n_calls != cases[i].n_calls) {
            fail_msg("%s: %u calls", cases[i].members, generated.n_calls);
        }
        file_free(&file);
    }
}

static int refuse(void *context, const void **bytes, size_t *nbytes)
{
    struct generated *generated = context;

    (void)bytes, (void)nbytes;
    generated->n_calls++;
    return 1;
}

static void answers_of_the_loader(void **state)
{
    struct generated generated = {NULL, 0};
    struct smc_build_options options = {
        .struct_size = sizeof options, .load_generated = refuse, .generated_context = &generated};
    struct text map = map_text("AAAA", SOURCES);
    struct smc_build_issue issue;
    struct file file;

    (void)state;
    assert_int_equal(try_build_with(&map, &options, &file, NULL, &issue), SMC_BUILD_E_LOADER);
    assert_int_equal(issue.status, SMC_BUILD_E_LOADER);
    assert_string_equal(issue.reason, smc_build_status_text(SMC_BUILD_E_LOADER));
    assert_int_equal(generated.n_calls, 1);
    options.functions = SMC_BUILD_FUNCTIONS_NONE; /* then nobody asks */
    assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
    assert_int_equal(generated.n_calls, 1);
    file_free(&file);
    text_free(&map);
    file = build("AAAA", SOURCES, &generated); /* there is none after all */
    assert_int_equal(generated.n_calls, 2);
    assert_tokens(&file, "-");
    file_free(&file);
}

/* ---- what cannot be followed ---- */

struct lost {
    struct generated generated;
    unsigned n_calls;
    const char *reason;
    uint32_t line, column;
};

static void note_lost(void *context, const char *reason, uint32_t line, uint32_t column)
{
    struct lost *lost = context;

    *lost = (struct lost){lost->generated, lost->n_calls + 1, reason, line, column};
}

static void the_place_where_it_is_lost(void **state)
{
    static const struct {
        const char *text;
        unsigned n_calls;
        uint32_t line, column; /* 0-based, UTF-16 */
    } cases[] = {
        {THREE, 0, 0, 0},
        {"f(", 1, 0, 2},
        {"f();\n'\xf0\x9f\x98\x80'; )", 1, 1, 6},
        {"\xef\xbb\xbf)", 1, 0, 0},
    };
    struct text map = map_text("AAAA", SOURCES);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lost lost = {.generated = {cases[i].text, 0}};
        const struct smc_build_options options = {.struct_size = sizeof options,
                                                  .load_generated = load,
                                                  .generated_lost = note_lost,
                                                  .generated_context = &lost};
        struct file file;
        assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
        assert_int_equal(lost.n_calls, cases[i].n_calls);
        assert_int_equal(lost.line, cases[i].line);
        assert_int_equal(lost.column, cases[i].column);
        assert_true((lost.reason != NULL) == (cases[i].n_calls > 0));
        file_free(&file);
    }
    text_free(&map);
}

/* ---- the recipe digest ---- */

static void assert_recipe(const char *members, const struct smc_build_options *options,
                          int needs_generated)
{
    struct text map = map_text("AAAA", members);
    uint8_t wanted[16], other[16];
    struct smc_info info;
    struct file file;

    assert_int_equal(smc_build_recipe(options, needs_generated, wanted), SMC_BUILD_OK);
    assert_int_equal(smc_build_recipe(options, !needs_generated, other), SMC_BUILD_OK);
    assert_memory_not_equal(wanted, other, sizeof wanted);
    assert_int_equal(try_build_with(&map, options, &file, NULL, NULL), SMC_BUILD_OK);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_memory_equal(info.recipe_digest, wanted, sizeof wanted);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* It has the generated file, or that there was none, only if that had a say. */
static void the_recipe(void **state)
{
    static const char whole[] = SOURCES ",\"sourcesContent\":[\"f()\"]";
    static const uint8_t ids[2][16] = {{1}, {2}};
    struct generated generated = {THREE, 0};
    struct smc_build_options options = {.struct_size = sizeof options};
    uint8_t digests[4][2][16]; /* needed or not */

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        options.load_generated = i == 0 ? NULL : load;
        options.generated_context = &generated;
        options.generated_id = i < 2 ? NULL : ids[i - 2];
        assert_recipe(whole, &options, 0);
        assert_recipe(SOURCES, &options, 1);
        for (int needs = 0; needs < 2; needs++) {
            assert_int_equal(smc_build_recipe(&options, needs, digests[i][needs]), SMC_BUILD_OK);
        }
        for (size_t k = 0; k < i; k++) {
            assert_memory_equal(digests[i][0], digests[k][0], 16);
            assert_memory_not_equal(digests[i][1], digests[k][1], 16);
        }
    }
    options.functions = SMC_BUILD_FUNCTIONS_NONE;
    for (int needs = 0; needs < 2; needs++) {
        assert_int_equal(smc_build_recipe(&options, needs, digests[needs][0]), SMC_BUILD_OK);
    }
    assert_memory_equal(digests[0][0], digests[1][0], 16);
}

/* It fails for that reason, or its file is the same. */
static void each_allocation_of_a_build_may_fail(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct generated generated = {THREE "(()=>{})()", 0};
    const struct smc_build_options options = {
        .struct_size = sizeof options, .load_generated = load, .generated_context = &generated};
    struct text map = map_text("AAAA,SAAAA,cCAA,cDAAC",
                               "\"sources\":[\"a.ts\",\"b.ts\"],\"sourcesContent\":[null,"
                               "\"class C { m(): T { return () => 1 } }\"]" NAMES);
    struct file good, file;
    size_t n_calls, n = 0;

    assert_int_equal(try_build_with(&map, &options, &good, NULL, NULL), SMC_BUILD_OK);
    assert_tokens(&good, "first first new C second");
    do {
        const size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        const smc_build_status status = try_build_with(&map, &options, &file, NULL, NULL);
        hook.fail_at = 0;
        n_calls = hook.n_calls;
        assert_int_equal(status, n <= n_calls ? SMC_BUILD_E_MEMORY : SMC_BUILD_OK);
        if (status == SMC_BUILD_OK) {
            assert_int_equal(file.nbytes, good.nbytes);
            assert_memory_equal(file.bytes, good.bytes, good.nbytes);
            file_free(&file);
        }
        assert_int_equal(hook.n_live, n_live);
    } while (n <= n_calls);
    assert_true(n > 50);
    file_free(&good);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_a_map),
        cmocka_unit_test(a_name_that_comes_late),
        cmocka_unit_test(when_it_is_asked_for),
        cmocka_unit_test(answers_of_the_loader),
        cmocka_unit_test(the_place_where_it_is_lost),
        cmocka_unit_test(the_recipe),
        cmocka_unit_test(each_allocation_of_a_build_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
