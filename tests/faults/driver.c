/*
 * Calls of the library that no command makes: services do. What fails is said, as commands say it.
 *
 *     driver put STORE FILE NAME...     puts a compiled file by names
 *     driver negative STORE TEXT NAME   puts that there is none
 *     driver get STORE NAME             says what there is
 *     driver move STORE FILE NAME       the same as put, of a new store whose folder is removed in between
 *     driver cached STORE MAP ID        opens what a map is compiled to, which its debug ID leads to from then on
 *     driver copy FILE                  reads a compiled file into memory instead of mapping it
 *     driver resident FILE              whether any of it is in memory
 */
#include "src/base/debug_id.h"
#include "src/base/io.h"
#include "src/cached/smcache_cached.h"
#include "src/reader/smcache.h"
#include "src/store/smcache_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *what, const char *reason, int error_number)
{
    (void)fprintf(stderr, "smcache driver: %s: %s: %s\n", what, reason, strerror(error_number));
    return 4;
}

static int fail_store(const struct smc_store_error *error)
{
    return fail(error->file, error->reason,
                error->status == SMC_STORE_E_MEMORY ? ENOMEM : error->error_number);
}

static int fail_open(const char *path, const struct smc_error *error)
{
    return fail(path, error->reason, error->status == SMC_E_MEMORY ? ENOMEM : errno);
}

static int end(void)
{
    if (fflush(stdout) != 0) {
        return fail("stdout", "cannot write", errno);
    }
    if (ferror(stdout)) {
        (void)fputs("smcache driver: stdout: cannot write\n", stderr);
        return 4;
    }
    return 0;
}

static int open_store(const char *folder, smc_store **store)
{
    struct smc_store_error error;

    return smc_store_open(folder, NULL, store, &error) == SMC_STORE_OK ? 0 : fail_store(&error);
}

static struct smc_store_key key_of(char **names, int n)
{
    return (struct smc_store_key){
        .kind = SMC_STORE_KEY_NAMES, .names = (const char *const *)names, .n_names = (size_t)n};
}

static int read_file(const char *path, struct smc_buf *bytes)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int failed = fd < 0 || smc_read_all(fd, (size_t)1 << 30, 1, bytes) != 0;
    const int error_number = errno;

    if (fd >= 0) {
        (void)close(fd);
    }
    return failed ? fail(path, "cannot read", error_number) : 0;
}

static int put_bytes(smc_store *store, const struct smc_buf *bytes, char **names, int n)
{
    const struct smc_store_key key = key_of(names, n);
    struct smc_store_error error;

    return smc_store_put(store, &key, 1, bytes->data, bytes->nbytes, &error) == SMC_STORE_OK
               ? 0
               : fail_store(&error);
}

/* With the files that are in it. */
static int remove_folder(const char *path)
{
    DIR *entries = opendir(path);
    struct dirent *entry;

    if (entries == NULL) {
        return fail(path, "cannot list", errno);
    }
    int error_number = 0;
    while ((errno = 0, entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] != '.' && unlinkat(dirfd(entries), entry->d_name, 0) != 0) {
            error_number = errno;
        }
    }
    error_number = errno != 0 ? errno : error_number;
    (void)closedir(entries);
    if (error_number != 0) {
        return fail(path, "cannot empty", error_number);
    }
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 ? 0 : fail(path, "cannot remove", errno);
}

static int remove_store(const char *folder)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/v1/tmp", folder);
    const int code = remove_folder(path);
    path[strlen(path) - strlen("/tmp")] = '\0';
    return code != 0 ? code : remove_folder(path);
}

static int put(const char *folder, const char *path, char **names, int n, int is_removed)
{
    struct smc_buf bytes = {0};
    smc_store *store = NULL;

    int code = open_store(folder, &store);
    code = code != 0 ? code : read_file(path, &bytes);
    code = code == 0 && is_removed ? remove_store(folder) : code;
    code = code != 0 ? code : put_bytes(store, &bytes, names, n);
    smc_store_close(store);
    smc_buf_free(&bytes);
    return code;
}

