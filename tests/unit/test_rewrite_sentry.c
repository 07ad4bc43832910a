/*
 * Events and profiles of Sentry.
 */
#include "src/base/debug_id.h"
#include "tests/unit/rewriting.h"

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

#define EVENT(frames)                                                                              \
    "{\"exception\":{\"values\":[{\"type\":\"Error\",\"stacktrace\":{\"frames\":" frames "}}]}}"

static const struct rewriting plain = {.format = SMC_FORMAT_SENTRY_EVENT,
                                       .n_context = SMC_REWRITE_NO_CONTEXT};

static void frames_of_an_event(void **state)
{
    (void)state;
    assert_rewritten(
        &world, &plain,
        EVENT("[ "
              "{\"function\":\"?\",\"filename\":\"/app.js\",\"abs_path\":\"https://h/"
              "app.js\",\"lineno\":1,"
              "\"colno\":51,\"in_app\":true,\"module\":\"app\"},\n  {\n    \"filename\": "
              "\"app.js\",\n    \"lineno\": 1,\n"
              "    \"colno\": 21\n  } , {\"filename\":\"no.js\",\"lineno\":1,\"colno\":2},"
              "{\"function\":\"new q\",\"filename\":\"app.js\",\"lineno\":1,\"colno\":61} ]"),
        EVENT("[ "
              "{\"function\":\"?\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/"
              "app.ts\",\"lineno\":7,"
              "\"colno\":1,\"in_app\":true,\"module\":\"src/app\"},\n  {\n    \"filename\": "
              "\"src/app.ts\",\n    \"lineno\": 2,\n"
              "    \"colno\": 3,\n    \"function\": \"alpha\",\n    \"abs_path\": \"src/app.ts\"\n "
              " } , "
              "{\"filename\":\"no.js\",\"lineno\":1,\"colno\":2},"
              "{\"function\":\"new "
              "lib\",\"filename\":\"node_modules/lib/x.js\",\"lineno\":1,\"colno\":26,"
              "\"abs_path\":\"node_modules/lib/x.js\",\"in_app\":false} ]"));
}

static void all_places_of_stacks(void **state)
{
#define STACK(name, line, column)                                                                  \
    "\"frames\":[{\"function\":\"" name                                                            \
    "\",\"filename\":\"app.js\",\"abs_path\":\"app.js\",\"lineno\":" line ",\"colno\":" column     \
    "}]"
#define DONE(name, line, column)                                                                   \
    "\"frames\":[{\"function\":\"" name                                                            \
    "\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/app.ts\",\"lineno\":" line                  \
    ",\"colno\":" column "}]"
#define PLACES(stack)                                                                              \
    "{\"exception\":[{\"stacktrace\":{" stack "}}],\"raw_stacktrace\":{" STACK(                    \
        "r", "1", "41") "},"                                                                       \
                        "\"threads\":{\"values\":[{\"id\":0,\"stacktrace\":{" stack                \
                        "}},{\"stacktrace\":null}]},\"stacktrace\":{" stack "}}"
    (void)state;
    assert_rewritten(&world, &plain, PLACES(STACK("b", "1", "41")), PLACES(DONE("beta", "5", "9")));
}

static void lines_of_source(void **state)
{
    const struct rewriting context = {.format = SMC_FORMAT_JSON, .n_context = 1},
                           all = {.format = SMC_FORMAT_JSON};
    static const char input[] =
        EVENT("[{\"function\":\"b\",\"filename\":\"app.js\",\"abs_path\":\"app.js\",\"lineno\":1,"
              "\"colno\":41,"
              "\"context_line\":\"minified\",\"pre_context\":[],\"post_context\":null}]");

    (void)state;
    assert_rewritten(
        &world, &context, input,
        EVENT(
            "[{\"function\":\"beta\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/"
            "app.ts\",\"lineno\":5,\"colno\":9,"
            "\"context_line\":\"  throw new Error('x');\",\"pre_context\":[\"function beta() {\"],"
            "\"post_context\":[\"}\"]}]"));
    assert_rewritten(
        &world, &all, input,
        EVENT("[{\"function\":\"beta\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/"
              "app.ts\",\"lineno\":5,\"colno\":9,"
              "\"context_line\":\"  throw new Error('x');\",\"pre_context\":[\"function alpha() "
              "{\",\"  beta();\","
              "\"}\",\"function beta() {\"],\"post_context\":[\"}\",\"alpha();\",\"\"]}]"));
    /* What is there is of the generated file. */
    assert_rewritten(&world, &plain, input,
                     EVENT("[{\"function\":\"beta\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/"
                           "app.ts\",\"lineno\":5,\"colno\":9,"
                           "\"context_line\":null,\"pre_context\":[],\"post_context\":[]}]"));
}

