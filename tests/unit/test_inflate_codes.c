/*
 * Deflate streams by hand: blocks and codes that nobody's deflate would make.
 */
#include <libdeflate.h>
#include <zlib.h>

#include "src/reader/inflate.h"
#include "tests/unit/inflating.h"

/* Bits, lowest first. */
struct bits {
    uint8_t bytes[400];
    size_t n;
};

static void put(struct bits *bits, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        bits->bytes[bits->n / 8] |= (uint8_t)((value >> i & 1) << bits->n % 8);
        bits->n++;
    }
}

/*
 * A dynamic block whose code lengths are all sent with codes of four bits (lengths 0 .. 15 without
 * repeats); for codes that zlib's deflate would not make.
 */
static void put_dynamic(struct bits *bits, const uint8_t *litlen, unsigned n_litlen,
                        const uint8_t *dist, unsigned n_dist)
{
    put(bits, 1, 1);
    put(bits, 2, 2);
    put(bits, n_litlen - 257, 5);
    put(bits, n_dist - 1, 5);
    put(bits, 19 - 4, 4);
    for (unsigned i = 0; i < 19; i++) {
        put(bits, i < 3 ? 0 : 4, 3); /* 16, 17, 18 come first and are not used */
    }
    for (unsigned i = 0; i < n_litlen + n_dist; i++) {
        unsigned length = i < n_litlen ? litlen[i] : dist[i - n_litlen];
        for (unsigned bit = 4; bit > 0; bit--) { /* codes come highest bit first */
            put(bits, length >> (bit - 1) & 1, 1);
        }
    }
}

static int compare_bits(const struct bits *bits, size_t size_if_bad)
{
    return inflating_compare(bits->bytes, (bits->n + 7) / 8, size_if_bad);
}

static void put_fixed(struct bits *bits, int is_last, const char *literals)
{
    put(bits, (unsigned)is_last, 1);
    put(bits, 1, 2);
    for (; *literals != 0; literals++) {
        for (unsigned bit = 8; bit > 0; bit--) {
            put(bits, (unsigned)(0x30 + *literals) >> (bit - 1) & 1, 1);
        }
    }
    put(bits, 0, 7);
}

static void put_empty_stored(struct bits *bits)
{
    put(bits, 0, 3);
    bits->n = (bits->n + 7) / 8 * 8;
    put(bits, UINT64_C(0xffff0000), 32);
}

/* Three 'x' with a code of one bit; not the last. */
static void put_own_codes(struct bits *bits)
{
    const uint8_t dist[] = {1};
    const size_t start = bits->n;
    uint8_t litlen[257] = {0};

    litlen['x'] = litlen[256] = 1;
    put_dynamic(bits, litlen, 257, dist, 1);
    bits->bytes[start / 8] ^= (uint8_t)(1 << start % 8);
    put(bits, 8, 4);
}

/* A block with the fixed codes has them, whatever was before. */
static void blocks_of_all_kinds_in_any_order(void **state)
{
    struct rng rng = {66};
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct bits bits = {{0}, 0};
        for (unsigned n = rng_below(&rng, 12), n_own = 0; n > 0; n--) {
            uint32_t kind = rng_below(&rng, 4);
            if (kind == 0 && n_own++ < 2) {
                put_own_codes(&bits);
            } else if (kind == 1) {
                put_empty_stored(&bits);
            } else {
                put_fixed(&bits, 0, kind == 2 ? "" : "fix");
            }
        }
        put_fixed(&bits, 1, "end");
        assert_int_equal(compare_bits(&bits, 3), 1);
    }
}

/* Empty blocks take 10 bits each: no tables may be made for them. */
static void fixed_codes_are_made_once(void **state)
{
    static struct smc_inflate inflate;
    struct bits bits = {{0}, 0};
    uint8_t out[2];
    unsigned unused = 0;
    (void)state;
    put_fixed(&bits, 0, "a");
    for (int i = 0; i < 40; i++) {
        put_fixed(&bits, 0, "");
        put_empty_stored(&bits);
    }
    put_fixed(&bits, 1, "b");
    smc_inflate_start(&inflate, bits.bytes, (bits.n + 7) / 8, out, sizeof out);
    assert_int_equal(smc_inflate_to(&inflate, 1), 0);
    while (inflate.litlen[unused] >> 16 != ((SMC_CODE_LITERAL >> 16) | 'z')) {
        unused++;
        assert_true(unused < 1 << SMC_LITLEN_BITS);
    }
    inflate.litlen[unused] = SMC_CODE_SPECIAL;
    assert_int_equal(smc_inflate_to(&inflate, 2), 0);
    assert_memory_equal(out, "ab", 2);
    assert_int_equal(inflate.litlen[unused], SMC_CODE_SPECIAL);
}

/* Whoever deflates a piece need not fear the limit of spec 7.2. */
static void what_does_not_deflate_fits_a_piece(void **state)
{
    (void)state;
    for (size_t n = 1; n <= SMCF_CONTENT_BLOCK_MAX; n += 1 + n / 1000) {
        assert_true(libdeflate_deflate_compress_bound(NULL, n) <= smcf_piece_nbytes_max(n));
        assert_true(compressBound((uLong)n) <= smcf_piece_nbytes_max(n));
        assert_true(n + 5 * (n / 65535 + 1) <= smcf_piece_nbytes_max(n)); /* stored */
    }
}

