/*
 * A frame of text: read, with its escapes undone, and written in its form, with as many again.
 */
#include "src/rewrite/parts.h"

#include <string.h>

/* ---- reading ---- */

static int hex_value(const char *p, size_t nbytes, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < 4; i++) {
        const char c = i < nbytes ? p[i] : 0;
        const uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                               : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                               : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                      : 16;
        if (digit == 16) {
            return 0;
        }
        *value = *value << 4 | digit;
    }
    return 1;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    to[0] = (char)(0xe0 | c >> 12);
    to[1] = (char)(0x80 | (c >> 6 & 63));
    to[2] = (char)(0x80 | (c & 63));
    return 3;
}

/* Undoes the escapes of a JSON string, in place, as it gets no longer; what is none stays as it is. Escaped pairs of
 * surrogates stay two: names and URLs that have such are as good as unknown. */
static size_t unescape(char *text, size_t nbytes)
{
    static const char letters[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t n = 0;
    uint32_t c;

    for (size_t i = 0; i < nbytes; i++) {
        const char *letter = text[i] == '\\' && i + 1 < nbytes
                                 ? memchr(letters, text[i + 1], sizeof letters - 1)
                                 : NULL;
        if (letter != NULL) {
            text[n++] = to[letter - letters];
            i++;
        } else if (text[i] == '\\' && i + 1 < nbytes && text[i + 1] == 'u' &&
                   hex_value(text + i + 2, nbytes - i - 2, &c)) {
            n += put_utf8(text + n, c);
            i += 5;
        } else {
            text[n++] = text[i];
        }
    }
    return n;
}

/* A part of the line, as the engine wrote it; NULL if it is empty. Room has been reserved. */
static struct smc_view read_part(const char *line, struct smc_stack_span part, uint32_t n_escapings,
                                 struct smc_buf *room)
{
    struct smc_view view = {part.nbytes > 0 ? line + part.off : NULL, part.nbytes};

    if (n_escapings > 0 && part.nbytes > 0 && memchr(view.ptr, '\\', view.nbytes) != NULL) {
        char *copy = (char *)room->data + room->nbytes;
        memcpy(copy, view.ptr, view.nbytes);
        room->nbytes += view.nbytes;
        for (uint32_t i = 0; i < n_escapings; i++) {
            view.nbytes = unescape(copy, view.nbytes);
        }
        view.ptr = copy;
    }
    return view;
}

void smc_text_frame_read(const char *line, const struct smc_stack_frame *frame,
                         struct smc_buf *room, struct smc_generated_frame *generated)
{
    /* Only where it is needed: what other frames have there must not move. */
    const uint32_t n_escapings =
        frame->n_escapings > 0 && smc_buf_reserve(room, frame->whole.nbytes) != NULL
            ? frame->n_escapings
            : 0;

    *generated = (struct smc_generated_frame){
        .url = read_part(line, frame->url, n_escapings, room),
        .function = read_part(line, frame->function, n_escapings, room),
        .line = frame->line,
        .column = frame->column};
    generated->flags |= frame->form == SMC_STACK_ADDRESS ? SMC_GENERATED_BYTECODE : 0;
    generated->flags |= (frame->flags & SMC_STACK_NEW) != 0 ? SMC_GENERATED_NEW : 0;
    generated->flags |= (frame->flags & SMC_STACK_ASYNC) != 0 ? SMC_GENERATED_AWAIT : 0;
}

/* ---- writing ---- */

const char *smc_text_note(const struct smc_rewriter *rewriter,
                          const struct smc_original_frame *original)
{
    if ((rewriter->options.flags & SMC_REWRITE_ANNOTATE) == 0) {
        return NULL;
    }
    return (original->flags & SMC_ORIGINAL_IGNORED) != 0 ? "ignored"
           : original->reason > SMC_REASON_NO_LOCATION   ? smc_reason_text(original->reason)
                                                         : NULL;
}

static int begins_with(struct smc_view text, const char *prefix)
{
    const size_t nbytes = strlen(prefix);
    return text.nbytes >= nbytes && memcmp(text.ptr, prefix, nbytes) == 0;
}

static void append_text(struct smc_buf *buf, const char *text)
{
    smc_buf_append(buf, text, strlen(text));
}

/* at fn (PLACE), or at PLACE. What an eval is in always has parentheses. */
static void write_at(struct smc_buf *buf, const struct smc_stack_frame *frame,
                     const struct smc_original_frame *original)
{
    const int is_origin = (frame->flags & SMC_STACK_EVAL_ORIGIN) != 0;
    const int is_new = (frame->flags & SMC_STACK_NEW) != 0 && !begins_with(original->name, "new ");
    const int has_name = original->name.nbytes > 0;

    append_text(buf, "at ");
    append_text(buf, (frame->flags & SMC_STACK_ASYNC) != 0 ? "async " : "");
    if (has_name) {
        append_text(buf, is_new ? "new " : "");
        smc_append_shown(buf, original->name);
    } else if (is_origin) {
        append_text(buf, "<anonymous>");
    }
    append_text(buf, has_name || is_origin ? " (" : "");
    smc_append_place(buf, original);
    append_text(buf, has_name || is_origin ? ")" : "");
}

static int is_evaluated(const struct smc_stack_frame *frame)
{
    return frame->form == SMC_STACK_AT && (frame->flags & SMC_STACK_EVAL) != 0;
}

struct smc_stack_span smc_text_frame_span(const char *line, const struct smc_stack_frame *frame)
{
    const size_t end = frame->whole.off + frame->whole.nbytes;

    return is_evaluated(frame) ? (struct smc_stack_span){frame->url.off, end - frame->url.off -
                                                                             (line[end - 1] == ')')}
                               : frame->whole;
}

static void write_frame(struct smc_buf *buf, const struct smc_stack_frame *frame,
                        const struct smc_original_frame *original)
{
    if (frame->form == SMC_STACK_AT_SIGN) {
        smc_append_shown(buf, original->name);
        append_text(buf, "@");
        smc_append_place(buf, original);
    } else if (is_evaluated(frame)) {
        smc_append_place(buf, original);
    } else {
        write_at(buf, frame, original);
    }
}

void smc_text_frame_write(struct smc_buf *buf, const char *line,
                          const struct smc_stack_frame *frame,
                          const struct smc_original_frame *original)
{
    const struct smc_stack_span span = smc_text_frame_span(line, frame);
    struct smc_buf text = {0}, escaped = {0};

    if (original->source == SMC_NONE) {
        smc_buf_append(buf, line + span.off, span.nbytes);
        return;
    }
    if (frame->n_escapings == 0) {
        write_frame(buf, frame, original);
        return;
    }
    write_frame(&text, frame, original);
    for (uint32_t i = 0; i < frame->n_escapings; i++) {
        escaped.nbytes = 0;
        smc_append_escaped(&escaped, (const char *)text.data, text.nbytes);
        const struct smc_buf swapped = text;
        text = escaped;
        escaped = swapped;
    }
    smc_buf_append(buf, text.data, text.nbytes);
    buf->failed |= text.failed | escaped.failed;
    smc_buf_free(&text);
    smc_buf_free(&escaped);
}
