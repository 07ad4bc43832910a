/*
 * Lines around frames that have been asked for lately: services see the same frames again and again. Each question has
 * one slot; who comes later takes it over.
 */
#include "src/symbolicate/parts.h"

#include "src/base/hash.h"

#include <stdlib.h>
#include <string.h>

/* A power of two. Four mebibytes at the most. */
#define N_SLOTS 1024
#define ANSWER_NBYTES_MAX 4096

static size_t slot_of(const smc_cache *cache, const struct smc_context_query *query)
{
    const uint64_t line = smc_hash_number((uint64_t)query->source << 32 | query->line);
    return (size_t)smc_hash_number(line ^ (uint64_t)query->column << 32 ^ (uintptr_t)cache) &
           (N_SLOTS - 1);
}

static int is_same(const struct smc_context_query *a, const struct smc_context_query *b)
{
    return a->source == b->source && a->line == b->line && a->column == b->column &&
           a->n_before == b->n_before && a->n_after == b->n_after && a->max_units == b->max_units;
}

int smc_contexts_find(const smc_symbolicator *s, const smc_cache *cache,
                      const struct smc_context_query *query, struct smc_context_line *lines,
                      struct smc_context *context)
{
    const struct smc_known_context *known =
        s->contexts == NULL ? NULL : &s->contexts[slot_of(cache, query)];

    if (known == NULL || known->cache != cache || !is_same(&known->query, query)) {
        return 0;
    }
    *context = known->context;
    memcpy(lines, known->answer.data, context->n_lines * sizeof *lines);
    return 1;
}

smc_status smc_contexts_add(smc_symbolicator *s, const smc_cache *cache,
                            const struct smc_context_query *query,
                            const struct smc_context_line *lines, const struct smc_context *context)
{
    size_t nbytes = context->n_lines * sizeof *lines;

    for (uint32_t i = 0; i < context->n_lines && nbytes <= ANSWER_NBYTES_MAX; i++) {
        nbytes += lines[i].text.nbytes;
    }
    if (nbytes > ANSWER_NBYTES_MAX) {
        return SMC_OK;
    }
    if (s->contexts == NULL && (s->contexts = calloc(N_SLOTS, sizeof *s->contexts)) == NULL) {
        return SMC_E_MEMORY;
    }
    struct smc_known_context *known = &s->contexts[slot_of(cache, query)];
    struct smc_buf *answer = &known->answer;
    known->cache = NULL;
    answer->nbytes = 0;
    if (smc_buf_reserve(answer, nbytes) == NULL) {
        smc_buf_free(answer); /* it can be tried again */
        return SMC_E_MEMORY;
    }
    smc_buf_append(answer, lines, context->n_lines * sizeof *lines);
    struct smc_context_line *copies = (void *)answer->data;
    for (uint32_t i = 0; i < context->n_lines; i++) {
        copies[i].text.ptr = (const char *)answer->data + answer->nbytes;
        smc_buf_append(answer, lines[i].text.ptr, lines[i].text.nbytes);
    }
    known->cache = cache;
    known->query = *query;
    known->context = *context;
    return SMC_OK;
}

void smc_contexts_forget(smc_symbolicator *s, const smc_cache *cache)
{
    for (size_t i = 0; s->contexts != NULL && i < N_SLOTS; i++) {
        if (s->contexts[i].cache == cache) {
            s->contexts[i].cache = NULL;
        }
    }
}

void smc_contexts_close(smc_symbolicator *s)
{
    for (size_t i = 0; s->contexts != NULL && i < N_SLOTS; i++) {
        smc_buf_free(&s->contexts[i].answer);
    }
    free(s->contexts);
    s->contexts = NULL;
}
