/*
 * From bytes to lines, and from lines to stacks. What comes out does not depend on how the bytes are cut into pieces.
 */
#include "src/rewrite/text.h"

#include <stdlib.h>
#include <string.h>

struct smc_text_rewriter *smc_text_rewriter_new(struct smc_rewriter *rewriter)
{
    struct smc_text_rewriter *text = calloc(1, sizeof *text);

    if (text != NULL) {
        text->rewriter = rewriter;
    }
    return text;
}

void smc_text_rewriter_free(struct smc_text_rewriter *text)
{
    if (text != NULL) {
        smc_buf_free(&text->in);
        smc_buf_free(&text->held);
        smc_buf_free(&text->last_line);
        smc_buf_free(&text->generated);
        smc_buf_free(&text->room);
        smc_buf_free(&text->origins);
        smc_buf_free(&text->labels);
        smc_buf_free(&text->label_ends);
        free(text);
    }
}

static void fail(struct smc_text_rewriter *text)
{
    smc_rewrite_fail(text->rewriter, SMC_REWRITE_E_MEMORY, "out of memory", text->rewriter->offset);
}

/* A position at the end of a piece may go on in the next one. */
#define LOOK_AHEAD_NBYTES 64

static size_t n_held(const struct smc_text_rewriter *text)
{
    return text->held.nbytes / sizeof(struct smc_held_frame);
}

static void end_stack(struct smc_text_rewriter *text)
{
    if (n_held(text) > 0) {
        smc_text_stack_write(text, 0);
    } else {
        smc_text_fold_end(text);
    }
    text->has_last = 0;
}

/* ---- frames of a line ---- */

/* Frames in one line belong to one stack if there is nothing between them but line ends and the like. */
static int is_gap(const char *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        const char c = bytes[i];
        if (c == '\\') {
            continue;
        }
        if (c != ' ' && c != '\t' && c != '\r' &&
            !(i > 0 && bytes[i - 1] == '\\' && (c == 'n' || c == 'r' || c == 't'))) {
            return 0;
        }
    }
    return 1;
}

/* A stack inside of a string has ended with its line, or begins with it. */
static int is_of_string(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    const struct smc_held_frame *before = (const void *)text->held.data;

    before = n_held(text) > 0 ? &before[n_held(text) - 1] : text->has_last ? &text->last : NULL;
    return before != NULL && (before->frame.n_escapings > 0 || held->frame.n_escapings > 0);
}

/* A frame, after what the evals are in that it is of, which are escaped as it is. */
static void hold(struct smc_text_rewriter *text, struct smc_held_frame *frames, size_t n)
{
    const int begins_stack = frames[n - 1].begins_stack;

    for (size_t i = 0; i < n; i++) {
        frames[i].frame.n_escapings = frames[n - 1].frame.n_escapings;
    }
    if (begins_stack) {
        end_stack(text);
    } else if (n_held(text) > 0 && n_held(text) + n > SMC_TEXT_HELD_MAX) {
        smc_text_stack_write(text, 1);
    }
    smc_buf_append(&text->held, frames, n * sizeof *frames);
    if (text->held.failed) {
        fail(text);
    }
}

static void mark_last(struct smc_text_rewriter *text)
{
    if (n_held(text) > 0) {
        ((struct smc_held_frame *)(void *)text->held.data)[n_held(text) - 1].is_in_text = 1;
    }
}

/* So many may be inside of one frame: of more, which are in none, the first goes. Returns how many there are. */
static size_t add_origin(struct smc_held_frame *frames, size_t n)
{
    if (n < SMC_STACK_PARENTHESES_MAX) {
        return n + 1;
    }
    memmove(frames, frames + 1, n * sizeof *frames);
    return n;
}

/* Those that are inside of frame n, which is behind them. */
static size_t first_origin(const struct smc_held_frame *frames, size_t n)
{
    size_t i = 0;
    while (i < n && frames[i].frame.whole.off < frames[n].frame.whole.off) {
        i++;
    }
    return i;
}

/* A piece of `nbytes` at `text->line`; `next` is where the next line begins, SIZE_MAX if this one goes on. Returns the end
 * of the last frame that is in it for sure, 0 if there is none. */
