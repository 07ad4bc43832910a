/*
 * Frames in JSON: each format that has them, byte for byte.
 */
#include "tests/unit/rewriting.h"

#include <time.h>

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

/* Of all formats at once, and of one. */
static void assert_format(uint32_t format, const char *input, const char *wanted)
{
    const struct rewriting json = {.format = SMC_FORMAT_JSON, .n_context = SMC_REWRITE_NO_CONTEXT},
                           one = {.format = format, .n_context = SMC_REWRITE_NO_CONTEXT},
                           other = {.format = format == SMC_FORMAT_SPEEDSCOPE
                                                  ? SMC_FORMAT_CPUPROFILE
                                                  : SMC_FORMAT_SPEEDSCOPE};
    struct rewriting count = json;

    assert_rewritten(&world, &json, input, wanted);
    assert_rewritten(&world, &one, input, wanted);
    assert_rewritten(&world, &other, input, input);
    assert_int_equal(rewrite(&world, &count, input, strlen(input)), SMC_REWRITE_OK);
    assert_int_equal(count.counts.format, format);
    text_free(&count.out);
}

/* ---- V8 ---- */

static void cpuprofile(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_CPUPROFILE,
        "{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"(root)\",\"scriptId\":\"0\","
        "\"url\":\"\","
        "\"lineNumber\":-1,\"columnNumber\":-1},\"hitCount\":0,\"children\":[2]},\n"
        " { \"id\" : 2 , \"callFrame\" : { \"functionName\" : \"a\" , \"scriptId\" : \"7\" , "
        "\"url\" : \"file:\\/\\/\\/app.js\" , \"lineNumber\" : 0 , \"columnNumber\" : 1e1, "
        "\"x\":[1E400,0.10,-0] } "
        "} "
        ",{\"call\\u0046rame\":{\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":30,"
        "\"functionName\":\"b\"}}],"
        "\"startTime\":1,\"samples\":[1,2]}",
        "{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"(root)\",\"scriptId\":\"0\","
        "\"url\":\"\","
        "\"lineNumber\":-1,\"columnNumber\":-1},\"hitCount\":0,\"children\":[2]},\n"
        " { \"id\" : 2 , \"callFrame\" : { \"functionName\" : \"alpha\" , \"scriptId\" : \"7\" , "
        "\"url\" : \"src/app.ts\" , \"lineNumber\" : 0 , \"columnNumber\" : 14, "
        "\"x\":[1E400,0.10,-0] } "
        "} "
        ",{\"call\\u0046rame\":{\"url\":\"src/"
        "app.ts\",\"lineNumber\":3,\"columnNumber\":13,\"functionName\":\"beta\"}}],"
        "\"startTime\":1,\"samples\":[1,2]}");
}

/* The last of several members counts; a script has no name. */
static void members_of_one_name(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_CPUPROFILE,
        "{\"nodes\":[{\"callFrame\":{\"url\":\"no.js\",\"functionName\":\"\",\"lineNumber\":0,"
        "\"columnNumber\":0,\"url\":\"/app.js\"}}]}",
        "{\"nodes\":[{\"callFrame\":{\"url\":\"no.js\",\"functionName\":\"\",\"lineNumber\":0,"
        "\"columnNumber\":0,\"url\":\"src/app.ts\"}}]}");
}

/* Line 1 is line 4 of the source for sure; of line 0, of many lines, nobody knows. Totals stay. */
static void position_ticks(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_CPUPROFILE,
        "{\"nodes\":[{\"positionTicks\":[{\"line\":1,\"ticks\":5},{\"line\":2,\"ticks\":3},"
        "{\"line\":1,\"ticks\":2}],\"callFrame\":{\"functionName\":\"b\",\"url\":\"app.js\","
        "\"lineNumber\":0,\"columnNumber\":30}},{\"callFrame\":{\"functionName\":\"b\",\"url\":"
        "\"no.js\","
        "\"lineNumber\":0,\"columnNumber\":30},\"positionTicks\":[{\"line\":1,\"ticks\":5}]}]}",
        "{\"nodes\":[{\"positionTicks\":[{\"line\":4,\"ticks\":7},{\"line\":5,\"ticks\":3}],"
        "\"callFrame\":{\"functionName\":\"beta\",\"url\":\"src/app.ts\","
        "\"lineNumber\":3,\"columnNumber\":13}},{\"callFrame\":{\"functionName\":\"b\",\"url\":"
        "\"no.js\","
        "\"lineNumber\":0,\"columnNumber\":30},\"positionTicks\":[{\"line\":1,\"ticks\":5}]}]}");
}

