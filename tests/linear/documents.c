/*
 * JSON with frames in it: each document through the rewriter, which has a map for some of them, in pieces as a pipe
 * has them; written as it is, as frames, and folded.
 */
#include "src/build/smcache_build.h"
#include "src/rewrite/smcache_rewrite.h"
#include "tests/linear/linear.h"

#include <stdlib.h>
#include <string.h>

#define FED_NBYTES 65536
#define X10(text) text text text text text text text text text text

#define CALL                                                                                       \
    "{\"functionName\":\"f$\",\"scriptId\":\"1\",\"url\":\"a.js\",\"lineNumber\":0,"               \
    "\"columnNumber\":10}"
#define FRAME "{\"function\":\"f\",\"filename\":\"a.js\",\"lineno\":1,\"colno\":11}"
#define EVENT "{\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":["
#define EVENT_END "]}}]}}"
#define IMAGE                                                                                      \
    "{\"type\":\"sourcemap\",\"code_file\":\"$.js\",\"debug_id\":\"00000000-0000-4000-8000-0000$"  \
    "\"}"
#define SPEEDSCOPE                                                                                 \
    "{\"shared\":{\"frames\":[{\"name\":\"f\",\"file\":\"a.js\",\"line\":1,\"col\":11}]},"         \
    "\"profiles\":[{"

