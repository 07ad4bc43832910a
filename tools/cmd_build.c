#include "tools/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: smcache build MAP [-o FILE] [--sources=deflate|raw|none]\n"
    "\n"
    "Compiles a source map. app.js.map becomes app.js.smcache beside it; MAP \"-\" is stdin, FILE\n"
    "\"-\" is stdout. The file appears whole or not at all. Errors that the standard lets a reader "
    "go\n"
    "on after are warnings.\n"
    "\n"
    "options:\n"
    "  -o, --output FILE   where to write\n"
    "      --sources MODE  contents of the sources: deflate (default), raw (larger, read without "
    "a\n"
    "                      copy), or none (they are left out)\n"
    "  -h, --help\n"
    "\n"
    "examples:\n"
    "  smcache build dist/app.js.map\n"
    "  smcache build --sources=none dist/app.js.map -o /srv/maps/app.js.smcache\n"
    "  curl -s https://example.com/app.js.map | smcache build - > app.js.smcache\n";

/* app.js.map -> app.js.smcache; others get the extension added. NULL without memory. */
static char *default_output(const char *input)
{
    static const char extension[] = ".smcache";
    size_t n = strlen(input);
    if (n > 4 && strcmp(input + n - 4, ".map") == 0) {
        n -= 4;
    }
    char *output = malloc(n + sizeof extension);
    if (output != NULL) {
        memcpy(output, input, n);
        memcpy(output + n, extension, sizeof extension);
    }
    return output;
}

/* Writing a map's file over the map itself would lose it. */
static int is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return strcmp(a, "-") != 0 && strcmp(b, "-") != 0 && stat(a, &x) == 0 && stat(b, &y) == 0 &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The file holds what the map holds, so it is for nobody who may not read the map. */
static unsigned mode_of(const char *input)
{
    struct stat st;
    return strcmp(input, "-") != 0 && stat(input, &st) == 0 ? (unsigned)st.st_mode & 0666 : 0666;
}

static int build_to(const char *input, const char *output, enum smc_build_sources sources)
{
    const char *name = strcmp(input, "-") == 0 ? "stdin" : input;
    const char *output_name = strcmp(output, "-") == 0 ? "stdout" : output;
    struct warnings warnings = {name, 0};
    struct smc_build_options options = {.struct_size = sizeof options,
                                        .sources = sources,
                                        .warn = print_warning,
                                        .warn_context = &warnings};
    struct smc_build_issue issue;
    struct outfile out;
    struct bytes json;

    int code = bytes_read(input, &json);
    if (code != EXIT_DONE) {
        return code;
    }
    if (outfile_open(&out, output, mode_of(input)) != 0) {
        free(json.data);
        return system_error(output_name, "cannot write");
    }
    smc_build_status status =
        smc_build(json.data, json.nbytes, &options, outfile_write, &out, &issue);
    finish_warnings(&warnings);
    if (status == SMC_BUILD_E_SINK) {
        code = system_error(output_name, "cannot write");
    } else if (status != SMC_BUILD_OK) {
        code = build_error(name, &issue);
    } else if (outfile_commit(&out) != 0) {
        code = system_error(output_name, "cannot write");
    }
    outfile_discard(&out);
    free(json.data);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"sources", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    static const char *const modes[] = {[SMC_BUILD_SOURCES_DEFLATE] = "deflate",
                                        [SMC_BUILD_SOURCES_RAW] = "raw",
                                        [SMC_BUILD_SOURCES_NONE] = "none"};
    const char *output = NULL;
    unsigned sources = SMC_BUILD_SOURCES_DEFLATE;
    int option;

    while ((option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
        switch (option) {
        case 'o':
            output = optarg;
            break;
        case 's':
            for (sources = 0; sources < 3 && strcmp(optarg, modes[sources]) != 0; sources++) {
            }
            if (sources == 3) {
                return usage_error(command, "--sources is deflate, raw or none, not '%s'", optarg);
            }
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    if (argc - optind != 1) {
        return usage_error(command, "one MAP is needed");
    }
    const char *input = argv[optind];
    char *named = NULL;
    if (output == NULL) {
        named = strcmp(input, "-") == 0 ? strdup("-") : default_output(input);
        if (named == NULL) {
            return system_error(input, "cannot name the output");
        }
        output = named;
    }
    int code;
    if (strcmp(output, "-") == 0 && isatty(STDOUT_FILENO)) {
        code = usage_error(command, "the output is binary: give -o FILE, or redirect stdout");
    } else if (is_same_file(input, output)) {
        code = usage_error(command, "the output is the map itself: give another -o FILE");
    } else {
        code = build_to(input, output, (enum smc_build_sources)sources);
    }
    free(named);
    return code;
}

const struct command cmd_build = {"build", "compile a source map", help, run};