static int negative(const char *folder, const char *text, char **names)
{
    const struct smc_store_key key = key_of(names, 1);
    struct smc_store_error error;
    smc_store *store = NULL;

    int code = open_store(folder, &store);
    if (code == 0 && smc_store_put_negative(store, &key, 1, text, &error) != SMC_STORE_OK) {
        code = fail_store(&error);
    }
    smc_store_close(store);
    return code;
}

static int cached(const char *folder, const char *path, const char *id)
{
    struct smc_store_key key = {.kind = SMC_STORE_KEY_DEBUG_ID};
    struct smc_cached_file file;
    struct smc_buf json = {0};
    smc_store *store = NULL;

    (void)smc_debug_id_parse(id, strlen(id), 0, key.debug_id);
    int code = open_store(folder, &store);
    code = code != 0 ? code : read_file(path, &json);
    if (code == 0) {
        const struct smc_cached_request request = {.struct_size = sizeof request,
                                                   .keys = &key,
                                                   .n_keys = 1,
                                                   .json = json.data,
                                                   .nbytes = json.nbytes};
        const smc_cached_status status = smc_cached_open(store, &request, &file);
        if (status != SMC_CACHED_OK) {
            code = fail(path, smc_cached_status_text(status), file.error_number);
        } else {
            puts("opened");
            smc_cached_close(&file);
        }
    }
    smc_store_close(store);
    smc_buf_free(&json);
    return code;
}

static int look(void *context, int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return fail("file", "cannot stat", errno);
    }
    *(off_t *)context = st.st_size;
    return 0;
}

static int get(const char *folder, char **names)
{
    const struct smc_store_key key = key_of(names, 1);
    char text[SMC_STORE_TEXT_NBYTES] = "";
    struct smc_store_error error;
    smc_store *store = NULL;
    off_t nbytes = 0;

    int code = open_store(folder, &store);
    if (code == 0) {
        switch (smc_store_get(store, &key, look, &nbytes, text, &error)) {
        case SMC_STORE_OK:
            printf("%lld bytes\n", (long long)nbytes);
            break;
        case SMC_STORE_MISS:
            puts("none");
            break;
        case SMC_STORE_NEGATIVE:
            puts(text);
            break;
        case SMC_STORE_E_CALLER: /* which has been said */
            code = 4;
            break;
        default:
            code = fail_store(&error);
        }
    }
    smc_store_close(store);
    return code;
}

static int copy(const char *path)
{
    struct smc_token token;
    struct smc_error error;
    smc_cache *cache;

    if (smc_open_path(path, SMC_OPEN_COPY, &cache, &error) != SMC_OK) {
        return fail_open(path, &error);
    }
    printf("%d %u\n", smc_lookup(cache, 0, 0, 0, &token), token.source_line);
    smc_close(cache);
    return 0;
}

static int resident(const char *path)
{
    struct smc_error error;
    uint64_t nbytes;
    smc_cache *cache;

    if (smc_open_path(path, 0, &cache, &error) != SMC_OK) {
        return fail_open(path, &error);
    }
    const smc_status status = smc_resident(cache, &nbytes);
    const int error_number = errno;
    smc_close(cache);
    if (status != SMC_OK) {
        return fail(path, "cannot tell what is in memory", error_number);
    }
    puts(nbytes > 0 ? "resident" : "not resident");
    return 0;
}

int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[1] : "";
    int code = 2;

    if (strcmp(command, "put") == 0 && argc > 4) {
        code = put(argv[2], argv[3], argv + 4, argc - 4, 0);
    } else if (strcmp(command, "move") == 0 && argc == 5) {
        code = put(argv[2], argv[3], argv + 4, 1, 1);
    } else if (strcmp(command, "cached") == 0 && argc == 5) {
        code = cached(argv[2], argv[3], argv[4]);
    } else if (strcmp(command, "negative") == 0 && argc == 5) {
        code = negative(argv[2], argv[3], argv + 4);
    } else if (strcmp(command, "get") == 0 && argc == 4) {
        code = get(argv[2], argv + 3);
    } else if (strcmp(command, "copy") == 0) {
        code = copy(argv[2]);
    } else if (strcmp(command, "resident") == 0) {
        code = resident(argv[2]);
    }
    return code == 0 ? end() : code;
}
