/*
 * One field, section or byte of a file made wrong, by name: a row of a table of damages. The digest is
 * made right again, so that it is not what is noticed.
 */
#ifndef SMC_TESTS_UNIT_DAMAGE_H
#define SMC_TESTS_UNIT_DAMAGE_H

#include "tests/unit/support.h"

enum op {
    SET,      /* the field is `value` */
    ADD,      /* `value` is added to it */
    OR,       /* the bits of `value` are set in it */
    UNSEALED, /* as SET, but the digest stays as it was */
    RESIZE, /* `value` zero bytes are added to the section's end, or cut off; `off` to its count */
    REMOVE, /* the section */
    INSERT, /* a section of `value` zero bytes */
    CONTENTS, /* LINE_COUNTS and CONTENT are inserted, without a line and a byte */
    CUT,      /* the file to `value` bytes */
};

/* Where `off` counts from, besides a section's id: then from its start, or if negative its end. */
#define IN_HEADER 0x10000u
#define IN_ENTRY(id) (0x20000u | (uint32_t)(id))
#define IN_BLOCK(block) (0x30000u | (block))
/* What a block consists of after its header. */
enum block_part { HIGHS, PRESENCE, NAME_PRESENCE, RECORDS, SLOTS, VALUES, N_BLOCK_PARTS };
/* Where each of them begins in the file; the last one is where the block ends. */
void block_parts(const struct file *file, uint32_t index, size_t *starts);
#define IN_PART(block, part) (0x40000u | (uint32_t)(block) << 8 | (uint32_t)(part))

/* The zero bytes after a section. */
#define IN_GAP(id) (0x50000u | (uint32_t)(id))

#define INFO SMCF_SECTION_INFO
#define DIRECTORY SMCF_SECTION_DIRECTORY
#define BLOCKS SMCF_SECTION_BLOCKS
#define RANGES SMCF_SECTION_RANGES
#define RUN_OFFSETS SMCF_SECTION_RUN_OFFSETS
#define RUNS SMCF_SECTION_RUNS
#define FUNCTIONS SMCF_SECTION_FUNCTIONS
#define INLINED SMCF_SECTION_INLINED
#define CALL_SITES SMCF_SECTION_CALL_SITES
#define SOURCES SMCF_SECTION_SOURCES
#define RAW_SOURCES SMCF_SECTION_RAW_SOURCES
#define STRING_OFFSETS SMCF_SECTION_STRING_OFFSETS
#define STRING_BYTES SMCF_SECTION_STRING_BYTES
#define BYTECODE_SEGMENTS SMCF_SECTION_BYTECODE_SEGMENTS
#define BYTECODE_OFFSETS SMCF_SECTION_BYTECODE_OFFSETS
#define LINE_COUNTS SMCF_SECTION_LINE_COUNTS
#define CONTENT_DIRECTORY SMCF_SECTION_CONTENT_DIRECTORY
#define CONTENT SMCF_SECTION_CONTENT

#define FIELD(type, field)                                                                         \
    (int64_t) offsetof(struct type, field), (unsigned)sizeof((struct type *)0)->field
/* A field of record `i`. */
#define FIELD_OF(type, i, field)                                                                   \
    (int64_t)(offsetof(struct type, field) + (i) * sizeof(struct type)),                           \
        (unsigned)sizeof((struct type *)0)->field
/* A byte. */
#define BYTE(off) (off), 1
#define NO_FIELD 0, 0

struct row {
    unsigned file; /* which of the test's files */
    enum op op;
    uint32_t place;
    int64_t off;
    unsigned width;
    uint64_t value;
    smc_status status;
    const char *reason;
};

/* A copy of the file, damaged so. */
struct file damaged_file(const struct file *original, const struct row *row);

/* Rows of what one of the two notices: opening, or in files that open verify. */
enum notices { OPENING, VERIFY };
struct table {
    const char *name;
    enum notices who;
    const struct row *rows;
    size_t n;
};
#define TABLE(name, who, rows)                                                                     \
    {                                                                                              \
        name, who, rows, COUNT_OF(rows)                                                            \
    }

/* Each row is noticed, for the reason that it says. */
void check_table(const struct file *files, const struct table *table);
/* The files are good, and the same when they are taken apart and put together. */
void check_files(const struct file *files, size_t n);
/* Every reason in a source file (a string with a space in it) is that of a row, or one of `others`. How many
 * there are. */
unsigned check_reasons(const char *path, const struct table *tables, size_t n_tables,
                       const char *const *others, size_t n_others);

#endif
