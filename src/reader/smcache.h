/*
 * smcache reader: answers from a compiled source map without parsing it.
 *
 * Bases. Every line and column here is 0-based; columns count UTF-16 code units (ECMA-426). Stack
 * traces print 1-based positions: subtract one first.
 *
 * Threads. An smc_cache never changes after it is opened: any number of threads may use one at the
 * same time, without locks. An smc_text belongs to one thread at a time.
 *
 * Lifetime. A struct smc_view points into the mapping and is valid until smc_close, but for the
 * views of an smc_text, which say so. Views are not NUL-terminated; a view that stands for
 * "nothing" has ptr NULL. Strings are UTF-8 in which a lone surrogate is a sequence of three bytes
 * of its own (WTF-8, spec 2.2).
 *
 * Trust. Opening checks the shape of the file in a constant number of steps, and hashes nothing.
 * After that no content of the file leads outside of it: what cannot be is answered with
 * SMC_E_DAMAGED. A file that is mapped must not be changed in place or truncated while it is open:
 * one that is cut gives SIGBUS, as all mappings do, and of one that is overwritten nothing is promised.
 * smcache itself replaces files by renaming. Who cannot trust the folder opens with SMC_OPEN_COPY.
 */
#ifndef SMCACHE_H
#define SMCACHE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SMC_API __attribute__((visibility("default")))
#else
#define SMC_API
#endif

/* "No such thing" in every index: no source, no name, no token. */
#define SMC_NONE UINT32_C(0xffffffff)

typedef enum smc_status {
    SMC_OK = 0,
    SMC_E_IO = 1,          /* a system call failed; errno says why */
    SMC_E_MEMORY = 2,      /* no memory */
    SMC_E_NOT_CACHE = 3,   /* not an smcache file */
    SMC_E_TEXT_DAMAGE = 4, /* was an smcache file before a transfer as text changed it */
    SMC_E_VERSION = 5,     /* a major version that this library does not know */
    SMC_E_FEATURE = 6,     /* a must-understand flag or an encoding that it does not know */
    SMC_E_TRUNCATED = 7,   /* shorter than its header says */
    SMC_E_DAMAGED = 8,     /* contradicts itself */
    SMC_E_RANGE = 9,       /* an index or line that the file does not have */
    SMC_E_NO_CONTENT = 10, /* the source has no content in the file */
    SMC_E_UNSUPPORTED =
        11 /* a flag that the function does not know, or two that exclude each other */
} smc_status;

/* A static English text, never NULL, for any value. */
SMC_API const char *smc_status_text(smc_status status);

/* Where and why a check failed. */
struct smc_error {
    smc_status status;
    const char *reason; /* static text, never NULL */
    uint64_t offset;    /* byte of the file that the reason is about */
};

struct smc_view {
    const char *ptr; /* NULL: nothing (a null source, no name) */
    size_t nbytes;
};

/* ---- opening ---- */

typedef struct smc_cache smc_cache;

/*
 * What the system is told about how a mapped file will be read. It is advice, but for the last one: no answer
 * depends on it, and a system that does not take it is no error. Of the first three one may be given. Without
 * any, a file of 4 MiB or more is read at random, and of a smaller one nothing is said.
 */
enum smc_open_flag {
    /* The system's own way: what is missing is read together with much that is around it. Best for
     * hundreds of lookups in a file that nobody has read lately. */
    SMC_OPEN_NORMAL = 1,
    /* No more is read than what is touched, page by page: best for a few lookups in each of many
     * files. Linux takes such pages away sooner when memory is short. */
    SMC_OPEN_RANDOM = 2,
    /* Far ahead, for those who walk over a file or verify it. */
    SMC_OPEN_SEQUENTIAL = 4,
    /* All before the contents of sources, which is what lookups need, is read and in the page table
     * when opening returns, which takes as long as the disk does. What cannot be read is no error yet; see
     * smc_warm. */
    SMC_OPEN_POPULATE = 8,
    /* No advice: the file is read into memory of its own instead of being mapped, so that nothing that
     * happens to it afterwards matters. It takes as long as copying it does, and as much memory; the
     * other flags mean nothing then. */
    SMC_OPEN_COPY = 16
};

