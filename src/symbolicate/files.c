/*
 * Answers are kept by what was asked, so that a stack, or a log of the same stacks, asks once. The one that was used last
 * longest ago goes first: a log with ever new URLs takes no more memory than one with few.
 */
#include "src/symbolicate/parts.h"

#include "src/base/hash.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const struct smc_file_query *query)
{
    const uint64_t hash = smc_hash_text(query->url.ptr, query->url.nbytes);
    return query->debug_id != NULL ? hash ^ smc_hash_text(query->debug_id, 16) : hash;
}

static int is_same(const struct smc_known_file *file, const struct smc_file_query *query,
                   uint64_t hash)
{
    return file->hash == hash && file->url_nbytes == query->url.nbytes &&
           file->has_debug_id == (query->debug_id != NULL) &&
           (!file->has_debug_id || memcmp(file->debug_id, query->debug_id, 16) == 0) &&
           memcmp(file->url, query->url.ptr, query->url.nbytes) == 0;
}

/* ---- the order of use ---- */

static void unlink_use(smc_symbolicator *s, struct smc_known_file *file)
{
    if (file->newer != NULL) {
        file->newer->older = file->older;
    } else {
        s->newest = file->older;
    }
    if (file->older != NULL) {
        file->older->newer = file->newer;
    } else {
        s->oldest = file->newer;
    }
}

static void link_newest(smc_symbolicator *s, struct smc_known_file *file)
{
    file->newer = NULL;
    file->older = s->newest;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = file;
    s->newest = file;
}

/* ---- in and out ---- */

static void forget(smc_symbolicator *s, struct smc_known_file *file)
{
    struct smc_known_file **link = &s->slots[file->hash & (s->n_slots - 1)];

    while (*link != file) {
        link = &(*link)->next;
    }
    *link = file->next;
    unlink_use(s, file);
    s->n_files--;
    if (file->answer.cache != NULL) {
        smc_texts_forget(s, file->answer.cache);
        smc_contexts_forget(s, file->answer.cache);
    }
    if (s->options.release != NULL) {
        s->options.release(s->options.context, &file->answer);
    }
    free(file);
}

void smc_files_trim(smc_symbolicator *s, size_t max_files)
{
    struct smc_known_file *file = s->oldest, *newer;

    for (; file != NULL && s->n_files > max_files; file = newer) {
        newer = file->newer;
        forget(s, file);
    }
}

static int grow_slots(smc_symbolicator *s)
{
    const size_t n = s->n_slots == 0 ? 64 : 2 * s->n_slots;
    struct smc_known_file **slots = calloc(n, sizeof(struct smc_known_file *));

    if (slots == NULL) {
        return -1;
    }
    for (struct smc_known_file *file = s->newest; file != NULL; file = file->older) {
        file->next = slots[file->hash & (n - 1)];
        slots[file->hash & (n - 1)] = file;
    }
    free(s->slots);
    s->slots = slots;
    s->n_slots = n;
    return 0;
}

static struct smc_known_file *ask(smc_symbolicator *s, const struct smc_file_query *query,
                                  uint64_t hash)
{
    struct smc_known_file *file = calloc(1, sizeof *file + query->url.nbytes);

    if (file == NULL || (s->n_files >= s->n_slots && grow_slots(s) != 0)) {
        free(file);
        return NULL;
    }
    file->hash = hash;
    file->url_nbytes = query->url.nbytes;
    memcpy(file->url, query->url.ptr, query->url.nbytes);
    if (query->debug_id != NULL) {
        file->has_debug_id = 1;
        memcpy(file->debug_id, query->debug_id, sizeof file->debug_id);
    }
    s->options.find(s->options.context, query, &file->answer);
    if (file->answer.cache == NULL && file->answer.reason == SMC_REASON_NONE) {
        file->answer.reason = SMC_REASON_MISSING_SOURCE;
    }
    file->next = s->slots[hash & (s->n_slots - 1)];
    s->slots[hash & (s->n_slots - 1)] = file;
    link_newest(s, file);
    s->n_files++;
    return file;
}

const struct smc_known_file *smc_files_find(smc_symbolicator *s, const struct smc_file_query *query)
{
    const uint64_t hash = hash_of(query);
    struct smc_known_file *file = s->n_slots == 0 ? NULL : s->slots[hash & (s->n_slots - 1)];

    while (file != NULL && !is_same(file, query, hash)) {
        file = file->next;
    }
    if (file == NULL) {
        file = ask(s, query, hash);
    } else if (file != s->newest) {
        unlink_use(s, file);
        link_newest(s, file);
    }
    return file;
}
