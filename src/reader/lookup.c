/*
 * From a generated position to its token: TOP, DIRECTORY, block (spec 5.4).
 */
#include "src/reader/block.h"

static inline uint64_t position_key(const struct smcf_position *position)
{
    return (uint64_t)smcf_get32(position->line) << 32 | smcf_get32(position->column);
}

/*
 * The three searches below count the entries with key <= `key` of a list that ascends. In a damaged
 * file it does not; then the count is some number from 0 to n, which is all that the callers rely on.
 */
static uint32_t count_top(const struct smcf_position *top, uint32_t n, uint64_t key)
{
    uint32_t low = 0;
    while (n > 0) {
        uint32_t half = n / 2;
        int below = position_key(&top[low + half]) <= key;
        low = below ? low + half + 1 : low;
        n = below ? n - half - 1 : half;
    }
    return low;
}

static uint32_t count_directory(const struct smcf_directory_entry *directory, uint32_t n,
                                uint64_t key)
{
    uint32_t low = 0;
    while (n > 0) {
        uint32_t half = n / 2;
        int below = position_key(&directory[low + half].first) <= key;
        low = below ? low + half + 1 : low;
        n = below ? n - half - 1 : half;
    }
    return low;
}

static unsigned count_block(const struct smc_block *block, uint64_t key)
{
    unsigned low = 0, n = block->n;
    while (n > 0) {
        unsigned half = n / 2;
        int below = smc_block_key(block, low + half) <= key;
        low = below ? low + half + 1 : low;
        n = below ? n - half - 1 : half;
    }
    return low;
}

static smc_status add_views(const smc_cache *cache, struct smc_token *token)
{
    smc_status status = smc_string_at(cache, token->name, &token->name_text);
    if (status != SMC_OK) {
        return status;
    }
    if (token->source == SMC_NONE) {
        token->source_text = (struct smc_view){NULL, 0};
        return SMC_OK;
    }
    return smc_string_at(cache, smcf_get32(cache->sources[token->source].name),
                         &token->source_text);
}

static void no_token(struct smc_token *token)
{
    memset(token, 0, sizeof *token);
    token->index = SMC_NONE;
    token->source = SMC_NONE;
    token->name = SMC_NONE;
}

smc_status smc_lookup(const smc_cache *cache, uint32_t line, uint32_t column, unsigned flags,
                      struct smc_token *token)
{
    uint64_t key = (uint64_t)line << 32 | column;
    struct smc_block block;
    smc_status status;

    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    uint32_t t = count_top(cache->top, cache->n_top, key);
    if (t == 0) {
        no_token(token);
        return SMC_OK;
    }
    uint32_t first = (t - 1) * SMCF_TOP_STRIDE, n = cache->n_blocks - first;
    n = count_directory(cache->directory + first, n < SMCF_TOP_STRIDE ? n : SMCF_TOP_STRIDE, key);
    if (n == 0) { /* TOP says otherwise */
        return SMC_E_DAMAGED;
    }
    uint32_t index = first + n - 1;
    if ((status = smc_block_open(cache, index, &block)) != SMC_OK) {
        return status;
    }
    unsigned i = count_block(&block, key);
    if (i == 0) { /* DIRECTORY says otherwise */
        return SMC_E_DAMAGED;
    }
    if (smc_block_key(&block, i - 1) >> 32 != line && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
    }
    if ((status = smc_block_token(cache, &block, index, i - 1, token)) != SMC_OK) {
        return status;
    }
    return add_views(cache, token);
}

smc_status smc_lookup_batch(const smc_cache *cache, const struct smc_position *positions, size_t n,
                            unsigned flags, struct smc_token *tokens)
{
    for (size_t i = 0; i < n; i++) {
        smc_status status =
            smc_lookup(cache, positions[i].line, positions[i].column, flags, &tokens[i]);
        if (status != SMC_OK) {
            return status;
        }
    }
    return SMC_OK;
}

smc_status smc_token_at(const smc_cache *cache, uint32_t index, struct smc_token *token)
{
    struct smc_block block;

    if (index >= cache->n_tokens) {
        return SMC_E_RANGE;
    }
    smc_status status = smc_block_open(cache, index / SMCF_BLOCK_TOKENS, &block);
    if (status == SMC_OK) {
        status = smc_block_token(cache, &block, index / SMCF_BLOCK_TOKENS,
                                 index % SMCF_BLOCK_TOKENS, token);
    }
    return status == SMC_OK ? add_views(cache, token) : status;
}
