/*
 * The token index (spec 5): order, contiguity, every value, every unused bit.
 */
#include "src/verify/checks.h"

struct context {
    const smc_cache *cache;
    const struct smc_block *block;
    const struct smc_block_names *names;
    struct smc_error *error;
};

static smc_status fail_at(const struct context *c, const char *reason, const void *at)
{
    return smc_fail(c->error, SMC_E_DAMAGED, reason, smc_offset_of(c->cache, at));
}

/* Whether a bitmap has ones among its first n <= 128 bits only. */
static int bitmap_fits(const uint8_t *bitmap, unsigned n)
{
    return n == SMCF_BLOCK_TOKENS || smc_bitmap_rank(bitmap, n, 0) == smc_bitmap_count(bitmap, 0);
}

/* Whether a presence bitmap says that some of n tokens have a value, but not all. */
static int presence_fits(const uint8_t *bitmap, unsigned n)
{
    unsigned n_present = smc_bitmap_count(bitmap, 0);
    return bitmap_fits(bitmap, n) && n_present > 0 && n_present < n;
}

/* Flags that say the same as others, and fields that mean nothing (spec 5.2). */
static smc_status check_header(const struct context *c)
{
    static const unsigned of_sources =
        SMCF_BLOCK_SPARSE_SOURCES | SMCF_BLOCK_FOLLOW_LINE | SMCF_BLOCK_FOLLOW_COLUMN;
    static const unsigned of_names = SMCF_BLOCK_SPARSE_NAMES | SMCF_BLOCK_NAME_SLOTS;
    const struct smcf_block *header = c->block->header;
    const int has_sources = smc_block_has(c->block, SMCF_BLOCK_SOURCES);
    const int has_names = smc_block_has(c->block, SMCF_BLOCK_NAMES);
    const uint8_t *widths = header->widths;

    if ((!has_sources &&
         (widths[SMCF_COLUMN_SOURCE] != 0 || widths[SMCF_COLUMN_SOURCE_LINE] != 0 ||
          widths[SMCF_COLUMN_SOURCE_COLUMN] != 0 || smcf_get16(header->source_base) != 0 ||
          smcf_line_base(header) != 0 || smcf_column_base(header) != 0)) ||
        (!has_names && (widths[SMCF_COLUMN_NAME] != 0 || smcf_get24(header->name_base) != 0))) {
        return fail_at(c, "column without values has a width or a base", header);
    }
    if ((!has_sources && (header->flags & of_sources) != 0) ||
        (!has_names && (header->flags & of_names) != 0) ||
        (!smc_block_has(c->block, SMCF_BLOCK_NAME_SLOTS) &&
         smcf_slot_width(header->low_slot_widths) != 0) ||
        (!smc_block_has(c->block, SMCF_BLOCK_LINES) && header->column_width != 0)) {
        return fail_at(c, "flags of a block contradict each other", header);
    }
    if (header->line_slope != SMCF_LINE_SLOPE_NONE &&
        (!has_sources || smc_block_has(c->block, SMCF_BLOCK_FOLLOW_LINE))) {
        return fail_at(c, "slope of source lines that have none", header);
    }
    return SMC_OK;
}

static smc_status check_bits(const struct context *c)
{
    const struct smc_block *block = c->block;
    unsigned n_ones =
        smc_bitmap_count(block->highs, 0) + smc_bitmap_count(block->highs + SMCF_BITMAP_NBYTES, 0);

    if (n_ones != block->n ||
        smc_select256(block->highs, 0, n_ones - 1, 0) - (n_ones - 1) > SMCF_HIGH_MAX) {
        return fail_at(c, "highs are not those of the block's tokens", block->highs);
    }
    if (smc_block_has(block, SMCF_BLOCK_SPARSE_SOURCES) &&
        !presence_fits(block->source_presence, block->n)) {
        return fail_at(c, "presence bits do not fit the tokens of the block",
                       block->source_presence);
    }
    if (!smc_unused_bits_are_zero(block->records, block->n, block->record_width)) {
        return fail_at(c, "unused bits of packed values are not zero", block->records);
    }
    return SMC_OK;
}

/* Spec 5.3. Slots are given in the order of first use, and no two have the same name. */
static smc_status check_slots(const struct context *c, const struct smc_block_names *names)
{
    unsigned n_used = 0;

    for (unsigned r = 0; r < names->n_slots; r++) {
        uint64_t slot =
            smc_bits(c->block->slots, (uint64_t)r * names->slot_width, names->slot_width);
        if (slot > n_used) {
            return fail_at(c, "slot of a name before those of lower numbers", c->block->slots);
        }
        n_used += slot == n_used;
    }
    if (names->slot_width != smcf_bit_width(n_used - 1)) {
        return fail_at(c, "slots of a wrong width", &c->block->header->low_slot_widths);
    }
    for (unsigned i = 0; i < names->n_values; i++) { /* at most 128: no need to be clever */
        uint64_t value = smc_bits(names->values, (uint64_t)i * names->width, names->width);
        for (unsigned j = 0; j < i; j++) {
            if (value == smc_bits(names->values, (uint64_t)j * names->width, names->width)) {
                return fail_at(c, "two slots with the same name", names->values);
            }
        }
    }
    return SMC_OK;
}

