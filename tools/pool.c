/*
 * Jobs on several threads. Each takes the next one; the calling thread reports them in their order.
 */
#include "tools/build.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define TICK_NANOSECONDS 100000000L

struct pool {
    struct plan *plan;
    const struct settings *settings;
    pthread_mutex_t mutex;
    pthread_cond_t job_done;
    size_t next;     /* the first job that nobody has taken */
    unsigned n_idle; /* threads that no job has */
    char *is_done;
    struct progress progress;
};

/*
 * How many threads a job gets that is being taken. The idle ones are shared evenly among it and those that wait: as long as
 * there are enough of these each gets one, and a single map gets all. A job that has been started gets
 * no more, so the last one of a folder has what was idle when it was its turn.
 */
static unsigned share_of_job(const struct pool *pool)
{
    size_t share = pool->n_idle / (pool->plan->n - pool->next);
    return share > 1 ? (unsigned)share : 1;
}

static void *work(void *context)
{
    struct pool *pool = context;

    pthread_mutex_lock(&pool->mutex);
    while (pool->next < pool->plan->n) {
        unsigned n_threads = share_of_job(pool);
        size_t i = pool->next++;
        pool->n_idle -= n_threads;
        pthread_mutex_unlock(&pool->mutex);
        job_run(&pool->plan->jobs[i], pool->settings, n_threads);
        pthread_mutex_lock(&pool->mutex);
        pool->n_idle += n_threads;
        pool->is_done[i] = 1;
        pool->progress.n_done++;
        pool->progress.input_nbytes += pool->plan->jobs[i].input_nbytes;
        pthread_cond_signal(&pool->job_done);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Waits for a job to be done, but for no longer than a tick. */
static void wait_for_job(struct pool *pool)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_NANOSECONDS;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&pool->job_done, &pool->mutex, &until);
}

/* Reports each job once all before it have been reported. */
static void report_all(struct pool *pool, void (*done)(void *context, const struct job *job),
                       void (*tick)(void *context, const struct progress *progress), void *context)
{
    size_t n_reported = 0;

    pthread_mutex_lock(&pool->mutex);
    while (n_reported < pool->plan->n) {
        if (!pool->is_done[n_reported]) {
            wait_for_job(pool);
        }
        struct progress progress = pool->progress;
        while (n_reported < pool->plan->n && pool->is_done[n_reported]) {
            pthread_mutex_unlock(&pool->mutex);
            done(context, &pool->plan->jobs[n_reported++]);
            pthread_mutex_lock(&pool->mutex);
        }
        pthread_mutex_unlock(&pool->mutex);
        tick(context, &progress);
        pthread_mutex_lock(&pool->mutex);
    }
    pthread_mutex_unlock(&pool->mutex);
}

int pool_run(struct plan *plan, const struct settings *settings,
             void (*done)(void *context, const struct job *job),
             void (*tick)(void *context, const struct progress *progress), void *context)
{
    struct pool pool = {.plan = plan, .settings = settings, .n_idle = settings->n_threads};
    size_t n_threads = settings->n_threads < plan->n ? settings->n_threads : plan->n, n = 0;
    pthread_t *threads = malloc((n_threads + 1) * sizeof *threads);

    pool.is_done = calloc(plan->n + 1, 1);
    if (threads == NULL || pool.is_done == NULL) {
        free(threads);
        free(pool.is_done);
        errno = ENOMEM;
        return system_error("build", "cannot start");
    }
    pthread_mutex_init(&pool.mutex, NULL);
    pthread_cond_init(&pool.job_done, NULL);
    while (n < n_threads && pthread_create(&threads[n], NULL, work, &pool) == 0) {
        n++;
    }
    if (n == 0) { /* without threads, one after the other */
        work(&pool);
    }
    report_all(&pool, done, tick, context);
    for (size_t i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_cond_destroy(&pool.job_done);
    pthread_mutex_destroy(&pool.mutex);
    free(threads);
    free(pool.is_done);
    return EXIT_DONE;
}
