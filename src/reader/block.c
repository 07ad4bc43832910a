/*
 * Opening a block, finding a token in it, reading the token (spec 5.2, 5.3).
 *
 * The lookup is one function for the compiler, which calls cost a tenth of its time, and there are
 * two of it on x86-64: one for all processors, one for those with POPCNT and BMI2.
 */
#include "src/reader/block.h"

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_BMI2_VARIANT 1
#endif

/* Whether the widths are in their limits: the first six bytes of the header, at once. */
static inline int widths_fit(const struct smcf_block *header)
{
    const uint64_t ones = UINT64_C(0x010101010101), x = smc_load64(&header->low_width);
    /* A byte gets its highest bit if it has it already or is 33 or more. */
    const uint64_t above = (x & 0x7f * ones) + (0x80 - SMCF_COLUMN_WIDTH_MAX - 1) * ones;
    return ((above | x) & 0x80 * ones) == 0 && header->low_width <= SMCF_LOW_WIDTH_MAX;
}

/* Bytes of a bitmap if the block has it. */
static inline unsigned bitmap_nbytes(unsigned flags, enum smcf_block_flag flag)
{
    return (flags & flag) / flag * SMCF_BITMAP_NBYTES;
}

static SMC_ALWAYS_INLINE smc_status block_open(const smc_cache *cache, uint32_t index,
                                               struct smc_block *block)
{
    const struct smcf_directory_entry *entry = &cache->directory[index];
    const uint64_t off = smcf_get64(entry->block_off), limit = cache->blocks_nbytes;
    const uint32_t n = cache->n_tokens - index * SMCF_BLOCK_TOKENS;

    if (off > limit || limit - off < sizeof(struct smcf_block) + SMCF_HIGHS_NBYTES) {
        return SMC_E_DAMAGED;
    }
    const struct smcf_block *header = (const void *)(cache->blocks + off);
    const uint8_t *widths = header->widths;
    const unsigned flags = header->flags;

    block->header = header;
    block->line = smcf_get32(entry->first.line);
    block->column = smcf_get32(entry->first.column);
    block->n = n < SMCF_BLOCK_TOKENS ? n : SMCF_BLOCK_TOKENS;
    block->key_width = header->low_width + (unsigned)header->column_width;
    block->record_width = block->key_width + widths[SMCF_COLUMN_SOURCE] +
                          widths[SMCF_COLUMN_SOURCE_LINE] + widths[SMCF_COLUMN_SOURCE_COLUMN];
    block->highs = (const uint8_t *)header + sizeof *header;
    /* These sums cannot wrap around: a block takes a few kilobytes at the most. */
    uint64_t records = SMCF_HIGHS_NBYTES + bitmap_nbytes(flags, SMCF_BLOCK_SPARSE_SOURCES);
    uint64_t names = records + smcf_packed_nbytes(block->n, block->record_width);
    uint64_t end = names + bitmap_nbytes(flags, SMCF_BLOCK_SPARSE_NAMES) +
                   bitmap_nbytes(flags, SMCF_BLOCK_RECUR_NAMES);
    if (!widths_fit(header) || end > limit - off - sizeof *header) {
        return SMC_E_DAMAGED;
    }
    block->records = block->highs + records;
    block->names = block->highs + names;
    return SMC_OK;
}

/* Packed value `i` of the run `skip` bytes after `at`, which is inside BLOCKS; 0 if that value is not.
 * (One that starts inside is read: there is the guard. Whether it also ends inside is for verify.) */
static inline int value_at(const smc_cache *cache, const uint8_t *at, uint64_t skip, unsigned i,
                           unsigned width, uint32_t *value)
{
    const uint64_t off = (uint64_t)(at - cache->blocks) + skip, bit = (uint64_t)i * width;

    if (off + bit / 8 > cache->blocks_nbytes) {
        return 0;
    }
    *value = (uint32_t)smc_bits(cache->blocks + off, bit, width);
    return 1;
}

/* The name of token `i`; 0 if the block is damaged. */
static SMC_ALWAYS_INLINE int name_of(const smc_cache *cache, const struct smc_block *block,
                                     unsigned i, uint32_t *name, int bmi2)
{
    const unsigned flags = block->header->flags, width = block->header->widths[SMCF_COLUMN_NAME];
    const uint8_t *at = block->names;

    *name = SMC_NONE;
    if ((flags & SMCF_BLOCK_NAMES) == 0) {
        return 1;
    }
    if ((flags & SMCF_BLOCK_SPARSE_NAMES) != 0) {
        if (!smc_bitmap_get(at, i)) {
            return 1;
        }
        i = smc_bitmap_rank(at, i, bmi2);
        at += SMCF_BITMAP_NBYTES;
    }
    if ((flags & SMCF_BLOCK_RECUR_NAMES) != 0) {
        const uint8_t *first = at;
        unsigned n_values = smc_bitmap_count(first, bmi2);
        unsigned n_before = smc_bitmap_rank(first, i, bmi2);
        uint32_t repeat;
        at += SMCF_BITMAP_NBYTES;
        if (!value_at(cache, at, smcf_packed_nbytes(n_values, width), i - n_before,
                      smcf_repeat_width(n_values), &repeat)) {
            return 0;
        }
        /* A mask instead of a choice, which would be a branch that nobody can predict. */
        i = repeat ^ ((repeat ^ n_before) & (0U - smc_bitmap_get(first, i)));
        if (i >= n_values) {
            return 0;
        }
    }
    if (!value_at(cache, at, 0, i, width, name)) {
        return 0;
    }
    *name += smcf_get32(block->header->bases[SMCF_COLUMN_NAME]);
    return *name < cache->n_names;
}

