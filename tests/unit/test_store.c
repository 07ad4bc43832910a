/*
 * The store: what is put is got, under its keys and no others, in folders that are made and kept private; and a use
 * of it is noted.
 */
#include "tests/unit/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOUR_S INT64_C(3600)

static mode_t mode_of(const char *folder, const char *name)
{
    char path[2 * PATH_MAX];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

/* ---- put and get ---- */

static void put_is_got(void **state)
{
    struct store_world *world = *state;
    struct name_of_key name;

    for (unsigned i = 0; i < 50; i++) {
        struct made made = make_file(i, 100 + i * 997);
        struct smc_store_key by_content = content_key(&made), by_name = name_key(&name, i);
        assert_miss(world->store, &by_content);
        put(world->store, &by_content, &made);
        assert_hit(world->store, &by_content, &made);
        assert_miss(world->store, &by_name);
        put(world->store, &by_name, &made);
        assert_hit(world->store, &by_name, &made);
        made_free(&made);
    }
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 50); /* two keys each */
    assert_int_equal(count_files(world->folder, ".key", NULL), 100);
    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
    assert_counts(world->store, world->folder);
}

static void modes_are_private(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char path[PATH_MAX];

    put(world->store, &key, &made);
    assert_int_equal(mode_of(world->folder, "v1"), 0700);
    assert_int_equal(mode_of(world->folder, "v1/secret"), 0600);
    assert_int_equal(mode_of(world->folder, "v1/counters"), 0600);
    assert_int_equal(mode_of(world->folder, "v1/tmp"), 0700);
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    assert_int_equal(mode_of("/", path + 1), 0600);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    assert_int_equal(mode_of("/", path + 1), 0600);
    *strrchr(path, '/') = '\0';
    assert_int_equal(mode_of("/", path + 1), 0700);
    assert_int_equal(count_files(world->folder, "CACHEDIR.TAG", path), 1);
    struct text tag = {0};
    assert_true(read_file(path, &tag));
    assert_memory_equal(tag.data, "Signature: 8a477f597d28d172789f06886806bc55\n", 44);
    text_free(&tag);
    made_free(&made);
}

/* A store that is closed and opened again, or opened by another, is the same. */
static void another_handle_gets_it(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    smc_store *other = store_open(world->folder, NULL);

    put(world->store, &key, &made);
    assert_hit(other, &key, &made);
    smc_store_close(other);
    other = store_open(world->folder, NULL);
    assert_hit(other, &key, &made);
    smc_store_close(other);
    made_free(&made);
}

static void a_later_put_of_a_key_decides(void **state)
{
    struct store_world *world = *state;
    struct made first = make_file(1, 5000), second = make_file(2, 6000);
    struct name_of_key name;
    struct smc_store_key key = name_key(&name, 1);

    put(world->store, &key, &first);
    put(world->store, &key, &second);
    assert_hit(world->store, &key, &second);
    assert_counts(world->store, world->folder);
    made_free(&first);
    made_free(&second);
}

/* ---- keys ---- */

static void keys_differ_by_all_that_they_have(void **state)
{
    struct store_world *world = *state;
    static const uint8_t recipes[2][16] = {{1}, {2}};
    static const char *const ab_c[] = {"ab", "c"}, *const a_bc[] = {"a", "bc"},
                             *const abc[] = {"abc"}, *const abc_and_nothing[] = {"abc", ""};
    const struct smc_store_key keys[] = {
        {.kind = SMC_STORE_KEY_NAMES, .names = ab_c, .n_names = 2},
        {.kind = SMC_STORE_KEY_NAMES, .names = a_bc, .n_names = 2},
        {.kind = SMC_STORE_KEY_NAMES, .names = abc, .n_names = 1},
        {.kind = SMC_STORE_KEY_NAMES, .names = abc_and_nothing, .n_names = 2},
        {.kind = SMC_STORE_KEY_NAMES, .names = abc, .n_names = 1, .scope = "s"},
        {.kind = SMC_STORE_KEY_NAMES, .names = abc, .n_names = 1, .recipe = recipes[0]},
        {.kind = SMC_STORE_KEY_NAMES, .names = abc, .n_names = 1, .recipe = recipes[1]},
        {.kind = SMC_STORE_KEY_DEBUG_ID},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .debug_id = {1}},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .scope = "s"},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .recipe = recipes[0]},
    };

    for (unsigned i = 0; i < COUNT_OF(keys); i++) {
        struct made made = make_file(i, 3000);
        assert_miss(world->store, &keys[i]);
        put(world->store, &keys[i], &made);
        made_free(&made);
    }
    for (unsigned i = 0; i < COUNT_OF(keys); i++) {
        struct made made = make_file(i, 3000);
        assert_hit(world->store, &keys[i], &made);
        made_free(&made);
    }
}

