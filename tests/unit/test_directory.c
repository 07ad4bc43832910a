/*
 * The directory (spec 5.1): as many blocks as its levels have their borders at, built from a map; and
 * damaged ones, which lead to some block.
 */
#include "src/reader/cache.h"
#include "tests/unit/support.h"

/* Token i is at line i / A_LINE, column 2 * (i % A_LINE). */
#define A_LINE 1000u

static struct file file_of_tokens(uint32_t n)
{
    struct text mappings = {0};

    text_add(&mappings, "", 0);
    for (uint32_t i = 0; i < n; i++) {
        text_puts(&mappings, i % A_LINE != 0 ? ",EAAC" : i > 0 ? ";AAAC" : "AAAA");
    }
    struct file file = build_mappings(mappings.data, "\"sources\":[\"a.js\"]");
    text_free(&mappings);
    return file;
}

/* Beside what verify says: how many entries there are, and that they are copies (spec 5.1). */
static void check_levels(const struct file *file, uint32_t n_blocks)
{
    smc_cache *cache = open_file(file);
    const uint32_t n_middle = (n_blocks + 15) / 16, n_top = (n_blocks + 255) / 256;
    size_t nbytes, off = section_offset(file, SMCF_SECTION_DIRECTORY, &nbytes);

    assert_int_equal(cache->n_blocks, n_blocks);
    assert_int_equal(cache->n_middle, n_middle);
    assert_int_equal(cache->n_top, n_top);
    assert_int_equal(nbytes, 8 * (n_top + n_middle + n_blocks) + 4 * n_blocks);
    for (size_t i = 0; i < n_middle; i++) {
        assert_memory_equal(file->bytes + off + 8 * (n_top + i),
                            file->bytes + off + 8 * (n_top + n_middle + 16 * i), 8);
    }
    for (size_t i = 0; i < n_top; i++) {
        assert_memory_equal(file->bytes + off + 8 * i,
                            file->bytes + off + 8 * (n_top + n_middle + 256 * i), 8);
    }
    smc_close(cache);
}

/* What has been asked one by one is asked again in batches: of more positions than take their steps together. */
struct asked {
    const smc_cache *cache;
    size_t n;
    struct smc_position positions[37];
    struct smc_token tokens[37];
};

static void ask_in_batches(struct asked *asked)
{
    static const size_t sizes[] = {37, 16, 17, 1};
    struct smc_token tokens[37];

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t at = 0, n; at < asked->n; at += n) {
            n = asked->n - at < sizes[i] ? asked->n - at : sizes[i];
            assert_int_equal(smc_lookup_batch(asked->cache, &asked->positions[at], n,
                                              SMC_LOOKUP_ACROSS_LINES, &tokens[at]),
                             SMC_OK);
        }
        for (size_t k = 0; k < asked->n; k++) {
            assert_int_equal(tokens[k].index, asked->tokens[k].index);
            assert_int_equal(tokens[k].source_column, asked->tokens[k].source_column);
        }
    }
    asked->n = 0;
}

static const struct smc_token *ask(struct asked *asked, uint32_t line, uint32_t column)
{
    if (asked->n == COUNT_OF(asked->positions)) {
        ask_in_batches(asked);
    }
    struct smc_token *token = &asked->tokens[asked->n];
    asked->positions[asked->n++] = (struct smc_position){line, column};
    assert_int_equal(smc_lookup(asked->cache, line, column, SMC_LOOKUP_ACROSS_LINES, token),
                     SMC_OK);
    return token;
}

static void check_position(struct asked *asked, uint32_t n, uint32_t line, uint32_t column)
{
    const uint32_t in_line = column / 2 < A_LINE ? column / 2 : A_LINE - 1;
    const uint64_t wanted = (uint64_t)line * A_LINE + in_line;
    const struct smc_token *token = ask(asked, line, column);

    assert_int_equal(token->index, wanted < n ? wanted : n - 1U);
    assert_int_equal(token->source_column, token->index);
}

/* At and beside the first tokens of all blocks, and far behind all. */
static void check_lookups(const struct file *file, unsigned way, uint32_t n)
{
    static const uint32_t borders[] = {0x7ffffffe, 0x7fffffff, 0x80000000, UINT32_MAX};
    smc_cache *cache = open_file(file);
    struct asked asked = {.cache = cache};

    use_way(cache, way);
    for (uint32_t i = 0; i < n; i += SMCF_BLOCK_TOKENS) {
        const uint32_t line = i / A_LINE, column = 2 * (i % A_LINE);
        check_position(&asked, n, line, column);
        check_position(&asked, n, line, column + 1);
        check_position(&asked, n, line, column + SMCF_BLOCK_TOKENS);
        check_position(&asked, n, line, UINT32_MAX);
        if (column > 0) {
            check_position(&asked, n, line, column - 1);
        } else if (line > 0) {
            check_position(&asked, n, line - 1, UINT32_MAX);
        }
    }
    for (size_t i = 0; i < COUNT_OF(borders) * COUNT_OF(borders); i++) {
        check_position(&asked, n, borders[i / 4], borders[i % 4]);
        check_position(&asked, n, n / A_LINE, borders[i % 4]);
    }
    ask_in_batches(&asked);
    smc_close(cache);
}

