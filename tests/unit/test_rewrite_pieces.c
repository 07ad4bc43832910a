/*
 * Text that comes in pieces, of any size and at any place; lines and stacks that are longer than what is held; what is
 * written when.
 */
#include "tests/unit/rewrite_run.h"

#include "src/rewrite/text.h"

static struct stack_world world; /* of the test that runs */
static struct rewrite_run run;

static int open_world(void **state)
{
    (void)state;
    stack_world_open(&world, NULL);
    run = (struct rewrite_run){.world = &world};
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    stack_world_close(&world);
    return 0;
}

/* ---- cut anywhere ---- */

static const char *const samples[] = {
    "Error: x\n    at t (app.js:1:51)\n    at u (app.js:1:111)\n    at Array.map (<anonymous>)\n",
    "at new t (app.js:1:91)\r\nat async u (app.js:1:41)\r\n\r\n",
    "t@app.js:1:51\nasync*u@app.js:1:111\n@app.js:1:61\n",
    "{\"s\":\"E\\n  at t (app.js:1:51)\\n  at u (app.js:1:111)\\n  at v (app.js:1:91)\"}\n",
    "at e (eval at d (eval at t (app.js:1:51), <anonymous>:1:2), app.js:1:41)\n",
    "\\\"\\\\n    at t (app.js:1:41)\\\\n    at u (app.js:1:11)\\\"\n",
    "12:00 look at t (app.js:1:51) at u (app.js:1:111), and at v (app.js:1:11)\n",
    "at t (address at hermes.bundle:1:20)\n",
    "at t (missing_source:1:1)\nat t (app.js:2:2)\nat t (app.js:1:0)\n",
    "  at t (app.js:1:71)\n  at u (app.js:1:81)\n  at v (app.js:1:11)\n",
    "no frames at all\n",
    "\n",
    "",
    "    at t (app.js:1:11)",
    "\xff\n\0 at t (app.js:1:11)",
};

static const unsigned all_flags[] = {0, SMC_REWRITE_ANNOTATE,
                                     SMC_REWRITE_HIDE_IGNORED | SMC_REWRITE_COLOUR};

static void assert_same(const struct text *a, const struct text *b, const char *input, size_t cut)
{
    if (a->nbytes != b->nbytes || memcmp(a->data, b->data, a->nbytes) != 0) {
        fail_msg("%s\ncut at %zu gives\n%s\nnot\n%s", input, cut, a->data, b->data);
    }
}

static void cut_in_two(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(samples) * COUNT_OF(all_flags); i++) {
        struct text input = {0};
        run.options.flags = all_flags[i % COUNT_OF(all_flags)];
        for (size_t k = 0; k < 2; k++) {
            text_puts(&input, samples[(i / COUNT_OF(all_flags) + k) % COUNT_OF(samples)]);
        }
        struct text whole = rewritten(&run, input.data, input.nbytes, 0);
        for (size_t cut = 0; cut <= input.nbytes; cut++) {
            rewrite_open(&run);
            rewrite_feed(&run, input.data, cut);
            rewrite_feed(&run, input.data + cut, input.nbytes - cut);
            rewrite_finish(&run);
            assert_same(&run.out, &whole, input.data, cut);
            text_free(&run.out);
        }
        text_free(&whole);
        text_free(&input);
    }
}

static void pieces_at_random(void **state)
{
    struct rng rng = {61};

    (void)state;
    for (int round = 0; round < 1500; round++) {
        struct text input = {0};
        text_puts(&input, "");
        for (uint32_t n = rng_below(&rng, 8); n > 0; n--) {
            const char *sample = samples[rng_below(&rng, COUNT_OF(samples))];
            text_add(&input, sample, rng_below(&rng, (uint32_t)strlen(sample) + 1));
            text_puts(&input, sample + rng_below(&rng, (uint32_t)strlen(sample) + 1));
        }
        run.options.flags = all_flags[rng_below(&rng, COUNT_OF(all_flags))];
        struct text whole = rewritten(&run, input.data, input.nbytes, 0);
        rewrite_open(&run);
        for (size_t off = 0; off < input.nbytes;) {
            const size_t n = rng_below(&rng, 40);
            const size_t fed = n < input.nbytes - off ? n : input.nbytes - off;
            rewrite_feed(&run, input.data + off, fed);
            off += fed;
        }
        rewrite_finish(&run);
        assert_same(&run.out, &whole, input.data, 0);
        text_free(&run.out);
        text_free(&whole);
        text_free(&input);
    }
}

