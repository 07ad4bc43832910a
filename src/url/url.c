/*
 * The basic URL parser (4.4) and the URL serializer (4.5) in one: parts are appended to the result
 * as they are read. The states of the standard's machine are functions here, which leave the reader
 * at the "?", at the "#" or at the end.
 */
#include "src/url/parts.h"

#include <string.h>

struct parser {
    const uint8_t *p, *end;
    const struct smc_url *base; /* or NULL */
    struct smc_url *url;
    int keeps_query; /* the base's, as there is none here */
};

/* ---- reading ---- */

/* The byte that is `ahead` bytes from here; -1 at the end. */
static int peek(const struct parser *x, size_t ahead)
{
    return (size_t)(x->end - x->p) > ahead ? x->p[ahead] : -1;
}

static int is_slash(const struct parser *x, int c)
{
    return c == '/' || (c == '\\' && x->url->scheme != SMC_URL_NOT_SPECIAL);
}

/* Whether the authority and the path are over. */
static int ends_path(int c)
{
    return c == -1 || c == '?' || c == '#';
}

/* ---- what is copied from the base ---- */

static void copy_from_base(struct parser *x, size_t off, size_t end)
{
    smc_buf_append(&x->url->href, x->base->href.data + off, end - off);
}

static void copy_scheme(struct parser *x)
{
    copy_from_base(x, 0, x->base->scheme_end);
    x->url->scheme_end = x->url->href.nbytes;
    x->url->scheme = x->base->scheme;
}

/* What is in href so far is all that is before the path. */
static void end_authority(struct parser *x)
{
    x->url->authority_end = x->url->path_off = x->url->href.nbytes;
}

static void copy_authority(struct parser *x)
{
    copy_from_base(x, x->base->scheme_end, x->base->authority_end);
    end_authority(x);
}

/* ---- the path ---- */

/* "path state" */
static void parse_path(struct parser *x)
{
    x->p = smc_url_add_path(x->url, x->p, x->end);
}

/* "path start state", after an authority: the path of a special scheme is never empty. */
static void parse_path_start(struct parser *x)
{
    int has_slash = is_slash(x, peek(x, 0));

    if (has_slash || x->url->scheme != SMC_URL_NOT_SPECIAL) {
        x->p += has_slash;
        parse_path(x);
    }
}

/*
 * "opaque path state". Only a last space is encoded, which would be trimmed if the query and the
 * fragment after it were taken away.
 */
static void parse_opaque_path(struct parser *x)
{
    const uint8_t *start = x->p;

    x->url->has_opaque_path = 1;
    while (!ends_path(peek(x, 0))) {
        x->p++;
    }
    int has_last_space = x->p > start && x->p[-1] == ' ';
    smc_url_encode(&x->url->href, start, x->p - has_last_space, SMC_URL_SET_C0_CONTROL);
    if (has_last_space) {
        smc_buf_append(&x->url->href, "%20", 3);
    }
}

/* A path beside the base's: what "relative state" and "file state" do if there is no slash. */
static void parse_relative_path(struct parser *x)
{
    struct smc_url *url = x->url;

    copy_authority(x);
    copy_from_base(x, x->base->path_off, x->base->path_end);
    if (ends_path(peek(x, 0))) {
        x->keeps_query = peek(x, 0) != '?';
        return;
    }
    if (url->scheme == SMC_URL_FILE && smc_url_starts_with_drive_letter(x->p, x->end)) {
        url->href.nbytes = url->path_off;
    } else {
        smc_url_shorten_path(url);
    }
    parse_path(x);
}

/* ---- the authority ---- */

/* Passes what is up to the next slash, query or fragment, and returns where it starts. */
static const uint8_t *skip_authority(struct parser *x)
{
    const uint8_t *start = x->p;

    while (!ends_path(peek(x, 0)) && !is_slash(x, *x->p)) {
        x->p++;
    }
    return start;
}

/* "special authority ignore slashes state" (the others have two), "authority state" */
static const char *parse_slashes_and_authority(struct parser *x)
{
    if (x->url->scheme == SMC_URL_NOT_SPECIAL) {
        x->p += 2;
    } else {
        while (is_slash(x, peek(x, 0))) {
            x->p++;
        }
    }
    const uint8_t *start = skip_authority(x);
    const char *fault = smc_url_add_authority(x->url, start, x->p);
    if (fault == NULL) {
        end_authority(x);
        parse_path_start(x);
    }
    return fault;
}

/* ---- the ways to start ---- */

