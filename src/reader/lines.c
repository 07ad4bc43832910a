/*
 * Finding lines (spec 7.3): counts lead to a stretch of the content stream, a scan of it to the line.
 */
#include "src/reader/bits.h"
#include "src/reader/cache.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

uint64_t smc_line_stretch(const smc_cache *cache, const struct smc_source_range *range,
                          uint64_t line, uint64_t near)
{
    const uint64_t first = range->content_off / SMCF_STRETCH_NBYTES;
    const uint64_t last = (range->content_end - 1) / SMCF_STRETCH_NBYTES;
    uint64_t low = first, n = last - first + 1;

    if (near <= last && (near == last || smc_offsets_at(&cache->line_counts, near + 1) > line)) {
        return near;
    }
    while (n > 1) {
        uint64_t half = n / 2;
        int is_before = smc_offsets_at(&cache->line_counts, low + half) <= line;
        low += is_before ? half : 0;
        n = is_before ? n - half : half;
    }
    return low;
}

#if defined(__SSE2__)
/* Which of 16 bytes may end a line: LF, VT, FF, CR and E2. */
static inline uint32_t may_end_line16(const uint8_t *p)
{
    const __m128i x = _mm_loadu_si128((const void *)p);
    const __m128i above = _mm_sub_epi8(x, _mm_set1_epi8('\n'));
    const __m128i is_control = _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(3)), above);

    return (uint32_t)_mm_movemask_epi8(
        _mm_or_si128(is_control, _mm_cmpeq_epi8(x, _mm_set1_epi8((char)0xe2))));
}
#endif

/* The top bits of those of eight bytes that may end a line: LF, VT, FF, CR and E2; and of some that do
 * not, above the first E2. */
static inline uint64_t may_end_line(uint64_t x)
{
    const uint64_t tops = SMC_BYTES_OF_1 << 7, low = x & ~tops, e2 = x ^ (SMC_BYTES_OF_1 * 0xe2);
    /* A byte's top bit becomes 1 if its lower ones are more than 9, and if they are less than 14. */
    const uint64_t is_control =
        (low + SMC_BYTES_OF_1 * (128 - 10)) & (SMC_BYTES_OF_1 * (128 + 13) - low) & ~x;
    return (is_control | ((e2 - SMC_BYTES_OF_1) & ~e2)) & tops;
}

/* Whether the first of `left` bytes decides that a line ends (spec 7.1). What the bytes that follow
 * would have to say, had the stretch not ended, the counts have said already. */
static inline int ends_line(const uint8_t *p, size_t left, int is_css)
{
    switch (p[0]) {
    case '\n':
        return 1;
    case '\r':
        return left < 2 || p[1] != '\n';
    case '\f':
        return is_css;
    case 0xe2: /* U+2028, U+2029 */
        return !is_css && (left < 2 || p[1] == 0x80) && (left < 3 || p[2] == 0xa8 || p[2] == 0xa9);
    default:
        return 0;
    }
}

size_t smc_line_end_find(const uint8_t *p, size_t nbytes, uint64_t n_before, int is_css)
{
    size_t i = 0;

#if defined(__SSE2__)
    for (; nbytes - i >= 16; i += 16) {
        for (uint32_t bits = may_end_line16(p + i); bits != 0; bits &= bits - 1) {
            const size_t at = i + smc_ctz64(bits);
            if (ends_line(p + at, nbytes - at, is_css) && n_before-- == 0) {
                return at;
            }
        }
    }
#endif
    for (; nbytes - i >= 8; i += 8) {
        for (uint64_t bits = may_end_line(smc_load64(p + i)); bits != 0; bits &= bits - 1) {
            size_t at = i + smc_ctz64(bits) / 8;
            if (ends_line(p + at, nbytes - at, is_css) && n_before-- == 0) {
                return at;
            }
        }
    }
    for (; i < nbytes; i++) {
        if (ends_line(p + i, nbytes - i, is_css) && n_before-- == 0) {
            return i;
        }
    }
    return nbytes;
}
