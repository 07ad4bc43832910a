/*
 * The store as the commands use it.
 */
#ifndef SMC_TOOLS_STORE_H
#define SMC_TOOLS_STORE_H

#include "tools/config.h"

#include "src/store/smcache_store.h"

int store_open(const struct config *config, smc_store **store);
int store_error(const char *dir, const struct smc_store_error *error);

#endif
