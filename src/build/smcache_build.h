/*
 * smcache builder: compiles a source map (ECMA-426, JSON) into an smcache file.
 *
 * The same bytes and options give the same file, whatever the host, compiler or number of threads;
 * deflated contents are what the linked libdeflate makes of them. Functions are safe to call from several
 * threads at once; nothing is shared between calls.
 */
#ifndef SMCACHE_BUILD_H
#define SMCACHE_BUILD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SMC_BUILD_API __attribute__((visibility("default")))
#else
#define SMC_BUILD_API
#endif

typedef enum smc_build_status {
    SMC_BUILD_OK = 0,
    SMC_BUILD_E_JSON = 1, /* the input is not JSON (RFC 8259) */
    /* JSON, but not a source map: an error that ECMA-426 requires; in strict mode, any of its errors */
    SMC_BUILD_E_MAP = 2,
    /* More than the format can hold: a generated or original position, the number of segments, sources, names,
     * strings, lines of contents or functions of bytecode, the bytes of all contents or of the packed segments. Or
     * `sourceRoot` or an option makes the names of sources many times as long as the map. */
    SMC_BUILD_E_LIMIT = 3,
    SMC_BUILD_E_MEMORY = 4, /* no memory */
    SMC_BUILD_E_SINK = 5,   /* the sink refused */
    /* A struct_size or a value that the library does not know, or a map_url that is no absolute URL. */
    SMC_BUILD_E_OPTION = 6,
    SMC_BUILD_E_LOADER = 7 /* a loader refused: load_generated, or smc_chain_build's */
} smc_build_status;

/* A static English text, never NULL, for any value. */
SMC_BUILD_API const char *smc_build_status_text(smc_build_status status);

/* What is wrong with a map, and where. */
struct smc_build_issue {
    smc_build_status status; /* SMC_BUILD_OK: a warning */
    const char *reason;      /* static text, never NULL */
    const char *recovery;    /* of a warning: what was done about it, static; of an error NULL */
    const char *key;         /* the map's key, e.g. "mappings"; static; NULL: the text as a whole */
    uint64_t offset;         /* byte of the input, or of `map` */
    /* smc_chain_build: the map of a source that this is about, by the `id` that the loader gave it.
     * NULL: the input. */
    const void *map;
};

/* An issue in words, cut to `nbytes` with the NUL: the key, the byte, the reason, and what was done about it. */
SMC_BUILD_API void smc_build_issue_text(const struct smc_build_issue *issue, char *text,
                                        size_t nbytes);

enum smc_build_sources {
    SMC_BUILD_SOURCES_DEFLATE = 0, /* contents compressed, the default */
    SMC_BUILD_SOURCES_RAW = 1,     /* contents as they are: views without a copy */
    SMC_BUILD_SOURCES_NONE = 2     /* no contents */
};

/* Forms in which the proposal of range mappings has been written; a map does not say which one it has. */
enum smc_build_ranges {
    SMC_BUILD_RANGES_ZERO_BASED = 0, /* today's, the default */
    SMC_BUILD_RANGES_ONE_BASED = 1,  /* of October 2025 to April 2026 */
    SMC_BUILD_RANGES_BITMAP = 2      /* before */
};

/* Whether the file says which function each mapping is in. */
enum smc_build_functions {
    /* From whatever knows, the default: the map's `scopes`, x_facebook_sources and
     * x_com_bloomberg_sourcesFunctionMappings, the contents of its sources, the generated file. */
    SMC_BUILD_FUNCTIONS_AUTO = 0,
    SMC_BUILD_FUNCTIONS_NONE = 1
};

struct smc_build_replacement {
    const char *from, *to;
};

/* All zero but struct_size: the defaults. Strings are UTF-8, end with a NUL, and are not kept; none of them is NULL but
 * where it says what that means. */
