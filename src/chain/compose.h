/*
 * The tokens of a map whose sources have maps.
 */
#ifndef SMC_CHAIN_COMPOSE_H
#define SMC_CHAIN_COMPOSE_H

#include "src/build/assembly.h"
#include "src/reader/smcache.h"

/* A source of the outer map. */
struct smc_chain_link {
    uint32_t first_source; /* in the composed map: itself, or the first of its map's sources */
    smc_cache *map;        /* of the source, composed; NULL: it stays as it is */
    void *file;            /* what `map` reads */
    uint32_t n_tokens;     /* of `map` */
    uint32_t *name_ids;    /* for each name of `map` the string of the composed map, or SMCF_NONE */
    uint32_t *function_ids; /* for each function the id in the composed map's table, or SMCF_NONE */
};

struct smc_composition {
    const smc_cache *outer;
    const struct smc_chain_link *links; /* for each source of it */
    uint32_t *name_ids, *function_ids;  /* as in links */
    int keeps_names;          /* where the inner map has none, the outer one's name stays */
    struct smc_assembly *out; /* tokens go here, their names into its strings, which are empty */
    /* How many tokens of inner maps range mappings may yet be split at: a few small maps could ask for
     * any number. */
    uint64_t *budget;
};

/* SMC_BUILD_E_LIMIT with *reason, or SMC_BUILD_E_MEMORY. Sets n_names and n_lines. */
smc_build_status smc_compose(struct smc_composition *composition, const char **reason);

#endif
