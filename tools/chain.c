/*
 * The maps of a map's sources, for --chain: in files beside the source, or inside of its text.
 */
#include "tools/build.h"

#include "src/chain/smcache_chain.h"
#include "src/url/url.h"

#include <errno.h>
#include <limits.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes that a job reads of generated files in which a map is looked for, and of maps that prove bad: a few
 * hundred sources can name one large file, each in its own way. The library bounds good maps. */
#define READ_NBYTES_MAX ((uint64_t)4 << 30)
_Static_assert(INPUT_NBYTES_MAX <= SMC_CHAIN_NBYTES_MAX && INPUT_NBYTES_MAX <= READ_NBYTES_MAX,
               "a map of a source may be as large as any other");

/* What the loader is about: the job, whose `chained` keeps the paths that maps are called by. */
struct chain {
    struct job *job;
    const struct settings *settings;
    uint64_t n_read; /* of READ_NBYTES_MAX */
    void *without; /* tsearch's tree of paths: files that have been looked at, and lead to no map */
    int has_outside; /* a source outside of the folder has been spoken of */
    int has_spent;   /* that no more is read has been spoken of */
};

static smc_chain_answer no_memory(struct chain *chain)
{
    job_fail(chain->job, EXIT_SYSTEM, "out of memory");
    return SMC_CHAIN_ERROR;
}

/* A failure of the system's: whether there is a map, nobody knows. */
static smc_chain_answer unread(struct chain *chain, const char *path, int error_number)
{
    job_fail(chain->job, EXIT_SYSTEM, "%s cannot be read: %s", path, strerror(error_number));
    return SMC_CHAIN_ERROR;
}

/* Says why the map that a source has, or may have, is not used; in strict mode that is a failure. */
static smc_chain_answer stays(struct chain *chain, const char *source, const char *verb,
                              const char *what, const char *why)
{
    if (chain->settings->options.strict) {
        job_fail(chain->job, EXIT_INPUT, "%s%s%s%s", source, verb, what, why);
        return SMC_CHAIN_ERROR;
    }
    job_note(chain->job, "%s%s%s%s; it stays as it is", source, verb, what, why);
    return SMC_CHAIN_NONE;
}

/* ---- files without a map ---- */

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* 0, or -1 without memory. */
static int remember(struct chain *chain, const char *path)
{
    if (tfind(path, &chain->without, compare_paths) != NULL) {
        return 0;
    }
    char *copy = strdup(path);
    if (copy == NULL || tsearch(copy, &chain->without, compare_paths) == NULL) {
        free(copy);
        return -1;
    }
    return 0;
}

static void forget_all(struct chain *chain)
{
    while (chain->without != NULL) {
        char *path = *(char **)chain->without;
        (void)tdelete(path, &chain->without, compare_paths);
        free(path);
    }
}

static int is_spent(const struct chain *chain)
{
    return chain->n_read > READ_NBYTES_MAX;
}

static void spend(struct chain *chain, uint64_t nbytes)
{
    chain->n_read += nbytes < READ_NBYTES_MAX ? nbytes : READ_NBYTES_MAX + 1;
}

static void spend_file(struct chain *chain, const char *path)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        spend(chain, (uint64_t)st.st_size);
    }
}

/* Said once, of the first one. */
static smc_chain_answer stays_unread(struct chain *chain, const char *path)
{
    if (chain->has_spent) {
        return SMC_CHAIN_NONE;
    }
    chain->has_spent = 1;
    return stays(chain, path, " is not read", "",
                 ": looking for the maps of sources has taken 4 GiB; nor are others");
}

/* ---- from names to paths ---- */

/* Bytes of the folder of a path, with its last slash. */
static size_t folder_nbytes_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

/*
 * Where a source lies: its name, without query and fragment, counted from the folder of the map that
 * names it. *path is NULL if the name is a URL, holds a NUL, is longer than any path, or leads out of the
 * folder that is built, which may be the work of strangers. Returns 0, or -1 without memory.
 */
