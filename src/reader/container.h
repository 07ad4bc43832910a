/*
 * The container: what opening knows of a file before it looks into a section.
 */
#ifndef SMC_READER_CONTAINER_H
#define SMC_READER_CONTAINER_H

#include "src/reader/cache.h"

/* Spec 3.1 and 3.2. */
smc_status smc_header_check(const uint8_t *bytes, uint64_t nbytes, struct smc_error *error);
/* Spec 3.3: ascending, aligned, apart from each other, inside, and with no room for stowaways. */
smc_status smc_sections_check(const smc_cache *cache, struct smc_error *error);

/* A section of the file, its bounds checked by smc_sections_check. */
struct smc_span {
    const uint8_t *bytes; /* NULL: the file does not have it */
    uint64_t nbytes;
    uint64_t count;
    uint32_t encoding;
    uint64_t where; /* its entry in the section table */
};

/* The one door: all pointers into the file come from here. */
struct smc_span smc_section_find(const smc_cache *cache, uint32_t id);
/* The section is there and has exactly `n` entries of entry_nbytes. Compares by division. */
smc_status smc_span_check_size(struct smc_span span, uint64_t n, uint64_t entry_nbytes,
                               struct smc_error *error);
smc_status smc_span_check_max(struct smc_span span, uint64_t max_count, struct smc_error *error);

#endif
