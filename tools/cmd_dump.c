#include "tools/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

static const char help[] = "usage: smcache dump FILE [--sources | --functions]\n"
                           "\n"
                           "Prints every token of a compiled file as TSV, 0-based, in file order, "
                           "empty fields where absent:\n"
                           "  line column source_index source_line source_column name "
                           "function_index function\n"
                           "or, with --sources, every source:\n"
                           "  index name content_nbytes n_lines ignored raw_name\n"
                           "raw_name is what the map says, empty where the name is the same.\n"
                           "Or, with --functions, every function that tokens or inlined calls are "
                           "in:\n"
                           "  index kind origin name last_component\n"
                           "kind is top_level, anonymous or named; origin is where that is known "
                           "from.\n"
                           "Backslash, tab, LF and CR in names are written as \\\\ \\t \\n \\r.\n"
                           "\n"
                           "example:\n"
                           "  smcache dump app.js.smcache | head\n";

static smc_status dump_tokens(const smc_cache *cache, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct smc_token token;
        struct smc_function function;
        smc_status status = smc_token_at(cache, i, &token);
        status = status == SMC_OK ? smc_token_function(cache, i, &function) : status;
        if (status != SMC_OK) {
            return status;
        }
        printf("%" PRIu32 "\t%" PRIu32 "\t", token.line, token.column);
        if (token.source != SMC_NONE) {
            printf("%" PRIu32 "\t%" PRIu32 "\t%" PRIu32 "\t", token.source, token.source_line,
                   token.source_column);
        } else {
            fputs("\t\t\t", stdout);
        }
        print_tsv(stdout, token.name_text);
        putchar('\t');
        if (function.index != SMC_NONE) {
            printf("%" PRIu32, function.index);
        }
        putchar('\t');
        print_function_tsv(stdout, &function);
        putchar('\n');
    }
    return SMC_OK;
}

static int is_same(struct smc_view a, struct smc_view b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && a.nbytes == b.nbytes &&
           (a.ptr == NULL || memcmp(a.ptr, b.ptr, a.nbytes) == 0);
}

static smc_status dump_sources(const smc_cache *cache, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct smc_source source;
        smc_status status = smc_source_get(cache, i, &source);
        if (status != SMC_OK) {
            return status;
        }
        printf("%" PRIu32 "\t", i);
        print_tsv(stdout, source.name);
        if (source.has_content) {
            printf("\t%" PRIu64 "\t%" PRIu32, source.content_nbytes, source.n_lines);
        } else {
            fputs("\t\t", stdout);
        }
        fputs(source.is_ignored ? "\tignored\t" : "\t\t", stdout);
        if (!is_same(source.raw_name, source.name)) {
            print_tsv(stdout, source.raw_name);
        }
        putchar('\n');
    }
    return SMC_OK;
}

static smc_status dump_functions(const smc_cache *cache, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct smc_function function;
        smc_status status = smc_function_get(cache, i, &function);
        if (status != SMC_OK) {
            return status;
        }
        printf("%" PRIu32 "\t%s\t%s\t", i, function_kind_text(function.kind),
               name_origin_text(function.origin));
        print_function_tsv(stdout, &function);
        putchar('\t');
        print_tsv(stdout, function.last);
        putchar('\n');
    }
    return SMC_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {{"sources", no_argument, NULL, 's'},
                                            {"functions", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct smc_info info;
    struct input input;
    int what = 0, option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 's':
        case 'f':
            if (what != 0 && what != option) {
                return usage_error(command, "--sources or --functions, not both");
            }
            what = option;
            break;
        case 'h':
            fputs(command->help, stdout);
            return finish_output(EXIT_DONE);
        default:
            return usage_error(command, "wrong option");
        }
    }
    if (argc - optind != 1) {
        return usage_error(command, "one FILE is needed");
    }
    int code = input_open_cache(argv[optind], SMC_OPEN_SEQUENTIAL, &input);
    if (code != EXIT_DONE) {
        return code;
    }
    smc_status status = smc_info_get(input.cache, &info);
    if (status == SMC_OK) {
        status = what == 's'   ? dump_sources(input.cache, info.n_sources)
                 : what == 'f' ? dump_functions(input.cache, info.n_functions)
                               : dump_tokens(input.cache, info.n_tokens);
    }
    if (status != SMC_OK) {
        say("%s: %s; smcache verify says where", argv[optind], smc_status_text(status));
        code = EXIT_INPUT;
    }
    input_close(&input);
    return finish_output(code);
}

const struct command cmd_dump = {"dump", "every token, source or function of a compiled file", help,
                                 run};
