/*
 * smcache store: the table of subcommands, and their options.
 */
#include "tools/store_commands.h"
#include "tools/units.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* ---- path ---- */

static int run_path(struct store_call *call)
{
    if (call->is_json) {
        store_print_json("dir", call->config.dir);
    } else {
        store_print_line(call->config.dir);
    }
    return EXIT_DONE;
}

static const struct store_command store_path = {
    {"store path", "the folder of the store",
     "usage: smcache store path [--json] [OPTION]...\n"
     "\n"
     "Prints the folder of the store, whether it is there yet or not. smcache config says who\n"
     "chose it.\n"
     "\n"
     "options:\n"
     "      --json           an object: dir\n",
     NULL},
    "  smcache store path\n"
    "  smcache store path --dir cache\n",
    STORE_TAKES_JSON | STORE_STAYS_CLOSED,
    run_path};

static const struct store_command *const subcommands[] = {
    &store_path, &store_stats, &store_list, &store_warm,
    &store_gc,   &store_clear, &store_pin,  &store_unpin,
};
#define N_SUBCOMMANDS (sizeof subcommands / sizeof subcommands[0])

/* ---- options ---- */

enum {
    OPTION_JSON = 'j',
    OPTION_HELP = 'h',
    OPTION_FOLDERS = 0x100,
    OPTION_BUDGET,
    OPTION_KEEP,
    OPTION_PINNED
};

static const struct rule {
    struct option option;
    unsigned needs; /* what a subcommand takes for it; 0: each has it */
} rules[] = {
    {{"json", no_argument, NULL, OPTION_JSON}, STORE_TAKES_JSON},
    {{"folders", no_argument, NULL, OPTION_FOLDERS}, STORE_TAKES_FOLDERS},
    {{"budget", required_argument, NULL, OPTION_BUDGET}, STORE_TAKES_BUDGET},
    {{"keep", required_argument, NULL, OPTION_KEEP}, STORE_TAKES_KEEP},
    {{"pinned", no_argument, NULL, OPTION_PINNED}, STORE_TAKES_PINNED},
    {{"help", no_argument, NULL, OPTION_HELP}, 0},
};
#define N_RULES (sizeof rules / sizeof rules[0])
static const struct option config_options[] = {CONFIG_STORE_OPTIONS};
#define N_CONFIG_OPTIONS (sizeof config_options / sizeof config_options[0])

static const char config_help[] =
    "      --dir DIR        another folder than that of smcache config\n"
    "      --max-size SIZE  what the store may take: 500M, 5GiB, none\n"
    "      --max-age TIME   how long a file may stay unused: 30d, 12h, none\n"
    "  -h, --help\n"
    "\n"
    "examples:\n";

static void print_subcommand_help(const struct store_command *subcommand)
{
    fputs(subcommand->command.help, stdout);
    fputs(strstr(subcommand->command.help, "\noptions:\n") == NULL ? "\noptions:\n" : "", stdout);
    fputs(config_help, stdout);
    fputs(subcommand->examples, stdout);
}

static void print_help(FILE *to)
{
    fputs("usage: smcache store SUBCOMMAND [OPTION]... [PATTERN]...\n"
          "       smcache store SUBCOMMAND --help\n"
          "\n"
          "Looks after the store: a folder of compiled files that commands share. smcache config\n"
          "says where it is, and how large it may be. What is not there yet is as what is empty.\n"
          "\n"
          "subcommands:\n",
          to);
    for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
        fprintf(to, "  %-6s %s\n", strchr(subcommands[i]->command.name, ' ') + 1,
                subcommands[i]->command.summary);
    }
    fputs(
        "\n"
        "A PATTERN is one of a shell (* fits slashes, too), and fits a key by its text or by one\n"
        "of its names, as smcache store list prints them.\n"
        "\n"
        "examples:\n"
        "  smcache store stats\n"
        "  smcache store gc --max-size 1GiB --max-age 30d\n",
        to);
}