/* A line of many tokens is not looked at for each tick. */
static void ticks_of_long_lines(void **state)
{
    struct rewriting how = {.format = SMC_FORMAT_CPUPROFILE};
    struct rewriting_world other = world;
    struct text mappings = {0}, input = {0};

    (void)state;
    for (int line = 0; line < 2; line++) {
        text_puts(&mappings, line == 0 ? "AAAA" : ";AAAA");
        for (int i = 0; i < 4000; i++) {
            text_puts(&mappings, ",CAAA");
        }
    }
    other.app = build_mappings(mappings.data, "\"names\":[],\"sources\":[\"a.ts\"]");
    other.app_cache = open_file(&other.app);
    rewriting_world_start(&other);
    text_puts(&input, "{\"nodes\":[{\"callFrame\":{\"url\":\"app.js\",\"lineNumber\":0,"
                      "\"columnNumber\":0},\"positionTicks\":[");
    for (int i = 0; i < 50000; i++) {
        text_puts(&input, i == 0 ? "" : ",");
        text_puts(&input, "{\"line\":1,\"ticks\":1},{\"line\":2,\"ticks\":1}");
    }
    text_puts(&input, "]}]}");
    const clock_t start = clock();
    assert_int_equal(rewrite(&other, &how, input.data, input.nbytes), SMC_REWRITE_OK);
    assert_in_range((clock() - start) / (CLOCKS_PER_SEC / 1000), 0, 2000);
    assert_non_null(strstr(how.out.data, "\"positionTicks\":[{\"line\":1,\"ticks\":100000}]"));
    text_free(&how.out);
    smc_symbolicator_close(other.symbolicator);
    smc_close(other.app_cache);
    file_free(&other.app);
    text_free(&mappings);
    text_free(&input);
}

static void heapprofile(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_HEAPPROFILE,
        "{\"head\":{\"callFrame\":{\"functionName\":\"(root)\",\"url\":\"\",\"lineNumber\":-1,"
        "\"columnNumber\":-1},\"selfSize\":0,\"children\":[{\"selfSize\":9,\"children\":[{"
        "\"callFrame\":{"
        "\"functionName\":\"\",\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":60},"
        "\"children\":[]}],"
        "\"callFrame\":{\"functionName\":\"a\",\"url\":\"app.js\",\"lineNumber\":0,"
        "\"columnNumber\":10}}]}}",
        "{\"head\":{\"callFrame\":{\"functionName\":\"(root)\",\"url\":\"\",\"lineNumber\":-1,"
        "\"columnNumber\":-1},\"selfSize\":0,\"children\":[{\"selfSize\":9,\"children\":[{"
        "\"callFrame\":{"
        "\"functionName\":\"lib\",\"url\":\"node_modules/lib/"
        "x.js\",\"lineNumber\":0,\"columnNumber\":25},\"children\":[]}],"
        "\"callFrame\":{\"functionName\":\"alpha\",\"url\":\"src/"
        "app.ts\",\"lineNumber\":0,\"columnNumber\":14}}]}}");
}

