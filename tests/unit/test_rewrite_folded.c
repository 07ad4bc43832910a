/*
 * Folded stacks, and lists of frames, of what is JSON.
 */
#include "tests/unit/rewriting.h"

#include "src/rewrite/json_fold.h"

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

static const struct rewriting folded = {.format = SMC_FORMAT_JSON, .output = SMC_OUTPUT_FOLDED};

#define ALPHA "alpha (src/app.ts:1)"
#define BETA "beta (src/app.ts:4)"
#define LIB "lib (node_modules/lib/x.js:1)"

#define CALL(name, column)                                                                         \
    "\"callFrame\":{\"functionName\":\"" name                                                      \
    "\",\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":" column "}"
#define ROOT                                                                                       \
    "\"callFrame\":{\"functionName\":\"(root)\",\"url\":\"\",\"lineNumber\":-1,\"columnNumber\":-" \
    "1}"
#define IDLE                                                                                       \
    "\"callFrame\":{\"functionName\":\"(idle)\",\"url\":\"\",\"lineNumber\":-1,\"columnNumber\":-" \
    "1}"
/* Two nodes are of one function, called by the same: one stack. */
#define NODES                                                                                      \
    "\"nodes\":[{\"id\":1," ROOT ",\"children\":[2,5]},{\"id\":2," CALL(                           \
        "a", "10") ",\"hitCount\":1,\"children\":[3,4]},"                                          \
                   "{\"id\":3," CALL("b", "30") ",\"hitCount\":2},{\"id\":4," CALL(                \
                       "x", "30") ",\"hitCount\":3},"                                              \
                                  "{\"id\":5," IDLE ",\"hitCount\":4}]"

static void cpuprofile(void **state)
{
    (void)state;
    assert_rewritten(&world, &folded, "{" NODES "}", ALPHA " 1\n" ALPHA ";" BETA " 5\n(idle) 4\n");
    assert_rewritten(&world, &folded, "{" NODES ",\"samples\":[3,4,5,3]}",
                     ALPHA ";" BETA " 3\n(idle) 1\n");
    assert_rewritten(&world, &folded,
                     "{\"timeDeltas\":[10,20,-5,700],\"samples\":[3,4,5,3]," NODES "}",
                     ALPHA ";" BETA " 730\n");
    assert_rewritten(&world, &folded, "{" NODES ",\"samples\":[3,77,1]}", ALPHA ";" BETA " 1\n");
}

static void chrome_trace(void **state)
{
    (void)state;
    assert_rewritten(
        &world, &folded,
        "{\"traceEvents\":[{\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[{\"id\":1," ROOT
        "},{\"id\":2,\"parent\":1," CALL(
            "a", "10") "}],\"samples\":[2]},\"timeDeltas\":[7]}},\"id\":\"0x1\",\"pid\":9},"
                       "{\"args\":{\"data\":{\"functionName\":\"z\",\"stackTrace\":[{"
                       "\"functionName\":\"z\"}]}}},"
                       "{\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[{\"id\":2," CALL(
                           "b", "30") "}],\"samples\":[2,2]},\"timeDeltas\":[1,1]}},\"id\":\"0x2\","
                                      "\"pid\":9},"
                                      "{\"pid\":9,\"id\":\"0x1\",\"args\":{\"data\":{"
                                      "\"timeDeltas\":[5,3],\"cpuProfile\":{\"samples\":[3,2],"
                                      "\"nodes\":[{\"id\":3,\"parent\":2," CALL("l",
                                                                                "60") "}]}}}}]}",
        ALPHA " 10\n" BETA " 2\n" ALPHA ";" LIB " 5\n");
}

static void heapprofile(void **state)
{
    (void)state;
    assert_rewritten(
        &world, &folded,
        "{\"head\":{" ROOT ",\"selfSize\":0,\"children\":[{\"selfSize\":9,\"children\":[{" CALL(
            "b", "30") ",\"selfSize\":100,\"children\":[]}]," CALL("a", "10") "}]},\"samples\":[]}",
        ALPHA " 9\n" ALPHA ";" BETA " 100\n");
    /* What is no node is none. */
    assert_rewritten(&world, &folded,
                     "{\"head\":{" CALL("a", "10") ",\"children\":[7,null,\"x\",{" CALL(
                         "b", "30") ",\"selfSize\":1}],\"selfSize\":2}}",
                     ALPHA " 2\n" ALPHA ";" BETA " 1\n");
}

