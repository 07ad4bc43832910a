/*
 * Packing tokens into blocks (spec 5). For each column of each block the smallest encoding is taken;
 * of two equal ones the simpler.
 */
#include "src/build/parts.h"

struct plan {
    enum smcf_column_encoding encoding;
    unsigned width;
    uint32_t base;
    uint64_t nbytes;
};

struct first_uses {
    unsigned n_present, n_first;
    uint8_t presence[SMCF_BITMAP_NBYTES], first[SMCF_BITMAP_NBYTES];
    uint64_t values[SMCF_BLOCK_TOKENS];  /* the distinct ones, in order of first use */
    uint64_t repeats[SMCF_BLOCK_TOKENS]; /* indices into `values` */
};

/* Smallest value and width of values[i] - follow[i] (follow may be NULL) where present[i] is not
 * NONE. Differences are modulo 2^32, so they are taken relative to the first one. */
static struct plan plan_range(const uint32_t *values, const uint32_t *follow,
                              const uint32_t *present, unsigned n)
{
    struct plan plan = {SMCF_COLUMN_PLAIN, 0, 0, 0};
    int64_t lowest = INT64_MAX, highest = INT64_MIN;

    for (unsigned i = 0; i < n; i++) {
        if (present[i] != SMCF_NONE) {
            int64_t value = (int64_t)values[i] - (follow != NULL ? (int64_t)follow[i] : 0);
            lowest = value < lowest ? value : lowest;
            highest = value > highest ? value : highest;
        }
    }
    if (lowest <= highest) {
        uint64_t span = (uint64_t)(highest - lowest);
        plan.base = (uint32_t)(uint64_t)lowest;
        /* A span of 2^32 or more wraps around: any base is as good, all 32 bits are needed. */
        plan.width = span > UINT32_MAX ? SMCF_COLUMN_WIDTH_MAX : smcf_bit_width(span);
    }
    plan.nbytes = smcf_packed_nbytes(n, plan.width);
    return plan;
}

/* Generated lines or columns over a straight line (spec 2.4); they ascend if slope is not 0. */
struct line_plan {
    unsigned width;
    uint32_t base;
    uint32_t slope;
};

static struct line_plan plan_line(const uint32_t *values, unsigned n, uint32_t slope)
{
    int64_t lowest = INT64_MAX, highest = INT64_MIN;
    for (unsigned i = 0; i < n; i++) {
        int64_t value = (int64_t)values[i] - (int64_t)((slope * i) >> 8);
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    return (struct line_plan){smcf_bit_width((uint64_t)(highest - lowest)),
                              (uint32_t)(uint64_t)lowest, slope};
}

static struct line_plan plan_sloped(const uint32_t *values, unsigned n)
{
    struct line_plan flat = plan_line(values, n, 0);
    uint64_t slope = n > 1 ? (uint64_t)(values[n - 1] - values[0]) * 256 / (n - 1) : 0;
    if (slope == 0 || slope > UINT16_MAX) {
        return flat;
    }
    struct line_plan sloped = plan_line(values, n, (uint32_t)slope);
    return sloped.width < flat.width ? sloped : flat;
}

/* Appends values[i] - follow[i] - base, for all tokens (absent ones as 0) or those present alone. */
static void pack_column(struct smc_buf *blocks, const struct plan *plan, const uint32_t *values,
                        const uint32_t *follow, const uint32_t *present, unsigned n)
{
    uint64_t packed[SMCF_BLOCK_TOKENS];
    uint8_t presence[SMCF_BITMAP_NBYTES] = {0};
    unsigned n_packed = 0;

    for (unsigned i = 0; i < n; i++) {
        int is_present = present[i] != SMCF_NONE;
        uint32_t value = values[i] - (follow != NULL ? follow[i] : 0) - plan->base;
        presence[i / 8] |= (uint8_t)(is_present << i % 8);
        if (is_present || plan->encoding != SMCF_COLUMN_SPARSE) {
            packed[n_packed++] = is_present ? value : 0;
        }
    }
    if (plan->encoding == SMCF_COLUMN_SPARSE) {
        smc_buf_append(blocks, presence, sizeof presence);
    }
    smc_pack(blocks, packed, n_packed, plan->width);
}

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
        uses->presence[i / 8] |= (uint8_t)(1 << i % 8);
        while (slots[at] != 0 && uses->values[slots[at] - 1] != names[i]) {
            at = (at + 1) & 255;
        }
        if (slots[at] == 0) {
            uses->first[r / 8] |= (uint8_t)(1 << r % 8);
            uses->values[uses->n_first++] = names[i];
            slots[at] = (uint8_t)uses->n_first;
        } else {
            uses->repeats[r - uses->n_first] = slots[at] - 1U;
        }
    }
}

