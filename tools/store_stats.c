/*
 * smcache store stats: the counts of the store, and what of it is in memory.
 */
#include "tools/store_commands.h"
#include "tools/units.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

/* Of one folder, or of all. */
struct tally {
    struct smc_store_counts counts;
    uint64_t resident_nbytes;
};

struct stats {
    struct tally total;
    struct tally folders[SMC_STORE_FOLDERS];
};

/* In the order of the table and of JSON. All are uint64_t. */
static const struct field {
    const char *key;   /* as JSON */
    const char *title; /* of a column */
    size_t off;
    int is_size;
} fields[] = {
    {"n_files", "files", offsetof(struct tally, counts.n_files), 0},
    {"n_keys", "keys", offsetof(struct tally, counts.n_keys), 0},
    {"nbytes", "size", offsetof(struct tally, counts.nbytes), 1},
    {"pinned_nbytes", "pinned", offsetof(struct tally, counts.pinned_nbytes), 1},
    {"resident_nbytes", "in memory", offsetof(struct tally, resident_nbytes), 1},
    {"n_hits", "hits", offsetof(struct tally, counts.n_hits), 0},
    {"n_negative_hits", "negative", offsetof(struct tally, counts.n_negative_hits), 0},
    {"n_misses", "misses", offsetof(struct tally, counts.n_misses), 0},
    {"n_builds", "builds", offsetof(struct tally, counts.n_builds), 0},
    {"n_errors", "errors", offsetof(struct tally, counts.n_errors), 0},
    {"n_damaged", "damaged", offsetof(struct tally, counts.n_damaged), 0},
    {"n_evictions", "evicted", offsetof(struct tally, counts.n_evictions), 0},
    {"evicted_nbytes", "their size", offsetof(struct tally, counts.evicted_nbytes), 1},
};
#define N_FIELDS (sizeof fields / sizeof fields[0])

static uint64_t value_of(const struct tally *tally, const struct field *field)
{
    return *(const uint64_t *)(const void *)((const char *)tally + field->off);
}

static int has_anything(const struct tally *tally)
{
    for (size_t i = 0; i < N_FIELDS; i++) {
        if (value_of(tally, &fields[i]) != 0) {
            return 1;
        }
    }
    return 0;
}

/* ---- taking stock ---- */

static int add_file(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct stats *stats = context;
    const uint64_t resident_nbytes = store_resident(fd, nbytes);

    stats->total.resident_nbytes += resident_nbytes;
    stats->folders[strtoul(file, NULL, 16) % SMC_STORE_FOLDERS].resident_nbytes += resident_nbytes;
    return 0;
}

/* Returns an exit code, having said why. */
static int take_stock(const struct store_call *call, struct stats *stats)
{
    struct smc_store_counts counts[SMC_STORE_FOLDERS];
    struct smc_store_error error;

    *stats = (struct stats){0};
    if (call->store == NULL) {
        return EXIT_DONE;
    }
    if (smc_store_counts_get(call->store, &stats->total.counts, counts, &error) != SMC_STORE_OK ||
        smc_store_each_file(call->store, add_file, stats, &error) != SMC_STORE_OK) {
        return store_error(call->config.dir, &error);
    }
    for (size_t f = 0; f < SMC_STORE_FOLDERS; f++) {
        stats->folders[f].counts = counts[f];
    }
    return EXIT_DONE;
}

/* A negative entry answers, too. -1: nobody has asked yet. */
static double hit_rate(const struct smc_store_counts *counts)
{
    const double n_hits = (double)counts->n_hits + (double)counts->n_negative_hits;
    const double n = n_hits + (double)counts->n_misses;

    return n > 0 ? n_hits / n : -1;
}

/* ---- JSON ---- */

static void print_tally_json(const struct tally *tally)
{
    for (size_t i = 0; i < N_FIELDS; i++) {
        printf(",\"%s\":%" PRIu64, fields[i].key, value_of(tally, &fields[i]));
    }
}

