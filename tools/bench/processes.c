/*
 * Whole processes, from before the start to after the end. A request is a line: the file for stdin, the one for
 * stdout, then the program and its arguments, separated by tabs. The answer: nanoseconds, peak memory in KiB, exit code.
 *
 * A process of its own does this, as a child's peak begins with the memory of who started it.
 */
#include "tools/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>

#define LINE_NBYTES 65536
#define ARGUMENTS_MAX 64

extern char **environ;

static pid_t start(const char *input, const char *output, char *const *arguments)
{
    posix_spawn_file_actions_t actions;
    pid_t child;

    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0) != 0 ||
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600) !=
            0 ||
        posix_spawnp(&child, arguments[0], &actions, NULL, arguments, environ) != 0) {
        bench_fail("cannot start a process");
    }
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

static void answer(char *line)
{
    char *fields[ARGUMENTS_MAX + 3] = {NULL};
    size_t n = 0;
    char *rest = line;
    struct rusage usage;
    int status;

    while (rest != NULL && n < ARGUMENTS_MAX + 2) {
        fields[n++] = rest;
        rest = strchr(rest, '\t');
        if (rest != NULL) {
            *rest++ = '\0';
        }
    }
    if (n < 3 || rest != NULL) {
        bench_fail("a request has too few fields, or too many");
    }
    const double began = bench_now_ns();
    const pid_t child = start(fields[0], fields[1], fields + 2);
    while (wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            bench_fail("wait4 failed");
        }
    }
    printf("%.0f %ld %d\n", bench_now_ns() - began, usage.ru_maxrss,
           WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    fflush(stdout);
}

int bench_processes(void)
{
    static char line[LINE_NBYTES];

    while (fgets(line, sizeof line, stdin) != NULL) {
        const size_t n = strcspn(line, "\n");
        if (line[n] == '\0') {
            bench_fail("a request is too long");
        }
        line[n] = '\0';
        answer(line);
    }
    return 0;
}
