#include "tools/cli.h"

#include "src/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_NAME ".smcache-tmp-XXXXXX"

/*
 * The temporary files that a signal would leave behind, one a slot. The handler only unlinks them and
 * dies. Paths are copies, which no thread frees while a handler reads them.
 */
static struct slot {
    atomic_int is_used;
    volatile sig_atomic_t is_doomed; /* `path` is whole */
    char path[PATH_MAX];
} slots[OUTFILES_MAX];

/*
 * Other threads run on while one handles the signal. So it waits for those that are about to make a
 * temporary file and to note it (they have blocked signals, so it is none of them), and after that none may
 * begin to.
 */
static atomic_int n_making, is_dying;

void outfile_remove_all(void)
{
    atomic_store(&is_dying, 1);
    while (atomic_load(&n_making) > 0) {
        poll(NULL, 0, 1);
    }
    for (size_t i = 0; i < OUTFILES_MAX; i++) {
        if (slots[i].is_doomed) {
            unlink(slots[i].path);
        }
    }
}

static void die_cleanly(int signal_number)
{
    outfile_remove_all();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

/* Does not return once the process is about to die: nothing that fails from then on is worth a word. */
static void wait_if_dying(void)
{
    while (atomic_load(&is_dying)) {
        pause();
    }
}

/* Signals are blocked. -1: a path that long cannot be opened either. */
static int take_slot(const char *path)
{
    if (strlen(path) >= PATH_MAX) {
        return -1;
    }
    for (int i = 0; i < OUTFILES_MAX; i++) {
        int expected = 0;
        if (atomic_compare_exchange_strong(&slots[i].is_used, &expected, 1)) {
            memcpy(slots[i].path, path, strlen(path) + 1);
            slots[i].is_doomed = 1;
            return i;
        }
    }
    return -1;
}

static void leave_slot(struct outfile *out)
{
    if (out->slot >= 0) {
        slots[out->slot].is_doomed = 0;
        atomic_store(&slots[out->slot].is_used, 0);
        out->slot = -1;
    }
}

static void guard_against_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGALRM, SIGXCPU};
    struct sigaction action, old;

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
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/*
 * Makes a file of a short name of its own, and locks it, so that whoever sweeps the folder leaves it
 * alone. Between the two somebody might sweep it away: then it has no name any more, and another is made.
 */
static int make_locked(char *temp)
{
    char *name = temp + strlen(temp) - (sizeof TEMP_NAME - 1);

    for (;;) {
        struct stat st;
        int fd = mkstemp(temp);
        if (fd < 0) {
            return -1;
        }
        (void)flock(fd, LOCK_EX); /* where there are no locks, there is no sweeping either */
        if (fstat(fd, &st) != 0 || st.st_nlink > 0) {
            return fd;
        }
        close(fd);
        memcpy(name, TEMP_NAME, sizeof TEMP_NAME - 1);
    }
}

/* A temporary file beside out->path, open. 0, or -1 with errno. */
static int open_temp(struct outfile *out)
{
    char *directory = directory_of(out->path);
    sigset_t all, before;

    if (directory == NULL) {
        return -1;
    }
    size_t n = strlen(directory);
    char *temp = realloc(directory, n + 1 + sizeof TEMP_NAME);
    if (temp == NULL) {
        free(directory);
        return -1;
    }
    memcpy(temp + n, "/" TEMP_NAME, 1 + sizeof TEMP_NAME);
    sigfillset(&all); /* no signal between making the file and knowing what to remove */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    guard_against_signals(); /* before there is anything to remove */
    atomic_fetch_add(&n_making, 1);
    if (atomic_load(&is_dying)) {
        atomic_fetch_sub(&n_making, 1);
        wait_if_dying();
    }
    out->fd = make_locked(temp);
    if (out->fd >= 0) {
        out->temp_path = temp;
        out->slot = take_slot(temp);
    }
    atomic_fetch_sub(&n_making, 1);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (out->fd < 0) {
        int saved = errno;
        free(temp);
        errno = saved;
    }
    return out->fd < 0 ? -1 : 0;
}

