/*
 * Blocks in all the forms that the format allows, of which the builder makes a part: every way of looking up
 * reads what was packed, and stays inside of the file when that is damaged.
 */
#include "src/reader/block.h"
#include "tests/unit/packer.h"

#define N_SOURCES 40
#define N_NAMES 300

static const struct surroundings around = {N_SOURCES, N_NAMES, N_NAMES};
static struct file base; /* the sources and names of all files here */

static struct file file_around(const struct surroundings *surroundings)
{
    struct text mappings = {0};

    text_add(&mappings, "", 0);
    struct text map = naive_map(&mappings, surroundings, 0);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    text_free(&map);
    text_free(&mappings);
    return file;
}

static int make_base(void **state)
{
    (void)state;
    base = file_around(&around);
    return 0;
}

static int free_base(void **state)
{
    (void)state;
    file_free(&base);
    return 0;
}

static struct naive tokens_new(size_t n)
{
    struct naive naive = {.tokens = calloc(n, sizeof *naive.tokens), .n = n};

    assert_non_null(naive.tokens);
    return naive;
}

static void end_tokens(struct naive *naive)
{
    naive->n_lines = (uint32_t)naive->tokens[naive->n - 1].line + 1;
}

/* ---- all forms ---- */

enum how_many { NO_TOKEN, ALL_TOKENS, SOME_TOKENS };

struct kind {
    int has_lines, is_far;             /* generated positions far apart */
    uint32_t line_reach, column_reach; /* of original positions */
    enum how_many sources, names;
    uint32_t n_names;
};

static int is_there(enum how_many how_many, size_t i, struct rng *rng)
{
    return how_many == ALL_TOKENS ||
           (how_many == SOME_TOKENS && (i % 4 == 0 || (i % 4 > 1 && rng_below(rng, 2) == 0)));
}

static struct naive random_tokens(size_t n, const struct kind *kind, struct rng *rng)
{
    struct naive naive = tokens_new(n);
    int64_t line = (int64_t)rng_below(rng, 3) * 7, column = (int64_t)rng_below(rng, 3) * 900;

    for (size_t i = 0; i < n; i++) {
        struct naive_token *token = &naive.tokens[i];
        if (kind->has_lines && (rng_below(rng, 5) == 0 || i == n / 2)) {
            line += 1 + rng_below(rng, kind->is_far ? 100000 : 2);
            column = 0;
        }
        column += rng_below(rng, kind->is_far ? 50000 : rng_below(rng, 4) == 0 ? 3 : 1);
        *token = (struct naive_token){line, column, NOTHING, NOTHING, NOTHING, NOTHING};
        if (is_there(kind->sources, i, rng)) {
            token->source = rng_below(rng, N_SOURCES);
            token->source_line = rng_below(rng, kind->line_reach);
            token->source_column = rng_below(rng, kind->column_reach);
        }
        if (is_there(kind->names, i, rng)) {
            token->name = (int64_t)rng_below(rng, kind->n_names) * (N_NAMES / kind->n_names);
        }
    }
    end_tokens(&naive);
    return naive;
}

static void check_tokens(const struct naive *naive, const struct packing *how, struct rng *rng,
                         unsigned *seen)
{
    struct file file = packed_file(&base, naive, how);

    naive_compare_file(&file, naive, &around, rng);
    for (uint32_t b = 0; (size_t)b * SMCF_BLOCK_TOKENS < naive->n && seen != NULL; b++) {
        seen[header_of_block(&file, b)->flags]++;
    }
    file_free(&file);
}

/* Number k of all kinds; `wanted` flags too. */
static struct kind kind_number(unsigned k, unsigned *wanted)
{
    static const uint32_t n_names[] = {1, 2, 5, N_NAMES};
    struct kind kind = {.has_lines = k % 2, .is_far = k / 2 % 2};

    kind.line_reach = kind.column_reach = k / 4 % 2 == 0 ? 60 : UINT32_MAX;
    *wanted = (k & 8 ? SMCF_BLOCK_FOLLOW_LINE : 0U) | (k & 16 ? SMCF_BLOCK_FOLLOW_COLUMN : 0U) |
              (k & 32 ? SMCF_BLOCK_NAME_SLOTS : 0U);
    kind.n_names = n_names[k / 64 % 4];
    kind.sources = (enum how_many)(k / 256 % 3);
    kind.names = (enum how_many)(k / 768 % 3);
    return kind;
}
#define N_KINDS 2304u

