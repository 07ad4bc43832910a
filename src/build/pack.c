/*
 * Each column of each block takes the smallest of what it may be; of two equal ones the simpler.
 *
 * All of it is one function for the compiler, of which there are two on x86-64: one for all processors, one
 * for those with AVX2.
 */
#include "src/build/pack.h"

#include "src/build/lanes_pack.h"
#include "src/build/slope.h"

/* Fields of a record, lowest bits first. */
enum field_index {
    FIELD_COLUMN, /* generated, in a block of several lines */
    FIELD_LOW,    /* low part of the generated line, or of the column */
    FIELD_SOURCE,
    FIELD_SOURCE_LINE,
    FIELD_SOURCE_COLUMN,
    N_FIELDS
};

/* values[i] - base is what a record has; without a width, nothing. */
struct field {
    const uint32_t *values;
    uint32_t base;
    unsigned width;
};

/* Tokens behind the last one are like it, so that no loop has to care. */
struct block {
    _Alignas(64) uint32_t columns[SMC_ROW_LANES][N_LANES]; /* of the rows */
    unsigned n;
    struct field fields[N_FIELDS];
    _Alignas(64) uint32_t low[N_LANES];           /* parts of generated positions */
    uint32_t lines[N_LANES];                      /* of sources, and */
    uint32_t distances[N_LANES];                  /* columns: relative to something */
    uint32_t sparse[SMCF_N_COLUMNS - 1][N_LANES]; /* 0 where there is no original position */
    struct smcf_block header;
};

/* The tokens that have an original position, and then the last of them again. */
struct originals {
    unsigned n;
    const uint32_t *at; /* which token it is */
    const uint32_t *columns[SMC_ROW_LANES];
};

/* Where those are, if not every lane is one: a token has none, or the block is not full. */
struct picked {
    uint32_t at[N_LANES + 8], columns[SMC_ROW_NAME][N_LANES + 8];
};

#define FOUR(i) (i), (i) + 1, (i) + 2, (i) + 3
#define SIXTEEN(i) FOUR(i), FOUR((i) + 4), FOUR((i) + 8), FOUR((i) + 12)

static const _Alignas(64) uint32_t every_token[N_LANES] = {SIXTEEN(0),  SIXTEEN(16), SIXTEEN(32),
                                                           SIXTEEN(48), SIXTEEN(64), SIXTEEN(80),
                                                           SIXTEEN(96), SIXTEEN(112)};

static SMC_LANES struct smc_range range_of(const uint32_t *values, int64_t base_max)
{
    uint32_t lowest, highest;

    smc_lanes_span(values, &lowest, &highest);
    return smc_range_of_span(lowest, highest, base_max);
}

static SMC_RARE struct smc_range range_of_wide_differences(const uint32_t *a, const uint32_t *b,
                                                           int64_t base_max)
{
    int64_t lowest = INT64_MAX, highest = INT64_MIN;

    for (unsigned i = 0; i < N_LANES; i++) {
        int64_t difference = (int64_t)a[i] - b[i];
        lowest = difference < lowest ? difference : lowest;
        highest = difference > highest ? difference : highest;
    }
    return smc_range_of_span(lowest, highest, base_max);
}

/* Whether a[i] - b[i] may be less wide than that; if not, the first and the last one tell. */
static SMC_LANES int may_be_less_wide(const uint32_t *a, const uint32_t *b, unsigned width)
{
    const int64_t first = (int64_t)a[0] - b[0], last = (int64_t)a[N_LANES - 1] - b[N_LANES - 1];

    return smcf_bit_width((uint64_t)(first < last ? last - first : first - last)) < width;
}

/* Of a[i] - b[i]. */
static SMC_LANES struct smc_range range_of_differences(const uint32_t *a, const uint32_t *b,
                                                       int64_t base_max)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < N_LANES; i++) {
        bits |= a[i] | b[i];
    }
    if (bits <= INT32_MAX) { /* as mostly: then the differences are 32 bits, too */
        int32_t lowest = INT32_MAX, highest = INT32_MIN;
        for (unsigned i = 0; i < N_LANES; i++) {
            int32_t difference = (int32_t)(a[i] - b[i]);
            lowest = difference < lowest ? difference : lowest;
            highest = difference > highest ? difference : highest;
        }
        return smc_range_of_span(lowest, highest, base_max);
    }
    return range_of_wide_differences(a, b, base_max);
}

