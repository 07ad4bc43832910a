/*
 * A stack of strings, each a line of text: a diagnostic report of Node.
 */
#include "src/rewrite/json_parts.h"

#include <string.h>

/* What the code is in that a frame evaluates, written. It is no frame of the stack, but led back by itself. */
struct origin {
    size_t element;
    struct smc_stack_span span; /* of the element's text */
    size_t off, nbytes;         /* in `texts` */
};

struct report {
    struct smc_buf origins; /* struct origin, by elements */
    struct smc_buf texts;
};

/* The first frame of a line; a line of a report has no other. */
static int find_frame(struct smc_view line, struct smc_stack_frame *frame)
{
    struct smc_stack_scan scan = {.text = line.ptr, .nbytes = line.nbytes};

    while (line.ptr != NULL && smc_stack_next(&scan, frame)) {
        if ((frame->flags & SMC_STACK_EVAL_ORIGIN) == 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- origins of evals ---- */

static void read_frame(struct smc_json_rewriter *json, struct smc_view line,
                       const struct smc_stack_frame *frame, struct smc_generated_frame *generated)
{
    smc_text_frame_read(line.ptr, frame, &json->room, generated);
    generated->debug_id = smc_image_of(json->rewriter, generated->url);
}

/* There is room for the innermost of several alone. */
static void write_origin(struct smc_json_rewriter *json, struct report *report, size_t element,
                         struct smc_view line, const struct smc_stack_frame *frame)
{
    struct origin origin = {.element = element,
                            .span = smc_text_frame_span(line.ptr, frame),
                            .off = report->texts.nbytes};
    const struct smc_original_frame *originals;
    struct smc_generated_frame generated;
    size_t n;

    read_frame(json, line, frame, &generated);
    if (smc_symbolicate(json->rewriter->options.symbolicator, &generated, 1, SMC_UNRELATED,
                        &originals, &n) != SMC_OK) {
        smc_json_lack_memory(json);
    } else if (n > 0 && originals[0].source != SMC_NONE) {
        smc_text_frame_write(&report->texts, line.ptr, frame, &originals[0]);
        origin.nbytes = report->texts.nbytes - origin.off;
        smc_buf_append(&report->origins, &origin, sizeof origin);
    }
}

static void write_origins(struct smc_json_rewriter *json, struct report *report, size_t element,
                          struct smc_view line)
{
    struct smc_stack_scan scan = {.text = line.ptr, .nbytes = line.nbytes};
    struct smc_stack_frame frame, origin;

    if (!find_frame(line, &frame)) {
        return;
    }
    while (smc_stack_next(&scan, &origin) && (origin.flags & SMC_STACK_EVAL_ORIGIN) != 0) {
        if (origin.whole.off > frame.whole.off) { /* others are not in it */
            write_origin(json, report, element, line, &origin);
        }
    }
}

/* ---- lines ---- */

static void append_up_to(struct smc_buf *to, struct smc_view line, size_t *at, size_t end)
{
    if (end > *at) {
        smc_buf_append(to, line.ptr + *at, end - *at);
        *at = end;
    }
}

/* The text of a line, with what is known of its frame. Returns whether that is another one. */
static int make_line(struct smc_json_rewriter *json, const struct report *report, size_t element,
                     struct smc_view line, const struct smc_generated_frame *generated,
                     const struct smc_original_frame *original)
{
    const struct origin *origins = (const void *)report->origins.data;
    const size_t n_origins = report->origins.nbytes / sizeof *origins;
    const char *note = smc_text_note(json->rewriter, original);
    struct smc_buf *part = &json->part;
    struct smc_stack_frame frame;
    size_t at = 0, first = 0, last = n_origins;

    part->nbytes = 0;
    if (!find_frame(line, &frame)) {
        return 0;
    }
    while (first < last) { /* those of the element */
        const size_t middle = first + (last - first) / 2;
        if (origins[middle].element < element) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    for (; first < n_origins && origins[first].element == element; first++) {
        append_up_to(part, line, &at, origins[first].span.off);
        smc_buf_append(part, report->texts.data + origins[first].off, origins[first].nbytes);
        at = origins[first].span.off + origins[first].span.nbytes;
    }
    if (original->source != SMC_NONE) {
        const struct smc_stack_span span = smc_text_frame_span(line.ptr, &frame);
        if ((generated->flags & SMC_GENERATED_NEW) == 0) {
            frame.flags &= ~(unsigned)SMC_STACK_NEW;
        }
        append_up_to(part, line, &at, span.off);
        smc_text_frame_write(part, line.ptr, &frame, original);
        at = span.off + span.nbytes;
    }
    append_up_to(part, line, &at, frame.whole.off + frame.whole.nbytes);
    if (note != NULL) {
        smc_buf_append(part, " [", 2);
        smc_buf_append(part, note, strlen(note));
        smc_buf_append_byte(part, ']');
    }
    const int is_other = at != part->nbytes || memcmp(part->data, line.ptr, at) != 0;
    append_up_to(part, line, &at, line.nbytes);
    return is_other;
}

static void write_line(struct smc_json_rewriter *json, const void *context,
                       const struct smc_json_element *element,
                       const struct smc_generated_frame *generated,
                       const struct smc_original_frame *original, struct smc_buf *to)
{
    const size_t i =
        (size_t)(element - (const struct smc_json_element *)(const void *)json->elements.data);
    const size_t nbytes = (size_t)(element->value.end - element->value.start);

    json->edits.text.nbytes = 0;
    if (smc_buf_reserve(&json->edits.text, 3 * nbytes + SMC_JSON_PIECE_MIN) == NULL) {
        return;
    }
    const struct smc_view line = smc_json_text_of(&element->value, &json->edits.text);
    if (make_line(json, context, i, line, generated, original)) {
        smc_append_json(to, (struct smc_view){(const char *)json->part.data, json->part.nbytes});
    } else {
        smc_buf_append(to, element->value.start, nbytes);
    }
    to->failed |= json->part.failed;
}

void smc_json_take_report(struct smc_json_rewriter *json, const struct smc_json *array,
                          struct smc_buf *to)
{
    struct report report = {{0}, {0}};
    struct smc_generated_frame generated;
    struct smc_stack_frame frame;

    if (smc_json_read_elements(json, array, to) != 0) {
        return;
    }
    /* Lines may have been escaped once more, and nothing may move. */
    if (smc_buf_reserve(&json->room,
                        6 * (size_t)(array->end - array->start) + SMC_JSON_PIECE_MIN) == NULL) {
        smc_json_lack_memory(json);
        return;
    }
    struct smc_json_element *elements = (void *)json->elements.data;
    const size_t n = json->elements.nbytes / sizeof *elements;
    for (size_t i = 0; i < n && json->rewriter->options.output == SMC_OUTPUT_SAME; i++) {
        json->room.nbytes = 0;
        write_origins(json, &report, i, smc_json_text_of(&elements[i].value, &json->room));
    }
    json->room.nbytes = 0;
    for (size_t i = 0; i < n; i++) {
        const struct smc_view line = smc_json_text_of(&elements[i].value, &json->room);
        if (find_frame(line, &frame)) {
            read_frame(json, line, &frame, &generated);
            elements[i].frame = json->generated.nbytes / sizeof generated;
            smc_buf_append(&json->generated, &generated, sizeof generated);
        }
    }
    smc_json_finish_stack(json, array, SMC_CALLEE_FIRST, write_line, &report, to);
    to->failed |= report.origins.failed | report.texts.failed;
    smc_buf_free(&report.origins);
    smc_buf_free(&report.texts);
}
