/*
 * x_facebook_sources: for each source null, or an array whose first element has the functions. The others are
 * about other things.
 *
 * `mappings` is entries of two or three fields, each where a function starts: column, name, line. Lines count from 1.
 * What `names` has is of this source alone.
 */
#include "src/build/entries.h"
#include "src/build/function_name.h"
#include "src/build/outline_part.h"

#define KEY SMC_KEY_FACEBOOK

struct functions {
    struct smc_outline_part *part;
    struct smc_buf names; /* uint32_t: function by that name */
    struct smc_buf name;
    struct smc_outline_writer marks;
};

static void warn(const struct functions *f, const char *reason, const char *recovery,
                 const struct smc_json *at)
{
    smc_report_warning(f->part->report, reason, recovery, KEY, at->start);
}

/* ---- the names of a source ---- */

static void read_names(struct functions *f, const struct smc_json *names)
{
    struct smc_json_walk walk = smc_json_walk(names);
    struct smc_json element;

    f->names.nbytes = 0;
    while (smc_json_next_element(&walk, &element)) {
        f->name.nbytes = 0;
        if (element.type == SMC_JSON_STRING) {
            smc_unescape_append(&f->name, &element);
        } else {
            warn(f, "name of a function that is not a string", "read as \"\"", &element);
        }
        const uint32_t function =
            smc_function_of_name(f->part->table, f->name.data, f->name.nbytes, SMCF_NAME_FACEBOOK);
        smc_buf_append(&f->names, &function, sizeof function);
    }
}

/* ---- the entries of a source ---- */

struct sums {
    int64_t line, column, name;
};

static const char *add_mark(struct functions *f, const struct sums *sums, struct smc_mark *last)
{
    const uint32_t *names = (const void *)f->names.data;
    const int64_t line = sums->line - 1;

    if (sums->name < 0 || (uint64_t)sums->name >= f->names.nbytes / sizeof *names) {
        return "entry with a name that does not exist";
    }
    if (!smc_is_coordinate(line) || !smc_is_coordinate(sums->column)) {
        return "entry at an impossible position";
    }
    const struct smc_mark mark = {(uint32_t)line, (uint32_t)sums->column, names[sums->name]};
    if (smc_mark_is_after(last, mark.line, mark.column)) {
        return "entry before the one that precedes it";
    }
    smc_outline_writer_add(&f->marks, mark);
    *last = mark;
    return NULL;
}

static void read_entries(struct functions *f, struct smc_entries *entries)
{
    struct sums sums = {.line = 1};
    struct smc_mark last = {0};

    while (entries->reason == NULL && entries->p < entries->end) {
        int64_t fields[SMC_ENTRY_FIELDS_MAX];
        if (*entries->p == ';') { /* the next group; one may be empty */
            entries->p++;
            sums.column = 0;
            continue;
        }
        const unsigned n = smc_entries_read(entries, 2, 3, fields);
        if (n > 0) {
            sums.column += fields[0];
            sums.name += fields[1];
            sums.line += n == 3 ? fields[2] : 0;
            entries->reason = add_mark(f, &sums, &last);
        }
    }
}

static int read_mappings(struct functions *f, const struct smc_json *mappings, uint32_t source)
{
    struct smc_entries entries = {f->part->report, KEY, mappings, .at = NULL};
    struct smc_outline made = {0};
    int failed = smc_entries_start(&entries) != 0;

    f->marks.marks.nbytes = 0;
    if (!failed) {
        read_entries(f, &entries);
    }
    if (!failed && entries.reason == NULL) {
        failed = smc_outline_writer_finish(&f->marks, &made) != 0 ||
                 smc_outline_part_add(f->part, source, &made) != 0;
    }
    smc_entries_finish(&entries);
    return failed ? -1 : 0;
}

/* ---- sources ---- */

/* An object with the functions of a source. */
static int read_functions(struct functions *f, const struct smc_json *object, uint32_t source)
{
    struct smc_json names = {.type = SMC_JSON_ABSENT}, mappings = names, key, value;
    struct smc_json_walk walk = smc_json_walk(object);

    while (smc_json_next_member(&walk, &key, &value)) {
        if (smc_json_equals(&key, "names")) {
            names = value;
        } else if (smc_json_equals(&key, "mappings")) {
            mappings = value;
        }
    }
    if (names.type != SMC_JSON_ARRAY || mappings.type != SMC_JSON_STRING) {
        warn(f, "functions without an array of names and a string of mappings", "ignored", object);
        return 0;
    }
    read_names(f, &names);
    if (f->name.failed || f->names.failed || smc_function_table_failed(f->part->table)) {
        return -1;
    }
    return read_mappings(f, &mappings, source);
}

static int read_source(struct functions *f, const struct smc_json *element, uint32_t source)
{
    struct smc_json functions;

    if (element->type == SMC_JSON_NULL) {
        return 0;
    }
    if (element->type != SMC_JSON_ARRAY) {
        warn(f, "element is neither an array nor null", "read as null", element);
        return 0;
    }
    struct smc_json_walk walk = smc_json_walk(element);
    if (!smc_json_next_element(&walk, &functions) || functions.type == SMC_JSON_NULL) {
        return 0;
    }
    if (functions.type != SMC_JSON_OBJECT) {
        warn(f, "functions are neither an object nor null", "ignored", &functions);
        return 0;
    }
    return read_functions(f, &functions, source);
}

int smc_facebook_read(struct smc_outline_part *part)
{
    struct functions f = {.part = part};
    struct smc_json_walk walk = smc_json_walk(&part->part->map.facebook_sources);
    struct smc_json element;
    int failed = 0;

    /* What there is more of than of sources is of none. */
    for (uint32_t i = 0;
         i < part->part->n_sources && !failed && smc_json_next_element(&walk, &element); i++) {
        failed = read_source(&f, &element, i) != 0;
    }
    smc_buf_free(&f.names);
    smc_buf_free(&f.name);
    smc_buf_free(&f.marks.marks);
    return failed ? -1 : 0;
}
