/*
 * From a generated position to its token: the directory, then the block (spec 5.4).
 *
 * The whole lookup is one function for the compiler, and there are two of it on x86-64: one for all
 * processors, one for those with AVX2, BMI2 and POPCNT. Which of them a function is compiled into says
 * its constant `bmi2`.
 */
#include "src/reader/flat_block.h"
#include "src/reader/strings.h"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define HAVE_BMI2_VARIANT 1
#define BMI2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#endif

static SMC_ALWAYS_INLINE uint64_t key_of(uint32_t line, uint32_t column)
{
    return (uint64_t)line << 32 | column;
}

/* ---- the block ---- */

static SMC_ALWAYS_INLINE uint64_t position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

static SMC_ALWAYS_INLINE uint32_t is_before(const struct smcf_position *position, uint64_t key)
{
    return position_key(position) <= key;
}

#if defined(HAVE_BMI2_VARIANT)
/* How many of 16 positions are <= key < 2^63 - 1. */
BMI2 static inline uint32_t count_16(const struct smcf_position *positions, uint64_t key)
{
    const __m256i after = _mm256_set1_epi64x((int64_t)key + 1);
    const __m256i *fours = (const void *)positions;
    const __m256i a = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[0]));
    const __m256i b = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[1]));
    const __m256i c = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[2]));
    const __m256i d = _mm256_cmpgt_epi64(after, _mm256_loadu_si256(&fours[3]));
    const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return (uint32_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(bytes)) / 2;
}
#endif

/*
 * These two find the last of n entries with position <= `key` in a list that ascends and whose first entry is
 * one, without a branch that could be mispredicted. In a damaged file the list does not ascend, or its
 * first entry is above; then the result is some entry of the list, which is all that the callers rely on.
 */

/* Up to 16 entries: a node of the directory. */
static SMC_ALWAYS_INLINE uint32_t last_of_node(const struct smcf_position *node, uint32_t n,
                                               uint64_t key, int bmi2)
{
    uint32_t low = 0;

    if (n >= SMCF_FANOUT) {
#if defined(HAVE_BMI2_VARIANT)
        if (bmi2) {
            low = count_16(node, key);
            return low - (low != 0);
        }
#endif
        (void)bmi2;
        low = 4 * (is_before(&node[4], key) + is_before(&node[8], key) + is_before(&node[12], key));
        return low + is_before(&node[low + 1], key) + is_before(&node[low + 2], key) +
               is_before(&node[low + 3], key);
    }
    for (uint32_t i = 1; i < n; i++) {
        low += is_before(&node[i], key);
    }
    return low;
}

/* Any number of entries: three independent probes a step leave a quarter. */
static SMC_ALWAYS_INLINE uint32_t last_of_top(const struct smcf_position *top, uint32_t n,
                                              uint64_t key, int bmi2)
{
    const uint32_t enough = bmi2 ? 2 * SMCF_FANOUT : SMCF_FANOUT;
    uint32_t low = 0;

    while (n > enough) {
        uint32_t quarter = n / 4;
        low += (is_before(&top[low + quarter], key) + is_before(&top[low + 2 * quarter], key) +
                is_before(&top[low + 3 * quarter], key)) *
               quarter;
        n -= 3 * quarter;
    }
#if defined(HAVE_BMI2_VARIANT)
    if (bmi2 && n > SMCF_FANOUT) { /* its first 16 and its last 16, side by side */
        const uint32_t rest = n - SMCF_FANOUT;
        uint32_t head = count_16(top + low, key), tail = count_16(top + low + rest, key);
        return low + (tail != 0 ? rest + tail - 1 : head - (head != 0));
    }
#endif
    return low + last_of_node(top + low, n, key, bmi2);
}

/* The block whose first token is the last one at or before `key`; SMC_NONE if there is none. */
static SMC_ALWAYS_INLINE uint32_t find_block(const smc_cache *cache, uint64_t key, int bmi2)
{
    if (cache->n_top == 0 || position_key(&cache->top[0]) > key) {
        return SMC_NONE;
    }
    /* No token is further down (SMCF_LINE_MAX), and signed numbers compare as well. */
    key = key < INT64_MAX ? key : INT64_MAX - 1;
    uint32_t at = SMCF_FANOUT * last_of_top(cache->top, cache->n_top, key, bmi2);
    at = SMCF_FANOUT * (at + last_of_node(cache->middle + at, cache->n_middle - at, key, bmi2));
    SMC_PREFETCH(&cache->block_offs[at]); /* of the block, whichever it will be */
    return at + last_of_node(cache->firsts + at, cache->n_blocks - at, key, bmi2);
}

static SMC_ALWAYS_INLINE const uint8_t *block_at(const smc_cache *cache, uint32_t index)
{
    return cache->blocks + smcf_get32(cache->block_offs[index]);
}

/* Asks for the memory of a block, which comes while something else is done: what most blocks take. */
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

/* ---- the token ---- */

/* The last token of a block at or before `key`; 0 if the block is damaged. */
static SMC_ALWAYS_INLINE int block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                                          struct smc_token *token, int bmi2)
{
    struct smc_block block;
    uint32_t high;

    if (!smc_block_parse(cache, index, block_at(cache, index), &block)) {
        return 0;
    }
    const int has_lines = smc_block_has(&block, SMCF_BLOCK_LINES);
    unsigned i = smc_block_find(&block, key, &high, has_lines, bmi2);
    return i < block.n &&
           smc_block_read(cache, &block, NULL, index, i, high, token, has_lines, bmi2) &&
           /* Otherwise the directory did not tell the truth. */
           key_of(token->line, token->column) <= key;
}

