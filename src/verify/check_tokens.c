/*
 * The token index (spec 5): order, contiguity, every value, every unused bit.
 */
#include "src/verify/checks.h"

struct context {
    const smc_cache *cache;
    const struct smc_block *block;
    struct smc_error *error;
};

static smc_status fail_at(const struct context *c, const char *reason, const uint8_t *at)
{
    return smc_fail(c->error, SMC_E_DAMAGED, reason, smc_offset_of(c->cache, at));
}

/* The bits of a packed run's last byte that no value has. */
static int unused_bits_are_zero(const uint8_t *run, uint64_t n, unsigned width)
{
    uint64_t n_bits = n * width;
    return n_bits % 8 == 0 || run[n_bits / 8] >> n_bits % 8 == 0;
}

static int bitmap_fits(const uint8_t *bitmap, unsigned n)
{
    return smc_bitmap_rank(bitmap, n) == smc_bitmap_rank(bitmap, SMCF_BLOCK_TOKENS);
}

static smc_status check_recur(const struct context *c, const struct smc_column *column)
{
    const uint8_t *first = c->cache->blocks + column->off + SMCF_BITMAP_NBYTES;
    const uint8_t *values = first + SMCF_BITMAP_NBYTES;
    struct smc_recur recur = smc_recur_count(first - SMCF_BITMAP_NBYTES);
    const uint8_t *repeats = values + smcf_packed_nbytes(recur.n_first, column->width);
    unsigned n_repeats = recur.n_present - recur.n_first;
    unsigned width = smcf_repeat_width(recur.n_first);

    if (!bitmap_fits(first, recur.n_present)) {
        return fail_at(c, "first-use bits beyond the names of the block", first);
    }
    if (!unused_bits_are_zero(values, recur.n_first, column->width) ||
        !unused_bits_are_zero(repeats, n_repeats, width)) {
        return fail_at(c, "unused bits of a column are not zero", values);
    }
    /* A repeat refers to a name that has been used before it. */
    unsigned n_before = 0, k = 0;
    for (unsigned r = 0; r < recur.n_present; r++) {
        if (smc_bitmap_get(first, r)) {
            n_before++;
        } else if (smc_bits(repeats, (uint64_t)k++ * width, width) >= n_before) {
            return fail_at(c, "repeated name before its first use", repeats);
        }
    }
    for (unsigned i = 0; i < recur.n_first; i++) { /* at most 128: no need to be clever */
        uint64_t value = smc_bits(values, (uint64_t)i * column->width, column->width);
        for (unsigned j = 0; j < i; j++) {
            if (value == smc_bits(values, (uint64_t)j * column->width, column->width)) {
                return fail_at(c, "name with two first uses", values);
            }
        }
    }
    return SMC_OK;
}

static smc_status check_column(const struct context *c, const struct smc_column *column)
{
    const uint8_t *stream = c->cache->blocks + column->off;
    unsigned n = c->block->n;

    switch (column->encoding) {
    case SMCF_COLUMN_NONE:
        return column->width == 0 && column->base == 0
                   ? SMC_OK
                   : fail_at(c, "column without values has a width or a base", stream);
    case SMCF_COLUMN_PLAIN:
    case SMCF_COLUMN_FOLLOW:
        return unused_bits_are_zero(stream, n, column->width)
                   ? SMC_OK
                   : fail_at(c, "unused bits of a column are not zero", stream);
    default:
        break;
    }
    if (!bitmap_fits(stream, n)) {
        return fail_at(c, "presence bits beyond the tokens of the block", stream);
    }
    if (column->encoding == SMCF_COLUMN_RECUR) {
        return check_recur(c, column);
    }
    return unused_bits_are_zero(stream + SMCF_BITMAP_NBYTES, smc_bitmap_rank(stream, n),
                                column->width)
               ? SMC_OK
               : fail_at(c, "unused bits of a column are not zero", stream);
}

/* Where a token has no source, what is packed of its original position is 0 (spec 5.3). */
static int absent_original_is_zero(const struct context *c, unsigned i)
{
    for (int k = SMCF_COLUMN_SOURCE_LINE; k <= SMCF_COLUMN_SOURCE_COLUMN; k++) {
        const struct smc_column *column = &c->block->columns[k];
        if (column->encoding != SMCF_COLUMN_NONE &&
            smc_bits(c->cache->blocks + column->off, (uint64_t)i * column->width, column->width) !=
                0) {
            return 0;
        }
    }
    return 1;
}