static void every_flag(void **state)
{
    static const size_t sizes[] = {1, 2, 3, 64, 100, 127, 128, 129, 300};
    struct rng rng = {421};
    unsigned seen[256] = {0}, n_seen = 0;

    (void)state;
    for (unsigned k = 0; k < N_KINDS; k++) {
        struct packing how = {.rng = k % 5 == 0 ? NULL : &rng};
        struct kind kind = kind_number(k, &how.wanted);
        struct naive naive = random_tokens(sizes[rng_below(&rng, COUNT_OF(sizes))], &kind, &rng);
        check_tokens(&naive, &how, &rng, seen);
        free(naive.tokens);
    }
    for (size_t flags = 0; flags < COUNT_OF(seen); flags++) {
        n_seen += seen[flags] > 0;
    }
    assert_int_equal(n_seen, 2 * (1 + 2 * 4) * (1 + 2 * 2));
}

/* Loads have all of a record up to 57 bits, all of two up to 28. */
static void every_record_width(void **state)
{
    struct rng rng = {422};

    (void)state;
    for (unsigned round = 0; round < 12; round++) {
        unsigned n_flat = 0;
        for (unsigned width = 0; width <= 153; width++) {
            struct packing how = {.rng = round % 2 == 0 ? NULL : &rng,
                                  .record_width = width,
                                  .first_field = rng_below(&rng, 5),
                                  .name_width = width % 33};
            struct kind kind = kind_number(rng_below(&rng, N_KINDS), &how.wanted);
            kind.line_reach = kind.column_reach = 2;
            if (round % 4 >= 2) { /* fields that fill most of it */
                kind.line_reach = width > 70 ? UINT32_MAX : UINT32_C(4) << (width / 2 - width / 8);
                kind.column_reach = kind.line_reach;
                if (width % 2 == 0) { /* or one of them nearly all */
                    kind.line_reach = UINT32_C(1) << 28;
                    kind.column_reach = 2;
                }
            }
            if (round < 8) { /* flat ones */
                kind.has_lines = 0;
                kind.sources = ALL_TOKENS;
                how.wanted &= SMCF_BLOCK_NAME_SLOTS;
            }
            struct naive naive = random_tokens(200, &kind, &rng);
            struct file file = packed_file(&base, &naive, &how);
            const struct smcf_block *block = header_of_block(&file, 0);
            const unsigned found =
                smcf_low_width(block->low_slot_widths) + block->widths[SMCF_COLUMN_SOURCE] +
                block->widths[SMCF_COLUMN_SOURCE_LINE] + block->widths[SMCF_COLUMN_SOURCE_COLUMN];
            n_flat += found == width;
            naive_compare_file(&file, &naive, &around, &rng);
            file_free(&file);
            free(naive.tokens);
        }
        assert_true(n_flat > (round == 0 || round == 4 ? 100 : round == 2 || round == 6 ? 50 : 0));
    }
}

/* Sources and source lines that together take about all bits of a load, or some more. */
static void fields_across_a_load(void **state)
{
    struct rng rng = {427};

    (void)state;
    for (unsigned source_width = 22; source_width <= 32; source_width++) {
        for (unsigned line_width = 22; line_width < 32; line_width++) {
            const struct kind kind = {.has_lines = line_width % 2,
                                      .line_reach = UINT32_C(1) << line_width,
                                      .column_reach = 2 + 30 * (source_width % 2),
                                      .sources = ALL_TOKENS};
            struct naive naive = random_tokens(SMCF_BLOCK_TOKENS, &kind, &rng);
            struct packing how = {.first_field = 2}; /* the source */
            struct file file = packed_file(&base, &naive, &how);
            const struct smcf_block *block = header_of_block(&file, 0);
            how.record_width = smcf_low_width(block->low_slot_widths) + block->column_width +
                               source_width + block->widths[SMCF_COLUMN_SOURCE_LINE] +
                               block->widths[SMCF_COLUMN_SOURCE_COLUMN];
            file_free(&file);
            file = packed_file(&base, &naive, &how);
            assert_int_equal(header_of_block(&file, 0)->widths[SMCF_COLUMN_SOURCE], source_width);
            naive_compare_file(&file, &naive, &around, &rng);
            file_free(&file);
            free(naive.tokens);
        }
    }
}

#define SLOT_WIDTH_MAX 7

