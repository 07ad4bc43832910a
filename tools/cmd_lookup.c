#include "src/symbolicate/smcache_symbolicate.h"
#include "tools/config.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: smcache lookup FILE LINE:COLUMN... [OPTION]...\n"
    "       smcache lookup FILE - [OPTION]...\n"
    "\n"
    "Prints the original position of each generated position. FILE is a compiled file, a source "
    "map\n"
    "(also .map.gz), or a generated file with its map inside or beside it. \"-\" reads one "
    "position a\n"
    "line from stdin and answers each at once, so that another program can talk to this one. "
    "Lines\n"
    "and columns count from 1, as stack traces print them. [ignored] is a source on the map's "
    "ignore\n"
    "list: third-party code. What a map is compiled to is kept in the store (smcache store "
    "--help), "
    "so\n"
    "that it is read once.\n"
    "\n"
    "options:\n"
    "  -C, --context N       with N source lines before and after, and a caret (text only)\n"
    "      --format FORMAT   text (default): SOURCE:LINE:COLUMN (NAME) in FUNCTION, or (unmapped)\n"
    "                        tsv: line column source source_line source_column name function,\n"
    "                        a row a query; empty where unmapped; \\\\ \\t \\n \\r escaped\n"
    "                        json: an object a line with those keys, mapped, ignored, "
    "function_last\n"
    "                        (its last component), function_kind, function_origin and hidden; and\n"
    "                        frames, if functions have been inlined there\n"
    "      --frames          the callers of inlined functions, too: a line each (text), a row "
    "each\n"
    "                        (tsv), frames in any case (json)\n"
    "      --line-base B     0 or 1, of input and output; default 1\n"
    "      --column-base B   0 or 1, of input and output; default 1\n"
    "      --across-lines    let the last token of an earlier line answer, as ECMA-426 does\n"
    "      --strict          exit code 1 if a position is unmapped\n"
    "      --no-store        without the store\n"
    "  -h, --help\n"
    "\n"
    "examples:\n"
    "  smcache lookup app.js.smcache 1:2345\n"
    "  smcache lookup app.js.map 1:2345 2:17 -C 3\n"
    "  cut -f2 frames.tsv | smcache lookup app.js.smcache - --format=tsv\n";

enum format { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };

struct lookup {
    const char *path;
    const smc_cache *cache;
    smc_text *text; /* for context lines */
    enum format format;
    uint32_t line_base, column_base;
    uint32_t n_context;
    unsigned flags;
    int all_frames;
    unsigned long n_unmapped;
    unsigned long n_bad; /* queries that are no positions */
};

static const struct smc_view nothing = {NULL, 0};

/* What is known of a position. Of frames, the first is its own; if there is none, its function is unknown. */
struct found {
    struct smc_token token;
    struct smc_frame *frames;
    size_t n, max;
};

static const struct smc_frame no_frame = {.source = SMC_NONE, .function = {.index = SMC_NONE}};

static const struct smc_frame *frame_of(const struct found *found)
{
    return found->n > 0 ? &found->frames[0] : &no_frame;
}

/* ---- TSV ---- */

static void print_place_tsv(const struct lookup *l, struct smc_position at,
                            const struct smc_frame *frame, struct smc_view name)
{
    printf("%" PRIu64 "\t%" PRIu64 "\t", (uint64_t)at.line + l->line_base,
           (uint64_t)at.column + l->column_base);
    if (frame->source == SMC_NONE) {
        fputs("\t\t\t\t", stdout);
    } else {
        print_tsv(stdout, frame->source_text);
        printf("\t%" PRIu64 "\t%" PRIu64 "\t", (uint64_t)frame->source_line + l->line_base,
               (uint64_t)frame->source_column + l->column_base);
        print_tsv(stdout, name);
        putchar('\t');
    }
    print_function_tsv(stdout, &frame->function);
    putchar('\n');
}

static void print_row_tsv(const struct lookup *l, struct smc_position at, const struct found *found)
{
    print_place_tsv(l, at, frame_of(found), found->token.name_text);
    for (size_t i = 1; l->all_frames && i < found->n; i++) {
        print_place_tsv(l, at, &found->frames[i], nothing);
    }
}

/* ---- JSON ---- */

