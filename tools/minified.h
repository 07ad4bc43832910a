/*
 * The generated file of a map, which says what functions there are where the sources do not. It is read only if it is
 * needed.
 */
#ifndef SMC_TOOLS_MINIFIED_H
#define SMC_TOOLS_MINIFIED_H

#include "tools/cli.h"

/* Stays where it is while its options are in use. All zero: there is none. */
struct minified {
    char *path;
    struct smc_buf text;
    int is_lost; /* it was needed, and could not be read: */
    struct smc_load_error error;
};

/* Finds it: `generated` if that is known (not NULL), else the file beside the map; if it is JavaScript and can be read.
 * Returns whether there is one. */
int minified_find(struct minified *minified, const char *map, const char *generated);
/* The digest of its bytes; 0, or -1 with errno. */
int minified_digest(const struct minified *minified, uint8_t digest[16]);
/* Has a build ask for it. `id` says which one it is (see smc_build_options). */
void minified_set(struct minified *minified, const uint8_t id[16],
                  struct smc_build_options *options);
void minified_free(struct minified *minified);

#endif
