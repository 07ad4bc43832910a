/*
 * What must not answer: files of others, colliding maps, and what is damaged.
 */
#include "tests/unit/stored.h"

#include <fcntl.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Where something can be moved to: in the store's folder, out of the store. */
static void path_beside(const struct store_world *world, char path[PATH_MAX])
{
    assert_true(snprintf(path, PATH_MAX, "%.200s/away", world->folder) > 0);
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

/* Lets a file say that it is made of that map. */
static void seal_as(struct made *made, const XXH128_canonical_t *digest, size_t nbytes)
{
    struct smcf_header header;

    memcpy(&header, made->file.data, sizeof header);
    memcpy(header.input_digest, digest->digest, sizeof header.input_digest);
    header.input_nbytes = smcf_put64(nbytes);
    memcpy(made->file.data, &header, sizeof header);
    file_seal((uint8_t *)made->file.data, made->file.nbytes);
}

/* Such maps can be made at will, and answer as one wherever only that hash is asked. */
static void a_colliding_map_does_not_answer(void **state)
{
    struct store_world *world = *state;
    uint8_t maps[2][1024];
    struct made made = make_file(1, 4000);
    XXH128_canonical_t digests[2];

    make_twins(maps[0], maps[1]);
    assert_memory_not_equal(maps[0], maps[1], sizeof maps[0]);
    for (unsigned i = 0; i < 2; i++) {
        XXH128_canonicalFromHash(&digests[i], XXH3_128bits(maps[i], sizeof maps[i]));
    }
    assert_memory_equal(&digests[0], &digests[1], sizeof digests[0]);

    seal_as(&made, &digests[0], sizeof maps[0]);
    const struct smc_store_key hostile = {
        .kind = SMC_STORE_KEY_CONTENT, .content = maps[0], .content_nbytes = sizeof maps[0]};
    const struct smc_store_key good = {
        .kind = SMC_STORE_KEY_CONTENT, .content = maps[1], .content_nbytes = sizeof maps[1]};
    put(world->store, &hostile, &made);
    assert_hit(world->store, &hostile, &made);
    assert_miss(world->store, &good);

    /* Nor by way of a name that both go by. */
    struct name_of_key name;
    const struct smc_store_key keys[] = {name_key(&name, 1), good};
    struct made right = make_file(2, 5000);
    struct opened opened = {.made = &right};
    const struct smc_store_maker maker = maker_of(&opened);
    struct smc_store_outcome outcome;
    seal_as(&right, &digests[0], sizeof maps[0]);
    put(world->store, &keys[0], &made);
    assert_int_equal(smc_store_get_or_build(world->store, keys, 2, &maker, &outcome, NULL),
                     SMC_STORE_OK);
    assert_true(outcome.is_built);
    assert_hit(world->store, &keys[0], &right);
    assert_hit(world->store, &keys[1], &right);
    opened_free(&opened);
    made_free(&right);
    made_free(&made);
}

/* The file of another map is refused: by put, and by get if it got into the place of the right one. */
static void the_file_of_another_map_does_not_answer(void **state)
{
    struct store_world *world = *state;
    struct made a = make_file(1, 4000), b = make_file(2, 4000);
    struct smc_store_key key_a = content_key(&a), key_b = content_key(&b);
    struct smc_store_error error;
    char path_a[PATH_MAX], path_b[PATH_MAX], away[PATH_MAX];

    assert_int_equal(smc_store_put(world->store, &key_a, 1, b.file.data, b.file.nbytes, &error),
                     SMC_STORE_E_FILE);
    path_beside(world, away);
    put(world->store, &key_a, &a);
    assert_int_equal(count_files(world->folder, ".smcache", path_a), 1);
    assert_int_equal(rename(path_a, away), 0);
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
    struct store_world *world = *state;
    struct made made = make_file(1, 4000);
    struct name_of_key names[2];
    struct smc_store_key keys[2] = {name_key(&names[0], 1), name_key(&names[1], 2)};
    char paths[2][PATH_MAX], away[PATH_MAX];

    path_beside(world, away);
    put(world->store, &keys[0], &made);
    assert_int_equal(count_files(world->folder, ".key", paths[0]), 1);
    assert_int_equal(rename(paths[0], away), 0);
    put(world->store, &keys[1], &made);
    assert_int_equal(count_files(world->folder, ".key", paths[1]), 1);
    assert_int_equal(rename(away, paths[1]), 0);
    assert_miss(world->store, &keys[1]);
    put(world->store, &keys[1], &made);
    assert_hit(world->store, &keys[1], &made);
    made_free(&made);
}

/* What an upload says of itself stays in the scope of its owner. */
static void scopes_keep_uploads_apart(void **state)
{
    struct store_world *world = *state;
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
    struct store_world *world = *state;
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
static void damaged_is_missed(struct store_world *world, const char *suffix, int way)
{
    struct made made = make_file(1, 5000);
    struct smc_store_key key = content_key(&made);
    const struct smc_store_counts before = counts_of(world->store);
    char path[PATH_MAX], away[PATH_MAX];

    path_beside(world, away);
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
        assert_int_equal(rename(path, away), 0);
        assert_int_equal(symlink(away, path), 0);
    }
    assert_miss(world->store, &key);
    assert_int_equal(count_files(world->folder, suffix, NULL), 0);
    assert_int_equal(counts_of(world->store).n_damaged, before.n_damaged + 1);
    assert_counts(world->store, world->folder);
    put(world->store, &key, &made);
    assert_hit(world->store, &key, &made);
    unlink(away);
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
    struct store_world *world = *state;
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
    struct store_world *world = *state;
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
    struct store_world *world = *state;
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
    struct store_world *world = *state;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_colliding_map_does_not_answer),
        STORE_TEST(the_file_of_another_map_does_not_answer),
        STORE_TEST(the_record_of_another_key_does_not_answer),
        STORE_TEST(scopes_keep_uploads_apart),
        STORE_TEST(each_store_has_its_secret),
        STORE_TEST(damaged_files_are_misses),
        STORE_TEST(damaged_keys_are_misses),
        STORE_TEST(a_put_mends_a_damaged_file),
        STORE_TEST(only_files_of_the_format_are_put),
        STORE_TEST(a_damaged_secret_starts_a_new_store),
        STORE_TEST(damaged_counters_are_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
