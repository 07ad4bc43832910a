#include "tests/fuzz/plain_map.h"

#include "format/smcache_format.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_uuid.h"

#include <string.h>

#define DEPTH_MAX 16

/* What names grow by: 16 times the input and 1 MiB. */
#define GROWTH_RATIO 16
#define GROWTH_MIN 1048576

struct position {
    uint64_t line, column;
};

/* An ordinary map in the generated file. */
struct part {
    const json_t *map;
    struct position start;
    int is_emptied;   /* its mappings are not well-formed */
    int is_outermost; /* and no section: then its range mappings go with them */
};

struct reader {
    struct plain_map *map;
    enum smc_build_ranges ranges;
    struct part *parts;
    size_t n_parts;
};

static void warn_if(struct reader *r, int is_wrong)
{
    r->map->n_warnings += is_wrong != 0;
}

/* A member of an object; of an array, which passes as an object, none. */
static const json_t *member(const json_t *object, const char *key)
{
    return json_is_object(object) ? json_object_get(object, key) : NULL;
}

static int is_object(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

/* The member, if it has that type; any other is warned of. */
static const json_t *typed(struct reader *r, const json_t *object, const char *key, json_type type)
{
    const json_t *value = member(object, key);

    warn_if(r, value != NULL && json_typeof(value) != type);
    return value != NULL && json_typeof(value) == type ? value : NULL;
}

/* The integer of at least 0 that a value is, up to 2^40; or -1. */
static int64_t integer_of(const json_t *value)
{
    const double number = json_is_number(value) ? json_number_value(value) : -1;

    if (!(number >= 0) || (number < 0x1p53 && (double)(int64_t)number != number)) {
        return -1;
    }
    return number < 0x1p40 ? (int64_t)number : INT64_C(1) << 40;
}

/* ---- members ---- */

/* Both of an outermost map or a section are looked at; those of sections do not count. */
static void read_debug_ids(struct reader *r, const json_t *map, int is_outermost)
{
    static const char *const keys[] = {"debug_id", "debugId"};
    uint8_t ids[2][16];
    int has_one = 0;

    for (int i = 0; i < 2; i++) {
        const json_t *value = typed(r, map, keys[i], JSON_STRING);
        int is_lax;
        if (value == NULL) {
            continue;
        }
        if (!plain_uuid(json_string_value(value), json_string_length(value), ids[i], &is_lax)) {
            warn_if(r, 1);
            continue;
        }
        r->map->is_lax |= is_lax;
        warn_if(r, has_one && memcmp(ids[0], ids[1], sizeof ids[0]) != 0);
        has_one = 1;
        if (is_outermost) {
            r->map->has_debug_id = 1;
            memcpy(r->map->debug_id, ids[i], sizeof ids[i]);
        }
    }
}

/* What is wrong with members of an ordinary map that have nothing to do with its sources. */
static void check_proposals(struct reader *r, const json_t *map)
{
    static const char *const functions[] = {"x_facebook_sources",
                                            "x_com_bloomberg_sourcesFunctionMappings"};
    const json_t *scopes = member(map, "scopes");

    warn_if(r, scopes != NULL && !json_is_string(scopes));
    warn_if(r, member(map, "originalScopes") != NULL);
    warn_if(r, member(map, "generatedRanges") != NULL);
    (void)typed(r, map, "rangeMappings", JSON_STRING);
    r->map->has_functions |= scopes != NULL;
    for (int i = 0; i < 2; i++) {
        r->map->has_functions |= typed(r, map, functions[i], JSON_ARRAY) != NULL;
    }
}

/* The ignore list, and beside it the older one if there is no other. */
static const json_t *ignore_list(struct reader *r, const json_t *map)
{
    return member(map, "ignoreList") != NULL ? typed(r, map, "ignoreList", JSON_ARRAY)
                                             : typed(r, map, "x_google_ignoreList", JSON_ARRAY);
}

/* Section 1. What is said of a map's members, once; E_MAP if it is none. */
static smc_build_status check_map(struct reader *r, const json_t *map, int is_outermost)
{
    const json_t *version = member(map, "version"), *sections = member(map, "sections");

    warn_if(r, version == NULL || !json_is_number(version) || json_number_value(version) != 3);
    const json_t *file = typed(r, map, "file", JSON_STRING);
    r->map->file = is_outermost ? file : r->map->file;
    read_debug_ids(r, map, is_outermost);
    if (sections != NULL) {
        warn_if(r, member(map, "mappings") != NULL);
        return json_is_array(sections) ? SMC_BUILD_OK : SMC_BUILD_E_MAP;
    }
    if (!json_is_string(member(map, "mappings")) || !json_is_array(member(map, "sources"))) {
        return SMC_BUILD_E_MAP;
    }
    const json_t *root = typed(r, map, "sourceRoot", JSON_STRING);
    r->map->source_root = is_outermost ? root : r->map->source_root;
    (void)typed(r, map, "sourcesContent", JSON_ARRAY);
    (void)typed(r, map, "names", JSON_ARRAY);
    (void)ignore_list(r, map);
    check_proposals(r, map);
    return SMC_BUILD_OK;
}

/* ---- sections ---- */

static int is_before(struct position a, struct position b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static smc_build_status add_part(struct reader *r, const json_t *map, struct position start)
{
    if (start.line > SMCF_LINE_MAX || start.column >= SMCF_NONE) {
        return SMC_BUILD_E_LIMIT;
    }
    r->parts = realloc(r->parts, (r->n_parts + 1) * sizeof *r->parts);
    must_hold(r->parts != NULL, "no memory");
    r->parts[r->n_parts++] =
        (struct part){map, start, !plain_is_well_formed(member(map, "mappings")), 0};
    return SMC_BUILD_OK;
}

struct last {
    int is_there;
    struct position at;
};

static smc_build_status read_sections(struct reader *r, const json_t *map, struct position start,
                                      int depth, struct last *greatest);

/* A section's map; the last of its mappings in the generated file. */
static smc_build_status read_section(struct reader *r, const json_t *map, struct position start,
                                     int depth, struct last *last)
{
    int64_t line, column;

    *last = (struct last){0};
    if (check_map(r, map, 0) != SMC_BUILD_OK) {
        return SMC_BUILD_E_MAP;
    }
    if (member(map, "sections") != NULL) {
        return depth == DEPTH_MAX ? SMC_BUILD_E_MAP : read_sections(r, map, start, depth + 1, last);
    }
    const json_t *mappings = member(map, "mappings");
    if (!plain_is_well_formed(mappings)) {
        warn_if(r, 1);
    } else if (plain_overflows(mappings, &line, &column)) {
        return SMC_BUILD_E_MAP;
    } else if (line >= 0) {
        last->is_there = 1;
        last->at.line = start.line + (uint64_t)line;
        last->at.column = (line == 0 ? start.column : 0) + (uint64_t)column;
    }
    return add_part(r, map, start);
}

static uint64_t coordinate(struct reader *r, const json_t *offset, const char *key)
{
    const int64_t value = integer_of(member(offset, key));

    warn_if(r, value < 0);
    return value < 0 ? 0 : (uint64_t)value;
}

/* Section 4. */
static smc_build_status read_sections(struct reader *r, const json_t *map, struct position start,
                                      int depth, struct last *greatest)
{
    const json_t *sections = member(map, "sections");
    struct last offset_before = {0}, mapping_before = {0}, last;

    *greatest = (struct last){0};
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *section = json_array_get(sections, i);
        if (!is_object(section)) {
            warn_if(r, 1);
            continue;
        }
        const json_t *offset = member(section, "offset"), *inner = member(section, "map");
        if (!is_object(offset)) {
            return SMC_BUILD_E_MAP;
        }
        const struct position own = {coordinate(r, offset, "line"),
                                     coordinate(r, offset, "column")};
        const struct position at = {start.line + own.line,
                                    own.column + (own.line == 0 ? start.column : 0)};
        warn_if(r, offset_before.is_there && !is_before(offset_before.at, own));
        warn_if(r, mapping_before.is_there && is_before(at, mapping_before.at));
        if (inner == NULL && member(section, "url") != NULL) {
            warn_if(r, 1);
            continue;
        }
        if (!is_object(inner)) {
            return SMC_BUILD_E_MAP;
        }
        const size_t n_parts = r->n_parts;
        const smc_build_status status = read_section(r, inner, at, depth, &last);
        if (status != SMC_BUILD_OK) {
            warn_if(r, 1);
            r->map->skips_limit |= status == SMC_BUILD_E_LIMIT;
            r->n_parts = n_parts;
            continue;
        }
        offset_before = (struct last){1, own};
        mapping_before = last.is_there ? last : mapping_before;
        if (last.is_there && (!greatest->is_there || is_before(greatest->at, last.at))) {
            *greatest = last;
        }
    }
    return SMC_BUILD_OK;
}

/* ---- what is in the parts ---- */

static void add_names(struct reader *r, const json_t *names)
{
    static json_t *empty;
    struct plain_map *map = r->map;
    const size_t n = json_array_size(names);

    empty = empty == NULL ? json_string("") : empty;
    map->names = realloc(map->names, (map->n_names + n + 1) * sizeof(json_t *));
    must_hold(map->names != NULL, "no memory");
    for (size_t i = 0; i < n; i++) {
        const json_t *name = json_array_get(names, i);
        warn_if(r, !json_is_string(name));
        map->names[map->n_names++] = json_is_string(name) ? name : empty;
    }
}

/* Section 5, without a URL. Returns by how much names have grown. */
static size_t add_source(struct reader *r, const json_t *root, const json_t *source)
{
    struct plain_source *to = &r->map->sources[r->map->n_sources++];

    *to = (struct plain_source){0};
    warn_if(r, !json_is_string(source) && !json_is_null(source));
    if (!json_is_string(source)) {
        return 0;
    }
    const size_t root_nbytes = root == NULL ? 0 : json_string_length(root);
    const size_t nbytes = json_string_length(source);
    to->name = malloc(root_nbytes + 1 + nbytes + 1);
    must_hold(to->name != NULL, "no memory");
    if (root_nbytes > 0) {
        memcpy(to->name, json_string_value(root), root_nbytes);
        to->name_nbytes = root_nbytes;
        if (to->name[root_nbytes - 1] != '/') {
            to->name[to->name_nbytes++] = '/';
        }
    }
    const size_t growth = to->name_nbytes;
    memcpy(to->name + to->name_nbytes, json_string_value(source), nbytes);
    to->name_nbytes += nbytes;
    return growth;
}

static size_t add_sources(struct reader *r, const json_t *part)
{
    const json_t *sources = member(part, "sources"), *contents = member(part, "sourcesContent");
    const json_t *root = member(part, "sourceRoot");
    struct plain_map *map = r->map;
    const size_t n = json_array_size(sources), first = map->n_sources;
    size_t growth = 0;

    map->sources = realloc(map->sources, (first + n + 1) * sizeof *map->sources);
    must_hold(map->sources != NULL, "no memory");
    for (size_t i = 0; i < n; i++) {
        growth += add_source(r, json_is_string(root) ? root : NULL, json_array_get(sources, i));
        const json_t *content = json_is_array(contents) ? json_array_get(contents, i) : NULL;
        warn_if(r, content != NULL && !json_is_string(content) && !json_is_null(content));
        map->sources[first + i].content = json_is_string(content) ? content : NULL;
    }
    const json_t *list = member(part, "ignoreList");
    list = list == NULL ? member(part, "x_google_ignoreList") : list;
    for (size_t i = 0; json_is_array(list) && i < json_array_size(list); i++) {
        const int64_t index = integer_of(json_array_get(list, i));
        if (index < 0 || (uint64_t)index >= n) {
            warn_if(r, 1);
        } else {
            map->sources[first + (size_t)index].is_ignored = 1;
        }
    }
    return growth;
}

static smc_build_status add_tokens(struct reader *r, const struct part *part, int64_t first_source,
                                   int64_t n_sources, size_t first_name, size_t n_names)
{
    const json_t *ranges = member(part->map, "rangeMappings");
    static json_t *empty;

    empty = empty == NULL ? json_string("") : empty;
    const struct plain_mappings input = {
        .mappings = part->is_emptied ? empty : member(part->map, "mappings"),
        .range_mappings =
            json_is_string(ranges) && !(part->is_emptied && part->is_outermost) ? ranges : NULL,
        .form = r->ranges,
        .line = part->start.line,
        .column = part->start.column,
        .first_source = first_source,
        .n_sources = n_sources,
        .names = r->map->names + first_name,
        .n_names = (int64_t)n_names};
    return plain_add_tokens(r->map, &input);
}

static int is_token_before(const struct plain_token *a, const struct plain_token *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By insertion, which keeps the order of equals. */
static void sort_tokens(struct plain_map *map)
{
    for (size_t i = 1; i < map->n_tokens; i++) {
        const struct plain_token token = map->tokens[i];
        size_t at = i;
        for (; at > 0 && is_token_before(&token, &map->tokens[at - 1]); at--) {
            map->tokens[at] = map->tokens[at - 1];
        }
        map->tokens[at] = token;
    }
}

/* Where each part's sources and names begin. */
struct firsts {
    size_t source, name;
};

static smc_build_status read_parts(struct reader *r, size_t input_nbytes)
{
    struct firsts *firsts = calloc(r->n_parts + 1, sizeof *firsts);
    smc_build_status status = SMC_BUILD_OK;
    size_t growth = 0;

    must_hold(firsts != NULL, "no memory");
    for (size_t i = 0; i < r->n_parts; i++) {
        const json_t *names = member(r->parts[i].map, "names");
        add_names(r, json_is_array(names) ? names : NULL);
        growth += add_sources(r, r->parts[i].map);
        firsts[i + 1] = (struct firsts){r->map->n_sources, r->map->n_names};
    }
    if (growth > GROWTH_MIN + GROWTH_RATIO * input_nbytes) {
        status = SMC_BUILD_E_LIMIT;
    }
    for (size_t i = 0; status == SMC_BUILD_OK && i < r->n_parts; i++) {
        status = add_tokens(r, &r->parts[i], (int64_t)firsts[i].source,
                            (int64_t)(firsts[i + 1].source - firsts[i].source), firsts[i].name,
                            firsts[i + 1].name - firsts[i].name);
    }
    free(firsts);
    sort_tokens(r->map);
    return status;
}

struct plain_map plain_map_read(const json_t *root, size_t input_nbytes,
                                enum smc_build_ranges ranges)
{
    struct plain_map map = {.status = SMC_BUILD_E_MAP};
    struct reader r = {.map = &map, .ranges = ranges};
    const struct position start = {0, 0};
    struct last last;

    if (!is_object(root) || check_map(&r, root, 1) != SMC_BUILD_OK) {
        return map;
    }
    map.has_bytecode = member(root, "x_hermes_function_offsets") != NULL;
    if (member(root, "sections") != NULL) {
        map.status = read_sections(&r, root, start, 1, &last);
    } else {
        map.status = add_part(&r, root, start);
        r.parts[0].is_outermost = 1;
        warn_if(&r, r.parts[0].is_emptied);
    }
    if (map.status == SMC_BUILD_OK) {
        map.status = read_parts(&r, input_nbytes);
    }
    free(r.parts);
    return map;
}

void plain_map_free(struct plain_map *map)
{
    for (size_t i = 0; i < map->n_sources; i++) {
        free(map->sources[i].name);
    }
    free(map->sources);
    free(map->names);
    free(map->tokens);
}