static void every_slot_width(void **state)
{
    static const uint32_t n_names[] = {1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 64, 65, 100, 128};
    struct rng rng = {423};
    unsigned seen[SLOT_WIDTH_MAX + 1] = {0};

    (void)state;
    for (size_t i = 0; i < 4 * COUNT_OF(n_names); i++) {
        const struct kind kind = {
            .has_lines = i % 2, .line_reach = 60, .column_reach = 60, .sources = ALL_TOKENS};
        const struct packing how = {.wanted = SMCF_BLOCK_NAME_SLOTS};
        const uint32_t n = n_names[i / 4];
        struct naive naive = random_tokens(SMCF_BLOCK_TOKENS, &kind, &rng);
        for (uint32_t k = 0; k < SMCF_BLOCK_TOKENS;
             k++) { /* as many as there can be, then others */
            uint32_t name = k < n ? k : rng_below(&rng, n);
            if (i % 4 < 2 || k % 9 != 8) {
                naive.tokens[k].name = (int64_t)(N_NAMES / n) * name;
            }
        }
        struct file file = packed_file(&base, &naive, &how);
        seen[smcf_slot_width(header_of_block(&file, 0)->low_slot_widths)]++;
        naive_compare_file(&file, &naive, &around, &rng);
        naive_compare_positions(&file, &naive);
        file_free(&file);
        free(naive.tokens);
    }
    for (unsigned width = 0; width <= SLOT_WIDTH_MAX; width++) {
        assert_true(seen[width] > 0);
    }
}

/* ---- runs ---- */

/* A block on lines or columns from `start` on: tokens with a high part each, and a run of them with one. */
static void add_run(struct naive_token *tokens, int has_lines, int64_t start, unsigned before,
                    unsigned length)
{
    for (unsigned i = 0; i < SMCF_BLOCK_TOKENS; i++) {
        unsigned high = i < before ? i : i < before + length ? before : i - length + 1;
        int64_t primary = 8 * (int64_t)high;
        if (i >= before && i < before + length) {
            primary += 8 * (i - before) / length;
        }
        if (i + 1 == SMCF_BLOCK_TOKENS &&
            i >= before + length) { /* so that low parts have 3 bits */
            primary = (int64_t)8 * SMCF_HIGH_MAX;
        }
        tokens[i] = (struct naive_token){.source = (int64_t)i % 3, .name = NOTHING};
        tokens[i].line = has_lines ? start + primary : start;
        tokens[i].column = has_lines ? (int64_t)i % 2 : primary;
    }
    if (has_lines) { /* as columns of a line ascend */
        for (unsigned i = 1; i < SMCF_BLOCK_TOKENS; i++) {
            tokens[i].column =
                tokens[i].line == tokens[i - 1].line ? tokens[i - 1].column + i % 3 : 0;
        }
    }
}

static void runs_of_every_length(void **state)
{
    static const unsigned befores[] = {0, 1, 8, 57, 64};

    (void)state;
    for (unsigned length = 1; length <= SMCF_BLOCK_TOKENS; length++) {
        for (unsigned k = 0; k < 4; k++) {
            const struct packing how = {.record_width = k < 2 ? 0 : 40};
            struct naive naive = tokens_new(COUNT_OF(befores) * SMCF_BLOCK_TOKENS);
            naive.n = 0;
            for (size_t b = 0; b < COUNT_OF(befores); b++) {
                if (befores[b] + length <= SMCF_BLOCK_TOKENS) {
                    add_run(&naive.tokens[naive.n], k % 2 == 1, 2000 * (int64_t)b, befores[b],
                            length);
                    naive.n += SMCF_BLOCK_TOKENS;
                }
            }
            end_tokens(&naive);
            struct file file = packed_file(&base, &naive, &how);
            naive_compare_positions(&file, &naive);
            file_free(&file);
            free(naive.tokens);
        }
    }
}

/* ---- bases ---- */

struct row {
    int64_t source, line, column; /* the smallest */
    int64_t source_base, line_base, column_base;
};

