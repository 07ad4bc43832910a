#include "src/url/url.h"
#include "tools/build.h"
#include "tools/units.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: smcache build INPUT... [-o OUTPUT] [OPTION]...\n"
    "\n"
    "Compiles source maps: app.js.map becomes app.js.smcache beside it. INPUT is a map (also "
    ".map.gz,\n"
    "or \"-\" for stdin), a generated file (.js .mjs .cjs .bundle .css .wasm) with its map inside "
    "or\n"
    "beside it, a folder of all these, or @LIST, a file with one input a line. What is there "
    "already\n"
    "and would be the same is not built again. Each file appears whole or not at all.\n"
    "\n"
    "where to:\n"
    "  -o, --output OUTPUT  the file (of one input; \"-\" is stdout), or the folder in which the "
    "tree\n"
    "                       of the inputs is mirrored\n"
    "      --exclude GLOB   leave out what matches, by its name or its path in the folder\n"
    "      --dry-run        only say what would be built\n"
    "      --force          build again what is there already\n"
    "what:\n"
    "      --sources MODE   contents of the sources: deflate (default), raw (larger, read without\n"
    "                       a copy), or none (they are left out)\n"
    "      --functions MODE auto (default): the functions that frames are in, by what the map and\n"
    "                       its sources say; or none\n"
    "      --minified FILE  the generated file that the (one) map is of: it says what functions "
    "there\n"
    "                       are where the sources are missing. The one beside a map is found\n"
    "      --compression LEVEL    of contents: 1 (fast) to 12 (small); default: by their size, so "
    "that\n"
    "                       a map takes about 0.1 s of one core\n"
    "      --strict         refuse maps with errors that the standard lets a reader go on after\n"
    "                       (--lenient, the default: warn), and generated files whose map is gone\n"
    "      --source-root R  instead of the map's sourceRoot\n"
    "      --map-url URL    where the map is: sources become URLs relative to it\n"
    "      --chain          sources that have maps themselves lead on to the originals\n"
    "      --chain-names    and where the last map has no name, that of a map before it is kept\n"
    "      --range-mappings FORM  zero-based (default), one-based or bitmap, as the map was "
    "written\n"
    "      --max-input-size N     of a map after decompression: bytes, or with K, M, G; default "
    "2G\n"
    "names of sources (what the map says stays in the file too), in this order:\n"
    "      --clean-paths    webpack://app/./src/a.ts becomes src/a.ts, and others of that kind\n"
    "      --replace FROM=TO      each FROM in a name becomes TO\n"
    "      --strip-prefix P       cut P off; given several times, the first that fits\n"
    "      --strip-common-prefix  cut off the folders that all sources share\n"
    "how:\n"
    "  -j, --jobs N         threads: maps at a time, and of a single map; default: the number of\n"
    "                       processors\n"
    "      --json           an object a line on stdout for each map\n"
    "      --quiet          errors only\n"
    "  -h, --help\n"
    "\n"
    "exit codes: 0 done; 1 some of several inputs failed; 2 usage; 3 bad input; 4 I/O or memory\n"
    "\n"
    "examples:\n"
    "  smcache build dist/app.js.map\n"
    "  smcache build dist -o /srv/maps --strict\n"
    "  smcache build dist --clean-paths --exclude 'vendor/*' --json > report.jsonl\n"
    "  curl -s https://example.com/app.js.map | smcache build - > app.js.smcache\n";

enum {
    OPTION_SOURCES = 256,
    OPTION_FUNCTIONS,
    OPTION_MINIFIED,
    OPTION_COMPRESSION,
    OPTION_EXCLUDE,
    OPTION_SOURCE_ROOT,
    OPTION_MAP_URL,
    OPTION_RANGES,
    OPTION_MAX_INPUT,
    OPTION_REPLACE,
    OPTION_STRIP_PREFIX
};

#define COMPRESSION_MAX 12

/* Everything that options and lists allocate; the program ends soon after. */
struct arguments {
    struct settings settings;
    struct string_list inputs;
    struct string_list prefixes;
    struct smc_build_replacement *replacements;
    size_t n_replacements;
    char **texts; /* of lists, which inputs point into */
    size_t n_texts;
};

static int add_string(struct string_list *list, const char *string)
{
    if (list->n == list->capacity) { /* doubled: a list may have a million */
        const size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        const char **items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            return system_error("build", "out of memory");
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = string;
    return EXIT_DONE;
}

/* The index of `text` in a list that ends with NULL; -1 if it is not there. */
static int choose(const char *const *choices, const char *text)
{
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(choices[i], text) == 0) {
            return i;
        }
    }
    return -1;
}

