/*
 * The options that say where maps are.
 */
#include "tools/frame_files.h"

#include "src/base/debug_id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add_text(const struct frame_files *files, const char ***list, size_t *n,
                    const char *text)
{
    const char **more = realloc((void *)*list, (*n + 1) * sizeof *more);

    if (more == NULL) {
        errno = ENOMEM;
        return system_error(files->command->name, "cannot note the options");
    }
    more[(*n)++] = text;
    *list = more;
    return EXIT_DONE;
}

/* [URL=]ID */
static int add_debug_id(struct frame_files *files, const char *text)
{
    const char *equals = strrchr(text, '=');
    const char *digits = equals == NULL ? text : equals + 1;
    const size_t n = files->n_images;
    struct smc_rewrite_image *images = realloc(files->images, (n + 1) * sizeof *images);

    if (images == NULL) {
        errno = ENOMEM;
        return system_error(files->command->name, "cannot note the options");
    }
    files->images = images;
    images[n].url = (struct smc_view){equals == NULL ? NULL : text,
                                      equals == NULL ? 0 : (size_t)(equals - text)};
    if (smc_debug_id_parse(digits, strlen(digits), 1, images[n].debug_id) != 0) {
        return usage_error(files->command, "'%s' is no debug ID (--debug-id)", digits);
    }
    files->n_images++;
    return EXIT_DONE;
}

int frame_files_set(struct frame_files *files, int option, const char *text)
{
    switch (option) {
    case FRAME_FILES_DIR:
        return add_text(files, &files->folders, &files->n_folders, text);
    case FRAME_FILES_PREFIX:
        return add_text(files, &files->prefixes, &files->n_prefixes, text);
    case FRAME_FILES_MAP:
        return strchr(text, '=') == NULL
                   ? usage_error(files->command, "'%s' is not URL=FILE (--map)", text)
                   : add_text(files, &files->named, &files->n_named, text);
    case FRAME_FILES_STORE:
        files->asks_store = 1;
        return EXIT_DONE;
    case FRAME_FILES_RELEASE:
        files->release = text;
        return EXIT_DONE;
    case FRAME_FILES_NO_STORE:
        files->has_no_store = 1;
        return EXIT_DONE;
    default:
        return add_debug_id(files, text);
    }
}

/* What is not there is better said before the first frame. */
static int check_path(const char *path, int is_folder)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return system_error(path, "cannot be read");
    }
    if (is_folder && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return system_error(path, "cannot be read");
    }
    return EXIT_DONE;
}

/* The store that maps go by way of: what is wrong with its settings would be said of each of them. */
static int check_config(void)
{
    struct config config = {.uses_store = 0};
    const int code = config_read(&config);

    config_free(&config);
    return code;
}

int frame_files_check(const struct frame_files *files)
{
    if (files->n_folders == 0 && files->n_named == 0 && !files->asks_store) {
        return usage_error(files->command, "where are the maps? --dir, --map or --store say so");
    }
    if (files->n_prefixes > 0 && files->n_folders == 0) {
        return usage_error(files->command, "--url-prefix is of the files of --dir");
    }
    if (files->release != NULL && !files->asks_store) {
        return usage_error(files->command, "--release is of the files of --store");
    }
    if (files->asks_store && files->has_no_store) {
        return usage_error(files->command, "--store and --no-store exclude each other");
    }
    for (size_t i = 0; i < files->n_folders; i++) {
        if (check_path(files->folders[i], 1) != EXIT_DONE) {
            return EXIT_SYSTEM;
        }
    }
    for (size_t i = 0; i < files->n_named; i++) {
        if (check_path(strrchr(files->named[i], '=') + 1, 0) != EXIT_DONE) {
            return EXIT_SYSTEM;
        }
    }
    return check_config();
}
