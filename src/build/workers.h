/*
 * Pieces of a stream, each compressed on its own (spec 7.2), by one thread or several.
 *
 * One thread, the filler, puts bytes into pieces and takes the compressed ones back in the same order, so the result
 * does not depend on the number of threads. The others compress: helpers, which the filler starts, and any thread that
 * calls smc_workers_help. There is room for two pieces a thread, or for one if a single thread does it all. When it is
 * full, and at the end, the filler compresses too, so memory is bounded and nothing waits for a helper that could not
 * be started.
 */
#ifndef SMC_BUILD_WORKERS_H
#define SMC_BUILD_WORKERS_H

#include "src/base/buf.h"

#include <pthread.h>

/* More than the filler could feed at any level but the highest. */
#define SMC_WORKERS_MAX 32

/* Room behind a piece: whoever fills it with whole characters may write so far beyond its end. */
#define SMC_PIECE_SLACK 3

struct smc_piece {
    uint8_t *bytes;
    size_t nbytes;
    int level; /* 1 ... 12, of libdeflate */
    uint8_t *packed;
    size_t packed_nbytes;
    int is_done; /* packed */
};

struct smc_compressor {
    struct libdeflate_compressor *state;
    int level;
};

struct smc_worker {
    struct smc_workers *of;
    struct smc_compressor compressor;
    pthread_t thread;
};

struct smc_workers {
    int is_open;
    size_t piece_nbytes, packed_max;

    /* The filler's own. */
    struct smc_buf *output;
    struct smc_buf *directory; /* le64 a piece: where it starts in the output */
    struct smc_piece *current; /* being filled, or NULL */
    uint8_t carry[SMC_PIECE_SLACK];
    size_t n_carry; /* bytes that were written beyond the last piece */
    struct smc_compressor compressor;
    struct smc_worker *workers;
    unsigned n_workers, n_workers_max;

    /* Under the mutex. Pieces n_flushed ... n_taken are compressed or about to be, those up to n_filled wait; piece
     * i is ring[i % n_ring]. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct smc_piece *ring;
    unsigned n_ring;
    uint64_t n_flushed, n_taken, n_filled;
    int is_over; /* finished, stopped or out of memory: nothing will be filled any more */
};

/* A deflate stream a piece goes to `output`. `n_threads` of all work on it: n_helpers of them are started by
 * the filler as they are needed. 0, or -1 if there was no memory. */
int smc_workers_init(struct smc_workers *workers, size_t piece_nbytes, unsigned n_threads,
                     unsigned n_helpers, struct smc_buf *output, struct smc_buf *directory);

/* Of the filler. Where the next bytes go, and how many may (more than SMC_PIECE_SLACK); NULL if there is no memory or
 * it has been stopped. */
uint8_t *smc_workers_room(struct smc_workers *workers, size_t *room);
/* So many bytes are there. `level` is what a piece that is full now is compressed with. */
void smc_workers_fill(struct smc_workers *workers, size_t nbytes, int level);
/* After the last byte; 0, or -1 as above. */
int smc_workers_finish(struct smc_workers *workers, int level);

/* Of any other thread. Compresses until the filler has finished. */
void smc_workers_help(struct smc_workers *workers);
/* The result is not wanted any more. */
void smc_workers_stop(struct smc_workers *workers);

/* Waits for the helpers to end. The filler has finished, or will not go on; all zero is fine. */
void smc_workers_free(struct smc_workers *workers);

#endif
