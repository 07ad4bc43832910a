/*
 * The walk over a chain: each map is built and opened, its sources are asked for their maps one after
 * the other, and at last its tokens are led through what these have become.
 *
 * The sources that stay as they are come by in the order of the result, so that contents go into it at
 * once, and all that is kept of an inner map is its tokens and their names.
 */
#include "src/build/source_list.h"
#include "src/chain/compose.h"
#include "src/chain/smcache_chain.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Part of the recipe digest: to be raised whenever the same maps and options give other bytes. */
#define REVISION "smcache chain 1"

/* Range mappings may be split at so many tokens, for each token of all maps: one that is there for
 * each time a source is part of the generated file. */
#define SPLIT_RATIO_MAX 16
#define SPLIT_MIN 1048576

#define STAYS "the source stays as it is"

struct chain {
    struct smc_build_options options;
    smc_chain_loader loader;
    void *context;
    struct smc_report report; /* holds the first error */
    struct smc_source_list sources;
    struct smc_assembly out;
    XXH3_state_t recipe;
    uint64_t budget; /* see smc_composition */
    uint64_t n_maps, nbytes;
};

/* A map on the way to the current source. */
struct level {
    const struct level *above; /* NULL: it is the outer map */
    unsigned depth;            /* 0: likewise */
    const void *id;
    int is_ignored; /* so are all of its sources */
    XXH128_hash_t digest;
    smc_cache *cache;
    void *file; /* what the cache reads */
    smc_text *text;
    struct smc_info info;
    size_t first_source; /* in chain->sources */
    struct smc_chain_link *links;
};

/* ---- what went wrong ---- */

static smc_build_status fail(struct chain *c, smc_build_status status, const char *reason,
                             const void *map)
{
    smc_report_error(&c->report, status, reason, NULL, NULL);
    c->report.issue.map = map;
    return status;
}

static smc_build_status no_memory(struct chain *c)
{
    return fail(c, SMC_BUILD_E_MEMORY, "out of memory", NULL);
}

/* The files that are read are of our own making: only memory can be short. */
static smc_build_status check_read(struct chain *c, smc_status status)
{
    return status == SMC_OK ? SMC_BUILD_OK : no_memory(c);
}

struct warner {
    struct chain *chain;
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

/* About a map that is not used. */
static smc_build_status refuse_map(struct chain *c, const struct smc_build_issue *issue,
                                   const void *map)
{
    struct smc_build_issue about = *issue;

    about.map = map;
    if (c->options.strict) {
        c->report.issue = about;
        return about.status;
    }
    about.status = SMC_BUILD_OK;
    about.recovery = STAYS;
    if (c->options.warn != NULL) {
        c->options.warn(c->options.warn_context, &about);
    }
    return SMC_BUILD_OK;
}

/* ---- levels ---- */

/* A name's string, as long as it is in no token. */
static uint32_t *new_name_ids(uint32_t n)
{
    uint32_t *ids = malloc(((size_t)n + 1) * sizeof *ids);

    if (ids != NULL) {
        memset(ids, 0xff, ((size_t)n + 1) * sizeof *ids);
    }
    return ids;
}

static void level_close(struct level *level)
{
    if (level->links != NULL) {
        for (uint32_t i = 0; i < level->info.n_sources; i++) {
            smc_close(level->links[i].map);
            free(level->links[i].file);
            free(level->links[i].name_ids);
        }
    }
    free(level->links);
    smc_text_close(level->text);
    smc_close(level->cache);
    free(level->file);
}

/* Builds the map by itself, with names as they are and contents that can be viewed. What is not good
 * about it is in *issue, if it is no failure of the chain: then level->cache is NULL. */
static smc_build_status level_open(struct chain *c, struct level *level,
                                   const struct smc_chain_map *map, struct smc_build_issue *issue)
{
    struct smc_build_options options = c->options;
    struct warner warner = {c, level->id};
    size_t nbytes;

    options.sources = SMC_BUILD_SOURCES_RAW;
    options.clean_paths = options.strip_common_prefix = 0;
    options.n_replacements = options.n_strip_prefixes = 0;
    if (level->above != NULL) {
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
        return no_memory(c);
    }
    if (status != SMC_BUILD_OK) {
        return SMC_BUILD_OK;
    }
    smc_source_list_add_input(&c->sources, map->nbytes);
    level->first_source = c->sources.n;
    if (smc_open_memory(level->file, nbytes, &level->cache, NULL) != SMC_OK ||
        smc_text_open(level->cache, &level->text) != SMC_OK ||
        smc_info_get(level->cache, &level->info) != SMC_OK) {
        return no_memory(c);
    }
    level->links = calloc((size_t)level->info.n_sources + 1, sizeof *level->links);
    c->budget += (uint64_t)level->info.n_tokens * SPLIT_RATIO_MAX;
    return level->links == NULL ? no_memory(c) : SMC_BUILD_OK;
}

/* Leads the tokens of a level through the maps of its sources. */
static smc_build_status level_compose(struct chain *c, const struct level *level,
                                      struct smc_assembly *out)
{
    struct smc_composition composition = {level->cache, level->links,
                                          new_name_ids(level->info.n_names), out, &c->budget};
    const char *reason;