/* A function that was inlined becomes a frame of its own, behind its caller's. */
static void inlined_functions(void **state)
{
    (void)state;
    assert_rewritten(&world, &plain,
                     EVENT("[ "
                           "{\"filename\":\"inlined.js\",\"lineno\":1,\"colno\":41,\"function\":"
                           "\"a\",\"abs_path\":\"inlined.js\"} ]"),
                     EVENT("[ "
                           "{\"filename\":\"src/"
                           "app.ts\",\"lineno\":2,\"colno\":3,\"function\":\"alpha\",\"abs_path\":"
                           "\"src/app.ts\"} ,"
                           " {\"filename\":\"src/"
                           "app.ts\",\"lineno\":5,\"colno\":9,\"function\":\"beta\",\"abs_path\":"
                           "\"src/app.ts\"} ]"));
    /* It is the outermost that was called as a constructor. */
#define INLINED(file, line, column, function)                                                      \
    "{\"filename\":\"" file "\",\"abs_path\":\"" file "\",\"lineno\":" line ",\"colno\":" column   \
    ",\"function\":\"" function "\"}"
    assert_rewritten(&world, &plain, EVENT("[" INLINED("inlined.js", "1", "41", "new a") "]"),
                     EVENT("[" INLINED("src/app.ts", "2", "3", "new alpha") "," INLINED(
                         "src/app.ts", "5", "9", "beta") "]"));
}

static int note_largest(void *context, const void *bytes, size_t nbytes)
{
    size_t *largest = context;

    (void)bytes;
    *largest = nbytes > *largest ? nbytes : *largest;
    return 0;
}

/* Of a stack with its lines, which can be a thousand times as long, no more is held than of what passes. */
static void lines_of_many_frames(void **state)
{
    size_t largest = 0;
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .symbolicator = world.symbolicator,
                                          .n_context = 255,
                                          .sink = note_largest,
                                          .sink_context = &largest};
    struct text input = {0};
    smc_rewriter *rewriter;

    (void)state;
    text_puts(&input, "{\"stacktrace\":{\"frames\":[");
    for (int i = 0; i < 30000; i++) {
        text_puts(&input, i > 0 ? "," : "");
        text_puts(&input, INLINED("app.js", "1", "41", "a"));
    }
    text_puts(&input, "]}}");
    assert_int_equal(smc_rewriter_open(&options, &rewriter, NULL), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_feed(rewriter, input.data, input.nbytes, NULL), SMC_REWRITE_OK);
    assert_int_equal(smc_rewriter_finish(rewriter, NULL), SMC_REWRITE_OK);
    smc_rewriter_close(rewriter);
    assert_in_range(largest, 1, (size_t)256 << 10);
    text_free(&input);
}

static void ignored_and_unmapped(void **state)
{
    struct rewriting hides = plain, annotates = plain;
#define LIB                                                                                        \
    "{\"function\":\"q\",\"filename\":\"app.js\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":"  \
    "61,\"in_app\":true}"
#define IN_LIB(more)                                                                               \
    "{\"function\":\"lib\",\"filename\":\"node_modules/lib/x.js\",\"abs_path\":\"node_modules/"    \
    "lib/x.js\",\"lineno\":1,\"colno\":26,\"in_app\":false" more "}"

    (void)state;
    hides.flags = SMC_REWRITE_HIDE_IGNORED;
    annotates.flags = SMC_REWRITE_ANNOTATE;
    assert_rewritten(&world, &plain, EVENT("[" LIB "]"), EVENT("[" IN_LIB("") "]"));
    assert_rewritten(&world, &hides, EVENT("[" LIB ", {} ," LIB ",\n1," LIB "\n]"),
                     EVENT("[ {} ,\n1]"));
    assert_rewritten(&world, &hides, EVENT("[ " LIB " ]"), EVENT("[]"));
    assert_rewritten(
        &world, &annotates,
        EVENT("[" LIB ",{\"filename\":\"nomap.js\", \"lineno\":1},{ }, "
              "{\"filename\":\"app.js\",\"lineno\":1}]"),
        EVENT("[" IN_LIB(",\"smcache_ignored\":true") ",{\"filename\":\"nomap.js\", \"lineno\":1, "
                                                      "\"smcache_reason\":\"missing_sourcemap\"},"
                                                      "{ }, "
                                                      "{\"filename\":\"app.js\",\"lineno\":1,"
                                                      "\"smcache_reason\":\"no_column\"}]"));
}

