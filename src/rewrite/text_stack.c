/*
 * A stack of text: translated in one call, and written, each frame in its place.
 */
#include "src/rewrite/text.h"

#include <string.h>

/* Original frames of a held one are frames[original .. original + n); of what an eval is in, which is no frame of the
 * stack, a text, origins[original .. original + n). */
struct stack {
    struct smc_held_frame *held;
    size_t n_held;
    const struct smc_generated_frame *generated;
    const struct smc_original_frame *frames;
    size_t n_frames;
};

static int is_origin(const struct smc_held_frame *held)
{
    return (held->frame.flags & SMC_STACK_EVAL_ORIGIN) != 0;
}

static const char *line_of(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    return (const char *)text->in.data + held->line;
}

static struct stack stack_of(struct smc_text_rewriter *text)
{
    return (struct stack){.held = (void *)text->held.data,
                          .n_held = text->held.nbytes / sizeof(struct smc_held_frame)};
}

static void fail(struct smc_text_rewriter *text)
{
    smc_rewrite_fail(text->rewriter, SMC_REWRITE_E_MEMORY, "out of memory", text->rewriter->offset);
}

/* ---- translating ---- */

static void add_generated(struct smc_text_rewriter *text, const char *line,
                          const struct smc_stack_frame *frame)
{
    struct smc_generated_frame generated;

    smc_text_frame_read(line, frame, &text->room, &generated);
    generated.debug_id = smc_image_of(text->rewriter, generated.url);
    smc_buf_append(&text->generated, &generated, sizeof generated);
}

/* Has either the frames of the stack translated, or the origins in it. Nothing may grow in `room` meanwhile. */
static int translate(struct smc_text_rewriter *text, struct stack *stack, int wants_origins)
{
    size_t room_nbytes = text->has_last ? text->last.frame.whole.nbytes : 0;

    for (size_t i = 0; i < stack->n_held; i++) {
        room_nbytes += stack->held[i].frame.n_escapings > 0 ? stack->held[i].frame.whole.nbytes : 0;
    }
    text->room.nbytes = 0;
    text->generated.nbytes = 0;
    if (smc_buf_reserve(&text->room, room_nbytes) == NULL) {
        return -1;
    }
    if (!wants_origins && text->has_last) {
        add_generated(text, (const char *)text->last_line.data, &text->last.frame);
    }
    for (size_t i = 0; i < stack->n_held; i++) {
        if (is_origin(&stack->held[i]) == wants_origins) {
            add_generated(text, line_of(text, &stack->held[i]), &stack->held[i].frame);
        }
    }
    stack->generated = (const void *)text->generated.data;
    return !text->generated.failed &&
                   smc_symbolicate(text->rewriter->options.symbolicator, stack->generated,
                                   text->generated.nbytes / sizeof *stack->generated,
                                   wants_origins ? SMC_UNRELATED : SMC_CALLEE_FIRST, &stack->frames,
                                   &stack->n_frames) == SMC_OK
               ? 0
               : -1;
}

/* Each original to the held frame that it comes from. */
static void assign_originals(const struct smc_text_rewriter *text, struct stack *stack)
{
    uint32_t frame = text->has_last ? 1 : 0;
    size_t k = 0;

    for (size_t i = 0; i < stack->n_held; i++) {
        struct smc_held_frame *held = &stack->held[i];
        if (is_origin(held)) {
            continue;
        }
        while (k < stack->n_frames && stack->frames[k].frame < frame) {
            k++;
        }
        held->original = (uint32_t)k;
        while (k < stack->n_frames && stack->frames[k].frame == frame) {
            k++;
        }
        held->n = (uint32_t)k - held->original;
        frame++;
    }
}

