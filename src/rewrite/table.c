#include "src/rewrite/table.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Each bit of the result depends on all of `x` (the finalizer of splitmix64). */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/*
 * Keys come from inputs, and who writes one must not know which of them share a slot: so that depends on when, and where
 * in memory, the process runs. Nothing that is written does: tables are never listed. The first thread decides.
 */
static uint64_t seed(void)
{
    static _Atomic uint64_t known;
    uint64_t value = atomic_load_explicit(&known, memory_order_relaxed);

    if (value == 0) {
        struct timespec now = {0};
        uint64_t none = 0;
        (void)clock_gettime(CLOCK_REALTIME, &now);
        value = mix((uint64_t)(uintptr_t)&now);
        value = mix(value ^ (uint64_t)(uintptr_t)&known);
        value = mix(value ^ (uint64_t)now.tv_nsec) ^ mix((uint64_t)now.tv_sec);
        value |= 1;
        if (!atomic_compare_exchange_strong(&known, &none, value)) {
            value = none;
        }
    }
    return value;
}

static size_t slot_of(uint64_t key, size_t capacity)
{
    return (size_t)mix(mix(key ^ seed()) ^ seed()) & (capacity - 1);
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

uint64_t smc_table_key(const void *text, size_t nbytes)
{
    const uint8_t *p = text;
    uint64_t hash = mix(seed() ^ nbytes), word;

    for (; nbytes >= sizeof word; nbytes -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        hash = mix(hash ^ word) + seed();
    }
    word = 0;
    if (nbytes > 0) {
        memcpy(&word, p, nbytes);
    }
    return mix(hash ^ word);
}
