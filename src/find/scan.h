/*
 * What the searches share: JavaScript's white space and lines, the pattern of the comment.
 */
#ifndef SMC_FIND_SCAN_H
#define SMC_FIND_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Characters are recognised by their bytes. A lead byte is never part of another character, so
 * that this is the same as decoding first, whatever ill-formed UTF-8 stands around them.
 */

/* After, or before, all that \s matches from there on. */
const uint8_t *smc_space_skip(const uint8_t *p, const uint8_t *end);
const uint8_t *smc_space_trim(const uint8_t *start, const uint8_t *end);

/*
 * Where the line that ends at `end` starts. With `stop_at_quotes`, NULL if it holds a quote or a
 * star and a slash; this is seen at the last of them, without a way to the start of a long line.
 */
const uint8_t *smc_line_start(const uint8_t *start, const uint8_t *end, int stop_at_quotes);

/* The size of the line terminator that ends at `p`; 0 if none does. CRLF is one. */
size_t smc_line_break_nbytes(const uint8_t *start, const uint8_t *p);

struct smc_range {
    const uint8_t *start, *end;
};

/* Whether a comment's content matches the pattern; if so, its URL, which may be empty. */
int smc_comment_match(const uint8_t *p, const uint8_t *end, struct smc_range *url);

/* The searches by kind. 1 and the URL, which may be empty; or 0. There is at least one byte. */
int smc_find_in_js(const uint8_t *bytes, const uint8_t *end, struct smc_range *url);
int smc_find_in_css(const uint8_t *bytes, const uint8_t *end, struct smc_range *url);
int smc_find_in_wasm(const uint8_t *bytes, const uint8_t *end, struct smc_range *url);

#endif
