#include "tests/unit/marked_frames.h"

#define OPEN "\xc2\xab"  /* « */
#define CLOSE "\xc2\xbb" /* » */
#define DEPTH_MAX 20

struct text unmark(const char *marked, struct spans *spans)
{
    struct text line = {0};
    size_t open[DEPTH_MAX] = {0}, depth = 0;

    spans->n = 0;
    text_add(&line, "", 0);
    for (const char *p = marked; *p != 0;) {
        if (strncmp(p, OPEN, 2) == 0) {
            assert_true(depth < DEPTH_MAX);
            open[depth++] = line.nbytes;
            p += 2;
        } else if (strncmp(p, CLOSE, 2) == 0) {
            assert_true(depth > 0 && spans->n < MARKED_MAX);
            const size_t off = open[--depth];
            spans->list[spans->n++] = (struct smc_stack_span){off, line.nbytes - off};
            p += 2;
        } else {
            text_add(&line, p++, 1);
        }
    }
    assert_int_equal(depth, 0);
    return line;
}

static void add_part(struct text *text, const char *line, struct smc_stack_span part)
{
    text_puts(text, " ");
    text_add(text, part.nbytes > 0 ? line + part.off : "-", part.nbytes > 0 ? part.nbytes : 1);
}

static void add_number(struct text *text, uint32_t number)
{
    if (number == SMC_NONE) {
        text_puts(text, "-");
    } else {
        text_number(text, number);
    }
}

void dump_frame(struct text *text, const char *line, const struct smc_stack_frame *frame)
{
    static const char *const forms[] = {"?", "at", "sign", "address"};
    static const char *const flags[] = {"async", "new", "origin", "eval", "native", "alone"};

    text_puts(text, text->nbytes > 0 ? "; " : "");
    text_puts(text, forms[frame->form]);
    for (unsigned i = 0; i < COUNT_OF(flags); i++) {
        if ((frame->flags & 1u << i) != 0) {
            text_puts(text, "+");
            text_puts(text, flags[i]);
        }
    }
    text_puts(text, " |");
    add_part(text, line, frame->function);
    text_puts(text, " |");
    add_part(text, line, frame->url);
    text_puts(text, " | ");
    add_number(text, frame->line);
    text_puts(text, ":");
    add_number(text, frame->column);
}

static char *exact_copy(const char *text, size_t nbytes)
{
    char *copy = malloc(nbytes > 0 ? nbytes : 1);

    assert_non_null(copy);
    memcpy(copy, text, nbytes);
    return copy;
}

void assert_no_fault(const char *line, size_t nbytes)
{
    char *copy = exact_copy(line, nbytes);
    const char *fault = found_frames_fault(copy, nbytes);

    if (fault != NULL) {
        fail_msg("%.*s: %s", (int)nbytes, line, fault);
    }
    free(copy);
}

void assert_marked(const char *marked, const char *frames)
{
    struct spans spans;
    struct text line = unmark(marked, &spans), found = {0};
    char *copy = exact_copy(line.data, line.nbytes);
    struct smc_stack_scan scan = {.text = copy, .nbytes = line.nbytes};
    struct smc_stack_frame frame;
    size_t n = 0;

    text_add(&found, "", 0);
    for (; smc_stack_next(&scan, &frame); n++) {
        dump_frame(&found, copy, &frame);
        if (n >= spans.n || frame.whole.off != spans.list[n].off ||
            frame.whole.nbytes != spans.list[n].nbytes) {
            fail_msg("%s: frame %zu is '%.*s'", line.data, n, (int)frame.whole.nbytes,
                     copy + frame.whole.off);
        }
        assert_int_equal(frame.n_escapings, 0);
    }
    if (strcmp(found.data, frames) != 0) {
        fail_msg("%s:\n  found  %s\n  wanted %s", line.data, found.data, frames);
    }
    assert_int_equal(n, spans.n);
    assert_no_fault(line.data, line.nbytes);
    free(copy);
    text_free(&line);
    text_free(&found);
}
