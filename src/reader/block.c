/*
 * Opening a block, finding a token in it, reading the token. The lookup is one function for the
 * compiler: a call in between costs it a tenth of its time.
 */
#include "src/reader/block.h"

#define ENCODING_BIT(e) (1U << (e))

/* What each column may use (spec 5.3). */
static const unsigned allowed[SMCF_N_COLUMNS] = {
    [SMCF_COLUMN_SOURCE] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                           ENCODING_BIT(SMCF_COLUMN_SPARSE),
    [SMCF_COLUMN_SOURCE_LINE] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                                ENCODING_BIT(SMCF_COLUMN_FOLLOW),
    [SMCF_COLUMN_SOURCE_COLUMN] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                                  ENCODING_BIT(SMCF_COLUMN_FOLLOW),
    [SMCF_COLUMN_NAME] = ENCODING_BIT(SMCF_COLUMN_NONE) | ENCODING_BIT(SMCF_COLUMN_PLAIN) |
                         ENCODING_BIT(SMCF_COLUMN_SPARSE) | ENCODING_BIT(SMCF_COLUMN_RECUR)};

struct smc_recur smc_recur_count(const uint8_t *stream)
{
    return (struct smc_recur){smc_bitmap_rank(stream, SMCF_BLOCK_TOKENS),
                              smc_bitmap_rank(stream + SMCF_BITMAP_NBYTES, SMCF_BLOCK_TOKENS)};
}

/* Bytes of bitmaps at the start of a column's stream. */
static inline unsigned bitmaps_nbytes(unsigned encoding)
{
    switch (encoding) {
    case SMCF_COLUMN_SPARSE:
        return SMCF_BITMAP_NBYTES;
    case SMCF_COLUMN_RECUR:
        return 2 * SMCF_BITMAP_NBYTES;
    default:
        return 0;
    }
}

static inline uint64_t sparse_nbytes(const uint8_t *stream, unsigned width)
{
    return SMCF_BITMAP_NBYTES +
           smcf_packed_nbytes(smc_bitmap_rank(stream, SMCF_BLOCK_TOKENS), width);
}

/* Whether all widths of a block are at most 32: the first six bytes of its header, at once. */
static inline int widths_fit(const struct smcf_block *header)
{
    const uint64_t ones = UINT64_C(0x010101010101), x = smc_load64(&header->line_width);
    /* A byte gets its highest bit if it has it already or is 33 or more. */
    const uint64_t above = (x & 0x7f * ones) + (0x80 - SMCF_COLUMN_WIDTH_MAX - 1) * ones;
    return ((above | x) & 0x80 * ones) == 0;
}

static inline smc_status block_open(const smc_cache *cache, uint32_t index, struct smc_block *block)
{
    uint64_t off = smcf_get64(cache->directory[index].block_off), limit = cache->blocks_nbytes;
    uint32_t n = cache->n_tokens - index * SMCF_BLOCK_TOKENS;

    if (off > limit || limit - off < sizeof(struct smcf_block)) {
        return SMC_E_DAMAGED;
    }
    const struct smcf_block *header = (const void *)(cache->blocks + off);
    unsigned encodings = smcf_get16(header->encodings);
    if (!widths_fit(header)) {
        return SMC_E_DAMAGED;
    }
    block->n = n < SMCF_BLOCK_TOKENS ? n : SMCF_BLOCK_TOKENS;
    block->line_width = header->line_width;
    block->column_width = header->column_width;
    block->key_width = block->line_width + block->column_width;
    block->line_slope = smcf_get16(header->line_slope);
    block->column_slope = smcf_get16(header->column_slope);
    block->line_base = smcf_get32(header->line_base);
    block->column_base = smcf_get32(header->column_base);
    off += sizeof *header;
    block->keys = cache->blocks + off;
    off += smcf_packed_nbytes(block->n, block->key_width);

    /* No sum here can wrap around: a block's streams take a few kilobytes at the most. */
    for (int c = 0; c < SMCF_N_COLUMNS; c++) {
        struct smc_column *column = &block->columns[c];
        column->encoding = encodings >> (4 * c) & 15;
        column->width = header->widths[c];
        column->base = smcf_get32(header->bases[c]);
        column->off = off;
        if ((allowed[c] & ENCODING_BIT(column->encoding)) == 0 ||
            off + bitmaps_nbytes(column->encoding) > limit) {
            return SMC_E_DAMAGED;
        }
        if (c == SMCF_COLUMN_NAME) {
            break;
        }
        /* NONE has a width of 0, or the block is damaged and its streams are somewhere else. */
        off += column->encoding == SMCF_COLUMN_SPARSE
                   ? sparse_nbytes(cache->blocks + off, column->width)
                   : smcf_packed_nbytes(block->n, column->width);
    }
    return SMC_OK; /* the name's test was the last: all is at or before its stream */
}

