/*
 * Packed values and offset lists (spec 2.3, 4).
 */
#include "src/build/parts.h"

void smc_pack(struct smc_buf *buf, const uint64_t *values, unsigned n, unsigned width)
{
    size_t nbytes = (size_t)smcf_packed_nbytes(n, width);
    uint8_t *out = smc_buf_reserve(buf, nbytes);
    uint64_t bits = 0;
    unsigned n_bits = 0; /* < 8 between values, so values of 56 bits fit */

    if (out == NULL) {
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        bits |= values[i] << n_bits;
        for (n_bits += width; n_bits >= 8; n_bits -= 8) {
            *out++ = (uint8_t)bits;
            bits >>= 8;
        }
    }
    if (n_bits > 0) {
        *out = (uint8_t)bits;
    }
    buf->nbytes += nbytes;
}

/* Values minus the line base + slope x i, made to start at 0; returns the width they need. */
static unsigned residuals(const uint64_t *values, unsigned n, uint64_t slope, uint64_t *base,
                          uint64_t *left)
{
    /* Ascending values: the differences to values[0] are signed and small compared to 2^63. */
    int64_t lowest = 0, highest = 0;
    for (unsigned i = 0; i < n; i++) {
        int64_t residual = (int64_t)(values[i] - values[0] - ((slope * i) >> 8));
        lowest = residual < lowest ? residual : lowest;
        highest = residual > highest ? residual : highest;
        left[i] = (uint64_t)residual;
    }
    for (unsigned i = 0; i < n; i++) {
        left[i] -= (uint64_t)lowest;
    }
    *base = values[0] + (uint64_t)lowest;
    return smcf_bit_width((uint64_t)highest - (uint64_t)lowest);
}

static void flush_group(struct smc_offset_writer *list)
{
    uint64_t left[SMCF_GROUP_VALUES] = {0}, base;
    unsigned n = list->n_pending;
    uint64_t slope = 0, mean;

    if (n == 0) {
        return;
    }
    mean = n > 1 ? (list->pending[n - 1] - list->pending[0]) / (n - 1) : 0;
    if (mean < 256) { /* the slope is 16 bits of 1/256 */
        slope = n > 1 ? (list->pending[n - 1] - list->pending[0]) * 256 / (n - 1) : 0;
    }
    if (slope != 0 && residuals(list->pending, n, slope, &base, left) >=
                          residuals(list->pending, n, 0, &base, left)) {
        slope = 0;
    }
    unsigned width = residuals(list->pending, n, slope, &base, left);
    if (width > SMCF_OFFSET_WIDTH_MAX ||
        list->words.nbytes / 8 > UINT32_MAX - SMCF_OFFSET_WIDTH_MAX) {
        list->words.failed = 1; /* more than 2^56 bytes, or 32 GiB of list: no such memory */
        return;
    }
    struct smcf_offset_group group = {smcf_put64(base),
                                      smcf_put32((uint32_t)(list->words.nbytes / 8)),
                                      smcf_put16((uint16_t)slope), (uint8_t)width, 0};
    smc_buf_append(&list->groups, &group, sizeof group);
    for (unsigned i = n; i < SMCF_GROUP_VALUES; i++) {
        left[i] = 0; /* fill the words up (spec 4) */
    }
    smc_pack(&list->words, left, SMCF_GROUP_VALUES, width);
    list->n_pending = 0;
}

void smc_offset_writer_add(struct smc_offset_writer *list, uint64_t value)
{
    if (list->n_pending == SMCF_GROUP_VALUES) {
        flush_group(list);
    }
    if (list->n_pending < SMCF_GROUP_VALUES) { /* else the flush failed */
        list->pending[list->n_pending++] = value;
    }
}

void smc_offset_writer_finish(struct smc_offset_writer *list, struct smc_buf *section)
{
    flush_group(list);
    *section = list->groups;
    list->groups = (struct smc_buf){0};
    smc_buf_append(section, list->words.data, list->words.nbytes);
    smc_buf_append(section, NULL, SMCF_GUARD_NBYTES);
    section->failed |= list->words.failed;
    smc_offset_writer_free(list);
}

void smc_offset_writer_free(struct smc_offset_writer *list)
{
    smc_buf_free(&list->groups);
    smc_buf_free(&list->words);
}
