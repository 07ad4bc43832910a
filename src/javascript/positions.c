/*
 * From byte offsets to lines and columns. What is asked for is ascending, so the text is gone over once: from line
 * end to line end, and in a line only where something is asked for.
 */
#include "src/javascript/javascript.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Whether a line ends at p in another way than with LF: with a CR that has no LF behind it, U+2028 or U+2029. */
static int is_odd_line_end(const uint8_t *p)
{
    return p[0] == '\r' ? p[1] != '\n'
                        : p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9);
}

#if defined(__SSE2__)

/* Which of 16 bytes may end a line in another way: a CR without LF, and the first byte of U+2028 and U+2029. */
static inline __m128i may_be_odd(const uint8_t *p)
{
    __m128i bytes, next;

    memcpy(&bytes, p, sizeof bytes);
    memcpy(&next, p + 1, sizeof next);
    return _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(next, _mm_set1_epi8('\n')),
                                         _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r'))),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)0xe2)));
}

#endif

static int has_odd_line_ends(const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    for (; end - p > 64; p += 64) {
        const __m128i all = _mm_or_si128(_mm_or_si128(may_be_odd(p), may_be_odd(p + 16)),
                                         _mm_or_si128(may_be_odd(p + 32), may_be_odd(p + 48)));
        for (unsigned i = 0; i < 64 && _mm_movemask_epi8(all) != 0; i++) {
            if (is_odd_line_end(p + i)) {
                return 1;
            }
        }
    }
#endif
    for (; p < end; p++) {
        if (is_odd_line_end(p)) {
            return 1;
        }
    }
    return 0;
}

/* Units of UTF-16 that a byte begins: none of a continuation, two of what starts four bytes. */
static uint32_t units_of(uint8_t byte)
{
    return byte < 0x80 ? 1 : byte < 0xc0 ? 0 : byte < 0xf0 ? 1 : 2;
}

static uint32_t count_units(const uint8_t *p, const uint8_t *end)
{
    uint32_t n = 0;

    while (p < end) {
        uint64_t word;
        if (end - p >= (ptrdiff_t)sizeof word) {
            memcpy(&word, p, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                n += sizeof word;
                p += sizeof word;
                continue;
            }
        }
        n += units_of(*p++);
    }
    return n;
}

/* The number of line feeds in p .. end. */
static uint32_t count_line_feeds(const uint8_t *p, const uint8_t *end)
{
    uint32_t n = 0;

#if defined(__SSE2__)
    static const uint8_t masks[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255};
    const __m128i line_feed = _mm_set1_epi8('\n');
    __m128i bytes, mask;
    while (p < end) {
        __m128i counts = _mm_setzero_si128(); /* of each byte of 255 vectors at most */
        for (unsigned i = 0; i < 254 && end - p >= 16; i++, p += 16) {
            memcpy(&bytes, p, sizeof bytes);
            counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(bytes, line_feed));
        }
        if (end - p <
            16) { /* how many are left nobody can guess: so no loop. Zeros follow the text */
            memcpy(&bytes, p, sizeof bytes);
            memcpy(&mask, masks + 16 - (end - p), sizeof mask);
            counts = _mm_sub_epi8(counts, _mm_and_si128(_mm_cmpeq_epi8(bytes, line_feed), mask));
            p = end;
        }
        const __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());
        n += (uint32_t)_mm_cvtsi128_si32(sums) +
             (uint32_t)_mm_cvtsi128_si32(_mm_unpackhi_epi64(sums, sums));
    }
#else
    for (; p < end; p++) {
        n += *p == '\n';
    }
#endif
    return n;
}

/* Behind the last line feed of start .. end, of which there is one. */
static const uint8_t *line_start(const uint8_t *start, const uint8_t *end)
{
#if defined(__SSE2__)
    while (end - start >= 16) {
        __m128i bytes;
        memcpy(&bytes, end - 16, sizeof bytes);
        const unsigned mask =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
        if (mask != 0) {
            return end - (__builtin_clz(mask) - 16);
        }
        end -= 16;
    }
#else
    (void)start;
#endif
    while (end[-1] != '\n') {
        end--;
    }
    return end;
}

/* The start of the line after the one at p, if that is at `end` or before; else NULL. */
static const uint8_t *next_line(const uint8_t *p, const uint8_t *end)
{
    for (; p < end; p++) {
        if (*p == '\n') {
            return p + 1;
        }
        if (is_odd_line_end(p)) {
            p += *p == '\r' ? 1 : 3;
            return p <= end ? p : NULL;
        }
    }
    return NULL;
}

struct smc_js_position smc_js_position_next(struct smc_js_cursor *c, size_t offset)
{
    const uint8_t *p = c->text + c->at, *end = c->text + offset, *next;

    if (c->is_plain) {
        const uint32_t n = count_line_feeds(p, end);
        if (n > 0) {
            c->line += n;
            c->column = 0;
            p = line_start(p, end);
        }
    } else {
        while ((next = next_line(p, end)) != NULL) {
            c->line++;
            c->column = 0;
            p = next;
        }
    }
    c->column += count_units(p, end);
    c->at = offset;
    return (struct smc_js_position){c->line, c->column};
}

struct smc_js_cursor smc_js_cursor(const struct smc_js *js)
{
    return (struct smc_js_cursor){.text = js->text,
                                  .is_plain = !has_odd_line_ends(js->text, js->text + js->nbytes)};
}

void smc_js_spans(const struct smc_js *js, struct smc_js_span *spans)
{
    struct smc_js_cursor cursor = smc_js_cursor(js);
    uint32_t open = UINT32_MAX;

    for (uint32_t i = 0; i <= js->n_functions; i++) {
        const uint32_t begin = i < js->n_functions ? js->functions[i].start : UINT32_MAX;
        for (; open != UINT32_MAX && js->functions[open].end <= begin; open = spans[open].parent) {
            spans[open].end = smc_js_position_next(&cursor, js->functions[open].end);
        }
        if (i < js->n_functions) {
            spans[i].start = smc_js_position_next(&cursor, begin);
            spans[i].parent = open;
            open = i;
        }
    }
}

struct smc_js_position smc_js_position_at(const struct smc_js *js, size_t offset)
{
    struct smc_js_cursor cursor = smc_js_cursor(js);

    return smc_js_position_next(&cursor, offset);
}
