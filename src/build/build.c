/*
 * The build from end to end: members, strings, tokens, contents, file.
 *
 * The digest of the input is needed first by the table of strings, when the maps have been read, and the contents,
 * which need nothing but the names of the sources, at the end. So with several threads one takes the digest while the
 * calling one reads the maps, and later one fills the contents while that decodes tokens. They report nothing: whatever
 * there is to say is said on the calling thread, in the order that one thread alone would have.
 */
#include "src/build/assembly.h"
#include "src/build/content_walk.h"
#include "src/build/map_functions.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Of a name in JSON, with quotes and comma: what is seldom less. */
#define NAME_NBYTES 16

struct build {
    struct smc_build_options options;
    struct smc_report report;
    struct smc_json_text text;
    struct smc_map map;   /* the input */
    struct smc_buf parts; /* struct smc_part: itself, or all sections */
    const uint8_t *input;
    size_t input_nbytes;
    XXH128_canonical_t input_digest;
    struct smc_buf name_ids; /* uint32_t a name of each part */
    struct smc_map_functions functions;
    struct smc_assembly out;

    /* Fills the contents, while the calling thread goes on with all else. */
    pthread_t filler;
    int has_filler;
    int has_odd_contents; /* there is something to warn of */
    int contents_failed;
};

static struct smc_part *parts_of(const struct build *b)
{
    return (void *)b->parts.data;
}

static size_t n_parts_of(const struct build *b)
{
    return b->parts.nbytes / sizeof(struct smc_part);
}

