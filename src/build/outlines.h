/*
 * The outlines of all sources, by what the map says of functions by original position: `scopes`, x_facebook_sources,
 * x_com_bloomberg_sourcesFunctionMappings, in that order of trust.
 *
 * A build goes on like this: smc_outlines_read; then whoever knows more lays outlines of his own under these
 * (smc_outline_overlay); then smc_outlines_name_calls, and from then on the outlines stay as they are.
 */
#ifndef SMC_BUILD_OUTLINES_H
#define SMC_BUILD_OUTLINES_H

#include "src/build/outline.h"

struct smc_outlines_input {
    const struct smc_part *parts; /* their sources and names have been counted */
    size_t n_parts;
    const uint32_t *name_ids; /* of all maps: index of a name -> its string */
    const struct smc_strings *strings;
};

/* Fills the outlines, one for each source of all parts, which are empty before; and in table->inlined what `scopes` say
 * of the generated file. What is wrong with any of these keys is warned of. */
smc_build_status smc_outlines_read(const struct smc_outlines_input *input,
                                   struct smc_function_table *table, struct smc_outline *outlines,
                                   struct smc_report *report);

/* Says in which functions the call sites of table->inlined are. */
void smc_outlines_name_calls(struct smc_function_table *table, const struct smc_outline *outlines);

#endif
