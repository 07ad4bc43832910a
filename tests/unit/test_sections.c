/*
 * Index maps: section 4 of our reference, from the JSON to the tokens and sources of the file, in lenient
 * and in strict mode.
 */
#include "tests/unit/support.h"

/* JSON with ' for ", so that it can be read. */
static struct text json_of(const char *quoted)
{
    struct text json = {0};

    text_puts(&json, quoted);
    for (size_t i = 0; i < json.nbytes; i++) {
        json.data[i] = json.data[i] == '\'' ? '"' : json.data[i];
    }
    return json;
}

#define OFFSET(line, column) "'offset':{'line':" #line ",'column':" #column "}"
#define SECTION(line, column, map) "{" OFFSET(line, column) ",'map':" map "}"
#define MAP(mappings) "{'version':3,'sources':['a'],'names':['x'],'mappings':'" mappings "'}"
#define INDEX(sections) "{'version':3,'sections':[" sections "]}"

/* ---- what has become of a map ---- */

static void put_position(struct text *text, uint32_t line, uint32_t column)
{
    text_number(text, line);
    text_puts(text, ":");
    text_number(text, column);
}

/* Each token: 1:2 without an original position, 1:2>SOURCE@3:4 with one, ~NAME if it has one. */
static struct text tokens_of(const smc_cache *cache)
{
    struct text text = {0};
    struct smc_token token;

    text_puts(&text, "");
    for (uint32_t i = 0; smc_token_at(cache, i, &token) == SMC_OK; i++) {
        text_puts(&text, i > 0 ? " " : "");
        put_position(&text, token.line, token.column);
        if (token.source != SMC_NONE) {
            text_puts(&text, ">");
            text_number(&text, token.source);
            text_puts(&text, "@");
            put_position(&text, token.source_line, token.source_column);
        }
        if (token.name_text.ptr != NULL) {
            text_puts(&text, "~");
            text_add(&text, token.name_text.ptr, token.name_text.nbytes);
        }
    }
    return text;
}

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct text *text = context;

    text_puts(text, issue->key);
    text_puts(text, ": ");
    text_puts(text, issue->reason);
    text_puts(text, "; ");
    text_puts(text, issue->recovery);
    text_puts(text, "\n");
}

static void compare(const char *map, const char *what, const struct text *found, const char *wanted)
{
    if (strcmp(found->data, wanted) != 0) {
        fail_msg("%s:\n%s: %s\nnot: %s", map, what, found->data, wanted);
    }
}

/* Builds; if that succeeds, *tokens are those of the file. */
static smc_build_status run(const struct text *json, int strict, struct text *tokens,
                            struct text *warnings, struct smc_build_issue *issue)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .strict = strict,
                                              .warn = note_warning,
                                              .warn_context = warnings};
    struct file file;
    void *bytes;

    text_puts(warnings, "");
    smc_build_status status =
        smc_build_memory(json->data, json->nbytes, &options, &bytes, &file.nbytes, issue);
    file.bytes = bytes;
    if (status == SMC_BUILD_OK) {
        assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        smc_cache *cache = open_file(&file);
        *tokens = tokens_of(cache);
        smc_close(cache);
    }
    file_free(&file);
    return status;
}

/* Both modes: what lenient mode warns of, one a line, strict mode refuses, the first first. */
static void check(const char *map, const char *wanted_tokens, const char *wanted_warnings)
{
    struct text json = json_of(map), tokens = {0}, warnings = {0};
    struct smc_build_issue issue;

    if (run(&json, 0, &tokens, &warnings, &issue) != SMC_BUILD_OK) {
        fail_msg("%s: %s", map, issue.reason);
    }
    compare(map, "tokens", &tokens, wanted_tokens);
    compare(map, "warnings", &warnings, wanted_warnings);
    text_free(&tokens);
    text_free(&warnings);

    smc_build_status status = run(&json, 1, &tokens, &warnings, &issue);
    compare(map, "warnings of strict mode", &warnings, "");
    if (*wanted_warnings == '\0') {
        assert_int_equal(status, SMC_BUILD_OK);
        compare(map, "tokens in strict mode", &tokens, wanted_tokens);
    } else {
        struct text first = {0};
        assert_true(status == SMC_BUILD_E_MAP || status == SMC_BUILD_E_LIMIT);
        text_puts(&first, issue.key);
        text_puts(&first, ": ");
        text_puts(&first, issue.reason);
        if (strncmp(first.data, wanted_warnings, first.nbytes) != 0) {
            fail_msg("%s: strict mode: %s", map, first.data);
        }
        text_free(&first);
    }
    text_free(&tokens);
    text_free(&warnings);
    text_free(&json);
}

