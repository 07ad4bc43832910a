/*
 * The `scopes` string: what is wrong with it, and what remains (section 9 of our reference).
 */
#include "tests/unit/scope_run.h"

static struct scope_run run_text(const char *text, struct scope_map map)
{
    return scope_run(text, strlen(text), map);
}

static void assert_dump(const struct scope_run *run, const char *dump)
{
    struct text made = scope_dump(&run->scopes);

    assert_string_equal(made.data, dump);
    text_free(&made);
}

/* ---- optional errors ---- */

static void warns_and_goes_on(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
        size_t at;
        const char *dump;
    } cases[] = {
        /* Below 0: clamped, and what follows is relative to 0. */
        {"BBAAD,BBAAC,CAA,CAA", "name of a scope below 0; taken for 0", 4,
         "0^- 0:0-0:0 0/-\n0^0 0:0-0:0 1/-\n"},
        {"BBAAB,BBAAC,CAA,CAA", "name of a scope below 0; taken for 0", 4,
         "0^- 0:0-0:0 0/-\n0^0 0:0-0:0 1/-\n"},
        {"BDAAAD,BCAAC,CAA,CAA", "kind of a scope below 0; taken for 0", 5,
         "0^- 0:0-0:0 0/0\n0^0 0:0-0:0 -/1\n"},
        {"BAAA,DADC,CAA", "name of a variable below 0; taken for 0", 7,
         "0^- 0:0-0:0 -/- (0,0,1)\n"},
        {"BAAA,BAAA,CAA,CAA,ECAF,ECAC,FA,FA", "definition of a range below 0; taken for 0", 21,
         "0^- 0:0-0:0 -/-\n0^0 0:0-0:0 -/-\n^- 0:0-0:0 0\n^0 0:0-0:0 1\n"},
        /* Too large: none, and the sum stays. */
        {"BBAAE,BBAAD,CAA,CAA", "name of a scope that does not exist", 4,
         "0^- 0:0-0:0 -/-\n0^0 0:0-0:0 1/-\n"},
        {"BDAAAE,BCAAD,CAA,CAA", "kind of a scope that does not exist", 5,
         "0^- 0:0-0:0 0/-\n0^0 0:0-0:0 -/1\n"},
        {"BAAA,DED,CAA", "name of a variable that does not exist; taken for an empty one", 6,
         "0^- 0:0-0:0 -/- (-,1)\n"},
        {"BAAA,BAAA,CAA,CAA,ECAE,ECAD,FA,FA", "definition of a range that does not exist; ignored",
         21, "0^- 0:0-0:0 -/-\n0^0 0:0-0:0 -/-\n^- 0:0-0:0 -\n^0 0:0-0:0 1\n"},
        {"EIA,FA", "range that is hidden and no function; taken for neither", 0, "^- 0:0-0:0 -\n"},
        {"EAA,GCDB,FA", "expression that does not exist; taken for unavailable", 6,
         "^- 0:0-0:0 - {0:0=1} {0:0=-} {0:0=0}\n"},
        {"EAA,GA,HAABDABC,FA", "expression that does not exist; taken for unavailable", 11,
         "^- 0:0-0:0 - {0:0=- 0:1=- 0:2=1}\n"},
        {"EAA,GA,HBAAA,HAABA,FA", "bindings of a variable that the range does not bind; ignored", 7,
         "^- 0:0-0:0 - {0:0=- 0:1=-}\n"},
        {"EAA,HAAAA,FA", "bindings of a variable that the range does not bind; ignored", 4,
         "^- 0:0-0:0 -\n"},
        {"EAA,IBAA,FA", "call site in a source that does not exist; ignored", 4, "^- 0:0-0:0 -\n"},
        {"A,A", "source without scopes that does not exist either", 2, ""},
        /* A surplus tree stays for what refers to it; said once. */
        {"A,BBAAA,BAAA,CAA,CAA,ECAA,FA", "scopes of a source that does not exist", 2,
         "-^- 0:0-0:0 0/-\n-^0 0:0-0:0 -/-\n^- 0:0-0:0 0\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int is_strict = 0; is_strict < 2; is_strict++) {
            struct scope_run run = run_text(cases[i].text, (struct scope_map){1, 2, is_strict});
            assert_int_equal(run.result, SMC_SCOPES_OK);
            assert_int_equal(run.n_warnings, 1);
            assert_string_equal(run.warnings[0].reason, cases[i].reason);
            assert_int_equal(run.warnings[0].at, cases[i].at);
            assert_dump(&run, cases[i].dump);
            scope_run_free(&run);
        }
    }
}

