#include "tests/unit/trial.h"
#include "tests/unit/trial_world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_FDS 64
#define GC_TURNS 6

static unsigned count_fds(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < N_FDS; fd++) {
        n += fcntl(fd, F_GETFD) != -1;
    }
    return n;
}

void trials_in_memory(void)
{
    struct stat st;

    if (stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK) == 0) {
        (void)setenv("TMPDIR", "/dev/shm", 0);
    }
}

/* ---- before ---- */

static void put_by_name(struct trial *trial, unsigned number, const struct made *made)
{
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, number);
    put(trial->store, &key, made);
}

static void fill_store(struct trial *trial)
{
    const struct smc_store_key old = content_key(&trial->old), victim = content_key(&trial->victim);
    struct name_of_key name;
    const struct smc_store_key negative = name_key(&name, NAME_NEGATIVE);
    struct smc_store_error error;
    char pins[PATH_MAX];

    (void)snprintf(pins, sizeof pins, "%.200s/v1/pins", trial->path);
    write_file(pins, "name-77*\n", 9);
    put(trial->store, &victim, &trial->victim);
    assert_int_equal(count_files(trial->path, ".smcache", trial->victim_path), 1);
    set_use(trial->victim_path, 10000);
    put(trial->store, &old, &trial->old);
    put_by_name(trial, NAME_OLD, &trial->old);
    put_by_name(trial, NAME_PINNED, &trial->pinned);
    assert_int_equal(smc_store_put_negative(trial->store, &negative, 1, "no mappings", &error),
                     SMC_STORE_OK);
}

static smc_store *open_store(const struct trial *trial, int is_small)
{
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .negative_age_s = 600,
                                              .max_nbytes = is_small ? SMALL_NBYTES : 0,
                                              .flags = trial->hook->options_flags};
    return store_open(trial->path, &options);
}

static void prepare(struct trial *trial)
{
    folder_make(trial->folder);
    (void)snprintf(trial->path, sizeof trial->path, "%.200s/a/b", trial->folder);
    trial->old = make_file(1, 5000);
    trial->fresh = make_file(2, 9000);
    trial->victim = make_file(3, 9000);
    trial->pinned = make_file(4, 3000);
    trial->third = make_file(5, 3000);
    if ((trial->scenario->traits & TRIAL_NEW) == 0) {
        trial->store = open_store(trial, (trial->scenario->traits & TRIAL_SMALL) != 0);
        fill_store(trial);
    }
    if ((trial->scenario->traits & TRIAL_SMALL) !=
        0) { /* so that the victim is known to be the oldest */
        assert_int_equal(smc_store_gc(trial->store, NULL, NULL, NULL), SMC_STORE_OK);
    }
    if (trial->scenario->prepare != NULL) {
        trial->scenario->prepare(trial);
    }
    if ((trial->scenario->traits & TRIAL_CLOSED) != 0) {
        smc_store_close(trial->store);
        trial->store = NULL;
    }
}

/* ---- afterwards ---- */

static void assert_error(const struct trial *trial)
{
    const struct smc_store_error *error = &trial->error;

    assert_int_equal(error->status, trial->status);
    assert_non_null(memchr(error->file, '\0', sizeof error->file));
    assert_non_null(error->reason);
    assert_true(strlen(error->reason) > 5);
    assert_int_equal(error->error_number,
                     trial->status == SMC_STORE_E_IO ? trial->hook->error_number : 0);
}

static void check_status(struct trial *trial)
{
    const struct scenario *scenario = trial->scenario;
    const struct trial_hook *hook = trial->hook;

    if (hook->is_read_only) {
        assert_int_equal(trial->status, (scenario->traits & TRIAL_CHANGES) != 0
                                            ? SMC_STORE_E_IO
                                            : scenario->expected);
    }
    if (hook->must_fail && (scenario->traits & (TRIAL_LOSES | TRIAL_NEW)) == 0) {
        assert_true((scenario->traits & TRIAL_CHANGES) == 0 || trial->status != scenario->expected);
        assert_true(trial->opened.n_built == 0 || trial->opened.n_from_memory == 1 ||
                    scenario->expected == SMC_STORE_NEGATIVE);
    }
    if (trial->status != scenario->expected) {
        assert_int_equal(trial->status, hook->may_yield);
        assert_false(hook->must_succeed);
        assert_true(hook->may_yield == SMC_STORE_E_MEMORY ||
                    (scenario->traits & TRIAL_NEVER_FAILS) == 0);
        assert_error(trial);
        return;
    }
    if (!hook->is_read_only && (scenario->traits & TRIAL_COUNTS) != 0) {
        assert_counts(trial->store, trial->path);
    }
    if (scenario->check != NULL && trial->store != NULL) {
        scenario->check(trial);
    }
}

