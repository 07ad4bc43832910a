#include "tools/cli.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An input that never ends must not take all memory. The largest known map is a tenth of this. */
#define MAX_INPUT_NBYTES ((size_t)2 << 30)

/* Maps are read, not mapped: they are checked once and then walked without checks, so nobody may
 * change them in between. */
int bytes_read(const char *path, struct bytes *bytes)
{
    int is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "stdin" : path;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct smc_buf buf = {0};

    *bytes = (struct bytes){NULL, 0};
    if (fd < 0) {
        return system_error(name, "cannot open");
    }
    int failed = smc_read_all(fd, MAX_INPUT_NBYTES, &buf) != 0;
    int saved = errno;
    if (!is_stdin) {
        close(fd);
    }
    if (failed) {
        smc_buf_free(&buf);
        if (saved == EFBIG) {
            say("%s: larger than 2 GiB: no source map that smcache can compile", name);
            return EXIT_INPUT;
        }
        errno = saved;
        return system_error(name, "cannot read");
    }
    *bytes = (struct bytes){buf.data, buf.nbytes};
    return EXIT_DONE;
}

/* Cache files, damaged ones too, are told from JSON by their first bytes. */
static int looks_like_cache(const char *path)
{
    char head[8] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head);
    if (fd >= 0) {
        close(fd);
    }
    return n > 0 && ((unsigned char)head[0] == 0x89 || memcmp(head + 1, "SMC", 3) == 0 ||
                     memcmp(head + 2, "SMC", 3) == 0 || memcmp(head + 3, "SMC", 3) == 0);
}

int input_open_cache(const char *path, struct input *input)
{
    struct smc_error error;

    *input = (struct input){NULL, NULL};
    return smc_open_path(path, &input->cache, &error) == SMC_OK ? EXIT_DONE
                                                                : cache_error(path, &error);
}

int input_open(const char *path, struct input *input)
{
    if (looks_like_cache(path)) {
        return input_open_cache(path, input);
    }
    struct warnings warnings = {path, 0};
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = SMC_BUILD_SOURCES_RAW,
                                        .warn = print_warning,
                                        .warn_context = &warnings};
    struct smc_build_issue issue;
    struct smc_error error;
    struct bytes json;
    size_t nbytes;

    *input = (struct input){NULL, NULL};
    int code = bytes_read(path, &json);
    if (code != EXIT_DONE) {
        return code;
    }
    smc_build_status status =
        smc_build_memory(json.data, json.nbytes, &options, &input->memory, &nbytes, &issue);
    free(json.data);
    finish_warnings(&warnings);
    if (status != SMC_BUILD_OK) {
        return build_error(path, &issue);
    }
    if (smc_open_memory(input->memory, nbytes, &input->cache, &error) != SMC_OK) {
        input_close(input);
        return cache_error(path, &error);
    }
    return EXIT_DONE;
}

void input_close(struct input *input)
{
    smc_close(input->cache);
    free(input->memory);
    *input = (struct input){NULL, NULL};
}
