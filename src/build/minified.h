/*
 * Functions of the generated file: our own scan of it, by generated position, their names led through the map.
 *
 * What an identifier of the generated text was called is what the map's `name` at its position says. So the tokens
 * have to be seen before a name is known: until then a function is a number.
 */
#ifndef SMC_BUILD_MINIFIED_H
#define SMC_BUILD_MINIFIED_H

#include "src/build/outline.h"
#include "src/javascript/javascript.h"

struct smc_minified_word;

struct smc_minified {
    struct smc_js js;
    struct smc_buf text;
    struct smc_outline outline; /* by generated position; functions are those of js, and behind them
                                   the top level */
    uint32_t cursor;
    struct smc_minified_word *words; /* the identifiers of all names, by position */
    uint32_t n_words, next_word;
    uint32_t last[2][SMC_ROW_LANES]; /* the last two tokens that went by */
    unsigned n_last;
    const struct smc_strings *strings; /* of the names of tokens */
    uint32_t *ids;                     /* of the functions, once they have been asked for; + 1 */
    uint64_t name_room;                /* see smc_name_room: of the text and of the map's names */
};

/* Scans the text. 0, or -1 without memory. One that cannot be followed has no functions. */
int smc_minified_start(struct smc_minified *minified, const void *text, size_t nbytes,
                       const struct smc_strings *strings);
/* Whether there are functions. */
static inline int smc_minified_is_known(const struct smc_minified *minified)
{
    return minified->outline.n > 0;
}

/* All tokens, one after the other in the order of the file; and what is to be done if they come again. */
void smc_minified_token(struct smc_minified *minified, const uint32_t row[SMC_ROW_LANES]);
void smc_minified_reset(struct smc_minified *minified);

/* The function at a generated position, as a number; SMCF_NONE: nothing is known. Positions ascend. */
static inline uint32_t smc_minified_find(struct smc_minified *minified, uint32_t line,
                                         uint32_t column)
{
    return smc_outline_find(&minified->outline, line, column, &minified->cursor);
}

/* After the last token: the id in the table of the function that has this number. SMCF_NONE without memory. */
uint32_t smc_minified_function(struct smc_minified *minified, uint32_t number,
                               struct smc_function_table *table);
void smc_minified_free(struct smc_minified *minified);

#endif
