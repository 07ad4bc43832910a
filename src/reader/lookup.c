/*
 * From a generated position to its token: TOP, DIRECTORY, block (spec 5.4).
 *
 * The whole lookup is one function for the compiler, and there are two of it on x86-64: one for all
 * processors, one for those with POPCNT and BMI2.
 */
#include "src/reader/block.h"
#include "src/reader/strings.h"

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_BMI2_VARIANT 1
#endif

static SMC_ALWAYS_INLINE uint64_t position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

/*
 * The searches below find the last of n entries with position <= `key` in a list that ascends and
 * whose first entry is one, without a branch that could be mispredicted: three independent probes
 * a step leave a quarter. In a damaged file the list does not ascend, or its first entry is above;
 * then the result is some entry of the list, which is all that the callers rely on.
 */
static SMC_ALWAYS_INLINE uint32_t is_before(const struct smcf_position *position, uint64_t key)
{
    return position_key(position) <= key;
}

static SMC_ALWAYS_INLINE uint32_t last_top(const struct smcf_position *top, uint32_t n, uint64_t key)
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
static SMC_ALWAYS_INLINE uint32_t last_entry(const struct smcf_directory_entry *directory, uint32_t n,
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

static SMC_ALWAYS_INLINE smc_status add_views(const smc_cache *cache, struct smc_token *token,
                                              int bmi2)
{
    const struct smc_view none = {NULL, 0};
    int is_good = 1;

    token->name_text = token->source_text = none;
    if (token->name != SMC_NONE) {
        is_good = smc_string_view(cache, token->name, &token->name_text, bmi2);
    }
    if (token->source != SMC_NONE) {
#ifdef DIRECT
        const uint8_t *source = (const uint8_t *)&cache->sources[token->source];
        const uint64_t head = smc_load64(source);
        const uint32_t off = (uint32_t)head;
        const uint64_t nbytes = head >> 48;
        token->flags |= ((unsigned)(head >> 32) & SMCF_SOURCE_IGNORED) / SMCF_SOURCE_IGNORED * SMC_TOKEN_IGNORED;
        token->source_text.ptr = (const char *)cache->string_bytes + off;
        token->source_text.nbytes = nbytes;
        is_good &= off + nbytes <= cache->string_nbytes;
#else
        const struct smcf_source *source = &cache->sources[token->source];
        token->flags |= (smcf_get32(source->flags) & SMCF_SOURCE_IGNORED) != 0 ? SMC_TOKEN_IGNORED : 0;
        is_good &= smc_string_at(cache, smcf_get32(source->name), &token->source_text) == SMC_OK;
#endif
    }
    return is_good ? SMC_OK : SMC_E_DAMAGED;
}

static void no_token(struct smc_token *token)
{
    memset(token, 0, sizeof *token);
    token->index = SMC_NONE;
    token->source = SMC_NONE;
    token->name = SMC_NONE;
}

/* The block whose first token is the last one at or before `key`; SMC_NONE if there is none. */
static SMC_ALWAYS_INLINE uint32_t find_block(const smc_cache *cache, uint64_t key)
{
    if (cache->n_top == 0 || position_key(&cache->top[0]) > key) {
        return SMC_NONE;
    }
    uint32_t first = last_top(cache->top, cache->n_top, key) * SMCF_TOP_STRIDE;
    uint32_t n = cache->n_blocks - first;
    return first +
           last_entry(cache->directory + first, n < SMCF_TOP_STRIDE ? n : SMCF_TOP_STRIDE, key);
}

/* Asks for the memory of a block, which comes while something else is done. */
static SMC_ALWAYS_INLINE void prefetch(const uint8_t *block)
{
    SMC_PREFETCH(block);
    SMC_PREFETCH(block + 64);
    SMC_PREFETCH(block + 128);
    SMC_PREFETCH(block + 192);
    SMC_PREFETCH(block + 256);
    SMC_PREFETCH(block + 320);
    SMC_PREFETCH(block + 384);
    SMC_PREFETCH(block + 448);
}

static SMC_ALWAYS_INLINE int find_and_read(const smc_cache *cache, const struct smc_block *block,
                                           uint32_t index, uint64_t key, struct smc_token *token,
                                           int has_lines, int bmi2)
{
    uint32_t high;
    unsigned i = smc_block_find(block, key, &high, has_lines, bmi2);

    return i < block->n &&
           smc_block_read(cache, block, NULL, index, i, high, token, has_lines, bmi2) &&
           /* Otherwise TOP or DIRECTORY did not tell the truth. */
           ((uint64_t)token->line << 32 | token->column) <= key;
}

/* Blocks of several lines, apart, so that each kind has the registers for itself. */
static SMC_NOINLINE int find_and_read_lines(const smc_cache *cache, uint32_t index, uint64_t key,
                                            struct smc_token *token)
{
    struct smc_block block;
    const uint8_t *header = cache->blocks + smcf_get32(cache->directory[index].block_off);

    return smc_block_parse(cache, index, header, &block) &&
           find_and_read(cache, &block, index, key, token, 1, 0);
}

/* Like smc_block_lookup, but quick about blocks that cannot leave the file. */
static SMC_ALWAYS_INLINE int block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                                          struct smc_token *token, int prefetches, int bmi2)
{
    const uint64_t off = smcf_get32(cache->directory[index].block_off);
    const uint8_t *header = cache->blocks + off;
    struct smc_block block;

    if (off >= cache->roomy_nbytes) {
        return smc_block_lookup(cache, index, key, token) == SMC_OK;
    }
    if (prefetches) {
        prefetch(header);
    }
    if ((header[offsetof(struct smcf_block, flags)] & SMCF_BLOCK_LINES) != 0) {
        return find_and_read_lines(cache, index, key, token);
    }
    return smc_block_parse(cache, index, header, &block) &&
           find_and_read(cache, &block, index, key, token, 0, bmi2);
}

