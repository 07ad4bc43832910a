/*
 * The sources of all parts: their names as the map has them and as they are asked for, and which are
 * on an ignore list. ECMA-426, "Decoding Source Map Sources".
 */
#include "src/build/source_list.h"
#include "src/url/url.h"

#include <string.h>

struct sources {
    struct smc_report *report;
    struct smc_source_list list;
    struct smc_buf raw;
    struct smc_url map_url, url;
};

static smc_build_status no_memory(struct sources *s)
{
    return smc_report_error(s->report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
}

/* A sourceRoot gets a slash unless it is empty or has one (ECMA-426). */
static void finish_root(struct smc_buf *root)
{
    if (root->nbytes > 0 && root->data[root->nbytes - 1] != '/') {
        smc_buf_append(root, "/", 1);
    }
}

/* The URL of a name, by the WHATWG URL Standard; 0, or -1 if there is none. */
static int resolve(struct sources *s, const struct smc_json *element)
{
    struct smc_buf *name = &s->list.name;
    const char *reason;

    if (smc_url_parse(&s->url, name->data, name->nbytes, &s->map_url, &reason) != 0) {
        name->failed |= s->url.href.failed;
        if (!name->failed) {
            smc_report_warning(s->report, reason, "the source has no name", "sources",
                               element->start);
        }
        return -1;
    }
    name->nbytes = 0;
    smc_buf_append(name, s->url.href.data, s->url.href.nbytes);
    return 0;
}

static void join(struct smc_buf *name, const struct smc_buf *root, const struct smc_json *element)
{
    name->nbytes = 0;
    smc_buf_append(name, root->data, root->nbytes);
    smc_unescape_append(name, element);
}

static smc_build_status add_source(struct sources *s, const struct smc_buf *raw_root,
                                   const struct smc_buf *root, const struct smc_json *element)
{
    struct smc_new_source source = {.raw = NULL};

    if (element->type == SMC_JSON_STRING) {
        join(&s->raw, raw_root, element);
        join(&s->list.name, root, element);
        source.has_name = s->report->options->map_url == NULL || resolve(s, element) == 0;
        source.raw = s->raw.data;
        source.raw_nbytes = s->raw.nbytes;
        s->list.growth += raw_root->nbytes;
    } else if (element->type != SMC_JSON_NULL) {
        smc_report_warning(s->report, "element is neither a string nor null", "read as null",
                           "sources", element->start);
    }
    if (s->raw.failed || s->list.name.failed) {
        return no_memory(s);
    }
    switch (smc_source_list_add(&s->list, &source)) {
    case SMC_BUILD_OK:
        return SMC_BUILD_OK;
    case SMC_BUILD_E_LIMIT:
        return smc_report_error(s->report, SMC_BUILD_E_LIMIT,
                                "sourceRoot or an option makes the names too large", "sources",
                                element->start);
    default:
        return no_memory(s);
    }
}

static void add_ignore_list(struct sources *s, const struct smc_part *part)
{
    const char *key = part->map.ignore_list_key;
    struct smc_json_walk walk = smc_json_walk(&part->map.ignore_list);
    struct smc_json element;
    int64_t index;

    while (smc_json_next_element(&walk, &element)) {
        if (element.type != SMC_JSON_NUMBER || smc_json_integer(&element, &index) != 0) {
            smc_report_warning(s->report, "element is no integer of at least 0", "dropped", key,
                               element.start);
        } else if (index >= part->n_sources) {
            smc_report_warning(s->report, "index of a source that does not exist", "dropped", key,
                               element.start);
        } else {
            smc_source_list_ignore(&s->list, part->first_source + (size_t)index);
        }
    }
}

static smc_build_status add_part(struct sources *s, struct smc_part *part)
{
    struct smc_buf raw_root = {0}, root = {0};
    struct smc_json_walk walk = smc_json_walk(&part->map.sources);
    struct smc_json element;
    smc_build_status status = SMC_BUILD_OK;

    if (part->map.source_root.type == SMC_JSON_STRING) {
        smc_unescape_append(&raw_root, &part->map.source_root);
        finish_root(&raw_root);
    }
    const char *other_root = s->report->options->source_root;
    if (other_root != NULL) {
        smc_buf_append(&root, other_root, strlen(other_root));
        finish_root(&root);
    } else {
        smc_buf_append(&root, raw_root.data, raw_root.nbytes);
    }
    part->first_source = (uint32_t)s->list.n;
    while (status == SMC_BUILD_OK && smc_json_next_element(&walk, &element)) {
        if (part->first_source + ++part->n_sources >= SMCF_NONE) {
            status = smc_report_error(s->report, SMC_BUILD_E_LIMIT, "too many elements", "sources",
                                      element.start);
        } else {
            status = add_source(s, &raw_root, &root, &element);
        }
    }
    if (raw_root.failed || root.failed) {
        status = no_memory(s);
    }
    if (status == SMC_BUILD_OK && part->map.ignore_list.type == SMC_JSON_ARRAY) {
        add_ignore_list(s, part);
    }
    smc_buf_free(&raw_root);
    smc_buf_free(&root);
    return status;
}

smc_build_status smc_sources_read(struct smc_part *parts, size_t n_parts, size_t input_nbytes,
                                  struct smc_strings *strings, struct smc_buf *list,
                                  struct smc_report *report)
{
    struct sources s = {.report = report};
    const char *base = report->options->map_url, *reason;
    smc_build_status status = SMC_BUILD_OK;

    smc_source_list_init(&s.list, report->options, strings);
    smc_source_list_add_input(&s.list, input_nbytes);
    if (base != NULL && smc_url_parse(&s.map_url, base, strlen(base), NULL, &reason) != 0) {
        status = s.map_url.href.failed ? no_memory(&s)
                                       : smc_report_error(report, SMC_BUILD_E_OPTION,
                                                          "map_url is no absolute URL", NULL, NULL);
    }
    for (size_t i = 0; i < n_parts && status == SMC_BUILD_OK; i++) {
        status = add_part(&s, &parts[i]);
    }
    if (status == SMC_BUILD_OK && smc_source_list_finish(&s.list, list) != SMC_BUILD_OK) {
        status = no_memory(&s);
    }
    smc_source_list_free(&s.list);
    smc_buf_free(&s.raw);
    smc_url_free(&s.map_url);
    smc_url_free(&s.url);
    return status;
}
