/*
 * The configuration file against a plain reader: what is refused, and each value; and that what is printed of a time can be
 * read again.
 *
 * sources: tools/config.c tools/config_file.c tools/units.c
 * support: src/base
 */
#include "tests/fuzz/fuzzing.h"
#include "tools/config.h"
#include "tools/units.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* ---- what the program has besides ---- */

static unsigned n_said;

void say(const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    must_hold(vsnprintf(text, sizeof text, format, args) > 0, "nothing is said");
    va_end(args);
    n_said++;
}

int system_error(const char *path, const char *reason)
{
    say("%s: %s", path, reason);
    return EXIT_SYSTEM;
}

int usage_error(const struct command *command, const char *format, ...)
{
    (void)command, (void)format;
    give_up("no command has been used");
}

void print_text(FILE *to, struct smc_view view)
{
    (void)fwrite(view.ptr, 1, view.nbytes, to);
}

struct smc_view view_of(const char *string)
{
    return (struct smc_view){string, strlen(string)};
}

void print_json(FILE *to, struct smc_view view)
{
    print_text(to, view);
}

/* ---- values, as a plain reader has them ---- */

struct plain {
    const char *values[N_SETTINGS]; /* or NULL */
    char *text;
};

/* Digits from *p on, up to the greatest number there is; 0: there are none. */
static int take_digits(const char **p, uint64_t *number, size_t *n)
{
    *number = 0;
    for (*n = 0; **p >= '0' && **p <= '9'; ++*p, ++*n) {
        const uint64_t digit = (uint64_t)(**p - '0');
        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
    }
    return *n > 0;
}

/* What a unit is: the letters of powers of 1024 have "iB" behind them, or nothing. */
static uint64_t size_unit(const char *name)
{
    static const char letters[] = "KMGT";
    const char *letter = name[0] == 'k' ? letters : name[0] == 0 ? NULL : strchr(letters, name[0]);

    if (name[0] == 0 || strcmp(name, "B") == 0) {
        return 1;
    }
    if (letter == NULL) {
        return 0;
    }
    const uint64_t base = strcmp(name + 1, "B") == 0 ? 1000 : 1024;
    if (base == 1024 && name[1] != 0 && (strcmp(name + 1, "iB") != 0 || name[0] == 'k')) {
        return 0;
    }
    uint64_t unit = 1;
    for (const char *p = letters; p <= letter; p++) {
        unit *= base;
    }
    return unit;
}

static uint64_t time_unit(const char *name)
{
    return strcmp(name, "ms") == 0  ? 1
           : strcmp(name, "s") == 0 ? 1000
           : strcmp(name, "m") == 0 ? 60000
           : strcmp(name, "h") == 0 ? 3600000
           : strcmp(name, "d") == 0 ? 86400000
                                    : 0;
}

/* A space before a unit is fine, unless nothing follows. */
static const char *unit_name(const char *p)
{
    return p[0] == ' ' && p[1] != 0 ? p + 1 : p;
}

static int plain_size(const char *text, uint64_t *nbytes)
{
    uint64_t whole, decimals = 0, scale = 1;
    size_t n, n_decimals = 0;

    if (!take_digits(&text, &whole, &n)) {
        return 0;
    }
    if (*text == '.') {
        text++;
        if (!take_digits(&text, &decimals, &n_decimals) || n_decimals > 6) {
            return 0;
        }
    }
    for (size_t i = 0; i < n_decimals; i++) {
        scale *= 10;
    }
    const uint64_t unit = size_unit(unit_name(text));
    if (unit == 0 || (unit == 1 && n_decimals > 0) || whole > INT64_MAX / unit) {
        return 0;
    }
    *nbytes = whole * unit + decimals * unit / scale;
    return *nbytes <= INT64_MAX;
}

static int plain_time(const char *text, uint64_t *ms)
{
    size_t n;

    if (!take_digits(&text, ms, &n)) {
        return 0;
    }
    const uint64_t unit = time_unit(unit_name(text));
    if (unit == 0 || *ms > DURATION_MS_MAX / unit) {
        return 0;
    }
    *ms *= unit;
    return 1;
}

/* Whether it is a value of the setting, and the number that it stands for. */
static int plain_value(enum setting setting, const char *text, uint64_t *number)
{
    const int may_be_none = setting == SETTING_MAX_SIZE || setting == SETTING_MAX_AGE;

    *number = CONFIG_NONE;
    if (may_be_none && strcmp(text, "none") == 0) {
        return 1;
    }
    switch (setting) {
    case SETTING_STORE:
        *number = strcmp(text, "on") == 0;
        return *number == 1 || strcmp(text, "off") == 0;
    case SETTING_DIR:
        return text[0] == '/';
    case SETTING_MAX_SIZE:
        return plain_size(text, number) && *number > 0;
    case SETTING_WAIT:
        return plain_time(text, number);
    default:
        if (!plain_time(text, number) || *number % 1000 != 0) {
            return 0;
        }
        *number /= 1000;
        return 1;
    }
}

/* ---- lines ---- */

static char *trim(char *text)
{
    text += strspn(text, " \t");
    for (size_t n = strlen(text); n > 0 && strchr(" \t", text[n - 1]) != NULL; n--) {
        text[n - 1] = 0;
    }
    return text;
}

