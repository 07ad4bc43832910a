/*
 * Opening: the checks of spec 8, and the one place where offsets of the file become pointers.
 */
#include "src/reader/block.h"
#include "src/reader/cache.h"

smc_status smc_fail(struct smc_error *error, smc_status status, const char *reason, uint64_t offset)
{
    if (error != NULL) {
        *error = (struct smc_error){status, reason, offset};
    }
    return status;
}

const char *smc_section_name(uint32_t id)
{
    switch (id) {
    case SMCF_SECTION_INFO:
        return "INFO";
    case SMCF_SECTION_DIRECTORY:
        return "DIRECTORY";
    case SMCF_SECTION_BLOCKS:
        return "BLOCKS";
    case SMCF_SECTION_RANGES:
        return "RANGES";
    case SMCF_SECTION_SOURCES:
        return "SOURCES";
    case SMCF_SECTION_RAW_SOURCES:
        return "RAW_SOURCES";
    case SMCF_SECTION_STRING_OFFSETS:
        return "STRING_OFFSETS";
    case SMCF_SECTION_STRING_BYTES:
        return "STRING_BYTES";
    case SMCF_SECTION_LINE_COUNTS:
        return "LINE_COUNTS";
    case SMCF_SECTION_CONTENT_DIRECTORY:
        return "CONTENT_DIRECTORY";
    case SMCF_SECTION_CONTENT:
        return "CONTENT";
    default:
        return NULL;
    }
}

int smc_is_zero(const uint8_t *bytes, size_t nbytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < nbytes; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

/* Spec 3.1 and 3.2. */
static smc_status check_header(const uint8_t *bytes, uint64_t nbytes, struct smc_error *error)
{
    static const uint8_t magic[] = SMCF_MAGIC;
    const struct smcf_header *header = (const void *)bytes;

    if (nbytes < SMCF_MAGIC_NBYTES) {
        size_t n = (size_t)nbytes;
        if (n > 0 && memcmp(bytes, magic, n) == 0) {
            return smc_fail(error, SMC_E_TRUNCATED, "the file ends within its header", nbytes);
        }
        return smc_fail(error, SMC_E_NOT_CACHE, "not an smcache file: wrong magic", 0);
    }
    if (memcmp(bytes, magic, SMCF_MAGIC_NBYTES) != 0) {
        if (smcf_is_text_damaged(bytes, (size_t)nbytes)) {
            return smc_fail(error, SMC_E_TEXT_DAMAGE,
                            "damaged by a transfer as text: copy it again as binary", 0);
        }
        return smc_fail(error, SMC_E_NOT_CACHE, "not an smcache file: wrong magic", 0);
    }
    if (nbytes < sizeof *header) {
        return smc_fail(error, SMC_E_TRUNCATED, "the file ends within its header", nbytes);
    }
    if (smcf_get16(header->major) != SMCF_MAJOR) {
        return smc_fail(error, SMC_E_VERSION,
                        "unknown major version of the format: build the file again",
                        offsetof(struct smcf_header, major));
    }
    if ((smcf_get32(header->must_understand) & ~SMCF_MUST_UNDERSTAND_KNOWN) != 0) {
        return smc_fail(error, SMC_E_FEATURE, "unknown must-understand flag",
                        offsetof(struct smcf_header, must_understand));
    }
    if (smcf_get32(header->header_nbytes) != sizeof *header) {
        return smc_fail(error, SMC_E_DAMAGED, "header_nbytes is not 128",
                        offsetof(struct smcf_header, header_nbytes));
    }
    if (smcf_get64(header->file_nbytes) > nbytes) {
        return smc_fail(error, SMC_E_TRUNCATED, "the file is shorter than its header says",
                        offsetof(struct smcf_header, file_nbytes));
    }
    if (smcf_get64(header->file_nbytes) < nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, "the file is longer than its header says",
                        offsetof(struct smcf_header, file_nbytes));
    }
    if (!smc_is_zero(header->reserved, sizeof header->reserved)) {
        return smc_fail(error, SMC_E_DAMAGED, "reserved bytes of the header are not zero",
                        offsetof(struct smcf_header, reserved));
    }
    if (smcf_get32(header->n_sections) > SMCF_SECTIONS_MAX ||
        smcf_get32(header->n_sections) > (nbytes - sizeof *header) / sizeof(struct smcf_section)) {
        return smc_fail(error, SMC_E_DAMAGED, "more sections than the file can hold",
                        offsetof(struct smcf_header, n_sections));
    }
    return SMC_OK;
}

