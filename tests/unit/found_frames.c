#include "tests/unit/found_frames.h"

static size_t end_of(struct smc_stack_span span)
{
    return span.off + span.nbytes;
}

static int is_inside(struct smc_stack_span inner, struct smc_stack_span outer)
{
    return inner.nbytes == 0 || (inner.off >= outer.off && end_of(inner) <= end_of(outer));
}

static int is_white(const char *text, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') {
            return 0;
        }
    }
    return 1;
}

static const char *fault_of(const struct smc_stack_frame *frame, const char *line, size_t nbytes)
{
    const struct smc_stack_span whole = frame->whole;

    if (whole.nbytes == 0 || whole.nbytes > SMC_STACK_FRAME_NBYTES_MAX || whole.off > nbytes ||
        whole.nbytes > nbytes - whole.off) {
        return "a frame outside of its line, or empty, or too long";
    }
    if (!is_inside(frame->function, whole) || !is_inside(frame->url, whole)) {
        return "a function or a URL outside of its frame";
    }
    if (frame->function.nbytes > 0 && frame->url.nbytes > 0 &&
        end_of(frame->function) > frame->url.off) {
        return "a function behind its URL";
    }
    if (frame->form < SMC_STACK_AT || frame->form > SMC_STACK_ADDRESS || frame->flags >= 64 ||
        frame->n_escapings > SMC_STACK_ESCAPINGS_MAX) {
        return "an unknown form, flag or number of escapings";
    }
    if (((frame->flags & SMC_STACK_NATIVE) != 0) != (frame->url.nbytes == 0)) {
        return "native code with a URL, or other code without";
    }
    if ((frame->flags & SMC_STACK_NATIVE) != 0 &&
        (frame->line != SMC_NONE || frame->column != SMC_NONE)) {
        return "native code with a position";
    }
    if ((frame->flags & SMC_STACK_ALONE) != 0 && frame->form != SMC_STACK_AT_SIGN &&
        !is_white(line, whole.off)) {
        return "a frame that is alone behind something";
    }
    if ((frame->flags & SMC_STACK_ALONE) != 0 &&
        !is_white(line + end_of(whole), nbytes - end_of(whole))) {
        return "a frame that is alone before something";
    }
    return NULL;
}

const char *found_frames_fault(const char *line, size_t nbytes)
{
    struct smc_stack_scan scan = {.text = line, .nbytes = nbytes};
    struct smc_stack_frame frame;
    size_t last_start = 0, last_end = 0, stack_end = 0;

    while (smc_stack_next(&scan, &frame)) {
        const size_t start = frame.whole.off, end = end_of(frame.whole);
        const char *fault = fault_of(&frame, line, nbytes);
        if (fault != NULL) {
            return fault;
        }
        /* What an eval is in is inside of the frame that comes behind it; others are in none. */
        if (start < stack_end || end <= last_end || (start < last_end && start >= last_start)) {
            return "frames out of order, or in each other";
        }
        if (start < last_end && frame.url.off < last_end) {
            return "what an eval is in behind the URL of the frame";
        }
        last_start = start;
        last_end = end;
        stack_end = (frame.flags & SMC_STACK_EVAL_ORIGIN) != 0 ? stack_end : end;
    }
    return smc_stack_next(&scan, &frame) ? "a frame behind the last one" : NULL;
}
