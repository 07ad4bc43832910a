/*
 * The scanner of JavaScript and TypeScript: it scans each text of tests/unit/hostile.h, names its functions and finds
 * their places.
 */
#include "tests/linear/linear.h"
#include "tests/unit/hostile.h"

#include <stdlib.h>
#include <string.h>

static struct smc_js js; /* it keeps its memory from text to text */

/* All that is ever done with a text. */
static int scan(const void *context, const char *text, size_t nbytes)
{
    const struct hostile *hostile = context;
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last_nbytes;

    if (smc_js_scan(&js, (const uint8_t *)text, nbytes, hostile->language) == SMC_JS_E_MEMORY) {
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
    return 0;
}

static double measure(const void *context, size_t wanted)
{
    size_t nbytes, n_times;
    uint8_t *text = hostile_text(context, wanted, &nbytes, &n_times);
    const double best =
        text == NULL ? -1 : linear_fastest(scan, context, (const char *)text, nbytes);

    free(text);
    return best;
}

/* A piece for 125 bytes: so what is nested is scanned to its end, however much of the depth a piece takes. */
static double measure_depth(const void *context, size_t wanted)
{
    const struct hostile *hostile = context;

    return measure(context, wanted / 125 * (strlen(hostile->open) + strlen(hostile->close)));
}

int linear_javascript(struct linear_tally *tally)
{
    int status = 0;

    for (unsigned i = 0; i < n_hostile_texts && status == 0; i++) {
        const struct hostile *hostile = &hostile_texts[i];
        const struct linear_case linear = {
            measure, hostile, {"javascript:", hostile->before, hostile->open, hostile->close}};
        status = linear_try(&linear, tally);
        if (status == 0 && js.reason != NULL && strcmp(js.reason, "nested too deeply") == 0) {
            const struct linear_case deep = {
                measure_depth, hostile, {"depth:", hostile->before, hostile->open, hostile->close}};
            status = linear_try(&deep, tally);
        }
    }
    smc_js_free(&js);
    return status;
}
