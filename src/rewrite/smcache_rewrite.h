/*
 * smcache rewrite: stack traces, error reports and profiles in, the same with the original's functions, files, lines and
 * columns out; or a list of their frames, or folded stacks.
 *
 * A rewriter is a filter: bytes are fed in pieces of any size, and what comes of them goes to a sink, with a memory that
 * does not grow with the input. What is no frame passes through as it is, byte for byte.
 *
 * Sentry's events and profiles name the debug IDs of their files behind their frames, or before. So a JSON document that
 * may be one is held back until it is whole, up to SMC_REWRITE_DOCUMENT_NBYTES_MAX; of a longer one the images that are
 * beyond that come too late for the frames before them, which are found by their URLs: unless there was a survey. Other
 * profiles, and traces, are never held back.
 *
 * Bases. Each format has its own, which is kept: see enum smc_rewrite_format.
 *
 * Threads. A rewriter, and its symbolicator, belong to one thread at a time.
 */
#ifndef SMCACHE_REWRITE_H
#define SMCACHE_REWRITE_H

#include "src/symbolicate/smcache_symbolicate.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum smc_rewrite_status {
    SMC_REWRITE_OK = 0,
    SMC_REWRITE_E_MEMORY = 1,
    SMC_REWRITE_E_SINK = 2, /* the sink has failed */
    SMC_REWRITE_E_JSON = 3, /* the input is no JSON: reason and offset say where */
    SMC_REWRITE_E_OPTION =
        4, /* an option that the library does not know, or two that exclude each other */
    SMC_REWRITE_E_LIMIT =
        5 /* folded stacks of a profile that is too large: see SMC_REWRITE_NODES_MAX */
} smc_rewrite_status;

struct smc_rewrite_error {
    smc_rewrite_status status;
    const char *reason; /* static text, never NULL */
    uint64_t offset;    /* byte of the input; 0 if it is about none */
};

/* "JSON" is any of the ones below it, told apart by their keys; they may follow each other, a document a line. */
enum smc_rewrite_format {
    SMC_FORMAT_UNKNOWN = 0,
    SMC_FORMAT_TEXT =
        1, /* any text with frames in it (smcache_stack.h); 1-based, bytecode offsets 0-based */
    SMC_FORMAT_JSON = 2,
    SMC_FORMAT_SENTRY_EVENT =
        3, /* exception, threads, stacktrace; debug_meta. 1-based. Envelopes are JSON */
    SMC_FORMAT_SENTRY_PROFILE = 4, /* profile.frames; 1-based */
    SMC_FORMAT_CPUPROFILE = 5,     /* of V8: nodes[].callFrame; 0-based, ticks 1-based */
    SMC_FORMAT_HEAPPROFILE = 6,    /* of V8: head, children; 0-based */
    SMC_FORMAT_HERMES_PROFILE = 7, /* stackFrames; 1-based */
    SMC_FORMAT_HERMES_CRASH = 8,   /* callstack; 0-based */
    SMC_FORMAT_CHROME_TRACE = 9,   /* traceEvents, or an array of events */
    SMC_FORMAT_SPEEDSCOPE = 10,    /* shared.frames; 1-based */
    SMC_FORMAT_NODE_REPORT = 11    /* javascriptStack.stack, lines of text */
};

/* "text", "json", "sentry-event", "cpuprofile"; NULL of SMC_FORMAT_UNKNOWN, and of any other value. */
SMC_API const char *smc_format_text(uint32_t format);

/*
 * What the first bytes of an input are: so many as there are, at most SMC_FORMAT_HEAD_NBYTES are looked at. What is no
 * JSON of a known kind is TEXT; UNKNOWN: more bytes could tell, or, if these are all, there is no memory to look at them.
 */
#define SMC_FORMAT_HEAD_NBYTES 65536
SMC_API uint32_t smc_format_detect(const void *bytes, size_t nbytes, int is_all);

enum smc_rewrite_output {
    SMC_OUTPUT_SAME = 0, /* the format of the input */
    SMC_OUTPUT_FRAMES =
        1, /* JSON, an object a line for each frame; 1-based. Or what `visit` makes of them */
    SMC_OUTPUT_FOLDED = 2 /* "caller;callee;callee 12", a line a stack, for flame graphs */
};

enum smc_rewrite_flag {
    SMC_REWRITE_ANNOTATE = 1, /* a frame that is not mapped says why; an ignored one that it is */
    SMC_REWRITE_HIDE_IGNORED =
        2, /* ignored frames are left out, where the format has stacks and no numbers for them */
    SMC_REWRITE_COLOUR = 4 /* for a terminal: TEXT only */
};

/* Which debug ID belongs to a URL. */
struct smc_rewrite_image {
    struct smc_view url; /* NULL: to any that has none of its own */
    uint8_t debug_id[16];
};

