/*
 * From JSON text to the members of a source map: ECMA-426, "Decoding Source Maps".
 */
#include "src/build/parts.h"

/* After an optional error of a member ECMA-426 goes on as if it were not there. */
static void optional_type(struct smc_json *member, enum smc_json_type type, const char *key,
                          const char *reason, struct smc_report *report)
{
    if (member->type != SMC_JSON_ABSENT && member->type != type) {
        smc_report_warning(report, reason, "ignored", key, member->start);
        member->type = SMC_JSON_ABSENT;
    }
}

static void check_version(const struct smc_map *map, struct smc_report *report)
{
    int64_t version;
    if (map->version.type == SMC_JSON_ABSENT) {
        smc_report_warning(report, "missing", "read as version 3", "version", map->object.start);
    } else if (map->version.type != SMC_JSON_NUMBER ||
               smc_json_integer(&map->version, &version) != 0 || version != 3) {
        smc_report_warning(report, "not the number 3", "read as version 3", "version",
                           map->version.start);
    }
}

/* One UUID a map; `debugId` beats the older `debug_id`. */
static void check_debug_id(struct smc_map *map, struct smc_report *report)
{
    struct smc_json *const ids[] = {&map->debug_id, &map->old_debug_id};
    static const char *const keys[] = {"debugId", "debug_id"};
    uint8_t id[16];

    for (int i = 1; i >= 0; i--) {
        optional_type(ids[i], SMC_JSON_STRING, keys[i], "not a string", report);
        if (ids[i]->type == SMC_JSON_ABSENT) {
            continue;
        }
        /* Longer than any UUID, so that what does not fit is none. */
        uint8_t text[2 * SMC_DEBUG_ID_TEXT_NBYTES];
        size_t n;
        const uint8_t *end = ids[i]->end - 1;
        if (smc_json_unescape(ids[i]->start + 1, end, text, sizeof text, &n) != end ||
            smc_debug_id_parse(text, n, !report->options->strict, id) != 0) {
            smc_report_warning(report, "not a UUID", "ignored", keys[i], ids[i]->start);
            ids[i]->type = SMC_JSON_ABSENT;
            continue;
        }
        if (map->has_debug_id && memcmp(map->debug_id_bytes, id, sizeof id) != 0) {
            smc_report_warning(report, "differs from \"debug_id\"", "the latter is ignored",
                               keys[i], ids[i]->start);
        }
        map->has_debug_id = 1;
        memcpy(map->debug_id_bytes, id, sizeof id);
    }
}

/* Proposals in forms that this version does not read. */
static void check_proposals(struct smc_map *map, struct smc_report *report)
{
    if (map->scopes.type == SMC_JSON_ARRAY) {
        smc_report_warning(report, "an array: a form of the proposal that is not read", "ignored",
                           "scopes", map->scopes.start);
        map->scopes.type = SMC_JSON_ABSENT;
    }
    if (map->original_scopes.type != SMC_JSON_ABSENT) {
        smc_report_warning(report, "an older form of the scopes proposal", "ignored",
                           "originalScopes", map->original_scopes.start);
    }
    if (map->generated_ranges.type != SMC_JSON_ABSENT) {
        smc_report_warning(report, "an older form of the scopes proposal", "ignored",
                           "generatedRanges", map->generated_ranges.start);
    }
    optional_type(&map->scopes, SMC_JSON_STRING, "scopes", "not a string", report);
    optional_type(&map->range_mappings, SMC_JSON_STRING, "rangeMappings", "not a string", report);
}

/* An index map has its sections and nothing else but what speaks of the generated file. */
static smc_build_status check_index_map(struct smc_map *map, struct smc_report *report)
{
    if (map->mappings.type != SMC_JSON_ABSENT) {
        smc_report_warning(report, "beside \"sections\"", "ignored", "mappings",
                           map->mappings.start);
    }
    if (map->sections.type != SMC_JSON_ARRAY) {
        return smc_report_error(report, SMC_BUILD_E_MAP, "not an array", "sections",
                                map->sections.start);
    }
    return SMC_BUILD_OK;
}

