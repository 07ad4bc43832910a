/*
 * The walk over a chain: each map is built and opened, its sources are asked for their maps one after
 * the other, and at last its tokens are led through what these have become.
 *
 * The sources that stay as they are come by in the order of the result, so that contents go into it at
 * once, and all that is kept of an inner map is its tokens and their names.
 */
#include "src/chain/level.h"

#include <stdlib.h>
#include <string.h>

/* Part of the recipe digest: to be raised whenever the same maps and options give other bytes. */
#define REVISION "smcache chain 2"

/* The files that are read are of our own making: only memory can be short. */
static smc_build_status check_read(struct smc_chain *c, smc_status status)
{
    return status == SMC_OK ? SMC_BUILD_OK : smc_chain_no_memory(c);
}

static void note_in_recipe(struct smc_chain *c, const void *bytes, size_t nbytes)
{
    XXH3_state_t state;

    XXH3_128bits_reset(&state);
    XXH3_128bits_update(&state, &c->recipe, sizeof c->recipe);
    XXH3_128bits_update(&state, bytes, nbytes);
    XXH128_canonicalFromHash(&c->recipe, XXH3_128bits_digest(&state));
}

/* About a map that is not used. */
static smc_build_status refuse_map(struct smc_chain *c, const struct smc_build_issue *issue,
                                   const void *map)
{
    struct smc_build_issue about = *issue;

    about.map = map;
    if (c->options.strict) {
        c->report.issue = about;
        return about.status;
    }
    about.status = SMC_BUILD_OK;
    about.recovery = "the source stays as it is";
    if (c->options.warn != NULL) {
        c->options.warn(c->options.warn_context, &about);
    }
    return SMC_BUILD_OK;
}

/* ---- sources ---- */

/* A source that stays as it is. */
static smc_build_status add_leaf(struct smc_chain *c, const struct smc_source *source,
                                 struct smc_view content)
{
    struct smc_contents *contents = &c->out.contents;
    const int has_content = content.ptr != NULL && c->options.sources != SMC_BUILD_SOURCES_NONE;
    const struct smc_new_source added = {(const uint8_t *)source->raw_name.ptr,
                                         source->raw_name.nbytes,
                                         source->name.ptr != NULL,
                                         (source->is_ignored ? (uint32_t)SMCF_SOURCE_IGNORED : 0) |
                                             (has_content ? (uint32_t)SMCF_SOURCE_HAS_CONTENT : 0),
                                         contents->lines.n_lines,
                                         contents->stream_nbytes};
    struct smc_buf *name = &c->sources.name;

    if (c->sources.n >= SMCF_NONE - 1) {
        return smc_chain_fail(c, SMC_BUILD_E_LIMIT, "too many sources", NULL);
    }
    name->nbytes = 0;
    smc_buf_append(name, source->name.ptr != NULL ? source->name.ptr : "", source->name.nbytes);
    c->sources.growth += source->raw_name.nbytes;
    switch (smc_source_list_add(&c->sources, &added)) {
    case SMC_BUILD_OK:
        break;
    case SMC_BUILD_E_LIMIT:
        return smc_chain_fail(c, SMC_BUILD_E_LIMIT, "the sources' names grow too large", NULL);
    default:
        return smc_chain_no_memory(c);
    }
    if (has_content) {
        smc_contents_add_bytes(contents, (const uint8_t *)content.ptr, content.nbytes,
                               added.has_name && smcf_is_css_name(name->data, name->nbytes));
    }
    return SMC_BUILD_OK;
}

/* Whether the bytes of a map are those of one on the way to it. */
static int is_cycle(const struct smc_chain *c, XXH128_hash_t digest)
{
    for (unsigned i = 0; i <= c->depth; i++) {
        if (XXH128_isEqual(c->levels[i].digest, digest)) {
            return 1;
        }
    }
    return 0;
}

/* Opens a map that has been found, unless there is something against it: that is in *issue then, and
 * level->cache is NULL. */
