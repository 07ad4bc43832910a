/*
 * Nobody waits for a process that is killed while it builds, or is stopped with whatever it has locked.
 */
#include "tests/unit/children.h"
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <fcntl.h>
#include <stdatomic.h>

#define N_FILES 5

#define HAS_NOT_WAITED 3 /* an exit code */

struct world {
    char folder[PATH_MAX];
    struct made made[N_FILES];
    unsigned number; /* what a process that is started is to know */
};

static atomic_uint *n_stuck; /* shared with them */

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make_fast(world->folder);
    for (unsigned i = 0; i < N_FILES; i++) {
        world->made[i] = make_file(i, 20000);
    }
    n_stuck = shared_new(sizeof *n_stuck);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    children_end();
    for (unsigned i = 0; i < N_FILES; i++) {
        made_free(&world->made[i]);
    }
    shared_free(n_stuck, sizeof *n_stuck);
    folder_remove(world->folder);
    free(world);
    return 0;
}

/* ---- those who build ---- */

/* Says that it is where it is to be stopped or killed, and stays there. */
static void stay(void)
{
    atomic_fetch_add(n_stuck, 1);
    while (atomic_load(n_stuck) > 0) {
        sleep_us(1000000);
    }
}

static void wait_until_stuck(pid_t pid)
{
    while (atomic_load(n_stuck) == 0) {
        assert_false(child_has_ended(pid));
        sleep_us(1000);
    }
}

static enum smc_store_built build_forever(void *context, void **bytes, size_t *nbytes,
                                          char text[SMC_STORE_TEXT_NBYTES])
{
    (void)context, (void)bytes, (void)nbytes, (void)text;
    stay();
    return SMC_STORE_FAILED;
}

static int start_building(void *context)
{
    const struct world *world = context;
    struct opened opened = {.answer = 0};
    struct smc_store_maker maker = maker_of(&opened);
    const struct smc_store_key key = content_key(&world->made[1]);
    smc_store *store;

    maker.build = build_forever;
    if (smc_store_open(world->folder, NULL, &store, NULL) == SMC_STORE_OK) {
        (void)smc_store_get_or_build(store, &key, 1, &maker, NULL, NULL);
    }
    return 1;
}

static int waits(void *context)
{
    const struct world *world = context;
    struct opened opened = {.made = &world->made[1]};
    const struct smc_store_maker maker = maker_of(&opened);
    const struct smc_store_key key = content_key(&world->made[1]);
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .wait_ms = world->number};
    struct smc_store_outcome outcome;
    smc_store *store;

    if (smc_store_open(world->folder, &options, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    const smc_store_status status = smc_store_get_or_build(store, &key, 1, &maker, &outcome, NULL);
    smc_store_close(store);
    text_free(&opened.bytes);
    return status != SMC_STORE_OK || !outcome.is_built ? 1
           : outcome.has_waited                        ? 0
                                                       : HAS_NOT_WAITED;
}

/* Kills a builder when somebody has had so much time to begin to wait: what that one says. */
static int kill_after(struct world *world, unsigned us)
{
    atomic_store(n_stuck, 0);
    const pid_t builder = child_start(start_building, world);
    wait_until_stuck(builder);
    const pid_t waiter = child_start(waits, world);
    sleep_us(us);
    child_kill(builder);
    return child_wait(waiter);
}

/* With a time to wait that no test lasts. */
static void a_killed_builder_is_not_waited_for(void **state)
{
    struct world *world = *state;
    char parent[PATH_MAX];
    int said = HAS_NOT_WAITED;

    memcpy(parent, world->folder, sizeof parent);
    world->number = 3600 * 1000;
    for (unsigned n = 0; said == HAS_NOT_WAITED && n < 10;
         n++) { /* on a busy machine it begins late */
        (void)snprintf(world->folder, sizeof world->folder, "%.200s/%u", parent, n);
        said = kill_after(world, 50000U << n);
    }
    memcpy(world->folder, parent, sizeof parent);
    assert_int_equal(said, 0);
}

static void a_stopped_builder_is_waited_for_no_longer_than_said(void **state)
{
    struct world *world = *state;

    world->number = 200;
    const pid_t builder = child_start(start_building, world);
    wait_until_stuck(builder);
    child_stop(builder);
    assert_int_equal(child_wait(child_start(waits, world)), 0);
    smc_store *store = store_open(world->folder, NULL);
    const struct smc_store_key key = content_key(&world->made[1]);
    assert_hit(store, &key, &world->made[1]);
    smc_store_close(store);
    child_kill(builder);
}

/* ---- those who have something locked ---- */

#define HOLDS_COUNTERS 1
#define HOLDS_FOLDERS 2

/* Locks the counters, or each folder and the pins. */
static int hold_locks(void *context)
{
    const struct world *world = context;
    smc_store *store;

    if (smc_store_open(world->folder, NULL, &store, NULL) != SMC_STORE_OK) {
        return 1;
    }
    const int lock = smc_lock_open(store);
    const int counters = smc_open_at(store->folder, "counters", O_RDWR | O_CREAT);
    int held = world->number != HOLDS_COUNTERS || smc_lock_try_file(counters) == 1;
    for (unsigned f = 0; f <= SMC_STORE_FOLDERS && world->number == HOLDS_FOLDERS; f++) {
        held = held && smc_lock_try_folder(lock, f) == 1; /* the last one is that of the pins */
    }
    if (held) {
        stay();
    }
    return 1;
}

/* Who holds them is stopped; and everything goes on. */
static void go_on(struct world *world, unsigned held)
{
    const struct smc_store_options options = {.struct_size = sizeof options, .max_nbytes = 49152};
    smc_store *store = store_open(world->folder, &options);
    struct name_of_key name;

    world->number = held;
    const pid_t holder = child_start(hold_locks, world);
    wait_until_stuck(holder);
    child_stop(holder);
    for (unsigned i = 0; i < N_FILES; i++) { /* more than fits in */
        const struct smc_store_key key = name_key(&name, i);
        put(store, &key, &world->made[i]);
        assert_hit(store, &key, &world->made[i]);
    }
    assert_true(counts_of(store).n_evictions > 0);
    assert_true(pages_in(world->folder) <= 49152);
    if (held == HOLDS_FOLDERS) {
        assert_int_equal(smc_store_pin(store, "name-3", NULL, NULL), SMC_STORE_OK);
    }
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    child_kill(holder);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

static void held_counters_stop_nobody(void **state)
{
    go_on(*state, HOLDS_COUNTERS);
}

static void held_folders_stop_nobody(void **state)
{
    go_on(*state, HOLDS_FOLDERS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_killed_builder_is_not_waited_for),
        TEST(a_stopped_builder_is_waited_for_no_longer_than_said),
        TEST(held_counters_stop_nobody),
        TEST(held_folders_stop_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
