/*
 * Numbers by keys. Which keys share a slot nobody can know who only writes an input.
 */
#ifndef SMC_REWRITE_TABLE_H
#define SMC_REWRITE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define SMC_TABLE_NONE UINT32_MAX

struct smc_table {
    struct smc_table_slot {
        uint64_t key;
        uint32_t value; /* SMC_TABLE_NONE: free */
    } * slots;
    size_t n, capacity; /* a power of two, or 0 */
};

void smc_table_free(struct smc_table *table);
/* The value of a key, which is `value` from now on if it had none; NULL: no memory. */
const uint32_t *smc_table_put(struct smc_table *table, uint64_t key, uint32_t value);
/* NONE: it has none. */
uint32_t smc_table_get(const struct smc_table *table, uint64_t key);

#endif