static smc_build_status open_map(struct smc_chain *c, struct smc_level *level,
                                 const struct smc_chain_map *map, struct smc_build_issue *issue)
{
    XXH128_canonical_t digest;

    if (++c->n_maps > SMC_CHAIN_MAPS_MAX || map->nbytes > SMC_CHAIN_NBYTES_MAX - c->nbytes) {
        return smc_chain_fail(c, SMC_BUILD_E_LIMIT, "too many maps of sources", map->id);
    }
    c->nbytes += map->nbytes;
    level->digest = XXH3_128bits(map->json, map->nbytes);
    XXH128_canonicalFromHash(&digest, level->digest);
    note_in_recipe(c, &digest, sizeof digest);
    if (level->depth > SMC_CHAIN_DEPTH_MAX) {
        issue->reason = "the chain of maps is too long";
    } else if (is_cycle(c, level->digest)) {
        issue->reason = "the map is one of those that lead to it";
    } else {
        const smc_build_status status = smc_level_open(c, level, map, issue);
        if (level->depth == 0 && level->cache != NULL) { /* whether the generated file had a say */
            note_in_recipe(c, level->info.recipe_digest, sizeof level->info.recipe_digest);
        }
        return status;
    }
    issue->status = SMC_BUILD_E_MAP;
    return SMC_BUILD_OK;
}

/* Goes down into the map of a source of the last level, unless it is of no use. `content`: of that source. */
static smc_build_status enter_map(struct smc_chain *c, int is_ignored, struct smc_view content,
                                  const struct smc_chain_map *map, struct smc_chain_link *link)
{
    struct smc_level level = {.depth = c->depth + 1,
                              .id = map->id,
                              .link = link,
                              .is_ignored = is_ignored,
                              .generated = content};
    struct smc_build_issue issue = {.reason = ""};
    smc_build_status status = open_map(c, &level, map, &issue);

    if (map->release != NULL) {
        map->release(c->context, map);
    }
    if (status != SMC_BUILD_OK) {
        smc_level_close(&level);
        return status;
    }
    if (level.cache == NULL) {
        return refuse_map(c, &issue, map->id);
    }
    c->levels[++c->depth] = level;
    return SMC_BUILD_OK;
}

/* Asks for the map of a source. The answers decide what is in the file, each of them. */
static smc_chain_answer ask(struct smc_chain *c, const struct smc_level *level,
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
    note_in_recipe(c, numbers, sizeof numbers);
    return answer;
}

/* Looks at a source: it stays as it is, or the walk goes on in its map. */
static smc_build_status add_source(struct smc_chain *c, const struct smc_level *level,
                                   uint32_t index)
{
    struct smc_chain_link *link = &level->links[index];
    const unsigned depth = c->depth;
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
        status = enter_map(c, source.is_ignored != 0, content, &map, link);
    } else if (answer != SMC_CHAIN_NONE) {
        status = smc_chain_fail(c, SMC_BUILD_E_LOADER, smc_build_status_text(SMC_BUILD_E_LOADER),
                                level->id);
    }
    return status == SMC_BUILD_OK && c->depth == depth ? add_leaf(c, &source, content) : status;
}

/* From the outer map, which is open, down to all sources. */
static smc_build_status walk(struct smc_chain *c)
{
    smc_build_status status = SMC_BUILD_OK;

    while (status == SMC_BUILD_OK) {
        struct smc_level *level = &c->levels[c->depth];
        if (level->next < level->info.n_sources) {
            status = add_source(c, level, level->next++);
        } else if (c->depth == 0) {
            break;
        } else {
            status = smc_level_finish(c, level);
            smc_level_close(level);
            c->depth--;
        }
    }
    return status;
}

/* ---- the whole ---- */

static uint32_t add_string(struct smc_chain *c, struct smc_view text)
{
    return text.ptr == NULL
               ? SMCF_NONE
               : smc_strings_add(&c->out.strings, (const uint8_t *)text.ptr, text.nbytes);
}

/* A section of the outer map as it is; empty if it has none. */
static void take_section(const struct smc_level *outer, uint32_t id, struct smc_buf *bytes)
{
    struct smc_section_info section;

    for (uint32_t i = 0; smc_section_get(outer->cache, i, &section) == SMC_OK; i++) {
        if (section.id == id) {
            smc_buf_append(bytes, (const uint8_t *)outer->file + section.offset,
                           (size_t)section.nbytes);
        }
    }
}

