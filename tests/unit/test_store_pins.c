/*
 * Files that are pinned: by which pattern, and that they and their keys stay.
 */
#include "tests/unit/stored.h"

#include "src/store/store.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOUR_S INT64_C(3600)

static void note_pattern(void *context, const char *pattern)
{
    text_puts(context, pattern);
    text_puts(context, ";");
}

static void assert_pins(smc_store *store, const char *expected)
{
    struct text text = {0};

    text_add(&text, "", 0);
    assert_int_equal(smc_store_pins(store, note_pattern, &text, NULL), SMC_STORE_OK);
    assert_string_equal(text.data, expected);
    text_free(&text);
}

static uint64_t pin(const struct store_world *world, const char *pattern)
{
    uint64_t n = 99;
    assert_int_equal(smc_store_pin(world->store, pattern, &n, NULL), SMC_STORE_OK);
    return n;
}

static int count_pinned(void *context, const struct smc_store_item *item)
{
    *(uint64_t *)context += item->is_pinned != 0;
    return 0;
}

static void pins_are_by_pattern(void **state)
{
    static const char *const bad[] = {"", "a\nb", "\x01"};
    struct store_world *world = *state;
    const struct smc_store_gc_options clear = {.struct_size = sizeof clear, .clears = 1};
    struct text too_long = {0};
    uint64_t n;

    for (unsigned i = 8; i < 12; i++) {
        put_named(world->store, i, 3000 + i);
    }
    assert_pins(world->store, "");
    assert_int_equal(pin(world, "name-1?"), 2);
    assert_int_equal(pin(world, "name-2*"), 2);
    assert_int_equal(pin(world, "*e-9"), 3);
    assert_pins(world->store, "name-1?;name-2*;*e-9;");
    assert_int_equal(counts_of(world->store).pinned_nbytes, 6 * SMC_PAGE_NBYTES);
    assert_int_equal(smc_store_unpin(world->store, "name-9", NULL, NULL), SMC_STORE_MISS);
    assert_int_equal(smc_store_unpin(world->store, "name-1?", &n, NULL), SMC_STORE_OK);
    assert_int_equal(n, 1);
    assert_pins(world->store, "name-2*;*e-9;");
    put_named(world->store, 22, 3000); /* pinned before it is put */
    assert_int_equal(counts_of(world->store).pinned_nbytes, 4 * SMC_PAGE_NBYTES);
    n = 0;
    assert_int_equal(smc_store_list(world->store, count_pinned, &n, NULL), SMC_STORE_OK);
    assert_int_equal(n, 2);
    assert_int_equal(store_world_gc(world, &clear).n_files, 3);
    assert_true(has_named(world->store, 9) && has_named(world->store, 22));
    assert_false(has_named(world->store, 8));
    for (unsigned i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(smc_store_pin(world->store, bad[i], NULL, NULL), SMC_STORE_E_OPTION);
    }
    text_repeat(&too_long, 'x', SMC_STORE_PATTERN_NBYTES_MAX + 1);
    assert_int_equal(smc_store_pin(world->store, too_long.data, NULL, NULL), SMC_STORE_E_OPTION);
    assert_int_equal(pin(world, too_long.data + 1), 2);
    text_free(&too_long);
}

/* A pin holds for one key, and the file is put again, or found, by others. */
static void pins_hold_whatever_else_leads_there(void **state)
{
    struct store_world *world = *state;
    struct made made = make_file(1, 3000);
    const struct smc_store_key other = content_key(&made);
    const struct smc_store_gc_options clear = {.struct_size = sizeof clear, .clears = 1};

    put_named(world->store, 1, 3000);
    assert_int_equal(pin(world, "name-1"), 1);
    put(world->store, &other, &made);
    assert_int_equal(store_world_gc(world, &clear).n_files, 0);
    assert_true(has_named(world->store, 1));
    assert_hit(world->store, &other, &made);
    made_free(&made);
}

/* What is being put is there before its keys are: its pin must not be taken for a left-over one. */
static void gc_leaves_the_pin_of_what_is_being_put(void **state)
{
    struct store_world *world = *state;
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(pin(world, "name-1"), 0);
    put_named(world->store, 1, 3000);
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(count_files(world->folder, ".smcache", path), 1);
    (void)store_world_gc(world, NULL);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0400);
    age_file(path, 2 * HOUR_S); /* but then it is one */
    (void)store_world_gc(world, NULL);
    assert_int_not_equal(stat(path, &st), 0);
}

/* ---- what is left of them ---- */

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

static void give_away(const struct store_world *world, uid_t user)
{
    static const char *const names[] = {"", "tmp", "tmp/0123456789abcdef0123456789abcdef.tmp"};
    char path[PATH_MAX];

    for (unsigned i = 0; i < COUNT_OF(names) && geteuid() == 0; i++) {
        path_in(world, names[i], path);
        assert_int_equal(chown(path, user, (gid_t)-1), 0);
    }
}

/* Who is not root may not write what is pinned; yet what is left of the writing of it goes. */
static void temps_of_pinned_files_go(void **state)
{
    struct store_world *world = *state;
    char path[PATH_MAX];
    int status;

    write_at(world, "tmp/0123456789abcdef0123456789abcdef.tmp", "x", 1);
    path_in(world, "tmp/0123456789abcdef0123456789abcdef.tmp", path);
    assert_int_equal(chmod(path, 0400), 0);
    give_away(world, 65534);
    const pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && setuid(65534) != 0) {
            _exit(2);
        }
        _exit(smc_temps_sweep(world->store) != 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(count_files(world->folder, ".tmp", NULL), 0);
}

static void there_are_so_many_patterns(void **state)
{
    struct store_world *world = *state;
    struct smc_store_error error;
    struct text pins = {0};

    (void)pin(world, "x"); /* which makes the store */
    for (unsigned i = 1; i < SMC_STORE_PATTERNS_MAX; i++) {
        text_puts(&pins, "p");
        text_number(&pins, i);
        text_puts(&pins, "\n");
    }
    write_at(world, "pins", pins.data, pins.nbytes);
    (void)pin(world, "the last");
    (void)pin(world, "p7"); /* which is there */
    assert_int_equal(smc_store_pin(world->store, "one more", NULL, &error), SMC_STORE_E_OPTION);
    assert_string_equal(error.reason, "too many patterns");
    assert_int_equal(smc_store_unpin(world->store, "p8", NULL, NULL), SMC_STORE_OK);
    (void)pin(world, "one more");
    text_free(&pins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(pins_are_by_pattern),
        STORE_TEST(pins_hold_whatever_else_leads_there),
        STORE_TEST(gc_leaves_the_pin_of_what_is_being_put),
        STORE_TEST(temps_of_pinned_files_go),
        STORE_TEST(there_are_so_many_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
