/*
 * Functions, their names, and which tokens are in them (spec 5.6, 5.7).
 */
#include "src/verify/checks.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static smc_status fail_at(const smc_cache *cache, struct smc_error *error, const char *reason,
                          const void *at)
{
    return smc_fail(error, SMC_E_DAMAGED, reason, smc_offset_of(cache, at));
}

static uint32_t n_named_of(const smc_cache *cache)
{
    return cache->functions == NULL ? 0 : cache->n_functions - cache->functions->n_nameless;
}

const char *smc_use_function(const smc_cache *cache, struct smc_uses *uses, uint64_t index)
{
    if (index == SMC_NONE) {
        return NULL;
    }
    if (cache->functions == NULL || index >= cache->n_functions) {
        return "function that does not exist";
    }
    const uint32_t n_nameless = cache->functions->n_nameless;
    if (index < n_nameless) {
        uses->nameless |= UINT32_C(1) << index;
    } else if (index - n_nameless > uses->n_named) {
        return "functions are not in the order of use";
    } else {
        uses->n_named += index - n_nameless == uses->n_named;
    }
    return NULL;
}

/* ---- FUNCTIONS (spec 5.7) ---- */

static smc_status check_nameless(const smc_cache *cache, struct smc_error *error)
{
    const struct smcf_functions *header = cache->functions;
    struct smc_function function;

    for (unsigned i = 0; i < SMCF_NAMELESS_MAX; i++) {
        if (i >= header->n_nameless) {
            if (header->nameless[i] != 0) {
                return fail_at(cache, error, "reserved bytes of FUNCTIONS are not zero",
                               &header->nameless[i]);
            }
        } else if (smc_function_get(cache, i, &function) != SMC_OK ||
                   (i > 0 && header->nameless[i] <= header->nameless[i - 1])) {
            return fail_at(cache, error, "bad function without a name", &header->nameless[i]);
        }
    }
    if (header->reserved != 0) {
        return fail_at(cache, error, "reserved bytes of FUNCTIONS are not zero", &header->reserved);
    }
    if (n_named_of(cache) == 0 && (header->last_width != 0 || header->qualifier_width != 0)) {
        return fail_at(cache, error, "widths of records that are not there", header);
    }
    return SMC_OK;
}

static int starts_with(struct smc_view view, const char *text)
{
    return view.nbytes >= strlen(text) && memcmp(view.ptr, text, strlen(text)) == 0;
}

/* Whether what is before the last component has been split as it must be. */
static int is_split_well(const struct smc_function *function)
{
    const struct smc_view qualifier = function->qualifier;

    if (qualifier.ptr == NULL) {
        return 1;
    }
    for (unsigned i = SMCF_PREFIX_NEW; i <= SMCF_PREFIX_SET; i++) {
        if (function->prefix.ptr == NULL && starts_with(qualifier, smcf_prefix_text(i))) {
            return 0;
        }
    }
    for (unsigned i = SMCF_JOINT_DOT; i <= SMCF_JOINT_HASH; i++) {
        if (function->joint.ptr == NULL && qualifier.nbytes > 0 &&
            qualifier.ptr[qualifier.nbytes - 1] == *smcf_joint_text(i)) {
            return 0;
        }
    }
    return qualifier.nbytes > 0;
}

/* Enters function with a name `i` into a hash table; 0 if an equal one is there. The table's address is the
 * seed, as in check_strings.c. */
static int enter_named(const smc_cache *cache, uint32_t *slots, uint64_t n_slots, uint32_t i)
{
    const struct smc_named named = smc_named_get(cache, i);
    uint64_t at = XXH3_64bits_withSeed(&named, sizeof named, (uint64_t)(uintptr_t)slots);

    for (at &= n_slots - 1; slots[at] != SMC_NONE; at = (at + 1) & (n_slots - 1)) {
        const struct smc_named other = smc_named_get(cache, slots[at]);
        if (memcmp(&other, &named, sizeof named) == 0) {
            return 0;
        }
    }
    slots[at] = i;
    return 1;
}

/* It is hashed and compared as bytes. */
_Static_assert(sizeof(struct smc_named) == 2 * sizeof(uint32_t) + 3 * sizeof(unsigned), "padding");

static const char twice[] = "function that is there twice";

static smc_status check_each_named(const smc_cache *cache, uint32_t *slots, uint64_t n_slots,
                                   struct smc_error *error)
{
    const unsigned width = smcf_function_width(cache->functions);
    struct smc_function function;

    for (uint32_t i = 0; i < n_named_of(cache); i++) {
        const uint8_t *at = cache->named + (uint64_t)i * width / 8;
        if (smc_function_get(cache, cache->functions->n_nameless + i, &function) != SMC_OK) {
            return fail_at(cache, error, "function that cannot be read", at);
        }
        if (function.last.nbytes == 0 || !is_split_well(&function)) {
            return fail_at(cache, error, "name of a function that is not split as it must be", at);
        }
        if (!enter_named(cache, slots, n_slots, i)) {
            return fail_at(cache, error, twice, at);
        }
    }
    return SMC_OK;
}