static void levels_of_every_size(void **state)
{
    static const uint32_t n_blocks[] = {1,    2,    3,    15,   16,   17,   18,   31,   32,
                                        33,   255,  256,  257,  258,  511,  512,  513,  600,
                                        4095, 4096, 4097, 4353, 6000, 7700, 8192, 8193, 8200};
    static const uint32_t last[] = {1, 77, SMCF_BLOCK_TOKENS};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(n_blocks); i++) {
        const uint32_t n = (n_blocks[i] - 1) * SMCF_BLOCK_TOKENS + last[i % COUNT_OF(last)];
        struct file file = file_of_tokens(n), roomy = roomy_file(&file);
        check_levels(&file, n_blocks[i]);
        for (unsigned way = 0; way < 2 * N_WAYS; way++) {
            check_lookups(way < N_WAYS ? &file : &roomy, way % N_WAYS, n);
        }
        file_free(&file);
        file_free(&roomy);
    }
}

/* Before the first token there is none, whatever its position is. */
static void positions_before_all(void **state)
{
    static const uint32_t columns[] = {0, 1, 0x7fffffff, 0x80000000, UINT32_MAX - 2};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        struct text map = {0};
        text_puts(&map, "{\"version\":3,\"sections\":[{\"offset\":{\"line\":3,\"column\":");
        text_number(&map, columns[i] + 1);
        text_puts(&map, "},\"map\":{\"version\":3,\"sources\":[],\"mappings\":\"A\"}}]}");
        struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE), roomy = roomy_file(&file);
        for (unsigned way = 0; way < 2 * N_WAYS; way++) {
            smc_cache *cache = open_file(way < N_WAYS ? &file : &roomy);
            struct asked asked = {.cache = cache};
            use_way(cache, way % N_WAYS);
            assert_int_equal(ask(&asked, 3, columns[i])->index, SMC_NONE);
            assert_int_equal(ask(&asked, 2, UINT32_MAX)->index, SMC_NONE);
            assert_int_equal(ask(&asked, 3, columns[i] + 1)->index, 0);
            assert_int_equal(ask(&asked, 0, 0)->index, SMC_NONE);
            ask_in_batches(&asked);
            smc_close(cache);
        }
        file_free(&file);
        file_free(&roomy);
        text_free(&map);
    }
}

/* ---- damage ---- */

/* Lookups in a damaged file end, inside of it. The two searches of the directory may come to different blocks; in the
 * same block, what the checked way takes the other one says, too. */
static void ask_damaged(const struct guarded *copy, struct rng *rng)
{
    smc_cache *ways[N_WAYS];

    for (unsigned way = 0; way < N_WAYS; way++) {
        assert_int_equal(smc_open_memory(copy->bytes, copy->nbytes, 0, &ways[way], NULL), SMC_OK);
        use_way(ways[way], way);
    }
    const uint32_t n_tokens = ways[0]->n_tokens;
    for (unsigned i = 0; i < 20; i++) {
        const uint32_t at = rng_below(rng, n_tokens);
        struct smc_position position = {at / A_LINE, 2 * (at % A_LINE) + rng_below(rng, 2)};
        position.line += i == 0 ? 0x80000000 : 0;
        struct smc_token tokens[N_WAYS], batched;
        smc_status statuses[N_WAYS];
        for (unsigned way = 0; way < N_WAYS; way++) {
            struct smc_token *token = &tokens[way];
            smc_status status = smc_lookup(ways[way], position.line, position.column, 0, token);
            assert_true(status == SMC_OK || status == SMC_E_DAMAGED);
            assert_int_equal(smc_lookup_batch(ways[way], &position, 1, 0, &batched), status);
            assert_true(status != SMC_OK || token->index == SMC_NONE || token->index < n_tokens);
            assert_true(status != SMC_OK || token->index == batched.index);
            statuses[way] = status;
        }
        for (unsigned way = 0; way < N_WAYS; way++) {
            const unsigned checked = way | WAY_CHECKED;
            if (statuses[checked] == SMC_OK) {
                assert_int_equal(statuses[way], SMC_OK);
                assert_int_equal(tokens[way].index, tokens[checked].index);
            }
        }
    }
    for (unsigned way = 0; way < N_WAYS; way++) {
        smc_close(ways[way]);
    }
}

/* Entries of all lists take any value; so blocks start anywhere, too. */
static void damaged_directories_lead_to_some_block(void **state)
{
    static const uint32_t n_blocks[] = {1, 5, 17, 40, 300, 5000};
    struct rng rng = {431};

    (void)state;
    for (size_t k = 0; k < COUNT_OF(n_blocks); k++) {
        struct file file = file_of_tokens(n_blocks[k] * SMCF_BLOCK_TOKENS - 50);
        size_t nbytes, off = section_offset(&file, SMCF_SECTION_DIRECTORY, &nbytes);
        struct guarded copy = guarded_copy(file.bytes, file.nbytes, GUARD_AFTER);
        for (unsigned round = 0; round < 500; round++) {
            for (uint32_t n = 1 + rng_below(&rng, round % 2 == 0 ? 3 : 300); n > 0; n--) {
                /* The upper levels are a small part of it. */
                uint32_t reach = rng_below(&rng, 2) == 0 && nbytes > 64 ? 64 : (uint32_t)nbytes;
                size_t at = rng_below(&rng, reach);
                copy.bytes[off + at] =
                    (uint8_t)(rng_below(&rng, 2) == 0 ? rng_next(&rng) : 0U - rng_below(&rng, 2));
            }
            ask_damaged(&copy, &rng);
            if (round % 3 != 0) {
                memcpy(copy.bytes + off, file.bytes + off, nbytes);
            }
        }
        guarded_free(&copy);
        file_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(levels_of_every_size),
        cmocka_unit_test(positions_before_all),
        cmocka_unit_test(damaged_directories_lead_to_some_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
