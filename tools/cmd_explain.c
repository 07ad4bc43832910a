#include "tools/explain.h"
#include "tools/minified.h"
#include "tools/symbolicate.h"

#include "src/base/debug_id.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: smcache explain INPUT [LINE:COLUMN] [--json]\n"
    "       smcache explain STACK --dir DIR [OPTION]... [--json]\n"
    "\n"
    "Says what is found for an input and why: which map belongs to a generated file and by which "
    "rule,\n"
    "what is in it, which token answers a position; and for what is missing or wrong, a word and "
    "what\n"
    "to do about it:\n"
    "  missing_source          the generated file cannot be read\n"
    "  malformed_source        it cannot be followed, though it should say what functions there "
    "are\n"
    "  missing_sourcemap       no map belongs to it, or the map is not where it should be\n"
    "  malformed_sourcemap     the map cannot be read\n"
    "  debug_id_mismatch       the generated file and the map are not of the same build\n"
    "  no_column               a position without a column\n"
    "  invalid_location        no token covers the position, or it has no original\n"
    "  missing_source_content  the original's text is not in the map\n"
    "Lines and columns count from 1.\n"
    "\n"
    "With one of the options of smcache symbolicate that say where maps are (--dir, --url-prefix, "
    "--map,\n"
    "--store, --release, --no-store, --debug-id) it takes a stack trace, or what else that command "
    "takes\n"
    "(\"-\" is stdin), and says of each frame: its file and the rule by which it was found, its "
    "original,\n"
    "who knows the name of its function; or why it is not mapped, and what to do about it.\n"
    "\n"
    "options:\n"
    "      --json   one object, with a list of problems; of a stack one for each frame, a line "
    "each\n"
    "  -h, --help\n"
    "\n"
    "exit codes: 0 nothing is wrong; 1 something is; 2 usage; 3 there is no map that can be read, "
    "or no\n"
    "frame\n"
    "\n"
    "examples:\n"
    "  smcache explain dist/app.js\n"
    "  smcache explain dist/app.js 1:2345\n"
    "  smcache explain trace.txt --dir dist\n";

static void add_problem(struct explanation *e, const char *word, const char *fix,
                        const char *format, ...) PRINTF_LIKE(4, 5);
static void add_problem(struct explanation *e, const char *word, const char *fix,
                        const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *copy = e->n_problems < PROBLEMS_MAX ? strdup(text) : NULL;
    if (copy != NULL) {
        e->problems[e->n_problems++] = (struct problem){word, fix, copy};
    } else {
        e->lacks_memory |= e->n_problems < PROBLEMS_MAX;
    }
}

/* ---- finding out ---- */

static void find_generated_id(struct explanation *e)
{
    struct smc_buf file = {0};
    struct smc_load_error error;

    if (smc_load(e->input, INPUT_NBYTES_MAX, 1, &file, &error) == 0) {
        e->has_generated_id = smc_debug_id_find(file.data, file.nbytes, 1, e->generated_id);
    } else {
        char text[LOAD_TEXT_NBYTES];
        (void)load_text(&error, text);
        add_problem(e, "missing_source", "give a file that is there and may be read", "%s", text);
    }
    smc_buf_free(&file);
}

/* Where the map of a generated file is; 0, or -1 if there is none. */
static int find_map(struct explanation *e, int *is_inline)
{
    struct smc_place place;

    if (smc_place_find(e->input, NULL, &place) != 0) {
        e->lacks_memory = 1;
        return -1;
    }
    if (place.status != SMC_PLACE_UNREAD) {
        find_generated_id(e);
    }
    e->url = place.url;
    e->map = place.path;
    switch (place.status) {
    case SMC_PLACE_INLINE:
        e->rule = "inline: it is in a data: URL of the file itself";
        *is_inline = 1;
        return 0;
    case SMC_PLACE_NAMED:
        e->rule = "comment: sourceMappingURL names it";
        return 0;
    case SMC_PLACE_BESIDE:
        e->rule = place.url_is_useless
                      ? "beside: what sourceMappingURL names is no file here, but "
                        "the file's name with .map is"
                      : "beside: no sourceMappingURL, but the file's name with .map";
        return 0;
    case SMC_PLACE_GONE:
        add_problem(e, "missing_sourcemap", "put the map there, or give the map itself",
                    "sourceMappingURL names %s, and %s is not there", place.url, place.path);
        break;
    case SMC_PLACE_REMOTE:
        add_problem(e, "missing_sourcemap", "download the map and give it itself",
                    "sourceMappingURL is %s, which is not fetched", place.url);
        break;
    case SMC_PLACE_UNREAD:
        add_problem(e, "missing_source", "give a file that is there and may be read", "%s: %s",
                    e->input, strerror(place.error_number));
        break;
    default:
        add_problem(e, "missing_sourcemap", "build it with source maps, or give the map itself",
                    "the file has no sourceMappingURL comment in its last lines, and there is no "
                    "%s.map beside it",
                    e->input);
        break;
    }
    free(e->map);
    e->map = NULL;
    return -1;
}

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct explanation *e = context;
    if (e->n_warnings++ == 0) {
        e->first_warning = *issue;
    }
}

