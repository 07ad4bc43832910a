/*
 * What all rewriting of JSON keeps to: what it does not understand passes as it is, whatever is wrong with it, and
 * memory and time have limits.
 */
#include "tests/unit/rewriting.h"
#include "tests/unit/shared_map.h"

#include <dirent.h>

#include "src/rewrite/json_parts.h"

static struct rewriting_world world;

static int open_world(void **state)
{
    (void)state;
    rewriting_world_open(&world);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    rewriting_world_close(&world);
    return 0;
}

static const struct rewriting json = {.format = SMC_FORMAT_JSON};

/* Something of each format, in lines of their own. */
static const char all[] =
    "\xef\xbb\xbf{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"a\",\"url\":\"app.js\","
    "\"lineNumber\":0,"
    "\"columnNumber\":10},\"positionTicks\":[{\"line\":1,\"ticks\":1},{\"line\":2,\"ticks\":9}],"
    "\"children\":[]}],"
    "\"samples\":[1],\"timeDeltas\":[0]}\n"
    "{\"head\":{\"callFrame\":{\"url\":\"\"},\"children\":[{\"callFrame\":{\"functionName\":"
    "\"\\u0061\","
    "\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":30},\"children\":[],\"selfSize\":4}]}}\n"
    "[{\"args\":{\"data\":{\"functionName\":\"a\",\"url\":\"app.js\",\"lineNumber\":1,"
    "\"columnNumber\":11}},\"id\":7},"
    "{\"args\":{\"data\":{\"stackTrace\":[{\"functionName\":\"a\",\"url\":\"app.js\","
    "\"lineNumber\":1,\"columnNumber\":21}]}}}]\n"
    "{\"debug_meta\":{\"images\":[{\"type\":\"sourcemap\",\"code_file\":\"y.js\",\"debug_id\":"
    "\"" APP_DEBUG_ID "\"}]},"
    "\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[{\"filename\":\"y.js\",\"lineno\":1,"
    "\"colno\":21},"
    "{\"filename\":\"inlined.js\",\"lineno\":1,\"colno\":41}, {\"filename\":\"no.js\"}]}}]}}\n"
    "{\"profile\":{\"frames\":[{\"function\":\"a\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":"
    "11}],\"stacks\":[[0]],"
    "\"samples\":[{\"stack_id\":0}]}}\n"
    "{\"shared\":{\"frames\":[{\"name\":\"a\",\"file\":\"app.js\",\"line\":1,\"col\":11}]},"
    "\"profiles\":[{\"samples\":[[0]],"
    "\"weights\":[1.5]},{\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":1},{\"type\":\"C\","
    "\"frame\":0,\"at\":2}]}]}\n"
    "{\"javascriptStack\":{\"stack\":[\"at a "
    "(app.js:1:21)\",\"x\"]},\"callstack\":[{\"SegmentID\":0,\"FunctionID\":0,"
    "\"ByteCodeOffset\":10}],\"stackFrames\":{\"1\":{\"name\":\"a(app.js:1:21)\",\"line\":\"1\","
    "\"column\":\"21\","
    "\"funcLine\":\"1\",\"funcColumn\":\"11\"}},\"samples\":[{\"sf\":1}]}";

static size_t common_prefix(const struct text *a, const struct text *b)
{
    size_t n = 0;
    while (n < a->nbytes && n < b->nbytes && a->data[n] == b->data[n]) {
        n++;
    }
    return n;
}

/* Of a text that ends too early, what came before is done, and what was under way passes as it is. */
static void truncation(void **state)
{
    struct rewriting whole = json;

    (void)state;
    assert_int_equal(rewrite(&world, &whole, all, sizeof all - 1), SMC_REWRITE_OK);
    assert_int_equal(whole.counts.n_mapped, 11);
    for (size_t n = 0; n < sizeof all - 1; n++) {
        for (uint32_t output = 0; output < 3; output++) {
            struct rewriting part = json;
            part.output = output;
            part.surveys = 1;
            const smc_rewrite_status status = rewrite(&world, &part, all, n);
            const int is_end = n > 3 && (all[n] == '\n' || all[n - 1] == '\n');
            assert_int_equal(status, is_end ? SMC_REWRITE_OK : SMC_REWRITE_E_JSON);
            if (status == SMC_REWRITE_E_JSON) {
                assert_int_equal(part.error.offset, n);
            }
            if (output == SMC_OUTPUT_SAME) {
                const size_t done = common_prefix(&part.out, &whole.out);
                const size_t rest = part.out.nbytes - done;
                assert_true(rest <= n);
                assert_memory_equal(part.out.data + done, all + n - rest, rest);
            }
            text_free(&part.out);
        }
    }
    text_free(&whole.out);
}

/* Bytes that are changed at random: no crash; without frames that are known the output is the input. */
static void changes(void **state)
{
    static const char alphabet[] = "{}[],:\"\\ \n0123456789-.eEaunltrfs\x01\x80\xe9";
    static const char *const known[] = {".js", "\"sourcemap", "\"ByteCode", "stackFrames"};
    struct rng rng = {99};
    char text[sizeof all];

    (void)state;
    for (int round = 0; round < 3000; round++) {
        memcpy(text, all, sizeof all);
        for (uint32_t k = 1 + rng_below(&rng, 3); k > 0; k--) {
            text[rng_below(&rng, sizeof all - 1)] = alphabet[rng_below(&rng, sizeof alphabet - 1)];
        }
        struct rewriting random = json, raw = json;
        size_t cut = rng_below(&rng, sizeof all);
        random.output = (uint32_t)round % 3;
        random.flags = round % 2 == 0 ? SMC_REWRITE_ANNOTATE | SMC_REWRITE_HIDE_IGNORED : 0;
        random.cuts = &cut;
        random.n_cuts = 1;
        (void)rewrite(&world, &random, text, sizeof all - 1);
        text_free(&random.out);
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            for (char *p = text; (p = strstr(p, known[i])) != NULL;) {
                *p = '_';
            }
        }
        (void)rewrite(&world, &raw, text, sizeof all - 1);
        assert_int_equal(raw.out.nbytes, sizeof all - 1);
        assert_memory_equal(raw.out.data, text, sizeof all - 1);
        text_free(&raw.out);
    }
}

