#include "src/reader/block.h"

#define ENCODING_BIT(e) (1U << (e))

/* What each column may use (spec 5.3). */
static const unsigned allowed[SMCF_N_COLUMNS] = {
    [SMCF_COLUMN_SOURCE] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                           ENCODING_BIT(SMCF_COLUMN_SPARSE),
    [SMCF_COLUMN_SOURCE_LINE] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                                ENCODING_BIT(SMCF_COLUMN_FOLLOW),
    [SMCF_COLUMN_SOURCE_COLUMN] = ENCODING_BIT(SMCF_COLUMN_NONE) |
                                  ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                                  ENCODING_BIT(SMCF_COLUMN_FOLLOW),
    [SMCF_COLUMN_NAME] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                         ENCODING_BIT(SMCF_COLUMN_SPARSE) | ENCODING_BIT(SMCF_COLUMN_RECUR)};

/* Moves *off past a column's stream, which starts there. The bitmaps of SPARSE and RECUR are read,
 * so they must lie inside. */
static smc_status open_column(const smc_cache *cache, struct smc_column *column, unsigned n,
                              uint64_t *off)
{
    const uint8_t *stream = cache->blocks + *off;
    uint64_t room = cache->blocks_nbytes - *off, nbytes = 0;

    column->stream = stream;
    switch (column->encoding) {
    case SMCF_COLUMN_NONE:
        break;
    case SMCF_COLUMN_PLAIN:
    case SMCF_COLUMN_FOLLOW:
        nbytes = smcf_packed_nbytes(n, column->width);
        break;
    case SMCF_COLUMN_SPARSE:
        if (room < SMCF_BITMAP_NBYTES) {
            return SMC_E_DAMAGED;
        }
        nbytes = SMCF_BITMAP_NBYTES +
                 smcf_packed_nbytes(smc_bitmap_rank(stream, SMCF_BLOCK_TOKENS), column->width);
        break;
    default:
        if (room < SMCF_BITMAP_NBYTES + SMCF_BITMAP_NBYTES) {
            return SMC_E_DAMAGED;
        }
        column->n_present = smc_bitmap_rank(stream, SMCF_BLOCK_TOKENS);
        column->n_first = smc_bitmap_rank(stream + SMCF_BITMAP_NBYTES, SMCF_BLOCK_TOKENS);
        if (column->n_first > column->n_present) {
            return SMC_E_DAMAGED;
        }
        nbytes = SMCF_BITMAP_NBYTES + SMCF_BITMAP_NBYTES +
                 smcf_packed_nbytes(column->n_first, column->width) +
                 smcf_packed_nbytes(column->n_present - column->n_first,
                                    smc_repeat_width(column->n_first));
        break;
    }
    if (nbytes > room) {
        return SMC_E_DAMAGED;
    }
    *off += nbytes;
    return SMC_OK;
}

smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block)
{
    uint64_t off = smcf_get64(cache->directory[index].block_off);
    uint32_t n = cache->n_tokens - index * SMCF_BLOCK_TOKENS;

    if (off > cache->blocks_nbytes || cache->blocks_nbytes - off < sizeof(struct smcf_block)) {
        return SMC_E_DAMAGED;
    }
    const struct smcf_block *header = (const void *)(cache->blocks + off);
    off += sizeof *header;

    block->n = n < SMCF_BLOCK_TOKENS ? n : SMCF_BLOCK_TOKENS;
    block->line_width = header->line_width;
    block->column_width = header->column_width;
    if (block->line_width > SMCF_COLUMN_WIDTH_MAX || block->column_width > SMCF_COLUMN_WIDTH_MAX) {
        return SMC_E_DAMAGED;
    }
    block->key_width = block->line_width + block->column_width;
    block->line_slope = smcf_get16(header->line_slope);
    block->column_slope = smcf_get16(header->column_slope);
    block->line_base = smcf_get32(header->line_base);
    block->column_base = smcf_get32(header->column_base);
    block->keys = cache->blocks + off;
    uint64_t keys_nbytes = smcf_packed_nbytes(block->n, block->key_width);
    if (keys_nbytes > cache->blocks_nbytes - off) {
        return SMC_E_DAMAGED;
    }
    off += keys_nbytes;

    unsigned encodings = smcf_get16(header->encodings);
    for (int c = 0; c < SMCF_N_COLUMNS; c++) {
        struct smc_column *column = &block->columns[c];
        column->encoding = encodings >> (4 * c) & 15;
        column->width = header->widths[c];
        column->base = smcf_get32(header->bases[c]);
        if ((allowed[c] & ENCODING_BIT(column->encoding)) == 0 ||
            column->width > SMCF_COLUMN_WIDTH_MAX ||
            open_column(cache, column, block->n, &off) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
    }
    block->end = off;
    return SMC_OK;
}

/* Value of token `i`, where `follow` is its generated counterpart; 0 if it has none. */
static int column_get(const struct smc_column *column, unsigned i, uint32_t follow, uint32_t *value)
{
    const uint8_t *stream = column->stream;
    unsigned width = column->width;

    switch (column->encoding) {
    case SMCF_COLUMN_NONE:
        return 0;
    case SMCF_COLUMN_PLAIN:
        *value = column->base + (uint32_t)smc_bits(stream, (uint64_t)i * width, width);
        return 1;
    case SMCF_COLUMN_FOLLOW:
        *value = column->base + follow + (uint32_t)smc_bits(stream, (uint64_t)i * width, width);
        return 1;
    default:
        break;
    }
    if (!smc_bitmap_get(stream, i)) {
        return 0;
    }
    unsigned k = smc_bitmap_rank(stream, i); /* < n_present */
    stream += SMCF_BITMAP_NBYTES;
    if (column->encoding == SMCF_COLUMN_RECUR) {
        const uint8_t *first = stream;
        stream += SMCF_BITMAP_NBYTES;
        unsigned n_before = smc_bitmap_rank(first, k);
        if (smc_bitmap_get(first, k)) {
            k = n_before;
        } else {
            const uint8_t *repeats = stream + smcf_packed_nbytes(column->n_first, width);
            unsigned repeat_width = smc_repeat_width(column->n_first);
            k = (unsigned)smc_bits(repeats, (uint64_t)(k - n_before) * repeat_width, repeat_width);
            if (k >= column->n_first) {
                /* Damaged; an index that no file has makes the caller say so. */
                *value = SMC_NONE;
                return 1;
            }
        }
    }
    *value = column->base + (uint32_t)smc_bits(stream, (uint64_t)k * width, width);
    return 1;
}

smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token)
{
    uint64_t key = smc_block_key(block, i);

    token->index = index * SMCF_BLOCK_TOKENS + i;
    token->line = (uint32_t)(key >> 32);
    token->column = (uint32_t)key;
    token->reserved = 0;
    token->source_line = 0;
    token->source_column = 0;
    if (!column_get(&block->columns[SMCF_COLUMN_SOURCE], i, 0, &token->source)) {
        token->source = SMC_NONE;
    } else if (token->source >= cache->n_sources ||
               !column_get(&block->columns[SMCF_COLUMN_SOURCE_LINE], i, token->line,
                           &token->source_line) ||
               !column_get(&block->columns[SMCF_COLUMN_SOURCE_COLUMN], i, token->column,
                           &token->source_column)) {
        return SMC_E_DAMAGED;
    }
    if (!column_get(&block->columns[SMCF_COLUMN_NAME], i, 0, &token->name)) {
        token->name = SMC_NONE;
    } else if (token->name >= cache->n_names) {
        return SMC_E_DAMAGED;
    }
    return SMC_OK;
}
