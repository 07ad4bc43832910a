/*
 * Folded stacks of profiles: where their parts are, and what is done with each.
 */
#include "src/rewrite/json_fold.h"

enum action {
    FOLD_NODE = SMC_JSON_FOLD_FIRST,
    FOLD_SAMPLE,        /* the ID of a node; of Hermes an object with it */
    FOLD_DELTA,         /* microseconds before a sample */
    FOLD_EVENT_PROCESS, /* both together: which profile it is of */
    FOLD_EVENT_ID,
    FOLD_HEAP_FRAME,   /* of the node that is open */
    FOLD_HEAP_SIZE,    /* likewise */
    FOLD_HERMES_FRAME, /* a node; its ID is its key */
    FOLD_SENTRY_FRAME,
    FOLD_SENTRY_STACK,  /* numbers of frames, the callee's first */
    FOLD_SENTRY_SAMPLE, /* an object with the number of a stack */
    FOLD_SPEEDSCOPE_FRAME,
    FOLD_SPEEDSCOPE_STACK, /* numbers of frames, the caller's first */
    FOLD_SPEEDSCOPE_WEIGHT,
    FOLD_SPEEDSCOPE_EVENT,
    /* These are entered. */
    FOLD_EVENT,
    FOLD_HEAP_NODE,
    FOLD_SPEEDSCOPE_PROFILE
};

#define RULE(path, format, action)                                                                 \
    {                                                                                              \
        path, NULL, SMC_FORMAT_##format, action                                                    \
    }

const struct smc_json_rule smc_json_fold_rules[] = {
    RULE("nodes[]", CPUPROFILE, FOLD_NODE),
    RULE("samples[]", UNKNOWN, FOLD_SAMPLE), /* and of Hermes */
    RULE("timeDeltas[]", CPUPROFILE, FOLD_DELTA),
    RULE("head", HEAPPROFILE, FOLD_HEAP_NODE),
    RULE("head.callFrame", HEAPPROFILE, FOLD_HEAP_FRAME),
    RULE("head.selfSize", HEAPPROFILE, FOLD_HEAP_SIZE),
    RULE("traceEvents[]", CHROME_TRACE, FOLD_EVENT),
    RULE("traceEvents[].pid", CHROME_TRACE, FOLD_EVENT_PROCESS),
    RULE("traceEvents[].id", CHROME_TRACE, FOLD_EVENT_ID),
    /* Stacks of single events weigh nothing. */
    RULE("traceEvents[].args.data", CHROME_TRACE, 0),
    RULE("traceEvents[].args.data.functionName", CHROME_TRACE, 0),
    RULE("traceEvents[].args.data.stackTrace", CHROME_TRACE, 0),
    RULE("traceEvents[].args.beginData.stackTrace", CHROME_TRACE, 0),
    RULE("traceEvents[].args.endData.stackTrace", CHROME_TRACE, 0),
    RULE("traceEvents[].args.stackTrace", CHROME_TRACE, 0),
    RULE("traceEvents[].args.data.cpuProfile.nodes[]", CHROME_TRACE, FOLD_NODE),
    RULE("traceEvents[].args.data.cpuProfile.samples[]", CHROME_TRACE, FOLD_SAMPLE),
    RULE("traceEvents[].args.data.cpuProfile.timeDeltas[]", CHROME_TRACE, FOLD_DELTA),
    RULE("traceEvents[].args.data.timeDeltas[]", CHROME_TRACE, FOLD_DELTA),
    RULE("stackFrames.*", HERMES_PROFILE, FOLD_HERMES_FRAME),
    RULE("profile.frames[]", SENTRY_PROFILE, FOLD_SENTRY_FRAME),
    RULE("profile.stacks[]", SENTRY_PROFILE, FOLD_SENTRY_STACK),
    RULE("profile.samples[]", SENTRY_PROFILE, FOLD_SENTRY_SAMPLE),
    RULE("shared.frames[]", SPEEDSCOPE, FOLD_SPEEDSCOPE_FRAME),
    RULE("profiles[]", SPEEDSCOPE, FOLD_SPEEDSCOPE_PROFILE),
    RULE("profiles[].samples[]", SPEEDSCOPE, FOLD_SPEEDSCOPE_STACK),
    RULE("profiles[].weights[]", SPEEDSCOPE, FOLD_SPEEDSCOPE_WEIGHT),
    RULE("profiles[].events[]", SPEEDSCOPE, FOLD_SPEEDSCOPE_EVENT),
    {NULL, NULL, 0, 0},
};

