/*
 * The scenarios: each call of the store's interface, in the ways that lead through different code.
 */
#include "tests/unit/trial_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void set_use(const char *path, int64_t seconds_ago)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = time(NULL) - seconds_ago}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

void write_file(const char *path, const void *bytes, size_t nbytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, nbytes), (ssize_t)nbytes);
    close(fd);
}

/* ---- callbacks: the fault is one of the store, not of these ---- */

static int open_stored(void *context, int fd)
{
    struct trial *trial = context;

    trial->hook->set(0);
    int answer = opened_from_store(&trial->opened, fd);
    trial->hook->set(1);
    return answer;
}

static enum smc_store_built build(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES])
{
    struct trial *trial = context;

    trial->hook->set(0);
    enum smc_store_built built =
        maker_of(&trial->opened).build(&trial->opened, bytes, nbytes, text);
    trial->hook->set(1);
    return built;
}

static int open_bytes(void *context, void *bytes, size_t nbytes, const struct smc_store_error *why)
{
    struct trial *trial = context;

    trial->hook->set(0);
    trial->error = *why;
    int answer = maker_of(&trial->opened).open_bytes(&trial->opened, bytes, nbytes, why);
    trial->hook->set(1);
    return answer;
}

static int visit_item(void *context, const struct smc_store_item *item)
{
    struct trial *trial = context;
    (void)item;
    trial->n_visits++;
    return 0;
}

static int visit_file(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct trial *trial = context;
    (void)fd, (void)file, (void)nbytes;
    trial->n_visits++;
    return 0;
}

static void visit_pattern(void *context, const char *pattern)
{
    struct trial *trial = context;
    (void)pattern;
    trial->n_visits++;
}

/* ---- open, close ---- */

static smc_store_status run_open(struct trial *trial)
{
    const struct smc_store_options options = {
        .struct_size = sizeof options, .negative_age_s = 600, .flags = trial->hook->options_flags};
    return smc_store_open(trial->path, &options, &trial->store, &trial->error);
}

/* Its handle has counted something. */
static void prepare_close(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->old);
    assert_hit(trial->store, &key, &trial->old);
}

static smc_store_status run_close(struct trial *trial)
{
    smc_store_close(trial->store);
    trial->store = NULL;
    return SMC_STORE_OK;
}

/* ---- get ---- */

static smc_store_status get(struct trial *trial, const struct smc_store_key *key)
{
    char text[SMC_STORE_TEXT_NBYTES];
    return smc_store_get(trial->store, key, open_stored, trial, text, &trial->error);
}

static smc_store_status run_get_hit(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->old);
    return get(trial, &key);
}

static void check_opened_old(struct trial *trial)
{
    assert_int_equal(trial->opened.bytes.nbytes, trial->old.file.nbytes);
    assert_memory_equal(trial->opened.bytes.data, trial->old.file.data, trial->old.file.nbytes);
}

static smc_store_status run_get_victim(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->victim);
    return get(trial, &key);
}

static smc_store_status run_get_miss(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->fresh);
    return get(trial, &key);
}

static smc_store_status run_get_negative(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_NEGATIVE);
    return get(trial, &key);
}

/* A key whose file has been evicted. */
static void prepare_orphan(struct trial *trial)
{
    assert_int_equal(unlink(trial->victim_path), 0);
}

/* ---- put ---- */

static smc_store_status put_file(struct trial *trial, const struct smc_store_key *keys,
                                 size_t n_keys, const struct made *made)
{
    return smc_store_put(trial->store, keys, n_keys, made->file.data, made->file.nbytes,
                         &trial->error);
}

static smc_store_status run_put_new(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key keys[2] = {content_key(&trial->fresh), name_key(&name, NAME_FRESH)};
    return put_file(trial, keys, 2, &trial->fresh);
}

static void check_put_new(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key by_content = content_key(&trial->fresh),
                               by_name = name_key(&name, NAME_FRESH);
    assert_hit(trial->store, &by_content, &trial->fresh);
    assert_hit(trial->store, &by_name, &trial->fresh);
}

static smc_store_status run_put_pinned(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_FRESH_PINNED);
    return put_file(trial, &key, 1, &trial->fresh);
}

static smc_store_status run_put_same(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->old);
    return put_file(trial, &key, 1, &trial->old);
}

static smc_store_status run_put_replacing(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_OLD);
    return put_file(trial, &key, 1, &trial->fresh);
}

static void check_replaced(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_OLD);
    assert_hit(trial->store, &key, &trial->fresh);
}

static void check_evicted(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->victim);

    check_put_new(trial);
    assert_miss(trial->store, &key);
}

/* One file is not what it was. */
static void prepare_damaged(struct trial *trial)
{
    int fd = open(trial->victim_path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "damage", 6, 8000), 6);
    close(fd);
}

static smc_store_status run_put_victim(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->victim);
    return put_file(trial, &key, 1, &trial->victim);
}

