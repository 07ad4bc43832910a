/*
 * Good files to attack, which between them have every section and every field of the format.
 */
#ifndef SMC_TESTS_UNIT_ATTACK_FILES_H
#define SMC_TESTS_UNIT_ATTACK_FILES_H

#include "tests/unit/support.h"

struct attack_file {
    const char *name;
    struct file (*make)(void);
    const uint32_t *
        sections; /* of a large file the ones that others do not have so; as attack_each takes them */
};

#define N_ATTACK_FILES 11
extern struct attack_file attack_files[N_ATTACK_FILES];

#endif
