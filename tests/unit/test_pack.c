/*
 * Blocks as the plain code and as vectors pack them: the same bytes, for every width and shape, from
 * which the reader has the tokens back.
 */
#include "src/base/cpu.h"
#include "src/build/parts.h"
#include "src/reader/block.h"
#include "tests/unit/support.h"

/* How wide values are, how often they are missing. */
struct style {
    unsigned line_bits, column_bits, source_bits, source_line_bits, source_column_bits, name_bits;
    uint32_t no_source, no_name, new_line; /* one token in so many; 0: none */
    int64_t slope;                         /* source lines in 1/16, a token */
    uint32_t name_step;                    /* between the indices of names */
    int follows;                           /* original positions are near generated ones */
};

static int once_in(struct rng *rng, uint32_t n)
{
    return n != 0 && rng_below(rng, n) == 0;
}

static uint32_t up_to_bits(struct rng *rng, unsigned n_bits)
{
    return (uint32_t)(rng_next(rng) >> 16) & (uint32_t)((UINT64_C(1) << n_bits) - 1);
}

/* Ascending; up to the highest that there can be. */
static uint32_t plus(uint32_t a, uint32_t b)
{
    return b > SMCF_NONE - 1 - a ? SMCF_NONE - 1 : a + b;
}

static void random_row(struct rng *rng, const struct style *style, uint32_t i,
                       struct smc_token_row *row)
{
    if (once_in(rng, style->new_line) && row->line < SMCF_NONE - 1) {
        row->line = plus(row->line, 1 + up_to_bits(rng, style->line_bits));
        row->column = up_to_bits(rng, style->column_bits);
    } else {
        row->column = plus(row->column, up_to_bits(rng, style->column_bits));
    }
    row->source = SMCF_NONE;
    row->source_line = row->source_column = 0;
    if (!once_in(rng, style->no_source)) {
        row->source = up_to_bits(rng, style->source_bits);
        row->source_line = (uint32_t)((int64_t)100000 + style->slope * i / 16) +
                           up_to_bits(rng, style->source_line_bits);
        row->source_column = up_to_bits(rng, style->source_column_bits);
        if (style->follows) {
            row->source_line = plus(row->line, up_to_bits(rng, 2));
            row->source_column = plus(row->column, up_to_bits(rng, 3));
        }
        row->source -= row->source == SMCF_NONE;
    }
    row->name = once_in(rng, style->no_name) ? SMCF_NONE
                                             : up_to_bits(rng, style->name_bits) * style->name_step;
}

static void write_rows(struct smc_token_writer *writer, enum smc_cpu_level level, uint64_t seed,
                       const struct style *style, uint32_t n)
{
    struct smc_token_row row = {0};
    struct rng rng = {seed};

    smc_cpu_set_limit(level);
    for (uint32_t i = 0; i < n; i++) {
        random_row(&rng, style, i, &row);
        smc_token_writer_add(writer, &row);
    }
    while (writer->n > 0) {
        smc_token_writer_flush(writer);
    }
    smc_token_writer_finish(writer);
    assert_false(smc_token_writer_failed(writer));
    smc_cpu_set_limit(SMC_CPU_AVX2);
}

static void assert_same(const struct smc_buf *a, const struct smc_buf *b)
{
    assert_int_equal(a->nbytes, b->nbytes);
    if (a->nbytes > 0) {
        assert_memory_equal(a->data, b->data, a->nbytes);
    }
}

static void assert_tokens(const struct smc_token_writer *writer, uint64_t seed,
                          const struct style *style)
{
    static const struct smcf_source no_sources[1];
    const smc_cache cache = {.firsts = (const void *)writer->firsts.data,
                             .block_offs = (const void *)writer->offsets.data,
                             .n_blocks = writer->n_blocks,
                             .blocks = writer->blocks.data,
                             .blocks_nbytes = writer->blocks.nbytes - SMCF_GUARD_NBYTES,
                             .n_tokens = (uint32_t)writer->n_tokens,
                             .sources = no_sources, /* they are not read */
                             .n_sources = UINT32_MAX,
                             .n_names = UINT32_MAX};
    struct smc_token_row row = {0};
    struct rng rng = {seed};
    struct smc_block block;
    struct smc_block_names names;
    struct smc_token token;

    for (uint32_t i = 0; i < writer->n_tokens; i++) {
        const uint32_t index = i / SMCF_BLOCK_TOKENS;
        random_row(&rng, style, i, &row);
        assert_int_equal(smc_block_open(&cache, index, &block, &names), SMC_OK);
        assert_int_equal(
            smc_block_token(&cache, &block, &names, index, i % SMCF_BLOCK_TOKENS, &token), SMC_OK);
        assert_int_equal(token.line, row.line);
        assert_int_equal(token.column, row.column);
        assert_int_equal(token.source, row.source);
        assert_int_equal(token.source_line, row.source_line);
        assert_int_equal(token.source_column, row.source_column);
        assert_int_equal(token.name, row.name);
    }
}

