/*
 * The contents of a map's sources, in the order of these.
 */
#ifndef SMC_BUILD_CONTENT_WALK_H
#define SMC_BUILD_CONTENT_WALK_H

#include "src/build/parts.h"

/* Walks over the elements of a part's sourcesContent that belong to a source. */
struct smc_content_walk {
    int is_over;
    struct smc_json_walk walk;
};

static inline struct smc_content_walk smc_content_walk(const struct smc_part *part)
{
    struct smc_content_walk walk = {part->map.sources_content.type != SMC_JSON_ARRAY,
                                    {.next = NULL}};

    if (!walk.is_over) {
        walk.walk = smc_json_walk(&part->map.sources_content);
    }
    return walk;
}

/* The next one; without a type if there are fewer contents than sources. */
static inline struct smc_json smc_content_next(struct smc_content_walk *walk)
{
    struct smc_json element = {.type = SMC_JSON_ABSENT};

    walk->is_over = walk->is_over || !smc_json_next_element(&walk->walk, &element);
    return element;
}

#endif