static void bases_at_their_limits(void **state)
{
    static const struct row rows[] = {
        {65534, 8388606, 32766, 65534, 8388606, 32766},
        {65535, 8388607, 32767, 65535, 8388607, 32767},
        {65536, 8388608, 32768, 65535, 8388607, 32767},
        {69990, 0x80000000, 0x80000000, 65535, 8388607, 32767},
        {0, 0xffffff00, 0xffffff00, 0, 8388607, 32767},
    };
    static const struct surroundings many = {70000, 3, 3};
    struct file many_sources = file_around(&many);
    struct rng rng = {424};

    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
        const struct row *row = &rows[i / 2];
        const struct kind kind = {.has_lines = i % 2};
        const struct packing how = {.wanted = 0};
        struct naive naive = random_tokens(SMCF_BLOCK_TOKENS, &kind, &rng);
        for (size_t k = 0; k < naive.n; k++) {
            struct naive_token *token = &naive.tokens[k];
            token->source = row->source + rng_below(&rng, k == 0 ? 1 : 10);
            token->source_line = row->line + rng_below(&rng, k == 0 ? 1 : 100);
            token->source_column = row->column + rng_below(&rng, k == 0 ? 1 : 100);
        }
        struct file file = packed_file(&many_sources, &naive, &how);
        const struct smcf_block *block = header_of_block(&file, 0);
        assert_int_equal(smcf_get16(block->source_base), row->source_base);
        assert_int_equal((int32_t)smcf_line_base(block), row->line_base);
        assert_int_equal((int32_t)smcf_column_base(block), row->column_base);
        naive_compare_file(&file, &naive, &many, &rng);
        file_free(&file);
        free(naive.tokens);
    }
    file_free(&many_sources);
}

/* Original positions that follow generated ones so far behind them as a base can say, and further. */
static void negative_bases_at_their_limits(void **state)
{
    struct rng rng = {425};

    (void)state;
    for (int64_t more = -1; more <= 1; more++) {
        const struct packing how = {.wanted = SMCF_BLOCK_FOLLOW_LINE | SMCF_BLOCK_FOLLOW_COLUMN};
        struct naive naive = tokens_new(SMCF_BLOCK_TOKENS);
        for (size_t i = 0; i < naive.n; i++) {
            int64_t line = (int64_t)(i * i / 7), column = rng_below(&rng, 90);
            column +=
                i > 0 && (i - 1) * (i - 1) / 7 == i * i / 7 ? naive.tokens[i - 1].column : 40000;
            naive.tokens[i] = (struct naive_token){
                line + 0x7ff00000,     column, 2, line + 0x7ff00000 - 8388608 - more,
                column - 32768 - more, NOTHING};
        }
        end_tokens(&naive);
        struct file file = packed_file(&base, &naive, &how);
        const struct smcf_block *block = header_of_block(&file, 0);
        assert_int_equal((int32_t)smcf_line_base(block), more < 0 ? -8388607 : -8388608);
        assert_int_equal((int32_t)smcf_column_base(block), more < 0 ? -32767 : -32768);
        /* What is below the base wraps around. */
        assert_int_equal(block->widths[SMCF_COLUMN_SOURCE_LINE], more > 0 ? 32 : 0);
        assert_int_equal(block->widths[SMCF_COLUMN_SOURCE_COLUMN], more > 0 ? 32 : 0);
        naive_compare_file(&file, &naive, &around, &rng);
        file_free(&file);
        free(naive.tokens);
    }
}

/* Names of 2^24 and more. So many are made quickly if all are empty, which verify would not have. */
static void names_above_the_greatest_base(void **state)
{
    const uint32_t n_names = SMCF_NAME_BASE_MAX + 200;
    const uint64_t n_groups = (n_names + UINT64_C(1)) / SMCF_GROUP_VALUES + 1;
    struct file small = build_mappings("AAAAA,CAAAA,CAAAA", "\"sources\":[null],\"names\":[\"\"]");
    struct parts parts = file_split(&small);
    struct part *offsets = part_find(&parts, SMCF_SECTION_STRING_OFFSETS);
    struct smcf_info *info = (void *)part_find(&parts, SMCF_SECTION_INFO)->bytes.data;
    struct text *blocks = &part_find(&parts, SMCF_SECTION_BLOCKS)->bytes;
    struct smcf_block *block = (void *)blocks->data;

    (void)state;
    info->n_names = smcf_put32(n_names);
    offsets->count = n_names + UINT64_C(1);
    offsets->bytes.nbytes = 0;
    text_repeat(&offsets->bytes, 0,
                (size_t)n_groups * sizeof(struct smcf_offset_group) + SMCF_GUARD_NBYTES);
    /* Three values of 8 bits: 0, 150, 200, the last of them one too many. */
    assert_int_equal(block->flags, SMCF_BLOCK_SOURCES | SMCF_BLOCK_NAMES);
    block->name_base = smcf_put24(SMCF_NAME_BASE_MAX);
    block->widths[SMCF_COLUMN_NAME] = 8;
    text_repeat(blocks, 0, 3);
    blocks->data[blocks->nbytes - 10] = (char)150;
    blocks->data[blocks->nbytes - 9] = (char)200;
    struct file file = file_join(&parts), roomy = roomy_file(&file);
    for (unsigned way = 0; way < 2 * N_WAYS; way++) {
        smc_cache *cache = open_file(way < N_WAYS ? &file : &roomy);
        struct smc_token token;
        use_way(cache, way % N_WAYS);
        assert_int_equal(smc_lookup(cache, 0, 0, 0, &token), SMC_OK);
        assert_int_equal(token.name, SMCF_NAME_BASE_MAX);
        assert_int_equal(smc_lookup(cache, 0, 1, 0, &token), SMC_OK);
        assert_int_equal(token.name, SMCF_NAME_BASE_MAX + 150);
        assert_view_string(token.name_text, "");
        assert_int_equal(smc_lookup(cache, 0, 2, 0, &token), SMC_E_DAMAGED);
        smc_close(cache);
    }
    file_free(&small);
    file_free(&file);
    file_free(&roomy);
}