/* Found with just these bytes, or, if it may be gone, missed. */
static void assert_found(const struct trial *trial, const struct smc_store_key *key,
                         const struct made *made, const struct made *or_made, int may_be_gone)
{
    struct opened opened = {.answer = 0};
    struct smc_store_error error = {.reason = ""};
    const smc_store_status status =
        smc_store_get(trial->store, key, opened_from_store, &opened, NULL, &error);

    if (status != SMC_STORE_OK && (status != SMC_STORE_MISS || !may_be_gone)) {
        fail_msg("an old entry: %s: %s %s", smc_store_status_text(status), error.reason,
                 error.file);
    }
    if (status == SMC_STORE_OK) {
        const int is_first = opened.bytes.nbytes == made->file.nbytes &&
                             memcmp(opened.bytes.data, made->file.data, made->file.nbytes) == 0;
        const int is_second =
            or_made != NULL && opened.bytes.nbytes == or_made->file.nbytes &&
            memcmp(opened.bytes.data, or_made->file.data, or_made->file.nbytes) == 0;
        assert_true(is_first || is_second);
    }
    opened_free(&opened);
}

static unsigned count_temps(const struct trial *trial)
{
    char path[PATH_MAX];

    (void)snprintf(path, sizeof path, "%.200s/v1/tmp", trial->path);
    return count_files(path, ".tmp", NULL);
}

static void check_entries(const struct trial *trial)
{
    const int loses = (trial->scenario->traits & (TRIAL_LOSES | TRIAL_NEW)) != 0;
    const int loses_victim = loses || (trial->scenario->traits & TRIAL_LOSES_VICTIM) != 0;
    struct name_of_key names[4];
    const struct {
        struct smc_store_key key;
        const struct made *made, *or_made;
        int may_be_gone;
    } entries[] = {{content_key(&trial->old), &trial->old, NULL, loses},
                   {name_key(&names[0], NAME_OLD), &trial->old, &trial->fresh, loses},
                   {name_key(&names[1], NAME_PINNED), &trial->pinned, NULL, loses},
                   {content_key(&trial->victim), &trial->victim, NULL, loses_victim},
                   {content_key(&trial->fresh), &trial->fresh, NULL, 1},
                   {name_key(&names[2], NAME_FRESH), &trial->fresh, NULL, 1}};

    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        assert_found(trial, &entries[i].key, entries[i].made, entries[i].or_made,
                     entries[i].may_be_gone);
    }
    const struct smc_store_key negative = name_key(&names[3], NAME_NEGATIVE);
    const smc_store_status status =
        smc_store_get(trial->store, &negative, opened_from_store, NULL, NULL, NULL);
    assert_true(status == SMC_STORE_NEGATIVE || (status == SMC_STORE_MISS && loses));
}

/* The store works on, and what is counted is what is there. To go over all takes as long as the rest of a trial, so
 * not each does. */
static void check_use(const struct trial *trial)
{
    const struct smc_store_key third = content_key(&trial->third);
    static unsigned turn;

    put(trial->store, &third, &trial->third);
    assert_hit(trial->store, &third, &trial->third);
    if (++turn % GC_TURNS != 0) {
        return;
    }
    assert_int_equal(smc_store_gc(trial->store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_counts(trial->store, trial->path);
    if (trial->hook->options_flags == 0) {
        assert_int_equal(count_temps(trial), 0);
    }
    check_entries(trial);
}

static void reopen(struct trial *trial)
{
    smc_store_close(trial->store);
    trial->store = open_store(trial, 0);
}

static void check(struct trial *trial)
{
    check_status(trial);
    if (!trial->hook->leaves_temps) {
        assert_int_equal(count_temps(trial), 0);
    }
    if (trial->store == NULL || (trial->scenario->traits & TRIAL_SMALL) != 0) {
        reopen(trial);
    }
    check_entries(trial);
    check_use(trial);
    reopen(trial); /* another process sees the same */
    check_entries(trial);
}

static void clean_up(struct trial *trial)
{
    smc_store_close(trial->store);
    folder_remove(trial->folder);
    made_free(&trial->old);
    made_free(&trial->fresh);
    made_free(&trial->victim);
    made_free(&trial->pinned);
    made_free(&trial->third);
    opened_free(&trial->opened);
}

void try_scenario(const struct scenario *scenario, const struct trial_hook *hook)
{
    struct trial trial = {.scenario = scenario, .hook = hook};
    const size_t n_live = hook->n_live();
    const unsigned n_fds = count_fds();

    trial.error.status = SMC_STORE_OK;
    trial.error.reason = NULL;
    prepare(&trial);
    hook->set(1);
    trial.status = scenario->run(&trial);
    hook->set(0);
    check(&trial);
    clean_up(&trial);
    assert_int_equal(count_fds(), n_fds);
    assert_int_equal(hook->n_live(), n_live);
}
