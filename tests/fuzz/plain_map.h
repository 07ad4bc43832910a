/*
 * A source map as a plain reader has it, for oracles: JSON by jansson, everything else by the letter of ECMA-426 and of the
 * recoveries that are ours (sections 1 to 6 and 10 of our reference), with arrays and linear scans.
 */
#ifndef SMC_TESTS_FUZZ_PLAIN_MAP_H
#define SMC_TESTS_FUZZ_PLAIN_MAP_H

#include "src/build/smcache_build.h"
#include "tests/fuzz/plain_json.h"

#define PLAIN_NONE (-1)

struct plain_token {
    int64_t line, column;
    int64_t source, source_line, source_column; /* source: of all, or PLAIN_NONE */
    const json_t *name;                         /* or NULL */
    int is_range;
};

struct plain_source {
    char *name; /* with sourceRoot in front, as jansson has its bytes; or NULL */
    size_t name_nbytes;
    const json_t *content; /* or NULL */
    int is_ignored;
};

struct plain_map {
    smc_build_status status; /* of a lenient build: good, or E_MAP, or E_LIMIT */
    unsigned n_warnings;
    int skips_limit;   /* a section has been skipped that is beyond the limits of the format */
    int is_lax;        /* good without a warning, and yet refused in strict mode */
    int has_functions; /* keys that speak of functions: these may be warned of besides */
    int has_bytecode;  /* the same */

    struct plain_token *tokens; /* sorted by position, those at one position as they came */
    size_t n_tokens;
    uint64_t n_lines;
    struct plain_source *sources;
    size_t n_sources;
    const json_t **names; /* of all sections; some may be the same */
    size_t n_names;
    const json_t *file, *source_root; /* or NULL */
    int has_debug_id;
    uint8_t debug_id[16];
};

/* Reads a map that is JSON. To be freed; what it points to is the root's. */
struct plain_map plain_map_read(const json_t *root, size_t input_nbytes,
                                enum smc_build_ranges ranges);
void plain_map_free(struct plain_map *map);

/* ---- between the two files ---- */

/* The mappings of an ordinary map. */
struct plain_mappings {
    const json_t *mappings;
    const json_t *range_mappings; /* or NULL */
    enum smc_build_ranges form;
    uint64_t line, column; /* where it starts */
    int64_t first_source, n_sources;
    const json_t **names;
    int64_t n_names;
};

/* Whether the text of `mappings` is well-formed, which is asked before anything else. */
int plain_is_well_formed(const json_t *mappings);
/* Whether a number refuses the map, whatever comes of it; of a well-formed text. The greatest position, if there is a
 * mapping at all. */
int plain_overflows(const json_t *mappings, int64_t *line, int64_t *column);
/* Adds the tokens of a well-formed text; E_MAP, E_LIMIT, or SMC_BUILD_OK. */
smc_build_status plain_add_tokens(struct plain_map *map, const struct plain_mappings *input);

#endif
