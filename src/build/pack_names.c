/*
 * The names of a block (spec 5.3). As in pack.c, there is one function for all processors, and one for those with
 * AVX2.
 */
#include "src/build/lanes.h"
#include "src/build/pack.h"

/* Where the names of a block are used the first time. */
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
    const struct smc_range range = smc_range_of_span(lowest, highest);
    const unsigned repeat_width = smcf_repeat_width(uses.n);

    header->widths[SMCF_COLUMN_NAME] = (uint8_t)range.width;
    header->bases[SMCF_COLUMN_NAME] = smcf_put32(range.base);
    if (SMCF_BITMAP_NBYTES + smcf_packed_nbytes(uses.n, range.width) +
            smcf_packed_nbytes(n - uses.n, repeat_width) >=
        smcf_packed_nbytes(n, range.width)) {
        return pack_values(to, names, n, range, avx2);
    }
    header->flags |= SMCF_BLOCK_RECUR_NAMES;
    to = smc_lanes_put_bits(to, uses.bits);
    smc_lanes_pick(distinct, names, uses.bits, uses.n, avx2);
    to = pack_values(to, distinct, uses.n, range, avx2);
    return smc_lanes_pack_others(to, uses.firsts, n, uses.bits, repeat_width, avx2);
}

static SMC_LANES uint8_t *pack_names(struct smc_token_writer *writer, const uint32_t *names,
                                     unsigned n_tokens, struct smcf_block *header, uint8_t *to,
                                     int avx2)
{
    uint32_t picked[N_LANES + 8];
    uint64_t presence[N_BITMAP_WORDS];
    unsigned n = smc_lanes_present(names, presence, avx2);

    n = n == N_LANES ? n_tokens : n > 0 ? smc_lanes_keep_first(presence, n_tokens) : 0;
    if (n == 0) {
        return to;
    }
    header->flags |= SMCF_BLOCK_NAMES;
    if (n < n_tokens) {
        header->flags |= SMCF_BLOCK_SPARSE_NAMES;
        to = smc_lanes_put_bits(to, presence);
        smc_lanes_pick(picked, names, presence, n, avx2);
        names = picked;
    }
    return pack_names_of(writer, names, n, header, to, avx2);
}

#if defined(SMC_CPU_HAVE_AVX2)
__attribute__((SMC_CPU_TARGET_AVX2)) static uint8_t *
pack_names_avx2(struct smc_token_writer *writer, const uint32_t *names, unsigned n,
                struct smcf_block *header, uint8_t *to)
{
    return pack_names(writer, names, n, header, to, 1);
}
#endif

uint8_t *smc_pack_names(struct smc_token_writer *writer, const uint32_t *names, unsigned n,
                        struct smcf_block *header, uint8_t *to)
{
#if defined(SMC_CPU_HAVE_AVX2)
    if (writer->level >= SMC_CPU_AVX2) {
        return pack_names_avx2(writer, names, n, header, to);
    }
#endif
    return pack_names(writer, names, n, header, to, 0);
}
