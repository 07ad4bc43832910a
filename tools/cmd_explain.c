#include "tools/minified.h"

#include "src/base/debug_id.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: smcache explain INPUT [LINE:COLUMN] [--json]\n"
    "\n"
    "Says what is found for an input and why: which map belongs to a generated file and by which "
    "rule,\n"
    "what is in it, which token answers a position; and for what is missing or wrong, a word and "
    "what\n"
    "to do about it:\n"
    "  missing_source          the generated file cannot be read\n"
    "  missing_sourcemap       no map belongs to it, or the map is not where it should be\n"
    "  malformed_sourcemap     the map cannot be read\n"
    "  debug_id_mismatch       the generated file and the map are not of the same build\n"
    "  no_column               a position without a column\n"
    "  invalid_location        no token covers the position, or it has no original\n"
    "  missing_source_content  the original's text is not in the map\n"
    "Lines and columns count from 1.\n"
    "\n"
    "options:\n"
    "      --json   one object, with a list of problems\n"
    "  -h, --help\n"
    "\n"
    "exit codes: 0 nothing is wrong; 1 something is; 2 usage; 3 there is no map that can be read\n"
    "\n"
    "examples:\n"
    "  smcache explain dist/app.js\n"
    "  smcache explain dist/app.js 1:2345\n";

#define PROBLEMS_MAX 16

struct problem {
    const char *word, *fix; /* static */
    char *text;
};

struct explanation {
    const char *input;
    const char *kind; /* of the input */
    const char *rule; /* by which the map was found; NULL: it was not */
    char *url;        /* what the generated file says */
    char *map;        /* path of the map; NULL if it is inside of the input, or not found */
    int has_generated_id;
    uint8_t generated_id[SMC_DEBUG_ID_NBYTES];
    struct input opened;
    int is_open;
    struct smc_info info;
    uint32_t n_without_content;
    unsigned long n_warnings;
    struct smc_build_issue first_warning;
    /* The question, 0-based, and its answer. */
    int has_position;
    struct smc_position at;
    struct smc_token token;
    struct smc_function function;
    struct problem problems[PROBLEMS_MAX];
    size_t n_problems;
};

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
    if (e->n_problems < PROBLEMS_MAX) {
        e->problems[e->n_problems++] = (struct problem){word, fix, strdup(text)};
    }
}

/* ---- finding out ---- */

static void find_generated_id(struct explanation *e)
{
    struct smc_buf file = {0};
    struct smc_load_error error;

    if (smc_load(e->input, INPUT_NBYTES_MAX, 1, &file, &error) == 0) {
        e->has_generated_id = smc_debug_id_find(file.data, file.nbytes, 1, e->generated_id);
    }
    smc_buf_free(&file);
}

/* Where the map of a generated file is; 0, or -1 if there is none. */
static int find_map(struct explanation *e, int *is_inline)
{
    struct smc_place place;

    if (smc_place_find(e->input, NULL, &place) != 0) {
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

/* Compiles what has been loaded, unless it is compiled already. Takes the bytes over. */
static void open_map(struct explanation *e, struct smc_buf *bytes, int is_inline)
{
    struct minified minified;
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = SMC_BUILD_SOURCES_RAW,
                                        .is_data_url = is_inline,
                                        .warn = note_warning,
                                        .warn_context = e};
    static const char fix[] = "build the map again, or copy it again as binary";
    struct smc_build_issue issue;
    struct smc_error error;
    char text[ISSUE_TEXT_NBYTES], lost[LOAD_TEXT_NBYTES];
    size_t nbytes = bytes->nbytes, n_problems = e->n_problems;

    if (minified_find(&minified, e->map != NULL ? e->map : e->input,
                      e->map != NULL || is_inline ? e->input : NULL)) {
        minified_offer(&minified, &options);
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
            add_problem(e, "malformed_sourcemap", fix, "%s", issue_text(&issue, text));
        }
    }
    minified_free(&minified);
    if (e->n_problems > n_problems) {
        return;
    }
    if (smc_open_memory(e->opened.memory, nbytes, 0, &e->opened.cache, &error) != SMC_OK) {
        add_problem(e, "malformed_sourcemap", fix, "byte %" PRIu64 ": %s", error.offset,
                    error.reason);
        return;
    }
    e->is_open = smc_info_get(e->opened.cache, &e->info) == SMC_OK;
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

/* ---- saying it ---- */

static void print_field(const char *name, const char *text)
{
    printf("%-18s ", name);
    print_text(stdout, view_of(text));
    putchar('\n');
}

static void print_id(const char *name, const uint8_t *id)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    smc_debug_id_format(id, text);
    print_field(name, text);
}

