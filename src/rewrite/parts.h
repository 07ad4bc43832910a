/*
 * What the rewriters of text and of JSON share.
 */
#ifndef SMC_REWRITE_PARTS_H
#define SMC_REWRITE_PARTS_H

#include "src/base/buf.h"
#include "src/rewrite/smcache_rewrite.h"
#include "src/rewrite/table.h"
#include "src/stack/smcache_stack.h"

#include <string.h>

/* NULL is nothing. */
static inline struct smc_view smc_view_of(const char *text)
{
    return (struct smc_view){text, text == NULL ? 0 : strlen(text)};
}

/* What is written goes to the sink in pieces of about this size. */
#define SMC_OUT_NBYTES ((size_t)128 << 10)

struct smc_text_rewriter;
struct smc_json_rewriter;

/* Which debug ID belongs to a URL; to any that has none of its own, if that is NULL. */
struct smc_known_image {
    char *url;
    size_t url_nbytes;
    uint8_t debug_id[16];
};

struct smc_rewriter {
    struct smc_rewrite_options options;
    struct smc_known_image *images; /* of the options, then of the input's debug_meta */
    size_t n_images;
    size_t n_own_images;          /* those of the options */
    struct smc_table image_table; /* by their URLs */
    struct smc_buf head;          /* bytes of an input whose format is not known yet */
    struct smc_buf out;
    struct smc_rewrite_counts counts;
    struct smc_rewrite_error error; /* the first, */
    int is_told;                    /* which has been returned */
    uint64_t offset;                /* of the input: fed before */
    struct smc_text_rewriter *text; /* one of the two, once the format is known */
    struct smc_json_rewriter *json;
    struct smc_json_rewriter
        *survey; /* of the whole input, before it is known what it is; or NULL */
    int has_lost_sink;
};

/* ---- output: output.c ---- */

void smc_out(struct smc_rewriter *rewriter, const void *bytes, size_t nbytes);
void smc_out_text(struct smc_rewriter *rewriter, const char *text);
/* Notes the first error; returns its status. */
smc_rewrite_status smc_rewrite_fail(struct smc_rewriter *rewriter, smc_rewrite_status status,
                                    const char *reason, uint64_t offset);
/* Hands all to the sink. */
void smc_out_flush(struct smc_rewriter *rewriter);

/* Appends a text as the inside of a JSON string: WTF-8 in, escapes for what must have one, lone surrogates and ill-formed
 * bytes as U+FFFD. smc_append_json: with the quotes, or null of a view that is nothing. */
void smc_append_escaped(struct smc_buf *buf, const char *text, size_t nbytes);
void smc_append_json(struct smc_buf *buf, struct smc_view text);
void smc_append_number(struct smc_buf *buf, uint64_t number);
/* As people are shown it: no character that could end a line or drive a terminal. */
void smc_append_shown(struct smc_buf *buf, struct smc_view text);
/* "SOURCE:LINE:COLUMN" of a mapped frame, 1-based. */
void smc_append_place(struct smc_buf *buf, const struct smc_original_frame *original);

/* ---- images: images.c ---- */

/* The debug ID that belongs to a URL, as it was said first: 16 bytes, or NULL. */
const uint8_t *smc_image_of(const struct smc_rewriter *rewriter, struct smc_view url);
/* Errors: memory. */
int smc_image_add(struct smc_rewriter *rewriter, struct smc_view url, const uint8_t debug_id[16]);
/* Those of the input go, as a new document begins. Errors: memory. */
int smc_images_forget(struct smc_rewriter *rewriter);
void smc_images_free(struct smc_rewriter *rewriter);

/* ---- frames ---- */

/* Notes in the counts what came of a generated frame: once for each, so not of INLINED ones. */
void smc_count_frame(struct smc_rewriter *rewriter, const struct smc_original_frame *original);
/* Counts a generated frame, by those of the n originals that come of it, which are the first ones; returns how many these
 * are. One that a compiler has put in between is mapped, to nothing. */
size_t smc_count_originals(struct smc_rewriter *rewriter, uint32_t frame,
                           const struct smc_original_frame *originals, size_t n);

/* SMC_OUTPUT_FRAMES: one line, of the frame that was counted last. */
void smc_out_frame(struct smc_rewriter *rewriter, const struct smc_generated_frame *generated,
                   const struct smc_original_frame *original);

/* SMC_OUTPUT_FOLDED: a frame as folded stacks have it, without what would end it: "Checkout.submit (src/checkout.ts:38)".
 * The line of a profile's frame is where its function starts. */
void smc_append_folded(struct smc_buf *buf, const struct smc_generated_frame *generated,
                       const struct smc_original_frame *original);

/* ---- JSON: json.c ---- */

struct smc_json_rewriter *smc_json_rewriter_new(struct smc_rewriter *rewriter);
void smc_json_rewriter_free(struct smc_json_rewriter *json);
/* These note errors in the rewriter. */
void smc_json_survey(struct smc_rewriter *rewriter, const uint8_t *bytes, size_t nbytes);
void smc_json_rewriter_feed(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes);
void smc_json_rewriter_finish(struct smc_json_rewriter *json);

/* ---- text: text.c ---- */

struct smc_text_rewriter *smc_text_rewriter_new(struct smc_rewriter *rewriter);
void smc_text_rewriter_free(struct smc_text_rewriter *text);
void smc_text_rewriter_feed(struct smc_text_rewriter *text, const uint8_t *bytes, size_t nbytes);
void smc_text_rewriter_flush(struct smc_text_rewriter *text, int waits);
int smc_text_rewriter_is_waiting(const struct smc_text_rewriter *text);
void smc_text_rewriter_finish(struct smc_text_rewriter *text);

/* ---- frames of text: text_frame.c ---- */

/* What is to be said behind a frame: why it is as it was, or that it is of third parties; or NULL. */
const char *smc_text_note(const struct smc_rewriter *rewriter,
                          const struct smc_original_frame *original);

/* The frame of a line as one of generated code, its views in the line. Where that is escaped they are in `room`: they are
 * valid until it grows, for which an escaped frame takes as many bytes as it has. */
void smc_text_frame_read(const char *line, const struct smc_stack_frame *frame,
                         struct smc_buf *room, struct smc_generated_frame *generated);
/* What of it another text takes the place of: all; of code that is evaluated its position, behind what it is in, which has
 * one of its own. */
struct smc_stack_span smc_text_frame_span(const char *line, const struct smc_stack_frame *frame);
/* Appends that text, in its form and with its escapes. */
void smc_text_frame_write(struct smc_buf *buf, const char *line,
                          const struct smc_stack_frame *frame,
                          const struct smc_original_frame *original);

#endif