static int translate_origins(struct smc_text_rewriter *text, struct stack *stack)
{
    uint32_t n_origins = 0;
    size_t k = 0;

    text->origins.nbytes = 0;
    for (size_t i = 0; i < stack->n_held; i++) {
        n_origins += (uint32_t)is_origin(&stack->held[i]);
    }
    if (n_origins == 0) {
        return 0;
    }
    if (translate(text, stack, 1) != 0) {
        return -1;
    }
    n_origins = 0;
    for (size_t i = 0; i < stack->n_held; i++) {
        struct smc_held_frame *held = &stack->held[i];
        if (is_origin(held)) {
            while (stack->frames[k].frame < n_origins) {
                k++; /* there is room for the innermost of several alone */
            }
            held->original = (uint32_t)text->origins.nbytes;
            smc_text_frame_write(&text->origins, line_of(text, held), &held->frame,
                                 &stack->frames[k]);
            held->n = (uint32_t)text->origins.nbytes - held->original;
            n_origins++;
        }
    }
    return text->origins.failed ? -1 : 0;
}

/* ---- writing lists of frames ---- */

static void write_frames(struct smc_text_rewriter *text, const struct stack *stack,
                         const struct smc_held_frame *held)
{
    for (uint32_t i = 0; i < held->n; i++) {
        const struct smc_original_frame *original = &stack->frames[held->original + i];
        if (!smc_text_is_hidden(text, original)) {
            smc_out_frame(text->rewriter, &stack->generated[original->frame], original);
        }
    }
}

static void fold(struct smc_text_rewriter *text, const struct stack *stack)
{
    const uint32_t first = text->has_last ? 1 : 0;

    for (size_t i = 0; i < stack->n_frames; i++) {
        const struct smc_original_frame *original = &stack->frames[i];
        if (original->frame >= first && !smc_text_is_hidden(text, original)) {
            smc_text_fold(text, &stack->generated[original->frame], original);
        }
    }
}

/* ---- all of it ---- */

/* The part that has been written, as the next one needs to know of it. */
static void keep_last(struct smc_text_rewriter *text, const struct stack *stack)
{
    const struct smc_held_frame *last = &stack->held[stack->n_held - 1];
    struct smc_stack_frame *frame = &text->last.frame;
    const size_t off = last->frame.whole.off;

    text->last_line.nbytes = 0;
    smc_buf_append(&text->last_line, line_of(text, last) + off, last->frame.whole.nbytes);
    text->last = *last;
    frame->whole.off -= off;
    frame->function.off -= off;
    frame->url.off -= off;
    text->has_last = !text->last_line.failed;
    if (text->last_line.failed) {
        fail(text);
    }
}

void smc_text_stack_write(struct smc_text_rewriter *text, int goes_on)
{
    struct stack stack = stack_of(text);
    size_t n_origins = 0;

    if (translate_origins(text, &stack) != 0 || translate(text, &stack, 0) != 0) {
        fail(text); /* the frames stay as they are */
        text->held.nbytes = 0;
        return;
    }
    uint32_t frame = text->has_last ? 1 : 0;
    assign_originals(text, &stack);
    text->rewriter->counts.n_stacks += text->has_last ? 0 : 1;
    for (size_t i = 0; i < stack.n_held; i++) {
        if (is_origin(&stack.held[i])) {
            n_origins++;
            continue;
        }
        (void)smc_count_originals(text->rewriter, frame++, stack.frames + stack.held[i].original,
                                  stack.n_frames - stack.held[i].original);
        if (text->rewriter->options.output == SMC_OUTPUT_SAME) {
            smc_text_held_write(text, &stack.held[i], n_origins,
                                stack.frames + stack.held[i].original);
        } else if (text->rewriter->options.output == SMC_OUTPUT_FRAMES) {
            write_frames(text, &stack, &stack.held[i]);
        }
        n_origins = 0;
    }
    if (text->rewriter->options.output == SMC_OUTPUT_FOLDED) {
        fold(text, &stack);
        if (!goes_on) {
            smc_text_fold_end(text);
        }
    }
    if (goes_on) {
        keep_last(text, &stack);
    }
    text->held.nbytes = 0;
}

int smc_text_stack_waits(struct smc_text_rewriter *text)
{
    struct stack stack = stack_of(text);

    if (translate(text, &stack, 0) != 0) {
        fail(text);
        return 0;
    }
    if (stack.n_frames == 0) {
        return 0;
    }
    const struct smc_original_frame *last = &stack.frames[stack.n_frames - 1];
    return last->source != SMC_NONE && last->function.kind != SMC_FUNCTION_NAMED &&
           last->function.kind != SMC_FUNCTION_TOP_LEVEL;
}
