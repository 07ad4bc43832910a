#include "tools/cli.h"

#include "src/verify/smcache_verify.h"

#include <getopt.h>

static const char help[] =
    "usage: smcache verify FILE...\n"
    "\n"
    "Checks every structure and every string of compiled files, and their digests.\n"
    "Prints nothing if all is well; exit code 3 and the first fault if not.\n"
    "\n"
    "example:\n"
    "  smcache verify dist/app.js.smcache && echo good\n";

static int verify(const char *path)
{
    struct smc_error error;
    struct input input;
    int code = input_open_cache(path, SMC_OPEN_SEQUENTIAL, &input);

    if (code == EXIT_DONE && smc_verify(input.cache, &error) != SMC_OK) {
        code = cache_error(path, &error);
    }
    input_close(&input);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int worst = EXIT_DONE, option;

    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option != 'h') {
            return usage_error(command, "wrong option");
        }
        fputs(command->help, stdout);
        return finish_output(EXIT_DONE);
    }
    if (optind == argc) {
        return usage_error(command, "a FILE is needed");
    }
    for (int i = optind; i < argc; i++) {
        int code = verify(argv[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

const struct command cmd_verify = {"verify", "check a compiled file for damage", help, run};
