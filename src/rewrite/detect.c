#include "src/rewrite/parts.h"
/* to be replaced by the json branch */
uint32_t smc_format_detect(const void *bytes, size_t nbytes, int is_all)
{
    (void)bytes;
    return nbytes == 0 && !is_all ? SMC_FORMAT_UNKNOWN : SMC_FORMAT_TEXT;
}
