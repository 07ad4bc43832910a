/*
 * URLs, against a base that is the first line: what is serialized parses to itself, in all its parts, with a base or
 * without; its parts are in order; resolving text against text is the same as against a parsed base.
 *
 * sources: src/url
 * support: src/base
 */
#include "src/url/url.h"
#include "tests/fuzz/fuzzing.h"

#include <string.h>

static int is_same_url(const struct smc_url *a, const struct smc_url *b)
{
    return a->href.nbytes == b->href.nbytes &&
           memcmp(a->href.data, b->href.data, a->href.nbytes) == 0 && a->scheme == b->scheme &&
           a->scheme_end == b->scheme_end && a->authority_end == b->authority_end &&
           a->path_off == b->path_off && a->path_end == b->path_end &&
           a->query_end == b->query_end && a->has_opaque_path == b->has_opaque_path;
}

static void check_parts(const struct smc_url *url)
{
    const uint8_t *href = url->href.data;

    must_hold(url->scheme_end > 1 && href[url->scheme_end - 1] == ':', "no scheme");
    must_hold(url->scheme_end == smc_url_scheme_nbytes(href, url->href.nbytes), "another scheme");
    must_hold(url->scheme_end <= url->authority_end && url->authority_end <= url->path_off &&
                  url->path_off <= url->path_end && url->path_end <= url->query_end &&
                  url->query_end <= url->href.nbytes,
              "parts out of order");
    must_hold(url->query_end == url->path_end || href[url->path_end] == '?', "no query");
    must_hold(url->query_end == url->href.nbytes || href[url->query_end] == '#', "no fragment");
    for (size_t i = 0; i < url->href.nbytes; i++) {
        must_hold(href[i] > 0x20 || (href[i] == ' ' && url->has_opaque_path),
                  "a control character");
        must_hold(href[i] < 0x7f, "not ASCII");
    }
}

/* The URL itself, against no base and against any, is itself. */
static void check_again(const struct smc_url *url, const struct smc_url *base)
{
    struct smc_url again = {0};
    const char *reason;

    must_hold(smc_url_parse(&again, url->href.data, url->href.nbytes, NULL, &reason) == 0,
              "a URL that is no URL");
    must_hold(is_same_url(url, &again), "a URL that is another one");
    must_hold(smc_url_parse(&again, url->href.data, url->href.nbytes, base, &reason) == 0 &&
                  is_same_url(url, &again),
              "a URL that depends on a base");
    smc_url_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    const uint8_t *line_end = nbytes == 0 ? NULL : memchr(data, '\n', nbytes);
    const size_t base_nbytes = line_end == NULL ? 0 : (size_t)(line_end - data);
    const uint8_t *text = line_end == NULL ? data : line_end + 1;
    const size_t text_nbytes = nbytes - (size_t)(text - data);
    static struct smc_url url, base; /* they keep their memory from input to input */
    struct smc_buf resolved = {0};
    const char *reason = NULL, *other = NULL;

    const int has_base =
        base_nbytes > 0 && smc_url_parse(&base, data, base_nbytes, NULL, &reason) == 0;
    if (has_base) {
        check_parts(&base);
        check_again(&base, NULL);
    }
    const int is_good =
        smc_url_parse(&url, text, text_nbytes, has_base ? &base : NULL, &reason) == 0;
    if (is_good) {
        check_parts(&url);
        check_again(&url, has_base ? &base : NULL);
    } else {
        must_hold(reason != NULL && url.href.nbytes == 0 && !url.href.failed, "no reason");
    }
    if (has_base || base_nbytes == 0) {
        const int is_resolved =
            smc_url_resolve(text, text_nbytes, data, base_nbytes, &resolved, &other) == 0;
        must_hold(is_resolved == is_good && resolved.nbytes == (is_good ? url.href.nbytes : 0) &&
                      (!is_good || memcmp(resolved.data, url.href.data, resolved.nbytes) == 0) &&
                      (is_good || other == reason),
                  "resolving comes to something else");
    }
    smc_buf_free(&resolved);
    return 0;
}