static void without_names(void **state)
{
    struct scope_run run = run_text("BDAAAD,DA,CAA", (struct scope_map){1, 0, 1});
    (void)state;
    assert_int_equal(run.result, SMC_SCOPES_OK);
    assert_int_equal(run.n_warnings, 4); /* no name 0, a kind below 0, no kind 0, no variable 0 */
    assert_dump(&run, "0^- 0:0-0:0 -/- (-)\n");
    scope_run_free(&run);
}

static void without_sources(void **state)
{
    struct scope_run run = run_text("A", (struct scope_map){0, 0, 1});
    (void)state;
    assert_int_equal(run.result, SMC_SCOPES_OK);
    assert_int_equal(run.n_warnings, 1);
    scope_run_free(&run);
}

/* What only a lenient decoder accepts, with a warning. */
static void lenient_extras(void **state)
{
#define EMPTY_ITEM "empty item; taken for a source without scopes"
#define MORE_NUMBERS "item with more numbers than it has fields; the others ignored"
#define EMPTY_LIST "item with an empty list"
#define ORDER "bindings after the call site"
    static const struct {
        const char *text;
        const char *reason;
        size_t at;
        const char *dump;
    } cases[] = {
        {",BAAA,CAA", EMPTY_ITEM, 0, "1^- 0:0-0:0 -/-\n"},
        {"A,,BAAA,CAA", EMPTY_ITEM, 2, "2^- 0:0-0:0 -/-\n"},
        {"BAAA,CAA,", EMPTY_ITEM, 9, "0^- 0:0-0:0 -/-\n"},
        {"EAA,IAAA,GA,HAABB,FA", ORDER, 9, "^- 0:0-0:0 - at 0:0:0 {0:0=- 0:1=0}\n"},
        {"AB,BAAA,CAA", MORE_NUMBERS, 0, "1^- 0:0-0:0 -/-\n"},
        {"BAAAB,CAA", MORE_NUMBERS, 0, "0^- 0:0-0:0 -/-\n"},
        {"BCAAAB,CAA", MORE_NUMBERS, 0, "0^- 0:0-0:0 -/0\n"},
        {"BDAAAAggggggggE,CAA", MORE_NUMBERS, 0, "0^- 0:0-0:0 0/0\n"},
        {"BAAA,CAABgA", MORE_NUMBERS, 5, "0^- 0:0-0:0 -/-\n"},
        {"EABBBBBB,FA", MORE_NUMBERS, 0, "^- 0:1-0:1 -\n"},
        {"EAA,FABC", MORE_NUMBERS, 4, "^- 0:0-0:1 -\n"},
        {"EAA,IAAAB,FA", MORE_NUMBERS, 4, "^- 0:0-0:0 - at 0:0:0\n"},
        {"BAAA,D,CAA", EMPTY_LIST, 5, "0^- 0:0-0:0 -/-\n"},
        {"EAA,G,FA", EMPTY_LIST, 4, "^- 0:0-0:0 -\n"},
        {"EAA,GA,HA,FA", EMPTY_LIST, 7, "^- 0:0-0:0 - {0:0=-}\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct scope_run run = run_text(cases[i].text, (struct scope_map){3, 1, 0});
        assert_int_equal(run.result, SMC_SCOPES_OK);
        assert_int_equal(run.n_warnings, 1);
        assert_string_equal(run.warnings[0].reason, cases[i].reason);
        assert_int_equal(run.warnings[0].at, cases[i].at);
        assert_dump(&run, cases[i].dump);
        scope_run_free(&run);

        run = run_text(cases[i].text, (struct scope_map){3, 1, 1});
        assert_int_equal(run.result, SMC_SCOPES_DROPPED);
        assert_string_equal(run.issue.reason, cases[i].reason);
        assert_int_equal(run.issue.at, cases[i].at);
        assert_int_equal(run.n_warnings, 0);
    }
}

/* ---- all is dropped ---- */

static void bad_grammar(void **state)
{
#define NOT_ITEMS "not items of base64 VLQs"
#define TOO_FEW "item with too few numbers"
#define NOT_FOLLOWING "item that does not follow the start that it is for"
#define NO_SCOPE_END "scope without an end"
#define NO_RANGE_END "range without an end"
#define NO_SCOPE_START "end of a scope that has not started"
#define NO_RANGE_START "end of a range that has not started"
    static const struct {
        const char *text;
        const char *reason;
        size_t at;
    } cases[] = {
        {"!", NOT_ITEMS, 0},
        {"A;A", NOT_ITEMS, 0},
        {"A, A", NOT_ITEMS, 2},
        {"g", NOT_ITEMS, 0},
        {"A,BAAg,CAA", NOT_ITEMS, 2},
        {"BAAA,DA=,CAA", NOT_ITEMS, 5},
        {"J-", NOT_ITEMS, 0},
        {"Jg", NOT_ITEMS, 0},
        {"/", NOT_ITEMS, 0},
        {"A,/,A", NOT_ITEMS, 2},
        {"/g", NOT_ITEMS, 0},
        {"/-", NOT_ITEMS, 0},
        {"\xc3\xa9", NOT_ITEMS, 0},
        {"B,CAA", TOO_FEW, 0},
        {"BA,CAA", TOO_FEW, 0},
        {"BAA,CAA", TOO_FEW, 0},
        {"BBAA,CAA", TOO_FEW, 0},
        {"BCAA,CAA", TOO_FEW, 0},
        {"BDAAA,CAA", TOO_FEW, 0},
        {"BAAA,C", TOO_FEW, 5},
        {"BAAA,CA", TOO_FEW, 5},
        {"E,FA", TOO_FEW, 0},
        {"EA,FA", TOO_FEW, 0},
        {"EBA,FA", TOO_FEW, 0},
        {"ECA,FA", TOO_FEW, 0},
        {"EDAA,FA", TOO_FEW, 0},
        {"EAA,F", TOO_FEW, 4},
        {"EAA,GA,H,FA", TOO_FEW, 7},
        {"EAA,GA,HAA,FA", TOO_FEW, 7},
        {"EAA,GA,HAAA,FA", TOO_FEW, 7},
        {"EAA,GA,HAAAAA,FA", TOO_FEW, 7},
        {"EAA,I,FA", TOO_FEW, 4},
        {"EAA,IA,FA", TOO_FEW, 4},
        {"EAA,IAA,FA", TOO_FEW, 4},
        {"BAAA", NO_SCOPE_END, 4},
        {"BAAA,BAAA,CAA", NO_SCOPE_END, 13},
        {"CAA", NO_SCOPE_START, 0},
        {"BAAA,CAA,CAA", NO_SCOPE_START, 9},
        {"EAA,CAA,FA", NO_SCOPE_START, 4},
        {"EAA", NO_RANGE_END, 3},
        {"EAA,EAA,FA,EAA,FA", NO_RANGE_END, 17},
        {"FA", NO_RANGE_START, 0},
        {"EAA,FA,FA", NO_RANGE_START, 7},
        {"BAAA,FA,CAA", NO_RANGE_START, 5},
        {"BAAA,EAA,FA,CAA", "range within a scope", 5},
        {"EAA,FA,BAAA,CAA", "scope after the first range", 7},
        {"EAA,BAAA,CAA,FA", "scope after the first range", 4},
        {"EAA,FA,A", "source without scopes among scopes or ranges", 7},
        {"EAA,A,FA", "source without scopes among scopes or ranges", 4},
        {"BAAA,A,CAA", "source without scopes among scopes or ranges", 5},
        {"DA", NOT_FOLLOWING, 0},
        {"A,DA", NOT_FOLLOWING, 2},
        {"BAAA,DA,DA,CAA", NOT_FOLLOWING, 8},
        {"BAAA,BAAA,CAA,DA,CAA", NOT_FOLLOWING, 14},
        {"BAAA,CAA,DA", NOT_FOLLOWING, 9},
        {"BAAA,GA,CAA", NOT_FOLLOWING, 5},
        {"BAAA,IAAA,CAA", NOT_FOLLOWING, 5},
        {"GA", NOT_FOLLOWING, 0},
        {"IAAA", NOT_FOLLOWING, 0},
        {"EAA,DA,FA", NOT_FOLLOWING, 4},
        {"EAA,GA,GA,FA", NOT_FOLLOWING, 7},
        {"EAA,IAAA,IAAA,FA", NOT_FOLLOWING, 9},
        {"EAA,GA,IAAA,GA,FA", NOT_FOLLOWING, 12},
        {"EAA,GA,HAAAA,IAAA,FA", NOT_FOLLOWING, 13},
        {"EAA,HAAAA,GA,FA", NOT_FOLLOWING, 10},
        {"EAA,EAA,FA,GA,FA", NOT_FOLLOWING, 11},
        {"EAA,FA,IAAA", NOT_FOLLOWING, 7},
        {"HAAAA", "bindings of a sub-range without a range", 0},
        {"BAAA,HAAAA,CAA", "bindings of a sub-range without a range", 5},
        {"EAA,GA,FA,HAAAA", "bindings of a sub-range without a range", 10},
        /* It goes before numbers that are too large, and other errors. */
        {"BAggggggEA,CAA,EIA", NO_RANGE_END, 18},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int is_strict = 0; is_strict < 2; is_strict++) {
            struct scope_run run = run_text(cases[i].text, (struct scope_map){3, 3, is_strict});
            if (run.result != SMC_SCOPES_DROPPED) {
                fail_msg("%s: not dropped", cases[i].text);
            }
            assert_string_equal(run.issue.reason, cases[i].reason);
            assert_int_equal(run.issue.at, cases[i].at);
            assert_int_equal(run.n_warnings, 0);
        }
    }
    /* Out of ranges an empty item has no place either, where it is accepted at all. */
    struct scope_run run = run_text("EAA,FA,", (struct scope_map){3, 3, 0});
    assert_int_equal(run.result, SMC_SCOPES_DROPPED);
    assert_string_equal(run.issue.reason, "source without scopes among scopes or ranges");
}

