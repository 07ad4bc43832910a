/*
 * A file that somebody cuts while it is mapped, or whose disk fails: reading it is a SIGBUS. That ends the program as
 * other failures do, by a message that names the file, and with an exit code.
 *
 * All of this runs inside of a signal handler: nothing but system calls, and no memory that has to be asked for.
 */
#include "tools/cli.h"

#include "src/base/shown.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* Longer lines than any of /proc/self/maps: its numbers, and a path of which each byte may take four. */
#define LINE_NBYTES 20480

/* Where a line of /proc/self/maps is about: `start`-`end` rwxp `off` ... path. */
struct mapped {
    uint64_t start, end, off;
    const char *path; /* NULL: none */
};

/* Lines of a file, one after the other; a longer one is cut. */
struct lines {
    int fd;
    size_t nbytes, from; /* of what has been read; where the next line begins */
    char text[LINE_NBYTES];
};

/* The next line, which ends with a NUL; NULL: there is none. */
static char *next_line(struct lines *lines)
{
    memmove(lines->text, lines->text + lines->from, lines->nbytes - lines->from);
    lines->nbytes -= lines->from;
    lines->from = 0;
    for (;;) {
        char *end = memchr(lines->text, '\n', lines->nbytes);
        if (end != NULL || lines->nbytes == sizeof lines->text - 1) {
            end = end == NULL ? lines->text + lines->nbytes - 1 : end;
            *end = '\0';
            lines->from = (size_t)(end - lines->text) + 1;
            return lines->text;
        }
        ssize_t n;
        do {
            n = read(lines->fd, lines->text + lines->nbytes,
                     sizeof lines->text - 1 - lines->nbytes);
        } while (n < 0 && errno == EINTR);
        if (n <= 0) {
            return NULL;
        }
        lines->nbytes += (size_t)n;
    }
}

/* A hexadecimal number; *text is behind it then. */
static uint64_t take_hex(char **text)
{
    uint64_t value = 0;

    for (;; ++*text) {
        const char c = **text;
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return value;
        }
        value = value << 4 | (uint64_t)digit;
    }
}

static struct mapped take_line(char *line)
{
    struct mapped mapped = {0};

    mapped.start = take_hex(&line);
    line += *line == '-';
    mapped.end = take_hex(&line);
    line += strnlen(line, sizeof " r--s " - 1);
    mapped.off = take_hex(&line);
    mapped.path = strchr(line, '/');
    return mapped;
}

/* In decimal. */
static const char *number_text(uint64_t number, char text[24])
{
    char *at = text + 23;

    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return at;
}

/* As print_text does, but at once. */
static void write_text(const char *text)
{
    size_t left = strlen(text), n;

    for (; left > 0; left -= n, text += n) {
        uint32_t character;
        n = next_character(text, left, &character);
        const int is_shown = smc_shown_character(character) == character && character != 0xfffd;
        if (write(STDERR_FILENO, is_shown ? text : "?", is_shown ? n : 1) < 0) {
            return;
        }
    }
}

static void end_message(void)
{
    write_text(
        ": lost while it was read: somebody cut the file, or its disk fails; build it again");
    (void)!write(STDERR_FILENO, "\n", 1);
}

/* Says which file it is that has something at that address, if anybody tells; 0: none. */
static int say_lost(uint64_t address)
{
    static struct lines lines; /* of one thread */
    char digits[24];
    char *line;

    lines.fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (lines.fd < 0) {
        write_text("smcache: a file");
        end_message();
        return 1;
    }
    while ((line = next_line(&lines)) != NULL) {
        const struct mapped mapped = take_line(line);
        if (address < mapped.start || address >= mapped.end) {
            continue;
        }
        if (mapped.path == NULL) {
            return 0;
        }
        write_text("smcache: ");
        write_text(mapped.path);
        write_text(": byte ");
        write_text(number_text(mapped.off + (address - mapped.start), digits));
        end_message();
        return 1;
    }
    return 0;
}

static void lose_file(int signal_number, siginfo_t *info, void *context)
{
    static atomic_flag is_said = ATOMIC_FLAG_INIT;

    (void)context;
    if (info->si_code == BUS_ADRERR) {
        while (atomic_flag_test_and_set(&is_said)) {
            pause(); /* another thread ends the process */
        }
        if (say_lost((uint64_t)(uintptr_t)info->si_addr)) {
            outfile_remove_all();
            _exit(EXIT_SYSTEM);
        }
    }
    signal(signal_number, SIG_DFL); /* not about a file: it ends the process after all */
    raise(signal_number);
}

void watch_lost_files(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = lose_file;
    action.sa_flags = SA_SIGINFO;
    (void)sigaction(SIGBUS, &action, NULL);
}
