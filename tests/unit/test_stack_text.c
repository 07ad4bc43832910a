/*
 * Frames in any text: in JSON strings, cut off anywhere, with bytes changed, put together at random, and as long as they
 * may be.
 */
#include "tests/unit/marked_frames.h"

static const char *const samples[] = {
    "    at fn (https://example.com/app.js:10:20)",
    "    at async Object.<anonymous> [as run] (/home/a b/my (app)/a.js:1:2)",
    "    at new Foo (C:\\new\\test\\a.js:3:4)",
    "    at file:///x/a.mjs:5:6",
    "    at C:\\Users\\J D\\a.js:7:8",
    "    at async Promise.all (index 0)",
    "    at Array.map (<anonymous>)",
    "    at apply (native)",
    "    at <anonymous>",
    "    at node:internal/main/run_main_module:22:47",
    "    at eval (eval at <anonymous> (https://example.com/app.js:10:20), <anonymous>:1:21)",
    "    at e (eval at d (eval at c (a.js:1:2), <anonymous>:3:4), <anonymous>:5:6)",
    "    at obj.\"a\\b\" (https://example.com/\"q\".js:10:20)",
    "    at \xc3\xa9 (https://example.com/\xe6\x96\x87.js:10:20)",
    "fn@https://example.com/app.js:10:20",
    "@https://example.com/react@18/app.js:10:20",
    "promise callback*fn@https://example.com/app.js:10:20",
    "global code@https://example.com/app.js:10:20",
    "fn@https://example.com/app.js line 26 > eval:1:2",
    "map@[native code]",
    "    at fn (address at index.android.bundle:1:48213)",
};

/* ---- JSON strings ---- */

/* As the inside of a JSON string, n times over. */
static struct text escaped(const char *bytes, size_t nbytes, unsigned n)
{
    static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
    struct text text = {0};

    text_add(&text, bytes, nbytes);
    for (; n > 0; n--) {
        struct text once = {0};
        text_add(&once, "", 0);
        for (size_t i = 0; i < text.nbytes; i++) {
            const char *special = memchr(from, text.data[i], sizeof from - 1);
            text_puts(&once, special != NULL ? "\\" : "");
            text_add(&once, special != NULL ? &to[special - from] : &text.data[i], 1);
        }
        text_free(&text);
        text = once;
    }
    return text;
}

static void add_escaped_part(struct text *text, const char *line, struct smc_stack_span part,
                             unsigned n)
{
    struct text inside = escaped(line + part.off, part.nbytes, n);

    text_add(text, inside.data, inside.nbytes);
    text_puts(text, "|");
    text_free(&inside);
}

/* What is to be found, and what is: all but whether it is alone. */
static void add_frame(struct text *text, const char *line, const struct smc_stack_frame *frame,
                      unsigned n)
{
    text_number(text, frame->form);
    text_puts(text, "/");
    text_number(text, frame->flags & ~(unsigned)SMC_STACK_ALONE);
    text_puts(text, "|");
    add_escaped_part(text, line, frame->whole, n);
    add_escaped_part(text, line, frame->function, n);
    add_escaped_part(text, line, frame->url, n);
    text_number(text, frame->line);
    text_puts(text, ":");
    text_number(text, frame->column);
    text_puts(text, "\n");
}

static void add_frames(struct text *frames, const char *line, size_t nbytes, unsigned n_escapings,
                       unsigned n)
{
    struct smc_stack_scan scan = {.text = line, .nbytes = nbytes};
    struct smc_stack_frame frame;

    while (smc_stack_next(&scan, &frame)) {
        const uint32_t n_wanted = (frame.flags & SMC_STACK_EVAL_ORIGIN) != 0 ? 0 : n_escapings;
        if (frame.n_escapings != n_wanted) {
            fail_msg("%.*s: %u times escaped, not %u", (int)nbytes, line, frame.n_escapings,
                     n_wanted);
        }
        add_frame(frames, line, &frame, n);
    }
}

