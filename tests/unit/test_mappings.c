/*
 * The `mappings` string, from the text through the built file to what the reader answers: fixed cases
 * of ECMA-426, "Decoding mappings" (section 3 of our reference), and of lookups (section 7).
 */
#include "tests/unit/oracle.h"

#define MEMBERS "\"sources\":[\"a\",\"b\",null],\"names\":[\"x\",\"y\"]"

static const struct surroundings three_sources = {6, 4, 3};

static void compare_string(const char *string)
{
    struct text mappings = {0};
    struct rng rng = {1};

    text_puts(&mappings, string);
    naive_compare(&mappings, &three_sources, 0, &rng);
    naive_compare(&mappings, &three_sources, 1, &rng);
    text_free(&mappings);
}

static void one_four_and_five_fields(void **state)
{
    (void)state;
    compare_string("A");
    compare_string("AAAA");
    compare_string("AAAAA");
    compare_string("AAAAA,C,CCCC,CCCCC,C,CAAAA");
    compare_string("GCEGA;I,KCSG;;CADDC");
}

static void empty_lines(void **state)
{
    (void)state;
    compare_string("");
    compare_string(";");
    compare_string(";;;");
    compare_string(";;AAAA;;;C;;");
}

/* The value of `field` (source line) of the only token, after one segment. */
static uint32_t source_line_of(const char *field)
{
    struct text mappings = {0};
    struct smc_token token;

    text_puts(&mappings, "AA");
    text_puts(&mappings, field);
    text_puts(&mappings, "A");
    struct file file = build_mappings(mappings.data, MEMBERS);
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_token_at(cache, 0, &token), SMC_OK);
    assert_int_equal(token.source, 0);
    smc_close(cache);
    file_free(&file);
    text_free(&mappings);
    return token.source_line;
}

static void vlq_values(void **state)
{
    (void)state;
    assert_int_equal(source_line_of("A"), 0);
    assert_int_equal(source_line_of("C"), 1);
    assert_int_equal(source_line_of("e"), 15);
    assert_int_equal(source_line_of("gB"), 16);
    assert_int_equal(source_line_of("+B"), 31);
    assert_int_equal(source_line_of("gC"), 32);
    assert_int_equal(source_line_of("ggB"), 512);
    assert_int_equal(source_line_of("+/B"), 1023);
    assert_int_equal(source_line_of("+/////D"), INT32_MAX);
    assert_int_equal(source_line_of("+\\/////D"), INT32_MAX);
}

/* The number of digits has no limit: zeros may follow. */
static void vlq_zero_padding(void **state)
{
    struct text field = {0};
    (void)state;
    assert_int_equal(source_line_of("gA"), 0);
    assert_int_equal(source_line_of("iA"), 1);
    assert_int_equal(source_line_of("igA"), 1);
    assert_int_equal(source_line_of("ggggggggggA"), 0);
    text_puts(&field, "+/////jg");
    for (int n = 0; n < 200; n++) {
        text_puts(&field, "g");
    }
    text_puts(&field, "A");
    assert_int_equal(source_line_of(field.data), INT32_MAX);
    text_free(&field);
}

static void assert_refused(const char *mappings, smc_build_status status, const char *reason)
{
    struct text map = map_text(mappings, MEMBERS);
    struct smc_build_issue issue;
    struct file file;

    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue), status);
    assert_int_equal(issue.status, status);
    assert_issue(&issue, reason);
    assert_string_equal(issue.key, "mappings");
    text_free(&map);
}

static const char too_large[] = "a number of 2^31 or more";

/* A number of 2^31 or more refuses the map, in whatever field. */
static void vlq_overflow(void **state)
{
    /* 2^31; -2^31 in full; 2^32 + 1; a bit far up; one beyond any integer; with zeros behind it */
    static const char *const numbers[] = {"ggggggE",
                                          "hgggggE",
                                          "iggggggI",
                                          "ggggggggggB",
                                          "gggggggggggggggggggggggggC",
                                          "+////////////////////////f",
                                          "ggggggkgggA"};
    static const char *const forms[] = {"%s",    "%sAAA",  "A%sAA",    "AA%sA",
                                        "AAA%s", "AAAA%s", "A,CAAA%s", "AAAA;;A%sAAA"};
    char mappings[200];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        for (size_t k = 0; k < COUNT_OF(forms); k++) {
            const char *at = strstr(forms[k], "%s");
            (void)snprintf(mappings, sizeof mappings, "%.*s%s%s", (int)(at - forms[k]), forms[k],
                           numbers[i], at + 2);
            assert_refused(mappings, SMC_BUILD_E_MAP, too_large);
        }
    }
}

