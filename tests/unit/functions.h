/*
 * Files that have functions, for tests that need not care where these are known from.
 */
#ifndef SMC_TESTS_UNIT_FUNCTIONS_H
#define SMC_TESTS_UNIT_FUNCTIONS_H

#include "src/build/function_table.h"
#include "tests/unit/support.h"

/* A copy of a file with the functions of a table, which is finished and freed. */
struct file file_with_functions(const struct file *file, struct smc_function_table *table);

/* A function with a name, of which the last component begins behind the last dot, hash or blank. */
uint32_t add_named(struct smc_function_table *table, const char *name, unsigned origin);
uint32_t add_nameless(struct smc_function_table *table, unsigned kind, unsigned origin);

/* The whole name, in memory that is the next call's; "" if there is none. */
const char *name_of_function(const struct smc_function *function);

/* Whether the function of each token is that of the last run that is not after it, and the extent of each token's
 * position the last one that is not after that, by scans. */
int functions_are_right(const smc_cache *cache);

#endif
