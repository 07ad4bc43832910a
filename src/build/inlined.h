/*
 * What the scopes of a map say of generated positions beside their tokens: which calls have been inlined there,
 * whether the function is hidden, and its name where there is no original position (spec 5.8).
 */
#ifndef SMC_BUILD_INLINED_H
#define SMC_BUILD_INLINED_H

#include "format/smcache_format.h"
#include "src/base/buf.h"

/* The place of a call whose callee has been inlined. */
struct smc_call_site {
    uint32_t source, line, column; /* original; the source is one of the map's */
    uint32_t function; /* that the call is in: an id of the function table, or SMCF_NONE */
    uint32_t
        next; /* the call site that this one's function was inlined at itself, or SMCF_NONE: it was not */
};

/* From its position up to that of the next entry. */
struct smc_inlined_entry {
    uint32_t line, column; /* generated */
    uint32_t call_site;    /* the innermost one, or SMCF_NONE */
    uint32_t
        function; /* of code without an original position: an id of the function table, or SMCF_NONE */
    uint32_t flags; /* of enum smcf_inlined_flag */
};

/* All zero: nothing. Before the first entry nothing is known either. */
struct smc_inlined {
    struct smc_buf entries;    /* struct smc_inlined_entry */
    struct smc_buf call_sites; /* struct smc_call_site */
};

/* Returns its index, or SMCF_NONE without memory or room. `next` has been added before. What no entry leads to is left
 * out of the file. */
uint32_t smc_inlined_add_call_site(struct smc_inlined *inlined, const struct smc_call_site *site);

/* Positions ascend. Of several entries at one position the last counts, and one that says what the one before it says
 * is not kept: so one may be added for each border of a range. Lines are SMCF_LINE_MAX at the most: what is behind
 * has no code. */
void smc_inlined_add(struct smc_inlined *inlined, const struct smc_inlined_entry *entry);

int smc_inlined_failed(const struct smc_inlined *inlined);
void smc_inlined_free(struct smc_inlined *inlined);

#endif
