/*
 * What Hermes writes: crash reports, whose frames are functions of a segment and offsets in them; and profiles in the
 * form of Chrome's traces, whose frames are calls. Both are answered in the words of metro-symbolicate: members
 * `source`, `line`, `column`, `name`, `functionName` and `isIgnored` of the one (lines from 1, columns from 0), names
 * that end with "(source:line:column)" of the other.
 */
#include "src/rewrite/json_parts.h"

#include <string.h>

/* What a frame without a URL is of: the one bundle. Metro calls it so. */
static const struct smc_view bundle = {"index.bundle", 12};

static int has(const struct smc_json_object *object, uint32_t member)
{
    const enum smc_json_type type = object->values[member].type;
    return type != SMC_JSON_ABSENT && type != SMC_JSON_NULL;
}

static void edit_flag(struct smc_json_edits *edits, const struct smc_json_object *object,
                      uint32_t member, int is_true)
{
    const size_t off = edits->text.nbytes;

    if (object->values[member].type != (is_true ? SMC_JSON_TRUE : SMC_JSON_FALSE)) {
        smc_buf_append(&edits->text, is_true ? "true" : "false", is_true ? 4 : 5);
        smc_json_edit_raw(edits, member, off);
    }
}

/* ---- crash reports ---- */

enum {
    CRASH_NAME = SMC_JSON_FIELD_OTHERS,
    CRASH_IGNORED,
    CRASH_URL,
    CRASH_MODULE, /* CJSModuleOffset: the segment, as it used to be called */
    CRASH_SEGMENT,
    CRASH_FUNCTION,
    CRASH_OFFSET,
    CRASH_NATIVE
};

static void read_crash(struct smc_json_rewriter *json, const struct smc_json_form *form,
                       const struct smc_json_object *object, struct smc_generated_frame *generated)
{
    const struct smc_json *values = object->values;
    const uint32_t segment = has(object, CRASH_MODULE) ? CRASH_MODULE : CRASH_SEGMENT;

    *generated = (struct smc_generated_frame){
        .url = smc_json_text_of(&values[CRASH_URL], &json->room),
        .line = smc_json_position_of(&values[segment], form->base),
        .column = smc_json_position_of(&values[CRASH_OFFSET], form->base),
        .function_id = smc_json_position_of(&values[CRASH_FUNCTION], form->base),
        .flags = form->flags};
    if (values[CRASH_NATIVE].type == SMC_JSON_TRUE) {
        generated->url = (struct smc_view){NULL, 0};
    } else if (generated->url.nbytes == 0 && generated->function_id != SMC_NONE) {
        generated->url = bundle;
    }
}

static void write_crash(struct smc_json_rewriter *json, const struct smc_json_object *object,
                        const struct smc_generated_frame *generated,
                        const struct smc_original_frame *original)
{
    struct smc_json_edits *edits = &json->edits;

    (void)generated;
    smc_json_edit_text(edits, object, SMC_JSON_FIELD_FILE, original->source_text);
    smc_json_edit_number(edits, object, SMC_JSON_FIELD_LINE, (uint64_t)original->source_line + 1);
    smc_json_edit_number(edits, object, SMC_JSON_FIELD_COLUMN, original->source_column);
    smc_json_edit_text(edits, object, CRASH_NAME, original->token_name);
    smc_json_edit_text(edits, object, SMC_JSON_FIELD_FUNCTION, original->name);
    edit_flag(edits, object, CRASH_IGNORED, (original->flags & SMC_ORIGINAL_IGNORED) != 0);
}

const struct smc_json_form smc_json_form_crash = {
    .names = {"smcache_reason", "smcache_ignored", "functionName", "source", "line", "column",
              "name", "isIgnored", "SourceURL", "CJSModuleOffset", "SegmentID", "FunctionID",
              "ByteCodeOffset", "NativeCode"},
    .base = 0,
    .flags = SMC_GENERATED_IN_FUNCTION,
    .order = SMC_CALLEE_FIRST,
    .read = read_crash,
    .write = write_crash};

/* ---- profiles ---- */

enum {
    PROFILE_START_LINE = SMC_JSON_FIELD_OTHERS,
    PROFILE_START_COLUMN,
    PROFILE_ADDRESS,
    PROFILE_OFFSET
};

