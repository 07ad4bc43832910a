/*
 * What a symbolicator asks for, keeps and gives back; source lines; files that are damaged; memory that runs out.
 */
#include "tests/unit/malloc_hook.h"

#include "tests/unit/features.h"
#include "tests/unit/functions.h"
#include "tests/unit/stack_world.h"

static struct stack_world world; /* of the test that runs */

static int open_world(void **state)
{
    (void)state;
    stack_world_open(&world, NULL);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    stack_world_close(&world);
    return 0;
}

static struct smc_generated_frame frame_at(const char *url, uint32_t column)
{
    return (struct smc_generated_frame){.url = {url, strlen(url)}, .column = column};
}

static const struct smc_original_frame *translate(const struct smc_generated_frame *frames,
                                                  size_t n, size_t n_wanted)
{
    const struct smc_original_frame *originals;
    size_t n_originals;

    assert_int_equal(
        smc_symbolicate(world.symbolicator, frames, n, SMC_CALLEE_FIRST, &originals, &n_originals),
        SMC_OK);
    assert_int_equal(n_originals, n_wanted);
    return originals;
}

/* ---- what is asked for ---- */

static void each_url_is_asked_for_once(void **state)
{
    const struct smc_generated_frame frames[] = {
        frame_at("app.js", 10), frame_at("missing_source", 0), frame_at("app.js", 20),
        frame_at("missing_source", 5), frame_at("https://example.com/app.js", 10)};

    (void)state;
    for (int round = 0; round < 3; round++) {
        translate(frames, COUNT_OF(frames), COUNT_OF(frames));
        assert_int_equal(world.n_asked, 3);
        assert_int_equal(world.n_open, 3);
    }
}

/* The same URL is another question with a debug ID, or with another one. */
static void debug_ids_are_part_of_the_question(void **state)
{
    static const uint8_t ids[2][16] = {{1}, {2}};
    struct smc_generated_frame frames[] = {frame_at("app.js", 10), frame_at("app.js", 10),
                                           frame_at("app.js", 10), frame_at("app.js", 10)};

    (void)state;
    frames[1].debug_id = ids[0];
    frames[2].debug_id = ids[1];
    frames[3].debug_id = ids[0];
    translate(frames, COUNT_OF(frames), COUNT_OF(frames));
    assert_int_equal(world.n_asked, 3);
}

/* URLs that a hash of words could mix up, and one that is the beginning of another. */
static void urls_are_told_apart(void **state)
{
    char urls[600][40];

    (void)state;
    for (int i = 0; i < 600; i++) {
        (void)snprintf(urls[i], sizeof urls[i], "https://x/%d/%.*s", i % 300, i / 300,
                       "/a.js/a.js/a.js/a.js");
        const struct smc_generated_frame frame = frame_at(urls[i], 0);
        translate(&frame, 1, 1);
    }
    assert_int_equal(world.n_asked, 600);
}

static void find_nothing(void *context, const struct smc_file_query *query,
                         struct smc_file_answer *answer)
{
    (void)context;
    (void)query;
    (void)answer;
}

static void an_answer_may_be_nothing(void **state)
{
    const struct smc_symbolicator_options options = {.struct_size = sizeof options,
                                                     .find = find_nothing};
    const struct smc_generated_frame frame = frame_at("app.js", 10);
    const struct smc_original_frame *originals;
    smc_symbolicator *symbolicator;
    size_t n;

    (void)state;
    assert_int_equal(smc_symbolicator_open(&options, &symbolicator), SMC_OK);
    assert_int_equal(smc_symbolicate(symbolicator, &frame, 1, SMC_CALLEE_FIRST, &originals, &n),
                     SMC_OK);
    assert_int_equal(originals->reason, SMC_REASON_MISSING_SOURCE);
    smc_symbolicator_close(symbolicator); /* nobody takes it back */
}

/* ---- what is kept ---- */

static void files_go_as_they_were_used(void **state)
{
    const struct smc_generated_frame a = frame_at("app.js", 10), b = frame_at("missing_source", 0),
                                     c = frame_at("hermes.bundle", 0);

    (void)state;
    stack_world_reopen(&world, (struct smc_symbolicator_options){.max_files = 2});
    translate(&a, 1, 1);
    translate(&b, 1, 1);
    translate(&a, 1, 1);
    assert_int_equal(world.n_asked, 2);
    translate(&c, 1, 1); /* three now; b goes with the next stack */
    assert_int_equal(world.n_open, 3);
    translate(&a, 1, 1);
    assert_int_equal(world.n_asked, 3);
    assert_int_equal(world.n_open, 2);
    translate(&c, 1, 1);
    assert_int_equal(world.n_asked, 3);
    translate(&b, 1, 1);
    assert_int_equal(world.n_asked, 4);
}