/* An error that no mode goes on after. */
static void check_refused(const char *map, smc_build_status wanted, const char *key,
                          const char *reason)
{
    struct text json = json_of(map);

    for (int strict = 0; strict <= 1; strict++) {
        struct text tokens = {0}, warnings = {0};
        struct smc_build_issue issue;
        smc_build_status status = run(&json, strict, &tokens, &warnings, &issue);
        if (status != wanted || strcmp(issue.key, key) != 0 || strcmp(issue.reason, reason) != 0) {
            fail_msg("%s: %s", map, status == SMC_BUILD_OK ? "accepted" : issue.reason);
        }
        assert_true(issue.offset < json.nbytes);
        text_free(&tokens);
        text_free(&warnings);
    }
    text_free(&json);
}

#define NOT_AN_OBJECT "sections: section is not an object; skipped\n"
#define LINE_0 "offset: its line is no integer of at least 0; read as 0\n"
#define COLUMN_0 "offset: its column is no integer of at least 0; read as 0\n"
#define BEFORE "offset: before that of the section before; kept\n"
#define EQUAL "offset: equal to that of the section before; kept\n"
#define OVERLAP "offset: before the last mapping of the section before; kept\n"
#define SKIPPED "; the section is skipped\n"
#define LINE_TOO_LARGE "offset: line of 2^31 - 1 or more" SKIPPED
#define COLUMN_TOO_LARGE "offset: column of 2^32 - 1 or more" SKIPPED

/* ---- the index map itself ---- */

static void members(void **state)
{
    (void)state;
    check(INDEX(""), "", "");
    check("{'sections':[" SECTION(0, 0, MAP("A")) "],'version':3,'file':'f','x':1}", "0:0", "");
    check("{'version':3,'sections':[],'sections':[" SECTION(1, 0, MAP("A")) "]}", "1:0", "");
    check("{'version':3,'sources':7,'names':7,'sourceRoot':7,'ignoreList':7,'sections':[]}", "",
          "");
    check("{'sections':[]}", "", "version: missing; read as version 3\n");
    check("{'version':3,'sections':[],'file':7}", "", "file: not a string; ignored\n");
    check("{'version':3,'mappings':'','sections':[]}", "",
          "mappings: beside \"sections\"; ignored\n");
    check("{'version':3,'mappings':7,'sections':[]}", "",
          "mappings: beside \"sections\"; ignored\n");
    check_refused("{'version':3,'sections':null,'sources':[]}", SMC_BUILD_E_MAP, "sections",
                  "not an array");
    check_refused("{'version':3,'sections':{}}", SMC_BUILD_E_MAP, "sections", "not an array");
}

static void shifts(void **state)
{
    (void)state;
    check(INDEX(SECTION(0, 0, MAP("AAAA,CAAA;CAAC")) "," SECTION(2, 5, MAP("AAAAA;EAAC,C"))),
          "0:0>0@0:0 0:1>0@0:0 1:1>0@0:1 2:5>1@0:0~x 3:2>1@0:1 3:3", "");
    check(INDEX(SECTION(3, 7, MAP(";;AAAA"))), "5:0>0@0:0", ""); /* only its own line 0 */
    check(INDEX(SECTION(3, 7, MAP("")) "," SECTION(4, 0, MAP(";"))), "", "");
    /* Each decodes from 0, whatever the one before has come to. */
    check(INDEX(SECTION(0, 0, MAP("AAEEA,A")) "," SECTION(1, 0, MAP("AAAAA"))),
          "0:0>0@2:2~x 0:0 1:0>1@0:0~x", "");
    /* Nor does it see the sources and names of others. */
    check(
        INDEX(SECTION(0, 0, MAP("A")) "," SECTION(1, 0, MAP("ACAAC")) "," SECTION(2, 0, MAP("A"))),
        "0:0 1:0 2:0",
        "mappings: segment with an impossible original position; kept without one\n"
        "mappings: segment with a name that does not exist; kept without it\n");
}

