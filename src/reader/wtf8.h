/*
 * Characters and columns of WTF-8 text (spec 2.2).
 *
 * A damaged file may have any bytes. One that does not begin a well-formed character is a character of its own,
 * U+FFFD. So a place is between two characters unless it is inside of a well-formed one, and that the three bytes on
 * either side decide: no text has to be read from its start to go back in it, or to cut it.
 */
#ifndef SMC_READER_WTF8_H
#define SMC_READER_WTF8_H

#include <stddef.h>
#include <stdint.h>

/* A UTF-16 code unit has so many bytes at the most, and a character. */
#define SMC_UNIT_NBYTES_MAX 3
#define SMC_CHARACTER_NBYTES_MAX 4

/* The first character of nbytes > 0, and how many bytes it has. */
size_t smc_wtf8_next(const uint8_t *p, size_t nbytes, uint32_t *character);

/* How many bytes those of the next characters have that begin in the first n_starts <= nbytes bytes and are
 * max_units UTF-16 code units or less together; *n_units are theirs. */
size_t smc_wtf8_skip(const uint8_t *p, size_t n_starts, size_t nbytes, uint64_t max_units,
                     uint64_t *n_units);
/* The same of the last ones before p + nbytes, which is between two characters. */
size_t smc_wtf8_skip_back(const uint8_t *p, size_t nbytes, uint64_t max_units, uint64_t *n_units);

#endif