/* A line with its NUL; 0: it is wrong. */
static int plain_line(struct plain *plain, char *line)
{
    static const char *const keys[] = {"store",   "dir",          "max-size",
                                       "max-age", "negative-age", "wait"};
    uint64_t number;

    line = trim(line);
    char *equals = strchr(line, '=');
    if (line[0] == 0 || line[0] == '#') {
        return 1;
    }
    if (equals == NULL) {
        return 0;
    }
    *equals = 0;
    const char *key = trim(line), *value = trim(equals + 1);
    for (int i = 0; i < N_SETTINGS; i++) {
        if (strcmp(key, keys[i]) == 0) {
            const int is_first = plain->values[i] == NULL;
            plain->values[i] = value;
            return is_first && plain_value((enum setting)i, value, &number);
        }
    }
    return 0;
}

/* Whether all of it is right. */
static int plain_read(struct plain *plain, const uint8_t *bytes, size_t nbytes)
{
    const size_t skipped = nbytes >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    int is_good = 1;

    *plain = (struct plain){.text = malloc(nbytes + 1)};
    must_hold(plain->text != NULL, "no memory");
    memcpy(plain->text, bytes, nbytes);
    plain->text[nbytes] = 0;
    for (char *line = plain->text + skipped, *end = plain->text + nbytes; line <= end && is_good;) {
        char *line_end = memchr(line, '\n', (size_t)(end - line));
        line_end = line_end == NULL ? end : line_end;
        char *next = line_end + 1;
        line_end -= line_end > line && line_end[-1] == '\r';
        *line_end = 0;
        is_good = memchr(line, 0, (size_t)(line_end - line)) == NULL && plain_line(plain, line);
        line = next;
    }
    return is_good;
}

/* ---- comparing ---- */

static void check_printed(const struct config *config, enum setting setting, uint64_t number)
{
    char *text = NULL;
    size_t nbytes;
    FILE *to = open_memstream(&text, &nbytes);
    uint64_t again;

    must_hold(to != NULL, "no memory");
    config_print(to, config, setting);
    must_hold(fclose(to) == 0, "not printed");
    /* Sizes are rounded; the greatest ones up to more than can be read. */
    if (setting == SETTING_MAX_SIZE) {
        must_hold(plain_value(setting, text, &again) || number > INT64_MAX / 16 * 15,
                  "a size that cannot be read again");
    } else if (setting != SETTING_DIR) {
        must_hold(plain_value(setting, text, &again) && again == number &&
                      config_is_value(setting, text),
                  "printed, it is another value");
    }
    free(text);
}

static void compare(const struct config *config, const struct plain *plain)
{
    const uint64_t numbers[N_SETTINGS] = {
        [SETTING_STORE] = (uint64_t)config->uses_store,  [SETTING_DIR] = CONFIG_NONE,
        [SETTING_MAX_SIZE] = config->max_nbytes,         [SETTING_MAX_AGE] = config->max_age_s,
        [SETTING_NEGATIVE_AGE] = config->negative_age_s, [SETTING_WAIT] = config->wait_ms};

    for (int i = 0; i < N_SETTINGS; i++) {
        const enum setting setting = (enum setting)i;
        uint64_t number;
        if (plain->values[i] == NULL) {
            must_hold(config->origins[i].origin == ORIGIN_DEFAULT, "nobody has said that");
            continue;
        }
        must_hold(config->origins[i].origin == ORIGIN_FILE && config->origins[i].from != NULL,
                  "the file has said that");
        must_hold(plain_value(setting, plain->values[i], &number) && number == numbers[i],
                  "another value");
        must_hold(setting != SETTING_DIR || strcmp(config->dir, plain->values[i]) == 0,
                  "another folder");
        check_printed(config, setting, number);
    }
}

/* A file that is written anew each time; it is removed at once, and has its name by its number. */
static int open_room(void)
{
    static int fd = -1;
    char path[] = "/tmp/smcache-fuzz-XXXXXX", name[64];

    if (fd < 0) {
        fd = mkstemp(path);
        must_hold(fd >= 0, "no temporary file");
        (void)unlink(path);
        (void)snprintf(name, sizeof name, "/dev/fd/%d", fd);
        (void)setenv("SMCACHE_CONFIG", name, 1);
        (void)setenv("HOME", "/home", 1);
        for (int i = 0; i < N_SETTINGS; i++) {
            static const char *const variables[] = {"SMCACHE_STORE",    "SMCACHE_DIR",
                                                    "SMCACHE_MAX_SIZE", "SMCACHE_MAX_AGE",
                                                    "SMCACHE_WAIT",     "SMCACHE_NEGATIVE_AGE"};
            (void)unsetenv(variables[i]);
        }
    }
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    struct config config = {0};
    struct plain plain;
    const int fd = open_room(), is_good = plain_read(&plain, data, nbytes);

    must_hold(ftruncate(fd, 0) == 0 && pwrite(fd, data, nbytes, 0) == (ssize_t)nbytes,
              "cannot write");
    n_said = 0;
    const int code = config_read(&config);
    must_hold(code == (is_good ? EXIT_DONE : EXIT_USAGE), "another verdict");
    must_hold(n_said == (is_good ? 0 : 1), "nothing is said, or too much");
    if (is_good) {
        compare(&config, &plain);
    }
    config_free(&config);
    free(plain.text);
    return 0;
}