/*
 * Open a compiled file, from a path, from an open file descriptor (which stays the caller's and
 * may be closed right after), or from memory (which must stay as it is until smc_close). The file
 * is mapped read-only, which takes microseconds, whatever the size of the file, once its first pages
 * are in memory; or copied (SMC_OPEN_COPY). `flags` are of enum smc_open_flag, or 0; in memory they
 * mean nothing.
 *
 * Errors: SMC_E_UNSUPPORTED, SMC_E_MEMORY, SMC_E_NOT_CACHE, SMC_E_TEXT_DAMAGE, SMC_E_VERSION,
 * SMC_E_FEATURE, SMC_E_TRUNCATED, SMC_E_DAMAGED; and of all but smc_open_memory SMC_E_IO: errno says
 * why, EISDIR or EINVAL of a folder and of what else is no regular file. *cache is NULL then, and
 * *error says more. `error` may be NULL; on success it is left alone.
 */
SMC_API smc_status smc_open_path(const char *path, unsigned flags, smc_cache **cache,
                                 struct smc_error *error);
SMC_API smc_status smc_open_fd(int fd, unsigned flags, smc_cache **cache, struct smc_error *error);
SMC_API smc_status smc_open_memory(const void *bytes, size_t nbytes, unsigned flags,
                                   smc_cache **cache, struct smc_error *error);

/* Unmaps the file. All views into it end; each smc_text on it must have been closed before. NULL is
 * allowed. */
SMC_API void smc_close(smc_cache *cache);

/*
 * Reads the file into the page cache, up to max_nbytes and the hottest part first, which is where a
 * file begins: header, INFO, directory, blocks, sources, strings; the contents of sources are last.
 * *nbytes says how many bytes that is, in memory before or not: whole pages, of which the last one of
 * the file ends with it; never more than max_nbytes. They may leave memory again as all pages may. A
 * cache that was opened from memory, or with SMC_OPEN_COPY, has nothing to read: SMC_OK and 0.
 *
 * Errors: SMC_E_IO: errno says why, EFAULT of a file that cannot be read or was truncated. *nbytes is
 * 0 then. Before Linux 5.14 no one can tell that without reading, so the process gets SIGBUS instead,
 * as lookups in such a file do.
 */
SMC_API smc_status smc_warm(const smc_cache *cache, uint64_t max_nbytes, uint64_t *nbytes);

/*
 * How many bytes of the file are in the page cache now, whoever has read them; counted as by
 * smc_warm, and 0 of a cache that was opened from memory or with SMC_OPEN_COPY. To who neither owns the file nor may write
 * it Linux says that all is. Errors: SMC_E_IO: errno says why. *nbytes is 0 then.
 */
SMC_API smc_status smc_resident(const smc_cache *cache, uint64_t *nbytes);

/* ---- tokens ---- */

/* One segment of `mappings`: a generated position and what it stands for. Where there is no token,
 * index, source and name are SMC_NONE, and all else is 0. */
struct smc_token {
    uint32_t index;              /* in file order; SMC_NONE: there is no token */
    uint32_t line;               /* generated */
    uint32_t column;             /* generated */
    uint32_t source;             /* SMC_NONE: the token has no original position */
    uint32_t source_line;        /* 0 if there is no source */
    uint32_t source_column;      /* 0 if there is no source */
    uint32_t name;               /* SMC_NONE: no name */
    uint32_t flags;              /* of enum smc_token_flag */
    struct smc_view source_text; /* the source's name; NULL if none, or null in the map */
    struct smc_view name_text;
};

