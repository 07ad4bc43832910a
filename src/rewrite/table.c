#include "src/rewrite/table.h"

#include "src/base/hash.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(uint64_t key, size_t capacity)
{
    return (size_t)smc_hash_number(key) & (capacity - 1);
}

static struct smc_table_slot *find_slot(const struct smc_table *table, uint64_t key)
{
    size_t i = slot_of(key, table->capacity);

    while (table->slots[i].value != SMC_TABLE_NONE && table->slots[i].key != key) {
        i = (i + 1) & (table->capacity - 1);
    }
    return &table->slots[i];
}

static int grow(struct smc_table *table)
{
    struct smc_table larger = {.capacity = table->capacity == 0 ? 64 : 2 * table->capacity};

    larger.slots = malloc(larger.capacity * sizeof *larger.slots);
    if (larger.slots == NULL) {
        return -1;
    }
    memset(larger.slots, 0xff, larger.capacity * sizeof *larger.slots); /* all are SMC_TABLE_NONE */
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].value != SMC_TABLE_NONE) {
            *find_slot(&larger, table->slots[i].key) = table->slots[i];
        }
    }
    larger.n = table->n;
    free(table->slots);
    *table = larger;
    return 0;
}

void smc_table_free(struct smc_table *table)
{
    free(table->slots);
    *table = (struct smc_table){0};
}

const uint32_t *smc_table_put(struct smc_table *table, uint64_t key, uint32_t value)
{
    if (table->n >= table->capacity / 2 && grow(table) != 0) {
        return NULL;
    }
    struct smc_table_slot *slot = find_slot(table, key);
    if (slot->value == SMC_TABLE_NONE) {
        *slot = (struct smc_table_slot){key, value};
        table->n++;
    }
    return &slot->value;
}

uint32_t smc_table_get(const struct smc_table *table, uint64_t key)
{
    return table->capacity == 0 ? SMC_TABLE_NONE : find_slot(table, key)->value;
}
