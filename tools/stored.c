#include "tools/stored.h"

#include "tools/minified.h"
#include "tools/store.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- a file that has not changed ---- */

/*
 * A file is the same as before if its place, size and times are, as ccache has it: the time of the last change of
 * status, which no program sets at will, moves with each write and rename. It must be a while ago, or a later write
 * could have the same time; and have parts of a second: images of file systems that are made to be the same each time
 * have none, and tell nothing.
 */
#define SETTLED_S 2

struct identity {
    char path[PATH_MAX];
    char state[160];
    const char *names[3];
};

/* The key of a file as it is now; 0, or -1: there is no telling whether it changes. */
static int identify(const char *path, struct identity *identity)
{
    struct stat st;
    size_t n = 0;

    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
        st.st_ctim.tv_nsec == 0 || st.st_ctim.tv_sec > time(NULL) - SETTLED_S) {
        return -1;
    }
    if (path[0] != '/') {
        if (getcwd(identity->path, sizeof identity->path) == NULL) {
            return -1;
        }
        n = strlen(identity->path);
        identity->path[n++] = '/';
    }
    if (strlen(path) >= sizeof identity->path - n) {
        return -1;
    }
    memcpy(identity->path + n, path, strlen(path) + 1);
    (void)snprintf(identity->state, sizeof identity->state,
                   "%" PRIuMAX ":%" PRIuMAX ":%" PRIdMAX ":%" PRIdMAX ".%09ld:%" PRIdMAX ".%09ld",
                   (uintmax_t)st.st_dev, (uintmax_t)st.st_ino, (intmax_t)st.st_size,
                   (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (intmax_t)st.st_ctim.tv_sec,
                   st.st_ctim.tv_nsec);
    identity->names[0] = "file";
    identity->names[1] = identity->path;
    identity->names[2] = identity->state;
    return 0;
}

/* ---- loading ---- */

struct loading {
    const struct stored_map *map;
    const struct identity *identity;  /* what the file was asked by; NULL: by its bytes alone */
    const struct identity *generated; /* and of its generated file, if there is one */
    struct minified minified;
    struct smc_build_options *options;
    struct smc_buf bytes;
    int is_compiled; /* they are no map */
    int has_changed; /* they may be those of another file than was asked for */
    int code;        /* of a failure, which has been said */
};

/* A link or a folder of its path may lead elsewhere by now, and back again later: only a file that is the same before
 * and after it has been read answers to its identity. */
static int is_still(const char *path, const struct identity *identity)
{
    struct identity now;
    return identify(path, &now) == 0 && strcmp(now.state, identity->state) == 0;
}

/* From here on the generated file is known by its bytes, however it was asked for; if that cannot be, there is none.
 * Returns whether it is the one that was asked for. */
static int settle_generated(struct loading *loading)
{
    struct minified *minified = &loading->minified;

    if (loading->options->load_generated == NULL) {
        return 1;
    }
    if (minified_identify(minified) != 0) {
        if (!smc_is_absent(errno) && !smc_is_no_regular_file(errno)) {
            minified_lose(minified, errno);
            return 0;
        }
        loading->options->load_generated = NULL;
        return loading->identity == NULL;
    }
    return loading->identity == NULL || is_still(minified->path, loading->generated);
}

static int load(void *context, const void **json, size_t *nbytes)
{
    struct loading *loading = context;
    const char *path = loading->map->path;
    struct smc_load_error error;
    char text[LOAD_TEXT_NBYTES];

    const int failed = loading->map->is_inline
                           ? smc_load_inline(path, INPUT_NBYTES_MAX, &loading->bytes, &error)
                           : smc_load(strcmp(path, "-") == 0 ? NULL : path, INPUT_NBYTES_MAX, 1,
                                      &loading->bytes, &error);
    if (failed != 0) {
        loading->code = load_text(&error, text);
        say("%s: %s", name_of(path), text);
        return -1;
    }
    if (looks_like_cache(loading->bytes.data, loading->bytes.nbytes)) {
        loading->is_compiled = 1;
        return -1;
    }
    if ((loading->identity != NULL && !is_still(path, loading->identity)) ||
        !settle_generated(loading)) {
        loading->has_changed = !loading->minified.is_lost;
        return -1;
    }
    *json = loading->bytes.data != NULL ? (const void *)loading->bytes.data : "";
    *nbytes = loading->bytes.nbytes;
    return 0;
}

