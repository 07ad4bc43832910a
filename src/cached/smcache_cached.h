/*
 * smcache cached: reader, builder and store in one call. A service asks for the compiled file of a map by what it
 * knows of it (a release and a URL, a debug ID) or by its bytes, and gets a reader: mapped from the store, or, if
 * nobody has asked before, compiled and put there.
 *
 * Functions are safe to call from several threads at once, also with the same store.
 */
#ifndef SMCACHE_CACHED_H
#define SMCACHE_CACHED_H

#include "src/build/smcache_build.h"
#include "src/reader/smcache.h"
#include "src/store/smcache_store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum smc_cached_status {
    SMC_CACHED_OK = 0,
    SMC_CACHED_E_MAP = 1,    /* no source map, or too large for the format: `text` says why */
    SMC_CACHED_E_LOAD = 2,   /* `load` has failed, or the options' `load_generated` */
    SMC_CACHED_E_SYSTEM = 3, /* no memory, or a file could not be mapped: `error_number` */
    SMC_CACHED_E_OPTION = 4  /* an option, key or flag that the library does not know */
} smc_cached_status;

/* A static English text, never NULL, for any value. */
SMC_API const char *smc_cached_status_text(smc_cached_status status);

/* All zero but struct_size and what is asked for; either `json` or `load` must be there. */
struct smc_cached_request {
    size_t struct_size; /* sizeof(struct smc_cached_request) */
    /* Ways to know the file without the map, the surest first; at most SMC_STORE_KEYS_MAX - 1. A `recipe` that is
     * NULL is that of the options, so that other options find other files. They all lead to the file afterwards. */
    const struct smc_store_key *keys;
    size_t n_keys;
    /* The map's bytes: then the answer is theirs, whatever the keys led to before. Or what fetches them, called at most
     * once, and only if none of the keys leads to a file or is known to have none. Bytes must stay as they are until
     * the call is over. Anything but 0 is a failure. It may set what the options' `generated_id` points at: with that
     * the map is compiled, and found by its bytes, while keys have the recipe that the options had before. */
    const void *json;
    size_t nbytes;
    int (*load)(void *context, const void **json, size_t *nbytes);
    void *context;
    /* Whose map it is (see "Hostile uploads" in smcache_store.h), for the key by content; NULL: "". */
    const char *scope;
    const struct smc_build_options *options; /* NULL: the defaults */
    unsigned open_flags;                     /* of enum smc_open_flag */
};

/* All that came of a request. */
struct smc_cached_file {
    smc_cache *cache;
    void *memory; /* the file's bytes, if they are not mapped; for smc_cached_close */
    int is_hit;   /* it was in the store */
    int is_built; /* it was compiled by this call; the options' `warn` has been called */
    /* It could not be kept in the store, and is in memory; `store_error` says why. */
    int is_unkept;
    /* What the store has failed of; a status of 0: nothing. Of E_LOAD, too: then keys may have led to a file after all. */
    struct smc_store_error store_error;
    int error_number;                 /* E_SYSTEM: errno */
    char text[SMC_STORE_TEXT_NBYTES]; /* E_MAP: what is wrong, and where */
};

/*
 * Opens the compiled file of a map. `store` NULL: it is compiled into memory. That a map is none is remembered in the
 * store for a while, too. *file is to be closed with smc_cached_close; on errors there is nothing to close.
 *
 * A store that fails is no error: the map is compiled, and `is_unkept` says so.
 */
SMC_API smc_cached_status smc_cached_open(smc_store *store,
                                          const struct smc_cached_request *request,
                                          struct smc_cached_file *file);

/* Ends the reader and all views into it. */
SMC_API void smc_cached_close(struct smc_cached_file *file);

#ifdef __cplusplus
}
#endif

#endif
