/*
 * The names of a block (spec 5.3). As in pack.c, there is one function for all processors, and one for those with
 * AVX2.
 */
#include "src/build/lanes.h"
#include "src/build/pack.h"

/* Where the names of a block are used the first time: each has a slot, in that order. */
struct first_uses {
    unsigned n;
    uint64_t bits[N_BITMAP_WORDS];
    uint8_t firsts[N_LANES + 8]; /* of each name, which one is the first use of it */
};

/* `uses` has a byte for each name, of no meaning before and after. */
static SMC_LANES void find_first_uses(const uint32_t *names, unsigned n, uint8_t *uses,
                                      struct first_uses *found, int avx2)
{
    for (unsigned r = n; r-- > 0;) {
        uses[names[r]] = (uint8_t)r; /* the first one comes last */
    }
    for (unsigned r = 0; r < n; r++) {
        found->firsts[r] = uses[names[r]];
    }
    found->n = smc_lanes_in_place(found->bits, found->firsts, n, avx2);
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

static SMC_LANES uint8_t *pack_names_of(struct smc_token_writer *writer, const uint32_t *names,
                                        unsigned n, struct smcf_block *header, uint8_t *to,
                                        int avx2)
{
    uint32_t lowest, highest, distinct[N_LANES + 8];
    struct first_uses uses;

    smc_lanes_span(names, &lowest, &highest);
    if (writer->uses.nbytes <= highest) {
        smc_buf_append(&writer->uses, NULL, (size_t)highest + 1 - writer->uses.nbytes);
        if (writer->uses.failed) {
            return NULL;
        }
    }
    find_first_uses(names, n, writer->uses.data, &uses, avx2);
    const struct smc_range range = smc_range_of_span(lowest, highest, SMCF_NAME_BASE_MAX);
    const unsigned slot_width = smcf_bit_width(uses.n - 1);

    header->widths[SMCF_COLUMN_NAME] = (uint8_t)range.width;
    header->name_base = smcf_put24(range.base);
    if (smcf_packed_nbytes(n, slot_width) + smcf_packed_nbytes(uses.n, range.width) >=
        smcf_packed_nbytes(n, range.width)) {
        return pack_values(to, names, n, range, avx2);
    }
    header->flags |= SMCF_BLOCK_NAME_SLOTS;
    header->low_slot_widths |= (uint8_t)(slot_width << SMCF_LOW_WIDTH_NBITS);
    to = smc_lanes_pack_ranks(to, uses.firsts, n, uses.bits, slot_width, avx2);
    smc_lanes_pick(distinct, names, uses.bits, uses.n, avx2);
    return pack_values(to, distinct, uses.n, range, avx2);
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
