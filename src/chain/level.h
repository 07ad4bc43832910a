/*
 * What is known while a chain is walked, and the maps on the way to where the walk is.
 */
#ifndef SMC_CHAIN_LEVEL_H
#define SMC_CHAIN_LEVEL_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "src/build/source_list.h"
#include "src/chain/compose.h"
#include "src/chain/smcache_chain.h"

/* Range mappings may be split at so many tokens, for each token of all maps: one that is there for
 * each time a source is part of the generated file. */
#define SMC_CHAIN_SPLIT_RATIO_MAX 16
#define SMC_CHAIN_SPLIT_MIN 1048576

/* A map on the way to the current source. */
struct smc_level {
    unsigned depth; /* 0: the outer map */
    const void *id;
    struct smc_chain_link *link; /* of its source in the map above */
    int is_ignored;              /* so are all of its sources */
    /* The content of its source in the map above, which is the generated file of this one; NULL: none. */
    struct smc_view generated;
    XXH128_hash_t digest;
    smc_cache *cache;
    void *file; /* what the cache reads */
    smc_text *text;
    struct smc_info info;
    size_t first_source; /* in chain->sources */
    struct smc_chain_link *links;
    uint32_t next; /* source to be looked at */
};

struct smc_chain {
    struct smc_build_options options;
    smc_chain_loader loader;
    void *context;
    struct smc_report report; /* holds the first error */
    struct smc_source_list sources;
    struct smc_assembly out;
    XXH128_canonical_t recipe; /* of all that has decided anything so far */
    uint64_t budget;           /* see smc_composition */
    uint64_t n_maps, nbytes;
    struct smc_level levels[SMC_CHAIN_DEPTH_MAX + 1];
    unsigned depth; /* of the last one that is open */
};

/* Records an error, unless there is one; returns `status`. */
smc_build_status smc_chain_fail(struct smc_chain *c, smc_build_status status, const char *reason,
                                const void *map);
smc_build_status smc_chain_no_memory(struct smc_chain *c);

/* Builds the map by itself, with names as they are and contents that can be viewed. What is not good
 * about it is in *issue, if it is no failure of the chain: then level->cache is NULL. */
smc_build_status smc_level_open(struct smc_chain *c, struct smc_level *level,
                                const struct smc_chain_map *map, struct smc_build_issue *issue);
/* Leads its tokens through the maps of its sources, which are all known by now, to `out`. */
smc_build_status smc_level_compose(struct smc_chain *c, const struct smc_level *level,
                                   struct smc_assembly *out);
/* Makes of an inner map what the one above needs: its tokens, of sources that are only counted. */
smc_build_status smc_level_finish(struct smc_chain *c, const struct smc_level *level);
void smc_level_close(struct smc_level *level);

#endif
