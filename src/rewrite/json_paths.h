/*
 * Where in a document the frames are: paths, of all formats that count, as one tree of places.
 */
#ifndef SMC_REWRITE_JSON_PATHS_H
#define SMC_REWRITE_JSON_PATHS_H

#include "src/rewrite/json_stream.h"

/* "exception.values[].stacktrace.frames": members, and all elements of arrays; "*" is any member. */
struct smc_json_rule {
    const char *path; /* NULL: the end of a list */
    /* What is there is as what is at this path, which an earlier rule of the list has led to; NULL: it is not. */
    const char *same_as;
    uint8_t format; /* of enum smc_rewrite_format */
    uint8_t action; /* what is to be done there; 0: nothing */
};

/* Place 0 is none: nothing in it counts. */
#define SMC_JSON_NOWHERE 0
#define SMC_JSON_ROOT 1

#define SMC_JSON_PLACES_MAX 128

struct smc_json_place {
    uint8_t element;        /* where elements are */
    uint8_t any;            /* members that are in no list */
    uint8_t first_member;   /* the others: a list */
    uint8_t next;           /* in the list of the place above */
    uint8_t to;             /* where this member leads, if not here */
    uint8_t format, action; /* of its rule */
    uint8_t key_nbytes;     /* of a member */
    const char *key;        /* in its rule */
};

struct smc_json_paths {
    unsigned n; /* places */
    struct smc_json_place places[SMC_JSON_PLACES_MAX];
};

/* `format`: the only one whose rules count; UNKNOWN or JSON: all do. Returns 0, or -1 if there are more places than
 * there is room for. */
int smc_json_paths_make(struct smc_json_paths *paths, const struct smc_json_rule *const *lists,
                        size_t n_lists, uint32_t format);

/* The place of a member, by its key as it is written (NULL: a long one), or of an element. */
uint8_t smc_json_paths_member(const struct smc_json_paths *paths, uint8_t place, const uint8_t *key,
                              size_t nbytes);
static inline uint8_t smc_json_paths_element(const struct smc_json_paths *paths, uint8_t place)
{
    return paths->places[place].element;
}

/* ---- a scanner that knows where it is ---- */

struct smc_json_tracker {
    struct smc_json_stream stream;
    struct smc_json_paths paths;
    struct smc_buf
        places; /* of each container that is open, and of the value that has begun: a byte */
    uint8_t next_place; /* of the value behind the key */
};

/* As smc_json_paths_make. It is to be closed in both cases. */
int smc_json_tracker_open(struct smc_json_tracker *tracker,
                          const struct smc_json_rule *const *lists, size_t n_lists,
                          uint32_t format);
/* For another input, of which nothing has come. */
void smc_json_tracker_restart(struct smc_json_tracker *tracker);
void smc_json_tracker_close(struct smc_json_tracker *tracker);

/* As smc_json_stream_next, but that nothing is told of what is nowhere; *place is that of the member whose key it is,
 * or of the value that begins or has ended. */
enum smc_json_event smc_json_tracker_next(struct smc_json_tracker *tracker, const uint8_t **p,
                                          const uint8_t *end, uint8_t *place);

#endif
