/*
 * Opening: the checks of spec 8, a constant number of steps.
 */
#include "src/reader/block.h"
#include "src/reader/container.h"

/* Spec 3.5. */
static smc_status parse_info(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span span = smc_section_find(cache, SMCF_SECTION_INFO);
    smc_status status = smc_span_check_size(span, 1, sizeof(struct smcf_info), error);
    if (status != SMC_OK) {
        return status;
    }
    cache->info = (const void *)span.bytes;
    cache->n_names = smcf_get32(cache->info->n_names);
    cache->content_block_nbytes = smcf_get32(cache->info->content_block_nbytes);
    if (span.count != 1) {
        return smc_fail(error, SMC_E_DAMAGED, "section size contradicts its count",
                        span.where + offsetof(struct smcf_section, count));
    }
    if (!smc_is_zero(cache->info->reserved, sizeof cache->info->reserved)) {
        return smc_fail(error, SMC_E_DAMAGED, "reserved bytes of INFO are not zero",
                        (uint64_t)(span.bytes - cache->bytes) +
                            offsetof(struct smcf_info, reserved));
    }
    return SMC_OK;
}

/* A lookup reads up to 7 bytes behind the 8 of the guard, for two records of up to 28 bits that there are
 * not (smc_block_count_below). What makes it safe is SOURCES, which is behind BLOCKS in every file and has one
 * record at least (parse_strings). */
_Static_assert(SMCF_SECTION_SOURCES > SMCF_SECTION_BLOCKS &&
                   sizeof(struct smcf_source) >= 2 * 28 / 8,
               "SOURCES");

/* Spec 5. The size of a block depends on what it holds, so blocks are checked when they are read. */
static smc_status parse_index(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span directory = smc_section_find(cache, SMCF_SECTION_DIRECTORY);
    struct smc_span blocks = smc_section_find(cache, SMCF_SECTION_BLOCKS);
    struct smc_span ranges = smc_section_find(cache, SMCF_SECTION_RANGES);
    smc_status status;

    if ((status = smc_span_check_max(blocks, SMCF_NONE - 1, error)) != SMC_OK) {
        return status;
    }
    uint64_t n_blocks = (blocks.count + SMCF_BLOCK_TOKENS - 1) / SMCF_BLOCK_TOKENS;
    uint64_t n_middle = smcf_level_above((uint32_t)n_blocks);
    uint64_t n_top = smcf_level_above((uint32_t)n_middle);
    uint64_t directory_nbytes = (n_top + n_middle + n_blocks) * sizeof(struct smcf_position) +
                                n_blocks * sizeof(struct smcf_le32);
    if ((status = smc_span_check_size(directory, directory_nbytes, 1, error)) != SMC_OK) {
        return status;
    }
    if (directory.count != n_blocks) {
        return smc_fail(error, SMC_E_DAMAGED, "DIRECTORY contradicts the number of tokens",
                        directory.where + offsetof(struct smcf_section, count));
    }
    if (blocks.bytes == NULL || blocks.nbytes < SMCF_GUARD_NBYTES) {
        return smc_fail(error, SMC_E_DAMAGED, "BLOCKS has no guard", blocks.where);
    }
    if (ranges.bytes != NULL &&
        (ranges.count != blocks.count || ranges.nbytes != smcf_packed_nbytes(blocks.count, 1))) {
        return smc_fail(error, SMC_E_DAMAGED, "RANGES contradicts the number of tokens",
                        ranges.where + offsetof(struct smcf_section, count));
    }
    cache->top = (const void *)directory.bytes;
    cache->n_top = (uint32_t)n_top;
    cache->middle = cache->top + n_top;
    cache->n_middle = (uint32_t)n_middle;
    cache->firsts = cache->middle + n_middle;
    cache->block_offs = (const void *)(cache->firsts + n_blocks);
    cache->n_blocks = (uint32_t)n_blocks;
    cache->blocks = blocks.bytes;
    cache->blocks_nbytes = blocks.nbytes - SMCF_GUARD_NBYTES;
    cache->n_tokens = (uint32_t)blocks.count;
    cache->ranges = ranges.bytes;
    cache->lookup = smc_lookup_best();
    const uint64_t room = (uint64_t)(cache->bytes + cache->nbytes - cache->blocks);
    cache->roomy_nbytes = room < SMC_BLOCK_NBYTES_MAX ? 0 : room - SMC_BLOCK_NBYTES_MAX + 1;
    const uint64_t last = n_blocks == 0 ? 0 : smcf_get32(cache->block_offs[n_blocks - 1]);
    cache->whole_nbytes = last < cache->roomy_nbytes ? last : cache->roomy_nbytes;
    return SMC_OK;
}