static int open_compiled(struct loading *loading, struct smc_cached_file *file)
{
    struct smc_error error;

    if (smc_open_memory(loading->bytes.data, loading->bytes.nbytes, 0, &file->cache, &error) !=
        SMC_OK) {
        return cache_error(name_of(loading->map->path), &error);
    }
    file->memory = loading->bytes.data;
    loading->bytes = (struct smc_buf){0};
    return EXIT_DONE;
}

/* ---- opening ---- */

static void say_unkept(const struct config *config, const struct smc_store_error *error)
{
    store_error(config->dir, error);
    say("the answer does not depend on the store (--no-store: without it)");
}

/* As long as nothing is to be compiled, the generated file need not be read: it is known by what the map is. */
static void set_generated_id(const struct identity *identity, struct minified *minified)
{
    XXH128_canonical_t id;

    XXH128_canonicalFromHash(
        &id, XXH3_128bits_withSeed(identity->state, strlen(identity->state),
                                   XXH3_64bits(identity->path, strlen(identity->path))));
    memcpy(minified->id, id.digest, sizeof minified->id);
}

/* By what is known of the files; or, if one has changed meanwhile, by its bytes alone. */
static smc_cached_status ask(smc_store *store, struct loading *loading,
                             struct smc_cached_file *file)
{
    struct identity identity, generated;
    int has_key =
        store != NULL && !loading->has_changed && identify(loading->map->path, &identity) == 0;
    const struct smc_store_key key = {
        .kind = SMC_STORE_KEY_NAMES, .names = identity.names, .n_names = 3};

    if (has_key && loading->options->load_generated != NULL) {
        has_key = identify(loading->minified.path, &generated) == 0;
        if (has_key) {
            set_generated_id(&generated, &loading->minified);
        }
    }
    const struct smc_cached_request request = {.struct_size = sizeof request,
                                               .keys = &key,
                                               .n_keys = has_key ? 1 : 0,
                                               .load = load,
                                               .context = loading,
                                               .options = loading->options};
    loading->identity = has_key ? &identity : NULL;
    loading->generated = &generated;
    smc_buf_free(&loading->bytes);
    return smc_cached_open(store, &request, file);
}

static int open_map(smc_store *store, const struct config *config, const struct stored_map *map,
                    struct smc_cached_file *file)
{
    const char *name = name_of(map->path);
    struct warnings warnings = {name, 0};
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = store != NULL ? SMC_BUILD_SOURCES_DEFLATE
                                                                 : SMC_BUILD_SOURCES_RAW,
                                        .is_data_url = map->is_inline,
                                        .warn = print_warning,
                                        .warn_context = &warnings};
    struct loading loading = {.map = map, .options = &options, .code = EXIT_SYSTEM};
    char text[LOAD_TEXT_NBYTES], warning[MINIFIED_TEXT_NBYTES];
    int code = EXIT_DONE;

    const int found =
        minified_find(&loading.minified, map->path, map->is_inline ? map->path : map->generated);
    if (found < 0) {
        return system_error(name, "its generated file cannot be read");
    }
    if (found > 0) {
        minified_offer(&loading.minified, &options);
    }
    smc_cached_status status = ask(store, &loading, file);
    if (status == SMC_CACHED_E_LOAD && loading.has_changed) {
        status = ask(store, &loading, file);
    }
    finish_warnings(&warnings);
    if (minified_warning(&loading.minified, warning) != NULL) {
        say("%s: warning: %s", name, warning);
    }
    switch (status) {
    case SMC_CACHED_OK:
        if (file->is_unkept) {
            say_unkept(config, &file->store_error);
        }
        break;
    case SMC_CACHED_E_MAP:
        say("%s: %s", name, file->text);
        code = EXIT_INPUT;
        break;
    case SMC_CACHED_E_LOAD:
        if (loading.minified.is_lost) {
            code = load_text(&loading.minified.error, text);
            say("%s: %s", loading.minified.path, text);
        } else {
            code = loading.is_compiled ? open_compiled(&loading, file) : loading.code;
        }
        break;
    default:
        errno = file->error_number;
        code = system_error(name, "cannot be compiled, or opened then");
    }
    smc_buf_free(&loading.bytes);
    minified_free(&loading.minified);
    return code;
}

int stored_map_open(struct config *config, const struct stored_map *map,
                    struct smc_cached_file *file)
{
    smc_store *store = NULL;
    int code = config_read(config);

    *file = (struct smc_cached_file){0};
    if (code != EXIT_DONE) {
        return code;
    }
    if (config->uses_store && config->dir != NULL && store_open(config, &store) != EXIT_DONE) {
        say("the answer does not depend on the store (--no-store: without it)");
    }
    code = open_map(store, config, map, file);
    smc_store_close(store);
    return code;
}
