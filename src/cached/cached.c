#include "src/cached/smcache_cached.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RECIPE_NBYTES 16

struct opening {
    const struct smc_cached_request *request;
    struct smc_cached_file *file;
    const void *json;
    size_t nbytes;
    uint8_t asked[RECIPE_NBYTES]; /* the recipe of keys that have none */
    uint8_t made[RECIPE_NBYTES];  /* that of the build, in which `load` may have a say */
    smc_cached_status failed;     /* what a callback failed of */
};

const char *smc_cached_status_text(smc_cached_status status)
{
    switch (status) {
    case SMC_CACHED_OK:
        return "success";
    case SMC_CACHED_E_MAP:
        return "not a valid source map";
    case SMC_CACHED_E_LOAD:
        return "the source map, or its generated file, could not be loaded";
    case SMC_CACHED_E_SYSTEM:
        return "out of memory, or the file could not be mapped";
    case SMC_CACHED_E_OPTION:
        return "unknown option";
    }
    return "unknown status";
}

static int fail(struct opening *opening, int error_number)
{
    opening->failed = SMC_CACHED_E_SYSTEM;
    opening->file->error_number = error_number;
    return -1;
}

/* ---- what the store calls ---- */

static int open_stored(void *context, int fd)
{
    struct opening *opening = context;

    switch (smc_open_fd(fd, opening->request->open_flags, &opening->file->cache, NULL)) {
    case SMC_OK:
        return 0;
    case SMC_E_IO:
        return fail(opening, errno);
    case SMC_E_MEMORY:
        return fail(opening, ENOMEM);
    case SMC_E_UNSUPPORTED:
        opening->failed = SMC_CACHED_E_OPTION;
        return -1;
    default:
        return SMC_STORE_REFUSED;
    }
}

static int open_built(void *context, void *bytes, size_t nbytes, const struct smc_store_error *why)
{
    struct opening *opening = context;
    struct smc_cached_file *file = opening->file;
    const smc_status status =
        smc_open_memory(bytes, nbytes, opening->request->open_flags, &file->cache, NULL);

    if (status != SMC_OK) {
        free(bytes);
        if (status != SMC_E_UNSUPPORTED) {
            return fail(opening, ENOMEM);
        }
        opening->failed = SMC_CACHED_E_OPTION;
        return -1;
    }
    file->memory = bytes;
    if (why != NULL) {
        file->is_unkept = 1;
        file->store_error = *why;
    }
    return 0;
}

static enum smc_store_built build(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES])
{
    struct opening *opening = context;
    struct smc_build_issue issue;

    switch (smc_build_memory(opening->json, opening->nbytes, opening->request->options, bytes,
                             nbytes, &issue)) {
    case SMC_BUILD_OK:
        return SMC_STORE_BUILT;
    case SMC_BUILD_E_JSON:
    case SMC_BUILD_E_MAP:
    case SMC_BUILD_E_LIMIT:
        smc_build_issue_text(&issue, text, SMC_STORE_TEXT_NBYTES);
        return SMC_STORE_IMPOSSIBLE;
    case SMC_BUILD_E_OPTION:
        opening->failed = SMC_CACHED_E_OPTION;
        return SMC_STORE_FAILED;
    case SMC_BUILD_E_LOADER:
        opening->failed = SMC_CACHED_E_LOAD;
        return SMC_STORE_FAILED;
    default:
        (void)fail(opening, ENOMEM);
        return SMC_STORE_FAILED;
    }
}

/* ---- keys ---- */

/*
 * Strictness and where the map comes from do not change a file, and so are not part of the recipe; but whether there is
 * one. So they are part of what it is asked by.
 */
static smc_cached_status make_recipe(const struct smc_build_options *options,
                                     uint8_t recipe[RECIPE_NBYTES])
{
    if (smc_build_recipe(options, 1, recipe) != SMC_BUILD_OK) {
        return SMC_CACHED_E_OPTION;
    }
    if (options != NULL) {
        recipe[0] ^= (uint8_t)((options->is_data_url != 0) | (options->strict != 0) << 1);
    }
    return SMC_CACHED_OK;
}

static struct smc_store_key with_recipe(const struct opening *opening, size_t i)
{
    struct smc_store_key key = opening->request->keys[i];

    key.recipe = key.recipe != NULL ? key.recipe : opening->asked;
    return key;
}

/* ---- the ways to a file ---- */

/* What goes wrong with a file of the store is the store's failure, as long as there is another way to it. */
static void note_failure(const struct opening *opening, const struct smc_store_error *error)
{
    struct smc_store_error *noted = &opening->file->store_error;

    *noted = *error;
    if (error->status == SMC_STORE_E_CALLER) {
        const int error_number = opening->file->error_number;
        noted->status = error_number == ENOMEM ? SMC_STORE_E_MEMORY : SMC_STORE_E_IO;
        noted->reason = error_number == ENOMEM ? smc_store_status_text(SMC_STORE_E_MEMORY)
                                               : "cannot open the file";
        noted->error_number = error_number;
    }
}

