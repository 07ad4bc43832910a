/*
 * The scanner of JavaScript and TypeScript: it scans each text of tests/unit/hostile.h, names its functions and finds their
 * places.
 */
#include "tests/linear/linear.h"
#include "tests/unit/hostile.h"

#include <stdlib.h>

static struct smc_js js; /* it keeps its memory from text to text */

/* All that is ever done with a text. Negative: no memory. */
static double scan(const struct hostile *hostile, const uint8_t *text, size_t nbytes)
{
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last_nbytes;
    const double start = linear_seconds();

    if (smc_js_scan(&js, text, nbytes, hostile->language) == SMC_JS_E_MEMORY) {
        return -1;
    }
    struct smc_js_span *spans = calloc(js.n_functions + 1U, sizeof *spans);
    if (spans == NULL) {
        return -1;
    }
    smc_js_spans(&js, spans);
    for (uint32_t i = 0; i < js.n_functions; i++) {
        (void)smc_js_name_text(&js, i, name, &last_nbytes);
    }
    free(spans);
    return linear_seconds() - start;
}

static double measure(const void *context, size_t wanted)
{
    const struct hostile *hostile = context;
    size_t nbytes, n_times;
    uint8_t *text = hostile_text(hostile, wanted, &nbytes, &n_times);
    double best = -1;

    for (int i = 0; i < LINEAR_RUNS && text != NULL; i++) {
        const double time = scan(hostile, text, nbytes);
        best = i == 0 || time < best ? time : best;
    }
    free(text);
    return best;
}

int linear_javascript(struct linear_tally *tally)
{
    int status = 0;

    for (unsigned i = 0; i < n_hostile_texts && status == 0; i++) {
        const struct hostile *hostile = &hostile_texts[i];
        const struct linear_case linear = {
            measure, hostile, {hostile->before, hostile->open, hostile->close}};
        status = linear_try(&linear, tally);
    }
    smc_js_free(&js);
    return status;
}
