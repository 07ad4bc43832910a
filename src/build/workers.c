#include "src/build/workers.h"

#include "format/smcache_format.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

int smc_workers_init(struct smc_workers *workers, size_t piece_nbytes, unsigned n_threads,
                     unsigned n_helpers, struct smc_buf *output, struct smc_buf *directory)
{
    n_threads = n_threads < SMC_WORKERS_MAX ? n_threads : SMC_WORKERS_MAX;
    *workers = (struct smc_workers){
        .is_open = 1,
        .piece_nbytes = piece_nbytes,
        .packed_max = libdeflate_deflate_compress_bound(NULL, piece_nbytes),
        .output = output,
        .directory = directory,
        .n_workers_max = n_helpers < SMC_WORKERS_MAX ? n_helpers : SMC_WORKERS_MAX,
        .n_ring = n_threads <= 1 ? 1 : 2 * n_threads,
    };
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->changed, NULL);
    workers->ring = calloc(workers->n_ring, sizeof *workers->ring);
    workers->workers = calloc((size_t)workers->n_workers_max + 1, sizeof *workers->workers);
    return workers->ring != NULL && workers->workers != NULL ? 0 : -1;
}

static struct smc_piece *piece_at(struct smc_workers *workers, uint64_t index)
{
    return &workers->ring[index % workers->n_ring];
}

/* ---- compressing ---- */

static void compressor_free(struct smc_compressor *compressor)
{
    libdeflate_free_compressor(compressor->state);
    compressor->state = NULL;
}

/* 0, or -1 if there was no memory. */
static int compress(struct smc_compressor *compressor, struct smc_piece *piece, size_t packed_max)
{
    if (piece->packed == NULL && (piece->packed = malloc(packed_max)) == NULL) {
        return -1;
    }
    if (compressor->state == NULL || compressor->level != piece->level) {
        compressor_free(compressor);
        compressor->state = libdeflate_alloc_compressor(piece->level);
        compressor->level = piece->level;
        if (compressor->state == NULL) {
            return -1;
        }
    }
    piece->packed_nbytes = libdeflate_deflate_compress(compressor->state, piece->bytes,
                                                       piece->nbytes, piece->packed, packed_max);
    return piece->packed_nbytes > 0 ? 0 : -1;
}

/* Ends it for all threads. The mutex is held. */
static void end_all(struct smc_workers *workers)
{
    workers->is_over = 1;
    pthread_cond_broadcast(&workers->changed);
}

/* Compresses the first piece that waits, if there is one. The mutex is held, but while it does. */
static int compress_next(struct smc_workers *workers, struct smc_compressor *compressor)
{
    if (workers->n_taken == workers->n_filled) {
        return 0;
    }
    struct smc_piece *piece = piece_at(workers, workers->n_taken++);
    pthread_mutex_unlock(&workers->mutex);
    int failed = compress(compressor, piece, workers->packed_max);
    pthread_mutex_lock(&workers->mutex);
    piece->is_done = 1;
    if (failed) {
        end_all(workers);
    }
    pthread_cond_broadcast(&workers->changed);
    return 1;
}

/* ---- threads that help ---- */

static void help(struct smc_workers *workers, struct smc_compressor *compressor)
{
    pthread_mutex_lock(&workers->mutex);
    while (!workers->is_over) {
        if (!compress_next(workers, compressor)) {
            pthread_cond_wait(&workers->changed, &workers->mutex);
        }
    }
    pthread_mutex_unlock(&workers->mutex);
    compressor_free(compressor);
}

static void *run_worker(void *context)
{
    struct smc_worker *worker = context;
    help(worker->of, &worker->compressor);
    return NULL;
}

void smc_workers_help(struct smc_workers *workers)
{
    struct smc_compressor compressor = {NULL, 0};
    if (workers->is_open) {
        help(workers, &compressor);
    }
}

/* One more, up to the number that is wanted; where the system has none to give, fewer do. */
static void start_worker(struct smc_workers *workers)
{
    struct smc_worker *worker = &workers->workers[workers->n_workers];

    if (workers->n_workers == workers->n_workers_max) {
        return;
    }
    worker->of = workers;
    if (pthread_create(&worker->thread, NULL, run_worker, worker) == 0) {
        workers->n_workers++;
    } else {
        workers->n_workers_max = workers->n_workers;
    }
}