struct too_large {
    const char *text;
    size_t at;
};

static void assert_too_large(const struct too_large *cases, size_t n, const char *number,
                             enum smc_scopes_result result, const char *reason)
{
    for (size_t i = 0; i < n; i++) {
        struct text text = {0};
        for (const char *p = cases[i].text; *p != 0; p++) {
            if (*p == '#') {
                text_puts(&text, number);
            } else {
                text_add(&text, p, 1);
            }
        }
        struct scope_run run = scope_run(text.data, text.nbytes, (struct scope_map){1, 1, 0});
        if (run.result != result) {
            fail_msg("%s: %d", text.data, (int)run.result);
        }
        assert_string_equal(run.issue.reason, reason);
        assert_int_equal(run.issue.at, cases[i].at);
        text_free(&text);
    }
}

static void numbers_that_are_too_large(void **state)
{
    static const struct too_large cases[] = {
        {"B#AA,CAA", 1},         {"BA#A,CAA", 2},        {"BAA#,CAA", 3},
        {"BBAA#,CAA", 4},        {"BCAA#,CAA", 4},       {"BDAAA#,CAA", 5},
        {"BAAA,C#A", 6},         {"BAAA,CA#", 7},        {"BAAA,DAA#A,CAA", 8},
        {"E#A,FA", 1},           {"EA#,FA", 2},          {"EB#A,FA", 2},
        {"ECA#,FA", 3},          {"EAA,F#", 5},          {"EAA,FA#", 6},
        {"EAA,GA#,FA", 6},       {"EAA,GA,H#AAA,FA", 8}, {"EAA,GA,HAAAAA#A,FA", 13},
        {"EAA,HBAAAAA#,FA", 11}, /* even of what is ignored then */
        {"EAA,I#AA,FA", 5},      {"EAA,IA#A,FA", 6},     {"EAA,IBA#,FA", 7},
        {"BAA#,CA#,EIA,FA", 3}, /* the first one, and nothing else is said */
    };
    static const char reason[] = "a number of 2^32 or more, or a signed one of 2^31";
    (void)state;
    assert_too_large(cases, COUNT_OF(cases), "ggggggE", SMC_SCOPES_OVERFLOW, reason);
    assert_too_large(cases, COUNT_OF(cases), "gggggggB", SMC_SCOPES_OVERFLOW, reason);
    assert_too_large(cases, COUNT_OF(cases), "ggggggggggggggggggggB", SMC_SCOPES_OVERFLOW, reason);
}

