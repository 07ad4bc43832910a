#include "tests/unit/shared_map.h"

struct text shared_data_path(const char *name)
{
    const char *shared = getenv("SMCACHE_SHARED");
    struct text path = {0};

    text_puts(&path, shared != NULL && shared[0] != 0 ? shared : "../shared");
    text_puts(&path, "/testdata/");
    text_puts(&path, name);
    return path;
}

int json_file_read(const char *path, struct json_text *json)
{
    struct smc_json_error error = {"", NULL};

    if (!read_file(path, &json->text)) {
        return 0;
    }
    if (smc_json_check(&json->checked, (const uint8_t *)json->text.data, json->text.nbytes, 0,
                       &json->root, &error) != 0) {
        fail_msg("%s: %s", path, error.reason);
    }
    return 1;
}

void json_file_free(struct json_text *json)
{
    smc_json_text_free(&json->checked);
    text_free(&json->text);
}

struct smc_json json_member(const struct smc_json *object, const char *key)
{
    struct smc_json_walk walk = smc_json_walk(object);
    struct smc_json name, value, found = {.type = SMC_JSON_ABSENT};

    while (smc_json_next_member(&walk, &name, &value)) {
        if (smc_json_equals(&name, key)) {
            found = value;
        }
    }
    return found;
}

struct text json_member_text(const struct smc_json *object, const char *key)
{
    struct smc_json value = json_member(object, key);
    struct text text = {0};
    uint8_t piece[64];

    assert_int_equal(value.type, SMC_JSON_STRING);
    text_add(&text, "", 0);
    for (const uint8_t *p = value.start + 1; p < value.end - 1;) {
        size_t n;
        p = smc_json_unescape(p, value.end - 1, piece, sizeof piece, &n);
        text_add(&text, piece, n);
    }
    return text;
}

uint32_t json_count(const struct smc_json *array)
{
    struct smc_json_walk walk = smc_json_walk(array);
    struct smc_json element;
    uint32_t n = 0;

    while (smc_json_next_element(&walk, &element)) {
        n++;
    }
    return n;
}

struct smc_json json_element(const struct smc_json *array, uint32_t index)
{
    struct smc_json_walk walk = smc_json_walk(array);
    struct smc_json element = {.type = SMC_JSON_ABSENT};

    for (uint32_t i = 0; i <= index; i++) {
        assert_true(smc_json_next_element(&walk, &element));
    }
    return element;
}

void text_json_value(struct text *text, const struct smc_json *value)
{
    if (value->type == SMC_JSON_ABSENT) {
        text_puts(text, "null");
    } else {
        text_add(text, value->start, (size_t)(value->end - value->start));
    }
}