static int check_url(const struct command *command, const char *text)
{
    struct smc_url url = {0};
    const char *reason;
    const int is_good = smc_url_parse(&url, text, strlen(text), NULL, &reason) == 0;
    const int lacks_memory = !is_good && url.href.failed;

    smc_url_free(&url);
    if (lacks_memory) {
        errno = ENOMEM;
        return system_error("build", "--map-url");
    }
    return is_good ? EXIT_DONE
                   : usage_error(command, "--map-url is an absolute URL, not '%s'", text);
}

static int add_replacement(struct arguments *a, const struct command *command, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return usage_error(command, "--replace is FROM=TO, not '%s'", text);
    }
    *equals = '\0';
    struct smc_build_replacement *list =
        realloc(a->replacements, (a->n_replacements + 1) * sizeof *list);
    if (list == NULL) {
        return system_error("build", "out of memory");
    }
    a->replacements = list;
    list[a->n_replacements++] = (struct smc_build_replacement){text, equals + 1};
    return EXIT_DONE;
}

/* What goes into a file must be: its strings are. */
static int is_utf8(const char *text)
{
    for (size_t n = strlen(text), used; n > 0; text += used, n -= used) {
        uint32_t c;
        used = next_character(text, n, &c);
        if (c == 0xfffd && (used != 3 || memcmp(text, "\xef\xbf\xbd", 3) != 0)) {
            return 0;
        }
    }
    return 1;
}

/* An option with an argument. */
static int take_value(struct arguments *a, const struct command *command, int option, char *value)
{
    static const char *const modes[] = {"deflate", "raw", "none", NULL};
    static const char *const functions[] = {"auto", "none", NULL};
    static const char *const forms[] = {"zero-based", "one-based", "bitmap", NULL};
    struct settings *settings = &a->settings;
    uint32_t number;
    int chosen;

    if ((option == OPTION_SOURCE_ROOT || option == OPTION_REPLACE ||
         option == OPTION_STRIP_PREFIX) &&
        !is_utf8(value)) {
        return usage_error(command, "names of sources are UTF-8, which '%s' is not", value);
    }
    switch (option) {
    case 'o':
        settings->output = value;
        return EXIT_DONE;
    case 'j':
        if (parse_number(value, OUTFILES_MAX, &number) != 0 || number == 0) {
            return usage_error(command, "--jobs is a number from 1 to %d, not '%s'", OUTFILES_MAX,
                               value);
        }
        settings->n_threads = number;
        return EXIT_DONE;
    case OPTION_SOURCES:
        if ((chosen = choose(modes, value)) < 0) {
            return usage_error(command, "--sources is deflate, raw or none, not '%s'", value);
        }
        settings->options.sources = (enum smc_build_sources)chosen;
        return EXIT_DONE;
    case OPTION_FUNCTIONS:
        if ((chosen = choose(functions, value)) < 0) {
            return usage_error(command, "--functions is auto or none, not '%s'", value);
        }
        settings->options.functions = (enum smc_build_functions)chosen;
        return EXIT_DONE;
    case OPTION_MINIFIED:
        settings->minified = value;
        return EXIT_DONE;
    case OPTION_COMPRESSION:
        if (parse_number(value, COMPRESSION_MAX, &number) != 0 || number == 0) {
            return usage_error(command, "--compression is a number from 1 to %d, not '%s'",
                               COMPRESSION_MAX, value);
        }
        settings->options.compression = number;
        return EXIT_DONE;
    case OPTION_RANGES:
        if ((chosen = choose(forms, value)) < 0) {
            return usage_error(
                command, "--range-mappings is zero-based, one-based or bitmap, not '%s'", value);
        }
        settings->options.ranges = (enum smc_build_ranges)chosen;
        return EXIT_DONE;
    case OPTION_EXCLUDE:
        return add_string(&settings->excludes, value);
    case OPTION_SOURCE_ROOT:
        settings->options.source_root = value;
        return EXIT_DONE;
    case OPTION_MAP_URL:
        settings->options.map_url = value;
        return check_url(command, value);
    case OPTION_MAX_INPUT:
        return parse_size(value, &settings->max_input_nbytes) == 0 && settings->max_input_nbytes > 0
                   ? EXIT_DONE
                   : usage_error(command, "--max-input-size is a size such as 64M or 2G, not '%s'",
                                 value);
    case OPTION_REPLACE:
        return add_replacement(a, command, value);
    case OPTION_STRIP_PREFIX:
        return add_string(&a->prefixes, value);
    default:
        return usage_error(command, "wrong option");
    }
}

/* What a list may have: the paths of a million files, each of which takes less than a kilobyte of memory. */
#define LIST_NBYTES_MAX ((uint64_t)256 << 20)
#define LIST_LINES_MAX 1048576

