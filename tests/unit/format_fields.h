/*
 * All that a file of the format consists of, by name: the fields of its structs, and what is in none. A test
 * (tests/spec/test_attack.py) wants each field of format/smcache_format.h here; another one (test_attack.c) wants each
 * bit of a file to be in a field.
 */
#ifndef SMC_TESTS_UNIT_FORMAT_FIELDS_H
#define SMC_TESTS_UNIT_FORMAT_FIELDS_H

#include "tests/unit/support.h"

/* Less than any section's id. */
#define OF_HEADER 1u
#define OF_TABLE 2u

/* Fields of one name, at equal distances: of the records of a section, or the elements of an array. */
struct fields {
    const char *name; /* "smcf_block.widths"; "RANGES.tokens" of what is in no struct; static */
    uint32_t section; /* its id, or one of these two */
    uint64_t bit;     /* where the first one starts in the file, in bits */
    uint64_t stride;  /* from one to the next, in bits */
    unsigned width;   /* bits, 1 .. 64 */
    uint64_t n;
};

struct field_list {
    struct fields *list;
    size_t n, capacity;
};

/* Those of a good file. */
struct field_list format_fields(const struct file *file);
void field_list_free(struct field_list *fields);

uint64_t field_get(const uint8_t *bytes, const struct fields *fields, uint64_t i);
/* `value` is of no more bits than the field has. */
void field_set(uint8_t *bytes, const struct fields *fields, uint64_t i, uint64_t value);

#endif
