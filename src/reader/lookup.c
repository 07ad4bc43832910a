/*
 * From a generated position to its token: the directory, then the block (spec 5.4).
 *
 * The whole lookup is one function for the compiler, and there are two of it on x86-64 (bits.h). Which of them a
 * function is compiled into says its constant `bmi2`.
 */
#include "src/reader/directory.h"
#include "src/reader/flat_block.h"
#include "src/reader/strings.h"

#include <stdatomic.h>

#if defined(SMC_HAVE_BMI2_VARIANT)
#include <cpuid.h>
#endif

static SMC_ALWAYS_INLINE uint64_t key_of(uint32_t line, uint32_t column)
{
    return (uint64_t)line << 32 | column;
}

/* ---- blocks that are not flat ---- */

static SMC_ALWAYS_INLINE const uint8_t *block_at(const smc_cache *cache, uint32_t index)
{
    return cache->blocks + smcf_get32(cache->block_offs[index]);
}

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

#if defined(SMC_HAVE_BMI2_VARIANT)
SMC_BMI2 static SMC_NOINLINE int block_lookup_bmi2(const smc_cache *cache, uint32_t index,
                                                   uint64_t key, struct smc_token *token)
{
    return block_lookup(cache, index, key, token, 1);
}
#else
#define block_lookup_bmi2 block_lookup_plain
#endif

/* The last token of block `index` at or before `key`. */
static SMC_ALWAYS_INLINE smc_status lookup_in_block(const smc_cache *cache, uint32_t index,
                                                    uint64_t key, struct smc_token *token, int bmi2)
{
    if (smcf_get32(cache->block_offs[index]) >= cache->roomy_nbytes) {
        return smc_block_lookup(cache, index, key, token);
    }
    const int is_good = bmi2 ? block_lookup_bmi2(cache, index, key, token)
                             : block_lookup_plain(cache, index, key, token);
    return is_good ? SMC_OK : SMC_E_DAMAGED;
}

