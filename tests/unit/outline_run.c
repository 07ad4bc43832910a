#include "tests/unit/outline_run.h"

static void note(void *context, const struct smc_build_issue *issue)
{
    struct warnings *warnings = context;

    warnings->n++;
    warnings->last = *issue;
}

static struct smc_part *parts_of(struct outline_run *run)
{
    return (void *)run->parts.data;
}

static size_t n_parts_of(const struct outline_run *run)
{
    return run->parts.nbytes / sizeof(struct smc_part);
}

static void add_names(struct outline_run *run, struct smc_part *part)
{
    struct smc_json_walk walk;
    struct smc_json element;

    part->first_name = (uint32_t)(run->name_ids.nbytes / sizeof(uint32_t));
    if (part->map.names.type != SMC_JSON_ARRAY) {
        return;
    }
    walk = smc_json_walk(&part->map.names);
    for (; smc_json_next_element(&walk, &element); part->n_names++) {
        const uint32_t id = smc_strings_add_json(&run->strings, &element);
        smc_buf_append(&run->name_ids, &id, sizeof id);
    }
}

void outline_run_read(struct outline_run *run)
{
    const struct smc_outlines_input input = {parts_of(run), n_parts_of(run),
                                             (const void *)run->name_ids.data, &run->strings};

    run->status = smc_outlines_read(&input, &run->table, run->outlines, &run->report);
    if (run->status == SMC_BUILD_OK) {
        run->status = run->report.issue.status;
        smc_outlines_name_calls(&run->table, run->outlines);
    }
}

void outline_run(struct outline_run *run, const struct text *map, int is_strict)
{
    struct smc_json_error error;
    struct smc_json root;

    *run = (struct outline_run){.input = guarded_copy(map->data, map->nbytes, GUARD_AFTER)};
    run->options = (struct smc_build_options){.struct_size = sizeof run->options,
                                              .strict = is_strict,
                                              .warn = note,
                                              .warn_context = &run->warnings};
    run->report = (struct smc_report){run->input.bytes, &run->options, {.reason = ""}};
    if (smc_json_check(&run->json, run->input.bytes, map->nbytes, 0, &root, &error) != 0) {
        fail_msg("%s: %s", map->data, error.reason);
    }
    assert_int_equal(smc_map_read(&root, &run->map, &run->report), SMC_BUILD_OK);
    assert_int_equal(smc_parts_read(&run->map, &run->parts, &run->report), SMC_BUILD_OK);
    for (size_t i = 0; i < n_parts_of(run); i++) {
        add_names(run, &parts_of(run)[i]);
    }
    assert_int_equal(smc_sources_read(parts_of(run), n_parts_of(run), map->nbytes, &run->strings,
                                      &run->sources, &run->report),
                     SMC_BUILD_OK);
    run->n_sources = (uint32_t)(run->sources.nbytes / sizeof(struct smc_source_entry));
    run->outlines = calloc(run->n_sources + 1, sizeof *run->outlines);
    assert_non_null(run->outlines);
    outline_run_read(run);
}

static struct text map_of(const char *members)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"mappings\":\"\",\"sources\":[\"a\",\"b\",\"c\"],");
    text_puts(&map, members);
    text_puts(&map, "}");
    return map;
}

void outline_run_members(struct outline_run *run, const char *members)
{
    struct text map = map_of(members);

    outline_run(run, &map, 0);
    assert_int_equal(run->status, SMC_BUILD_OK);
    text_free(&map);
}

void outline_run_free(struct outline_run *run)
{
    for (uint32_t i = 0; i < run->n_sources; i++) {
        smc_outline_free(&run->outlines[i]);
    }
    free(run->outlines);
    smc_function_table_free(&run->table);
    smc_strings_free(&run->strings);
    smc_buf_free(&run->sources);
    smc_buf_free(&run->name_ids);
    smc_buf_free(&run->parts);
    smc_json_text_free(&run->json);
    guarded_free(&run->input);
}

/* ---- text ---- */

void text_function(struct text *text, const struct smc_function_table *table, uint32_t function)
{
    static const char *const origins[] = {"", "s", "f", "b", "o", "m", "t"};

    if (function == SMCF_NONE) {
        text_puts(text, "-");
        return;
    }
    const struct smc_function_fields fields = smc_function_table_get(table, function);
    assert_in_range(fields.origin, SMCF_NAME_SCOPES, SMCF_NAME_MINIFIED_TEXT);
    text_puts(text, origins[fields.origin]);
    if (fields.kind != SMCF_FUNCTION_NAMED) {
        text_puts(text, fields.kind == SMCF_FUNCTION_TOP_LEVEL ? "^" : "?");
        return;
    }
    const size_t nbytes = fields.nbytes - fields.last_nbytes;
    text_puts(text, ":");
    text_add(text, fields.name, nbytes);
    text_puts(text, nbytes > 0 ? "|" : "");
    text_add(text, fields.name + nbytes, fields.last_nbytes);
}

