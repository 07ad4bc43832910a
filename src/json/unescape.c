/*
 * The inside of a JSON string as WTF-8.
 *
 * Most of it is ASCII with an escape of two bytes here and there. The vector forms take that, each as
 * it does best, and leave the rest to the functions for a single character, which all share.
 */
#include "src/json/json.h"

#include "src/base/cpu.h"

#include <string.h>

#if defined(SMC_CPU_HAVE_AVX2)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* What is being unescaped, and how many bytes have been written. */
struct piece {
    const uint8_t *p, *end;
    uint8_t *out;
    size_t n, capacity;
};

static unsigned hex4(const uint8_t *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = p[i];
        value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static size_t put_character(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}

/* One escape sequence, of 2, 6 or 12 bytes; the text has passed the check. */
static const uint8_t *unescape_one(const uint8_t *p, uint8_t *out, size_t *n)
{
    static const uint8_t values[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
                                        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
    uint32_t c = p[1];

    if (c != 'u') {
        out[(*n)++] = values[c];
        return p + 2;
    }
    c = hex4(p + 2);
    p += 6;
    if (c >= 0xd800 && c < 0xdc00 && p[0] == '\\' && p[1] == 'u') {
        uint32_t low = hex4(p + 2);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            p += 6;
        }
    }
    *n += put_character(out + *n, c);
    return p;
}

/*
 * One sequence of bytes >= 0x80. Well-formed UTF-8 is copied; of anything else each maximal subpart
 * becomes one U+FFFD (Unicode 15, 3.9, table 3-7 and "U+FFFD substitution").
 */
static const uint8_t *copy_utf8(const uint8_t *p, const uint8_t *end, uint8_t *out, size_t *n)
{
    unsigned lead = p[0], more = 0, low = 0x80, high = 0xbf;

    if (lead >= 0xc2 && lead <= 0xdf) {
        more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        more = 2;
        low = lead == 0xe0 ? 0xa0 : 0x80;
        high = lead == 0xed ? 0x9f : 0xbf;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        more = 3;
        low = lead == 0xf0 ? 0x90 : 0x80;
        high = lead == 0xf4 ? 0x8f : 0xbf;
    }
    size_t length = 1;
    while (length <= more && p + length < end && p[length] >= low && p[length] <= high) {
        length++;
        low = 0x80;
        high = 0xbf;
    }
    if (more > 0 && length == more + 1) {
        memcpy(out + *n, p, length);
        *n += length;
    } else {
        *n += put_character(out + *n, 0xfffd);
    }
    return p + length;
}

static int is_continuation(uint8_t c)
{
    return c >> 6 == 2;
}

/* A run of escapes or of bytes >= 0x80, as far as there is room. */
static void unescape_special(struct piece *piece)
{
    const uint8_t *p = piece->p, *end = piece->end;
    uint8_t *out = piece->out;
    size_t n = piece->n;

    while (p < end && piece->capacity - n >= SMC_JSON_PIECE_MIN) {
        if (*p == '\\') {
            p = unescape_one(p, out, &n);
        } else if (*p < 0x80) {
            break;
        } else if (end - p >= 3 && *p >= 0xe1 && *p <= 0xef && *p != 0xed &&
                   is_continuation(p[1]) && is_continuation(p[2])) {
            memcpy(out + n, p, 3); /* most of what is not ASCII, of which none is ill-formed */
            n += 3;
            p += 3;
        } else {
            p = copy_utf8(p, end, out, &n);
        }
    }
    piece->p = p;
    piece->n = n;
}

/* The reference, and the end of each piece. */
static void unescape_scalar(struct piece *piece)
{
    do {
        while (piece->p < piece->end && piece->n < piece->capacity && *piece->p < 0x80 &&
               *piece->p != '\\') {
            piece->out[piece->n++] = *piece->p++;
        }
        if (piece->capacity - piece->n < SMC_JSON_PIECE_MIN) {
            break;
        }
        unescape_special(piece);
    } while (piece->p < piece->end && piece->capacity - piece->n >= SMC_JSON_PIECE_MIN);
}

#if defined(__SSE2__)

/* Copies first, and looks how much of it counts. */
static void unescape_sse2(struct piece *piece)
{
    while (piece->end - piece->p >= 16 && piece->capacity - piece->n >= 16) {
        const __m128i bytes = _mm_loadu_si128((const void *)piece->p);
        const int mask =
            _mm_movemask_epi8(_mm_or_si128(bytes, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        const int n = mask == 0 ? 16 : __builtin_ctz((unsigned)mask);
        _mm_storeu_si128((void *)(piece->out + piece->n), bytes);
        piece->p += n;
        piece->n += (size_t)n;
        if (mask != 0) {
            unescape_special(piece);
        }
    }
}

#endif

#if defined(SMC_CPU_HAVE_AVX2)

/* Puts the bytes there that the mask, of whole bytes, keeps; all eight are written. */
static inline void put_kept(uint8_t *to, long long bytes, long long kept)
    __attribute__((SMC_CPU_TARGET_AVX2));
static inline void put_kept(uint8_t *to, long long bytes, long long kept)
{
    const uint64_t packed = _pext_u64((uint64_t)bytes, (uint64_t)kept);
    memcpy(to, &packed, sizeof packed);
}

/*
 * Without a branch on where escapes are: 32 bytes at a time, what follows a backslash is translated, and
 * PEXT takes the backslashes out. Backslashes side by side, \b, \u and what is not ASCII end that
 * for the moment.
 */
static void unescape_avx2(struct piece *piece) __attribute__((SMC_CPU_TARGET_AVX2));
static void unescape_avx2(struct piece *piece)
{
    /* By the low half byte of the letters after a backslash; but `b` has that of `r`. */
    const __m256i values = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, '\r', 0, '\t', 0, '\f', 0, 0, 0, 0, 0, 0, 0, '\n', 0));
    __m256i before = _mm256_setzero_si256(); /* the backslashes of the block before */

    while (piece->end - piece->p >= 32 && piece->capacity - piece->n >= 32) {
        const __m256i bytes = _mm256_loadu_si256((const void *)piece->p);
        const __m256i backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
        const __m256i escaped =
            _mm256_alignr_epi8(backslash, _mm256_permute2x128_si256(before, backslash, 0x21), 15);
        const __m256i is_letter = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8('\\'));
        const __m256i translated = _mm256_blendv_epi8(bytes, _mm256_shuffle_epi8(values, bytes),
                                                      _mm256_and_si256(escaped, is_letter));
        const __m256i other = _mm256_or_si256(
            backslash, _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('b')),
                                       _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('u'))));
        const __m256i kept = _mm256_cmpeq_epi8(backslash, _mm256_setzero_si256());
        const uint32_t dropped = (uint32_t)_mm256_movemask_epi8(backslash);
        const uint32_t special = (uint32_t)_mm256_movemask_epi8(
            _mm256_or_si256(bytes, _mm256_and_si256(escaped, other)));
        uint8_t *to = piece->out + piece->n;

        put_kept(to, _mm256_extract_epi64(translated, 0), _mm256_extract_epi64(kept, 0));
        to = piece->out + piece->n + 8 - __builtin_popcount(dropped & 0xff);
        put_kept(to, _mm256_extract_epi64(translated, 1), _mm256_extract_epi64(kept, 1));
        to = piece->out + piece->n + 16 - __builtin_popcount(dropped & 0xffff);
        put_kept(to, _mm256_extract_epi64(translated, 2), _mm256_extract_epi64(kept, 2));
        to = piece->out + piece->n + 24 - __builtin_popcount(dropped & 0xffffff);
        put_kept(to, _mm256_extract_epi64(translated, 3), _mm256_extract_epi64(kept, 3));
        if (special == 0) {
            piece->p += 32;
            piece->n += 32 - (size_t)__builtin_popcount(dropped);
            before = backslash;
            continue;
        }
        const int at = __builtin_ctz(special);
        const uint32_t ahead = (UINT32_C(1) << at) - 1;
        piece->p += at;
        piece->n += (size_t)at - (size_t)__builtin_popcount(dropped & ahead);
        /* Back to the backslash that has been dropped already, if it is an escape. */
        piece->p -= *piece->p < 0x80;
        unescape_special(piece);
        before = _mm256_setzero_si256();
    }
    piece->p -= _mm256_movemask_epi8(before) < 0; /* the last byte: half an escape */
}

#endif

const uint8_t *smc_json_unescape(const uint8_t *p, const uint8_t *end, uint8_t *out,
                                 size_t capacity, size_t *n_out)
{
    struct piece piece = {p, end, out, 0, capacity};

    switch (smc_cpu_level()) {
#if defined(SMC_CPU_HAVE_AVX2)
    case SMC_CPU_AVX2:
        unescape_avx2(&piece);
        unescape_sse2(&piece);
        break;
#endif
#if defined(__SSE2__)
    case SMC_CPU_BASELINE:
        unescape_sse2(&piece);
        break;
#endif
    default:
        break;
    }
    unescape_scalar(&piece);
    *n_out = piece.n;
    return piece.p;
}
