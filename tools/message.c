#include "tools/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* More than a person reads; the rest is counted. */
#define MAX_WARNINGS 10

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("smcache: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int usage_error(const struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "smcache %s: ", command->name);
    vfprintf(stderr, format, args);
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

static void say_issue(const char *path, const char *kind, const struct smc_build_issue *issue)
{
    const int has_key = issue->key != NULL, has_recovery = issue->recovery != NULL;
    say("%s: %s%s%s%sbyte %" PRIu64 ": %s%s%s", path, kind, has_key ? "\"" : "",
        has_key ? issue->key : "", has_key ? "\", " : "", issue->offset, issue->reason,
        has_recovery ? "; " : "", has_recovery ? issue->recovery : "");
}

int build_error(const char *path, const struct smc_build_issue *issue)
{
    if (issue->status == SMC_BUILD_E_MEMORY) {
        say("%s: %s", path, issue->reason);
        return EXIT_SYSTEM;
    }
    say_issue(path, "", issue);
    return EXIT_INPUT;
}

void print_warning(void *context, const struct smc_build_issue *issue)
{
    struct warnings *warnings = context;
    if (++warnings->n <= MAX_WARNINGS) {
        say_issue(warnings->path, "warning: ", issue);
    }
}

void finish_warnings(const struct warnings *warnings)
{
    if (warnings->n > MAX_WARNINGS) {
        say("%s: warning: %lu more of these", warnings->path, warnings->n - MAX_WARNINGS);
    }
}

int finish_output(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return system_error("stdout", "cannot write");
    }
    return code;
}