/* The lines of a list, each an input; it ends with LF. */
static int add_lines(struct arguments *a, char *list, size_t nbytes, const char *name)
{
    const char *const list_end = list + nbytes;
    int code = EXIT_DONE, n = 0;

    for (char *line = list, *end; code == EXIT_DONE && line < list_end; line = end + 1) {
        end = memchr(line, '\n', (size_t)(list_end - line));
        end[end > line && end[-1] == '\r' ? -1 : 0] = '\0';
        *end = '\0';
        if (*line == '\0') {
            continue;
        }
        if (n++ == LIST_LINES_MAX) {
            say("%s: more than the limit of %d inputs in a list", name, LIST_LINES_MAX);
            return EXIT_INPUT;
        }
        code = add_string(&a->inputs, line);
    }
    return code;
}

/* The lines of a file, each an input. They stay in memory. */
static int add_list(struct arguments *a, const char *path)
{
    struct smc_buf text = {0};
    struct smc_load_error error;
    char reason[LOAD_TEXT_NBYTES];

    const int is_stdin = strcmp(path, "-") == 0;
    const char *name = is_stdin ? "stdin" : path;

    if (smc_load(is_stdin ? NULL : path, LIST_NBYTES_MAX, 1, &text, &error) != 0) {
        int code = load_text(&error, reason);
        if (error.status == SMC_LOAD_E_TOO_LARGE) {
            say("%s: larger than the limit of %" PRIu64 " bytes for a list", name,
                error.max_nbytes);
        } else {
            say("%s: %s", name, reason);
        }
        return code;
    }
    if (text.nbytes > 0 && memchr(text.data, '\0', text.nbytes) != NULL) {
        say("%s: a NUL byte, where a list has one input a line", name);
        smc_buf_free(&text);
        return EXIT_INPUT;
    }
    smc_buf_append(&text, "\n", 1);
    char **texts = realloc(a->texts, (a->n_texts + 1) * sizeof *texts);
    if (texts != NULL) {
        a->texts = texts;
    }
    if (text.failed || texts == NULL) {
        smc_buf_free(&text);
        return system_error(name, "cannot read the list");
    }
    a->texts[a->n_texts++] = (char *)text.data;
    return add_lines(a, (char *)text.data, text.nbytes, name);
}

