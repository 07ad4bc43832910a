/*
 * x_com_bloomberg_sourcesFunctionMappings (section 11 of our reference).
 */
#include "tests/unit/outline_run.h"

#define KEY "x_com_bloomberg_sourcesFunctionMappings"
#define MEMBER "\"" KEY "\":"
#define GOOD "\"AAAAA\""
/* Of source 0, beside a source 1 whose functions are good. */
#define FUNCTIONS(names, mappings) "\"names\":[" names "]," MEMBER "[\"" mappings "\"," GOOD "]"

static void the_worked_example(void **state)
{
    (void)state;
    /* f 0:10-2:1, g 1:4-1:20; both ends are of the function. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "AAUEC,CDNAmB"),
                   "0:0=b^ 0:10=b:f 1:4=b:g 1:21=b:f 2:2=b^");
}

/* `function orzo(){}; function penne(){};`, as its own program writes it. */
static void a_map_of_pasta(void **state)
{
    (void)state;
    assert_members(FUNCTIONS("\"orzo\",\"penne\",\"<top-level>\"", "EAAAsC,FAAArB,CAkBAoB"),
                   "0:0=b:orzo 0:18=b:penne 0:38=b^");
}

static void positions(void **state)
{
    (void)state;
    /* Siblings that share a character: it is the later one's. f 0:0-0:5, g 0:5-0:9. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "AAAAK,CAKAI"), "0:0=b:f 0:5=b:g 0:10=b^");
    /* The same start: the last one. f 0:0-1:0, g 0:0-0:2. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "AAACA,CDAAE"), "0:0=b:g 0:3=b:f 1:1=b^");
    /* A start line counts from the end line before: f 1:2-3:4, g 5:0-5:9. */
    assert_members(FUNCTIONS("\"f\",\"g\"", "ACEEI,CEFAK"),
                   "0:0=b^ 1:2=b:f 3:5=b^ 5:0=b:g 5:10=b^");
    /* One character. */
    assert_members(FUNCTIONS("\"f\"", "AAEAE"), "0:0=b^ 0:2=b:f 0:3=b^");
    assert_members(FUNCTIONS("\"f\"", ""), "");
    /* Line and column 2^32 - 2, which takes two entries to reach: f twice. */
    assert_members(FUNCTIONS("\"f\"", "A+/////D+/////DA+/////D,A+/////D+/////DA+/////D"),
                   "0:0=b^ 2147483647:2147483647=b:f 2147483647:2147483648=b^ "
                   "4294967294:4294967294=b:f 4294967294:4294967295=b^");
}

static void names(void **state)
{
    (void)state;
    assert_members(FUNCTIONS("\"\",\"<anonymous>\",\"a.b\",\"c\"", "EAAAA,CAEAE,FAEAE,DAEAE"),
                   "0:0=b:a.|b 0:1=b^ 0:2=b:c 0:3=b^ 0:4=b? 0:5=b^ 0:6=b? 0:7=b^");
    /* Each source starts anew. */
    struct outline_run run;
    outline_run_members(&run, "\"names\":[\"f\",\"g\"]," MEMBER "[\"CAEAE\",\"CAEAE\",null,\"A\"]");
    assert_int_equal(run.warnings.n, 0);
    assert_outline(&run, 0, "0:0=b^ 0:2=b:g 0:3=b^");
    assert_outline(&run, 1, "0:0=b^ 0:2=b:g 0:3=b^");
    assert_outline(&run, 2, "");
    outline_run_free(&run);
    /* A digit that is escaped, and one with zeros. */
    assert_members(FUNCTIONS("\"f\"", "A\\u0041EgggAE"), "0:0=b^ 0:2=b:f 0:3=b^");
}

#define DROPPED "; the source's functions are dropped"
#define FIELDS "entry that is not the right number of base64 VLQs" DROPPED

static void bad_mappings(void **state)
{
    static const struct {
        const char *mappings, *at, *reason;
    } cases[] = {
        {"AAUEC,CDNA", "CDNA", FIELDS},
        {"AAUEC,CDNAmBA", "CDNAmBA", FIELDS},
        {"AAUEC;CDNAmB", ";CDN", FIELDS},
        {"AAUEC;", ";\"", FIELDS},
        {"AAUEC,", "\"," GOOD, FIELDS},
        {",AAUEC", ",AAUEC", FIELDS},
        {"AAUEC,,CDNAmB", ",CDN", FIELDS},
        {"AAUE C", "AAUE C", FIELDS},
        {"AAUEg", "AAUEg", FIELDS},
        {"AAUEC,CDNAgggggggE", "CDNAg", "entry with a number of 2^31 or more" DROPPED},
        {"EAUEC", "EAUEC", "entry with a name that does not exist" DROPPED},
        {"DAUEC", "DAUEC", "entry with a name that does not exist" DROPPED},
        {"AAUEC,DDNAmB", "DDNAmB", "entry with a name that does not exist" DROPPED},
        {"ADAAA", "ADAAA", "entry at an impossible position" DROPPED},
        {"AADEA", "AADEA", "entry at an impossible position" DROPPED},
        {"AAADA", "AAADA", "entry at an impossible position" DROPPED},
        {"AAACD", "AAACD", "entry at an impossible position" DROPPED},
        {"BAAAA", "BAAAA", "entry with a name that does not exist" DROPPED},
        {"AA+/////DCA,AA+/////DCA,AAEAA", "AAEAA", "entry at an impossible position" DROPPED},
        {"AAAA+/////D,AAAA+/////D,AAAAC", "AAAAC", "entry at an impossible position" DROPPED},
        {"AAAAA,A+/////DAAA,A+/////DAAA,ACAAA", "ACAAA", "entry at an impossible position" DROPPED},
        {"AEAAA,ADAAA", "ADAAA", "entry before the one that precedes it" DROPPED},
        {"AAEAE,AADAA", "AADAA", "entry before the one that precedes it" DROPPED},
        {"AEADA", "AEADA", "entry that ends before it starts" DROPPED},
        {"AAEAC", "AAEAC", "entry that ends before it starts" DROPPED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text members = {0};
        text_puts(&members, "\"names\":[\"f\",\"g\"]," MEMBER "[\"");
        text_puts(&members, cases[i].mappings);
        text_puts(&members, "\"," GOOD "]");
        assert_dropped(members.data, cases[i].at, KEY, cases[i].reason, "0:0=b:f 0:1=b^");
        text_free(&members);
    }
    assert_dropped(FUNCTIONS("\"f\"", "\\u0041AAA"), "\"\\u0041AAA", KEY, FIELDS, "0:0=b:f 0:1=b^");
}

static void bad_elements(void **state)
{
    static const char *const elements[] = {"{}", "7", "[\"AAUEC\"]", "true"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(elements); i++) {
        struct text members = {0};
        text_puts(&members, "\"names\":[\"f\"]," MEMBER "[");
        text_puts(&members, elements[i]);
        text_puts(&members, "," GOOD "]");
        assert_dropped(members.data, elements[i], KEY,
                       "element is neither a string nor null; read as null", "0:0=b:f 0:1=b^");
        text_free(&members);
    }
    struct outline_run run;
    outline_run_members(&run, MEMBER "\"AAUEC\"");
    assert_int_equal(run.warnings.n, 1);
    assert_issue(&run.warnings.last, "not an array; ignored");
    assert_string_equal(run.warnings.last.key, KEY);
    outline_run_free(&run);
    /* A map without names has none for functions. */
    outline_run_members(&run, MEMBER "[\"AAAAA\",null]");
    assert_int_equal(run.warnings.n, 1);
    assert_outline(&run, 0, "");
    outline_run_free(&run);
}

/* ---- any of them ---- */

struct range {
    uint32_t line, column, end_line, end_column, name;
};

static int is_start_before(const struct range *a, const struct range *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Ranges by the naive way: the last one that contains a position, its end too. */
static void at_random(void **state)
{
    static const char *const shown[] = {"b:f", "b:g", "b:h", "b?"};
    struct rng rng = {22};

    (void)state;
    for (int round = 0; round < 1000; round++) {
        struct range list[12], last = {0};
        const uint32_t n = 1 + rng_below(&rng, COUNT_OF(list));
        struct text members = {0};
        for (uint32_t i = 0; i < n; i++) {
            struct range range = {rng_below(&rng, 5), rng_below(&rng, 9), 0, 0, rng_below(&rng, 4)};
            range.end_line = range.line + rng_below(&rng, 3);
            range.end_column =
                rng_below(&rng, 9) + (range.line == range.end_line ? range.column : 0);
            uint32_t at = i;
            for (; at > 0 && is_start_before(&range, &list[at - 1]); at--) {
                list[at] = list[at - 1];
            }
            list[at] = range;
        }
        text_puts(&members, "\"names\":[\"f\",\"g\",\"h\",\"\"]," MEMBER "[\"");
        for (uint32_t i = 0; i < n; i++) {
            const struct range *range = &list[i];
            text_puts(&members, i > 0 ? "," : "");
            text_vlq(&members, (int64_t)range->name - last.name);
            text_vlq(&members, (int64_t)range->line - last.end_line);
            text_vlq(&members, (int64_t)range->column - last.column);
            text_vlq(&members, (int64_t)range->end_line - range->line);
            text_vlq(&members, (int64_t)range->end_column - last.end_column);
            last = *range;
        }
        text_puts(&members, "\"]");
        struct outline_run run;
        outline_run_members(&run, members.data);
        assert_int_equal(run.warnings.n, 0);
        uint32_t cursor = 0;
        for (uint32_t place = 0; place < 8 * 20; place++) {
            const uint32_t line = place / 20, column = place % 20;
            const char *wanted = "b^";
            for (uint32_t i = 0; i < n; i++) {
                const struct range *r = &list[i];
                const int is_after_start =
                    line > r->line || (line == r->line && column >= r->column);
                const int is_before_end =
                    line < r->end_line || (line == r->end_line && column <= r->end_column);
                if (is_after_start && is_before_end) {
                    wanted = shown[r->name];
                }
            }
            struct text found = {0};
            text_function(&found, &run.table,
                          smc_outline_find(&run.outlines[0], line, column, &cursor));
            assert_string_equal(found.data, wanted);
            text_free(&found);
        }
        outline_run_free(&run);
        text_free(&members);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example), cmocka_unit_test(a_map_of_pasta),
        cmocka_unit_test(positions),          cmocka_unit_test(names),
        cmocka_unit_test(bad_mappings),       cmocka_unit_test(bad_elements),
        cmocka_unit_test(at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
