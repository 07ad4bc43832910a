/*
 * The build from end to end: members, strings, tokens, contents, file.
 */
#include "src/build/parts.h"
#include "src/build/scopes.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Part of the recipe digest: to be raised whenever the same map and options give other bytes. */
#define REVISION "smcache 1"

struct build {
    struct smc_build_options options;
    struct smc_report report;
    struct smc_map map;   /* the input */
    struct smc_buf parts; /* struct smc_part: itself, or all sections */
    XXH128_canonical_t input_digest;
    size_t input_nbytes;
    struct smc_strings strings;
    struct smc_buf name_ids; /* uint32_t a name of each part */
    struct smc_buf sources;  /* struct smc_source_entry */
    struct smc_token_writer tokens;
    struct smcf_info info;
    struct smc_contents contents;
    struct smc_buf source_records; /* struct smcf_source */
    struct smc_file file;
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

/* Interns the names of a part. */
static smc_build_status add_names(struct build *b, struct smc_part *part)
{
    static const uint8_t empty[] = "\"\"";
    const struct smc_json empty_string = {SMC_JSON_STRING, empty, empty + 2};
    struct smc_json_walk walk = smc_json_walk(&part->map.names);
    struct smc_json element;

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
        uint32_t id = smc_strings_add_json(&b->strings, NULL, &element);
        smc_buf_append(&b->name_ids, &id, sizeof id);
        if (b->name_ids.failed || b->strings.bytes.failed) {
            return no_memory(b);
        }
    }
    return SMC_BUILD_OK;
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
    b->info.n_names = smcf_put32(b->strings.n);
    smc_build_status status = smc_sources_read(parts_of(b), n_parts_of(b), b->input_nbytes,
                                               &b->strings, &b->sources, &b->report);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (b->map.file.type == SMC_JSON_STRING) {
        file = smc_strings_add_json(&b->strings, NULL, &b->map.file);
    }
    if (b->map.source_root.type == SMC_JSON_STRING && b->map.sections.type == SMC_JSON_ABSENT) {
        source_root = smc_strings_add_json(&b->strings, NULL, &b->map.source_root);
    }
    b->info.file = smcf_put32(file);
    b->info.source_root = smcf_put32(source_root);
    if (b->map.has_debug_id) {
        b->info.flags = smcf_put32(SMCF_INFO_HAS_DEBUG_ID);
        memcpy(b->info.debug_id, b->map.debug_id_bytes, sizeof b->info.debug_id);
    }
    return b->strings.bytes.failed ? no_memory(b) : SMC_BUILD_OK;
}

static smc_build_status build_tokens(struct build *b)
{
    const struct smc_mappings_input input = {parts_of(b), n_parts_of(b),
                                             (const void *)b->name_ids.data};
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
    smc_buf_append(&b->source_records, &source, sizeof source);
}

static void add_part_contents(struct build *b, const struct smc_part *part)
{
    const struct smc_source_entry *sources = (const void *)b->sources.data;
    int has_walk = part->map.sources_content.type == SMC_JSON_ARRAY;
    struct smc_json_walk walk = {NULL};
    struct smc_json element;

    if (has_walk) {
        walk = smc_json_walk(&part->map.sources_content);
    }
    for (uint32_t i = 0; i < part->n_sources; i++) {
        const struct smc_source_entry *source = &sources[part->first_source + i];
        has_walk = has_walk && smc_json_next_element(&walk, &element);
        if (has_walk && element.type != SMC_JSON_STRING && element.type != SMC_JSON_NULL) {
            smc_report_warning(&b->report, "element is neither a string nor null", "read as null",
                               "sourcesContent", element.start);
        }
        int has_content = has_walk && element.type == SMC_JSON_STRING &&
                          b->options.sources != SMC_BUILD_SOURCES_NONE;
        add_source(b, source->name,
                   source->flags | (has_content ? (uint32_t)SMCF_SOURCE_HAS_CONTENT : 0));
        if (has_content) {
            smc_contents_add(&b->contents, &element, is_css(&b->strings, source->name));
        }
    }
}

static smc_build_status build_contents(struct build *b)
{
    if (smc_contents_init(&b->contents, b->options.sources) != 0) {
        return no_memory(b);
    }
    for (size_t i = 0; i < n_parts_of(b); i++) {
        add_part_contents(b, &parts_of(b)[i]);
    }
    add_source(b, SMCF_NONE, 0);
    return smc_contents_finish(&b->contents) != 0 || b->source_records.failed ? no_memory(b)
                                                                              : SMC_BUILD_OK;
}

