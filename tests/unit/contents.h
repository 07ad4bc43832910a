/*
 * Contents of sources and their lines (spec 6, 7), raw, deflated and left out. The oracle splits the
 * text into lines by itself.
 */
#ifndef SMC_TESTS_UNIT_CONTENTS_H
#define SMC_TESTS_UNIT_CONTENTS_H

#include "tests/unit/support.h"

struct content {
    const char *name;  /* NULL: null in the map */
    struct text bytes; /* data NULL: no content */
};

struct content content_of(const char *name, const char *bytes, size_t nbytes);
void contents_free(struct content *contents, uint32_t n);
/* A map of no tokens. */
struct text contents_map(const struct content *contents, uint32_t n);

/* The lines of a content as the oracle has them, without their ends: *lines is to be freed. */
uint32_t content_lines(const struct content *content, struct smc_view **lines);
/* The same of a content that a file has, in a source of that name. */
uint32_t view_lines(struct smc_view content, struct smc_view name, struct smc_view **lines);

/* Builds the map of these contents in that mode, or in each; then counts and lines are those of the oracle. */
void contents_compare_mode(const struct content *contents, uint32_t n, const struct text *map,
                           enum smc_build_sources mode);
void contents_compare(const struct content *contents, uint32_t n);
void contents_compare_one(const char *name, const char *bytes, size_t nbytes);
#define COMPARE_CONTENT(name, bytes) contents_compare_one((name), (bytes), sizeof(bytes) - 1)

#endif
