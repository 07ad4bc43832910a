/*
 * What a build says: each job as it is done, a bar on a terminal, and at the end the sums.
 */
#include "tools/build.h"

#include "src/base/debug_id.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* More than a person reads of one map; the rest is counted. */
#define WARNINGS_SHOWN 10
#define BAR_NCHARS 24

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void report_start(struct report *report, const struct plan *plan, const struct settings *settings)
{
    *report = (struct report){.plan = plan, .settings = settings, .started = now()};
}

/* ---- the bar ---- */

static void clear_bar(struct report *report)
{
    if (report->has_bar) {
        fputs("\r\033[K", stderr);
        report->has_bar = 0;
    }
}

void report_tick(void *context, const struct progress *progress)
{
    struct report *report = context;
    const size_t n = report->plan->n;
    char bar[BAR_NCHARS + 1];

    if (n < 2 || report->settings->is_quiet || !isatty(STDERR_FILENO)) {
        return;
    }
    clear_bar(report);
    if (progress->n_done < n) {
        double seconds = now() - report->started;
        size_t filled = progress->n_done * BAR_NCHARS / n;
        memset(bar, ' ', BAR_NCHARS);
        memset(bar, '=', filled);
        bar[BAR_NCHARS] = '\0';
        fprintf(stderr, "[%s] %zu/%zu maps, %.0f MB/s", bar, progress->n_done, n,
                seconds > 0 ? (double)progress->input_nbytes / seconds / 1e6 : 0.0);
        fflush(stderr);
        report->has_bar = 1;
    }
}

/* ---- a job ---- */

static void print_warning_json(const struct smc_build_issue *warning)
{
    fputs("{\"map\":", stdout); /* of a chain: the map of a source */
    print_json(stdout, view_of(warning->map));
    fputs(",\"key\":", stdout);
    print_json(stdout, view_of(warning->key));
    printf(",\"offset\":%" PRIu64 ",\"reason\":", warning->offset);
    print_json(stdout, view_of(warning->reason));
    fputs(",\"recovery\":", stdout);
    print_json(stdout, view_of(warning->recovery));
    fputc('}', stdout);
}

static const char *error_text(const struct job *job)
{
    return job->error == NULL ? "out of memory" : job->error;
}

static void print_job_json(const struct job *job, int is_dry_run)
{
    static const char *const statuses[] = {[JOB_WAITING] = "failed",
                                           [JOB_BUILT] = "built",
                                           [JOB_UNCHANGED] = "unchanged",
                                           [JOB_FAILED] = "failed"};
    char id[SMC_DEBUG_ID_TEXT_NBYTES + 1];

    fputs("{\"input\":", stdout);
    print_json(stdout, view_of(job->input));
    fputs(",\"generated\":", stdout);
    print_json(stdout, view_of(job->generated));
    fputs(",\"output\":", stdout);
    print_json(stdout, job->status == JOB_FAILED ? view_of(NULL) : view_of(job->output));
    printf(",\"status\":\"%s\",\"bytes_in\":%" PRIu64 ",\"bytes_out\":%" PRIu64
           ",\"tokens\":%" PRIu32 ",\"sources\":%" PRIu32 ",\"names\":%" PRIu32 ",\"debug_id\":",
           statuses[job->status], job->input_nbytes, job->output_nbytes, job->info.n_tokens,
           job->info.n_sources, job->info.n_names);
    if (job->info.has_debug_id) {
        smc_debug_id_format(job->info.debug_id, id);
        print_json(stdout, view_of(id));
    } else {
        fputs("null", stdout);
    }
    fputs(",\"warnings\":[", stdout);
    for (unsigned long i = 0; i < job->n_warnings && i < JOB_WARNINGS_MAX && job->warnings; i++) {
        fputs(i > 0 ? "," : "", stdout);
        print_warning_json(&job->warnings[i]);
    }
    for (size_t i = 0; i < job->n_notes; i++) { /* of no place in the map */
        fputs(i > 0 || job->n_warnings > 0 ? "," : "", stdout);
        fputs("{\"map\":null,\"key\":null,\"offset\":null,\"reason\":", stdout);
        print_json(stdout, view_of(job->notes[i]));
        fputs(",\"recovery\":null}", stdout);
    }
    printf("],\"n_warnings\":%lu,\"error\":", job->n_warnings + (unsigned long)job->n_notes);
    print_json(stdout, view_of(job->status == JOB_FAILED ? error_text(job) : NULL));
    puts(is_dry_run ? ",\"dry_run\":true}" : "}");
}

