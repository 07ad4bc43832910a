/*
 * Gzip files (RFC 1952) in memory: maps and bundles are often kept or sent compressed.
 */
#ifndef SMC_BASE_GZIP_H
#define SMC_BASE_GZIP_H

#include "src/base/buf.h"

enum smc_gzip_status {
    SMC_GZIP_OK = 0,
    SMC_GZIP_E_FORMAT,    /* it does not start as gzip does */
    SMC_GZIP_E_DAMAGED,   /* it breaks a rule or a checksum, or something follows its end */
    SMC_GZIP_E_TRUNCATED, /* it ends before its end; what there is of it is good */
    SMC_GZIP_E_TOO_LARGE, /* it inflates to more than the limit */
    SMC_GZIP_E_MEMORY
};

/* Whether the bytes start with gzip's magic number. */
int smc_is_gzip(const void *bytes, size_t nbytes);

/*
 * Appends what the bytes inflate to, at most max_nbytes of it, and takes no more memory than in
 * proportion to that. Several members on end are one file (RFC 1952, 2.2). Zeros after the last
 * one are padding, as gzip(1) has it; anything else there is damage. If it fails, the buffer's
 * contents are as they were; `failed` is set if there was no memory to let it grow.
 */
enum smc_gzip_status smc_gunzip(const void *bytes, size_t nbytes, uint64_t max_nbytes,
                                struct smc_buf *buf);

/* A constant English text, never NULL. */
const char *smc_gzip_reason(enum smc_gzip_status status);

#endif
