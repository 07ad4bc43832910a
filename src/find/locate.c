/*
 * Where the map of a generated file is.
 */
#include "src/find/locate.h"
#include "src/base/gzip.h"
#include "src/base/io.h"
#include "src/url/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The comment is at the end, so that is read first: most files need no more. */
#define TAIL_NBYTES 65536

static int has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), n_suffix = strlen(suffix);
    return n > n_suffix && strcmp(path + n - n_suffix, suffix) == 0;
}

enum smc_input_kind smc_input_kind_of(const char *path)
{
    static const struct {
        const char *suffix;
        enum smc_input_kind kind;
    } kinds[] = {{".js", SMC_INPUT_JS},     {".mjs", SMC_INPUT_JS},      {".cjs", SMC_INPUT_JS},
                 {".bundle", SMC_INPUT_JS}, {".jsbundle", SMC_INPUT_JS}, {".css", SMC_INPUT_CSS},
                 {".wasm", SMC_INPUT_WASM}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (has_suffix(path, kinds[i].suffix)) {
            return kinds[i].kind;
        }
    }
    return SMC_INPUT_MAP;
}

void smc_place_free(struct smc_place *place)
{
    free(place->path);
    free(place->url);
    *place = (struct smc_place){.status = SMC_PLACE_NONE};
}

/* ---- what the generated file says ---- */

static const enum smc_find_kind find_kinds[] = {
    [SMC_INPUT_JS] = SMC_FIND_JS, [SMC_INPUT_CSS] = SMC_FIND_CSS, [SMC_INPUT_WASM] = SMC_FIND_WASM};

/* The end of a script, from the first whole line in it on, is enough if a comment is found there. */
static int find_in_tail(int fd, off_t file_nbytes, struct smc_buf *tail, struct smc_map_url *url)
{
    off_t from = file_nbytes - TAIL_NBYTES;
    uint8_t *to = smc_buf_reserve(tail, TAIL_NBYTES);
    ssize_t n = to == NULL ? -1 : pread(fd, to, TAIL_NBYTES, from);

    if (n <= 0) {
        return 0;
    }
    tail->nbytes = (size_t)n;
    const uint8_t *line = memchr(tail->data, '\n', tail->nbytes);
    if (line == NULL) {
        return 0;
    }
    size_t off = (size_t)(line + 1 - tail->data);
    if (!smc_map_url_find(SMC_FIND_JS, tail->data + off, tail->nbytes - off, url)) {
        return 0;
    }
    url->off += (size_t)from + off;
    return 1;
}

/* 1 and the URL, whose bytes are in `buf`; 0: the file names none; -1 with errno. */
static int find_url(const char *path, struct smc_buf *buf, struct smc_map_url *url)
{
    const enum smc_input_kind kind = smc_input_kind_of(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0) {
        return -1;
    }
    int found = -1;
    if (fstat(fd, &st) != 0) {
    } else if (!S_ISREG(st.st_mode)) {
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    } else if (kind == SMC_INPUT_JS && st.st_size > (off_t)2 * TAIL_NBYTES &&
               find_in_tail(fd, st.st_size, buf, url)) {
        found = 1;
    } else {
        buf->nbytes = 0;
        if (smc_read_all(fd, SMC_GENERATED_NBYTES_MAX, 1, buf) == 0) {
            found = smc_map_url_find(find_kinds[kind], buf->data, buf->nbytes, url);
        }
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return found;
}

/* ---- from a URL to a path ---- */

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Without query and fragment and percent-decoded, as a path; NULL without memory. A NUL, which no path
 * has, ends it. */
static char *path_of_url(const struct smc_map_url *url)
{
    char *path = malloc(url->nbytes + 1);
    size_t n = 0;

    for (size_t i = 0; path != NULL && i < url->nbytes; i++) {
        uint8_t c = url->ptr[i];
        if (c == '?' || c == '#') {
            break;
        }
        if (c == '%' && i + 2 < url->nbytes && hex_of(url->ptr[i + 1]) >= 0 &&
            hex_of(url->ptr[i + 2]) >= 0) {
            c = (uint8_t)(hex_of(url->ptr[i + 1]) << 4 | hex_of(url->ptr[i + 2]));
            i += 2;
        }
        if (c == 0) {
            break;
        }
        path[n++] = (char)c;
    }
    if (path != NULL) {
        path[n] = '\0';
    }
    return path;
}

/* folder_nbytes bytes of `folder`, and a name. */
static char *join(const char *folder, size_t folder_nbytes, const char *name)
{
    size_t n = strlen(name);
    char *path = malloc(folder_nbytes + n + 1);
    if (path != NULL) {
        memcpy(path, folder, folder_nbytes);
        memcpy(path + folder_nbytes, name, n + 1);
    }
    return path;
}

/* Bytes of the folder of a path, with its last slash. */
static size_t folder_nbytes_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash + 1 - path);
}

int smc_is_absent(int error_number)
{
    return error_number == ENOENT || error_number == ENOTDIR || error_number == ENAMETOOLONG ||
           error_number == ELOOP || error_number == EACCES;
}

