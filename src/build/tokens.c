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
    unsigned widths[N_FIELDS];
    uint32_t records[N_FIELDS][SMCF_BLOCK_TOKENS];
};

struct range {
    unsigned width;
    uint32_t base;
    int fits; /* the header can hold the base, if it is a signed one */
};

/* The names of a block, ready to be written. */
struct names {
    uint8_t presence[SMCF_BITMAP_NBYTES];
    unsigned n_slots, slot_width, n_values, width;
    uint64_t slots[SMCF_BLOCK_TOKENS];
    uint64_t values[SMCF_BLOCK_TOKENS];
};

static inline void set_bit(uint8_t *bitmap, unsigned i)
{
    bitmap[i / 8] |= (uint8_t)(1 << i % 8);
}

/* Base and width of values of which none is below `lowest`: the base is the smallest value, or the greatest
 * base there is. Of negative values it wraps around, as their sum with it will (spec 5.2). */
static struct range range_of(const int64_t *values, unsigned n, int64_t base_max)
{
    int64_t lowest = values[0], highest = values[0];

    for (unsigned i = 1; i < n; i++) {
        lowest = values[i] < lowest ? values[i] : lowest;
        highest = values[i] > highest ? values[i] : highest;
    }
    lowest = lowest < base_max ? lowest : base_max;
    uint64_t span = (uint64_t)(highest - lowest);
    /* A span of 2^32 or more wraps around: any base is as good, all 32 bits are needed. */
    return (struct range){span > UINT32_MAX ? SMCF_COLUMN_WIDTH_MAX : smcf_bit_width(span),
                          (uint32_t)(uint64_t)lowest, lowest >= -base_max - 1};
}

/* ---- generated positions ---- */

/* Splits the primary coordinate, the line or in a block on one line the column, into high parts,
 * which become ones in a sequence of zeros, and low parts. */
static void split_positions(const struct smc_token_writer *writer, struct block *block,
                            uint8_t *highs)
{
    const unsigned n = block->n;
    const int has_lines = writer->line[0] != writer->line[n - 1];
    const uint32_t *primary = has_lines ? writer->line : writer->column;
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
        block->records[FIELD_COLUMN][i] = has_lines ? writer->column[i] : 0;
        columns |= block->records[FIELD_COLUMN][i];
    }
    block->widths[FIELD_LOW] = low_width;
    block->widths[FIELD_COLUMN] = smcf_bit_width(columns);
    block->header.flags |= has_lines ? SMCF_BLOCK_LINES : 0;
    block->header.low_width = (uint8_t)low_width;
    block->header.column_width = (uint8_t)block->widths[FIELD_COLUMN];
}

/* ---- original positions ---- */

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

/* Stores values relative to their base in the records of the tokens `at`. */
static void split_column(struct block *block, enum smcf_column column, enum field field,
                         const int64_t *values, struct range range, const uint8_t *at, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        block->records[field][at[k]] = (uint32_t)(uint64_t)values[k] - range.base;
    }
    block->widths[field] = range.width;
    block->header.widths[column] = (uint8_t)range.width;
}