static void sections_that_are_no_objects(void **state)
{
    (void)state;
    check(INDEX("7," SECTION(0, 0, MAP("A")) ",null,'x',true"), "0:0",
          NOT_AN_OBJECT NOT_AN_OBJECT NOT_AN_OBJECT NOT_AN_OBJECT);
    /* An array passes as an object without members. */
    check_refused(INDEX("[]"), SMC_BUILD_E_MAP, "offset", "not an object");
}

static void offsets(void **state)
{
    static const char *const bad[] = {"",
                                      "'offset':null,",
                                      "'offset':3,",
                                      "'offset':'0:0',",
                                      "'offset':{},'offset':true,",
                                      "'Offset':{'line':0,'column':0},"};
    static const char *const none[] = {"null", "true", "'1'",  "[]",    "{}",
                                       "0.5",  "-1",   "-1.5", "1e400", "-1e400"};
    static const struct {
        const char *number;
        unsigned value;
    } good[] = {{"0", 0},     {"-0", 0},     {"1.0", 1},   {"1e0", 1},
                {"20e-1", 2}, {"1e-400", 0}, {"0.2e1", 2}, {"-1e-400", 0}};
    char map[300], tokens[30];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        (void)snprintf(map, sizeof map, INDEX("{%s'map':" MAP("A") "}"), bad[i]);
        check_refused(map, SMC_BUILD_E_MAP, "offset", "not an object");
    }
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        (void)snprintf(map, sizeof map,
                       INDEX("{'offset':{'line':%s,'column':2},'map':" MAP("A") "}"), none[i]);
        check(map, "0:2", LINE_0);
        (void)snprintf(map, sizeof map,
                       INDEX("{'offset':{'line':2,'column':%s},'map':" MAP("A") "}"), none[i]);
        check(map, "2:0", COLUMN_0);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        (void)snprintf(map, sizeof map,
                       INDEX("{'offset':{'line':%s,'column':%s},'map':" MAP("A") "}"),
                       good[i].number, good[i].number);
        (void)snprintf(tokens, sizeof tokens, "%u:%u", good[i].value, good[i].value);
        check(map, tokens, "");
    }
    check(INDEX("{'offset':{'column':2},'map':" MAP("A") "}"), "0:2", LINE_0);
    check(INDEX("{'offset':{'line':2},'map':" MAP("A") "}"), "2:0", COLUMN_0);
    check(INDEX("{'offset':{},'map':" MAP("A") "}"), "0:0", LINE_0 COLUMN_0);
    check(INDEX("{'offset':[1,2],'map':" MAP("A") "}"), "0:0", LINE_0 COLUMN_0);
    /* The last of equal keys, after unescaping. */
    check(INDEX("{'map':7,'offset':{'line':5,'line':1,'c\\u006flumn':2},'map':" MAP("A") "}"),
          "1:2", "");
}

/* ---- order ---- */

static void offsets_ascend(void **state)
{
    (void)state;
    check(INDEX(SECTION(1, 1, MAP("")) "," SECTION(1, 0, MAP(""))), "", BEFORE);
    check(INDEX(SECTION(1, 0, MAP("")) "," SECTION(0, 9, MAP(""))), "", BEFORE);
    check(INDEX(SECTION(1, 1, MAP("")) "," SECTION(1, 1, MAP(""))), "", EQUAL);
    check(INDEX(SECTION(1, 1, MAP("")) "," SECTION(1, 2, MAP("")) "," SECTION(2, 0, MAP(""))), "",
          "");
    /* All is kept; equal positions in the order of the sections. */
    check(INDEX(SECTION(0, 0, MAP("AAAA")) "," SECTION(0, 0, MAP("AAAA"))), "0:0>0@0:0 0:0>1@0:0",
          EQUAL);
    check(INDEX(SECTION(4, 0, MAP("AAAA")) "," SECTION(1, 0, MAP("AAAA;;;AAAA")) "," SECTION(
              2, 0, MAP("AAAA"))),
          "1:0>1@0:0 2:0>2@0:0 4:0>0@0:0 4:0>1@0:0", BEFORE OVERLAP OVERLAP);
}

