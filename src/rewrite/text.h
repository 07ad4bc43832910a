/*
 * Inside of the rewriter of text: lines are read as they come, the frames of lines that follow each other are a stack, and
 * a stack is held back until it is whole.
 */
#ifndef SMC_REWRITE_TEXT_H
#define SMC_REWRITE_TEXT_H

#include "src/rewrite/parts.h"

/* A longer line is read in pieces of this size, so that memory has a limit. */
#define SMC_TEXT_PIECE_NBYTES ((size_t)1 << 20)
/* A stack with more frames, or with more bytes, is translated in parts. */
#define SMC_TEXT_HELD_MAX 4096
#define SMC_TEXT_HELD_NBYTES ((size_t)1 << 20)

_Static_assert(SMC_TEXT_PIECE_NBYTES / 2 > SMC_STACK_FRAME_NBYTES_MAX, "a frame fits a piece");

/* A frame that has been read, and not been written. Offsets of `frame` are in its line, which is where `in` has it. */
struct smc_held_frame {
    struct smc_stack_frame frame;
    size_t line; /* offset in `in` */
    size_t next; /* of the line behind it */
    int is_in_text; /* others share its line, or that is one string, or not all of it is there: nothing goes below */
    int begins_stack;  /* what is before it on its line is no frame of its stack */
    uint32_t original; /* of translated stacks: its first, */
    uint32_t n;        /* and how many there are */
    int has_line_end;  /* the rest of its line has been written, with a line end */
};

struct smc_text_rewriter {
    struct smc_rewriter *rewriter;
    struct smc_buf in; /* what has not been written */
    size_t written;    /* of it, this has */
    size_t line;       /* here the next line begins, or what is left of a long one */
    int is_in_line;
    size_t searched;     /* from there up to here is no line end */
    struct smc_buf held; /* struct smc_held_frame */
    /* The last frame of the stack's part that has been written already: its neighbour's name depends on it. */
    struct smc_buf last_line;
    struct smc_held_frame last;
    int has_last;
    int is_waiting;
    struct smc_buf generated;  /* struct smc_generated_frame, of the stack at hand */
    struct smc_buf room;       /* and texts of theirs */
    struct smc_buf labels;     /* SMC_OUTPUT_FOLDED: those of the stack so far, callee first, */
    struct smc_buf label_ends; /* and where each ends, size_t */
    struct smc_buf origins;    /* what evals are in, written; see text_stack.c */
};

/* Writes the stack that is held, and what is between its frames. Where it goes on, the next part will know of it. */
void smc_text_stack_write(struct smc_text_rewriter *text, int goes_on);
/* Whether the caller of the last frame could tell its name. */
int smc_text_stack_waits(struct smc_text_rewriter *text);

/* text_write.c */
int smc_text_is_hidden(const struct smc_text_rewriter *text,
                       const struct smc_original_frame *original);
/* Writes what is before a held frame and the frame, of which held->n originals are given. So many origins, which are
 * what the evals are in that it is of, stand before it in the list: their texts are origins[original .. original + n). */
void smc_text_held_write(struct smc_text_rewriter *text, struct smc_held_frame *held,
                         size_t n_origins, const struct smc_original_frame *originals);

/* text_folded.c: adds a frame to the line of the stack; writes that line, if there is one. */
void smc_text_fold(struct smc_text_rewriter *text, const struct smc_generated_frame *generated,
                   const struct smc_original_frame *original);
void smc_text_fold_end(struct smc_text_rewriter *text);

#endif
