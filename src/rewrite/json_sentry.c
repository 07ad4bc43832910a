/*
 * Frames of Sentry: events, whose frames are shown with the lines around them, and profiles.
 *
 * What Sentry itself makes of a source's name is made of it here, too, so that events group as they do there: the
 * names of webpack lose their prefix, and a module is the path without what all paths have.
 */
#include "src/rewrite/json_parts.h"

#include <string.h>
#include <strings.h>

enum {
    PATH = SMC_JSON_FIELD_OTHERS, /* abs_path */
    MODULE,
    IN_APP,
    BEFORE,
    LINE,
    BEHIND
};

/* As many code units of a line as Sentry shows. */
#define LINE_UNITS 140

static int begins_with(struct smc_view text, const char *prefix)
{
    const size_t nbytes = strlen(prefix);
    return text.nbytes >= nbytes && memcmp(text.ptr, prefix, nbytes) == 0;
}

static struct smc_view behind(struct smc_view text, size_t nbytes)
{
    return (struct smc_view){text.ptr + nbytes, text.nbytes - nbytes};
}

/* ---- names of files ---- */

static struct smc_view without_query(struct smc_view name)
{
    for (size_t i = 0; i < name.nbytes; i++) {
        if (name.ptr[i] == '?' || name.ptr[i] == '#') {
            name.nbytes = i;
        }
    }
    return name;
}

/* The path of a URL, or all of what is none. */
static struct smc_view path_of(struct smc_view name)
{
    const char *colon = memchr(name.ptr, ':', name.nbytes);
    const size_t scheme = colon == NULL ? 0 : (size_t)(colon - name.ptr);

    if (scheme < 2 || !begins_with(behind(name, scheme), "://")) {
        return name;
    }
    struct smc_view rest = behind(name, scheme + 3);
    const char *slash = memchr(rest.ptr, '/', rest.nbytes);
    return without_query(behind(rest, slash == NULL ? rest.nbytes : (size_t)(slash - rest.ptr)));
}

static int is_namespace(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '@' || c == '.';
}

/* webpack:///./src/a.ts is ./src/a.ts, as is webpack://app/./src/a.ts; what is below "/~/" is so of the folder of
 * packages. */
static struct smc_view webpack_name(struct smc_view name)
{
    const struct smc_view inside = behind(name, strlen("webpack:"));

    for (size_t i = 0; i + 3 <= name.nbytes; i++) {
        if (memcmp(name.ptr + i, "/~/", 3) == 0) {
            return behind(name, i + 1);
        }
    }
    if (begins_with(inside, "//")) {
        size_t n = 2;
        while (n < inside.nbytes && is_namespace(inside.ptr[n])) {
            n++;
        }
        if (n > 2 && begins_with(behind(inside, n), "/./")) {
            return behind(inside, n + 1);
        }
    }
    return begins_with(inside, "///") ? behind(inside, 3) : name;
}

static struct smc_view file_name(struct smc_view name)
{
    const struct smc_view path = begins_with(name, "webpack:") ? webpack_name(name) : path_of(name);
    return path.nbytes > 0 ? path : name;
}

/* ---- modules ---- */

static int is_hex(struct smc_view text)
{
    for (size_t i = 0; i < text.nbytes; i++) {
        const char c = (char)(text.ptr[i] | 0x20);
        if (!(text.ptr[i] >= '0' && text.ptr[i] <= '9') && !(c >= 'a' && c <= 'f')) {
            return 0;
        }
    }
    return 1;
}

/* 1, v1.0.2 */
static int is_version(struct smc_view folder)
{
    size_t i = folder.nbytes > 0 && (folder.ptr[0] == 'v' || folder.ptr[0] == 'V');
    int has_digit = 0;

    for (; i < folder.nbytes; i++) {
        if (folder.ptr[i] == '.' ? !has_digit : folder.ptr[i] < '0' || folder.ptr[i] > '9') {
            return 0;
        }
        has_digit = folder.ptr[i] != '.';
    }
    return has_digit;
}

/* A folder that says nothing of what is in it, where a path begins. */
static int is_common(struct smc_view folder)
{
    static const char *const names[] = {"javascript", "javascripts",  "script",
                                        "scripts",    "js",           "build",
                                        "static",     "node_modules", "bower_components"};
    if (folder.nbytes == 0 || strchr("_.~", folder.ptr[0]) != NULL || is_version(folder)) {
        return 1;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == folder.nbytes &&
            strncasecmp(names[i], folder.ptr, folder.nbytes) == 0) {
            return 1;
        }
    }
    return (folder.nbytes == 7 || folder.nbytes == 8 || folder.nbytes == 32 ||
            folder.nbytes == 40) &&
           is_hex(folder);
}