static void sampled_profile(void **state)
{
    const struct rewriting json = {.format = SMC_FORMAT_JSON};

    (void)state;
    assert_rewritten(&world, &json,
                     "{\"profile\":{\"frames\":[{\"function\":\"a\",\"abs_path\":\"app.js\","
                     "\"lineno\":1,\"colno\":11},{\"function\":\"gc\"}"
                     ",{\"function\":\"\",\"filename\":\"app.js\",\"lineno\":1,\"colno\":61,\"in_"
                     "app\":true}],\"stacks\":[[0,1]]}}",
                     "{\"profile\":{\"frames\":[{\"function\":\"alpha\",\"abs_path\":\"src/"
                     "app.ts\",\"lineno\":1,\"colno\":15},{\"function\":\"gc\"}"
                     ",{\"function\":\"lib\",\"filename\":\"node_modules/lib/"
                     "x.js\",\"lineno\":1,\"colno\":26,\"in_app\":false}],\"stacks\":[[0,1]]}}");
}

/* ---- images ---- */

#define FRAME                                                                                      \
    "{\"function\":\"b\",\"filename\":\"https://h/x.js\",\"abs_path\":\"https://h/"                \
    "x.js\",\"lineno\":1,\"colno\":41}"
#define MAPPED                                                                                     \
    "{\"function\":\"beta\",\"filename\":\"src/app.ts\",\"abs_path\":\"src/"                       \
    "app.ts\",\"lineno\":5,\"colno\":9}"
#define IMAGES(id)                                                                                 \
    "\"debug_meta\":{\"images\":[{\"type\":\"elf\",\"code_file\":\"https://h/"                     \
    "x.js\",\"debug_id\":\"" APP_DEBUG_ID                                                          \
    "\"},{\"type\":\"sourcemap\",\"code_file\":\"https:\\/\\/h/x.js\",\"debug_id\":\"" id          \
    "\"},{}]}"
#define STACKS(frame) "\"stacktrace\":{\"frames\":[" frame "]}"
#define OTHER_ID "00000000-0000-4000-8000-000000000000"

static void images_before_frames(void **state)
{
    (void)state;
    assert_rewritten(&world, &plain, "{" IMAGES(APP_DEBUG_ID) "," STACKS(FRAME) "}",
                     "{" IMAGES(APP_DEBUG_ID) "," STACKS(MAPPED) "}");
    assert_rewritten(&world, &plain, "{" IMAGES("nonsense") "," STACKS(FRAME) "}",
                     "{" IMAGES("nonsense") "," STACKS(FRAME) "}");
    /* Those of one document are not another's. */
    assert_rewritten(&world, &plain,
                     "{" IMAGES(APP_DEBUG_ID) "," STACKS(FRAME) "}\n{" STACKS(FRAME) "}\n",
                     "{" IMAGES(APP_DEBUG_ID) "," STACKS(MAPPED) "}\n{" STACKS(FRAME) "}\n");
}

static void images_behind_frames(void **state)
{
    struct rewriting surveys = plain;
    static const char input[] =
        "{" STACKS(FRAME) "," IMAGES(APP_DEBUG_ID) "}\n{\"type\":\"event\"}\n{" STACKS(
            FRAME) "," IMAGES(OTHER_ID) "}\n{" STACKS(FRAME) "," IMAGES(APP_DEBUG_ID) "}\n";

    (void)state;
    for (surveys.surveys = 0; surveys.surveys < 2; surveys.surveys++) {
        assert_rewritten(
            &world, &surveys, input,
            "{" STACKS(MAPPED) "," IMAGES(APP_DEBUG_ID) "}\n{\"type\":\"event\"}\n{" STACKS(
                FRAME) "," IMAGES(OTHER_ID) "}\n{" STACKS(MAPPED) "," IMAGES(APP_DEBUG_ID) "}\n");
    }
}

