/*
 * The lookup in a flat block: what minified code is made of. All its tokens are on one line, all have a
 * source, no original position follows a generated one, and a record takes at most 57 bits.
 *
 * It does what smc_block_find and smc_block_read do, with the fields of the header in registers and only the
 * branches that can be predicted. Tests hold it to them.
 */
#ifndef SMC_READER_FLAT_BLOCK_H
#define SMC_READER_FLAT_BLOCK_H

#include "src/reader/block.h"

#define SMC_FLAT_RECORD_WIDTH_MAX 57 /* one load has all of a record */

static SMC_ALWAYS_INLINE int smc_flat_flags_fit(unsigned flags)
{
    return (flags & (SMCF_BLOCK_LINES | SMCF_BLOCK_SOURCES | SMCF_BLOCK_SPARSE_SOURCES |
                     SMCF_BLOCK_FOLLOW_LINE | SMCF_BLOCK_FOLLOW_COLUMN)) == SMCF_BLOCK_SOURCES;
}

static SMC_ALWAYS_INLINE const uint8_t *smc_flat_records(const uint8_t *header, unsigned flags)
{
    return header + sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES +
           (flags & SMCF_BLOCK_SPARSE_NAMES) / (SMCF_BLOCK_SPARSE_NAMES / SMCF_BITMAP_NBYTES);
}

/* How many of the `run` <= 16 records from bit `at` on have a low part <= `low`; they ascend. */
static SMC_ALWAYS_INLINE unsigned smc_flat_count(const uint8_t *records, unsigned at,
                                                 unsigned record_width, unsigned low_width,
                                                 uint64_t low, unsigned run, int bmi2)
{
    uint64_t above = 0; /* bit k: record k is not */

    if (run <= 4 && record_width <= 28) { /* nearly always: two records a load */
        const uint64_t a = smc_bits_from(records, at);
        const uint64_t b = smc_bits_from(records, at + 2 * record_width);
        smc_add_bit(&above, low, smc_lowest(b >> record_width, low_width, bmi2));
        smc_add_bit(&above, low, smc_lowest(b, low_width, bmi2));
        smc_add_bit(&above, low, smc_lowest(a >> record_width, low_width, bmi2));
        smc_add_bit(&above, low, smc_lowest(a, low_width, bmi2));
    } else {
        for (unsigned k = run; k > 0; k--) {
            const unsigned bit = at + (k - 1) * record_width;
            smc_add_bit(&above, low, smc_bits_fast(records, bit, low_width, bmi2));
        }
    }
    return run - smc_popcount64(smc_lowest(above, run, bmi2), bmi2);
}

/* The tokens of a flat block with the same high part of their positions. */
struct smc_flat_run {
    unsigned n; /* how many: 16 at most. SMC_FLAT_NONE: there is no run, and all else is unset */
    unsigned start; /* the first of them */
    unsigned high;
    unsigned gap; /* the high part of the token before the run is so much less */
};

/* The block is not flat, or damaged, or something is rare: the token is to be looked up in another way. */
#define SMC_FLAT_NONE SMCF_BLOCK_TOKENS

/* Asks for the memory that smc_flat_block_read will want. */
static SMC_ALWAYS_INLINE void smc_flat_prefetch(uint64_t widths, const uint8_t *records,
                                                unsigned start)
{
    const unsigned record_width = smc_block_record_width(widths);
    const uint8_t *run = records + (start * record_width >> 3);
    const uint8_t *names = records + (size_t)record_width * (SMCF_BLOCK_TOKENS / 8);

    SMC_PREFETCH(run);
    SMC_PREFETCH(run + 24); /* most are not longer */
    SMC_PREFETCH(names);
    SMC_PREFETCH(names + 64);
    SMC_PREFETCH(names + 128);
}

/*
 * The run that `key` would be in, of block `index`, whose header is at `header`: one of SMCF_BLOCK_TOKENS
 * tokens, SMC_BLOCK_NBYTES_MAX or more before the end of the file. With `prefetches`, a constant, it asks for the
 * memory of its tokens, wherever the widths say that it is: they have not been checked.
 */
static SMC_ALWAYS_INLINE void smc_flat_block_find(const smc_cache *cache, uint32_t index,
                                                  const uint8_t *header, uint64_t key,
                                                  struct smc_flat_run *run, int prefetches,
                                                  int bmi2)
{
    const uint64_t widths = smc_load64(header);
    const uint64_t first = smc_load64((const uint8_t *)&cache->firsts[index]);
    const unsigned flags = (unsigned)(widths >> 48) & 0xff;
    const uint32_t distance = (uint32_t)key - (uint32_t)first;
    const uint32_t high = distance >> smcf_low_width((unsigned)widths);

    run->n = SMC_FLAT_NONE;
    if (!smc_flat_flags_fit(flags) || (key ^ first) >> 32 != 0 || high > SMCF_HIGH_MAX) {
        return;
    }
    const uint8_t *highs = header + sizeof(struct smcf_block);
    const unsigned zero = smc_select256(highs, UINT64_MAX, high, bmi2), end = zero - high;
    const unsigned up = (zero + 7) / 8;
    const uint64_t before = smc_load64(highs + up - 8) << (8 * up - zero);
    const unsigned n = smc_clz64(~before);
    const uint64_t rest = before << (n & 63);
    if (n > 16 || n > end || end > SMCF_BLOCK_TOKENS || rest == 0) {
        return;
    }
    run->n = n;
    run->start = end - n;
    run->high = high;
    run->gap = smc_clz64(rest);
    if (prefetches) {
        smc_flat_prefetch(widths, smc_flat_records(header, flags), run->start);
    }
}

