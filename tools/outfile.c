#include "tools/cli.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The temporary file that a signal would leave behind. The handler only unlinks it and dies. */
static const char *volatile doomed_path;

static void die_cleanly(int signal_number)
{
    const char *path = doomed_path;
    if (path != NULL) {
        unlink(path);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void guard_against_signals(const char *path)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGALRM, SIGXCPU};
    struct sigaction action, old;

    doomed_path = path;
    memset(&action, 0, sizeof action);
    action.sa_handler = die_cleanly;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &action, NULL);
        }
    }
    signal(SIGXFSZ, SIG_IGN); /* then write says EFBIG, like any other failure */
}

/* The directory of a path, in a new string; NULL without memory. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* A file of a short name of its own beside `path`, open; *temp_path is NULL on failure. */
static int open_temp(const char *path, char **temp_path)
{
    static const char name[] = "/.smcache.XXXXXX";
    char *directory = directory_of(path);
    int fd = -1;

    *temp_path = NULL;
    if (directory == NULL) {
        return -1;
    }
    size_t n = strlen(directory);
    char *temp = realloc(directory, n + sizeof name);
    if (temp == NULL) {
        free(directory);
        return -1;
    }
    memcpy(temp + n, name, sizeof name);
    sigset_t all, before;
    sigfillset(&all); /* no signal between making the file and knowing what to remove */
    sigprocmask(SIG_BLOCK, &all, &before);
    fd = mkstemp(temp);
    if (fd >= 0) {
        guard_against_signals(temp);
        *temp_path = temp;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (fd < 0) {
        int saved = errno;
        free(temp);
        errno = saved;
    }
    return fd;
}

/* What a new file may be: a replaced one keeps its mode; another gets what umask leaves of `mode`. */
static mode_t mode_for(const struct stat *replaced, unsigned mode)
{
    if (replaced != NULL) {
        return replaced->st_mode & 0777;
    }
    mode_t mask = umask(0);
    umask(mask);
    return (mode_t)mode & ~mask;
}

int outfile_open(struct outfile *out, const char *path, unsigned mode)
{
    struct stat st;

    *out = (struct outfile){.fd = -1};
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return 0;
    }
    int is_there = stat(path, &st) == 0;
    if (is_there && !S_ISREG(st.st_mode)) { /* a rename would replace it */
        errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
        return -1;
    }
    /* Through a symbolic link, the file that it leads to is replaced, not the link. */
    out->path = is_there ? realpath(path, NULL) : strdup(path);
    if (out->path == NULL) {
        return -1;
    }
    out->fd = open_temp(out->path, &out->temp_path);
    if (out->fd < 0 || fchmod(out->fd, mode_for(is_there ? &st : NULL, mode)) != 0) {
        int saved = errno;
        outfile_discard(out);
        errno = saved;
        return -1;
    }
    return 0;
}

int outfile_write(void *context, const void *bytes, size_t nbytes)
{
    struct outfile *out = context;
    return smc_write_all(out->fd, bytes, nbytes);
}

/* Makes the rename durable. Not every file system lets a directory be synced: that is no failure. */
static int sync_directory(const char *path)
{
    char *directory = directory_of(path);
    if (directory == NULL) {
        return -1;
    }
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    return 0;
}

int outfile_commit(struct outfile *out)
{
    if (out->temp_path == NULL) {
        return 0; /* stdout */
    }
    int failed = fsync(out->fd) != 0;
    failed |= close(out->fd) != 0;
    out->fd = -1;
    if (failed || rename(out->temp_path, out->path) != 0) {
        int saved = errno;
        outfile_discard(out);
        errno = saved;
        return -1;
    }
    doomed_path = NULL;
    free(out->temp_path);
    out->temp_path = NULL;
    return sync_directory(out->path);
}

void outfile_discard(struct outfile *out)
{
    if (out->temp_path != NULL) {
        if (out->fd >= 0) {
            close(out->fd);
        }
        unlink(out->temp_path);
        doomed_path = NULL;
        free(out->temp_path);
    }
    free(out->path);
    *out = (struct outfile){.fd = -1};
}
