/*
 * Processes that are killed, or stopped, at any moment: what is in the store is whole, and what they have left behind
 * goes.
 */
#include "tests/unit/children.h"
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#define N_KILLS FEWER(1000)
#define N_KEYS 60
#define N_WORKERS 6
#define MAX_NBYTES ((uint64_t)1 << 20)

struct shared {
    atomic_uint n_wrong, n_refused, n_done;
};

struct world {
    char folder[PATH_MAX];
    struct made made[N_KEYS];
    struct shared *shared;
    unsigned number; /* of a process that is started */
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct rng rng = {1};

    assert_non_null(world);
    folder_make_fast(world->folder);
    for (unsigned i = 0; i < N_KEYS; i++) {
        world->made[i] = make_file(i, 200 + rng_below(&rng, 30000));
    }
    world->shared = shared_new(sizeof *world->shared);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    children_end();
    for (unsigned i = 0; i < N_KEYS; i++) {
        made_free(&world->made[i]);
    }
    shared_free(world->shared, sizeof *world->shared);
    folder_remove(world->folder);
    free(world);
    return 0;
}

/* ---- what they do until they are killed ---- */

struct worker {
    const struct world *world;
    smc_store *store;
    struct rng rng;
    struct opened opened;
};

static struct smc_store_key key_of(const struct world *world, unsigned i, struct name_of_key *name)
{
    return i % 3 == 0 ? name_key(name, i) : content_key(&world->made[i]);
}

static int look_at(void *context, int fd)
{
    struct worker *worker = context;
    const int answer = opened_from_store(&worker->opened, fd);

    atomic_fetch_add(&worker->world->shared->n_refused, answer != 0);
    return answer;
}

static enum smc_store_built build(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES])
{
    struct worker *worker = context;

    sleep_us(rng_below(&worker->rng, 1000));
    return maker_of(&worker->opened).build(&worker->opened, bytes, nbytes, text);
}

static int open_bytes(void *context, void *bytes, size_t nbytes, const struct smc_store_error *why)
{
    struct worker *worker = context;
    return maker_of(&worker->opened).open_bytes(&worker->opened, bytes, nbytes, why);
}

static void get_or_build(struct worker *worker, unsigned i)
{
    const struct smc_store_maker maker = {worker, look_at, build, open_bytes};
    const struct made *made = &worker->world->made[i];
    struct name_of_key name;
    const struct smc_store_key key = key_of(worker->world, i, &name);

    worker->opened.made = made;
    if (smc_store_get_or_build(worker->store, &key, 1, &maker, NULL, NULL) != SMC_STORE_OK ||
        worker->opened.bytes.nbytes != made->file.nbytes ||
        memcmp(worker->opened.bytes.data, made->file.data, made->file.nbytes) != 0) {
        atomic_fetch_add(&worker->world->shared->n_wrong, 1);
    }
}

static void put_again(struct worker *worker, unsigned i)
{
    const struct made *made = &worker->world->made[i];
    struct name_of_key name;
    const struct smc_store_key key = key_of(worker->world, i, &name);

    if (smc_store_put(worker->store, &key, 1, made->file.data, made->file.nbytes, NULL) !=
        SMC_STORE_OK) {
        atomic_fetch_add(&worker->world->shared->n_wrong, 1);
    }
}

static void gc_now(struct worker *worker, unsigned i)
{
    const struct smc_store_gc_options options = {.struct_size = sizeof options,
                                                 .max_nbytes = i % 2 == 0 ? MAX_NBYTES / 2 : 0};
    struct smc_store_gc_result result;

    if (smc_store_gc(worker->store, &options, &result, NULL) != SMC_STORE_OK ||
        result.n_damaged != 0) {
        atomic_fetch_add(&worker->world->shared->n_wrong, 1);
    }
}

static void pin_or_unpin(struct worker *worker, unsigned i)
{
    struct name_of_key name;

    (void)name_key(&name, i % 2 * 3); /* two of them at most: they fit in */
    (void)(i % 4 < 2 ? smc_store_pin(worker->store, name.text, NULL, NULL)
                     : smc_store_unpin(worker->store, name.text, NULL, NULL));
}

/* Opens the store time and again, and a new one each time. */
static void open_again(struct worker *worker, unsigned i)
{
    char folder[PATH_MAX];
    smc_store *fresh;

    (void)snprintf(folder, sizeof folder, "%.200s/inside/%u-%u", worker->world->folder,
                   worker->world->number, i);
    if (smc_store_open(folder, NULL, &fresh, NULL) != SMC_STORE_OK) {
        atomic_fetch_add(&worker->world->shared->n_wrong, 1);
        return;
    }
    smc_store_close(fresh);
    folder_remove(folder);
}