static void codes_that_are_not_complete(void **state)
{
    uint8_t litlen[286], dist[30];
    struct bits bits;

    (void)state;
    /* Nothing but the end of the block, with a code of one bit; no distances. */
    memset(litlen, 0, sizeof litlen);
    memset(dist, 0, sizeof dist);
    litlen[256] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    struct bits start = bits;
    put(&bits, 0, 1);
    assert_true(compare_bits(&bits, 1));
    bits = start;
    put(&bits, 1, 1); /* the code that nobody has */
    assert_false(compare_bits(&bits, 1));

    /* The same with two bits is not let pass. */
    litlen[256] = 2;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 0, 2);
    assert_false(compare_bits(&bits, 0));

    /* No end of the block. */
    litlen[256] = 0;
    litlen['a'] = 1;
    litlen['b'] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 2));

    /* Over-subscribed. */
    litlen[256] = 1;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 257, dist, 1);
    put(&bits, 3, 2);
    assert_false(compare_bits(&bits, 0));
}

static void single_distances(void **state)
{
    uint8_t litlen[286] = {0}, dist[30] = {0};
    struct bits bits = {{0}, 0};

    (void)state;
    /* 'a', then length 3 at the one distance that has a code: 0, 10 and 110 by RFC 1951, 3.2.2. */
    litlen['a'] = 1;
    litlen[256] = 2;
    litlen[257] = 2;
    dist[0] = 1;
    put_dynamic(&bits, litlen, 258, dist, 1);
    struct bits start = bits;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_true(compare_bits(&bits, 4));
    assert_memory_equal(inflating_wanted, "aaaa", 4);
    bits = start;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 1, 1); /* the distance code that nobody has */
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 4));
    bits = start;
    put(&bits, 3, 2); /* before the start of the output */
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 3));

    /* Without any distance code the length has nothing to go on with. */
    dist[0] = 0;
    bits = (struct bits){{0}, 0};
    put_dynamic(&bits, litlen, 258, dist, 1);
    start = bits;
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_true(compare_bits(&bits, 1));
    bits = start;
    put(&bits, 0, 1);
    put(&bits, 3, 2);
    put(&bits, 0, 1);
    put(&bits, 1, 2);
    assert_false(compare_bits(&bits, 4));
}

/* The header has room for 288 and 32 codes, but the last two of each do not exist (zlib refuses them
 * even without a use). */
static void codes_that_do_not_exist(void **state)
{
    uint8_t litlen[288] = {0}, dist[32] = {0};

    (void)state;
    litlen['a'] = 1;
    litlen[256] = 1;
    for (unsigned n_litlen = 285; n_litlen <= 288; n_litlen++) {
        for (unsigned n_dist = 29; n_dist <= 32; n_dist++) {
            struct bits bits = {{0}, 0};
            put_dynamic(&bits, litlen, n_litlen, dist, n_dist);
            put(&bits, 2, 2);
            assert_int_equal(compare_bits(&bits, 1), n_litlen <= 286 && n_dist <= 30);
        }
    }
}

/* Codes of 15 bits, longer than what a table lookup resolves. */
static void longest_codes(void **state)
{
    uint8_t litlen[286] = {0}, dist[30] = {0};
    struct bits bits = {{0}, 0};

    (void)state;
    for (unsigned i = 0; i < 14; i++) { /* 1, 2, ... 14, 15, 15 */
        litlen[i] = (uint8_t)(i + 1);
    }
    litlen[14] = 15;
    litlen[256] = 15;
    put_dynamic(&bits, litlen, 257, dist, 1);
    for (unsigned i = 0; i < 14; i++) { /* i ones and a zero */
        put(&bits, (1U << i) - 1, i + 1);
    }
    put(&bits, (1U << 14) - 1, 15);
    put(&bits, (1U << 15) - 1, 15);
    assert_true(compare_bits(&bits, 15));
    for (unsigned i = 0; i < 15; i++) {
        assert_int_equal(inflating_wanted[i], i);
    }
}

static void symbols_that_do_not_exist(void **state)
{
    (void)state;
    for (unsigned symbol = 286; symbol <= 287;
         symbol++) { /* in the fixed code: 8 bits from 0xc0 on */
        struct bits bits = {{0}, 0};
        put(&bits, 1, 1);
        put(&bits, 1, 2);
        for (unsigned bit = 8; bit > 0; bit--) {
            put(&bits, (0xc0 + symbol - 280) >> (bit - 1) & 1, 1);
        }
        put(&bits, 0, 12);
        assert_false(compare_bits(&bits, 3));
    }
    for (unsigned distance = 0; distance < 32; distance++) {
        struct bits bits = {{0}, 0};
        put(&bits, 1, 1);
        put(&bits, 1, 2);
        put(&bits, 0x0c, 8); /* literal 0: 00110000, highest bit first */
        put(&bits, 0x40, 7); /* length 3 */
        for (unsigned bit = 5; bit > 0; bit--) {
            put(&bits, distance >> (bit - 1) & 1, 1);
        }
        put(&bits, 0, distance < 4 ? 0 : distance / 2 - 1);
        put(&bits, 0, 7);
        assert_int_equal(compare_bits(&bits, 4), distance == 0);
    }
    struct bits bits = {{0}, 0};
    put(&bits, 1, 1);
    put(&bits, 3, 2); /* no such kind of block */
    put(&bits, 0, 40);
    assert_false(compare_bits(&bits, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_all_kinds_in_any_order),
        cmocka_unit_test(fixed_codes_are_made_once),
        cmocka_unit_test(what_does_not_deflate_fits_a_piece),
        cmocka_unit_test(codes_that_are_not_complete),
        cmocka_unit_test(single_distances),
        cmocka_unit_test(codes_that_do_not_exist),
        cmocka_unit_test(longest_codes),
        cmocka_unit_test(symbols_that_do_not_exist),
    };
    return cmocka_run_group_tests(tests, inflating_start, inflating_end);
}