static smc_status check_named(const smc_cache *cache, struct smc_error *error)
{
    const uint32_t n = n_named_of(cache);
    const unsigned width = smcf_function_width(cache->functions);
    const uint8_t *end = cache->named + smcf_packed_nbytes(n, width);
    uint64_t n_slots;

    if (!smc_unused_bits_are_zero(cache->named, n, width)) {
        return fail_at(cache, error, "unused bits of functions are not zero", end - 1);
    }
    if (!smc_is_zero(end, SMCF_GUARD_NBYTES)) {
        return fail_at(cache, error, "guard of FUNCTIONS is not zero", end);
    }
    if (width < 32 &&
        n > UINT32_C(1) << width) { /* found without a table, which would be many times as large */
        return fail_at(cache, error, twice, cache->named);
    }
    uint32_t *slots = smc_slots_new(n, &n_slots);
    if (slots == NULL) {
        return smc_fail(error, SMC_E_MEMORY, smc_status_text(SMC_E_MEMORY), 0);
    }
    smc_status status = check_each_named(cache, slots, n_slots, error);
    free(slots);
    return status;
}

/* ---- RUNS (spec 5.6) ---- */

static smc_status check_run_tokens(const smc_cache *cache, const struct smc_runs *runs,
                                   uint32_t block, struct smc_error *error)
{
    const uint32_t n_left = cache->n_tokens - block * SMCF_BLOCK_TOKENS;
    const unsigned n_tokens = n_left < SMCF_BLOCK_TOKENS ? n_left : SMCF_BLOCK_TOKENS;

    for (unsigned i = 1; i < runs->n; i++) {
        if (smc_run_token(runs, i) <= smc_run_token(runs, i - 1) ||
            smc_run_token(runs, i) >= n_tokens) {
            return fail_at(cache, error, "runs of a block do not ascend", runs->tokens);
        }
    }
    if (!smc_unused_bits_are_zero(runs->tokens, runs->n - 1, SMCF_RUN_TOKEN_WIDTH) ||
        !smc_unused_bits_are_zero(runs->functions, runs->n, runs->header->width)) {
        return fail_at(cache, error, "unused bits of runs are not zero", runs->tokens);
    }
    return SMC_OK;
}

static smc_status check_run_functions(const smc_cache *cache, const struct smc_runs *runs,
                                      struct smc_uses *uses, struct smc_error *error)
{
    uint64_t last = UINT64_MAX;
    int has_named = 0;

    for (unsigned i = 0; i < runs->n; i++) {
        const uint64_t function = smc_run_function(cache, runs, i);
        const char *reason = smc_use_function(cache, uses, function);
        if (reason != NULL) {
            return fail_at(cache, error, reason, runs->functions);
        }
        if (function == last) {
            return fail_at(cache, error, "two runs of one function", runs->functions);
        }
        has_named |= function != SMC_NONE && function >= cache->functions->n_nameless;
        last = function;
    }
    return has_named || runs->base == 0
               ? SMC_OK
               : fail_at(cache, error, "runs without a named function have a base", runs->header);
}

static smc_status check_runs(const smc_cache *cache, struct smc_uses *uses, struct smc_error *error)
{
    const struct smc_offsets *offsets = &cache->run_offsets;
    uint64_t end = 0;
    smc_status status = smc_check_offsets(cache, offsets, cache->runs_nbytes, error);

    for (uint32_t i = 0; status == SMC_OK && i < cache->n_blocks; i++) {
        struct smc_runs runs;
        if (smc_offsets_at(offsets, i) != end) {
            return fail_at(cache, error, "runs do not start where those before end",
                           cache->runs + end);
        }
        if (!smc_runs_open(cache, i, &runs)) {
            return fail_at(cache, error, "runs that cannot be read", cache->runs + end);
        }
        end = runs.end_off;
        status = check_run_tokens(cache, &runs, i, error);
        status = status == SMC_OK ? check_run_functions(cache, &runs, uses, error) : status;
    }
    if (status != SMC_OK) {
        return status;
    }
    if (smc_offsets_at(offsets, cache->n_blocks) != end || end != cache->runs_nbytes) {
        return fail_at(cache, error, "bytes after the last runs", cache->runs + end);
    }
    if (!smc_is_zero(cache->runs + end, SMCF_GUARD_NBYTES)) {
        return fail_at(cache, error, "guard of RUNS is not zero", cache->runs + end);
    }
    return uses->n_named > 0 || uses->nameless != 0
               ? SMC_OK
               : fail_at(cache, error, "RUNS without a function", cache->runs);
}

/* ---- all ---- */

smc_status smc_check_functions(const smc_cache *cache, struct smc_error *error)
{
    struct smc_uses uses = {0, 0};
    smc_status status = SMC_OK;

    if (cache->functions != NULL) {
        status = check_nameless(cache, error);
        status = status == SMC_OK ? check_named(cache, error) : status;
    }
    if (status == SMC_OK && cache->runs != NULL) {
        status = check_runs(cache, &uses, error);
    }
    status = status == SMC_OK ? smc_check_inlined(cache, &uses, error) : status;
    if (status != SMC_OK || cache->functions == NULL) {
        return status;
    }
    const uint32_t all_nameless = (UINT32_C(1) << cache->functions->n_nameless) - 1;
    return uses.n_named == n_named_of(cache) && uses.nameless == all_nameless &&
                   cache->n_functions > 0
               ? SMC_OK
               : fail_at(cache, error, "function that is not in use", cache->functions);
}
