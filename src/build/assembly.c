#include "src/build/assembly.h"

#include <stdlib.h>
#include <string.h>

void smc_assembly_seed(struct smc_assembly *a, uint64_t seed)
{
    a->strings.seed = seed;
    a->functions.functions.seed = seed;
}

static smc_build_status no_memory(struct smc_report *report)
{
    return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
}

static size_t n_sources_of(const struct smc_assembly *a)
{
    return a->sources.nbytes / sizeof(struct smc_source_entry);
}

/* A name is pointed to, unless it is too long or too far away for the record (spec 6). */
static void set_name(struct smcf_source *record, const struct smc_strings *strings, uint32_t name)
{
    const uint64_t *starts = (const void *)strings->starts.data;
    uint64_t start = UINT64_MAX, nbytes = 0;

    if (name != SMCF_NONE) {
        start = starts[name];
        nbytes = (name + 1 < strings->n ? starts[name + 1] : strings->bytes.nbytes) - start;
    }
    if (start < SMCF_NONE && nbytes < SMCF_NAME_INDIRECT) {
        record->name_off = smcf_put32((uint32_t)start);
        record->name_nbytes = smcf_put16((uint16_t)nbytes);
    } else {
        record->name_off = smcf_put32(name);
        record->name_nbytes = smcf_put16(SMCF_NAME_INDIRECT);
    }
}

/* Records of the sources; the content of each ends where that of the next begins (spec 6). */
static void make_sources(const struct smc_assembly *a, struct smc_buf *section)
{
    const struct smc_source_entry *sources = (const void *)a->sources.data;
    const struct smc_source_entry end = {SMCF_NONE, SMCF_NONE, 0, a->contents.lines.n_lines,
                                         a->contents.stream_nbytes};
    const size_t n = n_sources_of(a);

    for (size_t i = 0; i <= n; i++) {
        const struct smc_source_entry *source = i < n ? &sources[i] : &end;
        struct smcf_source record = {.first_line = smcf_put32((uint32_t)source->first_line),
                                     .content_off = smcf_put40(source->content_off),
                                     .flags = (uint8_t)source->flags};
        set_name(&record, &a->strings, source->name);
        smc_buf_append(section, &record, sizeof record);
    }
}

/* The raw names, if there is one that is not the name (spec 6). */
static void make_raw_sources(const struct smc_assembly *a, struct smc_buf *section)
{
    const struct smc_source_entry *sources = (const void *)a->sources.data;
    const size_t n = n_sources_of(a);
    int differs = 0;

    for (size_t i = 0; i < n && !differs; i++) {
        differs = sources[i].name != sources[i].raw_name;
    }
    for (size_t i = 0; i < n && differs; i++) {
        struct smcf_le32 name = smcf_put32(sources[i].raw_name);
        smc_buf_append(section, &name, sizeof name);
    }
}

static void make_string_offsets(const struct smc_strings *strings, struct smc_buf *section)
{
    const uint64_t *starts = (const void *)strings->starts.data;
    struct smc_offset_writer list = {0};

    for (uint32_t i = 0; i < strings->n; i++) {
        smc_offset_writer_add(&list, starts[i]);
    }
    smc_offset_writer_add(&list, strings->bytes.nbytes);
    smc_offset_writer_finish(&list, section);
}

static void add_contents(struct smc_assembly *a, uint64_t n_counts, struct smc_buf *line_counts)
{
    struct smc_contents *contents = &a->contents;
    const int is_deflate = contents->mode == SMC_BUILD_SOURCES_DEFLATE;
    const uint64_t n_pieces = contents->directory.nbytes / sizeof(struct smcf_le64);

    smc_file_add(&a->file, SMCF_SECTION_LINE_COUNTS, 0, n_counts, line_counts);
    if (is_deflate) {
        smc_file_add(&a->file, SMCF_SECTION_CONTENT_DIRECTORY, 0, n_pieces - 1,
                     &contents->directory);
    }
    smc_file_add(&a->file, SMCF_SECTION_CONTENT,
                 is_deflate ? SMCF_CONTENT_DEFLATE : SMCF_CONTENT_RAW, contents->stream_nbytes,
                 &contents->content);
}

/* Those that have something to say. */
static void add_functions(struct smc_assembly *a)
{
    struct smc_file *file = &a->file;
    struct smc_function_sections *sections = &a->functions.sections;

    if (sections->runs.nbytes > 0) {
        smc_file_add(file, SMCF_SECTION_RUN_OFFSETS, 0, (uint64_t)a->tokens.n_blocks + 1,
                     &sections->run_offsets);
        smc_file_add(file, SMCF_SECTION_RUNS, 0, a->tokens.n_tokens, &sections->runs);
    }
    if (sections->n_functions > 0) {
        smc_file_add(file, SMCF_SECTION_FUNCTIONS, 0, sections->n_functions, &sections->functions);
    }
    if (sections->n_inlined > 0) {
        smc_file_add(file, SMCF_SECTION_INLINED, 0, sections->n_inlined, &sections->inlined);
    }
    if (sections->n_call_sites > 0) {
        smc_file_add(file, SMCF_SECTION_CALL_SITES, 0, sections->n_call_sites,
                     &sections->call_sites);
    }
}

static void add_bytecode(struct smc_assembly *a)
{
    struct smc_bytecode *bytecode = &a->bytecode;
    const uint64_t n_segments = bytecode->segments.nbytes / sizeof(struct smcf_bytecode_segment);
    const uint64_t n_offsets = bytecode->offsets.nbytes / sizeof(struct smcf_le32);

    if (n_segments > 0) {
        smc_file_add(&a->file, SMCF_SECTION_BYTECODE_SEGMENTS, 0, n_segments, &bytecode->segments);
        smc_file_add(&a->file, SMCF_SECTION_BYTECODE_OFFSETS, 0, n_offsets, &bytecode->offsets);
    }
}

