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

/* The map, its sections, and one of them, at each level; and what is in the last map. */
_Static_assert(3 * DEPTH_MAX + 3 < SMC_JSON_SPAN_DEPTH_MAX,
               "nobody reads again through what is long");

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

/* Where a section starts in the generated file, and what says so. */
struct start {
    uint64_t line, column;
    const uint8_t *at;
};

static smc_build_status add_part(const struct walk *w, const struct smc_map *map,
                                 const struct start *start)
{
    const struct smc_part part = {.map = *map, .line = start->line, .column = start->column};

    if (start->line > SMCF_LINE_MAX || start->column >= SMCF_NONE) {
        return smc_report_error(w->report, SMC_BUILD_E_LIMIT,
                                start->line > SMCF_LINE_MAX ? "line of 2^31 - 1 or more"
                                                            : "column of 2^32 - 1 or more",
                                "offset", start->at);
    }
    smc_buf_append(w->parts, &part, sizeof part);
    return w->parts->failed
               ? smc_report_error(w->report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL)
               : SMC_BUILD_OK;
}

/* An index map, while its sections are read. "The last" are those of sections that have been decoded. */
struct index_map {
    struct smc_json_walk walk;
    struct start start; /* in the generated file */

    /* The section that is being read. */
    uint64_t line, column; /* its offset, which counts from `start` */
    size_t parts_nbytes;   /* of the list before it */

    int has_last;
    uint64_t last_line, last_column;  /* the last offset */
    struct smc_last_mapping previous; /* of the last section that has any, in the generated file */
    struct smc_last_mapping greatest; /* of all sections */
};

static int is_before(uint64_t line, uint64_t column, uint64_t other_line, uint64_t other_column)
{
    return line != other_line ? line < other_line : column < other_column;
}

/* The rules of order; whoever breaks them is kept. */
static void check_order(const struct walk *w, const struct index_map *index,
                        const struct start *start)
{
    const struct smc_last_mapping *previous = &index->previous;

    if (index->has_last && index->line == index->last_line && index->column == index->last_column) {
        smc_report_warning(w->report, "equal to that of the section before", "kept", "offset",
                           start->at);
    } else if (index->has_last &&
               is_before(index->line, index->column, index->last_line, index->last_column)) {
        smc_report_warning(w->report, "before that of the section before", "kept", "offset",
                           start->at);
    }
    if (previous->is_there &&
        is_before(start->line, start->column, previous->line, previous->column)) {
        smc_report_warning(w->report, "before the last mapping of the section before", "kept",
                           "offset", start->at);
    }
}

/* A section up to its map, which is absent where it has been skipped. An error refuses the index map. */
static smc_build_status read_section(const struct walk *w, const struct smc_json *section,
                                     struct index_map *index, struct start *start,
                                     struct smc_json *map)
{
    struct smc_json offset, url;

    map->type = SMC_JSON_ABSENT;
    index->parts_nbytes = w->parts->nbytes;
    if (!is_object(section)) {
        smc_report_warning(w->report, "section is not an object", "skipped", "sections",
                           section->start);
        return SMC_BUILD_OK;
    }
    if (!is_object(member_of(section, "offset", &offset))) {
        return smc_report_error(w->report, SMC_BUILD_E_MAP, "not an object", "offset",
                                offset.start);
    }
    index->line = read_coordinate(w, &offset, "line", "its line is no integer of at least 0");
    index->column = read_coordinate(w, &offset, "column", "its column is no integer of at least 0");
    start->line = index->start.line + index->line;
    start->column = index->column + (index->line == 0 ? index->start.column : 0);
    start->at = offset.start;
    check_order(w, index, start);
    if (is_object(member_of(section, "map", map))) {
        return SMC_BUILD_OK;
    }
    if (map->type != SMC_JSON_ABSENT || member_of(section, "url", &url)->type == SMC_JSON_ABSENT) {
        return smc_report_error(w->report, SMC_BUILD_E_MAP, "not an object", "map", map->start);
    }
    smc_report_warning(w->report, "a map by its URL, which is not fetched",
                       "the section is skipped", "url", url.start);
    return SMC_BUILD_OK;
}

