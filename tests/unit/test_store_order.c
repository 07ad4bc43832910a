/*
 * What is evicted: what was used least recently goes first.
 */
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOUR_S 3600

struct world {
    char folder[PATH_MAX];
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

#define N_SMALL 40
#define PAIR_NBYTES (2 * SMC_PAGE_NBYTES) /* of a small file and its key */

/* The numbers of the names for which there is a file. */
struct present {
    uint8_t has[20000];
    unsigned n;
};

static int note_name(void *context, const struct smc_store_item *item)
{
    struct present *present = context;
    const unsigned long number = strtoul(item->name + strlen("name-"), NULL, 10);

    assert_true(number < sizeof present->has);
    present->has[number] = 1;
    present->n++;
    return 0;
}

static struct present *list_names(smc_store *store)
{
    struct present *present = calloc(1, sizeof *present);

    assert_non_null(present);
    assert_int_equal(smc_store_list(store, note_name, present, NULL), SMC_STORE_OK);
    return present;
}

/* Puts a small file whose last use was so long ago. All that is there already must be older than a minute. */
static void put_aged(const struct world *world, smc_store *store, unsigned number, int64_t seconds)
{
    put_named(store, number, 3000);
    age_young(world->folder, seconds);
}

static void assert_first_gone(smc_store *store, const unsigned *order, unsigned n, unsigned n_gone)
{
    struct present *present = list_names(store);

    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(present->has[order[i]], i >= n_gone);
    }
    free(present);
}

/* One by one, and the oldest first; what has been got meanwhile is none of the oldest. */
static void the_oldest_goes_first(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, N_SMALL * PAIR_NBYTES);
    struct rng rng = {3};
    unsigned order[N_SMALL];
    struct name_of_key name;

    for (unsigned i = 0; i < N_SMALL; i++) {
        const unsigned j = rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < N_SMALL; i++) {
        put_aged(world, store, order[i], 100000 - (int64_t)i * 600);
    }
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_first_gone(store, order, N_SMALL, 0);
    for (unsigned i = 0; i < 20; i++) {
        put_named(store, 1000 + i, 3000);
        assert_first_gone(store, order, N_SMALL, i + 1);
    }
    const struct smc_store_key used = name_key(&name, order[20]);
    struct made made = make_file(order[20], 3000);
    assert_hit(store, &used, &made);
    put_named(store, 1020, 3000);
    assert_hit(store, &used, &made);
    assert_first_gone(store, order + 21, N_SMALL - 21, 1);
    made_free(&made);
    assert_int_equal(pages_in(world->folder), N_SMALL * PAIR_NBYTES);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

/* gc has the same order. */
static void gc_takes_the_oldest_first(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, SMC_STORE_UNLIMITED);
    struct smc_store_gc_options options = {.struct_size = sizeof options};
    unsigned order[N_SMALL];

    for (unsigned i = 0; i < N_SMALL; i++) {
        order[i] = i * 7 % N_SMALL;
        put_aged(world, store, order[i], 100000 - (int64_t)i * 600);
    }
    for (unsigned i = 0; i < N_SMALL; i += 9) {
        struct smc_store_gc_result result;
        options.max_nbytes = (N_SMALL - i) * PAIR_NBYTES;
        assert_int_equal(smc_store_gc(store, &options, &result, NULL), SMC_STORE_OK);
        assert_first_gone(store, order, N_SMALL, i);
        assert_int_equal(result.n_files, i == 0 ? 0 : 9);
        assert_int_equal(result.n_keys, i == 0 ? 0 : 9);
        assert_int_equal(result.kept_files, N_SMALL - i);
        assert_int_equal(result.kept_nbytes, options.max_nbytes);
        assert_counts(store, world->folder);
    }
    smc_store_close(store);
}

#define N_LARGE 10000

/* Makes names the older the smaller their numbers are. */
static void age_by_name(smc_store *store, unsigned n)
{
    struct smc_survey survey;
    struct smc_key_file *key = malloc(sizeof *key);
    struct smc_key_parts parts;
    struct smc_file_name names[2];

    assert_non_null(key);
    assert_int_equal(smc_survey_make(store, &survey), 0);
    for (size_t i = survey.n_files; i < survey.entries.n; i++) {
        assert_int_equal(smc_key_read(store, &survey.entries.list[i], key), 0);
        smc_entry_name(&survey.entries.list[i], &names[0]);
        smc_file_name_make(key->record.file_id, SMC_SUFFIX_FILE, &names[1]);
        assert_int_equal(smc_key_parts_make(key->record.text, key->record.text_nbytes, &parts), 0);
        const unsigned long number = strtoul(parts.name + strlen("name-"), NULL, 10);
        const time_t used = time(NULL) - HOUR_S - 10 * (time_t)(n - number);
        const struct timespec times[2] = {{.tv_sec = used}, {.tv_sec = used}};
        for (unsigned j = 0; j < 2; j++) {
            assert_int_equal(utimensat(store->folder, names[j].path, times, 0), 0);
        }
        smc_key_parts_free(&parts);
    }
    smc_survey_free(&survey);
    free(key);
}