static void sections_do_not_overlap(void **state)
{
    (void)state;
    check(INDEX(SECTION(0, 0, MAP("A,K")) "," SECTION(0, 5, MAP("A"))), "0:0 0:5 0:5", "");
    check(INDEX(SECTION(0, 0, MAP("A,K")) "," SECTION(0, 4, MAP("A"))), "0:0 0:4 0:5", OVERLAP);
    check(INDEX(SECTION(0, 3, MAP("A,K")) "," SECTION(0, 8, MAP("A"))), "0:3 0:8 0:8", "");
    check(INDEX(SECTION(0, 3, MAP(";A,K")) "," SECTION(1, 5, MAP("A"))), "1:0 1:5 1:5", "");
    check(INDEX(SECTION(0, 3, MAP(";A,K")) "," SECTION(1, 4, MAP("A"))), "1:0 1:4 1:5", OVERLAP);
    /* The last by position, not in the text; what is dropped does not count. */
    check(INDEX(SECTION(0, 0, MAP("K,F")) "," SECTION(0, 4, MAP("A"))), "0:3 0:4 0:5", OVERLAP);
    check(INDEX(SECTION(0, 0, MAP("A;;D")) "," SECTION(0, 4, MAP("A"))), "0:0 0:4",
          "mappings: segment at a negative generated column; dropped\n");
    /* Of the last section that has any, and one without counts as well. */
    check(INDEX(SECTION(0, 0, MAP(";;A")) "," SECTION(2, 0, MAP("")) "," SECTION(2, 1, MAP("A"))),
          "2:0 2:1", "");
    check(INDEX(SECTION(0, 0, MAP(";;A")) "," SECTION(1, 0, MAP("")) "," SECTION(1, 1, MAP("A"))),
          "1:1 2:0", OVERLAP OVERLAP);
    check(INDEX(SECTION(0, 0, MAP(";;A")) "," SECTION(1, 0, MAP("A")) "," SECTION(1, 1, MAP("A"))),
          "1:0 1:1 2:0", OVERLAP);
}

static void only_decoded_sections_count_as_previous(void **state)
{
    (void)state;
    check(INDEX(SECTION(5, 0, "{'version':3}") "," SECTION(1, 0, MAP("A"))), "1:0",
          "mappings: missing" SKIPPED);
    check(INDEX(SECTION(5, 0, MAP("A;ggggggE")) "," SECTION(1, 0, MAP("A"))), "1:0",
          "mappings: a number of 2^31 or more" SKIPPED);
    check(INDEX("{" OFFSET(5, 0) ",'url':'u'}," SECTION(1, 0, MAP("A"))), "1:0",
          "url: a map by its URL, which is not fetched" SKIPPED);
    /* Bad grammar is decoded, to nothing. */
    check(INDEX(SECTION(5, 0, MAP("A;,")) "," SECTION(1, 0, MAP("A"))), "1:0",
          "mappings: not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped\n" BEFORE);
}

/* ---- sections' maps ---- */