/* Decodes a section's map; an index map is only read, as `map`. An error refuses it, no more. */
static smc_build_status read_section_map(const struct walk *w, const struct smc_json *object,
                                         const struct start *start, struct smc_map *map,
                                         struct smc_last_mapping *last)
{
    smc_build_status status = smc_map_read(object, map, w->report);

    if (status != SMC_BUILD_OK || map->sections.type != SMC_JSON_ABSENT) {
        return status;
    }
    status = smc_mappings_check(map, last, w->report);
    last->column += last->line == 0 ? start->column : 0;
    last->line += start->line;
    return status == SMC_BUILD_OK ? add_part(w, map, start) : status;
}

/* After a section has been decoded. */
static void end_section(struct index_map *index, const struct smc_last_mapping *last)
{
    struct smc_last_mapping *greatest = &index->greatest;

    index->has_last = 1;
    index->last_line = index->line;
    index->last_column = index->column;
    if (last->is_there) {
        index->previous = *last;
        if (!greatest->is_there ||
            is_before(greatest->line, greatest->column, last->line, last->column)) {
            *greatest = *last;
        }
    }
}

/* After a required error in a section's map: in lenient mode it is as if the section were not there. */
static smc_build_status skip_section(const struct walk *w, const struct index_map *index,
                                     smc_build_status status)
{
    const struct smc_build_issue issue = w->report->issue;

    if ((status != SMC_BUILD_E_MAP && status != SMC_BUILD_E_LIMIT) || w->report->options->strict) {
        return status;
    }
    w->parts->nbytes = index->parts_nbytes;
    w->report->issue = (struct smc_build_issue){.reason = ""};
    smc_report_warning(w->report, issue.reason, "the section is skipped", issue.key,
                       w->report->text + issue.offset);
    return SMC_BUILD_OK;
}

/* The index map `root` and those in it, the one that is being read on top. */
static smc_build_status add_index_map(const struct walk *w, const struct smc_map *root)
{
    struct index_map levels[DEPTH_MAX] = {{.walk = smc_json_walk(&root->sections)}};
    unsigned depth = 1;

    while (depth > 0) {
        struct index_map *index = &levels[depth - 1];
        struct smc_last_mapping last = {0};
        struct smc_json section, object;
        struct smc_map map;
        struct start start;

        if (!smc_json_next_element(&index->walk, &section)) {
            if (--depth > 0) {
                end_section(&levels[depth - 1], &index->greatest);
            }
            continue;
        }
        smc_build_status status = read_section(w, &section, index, &start, &object);
        if (status != SMC_BUILD_OK) {
            if (--depth == 0) {
                return status;
            }
            index = &levels[depth - 1]; /* its section is what has failed */
        } else if (object.type == SMC_JSON_ABSENT) {
            continue;
        } else {
            status = read_section_map(w, &object, &start, &map, &last);
            if (status == SMC_BUILD_OK && map.sections.type == SMC_JSON_ABSENT) {
                end_section(index, &last);
            } else if (status == SMC_BUILD_OK && depth < DEPTH_MAX) {
                levels[depth++] =
                    (struct index_map){.walk = smc_json_walk(&map.sections), .start = start};
            } else if (status == SMC_BUILD_OK) {
                status = smc_report_error(w->report, SMC_BUILD_E_MAP,
                                          "index maps nested deeper than 16 levels", "sections",
                                          map.sections.start);
            }
        }
        if (status != SMC_BUILD_OK && (status = skip_section(w, index, status)) != SMC_BUILD_OK) {
            return status;
        }
    }
    return SMC_BUILD_OK;
}

smc_build_status smc_parts_read(const struct smc_map *root, struct smc_buf *parts,
                                struct smc_report *report)
{
    const struct walk w = {parts, report};
    const struct start start = {0, 0, NULL};

    return root->sections.type == SMC_JSON_ABSENT ? add_part(&w, root, &start)
                                                  : add_index_map(&w, root);
}