/* Packed value `i` of the run at `off`; 0 if that is outside BLOCKS. */
static inline int packed_checked(const smc_cache *cache, uint64_t off, unsigned i, unsigned width,
                                 uint32_t *value)
{
    uint64_t bit = (uint64_t)i * width;
    if (off + (bit + width + 7) / 8 > cache->blocks_nbytes) {
        return 0;
    }
    *value = (uint32_t)smc_bits(cache->blocks + off, bit, width);
    return 1;
}

/* Whether a token has a value, and its index among those that have one. */
static inline int is_present(const smc_cache *cache, const struct smc_column *column, unsigned *i)
{
    const uint8_t *presence = cache->blocks + column->off;

    switch (column->encoding) {
    case SMCF_COLUMN_NONE:
        return 0;
    case SMCF_COLUMN_SPARSE:
    case SMCF_COLUMN_RECUR:
        if (!smc_bitmap_get(presence, *i)) {
            return 0;
        }
        *i = smc_bitmap_rank(presence, *i);
        return 1;
    default:
        return 1;
    }
}

/* The name of token `i`, which has one; 0 if the block is damaged. */
static inline int name_of(const smc_cache *cache, const struct smc_column *column, unsigned i,
                          uint32_t *name)
{
    uint64_t off = column->off + bitmaps_nbytes(column->encoding);

    if (column->encoding == SMCF_COLUMN_RECUR) {
        const uint8_t *first = cache->blocks + column->off + SMCF_BITMAP_NBYTES;
        unsigned n_before = smc_bitmap_rank(first, i);
        if (smc_bitmap_get(first, i)) {
            i = n_before;
        } else {
            unsigned n_first = smc_bitmap_rank(first, SMCF_BLOCK_TOKENS);
            uint32_t use;
            if (!packed_checked(cache, off + smcf_packed_nbytes(n_first, column->width),
                                i - n_before, smcf_repeat_width(n_first), &use) ||
                use >= n_first) {
                return 0;
            }
            i = use;
        }
    }
    if (!packed_checked(cache, off, i, column->width, name)) {
        return 0;
    }
    *name += column->base;
    return *name < cache->n_names;
}

/* The value of a column whose stream smc_block_open has checked, NONE excepted. */
static inline uint32_t plain_value(const smc_cache *cache, const struct smc_column *column,
                                   unsigned i, uint32_t follow)
{
    uint32_t value = column->base + (uint32_t)smc_bits(cache->blocks + column->off,
                                                       (uint64_t)i * column->width, column->width);
    return column->encoding == SMCF_COLUMN_FOLLOW ? value + follow : value;
}

