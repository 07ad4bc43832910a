/*
 * Raw deflate (RFC 1951) into a buffer of known size, as far as it is wanted.
 *
 * The reader has no dependency but libc, so that two folders drop into any service; that is why it
 * has an inflate of its own. Tests hold it to zlib's.
 */
#ifndef SMC_READER_INFLATE_H
#define SMC_READER_INFLATE_H

#include "src/reader/code.h"

/* Bits of the first tables. */
#define SMC_LITLEN_BITS 11
#define SMC_DIST_BITS 8

struct smc_inflate {
    const uint8_t *next, *end;
    uint64_t bits; /* taken from the input and not yet used, lowest first */
    unsigned n_bits;
    unsigned n_beyond; /* zero bits made up after the end; using one is an error */

    uint8_t *out;
    size_t out_off, out_nbytes;

    int is_in_block, is_last, is_done;
    int has_fixed; /* the tables are those of the fixed codes: a block may be of 10 bits */
    uint32_t litlen[SMC_CODE_ENTRIES(SMC_CODES_MAX, SMC_LITLEN_BITS)]; /* of the block */
    uint32_t dist[SMC_CODE_ENTRIES(32, SMC_DIST_BITS)];
};

/* `in` is one deflate stream of out_nbytes. Both buffers must stay until the last call. */
void smc_inflate_start(struct smc_inflate *inflate, const uint8_t *in, size_t in_nbytes,
                       uint8_t *out, size_t out_nbytes);
/*
 * Goes on until the first n bytes of the output are there, n <= out_nbytes; bytes behind them may be anything. 0, or -1
 * if the stream is bad as far as that, after which there is no going on. With n == out_nbytes all of it is read: 0 then
 * says that `in` is exactly one stream of exactly out_nbytes.
 * Never reads or writes outside of the two buffers; allocates nothing.
 */
int smc_inflate_to(struct smc_inflate *inflate, size_t n);

#endif
