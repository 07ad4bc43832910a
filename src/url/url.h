/*
 * URLs as the WHATWG URL Standard parses and serializes them: what `new URL(input, base).href` is.
 *
 * One thing is left out: a host of http, https, ws, wss, ftp or file that is not ASCII after
 * percent-decoding fails, and labels that start with "xn--" are kept unchecked. The standard wants
 * IDNA there, whose tables are larger than all of this, and the sources of a map seldom have such a
 * host. Other schemes (webpack:) take any host.
 *
 * Text is UTF-8, NULL for no bytes. What is ill-formed counts as U+FFFD, and so does a surrogate of
 * WTF-8.
 * Time and memory are linear in the lengths of text and base.
 */
#ifndef SMC_URL_URL_H
#define SMC_URL_URL_H

#include "src/base/buf.h"

/* The special schemes (4.2), which have rules of their own. */
enum smc_url_scheme {
    SMC_URL_NOT_SPECIAL,
    SMC_URL_FILE,
    SMC_URL_FTP,
    SMC_URL_HTTP,
    SMC_URL_HTTPS,
    SMC_URL_WS,
    SMC_URL_WSS
};

/* A URL, serialized, and where its parts are. Starts as {0}; smc_url_parse may fill it again. */
struct smc_url {
    struct smc_buf href;
    enum smc_url_scheme scheme;
    size_t scheme_end;    /* after the colon */
    size_t authority_end; /* "//", credentials, host, port; nothing if there is no host */
    size_t path_off; /* there, or two bytes later: "/." keeps a path that starts with "//" one */
    size_t path_end;
    size_t query_end; /* with its "?"; the fragment with its "#" is the rest */
    int has_opaque_path;
};

/*
 * Parses text against a base, NULL if there is none; `base` is not `url`. Returns 0, or -1 with the
 * reason, static text; then `url` holds nothing, and href.failed says if it was for want of memory.
 */
int smc_url_parse(struct smc_url *url, const void *text, size_t nbytes, const struct smc_url *base,
                  const char **reason);
void smc_url_free(struct smc_url *url);

/*
 * The same for a base that is text, of 0 bytes if there is none: appends the result to `out`.
 * Returns 0, or -1 with the reason; then nothing is appended, and out->failed says if it was for
 * want of memory. Whoever has many texts for one base parses it once instead.
 */
int smc_url_resolve(const void *text, size_t nbytes, const void *base, size_t base_nbytes,
                    struct smc_buf *out, const char **reason);

/*
 * Length of the scheme with its colon ("https:" is 6) that text starts with, 0 if it does not. Of
 * the text as it is: the parser drops spaces before it and line ends in it. "C:\" has one, too.
 */
size_t smc_url_scheme_nbytes(const void *text, size_t nbytes);

#endif
