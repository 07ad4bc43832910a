#include "src/build/inlined.h"

uint32_t smc_inlined_add_call_site(struct smc_inlined *inlined, const struct smc_call_site *site)
{
    const size_t index = inlined->call_sites.nbytes / sizeof *site;

    if (index >= SMCF_NONE - 1) {
        inlined->call_sites.failed = 1;
    }
    smc_buf_append(&inlined->call_sites, site, sizeof *site);
    return inlined->call_sites.failed ? SMCF_NONE : (uint32_t)index;
}

static const struct smc_inlined_entry *last_entry(const struct smc_buf *entries)
{
    static const struct smc_inlined_entry nothing = {0, 0, SMCF_NONE, SMCF_NONE, 0};
    const size_t n = entries->nbytes / sizeof nothing;

    return n > 0 ? (const struct smc_inlined_entry *)(const void *)entries->data + n - 1 : &nothing;
}

void smc_inlined_add(struct smc_inlined *inlined, const struct smc_inlined_entry *entry)
{
    struct smc_buf *entries = &inlined->entries;
    const struct smc_inlined_entry *last = last_entry(entries);

    if (entries->nbytes > 0 && last->line == entry->line && last->column == entry->column) {
        entries->nbytes -= sizeof *entry;
        last = last_entry(entries);
    }
    if (last->call_site != entry->call_site || last->function != entry->function ||
        last->flags != entry->flags) {
        smc_buf_append(entries, entry, sizeof *entry);
    }
}

int smc_inlined_failed(const struct smc_inlined *inlined)
{
    return inlined->entries.failed || inlined->call_sites.failed;
}

void smc_inlined_free(struct smc_inlined *inlined)
{
    smc_buf_free(&inlined->entries);
    smc_buf_free(&inlined->call_sites);
}