static void errors_come_once(void **state)
{
    static const char text[] =
        "{\"head\":{\"callFrame\":{\"functionName\":\"a\",\"url\":\"app.js\",\"lineNumber\":0,"
        "\"columnNumber\":10}},\"x\":[1,]}\n{\"head\":{\"callFrame\":{\"url\":\"app.js\","
        "\"lineNumber\":0,\"columnNumber\":10}}}";
    struct rewriting how = json;

    (void)state;
    assert_int_equal(rewrite(&world, &how, text, sizeof text - 1), SMC_REWRITE_E_JSON);
    assert_string_equal(how.error.reason, "value expected");
    assert_int_equal(how.error.offset, strstr(text, ",]") + 1 - text);
    assert_string_equal(strstr(how.out.data, ",\"x\":"), strstr(text, ",\"x\":"));
    assert_non_null(strstr(how.out.data, "\"alpha\""));
    text_free(&how.out);
}

static void the_suite_passes_as_it_is(void **state)
{
    struct text folder = shared_data_path("json/test_parsing"), path = {0}, text;
    DIR *listing = opendir(folder.data);

    (void)state;
    if (listing == NULL) {
        text_free(&folder);
        print_message("the test data is not here\n");
        skip();
    }
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        text_puts(&path, folder.data);
        text_puts(&path, "/");
        text_puts(&path, entry->d_name);
        assert_true(read_file(path.data, &text));
        struct rewriting how = json;
        const smc_rewrite_status status = rewrite(&world, &how, text.data, text.nbytes);
        assert_true(status == SMC_REWRITE_OK || status == SMC_REWRITE_E_JSON);
        assert_true(entry->d_name[0] != 'y' || status == SMC_REWRITE_OK);
        assert_true(entry->d_name[0] != 'n' || status == SMC_REWRITE_E_JSON);
        assert_int_equal(how.out.nbytes, text.nbytes);
        assert_memory_equal(how.out.data, text.data, text.nbytes);
        text_free(&how.out);
        text_free(&text);
        text_free(&path);
    }
    closedir(listing);
    text_free(&folder);
}

/* ---- limits ---- */

#define FRAME(url, column)                                                                         \
    "\"callFrame\":{\"functionName\":\"a\",\"url\":\"" url                                         \
    "\",\"lineNumber\":0,\"columnNumber\":" column "}"
#define MAPPED                                                                                     \
    "\"callFrame\":{\"functionName\":\"alpha\",\"url\":\"src/"                                     \
    "app.ts\",\"lineNumber\":0,\"columnNumber\":14}"