/* The stacks of three samples each, in JSON, which is in JSON so many times over. */
static void assert_escaped(const char *line_end, unsigned n)
{
    for (size_t first = 0; first < COUNT_OF(samples); first++) {
        struct text wanted = {0}, found = {0}, stack = {0}, log = {0};
        text_puts(&stack, "Error: no \"x\"");
        for (size_t i = first; i < first + 3; i++) {
            const char *line = samples[i % COUNT_OF(samples)];
            text_puts(&stack, line_end);
            text_puts(&stack, line);
            add_frames(&wanted, line, strlen(line), 0, n);
        }
        text_add(&log, stack.data, stack.nbytes);
        for (unsigned i = 0; i < n; i++) {
            struct text inside = escaped(log.data, log.nbytes, 1);
            log.nbytes = 0;
            text_puts(&log, "{\"level\": 3, \"stack\": \"");
            text_add(&log, inside.data, inside.nbytes);
            text_puts(&log, "\", \"at\": \"10:20:30\"}");
            text_free(&inside);
        }
        add_frames(&found, log.data, log.nbytes, n, 0);
        if (strcmp(found.data, wanted.data) != 0) {
            fail_msg("%s\nfound\n%s\nwanted\n%s", log.data, found.data, wanted.data);
        }
        assert_no_fault(log.data, log.nbytes);
        text_free(&stack);
        text_free(&log);
        text_free(&found);
        text_free(&wanted);
    }
}

static void in_json_strings(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= SMC_STACK_ESCAPINGS_MAX; n++) {
        assert_escaped("\n", n);
        assert_escaped("\r\n", n);
        assert_escaped("\n\t", n);
    }
}

static uint32_t escapings_of_first(const char *line)
{
    struct smc_stack_scan scan = {.text = line, .nbytes = strlen(line)};
    struct smc_stack_frame frame;

    assert_true(smc_stack_next(&scan, &frame));
    return frame.n_escapings;
}

/* A string that is one frame, or ends or begins with one. */
static void strings_of_one_frame(void **state)
{
    (void)state;
    assert_int_equal(escapings_of_first("\"at f (a.js:1:1)\""), 1);
    assert_int_equal(escapings_of_first("\"f@a.js:1:1\","), 1);
    assert_int_equal(escapings_of_first("\"Error at f (a.js:1:1)\""), 1);
    assert_int_equal(escapings_of_first("\"at f (a.js:1:1) and so on\""), 1);
    assert_int_equal(escapings_of_first("{\\\"a\\\":\\\"at f (a.js:1:1)\\\"}"), 2);
    assert_int_equal(escapings_of_first("{\\\"a\\\":\\\"at f (a.js:1:1) and so on\\\"}"), 2);
    assert_int_equal(escapings_of_first("\"Error\\nat f (a.js:1:1) and so on\""), 1);
    assert_int_equal(escapings_of_first("\"a\" at f (a.js:1:1)"), 0);
    assert_int_equal(escapings_of_first("on at f (a.js:1:1) and so on"), 0);
    assert_int_equal(escapings_of_first("C:\\in at f (a.js:1:1)"), 0);
}

/* ---- any bytes ---- */

static void bytes_of_no_text(void **state)
{
    static const char nul[] = "\0 at f\0g (a\0.js:1:2)\0";
    struct smc_stack_scan scan = {.text = nul, .nbytes = sizeof nul - 1};
    struct smc_stack_frame frame;

    (void)state;
    assert_true(smc_stack_next(&scan, &frame));
    assert_int_equal(frame.function.nbytes, 3);
    assert_int_equal(frame.url.nbytes, 5);
    assert_false(smc_stack_next(&scan, &frame));
    assert_no_fault(nul, sizeof nul - 1);
    assert_marked("\xff\xfe \xc2\xab"
                  "at \xc2(\x80) (\xed\xa0\x80.js:1:2)\xc2\xbb\xff",
                  "at | \xc2(\x80) | \xed\xa0\x80.js | 0:1");
    assert_marked("\xc2\xab\xff@\xfe/x:1:2\xc2\xbb", "sign+alone | \xff | \xfe/x | 0:1");
    for (unsigned c = 0; c < 256; c++) {
        const char byte = (char)c;
        assert_no_fault(&byte, 1);
    }
}

static void cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct text line = {0};
        text_puts(&line, samples[i]);
        text_puts(&line, " ");
        text_json(&line, samples[(i + 1) % COUNT_OF(samples)],
                  strlen(samples[(i + 1) % COUNT_OF(samples)]));
        for (size_t from = 0; from <= line.nbytes; from++) {
            assert_no_fault(line.data + from, line.nbytes - from);
            assert_no_fault(line.data, from);
        }
        text_free(&line);
    }
}

