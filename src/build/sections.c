/*
 * Index maps: ECMA-426, "Decoding Index Source Maps". What is in sections, at any depth, becomes one
 * list of parts, each an ordinary map that starts somewhere in the generated file.
 *
 * A section that fails takes nothing with it, so all that could still refuse one (a number too large
 * in its mappings) is looked for here, before anything of it is used.
 */
#include "src/build/parts.h"

/* Nested deeper, the section fails. No known tool nests at all; the standard has no nesting. */
#define DEPTH_MAX 16

struct walk {
    struct smc_buf *parts;
    struct smc_report *report;
};

static const struct smc_json *member_of(const struct smc_json *object, const char *name,
                                        struct smc_json *value)
{
    struct smc_json key, found;

    value->type = SMC_JSON_ABSENT;
    value->start = object->start;
    if (object->type == SMC_JSON_OBJECT) {
        struct smc_json_walk walk = smc_json_walk(object);
        while (smc_json_next_member(&walk, &key, &found)) {
            if (smc_json_equals(&key, name)) {
                *value = found;
            }
        }
    }
    return value;
}

static int is_object(const struct smc_json *value)
{
    return value->type == SMC_JSON_OBJECT || value->type == SMC_JSON_ARRAY;
}

/* One coordinate of an offset. */
static uint64_t read_coordinate(const struct walk *w, const struct smc_json *offset,
                                const char *name, const char *reason)
{
    struct smc_json value;
    int64_t integer;

    if (member_of(offset, name, &value)->type != SMC_JSON_NUMBER ||
        smc_json_integer(&value, &integer) != 0) {
        smc_report_warning(w->report, reason, "read as 0", "offset", value.start);
        return 0;
    }
    return (uint64_t)integer;
}

static smc_build_status add_part(const struct walk *w, const struct smc_map *map, uint64_t line,
                                 uint64_t column)
{
    const struct smc_part part = {.map = *map, .line = line, .column = column};
    smc_buf_append(w->parts, &part, sizeof part);
    return w->parts->failed
               ? smc_report_error(w->report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL)
               : SMC_BUILD_OK;
}

/* An index map, while its sections are read. */
struct index_map {
    uint64_t line, column;           /* where it starts in the generated file */
    unsigned depth;                  /* the outermost is 1 */
    int has_last;                    /* a section of it has been decoded, */
    uint64_t last_line, last_column; /* at this offset */
};

static smc_build_status read_offset(const struct walk *w, const struct smc_json *section,
                                    const struct index_map *index, uint64_t *line, uint64_t *column)
{
    struct smc_json offset;

    if (!is_object(member_of(section, "offset", &offset))) {
        return smc_report_error(w->report, SMC_BUILD_E_MAP, "not an object", "offset",
                                offset.start);
    }
    *line = read_coordinate(w, &offset, "line", "its line is no integer of at least 0");
    *column = read_coordinate(w, &offset, "column", "its column is no integer of at least 0");
    if (index->has_last && *line == index->last_line && *column == index->last_column) {
        smc_report_warning(w->report, "equal to that of the section before", "kept", "offset",
                           offset.start);
    } else if (index->has_last && (*line < index->last_line ||
                                   (*line == index->last_line && *column < index->last_column))) {
        smc_report_warning(w->report, "before that of the section before", "kept", "offset",
                           offset.start);
    }
    if (index->line + *line >= SMCF_NONE || index->column + *column >= SMCF_NONE) {
        return smc_report_error(w->report, SMC_BUILD_E_LIMIT,
                                "a number is larger than the format can hold", "offset",
                                offset.start);
    }
    return SMC_BUILD_OK;
}

static smc_build_status add_index_map(const struct walk *w, const struct smc_map *map,
                                      struct index_map *index);

/* Decodes a section's map, which starts at line:column. What is wrong in it refuses it, no more. */
static smc_build_status add_section_map(const struct walk *w, const struct smc_json *object,
                                        unsigned depth, uint64_t line, uint64_t column)
{
    struct smc_map map;
    smc_build_status status = smc_map_read(object, &map, w->report);

    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (map.sections.type == SMC_JSON_ABSENT) {
        status = smc_mappings_check(&map, w->report);
        return status == SMC_BUILD_OK ? add_part(w, &map, line, column) : status;
    }
    if (depth == DEPTH_MAX) {
        return smc_report_error(w->report, SMC_BUILD_E_MAP,
                                "index maps nested deeper than 16 levels", "sections",
                                map.sections.start);
    }
    struct index_map inner = {.line = line, .column = column, .depth = depth + 1};
    return add_index_map(w, &map, &inner);
}

/* After a required error in a section: in lenient mode it is as if the section were not there. */
static smc_build_status skip_section(const struct walk *w, smc_build_status status,
                                     size_t parts_nbytes)
{
    const struct smc_build_issue issue = w->report->issue;

    if (status != SMC_BUILD_E_MAP || w->report->options->strict) {
        return status;
    }
    w->parts->nbytes = parts_nbytes;
    w->report->issue = (struct smc_build_issue){.reason = ""};
    smc_report_warning(w->report, issue.reason, "the section is skipped", issue.key,
                       w->report->text + issue.offset);
    return SMC_BUILD_OK;
}

static smc_build_status add_section(const struct walk *w, const struct smc_json *section,
                                    struct index_map *index)
{
    const size_t parts_nbytes = w->parts->nbytes;
    uint64_t line = 0, column = 0;
    struct smc_json map, url;

    if (!is_object(section)) {
        smc_report_warning(w->report, "section is not an object", "skipped", "sections",
                           section->start);
        return SMC_BUILD_OK;
    }
    smc_build_status status = read_offset(w, section, index, &line, &column);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (!is_object(member_of(section, "map", &map))) {
        if (map.type == SMC_JSON_ABSENT &&
            member_of(section, "url", &url)->type != SMC_JSON_ABSENT) {
            smc_report_warning(w->report, "a map by its URL, which is not fetched",
                               "the section is skipped", "url", url.start);
            return SMC_BUILD_OK;
        }
        return smc_report_error(w->report, SMC_BUILD_E_MAP, "not an object", "map", map.start);
    }
    status = add_section_map(w, &map, index->depth, index->line + line,
                             column + (line == 0 ? index->column : 0));
    if (status != SMC_BUILD_OK) {
        return skip_section(w, status, parts_nbytes);
    }
    index->has_last = 1;
    index->last_line = line;
    index->last_column = column;
    return SMC_BUILD_OK;
}

/* Recurses with the nesting of index maps, so to DEPTH_MAX at most. */
static smc_build_status add_index_map(const struct walk *w, const struct smc_map *map,
                                      struct index_map *index)
{
    struct smc_json_walk walk = smc_json_walk(&map->sections);
    struct smc_json section;

    while (smc_json_next_element(&walk, &section)) {
        smc_build_status status = add_section(w, &section, index);
        if (status != SMC_BUILD_OK) {
            return status;
        }
    }
    return SMC_BUILD_OK;
}

smc_build_status smc_parts_read(const struct smc_map *root, struct smc_buf *parts,
                                struct smc_report *report)
{
    const struct walk w = {parts, report};
    struct index_map index = {.depth = 1};

    return root->sections.type == SMC_JSON_ABSENT ? add_part(&w, root, 0, 0)
                                                  : add_index_map(&w, root, &index);
}
