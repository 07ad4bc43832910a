/*
 * The sources of all parts: their names as the map has them and as they are asked for, and which are
 * on an ignore list. ECMA-426, "Decoding Source Map Sources".
 */
#include "src/build/parts.h"
#include "src/build/paths.h"
#include "src/url/url.h"

#include <string.h>

/* sourceRoot, or what an option puts before or into names, is written for each source, so a small map
 * could ask for a huge file. Real ones grow by less than their own size. */
#define GROWTH_RATIO_MAX 16
#define GROWTH_NBYTES_MIN 1048576

/* A source whose name is not yet in the table of strings: what all have in common may be cut off. */
struct pending {
    uint32_t raw; /* string */
    uint32_t flags;
    size_t off, nbytes; /* of the name */
    int is_null;
};

struct sources {
    const struct smc_build_options *options;
    struct smc_strings *strings;
    struct smc_report *report;
    struct smc_buf pending;
    struct smc_buf names; /* bytes of all of them */
    struct smc_buf name, scratch;
    struct smc_url map_url, url;
    uint64_t growth, growth_max;
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

/* The URL of s->name, by the WHATWG URL Standard; 0, or -1 if there is none. */
static int resolve(struct sources *s, const struct smc_json *element)
{
    const char *reason;

    if (smc_url_parse(&s->url, s->name.data, s->name.nbytes, &s->map_url, &reason) != 0) {
        s->name.failed |= s->url.href.failed;
        smc_report_warning(s->report, reason, "the source has no name", "sources", element->start);
        return -1;
    }
    s->name.nbytes = 0;
    smc_buf_append(&s->name, s->url.href.data, s->url.href.nbytes);
    return 0;
}

/* From what a map says to the name that is asked for; 0, or -1 if there is none. */
static int make_name(struct sources *s, const struct smc_buf *root, const struct smc_json *element)
{
    const struct smc_build_options *options = s->options;

    s->name.nbytes = 0;
    smc_buf_append(&s->name, root->data, root->nbytes);
    smc_unescape_append(&s->name, element);
    if (options->map_url != NULL && resolve(s, element) != 0) {
        return -1;
    }
    if (options->clean_paths) {
        smc_path_clean(&s->name);
    }
    for (size_t i = 0; i < options->n_replacements; i++) {
        smc_path_replace(&s->name, &options->replacements[i], &s->scratch);
    }
    for (size_t i = 0; i < options->n_strip_prefixes; i++) {
        if (smc_path_strip_prefix(&s->name, options->strip_prefixes[i])) {
            break;
        }
    }
    return 0;
}

/* Whether the name that has been made is the raw one, which was entered last. */
static int is_raw(const struct sources *s, const struct pending *source)
{
    const struct smc_buf *raw = &s->strings->scratch;
    return source->nbytes == raw->nbytes &&
           (raw->nbytes == 0 || memcmp(s->name.data, raw->data, raw->nbytes) == 0);
}

static smc_build_status add_source(struct sources *s, const struct smc_buf *raw_root,
                                   const struct smc_buf *root, const struct smc_json *element)
{
    struct pending source = {.raw = SMCF_NONE, .off = s->names.nbytes, .is_null = 1};

    if (element->type == SMC_JSON_STRING) {
        source.raw = smc_strings_add_json(s->strings, raw_root, element);
        source.is_null = make_name(s, root, element) != 0;
        source.nbytes = source.is_null ? 0 : s->name.nbytes;
        s->growth += raw_root->nbytes + (is_raw(s, &source) ? 0 : source.nbytes);
        if (s->growth > s->growth_max) {
            return smc_report_error(s->report, SMC_BUILD_E_LIMIT,
                                    "sourceRoot or an option makes the names too large", "sources",
                                    element->start);
        }
        smc_buf_append(&s->names, s->name.data, source.nbytes);
    } else if (element->type != SMC_JSON_NULL) {
        smc_report_warning(s->report, "element is neither a string nor null", "read as null",
                           "sources", element->start);
    }
    smc_buf_append(&s->pending, &source, sizeof source);
    return s->pending.failed || s->names.failed || s->name.failed || s->strings->bytes.failed
               ? no_memory(s)
               : SMC_BUILD_OK;
}

static void add_ignore_list(struct sources *s, const struct smc_part *part)
{
    const char *key = part->map.ignore_list_key;
    struct pending *sources = (struct pending *)(void *)s->pending.data;
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
            sources[part->first_source + index].flags |= SMCF_SOURCE_IGNORED;
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
    if (s->options->source_root != NULL) {
        smc_buf_append(&root, s->options->source_root, strlen(s->options->source_root));
        finish_root(&root);
    } else {
        smc_buf_append(&root, raw_root.data, raw_root.nbytes);
    }
    part->first_source = (uint32_t)(s->pending.nbytes / sizeof(struct pending));
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

/* Bytes up to the last slash that all names have in common. */
static size_t common_prefix(const struct sources *s)
{
    const struct pending *sources = (const void *)s->pending.data;
    const size_t n = s->pending.nbytes / sizeof *sources;
    const uint8_t *first = NULL;
    size_t nbytes = 0;

    for (size_t i = 0; i < n; i++) {
        const uint8_t *name = s->names.data + sources[i].off;
        if (sources[i].is_null) {
            continue;
        }
        if (first == NULL) {
            first = name;
            nbytes = sources[i].nbytes;
        }
        size_t k = 0;
        while (k < nbytes && k < sources[i].nbytes && first[k] == name[k]) {
            k++;
        }
        nbytes = k;
    }
    while (nbytes > 0 && first[nbytes - 1] != '/') {
        nbytes--;
    }
    return nbytes;
}

/* Enters the names into the table of strings. */
static smc_build_status finish(struct sources *s, struct smc_buf *list)
{
    const struct pending *sources = (const void *)s->pending.data;
    const size_t n = s->pending.nbytes / sizeof *sources;
    const size_t cut = s->options->strip_common_prefix ? common_prefix(s) : 0;

    for (size_t i = 0; i < n; i++) {
        struct smc_source_entry entry = {SMCF_NONE, sources[i].raw, sources[i].flags};
        if (!sources[i].is_null) {
            entry.name = smc_strings_add(s->strings, s->names.data + sources[i].off + cut,
                                         sources[i].nbytes - cut);
        }
        smc_buf_append(list, &entry, sizeof entry);
    }
    return list->failed || s->strings->bytes.failed ? no_memory(s) : SMC_BUILD_OK;
}

smc_build_status smc_sources_read(struct smc_part *parts, size_t n_parts, size_t input_nbytes,
                                  struct smc_strings *strings, struct smc_buf *list,
                                  struct smc_report *report)
{
    struct sources s = {.options = report->options,
                        .strings = strings,
                        .report = report,
                        .growth_max =
                            (uint64_t)input_nbytes * GROWTH_RATIO_MAX + GROWTH_NBYTES_MIN};
    const char *base = report->options->map_url, *reason;
    smc_build_status status = SMC_BUILD_OK;

    if (base != NULL && smc_url_parse(&s.map_url, base, strlen(base), NULL, &reason) != 0) {
        status = s.map_url.href.failed ? no_memory(&s)
                                       : smc_report_error(report, SMC_BUILD_E_OPTION,
                                                          "map_url is no absolute URL", NULL, NULL);
    }
    for (size_t i = 0; i < n_parts && status == SMC_BUILD_OK; i++) {
        status = add_part(&s, &parts[i]);
    }
    if (status == SMC_BUILD_OK) {
        status = finish(&s, list);
    }
    smc_buf_free(&s.pending);
    smc_buf_free(&s.names);
    smc_buf_free(&s.name);
    smc_buf_free(&s.scratch);
    smc_url_free(&s.map_url);
    smc_url_free(&s.url);
    return status;
}