static void changed_anywhere(void **state)
{
    static const char bytes[] = "at @:()[]<>\\\"'*=1, nrt\0\xff\xc3\n";
    struct rng rng = {31};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text line = {0};
        for (uint32_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            const char *sample = samples[rng_below(&rng, COUNT_OF(samples))];
            const uint32_t from = rng_below(&rng, (uint32_t)strlen(sample));
            text_add(&line, sample + from, rng_below(&rng, (uint32_t)strlen(sample) - from + 1));
            text_puts(&line, "");
        }
        for (uint32_t n = rng_below(&rng, 4); n > 0 && line.nbytes > 0; n--) {
            line.data[rng_below(&rng, (uint32_t)line.nbytes)] =
                bytes[rng_below(&rng, sizeof bytes - 1)];
        }
        assert_no_fault(line.data, line.nbytes);
        text_free(&line);
    }
}

static const char *const words[] = {"at ",
                                    "async ",
                                    "new ",
                                    "fn",
                                    "(",
                                    ")",
                                    ":1:1",
                                    ":2",
                                    "@",
                                    "eval at ",
                                    ", ",
                                    "a.js",
                                    "x",
                                    " ",
                                    "\\n",
                                    "\\",
                                    "\"",
                                    "<anonymous>",
                                    "(native)",
                                    "[as ",
                                    "]",
                                    "index ",
                                    "*",
                                    "> eval",
                                    " line 3 ",
                                    "[native code]",
                                    "address at ",
                                    "code",
                                    "global ",
                                    "/",
                                    "\t",
                                    "\r",
                                    "1",
                                    "\\\"",
                                    "'"};

static void words_at_random(void **state)
{
    struct rng rng = {32};

    (void)state;
    for (int round = 0; round < 40000; round++) {
        struct text line = {0};
        text_puts(&line, "");
        for (uint32_t n = rng_below(&rng, 24); n > 0; n--) {
            text_puts(&line, words[rng_below(&rng, COUNT_OF(words))]);
        }
        assert_no_fault(line.data, line.nbytes);
        text_free(&line);
    }
}

/* ---- made at random, so that what is to be found is known ---- */

static const char *pick(struct rng *rng, const char *const *list, size_t n)
{
    return list[rng_below(rng, (uint32_t)n)];
}

/* Appends a frame to a marked line, and to what is to be found. */
static void add_random_frame(struct rng *rng, struct text *marked, struct text *wanted)
{
    static const char *const urls[] = {
        "a.js",    "https://x.com/a.js?v=1", "/a b/(c)/d.js", "C:\\a\\b.js",
        "node:fs", "webpack:///./a.js",      "./x@1/y.js"};
    static const char *const functions[] = {"f", "Foo.bar", "Object.<anonymous>", "f(x)", "#p"};
    static const char *const flags[] = {"", "+async", "+new", "+async+new"},
                             *const prefixes[] = {"", "async ", "new ", "async new "},
                             *const aliases[] = {"", " [as g]"};
    const char *url = pick(rng, urls, COUNT_OF(urls));
    const char *function = pick(rng, functions, COUNT_OF(functions));
    const uint32_t kind = rng_below(rng, 4), flag = rng_below(rng, 4);
    const uint32_t line = 1 + rng_below(rng, 1000), column = 1 + rng_below(rng, 100000);
    char frame[200], dump[200];

    if (kind == 0) {
        (void)snprintf(frame, sizeof frame, "at %s%s%s (%s:%u:%u)", prefixes[flag], function,
                       pick(rng, aliases, 2), url, line, column);
        (void)snprintf(dump, sizeof dump, "at%s | %s | %s | %u:%u", flags[flag], function, url,
                       line - 1, column - 1);
    } else if (kind == 1) {
        (void)snprintf(frame, sizeof frame, "at %s:%u:%u", url, line, column);
        (void)snprintf(dump, sizeof dump, "at | - | %s | %u:%u", url, line - 1, column - 1);
    } else if (kind == 2) {
        (void)snprintf(frame, sizeof frame, "at %s (address at %s:%u:%u)", function, url, line,
                       column);
        (void)snprintf(dump, sizeof dump, "address | %s | %s | %u:%u", function, url, line - 1,
                       column);
    } else {
        const char *plain = pick(rng, urls, 2), *name = pick(rng, functions, 3);
        (void)snprintf(frame, sizeof frame, "%s@%s:%u:%u", name, plain, line, column);
        (void)snprintf(dump, sizeof dump, "sign | %s | %s | %u:%u", name, plain, line - 1,
                       column - 1);
    }
    text_puts(marked, "\xc2\xab");
    text_puts(marked, frame);
    text_puts(marked, "\xc2\xbb");
    text_puts(wanted, wanted->nbytes > 0 ? "; " : "");
    text_puts(wanted, dump);
}

