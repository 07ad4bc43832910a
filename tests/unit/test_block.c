/*
 * Blocks of tokens: the bit operations against naive ones, and blocks of the shapes that the packing
 * of generated positions (spec 5.2) has its limits at, against the oracle. Both as every processor
 * does it and as the best of this one.
 */
#include "src/reader/block.h"
#include "tests/unit/oracle.h"

/* ---- bits ---- */

static unsigned naive_bit(const uint8_t *p, unsigned i)
{
    return p[i / 8] >> i % 8 & 1;
}

/* Ones of every density, from one in 256 to all. */
static void random_bits(struct rng *rng, uint8_t *p, size_t nbytes)
{
    uint32_t density = 1 + rng_below(rng, 256);

    memset(p, 0, nbytes);
    for (unsigned i = 0; i < 8 * nbytes; i++) {
        p[i / 8] |= (uint8_t)((rng_below(rng, 256) < density) << i % 8);
    }
}

static void check_bits(const uint8_t *p, int bmi2)
{
    unsigned n_before = 0, n_zeros = 0;
    const uint64_t first = smc_load64(p);

    for (unsigned i = 0; i < 256; i++) {
        unsigned bit = naive_bit(p, i);
        uint64_t flip = bit ? 0 : UINT64_MAX;
        unsigned r = bit ? n_before : n_zeros;
        assert_int_equal(smc_select256(p, flip, r, bmi2), i);
        if (i < 64) {
            assert_int_equal(smc_select64(first ^ flip, r, bmi2), i);
        }
        if (i < SMCF_BLOCK_TOKENS) {
            assert_int_equal(smc_bitmap_get(p, i), bit);
            assert_int_equal(smc_bitmap_rank(p, i, bmi2), n_before);
        }
        if (i == SMCF_BLOCK_TOKENS) {
            assert_int_equal(smc_bitmap_count(p, bmi2), n_before);
        }
        n_before += bit;
        n_zeros += !bit;
        if (i == 63) {
            assert_int_equal(smc_popcount64(first, bmi2), n_before);
            for (r = n_before; r < 64; r++) { /* there is no such one */
                assert_int_equal(smc_select64(first, r, bmi2), 63);
            }
        }
    }
    assert_true(smc_select256(p, 0, n_before, bmi2) < 256); /* there is no such one */
    assert_true(smc_select256(p, UINT64_MAX, n_zeros, bmi2) < 256);
}

static void check_random_bits(int bmi2)
{
    struct rng rng = {411};
    uint8_t bits[32];

    memset(bits, 0, sizeof bits);
    check_bits(bits, bmi2);
    memset(bits, 0xff, sizeof bits);
    check_bits(bits, bmi2);
    for (int round = 0; round < 3000; round++) {
        random_bits(&rng, bits, sizeof bits);
        check_bits(bits, bmi2);
    }
}

static void bits_like_naive_ones(void **state)
{
    (void)state;
    check_random_bits(0);
}

static void bits_of_bmi2_like_naive_ones(void **state)
{
    (void)state;
    if (smc_lookup_best() == &smc_lookup_plain) {
        print_message("this processor's best is what all processors have\n");
        skip();
    }
    check_random_bits(1);
}

static void leading_zeros(void **state)
{
    (void)state;
    assert_int_equal(smc_clz64(0), 64);
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(smc_clz64(UINT64_C(1) << i), 63 - i);
        assert_int_equal(smc_clz64(UINT64_MAX >> i), i);
    }
}

static void source_lines_over_slopes(void **state)
{
    (void)state;
    for (int slope = 0; slope < 256; slope++) {
        for (int i = 0; i < SMCF_BLOCK_TOKENS; i++) {
            int exact = (slope - SMCF_LINE_SLOPE_NONE) * i; /* in 1/16, to be rounded down */
            int wanted = exact >= 0 ? exact / 16 : -((15 - exact) / 16);
            assert_int_equal((int32_t)smcf_line_slope_at((uint8_t)slope, (unsigned)i), wanted);
        }
    }
}

/* ---- shapes ---- */

/* A token at 0:0, then `lines` lines, of which a single one is line 0 too, with `a_line` tokens each,
 * `columns` apart, and empty lines between them. */
struct shape {
    uint32_t lines, a_line, columns, empty_lines;
    int64_t line_step; /* of source lines, a token */
};

