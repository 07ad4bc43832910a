/*
 * The store's folder: made, checked, opened; and its secret.
 */
#include "src/store/store.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
#define VERSION_FOLDER "v" TEXT_OF(SMCF_MAJOR)

#define SECRET_FILE "secret"
#define SECRET_MAGIC "smcseed\n"
#define SECRET_FILE_NBYTES (8 + SMC_SECRET_NBYTES)

/* The first line is what makes it one (bford.info/cachedir). */
#define TAG_FILE "CACHEDIR.TAG"
static const char tag[] = "Signature: 8a477f597d28d172789f06886806bc55\n"
                          "# Compiled source maps, kept by smcache. All of it can be made again.\n";

/* ---- folders ---- */

/* Whether the folder is there then. If not, errno says why it could not be made, not that it is missing. */
static int make_folder(const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) {
        return 1;
    }
    int saved = errno;
    const int is_there = access(path, F_OK) == 0; /* one above may not be ours to write to */
    errno = saved;
    return is_there;
}

/* Makes a folder and all above it. */
static int make_folders(const char *path)
{
    char *folder = strdup(path);

    if (folder == NULL) {
        return -1;
    }
    int failed = 0;
    for (char *slash = strchr(folder + 1, '/'); failed == 0 && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        failed = !make_folder(folder);
        *slash = '/';
    }
    failed = failed || !make_folder(folder);
    free(folder);
    return failed ? -1 : 0;
}

/* For backups alone; so it is no failure if it cannot be written. */
static void make_tag(int root)
{
    int fd = smc_open_at(root, TAG_FILE, O_WRONLY | O_CREAT | O_EXCL);

    if (fd >= 0) {
        (void)smc_write_all(fd, tag, sizeof tag - 1);
        close(fd);
    }
}

static smc_store_status check_folder(int folder, struct smc_store_error *error)
{
    struct stat st;

    if (fstat(folder, &st) != 0) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot stat the folder", NULL);
    }
    if (st.st_uid != geteuid()) {
        return smc_store_fail(error, SMC_STORE_E_UNSAFE, "the folder belongs to another user",
                              NULL);
    }
    if ((st.st_mode & 077) != 0) {
        return smc_store_fail(
            error, SMC_STORE_E_UNSAFE,
            "others may enter its folder " VERSION_FOLDER ": chmod 700, or remove it", NULL);
    }
    return SMC_STORE_OK;
}

