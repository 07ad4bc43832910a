/*
 * Bytes of files: as they are, out of gzip, or out of a data: URL.
 */
#include "src/base/gzip.h"
#include "src/base/io.h"
#include "src/find/locate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fail(struct smc_load_error *error, enum smc_load_status status, const char *reason,
                int error_number)
{
    error->status = status;
    error->reason = reason;
    error->error_number = error_number;
    return -1;
}

static int read_file(const char *path, uint64_t max_nbytes, unsigned n_threads, struct smc_buf *buf,
                     struct smc_load_error *error)
{
    int fd = path == NULL ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return fail(error, SMC_LOAD_E_OPEN, "cannot open", errno);
    }
    int failed = 0;
    if (smc_read_all(fd, max_nbytes, n_threads, buf) != 0) {
        enum smc_load_status status = errno == EFBIG    ? SMC_LOAD_E_TOO_LARGE
                                      : errno == ENOMEM ? SMC_LOAD_E_MEMORY
                                                        : SMC_LOAD_E_READ;
        failed = fail(error, status, "cannot read", errno);
    }
    close(fd);
    return failed;
}

static int inflate_file(uint64_t max_nbytes, struct smc_buf *buf, struct smc_load_error *error)
{
    struct smc_buf inflated = {0};
    enum smc_gzip_status status = smc_gunzip(buf->data, buf->nbytes, max_nbytes, &inflated);

    smc_buf_free(buf);
    *buf = inflated;
    switch (status) {
    case SMC_GZIP_OK:
        return 0;
    case SMC_GZIP_E_TOO_LARGE:
        return fail(error, SMC_LOAD_E_TOO_LARGE, smc_gzip_reason(status), 0);
    case SMC_GZIP_E_MEMORY:
        return fail(error, SMC_LOAD_E_MEMORY, smc_gzip_reason(status), ENOMEM);
    default:
        return fail(error, SMC_LOAD_E_GZIP, smc_gzip_reason(status), 0);
    }
}

int smc_load(const char *path, uint64_t max_nbytes, unsigned n_threads, struct smc_buf *buf,
             struct smc_load_error *error)
{
    *error = (struct smc_load_error){.reason = "", .max_nbytes = max_nbytes};
    int failed = read_file(path, max_nbytes, n_threads, buf, error);
    if (failed == 0 && smc_is_gzip(buf->data, buf->nbytes)) {
        failed = inflate_file(max_nbytes, buf, error);
    }
    if (failed != 0) {
        smc_buf_free(buf);
    }
    return failed;
}

static enum smc_find_kind find_kind_of(const char *path)
{
    switch (smc_input_kind_of(path)) {
    case SMC_INPUT_CSS:
        return SMC_FIND_CSS;
    case SMC_INPUT_WASM:
        return SMC_FIND_WASM;
    default:
        return SMC_FIND_JS;
    }
}

int smc_load_inline(const char *generated_path, uint64_t max_nbytes, struct smc_buf *buf,
                    struct smc_load_error *error)
{
    struct smc_buf file = {0};
    struct smc_map_url url;
    struct smc_data_url_error bad;

    *error = (struct smc_load_error){.reason = "", .max_nbytes = max_nbytes};
    if (read_file(generated_path, SMC_GENERATED_NBYTES_MAX, 1, &file, error) != 0) {
        error->max_nbytes = SMC_GENERATED_NBYTES_MAX;
        smc_buf_free(&file);
        return -1;
    }
    int failed = 0;
    if (!smc_map_url_find(find_kind_of(generated_path), file.data, file.nbytes, &url) ||
        !smc_is_data_url(url.ptr, url.nbytes)) {
        failed = fail(error, SMC_LOAD_E_DATA_URL, "the file has changed: no data: URL in it", 0);
    } else if (smc_data_url_decode(url.ptr, url.nbytes, max_nbytes, buf, &bad) != 0) {
        failed = fail(error,
                      buf->failed        ? SMC_LOAD_E_MEMORY
                      : bad.is_too_large ? SMC_LOAD_E_TOO_LARGE
                                         : SMC_LOAD_E_DATA_URL,
                      bad.reason, 0);
        error->offset = url.off + bad.off;
        smc_buf_free(buf);
    }
    smc_buf_free(&file);
    return failed;
}
