/*
 * Several keys of one file, and keys that are known to have none.
 */
#include "tests/unit/stored.h"

#include <sys/stat.h>
#include <unistd.h>

struct world {
    char folder[PATH_MAX];
    smc_store *store;
};

static void open_with(struct world *world, uint64_t negative_age_s)
{
    const struct smc_store_options options = {
        .struct_size = sizeof options,
        .negative_age_s = negative_age_s != 0 ? negative_age_s : SMC_STORE_NONE};

    smc_store_close(world->store);
    world->store = store_open(world->folder, &options);
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    folder_make_fast(world->folder);
    open_with(world, 600);
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

/* What get-or-build says, with what the maker would build. */
struct answer {
    smc_store_status status;
    struct smc_store_outcome outcome;
    int is_made; /* the bytes are those of the file that was to be built */
    unsigned n_from_memory;
};

static struct answer ask(const struct world *world, const struct smc_store_key *keys, size_t n_keys,
                         const struct made *made, const char *why_not)
{
    struct opened opened = {.made = made, .why_not = why_not};
    const struct smc_store_maker maker = maker_of(&opened);
    struct answer answer;

    answer.status =
        smc_store_get_or_build(world->store, keys, n_keys, &maker, &answer.outcome, NULL);
    answer.is_made = made != NULL && opened.bytes.nbytes == made->file.nbytes &&
                     memcmp(opened.bytes.data, made->file.data, made->file.nbytes) == 0;
    answer.n_from_memory = opened.n_from_memory;
    assert_int_equal(opened.n_built, answer.outcome.is_built);
    opened_free(&opened);
    return answer;
}

/* ---- several keys ---- */

#define N_KEYS 3

struct trio {
    struct made made;
    struct name_of_key name;
    struct smc_store_key keys[N_KEYS]; /* content, debug ID, name */
};

static void trio_make(struct trio *trio, unsigned number)
{
    trio->made = make_file(number, 5000);
    trio->keys[0] = content_key(&trio->made);
    trio->keys[1] =
        (struct smc_store_key){.kind = SMC_STORE_KEY_DEBUG_ID, .debug_id = {(uint8_t)number, 1}};
    trio->keys[2] = name_key(&trio->name, number);
}

static void a_build_is_found_by_all_keys(void **state)
{
    struct world *world = *state;
    struct trio trio;

    trio_make(&trio, 1);
    const struct answer answer = ask(world, trio.keys, N_KEYS, &trio.made, NULL);
    assert_int_equal(answer.status, SMC_STORE_OK);
    assert_true(answer.is_made && answer.outcome.is_built && !answer.outcome.is_hit);
    for (unsigned i = 0; i < N_KEYS; i++) {
        assert_hit(world->store, &trio.keys[i], &trio.made);
    }
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 1);
    assert_int_equal(count_files(world->folder, ".key", NULL), N_KEYS);
    assert_int_equal(counts_of(world->store).n_builds, 1);
    assert_counts(world->store, world->folder);
    made_free(&trio.made);
}

/* Whichever of them is there answers, and the others are linked; but if content is asked for, that alone answers. */
static void a_hit_links_the_other_keys(void **state)
{
    struct world *world = *state;

    for (unsigned there = 0; there < N_KEYS; there++) {
        struct trio trio;
        trio_make(&trio, there);
        put(world->store, &trio.keys[there], &trio.made);
        const struct answer answer = ask(world, trio.keys, N_KEYS, &trio.made, NULL);
        assert_int_equal(answer.status, SMC_STORE_OK);
        assert_true(answer.is_made);
        assert_int_equal(answer.outcome.is_hit, there == 0);
        assert_int_equal(answer.outcome.is_built, there != 0);
        assert_int_equal(answer.outcome.key, 0);
        for (unsigned i = 0; i < N_KEYS; i++) {
            assert_hit(world->store, &trio.keys[i], &trio.made);
        }
        made_free(&trio.made);
    }
    assert_counts(world->store, world->folder);
}