/* "Negative zero" is -2^31, however it is padded. */
static void vlq_negative_zero(void **state)
{
    static const char *const forms[] = {"B", "hA", "hgggggggggggA"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct text mappings = {0};
        struct smc_token token;
        /* Source line 2^31 - 1, + 4 = 2^31 + 3, - 2^31 = 3. */
        text_puts(&mappings, "AA+/////DA,CAIA,CA");
        text_puts(&mappings, forms[i]);
        text_puts(&mappings, "A");
        struct file file = build_mappings(mappings.data, MEMBERS);
        smc_cache *cache = open_file(&file);
        assert_int_equal(smc_token_at(cache, 1, &token), SMC_OK);
        assert_true(token.source_line == UINT32_C(0x80000003));
        assert_int_equal(smc_token_at(cache, 2, &token), SMC_OK);
        assert_int_equal(token.source_line, 3);
        smc_close(cache);
        file_free(&file);
        text_free(&mappings);
    }
    compare_string("A,B,C"); /* as a column: dropped, and it stays negative */
}

static void assert_emptied(const char *mappings)
{
    struct text map = map_text(mappings, MEMBERS);
    struct warnings warnings;
    struct file file;
    struct smc_info info;

    if (try_build(&map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL) != SMC_BUILD_OK) {
        fail_msg("refused: %s", mappings);
    }
    smc_cache *cache = open_file(&file);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    if (info.n_tokens != 0 || info.n_lines != 0 || warnings.n != 1) {
        fail_msg("%s: %u tokens, %u lines, %u warnings", mappings, info.n_tokens, info.n_lines,
                 warnings.n);
    }
    assert_string_equal(warnings.last.key, "mappings");
    assert_issue(&warnings.last,
                 "not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped");
    assert_int_equal(smc_verify(cache, NULL), SMC_OK);
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

static const char *const bad_grammar[] = {",",          "A,",
                                          ",A",         "A,,A",
                                          "A,;A",       ";,A",
                                          "A;,",        "AA",
                                          "AAA",        "AAAAAA",
                                          "AAAAAAAAAA", "g",
                                          "Ag",         "AAAg",
                                          "AAAAg",      "AAAAAg",
                                          "A,g",        "g,A",
                                          "Ag;A",       " ",
                                          "A ",         " A",
                                          "A, A",       "A=",
                                          "AAAA==",     "A-",
                                          "_",          "A.A",
                                          "AA\\\\AA",   "A\\n",
                                          "\\u0000",    "A\\u0000",
                                          "AAAA\\\"",   "\xc3\xa9",
                                          "A\xff",      "\\ud800",
                                          "AAAA,CAA",   "AAAA;;AACA,C,CC"};

static void grammar_failures_empty_the_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_grammar); i++) {
        assert_emptied(bad_grammar[i]);
    }
}

/* Grammar comes first: then a number too large, anywhere, does not count. */
static void grammar_failure_wins_over_overflow(void **state)
{
    char mappings[100];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad_grammar); i++) {
        (void)snprintf(mappings, sizeof mappings, "AggggggEAA;%s", bad_grammar[i]);
        assert_emptied(mappings);
        (void)snprintf(mappings, sizeof mappings, "%s;ggggggE", bad_grammar[i]);
        assert_emptied(mappings);
        /* So does one that only the format cannot hold. */
        (void)snprintf(mappings, sizeof mappings, "+/////D,+/////D,C;%s", bad_grammar[i]);
        assert_emptied(mappings);
    }
}

