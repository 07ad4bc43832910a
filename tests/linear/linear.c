/*
 * usage: linear [FACTOR]
 *
 * Scans each text of tests/unit/hostile.h in two lengths, names its functions and finds their places, and prints the
 * megabytes a second of the longer one, and how much longer it took. Twice as long is right for twice the text: work
 * that grows with its square takes four times as long. Exit code 1 if one took more than FACTOR times (3) as long, or is
 * slower than a megabyte in a second.
 */
#include "tests/unit/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SHORT_NBYTES 1000000
#define LONG_NBYTES 2000000
#define N_RUNS 5 /* the fastest counts: others have been disturbed */
#define FACTOR 3.0
#define BYTES_PER_SECOND_MIN 1e6

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* All that is ever done with a text. Negative: no memory. */
static double scan(struct smc_js *js, const struct hostile *hostile, const uint8_t *text,
                   size_t nbytes)
{
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last_nbytes;
    const double start = seconds();

    if (smc_js_scan(js, text, nbytes, hostile->language) == SMC_JS_E_MEMORY) {
        return -1;
    }
    struct smc_js_span *spans = calloc(js->n_functions + 1U, sizeof *spans);
    if (spans == NULL) {
        return -1;
    }
    smc_js_spans(js, spans);
    for (uint32_t i = 0; i < js->n_functions; i++) {
        (void)smc_js_name_text(js, i, name, &last_nbytes);
    }
    free(spans);
    return seconds() - start;
}

static double fastest(struct smc_js *js, const struct hostile *hostile, size_t wanted)
{
    size_t nbytes, n_times;
    uint8_t *text = hostile_text(hostile, wanted, &nbytes, &n_times);
    double best = -1;

    for (int i = 0; i < N_RUNS && text != NULL; i++) {
        const double time = scan(js, hostile, text, nbytes);
        best = i == 0 || time < best ? time : best;
    }
    free(text);
    return best;
}

/* Line ends and what is no ASCII would spoil the lines. */
static void print_piece(const char *text)
{
    for (const char *p = text; *p != 0 && p - text < 24; p++) {
        putchar(*p >= ' ' && *p < 0x7f ? *p : '.');
    }
}

int main(int argc, char **argv)
{
    const double factor = argc > 1 ? strtod(argv[1], NULL) : FACTOR;
    struct smc_js js = {0};
    unsigned n_failed = 0;

    for (unsigned i = 0; i < n_hostile_texts; i++) {
        const struct hostile *hostile = &hostile_texts[i];
        const double shorter = fastest(&js, hostile, SHORT_NBYTES);
        const double longer = fastest(&js, hostile, LONG_NBYTES);
        if (shorter < 0 || longer < 0) {
            fputs("no memory\n", stderr);
            return EXIT_FAILURE;
        }
        /* What takes no time at all has no ratio. */
        const double ratio = longer < 1e-3 ? 0 : longer / shorter;
        const int is_good = ratio <= factor && LONG_NBYTES / longer >= BYTES_PER_SECOND_MIN;
        n_failed += !is_good;
        printf("%s %8.1f MB/s  x %4.2f  ", is_good ? "ok  " : "FAIL", LONG_NBYTES / longer / 1e6,
               ratio);
        print_piece(hostile->before);
        putchar(' ');
        print_piece(hostile->open);
        putchar(' ');
        print_piece(hostile->close);
        putchar('\n');
    }
    smc_js_free(&js);
    printf("%u passed, %u failed, 0 skipped\n", n_hostile_texts - n_failed, n_failed);
    return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