/* Beside the format's flags: source lines have a slope; there is something left of them. */
#define HAS_SLOPE 0x100u
#define HAS_LINES_LEFT 0x200u

/* Returns the flags of all blocks together. */
static unsigned compare(uint64_t seed, const struct style *style, uint32_t n)
{
    struct smc_token_writer *writers =
        smc_new(2 * sizeof *writers, _Alignof(struct smc_token_writer));
    unsigned flags = 0;

    write_rows(&writers[0], SMC_CPU_SCALAR, seed, style, n);
    write_rows(&writers[1], SMC_CPU_AVX2, seed, style, n);
    assert_same(&writers[0].blocks, &writers[1].blocks);
    assert_same(&writers[0].firsts, &writers[1].firsts);
    assert_same(&writers[0].offsets, &writers[1].offsets);
    assert_same(&writers[0].directory, &writers[1].directory);
    assert_tokens(&writers[0], seed, style);
    for (uint32_t i = 0; i < writers[0].n_blocks; i++) {
        const struct smcf_le32 *offsets = (const void *)writers[0].offsets.data;
        const struct smcf_block *block =
            (const void *)(writers[0].blocks.data + smcf_get32(offsets[i]));
        flags |= block->flags;
        flags |= block->line_slope != SMCF_LINE_SLOPE_NONE ? HAS_SLOPE : 0;
        flags |= block->widths[SMCF_COLUMN_SOURCE_LINE] > 0 ? HAS_LINES_LEFT : 0;
    }
    for (int i = 0; i < 2; i++) {
        smc_token_writer_free(&writers[i]);
    }
    free(writers);
    return flags;
}

static void every_width(void **state)
{
    (void)state;
    for (unsigned width = 0; width <= 32; width++) {
        const unsigned narrow = width < 4 ? width : 4, name = width < 20 ? width : 20;
        const struct style one = {0, width > 20 ? 25 : width, 0, width, width, name, 0, 3, 0, 0, 1,
                                  0};
        const struct style many = {width, width, narrow, narrow, narrow, narrow, 0, 3, 2, 0, 1, 0};
        const struct style wide = {width, width, width, width, width, name, 5, 0, 3, 0, 1, 0};
        compare(100 + width, &one, 700);
        compare(200 + width, &many, 700);
        compare(300 + width, &wide, 700);
    }
    for (unsigned width = 0; width <= 80; width++) { /* of an original position */
        const struct style style = {.column_bits = 5,
                                    .source_bits = width / 3,
                                    .source_line_bits = width / 3,
                                    .source_column_bits = width - width / 3 * 2,
                                    .name_step = 1};
        compare(400 + width, &style, 700);
    }
}

/* Blocks that are not full: every number of tokens. */
static void every_number(void **state)
{
    const struct style style = {2, 5, 2, 6, 7, 5, 4, 3, 6, 20, 1, 0};

    (void)state;
    for (uint32_t n = 1; n <= 260; n++) {
        compare(400 + n, &style, n);
    }
}

/* Nothing is left of lines that are on a slope, however few they are: padding goes on with neither. */
static void slopes_of_every_number(void **state)
{
    const struct style dense = {.column_bits = 3, .slope = 16, .name_step = 1};
    struct style sparse = dense;

    (void)state;
    sparse.no_source = 4;
    for (uint32_t n = 2; n <= 260; n++) {
        if (n % SMCF_BLOCK_TOKENS != 1) { /* a single one has no slope */
            assert_int_equal(compare(700 + n, &dense, n) & (HAS_SLOPE | HAS_LINES_LEFT), HAS_SLOPE);
        }
        if (n % SMCF_BLOCK_TOKENS > 40) {
            assert_int_equal(compare(700 + n, &sparse, n) & (HAS_SLOPE | HAS_LINES_LEFT),
                             HAS_SLOPE);
        }
    }
}

static void every_kind(void **state)
{
    const struct style sloped = {0, 4, 1, 2, 5, 9, 0, 2, 0, 37, 1, 0};
    const struct style falling = {0, 4, 1, 2, 5, 9, 0, 2, 0, -90, 1, 0};
    const struct style sparse = {0, 4, 1, 2, 5, 3, 3, 2, 0, 25, 5000, 0};
    const struct style follows = {1, 8, 1, 2, 5, 14, 7, 0, 4, 0, 1, 1};
    const struct style nothing = {1, 8, 0, 0, 0, 0, 1, 1, 4, 0, 1, 0};
    const struct style equal = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    unsigned flags = 0;

    (void)state;
    assert_true(compare(1, &sloped, 5000) & HAS_SLOPE);
    assert_true(compare(2, &falling, 5000) & HAS_SLOPE);
    flags |= compare(3, &sparse, 5000);
    assert_true(flags & SMCF_BLOCK_NAME_SLOTS);
    assert_true(flags & SMCF_BLOCK_SPARSE_NAMES);
    assert_true(flags & SMCF_BLOCK_SPARSE_SOURCES);
    assert_true(flags & HAS_SLOPE);
    flags = compare(4, &follows, 5000);
    assert_true(flags & SMCF_BLOCK_FOLLOW_LINE);
    assert_true(flags & SMCF_BLOCK_FOLLOW_COLUMN);
    flags = compare(5, &nothing, 500);
    assert_int_equal(flags, SMCF_BLOCK_LINES);
    flags = compare(6, &equal, 500);
    assert_int_equal(flags, SMCF_BLOCK_SOURCES | SMCF_BLOCK_NAMES);
}

