#include "tools/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__clang__)
#define COMPILER "" /* its version begins with its name */
#else
#define COMPILER "gcc "
#endif

static const char usage[] =
    "usage: bench_ours lookups FILE N POSITIONS   times the reader; writes N positions, \"line "
    "column\", 0-based\n"
    "       bench_ours builds MAP [GENERATED]     times the parts of a build, in memory\n"
    "       bench_ours stores FOLDER MAP N [full]   times a store that N small files are put into "
    "first\n"
    "       bench_ours stacks FILES INPUT         times an event or a log; FILES: a URL, a tab and "
    "a "
    "compiled\n"
    "       file a line\n"
    "       bench_ours processes                  times whole processes, and their peak memory\n"
    "       bench_ours about                      prints the compiler\n"
    "       bench_ours calibrate                  times a fixed piece of work, which tells how "
    "quiet it is\n"
    "Commands come on stdin; run.py sends them.\n";

static volatile uint64_t sink;

void bench_consume(uint64_t value)
{
    sink += value;
}

void bench_fail(const char *reason)
{
    fprintf(stderr, "bench_ours: %s\n", reason);
    exit(1);
}

double bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

uint64_t bench_random(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}

int bench_serve(const struct bench_command *commands, size_t n_commands, void *state)
{
    char line[64];

    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t i = 0;
        line[strcspn(line, "\n")] = '\0';
        while (i < n_commands && strcmp(commands[i].name, line) != 0) {
            i++;
        }
        if (i == n_commands) {
            bench_fail("unknown command");
        }
        printf("%.1f\n", commands[i].run(state));
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";

    if (strcmp(mode, "lookups") == 0 && argc == 5) {
        return bench_lookups(argc, argv);
    }
    if (strcmp(mode, "builds") == 0 && (argc == 3 || argc == 4)) {
        return bench_builds(argc, argv);
    }
    if (strcmp(mode, "stores") == 0 && (argc == 5 || (argc == 6 && strcmp(argv[5], "full") == 0))) {
        return bench_stores(argc, argv);
    }
    if (strcmp(mode, "stacks") == 0 && argc == 4) {
        return bench_stacks(argc, argv);
    }
    if (strcmp(mode, "processes") == 0 && argc == 2) {
        return bench_processes();
    }
    if (strcmp(mode, "calibrate") == 0 && argc == 2) {
        return bench_calibrate();
    }
    if (strcmp(mode, "about") == 0 && argc == 2) {
        puts(COMPILER __VERSION__);
        return 0;
    }
    fputs(usage, stderr);
    return 2;
}
