/*
 * The store: what is put is got, under its keys and no others, and what is damaged is a miss.
 */
#include "tests/unit/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define HOUR_S INT64_C(3600)

struct world {
    char folder[PATH_MAX];
    smc_store *store;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make(world->folder);
    world->store = store_open(world->folder, NULL);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    smc_store_close(world->store);
    folder_remove(world->folder);
    free(world);
    return 0;
}

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
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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

/* ---- hostile uploads ---- */

/*
 * Two texts of the same length and the same XXH3-128: two words of one lane, each equal to the hash's public secret in
 * its lower half, so that their products are 0 whatever the upper half is; and what that adds elsewhere cancels out.
 */
static void make_twins(uint8_t first[1024], uint8_t second[1024])
{
    static const size_t lane = 3, stripes[] = {1, 4};

    for (size_t i = 0; i < 1024; i++) {
        first[i] = (uint8_t)('a' + i % 26);
    }
    for (unsigned i = 0; i < 2; i++) {
        memcpy(first + stripes[i] * 64 + lane * 8, XXH3_kSecret + stripes[i] * 8 + lane * 8, 4);
        memset(first + stripes[i] * 64 + lane * 8 + 4, 'm', 4);
    }
    memcpy(second, first, 1024);
    second[stripes[0] * 64 + lane * 8 + 4]++;
    second[stripes[1] * 64 + lane * 8 + 4]--;
}

/* Such maps can be made at will, and answer as one wherever only that hash is asked. */
static void a_colliding_map_does_not_answer(void **state)
{
    struct world *world = *state;
    uint8_t maps[2][1024];
    struct made made = make_file(1, 4000);
    XXH128_canonical_t digests[2];
    struct smcf_header header;

    make_twins(maps[0], maps[1]);
    assert_memory_not_equal(maps[0], maps[1], sizeof maps[0]);
    for (unsigned i = 0; i < 2; i++) {
        XXH128_canonicalFromHash(&digests[i], XXH3_128bits(maps[i], sizeof maps[i]));
    }
    assert_memory_equal(&digests[0], &digests[1], sizeof digests[0]);

    memcpy(&header, made.file.data, sizeof header);
    memcpy(header.input_digest, digests[0].digest, sizeof header.input_digest);
    header.input_nbytes = smcf_put64(sizeof maps[0]);
    memcpy(made.file.data, &header, sizeof header);
    file_seal((uint8_t *)made.file.data, made.file.nbytes);
    const struct smc_store_key hostile = {
        .kind = SMC_STORE_KEY_CONTENT, .content = maps[0], .content_nbytes = sizeof maps[0]};
    const struct smc_store_key good = {
        .kind = SMC_STORE_KEY_CONTENT, .content = maps[1], .content_nbytes = sizeof maps[1]};
    put(world->store, &hostile, &made);
    assert_hit(world->store, &hostile, &made);
    assert_miss(world->store, &good);
    made_free(&made);
}

/* The file of another map is refused: by put, and by get if it got into the place of the right one. */
static void the_file_of_another_map_does_not_answer(void **state)
{
    struct world *world = *state;
    struct made a = make_file(1, 4000), b = make_file(2, 4000);
    struct smc_store_key key_a = content_key(&a), key_b = content_key(&b);
    struct smc_store_error error;
    char path_a[PATH_MAX], path_b[PATH_MAX], aside[PATH_MAX];

    (void)snprintf(aside, sizeof aside, "%.200s/aside", world->folder);
    assert_int_equal(smc_store_put(world->store, &key_a, 1, b.file.data, b.file.nbytes, &error),
                     SMC_STORE_E_FILE);
    put(world->store, &key_a, &a);
    assert_int_equal(count_files(world->folder, ".smcache", path_a), 1);
    assert_int_equal(rename(path_a, aside), 0);
    put(world->store, &key_b, &b);
    assert_int_equal(count_files(world->folder, ".smcache", path_b), 1);
    assert_int_equal(rename(path_b, path_a), 0);
    assert_miss(world->store, &key_a);
    assert_miss(world->store, &key_b);
    made_free(&a);
    made_free(&b);
}

