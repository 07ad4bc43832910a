#include "src/reader/inflate.h"

#include "src/reader/bits.h"
#include "src/reader/code.h"

#include <string.h>

#define N_LITLEN SMC_CODES_MAX
#define N_DIST 32
#define N_ORDER 19 /* codes of the code lengths */
#define ORDER_BITS 7

/* ---- input ---- */

/* 56 bits or more. */
static inline void refill(struct smc_inflate *in)
{
    while (in->n_bits < 56) {
        uint64_t byte = 0;
        if (in->next < in->end) {
            byte = *in->next++;
        } else {
            in->n_beyond += 8;
        }
        in->bits |= byte << in->n_bits;
        in->n_bits += 8;
    }
}

static inline unsigned take(struct smc_inflate *in, unsigned n)
{
    unsigned value = (unsigned)smc_low_bits(in->bits, n);
    in->bits >>= n;
    in->n_bits -= n;
    return value;
}

static inline int ran_out(const struct smc_inflate *in)
{
    return in->n_bits < in->n_beyond;
}

/* ---- codes ---- */

#define PAIR(base, bits) ((UINT32_C(base) << 16) | (bits))
#define NONE SMC_CODE_SPECIAL
#define STOP (SMC_CODE_SPECIAL | SMC_CODE_END)

static const uint32_t length_symbols[N_LITLEN - 256] = {
    STOP,         PAIR(3, 0),   PAIR(4, 0),  PAIR(5, 0),   PAIR(6, 0),   PAIR(7, 0),   PAIR(8, 0),
    PAIR(9, 0),   PAIR(10, 0),  PAIR(11, 1), PAIR(13, 1),  PAIR(15, 1),  PAIR(17, 1),  PAIR(19, 2),
    PAIR(23, 2),  PAIR(27, 2),  PAIR(31, 2), PAIR(35, 3),  PAIR(43, 3),  PAIR(51, 3),  PAIR(59, 3),
    PAIR(67, 4),  PAIR(83, 4),  PAIR(99, 4), PAIR(115, 4), PAIR(131, 5), PAIR(163, 5), PAIR(195, 5),
    PAIR(227, 5), PAIR(258, 0), NONE,        NONE};
static const uint32_t dist_symbols[N_DIST] = {
    PAIR(1, 0),      PAIR(2, 0),      PAIR(3, 0),     PAIR(4, 0),
    PAIR(5, 1),      PAIR(7, 1),      PAIR(9, 2),     PAIR(13, 2),
    PAIR(17, 3),     PAIR(25, 3),     PAIR(33, 4),    PAIR(49, 4),
    PAIR(65, 5),     PAIR(97, 5),     PAIR(129, 6),   PAIR(193, 6),
    PAIR(257, 7),    PAIR(385, 7),    PAIR(513, 8),   PAIR(769, 8),
    PAIR(1025, 9),   PAIR(1537, 9),   PAIR(2049, 10), PAIR(3073, 10),
    PAIR(4097, 11),  PAIR(6145, 11),  PAIR(8193, 12), PAIR(12289, 12),
    PAIR(16385, 13), PAIR(24577, 13), NONE,           NONE};

/* The tables of a block's codes, from their lengths. */
static int block_codes(struct smc_inflate *in, const uint8_t *lengths, unsigned n_litlen,
                       unsigned n_dist)
{
    uint32_t symbols[N_LITLEN];

    for (uint32_t i = 0; i < 256; i++) {
        symbols[i] = SMC_CODE_LITERAL | i << 16;
    }
    memcpy(symbols + 256, length_symbols, sizeof length_symbols);
    return smc_code_build(in->litlen, SMC_LITLEN_BITS, lengths, n_litlen, symbols, 1) != 0 ||
                   smc_code_build(in->dist, SMC_DIST_BITS, lengths + n_litlen, n_dist, dist_symbols,
                                  1) != 0
               ? -1
               : 0;
}

static int fixed_codes(struct smc_inflate *in)
{
    uint8_t lengths[N_LITLEN + N_DIST];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    memset(lengths + N_LITLEN, 5, N_DIST);
    return block_codes(in, lengths, N_LITLEN, N_DIST);
}

