/*
 * The `scopes` string: fixed cases of the scopes proposal (section 9 of our reference).
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/scope_run.h"

static struct scope_run run_text(const char *text, struct scope_map map)
{
    return scope_run(text, strlen(text), map);
}

/* Decodes without a warning, strict or not. */
static void assert_scopes(const char *text, struct scope_map map, const char *dump)
{
    for (map.is_strict = 0; map.is_strict < 2; map.is_strict++) {
        struct scope_run run = run_text(text, map);
        assert_string_equal(run.issue.reason, "");
        assert_int_equal(run.result, SMC_SCOPES_OK);
        if (run.n_warnings > 0) {
            fail_msg("%s: %s", text, run.warnings[0].reason);
        }
        struct text made = scope_dump(&run.scopes);
        assert_string_equal(made.data, dump);
        text_free(&made);
        scope_run_free(&run);
    }
}

static const struct scope_map plain = {1, 5, 0};

/* `m.ts`, `function sq(x) { return x*x; }`, `console.log(sq(5));`, inlined by a compiler; the names are
 * module, sq, function, x, 5. */
static const char worked_example[] = "BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC";
static const char worked_dump[] = "0^- 0:0-1:19 -/0\n"
                                  "0^0 0:11-0:30 1/2 frame (3)\n"
                                  "^- 0:0-0:17 0\n"
                                  "^0 0:12-0:15 1 at 0:1:12 {0:12=4}\n";

static void the_worked_example(void **state)
{
    (void)state;
    assert_scopes(worked_example, plain, worked_dump);
}

static void empty_text(void **state)
{
    (void)state;
    assert_scopes("", plain, "");
    assert_scopes("", (struct scope_map){0, 0, 0}, "");
}

static void a_tree_for_each_source(void **state)
{
    const struct scope_map four = {4, 0, 0};
    (void)state;
    assert_scopes("A,A,A,A", four, "");
    assert_scopes("A,BABC,CAA,A,BAAD,CAA", four, "1^- 1:2-1:2 -/-\n3^- 0:3-0:3 -/-\n");
    /* The others have none. */
    assert_scopes("A,BABC,CAA", four, "1^- 1:2-1:2 -/-\n");
    assert_scopes("EAA,FA", four, "^- 0:0-0:0 -\n");
}

static void positions_of_scopes(void **state)
{
    (void)state;
    /* A column adds on the same line, and starts anew on another; a tree starts at 0:0. */
    assert_scopes("BACD,BAAE,CAF,BBBCA,CAA,CDC,BAAB,CBA", (struct scope_map){2, 1, 0},
                  "0^- 2:3-6:2 -/-\n"
                  "0^0 2:7-2:12 -/-\n"
                  "0^0 3:2-3:2 0/-\n"
                  "1^- 0:1-1:0 -/-\n");
}

static void positions_of_ranges(void **state)
{
    (void)state;
    /* The position goes on from one root to the next. */
    assert_scopes("EBCD,EAE,FF,FCB,EAB,FA,EBAC,FD", plain,
                  "^- 2:3-4:1 -\n"
                  "^0 2:7-2:12 -\n"
                  "^- 4:2-4:2 -\n"
                  "^- 4:4-4:7 -\n");
}

static void indices_go_on(void **state)
{
    (void)state;
    /* Names, kinds and variables each relative to the last of their own, across sources. */
    assert_scopes("BDAACE,DCC,BDAACC,DCD,CAA,CAA,BDAADD,DC,CAA", (struct scope_map){2, 9, 0},
                  "0^- 0:0-0:0 1/2 (1,2)\n"
                  "0^0 0:0-0:0 2/3 (3,2)\n"
                  "1^- 0:0-0:0 1/2 (3)\n");
    /* So definitions, which count the starts of all sources. */
    assert_scopes("BAAA,BAAA,CAA,CAA,BAAA,CAA,ECAE,ECAD,FA,FA,ECAA,FA", (struct scope_map){2, 0, 0},
                  "0^- 0:0-0:0 -/-\n0^0 0:0-0:0 -/-\n1^- 0:0-0:0 -/-\n"
                  "^- 0:0-0:0 2\n^0 0:0-0:0 1\n^- 0:0-0:0 1\n");
}

static void flags(void **state)
{
    (void)state;
    assert_scopes("BAAA,BBAAA,BCAAC,BDAACA,BEAA,BHAAAA,CAA,CAA,CAA,CAA,CAA,CAA", plain,
                  "0^- 0:0-0:0 -/-\n0^0 0:0-0:0 0/-\n0^1 0:0-0:0 -/1\n0^2 0:0-0:0 1/1\n"
                  "0^3 0:0-0:0 -/- frame\n0^4 0:0-0:0 1/1 frame\n");
}

static void frames_of_ranges(void **state)
{
    (void)state;
    assert_scopes(
        "BAAA,CAA,EAA,EEA,EMA,EPBAA,FA,FA,FA,FA", plain,
        "0^- 0:0-0:0 -/-\n"
        "^- 0:0-1:0 -\n^0 0:0-1:0 - original\n^1 0:0-1:0 - hidden\n^2 1:0-1:0 0 hidden\n");
    /* Flags that are not known yet mean nothing: 16. */
    assert_scopes("BQAA,CAA,EQA,FA", plain, "0^- 0:0-0:0 -/-\n^- 0:0-0:0 -\n");
}

