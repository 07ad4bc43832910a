/*
 * The `scopes` string (scopes proposal, stage 3): scopes of the sources and ranges of the generated
 * text, as flat arrays in preorder.
 */
#ifndef SMC_BUILD_SCOPES_H
#define SMC_BUILD_SCOPES_H

#include <stddef.h>
#include <stdint.h>

#define SMC_SCOPES_NONE UINT32_MAX

/* 0-based; both less than SMC_SCOPES_NONE. */
struct smc_scopes_position {
    uint32_t line, column;
};

/* Its place in the array is what definitions refer to: the order of starts, across sources. A scope
 * lies within its parent, and siblings follow each other without overlap. */
struct smc_scopes_scope {
    /* Never descending; NONE: the map has fewer sources than there are trees. Those scopes come last,
     * and stay for the definitions that refer to them. */
    uint32_t source;
    uint32_t parent;                       /* or NONE: the root of its source's tree */
    struct smc_scopes_position start, end; /* end exclusive */
    uint32_t name, kind;                   /* index into the map's names, or NONE */
    uint32_t is_stack_frame;
    uint32_t first_variable, n_variables; /* in `variables` */
};

enum smc_scopes_frame {
    SMC_SCOPES_FRAME_NONE,
    SMC_SCOPES_FRAME_ORIGINAL, /* a function, of the original text too */
    SMC_SCOPES_FRAME_HIDDEN    /* a function that only the generated text has */
};

/* Nested and disjoint as scopes are; several may be roots. */
struct smc_scopes_range {
    uint32_t parent;                       /* or NONE */
    struct smc_scopes_position start, end; /* generated; end exclusive */
    uint32_t definition;                   /* a scope's index, or NONE */
    uint32_t frame;                        /* enum smc_scopes_frame */
    uint32_t call_source;                  /* NONE: no call site, and its position is 0:0 */
    struct smc_scopes_position call;
    /* Lists of bindings, the i-th one for the definition's i-th variable. Nothing makes their number
     * that of the variables. */
    uint32_t first_list, n_lists;
};

/* Valid from here to the list's next binding. A list is never empty, and its first binding is from
 * the range's start; the others are in the map's order, which a bad map need not sort. */
struct smc_scopes_binding {
    struct smc_scopes_position from;
    uint32_t expression; /* index into the map's names; NONE: unavailable */
};

/* Sizes are linear in the text's: at most 16 bytes for each of its bytes (32 while decoding). */
struct smc_scopes {
    struct smc_scopes_scope *scopes;
    uint32_t *variables; /* index into the map's names; NONE: one that does not exist, so "" */
    struct smc_scopes_range *ranges;
    uint32_t *lists; /* n_lists + 1: the first binding of each, and the number of all */
    struct smc_scopes_binding *bindings;
    uint32_t n_scopes, n_variables, n_ranges, n_lists, n_bindings;
};

struct smc_scopes_input {
    const uint8_t *text; /* unescaped */
    size_t nbytes;
    uint32_t n_sources, n_names; /* of the map */
    /* Grammar to the letter. Otherwise an empty item stands for `A`, G and I come in either order,
     * numbers after an item's last one are ignored, and lists may be empty: all with a warning. */
    int is_strict;
    /* Called for each optional error but bad grammar, with its place in the text; may be NULL. */
    void (*warn)(void *context, const char *reason, size_t at);
    void *context;
};

enum smc_scopes_result {
    SMC_SCOPES_OK,
    SMC_SCOPES_DROPPED,  /* bad grammar, an optional error: there are no scopes and no ranges */
    SMC_SCOPES_OVERFLOW, /* a number that is too large: literally a required error */
    SMC_SCOPES_LIMIT,    /* the sum of numbers is: no error, but more than 32 bits hold */
    SMC_SCOPES_MEMORY
};

struct smc_scopes_issue {
    const char *reason; /* static text */
    size_t at;          /* place in the text */
};

/*
 * Decodes the text; if it is not OK, *scopes is empty and *issue says why. Nothing is warned of
 * before the grammar and all numbers have proved good. An empty text is OK. Sources without a tree,
 * be it that there are fewer trees, have no scopes.
 */
enum smc_scopes_result smc_scopes_decode(const struct smc_scopes_input *input,
                                         struct smc_scopes *scopes, struct smc_scopes_issue *issue);
void smc_scopes_free(struct smc_scopes *scopes);

#endif