static int work(void *context)
{
    static void (*const kinds[])(struct worker * worker, unsigned i) = {
        get_or_build, put_again, get_or_build, gc_now, pin_or_unpin, open_again};
    const struct world *world = context;
    struct worker worker = {.world = world, .rng = {world->number + 1}};
    const struct smc_store_options options = {
        .struct_size = sizeof options, .max_nbytes = MAX_NBYTES, .wait_ms = 50};

    if (smc_store_open(world->folder, &options, &worker.store, NULL) != SMC_STORE_OK) {
        atomic_fetch_add(&world->shared->n_wrong, 1);
        return 1;
    }
    for (;;) {
        kinds[world->number % COUNT_OF(kinds)](&worker, rng_below(&worker.rng, N_KEYS));
        atomic_fetch_add(&world->shared->n_done, 1);
    }
}

/* ---- 1,000 kills ---- */

/* What must hold afterwards, of all that is there and all that is put. */
static void assert_sound(struct world *world, smc_store *store)
{
    struct opened opened = {.answer = 0};
    struct name_of_key name;
    unsigned n_hits = 0;

    for (unsigned i = 0; i < N_KEYS; i++) {
        const struct smc_store_key key = key_of(world, i, &name);
        const smc_store_status status =
            smc_store_get(store, &key, opened_from_store, &opened, NULL, NULL);
        assert_true(status == SMC_STORE_OK || status == SMC_STORE_MISS);
        if (status == SMC_STORE_OK) {
            assert_int_equal(opened.bytes.nbytes, world->made[i].file.nbytes);
            assert_memory_equal(opened.bytes.data, world->made[i].file.data, opened.bytes.nbytes);
            n_hits++;
        }
    }
    assert_true(n_hits > 0);
    opened_free(&opened);
    assert_int_equal(counts_of(store).n_damaged, 0);
}

static void assert_nothing_is_wrong(const struct world *world)
{
    assert_int_equal(world->shared->n_wrong, 0);
    assert_int_equal(world->shared->n_refused, 0);
    (void)assert_files_whole(world->folder);
}

/* Workers of all kinds; each round one of them is killed, and another takes its place. Some have been stopped a while
 * before, with whatever they have locked. */
static void run_kills(struct world *world, unsigned n_kills)
{
    pid_t workers[N_WORKERS];
    struct rng rng = {42};

    for (world->number = 0; world->number < N_WORKERS; world->number++) {
        workers[world->number] = child_start(work, world);
    }
    for (unsigned n = 0; n < n_kills; n++, world->number++) {
        const unsigned i = n % N_WORKERS;
        sleep_us(rng_below(&rng, 3000));
        child_kill(workers[i]);
        workers[i] = child_start(work, world);
        if (n % 100 == 50) {
            child_stop(workers[(i + 1) % N_WORKERS]);
        }
        if (n % 20 == 0) {
            assert_nothing_is_wrong(world);
        }
    }
    for (unsigned i = 0; i < N_WORKERS; i++) {
        child_kill(workers[i]);
    }
    assert_nothing_is_wrong(world);
}

static void remove_inside(const struct world *world)
{
    char inside[PATH_MAX];

    (void)snprintf(inside, sizeof inside, "%.200s/inside", world->folder);
    folder_remove(inside);
}

