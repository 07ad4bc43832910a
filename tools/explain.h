/*
 * What `smcache explain` finds out, and how it is printed.
 */
#ifndef SMC_TOOLS_EXPLAIN_H
#define SMC_TOOLS_EXPLAIN_H

#include "tools/cli.h"

#define PROBLEMS_MAX 16

struct problem {
    const char *word, *fix; /* static */
    char *text;
};

/* What has been found out about an input. */
struct explanation {
    const char *input;
    const char *kind; /* of the input */
    const char *rule; /* by which the map was found; NULL: it was not */
    char *url;        /* what the generated file says */
    char *map;        /* path of the map; NULL if it is inside of the input, or not found */
    int has_generated_id;
    uint8_t generated_id[SMC_DEBUG_ID_NBYTES];
    struct input opened;
    int is_open;
    struct smc_info info;
    uint32_t n_without_content;
    unsigned long n_warnings;
    struct smc_build_issue first_warning;
    /* The question, 0-based, and its answer. */
    int has_position;
    struct smc_position at;
    struct smc_token token;
    struct smc_function function;
    struct problem problems[PROBLEMS_MAX];
    size_t n_problems;
    int lacks_memory; /* for one of them, or to find out */
};

/* A field a line. */
void explanation_print(const struct explanation *e);
/* One object. */
void explanation_print_json(const struct explanation *e);

#endif