/* Source lines behind the last base that there is are less wide relative to a generated line, even to one and the
 * same. */
static void lines_behind_the_last_base(void **state)
{
    const uint32_t lines[] = {0, 1000};
    const unsigned widths[] = {10, 2}, flags[] = {0, SMCF_BLOCK_FOLLOW_LINE};

    (void)state;
    for (size_t k = 0; k < COUNT_OF(lines); k++) {
        struct smc_token_writer *writer =
            smc_new(sizeof *writer, _Alignof(struct smc_token_writer));
        struct smc_token_row row = {.line = lines[k], .name = SMCF_NONE};
        for (uint32_t i = 0; i < SMCF_BLOCK_TOKENS; i++) {
            row.source_line = SMCF_LINE_BASE_MAX + 900 + i % 4;
            smc_token_writer_add(writer, &row);
        }
        const struct smcf_block *block = (const void *)writer->blocks.data;
        assert_int_equal(block->widths[SMCF_COLUMN_SOURCE_LINE], widths[k]);
        assert_int_equal(block->flags & SMCF_BLOCK_FOLLOW_LINE, flags[k]);
        smc_token_writer_free(writer);
        free(writer);
    }
}

static void random_styles(void **state)
{
    struct rng rng = {51};

    (void)state;
    for (int round = 0; round < 1500; round++) {
        const struct style style = {.line_bits = rng_below(&rng, 12),
                                    .column_bits = rng_below(&rng, 20),
                                    .source_bits = rng_below(&rng, 6),
                                    .source_line_bits = rng_below(&rng, 21),
                                    .source_column_bits = rng_below(&rng, 12),
                                    .name_bits = rng_below(&rng, 15),
                                    .no_source = rng_below(&rng, 10),
                                    .no_name = rng_below(&rng, 10),
                                    .new_line = rng_below(&rng, 100),
                                    .slope = (int64_t)rng_below(&rng, 300) - 150,
                                    .name_step = 1 + rng_below(&rng, 9),
                                    .follows = rng_below(&rng, 4) == 0};
        compare(rng_next(&rng) | 1, &style, 1 + rng_below(&rng, 1000));
    }
}

/* Names of which some come back after 30 tokens, and some never. */
static void write_named(struct smc_token_writer *writer, uint32_t step, uint32_t n)
{
    struct smc_token_row row = {.source = SMCF_NONE};

    for (uint32_t i = 0; i < n; i++) {
        row.name = 80 * (i % 300 < 200 ? i * step % 30 : i);
        smc_token_writer_add(writer, &row);
    }
    smc_token_writer_flush(writer);
}

/* The first uses of names that other blocks had need no clearing, whatever they are. */
static void first_uses_of_other_blocks(void **state)
{
    const enum smc_cpu_level levels[] = {SMC_CPU_SCALAR, SMC_CPU_AVX2};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        struct smc_token_writer *writers =
            smc_new(2 * sizeof *writers, _Alignof(struct smc_token_writer));
        smc_cpu_set_limit(levels[i]);
        for (uint32_t step = 1; step < 200; step++) {
            for (int k = 0; k < 2; k++) {
                struct smc_buf *first_uses = &writers[k].first_uses;
                write_named(&writers[k], step, 1 + step * 7 % 1000);
                memset(first_uses->data, k == 0 ? 0 : (int)step, first_uses->nbytes);
            }
        }
        assert_same(&writers[0].blocks, &writers[1].blocks);
        for (int k = 0; k < 2; k++) {
            smc_token_writer_free(&writers[k]);
        }
        free(writers);
    }
}

/* A writer that starts again writes what a new one does. */
static void blocks_after_a_reset(void **state)
{
    struct smc_token_writer *writers =
        smc_new(2 * sizeof *writers, _Alignof(struct smc_token_writer));

    (void)state;
    write_named(&writers[0], 7, 100);
    smc_token_writer_reset(&writers[0]);
    write_named(&writers[0], 11, 100);
    write_named(&writers[1], 11, 100);
    assert_same(&writers[0].blocks, &writers[1].blocks);
    for (int k = 0; k < 2; k++) {
        smc_token_writer_free(&writers[k]);
    }
    free(writers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_width),
        cmocka_unit_test(every_number),
        cmocka_unit_test(slopes_of_every_number),
        cmocka_unit_test(every_kind),
        cmocka_unit_test(lines_behind_the_last_base),
        cmocka_unit_test(random_styles),
        cmocka_unit_test(first_uses_of_other_blocks),
        cmocka_unit_test(blocks_after_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