static void bad_keys_are_refused(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 3000);
    struct text long_name = {0};
    const char *names[1];

    text_repeat(&long_name, 'x', SMC_STORE_KEY_NBYTES_MAX);
    names[0] = long_name.data;
    const struct smc_store_key keys[] = {
        {.kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = 0},
        {.kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = 1},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .scope = long_name.data},
        {.kind = SMC_STORE_KEY_CONTENT},
        {.kind = 0},
        {.kind = 99},
    };
    for (unsigned i = 0; i < COUNT_OF(keys); i++) {
        struct opened opened = {.answer = 0};
        struct smc_store_maker maker = maker_of(&opened);
        struct smc_store_error error;
        assert_int_equal(
            smc_store_get(world->store, &keys[i], opened_from_store, &opened, NULL, &error),
            SMC_STORE_E_KEY);
        assert_int_equal(
            smc_store_put(world->store, &keys[i], 1, made.file.data, made.file.nbytes, &error),
            SMC_STORE_E_KEY);
        assert_int_equal(error.status, SMC_STORE_E_KEY);
        assert_int_equal(smc_store_get_or_build(world->store, &keys[i], 1, &maker, NULL, &error),
                         SMC_STORE_E_KEY);
        assert_int_equal(opened.n_built, 0);
    }
    struct smc_store_key many[SMC_STORE_KEYS_MAX + 1] = {{0}};
    for (unsigned i = 0; i < COUNT_OF(many); i++) {
        many[i] = content_key(&made);
    }
    assert_int_equal(
        smc_store_put(world->store, many, COUNT_OF(many), made.file.data, made.file.nbytes, NULL),
        SMC_STORE_E_KEY);
    assert_int_equal(smc_store_put(world->store, many, 0, made.file.data, made.file.nbytes, NULL),
                     SMC_STORE_E_KEY);
    names[0] = "fits";
    long_name.data[SMC_STORE_KEY_NBYTES_MAX - 100] = '\0';
    const struct smc_store_key longest = {
        .kind = SMC_STORE_KEY_NAMES, .scope = long_name.data, .names = names, .n_names = 1};
    put(world->store, &longest, &made);
    assert_hit(world->store, &longest, &made);
    text_free(&long_name);
    made_free(&made);
}

/* ---- folders ---- */

static void a_removed_store_is_made_again(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);

    put(world->store, &key, &made);
    folder_remove(world->folder);
    assert_miss(world->store, &key);
    put(world->store, &key, &made);
    assert_hit(world->store, &key, &made);
    smc_store *other = store_open(world->folder, NULL);
    assert_hit(other, &key, &made);
    smc_store_close(other);
    made_free(&made);
}

static void no_folder_is_an_error(void **state)
{
    struct smc_store_error error;
    smc_store *store;

    (void)state;
    assert_int_equal(smc_store_open("", NULL, &store, &error), SMC_STORE_E_IO);
    assert_int_equal(error.error_number, ENOENT);
    assert_null(store);
}

static void folders_above_are_made(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char deep[PATH_MAX];

    assert_true(snprintf(deep, sizeof deep, "%.200s/a/b/c", world->folder) > 0);
    smc_store *store = store_open(deep, NULL);
    put(store, &key, &made);
    assert_hit(store, &key, &made);
    smc_store_close(store);
    made_free(&made);
}

static smc_store_status try_open(const char *folder, struct smc_store_error *error)
{
    smc_store *store;
    smc_store_status status = smc_store_open(folder, NULL, &store, error);

    assert_null(store);
    return status;
}

