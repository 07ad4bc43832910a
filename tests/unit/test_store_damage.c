/*
 * What is in the store's folder is not what the store has written: bytes of any number and kind, folders, FIFOs,
 * links in the place of its files. Nothing hangs, nothing crashes, each call answers with a status, get-or-build
 * hands out the file, and what is not in the way of anything is mended.
 */
#include "tests/unit/trial.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HANGS_S 500 /* an emulator takes its time */

enum kind { BYTES, FOLDER, FULL_FOLDER, FIFO, LINK, LOOP, SOCKET, N_KINDS };

struct world {
    char folder[PATH_MAX];
    struct made made, other;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make(world->folder);
    world->made = make_file(1, 5000);
    world->other = make_file(2, 5000);
    *state = world;
    alarm(HANGS_S);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    folder_remove(world->folder);
    made_free(&world->made);
    made_free(&world->other);
    free(world);
    return 0;
}

/* ---- what is in the way ---- */

static void in_folder(const struct world *world, const char *name, char path[PATH_MAX])
{
    (void)snprintf(path, PATH_MAX, "%.200s/v1/%s", world->folder, name);
}

static void place_bytes(const char *path, const void *bytes, size_t nbytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, nbytes), (ssize_t)nbytes);
    close(fd);
}

static void place_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(fd >= 0 && strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

/* In place of whatever is there. */
static void place(const char *path, enum kind kind)
{
    char inside[PATH_MAX];

    folder_remove(path);
    switch (kind) {
    case BYTES:
        place_bytes(path, "damage", 6);
        break;
    case FOLDER:
    case FULL_FOLDER:
        assert_int_equal(mkdir(path, 0700), 0);
        (void)snprintf(inside, sizeof inside, "%.400s/file", path);
        if (kind == FULL_FOLDER) {
            place_bytes(inside, "", 0);
        }
        break;
    case FIFO:
        assert_int_equal(mkfifo(path, 0600), 0);
        break;
    case LINK:
        assert_int_equal(symlink("/dev/zero", path), 0);
        break;
    case LOOP:
        assert_int_equal(symlink(path, path), 0);
        break;
    default:
        place_socket(path);
    }
}

/* ---- all calls ---- */

static int visit_item(void *context, const struct smc_store_item *item)
{
    (void)context;
    assert_non_null(item->name);
    return 0;
}

static int visit_file(void *context, int fd, const char *file, uint64_t nbytes)
{
    (void)context, (void)fd, (void)file, (void)nbytes;
    return 0;
}

static void visit_pattern(void *context, const char *pattern)
{
    (void)context;
    assert_true(strlen(pattern) <= (size_t)SMC_STORE_PATTERN_NBYTES_MAX * SMC_STORE_PATTERNS_MAX);
}

/* OK, a result, or an error that says why. */
static void assert_said(smc_store_status status, const struct smc_store_error *error)
{
    if (status <= SMC_STORE_NEGATIVE) {
        return;
    }
    assert_int_equal(status, SMC_STORE_E_IO);
    assert_int_equal(error->status, status);
    assert_true(strlen(error->reason) > 5);
    assert_true(error->error_number > 0);
    assert_non_null(memchr(error->file, '\0', sizeof error->file));
}

static void assert_is(const struct opened *opened, const struct made *made)
{
    assert_int_equal(opened->bytes.nbytes, made->file.nbytes);
    assert_memory_equal(opened->bytes.data, made->file.data, made->file.nbytes);
}

/* Whatever the store is like, the file is had. */
static void build_one(smc_store *store, const struct smc_store_key *key, const struct made *made)
{
    struct opened opened = {.made = made};
    struct smc_store_error error;
    struct smc_store_maker maker = maker_of(&opened);

    assert_int_equal(smc_store_get_or_build(store, key, 1, &maker, NULL, &error), SMC_STORE_OK);
    assert_is(&opened, made);
    opened_free(&opened);
}

static void call_all(smc_store *store, const struct made *made, const struct made *other)
{
    const struct smc_store_key key = content_key(made), other_key = content_key(other);
    struct opened opened = {.answer = 0};
    struct smc_store_counts counts;
    struct smc_store_error error;

    const smc_store_status got =
        smc_store_get(store, &key, opened_from_store, &opened, NULL, &error);
    assert_said(got, &error);
    if (got == SMC_STORE_OK) {
        assert_is(&opened, made);
    }
    opened_free(&opened);
    assert_said(smc_store_counts_get(store, &counts, NULL, &error), &error);
    assert_said(smc_store_list(store, visit_item, NULL, &error), &error);
    assert_said(smc_store_each_file(store, visit_file, NULL, &error), &error);
    assert_said(smc_store_pins(store, visit_pattern, NULL, &error), &error);
    assert_said(smc_store_put(store, &other_key, 1, other->file.data, other->file.nbytes, &error),
                &error);
    assert_said(smc_store_gc(store, NULL, NULL, &error), &error);
    build_one(store, &key, made);
    build_one(store, &other_key, other);
}

/* A store with one file in it. */
static void make_store(const struct world *world)
{
    const struct smc_store_key key = content_key(&world->made);
    smc_store *store = store_open(world->folder, NULL);

    put(store, &key, &world->made);
    assert_int_equal(smc_store_pin(store, "no-such-*", NULL, NULL), SMC_STORE_OK);
    smc_store_close(store);
}

/* Opens it, calls everything; whether it could be opened. */
static int use_store(const struct world *world)
{
    const struct smc_store_options options = {.struct_size = sizeof options, .wait_ms = 20};
    struct smc_store_error error;
    smc_store *store;

    const smc_store_status status = smc_store_open(world->folder, &options, &store, &error);
    assert_said(status, &error);
    if (status == SMC_STORE_OK) {
        call_all(store, &world->made, &world->other);
        smc_store_close(store);
    }
    return status == SMC_STORE_OK;
}

static void assert_mended(const struct world *world)
{
    const struct smc_store_key key = content_key(&world->made), other = content_key(&world->other);
    smc_store *store = store_open(world->folder, NULL);

    put(store, &key, &world->made);
    assert_hit(store, &key, &world->made);
    put(store, &other, &world->other);
    assert_hit(store, &other, &world->other);
    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_counts(store, world->folder);
    smc_store_close(store);
}

/* ---- bytes ---- */

static void random_bytes(struct rng *rng, uint8_t *bytes, size_t nbytes)
{
    for (size_t i = 0; i < nbytes; i++) {
        bytes[i] = (uint8_t)rng_next(rng);
    }
}

/* Of every length up to beyond the right one, random or as it was. */
static void try_lengths(const struct world *world, const char *path, size_t step)
{
    uint8_t whole[40000], random[sizeof whole];
    struct rng rng = {17};
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    const ssize_t n_whole = read(fd, whole, sizeof whole - 50);
    close(fd);
    assert_true(n_whole > 0);
    random_bytes(&rng, whole + n_whole, 50);
    for (size_t n = 0; n <= (size_t)n_whole + 50; n += step) {
        random_bytes(&rng, random, n);
        place_bytes(path, n % 2 == 0 ? random : whole, n);
        assert_true(use_store(world));
        if (n % 16 == 0) {
            assert_mended(world);
        }
    }
}

static void secrets_of_any_length(void **state)
{
    char path[PATH_MAX];

    make_store(*state);
    in_folder(*state, "secret", path);
    try_lengths(*state, path, 1);
}

static void pins_of_any_length(void **state)
{
    char path[PATH_MAX];

    make_store(*state);
    in_folder(*state, "pins", path);
    try_lengths(*state, path, 1);
}

static void locks_of_any_length(void **state)
{
    char path[PATH_MAX];

    make_store(*state);
    in_folder(*state, "locks", path);
    place_bytes(path, "damage", 6);
    try_lengths(*state, path, 3);
}

static void counters_of_any_length(void **state)
{
    char path[PATH_MAX];

    make_store(*state);
    in_folder(*state, "counters", path);
    try_lengths(*state, path, 131);
}

static void keys_of_any_length(void **state)
{
    const struct world *world = *state;
    char path[PATH_MAX];

    make_store(world);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    try_lengths(world, path, 1);
}

/* Far too long, and all of it lines. */
static void pins_beyond_all_limits(void **state)
{
    const struct world *world = *state;
    const size_t nbytes = 3u << 20;
    char *bytes = malloc(nbytes);
    char path[PATH_MAX];

    assert_non_null(bytes);
    make_store(world);
    in_folder(world, "pins", path);
    for (int c = 0; c < 2; c++) {
        memset(bytes, c == 0 ? '\n' : 'x', nbytes);
        for (size_t n = 1u << 20; n <= nbytes; n += 1u << 20) {
            place_bytes(path, bytes, n);
            assert_true(use_store(world));
        }
    }
    free(bytes);
}

/* ---- no files at all ---- */

/* In place of `name`; `is_mended`: which kinds are out of the way afterwards. */
static void try_kinds(const struct world *world, const char *name, unsigned mended)
{
    char path[PATH_MAX];

    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        make_store(world);
        in_folder(world, name, path);
        place(path, (enum kind)kind);
        (void)use_store(world);
        if ((mended & 1u << kind) != 0) {
            assert_mended(world);
        }
        folder_remove(path); /* by hand */
        assert_mended(world);
    }
}

