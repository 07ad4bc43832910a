/*
 * The files of --dir and --map: which of them belong together, and what URLs they may have.
 */
#include "tools/frame_files.h"
#include "tools/walk.h"

#include "src/find/locate.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int no_memory(const struct frame_files *files)
{
    errno = ENOMEM;
    return system_error(files->command->name, "cannot note the files");
}

static int ends_with(const char *text, const char *suffix)
{
    const size_t n = strlen(text), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(text + n - n_suffix, suffix) == 0;
}

/* What a path is of a generated file: itself, its map, or what that was compiled to; and where the path of the generated
 * file ends. */
enum part { NO_PART, GENERATED, MAP, COMPILED };

static enum part part_of(const char *path, size_t *name_nbytes)
{
    static const struct {
        const char *suffix;
        enum part part;
    } suffixes[] = {{".smcache", COMPILED}, {".map.gz", MAP}, {".map", MAP}};

    *name_nbytes = strlen(path);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (ends_with(path, suffixes[i].suffix)) {
            *name_nbytes -= strlen(suffixes[i].suffix);
            return suffixes[i].part;
        }
    }
    return smc_is_generated(path) ? GENERATED : NO_PART;
}

static struct frame_file *add_file(struct frame_files *files)
{
    if (files->n == files->capacity) {
        const size_t capacity = files->capacity == 0 ? 64 : 2 * files->capacity;
        struct frame_file *list = realloc(files->list, capacity * sizeof *list);
        if (list == NULL) {
            return NULL;
        }
        files->list = list;
        files->capacity = capacity;
    }
    files->list[files->n] = (struct frame_file){.name = NULL};
    return &files->list[files->n++];
}

/* Notes one file of a folder, as a generated file of its own; those with the same name are put together later. */
static int add_part(struct frame_files *files, const char *path, uint32_t n_relative)
{
    size_t name_nbytes;
    const enum part part = part_of(path, &name_nbytes);
    struct stat st;

    if (part == NO_PART) {
        return EXIT_DONE;
    }
    if (stat(path, &st) != 0) { /* a link may lead nowhere */
        if (!smc_is_absent(errno)) {
            frame_files_miss(files, path);
        }
        return EXIT_DONE;
    }
    if (!S_ISREG(st.st_mode)) {
        return EXIT_DONE;
    }
    struct frame_file *file = add_file(files);
    if (file == NULL) {
        return no_memory(files);
    }
    char **at = part == GENERATED ? &file->generated : part == MAP ? &file->map : &file->compiled;
    file->name = strndup(path, name_nbytes);
    file->n_relative = n_relative;
    *at = strdup(path);
    if (file->name == NULL || *at == NULL) {
        free(file->name);
        free(*at);
        files->n--;
        return no_memory(files);
    }
    return EXIT_DONE;
}

static int read_folder(struct frame_files *files, const char *folder)
{
    char *real = realpath(folder, NULL);
    enum walk_kind kind;
    int code = EXIT_DONE;

    if (real == NULL) {
        return system_error(folder, "cannot list the folder");
    }
    struct walk walk = walk_start(real);
    while (code == EXIT_DONE && (kind = walk_next(&walk)) != WALK_END) {
        if (kind == WALK_FILE) {
            code = add_part(files, walk.path, walk.level);
        } else if (kind == WALK_UNREAD) { /* the others may have what is asked for */
            frame_files_miss(files, walk.path);
        } else if (kind == WALK_NO_MEMORY) {
            code = no_memory(files);
        }
    }
    walk_end(&walk);
    free(real);
    return code;
}

/* ---- one for each generated file ---- */

static int compare_files(const void *a, const void *b)
{
    const struct frame_file *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    /* .map goes before .map.gz, and what has none after both: else the order would not be one. */
    return order != 0                         ? order
           : x->map == NULL || y->map == NULL ? (x->map == NULL) - (y->map == NULL)
                                              : strcmp(x->map, y->map);
}

