/*
 * Inside of the rewriter of JSON: the scanner leads from place to place; what is at a place with an action is collected
 * whole, changed, and written.
 */
#ifndef SMC_REWRITE_JSON_PARTS_H
#define SMC_REWRITE_JSON_PARTS_H

#include "src/rewrite/json_object.h"
#include "src/rewrite/json_paths.h"
#include "src/rewrite/json_stream.h"
#include "src/rewrite/parts.h"

/* What is collected is a frame, a node of a profile, or a stack with the lines of source around its frames. What is
 * longer passes through as it is. */
#define SMC_JSON_CAPTURE_NBYTES_MAX ((size_t)16 << 20)
/* A stack of more elements passes as it is, too: each of them takes a kilobyte while it is worked on. */
#define SMC_JSON_STACK_MAX 65536

enum smc_json_action {
    SMC_JSON_NOTHING,
    SMC_JSON_NO_EVENT, /* of a scout: a key that only documents without images have */
    SMC_JSON_ENVELOPE, /* a key that the header of an envelope has, */
    SMC_JSON_EVENT,    /* and one that only events have */
    SMC_JSON_ITEM_TYPE,
    SMC_JSON_ITEM_LENGTH,
    SMC_JSON_IMAGE,
    SMC_JSON_EVENT_STACK,
    SMC_JSON_PROFILE_FRAME,
    SMC_JSON_CALL_FRAME,
    SMC_JSON_NODE,
    SMC_JSON_TRACE_STACK,
    /* The data of an event, which is a frame if it has a function's name: collected while it is looked into. */
    SMC_JSON_TRACE_DATA,
    SMC_JSON_TRACE_FUNCTION,
    SMC_JSON_SPEEDSCOPE_FRAME,
    SMC_JSON_REPORT_STACK,
    SMC_JSON_CRASH_STACK,
    SMC_JSON_HERMES_FRAME,
    /* Of folded stacks alone: json_folded.c */
    SMC_JSON_FOLD_FIRST
};

struct smc_json_fold;

/* A rewriter of JSON of which nothing is written may look ahead, for images. */
enum smc_json_role {
    SMC_JSON_REWRITES,
    SMC_JSON_SCOUTS, /* one document, of which the rewriter has seen nothing yet but where it begins */
    SMC_JSON_SURVEYS /* all of an input, before any of it is fed */
};

/* An image that a document names, found by a survey. */
struct smc_json_image {
    uint64_t document; /* from 1 */
    size_t url_off;    /* in `image_urls` */
    size_t url_nbytes;
    uint8_t debug_id[16];
};

struct smc_json_rewriter {
    struct smc_rewriter *rewriter;
    struct smc_json_tracker tracker;
    const uint8_t *from; /* of the piece at hand: what has not been passed or collected */
    /* What is being collected, if not NOTHING, and the pieces of it that have come before this one. */
    uint8_t capture; /* of enum smc_json_action */
    uint8_t has_format;
    uint8_t is_call; /* of TRACE_DATA: it has the name of a function */
    size_t capture_depth;
    struct smc_buf held;
    uint8_t role; /* of enum smc_json_role */
    uint8_t
        is_paused; /* at the beginning of a document that is to be scouted; of a scout: there is no more to find */
    uint64_t offset; /* of the input: where the piece at hand begins */
    /* What the scout has seen of the document at hand, up to this piece. */
    uint8_t is_scouting;
    struct smc_json_rewriter *scout;
    struct smc_buf document;
    /* What a survey has found. */
    uint64_t document_off; /* where the document at hand begins */
    struct smc_buf images; /* struct smc_json_image, by documents */
    struct smc_buf image_urls;
    size_t n_images, urls_nbytes; /* of them, before the document at hand */
    size_t next_image;
    /* Of the document at hand: so many images have been found ahead, and so many met. */
    size_t n_known, n_met;
    /* Items of an envelope are documents behind a header each. */
    int is_envelope, has_envelope_key, has_event_key;
    int is_header;     /* the document at hand is one */
    int is_other_item; /* of the header: its type has no frames */
    int64_t item_nbytes;
    int is_lost;                /* after an error: there is no way on */
    struct smc_json_fold *fold; /* NULL: no folded stacks are wanted */
    /* What a stack is worked on with, kept from one to the next. */
    struct smc_buf room;      /* texts of frames, unescaped */
    struct smc_buf elements;  /* struct smc_json_element */
    struct smc_buf objects;   /* struct smc_json_object, of the same frames as `generated` */
    struct smc_buf generated; /* struct smc_generated_frame */
    struct smc_json_edits edits;
    struct smc_buf part, written;
    struct smc_original_frame taken; /* the last frame that was no part of a stack */
    struct smc_context_line lines[2 * SMC_CONTEXT_AROUND_MAX + 1];
};

