/*
 * Text in, text out: each form of frames, in lines and in strings, and what options make of it.
 */
#include "tests/unit/rewrite_run.h"

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

/* ---- forms ---- */

static void forms(void **state)
{
    static const char *const cases[][2] = {
        {"at t (app.js:1:11)", "at Checkout.submit (a.ts:2:4)"},
        {"    at t (app.js:1:11)\n", "    at Checkout.submit (a.ts:2:4)\n"},
        {"at app.js:1:11", "at Checkout.submit (a.ts:2:4)"},
        {"at t (app.js:1:1)", "at a.ts:1:1"},
        {"at app.js:1:1", "at a.ts:1:1"},
        {"at t (app.js:1:51)", "at t (a.ts:6:2)"},
        {"at app.js:1:51", "at a.ts:6:2"},
        {"at async t (app.js:1:11)", "at async Checkout.submit (a.ts:2:4)"},
        {"at async app.js:1:1", "at async a.ts:1:1"},
        {"at new t (app.js:1:11)", "at new Checkout.submit (a.ts:2:4)"},
        {"at async new t (app.js:1:11)", "at async new Checkout.submit (a.ts:2:4)"},
        {"at new t (app.js:1:1)", "at a.ts:1:1"},
        {"at t [as u] (app.js:1:11)", "at Checkout.submit (a.ts:2:4)"},
        {"at t (app.js:1:121)", "at get Cart.total (<no name>:13:2)"},
        {"t@app.js:1:11", "Checkout.submit@a.ts:2:4"},
        {"@app.js:1:11", "Checkout.submit@a.ts:2:4"},
        {"t@app.js:1:1", "@a.ts:1:1"},
        {"async*t@app.js:1:11", "async*Checkout.submit@a.ts:2:4"},
        {"promise callback*t@app.js:1:11", "promise callback*Checkout.submit@a.ts:2:4"},
        {"global code@app.js:1:1", "@a.ts:1:1"},
        {"at t (address at hermes.bundle:1:20)", "at t (h.ts:2:1)"},
        {"at t (address at hermes.bundle:2:10)", "at t (h.ts:4:1)"},
        {"at t (hermes.bundle:1:21)", "at t (h.ts:2:1)"},
        {"at eval (eval at t (app.js:1:11), <anonymous>:1:2)",
         "at eval (eval at Checkout.submit (a.ts:2:4), <anonymous>:1:2)"},
        {"at eval (eval at <anonymous> (app.js:1:1), <anonymous>:1:2)",
         "at eval (eval at <anonymous> (a.ts:1:1), <anonymous>:1:2)"},
        {"at e (eval at d (eval at t (app.js:1:11), <anonymous>:1:2), <anonymous>:3:4)",
         "at e (eval at d (eval at Checkout.submit (a.ts:2:4), <anonymous>:1:2), <anonymous>:3:4)"},
        {"at eval (eval at t (app.js:1:11), app.js:1:41)",
         "at eval (eval at Checkout.submit (a.ts:2:4), lib.ts:5:6)"},
        {"at eval (eval at x (no.js:1:11), app.js:1:41)",
         "at eval (eval at x (no.js:1:11), lib.ts:5:6)"},
        {"at e (eval at d (eval at t (app.js:1:61), app.js:1:61), app.js:1:61)",
         "at e (eval at d (eval at inner (a.ts:7:5), a.ts:7:5), a.ts:7:5)\n"
         "at middle (a.ts:61:2)\nat outer (lib.ts:61:3)\n"},
        {"at eval (eval at t (app.js:1:61), <anonymous>:1:2)",
         "at eval (eval at inner (a.ts:7:5), <anonymous>:1:2)"},
        {"at t (https://example.com/app.js:1:11)", "at Checkout.submit (a.ts:2:4)"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_text(&run, cases[i][0], cases[i][1]);
    }
}

static const char *const kept[] = {
    "",
    "\n",
    "\n\n\n",
    "no frames\r\n at all",
    "at t (missing_source:1:11)\n",
    "at t (app.js:2:1)\n",
    "at t (app.js:1:31)\n",
    "at t (app.js:0:0)\n",
    "at t (app.js:1:0)\n",
    "at t [as u] (malformed_sourcemap:1:1)\r\n",
    "t@ambiguous_source:1:1\n",
    "at Array.map (<anonymous>)\n    at async Promise.all (index 0)\n",
    "map@[native code]\n",
    "t@app.js line 1 > eval:1:1\n",
    "at eval (eval at t (missing_source:1:1), <anonymous>:1:2)\n",
    "at eval (eval at t (missing_sourcemap:1:1), missing_source:1:2)",
    "\"\\n    at t (missing_source:1:11)\\n\"\n",
};

static void what_is_not_mapped_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        assert_text(&run, kept[i], kept[i]);
        run.options.flags = SMC_REWRITE_HIDE_IGNORED | SMC_REWRITE_COLOUR;
        assert_text(&run, kept[i], kept[i]);
        run.options.flags = 0;
    }
}

