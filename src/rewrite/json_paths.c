/*
 * Made anew for each rewriter, from the rules of its formats alone: so what is no such format costs no look.
 */
#include "src/rewrite/json_paths.h"

#include "src/json/json.h"
#include "src/rewrite/smcache_rewrite.h"

#include <string.h>

/* One step of a path: a member's key, or NULL for elements. */
struct step {
    const char *key;
    size_t nbytes;
};

/* Takes the next step off a path; 0 at its end. */
static int next_step(const char **path, struct step *step)
{
    const char *p = *path;

    p += *p == '.';
    if (*p == 0) {
        return 0;
    }
    if (*p == '[') {
        *step = (struct step){NULL, 0};
        *path = p + 2;
        return 1;
    }
    *step = (struct step){p, strcspn(p, ".[")};
    *path = p + step->nbytes;
    return 1;
}

static int is_any(const struct step *step)
{
    return step->key != NULL && step->nbytes == 1 && *step->key == '*';
}

/* The link of a place that a step follows; of a member's list NULL, if it is not in it. */
static uint8_t *find_link(struct smc_json_paths *paths, uint8_t place, const struct step *step)
{
    struct smc_json_place *from = &paths->places[place];

    if (step->key == NULL || is_any(step)) {
        return step->key == NULL ? &from->element : &from->any;
    }
    for (uint8_t i = from->first_member; i != SMC_JSON_NOWHERE; i = paths->places[i].next) {
        struct smc_json_place *member = &paths->places[i];
        if (member->key_nbytes == step->nbytes &&
            memcmp(member->key, step->key, step->nbytes) == 0) {
            return &member->to;
        }
    }
    return NULL;
}

/* The place that a step leads to, which is made if there is none. Its links may lead to itself or elsewhere. */
static uint8_t follow(struct smc_json_paths *paths, uint8_t place, const struct step *step,
                      uint8_t target)
{
    uint8_t *link = find_link(paths, place, step);

    if (link != NULL && *link != SMC_JSON_NOWHERE) {
        return *link;
    }
    if (link != NULL && target != SMC_JSON_NOWHERE) {
        *link = target;
        return target;
    }
    if (paths->n == SMC_JSON_PLACES_MAX) {
        return SMC_JSON_NOWHERE;
    }
    const uint8_t made = (uint8_t)paths->n++;
    if (link != NULL) {
        *link = made;
        return made;
    }
    struct smc_json_place *member = &paths->places[made];
    member->key = step->key;
    member->key_nbytes = (uint8_t)step->nbytes;
    member->next = paths->places[place].first_member;
    member->to = target != SMC_JSON_NOWHERE ? target : made;
    paths->places[place].first_member = made;
    return member->to;
}

/* Where a path leads that has been made. */
static uint8_t find(struct smc_json_paths *paths, const char *path)
{
    uint8_t place = SMC_JSON_ROOT;
    struct step step;

    while (place != SMC_JSON_NOWHERE && next_step(&path, &step)) {
        const uint8_t *link = find_link(paths, place, &step);
        place = link == NULL ? SMC_JSON_NOWHERE : *link;
    }
    return place;
}

static int add(struct smc_json_paths *paths, const struct smc_json_rule *rule)
{
    const uint8_t target = rule->same_as == NULL ? SMC_JSON_NOWHERE : find(paths, rule->same_as);
    const char *path = rule->path;
    uint8_t place = SMC_JSON_ROOT;
    struct step step;

    while (next_step(&path, &step)) {
        place = follow(paths, place, &step, *path == 0 ? target : SMC_JSON_NOWHERE);
        if (place == SMC_JSON_NOWHERE) {
            return -1;
        }
    }
    if (rule->same_as == NULL) {
        paths->places[place].format = rule->format;
        paths->places[place].action = rule->action;
    }
    return 0;
}

/* A profile of Hermes has the form of a trace. Rules of no format are of any. */
static int is_wanted(const struct smc_json_rule *rule, uint32_t format)
{
    return format == SMC_FORMAT_UNKNOWN || format == SMC_FORMAT_JSON || format == rule->format ||
           rule->format == SMC_FORMAT_UNKNOWN ||
           (format == SMC_FORMAT_CHROME_TRACE && rule->format == SMC_FORMAT_HERMES_PROFILE);
}