/* Token by token; *key is the position of the one before. */
static smc_status check_values(const struct context *c, uint32_t index, uint64_t *key)
{
    const struct smc_block *block = c->block;

    for (unsigned i = 0; i < block->n; i++) {
        struct smc_token token;
        uint64_t next = smc_block_key(block, i);
        if (next < *key) {
            return fail_at(c, "tokens are not sorted", block->keys);
        }
        *key = next;
        if (smc_block_token(c->cache, block, index, i, &token) != SMC_OK) {
            return fail_at(c, "token with a source or name that does not exist", block->keys);
        }
        if (token.line == SMC_NONE || token.column == SMC_NONE || token.source_line == SMC_NONE ||
            token.source_column == SMC_NONE) {
            return fail_at(c, "token at an impossible position", block->keys);
        }
        if (token.source == SMC_NONE && !absent_original_is_zero(c, i)) {
            return fail_at(c, "token without a source has an original position", block->keys);
        }
    }
    return SMC_OK;
}

static smc_status check_block(const smc_cache *cache, uint32_t index, uint64_t start, uint64_t *end,
                              uint64_t *key, struct smc_error *error)
{
    const struct smcf_directory_entry *entry = &cache->directory[index];
    struct smc_block block;
    struct context c = {cache, &block, error};

    if (smcf_get64(entry->block_off) != start) {
        return fail_at(&c, "block does not start where the one before ends", entry->block_off.b);
    }
    if (smc_block_open(cache, index, &block) != SMC_OK) {
        return fail_at(&c, "block that cannot be read", entry->block_off.b);
    }
    uint64_t first =
        (uint64_t)smcf_get32(entry->first.line) << 32 | smcf_get32(entry->first.column);
    if (first != smc_block_key(&block, 0)) {
        return fail_at(&c, "directory entry differs from the block's first token",
                       entry->first.line.b);
    }
    if (index % SMCF_TOP_STRIDE == 0 &&
        memcmp(&cache->top[index / SMCF_TOP_STRIDE], &entry->first, sizeof entry->first) != 0) {
        return fail_at(&c, "top entry differs from the directory entry",
                       cache->top[index / SMCF_TOP_STRIDE].line.b);
    }
    if (!unused_bits_are_zero(block.keys, block.n, block.key_width)) {
        return fail_at(&c, "unused bits of a column are not zero", block.keys);
    }
    const struct smc_column *name = &block.columns[SMCF_COLUMN_NAME];
    uint64_t name_nbytes;
    if (smc_name_nbytes(cache, &block, &name_nbytes) != SMC_OK ||
        name_nbytes > cache->blocks_nbytes - name->off) {
        return fail_at(&c, "block that cannot be read", entry->block_off.b);
    }
    for (int k = 0; k < SMCF_N_COLUMNS; k++) {
        smc_status status = check_column(&c, &block.columns[k]);
        if (status != SMC_OK) {
            return status;
        }
    }
    if (block.columns[SMCF_COLUMN_SOURCE].encoding != SMCF_COLUMN_NONE &&
        (block.columns[SMCF_COLUMN_SOURCE_LINE].encoding == SMCF_COLUMN_NONE ||
         block.columns[SMCF_COLUMN_SOURCE_COLUMN].encoding == SMCF_COLUMN_NONE)) {
        return fail_at(&c, "block with sources but without their positions", entry->block_off.b);
    }
    *end = name->off + name_nbytes;
    return check_values(&c, index, key);
}

smc_status smc_check_tokens(const smc_cache *cache, struct smc_error *error)
{
    uint64_t start = 0, key = 0;

    for (uint32_t i = 0; i < cache->n_blocks; i++) {
        uint64_t end = 0;
        smc_status status = check_block(cache, i, start, &end, &key, error);
        if (status != SMC_OK) {
            return status;
        }
        start = end;
    }
    if (start != cache->blocks_nbytes) {
        return smc_fail(error, SMC_E_DAMAGED, "bytes after the last block",
                        smc_offset_of(cache, cache->blocks + start));
    }
    if (!smc_is_zero(cache->blocks + start, SMCF_GUARD_NBYTES)) {
        return smc_fail(error, SMC_E_DAMAGED, "guard is not zero",
                        smc_offset_of(cache, cache->blocks + start));
    }
    if (cache->n_tokens > 0 && key >> 32 >= smcf_get32(cache->info->n_lines)) {
        return smc_fail(error, SMC_E_DAMAGED, "token past the last generated line",
                        smc_offset_of(cache, &cache->info->n_lines));
    }
    return SMC_OK;
}