static const struct document {
    const char *what;
    struct repeated text;
} documents[] = {
    /* JSON of any kind */
    {"arrays in each other", {"{\"x\":", "[", "", "]", "}"}},
    {"objects in each other", {"", "{\"a\":", "1", "}", ""}},
    {"arrays, never closed", {"{\"nodes\":", "[", "", "", ""}},
    {"documents", {"", "{}\n", "", "", ""}},
    {"documents of events", {"", "{\"stacktrace\":{\"frames\":[" FRAME "]}}\n", "", "", ""}},
    {"members", {"{", "\"$\":0,", "\"a\":0}", "", ""}},
    {"members of one name", {"{", "\"exception\":0,", "\"a\":0}", "", ""}},
    {"a key", {"{\"", "a", "", "", "\":0}"}},
    {"keys with escapes", {"{", "\"\\u006e\\u006f\\u0064\\u0065\\u0073\":0,", "\"a\":0}", "", ""}},
    {"a string", {"{\"x\":\"", "a", "", "", "\"}"}},
    {"escapes", {"{\"x\":\"", "\\u0041", "", "", "\"}"}},
    {"digits", {"{\"x\":", "1", "", "", "}"}},
    {"spaces", {"{\"nodes\":[", " ", "", "", "]}"}},
    {"what is no JSON", {"{\"nodes\":[]}", "x", "", "", ""}},
    {"raw lines of an envelope",
     {"{\"event_id\":\"x\"}\n", "{\"type\":\"attachment\",\"length\":3}\n]x}\n", "", "", ""}},
    {"an attachment", {"{\"event_id\":\"x\"}\n{\"type\":\"attachment\"}\n", "x", "", "", "\n{}\n"}},
    /* events of Sentry */
    {"frames", {EVENT, FRAME ",", FRAME, "", EVENT_END}},
    {"empty frames", {EVENT, "{},", "{}", "", EVENT_END}},
    {"frames that are none", {EVENT, "0,", "0", "", EVENT_END}},
    {"stacks", {"{\"threads\":[", "{\"stacktrace\":{\"frames\":[" FRAME "]}},", "0]}", "", ""}},
    {"frames in each other", {EVENT, "{\"vars\":", "0", "}", EVENT_END}},
    {"arrays in a frame", {EVENT "{\"vars\":", "[", "0", "]", "}" EVENT_END}},
    {"members of a frame", {EVENT "{", "\"$\":0,", "\"a\":0}", "", EVENT_END}},
    {"one member of a frame, again and again",
     {EVENT "{", "\"lineno\":1,", "\"a\":0}", "", EVENT_END}},
    {"a long name in a frame", {EVENT "{\"function\":\"", "a", "\"}", "", EVENT_END}},
    {"a long number in a frame", {EVENT "{\"lineno\":", "1", "}", "", EVENT_END}},
    {"a long fraction in a frame", {EVENT "{\"lineno\":1.", "1", "}", "", EVENT_END}},
    {"images",
     {"{\"debug_meta\":{\"images\":[", IMAGE ",",
      "0]},\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[", "", EVENT_END}},
    {"images behind frames",
     {EVENT FRAME "]}}]},\"debug_meta\":{\"images\":[", IMAGE ",", "0]}}", "", ""}},
    {"one image again and again",
     {"{\"debug_meta\":{\"images\":[",
      "{\"type\":\"sourcemap\",\"code_file\":\"a.js\",\"debug_id\":\"00000000-0000-4000-8000-"
      "000000000000\"},",
      "0]}}", "", ""}},
    {"lines of source around frames",
     {EVENT "{\"pre_context\":[", "\"a\",", "\"\"]}", "", EVENT_END}},
    /* profiles */
    {"nodes of V8",
     {"{\"nodes\":[", "{\"id\":1$,\"callFrame\":" CALL ",\"hitCount\":1},", "0]}", "", ""}},
    {"nodes of V8 in a chain",
     {"{\"nodes\":[", "{\"id\":1$,\"parent\":1^,\"callFrame\":" CALL ",\"hitCount\":1},", "0]}", "",
      ""}},
    {"nodes of V8 with one ID",
     {"{\"nodes\":[", "{\"id\":1,\"callFrame\":" CALL "},", "0]}", "", ""}},
    {"children of one node of V8",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":{},\"children\":[", "1$,", "1]}]}", "", ""}},
    {"samples of V8",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":{}}],\"samples\":[", "1,", "1],\"timeDeltas\":[", "5,",
      "5]}"}},
    {"samples of nodes that do not exist",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":{}}],\"samples\":[", "1$,", "1]}", "", ""}},
    {"ticks",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":{},\"positionTicks\":[", "{\"line\":1,\"ticks\":2},",
      "0]}]}", "", ""}},
    {"ticks of a long line",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":" CALL ",\"positionTicks\":[",
      "{\"line\":1,\"ticks\":2},", "0]}]}", "", ""}},
    {"ticks of two long lines",
     {"{\"nodes\":[{\"id\":1,\"callFrame\":" CALL ",\"positionTicks\":[",
      "{\"line\":1,\"ticks\":2},{\"line\":2,\"ticks\":2},", "0]}]}", "", ""}},
    {"a heap in a chain",
     {"{\"head\":",
      "{\"callFrame\":{\"functionName\":\"f$\",\"url\":\"a.js\"},\"selfSize\":9,\"children\":[", "",
      "]}", "}"}},
    {"a heap of one function in a chain",
     {"{\"head\":", "{\"callFrame\":{},\"selfSize\":9,\"children\":[", "", "]}", "}"}},
    {"children of a heap",
     {"{\"head\":{\"callFrame\":{},\"children\":[",
      "{\"callFrame\":" CALL ",\"selfSize\":1,\"children\":[]},", "0]}}", "", ""}},
    {"events of Chrome",
     {"{\"traceEvents\":[", "{\"args\":{\"data\":" CALL "},\"pid\":1,\"id\":\"0x$\"},", "0]}", "",
      ""}},
    {"stacks of Chrome",
     {"{\"traceEvents\":[", "{\"args\":{\"data\":{\"stackTrace\":[" CALL "]}}},", "0]}", "", ""}},
    {"profiles of Chrome",
     {"{\"traceEvents\":[",
      "{\"pid\":$,\"id\":\"0x$\",\"args\":{\"data\":{\"cpuProfile\":{\"nodes\":[{\"id\":1,"
      "\"callFrame\":" CALL "}],\"samples\":[1]}}}},",
      "0]}", "", ""}},
    {"frames of Hermes",
     {"{\"samples\":[],\"stackFrames\":{",
      "\"$\":{\"name\":\"f(a.js:1:11)\",\"line\":\"1\",\"column\":\"11\",\"parent\":1$},",
      "\"0\":{}}}", "", ""}},
    {"samples of Hermes",
     {"{\"stackFrames\":{\"1\":{\"name\":\"f\"}},\"samples\":[", "{\"sf\":1,\"weight\":\"1\"},",
      "0]}", "", ""}},
    {"a crash of Hermes",
     {"{\"callstack\":[",
      "{\"CJSModuleOffset\":0,\"SegmentID\":0,\"FunctionID\":1,\"ByteCodeOffset\":3,\"SourceURL\":"
      "\"a.js\"},",
      "0]}", "", ""}},
    {"stacks of Sentry",
     {"{\"profile\":{\"frames\":[" FRAME "],\"stacks\":[", "[0],", "[]],\"samples\":[",
      "{\"stack_id\":$},", "0]}}"}},
    {"one stack of Sentry",
     {"{\"profile\":{\"frames\":[" FRAME "],\"stacks\":[[", "0,",
      "0]],\"samples\":[{\"stack_id\":0}]}}", "", ""}},
    {"one stack of Sentry, of other frames",
     {"{\"profile\":{\"frames\":[" FRAME "],\"stacks\":[[", "1$,",
      "0]],\"samples\":[{\"stack_id\":0}]}}", "", ""}},
    {"stacks of speedscope",
     {SPEEDSCOPE "\"samples\":[", "[0],", "[]],\"weights\":[", "1,", "1]}]}"}},
    {"one stack of speedscope",
     {SPEEDSCOPE "\"samples\":[[", "0,", "0]],\"weights\":[1]}]}", "", ""}},
    {"events of speedscope",
     {SPEEDSCOPE "\"events\":[", "{\"type\":\"O\",\"frame\":0,\"at\":1},", "0]}]}", "", ""}},
    {"events of speedscope, back and forth",
     {SPEEDSCOPE "\"events\":[",
      "{\"type\":\"O\",\"frame\":$,\"at\":1},{\"type\":\"C\",\"frame\":$,\"at\":1},", "0]}]}", "",
      ""}},
    {"weights", {SPEEDSCOPE "\"weights\":[", "1e9", ",", "", "1]}]}"}},
    {"lines of a report of Node",
     {"{\"javascriptStack\":{\"stack\":[", "\"at f (a.js:1:11)\",", "\"\"]}}", "", ""}},
    {"one line of a report of Node",
     {"{\"javascriptStack\":{\"stack\":[\"", "at f (a.js:1:11)", "\"]}}", "", ""}},
};

