#include "tools/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* More than a person reads; the rest is counted. */
#define WARNINGS_MAX 10
/* Two paths, a URL and a reason. */
#define MESSAGE_NBYTES 16384

/* Names of files, and what files say, could drive a terminal. */
static void print_message(const char *format, va_list args) PRINTF_LIKE(1, 0);
static void print_message(const char *format, va_list args)
{
    char text[MESSAGE_NBYTES];
    (void)vsnprintf(text, sizeof text, format, args);
    print_text(stderr, (struct smc_view){text, strlen(text)});
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("smcache: ", stderr);
    print_message(format, args);
    fputc('\n', stderr);
    va_end(args);
}

int usage_error(const struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "smcache %s: ", command->name);
    print_message(format, args);
    fprintf(stderr, "; see smcache %s --help\n", command->name);
    va_end(args);
    return EXIT_USAGE;
}

int system_error(const char *path, const char *reason)
{
    say("%s: %s: %s", path, reason, strerror(errno));
    return EXIT_SYSTEM;
}

int cache_error(const char *path, const struct smc_error *error)
{
    switch (error->status) {
    case SMC_E_IO:
        return system_error(path, error->reason);
    case SMC_E_MEMORY:
        say("%s: %s", path, error->reason);
        return EXIT_SYSTEM;
    default:
        say("%s: byte %" PRIu64 ": %s", path, error->offset, error->reason);
        return EXIT_INPUT;
    }
}

const char *issue_text(const struct smc_build_issue *issue, char text[ISSUE_TEXT_NBYTES])
{
    const int n = issue->map == NULL
                      ? 0
                      : snprintf(text, ISSUE_TEXT_NBYTES, "%s: ", (const char *)issue->map);
    if (n < ISSUE_TEXT_NBYTES) {
        smc_build_issue_text(issue, text + n, (size_t)(ISSUE_TEXT_NBYTES - n));
    }
    return text;
}

int build_error(const char *path, const struct smc_build_issue *issue)
{
    char text[ISSUE_TEXT_NBYTES];
    say("%s: %s", path, issue_text(issue, text));
    return issue->status == SMC_BUILD_E_MEMORY ? EXIT_SYSTEM : EXIT_INPUT;
}

int load_text(const struct smc_load_error *error, char text[LOAD_TEXT_NBYTES])
{
    switch (error->status) {
    case SMC_LOAD_E_TOO_LARGE:
        (void)snprintf(text, LOAD_TEXT_NBYTES,
                       "larger than the limit of %" PRIu64 " bytes (build --max-input-size)",
                       error->max_nbytes);
        return EXIT_INPUT;
    case SMC_LOAD_E_GZIP:
        (void)snprintf(text, LOAD_TEXT_NBYTES, "malformed_sourcemap: gzip: %s", error->reason);
        return EXIT_INPUT;
    case SMC_LOAD_E_DATA_URL:
        (void)snprintf(text, LOAD_TEXT_NBYTES,
                       "malformed_sourcemap: data: URL, byte %" PRIu64 ": %s", error->offset,
                       error->reason);
        return EXIT_INPUT;
    case SMC_LOAD_E_MEMORY:
        (void)snprintf(text, LOAD_TEXT_NBYTES, "out of memory");
        return EXIT_SYSTEM;
    default:
        (void)snprintf(text, LOAD_TEXT_NBYTES, "%s: %s", error->reason,
                       strerror(error->error_number));
        return EXIT_SYSTEM;
    }
}

void print_warning(void *context, const struct smc_build_issue *issue)
{
    struct warnings *warnings = context;
    char text[ISSUE_TEXT_NBYTES];
    if (++warnings->n <= WARNINGS_MAX) {
        say("%s: warning: %s", warnings->path, issue_text(issue, text));
    }
}

void finish_warnings(const struct warnings *warnings)
{
    if (warnings->n > WARNINGS_MAX) {
        say("%s: warning: %lu more of these", warnings->path, warnings->n - WARNINGS_MAX);
    }
}

/* Whether errno may still be that of a write, which has failed some time ago. */
static int is_of_writing(int error_number)
{
    return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG ||
           error_number == EPIPE || error_number == EIO || error_number == EBADF;
}

int finish_output(int code)
{
    static int has_failed;
    const int is_lost = has_failed || ferror(stdout), error_number = errno;

    if (fflush(stdout) == 0) {
        if (!is_lost) {
            return code;
        }
        errno = error_number;
    }
    if (!has_failed) {
        has_failed = 1;
        if (is_lost && !is_of_writing(errno)) {
            say("stdout: cannot write");
        } else {
            (void)system_error("stdout", "cannot write");
        }
    }
    return EXIT_SYSTEM;
}
