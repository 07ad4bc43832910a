#include "src/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *smc_store_status_text(smc_store_status status)
{
    switch (status) {
    case SMC_STORE_OK:
        return "success";
    case SMC_STORE_MISS:
        return "not in the store";
    case SMC_STORE_NEGATIVE:
        return "no file can be built, as was found out a short while ago";
    case SMC_STORE_E_IO:
        return "a system call failed";
    case SMC_STORE_E_MEMORY:
        return "out of memory";
    case SMC_STORE_E_UNSAFE:
        return "the folder of the store is not this user's alone";
    case SMC_STORE_E_KEY:
        return "no key, too many keys, or one that is too long";
    case SMC_STORE_E_FILE:
        return "not a compiled file of this version, or not of this key";
    case SMC_STORE_E_FULL:
        return "the store has no room for it";
    case SMC_STORE_E_OPTION:
        return "unknown option";
    case SMC_STORE_E_CALLER:
        return "the caller could not build or open the file";
    }
    return "unknown status";
}

smc_store_status smc_store_fail(struct smc_store_error *error, smc_store_status status,
                                const char *reason, const char *file)
{
    if (status == SMC_STORE_E_IO && errno == ENOMEM) { /* of a buffer, or of the kernel's */
        status = SMC_STORE_E_MEMORY;
        reason = NULL;
    }
    if (error != NULL) {
        *error = (struct smc_store_error){
            .status = status,
            .error_number = status == SMC_STORE_E_IO ? errno : 0,
            .reason = reason != NULL ? reason : smc_store_status_text(status),
        };
        const size_t nbytes = file != NULL ? strlen(file) : 0;
        memcpy(error->file, file != NULL ? file : "",
               nbytes < sizeof error->file ? nbytes : sizeof error->file - 1);
    }
    return status;
}

int64_t smc_now_s(void)
{
    struct timespec now;

    /* time() may be some milliseconds behind the clock that files have their times of: what was just written would be
     * of a time to come. */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}