/* All files of a stack stay open as long as what came of it is valid, whatever max_files is. */
static void a_stack_may_use_many(void **state)
{
    struct smc_generated_frame frames[40];
    char urls[40][20];

    (void)state;
    stack_world_reopen(&world, (struct smc_symbolicator_options){.max_files = 1});
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT_OF(frames); i++) {
            (void)snprintf(urls[i], sizeof urls[i], "%d/%zu.js", round, i);
            frames[i] = i % 4 == 0 ? frame_at("app.js", 10) : frame_at(urls[i], 0);
        }
        const struct smc_original_frame *originals =
            translate(frames, COUNT_OF(frames), COUNT_OF(frames));
        assert_in_range(world.n_open, 31, 32);
        for (size_t i = 0; i < COUNT_OF(frames); i++) {
            assert_true(*(const int *)originals[i].file->file);
            assert_int_equal(originals[i].source, i % 4 == 0 ? 0 : SMC_NONE);
        }
    }
    const struct smc_generated_frame one = frame_at("app.js", 10);
    translate(&one, 1, 1);
    assert_in_range(world.n_open, 1, 2);
}

static void many_urls_take_no_more(void **state)
{
    (void)state;
    for (int i = 0; i < 5000; i++) {
        char url[40];
        (void)snprintf(url, sizeof url, "https://x/%d.js", i);
        const struct smc_generated_frame frame = frame_at(url, 0);
        translate(&frame, 1, 1);
    }
    assert_int_equal(world.n_asked, 5000);
    assert_in_range(world.n_open_max, 1, SMC_SYMBOLICATE_FILES_DEFAULT + 1);
}

/* ---- many frames of one position ---- */

static void deeply_inlined(void **state)
{
    enum { DEPTH = 100 };
    struct smc_function_table table = {0};
    struct file plain = build_mappings("AAAA", "\"sources\":[\"a.ts\"]");
    uint32_t site = SMCF_NONE;
    char name[DEPTH + 20][16];

    (void)state;
    for (uint32_t i = DEPTH; i > 0; i--) {
        (void)snprintf(name[i], sizeof name[i], "f%u.g%u", i, i);
        const struct smc_call_site call = {0, i, 0, add_named(&table, name[i], SMCF_NAME_SCOPES),
                                           site};
        site = smc_inlined_add_call_site(&table.inlined, &call);
    }
    smc_function_table_run(&table, 0, add_named(&table, "f0.g0", SMCF_NAME_SCOPES));
    const struct smc_inlined_entry entry = {0, 0, site, SMCF_NONE, 0};
    smc_inlined_add(&table.inlined, &entry);
    struct file file = file_with_functions(&plain, &table);
    smc_cache *cache = open_file(&file);
    stack_world_add(&world, "deep.js", cache, SMC_REASON_NONE);

    const struct smc_generated_frame frames[] = {frame_at("deep.js", 0), frame_at("app.js", 10),
                                                 frame_at("deep.js", 0)};
    const struct smc_original_frame *originals = translate(frames, 3, 2 * (DEPTH + 1) + 1);
    for (uint32_t i = 0; i <= DEPTH; i++) {
        (void)snprintf(name[i], sizeof name[i], "f%u.g%u", i, i);
        assert_view_string(originals[i].name, name[i]);
        assert_view_string(originals[DEPTH + 2 + i].name, name[i]);
        assert_int_equal(originals[i].source_line, i);
        assert_int_equal(originals[i].frame, 0);
    }
    smc_symbolicator_close(world.symbolicator);
    world.symbolicator = NULL;
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
}

/* ---- source lines ---- */

static void source_lines(void **state)
{
    const struct smc_generated_frame frames[] = {frame_at("app.js", 10), frame_at("app.js", 40),
                                                 frame_at("missing_source", 0),
                                                 frame_at("app.js", 120), frame_at("native", 0)};
    static const smc_status wanted[] = {SMC_OK, SMC_E_NO_CONTENT, SMC_E_NO_CONTENT, SMC_E_RANGE,
                                        SMC_E_NO_CONTENT};
    struct smc_context_line lines[5];
    struct smc_context context;

    (void)state;
    const struct smc_original_frame *originals =
        translate(frames, COUNT_OF(frames), COUNT_OF(frames));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT_OF(frames); i++) {
            memset(&context, 0xff, sizeof context);
            assert_int_equal(smc_symbolicate_context(world.symbolicator, &originals[i], 2, 2, 80,
                                                     lines, &context),
                             wanted[i]);
            assert_int_equal(context.n_lines, wanted[i] == SMC_OK ? 4 : 0);
        }
        assert_int_equal(
            smc_symbolicate_context(world.symbolicator, &originals[0], 2, 2, 80, lines, &context),
            SMC_OK);
        assert_int_equal(context.index, 1);
        assert_int_equal(context.column, 3);
        assert_view_string(lines[0].text, "line 0 of a");
        assert_view_string(lines[3].text, "line 3 of a");
    }
}

