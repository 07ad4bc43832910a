/*
 * Outlines of sources by their contents: our own scan of the original text.
 */
#ifndef SMC_BUILD_CONTENT_OUTLINES_H
#define SMC_BUILD_CONTENT_OUTLINES_H

#include "src/build/outline.h"
#include "src/javascript/javascript.h"

/* Reused from text to text. All zero at first. */
struct smc_content_scanner {
    struct smc_js js;
    struct smc_buf text, spans, ranges;
    struct smc_function_table *table;
};

/*
 * Makes the outline of a text with SMC_JS_PADDING zeros behind it, whose source has that name; names of its functions go
 * into the table. Empty if the text is in no language that has functions, or cannot be followed. 0, or -1 without memory.
 */
int smc_content_outline(struct smc_content_scanner *scanner, const uint8_t *text, size_t nbytes,
                        const uint8_t *name, size_t name_nbytes, struct smc_outline *outline);
/* The same of a JSON string. */
int smc_content_outline_json(struct smc_content_scanner *scanner, const struct smc_json *content,
                             const uint8_t *name, size_t name_nbytes, struct smc_outline *outline);
void smc_content_scanner_free(struct smc_content_scanner *scanner);

#endif
