/*
 * The debug ID that a generated file bears.
 */
#include "src/find/find.h"
#include "src/find/scan.h"

#include <string.h>

#define N_LINES 5 /* the proposal's, so that a reader need not look at all of a file */

int smc_debug_id_find(const void *bytes, size_t nbytes, int lenient,
                      uint8_t id[SMC_DEBUG_ID_NBYTES])
{
    static const char prefix[] = "//# debugId=";
    const size_t prefix_nbytes = sizeof prefix - 1;
    const uint8_t *start = bytes;

    if (nbytes >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
        start += 3;
        nbytes -= 3;
    }
    if (nbytes == 0) {
        return 0;
    }
    const uint8_t *end = start + nbytes;
    end -= smc_line_break_nbytes(start, end);
    for (int i = 0; i < N_LINES; i++) {
        const uint8_t *line = smc_line_start(start, end, 0);
        size_t line_nbytes = (size_t)(end - line);
        if (line_nbytes >= prefix_nbytes && memcmp(line, prefix, prefix_nbytes) == 0 &&
            smc_debug_id_parse(line + prefix_nbytes, line_nbytes - prefix_nbytes, lenient, id) ==
                0) {
            return 1;
        }
        if (line == start) {
            break;
        }
        end = line - smc_line_break_nbytes(start, line);
    }
    return 0;
}
