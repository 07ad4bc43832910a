/*
 * A block of tokens, read in place (spec 5.2, 5.3).
 *
 * All of it is inlined into the lookup (lookup.c), which is compiled for two kinds of processors:
 * `bmi2` is a constant, see bits.h.
 */
#ifndef SMC_READER_BLOCK_H
#define SMC_READER_BLOCK_H

#include "src/reader/bits.h"
#include "src/reader/cache.h"

/* More than a block can take whose widths are in their limits, even a damaged one, with what loads
 * read behind it. A block that starts so far from the end of the file needs no other check. */
#define SMC_BLOCK_NBYTES_MAX 3200

_Static_assert(sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES + (size_t)2 * SMCF_BITMAP_NBYTES +
                       /* records, names, slots of up to 8 bits */
                       (size_t)SMCF_BLOCK_TOKENS *
                           (SMCF_LOW_WIDTH_MAX + 5 * SMCF_COLUMN_WIDTH_MAX + 8) / 8 +
                       SMCF_GUARD_NBYTES <=
                   SMC_BLOCK_NBYTES_MAX,
               "spec 5.2, 5.3");

struct smc_block {
    const struct smcf_block *header;
    uint32_t line, column; /* generated, of the first token */
    unsigned n;            /* tokens, 1 .. 128 */
    unsigned flags, low_width, column_width, record_width;
    const uint8_t *highs;
    const uint8_t *source_presence, *name_presence; /* where the flags say so */
    const uint8_t *records;
    const uint8_t *slots; /* or the values of the names, without SMCF_BLOCK_NAME_SLOTS */
};

/* The names of a block (spec 5.3). */
struct smc_block_names {
    unsigned n_slots, slot_width, n_values, width;
    const uint8_t *values;
    const uint8_t *end; /* of the block */
};

/* Opens block `index` < n_blocks. SMC_E_DAMAGED unless all of it is inside BLOCKS. */
smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block,
                          struct smc_block_names *names);

/* Token `i` < n of block `index`. Views are left out. `names`: as smc_block_name has it. SMC_E_DAMAGED where an
 * index leads nowhere. */
smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block,
                           const struct smc_block_names *names, uint32_t index, unsigned i,
                           struct smc_token *token);

/* The last token of block `index` at or before line << 32 | column = key. SMC_E_DAMAGED if there is
 * none. */
smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token);

static SMC_ALWAYS_INLINE int smc_block_has(const struct smc_block *block, enum smcf_block_flag flag)
{
    return (block->flags & flag) != 0;
}

/* Whether all widths of a header, its first six bytes, are in their limits. */
static SMC_ALWAYS_INLINE int smc_block_widths_fit(uint64_t header)
{
    const uint64_t ones = UINT64_C(0x010101010101);
    /* A byte gets its highest bit if it has it already or is more than its limit. */
    const uint64_t limits =
        SMCF_COLUMN_WIDTH_MAX * ones - (SMCF_COLUMN_WIDTH_MAX - SMCF_LOW_WIDTH_MAX);
    header = (header & ~UINT64_C(0xff)) | smcf_low_width((unsigned)header);
    const uint64_t above = (header & 0x7f * ones) + 0x7f * ones - limits;
    return ((above | header) & 0x80 * ones) == 0;
}

/* The sum of the first five widths. */
static SMC_ALWAYS_INLINE unsigned smc_block_record_width(uint64_t header)
{
    const uint64_t widths = (header & UINT64_C(0xffffffff00)) | smcf_low_width((unsigned)header);
    return (unsigned)(widths * UINT64_C(0x0101010101) >> 32) & 0xff;
}

/* Where everything is in the block at `header`; 0 if its widths are not in their limits. */
static SMC_ALWAYS_INLINE int smc_block_parse(const smc_cache *cache, uint32_t index,
                                             const uint8_t *header, struct smc_block *block)
{
    const struct smcf_position *first = &cache->firsts[index];
    const uint32_t n = cache->n_tokens - index * SMCF_BLOCK_TOKENS;
    const uint64_t widths = smc_load64(header);
    const unsigned flags = (unsigned)(widths >> 48) & 0xff;

    block->header = (const void *)header;
    block->line = smcf_get32(first->line);
    block->column = smcf_get32(first->column);
    block->n = n < SMCF_BLOCK_TOKENS ? n : SMCF_BLOCK_TOKENS;
    block->flags = flags;
    block->low_width = smcf_low_width((unsigned)widths);
    block->column_width = (unsigned)(widths >> 8) & 0xff;
    block->record_width = smc_block_record_width(widths);
    block->highs = header + sizeof *block->header;
    block->source_presence = block->highs + SMCF_HIGHS_NBYTES;
    block->name_presence =
        block->source_presence + (size_t)(flags & SMCF_BLOCK_SPARSE_SOURCES) *
                                     (SMCF_BITMAP_NBYTES / SMCF_BLOCK_SPARSE_SOURCES);
    block->records = block->name_presence + (flags & SMCF_BLOCK_SPARSE_NAMES) /
                                                (SMCF_BLOCK_SPARSE_NAMES / SMCF_BITMAP_NBYTES);
    block->slots = block->records + (size_t)smcf_packed_nbytes(block->n, block->record_width);
    return smc_block_widths_fit(widths);
}