/* Spec 4. Where a group's words are is checked when they are read. */
static smc_status parse_offsets(struct smc_span span, struct smc_offsets *list,
                                struct smc_error *error)
{
    uint64_t n_groups =
        span.count / SMCF_GROUP_VALUES + (uint64_t)(span.count % SMCF_GROUP_VALUES != 0);

    if (span.bytes == NULL) {
        return smc_fail(error, SMC_E_DAMAGED, "a section is missing", span.where);
    }
    if (span.nbytes % 8 != 0 || span.nbytes < SMCF_GUARD_NBYTES ||
        n_groups > (span.nbytes - SMCF_GUARD_NBYTES) / sizeof(struct smcf_offset_group)) {
        return smc_fail(error, SMC_E_DAMAGED, "section size contradicts its count",
                        span.where + offsetof(struct smcf_section, nbytes));
    }
    uint64_t groups_nbytes = n_groups * sizeof(struct smcf_offset_group);
    list->groups = (const void *)span.bytes;
    list->words = span.bytes + groups_nbytes;
    list->n_words = (span.nbytes - SMCF_GUARD_NBYTES - groups_nbytes) / 8;
    list->n = span.count;
    return SMC_OK;
}

/* Spec 6. */
static smc_status parse_strings(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span sources = smc_section_find(cache, SMCF_SECTION_SOURCES);
    struct smc_span raw = smc_section_find(cache, SMCF_SECTION_RAW_SOURCES);
    struct smc_span offsets = smc_section_find(cache, SMCF_SECTION_STRING_OFFSETS);
    struct smc_span bytes = smc_section_find(cache, SMCF_SECTION_STRING_BYTES);
    smc_status status;

    if ((status = smc_span_check_max(sources, SMCF_NONE - 1, error)) != SMC_OK ||
        (status = smc_span_check_max(offsets, SMCF_NONE, error)) != SMC_OK ||
        (status = smc_span_check_size(sources, sources.count + 1, sizeof(struct smcf_source),
                                      error)) != SMC_OK ||
        (status = smc_span_check_size(bytes, bytes.count, 1, error)) != SMC_OK ||
        (status = parse_offsets(offsets, &cache->string_offsets, error)) != SMC_OK) {
        return status;
    }
    if (offsets.count < 1 || cache->n_names > offsets.count - 1) {
        return smc_fail(error, SMC_E_DAMAGED, "fewer strings than names",
                        offsets.where + offsetof(struct smcf_section, count));
    }
    if (raw.bytes != NULL) {
        if ((status = smc_span_check_size(raw, sources.count, sizeof(struct smcf_le32), error)) !=
            SMC_OK) {
            return status;
        }
        if (raw.count != sources.count) {
            return smc_fail(error, SMC_E_DAMAGED, "RAW_SOURCES contradicts the number of sources",
                            raw.where + offsetof(struct smcf_section, count));
        }
    }
    cache->sources = (const void *)sources.bytes;
    cache->raw_sources = (const void *)raw.bytes;
    cache->n_sources = (uint32_t)sources.count;
    cache->n_strings = (uint32_t)(offsets.count - 1);
    cache->string_bytes = bytes.bytes;
    cache->string_nbytes = bytes.nbytes;
    return SMC_OK;
}

