/*
 * smcache: the program. One command a file; this is the table.
 */
#include "tools/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &cmd_build, &cmd_lookup, &cmd_explain, &cmd_info,      &cmd_verify,
    &cmd_dump,  &cmd_config, &cmd_store,   &cmd_functions, &cmd_symbolicate};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

static void print_help(FILE *to)
{
    fputs("smcache - source maps, compiled once and asked in place\n"
          "\n"
          "usage: smcache COMMAND [OPTION]... [ARGUMENT]...\n"
          "       smcache COMMAND --help\n"
          "\n"
          "commands:\n",
          to);
    for (size_t i = 0; i < N_COMMANDS; i++) {
        fprintf(to, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\n"
          "examples:\n"
          "  smcache build dist                        writes one for every map in there\n"
          "  smcache build dist/app.js.map             writes dist/app.js.smcache\n"
          "  smcache lookup dist/app.js.smcache 1:2345 prints the original position\n"
          "  smcache symbolicate trace.txt --dir dist  leads a stack trace back to the original\n"
          "\n"
          "exit codes:\n"
          "  0  done\n"
          "  1  done, but something was unresolved (--strict) or some inputs failed\n"
          "  2  wrong usage\n"
          "  3  the input is not what it should be\n"
          "  4  the system failed (I/O, memory)\n",
          to);
}

/* Where one of stdin, stdout and stderr is closed, the next file to be opened would get its number,
 * and with it the messages. What takes its place still fails when it is used. */
static void hold_standard_streams(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            (void)open("/dev/null", modes[fd]); /* takes the lowest free number: this one */
        }
    }
}

/* Messages are written a line at a time, not a character. */
static void buffer_messages(void)
{
    static char buffer[BUFSIZ];
    (void)setvbuf(stderr, buffer, _IOLBF, sizeof buffer);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    buffer_messages();
    signal(SIGXFSZ, SIG_IGN); /* write says EFBIG, like any other failure */
    watch_lost_files();
    setlocale(LC_CTYPE,
              "C.UTF-8"); /* for wcwidth; what is read and written does not depend on it */
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return finish_output(EXIT_DONE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("smcache " SMC_PROGRAM_VERSION);
        return finish_output(EXIT_DONE);
    }
    for (size_t i = 0; i < N_COMMANDS; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return commands[i]->run(commands[i], argc - 1, argv + 1);
        }
    }
    say("unknown command '%s'; see smcache --help", argv[1]);
    return EXIT_USAGE;
}
