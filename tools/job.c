/*
 * One job: read, see whether the result is there already, build, put the result in its place.
 */
#include "tools/build.h"
#include "tools/minified.h"

#include "src/verify/smcache_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static char *format_text(const char *format, va_list args) PRINTF_LIKE(1, 0);
static char *format_text(const char *format, va_list args)
{
    char text[4096];
    (void)vsnprintf(text, sizeof text, format, args);
    return strdup(text);
}

void job_fail(struct job *job, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    free(job->error);
    job->error = format_text(format, args);
    va_end(args);
    job->status = JOB_FAILED;
    job->code = job->error != NULL ? code : EXIT_SYSTEM;
}

void job_note(struct job *job, const char *format, ...)
{
    va_list args;

    if (job->n_notes == JOB_WARNINGS_MAX) {
        return;
    }
    if (job->notes == NULL) {
        job->notes = calloc(JOB_WARNINGS_MAX, sizeof *job->notes);
    }
    va_start(args, format);
    char *note = job->notes != NULL ? format_text(format, args) : NULL;
    va_end(args);
    if (note != NULL) {
        job->notes[job->n_notes++] = note;
    } else {
        job->lacks_memory = 1;
    }
}

static void fail_output(struct job *job)
{
    job_fail(job, EXIT_SYSTEM, "cannot write: %s", strerror(errno));
    job->is_output_error = 1;
}

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct job *job = context;

    if (job->n_warnings == 0) {
        job->warnings = malloc(JOB_WARNINGS_MAX * sizeof *job->warnings);
        job->lacks_memory |= job->warnings == NULL;
    }
    if (job->n_warnings < JOB_WARNINGS_MAX && job->warnings != NULL) {
        job->warnings[job->n_warnings] = *issue;
    }
    job->n_warnings++;
}

static int read_input(struct job *job, const struct settings *settings, unsigned n_threads,
                      struct smc_buf *json)
{
    const char *path = strcmp(job->input, "-") == 0 ? NULL : job->input;
    struct smc_load_error error;
    char text[LOAD_TEXT_NBYTES];

    int failed = job->kind == JOB_INLINE
                     ? smc_load_inline(path, settings->max_input_nbytes, json, &error)
                     : smc_load(path, settings->max_input_nbytes, n_threads, json, &error);
    if (failed != 0) {
        int code = load_text(&error, text);
        job_fail(job, code, "%s", text);
    }
    return failed;
}

static void read_info(struct job *job, const smc_cache *cache)
{
    (void)smc_info_get(cache, &job->info);
    job->output_nbytes = job->info.file_nbytes;
}

/* Whether a file has the recipe of this build, which may ask for the generated file. Only of one for which that has
 * been asked it matters which one it is. */
static int has_recipe(const struct smc_info *info, const struct smc_build_options *options,
                      struct minified *minified)
{
    uint8_t recipe[16];

