/*
 * Inside of names: their parts, and what the left sides of assignments have of them.
 */
#ifndef SMC_JAVASCRIPT_NAMES_H
#define SMC_JAVASCRIPT_NAMES_H

#include "src/javascript/scanner.h"

/* Left sides are looked at so far, so that all names are linear in the text; and have no more parts. */
#define CHAIN_NBYTES_MAX 1024
#define CHAIN_PARTS_MAX SMC_JS_PARTS_MAX

/* A part of a name, with the pieces that it takes. */
struct part {
    uint32_t start, end;
    uint8_t kind; /* enum part_kind */
};

enum part_kind {
    PART_IDENTIFIER,
    PART_KEY,          /* <number> */
    PART_KEY_STRING,   /* <"text"> */
    PART_COMPUTED,     /* <computed> */
    PART_INDEX,        /* [number] */
    PART_INDEX_STRING, /* ["text"] */
    PART_INDEX_WORD,   /* [identifier] */
    PART_INDEX_OTHER,  /* [<computed>] */
    PART_TEXT,         /* as it is: it is nobody's identifier */
    PART_OBJECT,       /* <object> */
    PART_DEFAULT       /* default */
};

/* The left side of an assignment: a.b["c"]. */
struct chain {
    const uint8_t *text, *p, *end;
    struct part parts[CHAIN_PARTS_MAX];
    unsigned n;
};

/* Reads the parts of what is between p and end: chain.c. 0, or -1 if it is something else. */
int smc_js_chain_read(struct chain *chain);

#endif