/* Not inlined, so that the lookup in flat blocks has the registers for itself. */
static SMC_NOINLINE int block_lookup_plain(const smc_cache *cache, uint32_t index, uint64_t key,
                                           struct smc_token *token)
{
    return block_lookup(cache, index, key, token, 0);
}

#if defined(HAVE_BMI2_VARIANT)
BMI2 static SMC_NOINLINE int block_lookup_bmi2(const smc_cache *cache, uint32_t index, uint64_t key,
                                               struct smc_token *token)
{
    return block_lookup(cache, index, key, token, 1);
}
#else
#define block_lookup_bmi2 block_lookup_plain
#endif

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

static SMC_ALWAYS_INLINE int is_range(const smc_cache *cache, uint32_t token_index)
{
    return cache->ranges != NULL && (cache->ranges[token_index / 8] >> token_index % 8 & 1) != 0;
}

/* 0 where a damaged file leads outside. */
static SMC_ALWAYS_INLINE int add_views(const smc_cache *cache, struct smc_token *token, int bmi2)
{
    int is_good = 1;

    token->name_text = token->source_text = (struct smc_view){NULL, 0};
    if (token->name != SMC_NONE) {
        is_good = smc_string_view(cache, token->name, &token->name_text, bmi2);
    }
    if (token->source != SMC_NONE) {
        const struct smcf_source *source = &cache->sources[token->source];
        token->flags |= (source->flags & SMCF_SOURCE_IGNORED) != 0 ? SMC_TOKEN_IGNORED : 0;
        is_good &= smc_source_name(cache, source, &token->source_text);
    }
    return is_good;
}

static void no_token(struct smc_token *token)
{
    memset(token, 0, sizeof *token);
    token->index = SMC_NONE;
    token->source = SMC_NONE;
    token->name = SMC_NONE;
}

static SMC_ALWAYS_INLINE smc_status lookup_in_block(const smc_cache *cache, uint32_t index,
                                                    uint64_t key, unsigned flags,
                                                    struct smc_token *token, int bmi2)
{
    if (index == SMC_NONE) {
        no_token(token);
        return SMC_OK;
    }
    if (smcf_get32(cache->block_offs[index]) >= cache->roomy_nbytes) {
        if (smc_block_lookup(cache, index, key, token) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
    } else if (!smc_flat_block_lookup(cache, index, block_at(cache, index), key, token, bmi2) &&
               !(bmi2 ? block_lookup_bmi2(cache, index, key, token)
                      : block_lookup_plain(cache, index, key, token))) {
        return SMC_E_DAMAGED;
    }
    if (is_range(cache, token->index) && token->source != SMC_NONE) {
        move_by_range(token, key);
    } else if (token->line != key >> 32 && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
    }
    return add_views(cache, token, bmi2) ? SMC_OK : SMC_E_DAMAGED;
}

static SMC_ALWAYS_INLINE smc_status lookup_one(const smc_cache *cache, uint64_t key, unsigned flags,
                                               struct smc_token *token, int bmi2)
{
    const uint32_t index = find_block(cache, key, bmi2);

    if (index != SMC_NONE) {
        prefetch(block_at(cache, index));
    }
    return lookup_in_block(cache, index, key, flags, token, bmi2);
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
            blocks[i] = find_block(cache, key_of(at->line, at->column), bmi2);
            if (blocks[i] != SMC_NONE) {
                prefetch(block_at(cache, blocks[i]));
            }
        }
        for (size_t i = 0; i < n_now; i++) {
            const struct smc_position *at = &positions[done + i];
            smc_status status = lookup_in_block(cache, blocks[i], key_of(at->line, at->column),
                                                flags, &tokens[done + i], bmi2);
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

const struct smc_lookup_code *smc_lookup_best(void)
{
#if defined(HAVE_BMI2_VARIANT)
    /* The first two generations of Zen have a PDEP of up to 300 cycles. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("popcnt") && !__builtin_cpu_is("znver1") &&
        !__builtin_cpu_is("znver2")) {
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

/* As smc_block_open and smc_block_token, but quick about blocks that cannot leave the file. */
static int read_token(const smc_cache *cache, uint32_t index, unsigned i, struct smc_token *token)
{
    struct smc_block block;
    struct smc_block_names names;

    if (smcf_get32(cache->block_offs[index]) >= cache->roomy_nbytes) {
        return smc_block_open(cache, index, &block, &names) == SMC_OK &&
               smc_block_token(cache, &block, &names, index, i, token) == SMC_OK;
    }
    return smc_block_parse(cache, index, block_at(cache, index), &block) &&
           smc_block_token(cache, &block, NULL, index, i, token) == SMC_OK;
}

smc_status smc_token_at(const smc_cache *cache, uint32_t index, struct smc_token *token)
{
    if (index >= cache->n_tokens) {
        return SMC_E_RANGE;
    }
    if (!read_token(cache, index / SMCF_BLOCK_TOKENS, index % SMCF_BLOCK_TOKENS, token)) {
        return SMC_E_DAMAGED;
    }
    token->flags |= is_range(cache, index) ? SMC_TOKEN_RANGE : 0;
    return add_views(cache, token, 0) ? SMC_OK : SMC_E_DAMAGED;
}
