/*
 * What there is to build: files of folders and arguments, which of them belong together, and where
 * the result of each goes.
 */
#include "tools/build.h"
#include "tools/walk.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file that an argument names, or that is somewhere in a folder which one names. */
struct found {
    char *path;
    const char *root; /* the folder, or NULL */
    struct stat st;
    int is_generated;
    int is_claimed; /* a map that a generated file has led to */
};

struct finder {
    struct plan *plan;
    const struct settings *settings;
    const struct command *command;
    struct found *list;
    size_t n, capacity;
    int has_output_folder; /* -o names a folder that is there */
};

static int no_memory(void)
{
    errno = ENOMEM;
    return system_error("build", "cannot plan");
}

static char *join(const char *a, const char *b, const char *c)
{
    size_t n_a = strlen(a), n_b = strlen(b), n_c = strlen(c);
    char *joined = malloc(n_a + n_b + n_c + 1);
    if (joined != NULL) {
        memcpy(joined, a, n_a);
        memcpy(joined + n_a, b, n_b);
        memcpy(joined + n_a + n_b, c, n_c + 1);
    }
    return joined;
}

static int ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(text + n - n_suffix, suffix) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The path below its folder; of an argument its last part. */
static const char *relative_path(const char *path, const char *root)
{
    if (root == NULL) {
        return base_name(path);
    }
    path += strlen(root);
    return path + strspn(path, "/");
}

/* 1, 0, or -1: what is long takes memory, and without any it is no answer that nothing fits. */
static int is_excluded(const struct settings *settings, const char *relative)
{
    for (size_t i = 0; i < settings->excludes.n; i++) {
        const char *glob = settings->excludes.items[i];
        const int by_path = fnmatch(glob, relative, 0);
        const int by_name = by_path == 0 ? 0 : fnmatch(glob, base_name(relative), 0);
        if (by_path == 0 || by_name == 0) {
            return 1;
        }
        if (by_path != FNM_NOMATCH || by_name != FNM_NOMATCH) {
            return -1;
        }
    }
    return 0;
}

/* ---- finding files ---- */

/* Takes the path over. Returns an exit code. */
static int add_found(struct finder *f, char *path, const char *root, const struct stat *st)
{
    if (f->n == f->capacity) {
        size_t capacity = f->capacity == 0 ? 256 : 2 * f->capacity;
        struct found *list = realloc(f->list, capacity * sizeof *list);
        if (list == NULL) {
            free(path);
            return no_memory();
        }
        f->list = list;
        f->capacity = capacity;
    }
    f->list[f->n++] = (struct found){path, root, *st, smc_is_generated(path), 0};
    return EXIT_DONE;
}

static struct job *add_job(struct plan *plan)
{
    if (plan->n == plan->capacity) {
        size_t capacity = plan->capacity == 0 ? 64 : 2 * plan->capacity;
        struct job *jobs = realloc(plan->jobs, capacity * sizeof *jobs);
        if (jobs == NULL) {
            return NULL;
        }
        plan->jobs = jobs;
        plan->capacity = capacity;
    }
    struct job *job = &plan->jobs[plan->n++];
    *job = (struct job){.kind = JOB_MAP};
    return job;
}

/* A folder that cannot be listed is a job that fails, beside which others may succeed. */
static int plan_unread(struct plan *plan, const char *path, int error_number)
{
    struct job *job = add_job(plan);

    if (job == NULL) {
        return no_memory();
    }
    job->kind = JOB_NO_MAP;
    job->place = (struct smc_place){.status = SMC_PLACE_UNREAD, .error_number = error_number};
    job->input = strdup(path);
    job->output = strdup(path);
    return job->input == NULL || job->output == NULL ? no_memory() : EXIT_DONE;
}

