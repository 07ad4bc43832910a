/*
 * Moving over the insides of JSON strings, which are nearly all of a source map's text.
 */
#ifndef SMC_JSON_SKIP_H
#define SMC_JSON_SKIP_H

#include <stddef.h>
#include <stdint.h>

#include "src/base/cpu.h"

/*
 * Moves from `p`, which is inside of a string and not in an escape, over what a string may hold: characters
 * and escapes of two bytes. Stops at the closing quote, at a control character, at a backslash that
 * begins anything else (\uXXXX, a wrong escape, one that `end` cuts off), and at `end`; it may stop
 * at a whole \b too, which is as good as never there.
 */
typedef const uint8_t *(*smc_json_skip)(const uint8_t *p, const uint8_t *end);

/* The one for a processor. */
smc_json_skip smc_json_skip_of(enum smc_cpu_level level);

#endif
