#include "tests/unit/hostile_maps.h"

#include "src/chain/smcache_chain.h"

#include <stdlib.h>
#include <string.h>

#define X4(text) text text text text
#define X10(text) text text text text text text text text text text

#define V3 "{\"version\":3,"
#define NO_TOKENS ",\"mappings\":\"\"}"
#define TOKENS V3 "\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\""
#define TOKENS_END "\"}"
#define SOURCES V3 "\"sources\":["
#define CONTENTS "],\"sourcesContent\":["
#define NAMES V3 "\"sources\":[\"a.js\"],\"names\":["
#define CONTENT V3 "\"sources\":[\"a.js\"],\"mappings\":\"AAAA\",\"sourcesContent\":[\""
#define CONTENT_END "\"]}"
#define SECTIONS V3 "\"sections\":["
#define SECTION(line, map) "{\"offset\":{\"line\":" line ",\"column\":0},\"map\":" map "}"
#define ONE_TOKEN V3 "\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\"AAAAA\"}"
#define SCOPES TOKENS "AAAA\",\"scopes\":\""
#define FACEBOOK V3 "\"sources\":[\"a.js\"],\"mappings\":\"AAAA\",\"x_facebook_sources\":[["
#define BLOOMBERG TOKENS "AAAA\",\"x_com_bloomberg_sourcesFunctionMappings\":[\""
#define HERMES TOKENS "AAAA\",\"x_hermes_function_offsets\":{"
/* 2^31 - 1, and what is as far below 0. */
#define HIGH "+/////D"
#define LOW "//////D"
/* What begins an index map within another, fourteen times; and ends it. */
#define DOWN "{\"offset\":[],\"map\":{\"sections\":["
#define X14(text) X10(text) X4(text)

#define NOTHING                                                                                    \
    {                                                                                              \
        0, 0, 0, 0, 0                                                                              \
    }

