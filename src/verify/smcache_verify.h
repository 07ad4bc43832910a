/*
 * smcache verify: checks all that spec/smcache-format.md says of a file, every structure, every string
 * and its digest. For pipelines and tests; a reader does not need it to be safe.
 */
#ifndef SMCACHE_VERIFY_H
#define SMCACHE_VERIFY_H

#include "src/reader/smcache.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * SMC_OK, or the first fault that was found: SMC_E_DAMAGED with reason and offset in *error (may be
 * NULL), or SMC_E_MEMORY. Takes time and page cache in proportion to the file, and to what its contents
 * inflate to. Safe from any thread.
 *
 * Memory, however hostile the file: SMC_VERIFY_MEMORY_TIMES its size, SMC_VERIFY_MEMORY_NBYTES, and if contents are
 * deflated as much as the largest of them is long (smc_text_content).
 */
#define SMC_VERIFY_MEMORY_TIMES 8
#define SMC_VERIFY_MEMORY_NBYTES (UINT32_C(3) << 20)
SMC_API smc_status smc_verify(const smc_cache *cache, struct smc_error *error);

/* Only that no byte has changed since the file was written: SMC_OK or SMC_E_DAMAGED. It reads all of the
 * file. Safe from any thread. */
SMC_API smc_status smc_verify_digest(const smc_cache *cache, struct smc_error *error);

#ifdef __cplusplus
}
#endif

#endif
