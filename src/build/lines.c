/*
 * Line ends, by blocks of 64 bytes that become masks of a bit a byte.
 *
 * A line end's mark is the byte that decides it: of CR LF the LF, of all others the first byte.
 */
#include "src/build/lines.h"

#include "src/base/cpu.h"

#if defined(SMC_CPU_HAVE_AVX2)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The first byte of U+2028 and U+2029; of dashes and some quotes, too. */
#define LEAD 0xe2

#define BLOCK_NBYTES 64

struct splitter {
    struct smc_line_counter *lines;
    const uint8_t *p, *end;
    uint64_t offset; /* of p */
    int is_css;
};

/* Whether U+2028 or U+2029 begins here. */
static int is_separator(const uint8_t *p, const uint8_t *end)
{
    return end - p >= 3 && p[0] == LEAD && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}

static inline uint32_t count_ones(uint64_t bits)
{
#if defined(__GNUC__)
    return (uint32_t)__builtin_popcountll(bits);
#else
    uint32_t n = 0;
    for (; bits != 0; bits &= bits - 1) {
        n++;
    }
    return n;
#endif
}

/* Counts the lines after the line ends with these marks, in the 64 bytes at p or fewer. */
static inline void add_marks(const struct splitter *s, uint64_t marks)
{
    const uint64_t left = SMCF_STRETCH_NBYTES - s->offset % SMCF_STRETCH_NBYTES;
    const uint64_t later = left < BLOCK_NBYTES ? marks >> left << left : 0;

    smc_line_counter_add(s->lines, s->offset, count_ones(marks ^ later));
    if (later != 0) {
        smc_line_counter_add(s->lines, s->offset + left, count_ones(later));
    }
}

/* The reference, and the rest of a window. */
static void split_scalar(struct splitter *s, int *after_cr)
{
    for (; s->p < s->end; s->p++, s->offset++) {
        switch (*s->p) {
        case '\r':
            if (s->end - s->p == 1) {
                *after_cr = 1;
            } else if (s->p[1] != '\n') {
                add_marks(s, 1);
            }
            break;
        case '\n':
            add_marks(s, 1);
            break;
        case '\f':
            if (s->is_css) {
                add_marks(s, 1);
            }
            break;
        case LEAD:
            if (!s->is_css && is_separator(s->p, s->end)) {
                add_marks(s, 1);
            }
            break;
        default:
            break;
        }
    }
}

#if defined(__SSE2__)

/* Which bytes of a block are what, the first one the lowest bit. */
struct masks {
    uint64_t lfs, crs;
    uint64_t third; /* of CSS the FFs, else the LEADs */
};

/* Goes on to the next block. There is at least a byte in it. */
static inline void add_block(struct splitter *s, const struct masks *m)
{
    const uint64_t lf_follows = m->lfs >> 1 | (uint64_t)(s->p[BLOCK_NBYTES] == '\n') << 63;
    uint64_t third = m->third;

    if (!s->is_css && third != 0) {
        for (uint64_t leads = third; leads != 0; leads &= leads - 1) {
            const int at = __builtin_ctzll(leads);
            third ^= (uint64_t)!is_separator(s->p + at, s->end) << at;
        }
    }
    add_marks(s, m->lfs | (m->crs & ~lf_follows) | third);
    s->p += BLOCK_NBYTES;
    s->offset += BLOCK_NBYTES;
}

/* Adds the bits of 16 bytes of the block at p. */
static inline void add_masks16(const uint8_t *p, unsigned shift, __m128i third, struct masks *m)
{
    const __m128i bytes = _mm_loadu_si128((const void *)(p + shift));
    const __m128i lf = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n'));
    const __m128i cr = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r'));

    m->lfs |= (uint64_t)_mm_movemask_epi8(lf) << shift;
    m->crs |= (uint64_t)_mm_movemask_epi8(cr) << shift;
    m->third |= (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, third)) << shift;
}

static void split_sse2(struct splitter *s)
{
    const __m128i third = _mm_set1_epi8((char)(s->is_css ? '\f' : LEAD));

    while (s->end - s->p > BLOCK_NBYTES) {
        struct masks m = {0, 0, 0};
        add_masks16(s->p, 0, third, &m);
        add_masks16(s->p, 16, third, &m);
        add_masks16(s->p, 32, third, &m);
        add_masks16(s->p, 48, third, &m);
        add_block(s, &m);
    }
}

#endif

#if defined(SMC_CPU_HAVE_AVX2)

static inline void add_masks32(const uint8_t *p, unsigned shift, __m256i third, struct masks *m)
    __attribute__((SMC_CPU_TARGET_AVX2));
static inline void add_masks32(const uint8_t *p, unsigned shift, __m256i third, struct masks *m)
{
    const __m256i bytes = _mm256_loadu_si256((const void *)(p + shift));
    const __m256i lf = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\n'));
    const __m256i cr = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\r'));

    m->lfs |= (uint64_t)(uint32_t)_mm256_movemask_epi8(lf) << shift;
    m->crs |= (uint64_t)(uint32_t)_mm256_movemask_epi8(cr) << shift;
    m->third |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, third)) << shift;
}

static void split_avx2(struct splitter *s) __attribute__((SMC_CPU_TARGET_AVX2));
static void split_avx2(struct splitter *s)
{
    const __m256i third = _mm256_set1_epi8((char)(s->is_css ? '\f' : LEAD));

    while (s->end - s->p > BLOCK_NBYTES) {
        struct masks m = {0, 0, 0};
        add_masks32(s->p, 0, third, &m);
        add_masks32(s->p, 32, third, &m);
        add_block(s, &m);
    }
}

#endif

void smc_lines_split(struct smc_line_counter *lines, const uint8_t *bytes, size_t nbytes,
                     uint64_t offset, int is_css, int *after_cr)
{
    struct splitter s = {lines, bytes, bytes + nbytes, offset, is_css};

    if (nbytes == 0) {
        return;
    }
    if (*after_cr && bytes[0] != '\n') { /* the CR was a line end of its own */
        smc_line_counter_add(lines, offset - 1, 1);
    }
    *after_cr = 0;
    switch (smc_cpu_level()) {
#if defined(SMC_CPU_HAVE_AVX2)
    case SMC_CPU_AVX2:
        split_avx2(&s);
        break;
#endif
#if defined(__SSE2__)
    case SMC_CPU_BASELINE:
        split_sse2(&s);
        break;
#endif
    default:
        break;
    }
    split_scalar(&s, after_cr);
}