static smc_build_status no_memory(struct build *b)
{
    return smc_report_error(&b->report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
}

static smc_build_status add_name_list(struct build *b, const struct smc_json *list, unsigned n)
{
    uint32_t ids[SMC_STRINGS_LIST_MAX];

    smc_strings_add_list(&b->out.strings, list, n, ids);
    smc_buf_append(&b->name_ids, ids, n * sizeof *ids);
    return b->name_ids.failed || b->out.strings.bytes.failed ? no_memory(b) : SMC_BUILD_OK;
}

/* Interns the names of a part. */
static smc_build_status add_names(struct build *b, struct smc_part *part)
{
    static const uint8_t empty[] = "\"\"";
    const struct smc_json empty_string = {
        .type = SMC_JSON_STRING, .start = empty, .end = empty + 2};
    struct smc_json_walk walk = smc_json_walk(&part->map.names);
    struct smc_json list[SMC_STRINGS_LIST_MAX], element;
    unsigned n = 0;

    smc_strings_expect(&b->out.strings,
                       (size_t)(part->map.names.end - part->map.names.start) / NAME_NBYTES);
    while (smc_json_next_element(&walk, &element)) {
        if (part->first_name + ++part->n_names >= SMCF_NONE) {
            return smc_report_error(&b->report, SMC_BUILD_E_LIMIT, "too many elements", "names",
                                    element.start);
        }
        if (element.type != SMC_JSON_STRING) {
            smc_report_warning(&b->report, "element is not a string", "read as \"\"", "names",
                               element.start);
            element = empty_string;
        }
        list[n++] = element;
        if (n == SMC_STRINGS_LIST_MAX) {
            if (add_name_list(b, list, n) != SMC_BUILD_OK) {
                return SMC_BUILD_E_MEMORY;
            }
            n = 0;
        }
    }
    return add_name_list(b, list, n);
}

/* Names come first, so that their string indices are 0 .. n_names - 1 (spec 3.5). */
static smc_build_status build_strings(struct build *b)
{
    uint32_t file = SMCF_NONE, source_root = SMCF_NONE;

    for (size_t i = 0; i < n_parts_of(b); i++) {
        struct smc_part *part = &parts_of(b)[i];
        part->first_name = (uint32_t)(b->name_ids.nbytes / sizeof(uint32_t));
        smc_build_status status =
            part->map.names.type == SMC_JSON_ARRAY ? add_names(b, part) : SMC_BUILD_OK;
        if (status != SMC_BUILD_OK) {
            return status;
        }
    }
    b->out.info.n_names = smcf_put32(b->out.strings.n);
    smc_build_status status = smc_sources_read(parts_of(b), n_parts_of(b), b->input_nbytes,
                                               &b->out.strings, &b->out.sources, &b->report);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (b->map.file.type == SMC_JSON_STRING) {
        file = smc_strings_add_json(&b->out.strings, &b->map.file);
    }
    if (b->map.source_root.type == SMC_JSON_STRING && b->map.sections.type == SMC_JSON_ABSENT) {
        source_root = smc_strings_add_json(&b->out.strings, &b->map.source_root);
    }
    b->out.info.file = smcf_put32(file);
    b->out.info.source_root = smcf_put32(source_root);
    if (b->map.has_debug_id) {
        b->out.info.flags = smcf_put32(SMCF_INFO_HAS_DEBUG_ID);
        memcpy(b->out.info.debug_id, b->map.debug_id_bytes, sizeof b->out.info.debug_id);
    }
    return b->out.strings.bytes.failed ? no_memory(b) : SMC_BUILD_OK;
}

static size_t n_sources_of(const struct build *b)
{
    return b->out.sources.nbytes / sizeof(struct smc_source_entry);
}

static struct smc_functions_input functions_input(const struct build *b)
{
    return (struct smc_functions_input){
        .outlines = {parts_of(b), n_parts_of(b), (const void *)b->name_ids.data, &b->out.strings},
        .sources = (const void *)b->out.sources.data,
        .n_sources = n_sources_of(b),
        .options = &b->options};
}

static smc_build_status read_functions(struct build *b)
{
    const struct smc_functions_input input = functions_input(b);

    const smc_build_status status =
        smc_map_functions_read(&b->functions, &input, &b->out.functions, &b->report);

    return status == SMC_BUILD_OK ? smc_build_recipe(&b->options, b->functions.needs_generated,
                                                     b->out.info.recipe_digest)
                                  : status;
}

static smc_build_status read_bytecode(struct build *b)
{
    return smc_bytecode_read(&b->map.hermes_offsets, &b->out.bytecode, &b->report);
}

static smc_build_status build_tokens(struct build *b)
{
    const struct smc_mappings_input input = {parts_of(b), n_parts_of(b),
                                             (const void *)b->name_ids.data};
    uint32_t n_lines;

    if (smc_map_functions_watch(&b->functions, &b->out.tokens) != 0) {
        return no_memory(b);
    }
    smc_build_status status = smc_mappings_decode(&input, &b->out.tokens, &n_lines, &b->report);
    b->out.info.n_lines = smcf_put32(n_lines);
    smc_map_functions_finish(&b->functions);
    return status;
}

static int is_css(const struct smc_strings *strings, uint32_t id)
{
    const uint64_t *starts = (const void *)strings->starts.data;

    if (id == SMCF_NONE) {
        return 0;
    }
    uint64_t end = id + 1 < strings->n ? starts[id + 1] : strings->bytes.nbytes;
    return smcf_is_css_name(strings->bytes.data + starts[id], (size_t)(end - starts[id]));
}

static int is_odd_content(const struct smc_json *element)
{
    return element->type != SMC_JSON_ABSENT && element->type != SMC_JSON_STRING &&
           element->type != SMC_JSON_NULL;
}

static void add_part_contents(struct build *b, const struct smc_part *part)
{
    struct smc_source_entry *sources = (void *)b->out.sources.data;
    struct smc_content_walk walk = smc_content_walk(part);

    for (uint32_t i = 0; i < part->n_sources; i++) {
        struct smc_source_entry *source = &sources[part->first_source + i];
        struct smc_json element = smc_content_next(&walk);
        b->has_odd_contents |= is_odd_content(&element);
        source->first_line = b->out.contents.lines.n_lines;
        source->content_off = b->out.contents.stream_nbytes;
        if (element.type == SMC_JSON_STRING && b->options.sources != SMC_BUILD_SOURCES_NONE) {
            source->flags |= SMCF_SOURCE_HAS_CONTENT;
            smc_contents_add(&b->out.contents, &element, is_css(&b->out.strings, source->name));
        }
    }
}

static void *fill_contents(void *context)
{
    struct build *b = context;

    for (size_t i = 0; i < n_parts_of(b); i++) {
        add_part_contents(b, &parts_of(b)[i]);
    }
    b->contents_failed = smc_contents_finish(&b->out.contents) != 0;
    return NULL;
}

/* Says how long all contents are in the JSON. */
static uint64_t contents_nbytes(const struct build *b)
{
    uint64_t nbytes = 0;

    for (size_t i = 0; i < n_parts_of(b); i++) {
        const struct smc_json *contents = &parts_of(b)[i].map.sources_content;
        if (contents->type == SMC_JSON_ARRAY) {
            nbytes += (uint64_t)(contents->end - contents->start);
        }
    }
    return nbytes;
}

/* Contents of so many bytes take longer than it takes to start a thread. */
#define FILLER_NBYTES_MIN 65536

/* From here on the strings do not change: the thread reads those of the sources. */
static smc_build_status start_contents(struct build *b)
{
    const uint64_t nbytes = contents_nbytes(b);
    const unsigned n_threads = b->options.n_threads;

    if (smc_contents_init(&b->out.contents, &b->options, nbytes,
                          n_threads > 2 ? n_threads - 2 : 0) != 0) {
        return no_memory(b);
    }
    if (n_threads > 1 && nbytes >= FILLER_NBYTES_MIN &&
        b->options.sources != SMC_BUILD_SOURCES_NONE) {
        b->has_filler = pthread_create(&b->filler, NULL, fill_contents, b) == 0;
    }
    return SMC_BUILD_OK;
}

static void join_filler(struct build *b)
{
    if (b->has_filler) {
        pthread_join(b->filler, NULL);
        b->has_filler = 0;
    }
}

static void warn_of_contents(struct build *b)
{
    for (size_t i = 0; i < n_parts_of(b); i++) {
        const struct smc_part *part = &parts_of(b)[i];
        struct smc_content_walk walk = smc_content_walk(part);
        for (uint32_t k = 0; k < part->n_sources && !walk.is_over; k++) {
            struct smc_json element = smc_content_next(&walk);
            if (is_odd_content(&element)) {
                smc_report_warning(&b->report, "element is neither a string nor null",
                                   "read as null", "sourcesContent", element.start);
            }
        }
    }
}

static smc_build_status build_contents(struct build *b)
{
    if (b->has_filler) {
        smc_workers_help(&b->out.contents.workers);
        join_filler(b);
    } else {
        fill_contents(b);
    }
    if (b->has_odd_contents) {
        warn_of_contents(b);
    }
    return b->contents_failed ? no_memory(b) : SMC_BUILD_OK;
}

static smc_build_status build_file(struct build *b)
{
    return smc_assembly_finish(&b->out, b->input_digest.digest, b->input_nbytes, &b->report);
}

/* Reads the text, and finds all ordinary maps in it. */
static smc_build_status read_maps(struct build *b)
{
    struct smc_json_error error;
    struct smc_json root;

    if (smc_json_check(&b->text, b->input, b->input_nbytes, !b->options.is_data_url, &root,
                       &error) != 0) {
        return error.reason == NULL
                   ? no_memory(b)
                   : smc_report_error(&b->report, SMC_BUILD_E_JSON, error.reason, NULL, error.at);
    }
    if (root.type != SMC_JSON_OBJECT && root.type != SMC_JSON_ARRAY) {
        return smc_report_error(&b->report, SMC_BUILD_E_MAP, "the JSON value is not an object",
                                NULL, root.start);
    }
    smc_build_status status = smc_map_read(&root, &b->map, &b->report);
    return status == SMC_BUILD_OK ? smc_parts_read(&b->map, &b->parts, &b->report) : status;
}

/* ---- the digest of the input ---- */

/* That many bytes take longer than it takes to start a thread. */
#define DIGEST_THREAD_NBYTES_MIN ((size_t)1 << 20)

static void *digest_input(void *context)
{
    struct build *b = context;
    XXH128_canonicalFromHash(&b->input_digest, XXH3_128bits(b->input, b->input_nbytes));
    return NULL;
}

/* Reads the maps and takes the digest, with several threads at the same time. */
static smc_build_status read_input(struct build *b)
{
    pthread_t thread;
    const int has_thread = b->options.n_threads > 1 &&
                           b->input_nbytes >= DIGEST_THREAD_NBYTES_MIN &&
                           pthread_create(&thread, NULL, digest_input, b) == 0;

    smc_build_status status = read_maps(b);
    if (has_thread) {
        pthread_join(thread, NULL);
    } else {
        digest_input(b);
    }
    uint64_t seed;
    memcpy(&seed, b->input_digest.digest, sizeof seed);
    smc_assembly_seed(&b->out, seed ^ (uint64_t)(uintptr_t)b);
    return status;
}

static smc_build_status build_all(struct build *b)
{
    static smc_build_status (*const steps[])(struct build *) = {
        build_strings, start_contents, read_functions, read_bytecode,
        build_tokens,  build_contents, build_file};
    smc_build_status status = read_input(b);

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (status == SMC_BUILD_OK) {
            status = b->report.issue.status; /* a warning of strict mode */
        }
        if (status != SMC_BUILD_OK) {
            return status;
        }
        status = steps[i](b);
    }
    return status;
}