/* The map of a.js: its code is one line of many tokens, of one line, too. */
static void *file;
static smc_cache *cache;

static int open_map(void)
{
    static const struct repeated map = {
        "{\"version\":3,\"sources\":[\"a.ts\"],\"names\":[\"n\"],\"mappings\":\"AAAAA", ",CAACA",
        "", "", "\",\"x_facebook_sources\":[[{\"names\":[\"f\"],\"mappings\":\"AAA\"}]]}"};
    size_t nbytes, file_nbytes;
    char *text = repeated_text(&map, 100000, &nbytes);

    const int failed =
        text == NULL ||
        smc_build_memory(text, nbytes, NULL, &file, &file_nbytes, NULL) != SMC_BUILD_OK ||
        smc_open_memory(file, file_nbytes, 0, &cache, NULL) != SMC_OK;
    free(text);
    return failed ? -1 : 0;
}

static void find(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    (void)context;
    if (query->url.nbytes == 4 && memcmp(query->url.ptr, "a.js", 4) == 0) {
        answer->cache = cache;
    } else {
        answer->reason = SMC_REASON_MISSING_SOURCE;
    }
}

static int forget(void *context, const void *bytes, size_t nbytes)
{
    (void)context;
    (void)bytes;
    (void)nbytes;
    return 0;
}

static smc_rewrite_status feed(smc_rewriter *rewriter, const char *text, size_t nbytes)
{
    smc_rewrite_status status = SMC_REWRITE_OK;

    for (size_t i = 0; i < nbytes && status != SMC_REWRITE_E_MEMORY; i += FED_NBYTES) {
        const size_t n = nbytes - i < FED_NBYTES ? nbytes - i : FED_NBYTES;
        status = smc_rewriter_feed(rewriter, text + i, n, NULL);
    }
    return status == SMC_REWRITE_E_MEMORY ? status : smc_rewriter_finish(rewriter, NULL);
}

static int rewrite(const void *context, const char *text, size_t nbytes)
{
    const struct smc_symbolicator_options files = {.struct_size = sizeof files, .find = find};
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .sink = forget,
                                          .format = SMC_FORMAT_JSON,
                                          .output = *(const uint32_t *)context,
                                          .flags = SMC_REWRITE_ANNOTATE};
    smc_rewriter *rewriter = NULL;
    smc_rewrite_status status = SMC_REWRITE_E_MEMORY;

    if (smc_symbolicator_open(&files, &options.symbolicator) == SMC_OK &&
        smc_rewriter_open(&options, &rewriter, NULL) == SMC_REWRITE_OK) {
        status = feed(rewriter, text, nbytes);
    }
    smc_rewriter_close(rewriter);
    smc_symbolicator_close(options.symbolicator);
    return status == SMC_REWRITE_E_MEMORY ? -1 : 0;
}

int linear_documents(struct linear_tally *tally)
{
    static const uint32_t outputs[] = {SMC_OUTPUT_SAME, SMC_OUTPUT_FRAMES, SMC_OUTPUT_FOLDED};
    static const char *const names[] = {"document:", "document, its frames:", "document, folded:"};
    int status = open_map();

    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        for (size_t k = 0; k < sizeof outputs / sizeof outputs[0] && status == 0; k++) {
            const struct linear_work work = {documents[i].text, rewrite, &outputs[k]};
            const struct linear_case linear = {
                linear_measure_text, &work, {names[k], documents[i].what}};
            status = linear_try(&linear, tally);
        }
    }
    smc_close(cache);
    free(file);
    return status;
}