/* In a large store about so: nothing of the younger half, and nearly all of the oldest twentieth. */
static void in_a_large_store_about_the_oldest(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, N_LARGE * PAIR_NBYTES);
    unsigned n_oldest = 0, n_young = 0;

    for (unsigned i = 0; i < N_LARGE; i++) {
        put_named(store, i, 300);
    }
    age_by_name(store, N_LARGE);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    for (unsigned i = 0; i < N_LARGE / 10; i++) {
        put_named(store, N_LARGE + i, 300);
    }
    struct present *present = list_names(store);
    for (unsigned i = 0; i < N_LARGE / 20; i++) {
        n_oldest += present->has[i];
    }
    for (unsigned i = N_LARGE / 2; i < N_LARGE + N_LARGE / 10; i++) {
        n_young += !present->has[i];
    }
    free(present);
    assert_int_equal(n_young, 0);
    assert_true(n_oldest < N_LARGE / 20 / 5);
    assert_true(pages_in(world->folder) <= N_LARGE * PAIR_NBYTES);
    smc_store_close(store);
}

/* ---- what is put does not go for its own key ---- */

/* However long ago its file was put. */
static void a_new_key_does_not_evict_its_file(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, 2 * PAIR_NBYTES);
    struct made made = make_file(1, 3000);
    struct name_of_key name;

    put_named(store, 1, 3000);
    age_young(world->folder, HOUR_S / 2); /* uses are noted hourly */
    put_named(store, 100, 3000);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    for (unsigned i = 2; i < 10; i++) {
        const struct smc_store_key key = name_key(&name, i);
        put(store, &key, &made);
        assert_hit(store, &key, &made);
        assert_true(pages_in(world->folder) <= 2 * PAIR_NBYTES);
    }
    made_free(&made);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

/* Puts a file of three pages beside the key's record, as somebody else would who does not count it. */
static void place_beside(smc_store *store, const struct smc_store_key *key)
{
    struct smc_asked asked;
    struct smc_file_name name;

    assert_int_equal(smc_asked_make(store, key, &asked, NULL), SMC_STORE_OK);
    asked.id[SMC_ID_NBYTES - 1] ^= 1;
    smc_file_name_make(asked.id, SMC_SUFFIX_FILE, &name);
    const int folder = smc_subfolder_open(store, name.folder, 1);
    const int fd = openat(folder, name.file, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 3 * SMC_PAGE_NBYTES), 0);
    close(fd);
    close(folder);
    smc_asked_free_all(&asked, 1);
}

/* It is counted when the key is put, and then there is too much. */
static void what_nobody_counted_goes_before_it(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 3000);
    struct name_of_key name;
    char parent[PATH_MAX];

    memcpy(parent, world->folder, sizeof parent);
    for (unsigned i = 0; i < 20;
         i++) { /* all was used in the same second: whichever is found first */
        (void)snprintf(world->folder, sizeof world->folder, "%.200s/%u", parent, i);
        smc_store *store = open_limited(world, 4 * SMC_PAGE_NBYTES);
        const struct smc_store_key key = name_key(&name, i);
        place_beside(store, &key);
        put(store, &key, &made);
        assert_hit(store, &key, &made);
        assert_int_equal(pages_in(world->folder), PAIR_NBYTES);
        assert_counts(store, world->folder);
        smc_store_close(store);
    }
    memcpy(world->folder, parent, sizeof parent);
    made_free(&made);
}

/* There is room for the file and one key. What was there before goes first, whatever its time says. */
static void without_room_for_all_keys_the_last_ones_are_refused(void **state)
{
    struct world *world = *state;
    smc_store *store = open_limited(world, PAIR_NBYTES);
    struct made made = make_file(1, 3000);
    struct name_of_key names[2];
    const struct smc_store_key keys[] = {name_key(&names[0], 2), content_key(&made)};

    put_named(store, 1, 3000);
    age_young(world->folder, -HOUR_S);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_int_equal(smc_store_put(store, keys, 2, made.file.data, made.file.nbytes, NULL),
                     SMC_STORE_E_FULL);
    assert_hit(store, &keys[0], &made);
    assert_miss(store, &keys[1]);
    assert_false(has_named(store, 1));
    assert_int_equal(pages_in(world->folder), PAIR_NBYTES);
    made_free(&made);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_goes_first),
        TEST(gc_takes_the_oldest_first),
        TEST(in_a_large_store_about_the_oldest),
        TEST(a_new_key_does_not_evict_its_file),
        TEST(what_nobody_counted_goes_before_it),
        TEST(without_room_for_all_keys_the_last_ones_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
