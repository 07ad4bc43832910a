#include "tools/walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare_places(const void *a, const void *b)
{
    const struct walk_place *x = a, *y = b;
    return strcmp(y->path, x->path); /* the first one on top */
}

/* Takes the path over, which may be NULL for want of memory. */
static int push(struct walk *walk, char *path, unsigned level)
{
    if (path != NULL && walk->n == walk->capacity) {
        const size_t capacity = walk->capacity == 0 ? 64 : 2 * walk->capacity;
        struct walk_place *stack = realloc(walk->stack, capacity * sizeof *stack);
        if (stack == NULL) {
            free(path);
            path = NULL;
        } else {
            walk->stack = stack;
            walk->capacity = capacity;
        }
    }
    if (path == NULL) {
        errno = ENOMEM;
        return -1;
    }
    walk->stack[walk->n++] = (struct walk_place){path, level};
    return 0;
}

static char *path_in(const char *folder, const char *name)
{
    size_t n = strlen(folder);
    const size_t n_name = strlen(name);
    char *path = malloc(n + n_name + 2);

    if (path != NULL) {
        memcpy(path, folder, n);
        if (n > 0 && folder[n - 1] != '/') {
            path[n++] = '/';
        }
        memcpy(path + n, name, n_name + 1);
    }
    return path;
}

static void drop(struct walk *walk, size_t n)
{
    while (walk->n > n) {
        free(walk->stack[--walk->n].path);
    }
}

/* Puts all that is in the current folder on the stack; -1 with errno, and nothing of it. One that may be listed but not
 * entered fails here, once, not with each of its names. */
static int list_folder(struct walk *walk)
{
    const size_t n_before = walk->n;
    DIR *folder = opendir(walk->current);
    struct dirent *entry;
    struct stat st;
    int failed = folder == NULL || fstatat(dirfd(folder), ".", &st, 0) != 0;

    while (!failed && (errno = 0, entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            failed = push(walk, path_in(walk->current, entry->d_name), walk->level + 1) != 0;
        }
    }
    const int error_number = errno;
    if (folder != NULL) {
        closedir(folder);
    }
    if (failed || error_number != 0) {
        drop(walk, n_before);
        errno = error_number;
        return -1;
    }
    if (walk->n > n_before) {
        qsort(walk->stack + n_before, walk->n - n_before, sizeof *walk->stack, compare_places);
    }
    return 0;
}

struct walk walk_start(const char *folder)
{
    struct walk walk = {.path = NULL};

    (void)push(&walk, strdup(folder), 0); /* else `stack` is NULL, as no walk has it */
    return walk;
}

enum walk_kind walk_next(struct walk *walk)
{
    struct stat st;

    if (walk->is_entering) {
        walk->is_entering = 0;
        if (list_folder(walk) != 0) {
            return errno == ENOMEM ? WALK_NO_MEMORY : WALK_UNREAD;
        }
    }
    for (;;) {
        free(walk->current);
        walk->path = walk->current = NULL;
        if (walk->n == 0) {
            return walk->stack == NULL ? WALK_NO_MEMORY : WALK_END;
        }
        const struct walk_place place = walk->stack[--walk->n];
        walk->path = walk->current = place.path;
        walk->level = place.level;
        if ((place.level == 0 ? stat(place.path, &st) : lstat(place.path, &st)) != 0) {
            if (place.level > 0 && errno == ENOENT) { /* gone since it was listed */
                continue;
            }
            return WALK_UNREAD;
        }
        if (S_ISDIR(st.st_mode)) {
            walk->is_entering = 1;
            return WALK_FOLDER;
        }
        if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
            return WALK_FILE;
        }
    }
}

void walk_skip(struct walk *walk)
{
    walk->is_entering = 0;
}

void walk_end(struct walk *walk)
{
    drop(walk, 0);
    free(walk->stack);
    free(walk->current);
}
