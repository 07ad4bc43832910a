/*
 * The configuration of the store: what each setting is, and who says so. Flags go before the environment,
 * that before the file smcache.conf, that before the defaults. Whatever is said is checked, even where
 * another goes before it.
 */
#ifndef SMC_TOOLS_CONFIG_H
#define SMC_TOOLS_CONFIG_H

#include "tools/cli.h"

#include <stdint.h>
#include <stdio.h>

enum setting {
    SETTING_STORE,
    SETTING_DIR,
    SETTING_MAX_SIZE,
    SETTING_MAX_AGE,
    SETTING_NEGATIVE_AGE,
    SETTING_WAIT,
    N_SETTINGS
};

/* Each goes before those above it. */
enum origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

/* Without a limit: more than any size or age. */
#define CONFIG_NONE UINT64_MAX

/* A configuration is a page; what is larger is another file. */
#define CONFIG_FILE_NBYTES_MAX ((size_t)1 << 20)

/* All zero in the beginning; then config_set_flag for each flag, then config_read, and config_free always. */
struct config {
    int uses_store;          /* whether commands go through the store, if there is a `dir` */
    char *dir;               /* absolute; NULL: there is no place for one, as there is no HOME */
    uint64_t max_nbytes;     /* of all files together, from 1 on; CONFIG_NONE */
    uint64_t max_age_s;      /* for how long a file may stay unused; CONFIG_NONE */
    uint64_t negative_age_s; /* for how long a malformed map is known to be one; 0: not at all */
    uint64_t wait_ms;        /* for another process that builds the same, before building oneself */
    struct {
        enum origin origin;
        char *from; /* the flag, the variable, or "FILE:LINE"; NULL: default */
    } origins[N_SETTINGS];
    char *file;     /* the configuration file; NULL: there is no place for one */
    int file_error; /* 0: it was read; else the errno that says why there is none */
};

/* For getopt_long: what a command with a store takes. The option that is found is CONFIG_OPTION + setting, its
 * value config_set_flag's. */
#define CONFIG_OPTION 0x4000
#define CONFIG_FLAG(name, has_value, setting)                                                      \
    {                                                                                              \
        name, has_value, NULL, CONFIG_OPTION + (setting)                                           \
    }
#define CONFIG_OPTIONS CONFIG_FLAG("no-store", no_argument, SETTING_STORE), CONFIG_STORE_OPTIONS
/* Of a command that is about the store itself. */
#define CONFIG_STORE_OPTIONS                                                                       \
    CONFIG_FLAG("dir", required_argument, SETTING_DIR),                                            \
        CONFIG_FLAG("max-size", required_argument, SETTING_MAX_SIZE),                              \
        CONFIG_FLAG("max-age", required_argument, SETTING_MAX_AGE)

/* Of a flag that is given twice the last counts; the value of --no-store is NULL. A relative --dir counts from the
 * working folder. Returns an exit code, having said why. */
int config_set_flag(struct config *config, const struct command *command, enum setting setting,
                    const char *value);
/* All that is not said by flags. Returns an exit code, having said why. */
int config_read(struct config *config);
void config_free(struct config *config);

/* Names of settings and origins, as in the file and in `smcache config`. */
const char *config_key(enum setting setting);
const char *config_origin_name(enum origin origin);
/* A value as the file has it, for people; as JSON: true, a string, bytes, seconds, null for none. */
void config_print(FILE *to, const struct config *config, enum setting setting);
void config_print_json(FILE *to, const struct config *config, enum setting setting);

/* ---- between config.c and config_file.c ---- */

/* Whether the text is a value of the setting; if it is not, config_wanted says what is. */
int config_is_value(enum setting setting, const char *text);
const char *config_wanted(enum setting setting);
/* Notes what is said of a setting, which is a value of it, unless something that goes before it is noted already.
 * Returns an exit code, having said why. */
int config_note(struct config *config, enum setting setting, enum origin origin, const char *from,
                const char *text);
/* The value of a variable; NULL if there is none, or an empty one. */
const char *config_variable(const char *name);
/* A path below the XDG base folder that `variable` names, else below `fallback` in HOME. As the XDG Base Directory
 * Specification has it, relative ones are ignored. *path is a new string, NULL if there is no such folder. Returns an
 * exit code, having said why. */
int config_xdg_path(const char *variable, const char *fallback, const char *rest, char **path);
/* Finds the configuration file, and notes what it says. Returns an exit code, having said why. */
int config_read_file(struct config *config);

#endif
