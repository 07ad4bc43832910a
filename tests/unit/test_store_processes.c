/*
 * Many who ask the same store for the same keys at once, as processes and as threads: each key is built once, and each
 * answer is right.
 */
#include "tests/unit/children.h"
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define N_KEYS 100
#define N_PROCESSES 64
#define N_THREADS 16

/* Nobody gets tired of waiting, however busy the machine is. */
#define WAIT_MS 600000

struct shared {
    atomic_uint n_ready, n_wrong, n_hits, n_waited;
    atomic_uint n_builds[N_KEYS];
};

struct world {
    char folder[PATH_MAX];
    struct made made[N_KEYS];
    struct shared *shared;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make(world->folder);
    for (unsigned i = 0; i < N_KEYS; i++) {
        world->made[i] = make_file(i, 200 + i * 211);
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

/* ---- who asks ---- */

struct asker {
    const struct world *world;
    smc_store *store;
    unsigned number, n_askers;
    unsigned asked; /* the key at hand */
    struct opened opened;
};

static int look_at(void *context, int fd)
{
    struct asker *asker = context;
    return opened_from_store(&asker->opened, fd);
}

static enum smc_store_built build(void *context, void **bytes, size_t *nbytes,
                                  char text[SMC_STORE_TEXT_NBYTES])
{
    struct asker *asker = context;

    atomic_fetch_add(&asker->world->shared->n_builds[asker->asked], 1);
    sleep_us(asker->asked % 7 * 300);
    asker->opened.made = &asker->world->made[asker->asked];
    return maker_of(&asker->opened).build(&asker->opened, bytes, nbytes, text);
}

static int open_bytes(void *context, void *bytes, size_t nbytes, const struct smc_store_error *why)
{
    struct asker *asker = context;
    return maker_of(&asker->opened).open_bytes(&asker->opened, bytes, nbytes, why);
}

/* Asks for a key; whether the answer is right. */
static int ask(struct asker *asker, unsigned i)
{
    const struct smc_store_maker maker = {asker, look_at, build, open_bytes};
    const struct made *made = &asker->world->made[i];
    struct shared *shared = asker->world->shared;
    struct smc_store_outcome outcome;
    struct name_of_key name;
    const struct smc_store_key key = i % 2 == 0 ? content_key(made) : name_key(&name, i);

    asker->asked = i;
    asker->opened.bytes.nbytes = 0;
    if (smc_store_get_or_build(asker->store, &key, 1, &maker, &outcome, NULL) != SMC_STORE_OK) {
        return 0;
    }
    atomic_fetch_add(&shared->n_hits, (unsigned)outcome.is_hit);
    atomic_fetch_add(&shared->n_waited, (unsigned)outcome.has_waited);
    return asker->opened.bytes.nbytes == made->file.nbytes &&
           memcmp(asker->opened.bytes.data, made->file.data, made->file.nbytes) == 0 &&
           outcome.is_hit + outcome.is_built == 1 && asker->opened.n_from_memory == 0;
}

/* Asks for all keys, in an order of its own, when all who ask are ready. */
static int ask_all(struct asker *asker)
{
    struct shared *shared = asker->world->shared;
    struct rng rng = {asker->number + 1};
    unsigned order[N_KEYS];
    int n_wrong = 0;

    for (unsigned i = 0; i < N_KEYS; i++) {
        const unsigned j = rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    atomic_fetch_add(&shared->n_ready, 1);
    while (atomic_load(&shared->n_ready) < asker->n_askers) {
        sleep_us(100);
    }
    for (unsigned i = 0; i < N_KEYS; i++) {
        n_wrong += !ask(asker, order[i]);
    }
    atomic_fetch_add(&shared->n_wrong, (unsigned)n_wrong);
    opened_free(&asker->opened);
    return n_wrong != 0;
}

/* ---- processes ---- */

static struct smc_store_options options = {.struct_size = sizeof options, .wait_ms = WAIT_MS};

static int ask_in_a_process(void *context)
{
    struct asker *asker = context;

    if (smc_store_open(asker->world->folder, &options, &asker->store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    const int failed = ask_all(asker);
    smc_store_close(asker->store);
    return failed;
}

static void run_processes(const struct world *world, unsigned flags)
{
    pid_t pids[N_PROCESSES];

    options.flags = flags;
    for (unsigned i = 0; i < N_PROCESSES; i++) {
        struct asker asker = {.world = world, .number = i, .n_askers = N_PROCESSES};
        pids[i] = child_start(ask_in_a_process, &asker);
    }
    for (unsigned i = 0; i < N_PROCESSES; i++) {
        assert_int_equal(child_wait(pids[i]), 0);
    }
    assert_int_equal(world->shared->n_wrong, 0);
}

/* What is there afterwards: all of it, and nothing else; and it answers. */
static void assert_all_there(const struct world *world)
{
    smc_store *store = store_open(world->folder, NULL);
    struct smc_store_gc_result result;
    struct name_of_key name;

    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
    assert_int_equal(count_files(world->folder, ".key", NULL), N_KEYS);
    assert_int_equal(assert_files_whole(world->folder), N_KEYS);
    for (unsigned i = 0; i < N_KEYS; i++) {
        const struct smc_store_key key =
            i % 2 == 0 ? content_key(&world->made[i]) : name_key(&name, i);
        assert_hit(store, &key, &world->made[i]);
    }
    assert_int_equal(counts_of(store).n_damaged, 0);
    assert_int_equal(smc_store_gc(store, NULL, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_files + result.n_keys + result.n_damaged + result.n_temps, 0);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

static void assert_built_once(const struct world *world)
{
    for (unsigned i = 0; i < N_KEYS; i++) {
        assert_int_equal(world->shared->n_builds[i], 1);
    }
}

static void processes_build_each_key_once(void **state)
{
    struct world *world = *state;

    run_processes(world, 0);
    assert_built_once(world);
    assert_int_equal(world->shared->n_hits, (N_PROCESSES - 1) * N_KEYS);
    assert_true(world->shared->n_waited > 0); /* or this was no test */
    assert_all_there(world);
}

/* Without locks they may build a key more than once, but the answers are as right. */
static void processes_without_locks_get_it_right(void **state)
{
    struct world *world = *state;

    run_processes(world, SMC_STORE_NO_LOCKS);
    assert_int_equal(world->shared->n_waited, 0);
    for (unsigned i = 0; i < N_KEYS; i++) {
        assert_true(world->shared->n_builds[i] >= 1);
    }
    assert_all_there(world);
}

/* ---- threads ---- */

static void *ask_in_a_thread(void *context)
{
    (void)ask_all(context);
    return NULL;
}

static void run_threads(const struct world *world, unsigned flags)
{
    pthread_t threads[N_THREADS];
    struct asker askers[N_THREADS];

    options.flags = flags;
    smc_store *store = store_open(world->folder, &options);
    for (unsigned i = 0; i < N_THREADS; i++) {
        askers[i] = (struct asker){
            .world = world, .store = store, .number = i + 1000, .n_askers = N_THREADS};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_a_thread, &askers[i]), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    smc_store_close(store);
    assert_int_equal(world->shared->n_wrong, 0);
}

static void threads_build_each_key_once(void **state)
{
    struct world *world = *state;

    run_threads(world, 0);
    assert_built_once(world);
    assert_true(world->shared->n_waited > 0);
    assert_all_there(world);
}

static void threads_without_locks_get_it_right(void **state)
{
    struct world *world = *state;

    run_threads(world, SMC_STORE_NO_LOCKS);
    assert_all_there(world);
}

/* ---- a store too small for what they put ---- */

#define SMALL_NBYTES ((uint64_t)48 << 10)

/* Evicts all the time, in few folders: who finds them busy has to wait, and is not told that the store is full. */
static int put_in_a_small_store(void *context)
{
    const struct asker *asker = context;
    struct smc_store_options small = options;
    smc_store *store;
    int n_failed = 0;

    small.max_nbytes = SMALL_NBYTES;
    if (smc_store_open(asker->world->folder, &small, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    for (unsigned i = 0; i < 60; i++) {
        const struct made *made = &asker->world->made[(i + asker->number * 17) % N_KEYS];
        const struct smc_store_key key = content_key(made);
        n_failed +=
            smc_store_put(store, &key, 1, made->file.data, made->file.nbytes, NULL) != SMC_STORE_OK;
    }
    smc_store_close(store);
    return n_failed != 0;
}

static void a_busy_small_store_is_not_full(void **state)
{
    struct world *world = *state;
    pid_t pids[32];

    options.flags = 0;
    for (unsigned i = 0; i < COUNT_OF(pids); i++) {
        struct asker asker = {.world = world, .number = i};
        pids[i] = child_start(put_in_a_small_store, &asker);
    }
    for (unsigned i = 0; i < COUNT_OF(pids); i++) {
        assert_int_equal(child_wait(pids[i]), 0);
    }
    (void)assert_files_whole(world->folder);
    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
}

/* ---- counters ---- */

#define N_ADDERS 4
#define N_ADDED 500

static int add_up(void *context)
{
    const struct asker *asker = context;
    struct rng rng = {asker->number + 1};
    smc_store *store;

    if (smc_store_open(asker->world->folder, &options, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    for (unsigned i = 0; i < N_ADDED; i++) {
        smc_counter_add(store, i % 2, SMC_COUNT_BUILDS, 1);
        sleep_us(rng_below(&rng, 500));
    }
    smc_store_close(store);
    return 0;
}

/* What one writes while another has just read is not lost. */
static void counters_lose_nothing(void **state)
{
    struct world *world = *state;
    pid_t pids[N_ADDERS];

    options.flags = 0;
    for (unsigned i = 0; i < N_ADDERS; i++) {
        struct asker asker = {.world = world, .number = i};
        pids[i] = child_start(add_up, &asker);
    }
    for (unsigned i = 0; i < N_ADDERS; i++) {
        assert_int_equal(child_wait(pids[i]), 0);
    }
    smc_store *store = store_open(world->folder, NULL);
    assert_int_equal(counts_of(store).n_builds, N_ADDERS * N_ADDED);
    smc_store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(processes_build_each_key_once),  TEST(processes_without_locks_get_it_right),
        TEST(threads_build_each_key_once),    TEST(threads_without_locks_get_it_right),
        TEST(a_busy_small_store_is_not_full), TEST(counters_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