/* Profiles in chunks, calls of functions, and stacks; with the object around them and without. */
static void chrome_trace(void **state)
{
    static const char events[] =
        "[{\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[{\"callFrame\":{\"codeType\":\"JS\","
        "\"columnNumber\":10,\"functionName\":\"a\",\"lineNumber\":0,\"url\":\"app.js\"},\"id\":2,"
        "\"parent\":1}],"
        "\"samples\":[2,2]},\"lines\":[1,0],\"timeDeltas\":[5,6]}},\"name\":\"ProfileChunk\"},\n"
        "{\"args\":{\"data\":{\"columnNumber\":11,\"frame\":\"F\",\"functionName\":\"a\","
        "\"lineNumber\":1,"
        "\"url\":\"app.js\"}},\"name\":\"FunctionCall\"},{\"args\":{\"data\":{\"lineNumber\":1,"
        "\"columnNumber\":1,\"url\":\"app.js\"}},\"name\":\"EvaluateScript\"},"
        "{\"args\":{\"beginData\":{\"stackTrace\":[{\"functionName\":\"b\",\"url\":\"app.js\","
        "\"lineNumber\":1,\"columnNumber\":41},{\"functionName\":\"a\",\"url\":\"app.js\","
        "\"lineNumber\":1,"
        "\"columnNumber\":21}]}}},{\"args\":{\"data\":{\"functionName\":\"q\",\"stackTrace\":[{"
        "\"functionName\":\"b\","
        "\"url\":\"app.js\",\"lineNumber\":1,\"columnNumber\":41}]}}}]";
    static const char wanted[] =
        "[{\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[{\"callFrame\":{\"codeType\":\"JS\","
        "\"columnNumber\":14,\"functionName\":\"alpha\",\"lineNumber\":0,\"url\":\"src/"
        "app.ts\"},\"id\":2,\"parent\":1}],"
        "\"samples\":[2,2]},\"lines\":[1,0],\"timeDeltas\":[5,6]}},\"name\":\"ProfileChunk\"},\n"
        "{\"args\":{\"data\":{\"columnNumber\":15,\"frame\":\"F\",\"functionName\":\"alpha\","
        "\"lineNumber\":1,"
        "\"url\":\"src/app.ts\"}},\"name\":\"FunctionCall\"},{\"args\":{\"data\":{\"lineNumber\":1,"
        "\"columnNumber\":1,\"url\":\"app.js\"}},\"name\":\"EvaluateScript\"},"
        "{\"args\":{\"beginData\":{\"stackTrace\":[{\"functionName\":\"beta\",\"url\":\"src/"
        "app.ts\","
        "\"lineNumber\":5,\"columnNumber\":9},{\"functionName\":\"alpha\",\"url\":\"src/"
        "app.ts\",\"lineNumber\":2,"
        "\"columnNumber\":3}]}}},{\"args\":{\"data\":{\"functionName\":\"q\",\"stackTrace\":[{"
        "\"functionName\":\"beta\","
        "\"url\":\"src/app.ts\",\"lineNumber\":5,\"columnNumber\":9}]}}}]";
    struct text input = {0}, output = {0};

    (void)state;
    assert_format(SMC_FORMAT_CHROME_TRACE, events, wanted);
    text_puts(&input, "{\"traceEvents\":");
    text_puts(&output, "{\"traceEvents\":");
    text_puts(&input, events);
    text_puts(&output, wanted);
    text_puts(&input, ",\"metadata\":{}}\r\n");
    text_puts(&output, ",\"metadata\":{}}\r\n");
    assert_format(SMC_FORMAT_CHROME_TRACE, input.data, output.data);
    text_free(&input);
    text_free(&output);
}

/* ---- others ---- */

static void speedscope(void **state)
{
    const struct rewriting json = {.format = SMC_FORMAT_JSON};

    (void)state;
    assert_rewritten(
        &world, &json,
        "{\"shared\":{\"frames\":[{\"name\":\"a\",\"file\":\"app.js\",\"line\":1,\"col\":11},"
        "{\"name\":\"native\"},{\"name\":\"top\",\"file\":\"app.js\",\"line\":1,\"col\":51},"
        "{\"name\":\"x\",\"file\":\"app.js\",\"line\":1}]},\"profiles\":[]}",
        "{\"shared\":{\"frames\":[{\"name\":\"alpha\",\"file\":\"src/"
        "app.ts\",\"line\":1,\"col\":15},"
        "{\"name\":\"native\"},{\"name\":\"(anonymous)\",\"file\":\"src/"
        "app.ts\",\"line\":7,\"col\":1},"
        "{\"name\":\"x\",\"file\":\"app.js\",\"line\":1}]},\"profiles\":[]}");
}

