#include "tools/config.h"

#include "src/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ": LINE" of any number, and the NUL. */
#define LINE_NUMBER_NBYTES 24

/* ---- what it says ---- */

/* While reading: where each setting stands, 0 for nowhere yet. */
struct reading {
    struct config *config;
    unsigned long n_lines[N_SETTINGS];
    unsigned long n_line; /* this one, from 1 on */
};

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts blanks off, in place. */
static char *trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && is_blank(end[-1])) {
        end--;
    }
    *end = '\0';
    while (is_blank(*text)) {
        text++;
    }
    return text;
}

/* N_SETTINGS if there is none of that name. */
static enum setting find_setting(const char *key)
{
    int i = 0;
    while (i < N_SETTINGS && strcmp(key, config_key((enum setting)i)) != 0) {
        i++;
    }
    return (enum setting)i;
}

static int note_setting(struct reading *r, enum setting setting, const char *value)
{
    const size_t nbytes = strlen(r->config->file) + LINE_NUMBER_NBYTES;
    char *from = malloc(nbytes);

    if (from == NULL) {
        say("out of memory");
        return EXIT_SYSTEM;
    }
    (void)snprintf(from, nbytes, "%s:%lu", r->config->file, r->n_line);
    int code = config_note(r->config, setting, ORIGIN_FILE, from, value);
    free(from);
    return code;
}

/* A line without its end. */
static int take_line(struct reading *r, char *line)
{
    const char *file = r->config->file;

    line = trim(line);
    if (line[0] == '\0' || line[0] == '#') {
        return EXIT_DONE;
    }
    char *equals = strchr(line, '=');
    if (equals == NULL) {
        say("%s:%lu: no '=' in '%s'", file, r->n_line, line);
        return EXIT_USAGE;
    }
    *equals = '\0';
    const char *key = trim(line), *value = trim(equals + 1);
    const enum setting setting = find_setting(key);
    if (setting == N_SETTINGS) {
        say("%s:%lu: there is no setting '%s'", file, r->n_line, key);
        return EXIT_USAGE;
    }
    if (r->n_lines[setting] != 0) {
        say("%s:%lu: %s a second time, after line %lu", file, r->n_line, key, r->n_lines[setting]);
        return EXIT_USAGE;
    }
    r->n_lines[setting] = r->n_line;
    if (!config_is_value(setting, value)) {
        say("%s:%lu: %s is %s, not '%s'", file, r->n_line, key, config_wanted(setting), value);
        return EXIT_USAGE;
    }
    return note_setting(r, setting, value);
}

/* All lines; each ends with LF, the last one, too. */
static int take_lines(struct config *config, char *text, size_t nbytes)
{
    struct reading r = {.config = config};
    char *const text_end = text + nbytes;
    int code = EXIT_DONE;

    if (nbytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark, as some editors write it */
    }
    while (code == EXIT_DONE && text < text_end) {
        char *line = text, *end = memchr(text, '\n', (size_t)(text_end - text));
        r.n_line++;
        text = end + 1;
        end -= end > line && end[-1] == '\r';
        *end = '\0';
        if (strlen(line) != (size_t)(end - line)) {
            say("%s:%lu: a NUL byte", config->file, r.n_line);
            return EXIT_USAGE;
        }
        code = take_line(&r, line);
    }
    return code;
}

/* ---- where it is ---- */

/* Whether a file that cannot be opened is none. A folder that one may not search counts as one without it: a service
 * often has the HOME of whoever started it. */
static int is_absent(const char *path, int error_number)
{
    struct stat st;

    return error_number == ENOENT || error_number == ENOTDIR ||
           (error_number == EACCES && stat(path, &st) != 0 && errno == EACCES);
}

static int read_from(struct config *config, int fd)
{
    struct smc_buf text = {0};
    int code = EXIT_DONE;

    if (smc_read_all(fd, CONFIG_FILE_NBYTES_MAX, 1, &text) != 0) {
        if (errno != EFBIG) {
            code = system_error(config->file, "cannot read");
        } else {
            say("%s: larger than the limit of %zu bytes for a configuration", config->file,
                CONFIG_FILE_NBYTES_MAX);
            code = EXIT_USAGE;
        }
    } else {
        smc_buf_append(&text, "\n", 1);
        if (text.failed) {
            say("%s: out of memory", config->file);
            code = EXIT_SYSTEM;
        } else {
            code = take_lines(config, (char *)text.data, text.nbytes);
        }
    }
    smc_buf_free(&text);
    return code;
}

int config_read_file(struct config *config)
{
    const char *named = config_variable("SMCACHE_CONFIG");
    int code = EXIT_DONE;

    if (named != NULL) {
        config->file = strdup(named);
        if (config->file == NULL) {
            say("out of memory");
            return EXIT_SYSTEM;
        }
    } else {
        code =
            config_xdg_path("XDG_CONFIG_HOME", "/.config", "/smcache/smcache.conf", &config->file);
    }
    if (config->file == NULL) {
        return code;
    }
    int fd = open(config->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        config->file_error = errno;
        if (named == NULL && is_absent(config->file, errno)) {
            return EXIT_DONE;
        }
        errno = config->file_error;
        return system_error(config->file, named != NULL ? "cannot open what SMCACHE_CONFIG names"
                                                        : "cannot open");
    }
    code = read_from(config, fd);
    close(fd);
    return code;
}