static int path_of_source(struct chain *chain, const char *asker, struct smc_view name, char **path)
{
    const char *root = chain->job->root;
    size_t folder = folder_nbytes_of(asker), n = 0;

    *path = NULL;
    while (n < name.nbytes && name.ptr[n] != '?' && name.ptr[n] != '#') {
        n++;
    }
    if (n == 0 || memchr(name.ptr, '\0', n) != NULL || smc_url_scheme_nbytes(name.ptr, n) > 0) {
        return 0;
    }
    if (name.ptr[0] == '/') {
        folder = 0;
    }
    if (n >= PATH_MAX || folder >= PATH_MAX - n) {
        return 0;
    }
    char *joined = malloc(folder + n + 1);
    if (joined == NULL) {
        return -1;
    }
    memcpy(joined, asker, folder);
    memcpy(joined + folder, name.ptr, n);
    joined[folder + n] = '\0';
    if (root != NULL && smc_path_leaves(joined, root)) {
        if (smc_is_generated(joined) && !chain->has_outside) {
            chain->has_outside = 1;
            job_note(chain->job, "the maps of sources outside of the folder are not read: give the "
                                 "map itself");
        }
        free(joined);
        return 0;
    }
    *path = joined;
    return 0;
}

/* ---- maps ---- */

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
    struct stat st;
    char **chained = realloc(job->chained, (job->n_chained + 1) * sizeof *chained);
    char *id = strdup(path);

    job->chained = chained != NULL ? chained : job->chained;
    if (chained == NULL || id == NULL) {
        free(id);
        smc_buf_free(json);
        return no_memory(chain);
    }
    chained[job->n_chained++] = id;
    if (stat(path, &st) == 0) { /* what is made of it is for nobody else than it is itself */
        job->kept_from |= ~(unsigned)st.st_mode & 0666;
    } else if (!smc_is_absent(errno)) {
        const smc_chain_answer failed = unread(chain, path, errno);
        smc_buf_free(json);
        return failed;
    }
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

    if (is_spent(chain)) {
        return stays_unread(chain, path);
    }
    if (smc_load(path, chain->settings->max_input_nbytes, 1, &json, &error) == 0) {
        return answer(chain, &json, path, 0, map);
    }
    if (error.status == SMC_LOAD_E_TOO_LARGE) {
        spend(chain, error.max_nbytes);
    } else {
        spend_file(chain, path);
    }
    return bad_map(chain, path, &error);
}

static smc_chain_answer load_inline(struct chain *chain, const char *source,
                                    struct smc_chain_map *map)
{
    struct smc_buf json = {0};
    struct smc_load_error error;

    spend_file(chain, source); /* it is read once more */
    return smc_load_inline(source, chain->settings->max_input_nbytes, &json, &error) != 0
               ? bad_map(chain, source, &error)
               : answer(chain, &json, source, 1, map);
}

/* The source itself need not be there: bundlers clean up, and leave its map. */
static smc_chain_answer load_beside(struct chain *chain, const char *source,
                                    struct smc_chain_map *map)
{
    size_t n = strlen(source);
    char *path = malloc(n + sizeof ".map");

    if (path == NULL) {
        return no_memory(chain);
    }
    memcpy(path, source, n);
    memcpy(path + n, ".map", sizeof ".map");
    const int is_there = smc_find_file(path);
    const smc_chain_answer found = is_there < 0   ? unread(chain, path, errno)
                                   : is_there > 0 ? load(chain, path, map)
                                                  : SMC_CHAIN_NONE;
    free(path);
    return found;
}

/* Whether a generated file is not there, as most sources are not; nobody has a path of that length. */
static int is_nowhere(const struct smc_place *place)
{
    return place->status == SMC_PLACE_UNREAD &&
           (place->error_number == ENOENT || place->error_number == ENOTDIR ||
            place->error_number == ENAMETOOLONG);
}

/* By the source's file. What it says of a map is in *place, if it has been looked at. */
static smc_chain_answer load_by_file(struct chain *chain, const char *source,
                                     struct smc_place *place, struct smc_chain_map *map)
{
    if (tfind(source, &chain->without, compare_paths) != NULL) {
        return SMC_CHAIN_NONE;
    }
    spend_file(chain, source);
    if (is_spent(chain)) {
        return stays_unread(chain, source);
    }
    if (smc_place_find(source, chain->job->root, place) != 0 ||
        (place->status == SMC_PLACE_NONE && remember(chain, source) != 0)) {
        return no_memory(chain);
    }
    if (place->status == SMC_PLACE_UNREAD && !smc_is_absent(place->error_number) &&
        !smc_is_no_regular_file(place->error_number)) {
        return unread(chain, source, place->error_number);
    }
    if (place->status == SMC_PLACE_NAMED || place->status == SMC_PLACE_BESIDE) {
        return load(chain, place->path, map);
    }
    if (place->status == SMC_PLACE_INLINE) {
        return load_inline(chain, source, map);
    }
    return is_nowhere(place) ? load_beside(chain, source, map) : SMC_CHAIN_NONE;
}

