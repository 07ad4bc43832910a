/*
 * What the commands share: exit codes, messages, input, output, printing.
 */
#ifndef SMC_TOOLS_CLI_H
#define SMC_TOOLS_CLI_H

#include "src/build/smcache_build.h"
#include "src/find/locate.h"
#include "src/reader/smcache.h"

#include <stdio.h>
#include <sys/types.h>

#define SMC_PROGRAM_VERSION "0.1.0"

/* Documented in --help and README. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_PARTIAL = 1, /* done, but something was unresolved (--strict) or some inputs failed */
    EXIT_USAGE = 2,
    EXIT_INPUT = 3, /* the input is not what it should be */
    EXIT_SYSTEM = 4 /* I/O, memory */
};

struct command {
    const char *name;
    const char *summary; /* one line of the program's --help */
    const char *help;    /* the command's --help, with examples */
    int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command cmd_build, cmd_lookup, cmd_explain, cmd_info, cmd_verify, cmd_dump,
    cmd_config, cmd_store, cmd_functions, cmd_symbolicate;

/* ---- messages, to stderr: message.c ---- */

#if defined(__GNUC__)
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define PRINTF_LIKE(format_index, first)
#endif

/* "smcache: ...\n" */
void say(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same, then where to find help; returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* "smcache: PATH: REASON: strerror(errno)"; returns EXIT_SYSTEM. */
int system_error(const char *path, const char *reason);
/* Says why a file could not be opened or read, and returns the exit code that it calls for. */
int cache_error(const char *path, const struct smc_error *error);
int build_error(const char *path, const struct smc_build_issue *issue);
/* The key, the place, the reason, and what was done about it. */
#define ISSUE_TEXT_NBYTES 512
const char *issue_text(const struct smc_build_issue *issue, char text[ISSUE_TEXT_NBYTES]);
/* Why something could not be loaded; returns the exit code that it calls for. */
#define LOAD_TEXT_NBYTES 512
int load_text(const struct smc_load_error *error, char text[LOAD_TEXT_NBYTES]);
/* For smc_build_options.warn; prints the first few. */
struct warnings {
    const char *path;
    unsigned long n;
};
void print_warning(void *context, const struct smc_build_issue *issue);
/* Says how many warnings were not printed. */
void finish_warnings(const struct warnings *warnings);
/* Flushes stdout; returns `code`, or EXIT_SYSTEM if what was written did not arrive, which is said once. */
int finish_output(int code);

/* ---- input: input.c ---- */

/* An input that never ends must not take all memory. The largest known map is a tenth of this. */
#define INPUT_NBYTES_MAX ((uint64_t)2 << 30)
_Static_assert(INPUT_NBYTES_MAX / 3 * 4 < SMC_GENERATED_NBYTES_MAX,
               "a generated file has room for its map in base64");

/* A cache file, or a map that has been compiled: a file, stdin, or the map of a generated file. */
struct input {
    smc_cache *cache;
    void *
        memory; /* of a compiled map that is not in the store, or of a file that came through a pipe */
};
/* Why the map of a generated file is not to be had, in words. */
#define PLACE_TEXT_NBYTES (2 * SMC_PLACE_URL_MAX + 4096)
const char *place_text(const struct smc_place *place, char text[PLACE_TEXT_NBYTES]);
/* A map goes by way of the store, of which `config` has the flags. Returns an exit code. */
struct config;
int input_open(const char *path, struct config *config, struct input *input);
/* By the first bytes: no JSON begins like that. */
int looks_like_cache(const void *bytes, size_t nbytes);
/* A cache file only; `flags` of enum smc_open_flag. */
int input_open_cache(const char *path, unsigned flags, struct input *input);
void input_close(struct input *input);

/* ---- output files: outfile.c ---- */

/* Written beside its place and renamed into it, so that an interruption leaves the old file. */
struct outfile {
    char *path; /* NULL: stdout */
    char *temp_path;
    int fd;
    int slot; /* of what a signal removes */
};
/* At most so many may be open at a time. */
#define OUTFILES_MAX 64

/* What a file is made from: it is for nobody who may not read that. */
struct outfile_origin {
    unsigned mode;
    int has_group;
    gid_t group;
};
/* Before the first file and the first thread. */
void outfile_prepare(void);
/* These return 0, or -1 with errno. A file that is replaced keeps its mode; a new one gets what umask
 * leaves of its origin's. "-" is stdout. */
int outfile_open(struct outfile *out, const char *path, int follows_link,
                 const struct outfile_origin *origin);
int outfile_write(void *out, const void *bytes, size_t nbytes); /* an smc_build_sink */
int outfile_commit(struct outfile *out);
/* Removes the temporary files of processes that were killed. */
void outfile_sweep(const char *folder);
/* Makes the renames of all commits into a folder durable. */
void outfile_sync_folder(const char *folder);
/* After outfile_open has succeeded, always: removes what was not committed, and frees. */
void outfile_discard(struct outfile *out);
/* For handlers of signals that end the process: no temporary file is left behind. */
void outfile_remove_all(void);

/* ---- files that are cut while they are mapped: lost_file.c ---- */

/* From now on the process ends with a message and EXIT_SYSTEM then, instead of by SIGBUS. */
void watch_lost_files(void);

/* ---- printing: print.c ---- */

/* Of a string with its NUL; nothing of NULL. */
struct smc_view view_of(const char *text);
/* What messages call a path: "-" is stdin. */
const char *name_of(const char *path);

/* As a JSON string, or null for a view that is nothing. Lone surrogates become U+FFFD. */
void print_json(FILE *to, struct smc_view view);
/* As a field of a TSV row: backslash, tab, LF and CR as \\ \t \n \r. On a terminal, other characters as they are
 * shown, too. */
void print_tsv(FILE *to, struct smc_view view);
/* For people: each character as it is shown (src/base/shown.h). */
void print_text(FILE *to, struct smc_view view);
void print_hex(FILE *to, const uint8_t *bytes, size_t nbytes);

/* The name of a function, as the three above print a view: null, or nothing, if it has none. */
void print_function_json(FILE *to, const struct smc_function *function);
void print_function_tsv(FILE *to, const struct smc_function *function);
void print_function_text(FILE *to, const struct smc_function *function);
/* Words for enum smc_function_kind and enum smc_name_origin. */
const char *function_kind_text(uint32_t kind);
const char *name_origin_text(uint32_t origin);

/* One character of WTF-8 text; an ill-formed byte or lone surrogate is U+FFFD. Returns its bytes. */
size_t next_character(const char *text, size_t nbytes, uint32_t *character);

/* ---- source context: context.c ---- */

/* A longer line is cut around the column: minified sources have lines of megabytes. It fills a wide terminal. */
#define CONTEXT_LINE_UNITS 160
/* What is printed of one, its number, marks, colours and line end included. */
#define CONTEXT_LINE_NBYTES_MAX (CONTEXT_LINE_UNITS * 3 + 64)

/* Prints source lines around an original position (0-based), with a caret; or those that have been found, 1-based. */
void print_context_lines(FILE *to, const struct smc_context_line *lines,
                         const struct smc_context *context, int has_colour);
smc_status print_context(FILE *to, smc_text *text, uint32_t source, uint32_t n_lines, uint32_t line,
                         uint32_t column, uint32_t n_context, uint32_t line_base);

/* ---- positions: position.c ---- */

/* Parses "LINE:COLUMN" in the given bases into a 0-based position; what exceeds 32 bits is cut to
 * the largest value. 0, or -1 and why. */
int parse_position(const char *text, size_t nbytes, uint32_t line_base, uint32_t column_base,
                   struct smc_position *position, const char **reason);
/* A decimal number up to `max`; 0 or -1. */
int parse_number(const char *text, uint32_t max, uint32_t *number);

#endif