/* One option. Returns an exit code, having said why. */
static int take_option(struct store_call *call, int option)
{
    switch (option) {
    case OPTION_JSON:
        call->is_json = 1;
        return EXIT_DONE;
    case OPTION_FOLDERS:
        call->has_folders = 1;
        return EXIT_DONE;
    case OPTION_BUDGET:
        return parse_size(optarg, &call->budget_nbytes) == 0
                   ? EXIT_DONE
                   : usage_error(call->command, "--budget is a size such as 500M or 5GiB, not '%s'",
                                 optarg);
    case OPTION_KEEP:
        call->keep[call->n_keep++] = optarg;
        return EXIT_DONE;
    case OPTION_PINNED:
        call->clears_pinned = 1;
        return EXIT_DONE;
    default:
        return option >= CONFIG_OPTION
                   ? config_set_flag(&call->config, call->command,
                                     (enum setting)(option - CONFIG_OPTION), optarg)
                   : usage_error(call->command, "wrong option");
    }
}

static int parse(struct store_call *call, unsigned takes, int argc, char **argv, int *is_help)
{
    struct option options[N_CONFIG_OPTIONS + N_RULES + 1] = {0};
    size_t n = N_CONFIG_OPTIONS;
    int code = EXIT_DONE, option;

    memcpy(options, config_options, sizeof config_options);
    for (size_t i = 0; i < N_RULES; i++) {
        if ((rules[i].needs & ~takes) == 0) {
            options[n++] = rules[i].option;
        }
    }
    while (code == EXIT_DONE && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            *is_help = 1;
            return EXIT_DONE;
        }
        code = take_option(call, option);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    call->patterns = (const char *const *)argv + optind;
    call->n_patterns = (size_t)(argc - optind);
    if (call->n_patterns > 0 && (takes & (STORE_TAKES_PATTERNS | STORE_NEEDS_PATTERNS)) == 0) {
        return usage_error(call->command, "no arguments are taken: '%s'", argv[optind]);
    }
    if (call->n_patterns == 0 && (takes & STORE_NEEDS_PATTERNS) != 0) {
        return usage_error(call->command, "a PATTERN is needed");
    }
    return EXIT_DONE;
}

/* ---- running one ---- */

static int open_and_run(struct store_call *call, const struct store_command *subcommand)
{
    int code = config_read(&call->config);

    if (code == EXIT_DONE && ((subcommand->options & STORE_STAYS_CLOSED) == 0 ||
                              call->config.dir == NULL)) { /* what it says then is said there */
        code = store_open_if_there(&call->config, &call->store);
    }
    if (code == EXIT_DONE) {
        code = subcommand->run(call);
    }
    smc_store_close(call->store);
    return code == EXIT_DONE || code == EXIT_PARTIAL ? finish_output(code) : code;
}

static int run_subcommand(const struct store_command *subcommand, int argc, char **argv)
{
    struct store_call call = {.command = &subcommand->command, .budget_nbytes = CONFIG_NONE};
    int is_help = 0;

    call.keep = malloc((size_t)argc * sizeof *call.keep);
    if (call.keep == NULL) {
        say("out of memory");
        return EXIT_SYSTEM;
    }
    int code = parse(&call, subcommand->options, argc, argv, &is_help);
    if (code == EXIT_DONE && is_help) {
        print_subcommand_help(subcommand);
        code = finish_output(code);
    } else if (code == EXIT_DONE) {
        code = open_and_run(&call, subcommand);
    }
    config_free(&call.config);
    free(call.keep);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return finish_output(EXIT_DONE);
    }
    for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
        if (strcmp(argv[1], strchr(subcommands[i]->command.name, ' ') + 1) == 0) {
            return run_subcommand(subcommands[i], argc - 1, argv + 1);
        }
    }
    return usage_error(command, "unknown subcommand '%s'", argv[1]);
}

const struct command cmd_store = {"store", "looks after the store of compiled files", NULL, run};