/* Words before, between and behind frames: none is anything of a frame, or begins the line of one. */
static void random_lines(void **state)
{
    static const char *const prose[] = {"x ",       "10:20:30 ",  "(see) ", "me@x.com ", "it, ",
                                        "<- ",      "at:1:1: ",   "{1} ",   "1:2 ",      "[12] ",
                                        "(a:1:1) ", "cat a:1:1 ", "'q' ",   "-- ",       "key=1 "};
    struct rng rng = {33};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text marked = {0}, wanted = {0};
        text_puts(&wanted, "");
        text_puts(&marked, "> ");
        for (uint32_t n = rng_below(&rng, 5); n > 0; n--) {
            for (uint32_t k = rng_below(&rng, 4); k > 0; k--) {
                text_puts(&marked, pick(&rng, prose, COUNT_OF(prose)));
            }
            add_random_frame(&rng, &marked, &wanted);
            text_puts(&marked, " ");
        }
        text_puts(&marked, "end");
        assert_marked(marked.data, wanted.data);
        text_free(&marked);
        text_free(&wanted);
    }
}

/* ---- limits ---- */

static void assert_n_frames(const struct text *line, size_t wanted)
{
    struct smc_stack_scan scan = {.text = line->data, .nbytes = line->nbytes};
    struct smc_stack_frame frame;
    size_t n = 0;

    while (smc_stack_next(&scan, &frame)) {
        n++;
    }
    assert_int_equal(n, wanted);
    assert_no_fault(line->data, line->nbytes);
}

/* A frame of the greatest length there is, and one that is a byte longer. */
static void length_of_a_frame(void **state)
{
    static const char *const frames[][2] = {
        {"at f (", ".js:1:1)"}, {"at ", " (a.js:1:1)"}, {"at ", ".js:1:1"},    {"f@", ".js:1:1"},
        {"", "@a.js:1:1"},      {"at ", " (native)"},   {"", "@[native code]"}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        for (size_t more = 0; more < 2; more++) {
            struct text line = {0};
            text_puts(&line, frames[i][0]);
            text_repeat(&line, 'x',
                        SMC_STACK_FRAME_NBYTES_MAX + more - strlen(frames[i][0]) -
                            strlen(frames[i][1]));
            text_puts(&line, frames[i][1]);
            assert_int_equal(line.nbytes, SMC_STACK_FRAME_NBYTES_MAX + more);
            assert_n_frames(&line, 1 - more);
            text_free(&line);
        }
    }
}

/* Parentheses in a path as deep as they are seen, and deeper. */
static void depth_of_parentheses(void **state)
{
    (void)state;
    for (size_t depth = 0; depth < 20; depth++) {
        struct text line = {0};
        text_puts(&line, "at f (/");
        text_repeat(&line, '(', depth);
        text_puts(&line, "x");
        text_repeat(&line, ')', depth);
        text_puts(&line, "/a.js:1:1)");
        assert_n_frames(&line, 1);
        text_free(&line);
        text_puts(&line, "at f ");
        for (size_t i = 0; i < depth; i++) {
            text_puts(&line, "(eval at f ");
        }
        text_puts(&line, "(a.js:1:1)");
        for (size_t i = 0; i < depth; i++) {
            text_puts(&line, ", <anonymous>:1:1)");
        }
        assert_n_frames(&line,
                        depth < SMC_STACK_PARENTHESES_MAX ? depth + 1 : SMC_STACK_PARENTHESES_MAX);
        text_free(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_json_strings),      cmocka_unit_test(strings_of_one_frame),
        cmocka_unit_test(bytes_of_no_text),     cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(changed_anywhere),     cmocka_unit_test(words_at_random),
        cmocka_unit_test(random_lines),         cmocka_unit_test(length_of_a_frame),
        cmocka_unit_test(depth_of_parentheses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