/* The raw names, if there is one that is not the name (spec 6); failure shows in `section`. */
static void build_raw_sources(const struct build *b, struct smc_buf *section)
{
    const struct smc_source_entry *sources = (const void *)b->sources.data;
    const size_t n = b->sources.nbytes / sizeof *sources;
    int differs = 0;

    for (size_t i = 0; i < n && !differs; i++) {
        differs = sources[i].name != sources[i].raw_name;
    }
    for (size_t i = 0; i < n && differs; i++) {
        struct smcf_le32 name = smcf_put32(sources[i].raw_name);
        smc_buf_append(section, &name, sizeof name);
    }
}

/* Hands the sections over in the order of the file. */
static smc_build_status build_file(struct build *b)
{
    struct smc_file *file = &b->file;
    struct smc_contents *contents = &b->contents;
    int has_contents = contents->n_lines > 0;
    int is_deflate = has_contents && contents->mode == SMC_BUILD_SOURCES_DEFLATE;
    struct smc_buf info = {0}, raw_sources = {0}, string_offsets = {0}, line_offsets = {0};
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
    build_raw_sources(b, &raw_sources);
    smc_token_writer_finish(&b->tokens);
    int failed = info.failed || raw_sources.failed || string_offsets.failed ||
                 line_offsets.failed || smc_token_writer_failed(&b->tokens);
    uint64_t n_sources = b->sources.nbytes / sizeof(struct smc_source_entry);

    uint64_t string_nbytes = b->strings.bytes.nbytes;
    smc_file_add(file, SMCF_SECTION_INFO, 0, 1, &info);
    smc_file_add(file, SMCF_SECTION_TOP, 0, b->tokens.top.nbytes / sizeof(struct smcf_position),
                 &b->tokens.top);
    smc_file_add(file, SMCF_SECTION_DIRECTORY, 0, b->tokens.n_blocks, &b->tokens.directory);
    smc_file_add(file, SMCF_SECTION_BLOCKS, 0, b->tokens.n_tokens, &b->tokens.blocks);
    if (b->tokens.ranges.nbytes > 0) {
        smc_file_add(file, SMCF_SECTION_RANGES, 0, b->tokens.n_tokens, &b->tokens.ranges);
    }
    smc_file_add(file, SMCF_SECTION_SOURCES, 0, n_sources, &b->source_records);
    if (raw_sources.nbytes > 0) {
        smc_file_add(file, SMCF_SECTION_RAW_SOURCES, 0, n_sources, &raw_sources);
    }
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

/* What the warnings of a part's scopes are about. */
struct scopes_text {
    struct smc_report *report;
    const struct smc_json *json;
    struct smc_buf text;
};

static void warn_of_scopes(void *context, const char *reason, size_t at)
{
    const struct scopes_text *scopes = context;
    /* Without escapes, a place in the text is one in the input. */
    int is_plain = scopes->text.nbytes == (size_t)(scopes->json->end - scopes->json->start) - 2;
    smc_report_warning(scopes->report, reason, "ignored", "scopes",
                       scopes->json->start + (is_plain ? 1 + at : 0));
}

/* Decodes the scopes of all parts, to say what is wrong with them: the file has no use for them yet. */
static smc_build_status check_scopes(struct build *b)
{
    for (size_t i = 0; i < n_parts_of(b); i++) {
        const struct smc_part *part = &parts_of(b)[i];
        struct scopes_text scopes = {&b->report, &part->map.scopes, {0}};
        struct smc_scopes decoded;
        struct smc_scopes_issue issue;

        if (part->map.scopes.type != SMC_JSON_STRING) {
            continue;
        }
        smc_unescape_append(&scopes.text, &part->map.scopes);
        const struct smc_scopes_input input = {
            scopes.text.data,  scopes.text.nbytes, part->n_sources, part->n_names,
            b->options.strict, warn_of_scopes,     &scopes};
        enum smc_scopes_result result =
            scopes.text.failed ? SMC_SCOPES_MEMORY : smc_scopes_decode(&input, &decoded, &issue);
        if (result == SMC_SCOPES_OK) {
            smc_scopes_free(&decoded);
        } else if (result != SMC_SCOPES_MEMORY) {
            warn_of_scopes(&scopes, issue.reason, issue.at);
        }
        smc_buf_free(&scopes.text);
        if (result == SMC_SCOPES_MEMORY) {
            return no_memory(b);
        }
    }
    return SMC_BUILD_OK;
}

/* Reads the text, and finds all ordinary maps in it. */
static smc_build_status read_maps(struct build *b, const uint8_t *json, size_t nbytes)
{
    struct smc_json_error error;
    struct smc_json root;

    if (smc_json_check(json, nbytes, !b->options.is_data_url, &root, &error) != 0) {
        return smc_report_error(&b->report, SMC_BUILD_E_JSON, error.reason, NULL, error.at);
    }
    if (root.type != SMC_JSON_OBJECT && root.type != SMC_JSON_ARRAY) {
        return smc_report_error(&b->report, SMC_BUILD_E_MAP, "the JSON value is not an object",
                                NULL, root.start);
    }
    smc_build_status status = smc_map_read(&root, &b->map, &b->report);
    return status == SMC_BUILD_OK ? smc_parts_read(&b->map, &b->parts, &b->report) : status;
}

static smc_build_status build_all(struct build *b, const uint8_t *json, size_t nbytes)
{
    static smc_build_status (*const steps[])(struct build *) = {
        build_strings, check_scopes, build_tokens, build_contents, build_file};
    XXH128_hash_t digest = XXH3_128bits(json, nbytes);

    b->input_nbytes = nbytes;
    XXH128_canonicalFromHash(&b->input_digest, digest);
    b->strings.seed = digest.low64 ^ (uint64_t)(uintptr_t)b; /* no string's index depends on it */
    smc_build_status status = read_maps(b, json, nbytes);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (status == SMC_BUILD_OK) {
            status = b->report.issue.status; /* a warning of strict mode */
        }
        if (status != SMC_BUILD_OK) {
            return status;
        }
        status = steps[i](b);
    }
    if (status == SMC_BUILD_OK) {
        smc_file_layout(&b->file, b->input_digest.digest, nbytes);
    }
    return status;
}

