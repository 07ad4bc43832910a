/*
 * Which of the files that are known is the one that a frame's URL means. Text alone: nothing is opened.
 *
 * A file is known by URLs that it is served at, or by its place in a folder, of which nobody has said where it is served:
 * then the more of its path agrees with the URL's, from the end, the better. What fits several equally well is
 * ambiguous, and not guessed.
 *
 * Adding belongs to one thread; after smc_match_settle any number may ask.
 */
#ifndef SMC_MATCH_MATCH_H
#define SMC_MATCH_MATCH_H

#include "src/base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* In the order of trust, which is that of enum smc_file_rule. */
enum smc_match_rule {
    SMC_MATCH_NONE,
    SMC_MATCH_URL,       /* as it is */
    SMC_MATCH_PLAIN_URL, /* without its query and fragment */
    SMC_MATCH_ANY_HOST,  /* ~/path, without scheme and host */
    SMC_MATCH_PATH,      /* the end of its path, two parts or more */
    SMC_MATCH_BASE_NAME  /* the last part of its path alone */
};

/* How many of an ambiguous URL's files are told. */
#define SMC_MATCHES_MAX 4
/* So many files that fit a URL equally well are looked at, for one that fits better in another way: more are ambiguous
 * anyhow, and a question takes the same time however many there are. */
#define SMC_MATCH_TIES_MAX 1024
/* A longer URL fits nothing. */
#define SMC_MATCH_URL_NBYTES_MAX 8192

struct smc_match {
    enum smc_match_rule rule;
    size_t n; /* 0: none; 1: it is that; more: it could be any of so many, or more */
    uint32_t ids[SMC_MATCHES_MAX]; /* the first of them */
};

struct smc_match_key;

/* All zero in the beginning. */
struct smc_matcher {
    struct smc_match_key *urls, *paths;
    size_t n_urls, n_paths, urls_capacity, paths_capacity;
    struct smc_buf text; /* of the keys */
};

/*
 * A file of the caller's number `id` is served at a URL; "~/path" is at that path of any host. Or it is at a path, an
 * absolute one, of which the last n_relative parts are below the folder that the caller speaks of. The same id may be
 * added several times. These return 0, or -1 without memory.
 */
int smc_match_add_url(struct smc_matcher *matcher, const char *url, size_t nbytes, uint32_t id);
int smc_match_add_path(struct smc_matcher *matcher, const char *path, size_t nbytes,
                       uint32_t n_relative, uint32_t id);

/* After the last has been added, before the first is asked for. */
void smc_match_settle(struct smc_matcher *matcher);

/*
 * Finds what a URL, or a path, means. Parts of a path are separated by "/", and by "\" where there is no scheme; of a URL
 * they are percent-decoded. A URL that no file is served at is looked for percent-decoded, too. 0, or -1 without memory.
 * Time goes by the URL's length, and by the logarithm of the number of files.
 */
int smc_match_find(const struct smc_matcher *matcher, const char *url, size_t nbytes,
                   struct smc_match *match);

void smc_matcher_free(struct smc_matcher *matcher);

#endif
