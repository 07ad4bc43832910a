#include "tools/config.h"

#include "tools/units.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What there is to know of each setting; by its number. */
static const struct rule {
    const char *key;
    const char *variable;
    const char *flag;     /* NULL: none */
    const char *standard; /* the default; NULL: found out */
    const char *wanted;   /* what a value is */
} rules[N_SETTINGS] = {
    [SETTING_STORE] = {"store", "SMCACHE_STORE", "--no-store", "on", "on or off"},
    [SETTING_DIR] = {"dir", "SMCACHE_DIR", "--dir", NULL, "an absolute path"},
    [SETTING_MAX_SIZE] = {"max-size", "SMCACHE_MAX_SIZE", "--max-size", "5GiB",
                          "a size such as 500M or 5GiB, or none"},
    [SETTING_MAX_AGE] = {"max-age", "SMCACHE_MAX_AGE", "--max-age", "none",
                         "a time such as 30d, 12h, 90m or 45s, or none"},
    [SETTING_NEGATIVE_AGE] = {"negative-age", "SMCACHE_NEGATIVE_AGE", NULL, "10m",
                              "a time such as 1h, 10m or 0s"},
    [SETTING_WAIT] = {"wait", "SMCACHE_WAIT", NULL, "10s", "a time such as 1m, 10s or 500ms"},
};

static int no_memory(void)
{
    say("out of memory");
    return EXIT_SYSTEM;
}

/* ---- values ---- */

static int parse_seconds(const char *text, uint64_t *seconds)
{
    uint64_t ms;

    if (parse_duration(text, &ms) != 0 || ms % 1000 != 0) {
        return -1;
    }
    *seconds = ms / 1000;
    return 0;
}

/* 0, or -1. A path is no number: it is checked only. */
static int parse_value(enum setting setting, const char *text, uint64_t *number)
{
    const int is_none = strcmp(text, "none") == 0;

    *number = CONFIG_NONE;
    switch (setting) {
    case SETTING_STORE:
        *number = strcmp(text, "on") == 0;
        return *number == 1 || strcmp(text, "off") == 0 ? 0 : -1;
    case SETTING_DIR:
        return text[0] == '/' ? 0 : -1;
    case SETTING_MAX_SIZE: /* for some programs 0 is no limit, for others no room: it is refused */
        return is_none || (parse_size(text, number) == 0 && *number > 0) ? 0 : -1;
    case SETTING_MAX_AGE:
        return is_none ? 0 : parse_seconds(text, number);
    case SETTING_NEGATIVE_AGE:
        return parse_seconds(text, number);
    default:
        return parse_duration(text, number);
    }
}

int config_is_value(enum setting setting, const char *text)
{
    uint64_t number;
    return parse_value(setting, text, &number) == 0;
}

const char *config_wanted(enum setting setting)
{
    return rules[setting].wanted;
}

const char *config_key(enum setting setting)
{
    return rules[setting].key;
}

int config_note(struct config *config, enum setting setting, enum origin origin, const char *from,
                const char *text)
{
    uint64_t number;

    if (origin < config->origins[setting].origin || parse_value(setting, text, &number) != 0) {
        return EXIT_DONE;
    }
    char *from_copy = from != NULL ? strdup(from) : NULL;
    char *dir = setting == SETTING_DIR ? strdup(text) : NULL;
    if ((from != NULL && from_copy == NULL) || (setting == SETTING_DIR && dir == NULL)) {
        free(from_copy);
        free(dir);
        return no_memory();
    }
    free(config->origins[setting].from);
    config->origins[setting].origin = origin;
    config->origins[setting].from = from_copy;
    switch (setting) {
    case SETTING_STORE:
        config->uses_store = number != 0;
        break;
    case SETTING_DIR:
        free(config->dir);
        config->dir = dir;
        break;
    case SETTING_MAX_SIZE:
        config->max_nbytes = number;
        break;
    case SETTING_MAX_AGE:
        config->max_age_s = number;
        break;
    case SETTING_NEGATIVE_AGE:
        config->negative_age_s = number;
        break;
    default:
        config->wait_ms = number;
        break;
    }
    return EXIT_DONE;
}

/* ---- flags ---- */

