/*
 * Documents that follow each other, each of which is looked at whole before it is translated: events name their images
 * behind their frames. What can be answered is, and what is too large to be held is not.
 */
#include "tests/unit/rewriting.h"

static struct rewriting_world world;

static int open_world(void **state)
{
    (void)state;
    rewriting_world_open(&world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    rewriting_world_close(&world);
    return 0;
}

#define EVENT(file, line, column, rest)                                                            \
    "{\"stacktrace\":{\"frames\":[{\"function\":\"beta\",\"filename\":\"" file                     \
    "\",\"abs_path\":\"" file "\",\"lineno\":" line ",\"colno\":" column "}]}" rest "}"
#define IMAGES                                                                                     \
    ",\"debug_meta\":{\"images\":[{\"type\":\"sourcemap\",\"code_file\":\"x.js\",\"debug_"         \
    "id\":\"" APP_DEBUG_ID "\"}]}"

/* A rewriter that is fed by hand. */
struct feeding {
    smc_rewriter *rewriter;
    struct text out;
};

static int add_output(void *context, const void *bytes, size_t nbytes)
{
    text_add(context, bytes, nbytes);
    return 0;
}

static void start(struct feeding *feeding, uint32_t format)
{
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .format = format,
                                                .n_context = SMC_REWRITE_NO_CONTEXT,
                                                .sink = add_output,
                                                .sink_context = &feeding->out};
    feeding->out = (struct text){0};
    text_puts(&feeding->out, "");
    assert_int_equal(smc_rewriter_open(&options, &feeding->rewriter, NULL), SMC_REWRITE_OK);
}

static void feed(struct feeding *feeding, const char *text)
{
    assert_int_equal(smc_rewriter_feed(feeding->rewriter, text, strlen(text), NULL),
                     SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_flush(feeding->rewriter, 1, NULL), SMC_REWRITE_OK);
}

static void stop(struct feeding *feeding)
{
    assert_int_equal(smc_rewriter_finish(feeding->rewriter, NULL), SMC_REWRITE_OK);
    smc_rewriter_close(feeding->rewriter);
    text_free(&feeding->out);
}

/* Of what is written since the last time. */
static void assert_next(struct feeding *feeding, size_t *done, const char *wanted)
{
    assert_string_equal(feeding->out.data + *done, wanted);
    *done = feeding->out.nbytes;
}

static void each_is_answered_when_it_is_whole(void **state)
{
    static const uint32_t formats[] = {SMC_FORMAT_UNKNOWN, SMC_FORMAT_JSON,
                                       SMC_FORMAT_SENTRY_EVENT};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        struct feeding feeding;
        size_t done = 0;
        start(&feeding, formats[i]);
        feed(&feeding, EVENT("x.js", "1", "41", IMAGES) "\n");
        assert_next(&feeding, &done, EVENT("src/app.ts", "5", "9", IMAGES) "\n");
        feed(&feeding, "{\"a\":[1");
        assert_next(&feeding, &done, "");
        feed(&feeding, "]}\n" EVENT("x.js", "1", "41", "") "\n7");
        assert_next(&feeding, &done, "{\"a\":[1]}\n" EVENT("x.js", "1", "41", "") "\n7");
        stop(&feeding);
    }
}

/* Of profiles nobody waits for the end. */
static void profiles_are_not_held(void **state)
{
    static const char frame[] = "{\"nodes\":[{\"callFrame\":{\"functionName\":\"\",\"url\":\"app."
                                "js\",\"lineNumber\":0,\"columnNumber\":10}}";
    struct feeding feeding;
    size_t done = 0;

    (void)state;
    start(&feeding, SMC_FORMAT_UNKNOWN);
    feed(&feeding, frame);
    assert_next(&feeding, &done,
                "{\"nodes\":[{\"callFrame\":{\"functionName\":\"alpha\",\"url\":\"src/app."
                "ts\",\"lineNumber\":0,\"columnNumber\":14}}");
    feed(&feeding, ",{");
    assert_next(&feeding, &done, ",");
    feed(&feeding, "}]");
    assert_next(&feeding, &done, "{}]");
    feed(&feeding, "}\n[1,");
    assert_next(&feeding, &done, "}\n[1,");
    feed(&feeding, "2]\n{\"traceEvents\":");
    assert_next(&feeding, &done, "2]\n{\"traceEvents\":");
    feed(&feeding, "[]}");
    stop(&feeding);
}

/* A document of more bytes than the limit, the images `behind` so many of them; it is mapped with these images only. */
static void assert_large(size_t behind, int surveys, int is_mapped)
{
    struct rewriting how = {
        .format = SMC_FORMAT_JSON, .n_context = SMC_REWRITE_NO_CONTEXT, .surveys = surveys};
    const char head[] = EVENT("x.js", "1", "41", "");
    struct text input = {0};
    size_t cuts[7];

    text_puts(&input, EVENT("x.js", "1", "41", IMAGES) "\n");
    const size_t start_off = input.nbytes;
    text_add(&input, head, sizeof head - 2);
    text_repeat(&input, ' ', start_off + behind - input.nbytes);
    text_puts(&input, IMAGES);
    text_repeat(&input, ' ', SMC_REWRITE_DOCUMENT_NBYTES_MAX);
    text_puts(&input, "}\n" EVENT("x.js", "1", "41", IMAGES));
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        cuts[i] = input.nbytes / (COUNT_OF(cuts) + 1) * (i + 1);
    }
    for (size_t n = 0; n <= COUNT_OF(cuts); n += COUNT_OF(cuts)) {
        how.cuts = cuts;
        how.n_cuts = n;
        assert_int_equal(rewrite(&world, &how, input.data, input.nbytes), SMC_REWRITE_OK);
        assert_int_equal(how.counts.n_frames, 3);
        assert_int_equal(how.counts.n_mapped, 2 + is_mapped);
        text_free(&how.out);
    }
    text_free(&input);
}

static void large_documents(void **state)
{
    const size_t images_nbytes = sizeof IMAGES - 1 - 2; /* without the brackets behind them */

    (void)state;
    assert_large(1000, 0, 1);
    assert_large(SMC_REWRITE_DOCUMENT_NBYTES_MAX - images_nbytes, 0, 1);
    assert_large(SMC_REWRITE_DOCUMENT_NBYTES_MAX - images_nbytes + 1, 0, 0);
    assert_large(SMC_REWRITE_DOCUMENT_NBYTES_MAX - images_nbytes + 1, 1, 1);
}

/* What is looked at is not decided to be JSON. */
static void survey_of_text(void **state)
{
    static const char *const inputs[] = {"Error: x\n    at a (app.js:1:41)\n",
                                         "{\"level\":1,\"x\":\"    at a (app.js:1:41)\"}\n"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        struct rewriting how = {.surveys = 1};
        assert_int_equal(rewrite(&world, &how, inputs[i], strlen(inputs[i])), SMC_REWRITE_OK);
        assert_int_equal(how.counts.format, SMC_FORMAT_TEXT);
        assert_int_equal(how.counts.n_mapped, 1);
        text_free(&how.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_answered_when_it_is_whole),
        cmocka_unit_test(profiles_are_not_held),
        cmocka_unit_test(large_documents),
        cmocka_unit_test(survey_of_text),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