static uint64_t entry_offset(const struct smc_cache *cache, const struct smcf_section *section)
{
    return (uint64_t)((const uint8_t *)section - cache->bytes);
}

/* Spec 3.3: ascending, aligned, apart from each other, inside, and with no room for stowaways. */
static smc_status check_sections(const struct smc_cache *cache, struct smc_error *error)
{
    uint64_t end = sizeof *cache->header + (uint64_t)cache->n_sections * sizeof *cache->sections;
    uint32_t last_id = 0;

    for (uint32_t i = 0; i < cache->n_sections; i++) {
        const struct smcf_section *section = &cache->sections[i];
        uint64_t off = smcf_get64(section->off), nbytes = smcf_get64(section->nbytes);
        uint64_t where = entry_offset(cache, section);

        if (i > 0 && smcf_get32(section->id) <= last_id) {
            return smc_fail(error, SMC_E_DAMAGED, "section ids do not ascend", where);
        }
        if (off % SMCF_ALIGN != 0) {
            return smc_fail(error, SMC_E_DAMAGED, "misaligned section",
                            where + offsetof(struct smcf_section, off));
        }
        if (off < end || off - end >= SMCF_ALIGN) {
            return smc_fail(error, SMC_E_DAMAGED, "section overlaps or leaves a gap",
                            where + offsetof(struct smcf_section, off));
        }
        if (off > cache->nbytes || nbytes > cache->nbytes - off) {
            return smc_fail(error, SMC_E_DAMAGED, "section leaves the file",
                            where + offsetof(struct smcf_section, nbytes));
        }
        if (smcf_get32(section->encoding) != 0 &&
            smc_section_name(smcf_get32(section->id)) != NULL &&
            (smcf_get32(section->id) != SMCF_SECTION_CONTENT ||
             smcf_get32(section->encoding) != SMCF_CONTENT_DEFLATE)) {
            return smc_fail(error, SMC_E_FEATURE, "unknown encoding of a section",
                            where + offsetof(struct smcf_section, encoding));
        }
        last_id = smcf_get32(section->id);
        end = off + nbytes;
    }
    if (end != cache->nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, "bytes after the last section", end);
    }
    return SMC_OK;
}

/* A section of the file, its bounds checked by check_sections. */
struct span {
    const uint8_t *bytes; /* NULL: the file does not have it */
    uint64_t nbytes;
    uint64_t count;
    uint32_t encoding;
    uint64_t where; /* its entry in the section table */
};

/* The one door: all pointers into the file come from here. */
static struct span find_section(const struct smc_cache *cache, uint32_t id)
{
    for (uint32_t i = 0; i < cache->n_sections; i++) {
        const struct smcf_section *section = &cache->sections[i];
        if (smcf_get32(section->id) == id) {
            return (struct span){cache->bytes + smcf_get64(section->off),
                                 smcf_get64(section->nbytes), smcf_get64(section->count),
                                 smcf_get32(section->encoding), entry_offset(cache, section)};
        }
    }
    return (struct span){NULL, 0, 0, 0, offsetof(struct smcf_header, n_sections)};
}

/* The section has exactly `n` entries of entry_nbytes. Compares by division. */
static smc_status check_size(struct span span, uint64_t n, uint64_t entry_nbytes,
                             struct smc_error *error)
{
    if (span.bytes == NULL) {
        return smc_fail(error, SMC_E_DAMAGED, "a section is missing", span.where);
    }
    if (span.nbytes % entry_nbytes != 0 || span.nbytes / entry_nbytes != n) {
        return smc_fail(error, SMC_E_DAMAGED, "section size contradicts its count",
                        span.where + offsetof(struct smcf_section, nbytes));
    }
    return SMC_OK;
}

