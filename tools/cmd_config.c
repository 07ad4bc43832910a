#include "tools/config.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
    "usage: smcache config [--json] [OPTION]...\n"
    "\n"
    "Prints the settings of the store of compiled files, and who says so: a flag, the environment, "
    "the\n"
    "configuration file, or nobody (default). Each of these goes before the next. The file is\n"
    "$SMCACHE_CONFIG, else smcache/smcache.conf in $XDG_CONFIG_HOME or ~/.config; its lines are\n"
    "\"key = value\", empty, or comments that begin with #.\n"
    "\n"
    "  key           variable              default\n"
    "  store         SMCACHE_STORE         on     whether commands go through the store: on or "
    "off\n"
    "  dir           SMCACHE_DIR                  its folder, an absolute path; by default smcache "
    "in\n"
    "                                             $XDG_CACHE_HOME or ~/.cache\n"
    "  max-size      SMCACHE_MAX_SIZE      5GiB   of all files together, or none: 500M, 1.5GiB, "
    "2GB\n"
    "  max-age       SMCACHE_MAX_AGE       none   how long a file may stay unused: 30d, 12h, 90m\n"
    "  negative-age  SMCACHE_NEGATIVE_AGE  10m    how long a malformed map is known to be one; "
    "0s:\n"
    "                                             not at all\n"
    "  wait          SMCACHE_WAIT          10s    how long to wait for another process that builds "
    "the\n"
    "                                             same, before building it oneself\n"
    "\n"
    "Of sizes K, M, G, T and KiB, MiB, GiB, TiB are powers of 1024, kB, MB, GB, TB of 1000. Of "
    "times the\n"
    "units are d, h, m, s and ms.\n"
    "\n"
    "options:\n"
    "      --json           one object; sizes in bytes, times in seconds, null for none\n"
    "      --no-store, --dir DIR, --max-size SIZE, --max-age TIME\n"
    "                       as the commands with a store take them, to see what they do; a "
    "relative\n"
    "                       DIR counts from the working folder\n"
    "  -h, --help\n"
    "\n"
    "examples:\n"
    "  smcache config\n"
    "  smcache config --json --max-size 500M\n"
    "  SMCACHE_MAX_AGE=30d smcache config --dir /var/cache/smcache\n";

static void print_origin(const struct config *config, enum setting setting)
{
    const enum origin origin = config->origins[setting].origin;

    fputs("  (", stdout);
    if (origin != ORIGIN_FILE) { /* a file's place speaks for itself */
        fputs(config_origin_name(origin), stdout);
    }
    if (origin == ORIGIN_ENVIRONMENT || origin == ORIGIN_FLAG) {
        fputs(": ", stdout);
    }
    print_text(stdout, view_of(config->origins[setting].from));
    fputs(")\n", stdout);
}

static void print_config(const struct config *config)
{
    fputs("# configuration file: ", stdout);
    print_text(stdout, view_of(config->file != NULL ? config->file : "none, as there is no HOME"));
    if (config->file_error != 0) {
        printf("  (%s)", strerror(config->file_error));
    }
    putchar('\n');
    for (int i = 0; i < N_SETTINGS; i++) {
        printf("%s = ", config_key((enum setting)i));
        config_print(stdout, config, (enum setting)i);
        print_origin(config, (enum setting)i);
    }
}

static void print_config_json(const struct config *config)
{
    fputs("{\"file\":", stdout);
    print_json(stdout, view_of(config->file_error == 0 ? config->file : NULL));
    fputs(",\"settings\":{", stdout);
    for (int i = 0; i < N_SETTINGS; i++) {
        printf("%s\"%s\":{\"value\":", i > 0 ? "," : "", config_key((enum setting)i));
        config_print_json(stdout, config, (enum setting)i);
        printf(",\"origin\":\"%s\",\"from\":", config_origin_name(config->origins[i].origin));
        print_json(stdout, view_of(config->origins[i].from));
        putchar('}');
    }
    puts("}}");
}

static int parse(struct config *config, const struct command *command, int argc, char **argv,
                 int *is_json, int *is_help)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'},
                                            CONFIG_OPTIONS,
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int code = EXIT_DONE, option;

    while (code == EXIT_DONE && (option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option >= CONFIG_OPTION) {
            code = config_set_flag(config, command, (enum setting)(option - CONFIG_OPTION), optarg);
        } else if (option == 'j') {
            *is_json = 1;
        } else if (option == 'h') {
            *is_help = 1;
            return EXIT_DONE;
        } else {
            code = usage_error(command, "wrong option");
        }
    }
    if (code == EXIT_DONE && optind < argc) {
        code = usage_error(command, "no arguments are taken: '%s'", argv[optind]);
    }
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct config config = {0};
    int is_json = 0, is_help = 0;
    int code = parse(&config, command, argc, argv, &is_json, &is_help);

    if (code == EXIT_DONE && is_help) {
        fputs(command->help, stdout);
    } else if (code == EXIT_DONE && (code = config_read(&config)) == EXIT_DONE) {
        if (is_json) {
            print_config_json(&config);
        } else {
            print_config(&config);
        }
    }
    config_free(&config);
    return code == EXIT_DONE ? finish_output(code) : code;
}

const struct command cmd_config = {"config", "the settings of the store, and who says so", help,
                                   run};
