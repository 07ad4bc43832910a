/*
 * The oracle for tokens and lookups: a decoder of its own, plain, with an array of tokens and linear
 * scans. ECMA-426, "Decoding mappings" (section 3 of our reference), and lookups (section 7).
 */
#ifndef SMC_TESTS_UNIT_ORACLE_H
#define SMC_TESTS_UNIT_ORACLE_H

#include "tests/unit/support.h"

#define NOTHING (-1)

struct naive_token {
    int64_t line, column, source, source_line, source_column, name; /* NOTHING where absent */
};

/* OVERFLOWS: by the standard; OVER_LIMIT: by the format. */
enum verdict { FINE, EMPTIED, OVERFLOWS, OVER_LIMIT };

struct naive {
    enum verdict verdict;
    struct naive_token *tokens; /* sorted; to be freed */
    size_t n, capacity;
    uint32_t n_lines;
    unsigned n_warnings;
};

struct naive naive_decode(const struct text *text, int64_t n_sources, int64_t n_names);

/* What a map of the tests has besides its mappings. Some sources are null; several names are equal,
 * so that the file has fewer than the map. */
struct surroundings {
    int64_t n_sources, n_names, n_distinct_names;
};

/* The map; `escapes`: with a backslash before each slash of the mappings. */
struct text naive_map(const struct text *mappings, const struct surroundings *around, int escapes);

/* Builds that map and compares every token, and lookups at random positions, with the oracle. */
void naive_compare(const struct text *mappings, const struct surroundings *around, int escapes,
                   struct rng *rng);

/* The same with a file and the tokens that it must have. */
void naive_compare_file(const struct file *file, const struct naive *naive,
                        const struct surroundings *around, struct rng *rng);
/* Lookups before, at and behind every token, without the texts. */
void naive_compare_positions(const struct file *file, const struct naive *naive);

void assert_no_token(const struct smc_token *token);

#endif