enum smc_token_flag {
    SMC_TOKEN_IGNORED = 1, /* its source is on the map's ignoreList: third-party code (ECMA-426) */
    /* A range mapping (ECMA-426 proposal): it maps every position up to the next token, on later
     * lines too, each by its distance from the token. A lookup's source_line and source_column are
     * those of the position asked for; smc_token_at has those of the token. */
    SMC_TOKEN_RANGE = 2,
    /* Only from smc_lookup_batch, of a damaged file: nothing is known about this position. */
    SMC_TOKEN_DAMAGED = 4
};

struct smc_position {
    uint32_t line;
    uint32_t column;
};

enum smc_lookup_flag {
    /*
     * Search as ECMA-426 does ("GetOriginalPositions"): the last token at or before the position
     * over all lines answers. (The standard returns all tokens at that token's position: those with
     * indices before the one returned here.) Without this flag a token on an earlier line answers
     * nothing (spec 5.4).
     */
    SMC_LOOKUP_ACROSS_LINES = 1
};

/*
 * The token that covers a generated position: the last one at or before it on its line, or on an
 * earlier line if that one is a range mapping; of several at one position the last. "No mapping
 * here" is a result: SMC_OK and a token whose source is SMC_NONE (and whose index is SMC_NONE too,
 * if no token covers the position at all).
 *
 * Errors: SMC_E_DAMAGED, SMC_E_UNSUPPORTED. The token is unset then. Allocates nothing. What a
 * damaged file answers, or whether it does, may differ from one kind of processor to another.
 */
SMC_API smc_status smc_lookup(const smc_cache *cache, uint32_t line, uint32_t column,
                              unsigned flags, struct smc_token *token);

/*
 * `n` lookups: tokens[i] answers positions[i], as smc_lookup does. Where that would be
 * SMC_E_DAMAGED, the token is as where there is none, with the flag SMC_TOKEN_DAMAGED, and so is the
 * result in the end; all others are answered.
 */
SMC_API smc_status smc_lookup_batch(const smc_cache *cache, const struct smc_position *positions,
                                    size_t n, unsigned flags, struct smc_token *tokens);

/* The token at `index`, 0 .. n_tokens - 1, in file order: sorted by generated position. Errors:
 * SMC_E_RANGE, SMC_E_DAMAGED. */
SMC_API smc_status smc_token_at(const smc_cache *cache, uint32_t index, struct smc_token *token);

/* ---- functions ---- */

/* What is known of the function that some code is in. */
enum smc_function_kind {
    SMC_FUNCTION_UNKNOWN = 0,   /* nothing */
    SMC_FUNCTION_TOP_LEVEL = 1, /* there is none: it is outside of any function */
    SMC_FUNCTION_ANONYMOUS = 2, /* it has no name */
    SMC_FUNCTION_NAMED = 3
};

/* Who says so; in the order of trust. */
enum smc_name_origin {
    SMC_NAME_NONE = 0,         /* nobody: the kind is unknown */
    SMC_NAME_SCOPES = 1,       /* the map's `scopes` (ECMA-426 proposal) */
    SMC_NAME_FACEBOOK = 2,     /* its x_facebook_sources */
    SMC_NAME_BLOOMBERG = 3,    /* its x_com_bloomberg_sourcesFunctionMappings */
    SMC_NAME_ORIGINAL = 4,     /* the content of the source */
    SMC_NAME_MINIFIED = 5,     /* the generated file, its names led through the map */
    SMC_NAME_MINIFIED_TEXT = 6 /* the generated file alone: a name as it is there */
};

/*
 * A function, or that there is none. Its name is four pieces, one after the other: "get ", "Checkout", ".", "total".
 * smc_function_name puts them together; the last component is the one to show where room is short. Pieces that are not
 * there are NULL; a name always has a last component. `prefix` and `joint` are static texts.
 */
struct smc_function {
    uint32_t index;            /* in the file's table; SMC_NONE: nothing is known, all else is 0 */
    uint32_t kind;             /* of enum smc_function_kind */
    uint32_t origin;           /* of enum smc_name_origin */
    struct smc_view prefix;    /* "new ", "get " or "set " */
    struct smc_view qualifier; /* what is before the last component */
    struct smc_view joint;     /* between them: "." or "#" */
    struct smc_view last;      /* NULL: it has no name */
};

