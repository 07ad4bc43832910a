/*
 * JSON text (RFC 8259), scanned in place.
 *
 * One pass checks the whole text. After that the functions below walk over parts of it without
 * checking again: they must only be given text that has passed.
 */
#ifndef SMC_JSON_JSON_H
#define SMC_JSON_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/cpu.h"

/* Deeper nesting is refused. The standard has no limit; a bit a level keeps the stack small. */
#define SMC_JSON_DEPTH_MAX 8192

enum smc_json_type {
    SMC_JSON_ABSENT,
    SMC_JSON_OBJECT,
    SMC_JSON_ARRAY,
    SMC_JSON_STRING,
    SMC_JSON_NUMBER,
    SMC_JSON_TRUE,
    SMC_JSON_FALSE,
    SMC_JSON_NULL
};

/* What the check leaves for the walks: where the long values end, so that nobody reads through them again.
 * 16 bytes for at least SMC_JSON_LONG_NBYTES of text. */
#define SMC_JSON_LONG_NBYTES 512

/* Containers below that are not recorded, however long: a place on the stack for each level. */
#define SMC_JSON_SPAN_DEPTH_MAX 64

struct smc_json_span {
    const uint8_t *start, *end;
};

struct smc_json_text {
    const uint8_t *end;
    enum smc_cpu_level level; /* of the check; walks keep to it */
    struct smc_buf spans;     /* struct smc_json_span, sorted by their starts */
};

/* A value in the text: from its first byte up to the byte after its last. */
struct smc_json {
    enum smc_json_type type;
    const uint8_t *start, *end;
    const struct smc_json_text *text;
};

struct smc_json_error {
    const char *reason; /* NULL: out of memory */
    const uint8_t *at;
};

/* Checks bytes; 0 and the root value, or -1 and what is wrong. A byte order mark is skipped, or,
 * with skips_xssi, a first line that begins with `)]}'` (ECMA-426, "JSON values utilities").
 * `text` is to be freed in both cases, after the last use of the root and of all that is in it. */
int smc_json_check(struct smc_json_text *text, const uint8_t *bytes, size_t nbytes, int skips_xssi,
                   struct smc_json *root, struct smc_json_error *error);
void smc_json_text_free(struct smc_json_text *text);
/* Bytes that have been found to be one value by other means, without white space around it, as deep as it may be.
 * Nothing is allocated. Each walk reads again through all that is nested in what it passes. */
void smc_json_trust(struct smc_json_text *text, const uint8_t *bytes, size_t nbytes,
                    struct smc_json *root);

/* The type of the value that starts there. */
enum smc_json_type smc_json_type_at(const uint8_t *p);

/* Walks over the members of an object or the elements of an array. */
struct smc_json_walk {
    const uint8_t *next;
    const struct smc_json_text *text;
    size_t span; /* the first one that starts at `next` or later */
};
struct smc_json_walk smc_json_walk(const struct smc_json *container);
/* 1 and the next element; 0 at the end. */
int smc_json_next_element(struct smc_json_walk *walk, struct smc_json *element);
/* 1 and the next member; 0 at the end. */
int smc_json_next_member(struct smc_json_walk *walk, struct smc_json *key, struct smc_json *value);

/*
 * Unescapes a piece of a string's inside from `p` on into `out`, as WTF-8: ill-formed UTF-8 becomes
 * U+FFFD, an escaped lone surrogate stays one. Whole characters only; stops at `end`, which is the closing
 * quote and is read, or when fewer than SMC_JSON_PIECE_MIN bytes of `out` are left. Returns where to go on;
 * `end`, if the string is at its end.
 */
#define SMC_JSON_PIECE_MIN 4
const uint8_t *smc_json_unescape(const uint8_t *p, const uint8_t *end, uint8_t *out,
                                 size_t capacity, size_t *n_out);

/* Whether a string's inside is what it stands for: ASCII without escapes. */
int smc_json_is_plain(const struct smc_json *string);

/* Whether a string or key is `text`, after unescaping. */
int smc_json_equals(const struct smc_json *string, const char *text);

/* The value of a number that, as a double (so for JSON.parse), is an integer of at least 0: 3, 3.0 and 30e-1
 * are 3, -0 and 1e-400 are 0, 1e400 is infinity and none. Those above SMC_JSON_INTEGER_MAX count as that.
 * 0, or -1 if it is none. */
#define SMC_JSON_INTEGER_MAX (INT64_C(1) << 40)
int smc_json_integer(const struct smc_json *number, int64_t *integer);

#endif
