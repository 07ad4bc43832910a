#include "tools/cli.h"

#include "format/smcache_format.h"
#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An input that never ends must not take all memory. The largest known map is a tenth of this. */
#define MAX_INPUT_NBYTES ((size_t)2 << 30)

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

static int open_input(const char *path)
{
    return strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads an open file to its end. Returns an exit code. */
static int read_open(int fd, const char *name, struct bytes *bytes)
{
    struct smc_buf buf = {0};

    *bytes = (struct bytes){NULL, 0};
    if (smc_read_all(fd, MAX_INPUT_NBYTES, &buf) != 0) {
        int saved = errno;
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

/* Maps are read, not mapped: they are checked once and then walked without checks, so nobody may
 * change them in between. */
int bytes_read(const char *path, struct bytes *bytes)
{
    int fd = open_input(path);

    *bytes = (struct bytes){NULL, 0};
    if (fd < 0) {
        return system_error(name_of(path), "cannot open");
    }
    int code = read_open(fd, name_of(path), bytes);
    close(fd);
    return code;
}

/* Cache files, damaged ones too, are told from JSON by their first bytes. */
static int looks_like_cache(const void *bytes, size_t nbytes)
{
    return (nbytes > 0 && *(const unsigned char *)bytes == 0x89) ||
           smcf_is_text_damaged(bytes, nbytes);
}

int input_open_cache(const char *path, struct input *input)
{
    struct smc_error error;

    *input = (struct input){NULL, NULL};
    return smc_open_path(path, &input->cache, &error) == SMC_OK ? EXIT_DONE
                                                                : cache_error(path, &error);
}

/* Opens what is in memory, a map or a cache file; takes the bytes over. Returns an exit code. */
static int open_bytes(const char *name, struct bytes bytes, struct input *input)
{
    struct warnings warnings = {name, 0};
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = SMC_BUILD_SOURCES_RAW,
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
    if (smc_open_memory(input->memory, bytes.nbytes, &input->cache, &error) != SMC_OK) {
        input_close(input);
        return cache_error(name, &error);
    }
    return EXIT_DONE;
}

/* Opens a path once: what is read from a pipe cannot be read again. */
int input_open(const char *path, struct input *input)
{
    const char *name = name_of(path);
    struct smc_error error;
    struct bytes bytes;
    struct stat st;
    char head[8];
    int fd = open_input(path), code;

    *input = (struct input){NULL, NULL};
    if (fd < 0) {
        return system_error(name, "cannot open");
    }
    ssize_t n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? pread(fd, head, sizeof head, 0) : 0;
    if (n > 0 && looks_like_cache(head, (size_t)n)) {
        code = smc_open_fd(fd, &input->cache, &error) == SMC_OK ? EXIT_DONE
                                                                : cache_error(name, &error);
    } else {
        code = read_open(fd, name, &bytes);
        if (code == EXIT_DONE) {
            code = open_bytes(name, bytes, input);
        }
    }
    close(fd);
    return code;
}

void input_close(struct input *input)
{
    smc_close(input->cache);
    free(input->memory);
    *input = (struct input){NULL, NULL};
}