static void node_report(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_NODE_REPORT,
        "{\"javascriptStack\":{\"message\":\"Error: x\",\"stack\":[ \"at b (/srv/app.js:1:41)\" , "
        "\"at a (\\/srv\\/app.js:1:21)\", \"at node:internal/main:1:2\",\"\\u0061t "
        "/srv/app.js:1:51\",7]}}",
        "{\"javascriptStack\":{\"message\":\"Error: x\",\"stack\":[ \"at beta (src/app.ts:5:9)\" , "
        "\"at alpha (src/app.ts:2:3)\", \"at node:internal/main:1:2\",\"at src/app.ts:7:1\",7]}}");
    /* It is the outermost that was called as a constructor. */
    assert_format(SMC_FORMAT_NODE_REPORT,
                  "{\"javascriptStack\":{\"stack\":[\"at new a (inlined.js:1:41)\"]}}",
                  "{\"javascriptStack\":{\"stack\":[\"at beta (src/app.ts:5:9)\","
                  "\"at new alpha (src/app.ts:2:3)\"]}}");
}

/* As in text: what evals are in is led back, and frames say what there is to say. */
static void evals_and_notes_of_reports(void **state)
{
    static const char input[] =
        "{\"javascriptStack\":{\"stack\":[\"at f (eval at b (eval at a (/srv/app.js:1:21), "
        "<anonymous>:1:1), <anonymous>:1:2)\",\"at l (/srv/app.js:1:61) \",\"at f "
        "(no.js:1:2)\",\"at f (eval at b (\\/srv/app.js:1:41), /srv/app.js:1:21)\",\"at f (eval at "
        "b "
        "(no.js:1:1), <anon\\u0079mous>:1:2)\",\"at native\",\"(eval at b (app.js:1:21), at b "
        "(app.js:1:41)\"]}}";
#define REPORT(ignored, missing)                                                                   \
    "{\"javascriptStack\":{\"stack\":[\"at f (eval at b (eval at alpha (src/app.ts:2:3), "         \
    "<anonymous>:1:1), <anonymous>:1:2)\",\"at lib (node_modules/lib/x.js:1:26)" ignored           \
    " \",\"at f (no.js:1:2)" missing                                                               \
    "\",\"at f (eval at beta (src/app.ts:5:9), src/app.ts:2:3)\","                                 \
    "\"at f (eval at b (no.js:1:1), <anon\\u0079mous>:1:2)\",\"at native\",\"(eval at b "          \
    "(app.js:1:21), at beta (src/app.ts:5:9)\"]}}"
    struct rewriting how = {.format = SMC_FORMAT_NODE_REPORT};

    (void)state;
    assert_rewritten(&world, &how, input, REPORT("", ""));
    how.flags = SMC_REWRITE_ANNOTATE;
    assert_rewritten(&world, &how, input, REPORT(" [ignored]", " [missing_source]"));
}

static void hermes_crash(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_HERMES_CRASH,
        "{\"callstack\":[{\"CJSModuleOffset\":0,\"FunctionID\":1,\"ByteCodeOffset\":12,"
        "\"SourceURL\":\"index.bundle\"}, {\"NativeCode\":true,\"StackFrameRegOffs\":\"1\"},"
        "{ \"SegmentID\": 0, \"FunctionID\": 0, \"ByteCodeOffset\": 11 "
        "},{\"SegmentID\":9,\"FunctionID\":0,"
        "\"ByteCodeOffset\":1,\"SourceURL\":\"index.bundle\"}]}",
        "{\"callstack\":[{\"CJSModuleOffset\":0,\"FunctionID\":1,\"ByteCodeOffset\":12,"
        "\"SourceURL\":\"index.bundle\",\"source\":\"src/"
        "app.ts\",\"line\":5,\"column\":8,\"name\":null,"
        "\"functionName\":\"beta\",\"isIgnored\":false}, "
        "{\"NativeCode\":true,\"StackFrameRegOffs\":\"1\"},"
        "{ \"SegmentID\": 0, \"FunctionID\": 0, \"ByteCodeOffset\": 11, \"source\": "
        "\"src/app.ts\", \"line\": 2, "
        "\"column\": 2, \"name\": null, \"functionName\": \"alpha\", \"isIgnored\": false "
        "},{\"SegmentID\":9,"
        "\"FunctionID\":0,\"ByteCodeOffset\":1,\"SourceURL\":\"index.bundle\"}]}");
}

