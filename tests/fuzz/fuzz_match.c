/*
 * Which file a URL means, against a scan of all that are known. The first line is the URL; each other is a file: a URL that
 * it is served at behind a `=`, or else a path, whose first byte says how many of its parts are below the folder.
 *
 * sources: src/match
 * support: src/base
 * nbytes: 1024
 */
#include "src/match/match.h"
#include "tests/fuzz/fuzzing.h"

#include <string.h>

#define FILES_MAX 16

/* Bytes that need not be text. */
struct bytes {
    uint8_t *data;
    size_t n;
};

struct file {
    struct bytes name;
    int is_url;
    uint32_t n_relative;
};

static struct file files[FILES_MAX];
static size_t n_files;

static struct bytes copy(const uint8_t *data, size_t n)
{
    struct bytes bytes = {malloc(n + 1), n};

    must_hold(bytes.data != NULL, "no memory");
    if (n > 0) {
        memcpy(bytes.data, data, n);
    }
    bytes.data[n] = 0;
    return bytes;
}

static int is_same_bytes(const struct bytes *a, const struct bytes *b)
{
    return a->n == b->n && memcmp(a->data, b->data, a->n) == 0;
}

/* ---- URLs ---- */

/* "scheme:", of two letters or more. */
static size_t scheme_of(const struct bytes *url)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.";
    const char *text = (const char *)url->data;
    const size_t n = strspn(text, letters) == 0 ? 0 : strspn(text, more);

    return n > 1 && text[n] == ':' ? n + 1 : 0;
}

/* Where the path begins. */
static size_t path_of(const struct bytes *url)
{
    size_t at = scheme_of(url);

    if (at > 0 && url->data[at] == '/' && url->data[at + 1] == '/') {
        for (at += 2; at < url->n && url->data[at] != '/';) {
            at++;
        }
    }
    return at;
}

static struct bytes decode(const uint8_t *data, size_t n)
{
    struct bytes bytes = copy(data, n);

    bytes.n = 0;
    for (size_t i = 0; i < n; i++) {
        char digits[3] = {0};
        uint8_t byte = data[i];
        if (byte == '%' && n - i > 2) {
            memcpy(digits, data + i + 1, 2);
            const long value =
                strspn(digits, "0123456789abcdefABCDEF") == 2 ? strtol(digits, NULL, 16) : 0;
            byte = value != 0 ? (uint8_t)value : byte;
            i += value != 0 ? 2 : 0;
        }
        bytes.data[bytes.n++] = byte;
    }
    bytes.data[bytes.n] = 0;
    return bytes;
}

/* ---- parts of paths ---- */

struct parts {
    struct bytes list[1024];
    size_t n;
};

static void split(const uint8_t *path, size_t n, int is_url, struct parts *parts)
{
    parts->n = 0;
    for (size_t from = 0, to; from <= n; from = to + 1) {
        to = from;
        while (to < n && path[to] != '/' && (is_url || path[to] != '\\')) {
            to++;
        }
        const int is_dot = to - from == 1 && path[from] == '.';
        if (to > from && !is_dot) {
            parts->list[parts->n++] =
                is_url ? decode(path + from, to - from) : copy(path + from, to - from);
        }
    }
}

static void free_parts(struct parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        free(parts->list[i].data);
    }
}

static size_t common(const struct parts *a, const struct parts *b)
{
    size_t n = 0;

    while (n < a->n && n < b->n && is_same_bytes(&a->list[a->n - 1 - n], &b->list[b->n - 1 - n])) {
        n++;
    }
    return n;
}

/* ---- finding: a set of files, a bit each ---- */

struct found {
    enum smc_match_rule rule;
    unsigned files;
    size_t n_parts;
};

static int find_url(const struct bytes *url, enum smc_match_rule rule, struct found *found)
{
    *found = (struct found){rule, 0, 0};
    for (size_t i = 0; i < n_files; i++) {
        if (files[i].is_url && is_same_bytes(&files[i].name, url)) {
            found->files |= 1u << i;
        }
    }
    return found->files != 0;
}

/* Without query and fragment: as it is, or on any host. */
static int find_plain(const struct bytes *url, struct found *found)
{
    const size_t at = path_of(url);
    int is_found = url->n > 0 && find_url(url, SMC_MATCH_PLAIN_URL, found);

    if (!is_found && at < url->n) {
        const size_t n_start = url->data[at] == '/' ? 1 : 2; /* of "~/" */
        struct bytes whole = {malloc(n_start + url->n - at), n_start + url->n - at};
        must_hold(whole.data != NULL, "no memory");
        memcpy(whole.data, "~/", n_start);
        memcpy(whole.data + n_start, url->data + at, url->n - at);
        is_found = find_url(&whole, SMC_MATCH_ANY_HOST, found);
        free(whole.data);
    }
    return is_found;
}