/* Keys that have files of their own keep them. */
static void the_first_key_with_a_file_answers(void **state)
{
    struct world *world = *state;
    struct trio a, b;

    trio_make(&a, 1);
    trio_make(&b, 2);
    const struct smc_store_key keys[] = {a.keys[1], a.keys[2], b.keys[2]};
    put(world->store, &keys[1], &a.made);
    put(world->store, &keys[2], &b.made);
    const struct answer answer = ask(world, keys, N_KEYS, &a.made, NULL);
    assert_true(answer.is_made);
    assert_int_equal(answer.outcome.key, 1);
    assert_hit(world->store, &keys[0], &a.made);
    assert_hit(world->store, &keys[2], &b.made);
    made_free(&a.made);
    made_free(&b.made);
}

/* A name may lead to an older map's file: the new map is built, and the name leads to it. */
static void content_goes_before_names(void **state)
{
    struct world *world = *state;
    struct trio old, new;

    trio_make(&old, 1);
    trio_make(&new, 2);
    const struct smc_store_key keys[] = {old.keys[2], new.keys[0]};
    put(world->store, &keys[0], &old.made);
    for (unsigned i = 0; i < 3; i++) {
        const struct answer answer = ask(world, keys, COUNT_OF(keys), &new.made, NULL);
        assert_int_equal(answer.status, SMC_STORE_OK);
        assert_true(answer.is_made);
        assert_int_equal(answer.outcome.is_built, i == 0);
        assert_hit(world->store, &keys[0], &new.made);
        assert_hit(world->store, &keys[1], &new.made);
    }
    put(world->store, &keys[0], &old.made); /* the content is there, behind or before the name */
    assert_true(ask(world, keys, COUNT_OF(keys), &new.made, NULL).outcome.is_hit);
    assert_hit(world->store, &keys[0], &new.made);
    put(world->store, &keys[0], &old.made);
    const struct smc_store_key turned[] = {keys[1], keys[0]};
    assert_true(ask(world, turned, COUNT_OF(turned), &new.made, NULL).outcome.is_hit);
    assert_hit(world->store, &keys[0], &new.made);
    assert_int_equal(counts_of(world->store).n_damaged, 0);
    assert_int_equal(count_files(world->folder, ".smcache", NULL), 2);
    made_free(&old.made);
    made_free(&new.made);
}

/* That a name had no good map does not say so of another map; but what is known of its content does. */
static void content_goes_before_failures_of_names(void **state)
{
    struct world *world = *state;
    struct trio trio, other;

    trio_make(&trio, 1);
    trio_make(&other, 2);
    const struct smc_store_key keys[] = {trio.keys[2], trio.keys[0]};
    assert_int_equal(smc_store_put_negative(world->store, &keys[0], 1, "no", NULL), SMC_STORE_OK);
    const struct answer built = ask(world, keys, COUNT_OF(keys), &trio.made, NULL);
    assert_true(built.status == SMC_STORE_OK && built.is_made && built.outcome.is_built);
    assert_hit(world->store, &keys[0], &trio.made);
    assert_int_equal(smc_store_put_negative(world->store, &keys[1], 1, "none", NULL), SMC_STORE_OK);
    put(world->store, &keys[0], &other.made);
    const struct answer denied = ask(world, keys, COUNT_OF(keys), &trio.made, NULL);
    assert_int_equal(denied.status, SMC_STORE_NEGATIVE);
    assert_int_equal(denied.outcome.key, 1);
    assert_string_equal(denied.outcome.text, "none");
    made_free(&trio.made);
    made_free(&other.made);
}

/* What is built for keys that it does not fit is handed out, but not kept. */
static void what_is_not_of_its_key_is_not_kept(void **state)
{
    struct world *world = *state;
    struct trio a, b;

    trio_make(&a, 1);
    trio_make(&b, 2);
    const struct answer answer = ask(world, a.keys, N_KEYS, &b.made, NULL);
    assert_int_equal(answer.status, SMC_STORE_OK);
    assert_true(answer.is_made && answer.n_from_memory == 1);
    assert_int_equal(count_files(world->folder, ".key", NULL), 0);
    made_free(&a.made);
    made_free(&b.made);
}