/* One error stands for all: what would have been reported of an emptied list is not. */
static void grammar_failure_warns_once(void **state)
{
    (void)state;
    assert_emptied("ADAA;AA");  /* a source that does not exist, before */
    assert_emptied("D;AA");     /* a negative column, before */
    assert_emptied("AAAAD,AA"); /* a name that does not exist, before */
    assert_emptied("AA;ADAA");  /* and after */
}

static void negative_columns_drop_segments(void **state)
{
    (void)state;
    compare_string("D");
    compare_string("D,C,C");     /* -1, 0, 1: the first is dropped */
    compare_string("DCCC,CAAA"); /* the deltas of the dropped one are lost */
    compare_string("AAAA,DCCCC,CAAAA,CAAAA");
    compare_string("F,C;AAAA");        /* the next line starts at 0 again */
    compare_string("DggggggEAA,CAAA"); /* what is not read cannot overflow */
    compare_string("CAAA,FAAAggggggE,CAAAA");
}

static void sources_and_names_out_of_range(void **state)
{
    (void)state;
    compare_string("ADAA,CAAA,CCAA");    /* source -1, -1, 0 */
    compare_string("AMAA,CAAA,CDAA");    /* source 6 of 6, then 5 */
    compare_string("AADA,CACA");         /* line -1, 0 */
    compare_string("AAAD,CAAC");         /* column -1, 0 */
    compare_string("AAAAD,CAAAA,CAAAC"); /* name -1, -1, 0 */
    compare_string("AAAAI,CAAAD");       /* name 4 of 4, then 3 */
    compare_string("AMAAC,CAAAA");       /* a name without a source */
    compare_string("ADAAD");             /* neither */
    compare_string("AIAA");              /* source 4 is there; 3 is null */
    compare_string("AGAAA");
}

static void several_tokens_at_one_position(void **state)
{
    struct file file = build_mappings("AAAA,EACA,AAEC,AAGC,C", MEMBERS);
    smc_cache *cache = open_file(&file);
    struct smc_token token;

    (void)state;
    assert_int_equal(smc_lookup(cache, 0, 2, 0, &token), SMC_OK);
    assert_int_equal(token.index, 3); /* the last of three */
    assert_int_equal(token.source_line, 6);
    assert_int_equal(smc_lookup(cache, 0, 3, 0, &token), SMC_OK);
    assert_int_equal(token.index, 4); /* one field: hides them */
    assert_int_equal(token.source, SMC_NONE);
    assert_int_equal(smc_lookup(cache, 0, 1, 0, &token), SMC_OK);
    assert_int_equal(token.index, 0);
    smc_close(cache);
    file_free(&file);

    compare_string("AAAA,AACA,A,AAEC");
    /* More equal ones than a block has, so that a block starts within the run. */
    struct text mappings = {0};
    struct rng rng = {3};
    for (int i = 0; i < 400; i++) {
        text_segment(&mappings, 4, i == 100, 0, 1, 0, 0);
        text_puts(&mappings, i < 399 ? "," : "");
    }
    naive_compare(&mappings, &three_sources, 0, &rng);
    text_free(&mappings);
}

