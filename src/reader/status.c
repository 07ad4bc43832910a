#include "src/reader/smcache.h"

const char *smc_status_text(smc_status status)
{
    switch (status) {
    case SMC_OK:
        return "success";
    case SMC_E_IO:
        return "a system call failed";
    case SMC_E_MEMORY:
        return "out of memory";
    case SMC_E_NOT_CACHE:
        return "not an smcache file";
    case SMC_E_TEXT_DAMAGE:
        return "smcache file damaged by a transfer as text";
    case SMC_E_VERSION:
        return "unknown major version of the smcache format";
    case SMC_E_FEATURE:
        return "the smcache file uses a feature that this library does not know";
    case SMC_E_TRUNCATED:
        return "truncated smcache file";
    case SMC_E_DAMAGED:
        return "damaged smcache file";
    case SMC_E_RANGE:
        return "index out of range";
    case SMC_E_NO_CONTENT:
        return "the source has no content in this file";
    case SMC_E_UNSUPPORTED:
        return "unknown flag, or flags that exclude each other";
    }
    return "unknown status";
}