/* "fn(url:L:C)": the function and the URL; the position is in members of its own. */
static void split_name(struct smc_view name, struct smc_generated_frame *generated)
{
    const char *open = name.ptr == NULL ? NULL : memchr(name.ptr, '(', name.nbytes);

    generated->function = name;
    if (open == NULL || name.ptr[name.nbytes - 1] != ')') {
        return;
    }
    generated->function.nbytes = (size_t)(open - name.ptr);
    const char *end = name.ptr + name.nbytes - 1;
    for (int i = 0; i < 2; i++) {
        const char *p = end;
        while (p > open + 1 && p[-1] >= '0' && p[-1] <= '9') {
            p--;
        }
        end = p < end && p[-1] == ':' ? p - 1 : end;
    }
    generated->url = (struct smc_view){open + 1, (size_t)(end - open) - 1};
}

static void read_profile(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         struct smc_generated_frame *generated)
{
    const struct smc_json *values = object->values;
    const uint32_t address = smc_json_position_of(&values[PROFILE_ADDRESS], 0);
    const uint32_t offset = smc_json_position_of(&values[PROFILE_OFFSET], 0);

    smc_json_frame_read(json, form, object, generated);
    generated->url = (struct smc_view){NULL, 0};
    split_name(generated->function, generated);
    if (address != SMC_NONE && offset != SMC_NONE) {
        generated->line = 0; /* the first segment: no other is known */
        generated->column = offset < SMC_NONE - 1 - address ? address + offset : SMC_NONE - 1;
        generated->flags = SMC_GENERATED_BYTECODE;
    }
    if (generated->url.nbytes == 0 && generated->line != SMC_NONE) {
        generated->url = bundle;
    }
}

/* Numbers are strings there. */
static void edit_digits(struct smc_json_edits *edits, const struct smc_json_object *object,
                        uint32_t member, uint64_t number)
{
    const size_t off = edits->text.nbytes;

    if (has(object, member)) {
        smc_json_edit_number(edits, object, member, number);
        return;
    }
    smc_buf_append_byte(&edits->text, '"');
    smc_append_number(&edits->text, number);
    smc_buf_append_byte(&edits->text, '"');
    smc_json_edit_raw(edits, member, off);
}

/* Where the function starts, too, if the frame says so: if that is known. */
static void edit_start(struct smc_json_rewriter *json, const struct smc_json_object *object,
                       const struct smc_generated_frame *generated)
{
    struct smc_generated_frame start = *generated;
    const struct smc_original_frame *originals;
    size_t n;

    start.line = smc_json_position_of(&object->values[PROFILE_START_LINE], 1);
    start.column = smc_json_position_of(&object->values[PROFILE_START_COLUMN], 1);
    start.flags = SMC_GENERATED_FUNCTION_START;
    if (start.line == SMC_NONE || start.column == SMC_NONE) {
        return;
    }
    if (smc_symbolicate(json->rewriter->options.symbolicator, &start, 1, SMC_UNRELATED, &originals,
                        &n) != SMC_OK) {
        smc_json_lack_memory(json);
    } else if (originals[0].source != SMC_NONE) {
        smc_json_edit_number(&json->edits, object, PROFILE_START_LINE,
                             (uint64_t)originals[0].source_line + 1);
        smc_json_edit_number(&json->edits, object, PROFILE_START_COLUMN,
                             (uint64_t)originals[0].source_column + 1);
    }
}

static void write_profile(struct smc_json_rewriter *json, const struct smc_json_object *object,
                          const struct smc_generated_frame *generated,
                          const struct smc_original_frame *original)
{
    static const struct smc_view anonymous = {"(anonymous)", 11};
    const struct smc_view function = original->name.ptr != NULL ? original->name : anonymous;
    struct smc_json_edits *edits = &json->edits;
    struct smc_buf *text = &edits->text;
    const size_t off = text->nbytes;

    smc_buf_append_byte(text, '"');
    smc_append_escaped(text, function.ptr, function.nbytes);
    smc_buf_append_byte(text, '(');
    smc_append_escaped(text, original->source_text.ptr, original->source_text.nbytes);
    smc_buf_append_byte(text, ':');
    smc_append_number(text, (uint64_t)original->source_line + 1);
    smc_buf_append_byte(text, ':');
    smc_append_number(text, (uint64_t)original->source_column + 1);
    smc_buf_append(text, ")\"", 2);
    smc_json_edit_raw(edits, SMC_JSON_FIELD_FUNCTION, off);
    edit_digits(edits, object, SMC_JSON_FIELD_LINE, (uint64_t)original->source_line + 1);
    edit_digits(edits, object, SMC_JSON_FIELD_COLUMN, (uint64_t)original->source_column + 1);
    edit_start(json, object, generated);
}

const struct smc_json_form smc_json_form_hermes = {
    .names = {"smcache_reason", "smcache_ignored", "name", NULL, "line", "column", "funcLine",
              "funcColumn", "funcVirtAddr", "offset"},
    .base = 1,
    .order = SMC_UNRELATED,
    .read = read_profile,
    .write = write_profile};
