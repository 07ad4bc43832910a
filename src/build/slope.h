/*
 * Slopes of source lines (spec 5.2): of a block's lines, what is left over a line that ascends or descends by so many
 * sixteenths a token. Arrays are as in lanes.h.
 */
#ifndef SMC_BUILD_SLOPE_H
#define SMC_BUILD_SLOPE_H

#include "src/build/lanes.h"

/* More distant lines are left alone; times 16 x 128 they would not fit. */
#define SMC_SLOPE_SPAN_MAX (1U << 18)
/* A slope takes no more off a span: 8 lines a token. */
#define SMC_SLOPE_GAIN_MAX (8 * (SMCF_BLOCK_TOKENS - 1))
#define SMC_SLOPE_TRIES 4

/* Lines times 16 x 128, plus the index of the token: minus a slope, the highest and the lowest one tell what the
 * slope leaves and whether a steeper one would leave less. */
struct smc_slopes {
    _Alignas(64) int32_t lines[N_LANES];
    const uint32_t *at; /* which token; NULL: each is one */
};

/* What a slope leaves, highest minus lowest in 1/16, and how much less one that is steeper by 1 does at first: a
 * tangent of a convex function of the slope. */
struct smc_slope_left {
    int32_t slope, span, gain;
};

static SMC_LANES uint32_t smc_slope_at(const uint32_t *at, unsigned i)
{
    return at == NULL ? i : at[i];
}

static SMC_LANES struct smc_slope_left smc_slope_left_by(int32_t slope, int32_t lowest,
                                                         int32_t highest)
{
    const int32_t at_highest = highest & (N_LANES - 1), at_lowest = lowest & (N_LANES - 1);

    return (struct smc_slope_left){slope, (highest - at_highest - (lowest - at_lowest)) / N_LANES,
                                   at_highest - at_lowest};
}

/* Sets the lines relative to the first one; tries a slope of 0. */
static SMC_LANES struct smc_slope_left smc_slope_start(struct smc_slopes *slopes,
                                                       const uint32_t *lines, uint32_t first_line)
{
    int32_t lowest = INT32_MAX, highest = INT32_MIN;

    for (unsigned i = 0; i < N_LANES; i++) {
        int32_t value =
            (int32_t)((lines[i] - first_line) * (16 * N_LANES) + smc_slope_at(slopes->at, i));
        slopes->lines[i] = value;
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    return smc_slope_left_by(0, lowest, highest);
}

static SMC_LANES struct smc_slope_left smc_slope_try(const struct smc_slopes *slopes, int32_t slope)
{
    int32_t lowest = INT32_MAX, highest = INT32_MIN, over = 0;
    const int32_t step = slope * N_LANES;

    for (unsigned i = 0; i < N_LANES; i++, over += step) { /* a sum costs less than a product */
        int32_t value = slopes->lines[i];
        value -= slopes->at == NULL ? over : step * (int32_t)slopes->at[i];
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    return smc_slope_left_by(slope, lowest, highest);
}

/* The least width that so much can come to; where it is not whole lines it may be rounded down. */
static inline unsigned smc_slope_least_width(int32_t span)
{
    return smcf_bit_width(span < 32 ? 0 : (uint64_t)span / 16 - 1);
}

/*
 * The slope in 1/16 that leaves least, or nearly so. Where two tangents meet is where to try next, and says what
 * cannot be undercut. Slopes that leave more than the width `aim` are of no use.
 */
static SMC_LANES int32_t smc_slope_best(const uint32_t *lines, const uint32_t *at,
                                        uint32_t first_line, unsigned aim)
{
    int32_t lowest = -SMCF_LINE_SLOPE_NONE, highest = UINT8_MAX - SMCF_LINE_SLOPE_NONE, slope = 0;
    struct smc_slope_left left = {0}, right = {0}; /* no less than 0 is left */
    struct smc_slopes slopes;

    slopes.at = at;
    struct smc_slope_left tried = smc_slope_start(&slopes, lines, first_line), best = tried;
    for (int n = 1; tried.gain != 0; n++) {
        if (tried.gain > 0) {
            left = tried;
            lowest = slope + 1;
        } else {
            right = tried;
            highest = slope - 1;
        }
        slope = (left.span + left.gain * left.slope - right.span - right.gain * right.slope) /
                (left.gain - right.gain);
        const unsigned least =
            smc_slope_least_width(left.span - left.gain * (slope + 1 - left.slope));
        if (least > aim || least >= smcf_bit_width((uint64_t)best.span / 16) ||
            n == SMC_SLOPE_TRIES || lowest > highest) {
            break;
        }
        slope = slope < lowest ? lowest : slope > highest ? highest : slope;
        tried = smc_slope_try(&slopes, slope);
        best = tried.span < best.span ? tried : best;
    }
    return best.slope;
}

/* Whether a slope may leave less than `width` of lines that are so far apart. */
static inline int smc_slope_may_help(uint32_t span, unsigned width)
{
    return width > 0 && span < SMC_SLOPE_SPAN_MAX &&
           smcf_bit_width(span < SMC_SLOPE_GAIN_MAX ? 0 : span - SMC_SLOPE_GAIN_MAX) < width;
}

/* Lines relative to the first one and to a slope, and their range. */
static SMC_LANES struct smc_range smc_slope_subtract(uint32_t *restrict to,
                                                     const uint32_t *restrict lines,
                                                     const uint32_t *restrict at,
                                                     uint32_t first_line, uint8_t line_slope)
{
    int32_t lowest = INT32_MAX, highest = INT32_MIN;

    for (unsigned k = 0; k < N_LANES; k++) {
        uint32_t over = smcf_line_slope_at(line_slope, smc_slope_at(at, k));
        int32_t left = (int32_t)(lines[k] - first_line - over);
        to[k] = (uint32_t)left;
        lowest = left < lowest ? left : lowest;
        highest = left > highest ? left : highest;
    }
    return smc_range_of_span(lowest, highest, (int64_t)SMCF_LINE_BASE_MAX - first_line);
}

#endif