/* What leads to it may be a symbolic link. */
static int open_root(const char *path)
{
    int fd;

    do {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Opens the version folder, made if need be. -1: *error says why. */
static int open_folder(const char *path, struct smc_store_error *error)
{
    int root = open_root(path);

    if (root < 0 && errno == ENOENT && path[0] != '\0') {
        if (make_folders(path) != 0) {
            smc_store_fail(error, SMC_STORE_E_IO, "cannot make the folder", NULL);
            return -1;
        }
        root = open_root(path);
    }
    if (root < 0) {
        smc_store_fail(error, errno == ENOTDIR ? SMC_STORE_E_UNSAFE : SMC_STORE_E_IO,
                       errno == ENOTDIR ? "not a folder" : "cannot open the folder", NULL);
        return -1;
    }
    int folder = smc_open_at(root, VERSION_FOLDER, O_RDONLY | O_DIRECTORY);
    if (folder < 0 && errno == ENOENT) {
        make_tag(root);
        if (mkdirat(root, VERSION_FOLDER, 0700) == 0 || errno == EEXIST) {
            folder = smc_open_at(root, VERSION_FOLDER, O_RDONLY | O_DIRECTORY);
        }
    }
    int saved = errno;
    close(root);
    if (folder >= 0) {
        if (check_folder(folder, error) == SMC_STORE_OK) {
            return folder;
        }
        close(folder);
        return -1;
    }
    errno = saved;
    const int is_strange = errno == ENOTDIR || errno == ELOOP;
    smc_store_fail(error, is_strange ? SMC_STORE_E_UNSAFE : SMC_STORE_E_IO,
                   is_strange ? "its " VERSION_FOLDER " is not a folder"
                              : "cannot open or make its folder " VERSION_FOLDER,
                   NULL);
    return -1;
}

/* ---- the secret ---- */

/* 1: read; 0: there is none, or no whole one; -1 with errno. */
static int read_secret(int folder, uint8_t secret[SMC_SECRET_NBYTES])
{
    uint8_t bytes[SECRET_FILE_NBYTES + 1];
    int fd = smc_open_at(folder, SECRET_FILE, O_RDONLY);

    if (fd < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    ssize_t n = smc_read_start(fd, bytes, sizeof bytes);
    int saved = errno;
    close(fd);
    errno = saved;
    if (n < 0) {
        return -1;
    }
    if (n != SECRET_FILE_NBYTES || memcmp(bytes, SECRET_MAGIC, 8) != 0) {
        return 0;
    }
    memcpy(secret, bytes + 8, SMC_SECRET_NBYTES);
    return 1;
}

/* Puts a new secret where there is none. Of two who do it at once, one is the first: EEXIST to the other. */
static int place_secret(struct smc_store *store)
{
    uint8_t bytes[SECRET_FILE_NBYTES] = SECRET_MAGIC;
    struct smc_temp temp;

    if (getentropy(bytes + 8, SMC_SECRET_NBYTES) != 0 || smc_temp_open(store, &temp) != 0) {
        return -1;
    }
    int failed = smc_write_all(temp.fd, bytes, sizeof bytes) != 0 || smc_sync(temp.fd) != 0;
    if (!failed) {
        failed = linkat(temp.folder, temp.name, store->folder, SECRET_FILE, 0) != 0;
        /* Some file systems have no links. There, of two the second wins. */
        if (failed && errno != EEXIST) {
            failed = smc_temp_rename(&temp, store->folder, SECRET_FILE) != 0;
        }
    }
    int saved = errno;
    smc_temp_close(&temp);
    errno = saved;
    return failed ? -1 : 0;
}

static int make_secret(struct smc_store *store)
{
    uint8_t secret[SMC_SECRET_NBYTES];

    if (place_secret(store) == 0) {
        return 0;
    }
    if (errno != EEXIST) {
        return -1;
    }
    /* Either somebody was faster, or what is there is damaged: without its secret nothing in the store can be found. */
    if (read_secret(store->folder, secret) != 0) {
        return 0;
    }
    unlinkat(store->folder, SECRET_FILE, 0);
    return place_secret(store) == 0 || errno == EEXIST ? 0 : -1;
}

static smc_store_status open_secret(struct smc_store *store, struct smc_store_error *error)
{
    int found = read_secret(store->folder, store->secret);

    if (found == 0) {
        if (make_secret(store) != 0) {
            return smc_store_fail(error, SMC_STORE_E_IO, "cannot make the secret", SECRET_FILE);
        }
        found = read_secret(store->folder, store->secret);
        errno = found == 0 ? EAGAIN : errno; /* removed at this very moment */
    }
    return found == 1
               ? SMC_STORE_OK
               : smc_store_fail(error, SMC_STORE_E_IO, "cannot read the secret", SECRET_FILE);
}

/* ---- the handle ---- */

/* Sets what comes of the folder: `folder`, `has_locks` and `secret`. */
static smc_store_status set_up(struct smc_store *store, struct smc_store_error *error)
{
    struct smc_store_error local = {.status = SMC_STORE_E_IO};

    error = error != NULL ? error : &local;
    store->folder = open_folder(store->path, error);
    if (store->folder < 0) {
        return error->status;
    }
    store->has_locks =
        (store->options.flags & SMC_STORE_NO_LOCKS) == 0 && smc_folder_has_locks(store->folder);
    if (open_secret(store, error) != SMC_STORE_OK) {
        close(store->folder);
        return error->status;
    }
    return SMC_STORE_OK;
}

/* Makes the store stand for another folder. */
static smc_store_status move_to(struct smc_store *store, const struct smc_store *fresh,
                                struct smc_store_error *error)
{
    int fd;

    do {
        fd = dup2(fresh->folder, store->folder);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) {
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot open the folder", NULL);
    }
    memcpy(store->secret, fresh->secret, sizeof store->secret);
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* it can only fail for what is no descriptor */
    return SMC_STORE_OK;
}

static smc_store_status look_for_folder(const struct smc_store *store, int *is_there,
                                        struct smc_store_error *error)
{
    struct stat st;

    *is_there = 0;
    if (fstat(store->folder, &st) != 0) {
        if (errno == ESTALE) { /* as another machine's removal looks on NFS */
            return SMC_STORE_OK;
        }
        return smc_store_fail(error, SMC_STORE_E_IO, "cannot stat the folder", NULL);
    }
    *is_there = st.st_nlink > 0;
    return SMC_STORE_OK;
}

smc_store_status smc_store_refresh(struct smc_store *store, struct smc_store_error *error)
{
    int is_there;
    smc_store_status status = look_for_folder(store, &is_there, error);

    if (status != SMC_STORE_OK || is_there) {
        return status;
    }
    pthread_mutex_lock(&store->mutex);
    status = look_for_folder(store, &is_there, error);
    if (status == SMC_STORE_OK && !is_there) { /* not yet by another thread */
        struct smc_store fresh = {.path = store->path, .options = store->options};
        status = set_up(&fresh, error);
        if (status == SMC_STORE_OK) {
            status = move_to(store, &fresh, error);
            close(fresh.folder);
        }
    }
    pthread_mutex_unlock(&store->mutex);
    return status;
}

void smc_secret_get(struct smc_store *store, uint8_t secret[SMC_SECRET_NBYTES])
{
    pthread_mutex_lock(&store->mutex);
    memcpy(secret, store->secret, SMC_SECRET_NBYTES);
    pthread_mutex_unlock(&store->mutex);
}

static uint64_t or_default(uint64_t given, uint64_t ordinary)
{
    return given == 0 ? ordinary : given == SMC_STORE_NONE ? 0 : given;
}

static struct smc_store_options options_of(const struct smc_store_options *given)
{
    struct smc_store_options options = {0};
    if (given != NULL) {
        options = *given;
    }
    options.struct_size = sizeof options;
    options.max_nbytes = options.max_nbytes != 0 ? options.max_nbytes : SMC_STORE_NBYTES_DEFAULT;
    options.negative_age_s = or_default(options.negative_age_s, SMC_STORE_NEGATIVE_AGE_S_DEFAULT);
    options.wait_ms = or_default(options.wait_ms, SMC_STORE_WAIT_MS_DEFAULT);
    return options;
}

smc_store_status smc_store_open(const char *folder, const struct smc_store_options *options,
                                smc_store **store, struct smc_store_error *error)
{
    *store = NULL;
    if (options != NULL && (options->struct_size != sizeof *options ||
                            (options->flags & ~(unsigned)SMC_STORE_NO_LOCKS) != 0)) {
        return smc_store_fail(error, SMC_STORE_E_OPTION, NULL, NULL);
    }
    struct smc_store *opened = calloc(1, sizeof *opened);
    char *path = strdup(folder);
    if (opened == NULL || path == NULL) {
        free(opened);
        free(path);
        return smc_store_fail(error, SMC_STORE_E_MEMORY, NULL, NULL);
    }
    opened->path = path;
    opened->options = options_of(options);
    smc_store_status status = set_up(opened, error);
    if (status != SMC_STORE_OK) {
        free(path);
        free(opened);
        return status;
    }
    pthread_mutex_init(&opened->mutex, NULL);
    atomic_init(&opened->noted, smc_now_s());
    *store = opened;
    return SMC_STORE_OK;
}

void smc_store_close(smc_store *store)
{
    if (store == NULL) {
        return;
    }
    smc_tallies_note(store, INT64_MAX);
    close(store->folder);
    pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store);
}
