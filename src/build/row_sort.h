/*
 * Tokens that are not in the order of their generated positions.
 */
#ifndef SMC_BUILD_ROW_SORT_H
#define SMC_BUILD_ROW_SORT_H

#include "src/build/parts.h"

/* Sorts by generated position, equal ones in the order in which they are; `room` is as large as `rows`. */
void smc_rows_sort(struct smc_token_row *rows, struct smc_token_row *room, size_t n);

#endif
