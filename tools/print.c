#include "tools/cli.h"

#include "src/base/shown.h"
#include "src/reader/wtf8.h"

#include <string.h>
#include <unistd.h>

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

struct smc_view view_of(const char *text)
{
    return (struct smc_view){text, text == NULL ? 0 : strlen(text)};
}

const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "stdin" : path;
}

size_t next_character(const char *text, size_t nbytes, uint32_t *character)
{
    size_t n = smc_wtf8_next((const uint8_t *)text, nbytes, character);

    if (*character >= 0xd800 && *character < 0xe000) {
        *character = 0xfffd;
    }
    return n;
}

/* Prints the characters of a view; those that `escape` wants otherwise it prints itself. */
static void print_characters(FILE *to, struct smc_view view, int (*escape)(FILE *, uint32_t))
{
    size_t i = 0;
    while (i < view.nbytes) {
        uint32_t c;
        size_t n = next_character(view.ptr + i, view.nbytes - i, &c);
        if (c == 0xfffd) {
            fputs(replacement, to);
        } else if (!escape(to, c)) {
            fwrite(view.ptr + i, 1, n, to);
        }
        i += n;
    }
}

static int escape_json(FILE *to, uint32_t c)
{
    static const char from[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";

    for (size_t i = 0; i < sizeof from - 1; i++) {
        if (c == (unsigned char)from[i]) {
            fprintf(to, "\\%c", letters[i]);
            return 1;
        }
    }
    if (smc_shown_character(c) != c) { /* JSON may have most of these, a terminal not */
        fprintf(to, "\\u%04x", (unsigned)c);
        return 1;
    }
    return 0;
}

static int escape_tsv(FILE *to, uint32_t c)
{
    static const char from[] = "\\\t\n\r", letters[] = "\\tnr";

    for (size_t i = 0; i < sizeof from - 1; i++) {
        if (c == (unsigned char)from[i]) {
            fprintf(to, "\\%c", letters[i]);
            return 1;
        }
    }
    return 0;
}

static int escape_text(FILE *to, uint32_t c)
{
    if (smc_shown_character(c) != c) {
        fputs(replacement, to);
        return 1;
    }
    return 0;
}

void print_json(FILE *to, struct smc_view view)
{
    if (view.ptr == NULL) {
        fputs("null", to);
        return;
    }
    fputc('"', to);
    print_characters(to, view, escape_json);
    fputc('"', to);
}

/* What programs read is as it is; on a terminal, nothing drives it. */
static int escape_tsv_shown(FILE *to, uint32_t c)
{
    return escape_tsv(to, c) || escape_text(to, c);
}

static int (*tsv_escape(FILE *to))(FILE *, uint32_t)
{
    static FILE *asked;
    static int is_terminal;

    if (asked != to) {
        asked = to;
        is_terminal = isatty(fileno(to));
    }
    return is_terminal ? escape_tsv_shown : escape_tsv;
}

void print_tsv(FILE *to, struct smc_view view)
{
    print_characters(to, view, tsv_escape(to));
}

void print_text(FILE *to, struct smc_view view)
{
    print_characters(to, view, escape_text);
}

/* The pieces are cut between characters (spec 5.7). */
static void print_function(FILE *to, const struct smc_function *function,
                           int (*escape)(FILE *, uint32_t))
{
    print_characters(to, function->prefix, escape);
    print_characters(to, function->qualifier, escape);
    print_characters(to, function->joint, escape);
    print_characters(to, function->last, escape);
}

void print_function_json(FILE *to, const struct smc_function *function)
{
    if (function->last.ptr == NULL) {
        fputs("null", to);
        return;
    }
    fputc('"', to);
    print_function(to, function, escape_json);
    fputc('"', to);
}

void print_function_tsv(FILE *to, const struct smc_function *function)
{
    print_function(to, function, tsv_escape(to));
}

void print_function_text(FILE *to, const struct smc_function *function)
{
    print_function(to, function, escape_text);
}

const char *function_kind_text(uint32_t kind)
{
    static const char *const texts[] = {"unknown", "top_level", "anonymous", "named"};
    return kind < sizeof texts / sizeof texts[0] ? texts[kind] : "unknown";
}

const char *name_origin_text(uint32_t origin)
{
    static const char *const texts[] = {"none",     "scopes",   "facebook",     "bloomberg",
                                        "original", "minified", "minified_text"};
    return origin < sizeof texts / sizeof texts[0] ? texts[origin] : "none";
}

void print_hex(FILE *to, const uint8_t *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        fprintf(to, "%02x", bytes[i]);
    }
}
