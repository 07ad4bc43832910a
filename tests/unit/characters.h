/*
 * Characters of any bytes, as the reader has them (src/reader/wtf8.h), found naively: what encodes to these bytes.
 */
#ifndef SMC_TESTS_UNIT_CHARACTERS_H
#define SMC_TESTS_UNIT_CHARACTERS_H

#include "tests/unit/support.h"

struct character {
    uint32_t c; /* U+FFFD of a byte that begins none */
    size_t off;
    uint32_t column; /* UTF-16 code units before it */
};

/* WTF-8: lone surrogates too. Returns how many bytes. */
size_t encode_character(uint32_t c, char bytes[4]);
/* How many; one more, where the end is, is set too. *characters is to be freed. */
size_t characters_of(const char *bytes, size_t nbytes, struct character **characters);

/* Any bytes, of which most are of well-formed characters, but no LF, CR or FF. */
void text_add_hostile(struct text *text, struct rng *rng, size_t nbytes);

#endif
