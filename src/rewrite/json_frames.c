/*
 * Frames that are objects: read, translated, and written where they were.
 */
#include "src/rewrite/json_parts.h"

#include <string.h>

/* ---- a frame ---- */

void smc_json_frame_read(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         struct smc_generated_frame *generated)
{
    const struct smc_json *values = object->values;

    *generated = (struct smc_generated_frame){
        .url = smc_json_text_of(&values[SMC_JSON_FIELD_FILE], &json->room),
        .function = smc_json_text_of(&values[SMC_JSON_FIELD_FUNCTION], &json->room),
        .line = smc_json_position_of(&values[SMC_JSON_FIELD_LINE], form->base),
        .column = smc_json_position_of(&values[SMC_JSON_FIELD_COLUMN], form->base),
        .flags = form->flags};
}

void smc_json_frame_edit(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *original)
{
    struct smc_json_edits *edits = &json->edits;

    (void)generated;
    smc_json_edit_text(edits, object, SMC_JSON_FIELD_FUNCTION,
                       original->name.ptr != NULL ? original->name : smc_view_of(form->nameless));
    smc_json_edit_text(edits, object, SMC_JSON_FIELD_FILE,
                       original->source_text.ptr != NULL ? original->source_text : smc_view_of(""));
    smc_json_edit_number(edits, object, SMC_JSON_FIELD_LINE,
                         (uint64_t)original->source_line + form->base);
    smc_json_edit_number(edits, object, SMC_JSON_FIELD_COLUMN,
                         (uint64_t)original->source_column + form->base);
}

/* What a frame that is not mapped, or is ignored, says of it. That native code has no map goes without saying. */
static void annotate(struct smc_json_rewriter *json, const struct smc_json_object *object,
                     const struct smc_original_frame *original)
{
    struct smc_json_edits *edits = &json->edits;
    const char *reason = smc_reason_text(original->reason);

    if ((json->rewriter->options.flags & SMC_REWRITE_ANNOTATE) == 0) {
        return;
    }
    if (original->reason > SMC_REASON_NO_LOCATION) {
        smc_json_edit_text(edits, object, SMC_JSON_FIELD_REASON, smc_view_of(reason));
    }
    if ((original->flags & SMC_ORIGINAL_IGNORED) != 0 &&
        object->values[SMC_JSON_FIELD_IGNORED].type != SMC_JSON_TRUE) {
        const size_t off = edits->text.nbytes;
        smc_buf_append(&edits->text, "true", 4);
        smc_json_edit_raw(edits, SMC_JSON_FIELD_IGNORED, off);
    }
}

static void read_object(struct smc_json_rewriter *json, const struct smc_json_form *form,
                        const struct smc_json_object *object, struct smc_generated_frame *generated)
{
    if (form->read != NULL) {
        form->read(json, form, object, generated);
    } else {
        smc_json_frame_read(json, form, object, generated);
    }
    generated->debug_id = smc_image_of(json->rewriter, generated->url);
}

/* Appends an object as it is to be, for one of its originals. */
static void write_object(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *original, struct smc_buf *to)
{
    smc_json_edits_clear(&json->edits);
    if (original->source != SMC_NONE) {
        if (form->write != NULL) {
            form->write(json, object, generated, original);
        } else {
            smc_json_frame_edit(json, form, object, generated, original);
        }
    }
    annotate(json, object, original);
    smc_json_object_write(object, &json->edits, to);
}

int smc_json_make_room(struct smc_json_rewriter *json, const struct smc_json *whole)
{
    const size_t nbytes = (size_t)(whole->end - whole->start);

    json->room.nbytes = 0;
    if (smc_buf_reserve(&json->room, 3 * nbytes + SMC_JSON_PIECE_MIN) == NULL) {
        smc_json_lack_memory(json);
        return -1;
    }
    return 0;
}

const struct smc_original_frame *smc_json_take_frame(struct smc_json_rewriter *json,
                                                     const struct smc_json_form *form,
                                                     const struct smc_json *whole,
                                                     struct smc_generated_frame *generated,
                                                     struct smc_buf *to)
{
    struct smc_rewriter *rewriter = json->rewriter;
    const struct smc_original_frame *originals;
    struct smc_json_object object;
    size_t n;

