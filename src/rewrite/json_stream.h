/*
 * JSON text (RFC 8259) that comes in pieces: scanned once, checked in full, and told where keys and values are.
 *
 * Pieces may end anywhere. Memory is a byte for each level of nesting. Several documents may follow each other, each
 * on lines of its own (newline-delimited JSON, Sentry's envelopes), and what is none between them. Ill-formed UTF-8
 * passes.
 */
#ifndef SMC_REWRITE_JSON_STREAM_H
#define SMC_REWRITE_JSON_STREAM_H

#include "src/base/buf.h"
#include "src/json/skip.h"

/* A heap profile is nested twice for each call of a stack, and stacks of 100,000 calls are heard of. */
#define SMC_JSON_STREAM_DEPTH_MAX ((size_t)1 << 20)

/* No key that anyone asks for is longer, with all of it escaped. */
#define SMC_JSON_STREAM_KEY_NBYTES_MAX ((size_t)128)

#define SMC_JSON_RAW_LINE UINT64_MAX

enum smc_json_event {
    SMC_JSON_MORE, /* the piece is at its end */
    SMC_JSON_ERROR,
    SMC_JSON_KEY,   /* `key` has been read; what comes next is the colon */
    SMC_JSON_BEGIN, /* a value begins here, or what should be one */
    SMC_JSON_END    /* a value has ended here */
};

struct smc_json_stream {
    smc_json_skip skip;
    struct smc_buf levels; /* '{' or '[' of each container that is open */
    const char *word;      /* in a word: which */
    const char *reason;    /* of an error, static; NULL: no memory */
    /* The inside of a key, as it is written, valid until the next call. NULL: it is too long to be of interest. */
    const uint8_t *key;
    size_t key_nbytes;
    size_t room_nbytes; /* of a key in several pieces: what is in `room` */
    size_t
        quiet_depth; /* no events until a value at this depth has ended; SIZE_MAX: they are wanted */
    uint64_t n_documents;
    /* So many bytes behind the next line end are no JSON, or all up to the line end behind it. To be set where a document
     * ends. */
    uint64_t raw_nbytes;
    uint8_t state;     /* what comes next */
    uint8_t token;     /* where in a string, a number or a word */
    uint8_t tells_end; /* of quietness: the end that ends it is told */
    uint8_t has_begun; /* of the value that comes next this has been told */
    uint8_t is_open;   /* what may come next is the first in its container, or its end */
    uint8_t room[SMC_JSON_STREAM_KEY_NBYTES_MAX];
};

void smc_json_stream_open(struct smc_json_stream *stream);
void smc_json_stream_close(struct smc_json_stream *stream);

/*
 * Goes on from *p up to what is next to tell, or to the end of the piece. Of an error *p is the byte that cannot be;
 * there is no way on from it.
 */
enum smc_json_event smc_json_stream_next(struct smc_json_stream *stream, const uint8_t **p,
                                         const uint8_t *end);

/* The end of all pieces; 0, or -1 if the text must not end here. */
int smc_json_stream_finish(struct smc_json_stream *stream);

/* Whether a document is over, and its line too: what comes next is another one. */
int smc_json_stream_is_between(const struct smc_json_stream *stream);

/* How many containers are open: a value's BEGIN and END are told at the depth of its container. A document is a value
 * at depth 0. */
static inline size_t smc_json_stream_depth(const struct smc_json_stream *stream)
{
    return stream->levels.nbytes;
}

/* After KEY or BEGIN: nothing more is told of the value that comes next, or has begun, but its end, if wanted. */
static inline void smc_json_stream_skip(struct smc_json_stream *stream, int tells_end)
{
    stream->quiet_depth = stream->levels.nbytes;
    stream->tells_end = tells_end != 0;
}

#endif
