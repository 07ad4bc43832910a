/*
 * What is written from text beside text: lists of frames and folded stacks; hostile names in maps; sinks that fail; memory
 * that runs out; options that nobody knows.
 */
#include "tests/unit/malloc_hook.h"

#include "tests/unit/rewrite_run.h"

static struct stack_world world; /* of the test that runs */
static struct rewrite_run run;

static int open_world(void **state)
{
    (void)state;
    stack_world_open(&world, NULL);
    run = (struct rewrite_run){.world = &world};
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    stack_world_close(&world);
    return 0;
}

/* ---- FRAMES ---- */

static void frames(void **state)
{
    (void)state;
    run.options.output = SMC_OUTPUT_FRAMES;
    assert_text(
        &run,
        "Error: \"x\"\n  at t (app.js:1:91)\n  at Array.map (native)\n"
        "at u (missing_source:1:0)\n",
        "{\"frame\":0,\"stack\":0,\"url\":\"app.js\",\"line\":1,\"column\":91,"
        "\"generated_function\":\"t\",\"mapped\":true,\"reason\":null,\"rule\":\"url\","
        "\"file\":\"app.js.map\",\"source\":\"a.ts\",\"source_line\":10,\"source_column\":7,"
        "\"name\":null,\"function\":\"last\",\"function_kind\":\"named\","
        "\"function_origin\":\"scopes\",\"ignored\":false,\"inlined\":false}\n"
        "{\"frame\":0,\"stack\":0,\"url\":\"app.js\",\"line\":1,\"column\":91,"
        "\"generated_function\":\"t\",\"mapped\":true,\"reason\":null,\"rule\":\"url\","
        "\"file\":\"app.js.map\",\"source\":\"a.ts\",\"source_line\":61,\"source_column\":4,"
        "\"name\":null,\"function\":\"first\",\"function_kind\":\"named\","
        "\"function_origin\":\"scopes\",\"ignored\":false,\"inlined\":true}\n"
        "{\"frame\":1,\"stack\":0,\"url\":null,\"line\":null,\"column\":null,"
        "\"generated_function\":\"Array.map\",\"mapped\":false,\"reason\":\"no_location\","
        "\"rule\":null,\"file\":null,\"source\":null,\"source_line\":null,"
        "\"source_column\":null,\"name\":null,\"function\":\"Array.map\","
        "\"function_kind\":null,\"function_origin\":\"engine\",\"ignored\":false,"
        "\"inlined\":false}\n"
        "{\"frame\":2,\"stack\":0,\"url\":\"missing_source\",\"line\":1,\"column\":null,"
        "\"generated_function\":\"u\",\"mapped\":false,\"reason\":\"missing_source\","
        "\"rule\":\"url\",\"file\":\"app.js.map\",\"source\":null,\"source_line\":null,"
        "\"source_column\":null,\"name\":null,\"function\":\"u\",\"function_kind\":null,"
        "\"function_origin\":\"engine\",\"ignored\":false,\"inlined\":false}\n");
    run.options.flags = SMC_REWRITE_HIDE_IGNORED;
    assert_text(&run, "at t (app.js:1:41)\n", "");
}

/* How many lines, and that each is an object whose first key is "frame". */
static size_t count_objects(const struct text *out)
{
    size_t n = 0;

    for (const char *line = out->data; *line != 0; line = strchr(line, '\n') + 1) {
        assert_int_equal(strncmp(line, "{\"frame\":", 9), 0);
        assert_int_equal(strchr(line, '\n')[-1], '}');
        n++;
    }
    return n;
}

static void frames_of_many_stacks(void **state)
{
    struct text input = {0};

    (void)state;
    run.options.output = SMC_OUTPUT_FRAMES;
    for (int i = 0; i < 10000; i++) {
        text_puts(&input, i % 3 == 0 ? "Error\n" : "at t (app.js:1:11)\n");
    }
    struct text out = rewritten(&run, input.data, input.nbytes, 4000);
    assert_int_equal(count_objects(&out), 6666);
    assert_non_null(strstr(out.data, "{\"frame\":6665,\"stack\":3332,"));
    text_free(&out);
    text_free(&input);
}

static const char *visited;

static void visit(void *context, const struct smc_generated_frame *generated,
                  const struct smc_original_frame *original)
{
    assert_ptr_equal(context, &run);
    assert_view_string(generated->url, "app.js");
    assert_view_string(original->name, visited);
    visited = NULL;
}

