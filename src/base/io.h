/* Whole reads and whole writes. Both return 0, or -1 with errno. */
#ifndef SMC_BASE_IO_H
#define SMC_BASE_IO_H

#include "src/base/buf.h"

/* Reads to the end; EFBIG if that is more than max_nbytes, ENOMEM if there is no memory. */
int smc_read_all(int fd, size_t max_nbytes, struct smc_buf *buf);
int smc_write_all(int fd, const void *bytes, size_t nbytes);

#endif