/* What is around frames is as it was, whatever it is. */
static void bytes_around_frames(void **state)
{
    static const char *const around[] = {"",   " ",  "\t",      "x ",         "\xff\xfe ",
                                         "> ", "[1", "\x1b[1m", "12:00:00  ", "\xc3\xa9"};
    static const char *const ends[] = {"", "\n", "\r\n", " \n", "\r", "; and so on\n", "\"\n", "'"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(around); i++) {
        for (size_t k = 0; k < COUNT_OF(ends); k++) {
            char input[100], wanted[100];
            const int is_word = i < 6 || i == 8;
            (void)snprintf(input, sizeof input, "%s%st (app.js:1:11)%s", around[i],
                           is_word ? "at " : " at ", ends[k]);
            (void)snprintf(wanted, sizeof wanted, "%s%sCheckout.submit (a.ts:2:4)%s", around[i],
                           is_word ? "at " : " at ", ends[k]);
            assert_text(&run, input, wanted);
        }
    }
}

static void names_from_the_next_line(void **state)
{
    (void)state;
    assert_text(&run, "at t (app.js:1:51)\nat u (app.js:1:111)\nat v (app.js:1:21)\n",
                "at find (a.ts:6:2)\nat cb (a.ts:12:6)\nat v (a.ts:3:7)\n");
    assert_text(&run, "at t (app.js:1:51)\n\nat u (app.js:1:111)\n",
                "at t (a.ts:6:2)\n\nat u (a.ts:12:6)\n");
    assert_text(&run, "at t (app.js:1:51)\nError\nat u (app.js:1:111)\n",
                "at t (a.ts:6:2)\nError\nat u (a.ts:12:6)\n");
    assert_text(&run, "at t (app.js:1:51) at u (app.js:1:111)\n",
                "at find (a.ts:6:2) at u (a.ts:12:6)\n");
    assert_text(&run, "at t (app.js:1:51) and at u (app.js:1:111)\n",
                "at t (a.ts:6:2) and at u (a.ts:12:6)\n");
    assert_text(&run, "at t (app.js:1:51)\nat f (native)\nat u (app.js:1:111)\n",
                "at t (a.ts:6:2)\nat f (native)\nat u (a.ts:12:6)\n");
    assert_text(&run, "at t (app.js:1:51)\nat eval (eval at u (app.js:1:111), <anonymous>:1:1)\n",
                "at t (a.ts:6:2)\nat eval (eval at u (a.ts:12:6), <anonymous>:1:1)\n");
}

/* ---- inlined and hidden functions ---- */

static void inlined_lines(void **state)
{
    (void)state;
    assert_text(&run, "    at t (app.js:1:61)\n    at u (app.js:1:11)\n",
                "    at inner (a.ts:7:5)\n    at middle (a.ts:61:2)\n"
                "    at outer (lib.ts:61:3)\n    at Checkout.submit (a.ts:2:4)\n");
    assert_text(&run, "    at new t (app.js:1:91)",
                "    at last (a.ts:10:7)\n    at new first (a.ts:61:4)\n");
    assert_text(&run, "12:00 ERR   at t (app.js:1:91) \n",
                "12:00 ERR   at last (a.ts:10:7) \n12:00 ERR   at first (a.ts:61:4)\n");
    assert_text(&run, "t@app.js:1:91\r\nu@app.js:1:11\r\n",
                "last@a.ts:10:7\r\nfirst@a.ts:61:4\r\nCheckout.submit@a.ts:2:4\r\n");
    assert_text(&run, "async*t@app.js:1:91\n", "async*last@a.ts:10:7\nasync*first@a.ts:61:4\n");
    assert_text(&run, "at t (app.js:1:91) at u (app.js:1:11)\n",
                "at last (a.ts:10:7) at first (a.ts:61:4) at Checkout.submit (a.ts:2:4)\n");
    assert_text(&run, "x at t (app.js:1:91)\\nat u (app.js:1:91)\n",
                "x at last (a.ts:10:7) at first (a.ts:61:4)\\nat last (a.ts:10:7)\\n"
                "at first (a.ts:61:4)\n");
}