/* The name of token `i`, which may be one that does not exist; SMC_NONE if it has none. Where `names`
 * is not NULL, what is outside of the block is not read; where it is, see SMC_BLOCK_NBYTES_MAX. */
static SMC_ALWAYS_INLINE uint32_t smc_block_name(const struct smc_block *block,
                                                 const struct smc_block_names *names, unsigned i,
                                                 int bmi2)
{
    const struct smcf_block *header = block->header;
    const uint8_t *values = block->slots;
    unsigned n_present = block->n;

    if (!smc_block_has(block, SMCF_BLOCK_NAMES)) {
        return SMC_NONE;
    }
    if (smc_block_has(block, SMCF_BLOCK_SPARSE_NAMES)) {
        const uint8_t *presence = block->name_presence;
        if (!smc_bitmap_get(presence, i)) {
            return SMC_NONE;
        }
        n_present = smc_bitmap_count(presence, bmi2);
        i = smc_bitmap_rank(presence, i, bmi2);
    }
    if (smc_block_has(block, SMCF_BLOCK_NAME_SLOTS)) {
        const unsigned slot_width = smcf_slot_width(header->low_slot_widths);
        values += (n_present * slot_width + 7) / 8;
        i = (unsigned)smc_bits_fast(block->slots, (uint64_t)i * slot_width, slot_width, bmi2);
    }
    if (names != NULL && i >= names->n_values) {
        return SMC_NONE - 1; /* no file has so many */
    }
    const unsigned width = header->widths[SMCF_COLUMN_NAME];
    const uint32_t name = (uint32_t)smc_bits_fast(values, (uint64_t)i * width, width, bmi2) +
                          smcf_get24(header->name_base);
    return name - (name == SMC_NONE); /* of a damaged file: a name that does not exist, not none */
}

/* The original position of token `i`, whose record is at `bit` from its source on. */
static SMC_ALWAYS_INLINE void smc_block_original(const struct smc_block *block, unsigned i,
                                                 unsigned bit, struct smc_token *token, int bmi2)
{
    const struct smcf_block *header = block->header;
    const unsigned source_width = header->widths[SMCF_COLUMN_SOURCE];
    const unsigned line_width = header->widths[SMCF_COLUMN_SOURCE_LINE];
    const unsigned column_width = header->widths[SMCF_COLUMN_SOURCE_COLUMN];
    uint64_t bits = smc_bits_from(block->records, bit);

    token->source =
        smcf_get16(header->source_base) + (uint32_t)smc_lowest(bits, source_width, bmi2);
    if (block->record_width <= 57) { /* nearly all: it was one load */
        bits >>= source_width;
    } else {
        bits = smc_bits_from(block->records, bit + source_width);
    }
    token->source_line = smcf_line_base(header) + (uint32_t)smc_lowest(bits, line_width, bmi2) +
                         smcf_line_slope_at(header->line_slope, i) +
                         (smc_block_has(block, SMCF_BLOCK_FOLLOW_LINE) ? token->line : 0);
    if (block->record_width <= 57) {
        bits >>= line_width;
    } else {
        bits = smc_bits_from(block->records, bit + source_width + line_width);
    }
    token->source_column = smcf_column_base(header) +
                           (uint32_t)smc_lowest(bits, column_width, bmi2) +
                           (smc_block_has(block, SMCF_BLOCK_FOLLOW_COLUMN) ? token->column : 0);
}

/* Token `i`, whose high part is `high`; 0 if its source or name does not exist. `has_lines`, here and
 * below, says whether the block has SMCF_BLOCK_LINES: a constant in the lookup. */
static SMC_ALWAYS_INLINE int smc_block_read(const smc_cache *cache, const struct smc_block *block,
                                            const struct smc_block_names *names, uint32_t index,
                                            unsigned i, uint32_t high, struct smc_token *token,
                                            int has_lines, int bmi2)
{
    const unsigned bit = i * block->record_width;
    const unsigned column_width = has_lines ? block->column_width : 0;
    const unsigned key_width = block->low_width + column_width;
    const uint64_t key = smc_bits_fast(block->records, bit, key_width, bmi2);
    const uint32_t primary = (high << block->low_width) + (uint32_t)(key >> column_width);
    int is_good = 1;

    token->index = index * SMCF_BLOCK_TOKENS + i;
    token->flags = 0;
    if (has_lines) {
        token->line = block->line + primary;
        token->column = (uint32_t)smc_lowest(key, column_width, bmi2);
    } else {
        token->line = block->line;
        token->column = block->column + primary;
    }
    if (smc_block_has(block, SMCF_BLOCK_SOURCES) &&
        (!smc_block_has(block, SMCF_BLOCK_SPARSE_SOURCES) ||
         smc_bitmap_get(block->source_presence, i))) {
        smc_block_original(block, i, bit + key_width, token, bmi2);
        is_good = token->source < cache->n_sources;
    } else {
        token->source = SMC_NONE;
        token->source_line = 0;
        token->source_column = 0;
    }
    token->name = smc_block_name(block, names, i, bmi2);
    return is_good & (token->name < cache->n_names || token->name == SMC_NONE);
}