    if (composition.name_ids == NULL) {
        return no_memory(c);
    }
    out->strings.seed = level->digest.low64 ^ (uint64_t)(uintptr_t)c; /* shows in no file */
    smc_build_status status = smc_compose(&composition, &reason);
    free(composition.name_ids);
    return status == SMC_BUILD_E_LIMIT ? fail(c, status, reason, level->id)
           : status != SMC_BUILD_OK    ? no_memory(c)
                                       : SMC_BUILD_OK;
}

/* What the level above needs of an inner map: its tokens, of sources that are only counted. */
static smc_build_status level_finish(struct chain *c, const struct level *level,
                                     struct smc_chain_link *link)
{
    static const struct smc_source_entry unnamed = {SMCF_NONE, SMCF_NONE, 0, 0};
    struct smc_assembly out = {0};
    struct smc_info info;
    size_t nbytes;

    smc_contents_init(&out.contents, SMC_BUILD_SOURCES_NONE);
    for (size_t i = level->first_source; i < c->sources.n; i++) {
        smc_buf_append(&out.sources, &unnamed, sizeof unnamed);
    }
    smc_build_status status = out.sources.failed ? no_memory(c) : level_compose(c, level, &out);
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
    if (smc_open_memory(link->file, nbytes, &link->map, NULL) != SMC_OK ||
        smc_info_get(link->map, &info) != SMC_OK ||
        (link->name_ids = new_name_ids(info.n_names)) == NULL) {
        return no_memory(c);
    }
    return SMC_BUILD_OK;
}

/* ---- sources ---- */

/* A source that stays as it is. */
static smc_build_status add_leaf(struct chain *c, const struct smc_source *source,
                                 struct smc_view content)
{
    struct smc_contents *contents = &c->out.contents;
    const int has_content = content.ptr != NULL && c->options.sources != SMC_BUILD_SOURCES_NONE;
    const struct smc_new_source added = {(const uint8_t *)source->raw_name.ptr,
                                         source->raw_name.nbytes, source->name.ptr != NULL,
                                         (source->is_ignored ? (uint32_t)SMCF_SOURCE_IGNORED : 0) |
                                             (has_content ? (uint32_t)SMCF_SOURCE_HAS_CONTENT : 0),
                                         contents->n_lines};
    struct smc_buf *name = &c->sources.name;

    if (c->sources.n >= SMCF_NONE - 1) {
        return fail(c, SMC_BUILD_E_LIMIT, "too many sources", NULL);
    }
    name->nbytes = 0;
    smc_buf_append(name, source->name.ptr != NULL ? source->name.ptr : "", source->name.nbytes);
    c->sources.growth += source->raw_name.nbytes;
    switch (smc_source_list_add(&c->sources, &added)) {
    case SMC_BUILD_OK:
        break;
    case SMC_BUILD_E_LIMIT:
        return fail(c, SMC_BUILD_E_LIMIT, "the sources' names grow too large", NULL);
    default:
        return no_memory(c);
    }
    if (has_content) {
        smc_contents_add_bytes(contents, (const uint8_t *)content.ptr, content.nbytes,
                               added.has_name && smcf_is_css_name(name->data, name->nbytes));
    }
    return SMC_BUILD_OK;
}

static smc_build_status visit(struct chain *c, struct level *level);

/* Whether the bytes of a map are those of one on the way to it. */
static int is_circle(const struct level *level)
{
    for (const struct level *above = level->above; above != NULL; above = above->above) {
        if (XXH128_isEqual(above->digest, level->digest)) {
            return 1;
        }
    }
    return 0;
}

/* Why a map that has been found is not looked at; NULL if it is to be. */
static const char *reason_against(const struct level *level)
{
    if (level->depth > SMC_CHAIN_DEPTH_MAX) {
        return "the chain of maps is longer than 16";
    }
    return is_circle(level) ? "the map is one of those that lead to it" : NULL;
}

static void release(struct chain *c, const struct smc_chain_map *map)
{
    if (map->release != NULL) {
        map->release(c->context, map);
    }
}

/* Replaces a source by those of its map. Its link stays empty if the map is of no use. */
static smc_build_status add_map(struct chain *c, struct level *level,
                                const struct smc_chain_map *map, struct smc_chain_link *link)
{
    struct smc_build_issue issue = {.status = SMC_BUILD_E_MAP, .reason = reason_against(level)};
    smc_build_status status = SMC_BUILD_OK;

    if (++c->n_maps > SMC_CHAIN_MAPS_MAX || map->nbytes > SMC_CHAIN_NBYTES_MAX - c->nbytes) {
        status = fail(c, SMC_BUILD_E_LIMIT, "too many maps of sources", map->id);
    } else if (issue.reason == NULL) {
        c->nbytes += map->nbytes;
        status = level_open(c, level, map, &issue);
    }
    release(c, map);
    if (status == SMC_BUILD_OK) {
        if (level->cache == NULL) {
            return refuse_map(c, &issue, level->id);
        }
        status = visit(c, level);
    }
    return status == SMC_BUILD_OK ? level_finish(c, level, link) : status;
}

/* Asks for the map of a source. The answers decide what is in the file, each of them. */
static smc_chain_answer ask(struct chain *c, const struct level *level,
                            const struct smc_source *source, struct smc_view content,
                            struct smc_chain_map *map)
{
    const struct smc_chain_request request = {level->depth + 1, level->id, source->raw_name,
                                              source->name, content};
    smc_chain_answer answer = SMC_CHAIN_NONE;