static void speedscope(void **state)
{
#define FRAMES                                                                                     \
    "\"shared\":{\"frames\":[{\"name\":\"a\",\"file\":\"app.js\",\"line\":1,\"col\":11},"          \
    "{\"name\":\"b\",\"file\":\"app.js\",\"line\":1,\"col\":31},{\"name\":\"nat;ive\"}]}"
    (void)state;
    assert_rewritten(
        &world, &folded,
        "{\"profiles\":[{\"type\":\"sampled\",\"samples\":[[0],[0,1],[],[2],[0,1],[9,2]],"
        "\"weights\":[1,0.25,7,1e3,0.5,2]},{\"type\":\"evented\",\"events\":["
        "{\"type\":\"O\",\"frame\":0,\"at\":10},{\"type\":\"O\",\"frame\":1,\"at\":12.5},"
        "{\"type\":\"C\",\"frame\":1,\"at\":15},{\"type\":\"C\",\"frame\":0,\"at\":16}]}]," FRAMES
        "}",
        ALPHA " 4.5\n" ALPHA ";" BETA " 3.25\nnat,ive 1002\n");
    assert_rewritten(&world, &folded,
                     "{" FRAMES ",\"profiles\":[{\"type\":\"sampled\",\"samples\":[[0],[0,1]]}]}",
                     ALPHA " 1\n" ALPHA ";" BETA " 1\n");
}

static void sentry_profile(void **state)
{
    (void)state;
    assert_rewritten(&world, &folded,
                     "{\"profile\":{\"samples\":[{\"stack_id\":1},{\"stack_id\":0,\"thread_id\":"
                     "\"1\"},{\"stack_id\":1},"
                     "{\"stack_id\":5}],\"stacks\":[[0],[1,0]],\"frames\":["
                     "{\"function\":\"a\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":11},"
                     "{\"function\":\"b\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":31}]}}",
                     ALPHA " 1\n" ALPHA ";" BETA " 2\n");
}

static void hermes_profile(void **state)
{
    (void)state;
    assert_rewritten(
        &world, &folded,
        "{\"traceEvents\":[],\"samples\":[{\"sf\":3,\"weight\":\"2\"},{\"sf\":2,\"weight\":\"1\"},{"
        "\"sf\":3}],"
        "\"stackFrames\":{\"1\":{\"name\":\"[root]\"},\"3\":{\"line\":\"1\",\"column\":\"41\","
        "\"name\":\"b(app.js:1:41)\",\"parent\":2},\"2\":{\"line\":\"1\",\"column\":\"21\","
        "\"name\":\"a(app.js:1:21)\",\"parent\":1}}}",
        "alpha (src/app.ts:2) 1\nalpha (src/app.ts:2);beta (src/app.ts:5) 3\n");
}

#define EVENT(frames) "{\"stacktrace\":{\"frames\":[" frames "]}}\n"
#define AT(column) "{\"filename\":\"app.js\",\"lineno\":1,\"colno\":" column "}"

/* Of each stack of an event; equal ones are one line, in whichever document they are. */
static void events(void **state)
{
    struct rewriting hides = folded;

    (void)state;
    assert_rewritten(&world, &folded,
                     EVENT(AT("21") "," AT("41")) EVENT(AT("21") "," AT("61"))
                         EVENT(AT("21") ",null," AT("41")) EVENT(""),
                     "alpha (src/app.ts:2);beta (src/app.ts:5) 2\nalpha (src/app.ts:2);" LIB
                     " 1\n");
    hides.flags = SMC_REWRITE_HIDE_IGNORED;
    assert_rewritten(&world, &hides, EVENT(AT("21") "," AT("61")), "alpha (src/app.ts:2) 1\n");
    assert_rewritten(&world, &folded,
                     "{\"callstack\":[{\"FunctionID\":1,\"SegmentID\":0,\"ByteCodeOffset\":10},"
                     "{\"FunctionID\":0,\"SegmentID\":0,\"ByteCodeOffset\":10}]}",
                     "alpha (src/app.ts:2);beta (src/app.ts:5) 1\n");
}