static void check_victim(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->victim);
    assert_hit(trial->store, &key, &trial->victim);
}

/* The whole folder of the store goes. */
static void prepare_removed(struct trial *trial)
{
    folder_remove(trial->path);
}

static smc_store_status run_put_negative(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_NONE);
    return smc_store_put_negative(trial->store, &key, 1, "why not", &trial->error);
}

static void check_negative(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_NONE);
    assert_int_equal(smc_store_get(trial->store, &key, opened_from_store, NULL, NULL, NULL),
                     SMC_STORE_NEGATIVE);
}

/* ---- get or build ---- */

static smc_store_status get_or_build(struct trial *trial, const struct smc_store_key *keys,
                                     size_t n_keys)
{
    const struct smc_store_maker maker = {trial, open_stored, build, open_bytes};
    struct smc_store_outcome outcome;
    struct smc_store_error error = {.reason = NULL};
    const smc_store_status status =
        smc_store_get_or_build(trial->store, keys, n_keys, &maker, &outcome, &error);

    if (status != SMC_STORE_OK && status != SMC_STORE_NEGATIVE) {
        trial->error = error;
    }
    return status;
}

static smc_store_status run_build(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key keys[2] = {name_key(&name, NAME_FRESH), content_key(&trial->fresh)};

    trial->opened.made = &trial->fresh;
    return get_or_build(trial, keys, 2);
}

/* From the store or from memory; of the latter there is a reason. */
static void check_built(struct trial *trial, const struct made *made)
{
    const struct smc_store_error *why = &trial->opened.why;

    assert_int_equal(trial->opened.bytes.nbytes, made->file.nbytes);
    assert_memory_equal(trial->opened.bytes.data, made->file.data, made->file.nbytes);
    if (trial->opened.n_from_memory == 0) {
        return;
    }
    assert_false(trial->hook->must_succeed);
    assert_int_equal(why->status, trial->hook->may_yield);
    assert_true(strlen(why->reason) > 5);
    assert_int_equal(why->error_number,
                     why->status == SMC_STORE_E_IO ? trial->hook->error_number : 0);
}

static void check_built_fresh(struct trial *trial)
{
    assert_int_equal(trial->opened.n_built, 1);
    check_built(trial, &trial->fresh);
}

/* The first key is unknown, the second leads to the file. */
static smc_store_status run_build_hit(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key keys[2] = {name_key(&name, NAME_NONE), content_key(&trial->old)};

    trial->opened.made = &trial->old;
    return get_or_build(trial, keys, 2);
}

static void check_built_old(struct trial *trial)
{
    check_built(trial, &trial->old);
}

static smc_store_status run_build_impossible(struct trial *trial)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, NAME_NONE);

    trial->opened.why_not = "why not";
    return get_or_build(trial, &key, 1);
}

/* ---- care ---- */

static smc_store_status run_pin(struct trial *trial)
{
    return smc_store_pin(trial->store, "*", &trial->n, &trial->error);
}

static void check_pin(struct trial *trial)
{
    struct smc_store_counts counts = counts_of(trial->store);

    assert_int_equal(trial->n, N_OLD_FILES);
    /* The files, and a page for each of their keys. */
    assert_int_equal(counts.pinned_nbytes, (2 + 3 + 1 + 4) * 4096);
}

static smc_store_status run_unpin(struct trial *trial)
{
    return smc_store_unpin(trial->store, "name-77*", &trial->n, &trial->error);
}

static void check_unpin(struct trial *trial)
{
    assert_int_equal(trial->n, 0);
    assert_int_equal(counts_of(trial->store).pinned_nbytes, 0);
}

static smc_store_status run_pins(struct trial *trial)
{
    return smc_store_pins(trial->store, visit_pattern, trial, &trial->error);
}

static void check_one_visit(struct trial *trial)
{
    assert_int_equal(trial->n_visits, 1);
}

static smc_store_status run_gc(struct trial *trial)
{
    const struct smc_store_gc_options options = {.struct_size = sizeof options,
                                                 .max_nbytes = SMALL_NBYTES - 3 * UINT64_C(4096)};
    return smc_store_gc(trial->store, &options, NULL, &trial->error);
}

static void check_gc(struct trial *trial)
{
    const struct smc_store_key key = content_key(&trial->victim);
    assert_miss(trial->store, &key);
}

static smc_store_status run_gc_clears(struct trial *trial)
{
    const struct smc_store_gc_options options = {
        .struct_size = sizeof options, .clears = 1, .clears_pinned = 1};
    return smc_store_gc(trial->store, &options, NULL, &trial->error);
}

static void check_cleared(struct trial *trial)
{
    assert_int_equal(count_files(trial->path, ".smcache", NULL), 0);
    assert_int_equal(count_files(trial->path, ".key", NULL), 0);
}

static smc_store_status run_list(struct trial *trial)
{
    return smc_store_list(trial->store, visit_item, trial, &trial->error);
}

