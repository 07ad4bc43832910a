/*
 * The decoded `scopes` of the conformance data: each whole golden is made again from the map.
 */
#include "tests/unit/scope_run.h"
#include "tests/unit/shared_map.h"

#include <dirent.h>

#define NONE SMC_SCOPES_NONE

struct golden {
    struct text text; /* without white space */
    const struct smc_scopes *scopes;
    struct smc_json names;
};

static void put_name(struct golden *g, uint32_t index, const char *otherwise)
{
    if (index == NONE) {
        text_puts(&g->text, otherwise);
    } else {
        struct smc_json name = json_element(&g->names, index);
        text_json_value(&g->text, &name);
    }
}

static void put_position(struct golden *g, const char *key, struct smc_scopes_position position)
{
    text_puts(&g->text, "\"");
    text_puts(&g->text, key);
    text_puts(&g->text, "\":{\"line\":");
    text_number(&g->text, position.line);
    text_puts(&g->text, ",\"column\":");
    text_number(&g->text, position.column);
    text_puts(&g->text, "}");
}

/* The scope up to its children. */
static void put_scope(struct golden *g, const struct smc_scopes_scope *scope)
{
    text_puts(&g->text, "{");
    put_position(g, "start", scope->start);
    text_puts(&g->text, ",");
    put_position(g, "end", scope->end);
    text_puts(&g->text, ",\"name\":");
    put_name(g, scope->name, "null");
    text_puts(&g->text, ",\"kind\":");
    put_name(g, scope->kind, "null");
    text_puts(&g->text, ",\"isStackFrame\":");
    text_puts(&g->text, scope->is_stack_frame ? "true" : "false");
    text_puts(&g->text, ",\"variables\":[");
    for (uint32_t i = 0; i < scope->n_variables; i++) {
        text_puts(&g->text, i > 0 ? "," : "");
        put_name(g, g->scopes->variables[scope->first_variable + i], "\"\"");
    }
    text_puts(&g->text, "],\"children\":[");
}

/* The tree of a source, or null. */
static void put_tree(struct golden *g, uint32_t source)
{
    uint32_t open = NONE, n = 0;

    for (uint32_t i = 0; i < g->scopes->n_scopes; i++) {
        const struct smc_scopes_scope *scope = &g->scopes->scopes[i];
        if (scope->source != source) {
            continue;
        }
        int is_sibling = 0;
        for (; open != scope->parent; open = g->scopes->scopes[open].parent) {
            text_puts(&g->text, "]}");
            is_sibling = 1;
        }
        text_puts(&g->text, is_sibling ? "," : "");
        put_scope(g, scope);
        open = i;
        n++;
    }
    for (; open != NONE; open = g->scopes->scopes[open].parent) {
        text_puts(&g->text, "]}");
    }
    text_puts(&g->text, n == 0 ? "null" : "");
}

static void put_bindings(struct golden *g, const struct smc_scopes_range *range)
{
    const uint32_t *lists = g->scopes->lists + range->first_list;

    for (uint32_t list = 0; list < range->n_lists; list++) {
        text_puts(&g->text, list > 0 ? ",[" : "[");
        for (uint32_t i = lists[list]; i < lists[list + 1]; i++) {
            text_puts(&g->text, i > lists[list] ? ",{\"binding\":" : "{\"binding\":");
            put_name(g, g->scopes->bindings[i].expression, "null");
            text_puts(&g->text, ",");
            put_position(g, "from", g->scopes->bindings[i].from);
            text_puts(&g->text, "}");
        }
        text_puts(&g->text, "]");
    }
}

static void put_range(struct golden *g, const struct smc_scopes_range *range)
{
    static const char *const frames[] = {"none", "original", "hidden"};

    text_puts(&g->text, "{");
    put_position(g, "start", range->start);
    text_puts(&g->text, ",");
    put_position(g, "end", range->end);
    text_puts(&g->text, ",\"definitionIndex\":");
    if (range->definition == NONE) {
        text_puts(&g->text, "null");
    } else {
        text_number(&g->text, range->definition);
    }
    text_puts(&g->text, ",\"stackFrameType\":\"");
    text_puts(&g->text, frames[range->frame]);
    /* No golden has a call site, so how one would look is not known. */
    assert_int_equal(range->call_source, NONE);
    text_puts(&g->text, "\",\"callSite\":null,\"bindings\":[");
    put_bindings(g, range);
    text_puts(&g->text, "],\"children\":[");
}

static void put_ranges(struct golden *g)
{
    uint32_t open = NONE;

    for (uint32_t i = 0; i < g->scopes->n_ranges; i++) {
        const struct smc_scopes_range *range = &g->scopes->ranges[i];
        int is_sibling = 0;
        for (; open != range->parent; open = g->scopes->ranges[open].parent) {
            text_puts(&g->text, "]}");
            is_sibling = 1;
        }
        text_puts(&g->text, is_sibling ? "," : "");
        put_range(g, range);
        open = i;
    }
    for (; open != NONE; open = g->scopes->ranges[open].parent) {
        text_puts(&g->text, "]}");
    }
}