    *map = (struct smc_chain_map){.json = NULL};
    if (source->raw_name.ptr != NULL || content.ptr != NULL) {
        answer = c->loader(c->context, &request, map);
    }
    const uint8_t numbers[] = {answer == SMC_CHAIN_MAP, map->is_data_url != 0};
    XXH3_128bits_update(&c->recipe, numbers, sizeof numbers);
    return answer;
}

static smc_build_status add_source(struct chain *c, const struct level *level, uint32_t index)
{
    struct smc_chain_link *link = &level->links[index];
    struct smc_view content = {NULL, 0};
    struct smc_source source;
    struct smc_chain_map map;

    smc_build_status status = check_read(c, smc_source_get(level->cache, index, &source));
    if (status == SMC_BUILD_OK && source.has_content) {
        status = check_read(c, smc_text_content(level->text, index, &content));
    }
    if (status != SMC_BUILD_OK) {
        return status;
    }
    link->first_source = (uint32_t)(c->sources.n - level->first_source);
    source.is_ignored |= (uint32_t)level->is_ignored;
    smc_chain_answer answer = ask(c, level, &source, content, &map);
    if (answer == SMC_CHAIN_MAP) {
        struct level inner = {.above = level,
                              .depth = level->depth + 1,
                              .id = map.id,
                              .is_ignored = source.is_ignored != 0,
                              .digest = XXH3_128bits(map.json, map.nbytes)};
        XXH128_canonical_t digest;
        XXH128_canonicalFromHash(&digest, inner.digest);
        XXH3_128bits_update(&c->recipe, &digest, sizeof digest);
        status = add_map(c, &inner, &map, link);
        level_close(&inner);
    } else if (answer != SMC_CHAIN_NONE) {
        status = fail(c, SMC_BUILD_E_LOADER, smc_build_status_text(SMC_BUILD_E_LOADER), level->id);
    }
    return status == SMC_BUILD_OK && link->map == NULL ? add_leaf(c, &source, content) : status;
}

/* Recurses with the chain, so to SMC_CHAIN_DEPTH_MAX at most. */
static smc_build_status visit(struct chain *c, struct level *level)
{
    smc_build_status status = SMC_BUILD_OK;

    for (uint32_t i = 0; i < level->info.n_sources && status == SMC_BUILD_OK; i++) {
        status = add_source(c, level, i);
    }
    return status;
}

/* ---- the whole ---- */

static uint32_t add_string(struct chain *c, struct smc_view text)
{
    return text.ptr == NULL
               ? SMCF_NONE
               : smc_strings_add(&c->out.strings, (const uint8_t *)text.ptr, text.nbytes);
}

/* The outer map, whose tokens and names make those of the file. */
static smc_build_status finish(struct chain *c, const struct level *outer)
{
    struct smcf_info *info = &c->out.info;
    XXH128_canonical_t recipe;

    smc_build_status status = level_compose(c, outer, &c->out);
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (smc_source_list_finish(&c->sources, &c->out.sources) != SMC_BUILD_OK) {
        return no_memory(c);
    }
    info->file = smcf_put32(add_string(c, outer->info.file));
    info->source_root = smcf_put32(add_string(c, outer->info.source_root));
    if (outer->info.has_debug_id) {
        info->flags = smcf_put32(SMCF_INFO_HAS_DEBUG_ID);
        memcpy(info->debug_id, outer->info.debug_id, sizeof info->debug_id);
    }
    XXH128_canonicalFromHash(&recipe, XXH3_128bits_digest(&c->recipe));
    memcpy(info->recipe_digest, &recipe, sizeof recipe);
    return smc_assembly_finish(&c->out, outer->info.input_digest, outer->info.input_nbytes,
                               &c->report);
}

static smc_build_status build_all(struct chain *c, const void *json, size_t nbytes)
{
    struct level outer = {.digest = XXH3_128bits(json, nbytes)};
    const struct smc_chain_map map = {.json = json, .nbytes = nbytes};

    smc_build_status status = level_open(c, &outer, &map, &c->report.issue);
    if (status == SMC_BUILD_OK && outer.cache == NULL) {
        status = c->report.issue.status;
    }
    if (status == SMC_BUILD_OK && smc_contents_init(&c->out.contents, c->options.sources) != 0) {
        status = no_memory(c);
    }
    if (status == SMC_BUILD_OK) {
        status = visit(c, &outer);
    }
    if (status == SMC_BUILD_OK) {
        status = finish(c, &outer);
    }
    level_close(&outer);
    return status;
}

static void chain_free(struct chain *c)
{
    smc_source_list_free(&c->sources);
    smc_assembly_free(&c->out);
    free(c);
}

/* Everything but the writing: *built is to be freed, and NULL on failure. */
static smc_build_status build_start(const void *json, size_t nbytes,
                                    const struct smc_build_options *options,
                                    smc_chain_loader loader, void *loader_context,
                                    struct chain **built, struct smc_build_issue *issue)
{
    struct chain *c = calloc(1, sizeof *c);
    struct smc_build_issue ignored;
    uint8_t recipe[16];

