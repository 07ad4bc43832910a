/*
 * smcache chains: compiles a source map whose sources have source maps themselves (TypeScript to
 * JavaScript, that to a minified bundle) into one file, in which a single lookup ends in the original.
 *
 * Looking a position up in the result is looking it up in the outer map, then what it answers in the
 * map of the source that it names, and so on until a source has no map:
 *
 * - A source without a map stays as it is. One that has a map is replaced by all sources of that map,
 *   in its order; their contents are those that the map has. A source is ignored if its own map, or
 *   one on the way to it, says so.
 * - The name is that of the last map, the one with the original: of the maps before it are those of text
 *   that is none. But TypeScript's compiler writes no names at all; with the option chain_keeps_names the
 *   name is that of the last map on the way that has one there.
 * - The function (smc_token_function) is that of the last map, which may know it from the content of the source that it is
 *   the map of, as smc_build from the generated file. Of inlined calls, which `scopes` tell, nothing is kept: a position
 *   stands for one frame.
 * - What one of the maps leaves unmapped is unmapped, and has no name then: a name is one of an
 *   original position.
 * - Positions of a range mapping are looked up one by one, as it were: the range is split where the
 *   inner map has tokens, and what is left of it is a range mapping where the inner one is one too. This
 *   is exact but for positions that an outer range mapping moves beyond line or column 2^32 - 2.
 *
 * `file`, `sourceRoot`, the debug ID, where functions of bytecode start and the number of lines are the
 * outer map's (but the lines count those on which a range mapping has been split), and so is the input
 * digest. The recipe digest covers the options, that it is a chain, and the bytes of every inner map. Of
 * names the file has those that its tokens use.
 *
 * Lookups above go by the rule of smc_lookup without flags. SMC_LOOKUP_ACROSS_LINES in the result looks
 * at its tokens; it does not go back across lines in the maps that it was made of.
 *
 * Options: `source_root` and `map_url` are about the outer map alone. The sources of inner maps keep the
 * names that their map gives them, its `sourceRoot` in front. What is done to names after that
 * (`clean_paths` and those below it) is done to the names of the result; but `strip_common_prefix` cuts
 * nothing behind a '?' or '#' off. All other options apply to every map.
 */
#ifndef SMCACHE_CHAIN_H
#define SMCACHE_CHAIN_H

#include "src/build/smcache_build.h"
#include "src/reader/smcache.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maps between the outer one and an original; what is longer mostly is a cycle. */
#define SMC_CHAIN_DEPTH_MAX 16

/* Inner maps, and their bytes, of a whole build. A few small files can ask for any number by naming
 * each other many times; a bundle has a map for each of its modules at most. */
#define SMC_CHAIN_MAPS_MAX 65536
#define SMC_CHAIN_NBYTES_MAX (UINT64_C(1) << 32)

/* A source of which the map is asked for. Views are valid during the call. */
struct smc_chain_request {
    unsigned depth;           /* 1: a source of the outer map; at most SMC_CHAIN_DEPTH_MAX + 1 */
    const void *asker;        /* the map whose source it is, by its `id`; NULL: the outer one */
    struct smc_view raw_name; /* as the map has it; NULL: null */
    struct smc_view name;     /* of the outer map: with `source_root` and `map_url` applied */
    struct smc_view content;  /* NULL: the map has none */
};

/* The map of a source. */
struct smc_chain_map {
    const void *json; /* as for smc_build; must stay as it is until `release` */
    size_t nbytes;
    int is_data_url;
    /* What the library calls the map when it speaks of it: in requests for the maps of its sources,
     * and in issues. Not looked at; its lifetime is the caller's affair. */
    const void *id;
    /* Called once, before the next request, with the loader's context; may be NULL. */
    void (*release)(void *context, const struct smc_chain_map *map);
    void *owner; /* for `release` */
};

typedef enum smc_chain_answer {
    SMC_CHAIN_ERROR = -1, /* ends the build with SMC_BUILD_E_LOADER; the caller knows why */
    SMC_CHAIN_NONE = 0,   /* the source has no map */
    SMC_CHAIN_MAP = 1     /* it is in *map, which was all zero */
} smc_chain_answer;

/*
 * Asked once for each source of each map that has a name or a content, in order; where a source has a
 * map, those of that map come next.
 */
typedef smc_chain_answer (*smc_chain_loader)(void *context, const struct smc_chain_request *request,
                                             struct smc_chain_map *map);

/*
 * As smc_build and smc_build_memory, of the composed map. A warning or an error has in `issue->map` the
 * inner map that it is about.
 *
 * A source stays as it is, with a warning (in strict mode: an error), if its map is not good, if the same
 * bytes are a map on the way to it, which is a cycle, or if it is behind SMC_CHAIN_DEPTH_MAX maps.
 * SMC_BUILD_E_LIMIT: one of the limits above, or range mappings that would be split into a multiple of
 * all tokens.
 *
 * Memory, besides what smc_build needs: for each map on the way to the current source a file with its
 * contents, and for each other inner map of a map on the way its tokens and names, compiled. However
 * hostile the maps, no more than SMC_CHAIN_MEMORY_TIMES the bytes of the outer map and of all inner
 * ones, each as often as it is loaded, and what smc_build may take beside that.
 */
#define SMC_CHAIN_MEMORY_TIMES 120

SMC_BUILD_API smc_build_status smc_chain_build(const void *json, size_t nbytes,
                                               const struct smc_build_options *options,
                                               smc_chain_loader loader, void *loader_context,
                                               smc_build_sink sink, void *sink_context,
                                               struct smc_build_issue *issue);
SMC_BUILD_API smc_build_status smc_chain_build_memory(const void *json, size_t nbytes,
                                                      const struct smc_build_options *options,
                                                      smc_chain_loader loader, void *loader_context,
                                                      void **file, size_t *file_nbytes,
                                                      struct smc_build_issue *issue);

#ifdef __cplusplus
}
#endif

#endif
