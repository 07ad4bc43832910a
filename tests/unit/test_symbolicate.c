/*
 * Stacks: what their frames stand for and are called, why some stay as they are, which files are asked for and kept, and
 * source lines.
 */
#include "tests/unit/functions.h"
#include "tests/unit/stack_world.h"

/* ---- stacks as text ---- */

/* "FUNCTION@URL:LINE:COLUMN", 0-based; a function may be empty; "-" is none of a number. */
struct frames {
    struct smc_generated_frame list[32];
    size_t n;
    char text[2000];
};

static uint32_t number_of(const char *text)
{
    return text[0] == '-' ? SMC_NONE : (uint32_t)strtoul(text, NULL, 10);
}

/* Split by spaces. "async " and "new " are the flags that follow. */
static void read_frames(const char *text, struct frames *frames)
{
    uint32_t flags = 0;

    *frames = (struct frames){.n = 0};
    (void)snprintf(frames->text, sizeof frames->text, "%s", text);
    for (char *word = strtok(frames->text, " "); word != NULL; word = strtok(NULL, " ")) {
        if (strcmp(word, "async") == 0) {
            flags |= SMC_GENERATED_AWAIT;
            continue;
        }
        char *sign = strchr(word, '@'), *column = strrchr(word, ':');
        assert_true(sign != NULL && column != NULL && frames->n < COUNT_OF(frames->list));
        *sign = *column = 0;
        char *line = strrchr(sign + 1, ':');
        assert_non_null(line);
        *line = 0;
        const struct smc_view function = {word[0] == 0 ? NULL : word, strlen(word)};
        frames->list[frames->n++] =
            (struct smc_generated_frame){.url = {sign + 1, strlen(sign + 1)},
                                         .function = function,
                                         .line = number_of(line + 1),
                                         .column = number_of(column + 1),
                                         .flags = flags};
        flags = 0;
    }
}

/* Spaces split what is around it. */
static void add_view(struct text *text, struct smc_view view)
{
    for (size_t i = 0; i < view.nbytes; i++) {
        text_add(text, view.ptr[i] == ' ' ? "_" : view.ptr + i, 1);
    }
    text_puts(text, view.ptr == NULL ? "-" : "");
}

static const char *const origins[] = {"none",     "scopes", "facebook", "bloomberg", "original",
                                      "minified", "text",   "caller",   "engine"};

/* "FRAME=NAME/ORIGIN@SOURCE:LINE:COLUMN", or a reason behind the "@"; "!" ignored, "^" inlined. */
static void add_original(struct text *text, const struct smc_original_frame *original)
{
    text_puts(text, text->nbytes > 0 ? " " : "");
    text_number(text, original->frame);
    text_puts(text, (original->flags & SMC_ORIGINAL_INLINED) != 0 ? "^" : "");
    text_puts(text, (original->flags & SMC_ORIGINAL_IGNORED) != 0 ? "!" : "");
    text_puts(text, "=");
    add_view(text, original->name);
    text_puts(text, "/");
    text_puts(text, origins[original->name_origin]);
    text_puts(text, "@");
    if (original->reason != SMC_REASON_NONE) {
        assert_true(original->source == SMC_NONE && original->source_text.ptr == NULL);
        text_puts(text, smc_reason_text(original->reason));
        return;
    }
    assert_true(original->source != SMC_NONE && original->file != NULL);
    add_view(text, original->source_text);
    text_puts(text, ":");
    text_number(text, original->source_line);
    text_puts(text, ":");
    text_number(text, original->source_column);
}

static void assert_stack(struct stack_world *world, enum smc_stack_order order, const char *stack,
                         const char *wanted)
{
    const struct smc_original_frame *originals;
    struct text found = {0};
    struct frames frames;
    size_t n;

    read_frames(stack, &frames);
    assert_int_equal(
        smc_symbolicate(world->symbolicator, frames.list, frames.n, order, &originals, &n), SMC_OK);
    text_add(&found, "", 0);
    for (size_t i = 0; i < n; i++) {
        add_original(&found, &originals[i]);
    }
    if (strcmp(found.data, wanted) != 0) {
        fail_msg("%s\n  found  %s\n  wanted %s", stack, found.data, wanted);
    }
    text_free(&found);
}

/* The words of a text, the last one first. */
static struct text reversed(const char *words)
{
    struct text text = {0};
    const char *end = words + strlen(words);

    text_add(&text, "", 0);
    while (end > words) {
        const char *start = end;
        while (start > words && start[-1] != ' ') {
            start--;
        }
        text_puts(&text, text.nbytes > 0 ? " " : "");
        text_add(&text, start, (size_t)(end - start));
        end = start > words ? start - 1 : start;
    }
    return text;
}

