/*
 * What must be true of any result of the scanner, whatever the text is. It takes nothing from cmocka: the fuzzer uses it too.
 */
#ifndef SMC_TESTS_UNIT_SCANNED_H
#define SMC_TESTS_UNIT_SCANNED_H

#include "src/javascript/javascript.h"

/* What is wrong, or NULL. js->text must have room before and behind as smc_js_scan wants it. */
const char *scanned_fault(const struct smc_js *js, enum smc_js_result result);

#endif
