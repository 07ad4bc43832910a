#include "tests/unit/stack_world.h"

#include "tests/unit/functions.h"

#define NOTHING (-1)

enum { SOURCE_A, SOURCE_LIB, SOURCE_NAMELESS };
enum { NAME_PAY, NAME_CB, NAME_HIDE, NAME_FIND };

/* ---- the map ---- */

static const struct {
    int column, source, name;
} tokens[] = {
    {0, SOURCE_A, NOTHING},         {10, SOURCE_A, NAME_PAY},   {20, SOURCE_A, NAME_CB},
    {30, NOTHING, NOTHING},         {40, SOURCE_LIB, NOTHING},  {50, SOURCE_A, NOTHING},
    {60, SOURCE_A, NOTHING},        {70, SOURCE_A, NOTHING},    {80, SOURCE_A, NAME_HIDE},
    {90, SOURCE_A, NOTHING},        {100, SOURCE_LIB, NOTHING}, {110, SOURCE_A, NAME_FIND},
    {120, SOURCE_NAMELESS, NOTHING}};

static void add_mappings(struct text *map)
{
    int64_t last[5] = {0};

    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        const int column = tokens[i].column;
        const int64_t to[5] = {column, tokens[i].source, column / 10, column % 7, tokens[i].name};
        const int n = to[1] == NOTHING ? 1 : to[4] == NOTHING ? 4 : 5;
        int64_t step[5];
        for (int k = 0; k < 5; k++) {
            step[k] = to[k] - last[k];
            last[k] = k < n ? to[k] : last[k];
        }
        text_puts(map, i > 0 ? "," : "");
        text_segment(map, n, step[0], step[1], step[2], step[3], step[4]);
    }
}

static void add_string(struct text *map, const char *text)
{
    text_json(map, text, strlen(text));
}

static struct text app_map(const struct world_texts *texts)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[");
    add_string(&map, texts->source);
    text_puts(&map, ",\"lib.ts\",null],\"names\":[\"pay\",");
    add_string(&map, texts->token);
    text_puts(&map, ",\"hide\",\"find\"],\"ignoreList\":[1],\"sourcesContent\":[\"");
    for (int i = 0; i < 13; i++) {
        text_puts(&map, "line ");
        text_number(&map, (uint64_t)i);
        text_puts(&map, " of a\\n");
    }
    text_puts(&map, "\",null,\"\"],\"mappings\":\"");
    add_mappings(&map);
    text_puts(&map, "\"}");
    return map;
}

static uint32_t add_site(struct smc_function_table *table, uint32_t source, uint32_t column,
                         uint32_t function, uint32_t next)
{
    const struct smc_call_site site = {source, 60, column, function, next};
    return smc_inlined_add_call_site(&table->inlined, &site);
}

static void add_functions(struct smc_function_table *table, const char *submit)
{
    const uint32_t none = SMCF_NONE;
    const uint32_t ids[] = {add_nameless(table, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_SCOPES),
                            add_named(table, submit, SMCF_NAME_ORIGINAL),
                            add_nameless(table, SMCF_FUNCTION_ANONYMOUS, SMCF_NAME_ORIGINAL),
                            none,
                            add_named(table, "lib.run", SMCF_NAME_FACEBOOK),
                            none,
                            add_named(table, "inner", SMCF_NAME_SCOPES),
                            add_named(table, "outlined", SMCF_NAME_SCOPES),
                            add_named(table, "caller", SMCF_NAME_SCOPES),
                            add_named(table, "last", SMCF_NAME_SCOPES),
                            none,
                            none,
                            add_named(table, "get Cart.total", SMCF_NAME_MINIFIED)};
    const uint32_t outer = add_named(table, "outer", SMCF_NAME_SCOPES);
    const uint32_t middle = add_named(table, "middle", SMCF_NAME_SCOPES);
    const uint32_t first = add_named(table, "first", SMCF_NAME_SCOPES);
    const uint32_t site_of_outer = add_site(table, SOURCE_LIB, 2, outer, none);
    const uint32_t site_of_middle = add_site(table, SOURCE_A, 1, middle, site_of_outer);
    const uint32_t site_of_first = add_site(table, SOURCE_A, 3, first, none);
    const struct smc_inlined_entry entries[] = {{0, 60, site_of_middle, none, 0},
                                                {0, 70, none, none, SMCF_INLINED_HIDDEN},
                                                {0, 80, none, none, 0},
                                                {0, 90, site_of_first, none, 0},
                                                {0, 100, none, none, 0}};

    for (uint32_t i = 0; i < COUNT_OF(ids); i++) {
        smc_function_table_run(table, i, ids[i]);
    }
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        smc_inlined_add(&table->inlined, &entries[i]);
    }
}