static smc_status check_names(const struct context *c, const struct smc_block_names *names)
{
    const struct smc_block *block = c->block;

    if (smc_block_has(block, SMCF_BLOCK_SPARSE_NAMES) &&
        !presence_fits(block->name_presence, block->n)) {
        return fail_at(c, "presence bits do not fit the tokens of the block", block->name_presence);
    }
    if (!smc_unused_bits_are_zero(block->slots, names->n_slots, names->slot_width) ||
        !smc_unused_bits_are_zero(names->values, names->n_values, names->width)) {
        return fail_at(c, "unused bits of packed values are not zero", block->slots);
    }
    return smc_block_has(block, SMCF_BLOCK_NAME_SLOTS) ? check_slots(c, names) : SMC_OK;
}

/* Where a token has no source, what is packed of its original position is 0 (spec 5.2). */
static int absent_original_is_zero(const struct smc_block *block, unsigned i)
{
    const uint8_t *widths = block->header->widths;
    uint64_t bit = (uint64_t)i * block->record_width + block->low_width + block->column_width;

    for (int k = SMCF_COLUMN_SOURCE; k <= SMCF_COLUMN_SOURCE_COLUMN; k++) {
        if (smc_bits(block->records, bit, widths[k]) != 0) {
            return 0;
        }
        bit += widths[k];
    }
    return 1;
}

/* Token by token; *key is the position of the one before. */
static smc_status check_values(const struct context *c, uint32_t index, uint64_t *key)
{
    const struct smc_block *block = c->block;
    struct smc_token token = {0};

    for (unsigned i = 0; i < block->n; i++) {
        if (smc_block_token(c->cache, block, c->names, index, i, &token) != SMC_OK) {
            return fail_at(c, "token with a source or name that does not exist", block->records);
        }
        uint64_t next = (uint64_t)token.line << 32 | token.column;
        if (i == 0 && (token.line != block->line || token.column != block->column)) {
            return fail_at(c, "directory entry differs from the block's first token",
                           &c->cache->firsts[index]);
        }
        if (next < *key) {
            return fail_at(c, "tokens are not sorted", block->records);
        }
        *key = next;
        if (token.source == SMC_NONE && c->cache->ranges != NULL &&
            (c->cache->ranges[token.index / 8] >> token.index % 8 & 1) != 0) {
            return fail_at(c, "range mapping without an original position",
                           c->cache->ranges + token.index / 8);
        }
        if (token.line > SMCF_LINE_MAX || token.column == SMC_NONE ||
            token.source_line == SMC_NONE || token.source_column == SMC_NONE) {
            return fail_at(c, "token at an impossible position", block->records);
        }
        if (token.source == SMC_NONE && !absent_original_is_zero(block, i)) {
            return fail_at(c, "token without a source has an original position", block->records);
        }
    }
    return (token.line != block->line) == smc_block_has(block, SMCF_BLOCK_LINES)
               ? SMC_OK
               : fail_at(c, "flags of a block contradict its lines", block->header);
}

static smc_status check_block(const smc_cache *cache, uint32_t index, uint64_t start, uint64_t *end,
                              uint64_t *key, struct smc_error *error)
{
    const struct smcf_position *first = &cache->firsts[index];
    const struct smcf_le32 *off = &cache->block_offs[index];
    struct smc_block block;
    struct smc_block_names names;
    struct context c = {cache, &block, &names, error};
    smc_status status;

    if (smcf_get32(*off) != start) {
        return fail_at(&c, "block does not start where the one before ends", off);
    }
    const struct smcf_position *middle = &cache->middle[index / SMCF_FANOUT];
    const struct smcf_position *top = &cache->top[index / (SMCF_FANOUT * SMCF_FANOUT)];
    if (index % SMCF_FANOUT == 0 && memcmp(middle, first, sizeof *first) != 0) {
        return fail_at(&c, "levels of the directory contradict each other", middle);
    }
    if (index % (SMCF_FANOUT * SMCF_FANOUT) == 0 && memcmp(top, first, sizeof *first) != 0) {
        return fail_at(&c, "levels of the directory contradict each other", top);
    }
    if (smc_block_open(cache, index, &block, &names) != SMC_OK) {
        return fail_at(&c, "block that cannot be read", off);
    }
    if ((status = check_header(&c)) != SMC_OK || (status = check_bits(&c)) != SMC_OK) {
        return status;
    }
    if ((status = check_names(&c, &names)) != SMC_OK) {
        return status;
    }
    *end = (uint64_t)(names.end - cache->blocks);
    return check_values(&c, index, key);
}

/* Spec 5.5. */
static smc_status check_ranges(const smc_cache *cache, struct smc_error *error)
{
    const uint8_t *ranges = cache->ranges;
    const uint64_t nbytes = smcf_packed_nbytes(cache->n_tokens, 1);

    if (ranges == NULL) {
        return SMC_OK;
    }
    if (!smc_unused_bits_are_zero(ranges, cache->n_tokens, 1)) {
        return smc_fail(error, SMC_E_DAMAGED, "unused bits of RANGES are not zero",
                        smc_offset_of(cache, ranges + nbytes - 1));
    }
    if (smc_is_zero(ranges, (size_t)nbytes)) {
        return smc_fail(error, SMC_E_DAMAGED, "RANGES without a range mapping",
                        smc_offset_of(cache, ranges));
    }
    return SMC_OK;
}

smc_status smc_check_tokens(const smc_cache *cache, struct smc_error *error)
{
    uint64_t start = 0, key = 0;

    if (cache->blocks_nbytes > SMCF_BLOCKS_NBYTES_MAX) {
        return smc_fail(error, SMC_E_DAMAGED, "guard of BLOCKS too far from its start",
                        smc_offset_of(cache, cache->blocks));
    }
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
    return check_ranges(cache, error);
}
