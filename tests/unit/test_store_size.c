/*
 * The size of the store: it stays below its limit whoever writes, and what was used least recently goes first.
 */
#include "tests/unit/children.h"
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <errno.h>
#include <ftw.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define HOUR_S INT64_C(3600)

struct world {
    char folder[PATH_MAX];
    unsigned number; /* of a process that is started */
    int with_gc;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make_fast(world->folder);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    children_end();
    folder_remove(world->folder);
    free(world);
    return 0;
}

static smc_store *open_limited(const struct world *world, uint64_t max_nbytes)
{
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = max_nbytes};
    return store_open(world->folder, &options);
}

/* ---- many writers ---- */

#define MAX_NBYTES (16 * MIB)
#define ALL_NBYTES (FEWER(192 * MIB) + 64 * MIB)
#define N_WRITERS 8
#define N_PINNED 8

static int write_much(void *context)
{
    const struct world *world = context;
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = MAX_NBYTES};
    struct rng rng = {world->number + 1};
    /* Beside gc half of it must do. */
    const uint64_t enough = ALL_NBYTES / N_WRITERS / (world->with_gc ? 2 : 1);
    uint64_t nbytes = 0;
    smc_store *store;
    int n_failed = 0;

    if (smc_store_open(world->folder, &options, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    for (unsigned i = 0; nbytes < enough; i++) {
        const size_t size = 1024 + rng_below(&rng, 39 * 1024);
        n_failed += try_put_named(store, (world->number + 1) * 1000000 + i, size) != SMC_STORE_OK;
        nbytes += size;
    }
    smc_store_close(store);
    return n_failed != 0;
}

static int collect_garbage(void *context)
{
    const struct world *world = context;
    const struct smc_store_options options = {.struct_size = sizeof options,
                                              .max_nbytes = MAX_NBYTES};
    smc_store *store;

    if (smc_store_open(world->folder, &options, &store, NULL) != SMC_STORE_OK) {
        return 2;
    }
    for (;;) {
        if (smc_store_gc(store, NULL, NULL, NULL) != SMC_STORE_OK) {
            return 3;
        }
        sleep_us(1000);
    }
}

static uint64_t blocks, pages;

static int measure_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)path, (void)at;
    if (kind == FTW_F) {
        pages += smc_charge((uint64_t)st->st_size);
    }
    blocks += kind == FTW_NS ? 0 : (uint64_t)st->st_blocks * 512;
    return 0;
}

/* What all of it takes on disk, temporary files, counters and folders included. */
static uint64_t measure(const char *folder)
{
    blocks = 0;
    pages = 0;
    (void)nftw(folder, measure_one, 16, FTW_PHYS);
    return blocks > pages ? blocks : pages;
}

/* Measures until all have ended; the most there was. They stand still meanwhile: otherwise what goes behind the
 * measuring and what comes before it would be there at the same time. */
static uint64_t watch(const struct world *world, const pid_t *pids, size_t n)
{
    uint64_t most = 0;

    for (size_t i = 0; i < n;) {
        children_pause();
        const uint64_t nbytes = measure(world->folder);
        children_continue();
        sleep_us(1000);
        most = nbytes > most ? nbytes : most;
        i += (size_t)child_has_ended(pids[i]);
    }
    return most;
}

