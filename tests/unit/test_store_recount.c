/*
 * What is put while gc counts: it is counted, whenever it comes.
 */
#include "tests/unit/call_hook.h"

#include "tests/unit/stored.h"

#include "src/store/store.h"

#define N_AT_FIRST 8

struct world {
    char folder[PATH_MAX];
    smc_store *store;
    unsigned n_put;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make_fast(world->folder);
    world->store = store_open(world->folder, NULL);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    calls.mode = CALLS_WORK;
    smc_store_close(world->store);
    folder_remove(world->folder);
    free(world);
    return 0;
}

static void put_one(void *context)
{
    struct world *world = context;
    put_named(world->store, world->n_put++, 3000);
}

static void evict_all(void *context)
{
    struct world *world = context;
    const struct smc_store_gc_options options = {.struct_size = sizeof options, .clears = 1};

    assert_int_equal(smc_store_gc(world->store, &options, NULL, NULL), SMC_STORE_OK);
}

/* gc, and `meanwhile` before it closes the n-th folder, which it has just read. Returns whether it came to that. */
static int gc_beside(struct world *world, void (*meanwhile)(void *context), size_t n)
{
    calls.meanwhile = meanwhile;
    calls.context = world;
    calls.name = "closedir";
    calls.at = n;
    calls.n = calls.n_failed = 0;
    calls.mode = CALL_IS_LATE;
    assert_int_equal(smc_store_gc(world->store, NULL, NULL, NULL), SMC_STORE_OK);
    calls.mode = CALLS_WORK;
    return calls.n_failed > 0;
}

/* Before it closes the first folder, the second, and so on: each folder is read twice, once to see what there is. */
static void check_beside(struct world *world, void (*meanwhile)(void *context))
{
    size_t n = 1, has_happened = 1;

    for (; has_happened; n++) {
        world->n_put = 0;
        while (world->n_put < N_AT_FIRST) {
            put_one(world);
        }
        has_happened = (size_t)gc_beside(world, meanwhile, n);
        assert_counts(world->store, world->folder);
        evict_all(world);
    }
    assert_true(n / 2 > N_AT_FIRST);
}

static void what_is_put_meanwhile_counts(void **state)
{
    check_beside(*state, put_one);
}

static void what_goes_meanwhile_does_not(void **state)
{
    check_beside(*state, evict_all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_put_meanwhile_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_goes_meanwhile_does_not, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