/* Token `i`, whose high part is `high`. */
static SMC_ALWAYS_INLINE smc_status token_of(const smc_cache *cache, const struct smc_block *block,
                                             uint32_t index, unsigned i, uint32_t high,
                                             struct smc_token *token, int bmi2)
{
    const struct smcf_block *header = block->header;
    const unsigned flags = header->flags, column_width = header->column_width;
    uint64_t bit = (uint64_t)i * block->record_width;
    const uint64_t key = smc_bits(block->records, bit, block->key_width);
    const uint32_t primary = (high << header->low_width) + (uint32_t)(key >> column_width);

    token->index = index * SMCF_BLOCK_TOKENS + i;
    if ((flags & SMCF_BLOCK_LINES) != 0) {
        token->line = block->line + primary;
        token->column = (uint32_t)(key & ((UINT64_C(1) << column_width) - 1));
    } else {
        token->line = block->line;
        token->column = block->column + primary;
    }
    token->source = SMC_NONE;
    token->source_line = 0;
    token->source_column = 0;
    token->flags = 0;
    if ((flags & SMCF_BLOCK_SOURCES) != 0 &&
        ((flags & SMCF_BLOCK_SPARSE_SOURCES) == 0 ||
         smc_bitmap_get(block->highs + SMCF_HIGHS_NBYTES, i))) {
        const uint8_t *widths = header->widths;
        bit += block->key_width;
        uint64_t source = smc_bits(block->records, bit, widths[SMCF_COLUMN_SOURCE]);
        bit += widths[SMCF_COLUMN_SOURCE];
        uint64_t line = smc_bits(block->records, bit, widths[SMCF_COLUMN_SOURCE_LINE]);
        bit += widths[SMCF_COLUMN_SOURCE_LINE];
        uint64_t column = smc_bits(block->records, bit, widths[SMCF_COLUMN_SOURCE_COLUMN]);
        token->source = smcf_get32(header->bases[SMCF_COLUMN_SOURCE]) + (uint32_t)source;
        if (token->source >= cache->n_sources) {
            return SMC_E_DAMAGED;
        }
        SMC_PREFETCH(&cache->sources[token->source]); /* the caller wants its name */
        token->source_line = smcf_get32(header->bases[SMCF_COLUMN_SOURCE_LINE]) + (uint32_t)line +
                             smcf_line_slope_at(header->line_slope, i) +
                             ((flags & SMCF_BLOCK_FOLLOW_LINE) != 0 ? token->line : 0);
        token->source_column = smcf_get32(header->bases[SMCF_COLUMN_SOURCE_COLUMN]) +
                               (uint32_t)column +
                               ((flags & SMCF_BLOCK_FOLLOW_COLUMN) != 0 ? token->column : 0);
    }
    return name_of(cache, block, i, &token->name, bmi2) ? SMC_OK : SMC_E_DAMAGED;
}

/* How many of the `n` tokens from `start` on, whose keys ascend, have a key < target. */
static SMC_ALWAYS_INLINE unsigned count_below(const struct smc_block *block, unsigned start,
                                              unsigned n, uint64_t target)
{
    const unsigned width = block->record_width;
    const uint64_t bit = (uint64_t)start * width;
    unsigned count = 0;

    if (n <= 4) { /* on one line mostly: no branch that could be mispredicted */
        for (unsigned k = 0; k < 4; k++) {
            count += (k < n) & (smc_bits(block->records, bit + (uint64_t)k * width,
                                         block->key_width) < target);
        }
        return count;
    }
    while (n > 0) {
        unsigned half = (n + 1) / 2;
        uint64_t probe = bit + (uint64_t)(count + half - 1) * width;
        if (smc_bits(block->records, probe, block->key_width) < target) {
            count += half;
            n -= half;
        } else {
            n = half - 1;
        }
    }
    return count;
}