/* ---- damage ---- */

/* Bytes of any value in the header, the highs and the bitmaps of a block. */
static void damage_block(uint8_t *block, struct rng *rng)
{
    for (uint32_t n = 1 + rng_below(rng, 3); n > 0; n--) {
        uint8_t *at = &block[rng_below(rng, sizeof(struct smcf_block))];
        *at = (uint8_t)(rng_below(rng, 2) == 0 ? *at ^ 1U << rng_below(rng, 8) : rng_next(rng));
    }
    if (rng_below(rng, 4) == 0) { /* widths in their limits, but not those of the block */
        const int is_widest = rng_below(rng, 4) == 0;
        for (size_t i = 0; i < 6; i++) {
            const uint32_t most = i == 0 ? SMCF_LOW_WIDTH_MAX : SMCF_COLUMN_WIDTH_MAX;
            block[i] = (uint8_t)(is_widest ? most : rng_below(rng, most + 1));
        }
    }
    for (uint32_t n = rng_below(rng, 2) * rng_below(rng, 6); n > 0; n--) {
        block[sizeof(struct smcf_block) +
              rng_below(rng, SMCF_HIGHS_NBYTES + 2 * SMCF_BITMAP_NBYTES)] = (uint8_t)rng_next(rng);
    }
}

static int tokens_ascend(const smc_cache *cache)
{
    struct smc_token token = {0};
    uint64_t last = 0;
    uint32_t i = 0;

    for (; smc_token_at(cache, i, &token) == SMC_OK; i++) {
        const uint64_t key = (uint64_t)token.line << 32 | token.column;
        if (key < last) {
            return 0;
        }
        last = key;
    }
    return i == cache->n_tokens;
}

/* The quick ways do the same; and what is good for the one that checks all is good for them. Among tokens
 * that ascend they find the same. */
static void ask_damaged(smc_cache *const *ways, int ascend, const uint8_t *start, size_t nbytes,
                        uint32_t line, uint32_t column)
{
    struct smc_token tokens[N_WAYS];
    smc_status statuses[N_WAYS];

    for (unsigned way = 0; way < N_WAYS; way++) {
        struct smc_token *token = &tokens[way];
        memset(token, 0, sizeof *token);
        statuses[way] = smc_lookup(ways[way], line, column, SMC_LOOKUP_ACROSS_LINES, token);
        assert_true(statuses[way] == SMC_OK || statuses[way] == SMC_E_DAMAGED);
        if (statuses[way] == SMC_OK && token->index != SMC_NONE) {
            assert_true(token->index < SMCF_BLOCK_TOKENS);
            assert_true(token->source < N_SOURCES || token->source == SMC_NONE);
            assert_true(token->name < N_NAMES || token->name == SMC_NONE);
            assert_true(token->name == SMC_NONE ||
                        ((const uint8_t *)token->name_text.ptr >= start &&
                         (const uint8_t *)token->name_text.ptr + token->name_text.nbytes <=
                             start + nbytes));
        }
    }
    for (unsigned way = 0; way < N_WAYS; way += 2) {
        assert_int_equal(statuses[way], statuses[way | WAY_PLAIN]);
        assert_memory_equal(&tokens[way], &tokens[way | WAY_PLAIN],
                            statuses[way] == SMC_OK ? sizeof *tokens : 0);
    }
    if (statuses[WAY_CHECKED] == SMC_OK) {
        assert_int_equal(statuses[0], SMC_OK);
        assert_memory_equal(&tokens[0], &tokens[WAY_CHECKED], ascend ? sizeof *tokens : 0);
    }
}

