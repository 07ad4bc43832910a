/*
 * One job: read, see whether the result is there already, build, put the result in its place.
 */
#include "tools/build.h"

#include "src/verify/smcache_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Notes why a job has failed. */
static void fail(struct job *job, int code, const char *format, ...) PRINTF_LIKE(3, 4);
static void fail(struct job *job, int code, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    job->status = JOB_FAILED;
    job->code = code;
    job->error = strdup(text);
}

static void fail_output(struct job *job)
{
    fail(job, EXIT_SYSTEM, "cannot write: %s", strerror(errno));
    job->is_output_error = 1;
}

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct job *job = context;

    if (job->n_warnings < JOB_WARNINGS_MAX && job->warnings == NULL) {
        job->warnings = malloc(JOB_WARNINGS_MAX * sizeof *job->warnings);
    }
    if (job->n_warnings < JOB_WARNINGS_MAX && job->warnings != NULL) {
        job->warnings[job->n_warnings] = *issue;
    }
    job->n_warnings++;
}

static int read_input(struct job *job, const struct settings *settings, struct smc_buf *json)
{
    const char *path = strcmp(job->input, "-") == 0 ? NULL : job->input;
    struct smc_load_error error;
    char text[LOAD_TEXT_NBYTES];

    int failed = job->kind == JOB_INLINE
                     ? smc_load_inline(path, settings->max_input_nbytes, json, &error)
                     : smc_load(path, settings->max_input_nbytes, json, &error);
    if (failed != 0) {
        int code = load_text(&error, text);
        fail(job, code, "%s", text);
    }
    return failed;
}

static void read_info(struct job *job, const smc_cache *cache)
{
    (void)smc_info_get(cache, &job->info);
    job->output_nbytes = job->info.file_nbytes;
}

/* Whether the file in the output's place is whole and what this build would make. */
static int is_unchanged(struct job *job, const struct smc_build_options *options,
                        const struct smc_buf *json)
{
    uint8_t recipe[16];
    XXH128_canonical_t digest;
    struct smc_info info;
    smc_cache *cache;
    int is_same = 0;

    if (strcmp(job->output, "-") == 0 || smc_build_recipe(options, recipe) != SMC_BUILD_OK ||
        smc_open_path(job->output, &cache, NULL) != SMC_OK) {
        return 0;
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits(json->data, json->nbytes));
    if (smc_info_get(cache, &info) == SMC_OK &&
        memcmp(info.input_digest, digest.digest, sizeof info.input_digest) == 0 &&
        memcmp(info.recipe_digest, recipe, sizeof recipe) == 0 &&
        smc_verify_digest(cache, NULL) == SMC_OK) {
        read_info(job, cache);
        is_same = 1;
    }
    smc_close(cache);
    return is_same;
}

/* The file holds what the map holds, so it is for nobody who may not read the map. */
static unsigned mode_of(const char *input)
{
    struct stat st;
    return strcmp(input, "-") != 0 && stat(input, &st) == 0 ? (unsigned)st.st_mode & 0666 : 0666;
}

/* Makes the folders that the output is to be in. */
static int make_folders(const char *path)
{
    char *folder = strdup(path);

    if (folder == NULL) {
        return -1;
    }
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
            struct stat st;
            int saved = errno;
            if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
                free(folder);
                errno = saved;
                return -1;
            }
        }
        *slash = '/';
    }
    free(folder);
    return 0;
}

static void fail_build(struct job *job, const struct smc_build_issue *issue)
{
    char text[ISSUE_TEXT_NBYTES];
    fail(job, issue->status == SMC_BUILD_E_MEMORY ? EXIT_SYSTEM : EXIT_INPUT, "%s",
         issue_text(issue, text));
}

/* What is in the output now, for the report. */
static void read_output(struct job *job)
{
    smc_cache *cache;
    if (strcmp(job->output, "-") != 0 && smc_open_path(job->output, &cache, NULL) == SMC_OK) {
        read_info(job, cache);
        smc_close(cache);
    }
}

static void build(struct job *job, const struct smc_build_options *options,
                  const struct smc_buf *json)
{
    struct smc_build_issue issue;
    struct outfile out;

    if ((job->makes_folders && make_folders(job->output) != 0) ||
        outfile_open(&out, job->output, mode_of(job->input)) != 0) {
        fail_output(job);
        return;
    }
    smc_build_status status =
        smc_build(json->data, json->nbytes, options, outfile_write, &out, &issue);
    if (status == SMC_BUILD_E_SINK) {
        fail_output(job);
    } else if (status != SMC_BUILD_OK) {
        fail_build(job, &issue);
    } else if (outfile_commit(&out) != 0) {
        fail_output(job);
    } else {
        job->status = JOB_BUILT;
    }
    outfile_discard(&out);
    if (job->status == JOB_BUILT) {
        read_output(job);
    }
}

static int discard(void *context, const void *bytes, size_t nbytes)
{
    (void)context, (void)bytes, (void)nbytes;
    return 0;
}

/* The file in place is the same in both modes, so a lenient build may have made it of a map that strict mode
 * refuses. Contents, which take most of the time, have no say in that. */
static void settle_unchanged(struct job *job, const struct smc_build_options *options,
                             const struct smc_buf *json)
{
    struct smc_build_options check = *options;
    struct smc_build_issue issue;

    check.sources = SMC_BUILD_SOURCES_NONE;
    job->status = JOB_UNCHANGED;
    if (options->strict &&
        smc_build(json->data, json->nbytes, &check, discard, NULL, &issue) != SMC_BUILD_OK) {
        fail_build(job, &issue);
    }
}

void job_run(struct job *job, const struct settings *settings)
{
    struct smc_build_options options = settings->options;
    struct smc_buf json = {0};

    if (job->kind == JOB_NO_MAP) {
        char *text = place_text(&job->place);
        fail(job, job->place.status == SMC_PLACE_UNREAD ? EXIT_SYSTEM : EXIT_INPUT, "%s",
             text != NULL ? text : "missing_sourcemap");
        free(text);
        return;
    }
    if (read_input(job, settings, &json) != 0) {
        return;
    }
    job->input_nbytes = json.nbytes;
    if (looks_like_cache(json.data, json.nbytes)) {
        fail(job, EXIT_INPUT, "a compiled file, where a source map is needed");
        smc_buf_free(&json);
        return;
    }
    options.is_data_url = job->kind == JOB_INLINE;
    options.warn = note_warning;
    options.warn_context = job;
    if (!settings->forces && is_unchanged(job, &options, &json)) {
        settle_unchanged(job, &options, &json);
    } else if (settings->is_dry_run) {
        job->status = JOB_BUILT;
    } else {
        build(job, &options, &json);
    }
    smc_buf_free(&json);
}
