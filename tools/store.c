#include "tools/store.h"

#include "format/smcache_format.h"
#include "src/find/locate.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert(SMCF_MAJOR == 1, "STORE_VERSION_FOLDER");
_Static_assert(CONFIG_NONE == SMC_STORE_UNLIMITED, "without a limit");

static int exit_code_of(smc_store_status status)
{
    switch (status) {
    case SMC_STORE_E_UNSAFE:
    case SMC_STORE_E_KEY:
    case SMC_STORE_E_FILE:
        return EXIT_INPUT;
    case SMC_STORE_E_OPTION:
        return EXIT_USAGE;
    default:
        return EXIT_SYSTEM;
    }
}

/* What to do about it. */
static const char *advice_on(const struct smc_store_error *error)
{
    static const char other_folder[] = "; --dir or SMCACHE_DIR choose another";

    switch (error->status) {
    case SMC_STORE_E_UNSAFE:
        return other_folder;
    case SMC_STORE_E_IO:
        return error->file[0] == '\0' ? other_folder : ""; /* the folder itself */
    case SMC_STORE_E_FULL:
        return "; raise max-size, or unpin files: smcache store pin, unpin, gc";
    default:
        return "";
    }
}

int store_error(const char *dir, const struct smc_store_error *error)
{
    const int has_number = error->status == SMC_STORE_E_IO && error->error_number != 0;

    say("store %s%s%s: %s%s%s%s", dir, error->file[0] != '\0' ? "/" STORE_VERSION_FOLDER "/" : "",
        error->file, error->reason, has_number ? ": " : "",
        has_number ? strerror(error->error_number) : "", advice_on(error));
    return exit_code_of(error->status);
}

static int no_place(void)
{
    say("there is no place for a store, as there is no HOME; --dir or SMCACHE_DIR choose one");
    return EXIT_INPUT;
}

/* To the store 0 is the default. */
static uint64_t or_none(uint64_t value)
{
    return value != 0 ? value : SMC_STORE_NONE;
}

int store_open(const struct config *config, smc_store **store)
{
    struct smc_store_error error;

    *store = NULL;
    if (config->dir == NULL) {
        return no_place();
    }
    const struct smc_store_options options = {
        .struct_size = sizeof options,
        .max_nbytes = config->max_nbytes,
        /* To the store 0 is no limit. */
        .max_age_s = config->max_age_s == CONFIG_NONE ? 0
                     : config->max_age_s == 0         ? 1
                                                      : config->max_age_s,
        .negative_age_s = or_none(config->negative_age_s),
        .wait_ms = or_none(config->wait_ms),
    };
    return smc_store_open(config->dir, &options, store, &error) == SMC_STORE_OK
               ? EXIT_DONE
               : store_error(config->dir, &error);
}

int store_open_if_there(const struct config *config, smc_store **store)
{
    char path[PATH_MAX];
    struct stat st;

    *store = NULL;
    if (config->dir != NULL) {
        const int n = snprintf(path, sizeof path, "%s/" STORE_VERSION_FOLDER, config->dir);
        if (n > 0 && (size_t)n < sizeof path && lstat(path, &st) != 0) {
            if (errno == ENOENT) {
                return EXIT_DONE;
            }
            if (!smc_is_absent(errno)) { /* opening would make one */
                const struct smc_store_error error = {.status = SMC_STORE_E_IO,
                                                      .reason = "cannot be looked at",
                                                      .error_number = errno};
                return store_error(config->dir, &error);
            }
        }
    }
    return store_open(config, store); /* which says what else is wrong */
}