static void renumber(struct text *text, size_t n_frames)
{
    for (size_t i = 0; i < text->nbytes; i++) {
        if (i == 0 || text->data[i - 1] == ' ') {
            text->data[i] = (char)('0' + (n_frames - 1) - (size_t)(text->data[i] - '0'));
        }
    }
}

/* Both ways round; fewer than ten frames. */
static void assert_either_way(struct stack_world *world, const char *stack, const char *wanted)
{
    struct text other = reversed(stack), other_wanted = reversed(wanted);
    struct frames frames;

    assert_stack(world, SMC_CALLEE_FIRST, stack, wanted);
    read_frames(stack, &frames);
    renumber(&other_wanted, frames.n);
    assert_stack(world, SMC_CALLER_FIRST, other.data, other_wanted.data);
    text_free(&other);
    text_free(&other_wanted);
}

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

/* ---- names ---- */

static void names_in_order_of_trust(void **state)
{
    (void)state;
    /* The function's own, whatever else is known. */
    assert_either_way(&world, "t@app.js:0:10 u@app.js:0:110",
                      "0=Checkout.submit/original@a.ts:1:3 1=u/engine@a.ts:11:5");
    assert_either_way(&world, "t@app.js:0:45 u@app.js:0:110",
                      "0!=lib.run/facebook@lib.ts:4:5 1=u/engine@a.ts:11:5");
    assert_either_way(&world, "t@app.js:0:120", "0=get_Cart.total/minified@-:12:1");
    /* Then what the caller calls it, */
    assert_either_way(&world, "t@app.js:0:20 u@app.js:0:10",
                      "0=pay/caller@a.ts:2:6 1=Checkout.submit/original@a.ts:1:3");
    assert_either_way(&world, "t@app.js:0:50 u@app.js:0:110 v@app.js:0:20",
                      "0=find/caller@a.ts:5:1 1=cb/caller@a.ts:11:5 2=v/engine@a.ts:2:6");
    /* which only a token does that begins at the call, */
    assert_either_way(&world, "t@app.js:0:50 u@app.js:0:111",
                      "0=t/engine@a.ts:5:1 1=u/engine@a.ts:11:5");
    /* and only the next frame, and that of a stack; */
    assert_either_way(&world, "t@app.js:0:50 x@missing_source:0:0 u@app.js:0:110",
                      "0=t/engine@a.ts:5:1 1=find/caller@missing_source 2=u/engine@a.ts:11:5");
    assert_stack(&world, SMC_UNRELATED, "t@app.js:0:50 u@app.js:0:110",
                 "0=t/engine@a.ts:5:1 1=u/engine@a.ts:11:5");
    /* then the engine's. */
    assert_either_way(&world, "t@app.js:0:50 @app.js:0:50",
                      "0=t/engine@a.ts:5:1 1=-/none@a.ts:5:1");
    /* Outside of functions there is no name, whoever calls it. */
    assert_either_way(&world, "t@app.js:0:0 u@app.js:0:110",
                      "0=-/none@a.ts:0:0 1=u/engine@a.ts:11:5");
    /* Native code is called what it is called. */
    assert_either_way(&world, "Array.map@<anonymous>:-:- u@app.js:0:110",
                      "0=Array.map/engine@no_location 1=u/engine@a.ts:11:5");
}

static void kinds_and_names_of_tokens(void **state)
{
    const struct smc_original_frame *originals;
    struct frames frames;
    size_t n;

    (void)state;
    read_frames("t@app.js:0:10 t@app.js:0:0 t@app.js:0:20 t@app.js:0:50 t@native:1:1", &frames);
    assert_int_equal(
        smc_symbolicate(world.symbolicator, frames.list, frames.n, SMC_UNRELATED, &originals, &n),
        SMC_OK);
    assert_int_equal(n, 5);
    assert_view_string(originals[0].token_name, "pay");
    assert_view_string(originals[0].function.last, "submit");
    assert_int_equal(originals[0].file->rule, SMC_RULE_URL);
    assert_view_string(originals[0].file->path, "app.js.map");
    assert_int_equal(originals[1].function.kind, SMC_FUNCTION_TOP_LEVEL);
    assert_null(originals[1].token_name.ptr);
    assert_int_equal(originals[2].function.kind, SMC_FUNCTION_ANONYMOUS);
    assert_int_equal(originals[3].function.index, SMC_NONE);
    assert_null(originals[4].file);
    assert_int_equal(originals[4].function.index, SMC_NONE);
}

