/*
 * The tokens of JSON: each a small state, which goes on in the next piece where this one cuts it off.
 */
#ifndef SMC_REWRITE_JSON_TOKENS_H
#define SMC_REWRITE_JSON_TOKENS_H

#include "src/rewrite/json_stream.h"

/* Where in a string: less than that, digits of \uXXXX are missing. */
enum { SMC_JSON_STRING_BACKSLASH = 5, SMC_JSON_STRING_INSIDE = 6 };

enum smc_json_number {
    SMC_JSON_NUMBER_MINUS,
    SMC_JSON_NUMBER_POINT,
    SMC_JSON_NUMBER_E,
    SMC_JSON_NUMBER_SIGN,
    /* Here it may end. */
    SMC_JSON_NUMBER_ZERO,
    SMC_JSON_NUMBER_INTEGER,
    SMC_JSON_NUMBER_FRACTION,
    SMC_JSON_NUMBER_EXPONENT
};

enum smc_json_scan { SMC_JSON_SCAN_DONE, SMC_JSON_SCAN_MORE, SMC_JSON_SCAN_BAD };

/* Notes why the text is no JSON. */
static inline enum smc_json_scan smc_json_bad(struct smc_json_stream *stream, const char *reason)
{
    stream->reason = reason;
    return SMC_JSON_SCAN_BAD;
}

static inline int smc_json_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* From *p on; stream->token says where in the token, and *p where it ends, or cannot go on. */

/* Behind the opening quote; done behind the closing one. */
enum smc_json_scan smc_json_scan_string(struct smc_json_stream *stream, const uint8_t **p,
                                        const uint8_t *end);
/* Done at the first byte that is not of the number. */
enum smc_json_scan smc_json_scan_number(struct smc_json_stream *stream, const uint8_t **p,
                                        const uint8_t *end);
/* stream->word says which. */
enum smc_json_scan smc_json_scan_word(struct smc_json_stream *stream, const uint8_t **p,
                                      const uint8_t *end);

/* Why a number cannot end where it is. */
const char *smc_json_number_fault(uint8_t token);

#endif