static void check_list(struct trial *trial)
{
    assert_int_equal(trial->n_visits, N_OLD_KEYS);
}

static smc_store_status run_each_file(struct trial *trial)
{
    return smc_store_each_file(trial->store, visit_file, trial, &trial->error);
}

static void check_each_file(struct trial *trial)
{
    assert_int_equal(trial->n_visits, N_OLD_FILES);
}

static smc_store_status run_counts(struct trial *trial)
{
    struct smc_store_counts counts;
    const smc_store_status status =
        smc_store_counts_get(trial->store, &counts, NULL, &trial->error);

    trial->n = status == SMC_STORE_OK ? counts.n_keys : 0;
    return status;
}

static void check_number_of_keys(struct trial *trial)
{
    assert_int_equal(trial->n, N_OLD_KEYS);
}

#define OK SMC_STORE_OK
#define MISS SMC_STORE_MISS
#define NEGATIVE SMC_STORE_NEGATIVE

const struct scenario scenarios[] = {
    {"open a new store", TRIAL_IS_MAIN | TRIAL_CLOSED | TRIAL_NEW | TRIAL_CHANGES, OK, NULL,
     run_open, NULL},
    {"open", TRIAL_CLOSED, OK, NULL, run_open, NULL},
    {"close", TRIAL_NEVER_FAILS, OK, prepare_close, run_close, NULL},
    {"get", TRIAL_IS_MAIN, OK, NULL, run_get_hit, check_opened_old},
    {"get what was not used for long", 0, OK, NULL, run_get_victim, NULL},
    {"get what is not there", 0, MISS, NULL, run_get_miss, NULL},
    {"get a negative entry", 0, NEGATIVE, NULL, run_get_negative, NULL},
    {"get what was evicted", TRIAL_LOSES_VICTIM, MISS, prepare_orphan, run_get_victim, NULL},
    {"get a damaged file", TRIAL_LOSES_VICTIM, MISS, prepare_damaged, run_get_victim, NULL},
    {"put", TRIAL_IS_MAIN | TRIAL_CHANGES, OK, NULL, run_put_new, check_put_new},
    {"put what is pinned", TRIAL_CHANGES, OK, NULL, run_put_pinned, NULL},
    {"put the same", TRIAL_CHANGES, OK, NULL, run_put_same, NULL},
    {"put another file", TRIAL_IS_MAIN | TRIAL_CHANGES, OK, NULL, run_put_replacing,
     check_replaced},
    {"put and evict", TRIAL_IS_MAIN | TRIAL_CHANGES | TRIAL_SMALL | TRIAL_LOSES_VICTIM, OK, NULL,
     run_put_new, check_evicted},
    {"put where a file is damaged", TRIAL_CHANGES | TRIAL_LOSES_VICTIM, OK, prepare_damaged,
     run_put_victim, check_victim},
    {"put into a folder that was removed", TRIAL_CHANGES | TRIAL_LOSES, OK, prepare_removed,
     run_put_new, check_put_new},
    {"put a negative entry", TRIAL_CHANGES, OK, NULL, run_put_negative, check_negative},
    {"build", TRIAL_IS_MAIN | TRIAL_NEVER_FAILS, OK, NULL, run_build, check_built_fresh},
    {"build and evict", TRIAL_NEVER_FAILS | TRIAL_SMALL | TRIAL_LOSES_VICTIM, OK, NULL, run_build,
     check_built_fresh},
    {"build in a folder that was removed", TRIAL_NEVER_FAILS | TRIAL_LOSES, OK, prepare_removed,
     run_build, check_built_fresh},
    {"get or build: hit", TRIAL_NEVER_FAILS, OK, NULL, run_build_hit, check_built_old},
    {"get or build: impossible", TRIAL_NEVER_FAILS, NEGATIVE, NULL, run_build_impossible, NULL},
    {"counts", 0, OK, NULL, run_counts, check_number_of_keys},
    {"pins", 0, OK, NULL, run_pins, check_one_visit},
    {"pin", TRIAL_CHANGES | TRIAL_COUNTS | TRIAL_IS_LONG, OK, NULL, run_pin, check_pin},
    {"unpin", TRIAL_CHANGES | TRIAL_COUNTS | TRIAL_IS_LONG, OK, NULL, run_unpin, check_unpin},
    {"gc", TRIAL_CHANGES | TRIAL_COUNTS | TRIAL_LOSES_VICTIM | TRIAL_IS_LONG, OK, NULL, run_gc,
     check_gc},
    {"gc that clears", TRIAL_CHANGES | TRIAL_COUNTS | TRIAL_LOSES | TRIAL_IS_LONG, OK, NULL,
     run_gc_clears, check_cleared},
    {"list", TRIAL_IS_LONG, OK, NULL, run_list, check_list},
    {"each file", TRIAL_IS_LONG, OK, NULL, run_each_file, check_each_file},
};
const size_t n_scenarios = COUNT_OF(scenarios);