static void visiting(void **state)
{
    (void)state;
    run.options.output = SMC_OUTPUT_FRAMES;
    run.options.visit = visit;
    run.options.visit_context = &run;
    visited = "Checkout.submit";
    struct text out = rewritten(&run, "at t (app.js:1:11)\n", 19, 0);
    assert_null(visited);
    assert_int_equal(out.nbytes, 0);
    text_free(&out);
}

/* ---- FOLDED ---- */

static void folded(void **state)
{
    (void)state;
    run.options.output = SMC_OUTPUT_FOLDED;
    assert_text(&run,
                "Error\n at t (app.js:1:61)\n at f (native)\n at u (app.js:1:11)\n\n"
                "no stack\nt@no.js:7:8\n@app.js:1:1\n-\nx at t (app.js:1:41), y @app.js:1:121\n",
                "Checkout.submit (a.ts:2);f;outer (lib.ts:61);middle (a.ts:61);inner (a.ts:7) 1\n"
                "(anonymous) (a.ts:1);t (no.js:7) 1\nlib.run (lib.ts:5) 1\n"
                "get Cart.total 1\n");
    run.options.flags = SMC_REWRITE_HIDE_IGNORED;
    assert_text(&run, "at t (app.js:1:41)\nat t (app.js:1:61)\n\nat t (app.js:1:41)\n",
                "middle (a.ts:61);inner (a.ts:7) 1\n");
}

/* ---- hostile texts in maps ---- */

/* U+202E and U+061C, which have a terminal show text in another order; as a string the linter would not have them. */
static const char right_to_left[] = {(char)0xe2, (char)0x80, (char)0xae, 0};
static const char arabic_mark[] = {(char)0xd8, (char)0x9c, 0};

static const char *const hostile_texts[] = {
    "a\nb",
    "a\r\n    at evil (app.js:1:1)",
    "\x1b[2J\x07",
    "a\tb",
    "\xc2\x85\xc2\x9b",
    right_to_left,
    arabic_mark,
    "\xe2\x80\xa8\xe2\x80\xa9",
    "\"",
    "a\"b\\c",
    "\\",
    "\\n",
    "'; DROP",
    "a (b:1:1)",
    "<str>",
    "\xed\xa0\x80x",
    "a;b 3",
    "\x7f",
    " ",
};

/* No line more or less, nothing that drives a terminal, and a JSON string stays one. */
static void assert_tame(const struct text *out, size_t n_lines)
{
    size_t n = 0;

    for (size_t i = 0; i < out->nbytes; i++) {
        const unsigned char c = (unsigned char)out->data[i];
        assert_true((c >= 0x20 && c != 0x7f) || c == '\n');
        n += c == '\n';
        if (c == 0xc2) {
            assert_true((unsigned char)out->data[i + 1] >= 0xa0);
        }
    }
    assert_int_equal(n, n_lines);
    assert_null(strstr(out->data, right_to_left));
    assert_null(strstr(out->data, arabic_mark));
}

/* The end of a JSON string that begins at a quote; NULL if it has none, or a wrong escape. */
static const char *end_of_string(const char *p)
{
    for (p++; *p != '"'; p++) {
        if ((unsigned char)*p < 0x20) {
            return NULL;
        }
        if (*p == '\\' && (p[1] == 0 || strchr("\"\\/bfnrtu", *++p) == NULL)) {
            return NULL;
        }
    }
    return p;
}

static void assert_strings(const struct text *out)
{
    for (const char *p = strchr(out->data, '"'); p != NULL; p = strchr(p + 1, '"')) {
        const char *end = end_of_string(p);
        if (end == NULL) {
            fail_msg("no string: %s", p);
        }
        p = end;
    }
}

static size_t count_of(const struct text *out, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < out->nbytes; i++) {
        n += out->data[i] == c;
    }
    return n;
}

