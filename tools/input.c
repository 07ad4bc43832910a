#include "tools/stored.h"

#include "format/smcache_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cache files, damaged ones too, are told from JSON by their first bytes. */
int looks_like_cache(const void *bytes, size_t nbytes)
{
    return (nbytes > 0 && *(const unsigned char *)bytes == 0x89) ||
           smcf_is_text_damaged(bytes, nbytes);
}

int input_open_cache(const char *path, unsigned flags, struct input *input)
{
    struct smc_error error;

    *input = (struct input){NULL, NULL};
    return smc_open_path(path, flags, &input->cache, &error) == SMC_OK ? EXIT_DONE
                                                                       : cache_error(path, &error);
}

/* `generated`: the generated file that has led there, or NULL. */
static int open_map(const char *path, const char *generated, struct config *config,
                    struct input *input)
{
    const int is_inline = path == generated;
    const struct stored_map map = {path, is_inline, generated};
    struct smc_cached_file file;
    int code = stored_map_open(config, &map, &file);

    *input = (struct input){file.cache, file.memory};
    return code;
}

const char *place_text(const struct smc_place *place, char text[PLACE_TEXT_NBYTES])
{
    const char *url = place->url != NULL ? place->url : "";

    switch (place->status) {
    case SMC_PLACE_NONE:
        (void)snprintf(text, PLACE_TEXT_NBYTES,
                       "missing_sourcemap: it names no source map, and there is none beside it: "
                       "build it with source maps, or give the map itself");
        break;
    case SMC_PLACE_GONE:
        (void)snprintf(text, PLACE_TEXT_NBYTES,
                       "missing_sourcemap: it names %s, but %s is not there: put the map "
                       "there, or give the map itself",
                       url, place->path);
        break;
    case SMC_PLACE_REMOTE:
        (void)snprintf(text, PLACE_TEXT_NBYTES,
                       "missing_sourcemap: it names %s, which is not fetched: download it, and "
                       "give the map itself",
                       url);
        break;
    case SMC_PLACE_OUTSIDE:
        (void)snprintf(text, PLACE_TEXT_NBYTES,
                       "missing_sourcemap: it names %s, which is outside of the folder: give the "
                       "map itself",
                       url);
        break;
    default:
        (void)snprintf(text, PLACE_TEXT_NBYTES, "missing_source: cannot be read: %s",
                       strerror(place->error_number));
        break;
    }
    return text;
}

static int open_file(const char *path, const char *generated, struct config *config,
                     struct input *input);

/* The map of a generated file, wherever it is. */
static int open_generated(const char *path, struct config *config, struct input *input)
{
    struct smc_place place;
    int code;

    if (smc_place_find(path, NULL, &place) != 0) {
        errno = ENOMEM;
        return system_error(path, "cannot look for its map");
    }
    if (place.status == SMC_PLACE_INLINE) {
        code = open_map(path, path, config, input);
    } else if (place.status == SMC_PLACE_NAMED || place.status == SMC_PLACE_BESIDE) {
        code = open_file(place.path, path, config,
                         input); /* a map by whatever name, and none more to look for */
    } else {
        char text[PLACE_TEXT_NBYTES];
        say("%s: %s", path, place_text(&place, text));
        code = place.status == SMC_PLACE_UNREAD ? EXIT_SYSTEM : EXIT_INPUT;
    }
    smc_place_free(&place);
    return code;
}

/* A cache file is mapped, not read. 1 if the path leads to one; *code is how opening it went. */
static int open_mapped(const char *path, struct input *input, int *code)
{
    struct smc_error error;
    struct stat st;
    char head[8];
    /* Of a FIFO even an open and close would be seen by who writes into it. */
    int fd = stat(path, &st) == 0 && S_ISREG(st.st_mode)
                 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
                 : -1;
    ssize_t n = fd >= 0 ? pread(fd, head, sizeof head, 0) : 0;
    int is_cache = n > 0 && looks_like_cache(head, (size_t)n);

    if (is_cache) {
        *code = smc_open_fd(fd, 0, &input->cache, &error) == SMC_OK ? EXIT_DONE
                                                                    : cache_error(path, &error);
    }
    if (fd >= 0) {
        close(fd);
    }
    return is_cache;
}

/* What is no generated file; `generated` has led to it, or is NULL. */
static int open_file(const char *path, const char *generated, struct config *config,
                     struct input *input)
{
    int code;

    return strcmp(path, "-") != 0 && open_mapped(path, input, &code)
               ? code
               : open_map(path, generated, config, input);
}

int input_open(const char *path, struct config *config, struct input *input)
{
    *input = (struct input){NULL, NULL};
    return smc_is_generated(path) ? open_generated(path, config, input)
                                  : open_file(path, NULL, config, input);
}

void input_close(struct input *input)
{
    smc_close(input->cache);
    free(input->memory);
    *input = (struct input){NULL, NULL};
}