static size_t read_frames(struct smc_text_rewriter *text, size_t nbytes, size_t next)
{
    const char *line = (const char *)text->in.data + text->line;
    const int is_part = text->is_in_line || next == SIZE_MAX;
    struct smc_stack_scan scan = {.text = line, .nbytes = nbytes};
    struct smc_held_frame frames[SMC_STACK_PARENTHESES_MAX + 1];
    size_t end = 0, n = 0;

    while (smc_stack_next(&scan, &frames[n].frame)) {
        struct smc_held_frame *held = &frames[n];
        const size_t start = held->frame.whole.off, behind = start + held->frame.whole.nbytes;
        if (next == SIZE_MAX && nbytes - behind < LOOK_AHEAD_NBYTES) {
            break; /* what ends it may be in the next piece */
        }
        *held = (struct smc_held_frame){.frame = held->frame, .line = text->line, .next = next};
        held->is_in_text = is_part || held->frame.n_escapings > 0 || end > 0;
        if ((held->frame.flags & SMC_STACK_EVAL_ORIGIN) != 0) {
            n = add_origin(frames, n);
            continue;
        }
        held->begins_stack = end > 0 || text->is_in_line ? !is_gap(line + end, start - end)
                                                         : is_of_string(text, held);
        if (end > 0) {
            mark_last(text);
        }
        const size_t first = first_origin(frames, n);
        hold(text, frames + first, n + 1 - first);
        end = behind;
        n = 0;
    }
    return end;
}

/* ---- lines ---- */

/* What is in the buffer and needs no frame any more. */
static void pass(struct smc_text_rewriter *text)
{
    if (n_held(text) > 0) {
        return;
    }
    if (text->rewriter->options.output == SMC_OUTPUT_SAME && text->line > text->written) {
        smc_out(text->rewriter, text->in.data + text->written, text->line - text->written);
    }
    text->written = text->line;
}

/* Makes room for more at the end. The line of a frame that is held stays, even if its beginning has been written. */
static void compact(struct smc_text_rewriter *text)
{
    struct smc_held_frame *held = (void *)text->held.data;
    const size_t n =
        n_held(text) > 0 && held[0].line < text->written ? held[0].line : text->written;

    if (n == 0) {
        return;
    }
    memmove(text->in.data, text->in.data + n, text->in.nbytes - n);
    text->in.nbytes -= n;
    text->line -= n;
    text->searched -= text->searched < n ? text->searched : n;
    text->written -= n;
    for (size_t i = 0; i < n_held(text); i++) {
        held[i].line -= n;
        held[i].next -= held[i].next == SIZE_MAX ? 0 : n;
    }
}

/* One line, or a piece of a long one. Returns 0 if it is not all there yet. */
static int read_line(struct smc_text_rewriter *text, int is_all)
{
    const size_t available = text->in.nbytes - text->line;
    const uint8_t *line = text->in.data + text->line;
    const size_t limit = available < SMC_TEXT_PIECE_NBYTES ? available : SMC_TEXT_PIECE_NBYTES;
    const size_t searched = text->searched > text->line ? text->searched - text->line : 0;
    const uint8_t *newline =
        limit <= searched ? NULL : memchr(line + searched, '\n', limit - searched);
    size_t end, next;

    if (newline != NULL) {
        const size_t nbytes = (size_t)(newline - line);
        next = text->line + nbytes + 1;
        end = read_frames(text, nbytes, next);
    } else if (available >= SMC_TEXT_PIECE_NBYTES) {
        next = SIZE_MAX;
        end = read_frames(text, SMC_TEXT_PIECE_NBYTES, next);
    } else if (is_all && available > 0) {
        next = text->in.nbytes;
        end = read_frames(text, available, next);
    } else {
        text->searched = text->in.nbytes;
        return 0;
    }
    if (end == 0) {
        end_stack(text);
    }
    if (next == SIZE_MAX) {
        const size_t kept = SMC_TEXT_PIECE_NBYTES - SMC_STACK_FRAME_NBYTES_MAX;
        if (end < kept) {
            end_stack(text); /* so long a gap is none */
        }
        next = text->line + (end > kept ? end : kept);
        text->is_in_line = 1;
    } else {
        text->is_in_line = 0;
    }
    text->line = next;
    if (n_held(text) > 0 && text->line - text->written > SMC_TEXT_HELD_NBYTES) {
        smc_text_stack_write(text, 1);
    }
    return 1;
}

static void read_lines(struct smc_text_rewriter *text, int is_all)
{
    while (read_line(text, is_all)) {
    }
    pass(text);
    compact(text);
}

void smc_text_rewriter_feed(struct smc_text_rewriter *text, const uint8_t *bytes, size_t nbytes)
{
    smc_buf_append(&text->in, bytes, nbytes);
    if (text->in.failed || text->held.failed) {
        fail(text);
        return;
    }
    text->is_waiting = 0;
    read_lines(text, 0);
}

void smc_text_rewriter_flush(struct smc_text_rewriter *text, int waits)
{
    if (n_held(text) > 0 && text->rewriter->options.output != SMC_OUTPUT_FOLDED) {
        text->is_waiting = waits && smc_text_stack_waits(text);
        if (!text->is_waiting) {
            smc_text_stack_write(text, 1);
        }
    }
    pass(text);
    compact(text);
}

int smc_text_rewriter_is_waiting(const struct smc_text_rewriter *text)
{
    return text->is_waiting;
}

void smc_text_rewriter_finish(struct smc_text_rewriter *text)
{
    read_lines(text, 1);
    end_stack(text);
    pass(text);
}