/* The record of one key in the place of another's. */
static void the_record_of_another_key_does_not_answer(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 4000);
    struct name_of_key names[2];
    struct smc_store_key keys[2] = {name_key(&names[0], 1), name_key(&names[1], 2)};
    char paths[2][PATH_MAX], aside[PATH_MAX];

    (void)snprintf(aside, sizeof aside, "%.200s/aside", world->folder);
    put(world->store, &keys[0], &made);
    assert_int_equal(count_files(world->folder, ".key", paths[0]), 1);
    assert_int_equal(rename(paths[0], aside), 0);
    put(world->store, &keys[1], &made);
    assert_int_equal(count_files(world->folder, ".key", paths[1]), 1);
    assert_int_equal(rename(aside, paths[1]), 0);
    assert_miss(world->store, &keys[1]);
    put(world->store, &keys[1], &made);
    assert_hit(world->store, &keys[1], &made);
    made_free(&made);
}

/* What an upload says of itself stays in the scope of its owner. */
static void scopes_keep_uploads_apart(void **state)
{
    struct world *world = *state;
    struct made good = make_file(1, 4000), hostile = make_file(2, 4000);
    const struct smc_store_key of_good = {.kind = SMC_STORE_KEY_DEBUG_ID, .scope = "good"};
    const struct smc_store_key of_hostile = {.kind = SMC_STORE_KEY_DEBUG_ID, .scope = "hostile"};

    put(world->store, &of_hostile, &hostile);
    assert_miss(world->store, &of_good);
    put(world->store, &of_good, &good);
    put(world->store, &of_hostile, &hostile);
    assert_hit(world->store, &of_good, &good);
    made_free(&good);
    made_free(&hostile);
}

/* Two stores name the same key otherwise: nobody outside can tell where a file will be. */
static void each_store_has_its_secret(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 4000);
    struct smc_store_key key = content_key(&made);
    char other[PATH_MAX], paths[2][PATH_MAX];

    folder_make(other);
    smc_store *store = store_open(other, NULL);
    put(world->store, &key, &made);
    put(store, &key, &made);
    assert_int_equal(count_files(world->folder, ".smcache", paths[0]), 1);
    assert_int_equal(count_files(other, ".smcache", paths[1]), 1);
    assert_string_not_equal(strrchr(paths[0], '/'), strrchr(paths[1], '/'));
    assert_int_equal(count_files(world->folder, ".key", paths[0]), 1);
    assert_int_equal(count_files(other, ".key", paths[1]), 1);
    assert_string_not_equal(strrchr(paths[0], '/'), strrchr(paths[1], '/'));
    smc_store_close(store);
    folder_remove(other);
    made_free(&made);
}

/* ---- damage ---- */

static void overwrite(const char *path, off_t off, char byte)
{
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, &byte, 1, off), 1);
    close(fd);
}

/* Damages the one file with that suffix in one of four ways, and gets it: a miss, and it is there no more. */
static void damaged_is_missed(struct world *world, const char *suffix, int way)
{
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    const struct smc_store_counts before = counts_of(world->store);
    char path[PATH_MAX], linked[PATH_MAX];

    (void)snprintf(linked, sizeof linked, "%.200s/linked", world->folder);
    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, suffix, path), 1);
    switch (way) {
    case 0:
        overwrite(path, 40, '\x55');
        break;
    case 1:
        assert_int_equal(truncate(path, 60), 0);
        break;
    case 2:
        assert_int_equal(truncate(path, 0), 0);
        break;
    default: /* not followed, though it leads to a good one */
        assert_int_equal(rename(path, linked), 0);
        assert_int_equal(symlink(linked, path), 0);
    }
    assert_miss(world->store, &key);
    assert_int_equal(count_files(world->folder, suffix, NULL), 0);
    assert_int_equal(counts_of(world->store).n_damaged, before.n_damaged + 1);
    assert_counts(world->store, world->folder);
    put(world->store, &key, &made);
    assert_hit(world->store, &key, &made);
    unlink(linked);
    made_free(&made);
}

static void damaged_files_are_misses(void **state)
{
    for (int way = 0; way < 4; way++) {
        damaged_is_missed(*state, ".smcache", way);
    }
}

static void damaged_keys_are_misses(void **state)
{
    for (int way = 0; way < 4; way++) {
        damaged_is_missed(*state, ".key", way);
    }
}