/* ---- stacks of numbers ---- */

/* The one below it, of a frame by its number. */
static uint32_t child_of(struct smc_json_rewriter *json, uint32_t parent, uint32_t frame)
{
    return smc_json_fold_node_of(json, (uint64_t)parent << 32 | frame, parent, frame);
}

/* A stack is a way from node to node. NONE: it is empty. */
static uint32_t take_numbers(struct smc_json_rewriter *json, const struct smc_json *whole,
                             int is_callee_first)
{
    struct smc_buf *numbers = &json->fold->numbers;
    struct smc_json element;
    uint32_t node = SMC_FOLD_NONE;

    numbers->nbytes = 0;
    if (whole->type == SMC_JSON_ARRAY) {
        struct smc_json_walk walk = smc_json_walk(whole);
        while (smc_json_next_element(&walk, &element)) {
            const uint32_t number = smc_json_position_of(&element, 0);
            smc_buf_append(numbers, &number, sizeof number);
        }
    }
    if (numbers->failed) {
        smc_json_fold_give_up(json, NULL);
    }
    const uint32_t *list = (const void *)numbers->data;
    const size_t n = numbers->nbytes / sizeof *list;
    for (size_t i = 0; i < n && !json->fold->is_over; i++) {
        node = child_of(json, node, list[is_callee_first ? n - 1 - i : i]);
    }
    return node;
}

static void take_stack(struct smc_json_rewriter *json, const struct smc_json *whole,
                       int is_callee_first)
{
    const uint32_t node = take_numbers(json, whole, is_callee_first);
    smc_json_fold_push(json, &json->fold->list, &node, sizeof node);
}

static void take_stack_sample(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"stack_id"};
    struct smc_json_object object;

    smc_json_object_read(&object, whole, names, 1);
    const uint32_t number = smc_json_position_of(&object.values[0], 0);
    smc_json_fold_push(json, &json->fold->stack_samples, &number, sizeof number);
}

/* ---- profiles of speedscope ---- */

enum { EVENT_TYPE, EVENT_FRAME, EVENT_AT };

/* Frames are opened and closed; what passes between two events is the time of the stack that is open. */
static void take_event(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    static const char *const names[] = {"type", "frame", "at"};
    struct smc_json_fold *fold = json->fold;
    struct smc_json_object object;

    smc_json_object_read(&object, whole, names, 3);
    const double at = smc_json_number_of(&object.values[EVENT_AT]);
    const int opens = smc_json_is_text(&object.values[EVENT_TYPE], (struct smc_view){"O", 1});
    if (fold->has_last_at) {
        smc_json_fold_weigh(fold, fold->open_node, at - fold->last_at);
    }
    fold->last_at = at;
    fold->has_last_at = 1;
    if (opens) {
        fold->open_node =
            child_of(json, fold->open_node, smc_json_position_of(&object.values[EVENT_FRAME], 0));
    } else if (fold->open_node != SMC_FOLD_NONE) {
        fold->open_node = smc_json_fold_parent_of(fold, fold->open_node);
    }
}

static void begin_profile(struct smc_json_fold *fold)
{
    fold->list.nbytes = 0;
    fold->weights.nbytes = 0;
    fold->open_node = SMC_FOLD_NONE;
    fold->has_last_at = 0;
}

static void end_profile(struct smc_json_fold *fold)
{
    const uint32_t *list = (const void *)fold->list.data;
    const double *weights = (const void *)fold->weights.data;
    const size_t n_weights = fold->weights.nbytes / sizeof *weights;

    for (size_t i = 0; i < fold->list.nbytes / sizeof *list; i++) {
        smc_json_fold_weigh(fold, list[i], n_weights == 0 ? 1 : i < n_weights ? weights[i] : 0);
    }
    begin_profile(fold);
}

/* ---- what is found ---- */

