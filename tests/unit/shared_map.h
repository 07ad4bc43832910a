/*
 * Source maps of the shared test data, taken apart by the JSON walker.
 */
#ifndef SMC_TESTS_UNIT_SHARED_MAP_H
#define SMC_TESTS_UNIT_SHARED_MAP_H

#include "tests/unit/support.h"

#include "src/json/json.h"

/* A path in the shared test data: SMCACHE_SHARED is its folder; by default beside ours. */
struct text shared_data_path(const char *name);

struct json_text {
    struct text text;
    struct smc_json_text checked;
    struct smc_json root;
};

/* 1, or 0 if the file is not there. It must be JSON. */
int json_file_read(const char *path, struct json_text *json);
void json_file_free(struct json_text *json);

/* A member of an object; SMC_JSON_ABSENT if there is none. */
struct smc_json json_member(const struct smc_json *object, const char *key);
/* The same of a string, unescaped; it must be there. */
struct text json_member_text(const struct smc_json *object, const char *key);
uint32_t json_count(const struct smc_json *array);
/* It must be there. */
struct smc_json json_element(const struct smc_json *array, uint32_t index);
/* The value as it is written; "null" if there is none. */
void text_json_value(struct text *text, const struct smc_json *value);

#endif