    *built = NULL;
    issue = issue != NULL ? issue : &ignored;
    if (c == NULL) {
        *issue = (struct smc_build_issue){.status = SMC_BUILD_E_MEMORY, .reason = "out of memory"};
        return SMC_BUILD_E_MEMORY;
    }
    smc_build_status status = smc_build_recipe(options, recipe);
    if (status != SMC_BUILD_OK) {
        *issue = (struct smc_build_issue){.status = status, .reason = "unknown option"};
        free(c);
        return status;
    }
    c->options =
        options != NULL ? *options : (struct smc_build_options){.struct_size = sizeof *options};
    c->loader = loader;
    c->context = loader_context;
    c->report = (struct smc_report){NULL, &c->options, {.reason = ""}};
    c->budget = SPLIT_MIN;
    smc_source_list_init(&c->sources, &c->options, &c->out.strings);
    c->sources.is_split_early = 1;
    XXH3_128bits_reset(&c->recipe);
    XXH3_128bits_update(&c->recipe, REVISION, sizeof REVISION);
    XXH3_128bits_update(&c->recipe, recipe, sizeof recipe);
    status = build_all(c, json, nbytes);
    *issue = c->report.issue;
    if (status != SMC_BUILD_OK) {
        chain_free(c);
        return status;
    }
    *built = c;
    return status;
}

smc_build_status smc_chain_build(const void *json, size_t nbytes,
                                 const struct smc_build_options *options, smc_chain_loader loader,
                                 void *loader_context, smc_build_sink sink, void *sink_context,
                                 struct smc_build_issue *issue)
{
    struct chain *c;
    smc_build_status status = build_start(json, nbytes, options, loader, loader_context, &c, issue);

    if (status == SMC_BUILD_OK) {
        status = smc_assembly_write(&c->out, sink, sink_context, issue);
        chain_free(c);
    }
    return status;
}

smc_build_status smc_chain_build_memory(const void *json, size_t nbytes,
                                        const struct smc_build_options *options,
                                        smc_chain_loader loader, void *loader_context, void **file,
                                        size_t *file_nbytes, struct smc_build_issue *issue)
{
    struct chain *c;
    smc_build_status status = build_start(json, nbytes, options, loader, loader_context, &c, issue);

    *file = NULL;
    *file_nbytes = 0;
    if (status == SMC_BUILD_OK) {
        status = smc_assembly_copy(&c->out, file, file_nbytes, issue);
        chain_free(c);
    }
    return status;
}
