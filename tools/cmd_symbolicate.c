#include "tools/symbolicate.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: smcache symbolicate [INPUT] [OPTION]...\n"
    "\n"
    "Leads stack traces, error reports and profiles back to the original. INPUT (\"-\" or none: "
    "stdin)\n"
    "is any text with traces of V8, SpiderMonkey, JavaScriptCore or Hermes in it, logs too; or "
    "JSON: an\n"
    "event, envelope or profile of Sentry, a .cpuprofile or .heapprofile, a trace of Chrome, a "
    "profile\n"
    "or crash report of Hermes, a file of speedscope, a report of Node. It comes out in the same "
    "form;\n"
    "what is no frame, or is not known, stays as it is, byte for byte. Lines are answered as they "
    "come.\n"
    "\n"
    "where maps are (one of these, or several):\n"
    "      --dir DIR         a folder of compiled files, maps, or generated files with theirs. A "
    "file is\n"
    "                        the one of a frame if the end of its path is that of the URL's, the\n"
    "                        longer the better; several that fit equally well are none\n"
    "      --url-prefix P    files of DIR are those whose URL is P and their path below it, and "
    "no\n"
    "                        others; ~/static/ is on any host\n"
    "      --map URL=FILE    the file of one URL (~/static/app.js: on any host)\n"
    "      --store           files of the store, by debug ID or by URL, as services put them "
    "there\n"
    "      --release R       with --store: by the names R and URL\n"
    "      --debug-id [URL=]ID  the debug ID of the frames' file, or of that of one URL\n"
    "\n"
    "options:\n"
    "      --format FORMAT   of the input, else it is found out: text, json, sentry-event,\n"
    "                        sentry-profile, cpuprofile, heapprofile, hermes-profile, "
    "hermes-crash,\n"
    "                        chrome-trace, speedscope, node-report\n"
    "      --output OUTPUT   same (default); json: an object a line for each frame, positions from "
    "1;\n"
    "                        folded: stacks for flame graphs, a line each, with a count or a "
    "weight\n"
    "      --json            --output=json\n"
    "  -C, --context N       with N source lines before and after each frame, and a caret (of "
    "text);\n"
    "                        of a Sentry event so many of its context lines, default 5\n"
    "      --annotate        what stays as it is says why, as [missing_sourcemap]; frames on the "
    "map's\n"
    "                        ignore list, which is third-party code, say [ignored]\n"
    "      --hide-ignored    without those\n"
    "      --across-lines    let the last token of an earlier line answer, as ECMA-426 does\n"
    "      --strict          exit code 1 if a frame with a position is not mapped\n"
    "      --no-store        maps that are not compiled yet are compiled in memory\n"
    "  -h, --help\n"
    "\n"
    "examples:\n"
    "  node dist/app.js 2>&1 | smcache symbolicate --dir dist\n"
    "  smcache symbolicate trace.txt --dir dist -C 2\n"
    "  smcache symbolicate event.json --dir dist --url-prefix '~/static/' > readable.json\n"
    "  smcache symbolicate app.cpuprofile --dir dist --output=folded | flamegraph.pl > app.svg\n"
    "  tail -f app.log | smcache symbolicate --map https://example.com/app.js=dist/app.js.map\n";

/* ---- source lines below a frame ---- */

static const char *context_below(void *context, const struct smc_original_frame *frame,
                                 size_t *nbytes)
{
    struct symbolicate *s = context;
    struct smc_context_line lines[2 * SMC_CONTEXT_AROUND_MAX + 1];
    struct smc_context found;

    const smc_status status = smc_symbolicate_context(
        s->symbolicator, frame, s->n_context, s->n_context, CONTEXT_LINE_UNITS, lines, &found);
    if (status != SMC_OK) {
        s->lines_error = status == SMC_E_MEMORY ? ENOMEM : s->lines_error;
        return NULL;
    }
    /* Not a stream that grows: it does not say so when it cannot. One line more is that of the caret. */
    const size_t room = ((size_t)found.n_lines + 1) * CONTEXT_LINE_NBYTES_MAX;
    char *below = (char *)smc_buf_reserve(&s->below, room);
    if (below == NULL) {
        s->lines_error = ENOMEM;
        return NULL;
    }
    FILE *to = fmemopen(below, room, "w");
    if (to == NULL) {
        s->lines_error = errno;
        return NULL;
    }
    print_context_lines(to, lines, &found, (s->options.flags & SMC_REWRITE_COLOUR) != 0);
    *nbytes = (size_t)ftell(to);
    if (fclose(to) != 0) {
        s->lines_error = errno;
        return NULL;
    }
    return below;
}

/* ---- what came of it ---- */

/* "3 missing_source, 1 no_column" */
static void list_reasons(const struct smc_rewrite_counts *counts, char *text, size_t nbytes)
{
    size_t n = 0;

    text[0] = '\0';
    for (uint32_t i = SMC_REASON_NO_LOCATION + 1; i < 16 && n < nbytes; i++) {
        if (counts->n_reasons[i] > 0) {
            n += (size_t)snprintf(text + n, nbytes - n, "%s%" PRIu64 " %s", n > 0 ? ", " : "",
                                  counts->n_reasons[i], smc_reason_text(i));
        }
    }
}

