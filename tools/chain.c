/*
 * The maps of a map's sources, for --chain: in files beside the source, or inside of its text.
 */
#include "tools/build.h"

#include "src/chain/smcache_chain.h"
#include "src/url/url.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What the loader is about: the job, whose `chained` keeps the paths that maps are called by. */
struct chain {
    struct job *job;
    const struct settings *settings;
};

/* Bytes of the folder of a path, with its last slash. */
static size_t folder_nbytes_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

/*
 * Where a source lies: its name, without query and fragment, counted from the folder of the map that
 * names it. NULL if the name is a URL, holds a NUL, or leads out of the folder that is built; or
 * without memory.
 */
static char *path_of_source(const struct chain *chain, const char *asker, struct smc_view name)
{
    const char *root = chain->job->root;
    size_t folder = folder_nbytes_of(asker), n = 0;

    while (n < name.nbytes && name.ptr[n] != '?' && name.ptr[n] != '#') {
        n++;
    }
    if (n == 0 || memchr(name.ptr, '\0', n) != NULL || smc_url_scheme_nbytes(name.ptr, n) > 0) {
        return NULL;
    }
    if (name.ptr[0] == '/') {
        folder = 0;
    }
    char *path = malloc(folder + n + 1);
    if (path == NULL) {
        return NULL;
    }
    memcpy(path, asker, folder);
    memcpy(path + folder, name.ptr, n);
    path[folder + n] = '\0';
    if (root != NULL && (strncmp(path, root, strlen(root)) != 0 || smc_path_leaves(path, root))) {
        free(path);
        return NULL;
    }
    return path;
}

static void release(void *context, const struct smc_chain_map *map)
{
    (void)context;
    free(map->owner);
}

/* Hands the bytes over. The path is what messages call the map. */
static smc_chain_answer answer(struct chain *chain, struct smc_buf *json, const char *path,
                               int is_data_url, struct smc_chain_map *map)
{
    struct job *job = chain->job;
    char **chained = realloc(job->chained, (job->n_chained + 1) * sizeof *chained);
    char *id = strdup(path);

    job->chained = chained != NULL ? chained : job->chained;
    if (chained == NULL || id == NULL) {
        free(id);
        smc_buf_free(json);
        job_fail(job, EXIT_SYSTEM, "out of memory");
        return SMC_CHAIN_ERROR;
    }
    chained[job->n_chained++] = id;
    *map = (struct smc_chain_map){.json = json->data,
                                  .nbytes = json->nbytes,
                                  .is_data_url = is_data_url,
                                  .id = id,
                                  .release = release,
                                  .owner = json->data};
    return SMC_CHAIN_MAP;
}

/* A map that is there and cannot be read: in strict mode a failure, otherwise as if it were not there. */
static smc_chain_answer bad_map(struct chain *chain, const char *path,
                                const struct smc_load_error *error)
{
    char text[LOAD_TEXT_NBYTES];
    int code = load_text(error, text);

    if (chain->settings->options.strict || code == EXIT_SYSTEM) {
        job_fail(chain->job, code, "%s: %s", path, text);
        return SMC_CHAIN_ERROR;
    }
    job_note(chain->job, "%s: %s; its source stays as it is", path, text);
    return SMC_CHAIN_NONE;
}

static smc_chain_answer load(struct chain *chain, const char *path, struct smc_chain_map *map)
{
    struct smc_buf json = {0};
    struct smc_load_error error;

    return smc_load(path, chain->settings->max_input_nbytes, &json, &error) != 0
               ? bad_map(chain, path, &error)
               : answer(chain, &json, path, 0, map);
}

static int is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The source itself need not be there: bundlers clean up, and leave its map. */
static smc_chain_answer load_beside(struct chain *chain, const char *source,
                                    struct smc_chain_map *map)
{
    size_t n = strlen(source);
    char *path = malloc(n + sizeof ".map");
    smc_chain_answer found = SMC_CHAIN_NONE;

    if (path != NULL) {
        memcpy(path, source, n);
        memcpy(path + n, ".map", sizeof ".map");
        found = is_file(path) ? load(chain, path, map) : SMC_CHAIN_NONE;
    }
    free(path);
    return found;
}

/* By the source's file. */
static smc_chain_answer load_by_file(struct chain *chain, const char *source,
                                     struct smc_chain_map *map)
{
    smc_chain_answer found = SMC_CHAIN_NONE;
    struct smc_buf json = {0};
    struct smc_load_error error;
    struct smc_place place;

    if (!smc_is_generated(source)) {
        return SMC_CHAIN_NONE; /* an original: TypeScript, Sass */
    }
    if (smc_place_find(source, chain->job->root, &place) != 0) {
        return SMC_CHAIN_NONE;
    }
    if (place.status == SMC_PLACE_NAMED || place.status == SMC_PLACE_BESIDE) {
        found = load(chain, place.path, map);
    } else if (place.status == SMC_PLACE_INLINE) {
        found = smc_load_inline(source, chain->settings->max_input_nbytes, &json, &error) != 0
                    ? bad_map(chain, source, &error)
                    : answer(chain, &json, source, 1, map);
    } else if (place.status == SMC_PLACE_UNREAD && place.error_number == ENOENT) {
        found = load_beside(chain, source, map);
    }
    smc_place_free(&place);
    return found;
}

/* By a data: URL in the text that the map has of the source. */
static smc_chain_answer load_by_content(struct chain *chain, const char *asker,
                                        struct smc_view name, struct smc_view content,
                                        struct smc_chain_map *map)
{
    const enum smc_find_kind kind =
        name.nbytes > 4 && memcmp(name.ptr + name.nbytes - 4, ".css", 4) == 0 ? SMC_FIND_CSS
                                                                              : SMC_FIND_JS;
    struct smc_data_url_error error;
    struct smc_map_url url;
    struct smc_buf json = {0};

    if (content.ptr == NULL || !smc_map_url_find(kind, content.ptr, content.nbytes, &url) ||
        !smc_is_data_url(url.ptr, url.nbytes)) {
        return SMC_CHAIN_NONE;
    }
    if (smc_data_url_decode(url.ptr, url.nbytes, (size_t)chain->settings->max_input_nbytes, &json,
                            &error) != 0) {
        const struct smc_load_error bad = {SMC_LOAD_E_DATA_URL, error.reason, 0,
                                           url.off + error.off, 0};
        return bad_map(chain, asker, &bad);
    }
    return answer(chain, &json, asker, 1, map);
}

static smc_chain_answer load_map_of_source(void *context, const struct smc_chain_request *request,
                                           struct smc_chain_map *map)
{
    struct chain *chain = context;
    const char *asker = request->asker != NULL ? request->asker : chain->job->input;
    smc_chain_answer found = SMC_CHAIN_NONE;

    if (request->raw_name.ptr != NULL) {
        char *source = path_of_source(chain, asker, request->raw_name);
        if (source != NULL) {
            found = load_by_file(chain, source, map);
        }
        free(source);
    }
    return found != SMC_CHAIN_NONE
               ? found
               : load_by_content(chain, asker, request->raw_name, request->content, map);
}

smc_build_status chain_build(struct job *job, const struct settings *settings,
                             const struct smc_build_options *options, const struct smc_buf *json,
                             void **file, size_t *file_nbytes, struct smc_build_issue *issue)
{
    struct chain chain = {job, settings};
    return smc_chain_build_memory(json->data, json->nbytes, options, load_map_of_source, &chain,
                                  file, file_nbytes, issue);
}
