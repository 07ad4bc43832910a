/*
 * Whoever holds the lock of a key builds it; the others look every few milliseconds whether it is there, or
 * the lock is free because its builder is no more.
 */
#include "src/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLEEP_MS_MAX 16

struct job {
    struct smc_store *store;
    const struct smc_asked *asked;
    size_t n_asked;
    const struct smc_store_maker *maker;
    struct smc_store_outcome *outcome;
    struct smc_store_error *error;
    const struct smc_store_error *no_store; /* why there is none to put into; else NULL */
};

/* ---- looking ---- */

static int accept(void *context, int fd)
{
    (void)context, (void)fd;
    return 0;
}

/* The key by content, which is sure: the others may have led to something else before. NULL: there is none. */
static const struct smc_asked *content_of(const struct job *job)
{
    for (size_t i = 0; i < job->n_asked; i++) {
        if (job->asked[i].kind == SMC_STORE_KEY_CONTENT) {
            return &job->asked[i];
        }
    }
    return NULL;
}

/* Whether a key leads to a file that it may keep: to the one that was found, or, if no content says what is right, to
 * any. */
static int is_linked(const struct job *job, size_t i, const struct smc_record *found)
{
    struct smc_record other;

    return smc_find(job->store, &job->asked[i], accept, NULL, NULL, &other, NULL) == SMC_STORE_OK &&
           (content_of(job) == NULL ||
            memcmp(other.file_id, found->file_id, sizeof other.file_id) == 0);
}

/* The keys that are not linked lead to the file of that key from now on. */
static void link_others(struct job *job, size_t key, const struct smc_record *found)
{
    for (size_t i = 0; i < job->n_asked; i++) {
        if (i != key && !is_linked(job, i, found) &&
            smc_file_may_answer(job->store, found, &job->asked[i])) {
            (void)smc_keys_put(job->store, &job->asked[i], 1, found, NULL);
        }
    }
}

/* The first key that has a file, or else the first that is known to have none. With a key by content that one alone
 * is asked: that the file of another key says to be of that content proves nothing, as its digest has no secret. */
static smc_store_status look(struct job *job)
{
    const struct smc_asked *content = content_of(job);
    struct smc_store_outcome *outcome = job->outcome;
    smc_store_status answer = SMC_STORE_MISS;
    struct smc_record found;

    for (size_t i = 0; i < job->n_asked; i++) {
        if (content != NULL && content != &job->asked[i]) {
            continue;
        }
        smc_store_status status =
            smc_find(job->store, &job->asked[i], job->maker->open, job->maker->context,
                     answer == SMC_STORE_MISS ? outcome->text : NULL, &found, job->error);
        if (status == SMC_STORE_E_CALLER) {
            return status;
        }
        if (status == SMC_STORE_OK) {
            outcome->is_hit = 1;
            outcome->key = i;
            outcome->text[0] = '\0';
            link_others(job, i, &found);
            return status;
        }
        if (status == SMC_STORE_NEGATIVE && answer == SMC_STORE_MISS) {
            outcome->key = i;
            answer = status;
        } /* a key that cannot be read is as good as none: then it is built */
    }
    return answer;
}

/* ---- building ---- */

static smc_store_status open_bytes(const struct job *job, void *bytes, size_t nbytes,
                                   const struct smc_store_error *why)
{
    return job->maker->open_bytes(job->maker->context, bytes, nbytes, why) == 0
               ? SMC_STORE_OK
               : smc_store_fail(job->error, SMC_STORE_E_CALLER, NULL, NULL);
}

