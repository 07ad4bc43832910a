#include "src/build/inlined_need.h"

#include <stdlib.h>

static struct smc_inlined_entry *entries_of(const struct smc_inlined_need *need)
{
    return (void *)need->inlined->entries.data;
}

static size_t n_entries_of(const struct smc_inlined_need *need)
{
    return need->inlined->entries.nbytes / sizeof(struct smc_inlined_entry);
}

static uint64_t start_of(const struct smc_inlined_need *need, size_t i)
{
    const struct smc_inlined_entry *entry = &entries_of(need)[i];
    return (uint64_t)entry->line << 32 | entry->column;
}

/* Positions from need->from up to `end`, which ascend from call to call, have no token that says more. */
static void need_entries(struct smc_inlined_need *need, uint64_t end)
{
    const size_t n = n_entries_of(need);
    size_t i = need->last;

    if (need->is_covered || need->from >= end) {
        return;
    }
    while (i + 1 < n && start_of(need, i + 1) <= need->from) {
        i++;
    }
    for (need->last = i; i < n && start_of(need, i) < end; i++) {
        need->is_needed[i] = 1;
        need->last = i;
    }
}

int smc_inlined_need_start(struct smc_inlined_need *need, struct smc_inlined *inlined)
{
    *need = (struct smc_inlined_need){.inlined = inlined};
    need->is_needed = calloc(n_entries_of(need) + 1, sizeof *need->is_needed);
    return need->is_needed != NULL ? 0 : -1;
}

void smc_inlined_need_tokens(struct smc_inlined_need *need, const struct smc_token_writer *writer,
                             unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const uint32_t *lanes = writer->rows[i];
        const uint64_t position = (uint64_t)lanes[SMC_ROW_LINE] << 32 | lanes[SMC_ROW_COLUMN];
        const int is_mapped = lanes[SMC_ROW_SOURCE] != SMCF_NONE;
        need_entries(need, position);
        /* A token answers up to the end of its line; as a range mapping, up to the next token. */
        need->is_covered = is_mapped && smc_token_writer_is_range(writer, writer->n_tokens + i);
        need->from = is_mapped ? ((uint64_t)lanes[SMC_ROW_LINE] + 1) << 32 : position;
    }
}

void smc_inlined_need_reset(struct smc_inlined_need *need)
{
    const size_t n = n_entries_of(need);

    memset(need->is_needed, 0, n * sizeof *need->is_needed);
    need->last = 0;
    need->is_covered = 0;
    need->from = 0;
}

void smc_inlined_need_finish(struct smc_inlined_need *need)
{
    const size_t n = n_entries_of(need);

    need_entries(need, UINT64_MAX);
    need->inlined->entries.nbytes = 0;
    for (size_t i = 0; i < n; i++) { /* in place: never more than have been read */
        struct smc_inlined_entry entry = entries_of(need)[i];
        if (!need->is_needed[i]) {
            entry.function = SMCF_NONE;
        }
        smc_inlined_add(need->inlined, &entry);
    }
    free(need->is_needed);
    need->is_needed = NULL;
}
