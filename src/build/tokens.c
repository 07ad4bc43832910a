/*
 * Packing tokens into blocks (spec 5). Each column of each block takes the smallest of what it may
 * be; of two equal ones the simpler.
 */
#include "src/build/parts.h"

/* Fields of a record, lowest bits first. */
enum field {
    FIELD_COLUMN, /* generated, in a block of several lines */
    FIELD_LOW,    /* low part of the generated line, or of the column */
    FIELD_SOURCE,
    FIELD_SOURCE_LINE,
    FIELD_SOURCE_COLUMN,
    N_FIELDS
};

/* A block that is being packed. */
struct block {
    struct smcf_block header;
    unsigned n;
    uint32_t line[SMCF_BLOCK_TOKENS], column[SMCF_BLOCK_TOKENS]; /* generated */
    uint32_t values[SMCF_N_COLUMNS][SMCF_BLOCK_TOKENS];
    unsigned widths[N_FIELDS];
    uint32_t records[N_FIELDS][SMCF_BLOCK_TOKENS];
};

struct range {
    unsigned width;
    uint32_t base;
};

/* Where the names of a block are used the first time. */
struct first_uses {
    unsigned n_present, n_first;
    uint8_t presence[SMCF_BITMAP_NBYTES], first[SMCF_BITMAP_NBYTES];
    uint64_t values[SMCF_BLOCK_TOKENS];  /* the distinct ones, in order of first use */
    uint64_t repeats[SMCF_BLOCK_TOKENS]; /* indices into `values` */
};

static inline void set_bit(uint8_t *bitmap, unsigned i)
{
    bitmap[i / 8] |= (uint8_t)(1 << i % 8);
}

/* Smallest value and width of the values that are present. The base of negative ones wraps around,
 * as their sum with the base will (spec 5.2). */
static struct range range_of(const int64_t *values, unsigned n)
{
    int64_t lowest = values[0], highest = values[0];

    for (unsigned i = 1; i < n; i++) {
        lowest = values[i] < lowest ? values[i] : lowest;
        highest = values[i] > highest ? values[i] : highest;
    }
    uint64_t span = (uint64_t)(highest - lowest);
    /* A span of 2^32 or more wraps around: any base is as good, all 32 bits are needed. */
    return (struct range){span > UINT32_MAX ? SMCF_COLUMN_WIDTH_MAX : smcf_bit_width(span),
                          (uint32_t)(uint64_t)lowest};
}

/* ---- generated positions ---- */

/* Splits the primary coordinate, the line or in a block on one line the column, into high parts,
 * which become ones in a sequence of zeros, and low parts. */
static void split_positions(struct block *block, uint8_t *highs)
{
    const unsigned n = block->n;
    const int has_lines = block->line[0] != block->line[n - 1];
    const uint32_t *primary = has_lines ? block->line : block->column;
    const uint32_t span = primary[n - 1] - primary[0];
    unsigned low_width = 0;
    uint32_t columns = 0;

    while (span >> low_width > SMCF_HIGH_MAX) {
        low_width++;
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t offset = primary[i] - primary[0];
        set_bit(highs, (offset >> low_width) + i);
        block->records[FIELD_LOW][i] = offset & ((1U << low_width) - 1);
        block->records[FIELD_COLUMN][i] = has_lines ? block->column[i] : 0;
        columns |= block->records[FIELD_COLUMN][i];
    }
    block->widths[FIELD_LOW] = low_width;
    block->widths[FIELD_COLUMN] = smcf_bit_width(columns);
    block->header.flags |= has_lines ? SMCF_BLOCK_LINES : 0;
    block->header.low_width = (uint8_t)low_width;
    block->header.column_width = (uint8_t)block->widths[FIELD_COLUMN];
}

/* ---- original positions ---- */

static void set_column(struct block *block, enum smcf_column column, struct range range)
{
    block->header.widths[column] = (uint8_t)range.width;
    block->header.bases[column] = smcf_put32(range.base);
}