static void say_warnings(const struct job *job)
{
    char text[ISSUE_TEXT_NBYTES];
    const char *name = name_of(job->input);
    unsigned long n = job->warnings == NULL ? 0 : job->n_warnings;

    for (size_t i = 0; i < job->n_notes; i++) {
        say("%s: warning: %s", name_of(job->generated != NULL ? job->generated : job->input),
            job->notes[i]);
    }
    for (unsigned long i = 0; i < n && i < WARNINGS_SHOWN; i++) {
        say("%s: warning: %s", name, issue_text(&job->warnings[i], text));
    }
    if (n > WARNINGS_SHOWN) {
        say("%s: warning: %lu more of these", name, n - WARNINGS_SHOWN);
    }
}

/* In a folder a generated file whose map is not to be had is no failure, unless that is asked for. */
static int is_only_warned_of(const struct report *report, const struct job *job)
{
    return job->kind == JOB_NO_MAP && job->root != NULL && !report->settings->options.strict &&
           job->code == EXIT_INPUT;
}

void report_job(void *context, const struct job *job)
{
    struct report *report = context;
    const struct settings *settings = report->settings;

    clear_bar(report);
    report->n_warnings += job->n_warnings + job->n_notes;
    report->input_nbytes += job->input_nbytes;
    report->output_nbytes += job->output_nbytes;
    report->n_tokens += job->info.n_tokens;
    if (!settings->is_quiet) {
        say_warnings(job);
    }
    switch (job->status) {
    case JOB_BUILT:
        report->n_built++;
        report->built_nbytes += job->input_nbytes;
        break;
    case JOB_UNCHANGED:
        report->n_unchanged++;
        break;
    default:
        if (is_only_warned_of(report, job)) {
            report->n_without++;
            if (!settings->is_quiet) {
                say("%s: warning: %s", name_of(job->input), job->error);
            }
            return;
        }
        report->n_failed++;
        report->code = job->code;
        say("%s: %s",
            !job->is_output_error           ? name_of(job->input)
            : strcmp(job->output, "-") == 0 ? "stdout"
                                            : job->output,
            error_text(job));
        break;
    }
    if (settings->is_json) {
        print_job_json(job, settings->is_dry_run);
    } else if (settings->is_dry_run && job->status != JOB_FAILED) {
        printf("%s\t", job->status == JOB_BUILT ? "build" : "unchanged");
        print_tsv(stdout, view_of(job->input));
        putchar('\t');
        print_tsv(stdout, view_of(job->output));
        putchar('\n');
    }
}

/* ---- the end ---- */

void report_end(struct report *report)
{
    const struct settings *settings = report->settings;
    const double seconds = now() - report->started;
    const size_t n_without = report->n_without + report->plan->n_generated_without;

    clear_bar(report);
    if (settings->is_quiet || settings->is_json || settings->is_dry_run ||
        !report->plan->has_folder) {
        return;
    }
    say("%zu maps: %zu built, %zu unchanged, %zu failed; %" PRIu64 " warnings",
        report->n_built + report->n_unchanged + report->n_failed, report->n_built,
        report->n_unchanged, report->n_failed, report->n_warnings);
    say("%" PRIu64 " tokens; %.1f MB -> %.1f MB in %.2f s (%.0f MB/s)", report->n_tokens,
        (double)report->input_nbytes / 1e6, (double)report->output_nbytes / 1e6, seconds,
        seconds > 0 ? (double)report->input_nbytes / seconds / 1e6 : 0.0);
    if (n_without > 0) {
        say("%zu generated files without a map; smcache explain FILE says why", n_without);
    }
}