static void print_source_json(const struct lookup *l, const struct smc_frame *frame)
{
    fputs("\"source\":", stdout);
    print_json(stdout, frame->source_text);
    if (frame->source != SMC_NONE) {
        printf(",\"source_line\":%" PRIu64 ",\"source_column\":%" PRIu64,
               (uint64_t)frame->source_line + l->line_base,
               (uint64_t)frame->source_column + l->column_base);
    } else {
        fputs(",\"source_line\":null,\"source_column\":null", stdout);
    }
}

/* What is known of a function beside its name. */
static void print_details_json(const struct smc_function *function)
{
    fputs(",\"function_last\":", stdout);
    print_json(stdout, function->last);
    if (function->index == SMC_NONE) {
        fputs(",\"function_kind\":null,\"function_origin\":null", stdout);
    } else {
        printf(",\"function_kind\":\"%s\",\"function_origin\":\"%s\"",
               function_kind_text(function->kind), name_origin_text(function->origin));
    }
}

static void print_frame_json(const struct lookup *l, const struct smc_frame *frame)
{
    putchar('{');
    print_source_json(l, frame);
    fputs(",\"function\":", stdout);
    print_function_json(stdout, &frame->function);
    printf(",\"mapped\":%s,\"ignored\":%s", frame->source != SMC_NONE ? "true" : "false",
           (frame->flags & SMC_FRAME_IGNORED) != 0 ? "true" : "false");
    print_details_json(&frame->function);
    putchar('}');
}

static void print_row_json(const struct lookup *l, struct smc_position at,
                           const struct found *found)
{
    const struct smc_frame *frame = frame_of(found);
    const int is_mapped = frame->source != SMC_NONE;

    printf("{\"line\":%" PRIu64 ",\"column\":%" PRIu64 ",", (uint64_t)at.line + l->line_base,
           (uint64_t)at.column + l->column_base);
    print_source_json(l, frame);
    fputs(",\"name\":", stdout);
    print_json(stdout, is_mapped ? found->token.name_text : nothing);
    fputs(",\"function\":", stdout);
    print_function_json(stdout, &frame->function);
    printf(",\"mapped\":%s,\"ignored\":%s", is_mapped ? "true" : "false",
           (frame->flags & SMC_FRAME_IGNORED) != 0 ? "true" : "false");
    print_details_json(&frame->function);
    printf(",\"hidden\":%s", (frame->flags & SMC_FRAME_HIDDEN) != 0 ? "true" : "false");
    if (l->all_frames || found->n > 1) {
        fputs(",\"frames\":[", stdout);
        for (size_t i = 0; i < found->n; i++) {
            fputs(i > 0 ? "," : "", stdout);
            print_frame_json(l, &found->frames[i]);
        }
        putchar(']');
    }
    puts("}");
}

/* ---- text ---- */

static void print_place_text(const struct lookup *l, const struct smc_frame *frame,
                             struct smc_view name)
{
    if (frame->source == SMC_NONE) {
        fputs("(unmapped)", stdout);
    } else {
        if (frame->source_text.ptr == NULL) {
            fputs("(source without a name)", stdout);
        } else {
            print_text(stdout, frame->source_text);
        }
        printf(":%" PRIu64 ":%" PRIu64, (uint64_t)frame->source_line + l->line_base,
               (uint64_t)frame->source_column + l->column_base);
        if (name.ptr != NULL) {
            fputs(" (", stdout);
            print_text(stdout, name);
            fputc(')', stdout);
        }
    }
    if (frame->function.kind == SMC_FUNCTION_NAMED) {
        fputs(" in ", stdout);
        print_function_text(stdout, &frame->function);
    }
    fputs((frame->flags & SMC_FRAME_IGNORED) != 0 ? " [ignored]" : "", stdout);
    fputs((frame->flags & SMC_FRAME_HIDDEN) != 0 ? " [hidden]\n" : "\n", stdout);
}

static smc_status print_row_text(const struct lookup *l, const struct found *found)
{
    const struct smc_frame *frame = frame_of(found);
    struct smc_source source;

    print_place_text(l, frame, found->token.name_text);
    for (size_t i = 1; l->all_frames && i < found->n; i++) {
        fputs("  inlined at ", stdout);
        print_place_text(l, &found->frames[i], nothing);
    }
    if (l->text == NULL || frame->source == SMC_NONE) {
        return SMC_OK;
    }
    smc_status status = smc_source_get(l->cache, frame->source, &source);
    if (status == SMC_OK && source.has_content) {
        status = print_context(stdout, l->text, frame->source, source.n_lines, frame->source_line,
                               frame->source_column, l->n_context, l->line_base);
    }
    return status;
}

