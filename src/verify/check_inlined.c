/*
 * Extents of the generated file, and call sites (spec 5.8).
 */
#include "src/verify/checks.h"

#include <stdlib.h>

static smc_status fail_at(const smc_cache *cache, struct smc_error *error, const char *reason,
                          const void *at)
{
    return smc_fail(error, SMC_E_DAMAGED, reason, smc_offset_of(cache, at));
}

/* Whether an extent says what the one before says; the first, whether it says nothing. */
static int repeats(const smc_cache *cache, uint32_t i)
{
    const struct smcf_inlined *entry = &cache->inlined[i];

    if (i == 0) {
        return smcf_get32(entry->call_site) == SMC_NONE &&
               smcf_get32(entry->function) == SMC_NONE && entry->flags == 0;
    }
    return memcmp(&entry->call_site, &entry[-1].call_site,
                  sizeof *entry - offsetof(struct smcf_inlined, call_site)) == 0;
}

static smc_status check_entry(const smc_cache *cache, uint32_t i, struct smc_uses *uses,
                              uint8_t *used_sites, struct smc_error *error)
{
    const struct smcf_inlined *entry = &cache->inlined[i];
    const uint32_t site = smcf_get32(entry->call_site);

    if (smcf_get32(entry->position.line) > SMCF_LINE_MAX ||
        smcf_get32(entry->position.column) == SMC_NONE) {
        return fail_at(cache, error, "extent at an impossible position", entry);
    }
    if (i > 0 && smc_load64((const uint8_t *)&entry->position) <=
                     smc_load64((const uint8_t *)&entry[-1].position)) {
        return fail_at(cache, error, "extents do not ascend", entry);
    }
    if ((entry->flags & ~(unsigned)SMCF_INLINED_HIDDEN) != 0 &&
        smcf_get16(cache->header->minor) <= SMCF_MINOR) { /* newer ones may have more (spec 5.8) */
        return fail_at(cache, error, "unknown flag of an extent", &entry->flags);
    }
    if (repeats(cache, i)) {
        return fail_at(cache, error, "extent that says what the one before says", entry);
    }
    if (site != SMC_NONE && site >= cache->n_call_sites) {
        return fail_at(cache, error, "extent of a call site that does not exist", entry);
    }
    if (site != SMC_NONE) {
        used_sites[site] = 1;
    }
    const char *reason = smc_use_function(cache, uses, smcf_get32(entry->function));
    return reason == NULL ? SMC_OK : fail_at(cache, error, reason, entry);
}

static smc_status check_call_site(const smc_cache *cache, uint32_t i, struct smc_uses *uses,
                                  struct smc_error *error)
{
    const struct smcf_call_site *site = &cache->call_sites[i];

    if (smcf_get32(site->source) >= cache->n_sources) {
        return fail_at(cache, error, "call site in a source that does not exist", site);
    }
    if (smcf_get32(site->source_line) == SMC_NONE || smcf_get32(site->source_column) == SMC_NONE) {
        return fail_at(cache, error, "call site at an impossible position", site);
    }
    const char *reason = smc_use_function(cache, uses, smcf_get32(site->function));
    return reason == NULL ? SMC_OK : fail_at(cache, error, reason, site);
}

static smc_status check_entries(const smc_cache *cache, struct smc_uses *uses, uint8_t *used_sites,
                                struct smc_error *error)
{
    smc_status status = SMC_OK;

    if (cache->inlined == NULL) {
        return SMC_OK;
    }
    if (cache->n_inlined == 0) {
        return fail_at(cache, error, "INLINED without an extent", cache->inlined);
    }
    for (uint32_t i = 0; status == SMC_OK && i < cache->n_inlined; i++) {
        status = check_entry(cache, i, uses, used_sites, error);
    }
    return status;
}

/* Chains of call sites go from higher indices to lower ones, so one pass from the end finds all that are in use. */
static smc_status check_chains(const smc_cache *cache, uint8_t *used_sites, struct smc_error *error)
{
    for (uint32_t i = cache->n_call_sites; i-- > 0;) {
        const struct smcf_call_site *site = &cache->call_sites[i];
        const uint32_t next = smcf_get32(site->next);
        if (!used_sites[i]) {
            return fail_at(cache, error, "call site that is not in use", site);
        }
        if (next != SMC_NONE && next >= i) {
            return fail_at(cache, error, "call site that does not lead to one before", site);
        }
        if (next != SMC_NONE) {
            used_sites[next] = 1;
        }
    }
    return SMC_OK;
}

static smc_status check_call_sites(const smc_cache *cache, struct smc_uses *uses,
                                   uint8_t *used_sites, struct smc_error *error)
{
    smc_status status = SMC_OK;

    if (cache->call_sites == NULL) {
        return SMC_OK;
    }
    if (cache->n_call_sites == 0) {
        return fail_at(cache, error, "CALL_SITES without a call site", cache->call_sites);
    }
    for (uint32_t i = 0; status == SMC_OK && i < cache->n_call_sites; i++) {
        status = check_call_site(cache, i, uses, error);
    }
    return status == SMC_OK ? check_chains(cache, used_sites, error) : status;
}

smc_status smc_check_inlined(const smc_cache *cache, struct smc_uses *uses, struct smc_error *error)
{
    uint8_t *used_sites = calloc((size_t)cache->n_call_sites + 1, 1);

    if (used_sites == NULL) {
        return smc_fail(error, SMC_E_MEMORY, smc_status_text(SMC_E_MEMORY), 0);
    }
    smc_status status = check_entries(cache, uses, used_sites, error);
    status = status == SMC_OK ? check_call_sites(cache, uses, used_sites, error) : status;
    free(used_sites);
    return status;
}
