/*
 * smcache explain of a stack, or of whatever has frames: for each what file it is of, by which rule, what its map says, and
 * who knows its function.
 */
#include "tools/symbolicate.h"

#include <inttypes.h>

/* ---- in words ---- */

static const char *rule_words(uint32_t rule)
{
    static const char *const words[] = {"",
                                        "the debug ID is the file's",
                                        "the URL is the file's",
                                        "without its query and fragment the URL is the file's",
                                        "without scheme and host the URL is the file's",
                                        "the end of the path is that of the file's",
                                        "the last part of the path is the file's name"};
    return rule < sizeof words / sizeof words[0] ? words[rule] : "";
}

static const char *origin_words(uint32_t origin)
{
    static const char *const words[] = {"",
                                        "the map's scopes say so",
                                        "the map's x_facebook_sources say so",
                                        "the map's x_com_bloomberg_sourcesFunctionMappings say so",
                                        "the content of the source says so",
                                        "the generated file says so, led through the map's names",
                                        "it is called so in the generated file",
                                        "its caller's map calls it so, at the call",
                                        "the engine calls it so"};
    return origin < sizeof words / sizeof words[0] ? words[origin] : "";
}

/* What is the matter, and what to do about it. */
static void print_reason(uint32_t reason, const struct smc_file_answer *file)
{
    static const char *const words[][2] = {
        {"", ""},
        {"native code, or code that has been evaluated: there is no file", ""},
        {"no file fits the URL", "give its folder (--dir), or the file itself (--map URL=FILE); "
                                 "with --url-prefix, is that the "
                                 "one that it is served at?"},
        {"several files fit the URL equally well",
         "say which one (--map URL=FILE), or where the files are served (--url-prefix)"},
        {"the file has no map", "build it with source maps; smcache explain FILE says more"},
        {"the map cannot be read", "smcache explain FILE says why"},
        {"a line of minified code says nothing without a column",
         "have the engine print columns, too"},
        {"the map says nothing of this position",
         "is the file of the build that threw, and does the position count from 1? smcache explain "
         "FILE LINE:COLUMN says more"}};

    static const char *const other_build[2] = {"the file that fits the URL is of another build",
                                               "take the files of the build that threw"};

    if (reason == SMC_REASON_MISSING_SOURCE && file != NULL && file->detail.ptr != NULL) {
        printf("%-10s %s: %s\n%-10s %s\n", "not mapped", smc_reason_text(reason), other_build[0],
               "", other_build[1]);
    } else if (reason < sizeof words / sizeof words[0]) {
        printf("%-10s %s: %s\n", "not mapped", smc_reason_text(reason), words[reason][0]);
        if (words[reason][1][0] != '\0') {
            printf("%-10s %s\n", "", words[reason][1]);
        }
    }
}

/* ---- a frame ---- */

static void print_view(const char *name, struct smc_view view)
{
    printf("%-10s ", name);
    print_text(stdout, view);
}

static void print_generated(const struct smc_generated_frame *generated)
{
    print_view("frame",
               generated->function.ptr != NULL ? generated->function : view_of("(anonymous)"));
    if (generated->url.ptr != NULL) {
        fputs(" at ", stdout);
        print_text(stdout, generated->url);
    }
    if ((generated->flags & SMC_GENERATED_IN_FUNCTION) != 0) {
        printf(", segment %" PRIu32 ", function %" PRIu32 ", offset %" PRIu32, generated->line,
               generated->function_id, generated->column);
    } else {
        /* Offsets of bytecode count from 0. */
        const uint64_t base = (generated->flags & SMC_GENERATED_BYTECODE) != 0 ? 0 : 1;
        if (generated->line != SMC_NONE) {
            printf(":%" PRIu64, (uint64_t)generated->line + 1);
        }
        if (generated->column != SMC_NONE) {
            printf(":%" PRIu64, (uint64_t)generated->column + base);
        }
    }
    putchar('\n');
}

static void print_file(const struct smc_file_answer *file)
{
    if (file == NULL) {
        return;
    }
    if (file->path.ptr != NULL) {
        print_view("file", file->path);
        putchar('\n');
    }
    if (file->rule != SMC_RULE_NONE) {
        printf("%-10s %s: %s\n", "rule", smc_rule_text(file->rule), rule_words(file->rule));
    }
    if (file->detail.ptr != NULL) {
        print_view("files", file->detail);
        putchar('\n');
    }
}

static void print_original(const struct smc_original_frame *original)
{
    print_view("original", original->source_text.ptr != NULL ? original->source_text
                                                             : view_of("(source without a name)"));
    printf(":%" PRIu64 ":%" PRIu64 "%s%s\n", (uint64_t)original->source_line + 1,
           (uint64_t)original->source_column + 1,
           (original->flags & SMC_ORIGINAL_INLINED) != 0 ? ", into which the inner one was inlined"
                                                         : "",
           (original->flags & SMC_ORIGINAL_IGNORED) != 0 ? ", on the ignore list" : "");
    if (original->name.ptr != NULL) {
        print_view("function", original->name);
        printf(": %s\n", origin_words(original->name_origin));
    } else {
        printf("%-10s %s\n", "function",
               original->function.kind == SMC_FUNCTION_TOP_LEVEL ? "none: it is outside of any"
                                                                 : "without a name");
    }
}

struct explained {
    const struct symbolicate *symbolicate;
    uint64_t n_frames; /* of the input, up to the last that was printed */
};

/* Frames of the original follow the generated one that they come from. */
static void print_frame(void *context, const struct smc_generated_frame *generated,
                        const struct smc_original_frame *original)
{
    struct explained *explained = context;
    struct smc_rewrite_counts counts;

    smc_rewriter_counts(explained->symbolicate->rewriter, &counts);
    if (counts.n_frames != explained->n_frames) {
        fputs(explained->n_frames > 0 ? "\n" : "", stdout);
        print_generated(generated);
        print_file(original->file);
        explained->n_frames = counts.n_frames;
    }
    if (original->source != SMC_NONE) {
        print_original(original);
    } else {
        print_reason(original->reason, original->file);
    }
}

int explain_stack(struct symbolicate *s, int is_json)
{
    struct smc_rewrite_counts counts;
    struct explained explained = {s, 0};

    s->options.output = SMC_OUTPUT_FRAMES;
    if (!is_json) {
        s->options.visit = print_frame;
        s->options.visit_context = &explained;
    }
    int code = symbolicate_run(s);
    if (s->rewriter == NULL) {
        return code;
    }
    smc_rewriter_counts(s->rewriter, &counts);
    code = finish_output(code);
    symbolicate_say_too_large(s, &counts);
    if (code == EXIT_DONE && counts.n_frames == 0) {
        say("%s: there is no frame in it", name_of(s->path));
        return EXIT_INPUT;
    }
    return code == EXIT_DONE &&
                   counts.n_mapped + counts.n_reasons[SMC_REASON_NO_LOCATION] < counts.n_frames
               ? EXIT_PARTIAL
               : code;
}
