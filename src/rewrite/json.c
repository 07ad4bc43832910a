/*
 * The way of the bytes: what is at no place of interest passes as it comes, in as large pieces as it comes in; what
 * is at one is collected, and taken when it is whole.
 */
#include "src/rewrite/json_parts.h"

#include <stdlib.h>

struct smc_json_rewriter *smc_json_new(struct smc_rewriter *rewriter,
                                       const struct smc_json_rule *const *lists, size_t n_lists)
{
    struct smc_json_rewriter *json = calloc(1, sizeof *json);

    if (json != NULL) {
        json->rewriter = rewriter;
        if (smc_json_tracker_open(&json->tracker, lists, n_lists, rewriter->options.format) != 0) {
            smc_json_rewriter_free(json);
            return NULL;
        }
    }
    return json;
}

struct smc_json_rewriter *smc_json_rewriter_new(struct smc_rewriter *rewriter)
{
    const struct smc_json_rule *const lists[] = {smc_json_document_rules, smc_json_rules,
                                                 smc_json_fold_rules};
    const int is_folded = rewriter->options.output == SMC_OUTPUT_FOLDED;
    struct smc_json_rewriter *json = smc_json_new(rewriter, lists, is_folded ? 3 : 2);

    if (json != NULL && is_folded && (json->fold = smc_json_fold_new()) == NULL) {
        smc_json_rewriter_free(json);
        return NULL;
    }
    return json;
}

static void free_parts(struct smc_json_rewriter *json)
{
    smc_json_tracker_close(&json->tracker);
    smc_json_fold_free(json->fold);
    smc_buf_free(&json->held);
    smc_buf_free(&json->document);
    smc_buf_free(&json->images);
    smc_buf_free(&json->image_urls);
    smc_buf_free(&json->room);
    smc_buf_free(&json->elements);
    smc_buf_free(&json->objects);
    smc_buf_free(&json->generated);
    smc_buf_free(&json->edits.text);
    smc_buf_free(&json->part);
    smc_buf_free(&json->written);
    free(json);
}

void smc_json_rewriter_free(struct smc_json_rewriter *json)
{
    if (json != NULL) {
        if (json->scout != NULL) {
            free_parts(json->scout);
        }
        free_parts(json);
    }
}

void smc_json_pass(struct smc_json_rewriter *json, const void *bytes, size_t nbytes)
{
    if (json->rewriter->options.output == SMC_OUTPUT_SAME && json->role == SMC_JSON_REWRITES &&
        nbytes > 0) {
        smc_out(json->rewriter, bytes, nbytes);
    }
}

void smc_json_lack_memory(struct smc_json_rewriter *json)
{
    smc_rewrite_fail(json->rewriter, SMC_REWRITE_E_MEMORY, "out of memory", 0);
}

/* ---- what is collected ---- */

static void begin_capture(struct smc_json_rewriter *json, uint8_t action, const uint8_t *p)
{
    smc_json_pass(json, json->from, (size_t)(p - json->from));
    json->from = p;
    json->capture = action;
    json->capture_depth = smc_json_stream_depth(&json->tracker.stream);
    json->is_call = 0;
    if (action != SMC_JSON_TRACE_DATA) {
        smc_json_stream_skip(&json->tracker.stream, 1);
    }
}

/* It is not wanted after all, or cannot be had: it passes. */
static void release_capture(struct smc_json_rewriter *json)
{
    smc_json_pass(json, json->held.data, json->held.nbytes);
    json->held.nbytes = 0;
    json->capture = SMC_JSON_NOTHING;
}

/* What is too long does not depend on how it is cut into pieces. */
static int is_too_long(const struct smc_json_rewriter *json, const uint8_t *end)
{
    return (size_t)(end - json->from) > SMC_JSON_CAPTURE_NBYTES_MAX - json->held.nbytes;
}

void smc_json_count_lost(struct smc_json_rewriter *json)
{
    if (json->capture > SMC_JSON_IMAGE && (json->capture != SMC_JSON_TRACE_DATA || json->is_call)) {
        const struct smc_original_frame lost = {.reason = SMC_REASON_TOO_LARGE};
        smc_count_frame(json->rewriter, &lost);
    }
}

static void give_up_capture(struct smc_json_rewriter *json)
{
    smc_json_count_lost(json);
    release_capture(json);
}

static void hold(struct smc_json_rewriter *json, const uint8_t *end)
{
    smc_buf_append(&json->held, json->from, (size_t)(end - json->from));
    if (json->held.failed) {
        smc_json_lack_memory(json);
    }
    json->from = end;
}

/* The scanner has checked it. */
static void take(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    const uint8_t action = json->capture;
    struct smc_json_text text;
    struct smc_json whole;
    struct smc_buf *to = &json->written;

    smc_json_trust(&text, bytes, nbytes, &whole);
    to->nbytes = 0;
    if (json->fold != NULL && action >= SMC_JSON_FOLD_FIRST) {
        smc_json_fold_take(json, action, &whole);
    } else {
        smc_json_take(json, action, &whole, to);
    }
    smc_json_pass(json, to->data, to->nbytes);
    if (to->failed || json->edits.text.failed) {
        smc_json_lack_memory(json);
    }
}

static void end_capture(struct smc_json_rewriter *json, const uint8_t *p)
{
    if (json->capture == SMC_JSON_TRACE_DATA && !json->is_call) {
        release_capture(json);
        return;
    }
    if (is_too_long(json, p)) {
        give_up_capture(json);
        return;
    }
    if (json->held.nbytes == 0) {
        take(json, json->from, (size_t)(p - json->from));
    } else {
        hold(json, p);
        take(json, json->held.data, json->held.nbytes);
    }
    json->held.nbytes = 0;
    json->capture = SMC_JSON_NOTHING;
    json->from = p;
}