/* Original positions; `presence` says which tokens have one. */
static void split_originals(const struct smc_token_writer *writer, struct block *block,
                            uint8_t *presence)
{
    const uint32_t *sources = writer->values[SMCF_COLUMN_SOURCE];
    const uint32_t *lines = writer->values[SMCF_COLUMN_SOURCE_LINE];
    const uint32_t *columns = writer->values[SMCF_COLUMN_SOURCE_COLUMN];
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
    struct range range = range_of(values, n, SMCF_SOURCE_BASE_MAX), follow;
    block->header.source_base = smcf_put16((uint16_t)range.base);
    split_column(block, SMCF_COLUMN_SOURCE, FIELD_SOURCE, values, range, at, n);

    block->header.line_slope = (uint8_t)best_slope(present_lines, at, n);
    for (unsigned k = 0; k < n; k++) {
        values[k] = over_slope(present_lines[k], block->header.line_slope, at[k]);
        following[k] = (int64_t)present_lines[k] - writer->line[at[k]];
    }
    range = range_of(values, n, SMCF_LINE_BASE_MAX);
    follow = range_of(following, n, SMCF_LINE_BASE_MAX);
    if (follow.fits && follow.width < range.width) {
        flags |= SMCF_BLOCK_FOLLOW_LINE;
        range = follow;
        block->header.line_slope = SMCF_LINE_SLOPE_NONE;
    }
    block->header.line_base = smcf_put24(range.base);
    split_column(block, SMCF_COLUMN_SOURCE_LINE, FIELD_SOURCE_LINE,
                 (flags & SMCF_BLOCK_FOLLOW_LINE) != 0 ? following : values, range, at, n);

    for (unsigned k = 0; k < n; k++) {
        values[k] = columns[at[k]];
        following[k] = (int64_t)columns[at[k]] - writer->column[at[k]];
    }
    range = range_of(values, n, SMCF_COLUMN_BASE_MAX);
    follow = range_of(following, n, SMCF_COLUMN_BASE_MAX);
    if (follow.fits && follow.width < range.width) {
        flags |= SMCF_BLOCK_FOLLOW_COLUMN;
        range = follow;
    }
    block->header.column_base = smcf_put16((uint16_t)range.base);
    split_column(block, SMCF_COLUMN_SOURCE_COLUMN, FIELD_SOURCE_COLUMN,
                 (flags & SMCF_BLOCK_FOLLOW_COLUMN) != 0 ? following : values, range, at, n);
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

/* Gives each distinct name a slot, through a small hash table of slots; returns how many there are. */
static unsigned find_slots(const uint32_t *present, unsigned n, struct names *names)
{
    uint8_t table[256] = {0}; /* slot + 1: at most 128 */
    unsigned n_distinct = 0;

    for (unsigned r = 0; r < n; r++) {
        unsigned at = present[r] * UINT32_C(2654435769) >> 24;
        while (table[at] != 0 && names->values[table[at] - 1] != present[r]) {
            at = (at + 1) & 255;
        }
        if (table[at] == 0) {
            names->values[n_distinct++] = present[r];
            table[at] = (uint8_t)n_distinct;
        }
        names->slots[r] = table[at] - 1U;
    }
    return n_distinct;
}

static void split_names(const struct smc_token_writer *writer, struct block *block,
                        struct names *names)
{
    const uint32_t *column = writer->values[SMCF_COLUMN_NAME];
    uint32_t present[SMCF_BLOCK_TOKENS];
    int64_t values[SMCF_BLOCK_TOKENS];
    unsigned n = 0;

    for (unsigned i = 0; i < block->n; i++) {
        if (column[i] != SMCF_NONE) {
            set_bit(names->presence, i);
            values[n] = column[i];
            present[n++] = column[i];
        }
    }
    if (n == 0) {
        return;
    }
    const struct range range = range_of(values, n, SMCF_NAME_BASE_MAX);
    const unsigned n_distinct = find_slots(present, n, names);
    unsigned flags = SMCF_BLOCK_NAMES | (n < block->n ? SMCF_BLOCK_SPARSE_NAMES : 0U);
    names->width = range.width;
    names->slot_width = smcf_bit_width(n_distinct - 1);
    block->header.widths[SMCF_COLUMN_NAME] = (uint8_t)range.width;
    block->header.name_base = smcf_put24(range.base);
    if (smcf_packed_nbytes(n, names->slot_width) + smcf_packed_nbytes(n_distinct, range.width) <
        smcf_packed_nbytes(n, range.width)) {
        flags |= SMCF_BLOCK_NAME_SLOTS;
        block->header.slot_width = (uint8_t)names->slot_width;
        names->n_slots = n;
        names->n_values = n_distinct;
    } else {
        names->n_values = n;
        for (unsigned r = 0; r < n; r++) {
            names->values[r] = present[r];
        }
    }
    block->header.flags |= (uint8_t)flags;
    for (unsigned k = 0; k < names->n_values; k++) {
        names->values[k] -= range.base;
    }
}

/* ---- blocks ---- */

void smc_token_writer_flush(struct smc_token_writer *writer)
{
    struct block block = {.n = writer->n, .header.line_slope = SMCF_LINE_SLOPE_NONE};
    struct smc_buf *blocks = &writer->blocks;
    struct names names = {.n_values = 0};
    uint8_t highs[SMCF_HIGHS_NBYTES] = {0}, presence[SMCF_BITMAP_NBYTES] = {0};

    if (block.n == 0) {
        return;
    }
    const struct smcf_position first = {smcf_put32(writer->column[0]), smcf_put32(writer->line[0])};
    const struct smcf_le32 off = smcf_put32((uint32_t)blocks->nbytes);
    smc_buf_append(&writer->firsts, &first, sizeof first);
    smc_buf_append(&writer->offsets, &off, sizeof off);
    size_t header_off = blocks->nbytes;
    split_positions(writer, &block, highs);
    split_originals(writer, &block, presence);
    split_names(writer, &block, &names);
    smc_buf_append(blocks, &block.header, sizeof block.header);
    smc_buf_append(blocks, highs, sizeof highs);
    if ((block.header.flags & SMCF_BLOCK_SPARSE_SOURCES) != 0) {
        smc_buf_append(blocks, presence, sizeof presence);
    }
    if ((block.header.flags & SMCF_BLOCK_SPARSE_NAMES) != 0) {
        smc_buf_append(blocks, names.presence, sizeof names.presence);
    }
    pack_records(blocks, &block);
    smc_pack(blocks, names.slots, names.n_slots, names.slot_width);
    smc_pack(blocks, names.values, names.n_values, names.width);
    if (!blocks->failed) {
        memcpy(blocks->data + header_off, &block.header, sizeof block.header); /* now complete */
    }
    writer->n_blocks++;
    writer->n_tokens += block.n;
    writer->n = 0;
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
           writer->blocks.failed || writer->ranges.failed;
}

void smc_token_writer_reset(struct smc_token_writer *writer)
{
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
}
