/*
 * Maps of maps: an outer map, each of whose sources has the same inner one.
 */
#include "tests/linear/linear.h"
#include "tests/unit/hostile_maps.h"

#include <stdlib.h>

#define V3 "{\"version\":3,"
#define SOURCES V3 "\"sources\":["
#define NO_TOKENS "],\"mappings\":\"\"}"
#define TOKENS V3 "\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\""
#define ONE_TOKEN TOKENS "AAAAA\"}"

static const struct chain {
    const char *what;
    struct repeated outer, inner;
} chains[] = {
    {"sources with a map", {SOURCES, "\"$\",", "\"\"", "", NO_TOKENS}, {ONE_TOKEN, "", "", "", ""}},
    {"sources with a map, in use",
     {SOURCES, "\"$\",", "\"\"],\"mappings\":\"", "CCAA,", "A\"}"},
     {ONE_TOKEN, "", "", "", ""}},
    {"sources with a map that is none",
     {SOURCES, "\"$\",", "\"\"", "", NO_TOKENS},
     {"{", "", "", "", ""}},
    {"sources with names, in a map of many",
     {TOKENS, "CAAC,", "A", "", "\"}"},
     {SOURCES, "\"$\",", "\"\"", "", NO_TOKENS}},
    {"tokens through tokens", {TOKENS, "CAAC,", "A", "", "\"}"}, {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"tokens through tokens, backwards",
     {TOKENS "AAA+/////D,", "CAAD,", "A", "", "\"}"},
     {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"tokens through lines", {TOKENS, "CACA,", "A", "", "\"}"}, {TOKENS, "AACA;", "A", "", "\"}"}},
    {"tokens through names",
     {TOKENS, "CAAC,", "A", "", "\"}"},
     {V3 "\"sources\":[\"a.js\"],\"names\":[", "\"$\",", "\"\"],\"mappings\":\"", "CAACC,",
      "A\"}"}},
    {"a range through tokens",
     {TOKENS "AAAA\",\"rangeMappings\":\"A", "A", "", "", "\"}"},
     {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"ranges through tokens",
     {TOKENS, "+/B+/BAA,", "A\",\"rangeMappings\":\"A", "B", "\"}"},
     {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"ranges through lines",
     {TOKENS, "AAAA;", "A\",\"rangeMappings\":\"", "A;", "\"}"},
     {TOKENS, "AACA;", "A", "", "\"}"}},
};

struct texts {
    char *outer;
    size_t outer_nbytes;
    struct hostile_text inner;
};

static int build(const void *context, const char *text, size_t nbytes)
{
    const struct texts *texts = context;

    (void)text;
    (void)nbytes;
    return hostile_chain_build(texts->outer, texts->outer_nbytes, &texts->inner) ==
                   SMC_BUILD_E_MEMORY
               ? -1
               : 0;
}

static double measure(const void *context, size_t wanted)
{
    const struct chain *chain = context;
    struct texts texts = {.outer = NULL};
    double best = -1;

    texts.outer = repeated_text(&chain->outer, wanted / 2, &texts.outer_nbytes);
    texts.inner.map = repeated_text(&chain->inner, wanted / 2, &texts.inner.map_nbytes);
    if (texts.outer != NULL && texts.inner.map != NULL) {
        best = linear_fastest(build, &texts, NULL, 0);
    }
    free(texts.outer);
    hostile_text_free(&texts.inner);
    return best;
}

int linear_chains(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof chains / sizeof chains[0] && status == 0; i++) {
        const struct linear_case linear = {measure, &chains[i], {"chain:", chains[i].what}};
        status = linear_try(&linear, tally);
    }
    return status;
}
