/*
 * From a generated position to its token: TOP, DIRECTORY, block (spec 5.4).
 */
#include "src/reader/block.h"

static inline uint64_t position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

/*
 * The searches below find the last of n entries with position <= `key` in a list that ascends and
 * whose first entry is one, without a branch that could be mispredicted: three independent probes
 * a step leave a quarter. In a damaged file the list does not ascend, or its first entry is above;
 * then the result is some entry of the list, which is all that the callers rely on.
 */
static inline uint32_t is_before(const struct smcf_position *position, uint64_t key)
{
    return position_key(position) <= key;
}

static inline uint32_t last_top(const struct smcf_position *top, uint32_t n, uint64_t key)
{
    uint32_t low = 0;
    while (n >= 4) {
        uint32_t quarter = n / 4;
        low += (is_before(&top[low + quarter], key) + is_before(&top[low + 2 * quarter], key) +
                is_before(&top[low + 3 * quarter], key)) *
               quarter;
        n -= 3 * quarter;
    }
    for (; n > 1; n--) {
        low += is_before(&top[low + 1], key);
    }
    return low;
}

/* In the 16 entries under a top entry (the last top entry has less). */
static inline uint32_t last_entry(const struct smcf_directory_entry *directory, uint32_t n,
                                  uint64_t key)
{
    uint32_t low = 0;
    if (n == SMCF_TOP_STRIDE) {
        low += 4 * (is_before(&directory[4].first, key) + is_before(&directory[8].first, key) +
                    is_before(&directory[12].first, key));
        return low + is_before(&directory[low + 1].first, key) +
               is_before(&directory[low + 2].first, key) +
               is_before(&directory[low + 3].first, key);
    }
    for (uint32_t i = 1; i < n; i++) {
        low += is_before(&directory[i].first, key);
    }
    return low;
}

/* No position is larger than the greatest one that a file can have. */
static uint32_t add_capped(uint32_t position, uint32_t distance)
{
    return distance < SMC_NONE - position ? position + distance : SMC_NONE - 1;
}

/* Spec 5.5: moves the original position of a range mapping to the position asked for. */
static void move_by_range(struct smc_token *token, uint64_t key)
{
    const uint32_t line = (uint32_t)(key >> 32), column = (uint32_t)key;

    token->flags |= SMC_TOKEN_RANGE;
    token->source_column =
        line == token->line ? add_capped(token->source_column, column - token->column) : column;
    token->source_line = add_capped(token->source_line, line - token->line);
}

static int is_range(const smc_cache *cache, uint32_t token_index)
{
    return cache->ranges != NULL && (cache->ranges[token_index / 8] >> token_index % 8 & 1) != 0;
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
    const struct smcf_source *source = &cache->sources[token->source];
    token->flags |= (smcf_get16(source->flags) & SMCF_SOURCE_IGNORED) != 0 ? SMC_TOKEN_IGNORED : 0;
    return smc_string_at(cache, smcf_get32(source->name), &token->source_text);
}

static void no_token(struct smc_token *token)
{
    memset(token, 0, sizeof *token);
    token->index = SMC_NONE;
    token->source = SMC_NONE;
    token->name = SMC_NONE;
}

/* The block whose first token is the last one at or before `key`; SMC_NONE if there is none. */
static inline uint32_t find_block(const smc_cache *cache, uint64_t key)
{
    if (cache->n_top == 0 || position_key(&cache->top[0]) > key) {
        return SMC_NONE;
    }
    uint32_t first = last_top(cache->top, cache->n_top, key) * SMCF_TOP_STRIDE;
    uint32_t n = cache->n_blocks - first;
    return first +
           last_entry(cache->directory + first, n < SMCF_TOP_STRIDE ? n : SMCF_TOP_STRIDE, key);
}

static inline smc_status lookup_in_block(const smc_cache *cache, uint32_t index, uint64_t key,
                                         unsigned flags, struct smc_token *token)
{
    if (index == SMC_NONE) {
        no_token(token);
        return SMC_OK;
    }
    smc_status status = cache->block_lookup(cache, index, key, token);
    if (status != SMC_OK) {
        return status;
    }
    if (is_range(cache, token->index) && token->source != SMC_NONE) {
        move_by_range(token, key);
    } else if (token->line != key >> 32 && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
    }
    return add_views(cache, token);
}

static inline uint64_t key_of(uint32_t line, uint32_t column)
{
    return (uint64_t)line << 32 | column;
}

smc_status smc_lookup(const smc_cache *cache, uint32_t line, uint32_t column, unsigned flags,
                      struct smc_token *token)
{
    uint64_t key = key_of(line, column);

    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    return lookup_in_block(cache, find_block(cache, key), key, flags, token);
}

/* Positions whose blocks are on their way from memory at the same time. */
#define BATCH 16

smc_status smc_lookup_batch(const smc_cache *cache, const struct smc_position *positions, size_t n,
                            unsigned flags, struct smc_token *tokens)
{
    uint32_t blocks[BATCH];

    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    for (size_t done = 0; done < n; done += BATCH) {
        size_t n_now = n - done < BATCH ? n - done : BATCH;
        for (size_t i = 0; i < n_now; i++) {
            const struct smc_position *at = &positions[done + i];
            blocks[i] = find_block(cache, key_of(at->line, at->column));
            if (blocks[i] != SMC_NONE) {
                smc_block_prefetch(cache, blocks[i]);
            }
        }
        for (size_t i = 0; i < n_now; i++) {
            const struct smc_position *at = &positions[done + i];
            smc_status status = lookup_in_block(cache, blocks[i], key_of(at->line, at->column),
                                                flags, &tokens[done + i]);
            if (status != SMC_OK) {
                return status;
            }
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
    if (status == SMC_OK && is_range(cache, index)) {
        token->flags |= SMC_TOKEN_RANGE;
    }
    return status == SMC_OK ? add_views(cache, token) : status;
}
