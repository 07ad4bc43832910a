/*
 * The generated file of a map, which says what functions there are where the sources do not.
 */
#include "tools/minified.h"

#include "src/javascript/javascript.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The generated file of a map of that name, by custom: without .map (.gz). A new string, or NULL: there is none (errno
 * is 0 then), or no memory. */
static char *beside(const char *map)
{
    static const char *const endings[] = {".map.gz", ".map"};
    const size_t n = strlen(map);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);
        if (n > ending && strcmp(map + n - ending, endings[i]) == 0) {
            return strndup(map, n - ending);
        }
    }
    errno = 0;
    return NULL;
}

static int is_same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* A FIFO would not say the same twice. */
static int open_regular(const char *path, struct stat *state)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, state) == 0) {
        if (S_ISREG(state->st_mode)) {
            return fd;
        }
        errno = S_ISDIR(state->st_mode) ? EISDIR : EINVAL;
    }
    const int error_number = errno;
    (void)close(fd);
    errno = error_number;
    return -1;
}

int minified_check(struct minified *minified)
{
    const int fd = open_regular(minified->path, &minified->state);

    if (fd >= 0) {
        (void)close(fd);
        minified->is_checked = 1;
    }
    return fd < 0 ? -1 : 0;
}

/* 0, or -1 with errno. */
static int digest_file(int fd, uint8_t id[16])
{
    uint8_t piece[65536];
    XXH128_canonical_t digest;
    XXH3_state_t state;
    ssize_t n;

    XXH3_128bits_reset(&state);
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            XXH3_128bits_update(&state, piece, (size_t)n);
        }
    }
    if (n != 0) {
        return -1;
    }
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(&state));
    memcpy(id, digest.digest, sizeof digest.digest);
    return 0;
}

int minified_identify(struct minified *minified)
{
    struct stat now;
    const int fd = open_regular(minified->path, &now);

    if (fd < 0) {
        return -1;
    }
    const int has_changed = minified->is_checked && !is_same_state(&now, &minified->state);
    const int failed = has_changed || digest_file(fd, minified->id) != 0;
    const int error_number = has_changed ? EAGAIN : errno;
    (void)close(fd);
    if (failed) {
        errno = error_number;
        return -1;
    }
    minified->state = now;
    minified->is_identified = 1;
    return 0;
}

int minified_lose(struct minified *minified, int error_number)
{
    minified->is_lost = 1;
    minified->error = (struct smc_load_error){
        .status = SMC_LOAD_E_READ,
        .reason = error_number == EAGAIN ? "has changed while it was read" : "cannot be read",
        .error_number = error_number};
    return -1;
}

/* One that is there, but no text of a reasonable size, names nothing. */
static int load(void *context, const void **bytes, size_t *nbytes)
{
    struct minified *minified = context;
    struct smc_load_error *error = &minified->error;
    struct stat now;

    if (!minified->is_identified && minified_identify(minified) != 0) {
        return minified_lose(minified, errno);
    }
    if (smc_load(minified->path, SMC_JS_NBYTES_MAX, 1, &minified->text, error) != 0) {
        if (error->status != SMC_LOAD_E_GZIP && error->status != SMC_LOAD_E_TOO_LARGE) {
            minified->is_lost = 1;
            return -1;
        }
        minified->unfollowed = error->status == SMC_LOAD_E_GZIP ? error->reason : "too large";
    } else if (stat(minified->path, &now) != 0) {
        return minified_lose(minified, errno);
    } else if (!is_same_state(&now, &minified->state)) {
        return minified_lose(minified, EAGAIN);
    }
    *bytes = minified->text.data;
    *nbytes = minified->text.nbytes;
    return 0;
}

static void note_unfollowed(void *context, const char *reason, uint32_t line, uint32_t column)
{
    struct minified *minified = context;

    minified->unfollowed = reason;
    minified->has_place = 1;
    minified->unfollowed_at = (struct smc_position){line, column};
}

const char *minified_warning(const struct minified *minified, char text[MINIFIED_TEXT_NBYTES])
{
    char place[64] = "";

    if (minified->unfollowed == NULL) {
        return NULL;
    }
    if (minified->has_place) {
        (void)snprintf(place, sizeof place, ":%" PRIu64 ":%" PRIu64,
                       (uint64_t)minified->unfollowed_at.line + 1,
                       (uint64_t)minified->unfollowed_at.column + 1);
    }
    (void)snprintf(text, MINIFIED_TEXT_NBYTES,
                   "%s%s: cannot be followed, and names no functions: %s", minified->path, place,
                   minified->unfollowed);
    return text;
}

int minified_find(struct minified *minified, const char *map, const char *generated)
{
    *minified = (struct minified){.path = generated != NULL ? strdup(generated) : beside(map)};
    if (minified->path == NULL) {
        return errno == 0 ? 0 : -1;
    }
    int found = 0;
    if (smc_input_kind_of(minified->path) == SMC_INPUT_JS) {
        found = smc_find_file(minified->path);
        if (found > 0 && access(minified->path, R_OK) != 0) {
            found = smc_is_absent(errno) ? 0 : -1;
        }
    }
    if (found <= 0) {
        const int error_number = errno;
        minified_free(minified);
        errno = error_number;
    }
    return found;
}

void minified_offer(struct minified *minified, struct smc_build_options *options)
{
    options->load_generated = load;
    options->generated_lost = note_unfollowed;
    options->generated_context = minified;
    options->generated_id = minified->id;
}

void minified_free(struct minified *minified)
{
    free(minified->path);
    smc_buf_free(&minified->text);
    *minified = (struct minified){.path = NULL};
}