/* Takes bytes; anything but 0 is a failure. */
typedef int (*smc_rewrite_sink)(void *context, const void *bytes, size_t nbytes);

/* Of n_context. */
#define SMC_REWRITE_NO_CONTEXT UINT32_MAX

/* All zero but struct_size, symbolicator and sink: the defaults. Nothing is copied but images. */
struct smc_rewrite_options {
    size_t struct_size; /* sizeof(struct smc_rewrite_options) */
    smc_symbolicator *symbolicator;
    smc_rewrite_sink sink;
    void *sink_context;
    uint32_t format; /* of enum smc_rewrite_format; 0: as the first bytes are */
    uint32_t output; /* of enum smc_rewrite_output */
    uint32_t flags;  /* of enum smc_rewrite_flag */
    /* Source lines before and after, in the fields of a Sentry event: 0 is 5; SMC_REWRITE_NO_CONTEXT: none, nor the line
     * itself. At most SMC_CONTEXT_AROUND_MAX. */
    uint32_t n_context;
    /* Of TEXT: what is to stand in lines of its own below a mapped frame, NULL for nothing; it must end with a line end,
     * and stay until the next call. NULL: there is nothing. Where frames are inside of a string there is no below. */
    const char *(*below)(void *context, const struct smc_original_frame *frame, size_t *nbytes);
    void *below_context;
    /* Of FRAMES: called for each, instead of writing anything. Both are valid during the call. */
    void (*visit)(void *context, const struct smc_generated_frame *generated,
                  const struct smc_original_frame *original);
    void *visit_context;
    const struct smc_rewrite_image *images;
    size_t n_images;
};

typedef struct smc_rewriter smc_rewriter;

/* Errors: E_MEMORY, E_OPTION. *rewriter is NULL then. `error` may be NULL, here and below. */
SMC_API smc_rewrite_status smc_rewriter_open(const struct smc_rewrite_options *options,
                                             smc_rewriter **rewriter,
                                             struct smc_rewrite_error *error);
/* NULL is allowed. */
SMC_API void smc_rewriter_close(smc_rewriter *rewriter);

/* So much of a document of Sentry is kept while its images are looked for. */
#define SMC_REWRITE_DOCUMENT_NBYTES_MAX (UINT32_C(16) << 20)

/*
 * A first look at an input that can be read twice: all of it, in pieces, before any of it is fed. Only of use where a
 * document of Sentry is larger than SMC_REWRITE_DOCUMENT_NBYTES_MAX: then all of its images count. An input may be
 * anything, text as well, which is not decided by this. Errors: E_MEMORY. What is wrong with the input is said when it
 * is fed.
 */
SMC_API smc_rewrite_status smc_rewriter_survey(smc_rewriter *rewriter, const void *bytes,
                                               size_t nbytes, struct smc_rewrite_error *error);

/* Errors: E_MEMORY, E_SINK, E_JSON, E_LIMIT. The last two come once: whatever is fed from then on passes through as it
 * is, if the output is SAME. */
SMC_API smc_rewrite_status smc_rewriter_feed(smc_rewriter *rewriter, const void *bytes,
                                             size_t nbytes, struct smc_rewrite_error *error);

/*
 * Has all arrive at the sink that can be answered now: of text, all whole lines; of JSON, all whole documents. For who
 * waits for an answer before it writes on. Where `waits`, a frame is kept back whose name only the next line can tell;
 * smc_rewriter_is_waiting says that there is one.
 */
SMC_API smc_rewrite_status smc_rewriter_flush(smc_rewriter *rewriter, int waits,
                                              struct smc_rewrite_error *error);
SMC_API int smc_rewriter_is_waiting(const smc_rewriter *rewriter);

/* The end of the input. Errors: as of feed. */
SMC_API smc_rewrite_status smc_rewriter_finish(smc_rewriter *rewriter,
                                               struct smc_rewrite_error *error);

/* What has come of the frames so far. */
struct smc_rewrite_counts {
    uint64_t n_stacks;
    uint64_t n_frames; /* of the input, without origins of evaluated code */
    uint64_t n_mapped;
    uint64_t n_reasons
        [16]; /* by enum smc_reason, of those that are not; a stack that is TOO_LARGE is one frame */
    uint32_t
        format; /* of enum smc_rewrite_format: TEXT, or which JSON it was, as far as that is known */
};
SMC_API void smc_rewriter_counts(const smc_rewriter *rewriter, struct smc_rewrite_counts *counts);

/* Memory of folded stacks of a profile goes by its nodes and stacks, and by the names of its functions: more than so many
 * are refused, and more than so many bytes of names. */
#define SMC_REWRITE_NODES_MAX (UINT32_C(1) << 24)
#define SMC_REWRITE_NAMES_NBYTES_MAX (UINT32_C(1) << 28)

#ifdef __cplusplus
}
#endif

#endif