/* ---- generated positions ---- */

/* High parts as places of ones, and low parts, of so many bits. */
static SMC_LANES void split_values(uint32_t *restrict ones, uint32_t *restrict low,
                                   const uint32_t *restrict values, unsigned low_width)
{
    const uint32_t first = values[0], mask = (1U << low_width) - 1;

    for (unsigned i = 0; i < N_LANES; i++) {
        uint32_t distance = values[i] - first;
        ones[i] = (distance >> low_width) + i;
        low[i] = distance & mask;
    }
}

/* Splits the primary coordinate, the line or in a block on one line the column, into high parts,
 * which become ones in a sequence of zeros, and low parts. */
static SMC_LANES void split_positions(struct block *block, uint8_t *highs, int avx2)
{
    const uint32_t *lines = block->columns[SMC_ROW_LINE], *columns = block->columns[SMC_ROW_COLUMN];
    const int has_lines = lines[0] != lines[N_LANES - 1];
    const uint32_t *primary = has_lines ? lines : columns;
    const uint32_t span = primary[N_LANES - 1] - primary[0];
    const unsigned span_width = smcf_bit_width(span), high_width = smcf_bit_width(SMCF_HIGH_MAX);
    const unsigned low_width = span_width > high_width ? span_width - high_width : 0;
    uint32_t ones[N_LANES], bits = 0;

    split_values(ones, block->low, primary, low_width);
    smc_lanes_ones(highs, ones, block->n, avx2);
    if (has_lines) {
        for (unsigned i = 0; i < N_LANES; i++) {
            bits |= columns[i];
        }
        block->header.flags |= SMCF_BLOCK_LINES;
    }
    block->fields[FIELD_LOW] = (struct field){block->low, 0, low_width};
    block->fields[FIELD_COLUMN] = (struct field){columns, 0, smcf_bit_width(bits)};
    block->header.low_slot_widths = (uint8_t)low_width;
    block->header.column_width = (uint8_t)smcf_bit_width(bits);
}

/* ---- original positions ---- */

/* The values of the originals become a field. */
static SMC_LANES void put_field(struct block *block, const struct originals *o,
                                enum field_index field, const uint32_t *values,
                                struct smc_range range)
{
    const enum smcf_column column = (enum smcf_column)(field - FIELD_SOURCE);

    block->fields[field] = (struct field){values, range.base, range.width};
    block->header.widths[column] = (uint8_t)range.width;
    switch (field) {
    case FIELD_SOURCE:
        block->header.source_base = smcf_put16((uint16_t)range.base);
        break;
    case FIELD_SOURCE_LINE:
        block->header.line_base = smcf_put24(range.base);
        break;
    default:
        block->header.column_base = smcf_put16((uint16_t)range.base);
        break;
    }
    if (o->n < block->n) {
        uint32_t *sparse = block->sparse[column];
        memset(sparse, 0, sizeof block->sparse[column]);
        for (unsigned k = 0; k < o->n; k++) {
            sparse[o->at[k]] = values[k] - range.base;
        }
        block->fields[field] = (struct field){sparse, 0, range.width};
    }
}

static SMC_LANES void subtract(uint32_t *restrict to, const uint32_t *restrict a,
                               const uint32_t *restrict b)
{
    for (unsigned k = 0; k < N_LANES; k++) {
        to[k] = a[k] - b[k];
    }
}

