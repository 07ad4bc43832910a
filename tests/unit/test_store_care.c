/*
 * Looking after a store: what is in it, and gc.
 */
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOUR_S INT64_C(3600)

/* A file below the version folder. */
static void path_in(const struct store_world *world, const char *name, char path[PATH_MAX])
{
    assert_true(snprintf(path, PATH_MAX, "%.200s/v1/%.200s", world->folder, name) > 0);
}

static void write_at(const struct store_world *world, const char *name, const void *bytes,
                     size_t nbytes)
{
    char path[PATH_MAX];

    path_in(world, name, path);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, nbytes, stream), nbytes);
    assert_int_equal(fclose(stream), 0);
}

/* ---- list ---- */

struct listed {
    struct text lines;
    unsigned n, stop_after;
    uint64_t nbytes;
};

static int note_item(void *context, const struct smc_store_item *item)
{
    struct listed *listed = context;
    char line[1000];

    (void)snprintf(line, sizeof line, "%d|%s|%s|%s|%s|%d\n", (int)item->kind, item->scope,
                   item->name, item->file != NULL ? "file" : "none",
                   item->text != NULL ? item->text : "", item->is_pinned);
    text_puts(&listed->lines, line);
    listed->nbytes = item->nbytes;
    errno = EIO; /* what a visitor does with it is not the list's */
    return ++listed->n == listed->stop_after ? -1 : 0;
}

static struct listed list(smc_store *store, unsigned stop_after)
{
    struct listed listed = {.stop_after = stop_after};

    text_add(&listed.lines, "", 0);
    assert_int_equal(smc_store_list(store, note_item, &listed, NULL), SMC_STORE_OK);
    return listed;
}

static void assert_listed(smc_store *store, const char *line)
{
    struct listed listed = list(store, 0);

    if (strstr(listed.lines.data, line) == NULL) {
        fail_msg("no %s in\n%s", line, listed.lines.data);
    }
    text_free(&listed.lines);
}

static void all_keys_are_listed(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 5000);
    static const char *const names[] = {"rel 1", "a/b.js"};
    const struct smc_store_key keys[] = {
        content_key(&made),
        {.kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = 2, .scope = "me"},
        {.kind = SMC_STORE_KEY_DEBUG_ID, .debug_id = {0x12, 0x34}}};
    const struct smc_store_key none = {
        .kind = SMC_STORE_KEY_DEBUG_ID, .debug_id = {0xff}, .scope = "no"};
    char path[PATH_MAX];

    struct listed listed = list(world->store, 0);
    assert_int_equal(listed.n, 0);
    text_free(&listed.lines);
    assert_int_equal(
        smc_store_put(world->store, keys, COUNT_OF(keys), made.file.data, made.file.nbytes, NULL),
        SMC_STORE_OK);
    assert_int_equal(smc_store_put_negative(world->store, &none, 1, "no map", NULL), SMC_STORE_OK);
    assert_listed(world->store, "3|me|rel 1 a/b.js|file||0\n");
    assert_listed(world->store, "2||12340000-0000-0000-0000-000000000000|file||0\n");
    assert_listed(world->store, "2|no|ff000000-0000-0000-0000-000000000000|none|no map|0\n");
    listed = list(world->store, 0);
    assert_int_equal(listed.n, 4);
    text_free(&listed.lines);
    listed = list(world->store, 2); /* stops there */
    assert_int_equal(listed.n, 2);
    text_free(&listed.lines);
    for (unsigned i = 0; count_files(world->folder, ".key", path) > 0; i++) {
        assert_int_equal(unlink(path), 0);
    }
    listed = list(world->store, 0);
    assert_string_equal(listed.lines.data, "0|||file||0\n");
    assert_int_equal(listed.nbytes, made.file.nbytes);
    text_free(&listed.lines);
    made_free(&made);
}