/* RFC 1951, 3.2.7. */
static int dynamic_codes(struct smc_inflate *in)
{
    static const uint8_t order[N_ORDER] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                           11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[N_LITLEN + N_DIST] = {0};
    uint32_t table[1 << ORDER_BITS], symbols[N_ORDER];
    unsigned n_litlen, n_dist, n_order, n = 0;

    refill(in);
    n_litlen = take(in, 5) + 257;
    n_dist = take(in, 5) + 1;
    n_order = take(in, 4) + 4;
    if (n_litlen > 286 || n_dist > 30) {
        return -1;
    }
    for (unsigned i = 0; i < n_order; i++) {
        refill(in);
        lengths[order[i]] = (uint8_t)take(in, 3);
    }
    for (uint32_t i = 0; i < N_ORDER; i++) {
        symbols[i] = i << 16;
    }
    if (smc_code_build(table, ORDER_BITS, lengths, N_ORDER, symbols, 0) != 0) {
        return -1;
    }
    memset(lengths, 0, N_ORDER);
    while (n < n_litlen + n_dist) {
        refill(in);
        const uint32_t entry = table[smc_low_bits(in->bits, ORDER_BITS)];
        const size_t symbol = smc_code_value(entry);
        unsigned repeat = 1;
        uint8_t length = 0;
        take(in, smc_code_all_bits(entry));
        if ((entry & SMC_CODE_SPECIAL) != 0 || ran_out(in)) {
            return -1;
        }
        if (symbol < 16) {
            length = (uint8_t)symbol;
        } else if (symbol == 16) {
            if (n == 0) {
                return -1;
            }
            length = lengths[n - 1];
            repeat = 3 + take(in, 2);
        } else {
            repeat = symbol == 17 ? 3 + take(in, 3) : 11 + take(in, 7);
        }
        if (repeat > n_litlen + n_dist - n) {
            return -1;
        }
        memset(lengths + n, length, repeat);
        n += repeat;
    }
    if (lengths[256] == 0) { /* a block that could not end */
        return -1;
    }
    return block_codes(in, lengths, n_litlen, n_dist);
}

/* ---- blocks ---- */

static int stored_block(struct smc_inflate *in)
{
    take(in, in->n_bits & 7);
    refill(in);
    unsigned nbytes = take(in, 16), check = take(in, 16);
    if (ran_out(in) || (nbytes ^ check) != 0xffff || nbytes > in->out_nbytes - in->out_off) {
        return -1;
    }
    while (nbytes > 0 && in->n_bits > in->n_beyond) { /* whole bytes that refill took */
        in->out[in->out_off++] = (uint8_t)take(in, 8);
        nbytes--;
    }
    if (nbytes > 0) {
        if ((size_t)(in->end - in->next) < nbytes) {
            return -1;
        }
        memcpy(in->out + in->out_off, in->next, nbytes);
        in->out_off += nbytes;
        in->next += nbytes;
    }
    return 0;
}

/* The entry of the code that comes next; without SMC_CODE_SECOND. */
static SMC_ALWAYS_INLINE uint32_t look_up(const uint32_t *table, unsigned first_bits, uint64_t bits)
{
    uint32_t entry = table[smc_low_bits(bits, first_bits)];
    if ((entry & (SMC_CODE_SPECIAL | SMC_CODE_SECOND)) == (SMC_CODE_SPECIAL | SMC_CODE_SECOND)) {
        entry = table[(entry >> 16) + smc_low_bits(bits >> first_bits, smc_code_bits(entry))];
    }
    return entry;
}

enum outcome { BAD = -1, GOES_ON, BLOCK_ENDS };