/*
 * The function that the code of a token is in: of its original position, or where no more is known of the generated
 * one. `token_index` is the `index` of a token that a lookup returned; SMC_NONE, there being none, is of no function.
 * "Nothing is known" is a result: SMC_OK and SMC_FUNCTION_UNKNOWN. A range mapping has a function only if all that it
 * maps is in that.
 *
 * Takes a constant number of steps, and allocates nothing. Errors: SMC_E_RANGE, SMC_E_DAMAGED; *function is as where
 * nothing is known then.
 */
SMC_API smc_status smc_token_function(const smc_cache *cache, uint32_t token_index,
                                      struct smc_function *function);

/* Function `index`, 0 .. n_functions - 1. No two are the same in all. Errors: SMC_E_RANGE, SMC_E_DAMAGED; *function is
 * as where nothing is known then. */
SMC_API smc_status smc_function_get(const smc_cache *cache, uint32_t index,
                                    struct smc_function *function);

/* Writes the name, cut to nbytes and without a NUL, and returns how long it is: 0 if there is none. `buffer` may be NULL
 * if nbytes is 0. */
SMC_API size_t smc_function_name(const struct smc_function *function, char *buffer, size_t nbytes);

/* One of the frames that a frame of the generated file stands for. */
struct smc_frame {
    uint32_t source;             /* SMC_NONE: it has no original position */
    uint32_t source_line;        /* 0 if there is no source */
    uint32_t source_column;      /* 0 if there is no source */
    uint32_t flags;              /* of enum smc_frame_flag */
    struct smc_view source_text; /* the source's name; NULL if none, or null in the map */
    struct smc_function function;
};

enum smc_frame_flag {
    SMC_FRAME_IGNORED = 1, /* its source is on the map's ignoreList */
    /* Only of the first frame: it is in a function that the author did not write. The frame of the generated file that
     * called it is one too many: who translates a stack leaves out the first of the frames that it stands for. */
    SMC_FRAME_HIDDEN = 2
};

/*
 * The frames that a generated position stands for, where a compiler has inlined functions (ECMA-426, scopes proposal):
 * frames[0] is the innermost, the original position that smc_lookup finds, with its function; each next one is where
 * the function of the one before was called. At most `max` are written, and *n says how many: 0 if nothing is known of
 * the position. Where *n is `max` there may be more, further out.
 *
 * A file whose map has no scopes answers with one frame for a position that is mapped. An unmapped one may have frames,
 * too: the first one has a function and no source then. `flags` are of enum smc_lookup_flag.
 *
 * Takes as many steps as there are frames, and allocates nothing. Errors: SMC_E_DAMAGED, SMC_E_UNSUPPORTED; *n is 0
 * then.
 */
SMC_API smc_status smc_frames(const smc_cache *cache, uint32_t line, uint32_t column,
                              unsigned flags, struct smc_frame *frames, size_t max, size_t *n);

/*
 * How a call names what it calls: the name of the token that starts exactly at this generated position, which is that of
 * the caller's frame; NULL if there is no such token, or it has no name. It names the frame above, if nothing else
 * does. Errors: SMC_E_DAMAGED; *name is NULL then.
 */
SMC_API smc_status smc_callee_name(const smc_cache *cache, uint32_t line, uint32_t column,
                                   struct smc_view *name);

/* ---- bytecode ---- */

/*
 * Where bytecode is in the generated file that a map of it speaks of: `offset` bytes behind the start of a function,
 * which is number `function_id` (from 0) of its segment. Engines such as Hermes say these three of a frame, the segment
 * as CJSModuleOffset or SegmentID; all are 0-based. The position's line is the segment, its column counts bytes from
 * the segment's start: smc_lookup and smc_frames take it as any other.
 *
 * Takes as many steps as the logarithm of the number of segments, and allocates nothing. Errors: SMC_E_RANGE, if the
 * file has no such segment, or the segment no such function, or the map does not say where the function starts, or the
 * column would be one that no position has (2^32 - 1 or more); of a map without x_hermes_function_offsets it is always
 * that. SMC_E_DAMAGED. Both numbers of *position are SMC_NONE then.
 */
