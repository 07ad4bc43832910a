#include "tools/cli.h"

#include "format/smcache_format.h"
#include "src/base/io.h"

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

/* Opens what is in memory, a map or a cache file; takes the bytes over. Returns an exit code. */
static int open_bytes(const char *name, struct smc_buf bytes, int is_data_url, struct input *input)
{
    struct warnings warnings = {name, 0};
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = SMC_BUILD_SOURCES_RAW,
                                        .is_data_url = is_data_url,
                                        .warn = print_warning,
                                        .warn_context = &warnings};
    struct smc_build_issue issue;
    struct smc_error error;

    input->memory = bytes.data;
    if (!looks_like_cache(bytes.data, bytes.nbytes)) {
        smc_build_status status = smc_build_memory(bytes.data, bytes.nbytes, &options,
                                                   &input->memory, &bytes.nbytes, &issue);
        free(bytes.data);
        finish_warnings(&warnings);
        if (status != SMC_BUILD_OK) {
            return build_error(name, &issue);
        }
    }
    if (smc_open_memory(input->memory, bytes.nbytes, 0, &input->cache, &error) != SMC_OK) {
        input_close(input);
        return cache_error(name, &error);
    }
    return EXIT_DONE;
}

char *place_text(const struct smc_place *place)
{
    char text[2 * SMC_PLACE_URL_MAX + 4096];
    const char *url = place->url != NULL ? place->url : "";

    switch (place->status) {
    case SMC_PLACE_NONE:
        (void)snprintf(text, sizeof text,
                       "missing_sourcemap: it names no source map, and there is none beside it: "
                       "build it with source maps, or give the map itself");
        break;
    case SMC_PLACE_GONE:
        (void)snprintf(text, sizeof text,
                       "missing_sourcemap: it names %s, but %s is not there: put the map "
                       "there, or give the map itself",
                       url, place->path);
        break;
    case SMC_PLACE_REMOTE:
        (void)snprintf(text, sizeof text,
                       "missing_sourcemap: it names %s, which is not fetched: download it, and "
                       "give the map itself",
                       url);
        break;
    case SMC_PLACE_OUTSIDE:
        (void)snprintf(text, sizeof text,
                       "missing_sourcemap: it names %s, which is outside of the folder: give the "
                       "map itself",
                       url);
        break;
    default:
        (void)snprintf(text, sizeof text, "missing_source: cannot be read: %s",
                       strerror(place->error_number));
        break;
    }
    return strdup(text);
}

static int load_error(const char *name, const struct smc_load_error *error)
{
    char text[LOAD_TEXT_NBYTES];
    int code = load_text(error, text);
    say("%s: %s", name, text);
    return code;
}

static int open_file(const char *path, struct input *input);

/* The map of a generated file, wherever it is. */
static int open_generated(const char *path, struct input *input)
{
    struct smc_buf json = {0};
    struct smc_load_error error;
    struct smc_place place;
    int code;

    if (smc_place_find(path, NULL, &place) != 0) {
        errno = ENOMEM;
        return system_error(path, "cannot look for its map");
    }
    if (place.status == SMC_PLACE_INLINE) {
        code = smc_load_inline(path, INPUT_NBYTES_MAX, &json, &error) != 0
                   ? load_error(path, &error)
                   : open_bytes(path, json, 1, input);
    } else if (place.status == SMC_PLACE_NAMED || place.status == SMC_PLACE_BESIDE) {
        code = open_file(place.path, input); /* a map by whatever name, and none more to look for */
    } else {
        char *text = place_text(&place);
        say("%s: %s", path, text == NULL ? "missing_sourcemap" : text);
        free(text);
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

/* What is no generated file. */
static int open_file(const char *path, struct input *input)
{
    const int is_stdin = strcmp(path, "-") == 0;
    struct smc_buf bytes = {0};
    struct smc_load_error error;
    int code;

    if (!is_stdin && open_mapped(path, input, &code)) {
        return code;
    }
    if (smc_load(is_stdin ? NULL : path, INPUT_NBYTES_MAX, 1, &bytes, &error) != 0) {
        return load_error(name_of(path), &error);
    }
    return open_bytes(name_of(path), bytes, 0, input);
}

int input_open(const char *path, struct input *input)
{
    *input = (struct input){NULL, NULL};
    return smc_is_generated(path) ? open_generated(path, input) : open_file(path, input);
}

void input_close(struct input *input)
{
    smc_close(input->cache);
    free(input->memory);
    *input = (struct input){NULL, NULL};
}