/* Those of which most parts agree; of these, those of which all do that are below their folder. */
static struct found find_path(const uint8_t *path, size_t n, int is_url)
{
    static struct parts wanted, own;
    struct found found = {SMC_MATCH_NONE, 0, 1};
    int is_whole = 0;

    split(path, n, is_url, &wanted);
    for (size_t i = 0; i < n_files; i++) {
        if (files[i].is_url) {
            continue;
        }
        split(files[i].name.data, files[i].name.n, 0, &own);
        const size_t n_common = common(&wanted, &own);
        const int whole = n_common >= files[i].n_relative;
        if (n_common > found.n_parts || (n_common == found.n_parts && whole > is_whole)) {
            found = (struct found){SMC_MATCH_NONE, 0, n_common};
            is_whole = whole;
        }
        if (n_common == found.n_parts && whole == is_whole) {
            found.rule = n_common > 1 ? SMC_MATCH_PATH : SMC_MATCH_BASE_NAME;
            found.files |= 1u << i;
        }
        free_parts(&own);
    }
    free_parts(&wanted);
    found.n_parts = found.files != 0 ? found.n_parts : 0;
    return found;
}

static struct found find(const struct bytes *url)
{
    struct found found = {SMC_MATCH_NONE, 0, 0};

    if (url->n == 0 || find_url(url, SMC_MATCH_URL, &found)) {
        return found;
    }
    struct bytes plain = copy(url->data, url->n);
    plain.n = 0;
    while (plain.n < url->n && url->data[plain.n] != '?' && url->data[plain.n] != '#') {
        plain.n++;
    }
    plain.data[plain.n] = 0;
    struct bytes decoded = decode(plain.data, plain.n);
    if (!find_plain(&plain, &found) && !find_plain(&decoded, &found)) {
        const int has_scheme = scheme_of(url) > 0;
        const size_t at = has_scheme ? path_of(&plain) : 0;
        found = find_path(plain.data + at, plain.n - at, has_scheme);
        if (!has_scheme && plain.n < url->n) {
            const struct found named = find_path(url->data, url->n, 0);
            found = named.n_parts > found.n_parts ? named : found;
        }
    }
    free(plain.data);
    free(decoded.data);
    return found;
}

/* ---- comparing ---- */

static void compare(const struct smc_matcher *matcher, const struct bytes *url)
{
    const struct found wanted = find(url);
    struct smc_match match;
    unsigned n_wanted = 0;

    must_hold(smc_match_find(matcher, (const char *)url->data, url->n, &match) == 0, "no memory");
    for (size_t i = 0; i < n_files; i++) {
        n_wanted += wanted.files >> i & 1;
    }
    must_hold(match.n == n_wanted, "another number of files");
    must_hold(match.n == 0 || match.rule == wanted.rule, "another rule");
    for (size_t i = 0; i < match.n && i < SMC_MATCHES_MAX; i++) {
        must_hold((wanted.files >> match.ids[i] & 1) != 0, "another file");
        for (size_t k = 0; k < i; k++) {
            must_hold(match.ids[i] != match.ids[k], "a file twice");
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    const uint8_t *p = data, *end = data + nbytes;
    struct smc_matcher matcher = {0};
    struct bytes url = {NULL, 0};
    int failed = 0;

    if (nbytes > 0 && memchr(data, 0, nbytes) != NULL) { /* no path has that */
        return 0;
    }
    n_files = 0;
    for (int is_url = 1; p <= end && n_files < FILES_MAX && nbytes > 0; is_url = 0) {
        const uint8_t *line_end = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
        line_end = line_end == NULL ? end : line_end;
        const size_t n = (size_t)(line_end - p);
        if (is_url) {
            url = copy(p, n);
        } else if (n > 0 && p[0] == '=') {
            files[n_files] = (struct file){copy(p + 1, n - 1), 1, 0};
            failed |= smc_match_add_url(&matcher, (const char *)p + 1, n - 1, (uint32_t)n_files++);
        } else if (n > 0) {
            files[n_files] = (struct file){copy(p + 1, n - 1), 0, p[0] % 4u};
            failed |= smc_match_add_path(&matcher, (const char *)p + 1, n - 1, p[0] % 4u,
                                         (uint32_t)n_files++);
        }
        p = line_end + 1;
    }
    must_hold(failed == 0, "no memory");
    smc_match_settle(&matcher);
    if (url.data != NULL) {
        compare(&matcher, &url);
    }
    smc_matcher_free(&matcher);
    free(url.data);
    for (size_t i = 0; i < n_files; i++) {
        free(files[i].name.data);
    }
    return 0;
}