static void inlined_in_strings(void **state)
{
    (void)state;
    assert_text(&run, "{\"stack\":\"Error\\n    at t (app.js:1:91)\\n    at u (app.js:1:11)\"}\n",
                "{\"stack\":\"Error\\n    at last (a.ts:10:7)\\n    at first (a.ts:61:4)\\n"
                "    at Checkout.submit (a.ts:2:4)\"}\n");
    assert_text(&run, "\"Error\\r\\n\\tat t (app.js:1:91)\\r\\n\\tat u (app.js:1:11)\"\n",
                "\"Error\\r\\n\\tat last (a.ts:10:7)\\r\\n\\tat first (a.ts:61:4)\\r\\n"
                "\\tat Checkout.submit (a.ts:2:4)\"\n");
    assert_text(&run, "\\\"Error\\\\nt@app.js:1:91\\\\nu@app.js:1:11\\\"\n",
                "\\\"Error\\\\nlast@a.ts:10:7\\\\nfirst@a.ts:61:4\\\\n"
                "Checkout.submit@a.ts:2:4\\\"\n");
    assert_text(&run, "\"at t (app.js:1:91)\"", "\"at last (a.ts:10:7) at first (a.ts:61:4)\"");
    assert_text(&run, "\"exception at t (app.js:1:91)\"",
                "\"exception at last (a.ts:10:7) at first (a.ts:61:4)\"");
}

static void hidden_functions(void **state)
{
    (void)state;
    assert_text(&run, "  at t (app.js:1:71)\n  at u (app.js:1:81)\n  at v (app.js:1:11)\n",
                "  at outlined (a.ts:8:1)\n  at Checkout.submit (a.ts:2:4)\n");
    assert_text(&run, "\"\\n  at t (app.js:1:71)\\n  at u (app.js:1:81)\\n  at v (app.js:1:11)\"",
                "\"\\n  at outlined (a.ts:8:1)\\n  at Checkout.submit (a.ts:2:4)\"");
    assert_text(&run, "  at t (app.js:1:71)\n  at u (app.js:1:91)\n",
                "  at outlined (a.ts:8:1)\n  at first (a.ts:61:4)\n");
    assert_text(&run, "  at t (app.js:1:71)\n  at u (no.js:1:81)\n",
                "  at outlined (a.ts:8:1)\n  at u (no.js:1:81)\n");
    assert_text(&run, "  at t (app.js:1:71)\n  at e (eval at u (app.js:1:81), <anonymous>:1:1)\n",
                "  at outlined (a.ts:8:1)\n  at e (eval at caller (a.ts:9:4), <anonymous>:1:1)\n");
    assert_text(&run, "  at t (app.js:1:71)\n  at e (eval at u (app.js:1:11), app.js:1:81)\nx",
                "  at outlined (a.ts:8:1)\nx");
}

/* ---- ANNOTATE ---- */

static void annotated(void **state)
{
    static const char *const cases[][2] = {
        {"at t (app.js:1:11)\n", "at Checkout.submit (a.ts:2:4)\n"},
        {"at t (app.js:1:41)\n", "at lib.run (lib.ts:5:6) [ignored]\n"},
        {"at t (missing_source:1:1)\n", "at t (missing_source:1:1) [missing_source]\n"},
        {"at t (ambiguous_source:1:1)", "at t (ambiguous_source:1:1) [ambiguous_source]"},
        {"t@app.js:1:31\r\n", "t@app.js:1:31 [invalid_location]\r\n"},
        {"at malformed_sourcemap/x:1:1\n", "at malformed_sourcemap/x:1:1 [missing_source]\n"},
        {"at t (app.js:1:0)\n", "at t (app.js:1:0) [no_column]\n"},
        {"at t (app.js:1:31)\n", "at t (app.js:1:31) [invalid_location]\n"},
        {"t@app.js line 1 > eval:1:1\n", "t@app.js line 1 > eval:1:1 [no_column]\n"},
        {"at f (native)\nat <anonymous>\nmap@[native code]\n",
         "at f (native)\nat <anonymous>\nmap@[native code]\n"},
        {"at f (node:fs:1:1)\n", "at f (node:fs:1:1)\n"},
        {"at eval (eval at t (missing_source:1:1), <anonymous>:1:2)\n",
         "at eval (eval at t (missing_source:1:1), <anonymous>:1:2)\n"},
        {"at eval (eval at t (app.js:1:11), no.js:1:2)\n",
         "at eval (eval at Checkout.submit (a.ts:2:4), no.js:1:2) [missing_source]\n"},
        {"\"\\n  at t (missing_source:1:1)\\n  at t (app.js:1:41)\"",
         "\"\\n  at t (missing_source:1:1) [missing_source]\\n  at lib.run (lib.ts:5:6) "
         "[ignored]\""},
        {"x at t (missing_source:1:1), y\n", "x at t (missing_source:1:1) [missing_source], y\n"},
        {"  at t (app.js:1:61)\n",
         "  at inner (a.ts:7:5)\n  at middle (a.ts:61:2)\n  at outer (lib.ts:61:3) [ignored]\n"},
    };
    (void)state;
    run.options.flags = SMC_REWRITE_ANNOTATE;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_text(&run, cases[i][0], cases[i][1]);
    }
}

