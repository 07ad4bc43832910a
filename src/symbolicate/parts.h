/*
 * Inside of a symbolicator: the files that it has asked for, the contents that it has inflated, and the frames of the
 * stack at hand.
 */
#ifndef SMC_SYMBOLICATE_PARTS_H
#define SMC_SYMBOLICATE_PARTS_H

#include "src/base/buf.h"
#include "src/symbolicate/smcache_symbolicate.h"

/* An answer, and what was asked. */
struct smc_known_file {
    struct smc_file_answer answer;
    struct smc_known_file *next; /* of the same slot */
    struct smc_known_file *newer, *older;
    uint64_t hash;
    int has_debug_id;
    uint8_t debug_id[16];
    size_t url_nbytes;
    char url[];
};

/* Contents that have been inflated: those of the sources that begin in one piece of the content stream. */
struct smc_known_text {
    const smc_cache *cache;
    uint64_t piece;
    smc_text *text; /* NULL: free */
    uint64_t used;
};

/* Lines around a frame. */
struct smc_known_context {
    const smc_cache *cache; /* NULL: free */
    struct smc_context_query query;
    struct smc_context context;
    struct smc_buf answer; /* the lines, and behind them their texts */
};

/* A generated frame while its stack is translated. */
struct smc_worked_frame {
    const struct smc_known_file *file; /* NULL: it was not asked for */
    uint32_t reason;
    struct smc_position at; /* what was looked up */
    struct smc_view token_name;
    size_t first, n; /* its frames in `found`, the innermost first */
};

struct smc_symbolicator {
    struct smc_symbolicator_options options;
    struct smc_known_file **slots;
    size_t n_slots; /* a power of two */
    struct smc_known_file *newest, *oldest;
    size_t n_files;
    struct smc_known_text *texts; /* options.max_texts; NULL until the first is needed */
    uint64_t n_texts_used;
    struct smc_known_context *contexts; /* NULL until the first is needed */
    /* Arrays that grow: of the worked frames, of what was found, and of what is returned; and the names in that. */
    struct smc_buf worked, found, originals, names;
};

/* files.c */
/* NULL without memory. What it returns stays until the next call of smc_files_trim. */
const struct smc_known_file *smc_files_find(smc_symbolicator *symbolicator,
                                            const struct smc_file_query *query);
/* Gives back what is too much. Between stacks only: what a stack needs is all kept. */
void smc_files_trim(smc_symbolicator *symbolicator, size_t max_files);

/* texts.c */
void smc_texts_forget(smc_symbolicator *symbolicator, const smc_cache *cache);
void smc_texts_close(smc_symbolicator *symbolicator);

/* contexts.c */
/* Whether the answer is known; then `lines` and *context are that. */
int smc_contexts_find(const smc_symbolicator *symbolicator, const smc_cache *cache,
                      const struct smc_context_query *query, struct smc_context_line *lines,
                      struct smc_context *context);
/* Remembers an answer, unless it is large. Errors: E_MEMORY. */
smc_status smc_contexts_add(smc_symbolicator *symbolicator, const smc_cache *cache,
                            const struct smc_context_query *query,
                            const struct smc_context_line *lines,
                            const struct smc_context *context);
void smc_contexts_forget(smc_symbolicator *symbolicator, const smc_cache *cache);
void smc_contexts_close(smc_symbolicator *symbolicator);

#endif
