/*
 * Keys are sorted byte strings. That of a path has its parts in reverse order, each with a NUL behind it, so that all
 * paths with the same end stand together, and the one that has most in common with a URL stands next to it.
 */
#include "src/match/match.h"

#include <stdlib.h>
#include <string.h>

struct smc_match_key {
    size_t off, nbytes; /* in `text` */
    uint32_t id;
    uint32_t n_relative;
    const uint8_t *text; /* once that stays where it is */
};

/* ---- URLs in parts ---- */

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Bytes of a scheme with its colon, 0 without. That of one letter is a drive. */
static size_t scheme_nbytes(const char *url, size_t nbytes)
{
    size_t i = 0;

    while (i < nbytes &&
           (is_letter(url[i]) || (i > 0 && ((url[i] >= '0' && url[i] <= '9') || url[i] == '+' ||
                                            url[i] == '-' || url[i] == '.')))) {
        i++;
    }
    return i > 1 && i < nbytes && url[i] == ':' ? i + 1 : 0;
}

/* Where the path begins: behind "scheme://host", or "scheme:". */
static size_t path_off(const char *url, size_t nbytes, size_t scheme)
{
    size_t i = scheme;

    if (scheme > 0 && nbytes - i >= 2 && url[i] == '/' && url[i + 1] == '/') {
        for (i += 2; i < nbytes && url[i] != '/';) {
            i++;
        }
    }
    return i;
}

/* Without query and fragment. */
static size_t plain_nbytes(const char *url, size_t nbytes)
{
    size_t i = 0;
    while (i < nbytes && url[i] != '?' && url[i] != '#') {
        i++;
    }
    return i;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'              ? c - '0'
           : is_letter(c) && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                             : -1;
}

/* Percent-decoded, but for "%00". */
static void append_decoded(struct smc_buf *text, const char *url, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        uint8_t byte = (uint8_t)url[i];
        if (byte == '%' && nbytes - i > 2) {
            const int high = hex_digit(url[i + 1]), low = hex_digit(url[i + 2]);
            if (high >= 0 && low >= 0 && (high | low) != 0) {
                byte = (uint8_t)(high << 4 | low);
                i += 2;
            }
        }
        smc_buf_append(text, &byte, 1);
    }
}

/* Appends a part, percent-decoded where it is one of a URL, and a NUL. */
static void append_part(struct smc_buf *key, const char *part, size_t nbytes, int is_url)
{
    if (is_url) {
        append_decoded(key, part, nbytes);
    } else {
        smc_buf_append(key, part, nbytes);
    }
    smc_buf_append(key, "", 1);
}

/* The key of a path: its parts from the last to the first. Empty ones and "." say nothing. */
static void append_parts(struct smc_buf *key, const char *path, size_t nbytes, int is_url)
{
    size_t end = nbytes;

    while (end > 0) {
        size_t start = end;
        while (start > 0 && path[start - 1] != '/' && (is_url || path[start - 1] != '\\')) {
            start--;
        }
        if (end - start > 1 || (end - start == 1 && path[start] != '.')) {
            append_part(key, path + start, end - start, is_url);
        }
        end = start > 0 ? start - 1 : 0;
    }
}

/* ---- adding ---- */

