/*
 * The names of a block (spec 5.3). As in pack.c, there is one function for all processors, and one for those with
 * AVX2.
 */
#include "src/build/lanes_pack.h"
#include "src/build/pack.h"

/* The distinct names of a block in the order of their first use, which is that of their slots. */
struct slots {
    unsigned n;
    uint32_t names[N_LANES + 8];
    _Alignas(32) uint8_t of_uses[N_LANES + 8];
};

/*
 * Of each use of a name, which one is the first of that name. `first_of` has a place for each name; what it has of
 * other blocks is overwritten before it is read. In two loops, as a processor that has to guess whether it loads what
 * it has just stored waits or guesses wrong.
 */
static SMC_LANES void find_first_uses(uint8_t *first, const uint32_t *names, size_t n_uses,
                                      uint8_t *first_of)
{
    for (size_t i = n_uses; i > 0; i -= 4) {
        first_of[names[i - 1]] = (uint8_t)(i - 1);
        first_of[names[i - 2]] = (uint8_t)(i - 2);
        first_of[names[i - 3]] = (uint8_t)(i - 3);
        first_of[names[i - 4]] = (uint8_t)(i - 4);
    }
    for (size_t i = 0; i < n_uses; i += 4) {
        first[i] = first_of[names[i]];
        first[i + 1] = first_of[names[i + 1]];
        first[i + 2] = first_of[names[i + 2]];
        first[i + 3] = first_of[names[i + 3]];
    }
}

/* `names` goes on with names that it has up to a multiple of 8. */
static SMC_LANES void find_slots(const uint32_t *names, unsigned n_uses, uint8_t *first_of,
                                 struct slots *slots, int avx2)
{
    const unsigned n = (n_uses + 7) / 8 * 8;
    _Alignas(32) uint8_t first[N_LANES], slot_of_first[N_LANES];

    find_first_uses(first, names, n, first_of);
    memset(slots->names, 0, sizeof slots->names); /* loops go on behind n */
    slots->n = smc_lanes_number(slots->names, slot_of_first, names, first, n, avx2);
    smc_lanes_look_up(slots->of_uses, slot_of_first, first, n, avx2);
}

static SMC_LANES uint8_t *pack_values(uint8_t *to, const uint32_t *names, unsigned n,
                                      struct smc_range range, int avx2)
{
    _Alignas(64) uint32_t values[N_LANES + SMC_LANES_OVER];

    for (unsigned i = 0; i < N_LANES; i++) {
        values[i] = names[i] - range.base;
    }
    return smc_lanes_pack_values(to, values, n, range.width, avx2);
}

/* Makes room for the first uses of names up to that one. 0, or -1 without memory. */
static int start_first_uses(struct smc_token_writer *writer, uint32_t highest)
{
    struct smc_buf *first_uses = &writer->first_uses;

    if (first_uses->nbytes <= highest) {
        smc_buf_append(first_uses, NULL, highest - first_uses->nbytes + 1);
        smc_buf_append(first_uses, NULL,
                       first_uses->capacity - first_uses->nbytes); /* for later ones */
    }
    return first_uses->failed ? -1 : 0;
}

static SMC_LANES uint8_t *pack_names_of(struct smc_token_writer *writer, const uint32_t *names,
                                        unsigned n, struct smcf_block *header, uint8_t *to,
                                        int avx2)
{
    uint32_t lowest, highest;
    struct slots slots;

    smc_lanes_span(names, &lowest, &highest);
    if (start_first_uses(writer, highest) != 0) {
        return NULL;
    }
    find_slots(names, n, writer->first_uses.data, &slots, avx2);
    const struct smc_range range = smc_range_of_span(lowest, highest, SMCF_NAME_BASE_MAX);
    const unsigned slot_width = smcf_bit_width(slots.n - 1);

    header->widths[SMCF_COLUMN_NAME] = (uint8_t)range.width;
    header->name_base = smcf_put24(range.base);
    if (smcf_packed_nbytes(n, slot_width) + smcf_packed_nbytes(slots.n, range.width) >=
        smcf_packed_nbytes(n, range.width)) {
        return pack_values(to, names, n, range, avx2);
    }
    header->flags |= SMCF_BLOCK_NAME_SLOTS;
    header->low_slot_widths |= (uint8_t)(slot_width << SMCF_LOW_WIDTH_NBITS);
    to = smc_lanes_pack_bytes(to, slots.of_uses, n, slot_width, avx2);
    return pack_values(to, slots.names, slots.n, range, avx2);
}

static SMC_LANES uint8_t *pack_names(struct smc_token_writer *writer,
                                     const struct smc_present_names *names,
                                     struct smcf_block *header, uint8_t *to, int avx2)
{
    uint32_t picked[N_LANES + 8];
    const uint32_t *values = names->all;

    if (names->n < names->n_tokens) {
        smc_lanes_pick(picked, names->all, names->presence, names->n, avx2);
        values = picked;
    }
    return pack_names_of(writer, values, names->n, header, to, avx2);
}

#if defined(SMC_CPU_HAVE_AVX2)
__attribute__((SMC_CPU_TARGET_AVX2)) static uint8_t *
pack_names_avx2(struct smc_token_writer *writer, const struct smc_present_names *names,
                struct smcf_block *header, uint8_t *to)
{
    return pack_names(writer, names, header, to, 1);
}
#endif

uint8_t *smc_pack_names(struct smc_token_writer *writer, const struct smc_present_names *names,
                        struct smcf_block *header, uint8_t *to)
{
#if defined(SMC_CPU_HAVE_AVX2)
    if (writer->level >= SMC_CPU_AVX2) {
        return pack_names_avx2(writer, names, header, to);
    }
#endif
    return pack_names(writer, names, header, to, 0);
}