static smc_build_status check_ordinary_map(struct smc_map *map, struct smc_report *report)
{
    if (map->mappings.type != SMC_JSON_STRING) {
        return map->mappings.type == SMC_JSON_ABSENT
                   ? smc_report_error(report, SMC_BUILD_E_MAP, "missing", "mappings",
                                      map->object.start)
                   : smc_report_error(report, SMC_BUILD_E_MAP, "not a string", "mappings",
                                      map->mappings.start);
    }
    if (map->sources.type != SMC_JSON_ARRAY) {
        return map->sources.type == SMC_JSON_ABSENT
                   ? smc_report_error(report, SMC_BUILD_E_MAP, "missing", "sources",
                                      map->object.start)
                   : smc_report_error(report, SMC_BUILD_E_MAP, "not an array", "sources",
                                      map->sources.start);
    }
    if (map->ignore_list.type == SMC_JSON_ABSENT) { /* a malformed one does not fall back */
        map->ignore_list = map->old_ignore_list;
        map->ignore_list_key = "x_google_ignoreList";
    }
    optional_type(&map->source_root, SMC_JSON_STRING, "sourceRoot", "not a string", report);
    optional_type(&map->sources_content, SMC_JSON_ARRAY, "sourcesContent", "not an array", report);
    optional_type(&map->names, SMC_JSON_ARRAY, "names", "not an array", report);
    optional_type(&map->ignore_list, SMC_JSON_ARRAY, map->ignore_list_key, "not an array", report);
    check_proposals(map, report);
    optional_type(&map->facebook_sources, SMC_JSON_ARRAY, SMC_KEY_FACEBOOK, "not an array", report);
    optional_type(&map->bloomberg_functions, SMC_JSON_ARRAY, SMC_KEY_BLOOMBERG, "not an array",
                  report);
    return SMC_BUILD_OK;
}

smc_build_status smc_map_read(const struct smc_json *object, struct smc_map *map,
                              struct smc_report *report)
{
    struct {
        const char *key;
        struct smc_json *member;
    } const members[] = {
        {"version", &map->version},
        {"file", &map->file},
        {"sourceRoot", &map->source_root},
        {"sources", &map->sources},
        {"sourcesContent", &map->sources_content},
        {"names", &map->names},
        {"mappings", &map->mappings},
        {"sections", &map->sections},
        {"ignoreList", &map->ignore_list},
        {"x_google_ignoreList", &map->old_ignore_list},
        {"debugId", &map->debug_id},
        {"debug_id", &map->old_debug_id},
        {"rangeMappings", &map->range_mappings},
        {"scopes", &map->scopes},
        {"originalScopes", &map->original_scopes},
        {"generatedRanges", &map->generated_ranges},
        {SMC_KEY_FACEBOOK, &map->facebook_sources},
        {SMC_KEY_BLOOMBERG, &map->bloomberg_functions},
        {SMC_KEY_HERMES, &map->hermes_offsets},
    };
    struct smc_json key, value;

    *map = (struct smc_map){.object = *object, .ignore_list_key = "ignoreList"};
    if (object->type == SMC_JSON_OBJECT) { /* an array passes as an object without members */
        struct smc_json_walk walk = smc_json_walk(object);
        while (smc_json_next_member(&walk, &key, &value)) {
            for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
                if (smc_json_equals(&key, members[i].key)) {
                    *members[i].member = value;
                }
            }
        }
    }
    check_version(map, report);
    optional_type(&map->file, SMC_JSON_STRING, "file", "not a string", report);
    check_debug_id(map, report);
    return map->sections.type != SMC_JSON_ABSENT ? check_index_map(map, report)
                                                 : check_ordinary_map(map, report);
}