/* Source lines over a slope, if that is less wide. `at` as smc_slopes has it. */
static SMC_LANES int put_over_slope(struct block *block, const struct originals *o,
                                    const uint32_t *at, uint32_t lowest, unsigned width)
{
    const uint32_t *lines = o->columns[SMC_ROW_SOURCE_LINE];
    const int32_t slope = smc_slope_best(lines, at, lowest, width - 1);
    const uint8_t line_slope = (uint8_t)(SMCF_LINE_SLOPE_NONE + slope);
    const struct smc_range over = smc_slope_subtract(block->lines, lines, at, lowest, line_slope);

    if (over.width >= width) {
        return 0;
    }
    put_field(block, o, FIELD_SOURCE_LINE, block->lines, over);
    block->header.line_slope = line_slope;
    block->header.line_base = smcf_put24(over.base + lowest);
    return 1;
}

/* Source lines as they are, relative to generated lines, or over a slope. */
static SMC_LANES void split_source_lines(struct block *block, const struct originals *o)
{
    const uint32_t *lines = o->columns[SMC_ROW_SOURCE_LINE];
    uint32_t lowest, highest;

    smc_lanes_span(lines, &lowest, &highest);
    const struct smc_range plain = smc_range_of_span(lowest, highest, SMCF_LINE_BASE_MAX);
    struct smc_range range = plain;
    int follows = 0;
    /* (On one generated line all differences are as far apart as the lines are; only their base may fit better.) */
    if (((block->header.flags & SMCF_BLOCK_LINES) || lowest > SMCF_LINE_BASE_MAX) &&
        may_be_less_wide(lines, o->columns[SMC_ROW_LINE], plain.width)) {
        const struct smc_range follow =
            range_of_differences(lines, o->columns[SMC_ROW_LINE], SMCF_LINE_BASE_MAX);
        follows = follow.fits && follow.width < plain.width;
        range = follows ? follow : plain;
    }
    if (smc_slope_may_help(highest - lowest, range.width) &&
        (o->at == every_token ? put_over_slope(block, o, NULL, lowest, range.width)
                              : put_over_slope(block, o, o->at, lowest, range.width))) {
        return;
    }
    if (follows) {
        block->header.flags |= SMCF_BLOCK_FOLLOW_LINE;
        subtract(block->lines, lines, o->columns[SMC_ROW_LINE]);
        lines = block->lines;
    }
    put_field(block, o, FIELD_SOURCE_LINE, lines, range);
}

static SMC_LANES void split_originals(struct block *block, const struct originals *o)
{
    const uint32_t *columns = o->columns[SMC_ROW_SOURCE_COLUMN];
    const uint32_t *sources = o->columns[SMC_ROW_SOURCE];

    put_field(block, o, FIELD_SOURCE, sources, range_of(sources, SMCF_SOURCE_BASE_MAX));
    split_source_lines(block, o);
    struct smc_range range = range_of(columns, SMCF_COLUMN_BASE_MAX);
    if (may_be_less_wide(columns, o->columns[SMC_ROW_COLUMN], range.width)) {
        const struct smc_range follow =
            range_of_differences(columns, o->columns[SMC_ROW_COLUMN], SMCF_COLUMN_BASE_MAX);
        if (follow.fits && follow.width < range.width) {
            block->header.flags |= SMCF_BLOCK_FOLLOW_COLUMN;
            subtract(block->distances, columns, o->columns[SMC_ROW_COLUMN]);
            columns = block->distances;
            range = follow;
        }
    }
    put_field(block, o, FIELD_SOURCE_COLUMN, columns, range);
}

/* Finds the original positions; returns where presence ends. */
static SMC_LANES uint8_t *pack_originals(struct block *block, struct picked *picked, uint8_t *to,
                                         int avx2)
{
    uint64_t presence[N_BITMAP_WORDS];
    struct originals o;

    o.n = smc_lanes_present(block->columns[SMC_ROW_SOURCE], presence, avx2);
    if (o.n == N_LANES) {
        o.n = block->n;
    } else {
        o.n = smc_lanes_keep_first(presence, block->n);
    }
    if (o.n == 0) {
        return to;
    }
    block->header.flags |= SMCF_BLOCK_SOURCES;
    o.at = every_token;
    for (unsigned k = 0; k < SMC_ROW_NAME; k++) {
        o.columns[k] = block->columns[k];
    }
    if (o.n < block->n) {
        block->header.flags |= SMCF_BLOCK_SPARSE_SOURCES;
        to = smc_lanes_put_bits(to, presence);
        for (unsigned k = 0; k < SMC_ROW_NAME; k++) {
            smc_lanes_pick(picked->columns[k], block->columns[k], presence, o.n, avx2);
            o.columns[k] = picked->columns[k];
        }
        smc_lanes_pick(picked->at, every_token, presence, o.n, avx2);
        o.at = picked->at;
    } else if (block->n < N_LANES) { /* the last token goes on with its place, too, for slopes */
        for (unsigned i = 0; i < N_LANES; i++) {
            picked->at[i] = i < block->n ? i : block->n - 1;
        }
        o.at = picked->at;
    }
    split_originals(block, &o);
    return to;
}

