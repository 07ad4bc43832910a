/*
 * What the program alone reads: its configuration, lists, positions, file by file. It runs as a process of its own, of
 * which the time counts.
 */
#include "src/build/smcache_build.h"
#include "tests/linear/linear.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define TOKENS "{\"version\":3,\"sources\":[\"a.js\"],\"names\":[\"n\"],\"mappings\":\""
#define CONTENT TOKENS "AAAA\",\"sourcesContent\":[\""
#define SCOPES TOKENS "AAAA\",\"scopes\":\""

#define X10(text) text text text text text text text text text text

enum how {
    AS_TEXT,
    AS_CONFIGURATION, /* of which there may be a mebibyte: half of what is asked for */
    AS_COMPILED       /* the text is a map */
};

/* "%" in an argument is the file; it is the input, too. */
static const struct run {
    const char *what;
    enum how how;
    const char *arguments[6];
    struct repeated text;
} runs[] = {
    {"a configuration of lines", AS_CONFIGURATION, {"config"}, {"", "\n", "", "", ""}},
    {"a configuration of comments", AS_CONFIGURATION, {"config"}, {"", "#\n", "", "", ""}},
    {"a configuration of blanks", AS_CONFIGURATION, {"config"}, {"", " ", "", "", ""}},
    {"a configuration of lines of blanks",
     AS_CONFIGURATION,
     {"config"},
     {"", " \t \n", "", "", ""}},
    {"a configuration without an equals sign", AS_CONFIGURATION, {"config"}, {"", "a", "", "", ""}},
    {"a long value", AS_CONFIGURATION, {"config"}, {"dir = /", "a", "", "", ""}},
    {"a long number", AS_CONFIGURATION, {"config"}, {"max-size = ", "1", "", "", ""}},
    {"a list of paths", AS_TEXT, {"build", "@%", "--dry-run"}, {"", "/none/$.map\n", "", "", ""}},
    {"a list of one path",
     AS_TEXT,
     {"build", "@%", "--dry-run"},
     {"", "/none/a.map\n", "", "", ""}},
    {"a list of generated files",
     AS_TEXT,
     {"build", "@%", "--dry-run"},
     {"", "/none/" X10(X10("a")) "/$.js\n", "", "", ""}},
    {"a list of empty lines", AS_TEXT, {"build", "@%", "--dry-run"}, {"", "\n", "a.map\n", "", ""}},
    {"a list of one line", AS_TEXT, {"build", "@%", "--dry-run"}, {"", "a", "", "", ""}},
    {"a map", AS_TEXT, {"lookup", "-", "1:1", "--no-store"}, {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"warnings",
     AS_TEXT,
     {"build", "-", "-o", "/dev/null"},
     {TOKENS "AAAA,", "ACAA,ADAA,", "A", "", "\"}"}},
    {"positions",
     AS_TEXT,
     {"lookup", "tests/example/dist/app.js.map", "-", "--no-store"},
     {"", "1:1\n", "", "", ""}},
    {"one position",
     AS_TEXT,
     {"lookup", "tests/example/dist/app.js.map", "-", "--no-store"},
     {"1:", "1", "", "", ""}},
    {"what is no position",
     AS_TEXT,
     {"lookup", "tests/example/dist/app.js.map", "-", "--no-store"},
     {"", "what is no position\n", "", "", ""}},
    {"frames",
     AS_TEXT,
     {"symbolicate", "-", "--dir", "tests/example/dist", "--no-store"},
     {"", "    at f (dist/app.js:2:1000)\n", "", "", ""}},
    {"frames with lines",
     AS_TEXT,
     {"symbolicate", "-", "-C2", "--dir", "tests/example/dist"},
     {"", "    at f (dist/app.js:2:1000)\n", "", "", ""}},
    {"frames of other files",
     AS_TEXT,
     {"symbolicate", "-", "--dir", "tests/example/dist", "--no-store"},
     {"", "    at f (dist/$.js:2:1000)\n", "", "", ""}},
    {"frames, explained",
     AS_TEXT,
     {"explain", "-", "--dir", "tests/example/dist", "--no-store"},
     {"", "    at f (dist/app.js:2:1000)\n", "", "", ""}},
    {"functions", AS_TEXT, {"functions", "-"}, {"", "function f$(){}\n", "", "", ""}},
    {"a map, explained", AS_TEXT, {"explain", "-", "1:1"}, {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"tokens", AS_COMPILED, {"dump", "%"}, {TOKENS, "CAAC,", "A", "", "\"}"}},
    {"sources",
     AS_COMPILED,
     {"dump", "%", "--sources"},
     {"{\"version\":3,\"sources\":[", "\"$\",", "0],\"mappings\":\"\"}", "", ""}},
    {"functions of a file",
     AS_COMPILED,
     {"dump", "%", "--functions"},
     {CONTENT, "function f$(){}\\n", "\"],\"mappings\":\"", "AACA,", "A\"}"}},
    {"what is in a file",
     AS_COMPILED,
     {"info", "%", "--json"},
     {CONTENT, "function f$(){}\\n", "\"],\"mappings\":\"", "AACA,", "A\"}"}},
    {"calls in each other",
     AS_COMPILED,
     {"lookup", "%", "1:500", "--frames"},
     {SCOPES "BFAAA,CAB,", "ECBA,IAAA,", "EAA,FB", ",FB", "\"}"}},
};

static char program[4096];
static char folder[] = "/tmp/smcache-linear-XXXXXX";
static char file[sizeof folder + 16];

/* ---- files ---- */

static int write_file(const void *bytes, size_t nbytes)
{
    FILE *to = fopen(file, "wb");

    if (to == NULL) {
        return -1;
    }
    const int failed = fwrite(bytes, 1, nbytes, to) != nbytes;
    return fclose(to) != 0 || failed ? -1 : 0;
}

static int write_compiled(const char *map, size_t map_nbytes)
{
    void *bytes;
    size_t nbytes;

    if (smc_build_memory(map, map_nbytes, NULL, &bytes, &nbytes, NULL) != SMC_BUILD_OK) {
        return -1;
    }
    const int failed = write_file(bytes, nbytes);
    free(bytes);
    return failed;
}

/* ---- processes ---- */

/* The seconds that it has worked; negative: it did not start, or has been killed. */
static double run_program(char *const argv[])
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    int status = -1;
    pid_t pid;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        return -1;
    }
    int failed = posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0) != 0 ||
                 posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0 ||
                 posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) != 0 ||
                 posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0;
    posix_spawn_file_actions_destroy(&actions);
    while (!failed && wait4(pid, &status, 0, &usage) < 0) {
        failed = errno != EINTR;
    }
    if (failed || !WIFEXITED(status)) {
        return -1;
    }
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