static inline smc_status block_token(const smc_cache *cache, const struct smc_block *block,
                                     uint32_t index, unsigned i, struct smc_token *token)
{
    const struct smc_column *columns = block->columns;
    struct smc_column source = columns[SMCF_COLUMN_SOURCE];
    unsigned k = i;

    token->index = index * SMCF_BLOCK_TOKENS + i;
    token->line = smc_block_line(block, i);
    token->column = smc_block_column(block, i);
    token->reserved = 0;
    token->source = SMC_NONE;
    token->source_line = 0;
    token->source_column = 0;
    token->name = SMC_NONE;
    if (is_present(cache, &source, &k)) {
        source.off += bitmaps_nbytes(source.encoding);
        token->source = plain_value(cache, &source, k, 0);
        if (token->source >= cache->n_sources ||
            columns[SMCF_COLUMN_SOURCE_LINE].encoding == SMCF_COLUMN_NONE ||
            columns[SMCF_COLUMN_SOURCE_COLUMN].encoding == SMCF_COLUMN_NONE) {
            return SMC_E_DAMAGED;
        }
        token->source_line = plain_value(cache, &columns[SMCF_COLUMN_SOURCE_LINE], i, token->line);
        token->source_column =
            plain_value(cache, &columns[SMCF_COLUMN_SOURCE_COLUMN], i, token->column);
    }
    if (is_present(cache, &columns[SMCF_COLUMN_NAME], &i) &&
        !name_of(cache, &columns[SMCF_COLUMN_NAME], i, &token->name)) {
        return SMC_E_DAMAGED;
    }
    return SMC_OK;
}

/* The two searches keep, of n tokens, the half that has the last one at or before the position: no
 * branch that could be mispredicted. In a damaged block they end at some token of it. */
static inline unsigned last_in_line(const struct smc_block *block, uint32_t column)
{
    unsigned low = 0, n = block->n;

    if (n == SMCF_BLOCK_TOKENS) {
        /* All blocks but the last: 7 steps, which carry the bit and the slope instead of multiplying. */
        uint64_t bit = 0;
        uint32_t slope = 0;
        for (unsigned step = SMCF_BLOCK_TOKENS / 2; step > 0; step /= 2) {
            uint64_t try_bit = bit + (uint64_t)block->key_width * step;
            uint32_t try_slope = slope + block->column_slope * step;
            uint32_t value = block->column_base + (try_slope >> 8) +
                             (uint32_t)smc_bits(block->keys, try_bit, block->column_width);
            int is_before = value <= column;
            low = is_before ? low + step : low;
            bit = is_before ? try_bit : bit;
            slope = is_before ? try_slope : slope;
        }
        return low;
    }
    while (n > 1) {
        unsigned half = n / 2;
        low = smc_block_column(block, low + half) <= column ? low + half : low;
        n -= half;
    }
    return low;
}

static inline unsigned last_in_block(const struct smc_block *block, uint64_t key)
{
    unsigned low = 0, n = block->n;

    if (block->line_width == 0 && block->line_slope == 0 && block->line_base == key >> 32) {
        return last_in_line(block, (uint32_t)key); /* minified files are made of such blocks */
    }
    while (n > 1) {
        unsigned half = n / 2;
        low = smc_block_key(block, low + half) <= key ? low + half : low;
        n -= half;
    }
    return low;
}

smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token)
{
    struct smc_block block;

    if (block_open(cache, index, &block) != SMC_OK) {
        return SMC_E_DAMAGED;
    }
    unsigned i = last_in_block(&block, key);
    if (smc_block_key(&block, i) > key) { /* TOP or DIRECTORY said otherwise */
        return SMC_E_DAMAGED;
    }
    return block_token(cache, &block, index, i, token);
}

smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block)
{
    return block_open(cache, index, block);
}

smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token)
{
    return block_token(cache, block, index, i, token);
}

smc_status smc_name_nbytes(const smc_cache *cache, const struct smc_block *block, uint64_t *nbytes)
{
    const struct smc_column *column = &block->columns[SMCF_COLUMN_NAME];
    const uint8_t *stream = cache->blocks + column->off;
    struct smc_recur recur;

    switch (column->encoding) {
    case SMCF_COLUMN_SPARSE:
        *nbytes = sparse_nbytes(stream, column->width);
        return SMC_OK;
    case SMCF_COLUMN_RECUR:
        recur = smc_recur_count(stream);
        if (recur.n_first > recur.n_present) {
            return SMC_E_DAMAGED;
        }
        *nbytes =
            bitmaps_nbytes(column->encoding) + smcf_packed_nbytes(recur.n_first, column->width) +
            smcf_packed_nbytes(recur.n_present - recur.n_first, smcf_repeat_width(recur.n_first));
        return SMC_OK;
    default:
        *nbytes = smcf_packed_nbytes(block->n, column->width);
        return SMC_OK;
    }
}
