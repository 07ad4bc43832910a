/*
 * smcache build: from arguments to jobs (plan.c), each job (job.c), many at once (pool.c), and what
 * is said of them (report.c).
 */
#ifndef SMC_TOOLS_BUILD_H
#define SMC_TOOLS_BUILD_H

#include "src/find/locate.h"
#include "tools/cli.h"

#include <pthread.h>
#include <stdint.h>

/* Warnings of a map that --json lists; the rest is counted. */
#define JOB_WARNINGS_MAX 100

struct string_list {
    const char **items;
    size_t n, capacity;
};

/* What the options say. */
struct settings {
    struct smc_build_options options; /* without `warn` and `n_threads` */
    const char *output;               /* -o, or NULL */
    const char *minified;             /* --minified, or NULL */
    struct string_list excludes;
    unsigned n_threads; /* of all jobs together */
    uint64_t max_input_nbytes;
    int chains, forces, is_dry_run, is_json, is_quiet;
};

enum job_kind {
    JOB_MAP,    /* the input is a map */
    JOB_INLINE, /* the input is a generated file with its map inside */
    JOB_NO_MAP  /* a generated file whose map is not to be had */
};

enum job_status { JOB_WAITING, JOB_BUILT, JOB_UNCHANGED, JOB_FAILED };

struct job {
    enum job_kind kind;
    char *input;        /* path, or "-" */
    char *generated;    /* the generated file that led to the input, or NULL */
    const char *root;   /* the folder of the arguments that it was found in, or NULL */
    char *output;       /* path, or "-" */
    int makes_folders;  /* the output is in a tree that mirrors the inputs' */
    int follows_link;   /* the output was asked for by its name */
    unsigned kept_from; /* permissions that other files do not have whose contents may be in it */
    char **notes;       /* what else there is to warn of, of the generated file or the input */
    size_t n_notes;
    char **chained; /* --chain: what the maps of sources are called, as warnings do */
    size_t n_chained;
    struct smc_place place; /* JOB_NO_MAP */

    enum job_status status;
    int code;            /* FAILED: the exit code that it calls for */
    char *error;         /* FAILED: what is wrong, */
    int is_output_error; /* with the output, else with the input */
    int lacks_memory;    /* for something to warn of */
    uint64_t input_nbytes, output_nbytes;
    struct smc_info info; /* BUILT, UNCHANGED; its views are not valid */
    struct smc_build_issue *warnings;
    unsigned long n_warnings; /* all; JOB_WARNINGS_MAX are kept */
};

struct plan {
    struct job *jobs;
    size_t n, capacity;
    size_t n_generated_without; /* generated files that name no map and have none */
    int has_folder;             /* an argument is a folder, or there are several */
};

/* plan.c: finds all jobs of the arguments, in an order that does not depend on the file system. Returns an
 * exit code, having said why. */
int plan_make(struct plan *plan, const struct settings *settings, const struct command *command,
              const char *const *arguments, size_t n_arguments);
void plan_free(struct plan *plan);

/* job.c: does one job on so many threads, and notes in it what came of it. */
void job_run(struct job *job, const struct settings *settings, unsigned n_threads);
/* Notes why it has failed, and something to warn of; of the latter at most JOB_WARNINGS_MAX. */
void job_fail(struct job *job, int code, const char *format, ...) PRINTF_LIKE(3, 4);
void job_note(struct job *job, const char *format, ...) PRINTF_LIKE(2, 3);

/* chain.c: as smc_build_memory, with the maps that sources have themselves. */
smc_build_status chain_build(struct job *job, const struct settings *settings,
                             const struct smc_build_options *options, const struct smc_buf *json,
                             void **file, size_t *file_nbytes, struct smc_build_issue *issue);

/* pool.c: does all of them, and calls `done` for each in the order of the plan, on the calling thread; and
 * `tick` about ten times a second. Returns an exit code. */
struct progress {
    size_t n_done;
    uint64_t input_nbytes; /* of those */
};
int pool_run(struct plan *plan, const struct settings *settings,
             void (*done)(void *context, const struct job *job),
             void (*tick)(void *context, const struct progress *progress), void *context);

/* report.c: what is said while building and at the end. */
struct report {
    const struct plan *plan;
    const struct settings *settings;
    double started; /* seconds */
    int has_bar;    /* on the terminal, now */
    size_t n_built, n_unchanged, n_failed;
    size_t n_without; /* generated files whose map is not to be had */
    int code;         /* of the last failure */
    uint64_t n_tokens, n_warnings, input_nbytes, built_nbytes, output_nbytes;
};
void report_start(struct report *report, const struct plan *plan, const struct settings *settings);
void report_job(void *report, const struct job *job);
void report_tick(void *report, const struct progress *progress);
void report_end(struct report *report);

#endif