struct smc_build_options {
    size_t struct_size; /* sizeof(struct smc_build_options) */
    enum smc_build_sources sources;
    /* How hard contents are compressed: 1 (fastest) to 12 (smallest). 0, the default, goes by their size, so that a
     * map takes about 0.1 s of one core: 7 up to 6 MB, 1 above 16 MB. Of smc_build that is the size of all
     * `sourcesContent` in the JSON; of smc_chain_build, piece by piece, that of the contents so far. */
    unsigned compression;
    enum smc_build_ranges ranges;
    enum smc_build_functions functions;
    /* Fetches the generated file, JavaScript, which says what functions there are where nothing else does, and the map's
     * names what they are called. It is called at most once, on the calling thread, and only if something is missing;
     * the bytes must stay as they are until the build is over; NULL: there is no such file after all. Anything but 0
     * ends the build with SMC_BUILD_E_LOADER. A file that cannot be followed is as if it were not there. Of
     * smc_chain_build it is that of the outer map. NULL: there is none. */
    int (*load_generated)(void *context, const void **bytes, size_t *nbytes);
    /* Told of one that cannot be followed: why, a static text, and at which 0-based line and column, in UTF-16 code
     * units. On the calling thread; may be NULL. */
    void (*generated_lost)(void *context, const char *reason, uint32_t line, uint32_t column);
    void *generated_context;
    /* Which file that is, for the recipe: 16 bytes, a digest of it, for instance. They are read when it has been
     * fetched, and by smc_build_recipe. NULL: 16 zeros. */
    const uint8_t *generated_id;
    int strict;      /* refuse what the standard lets a reader go on after */
    int is_data_url; /* the map comes from a data: URL, where the prefix `)]}'` is not skipped */
    const char *source_root; /* instead of the map's (of each section's); NULL: the map's */
    const char *map_url; /* where the map is: sources become URLs; NULL: they stay as they are */
    /* What is done to the names of sources, in this order. The raw names stay in the file too. */
    int clean_paths; /* what bundlers put around paths is taken away: webpack://app/./a.ts is a.ts */
    const struct smc_build_replacement *replacements; /* each `from` in a name */
    size_t n_replacements;
    const char *const *strip_prefixes; /* the first that fits is cut off */
    size_t n_strip_prefixes;
    int strip_common_prefix; /* what all names have in common, up to a slash, is cut off */
    int chain_keeps_names;   /* smc_chain_build: the names of maps before the last one, too */
    /* Called for each error that the standard lets a reader go on after, with what was done about
     * it; may be NULL. The issue is valid during the call, which is on the calling thread. */
    void (*warn)(void *context, const struct smc_build_issue *issue);
    void *warn_context;
    /* How many threads work on the map. 0 and 1: the calling one. More: so many less one, 33 at the most, run beside it
     * at a time, if there is work for them and the system has them. All end during the call. The file is the same. */
    unsigned n_threads;
};

/* Receives the file in order, from its first byte to its last. Anything but 0 ends the build with
 * SMC_BUILD_E_SINK. Nothing is passed before the map has proved good. */
typedef int (*smc_build_sink)(void *context, const void *bytes, size_t nbytes);

/*
 * The most memory that a build takes: so many times the bytes of the map and of the generated file, so much beside
 * that, and so much for each thread; counted as if no block could grow where it is. A name that an option makes longer
 * (replacements, source_root, map_url) comes on top, as it is then, three times.
 */
#define SMC_BUILD_MEMORY_TIMES 48
#define SMC_BUILD_MEMORY_NBYTES (UINT32_C(12) << 20)
#define SMC_BUILD_MEMORY_THREAD_NBYTES (UINT32_C(10) << 20)

/*
 * Compiles the map in json[0 .. nbytes - 1]. `options` NULL means defaults; `issue` (may be NULL)
 * says what is wrong when the result is not SMC_BUILD_OK. `json` is not kept; nobody may change it during
 * the call. Whatever the options, x_hermes_function_offsets goes into the file, of an index map that of the outermost
 * (smc_bytecode_position). Memory: the file's size, a table of the map's strings, 8 bytes for each element of `names`,
 * 16 for each 512 bytes of the JSON, and a megabyte for each thread (ten at compression 10 to 12); up to 13 times what
 * the map says of functions (`scopes`, x_facebook_sources, x_com_bloomberg_sourcesFunctionMappings,
 * x_hermes_function_offsets); for functions of contents, or of the generated file, three times the largest of these, or
 * 25 times all of them if they have been made for that; if `mappings` has a backslash, three times its size; and where
 * the segments of a line or the sections of an index map are not in order, 70 bytes for each segment of the map. However
 * hostile the map, it is no more than the constants above say.
 */
SMC_BUILD_API smc_build_status smc_build(const void *json, size_t nbytes,
                                         const struct smc_build_options *options,
                                         smc_build_sink sink, void *sink_context,
                                         struct smc_build_issue *issue);

/*
 * The recipe digest (spec 3.5) that a file built with these options has. With the input digest, which is the
 * XXH3-128 of the map (canonical form), it tells whether a file would be built the same again. That depends on the
 * generated file only if the map leaves something to it: a file has the one digest if it does (needs_generated 1), and
 * the other if not (0), so one that has either is up to date. A chain's file has neither.
 * `options` NULL means defaults. SMC_BUILD_E_OPTION: one that the library does not know; recipe_digest is left alone
 * then. It does not look at what map_url says: of one that smc_build refuses there is no file.
 */
SMC_BUILD_API smc_build_status smc_build_recipe(const struct smc_build_options *options,
                                                int needs_generated, uint8_t recipe_digest[16]);

/* As smc_build, into memory: *file is to be freed with free(), and NULL on failure. Needs room for the
 * file and its largest section at once. */
SMC_BUILD_API smc_build_status smc_build_memory(const void *json, size_t nbytes,
                                                const struct smc_build_options *options,
                                                void **file, size_t *file_nbytes,
                                                struct smc_build_issue *issue);

#ifdef __cplusplus
}
#endif

#endif