int smc_is_no_regular_file(int error_number)
{
    return error_number == EISDIR || error_number == EINVAL || error_number == ENXIO;
}

int smc_find_file(const char *path)
{
    struct stat st;

    if (stat(path, &st) == 0) {
        return S_ISREG(st.st_mode);
    }
    return smc_is_absent(errno) ? 0 : -1;
}

/* Notes that the file at a path cannot be looked at. */
static void stay_unread(struct smc_place *place)
{
    place->status = SMC_PLACE_UNREAD;
    place->error_number = errno;
}

int smc_path_leaves(const char *path, const char *root)
{
    const size_t n_root = strlen(root);
    long depth = 0;

    if (strncmp(path, root, n_root) != 0 ||
        ((n_root == 0 || root[n_root - 1] != '/') && path[n_root] != '/')) {
        return 1;
    }
    for (const char *p = path + n_root; *p != '\0';) {
        size_t n = strcspn(p, "/");
        if (n == 2 && memcmp(p, "..", 2) == 0) {
            depth--;
        } else if (n > 1 || (n == 1 && *p != '.')) {
            depth++;
        }
        if (depth < 0) {
            return 1;
        }
        p += n + (p[n] == '/');
    }
    return 0;
}

/* Whether a URL names another place than one beside the file: a scheme, or "//host". */
static int is_remote(const struct smc_map_url *url)
{
    return smc_url_scheme_nbytes(url->ptr, url->nbytes) > 0 ||
           (url->nbytes >= 2 && memcmp(url->ptr, "//", 2) == 0);
}

/* Follows the URL to a file. 0, or -1 without memory. */
static int follow(const char *generated, const char *root, const struct smc_map_url *url,
                  struct smc_place *place)
{
    const size_t folder = folder_nbytes_of(generated), root_nbytes = root ? strlen(root) : 0;

    if (is_remote(url)) {
        place->status = SMC_PLACE_REMOTE;
        return 0;
    }
    char *name = path_of_url(url);
    if (name == NULL) {
        return -1;
    }
    if (name[0] != '/') {
        place->path = join(generated, folder, name);
    } else if (root != NULL) {
        place->path = join(root, root_nbytes, name);
    } else {
        place->path = join(generated, folder, name + folder_nbytes_of(name));
    }
    int has_name = name[0] != '\0';
    if (strcmp(name, "-") == 0 && place->path != NULL && folder == 0) {
        free(place->path); /* "-" alone would be stdin */
        place->path = join("./", 2, name);
    }
    free(name);
    if (place->path == NULL) {
        return -1;
    }
    if (root != NULL && smc_path_leaves(place->path, root)) {
        place->status = SMC_PLACE_OUTSIDE;
        free(place->path);
        place->path = NULL;
        return 0;
    }
    const int found = has_name ? smc_find_file(place->path) : 0;
    if (found < 0) {
        stay_unread(place);
        free(place->path);
        place->path = NULL;
    } else {
        place->status = found ? SMC_PLACE_NAMED : SMC_PLACE_GONE;
    }
    return 0;
}

/* By custom, app.js.map or app.js.map.gz. 0, or -1 without memory. */
static int look_beside(const char *generated, struct smc_place *place)
{
    static const char *const extensions[] = {".map", ".map.gz"};

    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        char *path = join(generated, strlen(generated), extensions[i]);
        if (path == NULL) {
            return -1;
        }
        const int found = smc_find_file(path);
        if (found < 0) {
            stay_unread(place);
            free(path);
            return 0;
        }
        if (found) {
            place->url_is_useless = place->url != NULL;
            place->status = SMC_PLACE_BESIDE;
            free(place->path);
            place->path = path;
            return 0;
        }
        free(path);
    }
    return 0;
}

int smc_place_find(const char *generated_path, const char *root, struct smc_place *place)
{
    struct smc_buf buf = {0};
    struct smc_map_url url = {0};
    int failed = 0;

    *place = (struct smc_place){.status = SMC_PLACE_NONE};
    int found = find_url(generated_path, &buf, &url);
    if (found < 0) {
        stay_unread(place);
    } else if (found > 0) {
        size_t n = url.nbytes < SMC_PLACE_URL_MAX ? url.nbytes : SMC_PLACE_URL_MAX;
        place->url = malloc(n + 1);
        failed = place->url == NULL;
        if (!failed) {
            memcpy(place->url, url.ptr, n);
            place->url[n] = '\0';
        }
        if (smc_is_data_url(url.ptr, url.nbytes)) {
            place->status = SMC_PLACE_INLINE;
        } else if (!failed) {
            failed = follow(generated_path, root, &url, place) != 0;
        }
    }
    smc_buf_free(&buf);
    if (!failed && place->status >= SMC_PLACE_NONE && place->status != SMC_PLACE_UNREAD) {
        failed = look_beside(generated_path, place) != 0;
    }
    if (failed) {
        smc_place_free(place);
        return -1;
    }
    return 0;
}
