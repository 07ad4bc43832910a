/*
 * From the bytes of a generated file to its source map: the URL that its comment or section names,
 * its debug ID, and the map itself where that is in the URL (ECMA-426, "Extracting source map
 * URLs"; where the text leaves a choice, ours is said below). Functions of bytes alone: nothing is
 * opened or fetched, and HTTP headers, which come before the comment, are the caller's.
 *
 * All take any bytes, in linear time. That there is no URL or ID is a result, not an error.
 */
#ifndef SMC_FIND_FIND_H
#define SMC_FIND_FIND_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/buf.h"
#include "src/base/debug_id.h"

/* ---- sourceMappingURL ---- */

enum smc_find_kind { SMC_FIND_JS, SMC_FIND_CSS, SMC_FIND_WASM };

struct smc_map_url {
    const uint8_t *ptr; /* into the file's bytes, at `off`; as it stands there, not resolved */
    size_t nbytes;
    size_t off;
};

/*
 * Returns 1 and the URL; 0, with all of `url` zero, if the file names none. A match with an
 * empty URL ends the search, without one.
 *
 * In JS and CSS a comment matches if its content is ^[@#]\s*sourceMappingURL=(\S*?)\s*$, with
 * JavaScript's \s; so a space before # or after = is no match. Bytes that are no UTF-8 count as
 * characters, which are no white space.
 *
 * JS: the standard's method without parsing. Lines (by CRLF, LF, CR, U+2028, U+2029) are looked at
 * from the last to the first. White space alone: on to the line above. White space, then a //
 * comment: if its content has a quote (", ' or `) or a star and a slash, it may be inside of a
 * string, a template or a block comment, and the file has no URL; if it matches, that is the URL;
 * otherwise on to the line above. Any other text ends the search without a URL: a block comment,
 * and also code before a comment that would match, as in `code(); //# sourceMappingURL=x`, as only
 * parsing could tell that from a string.
 *
 * CSS: the last comment that matches and has nothing but white space and comments behind it. A
 * comment without an end is none.
 *
 * WASM: the first custom section named sourceMappingURL, which must hold a length and a URL of
 * that length in UTF-8, and no more. A module (version 1) whose sections do not fill it exactly, or
 * with a custom section whose name is bad, has none; what other sections hold is not looked at.
 */
int smc_map_url_find(enum smc_find_kind kind, const void *bytes, size_t nbytes,
                     struct smc_map_url *url);

/* ---- debug ID ---- */

/*
 * The last line of JavaScript, among the last five, that is `//# debugId=` and a UUID and no more
 * (debug ID proposal). An empty line at the end of the file is not one of the five. Lines are those
 * above; a byte order mark is not of the first. `lenient` is smc_debug_id_parse's. Returns 1 and
 * the ID, or 0.
 */
int smc_debug_id_find(const void *bytes, size_t nbytes, int lenient,
                      uint8_t id[SMC_DEBUG_ID_NBYTES]);

/* ---- data: URLs ---- */

struct smc_data_url_error {
    const char *reason; /* a constant English text */
    size_t off;         /* in the URL */
    int is_too_large;   /* more than max_nbytes */
};

/* Whether the URL's scheme is `data`, in any case. */
int smc_is_data_url(const void *url, size_t nbytes);

/*
 * Appends the body of data:[type][;params][;base64],body (RFC 2397, read as the Fetch standard has
 * it), at most max_nbytes of it. Type and parameters do not matter; ;base64 counts in any case, as
 * the last of them. The body is percent-decoded, and a % without two digits is itself; then, for
 * base64, ASCII white space is dropped, then up to two = if the length is a multiple of 4, and the
 * rest must be of the alphabet, of no length that is 1 above a multiple of 4. The bits that remain
 * are ignored. A # is as any other byte here: cutting a fragment off is the caller's.
 *
 * Returns 0; or -1, the error, and the buffer's contents as they were. The buffer's `failed` says
 * whether memory was what lacked.
 */
int smc_data_url_decode(const void *url, size_t nbytes, uint64_t max_nbytes, struct smc_buf *buf,
                        struct smc_data_url_error *error);

#endif