/* ---- a query ---- */

static smc_status print_row(struct lookup *l, struct smc_position at, const struct found *found)
{
    l->n_unmapped += found->token.source == SMC_NONE;
    switch (l->format) {
    case FORMAT_TSV:
        print_row_tsv(l, at, found);
        return SMC_OK;
    case FORMAT_JSON:
        print_row_json(l, at, found);
        return SMC_OK;
    default:
        return print_row_text(l, found);
    }
}

/* A position has no more frames, the innermost ones: files that say so are hostile, and each query would cost as many. */
#define FRAMES_MAX ((size_t)SMC_SYMBOLICATE_DEPTH_MAX)

/* All frames of a position: where there is no room for one more there may be more. */
static smc_status find_frames(const struct lookup *l, struct smc_position at, struct found *found)
{
    smc_status status = SMC_OK;

    while (status == SMC_OK && found->n == found->max && found->max < FRAMES_MAX) {
        const size_t max = found->max == 0 ? 16 : 2 * found->max;
        struct smc_frame *frames = realloc(found->frames, max * sizeof *frames);
        if (frames == NULL) {
            return SMC_E_MEMORY;
        }
        found->frames = frames;
        found->max = max;
        status = smc_frames(l->cache, at.line, at.column, l->flags, frames, max, &found->n);
    }
    return status;
}
_Static_assert(FRAMES_MAX % 16 == 0 && (FRAMES_MAX & (FRAMES_MAX - 1)) == 0, "16, doubled");

/* Returns an exit code. */
static int answer(struct lookup *l, struct smc_position at)
{
    struct found found = {.frames = NULL};
    smc_status status = smc_lookup(l->cache, at.line, at.column, l->flags, &found.token);

    status = status == SMC_OK ? find_frames(l, at, &found) : status;
    status = status == SMC_OK ? print_row(l, at, &found) : status;
    free(found.frames);
    if (status == SMC_E_MEMORY) {
        say("%s: %s", l->path, smc_status_text(status));
        return EXIT_SYSTEM;
    }
    if (status != SMC_OK) {
        say("%s: %s; smcache verify says where", l->path, smc_status_text(status));
        return EXIT_INPUT;
    }
    return EXIT_DONE;
}

/* A query that is no position still gets its row, so that rows and queries stay in step. */
static void answer_bad(struct lookup *l, const char *reason, unsigned long n_line)
{
    say("stdin: line %lu: %s", n_line, reason);
    l->n_bad++;
    switch (l->format) {
    case FORMAT_TSV:
        puts("\t\t\t\t\t\t");
        break;
    case FORMAT_JSON:
        printf("{\"line\":null,\"column\":null,\"source\":null,\"source_line\":null,"
               "\"source_column\":null,\"name\":null,\"function\":null,\"mapped\":false,"
               "\"ignored\":false,\"function_last\":null,\"function_kind\":null,"
               "\"function_origin\":null,\"hidden\":false%s}\n",
               l->all_frames ? ",\"frames\":[]" : "");
        break;
    default:
        puts("(no position)");
        break;
    }
}

/* Reads one line without its end. One that is longer than `size`, so no position, becomes empty, which
 * is none either. 0 at the end of the input, and where it cannot be read: half a line is another position. */
static int read_line(char *line, size_t size, size_t *nbytes)
{
    size_t n = 0;
    int c;

    while ((c = getchar()) != EOF && c != '\n') {
        if (n < size) {
            line[n] = (char)c;
        }
        n++;
    }
    if (c == EOF && (n == 0 || ferror(stdin))) {
        return 0;
    }
    n = n > size ? 0 : n;
    if (n > 0 && line[n - 1] == '\r') {
        n--;
    }
    *nbytes = n;
    return 1;
}

/* A longer line is no position, however long: no more of it is kept. */
#define QUERY_NBYTES_MAX 64

static int answer_stdin(struct lookup *l)
{
    char line[QUERY_NBYTES_MAX];
    size_t nbytes;

    for (unsigned long n = 1; read_line(line, sizeof line, &nbytes); n++) {
        struct smc_position at;
        const char *reason;
        if (parse_position(line, nbytes, l->line_base, l->column_base, &at, &reason) != 0) {
            answer_bad(l, reason, n);
        } else {
            int code = answer(l, at);
            if (code != EXIT_DONE) {
                return code;
            }
        }
        if (finish_output(EXIT_DONE) != EXIT_DONE) { /* who waits for the answer must get it now */
            return EXIT_SYSTEM;
        }
    }
    return ferror(stdin) ? system_error("stdin", "cannot read") : EXIT_DONE;
}