static void write_together(struct world *world)
{
    pid_t pids[N_WRITERS];
    struct name_of_key name;
    smc_store *store = open_limited(world, MAX_NBYTES);

    assert_int_equal(smc_store_pin(store, "name-?", NULL, NULL), SMC_STORE_OK);
    for (unsigned i = 0; i < N_PINNED; i++) {
        put_named(store, i, 40000);
    }
    const pid_t gc = world->with_gc ? child_start(collect_garbage, world) : 0;
    for (world->number = 0; world->number < N_WRITERS; world->number++) {
        pids[world->number] = child_start(write_much, world);
    }
    const uint64_t most = watch(world, pids, N_WRITERS);
    for (unsigned i = 0; i < N_WRITERS; i++) {
        assert_int_equal(child_wait(pids[i]), 0);
    }
    if (world->with_gc) {
        child_kill(gc);
    }
    if (most > MAX_NBYTES * 11 / 10 || most < MAX_NBYTES * 8 / 10) {
        fail_msg("%llu bytes, of %llu", (unsigned long long)most, (unsigned long long)MAX_NBYTES);
    }
    assert_true(counts_of(store).n_evictions > 0);
    for (unsigned i = 0; i < N_PINNED; i++) {
        struct made made = make_file(i, 40000);
        const struct smc_store_key key = name_key(&name, i);
        assert_hit(store, &key, &made);
        made_free(&made);
    }
    (void)assert_files_whole(world->folder);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_counts(store, world->folder);
    assert_true(counts_of(store).nbytes <= MAX_NBYTES);
    smc_store_close(store);
}

static void many_writers_stay_below_the_limit(void **state)
{
    write_together(*state);
}

/* While somebody goes over the whole store, the writers go on; what they put then counts, too. */
static void and_so_they_do_beside_gc(void **state)
{
    struct world *world = *state;

    world->with_gc = 1;
    write_together(world);
}

/* ---- what stays, what goes, and what is too large ---- */

struct mapped {
    void *bytes;
    size_t nbytes;
};

static int map_file(void *context, int fd)
{
    struct mapped *mapped = context;
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    mapped->nbytes = (size_t)st.st_size;
    mapped->bytes = mmap(NULL, mapped->nbytes, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(mapped->bytes != MAP_FAILED);
    return 0;
}

static void what_is_mapped_stays_valid(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, 64 * SMC_PAGE_NBYTES);
    struct made made = make_file(1, 20000);
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, 1);
    struct mapped mapped = {.bytes = NULL};

    put_named(store, 1, 20000);
    age_young(world->folder, HOUR_S / 2);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_int_equal(smc_store_get(store, &key, map_file, &mapped, NULL, NULL), SMC_STORE_OK);
    for (unsigned i = 2; i < 100; i++) {
        put_named(store, i, 20000);
    }
    assert_miss(store, &key);
    assert_int_equal(mapped.nbytes, made.file.nbytes);
    assert_memory_equal(mapped.bytes, made.file.data, made.file.nbytes);
    (void)munmap(mapped.bytes, mapped.nbytes);
    made_free(&made);
    smc_store_close(store);
}

/* Without room for it, get-or-build hands it out all the same. */
static void assert_full(smc_store *store, unsigned number, size_t nbytes)
{
    struct made made = make_file(number, nbytes);
    struct opened opened = {.made = &made};
    const struct smc_store_maker maker = maker_of(&opened);
    const struct smc_store_key key = content_key(&made);
    struct smc_store_outcome outcome;
    struct smc_store_error error;

    assert_int_equal(smc_store_put(store, &key, 1, made.file.data, made.file.nbytes, &error),
                     SMC_STORE_E_FULL);
    assert_int_equal(error.status, SMC_STORE_E_FULL);
    assert_int_equal(smc_store_get_or_build(store, &key, 1, &maker, &outcome, NULL), SMC_STORE_OK);
    assert_int_equal(opened.n_from_memory, 1);
    assert_int_equal(opened.why.status, SMC_STORE_E_FULL);
    assert_int_equal(opened.bytes.nbytes, made.file.nbytes);
    assert_memory_equal(opened.bytes.data, made.file.data, made.file.nbytes);
    assert_int_equal(outcome.is_built, 1);
    assert_miss(store, &key);
    opened_free(&opened);
    made_free(&made);
}

static void what_is_too_large_is_not_kept(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, 10 * SMC_PAGE_NBYTES);

    put_named(store, 1, 3000);
    assert_full(store, 2, 10 * SMC_PAGE_NBYTES + 1);
    assert_full(store, 3, 10 * SMC_PAGE_NBYTES); /* its key would not fit */
    assert_int_equal(pages_in(world->folder),
                     2 * SMC_PAGE_NBYTES); /* nothing was evicted for them */
    put_named(store, 4, 9 * SMC_PAGE_NBYTES);
    assert_int_equal(pages_in(world->folder), 10 * SMC_PAGE_NBYTES);
    assert_int_equal(counts_of(store).n_errors, 4);
    smc_store_close(store);
}

