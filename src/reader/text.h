/*
 * Inside of an smc_text: the content stream (spec 7), and where the lines of a source are in it.
 */
#ifndef SMC_READER_TEXT_H
#define SMC_READER_TEXT_H

#include "src/reader/cache.h"
#include "src/reader/inflate.h"

/* A piece of the content stream, inflated as far as it has been asked for. */
struct smc_piece {
    uint8_t *bytes;             /* NULL until it is needed */
    uint64_t index;             /* or SMC_NO_PIECE */
    struct smc_inflate inflate; /* into bytes */
};

#define SMC_NO_PIECE UINT64_MAX

/* A place in the content stream, and the first of all lines whose mark (spec 7.1) is there or later. */
struct smc_line_place {
    uint64_t off, line;
};

struct smc_text {
    const smc_cache *cache;
    struct smc_piece pieces[2]; /* two: a line may begin in one and end in the next */
    unsigned last;              /* the one used last */
    uint8_t *joined;            /* what spans several pieces */
    size_t joined_capacity;
    uint8_t *kept; /* what is to stay while other pieces are read; see context.c */
    size_t kept_nbytes, kept_capacity;
    uint32_t source;             /* of a line whose beginning is known; or SMC_NONE */
    struct smc_line_place place; /* where it begins */
};

/* The longest line end is U+2028 or U+2029. */
#define SMC_LINE_END_NBYTES_MAX 3

/* Bytes start .. end of the content stream. */
struct smc_stream_range {
    uint64_t start, end;
};

/* Bytes of the content stream, which the caller has checked to be inside it. *view is set on success only; its ptr is
 * not NULL then. Raw contents are not copied. Of deflated ones the view ends with the next call. */
smc_status smc_stream_view(smc_text *text, uint64_t start, uint64_t end, struct smc_view *view);
/* As much of the stream from `off` on may be viewed without joining pieces. */
uint64_t smc_stream_span(const smc_text *text, uint64_t off);

/* The lines of a source. */
struct smc_source_lines {
    struct smc_source_range range;
    uint32_t source;
    uint32_t n;
    int is_css;
};

/* Errors: as of smc_text_line, but for the line's own. */
smc_status smc_source_lines_open(const smc_text *text, uint32_t source,
                                 struct smc_source_lines *lines);
/* Where line `line` < n begins. */
smc_status smc_source_lines_start(smc_text *text, const struct smc_source_lines *lines,
                                  uint32_t line, uint64_t *off);
/* Where line `line` < n is, without its line end. Lines that are asked for in order are found by scanning on. */
smc_status smc_source_lines_find(smc_text *text, const struct smc_source_lines *lines,
                                 uint32_t line, struct smc_stream_range *bytes);

#endif