/* Of a file that has been evicted: its key is a miss, is not listed, and goes. */
static void keys_without_their_file_go(void **state)
{
    struct store_world *world = *state;
    char path[PATH_MAX];

    put_named(world->store, 1, 3000);
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    assert_int_equal(unlink(path), 0);
    struct listed listed = list(world->store, 0);
    assert_int_equal(listed.n, 0);
    text_free(&listed.lines);
    assert_false(has_named(world->store, 1));
    assert_int_equal(count_files(world->folder, ".key", NULL), 0);
    put_named(world->store, 1, 3000);
    put_named(world->store, 2, 3000);
    assert_int_equal(count_files(world->folder, ".smcache", path), 2);
    assert_int_equal(unlink(path), 0);
    const struct smc_store_gc_result result = store_world_gc(world, NULL);
    assert_int_equal(result.n_keys, 1);
    assert_int_equal(result.n_files, 0);
    assert_int_equal(has_named(world->store, 1) + has_named(world->store, 2), 1);
    assert_int_equal(counts_of(world->store).n_damaged, 0);
}

/* ---- each file ---- */

struct visited {
    unsigned n, stop_after;
    uint64_t nbytes[16];
};

static int note_file(void *context, int fd, const char *file, uint64_t nbytes)
{
    struct visited *visited = context;
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, nbytes);
    assert_int_equal(strlen(file), 2 + 1 + 30 + strlen(".smcache"));
    visited->nbytes[visited->n++] = nbytes;
    return visited->n == visited->stop_after;
}

static void files_are_visited_by_use(void **state)
{
    static const unsigned ages[] = {500, 100, 900, 300, 700};
    static const unsigned order[] = {1, 3, 0, 4, 2};
    struct store_world *world = *state;
    struct visited visited = {.n = 0};
    char path[PATH_MAX];
    struct stat before, after;

    for (unsigned i = 0; i < COUNT_OF(ages); i++) {
        put_named(world->store, i, 3000 + i);
        age_young(world->folder, ages[i] * HOUR_S);
    }
    assert_int_equal(count_files(world->folder, ".smcache", path), COUNT_OF(ages));
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(smc_store_each_file(world->store, note_file, &visited, NULL), SMC_STORE_OK);
    assert_int_equal(visited.n, COUNT_OF(ages));
    for (unsigned i = 0; i < COUNT_OF(ages); i++) {
        assert_int_equal(visited.nbytes[i], 3000 + order[i]);
    }
    visited = (struct visited){.stop_after = 2};
    assert_int_equal(smc_store_each_file(world->store, note_file, &visited, NULL), SMC_STORE_OK);
    assert_int_equal(visited.n, 2);
    assert_int_equal(stat(path, &after), 0); /* no use is noted */
    assert_int_equal(before.st_mtime, after.st_mtime);
}

/* ---- counts ---- */

static void each_folder_has_its_counts(void **state)
{
    struct store_world *world = *state;
    struct smc_store_counts folders[SMC_STORE_FOLDERS], total;
    struct smc_store_counts sum = {0};

    for (unsigned i = 0; i < 100; i++) {
        put_named(world->store, i, 1000 + i * 100);
    }
    assert_int_equal(smc_store_counts_get(world->store, &total, folders, NULL), SMC_STORE_OK);
    for (unsigned f = 0; f < SMC_STORE_FOLDERS; f++) {
        char name[8], path[PATH_MAX];
        (void)snprintf(name, sizeof name, "%02x", f);
        path_in(world, name, path);
        assert_int_equal(folders[f].n_files, count_files(path, ".smcache", NULL));
        assert_int_equal(folders[f].n_keys, count_files(path, ".key", NULL));
        assert_int_equal(folders[f].nbytes, pages_in(path));
        sum.n_files += folders[f].n_files;
        sum.n_keys += folders[f].n_keys;
    }
    assert_int_equal(sum.n_files, 100);
    assert_int_equal(sum.n_keys, 100);
    assert_int_equal(total.n_files, 100);
    assert_int_equal(total.n_keys, 100);
    assert_counts(world->store, world->folder);
}

/* ---- gc ---- */