static void print_answer(const struct explanation *e)
{
    const struct smc_token *token = &e->token;

    printf("%-18s %" PRIu64 ":%" PRIu64 "\n", "position", (uint64_t)e->at.line + 1,
           (uint64_t)e->at.column + 1);
    if (token->index == SMC_NONE) {
        return;
    }
    printf("%-18s number %" PRIu32 ", at %" PRIu64 ":%" PRIu64 "%s\n", "token", token->index,
           (uint64_t)token->line + 1, (uint64_t)token->column + 1,
           (token->flags & SMC_TOKEN_RANGE) != 0 ? ", a range mapping" : "");
    if (token->source == SMC_NONE) {
        return;
    }
    printf("%-18s ", "original");
    print_text(stdout, token->source_text.ptr == NULL ? view_of("(source without a name)")
                                                      : token->source_text);
    printf(":%" PRIu64 ":%" PRIu64 "%s\n", (uint64_t)token->source_line + 1,
           (uint64_t)token->source_column + 1,
           (token->flags & SMC_TOKEN_IGNORED) != 0 ? ", on the ignore list" : "");
    if (token->name_text.ptr != NULL) {
        printf("%-18s ", "name");
        print_text(stdout, token->name_text);
        putchar('\n');
    }
    if (e->function.kind != SMC_FUNCTION_UNKNOWN) {
        printf("%-18s ", "function");
        print_function_text(stdout, &e->function);
        printf("%s(%s, by %s)\n", e->function.kind == SMC_FUNCTION_NAMED ? " " : "",
               function_kind_text(e->function.kind), name_origin_text(e->function.origin));
    }
}

static void print_explanation(const struct explanation *e)
{
    print_field("input", e->input);
    print_field("kind", e->kind);
    if (e->url != NULL) {
        print_field("sourceMappingURL", e->url);
    }
    if (e->has_generated_id) {
        print_id("debug ID", e->generated_id);
    }
    if (e->map != NULL) {
        print_field("map", e->map);
    }
    if (e->rule != NULL) {
        print_field("rule", e->rule);
    }
    if (e->is_open) {
        if (e->info.has_debug_id) {
            print_id("map's debug ID", e->info.debug_id);
        }
        printf("%-18s %" PRIu32 ", on %" PRIu32 " lines\n", "tokens", e->info.n_tokens,
               e->info.n_lines);
        printf("%-18s %" PRIu32 ", %" PRIu32 " without content, %" PRIu32 " on the ignore list\n",
               "sources", e->info.n_sources, e->n_without_content, e->info.n_ignored);
    }
    if (e->is_open && e->has_position) {
        print_answer(e);
    }
    for (size_t i = 0; i < e->n_problems; i++) {
        print_field(e->problems[i].word, e->problems[i].text);
        print_field("", e->problems[i].fix);
    }
}

static void print_pair(const char *key, struct smc_view value)
{
    printf(",\"%s\":", key);
    print_json(stdout, value);
}

static void print_id_pair(const char *key, int has_id, const uint8_t *id)
{
    char text[SMC_DEBUG_ID_TEXT_NBYTES + 1];
    smc_debug_id_format(id, text);
    print_pair(key, view_of(has_id ? text : NULL));
}