/* The last token at or before line << 32 | column = key, and its high part; n or more: none. */
static SMC_ALWAYS_INLINE unsigned last_in_block(const struct smc_block *block, uint64_t key,
                                                uint32_t *high, int bmi2)
{
    const struct smcf_block *header = block->header;
    const uint32_t line = (uint32_t)(key >> 32), column = (uint32_t)key;
    const uint32_t primary = (header->flags & SMCF_BLOCK_LINES) != 0 ? line - block->line
                             : line == block->line                   ? column - block->column
                                                                     : UINT32_MAX;
    const uint64_t low = primary & ((1U << header->low_width) - 1);
    const uint64_t n_columns = UINT64_C(1) << header->column_width;
    /* The tokens at or before the position are those with a lower high part, and with the same high
     * part those with a key below this one. */
    uint64_t target =
        (low << header->column_width) + (column < n_columns ? column + UINT64_C(1) : n_columns);
    uint32_t h = primary >> header->low_width;

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
    const unsigned n_below = count_below(block, end - run, run, target);
    const unsigned i = end - run + n_below - 1;
    if (n_below == 0) { /* the one before the run: as many zeros less as are between them */
        const uint64_t rest = run < 57 ? before << run : 0;
        h = rest != 0 ? h - smc_clz64(rest)
                      : smc_select256(block->highs, 0, i % SMCF_BLOCK_TOKENS, bmi2) - i;
    }
    *high = h;
    return i;
}

static SMC_ALWAYS_INLINE smc_status block_lookup(const smc_cache *cache, uint32_t index,
                                                 uint64_t key, struct smc_token *token, int bmi2)
{
    struct smc_block block;
    uint32_t high;

    if (block_open(cache, index, &block) != SMC_OK) {
        return SMC_E_DAMAGED;
    }
    unsigned i = last_in_block(&block, key, &high, bmi2);
    if (i >= block.n || token_of(cache, &block, index, i, high, token, bmi2) != SMC_OK) {
        return SMC_E_DAMAGED;
    }
    /* Otherwise TOP or DIRECTORY did not tell the truth. */
    return ((uint64_t)token->line << 32 | token->column) <= key ? SMC_OK : SMC_E_DAMAGED;
}

smc_status smc_block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                            struct smc_token *token)
{
    return block_lookup(cache, index, key, token, 0);
}

#if defined(HAVE_BMI2_VARIANT)
__attribute__((target("bmi,bmi2,lzcnt,popcnt"))) static smc_status
block_lookup_bmi2(const smc_cache *cache, uint32_t index, uint64_t key, struct smc_token *token)
{
    return block_lookup(cache, index, key, token, 1);
}
#endif

smc_block_lookup_function *smc_block_lookup_best(void)
{
#if defined(HAVE_BMI2_VARIANT)
    /* The first two generations of Zen have a PDEP of up to 300 cycles. */
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
        !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2")) {
        return block_lookup_bmi2;
    }
#endif
    return smc_block_lookup;
}

smc_status smc_block_open(const smc_cache *cache, uint32_t index, struct smc_block *block)
{
    return block_open(cache, index, block);
}

smc_status smc_block_token(const smc_cache *cache, const struct smc_block *block, uint32_t index,
                           unsigned i, struct smc_token *token)
{
    uint32_t high = smc_select256(block->highs, 0, i, 0) - i;
    return token_of(cache, block, index, i, high, token, 0);
}

smc_status smc_block_names(const smc_cache *cache, const struct smc_block *block,
                           struct smc_block_names *names)
{
    const uint8_t *at = block->names, *limit = cache->blocks + cache->blocks_nbytes;
    const unsigned width = block->header->widths[SMCF_COLUMN_NAME];

    *names = (struct smc_block_names){0};
    if (smc_block_has(block, SMCF_BLOCK_NAMES)) {
        names->n_present = block->n;
    }
    if (smc_block_has(block, SMCF_BLOCK_SPARSE_NAMES)) {
        names->presence = at;
        names->n_present = smc_bitmap_count(at, 0);
        at += SMCF_BITMAP_NBYTES;
    }
    names->n_values = names->n_present;
    if (smc_block_has(block, SMCF_BLOCK_RECUR_NAMES)) {
        names->first = at;
        names->n_values = smc_bitmap_count(at, 0);
        at += SMCF_BITMAP_NBYTES;
    }
    if (names->n_values > names->n_present) {
        return SMC_E_DAMAGED;
    }
    names->n_repeats = names->n_present - names->n_values;
    names->repeat_width = smcf_repeat_width(names->n_values);
    uint64_t values_nbytes = smcf_packed_nbytes(names->n_values, width);
    uint64_t repeats_nbytes = smcf_packed_nbytes(names->n_repeats, names->repeat_width);
    if (values_nbytes + repeats_nbytes > (uint64_t)(limit - at)) {
        return SMC_E_DAMAGED;
    }
    names->values = at;
    names->repeats = at + values_nbytes;
    names->end = names->repeats + repeats_nbytes;
    return SMC_OK;
}