/* A file of a folder, or a link to one, if it may be of use. */
static int add_file(struct finder *f, const char *path, const char *root)
{
    struct stat st;

    if (!smc_is_generated(path) && !ends_with(path, ".map") && !ends_with(path, ".map.gz")) {
        return EXIT_DONE;
    }
    if (stat(path, &st) != 0) { /* a link may lead nowhere */
        return smc_is_absent(errno) ? EXIT_DONE : plan_unread(f->plan, path, errno);
    }
    if (!S_ISREG(st.st_mode)) {
        return EXIT_DONE;
    }
    char *copy = strdup(path);
    return copy == NULL ? no_memory() : add_found(f, copy, root, &st);
}

/* All files of a folder. Links to folders are not followed, so that a walk ends. */
static int walk_folder(struct finder *f, const char *root)
{
    struct walk walk = walk_start(root);
    enum walk_kind kind;
    int code = EXIT_DONE;

    while (code == EXIT_DONE && (kind = walk_next(&walk)) != WALK_END) {
        const int excluded = walk.level > 0 && (kind == WALK_FOLDER || kind == WALK_FILE)
                                 ? is_excluded(f->settings, relative_path(walk.path, root))
                                 : 0;
        if (excluded < 0) {
            code = no_memory();
            break;
        }
        switch (kind) {
        case WALK_FOLDER:
            if (excluded) {
                walk_skip(&walk);
            }
            break;
        case WALK_FILE:
            if (!excluded) {
                code = add_file(f, walk.path, root);
            }
            break;
        case WALK_UNREAD:
            code = plan_unread(f->plan, walk.path, errno);
            break;
        default:
            code = no_memory();
            break;
        }
    }
    walk_end(&walk);
    return code;
}

/* What is not there fails as a job, beside which others may succeed. */
static int find_argument(struct finder *f, const char *argument)
{
    struct stat st = {0};

    if (strcmp(argument, "-") != 0) {
        if (stat(argument, &st) != 0) {
            st = (struct stat){0};
            if (!smc_is_absent(errno)) {
                return plan_unread(f->plan, argument, errno);
            }
        } else if (S_ISDIR(st.st_mode)) {
            f->plan->has_folder = 1;
            return walk_folder(f, argument);
        }
    }
    char *path = strdup(argument);
    return path == NULL ? no_memory() : add_found(f, path, NULL, &st);
}

/* ---- jobs ---- */

/* app.js -> app.js.smcache; app.js.map and app.js.map.gz likewise. */
static char *output_of(const struct finder *f, const struct found *found, int is_single,
                       struct job *job)
{
    const struct settings *settings = f->settings;
    const char *output = settings->output;

    if (strcmp(found->path, "-") == 0 && output == NULL) {
        return strdup("-");
    }
    if (output != NULL && is_single && !ends_with(output, "/") && !f->has_output_folder) {
        job->follows_link = 1;
        return strdup(output);
    }
    job->makes_folders = output != NULL;
    char *base = output == NULL ? strdup(found->path)
                                : join(output, ends_with(output, "/") ? "" : "/",
                                       strcmp(found->path, "-") == 0
                                           ? "stdin"
                                           : relative_path(found->path, found->root));
    if (base == NULL) {
        return NULL;
    }
    if (!found->is_generated) {
        if (ends_with(base, ".gz")) {
            base[strlen(base) - 3] = '\0';
        }
        if (ends_with(base, ".map")) {
            base[strlen(base) - 4] = '\0';
        }
    }
    char *path = join(base, ".smcache", "");
    free(base);
    return path;
}

/* A found file by what it is, whatever its names. */
struct identity {
    ino_t inode;
    dev_t device;
    struct found *found;
};

static struct identity identity_of(const struct stat *st, struct found *found)
{
    return (struct identity){st->st_ino, st->st_dev, found};
}

static int compare_identities(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    return x->inode != y->inode     ? (x->inode < y->inode ? -1 : 1)
           : x->device != y->device ? (x->device < y->device ? -1 : 1)
                                    : 0;
}

