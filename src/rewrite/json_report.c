/*
 * A stack of strings, each a line of text: a diagnostic report of Node.
 */
#include "src/rewrite/json_parts.h"

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

static void write_line(struct smc_json_rewriter *json, const void *context,
                       const struct smc_json_element *element,
                       const struct smc_generated_frame *generated,
                       const struct smc_original_frame *original, struct smc_buf *to)
{
    struct smc_buf *part = &json->part;
    struct smc_stack_frame frame;

    (void)context;
    (void)generated;
    if (original->source == SMC_NONE) {
        smc_buf_append(to, element->value.start,
                       (size_t)(element->value.end - element->value.start));
        return;
    }
    json->edits.text.nbytes = 0;
    if (smc_buf_reserve(&json->edits.text, 3 * (size_t)(element->value.end - element->value.start) +
                                               SMC_JSON_PIECE_MIN) == NULL) {
        return;
    }
    const struct smc_view line = smc_json_text_of(&element->value, &json->edits.text);
    part->nbytes = 0;
    if (find_frame(line, &frame)) {
        const struct smc_stack_span span = smc_text_frame_span(line.ptr, &frame);
        const size_t end = span.off + span.nbytes;
        if ((original->flags & SMC_ORIGINAL_INLINED) != 0) {
            frame.flags &= ~(unsigned)SMC_STACK_NEW;
        }
        smc_buf_append(part, line.ptr, span.off);
        smc_text_frame_write(part, line.ptr, &frame, original);
        smc_buf_append(part, line.ptr + end, line.nbytes - end);
    }
    smc_append_json(to, (struct smc_view){(const char *)part->data, part->nbytes});
    to->failed |= part->failed;
}

void smc_json_take_report(struct smc_json_rewriter *json, const struct smc_json *array,
                          struct smc_buf *to)
{
    struct smc_generated_frame generated;
    struct smc_stack_frame frame;

    if (smc_json_read_elements(json, array) != 0) {
        return;
    }
    /* Lines may have been escaped once more, and nothing may move. */
    if (smc_buf_reserve(&json->room,
                        6 * (size_t)(array->end - array->start) + SMC_JSON_PIECE_MIN) == NULL) {
        smc_json_lack_memory(json);
        return;
    }
    struct smc_json_element *elements = (void *)json->elements.data;
    for (size_t i = 0; i < json->elements.nbytes / sizeof *elements; i++) {
        const struct smc_view line = smc_json_text_of(&elements[i].value, &json->room);
        if (find_frame(line, &frame)) {
            smc_text_frame_read(line.ptr, &frame, &json->room, &generated);
            generated.debug_id = smc_image_of(json->rewriter, generated.url);
            elements[i].frame = json->generated.nbytes / sizeof generated;
            smc_buf_append(&json->generated, &generated, sizeof generated);
        }
    }
    smc_json_finish_stack(json, array, SMC_CALLEE_FIRST, write_line, NULL, to);
}