static void gc_keeps_what_it_is_told(void **state)
{
    struct store_world *world = *state;
    static const char *const keep[] = {"name-2", "*5"};
    struct smc_store_gc_options options = {
        .struct_size = sizeof options, .clears = 1, .keep = keep, .n_keep = COUNT_OF(keep)};
    struct name_of_key name;
    const struct smc_store_key negative = name_key(&name, 77);

    for (unsigned i = 0; i < 6; i++) {
        put_named(world->store, i, 3000);
    }
    assert_int_equal(smc_store_pin(world->store, "name-0", NULL, NULL), SMC_STORE_OK);
    assert_int_equal(smc_store_put_negative(world->store, &negative, 1, "no", NULL), SMC_STORE_OK);
    assert_true(has_named(world->store, 0));
    struct smc_store_gc_result result = store_world_gc(world, &options);
    assert_int_equal(result.n_files, 3);
    assert_int_equal(result.n_keys, 4);
    assert_int_equal(result.kept_files, 3);
    assert_int_equal(counts_of(world->store).n_hits, 0); /* the counts start anew */
    assert_int_equal(counts_of(world->store).n_evictions, 0);
    assert_true(has_named(world->store, 0) && has_named(world->store, 2) &&
                has_named(world->store, 5));
    options = (struct smc_store_gc_options){.struct_size = sizeof options, .clears = 1};
    assert_int_equal(store_world_gc(world, &options).n_files, 2);
    options.clears_pinned = 1;
    assert_int_equal(store_world_gc(world, &options).n_files, 1);
    assert_int_equal(pages_in(world->folder), 0);
    options.struct_size--;
    assert_int_equal(smc_store_gc(world->store, &options, NULL, NULL), SMC_STORE_E_OPTION);
}

static void gc_removes_files_without_keys_when_old(void **state)
{
    struct store_world *world = *state;
    char path[PATH_MAX];

    put_named(world->store, 1, 3000);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(store_world_gc(world, NULL).n_files,
                     0); /* its key may be about to be written */
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    age_file(path, HOUR_S + 60);
    assert_int_equal(store_world_gc(world, NULL).n_files, 1);
}

/* What is not the store's is not touched, and does not stop it from making room. */
static void foreign_files_are_left_alone(void **state)
{
    static const char *const foreign[] = {
        "00/README", "00/0123456789abcdef0123456789abcd.smcache.bak",
        "ff/x.key",  "00/0123456789ABCDEF0123456789abcd.key",
        "tmp/mine",  "tmp/short.tmp",
        "other"};
    struct store_world *world = *state;
    const struct smc_store_gc_options clear = {.struct_size = sizeof clear, .clears = 1};
    const struct smc_store_options small = {.struct_size = sizeof small, .max_nbytes = 81920};
    char path[PATH_MAX];

    for (unsigned f = 0; f < 256; f += 255) {
        char name[8];
        (void)snprintf(name, sizeof name, "%02x", f);
        path_in(world, name, path);
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    }
    path_in(world, "ff/0123456789abcdef0123456789abcd.smcache", path);
    assert_int_equal(mkdir(path, 0700), 0);
    for (unsigned i = 0; i < COUNT_OF(foreign); i++) {
        write_at(world, foreign[i], "foreign", 7);
    }
    age_young(world->folder, 1000 * HOUR_S);
    smc_store_close(world->store);
    world->store = store_open(world->folder, &small);
    for (unsigned i = 0; i < 600; i++) {
        put_named(world->store, i, 3000);
    }
    struct smc_store_gc_result result;
    assert_int_equal(smc_store_gc(world->store, &clear, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_damaged, 0);
    assert_int_equal(result.kept_files, 0);
    for (unsigned i = 0; i < COUNT_OF(foreign); i++) {
        path_in(world, foreign[i], path);
        assert_int_equal(access(path, F_OK), 0);
    }
}

static void gc_removes_damaged_keys_and_dead_temps(void **state)
{
    struct store_world *world = *state;
    char path[PATH_MAX];

    put_named(world->store, 1, 3000);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    assert_int_equal(truncate(path, 30), 0);
    write_at(world, "tmp/0123456789abcdef0123456789abcdef.tmp", "x", 1);
    const struct smc_store_gc_result result = store_world_gc(world, NULL);
    assert_int_equal(result.n_damaged, 1);
    assert_int_equal(result.n_temps, 1);
    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(all_keys_are_listed),
        STORE_TEST(keys_without_their_file_go),
        STORE_TEST(files_are_visited_by_use),
        STORE_TEST(each_folder_has_its_counts),
        STORE_TEST(gc_keeps_what_it_is_told),
        STORE_TEST(gc_removes_files_without_keys_when_old),
        STORE_TEST(foreign_files_are_left_alone),
        STORE_TEST(gc_removes_damaged_keys_and_dead_temps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
