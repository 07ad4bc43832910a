/*
 * A frame of text, written in its place: what it stands for, or lines of their own for several, or nothing.
 */
#include "src/rewrite/text.h"

#include <string.h>

static const char *line_of(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    return (const char *)text->in.data + held->line;
}

/* What has not been written, up to there. */
static void write_up_to(struct smc_text_rewriter *text, size_t off)
{
    if (off > text->written) {
        smc_out(text->rewriter, text->in.data + text->written, off - text->written);
        text->written = off;
    }
}

static void annotate(struct smc_text_rewriter *text, const struct smc_original_frame *original)
{
    const char *note = smc_text_note(text->rewriter, original);

    if (note != NULL) {
        smc_out_text(text->rewriter, " [");
        smc_out_text(text->rewriter, note);
        smc_out_text(text->rewriter, "]");
    }
}

/* What takes the place of a frame; or of its own line, where there are more of them than one. */
static void write_original(struct smc_text_rewriter *text, const struct smc_held_frame *held,
                           const struct smc_original_frame *original, unsigned flags)
{
    const int is_dim = (original->flags & SMC_ORIGINAL_IGNORED) != 0 &&
                       (text->rewriter->options.flags & SMC_REWRITE_COLOUR) != 0 &&
                       held->frame.n_escapings == 0;
    struct smc_stack_frame frame = held->frame;
    struct smc_buf *out = &text->rewriter->out;

    frame.flags = flags;
    smc_buf_append(out, "\x1b[2m", is_dim ? 4 : 0);
    smc_text_frame_write(out, line_of(text, held), &frame, original);
    smc_buf_append(out, "\x1b[0m", is_dim ? 4 : 0);
}

static int is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Where the escape of this letter begins that ends there. */
static size_t escape_off(const char *line, size_t end, char letter)
{
    size_t i = end;

    if (i < 2 || line[i - 1] != letter || line[i - 2] != '\\') {
        return end;
    }
    for (i--; i > 0 && line[i - 1] == '\\';) {
        i--;
    }
    return i;
}

/* Where what separates a frame from the one before begins: in a string its line end, and white space. */
static size_t separator_off(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    const char *line = line_of(text, held);
    size_t i = held->frame.whole.off, end;

    do {
        end = i;
        i = held->frame.n_escapings > 0 ? escape_off(line, i, 't') : i;
        while (i > 0 && is_white(line[i - 1])) {
            i--;
        }
    } while (i < end);
    if (held->frame.n_escapings > 0 && escape_off(line, i, 'n') < i) {
        i = escape_off(line, escape_off(line, i, 'n'), 'r');
    }
    return i;
}

/* Whether a frame that shares its line is all that is between two line ends in a string, or behind the last one. */
static int has_own_part(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    const uint8_t *bytes = text->in.data;
    const size_t end = held->line + held->frame.whole.off + held->frame.whole.nbytes;
    size_t i = end;

    while (i < text->in.nbytes && bytes[i] == '\\') {
        i++;
    }
    const int ends_line = i < text->in.nbytes &&
                          (bytes[i] == '"' || (i > end && (bytes[i] == 'n' || bytes[i] == 'r')));
    return held->frame.n_escapings > 0 && ends_line &&
           bytes[held->line + separator_off(text, held)] == '\\';
}

/* Whether its line is nothing but a frame, behind what a log may put before each line: frames are indented, prose is not. */
static int has_own_line(const struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    const char *line = line_of(text, held);
    const size_t start = held->frame.whole.off, end = start + held->frame.whole.nbytes;
    const size_t separator = separator_off(text, held);

    if (held->is_in_text) {
        return 0;
    }
    for (size_t i = end; i + held->line < held->next; i++) {
        if (!is_white(line[i]) && line[i] != '\n') {
            return 0;
        }
    }
    return (held->frame.flags & SMC_STACK_ALONE) != 0 || start - separator >= 2 ||
           (start > separator && line[separator] == '\t');
}

/* Leaves a frame out. Returns 0 where that would tear its surroundings: there it stays. */
static int drop(struct smc_text_rewriter *text, const struct smc_held_frame *held)
{
    if (has_own_line(text, held)) {
        write_up_to(text, held->line);
        text->written = held->next;
    } else if (has_own_part(text, held)) {
        write_up_to(text, held->line + separator_off(text, held));
        text->written = held->line + held->frame.whole.off + held->frame.whole.nbytes;
    } else {
        return 0;
    }
    return 1;
}