static void print_stats_json(const struct store_call *call, const struct stats *stats)
{
    const double rate = hit_rate(&stats->total.counts);
    const char *comma = "";

    fputs("{\"dir\":", stdout);
    print_json(stdout, view_of(call->config.dir));
    print_tally_json(&stats->total);
    printf(rate < 0 ? ",\"hit_rate\":null" : ",\"hit_rate\":%.4f", rate);
    fputs(",\"max_nbytes\":", stdout);
    config_print_json(stdout, &call->config, SETTING_MAX_SIZE);
    fputs(",\"max_age_s\":", stdout);
    config_print_json(stdout, &call->config, SETTING_MAX_AGE);
    fputs(call->has_folders ? ",\"folders\":[" : "", stdout);
    for (unsigned f = 0; f < SMC_STORE_FOLDERS && call->has_folders; f++) {
        if (has_anything(&stats->folders[f])) {
            printf("%s{\"folder\":\"%02x\"", comma, f);
            print_tally_json(&stats->folders[f]);
            putchar('}');
            comma = ",";
        }
    }
    puts(call->has_folders ? "]}" : "}");
}

/* ---- for people ---- */

static void print_count(const char *title, uint64_t count)
{
    printf("%-15s%" PRIu64 "\n", title, count);
}

static void print_nbytes(const char *title, uint64_t nbytes)
{
    char text[SIZE_TEXT_NBYTES];
    printf("%-15s%s\n", title, size_text(nbytes, text));
}

static void print_fill(const struct store_call *call, uint64_t nbytes)
{
    char text[SIZE_TEXT_NBYTES];

    printf("%-15s%s", "size", size_text(nbytes, text));
    if (call->config.max_nbytes == CONFIG_NONE) {
        puts(", without a limit");
    } else {
        printf(" of %s (%.1f %%)\n", size_text(call->config.max_nbytes, text),
               100.0 * (double)nbytes / (double)call->config.max_nbytes);
    }
}

static void print_stats(const struct store_call *call, const struct tally *total)
{
    const struct smc_store_counts *counts = &total->counts;
    const double rate = hit_rate(counts);
    char text[SIZE_TEXT_NBYTES];

    fputs("store          ", stdout);
    print_text(stdout, view_of(call->config.dir));
    puts(call->store == NULL ? "  (not there yet)" : "");
    print_count("files", counts->n_files);
    print_count("keys", counts->n_keys);
    print_fill(call, counts->nbytes);
    print_nbytes("pinned", counts->pinned_nbytes);
    print_nbytes("in memory", total->resident_nbytes);
    print_count("hits", counts->n_hits);
    print_count("negative hits", counts->n_negative_hits);
    print_count("misses", counts->n_misses);
    printf(rate < 0 ? "hit rate       -\n" : "hit rate       %.1f %%\n", 100 * rate);
    print_count("builds", counts->n_builds);
    print_count("errors", counts->n_errors);
    print_count("damaged", counts->n_damaged);
    printf("evictions      %" PRIu64 " (%s)\n", counts->n_evictions,
           size_text(counts->evicted_nbytes, text));
}

static void print_folders(const struct stats *stats)
{
    char text[SIZE_TEXT_NBYTES];

    fputs("\nfolder", stdout);
    for (size_t i = 0; i < N_FIELDS; i++) {
        printf(" %*s", fields[i].is_size ? 11 : 8, fields[i].title);
    }
    putchar('\n');
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        if (!has_anything(&stats->folders[f])) {
            continue;
        }
        printf("%02x    ", f);
        for (size_t i = 0; i < N_FIELDS; i++) {
            const uint64_t value = value_of(&stats->folders[f], &fields[i]);
            if (fields[i].is_size) {
                printf(" %11s", size_text(value, text));
            } else {
                printf(" %8" PRIu64, value);
            }
        }
        putchar('\n');
    }
}

static int run(struct store_call *call)
{
    struct stats stats;
    int code = take_stock(call, &stats);

    if (code != EXIT_DONE) {
        return code;
    }
    if (call->is_json) {
        print_stats_json(call, &stats);
        return EXIT_DONE;
    }
    print_stats(call, &stats.total);
    if (call->has_folders) {
        print_folders(&stats);
    }
    return EXIT_DONE;
}

const struct store_command store_stats = {
    {"store stats", "how full it is, and how often it answers",
     "usage: smcache store stats [--json] [--folders] [OPTION]...\n"
     "\n"
     "Counts since the store was made or cleared. Sizes are of whole pages of 4 KiB, and right\n"
     "after smcache store gc; what processes count arrives when they end, or within an hour.\n"
     "The hit rate is that of all who asked: negative hits answer them, too. In memory is what\n"
     "of the files is in the page cache now.\n"
     "\n"
     "options:\n"
     "      --json           one object; sizes in bytes\n"
     "      --folders        those of each of the 256 folders that has anything, too\n",
     NULL},
    "  smcache store stats\n"
    "  smcache store stats --json --folders\n",
    STORE_TAKES_JSON | STORE_TAKES_FOLDERS,
    run};