/* As if killed while writing. */
static int leave_a_temp(void *context)
{
    const struct world *world = context;
    struct smc_temp temp;
    smc_store *store;

    if (smc_store_open(world->folder, NULL, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    const int status = smc_temp_open(store, &temp);
    smc_store_close(store);
    return status;
}

static void a_thousand_kills_damage_nothing(void **state)
{
    struct world *world = *state;
    struct name_of_key name;

    run_kills(world, N_KILLS);
    assert_true(world->shared->n_done > N_KILLS);
    remove_inside(world);
    assert_int_equal(child_wait(child_start(leave_a_temp, world)), 0);
    assert_true(count_files(world->folder, ".tmp", NULL) > 0);
    smc_store *store = store_open(world->folder, NULL);
    assert_sound(world, store);
    const struct smc_store_key key = key_of(world, 1, &name);
    put(store, &key, &world->made[1]);
    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
    struct smc_store_gc_result result;
    assert_int_equal(smc_store_gc(store, NULL, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_damaged, 0);
    assert_counts(store, world->folder);
    assert_sound(world, store);
    smc_store_close(store);
}

/* ---- the counters without gc ---- */

static int a_day_passes(void *context, struct smc_counters *counters)
{
    (void)context;
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        uint64_t *scanned = &counters->of[f][SMC_COUNT_SCANNED];
        *scanned = *scanned > 100000 ? *scanned - 100000 : 0;
    }
    return 0;
}

/* Puts small files until something has been put into each folder. */
static void put_into_each_folder(smc_store *store)
{
    for (unsigned i = 0, n_left = SMC_STORE_FOLDERS; n_left > 0; i++) {
        struct made made = make_file(i + 10000, 200);
        const struct smc_store_key key = content_key(&made);
        struct smc_counters counters;
        put(store, &key, &made);
        made_free(&made);
        if (i % 100 == 99) {
            n_left = 0;
            assert_int_equal(smc_counters_read(store, &counters), 0);
            for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
                n_left += smc_now_s() - (int64_t)counters.of[f][SMC_COUNT_SCANNED] > 50000;
            }
        }
    }
}

/* What kills have made wrong of them is right when a day has passed and something is put. */
static void counters_heal_by_puts(void **state)
{
    struct world *world = *state;

    run_kills(world, 60);
    remove_inside(world);
    smc_store *store = store_open(world->folder, NULL);
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) { /* and as if they had been many more */
        smc_counter_add(store, f, f % 3 == 0 ? SMC_COUNT_NBYTES : SMC_COUNT_KEYS, 40960);
    }
    assert_int_equal(smc_counters_change(store, a_day_passes, NULL), 0);
    put_into_each_folder(store);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

/* And where room is made, whatever is evicted. */
static void counters_heal_by_eviction(void **state)
{
    struct world *world = *state;
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = MAX_NBYTES};
    uint64_t most = 0;

    smc_store *store = store_open(world->folder, &options);
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) { /* as if three quarters were in use */
        smc_counter_add(store, f, SMC_COUNT_NBYTES, 3072);
        smc_counter_add(store, f, SMC_COUNT_SCANNED, smc_now_s());
        smc_counter_add(store, f, SMC_COUNT_OLDEST, (int64_t)f + 1);
    }
    for (unsigned i = 0; i < 400; i++) {
        struct made made = make_file(i + 10000, 4096);
        const struct smc_store_key key = content_key(&made);
        put(store, &key, &made);
        made_free(&made);
        const uint64_t there = pages_in(world->folder);
        assert_true(there <= MAX_NBYTES);
        most = there > most ? there : most;
    }
    assert_true(most > MAX_NBYTES * 9 / 10); /* all the room there is is used again */
    assert_counts(store, world->folder);
    smc_store_close(store);
}

/* ---- makers of a store ---- */

static int make_store(void *context)
{
    const struct world *world = context;
    const struct smc_store_key key = content_key(&world->made[1]);
    struct opened opened = {.made = &world->made[1]};
    const struct smc_store_maker maker = maker_of(&opened);
    smc_store *store;

    if (smc_store_open(world->folder, NULL, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    const smc_store_status status = smc_store_get_or_build(store, &key, 1, &maker, NULL, NULL);
    smc_store_close(store);
    text_free(&opened.bytes);
    return status != SMC_STORE_OK || opened.n_from_memory > 0;
}

/* Of two who make a store at once one is killed; the other has a store, and whoever comes next finds the same. */
static void makers_are_killed(void **state)
{
    struct world *world = *state;
    struct world inside = *world;
    const struct smc_store_key key = content_key(&world->made[1]);
    struct rng rng = {7};

    for (unsigned i = 0; i < FEWER(150); i++) {
        (void)snprintf(inside.folder, sizeof inside.folder, "%.200s/s%u", world->folder, i);
        const pid_t first = child_start(make_store, &inside),
                    second = child_start(make_store, &inside);
        sleep_us(rng_below(&rng, 1500));
        child_kill(i % 2 == 0 ? first : second);
        assert_int_equal(child_wait(i % 2 == 0 ? second : first), 0);
        smc_store *store = store_open(inside.folder, NULL);
        assert_hit(store, &key, &world->made[1]);
        struct smc_store_gc_result result;
        assert_int_equal(smc_store_gc(store, NULL, &result, NULL), SMC_STORE_OK);
        assert_int_equal(result.n_damaged, 0);
        assert_int_equal(count_files(inside.folder, ".tmp", NULL), 0);
        assert_counts(store, inside.folder);
        smc_store_close(store);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_kills_damage_nothing),
        TEST(counters_heal_by_puts),
        TEST(counters_heal_by_eviction),
        TEST(makers_are_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
