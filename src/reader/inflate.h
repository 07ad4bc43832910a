/*
 * Raw deflate (RFC 1951) into a buffer of known size.
 *
 * The reader has no dependency but libc, so that two folders drop into any service; that is why it
 * has an inflate of its own. Tests hold it to zlib's.
 */
#ifndef SMC_READER_INFLATE_H
#define SMC_READER_INFLATE_H

#include <stddef.h>
#include <stdint.h>

/* 0 if `in` is exactly one deflate stream of exactly out_nbytes; -1 otherwise. Never reads or
 * writes outside of the two buffers; allocates nothing. */
int smc_inflate(const uint8_t *in, size_t in_nbytes, uint8_t *out, size_t out_nbytes);

#endif
