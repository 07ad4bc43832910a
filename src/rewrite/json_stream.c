/*
 * The scanner is a state: what may come next, and where in a token it is. All that a piece cuts off goes on in the next
 * one from there.
 */
#include "src/rewrite/json_tokens.h"

#include <string.h>

enum state {
    /* Tokens, in which white space is none. */
    IN_BOM,
    IN_KEY,
    IN_STRING,
    IN_NUMBER,
    IN_WORD,
    IN_RAW,
    /* Between tokens. */
    BEFORE_VALUE, /* or the end of an array, where it is open */
    BEFORE_KEY,   /* or the end of an object, where it is open */
    BEFORE_COLON,
    AFTER_VALUE,
    AFTER_DOCUMENT, /* a line end must come before another one */
    BEFORE_DOCUMENT
};

void smc_json_stream_open(struct smc_json_stream *stream)
{
    *stream = (struct smc_json_stream){
        .skip = smc_json_skip_of(smc_cpu_level()), .quiet_depth = SIZE_MAX, .state = IN_BOM};
}

void smc_json_stream_close(struct smc_json_stream *stream)
{
    smc_buf_free(&stream->levels);
}

/* The rest of a key. What of it is in this piece is remembered, where it is asked for: by its place if that is all. */
static enum smc_json_scan scan_key(struct smc_json_stream *stream, const uint8_t **at,
                                   const uint8_t *end, int is_first)
{
    const uint8_t *start = *at;
    const enum smc_json_scan scan = smc_json_scan_string(stream, at, end);
    const size_t nbytes = (size_t)(*at - start) - (scan == SMC_JSON_SCAN_DONE);

    if (stream->quiet_depth != SIZE_MAX) {
        return scan;
    }
    if (is_first && scan == SMC_JSON_SCAN_DONE) {
        stream->key = start;
        stream->key_nbytes = nbytes;
        return scan;
    }
    if (is_first) {
        stream->room_nbytes = 0;
    }
    if (nbytes > sizeof stream->room - stream->room_nbytes) {
        stream->room_nbytes = sizeof stream->room; /* full: nothing fits behind, and it is no key */
        stream->key = NULL;
    } else {
        memcpy(stream->room + stream->room_nbytes, start, nbytes);
        stream->room_nbytes += nbytes;
        stream->key = stream->room_nbytes < sizeof stream->room ? stream->room : NULL;
    }
    stream->key_nbytes = stream->key != NULL ? stream->room_nbytes : 0;
    return scan;
}

/* Profiles are full of arrays of integers. From an element on, over those that are plain ones, with their commas, as
 * long as another digit follows: where an element is still to be read. */
static const uint8_t *skip_integers(const uint8_t *p, const uint8_t *end)
{
    for (const uint8_t *q = p; q < end && smc_json_is_digit(*q); p = q) {
        const uint8_t *first = q;
        while (q < end && smc_json_is_digit(*q)) {
            q++;
        }
        if (end - q < 2 || *q != ',' || (*first == '0' && q - first > 1)) {
            break;
        }
        q++;
        if (!smc_json_is_digit(*q)) {
            break;
        }
    }
    return p;
}

/* ---- structure ---- */

/* A value has ended; returns 1 if that is to be told. */
static inline int end_value(struct smc_json_stream *stream)
{
    const size_t depth = stream->levels.nbytes;

    stream->state = depth > 0 ? AFTER_VALUE : AFTER_DOCUMENT;
    if (stream->quiet_depth == SIZE_MAX) {
        return 1;
    }
    if (depth != stream->quiet_depth) {
        return 0;
    }
    stream->quiet_depth = SIZE_MAX;
    return stream->tells_end;
}

static inline enum smc_json_scan open_container(struct smc_json_stream *stream, uint8_t bracket)
{
    if (stream->levels.nbytes == SMC_JSON_STREAM_DEPTH_MAX) {
        return smc_json_bad(stream, "nested deeper than 1,048,576 levels");
    }
    uint8_t *level = smc_buf_reserve(&stream->levels, 1);
    if (level == NULL) {
        return smc_json_bad(stream, NULL);
    }
    *level = bracket;
    stream->levels.nbytes++;
    stream->state = bracket == '{' ? BEFORE_KEY : BEFORE_VALUE;
    stream->is_open = 1;
    return SMC_JSON_SCAN_DONE;
}

