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

/* Builds a map of about `wanted` bytes into a sink that keeps nothing; *nbytes is what the map and its generated file
 * have together. `n_threads` is the option. SMC_BUILD_E_MEMORY: there was none for the texts, either. */
struct hostile_text {
    char *map, *generated;
    size_t map_nbytes, generated_nbytes;
};
int hostile_map_text(const struct hostile_map *hostile, size_t wanted, struct hostile_text *text);
struct hostile_built hostile_map_build(const struct hostile_map *hostile,
                                       const struct hostile_text *text, unsigned n_threads);
void hostile_text_free(struct hostile_text *text);

#endif