/* Parents in a circle, or nowhere, and each kind of number that is none. */
static void nonsense(void **state)
{
    static const char *const inputs[] = {
        "{\"nodes\":[{\"id\":1,\"parent\":2," CALL(
            "a", "10") ",\"hitCount\":2},{\"id\":2,\"parent\":1,\"hitCount\":1}]}",
        "{\"nodes\":[{\"id\":1,\"parent\":1," CALL(
            "a", "10") ",\"hitCount\":2,\"children\":[1,-1,{}]}]}",
        "{\"nodes\":[{\"id\":1,\"parent\":99," CALL(
            "a", "10") ",\"hitCount\":2},7,{},{\"id\":-1},"
                       "{\"id\":\"x\",\"hitCount\":[]}],\"timeDeltas\":[{},[],\"\"]}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        assert_rewritten(&world, &folded, inputs[i], ALPHA " 2\n");
    }
    assert_rewritten(
        &world, &folded,
        "{\"nodes\":[[]],\"head\":[{}],\"profile\":{\"stacks\":[7,{},[1,2]],\"samples\":[7,{}],"
        "\"frames\":[1]},\"profiles\":[7,{\"events\":[7,{}],\"weights\":[{}],\"samples\":[7]}],"
        "\"stackFrames\":{\"x\":{},\"\":7},\"samples\":[{},7,\"\"]}",
        "");
}

static void list_of_frames(void **state)
{
    struct rewriting frames = {.format = SMC_FORMAT_JSON, .output = SMC_OUTPUT_FRAMES};
    static const char event[] = EVENT(AT("21") ",7," AT("61") ",{\"filename\":\"no.js\"}");

    (void)state;
    assert_int_equal(rewrite(&world, &frames, event, sizeof event - 1), SMC_REWRITE_OK);
    assert_non_null(strstr(frames.out.data,
                           "{\"frame\":0,\"stack\":0,\"url\":\"app.js\",\"line\":1,"
                           "\"column\":21,"));
    assert_non_null(strstr(frames.out.data, "\n{\"frame\":1,"));
    assert_non_null(strstr(frames.out.data, "\n{\"frame\":2,"));
    assert_null(strstr(frames.out.data, "\n{\"frame\":3,"));
    assert_int_equal(frames.counts.n_stacks, 1);
    assert_int_equal(frames.counts.n_frames, 3);
    assert_int_equal(frames.counts.n_mapped, 2);
    assert_int_equal(frames.counts.n_reasons[SMC_REASON_MISSING_SOURCE], 1);
    text_free(&frames.out);
    assert_int_equal(rewrite(&world, &frames, "{" NODES "}", strlen("{" NODES "}")),
                     SMC_REWRITE_OK);
    assert_int_equal(frames.counts.n_frames, 5);
    assert_int_equal(frames.counts.n_mapped, 3);
    assert_non_null(strstr(frames.out.data, "{\"frame\":1,\"stack\":null,"));
    text_free(&frames.out);
}

/* ---- tables ---- */

static void labels_and_nodes(void **state)
{
    struct smc_fold fold = {.max_nodes = SMC_REWRITE_NODES_MAX,
                            .max_nbytes = SMC_REWRITE_NAMES_NBYTES_MAX};
    char name[16];

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 5000; i++) {
            const int n = snprintf(name, sizeof name, "%x", i);
            const uint32_t label = smc_fold_label(&fold, name, (size_t)n);
            assert_int_equal(label, i);
            /* Stacks of a hundred frames: deeper ones have an end of their own. */
            const uint32_t parent = i % 100 == 0 ? smc_fold_root(&fold) : i;
            assert_int_equal(smc_fold_child(&fold, parent, label), i + 1);
            smc_fold_add(&fold, i + 1, i);
        }
    }
    assert_int_equal(smc_fold_label(&fold, "", 0), 5000);
    assert_int_equal(smc_fold_label(&fold, "", 0), 5000);
    assert_int_equal(((const struct smc_fold_node *)(void *)fold.nodes.data)[8].weight, 14);
    smc_fold_free(&fold);
}

/* A stack of 100,000 calls, whose callees come first: what is too deep counts for the last frame that is not. */
static void deep_stacks(void **state)
{
    struct text text = {0};
    struct rewriting how = folded;
    const uint32_t n = 100000;

    (void)state;
    text_puts(&text, "{\"nodes\":[");
    for (uint32_t i = n; i > 0; i--) {
        text_puts(&text, "{\"id\":");
        text_number(&text, i);
        text_puts(&text, i == n ? ",\"hitCount\":1" : "");
        text_puts(&text, ",\"parent\":");
        text_number(&text, i - 1);
        text_puts(&text, "," CALL("a", "10"));
        text_puts(&text, i == 1 ? "}]}" : "},");
    }
    assert_int_equal(rewrite(&world, &how, text.data, text.nbytes), SMC_REWRITE_OK);
    assert_int_equal(how.out.nbytes, SMC_FOLD_DEPTH_MAX * strlen(ALPHA ";") + 2);
    assert_string_equal(how.out.data + how.out.nbytes - 3, " 1\n");
    text_free(&how.out);
    text_free(&text);
}