/* The first byte of a value that is no container, or no value at all. */
static enum smc_json_scan begin_scalar(struct smc_json_stream *stream, uint8_t c)
{
    if (c == '"') {
        stream->state = IN_STRING;
        stream->token = SMC_JSON_STRING_INSIDE;
    } else if (smc_json_is_digit(c) || c == '-') {
        stream->state = IN_NUMBER;
        stream->token = c == '-'   ? SMC_JSON_NUMBER_MINUS
                        : c == '0' ? SMC_JSON_NUMBER_ZERO
                                   : SMC_JSON_NUMBER_INTEGER;
    } else if (c == 't' || c == 'f' || c == 'n') {
        stream->state = IN_WORD;
        stream->word = c == 't' ? "true" : c == 'f' ? "false" : "null";
        stream->token = 1;
    } else {
        return smc_json_bad(stream, "value expected");
    }
    return SMC_JSON_SCAN_DONE;
}

static inline int is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* A byte order mark may be before the first document. */
static enum smc_json_scan scan_bom(struct smc_json_stream *stream, const uint8_t **at,
                                   const uint8_t *end)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};

    for (; *at < end; (*at)++) {
        if (stream->token == sizeof mark || (stream->token == 0 && **at != mark[0])) {
            return SMC_JSON_SCAN_DONE;
        }
        if (**at != mark[stream->token]) {
            return smc_json_bad(stream, "value expected");
        }
        stream->token++;
    }
    return SMC_JSON_SCAN_MORE;
}

/* Between documents. */
static enum smc_json_scan scan_gap(struct smc_json_stream *stream, const uint8_t **at,
                                   const uint8_t *end)
{
    for (; *at < end && is_space(**at); (*at)++) {
        if (**at == '\n' && stream->raw_nbytes > 0) {
            ++*at;
            stream->state = IN_RAW;
            return SMC_JSON_SCAN_DONE;
        }
        if (**at == '\n' || **at == '\r') {
            stream->state = BEFORE_DOCUMENT;
        }
    }
    if (*at == end) {
        return SMC_JSON_SCAN_MORE;
    }
    if (stream->state == AFTER_DOCUMENT) {
        return smc_json_bad(stream, "text after the end of the JSON value");
    }
    stream->n_documents++;
    stream->state = BEFORE_VALUE;
    stream->is_open = 0;
    return SMC_JSON_SCAN_DONE;
}

static enum smc_json_scan scan_raw(struct smc_json_stream *stream, const uint8_t **at,
                                   const uint8_t *end)
{
    const size_t left = (size_t)(end - *at);

    if (stream->raw_nbytes == SMC_JSON_RAW_LINE) {
        const uint8_t *line_end = left == 0 ? NULL : memchr(*at, '\n', left);
        *at = line_end == NULL ? end : line_end;
        stream->raw_nbytes = line_end == NULL ? SMC_JSON_RAW_LINE : 0;
        return line_end == NULL ? SMC_JSON_SCAN_MORE : SMC_JSON_SCAN_DONE;
    }
    const size_t nbytes = stream->raw_nbytes < left ? (size_t)stream->raw_nbytes : left;

    *at += nbytes;
    stream->raw_nbytes -= nbytes;
    return stream->raw_nbytes > 0 ? SMC_JSON_SCAN_MORE : SMC_JSON_SCAN_DONE;
}

/* In a token. Returns what is to be told, or MORE with *scan. */
static enum smc_json_event go_on(struct smc_json_stream *stream, const uint8_t **at,
                                 const uint8_t *end, enum smc_json_scan *scan)
{
    switch (stream->state) {
    case IN_KEY:
        *scan = scan_key(stream, at, end, 0);
        if (*scan != SMC_JSON_SCAN_DONE) {
            return SMC_JSON_MORE;
        }
        stream->state = BEFORE_COLON;
        return stream->quiet_depth == SIZE_MAX ? SMC_JSON_KEY : SMC_JSON_MORE;
    case IN_STRING:
        *scan = smc_json_scan_string(stream, at, end);
        break;
    case IN_NUMBER:
        *scan = smc_json_scan_number(stream, at, end);
        break;
    case IN_WORD:
        *scan = smc_json_scan_word(stream, at, end);
        break;
    case IN_RAW:
        *scan = scan_raw(stream, at, end);
        stream->state = *scan == SMC_JSON_SCAN_DONE ? AFTER_DOCUMENT : stream->state;
        return SMC_JSON_MORE;
    default:
        *scan = scan_bom(stream, at, end);
        stream->state = *scan == SMC_JSON_SCAN_DONE ? BEFORE_DOCUMENT : stream->state;
        return SMC_JSON_MORE;
    }
    return *scan == SMC_JSON_SCAN_DONE && end_value(stream) ? SMC_JSON_END : SMC_JSON_MORE;
}

