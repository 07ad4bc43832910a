/*
 * usage: linear [FACTOR [WORD]]
 *
 * Has what could make work grow with its square done in two lengths, and prints the megabytes a second of the longer
 * one, and how much longer it took. Twice as long is right for twice the length: work that grows with its square takes
 * four times as long. Exit code 1 if one took more than FACTOR times (3) as long, or is slower than a megabyte in a
 * second. With WORD, only those that have it in what is printed of them.
 */
#include "tests/linear/linear.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHORT_NBYTES 1000000
#define FACTOR 3.0
#define BYTES_PER_SECOND_MIN 1e6

/* Where a length first takes more memory than the C library keeps at hand, it takes a step; growth goes on at the next
 * length, too. */
#define TRIES 3
#define TRIES_SECONDS 4.0

#define RUNS 5
#define RUNS_SECONDS 0.25

static const char *wanted_word;

double linear_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double linear_fastest(int (*work)(const void *context, const char *text, size_t nbytes),
                      const void *context, const char *text, size_t nbytes)
{
    double best = -1, all = 0;

    for (int i = 0; i < RUNS && (i < 2 || all < RUNS_SECONDS); i++) {
        const double start = linear_seconds();
        if (work(context, text, nbytes) != 0) {
            return -1;
        }
        const double time = linear_seconds() - start;
        best = i == 0 || time < best ? time : best;
        all += time;
    }
    return best;
}

double linear_measure_text(const void *context, size_t wanted)
{
    const struct linear_work *work = context;
    size_t nbytes;
    char *text = repeated_text(&work->text, wanted, &nbytes);
    const double best = text == NULL ? -1 : linear_fastest(work->work, work->context, text, nbytes);

    free(text);
    return best;
}

/* Line ends and what is no ASCII would spoil the lines. */
static void print_part(const char *text)
{
    for (const char *p = text; *p != 0 && p - text < 60; p++) {
        putchar(*p >= ' ' && *p < 0x7f ? *p : '.');
    }
}

static int is_wanted(const struct linear_case *linear)
{
    char text[1000] = "";

    for (size_t i = 0; i < sizeof linear->parts / sizeof linear->parts[0]; i++) {
        if (linear->parts[i] != NULL) {
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), " %s",
                           linear->parts[i]);
        }
    }
    return wanted_word == NULL || strstr(text, wanted_word) != NULL;
}

static int try_lengths(const struct linear_case *linear, int n_tries, struct linear_tally *tally)
{
    size_t nbytes = SHORT_NBYTES;
    double shorter, longer, ratio = 0;
    int is_good = 0;

    if (!is_wanted(linear)) {
        return 0;
    }
    longer = linear->measure(linear->context, nbytes);
    for (int i = 0; i < n_tries && !is_good && longer < TRIES_SECONDS; i++) {
        shorter = longer;
        nbytes *= 2;
        longer = linear->measure(linear->context, nbytes);
        if (shorter < 0 || longer < 0) {
            return -1;
        }
        /* What takes no time at all has no ratio. */
        ratio = longer < 1e-3 ? 0 : longer / shorter;
        is_good = ratio <= tally->factor && (double)nbytes / longer >= BYTES_PER_SECOND_MIN;
    }
    tally->n_passed += is_good;
    tally->n_failed += !is_good;
    printf("%s %8.1f MB/s  x %4.2f ", is_good ? "ok  " : "FAIL", (double)nbytes / longer / 1e6,
           ratio);
    for (size_t i = 0; i < sizeof linear->parts / sizeof linear->parts[0]; i++) {
        if (linear->parts[i] != NULL) {
            putchar(' ');
            print_part(linear->parts[i]);
        }
    }
    putchar('\n');
    (void)fflush(stdout);
    return 0;
}

int linear_try(const struct linear_case *linear, struct linear_tally *tally)
{
    return try_lengths(linear, TRIES, tally);
}

int linear_try_once(const struct linear_case *linear, struct linear_tally *tally)
{
    return try_lengths(linear, 1, tally);
}

int main(int argc, char **argv)
{
    static int (*const files[])(struct linear_tally *) = {
        linear_javascript, linear_stacks,    linear_maps,  linear_chains, linear_finding,
        linear_files,      linear_documents, linear_names, linear_program};
    struct linear_tally tally = {.factor = argc > 1 ? strtod(argv[1], NULL) : FACTOR};

    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* as the program has it */
    wanted_word = argc > 2 ? argv[2] : NULL;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i](&tally) != 0) {
            fputs("no memory\n", stderr);
            return EXIT_FAILURE;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", tally.n_passed, tally.n_failed, tally.n_skipped);
    return tally.n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