#define N_ARGUMENTS (sizeof((struct run *)0)->arguments / sizeof(const char *))

static double run_fastest(const struct run *run)
{
    char arguments[N_ARGUMENTS][sizeof file + 1];
    char *argv[N_ARGUMENTS + 2] = {program};
    double best = -1;

    for (size_t i = 0; i < N_ARGUMENTS && run->arguments[i] != NULL; i++) {
        const char *percent = strchr(run->arguments[i], '%');
        (void)snprintf(arguments[i], sizeof arguments[i], "%.*s%s",
                       percent != NULL ? (int)(percent - run->arguments[i]) : 1000,
                       run->arguments[i], percent != NULL ? file : "");
        argv[1 + i] = arguments[i];
    }
    for (int i = 0; i < 3; i++) {
        const double time = run_program(argv);
        if (time < 0) {
            return -1;
        }
        best = i == 0 || time < best ? time : best;
    }
    return best;
}

static double measure(const void *context, size_t wanted)
{
    const struct run *run = context;
    size_t nbytes;
    char *text =
        repeated_text(&run->text, run->how == AS_CONFIGURATION ? wanted / 2 : wanted, &nbytes);
    int failed = text == NULL || (run->how == AS_COMPILED ? write_compiled(text, nbytes)
                                                          : write_file(text, nbytes)) != 0;

    free(text);
    if (!failed) {
        failed = run->how == AS_CONFIGURATION ? setenv("SMCACHE_CONFIG", file, 1)
                                              : unsetenv("SMCACHE_CONFIG");
    }
    return failed ? -1 : run_fastest(run);
}

/* ---- all ---- */

static int run_all(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof runs / sizeof runs[0] && status == 0; i++) {
        const struct linear_case linear = {
            measure, &runs[i], {"program:", runs[i].arguments[0], runs[i].what}};
        status = linear_try_once(&linear, tally);
    }
    return status;
}

int linear_program(struct linear_tally *tally)
{
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - sizeof "smcache");
    char *slash = n > 0 ? strrchr(program, '/') : NULL; /* zeros follow what has been read */

    if (slash != NULL) {
        memcpy(slash + 1, "smcache", sizeof "smcache");
    }
    if (slash == NULL || access(program, X_OK) != 0 || mkdtemp(folder) == NULL) {
        printf(
            "skipped: the program is not beside this one, or there is no folder for its files\n");
        tally->n_skipped++;
        return 0;
    }
    (void)snprintf(file, sizeof file, "%s/file", folder);
    (void)setenv("SMCACHE_DIR", folder, 1);
    const int status = run_all(tally);
    (void)unlink(file);
    (void)rmdir(folder);
    return status;
}