static void compare_shape(const struct shape *shape, uint64_t seed)
{
    const struct surroundings around = {3, 40, 40};
    struct rng rng = {seed};
    struct text mappings = {0};
    int64_t source_line = 1000000;

    text_add(&mappings, "", 0);
    text_segment(&mappings, 5, 0, 1, source_line, 0, 1);
    text_puts(&mappings, shape->lines > 1 ? ";" : ",");
    for (uint32_t line = 0; line < shape->lines; line++) {
        for (uint32_t i = 0; i < shape->a_line; i++) {
            text_puts(&mappings, i > 0 ? "," : "");
            text_segment(&mappings, 4 + (int)rng_below(&rng, 2), shape->columns, 0,
                         shape->line_step, 0, 0);
        }
        text_repeat(&mappings, ';', 1 + shape->empty_lines);
    }
    for (int round = 0; round < 8; round++) {
        naive_compare(&mappings, &around, 0, &rng);
    }
    text_free(&mappings);
}

static void shapes(void **state)
{
    static const struct shape all[] = {
        {1, 127, 0, 0, 0},                           /* all at one position: one run */
        {1, 400, 0, 0, 0},                           /* whole blocks of it */
        {1, 383, 1, 0, 1},                           /* high parts 0 .. 127 */
        {1, 383, 2, 0, -1},                          /* one bit of low part */
        {1, 127, 33000000, 0, 3},                    /* all bits of low part: 25 */
        {2, 55, 3, 0, 0},                            /* runs of tokens on several lines */
        {2, 56, 3, 0, 0},                            /* as long as a load tells for sure */
        {2, 57, 3, 0, 0},                            /* longer */
        {2, 63, 3, 0, 0},                            /* up to the end of the block */
        {3, 80, 3, 0, 0},                            /* longer than any load tells */
        {2, 127, 3, 0, 0},         {3, 63, 0, 0, 0}, /* at one position each */
        {3, 64, 0, 0, 0},                            /* a word */
        {3, 65, 0, 0, 0},                            /* and more */
        {40, 3, 0, 0, 2},                            /* of up to four, at one position */
        {40, 4, 1, 0, -2},                           /* the last that are compared at once */
        {40, 5, 1, 0, 7},                            /* the first that are bisected */
        {300, 1, 0, 0, 16},                          /* a token a line; more than a slope can be */
        {300, 1, 1000000, 0, -16},                   /* wide columns with a line */
        {60, 2, 5, 1, 1},                            /* high parts with no token between */
        {60, 2, 5, 2, 1},                            /* one bit of low part, of lines */
        {200, 2, 4294967, 30, 1},                    /* several lines in a run */
        {4, 40, 9, 100000, 1},                       /* far apart */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        compare_shape(&all[i], 500 + i);
    }
}

/* ---- bases ---- */

static struct file file_of_mappings(const struct text *mappings, const struct surroundings *around)
{
    struct text map = naive_map(mappings, around, 0);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);

    text_free(&map);
    return file;
}

/* A base is the smallest value of its column, or the greatest that there is (spec 5.2). */
static void bases_are_clamped(void **state)
{
    static const struct row {
        int64_t source, line, column;
        int64_t source_base, line_base, column_base;
    } rows[] = {
        {7, 70, 700, 7, 70, 700},
        {65535, 8388607, 32767, 65535, 8388607, 32767},
        {65536, 8388608, 32768, 65535, 8388607, 32767},
        {66000, 0x7fffff00, 0x7fffff00, 65535, 8388607, 32767},
    };
    const struct surroundings around = {66004, 1, 1};
    struct rng rng = {412};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text mappings = {0};
        text_segment(&mappings, 5, 3, rows[i].source, rows[i].line, rows[i].column, 0);
        for (int k = 0; k < 100;
             k++) { /* up and down again, once in a while from the start of a line */
            text_puts(&mappings, ",");
            text_segment(&mappings, 4, 1, k % 2 == 0 ? 3 : -3, k % 2 == 0 ? 60 : -60,
                         k % 2 == 0 ? 30 : -30, 0);
        }
        struct file file = file_of_mappings(&mappings, &around);
        const struct smcf_block *block = (const void *)(file.bytes + block_offset(&file, 0));
        assert_int_equal(smcf_get16(block->source_base), rows[i].source_base);
        assert_int_equal((int32_t)smcf_line_base(block), rows[i].line_base);
        assert_int_equal((int32_t)smcf_column_base(block), rows[i].column_base);
        naive_compare(&mappings, &around, 0, &rng);
        file_free(&file);
        text_free(&mappings);
    }
}

/* Original positions behind generated ones, by as much as a base can say and by one more: they follow only
 * where it fits. */
