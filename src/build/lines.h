/*
 * Where the lines of a content start (spec 7.1).
 */
#ifndef SMC_BUILD_LINES_H
#define SMC_BUILD_LINES_H

#include "src/build/parts.h"

/*
 * Adds a line's start after each line end in a window of whole characters, which begins at `offset` of the
 * stream: of JavaScript after LF, CR, CR LF, U+2028 and U+2029, of CSS after LF, CR, CR LF and FF.
 * *after_cr: the window before ended in a CR, whose line this window's LF may still end; after the
 * last window the caller adds the start that is left over then.
 */
void smc_lines_split(struct smc_offset_writer *starts, const uint8_t *bytes, size_t nbytes,
                     uint64_t offset, int is_css, int *after_cr);

#endif
