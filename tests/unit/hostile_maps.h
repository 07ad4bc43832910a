/*
 * Source maps that are one small piece over and over, each of a kind that could make a build slow or large.
 */
#ifndef SMC_TESTS_UNIT_HOSTILE_MAPS_H
#define SMC_TESTS_UNIT_HOSTILE_MAPS_H

#include "src/build/smcache_build.h"
#include "tests/unit/repeated.h"

/* Options of a build. */
enum hostile_option {
    HOSTILE_CLEAN = 1,   /* clean_paths */
    HOSTILE_COMMON = 2,  /* strip_common_prefix */
    HOSTILE_URL = 4,     /* map_url */
    HOSTILE_REPLACE = 8, /* replacements: "a" by "ab" */
    HOSTILE_STRIP = 16,  /* strip_prefixes: "a" */
    HOSTILE_BITMAP = 32, /* range mappings as they once were */
    HOSTILE_RAW = 64,    /* contents as they are */
    HOSTILE_GENERATED =
        128 /* there is a generated file: the text of the map, repeated as `generated` */
};

struct hostile_map {
    const char *what;
    unsigned options; /* of enum hostile_option */
    struct repeated text;
    struct repeated generated;
};

extern const struct hostile_map hostile_maps[];
extern const size_t n_hostile_maps;

/* What came of a build. */
struct hostile_built {
    smc_build_status status;
    const char *reason; /* of an error */
    uint64_t n_warnings, file_nbytes;
};

struct hostile_text {
    char *map, *generated;
    size_t map_nbytes, generated_nbytes;
};

/* A map of about `wanted` bytes, with its generated file; 0, or -1: no memory. */
int hostile_map_text(const struct hostile_map *hostile, size_t wanted, struct hostile_text *text);
void hostile_text_free(struct hostile_text *text);

/* Builds it into a sink that keeps nothing; `n_threads` is the option. */
struct hostile_built hostile_map_build(const struct hostile_map *hostile,
                                       const struct hostile_text *text, unsigned n_threads);

/* Builds a chain into such a sink: each source of the outer map has the inner one, or none if that is NULL. */
smc_build_status hostile_chain_build(const char *outer, size_t outer_nbytes,
                                     const struct hostile_text *inner);

#endif
