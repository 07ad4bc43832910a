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

uint32_t smc_function_table_add(struct smc_function_table *table, const uint8_t *name,
                                size_t nbytes, size_t last_nbytes, unsigned kind, unsigned origin)
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
    const struct key key = {(uint8_t)kind, (uint8_t)origin, smcf_put32((uint32_t)last_nbytes)};
    scratch->nbytes = 0;
    smc_buf_append(scratch, &key, sizeof key);
    if (nbytes > 0) {
        smc_buf_append(scratch, name, nbytes);
    }
    if (scratch->failed || nbytes > UINT32_MAX) {
        table->functions.bytes.failed = 1;
        return SMCF_NONE;
    }
    return smc_strings_add(&table->functions, scratch->data, scratch->nbytes);
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