static void lookup_does_not_leave_its_line(void **state)
{
    struct file file = build_mappings("EAAA;;IAAC", MEMBERS);
    smc_cache *cache = open_file(&file);
    struct smc_token token;

    (void)state;
    assert_int_equal(smc_lookup(cache, 0, 1, 0, &token), SMC_OK); /* before the first */
    assert_no_token(&token);
    assert_int_equal(smc_lookup(cache, 0, 1, SMC_LOOKUP_ACROSS_LINES, &token), SMC_OK);
    assert_no_token(&token);
    assert_int_equal(smc_lookup(cache, 1, 7, 0, &token), SMC_OK); /* an empty line */
    assert_no_token(&token);
    assert_int_equal(smc_lookup(cache, 1, 7, SMC_LOOKUP_ACROSS_LINES, &token), SMC_OK);
    assert_int_equal(token.index, 0);
    assert_int_equal(smc_lookup(cache, 2, 3, 0, &token), SMC_OK); /* before its line's first */
    assert_no_token(&token);
    assert_int_equal(smc_lookup(cache, 2, 3, SMC_LOOKUP_ACROSS_LINES, &token), SMC_OK);
    assert_int_equal(token.index, 0);
    assert_int_equal(smc_lookup(cache, 9, 0, 0, &token), SMC_OK); /* past the last line */
    assert_no_token(&token);
    assert_int_equal(smc_lookup(cache, 9, 0, SMC_LOOKUP_ACROSS_LINES, &token), SMC_OK);
    assert_int_equal(token.index, 1);
    assert_int_equal(smc_lookup(cache, 2, 4, 0, &token), SMC_OK);
    assert_int_equal(token.index, 1);
    /* Flags that the library does not know are refused, whatever the file. */
    assert_int_equal(smc_lookup(cache, 2, 4, 2, &token), SMC_E_UNSUPPORTED);
    assert_int_equal(smc_lookup(cache, 2, 4, 0x80000001, &token), SMC_E_UNSUPPORTED);
    struct smc_position position = {2, 4};
    assert_int_equal(smc_lookup_batch(cache, &position, 1, 4, &token), SMC_E_UNSUPPORTED);
    assert_int_equal(smc_lookup_batch(cache, NULL, 0, 0, NULL), SMC_OK);
    smc_close(cache);
    file_free(&file);
}

static void out_of_order_segments_are_sorted(void **state)
{
    struct text mappings = {0};
    struct rng rng = {11};

    (void)state;
    compare_string("KAAA,FAAC");
    compare_string("AAAA;KAAA,FAAC,AAAC,FAAA;A,C;KAAA,L,A;");
    compare_string("A,C,DAAA,CAAA,D,C,DAAAA,CAAAC"); /* ties keep their order */
    compare_string("AAAA,KAAAA,PAAA,CAAA");          /* with a dropped one in between */

    /* A line of many blocks that runs backwards, after one in order, before another. */
    text_puts(&mappings, "AAAA,CAAA;");
    for (int i = 0; i < 700; i++) {
        text_segment(&mappings, 5, i == 0 ? 5000 : -7, i % 3 == 0, 1, i % 2 == 0 ? 3 : -3,
                     i % 2 == 0 ? 1 : -1);
        if (i % 3 == 0) { /* back to source 0 */
            text_puts(&mappings, ",");
            text_segment(&mappings, 4, 0, -1, 0, 0, 0);
        }
        text_puts(&mappings, i < 699 ? "," : ";");
    }
    text_puts(&mappings, "AAAA,CAAA");
    naive_compare(&mappings, &three_sources, 0, &rng);
    text_free(&mappings);
}

static unsigned count_mappings_warnings(const char *mappings)
{
    struct text map = map_text(mappings, MEMBERS);
    unsigned n = count_warnings(&map);

    text_free(&map);
    return n;
}

static void recoveries_are_reported(void **state)
{
    struct text map = map_text("AAAA,ADAA", MEMBERS);
    struct warnings warnings;
    struct file file;

    (void)state;
    assert_int_equal(count_mappings_warnings("AAAA,CAAAA"), 0);
    assert_int_equal(count_mappings_warnings("D"), 1);
    assert_int_equal(count_mappings_warnings("D,C,F"), 2);
    assert_int_equal(count_mappings_warnings("DggggggEAAD"), 1); /* the others are not read */
    assert_int_equal(count_mappings_warnings("ADAA,CAAA,CCAA"), 2);
    assert_int_equal(count_mappings_warnings("AAAAE,CAAAD"), 1);
    assert_int_equal(count_mappings_warnings("ADAAD"), 2);
    /* Each says where. */
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL), SMC_BUILD_OK);
    assert_string_equal(warnings.last.key, "mappings");
    assert_int_equal(warnings.last.status, SMC_BUILD_OK);
    assert_int_equal(warnings.last.offset, strstr(map.data, "ADAA") - map.data);
    file_free(&file);
    text_free(&map);
}

