/*
 * What the items of a `scopes` string mean: they become entries of arrays with room for them all.
 */
#ifndef SMC_BUILD_SCOPE_DECODE_H
#define SMC_BUILD_SCOPE_DECODE_H

#include "src/build/scope_items.h"

/* Starts as zeros, but for `input`, `out`, and `open`. */
struct smc_scope_decoder {
    const struct smc_scopes_input *input;
    struct smc_scopes *out; /* bindings are in the order of the text */
    struct smc_scope_item item;
    struct smc_scopes_position scope_at, range_at;
    int64_t name, kind, variable, definition; /* sums of 32-bit numbers, clamped to 0 and above */
    uint32_t open;                            /* scope or range; SMC_SCOPES_NONE at first */
    uint32_t n_trees;
    uint32_t *owners; /* the list of each binding; NULL: they are in the order of the lists */
    const uint8_t *limit_at;
};

/* Takes the item in; -1: a position that is too large, at limit_at. */
int smc_scope_decode(struct smc_scope_decoder *decoder);

#endif
