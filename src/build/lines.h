/*
 * The lines of a content (spec 7.1).
 */
#ifndef SMC_BUILD_LINES_H
#define SMC_BUILD_LINES_H

#include "src/build/line_counts.h"

/*
 * Counts the lines that begin after the line ends in a window of whole characters, which starts at
 * `offset` of the stream, each where its line end is decided: of JavaScript after LF, CR, CR LF, U+2028 and
 * U+2029, of CSS after LF, CR, CR LF and FF. *after_cr: the window before ended in a CR, whose line this
 * window's LF may still end; after the last window the caller counts the line that is left over then.
 */
void smc_lines_split(struct smc_line_counter *lines, const uint8_t *bytes, size_t nbytes,
                     uint64_t offset, int is_css, int *after_cr);

#endif