/* The builder starts again when it meets the first segment out of order; its user need not know. */
static void recoveries_are_reported_once(void **state)
{
    (void)state;
    assert_int_equal(count_mappings_warnings("ADAA,CCAA,C,D"), 1);
    assert_int_equal(count_mappings_warnings("D,C,C,D"), 1);
    assert_int_equal(count_mappings_warnings("AAAAF;C,D,D"), 2);
}

static void limits_of_the_format(void **state)
{
    (void)state;
    /* Positions are below 2^32 - 1, which stands for "none". */
    compare_string("+/////D,+/////D");            /* column 2^32 - 2 */
    compare_string("AA+/////DA,CA+/////DA");      /* source line 2^32 - 2 */
    compare_string("AAA+/////D,CAA+/////D");      /* source column 2^32 - 2 */
    compare_string("AAAA,+/////DAAA,+/////DAAA"); /* 0 .. 2^32 - 2 in one block */
    compare_string("AA+/////D+/////D,CA+/////D+/////D;AABB,CAAA;AABB");
    assert_refused("+/////D,+/////D,C", SMC_BUILD_E_LIMIT, "generated column of 2^32 - 1 or more");
    assert_refused("AA+/////DA,CA+/////DA,CACA", SMC_BUILD_E_LIMIT,
                   "original position of 2^32 - 1 or more");
    assert_refused("AAA+/////D,CAA+/////D,CAAC", SMC_BUILD_E_LIMIT,
                   "original position of 2^32 - 1 or more");
    /* Sums are exact far beyond: back again is in range, and a wrong source hides a large line. */
    assert_refused("+/////D,+/////D,+/////D,B", SMC_BUILD_E_LIMIT,
                   "generated column of 2^32 - 1 or more");
    compare_string("AD+/////DA,CA+/////DA,CA+/////DA,CABA,CABA,CCAA");
    compare_string("AAAA+/////D,CAAA+/////D,CAAA+/////D,CAAAB,CAAAB,CAAAB,CAAAG");
    /* The first one counts. */
    assert_refused("+/////D,+/////D,C;ggggggE", SMC_BUILD_E_LIMIT,
                   "generated column of 2^32 - 1 or more");
    assert_refused("ggggggE;+/////D,+/////D,C", SMC_BUILD_E_MAP, too_large);
}

/* An error's offset is the segment's, in the JSON text; in escaped mappings the string's. */
static void errors_have_a_place(void **state)
{
    struct text map = map_text("AAAA,ggggggE", MEMBERS);
    struct smc_build_issue issue;
    struct file file;

    (void)state;
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue), SMC_BUILD_E_MAP);
    assert_int_equal(issue.offset, strstr(map.data, "ggg") - map.data);
    text_free(&map);
    map = map_text("AAAA,\\u0041\\/\\/\\/\\/\\/\\/\\/B", MEMBERS);
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue), SMC_BUILD_OK);
    file_free(&file);
    text_free(&map);
    map = map_text("AAAA,g\\/\\/\\/\\/\\/\\/\\/B", MEMBERS);
    assert_int_equal(try_build(&map, SMC_BUILD_SOURCES_NONE, &file, NULL, &issue), SMC_BUILD_E_MAP);
    assert_int_equal(issue.offset, strstr(map.data, "\"AAAA") - map.data);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_four_and_five_fields),
        cmocka_unit_test(empty_lines),
        cmocka_unit_test(vlq_values),
        cmocka_unit_test(vlq_zero_padding),
        cmocka_unit_test(vlq_overflow),
        cmocka_unit_test(vlq_negative_zero),
        cmocka_unit_test(grammar_failures_empty_the_list),
        cmocka_unit_test(grammar_failure_wins_over_overflow),
        cmocka_unit_test(grammar_failure_warns_once),
        cmocka_unit_test(negative_columns_drop_segments),
        cmocka_unit_test(sources_and_names_out_of_range),
        cmocka_unit_test(several_tokens_at_one_position),
        cmocka_unit_test(lookup_does_not_leave_its_line),
        cmocka_unit_test(out_of_order_segments_are_sorted),
        cmocka_unit_test(recoveries_are_reported),
        cmocka_unit_test(recoveries_are_reported_once),
        cmocka_unit_test(limits_of_the_format),
        cmocka_unit_test(errors_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