/* "relative state" and "relative slash state" */
static const char *parse_relative(struct parser *x)
{
    if (!is_slash(x, peek(x, 0))) {
        parse_relative_path(x);
        return NULL;
    }
    if (is_slash(x, peek(x, 1))) {
        return parse_slashes_and_authority(x);
    }
    x->p++;
    copy_authority(x);
    parse_path(x);
    return NULL;
}

/* "file host state" */
static const char *parse_file_host(struct parser *x)
{
    static const char local[] = "localhost";
    struct smc_buf *href = &x->url->href;

    smc_buf_append(href, "//", 2);
    size_t host_off = href->nbytes;
    const uint8_t *start = skip_authority(x);
    if (smc_url_is_drive_letter(start, (size_t)(x->p - start))) {
        x->p = start; /* file://C:/ has no host, but a drive */
    } else {
        const char *fault = smc_url_add_host(href, start, x->p, 1);
        if (fault != NULL) {
            return fault;
        }
    }
    if (href->nbytes - host_off == strlen(local) &&
        memcmp(href->data + host_off, local, strlen(local)) == 0) {
        href->nbytes = host_off;
    }
    end_authority(x);
    parse_path_start(x);
    return NULL;
}

/* "file slash state" without a second slash: the host and the drive are the base's. */
static void parse_file_root(struct parser *x)
{
    const struct smc_url *base = x->base;
    const uint8_t *path = base->href.data + base->path_off;
    size_t nbytes = base->path_end - base->path_off;

    copy_authority(x);
    if (!smc_url_starts_with_drive_letter(x->p, x->end) && nbytes >= 3 &&
        smc_url_starts_with_drive_letter(path + 1, path + nbytes)) {
        copy_from_base(x, base->path_off, base->path_off + 3);
    }
    parse_path(x);
}

/* "file state" */
static const char *parse_file(struct parser *x)
{
    if (x->base != NULL && x->base->scheme != SMC_URL_FILE) {
        x->base = NULL;
    }
    int n_slashes = !is_slash(x, peek(x, 0)) ? 0 : is_slash(x, peek(x, 1)) ? 2 : 1;
    if (n_slashes == 2) {
        x->p += 2;
        return parse_file_host(x);
    }
    if (x->base == NULL) {
        smc_buf_append(&x->url->href, "//", 2);
        end_authority(x);
        parse_path_start(x);
        return NULL;
    }
    x->p += n_slashes;
    if (n_slashes == 1) {
        parse_file_root(x);
    } else {
        parse_relative_path(x);
    }
    return NULL;
}

static enum smc_url_scheme find_scheme(const uint8_t *name, size_t nbytes)
{
    static const char names[][8] = {"", "file:", "ftp:", "http:", "https:", "ws:", "wss:"};

    for (unsigned i = SMC_URL_FILE; i <= SMC_URL_WSS; i++) {
        if (strlen(names[i]) == nbytes && memcmp(name, names[i], nbytes) == 0) {
            return (enum smc_url_scheme)i;
        }
    }
    return SMC_URL_NOT_SPECIAL;
}

/* "scheme state"; n is the scheme's length with its colon. */
static const char *parse_absolute(struct parser *x, size_t n)
{
    struct smc_url *url = x->url;

    for (size_t i = 0; i < n; i++) {
        uint8_t c = smc_url_lower(x->p[i]);
        smc_buf_append(&url->href, &c, 1);
    }
    x->p += n;
    url->scheme_end = n;
    url->scheme = find_scheme(url->href.data, n);
    int has_slashes = peek(x, 0) == '/' && peek(x, 1) == '/';
    if (url->scheme == SMC_URL_FILE) {
        return parse_file(x);
    }
    if (url->scheme != SMC_URL_NOT_SPECIAL) {
        if (x->base != NULL && x->base->scheme == url->scheme && !has_slashes) {
            return parse_relative(x);
        }
        return parse_slashes_and_authority(x);
    }
    if (has_slashes) {
        return parse_slashes_and_authority(x);
    }
    end_authority(x);
    if (peek(x, 0) == '/') {
        x->p++;
        parse_path(x);
    } else {
        parse_opaque_path(x);
    }
    return NULL;
}

/* "no scheme state" */
static const char *parse_schemeless(struct parser *x)
{
    if (x->base == NULL) {
        return "relative URL without a base";
    }
    if (x->base->has_opaque_path && peek(x, 0) != '#') {
        return "URL relative to a base that has no path of segments";
    }
    copy_scheme(x);
    if (x->base->has_opaque_path) {
        x->url->has_opaque_path = 1;
        parse_relative_path(x); /* which copies, as there is nothing but a fragment */
        return NULL;
    }
    return x->url->scheme == SMC_URL_FILE ? parse_file(x) : parse_relative(x);
}