static void take(char **to, char **from)
{
    if (*to == NULL) {
        *to = *from;
    } else {
        free(*from); /* .map goes before .map.gz; or a folder was given twice */
    }
    *from = NULL;
}

static void put_together(struct frame_files *files)
{
    size_t n = 0;

    if (files->n > 1) {
        qsort(files->list, files->n, sizeof *files->list, compare_files);
    }
    for (size_t i = 0; i < files->n; i++) {
        struct frame_file *file = &files->list[i], *last = n > 0 ? &files->list[n - 1] : NULL;
        if (last != NULL && strcmp(last->name, file->name) == 0) {
            take(&last->generated, &file->generated);
            take(&last->map, &file->map);
            take(&last->compiled, &file->compiled);
            last->n_relative =
                file->n_relative > last->n_relative ? file->n_relative : last->n_relative;
            free(file->name);
        } else {
            files->list[n++] = *file;
        }
    }
    files->n = n;
}

/* The path below the folder that was given. */
static const char *relative_name(const struct frame_file *file)
{
    const char *at = file->name + strlen(file->name);

    for (uint32_t n = file->n_relative; n > 0; n--) {
        do {
            at--;
        } while (at > file->name && *at != '/');
    }
    return *at == '/' ? at + 1 : at;
}

/* With prefixes a file has the URLs that they make, else any whose path ends as its own does. */
static int add_urls(struct frame_files *files, uint32_t id)
{
    const struct frame_file *file = &files->list[id];
    const char *relative = relative_name(file);
    struct smc_buf url = {0};
    int failed = 0;

    for (size_t i = 0; i < files->n_prefixes && !failed; i++) {
        const char *prefix = files->prefixes[i];
        const size_t nbytes = strlen(prefix);
        url.nbytes = 0;
        smc_buf_append(&url, prefix, nbytes);
        smc_buf_append(&url, "/", nbytes > 0 && prefix[nbytes - 1] == '/' ? 0 : 1);
        smc_buf_append(&url, relative, strlen(relative));
        failed = url.failed ||
                 smc_match_add_url(&files->matcher, (const char *)url.data, url.nbytes, id) != 0;
    }
    smc_buf_free(&url);
    if (files->n_prefixes == 0) {
        failed = smc_match_add_path(&files->matcher, file->name, strlen(file->name),
                                    file->n_relative, id) != 0;
    }
    return failed ? -1 : 0;
}

/* --map URL=FILE: the last "=" separates, as URLs have more of them than paths. */
static int add_named(struct frame_files *files, const char *argument)
{
    const char *equals = strrchr(argument, '=');
    const char *path = equals + 1;
    size_t name_nbytes;
    const enum part part = part_of(path, &name_nbytes);
    const size_t id = files->n;

    struct frame_file *file = add_file(files);
    if (file == NULL) {
        return no_memory(files);
    }
    char **at = part == GENERATED  ? &file->generated
                : part == COMPILED ? &file->compiled
                                   : &file->map;
    file->name = strdup(path);
    *at = strdup(path);
    return file->name == NULL || *at == NULL ||
                   smc_match_add_url(&files->matcher, argument, (size_t)(equals - argument),
                                     (uint32_t)id) != 0
               ? no_memory(files)
               : EXIT_DONE;
}

int frame_files_settle(struct frame_files *files)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < files->n_folders && code == EXIT_DONE; i++) {
        code = read_folder(files, files->folders[i]);
    }
    put_together(files);
    if (files->n >= SMC_NONE - files->n_named) {
        return no_memory(files);
    }
    for (size_t i = 0; i < files->n && code == EXIT_DONE; i++) {
        code = add_urls(files, (uint32_t)i) != 0 ? no_memory(files) : EXIT_DONE;
    }
    for (size_t i = 0; i < files->n_named && code == EXIT_DONE; i++) {
        code = add_named(files, files->named[i]);
    }
    smc_match_settle(&files->matcher);
    return code;
}