/* The first part of a path, up to a slash that is cut off; all of it, if there is none. */
static struct smc_view first_folder(struct smc_view path)
{
    const char *slash = memchr(path.ptr, '/', path.nbytes);
    return (struct smc_view){path.ptr, slash == NULL ? path.nbytes : (size_t)(slash - path.ptr)};
}

/* Behind a folder that is a digest, if there is one: so a release has the modules of the one before. */
static struct smc_view behind_digest(struct smc_view path)
{
    for (struct smc_view rest = path;;) {
        const struct smc_view folder = first_folder(rest);
        if (folder.nbytes == rest.nbytes) {
            return path;
        }
        rest = behind(rest, folder.nbytes + 1);
        if (folder.nbytes >= 32 && is_hex((struct smc_view){folder.ptr, 32})) {
            return rest;
        }
    }
}

/* app.min.js is app. */
static struct smc_view without_extension(struct smc_view path)
{
    size_t base = path.nbytes;
    size_t dot = base; /* none yet */

    while (base > 0 && path.ptr[base - 1] != '/') {
        base--;
        dot = dot == path.nbytes && path.ptr[base] == '.' ? base : dot;
    }
    path.nbytes = dot > base ? dot : path.nbytes;
    if (path.nbytes > 4 && memcmp(path.ptr + path.nbytes - 4, ".min", 4) == 0) {
        path.nbytes -= 4;
    }
    return path;
}

/* app-4f3c2a1b is app. */
static struct smc_view without_commit(struct smc_view path)
{
    size_t i = path.nbytes;

    while (i > 0 && is_hex((struct smc_view){path.ptr + i - 1, 1})) {
        i--;
    }
    if (path.nbytes - i >= 7 && i > 0 && (path.ptr[i - 1] == '.' || path.ptr[i - 1] == '-')) {
        path.nbytes = i - 1;
    }
    return path;
}

static struct smc_view module_of(struct smc_view name)
{
    const struct smc_view path = without_extension(without_query(path_of(name)));
    struct smc_view module = behind_digest(path);

    if (module.ptr == path.ptr) {
        for (;;) {
            const struct smc_view folder = first_folder(module);
            if (folder.nbytes == module.nbytes || !is_common(folder)) {
                break;
            }
            module = behind(module, folder.nbytes + 1);
        }
        module = without_commit(module);
    }
    return module.nbytes > 0 ? module : smc_view_of("<unknown module>");
}

/* ---- lines ---- */

static void append_line(struct smc_buf *buf, const struct smc_context_line *line)
{
    smc_buf_append_byte(buf, '"');
    if ((line->flags & SMC_CONTEXT_CUT_LEFT) != 0) {
        smc_buf_append(buf, "{snip} ", 7);
    }
    smc_append_escaped(buf, line->text.ptr, line->text.nbytes);
    if ((line->flags & SMC_CONTEXT_CUT_RIGHT) != 0) {
        smc_buf_append(buf, " {snip}", 7);
    }
    smc_buf_append_byte(buf, '"');
}

static void edit_lines(struct smc_json_edits *edits, uint32_t member,
                       const struct smc_context_line *lines, size_t n)
{
    const size_t off = edits->text.nbytes;

    smc_buf_append_byte(&edits->text, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            smc_buf_append_byte(&edits->text, ',');
        }
        append_line(&edits->text, &lines[i]);
    }
    smc_buf_append_byte(&edits->text, ']');
    smc_json_edit_raw(edits, member, off);
}

/* The lines that are there are those of the generated file: without others they go, too. */
static void edit_context(struct smc_json_rewriter *json, const struct smc_json_object *object,
                         const struct smc_original_frame *original)
{
    const uint32_t wanted = json->rewriter->options.n_context;
    const uint32_t around = wanted == 0                       ? 5
                            : wanted < SMC_CONTEXT_AROUND_MAX ? wanted
                                                              : SMC_CONTEXT_AROUND_MAX;
    struct smc_json_edits *edits = &json->edits;
    struct smc_context context = {0};
    smc_status status = SMC_E_NO_CONTENT;

    if (wanted != SMC_REWRITE_NO_CONTEXT) {
        status = smc_symbolicate_context(json->rewriter->options.symbolicator, original, around,
                                         around, LINE_UNITS, json->lines, &context);
    }
    if (status == SMC_E_MEMORY) {
        smc_json_lack_memory(json);
    }
    if (status == SMC_OK) {
        const size_t off = edits->text.nbytes;
        const uint32_t next = context.index + 1;
        append_line(&edits->text, &json->lines[context.index]);
        smc_json_edit_raw(edits, LINE, off);
        edit_lines(edits, BEFORE, json->lines, context.index);
        edit_lines(edits, BEHIND, json->lines + next, context.n_lines - next);
        return;
    }
    if (object->values[LINE].type != SMC_JSON_ABSENT) {
        smc_json_edit_text(edits, object, LINE, (struct smc_view){NULL, 0});
    }
    if (object->values[BEFORE].type != SMC_JSON_ABSENT) {
        edit_lines(edits, BEFORE, json->lines, 0);
    }
    if (object->values[BEHIND].type != SMC_JSON_ABSENT) {
        edit_lines(edits, BEHIND, json->lines, 0);
    }
}