static void positions_that_are_too_large(void **state)
{
    static const struct too_large cases[] = {
        {"BA#A,CAA", 0},
        {"BAA#,CAA", 0},
        {"BABA,BA+/////DA,CAA,CAA", 5},
        {"BAAB,BAA+/////D,CAA,CAA", 5},
        {"BAAA,C#A", 5},
        {"BABB,CA+/////D", 5},
        {"EA#,FA", 0},
        {"EB#A,FA", 0},
        {"EAB,FA,EA+/////D,FA", 7},
        {"EAB,F+/////D", 4},
        {"EBBA,F+/////DA", 5},
        {"EAB,GA,HAA+/////DA,FA", 7},
        {"EAB,GA,HA#AA,FA", 7},
        {"EAB,IA#A,FA", 4},
        {"EAB,IAA#,FA", 4},
    };
    (void)state;
    /* 2^32 - 1 */
    assert_too_large(cases, COUNT_OF(cases), "//////D", SMC_SCOPES_LIMIT,
                     "position of 2^32 - 1 or more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warns_and_goes_on),
        cmocka_unit_test(without_names),
        cmocka_unit_test(without_sources),
        cmocka_unit_test(lenient_extras),
        cmocka_unit_test(bad_grammar),
        cmocka_unit_test(numbers_that_are_too_large),
        cmocka_unit_test(positions_that_are_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
