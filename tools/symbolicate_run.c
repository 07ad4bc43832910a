/*
 * Bytes from the input to the rewriter, and from that to stdout.
 */
#include "tools/symbolicate.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_NBYTES ((size_t)256 << 10)
/* A writer that waits for its answer has written all of a stack by then. */
#define GRACE_MS 100

static int write_output(void *context, const void *bytes, size_t nbytes)
{
    struct symbolicate *s = context;

    if (smc_write_all(STDOUT_FILENO, bytes, nbytes) != 0) {
        s->output_error = errno;
        return -1;
    }
    return 0;
}

/* Whether nothing is there to be read within that time. */
static int is_quiet(int fd, int milliseconds)
{
    struct pollfd input = {.fd = fd, .events = POLLIN};
    return poll(&input, 1, milliseconds) == 0;
}

static int rewrite_error(const struct symbolicate *s, const struct smc_rewrite_error *error)
{
    switch (error->status) {
    case SMC_REWRITE_E_SINK:
        errno = s->output_error;
        return system_error("stdout", "cannot write");
    case SMC_REWRITE_E_JSON:
        say("%s: byte %" PRIu64 ": %s; from there on all is as it was", name_of(s->path),
            error->offset, error->reason);
        return EXIT_INPUT;
    case SMC_REWRITE_E_LIMIT:
        say("%s: %s", name_of(s->path), error->reason);
        return EXIT_INPUT;
    default:
        say("%s: %s", name_of(s->path), error->reason);
        return EXIT_SYSTEM;
    }
}

/* Notes an error of the input, after which all goes on; returns a code that ends it, or EXIT_DONE. */
static int note(const struct symbolicate *s, smc_rewrite_status status,
                const struct smc_rewrite_error *error, int *input_code)
{
    if (status == SMC_REWRITE_OK) {
        return EXIT_DONE;
    }
    const int code = rewrite_error(s, error);
    if (code == EXIT_INPUT) {
        *input_code = code;
        return EXIT_DONE;
    }
    return code;
}

/* Answers all that can be answered, if nothing more has come. */
static int flush_if_quiet(struct symbolicate *s, int fd, int *input_code)
{
    struct smc_rewrite_error error;
    int code = EXIT_DONE;

    if (is_quiet(fd, 0)) {
        code = note(s, smc_rewriter_flush(s->rewriter, 1, &error), &error, input_code);
        if (code == EXIT_DONE && smc_rewriter_is_waiting(s->rewriter) && is_quiet(fd, GRACE_MS)) {
            code = note(s, smc_rewriter_flush(s->rewriter, 0, &error), &error, input_code);
        }
    }
    return code;
}

/* The next bytes; 0: the end; -1: an error, in errno. */
static ssize_t read_piece(int fd, uint8_t *piece)
{
    ssize_t n;

    do {
        n = read(fd, piece, PIECE_NBYTES);
    } while (n < 0 && errno == EINTR);
    return n;
}

static int filter(struct symbolicate *s, int fd, uint8_t *piece)
{
    struct smc_rewrite_error error;
    int code = EXIT_DONE, input_code = EXIT_DONE;
    ssize_t n = 1;

    while (code == EXIT_DONE && n != 0) {
        n = read_piece(fd, piece);
        if (n < 0) {
            code = system_error(name_of(s->path), "cannot read");
            (void)smc_rewriter_finish(s->rewriter, &error); /* what has come is answered */
        } else if (n > 0) {
            code = note(s, smc_rewriter_feed(s->rewriter, piece, (size_t)n, &error), &error,
                        &input_code);
            code = code == EXIT_DONE ? flush_if_quiet(s, fd, &input_code) : code;
        }
    }
    code = code == EXIT_DONE
               ? note(s, smc_rewriter_finish(s->rewriter, &error), &error, &input_code)
               : code;
    return code == EXIT_DONE ? input_code : code;
}

/* ---- inputs that are read twice ---- */

