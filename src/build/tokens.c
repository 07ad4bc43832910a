/*
 * The token index: blocks, and where they are (spec 5.1).
 */
#include "src/build/pack.h"

/* Where a block starts. (Of fixed sizes, so that compilers copy without a call.) */
static void note_block(struct smc_token_writer *writer)
{
    const uint32_t *first = writer->rows[0];
    const struct smcf_position position = {smcf_put32(first[SMC_ROW_COLUMN]),
                                           smcf_put32(first[SMC_ROW_LINE])};
    const struct smcf_le32 off = smcf_put32((uint32_t)writer->blocks.nbytes);
    uint8_t *to_first = smc_buf_reserve(&writer->firsts, sizeof position);
    uint8_t *to_off = smc_buf_reserve(&writer->offsets, sizeof off);

    if (to_first != NULL && to_off != NULL) {
        memcpy(to_first, &position, sizeof position);
        memcpy(to_off, &off, sizeof off);
        writer->firsts.nbytes += sizeof position;
        writer->offsets.nbytes += sizeof off;
    }
}

void smc_token_writer_flush(struct smc_token_writer *writer)
{
    const unsigned n = writer->n < SMCF_BLOCK_TOKENS ? writer->n : SMCF_BLOCK_TOKENS;
    struct smc_buf *blocks = &writer->blocks;

    if (n == 0) {
        return;
    }
    if (writer->n_blocks == 0) {
        writer->level = smc_cpu_level();
    }
    if (writer->observer != NULL) {
        writer->observer->block(writer->observer->context, writer, n);
    }
    note_block(writer);
    uint8_t *to = smc_buf_reserve(blocks, SMC_PACK_NBYTES_MAX);
    const uint8_t *end = to == NULL ? NULL : smc_pack_block(writer, n, to);
    if (end != NULL) {
        blocks->nbytes = (size_t)(end - blocks->data);
    }
    writer->n_blocks++;
    writer->n_tokens += n;
    writer->n -= n;
    memmove(writer->rows[0], writer->rows[n], writer->n * sizeof writer->rows[0]);
}

void smc_token_writer_mark_range(struct smc_token_writer *writer)
{
    const uint64_t index = writer->n_tokens + writer->n;

    if (index / 8 >= writer->ranges.nbytes) {
        smc_buf_append(&writer->ranges, NULL, (size_t)(index / 8 + 1 - writer->ranges.nbytes));
    }
    if (!writer->ranges.failed) {
        writer->ranges.data[index / 8] |= (uint8_t)(1 << index % 8);
    }
}

/* Spec 5.1. */
static void make_directory(struct smc_token_writer *writer)
{
    const struct smcf_position *firsts = (const void *)writer->firsts.data;

    for (uint32_t stride = SMCF_FANOUT * SMCF_FANOUT; stride > 1; stride /= SMCF_FANOUT) {
        for (uint32_t i = 0; i < writer->n_blocks && firsts != NULL; i += stride) {
            smc_buf_append(&writer->directory, &firsts[i], sizeof firsts[i]);
        }
    }
    smc_buf_append(&writer->directory, writer->firsts.data, writer->firsts.nbytes);
    smc_buf_append(&writer->directory, writer->offsets.data, writer->offsets.nbytes);
}

void smc_token_writer_finish(struct smc_token_writer *writer)
{
    const uint64_t n_bytes = smcf_packed_nbytes(writer->n_tokens, 1);

    make_directory(writer);
    smc_buf_append(&writer->blocks, NULL, SMCF_GUARD_NBYTES);
    if (writer->ranges.nbytes > 0) {
        smc_buf_append(&writer->ranges, NULL, (size_t)(n_bytes - writer->ranges.nbytes));
    }
}

int smc_token_writer_failed(const struct smc_token_writer *writer)
{
    return writer->firsts.failed || writer->offsets.failed || writer->directory.failed ||
           writer->blocks.failed || writer->ranges.failed || writer->first_uses.failed;
}

/* First uses stay, as it does not matter what they are. */
void smc_token_writer_reset(struct smc_token_writer *writer)
{
    if (writer->observer != NULL) {
        writer->observer->reset(writer->observer->context);
    }
    writer->ranges.nbytes = 0;
    writer->firsts.nbytes = 0;
    writer->offsets.nbytes = 0;
    writer->directory.nbytes = 0;
    writer->blocks.nbytes = 0;
    writer->n_blocks = 0;
    writer->n_tokens = 0;
    writer->n = 0;
}

void smc_token_writer_free(struct smc_token_writer *writer)
{
    smc_buf_free(&writer->firsts);
    smc_buf_free(&writer->offsets);
    smc_buf_free(&writer->directory);
    smc_buf_free(&writer->blocks);
    smc_buf_free(&writer->ranges);
    smc_buf_free(&writer->first_uses);
}
