/*
 * The bench's program in C: each mode is a process that does one thing when it is told to, so that run.py can
 * take turns between us and the peers.
 *
 * A mode reads a command a line from stdin and answers each with one line on stdout. What cannot be
 * done ends the process: there is nothing to measure then.
 */
#ifndef SMC_TOOLS_BENCH_H
#define SMC_TOOLS_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* The modes: main.c has the usage of each. They return the exit code. */
int bench_lookups(int argc, char **argv);
int bench_builds(int argc, char **argv);
int bench_stores(int argc, char **argv);
int bench_stacks(int argc, char **argv);
int bench_processes(void);
int bench_calibrate(void);

/* A command, and what it measures: nanoseconds, or a count where its name says so. */
struct bench_command {
    const char *name;
    double (*run)(void *state);
};

/* Answers commands until stdin ends. */
int bench_serve(const struct bench_command *commands, size_t n_commands, void *state);

double bench_now_ns(void);
/* Marsaglia's xorshift: the same numbers in every run. */
uint64_t bench_random(uint64_t *state);
/* Prints the reason and exits. */
_Noreturn void bench_fail(const char *reason);
/* Keeps what was computed alive. */
void bench_consume(uint64_t value);

#endif