/* One symbol, wherever the buffers end. */
static enum outcome careful_symbol(struct smc_inflate *in)
{
    refill(in); /* 56 bits or more: 15 + 5 of a length, 15 + 13 of a distance */
    uint32_t entry = look_up(in->litlen, SMC_LITLEN_BITS, in->bits);
    if ((entry & SMC_CODE_LITERAL) != 0) {
        take(in, smc_code_all_bits(entry));
        if (ran_out(in) || in->out_off == in->out_nbytes) {
            return BAD;
        }
        in->out[in->out_off++] = (uint8_t)(entry >> 16);
        return GOES_ON;
    }
    size_t length = smc_code_extended(entry, in->bits);
    take(in, smc_code_all_bits(entry));
    if ((entry & SMC_CODE_SPECIAL) != 0 || ran_out(in)) {
        return (entry & SMC_CODE_END) != 0 && !ran_out(in) ? BLOCK_ENDS : BAD;
    }
    entry = look_up(in->dist, SMC_DIST_BITS, in->bits);
    size_t distance = smc_code_extended(entry, in->bits);
    take(in, smc_code_all_bits(entry));
    if ((entry & SMC_CODE_SPECIAL) != 0 || ran_out(in) || distance > in->out_off ||
        length > in->out_nbytes - in->out_off) {
        return BAD;
    }
    uint8_t *to = in->out + in->out_off;
    const uint8_t *from = to - distance;
    in->out_off += length;
    while (length-- > 0) { /* what is written may be read again */
        *to++ = *from++;
    }
    return GOES_ON;
}

/* What a round of fast_symbols() may touch: three loads, each at most 7 bytes behind the one before; and the output of
 * two literals and a match, whose copy writes up to 31 bytes too many. */
#define FAST_IN_NBYTES 24
#define FAST_OUT_NBYTES (2 + 258 + 31)

/* Copies a match; behind it there is room for 31 bytes more. */
static SMC_ALWAYS_INLINE void copy_match(uint8_t *to, size_t distance, size_t length)
{
    const uint8_t *from = to - distance, *end = to + length;

    if (distance >= 16) {
        memcpy(to, from, 16);
        memcpy(to + 16, from + 16, 16); /* most end here: nothing to be guessed */
        while (end - to > 32) {
            to += 32;
            from += 32;
            memcpy(to, from, 16);
            memcpy(to + 16, from + 16, 16);
        }
    } else if (distance >= 8) {
        do {
            memcpy(to, from, 8);
            to += 8;
            from += 8;
        } while (to < end);
    } else if (distance == 1) {
        memset(to, *from, length);
    } else {
        do {
            *to++ = *from++;
        } while (to < end);
    }
}

/*
 * Symbols without a look at the ends of the buffers: as long as these are far away, and up to `limit` bytes of output. A
 * round is up to three literals, or up to two and a match. `bits` has more than n_bits of the input at times, which
 * the next load brings again.
 */
static enum outcome fast_symbols(struct smc_inflate *in, size_t limit)
{
    const uint8_t *next = in->next;
    const uint32_t *litlen = in->litlen, *dist = in->dist;
    uint8_t *out = in->out + in->out_off;
    uint64_t bits = in->bits;
    unsigned n_bits = in->n_bits;
    enum outcome outcome = GOES_ON;

#define REFILL() (bits |= smc_load64(next) << n_bits, next += (63 - n_bits) >> 3, n_bits |= 56)
#define TAKE(entry) (bits >>= smc_code_all_bits(entry), n_bits -= smc_code_all_bits(entry))

