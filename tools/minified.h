/*
 * The generated file of a map, which says what functions there are where the sources do not. It is read only if it is
 * needed.
 */
#ifndef SMC_TOOLS_MINIFIED_H
#define SMC_TOOLS_MINIFIED_H

#include "tools/cli.h"

#include <sys/stat.h>

/* Stays where it is while its options are in use. All zero: there is none. */
struct minified {
    char *path;
    int is_checked, is_identified;
    uint8_t id[16];
    struct stat state; /* as it was then, which it stays */
    struct smc_buf text;
    int is_lost; /* it was needed, and could not be read: */
    struct smc_load_error error;
    /* Why there are no functions in its text, and where that was seen; NULL: there may be. */
    const char *unfollowed;
    int has_place;
    struct smc_position unfollowed_at;
};

/* Finds it: `generated` if that is known (not NULL), else the file beside the map; if it is JavaScript and may be read.
 * Returns whether there is one; -1 with errno: there is no telling. */
int minified_find(struct minified *minified, const char *map, const char *generated);
/* Whether it can be read as often as one likes; 0, or -1 with errno. */
int minified_check(struct minified *minified);
/* Has a build ask for it. */
void minified_offer(struct minified *minified, struct smc_build_options *options);
/* Says which one it is (`id`), by a digest of its bytes, as is done at the latest when a build asks for it. If it has
 * changed until then, the build fails. 0, or -1 with errno. */
int minified_identify(struct minified *minified);
/* Notes an error of reading it, by errno. -1. */
int minified_lose(struct minified *minified, int error_number);
/* What there is to warn of, that it could not be followed; NULL: nothing. */
#define MINIFIED_TEXT_NBYTES 4608
const char *minified_warning(const struct minified *minified, char text[MINIFIED_TEXT_NBYTES]);
void minified_free(struct minified *minified);

#endif
