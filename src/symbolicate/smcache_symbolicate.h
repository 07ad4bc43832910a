/*
 * smcache symbolicate: frames of generated code in, frames of the original out, one call a stack.
 *
 * Bases. Every line and column is 0-based; columns count UTF-16 code units. Engines print 1-based ones, profiles
 * 0-based ones: see smcache_rewrite.h, which reads them.
 *
 * Threads. A symbolicator belongs to one thread at a time. Several may share compiled files, and what finds them.
 *
 * Where compiled files come from is the caller's affair: a callback finds the one of a URL or a debug ID. What it has
 * found is kept open for as long as there is room, and given back.
 */
#ifndef SMCACHE_SYMBOLICATE_H
#define SMCACHE_SYMBOLICATE_H

#include "src/reader/smcache.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Why a frame has stayed as it was; the words are those of smc_reason_text, as Sentry's users know them. */
enum smc_reason {
    SMC_REASON_NONE = 0,              /* it is mapped */
    SMC_REASON_NO_LOCATION = 1,       /* it says no file, or one of the engine's own: native code */
    SMC_REASON_MISSING_SOURCE = 2,    /* nobody knows its file */
    SMC_REASON_AMBIGUOUS_SOURCE = 3,  /* several files could be meant */
    SMC_REASON_MISSING_SOURCEMAP = 4, /* its file is known, but has no map */
    SMC_REASON_MALFORMED_SOURCEMAP = 5, /* its map, or what was compiled from it, is no good */
    SMC_REASON_NO_COLUMN = 6,           /* minified code is on few lines: a line says nothing */
    SMC_REASON_INVALID_LOCATION = 7,    /* its map says nothing of this position */
    /* Of rewriting alone: a frame, or a stack of any number, that is longer than what is looked at. */
    SMC_REASON_TOO_LARGE = 8
};

/* "missing_sourcemap"; NULL of SMC_REASON_NONE, and of any other value. */
SMC_API const char *smc_reason_text(uint32_t reason);

/* How the file of a frame was found, the surest first. */
enum smc_file_rule {
    SMC_RULE_NONE = 0,
    SMC_RULE_DEBUG_ID = 1,
    SMC_RULE_URL = 2,       /* its URL, as it is */
    SMC_RULE_PLAIN_URL = 3, /* without its query and fragment */
    SMC_RULE_ANY_HOST = 4,  /* without scheme and host: ~/js/app.js */
    SMC_RULE_PATH = 5,      /* the end of its path */
    SMC_RULE_BASE_NAME = 6  /* the last part of its path alone */
};

/* "debug_id", "url", "plain_url", "any_host", "path", "base_name"; NULL of SMC_RULE_NONE, and of any other value. */
SMC_API const char *smc_rule_text(uint32_t rule);

/* ---- finding files ---- */

struct smc_file_query {
    struct smc_view url;     /* as the frame has it; never NULL */
    const uint8_t *debug_id; /* 16 bytes in the order of its digits; NULL: unknown */
};

struct smc_file_answer {
    uint32_t reason;        /* of enum smc_reason; SMC_REASON_NONE: there is a cache */
    uint32_t rule;          /* of enum smc_file_rule; that of the file, where there is one */
    const smc_cache *cache; /* NULL if there is a reason */
    void *file;             /* the caller's own, for `release` */
    struct smc_view
        path; /* what the file is called, for messages; NULL: nothing. Valid until it is released */
    struct smc_view
        detail; /* more on the reason, for messages: which files are meant, say; the same */
};

struct smc_symbolicator_options {
    size_t struct_size; /* sizeof(struct smc_symbolicator_options) */
    void *context;
    /* Fills in *answer, which is all zero. It is asked once for each URL and debug ID, as long as the answer is kept. */
    void (*find)(void *context, const struct smc_file_query *query, struct smc_file_answer *answer);
    /* Takes an answer back, reasons too. NULL: nothing is to be done. */
    void (*release)(void *context, const struct smc_file_answer *answer);
    /* How many answers are kept; the one that was used last longest ago goes. 0: SMC_SYMBOLICATE_FILES_DEFAULT. */
    uint32_t max_files;
    /* How many pieces of contents are kept inflated, for source lines; each takes 256 KiB, as files are built, and room for
     * the lines of a question. The lines of 1,024 frames are kept besides, 4 KiB of each at most.
     * 0: SMC_SYMBOLICATE_TEXTS_DEFAULT. */
    uint32_t max_texts;
    unsigned lookup_flags; /* of enum smc_lookup_flag */
};

#define SMC_SYMBOLICATE_FILES_DEFAULT 256
#define SMC_SYMBOLICATE_TEXTS_DEFAULT 128

typedef struct smc_symbolicator smc_symbolicator;

/* Errors: SMC_E_MEMORY, SMC_E_UNSUPPORTED (options that the library does not know, or no `find`). *symbolicator is NULL
 * then. */
SMC_API smc_status smc_symbolicator_open(const struct smc_symbolicator_options *options,
                                         smc_symbolicator **symbolicator);
/* Gives all files back. NULL is allowed. */
SMC_API void smc_symbolicator_close(smc_symbolicator *symbolicator);

/* ---- frames ---- */

