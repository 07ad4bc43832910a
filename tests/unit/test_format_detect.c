/*
 * What an input is, by its first bytes.
 */
#include "src/rewrite/smcache_rewrite.h"
#include "tests/unit/support.h"

#define ID "9ec79c33ec9942ab8353589fcb2e04dc"

static uint32_t detect(const char *text, size_t nbytes, int is_all)
{
    struct guarded copy = guarded_copy(text, nbytes, GUARD_AFTER);
    const uint32_t format = smc_format_detect(copy.bytes, nbytes, is_all);

    guarded_free(&copy);
    return format;
}

/* Its first bytes say this, or that more are needed: those before the sign. */
static void assert_detected(const char *text, uint32_t wanted)
{
    const size_t nbytes = strlen(text);
    int is_known = 0;

    /* Wherever it is cut: what has been said once is not taken back. */
    for (size_t n = 0; n <= nbytes; n++) {
        const uint32_t format = detect(text, n, 0);
        if (format != (is_known ? wanted : SMC_FORMAT_UNKNOWN) && format != wanted) {
            fail_msg("%s: %u at %zu", text, (unsigned)format, n);
        }
        is_known |= format == wanted;
    }
    assert_int_equal(detect(text, nbytes, 1), wanted);
}

static void formats(void **state)
{
    static const struct {
        const char *text;
        uint32_t format;
    } rows[] = {
        {"{\"nodes\":[{\"id\":1,\"callFrame\":{", SMC_FORMAT_CPUPROFILE},
        {" \n{\"startTime\":1,\"nodes\" : [ {\"c\\u0061llFrame\"", SMC_FORMAT_CPUPROFILE},
        {"{\"head\":{\"callFrame\":", SMC_FORMAT_HEAPPROFILE},
        {"{\"traceEvents\":[{\"args\":{},\"ph\"", SMC_FORMAT_CHROME_TRACE},
        {"[\n{\"pid\":1,\"ph\"", SMC_FORMAT_CHROME_TRACE},
        {"{\"traceEvents\":[],\"samples\":[{\"cpu\":\"-1\",\"sf\"", SMC_FORMAT_HERMES_PROFILE},
        {"{\"stackFrames\":{\"1\":{\"name\":\"x\",\"funcVirtAddr\"", SMC_FORMAT_HERMES_PROFILE},
        {"{\"type\":\"x\",\"callstack\":[{\"FunctionID\"", SMC_FORMAT_HERMES_CRASH},
        {"{\"exception\":{\"values\":[{\"stacktrace\"", SMC_FORMAT_SENTRY_EVENT},
        {"{\"event_id\":\"" ID "\",\"platform\":\"javascript\"}", SMC_FORMAT_SENTRY_EVENT},
        {"{\"event_id\":\"" ID "\",\"sent_at\":\"x\"}\n{\"type\":\"event\"}\n{",
         SMC_FORMAT_SENTRY_EVENT},
        {"{\"version\":\"1\",\"platform\":\"node\",\"profile\":{\"frames\"",
         SMC_FORMAT_SENTRY_PROFILE},
        {"{\"shared\":{\"frames\"", SMC_FORMAT_SPEEDSCOPE},
        {"{\"profiles\":[{\"unit\"", SMC_FORMAT_SPEEDSCOPE},
        {"{\"header\":{\"reportVersion\"", SMC_FORMAT_NODE_REPORT},
        {"{\"event_id\":\"9ec79c33-ec99-42ab-8353-589fcb2e04dc\",\"sdk\":[]}\r\nplain",
         SMC_FORMAT_SENTRY_EVENT},
        {"\xef\xbb\xbf{\"head\":{\"callFrame\"", SMC_FORMAT_HEAPPROFILE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_detected(rows[i].text, rows[i].format);
    }
}

/* Text, and JSON of which only the strings could be stacks. */
static void text(void **state)
{
    static const char *const rows[] = {
        "",
        " ",
        "Error: x\n    at f (a.js:1:2)\n",
        "[12:00] Error",
        "{ not json",
        "[object Object]",
        "[]",
        "{\"level\":50,\"err\":{\"stack\":\"Error\\n    at f (a.js:1:2)\"}}",
        "{\"level\":50}\n{\"level\":50}\n",
        "{\"event_id\":1}\n{\"platform\":2}",
        "{\"nodes\":{\"callFrame\":1},\"head\":[{\"callFrame\":1}]}",
        "\"x\"",
        "7",
        "{\"nodes\":[",
        /* Lines of a log that look a bit like events. */
        "{\"event_id\":1,\"platform\":\"x\",\"stack\":\"E\\n    at f (a.js:1:2)\\n\"}\nplain\n",
        "{\"event_id\":\"" ID "\",\"platform\":\"x\",\"stack\":\"E\"}\n",
        "{\"event_id\":\"" ID "0\",\"platform\":\"x\"}\n",
        "{\"event_id\":\"" ID "\",\"platform\":\"x\",\"sdk\":[]} and more",
        "{\"event_id\":\"" ID "\",\"platform\":\"x\"}[]\n",
        "{\"level\":50} 7\n{\"event_id\":\"" ID "\",\"platform\":\"x\"}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_detected(rows[i], SMC_FORMAT_TEXT);
    }
    assert_int_equal(detect("{\"level\":50}\n", 13, 0), SMC_FORMAT_TEXT);
    assert_int_equal(detect("{\"level\":50", 11, 0), SMC_FORMAT_UNKNOWN);
    assert_int_equal(smc_format_detect(NULL, 0, 0), SMC_FORMAT_UNKNOWN);
    assert_int_equal(smc_format_detect(NULL, 0, 1), SMC_FORMAT_TEXT);
}

/* No more than the head is looked at. */
static void long_inputs(void **state)
{
    struct text text = {0};

    (void)state;
    text_puts(&text, "{\"x\":\"");
    text_repeat(&text, 'x', SMC_FORMAT_HEAD_NBYTES - text.nbytes - 1);
    assert_int_equal(detect(text.data, text.nbytes, 0), SMC_FORMAT_UNKNOWN);
    text_puts(&text, "\",\"shared\":{\"frames\":[");
    assert_int_equal(detect(text.data, text.nbytes, 0), SMC_FORMAT_TEXT);
    text_free(&text);
    text_puts(&text, "{\"event_id\":\"" ID "\",\"sdk\":{},\"breadcrumbs\":[\"");
    text_repeat(&text, 'x', SMC_FORMAT_HEAD_NBYTES);
    assert_int_equal(detect(text.data, text.nbytes, 0), SMC_FORMAT_SENTRY_EVENT);
    text_free(&text);
}

static void names_of_formats(void **state)
{
    (void)state;
    assert_string_equal(smc_format_text(SMC_FORMAT_TEXT), "text");
    assert_string_equal(smc_format_text(SMC_FORMAT_NODE_REPORT), "node-report");
    assert_null(smc_format_text(SMC_FORMAT_UNKNOWN));
    assert_null(smc_format_text(SMC_FORMAT_NODE_REPORT + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),
        cmocka_unit_test(text),
        cmocka_unit_test(long_inputs),
        cmocka_unit_test(names_of_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
