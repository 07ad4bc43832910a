/*
 * Hostile values: for each field of a file, in several of its records, the values that numbers have their borders at,
 * and those that mean something else in this file: sizes, counts and places of other things, what neighbours have.
 */
#ifndef SMC_TESTS_UNIT_ATTACK_H
#define SMC_TESTS_UNIT_ATTACK_H

#include "tests/unit/format_fields.h"

/* One field of a good file made hostile. */
struct hostile_field {
    const struct fields *fields;
    uint64_t i;     /* which of them */
    uint64_t value; /* never the one that it has */
    int swaps;      /* the next one gets the value that this one had */
};

typedef void (*attack_visitor)(void *context, const struct hostile_field *hostile);

/* Emulators and valgrind, of which SMCACHE_RUNNER tells, are 30 times as slow: there each so many bad file is visited
 * only. Otherwise 1. */
unsigned attack_step(void);

/* All of a file. `sections` ends with 0: only fields of these; NULL: all. */
void attack_each(const struct file *file, const struct field_list *fields, const uint32_t *sections,
                 attack_visitor visitor, void *context);

void hostile_field_set(uint8_t *bytes, const struct hostile_field *hostile);
/* What has been set, and the digest, are as in the original again. */
void hostile_field_undo(uint8_t *bytes, const uint8_t *original,
                        const struct hostile_field *hostile);

#endif