static void maps_that_fail(void **state)
{
    static const struct {
        const char *map, *warnings;
    } rows[] = {
        {"{'version':3,'sources':[]}", "mappings: missing" SKIPPED},
        {"{'version':3,'mappings':''}", "sources: missing" SKIPPED},
        {"{'version':3,'sources':[],'mappings':null}", "mappings: not a string" SKIPPED},
        {"{'version':3,'sources':{},'mappings':''}", "sources: not an array" SKIPPED},
        {"{}", "version: missing; read as version 3\nmappings: missing" SKIPPED},
        {"[]", "version: missing; read as version 3\nmappings: missing" SKIPPED},
        {"{'version':3,'sections':7}", "sections: not an array" SKIPPED},
        {MAP("AAAA;;AAAggggggE"), "mappings: a number of 2^31 or more" SKIPPED},
        {"{'version':3,'sections':[{}]}", "offset: not an object" SKIPPED},
        /* What of it had been decoded is skipped with it. */
        {INDEX(SECTION(0, 0, MAP("AAAA")) ",{" OFFSET(1, 0) "}"), "map: not an object" SKIPPED},
    };
    char map[700], warnings[300];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)snprintf(map, sizeof map,
                       INDEX(SECTION(0, 0, MAP("AAAA")) "," SECTION(1, 0, "%s") "," SECTION(
                           9, 0, MAP("AAAA"))),
                       rows[i].map);
        (void)snprintf(warnings, sizeof warnings, "%s", rows[i].warnings);
        check(map, "0:0>0@0:0 9:0>1@0:0", warnings);
    }
    check_refused(INDEX("{" OFFSET(0, 0) "}"), SMC_BUILD_E_MAP, "map", "not an object");
    check_refused(INDEX("{" OFFSET(0, 0) ",'map':null}"), SMC_BUILD_E_MAP, "map", "not an object");
    check_refused(INDEX("{" OFFSET(0, 0) ",'map':'{}'}"), SMC_BUILD_E_MAP, "map", "not an object");
}

/* What a section's map may recover from takes nothing from the others. */
static void maps_that_recover(void **state)
{
    (void)state;
    check(INDEX(SECTION(0, 0, MAP("AAAA")) "," SECTION(1, 0, MAP("AAAA,AA")) "," SECTION(
              2, 0, MAP("AAAA"))),
          "0:0>0@0:0 2:0>2@0:0",
          "mappings: not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped\n");
    check(INDEX(SECTION(0, 0, "{'sources':['a'],'mappings':'AAAA','names':7}")), "0:0>0@0:0",
          "version: missing; read as version 3\nnames: not an array; ignored\n");
    /* A number too large, but the grammar is bad. */
    check(INDEX(SECTION(0, 0, MAP("ggggggE,")) "," SECTION(1, 0, MAP("A"))), "1:0",
          "mappings: not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped\n");
}

static void maps_by_url(void **state)
{
#define URL_SECTION(line, rest) "{" OFFSET(line, 0) ",'url':'part.map'" rest "}"
    (void)state;
    check(INDEX(URL_SECTION(0, "") "," SECTION(1, 0, MAP("A"))), "1:0",
          "url: a map by its URL, which is not fetched" SKIPPED);
    check(INDEX("{" OFFSET(0, 0) ",'url':7}"), "",
          "url: a map by its URL, which is not fetched" SKIPPED);
    check(INDEX(URL_SECTION(2, ",'map':" MAP("A"))), "2:0", ""); /* a map that is there */
    check_refused(INDEX(URL_SECTION(0, ",'map':null")), SMC_BUILD_E_MAP, "map", "not an object");
    check_refused(INDEX("{'url':'part.map'}"), SMC_BUILD_E_MAP, "offset", "not an object");
}

/* ---- index maps in index maps ---- */

static void nested_shifts(void **state)
{
    (void)state;
    check(INDEX(SECTION(
              10, 5, INDEX(SECTION(0, 3, MAP("AAAA;CAAA")) "," SECTION(2, 2, MAP("AAAA;CAAA"))))),
          "10:8>0@0:0 11:1>0@0:0 12:2>1@0:0 13:1>1@0:0", "");
    check(INDEX(SECTION(
              0, 1,
              INDEX(SECTION(0, 2, INDEX(SECTION(0, 4, MAP("A")) "," SECTION(3, 8, MAP("A"))))))),
          "0:7 3:8", "");
    check(INDEX(SECTION(1, 1, INDEX(SECTION(2, 2, INDEX(SECTION(4, 4, MAP("A"))))))), "7:4", "");
    check(INDEX(SECTION(1, 0, INDEX("")) "," SECTION(2, 0, MAP("A"))), "2:0", "");
}