/* Whether what begins so may be a document whose images are to be found before its frames are translated. */
static int wants_survey(const struct symbolicate *s, const uint8_t *head, size_t nbytes)
{
    const uint32_t format = s->options.format != SMC_FORMAT_UNKNOWN
                                ? s->options.format
                                : smc_format_detect(head, nbytes, 1);

    return format == SMC_FORMAT_SENTRY_EVENT || format == SMC_FORMAT_SENTRY_PROFILE ||
           format == SMC_FORMAT_JSON;
}

/* Looks at a file, and goes back to where it begins. */
static int survey(struct symbolicate *s, int fd, uint8_t *piece)
{
    struct smc_rewrite_error error;
    int input_code = EXIT_DONE, code = EXIT_DONE;
    ssize_t n = 1;

    while (code == EXIT_DONE && n != 0) {
        n = read_piece(fd, piece);
        if (n < 0) {
            return system_error(name_of(s->path), "cannot read");
        }
        code = note(s, smc_rewriter_survey(s->rewriter, piece, (size_t)n, &error), &error,
                    &input_code);
    }
    if (code == EXIT_DONE && lseek(fd, 0, SEEK_SET) != 0) {
        code = system_error(name_of(s->path), "cannot be read again");
    }
    return code;
}

/* Smaller documents are looked at as they come. */
static int run_open(struct symbolicate *s, int fd, uint8_t *piece)
{
    struct stat st;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size > (off_t)SMC_REWRITE_DOCUMENT_NBYTES_MAX && lseek(fd, 0, SEEK_CUR) == 0) {
        const ssize_t n = pread(fd, piece, SMC_FORMAT_HEAD_NBYTES, 0);
        const int code =
            n > 0 && wants_survey(s, piece, (size_t)n) ? survey(s, fd, piece) : EXIT_DONE;
        if (code != EXIT_DONE) {
            return code;
        }
    }
    return filter(s, fd, piece);
}

static int run_input(struct symbolicate *s)
{
    uint8_t *piece = malloc(PIECE_NBYTES);
    const int is_stdin = strcmp(s->path, "-") == 0;
    const int fd = is_stdin ? STDIN_FILENO : open(s->path, O_RDONLY | O_CLOEXEC);
    int code;

    if (piece == NULL) {
        errno = ENOMEM;
    }
    code = fd < 0 || piece == NULL ? system_error(name_of(s->path), "cannot open")
                                   : run_open(s, fd, piece);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
    free(piece);
    return code;
}

int symbolicate_run(struct symbolicate *s)
{
    const struct smc_symbolicator_options options = {.struct_size = sizeof options,
                                                     .context = &s->files,
                                                     .find = frame_files_find,
                                                     .release = frame_files_release,
                                                     .lookup_flags = s->lookup_flags};
    struct smc_rewrite_error error;

    if (smc_symbolicator_open(&options, &s->symbolicator) != SMC_OK) {
        errno = ENOMEM;
        return system_error(name_of(s->path), "cannot begin");
    }
    s->options.struct_size = sizeof s->options;
    s->options.symbolicator = s->symbolicator;
    s->options.sink = write_output;
    s->options.sink_context = s;
    s->options.images = s->files.images;
    s->options.n_images = s->files.n_images;
    if (smc_rewriter_open(&s->options, &s->rewriter, &error) != SMC_REWRITE_OK) {
        return rewrite_error(s, &error);
    }
    const int code = run_input(s);
    return s->files.code > code ? s->files.code : code;
}

void symbolicate_say_too_large(const struct symbolicate *s, const struct smc_rewrite_counts *counts)
{
    const uint64_t n = counts->n_reasons[SMC_REASON_TOO_LARGE];

    if (n > 0) {
        say("%s: stacks or frames that are too large and stay as they are: %" PRIu64,
            name_of(s->path), n);
    }
}

void symbolicate_free(struct symbolicate *s)
{
    smc_rewriter_close(s->rewriter);
    smc_symbolicator_close(s->symbolicator);
    frame_files_free(&s->files);
    smc_buf_free(&s->below);
}