/* Of a file that leads to no map that can be used: said if it should have, and it is not read again. */
static smc_chain_answer leave(struct chain *chain, const char *source,
                              const struct smc_place *place)
{
    const char *url = place->url != NULL ? place->url : "";

    if (is_nowhere(place)) {
        return SMC_CHAIN_NONE;
    }
    if (place->status != SMC_PLACE_NONE && remember(chain, source) != 0) {
        return no_memory(chain);
    }
    switch (place->status) {
    case SMC_PLACE_GONE:
        return stays(chain, source, " names ", url, ", which is not there");
    case SMC_PLACE_REMOTE:
        return stays(chain, source, " names ", url, ", which is not fetched");
    case SMC_PLACE_OUTSIDE:
        return stays(chain, source, " names ", url, ", which is outside of the folder");
    case SMC_PLACE_UNREAD:
        return stays(chain, source, " cannot be read: ", strerror(place->error_number), "");
    default:
        return SMC_CHAIN_NONE; /* it names none, or a bad one, of which bad_map has spoken */
    }
}

static int is_css(struct smc_view name)
{
    return name.ptr != NULL && name.nbytes > 4 &&
           memcmp(name.ptr + name.nbytes - 4, ".css", 4) == 0;
}

/* By a data: URL in the text that the map has of the source. `id` is what the map found is called. */
static smc_chain_answer load_by_content(struct chain *chain, const char *id,
                                        const struct smc_chain_request *request,
                                        struct smc_chain_map *map)
{
    const struct smc_view content = request->content;
    struct smc_data_url_error error;
    struct smc_map_url url;
    struct smc_buf json = {0};

    if (content.ptr == NULL ||
        !smc_map_url_find(is_css(request->raw_name) ? SMC_FIND_CSS : SMC_FIND_JS, content.ptr,
                          content.nbytes, &url) ||
        !smc_is_data_url(url.ptr, url.nbytes)) {
        return SMC_CHAIN_NONE;
    }
    if (smc_data_url_decode(url.ptr, url.nbytes, chain->settings->max_input_nbytes, &json,
                            &error) == 0) {
        return answer(chain, &json, id, 1, map);
    }
    const struct smc_load_error bad = {
        .status = json.failed          ? SMC_LOAD_E_MEMORY
                  : error.is_too_large ? SMC_LOAD_E_TOO_LARGE
                                       : SMC_LOAD_E_DATA_URL,
        .reason = error.reason,
        .offset = url.off + error.off,
        .max_nbytes = chain->settings->max_input_nbytes,
    };
    smc_buf_free(&json);
    return bad_map(chain, id, &bad);
}

static smc_chain_answer load_map_of_source(void *context, const struct smc_chain_request *request,
                                           struct smc_chain_map *map)
{
    struct chain *chain = context;
    const char *asker = request->asker != NULL ? request->asker : chain->job->input;
    struct smc_place place = {.status = SMC_PLACE_NONE};
    smc_chain_answer found = SMC_CHAIN_NONE;
    char *source = NULL;

    if (request->raw_name.ptr != NULL &&
        path_of_source(chain, asker, request->raw_name, &source) != 0) {
        return no_memory(chain);
    }
    int is_generated = source != NULL && smc_is_generated(source); /* not TypeScript, Sass */
    if (is_generated) {
        found = load_by_file(chain, source, &place, map);
    }
    if (found == SMC_CHAIN_NONE) {
        found = load_by_content(chain, source != NULL ? source : asker, request, map);
    }
    if (found == SMC_CHAIN_NONE && is_generated) {
        found = leave(chain, source, &place);
    }
    smc_place_free(&place);
    free(source);
    return found;
}

smc_build_status chain_build(struct job *job, const struct settings *settings,
                             const struct smc_build_options *options, const struct smc_buf *json,
                             void **file, size_t *file_nbytes, struct smc_build_issue *issue)
{
    struct chain chain = {.job = job, .settings = settings};
    smc_build_status status = smc_chain_build_memory(
        json->data, json->nbytes, options, load_map_of_source, &chain, file, file_nbytes, issue);
    forget_all(&chain);
    return status;
}