void smc_workers_stop(struct smc_workers *workers)
{
    if (workers->is_open) {
        pthread_mutex_lock(&workers->mutex);
        end_all(workers);
        pthread_mutex_unlock(&workers->mutex);
    }
}

/* ---- the filler ---- */

/* Moves the first piece to the output. */
static void flush_first(struct smc_workers *workers)
{
    struct smc_piece *piece = piece_at(workers, workers->n_flushed++);
    struct smcf_le64 start = smcf_put64(workers->output->nbytes);

    smc_buf_append(workers->directory, &start, sizeof start);
    smc_buf_append(workers->output, piece->packed, piece->packed_nbytes);
    if (workers->directory->failed || workers->output->failed) {
        end_all(workers);
    }
}

/* Flushes until no more than n pieces are left; 0, or -1 if it is over. */
static int flush(struct smc_workers *workers, unsigned n)
{
    pthread_mutex_lock(&workers->mutex);
    while (!workers->is_over && workers->n_filled - workers->n_flushed > n) {
        if (piece_at(workers, workers->n_flushed)->is_done) {
            flush_first(workers);
        } else if (!compress_next(workers, &workers->compressor)) {
            pthread_cond_wait(&workers->changed, &workers->mutex);
        }
    }
    int is_over = workers->is_over;
    pthread_mutex_unlock(&workers->mutex);
    return is_over ? -1 : 0;
}

uint8_t *smc_workers_room(struct smc_workers *workers, size_t *room)
{
    if (workers->current == NULL) {
        struct smc_piece *piece = piece_at(workers, workers->n_filled);
        if (flush(workers, workers->n_ring - 1) != 0) {
            return NULL;
        }
        if (piece->bytes == NULL) {
            piece->bytes = malloc(workers->piece_nbytes + SMC_PIECE_SLACK);
        }
        if (piece->bytes == NULL) {
            smc_workers_stop(workers);
            return NULL;
        }
        memcpy(piece->bytes, workers->carry, workers->n_carry);
        piece->nbytes = workers->n_carry;
        piece->is_done = 0;
        workers->n_carry = 0;
        workers->current = piece;
    }
    *room = workers->piece_nbytes + SMC_PIECE_SLACK - workers->current->nbytes;
    return workers->current->bytes + workers->current->nbytes;
}

/* The current piece may be compressed. */
static void submit(struct smc_workers *workers, int level)
{
    workers->current->level = level;
    workers->current = NULL;
    pthread_mutex_lock(&workers->mutex);
    workers->n_filled++;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->mutex);
}

void smc_workers_fill(struct smc_workers *workers, size_t nbytes, int level)
{
    struct smc_piece *piece = workers->current;

    piece->nbytes += nbytes;
    if (piece->nbytes >= workers->piece_nbytes) {
        workers->n_carry = piece->nbytes - workers->piece_nbytes;
        memcpy(workers->carry, piece->bytes + workers->piece_nbytes, workers->n_carry);
        piece->nbytes = workers->piece_nbytes;
        submit(workers, level);
        start_worker(workers);
    }
}

int smc_workers_finish(struct smc_workers *workers, int level)
{
    size_t room;

    if (workers->n_carry > 0 && smc_workers_room(workers, &room) == NULL) {
        return -1;
    }
    if (workers->current != NULL && workers->current->nbytes > 0) {
        submit(workers, level);
    }
    if (flush(workers, 0) != 0) {
        return -1;
    }
    struct smcf_le64 end = smcf_put64(workers->output->nbytes);
    smc_buf_append(workers->directory, &end, sizeof end);
    smc_workers_stop(workers);
    return workers->directory->failed ? -1 : 0;
}

void smc_workers_free(struct smc_workers *workers)
{
    if (!workers->is_open) {
        return;
    }
    smc_workers_stop(workers);
    for (unsigned i = 0; i < workers->n_workers; i++) {
        pthread_join(workers->workers[i].thread, NULL);
    }
    for (unsigned i = 0; workers->ring != NULL && i < workers->n_ring; i++) {
        free(workers->ring[i].bytes);
        free(workers->ring[i].packed);
    }
    compressor_free(&workers->compressor);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->mutex);
    free(workers->ring);
    free(workers->workers);
    *workers = (struct smc_workers){0};
}
