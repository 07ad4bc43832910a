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
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct sigaction action, old;

    doomed_path = path;
    memset(&action, 0, sizeof action);
    action.sa_handler = die_cleanly;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &action, NULL);
        }
    }
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

int outfile_open(struct outfile *out, const char *path)
{
    static const char suffix[] = ".tmp.XXXXXX";
    struct stat st;

    *out = (struct outfile){.path = path, .fd = -1};
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return 0;
    }
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* a rename would replace it */
        errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
        return -1;
    }
    out->temp_path = malloc(strlen(path) + sizeof suffix);
    if (out->temp_path == NULL) {
        return -1;
    }
    memcpy(out->temp_path, path, strlen(path));
    memcpy(out->temp_path + strlen(path), suffix, sizeof suffix);
    out->fd = mkstemp(out->temp_path);
    if (out->fd < 0) {
        int saved = errno;
        free(out->temp_path);
        out->temp_path = NULL;
        errno = saved;
        return -1;
    }
    guard_against_signals(out->temp_path);
    mode_t mask = umask(0); /* mkstemp makes 0600; a new file has what umask says */
    umask(mask);
    if (fchmod(out->fd, 0666 & ~mask) != 0) {
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
    if (out->temp_path == NULL) {
        return;
    }
    if (out->fd >= 0) {
        close(out->fd);
        out->fd = -1;
    }
    unlink(out->temp_path);
    doomed_path = NULL;
    free(out->temp_path);
    out->temp_path = NULL;
}
