/*
 * What the decoders of a part's functions share: one file for each key of a map that has some.
 */
#ifndef SMC_BUILD_OUTLINE_PART_H
#define SMC_BUILD_OUTLINE_PART_H

#include "src/build/outlines.h"
#include "src/build/scopes.h"

/* The generated ranges of all parts so far, sorted by their starts. */
struct smc_range_list {
    struct smc_buf ranges; /* struct smc_outline_range: the function is the index of the range */
    struct smc_buf
        entries; /* struct smc_inlined_entry: what a range says; its position does not count */
};

struct smc_outline_part {
    const struct smc_part *part;
    const struct smc_strings *strings;
    const uint32_t *name_ids; /* of the part's names */
    struct smc_function_table *table;
    struct smc_outline *outlines; /* of the part's sources */
    struct smc_report *report;
    struct smc_range_list *ranges;
    struct smc_buf
        functions; /* uint32_t a name: the function of that name, or SMCF_NONE: not asked for yet */
    unsigned origin; /* of those functions */
};

/* Starts with functions of an origin: enum smcf_name_origin. 0, or -1 without memory. */
int smc_outline_part_start(struct smc_outline_part *part, unsigned origin);
/* The function by the name names[index] of the part. However often a name is asked for, it is looked at once: its
 * length counts once. SMCF_NONE: no memory or room. */
uint32_t smc_outline_part_function(struct smc_outline_part *part, uint32_t index);

/* The decoders. Each lays what it finds under the outlines; 0, or -1 without memory or room. */
int smc_scope_outlines_read(struct smc_outline_part *part);
int smc_facebook_read(struct smc_outline_part *part);
int smc_bloomberg_read(struct smc_outline_part *part);

/* The generated ranges of a part, given the function that each of its scopes is in: adds their call sites to
 * table->inlined, and them to the list. 0, or -1 without memory or room. */
int smc_scope_ranges_add(struct smc_outline_part *part, const struct smc_scopes *scopes,
                         const uint32_t *functions);
/* Makes the entries of table->inlined of all ranges, and frees the list. 0, or -1 without memory or room. */
int smc_scope_ranges_finish(struct smc_range_list *list, struct smc_inlined *inlined);

/* Lays what has been made under the outline of a source of the part, and frees it. 0, or -1 without memory. */
int smc_outline_part_add(struct smc_outline_part *part, uint32_t source, struct smc_outline *made);

#endif
