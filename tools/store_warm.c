/*
 * smcache store warm: files into the page cache, what lookups need of all of them first.
 */
#include "tools/store_commands.h"
#include "tools/units.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Where nobody says how much memory there is. */
#define BUDGET_FALLBACK (UINT64_C(1) << 30)
#define TICK_S 0.1
/* "3f/", 30 digits, ".smcache". */
#define FILE_NAME_NBYTES 48

/* Files that the patterns choose, as the store names them. */
struct names {
    char (*list)[FILE_NAME_NBYTES];
    size_t n, capacity;
};

struct warming {
    struct store_call *call;
    struct names chosen; /* sorted; of all files there need be none */
    uint64_t left;       /* of the budget */
    int is_cut;          /* it did not last for what lookups need */
    int code;
    uint64_t n_files, nbytes, resident_nbytes; /* resident: before */
    uint64_t lookup_nbytes, content_nbytes;    /* in memory now */
    double ticked;
    int has_bar;
};

/* ---- which files ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int add_name(void *context, const struct smc_store_item *item)
{
    struct warming *warming = context;
    struct names *names = &warming->chosen;

    const int is_chosen = item->file == NULL ? 0 : store_is_chosen(warming->call, item);
    if (is_chosen <= 0) {
        warming->code = is_chosen < 0 ? EXIT_SYSTEM : warming->code;
        return is_chosen < 0;
    }
    if (names->n == names->capacity) {
        const size_t capacity = names->capacity < 64 ? 64 : names->capacity * 2;
        void *list = realloc(names->list, capacity * sizeof *names->list);
        if (list == NULL) {
            say("out of memory");
            warming->code = EXIT_SYSTEM;
            return 1;
        }
        names->list = list;
        names->capacity = capacity;
    }
    (void)snprintf(names->list[names->n++], sizeof *names->list, "%s", item->file);
    return 0;
}

/* Returns an exit code, having said why. */
static int choose(struct warming *warming)
{
    struct store_call *call = warming->call;
    struct smc_store_error error;

    if (call->n_patterns == 0) {
        return EXIT_DONE;
    }
    if (smc_store_list(call->store, add_name, warming, &error) != SMC_STORE_OK) {
        return store_error(call->config.dir, &error);
    }
    if (warming->chosen.n > 0) {
        qsort(warming->chosen.list, warming->chosen.n, sizeof *warming->chosen.list, compare_names);
    }
    return warming->code;
}

static int is_chosen(const struct warming *warming, const char *file)
{
    const struct names *names = &warming->chosen;

    return warming->call->n_patterns == 0 ||
           (names->n > 0 &&
            bsearch(file, names->list, names->n, sizeof *names->list, compare_names) != NULL);
}

/* ---- the bar ---- */

static void tick(struct warming *warming)
{
    char text[SIZE_TEXT_NBYTES];
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    const double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    if (isatty(STDERR_FILENO) && now - warming->ticked >= TICK_S) {
        warming->ticked = now;
        warming->has_bar = 1;
        fprintf(stderr, "\r\033[K%" PRIu64 " files, %s", warming->n_files,
                size_text(warming->lookup_nbytes + warming->content_nbytes, text));
        fflush(stderr);
    }
}

static void clear_bar(struct warming *warming)
{
    fputs(warming->has_bar ? "\r\033[K" : "", stderr);
    warming->has_bar = 0;
}

/* ---- warming ---- */

/* Says why a file could not be opened; or, without an error, be read: that is in errno. The others go on. */
static void say_failed(struct warming *warming, const char *file, const struct smc_error *error)
{
    char path[PATH_MAX + FILE_NAME_NBYTES];
    const int saved = errno;

    clear_bar(warming);
    (void)snprintf(path, sizeof path, STORE_FILE_FORMAT, warming->call->config.dir, file);
    errno = saved;
    (void)(error != NULL ? cache_error(path, error) : system_error(path, "cannot read"));
    warming->code = EXIT_PARTIAL;
}

/* All before the contents, in whole pages, as smc_warm counts. */
static uint64_t lookup_nbytes_of(const smc_cache *cache, uint64_t nbytes)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    struct smc_section_info section;

    for (uint32_t i = 0; smc_section_get(cache, i, &section) == SMC_OK; i++) {
        if (section.name != NULL && strcmp(section.name, "CONTENT") == 0) {
            const uint64_t end = (section.offset + page - 1) / page * page;
            return end < nbytes ? end : nbytes;
        }
    }
    return nbytes;
}

/* First what lookups need, of all files. */
static int warm_lookups(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct warming *warming = context;
    struct smc_error error;
    smc_cache *cache;
    uint64_t warmed;

    if (!is_chosen(warming, file)) {
        return 0;
    }
    warming->n_files++;
    warming->nbytes += nbytes;
    warming->resident_nbytes += store_resident(fd, nbytes); /* before it is opened */
    if (warming->left == 0) {
        warming->is_cut = 1;
        return 0;
    }
    /* At random: nothing is read but what the budget is for. */
    if (smc_open_fd(fd, SMC_OPEN_RANDOM, &cache, &error) != SMC_OK) {
        say_failed(warming, file, &error);
        return 0;
    }
    const uint64_t wanted = lookup_nbytes_of(cache, nbytes);
    if (smc_warm(cache, wanted < warming->left ? wanted : warming->left, &warmed) != SMC_OK) {
        say_failed(warming, file, NULL);
    }
    warming->is_cut |= wanted > warming->left;
    warming->left -= warmed;
    warming->lookup_nbytes += warmed;
    smc_close(cache);
    tick(warming);
    return 0;
}

