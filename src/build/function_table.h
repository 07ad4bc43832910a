/*
 * The functions of a map, and which of them each token is in (spec 5.6, 5.7).
 *
 * Whoever finds names adds functions, each of which has an id from then on, and notes at which tokens another one
 * begins. Ids are of use during the build only: the file has the functions that are in use, in the order of use.
 */
#ifndef SMC_BUILD_FUNCTION_TABLE_H
#define SMC_BUILD_FUNCTION_TABLE_H

#include "src/build/inlined.h"
#include "src/build/parts.h"

/* From this token on, up to the next run. */
struct smc_function_run {
    uint32_t token;
    uint32_t function; /* id, or SMCF_NONE: nothing is known */
};

/* Sections of the file; those that would say nothing are empty. */
struct smc_function_sections {
    struct smc_buf run_offsets, runs, functions, inlined, call_sites;
    uint64_t n_functions, n_inlined, n_call_sites;
};

/* A function that is to be added: its fields are so many bytes of the scratch of the table's strings. */
struct smc_listed_function {
    size_t start, nbytes;
    uint32_t hash;
};
#define SMC_FUNCTIONS_LIST_MAX 32

/* All zero but for the seed (assembly.h): nothing, and no section. */
struct smc_function_table {
    /* A function is the string of its fields (function_table.c); its index is the function's id. */
    struct smc_strings functions;
    struct smc_listed_function list[SMC_FUNCTIONS_LIST_MAX];
    unsigned n_listed;
    struct smc_buf runs; /* struct smc_function_run */
    struct smc_inlined inlined;
    struct smc_function_sections sections;
};

/*
 * The id of a function; equal ones are the same. `kind` is of enum smcf_function_kind and not UNKNOWN, `origin` of enum
 * smcf_name_origin and not NONE. The name is nbytes >= 0 of WTF-8, of which the last last_nbytes are the last component
 * ("submit" of "Checkout.submit"; all of it if last_nbytes is 0 or more than nbytes); it is copied. Only NAMED has a
 * name: other kinds' is not looked at (NULL will do), and NAMED with an empty one is ANONYMOUS. SMCF_NONE: no memory or
 * room.
 */
uint32_t smc_function_table_add(struct smc_function_table *table, const uint8_t *name,
                                size_t nbytes, size_t last_nbytes, unsigned kind, unsigned origin);

/* The same of several: up to SMC_FUNCTIONS_LIST_MAX are put on a list, and then all of these added, which is faster.
 * Nothing else is added meanwhile. */
void smc_function_table_list(struct smc_function_table *table, const uint8_t *name, size_t nbytes,
                             size_t last_nbytes, unsigned kind, unsigned origin);
void smc_function_table_add_list(struct smc_function_table *table, uint32_t *ids);

/* A function as it was added; `name` is valid until the next one is added. */
struct smc_function_fields {
    const uint8_t *name; /* NULL: none */
    size_t nbytes, last_nbytes;
    unsigned kind, origin;
};
struct smc_function_fields smc_function_table_get(const struct smc_function_table *table,
                                                  uint32_t id);

/* From token `token` on, to the last one, it is the function `id`, or SMCF_NONE; so tokens ascend, and of several runs
 * from one token the last counts. Tokens before the first run are of no function that is known. */
void smc_function_table_run(struct smc_function_table *table, uint32_t token, uint32_t id);

/* After the last run, when all other strings have been added: adds the names to them, and makes the sections. 0, or -1:
 * no memory or room. */
int smc_function_table_finish(struct smc_function_table *table, uint64_t n_tokens,
                              struct smc_strings *strings);

int smc_function_table_failed(const struct smc_function_table *table);
void smc_function_table_free(struct smc_function_table *table);

#endif
