#include "src/build/function_table.h"

/* What a function's string begins with, before its name: so equal functions are equal strings. */
struct key {
    uint8_t kind, origin;
    struct smcf_le32 last_nbytes;
};

/* Both halves of a name are strings (spec 2.2). */
static int is_inside_character(const uint8_t *name, size_t nbytes, size_t last_nbytes)
{
    return (name[nbytes - last_nbytes] & 0xc0) == 0x80;
}

void smc_function_table_list(struct smc_function_table *table, const uint8_t *name, size_t nbytes,
                             size_t last_nbytes, unsigned kind, unsigned origin)
{
    struct smc_buf *scratch = &table->functions.scratch;

    if (kind != SMCF_FUNCTION_NAMED) {
        nbytes = 0;
    } else if (nbytes == 0) {
        kind = SMCF_FUNCTION_ANONYMOUS;
    }
    if (last_nbytes == 0 || last_nbytes > nbytes ||
        is_inside_character(name, nbytes, last_nbytes)) {
        last_nbytes = nbytes;
    }
    if (table->n_listed == 0) {
        scratch->nbytes = 0;
    }
    const struct key key = {(uint8_t)kind, (uint8_t)origin, smcf_put32((uint32_t)last_nbytes)};
    const size_t start = scratch->nbytes, key_nbytes = sizeof key + nbytes;
    uint8_t *to = nbytes > UINT32_MAX ? NULL : smc_buf_reserve(scratch, key_nbytes);
    if (to == NULL) {
        table->functions.bytes.failed = 1;
        return;
    }
    memcpy(to, &key, sizeof key);
    if (nbytes > 0) {
        memcpy(to + sizeof key, name, nbytes);
    }
    scratch->nbytes += key_nbytes;
    table->list[table->n_listed++] = (struct smc_listed_function){
        start, key_nbytes, smc_strings_hash(&table->functions, to, key_nbytes)};
}

void smc_function_table_add_list(struct smc_function_table *table, uint32_t *ids)
{
    struct smc_strings *functions = &table->functions;

    for (unsigned i = 0; i < table->n_listed; i++) {
        const struct smc_listed_function *f = &table->list[i];
        ids[i] = smc_strings_add_hashed(functions, functions->scratch.data + f->start, f->nbytes,
                                        f->hash);
    }
    table->n_listed = 0;
}

uint32_t smc_function_table_add(struct smc_function_table *table, const uint8_t *name,
                                size_t nbytes, size_t last_nbytes, unsigned kind, unsigned origin)
{
    uint32_t id = SMCF_NONE;

    smc_function_table_list(table, name, nbytes, last_nbytes, kind, origin);
    smc_function_table_add_list(table, &id);
    return id;
}

struct smc_function_fields smc_function_table_get(const struct smc_function_table *table,
                                                  uint32_t id)
{
    const struct smc_strings *functions = &table->functions;
    const uint64_t *starts = (const void *)functions->starts.data;
    const uint64_t end = id + 1 < functions->n ? starts[id + 1] : functions->bytes.nbytes;
    const uint8_t *bytes = functions->bytes.data + starts[id];
    const size_t nbytes = (size_t)(end - starts[id]) - sizeof(struct key);
    struct key key;

    memcpy(&key, bytes, sizeof key);
    return (struct smc_function_fields){nbytes > 0 ? bytes + sizeof key : NULL, nbytes,
                                        smcf_get32(key.last_nbytes), key.kind, key.origin};
}

void smc_function_table_run(struct smc_function_table *table, uint32_t token, uint32_t id)
{
    const struct smc_function_run run = {token, id};
    struct smc_buf *runs = &table->runs;
    const struct smc_function_run *list = (const void *)runs->data;
    size_t n = runs->nbytes / sizeof run;

    while (n > 0 && list[n - 1].token >= token) {
        n--;
        runs->nbytes -= sizeof run;
    }
    if ((n > 0 ? list[n - 1].function : SMCF_NONE) != id) {
        smc_buf_append(runs, &run, sizeof run);
    }
}

int smc_function_table_failed(const struct smc_function_table *table)
{
    return table->functions.bytes.failed || table->runs.failed ||
           smc_inlined_failed(&table->inlined);
}

void smc_function_table_free(struct smc_function_table *table)
{
    smc_strings_free(&table->functions);
    smc_buf_free(&table->runs);
    smc_inlined_free(&table->inlined);
    smc_buf_free(&table->sections.run_offsets);
    smc_buf_free(&table->sections.runs);
    smc_buf_free(&table->sections.functions);
    smc_buf_free(&table->sections.inlined);
    smc_buf_free(&table->sections.call_sites);
}