/* ---- one frame, several, none ---- */

static void inlined(void **state)
{
    (void)state;
    assert_either_way(&world, "t@app.js:0:65 u@app.js:0:10",
                      "0=inner/scopes@a.ts:6:4 0^=middle/scopes@a.ts:60:1 "
                      "0^!=outer/scopes@lib.ts:60:2 1=Checkout.submit/original@a.ts:1:3");
    assert_either_way(&world, "t@app.js:0:90 t@app.js:0:90",
                      "0=last/scopes@a.ts:9:6 0^=first/scopes@a.ts:60:3 1=last/scopes@a.ts:9:6 "
                      "1^=first/scopes@a.ts:60:3");
}

/* A file that says that each position is in a thousand functions makes a stack of bounded length of any. */
static void inlined_deeply(void **state)
{
    struct smc_generated_frame frames[2000];
    struct smc_function_table table = {0};
    struct text map = {0};
    const struct smc_original_frame *originals;
    smc_cache *cache;
    size_t n;

    (void)state;
    text_puts(&map, "{\"version\":3,\"sources\":[\"a\"],\"names\":[],\"mappings\":\"AAAA\"}");
    struct file plain = build_file(&map, SMC_BUILD_SOURCES_RAW);
    const uint32_t function = add_named(&table, "f", SMCF_NAME_SCOPES);
    uint32_t site = SMCF_NONE;
    for (uint32_t i = 0; i < 1000; i++) {
        const struct smc_call_site outer = {0, i, 0, function, site};
        site = smc_inlined_add_call_site(&table.inlined, &outer);
    }
    const struct smc_inlined_entry entry = {0, 0, site, SMCF_NONE, 0};
    smc_inlined_add(&table.inlined, &entry);
    smc_function_table_run(&table, 0, function);
    struct file file = file_with_functions(&plain, &table);
    assert_int_equal(smc_open_memory(file.bytes, file.nbytes, 0, &cache, NULL), SMC_OK);
    stack_world_add(&world, "deep.js", cache, SMC_REASON_NONE);
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        frames[i] = (struct smc_generated_frame){.url = {"deep.js", 7}};
    }
    assert_int_equal(smc_symbolicate(world.symbolicator, frames, COUNT_OF(frames), SMC_CALLEE_FIRST,
                                     &originals, &n),
                     SMC_OK);
    const size_t n_deep = SMC_SYMBOLICATE_INLINED_MAX / SMC_SYMBOLICATE_DEPTH_MAX;
    assert_int_equal(n, SMC_SYMBOLICATE_INLINED_MAX + COUNT_OF(frames) - n_deep);
    assert_int_equal(originals[0].source_line, 0);
    assert_int_equal(originals[1].source_line, 999); /* the innermost calls */
    assert_int_equal(originals[255].source_line, 999 - 254);
    assert_true(originals[255].frame == 0 && originals[256].frame == 1);
    assert_int_equal(originals[n - 1].frame, COUNT_OF(frames) - 1);
    stack_world_close(&world);
    stack_world_open(&world, NULL);
    smc_close(cache);
    file_free(&file);
    file_free(&plain);
    text_free(&map);
}

/* What called a function that the author did not write is one too many. */
static void hidden(void **state)
{
    (void)state;
    assert_either_way(&world, "t@app.js:0:70 u@app.js:0:80 v@app.js:0:10",
                      "0=outlined/scopes@a.ts:7:0 2=Checkout.submit/original@a.ts:1:3");
    assert_either_way(&world, "t@app.js:0:70 u@app.js:0:65 v@app.js:0:10",
                      "0=outlined/scopes@a.ts:7:0 1^=middle/scopes@a.ts:60:1 "
                      "1^!=outer/scopes@lib.ts:60:2 2=Checkout.submit/original@a.ts:1:3");
    assert_either_way(&world, "s@app.js:0:70 t@app.js:0:70 u@app.js:0:80",
                      "0=outlined/scopes@a.ts:7:0");
    assert_either_way(&world, "u@app.js:0:80 t@app.js:0:70",
                      "0=caller/scopes@a.ts:8:3 1=outlined/scopes@a.ts:7:0");
    assert_stack(&world, SMC_UNRELATED, "t@app.js:0:70 u@app.js:0:80",
                 "0=outlined/scopes@a.ts:7:0 1=caller/scopes@a.ts:8:3");
    /* A frame of which nothing is known stays. */
    assert_either_way(&world, "t@app.js:0:70 u@missing_source:0:0 v@app.js:0:80",
                      "0=outlined/scopes@a.ts:7:0 1=hide/caller@missing_source "
                      "2=caller/scopes@a.ts:8:3");
}