/*
 * Reads the last token of the run at or before `key`, or if none is the one before the run. 0: the token is to be
 * looked up in another way.
 *
 * In a damaged block a width may be too large. Then what is read means nothing, but is in the file: only the sum of
 * the first five and the width of names say where.
 */
static SMC_ALWAYS_INLINE int smc_flat_block_read(const smc_cache *cache, uint32_t index,
                                                 const uint8_t *header, uint64_t key,
                                                 const struct smc_flat_run *run,
                                                 struct smc_token *token, int bmi2)
{
    const struct smcf_block *fields = (const void *)header;
    const uint64_t widths = smc_load64(header);
    const uint64_t first = smc_load64((const uint8_t *)&cache->firsts[index]);
    const unsigned flags = (unsigned)(widths >> 48) & 0xff;
    const unsigned low_width = smcf_low_width((unsigned)widths);
    const unsigned source_width = (unsigned)(widths >> 16) & 63;
    const unsigned line_width = (unsigned)(widths >> 24) & 63;
    const unsigned column_width = (unsigned)(widths >> 32) & 63;
    const unsigned name_width = (unsigned)(widths >> 40) & 63;
    const unsigned record_width = smc_block_record_width(widths);
    const uint8_t *presence = header + sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES;
    const uint8_t *records = smc_flat_records(header, flags);

    if (record_width > SMC_FLAT_RECORD_WIDTH_MAX) {
        return 0;
    }
    const unsigned n_below =
        smc_flat_count(records, run->start * record_width, record_width, low_width,
                       smc_lowest((uint32_t)key - (uint32_t)first, low_width, bmi2), run->n, bmi2);
    const unsigned i = run->start + n_below - 1;
    const uint32_t high = run->high - (run->gap & (0U - (n_below == 0)));
    if (i >= SMCF_BLOCK_TOKENS) {
        return 0;
    }
    uint64_t bits = smc_bits_from(records, (uint64_t)i * record_width);
    const uint32_t column =
        (uint32_t)first + (high << low_width) + (uint32_t)smc_lowest(bits, low_width, bmi2);
    bits >>= low_width;
    const uint32_t source =
        (uint32_t)smc_lowest(bits, source_width, bmi2) + smcf_get16(fields->source_base);
    bits >>= source_width;
    const uint64_t bases = smc_load64(header + offsetof(struct smcf_block, column_base));
    const uint32_t source_line = (uint32_t)smc_lowest(bits, line_width, bmi2) +
                                 (uint32_t)((int64_t)(bases << 24) >> 40) +
                                 smcf_line_slope_at((uint8_t)(widths >> 56), i);
    bits >>= line_width;
    const uint32_t source_column =
        (uint32_t)smc_lowest(bits, column_width, bmi2) + (uint32_t)(int16_t)bases;

    uint32_t name = SMC_NONE;
    const uint64_t word = smc_load64(presence + (size_t)(i >> 6) * 8); /* of the bitmap */
    if ((flags & SMCF_BLOCK_NAMES) != 0 &&
        ((flags & SMCF_BLOCK_SPARSE_NAMES) == 0 || (word >> (i & 63) & 1) != 0)) {
        unsigned r = i, n_present = SMCF_BLOCK_TOKENS;
        if ((flags & SMCF_BLOCK_SPARSE_NAMES) != 0) {
            const unsigned n_low = smc_popcount64(smc_load64(presence), bmi2);
            n_present = n_low + smc_popcount64(smc_load64(presence + 8), bmi2);
            r = (n_low & (0U - (i >> 6))) + smc_popcount64(smc_lowest(word, i & 63, bmi2), bmi2);
        }
        const uint8_t *slots = records + (size_t)record_width * (SMCF_BLOCK_TOKENS / 8),
                      *values = slots;
        if ((flags & SMCF_BLOCK_NAME_SLOTS) != 0) {
            const unsigned slot_width = smcf_slot_width((unsigned)widths);
            r = (unsigned)smc_bits_fast(slots, (uint64_t)r * slot_width, slot_width, bmi2);
            values += (n_present * slot_width + 7) / 8;
        }
        name = (uint32_t)smc_bits_fast(values, (uint64_t)r * name_width, name_width, bmi2) +
               (uint32_t)(bases >> 40);
        if (name >= cache->n_names) {
            return 0;
        }
    }
    if (source >= cache->n_sources || column > (uint32_t)key) {
        return 0;
    }
    token->index = index * SMCF_BLOCK_TOKENS + i;
    token->line = (uint32_t)(first >> 32);
    token->column = column;
    token->source = source;
    token->source_line = source_line;
    token->source_column = source_column;
    token->name = name;
    token->flags = 0;
    return 1;
}

#endif