/* ---- events ---- */

/* What the input is, is said by the first frame of it. */
static void note_format(struct smc_json_rewriter *json, uint8_t place)
{
    const uint8_t format = json->tracker.paths.places[place].format;

    if (!json->has_format && format != SMC_FORMAT_UNKNOWN) {
        json->has_format = 1;
        json->rewriter->counts.format = format;
    }
}

static void begin_document(struct smc_json_rewriter *json, const uint8_t *p, uint64_t offset)
{
    smc_json_begin_document(json);
    smc_json_begin_images(json, offset, *p == '{');
    if (json->is_paused) {
        smc_json_pass(json, json->from, (size_t)(p - json->from));
        json->from = p;
    }
}

static void begin_value(struct smc_json_rewriter *json, uint8_t place, const uint8_t *p)
{
    const uint8_t at_place = json->tracker.paths.places[place].action;
    const uint8_t action =
        at_place == SMC_JSON_EVENT ? SMC_JSON_NOTHING : at_place; /* its key was all */
    const int is_container = *p == '{' || *p == '[';

    if (json->capture !=
        SMC_JSON_NOTHING) { /* of an event, in which something else has been found */
        release_capture(json);
    }
    if (action != SMC_JSON_NOTHING && json->role == SMC_JSON_REWRITES) {
        note_format(json, place);
    }
    if (json->fold != NULL && smc_json_fold_enters(action)) {
        if (is_container) {
            smc_json_fold_enter(json, action);
        }
    } else if (action != SMC_JSON_NOTHING && (is_container || action != SMC_JSON_TRACE_DATA)) {
        begin_capture(json, action, p);
        return;
    }
    if (!is_container) {
        smc_json_stream_skip(&json->tracker.stream, 0);
    }
}

static void end_value(struct smc_json_rewriter *json, uint8_t place, const uint8_t *p)
{
    const uint8_t action = json->tracker.paths.places[place].action;

    if (json->capture != SMC_JSON_NOTHING &&
        json->capture_depth == smc_json_stream_depth(&json->tracker.stream)) {
        end_capture(json, p);
    } else if (json->fold != NULL && smc_json_fold_enters(action)) {
        smc_json_fold_leave(json, action);
    }
}

/* Keys that say something by themselves. */
static void note_key(struct smc_json_rewriter *json, uint8_t action)
{
    struct smc_json_stream *stream = &json->tracker.stream;

    if (action == SMC_JSON_NO_EVENT) {
        json->is_paused = 1;
    } else if (action == SMC_JSON_TRACE_FUNCTION) {
        json->is_call = 1;
        smc_json_stream_skip(stream, 0);
    } else if (action == SMC_JSON_ENVELOPE) {
        json->has_envelope_key |= stream->n_documents == 1;
        smc_json_stream_skip(stream, 0);
    } else if (action == SMC_JSON_EVENT) {
        json->has_event_key |= stream->n_documents == 1;
    } else if (json->fold != NULL) {
        smc_json_fold_key(json, stream->key, stream->key_nbytes);
    }
}

static void fail(struct smc_json_rewriter *json, uint64_t offset)
{
    const char *reason = json->tracker.stream.reason;

    json->is_lost = 1;
    if (reason == NULL) {
        smc_json_lack_memory(json);
    } else if (json->role == SMC_JSON_REWRITES) {
        smc_rewrite_fail(json->rewriter, SMC_REWRITE_E_JSON, reason, offset);
    }
}

size_t smc_json_run(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    if (nbytes == 0) {
        return 0; /* from no place at all, maybe */
    }
    const uint8_t *p = bytes, *end = bytes + nbytes;
    uint8_t place;

    json->from = bytes;
    for (json->is_paused = 0; !json->is_lost && !json->is_paused;) {
        const enum smc_json_event event = smc_json_tracker_next(&json->tracker, &p, end, &place);
        const uint64_t offset = json->offset + (uint64_t)(p - bytes);
        if (event == SMC_JSON_BEGIN) {
            begin_value(json, place, p);
            if (place == SMC_JSON_ROOT) {
                begin_document(json, p, offset);
            }
        } else if (event == SMC_JSON_END) {
            end_value(json, place, p);
            if (place == SMC_JSON_ROOT) {
                smc_json_end_document(json);
                smc_json_end_images(json, offset);
            }
        } else if (event == SMC_JSON_ERROR) {
            release_capture(json);
            fail(json, offset);
        } else if (event == SMC_JSON_MORE) {
            break;
        } else {
            note_key(json, json->tracker.paths.places[place].action);
        }
    }
    if (json->is_paused) {
        json->offset += (uint64_t)(p - bytes);
        return (size_t)(p - bytes);
    }
    json->offset += nbytes;
    if (json->capture != SMC_JSON_NOTHING && is_too_long(json, end)) {
        give_up_capture(json);
    }
    if (json->capture != SMC_JSON_NOTHING) {
        hold(json, end);
    } else {
        smc_json_pass(json, json->from, (size_t)(end - json->from));
    }
    return nbytes;
}

void smc_json_rewriter_feed(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    while (nbytes > 0 && (!json->is_scouting || smc_json_scout(json, bytes, nbytes))) {
        const size_t n = smc_json_run(json, bytes, nbytes);
        bytes += n;
        nbytes -= n;
    }
}

void smc_json_rewriter_finish(struct smc_json_rewriter *json)
{
    smc_json_end_scouting(json);
    if (!json->is_lost && smc_json_stream_finish(&json->tracker.stream) != 0) {
        release_capture(json);
        fail(json, json->offset);
    }
    if (json->fold != NULL) {
        smc_json_fold_finish(json);
    }
}
