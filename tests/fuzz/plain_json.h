/*
 * JSON by another parser, jansson, for oracles.
 *
 * Where the two differ, and ours does so by intent, the text is made one that both take, or both refuse, byte by byte and
 * without knowing more of JSON than where strings are:
 *
 *   - a byte order mark at the start, or a first line with the prefix `)]}'`, is left out;
 *   - what is not UTF-8 becomes U+FFFD, as the standard says (a U+FFFD each maximal subpart);
 *   - so does the escape of a surrogate without its other half, which ours keeps;
 *   - the escape of NUL, which jansson refuses in keys, becomes U+E000;
 *   - of a run of digits in a number the first few are kept, as jansson refuses numbers that no double holds. A leading
 *     zero stays one;
 *   - a NUL, which is nowhere allowed, becomes U+0001, which is neither: for jansson it ends the text.
 *
 * The last of several members with the same key counts, and takes the place of the first.
 */
#ifndef SMC_TESTS_FUZZ_PLAIN_JSON_H
#define SMC_TESTS_FUZZ_PLAIN_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define PLAIN_DIGITS_ALL SIZE_MAX

enum plain_verdict {
    PLAIN_GOOD,
    PLAIN_REFUSED,
    PLAIN_BEYOND /* nested deeper than jansson goes, 2048 levels, or a number beyond any double */
};

/* Of each run of digits `n_digits` are kept, two at least. All numbers are reals. The value is to be given back with
 * json_decref; NULL unless it is good. */
json_t *plain_parse(const uint8_t *bytes, size_t nbytes, int skips_xssi, size_t n_digits,
                    enum plain_verdict *verdict);

/* The text of a number as it was parsed, cut to `capacity` with the NUL. */
void plain_number(const uint8_t *start, const uint8_t *end, size_t n_digits, char *text,
                  size_t capacity);

/* Whether WTF-8 bytes are what the string, or `nbytes` of a key, stands for. */
int plain_is_string(const json_t *string, const void *bytes, size_t nbytes);
/* The same bytes as jansson has them: to be freed. */
char *plain_text(const void *bytes, size_t nbytes, size_t *text_nbytes);

#endif
