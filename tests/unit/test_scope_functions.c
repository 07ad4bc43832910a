/*
 * What `scopes` say of functions, from the map through the file to what the reader answers (section 9 of our reference):
 * outlines of the sources, and stacks of generated positions.
 */
#include "tests/unit/outline_run.h"
#include "tests/unit/scope_run.h"

#define NONE SMCF_NONE
#define SCOPES(names, scopes) "\"names\":[" names "],\"scopes\":\"" scopes "\""

/* ---- outlines ---- */

static void the_worked_example(void **state)
{
    (void)state;
    assert_members(SCOPES("\"module\",\"sq\",\"function\",\"x\",\"5\"",
                          "BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC"),
                   "0:0=s^ 0:11=s:sq 0:30=s^");
}

static void scopes_of_sources(void **state)
{
    struct outline_run run;

    (void)state;
    /* Without a tree nothing is known; in a tree of nothing but blocks, there is no function. */
    outline_run_members(&run, SCOPES("\"f\"", "A,BAAA,BAAB,CAB,CAD,BFAEA,CAF"));
    assert_int_equal(run.warnings.n, 0);
    assert_outline(&run, 0, "");
    assert_outline(&run, 1, "0:0=s^");
    assert_outline(&run, 2, "0:0=s^ 0:4=s:f 0:9=s^");
    outline_run_free(&run);
    /* Fewer trees than sources, more trees, and no scopes at all. */
    outline_run_members(&run, SCOPES("\"f\"", "BFAAA,CAF"));
    assert_outline(&run, 0, "0:0=s:f 0:5=s^");
    assert_outline(&run, 1, "");
    outline_run_free(&run);
    outline_run_members(&run, SCOPES("\"f\"", "A,A,BFAAA,CAF,BFAAA,CAF"));
    assert_int_equal(run.warnings.n, 1);
    assert_outline(&run, 0, "");
    assert_outline(&run, 2, "0:0=s:f 0:5=s^");
    outline_run_free(&run);
    assert_members(SCOPES("", ""), "");
}

static void functions_of_scopes(void **state)
{
    struct outline_run run;

    (void)state;
    /* f { block { a function without a name } }, and in the next source one called "". */
    outline_run_members(&run, SCOPES("\"f\",\"\"", "BFAAA,BABA,BEAC,CAC,CAC,CAC,BFABC,CAB,A"));
    assert_int_equal(run.warnings.n, 0);
    assert_outline(&run, 0, "0:0=s:f 1:2=s? 1:4=s:f 1:8=s^");
    assert_outline(&run, 1, "0:0=s^ 0:1=s? 0:2=s^");
    outline_run_free(&run);
    /* Scopes that contain nothing, and one that fills another. */
    assert_members(SCOPES("\"f\",\"g\"", "BFACA,BFAAC,CAE,BFAAA,CAA,CAA"), "0:0=s^ 0:2=s:g 0:6=s^");
    /* A name that does not exist is none. */
    outline_run_members(&run, SCOPES("\"f\"", "BFAAC,CAB"));
    assert_int_equal(run.warnings.n, 1);
    assert_issue(&run.warnings.last, "name of a scope that does not exist; the rest is used");
    assert_outline(&run, 0, "0:0=s? 0:1=s^");
    outline_run_free(&run);
}