    if (smc_json_make_room(json, whole) != 0) {
        return NULL;
    }
    smc_json_object_read(&object, whole, form->names, SMC_JSON_MEMBERS_MAX);
    read_object(json, form, &object, generated);
    if (smc_symbolicate(rewriter->options.symbolicator, generated, 1, SMC_UNRELATED, &originals,
                        &n) != SMC_OK ||
        n == 0) {
        smc_json_lack_memory(json);
        return NULL;
    }
    json->taken = originals[0];
    generated->flags &= n == 1 ? UINT32_MAX : ~(uint32_t)SMC_GENERATED_NEW; /* the outermost was */
    smc_count_frame(rewriter, &json->taken);
    for (size_t i = 0; i < n && rewriter->options.output == SMC_OUTPUT_FRAMES; i++) {
        smc_out_frame(rewriter, generated, &originals[i]);
    }
    if (rewriter->options.output == SMC_OUTPUT_SAME) {
        write_object(json, form, &object, generated, &json->taken, to);
    }
    return &json->taken;
}

/* ---- a stack ---- */

int smc_json_read_elements(struct smc_json_rewriter *json, const struct smc_json *array,
                           struct smc_buf *to)
{
    struct smc_json_walk walk = smc_json_walk(array);
    struct smc_json_element element = {.lead = array->start + 1, .frame = SIZE_MAX};

    json->elements.nbytes = 0;
    json->generated.nbytes = 0;
    for (size_t n = 0; smc_json_next_element(&walk, &element.value); n++) {
        if (n == SMC_JSON_STACK_MAX) {
            smc_json_count_lost(json);
            smc_buf_append(to, array->start, (size_t)(array->end - array->start));
            return -1;
        }
        element.trail_end = element.value.end;
        while (*element.trail_end != ',' && *element.trail_end != ']') {
            element.trail_end++;
        }
        smc_buf_append(&json->elements, &element, sizeof element);
        element.lead = element.trail_end + 1;
    }
    if (json->elements.failed) {
        smc_json_lack_memory(json);
        return -1;
    }
    return smc_json_make_room(json, array);
}

static int is_left_out(const struct smc_json_rewriter *json,
                       const struct smc_original_frame *original)
{
    return (json->rewriter->options.flags & SMC_REWRITE_HIDE_IGNORED) != 0 &&
           (original->flags & SMC_ORIGINAL_IGNORED) != 0;
}

/* An array as it is being written. */
struct written_stack {
    smc_json_element_write write;
    const void *context;
    struct smc_buf *to;
    size_t n_elements;
};

/* An element and the white space around it, behind a comma if it is not the first. So many bytes that they are worth it
 * go on at once: with lines of source a stack can become thousands of times as long. */
static void write_element(struct smc_json_rewriter *json, struct written_stack *stack,
                          const struct smc_json_element *element,
                          const struct smc_generated_frame *generated,
                          const struct smc_original_frame *original)
{
    struct smc_buf *to = stack->to;

    smc_buf_append(to, ",", stack->n_elements++ > 0);
    smc_buf_append(to, element->lead, (size_t)(element->value.start - element->lead));
    if (original == NULL) {
        smc_buf_append(to, element->value.start,
                       (size_t)(element->value.end - element->value.start));
    } else {
        stack->write(json, stack->context, element, generated, original, to);
    }
    smc_buf_append(to, element->value.end, (size_t)(element->trail_end - element->value.end));
    if (to->nbytes >= SMC_OUT_NBYTES && !to->failed) {
        smc_json_pass(json, to->data, to->nbytes);
        to->nbytes = 0;
    }
}

