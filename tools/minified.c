/*
 * The generated file beside a map, for the names of functions.
 */
#include "tools/build.h"

#include "src/javascript/javascript.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The generated file of a map of that name, by custom: without .map (.gz). A new string, or NULL. */
static char *beside(const char *map)
{
    static const char *const endings[] = {".map.gz", ".map"};
    const size_t n = strlen(map);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (n > ending && strcmp(map + n - ending, endings[i]) == 0) {
            return strndup(map, n - ending);
        }
    }
    return NULL;
}

char *minified_path(const char *map, const char *generated)
{
    char *path = generated != NULL ? strdup(generated) : beside(map);

    if (path != NULL && (smc_input_kind_of(path) != SMC_INPUT_JS || access(path, R_OK) != 0)) {
        free(path);
        path = NULL;
    }
    return path;
}

int load_minified(struct job *job, const struct settings *settings, struct smc_buf *text)
{
    char *found = settings->minified == NULL ? minified_path(job->input, job->generated) : NULL;
    const char *path = settings->minified != NULL ? settings->minified : found;
    struct smc_load_error error;
    char reason[LOAD_TEXT_NBYTES];
    int is_there = 0;

    if (path != NULL && settings->options.functions != SMC_BUILD_FUNCTIONS_NONE) {
        is_there = smc_load(path, SMC_JS_NBYTES_MAX, 1, text, &error) == 0;
        if (!is_there) {
            const int code = load_text(&error, reason);
            if (settings->minified != NULL) {
                job_fail(job, code, "--minified %s: %s", path, reason);
            } else {
                job_note(job, "%s: %s: it names no functions", path, reason);
            }
        }
    }
    free(found);
    return is_there;
}
