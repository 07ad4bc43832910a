#include "tests/unit/rewriting.h"

#include "src/base/debug_id.h"
#include "tests/unit/functions.h"

/* ---- the world ---- */

static const char app_source[] = "function alpha() {\\n  beta();\\n}\\n"
                                 "function beta() {\\n  throw new Error('x');\\n}\\nalpha();\\n";

static struct text app_map(const char *more)
{
    static const int tokens[][5] = {
        /* generated column, source, line, column; 1 field if source < 0 */
        {0, 0, 0, 0},  {10, 0, 0, 14}, {20, 0, 1, 2},  {30, 0, 3, 13},
        {40, 0, 4, 8}, {50, 0, 6, 0},  {60, 1, 0, 25}, {70, -1, 0, 0}};
    struct text mappings = {0}, members = {0};
    int last[4] = {0};

    for (size_t i = 0; i < COUNT_OF(tokens); i++) {
        const int *token = tokens[i];
        text_puts(&mappings, i > 0 ? "," : "");
        if (token[1] < 0) {
            text_segment(&mappings, 1, token[0] - last[0], 0, 0, 0, 0);
            continue;
        }
        text_segment(&mappings, 4, token[0] - last[0], token[1] - last[1], token[2] - last[2],
                     token[3] - last[3], 0);
        memcpy(last, token, sizeof last);
    }
    text_puts(&mappings, ";");
    text_segment(&mappings, 4, 0, -1, 4, 2 - 25, 0);
    text_puts(&mappings, ",");
    text_segment(&mappings, 4, 9, 0, 0, 6, 0);
    text_puts(&members, "\"sources\":[\"src/app.ts\",\"node_modules/lib/x.js\"],\"names\":[],"
                        "\"ignoreList\":[1],\"sourcesContent\":[\"");
    text_puts(&members, app_source);
    text_puts(&members, "\",\"export function lib(f) { f(); }\\n\"]");
    text_puts(&members, more);
    struct text map = map_text(mappings.data, members.data);
    text_free(&mappings);
    text_free(&members);
    return map;
}

static struct file app_file(const char *more)
{
    const struct smc_build_options options = {.struct_size = sizeof options};
    struct text map = app_map(more);
    struct file file;

    assert_int_equal(try_build_with(&map, &options, &file, NULL, NULL), SMC_BUILD_OK);
    text_free(&map);
    return file;
}

static struct file inlined_file(void)
{
    struct text map = app_map("");
    struct file plain = build_file(&map, SMC_BUILD_SOURCES_RAW);
    struct smc_function_table table = {0};

    const uint32_t alpha = add_named(&table, "alpha", SMCF_NAME_SCOPES);
    const uint32_t beta = add_named(&table, "beta", SMCF_NAME_SCOPES);
    const struct smc_call_site site = {0, 1, 2, alpha, SMCF_NONE};
    const uint32_t call = smc_inlined_add_call_site(&table.inlined, &site);
    for (uint32_t token = 0; token < 8; token++) {
        smc_function_table_run(&table, token, token == 4 ? beta : alpha);
    }
    const struct smc_inlined_entry entries[] = {{0, 40, call, SMCF_NONE, 0},
                                                {0, 50, SMCF_NONE, SMCF_NONE, 0}};
    smc_inlined_add(&table.inlined, &entries[0]);
    smc_inlined_add(&table.inlined, &entries[1]);
    struct file file = file_with_functions(&plain, &table);
    file_free(&plain);
    text_free(&map);
    return file;
}

static int ends_with(struct smc_view text, const char *end)
{
    const size_t nbytes = strlen(end);
    return text.nbytes >= nbytes && memcmp(text.ptr + text.nbytes - nbytes, end, nbytes) == 0;
}

static void find(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    struct rewriting_world *world = context;
    uint8_t id[SMC_DEBUG_ID_NBYTES];

    assert_int_equal(smc_debug_id_parse(APP_DEBUG_ID, strlen(APP_DEBUG_ID), 0, id), 0);
    answer->rule = SMC_RULE_URL;
    if (query->debug_id != NULL && memcmp(query->debug_id, id, sizeof id) == 0) {
        world->n_found_by_id++;
        answer->cache = world->app_cache;
        answer->rule = SMC_RULE_DEBUG_ID;
    } else if (ends_with(query->url, "app.js")) {
        answer->cache = world->app_cache;
    } else if (ends_with(query->url, "inlined.js")) {
        answer->cache = world->inlined_cache;
    } else if (ends_with(query->url, "index.bundle")) {
        answer->cache = world->bundle_cache;
    } else {
        answer->rule = SMC_RULE_NONE;
        answer->reason = ends_with(query->url, "nomap.js") ? SMC_REASON_MISSING_SOURCEMAP
                                                           : SMC_REASON_MISSING_SOURCE;
    }
}

