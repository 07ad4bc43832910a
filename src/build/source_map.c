/*
 * From JSON text to the members of a source map: ECMA-426, "Decoding Source Maps".
 */
#include "src/build/parts.h"

/* ECMA-426 lets a reader go on after an optional error as if the member were not there. */
static void optional_type(struct smc_json *member, enum smc_json_type type, const char *key,
                          const char *reason, struct smc_report *report)
{
    if (member->type != SMC_JSON_ABSENT && member->type != type) {
        smc_report_warning(report, reason, key, member->start);
        member->type = SMC_JSON_ABSENT;
    }
}

static smc_build_status check_types(struct smc_map *map, struct smc_report *report)
{
    if (map->version.type == SMC_JSON_ABSENT) {
        smc_report_warning(report, "missing; read as version 3", "version", report->text);
    } else if (map->version.type != SMC_JSON_NUMBER || !smc_json_number_is(&map->version, 3)) {
        smc_report_warning(report, "not the number 3; read as version 3", "version",
                           map->version.start);
    }
    if (map->sections.type != SMC_JSON_ABSENT) {
        return smc_report_error(report, SMC_BUILD_E_UNSUPPORTED,
                                "index maps cannot be compiled yet", "sections",
                                map->sections.start);
    }
    if (map->mappings.type != SMC_JSON_STRING) {
        return map->mappings.type == SMC_JSON_ABSENT
                   ? smc_report_error(report, SMC_BUILD_E_MAP, "missing", "mappings", NULL)
                   : smc_report_error(report, SMC_BUILD_E_MAP, "not a string", "mappings",
                                      map->mappings.start);
    }
    if (map->sources.type != SMC_JSON_ARRAY) {
        return map->sources.type == SMC_JSON_ABSENT
                   ? smc_report_error(report, SMC_BUILD_E_MAP, "missing", "sources", NULL)
                   : smc_report_error(report, SMC_BUILD_E_MAP, "not an array", "sources",
                                      map->sources.start);
    }
    optional_type(&map->file, SMC_JSON_STRING, "file", "not a string; ignored", report);
    optional_type(&map->source_root, SMC_JSON_STRING, "sourceRoot", "not a string; ignored",
                  report);
    optional_type(&map->sources_content, SMC_JSON_ARRAY, "sourcesContent", "not an array; ignored",
                  report);
    optional_type(&map->names, SMC_JSON_ARRAY, "names", "not an array; ignored", report);
    return SMC_BUILD_OK;
}

smc_build_status smc_map_read(const uint8_t *text, size_t nbytes, struct smc_map *map,
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
    };
    struct smc_json_error error;
    struct smc_json root, key, value;

    *map = (struct smc_map){0};
    if (smc_json_check(text, nbytes, &root, &error) != 0) {
        return smc_report_error(report, SMC_BUILD_E_JSON, error.reason, NULL, error.at);
    }
    if (root.type != SMC_JSON_OBJECT) {
        return smc_report_error(report, SMC_BUILD_E_MAP, "the JSON value is not an object", NULL,
                                root.start);
    }
    struct smc_json_walk walk = smc_json_walk(&root);
    while (smc_json_next_member(&walk, &key, &value)) {
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            if (smc_json_equals(&key, members[i].key)) {
                *members[i].member = value;
            }
        }
    }
    return check_types(map, report);
}
