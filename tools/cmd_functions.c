#include "tools/cli.h"

#include "src/base/io.h"
#include "src/javascript/javascript.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: smcache functions FILE... [--json] [--language NAME]\n"
    "\n"
    "Prints the functions of JavaScript and TypeScript files as TSV, outer ones first:\n"
    "  start end name last_component\n"
    "and with several FILEs, before each row, the path of its file. Positions are 1-based\n"
    "line:column, columns in UTF-16 units; the end is exclusive. This is what build names frames "
    "by.\n"
    "A file that cannot be followed has none. \"-\" is stdin.\n"
    "\n"
    "options:\n"
    "      --json           one object a file\n"
    "      --language NAME  javascript, typescript or tsx; without it the extension tells\n"
    "  -h, --help\n"
    "\n"
    "exit codes: 0 done; 1 a file cannot be followed; 2 usage; 4 I/O or memory\n"
    "\n"
    "examples:\n"
    "  smcache functions src/checkout.ts\n"
    "  smcache functions --json dist/*.js > functions.jsonl\n";

struct options {
    int is_json;
    int has_several; /* files */
    int has_language;
    enum smc_js_language language;
};

/* What there is to say of a file. */
struct result {
    const char *path;
    struct smc_js *js;
    struct smc_js_span *spans;
    enum smc_js_language language;
    enum smc_js_result status;
    struct smc_js_position lost_at;
};

static struct smc_view function_name(const struct result *result, uint32_t index,
                                     char text[SMC_JS_NAME_NBYTES_MAX], struct smc_view *last)
{
    size_t last_nbytes;
    const size_t n = smc_js_name_text(result->js, index, text, &last_nbytes);

    *last = (struct smc_view){n > 0 ? text + n - last_nbytes : NULL, last_nbytes};
    return (struct smc_view){n > 0 ? text : NULL, n};
}

static void print_result_json(const struct result *result)
{
    static const char *const statuses[] = {"followed", "lost"};
    const int is_lost = result->status == SMC_JS_LOST;
    char text[SMC_JS_NAME_NBYTES_MAX];

    fputs("{\"file\":", stdout);
    print_json(stdout, (struct smc_view){result->path, strlen(result->path)});
    printf(",\"language\":\"%s\",\"status\":\"%s\",\"reason\":",
           smc_js_language_text(result->language),
           result->language == SMC_JS_NONE ? "skipped" : statuses[result->status]);
    if (is_lost) {
        print_json(stdout, (struct smc_view){result->js->reason, strlen(result->js->reason)});
        printf(",\"line\":%" PRIu32 ",\"column\":%" PRIu32, result->lost_at.line + 1,
               result->lost_at.column + 1);
    } else {
        fputs("null,\"line\":null,\"column\":null", stdout);
    }
    fputs(",\"functions\":[", stdout);
    for (uint32_t i = 0; i < result->js->n_functions; i++) {
        const struct smc_js_span *span = &result->spans[i];
        struct smc_view last, name = function_name(result, i, text, &last);
        printf("%s{\"start_line\":%" PRIu32 ",\"start_column\":%" PRIu32 ",\"end_line\":%" PRIu32
               ",\"end_column\":%" PRIu32 ",\"name\":",
               i > 0 ? "," : "", span->start.line + 1, span->start.column + 1, span->end.line + 1,
               span->end.column + 1);
        print_json(stdout, name);
        fputs(",\"last\":", stdout);
        print_json(stdout, last);
        putchar('}');
    }
    puts("]}");
}

static void print_result_tsv(const struct result *result, int with_path)
{
    char text[SMC_JS_NAME_NBYTES_MAX];

    for (uint32_t i = 0; i < result->js->n_functions; i++) {
        const struct smc_js_span *span = &result->spans[i];
        struct smc_view last, name = function_name(result, i, text, &last);
        if (with_path) {
            print_tsv(stdout, view_of(result->path));
            putchar('\t');
        }
        printf("%" PRIu32 ":%" PRIu32 "\t%" PRIu32 ":%" PRIu32 "\t", span->start.line + 1,
               span->start.column + 1, span->end.line + 1, span->end.column + 1);
        print_tsv(stdout, name);
        putchar('\t');
        print_tsv(stdout, last);
        putchar('\n');
    }
}