/* A file of N_SOURCES sources, each of a line that is `word` and its number, and a long one. */
enum { N_SOURCES = 24, LONG_LINE_NBYTES = 3000 };

static struct file file_of_many(const char *word)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sources\":[");
    for (int i = 0; i < N_SOURCES; i++) {
        text_puts(&map, i > 0 ? ",\"s" : "\"s");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"sourcesContent\":[");
    for (int i = 0; i < N_SOURCES; i++) {
        text_puts(&map, i > 0 ? ",\"" : "\"");
        text_puts(&map, word);
        text_puts(&map, " ");
        text_number(&map, (uint64_t)i);
        text_puts(&map, "\\n");
        text_repeat(&map, 'x', LONG_LINE_NBYTES);
        text_puts(&map, "\"");
    }
    text_puts(&map, "],\"mappings\":\"AAAA");
    for (int i = 1; i < N_SOURCES; i++) {
        text_puts(&map, ",CCAA");
    }
    text_puts(&map, "\"}");
    struct file raw = build_file(&map, SMC_BUILD_SOURCES_RAW);
    struct file file = deflate_contents(&raw, SMCF_CONTENT_BLOCK_MIN, 0);
    file_free(&raw);
    text_free(&map);
    return file;
}

static void ask_for_lines(const char *url, const char *word, uint32_t source, uint32_t n_after,
                          uint32_t max_units)
{
    const struct smc_generated_frame frame = frame_at(url, source);
    const struct smc_original_frame *original = translate(&frame, 1, 1);
    struct smc_context_line lines[2];
    struct smc_context context;
    char wanted[40];

    assert_int_equal(smc_symbolicate_context(world.symbolicator, original, 0, n_after, max_units,
                                             lines, &context),
                     SMC_OK);
    (void)snprintf(wanted, sizeof wanted, "%s %u", word, source);
    assert_view(lines[0].text, wanted, max_units < strlen(wanted) ? max_units : strlen(wanted));
    assert_int_equal(context.n_lines, 1 + n_after);
    if (n_after > 0) {
        assert_int_equal(lines[1].text.nbytes, max_units);
        assert_int_equal(lines[1].flags, SMC_CONTEXT_CUT_RIGHT);
        assert_int_equal(lines[1].line, 1);
    }
}

/* More pieces of contents than are kept inflated, more questions than are remembered, and answers that are too large for
 * that, of files that come and go. */
static void source_lines_of_many(void **state)
{
    struct file files[2] = {file_of_many("content"), file_of_many("other")};
    smc_cache *caches[2] = {open_file(&files[0]), open_file(&files[1])};
    struct rng rng = {51};

    (void)state;
    stack_world_add(&world, "many.js", caches[0], SMC_REASON_NONE);
    stack_world_add(&world, "more.js", caches[1], SMC_REASON_NONE);
    stack_world_reopen(&world, (struct smc_symbolicator_options){.max_files = 1, .max_texts = 3});
    for (int i = 0; i < 5000; i++) {
        const int is_other = rng_below(&rng, 30) == 0;
        const uint32_t source = rng_below(&rng, N_SOURCES), n_after = rng_below(&rng, 2);
        const uint32_t max_units = rng_below(&rng, 9) == 0 ? 2980 : 5 + rng_below(&rng, 80);
        for (int again = 0; again < 2; again++) {
            ask_for_lines(is_other ? "more.js" : "many.js", is_other ? "other" : "content", source,
                          n_after, max_units);
        }
    }
    smc_symbolicator_close(world.symbolicator);
    world.symbolicator = NULL;
    smc_close(caches[0]);
    smc_close(caches[1]);
    file_free(&files[0]);
    file_free(&files[1]);
}

/* What is opened next may be where the last one was. */
static void source_lines_of_what_has_gone(void **state)
{
    static const char *const words[] = {"content", "other"};
    struct file files[2] = {file_of_many(words[0]), file_of_many(words[1])};
    smc_cache *cache = NULL;

    (void)state;
    stack_world_add(&world, "many.js", NULL, SMC_REASON_NONE);
    struct world_file *many = &world.files[world.n_files - 1];
    stack_world_reopen(&world, (struct smc_symbolicator_options){.max_files = 1});
    for (int i = 0; i < 20; i++) {
        const struct smc_generated_frame other = frame_at("missing_source", 0);
        smc_close(cache);
        cache = open_file(&files[i % 2]);
        many->cache = cache;
        ask_for_lines("many.js", words[i % 2], 7, 1, 80);
        (void)translate(&other, 1, 1); /* many.js is given back */
    }
    smc_symbolicator_close(world.symbolicator);
    world.symbolicator = NULL;
    smc_close(cache);
    file_free(&files[0]);
    file_free(&files[1]);
}