struct text outline_text(const struct smc_outline *outline, const struct smc_function_table *table)
{
    struct text text = {0};

    text_add(&text, "", 0);
    for (uint32_t i = 0; i < outline->n; i++) {
        text_puts(&text, i > 0 ? " " : "");
        text_number(&text, outline->marks[i].line);
        text_puts(&text, ":");
        text_number(&text, outline->marks[i].column);
        text_puts(&text, "=");
        text_function(&text, table, outline->marks[i].function);
    }
    return text;
}

void assert_outline(const struct outline_run *run, uint32_t source, const char *wanted)
{
    struct text dump = outline_text(&run->outlines[source], &run->table);

    assert_string_equal(dump.data, wanted);
    text_free(&dump);
}

void assert_members(const char *members, const char *wanted)
{
    struct text map = map_of(members);

    for (int is_strict = 0; is_strict < 2; is_strict++) {
        struct outline_run run;
        outline_run(&run, &map, is_strict);
        if (run.warnings.n > 0 || run.status != SMC_BUILD_OK) {
            fail_msg("%s: %s", members,
                     run.warnings.n > 0 ? run.warnings.last.reason : run.report.issue.reason);
        }
        assert_outline(&run, 0, wanted);
        outline_run_free(&run);
    }
    text_free(&map);
}

void assert_dropped(const char *members, const char *at, const char *key, const char *reason,
                    const char *good)
{
    struct text map = map_of(members);
    const char *place = strstr(strstr(map.data, "\"sources\":[\"a\""), at);
    struct outline_run run;

    assert_non_null(place);
    assert_null(strstr(place + 1, at));
    outline_run(&run, &map, 0);
    assert_int_equal(run.status, SMC_BUILD_OK);
    assert_int_equal(run.warnings.n, 1);
    assert_issue(&run.warnings.last, reason);
    assert_string_equal(run.warnings.last.key, key);
    assert_int_equal(run.warnings.last.offset, place - map.data);
    assert_outline(&run, 0, "");
    assert_outline(&run, 1, good);
    outline_run_free(&run);

    outline_run(&run, &map, 1);
    assert_int_equal(run.status, SMC_BUILD_E_MAP);
    assert_int_equal(run.report.issue.offset, place - map.data);
    outline_run_free(&run);
    text_free(&map);
}

/* ---- stacks ---- */

struct text stack_dump(const smc_cache *cache, uint32_t line, uint32_t column)
{
    struct smc_frame frames[64];
    struct text text = {0};
    size_t n;

    assert_int_equal(smc_frames(cache, line, column, 0, frames, COUNT_OF(frames), &n), SMC_OK);
    assert_in_range(n, 0, COUNT_OF(frames) - 1);
    text_add(&text, "", 0);
    for (size_t i = 0; i < n; i++) {
        const struct smc_function *function = &frames[i].function;
        char name[64];
        text_puts(&text, i > 0 ? " " : "");
        text_puts(&text, (frames[i].flags & SMC_FRAME_HIDDEN) != 0 ? "[hidden] " : "");
        text_puts(&text, function->kind == SMC_FUNCTION_UNKNOWN     ? "-"
                         : function->kind == SMC_FUNCTION_TOP_LEVEL ? "^"
                         : function->kind == SMC_FUNCTION_ANONYMOUS ? "?"
                                                                    : "");
        text_add(&text, name, smc_function_name(function, name, sizeof name));
        assert_true(function->origin == SMC_NAME_SCOPES || function->index == SMC_NONE);
        if (frames[i].source != SMC_NONE) {
            text_puts(&text, "@");
            text_number(&text, frames[i].source);
            text_puts(&text, ":");
            text_number(&text, frames[i].source_line);
            text_puts(&text, ":");
            text_number(&text, frames[i].source_column);
        }
    }
    return text;
}

#define N_KEYS 40

struct text text_with_long_names(uint32_t n)
{
    struct text text = {0};

    text_puts(&text, "a={");
    for (int i = 0; i < N_KEYS; i++) {
        text_repeat(&text, 'k', 20);
        text_puts(&text, ":{");
    }
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&text, "f");
        text_number(&text, i);
        text_puts(&text, "(){},");
    }
    text_repeat(&text, '}', N_KEYS + 1);
    text_add(&text, "", 1);
    return text;
}