static int print_result(const struct options *options, struct result *result)
{
    const int is_lost = result->status == SMC_JS_LOST && result->language != SMC_JS_NONE;

    if (is_lost) {
        result->lost_at = smc_js_position_at(result->js, result->js->lost_at);
        say("%s:%" PRIu32 ":%" PRIu32 ": cannot be followed: %s", name_of(result->path),
            result->lost_at.line + 1, result->lost_at.column + 1, result->js->reason);
    }
    result->spans = calloc((size_t)result->js->n_functions + 1, sizeof *result->spans);
    if (result->spans == NULL || result->status == SMC_JS_E_MEMORY) {
        free(result->spans);
        errno = ENOMEM;
        return system_error(name_of(result->path), "no memory");
    }
    if (result->js->n_functions > 0) { /* what has not been scanned has no text */
        smc_js_spans(result->js, result->spans);
    }
    if (options->is_json) {
        print_result_json(result);
    } else {
        print_result_tsv(result, options->has_several);
    }
    free(result->spans);
    return is_lost ? EXIT_PARTIAL : EXIT_DONE;
}

static int scan_file(const struct options *options, struct smc_js *js, const char *path)
{
    struct smc_buf text = {0};
    const int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    int code;

    if (fd < 0) {
        return system_error(path, "cannot open");
    }
    if (smc_read_all(fd, SMC_JS_NBYTES_MAX, 1, &text) != 0) {
        code = system_error(name_of(path), "cannot read");
    } else {
        const size_t nbytes = text.nbytes;
        struct result result = {.path = path,
                                .js = js,
                                .language =
                                    options->has_language
                                        ? options->language
                                        : smc_js_language((const uint8_t *)path, strlen(path))};
        smc_buf_append(&text, NULL, SMC_JS_PADDING);
        js->n_functions = 0;
        result.status = text.failed ? SMC_JS_E_MEMORY : SMC_JS_FOLLOWED;
        if (!text.failed && result.language != SMC_JS_NONE) {
            result.status = (options->has_language ? smc_js_scan : smc_js_scan_guessed)(
                js, text.data, nbytes, result.language);
        }
        code = print_result(options, &result);
    }
    smc_buf_free(&text);
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    return code;
}

static int parse_language(const char *text, struct options *options)
{
    for (int i = SMC_JS_PLAIN; i <= SMC_JS_TYPED_JSX; i++) {
        if (strcmp(text, smc_js_language_text((enum smc_js_language)i)) == 0) {
            options->language = (enum smc_js_language)i;
            options->has_language = 1;
            return 0;
        }
    }
    return -1;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option long_options[] = {{"json", no_argument, NULL, 'j'},
                                                 {"language", required_argument, NULL, 'l'},
                                                 {"help", no_argument, NULL, 'h'},
                                                 {NULL, 0, NULL, 0}};
    struct options options = {0};
    struct smc_js js = {0};
    int worst = EXIT_DONE, option;

    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 'j':
            options.is_json = 1;
            break;
        case 'l':
            if (parse_language(optarg, &options) != 0) {
                return usage_error(command, "unknown language '%s'", optarg);
            }
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    if (optind == argc) {
        return usage_error(command, "a FILE is needed");
    }
    options.has_several = argc - optind > 1;
    for (int i = optind; i < argc; i++) {
        const int code = scan_file(&options, &js, argv[i]);
        worst = code > worst ? code : worst;
    }
    smc_js_free(&js);
    return finish_output(worst);
}

const struct command cmd_functions = {"functions", "the functions of JavaScript files", help, run};