static void build_free(struct build *b)
{
    smc_workers_stop(&b->out.contents.workers);
    join_filler(b);
    smc_map_functions_free(&b->functions);
    smc_json_text_free(&b->text);
    smc_buf_free(&b->parts);
    smc_buf_free(&b->name_ids);
    smc_assembly_free(&b->out);
    free(b);
}

/* Where the file goes: to a sink, or if that is NULL into memory. */
struct target {
    smc_build_sink sink;
    void *sink_context;
    void **file;
    size_t *file_nbytes;
};

static smc_build_status build_to(const struct target *target, const void *json, size_t nbytes,
                                 const struct smc_build_options *options,
                                 struct smc_build_issue *issue)
{
    struct build *b = smc_new(sizeof *b, _Alignof(struct build));
    struct smc_build_issue ignored = {0};

    issue = issue != NULL ? issue : &ignored;
    if (b == NULL) {
        *issue = (struct smc_build_issue){.status = SMC_BUILD_E_MEMORY, .reason = "out of memory"};
        return SMC_BUILD_E_MEMORY;
    }
    if (smc_build_recipe(options, 0, b->out.info.recipe_digest) != SMC_BUILD_OK) {
        *issue = (struct smc_build_issue){.status = SMC_BUILD_E_OPTION, .reason = "unknown option"};
        free(b);
        return SMC_BUILD_E_OPTION;
    }
    b->options =
        options != NULL ? *options : (struct smc_build_options){.struct_size = sizeof *options};
    b->report = (struct smc_report){json, &b->options, {.reason = ""}};
    b->input = json;
    b->input_nbytes = nbytes;
    smc_build_status status = build_all(b);
    *issue = b->report.issue;
    if (status == SMC_BUILD_OK) {
        status = target->sink != NULL
                     ? smc_assembly_write(&b->out, target->sink, target->sink_context, issue)
                     : smc_assembly_copy(&b->out, target->file, target->file_nbytes, issue);
    }
    build_free(b);
    return status;
}

smc_build_status smc_build(const void *json, size_t nbytes, const struct smc_build_options *options,
                           smc_build_sink sink, void *sink_context, struct smc_build_issue *issue)
{
    const struct target target = {.sink = sink, .sink_context = sink_context};
    return build_to(&target, json, nbytes, options, issue);
}

smc_build_status smc_build_memory(const void *json, size_t nbytes,
                                  const struct smc_build_options *options, void **file,
                                  size_t *file_nbytes, struct smc_build_issue *issue)
{
    const struct target target = {.file = file, .file_nbytes = file_nbytes};

    *file = NULL;
    *file_nbytes = 0;
    return build_to(&target, json, nbytes, options, issue);
}
