/*
 * usage: linear [FACTOR]
 *
 * Has texts that could make work grow with its square done in two lengths, and prints the megabytes a second of the longer
 * one, and how much longer it took. Twice as long is right for twice the text: work that grows with its square takes four
 * times as long. Exit code 1 if one took more than FACTOR times (3) as long, or is slower than a megabyte in a second.
 */
#include "tests/linear/linear.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SHORT_NBYTES 1000000
#define LONG_NBYTES 2000000
#define FACTOR 3.0
#define BYTES_PER_SECOND_MIN 1e6

double linear_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Line ends and what is no ASCII would spoil the lines. */
static void print_part(const char *text)
{
    for (const char *p = text; *p != 0 && p - text < 24; p++) {
        putchar(*p >= ' ' && *p < 0x7f ? *p : '.');
    }
}

int linear_try(const struct linear_case *linear, struct linear_tally *tally)
{
    const double shorter = linear->measure(linear->context, SHORT_NBYTES);
    const double longer = linear->measure(linear->context, LONG_NBYTES);

    if (shorter < 0 || longer < 0) {
        return -1;
    }
    /* What takes no time at all has no ratio. */
    const double ratio = longer < 1e-3 ? 0 : longer / shorter;
    const int is_good = ratio <= tally->factor && LONG_NBYTES / longer >= BYTES_PER_SECOND_MIN;
    tally->n_passed += is_good;
    tally->n_failed += !is_good;
    printf("%s %8.1f MB/s  x %4.2f ", is_good ? "ok  " : "FAIL", LONG_NBYTES / longer / 1e6, ratio);
    for (size_t i = 0; i < sizeof linear->parts / sizeof linear->parts[0]; i++) {
        if (linear->parts[i] != NULL) {
            putchar(' ');
            print_part(linear->parts[i]);
        }
    }
    putchar('\n');
    return 0;
}

int main(int argc, char **argv)
{
    struct linear_tally tally = {.factor = argc > 1 ? strtod(argv[1], NULL) : FACTOR};

    if (linear_javascript(&tally) != 0 || linear_stacks(&tally) != 0) {
        fputs("no memory\n", stderr);
        return EXIT_FAILURE;
    }
    printf("%d passed, %d failed, 0 skipped\n", tally.n_passed, tally.n_failed);
    return tally.n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
