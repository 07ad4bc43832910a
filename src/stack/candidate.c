/*
 * Most lines of a log have no frame, and most of these are told by less than a scan: a frame has "at " or "@", and behind it
 * a position, or what stands for native code.
 */
#include "src/stack/parts.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static int begins_frame(const char *p)
{
    return p[0] == '@' || (p[0] == 'a' && p[1] == 't' && p[2] == ' ');
}

/* The first "at " or "@"; nbytes if there is none. */
static size_t find_beginning(const char *text, size_t nbytes)
{
    size_t i = 0;

#if defined(__SSE2__)
    const __m128i sign = _mm_set1_epi8('@'), a = _mm_set1_epi8('a'), t = _mm_set1_epi8('t'),
                  space = _mm_set1_epi8(' ');
    for (; nbytes - i >= 18; i += 16) {
        const __m128i p = _mm_loadu_si128((const void *)(text + i));
        const __m128i p1 = _mm_loadu_si128((const void *)(text + i + 1));
        const __m128i p2 = _mm_loadu_si128((const void *)(text + i + 2));
        const __m128i at = _mm_and_si128(_mm_and_si128(_mm_cmpeq_epi8(p, a), _mm_cmpeq_epi8(p1, t)),
                                         _mm_cmpeq_epi8(p2, space));
        const int found = _mm_movemask_epi8(_mm_or_si128(at, _mm_cmpeq_epi8(p, sign)));
        if (found != 0) {
            return i + (size_t)__builtin_ctz((unsigned)found);
        }
    }
#endif
    for (; nbytes - i >= 3; i++) {
        if (begins_frame(text + i)) {
            return i;
        }
    }
    return nbytes;
}

int smc_stack_is_candidate(const char *text, size_t nbytes)
{
    for (size_t i = find_beginning(text, nbytes); i + 1 < nbytes; i++) {
        const char c = text[i + 1];
        if (c == ')' || c == '>' || c == ']' || (text[i] == ':' && c >= '0' && c <= '9')) {
            return 1;
        }
    }
    return 0;
}
