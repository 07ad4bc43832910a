/*
 * From a generated position to its token: TOP, DIRECTORY, block (spec 5.4).
 *
 * The whole lookup is one function for the compiler, and there are two of it on x86-64: one for all
 * processors, one for those with POPCNT and BMI2.
 */
#include "src/reader/block.h"
#include "src/reader/strings.h"

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_AVX2_VARIANT 1
#define AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#include <immintrin.h>
#endif

static SMC_ALWAYS_INLINE uint64_t position_key(const struct smcf_position *position)
{
    return smc_load64((const uint8_t *)position);
}

static SMC_ALWAYS_INLINE uint32_t is_before(const struct smcf_position *position, uint64_t key)
{
    return position_key(position) <= key;
}

#if defined(HAVE_AVX2_VARIANT)
/* How many of 16 positions are <= key < 2^63. */
AVX2 static inline uint32_t count_16(const struct smcf_position *positions, uint64_t key)
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
 * The searches below find the last of n entries with position <= `key` in a list that ascends and whose
 * first entry is one, without a branch that could be mispredicted. In a damaged file the list does not
 * ascend, or its first entry is above; then the result is some entry of the list, which is all that
 * the callers rely on.
 */

/* Up to 16 entries: a node of the directory. */
static SMC_ALWAYS_INLINE uint32_t last_of_node(const struct smcf_position *node, uint32_t n,
                                               uint64_t key, int avx2)
{
    uint32_t low = 0;

    if (n >= SMCF_FANOUT) {
#if defined(HAVE_AVX2_VARIANT)
        if (avx2) {
            low = count_16(node, key);
            return low - (low != 0);
        }
#endif
        (void)avx2;
        low += 4 * (is_before(&node[4], key) + is_before(&node[8], key) + is_before(&node[12], key));
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
                                              uint64_t key, int avx2)
{
    uint32_t low = 0;

    while (n > 2 * SMCF_FANOUT) {
        uint32_t quarter = n / 4;
        low += (is_before(&top[low + quarter], key) + is_before(&top[low + 2 * quarter], key) +
                is_before(&top[low + 3 * quarter], key)) *
               quarter;
        n -= 3 * quarter;
    }
#if defined(HAVE_AVX2_VARIANT)
    if (avx2 && n > SMCF_FANOUT) {
        uint32_t head = count_16(top + low, key), rest = n - SMCF_FANOUT;
        uint32_t tail = count_16(top + low + rest, key);
        head -= head != 0;
        return low + (tail != 0 ? rest + tail - 1 : head);
    }
#endif
    return low + last_of_node(top + low, n, key, avx2);
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
static SMC_ALWAYS_INLINE uint32_t find_block(const smc_cache *cache, uint64_t key, int avx2)
{
    if (cache->n_top == 0 || position_key(&cache->top[0]) > key) {
        return SMC_NONE;
    }
    /* No token is so far down. */
    key = key < INT64_MAX ? key : INT64_MAX - 1;
    uint32_t at = SMCF_FANOUT * last_of_top(cache->top, cache->n_top, key, avx2);
    at = SMCF_FANOUT * (at + last_of_node(cache->middle + at, cache->n_middle - at, key, avx2));
    return at + last_of_node(cache->firsts + at, cache->n_blocks - at, key, avx2);
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

/* A block that starts so early that it cannot leave the file, of whatever kind. */
static SMC_NOINLINE int roomy_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                                     struct smc_token *token)
{
    struct smc_block block;
    const uint8_t *header = cache->blocks + smcf_get32(cache->block_offs[index]);

    return smc_block_parse(cache, index, header, &block) &&
           ((block.flags & SMCF_BLOCK_LINES) != 0
                ? find_and_read(cache, &block, index, key, token, 1, 0)
                : find_and_read(cache, &block, index, key, token, 0, 0));
}

/*
 * The block that minified code is made of: all tokens on one line and with sources, original positions that
 * follow nothing, records of at most 28 bits. 0: it is none of these, or damaged: look it up in another way.
 */
static SMC_ALWAYS_INLINE int plain_lookup(const smc_cache *cache, uint32_t index,
                                          const uint8_t *header, uint64_t key,
                                          struct smc_token *token, int bmi2)
{
    const uint64_t widths = smc_load64(header), bases = smc_load64(header + 11);
    const uint64_t first = position_key(&cache->firsts[index]);
    const unsigned record_width =
        (unsigned)((widths & UINT64_C(0xffffffffff)) * UINT64_C(0x0101010101) >> 32) & 0xff;
    const unsigned flags = (unsigned)(widths >> 48) & 0xff;
    const uint32_t n_left = cache->n_tokens - index * SMCF_BLOCK_TOKENS;
    const unsigned n = n_left < SMCF_BLOCK_TOKENS ? n_left : SMCF_BLOCK_TOKENS;
    const unsigned low_width = (unsigned)widths & 0xff;
    const uint32_t distance = (uint32_t)key - (uint32_t)first;
    uint32_t h = distance >> (low_width & 31);

    if ((flags & (SMCF_BLOCK_LINES | SMCF_BLOCK_SOURCES | SMCF_BLOCK_SPARSE_SOURCES |
                  SMCF_BLOCK_FOLLOW_LINE | SMCF_BLOCK_FOLLOW_COLUMN)) != SMCF_BLOCK_SOURCES ||
        record_width > 57 || (key ^ first) >> 32 != 0 ||
        h > SMCF_HIGH_MAX) {
        return 0;
    }
    const uint8_t *highs = header + sizeof(struct smcf_block);
    const uint8_t *presence = highs + SMCF_HIGHS_NBYTES;
    const uint8_t *records =
        presence + (flags & SMCF_BLOCK_SPARSE_NAMES) / (SMCF_BLOCK_SPARSE_NAMES / SMCF_BITMAP_NBYTES);
    /* As in smc_block_find. */
    const uint64_t low = smc_lowest(distance, low_width, bmi2);
    const unsigned zero = smc_select256(highs, UINT64_MAX, h, bmi2), end = zero - h;
    const unsigned up = (zero + 7) / 8;
    const uint64_t before = smc_load64(highs + up - 8) << (8 * up - zero);
    const unsigned run = smc_clz64(~before);
    if (run > 16 || end > n || run > end) {
        return 0;
    }
    const unsigned start = (end - run) * record_width;
    unsigned below = 0, n_below = 0;
    if (run <= 4 && record_width <= 28) {
        const uint64_t a = smc_bits_from(records, start);
        const uint64_t b = smc_bits_from(records, start + 2 * record_width);
        below = smc_lowest(b >> record_width, low_width, bmi2) <= low;
        below += below + (smc_lowest(b, low_width, bmi2) <= low);
        below += below + (smc_lowest(a >> record_width, low_width, bmi2) <= low);
        below += below + (smc_lowest(a, low_width, bmi2) <= low);
        n_below = smc_popcount64(smc_lowest(below, run, bmi2), bmi2);
    } else {
        for (unsigned k = (run + 3) & ~3U; k > 0; k -= 4) {
            for (int q = 3; q >= 0; q--) 
            below += below + (smc_bits_fast(records, start + (k - 4 + q) * record_width, low_width, bmi2) <= low);
        }
        n_below = smc_popcount64(smc_lowest(below, run, bmi2), bmi2);
    }
    const unsigned i = end - run + n_below - 1;
    const uint64_t rest = before << run;
    if (rest == 0 || i >= n) {
        return 0;
    }
    h -= smc_clz64(rest) & (0U - (n_below == 0));

    /* As in smc_block_read. */
    uint64_t bits = smc_bits_from(records, i * record_width);
    const uint32_t column =
        (uint32_t)first + (h << low_width) + (uint32_t)smc_lowest(bits, low_width, bmi2);
    bits >>= low_width;
    const unsigned source_width = (unsigned)(widths >> 16) & 0xff;
    const uint32_t source = smcf_get16(((const struct smcf_block *)(const void *)header)->source_base) +
                            (uint32_t)smc_lowest(bits, source_width, bmi2);
    bits >>= source_width;
    const unsigned line_width = (unsigned)(widths >> 24) & 0xff;
    const uint32_t source_line = (uint32_t)((int64_t)(bases << 24) >> 40) +
                                 (uint32_t)smc_lowest(bits, line_width, bmi2) +
                                 (((unsigned)(widths >> 56) * i) >> 4) - 8 * i;
    bits >>= line_width;
    const uint32_t source_column =
        (uint32_t)(int16_t)bases +
        (uint32_t)smc_lowest(bits, (unsigned)(widths >> 32) & 0xff, bmi2);
    uint32_t name = SMC_NONE;
    unsigned r = i, n_present = n;
    const uint64_t word = smc_load64(presence + (i >> 6) * 8);
    if ((flags & SMCF_BLOCK_NAMES) != 0 &&
        ((flags & SMCF_BLOCK_SPARSE_NAMES) == 0 || (word >> (i & 63) & 1) != 0)) {
        const uint8_t *values = records + (n * record_width + 7) / 8;
        if ((flags & SMCF_BLOCK_SPARSE_NAMES) != 0) {
            const unsigned n_low = smc_popcount64(smc_load64(presence), bmi2);
            n_present = n_low + smc_popcount64(smc_load64(presence + 8), bmi2);
            r = smc_popcount64(smc_lowest(word, i & 63, bmi2), bmi2) + (n_low & (0U - (i >> 6)));
        }
        if ((flags & SMCF_BLOCK_NAME_SLOTS) != 0) {
            const unsigned slot_width = header[8] & SMCF_SLOT_WIDTH_MAX;
            r = (unsigned)smc_bits_fast(values, r * slot_width, slot_width, bmi2);
            values += (n_present * slot_width + 7) / 8;
        }
        const unsigned width = (unsigned)(widths >> 40) & 0xff;
        name = (uint32_t)smc_bits_fast(values, r * width, width, bmi2) + (uint32_t)(bases >> 40);
        if (name >= cache->n_names) {
            return 0;
        }
    }
    if (source >= cache->n_sources || column > (uint32_t)key) {
        return 0;
    }
    token->index = index * SMCF_BLOCK_TOKENS + i;
    token->line = (uint32_t)(first >> 32);
    token->column = column;
    token->source = source;
    token->source_line = source_line;
    token->source_column = source_column;
    token->name = name;
    token->flags = 0;
    return 1;
}

/* Like smc_block_lookup, but quick about blocks that cannot leave the file. */
static SMC_ALWAYS_INLINE int block_lookup(const smc_cache *cache, uint32_t index, uint64_t key,
                                          struct smc_token *token, int prefetches, int bmi2)
{
    const uint64_t off = smcf_get32(cache->block_offs[index]);
    const uint8_t *header = cache->blocks + off;

    if (off >= cache->roomy_nbytes) {
        return smc_block_lookup(cache, index, key, token) == SMC_OK;
    }
    if (prefetches) {
        prefetch(header);
    }
    return plain_lookup(cache, index, header, key, token, bmi2) ||
           roomy_lookup(cache, index, key, token);
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
    return lookup_in_block(cache, find_block(cache, key, bmi2), key, flags, token, 1, bmi2);
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
            blocks[i] = find_block(cache, key_of(at->line, at->column), bmi2);
            if (blocks[i] != SMC_NONE) {
                prefetch(cache->blocks + smcf_get32(cache->block_offs[blocks[i]]));
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

#if defined(HAVE_AVX2_VARIANT)
AVX2 static smc_status one_bmi2(const smc_cache *cache, uint64_t key, unsigned flags,
                                struct smc_token *token)
{
    return lookup_one(cache, key, flags, token, 1);
}

AVX2 static smc_status batch_bmi2(const smc_cache *cache, const struct smc_position *positions,
                                  size_t n, unsigned flags, struct smc_token *tokens)
{
    return lookup_batch(cache, positions, n, flags, tokens, 1);
}

static const struct smc_lookup_code lookup_bmi2 = {one_bmi2, batch_bmi2};
#endif

const struct smc_lookup_code *smc_lookup_code_best(void)
{
#if defined(HAVE_AVX2_VARIANT)
    /* The first two generations of Zen have a PDEP of up to 300 cycles. */
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
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
