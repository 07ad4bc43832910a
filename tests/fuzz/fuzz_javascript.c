/*
 * The scanner of JavaScript and TypeScript: any text must give what tests/unit/scanned.h asks of all results, and the same
 * once more. The first byte chooses the language.
 *
 * sources: src/javascript
 * support: tests/unit/scanned.c
 */
#include "tests/unit/scanned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

/* In memory of its own size, so that the address sanitizer sees each byte too much. */
static uint8_t *copy_text(const uint8_t *text, size_t nbytes)
{
    uint8_t *copy = calloc(nbytes + SMC_JS_PADDING, 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, text, nbytes);
    return copy;
}

static void must_hold(const char *fault)
{
    if (fault != NULL) {
        (void)fprintf(stderr, "%s\n", fault);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    static struct smc_js used; /* it keeps its memory from input to input */
    struct smc_js fresh = {0};

    if (nbytes == 0) {
        return 0;
    }
    const enum smc_js_language language = (enum smc_js_language)(data[0] % 3 + SMC_JS_PLAIN);
    uint8_t *text = copy_text(data + 1, nbytes - 1);
    const enum smc_js_result first = smc_js_scan(&used, text, nbytes - 1, language);
    const enum smc_js_result second = smc_js_scan(&fresh, text, nbytes - 1, language);
    must_hold(scanned_fault(&used, first));
    must_hold(scanned_fault(&fresh, second));
    if (first != second || used.n_functions != fresh.n_functions || used.lost_at != fresh.lost_at ||
        used.n_nodes != fresh.n_nodes ||
        (used.n_functions > 0 &&
         memcmp(used.functions, fresh.functions, used.n_functions * sizeof *used.functions) != 0)) {
        must_hold("a scanner that has been used before finds something else");
    }
    smc_js_free(&fresh);
    free(text);
    return 0;
}
