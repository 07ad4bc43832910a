/*
 * The functions of a map's tokens, by all that says something of them: the map's own keys, the contents of its
 * sources, the generated file.
 */
#ifndef SMC_BUILD_MAP_FUNCTIONS_H
#define SMC_BUILD_MAP_FUNCTIONS_H

#include "src/build/outlines.h"
#include "src/build/token_functions.h"

struct smc_functions_input {
    struct smc_outlines_input outlines;
    const struct smc_source_entry *sources;
    size_t n_sources;
    const struct smc_build_options *options;
};

/* All zero: nothing is known, and nobody watches. Stays where it is from smc_map_functions_read on. */
struct smc_map_functions {
    struct smc_functions_input input;
    struct smc_function_table *table;
    struct smc_outline *outlines; /* one for each source */
    int needs_generated;          /* of some nothing else says what functions they have */
    struct smc_minified minified;
    struct smc_token_functions watcher;
};

/* Finds out what there is to know. What is wrong with the map's keys is warned of, with or without a use for them. */
smc_build_status smc_map_functions_read(struct smc_map_functions *functions,
                                        const struct smc_functions_input *input,
                                        struct smc_function_table *table,
                                        struct smc_report *report);
/* From now on the writer's tokens get functions. 0, or -1 without memory. */
int smc_map_functions_watch(struct smc_map_functions *functions, struct smc_token_writer *writer);
/* After the last token. */
void smc_map_functions_finish(struct smc_map_functions *functions);
void smc_map_functions_free(struct smc_map_functions *functions);

#endif