SMC_API smc_status smc_bytecode_position(const smc_cache *cache, uint32_t segment,
                                         uint32_t function_id, uint32_t offset,
                                         struct smc_position *position);

/* ---- the map ---- */

struct smc_info {
    uint32_t version_major;
    uint32_t version_minor;
    uint32_t n_tokens;
    uint32_t n_sources;
    uint32_t n_names;
    uint32_t n_functions; /* for smc_function_get */
    uint32_t n_lines;     /* generated lines that `mappings` speaks of */
    uint64_t file_nbytes;
    uint64_t input_nbytes;      /* of the source map */
    uint64_t content_nbytes;    /* of all contents, inflated */
    uint8_t content_digest[16]; /* XXH3-128 of this file; smcache verify checks it */
    uint8_t input_digest[16];   /* XXH3-128 of the source map */
    /* XXH3-128 of what else decided the bytes of the file, options above all. Two files of the same
     * input and recipe digest hold the same. */
    uint8_t recipe_digest[16];
    uint32_t has_debug_id; /* 0 or 1 */
    uint8_t debug_id[16];  /* the map's `debugId` (ECMA-426 proposal), in the order of its digits */
    uint32_t n_ignored;    /* sources on the map's `ignoreList` */
    struct smc_view file;  /* the map's `file` */
    struct smc_view source_root; /* the map's `sourceRoot`, already part of the sources' names */
};

/*
 * Goes over all sources to count those that are ignored: keep what it says. Errors: SMC_E_DAMAGED,
 * if `file` or `source_root` is no string. That view is NULL then; all else is set.
 */
SMC_API smc_status smc_info_get(const smc_cache *cache, struct smc_info *info);

struct smc_source {
    struct smc_view name;     /* NULL where the map has null */
    struct smc_view raw_name; /* what the map says, where `name` has been resolved or cleaned */
    uint32_t is_ignored;      /* 0 or 1: it is on the map's `ignoreList` */
    uint32_t has_content;     /* 0 or 1 */
    uint32_t n_lines;         /* of the content */
    uint64_t content_nbytes;  /* inflated */
};

/* Source `index`, 0 .. n_sources - 1. Errors: SMC_E_RANGE, SMC_E_DAMAGED; *source is all zeros and
 * NULL then. */
SMC_API smc_status smc_source_get(const smc_cache *cache, uint32_t index,
                                  struct smc_source *source);

/* Name `index`, 0 .. n_names - 1. Errors: SMC_E_RANGE, SMC_E_DAMAGED. */
SMC_API smc_status smc_name_get(const smc_cache *cache, uint32_t index, struct smc_view *name);

/* One section of the file, for those who report on sizes. */
struct smc_section_info {
    const char *name; /* static; NULL for a section that this library does not know */
    uint32_t id;
    uint32_t encoding;
    uint64_t offset; /* from the start of the file */
    uint64_t nbytes;
    uint64_t count; /* entries (spec 3.4) */
};

/* Section `index`, from 0, in file order. Errors: SMC_E_RANGE past the last. */
SMC_API smc_status smc_section_get(const smc_cache *cache, uint32_t index,
                                   struct smc_section_info *section);

/* ---- source text ---- */

/*
 * Contents may be compressed in the file, so reading them needs room for what is inflated. An
 * smc_text is that room: it keeps the last two pieces, so that neighbouring lines cost nothing. Its
 * views are valid until the next call with the same smc_text. It must be closed before its cache.
 */
typedef struct smc_text smc_text;

/* Errors: SMC_E_MEMORY. *text is NULL then. */
SMC_API smc_status smc_text_open(const smc_cache *cache, smc_text **text);
/* NULL is allowed. */
SMC_API void smc_text_close(smc_text *text);