/* ---- reasons ---- */

static void reasons(void **state)
{
    (void)state;
    assert_either_way(&world, "t@<anonymous>:0:0", "0=t/engine@no_location");
    assert_either_way(&world, "t@native:0:0", "0=t/engine@no_location");
    assert_either_way(&world, "t@:0:0", "0=t/engine@no_location");
    assert_either_way(&world, "t@node:fs:0:0", "0=t/engine@no_location");
    assert_either_way(&world, "t@internal/x.js:0:0", "0=t/engine@no_location");
    assert_int_equal(world.n_asked, 0);
    assert_either_way(&world, "t@natives:0:0", "0=t/engine@missing_source");
    assert_either_way(&world, "t@missing_source:0:0", "0=t/engine@missing_source");
    assert_either_way(&world, "t@ambiguous_source:0:0", "0=t/engine@ambiguous_source");
    assert_either_way(&world, "t@missing_sourcemap:0:0", "0=t/engine@missing_sourcemap");
    assert_either_way(&world, "t@malformed_sourcemap:0:0", "0=t/engine@malformed_sourcemap");
    assert_either_way(&world, "t@missing_source:-:-", "0=t/engine@missing_source");
    assert_either_way(&world, "t@app.js:-:-", "0=t/engine@invalid_location");
    assert_either_way(&world, "t@app.js:-:0", "0=t/engine@invalid_location");
    assert_either_way(&world, "t@app.js:0:-", "0=t/engine@no_column");
    assert_either_way(&world, "t@app.js:1:0", "0=t/engine@invalid_location");
    assert_either_way(&world, "t@app.js:0:35", "0=t/engine@invalid_location");
    assert_either_way(&world, "t@app.js:4294967294:4294967294", "0=t/engine@invalid_location");
    assert_either_way(&world, "t@app.js:0:4294967294", "0=get_Cart.total/minified@-:12:1");
}

static void words(void **state)
{
    (void)state;
    assert_null(smc_reason_text(SMC_REASON_NONE));
    assert_null(smc_reason_text(SMC_REASON_TOO_LARGE + 1));
    assert_null(smc_reason_text(UINT32_MAX));
    assert_string_equal(smc_reason_text(SMC_REASON_NO_LOCATION), "no_location");
    assert_string_equal(smc_reason_text(SMC_REASON_INVALID_LOCATION), "invalid_location");
    assert_string_equal(smc_reason_text(SMC_REASON_TOO_LARGE), "too_large");
    assert_null(smc_rule_text(SMC_RULE_NONE));
    assert_null(smc_rule_text(SMC_RULE_BASE_NAME + 1));
    assert_string_equal(smc_rule_text(SMC_RULE_DEBUG_ID), "debug_id");
    assert_string_equal(smc_rule_text(SMC_RULE_BASE_NAME), "base_name");
}

static void across_lines(void **state)
{
    (void)state;
    stack_world_reopen(&world,
                       (struct smc_symbolicator_options){.lookup_flags = SMC_LOOKUP_ACROSS_LINES});
    assert_either_way(&world, "t@app.js:1:0", "0=get_Cart.total/minified@-:12:1");
}

/* An `await` that has no token is where what is awaited is, if that is near. */
static void awaits(void **state)
{
    (void)state;
    assert_either_way(&world, "t@app.js:0:34", "0=t/engine@invalid_location");
    assert_stack(&world, SMC_CALLEE_FIRST, "async t@app.js:0:33", "0=t/engine@invalid_location");
    assert_stack(&world, SMC_CALLEE_FIRST, "async t@app.js:0:34", "0!=lib.run/facebook@lib.ts:4:5");
    assert_stack(&world, SMC_CALLEE_FIRST, "async t@app.js:0:10",
                 "0=Checkout.submit/original@a.ts:1:3");
    assert_stack(&world, SMC_CALLEE_FIRST, "t@app.js:0:50 async u@app.js:0:106",
                 "0=find/caller@a.ts:5:1 1=u/engine@a.ts:11:5");
    assert_stack(&world, SMC_CALLEE_FIRST, "async t@app.js:0:26",
                 "0=t/engine@a.ts:2:6"); /* no code is there: nothing says where the await is */
}