/* A heap profile of 100,000 calls. */
static void deep_profiles(void **state)
{
    struct text input = {0}, output = {0};
    const int depth = 100000;

    (void)state;
    text_puts(&input, "{\"head\":{");
    text_puts(&output, "{\"head\":{");
    for (int i = 0; i < depth; i++) {
        text_puts(&input, FRAME("app.js", "10") ",\"children\":[{");
        text_puts(&output, MAPPED ",\"children\":[{");
    }
    for (int i = 0; i < depth; i++) {
        text_puts(&input, "}]");
        text_puts(&output, "}]");
    }
    text_puts(&input, "}}");
    text_puts(&output, "}}");
    struct rewriting how = json;
    assert_int_equal(rewrite(&world, &how, input.data, input.nbytes), SMC_REWRITE_OK);
    assert_int_equal(how.out.nbytes, output.nbytes);
    assert_memory_equal(how.out.data, output.data, output.nbytes);
    text_free(&how.out);
    how.output = SMC_OUTPUT_FOLDED;
    assert_int_equal(rewrite(&world, &how, input.data, input.nbytes), SMC_REWRITE_OK);
    assert_int_equal(how.out.nbytes, 0);
    text_free(&how.out);
    text_free(&input);
    text_free(&output);
}

/* What is too large to be collected passes; what is deep does not matter. What comes behind both is mapped. */
static void large_and_deep_captures(void **state)
{
    (void)state;
    for (int is_deep = 0; is_deep < 2; is_deep++) {
        struct text input = {0};
        size_t cuts[40];
        text_puts(&input, "{\"nodes\":[{\"x\":");
        if (is_deep) {
            text_repeat(&input, '[', 10000);
            text_repeat(&input, ']', 10000);
        } else {
            text_puts(&input, "\"");
            text_repeat(&input, 'x', SMC_JSON_CAPTURE_NBYTES_MAX);
            text_puts(&input, "\"");
        }
        text_puts(&input, ",");
        const size_t frame_off = input.nbytes;
        text_puts(&input, FRAME("app.js", "10") "},{");
        const size_t large_nbytes = input.nbytes;
        text_puts(&input, FRAME("app.js", "10") "}]}");
        struct rewriting how = json;
        for (size_t i = 0; i < COUNT_OF(cuts); i++) {
            cuts[i] = input.nbytes / (COUNT_OF(cuts) + 1) * (i + 1);
        }
        how.cuts = cuts;
        how.n_cuts = COUNT_OF(cuts);
        assert_int_equal(rewrite(&world, &how, input.data, input.nbytes), SMC_REWRITE_OK);
        const size_t same_nbytes = is_deep ? frame_off : large_nbytes;
        assert_memory_equal(how.out.data, input.data, same_nbytes);
        assert_string_equal(how.out.data + same_nbytes,
                            is_deep ? MAPPED "},{" MAPPED "}]}" : MAPPED "}]}");
        assert_int_equal(how.counts.n_mapped, 1 + is_deep);
        assert_int_equal(how.counts.n_frames, 2);
        assert_int_equal(how.counts.n_reasons[SMC_REASON_TOO_LARGE], !is_deep);
        text_free(&how.out);
        text_free(&input);
    }
}

/* Each path that is known has its place. */
static void all_paths_have_room(void **state)
{
    const struct smc_json_rule *const lists[] = {smc_json_document_rules, smc_json_rules,
                                                 smc_json_fold_rules};
    struct smc_json_paths paths;

    (void)state;
    assert_int_equal(smc_json_paths_make(&paths, lists, 3, SMC_FORMAT_UNKNOWN), 0);
    assert_in_range(paths.n, 50, SMC_JSON_PLACES_MAX);
}

static int refuse(void *context, const void *bytes, size_t nbytes)
{
    (void)context;
    (void)bytes;
    return nbytes > 0;
}

static void sinks_fail(void **state)
{
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .format = SMC_FORMAT_JSON,
                                                .sink = refuse};
    struct smc_rewrite_error error;
    smc_rewriter *rewriter;

    (void)state;
    assert_int_equal(smc_rewriter_open(&options, &rewriter, NULL), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_feed(rewriter, all, sizeof all - 1, &error), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_finish(rewriter, &error), SMC_REWRITE_E_SINK);
    smc_rewriter_close(rewriter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncation),          cmocka_unit_test(changes),
        cmocka_unit_test(errors_come_once),    cmocka_unit_test(the_suite_passes_as_it_is),
        cmocka_unit_test(deep_profiles),       cmocka_unit_test(large_and_deep_captures),
        cmocka_unit_test(all_paths_have_room), cmocka_unit_test(sinks_fail),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