static int parse(struct arguments *a, const struct command *command, int argc, char **argv)
{
    struct settings *s = &a->settings;
    const struct option options[] = {
        {"output", required_argument, NULL, 'o'},
        {"jobs", required_argument, NULL, 'j'},
        {"sources", required_argument, NULL, OPTION_SOURCES},
        {"functions", required_argument, NULL, OPTION_FUNCTIONS},
        {"minified", required_argument, NULL, OPTION_MINIFIED},
        {"compression", required_argument, NULL, OPTION_COMPRESSION},
        {"exclude", required_argument, NULL, OPTION_EXCLUDE},
        {"source-root", required_argument, NULL, OPTION_SOURCE_ROOT},
        {"map-url", required_argument, NULL, OPTION_MAP_URL},
        {"range-mappings", required_argument, NULL, OPTION_RANGES},
        {"max-input-size", required_argument, NULL, OPTION_MAX_INPUT},
        {"replace", required_argument, NULL, OPTION_REPLACE},
        {"strip-prefix", required_argument, NULL, OPTION_STRIP_PREFIX},
        {"strip-common-prefix", no_argument, &s->options.strip_common_prefix, 1},
        {"clean-paths", no_argument, &s->options.clean_paths, 1},
        {"strict", no_argument, &s->options.strict, 1},
        {"lenient", no_argument, &s->options.strict, 0},
        {"chain", no_argument, &s->chains, 1},
        {"chain-names", no_argument, &s->options.chain_keeps_names, 1},
        {"force", no_argument, &s->forces, 1},
        {"dry-run", no_argument, &s->is_dry_run, 1},
        {"json", no_argument, &s->is_json, 1},
        {"quiet", no_argument, &s->is_quiet, 1},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int option, code = EXIT_DONE;

    while (code == EXIT_DONE && (option = getopt_long(argc, argv, "o:j:h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(command->help, stdout);
            exit(finish_output(EXIT_DONE));
        }
        if (option != 0) { /* 0: a flag, which is set */
            code = take_value(a, command, option, optarg);
        }
    }
    for (int i = optind; i < argc && code == EXIT_DONE; i++) {
        code = argv[i][0] == '@' ? add_list(a, argv[i] + 1) : add_string(&a->inputs, argv[i]);
    }
    if (code == EXIT_DONE && a->inputs.n == 0) {
        code = usage_error(command, "an INPUT is needed");
    }
    s->chains |= s->options.chain_keeps_names;
    s->options.strip_prefixes = a->prefixes.items;
    s->options.n_strip_prefixes = a->prefixes.n;
    s->options.replacements = a->replacements;
    s->options.n_replacements = a->n_replacements;
    return code;
}

/* Writing a map's file over the map itself would lose it: so whoever cannot look does not write. *is_same, and an exit
 * code. */
static int compare_files(const char *a, const char *b, int *is_same)
{
    struct stat x, y;

    *is_same = 0;
    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0) {
        return EXIT_DONE;
    }
    if (stat(a, &x) != 0) {
        return smc_is_absent(errno) ? EXIT_DONE : system_error(a, "cannot be looked at");
    }
    if (stat(b, &y) != 0) {
        return smc_is_absent(errno) ? EXIT_DONE : system_error(b, "cannot be looked at");
    }
    *is_same = x.st_dev == y.st_dev && x.st_ino == y.st_ino;
    return EXIT_DONE;
}

static int check_outputs(const struct plan *plan, const struct settings *settings,
                         const struct command *command)
{
    if (settings->minified != NULL && plan->n > 1) {
        return usage_error(command, "--minified is of one map, and here are %zu", plan->n);
    }
    for (size_t i = 0; i < plan->n; i++) {
        const struct job *job = &plan->jobs[i];
        if (job->kind == JOB_NO_MAP) {
            continue;
        }
        int is_same, code = compare_files(job->input, job->output, &is_same);
        if (code == EXIT_DONE && is_same) {
            return usage_error(command, "the output is the map itself: give another -o FILE");
        }
        if (code == EXIT_DONE && job->generated != NULL) {
            code = compare_files(job->generated, job->output, &is_same);
        }
        if (code != EXIT_DONE) {
            return code;
        }
        if (is_same) {
            return usage_error(command, "the output is the generated file: give another -o FILE");
        }
        if (strcmp(job->output, "-") != 0) {
            continue;
        }
        if (settings->is_json) {
            return usage_error(command, "--json and the file both want stdout: give -o FILE");
        }
        if (isatty(STDOUT_FILENO)) {
            return usage_error(command, "the output is binary: give -o FILE, or redirect stdout");
        }
    }
    return EXIT_DONE;
}

static int compare_folders(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Calls `act` once on each folder with outputs. */
static void each_folder(const struct plan *plan, void (*act)(const char *folder))
{
    char **folders = malloc((plan->n + 1) * sizeof *folders);
    size_t n = 0;

    for (size_t i = 0; i < plan->n && folders != NULL; i++) {
        const char *output = plan->jobs[i].output, *slash = strrchr(output, '/');
        char *folder = slash == NULL ? strdup(".") : strndup(output, (size_t)(slash - output + 1));
        if (folder != NULL) {
            folders[n++] = folder;
        }
    }
    if (n > 0) {
        qsort(folders, n, sizeof *folders, compare_folders);
    }
    for (size_t i = 0; i < n; i++) {
        if (i + 1 == n || strcmp(folders[i], folders[i + 1]) != 0) {
            act(folders[i]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        free(folders[i]);
    }
    free(folders);
}

static int build_all(struct plan *plan, const struct settings *settings)
{
    struct report report;

    outfile_prepare();
    if (!settings->is_dry_run && plan->has_folder) {
        each_folder(plan, outfile_sweep); /* what a build that was killed has left */
    }
    report_start(&report, plan, settings);
    int code = pool_run(plan, settings, report_job, report_tick, &report);
    if (report.n_built > 0 && !settings->is_dry_run) {
        each_folder(plan, outfile_sync_folder);
    }
    report_end(&report);
    if (code == EXIT_DONE && report.n_failed > 0) {
        code = plan->has_folder ? EXIT_PARTIAL : report.code;
    }
    return code;
}

static unsigned count_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > OUTFILES_MAX ? OUTFILES_MAX : (unsigned)n;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct arguments a = {.settings = {.options = {.struct_size = sizeof a.settings.options},
                                       .n_threads = count_processors(),
                                       .max_input_nbytes = INPUT_NBYTES_MAX}};
    struct plan plan = {.jobs = NULL};

    int code = parse(&a, command, argc, argv);
    if (code == EXIT_DONE) {
        code = plan_make(&plan, &a.settings, command, a.inputs.items, a.inputs.n);
    }
    if (code == EXIT_DONE && plan.n == 0) {
        say("%s: no source maps, and no generated files with one, in there", a.inputs.items[0]);
        code = EXIT_INPUT;
    }
    if (code == EXIT_DONE) {
        code = check_outputs(&plan, &a.settings, command);
    }
    if (code == EXIT_DONE) {
        code = build_all(&plan, &a.settings);
    }
    plan_free(&plan);
    for (size_t i = 0; i < a.n_texts; i++) {
        free(a.texts[i]);
    }
    free(a.texts);
    free(a.settings.excludes.items);
    free(a.inputs.items);
    free(a.prefixes.items);
    free(a.replacements);
    return finish_output(code);
}

const struct command cmd_build = {"build", "compile source maps, one or a folder of them", help,
                                  run};