static void bytecode(void **state)
{
    const struct smc_original_frame *originals;
    struct smc_generated_frame frame = {.url = {"hermes.bundle", 13},
                                        .flags = SMC_GENERATED_IN_FUNCTION};
    static const struct {
        uint32_t segment, function, offset, reason, line;
    } cases[] = {{0, 0, 0, 0, 0},
                 {0, 0, 19, 0, 0},
                 {0, 1, 0, 0, 1},
                 {0, 1, 6, 0, 2},
                 {1, 0, 10, 0, 3},
                 {1, 0, 9, SMC_REASON_INVALID_LOCATION, 0},
                 {0, 2, 0, SMC_REASON_INVALID_LOCATION, 0},
                 {2, 0, 0, SMC_REASON_INVALID_LOCATION, 0},
                 {0, 1, UINT32_MAX - 1, SMC_REASON_INVALID_LOCATION, 0},
                 {0, 0, SMC_NONE, SMC_REASON_NO_COLUMN, 0},
                 {SMC_NONE, 0, 0, SMC_REASON_INVALID_LOCATION, 0}};
    size_t n;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        frame.line = cases[i].segment;
        frame.function_id = cases[i].function;
        frame.column = cases[i].offset;
        assert_int_equal(
            smc_symbolicate(world.symbolicator, &frame, 1, SMC_CALLEE_FIRST, &originals, &n),
            SMC_OK);
        assert_int_equal(n, 1);
        assert_int_equal(originals->reason, cases[i].reason);
        assert_int_equal(originals->source_line, cases[i].line);
    }
    frame.url = (struct smc_view){"app.js", 6}; /* of a map without functions of bytecode */
    assert_int_equal(
        smc_symbolicate(world.symbolicator, &frame, 1, SMC_CALLEE_FIRST, &originals, &n), SMC_OK);
    assert_int_equal(originals->reason, SMC_REASON_INVALID_LOCATION);
    frame = (struct smc_generated_frame){
        .url = {"hermes.bundle", 13}, .column = 26, .flags = SMC_GENERATED_BYTECODE};
    assert_int_equal(
        smc_symbolicate(world.symbolicator, &frame, 1, SMC_CALLEE_FIRST, &originals, &n), SMC_OK);
    assert_int_equal(originals->source_line, 2);
}

/* A script is outside of any function, whatever is at its beginning. */
static void starts_of_functions(void **state)
{
    const struct smc_original_frame *originals;
    struct smc_generated_frame frame = {.url = {"app.js", 6},
                                        .flags = SMC_GENERATED_FUNCTION_START};
    size_t n;

    (void)state;
    assert_int_equal(smc_symbolicate(world.symbolicator, &frame, 1, SMC_UNRELATED, &originals, &n),
                     SMC_OK);
    assert_int_equal(originals->function.kind, SMC_FUNCTION_TOP_LEVEL);
    frame.column = 50;
    frame.function = (struct smc_view){"t", 1};
    assert_int_equal(smc_symbolicate(world.symbolicator, &frame, 1, SMC_UNRELATED, &originals, &n),
                     SMC_OK);
    assert_view_string(originals->name, "t");
}

/* ---- what it does not know ---- */

static void unknown_options(void **state)
{
    const struct smc_original_frame *originals;
    struct smc_generated_frame frame = {.url = {"app.js", 6}};
    smc_symbolicator *symbolicator = world.symbolicator;
    struct smc_symbolicator_options options = {.struct_size = sizeof options};
    size_t n;

    (void)state;
    assert_int_equal(smc_symbolicator_open(NULL, &symbolicator), SMC_E_UNSUPPORTED);
    assert_null(symbolicator);
    assert_int_equal(smc_symbolicator_open(&options, &symbolicator), SMC_E_UNSUPPORTED);
    smc_symbolicator_close(NULL);
    assert_int_equal(
        smc_symbolicate(world.symbolicator, &frame, 1, (enum smc_stack_order)3, &originals, &n),
        SMC_E_UNSUPPORTED);
    assert_true(n == 0 && originals == NULL);
    frame.flags = 32;
    assert_int_equal(
        smc_symbolicate(world.symbolicator, &frame, 1, SMC_CALLEE_FIRST, &originals, &n),
        SMC_E_UNSUPPORTED);
    assert_true(n == 0 && originals == NULL);
    assert_int_equal(smc_symbolicate(world.symbolicator, NULL, 0, SMC_CALLEE_FIRST, &originals, &n),
                     SMC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(world.n_asked, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(names_in_order_of_trust),
        TEST(kinds_and_names_of_tokens),
        TEST(inlined),
        TEST(inlined_deeply),
        TEST(hidden),
        TEST(reasons),
        TEST(words),
        TEST(across_lines),
        TEST(awaits),
        TEST(bytecode),
        TEST(starts_of_functions),
        TEST(unknown_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
