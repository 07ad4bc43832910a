/*
 * Maps by way of the store: one that has been compiled before is not even read.
 */
#ifndef SMC_TOOLS_STORED_H
#define SMC_TOOLS_STORED_H

#include "tools/config.h"

#include "src/cached/smcache_cached.h"

/* A map, to be read if need be. */
struct stored_map {
    const char *path;      /* "-" is stdin */
    int is_inline;         /* it is in a data: URL of the generated file at `path` */
    const char *generated; /* the generated file that led to it, or NULL */
};

/*
 * Opens what the map was compiled to, or compiles it. Of `config` the flags are set; it is read here, and without a
 * store in it, or with one that cannot be used, which is said, the map is compiled into memory. A compiled file in the
 * place of a map is opened, too. Returns an exit code, having said why.
 */
int stored_map_open(struct config *config, const struct stored_map *map,
                    struct smc_cached_file *file);

#endif
