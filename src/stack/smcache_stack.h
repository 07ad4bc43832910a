/*
 * smcache stack: the frames in the text of a stack trace, as JavaScript engines print them, within any other text.
 *
 *     at fn (URL:L:C)    at URL:L:C       V8 (Chrome, Edge, Node), and Hermes with debug info
 *     fn@URL:L:C                          SpiderMonkey (Firefox), JavaScriptCore (Safari)
 *     at fn (address at URL:S:O)          Hermes bytecode: a segment and an offset
 *
 * Functions of bytes alone: any bytes may come, and any number of threads may ask. Text is what the engine wrote, or
 * that as JSON strings have it ("...\n    at fn (URL:L:C)\n"), once or several times over, as logs do.
 */
#ifndef SMCACHE_STACK_H
#define SMCACHE_STACK_H

#include "src/reader/smcache.h"

#ifdef __cplusplus
extern "C" {
#endif

enum smc_stack_form {
    SMC_STACK_AT = 1,      /* at fn (URL:L:C), at URL:L:C */
    SMC_STACK_AT_SIGN = 2, /* fn@URL:L:C */
    SMC_STACK_ADDRESS = 3  /* at fn (address at URL:S:O) */
};

enum smc_stack_flag {
    SMC_STACK_ASYNC = 1, /* "async " is before the function; it is no part of its name */
    SMC_STACK_NEW = 2,   /* "new " is: it was called as a constructor */
    /* What an eval is in: "eval at fn (URL:L:C)". It is inside of the frame of the code that is evaluated, which
     * comes next. */
    SMC_STACK_EVAL_ORIGIN = 4,
    /* Code that is evaluated: its position is in a text that no map is of, unless the URL says otherwise. Of
     * SpiderMonkey's ("URL line N > eval:L:C") the position is the origin's, which has no column. */
    SMC_STACK_EVAL = 8,
    SMC_STACK_NATIVE = 16, /* no position: (native), (<anonymous>), (index 0), [native code] */
    /* The frame is all of its line but white space: what is before it is its indentation. */
    SMC_STACK_ALONE = 32
};

/* Bytes of the text. */
struct smc_stack_span {
    size_t off;
    size_t nbytes; /* 0: nothing */
};

struct smc_stack_frame {
    uint32_t form;  /* of enum smc_stack_form */
    uint32_t flags; /* of enum smc_stack_flag */
    struct smc_stack_span
        whole; /* from "at", or the function, up to the column or the ")" behind it */
    struct smc_stack_span function; /* without "async ", "new ", " [as name]", "async*" */
    struct smc_stack_span url;      /* as it is written; of a NATIVE frame nothing */
    /* 0-based, whatever the form: a segment and an offset, if it is ADDRESS. SMC_NONE: there is none. Numbers that
     * 32 bits do not hold are SMC_NONE - 1. */
    uint32_t line;
    uint32_t column;
    /* So many times the text has been made a JSON string: 0 if it is as the engine wrote it. Function and URL have its
     * escapes, and so must what takes their place. Of an EVAL_ORIGIN 0: those of the frame that it is in count. */
    uint32_t n_escapings;
};

/* More of them than this are not seen as such. */
#define SMC_STACK_ESCAPINGS_MAX 4

/* A longer frame is none. */
#define SMC_STACK_FRAME_NBYTES_MAX 65536

/* Code that is evaluated may have come from code that was: so many of these are seen. */
#define SMC_STACK_PARENTHESES_MAX 16

/* Where a search goes on. All zero but text and nbytes, at the beginning. */
struct smc_stack_scan {
    const char *text; /* one line, or a piece of one, without its end */
    size_t nbytes;
    size_t next; /* what is before has been searched */
    /* The search's own; offsets are one too high, so that 0 is none. */
    size_t
        line; /* where a line begins: here, behind a line end in a JSON string, or behind a frame */
    size_t space;     /* behind the last white space, quote or escape */
    size_t word;      /* the same, or behind punctuation that no name has */
    size_t at;        /* the last "at " that could begin a frame, */
    int at_is_first;  /* which is the first on its line */
    size_t sign;      /* the "@" of the last word that has one */
    size_t sign_word; /* and where that word began */
    size_t eval_end;  /* behind the last EVAL_ORIGIN */
    size_t n_parentheses;
    struct {
        size_t open, at; /* its "(", and the `at` of then */
        int at_is_first;
    } parentheses[SMC_STACK_PARENTHESES_MAX];
};

/*
 * Finds the next frame of a line. Returns 1, or 0 at its end. All calls together take time in proportion to the line.
 */
SMC_API int smc_stack_next(struct smc_stack_scan *scan, struct smc_stack_frame *frame);

#ifdef __cplusplus
}
#endif

#endif
