#include "tools/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is still to be visited, the next one last. */
struct pending {
    char *path;
    uint32_t level;
};

struct walk {
    struct pending *list;
    size_t n, capacity;
};

/* Of a folder and a name in it; NULL without memory. */
static char *join(const char *folder, const char *name)
{
    const size_t n_folder = strlen(folder), n_name = strlen(name);
    const size_t n_slash = n_folder > 0 && folder[n_folder - 1] == '/' ? 0 : 1;
    char *path = malloc(n_folder + n_slash + n_name + 1);

    if (path != NULL) {
        memcpy(path, folder, n_folder);
        memcpy(path + n_folder, "/", n_slash);
        memcpy(path + n_folder + n_slash, name, n_name + 1);
    }
    return path;
}

static int push(struct walk *walk, const struct pending *folder, const char *name)
{
    if (walk->n == walk->capacity) {
        const size_t capacity = walk->capacity == 0 ? 64 : 2 * walk->capacity;
        struct pending *list = realloc(walk->list, capacity * sizeof *list);
        if (list == NULL) {
            return -1;
        }
        walk->list = list;
        walk->capacity = capacity;
    }
    struct pending *pending = &walk->list[walk->n];
    *pending = (struct pending){join(folder->path, name), folder->level + 1};
    walk->n += pending->path != NULL;
    return pending->path != NULL ? 0 : -1;
}

/* What is visited first comes last. Those of one folder have the same path before their names. */
static int compare_pending(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;
    return strcmp(y->path, x->path);
}

static int is_name(const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Puts what is in a folder on the list; *has_memory is set to 0 if it is for want of that. 0, or -1 with errno. */
static int list_folder(struct walk *walk, const struct pending *folder, int *has_memory)
{
    const size_t first = walk->n;
    const int fd = open(folder->path,
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC | (folder->level > 0 ? O_NOFOLLOW : 0));
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (entries == NULL) {
        const int error_number = errno;
        if (fd >= 0) {
            close(fd);
        }
        errno = error_number;
        return -1;
    }
    while ((errno = 0, entry = readdir(entries)) != NULL) {
        if (is_name(entry->d_name) && push(walk, folder, entry->d_name) != 0) {
            *has_memory = 0;
            errno = ENOMEM;
            break;
        }
    }
    const int error_number = errno;
    closedir(entries);
    if (walk->n > first) {
        qsort(walk->list + first, walk->n - first, sizeof *walk->list, compare_pending);
    }
    errno = error_number;
    return error_number == 0 ? 0 : -1;
}

struct visitor {
    enum walk_answer (*visit)(void *context, const struct walk_entry *entry);
    void *context;
};

static enum walk_answer call(const struct visitor *visitor, const struct pending *pending,
                             enum walk_kind kind, int error_number)
{
    const struct walk_entry entry = {kind, pending->path, pending->level, error_number};
    return visitor->visit(visitor->context, &entry);
}

/* What there is of one. *has_memory is set to 0 if there is none. */
static enum walk_answer visit_one(struct walk *walk, const struct pending *pending,
                                  const struct visitor *visitor, int *has_memory)
{
    struct stat st;

    if (lstat(pending->path, &st) != 0) { /* or it is gone since it was listed */
        return errno == ENOENT ? WALK_ON : call(visitor, pending, WALK_FILE, errno);
    }
    if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
        return call(visitor, pending, WALK_FILE, 0);
    }
    if (!S_ISDIR(st.st_mode)) {
        return WALK_ON;
    }
    const enum walk_answer answer = call(visitor, pending, WALK_FOLDER, 0);
    if (answer != WALK_ON) {
        return answer == WALK_SKIP ? WALK_ON : answer;
    }
    if (list_folder(walk, pending, has_memory) == 0) {
        return WALK_ON;
    }
    return *has_memory ? call(visitor, pending, WALK_FOLDER, errno) : WALK_END;
}

int walk_folder(const char *folder,
                enum walk_answer (*visit)(void *context, const struct walk_entry *entry),
                void *context)
{
    const struct visitor visitor = {visit, context};
    struct walk walk = {.list = NULL};
    struct pending root = {.path = strdup(folder)};
    int has_memory = root.path != NULL;

    int error_number = has_memory && list_folder(&walk, &root, &has_memory) == 0 ? 0 : errno;
    enum walk_answer answer = error_number == 0 ? WALK_ON : WALK_END;
    while (answer != WALK_END && walk.n > 0) {
        struct pending pending = walk.list[--walk.n];
        answer = visit_one(&walk, &pending, &visitor, &has_memory);
        error_number = has_memory ? 0 : ENOMEM;
        free(pending.path);
    }
    for (size_t i = 0; i < walk.n; i++) {
        free(walk.list[i].path);
    }
    free(walk.list);
    free(root.path);
    errno = error_number;
    return error_number == 0 ? 0 : -1;
}