static struct file app_file(const struct world_texts *texts)
{
    struct smc_function_table table = {0};
    struct text map = app_map(texts);
    struct file plain = build_file(&map, SMC_BUILD_SOURCES_RAW);
    struct smc_error error = {SMC_OK, "", 0};

    add_functions(&table, texts->function);
    struct file file = file_with_functions(&plain, &table);
    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("%s", error.reason);
    }
    file_free(&plain);
    text_free(&map);
    return file;
}

/* ---- files ---- */

static void find(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    struct stack_world *world = context;

    assert_non_null(query->url.ptr);
    assert_true(answer->cache == NULL && answer->reason == 0 && answer->file == NULL);
    assert_true(world->n_asked < COUNT_OF(world->is_open));
    if (query->debug_id != NULL && world->n_asked < COUNT_OF(world->debug_ids)) {
        memcpy(world->debug_ids[world->n_asked], query->debug_id, 16);
    }
    answer->file = &world->is_open[world->n_asked++];
    *(int *)answer->file = 1;
    world->n_open++;
    world->n_open_max = world->n_open > world->n_open_max ? world->n_open : world->n_open_max;
    for (size_t i = 0; i < world->n_files; i++) {
        if (view_is(query->url, world->files[i].url)) {
            answer->cache = world->files[i].cache;
            answer->reason = world->files[i].reason;
            answer->rule = SMC_RULE_URL;
            answer->path = (struct smc_view){"app.js.map", 10};
        }
    }
}

/* Each once. */
static void release(void *context, const struct smc_file_answer *answer)
{
    struct stack_world *world = context;

    int *is_open = answer->file;

    assert_non_null(is_open);
    assert_int_equal(*is_open, 1);
    *is_open = 0;
    world->n_open--;
}

void stack_world_add(struct stack_world *world, const char *url, const smc_cache *cache,
                     uint32_t reason)
{
    assert_true(world->n_files < COUNT_OF(world->files));
    world->files[world->n_files++] = (struct world_file){url, cache, reason};
}

struct smc_symbolicator_options stack_world_options(struct stack_world *world)
{
    return (struct smc_symbolicator_options){.struct_size = sizeof(struct smc_symbolicator_options),
                                             .context = world,
                                             .find = find,
                                             .release = release};
}

void stack_world_reopen(struct stack_world *world, struct smc_symbolicator_options wanted)
{
    struct smc_symbolicator_options options = stack_world_options(world);

    smc_symbolicator_close(world->symbolicator);
    assert_int_equal(world->n_open, 0);
    options.max_files = wanted.max_files;
    options.max_texts = wanted.max_texts;
    options.lookup_flags = wanted.lookup_flags;
    assert_int_equal(smc_symbolicator_open(&options, &world->symbolicator), SMC_OK);
}

void stack_world_open(struct stack_world *world, const struct world_texts *texts)
{
    static const struct world_texts usual = {"a.ts", "Checkout.submit", "cb"};
    struct world_texts filled = texts == NULL ? usual : *texts;

    filled.source = filled.source == NULL ? usual.source : filled.source;
    filled.function = filled.function == NULL ? usual.function : filled.function;
    filled.token = filled.token == NULL ? usual.token : filled.token;
    *world = (struct stack_world){.app = app_file(&filled)};
    world->hermes = build_mappings(
        "AAAA,oBACA,MACA;UACA",
        "\"sources\":[\"h.ts\"],\"x_hermes_function_offsets\":{\"0\":[0,20],\"1\":[0]}");
    world->app_cache = open_file(&world->app);
    world->hermes_cache = open_file(&world->hermes);
    stack_world_add(world, "app.js", world->app_cache, SMC_REASON_NONE);
    stack_world_add(world, "https://example.com/app.js", world->app_cache, SMC_REASON_NONE);
    stack_world_add(world, "hermes.bundle", world->hermes_cache, SMC_REASON_NONE);
    for (uint32_t reason = SMC_REASON_MISSING_SOURCE; reason <= SMC_REASON_MALFORMED_SOURCEMAP;
         reason++) {
        stack_world_add(world, smc_reason_text(reason), NULL, reason);
    }
    stack_world_reopen(world, (struct smc_symbolicator_options){0});
}

void stack_world_close(struct stack_world *world)
{
    smc_symbolicator_close(world->symbolicator);
    assert_int_equal(world->n_open, 0);
    smc_close(world->app_cache);
    smc_close(world->hermes_cache);
    file_free(&world->app);
    file_free(&world->hermes);
}