const struct hostile_map hostile_maps[] = {
    /* JSON */
    {"arrays in each other", 0, {V3 "\"x\":", "[", "", "]", ",\"sources\":[]" NO_TOKENS}, NOTHING},
    {"arrays, never closed", 0, {"", "[", "", "", ""}, NOTHING},
    {"objects in each other", 0, {"", "{\"a\":", "1", "}", ""}, NOTHING},
    {"towers of arrays",
     0,
     {V3 "\"x\":[", X10("[") X10("]") ",", "1", "", "],\"sources\":[]" NO_TOKENS},
     NOTHING},
    {"arrays of strings that are just long enough to be noted",
     0,
     {V3 "\"x\":[", "[\"" X10(X10("abcde")) "0123456789ab\"],", "1", "",
      "],\"sources\":[]" NO_TOKENS},
     NOTHING},
    {"spaces", 0, {"", " ", "", "", ONE_TOKEN}, NOTHING},
    {"digits", 0, {TOKENS "\",\"ignoreList\":[", "1", "", "", "]}"}, NOTHING},
    {"digits of a fraction", 0, {TOKENS "\",\"ignoreList\":[1.", "1", "", "", "]}"}, NOTHING},
    {"digits of an exponent", 0, {TOKENS "\",\"ignoreList\":[1e", "1", "", "", "]}"}, NOTHING},
    {"members that nobody knows", 0, {V3, "\"$\":0,", "\"sources\":[]", "", NO_TOKENS}, NOTHING},
    {"members that are there again and again",
     0,
     {V3, "\"names\":[],", "\"sources\":[]", "", NO_TOKENS},
     NOTHING},
    {"keys with escapes",
     0,
     {V3, "\"\\u006e\\u0061\":0,", "\"sources\":[]", "", NO_TOKENS},
     NOTHING},
    {"a key without an end", 0, {V3 "\"", "a", "", "", ""}, NOTHING},
    {"backslashes", 0, {V3 "\"file\":\"", "\\\\", "", "", "\",\"sources\":[]" NO_TOKENS}, NOTHING},
    {"surrogates",
     0,
     {V3 "\"file\":\"", "\\ud83d\\ude00", "", "", "\",\"sources\":[]" NO_TOKENS},
     NOTHING},
    {"lone surrogates",
     0,
     {V3 "\"file\":\"", "\\ud83d", "", "", "\",\"sources\":[]" NO_TOKENS},
     NOTHING},
    {"bytes that are no UTF-8",
     0,
     {V3 "\"file\":\"", "\xff", "", "", "\",\"sources\":[]" NO_TOKENS},
     NOTHING},
    {"a first line that never ends", 0, {")]}'", "a", "", "", ""}, NOTHING},

    /* mappings */
    {"lines", 0, {TOKENS, ";", "", "", TOKENS_END}, NOTHING},
    {"commas", 0, {TOKENS, ",", "", "", TOKENS_END}, NOTHING},
    {"tokens without a source, at one place", 0, {TOKENS, "A,", "A", "", TOKENS_END}, NOTHING},
    {"tokens without a source, one after the other",
     0,
     {TOKENS, "C,", "C", "", TOKENS_END},
     NOTHING},
    {"tokens at one place", 0, {TOKENS, "AAAA,", "AAAA", "", TOKENS_END}, NOTHING},
    {"tokens one after the other", 0, {TOKENS, "CAAC,", "CAAC", "", TOKENS_END}, NOTHING},
    {"a token a line", 0, {TOKENS, "AACA;", "AACA", "", TOKENS_END}, NOTHING},
    {"a token without a source a line", 0, {TOKENS, "A;", "A", "", TOKENS_END}, NOTHING},
    {"tokens with names", 0, {TOKENS, "CAAAA,", "CAAAA", "", TOKENS_END}, NOTHING},
    {"tokens far from each other",
     0,
     {TOKENS, "AA" HIGH HIGH ",AA" LOW LOW ",", "A", "", TOKENS_END},
     NOTHING},
    {"tokens of which some have a source", 0, {TOKENS, "CAAC,C,", "C", "", TOKENS_END}, NOTHING},
    {"tokens in reverse", 0, {TOKENS HIGH ",", "D,", "D", "", TOKENS_END}, NOTHING},
    {"tokens in reverse, with sources and names",
     0,
     {TOKENS HIGH "AAAA,", "DAAAA,", "D", "", TOKENS_END},
     NOTHING},
    {"tokens back and forth", 0, {TOKENS, HIGH "," LOW ",", "A", "", TOKENS_END}, NOTHING},
    {"tokens out of order at the end", 0, {TOKENS HIGH ",", "C,", LOW, "", TOKENS_END}, NOTHING},
    {"lines in reverse", 0, {TOKENS, "EAAA,DAAA;", "A", "", TOKENS_END}, NOTHING},
    {"tokens with escapes", 0, {TOKENS, "\\u0041,", "A", "", TOKENS_END}, NOTHING},
    {"an escape at the end", 0, {TOKENS, "A,", "\\u0041", "", TOKENS_END}, NOTHING},
    {"bad grammar at the end", 0, {TOKENS, "AAAA,", "!", "", TOKENS_END}, NOTHING},
    {"a digit that goes on", 0, {TOKENS, "g", "A", "", TOKENS_END}, NOTHING},
    {"digits that go on", 0, {TOKENS, "ggggggggggggggggA,", "A", "", TOKENS_END}, NOTHING},
    {"numbers that are too large", 0, {TOKENS, "ggggggggggggggggC,", "A", "", TOKENS_END}, NOTHING},
    {"negative zeros", 0, {TOKENS, "B,", "A", "", TOKENS_END}, NOTHING},
    {"sources that do not exist",
     0,
     {TOKENS "AA"
             "AA,",
      "ACAA,ADAA,", "A", "", TOKENS_END},
     NOTHING},
    {"names that do not exist", 0, {TOKENS, "AAAAC,AAAAD,", "A", "", TOKENS_END}, NOTHING},
    {"original positions below 0", 0, {TOKENS, "AADA,AACA,", "A", "", TOKENS_END}, NOTHING},
    {"range mappings", 0, {TOKENS, "CAAA,", "A\",\"rangeMappings\":\"A", "B", TOKENS_END}, NOTHING},
    {"range mappings of lines",
     0,
     {TOKENS, "AACA;", "A\",\"rangeMappings\":\"", "A;", TOKENS_END},
     NOTHING},
    {"range mappings that do not exist",
     0,
     {TOKENS "A\",\"rangeMappings\":\"", "B", "", "", TOKENS_END},
     NOTHING},
    {"range mappings named twice",
     0,
     {TOKENS "A\",\"rangeMappings\":\"", "A", "", "", TOKENS_END},
     NOTHING},
    {"bits of range mappings",
     HOSTILE_BITMAP,
     {TOKENS, "CAAA,", "A\",\"rangeMappings\":\"", "/", TOKENS_END},
     NOTHING},

    /* sources and names */
    {"sources that are nothing", 0, {SOURCES, "0,", "0", "", "]" NO_TOKENS}, NOTHING},
    {"sources that are null", 0, {SOURCES, "null,", "null", "", "]" NO_TOKENS}, NOTHING},
    {"sources without a name", 0, {SOURCES, "\"\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"sources of one name", 0, {SOURCES, "\"a.js\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"sources of many names", 0, {SOURCES, "\"$\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"sources below a long root",
     0,
     {V3 "\"sourceRoot\":\"" X10(X10("root/")) "\",\"sources\":[", "\"$" X10("abcdef") "\",",
      "\"\"", "", "]" NO_TOKENS},
     NOTHING},
    {"sources below too long a root",
     0,
     {V3 "\"sourceRoot\":\"" X10(X10("root/")) "\",\"sources\":[", "\"\",", "\"\"", "",
      "]" NO_TOKENS},
     NOTHING},
    {"sources in a folder, cut off",
     HOSTILE_COMMON,
     {SOURCES, "\"" X10(X10("folder/")) "$\",", "\"" X10(X10("folder/")) "a\"", "", "]" NO_TOKENS},
     NOTHING},
    {"sources as URLs",
     HOSTILE_URL,
     {SOURCES, "\"$/../../$.js?a#b\",", "\"\"", "", "]" NO_TOKENS},
     NOTHING},
    {"sources that are no URLs",
     HOSTILE_URL,
     {SOURCES, "\"https://a b/$\",", "\"\"", "", "]" NO_TOKENS},
     NOTHING},
    {"sources with new names",
     HOSTILE_CLEAN | HOSTILE_REPLACE | HOSTILE_STRIP | HOSTILE_COMMON,
     {SOURCES, "\"webpack://a/./$/../b.js\",", "\"\"", "", "]" NO_TOKENS},
     NOTHING},
    {"one name of many folders",
     HOSTILE_CLEAN,
     {SOURCES "\"", "a/", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of many folders and ways out",
     HOSTILE_CLEAN,
     {SOURCES "\"", "a/", "", "../", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of ways out",
     HOSTILE_CLEAN,
     {SOURCES "\"", "../", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of ways to and fro",
     HOSTILE_CLEAN,
     {SOURCES "\"", "a/../", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of dots", HOSTILE_CLEAN, {SOURCES "\"", "./", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"one name of slashes", HOSTILE_CLEAN, {SOURCES "\"", "/", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"one name of tildes", HOSTILE_CLEAN, {SOURCES "\"", "~/", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"one name of schemes",
     HOSTILE_CLEAN,
     {SOURCES "\"", "webpack://", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of what is replaced",
     HOSTILE_REPLACE,
     {SOURCES "\"", "a", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one name of halves of surrogates",
     HOSTILE_REPLACE,
     {SOURCES "\"", "\\ud83da\\ude00", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one URL of many folders and ways out",
     HOSTILE_URL,
     {SOURCES "\"", "a/", "", "../", "\"]" NO_TOKENS},
     NOTHING},
    {"one URL of encoded dots",
     HOSTILE_URL,
     {SOURCES "\"", "a/%2e%2E/", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one URL of a user",
     HOSTILE_URL,
     {SOURCES "\"https://", "@", "", "", "a/\"]" NO_TOKENS},
     NOTHING},
    {"one URL of a host",
     HOSTILE_URL,
     {SOURCES "\"https://", "a.", "", "", "a/\"]" NO_TOKENS},
     NOTHING},
    {"one URL of an address",
     HOSTILE_URL,
     {SOURCES "\"https://", "1.", "", "", "1/\"]" NO_TOKENS},
     NOTHING},
    {"one URL of a long number",
     HOSTILE_URL,
     {SOURCES "\"https://", "1", "", "", "/\"]" NO_TOKENS},
     NOTHING},
    {"one URL of an address of version 6",
     HOSTILE_URL,
     {SOURCES "\"https://[", "1:", "", "", "1]/\"]" NO_TOKENS},
     NOTHING},
    {"one URL of spaces", HOSTILE_URL, {SOURCES "\"a", " ", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"one URL of what is encoded",
     HOSTILE_URL,
     {SOURCES "\"", "\\\"", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"one URL of line ends",
     HOSTILE_URL,
     {SOURCES "\"a", "\\n", "", "", "b\"]" NO_TOKENS},
     NOTHING},
    {"one URL of slashes", HOSTILE_URL, {SOURCES "\"", "/", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"one URL of backslashes",
     HOSTILE_URL,
     {SOURCES "\"", "\\\\", "", "", "\"]" NO_TOKENS},
     NOTHING},
    {"ignored sources", 0, {TOKENS "\",\"ignoreList\":[", "0,", "0", "", "]}"}, NOTHING},
    {"ignored sources that do not exist",
     0,
     {TOKENS "\",\"ignoreList\":[", "1,", "0", "", "]}"},
     NOTHING},
    {"names that are nothing", 0, {NAMES, "0,", "0", "", "]" NO_TOKENS}, NOTHING},
    {"names that are empty", 0, {NAMES, "\"\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"many names", 0, {NAMES, "\"$\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"many names with escapes", 0, {NAMES, "\"\\u0061$\",", "\"\"", "", "]" NO_TOKENS}, NOTHING},
    {"one name", 0, {NAMES "\"", "a", "", "", "\"]" NO_TOKENS}, NOTHING},
    {"names that are in use, backwards",
     0,
     {NAMES, "\"$\",", "\"\"],\"mappings\":\"AAAA" HIGH ",", "CAAAD,", "A\"}"},
     NOTHING},
    {"names that are in use",
     0,
     {NAMES, "\"$\",", "\"\"],\"mappings\":\"", "CAAAC,", "A\"}"},
     NOTHING},
    {"sources that are in use",
     0,
     {SOURCES, "\"$\",", "\"\"],\"mappings\":\"", "CCAA,", "A\"}"},
     NOTHING},

    /* contents */
    {"empty contents", 0, {SOURCES, "\"\",", "\"\"" CONTENTS, "\"\",", "\"\"]" NO_TOKENS}, NOTHING},
    {"small contents",
     0,
     {SOURCES, "\"\",", "\"\"" CONTENTS, "\"a\",", "\"\"]" NO_TOKENS},
     NOTHING},
    {"small contents, as they are",
     HOSTILE_RAW,
     {SOURCES, "\"\",", "\"\"" CONTENTS, "\"a\",", "\"\"]" NO_TOKENS},
     NOTHING},
    {"small contents of code",
     0,
     {SOURCES, "\"a.js\",", "\"\"" CONTENTS, "\"()=>1\",", "\"\"]" NO_TOKENS},
     NOTHING},
    {"contents that are nothing", 0, {SOURCES, "0,", "0" CONTENTS, "0,", "0]" NO_TOKENS}, NOTHING},
    {"contents without a source", 0, {CONTENT "\",", "\"\",", "\"", "", CONTENT_END}, NOTHING},
    {"a content of one line", 0, {CONTENT, "a", "", "", CONTENT_END}, NOTHING},
    {"a content of one line, as it is", HOSTILE_RAW, {CONTENT, "a", "", "", CONTENT_END}, NOTHING},
    {"a content that deflates badly", 0, {CONTENT "//", "$^", "", "", CONTENT_END}, NOTHING},
    {"a content of lines", 0, {CONTENT, "\\n", "", "", CONTENT_END}, NOTHING},
    {"a content of lines that end in two", 0, {CONTENT, "\\r\\n", "", "", CONTENT_END}, NOTHING},
    {"a content of separators", 0, {CONTENT, "\xe2\x80\xa8", "", "", CONTENT_END}, NOTHING},
    {"a content of bytes that are no UTF-8", 0, {CONTENT, "\xff", "", "", CONTENT_END}, NOTHING},
    {"a content of functions", 0, {CONTENT, "()=>{}\\n", "", "", CONTENT_END}, NOTHING},
    {"a content of methods", 0, {CONTENT "class A{", "a(){}", "", "", "}" CONTENT_END}, NOTHING},
    {"a content of functions in each other",
     0,
     {CONTENT, "function f(){", "", "}", CONTENT_END},
     NOTHING},
    {"contents of functions of other names",
     0,
     {SOURCES, "\"a.js\",", "\"\"" CONTENTS, "\"function f$(){}\",", "\"\"]" NO_TOKENS},
     NOTHING},
    {"functions of other names and tokens",
     0,
     {CONTENT, "function f$(){}\\n", "\"],\"mappings\":\"", "AACA,", "A\"}"},
     NOTHING},
    {"tokens into functions, to and fro",
     0,
     {CONTENT, "()=>{}\\n", "\"],\"mappings\":\"", "AAgkuCA,AAhkuCA,", "A\"}"},
     NOTHING},

    /* index maps */
    {"sections",
     0,
     {SECTIONS, SECTION("1$", ONE_TOKEN) ",", SECTION("999999999", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections of nothing",
     0,
     {SECTIONS, "{\"offset\":[],\"map\":{\"sources\":[],\"mappings\":\"\"}},",
      SECTION("0", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections that are skipped", 0, {SECTIONS, "0,", SECTION("0", ONE_TOKEN), "", "]}"}, NOTHING},
    {"sections whose maps are no maps",
     0,
     {SECTIONS, "{\"offset\":[],\"map\":[]},", SECTION("0", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections by their URL",
     0,
     {SECTIONS, "{\"offset\":[],\"url\":0},", SECTION("0", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections at one place",
     0,
     {SECTIONS, SECTION("0", ONE_TOKEN) ",", SECTION("0", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections in reverse",
     0,
     {SECTIONS, SECTION("1^", ONE_TOKEN) ",", SECTION("0", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"sections with names",
     0,
     {SECTIONS,
      SECTION("1$", V3 "\"sources\":[\"$\"],\"names\":[\"a$\"],\"mappings\":\"AAAAA\"}") ",",
      SECTION("999999999", ONE_TOKEN), "", "]}"},
     NOTHING},
    {"a section with many tokens, in another",
     0,
     {SECTIONS "{\"offset\":[],\"map\":{\"sections\":[{\"offset\":[],\"map\":" TOKENS, "AAAA,",
      "A\"}}]}}]}", "", ""},
     NOTHING},
    {"index maps in each other, many times",
     0,
     {SECTIONS, X14(DOWN) SECTION("0", ONE_TOKEN) X14("]}}") ",", SECTION("0", ONE_TOKEN), "",
      "]}"},
     NOTHING},
    {"index maps in each other, too deep",
     0,
     {SECTIONS, DOWN, SECTION("0", ONE_TOKEN), "]}}", "]}"},
     NOTHING},
    {"sections at the bottom of index maps",
     0,
     {SECTIONS X14(DOWN), SECTION("1$", ONE_TOKEN) ",", SECTION("999999999", ONE_TOKEN), "",
      X14("]}}") "]}"},
     NOTHING},

    /* functions that the map knows */
    {"scopes", 0, {SCOPES, "BAAA,CAB,", "BAAA,CAB", "", TOKENS_END}, NOTHING},
    {"scopes in each other", 0, {SCOPES "BAAA,", "BFAAA,", "CAB", ",CAB", TOKENS_END}, NOTHING},
    {"scopes of functions", 0, {SCOPES "BAAA,", "BFAAA,CAB,", "CAB", "", TOKENS_END}, NOTHING},
    {"scopes of sources that do not exist", 0, {SCOPES, "A,", "A", "", TOKENS_END}, NOTHING},
    {"empty scopes", 0, {SCOPES, ",", "", "", TOKENS_END}, NOTHING},
    {"scopes without an end", 0, {SCOPES, "BAAA,", "BAAA", "", TOKENS_END}, NOTHING},
    {"variables", 0, {SCOPES "BAAA,D", "A", ",CAB", "", TOKENS_END}, NOTHING},
    {"ranges", 0, {SCOPES, "EAA,FB,", "EAA,FB", "", TOKENS_END}, NOTHING},
    {"ranges in each other",
     0,
     {SCOPES "BFAAA,CAB,", "EGBA,", "EAA,FB", ",FB", TOKENS_END},
     NOTHING},
    {"ranges of calls",
     0,
     {SCOPES "BFAAA,CAB,", "EGBA,IAAA,FB,", "EAA,FB", "", TOKENS_END},
     NOTHING},
    {"ranges of calls in each other",
     0,
     {SCOPES "BFAAA,CAB,", "ECBA,IAAA,", "EAA,FB", ",FB", TOKENS_END},
     NOTHING},
    {"bindings", 0, {SCOPES "EAA,G", "A", ",FB", "", TOKENS_END}, NOTHING},
    {"bindings of sub-ranges", 0, {SCOPES "EAA,GA,HA", "AAA", ",FB", "", TOKENS_END}, NOTHING},
    {"bindings of sub-ranges, in many lists",
     0,
     {SCOPES "EAA,GA,", "HAAAA,", "FB", "", TOKENS_END},
     NOTHING},
    {"items of vendors", 0, {SCOPES, "/Aaaaa,", "EAA,FB", "", TOKENS_END}, NOTHING},
    {"functions of Metro, one after the other",
     0,
     {FACEBOOK "{\"names\":[\"a\"],\"mappings\":\"AAA", ",CA", "", "", "\"}]]}"},
     NOTHING},
    {"functions of Metro, on lines",
     0,
     {FACEBOOK "{\"names\":[\"a\"],\"mappings\":\"AAA", ";AAC", "", "", "\"}]]}"},
     NOTHING},
    {"functions of Metro, with names",
     0,
     {FACEBOOK "{\"names\":[", "\"$\",", "\"\"],\"mappings\":\"AAA", ",CC", "\"}]]}"},
     NOTHING},
    {"names of Metro that are nothing",
     0,
     {FACEBOOK "{\"names\":[", "0,", "\"\"],\"mappings\":\"", "", "\"}]]}"},
     NOTHING},
    {"functions of Metro of many sources",
     0,
     {SOURCES, "0,", "0],\"x_facebook_sources\":[", "[{\"names\":[\"a\"],\"mappings\":\"AAA\"}],",
      "0]" NO_TOKENS},
     NOTHING},
    {"functions of Bloomberg", 0, {BLOOMBERG "AAAAA", ",AACAC", "", "", "\"]}"}, NOTHING},
    {"functions of Bloomberg in each other",
     0,
     {BLOOMBERG "AAAA" HIGH, ",AACAD", "", "", "\"]}"},
     NOTHING},
    {"functions of Bloomberg that end together",
     0,
     {BLOOMBERG "AAAA" HIGH, ",AACAA", "", "", "\"]}"},
     NOTHING},
    {"functions of Bloomberg of many sources",
     0,
     {SOURCES, "0,", "0],\"names\":[\"\"],\"x_com_bloomberg_sourcesFunctionMappings\":[",
      "\"AAAAA\",", "0]" NO_TOKENS},
     NOTHING},
    {"functions of one source known by all",
     0,
     {SCOPES "BAAA,", "BFAAA,CAB,", "CAB\",\"x_com_bloomberg_sourcesFunctionMappings\":[\"AAAAA",
      ",AACAC", "\"]}"},
     NOTHING},

    /* bytecode */
    {"offsets of bytecode", 0, {HERMES "\"0\":[", "0,", "0", "", "]}}"}, NOTHING},
    {"segments of bytecode", 0, {HERMES, "\"1$\":[0],", "\"999999999\":[0]", "", "}}"}, NOTHING},
    {"segments of bytecode in reverse", 0, {HERMES, "\"1^\":[0],", "\"0\":[0]", "", "}}"}, NOTHING},
    {"one segment of bytecode again and again",
     0,
     {HERMES, "\"1\":[0],", "\"0\":[0]", "", "}}"},
     NOTHING},

    /* a generated file, which names the functions where nothing else does */
    {"functions of a generated file",
     HOSTILE_GENERATED,
     {TOKENS, "gBAAA,", "A", "", TOKENS_END},
     {"", "function f(){}", "", "", ""}},
    {"functions of a generated file in each other",
     HOSTILE_GENERATED,
     {TOKENS, "aAAA,", "A", "", TOKENS_END},
     {"", "function f(){", "", "}", ""}},
    {"methods of a generated file",
     HOSTILE_GENERATED,
     {TOKENS "QAAA,", "GAAA,", "A", "", TOKENS_END},
     {"x={", "a(){},", "", "", "}"}},
    {"objects of a generated file",
     HOSTILE_GENERATED,
     {TOKENS, "GAAA,", "A", "", TOKENS_END},
     {"x={", "a:{b(){},", "", "}", "}"}},
    {"words of a generated file that the map knows",
     HOSTILE_GENERATED,
     {NAMES, "\"$\",", "\"\"],\"mappings\":\"", "aAAAC,", "A\"}"},
     {"", "function f$(){}", "", "", ""}},
};

const size_t n_hostile_maps = sizeof hostile_maps / sizeof hostile_maps[0];

/* ---- building ---- */

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct hostile_built *built = context;

    (void)issue;
    built->n_warnings++;
}

static int load_generated(void *context, const void **bytes, size_t *nbytes)
{
    const struct hostile_text *text = context;

    *bytes = text->generated;
    *nbytes = text->generated_nbytes;
    return 0;
}

static int count_bytes(void *context, const void *bytes, size_t nbytes)
{
    struct hostile_built *built = context;

    (void)bytes;
    built->file_nbytes += nbytes;
    return 0;
}

int hostile_map_text(const struct hostile_map *hostile, size_t wanted, struct hostile_text *text)
{
    const int has_generated = (hostile->options & HOSTILE_GENERATED) != 0;

    *text = (struct hostile_text){NULL, NULL, 0, 0};
    text->map =
        repeated_text(&hostile->text, has_generated ? wanted / 2 : wanted, &text->map_nbytes);
    if (has_generated && text->map != NULL) {
        text->generated = repeated_text(&hostile->generated, wanted / 2, &text->generated_nbytes);
    }
    if (text->map == NULL || (has_generated && text->generated == NULL)) {
        hostile_text_free(text);
        return -1;
    }
    return 0;
}

struct hostile_built hostile_map_build(const struct hostile_map *hostile,
                                       const struct hostile_text *text, unsigned n_threads)
{
    static const struct smc_build_replacement replacement = {"a", "ab"};
    static const char *const prefix = "a";
    const unsigned options = hostile->options;
    struct hostile_built built = {.reason = ""};
    struct smc_build_issue issue = {.reason = ""};
    struct smc_build_options given = {
        .struct_size = sizeof given,
        .sources = (options & HOSTILE_RAW) != 0 ? SMC_BUILD_SOURCES_RAW : SMC_BUILD_SOURCES_DEFLATE,
        .compression = 1,
        .ranges =
            (options & HOSTILE_BITMAP) != 0 ? SMC_BUILD_RANGES_BITMAP : SMC_BUILD_RANGES_ZERO_BASED,
        .load_generated = (options & HOSTILE_GENERATED) != 0 ? load_generated : NULL,
        .generated_context = (void *)(uintptr_t)text,
        .map_url = (options & HOSTILE_URL) != 0 ? "https://example.com/app.js.map" : NULL,
        .clean_paths = (options & HOSTILE_CLEAN) != 0,
        .replacements = &replacement,
        .n_replacements = (options & HOSTILE_REPLACE) != 0,
        .strip_prefixes = &prefix,
        .n_strip_prefixes = (options & HOSTILE_STRIP) != 0,
        .strip_common_prefix = (options & HOSTILE_COMMON) != 0,
        .warn = note_warning,
        .warn_context = &built,
        .n_threads = n_threads};

    built.status = smc_build(text->map, text->map_nbytes, &given, count_bytes, &built, &issue);
    built.reason = issue.reason;
    return built;
}

static smc_chain_answer load_inner(void *context, const struct smc_chain_request *request,
                                   struct smc_chain_map *map)
{
    const struct hostile_text *inner = context;

    if (inner == NULL || request->depth > 1) {
        return SMC_CHAIN_NONE;
    }
    *map = (struct smc_chain_map){.json = inner->map, .nbytes = inner->map_nbytes};
    return SMC_CHAIN_MAP;
}

smc_build_status hostile_chain_build(const char *outer, size_t outer_nbytes,
                                     const struct hostile_text *inner)
{
    struct hostile_built built = {.reason = ""};

    return smc_chain_build(outer, outer_nbytes, NULL, load_inner, (void *)(uintptr_t)inner,
                           count_bytes, &built, NULL);
}

void hostile_text_free(struct hostile_text *text)
{
    free(text->map);
    free(text->generated);
    *text = (struct hostile_text){NULL, NULL, 0, 0};
}
