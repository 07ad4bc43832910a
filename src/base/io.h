/* Whole reads and whole writes. Both return 0, or -1 with errno. */
#ifndef SMC_BASE_IO_H
#define SMC_BASE_IO_H

#include "src/base/buf.h"

/* Appends all up to the end; EFBIG if the buffer would have more than max_nbytes then, ENOMEM if there is no memory.
 * If it fails, the buffer has what had been read before. It is the caller's to free in all cases. More than one thread:
 * two of them read, if it is a large regular file. */
int smc_read_all(int fd, uint64_t max_nbytes, unsigned n_threads, struct smc_buf *buf);
int smc_write_all(int fd, const void *bytes, size_t nbytes);

#endif
