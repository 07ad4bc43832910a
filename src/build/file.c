/*
 * Layout and writing (spec 3). Every offset is known before the first byte is written.
 */
#include "src/build/parts.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

void smc_file_add(struct smc_file *file, uint32_t id, uint32_t encoding, uint64_t count,
                  struct smc_buf *bytes)
{
    file->sections[file->n_sections++] = (struct smc_file_section){id, encoding, count, *bytes};
    *bytes = (struct smc_buf){0};
}

static size_t head_nbytes(const struct smc_file *file)
{
    return sizeof(struct smcf_header) + file->n_sections * sizeof(struct smcf_section);
}

/* Zero bytes after a section of so many bytes that make the next one aligned. */
static size_t padding(size_t nbytes)
{
    return (SMCF_ALIGN - nbytes % SMCF_ALIGN) % SMCF_ALIGN;
}

/* Every piece of the file in order; a sink that refuses ends it. */
static int each_piece(struct smc_file *file, smc_build_sink sink, void *context, int frees)
{
    static const uint8_t zeros[SMCF_ALIGN];

    if (sink(context, file->head, head_nbytes(file)) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < file->n_sections; i++) {
        struct smc_buf *bytes = &file->sections[i].bytes;
        size_t n_padding = i + 1 < file->n_sections ? padding(bytes->nbytes) : 0;
        if ((bytes->nbytes > 0 && sink(context, bytes->data, bytes->nbytes) != 0) ||
            (n_padding > 0 && sink(context, zeros, n_padding) != 0)) {
            return -1;
        }
        if (frees) {
            smc_buf_free(bytes);
        }
    }
    return 0;
}

static int hash_piece(void *context, const void *bytes, size_t nbytes)
{
    return XXH3_128bits_update(context, bytes, nbytes) == XXH_OK ? 0 : -1;
}

void smc_file_layout(struct smc_file *file, const uint8_t *input_digest, uint64_t input_nbytes)
{
    struct smcf_header header = {.major = smcf_put16(SMCF_MAJOR),
                                 .minor = smcf_put16(SMCF_MINOR),
                                 .header_nbytes = smcf_put32(sizeof header),
                                 .input_nbytes = smcf_put64(input_nbytes),
                                 .n_sections = smcf_put32(file->n_sections)};
    uint64_t off = head_nbytes(file);
    XXH3_state_t state;
    XXH128_canonical_t digest;

    for (unsigned i = 0; i < file->n_sections; i++) {
        const struct smc_file_section *section = &file->sections[i];
        struct smcf_section entry = {smcf_put32(section->id), smcf_put32(section->encoding),
                                     smcf_put64(off), smcf_put64(section->bytes.nbytes),
                                     smcf_put64(section->count)};
        memcpy(file->head + sizeof header + i * sizeof entry, &entry, sizeof entry);
        off += section->bytes.nbytes;
        off += i + 1 < file->n_sections ? padding(section->bytes.nbytes) : 0;
    }
    file->nbytes = off;
    memcpy(header.magic, SMCF_MAGIC, SMCF_MAGIC_NBYTES);
    header.file_nbytes = smcf_put64(off);
    memcpy(header.input_digest, input_digest, sizeof header.input_digest);
    memcpy(file->head, &header, sizeof header); /* its digest is still zero (spec 3.1) */

    XXH3_128bits_reset(&state);
    each_piece(file, hash_piece, &state, 0);
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
    memcpy(file->head + offsetof(struct smcf_header, content_digest), &digest, sizeof digest);
}

smc_build_status smc_file_write(struct smc_file *file, smc_build_sink sink, void *context)
{
    return each_piece(file, sink, context, 1) == 0 ? SMC_BUILD_OK : SMC_BUILD_E_SINK;
}

void smc_file_free(struct smc_file *file)
{
    for (unsigned i = 0; i < file->n_sections; i++) {
        smc_buf_free(&file->sections[i].bytes);
    }
}
