/*
 * The sources of a file, while not all of them are known: from the name that a map gives a source to
 * the one that is asked for, by the options.
 */
#ifndef SMC_BUILD_SOURCE_LIST_H
#define SMC_BUILD_SOURCE_LIST_H

#include "src/build/parts.h"

struct smc_source_list {
    const struct smc_build_options *options;
    struct smc_strings *strings;
    /* Contents are split into lines before the last name is known. So what all names have in common is
     * cut off only up to a '?' or '#': behind one it may decide whether a source is CSS (spec 7.1). */
    int is_split_early;
    size_t n;
    struct smc_buf name; /* of the next source: written by the caller, then by the options */
    uint64_t growth, growth_max; /* of names, in bytes, over what the maps say */

    struct smc_buf pending, bytes, scratch;
    struct smc_buf places; /* of contents, if these are split early; else they come later */
};

void smc_source_list_init(struct smc_source_list *list, const struct smc_build_options *options,
                          struct smc_strings *strings);
/* A map of so many bytes has sources in the list. */
void smc_source_list_add_input(struct smc_source_list *list, size_t nbytes);

struct smc_new_source {
    const uint8_t *raw; /* NULL: the map has null */
    size_t raw_nbytes;
    int has_name; /* it is in list->name */
    uint32_t flags;
    uint64_t first_line, content_off; /* of its content; only of a list that is_split_early */
};

/* Adds a source. SMC_BUILD_E_LIMIT: the names grow too large; SMC_BUILD_E_MEMORY. */
smc_build_status smc_source_list_add(struct smc_source_list *list,
                                     const struct smc_new_source *source);
/* Puts a source of the list on the ignore list. */
void smc_source_list_ignore(struct smc_source_list *list, size_t index);
/* Enters raw names, then names, into the strings, and makes struct smc_source_entry of the sources;
 * SMC_BUILD_E_MEMORY. */
smc_build_status smc_source_list_finish(struct smc_source_list *list, struct smc_buf *entries);
void smc_source_list_free(struct smc_source_list *list);

#endif
