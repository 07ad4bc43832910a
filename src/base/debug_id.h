/*
 * Debug IDs as text (ECMA-426, debug ID proposal): what a generated file and its map say of each
 * other, so that they are found to belong together whatever their names are.
 */
#ifndef SMC_BASE_DEBUG_ID_H
#define SMC_BASE_DEBUG_ID_H

#include <stddef.h>
#include <stdint.h>

#define SMC_DEBUG_ID_NBYTES 16      /* in memory, in the order of the digits */
#define SMC_DEBUG_ID_TEXT_NBYTES 36 /* 8-4-4-4-12 digits */

/*
 * Reads a UUID, 8-4-4-4-12 hexadecimal digits of either case, which must be all of the text. With
 * `lenient`, 32 digits without hyphens are one too, and spaces and tabs may follow. Returns 0; or
 * -1 if the text is no UUID, and then `id` is left alone. Which kind of UUID it is (version,
 * variant) does not matter, and all zeros are one.
 */
int smc_debug_id_parse(const void *text, size_t nbytes, int lenient,
                       uint8_t id[SMC_DEBUG_ID_NBYTES]);

/* Writes the canonical text, in lower case, and a NUL. */
void smc_debug_id_format(const uint8_t id[SMC_DEBUG_ID_NBYTES],
                         char text[SMC_DEBUG_ID_TEXT_NBYTES + 1]);

#endif