/* What it says of bytecode speaks of generated positions, which chains leave as they are. */
static smc_build_status take_bytecode(struct smc_chain *c, const struct smc_level *outer)
{
    struct smc_bytecode *bytecode = &c->out.bytecode;

    take_section(outer, SMCF_SECTION_BYTECODE_SEGMENTS, &bytecode->segments);
    take_section(outer, SMCF_SECTION_BYTECODE_OFFSETS, &bytecode->offsets);
    return bytecode->segments.failed || bytecode->offsets.failed ? smc_chain_no_memory(c)
                                                                 : SMC_BUILD_OK;
}

/* The outer map, whose tokens and names make those of the file. */
static smc_build_status finish(struct smc_chain *c, const struct smc_level *outer)
{
    struct smcf_info *info = &c->out.info;

    smc_build_status status = smc_level_compose(c, outer, &c->out);
    if (status == SMC_BUILD_OK) {
        status = take_bytecode(c, outer);
    }
    if (status != SMC_BUILD_OK) {
        return status;
    }
    if (smc_contents_finish(&c->out.contents) != 0 ||
        smc_source_list_finish(&c->sources, &c->out.sources) != SMC_BUILD_OK) {
        return smc_chain_no_memory(c);
    }
    info->file = smcf_put32(add_string(c, outer->info.file));
    info->source_root = smcf_put32(add_string(c, outer->info.source_root));
    if (outer->info.has_debug_id) {
        info->flags = smcf_put32(SMCF_INFO_HAS_DEBUG_ID);
        memcpy(info->debug_id, outer->info.debug_id, sizeof info->debug_id);
    }
    memcpy(info->recipe_digest, &c->recipe, sizeof c->recipe);
    return smc_assembly_finish(&c->out, outer->info.input_digest, outer->info.input_nbytes,
                               &c->report);
}

static smc_build_status build_all(struct smc_chain *c, const void *json, size_t nbytes)
{
    const struct smc_chain_map map = {.json = json, .nbytes = nbytes};
    struct smc_level *outer = &c->levels[0];

    outer->digest = XXH3_128bits(json, nbytes);
    smc_build_status status = smc_level_open(c, outer, &map, &c->report.issue);
    if (status == SMC_BUILD_OK && outer->cache == NULL) {
        status = c->report.issue.status;
    }
    /* How long the contents are nobody knows before all maps are read. */
    const unsigned n_threads = c->options.n_threads;
    if (status == SMC_BUILD_OK && smc_contents_init(&c->out.contents, &c->options, 0,
                                                    n_threads > 1 ? n_threads - 1 : 0) != 0) {
        status = smc_chain_no_memory(c);
    }
    if (status == SMC_BUILD_OK) {
        status = walk(c);
    }
    if (status == SMC_BUILD_OK) {
        status = finish(c, outer);
    }
    for (unsigned i = 0; i <= c->depth; i++) {
        smc_level_close(&c->levels[i]);
    }
    return status;
}

static void chain_free(struct smc_chain *c)
{
    smc_source_list_free(&c->sources);
    smc_assembly_free(&c->out);
    free(c);
}

/* Everything but the writing: *built is to be freed, and NULL on failure. */
static smc_build_status build_start(const void *json, size_t nbytes,
                                    const struct smc_build_options *options,
                                    smc_chain_loader loader, void *loader_context,
                                    struct smc_chain **built, struct smc_build_issue *issue)
{
    struct smc_chain *c = smc_new(sizeof *c, _Alignof(struct smc_chain));
    struct smc_build_issue ignored = {0};

    *built = NULL;
    issue = issue != NULL ? issue : &ignored;
    if (c == NULL) {
        *issue = (struct smc_build_issue){.status = SMC_BUILD_E_MEMORY, .reason = "out of memory"};
        return SMC_BUILD_E_MEMORY;
    }
    smc_build_status status = smc_build_recipe(options, 0, c->recipe.digest);
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
    c->budget = SMC_CHAIN_SPLIT_MIN;
    smc_source_list_init(&c->sources, &c->options, &c->out.strings);
    c->sources.is_split_early = 1;
    note_in_recipe(c, REVISION, sizeof REVISION);
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
    struct smc_chain *c;
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
    struct smc_chain *c;
    smc_build_status status = build_start(json, nbytes, options, loader, loader_context, &c, issue);

    *file = NULL;
    *file_nbytes = 0;
    if (status == SMC_BUILD_OK) {
        status = smc_assembly_copy(&c->out, file, file_nbytes, issue);
        chain_free(c);
    }
    return status;
}
