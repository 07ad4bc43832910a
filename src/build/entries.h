/*
 * What a source's functions are as text in an extension of a map: entries of signed base64 VLQs, split by commas and
 * perhaps by semicolons.
 */
#ifndef SMC_BUILD_ENTRIES_H
#define SMC_BUILD_ENTRIES_H

#include "src/build/parts.h"

#define SMC_ENTRY_FIELDS_MAX 5

/* All zero but the first three. */
struct smc_entries {
    struct smc_report *report;
    const char *key;             /* of the map, for warnings */
    const struct smc_json *json; /* the string */
    struct smc_buf plain;        /* a copy of it, if it has escapes */
    const uint8_t *start, *p, *end;
    const uint8_t *at;  /* the entry that was read last */
    const char *reason; /* what is wrong; NULL: nothing yet */
};

/* At the first entry. 0, or -1 without memory. */
int smc_entries_start(struct smc_entries *entries);
/* Reads the entry at `p` and what separates it from the next one of its group. The number of its fields; 0 if something
 * is wrong: there are not n_min .. n_max of them, or one is too large. */
unsigned smc_entries_read(struct smc_entries *entries, unsigned n_min, unsigned n_max,
                          int64_t fields[SMC_ENTRY_FIELDS_MAX]);
/* Warns if something is wrong with the text, so that the source's functions have been dropped; and frees. */
void smc_entries_finish(struct smc_entries *entries);

/* Whether a sum of fields is a line or a column. */
static inline int smc_is_coordinate(int64_t sum)
{
    return sum >= 0 && sum < SMCF_NONE;
}

#endif
