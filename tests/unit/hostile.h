/*
 * Long texts for the scanner, made of one small piece each: nested, side by side, or never closed. Work that grows with
 * the square of the text takes minutes for these.
 */
#ifndef SMC_TESTS_UNIT_HOSTILE_H
#define SMC_TESTS_UNIT_HOSTILE_H

#include "src/javascript/javascript.h"

#include <stddef.h>
#include <stdint.h>

#define HOSTILE_LOST (-1)
#define HOSTILE_ANY (-2)

struct hostile {
    enum smc_js_language language;
    /* before, then `open` many times, `middle`, `close` as many times, after */
    const char *before, *open, *middle, *close, *after;
    int n_functions; /* for each time; or HOSTILE_LOST, HOSTILE_ANY */
};

extern const struct hostile hostile_texts[];
extern const unsigned n_hostile_texts;

/* The text, about `nbytes` long, with the zeros that have to follow it; the caller frees it. NULL: no memory. */
uint8_t *hostile_text(const struct hostile *hostile, size_t nbytes, size_t *text_nbytes,
                      size_t *n_times);

#endif