static int add(void *context, const void *bytes, size_t nbytes)
{
    text_add(context, bytes, nbytes);
    return 0;
}

/* With a limit of ten. */
static smc_rewrite_status rewrite_limited(const char *input, struct text *out)
{
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .format = SMC_FORMAT_JSON,
                                                .output = SMC_OUTPUT_FOLDED,
                                                .sink = add,
                                                .sink_context = out};
    struct smc_rewrite_error error = {SMC_REWRITE_OK, "", 0};
    smc_rewriter *rewriter;

    assert_int_equal(smc_rewriter_open(&options, &rewriter, NULL), SMC_REWRITE_OK);
    rewriter->json->fold->max = rewriter->json->fold->stacks.max_nodes = 10;
    rewriter->json->fold->stacks.max_nbytes = 10;
    smc_rewrite_status status = smc_rewriter_feed(rewriter, input, strlen(input), &error);
    const smc_rewrite_status last = smc_rewriter_finish(rewriter, &error);
    status = status == SMC_REWRITE_OK ? last : status;
    assert_true(status == SMC_REWRITE_OK ||
                strcmp(error.reason, "more than 16,777,216 nodes or samples") == 0 ||
                strcmp(error.reason, "more than 268,435,456 bytes of names of functions") == 0);
    smc_rewriter_close(rewriter);
    return status;
}

static void limits(void **state)
{
    /* Ten of something, one more, and what ends it. */
    static const char *const rows[][3] = {
        {"{\"samples\":[1,1,1,1,1,1,1,1,1,1", ",1", "]}"},
        {"{\"timeDeltas\":[1,1,1,1,1,1,1,1,1,1", ",1", "]}"},
        {"{\"nodes\":[{\"id\":1},{\"id\":1},{\"id\":1},{\"id\":1},{\"id\":1},{\"id\":1},{\"id\":1},"
         "{\"id\":1},{\"id\":1},{\"id\":1}",
         ",{\"id\":1}", "]}"},
        {"{\"nodes\":[{\"id\":1,\"children\":[1,2,3,4,5,6,7,8,9,10", ",1", "]}]}"},
        {"{\"profile\":{\"stacks\":[[1,2,3,4,5,6,7,8,9,10", ",11", "]]}}"},
        {"{\"profiles\":[{\"samples\":[[],[],[],[],[],[],[],[],[],[]", ",[]", "]}]}"},
        {"{\"nodes\":[{\"id\":1,\"children\":[2,3,4,5,6,7,8,9,10", ",11", "]}]}"},
        {"{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"12345678901\"}}",
         ",{\"id\":2,\"callFrame\":{\"functionName\":\"x\"}}", "]}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int has_more = 0; has_more < 2; has_more++) {
            struct text input = {0}, out = {0};
            text_puts(&input, rows[i][0]);
            text_puts(&input, has_more ? rows[i][1] : "");
            text_puts(&input, rows[i][2]);
            assert_int_equal(rewrite_limited(input.data, &out),
                             has_more ? SMC_REWRITE_E_LIMIT : SMC_REWRITE_OK);
            assert_int_equal(out.nbytes, 0);
            text_free(&input);
            text_free(&out);
        }
    }
}

/* Of events that are no profiles nothing is kept. */
static void texts_of_events(void **state)
{
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .format = SMC_FORMAT_JSON,
                                                .output = SMC_OUTPUT_FOLDED,
                                                .sink = add};
    static const char head[] = "{\"traceEvents\":[", event[] = "{\"id\":1234567,\"pid\":1},";
    smc_rewriter *rewriter;

    (void)state;
    assert_int_equal(smc_rewriter_open(&options, &rewriter, NULL), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_feed(rewriter, head, sizeof head - 1, NULL), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_feed(rewriter, event, sizeof event - 1, NULL), SMC_REWRITE_OK);
    assert_int_equal(rewriter->json->fold->ids.texts.nbytes, 0);
    smc_rewriter_close(rewriter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpuprofile),      cmocka_unit_test(chrome_trace),
        cmocka_unit_test(heapprofile),     cmocka_unit_test(speedscope),
        cmocka_unit_test(sentry_profile),  cmocka_unit_test(hermes_profile),
        cmocka_unit_test(events),          cmocka_unit_test(nonsense),
        cmocka_unit_test(list_of_frames),  cmocka_unit_test(labels_and_nodes),
        cmocka_unit_test(deep_stacks),     cmocka_unit_test(limits),
        cmocka_unit_test(texts_of_events),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