/* Puts what has been built, and opens it there, or from memory. */
static smc_store_status keep(struct job *job, void *bytes, size_t nbytes)
{
    struct smc_store_error why;
    int fd;

    if (job->no_store != NULL) {
        return open_bytes(job, bytes, nbytes, job->no_store);
    }
    if (smc_file_put(job->store, job->asked, job->n_asked, bytes, nbytes, &fd, &why) !=
        SMC_STORE_OK) {
        return open_bytes(job, bytes, nbytes, &why);
    }
    int answer = job->maker->open(job->maker->context, fd);
    close(fd);
    if (answer == 0) {
        free(bytes);
        return SMC_STORE_OK;
    }
    smc_store_fail(&why, SMC_STORE_E_CALLER, NULL, NULL);
    return open_bytes(job, bytes, nbytes, &why);
}

static smc_store_status build(struct job *job)
{
    char *text = job->outcome->text;
    void *bytes = NULL;
    size_t nbytes = 0;

    job->outcome->is_built = 1;
    text[0] = '\0';
    enum smc_store_built built = job->maker->build(job->maker->context, &bytes, &nbytes, text);
    if (built == SMC_STORE_FAILED) {
        return smc_store_fail(job->error, SMC_STORE_E_CALLER, NULL, NULL);
    }
    smc_counter_add(job->store, job->asked[0].id[0], SMC_COUNT_BUILDS, 1);
    if (built == SMC_STORE_BUILT) {
        return keep(job, bytes, nbytes);
    }
    text[SMC_STORE_TEXT_NBYTES - 1] = '\0';
    (void)smc_negative_put(job->store, job->asked, job->n_asked, text, NULL);
    return SMC_STORE_NEGATIVE;
}

static uint64_t clock_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* Waits for the lock, or for what its holder makes. */
static smc_store_status wait_or_build(struct job *job)
{
    const uint64_t wait_ms = job->store->options.wait_ms, start = clock_ms();
    int lock = smc_lock_open(job->store);
    smc_store_status status = SMC_STORE_MISS;
    unsigned sleep_ms = 1;

    while (status == SMC_STORE_MISS && lock >= 0 && smc_lock_try_key(lock, job->asked[0].id) == 0 &&
           clock_ms() - start < wait_ms) {
        job->outcome->has_waited = 1;
        smc_sleep_ms(sleep_ms);
        sleep_ms = sleep_ms < SLEEP_MS_MAX ? sleep_ms * 2 : SLEEP_MS_MAX;
        status = look(job);
    }
    if (status == SMC_STORE_MISS) {
        status = look(job); /* somebody may have finished before the lock was ours */
    }
    if (status == SMC_STORE_MISS) {
        status = build(job);
    }
    smc_lock_close(lock);
    return status;
}

smc_store_status smc_store_get_or_build(smc_store *store, const struct smc_store_key *keys,
                                        size_t n_keys, const struct smc_store_maker *maker,
                                        struct smc_store_outcome *outcome,
                                        struct smc_store_error *error)
{
    struct smc_asked asked[SMC_STORE_KEYS_MAX];
    struct smc_store_outcome local = {0};

    outcome = outcome != NULL ? outcome : &local;
    *outcome = (struct smc_store_outcome){0};
    /* If there is no store any more, the file is built all the same. */
    struct smc_store_error no_store;
    const int has_store = smc_store_refresh(store, &no_store) == SMC_STORE_OK;
    smc_store_status status = smc_asked_make_all(store, keys, n_keys, asked, error);
    if (status != SMC_STORE_OK) {
        return status;
    }
    struct job job = {.store = store,
                      .asked = asked,
                      .n_asked = n_keys,
                      .maker = maker,
                      .outcome = outcome,
                      .error = error,
                      .no_store = has_store ? NULL : &no_store};
    status = look(&job);
    if (status <= SMC_STORE_NEGATIVE) {
        smc_tally_add(store, asked[0].id[0],
                      status == SMC_STORE_OK     ? SMC_TALLY_HIT
                      : status == SMC_STORE_MISS ? SMC_TALLY_MISS
                                                 : SMC_TALLY_NEGATIVE);
    }
    if (status == SMC_STORE_MISS) {
        status = wait_or_build(&job);
    }
    smc_asked_free_all(asked, n_keys);
    return status;
}
