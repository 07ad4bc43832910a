/*
 * smcache builder: compiles a source map (ECMA-426, JSON) into an smcache file.
 *
 * The same bytes and options give the same file, whatever the host, compiler or number of threads;
 * deflated contents are what the linked zlib makes of them. Functions are safe to call from several
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
    SMC_BUILD_E_JSON = 1,        /* the input is not JSON (RFC 8259) */
    SMC_BUILD_E_MAP = 2,         /* JSON, but not a source map: an error that ECMA-426 requires */
    SMC_BUILD_E_LIMIT = 3,       /* a number that the format cannot hold */
    SMC_BUILD_E_UNSUPPORTED = 4, /* a kind of source map that smcache cannot compile yet */
    SMC_BUILD_E_MEMORY = 5,      /* no memory */
    SMC_BUILD_E_SINK = 6,        /* the sink refused */
    SMC_BUILD_E_OPTION = 7       /* an option that the library does not know */
} smc_build_status;

/* A static English text, never NULL, for any value. */
SMC_BUILD_API const char *smc_build_status_text(smc_build_status status);

/* What is wrong with a map, and where. */
struct smc_build_issue {
    smc_build_status status; /* SMC_BUILD_OK: a warning */
    const char *reason;      /* static text, never NULL */
    const char *key;         /* the map's key, e.g. "mappings"; static; NULL: the text as a whole */
    uint64_t offset;         /* byte of the input */
};

enum smc_build_sources {
    SMC_BUILD_SOURCES_DEFLATE = 0, /* contents compressed, the default */
    SMC_BUILD_SOURCES_RAW = 1,     /* contents as they are: views without a copy */
    SMC_BUILD_SOURCES_NONE = 2     /* no contents */
};

struct smc_build_options {
    size_t struct_size; /* sizeof(struct smc_build_options) */
    enum smc_build_sources sources;
    /* Called for each error that the standard lets a reader go on after, with what was done about
     * it; may be NULL. The issue is valid during the call. */
    void (*warn)(void *context, const struct smc_build_issue *issue);
    void *warn_context;
};

/* Receives the file in order, from its first byte to its last. Anything but 0 ends the build with
 * SMC_BUILD_E_SINK. Nothing is passed before the map has proved good. */
typedef int (*smc_build_sink)(void *context, const void *bytes, size_t nbytes);

/*
 * Compiles the map in json[0 .. nbytes - 1]. `options` NULL means defaults; `issue` (may be NULL)
 * says what is wrong when the result is not SMC_BUILD_OK. `json` is not kept; nobody may change it during
 * the call. Memory: the file's size, a table of the map's strings, and a few hundred kilobytes; and
 * where segments of a line are not in order, which no known tool writes, 48 bytes for each segment
 * of that line.
 */
SMC_BUILD_API smc_build_status smc_build(const void *json, size_t nbytes,
                                         const struct smc_build_options *options,
                                         smc_build_sink sink, void *sink_context,
                                         struct smc_build_issue *issue);

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