#define KIND(kind) (1u << (kind))
#define ALL_KINDS (KIND(N_KINDS) - 1)

static void anything_in_place_of_the_secret(void **state)
{
    try_kinds(*state, "secret", KIND(BYTES));
}

static void anything_in_place_of_the_counters(void **state)
{
    try_kinds(*state, "counters", KIND(BYTES));
}

static void anything_in_place_of_the_pins(void **state)
{
    try_kinds(*state, "pins", KIND(BYTES));
}

static void anything_in_place_of_the_locks(void **state)
{
    try_kinds(*state, "locks", ALL_KINDS);
}

static void anything_in_place_of_temporary_files(void **state)
{
    try_kinds(*state, "tmp", 0);
}

static void gc_goes_on(const struct world *world)
{
    smc_store *store = store_open(world->folder, NULL);

    assert_int_equal(smc_store_gc(store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_int_equal(smc_store_pin(store, "no-such-*", NULL, NULL), SMC_STORE_OK);
    smc_store_close(store);
}

static void anything_in_place_of_an_entry(struct world *world, const char *suffix)
{
    char path[PATH_MAX];

    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        make_store(world);
        assert_in_range(count_files(world->folder, suffix, path), 1, 2);
        place(path, (enum kind)kind);
        gc_goes_on(world);
        assert_true(use_store(world));
        gc_goes_on(world);
        if (kind == FOLDER || kind == FULL_FOLDER) { /* these stay, as they are not the store's */
            folder_remove(path);
        }
        assert_mended(world);
        folder_remove(world->folder);
        assert_int_equal(mkdir(world->folder, 0700), 0);
    }
}

static void anything_in_place_of_a_key(void **state)
{
    anything_in_place_of_an_entry(*state, ".key");
}

static void anything_in_place_of_a_file(void **state)
{
    anything_in_place_of_an_entry(*state, ".smcache");
}

/* One that is pinned has a mode to be set. */
static void anything_in_place_of_a_pinned_file(void **state)
{
    struct world *world = *state;
    char path[PATH_MAX];

    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        smc_store *store = store_open(world->folder, NULL);
        put_named(store, 1, 5000);
        assert_int_equal(smc_store_pin(store, "*", NULL, NULL), SMC_STORE_OK);
        assert_int_equal(count_files(world->folder, ".smcache", path), 1);
        place(path, (enum kind)kind);
        gc_goes_on(world);
        smc_store_close(store);
        folder_remove(world->folder);
        assert_int_equal(mkdir(world->folder, 0700), 0);
    }
}

int main(void)
{
    trials_in_memory();
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(secrets_of_any_length),
        TEST(pins_of_any_length),
        TEST(locks_of_any_length),
        TEST(counters_of_any_length),
        TEST(keys_of_any_length),
        TEST(pins_beyond_all_limits),
        TEST(anything_in_place_of_the_secret),
        TEST(anything_in_place_of_the_counters),
        TEST(anything_in_place_of_the_pins),
        TEST(anything_in_place_of_the_locks),
        TEST(anything_in_place_of_temporary_files),
        TEST(anything_in_place_of_a_key),
        TEST(anything_in_place_of_a_file),
        TEST(anything_in_place_of_a_pinned_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