/* ---- damaged files ---- */

/* Each byte is another one, in turn: what comes of it may be wrong, but it is an answer. */
static void any_byte_may_be_wrong(void **state)
{
    struct smc_generated_frame frames[14];
    unsigned n_reasons[16] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        frames[i] = frame_at("damaged.js", (uint32_t)i * 10);
    }
    stack_world_add(&world, "damaged.js", NULL, SMC_REASON_NONE);
    struct world_file *damaged = &world.files[world.n_files - 1];
    for (size_t off = 0; off < 2 * world.app.nbytes; off++) {
        struct guarded copy = guarded_copy(world.app.bytes, world.app.nbytes, GUARD_AFTER);
        const struct smc_original_frame *originals;
        struct smc_context_line lines[3];
        struct smc_context context;
        smc_cache *cache;
        size_t n;
        copy.bytes[off / 2] ^= off % 2 == 0 ? 0xff : 1;
        if (smc_open_memory(copy.bytes, copy.nbytes, 0, &cache, NULL) == SMC_OK) {
            damaged->cache = cache;
            assert_int_equal(smc_symbolicate(world.symbolicator, frames, COUNT_OF(frames),
                                             SMC_CALLEE_FIRST, &originals, &n),
                             SMC_OK);
            for (size_t i = 0; i < n; i++) {
                assert_in_range(originals[i].frame, 0, COUNT_OF(frames) - 1);
                n_reasons[originals[i].reason]++;
                (void)smc_symbolicate_context(world.symbolicator, &originals[i], 1, 1, 80, lines,
                                              &context);
            }
            stack_world_reopen(&world, (struct smc_symbolicator_options){0});
            smc_close(cache);
        }
        guarded_free(&copy);
    }
    damaged->cache = NULL;
    assert_in_range(n_reasons[SMC_REASON_MALFORMED_SOURCEMAP], 100, 100000);
    assert_in_range(n_reasons[SMC_REASON_INVALID_LOCATION], 100, 100000);
}

/* ---- no memory ---- */

static void use_all(struct smc_symbolicator_options options, int *is_good)
{
    const struct smc_generated_frame frames[] = {frame_at("app.js", 65), frame_at("app.js", 120),
                                                 frame_at("missing_source", 0),
                                                 frame_at("hermes.bundle", 0)};
    const struct smc_original_frame *originals;
    struct smc_context_line lines[3];
    struct smc_context context;
    smc_symbolicator *symbolicator;
    size_t n;

    smc_status status = smc_symbolicator_open(&options, &symbolicator);
    *is_good = status == SMC_OK || (status == SMC_E_MEMORY && symbolicator == NULL);
    for (int round = 0; round < 2 && symbolicator != NULL; round++) {
        const int has_failed = hook.n_calls >= hook.fail_at; /* and does no more */
        status = smc_symbolicate(symbolicator, frames, COUNT_OF(frames), SMC_CALLEE_FIRST,
                                 &originals, &n);
        *is_good &= status == SMC_OK ? n == 6 : status == SMC_E_MEMORY && n == 0;
        *is_good &= !has_failed || status == SMC_OK;
        if (status == SMC_OK) {
            status = smc_symbolicate_context(symbolicator, originals, 1, 1, 80, lines, &context);
            *is_good &= status == SMC_OK ? context.n_lines == 3
                                         : status == SMC_E_MEMORY && context.n_lines == 0;
        }
    }
    smc_symbolicator_close(symbolicator);
}

static void each_allocation_may_fail(void **state)
{
    struct smc_symbolicator_options options = stack_world_options(&world);
    size_t n = 0;
    int is_good;

    (void)state;
    options.max_files = 1;
    NEEDS_MALLOC_HOOK();
    do {
        const size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        use_all(options, &is_good);
        hook.fail_at = 0;
        if (!is_good || hook.n_live != n_live) {
            fail_msg("allocation %zu", n);
        }
        assert_int_equal(world.n_open, 0);
    } while (n <= hook.n_calls);
    assert_in_range(n, 10, 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(each_url_is_asked_for_once),
        TEST(debug_ids_are_part_of_the_question),
        TEST(urls_are_told_apart),
        TEST(an_answer_may_be_nothing),
        TEST(files_go_as_they_were_used),
        TEST(a_stack_may_use_many),
        TEST(many_urls_take_no_more),
        TEST(deeply_inlined),
        TEST(source_lines),
        TEST(source_lines_of_many),
        TEST(source_lines_of_what_has_gone),
        TEST(any_byte_may_be_wrong),
        TEST(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