/* Finds the names; returns where their presence ends. */
static SMC_LANES uint8_t *find_names(struct block *block, struct smc_present_names *names,
                                     uint8_t *to, int avx2)
{
    names->all = block->columns[SMC_ROW_NAME];
    names->n_tokens = block->n;
    names->n = smc_lanes_present(names->all, names->presence, avx2);
    names->n = names->n == N_LANES ? block->n
               : names->n > 0      ? smc_lanes_keep_first(names->presence, block->n)
                                   : 0;
    if (names->n == 0) {
        return to;
    }
    block->header.flags |= SMCF_BLOCK_NAMES;
    if (names->n == block->n) {
        return to;
    }
    block->header.flags |= SMCF_BLOCK_SPARSE_NAMES;
    return smc_lanes_put_bits(to, names->presence);
}

/* ---- records ---- */

/* Records of any width, bit by bit. */
static SMC_RARE uint8_t *pack_wide_records(const struct block *block, uint8_t *to)
{
    unsigned n_bits = 0;
    uint64_t bits = 0;

    for (unsigned i = 0; i < block->n; i++) {
        for (int f = 0; f < N_FIELDS; f++) {
            const struct field *field = &block->fields[f];
            if (field->width > 0) {
                bits |= (uint64_t)(field->values[i] - field->base) << n_bits;
            }
            for (n_bits += field->width; n_bits >= 8; n_bits -= 8) {
                *to++ = (uint8_t)bits;
                bits >>= 8;
            }
        }
    }
    if (n_bits > 0) {
        *to++ = (uint8_t)bits;
    }
    return to;
}

/* Fields of original positions, of 32 bits together. */
static SMC_LANES void join_originals(uint32_t *restrict to, const struct field *fields)
{
    const uint32_t *restrict sources = fields[0].values, *restrict lines = fields[1].values;
    const uint32_t *restrict columns = fields[2].values;
    const uint32_t source = fields[0].base, line = fields[1].base, column = fields[2].base;
    const unsigned line_shift = fields[0].width, column_shift = line_shift + fields[1].width;

    for (unsigned i = 0; i < N_LANES; i++) { /* in two shifts, as one might be by 32 */
        to[i] = (sources[i] - source) |
                (lines[i] - line) << line_shift / 2 << (line_shift + 1) / 2 |
                (columns[i] - column) << column_shift / 2 << (column_shift + 1) / 2;
    }
}

/* Generated positions, of 32 bits together. */
static SMC_LANES const uint32_t *join_positions(uint32_t *restrict to, const struct block *block)
{
    const uint32_t *restrict low = block->low, *restrict columns = block->columns[SMC_ROW_COLUMN];
    const unsigned low_shift = block->fields[FIELD_COLUMN].width;

    if (!(block->header.flags & SMCF_BLOCK_LINES)) {
        return block->low;
    }
    for (unsigned i = 0; i < N_LANES; i++) {
        to[i] = columns[i] | low[i] << low_shift / 2 << (low_shift + 1) / 2;
    }
    return to;
}

static SMC_LANES void join_words(uint64_t *restrict words, const uint32_t *restrict low,
                                 const uint32_t *restrict high, unsigned shift)
{
    for (unsigned i = 0; i < N_LANES; i++) {
        words[i] = low[i] | (uint64_t)high[i] << shift;
    }
}