static void pins_leave_less_room(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, 20 * SMC_PAGE_NBYTES);
    struct made made = make_file(1, 10 * SMC_PAGE_NBYTES);
    struct name_of_key name;
    struct smc_store_key key = name_key(&name, 1);

    assert_int_equal(smc_store_pin(store, "name-1", NULL, NULL), SMC_STORE_OK);
    put(store, &key, &made);
    age_young(world->folder, 100 * HOUR_S);
    assert_full(store, 2, 10 * SMC_PAGE_NBYTES);
    for (unsigned i = 0; i < 20; i++) { /* and more than once */
        put_named(store, 100 + i, 7 * SMC_PAGE_NBYTES);
    }
    key = name_key(&name, 1);
    assert_hit(store, &key, &made); /* by its key, which has stayed, too */
    assert_true(pages_in(world->folder) <= 20 * SMC_PAGE_NBYTES);
    assert_int_equal(smc_store_unpin(store, "name-1", NULL, NULL), SMC_STORE_OK);
    put_named(store, 2, 19 * SMC_PAGE_NBYTES);
    assert_miss(store, &key);
    made_free(&made);
    smc_store_close(store);
}

static void what_is_too_old_goes(void **state)
{
    struct world *world = *state;
    const struct smc_store_options options = {.struct_size = sizeof options, .max_age_s = HOUR_S};
    struct smc_store_gc_result result;
    struct made made = make_file(1, 3000);
    struct name_of_key name;
    const struct smc_store_key key = name_key(&name, 2);

    smc_store *store = store_open(world->folder, &options);
    put_named(store, 1, 3000);
    age_young(world->folder, HOUR_S + 60);
    put_named(store, 2, 3000);
    age_young(world->folder, HOUR_S - 60);
    assert_int_equal(smc_store_gc(store, NULL, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_files, 1);
    assert_int_equal(result.n_keys, 1);
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 1);
    made_free(&made);
    made = make_file(2, 3000);
    assert_hit(store, &key, &made);
    assert_counts(store, world->folder);
    made_free(&made);
    smc_store_close(store);
}

/* ---- counters that are not what they should be ---- */

static int say_too_much(void *context, struct smc_counters *counters)
{
    const unsigned *n = context;

    for (unsigned f = 0; f < *n; f++) {
        uint64_t *of = counters->of[f * 37 % SMC_STORE_FOLDERS];
        of[SMC_COUNT_NBYTES] = UINT64_MAX >> (f % 20);
        of[SMC_COUNT_SCANNED] = (uint64_t)smc_now_s();
        of[SMC_COUNT_OLDEST] = (uint64_t)smc_now_s();
    }
    return 0;
}

/* Sizes that cannot be make nobody evict what is good: they are made right first. */
static void too_large_counters_evict_nothing(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, 4 * MIB);

    for (unsigned n = 1; n <= SMC_STORE_FOLDERS; n = n * 7 + 4) {
        for (unsigned i = 0; i < 100; i++) {
            put_named(store, i, 3000);
        }
        assert_int_equal(smc_counters_change(store, say_too_much, &n), 0);
        for (unsigned i = 0; i < 20; i++) {
            put_named(store, 200 * n + i, 3000);
        }
        for (unsigned i = 0; i < 100; i++) {
            assert_true(has_named(store, i));
        }
        assert_counts(store, world->folder);
    }
    assert_int_equal(counts_of(store).n_evictions, 0);
    smc_store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(many_writers_stay_below_the_limit),
        TEST(and_so_they_do_beside_gc),
        TEST(what_is_mapped_stays_valid),
        TEST(what_is_too_large_is_not_kept),
        TEST(pins_leave_less_room),
        TEST(what_is_too_old_goes),
        TEST(too_large_counters_evict_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