/* By the trust in them: scopes, x_facebook_sources, x_com_bloomberg_sourcesFunctionMappings. */
static void over_other_keys(void **state)
{
#define OTHER_KEYS                                                                                 \
    ",\"x_facebook_sources\":[[{\"names\":[\"<global>\",\"<anonymous>\",\"h\"],"                   \
    "\"mappings\":\"EAA,EE,ED\"}],[{\"names\":[\"<anonymous>\"],\"mappings\":\"EAA\"}]],"          \
    "\"x_com_bloomberg_sourcesFunctionMappings\":[\"CAIAM\",\"CAAAQ\"]"
    struct outline_run run;

    (void)state;
    /* Nothing but the others: h of the one is over g of the other, which is over what has no name. */
    outline_run_members(&run, SCOPES("\"f\",\"g\"", "") OTHER_KEYS);
    assert_int_equal(run.warnings.n, 0);
    assert_outline(&run, 0, "0:0=b^ 0:2=f^ 0:4=f:h 0:6=b:g 0:7=f?");
    assert_outline(&run, 1, "0:0=b:g 0:9=f?");
    outline_run_free(&run);
    /* f 0:0-0:1, then a function without a name, which others may know, then nothing. */
    outline_run_members(&run, SCOPES("\"f\",\"g\"", "BFAAA,CAB,A") OTHER_KEYS);
    assert_outline(&run, 0, "0:0=s:f 0:1=s^");
    outline_run_free(&run);
    outline_run_members(&run, SCOPES("\"f\",\"g\"", "BEAA,CAI,A") OTHER_KEYS);
    assert_outline(&run, 0, "0:0=s? 0:4=f:h 0:6=b:g 0:7=s? 0:8=s^");
    outline_run_free(&run);
}

/* ---- what goes wrong ---- */