static void try_hostile(const struct world_texts *texts)
{
    static const char lines[] = "at t (app.js:1:11)\nu@app.js:1:21\nat v (app.js:1:21)\n",
                      strings[] = "{\"a\":\"\\n at t (app.js:1:11)\\n at u (app.js:1:51)\\n at v "
                                  "(app.js:1:21)\",\"b\":\"at t (app.js:1:11)\"}\n"
                                  "{\"c\":\"e (eval at t (app.js:1:11), <anonymous>:1:1)\","
                                  "\"d\":\"at e (eval at t (app.js:1:11), <anonymous>:1:1)\"}\n",
                      twice[] = "{\"log\":\"{\\\"a\\\":\\\"\\\\n at t (app.js:1:11)\\\\n at u "
                                "(app.js:1:51)\\\\n at v (app.js:1:21)\\\"}\"}\n";
    stack_world_close(&world);
    stack_world_open(&world, texts);
    for (unsigned flags = 0; flags < 4; flags++) {
        run.options.flags = flags;
        run.options.output = SMC_OUTPUT_SAME;
        struct text out = rewritten(&run, lines, sizeof lines - 1, 0);
        assert_tame(&out, 3);
        text_free(&out);
        out = rewritten(&run, strings, sizeof strings - 1, 0);
        assert_tame(&out, 2);
        assert_strings(&out);
        text_free(&out);
        out = rewritten(&run, twice, sizeof twice - 1, 0);
        assert_tame(&out, 1);
        assert_strings(&out);
        text_free(&out);
        run.options.output = SMC_OUTPUT_FOLDED;
        out = rewritten(&run, lines, sizeof lines - 1, 0);
        assert_tame(&out, 1);
        assert_int_equal(count_of(&out, ';'), 2);
        text_free(&out);
        run.options.output = SMC_OUTPUT_FRAMES;
        out = rewritten(&run, lines, sizeof lines - 1, 0);
        assert_int_equal(count_objects(&out), 3);
        assert_strings(&out);
        text_free(&out);
    }
}

static void hostile_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hostile_texts); i++) {
        const struct world_texts texts[] = {{.source = hostile_texts[i]},
                                            {.function = hostile_texts[i]},
                                            {.token = hostile_texts[i]}};
        for (size_t k = 0; k < COUNT_OF(texts); k++) {
            try_hostile(&texts[k]);
        }
    }
}

/* What the engine wrote is not made tame where it stays, and is where it is written anew. */
static void hostile_names_of_engines(void **state)
{
    (void)state;
    assert_text(&run, "at a\x1b[2Jb (missing_source:1:1)\n", "at a\x1b[2Jb (missing_source:1:1)\n");
    assert_text(&run, "at a\x1b[2Jb (app.js:1:51)\n", "at a\xef\xbf\xbd[2Jb (a.ts:6:2)\n");
    assert_text(&run, "\"\\n at a\\u001bb\\\"c\\\\d\\/e (app.js:1:51)\"",
                "\"\\n at a\xef\xbf\xbd"
                "b\\\"c\\\\d/e (a.ts:6:2)\"");
    assert_text(&run, "\"\\n at x (https:\\/\\/example.com\\/app.js:1:51)\"",
                "\"\\n at x (a.ts:6:2)\"");
    assert_text(&run, "\"\\n at \\u0041\\u00e9\\u20ac (\\u0061pp.js:1:51)\"",
                "\"\\n at A\xc3\xa9\xe2\x82\xac (a.ts:6:2)\"");
}

/* Frames with escapes, and longer ones without, in one stack. */
static void texts_of_frames_stay(void **state)
{
    struct text input = {0}, wanted = {0};

    (void)state;
    text_puts(&input, "x \\\"at f\\\\\\\"g (app.js:1:51)\\\"\n");
    text_puts(&wanted, "x \\\"at f\\\\\\\"g (a.ts:6:2)\\\"\n");
    for (int i = 0; i < 20; i++) {
        text_puts(&input, "   at ");
        text_repeat(&input, 'x', 700);
        text_puts(&input, " (no.js:1:51)\n");
        text_puts(&wanted, "   at ");
        text_repeat(&wanted, 'x', 700);
        text_puts(&wanted, " (no.js:1:51)\n");
    }
    assert_text(&run, input.data, wanted.data);
    text_free(&input);
    text_free(&wanted);
}

/* ---- sinks ---- */

static void a_sink_that_fails(void **state)
{
    struct text input = {0};

    (void)state;
    for (int i = 0; i < 60000; i++) {
        text_puts(&input, i % 100 == 0 ? "Error\n" : "at t (app.js:1:11)\n");
    }
    for (size_t taken = 1; taken < 1000000; taken *= 7) {
        struct smc_rewrite_error error = {SMC_REWRITE_OK, NULL, 0};
        smc_rewrite_status status = SMC_REWRITE_OK;
        run.sink_nbytes = taken;
        rewrite_open(&run);
        for (size_t off = 0; off < input.nbytes && status == SMC_REWRITE_OK; off += 5000) {
            const size_t n = input.nbytes - off < 5000 ? input.nbytes - off : 5000;
            status = smc_rewriter_feed(run.rewriter, input.data + off, n, &error);
        }
        assert_int_equal(status, SMC_REWRITE_E_SINK);
        assert_int_equal(error.status, SMC_REWRITE_E_SINK);
        assert_non_null(error.reason);
        /* And so it stays: the sink is not asked again. */
        assert_int_equal(smc_rewriter_feed(run.rewriter, "x", 1, NULL), SMC_REWRITE_E_SINK);
        assert_int_equal(smc_rewriter_flush(run.rewriter, 0, NULL), SMC_REWRITE_E_SINK);
        assert_int_equal(smc_rewriter_finish(run.rewriter, NULL), SMC_REWRITE_E_SINK);
        smc_rewriter_close(run.rewriter);
        text_free(&run.out);
    }
    text_free(&input);
}