/* Notes that a map which was found on its own, by this name or as a link, belongs to a generated file, so that
 * it is built once. Returns an exit code. */
static int claim(const struct identity *identities, size_t n, const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return smc_is_absent(errno) ? EXIT_DONE : system_error(path, "cannot be looked at");
    }
    const struct identity key = identity_of(&st, NULL), *end = identities + n,
                          *at = bsearch(&key, identities, n, sizeof key, compare_identities);
    if (at == NULL || at->found->is_claimed) { /* then so are all of them */
        return EXIT_DONE;
    }
    while (at > identities && compare_identities(at - 1, &key) == 0) {
        at--;
    }
    for (; at < end && compare_identities(at, &key) == 0; at++) {
        at->found->is_claimed = 1;
    }
    return EXIT_DONE;
}

/* The job of a generated file, if there is one. */
static int plan_generated(struct finder *f, struct found *found, const struct identity *identities,
                          int is_single)
{
    struct plan *plan = f->plan;
    struct smc_place place;
    int code = EXIT_DONE;

    if (smc_place_find(found->path, found->root, &place) != 0) {
        return no_memory();
    }
    if (place.status == SMC_PLACE_NONE && found->root != NULL) {
        plan->n_generated_without++;
        smc_place_free(&place);
        return EXIT_DONE;
    }
    struct job *job = add_job(plan);
    if (job == NULL) {
        smc_place_free(&place);
        return no_memory();
    }
    job->generated = strdup(found->path);
    job->root = found->root;
    job->output = output_of(f, found, is_single, job);
    if (place.status == SMC_PLACE_NAMED || place.status == SMC_PLACE_BESIDE) {
        job->input = place.path;
        place.path = NULL;
        code = claim(identities, f->n, job->input);
    } else {
        job->kind = place.status == SMC_PLACE_INLINE ? JOB_INLINE : JOB_NO_MAP;
        job->input = strdup(found->path);
    }
    if (job->kind == JOB_NO_MAP) {
        job->place = place;
        place = (struct smc_place){.status = SMC_PLACE_NONE};
    } else if (place.url_is_useless) {
        job_note(job, "its sourceMappingURL %s leads to no file: the map beside it is used",
                 place.url);
    }
    smc_place_free(&place);
    return job->input == NULL || job->output == NULL || job->generated == NULL ? no_memory() : code;
}

static int plan_map(struct finder *f, const struct found *found, int is_single)
{
    struct job *job = add_job(f->plan);

    if (job == NULL) {
        return no_memory();
    }
    job->input = strdup(found->path);
    job->root = found->root;
    job->output = output_of(f, found, is_single, job);
    return job->input == NULL || job->output == NULL ? no_memory() : EXIT_DONE;
}

static int look_at_output(struct finder *f)
{
    const char *output = f->settings->output;
    struct stat st;

    if (output != NULL && strcmp(output, "-") != 0) {
        if (stat(output, &st) != 0) {
            return smc_is_absent(errno) ? EXIT_DONE : system_error(output, "cannot be looked at");
        }
        f->has_output_folder = S_ISDIR(st.st_mode);
    }
    return EXIT_DONE;
}

/* Generated files first, as they say which maps belong to them. */
static int plan_jobs(struct finder *f)
{
    int is_single = f->n == 1 && !f->plan->has_folder, code = look_at_output(f);

    if (code != EXIT_DONE) {
        return code;
    }
    struct identity *identities = malloc((f->n + 1) * sizeof *identities);
    if (identities == NULL) {
        return no_memory();
    }
    if (!is_single && f->settings->output != NULL && strcmp(f->settings->output, "-") == 0) {
        free(identities);
        return usage_error(f->command, "stdout is for one file: give -o FOLDER");
    }
    for (size_t i = 0; i < f->n; i++) {
        identities[i] = identity_of(&f->list[i].st, &f->list[i]);
    }
    qsort(identities, f->n, sizeof *identities, compare_identities);
    for (size_t i = 0; i < f->n && code == EXIT_DONE; i++) {
        if (f->list[i].is_generated) {
            code = plan_generated(f, &f->list[i], identities, is_single);
        }
    }
    for (size_t i = 0; i < f->n && code == EXIT_DONE; i++) {
        if (!f->list[i].is_generated && !f->list[i].is_claimed) {
            code = plan_map(f, &f->list[i], is_single);
        }
    }
    free(identities);
    f->plan->has_folder |= f->n > 1;
    return code;
}