/* ---- json.c ---- */

/* Output that is the input's; of other outputs it is nothing. */
void smc_json_pass(struct smc_json_rewriter *json, const void *bytes, size_t nbytes);
/* Counts what is being collected, if it could have been mapped and is not. */
void smc_json_count_lost(struct smc_json_rewriter *json);
/* Notes that there is no memory. */
void smc_json_lack_memory(struct smc_json_rewriter *json);

extern const struct smc_json_rule smc_json_rules[];
/* Of images and envelopes: events and profiles of Sentry have both, whatever else counts. */
extern const struct smc_json_rule smc_json_document_rules[];
/* Of a scout. */
extern const struct smc_json_rule smc_json_scout_rules[];

/* A rewriter that has these rules, and nothing else yet. */
struct smc_json_rewriter *smc_json_new(struct smc_rewriter *rewriter,
                                       const struct smc_json_rule *const *lists, size_t n_lists);
/* Goes over a piece; returns how much of it, which is all unless it has been paused. */
size_t smc_json_run(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes);

/* ---- images: json_images.c ---- */

/* A document begins, or ends, at this byte of the input. */
void smc_json_begin_images(struct smc_json_rewriter *json, uint64_t offset, int is_object);
void smc_json_end_images(struct smc_json_rewriter *json, uint64_t offset);
void smc_json_take_image(struct smc_json_rewriter *json, const struct smc_json *whole);
/* Looks at what comes next. Returns whether enough is known to translate it; all before it has been by then. */
int smc_json_scout(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes);
/* Nothing comes next. */
void smc_json_end_scouting(struct smc_json_rewriter *json);

/* ---- frames: json_frames.c ---- */

/* Members that the forms below have in common, as indices of their names. Those that a form has not are NULL. */
enum smc_json_field {
    SMC_JSON_FIELD_REASON,
    SMC_JSON_FIELD_IGNORED,
    SMC_JSON_FIELD_FUNCTION,
    SMC_JSON_FIELD_FILE,
    SMC_JSON_FIELD_LINE,
    SMC_JSON_FIELD_COLUMN,
    SMC_JSON_FIELD_OTHERS /* those of the form alone */
};

/* How a format writes a frame. */
struct smc_json_form {
    const char *names[SMC_JSON_MEMBERS_MAX];
    const char *nameless; /* what a function without a name is called */
    uint32_t base;        /* of lines and columns */
    uint32_t flags;       /* of enum smc_generated_flag */
    enum smc_stack_order order;
    /* NULL: as the fields above are. Those that differ begin with these, or do all by themselves. */
    void (*read)(struct smc_json_rewriter *json, const struct smc_json_form *form,
                 const struct smc_json_object *object, struct smc_generated_frame *generated);
    void (*write)(struct smc_json_rewriter *json, const struct smc_json_object *object,
                  const struct smc_generated_frame *generated,
                  const struct smc_original_frame *original);
};

void smc_json_frame_read(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         struct smc_generated_frame *generated);
/* Notes the edits of a mapped frame. */
void smc_json_frame_edit(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json_object *object,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *original);

/* Takes a whole frame that is no part of a stack: counts it, and appends what takes its place to `to`, if the output is
 * the input's. Returns its innermost original, or NULL: no memory. Its texts are valid until the next one is taken, but
 * where `write` asks for others. */