static void unsafe_folders_are_refused(void **state)
{
    struct store_world *world = *state;
    struct smc_store_error error;
    char inside[PATH_MAX], file[PATH_MAX], away[PATH_MAX];

    assert_true(snprintf(inside, sizeof inside, "%.200s/v1", world->folder) > 0);
    assert_int_equal(chmod(inside, 0750), 0);
    assert_int_equal(try_open(world->folder, &error), SMC_STORE_E_UNSAFE);
    assert_int_equal(chmod(inside, 0702), 0);
    assert_int_equal(try_open(world->folder, &error), SMC_STORE_E_UNSAFE);
    assert_int_equal(chmod(inside, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(inside, 12345, 0), 0);
        assert_int_equal(try_open(world->folder, &error), SMC_STORE_E_UNSAFE);
        assert_string_equal(error.reason, "the folder belongs to another user");
        assert_int_equal(chown(inside, 0, 0), 0);
    }
    assert_true(snprintf(away, sizeof away, "%.200s/away", world->folder) > 0);
    assert_int_equal(rename(inside, away), 0);
    assert_int_equal(symlink("away", inside), 0);
    assert_int_equal(try_open(world->folder, &error), SMC_STORE_E_UNSAFE);
    assert_int_equal(unlink(inside), 0);
    assert_true(snprintf(file, sizeof file, "%.200s/file", world->folder) > 0);
    int fd = open(file, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(try_open(file, &error), SMC_STORE_E_UNSAFE);
}

/* A folder inside that is a symbolic link is not gone through. */
static void links_inside_are_not_followed(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char path[PATH_MAX], away[PATH_MAX];
    struct smc_store_error error;

    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    *strrchr(path, '/') = '\0';
    assert_true(snprintf(away, sizeof away, "%.200s/away", world->folder) > 0);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(symlink(away, path), 0);
    struct opened opened = {.made = &made};
    assert_int_not_equal(
        smc_store_get(world->store, &key, opened_from_store, &opened, NULL, &error), SMC_STORE_OK);
    assert_int_not_equal(
        smc_store_put(world->store, &key, 1, made.file.data, made.file.nbytes, &error),
        SMC_STORE_OK);
    assert_int_equal(error.status, SMC_STORE_E_IO);
    struct smc_store_maker maker = maker_of(&opened);
    assert_int_equal(smc_store_get_or_build(world->store, &key, 1, &maker, NULL, &error),
                     SMC_STORE_OK);
    assert_int_equal(opened.n_from_memory, 1);
    opened_free(&opened);
    made_free(&made);
}

/* ---- use ---- */

static void set_use(const char *path, int64_t seconds_ago)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = time(NULL) - seconds_ago}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int64_t use_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (int64_t)(time(NULL) - st.st_mtime);
}

static void a_use_is_noted_once_an_hour(void **state)
{
    static const struct {
        int64_t before;
        int is_noted;
    } cases[] = {{10, 0},           {HOUR_S - 60, 0}, {HOUR_S + 1, 1},
                 {100 * HOUR_S, 1}, {-100, 0},        {-2 * HOUR_S, 1}};
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char paths[2][PATH_MAX];

    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, ".smcache", paths[0]), 1);
    assert_int_equal(count_files(world->folder, ".key", paths[1]), 1);
    for (unsigned i = 0; i < COUNT_OF(cases); i++) {
        set_use(paths[0], cases[i].before);
        set_use(paths[1], cases[i].before);
        assert_hit(world->store, &key, &made);
        for (unsigned j = 0; j < 2; j++) {
            const int64_t now = use_of(paths[j]);
            const int is_now = now >= -5 && now <= 5 && cases[i].before != 0;
            assert_int_equal(is_now, cases[i].is_noted);
        }
    }
    made_free(&made);
}

/* A hit leaves the store as it is: no file is written, none is touched. */
static void a_hit_writes_nothing(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char path[PATH_MAX];
    struct stat before, after;

    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, "counters", path), 1);
    set_use(path, 1000);
    assert_int_equal(stat(path, &before), 0);
    const uint64_t n_hits = counts_of(world->store).n_hits;
    for (unsigned i = 0; i < 100; i++) {
        assert_hit(world->store, &key, &made);
    }
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    assert_int_equal(counts_of(world->store).n_hits, n_hits);
    smc_store_close(world->store); /* which notes them */
    world->store = store_open(world->folder, NULL);
    assert_int_equal(counts_of(world->store).n_hits, n_hits + 100);
    made_free(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(put_is_got),
        STORE_TEST(modes_are_private),
        STORE_TEST(another_handle_gets_it),
        STORE_TEST(a_later_put_of_a_key_decides),
        STORE_TEST(keys_differ_by_all_that_they_have),
        STORE_TEST(bad_keys_are_refused),
        STORE_TEST(a_removed_store_is_made_again),
        STORE_TEST(no_folder_is_an_error),
        STORE_TEST(folders_above_are_made),
        STORE_TEST(unsafe_folders_are_refused),
        STORE_TEST(links_inside_are_not_followed),
        STORE_TEST(a_use_is_noted_once_an_hour),
        STORE_TEST(a_hit_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