static void bad_scopes(void **state)
{
    static const struct {
        const char *scopes, *reason;
    } cases[] = {
        {"BAAA,CAB,CAB", "end of a scope that has not started; all scopes are dropped"},
        {"BAAggggggE,CAA",
         "a number of 2^32 or more, or a signed one of 2^31; all scopes are dropped"},
        {"BAA+/////D,CAC", "position of 2^32 - 1 or more; all scopes are dropped"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text members = {0};
        struct outline_run run;
        text_puts(&members, "\"names\":[\"f\"],\"scopes\":\"");
        text_puts(&members, cases[i].scopes);
        text_puts(&members, "\"");
        outline_run_members(&run, members.data);
        assert_int_equal(run.warnings.n, 1);
        assert_issue(&run.warnings.last, cases[i].reason);
        assert_string_equal(run.warnings.last.key, "scopes");
        assert_outline(&run, 0, "");
        outline_run_free(&run);
        text_free(&members);
    }
}

/* ---- stacks ---- */

static smc_cache *open_map(const struct text *map, struct file *file)
{
    *file = build_file_with_functions(map);
    return open_file(file);
}

static void assert_stack(const smc_cache *cache, uint32_t line, uint32_t column, const char *wanted)
{
    struct text stack = stack_dump(cache, line, column);

    assert_string_equal(stack.data, wanted);
    text_free(&stack);
}

#define SOURCES "\"sources\":[\"a\",\"b\"],"
#define MAP(mappings, members) map_text(mappings, SOURCES members)

/* `console.log(5*5);`, of which 0:12 was x*x at 0:24 in sq, which was called at 1:12. */
static void the_worked_stack(void **state)
{
    struct text map =
        MAP("AACA,YADwB,GACb", SCOPES("\"module\",\"sq\",\"function\",\"x\",\"5\"",
                                      "BCAAA,BHALCE,DG,CAT,CBT,ECAA,ECMC,GF,IABM,FD,FC"));
    struct file file;
    smc_cache *cache = open_map(&map, &file);

    (void)state;
    assert_stack(cache, 0, 12, "sq@0:0:24 ^@0:1:12");
    assert_stack(cache, 0, 14, "sq@0:0:24 ^@0:1:12");
    assert_stack(cache, 0, 15, "^@0:1:11");
    assert_stack(cache, 0, 0, "^@0:1:0");
    assert_stack(cache, 1, 0, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* Frames end at functions, go through blocks, and code without a mapping is of its range's definition. */
static void kinds_of_ranges(void **state)
{
    /* Scopes: f 0:0-9:0 with g 1:0-2:0, and a block 3:0-4:0. Ranges, one in another from 0:10, 0:20, ... on:
     * function f; inlined g, called at 0:5; a block; a function without definition, called at 0:7; inlined g
     * without a definition, called at 0:8; a hidden one; the block of f. */
    struct text map =
        MAP("A", SCOPES("\"f\",\"g\"",
                        "BFAAA,BFBAC,CBA,BABA,CBA,CFA,A,"
                        "EGKA,ECKC,IAAF,EAK,EEK,IAAH,EAK,IAAI,EMK,ECKC,FK,FK,FK,FK,FK,FK,FK"));
    struct file file;
    smc_cache *cache = open_map(&map, &file);

    (void)state;
    assert_stack(cache, 0, 9, "");
    assert_stack(cache, 0, 10, "f");
    assert_stack(cache, 0, 20, "g f@0:0:5");
    assert_stack(cache, 0, 30, "g f@0:0:5");
    assert_stack(cache, 0, 40, "");
    assert_stack(cache, 0, 50, "- f@0:0:8");
    assert_stack(cache, 0, 60, "[hidden] -");
    assert_stack(cache, 0, 70, "[hidden] f");
    assert_stack(cache, 0, 80, "[hidden] -");
    assert_stack(cache, 0, 90, "- f@0:0:8");
    assert_stack(cache, 0, 100, "");
    assert_stack(cache, 0, 110, "g f@0:0:5");
    assert_stack(cache, 0, 130, "f");
    assert_stack(cache, 0, 140, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

static uint64_t count_inlined(const char *mappings, const char *members)
{
    struct text map = map_text(mappings, members);
    struct file file = build_file_with_functions(&map);
    struct parts parts = file_split(&file);
    const struct part *part = part_find(&parts, SMCF_SECTION_INLINED);
    const uint64_t count = part == NULL ? 0 : part->count;

    for (unsigned i = 0; i < parts.n; i++) {
        text_free(&parts.list[i].bytes);
    }
    free(parts.list);
    file_free(&file);
    text_free(&map);
    return count;
}

/* What a definition is called is kept for code that has no original position, and no other. */
static void definitions_that_are_of_use(void **state)
{
    /* f 0:0-0:9; ranges of f at 0:2-0:4, 0:6-1:0 and 2:0-2:4; each is an entry, and so is what follows it. */
#define RANGES_OF_F "BFAAA,CAJ,A,EGCA,FC,EGCA,FBA,EHBAA,FE"
    static const char members[] = SOURCES SCOPES("\"f\"", RANGES_OF_F);
    static const struct {
        const char *mappings;
        uint64_t n;
    } cases[] = {
        {"A", 6}, /* nothing is mapped */
        {"", 6},
        {"AAAA;;AAAA", 0},          /* all that is in them is */
        {"AAAA;A;AAAA", 0},         /* a token without a position that is in none of them */
        {"AAAA,I,EAAA;;AAAA", 0},   /* from the end of the first to the start of the second */
        {"AAAA,E,EAAA;;AAAA", 2},   /* all of the first */
        {"AAAA,C,EAAA;;AAAA", 2},   /* the start of it */
        {"AAAA,G,CAAA;;AAAA", 2},   /* the end of it */
        {"AAAA,O,CAAA;;AAAA", 2},   /* some of the second */
        {"AAAA,O,CAAA;;CAAA", 4},   /* and the start of the third */
        {"EAAA;;AAAA", 0},          /* what is before the first token, in none */
        {"GAAA;;AAAA", 2},          /* and in the first */
        {"AAAA,G,A,AAAA;;AAAA", 0}, /* the last of several counts */
        {"AAAA;;AAAA,EAAA,A", 2},   /* to the end of the third */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(count_inlined(cases[i].mappings, members), cases[i].n);
    }
    /* A range mapping answers up to the next token. */
    assert_int_equal(count_inlined("AAAA;;CAAA",
                                   SOURCES SCOPES("\"f\"", RANGES_OF_F) ",\"rangeMappings\":\"A\""),
                     0);
}

/* ---- sections ---- */

#define SECTION(line, column, map)                                                                 \
    "{\"offset\":{\"line\":" line ",\"column\":" column "},\"map\":{" map "}}"
/* f 0:0-1:0 of the only source, and all from 0:1 to 1:2 is inlined, called at 0:4. */
#define INLINED(source)                                                                            \
    "\"version\":3,\"mappings\":\"A\",\"sources\":[\"" source "\"],\"names\":[\"" source "f\"],"   \
    "\"scopes\":\"BFAAA,CBA,ECBA,IAAE,FBC\""

static struct text index_map(const char *sections)
{
    struct text map = {0};

    text_puts(&map, "{\"version\":3,\"sections\":[");
    text_puts(&map, sections);
    text_puts(&map, "]}");
    return map;
}

static void in_sections(void **state)
{
    struct text map =
        index_map(SECTION("2", "10", INLINED("a")) "," SECTION("5", "7", INLINED("b")));
    struct file file;
    smc_cache *cache = open_map(&map, &file);

    (void)state;
    assert_stack(cache, 0, 1, "");
    assert_stack(cache, 2, 10, "");
    assert_stack(cache, 2, 11, "af af@0:0:4");
    assert_stack(cache, 3, 1, "af af@0:0:4");
    assert_stack(cache, 3, 2, "");
    assert_stack(cache, 5, 8, "bf bf@1:0:4");
    assert_stack(cache, 6, 1, "bf bf@1:0:4");
    assert_stack(cache, 6, 12, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* A section that starts within the ranges of the one before it goes over them. */
static void in_overlapping_sections(void **state)
{
    struct text map =
        index_map(SECTION("2", "0", INLINED("a")) "," SECTION("2", "9", INLINED("b")));
    struct file file;
    smc_cache *cache = open_map(&map, &file);

    (void)state;
    assert_stack(cache, 2, 9, "af af@0:0:4");
    assert_stack(cache, 2, 10, "bf bf@1:0:4");
    assert_stack(cache, 3, 1, "bf bf@1:0:4");
    assert_stack(cache, 3, 2, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* Sections out of order are an error of their own; the ranges of the second are not used. */
static void in_sections_out_of_order(void **state)
{
    struct text map =
        index_map(SECTION("5", "0", INLINED("a")) "," SECTION("2", "0", INLINED("b")));
    const struct smc_build_options options = {.struct_size = sizeof options};
    struct warnings warnings;
    struct file file;

    (void)state;
    assert_int_equal(try_build_with(&map, &options, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_issue(&warnings.last, "ranges before those of a section before; the ranges are dropped");
    smc_cache *cache = open_file(&file);
    assert_stack(cache, 5, 1, "af af@0:0:4");
    assert_stack(cache, 2, 1, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

/* Ranges at columns and lines that no code can have. */
static void far_away(void **state)
{
    struct text map = index_map(SECTION("2147483646", "4294967294", INLINED("a")));
    struct file file;
    smc_cache *cache;

    (void)state;
    cache = open_map(&map, &file);
    assert_stack(cache, 2147483646, 4294967294U, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);

    map = index_map(SECTION("1", "4294967294", INLINED("a")));
    cache = open_map(&map, &file);
    assert_stack(cache, 1, 4294967294U,
                 ""); /* its column 1 is none, so it starts on the next line */
    assert_stack(cache, 2, 0, "af af@0:0:4");
    assert_stack(cache, 2, 1, "af af@0:0:4");
    assert_stack(cache, 2, 2, "");
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worked_example),
        cmocka_unit_test(scopes_of_sources),
        cmocka_unit_test(functions_of_scopes),
        cmocka_unit_test(over_other_keys),
        cmocka_unit_test(bad_scopes),
        cmocka_unit_test(the_worked_stack),
        cmocka_unit_test(kinds_of_ranges),
        cmocka_unit_test(definitions_that_are_of_use),
        cmocka_unit_test(in_sections),
        cmocka_unit_test(in_overlapping_sections),
        cmocka_unit_test(in_sections_out_of_order),
        cmocka_unit_test(far_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
