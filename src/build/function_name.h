/*
 * Names of functions as maps have them: each is one string, like `Foo.bar` or `Foo#bar`.
 */
#ifndef SMC_BUILD_FUNCTION_NAME_H
#define SMC_BUILD_FUNCTION_NAME_H

#include "src/build/function_table.h"

/*
 * How long the last component of a name is, which is the end of it: what follows the last `.` or `#`, if anything does.
 * The `#` of a private name belongs to it (`Foo.#x` ends with `#x`, `Foo#x` with `x`), and `get `, `set ` and `new ` do
 * not (`get x` ends with `x`). What is in `<...>` or in quotes is one piece, if it is closed. Never 0 but for an empty
 * name.
 */
size_t smc_name_last_nbytes(const uint8_t *name, size_t nbytes);

/* The function of the table that a map means by a name. What Metro calls `<global>`, and Bloomberg's pasta
 * `<top-level>`, is code outside of any function; `<anonymous>` and the empty name are a function without one.
 * SMCF_NONE: no memory or room. */
uint32_t smc_function_of_name(struct smc_function_table *table, const uint8_t *name, size_t nbytes,
                              unsigned origin);

#endif
