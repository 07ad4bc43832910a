/*
 * The generated file of a map, which says what functions there are where the sources do not.
 */
#include "tools/minified.h"

#include "src/javascript/javascript.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The generated file of a map of that name, by custom: without .map (.gz). A new string, or NULL. */
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
    return NULL;
}

static int load(void *context, const void **bytes, size_t *nbytes)
{
    struct minified *minified = context;

    minified->is_lost =
        smc_load(minified->path, SMC_JS_NBYTES_MAX, 1, &minified->text, &minified->error) != 0;
    *bytes = minified->text.data;
    *nbytes = minified->text.nbytes;
    return minified->is_lost ? -1 : 0;
}

int minified_find(struct minified *minified, const char *map, const char *generated)
{
    struct stat st;

    *minified = (struct minified){.path = generated != NULL ? strdup(generated) : beside(map)};
    if (minified->path != NULL && smc_input_kind_of(minified->path) == SMC_INPUT_JS &&
        stat(minified->path, &st) == 0 && S_ISREG(st.st_mode) &&
        access(minified->path, R_OK) == 0) {
        return 1;
    }
    minified_free(minified);
    return 0;
}

int minified_digest(const struct minified *minified, uint8_t digest[16])
{
    uint8_t piece[65536];
    XXH128_canonical_t canonical;
    XXH3_state_t state;
    ssize_t n;
    const int fd = open(minified->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }
    XXH3_128bits_reset(&state);
    while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            XXH3_128bits_update(&state, piece, (size_t)n);
        }
    }
    const int saved = errno;
    (void)close(fd);
    errno = saved;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    memcpy(digest, canonical.digest, sizeof canonical.digest);
    return n == 0 ? 0 : -1;
}

void minified_set(struct minified *minified, const uint8_t id[16],
                  struct smc_build_options *options)
{
    options->load_generated = load;
    options->generated_context = minified;
    memcpy(options->generated_id, id, sizeof options->generated_id);
}

void minified_free(struct minified *minified)
{
    free(minified->path);
    smc_buf_free(&minified->text);
    *minified = (struct minified){.path = NULL};
}