static void pack_names(struct smc_token_writer *writer, struct smcf_block *header, unsigned n)
{
    const uint32_t *names = writer->values[SMCF_COLUMN_NAME];
    struct first_uses uses;
    struct plan plan = plan_range(names, NULL, names, n);
    unsigned encoding = SMCF_COLUMN_PLAIN, repeat_width;
    uint64_t nbytes, best = plan.nbytes;

    find_first_uses(names, n, &uses);
    repeat_width = smcf_repeat_width(uses.n_first);
    nbytes = SMCF_BITMAP_NBYTES + smcf_packed_nbytes(uses.n_present, plan.width);
    if (uses.n_present == 0) {
        encoding = SMCF_COLUMN_NONE;
        best = 0;
    } else if (uses.n_present < n) {
        encoding = SMCF_COLUMN_SPARSE;
        best = nbytes;
    }
    nbytes = SMCF_BITMAP_NBYTES + SMCF_BITMAP_NBYTES +
             smcf_packed_nbytes(uses.n_first, plan.width) +
             smcf_packed_nbytes(uses.n_present - uses.n_first, repeat_width);
    if (uses.n_present > 0 && nbytes < best) {
        encoding = SMCF_COLUMN_RECUR;
    }
    plan.encoding = (enum smcf_column_encoding)encoding;
    header->widths[SMCF_COLUMN_NAME] = (uint8_t)plan.width;
    header->bases[SMCF_COLUMN_NAME] = smcf_put32(plan.base);
    header->encodings =
        smcf_put16((uint16_t)(smcf_get16(header->encodings) | encoding << 4 * SMCF_COLUMN_NAME));
    if (encoding == SMCF_COLUMN_RECUR) {
        for (unsigned i = 0; i < uses.n_first; i++) {
            uses.values[i] -= plan.base;
        }
        smc_buf_append(&writer->blocks, uses.presence, sizeof uses.presence);
        smc_buf_append(&writer->blocks, uses.first, sizeof uses.first);
        smc_pack(&writer->blocks, uses.values, uses.n_first, plan.width);
        smc_pack(&writer->blocks, uses.repeats, uses.n_present - uses.n_first, repeat_width);
    } else if (encoding != SMCF_COLUMN_NONE) {
        pack_column(&writer->blocks, &plan, names, NULL, names, n);
    }
}

static void pack_keys(struct smc_token_writer *writer, struct smcf_block *header, unsigned n)
{
    struct line_plan line = plan_sloped(writer->line, n);
    /* Columns of several lines do not ascend. */
    struct line_plan column = writer->line[0] == writer->line[n - 1]
                                  ? plan_sloped(writer->column, n)
                                  : plan_line(writer->column, n, 0);
    uint64_t lows[SMCF_BLOCK_TOKENS], highs[SMCF_BLOCK_TOKENS];

    header->line_width = (uint8_t)line.width;
    header->line_slope = smcf_put16((uint16_t)line.slope);
    header->line_base = smcf_put32(line.base);
    header->column_width = (uint8_t)column.width;
    header->column_slope = smcf_put16((uint16_t)column.slope);
    header->column_base = smcf_put32(column.base);
    for (unsigned i = 0; i < n; i++) {
        lows[i] = writer->column[i] - column.base - ((column.slope * i) >> 8);
        highs[i] = writer->line[i] - line.base - ((line.slope * i) >> 8);
    }
    smc_pack_pairs(&writer->blocks, lows, column.width, highs, line.width, n);
}

static void set_column(struct smcf_block *header, enum smcf_column column, const struct plan *plan)
{
    header->widths[column] = (uint8_t)plan->width;
    header->bases[column] = smcf_put32(plan->base);
    header->encodings = smcf_put16(
        (uint16_t)(smcf_get16(header->encodings) | (unsigned)plan->encoding << 4 * (int)column));
}

static void pack_originals(struct smc_token_writer *writer, struct smcf_block *header, unsigned n)
{
    static const enum smcf_column columns[] = {SMCF_COLUMN_SOURCE_LINE, SMCF_COLUMN_SOURCE_COLUMN};
    const uint32_t *sources = writer->values[SMCF_COLUMN_SOURCE];
    const uint32_t *const generated[] = {writer->line, writer->column};
    unsigned n_present = 0;

    for (unsigned i = 0; i < n; i++) {
        n_present += sources[i] != SMCF_NONE;
    }
    if (n_present == 0) {
        return;
    }
    struct plan plan = plan_range(sources, NULL, sources, n);
    plan.encoding = n_present == n ? SMCF_COLUMN_PLAIN : SMCF_COLUMN_SPARSE;
    set_column(header, SMCF_COLUMN_SOURCE, &plan);
    pack_column(&writer->blocks, &plan, sources, NULL, sources, n);

    for (int i = 0; i < 2; i++) {
        const uint32_t *values = writer->values[columns[i]];
        struct plan follow = plan_range(values, generated[i], sources, n);
        plan = plan_range(values, NULL, sources, n);
        if (follow.width < plan.width) {
            plan = follow;
            plan.encoding = SMCF_COLUMN_FOLLOW;
        }
        set_column(header, columns[i], &plan);
        pack_column(&writer->blocks, &plan, values,
                    plan.encoding == SMCF_COLUMN_FOLLOW ? generated[i] : NULL, sources, n);
    }
}

void smc_token_writer_flush(struct smc_token_writer *writer)
{
    struct smcf_block header = {0};
    unsigned n = writer->n;

    if (n == 0) {
        return;
    }
    struct smcf_directory_entry entry = {
        {smcf_put32(writer->column[0]), smcf_put32(writer->line[0])},
        smcf_put64(writer->blocks.nbytes)};
    smc_buf_append(&writer->directory, &entry, sizeof entry);
    if (writer->n_blocks % SMCF_TOP_STRIDE == 0) {
        smc_buf_append(&writer->top, &entry.first, sizeof entry.first);
    }
    size_t header_off = writer->blocks.nbytes;
    smc_buf_append(&writer->blocks, &header, sizeof header);
    pack_keys(writer, &header, n);
    pack_originals(writer, &header, n);
    pack_names(writer, &header, n);
    if (!writer->blocks.failed) {
        memcpy(writer->blocks.data + header_off, &header, sizeof header);
    }
    writer->n_blocks++;
    writer->n_tokens += n;
    writer->n = 0;
}

void smc_token_writer_reset(struct smc_token_writer *writer)
{
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
}
