#include "tests/unit/chain_world.h"

struct world_map *world_add(struct world *world, const char *name, struct text json)
{
    assert_true(world->n < WORLD_MAPS_MAX);
    struct world_map *map = &world->maps[world->n++];
    *map = (struct world_map){.json = json};
    (void)snprintf(map->name, sizeof map->name, "%s", name);
    return map;
}

struct world_map *world_add_mappings(struct world *world, const char *name, const char *mappings,
                                     const char *members)
{
    return world_add(world, name, map_text(mappings, members));
}

void world_free(struct world *world)
{
    for (size_t i = 0; i < world->n; i++) {
        smc_close(world->maps[i].cache);
        file_free(&world->maps[i].plain);
        text_free(&world->maps[i].json);
    }
    *world = (struct world){0};
}

static struct world_map *find(struct world *world, struct smc_view name)
{
    for (size_t i = 1; i < world->n; i++) {
        if (view_is(name, world->maps[i].name)) {
            return &world->maps[i];
        }
    }
    return NULL;
}

static void released(void *context, const struct smc_chain_map *map)
{
    struct world *world = context;
    struct world_map *owner = map->owner;

    world->n_held--;
    owner->n_released++;
}

smc_chain_answer world_load(void *context, const struct smc_chain_request *request,
                            struct smc_chain_map *map)
{
    struct world *world = context;
    struct world_map *found = find(world, request->raw_name);

    world->n_requests++;
    world->max_depth = request->depth > world->max_depth ? request->depth : world->max_depth;
    if (world->has_error) {
        return SMC_CHAIN_ERROR;
    }
    if (found == NULL) {
        return SMC_CHAIN_NONE;
    }
    found->n_asked++;
    world->n_held++;
    *map = (struct smc_chain_map){.json = found->json.data,
                                  .nbytes = found->json.nbytes,
                                  .id = found,
                                  .release = released,
                                  .owner = found};
    return SMC_CHAIN_MAP;
}

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct world *world = context;

    world->warnings.n++;
    world->warnings.last = *issue;
    world->warned_of = issue->map;
}

smc_build_status try_chain(struct world *world, const struct smc_build_options *wanted,
                           struct file *file, struct smc_build_issue *issue)
{
    struct smc_build_options options = {.struct_size = sizeof options};
    void *bytes;

    options = wanted != NULL ? *wanted : options;
    options.chain_keeps_names = !world->drops_names;
    options.warn = note_warning;
    options.warn_context = world;
    world->warnings = (struct warnings){0};
    smc_build_status status =
        smc_chain_build_memory(world->maps[0].json.data, world->maps[0].json.nbytes, &options,
                               world_load, world, &bytes, &file->nbytes, issue);
    file->bytes = bytes;
    assert_true((status == SMC_BUILD_OK) == (bytes != NULL));
    assert_int_equal(world->n_held, 0);
    for (size_t i = 0; i < world->n; i++) {
        assert_int_equal(world->maps[i].n_asked, world->maps[i].n_released);
    }
    return status;
}

struct file build_chain(struct world *world, const struct smc_build_options *wanted)
{
    struct smc_build_issue issue = {.reason = ""};
    struct smc_error error = {SMC_OK, "", 0};
    struct file file;

    if (try_chain(world, wanted, &file, &issue) != SMC_BUILD_OK) {
        fail_msg("not built: %s (%s)", issue.reason, issue.key == NULL ? "" : issue.key);
    }
    if (world->warnings.n != 0) {
        fail_msg("warning: %s", world->warnings.last.reason);
    }
    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("verify refuses what was built: %s", error.reason);
    }
    return file;
}

/* ---- the oracle ---- */

static smc_cache *plain_of(struct world_map *map)
{
    if (map->cache == NULL) {
        map->plain = build_file(&map->json, SMC_BUILD_SOURCES_NONE);
        map->cache = open_file(&map->plain);
    }
    return map->cache;
}

static struct origin origin_of(const struct smc_token *token)
{
    struct origin origin = {0};

    if (token->source != SMC_NONE) {
        origin = (struct origin){1,
                                 token->source_text,
                                 token->name_text,
                                 token->source_line,
                                 token->source_column,
                                 (token->flags & SMC_TOKEN_IGNORED) != 0};
    }
    return origin;
}

struct origin world_lookup(struct world *world, size_t index, uint32_t line, uint32_t column)
{
    struct smc_token token;

    assert_int_equal(smc_lookup(plain_of(&world->maps[index]), line, column, 0, &token), SMC_OK);
    struct origin origin = origin_of(&token);
    const struct world_map *next = origin.is_mapped ? find(world, origin.source) : NULL;
    if (next != NULL) {
        struct origin inner =
            world_lookup(world, (size_t)(next - world->maps), origin.line, origin.column);
        if (!inner.is_mapped) {
            return inner;
        }
        if (inner.name.ptr == NULL && !world->drops_names) {
            inner.name = origin.name;
        }
        inner.is_ignored |= origin.is_ignored;
        return inner;
    }
    return origin;
}

struct origin chain_lookup(const smc_cache *cache, uint32_t line, uint32_t column)
{
    struct smc_token token;

    assert_int_equal(smc_lookup(cache, line, column, 0, &token), SMC_OK);
    if (token.source == SMC_NONE && token.index != SMC_NONE) {
        assert_int_equal(token.flags, 0);
    }
    return origin_of(&token);
}

static int same_view(struct smc_view a, struct smc_view b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && a.nbytes == b.nbytes &&
           (a.nbytes == 0 || memcmp(a.ptr, b.ptr, a.nbytes) == 0);
}

static void compare_at(struct world *world, const smc_cache *cache, uint32_t line, uint32_t column)
{
    struct origin found = chain_lookup(cache, line, column);
    struct origin wanted = world_lookup(world, 0, line, column);

    if (found.is_mapped != wanted.is_mapped || found.line != wanted.line ||
        found.column != wanted.column || found.is_ignored != wanted.is_ignored ||
        !same_view(found.source, wanted.source) || !same_view(found.name, wanted.name)) {
        fail_msg("%u:%u is %d %.*s:%u:%u (%.*s), and by hand %d %.*s:%u:%u (%.*s)", line, column,
                 found.is_mapped, (int)found.source.nbytes, found.source.ptr, found.line,
                 found.column, (int)found.name.nbytes, found.name.ptr, wanted.is_mapped,
                 (int)wanted.source.nbytes, wanted.source.ptr, wanted.line, wanted.column,
                 (int)wanted.name.nbytes, wanted.name.ptr);
    }
}

static void compare_tokens(struct world *world, const smc_cache *cache, const smc_cache *tokens)
{
    struct smc_token token;

    for (uint32_t i = 0; smc_token_at(tokens, i, &token) == SMC_OK; i++) {
        compare_at(world, cache, token.line, token.column);
        compare_at(world, cache, token.line, token.column + 1);
        compare_at(world, cache, token.line + 1, 0);
        if (token.column > 0) {
            compare_at(world, cache, token.line, token.column - 1);
        }
    }
}

void world_compare(struct world *world, const struct file *file, uint32_t n_lines,
                   uint32_t n_columns)
{
    smc_cache *cache = open_file(file);

    compare_tokens(world, cache, cache);
    compare_tokens(world, cache, plain_of(&world->maps[0]));
    for (uint32_t line = 0; line < n_lines; line++) {
        for (uint32_t column = 0; column < n_columns; column++) {
            compare_at(world, cache, line, column);
        }
    }
    smc_close(cache);
}