/* What deflate makes of a byte at the most: 258 bytes of two bits (RFC 1951). */
#define SMC_TEXT_RATIO_MAX 1032

/*
 * The whole content of a source. A raw file's is a view into the mapping, without a copy. Of a
 * deflated file, a content in several pieces takes as much memory as it is long, which the smc_text
 * keeps until it is closed: in a hostile file too no more than SMC_TEXT_RATIO_MAX times the
 * compressed bytes. Who must not spend that asks for the lines around a position
 * (smc_text_context), which take what they are long.
 * Errors: SMC_E_RANGE, SMC_E_NO_CONTENT, SMC_E_DAMAGED, SMC_E_MEMORY; *content is NULL then.
 */
SMC_API smc_status smc_text_content(smc_text *text, uint32_t source, struct smc_view *content);

/* Line `line` (0-based) of a source, without its line end (spec 7.1). Errors: as above. */
SMC_API smc_status smc_text_line(smc_text *text, uint32_t source, uint32_t line,
                                 struct smc_view *content);

/* A service shows a few lines before and after; no more than so many of either are given. */
#define SMC_CONTEXT_AROUND_MAX 255
/* People do not read more of a line. It bounds the memory of a call on a deflated file: 3 bytes a code unit, 192 KiB a
 * line. */
#define SMC_CONTEXT_UNITS_MAX 65536

/* Which lines, around a position as a token has it: its source, source_line and source_column. What is more than a
 * limit is taken as the limit. */
struct smc_context_query {
    uint32_t source;
    uint32_t line;
    uint32_t column;
    uint32_t n_before;  /* lines, as far as there are so many; SMC_CONTEXT_AROUND_MAX */
    uint32_t n_after;   /* the same */
    uint32_t max_units; /* UTF-16 code units of each text; SMC_CONTEXT_UNITS_MAX */
};

enum smc_context_flag {
    SMC_CONTEXT_CUT_LEFT = 1, /* the line has something before its text */
    SMC_CONTEXT_CUT_RIGHT = 2 /* or behind */
};

struct smc_context_line {
    uint32_t line;         /* 0-based */
    uint32_t first_column; /* where the text begins: UTF-16 code units cut off before */
    uint32_t flags;        /* of enum smc_context_flag */
    struct smc_view text;  /* without its line end; ptr is never NULL */
};

struct smc_context {
    uint32_t n_lines; /* in ascending order */
    uint32_t index;   /* of the line asked for, in these */
    /* Where the column is in that line's text: so many UTF-16 code units and bytes of it are before. Of a column that
     * is the second half of a surrogate pair where the pair begins, of one beyond the line's end where that is. */
    uint32_t column;
    size_t column_nbytes;
};

/*
 * The lines around a position: `lines`, which has room for n_before + 1 + n_after (each no more than
 * SMC_CONTEXT_AROUND_MAX), gets the first context->n_lines. A line of more than max_units is cut: the one asked for
 * around the column, with as much before as behind, or more on one side if the other has no more; the others at
 * max_units. No character is cut, and so no surrogate pair. Texts are WTF-8 as contents are, control characters and all:
 * a terminal or a page should not get them as they are. Of a damaged file they may be any bytes, of which each that
 * begins no well-formed character counts as a character of one unit.
 *
 * All texts are valid until the next call with this smc_text. A raw file's are views into the mapping, without a copy
 * or an allocation. Of a deflated file they are what has been inflated, or copied into a room that the smc_text keeps.
 *
 * It takes about a microsecond for a dozen lines, of a deflated file once they are inflated. What grows it: the search
 * for the first line, by the logarithm of the content's size; a long line, of which all before the column is read, and
 * of a deflated file inflated.
 *
 * Errors: as of smc_text_line; context->n_lines is 0 then, and what is in `lines` means nothing.
 */
SMC_API smc_status smc_text_context(smc_text *text, const struct smc_context_query *query,
                                    struct smc_context_line *lines, struct smc_context *context);

#ifdef __cplusplus
}
#endif

#endif
