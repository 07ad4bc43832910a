/*
 * The header and the section table (spec 3.1 to 3.4), and the one place where offsets of the file become pointers.
 */
#include "src/reader/container.h"

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
    case SMCF_SECTION_RUN_OFFSETS:
        return "RUN_OFFSETS";
    case SMCF_SECTION_RUNS:
        return "RUNS";
    case SMCF_SECTION_FUNCTIONS:
        return "FUNCTIONS";
    case SMCF_SECTION_INLINED:
        return "INLINED";
    case SMCF_SECTION_CALL_SITES:
        return "CALL_SITES";
    case SMCF_SECTION_SOURCES:
        return "SOURCES";
    case SMCF_SECTION_RAW_SOURCES:
        return "RAW_SOURCES";
    case SMCF_SECTION_STRING_OFFSETS:
        return "STRING_OFFSETS";
    case SMCF_SECTION_STRING_BYTES:
        return "STRING_BYTES";
    case SMCF_SECTION_BYTECODE_SEGMENTS:
        return "BYTECODE_SEGMENTS";
    case SMCF_SECTION_BYTECODE_OFFSETS:
        return "BYTECODE_OFFSETS";
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

smc_status smc_header_check(const uint8_t *bytes, uint64_t nbytes, struct smc_error *error)
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

smc_status smc_sections_check(const smc_cache *cache, struct smc_error *error)
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

struct smc_span smc_section_find(const smc_cache *cache, uint32_t id)
{
    for (uint32_t i = 0; i < cache->n_sections; i++) {
        const struct smcf_section *section = &cache->sections[i];
        if (smcf_get32(section->id) == id) {
            return (struct smc_span){cache->bytes + smcf_get64(section->off),
                                     smcf_get64(section->nbytes), smcf_get64(section->count),
                                     smcf_get32(section->encoding), entry_offset(cache, section)};
        }
    }
    return (struct smc_span){NULL, 0, 0, 0, offsetof(struct smcf_header, n_sections)};
}

smc_status smc_span_check_size(struct smc_span span, uint64_t n, uint64_t entry_nbytes,
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

smc_status smc_span_check_max(struct smc_span span, uint64_t max_count, struct smc_error *error)
{
    if (span.count > max_count) {
        return smc_fail(error, SMC_E_DAMAGED, "section count too large",
                        span.where + offsetof(struct smcf_section, count));
    }
    return SMC_OK;
}
