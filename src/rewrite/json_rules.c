/*
 * Where each format has its frames.
 */
#include "src/rewrite/json_parts.h"

#define EVENT(path)                                                                                \
    {                                                                                              \
        path, NULL, SMC_FORMAT_SENTRY_EVENT, SMC_JSON_EVENT_STACK                                  \
    }
#define TRACE(path, action)                                                                        \
    {                                                                                              \
        path, NULL, SMC_FORMAT_CHROME_TRACE, action                                                \
    }

const struct smc_json_rule smc_json_rules[] = {
    {"nodes[]", NULL, SMC_FORMAT_CPUPROFILE, SMC_JSON_NODE},
    {"head.callFrame", NULL, SMC_FORMAT_HEAPPROFILE, SMC_JSON_CALL_FRAME},
    {"head.children[]", "head", SMC_FORMAT_HEAPPROFILE, 0},
    TRACE("traceEvents[].args.data", SMC_JSON_TRACE_DATA),
    TRACE("traceEvents[].args.data.functionName", SMC_JSON_TRACE_FUNCTION),
    TRACE("traceEvents[].args.data.cpuProfile.nodes[]", SMC_JSON_NODE),
    TRACE("traceEvents[].args.data.stackTrace", SMC_JSON_TRACE_STACK),
    TRACE("traceEvents[].args.beginData.stackTrace", SMC_JSON_TRACE_STACK),
    TRACE("traceEvents[].args.endData.stackTrace", SMC_JSON_TRACE_STACK),
    TRACE("traceEvents[].args.stackTrace", SMC_JSON_TRACE_STACK),
    {"[]", "traceEvents[]", SMC_FORMAT_CHROME_TRACE, 0},
    EVENT("exception.values[].stacktrace.frames"),
    {"exception[]", "exception.values[]", SMC_FORMAT_SENTRY_EVENT, 0},
    EVENT("threads.values[].stacktrace.frames"),
    {"threads[]", "threads.values[]", SMC_FORMAT_SENTRY_EVENT, 0},
    EVENT("stacktrace.frames"),
    {"profile.frames[]", NULL, SMC_FORMAT_SENTRY_PROFILE, SMC_JSON_PROFILE_FRAME},
    {"shared.frames[]", NULL, SMC_FORMAT_SPEEDSCOPE, SMC_JSON_SPEEDSCOPE_FRAME},
    {"javascriptStack.stack", NULL, SMC_FORMAT_NODE_REPORT, SMC_JSON_REPORT_STACK},
    {"callstack", NULL, SMC_FORMAT_HERMES_CRASH, SMC_JSON_CRASH_STACK},
    {"stackFrames.*", NULL, SMC_FORMAT_HERMES_PROFILE, SMC_JSON_HERMES_FRAME},
    {NULL, NULL, 0, 0},
};

/* What has one of these members has no images, and is as large as its program ran long. */
const struct smc_json_rule smc_json_scout_rules[] = {
    {"debug_meta.images[]", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_IMAGE},
    {"nodes[].callFrame", NULL, SMC_FORMAT_CPUPROFILE, SMC_JSON_NO_EVENT},
    {"head.callFrame", NULL, SMC_FORMAT_HEAPPROFILE, SMC_JSON_NO_EVENT},
    {"traceEvents", NULL, SMC_FORMAT_CHROME_TRACE, SMC_JSON_NO_EVENT},
    {"stackFrames", NULL, SMC_FORMAT_HERMES_PROFILE, SMC_JSON_NO_EVENT},
    {"shared.frames", NULL, SMC_FORMAT_SPEEDSCOPE, SMC_JSON_NO_EVENT},
    {"profiles[].unit", NULL, SMC_FORMAT_SPEEDSCOPE, SMC_JSON_NO_EVENT},
    {"javascriptStack.stack", NULL, SMC_FORMAT_NODE_REPORT, SMC_JSON_NO_EVENT},
    {NULL, NULL, 0, 0},
};

const struct smc_json_rule smc_json_document_rules[] = {
    {"event_id", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_ENVELOPE},
    {"sent_at", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_ENVELOPE},
    {"dsn", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_ENVELOPE},
    {"platform", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_EVENT},
    {"timestamp", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_EVENT},
    {"exception", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_EVENT},
    {"threads", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_EVENT},
    {"stacktrace", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_EVENT},
    {"type", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_ITEM_TYPE},
    {"length", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_ITEM_LENGTH},
    {"debug_meta.images[]", NULL, SMC_FORMAT_UNKNOWN, SMC_JSON_IMAGE},
    {NULL, NULL, 0, 0},
};