static int finish(struct symbolicate *s, int code)
{
    struct smc_rewrite_counts counts;
    char reasons[512];

    if (s->lines_error != 0) {
        errno = s->lines_error;
        code = system_error(name_of(s->path), "lines are missing");
    }

    smc_rewriter_counts(s->rewriter, &counts);
    symbolicate_say_too_large(s, &counts);
    const uint64_t n_located = counts.n_frames - counts.n_reasons[SMC_REASON_NO_LOCATION];
    if (counts.n_frames == 0 && s->options.format > SMC_FORMAT_TEXT) {
        say("%s: no frame is where %s has them", name_of(s->path),
            smc_format_text(s->options.format));
    }
    const uint64_t n_unmapped = n_located - counts.n_mapped;
    if (n_unmapped > 0 && s->output_error == 0 && (s->is_strict || counts.n_mapped == 0)) {
        list_reasons(&counts, reasons, sizeof reasons);
        say("%s: %" PRIu64 " of %" PRIu64 " frames are not mapped: %s%s", name_of(s->path),
            n_unmapped, n_located, reasons,
            n_unmapped > counts.n_reasons[SMC_REASON_TOO_LARGE] ? "; --annotate says which" : "");
    }
    return code == EXIT_DONE && s->is_strict && n_unmapped > 0 ? EXIT_PARTIAL : code;
}

/* ---- options ---- */

enum {
    OPTION_FORMAT = 1,
    OPTION_OUTPUT,
    OPTION_ANNOTATE,
    OPTION_HIDE,
    OPTION_ACROSS,
    OPTION_STRICT
};

static int set_format(const struct command *command, struct symbolicate *s, const char *text)
{
    for (uint32_t i = 1; smc_format_text(i) != NULL; i++) {
        if (strcmp(text, smc_format_text(i)) == 0) {
            s->options.format = i;
            return EXIT_DONE;
        }
    }
    return usage_error(command, "unknown format '%s' (--format)", text);
}

static int set_output(const struct command *command, struct symbolicate *s, const char *text)
{
    static const char *const texts[] = {"same", "json", "folded"};

    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(text, texts[i]) == 0) {
            s->options.output = i;
            return EXIT_DONE;
        }
    }
    return usage_error(command, "unknown output '%s' (--output): same, json or folded", text);
}

static int set_context(const struct command *command, struct symbolicate *s, const char *text)
{
    if (parse_number(text, SMC_CONTEXT_AROUND_MAX, &s->n_context) != 0) {
        return usage_error(command, "'%s' is no number of lines up to %d (-C)", text,
                           SMC_CONTEXT_AROUND_MAX);
    }
    s->has_context = 1;
    return EXIT_DONE;
}

static int set_option(const struct command *command, struct symbolicate *s, int option,
                      const char *text)
{
    switch (option) {
    case OPTION_FORMAT:
        return set_format(command, s, text);
    case OPTION_OUTPUT:
        return set_output(command, s, text);
    case OPTION_ANNOTATE:
        s->options.flags |= SMC_REWRITE_ANNOTATE;
        return EXIT_DONE;
    case OPTION_HIDE:
        s->options.flags |= SMC_REWRITE_HIDE_IGNORED;
        return EXIT_DONE;
    case OPTION_ACROSS:
        s->lookup_flags |= SMC_LOOKUP_ACROSS_LINES;
        return EXIT_DONE;
    case OPTION_STRICT:
        s->is_strict = 1;
        return EXIT_DONE;
    case 'C':
        return set_context(command, s, text);
    default:
        return FRAME_FILES_HAS(option) ? frame_files_set(&s->files, option, text)
                                       : usage_error(command, "wrong option");
    }
}

/* What goes together, and what not. */
static int check_options(const struct command *command, struct symbolicate *s, int n_arguments)
{
    const char *no_colour = getenv("NO_COLOR");

    if (n_arguments > 1) {
        return usage_error(command, "one INPUT at a time");
    }
    const int code = frame_files_check(&s->files);
    if (code != EXIT_DONE) {
        return code;
    }
    if (s->has_context) {
        s->options.n_context = s->n_context > 0 ? s->n_context : SMC_REWRITE_NO_CONTEXT;
        s->options.below = context_below;
        s->options.below_context = s;
    }
    if (isatty(STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0')) {
        s->options.flags |= SMC_REWRITE_COLOUR;
    }
    return EXIT_DONE;
}

static int read_options(const struct command *command, struct symbolicate *s, int argc, char **argv)
{
    static const struct option options[] = {FRAME_FILES_OPTIONS,
                                            {"format", required_argument, NULL, OPTION_FORMAT},
                                            {"output", required_argument, NULL, OPTION_OUTPUT},
                                            {"json", no_argument, NULL, 'j'},
                                            {"context", required_argument, NULL, 'C'},
                                            {"annotate", no_argument, NULL, OPTION_ANNOTATE},
                                            {"hide-ignored", no_argument, NULL, OPTION_HIDE},
                                            {"across-lines", no_argument, NULL, OPTION_ACROSS},
                                            {"strict", no_argument, NULL, OPTION_STRICT},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option, code = EXIT_DONE;

    while (code == EXIT_DONE && (option = getopt_long(argc, argv, "C:h", options, NULL)) != -1) {
        if (option == 'h') {
            return option;
        }
        code =
            option == 'j' ? set_output(command, s, "json") : set_option(command, s, option, optarg);
    }
    if (code == EXIT_DONE) {
        s->path = optind < argc ? argv[optind] : "-";
        code = check_options(command, s, argc - optind);
    }
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct symbolicate s = {.files = {.command = command}};

    int code = read_options(command, &s, argc, argv);
    if (code == 'h') {
        fputs(command->help, stdout);
        code = finish_output(EXIT_DONE);
    } else if (code == EXIT_DONE) {
        code = symbolicate_run(&s);
        code = s.rewriter != NULL ? finish(&s, code) : code;
    }
    symbolicate_free(&s);
    return code;
}

const struct command cmd_symbolicate = {
    "symbolicate", "leads stack traces, reports and profiles back to the original", help, run};