static void nested_order(void **state)
{
    (void)state;
    /* Offsets compare within one index map. */
    check(INDEX(SECTION(5, 0, INDEX(SECTION(0, 0, MAP("A")))) "," SECTION(
              6, 0, INDEX(SECTION(0, 0, MAP("A"))))),
          "5:0 6:0", "");
    check(INDEX(SECTION(5, 0, INDEX(SECTION(1, 0, MAP("")) "," SECTION(0, 0, MAP(""))))), "",
          BEFORE);
    /* The outer one's offset before the last mapping, though that of its first section is not. */
    check(INDEX(SECTION(0, 0, MAP(";;;A")) "," SECTION(1, 0, INDEX(SECTION(9, 0, MAP("A"))))),
          "3:0 10:0", OVERLAP);
    check(INDEX(SECTION(0, 0, MAP(";;;A")) "," SECTION(1, 0, INDEX(""))), "3:0", OVERLAP);
    check(INDEX(SECTION(0, 0, MAP(";;;A")) "," SECTION(3, 0, INDEX(SECTION(0, 0, MAP("A"))))),
          "3:0 3:0", "");
    /* Its mappings are those of all its sections, of which the greatest is the last. */
    check(
        INDEX(SECTION(0, 0, INDEX(SECTION(7, 0, MAP("A")) "," SECTION(1, 0, MAP("A")))) "," SECTION(
            2, 0, MAP("A"))),
        "1:0 2:0 7:0", BEFORE OVERLAP OVERLAP);
    check(INDEX(SECTION(0, 3, INDEX(SECTION(0, 4, MAP("A,C")))) "," SECTION(0, 7, MAP("A"))),
          "0:7 0:7 0:8", OVERLAP);
    check(INDEX(SECTION(0, 3, INDEX(SECTION(0, 4, MAP("A,C")))) "," SECTION(0, 8, MAP("A"))),
          "0:7 0:8 0:8", "");
}

static void check_depth(unsigned depth, const char *tokens, const char *warnings)
{
    struct text map = {0};

    for (unsigned i = 0; i < depth; i++) {
        text_puts(&map,
                  "{'version':3,'sections':[" SECTION(0, 0, MAP("A")) ",{" OFFSET(1, 0) ",'map':");
    }
    text_puts(&map, MAP("A"));
    for (unsigned i = 0; i < depth; i++) {
        text_puts(&map, "}]}");
    }
    check(map.data, tokens, warnings);
    text_free(&map);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    check_depth(1, "0:0 1:0", "");
    check_depth(16, "0:0 1:0 2:0 3:0 4:0 5:0 6:0 7:0 8:0 9:0 10:0 11:0 12:0 13:0 14:0 15:0 16:0",
                "");
    check_depth(17, "0:0 1:0 2:0 3:0 4:0 5:0 6:0 7:0 8:0 9:0 10:0 11:0 12:0 13:0 14:0 15:0",
                "sections: index maps nested deeper than 16 levels" SKIPPED);
    check_depth(2000, "0:0 1:0 2:0 3:0 4:0 5:0 6:0 7:0 8:0 9:0 10:0 11:0 12:0 13:0 14:0 15:0",
                "sections: index maps nested deeper than 16 levels" SKIPPED);
}

/* ---- limits of the format ---- */