/* Spec 5.6. The size of a block's runs depends on what they hold, so they are checked when they are read. */
static smc_status parse_runs(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span offsets = smc_section_find(cache, SMCF_SECTION_RUN_OFFSETS);
    struct smc_span runs = smc_section_find(cache, SMCF_SECTION_RUNS);
    smc_status status;

    if (offsets.bytes == NULL && runs.bytes == NULL) {
        return SMC_OK;
    }
    if ((status = parse_offsets(offsets, &cache->run_offsets, error)) != SMC_OK) {
        return status;
    }
    if (offsets.count != (uint64_t)cache->n_blocks + 1) {
        return smc_fail(error, SMC_E_DAMAGED, "RUN_OFFSETS contradicts the number of tokens",
                        offsets.where + offsetof(struct smcf_section, count));
    }
    if (runs.bytes == NULL || runs.nbytes < SMCF_GUARD_NBYTES) {
        return smc_fail(error, SMC_E_DAMAGED, "RUNS has no guard", runs.where);
    }
    if (runs.count != cache->n_tokens) {
        return smc_fail(error, SMC_E_DAMAGED, "RUNS contradicts the number of tokens",
                        runs.where + offsetof(struct smcf_section, count));
    }
    cache->runs = runs.bytes;
    cache->runs_nbytes = runs.nbytes - SMCF_GUARD_NBYTES;
    return SMC_OK;
}

/* Spec 5.7. */
static smc_status parse_functions(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span span = smc_section_find(cache, SMCF_SECTION_FUNCTIONS);
    const struct smcf_functions *header = (const void *)span.bytes;
    smc_status status = smc_span_check_max(span, SMCF_NONE - 1, error);

    if (status != SMC_OK || span.bytes == NULL) {
        return status;
    }
    if (span.nbytes < sizeof *header + SMCF_GUARD_NBYTES) {
        return smc_fail(error, SMC_E_DAMAGED, "FUNCTIONS has no header, or no guard", span.where);
    }
    if (header->last_width > SMCF_NAME_WIDTH_MAX || header->qualifier_width > SMCF_NAME_WIDTH_MAX ||
        header->n_nameless > SMCF_NAMELESS_MAX || header->n_nameless > span.count) {
        return smc_fail(error, SMC_E_DAMAGED, "bad header of FUNCTIONS",
                        (uint64_t)(span.bytes - cache->bytes));
    }
    const uint64_t packed_nbytes =
        smcf_packed_nbytes(span.count - header->n_nameless, smcf_function_width(header));
    if (span.nbytes - sizeof *header - SMCF_GUARD_NBYTES != packed_nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, "section size contradicts its count",
                        span.where + offsetof(struct smcf_section, nbytes));
    }
    cache->functions = header;
    cache->named = span.bytes + sizeof *header;
    cache->n_functions = (uint32_t)span.count;
    return SMC_OK;
}

/* Spec 5.8. */
static smc_status parse_inlined(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span inlined = smc_section_find(cache, SMCF_SECTION_INLINED);
    struct smc_span sites = smc_section_find(cache, SMCF_SECTION_CALL_SITES);
    smc_status status = SMC_OK;

    if (inlined.bytes != NULL) {
        cache->inlined = (const void *)inlined.bytes;
        cache->n_inlined = (uint32_t)inlined.count;
        status = smc_span_check_max(inlined, SMCF_NONE - 1, error);
        status = status != SMC_OK
                     ? status
                     : smc_span_check_size(inlined, inlined.count, sizeof *cache->inlined, error);
    }
    if (status == SMC_OK && sites.bytes != NULL) {
        cache->call_sites = (const void *)sites.bytes;
        cache->n_call_sites = (uint32_t)sites.count;
        status = smc_span_check_max(sites, SMCF_NONE - 1, error);
        status = status != SMC_OK
                     ? status
                     : smc_span_check_size(sites, sites.count, sizeof *cache->call_sites, error);
    }
    return status;
}

/* Spec 5.9. Which offsets are a segment's is checked when they are read. */
static smc_status parse_bytecode(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span segments = smc_section_find(cache, SMCF_SECTION_BYTECODE_SEGMENTS);
    struct smc_span offsets = smc_section_find(cache, SMCF_SECTION_BYTECODE_OFFSETS);
    smc_status status;

    if (segments.bytes == NULL && offsets.bytes == NULL) {
        return SMC_OK;
    }
    if ((status = smc_span_check_max(segments, SMCF_NONE - 1, error)) != SMC_OK ||
        (status = smc_span_check_max(offsets, SMCF_NONE - 1, error)) != SMC_OK ||
        (status = smc_span_check_size(segments, segments.count, sizeof *cache->bytecode_segments,
                                      error)) != SMC_OK ||
        (status = smc_span_check_size(offsets, offsets.count, sizeof *cache->bytecode_offsets,
                                      error)) != SMC_OK) {
        return status;
    }
    cache->bytecode_segments = (const void *)segments.bytes;
    cache->n_bytecode_segments = (uint32_t)segments.count;
    cache->bytecode_offsets = (const void *)offsets.bytes;
    cache->n_bytecode_offsets = (uint32_t)offsets.count;
    return SMC_OK;
}

