#include "src/reader/inflate.h"

#include <string.h>

#define MAX_CODE_LENGTH 15
#define N_LITLEN 288
#define N_DIST 32

/* Bits that one table lookup resolves; longer codes walk the canonical code bit by bit. */
#define FAST_BITS 10

/* A canonical Huffman code. fast[next bits] is symbol << 4 | length, or 0 for a longer code. */
struct code {
    uint16_t fast[1 << FAST_BITS];
    uint16_t count[MAX_CODE_LENGTH + 1]; /* codes of each length */
    uint16_t symbols[N_LITLEN];          /* ordered by code */
};

struct input {
    const uint8_t *next, *end;
    uint64_t bits; /* not yet used, lowest first */
    unsigned n_bits;
    unsigned n_beyond; /* zero bits made up after the end; using one is an error */
};

static inline void refill(struct input *in)
{
    while (in->n_bits <= 56) {
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

static inline unsigned take(struct input *in, unsigned n)
{
    unsigned value = (unsigned)(in->bits & ((UINT64_C(1) << n) - 1));
    in->bits >>= n;
    in->n_bits -= n;
    return value;
}

static inline int ran_out(const struct input *in)
{
    return in->n_bits < in->n_beyond;
}

/* RFC 1951, 3.2.2. Refuses over-subscribed codes, and incomplete ones but for those that zlib lets
 * pass too: no code at all, and (not in the code of the code lengths) a single one of one bit. */
static int code_build(struct code *code, const uint8_t *lengths, unsigned n, int may_be_single)
{
    uint16_t next[MAX_CODE_LENGTH + 2];
    uint16_t position[MAX_CODE_LENGTH + 2];
    int left = 1;

    memset(code->count, 0, sizeof code->count);
    memset(code->fast, 0, sizeof code->fast);
    for (unsigned i = 0; i < n; i++) {
        code->count[lengths[i]]++;
    }
    unsigned n_used = n - code->count[0];
    code->count[0] = 0;
    next[1] = 0;
    position[1] = 0;
    for (unsigned length = 1; length <= MAX_CODE_LENGTH; length++) {
        left = left * 2 - code->count[length];
        if (left < 0) {
            return -1;
        }
        next[length + 1] = (uint16_t)((next[length] + code->count[length]) << 1);
        position[length + 1] = (uint16_t)(position[length] + code->count[length]);
    }
    if (left > 0 && n_used != 0 && !(may_be_single && n_used == 1 && code->count[1] == 1)) {
        return -1;
    }
    for (unsigned symbol = 0; symbol < n; symbol++) {
        unsigned length = lengths[symbol];
        if (length == 0) {
            continue;
        }
        unsigned value = next[length]++, reversed = 0;
        code->symbols[position[length]++] = (uint16_t)symbol;
        if (length > FAST_BITS) {
            continue;
        }
        for (unsigned i = 0; i < length; i++) { /* codes come highest bit first */
            reversed |= (value >> i & 1) << (length - 1 - i);
        }
        for (unsigned i = reversed; i < 1U << FAST_BITS; i += 1U << length) {
            code->fast[i] = (uint16_t)(symbol << 4 | length);
        }
    }
    return 0;
}

/* The next symbol, or -1. Needs 15 bits in the input. */
static inline int decode(struct input *in, const struct code *code)
{
    unsigned entry = code->fast[in->bits & ((1U << FAST_BITS) - 1)];
    if (entry != 0) {
        take(in, entry & 15);
        return (int)(entry >> 4);
    }
    int value = 0, first = 0, index = 0;
    for (unsigned length = 1; length <= MAX_CODE_LENGTH; length++) {
        value |= (int)(in->bits >> (length - 1) & 1);
        int count = code->count[length];
        if (value - count < first) {
            take(in, length);
            return code->symbols[index + (value - first)];
        }
        index += count;
        first = (first + count) << 1;
        value <<= 1;
    }
    return -1;
}

static const uint16_t length_base[29] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                         15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                         67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                         2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t dist_base[30] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
static const uint8_t dist_extra[30] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                       6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static int stored_block(struct input *in, uint8_t *out, size_t *out_off, size_t out_nbytes)
{
    take(in, in->n_bits & 7);
    refill(in);
    unsigned nbytes = take(in, 16), check = take(in, 16);
    if (ran_out(in) || (nbytes ^ check) != 0xffff || nbytes > out_nbytes - *out_off) {
        return -1;
    }
    while (nbytes > 0 && in->n_bits > in->n_beyond) { /* whole bytes that refill took */
        out[(*out_off)++] = (uint8_t)take(in, 8);
        nbytes--;
    }
    if (nbytes > 0) {
        if ((size_t)(in->end - in->next) < nbytes) {
            return -1;
        }
        memcpy(out + *out_off, in->next, nbytes);
        *out_off += nbytes;
        in->next += nbytes;
    }
    return 0;
}

static int fixed_codes(struct code *litlen, struct code *dist)
{
    uint8_t lengths[N_LITLEN];

    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    if (code_build(litlen, lengths, N_LITLEN, 0) != 0) {
        return -1;
    }
    memset(lengths, 5, N_DIST);
    return code_build(dist, lengths, N_DIST, 0);
}

/* RFC 1951, 3.2.7. */
static int dynamic_codes(struct input *in, struct code *litlen, struct code *dist)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[N_LITLEN + N_DIST] = {0};
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
    if (code_build(litlen, lengths, 19, 0) != 0) {
        return -1;
    }
    memset(lengths, 0, 19);
    while (n < n_litlen + n_dist) {
        refill(in);
        int symbol = decode(in, litlen);
        unsigned repeat = 1;
        uint8_t length = 0;
        if (symbol < 0 || ran_out(in)) {
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
    if (code_build(litlen, lengths, n_litlen, 1) != 0) {
        return -1;
    }
    return code_build(dist, lengths + n_litlen, n_dist, 1);
}

static int compressed_block(struct input *in, const struct code *litlen, const struct code *dist,
                            uint8_t *out, size_t *out_off, size_t out_nbytes)
{
    size_t o = *out_off;

    for (;;) {
        refill(in); /* 57 bits or more: 15 + 5 of a length, 15 + 13 of a distance */
        int symbol = decode(in, litlen);
        if (symbol < 0 || ran_out(in)) {
            return -1;
        }
        if (symbol < 256) {
            if (o == out_nbytes) {
                return -1;
            }
            out[o++] = (uint8_t)symbol;
            continue;
        }
        if (symbol == 256) {
            *out_off = o;
            return 0;
        }
        symbol -= 257;
        if (symbol >= 29) {
            return -1;
        }
        size_t length = length_base[symbol] + take(in, length_extra[symbol]);
        symbol = decode(in, dist);
        if (symbol < 0 || symbol >= 30) {
            return -1;
        }
        size_t distance = dist_base[symbol] + take(in, dist_extra[symbol]);
        if (ran_out(in) || distance > o || length > out_nbytes - o) {
            return -1;
        }
        const uint8_t *from = out + o - distance;
        uint8_t *to = out + o;
        o += length;
        if (distance >= length) {
            memcpy(to, from, length);
        } else { /* overlapping: what is written is read again */
            while (length-- > 0) {
                *to++ = *from++;
            }
        }
    }
}

int smc_inflate(const uint8_t *in_bytes, size_t in_nbytes, uint8_t *out, size_t out_nbytes)
{
    struct input in = {in_bytes, in_bytes + in_nbytes, 0, 0, 0};
    struct code litlen, dist;
    size_t out_off = 0;
    unsigned is_last;

    do {
        int failed;
        refill(&in);
        is_last = take(&in, 1);
        switch (take(&in, 2)) {
        case 0:
            failed = stored_block(&in, out, &out_off, out_nbytes);
            break;
        case 1:
            failed = fixed_codes(&litlen, &dist) != 0 ||
                     compressed_block(&in, &litlen, &dist, out, &out_off, out_nbytes) != 0;
            break;
        case 2:
            failed = dynamic_codes(&in, &litlen, &dist) != 0 ||
                     compressed_block(&in, &litlen, &dist, out, &out_off, out_nbytes) != 0;
            break;
        default:
            return -1;
        }
        if (failed || ran_out(&in)) {
            return -1;
        }
    } while (!is_last);
    /* All of the output, and no whole byte of input left over. */
    size_t left = (size_t)(in.end - in.next) + (in.n_bits - in.n_beyond) / 8;
    return out_off == out_nbytes && left == 0 ? 0 : -1;
}