/* A file with some bytes behind its last section, up to so many that a block need not be checked. */
static struct file padded_file(const struct file *file, struct rng *rng)
{
    struct parts parts = file_split(file);

    parts.header.minor = smcf_put16(SMCF_MINOR + 1);
    text_repeat(&part_insert(&parts, PADDING)->bytes, 0, rng_below(rng, SMC_BLOCK_NBYTES_MAX));
    return file_join(&parts);
}

static int damage_and_ask(const struct file *file, const struct naive *naive, struct rng *rng)
{
    struct guarded copy = guarded_copy(file->bytes, file->nbytes, GUARD_AFTER);
    uint8_t *block = copy.bytes + block_offset(file, 0);
    smc_cache *ways[N_WAYS];
    int n_ascend = 0;

    for (unsigned way = 0; way < N_WAYS; way++) {
        assert_int_equal(smc_open_memory(copy.bytes, copy.nbytes, 0, &ways[way], NULL), SMC_OK);
        use_way(ways[way], way);
    }
    for (unsigned round = 0; round < 60; round++) {
        damage_block(block, rng);
        const int ascend = tokens_ascend(ways[0]);
        n_ascend += ascend;
        for (unsigned i = 0; i < 20; i++) {
            const struct naive_token *at = &naive->tokens[rng_below(rng, SMCF_BLOCK_TOKENS)];
            ask_damaged(ways, ascend, copy.bytes, copy.nbytes, (uint32_t)at->line,
                        (uint32_t)at->column + (i == 0 ? 0x7fffffffU : rng_below(rng, 2)));
        }
        if (round % 4 != 0) {
            memcpy(copy.bytes, file->bytes, file->nbytes);
        }
    }
    for (unsigned way = 0; way < N_WAYS; way++) {
        smc_close(ways[way]);
    }
    guarded_free(&copy);
    return n_ascend;
}

/* The block starts where nothing else is checked, as near to the end of the file as that may be; or somewhat
 * nearer, where all is. */
static void damaged_blocks_stay_inside(void **state)
{
    const struct surroundings few = {2, 2, 2};
    struct file small = file_around(&few);
    struct rng rng = {426};
    int n_ascend = 0;

    (void)state;
    for (unsigned k = 0; k < 300; k++) {
        struct packing how = {.rng = k % 2 == 0 ? NULL : &rng,
                              .record_width = rng_below(&rng, 70),
                              .name_width = rng_below(&rng, 33)};
        struct kind kind = kind_number(rng_below(&rng, N_KINDS), &how.wanted);
        if (k % 3 == 0) { /* a flat one */
            kind.has_lines = 0;
            kind.sources = ALL_TOKENS;
            how.wanted &= SMCF_BLOCK_NAME_SLOTS;
        }
        struct naive naive = random_tokens(SMCF_BLOCK_TOKENS, &kind, &rng);
        for (size_t i = 0; i < naive.n; i++) {
            naive.tokens[i].source %= 2; /* -1 stays */
            naive.tokens[i].name %= 2;
        }
        struct file file = packed_file(&small, &naive, &how);
        struct file roomy = roomy_file(&file), padded = padded_file(&file, &rng);
        n_ascend += damage_and_ask(&roomy, &naive, &rng);
        n_ascend += damage_and_ask(&padded, &naive, &rng);
        file_free(&padded);
        file_free(&roomy);
        file_free(&file);
        free(naive.tokens);
    }
    assert_true(n_ascend > 1000);
    file_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag),
        cmocka_unit_test(every_record_width),
        cmocka_unit_test(fields_across_a_load),
        cmocka_unit_test(every_slot_width),
        cmocka_unit_test(runs_of_every_length),
        cmocka_unit_test(bases_at_their_limits),
        cmocka_unit_test(negative_bases_at_their_limits),
        cmocka_unit_test(names_above_the_greatest_base),
        cmocka_unit_test(damaged_blocks_stay_inside),
    };
    return cmocka_run_group_tests(tests, make_base, free_base);
}
