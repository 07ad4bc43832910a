/*
 * Blocks of tokens in any of the forms that the format has (spec 5.2, 5.3), not only in the one that the
 * builder gives them. Written from the spec, one bit at a time.
 */
#ifndef SMC_TESTS_UNIT_PACKER_H
#define SMC_TESTS_UNIT_PACKER_H

#include "tests/unit/oracle.h"

struct packing {
    unsigned wanted;       /* of FOLLOW_LINE, FOLLOW_COLUMN, NAME_SLOTS; the other flags follow */
    unsigned record_width; /* at least; what is too much goes to fields from first_field on */
    unsigned first_field;  /* 0 .. 4: column, low part, source, source line, source column */
    unsigned name_width;   /* at least */
    struct rng *rng; /* for slopes and for bases that are not the best; NULL: the best, no slope */
};

/* A file with these tokens, which are sorted, instead of those of `base`. smc_verify must find it good. */
struct file packed_file(const struct file *base, const struct naive *naive,
                        const struct packing *how);
/* The header of a block. */
const struct smcf_block *header_of_block(const struct file *file, uint32_t index);

#endif