/* An evicted file is built again, and all keys lead to it. */
static void evicted_files_are_built_again(void **state)
{
    struct world *world = *state;
    struct trio trio;
    char path[PATH_MAX];

    trio_make(&trio, 1);
    for (unsigned i = 0; i < 3; i++) {
        const struct answer answer = ask(world, trio.keys, N_KEYS, &trio.made, NULL);
        assert_true(answer.is_made && answer.outcome.is_built && answer.n_from_memory == 0);
        assert_int_equal(count_files(world->folder, ".smcache", path), 1);
        assert_int_equal(count_files(world->folder, ".key", NULL), N_KEYS);
        assert_int_equal(unlink(path), 0);
    }
    assert_miss(world->store, &trio.keys[1]);
    assert_int_equal(count_files(world->folder, ".key", NULL), N_KEYS - 1);
    assert_int_equal(counts_of(world->store).n_damaged, 0);
    made_free(&trio.made);
}

/* ---- keys without a file ---- */

static void assert_negative(const struct world *world, const struct smc_store_key *key,
                            const char *why)
{
    char text[SMC_STORE_TEXT_NBYTES] = "nothing";

    assert_int_equal(smc_store_get(world->store, key, opened_from_store, NULL, text, NULL),
                     SMC_STORE_NEGATIVE);
    assert_string_equal(text, why);
}

static void a_failure_is_remembered_for_a_while(void **state)
{
    struct world *world = *state;
    struct trio trio;

    trio_make(&trio, 1);
    struct answer answer = ask(world, trio.keys, 1, NULL, "no JSON");
    assert_int_equal(answer.status, SMC_STORE_NEGATIVE);
    assert_string_equal(answer.outcome.text, "no JSON");
    assert_true(answer.outcome.is_built);
    assert_negative(world, &trio.keys[0], "no JSON");
    answer = ask(world, trio.keys, 1, &trio.made, NULL); /* it is not tried again */
    assert_int_equal(answer.status, SMC_STORE_NEGATIVE);
    assert_string_equal(answer.outcome.text, "no JSON");
    assert_false(answer.outcome.is_built);
    age_young(world->folder, 590);
    assert_negative(world, &trio.keys[0], "no JSON");
    assert_miss(world->store, &trio.keys[1]); /* of that key alone */
    struct smc_store_key scoped = trio.keys[0];
    scoped.scope = "other";
    assert_miss(world->store, &scoped);
    assert_counts(world->store, world->folder);
    made_free(&trio.made);
}

static void and_then_it_is_tried_again(void **state)
{
    struct world *world = *state;
    struct trio trio;
    char path[PATH_MAX];

    trio_make(&trio, 1);
    (void)ask(world, trio.keys, 1, NULL, "no JSON");
    assert_int_equal(count_files(world->folder, ".key", path), 1);
    age_file(path, 601);
    assert_miss(world->store, &trio.keys[0]);
    struct answer answer = ask(world, trio.keys, 1, NULL, "still none");
    assert_true(answer.outcome.is_built);
    assert_negative(world, &trio.keys[0], "still none");
    age_file(path, 601);
    answer = ask(world, trio.keys, 1, &trio.made, NULL);
    assert_true(answer.is_made && answer.outcome.is_built);
    assert_hit(world->store, &trio.keys[0], &trio.made);
    assert_int_equal(count_files(world->folder, ".key", NULL), 1);
    assert_counts(world->store, world->folder);
    made_free(&trio.made);
}

