/*
 * Texts that are scanned for functions, as the scanner wants them: unescaped, each with zeros behind it.
 */
#ifndef SMC_TOOLS_BENCH_TEXTS_H
#define SMC_TOOLS_BENCH_TEXTS_H

#include "src/build/parts.h"

/* All zero at first. */
struct bench_texts {
    struct smc_buf bytes;
    struct smc_buf list;                 /* struct text */
    double followed_nbytes, lost_nbytes; /* in the last scan */
};

/* Adds a text of that name, if its name says a language that has functions. */
void bench_texts_add(struct bench_texts *texts, const uint8_t *text, size_t nbytes,
                     const uint8_t *name, size_t name_nbytes);
/* The same of the contents of a part's sources, which the list of all sources has the names of. */
void bench_texts_add_contents(struct bench_texts *texts, const struct smc_part *part,
                              const struct smc_source_entry *sources,
                              const struct smc_strings *strings);
/* Scans them all, with a scanner that has no memory yet, and says how many nanoseconds that took. */
double bench_texts_time(struct bench_texts *texts);
void bench_texts_free(struct bench_texts *texts);

#endif