void rewriting_world_open(struct rewriting_world *world)
{
    *world = (struct rewriting_world){
        .app = app_file(""),
        .inlined = inlined_file(),
        .bundle = app_file(",\"x_hermes_function_offsets\":{\"0\":[10,30],\"1\":[0]}")};

    world->app_cache = open_file(&world->app);
    world->inlined_cache = open_file(&world->inlined);
    world->bundle_cache = open_file(&world->bundle);
    rewriting_world_start(world);
}

void rewriting_world_start(struct rewriting_world *world)
{
    const struct smc_symbolicator_options options = {
        .struct_size = sizeof options, .context = world, .find = find};

    assert_int_equal(smc_symbolicator_open(&options, &world->symbolicator), SMC_OK);
}

void rewriting_world_close(struct rewriting_world *world)
{
    smc_symbolicator_close(world->symbolicator);
    smc_close(world->app_cache);
    smc_close(world->inlined_cache);
    smc_close(world->bundle_cache);
    file_free(&world->app);
    file_free(&world->inlined);
    file_free(&world->bundle);
}

/* ---- rewriting ---- */

static int add_output(void *context, const void *bytes, size_t nbytes)
{
    text_add(context, bytes, nbytes);
    return 0;
}

typedef smc_rewrite_status (*eat)(smc_rewriter *rewriter, const void *bytes, size_t nbytes,
                                  struct smc_rewrite_error *error);

/* Feeds each piece, in memory of its own. */
static smc_rewrite_status feed_all(eat feed, smc_rewriter *rewriter, struct rewriting *rewriting,
                                   const char *input, size_t nbytes)
{
    const int is_bytewise = rewriting->n_cuts > 0 && rewriting->cuts[0] == SIZE_MAX;
    const size_t n_cuts = is_bytewise ? nbytes : rewriting->n_cuts;
    smc_rewrite_status first = SMC_REWRITE_OK;
    size_t from = 0;

    for (size_t i = 0; i <= n_cuts; i++) {
        const size_t to = i == n_cuts ? nbytes : is_bytewise ? i : rewriting->cuts[i];
        char *piece = malloc(to - from + 1);
        assert_non_null(piece);
        memcpy(piece, input + from, to - from);
        struct smc_rewrite_error error;
        const smc_rewrite_status status = feed(rewriter, piece, to - from, &error);
        if (status != SMC_REWRITE_OK && first == SMC_REWRITE_OK) {
            first = status;
            rewriting->error = error;
        }
        free(piece);
        from = to;
    }
    return first;
}

smc_rewrite_status rewrite(struct rewriting_world *world, struct rewriting *rewriting,
                           const void *input, size_t nbytes)
{
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .symbolicator = world->symbolicator,
                                          .sink = add_output,
                                          .sink_context = &rewriting->out,
                                          .format = rewriting->format,
                                          .output = rewriting->output,
                                          .flags = rewriting->flags,
                                          .n_context = rewriting->n_context,
                                          .images = rewriting->images,
                                          .n_images = rewriting->n_images};
    struct smc_rewrite_error error;
    smc_rewriter *rewriter;

    rewriting->out = (struct text){0};
    text_puts(&rewriting->out, "");
    smc_rewrite_status status = smc_rewriter_open(&options, &rewriter, &rewriting->error);
    if (status != SMC_REWRITE_OK) {
        return status;
    }
    if (rewriting->surveys) {
        status = feed_all(smc_rewriter_survey, rewriter, rewriting, input, nbytes);
    }
    if (status == SMC_REWRITE_OK) {
        status = feed_all(smc_rewriter_feed, rewriter, rewriting, input, nbytes);
    }
    const smc_rewrite_status last = smc_rewriter_finish(rewriter, &error);
    if (status == SMC_REWRITE_OK && last != SMC_REWRITE_OK) {
        status = last;
        rewriting->error = error;
    }
    smc_rewriter_counts(rewriter, &rewriting->counts);
    smc_rewriter_close(rewriter);
    return status;
}

static void assert_cut(struct rewriting_world *world, const struct rewriting *how,
                       const char *input, const size_t *cut, size_t n_cuts, const char *wanted)
{
    struct rewriting copy = *how;

    copy.cuts = cut;
    copy.n_cuts = n_cuts;
    const smc_rewrite_status status = rewrite(world, &copy, input, strlen(input));
    if (status != SMC_REWRITE_OK) {
        fail_msg("%s at %zu", copy.error.reason, (size_t)copy.error.offset);
    }
    if (strcmp(copy.out.data, wanted) != 0 && n_cuts > 0) {
        print_message("cut at %zu\n", *cut);
    }
    assert_string_equal(copy.out.data, wanted);
    text_free(&copy.out);
}

void assert_rewritten(struct rewriting_world *world, const struct rewriting *how, const char *input,
                      const char *wanted)
{
    const size_t bytewise = SIZE_MAX;

    assert_cut(world, how, input, NULL, 0, wanted);
    assert_cut(world, how, input, &bytewise, 1, wanted);
    for (size_t cut = 0; cut <= strlen(input); cut++) {
        assert_cut(world, how, input, &cut, 1, wanted);
    }
}