int smc_text_is_hidden(const struct smc_text_rewriter *text,
                       const struct smc_original_frame *original)
{
    return (text->rewriter->options.flags & SMC_REWRITE_HIDE_IGNORED) != 0 &&
           (original->flags & SMC_ORIGINAL_IGNORED) != 0;
}

/* The rest of the frame's line, with a line end. */
static void write_line_end(struct smc_text_rewriter *text, struct smc_held_frame *held)
{
    write_up_to(text, held->next);
    if (!held->has_line_end && text->in.data[held->next - 1] != '\n') {
        smc_out(text->rewriter, "\n", 1);
    }
    held->has_line_end = 1;
}

/* What is to stand below a frame. */
static void write_below(struct smc_text_rewriter *text, struct smc_held_frame *held,
                        const struct smc_original_frame *original)
{
    const struct smc_rewrite_options *options = &text->rewriter->options;
    size_t nbytes = 0;

    if (options->below != NULL && original->source != SMC_NONE && !held->is_in_text) {
        const char *below = options->below(options->below_context, original, &nbytes);
        if (below != NULL && nbytes > 0) {
            write_line_end(text, held);
            smc_out(text->rewriter, below, nbytes);
        }
    }
}

/* In the place of the frame, or of a part of it. */
static void write_in_place(struct smc_text_rewriter *text, const struct smc_held_frame *held,
                           const struct smc_original_frame *original, unsigned flags)
{
    const struct smc_stack_span span = smc_text_frame_span(line_of(text, held), &held->frame);

    if (original->source != SMC_NONE) {
        write_up_to(text, held->line + span.off);
        write_original(text, held, original, flags);
        text->written = held->line + span.off + span.nbytes;
    }
    write_up_to(text, held->line + held->frame.whole.off + held->frame.whole.nbytes);
    annotate(text, original);
}

/* A caller of an inlined function: a line with the same beginning; in a string, behind the same separator. */
static void write_inlined(struct smc_text_rewriter *text, struct smc_held_frame *held,
                          const struct smc_original_frame *original, unsigned flags)
{
    const char *line = line_of(text, held);
    const size_t start = held->frame.whole.off, separator = separator_off(text, held);

    if (!held->is_in_text) {
        const int has_return = held->next > held->line + 1 && text->in.data[held->next - 2] == '\r';
        write_line_end(text, held);
        smc_out(text->rewriter, line, start);
        write_original(text, held, original, flags);
        annotate(text, original);
        smc_out(text->rewriter, has_return ? "\r\n" : "\n", has_return ? 2 : 1);
    } else {
        smc_out(text->rewriter, separator < start ? line + separator : " ",
                separator < start ? start - separator : 1);
        write_original(text, held, original, flags);
        annotate(text, original);
    }
}

static void write_originals(struct smc_text_rewriter *text, struct smc_held_frame *held,
                            const struct smc_original_frame *originals, int shows_all)
{
    uint32_t n_shown = 0;

    for (uint32_t i = 0; i < held->n; i++) {
        /* It is the outermost that was called as a constructor. */
        const unsigned flags =
            held->frame.flags & ~(i + 1 < held->n ? (unsigned)SMC_STACK_NEW : 0U);
        if (!shows_all && smc_text_is_hidden(text, &originals[i])) {
            continue;
        }
        if (n_shown++ == 0) {
            write_in_place(text, held, &originals[i], flags);
        } else {
            write_inlined(text, held, &originals[i], flags & ~(unsigned)SMC_STACK_EVAL);
        }
        write_below(text, held, &originals[i]);
    }
}

static void write_origin(struct smc_text_rewriter *text, const struct smc_held_frame *origin)
{
    const struct smc_stack_span span = smc_text_frame_span(line_of(text, origin), &origin->frame);

    write_up_to(text, origin->line + span.off);
    smc_out(text->rewriter, text->origins.data + origin->original, origin->n);
    text->written = origin->line + span.off + span.nbytes;
}

void smc_text_held_write(struct smc_text_rewriter *text, struct smc_held_frame *held,
                         size_t n_origins, const struct smc_original_frame *originals)
{
    uint32_t n_hidden = 0;

    while (n_hidden < held->n && smc_text_is_hidden(text, &originals[n_hidden])) {
        n_hidden++;
    }
    const int is_shown = n_hidden < held->n;
    if (!is_shown && drop(text, held)) {
        return;
    }
    for (size_t i = n_origins; i > 0; i--) {
        write_origin(text, held - i);
    }
    write_originals(text, held, originals, !is_shown);
}