/* Narrow records, each in 32 bits. */
static SMC_LANES void join_narrow(uint32_t *restrict to, const uint32_t *restrict keys,
                                  const struct field *fields, unsigned key_width)
{
    const uint32_t *restrict sources = fields[0].values, *restrict lines = fields[1].values;
    const uint32_t *restrict columns = fields[2].values;
    const uint32_t source = fields[0].base, line = fields[1].base, column = fields[2].base;
    const unsigned line_shift = key_width + fields[0].width;
    const unsigned column_shift = line_shift + fields[1].width;

    for (unsigned i = 0; i < N_LANES; i++) {
        to[i] = keys[i] | (sources[i] - source) << key_width | (lines[i] - line) << line_shift |
                (columns[i] - column) << column_shift;
    }
}

static SMC_LANES uint8_t *pack_records(const struct block *block, uint8_t *to, int avx2)
{
    const unsigned key_width = block->fields[FIELD_COLUMN].width + block->fields[FIELD_LOW].width;
    unsigned width = key_width;
    uint64_t words[1 + N_LANES]; /* 0, and the records */
    _Alignas(64) uint32_t joined_keys[N_LANES], originals[N_LANES + SMC_LANES_OVER];

    for (int f = FIELD_SOURCE; f < N_FIELDS; f++) {
        width += block->fields[f].width;
    }
    if (width > SMC_LANES_WIDTH_MAX || key_width > 32 || width - key_width > 32) {
        return pack_wide_records(block, to);
    }
    const uint32_t *keys = join_positions(joined_keys, block);
    if (width > key_width && width <= SMC_LANES_NARROW_MAX) {
        join_narrow(originals, keys, block->fields + FIELD_SOURCE, key_width);
        return smc_lanes_pack_narrow(to, originals, block->n, width, avx2);
    }
    words[0] = 0;
    if (width > key_width) {
        join_originals(originals, block->fields + FIELD_SOURCE);
        join_words(words + 1, keys, originals, key_width);
    } else {
        smc_lanes_to_words(words + 1, keys);
    }
    for (unsigned i = block->n; i < N_LANES; i++) {
        words[1 + i] = 0;
    }
    return smc_lanes_pack(to, words + 1, block->n, width, avx2);
}

/* ---- the block ---- */

static SMC_LANES uint8_t *pack_block(struct smc_token_writer *writer, unsigned n, uint8_t *to,
                                     int avx2)
{
    uint8_t *const header = to;
    struct smc_present_names names;
    struct picked picked;
    struct block block;

    for (unsigned i = n; i < N_LANES; i++) {
        memcpy(writer->rows[i], writer->rows[n - 1], sizeof writer->rows[i]);
    }
    block.n = n;
    block.header = (struct smcf_block){.line_slope = SMCF_LINE_SLOPE_NONE};
    memset(block.fields, 0, sizeof block.fields);
    smc_lanes_transpose((const void *)writer->rows, block.columns, avx2);

    to += sizeof block.header;
    split_positions(&block, to, avx2);
    to = pack_originals(&block, &picked, to + SMCF_HIGHS_NBYTES, avx2);
    to = find_names(&block, &names, to, avx2);
    to = pack_records(&block, to, avx2);
    to = names.n > 0 ? smc_pack_names(writer, &names, &block.header, to) : to;
    memcpy(header, &block.header, sizeof block.header);
    return to;
}

#if defined(SMC_CPU_HAVE_AVX2)
__attribute__((SMC_CPU_TARGET_AVX2)) static uint8_t *
pack_block_avx2(struct smc_token_writer *writer, unsigned n, uint8_t *to)
{
    return pack_block(writer, n, to, 1);
}
#endif

uint8_t *smc_pack_block(struct smc_token_writer *writer, unsigned n, uint8_t *to)
{
#if defined(SMC_CPU_HAVE_AVX2)
    if (writer->level >= SMC_CPU_AVX2) {
        return pack_block_avx2(writer, n, to);
    }
#endif
    return pack_block(writer, n, to, 0);
}