static void job_free(struct job *job)
{
    free(job->input);
    free(job->generated);
    free(job->output);
    for (size_t i = 0; i < job->n_notes; i++) {
        free(job->notes[i]);
    }
    free(job->notes);
    for (size_t i = 0; i < job->n_chained; i++) {
        free(job->chained[i]);
    }
    free(job->chained);
    free(job->error);
    free(job->warnings);
    smc_place_free(&job->place);
}

static int compare_outputs(const void *a, const void *b)
{
    const struct job *x = a, *y = b;
    int by_output = strcmp(x->output, y->output);
    /* The one that a generated file speaks for comes first; then the plain map before its .gz. */
    int by_kind = (x->generated == NULL) - (y->generated == NULL);
    return by_output != 0 ? by_output : by_kind != 0 ? by_kind : strcmp(x->input, y->input);
}

static int is_gzip_of(const char *gzip, const char *map)
{
    size_t n = strlen(map);
    return strncmp(gzip, map, n) == 0 && strcmp(gzip + n, ".gz") == 0;
}

/* Sorts the jobs by their outputs. Of two that lead to the same one, the second is not built if it was given
 * twice, is a map beside a generated file that has its own, or a compressed copy; all else is a mistake. */
static int settle_outputs(struct plan *plan, const struct command *command)
{
    size_t n = 0;

    if (plan->n == 0) {
        return EXIT_DONE;
    }
    qsort(plan->jobs, plan->n, sizeof *plan->jobs, compare_outputs);
    for (size_t i = 0; i < plan->n; i++) {
        struct job *job = &plan->jobs[i], *before = n == 0 ? NULL : &plan->jobs[n - 1];
        /* What has no map writes nothing, so it is in nobody's way. */
        if (before == NULL || strcmp(before->output, job->output) != 0 ||
            before->kind == JOB_NO_MAP) {
            plan->jobs[n++] = *job;
            continue;
        }
        int is_spoken_for = before->generated != NULL && job->generated == NULL;
        int is_same = strcmp(before->input, job->input) == 0; /* given twice */
        if (!is_same && !is_spoken_for && !is_gzip_of(job->input, before->input)) {
            int code = usage_error(command, "%s and %s both become %s: give them apart",
                                   before->input, job->input, job->output);
            memmove(&plan->jobs[n], job, (plan->n - i) * sizeof *job);
            plan->n -= i - n;
            return code;
        }
        job_free(job);
    }
    plan->n = n;
    return EXIT_DONE;
}

int plan_make(struct plan *plan, const struct settings *settings, const struct command *command,
              const char *const *arguments, size_t n_arguments)
{
    struct finder f = {.plan = plan, .settings = settings, .command = command};
    int code = EXIT_DONE;

    *plan = (struct plan){.jobs = NULL};
    for (size_t i = 0; i < n_arguments && code == EXIT_DONE; i++) {
        code = find_argument(&f, arguments[i]);
    }
    if (code == EXIT_DONE) {
        code = plan_jobs(&f);
    }
    if (code == EXIT_DONE) {
        code = settle_outputs(plan, command);
    }
    for (size_t i = 0; i < f.n; i++) {
        free(f.list[i].path);
    }
    free(f.list);
    return code;
}

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        job_free(&plan->jobs[i]);
    }
    free(plan->jobs);
    *plan = (struct plan){.jobs = NULL};
}
