/*
 * Identifiers and the words that mean something to the scanner.
 */
#ifndef SMC_JAVASCRIPT_WORDS_H
#define SMC_JAVASCRIPT_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* 1: an ASCII character of identifiers; 2: a byte that may be part of one (not ASCII, or a backslash). */
extern const uint8_t smc_js_part[256];

/* The end of the identifier at p; p itself if there is none. */
const uint8_t *smc_js_word_end_slow(const uint8_t *p);

#if defined(__SSE2__)

/* How many of the 16 bytes at p are ASCII characters of identifiers, from the first on. How long a word is no
 * branch can guess: so all are looked at at once. */
static inline unsigned smc_js_count_parts(const uint8_t *p)
{
    __m128i bytes;
    memcpy(&bytes, p, sizeof bytes);
    const __m128i letters =
        _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i digits = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    const __m128i beyond = _mm_min_epu8(_mm_subs_epu8(letters, _mm_set1_epi8(25)),
                                        _mm_subs_epu8(digits, _mm_set1_epi8(9)));
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')),
                                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('$')));
    const __m128i is_part = _mm_or_si128(_mm_cmpeq_epi8(beyond, _mm_setzero_si128()), others);

    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(is_part));
}

#endif

static inline const uint8_t *smc_js_word_end(const uint8_t *p)
{
#if defined(__SSE2__)
    unsigned n;
    do {
        n = smc_js_count_parts(p);
        p += n;
    } while (n == 16);
#else
    while (smc_js_part[*p] == 1) {
        p++;
    }
#endif
    return smc_js_part[*p] == 0 ? p : smc_js_word_end_slow(p);
}

static inline int smc_js_is_word_start(const uint8_t *p)
{
    return smc_js_part[*p] == 1 ? *p < '0' || *p > '9'
                                : smc_js_part[*p] == 2 && smc_js_word_end_slow(p) != p;
}

/* Whether p[0 .. nbytes) is an identifier as a whole, without escapes. */
int smc_js_is_name(const uint8_t *p, size_t nbytes);

/* Bytes of the white space or the line separator at p that is not ASCII, or 0. */
size_t smc_js_wide_space(const uint8_t *p, int *is_line_end);

enum smc_js_word {
    WORD_NONE,
    WORD_ABSTRACT,
    WORD_ACCESSOR,
    WORD_AS,
    WORD_ASSERTS,
    WORD_ASYNC,
    WORD_AWAIT,
    WORD_BREAK,
    WORD_CASE,
    WORD_CATCH,
    WORD_CLASS,
    WORD_CONST,
    WORD_CONTINUE,
    WORD_DEBUGGER,
    WORD_DECLARE,
    WORD_DEFAULT,
    WORD_DELETE,
    WORD_DO,
    WORD_ELSE,
    WORD_ENUM,
    WORD_EXPORT,
    WORD_EXTENDS,
    WORD_FINALLY,
    WORD_FOR,
    WORD_FROM,
    WORD_FUNCTION,
    WORD_GET,
    WORD_GLOBAL,
    WORD_IF,
    WORD_IMPLEMENTS,
    WORD_IMPORT,
    WORD_IN,
    WORD_INFER,
    WORD_INSTANCEOF,
    WORD_INTERFACE,
    WORD_IS,
    WORD_KEYOF,
    WORD_LET,
    WORD_MODULE,
    WORD_NAMESPACE,
    WORD_NEW,
    WORD_OF,
    WORD_OUT,
    WORD_OVERRIDE,
    WORD_PRIVATE,
    WORD_PROTECTED,
    WORD_PUBLIC,
    WORD_READONLY,
    WORD_REQUIRE,
    WORD_RETURN,
    WORD_SATISFIES,
    WORD_SET,
    WORD_STATIC,
    WORD_SUPER,
    WORD_SWITCH,
    WORD_THIS,
    WORD_THROW,
    WORD_TRY,
    WORD_TYPE,
    WORD_TYPEOF,
    WORD_UNIQUE,
    WORD_USING,
    WORD_VAR,
    WORD_VOID,
    WORD_WHILE,
    WORD_WITH,
    WORD_YIELD
};

/* Longer ones are none of these, nor are those that do not begin with a small letter. */
#define SMC_JS_WORD_NBYTES_MAX 10

enum smc_js_word smc_js_word_slow(const uint8_t *p, size_t nbytes);

/* Which word p[0 .. nbytes) is; 8 bytes from p on can be read. */
static inline enum smc_js_word smc_js_word(const uint8_t *p, size_t nbytes)
{
    return nbytes - 2 <= SMC_JS_WORD_NBYTES_MAX - 2 && *p >= 'a' ? smc_js_word_slow(p, nbytes)
                                                                 : WORD_NONE;
}

#endif