static const char rebuild[] = "build the map again, or copy it again as binary";

static void open_built(struct explanation *e, size_t nbytes)
{
    struct smc_error error;

    if (smc_open_memory(e->opened.memory, nbytes, 0, &e->opened.cache, &error) != SMC_OK) {
        add_problem(e, "malformed_sourcemap", rebuild, "byte %" PRIu64 ": %s", error.offset,
                    error.reason);
        return;
    }
    e->is_open = smc_info_get(e->opened.cache, &e->info) == SMC_OK;
}

/* Compiles what has been loaded, unless it is compiled already. Takes the bytes over. */
static void open_map(struct explanation *e, struct smc_buf *bytes, int is_inline)
{
    struct minified minified;
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = SMC_BUILD_SOURCES_RAW,
                                        .is_data_url = is_inline,
                                        .warn = note_warning,
                                        .warn_context = e};
    struct smc_build_issue issue;
    char text[ISSUE_TEXT_NBYTES], lost[LOAD_TEXT_NBYTES], warning[MINIFIED_TEXT_NBYTES];
    size_t nbytes = bytes->nbytes, n_problems = e->n_problems;

    const int found = minified_find(&minified, e->map != NULL ? e->map : e->input,
                                    e->map != NULL || is_inline ? e->input : NULL);
    if (found > 0) {
        minified_offer(&minified, &options);
    } else if (found < 0) {
        add_problem(e, "missing_source", "give a file that is there and may be read",
                    "the generated file cannot be read: %s", strerror(errno));
    }
    e->opened.memory = bytes->data;
    if (!looks_like_cache(bytes->data, bytes->nbytes)) {
        smc_build_status status = smc_build_memory(bytes->data, bytes->nbytes, &options,
                                                   &e->opened.memory, &nbytes, &issue);
        smc_buf_free(bytes);
        if (status == SMC_BUILD_E_LOADER) {
            (void)load_text(&minified.error, lost);
            add_problem(e, "missing_source", "give a file that is there and may be read", "%s: %s",
                        minified.path, lost);
        } else if (status != SMC_BUILD_OK) {
            add_problem(e, "malformed_sourcemap", rebuild, "%s", issue_text(&issue, text));
        }
    }
    const int has_warning = minified_warning(&minified, warning) != NULL;
    minified_free(&minified);
    if (e->n_problems == n_problems) {
        open_built(e, nbytes);
    }
    if (has_warning) {
        add_problem(e, "malformed_source", "take the file as the build has made it", "%s", warning);
    }
}

static void look_into_map(struct explanation *e)
{
    for (uint32_t i = 0; i < e->info.n_sources; i++) {
        struct smc_source source;
        if (smc_source_get(e->opened.cache, i, &source) == SMC_OK && !source.has_content) {
            e->n_without_content++;
        }
    }
    if (e->has_generated_id && e->info.has_debug_id &&
        memcmp(e->generated_id, e->info.debug_id, sizeof e->generated_id) != 0) {
        add_problem(e, "debug_id_mismatch", "take both from the same build",
                    "the debug IDs of the generated file and of the map differ");
    }
    if (e->n_warnings > 0) {
        char text[ISSUE_TEXT_NBYTES];
        add_problem(e, "malformed_sourcemap", "report it to the tool that wrote the map",
                    "errors that can be gone on after: %lu; the first: %s", e->n_warnings,
                    issue_text(&e->first_warning, text));
    }
}

static void look_up(struct explanation *e)
{
    static const char fix[] = "is the position of this build, and does it count from 1?";
    struct smc_token before;
    struct smc_source source;

    if (smc_lookup(e->opened.cache, e->at.line, e->at.column, 0, &e->token) != SMC_OK ||
        smc_lookup(e->opened.cache, e->at.line, e->at.column, SMC_LOOKUP_ACROSS_LINES, &before) !=
            SMC_OK) {
        add_problem(e, "malformed_sourcemap", "build the file again", "the file is damaged");
        return;
    }
    (void)smc_token_function(e->opened.cache, e->token.index, &e->function);
    if (e->token.index == SMC_NONE && e->at.line >= e->info.n_lines) {
        add_problem(e, "invalid_location", fix, "the map speaks of %" PRIu32 " lines only",
                    e->info.n_lines);
    } else if (e->token.index == SMC_NONE && before.index == SMC_NONE) {
        add_problem(e, "invalid_location", fix, "it is before the first token");
    } else if (e->token.index == SMC_NONE) {
        add_problem(e, "invalid_location", fix,
                    "no token of its line is at or before it; the last one is on line %" PRIu64,
                    (uint64_t)before.line + 1);
    } else if (e->token.source == SMC_NONE) {
        add_problem(e, "invalid_location",
                    "nothing is to be done: this is code that the tool has added",
                    "the token at %" PRIu64 ":%" PRIu64 " has no original position",
                    (uint64_t)e->token.line + 1, (uint64_t)e->token.column + 1);
    } else if (smc_source_get(e->opened.cache, e->token.source, &source) != SMC_OK) {
        add_problem(e, "malformed_sourcemap", "build the file again", "the file is damaged");
    } else if (!source.has_content) {
        add_problem(e, "missing_source_content",
                    "have the tool write sourcesContent (and smcache keep it), or keep the source "
                    "at hand",
                    "the text of the original is not in there");
    } else if (e->token.source_line >= source.n_lines) {
        add_problem(e, "invalid_location", "take map and sources from the same build",
                    "the original has %" PRIu32 " lines only", source.n_lines);
    }
}