/* What comes of a generated frame. It is the outermost of its originals that was called as a constructor. */
static void write_originals(struct smc_json_rewriter *json, struct written_stack *stack,
                            const struct smc_json_element *element, enum smc_stack_order order,
                            const struct smc_original_frame *originals, size_t n)
{
    const struct smc_generated_frame *generated = (const void *)json->generated.data;
    const size_t outermost = order == SMC_CALLER_FIRST ? 0 : n - 1;

    for (size_t i = 0; i < n; i++) {
        struct smc_generated_frame own = generated[originals[i].frame];
        own.flags &= i == outermost ? UINT32_MAX : ~(uint32_t)SMC_GENERATED_NEW;
        if (is_left_out(json, &originals[i])) {
            continue;
        }
        if (json->rewriter->options.output == SMC_OUTPUT_FRAMES) {
            smc_out_frame(json->rewriter, &own, &originals[i]);
        } else if (json->rewriter->options.output == SMC_OUTPUT_SAME) {
            write_element(json, stack, element, &own, &originals[i]);
        }
    }
}

void smc_json_finish_stack(struct smc_json_rewriter *json, const struct smc_json *array,
                           enum smc_stack_order order, smc_json_element_write write,
                           const void *context, struct smc_buf *to)
{
    struct smc_rewriter *rewriter = json->rewriter;
    struct written_stack stack = {.write = write, .context = context, .to = to};
    const struct smc_generated_frame *generated = (const void *)json->generated.data;
    const struct smc_json_element *elements = (const void *)json->elements.data;
    const size_t n_elements = json->elements.nbytes / sizeof *elements;
    const struct smc_original_frame *originals;
    size_t n, next = 0;

    if (json->generated.failed || smc_symbolicate(rewriter->options.symbolicator, generated,
                                                  json->generated.nbytes / sizeof *generated, order,
                                                  &originals, &n) != SMC_OK) {
        smc_json_lack_memory(json);
        return;
    }
    rewriter->counts.n_stacks++;
    if (json->fold != NULL) {
        smc_json_fold_stack(json, order, generated, originals, n);
    }
    if (n_elements == 0) {
        smc_buf_append(to, array->start, (size_t)(array->end - array->start));
        return;
    }
    smc_buf_append_byte(to, '[');
    for (size_t i = 0; i < n_elements && !to->failed; i++) {
        if (elements[i].frame != SIZE_MAX) {
            const size_t n_own = smc_count_originals(rewriter, (uint32_t)elements[i].frame,
                                                     originals + next, n - next);
            write_originals(json, &stack, &elements[i], order, originals + next, n_own);
            next += n_own;
        } else if (rewriter->options.output == SMC_OUTPUT_SAME) {
            write_element(json, &stack, &elements[i], NULL, NULL);
        }
    }
    smc_buf_append_byte(to, ']');
}

static void write_frame(struct smc_json_rewriter *json, const void *context,
                        const struct smc_json_element *element,
                        const struct smc_generated_frame *generated,
                        const struct smc_original_frame *original, struct smc_buf *to)
{
    const struct smc_json_object *objects = (const void *)json->objects.data;

    write_object(json, context, &objects[element->frame], generated, original, to);
}

void smc_json_take_stack(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json *array, struct smc_buf *to)
{
    if (smc_json_read_elements(json, array, to) != 0) {
        return;
    }
    struct smc_json_element *elements = (void *)json->elements.data;
    const size_t n = json->elements.nbytes / sizeof *elements;
    json->objects.nbytes = 0;
    for (size_t i = 0; i < n && !json->generated.failed; i++) {
        struct smc_json_object *object =
            (void *)smc_buf_reserve(&json->objects, sizeof(struct smc_json_object));
        struct smc_generated_frame generated;
        if (object == NULL) {
            smc_json_lack_memory(json);
            return;
        }
        if (elements[i].value.type == SMC_JSON_OBJECT) {
            smc_json_object_read(object, &elements[i].value, form->names, SMC_JSON_MEMBERS_MAX);
            read_object(json, form, object, &generated);
            elements[i].frame = json->objects.nbytes / sizeof *object;
            json->objects.nbytes += sizeof *object;
            smc_buf_append(&json->generated, &generated, sizeof generated);
        }
    }
    smc_json_finish_stack(json, array, form->order, write_frame, form, to);
}