/* At a byte that is no white space, between two tokens: the same. */
static inline enum smc_json_event step(struct smc_json_stream *stream, const uint8_t **at,
                                       const uint8_t *end, enum smc_json_scan *scan)
{
    const uint8_t c = **at;

    switch (stream->state) {
    case BEFORE_VALUE:
        if (c == ']' && stream->is_open) {
            break;
        }
        if (stream->quiet_depth == SIZE_MAX && !stream->has_begun) {
            stream->has_begun = 1;
            return SMC_JSON_BEGIN;
        }
        stream->has_begun = 0;
        if (smc_json_is_digit(c) && stream->quiet_depth < stream->levels.nbytes &&
            stream->levels.data[stream->levels.nbytes - 1] == '[') {
            *at = skip_integers(*at, end);
            *scan = begin_scalar(stream, **at);
            ++*at;
            return SMC_JSON_MORE;
        }
        *scan = c == '{' || c == '[' ? open_container(stream, c) : begin_scalar(stream, c);
        *at += *scan == SMC_JSON_SCAN_DONE;
        return SMC_JSON_MORE;
    case BEFORE_KEY:
        if (c == '}' && stream->is_open) {
            break;
        }
        if (c != '"') {
            *scan = smc_json_bad(stream, "key expected");
            return SMC_JSON_MORE;
        }
        ++*at;
        stream->state = IN_KEY;
        stream->token = SMC_JSON_STRING_INSIDE;
        *scan = scan_key(stream, at, end, 1);
        if (*scan != SMC_JSON_SCAN_DONE) {
            return SMC_JSON_MORE;
        }
        stream->state = BEFORE_COLON;
        return stream->quiet_depth == SIZE_MAX ? SMC_JSON_KEY : SMC_JSON_MORE;
    case BEFORE_COLON:
        if (c != ':') {
            *scan = smc_json_bad(stream, "colon expected");
            return SMC_JSON_MORE;
        }
        ++*at;
        stream->state = BEFORE_VALUE;
        stream->is_open = 0;
        return SMC_JSON_MORE;
    default: {
        const int is_object = stream->levels.data[stream->levels.nbytes - 1] == '{';
        if (c == ',') {
            ++*at;
            stream->state = is_object ? BEFORE_KEY : BEFORE_VALUE;
            stream->is_open = 0;
            return SMC_JSON_MORE;
        }
        if (c != (is_object ? '}' : ']')) {
            *scan = smc_json_bad(stream, is_object ? "comma or } expected" : "comma or ] expected");
            return SMC_JSON_MORE;
        }
        break;
    }
    }
    ++*at;
    stream->levels.nbytes--;
    return end_value(stream) ? SMC_JSON_END : SMC_JSON_MORE;
}

enum smc_json_event smc_json_stream_next(struct smc_json_stream *stream, const uint8_t **at,
                                         const uint8_t *end)
{
    for (;;) {
        enum smc_json_scan scan = SMC_JSON_SCAN_DONE;
        enum smc_json_event event = SMC_JSON_MORE;
        if (stream->state < BEFORE_VALUE) {
            event = go_on(stream, at, end, &scan);
        } else if (stream->state >= AFTER_DOCUMENT) {
            scan = scan_gap(stream, at, end);
        } else {
            while (*at < end && is_space(**at)) {
                ++*at;
            }
            if (*at == end) {
                return SMC_JSON_MORE;
            }
            event = step(stream, at, end, &scan);
        }
        if (event != SMC_JSON_MORE) {
            return event;
        }
        if (scan != SMC_JSON_SCAN_DONE) {
            return scan == SMC_JSON_SCAN_BAD ? SMC_JSON_ERROR : SMC_JSON_MORE;
        }
    }
}

int smc_json_stream_is_between(const struct smc_json_stream *stream)
{
    return stream->state == BEFORE_DOCUMENT && stream->n_documents > 0;
}

int smc_json_stream_finish(struct smc_json_stream *stream)
{
    switch (stream->state) {
    case IN_KEY:
    case IN_STRING:
        stream->reason = "string without an end";
        return -1;
    case IN_NUMBER:
        if (stream->token < SMC_JSON_NUMBER_ZERO) {
            stream->reason = smc_json_number_fault(stream->token);
            return -1;
        }
        break;
    case IN_WORD:
        if (stream->word[stream->token] != 0) {
            stream->reason = "value expected";
            return -1;
        }
        break;
    case IN_RAW:
        stream->reason = "fewer bytes than the item is said to have";
        return stream->raw_nbytes == SMC_JSON_RAW_LINE ? 0 : -1;
    case IN_BOM:
    case AFTER_DOCUMENT:
    case BEFORE_DOCUMENT:
        stream->reason = "the input is empty";
        return stream->n_documents > 0 ? 0 : -1;
    default:
        break;
    }
    if (stream->levels.nbytes > 0) {
        const int is_object = stream->levels.data[stream->levels.nbytes - 1] == '{';
        stream->reason = is_object ? "object without an end" : "array without an end";
        return -1;
    }
    if (stream->state == BEFORE_VALUE) {
        stream->reason = "the text ends where a value is expected";
        return -1;
    }
    return 0;
}
