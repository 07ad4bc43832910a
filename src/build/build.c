/*
 * The build from end to end: members, strings, tokens, contents, file.
 */
#include "src/build/parts.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* sourceRoot is written before each source's name, so a small map could ask for a huge file. Real
 * ones grow by less than their own size. */
#define PREFIX_RATIO_MAX 16
#define PREFIX_NBYTES_MIN 1048576

struct build {
    struct smc_build_options options;
    struct smc_report report;
    struct smc_map map;
    XXH128_canonical_t input_digest;
    struct smc_strings strings;
    struct smc_buf name_ids; /* uint32_t a name of the map */
    uint32_t n_names;        /* of the map */
    uint32_t n_distinct_names;
    struct smc_buf source_root; /* the prefix of the sources' names */
    struct smc_buf source_ids;  /* uint32_t a source: string or NONE */
    uint32_t n_sources;
    uint64_t prefix_nbytes; /* by which sourceRoot has made the sources' names longer */
    uint64_t prefix_nbytes_max;
    struct smc_token_writer tokens;
    struct smcf_info info;
    struct smc_contents contents;
    struct smc_buf sources; /* struct smcf_source */
    struct smc_file file;
};

static smc_build_status no_memory(struct build *b)
{
    return smc_report_error(&b->report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
}

/* Interns each element of an array of strings into `ids`; *n counts them. */
static smc_build_status add_strings(struct build *b, const struct smc_json *array, const char *key,
                                    const struct smc_buf *prefix, int may_be_null,
                                    struct smc_buf *ids, uint32_t *n)
{
    static const uint8_t empty[] = "\"\"";
    const struct smc_json empty_string = {SMC_JSON_STRING, empty, empty + 2};
    struct smc_json element;

    *n = 0;
    if (array->type == SMC_JSON_ABSENT) {
        return SMC_BUILD_OK;
    }
    struct smc_json_walk walk = smc_json_walk(array);
    while (smc_json_next_element(&walk, &element)) {
        uint32_t id = SMCF_NONE;
        if (++*n == SMCF_NONE) {
            return smc_report_error(&b->report, SMC_BUILD_E_LIMIT, "too many elements", key,
                                    element.start);
        }
        if (element.type == SMC_JSON_STRING) {
            b->prefix_nbytes += prefix != NULL ? prefix->nbytes : 0;
            if (b->prefix_nbytes > b->prefix_nbytes_max) {
                return smc_report_error(&b->report, SMC_BUILD_E_LIMIT,
                                        "sourceRoot makes the sources' names too large", key,
                                        element.start);
            }
            id = smc_strings_add_json(&b->strings, prefix, &element);
        } else if (!may_be_null) {
            smc_report_warning(&b->report, "element is not a string; read as \"\"", key,
                               element.start);
            id = smc_strings_add_json(&b->strings, NULL, &empty_string);
        } else if (element.type != SMC_JSON_NULL) {
            smc_report_warning(&b->report, "element is neither a string nor null; read as null",
                               key, element.start);
        }
        smc_buf_append(ids, &id, sizeof id);
        if (ids->failed || b->strings.bytes.failed) {
            return no_memory(b);
        }
    }
    return SMC_BUILD_OK;
}

/* Names come first, so that their string indices are 0 .. n_names - 1 (spec 3.5). */
static smc_build_status build_strings(struct build *b)
{
    uint32_t file = SMCF_NONE, source_root = SMCF_NONE;
    smc_build_status status =
        add_strings(b, &b->map.names, "names", NULL, 0, &b->name_ids, &b->n_names);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    b->n_distinct_names = b->strings.n;
    if (b->map.source_root.type == SMC_JSON_STRING) {
        smc_unescape_append(&b->source_root, &b->map.source_root);
        size_t n = b->source_root.nbytes;
        if (n > 0 && b->source_root.data[n - 1] != '/') { /* ECMA-426, "Resolving sources" */
            smc_buf_append(&b->source_root, "/", 1);
        }
        if (b->source_root.failed) {
            return no_memory(b);
        }
    }
    status = add_strings(b, &b->map.sources, "sources", &b->source_root, 1, &b->source_ids,
                         &b->n_sources);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (b->map.file.type == SMC_JSON_STRING) {
        file = smc_strings_add_json(&b->strings, NULL, &b->map.file);
    }
    if (b->map.source_root.type == SMC_JSON_STRING) {
        source_root = smc_strings_add_json(&b->strings, NULL, &b->map.source_root);
    }
    b->info.n_names = smcf_put32(b->n_distinct_names);
    b->info.file = smcf_put32(file);
    b->info.source_root = smcf_put32(source_root);
    return b->strings.bytes.failed ? no_memory(b) : SMC_BUILD_OK;
}

static smc_build_status build_tokens(struct build *b)
{
    const struct smc_mappings_input input = {b->map.mappings, b->n_sources,
                                             (const void *)b->name_ids.data, b->n_names};
    uint32_t n_lines;
    smc_build_status status = smc_mappings_decode(&input, &b->tokens, &n_lines, &b->report);
    b->info.n_lines = smcf_put32(n_lines);
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

/* A source's record; its lines end where those of the next begin (spec 6). */
static void add_source(struct build *b, uint32_t name, uint32_t flags)
{
    struct smcf_source source = {smcf_put32(name), smcf_put32(flags),
                                 smcf_put64(b->contents.n_lines)};
    smc_buf_append(&b->sources, &source, sizeof source);
}

static smc_build_status build_contents(struct build *b)
{
    const uint32_t *ids = (const void *)b->source_ids.data;
    int has_walk = b->map.sources_content.type == SMC_JSON_ARRAY;
    struct smc_json_walk walk = {NULL};
    struct smc_json element;

    if (has_walk) {
        walk = smc_json_walk(&b->map.sources_content);
    }
    if (smc_contents_init(&b->contents, b->options.sources) != 0) {
        return no_memory(b);
    }
    for (uint32_t i = 0; i < b->n_sources; i++) {
        has_walk = has_walk && smc_json_next_element(&walk, &element);
        if (has_walk && element.type != SMC_JSON_STRING && element.type != SMC_JSON_NULL) {
            smc_report_warning(&b->report, "element is neither a string nor null; read as null",
                               "sourcesContent", element.start);
        }
        int has_content = has_walk && element.type == SMC_JSON_STRING &&
                          b->options.sources != SMC_BUILD_SOURCES_NONE;
        add_source(b, ids[i], has_content ? SMCF_SOURCE_HAS_CONTENT : 0);
        if (has_content) {
            smc_contents_add(&b->contents, &element, is_css(&b->strings, ids[i]));
        }
    }
    add_source(b, SMCF_NONE, 0);
    return smc_contents_finish(&b->contents) != 0 || b->sources.failed ? no_memory(b)
                                                                       : SMC_BUILD_OK;
}

/* Hands the sections over in the order of the file. */
static smc_build_status build_file(struct build *b)
{
    struct smc_file *file = &b->file;
    struct smc_contents *contents = &b->contents;
    int has_contents = contents->n_lines > 0;
    int is_deflate = has_contents && contents->mode == SMC_BUILD_SOURCES_DEFLATE;
    struct smc_buf info = {0}, string_offsets = {0}, line_offsets = {0};
    struct smc_offset_writer starts = {0};
    const uint64_t *string_starts = (const void *)b->strings.starts.data;
    uint64_t n_pieces = contents->directory.nbytes / sizeof(struct smcf_le64);

    if (b->strings.n >= SMCF_NONE - 1) {
        return smc_report_error(&b->report, SMC_BUILD_E_LIMIT, "too many strings", NULL, NULL);
    }
    if (is_deflate) {
        b->info.content_block_nbytes = smcf_put32(SMC_PIECE_NBYTES);
    }
    for (uint32_t i = 0; i < b->strings.n; i++) {
        smc_offset_writer_add(&starts, string_starts[i]);
    }
    smc_offset_writer_add(&starts, b->strings.bytes.nbytes);
    smc_offset_writer_finish(&starts, &string_offsets);
    smc_buf_append(&info, &b->info, sizeof b->info);
    smc_offset_writer_add(&contents->lines, contents->stream_nbytes); /* where the last one ends */
    smc_offset_writer_finish(&contents->lines, &line_offsets);
    smc_buf_append(&b->tokens.blocks, NULL, SMCF_GUARD_NBYTES);
    int failed =
        info.failed || string_offsets.failed || line_offsets.failed || b->tokens.blocks.failed;

    uint64_t string_nbytes = b->strings.bytes.nbytes;
    smc_file_add(file, SMCF_SECTION_INFO, 0, 1, &info);
    smc_file_add(file, SMCF_SECTION_TOP, 0, b->tokens.top.nbytes / sizeof(struct smcf_position),
                 &b->tokens.top);
    smc_file_add(file, SMCF_SECTION_DIRECTORY, 0, b->tokens.n_blocks, &b->tokens.directory);
    smc_file_add(file, SMCF_SECTION_BLOCKS, 0, b->tokens.n_tokens, &b->tokens.blocks);
    smc_file_add(file, SMCF_SECTION_SOURCES, 0, b->n_sources, &b->sources);
    smc_file_add(file, SMCF_SECTION_STRING_OFFSETS, 0, (uint64_t)b->strings.n + 1, &string_offsets);
    smc_file_add(file, SMCF_SECTION_STRING_BYTES, 0, string_nbytes, &b->strings.bytes);
    if (has_contents) {
        smc_file_add(file, SMCF_SECTION_LINE_OFFSETS, 0, contents->n_lines + 1, &line_offsets);
        if (is_deflate) {
            smc_file_add(file, SMCF_SECTION_CONTENT_DIRECTORY, 0, n_pieces - 1,
                         &contents->directory);
        }
        smc_file_add(file, SMCF_SECTION_CONTENT,
                     is_deflate ? SMCF_CONTENT_DEFLATE : SMCF_CONTENT_RAW, contents->stream_nbytes,
                     &contents->content);
    }
    smc_buf_free(&line_offsets);
    return failed ? no_memory(b) : SMC_BUILD_OK;
}

static smc_build_status build_all(struct build *b, const uint8_t *json, size_t nbytes)
{
    XXH128_hash_t digest = XXH3_128bits(json, nbytes);
    smc_build_status status;

    b->prefix_nbytes_max = (uint64_t)nbytes * PREFIX_RATIO_MAX + PREFIX_NBYTES_MIN;
    XXH128_canonicalFromHash(&b->input_digest, digest);
    b->strings.seed = digest.low64 ^ (uint64_t)(uintptr_t)b; /* no string's index depends on it */
    if ((status = smc_map_read(json, nbytes, &b->map, &b->report)) != SMC_BUILD_OK ||
        (status = build_strings(b)) != SMC_BUILD_OK || (status = build_tokens(b)) != SMC_BUILD_OK ||
        (status = build_contents(b)) != SMC_BUILD_OK) {
        return status;
    }
    status = build_file(b);
    if (status == SMC_BUILD_OK) {
        smc_file_layout(&b->file, b->input_digest.digest, nbytes);
    }
    return status;
}

static void build_free(struct build *b)
{
    smc_strings_free(&b->strings);
    smc_buf_free(&b->name_ids);
    smc_buf_free(&b->source_root);
    smc_buf_free(&b->source_ids);
    smc_token_writer_free(&b->tokens);
    smc_contents_free(&b->contents);
    smc_buf_free(&b->sources);
    smc_file_free(&b->file);
    free(b);
}

/* Everything but the writing: *built is to be freed, and NULL on failure. */
static smc_build_status build_start(const void *json, size_t nbytes,
                                    const struct smc_build_options *options, struct build **built,
                                    struct smc_build_issue *issue)
{
    struct build *b = calloc(1, sizeof *b);
    smc_build_status status = SMC_BUILD_E_MEMORY;
    struct smc_build_issue ignored;

    *built = NULL;
    issue = issue != NULL ? issue : &ignored;
    if (b == NULL) {
        *issue = (struct smc_build_issue){status, "out of memory", NULL, 0};
        return status;
    }
    if (options != NULL) {
        if (options->struct_size != sizeof *options ||
            (unsigned)options->sources > SMC_BUILD_SOURCES_NONE) {
            *issue = (struct smc_build_issue){SMC_BUILD_E_OPTION, "unknown option", NULL, 0};
            free(b);
            return SMC_BUILD_E_OPTION;
        }
        b->options = *options;
    }
    b->report = (struct smc_report){json, &b->options, {SMC_BUILD_OK, "", NULL, 0}};
    status = build_all(b, json, nbytes);
    *issue = b->report.issue;
    if (status != SMC_BUILD_OK) {
        build_free(b);
        return status;
    }
    *built = b;
    return status;
}

smc_build_status smc_build(const void *json, size_t nbytes, const struct smc_build_options *options,
                           smc_build_sink sink, void *sink_context, struct smc_build_issue *issue)
{
    struct build *b;
    smc_build_status status = build_start(json, nbytes, options, &b, issue);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    status = smc_file_write(&b->file, sink, sink_context);
    if (status != SMC_BUILD_OK && issue != NULL) {
        *issue = (struct smc_build_issue){status, "the sink refused the file", NULL, 0};
    }
    build_free(b);
    return status;
}

struct memory {
    uint8_t *next;
};

static int copy_piece(void *context, const void *bytes, size_t nbytes)
{
    struct memory *memory = context;
    memcpy(memory->next, bytes, nbytes);
    memory->next += nbytes;
    return 0;
}

smc_build_status smc_build_memory(const void *json, size_t nbytes,
                                  const struct smc_build_options *options, void **file,
                                  size_t *file_nbytes, struct smc_build_issue *issue)
{
    struct build *b;
    smc_build_status status = build_start(json, nbytes, options, &b, issue);

    *file = NULL;
    *file_nbytes = 0;
    if (status != SMC_BUILD_OK) {
        return status;
    }
    struct memory memory = {malloc((size_t)b->file.nbytes)};
    if (memory.next == NULL) {
        status = SMC_BUILD_E_MEMORY;
        if (issue != NULL) {
            *issue = (struct smc_build_issue){status, "out of memory", NULL, 0};
        }
    } else {
        *file = memory.next;
        *file_nbytes = (size_t)b->file.nbytes;
        status = smc_file_write(&b->file, copy_piece, &memory);
    }
    build_free(b);
    return status;
}