/* What is no frame is as it was: with frames that are not known nothing changes, whatever the text is. */
static void bytes_of_any_text(void **state)
{
    static const char *const words[] = {"at ", "f (",      "x.js:1:2", ")",    "\n",         "\r\n",
                                        "\\n", "\"",       "\\\"",     "@",    ":",          " ",
                                        "\t",  "eval at ", "(",        ", ",   "\xff",       "a",
                                        "\\",  "> ",       "x*",       "[as ", "<anonymous>"};
    struct rng rng = {62};

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct text input = {0};
        text_puts(&input, "");
        for (uint32_t n = rng_below(&rng, 40); n > 0; n--) {
            text_puts(&input, words[rng_below(&rng, COUNT_OF(words))]);
        }
        run.options.flags = rng_below(&rng, 2) == 0 ? 0 : SMC_REWRITE_HIDE_IGNORED;
        struct text out = rewritten(&run, input.data, input.nbytes, rng_below(&rng, 20));
        assert_same(&out, &input, input.data, 0);
        text_free(&out);
        text_free(&input);
    }
}

/* ---- long lines ---- */

#define BORDER SMC_TEXT_PIECE_NBYTES

/* One line of words, with frames at some places; `wanted` gets what comes of it. */
static void add_words(struct text *input, struct text *wanted, size_t up_to)
{
    while (input->nbytes < up_to) {
        const size_t n = up_to - input->nbytes;
        const char *words = "some words in a long line of them, ";
        text_add(input, words, n < strlen(words) ? n : strlen(words));
        text_add(wanted, words, n < strlen(words) ? n : strlen(words));
    }
}

static void assert_long(const struct text *input, const struct text *wanted, size_t piece)
{
    struct text out = rewritten(&run, input->data, input->nbytes, piece);
    size_t i = 0;

    while (i < out.nbytes && i < wanted->nbytes && out.data[i] == wanted->data[i]) {
        i++;
    }
    if (i < out.nbytes || i < wanted->nbytes) {
        fail_msg("at %zu: '%.60s', not '%.60s'", i, out.data + i, wanted->data + i);
    }
    text_free(&out);
}

/* A frame at each place around the end of a piece, and around where the next one begins. */
static void frames_across_borders(void **state)
{
    static const char frame[] = " at t (https://example.com/app.js:1:11) ",
                      original[] = " at Checkout.submit (a.ts:2:4) ";
    static const size_t borders[] = {BORDER, BORDER - SMC_STACK_FRAME_NBYTES_MAX,
                                     2 * BORDER - SMC_STACK_FRAME_NBYTES_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(borders); i++) {
        for (size_t before = 0; before < 130; before += 3) {
            struct text input = {0}, wanted = {0};
            add_words(&input, &wanted, 20);
            text_puts(&input, frame);
            text_puts(&wanted, original);
            add_words(&input, &wanted, borders[i] - before);
            text_puts(&input, frame);
            text_puts(&wanted, original);
            add_words(&input, &wanted, 2 * BORDER + 1000 + before);
            text_puts(&input, frame);
            text_puts(&wanted, original);
            assert_long(&input, &wanted, before % 2 == 0 ? 0 : 65536);
            text_free(&input);
            text_free(&wanted);
        }
    }
}

/* A position whose last digits are in the next piece. */
static void positions_across_borders(void **state)
{
    (void)state;
    for (size_t before = 0; before < 70; before++) {
        struct text input = {0}, wanted = {0};
        add_words(&input, &wanted, BORDER - before);
        text_puts(&input, " at t.js:1:11111111111111111111111111111111111111111 t@app.js:1:11 at "
                          "app.js:1:11 end");
        text_puts(&wanted, " at t.js:1:11111111111111111111111111111111111111111 "
                           "Checkout.submit@a.ts:2:4 at Checkout.submit (a.ts:2:4) end");
        assert_long(&input, &wanted, 0);
        text_free(&input);
        text_free(&wanted);
    }
}

/* Frames of one line that something is between are no stack, wherever pieces end. */
static void stacks_of_a_long_line(void **state)
{
    static const size_t gaps[] = {0, 5000, BORDER / 2, BORDER - 100, BORDER, 3 * BORDER};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(gaps); i++) {
        struct text input = {0}, wanted = {0};
        text_puts(&input, "at t (app.js:1:51)\\n    at u (app.js:1:111) and ");
        text_puts(&wanted, "at find (a.ts:6:2)\\n    at u (a.ts:12:6) and ");
        add_words(&input, &wanted, input.nbytes + gaps[i]);
        text_puts(&input, " at v (app.js:1:11)\n");
        text_puts(&wanted, " at Checkout.submit (a.ts:2:4)\n");
        assert_long(&input, &wanted, 0);
        text_free(&input);
        text_free(&wanted);
    }
}