/* What is left of source lines over a slope (spec 5.2). */
static int64_t over_slope(uint32_t line, unsigned slope, unsigned i)
{
    return (int64_t)line - (int32_t)smcf_line_slope_at((uint8_t)slope, i);
}

/* Highest minus lowest of what is left over a slope. */
static int64_t span_over_slope(const uint32_t *lines, const uint8_t *at, unsigned n, unsigned slope)
{
    int64_t lowest = INT64_MAX, highest = INT64_MIN;

    for (unsigned i = 0; i < n; i++) {
        int64_t left = over_slope(lines[i], slope, at[i]);
        lowest = left < lowest ? left : lowest;
        highest = left > highest ? left : highest;
    }
    return highest - lowest;
}

/* The slope that leaves least. What is left is a convex function of the slope (but for rounding), so
 * where it stops to shrink is its lowest point. */
static unsigned best_slope(const uint32_t *lines, const uint8_t *at, unsigned n)
{
    unsigned low = 0, high = UINT8_MAX;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (span_over_slope(lines, at, n, middle) <= span_over_slope(lines, at, n, middle + 1)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return smcf_bit_width((uint64_t)span_over_slope(lines, at, n, low)) <
                   smcf_bit_width((uint64_t)span_over_slope(lines, at, n, SMCF_LINE_SLOPE_NONE))
               ? low
               : SMCF_LINE_SLOPE_NONE;
}

/* Stores values relative to their smallest in the records of the tokens `at`. */
static void split_column(struct block *block, enum smcf_column column, enum field field,
                         const int64_t *values, const uint8_t *at, unsigned n)
{
    struct range range = range_of(values, n);

    for (unsigned k = 0; k < n; k++) {
        block->records[field][at[k]] = (uint32_t)(uint64_t)values[k] - range.base;
    }
    block->widths[field] = range.width;
    set_column(block, column, range);
}

/* Original positions; `presence` says which tokens have one. */
static void split_originals(struct block *block, uint8_t *presence)
{
    const uint32_t *sources = block->values[SMCF_COLUMN_SOURCE];
    const uint32_t *lines = block->values[SMCF_COLUMN_SOURCE_LINE];
    const uint32_t *columns = block->values[SMCF_COLUMN_SOURCE_COLUMN];
    uint8_t at[SMCF_BLOCK_TOKENS]; /* the tokens that have one */
    int64_t values[SMCF_BLOCK_TOKENS], following[SMCF_BLOCK_TOKENS];
    uint32_t present_lines[SMCF_BLOCK_TOKENS];
    unsigned n = 0;

    for (unsigned i = 0; i < block->n; i++) {
        if (sources[i] != SMCF_NONE) {
            set_bit(presence, i);
            values[n] = sources[i];
            present_lines[n] = lines[i];
            at[n++] = (uint8_t)i;
        }
    }
    if (n == 0) {
        return;
    }
    unsigned flags = SMCF_BLOCK_SOURCES | (n < block->n ? SMCF_BLOCK_SPARSE_SOURCES : 0U);
    split_column(block, SMCF_COLUMN_SOURCE, FIELD_SOURCE, values, at, n);

    block->header.line_slope = (uint8_t)best_slope(present_lines, at, n);
    for (unsigned k = 0; k < n; k++) {
        values[k] = over_slope(present_lines[k], block->header.line_slope, at[k]);
        following[k] = (int64_t)present_lines[k] - block->line[at[k]];
    }
    if (range_of(following, n).width < range_of(values, n).width) {
        flags |= SMCF_BLOCK_FOLLOW_LINE;
        block->header.line_slope = SMCF_LINE_SLOPE_NONE;
    }
    split_column(block, SMCF_COLUMN_SOURCE_LINE, FIELD_SOURCE_LINE,
                 (flags & SMCF_BLOCK_FOLLOW_LINE) != 0 ? following : values, at, n);

    for (unsigned k = 0; k < n; k++) {
        values[k] = columns[at[k]];
        following[k] = (int64_t)columns[at[k]] - block->column[at[k]];
    }
    if (range_of(following, n).width < range_of(values, n).width) {
        flags |= SMCF_BLOCK_FOLLOW_COLUMN;
    }
    split_column(block, SMCF_COLUMN_SOURCE_COLUMN, FIELD_SOURCE_COLUMN,
                 (flags & SMCF_BLOCK_FOLLOW_COLUMN) != 0 ? following : values, at, n);
    block->header.flags |= (uint8_t)flags;
}

static void pack_records(struct smc_buf *blocks, const struct block *block)
{
    unsigned width = 0, n_bits = 0;
    uint64_t bits = 0;

    for (int f = 0; f < N_FIELDS; f++) {
        width += block->widths[f];
    }
    size_t nbytes = (size_t)smcf_packed_nbytes(block->n, width);
    uint8_t *out = smc_buf_reserve(blocks, nbytes);
    if (out == NULL) {
        return;
    }
    for (unsigned i = 0; i < block->n; i++) {
        for (int f = 0; f < N_FIELDS; f++) {
            bits |= (uint64_t)block->records[f][i] << n_bits;
            for (n_bits += block->widths[f]; n_bits >= 8; n_bits -= 8) {
                *out++ = (uint8_t)bits;
                bits >>= 8;
            }
        }
    }
    if (n_bits > 0) {
        *out = (uint8_t)bits;
    }
    blocks->nbytes += nbytes;
}

/* ---- names ---- */

/* Finds the first use of each name, through a small hash table of positions in uses->values. */
static void find_first_uses(const uint32_t *names, unsigned n, struct first_uses *uses)
{
    uint8_t slots[256] = {0}; /* position + 1: at most 128 */

    *uses = (struct first_uses){0};
    for (unsigned i = 0; i < n; i++) {
        if (names[i] == SMCF_NONE) {
            continue;
        }
        unsigned r = uses->n_present++;
        unsigned at = names[i] * UINT32_C(2654435769) >> 24;
        set_bit(uses->presence, i);
        while (slots[at] != 0 && uses->values[slots[at] - 1] != names[i]) {
            at = (at + 1) & 255;
        }
        if (slots[at] == 0) {
            set_bit(uses->first, r);
            uses->values[uses->n_first++] = names[i];
            slots[at] = (uint8_t)uses->n_first;
        } else {
            uses->repeats[r - uses->n_first] = slots[at] - 1U;
        }
    }
}

static void pack_names(struct smc_buf *blocks, struct block *block)
{
    const uint32_t *names = block->values[SMCF_COLUMN_NAME];
    struct first_uses uses;
    int64_t values[SMCF_BLOCK_TOKENS];
    uint64_t packed[SMCF_BLOCK_TOKENS];
    unsigned n_values = 0;

    for (unsigned i = 0; i < block->n; i++) {
        if (names[i] != SMCF_NONE) {
            values[n_values++] = names[i];
        }
    }
    if (n_values == 0) {
        return;
    }
    find_first_uses(names, block->n, &uses);
    const struct range range = range_of(values, n_values);
    block->header.flags |= SMCF_BLOCK_NAMES;
    set_column(block, SMCF_COLUMN_NAME, range);
    if (uses.n_present < block->n) {
        block->header.flags |= SMCF_BLOCK_SPARSE_NAMES;
        smc_buf_append(blocks, uses.presence, sizeof uses.presence);
    }
    const unsigned n_repeats = uses.n_present - uses.n_first;
    const unsigned repeat_width = smcf_repeat_width(uses.n_first);
    if (sizeof uses.first + smcf_packed_nbytes(uses.n_first, range.width) +
            smcf_packed_nbytes(n_repeats, repeat_width) <
        smcf_packed_nbytes(uses.n_present, range.width)) {
        block->header.flags |= SMCF_BLOCK_RECUR_NAMES;
        for (unsigned k = 0; k < uses.n_first; k++) {
            packed[k] = uses.values[k] - range.base;
        }
        smc_buf_append(blocks, uses.first, sizeof uses.first);
        smc_pack(blocks, packed, uses.n_first, range.width);
        smc_pack(blocks, uses.repeats, n_repeats, repeat_width);
        return;
    }
    for (unsigned k = 0; k < n_values; k++) {
        packed[k] = (uint64_t)values[k] - range.base;
    }
    smc_pack(blocks, packed, n_values, range.width);
}

/* ---- blocks ---- */

static void take_rows(const struct smc_token_writer *writer, struct block *block)
{
    for (unsigned i = 0; i < block->n; i++) {
        const uint32_t *row = writer->rows[i];
        block->line[i] = row[SMC_ROW_LINE];
        block->column[i] = row[SMC_ROW_COLUMN];
        for (unsigned k = 0; k < SMCF_N_COLUMNS; k++) {
            block->values[k][i] = row[SMC_ROW_SOURCE + k];
        }
    }
}

void smc_token_writer_flush(struct smc_token_writer *writer)
{
    const unsigned n = writer->n < SMCF_BLOCK_TOKENS ? writer->n : SMCF_BLOCK_TOKENS;
    struct block block;
    block.n = n;
    block.header = (struct smcf_block){.line_slope = SMCF_LINE_SLOPE_NONE};
    struct smc_buf *blocks = &writer->blocks;
    uint8_t highs[SMCF_HIGHS_NBYTES] = {0}, presence[SMCF_BITMAP_NBYTES] = {0};

    if (block.n == 0) {
        return;
    }
    take_rows(writer, &block);
    struct smcf_directory_entry entry = {{smcf_put32(block.column[0]), smcf_put32(block.line[0])},
                                         smcf_put64(blocks->nbytes)};
    smc_buf_append(&writer->directory, &entry, sizeof entry);
    if (writer->n_blocks % SMCF_TOP_STRIDE == 0) {
        smc_buf_append(&writer->top, &entry.first, sizeof entry.first);
    }
    size_t header_off = blocks->nbytes;
    split_positions(&block, highs);
    split_originals(&block, presence);
    smc_buf_append(blocks, &block.header, sizeof block.header);
    smc_buf_append(blocks, highs, sizeof highs);
    if ((block.header.flags & SMCF_BLOCK_SPARSE_SOURCES) != 0) {
        smc_buf_append(blocks, presence, sizeof presence);
    }
    pack_records(blocks, &block);
    pack_names(blocks, &block);
    if (!blocks->failed) {
        memcpy(blocks->data + header_off, &block.header, sizeof block.header); /* now complete */
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

void smc_token_writer_finish(struct smc_token_writer *writer)
{
    const uint64_t n_bytes = smcf_packed_nbytes(writer->n_tokens, 1);

    smc_buf_append(&writer->blocks, NULL, SMCF_GUARD_NBYTES);
    if (writer->ranges.nbytes > 0) {
        smc_buf_append(&writer->ranges, NULL, (size_t)(n_bytes - writer->ranges.nbytes));
    }
}

int smc_token_writer_failed(const struct smc_token_writer *writer)
{
    return writer->top.failed || writer->directory.failed || writer->blocks.failed ||
           writer->ranges.failed;
}

void smc_token_writer_reset(struct smc_token_writer *writer)
{
    writer->ranges.nbytes = 0;
    writer->top.nbytes = 0;
    writer->directory.nbytes = 0;
    writer->blocks.nbytes = 0;
    writer->n_blocks = 0;
    writer->n_tokens = 0;
    writer->n = 0;
}

void smc_token_writer_free(struct smc_token_writer *writer)
{
    smc_buf_free(&writer->top);
    smc_buf_free(&writer->directory);
    smc_buf_free(&writer->blocks);
    smc_buf_free(&writer->ranges);
}
