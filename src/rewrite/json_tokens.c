#include "src/rewrite/json_tokens.h"

#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static int is_hex(uint8_t c)
{
    return smc_json_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Most strings are short: the end of such a one, or where the search for it goes on. */
static inline const uint8_t *skip_short(const uint8_t *p, const uint8_t *end)
{
#if defined(__SSE2__)
    for (int i = 0; i < 2 && end - p >= 16; i++, p += 16) {
        const __m128i x = _mm_loadu_si128((const void *)p);
        const __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x);
        const int mask = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
    }
#else
    (void)end;
#endif
    return p;
}

enum smc_json_scan smc_json_scan_string(struct smc_json_stream *stream, const uint8_t **at,
                                        const uint8_t *end)
{
    const uint8_t *p = *at;
    enum smc_json_scan scan = SMC_JSON_SCAN_MORE;

    if (stream->token == SMC_JSON_STRING_INSIDE) {
        p = skip_short(p, end);
        if (p < end && *p == '"') {
            *at = p + 1;
            return SMC_JSON_SCAN_DONE;
        }
    }
    while (scan == SMC_JSON_SCAN_MORE && p < end) {
        if (stream->token == SMC_JSON_STRING_INSIDE) {
            p = stream->skip(p, end);
            if (p == end) {
                break;
            }
            if (*p == '"') {
                scan = SMC_JSON_SCAN_DONE;
            } else if (*p == '\\') {
                stream->token = SMC_JSON_STRING_BACKSLASH;
            } else {
                scan = smc_json_bad(stream, "raw control character in a string");
            }
        } else if (stream->token == SMC_JSON_STRING_BACKSLASH) {
            if (*p != 'u' && (*p == 0 || strchr("\"\\/bfnrt", *p) == NULL)) {
                scan = smc_json_bad(stream, "unknown escape in a string");
            }
            stream->token = *p == 'u' ? 4 : SMC_JSON_STRING_INSIDE;
        } else {
            if (!is_hex(*p)) {
                scan = smc_json_bad(stream, "\\u without four hexadecimal digits");
            }
            stream->token =
                stream->token == 1 ? SMC_JSON_STRING_INSIDE : (uint8_t)(stream->token - 1);
        }
        p += scan != SMC_JSON_SCAN_BAD;
    }
    *at = p;
    return scan;
}

const char *smc_json_number_fault(uint8_t token)
{
    return token == SMC_JSON_NUMBER_MINUS   ? "number without digits"
           : token == SMC_JSON_NUMBER_POINT ? "number without digits after the point"
                                            : "number without digits in its exponent";
}

enum smc_json_scan smc_json_scan_number(struct smc_json_stream *stream, const uint8_t **at,
                                        const uint8_t *end)
{
    const uint8_t *p = *at;
    uint8_t token = stream->token;
    enum smc_json_scan scan = SMC_JSON_SCAN_MORE;

    for (; p < end; p++) {
        if (smc_json_is_digit(*p)) {
            if (token >= SMC_JSON_NUMBER_INTEGER) {
                continue;
            }
            if (token == SMC_JSON_NUMBER_ZERO) {
                scan = smc_json_bad(stream, "number with a leading zero");
                break;
            }
            token = token != SMC_JSON_NUMBER_MINUS
                        ? (token == SMC_JSON_NUMBER_POINT ? SMC_JSON_NUMBER_FRACTION
                                                          : SMC_JSON_NUMBER_EXPONENT)
                        : (*p == '0' ? SMC_JSON_NUMBER_ZERO : SMC_JSON_NUMBER_INTEGER);
        } else if (*p == '.' &&
                   (token == SMC_JSON_NUMBER_ZERO || token == SMC_JSON_NUMBER_INTEGER)) {
            token = SMC_JSON_NUMBER_POINT;
        } else if ((*p | 0x20) == 'e' && token >= SMC_JSON_NUMBER_ZERO &&
                   token != SMC_JSON_NUMBER_EXPONENT) {
            token = SMC_JSON_NUMBER_E;
        } else if ((*p == '-' || *p == '+') && token == SMC_JSON_NUMBER_E) {
            token = SMC_JSON_NUMBER_SIGN;
        } else {
            scan = token >= SMC_JSON_NUMBER_ZERO
                       ? SMC_JSON_SCAN_DONE
                       : smc_json_bad(stream, smc_json_number_fault(token));
            break;
        }
    }
    stream->token = token;
    *at = p;
    return scan;
}

enum smc_json_scan smc_json_scan_word(struct smc_json_stream *stream, const uint8_t **at,
                                      const uint8_t *end)
{
    for (; stream->word[stream->token] != 0; stream->token++, (*at)++) {
        if (*at == end) {
            return SMC_JSON_SCAN_MORE;
        }
        if (**at != (uint8_t)stream->word[stream->token]) {
            return smc_json_bad(stream, "value expected");
        }
    }
    return SMC_JSON_SCAN_DONE;
}