    REFILL();
    uint32_t entry = litlen[smc_low_bits(bits, SMC_LITLEN_BITS)];
    while (in->end - next >= FAST_IN_NBYTES && (size_t)(out - in->out) < limit) {
        if ((entry & SMC_CODE_LITERAL) != 0) {
            TAKE(entry);
            *out++ = (uint8_t)(entry >> 16);
            entry = litlen[smc_low_bits(bits, SMC_LITLEN_BITS)];
            if ((entry & SMC_CODE_LITERAL) != 0) {
                TAKE(entry);
                *out++ = (uint8_t)(entry >> 16);
                entry = litlen[smc_low_bits(bits, SMC_LITLEN_BITS)];
            }
        }
        /* At least 56 - 2 x 11 bits: a length needs 15 + 5. */
        if ((entry & SMC_CODE_SPECIAL) != 0) {
            entry = look_up(litlen, SMC_LITLEN_BITS, bits);
            if ((entry & SMC_CODE_SPECIAL) != 0) {
                TAKE(entry);
                outcome = (entry & SMC_CODE_END) != 0 ? BLOCK_ENDS : BAD;
                break;
            }
        }
        if ((entry & SMC_CODE_LITERAL) != 0) {
            TAKE(entry);
            *out++ = (uint8_t)(entry >> 16);
            REFILL();
            entry = litlen[smc_low_bits(bits, SMC_LITLEN_BITS)];
            continue;
        }
        const size_t length = smc_code_extended(entry, bits);
        TAKE(entry);
        REFILL();
        entry = look_up(dist, SMC_DIST_BITS, bits);
        const size_t distance = smc_code_extended(entry, bits);
        TAKE(entry);
        if ((entry & SMC_CODE_SPECIAL) != 0 || distance > (size_t)(out - in->out)) {
            outcome = BAD;
            break;
        }
        REFILL(); /* the next entry comes while the match is copied */
        entry = litlen[smc_low_bits(bits, SMC_LITLEN_BITS)];
        copy_match(out, distance, length);
        out += length;
    }
#undef REFILL
#undef TAKE
    in->next = next;
    in->n_bits = n_bits;
    in->bits = smc_low_bits(bits, n_bits);
    in->out_off = (size_t)(out - in->out);
    return outcome;
}

/* The symbols of a block, up to n bytes of output or to its end. */
static enum outcome symbols(struct smc_inflate *in, size_t n)
{
    enum outcome outcome = GOES_ON;
    size_t limit = in->out_nbytes < FAST_OUT_NBYTES ? 0 : in->out_nbytes - FAST_OUT_NBYTES + 1;

    limit = limit < n ? limit : n;
    while (outcome == GOES_ON && (in->out_off < n || n == in->out_nbytes)) {
        outcome = in->end - in->next >= FAST_IN_NBYTES && in->out_off < limit
                      ? fast_symbols(in, limit)
                      : careful_symbol(in);
    }
    return outcome;
}

/* The next block as far as n bytes of output, and all of it if it is stored. */
static int next_block(struct smc_inflate *in, size_t n)
{
    if (!in->is_in_block) {
        int failed = 0;
        refill(in);
        in->is_last = (int)take(in, 1);
        switch (take(in, 2)) {
        case 0:
            return stored_block(in);
        case 1:
            failed = in->has_fixed ? 0 : fixed_codes(in);
            in->has_fixed = 1;
            break;
        case 2:
            failed = dynamic_codes(in);
            in->has_fixed = 0;
            break;
        default:
            failed = -1;
        }
        if (failed) {
            return -1;
        }
        in->is_in_block = 1;
    }
    enum outcome outcome = symbols(in, n);
    in->is_in_block = outcome == GOES_ON;
    return outcome == BAD ? -1 : 0;
}

void smc_inflate_start(struct smc_inflate *inflate, const uint8_t *in, size_t in_nbytes,
                       uint8_t *out, size_t out_nbytes)
{
    inflate->next = in;
    inflate->end = in + in_nbytes;
    inflate->bits = 0;
    inflate->n_bits = inflate->n_beyond = 0;
    inflate->out = out;
    inflate->out_off = 0;
    inflate->out_nbytes = out_nbytes;
    inflate->is_in_block = inflate->is_last = inflate->is_done = inflate->has_fixed = 0;
}

int smc_inflate_to(struct smc_inflate *in, size_t n)
{
    while (!in->is_done && (in->out_off < n || n == in->out_nbytes)) {
        if (next_block(in, n) != 0 || ran_out(in)) {
            return -1;
        }
        if (in->is_last && !in->is_in_block) {
            /* All of the output, and no whole byte of input left over. */
            size_t left = (size_t)(in->end - in->next) + (in->n_bits - in->n_beyond) / 8;
            if (in->out_off != in->out_nbytes || left != 0) {
                return -1;
            }
            in->is_done = 1;
        }
    }
    return 0;
}