static smc_status check_max(struct span span, uint64_t max_count, struct smc_error *error)
{
    if (span.count > max_count) {
        return smc_fail(error, SMC_E_DAMAGED, "section count too large",
                        span.where + offsetof(struct smcf_section, count));
    }
    return SMC_OK;
}

/* Spec 3.5. */
static smc_status parse_info(struct smc_cache *cache, struct smc_error *error)
{
    struct span span = find_section(cache, SMCF_SECTION_INFO);
    smc_status status = check_size(span, 1, sizeof(struct smcf_info), error);
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
    struct span directory = find_section(cache, SMCF_SECTION_DIRECTORY);
    struct span blocks = find_section(cache, SMCF_SECTION_BLOCKS);
    struct span ranges = find_section(cache, SMCF_SECTION_RANGES);
    smc_status status;

    if ((status = check_max(blocks, SMCF_NONE - 1, error)) != SMC_OK) {
        return status;
    }
    uint64_t n_blocks = (blocks.count + SMCF_BLOCK_TOKENS - 1) / SMCF_BLOCK_TOKENS;
    uint64_t n_middle = smcf_level_above((uint32_t)n_blocks);
    uint64_t n_top = smcf_level_above((uint32_t)n_middle);
    uint64_t directory_nbytes = (n_top + n_middle + n_blocks) * sizeof(struct smcf_position) +
                                n_blocks * sizeof(struct smcf_le32);
    if ((status = check_size(directory, directory_nbytes, 1, error)) != SMC_OK) {
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
static smc_status parse_offsets(struct span span, struct smc_offsets *list, struct smc_error *error)
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
    struct span sources = find_section(cache, SMCF_SECTION_SOURCES);
    struct span raw = find_section(cache, SMCF_SECTION_RAW_SOURCES);
    struct span offsets = find_section(cache, SMCF_SECTION_STRING_OFFSETS);
    struct span bytes = find_section(cache, SMCF_SECTION_STRING_BYTES);
    smc_status status;

    if ((status = check_max(sources, SMCF_NONE - 1, error)) != SMC_OK ||
        (status = check_max(offsets, SMCF_NONE, error)) != SMC_OK ||
        (status = check_size(sources, sources.count + 1, sizeof(struct smcf_source), error)) !=
            SMC_OK ||
        (status = check_size(bytes, bytes.count, 1, error)) != SMC_OK ||
        (status = parse_offsets(offsets, &cache->string_offsets, error)) != SMC_OK) {
        return status;
    }
    if (offsets.count < 1 || cache->n_names > offsets.count - 1) {
        return smc_fail(error, SMC_E_DAMAGED, "fewer strings than names",
                        offsets.where + offsetof(struct smcf_section, count));
    }
    if (raw.bytes != NULL) {
        if ((status = check_size(raw, sources.count, sizeof(struct smcf_le32), error)) != SMC_OK) {
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

/* Spec 7. */
static smc_status parse_contents(struct smc_cache *cache, struct smc_error *error)
{
    struct span lines = find_section(cache, SMCF_SECTION_LINE_COUNTS);
    struct span directory = find_section(cache, SMCF_SECTION_CONTENT_DIRECTORY);
    struct span content = find_section(cache, SMCF_SECTION_CONTENT);
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
        if ((status = check_size(directory, n_blocks + 1, sizeof(struct smcf_le64), error)) !=
            SMC_OK) {
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
    } else if ((status = check_size(content, content.count, 1, error)) != SMC_OK) {
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
    smc_status status = check_header(bytes, nbytes, error);
    if (status != SMC_OK) {
        return status;
    }
    memset(cache, 0, sizeof *cache);
    cache->bytes = bytes;
    cache->nbytes = nbytes;
    cache->header = (const void *)bytes;
    cache->sections = (const void *)(bytes + sizeof *cache->header);
    cache->n_sections = smcf_get32(cache->header->n_sections);
    if ((status = check_sections(cache, error)) != SMC_OK ||
        (status = parse_info(cache, error)) != SMC_OK ||
        (status = parse_index(cache, error)) != SMC_OK ||
        (status = parse_strings(cache, error)) != SMC_OK) {
        return status;
    }
    return parse_contents(cache, error);
}