/* Spec 7. */
static smc_status parse_contents(struct smc_cache *cache, struct smc_error *error)
{
    struct smc_span lines = smc_section_find(cache, SMCF_SECTION_LINE_COUNTS);
    struct smc_span directory = smc_section_find(cache, SMCF_SECTION_CONTENT_DIRECTORY);
    struct smc_span content = smc_section_find(cache, SMCF_SECTION_CONTENT);
    uint32_t block_nbytes = cache->content_block_nbytes;
    int is_deflate = content.encoding == SMCF_CONTENT_DEFLATE;
    smc_status status;

    if (is_deflate
            ? block_nbytes < SMCF_CONTENT_BLOCK_MIN || block_nbytes > SMCF_CONTENT_BLOCK_MAX ||
                  (block_nbytes & (block_nbytes - 1)) != 0
            : block_nbytes != 0) {
        return smc_fail(error, SMC_E_DAMAGED, "bad size of content blocks",
                        (uint64_t)((const uint8_t *)cache->info - cache->bytes) +
                            offsetof(struct smcf_info, content_block_nbytes));
    }
    if (content.bytes == NULL && lines.bytes == NULL && directory.bytes == NULL) {
        return SMC_OK;
    }
    if ((status = parse_offsets(lines, &cache->line_counts, error)) != SMC_OK) {
        return status;
    }
    if (is_deflate) {
        uint64_t n_blocks =
            content.count / block_nbytes + (uint64_t)(content.count % block_nbytes != 0);
        if ((status = smc_span_check_size(directory, n_blocks + 1, sizeof(struct smcf_le64),
                                          error)) != SMC_OK) {
            return status;
        }
        if (directory.count != n_blocks) {
            return smc_fail(error, SMC_E_DAMAGED, "section size contradicts its count",
                            directory.where + offsetof(struct smcf_section, count));
        }
        cache->content_directory = (const void *)directory.bytes;
        cache->n_content_blocks = n_blocks;
    } else if (directory.bytes != NULL) {
        return smc_fail(error, SMC_E_DAMAGED, "CONTENT_DIRECTORY without deflated contents",
                        directory.where);
    } else if ((status = smc_span_check_size(content, content.count, 1, error)) != SMC_OK) {
        return status;
    }
    uint64_t n_stretches =
        content.count / SMCF_STRETCH_NBYTES + (uint64_t)(content.count % SMCF_STRETCH_NBYTES != 0);
    if (lines.count != n_stretches + 1) {
        return smc_fail(error, SMC_E_DAMAGED, "LINE_COUNTS contradicts the size of the contents",
                        lines.where + offsetof(struct smcf_section, count));
    }
    cache->has_contents = 1;
    cache->content_encoding = content.encoding;
    cache->content = content.bytes;
    cache->content_nbytes = content.nbytes;
    cache->stream_nbytes = content.count;
    return SMC_OK;
}

smc_status smc_cache_parse(struct smc_cache *cache, const uint8_t *bytes, uint64_t nbytes,
                           struct smc_error *error)
{
    smc_status status = smc_header_check(bytes, nbytes, error);
    if (status != SMC_OK) {
        return status;
    }
    memset(cache, 0, sizeof *cache);
    cache->bytes = bytes;
    cache->nbytes = nbytes;
    cache->header = (const void *)bytes;
    cache->sections = (const void *)(bytes + sizeof *cache->header);
    cache->n_sections = smcf_get32(cache->header->n_sections);
    if ((status = smc_sections_check(cache, error)) != SMC_OK ||
        (status = parse_info(cache, error)) != SMC_OK ||
        (status = parse_index(cache, error)) != SMC_OK ||
        (status = parse_runs(cache, error)) != SMC_OK ||
        (status = parse_functions(cache, error)) != SMC_OK ||
        (status = parse_inlined(cache, error)) != SMC_OK ||
        (status = parse_strings(cache, error)) != SMC_OK ||
        (status = parse_bytecode(cache, error)) != SMC_OK) {
        return status;
    }
    return parse_contents(cache, error);
}