static void followed_positions_have_a_limit(void **state)
{
    const struct surroundings around = {1, 1, 1};

    (void)state;
    for (int64_t more = -1; more <= 1; more++) {
        const int64_t column_gap = 32768 + more, line_gap = 8388608 + more;
        struct text columns = {0}, lines = {0};
        struct rng rng = {413};
        text_segment(&columns, 4, 40000, 0, 0, 40000 - column_gap, 0);
        text_repeat(&lines, ';', 8388610);
        text_segment(&lines, 4, 0, 0, 8388610 - line_gap, 0, 0);
        for (int k = 0; k < 100; k++) {
            uint32_t step = 1 + rng_below(&rng, 60);
            text_puts(&columns, ",");
            text_segment(&columns, 4, (int64_t)10 * step, 0, 0, (int64_t)10 * step, 0);
            text_repeat(&lines, ';', step);
            text_segment(&lines, 4, 0, 0, step, 0, 0);
        }
        struct file file = file_of_mappings(&columns, &around);
        const struct smcf_block *block = (const void *)(file.bytes + block_offset(&file, 0));
        assert_int_equal((block->flags & SMCF_BLOCK_FOLLOW_COLUMN) != 0, more <= 0);
        assert_true(more > 0 || (int32_t)smcf_column_base(block) == -column_gap);
        naive_compare(&columns, &around, 0, &rng);
        file_free(&file);
        file = file_of_mappings(&lines, &around);
        block = (const void *)(file.bytes + block_offset(&file, 0));
        assert_int_equal((block->flags & SMCF_BLOCK_FOLLOW_LINE) != 0, more <= 0);
        assert_true(more > 0 || (int32_t)smcf_line_base(block) == -line_gap);
        naive_compare(&lines, &around, 0, &rng);
        file_free(&file);
        text_free(&columns);
        text_free(&lines);
    }
}

/* ---- damage ---- */

/* Looks that position up in each of the ways that there are. */
static void look_up_all_ways(const struct guarded *copy, uint32_t column, smc_status status,
                             uint32_t index)
{
    for (unsigned way = 0; way < N_WAYS; way++) {
        struct smc_token token;
        smc_cache *cache;
        assert_int_equal(smc_open_memory(copy->bytes, copy->nbytes, 0, &cache, NULL), SMC_OK);
        use_way(cache, way);
        assert_int_equal(smc_lookup(cache, 0, column, 0, &token), status);
        if (status == SMC_OK) {
            assert_int_equal(token.index, index);
        }
        smc_close(cache);
    }
}

/* The load that tells how long a run is may begin in the block's header. In a damaged block that has
 * ones at its end. */
static void the_header_has_no_tokens(void **state)
{
    struct file file =
        build_mappings("AAAAA,AAAE,AAAF", "\"sources\":[\"a.js\"],\"names\":[\"n\"]");
    struct file roomy = roomy_file(&file);
    struct guarded copy = guarded_copy(roomy.bytes, roomy.nbytes, GUARD_AFTER);
    uint8_t *highs = copy.bytes + block_offset(&roomy, 0) + sizeof(struct smcf_block);

    (void)state;
    for (unsigned n_ones = 1; n_ones <= 56; n_ones++) { /* all of them of bases */
        struct smcf_le64 end = smcf_put64(UINT64_MAX << (64 - n_ones));
        memcpy(highs - sizeof end, &end, sizeof end);
        look_up_all_ways(&copy, 0, SMC_OK, 2); /* it has no name, so the base does not matter */
    }
    guarded_free(&copy);
    file_free(&roomy);
    file_free(&file);
}

/* More ones in highs than the block has tokens, in a damaged file that ends soon after, or not. */
static void ones_without_a_token(void **state)
{
    struct file file = build_mappings("AAAA,CA+/////DA,CA+/////DA", "\"sources\":[\"a.js\"]");
    struct file roomy = roomy_file(&file);

    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct file *original = i == 0 ? &file : &roomy;
        struct guarded copy = guarded_copy(original->bytes, original->nbytes, GUARD_AFTER);
        uint8_t *highs = copy.bytes + block_offset(original, 0) + sizeof(struct smcf_block);
        for (unsigned n_ones = 4; n_ones <= 256; n_ones++) {
            memset(highs, 0, SMCF_HIGHS_NBYTES);
            for (unsigned k = 0; k < n_ones; k++) {
                highs[k / 8] |= (uint8_t)(1 << k % 8);
            }
            for (uint32_t column = 0; column < 300; column++) {
                look_up_all_ways(&copy, column, SMC_E_DAMAGED, 0);
            }
        }
        guarded_free(&copy);
    }
    file_free(&roomy);
    file_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_like_naive_ones),
        cmocka_unit_test(bits_of_bmi2_like_naive_ones),
        cmocka_unit_test(leading_zeros),
        cmocka_unit_test(source_lines_over_slopes),
        cmocka_unit_test(shapes),
        cmocka_unit_test(bases_are_clamped),
        cmocka_unit_test(followed_positions_have_a_limit),
        cmocka_unit_test(the_header_has_no_tokens),
        cmocka_unit_test(ones_without_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