/* ---- the whole ---- */

/* Without a host, a path that starts with "//" would read as one: hence "/." before it (4.5). */
static void protect_path(struct smc_url *url)
{
    struct smc_buf *href = &url->href;
    size_t nbytes = href->nbytes - url->path_off;

    if (url->authority_end == url->scheme_end && nbytes >= 2 && !url->has_opaque_path &&
        memcmp(href->data + url->path_off, "//", 2) == 0 && smc_buf_reserve(href, 2) != NULL) {
        memmove(href->data + url->path_off + 2, href->data + url->path_off, nbytes);
        memcpy(href->data + url->path_off, "/.", 2);
        href->nbytes += 2;
        url->path_off += 2;
    }
}

/* "query state" and "fragment state" */
static void parse_query_and_fragment(struct parser *x)
{
    struct smc_url *url = x->url;
    const uint8_t *hash = memchr(x->p, '#', (size_t)(x->end - x->p));
    const uint8_t *query_end = hash == NULL ? x->end : hash;

    if (x->keeps_query) {
        copy_from_base(x, x->base->path_end, x->base->query_end);
    }
    if (x->p < query_end) {
        smc_buf_append(&url->href, "?", 1);
        smc_url_encode(&url->href, x->p + 1, query_end,
                       url->scheme == SMC_URL_NOT_SPECIAL ? SMC_URL_SET_QUERY
                                                          : SMC_URL_SET_SPECIAL_QUERY);
    }
    url->query_end = url->href.nbytes;
    if (hash != NULL) {
        smc_buf_append(&url->href, "#", 1);
        smc_url_encode(&url->href, hash + 1, x->end, SMC_URL_SET_FRAGMENT);
    }
}

static const char *parse(struct parser *x)
{
    size_t n = smc_url_scheme_nbytes(x->p, (size_t)(x->end - x->p));
    const char *fault = n > 0 ? parse_absolute(x, n) : parse_schemeless(x);

    if (fault == NULL) {
        protect_path(x->url);
        x->url->path_end = x->url->href.nbytes;
        parse_query_and_fragment(x);
    }
    return fault;
}

int smc_url_parse(struct smc_url *url, const void *text, size_t nbytes, const struct smc_url *base,
                  const char **reason)
{
    static const char no_memory[] = "out of memory";
    struct smc_buf clean = {0};
    const char *fault = no_memory;

    *url = (struct smc_url){.href = url->href};
    url->href.nbytes = 0;
    smc_url_clean(text, nbytes, &clean);
    /* After this href.data is never NULL, whatever fails. */
    if (!clean.failed && smc_buf_reserve(&url->href, clean.nbytes) != NULL) {
        struct parser x = {clean.data, clean.data + clean.nbytes, base, url, 0};
        fault = parse(&x);
    }
    if (clean.failed || url->href.failed) {
        url->href.failed = 1;
        fault = no_memory;
    }
    smc_buf_free(&clean);
    if (fault != NULL) {
        *url = (struct smc_url){.href = url->href};
        url->href.nbytes = 0;
        *reason = fault;
        return -1;
    }
    return 0;
}

void smc_url_free(struct smc_url *url)
{
    smc_buf_free(&url->href);
    *url = (struct smc_url){0};
}

int smc_url_resolve(const void *text, size_t nbytes, const void *base, size_t base_nbytes,
                    struct smc_buf *out, const char **reason)
{
    struct smc_url parsed_base = {0}, url = {0};
    int status = 0;

    if (base_nbytes > 0) {
        status = smc_url_parse(&parsed_base, base, base_nbytes, NULL, reason);
    }
    if (status == 0) {
        status = smc_url_parse(&url, text, nbytes, base_nbytes > 0 ? &parsed_base : NULL, reason);
    }
    if (status == 0) {
        smc_buf_append(out, url.href.data, url.href.nbytes);
    }
    out->failed |= parsed_base.href.failed || url.href.failed;
    if (out->failed) {
        *reason = "out of memory";
        status = -1;
    }
    smc_url_free(&parsed_base);
    smc_url_free(&url);
    return status;
}

size_t smc_url_scheme_nbytes(const void *text, size_t nbytes)
{
    const uint8_t *p = text;
    size_t n = 0;

    while (n < nbytes &&
           (smc_url_is_alpha(p[n]) ||
            (n > 0 && (smc_url_is_digit(p[n]) || p[n] == '+' || p[n] == '-' || p[n] == '.')))) {
        n++;
    }
    return n > 0 && n < nbytes && p[n] == ':' ? n + 1 : 0;
}
