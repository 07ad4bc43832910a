/*
 * x_facebook_sources (section 11 of our reference).
 */
#include "tests/unit/outline_run.h"

#define KEY "x_facebook_sources"
#define MEMBER "\"" KEY "\":"
/* Of source 0, beside a source 1 whose functions are good. */
#define FUNCTIONS(names, mappings)                                                                 \
    MEMBER "[[{\"names\":[" names "],\"mappings\":\"" mappings "\"}]," GOOD "]"
#define GOOD "[{\"names\":[\"good\"],\"mappings\":\"AAA\"}]"

static void the_worked_example(void **state)
{
    struct outline_run run;
    struct text found = {0};
    uint32_t cursor = 0;

    (void)state;
    assert_members(FUNCTIONS("\"<global>\",\"f\"", "AAA;SCC;CDE"), "0:0=f^ 1:9=f:f 3:1=f^");
    outline_run_members(&run, FUNCTIONS("\"<global>\",\"f\"", "AAA;SCC;CDE"));
    text_function(&found, &run.table, smc_outline_find(&run.outlines[0], 2, 5, &cursor));
    assert_string_equal(found.data, "f:f");
    text_free(&found);
    outline_run_free(&run);
}

/* What Metro makes of a real module. */
static void a_module_of_metro(void **state)
{
    (void)state;
    assert_members(
        FUNCTIONS("\"<global>\",\"Checkout\",\"Checkout#constructor\",\"Checkout#onOrder\","
                  "\"Checkout#submit\",\"total$argument_1\",\"Checkout#validate\","
                  "\"Checkout.nextNumber\"",
                  "AAA;OCa;ECI;MDG;EEE;GFE;EGE;iCCG,2BD;GHK;EKE;GLE;EME;GNE;CDC"),
        "0:0=f^ 13:7=f:Checkout 17:2=f:Checkout#|constructor 20:6=f:Checkout "
        "22:2=f:Checkout#|onOrder 24:3=f:Checkout 26:2=f:Checkout#|submit "
        "29:33=f:total$argument_1 29:60=f:Checkout#|submit 34:3=f:Checkout "
        "36:2=f:Checkout#|validate 38:3=f:Checkout 40:2=f:Checkout.|nextNumber 42:3=f:Checkout "
        "43:1=f^");
}

static void positions(void **state)
{
    (void)state;
    /* Within a group the column goes on, and so does the line, for what it is worth. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "CAA,CC,CD,ACC"), "0:1=f:f 0:2=f:g 0:3=f:f 1:3=f:g");
    /* The last entry at a position; groups without entries; before the first nothing is known. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "EAA,AC"), "0:2=f:g");
    assert_members(FUNCTIONS("\"f\"", ";;AAC;;;"), "1:0=f:f");
    assert_members(FUNCTIONS("\"f\"", ""), "");
    assert_members(FUNCTIONS("", ""), "");
    /* The last position there can be: 2^32 - 2. */
    assert_members(FUNCTIONS("\"f\"", "+/////DA+/////D,+/////DA+/////D"),
                   "2147483647:2147483647=f:f");
    assert_members(FUNCTIONS("\"f\",\"g\"", "+/////DA+/////D,+/////DC+/////D"),
                   "2147483647:2147483647=f:f 4294967294:4294967294=f:g");
}

static void names(void **state)
{
    (void)state;
    assert_members(FUNCTIONS("\"<anonymous>\",\"\",\"<global>\",\"Foo.<computed>\",\"get x\"",
                             "AAA,CC,CC,CC,CC"),
                   "0:0=f? 0:2=f^ 0:3=f:Foo.|<computed> 0:4=f:get |x");
    assert_members(FUNCTIONS("\"\\u0066\\/\\u00e9\"", "AA\\u0041"), "0:0=f:f/\xc3\xa9");
    assert_members(MEMBER "[[{\"mappings\":\"CAA\",\"names\":[\"g\"],\"names\":[\"f\"],"
                          "\"mappings\":\"AAA\",\"other\":7}]]",
                   "0:0=f:f");
}