/* Of several images of one URL the first counts, and those of the options go before them all. */
static void many_images(void **state)
{
    struct text input = {0};
    struct rewriting how = plain;

    (void)state;
    text_puts(&input, "{\"debug_meta\":{\"images\":[");
    for (uint32_t i = 0; i < 6000; i++) {
        text_puts(&input, "{\"type\":\"sourcemap\",\"code_file\":\"x");
        text_number(&input, i % 3000);
        text_puts(&input, ".js\",\"debug_id\":\"");
        text_puts(&input, i == 77 || i == 3078 ? APP_DEBUG_ID : OTHER_ID);
        text_puts(&input, i == 5999 ? "\"}]}," : "\"},");
    }
    text_puts(&input, "\"stacktrace\":{\"frames\":[");
    for (uint32_t i = 0; i < 3000; i++) {
        text_puts(&input, i == 0 ? "{\"filename\":\"x" : ",{\"filename\":\"x");
        text_number(&input, i);
        text_puts(&input, ".js\",\"lineno\":1,\"colno\":41}");
    }
    text_puts(&input,
              "]}}\n{\"stacktrace\":{\"frames\":[{\"filename\":\"x77.js\",\"lineno\":1}]}}");
    assert_int_equal(rewrite(&world, &how, input.data, input.nbytes), SMC_REWRITE_OK);
    assert_int_equal(how.counts.n_frames, 3001);
    assert_int_equal(how.counts.n_mapped, 1);
    assert_int_equal(how.counts.n_reasons[SMC_REASON_MISSING_SOURCE], 3000);
    text_free(&how.out);
    text_free(&input);
}

static void images_of_options(void **state)
{
    static const char input[] = "{" IMAGES(OTHER_ID) "," STACKS(FRAME) "}\n{" STACKS(FRAME) "}";
    struct smc_rewrite_image images[] = {{.url = {NULL, 0}}, {.url = {"https://h/x.js", 14}}};

    (void)state;
    assert_int_equal(smc_debug_id_parse(APP_DEBUG_ID, 36, 0, images[0].debug_id), 0);
    memcpy(images[1].debug_id, images[0].debug_id, 16);
    for (size_t n = 0; n <= 2; n++) {
        struct rewriting how = plain;
        how.images = images;
        how.n_images = n;
        assert_int_equal(rewrite(&world, &how, input, sizeof input - 1), SMC_REWRITE_OK);
        assert_int_equal(how.counts.n_mapped, n);
        text_free(&how.out);
    }
}

/* Attachments are no JSON; without a length they are a line. */
static void envelopes(void **state)
{
#define HEADER "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\",\"sent_at\":\"x\"}\n"
#define ATTACHED "{\"type\":\"attachment\",\"length\":10,\"filename\":\"x\"}\n\xff{]\n\"\x01}}]\n\n"
#define EVENT_ITEM(frame)                                                                          \
    "{\"type\":\"event\",\"length\":9}\n{\"type\":\"x\",\"length\":1," STACKS(frame) "}\n"
#define EMPTY "{\"type\":\"attachment\",\"length\":0}\n\n"
#define LINE_HEADER "{\"type\":\"attachment\"}\r\n"
#define LINE LINE_HEADER "\xff some {] text\"\r\n"
#define APP                                                                                        \
    "{\"function\":\"b\",\"filename\":\"app.js\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":"  \
    "41}"
    static const char *const event_keys[] = {
        "{\"event_id\":\"1\",\"platform\":\"node\"}\n",
        "{\"timestamp\":1,\"event_id\":\"1\"}\n",
        "{\"event_id\":\"1\",\"exception\":{\"values\":[]}}\n",
        "{\"event_id\":\"1\",\"threads\":null}\n",
    };
    static const char *const bad[] = {
        "{\"x\":1}\n" ATTACHED,
        HEADER "{\"type\":\"attachment\",\"length\":11}\nabcd",
        HEADER "{\"type\":\"attachment\",\"length\":2}\nabcd\n",
        HEADER "{\"type\":\"event\",\"length\":2}\nab\n",
    };

    (void)state;
    assert_rewritten(
        &world, &plain,
        HEADER EMPTY ATTACHED EVENT_ITEM("{\"function\":\"b\",\"filename\":\"app.js\",\"abs_"
                                         "path\":\"app.js\",\"lineno\":1,\"colno\":41}") ATTACHED,
        HEADER EMPTY ATTACHED EVENT_ITEM(MAPPED) ATTACHED);
    assert_rewritten(&world, &plain, HEADER LINE EVENT_ITEM(APP) LINE EVENT_ITEM(APP) LINE "\n\n",
                     HEADER LINE EVENT_ITEM(MAPPED) LINE EVENT_ITEM(MAPPED) LINE "\n\n");
    assert_rewritten(&world, &plain, HEADER EVENT_ITEM(APP) LINE_HEADER "x",
                     HEADER EVENT_ITEM(MAPPED) LINE_HEADER "x");
    /* Events that follow each other are no envelope. */
    for (size_t i = 0; i < COUNT_OF(event_keys); i++) {
        struct text input = {0}, wanted = {0};
        text_puts(&input, event_keys[i]);
        text_puts(&wanted, event_keys[i]);
        text_puts(&input, "{\"type\":\"error\"}\n{" STACKS(APP) "}\n");
        text_puts(&wanted, "{\"type\":\"error\"}\n{" STACKS(MAPPED) "}\n");
        assert_rewritten(&world, &plain, input.data, wanted.data);
        text_free(&input);
        text_free(&wanted);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct rewriting how = plain;
        assert_int_equal(rewrite(&world, &how, bad[i], strlen(bad[i])), SMC_REWRITE_E_JSON);
        assert_string_equal(how.out.data, bad[i]);
        text_free(&how.out);
    }
}