static int find_out(struct explanation *e, const char *position)
{
    struct smc_buf bytes = {0};
    struct smc_load_error error;
    char text[LOAD_TEXT_NBYTES];
    int is_inline = 0;
    const char *path = strcmp(e->input, "-") == 0 ? NULL : e->input;

    if (path != NULL && smc_is_generated(path)) {
        e->kind = "generated file";
        if (find_map(e, &is_inline) != 0) {
            return EXIT_INPUT;
        }
        path = is_inline ? path : e->map;
    }
    int failed = is_inline ? smc_load_inline(path, INPUT_NBYTES_MAX, &bytes, &error)
                           : smc_load(path, INPUT_NBYTES_MAX, 1, &bytes, &error);
    if (failed) {
        int code = load_text(&error, text);
        add_problem(e, code == EXIT_INPUT ? "malformed_sourcemap" : "missing_sourcemap",
                    "give a map that is there, whole, and may be read", "%s", text);
        return EXIT_INPUT;
    }
    if (e->kind == NULL) {
        e->kind = looks_like_cache(bytes.data, bytes.nbytes) ? "compiled file" : "source map";
        e->rule = "input: it is the map itself";
    }
    open_map(e, &bytes, is_inline);
    if (!e->is_open) {
        return EXIT_INPUT;
    }
    look_into_map(e);
    if (e->has_position) {
        look_up(e);
    } else if (position != NULL) {
        add_problem(e, "no_column", "give LINE:COLUMN: minified code has everything on one line",
                    "%s is a line without a column", position);
    }
    return e->n_problems > 0 ? EXIT_PARTIAL : EXIT_DONE;
}

static int explain_input(const struct command *command, int n, char **arguments, int is_json)
{
    struct explanation e = {.kind = NULL};
    const char *position = NULL, *reason;
    uint32_t line;

    if (n < 1 || n > 2) {
        return usage_error(command, "an INPUT is needed, and at most one LINE:COLUMN");
    }
    e.input = arguments[0];
    if (n == 2) {
        position = arguments[1];
        e.has_position = parse_position(position, strlen(position), 1, 1, &e.at, &reason) == 0;
        if (!e.has_position && parse_number(position, UINT32_MAX, &line) != 0) {
            return usage_error(command, "'%s': %s", position, reason);
        }
    }
    int code = find_out(&e, position);
    if (e.lacks_memory) {
        errno = ENOMEM;
        code = system_error(name_of(e.input), "not all can be explained");
    }
    if (is_json) {
        explanation_print_json(&e);
    } else {
        explanation_print(&e);
    }
    for (size_t i = 0; i < e.n_problems; i++) {
        free(e.problems[i].text);
    }
    free(e.url);
    free(e.map);
    input_close(&e.opened);
    return finish_output(code);
}

static int explain_frames(const struct command *command, struct symbolicate *s, int n,
                          char **arguments, int is_json)
{
    if (n > 1) {
        return usage_error(command, "one STACK at a time");
    }
    const int code = frame_files_check(&s->files);
    s->path = n == 0 ? "-" : arguments[0];
    return code == EXIT_DONE ? explain_stack(s, is_json) : code;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {FRAME_FILES_OPTIONS,
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct symbolicate s = {.files = {.command = command}};
    int is_json = 0, is_stack = 0, option, code = EXIT_DONE;

    while (code == EXIT_DONE && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (FRAME_FILES_HAS(option)) {
            is_stack = 1;
            code = frame_files_set(&s.files, option, optarg);
        } else if (option == 'j') {
            is_json = 1;
        } else if (option == 'h') {
            symbolicate_free(&s);
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        } else {
            code = usage_error(command, "wrong option");
        }
    }
    const int n = argc - optind;
    if (code == EXIT_DONE) {
        code = is_stack ? explain_frames(command, &s, n, argv + optind, is_json)
                        : explain_input(command, n, argv + optind, is_json);
    }
    symbolicate_free(&s);
    return code;
}

const struct command cmd_explain = {"explain", "what is found for an input, and what is missing",
                                    help, run};