static void gc_removes_failures_that_are_too_old(void **state)
{
    struct world *world = *state;
    struct trio trio;
    struct smc_store_gc_result result;

    trio_make(&trio, 1);
    assert_int_equal(smc_store_put_negative(world->store, trio.keys, N_KEYS, "no", NULL),
                     SMC_STORE_OK);
    assert_int_equal(smc_store_gc(world->store, NULL, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_keys, 0);
    age_young(world->folder, 700);
    assert_int_equal(smc_store_gc(world->store, NULL, &result, NULL), SMC_STORE_OK);
    assert_int_equal(result.n_keys, N_KEYS);
    assert_counts(world->store, world->folder);
    made_free(&trio.made);
}

static void a_put_replaces_a_failure(void **state)
{
    struct world *world = *state;
    struct trio trio;

    trio_make(&trio, 1);
    assert_int_equal(smc_store_put_negative(world->store, trio.keys, N_KEYS, "no", NULL),
                     SMC_STORE_OK);
    for (unsigned i = 0; i < N_KEYS; i++) {
        assert_negative(world, &trio.keys[i], "no");
    }
    put(world->store, &trio.keys[1], &trio.made);
    assert_hit(world->store, &trio.keys[1], &trio.made);
    assert_negative(world, &trio.keys[0], "no");
    /* A file goes before a failure, and it is the file of all from then on. */
    const struct smc_store_key turned[] = {trio.keys[2], trio.keys[1]};
    const struct answer answer = ask(world, turned, COUNT_OF(turned), &trio.made, NULL);
    assert_true(answer.is_made && answer.outcome.is_hit);
    assert_int_equal(answer.outcome.key, 1);
    assert_string_equal(answer.outcome.text, "");
    for (unsigned i = 1; i < N_KEYS; i++) {
        assert_hit(world->store, &trio.keys[i], &trio.made);
    }
    assert_counts(world->store, world->folder);
    made_free(&trio.made);
}

static void the_first_failure_answers(void **state)
{
    struct world *world = *state;
    struct trio trio;

    trio_make(&trio, 1);
    assert_int_equal(smc_store_put_negative(world->store, &trio.keys[1], 1, "one", NULL),
                     SMC_STORE_OK);
    assert_int_equal(smc_store_put_negative(world->store, &trio.keys[2], 1, "two", NULL),
                     SMC_STORE_OK);
    const struct answer answer = ask(world, &trio.keys[1], 2, &trio.made, NULL);
    assert_int_equal(answer.status, SMC_STORE_NEGATIVE);
    assert_int_equal(answer.outcome.key, 0);
    assert_string_equal(answer.outcome.text, "one");
    made_free(&trio.made);
}

static void without_an_age_nothing_is_remembered(void **state)
{
    struct world *world = *state;
    struct trio trio;

    open_with(world, 0);
    trio_make(&trio, 1);
    const struct answer answer = ask(world, trio.keys, 1, NULL, "no JSON");
    assert_int_equal(answer.status, SMC_STORE_NEGATIVE);
    assert_string_equal(answer.outcome.text, "no JSON");
    assert_miss(world->store, &trio.keys[0]);
    assert_int_equal(smc_store_put_negative(world->store, trio.keys, 1, "no", NULL), SMC_STORE_OK);
    assert_int_equal(count_files(world->folder, ".key", NULL), 0);
    made_free(&trio.made);
}

/* A build that fails this time is remembered by nobody. */
static void a_failure_of_the_caller_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct trio trio;

    trio_make(&trio, 1);
    assert_int_equal(ask(world, trio.keys, N_KEYS, NULL, NULL).status, SMC_STORE_E_CALLER);
    assert_miss(world->store, &trio.keys[0]);
    assert_int_equal(ask(world, trio.keys, N_KEYS, &trio.made, NULL).status, SMC_STORE_OK);
    made_free(&trio.made);
}

static void texts_are_cut(void **state)
{
    struct world *world = *state;
    struct trio trio;
    struct text why = {0};

    trio_make(&trio, 1);
    text_repeat(&why, 'w', 5000);
    assert_int_equal(smc_store_put_negative(world->store, trio.keys, 1, why.data, NULL),
                     SMC_STORE_OK);
    why.data[SMC_STORE_TEXT_NBYTES - 1] = '\0';
    assert_negative(world, &trio.keys[0], why.data);
    text_free(&why);
    made_free(&trio.made);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_build_is_found_by_all_keys),
        TEST(a_hit_links_the_other_keys),
        TEST(the_first_key_with_a_file_answers),
        TEST(content_goes_before_names),
        TEST(content_goes_before_failures_of_names),
        TEST(what_is_not_of_its_key_is_not_kept),
        TEST(evicted_files_are_built_again),
        TEST(a_failure_is_remembered_for_a_while),
        TEST(and_then_it_is_tried_again),
        TEST(gc_removes_failures_that_are_too_old),
        TEST(a_put_replaces_a_failure),
        TEST(the_first_failure_answers),
        TEST(without_an_age_nothing_is_remembered),
        TEST(a_failure_of_the_caller_is_not_remembered),
        TEST(texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