/* ---- names ---- */

/* A map of one token, of a source of this name. */
static void assert_names(const char *source, const char *file, const char *module)
{
    struct text members = {0}, input = {0}, wanted = {0};

    text_puts(&members, "\"names\":[],\"sources\":[");
    text_json(&members, source, strlen(source));
    text_puts(&members, "]");
    struct rewriting_world other = world;
    other.app = build_mappings("AAAA", members.data);
    other.app_cache = open_file(&other.app);
    rewriting_world_start(&other);
    text_puts(&input,
              "{\"stacktrace\":{\"frames\":[{\"function\":\"f\",\"module\":\"\",\"filename\":\"app."
              "js\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":1}]}}");
    text_puts(&wanted, "{\"stacktrace\":{\"frames\":[{\"function\":\"f\",\"module\":");
    text_json(&wanted, module, strlen(module));
    text_puts(&wanted, ",\"filename\":");
    text_json(&wanted, file, strlen(file));
    text_puts(&wanted, ",\"abs_path\":");
    text_json(&wanted, source, strlen(source));
    text_puts(&wanted, ",\"lineno\":1,\"colno\":1}]}}");
    assert_rewritten(&other, &plain, input.data, wanted.data);
    smc_symbolicator_close(other.symbolicator);
    smc_close(other.app_cache);
    file_free(&other.app);
    text_free(&members);
    text_free(&input);
    text_free(&wanted);
}

static void names_of_files_and_modules(void **state)
{
    (void)state;
    assert_names("webpack:///./src/a.ts", "./src/a.ts", "src/a");
    assert_names("webpack://my-app/./src/a.ts", "./src/a.ts", "src/a");
    assert_names("webpack:///~/lodash/get.js", "~/lodash/get.js", "lodash/get");
    assert_names("webpack:///webpack/bootstrap 1234", "webpack/bootstrap 1234",
                 "webpack/bootstrap 1234");
    assert_names("webpack://app/src/a.ts", "webpack://app/src/a.ts", "src/a");
    assert_names("https://h/static/js/v1.0/foo/bar.js?x#y", "/static/js/v1.0/foo/bar.js",
                 "foo/bar");
    assert_names("https://h", "https://h", "<unknown module>");
    assert_names("app:///src/a.min.js", "/src/a.min.js", "src/a");
    assert_names("../src/.hidden/a.b.ts", "../src/.hidden/a.b.ts", "src/.hidden/a.b");
    assert_names("C:\\src\\a.ts", "C:\\src\\a.ts", "C:\\src\\a");
    assert_names("main.4f3c2a1b.js", "main.4f3c2a1b.js", "main");
    assert_names("/a/0123456789abcdef0123456789abcdef/x/y.js",
                 "/a/0123456789abcdef0123456789abcdef/x/y.js", "x/y");
    assert_names("node_modules/js/", "node_modules/js/", "<unknown module>");
    assert_names("", "", "<unknown module>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_of_an_event),
        cmocka_unit_test(all_places_of_stacks),
        cmocka_unit_test(lines_of_source),
        cmocka_unit_test(inlined_functions),
        cmocka_unit_test(lines_of_many_frames),
        cmocka_unit_test(ignored_and_unmapped),
        cmocka_unit_test(sampled_profile),
        cmocka_unit_test(images_before_frames),
        cmocka_unit_test(images_behind_frames),
        cmocka_unit_test(many_images),
        cmocka_unit_test(images_of_options),
        cmocka_unit_test(envelopes),
        cmocka_unit_test(names_of_files_and_modules),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
