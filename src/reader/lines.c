/*
 * Finding lines (spec 7.3): counts lead to a stretch of the content stream, a scan of it to the line.
 */
#include "src/reader/bits.h"
#include "src/reader/cache.h"

uint64_t smc_line_stretch(const smc_cache *cache, const struct smc_source_range *range,
                          uint64_t line)
{
    uint64_t low = range->content_off / SMCF_STRETCH_NBYTES;
    uint64_t n = (range->content_end - 1) / SMCF_STRETCH_NBYTES - low + 1;

    while (n > 1) {
        uint64_t half = n / 2;
        int is_before = smc_offsets_at(&cache->line_counts, low + half) <= line;
        low += is_before ? half : 0;
        n = is_before ? n - half : half;
    }
    return low;
}

/* Whether one of eight bytes may end a line: LF, VT, FF, CR or E2. */
static inline int may_end_line(uint64_t x)
{
    const uint64_t tops = SMC_BYTES_OF_1 << 7;
    const uint64_t low = x & ~tops, e2 = x ^ (SMC_BYTES_OF_1 * 0xe2);
    /* A byte's top bit is set if its lower ones are more than 9, less than 14. */
    const uint64_t is_control =
        (low + SMC_BYTES_OF_1 * (128 - 10)) & (SMC_BYTES_OF_1 * (128 + 13) - low) & ~x & tops;
    return (is_control | ((e2 - SMC_BYTES_OF_1) & ~e2 & tops)) != 0;
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
    for (size_t i = 0; i < nbytes;) {
        if (nbytes - i >= 8 && !may_end_line(smc_load64(p + i))) {
            i += 8;
            continue;
        }
        for (size_t stop = nbytes - i < 8 ? nbytes : i + 8; i < stop; i++) {
            if (ends_line(p + i, nbytes - i, is_css) && n_before-- == 0) {
                return i;
            }
        }
    }
    return nbytes;
}