/* Hands the sections over in the order of the file; 0, or -1 if there was no memory. */
static int add_sections(struct smc_assembly *a)
{
    struct smc_file *file = &a->file;
    struct smc_contents *contents = &a->contents;
    struct smc_buf info = {0}, sources = {0}, raw_sources = {0}, string_offsets = {0},
                   line_counts = {0};
    const uint64_t n_sources = n_sources_of(a), string_nbytes = a->strings.bytes.nbytes;
    const int has_contents = contents->lines.n_lines > 0;

    if (has_contents && contents->mode == SMC_BUILD_SOURCES_DEFLATE) {
        a->info.content_block_nbytes = smcf_put32(SMC_PIECE_NBYTES);
    }
    smc_buf_append(&info, &a->info, sizeof a->info);
    make_sources(a, &sources);
    make_raw_sources(a, &raw_sources);
    make_string_offsets(&a->strings, &string_offsets);
    const uint64_t n_counts =
        smc_line_counter_finish(&contents->lines, contents->stream_nbytes, &line_counts);
    smc_token_writer_finish(&a->tokens);
    int failed = info.failed || sources.failed || raw_sources.failed || string_offsets.failed ||
                 line_counts.failed || a->strings.bytes.failed ||
                 smc_token_writer_failed(&a->tokens);

    smc_file_add(file, SMCF_SECTION_INFO, 0, 1, &info);
    smc_file_add(file, SMCF_SECTION_DIRECTORY, 0, a->tokens.n_blocks, &a->tokens.directory);
    smc_file_add(file, SMCF_SECTION_BLOCKS, 0, a->tokens.n_tokens, &a->tokens.blocks);
    if (a->tokens.ranges.nbytes > 0) {
        smc_file_add(file, SMCF_SECTION_RANGES, 0, a->tokens.n_tokens, &a->tokens.ranges);
    }
    add_functions(a);
    smc_file_add(file, SMCF_SECTION_SOURCES, 0, n_sources, &sources);
    if (raw_sources.nbytes > 0) {
        smc_file_add(file, SMCF_SECTION_RAW_SOURCES, 0, n_sources, &raw_sources);
    }
    smc_file_add(file, SMCF_SECTION_STRING_OFFSETS, 0, (uint64_t)a->strings.n + 1, &string_offsets);
    smc_file_add(file, SMCF_SECTION_STRING_BYTES, 0, string_nbytes, &a->strings.bytes);
    add_bytecode(a);
    if (has_contents) {
        add_contents(a, n_counts, &line_counts);
    }
    smc_buf_free(&line_counts);
    smc_buf_free(&raw_sources);
    return failed ? -1 : 0;
}

smc_build_status smc_assembly_finish(struct smc_assembly *a, const uint8_t *input_digest,
                                     uint64_t input_nbytes, struct smc_report *report)
{
    if (smc_function_table_finish(&a->functions, a->tokens.n_tokens, &a->strings) != 0) {
        return no_memory(report);
    }
    if (a->strings.n >= SMCF_NONE - 1) {
        return smc_report_error(report, SMC_BUILD_E_LIMIT, "too many strings", NULL, NULL);
    }
    if (a->contents.lines.n_lines >= SMCF_NONE) {
        return smc_report_error(report, SMC_BUILD_E_LIMIT, "too many lines in contents", NULL,
                                NULL);
    }
    if (a->contents.stream_nbytes > SMCF_STREAM_NBYTES_MAX) {
        return smc_report_error(report, SMC_BUILD_E_LIMIT, "contents too large", NULL, NULL);
    }
    if (a->tokens.blocks.nbytes > SMCF_BLOCKS_NBYTES_MAX) {
        return smc_report_error(report, SMC_BUILD_E_LIMIT, "too many mappings", "mappings", NULL);
    }
    if (add_sections(a) != 0) {
        return no_memory(report);
    }
    smc_file_layout(&a->file, input_digest, input_nbytes);
    return SMC_BUILD_OK;
}

smc_build_status smc_assembly_write(struct smc_assembly *a, smc_build_sink sink, void *sink_context,
                                    struct smc_build_issue *issue)
{
    smc_build_status status = smc_file_write(&a->file, sink, sink_context);

    if (status != SMC_BUILD_OK && issue != NULL) {
        *issue = (struct smc_build_issue){.status = status, .reason = "the sink refused the file"};
    }
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

smc_build_status smc_assembly_copy(struct smc_assembly *a, void **bytes, size_t *nbytes,
                                   struct smc_build_issue *issue)
{
    struct memory memory = {a->file.nbytes <= SIZE_MAX ? malloc((size_t)a->file.nbytes) : NULL};

    *bytes = memory.next;
    *nbytes = 0;
    if (memory.next == NULL) {
        if (issue != NULL) {
            *issue =
                (struct smc_build_issue){.status = SMC_BUILD_E_MEMORY, .reason = "out of memory"};
        }
        return SMC_BUILD_E_MEMORY;
    }
    *nbytes = (size_t)a->file.nbytes;
    return smc_file_write(&a->file, copy_piece, &memory);
}

void smc_assembly_free(struct smc_assembly *a)
{
    smc_strings_free(&a->strings);
    smc_buf_free(&a->sources);
    smc_token_writer_free(&a->tokens);
    smc_contents_free(&a->contents);
    smc_function_table_free(&a->functions);
    smc_buf_free(&a->bytecode.segments);
    smc_buf_free(&a->bytecode.offsets);
    smc_file_free(&a->file);
}
