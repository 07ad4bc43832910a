/*
 * What has been collected, by what it is; and the formats in which a frame is no more than a function and a place.
 */
#include "src/rewrite/json_parts.h"

#include <string.h>

/* As V8 has them, and Chrome. */
#define CALL_FRAME_NAMES                                                                           \
    {                                                                                              \
        "smcache_reason", "smcache_ignored", "functionName", "url", "lineNumber", "columnNumber"   \
    }

const struct smc_json_form smc_json_form_call_frame = {.names = CALL_FRAME_NAMES,
                                                       .nameless = "",
                                                       .base = 0,
                                                       .flags = SMC_GENERATED_FUNCTION_START,
                                                       .order = SMC_UNRELATED};

/* Of an event "FunctionCall" in a trace. */
static const struct smc_json_form function_call = {.names = CALL_FRAME_NAMES,
                                                   .nameless = "",
                                                   .base = 1,
                                                   .flags = SMC_GENERATED_FUNCTION_START,
                                                   .order = SMC_UNRELATED};

static const struct smc_json_form trace_stack = {
    .names = CALL_FRAME_NAMES, .nameless = "", .base = 1, .order = SMC_CALLEE_FIRST};

const struct smc_json_form smc_json_form_speedscope = {
    .names = {"smcache_reason", "smcache_ignored", "name", "file", "line", "col"},
    .nameless = "(anonymous)",
    .base = 1,
    .order = SMC_UNRELATED};

/* ---- envelopes ---- */

static int has_frames(const struct smc_json *type)
{
    static const char *const types[] = {"event", "transaction", "profile", "profile_chunk",
                                        "feedback"};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (smc_json_is_text(type, (struct smc_view){types[i], strlen(types[i])})) {
            return 1;
        }
    }
    return 0;
}

/* A header of an envelope is followed by items, each a header and what it is of; other documents by their like. */
void smc_json_end_document(struct smc_json_rewriter *json)
{
    if (json->tracker.stream.n_documents == 1) {
        json->is_envelope = json->has_envelope_key && !json->has_event_key;
    }
    if (!json->is_envelope || !json->is_header) {
        json->is_header = 1; /* what follows that of the envelope, or an item */
        return;
    }
    if (json->is_other_item && json->item_nbytes != 0) {
        json->tracker.stream.raw_nbytes =
            json->item_nbytes > 0 ? (uint64_t)json->item_nbytes : SMC_JSON_RAW_LINE;
    } else {
        json->is_header = json->item_nbytes == 0;
    }
}

void smc_json_begin_document(struct smc_json_rewriter *json)
{
    json->is_other_item = 0;
    json->item_nbytes = -1;
    if (json->fold != NULL) {
        smc_json_fold_document(json);
    }
}

/* ---- all ---- */

static void take_frame(struct smc_json_rewriter *json, const struct smc_json_form *form,
                       const struct smc_json *whole, struct smc_buf *to)
{
    struct smc_generated_frame generated;
    (void)smc_json_take_frame(json, form, whole, &generated, to);
}

void smc_json_take(struct smc_json_rewriter *json, uint8_t action, const struct smc_json *whole,
                   struct smc_buf *to)
{
    const int is_array = whole->type == SMC_JSON_ARRAY;
    const int is_object = whole->type == SMC_JSON_OBJECT;

    if (is_array && action == SMC_JSON_EVENT_STACK) {
        smc_json_take_stack(json, &smc_json_form_event, whole, to);
    } else if (is_array && action == SMC_JSON_TRACE_STACK) {
        smc_json_take_stack(json, &trace_stack, whole, to);
    } else if (is_array && action == SMC_JSON_CRASH_STACK) {
        smc_json_take_stack(json, &smc_json_form_crash, whole, to);
    } else if (is_array && action == SMC_JSON_REPORT_STACK) {
        smc_json_take_report(json, whole, to);
    } else if (is_object && action == SMC_JSON_PROFILE_FRAME) {
        take_frame(json, &smc_json_form_profile, whole, to);
    } else if (is_object && action == SMC_JSON_CALL_FRAME) {
        take_frame(json, &smc_json_form_call_frame, whole, to);
    } else if (is_object && action == SMC_JSON_TRACE_DATA) {
        take_frame(json, &function_call, whole, to);
    } else if (is_object && action == SMC_JSON_SPEEDSCOPE_FRAME) {
        take_frame(json, &smc_json_form_speedscope, whole, to);
    } else if (is_object && action == SMC_JSON_HERMES_FRAME) {
        take_frame(json, &smc_json_form_hermes, whole, to);
    } else if (is_object && action == SMC_JSON_NODE) {
        smc_json_take_node(json, whole, to);
    } else {
        if (is_object && action == SMC_JSON_IMAGE) {
            smc_json_take_image(json, whole);
        } else if (action == SMC_JSON_ITEM_TYPE) {
            json->is_other_item = !has_frames(whole);
        } else if (action == SMC_JSON_ITEM_LENGTH) {
            json->item_nbytes = smc_json_integer_of(whole);
        }
        smc_buf_append(to, whole->start, (size_t)(whole->end - whole->start));
    }
}
