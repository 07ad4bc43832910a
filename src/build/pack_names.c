/*
 * The names of a block (spec 5.3). As in pack.c, there is one function for all processors, and one for those with
 * AVX2.
 */
#include "src/build/lanes.h"
#include "src/build/pack.h"

/* The distinct names of a block in the order of their first use, which is that of their slots. */
struct slots {
    unsigned n;
    uint32_t names[N_LANES + 1]; /* behind n: one that has a slot already, or nothing */
    uint8_t of_uses[N_LANES + 8];
};

/* `slots_of` says of each name which slot it has, plus `base`, if it has one in this block. */
static SMC_LANES void find_slots(const uint32_t *names, unsigned n_uses, uint32_t *slots_of,
                                 uint32_t base, struct slots *slots)
{
    unsigned n = 0;

    for (unsigned i = 0; i < n_uses; i++) {
        const uint32_t name = names[i];
        const uint32_t known = slots_of[name] - base;
        const unsigned slot = known < n ? known : n;
        slots->names[n] = name;
        slots_of[name] = base + slot;
        slots->of_uses[i] = (uint8_t)slot;
        n += slot == n;
    }
    slots->n = n;
}

static SMC_LANES uint8_t *pack_values(uint8_t *to, const uint32_t *names, unsigned n,
                                      struct smc_range range, int avx2)
{
    uint64_t words[1 + N_LANES + 7];

    words[0] = 0;
    smc_lanes_to_words(words + 1, names, range.base, 0);
    for (unsigned i = 0; i < 7; i++) { /* what is packed goes on with zeros up to a multiple of 8 */
        words[1 + n + i] = 0;
    }
    return smc_lanes_pack(to, words + 1, n, range.width, avx2);
}

/* Makes room for the slots of names up to that one. 0, or -1 without memory. */
static int start_slots(struct smc_token_writer *writer, uint32_t highest)
{
    const size_t nbytes = ((size_t)highest + 1) * sizeof(uint32_t);
    struct smc_buf *slots = &writer->slots;

    if (slots->nbytes < nbytes) {
        smc_buf_append(slots, NULL, nbytes - slots->nbytes);
    }
    return slots->failed ? -1 : 0;
}

/*
 * Each block has a range of its own, so that what is left of the blocks before never has to be cleared, nor zeros.
 * There are fewer than 2^32 - 1 tokens, so the last range that there can be ends below 2^32.
 */
static uint32_t slot_base_of(const struct smc_token_writer *writer)
{
    return 1 + writer->n_blocks * N_LANES;
}

static SMC_LANES uint8_t *pack_names_of(struct smc_token_writer *writer, const uint32_t *names,
                                        unsigned n, struct smcf_block *header, uint8_t *to,
                                        int avx2)
{
    uint32_t lowest, highest;
    struct slots slots;

    smc_lanes_span(names, &lowest, &highest);
    if (start_slots(writer, highest) != 0) {
        return NULL;
    }
    find_slots(names, n, (void *)writer->slots.data, slot_base_of(writer), &slots);
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