/* Sources that have none, and elements that are none of a source. */
static void elements(void **state)
{
    static const char *const none[] = {"null", "[]", "[null]", "[null,7]"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        struct text members = {0};
        text_puts(&members, MEMBER "[");
        text_puts(&members, none[i]);
        text_puts(&members, "," GOOD ",null,7,[7]]");
        assert_members(members.data, "");
        struct outline_run run;
        outline_run_members(&run, members.data);
        assert_outline(&run, 1, "0:0=f:good");
        assert_outline(&run, 2, "");
        outline_run_free(&run);
        text_free(&members);
    }
    assert_members(MEMBER "[]", "");
    assert_members(MEMBER "[[{\"names\":[],\"mappings\":\"\"},{\"names\":7}]]", "");
}

static void bad_elements(void **state)
{
    static const struct {
        const char *element, *at, *reason;
    } cases[] = {
        {"{}", "{}", "element is neither an array nor null; read as null"},
        {"7", "7", "element is neither an array nor null; read as null"},
        {"[7]", "7", "functions are neither an object nor null; ignored"},
        {"[[]]", "[],", "functions are neither an object nor null; ignored"},
        {"[{}]", "{}", "functions without an array of names and a string of mappings; ignored"},
        {"[{\"mappings\":\"AAB\"}]", "{\"mappings\":\"AAB",
         "functions without an array of names and a string of mappings; ignored"},
        {"[{\"names\":[\"f\"],\"mappings\":null}]", "{\"names\":[\"f\"",
         "functions without an array of names and a string of mappings; ignored"},
        {"[{\"names\":{\"a\":1},\"mappings\":\"AAA\"}]", "{\"names\":{",
         "functions without an array of names and a string of mappings; ignored"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text members = {0};
        text_puts(&members, MEMBER "[");
        text_puts(&members, cases[i].element);
        text_puts(&members, "," GOOD "]");
        const char *at = strcmp(cases[i].at, "[],") == 0 ? "[]]" : cases[i].at;
        assert_dropped(members.data, at, KEY, cases[i].reason, "0:0=f:good");
        text_free(&members);
    }
}

#define DROPPED "; the source's functions are dropped"
#define FIELDS "entry that is not the right number of base64 VLQs" DROPPED

static void bad_mappings(void **state)
{
    static const struct {
        const char *mappings, *at, *reason;
    } cases[] = {
        {"CAC;E", "E\"", FIELDS},
        {"CAC,EAAE", "EAAE", FIELDS},
        {"CAC,EA!", "EA!", FIELDS},
        {"CAC,Eg", "Eg", FIELDS},
        {"CAC,,EA", ",EA", FIELDS},
        {"CAC,;EA", ";EA", FIELDS},
        {"CAC,", "\"}]," GOOD, FIELDS},
        {",CAC", ",CAC", FIELDS},
        {"CAC EA", "CAC EA", FIELDS},
        {"CAC,gggggg", "gggggg", FIELDS},
        {"CAC,EgggggggB", "EgggggggB", "entry with a number of 2^31 or more" DROPPED},
        {"CAC,ggggggEA", "ggggggEA", "entry with a number of 2^31 or more" DROPPED},
        {"CAC,EE", "EE", "entry with a name that does not exist" DROPPED},
        {"CAC,ED", "ED", "entry with a name that does not exist" DROPPED},
        {"CAC,EB", "EB", "entry with a name that does not exist" DROPPED},
        {"DAC", "DAC", "entry at an impossible position" DROPPED},
        {"BAC", "BAC", "entry at an impossible position" DROPPED},
        {"CAD", "CAD", "entry at an impossible position" DROPPED},
        {"CAC,EAF", "EAF", "entry at an impossible position" DROPPED},
        {"+/////DA+/////D,+/////DA+/////D,CA", "CA\"", "entry at an impossible position" DROPPED},
        {"AA+/////D,AA+/////D,AAC", "AAC", "entry at an impossible position" DROPPED},
        {"EAE,DA", "DA\"", "entry before the one that precedes it" DROPPED},
        {"EAE;AAD", "AAD", "entry before the one that precedes it" DROPPED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text members = {0};
        text_puts(&members, MEMBER "[[{\"names\":[\"f\",\"g\"],\"mappings\":\"");
        text_puts(&members, cases[i].mappings);
        text_puts(&members, "\"}]," GOOD "]");
        assert_dropped(members.data, cases[i].at, KEY, cases[i].reason, "0:0=f:good");
        text_free(&members);
    }
    /* In a text with escapes, the text as a whole is the place. */
    assert_dropped(FUNCTIONS("\"f\"", "\\u0041AA,C"), "\"\\u0041AA", KEY, FIELDS, "0:0=f:good");
}

/* A name that is none is not the end of the others. */
static void bad_names(void **state)
{
    struct outline_run run;

    (void)state;
    outline_run_members(&run, FUNCTIONS("\"f\",7,\"g\",null", "AAA,CC,CC,CC"));
    assert_int_equal(run.warnings.n, 2);
    assert_issue(&run.warnings.last, "name of a function that is not a string; read as \"\"");
    assert_outline(&run, 0, "0:0=f:f 0:1=f? 0:2=f:g 0:3=f?");
    outline_run_free(&run);
}

static void not_an_array(void **state)
{
    static const char *const values[] = {"null", "{}", "\"AAA\"", "7", "true"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct outline_run run;
        struct text members = {0};
        text_puts(&members, MEMBER);
        text_puts(&members, values[i]);
        outline_run_members(&run, members.data);
        assert_int_equal(run.warnings.n, 1);
        assert_issue(&run.warnings.last, "not an array; ignored");
        assert_string_equal(run.warnings.last.key, KEY);
        assert_outline(&run, 0, "");
        outline_run_free(&run);
        text_free(&members);
    }
}

/* ---- any of them ---- */

/* Entries in order, by the naive way: the last one at or before a position. */
static void at_random(void **state)
{
    static const char *const shown[] = {"f^", "f:f", "f?", "f:g", "f:h"};
    struct rng rng = {21};

    (void)state;
    for (int round = 0; round < 500; round++) {
        struct {
            uint32_t line, column, name;
        } entries[30];
        struct text mappings = {0}, members = {0};
        const uint32_t n = rng_below(&rng, COUNT_OF(entries) + 1);
        int64_t line = 1, column = 0, name = 0;
        text_add(&mappings, "", 0);
        for (uint32_t i = 0; i < n; i++) {
            const int64_t lines = rng_below(&rng, 3) == 0 ? 1 + rng_below(&rng, 40) : 0;
            const int starts_group = i == 0 || lines > 0;
            text_puts(&mappings, i == 0 ? "" : starts_group ? ";" : ",");
            column = starts_group ? 0 : column;
            const int64_t to_column = column + rng_below(&rng, 20), to_name = rng_below(&rng, 5);
            text_vlq(&mappings, to_column - column);
            text_vlq(&mappings, to_name - name);
            if (starts_group) {
                text_vlq(&mappings, lines);
            }
            line += lines;
            column = to_column;
            name = to_name;
            entries[i].line = (uint32_t)line - 1;
            entries[i].column = (uint32_t)column;
            entries[i].name = (uint32_t)name;
        }
        text_puts(&members, MEMBER "[[{\"names\":[\"<global>\",\"f\",\"<anonymous>\",\"g\",\"h\"],"
                                   "\"mappings\":\"");
        text_add(&members, mappings.data, mappings.nbytes);
        text_puts(&members, "\"}]]");
        struct outline_run run;
        outline_run_members(&run, members.data);
        assert_int_equal(run.warnings.n, 0);
        for (int k = 0; k < 100; k++) {
            const uint32_t at_line = rng_below(&rng, 200), at_column = rng_below(&rng, 60);
            const char *wanted = "-";
            for (uint32_t i = 0; i < n; i++) {
                if (entries[i].line < at_line ||
                    (entries[i].line == at_line && entries[i].column <= at_column)) {
                    wanted = shown[entries[i].name];
                }
            }
            struct text found = {0};
            uint32_t cursor = 0;
            text_function(&found, &run.table,
                          smc_outline_find(&run.outlines[0], at_line, at_column, &cursor));
            assert_string_equal(found.data, wanted);
            text_free(&found);
        }
        outline_run_free(&run);
        text_free(&members);
        text_free(&mappings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example), cmocka_unit_test(a_module_of_metro),
        cmocka_unit_test(positions),          cmocka_unit_test(names),
        cmocka_unit_test(elements),           cmocka_unit_test(bad_elements),
        cmocka_unit_test(bad_mappings),       cmocka_unit_test(bad_names),
        cmocka_unit_test(not_an_array),       cmocka_unit_test(at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
