/*
 * What the fuzzer's bytes stand for: a compiled file, good or bad. Three ways to write one:
 *
 *   SECTIONS  for each section its id, encoding, count and size, and its bytes; header and section table are made of
 *             these, and say the truth about places and sizes
 *   EDITS     which of some good files, and changes of single fields of it, which format_fields.h knows
 *   BYTES     the file
 */
#ifndef SMC_TESTS_FUZZ_CACHE_INPUT_H
#define SMC_TESTS_FUZZ_CACHE_INPUT_H

#include "tests/unit/support.h"

enum cache_form { CACHE_SECTIONS, CACHE_EDITS, CACHE_BYTES, N_CACHE_FORMS };

struct cache_input {
    enum cache_form form;
    unsigned open_flags;
    int is_sealed; /* the digest is made right */
    int is_roomy;  /* a long last section that nobody knows comes behind: lookups check less */
    enum guard_side guard;
    const uint8_t *bytes;
    size_t nbytes;
};

/* The first byte says all but the bytes. */
struct cache_input cache_input_read(const uint8_t *data, size_t nbytes);
/* To be freed. */
struct file cache_input_file(const struct cache_input *input);

/* Another input for the same file, in a form that mutations of bytes know what to do with. How long it is; 0: the input
 * is none of edits, or there is no room. */
size_t cache_input_rewrite(uint8_t *data, size_t nbytes, size_t capacity, enum cache_form form);

#endif