/* ---- HIDE_IGNORED ---- */

static void ignored_are_hidden(void **state)
{
    static const char *const cases[][2] = {
        {"Error\n    at t (app.js:1:41)\n    at u (app.js:1:11)\n",
         "Error\n    at Checkout.submit (a.ts:2:4)\n"},
        {"Error\n    at t (app.js:1:41)", "Error\n"},
        {"at t (app.js:1:41)\r\nat t (app.js:1:41) \r\n", ""},
        {"t@app.js:1:41\nu@app.js:1:11\n", "Checkout.submit@a.ts:2:4\n"},
        {"async*t@app.js:1:41\nu@app.js:1:11\n", "Checkout.submit@a.ts:2:4\n"},
        {"12:00 ERR     at t (app.js:1:41)\nx\n", "x\n"},
        {"12:00 ERR\tat t (app.js:1:41)\nx\n", "x\n"},
        /* In prose it stays, */
        {"it was at t (app.js:1:41)\n", "it was at lib.run (lib.ts:5:6)\n"},
        {"it was at t (app.js:1:41) again\n", "it was at lib.run (lib.ts:5:6) again\n"},
        {"  at t (app.js:1:41), again\n", "  at lib.run (lib.ts:5:6), again\n"},
        /* and beside others, too. */
        {"at t (app.js:1:41) at u (app.js:1:11)\n",
         "at lib.run (lib.ts:5:6) at Checkout.submit (a.ts:2:4)\n"},
        /* In strings its line is left out. */
        {"\"Error\\n    at t (app.js:1:41)\\n    at u (app.js:1:11)\"",
         "\"Error\\n    at Checkout.submit (a.ts:2:4)\""},
        {"\"Error\\n    at t (app.js:1:11)\\n    at u (app.js:1:41)\"",
         "\"Error\\n    at Checkout.submit (a.ts:2:4)\""},
        {"\"Error\\r\\n\\tat t (app.js:1:41)\\r\\n\\tat u (app.js:1:11)\"",
         "\"Error\\r\\n\\tat Checkout.submit (a.ts:2:4)\""},
        {"\\\"Error\\\\nt@app.js:1:41\\\\nu@app.js:1:11\\\"",
         "\\\"Error\\\\nCheckout.submit@a.ts:2:4\\\""},
        {"\"exception at t (app.js:1:41)\"", "\"exception at lib.run (lib.ts:5:6)\""},
        {"\"Error\\n  at t (app.js:1:41) and so on\"",
         "\"Error\\n  at lib.run (lib.ts:5:6) and so on\""},
        {"[\"    at t (app.js:1:41)\",\"    at u (app.js:1:11)\"]",
         "[\"    at lib.run (lib.ts:5:6)\",\"    at Checkout.submit (a.ts:2:4)\"]"},
        /* Of several that one stands for, those that are not. */
        {"  at t (app.js:1:61)\n", "  at inner (a.ts:7:5)\n  at middle (a.ts:61:2)\n"},
        {"  at e (eval at t (app.js:1:41), app.js:1:41)\nx", "x"},
        {"  at e (eval at t (app.js:1:41), <anonymous>:1:1)\n",
         "  at e (eval at lib.run (lib.ts:5:6), <anonymous>:1:1)\n"},
    };
    (void)state;
    run.options.flags = SMC_REWRITE_HIDE_IGNORED;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_text(&run, cases[i][0], cases[i][1]);
    }
}