static void print_answer_json(const struct explanation *e)
{
    const struct smc_token *token = &e->token;
    const int is_mapped = token->source != SMC_NONE, has_function = e->function.index != SMC_NONE;

    printf(",\"line\":%" PRIu64 ",\"column\":%" PRIu64 ",\"token\":", (uint64_t)e->at.line + 1,
           (uint64_t)e->at.column + 1);
    if (token->index == SMC_NONE) {
        fputs("null", stdout);
        return;
    }
    printf("{\"index\":%" PRIu32 ",\"line\":%" PRIu64 ",\"column\":%" PRIu64, token->index,
           (uint64_t)token->line + 1, (uint64_t)token->column + 1);
    print_pair("source", is_mapped ? token->source_text : view_of(NULL));
    if (is_mapped) {
        printf(",\"source_line\":%" PRIu64 ",\"source_column\":%" PRIu64,
               (uint64_t)token->source_line + 1, (uint64_t)token->source_column + 1);
    } else {
        fputs(",\"source_line\":null,\"source_column\":null", stdout);
    }
    print_pair("name", token->name_text);
    fputs(",\"function\":", stdout);
    print_function_json(stdout, &e->function);
    print_pair("function_kind",
               view_of(has_function ? function_kind_text(e->function.kind) : NULL));
    print_pair("function_origin",
               view_of(has_function ? name_origin_text(e->function.origin) : NULL));
    fputc('}', stdout);
}

static void print_explanation_json(const struct explanation *e)
{
    size_t n_rule = e->rule == NULL ? 0 : strcspn(e->rule, ":");

    fputs("{\"input\":", stdout);
    print_json(stdout, view_of(e->input));
    print_pair("kind", view_of(e->kind));
    print_pair("source_mapping_url", view_of(e->url));
    print_pair("map", view_of(e->map));
    print_pair("rule", (struct smc_view){e->rule, n_rule});
    print_id_pair("generated_debug_id", e->has_generated_id, e->generated_id);
    print_id_pair("debug_id", e->info.has_debug_id != 0, e->info.debug_id);
    printf(",\"n_tokens\":%" PRIu32 ",\"n_lines\":%" PRIu32 ",\"n_sources\":%" PRIu32
           ",\"n_without_content\":%" PRIu32 ",\"n_ignored\":%" PRIu32,
           e->info.n_tokens, e->info.n_lines, e->info.n_sources, e->n_without_content,
           e->info.n_ignored);
    if (e->is_open && e->has_position) {
        print_answer_json(e);
    }
    fputs(",\"problems\":[", stdout);
    for (size_t i = 0; i < e->n_problems; i++) {
        printf("%s{\"problem\":\"%s\"", i > 0 ? "," : "", e->problems[i].word);
        print_pair("text", view_of(e->problems[i].text));
        print_pair("fix", view_of(e->problems[i].fix));
        fputc('}', stdout);
    }
    puts("]}");
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    struct explanation e = {.kind = NULL};
    const char *position = NULL, *reason;
    int is_json = 0, option;
    uint32_t line;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'j':
            is_json = 1;
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    if (argc - optind < 1 || argc - optind > 2) {
        return usage_error(command, "an INPUT is needed, and at most one LINE:COLUMN");
    }
    e.input = argv[optind];
    if (argc - optind == 2) {
        position = argv[optind + 1];
        e.has_position = parse_position(position, strlen(position), 1, 1, &e.at, &reason) == 0;
        if (!e.has_position && parse_number(position, UINT32_MAX, &line) != 0) {
            return usage_error(command, "'%s': %s", position, reason);
        }
    }
    int code = find_out(&e, position);
    if (is_json) {
        print_explanation_json(&e);
    } else {
        print_explanation(&e);
    }
    for (size_t i = 0; i < e.n_problems; i++) {
        free(e.problems[i].text);
    }
    free(e.url);
    free(e.map);
    input_close(&e.opened);
    return finish_output(code);
}

const struct command cmd_explain = {"explain", "what is found for an input, and what is missing",
                                    help, run};