/* How many of the `n` tokens from `start` on, whose keys ascend, have a key < target. */
static SMC_ALWAYS_INLINE unsigned smc_block_count_below(const struct smc_block *block,
                                                        unsigned start, unsigned n, uint64_t target,
                                                        int has_lines, int bmi2)
{
    const unsigned width = block->record_width;
    const unsigned key_width = block->low_width + (has_lines ? block->column_width : 0);
    const unsigned bit = start * width;
    unsigned count = 0;

    if (n <= 4 && width <= 28) {
        /* Nearly all: four keys, two a load, and no branch that could be mispredicted. */
        const uint64_t a = smc_bits_from(block->records, bit);
        const uint64_t b = smc_bits_from(block->records, bit + 2 * width);
        unsigned below = smc_lowest(b >> width, key_width, bmi2) < target;
        below += below + (smc_lowest(b, key_width, bmi2) < target);
        below += below + (smc_lowest(a >> width, key_width, bmi2) < target);
        below += below + (smc_lowest(a, key_width, bmi2) < target);
        return smc_popcount64(smc_lowest(below, n, bmi2), bmi2);
    }
    while (n > 0) {
        unsigned half = (n + 1) / 2;
        unsigned probe = bit + (count + half - 1) * width;
        if (smc_bits_fast(block->records, probe, key_width, bmi2) < target) {
            count += half;
            n -= half;
        } else {
            n = half - 1;
        }
    }
    return count;
}

/* The last token at or before line << 32 | column = key, and its high part; n or more: none. */
static SMC_ALWAYS_INLINE unsigned smc_block_find(const struct smc_block *block, uint64_t key,
                                                 uint32_t *high, int has_lines, int bmi2)
{
    const uint32_t line = (uint32_t)(key >> 32), column = (uint32_t)key;
    uint32_t primary;
    uint64_t target;

    /* The tokens at or before the position are those with a lower high part, and with the same high
     * part those with a key below the target. */
    if (has_lines) {
        const uint64_t n_columns = UINT64_C(1) << block->column_width;
        primary = line - block->line;
        target = (smc_lowest(primary, block->low_width, bmi2) << block->column_width) +
                 (column < n_columns ? column + UINT64_C(1) : n_columns);
    } else {
        primary = line == block->line ? column - block->column : UINT32_MAX;
        target = smc_lowest(primary, block->low_width, bmi2) + 1;
    }
    uint32_t h = primary >> block->low_width;
    if (h > SMCF_HIGH_MAX) { /* after all tokens */
        h = SMCF_HIGH_MAX;
        target = UINT64_MAX;
    }
    /* The tokens with high part h are the run of ones before zero number h. */
    const unsigned zero = smc_select256(block->highs, UINT64_MAX, h, bmi2), end = zero - h;
    if (end > block->n) { /* damaged: more ones than tokens */
        return end;
    }
    /* The bits before that zero, 57 at least, as the highest ones. (Bits of the header, if there
     * are fewer: `end` tells how many ones there can be.) */
    const unsigned up = (zero + 7) / 8;
    const uint64_t before = smc_load64(block->highs + up - 8) << (8 * up - zero);
    unsigned run = smc_clz64(~before);
    if (run > 56) { /* or longer: from zero number h - 1 on */
        run = end - (h == 0 ? 0 : smc_select256(block->highs, UINT64_MAX, h - 1, bmi2) - (h - 1));
    }
    run = run < end ? run : end;
    const unsigned n_below = smc_block_count_below(block, end - run, run, target, has_lines, bmi2);
    const unsigned i = end - run + n_below - 1;
    /* With none below it is the one before the run: as many zeros less as are between them. Without a
     * branch, which nobody could predict. */
    const uint64_t rest = run < 57 ? before << run : 0;
    if (rest == 0) { /* further apart; or there is no such one */
        h = n_below == 0 ? smc_select256(block->highs, 0, i % SMCF_BLOCK_TOKENS, bmi2) - i : h;
    } else {
        h -= smc_clz64(rest) & (0U - (n_below == 0));
    }
    *high = h;
    return i;
}

#endif
