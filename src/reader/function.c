/*
 * From a token to its function (spec 5.6), and functions with their names (spec 5.7).
 */
#include "src/reader/functions.h"
#include "src/reader/strings.h"

int smc_runs_open(const smc_cache *cache, uint32_t index, struct smc_runs *runs)
{
    const uint64_t off = smc_offset_at(&cache->run_offsets, index);
    const uint64_t limit = cache->runs_nbytes;

    if (off > limit || limit - off < sizeof *runs->header) {
        return 0;
    }
    const struct smcf_runs *header = (const void *)(cache->runs + off);
    if (header->last_run >= SMCF_BLOCK_TOKENS || header->width > SMCF_RUN_FUNCTION_WIDTH_MAX) {
        return 0;
    }
    /* These sums cannot wrap around: runs take a few hundred bytes at the most. */
    const uint64_t tokens_nbytes = smcf_packed_nbytes(header->last_run, SMCF_RUN_TOKEN_WIDTH);
    runs->header = header;
    runs->n = header->last_run + 1U;
    runs->base = smcf_get24(header->base);
    runs->tokens = (const uint8_t *)header + sizeof *header;
    runs->functions = runs->tokens + tokens_nbytes;
    runs->end_off =
        off + sizeof *header + tokens_nbytes + smcf_packed_nbytes(runs->n, header->width);
    return runs->end_off <= limit;
}

uint64_t smc_run_function(const smc_cache *cache, const struct smc_runs *runs, unsigned i)
{
    const unsigned n_nameless = cache->functions == NULL ? 0 : cache->functions->n_nameless;
    const uint64_t value =
        smc_bits(runs->functions, (uint64_t)i * runs->header->width, runs->header->width);
    const uint64_t function = value - 1 + (value > n_nameless ? runs->base : 0);

    return value == 0 ? SMC_NONE : function < cache->n_functions ? function : UINT64_MAX;
}

/* The last run that begins at or before a token of the block. If they do not ascend, some run. */
static unsigned find_run(const struct smc_runs *runs, unsigned token)
{
    unsigned low = 0,
             high = runs->n; /* runs up to `low` begin early enough, those from `high` on do not */

    while (high - low > 1) {
        const unsigned middle = (low + high) / 2;
        if (smc_run_token(runs, middle) <= token) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

struct smc_named smc_named_get(const smc_cache *cache, uint32_t i)
{
    const struct smcf_functions *header = cache->functions;
    const uint64_t bit = (uint64_t)i * smcf_function_width(header);
    const uint64_t form_bit = bit + header->last_width + header->qualifier_width;
    const uint64_t form = smc_bits_from(cache->named, form_bit);
    struct smc_named named;

    named.last = (uint32_t)smc_bits(cache->named, bit, header->last_width);
    named.qualifier =
        (uint32_t)smc_bits(cache->named, bit + header->last_width, header->qualifier_width);
    named.origin = (unsigned)smc_lowest(form, SMCF_ORIGIN_WIDTH, 0);
    named.prefix = (unsigned)smc_lowest(form >> SMCF_ORIGIN_WIDTH, SMCF_PREFIX_WIDTH, 0);
    named.joint =
        (unsigned)smc_lowest(form >> (SMCF_ORIGIN_WIDTH + SMCF_PREFIX_WIDTH), SMCF_JOINT_WIDTH, 0);
    return named;
}

static int is_origin(unsigned origin)
{
    return origin >= SMCF_NAME_SCOPES && origin <= SMCF_NAME_MINIFIED_TEXT;
}

/* A view of a static text; NULL of an empty one. */
static struct smc_view static_view(const char *text)
{
    return *text == '\0' ? (struct smc_view){NULL, 0} : (struct smc_view){text, strlen(text)};
}

static void no_function(struct smc_function *function)
{
    memset(function, 0, sizeof *function);
    function->index = SMC_NONE;
}

/* 0 where the file is damaged; some of *function is set then. */
static int get_nameless(const smc_cache *cache, uint32_t i, struct smc_function *function)
{
    const unsigned byte = cache->functions->nameless[i];

    function->kind = byte & ((1U << SMCF_KIND_WIDTH) - 1);
    function->origin = byte >> SMCF_KIND_WIDTH;
    return function->kind != SMC_FUNCTION_UNKNOWN && function->kind != SMC_FUNCTION_NAMED &&
           is_origin(function->origin);
}

static int get_named(const smc_cache *cache, uint32_t i, struct smc_function *function)
{
    const struct smc_named named = smc_named_get(cache, i);
    const char *prefix = smcf_prefix_text(named.prefix), *joint = smcf_joint_text(named.joint);

    if (!is_origin(named.origin) || prefix == NULL || joint == NULL ||
        named.last >= cache->n_strings || named.qualifier > cache->n_strings) {
        return 0;
    }
    function->kind = SMC_FUNCTION_NAMED;
    function->origin = named.origin;
    function->prefix = static_view(prefix);
    function->joint = static_view(joint);
    return smc_string_view(cache, named.last, &function->last, 0) &&
           (named.qualifier == 0 ||
            smc_string_view(cache, named.qualifier - 1, &function->qualifier, 0));
}

smc_status smc_function_get(const smc_cache *cache, uint32_t index, struct smc_function *function)
{
    no_function(function);
    if (index >= cache->n_functions) {
        return SMC_E_RANGE;
    }
    const unsigned n_nameless = cache->functions->n_nameless;
    if (!(index < n_nameless ? get_nameless(cache, index, function)
                             : get_named(cache, index - n_nameless, function))) {
        no_function(function);
        return SMC_E_DAMAGED;
    }
    function->index = index;
    return SMC_OK;
}

smc_status smc_token_function(const smc_cache *cache, uint32_t token_index,
                              struct smc_function *function)
{
    struct smc_runs runs;

    no_function(function);
    if (token_index == SMC_NONE) {
        return SMC_OK;
    }
    if (token_index >= cache->n_tokens) {
        return SMC_E_RANGE;
    }
    if (cache->runs == NULL) {
        return SMC_OK;
    }
    if (!smc_runs_open(cache, token_index / SMCF_BLOCK_TOKENS, &runs)) {
        return SMC_E_DAMAGED;
    }
    const uint64_t index =
        smc_run_function(cache, &runs, find_run(&runs, token_index % SMCF_BLOCK_TOKENS));
    if (index == SMC_NONE) {
        return SMC_OK;
    }
    return index == UINT64_MAX ? SMC_E_DAMAGED : smc_function_get(cache, (uint32_t)index, function);
}

size_t smc_function_name(const struct smc_function *function, char *buffer, size_t nbytes)
{
    const struct smc_view pieces[] = {function->prefix, function->qualifier, function->joint,
                                      function->last};
    size_t length = 0;

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        const size_t room = length < nbytes ? nbytes - length : 0;
        const size_t n = pieces[i].nbytes < room ? pieces[i].nbytes : room;
        if (n > 0) {
            memcpy(buffer + length, pieces[i].ptr, n);
        }
        length += pieces[i].nbytes;
    }
    return length;
}