static int add(struct smc_match_key **keys, size_t *n, size_t *capacity, struct smc_match_key key)
{
    if (*n == *capacity) {
        const size_t more = *capacity == 0 ? 64 : 2 * *capacity;
        struct smc_match_key *grown = realloc(*keys, more * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        *keys = grown;
        *capacity = more;
    }
    (*keys)[(*n)++] = key;
    return 0;
}

int smc_match_add_url(struct smc_matcher *m, const char *url, size_t nbytes, uint32_t id)
{
    const struct smc_match_key key = {.off = m->text.nbytes, .nbytes = nbytes, .id = id};

    smc_buf_append(&m->text, url, nbytes);
    return m->text.failed ? -1 : add(&m->urls, &m->n_urls, &m->urls_capacity, key);
}

int smc_match_add_path(struct smc_matcher *m, const char *path, size_t nbytes, uint32_t n_relative,
                       uint32_t id)
{
    struct smc_match_key key = {.off = m->text.nbytes, .id = id, .n_relative = n_relative};

    append_parts(&m->text, path, nbytes, 0);
    key.nbytes = m->text.nbytes - key.off;
    return m->text.failed ? -1 : add(&m->paths, &m->n_paths, &m->paths_capacity, key);
}

static int compare_bytes(const uint8_t *a, size_t n_a, const uint8_t *b, size_t n_b)
{
    const size_t n = n_a < n_b ? n_a : n_b;
    const int order = n == 0 ? 0 : memcmp(a, b, n);
    return order != 0 ? order : (n_a > n_b) - (n_a < n_b);
}

static int compare_keys(const void *a, const void *b)
{
    const struct smc_match_key *x = a, *y = b;
    const int order = compare_bytes(x->text, x->nbytes, y->text, y->nbytes);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static void settle(struct smc_match_key *keys, size_t n, const struct smc_buf *text)
{
    /* Without a byte there is no text: the path "/" has no parts. */
    for (size_t i = 0; i < n; i++) {
        keys[i].text = text->data != NULL ? text->data + keys[i].off : (const uint8_t *)"";
    }
    if (n > 1) {
        qsort(keys, n, sizeof *keys, compare_keys);
    }
}

void smc_match_settle(struct smc_matcher *m)
{
    settle(m->urls, m->n_urls, &m->text);
    settle(m->paths, m->n_paths, &m->text);
}

/* ---- finding ---- */

/* The first key that is not before these bytes. */
static size_t lower_bound(const struct smc_match_key *keys, size_t n, const uint8_t *bytes,
                          size_t nbytes)
{
    size_t low = 0, high = n;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_bytes(keys[middle].text, keys[middle].nbytes, bytes, nbytes) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void note(struct smc_match *match, uint32_t id)
{
    for (size_t i = 0; i < match->n && i < SMC_MATCHES_MAX; i++) {
        if (match->ids[i] == id) {
            return;
        }
    }
    if (match->n < SMC_MATCHES_MAX) {
        match->ids[match->n] = id;
    }
    match->n++;
}

static int find_url(const struct smc_matcher *m, const char *url, size_t nbytes,
                    enum smc_match_rule rule, struct smc_match *match)
{
    const uint8_t *bytes = (const uint8_t *)url;
    const size_t first = lower_bound(m->urls, m->n_urls, bytes, nbytes);

    *match = (struct smc_match){.rule = rule};
    for (size_t i = first; i < m->n_urls && i - first < SMC_MATCH_TIES_MAX &&
                           compare_bytes(m->urls[i].text, m->urls[i].nbytes, bytes, nbytes) == 0;
         i++) {
        note(match, m->urls[i].id);
    }
    return match->n > 0;
}

/* "~" and the path. */
static int find_any_host(const struct smc_matcher *m, const char *path, size_t nbytes,
                         struct smc_buf *room, struct smc_match *match)
{
    room->nbytes = 0;
    smc_buf_append(room, path[0] == '/' ? "~" : "~/", path[0] == '/' ? 1 : 2);
    smc_buf_append(room, path, nbytes);
    return !room->failed &&
           find_url(m, (const char *)room->data, room->nbytes, SMC_MATCH_ANY_HOST, match);
}

/* How many parts two keys have in common, and the bytes of these. */
static size_t common_parts(const struct smc_match_key *key, const uint8_t *bytes, size_t nbytes,
                           size_t *common_nbytes)
{
    size_t n = 0;

    *common_nbytes = 0;
    for (size_t i = 0; i < nbytes && i < key->nbytes && key->text[i] == bytes[i]; i++) {
        if (bytes[i] == 0) {
            n++;
            *common_nbytes = i + 1;
        }
    }
    return n;
}

/* Of those with equally many parts in common, those of which all is in common below their folders. */
static void find_longest(const struct smc_matcher *m, size_t first, const uint8_t *bytes,
                         size_t nbytes, size_t n_parts, struct smc_match *match)
{
    struct smc_match whole = {.rule = match->rule};

    for (size_t i = first; i < m->n_paths && i - first < SMC_MATCH_TIES_MAX; i++) {
        const struct smc_match_key *key = &m->paths[i];
        if (key->nbytes < nbytes || memcmp(key->text, bytes, nbytes) != 0) {
            break;
        }
        note(match, key->id);
        if (key->n_relative <= n_parts) {
            note(&whole, key->id);
        }
    }
    if (whole.n > 0) {
        *match = whole;
    }
}

/* Returns how many parts agree. */
static size_t find_path(const struct smc_matcher *m, const char *path, size_t path_nbytes,
                        int is_url, struct smc_buf *key, struct smc_match *match)
{
    size_t n_parts = 0, common_nbytes = 0, n, nbytes;

    *match = (struct smc_match){.rule = SMC_MATCH_NONE};
    key->nbytes = 0;
    append_parts(key, path, path_nbytes, is_url);
    if (key->failed) {
        return 0;
    }
    const size_t at = lower_bound(m->paths, m->n_paths, key->data, key->nbytes);
    for (size_t i = at > 0 ? at - 1 : 0; i < m->n_paths && i <= at; i++) {
        n = common_parts(&m->paths[i], key->data, key->nbytes, &nbytes);
        if (n > n_parts) {
            n_parts = n;
            common_nbytes = nbytes;
        }
    }
    if (n_parts > 0 && key->data != NULL) {
        match->rule = n_parts > 1 ? SMC_MATCH_PATH : SMC_MATCH_BASE_NAME;
        find_longest(m, lower_bound(m->paths, m->n_paths, key->data, common_nbytes), key->data,
                     common_nbytes, n_parts, match);
    }
    return n_parts;
}

/* Without its query and fragment: as it is, or on any host. */
static int find_plain(const struct smc_matcher *m, const char *url, size_t nbytes,
                      struct smc_buf *room, struct smc_match *match)
{
    const size_t off = path_off(url, nbytes, scheme_nbytes(url, nbytes));

    return nbytes > 0 && (find_url(m, url, nbytes, SMC_MATCH_PLAIN_URL, match) ||
                          (off < nbytes && find_any_host(m, url + off, nbytes - off, room, match)));
}

/* What is served from a folder is known by the names of its files, and asked for by URLs. */
static int find_decoded(const struct smc_matcher *m, const char *url, size_t nbytes,
                        struct smc_buf *room, struct smc_match *match)
{
    struct smc_buf decoded = {0};
    int found = 0;

    if (memchr(url, '%', nbytes) != NULL) {
        append_decoded(&decoded, url, nbytes);
        room->failed |= decoded.failed;
        found = !decoded.failed &&
                find_plain(m, (const char *)decoded.data, decoded.nbytes, room, match);
        smc_buf_free(&decoded);
    }
    return found;
}

/* Paths of folders: what has no scheme may have "?" and "#" in its names, or be what a web server is asked for: whatever
 * more agrees of. */
static void find_in_folders(const struct smc_matcher *m, const char *url, size_t n_plain,
                            size_t nbytes, struct smc_buf *room, struct smc_match *match)
{
    const size_t scheme = scheme_nbytes(url, nbytes), off = path_off(url, n_plain, scheme);
    const size_t n = find_path(m, url + off, n_plain - off, scheme > 0, room, match);
    struct smc_match named;

    if (scheme == 0 && n_plain < nbytes && find_path(m, url, nbytes, 0, room, &named) > n) {
        *match = named;
    }
}

int smc_match_find(const struct smc_matcher *m, const char *url, size_t nbytes,
                   struct smc_match *match)
{
    struct smc_buf room = {0};

    *match = (struct smc_match){.rule = SMC_MATCH_NONE};
    if (nbytes == 0 || nbytes > SMC_MATCH_URL_NBYTES_MAX ||
        find_url(m, url, nbytes, SMC_MATCH_URL, match)) {
        return 0;
    }
    const size_t n_plain = plain_nbytes(url, nbytes);
    if (!find_plain(m, url, n_plain, &room, match) &&
        !find_decoded(m, url, n_plain, &room, match)) {
        find_in_folders(m, url, n_plain, nbytes, &room, match);
    }
    const int failed = room.failed;
    smc_buf_free(&room);
    if (failed) {
        *match = (struct smc_match){.rule = SMC_MATCH_NONE};
    }
    return failed ? -1 : 0;
}

void smc_matcher_free(struct smc_matcher *m)
{
    free(m->urls);
    free(m->paths);
    smc_buf_free(&m->text);
    *m = (struct smc_matcher){.urls = NULL};
}