const struct smc_original_frame *smc_json_take_frame(struct smc_json_rewriter *json,
                                                     const struct smc_json_form *form,
                                                     const struct smc_json *whole,
                                                     struct smc_generated_frame *generated,
                                                     struct smc_buf *to);
/* The same of a stack: an array of frames. */
void smc_json_take_stack(struct smc_json_rewriter *json, const struct smc_json_form *form,
                         const struct smc_json *array, struct smc_buf *to);

/* An element of an array that is a stack, and the white space around it. */
struct smc_json_element {
    struct smc_json value;
    const uint8_t *lead, *trail_end;
    size_t
        frame; /* its index in `generated`, and of an object in `objects`; SIZE_MAX: it is no frame */
};
/* Makes `room` empty, and large enough for all texts in a value. 0, or -1: no memory. */
int smc_json_make_room(struct smc_json_rewriter *json, const struct smc_json *whole);
/* Fills `elements`, without frames, and makes room for their texts. 0, or -1: no memory, or there are too many, and the
 * array has been appended as it is. */
int smc_json_read_elements(struct smc_json_rewriter *json, const struct smc_json *array,
                           struct smc_buf *to);

/* What is written for a frame of a stack: appends an element without its commas. */
typedef void (*smc_json_element_write)(struct smc_json_rewriter *json, const void *context,
                                       const struct smc_json_element *element,
                                       const struct smc_generated_frame *generated,
                                       const struct smc_original_frame *original,
                                       struct smc_buf *to);
/* Translates the frames of `elements`, which are in `generated`, and writes the array: what is much of it passes, the
 * rest is appended. */
void smc_json_finish_stack(struct smc_json_rewriter *json, const struct smc_json *array,
                           enum smc_stack_order order, smc_json_element_write write,
                           const void *context, struct smc_buf *to);

/* ---- formats ---- */

/* What has been collected. What is not of the type that its action wants is appended as it is. */
void smc_json_take(struct smc_json_rewriter *json, uint8_t action, const struct smc_json *whole,
                   struct smc_buf *to);

/* A document begins: its images take the place of those of the one before. */
void smc_json_begin_document(struct smc_json_rewriter *json);
/* It ends. What follows the header of an item without frames may be no JSON: it is passed over. */
void smc_json_end_document(struct smc_json_rewriter *json);

extern const struct smc_json_form smc_json_form_call_frame;
extern const struct smc_json_form smc_json_form_event;
extern const struct smc_json_form smc_json_form_profile;
extern const struct smc_json_form smc_json_form_crash;
extern const struct smc_json_form smc_json_form_hermes;
extern const struct smc_json_form smc_json_form_speedscope;

void smc_json_take_node(struct smc_json_rewriter *json, const struct smc_json *whole,
                        struct smc_buf *to);
void smc_json_take_report(struct smc_json_rewriter *json, const struct smc_json *array,
                          struct smc_buf *to);

/* ---- folded stacks: json_folded.c ---- */

extern const struct smc_json_rule smc_json_fold_rules[];

struct smc_json_fold *smc_json_fold_new(void);
void smc_json_fold_free(struct smc_json_fold *fold);
/* Whether a container with this action is not collected, but entered, and left when it ends. */
int smc_json_fold_enters(uint8_t action);
void smc_json_fold_enter(struct smc_json_rewriter *json, uint8_t action);
void smc_json_fold_leave(struct smc_json_rewriter *json, uint8_t action);
/* The key of the member that comes next. */
void smc_json_fold_key(struct smc_json_rewriter *json, const uint8_t *key, size_t nbytes);
void smc_json_fold_take(struct smc_json_rewriter *json, uint8_t action,
                        const struct smc_json *whole);
/* A stack that has been translated. */
void smc_json_fold_stack(struct smc_json_rewriter *json, enum smc_stack_order order,
                         const struct smc_generated_frame *generated,
                         const struct smc_original_frame *originals, size_t n);
/* A document is over, if there was one. */
void smc_json_fold_document(struct smc_json_rewriter *json);
/* Writes all. */
void smc_json_fold_finish(struct smc_json_rewriter *json);

#endif