static int answer_arguments(const struct command *command, struct lookup *l, int n, char **texts)
{
    const char *reason;
    struct smc_position at;

    for (int i = 0; i < n; i++) { /* all of them, before anything is printed */
        if (parse_position(texts[i], strlen(texts[i]), l->line_base, l->column_base, &at,
                           &reason) != 0) {
            return usage_error(command, "'%s': %s", texts[i], reason);
        }
    }
    for (int i = 0; i < n; i++) {
        parse_position(texts[i], strlen(texts[i]), l->line_base, l->column_base, &at, &reason);
        int code = answer(l, at);
        if (code != EXIT_DONE) {
            return code;
        }
    }
    return EXIT_DONE;
}

static int run_on(const struct command *command, struct config *config, struct lookup *l, int n,
                  char **texts, int is_strict)
{
    struct input input;
    int code = input_open(l->path, config, &input);

    if (code != EXIT_DONE) {
        return code;
    }
    l->cache = input.cache;
    if (l->n_context != UINT32_MAX && smc_text_open(input.cache, &l->text) != SMC_OK) {
        say("%s: out of memory", l->path);
        code = EXIT_SYSTEM;
    } else if (n == 1 && strcmp(texts[0], "-") == 0) {
        code = answer_stdin(l);
    } else {
        code = answer_arguments(command, l, n, texts);
    }
    smc_text_close(l->text);
    input_close(&input);
    code = finish_output(code);
    if (code == EXIT_DONE && (l->n_bad > 0 || (is_strict && l->n_unmapped > 0))) {
        code = EXIT_PARTIAL;
    }
    return code;
}

static int run_with(struct config *config, const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {{"context", required_argument, NULL, 'C'},
                                            {"format", required_argument, NULL, 'f'},
                                            {"line-base", required_argument, NULL, 'l'},
                                            {"column-base", required_argument, NULL, 'c'},
                                            {"across-lines", no_argument, NULL, 'a'},
                                            {"frames", no_argument, NULL, 'F'},
                                            {"strict", no_argument, NULL, 's'},
                                            CONFIG_FLAG("no-store", no_argument, SETTING_STORE),
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    static const char *const formats[] = {"text", "tsv", "json"};
    struct lookup l = {.line_base = 1, .column_base = 1, .n_context = UINT32_MAX};
    unsigned format = FORMAT_TEXT;
    int is_strict = 0, option;

    while ((option = getopt_long(argc, argv, "C:h", options, NULL)) != -1) {
        switch (option) {
        case 'C':
            if (parse_number(optarg, 1000000, &l.n_context) != 0) {
                return usage_error(command, "--context is a number of lines, not '%s'", optarg);
            }
            break;
        case 'f':
            for (format = 0; format < 3 && strcmp(optarg, formats[format]) != 0; format++) {
            }
            if (format == 3) {
                return usage_error(command, "--format is text, tsv or json, not '%s'", optarg);
            }
            break;
        case 'l':
        case 'c':
            if (parse_number(optarg, 1, option == 'l' ? &l.line_base : &l.column_base) != 0) {
                return usage_error(command, "a base is 0 or 1, not '%s'", optarg);
            }
            break;
        case 'a':
            l.flags |= SMC_LOOKUP_ACROSS_LINES;
            break;
        case 'F':
            l.all_frames = 1;
            break;
        case 's':
            is_strict = 1;
            break;
        case CONFIG_OPTION + SETTING_STORE:
            if (config_set_flag(config, command, SETTING_STORE, NULL) != EXIT_DONE) {
                return EXIT_SYSTEM;
            }
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    l.format = (enum format)format;
    if (argc - optind < 2) {
        return usage_error(command, "a FILE and a LINE:COLUMN are needed");
    }
    l.path = argv[optind];
    if (strcmp(l.path, "-") == 0 && strcmp(argv[optind + 1], "-") == 0) {
        return usage_error(command, "stdin cannot be both the FILE and the positions");
    }
    return run_on(command, config, &l, argc - optind - 1, argv + optind + 1, is_strict);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct config config = {0};
    int code = run_with(&config, command, argc, argv);

    config_free(&config);
    return code;
}

const struct command cmd_lookup = {"lookup", "original positions of generated ones", help, run};