/* ---- COLOUR ---- */

static void coloured(void **state)
{
    (void)state;
    run.options.flags = SMC_REWRITE_COLOUR;
    assert_text(&run, "  at t (app.js:1:41)\n  at u (app.js:1:11)\n",
                "  \x1b[2mat lib.run (lib.ts:5:6)\x1b[0m\n  at Checkout.submit (a.ts:2:4)\n");
    assert_text(&run, "\"\\n  at t (app.js:1:41)\"", "\"\\n  at lib.run (lib.ts:5:6)\"");
    run.options.flags = SMC_REWRITE_COLOUR | SMC_REWRITE_ANNOTATE;
    assert_text(&run, "  at t (app.js:1:41)\n",
                "  \x1b[2mat lib.run (lib.ts:5:6)\x1b[0m [ignored]\n");
}

/* ---- below ---- */

static const char *below(void *context, const struct smc_original_frame *original, size_t *nbytes)
{
    static char text[64];

    assert_ptr_equal(context, &run);
    assert_int_not_equal(original->source, SMC_NONE);
    if (view_is(original->source_text, "lib.ts")) {
        return NULL;
    }
    *nbytes = (size_t)snprintf(text, sizeof text, "> %u\n", original->source_line);
    return text;
}

static void lines_below(void **state)
{
    static const char *const cases[][2] = {
        {"  at t (app.js:1:11)\nx\n", "  at Checkout.submit (a.ts:2:4)\n> 1\nx\n"},
        {"  at t (app.js:1:11)", "  at Checkout.submit (a.ts:2:4)\n> 1\n"},
        {"  at t (app.js:1:11)\r\n  at u (app.js:1:51) \r\n",
         "  at Checkout.submit (a.ts:2:4)\r\n> 1\n  at u (a.ts:6:2) \r\n> 5\n"},
        {"  at t (app.js:1:41)\n", "  at lib.run (lib.ts:5:6)\n"},
        {"  at t (no.js:1:41)\n", "  at t (no.js:1:41)\n"},
        {"  at t (app.js:1:61)\n",
         "  at inner (a.ts:7:5)\n> 6\n  at middle (a.ts:61:2)\n> 60\n  at outer (lib.ts:61:3)\n"},
        {"it was at t (app.js:1:11), it said\n",
         "it was at Checkout.submit (a.ts:2:4), it said\n> 1\n"},
        {"at t (app.js:1:11) at t (app.js:1:11)\n",
         "at Checkout.submit (a.ts:2:4) at Checkout.submit (a.ts:2:4)\n"},
        {"\"\\n  at t (app.js:1:11)\"\n", "\"\\n  at Checkout.submit (a.ts:2:4)\"\n"},
        {"  at e (eval at t (app.js:1:11), <anonymous>:1:1)\n",
         "  at e (eval at Checkout.submit (a.ts:2:4), <anonymous>:1:1)\n"},
    };
    (void)state;
    run.options.below = below;
    run.options.below_context = &run;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_text(&run, cases[i][0], cases[i][1]);
    }
}

/* ---- debug IDs ---- */

static void images(void **state)
{
    static const struct smc_rewrite_image image_list[] = {
        {{"app.js", 6}, {1}}, {{NULL, 0}, {2}}, {{"app.js", 6}, {3}}};

    (void)state;
    run.options.images = image_list;
    run.options.n_images = COUNT_OF(image_list);
    assert_text(&run, "at t (app.js:1:11)\nat no.js:1:1\nat f (native)\n",
                "at Checkout.submit (a.ts:2:4)\nat no.js:1:1\nat f (native)\n");
    assert_int_equal(world.n_asked, 2);
    assert_memory_equal(world.debug_ids[0], image_list[0].debug_id, 16);
    assert_memory_equal(world.debug_ids[1], image_list[1].debug_id, 16);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        TEST(forms),
        TEST(what_is_not_mapped_stays),
        TEST(bytes_around_frames),
        TEST(names_from_the_next_line),
        TEST(inlined_lines),
        TEST(inlined_in_strings),
        TEST(hidden_functions),
        TEST(annotated),
        TEST(ignored_are_hidden),
        TEST(coloured),
        TEST(lines_below),
        TEST(images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