/* A path by which the working folder does not matter; a new string. NULL with errno. */
static char *make_absolute(const char *path)
{
    char *folder = realpath(".", NULL);
    const size_t nbytes = folder == NULL ? 0 : strlen(folder) + 1 + strlen(path) + 1;
    char *whole = folder == NULL ? NULL : malloc(nbytes);

    if (whole != NULL) {
        (void)snprintf(whole, nbytes, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", path);
    }
    free(folder);
    return whole;
}

int config_set_flag(struct config *config, const struct command *command, enum setting setting,
                    const char *value)
{
    const struct rule *rule = &rules[setting];
    const char *text = value != NULL ? value : "off"; /* --no-store */
    char *path = NULL;

    if (setting == SETTING_DIR && text[0] != '/' && text[0] != '\0') {
        path = make_absolute(text);
        if (path == NULL) {
            return system_error(text, "cannot find the working folder");
        }
        text = path;
    }
    int code = config_is_value(setting, text)
                   ? config_note(config, setting, ORIGIN_FLAG, rule->flag, text)
                   : usage_error(command, "%s is %s, not '%s'", rule->flag, rule->wanted, text);
    free(path);
    return code;
}

/* ---- environment and defaults ---- */

const char *config_variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

int config_xdg_path(const char *variable, const char *fallback, const char *rest, char **path)
{
    const char *base = config_variable(variable);

    *path = NULL;
    if (base != NULL && base[0] == '/') {
        fallback = "";
    } else {
        base = config_variable("HOME");
        if (base == NULL || base[0] != '/') {
            return EXIT_DONE;
        }
    }
    const size_t nbytes = strlen(base) + strlen(fallback) + strlen(rest) + 1;
    *path = malloc(nbytes);
    if (*path == NULL) {
        return no_memory();
    }
    (void)snprintf(*path, nbytes, "%s%s%s", base, fallback, rest);
    return EXIT_DONE;
}

static int read_environment(struct config *config)
{
    int code = EXIT_DONE;

    for (int i = 0; i < N_SETTINGS && code == EXIT_DONE; i++) {
        const struct rule *rule = &rules[i];
        const char *text = config_variable(rule->variable);
        if (text != NULL && !config_is_value((enum setting)i, text)) {
            say("%s: %s is %s, not '%s'", rule->variable, rule->key, rule->wanted, text);
            code = EXIT_USAGE;
        } else if (text != NULL) {
            code = config_note(config, (enum setting)i, ORIGIN_ENVIRONMENT, rule->variable, text);
        }
    }
    return code;
}

static int set_defaults(struct config *config)
{
    char *dir;
    int code = config_xdg_path("XDG_CACHE_HOME", "/.cache", "/smcache", &dir);

    if (dir != NULL) {
        code = config_note(config, SETTING_DIR, ORIGIN_DEFAULT, NULL, dir);
        free(dir);
    }
    for (int i = 0; i < N_SETTINGS && code == EXIT_DONE; i++) {
        if (rules[i].standard != NULL) {
            code = config_note(config, (enum setting)i, ORIGIN_DEFAULT, NULL, rules[i].standard);
        }
    }
    return code;
}

int config_read(struct config *config)
{
    int code = set_defaults(config);

    if (code == EXIT_DONE) {
        code = config_read_file(config);
    }
    return code == EXIT_DONE ? read_environment(config) : code;
}

void config_free(struct config *config)
{
    for (int i = 0; i < N_SETTINGS; i++) {
        free(config->origins[i].from);
    }
    free(config->dir);
    free(config->file);
    *config = (struct config){0};
}

/* ---- printing ---- */

static void print_seconds(FILE *to, uint64_t seconds)
{
    if (seconds == CONFIG_NONE) {
        fputs("none", to);
    } else {
        print_duration(to, seconds * 1000);
    }
}

void config_print(FILE *to, const struct config *config, enum setting setting)
{
    switch (setting) {
    case SETTING_STORE:
        fputs(config->uses_store ? "on" : "off", to);
        break;
    case SETTING_DIR:
        print_text(to, view_of(config->dir != NULL ? config->dir : "none"));
        break;
    case SETTING_MAX_SIZE:
        if (config->max_nbytes == CONFIG_NONE) {
            fputs("none", to);
        } else {
            print_size(to, config->max_nbytes);
        }
        break;
    case SETTING_MAX_AGE:
        print_seconds(to, config->max_age_s);
        break;
    case SETTING_NEGATIVE_AGE:
        print_seconds(to, config->negative_age_s);
        break;
    default:
        print_duration(to, config->wait_ms);
        break;
    }
}

static void print_number_json(FILE *to, uint64_t number)
{
    if (number == CONFIG_NONE) {
        fputs("null", to);
    } else {
        fprintf(to, "%" PRIu64, number);
    }
}

void config_print_json(FILE *to, const struct config *config, enum setting setting)
{
    switch (setting) {
    case SETTING_STORE:
        fputs(config->uses_store ? "true" : "false", to);
        break;
    case SETTING_DIR:
        print_json(to, view_of(config->dir));
        break;
    case SETTING_MAX_SIZE:
        print_number_json(to, config->max_nbytes);
        break;
    case SETTING_MAX_AGE:
        print_number_json(to, config->max_age_s);
        break;
    case SETTING_NEGATIVE_AGE:
        print_number_json(to, config->negative_age_s);
        break;
    default: /* seconds, as the ages are */
        fprintf(to, "%" PRIu64, config->wait_ms / 1000);
        if (config->wait_ms % 1000 != 0) {
            fprintf(to, ".%03u", (unsigned)(config->wait_ms % 1000));
        }
        break;
    }
}

const char *config_origin_name(enum origin origin)
{
    static const char *const names[] = {"default", "file", "environment", "flag"};
    return names[origin];
}
