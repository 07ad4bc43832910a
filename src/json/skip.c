/*
 * Contents have an escape every 20 to 40 bytes, so a search that jumps from one to the next mispredicts a
 * branch at nearly each. Here 64 bytes become bit masks, and arithmetic says which backslashes begin
 * an escape: all text costs the same, and only what ends a string, or is rare, is a branch.
 */
#include "src/json/skip.h"

#if defined(SMC_CPU_HAVE_AVX2)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK_NBYTES 64

static int is_simple_escape(uint8_t c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
           c == 't';
}

/* The reference, and the way over the last bytes of a text. */
static const uint8_t *skip_scalar(const uint8_t *p, const uint8_t *end)
{
    for (;; p += 2) {
        while (p < end && *p >= 0x20 && *p != '"' && *p != '\\') {
            p++;
        }
        if (end - p < 2 || *p != '\\' || !is_simple_escape(p[1])) {
            return p;
        }
    }
}

#if defined(__SSE2__)

/* A bit a byte of a block, the first byte's lowest. */
struct masks {
    uint64_t backslashes;
    uint64_t stops;  /* quotes and control characters */
    uint64_t simple; /* what may follow a backslash, but `b` */
};

/* Where to stop in a block. *carry is 1 if its first byte is escaped, and then the same of the next block. */
static inline uint64_t stops_of(const struct masks *m, uint64_t *carry, uint64_t *escaped)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    const uint64_t backslashes = m->backslashes & ~*carry;
    /* Of a run of backslashes the first, the third and so on begin an escape. Adding a run's first bit
     * to it clears the run, so this finds the runs that begin at an even place. */
    const uint64_t even_runs =
        backslashes & ~(backslashes + (backslashes & ~(backslashes << 1) & even));
    const uint64_t begins = backslashes & (even_runs ^ ~even);

    *escaped = begins << 1 | *carry;
    *carry = begins >> 63;
    return (m->stops & ~*escaped) | (~m->simple & *escaped);
}

/* Adds the bits of 16 bytes of the block at p. */
static inline void add_masks16(const uint8_t *p, unsigned shift, struct masks *m)
{
    const __m128i x = _mm_loadu_si128((const void *)(p + shift));
    const __m128i backslash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
    const __m128i n = _mm_cmpeq_epi8(x, _mm_set1_epi8('n'));
    const __m128i r = _mm_cmpeq_epi8(x, _mm_set1_epi8('r'));
    const __m128i t = _mm_cmpeq_epi8(x, _mm_set1_epi8('t'));
    const __m128i f = _mm_cmpeq_epi8(x, _mm_set1_epi8('f'));
    const __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('/'));
    const __m128i simple = _mm_or_si128(_mm_or_si128(_mm_or_si128(n, r), _mm_or_si128(t, f)),
                                        _mm_or_si128(_mm_or_si128(quote, backslash), slash));

    m->backslashes |= (uint64_t)_mm_movemask_epi8(backslash) << shift;
    m->stops |= (uint64_t)_mm_movemask_epi8(_mm_or_si128(quote, control)) << shift;
    m->simple |= (uint64_t)_mm_movemask_epi8(simple) << shift;
}

static const uint8_t *skip_sse2(const uint8_t *p, const uint8_t *end)
{
    uint64_t carry = 0, escaped;

    for (; end - p >= BLOCK_NBYTES; p += BLOCK_NBYTES) {
        struct masks m = {0, 0, 0};
        add_masks16(p, 0, &m);
        add_masks16(p, 16, &m);
        add_masks16(p, 32, &m);
        add_masks16(p, 48, &m);
        const uint64_t stops = stops_of(&m, &carry, &escaped);
        if (stops != 0) {
            const int at = __builtin_ctzll(stops);
            return p + at - (escaped >> at & 1);
        }
    }
    return skip_scalar(p - carry, end);
}

#endif

#if defined(SMC_CPU_HAVE_AVX2)

static inline void add_masks32(const uint8_t *p, unsigned shift, struct masks *m)
    __attribute__((SMC_CPU_TARGET_AVX2));
static inline void add_masks32(const uint8_t *p, unsigned shift, struct masks *m)
{
    /* At each low half byte the one letter with it that may follow a backslash. The quote, which shares
     * its with `r`, has a comparison anyway; `b`, which does too, is left out. 0xff is no byte's:
     * a shuffle makes 0 of places above 0x7f. */
    const __m256i letters = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(-1, -1, 'r', -1, 't', -1, 'f', -1, -1, -1, -1, -1, '\\', -1, 'n', '/'));
    const __m256i x = _mm256_loadu_si256((const void *)(p + shift));
    const __m256i quote = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('"'));
    const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(x, _mm256_set1_epi8(0x1f)), x);
    const __m256i letter = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(letters, x), x);
    const __m256i backslash = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\\'));
    const uint32_t backslashes = (uint32_t)_mm256_movemask_epi8(backslash);
    const uint32_t stops = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(quote, control));
    const uint32_t simple = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(quote, letter));

    m->backslashes |= (uint64_t)backslashes << shift;
    m->stops |= (uint64_t)stops << shift;
    m->simple |= (uint64_t)simple << shift;
}

static const uint8_t *skip_avx2(const uint8_t *p, const uint8_t *end)
    __attribute__((SMC_CPU_TARGET_AVX2));
static const uint8_t *skip_avx2(const uint8_t *p, const uint8_t *end)
{
    uint64_t carry = 0, escaped;

    for (; end - p >= BLOCK_NBYTES; p += BLOCK_NBYTES) {
        struct masks m = {0, 0, 0};
        add_masks32(p, 0, &m);
        add_masks32(p, 32, &m);
        const uint64_t stops = stops_of(&m, &carry, &escaped);
        if (stops != 0) {
            const int at = __builtin_ctzll(stops);
            return p + at - (escaped >> at & 1);
        }
    }
    return skip_scalar(p - carry, end);
}

#endif

smc_json_skip smc_json_skip_of(enum smc_cpu_level level)
{
    switch (level) {
#if defined(SMC_CPU_HAVE_AVX2)
    case SMC_CPU_AVX2:
        return skip_avx2;
#endif
#if defined(__SSE2__)
    case SMC_CPU_BASELINE:
        return skip_sse2;
#endif
    default:
        return skip_scalar;
    }
}
