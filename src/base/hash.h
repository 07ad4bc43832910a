/*
 * Hashes of what comes from inputs. They differ from process to process: nobody who only writes an input knows which keys
 * share a slot of a table.
 */
#ifndef SMC_BASE_HASH_H
#define SMC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t smc_hash_number(uint64_t number);
uint64_t smc_hash_text(const void *text, size_t nbytes);

#endif