/* Then contents, of the files that were used last. What cannot be read has been said. */
static int warm_contents(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct warming *warming = context;
    smc_cache *cache;
    uint64_t warmed;

    if (!is_chosen(warming, file) || smc_open_fd(fd, SMC_OPEN_RANDOM, &cache, NULL) != SMC_OK) {
        return 0;
    }
    const uint64_t done = lookup_nbytes_of(cache, nbytes);
    const uint64_t wanted = nbytes - done < warming->left ? nbytes : done + warming->left;
    if (done < nbytes && smc_warm(cache, wanted, &warmed) == SMC_OK && warmed > done) {
        warming->left -= warmed - done;
        warming->content_nbytes += warmed - done;
    }
    smc_close(cache);
    tick(warming);
    return warming->left == 0;
}

/* Returns an exit code, having said why. */
static int warm(struct warming *warming)
{
    struct store_call *call = warming->call;
    struct smc_store_error error;
    int code = choose(warming);

    if (code != EXIT_DONE) {
        return code;
    }
    smc_store_status status = smc_store_each_file(call->store, warm_lookups, warming, &error);
    if (status == SMC_STORE_OK && !warming->is_cut && warming->left > 0) {
        status = smc_store_each_file(call->store, warm_contents, warming, &error);
    }
    clear_bar(warming);
    return status == SMC_STORE_OK ? warming->code : store_error(call->config.dir, &error);
}

/* ---- the budget ---- */

/* Half of the memory that Linux says is to be had without swapping: the other half is for whoever does the lookups. */
static uint64_t default_budget(void)
{
    static const char key[] = "MemAvailable:";
    uint64_t nbytes = BUDGET_FALLBACK;
    char line[256];
    FILE *file = fopen("/proc/meminfo", "re");

    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, sizeof key - 1) == 0) {
            nbytes = (uint64_t)strtoull(line + sizeof key - 1, NULL, 10) * 1024 / 2;
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return nbytes;
}

/* ---- the report ---- */

static void print_nbytes(const char *title, uint64_t nbytes)
{
    char text[SIZE_TEXT_NBYTES];
    printf("%-18s%s\n", title, size_text(nbytes, text));
}

static void print_report(const struct warming *warming, uint64_t budget_nbytes)
{
    if (warming->call->is_json) {
        printf("{\"n_files\":%" PRIu64 ",\"nbytes\":%" PRIu64 ",\"resident_nbytes\":%" PRIu64
               ",\"budget_nbytes\":%" PRIu64 ",\"lookup_nbytes\":%" PRIu64
               ",\"content_nbytes\":%" PRIu64 "}\n",
               warming->n_files, warming->nbytes, warming->resident_nbytes, budget_nbytes,
               warming->lookup_nbytes, warming->content_nbytes);
        return;
    }
    printf("%-18s%" PRIu64 "\n", "files", warming->n_files);
    print_nbytes("size", warming->nbytes);
    print_nbytes("in memory before", warming->resident_nbytes);
    print_nbytes("budget", budget_nbytes);
    print_nbytes("for lookups", warming->lookup_nbytes);
    print_nbytes("contents", warming->content_nbytes);
}

static int run(struct store_call *call)
{
    const uint64_t budget_nbytes =
        call->budget_nbytes != CONFIG_NONE ? call->budget_nbytes : default_budget();
    struct warming warming = {.call = call, .left = budget_nbytes};
    int code = call->store != NULL ? warm(&warming) : EXIT_DONE;

    free(warming.chosen.list);
    if (code == EXIT_DONE || code == EXIT_PARTIAL) {
        print_report(&warming, budget_nbytes);
    }
    return code;
}

const struct store_command store_warm = {
    {"store warm", "reads files into memory before they are needed",
     "usage: smcache store warm [--budget SIZE] [--json] [OPTION]... [PATTERN]...\n"
     "\n"
     "Reads files of keys that a PATTERN fits (without one, all) into the page cache, up to\n"
     "a budget: first what lookups need of each, which is all before its contents, then\n"
     "contents; of both the files that were used last first. Prints how much of them was in\n"
     "memory before, and how much of either kind is now. It may leave memory again as all\n"
     "pages may. Exit code 1 if a file could not be read.\n"
     "\n"
     "options:\n"
     "      --budget SIZE    bytes at the most, those included that are in memory already:\n"
     "                       500M, 5GiB (default: half of the memory that is available; 1GiB\n"
     "                       where nobody knows that)\n"
     "      --json           one object; sizes in bytes\n",
     NULL},
    "  smcache store warm\n"
    "  smcache store warm --budget 2GiB '*@2.1.*'\n",
    STORE_TAKES_JSON | STORE_TAKES_BUDGET | STORE_TAKES_PATTERNS,
    run};