/* ---- the token ---- */

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
    token->source_column = line == token->line
                               ? add_capped(token->source_column, column - token->column)
                               : add_capped(column, 0);
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

    if (token->name != SMC_NONE) {
        is_good = smc_string_view(cache, token->name, &token->name_text, bmi2);
    } else {
        (void)smc_no_view(&token->name_text);
    }
    if (token->source != SMC_NONE) {
        const struct smcf_source *source = &cache->sources[token->source];
        token->flags |= (source->flags & SMCF_SOURCE_IGNORED) != 0 ? SMC_TOKEN_IGNORED : 0;
        is_good &= smc_source_name(cache, source, &token->source_text);
    } else {
        (void)smc_no_view(&token->source_text);
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

/* ---- steps of a lookup ---- */

/* Where a token is: in which block, and if that is flat, in which run. */
struct place {
    uint32_t block;
    uint32_t off; /* of the block */
    struct smc_flat_run run;
};

/* Whether there is no token at or before `key`, in a file that has tokens. */
static SMC_ALWAYS_INLINE int is_before_all(const smc_cache *cache, uint64_t key)
{
    return key < smc_position_key(&cache->top[0]);
}

static SMC_ALWAYS_INLINE void find_block(const smc_cache *cache, uint32_t middle,
                                         uint64_t directory_key, struct place *place, int bmi2)
{
    place->block = smc_directory_block(cache, middle, directory_key, bmi2);
    place->off = smcf_get32(cache->block_offs[place->block]);
    /* Its header, highs and presence of names: nearly always in two lines. */
    SMC_PREFETCH_AT(cache->blocks, place->off);
    SMC_PREFETCH_AT(cache->blocks, (uintptr_t)place->off + 64);
}

/* The rest of most blocks. */
static SMC_ALWAYS_INLINE void prefetch_block(const smc_cache *cache, uintptr_t off)
{
    SMC_PREFETCH_AT(cache->blocks, off + 128);
    SMC_PREFETCH_AT(cache->blocks, off + 192);
    SMC_PREFETCH_AT(cache->blocks, off + 256);
    SMC_PREFETCH_AT(cache->blocks, off + 320);
    SMC_PREFETCH_AT(cache->blocks, off + 384);
    SMC_PREFETCH_AT(cache->blocks, off + 448);
}

static SMC_ALWAYS_INLINE void find_run(const smc_cache *cache, uint64_t key, struct place *place,
                                       int prefetches, int bmi2)
{
    place->run.n = SMC_FLAT_NONE;
    if (place->off < cache->whole_nbytes && !is_before_all(cache, key)) {
        smc_flat_block_find(cache, place->block, cache->blocks + place->off, key, &place->run,
                            prefetches, bmi2);
    }
}

static SMC_ALWAYS_INLINE smc_status read_token(const smc_cache *cache, uint64_t key,
                                               const struct place *place, unsigned flags,
                                               struct smc_token *token, int bmi2)
{
    const int is_flat = place->run.n != SMC_FLAT_NONE &&
                        smc_flat_block_read(cache, place->block, cache->blocks + place->off, key,
                                            &place->run, token, bmi2);

    if (!is_flat) {
        if (is_before_all(cache, key)) {
            no_token(token);
            return SMC_OK;
        }
        if (lookup_in_block(cache, place->block, key, token, bmi2) != SMC_OK) {
            return SMC_E_DAMAGED;
        }
    }
    if (is_range(cache, token->index) && token->source != SMC_NONE) {
        move_by_range(token, key);
    } else if (!is_flat && /* those have the line of the key */
               token->line != key >> 32 && (flags & SMC_LOOKUP_ACROSS_LINES) == 0) {
        no_token(token);
        return SMC_OK;
    }
    return add_views(cache, token, bmi2) ? SMC_OK : SMC_E_DAMAGED;
}

static SMC_ALWAYS_INLINE smc_status lookup_one(const smc_cache *cache, uint64_t key, unsigned flags,
                                               struct smc_token *token, int bmi2)
{
    const uint64_t directory_key = smc_directory_key(key);
    struct place place;

    if (cache->n_top == 0) {
        no_token(token);
        return SMC_OK;
    }
    const uint32_t top = smc_directory_top(cache, directory_key, bmi2);
    const uint32_t middle = smc_directory_middle(cache, top, directory_key, bmi2);
    find_block(cache, middle, directory_key, &place, bmi2);
    prefetch_block(cache, place.off);
    find_run(cache, key, &place, 0, bmi2);
    return read_token(cache, key, &place, flags, token, bmi2);
}

/* Positions that take each step together. A processor looks ahead by a few hundred instructions: the shorter a step is,
 * the more positions it works on at the same time; and what one step asks for is there when the next begins. */
#define BATCH 16

/* At most BATCH of them. */
static SMC_ALWAYS_INLINE smc_status lookup_some(const smc_cache *cache,
                                                const struct smc_position *positions, size_t n,
                                                unsigned flags, struct smc_token *tokens, int bmi2)
{
    smc_status status = SMC_OK;
    struct place places[BATCH];
    uint64_t keys[BATCH];
    uint32_t nodes[BATCH];

    for (size_t i = 0; i < n; i++) {
        keys[i] = key_of(positions[i].line, positions[i].column);
        nodes[i] = smc_directory_top(cache, smc_directory_key(keys[i]), bmi2);
    }
    for (size_t i = 0; i < n; i++) {
        nodes[i] = smc_directory_middle(cache, nodes[i], smc_directory_key(keys[i]), bmi2);
    }
    for (size_t i = 0; i < n; i++) {
        find_block(cache, nodes[i], smc_directory_key(keys[i]), &places[i], bmi2);
    }
    for (size_t i = 0; i < n; i++) {
        find_run(cache, keys[i], &places[i], 1, bmi2);
    }
    for (size_t i = 0; i < n; i++) {
        if (read_token(cache, keys[i], &places[i], flags, &tokens[i], bmi2) != SMC_OK) {
            no_token(&tokens[i]);
            tokens[i].flags = SMC_TOKEN_DAMAGED;
            status = SMC_E_DAMAGED;
        }
    }
    return status;
}

static SMC_ALWAYS_INLINE smc_status lookup_batch(const smc_cache *cache,
                                                 const struct smc_position *positions, size_t n,
                                                 unsigned flags, struct smc_token *tokens, int bmi2)
{
    smc_status status = SMC_OK;

    if (cache->n_top == 0) {
        for (size_t i = 0; i < n; i++) {
            no_token(&tokens[i]);
        }
        return SMC_OK;
    }
    for (size_t n_now; n > 0; n -= n_now, positions += n_now, tokens += n_now) {
        n_now = n < BATCH ? n : BATCH;
        if (lookup_some(cache, positions, n_now, flags, tokens, bmi2) != SMC_OK) {
            status = SMC_E_DAMAGED;
        }
    }
    return status;
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

#if defined(SMC_HAVE_BMI2_VARIANT)
SMC_BMI2 static smc_status one_bmi2(const smc_cache *cache, uint64_t key, unsigned flags,
                                    struct smc_token *token)
{
    return lookup_one(cache, key, flags, token, 1);
}

SMC_BMI2 static smc_status batch_bmi2(const smc_cache *cache, const struct smc_position *positions,
                                      size_t n, unsigned flags, struct smc_token *tokens)
{
    return lookup_batch(cache, positions, n, flags, tokens, 1);
}

static const struct smc_lookup_code lookup_bmi2 = {one_bmi2, batch_bmi2};

/* Without it the instruction is another one, which counts from the other end. (__builtin_cpu_supports does not know
 * it in all compilers.) */
static int has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}
#endif

static const struct smc_lookup_code *find_best(void)
{
#if defined(SMC_HAVE_BMI2_VARIANT)
    /* The first two generations of Zen have a PDEP of up to 300 cycles. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") && has_lzcnt() &&
        !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2")) {
        return &lookup_bmi2;
    }
#endif
    return &smc_lookup_plain;
}

/* Asked once: in a virtual machine CPUID is answered by the host. Twice an open, that took 10 us here. */
const struct smc_lookup_code *smc_lookup_best(void)
{
    static _Atomic(const struct smc_lookup_code *) best;
    const struct smc_lookup_code *found = atomic_load_explicit(&best, memory_order_relaxed);

    if (found == NULL) { /* several threads may ask: they find the same */
        found = find_best();
        atomic_store_explicit(&best, found, memory_order_relaxed);
    }
    return found;
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
static int token_at(const smc_cache *cache, uint32_t index, unsigned i, struct smc_token *token)
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
    if (!token_at(cache, index / SMCF_BLOCK_TOKENS, index % SMCF_BLOCK_TOKENS, token)) {
        return SMC_E_DAMAGED;
    }
    token->flags |= is_range(cache, index) ? SMC_TOKEN_RANGE : 0;
    return add_views(cache, token, 0) ? SMC_OK : SMC_E_DAMAGED;
}
