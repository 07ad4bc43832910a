/*
 * A map of a chain by itself: built, opened, and at last led through the maps of its sources.
 */
#include "src/chain/level.h"

#include <stdlib.h>
#include <string.h>

smc_build_status smc_chain_fail(struct smc_chain *c, smc_build_status status, const char *reason,
                                const void *map)
{
    smc_report_error(&c->report, status, reason, NULL, NULL);
    c->report.issue.map = map;
    return status;
}

smc_build_status smc_chain_no_memory(struct smc_chain *c)
{
    return smc_chain_fail(c, SMC_BUILD_E_MEMORY, "out of memory", NULL);
}

struct warner {
    struct smc_chain *chain;
    const void *map;
};

static void pass_on(void *context, const struct smc_build_issue *issue)
{
    const struct warner *warner = context;
    const struct smc_build_options *options = &warner->chain->options;
    struct smc_build_issue of_map = *issue;

    of_map.map = warner->map;
    options->warn(options->warn_context, &of_map);
}

/* The generated file of an inner map (see smc_build_options). */
static int give_generated(void *context, const void **bytes, size_t *nbytes)
{
    const struct smc_level *level = context;

    *bytes = level->generated.ptr;
    *nbytes = level->generated.nbytes;
    return 0;
}

/* What names and functions are in the composed map, as long as they are in no token of it. */
static uint32_t *new_ids(uint32_t n)
{
    uint32_t *ids = malloc(((size_t)n + 1) * sizeof *ids);

    if (ids != NULL) {
        memset(ids, 0xff, ((size_t)n + 1) * sizeof *ids);
    }
    return ids;
}

void smc_level_close(struct smc_level *level)
{
    if (level->links != NULL) {
        for (uint32_t i = 0; i < level->info.n_sources; i++) {
            smc_close(level->links[i].map);
            free(level->links[i].file);
            free(level->links[i].name_ids);
            free(level->links[i].function_ids);
        }
    }
    free(level->links);
    smc_text_close(level->text);
    smc_close(level->cache);
    free(level->file);
    *level = (struct smc_level){0};
}

smc_build_status smc_level_open(struct smc_chain *c, struct smc_level *level,
                                const struct smc_chain_map *map, struct smc_build_issue *issue)
{
    struct smc_build_options options = c->options;
    struct warner warner = {c, level->id};
    size_t nbytes;

    options.sources = SMC_BUILD_SOURCES_RAW;
    options.clean_paths = options.strip_common_prefix = 0;
    options.n_replacements = options.n_strip_prefixes = 0;
    if (level->depth > 0) {
        options.load_generated = give_generated;
        options.generated_lost = NULL;
        options.generated_context = level;
        options.source_root = options.map_url = NULL;
        options.is_data_url = map->is_data_url;
    }
    if (options.warn != NULL) {
        options.warn = pass_on;
        options.warn_context = &warner;
    }
    smc_build_status status =
        smc_build_memory(map->json, map->nbytes, &options, &level->file, &nbytes, issue);
    if (status == SMC_BUILD_E_MEMORY) {
        return smc_chain_no_memory(c);
    }
    if (status != SMC_BUILD_OK) {
        return SMC_BUILD_OK;
    }
    smc_source_list_add_input(&c->sources, map->nbytes);
    level->first_source = c->sources.n;
    if (smc_open_memory(level->file, nbytes, 0, &level->cache, NULL) != SMC_OK ||
        smc_text_open(level->cache, &level->text) != SMC_OK ||
        smc_info_get(level->cache, &level->info) != SMC_OK) {
        return smc_chain_no_memory(c);
    }
    level->links = calloc((size_t)level->info.n_sources + 1, sizeof *level->links);
    c->budget += (uint64_t)level->info.n_tokens * SMC_CHAIN_SPLIT_RATIO_MAX;
    return level->links == NULL ? smc_chain_no_memory(c) : SMC_BUILD_OK;
}

smc_build_status smc_level_compose(struct smc_chain *c, const struct smc_level *level,
                                   struct smc_assembly *out)
{
    struct smc_composition composition = {.outer = level->cache,
                                          .links = level->links,
                                          .name_ids = new_ids(level->info.n_names),
                                          .function_ids = new_ids(level->info.n_functions),
                                          .keeps_names = c->options.chain_keeps_names,
                                          .out = out,
                                          .budget = &c->budget};
    const char *reason = NULL;
    smc_build_status status = SMC_BUILD_E_MEMORY;

    smc_assembly_seed(out, level->digest.low64 ^ (uint64_t)(uintptr_t)c);
    if (composition.name_ids != NULL && composition.function_ids != NULL) {
        status = smc_compose(&composition, &reason);
    }
    free(composition.name_ids);
    free(composition.function_ids);
    return status == SMC_BUILD_E_LIMIT ? smc_chain_fail(c, status, reason, level->id)
           : status != SMC_BUILD_OK    ? smc_chain_no_memory(c)
                                       : SMC_BUILD_OK;
}

smc_build_status smc_level_finish(struct smc_chain *c, const struct smc_level *level)
{
    static const struct smc_source_entry unnamed = {SMCF_NONE, SMCF_NONE, 0, 0, 0};
    struct smc_assembly out = {
        .info = {.file = smcf_put32(SMCF_NONE), .source_root = smcf_put32(SMCF_NONE)}};
    struct smc_chain_link *link = level->link;
    struct smc_info info;
    size_t nbytes;

    out.contents.mode = SMC_BUILD_SOURCES_NONE;
    for (size_t i = level->first_source; i < c->sources.n; i++) {
        smc_buf_append(&out.sources, &unnamed, sizeof unnamed);
    }
    smc_build_status status =
        out.sources.failed ? smc_chain_no_memory(c) : smc_level_compose(c, level, &out);
    if (status == SMC_BUILD_OK) {
        status = smc_assembly_finish(&out, level->info.input_digest, 0, &c->report);
    }
    if (status == SMC_BUILD_OK) {
        status = smc_assembly_copy(&out, &link->file, &nbytes, &c->report.issue);
    }
    smc_assembly_free(&out);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (smc_open_memory(link->file, nbytes, 0, &link->map, NULL) != SMC_OK ||
        smc_info_get(link->map, &info) != SMC_OK ||
        (link->name_ids = new_ids(info.n_names)) == NULL ||
        (link->function_ids = new_ids(info.n_functions)) == NULL) {
        return smc_chain_no_memory(c);
    }
    link->n_tokens = info.n_tokens;
    return SMC_BUILD_OK;
}