/* Whether a file is a temporary one of this user's, as far as its name and kind tell. */
static int is_temp(const char *name, int fd)
{
    const size_t n_prefix = sizeof ".smcache-tmp-" - 1;
    struct stat st;

    return strlen(name) == sizeof TEMP_NAME - 1 && memcmp(name, TEMP_NAME, n_prefix) == 0 &&
           fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

void outfile_sweep(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.') {
            continue;
        }
        int fd =
            openat(dirfd(entries), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd >= 0 && is_temp(entry->d_name, fd) && flock(fd, LOCK_EX | LOCK_NB) == 0) {
            unlinkat(dirfd(entries), entry->d_name, 0); /* whoever wrote it is gone */
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

/* There is no asking for the mask without changing it, which threads must not see. */
static mode_t mask;

void outfile_prepare(void)
{
    mask = umask(0);
    umask(mask);
}

/*
 * A replaced file keeps its mode. A new one gets what umask leaves of that of the file that it is made
 * from; where it belongs to another group, its members may do what others may.
 */
static int set_mode(const struct outfile *out, const struct stat *replaced,
                    const struct outfile_origin *origin)
{
    mode_t mode = (mode_t)origin->mode & 0666;
    struct stat st;

    if (replaced != NULL) {
        return fchmod(out->fd, replaced->st_mode & 0777);
    }
    if (fstat(out->fd, &st) != 0) {
        return -1;
    }
    if (origin->has_group && st.st_gid != origin->group) {
        mode = (mode & ~(mode_t)0070) | ((mode & 0007) << 3 & (mode & 0070));
    }
    return fchmod(out->fd, mode & ~mask);
}

int outfile_open(struct outfile *out, const char *path, int follows_link,
                 const struct outfile_origin *origin)
{
    struct stat st;

    *out = (struct outfile){.fd = -1, .slot = -1};
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return 0;
    }
    int is_there = (follows_link ? stat(path, &st) : lstat(path, &st)) == 0;
    if (!is_there && errno != ENOENT) { /* it may have a mode to keep */
        return -1;
    }
    int is_link = is_there && S_ISLNK(st.st_mode);
    if (is_there && !is_link && !S_ISREG(st.st_mode)) { /* a rename would replace it */
        errno = S_ISDIR(st.st_mode) ? EISDIR : EEXIST;
        return -1;
    }
    /* Through a link that somebody asked for, the file that it leads to is replaced; of others the link
     * itself is: it might lead anywhere. */
    out->path = is_there && !is_link ? realpath(path, NULL) : strdup(path);
    if (out->path == NULL) {
        return -1;
    }
    if (open_temp(out) != 0 || set_mode(out, is_there && !is_link ? &st : NULL, origin) != 0) {
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

/* Not every file system lets a directory be synced: that is no failure. */
void outfile_sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

int outfile_commit(struct outfile *out)
{
    if (out->temp_path == NULL) {
        return 0; /* stdout */
    }
    /* Closed last: with the lock gone, whoever sweeps the folder would take it away. */
    if (fsync(out->fd) != 0 || rename(out->temp_path, out->path) != 0) {
        int saved = errno;
        wait_if_dying(); /* the handler may have removed it */
        outfile_discard(out);
        errno = saved;
        return -1;
    }
    leave_slot(out);
    close(out->fd);
    out->fd = -1;
    free(out->temp_path);
    out->temp_path = NULL;
    return 0;
}

void outfile_discard(struct outfile *out)
{
    if (out->temp_path != NULL) {
        if (out->fd >= 0) {
            close(out->fd);
        }
        unlink(out->temp_path);
        leave_slot(out);
        free(out->temp_path);
    }
    free(out->path);
    *out = (struct outfile){.fd = -1, .slot = -1};
}