static SMC_ALWAYS_INLINE smc_status lookup_in_block(const smc_cache *cache, uint32_t index,
                                                    uint64_t key, unsigned flags,
                                                    struct smc_token *token, int prefetches, int bmi2)
{
    if (index == SMC_NONE) {
        no_token(token);
        return SMC_OK;
    }
    if (!block_lookup(cache, index, key, token, prefetches, bmi2)) {
        return SMC_E_DAMAGED;
    }
    if (is_range(cache, token->index) && token->source != SMC_NONE) {
        move_by_range(token, key);
    } else if (token->line != key >> 32 && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
    }
    return add_views(cache, token, bmi2);
}

static SMC_ALWAYS_INLINE smc_status lookup_one(const smc_cache *cache, uint64_t key, unsigned flags,
                                               struct smc_token *token, int bmi2)
{
    return lookup_in_block(cache, find_block(cache, key), key, flags, token, 1, bmi2);
}

static SMC_ALWAYS_INLINE uint64_t key_of(uint32_t line, uint32_t column)
{
    return (uint64_t)line << 32 | column;
}

/* Positions whose blocks are on their way from memory at the same time. */
#define BATCH 16

static SMC_ALWAYS_INLINE smc_status lookup_batch(const smc_cache *cache,
                                                 const struct smc_position *positions, size_t n,
                                                 unsigned flags, struct smc_token *tokens, int bmi2)
{
    uint32_t blocks[BATCH];

    for (size_t done = 0; done < n; done += BATCH) {
        size_t n_now = n - done < BATCH ? n - done : BATCH;
        for (size_t i = 0; i < n_now; i++) {
            const struct smc_position *at = &positions[done + i];
            blocks[i] = find_block(cache, key_of(at->line, at->column));
            if (blocks[i] != SMC_NONE) {
                prefetch(cache->blocks + smcf_get32(cache->directory[blocks[i]].block_off));
            }
        }
        for (size_t i = 0; i < n_now; i++) {
            const struct smc_position *at = &positions[done + i];
            smc_status status = lookup_in_block(cache, blocks[i], key_of(at->line, at->column),
                                                flags, &tokens[done + i], 0, bmi2);
            if (status != SMC_OK) {
                return status;
            }
        }
    }
    return SMC_OK;
}

/* ---- the variants ---- */

static smc_status one_plain(const smc_cache *cache, uint64_t key, unsigned flags,
                            struct smc_token *token)
{
    return lookup_one(cache, key, flags, token, 0);
}

static smc_status batch_plain(const smc_cache *cache, const struct smc_position *positions,
                              size_t n, unsigned flags, struct smc_token *tokens)
{
    return lookup_batch(cache, positions, n, flags, tokens, 0);
}

const struct smc_lookup_code smc_lookup_plain = {one_plain, batch_plain};

#if defined(HAVE_BMI2_VARIANT)
#define BMI2 __attribute__((target("bmi,bmi2,lzcnt,popcnt")))

BMI2 static smc_status one_bmi2(const smc_cache *cache, uint64_t key, unsigned flags,
                                struct smc_token *token)
{
    return lookup_one(cache, key, flags, token, 1);
}

BMI2 static smc_status batch_bmi2(const smc_cache *cache, const struct smc_position *positions,
                                  size_t n, unsigned flags, struct smc_token *tokens)
{
    return lookup_batch(cache, positions, n, flags, tokens, 1);
}

static const struct smc_lookup_code lookup_bmi2 = {one_bmi2, batch_bmi2};
#endif

const struct smc_lookup_code *smc_lookup_code_best(void)
{
#if defined(HAVE_BMI2_VARIANT)
    /* The first two generations of Zen have a PDEP of up to 300 cycles. */
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
        !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2")) {
        return &lookup_bmi2;
    }
#endif
    return &smc_lookup_plain;
}

/* ---- public ---- */

smc_status smc_lookup(const smc_cache *cache, uint32_t line, uint32_t column, unsigned flags,
                      struct smc_token *token)
{
    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    return cache->lookup->one(cache, key_of(line, column), flags, token);
}

smc_status smc_lookup_batch(const smc_cache *cache, const struct smc_position *positions, size_t n,
                            unsigned flags, struct smc_token *tokens)
{
    if ((flags & ~(unsigned)SMC_LOOKUP_ACROSS_LINES) != 0) {
        return SMC_E_UNSUPPORTED;
    }
    return cache->lookup->batch(cache, positions, n, flags, tokens);
}

smc_status smc_token_at(const smc_cache *cache, uint32_t index, struct smc_token *token)
{
    struct smc_block block;
    struct smc_block_names names;

    if (index >= cache->n_tokens) {
        return SMC_E_RANGE;
    }
    smc_status status = smc_block_open(cache, index / SMCF_BLOCK_TOKENS, &block, &names);
    if (status == SMC_OK) {
        status = smc_block_token(cache, &block, &names, index / SMCF_BLOCK_TOKENS,
                                 index % SMCF_BLOCK_TOKENS, token);
    }
    if (status == SMC_OK && is_range(cache, index)) {
        token->flags |= SMC_TOKEN_RANGE;
    }
    return status == SMC_OK ? add_views(cache, token, 0) : status;
}