/* By the keys alone; SMC_STORE_MISS if the map is needed. A file goes before what is known of keys that have none. */
static smc_store_status find(smc_store *store, struct opening *opening)
{
    char *text = opening->file->text;
    smc_store_status answer = SMC_STORE_MISS;

    for (size_t i = 0; i < opening->request->n_keys; i++) {
        const struct smc_store_key key = with_recipe(opening, i);
        struct smc_store_error error;
        const smc_store_status status = smc_store_try(
            store, &key, open_stored, opening, answer == SMC_STORE_MISS ? text : NULL, &error);
        if (status == SMC_STORE_OK) {
            opening->file->is_hit = 1;
            text[0] = '\0';
        }
        if (status == SMC_STORE_OK || status == SMC_STORE_E_KEY) {
            return status;
        }
        if (status == SMC_STORE_NEGATIVE) {
            answer = status;
        } else if (status != SMC_STORE_MISS) {
            note_failure(opening, &error);
        }
    }
    return answer;
}

static smc_cached_status load(struct opening *opening)
{
    const struct smc_cached_request *request = opening->request;

    opening->json = request->json;
    opening->nbytes = request->nbytes;
    return request->json != NULL ||
                   request->load(request->context, &opening->json, &opening->nbytes) == 0
               ? SMC_CACHED_OK
               : SMC_CACHED_E_LOAD;
}

static smc_cached_status result_of(struct opening *opening, smc_store_status status,
                                   const struct smc_store_error *error)
{
    switch (status) {
    case SMC_STORE_OK:
        return SMC_CACHED_OK;
    case SMC_STORE_NEGATIVE:
        return SMC_CACHED_E_MAP;
    case SMC_STORE_E_KEY:
        return SMC_CACHED_E_OPTION;
    default:
        if (opening->failed == SMC_CACHED_OK) {
            (void)fail(opening, status == SMC_STORE_E_MEMORY ? ENOMEM : error->error_number);
        }
        return opening->failed;
    }
}

/* By the map, in the store; all keys lead there afterwards. */
static smc_cached_status open_in_store(smc_store *store, struct opening *opening)
{
    const struct smc_cached_request *request = opening->request;
    const struct smc_store_maker maker = {opening, open_stored, build, open_built};
    struct smc_store_key keys[SMC_STORE_KEYS_MAX] = {{.kind = SMC_STORE_KEY_CONTENT,
                                                      .scope = request->scope,
                                                      .recipe = opening->made,
                                                      .content = opening->json,
                                                      .content_nbytes = opening->nbytes}};
    struct smc_store_outcome outcome;
    struct smc_store_error error;

    for (size_t i = 0; i < request->n_keys; i++) {
        keys[i + 1] = with_recipe(opening, i);
    }
    const smc_store_status status =
        smc_store_get_or_build(store, keys, request->n_keys + 1, &maker, &outcome, &error);
    opening->file->is_hit = outcome.is_hit;
    opening->file->is_built = outcome.is_built;
    memcpy(opening->file->text, outcome.text, sizeof outcome.text);
    return result_of(opening, status, &error);
}

static smc_cached_status open_in_memory(struct opening *opening)
{
    void *bytes = NULL;
    size_t nbytes = 0;

    opening->file->is_built = 1;
    switch (build(opening, &bytes, &nbytes, opening->file->text)) {
    case SMC_STORE_BUILT:
        return open_built(opening, bytes, nbytes, NULL) == 0 ? SMC_CACHED_OK : opening->failed;
    case SMC_STORE_IMPOSSIBLE:
        return SMC_CACHED_E_MAP;
    default:
        return opening->failed;
    }
}

smc_cached_status smc_cached_open(smc_store *store, const struct smc_cached_request *request,
                                  struct smc_cached_file *file)
{
    struct opening opening = {.request = request, .file = file};

    *file = (struct smc_cached_file){0};
    if (request->struct_size != sizeof *request || request->n_keys >= SMC_STORE_KEYS_MAX ||
        (request->json == NULL && request->load == NULL)) {
        return SMC_CACHED_E_OPTION;
    }
    smc_cached_status status = make_recipe(request->options, opening.asked);
    if (status != SMC_CACHED_OK) {
        return status;
    }
    if (store != NULL && request->json == NULL) {
        const smc_store_status found = find(store, &opening);
        if (found != SMC_STORE_MISS) {
            return result_of(&opening, found, &file->store_error);
        }
    }
    status = load(&opening);
    if (status == SMC_CACHED_OK) {
        status = make_recipe(request->options, opening.made);
    }
    if (status == SMC_CACHED_OK) {
        status = store != NULL ? open_in_store(store, &opening) : open_in_memory(&opening);
    }
    return status;
}

void smc_cached_close(struct smc_cached_file *file)
{
    smc_close(file->cache);
    free(file->memory);
    file->cache = NULL;
    file->memory = NULL;
}
