/*
 * The store of compiled files, as commands come to it: from a configuration, with words for what goes wrong.
 */
#ifndef SMC_TOOLS_STORE_H
#define SMC_TOOLS_STORE_H

#include "src/store/smcache_store.h"
#include "tools/config.h"

/* Below the folder of the store: where files are, for messages. */
#define STORE_FILE_FORMAT "store %s/" STORE_VERSION_FOLDER "/%s"
#define STORE_VERSION_FOLDER "v1"

/* "smcache: store DIR/v1/FILE: REASON: strerror", and what to do about it; returns the exit code that it calls for. */
int store_error(const char *dir, const struct smc_store_error *error);

/* Opens the store of a configuration, which has been read. Returns an exit code, having said why; *store is NULL
 * then. store_open makes its folder; without one, store_open_if_there makes nothing, and *store is NULL. */
int store_open(const struct config *config, smc_store **store);
int store_open_if_there(const struct config *config, smc_store **store);

#endif