/* And those that only line ends are between are one, wherever pieces end. */
static void a_stack_across_borders(void **state)
{
    (void)state;
    for (size_t before = 0; before < 200; before += 7) {
        struct text input = {0}, wanted = {0};
        add_words(&input, &wanted, BORDER - before);
        for (int i = 0; i < 4; i++) {
            text_puts(&input, "\\n    at t (app.js:1:51)\\n    at u (app.js:1:111)");
            text_puts(&wanted, "\\n    at find (a.ts:6:2)\\n    at u (a.ts:12:6)");
        }
        text_puts(&input, "\"\n");
        text_puts(&wanted, "\"\n");
        assert_long(&input, &wanted, 0);
        text_free(&input);
        text_free(&wanted);
    }
}

/* ---- long stacks ---- */

/* Names come from the next frame, and callers of hidden functions are left out, where parts of a stack meet, too. */
static void stacks_in_parts(void **state)
{
    (void)state;
    for (size_t first = 0; first < 3; first++) {
        struct text input = {0}, wanted = {0};
        for (size_t i = 0; i < first; i++) {
            text_puts(&input, "at v (app.js:1:11)\n");
            text_puts(&wanted, "at Checkout.submit (a.ts:2:4)\n");
        }
        for (size_t i = 0; i / 2 < SMC_TEXT_HELD_MAX; i++) {
            text_puts(&input, "at t (app.js:1:71)\nat t (app.js:1:81)\nat t (app.js:1:11)\n");
            text_puts(&wanted, "at outlined (a.ts:8:1)\nat Checkout.submit (a.ts:2:4)\n");
        }
        assert_long(&input, &wanted, 10000);
        text_free(&input);
        text_free(&wanted);
    }
}

static void stacks_of_many_bytes(void **state)
{
    struct text input = {0}, wanted = {0};

    (void)state;
    for (int i = 0; i < 40; i++) { /* frames of 60 KB */
        text_puts(&input, "    at ");
        text_repeat(&input, 'x', 60000);
        text_puts(&input, " (app.js:1:11)\n    at u (app.js:1:121)\n");
        text_puts(&wanted,
                  "    at Checkout.submit (a.ts:2:4)\n    at get Cart.total (<no name>:13:2)\n");
    }
    assert_long(&input, &wanted, 0);
    text_free(&input);
    text_free(&wanted);
}

/* More evals in a line than parentheses are looked into. */
static void many_evals_in_a_line(void **state)
{
    struct text input = {0}, wanted = {0};

    (void)state;
    for (int i = 0; i < 50; i++) {
        text_puts(&input, "(eval at f (app.js:1:11)) ");
        text_puts(&wanted, "(eval at f (app.js:1:11)) ");
    }
    for (int i = 0; i < 50; i++) {
        text_puts(&input, "at e (eval at f (app.js:1:11), <anonymous>:1:1) ");
        text_puts(&wanted, "at e (eval at Checkout.submit (a.ts:2:4), <anonymous>:1:1) ");
    }
    text_puts(&input, "at t (app.js:1:11)\n");
    text_puts(&wanted, "at Checkout.submit (a.ts:2:4)\n");
    assert_long(&input, &wanted, 0);
    text_free(&input);
    text_free(&wanted);
}

/* ---- what is written when ---- */

static void assert_out(const char *wanted)
{
    assert_string_equal(run.out.data, wanted);
}

static void flush(int waits)
{
    assert_int_equal(smc_rewriter_flush(run.rewriter, waits, NULL), SMC_REWRITE_OK);
}

static void feed_text(const char *text)
{
    rewrite_feed(&run, text, strlen(text));
}

static void finish_with(const char *wanted)
{
    rewrite_finish(&run);
    assert_out(wanted);
    text_free(&run.out);
}

static void flushing(void **state)
{
    (void)state;
    rewrite_open(&run);
    feed_text("Error: x\n  at t (app.");
    flush(1);
    assert_out("Error: x\n");
    feed_text("js:1:11)\n");
    assert_out("Error: x\n");
    flush(1);
    assert_false(smc_rewriter_is_waiting(run.rewriter));
    assert_out("Error: x\n  at Checkout.submit (a.ts:2:4)\n");
    feed_text("  at u (app.js:1:11)\nx\n");
    flush(1);
    assert_out("Error: x\n  at Checkout.submit (a.ts:2:4)\n  at Checkout.submit (a.ts:2:4)\nx\n");
    finish_with("Error: x\n  at Checkout.submit (a.ts:2:4)\n  at Checkout.submit (a.ts:2:4)\nx\n");
}