/* What put_map does not make from the map, the map must not have. */
static void check_keys(const struct smc_json *map)
{
    static const char *const known[] = {"version",  "file",  "sources",
                                        "mappings", "names", "scopes"};
    struct smc_json_walk walk = smc_json_walk(map);
    struct smc_json key, value;

    while (smc_json_next_member(&walk, &key, &value)) {
        int is_known = 0;
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            is_known |= smc_json_equals(&key, known[i]);
        }
        assert_true(is_known);
    }
    struct text mappings = json_member_text(map, "mappings");
    assert_int_equal(mappings.nbytes, 0);
    text_free(&mappings);
}

static void put_map(struct golden *g, const struct smc_json *map)
{
    struct smc_json file = json_member(map, "file"), sources = json_member(map, "sources");
    uint32_t n_sources = json_count(&sources);

    check_keys(map);
    text_puts(&g->text, "{\"file\":");
    text_json_value(&g->text, &file);
    text_puts(&g->text, ",\"mappings\":[],\"sources\":[");
    for (uint32_t i = 0; i < n_sources; i++) {
        struct smc_json source = json_element(&sources, i);
        text_puts(&g->text, i > 0 ? ",{\"url\":" : "{\"url\":");
        text_json_value(&g->text, &source);
        text_puts(&g->text, ",\"content\":null,\"ignored\":false,\"scope\":");
        put_tree(g, i);
        text_puts(&g->text, "}");
    }
    text_puts(&g->text, "],\"ranges\":[");
    put_ranges(g);
    text_puts(&g->text, "]}");
}

static struct text without_space(const struct text *json)
{
    struct text text = {0};
    int is_in_string = 0;

    text_add(&text, "", 0);
    for (size_t i = 0; i < json->nbytes; i++) {
        char c = json->data[i];
        assert_true(c != '\\'); /* or the next line would have to know it */
        is_in_string ^= c == '"';
        if (is_in_string || strchr(" \n\r\t", c) == NULL) {
            text_add(&text, &c, 1);
        }
    }
    return text;
}

static void compare_map(const char *path, int is_strict)
{
    struct text golden_path = {0}, golden;
    struct json_text map;

    text_puts(&golden_path, path);
    text_puts(&golden_path, ".golden");
    assert_true(json_file_read(path, &map));
    assert_true(read_file(golden_path.data, &golden));

    struct smc_json sources = json_member(&map.root, "sources");
    struct golden made = {.names = json_member(&map.root, "names")};
    struct text scopes = json_member_text(&map.root, "scopes");
    struct scope_map numbers = {json_count(&sources), json_count(&made.names), is_strict};
    struct scope_run run = scope_run(scopes.data, scopes.nbytes, numbers);
    assert_int_equal(run.result, SMC_SCOPES_OK);
    made.scopes = &run.scopes;
    put_map(&made, &map.root);
    struct text wanted = without_space(&golden);
    if (strcmp(wanted.data, made.text.data) != 0) {
        fail_msg("%s:\n%s\n%s", path, wanted.data, made.text.data);
    }
    /* None of them goes with a file that marks an optional error. */
    assert_int_equal(run.n_warnings, 0);
    scope_run_free(&run);
    text_free(&wanted);
    text_free(&made.text);
    text_free(&scopes);
    text_free(&golden);
    text_free(&golden_path);
    json_file_free(&map);
}

static void compare_folder(const char *name, unsigned n_at_least)
{
    struct text folder = shared_data_path(name);
    DIR *listing = opendir(folder.data);
    unsigned n = 0;

    if (listing == NULL) {
        text_free(&folder);
        print_message("the test data is not here\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        size_t length = strlen(entry->d_name);
        assert_null(strstr(entry->d_name, ".error"));
        if (length < 4 || strcmp(entry->d_name + length - 4, ".map") != 0) {
            continue;
        }
        struct text path = {0};
        text_puts(&path, folder.data);
        text_puts(&path, "/");
        text_puts(&path, entry->d_name);
        compare_map(path.data, 0);
        compare_map(path.data, 1);
        text_free(&path);
        n++;
    }
    closedir(listing);
    text_free(&folder);
    assert_in_range(n, n_at_least, UINT32_MAX);
}

static void merged(void **state)
{
    (void)state;
    compare_folder("tc39/decoding/scopes", 5);
}

static void unmerged(void **state)
{
    (void)state;
    compare_folder("tc39/decoding-unmerged/scopes", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged),
        cmocka_unit_test(unmerged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
