/*
 * Outlines of a map, made as the builder makes them, and what is in them as text.
 */
#ifndef SMC_TESTS_UNIT_OUTLINE_RUN_H
#define SMC_TESTS_UNIT_OUTLINE_RUN_H

#include "tests/unit/support.h"

#include "src/build/outlines.h"

struct outline_run {
    struct guarded input;
    struct smc_build_options options;
    struct smc_report report;
    struct smc_json_text json;
    struct smc_map map;
    struct smc_buf parts, name_ids, sources;
    struct smc_strings strings;
    struct smc_function_table table;
    struct smc_outline *outlines;
    uint32_t n_sources;
    smc_build_status status;
    struct warnings warnings;
};

/* Reads the map, which is good, and fills the outlines. */
void outline_run(struct outline_run *run, const struct text *map, int is_strict);
/* The same of {"version":3,"mappings":"","sources":["a","b","c"],MEMBERS}. */
void outline_run_members(struct outline_run *run, const char *members);
/* Fills the outlines alone; what is before is given. */
void outline_run_read(struct outline_run *run);
void outline_run_free(struct outline_run *run);

/*
 * "LINE:COLUMN=FUNCTION" for each mark, split by spaces. A function is '-', or a letter for where it comes from (s, f,
 * b, o: original, m: minified, t: its text) and '^' for code outside of any function, '?' for one without a name, or ':'
 * and the name with a '|' before its last component unless that is all of it.
 */
struct text outline_text(const struct smc_outline *outline, const struct smc_function_table *table);
void text_function(struct text *text, const struct smc_function_table *table, uint32_t function);

/* Whether an outline is that. */
void assert_outline(const struct outline_run *run, uint32_t source, const char *wanted);

/* Of these members the outline of source 0 is that, without a warning, and strict or not. */
void assert_members(const char *members, const char *wanted);
/* Of these members source 0 has no outline, that of source 1 is `good`, and there is one warning: at `at`, a text that
 * occurs once in the members, and for that reason. In strict mode it is an error. */
void assert_dropped(const char *members, const char *at, const char *key, const char *reason,
                    const char *good);

/* The frames of a generated position, which are all known from `scopes`: "[hidden] FUNCTION@SOURCE:LINE:COLUMN" each, split
 * by spaces; a function as above, but for the letter and the '|'. */
struct text stack_dump(const smc_cache *cache, uint32_t line, uint32_t column);

/* JavaScript: n functions of a few bytes each, whose names are all that is around them, nearly a thousand bytes. The NUL
 * behind it counts in nbytes. */
struct text text_with_long_names(uint32_t n);

#endif