static void take_number(struct smc_json_rewriter *json, struct smc_buf *numbers,
                        const struct smc_json *whole)
{
    const double number = smc_json_number_of(whole);
    smc_json_fold_push(json, numbers, &number, sizeof number);
}

static void take_text(struct smc_buf *text, const struct smc_json *whole)
{
    text->nbytes = 0;
    smc_buf_append(text, whole->start, (size_t)(whole->end - whole->start));
}

int smc_json_fold_enters(uint8_t action)
{
    return action >= FOLD_EVENT;
}

void smc_json_fold_enter(struct smc_json_rewriter *json, uint8_t action)
{
    struct smc_json_fold *fold = json->fold;

    if (fold->is_over) {
        return;
    }
    if (action == FOLD_EVENT) {
        fold->process.nbytes = fold->id.nbytes = 0;
    } else if (action == FOLD_HEAP_NODE) {
        fold->open_node = smc_json_fold_add_node(json, fold->open_node, SMC_FOLD_NONE);
    } else {
        begin_profile(fold);
    }
}

void smc_json_fold_leave(struct smc_json_rewriter *json, uint8_t action)
{
    struct smc_json_fold *fold = json->fold;

    if (fold->is_over) {
        return;
    }
    if (action == FOLD_EVENT) {
        smc_json_fold_commit_event(json);
    } else if (action == FOLD_SPEEDSCOPE_PROFILE) {
        end_profile(fold);
    } else if (fold->open_node != SMC_FOLD_NONE) {
        fold->open_node = smc_json_fold_parent_of(fold, fold->open_node);
    }
}

void smc_json_fold_key(struct smc_json_rewriter *json, const uint8_t *key, size_t nbytes)
{
    int64_t number = nbytes > 0 ? 0 : -1;

    for (size_t i = 0; i < nbytes && number >= 0; i++) {
        const int is_digit = key[i] >= '0' && key[i] <= '9' && number < SMC_JSON_INTEGER_MAX / 10;
        number = is_digit ? number * 10 + (key[i] - '0') : -1;
    }
    json->fold->key = number;
}

void smc_json_fold_take(struct smc_json_rewriter *json, uint8_t action,
                        const struct smc_json *whole)
{
    struct smc_json_fold *fold = json->fold;

    if (fold->is_over) {
        return;
    }
    switch (action) {
    case FOLD_NODE:
        smc_json_fold_take_node(json, whole);
        break;
    case FOLD_SAMPLE:
        smc_json_fold_take_sample(json, whole);
        break;
    case FOLD_DELTA:
        take_number(json, &fold->deltas, whole);
        break;
    case FOLD_EVENT_PROCESS:
        take_text(&fold->process, whole);
        break;
    case FOLD_EVENT_ID:
        take_text(&fold->id, whole);
        break;
    case FOLD_HEAP_FRAME:
        smc_json_fold_set_frame(json, fold->open_node,
                                smc_json_fold_take_label(json, &smc_json_form_call_frame, whole));
        break;
    case FOLD_HEAP_SIZE:
        smc_json_fold_weigh(fold, fold->open_node, smc_json_number_of(whole));
        break;
    case FOLD_HERMES_FRAME:
        smc_json_fold_take_hermes_frame(json, whole);
        break;
    case FOLD_SENTRY_FRAME:
        (void)smc_json_fold_add_label(
            json, smc_json_fold_take_label(json, &smc_json_form_profile, whole));
        break;
    case FOLD_SENTRY_STACK:
        take_stack(json, whole, 1);
        break;
    case FOLD_SENTRY_SAMPLE:
        take_stack_sample(json, whole);
        break;
    case FOLD_SPEEDSCOPE_FRAME:
        (void)smc_json_fold_add_label(
            json, smc_json_fold_take_label(json, &smc_json_form_speedscope, whole));
        break;
    case FOLD_SPEEDSCOPE_STACK:
        take_stack(json, whole, 0);
        break;
    case FOLD_SPEEDSCOPE_WEIGHT:
        take_number(json, &fold->weights, whole);
        break;
    case FOLD_SPEEDSCOPE_EVENT:
        take_event(json, whole);
        break;
    default:
        break;
    }
}
