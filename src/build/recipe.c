/*
 * The recipe digest (spec 3.5): what decides the bytes of a file beside the map.
 */
#include "src/build/smcache_build.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Part of the recipe digest: to be raised whenever the same map and options give other bytes. */
#define REVISION "smcache 6"

#define COMPRESSION_MAX 12 /* libdeflate's */

static int is_known(const struct smc_build_options *options)
{
    return options->struct_size == sizeof *options &&
           (unsigned)options->sources <= SMC_BUILD_SOURCES_NONE &&
           (unsigned)options->ranges <= SMC_BUILD_RANGES_BITMAP &&
           (unsigned)options->functions <= SMC_BUILD_FUNCTIONS_NONE &&
           options->compression <= COMPRESSION_MAX;
}

/* A string with its end, and whether it is there at all. */
static void hash_text(XXH3_state_t *state, const char *text)
{
    uint8_t is_there = text != NULL;
    XXH3_128bits_update(state, &is_there, 1);
    if (text != NULL) {
        XXH3_128bits_update(state, text, strlen(text) + 1);
    }
}

/* Which generated file has a say: none that is needed; none, though it would be; this one. */
static void hash_generated(XXH3_state_t *state, const struct smc_build_options *options,
                           int needs_generated)
{
    static const uint8_t no_id[16];
    const uint8_t has_say = options->functions == SMC_BUILD_FUNCTIONS_NONE || !needs_generated ? 0
                            : options->load_generated == NULL                                  ? 1
                                                                                               : 2;

    XXH3_128bits_update(state, &has_say, 1);
    if (has_say == 2) {
        XXH3_128bits_update(state, options->generated_id != NULL ? options->generated_id : no_id,
                            sizeof no_id);
    }
}

smc_build_status smc_build_recipe(const struct smc_build_options *options, int needs_generated,
                                  uint8_t recipe_digest[16])
{
    static const struct smc_build_options defaults = {.struct_size = sizeof defaults};
    XXH3_state_t state;
    XXH128_canonical_t digest;

    options = options != NULL ? options : &defaults;
    if (!is_known(options)) {
        return SMC_BUILD_E_OPTION;
    }
    /* A strict build that succeeds is the same as a lenient one, and so is one on several threads. */
    const uint8_t numbers[] = {(uint8_t)options->sources,         (uint8_t)options->ranges,
                               (uint8_t)options->functions,       options->clean_paths != 0,
                               options->strip_common_prefix != 0, options->chain_keeps_names != 0};
    const uint8_t compression = (uint8_t)options->compression;
    XXH3_128bits_reset(&state);
    hash_text(&state, REVISION);
    XXH3_128bits_update(&state, numbers, sizeof numbers);
    if (options->sources == SMC_BUILD_SOURCES_DEFLATE) {
        XXH3_128bits_update(&state, &compression, 1);
    }
    hash_generated(&state, options, needs_generated);
    hash_text(&state, options->source_root);
    hash_text(&state, options->map_url);
    for (size_t i = 0; i < options->n_replacements; i++) {
        hash_text(&state, options->replacements[i].from);
        hash_text(&state, options->replacements[i].to);
    }
    hash_text(&state, NULL);
    for (size_t i = 0; i < options->n_strip_prefixes; i++) {
        hash_text(&state, options->strip_prefixes[i]);
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
    memcpy(recipe_digest, digest.digest, sizeof digest.digest);
    return SMC_BUILD_OK;
}