/* A frame is kept back whose name only its caller's line can tell. */
static void waiting(void **state)
{
    (void)state;
    rewrite_open(&run);
    feed_text("at t (app.js:1:51)\n");
    flush(1);
    assert_true(smc_rewriter_is_waiting(run.rewriter));
    assert_out("");
    flush(0);
    assert_false(smc_rewriter_is_waiting(run.rewriter));
    assert_out("at t (a.ts:6:2)\n");
    feed_text("at u (app.js:1:51)\n");
    flush(1);
    assert_true(smc_rewriter_is_waiting(run.rewriter));
    feed_text("at v (app.js:1:111)\n");
    assert_false(smc_rewriter_is_waiting(run.rewriter));
    flush(1); /* v's own name is not known, either */
    assert_true(smc_rewriter_is_waiting(run.rewriter));
    feed_text("x\n");
    flush(1);
    assert_false(smc_rewriter_is_waiting(run.rewriter));
    assert_out("at t (a.ts:6:2)\nat find (a.ts:6:2)\nat v (a.ts:12:6)\nx\n");
    feed_text("at t (app.js:1:71)\n");
    flush(1);
    feed_text("at t (app.js:1:81)\nat v (app.js:1:11)\n");
    flush(1);
    finish_with("at t (a.ts:6:2)\nat find (a.ts:6:2)\nat v (a.ts:12:6)\nx\n"
                "at outlined (a.ts:8:1)\nat Checkout.submit (a.ts:2:4)\n");
}

/* Flushing after each line, without waiting, loses no more than names from the next one. */
static void flushed_after_each_line(void **state)
{
    static const char input[] = "Error\n  at t (app.js:1:11)\n  at u (app.js:1:51)\n\n\"\\n at t "
                                "(app.js:1:41)\\n at u (app.js:1:11)\"\n  at t (app.js:1:91)\nx";
    struct text whole = rewritten(&run, input, sizeof input - 1, 0);

    (void)state;
    rewrite_open(&run);
    for (size_t i = 0; i < sizeof input - 1; i++) {
        rewrite_feed(&run, input + i, 1);
        flush(i % 2 == 0);
    }
    rewrite_finish(&run);
    assert_same(&run.out, &whole, input, 0);
    text_free(&run.out);
    text_free(&whole);
}

static void counts(void **state)
{
    static const char input[] =
        "at t (app.js:1:61)\nat f (native)\nat t (missing_source:1:1)\n\nat e (eval at t "
        "(app.js:1:11), <anonymous>:1:1)\nat t (app.js:1:0)\nat t (app.js:1:11), at t "
        "(app.js:2:1)\n";
    struct smc_rewrite_counts found;

    (void)state;
    rewrite_open(&run);
    feed_text(input);
    assert_int_equal(smc_rewriter_finish(run.rewriter, NULL), SMC_REWRITE_OK);
    smc_rewriter_counts(run.rewriter, &found);
    assert_int_equal(found.format, SMC_FORMAT_TEXT);
    assert_int_equal(found.n_stacks, 3);
    assert_int_equal(found.n_frames, 7);
    assert_int_equal(found.n_mapped, 2);
    assert_int_equal(found.n_reasons[SMC_REASON_NO_LOCATION], 2);
    assert_int_equal(found.n_reasons[SMC_REASON_MISSING_SOURCE], 1);
    assert_int_equal(found.n_reasons[SMC_REASON_NO_COLUMN], 1);
    assert_int_equal(found.n_reasons[SMC_REASON_INVALID_LOCATION], 1);
    smc_rewriter_close(run.rewriter);
    text_free(&run.out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(cut_in_two),
        TEST(pieces_at_random),
        TEST(bytes_of_any_text),
        TEST(frames_across_borders),
        TEST(positions_across_borders),
        TEST(stacks_of_a_long_line),
        TEST(a_stack_across_borders),
        TEST(stacks_in_parts),
        TEST(stacks_of_many_bytes),
        TEST(many_evals_in_a_line),
        TEST(flushing),
        TEST(waiting),
        TEST(flushed_after_each_line),
        TEST(counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