static void bindings(void **state)
{
    (void)state;
    /* Expressions are 1-based, 0 is unavailable. Each sub-range starts at the range's start. */
    assert_scopes("EAE,GABF,HBACDBDA,HAABB,EAC,GB,FA,HBAAE,FA", plain,
                  "^- 0:4-0:6 - {0:4=- 0:5=0} {0:4=0 0:6=2 1:3=- 0:4=3} {0:4=4}\n"
                  "^0 0:6-0:6 - {0:6=0}\n");
    /* A later list's entries may come before an earlier one's. */
    assert_scopes("EAA,EAA,GAA,HBABB,HAABC,FA,FA,EAA,GA,HAABD,FA", plain,
                  "^- 0:0-0:0 -\n^0 0:0-0:0 - {0:0=- 0:1=1} {0:0=- 0:1=0}\n"
                  "^- 0:0-0:0 - {0:0=- 0:1=2}\n");
}

static void call_sites(void **state)
{
    (void)state;
    assert_scopes("EAA,IBCD,EAA,GA,IAAA,FA,FA", (struct scope_map){2, 0, 0},
                  "^- 0:0-0:0 - at 1:2:3\n^0 0:0-0:0 - at 0:0:0 {0:0=-}\n");
}

static void numbers(void **state)
{
    struct text text = {0};
    (void)state;
    assert_scopes("BA+/////D+/////D,CAA", plain,
                  "0^- 4294967294:4294967294-4294967294:4294967294 "
                  "-/-\n");
    /* Columns do not add up across lines. */
    assert_scopes("BAB+/////D,BAB+/////D,CB+/////D,CBA", plain,
                  "0^- 1:4294967294-4:0 -/-\n0^0 2:4294967294-3:4294967294 -/-\n");
    /* Zeros at the high end change nothing, however many; in tags neither. */
    assert_scopes("hAgAgggAhA,igAggAA", plain, "0^- 0:1-0:1 -/-\n");
    text_puts(&text, "BAA");
    text_repeat(&text, 'g', 100000);
    text_puts(&text, "A,CAA");
    assert_scopes(text.data, plain, "0^- 0:0-0:0 -/-\n");
    text_free(&text);
}

static void ignores_what_is_not_known(void **state)
{
    (void)state;
    /* Vendors' items hold anything but commas. */
    assert_scopes("/A,BAAA,/B\"\\\x01//{}[]:g,DA,/ggggggggggggE,CAA,/Ag,EAA,/C,GA,/A,FA,/hA", plain,
                  "0^- 0:0-0:0 -/- (0)\n^- 0:0-0:0 - {0:0=-}\n");
    assert_scopes("J,BAAA,KAAA,DgggggggggggggggggggggggggggggggggggggggggA,CAA,zHggggggB", plain,
                  "0^- 0:0-0:0 -/- (0)\n");
    /* Numbers that nobody reads are not too large. */
    assert_scopes("BAAA,CAA,JgggggggggE,/ggggggggE,ggggggggE", plain, "0^- 0:0-0:0 -/-\n");
}

/* ---- damage ---- */

static void truncations(void **state)
{
    const size_t end_of_trees = strlen("BCAAA,BHALCE,DG,CAT,CBT");
    (void)state;
    for (size_t n = 0; n <= strlen(worked_example); n++) {
        for (int is_strict = 0; is_strict < 2; is_strict++) {
            struct scope_run run =
                scope_run(worked_example, n, (struct scope_map){2, 5, is_strict});
            int is_good = n == 0 || n == end_of_trees || n == strlen(worked_example);
            /* The second source's, after the comma. */
            is_good |= n == end_of_trees + 1 && !is_strict;
            assert_int_equal(run.result, is_good ? SMC_SCOPES_OK : SMC_SCOPES_DROPPED);
            scope_run_free(&run);
        }
    }
}

static void failing_malloc(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const char text[] = "BCAAA,DAA,CAA,ECAA,GA,HAABB,FA";
    const struct smc_scopes_input input = {
        (const uint8_t *)text, sizeof text - 1, 1, 1, 0, NULL, NULL};
    size_t n_failures = 0;
    for (int has_failed = 1; has_failed;) {
        struct smc_scopes scopes;
        struct smc_scopes_issue issue;
        size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = n_failures + 1;
        enum smc_scopes_result result = smc_scopes_decode(&input, &scopes, &issue);
        hook.fail_at = 0;
        has_failed = hook.n_calls > n_failures;
        n_failures += (size_t)has_failed;
        smc_scopes_free(&scopes);
        assert_int_equal(result, has_failed ? SMC_SCOPES_MEMORY : SMC_SCOPES_OK);
        assert_string_equal(issue.reason, has_failed ? "out of memory" : "");
        assert_int_equal(hook.n_live, n_live);
    }
    assert_in_range(n_failures, 7, 7); /* five arrays, and two to sort bindings */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(empty_text),
        cmocka_unit_test(a_tree_for_each_source),
        cmocka_unit_test(positions_of_scopes),
        cmocka_unit_test(positions_of_ranges),
        cmocka_unit_test(indices_go_on),
        cmocka_unit_test(flags),
        cmocka_unit_test(frames_of_ranges),
        cmocka_unit_test(bindings),
        cmocka_unit_test(call_sites),
        cmocka_unit_test(numbers),
        cmocka_unit_test(ignores_what_is_not_known),
        cmocka_unit_test(truncations),
        cmocka_unit_test(failing_malloc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