/* ---- frames ---- */

static void read_frame(struct smc_json_rewriter *json, const struct smc_json_form *form,
                       const struct smc_json_object *object, struct smc_generated_frame *generated)
{
    smc_json_frame_read(json, form, object, generated);
    const struct smc_view path = smc_json_text_of(&object->values[PATH], &json->room);
    if (path.nbytes > 0) {
        generated->url = path;
    }
    if (generated->function.ptr != NULL && begins_with(generated->function, "new ")) {
        generated->function = behind(generated->function, 4);
        generated->flags |= SMC_GENERATED_NEW;
    }
}

/* What was called as a constructor is said to be, as the SDKs do. */
static void edit_function(struct smc_json_rewriter *json, const struct smc_json_object *object,
                          const struct smc_generated_frame *generated,
                          const struct smc_original_frame *original)
{
    const struct smc_view name = original->name;
    struct smc_json_edits *edits = &json->edits;
    const size_t off = edits->text.nbytes;

    if (name.ptr == NULL || (generated->flags & SMC_GENERATED_NEW) == 0 ||
        begins_with(name, "new ")) {
        smc_json_edit_text(edits, object, SMC_JSON_FIELD_FUNCTION,
                           name.ptr != NULL ? name : smc_view_of("?"));
    } else if (original->name_origin != SMC_NAME_ENGINE) {
        smc_buf_append(&edits->text, "\"new ", 5);
        smc_append_escaped(&edits->text, name.ptr, name.nbytes);
        smc_buf_append_byte(&edits->text, '"');
        smc_json_edit_raw(edits, SMC_JSON_FIELD_FUNCTION, off);
    }
}

static int has(const struct smc_json_object *object, uint32_t member)
{
    return object->values[member].type != SMC_JSON_ABSENT;
}

static void edit_place(struct smc_json_rewriter *json, const struct smc_json_object *object,
                       const struct smc_original_frame *original, int is_event)
{
    const struct smc_view name =
        original->source_text.ptr != NULL ? original->source_text : smc_view_of("");
    const struct smc_view file = file_name(name);
    struct smc_json_edits *edits = &json->edits;

    smc_json_edit_number(edits, object, SMC_JSON_FIELD_LINE, (uint64_t)original->source_line + 1);
    smc_json_edit_number(edits, object, SMC_JSON_FIELD_COLUMN,
                         (uint64_t)original->source_column + 1);
    if (is_event || has(object, SMC_JSON_FIELD_FILE)) {
        smc_json_edit_text(edits, object, SMC_JSON_FIELD_FILE, file);
    }
    if (is_event || has(object, PATH)) {
        smc_json_edit_text(edits, object, PATH, name);
    }
    if (has(object, MODULE)) {
        smc_json_edit_text(edits, object, MODULE,
                           module_of(begins_with(name, "webpack:") ? file : name));
    }
    if ((original->flags & SMC_ORIGINAL_IGNORED) != 0 &&
        object->values[IN_APP].type != SMC_JSON_FALSE) {
        const size_t off = edits->text.nbytes;
        smc_buf_append(&edits->text, "false", 5);
        smc_json_edit_raw(edits, IN_APP, off);
    }
}

static void write_event(struct smc_json_rewriter *json, const struct smc_json_object *object,
                        const struct smc_generated_frame *generated,
                        const struct smc_original_frame *original)
{
    edit_function(json, object, generated, original);
    edit_place(json, object, original, 1);
    edit_context(json, object, original);
}

static void write_profile(struct smc_json_rewriter *json, const struct smc_json_object *object,
                          const struct smc_generated_frame *generated,
                          const struct smc_original_frame *original)
{
    edit_function(json, object, generated, original);
    edit_place(json, object, original, 0);
}

#define NAMES                                                                                      \
    {                                                                                              \
        "smcache_reason", "smcache_ignored", "function", "filename", "lineno", "colno",            \
            "abs_path", "module", "in_app", "pre_context", "context_line", "post_context"          \
    }

const struct smc_json_form smc_json_form_event = {
    .names = NAMES, .base = 1, .order = SMC_CALLER_FIRST, .read = read_frame, .write = write_event};

/* The position of a profile's frame is where its function starts: V8's profiler has no other, and what browsers give to
 * pages (JS Self-Profiling API) is defined so. */
const struct smc_json_form smc_json_form_profile = {.names = NAMES,
                                                    .base = 1,
                                                    .flags = SMC_GENERATED_FUNCTION_START,
                                                    .order = SMC_UNRELATED,
                                                    .read = read_frame,
                                                    .write = write_profile};
