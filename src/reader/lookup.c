/*
 * From a generated position to its token: TOP, DIRECTORY, block (spec 5.4).
 */
#include "src/reader/block.h"

static inline uint64_t position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

/*
 * The searches below count the entries with key <= `key` in a list that ascends, without a branch
 * that could be mispredicted: of n entries, whose first has key <= `key`, each step keeps the half
 * where the last such entry is. In a damaged file the list does not ascend, or its first entry is
 * above; then the result is some entry of the list, which is all that the callers rely on.
 */
static inline uint32_t last_top(const struct smcf_position *top, uint32_t n, uint64_t key)
{
    uint32_t low = 0;
    while (n > 1) {
        uint32_t half = n / 2;
        low = position_key(&top[low + half]) <= key ? low + half : low;
        n -= half;
    }
    return low;
}

static inline uint32_t last_entry(const struct smcf_directory_entry *directory, uint32_t n,
                                  uint64_t key)
{
    uint32_t low = 0;
    while (n > 1) {
        uint32_t half = n / 2;
        low = position_key(&directory[low + half].first) <= key ? low + half : low;
        n -= half;
    }
    return low;
}

/* Asks for the directory entries under a top entry at once: four cache lines instead of a chain. */
static inline void prefetch_entries(const struct smcf_directory_entry *directory, uint32_t n)
{
#if defined(__GNUC__)
    for (uint32_t i = 0; i < n; i += 64 / (uint32_t)sizeof *directory) {
        __builtin_prefetch(&directory[i]);
    }
#else
    (void)directory;
    (void)n;
#endif
}

/* Asks for a block's cache lines at once, while its header is on its way. */
static inline void prefetch_block(const smc_cache *cache, uint32_t index)
{
#if defined(__GNUC__)
    uint64_t off = smcf_get64(cache->directory[index].block_off);
    if (off < cache->blocks_nbytes) { /* a prefetch never faults; this keeps the pointer inside */
        for (uint64_t at = off; at < off + 640 && at < cache->blocks_nbytes; at += 64) {
            __builtin_prefetch(cache->blocks + at);
        }
    }
#else
    (void)cache;
    (void)index;
#endif
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

    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    if (cache->n_top == 0 || position_key(&cache->top[0]) > key) {
        no_token(token);
        return SMC_OK;
    }
    uint32_t first = last_top(cache->top, cache->n_top, key) * SMCF_TOP_STRIDE;
    uint32_t n = cache->n_blocks - first;
    n = n < SMCF_TOP_STRIDE ? n : SMCF_TOP_STRIDE;
    prefetch_entries(cache->directory + first, n);
    uint32_t index = first + last_entry(cache->directory + first, n, key);
    prefetch_block(cache, index);
    smc_status status = smc_block_lookup(cache, index, key, token);
    if (status != SMC_OK) {
        return status;
    }
    if (token->line != line && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
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