enum smc_generated_flag {
    /* The position is where the function starts, as profiles have it, not what it executes. That of a script, which has
     * no name, is 0:0: it is outside of any function, whatever is at its beginning. */
    SMC_GENERATED_FUNCTION_START = 1,
    /* Line and column are a segment and an offset of Hermes bytecode, counted from the segment's start, which is how its
     * maps have them. Only the word differs: they are looked up like others. */
    SMC_GENERATED_BYTECODE = 2,
    /* Column is an offset from the start of function `function_id` in the segment `line` (Hermes crash reports). */
    SMC_GENERATED_IN_FUNCTION = 4,
    SMC_GENERATED_NEW = 8, /* it was called as a constructor */
    /* The position is of an `await`, as in V8's async frames. Some minifiers give it no token: then what is awaited, which
     * is next, says where it was, and not what is before. */
    SMC_GENERATED_AWAIT = 16
};

struct smc_generated_frame {
    struct smc_view url;      /* NULL: none, native code */
    struct smc_view function; /* the engine's name of it; NULL: none */
    const uint8_t *debug_id;  /* 16 bytes; NULL: unknown */
    uint32_t line;            /* SMC_NONE: none */
    uint32_t column;          /* SMC_NONE: none */
    uint32_t function_id;     /* of IN_FUNCTION */
    uint32_t flags;           /* of enum smc_generated_flag */
};

/* Who knows a frame's name: enum smc_name_origin, and then: */
enum smc_frame_name_origin {
    SMC_NAME_CALLER = 7, /* what its caller's map calls it, at the call */
    SMC_NAME_ENGINE = 8  /* the engine: as it is in the generated code */
};

enum smc_original_flag {
    SMC_ORIGINAL_IGNORED = 1, /* its source is on the map's ignoreList: third-party code */
    SMC_ORIGINAL_INLINED =
        2 /* a caller: the next inner one of the same generated frame was inlined into it */
};

/* A frame of the original; or the generated frame again, if `reason` says that it is not mapped. */
struct smc_original_frame {
    uint32_t frame;  /* which of the generated frames it comes from */
    uint32_t reason; /* of enum smc_reason */
    uint32_t flags;  /* of enum smc_original_flag */
    /* Not mapped: all below is SMC_NONE, 0 or NULL, but for what is known of its file, its function, and its name. */
    uint32_t source;
    uint32_t source_line;
    uint32_t source_column;
    struct smc_view source_text;  /* the source's name; NULL if it is null in the map */
    struct smc_view token_name;   /* the map's name at this position; NULL: none */
    struct smc_function function; /* what the map knows of it */
    /* What to call it: the function's name; else what its caller calls it; else what the engine does. NULL: nobody
     * knows, or it is outside of any function. */
    struct smc_view name;
    uint32_t
        name_origin; /* of enum smc_name_origin or enum smc_frame_name_origin; SMC_NAME_NONE: no name */
    /* Its file: NULL if there is none. */
    const struct smc_file_answer *file;
};

enum smc_stack_order {
    SMC_CALLEE_FIRST = 0, /* as engines print stacks */
    SMC_CALLER_FIRST = 1, /* as Sentry has them */
    /* No stack: each frame by itself, so that none gives another a name. */
    SMC_UNRELATED = 2
};

/* A generated frame becomes so many frames at most, the innermost of those that it stands for; and one alone, once a stack
 * has become so many. No compiler inlines as deep: files that say so are hostile. */
#define SMC_SYMBOLICATE_DEPTH_MAX 256
#define SMC_SYMBOLICATE_INLINED_MAX (UINT32_C(1) << 18)

/*
 * Translates a stack: (*originals)[0 .. *n_originals) are its frames, in the same order. A generated frame becomes one
 * frame; several, where functions have been inlined (in the order of the stack, too); or none, where a compiler has put
 * a function in between that the author did not write.
 *
 * Whatever is wrong with a file is the reason of its frames, and no error. Time is in proportion to the frames. All
 * that is returned is valid until the next call with the same symbolicator, as are the caches of its files.
 *
 * Errors: SMC_E_MEMORY, SMC_E_UNSUPPORTED (an order or a flag that it does not know). *n_originals is 0 then.
 */
SMC_API smc_status smc_symbolicate(smc_symbolicator *symbolicator,
                                   const struct smc_generated_frame *frames, size_t n_frames,
                                   enum smc_stack_order order,
                                   const struct smc_original_frame **originals,
                                   size_t *n_originals);

/* ---- source lines ---- */

/*
 * The lines around a frame, as smc_text_context has them: `lines` has room for n_before + 1 + n_after; max_units is the
 * query's. Views are valid until the next call of this, or of smc_symbolicate, with the same symbolicator.
 *
 * Errors: SMC_E_NO_CONTENT (of a frame that is not mapped, too), SMC_E_RANGE (the source has no such line),
 * SMC_E_DAMAGED, SMC_E_MEMORY; context->n_lines is 0 then.
 */
SMC_API smc_status smc_symbolicate_context(smc_symbolicator *symbolicator,
                                           const struct smc_original_frame *frame,
                                           uint32_t n_before, uint32_t n_after, uint32_t max_units,
                                           struct smc_context_line *lines,
                                           struct smc_context *context);

#ifdef __cplusplus
}
#endif

#endif