int smc_json_paths_make(struct smc_json_paths *paths, const struct smc_json_rule *const *lists,
                        size_t n_lists, uint32_t format)
{
    memset(paths, 0, sizeof *paths);
    paths->n = SMC_JSON_ROOT + 1;
    for (size_t i = 0; i < n_lists; i++) {
        for (const struct smc_json_rule *rule = lists[i]; rule->path != NULL; rule++) {
            if (is_wanted(rule, format) && add(paths, rule) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static uint8_t match(const struct smc_json_paths *paths, uint8_t place, const uint8_t *key,
                     size_t nbytes)
{
    for (uint8_t i = paths->places[place].first_member; i != SMC_JSON_NOWHERE;
         i = paths->places[i].next) {
        const struct smc_json_place *member = &paths->places[i];
        if (member->key_nbytes == nbytes && memcmp(member->key, key, nbytes) == 0) {
            return member->to;
        }
    }
    return paths->places[place].any;
}

uint8_t smc_json_paths_member(const struct smc_json_paths *paths, uint8_t place, const uint8_t *key,
                              size_t nbytes)
{
    uint8_t plain[SMC_JSON_STREAM_KEY_NBYTES_MAX + SMC_JSON_PIECE_MIN];

    if (key == NULL || nbytes >= SMC_JSON_STREAM_KEY_NBYTES_MAX) {
        return paths->places[place].any;
    }
    if (memchr(key, '\\', nbytes) != NULL) {
        size_t n;
        (void)smc_json_unescape(key, key + nbytes, plain, sizeof plain, &n);
        key = plain;
        nbytes = n;
    }
    return match(paths, place, key, nbytes);
}

/* ---- a scanner that knows where it is ---- */

int smc_json_tracker_open(struct smc_json_tracker *tracker,
                          const struct smc_json_rule *const *lists, size_t n_lists, uint32_t format)
{
    smc_json_stream_open(&tracker->stream);
    tracker->places = (struct smc_buf){0};
    tracker->next_place = SMC_JSON_NOWHERE;
    return smc_json_paths_make(&tracker->paths, lists, n_lists, format);
}

void smc_json_tracker_restart(struct smc_json_tracker *tracker)
{
    struct smc_buf levels = tracker->stream.levels;

    levels.nbytes = 0;
    smc_json_stream_open(&tracker->stream);
    tracker->stream.levels = levels;
}

void smc_json_tracker_close(struct smc_json_tracker *tracker)
{
    smc_json_stream_close(&tracker->stream);
    smc_buf_free(&tracker->places);
}

/* Of the value that begins. */
static uint8_t place_of(const struct smc_json_tracker *tracker)
{
    const struct smc_buf *levels = &tracker->stream.levels;

    if (levels->nbytes == 0) {
        return SMC_JSON_ROOT;
    }
    return levels->data[levels->nbytes - 1] == '{'
               ? tracker->next_place
               : smc_json_paths_element(&tracker->paths, tracker->places.data[levels->nbytes - 1]);
}

/* The places of all that is open around it are there. 0, or -1: no memory. */
static int enter(struct smc_json_tracker *tracker, uint8_t place)
{
    tracker->places.nbytes = smc_json_stream_depth(&tracker->stream);
    smc_buf_append(&tracker->places, &place, 1);
    return tracker->places.failed ? -1 : 0;
}

enum smc_json_event smc_json_tracker_next(struct smc_json_tracker *tracker, const uint8_t **p,
                                          const uint8_t *end, uint8_t *place)
{
    struct smc_json_stream *stream = &tracker->stream;

    for (;;) {
        const enum smc_json_event event = smc_json_stream_next(stream, p, end);
        const size_t depth = smc_json_stream_depth(stream);
        switch (event) {
        case SMC_JSON_KEY:
            *place = smc_json_paths_member(&tracker->paths, tracker->places.data[depth - 1],
                                           stream->key, stream->key_nbytes);
            tracker->next_place = *place;
            break;
        case SMC_JSON_BEGIN:
            *place = place_of(tracker);
            if (*place != SMC_JSON_NOWHERE && enter(tracker, *place) != 0) {
                stream->reason = NULL;
                return SMC_JSON_ERROR;
            }
            break;
        case SMC_JSON_END:
            *place = tracker->places.data[depth];
            break;
        default:
            return event;
        }
        if (*place != SMC_JSON_NOWHERE) {
            return event;
        }
        smc_json_stream_skip(stream, 0);
    }
}