    for (int needs_generated = 0; needs_generated <= 1; needs_generated++) {
        if ((!needs_generated || options->load_generated == NULL ||
             minified_identify(minified) == 0) &&
            smc_build_recipe(options, needs_generated, recipe) == SMC_BUILD_OK &&
            memcmp(info->recipe_digest, recipe, sizeof recipe) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Whether the file in the output's place is whole and what this build would make. */
static int is_unchanged(struct job *job, const struct smc_build_options *options,
                        struct minified *minified, const struct smc_buf *json)
{
    XXH128_canonical_t digest;
    struct smc_info info;
    smc_cache *cache;
    int is_same = 0;

    if (strcmp(job->output, "-") == 0 ||
        smc_open_path(job->output, SMC_OPEN_SEQUENTIAL, &cache, NULL) != SMC_OK) {
        return 0;
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits(json->data, json->nbytes));
    if (smc_info_get(cache, &info) == SMC_OK &&
        memcmp(info.input_digest, digest.digest, sizeof info.input_digest) == 0 &&
        has_recipe(&info, options, minified) && smc_verify_digest(cache, NULL) == SMC_OK) {
        read_info(job, cache);
        is_same = 1;
    }
    smc_close(cache);
    return is_same;
}

/* The file holds what the maps hold. 0, or -1 with errno. */
static int find_origin(const struct job *job, struct outfile_origin *origin)
{
    struct stat st;

    *origin = (struct outfile_origin){.mode = 0666};
    if (strcmp(job->input, "-") != 0) {
        if (stat(job->input, &st) != 0) {
            return -1;
        }
        *origin = (struct outfile_origin){st.st_mode, 1, st.st_gid};
    }
    origin->mode &= ~job->kept_from;
    return 0;
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
    job_fail(job, issue->status == SMC_BUILD_E_MEMORY ? EXIT_SYSTEM : EXIT_INPUT, "%s",
             issue_text(issue, text));
}

/* What is in the output now, for the report. */
static void read_output(struct job *job)
{
    struct smc_error error;
    smc_cache *cache;

    if (strcmp(job->output, "-") == 0) {
        return;
    }
    if (smc_open_path(job->output, 0, &cache, &error) == SMC_OK) {
        read_info(job, cache);
        smc_close(cache);
        return;
    }
    const int has_number = error.status == SMC_E_IO;
    job_fail(job, EXIT_SYSTEM, "cannot be read again: %s%s%s", error.reason, has_number ? ": " : "",
             has_number ? strerror(errno) : "");
    job->is_output_error = 1;
}

/* Opens the output, has it filled, and puts it in its place. */
static void write_output(struct job *job, int (*fill)(struct outfile *out, void *context),
                         void *context)
{
    struct outfile_origin origin;
    struct outfile out;

    if (find_origin(job, &origin) != 0) {
        job_fail(job, EXIT_SYSTEM, "cannot be looked at: %s", strerror(errno));
        return;
    }
    if ((job->makes_folders && make_folders(job->output) != 0) ||
        outfile_open(&out, job->output, job->follows_link, &origin) != 0) {
        fail_output(job);
        return;
    }
    if (fill(&out, context) == 0) {
        if (outfile_commit(&out) != 0) {
            fail_output(job);
        } else {
            job->status = JOB_BUILT;
        }
    }
    outfile_discard(&out);
    if (job->status == JOB_BUILT) {
        read_output(job);
    }
}

/* A map to be compiled. */
struct compilation {
    struct job *job;
    const struct smc_build_options *options;
    const struct smc_buf *json;
};

static int compile(struct outfile *out, void *context)
{
    const struct compilation *c = context;
    struct smc_build_issue issue;
    smc_build_status status =
        smc_build(c->json->data, c->json->nbytes, c->options, outfile_write, out, &issue);

    if (status == SMC_BUILD_E_SINK) {
        fail_output(c->job);
    } else if (status != SMC_BUILD_OK) {
        fail_build(c->job, &issue);
    }
    return status == SMC_BUILD_OK ? 0 : -1;
}

static void build(struct job *job, const struct smc_build_options *options,
                  const struct smc_buf *json)
{
    struct compilation compilation = {job, options, json};
    write_output(job, compile, &compilation);
}

/* A file that is in memory. */
struct image {
    struct job *job;
    void *bytes;
    size_t nbytes;
};

static int copy_image(struct outfile *out, void *context)
{
    const struct image *image = context;
    if (outfile_write(out, image->bytes, image->nbytes) != 0) {
        fail_output(image->job);
        return -1;
    }
    return 0;
}

/* Whether the output is that already, and whole. */
static int is_image(const struct job *job, const struct image *image)
{
    smc_cache *old, *made;
    struct smc_info a, b;

    if (strcmp(job->output, "-") == 0 ||
        smc_open_path(job->output, SMC_OPEN_SEQUENTIAL, &old, NULL) != SMC_OK) {
        return 0;
    }
    int is_same = 0;
    if (smc_open_memory(image->bytes, image->nbytes, 0, &made, NULL) == SMC_OK) {
        is_same = smc_info_get(old, &a) == SMC_OK && smc_info_get(made, &b) == SMC_OK &&
                  a.file_nbytes == b.file_nbytes &&
                  memcmp(a.content_digest, b.content_digest, sizeof a.content_digest) == 0 &&
                  smc_verify_digest(old, NULL) == SMC_OK;
        smc_close(made);
    }
    smc_close(old);
    return is_same;
}

/* Which maps a chain has is known when it is built, and so whether there is a change. */
static void build_chain(struct job *job, const struct settings *settings,
                        const struct smc_build_options *options, const struct smc_buf *json)
{
    struct image image = {.job = job};
    struct smc_build_issue issue;
    smc_build_status status =
        chain_build(job, settings, options, json, &image.bytes, &image.nbytes, &issue);

    if (status != SMC_BUILD_OK) {
        if (job->status != JOB_FAILED) { /* the loader has not said why */
            fail_build(job, &issue);
        }
        return;
    }
    if (!settings->forces && is_image(job, &image)) {
        job->status = JOB_UNCHANGED;
        read_output(job);
    } else if (settings->is_dry_run) {
        job->status = JOB_BUILT;
    } else {
        write_output(job, copy_image, &image);
    }
    free(image.bytes);
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

/* Whether a build may ask for the generated file; if it was asked for and is not to be had, the job fails. */
static void find_minified(struct job *job, const struct settings *settings,
                          struct minified *minified, struct smc_build_options *options)
{
    int found = 1;

    *minified = (struct minified){.path = NULL};
    if (options->functions == SMC_BUILD_FUNCTIONS_NONE) {
        return;
    }
    if (settings->minified != NULL) {
        minified->path = strdup(settings->minified);
        found = minified->path != NULL ? 1 : -1;
    } else {
        found = minified_find(minified, job->input, job->generated);
    }
    if (found > 0 && minified_check(minified) == 0) {
        minified_offer(minified, options);
        /* Its names may be in the file. */
        job->kept_from |= ~(unsigned)minified->state.st_mode & 0666;
    } else if (settings->minified != NULL) {
        job_fail(job, EXIT_SYSTEM, "--minified %s: cannot be read: %s", settings->minified,
                 errno == EINVAL ? "no regular file: save it to one, it may be read twice"
                                 : strerror(errno));
    } else if (found != 0 && !smc_is_absent(errno)) {
        job_fail(job, EXIT_SYSTEM, "its generated file cannot be read: %s", strerror(errno));
    }
}

void job_run(struct job *job, const struct settings *settings, unsigned n_threads)
{
    struct smc_build_options options = settings->options;
    struct smc_buf json = {0};
    struct minified minified;

    if (job->kind == JOB_NO_MAP) {
        char text[PLACE_TEXT_NBYTES];
        job_fail(job, job->place.status == SMC_PLACE_UNREAD ? EXIT_SYSTEM : EXIT_INPUT, "%s",
                 place_text(&job->place, text));
        return;
    }
    if (read_input(job, settings, n_threads, &json) != 0) {
        return;
    }
    job->input_nbytes = json.nbytes;
    if (looks_like_cache(json.data, json.nbytes)) {
        job_fail(job, EXIT_INPUT, "a compiled file, where a source map is needed");
        smc_buf_free(&json);
        return;
    }
    options.n_threads = n_threads;
    options.is_data_url = job->kind == JOB_INLINE;
    options.warn = note_warning;
    options.warn_context = job;
    find_minified(job, settings, &minified, &options);
    if (job->status == JOB_FAILED) {
        /* it has been said why */
    } else if (settings->chains) {
        build_chain(job, settings, &options, &json);
    } else if (!settings->forces && is_unchanged(job, &options, &minified, &json)) {
        settle_unchanged(job, &options, &json);
    } else if (settings->is_dry_run) {
        job->status = JOB_BUILT;
    } else {
        build(job, &options, &json);
    }
    if (minified.is_lost) {
        char text[LOAD_TEXT_NBYTES];
        const int code = load_text(&minified.error, text);
        job_fail(job, code, "%s: %s", minified.path, text);
    }
    char text[MINIFIED_TEXT_NBYTES];
    if (job->status == JOB_BUILT && minified_warning(&minified, text) != NULL) {
        job_note(job, "%s", text);
    }
    if (job->lacks_memory && job->status != JOB_FAILED) {
        job_fail(job, EXIT_SYSTEM, "out of memory");
    }
    minified_free(&minified);
    smc_buf_free(&json);
}