static void limits(void **state)
{
    (void)state;
    check(INDEX(SECTION(2147483646, 4294967294, MAP("A"))), "2147483646:4294967294", "");
    check(INDEX(SECTION(2147483645, 0, MAP(";A"))), "2147483646:0", "");
    check(INDEX(SECTION(0, 4294967293, MAP("A,C"))), "0:4294967293 0:4294967294", "");
    check(INDEX(SECTION(2147483647, 0, MAP("A"))), "", LINE_TOO_LARGE);
    check(INDEX(SECTION(4294967295, 0, MAP("A"))), "", LINE_TOO_LARGE);
    check(INDEX(SECTION(0, 4294967295, MAP("A"))), "", COLUMN_TOO_LARGE);
    check(INDEX(SECTION(1e300, 0, MAP("A"))), "", LINE_TOO_LARGE);
    check_refused(INDEX(SECTION(2147483646, 0, MAP(";A"))), SMC_BUILD_E_LIMIT, "mappings",
                  "generated line of 2^31 - 1 or more");
    check_refused(INDEX(SECTION(0, 4294967294, MAP("A,C"))), SMC_BUILD_E_LIMIT, "mappings",
                  "generated column of 2^32 - 1 or more");
    check(INDEX(SECTION(2147483646, 0, INDEX(SECTION(1, 0, MAP("A"))))), "", LINE_TOO_LARGE);
    check(INDEX(SECTION(0, 4294967294, INDEX(SECTION(0, 1, MAP("A"))))), "", COLUMN_TOO_LARGE);
    /* The outer column is that of the inner one's first line alone. */
    check(INDEX(SECTION(0, 4294967294, INDEX(SECTION(1, 4294967294, MAP("A"))))), "1:4294967294",
          "");
    /* A section that fails is skipped, whatever the format could hold. */
    check(INDEX(SECTION(4294967295, 0, "{'version':3}") "," SECTION(0, 0, MAP("A"))), "0:0",
          "mappings: missing" SKIPPED);
    check(INDEX(SECTION(0, 0, MAP("+/////D,+/////D,C,ggggggE")) "," SECTION(0, 0, MAP("A"))), "0:0",
          "mappings: a number of 2^31 or more" SKIPPED);
    check(INDEX(SECTION(0, 0, MAP("+/////D,+/////D,C,,")) "," SECTION(0, 1, MAP("A"))), "0:1",
          "mappings: not base64 VLQ segments of 1, 4 or 5 fields; all mappings dropped\n");
}

/* ---- what goes with the maps ---- */

static smc_cache *open_index(const char *map, struct file *file)
{
    struct text json = json_of(map);

    *file = build_file(&json, SMC_BUILD_SOURCES_RAW);
    text_free(&json);
    return open_file(file);
}

static void sources_of_all(void **state)
{
    static const struct {
        const char *name, *content;
        int is_ignored;
    } wanted[] = {{"r/a", "A", 0}, {NULL, NULL, 1},  {"b", NULL, 1},
                  {"a", "B", 0},   {"q/a", NULL, 0}, {"q/a", "C", 1}};
    struct file file;
    struct smc_source source;
    struct smc_info info;
    smc_cache *cache = open_index(
        "{'version':3,'sourceRoot':'no','file':'f','debugId':'1aad9d9e-2b50-454f-a5f2-0dd5e95c154c'"
        ","
        "'ignoreList':[0],'sections':["
        "{" OFFSET(
            0, 0) ",'map':{'version':3,'sourceRoot':'r','sources':['a',null],'file':'no',"
                  "'sourcesContent':['A','surplus','x'],'ignoreList':[1],'mappings':'AAAA',"
                  "'debugId':'a938a92f-3074-41f7-bfdb-1038430a983c'}},"
                  "{" OFFSET(1, 0) ",'map':" INDEX("{" OFFSET(
                      0, 0) ",'map':{'version':3,'sources':['b','a'],'sourcesContent':[null,'B'],"
                            "'x_google_ignoreList':[0],'mappings':'ACAA'}},"
                            "{" OFFSET(
                                1, 0) ",'map':{'version':3,'sourceRoot':'q/','sources':['a','a'],"
                                      "'sourcesContent':[null,'C'],'ignoreList':[1],'mappings':'"
                                      "ACAA'}}") "}]}",
        &file);
    smc_text *text;

    (void)state;
    assert_int_equal(smc_text_open(cache, &text), SMC_OK);
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_sources, COUNT_OF(wanted));
    assert_int_equal(info.n_ignored, 3);
    assert_view_string(info.file, "f");
    assert_null(info.source_root.ptr);
    assert_true(info.has_debug_id);
    assert_int_equal(info.debug_id[0], 0x1a);
    for (uint32_t i = 0; i < COUNT_OF(wanted); i++) {
        struct smc_view content;
        assert_int_equal(smc_source_get(cache, i, &source), SMC_OK);
        assert_true(wanted[i].name == NULL ? source.name.ptr == NULL
                                           : view_is(source.name, wanted[i].name));
        assert_int_equal(source.is_ignored, wanted[i].is_ignored);
        assert_int_equal(source.has_content, i == 1 || wanted[i].content != NULL);
        if (wanted[i].content != NULL) {
            assert_int_equal(smc_text_content(text, i, &content), SMC_OK);
            assert_view_string(content, wanted[i].content);
        }
    }
    struct text tokens = tokens_of(cache);
    assert_string_equal(tokens.data, "0:0>0@0:0 1:0>3@0:0 2:0>5@0:0");
    text_free(&tokens);
    smc_text_close(text);
    smc_close(cache);
    file_free(&file);
}

