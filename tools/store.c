#include "tools/store.h"

#include <string.h>

int store_error(const char *dir, const struct smc_store_error *error)
{
    say("store %s%s%s: %s%s%s", dir, error->file[0] != '\0' ? "/v1/" : "", error->file,
        error->reason, error->error_number != 0 ? ": " : "",
        error->error_number != 0 ? strerror(error->error_number) : "");
    return EXIT_SYSTEM;
}

int store_open(const struct config *config, smc_store **store)
{
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = config->max_nbytes,
                                              .max_age_s = config->max_age_s == CONFIG_NONE ? 0
                                                           : config->max_age_s == 0
                                                               ? 1
                                                               : config->max_age_s,
                                              .negative_age_s = config->negative_age_s,
                                              .wait_ms = config->wait_ms};
    struct smc_store_error error;

    return smc_store_open(config->dir, &options, store, &error) == SMC_STORE_OK
               ? EXIT_DONE
               : store_error(config->dir, &error);
}
