#include "src/build/ranges.h"

#include "src/build/vlq.h"

enum smc_ranges_result smc_ranges_check(const struct smc_ranges_input *input, const char **reason,
                                        size_t *at)
{
    const uint8_t *start = input->text, *end = start + input->nbytes, *too_large = NULL;

    for (const uint8_t *p = start; p < end;) {
        uint64_t value = 0;
        const uint8_t *from = p;
        if (*p == ';') {
            p++;
        } else if (input->form == SMC_RANGES_BITMAP) {
            p = smc_vlq_digit(*p) < 0 ? NULL : p + 1;
        } else {
            p = smc_vlq_read(p, end, &value);
        }
        if (p == NULL) {
            *reason = input->form == SMC_RANGES_BITMAP ? "not base64 digits" : "not base64 VLQs";
            *at = (size_t)(from - start);
            return SMC_RANGES_DROPPED;
        }
        if (value > SMC_VLQ_MAX && too_large == NULL) {
            too_large = from;
        }
    }
    if (too_large != NULL) { /* only now: bad grammar anywhere goes before it */
        *reason = "a number of 2^32 or more";
        *at = (size_t)(too_large - start);
        return SMC_RANGES_OVERFLOW;
    }
    return SMC_RANGES_OK;
}

static void warn(const struct smc_ranges *ranges, const char *reason, size_t at)
{
    if (ranges->input.warn != NULL) {
        ranges->input.warn(ranges->input.context, reason, at);
    }
}

static int is_line_at_end(const struct smc_ranges *ranges)
{
    return ranges->p == ranges->input.text + ranges->input.nbytes || *ranges->p == ';';
}

static void advance_bitmap(struct smc_ranges *ranges)
{
    while (ranges->bits == 0 && !is_line_at_end(ranges)) {
        ranges->next_at = (size_t)(ranges->p - ranges->input.text);
        ranges->bits = (unsigned)smc_vlq_digit(*ranges->p++) & 63;
        ranges->base += 6;
    }
    if (ranges->bits != 0) {
        unsigned bit = 0;
        while ((ranges->bits >> bit & 1) == 0) {
            bit++;
        }
        ranges->bits &= ranges->bits - 1;
        ranges->next = ranges->base - 6 + bit;
    }
}

static void advance_vlq(struct smc_ranges *ranges)
{
    const uint8_t *end = ranges->input.text + ranges->input.nbytes;

    while (!is_line_at_end(ranges)) {
        size_t at = (size_t)(ranges->p - ranges->input.text);
        uint64_t value = 0;
        int is_first = ranges->is_first;
        ranges->p = smc_vlq_read(ranges->p, end, &value);
        ranges->base += value; /* 64 bits hold the sum of as many as there can be */
        ranges->is_first = 0;
        if (value == 0 && !is_first) {
            warn(ranges, "a range mapping named twice", at);
        } else if (value == 0 && ranges->input.form == SMC_RANGES_ONE_BASED) {
            warn(ranges, "range mapping 0 of a line, where the first is 1", at);
        } else {
            ranges->next = ranges->base - (ranges->input.form == SMC_RANGES_ONE_BASED);
            ranges->next_at = at;
            return;
        }
    }
}

void smc_ranges_advance(struct smc_ranges *ranges)
{
    ranges->next = SMC_RANGES_NONE;
    if (ranges->input.form == SMC_RANGES_BITMAP) {
        advance_bitmap(ranges);
    } else {
        advance_vlq(ranges);
    }
}

static void start_line(struct smc_ranges *ranges)
{
    ranges->n_mappings = 0;
    ranges->base = 0;
    ranges->bits = 0;
    ranges->is_first = 1;
    smc_ranges_advance(ranges);
}

void smc_ranges_start(struct smc_ranges *ranges, const struct smc_ranges_input *input)
{
    *ranges = (struct smc_ranges){.input = *input, .p = input->text};
    start_line(ranges);
}

void smc_ranges_end_line(struct smc_ranges *ranges)
{
    while (ranges->next != SMC_RANGES_NONE) {
        warn(ranges, "a range mapping that does not exist", ranges->next_at);
        smc_ranges_advance(ranges);
    }
    if (ranges->p < ranges->input.text + ranges->input.nbytes) {
        ranges->p++; /* the semicolon */
    }
    start_line(ranges);
}

void smc_ranges_finish(struct smc_ranges *ranges)
{
    do {
        smc_ranges_end_line(ranges);
    } while (ranges->next != SMC_RANGES_NONE ||
             ranges->p < ranges->input.text + ranges->input.nbytes);
}

void smc_ranges_warn_taken(struct smc_ranges *ranges, const char *reason)
{
    warn(ranges, reason, ranges->taken_at);
}