/* Without an ID of its own an index map has none. */
static void debug_ids_do_not_propagate(void **state)
{
    struct file file;
    struct smc_info info;
    smc_cache *cache =
        open_index(INDEX("{" OFFSET(0, 0) ",'map':{'version':3,'sources':[],'mappings':'',"
                                          "'debugId':'a938a92f-3074-41f7-bfdb-1038430a983c'}}"),
                   &file);

    (void)state;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_false(info.has_debug_id);
    smc_close(cache);
    file_free(&file);
}

/* Names that several maps have are there once. */
static void names_of_all(void **state)
{
    struct file file;
    struct smc_info info;
    smc_cache *cache =
        open_index(INDEX(SECTION(0, 0,
                                 "{'version':3,'sources':['a'],'names':['n','m'],'mappings':'AAAAC'"
                                 "}") "," SECTION(1, 0,
                                                  "{'version':3,'sources':['a'],'names':['m','k'],'"
                                                  "mappings':'AAAAA,CAAAC'}")),
                   &file);

    (void)state;
    assert_int_equal(smc_info_get(cache, &info), SMC_OK);
    assert_int_equal(info.n_names, 3);
    struct text tokens = tokens_of(cache);
    assert_string_equal(tokens.data, "0:0>0@0:0~m 1:0>1@0:0~m 1:1>1@0:0~k");
    text_free(&tokens);
    smc_close(cache);
    file_free(&file);
}

/* More sections than a block has tokens, one out of its place: all are sorted. */
static void many_sections(void **state)
{
    enum { N = 400 };
    struct text map = {0};
    struct smc_token token;
    struct file file;

    (void)state;
    text_puts(&map, "{\"version\":3,\"sections\":[");
    for (unsigned i = 0; i < N; i++) {
        text_puts(&map, i > 0 ? ",{\"offset\":{\"line\":" : "{\"offset\":{\"line\":");
        text_number(&map, i == 7 ? 1000 : i);
        text_puts(&map, ",\"column\":3},\"map\":{\"version\":3,\"sources\":[\"s");
        text_number(&map, i);
        text_puts(&map, "\"],\"mappings\":\"AAAA,CAAA\"}}");
    }
    text_puts(&map, "]}");
    assert_int_equal(count_warnings(&map), 2); /* after it the next, by offset and by mapping */
    file = build_file(&map, SMC_BUILD_SOURCES_NONE);
    smc_cache *cache = open_file(&file);
    for (unsigned i = 0; i < N; i++) {
        uint32_t line = i == 7 ? 1000 : i;
        assert_int_equal(smc_lookup(cache, line, 4, 0, &token), SMC_OK);
        assert_int_equal(token.source, i);
        assert_int_equal(token.column, 4);
        assert_int_equal(smc_lookup(cache, line, 2, 0, &token), SMC_OK);
        assert_int_equal(token.source, SMC_NONE);
    }
    smc_close(cache);
    file_free(&file);
    text_free(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),
        cmocka_unit_test(shifts),
        cmocka_unit_test(sections_that_are_no_objects),
        cmocka_unit_test(offsets),
        cmocka_unit_test(offsets_ascend),
        cmocka_unit_test(sections_do_not_overlap),
        cmocka_unit_test(only_decoded_sections_count_as_previous),
        cmocka_unit_test(maps_that_fail),
        cmocka_unit_test(maps_that_recover),
        cmocka_unit_test(maps_by_url),
        cmocka_unit_test(nested_shifts),
        cmocka_unit_test(nested_order),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(limits),
        cmocka_unit_test(sources_of_all),
        cmocka_unit_test(debug_ids_do_not_propagate),
        cmocka_unit_test(names_of_all),
        cmocka_unit_test(many_sections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