/* A put compares with what is there: a file that has been damaged is replaced. */
static void a_put_mends_a_damaged_file(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 100000);
    struct smc_store_key key = content_key(&made);
    char path[PATH_MAX];

    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    overwrite(path, 99999, (char)~made.file.data[99999]);
    put(world->store, &key, &made);
    assert_hit(world->store, &key, &made);
    made_free(&made);
}

static void only_files_of_the_format_are_put(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 5000);
    struct name_of_key name;
    struct smc_store_key key = name_key(&name, 1);
    struct smc_store_error error;

    for (size_t nbytes = 0; nbytes < made.file.nbytes; nbytes += 61) {
        assert_int_equal(smc_store_put(world->store, &key, 1, made.file.data, nbytes, &error),
                         SMC_STORE_E_FILE);
    }
    made.file.data[8]++; /* the major version */
    assert_int_equal(smc_store_put(world->store, &key, 1, made.file.data, made.file.nbytes, &error),
                     SMC_STORE_E_FILE);
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 0);
    made_free(&made);
}

static void a_damaged_secret_starts_a_new_store(void **state)
{
    struct world *world = *state;
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    char path[PATH_MAX];

    put(world->store, &key, &made);
    assert_int_equal(count_files(world->folder, "secret", path), 1);
    assert_int_equal(truncate(path, 100), 0);
    smc_store *other = store_open(world->folder, NULL);
    assert_miss(other, &key);
    put(other, &key, &made);
    assert_hit(other, &key, &made);
    smc_store_close(other);
    made_free(&made);
}

static void damaged_counters_are_mended(void **state)
{
    struct world *world = *state;
    char path[PATH_MAX];

    for (unsigned i = 0; i < 40; i++) {
        struct made made = make_file(i, 5000);
        struct smc_store_key key = content_key(&made);
        put(world->store, &key, &made);
        made_free(&made);
    }
    assert_int_equal(count_files(world->folder, "counters", path), 1);
    for (off_t off = 0; off < (off_t)256 * 128; off += 64) {
        overwrite(path, off, '\xff');
    }
    assert_int_equal(counts_of(world->store).nbytes, 0);
    assert_int_equal(smc_store_gc(world->store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_counts(world->store, world->folder);
    assert_int_equal(truncate(path, 1000), 0);
    for (unsigned i = 0; i < 40; i++) { /* a put mends its own folder */
        struct made made = make_file(i + 1000, 5000);
        struct smc_store_key key = content_key(&made);
        put(world->store, &key, &made);
        made_free(&made);
    }
    assert_int_equal(smc_store_gc(world->store, NULL, NULL, NULL), SMC_STORE_OK);
    assert_counts(world->store, world->folder);
}

/* ---- folders ---- */

static void a_removed_store_is_made_again(void **state)
{
    struct world *world = *state;
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

static void folders_above_are_made(void **state)
{
    struct world *world = *state;
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

static void no_folder_is_an_error(void **state)
{
    struct smc_store_error error;
    smc_store *store;

    (void)state;
    assert_int_equal(smc_store_open("", NULL, &store, &error), SMC_STORE_E_IO);
    assert_int_equal(error.error_number, ENOENT);
    assert_null(store);
}

static void unsafe_folders_are_refused(void **state)
{
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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
    struct world *world = *state;
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(put_is_got),
        TEST(modes_are_private),
        TEST(another_handle_gets_it),
        TEST(a_later_put_of_a_key_decides),
        TEST(keys_differ_by_all_that_they_have),
        TEST(bad_keys_are_refused),
        TEST(a_colliding_map_does_not_answer),
        TEST(the_file_of_another_map_does_not_answer),
        TEST(the_record_of_another_key_does_not_answer),
        TEST(scopes_keep_uploads_apart),
        TEST(each_store_has_its_secret),
        TEST(damaged_files_are_misses),
        TEST(damaged_keys_are_misses),
        TEST(a_put_mends_a_damaged_file),
        TEST(only_files_of_the_format_are_put),
        TEST(a_damaged_secret_starts_a_new_store),
        TEST(damaged_counters_are_mended),
        TEST(a_removed_store_is_made_again),
        TEST(folders_above_are_made),
        TEST(no_folder_is_an_error),
        TEST(unsafe_folders_are_refused),
        TEST(links_inside_are_not_followed),
        TEST(a_use_is_noted_once_an_hour),
        TEST(a_hit_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