static void build_free(struct build *b)
{
    smc_strings_free(&b->strings);
    smc_buf_free(&b->parts);
    smc_buf_free(&b->name_ids);
    smc_buf_free(&b->sources);
    smc_token_writer_free(&b->tokens);
    smc_contents_free(&b->contents);
    smc_buf_free(&b->source_records);
    smc_file_free(&b->file);
    free(b);
}

static int is_known(const struct smc_build_options *options)
{
    return options->struct_size == sizeof *options &&
           (unsigned)options->sources <= SMC_BUILD_SOURCES_NONE &&
           (unsigned)options->ranges <= SMC_BUILD_RANGES_BITMAP;
}

/* A string with its end, and whether it is there at all. */
static void hash_text(XXH3_state_t *state, const char *text)
{
    uint8_t is_there = text != NULL;
    XXH3_128bits_update(state, &is_there, 1);
    if (text != NULL) {
        XXH3_128bits_update(state, text, strlen(text) + 1);
    }
}

smc_build_status smc_build_recipe(const struct smc_build_options *options,
                                  uint8_t recipe_digest[16])
{
    static const struct smc_build_options defaults = {.struct_size = sizeof defaults};
    XXH3_state_t state;
    XXH128_canonical_t digest;

    options = options != NULL ? options : &defaults;
    if (!is_known(options)) {
        return SMC_BUILD_E_OPTION;
    }
    /* A strict build that succeeds is the same as a lenient one. */
    const uint8_t numbers[] = {(uint8_t)options->sources, (uint8_t)options->ranges,
                               options->clean_paths != 0, options->strip_common_prefix != 0};
    XXH3_128bits_reset(&state);
    hash_text(&state, REVISION);
    XXH3_128bits_update(&state, numbers, sizeof numbers);
    hash_text(&state, options->source_root);
    hash_text(&state, options->map_url);
    for (size_t i = 0; i < options->n_replacements; i++) {
        hash_text(&state, options->replacements[i].from);
        hash_text(&state, options->replacements[i].to);
    }
    hash_text(&state, NULL);
    for (size_t i = 0; i < options->n_strip_prefixes; i++) {
        hash_text(&state, options->strip_prefixes[i]);
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
    memcpy(recipe_digest, digest.digest, sizeof digest.digest);
    return SMC_BUILD_OK;
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
        *issue = (struct smc_build_issue){status, "out of memory", NULL, NULL, 0};
        return status;
    }
    if (smc_build_recipe(options, b->info.recipe_digest) != SMC_BUILD_OK) {
        *issue = (struct smc_build_issue){SMC_BUILD_E_OPTION, "unknown option", NULL, NULL, 0};
        free(b);
        return SMC_BUILD_E_OPTION;
    }
    if (options != NULL) {
        b->options = *options;
    }
    b->report = (struct smc_report){json, &b->options, {.reason = ""}};
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
        *issue = (struct smc_build_issue){status, "the sink refused the file", NULL, NULL, 0};
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
            *issue = (struct smc_build_issue){status, "out of memory", NULL, NULL, 0};
        }
    } else {
        *file = memory.next;
        *file_nbytes = (size_t)b->file.nbytes;
        status = smc_file_write(&b->file, copy_piece, &memory);
    }
    build_free(b);
    return status;
}