/* ---- no memory ---- */

static int take_nothing(void *context, const void *bytes, size_t nbytes)
{
    (void)context;
    (void)bytes;
    (void)nbytes;
    return 0;
}

/* No asserts in there: they would leave the hook armed. */
static smc_rewrite_status use_all(uint32_t output)
{
    static const char input[] =
        "Error\n  at t (app.js:1:51)\n  at u (app.js:1:91)\n  at e (eval at t (app.js:1:11), "
        "<anonymous>:1:1)\n\"\\n at f\\\"g (app.js:1:41)\\n at u (app.js:1:121)\"\nx at t "
        "(app.js:1:11) at u (app.js:1:11), at v (app.js:1:11)\n";
    static const struct smc_rewrite_image image = {{"app.js", 6}, {1}};
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .sink = take_nothing,
                                                .output = output,
                                                .format = SMC_FORMAT_TEXT,
                                                .flags = SMC_REWRITE_ANNOTATE,
                                                .images = &image,
                                                .n_images = 1};
    smc_rewriter *rewriter;
    smc_rewrite_status status = smc_rewriter_open(&options, &rewriter, NULL);

    for (size_t off = 0; off < sizeof input - 1 && status == SMC_REWRITE_OK; off += 40) {
        const size_t n = sizeof input - 1 - off < 40 ? sizeof input - 1 - off : 40;
        status = smc_rewriter_feed(rewriter, input + off, n, NULL);
        status = status == SMC_REWRITE_OK && off % 3 == 0
                     ? smc_rewriter_flush(rewriter, off % 2 == 0, NULL)
                     : status;
    }
    status = status == SMC_REWRITE_OK ? smc_rewriter_finish(rewriter, NULL) : status;
    smc_rewriter_close(rewriter);
    return status;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    for (uint32_t output = 0; output <= SMC_OUTPUT_FOLDED; output++) {
        size_t n = 0;
        do {
            /* A symbolicator keeps what it has asked for. */
            stack_world_reopen(&world, (struct smc_symbolicator_options){0});
            hook.n_calls = 0;
            hook.fail_at = ++n;
            const smc_rewrite_status status = use_all(output);
            hook.fail_at = 0;
            if (status != (n <= hook.n_calls ? SMC_REWRITE_E_MEMORY : SMC_REWRITE_OK)) {
                fail_msg("output %u, allocation %zu: %d", output, n, (int)status);
            }
        } while (n <= hook.n_calls);
        assert_in_range(n, 10, 100);
    }
}

/* ---- options ---- */

static void unknown_options(void **state)
{
    const struct smc_rewrite_options good = {
        .struct_size = sizeof good, .symbolicator = world.symbolicator, .sink = take_nothing};
    struct smc_rewrite_options bad[7];
    smc_rewriter *rewriter = (void *)&rewriter;
    struct smc_rewrite_error error;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        bad[i] = good;
    }
    bad[0].struct_size--;
    bad[1].symbolicator = NULL;
    bad[2].sink = NULL;
    bad[3].format = SMC_FORMAT_NODE_REPORT + 1;
    bad[4].output = SMC_OUTPUT_FOLDED + 1;
    bad[5].flags = 1u << 31;
    bad[6].struct_size = 0;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(smc_rewriter_open(&bad[i], &rewriter, &error), SMC_REWRITE_E_OPTION);
        assert_null(rewriter);
        assert_int_equal(error.status, SMC_REWRITE_E_OPTION);
        assert_non_null(error.reason);
        assert_int_equal(smc_rewriter_open(&bad[i], &rewriter, NULL), SMC_REWRITE_E_OPTION);
    }
    assert_int_equal(smc_rewriter_open(NULL, &rewriter, &error), SMC_REWRITE_E_OPTION);
    smc_rewriter_close(NULL);
    assert_int_equal(smc_rewriter_open(&good, &rewriter, NULL), SMC_REWRITE_OK);
    smc_rewriter_close(rewriter); /* without its end */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(frames),
        TEST(frames_of_many_stacks),
        TEST(visiting),
        TEST(folded),
        TEST(hostile_names),
        TEST(hostile_names_of_engines),
        TEST(texts_of_frames_stay),
        TEST(a_sink_that_fails),
        TEST(each_allocation_may_fail),
        TEST(unknown_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
