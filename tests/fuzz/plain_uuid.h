/* UUIDs as the debug ID proposal has them, for oracles. */
#ifndef SMC_TESTS_FUZZ_PLAIN_UUID_H
#define SMC_TESTS_FUZZ_PLAIN_UUID_H

#include <stddef.h>
#include <stdint.h>

/* Whether a text is 8-4-4-4-12 digits; *is_lax: only for who is lenient, 32 digits or with blanks behind. */
int plain_uuid(const char *text, size_t nbytes, uint8_t *id, int *is_lax);

#endif
