/*
 * Names of sources as people want to read them. Each function changes a name in place.
 */
#ifndef SMC_BUILD_PATHS_H
#define SMC_BUILD_PATHS_H

#include "src/base/buf.h"
#include "src/build/smcache_build.h"

/*
 * Takes away what bundlers put around a path: the schemes webpack://NAMESPACE/, where NAMESPACE may be
 * @scope/name, webpack-internal:/// and turbopack:/// with its [project]/, webpack's query, "./" and
 * "dir/.." inside of the path; and writes "/~/" as "/node_modules/". A name of another scheme stays as it is.
 */
void smc_path_clean(struct smc_buf *name);

/* Replaces each `from` in the name, from left to right. */
void smc_path_replace(struct smc_buf *name, const struct smc_build_replacement *replacement,
                      struct smc_buf *scratch);

/* Cuts a prefix off; 1 if the name had it. */
int smc_path_strip_prefix(struct smc_buf *name, const char *prefix);

#endif
