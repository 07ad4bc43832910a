/*
 * Maps that are each other's sources, and the oracle for chains: one lookup after the other, by hand,
 * in each map as it is when it is built by itself.
 */
#ifndef SMC_TESTS_UNIT_CHAIN_WORLD_H
#define SMC_TESTS_UNIT_CHAIN_WORLD_H

#include "tests/unit/support.h"

#include "src/chain/smcache_chain.h"

#define WORLD_MAPS_MAX 64

struct world_map {
    char name[32]; /* the source that it is the map of: its raw name; the outer map's is "" */
    struct text json;
    struct file plain;
    smc_cache *cache;
    unsigned n_asked, n_released;
};

struct world {
    struct world_map maps[WORLD_MAPS_MAX]; /* the first is the outer one */
    size_t n;
    int has_error;         /* the loader refuses */
    unsigned n_requests;   /* all */
    unsigned n_held;       /* maps not yet released */
    unsigned max_depth;    /* of a request */
    int drops_names;       /* those of maps before the last one */
    const void *warned_of; /* the map of the last warning */
    struct warnings warnings;
};

/* Adds a map; the text is the world's from now on. */
struct world_map *world_add(struct world *world, const char *name, struct text json);
/* The same of map_text(mappings, members). */
struct world_map *world_add_mappings(struct world *world, const char *name, const char *mappings,
                                     const char *members);
void world_free(struct world *world);

/* A loader whose context is the world. */
smc_chain_answer world_load(void *context, const struct smc_chain_request *request,
                            struct smc_chain_map *map);

/* Any result; `wanted` and `issue` may be NULL. Every map must have been released. */
smc_build_status try_chain(struct world *world, const struct smc_build_options *wanted,
                           struct file *file, struct smc_build_issue *issue);
/* It must succeed without a warning, and smc_verify must find the file good. */
struct file build_chain(struct world *world, const struct smc_build_options *wanted);

/* What a position comes to. */
struct origin {
    int is_mapped; /* if not, nothing else is set */
    struct smc_view source, name;
    uint32_t line, column, is_ignored;
};

/* By as many lookups as it takes, from map `index` on, whose maps are good and no cycle. */
struct origin world_lookup(struct world *world, size_t index, uint32_t line, uint32_t column);
/* By one, in a composed file. */
struct origin chain_lookup(const smc_cache *cache, uint32_t line, uint32_t column);
/* Both must come to the same, at every token of the composed file and of the outer map, before and
 * behind it, and everywhere in the first lines and columns. */
void world_compare(struct world *world, const struct file *file, uint32_t n_lines,
                   uint32_t n_columns);

#endif