static void hermes_profile(void **state)
{
    (void)state;
    assert_format(
        SMC_FORMAT_HERMES_PROFILE,
        "{\"samples\":[{\"sf\":2}],\"stackFrames\":{\"1\":{\"name\":\"[root]\",\"category\":"
        "\"root\"},"
        "\"2\":{\"line\":\"1\",\"column\":\"21\",\"funcLine\":\"1\",\"funcColumn\":\"11\","
        "\"name\":\"a(http://h/app.js:1:21)\",\"category\":\"JavaScript\",\"parent\":1},"
        "\"3\":{\"name\":\"b\",\"funcVirtAddr\":\"30\",\"offset\":\"12\",\"parent\":2}}}",
        "{\"samples\":[{\"sf\":2}],\"stackFrames\":{\"1\":{\"name\":\"[root]\",\"category\":"
        "\"root\"},"
        "\"2\":{\"line\":\"2\",\"column\":\"3\",\"funcLine\":\"1\",\"funcColumn\":\"15\","
        "\"name\":\"alpha(src/app.ts:2:3)\",\"category\":\"JavaScript\",\"parent\":1},"
        "\"3\":{\"name\":\"beta(src/"
        "app.ts:5:9)\",\"funcVirtAddr\":\"30\",\"offset\":\"12\",\"parent\":2,"
        "\"line\":\"5\",\"column\":\"9\"}}}");
}

/* What is at no path, is too deep, or is of another type. */
static void all_else_passes(void **state)
{
    static const char *const inputs[] = {
        "{\"nodes\":{\"callFrame\":{\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":10}}}",
        "{\"nodes\":[[{\"callFrame\":{\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":10}}]]}",
        "{\"nodes\":[1,\"\",null,{\"callFrame\":[]},{\"callFrame\":7},{}]}",
        "{\"x\":{\"nodes\":[{\"callFrame\":{\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":"
        "10}}]}}",
        "{\"[]\":{\"args\":{\"data\":{\"functionName\":\"\",\"url\":\"app.js\",\"lineNumber\":1}}}"
        "}",
        "{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":{\"filename\":\"app.js\"}}}]}}",
        "{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[ ]}}]}}",
        "{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[null, 1 ,[] , {} ]}}]}}",
        "{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[{\"filename\":\"app.js\","
        "\"lineno\":0,\"colno\":1},"
        "{\"filename\":7,\"lineno\":1,\"colno\":1},{\"filename\":\"app.js\",\"lineno\":1.5,"
        "\"colno\":1}]}}]}}",
        "\"a\"\n7\n[]\n{}\nnull\n",
        "{\"traceEvents\":[{\"args\":{\"data\":{\"functionName\":7,\"url\":\"no.js\"}}},{\"args\":{"
        "\"data\":[]}}]}",
        "{\"javascriptStack\":{\"stack\":[]},\"callstack\":[{}],\"stackFrames\":[{}],\"head\":[]}",
        "\xef\xbb\xbf{\"nodes\":[]}",
    };
    const struct rewriting json = {.format = SMC_FORMAT_JSON};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        assert_rewritten(&world, &json, inputs[i], inputs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpuprofile),
        cmocka_unit_test(members_of_one_name),
        cmocka_unit_test(position_ticks),
        cmocka_unit_test(ticks_of_long_lines),
        cmocka_unit_test(heapprofile),
        cmocka_unit_test(chrome_trace),
        cmocka_unit_test(speedscope),
        cmocka_unit_test(node_report),
        cmocka_unit_test(evals_and_notes_of_reports),
        cmocka_unit_test(hermes_crash),
        cmocka_unit_test(hermes_profile),
        cmocka_unit_test(all_else_passes),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
