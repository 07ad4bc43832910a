/*
 * What an input is, by the keys that only one kind of document has.
 *
 * JSON alone tells nothing: logs are lines of JSON, too, with stack traces in strings, which the rewriter of text
 * finds.
 */
#include "src/rewrite/json_paths.h"
#include "src/rewrite/smcache_rewrite.h"

/* A sure sign, or a hint: two of these are one, but not next to what logs have. */
enum { SIGN = 1, HINT = 2, HINT_ID = 3, LOG = 4 };

static const struct smc_json_rule rules[] = {
    {"nodes[].callFrame", NULL, SMC_FORMAT_CPUPROFILE, SIGN},
    {"head.callFrame", NULL, SMC_FORMAT_HEAPPROFILE, SIGN},
    {"traceEvents[].ph", NULL, SMC_FORMAT_CHROME_TRACE, SIGN},
    {"[].ph", NULL, SMC_FORMAT_CHROME_TRACE, SIGN},
    {"samples[].sf", NULL, SMC_FORMAT_HERMES_PROFILE, SIGN},
    {"stackFrames.*.funcLine", NULL, SMC_FORMAT_HERMES_PROFILE, SIGN},
    {"stackFrames.*.funcVirtAddr", NULL, SMC_FORMAT_HERMES_PROFILE, SIGN},
    {"callstack[].FunctionID", NULL, SMC_FORMAT_HERMES_CRASH, SIGN},
    {"callstack[].ByteCodeOffset", NULL, SMC_FORMAT_HERMES_CRASH, SIGN},
    {"callstack[].StackFrameRegOffs", NULL, SMC_FORMAT_HERMES_CRASH, SIGN},
    {"exception.values[].stacktrace", NULL, SMC_FORMAT_SENTRY_EVENT, SIGN},
    {"exception[].stacktrace", NULL, SMC_FORMAT_SENTRY_EVENT, SIGN},
    {"threads.values[].stacktrace", NULL, SMC_FORMAT_SENTRY_EVENT, SIGN},
    {"threads[].stacktrace", NULL, SMC_FORMAT_SENTRY_EVENT, SIGN},
    {"stacktrace.frames", NULL, SMC_FORMAT_SENTRY_EVENT, SIGN},
    {"event_id", NULL, SMC_FORMAT_SENTRY_EVENT, HINT_ID},
    {"sent_at", NULL, SMC_FORMAT_SENTRY_EVENT, HINT},
    {"sdk", NULL, SMC_FORMAT_SENTRY_EVENT, HINT},
    {"platform", NULL, SMC_FORMAT_SENTRY_EVENT, HINT},
    {"dsn", NULL, SMC_FORMAT_SENTRY_EVENT, HINT},
    {"debug_meta", NULL, SMC_FORMAT_SENTRY_EVENT, HINT},
    {"stack", NULL, SMC_FORMAT_TEXT, LOG},
    {"err", NULL, SMC_FORMAT_TEXT, LOG},
    {"error", NULL, SMC_FORMAT_TEXT, LOG},
    {"msg", NULL, SMC_FORMAT_TEXT, LOG},
    {"profile.frames", NULL, SMC_FORMAT_SENTRY_PROFILE, SIGN},
    {"profile.stacks", NULL, SMC_FORMAT_SENTRY_PROFILE, SIGN},
    {"shared.frames", NULL, SMC_FORMAT_SPEEDSCOPE, SIGN},
    {"profiles[].startValue", NULL, SMC_FORMAT_SPEEDSCOPE, SIGN},
    {"profiles[].unit", NULL, SMC_FORMAT_SPEEDSCOPE, SIGN},
    {"javascriptStack.stack", NULL, SMC_FORMAT_NODE_REPORT, SIGN},
    {"header.reportVersion", NULL, SMC_FORMAT_NODE_REPORT, SIGN},
    {NULL, NULL, 0, 0},
};

/* An event's ID is a UUID, in most cases without its dashes. */
static int is_event_id(const uint8_t *p, const uint8_t *end)
{
    size_t n_digits = 0;

    if (*p++ != '"') {
        return 0;
    }
    for (; p < end && *p != '"'; p++) {
        const uint8_t c = *p | 0x20;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
            n_digits++;
        } else if (*p != '-') {
            return 0;
        }
    }
    return p < end && n_digits == 32;
}

/* Looks at the bytes, which are all that will be looked at if they are whole, until they tell. */
static uint32_t look(struct smc_json_tracker *tracker, const uint8_t *bytes, size_t nbytes,
                     int is_whole)
{
    const uint8_t *p = bytes, *end = bytes + nbytes;
    unsigned n_hints = 0, is_log = 0;
    uint8_t place;

    for (;;) {
        const enum smc_json_event event = smc_json_tracker_next(tracker, &p, end, &place);
        const int is_next =
            event == SMC_JSON_BEGIN && place == SMC_JSON_ROOT && tracker->stream.n_documents > 1;
        /* Hints count when there can be no more of them. A document is over when its line is: what may still follow on
         * that makes it none. */
        if (is_next || event == SMC_JSON_MORE) {
            return !is_next && !is_whole && !smc_json_stream_is_between(&tracker->stream)
                       ? SMC_FORMAT_UNKNOWN
                   : n_hints > 1 && !is_log ? SMC_FORMAT_SENTRY_EVENT
                                            : SMC_FORMAT_TEXT;
        }
        const uint8_t action = event == SMC_JSON_ERROR ? 0 : tracker->paths.places[place].action;
        switch (event) {
        case SMC_JSON_ERROR:
            return tracker->stream.reason == NULL ? SMC_FORMAT_UNKNOWN : SMC_FORMAT_TEXT;
        case SMC_JSON_BEGIN:
            n_hints += action == HINT_ID && is_event_id(p, end);
            break;
        case SMC_JSON_KEY:
            if (action == SIGN) {
                return tracker->paths.places[place].format;
            }
            n_hints += action == HINT;
            is_log |= action == LOG;
            break;
        default:
            break;
        }
    }
}

uint32_t smc_format_detect(const void *bytes, size_t nbytes, int is_all)
{
    static const struct smc_json_rule *const lists[] = {rules};
    const int is_whole = is_all || nbytes >= SMC_FORMAT_HEAD_NBYTES;
    struct smc_json_tracker tracker;
    uint32_t format = SMC_FORMAT_TEXT;

    nbytes = nbytes < SMC_FORMAT_HEAD_NBYTES ? nbytes : SMC_FORMAT_HEAD_NBYTES;
    if (nbytes == 0) {
        return is_all ? SMC_FORMAT_TEXT : SMC_FORMAT_UNKNOWN;
    }
    if (smc_json_tracker_open(&tracker, lists, 1, SMC_FORMAT_UNKNOWN) == 0) {
        format = look(&tracker, bytes, nbytes, is_whole);
    }
    smc_json_tracker_close(&tracker);
    return format;
}
