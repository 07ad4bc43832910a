/*
 * Names of functions as maps have them: their last component, and what they mean.
 */
#include "tests/unit/support.h"

#include "src/build/function_name.h"

static void last_components(void **state)
{
    static const struct {
        const char *name, *last;
    } cases[] = {
        {"f", "f"},
        {"Foo.bar", "bar"},
        {"Foo#bar", "bar"},
        {"a.b#c", "c"},
        {"a#b.c", "c"},
        {"ids.slice.map$argument_0", "map$argument_0"},
        {"Foo#get__x", "get__x"},
        /* Private names. */
        {"#x", "#x"},
        {"Foo.#x", "#x"},
        {"Foo##x", "#x"},
        {"a.b.#x", "#x"},
        {"this.#x.y", "y"},
        /* Words in front of a name that are none of it. */
        {"get x", "x"},
        {"set x", "x"},
        {"new Foo", "Foo"},
        {"get Foo.bar", "bar"},
        {"Foo.get bar", "bar"},
        {"get ", "get "},
        {"get", "get"},
        {"getter x", "getter x"},
        {"async x", "async x"},
        {"get get x", "get x"},
        /* What is in brackets or quotes is one piece. */
        {"Foo.<computed>", "<computed>"},
        {"Foo.<a.b>", "<a.b>"},
        {"Foo.<a.<b.c>.d>", "<a.<b.c>.d>"},
        {"<object>.foo", "foo"},
        {"Foo<a.b>.bar", "bar"},
        {"x.<\"a.b>\">", "<\"a.b>\">"},
        {"foo[\"a.b\"]", "foo[\"a.b\"]"},
        {"foo.bar['x.y']", "bar['x.y']"},
        {"foo[\"a\\\".b\"].y", "y"},
        {"x.`a.b`", "`a.b`"},
        /* Never closed, or never opened, they are characters. */
        {"<a.b", "b"},
        {"x.<a.b#c", "c"},
        {"a>b.c", "c"},
        {"don.'t", "'t"},
        {"it's.x.y", "y"},
        {"\"a.b\\", "b\\"},
        /* Dots that split nothing from nothing. */
        {"Foo.", "Foo."},
        {"Foo#", "Foo#"},
        {"a.b.", "b."},
        {".", "."},
        {"#", "#"},
        {".f", "f"},
        {"a..f", "f"},
        {"a.\xc3\xa9", "\xc3\xa9"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const size_t nbytes = strlen(cases[i].name);
        struct guarded name = guarded_copy(cases[i].name, nbytes, GUARD_AFTER);
        const size_t last = smc_name_last_nbytes(name.bytes, nbytes);
        assert_in_range(last, 0, nbytes);
        assert_string_equal(cases[i].name + nbytes - last, cases[i].last);
        guarded_free(&name);
    }
}

static void assert_kind(const char *name, unsigned kind)
{
    struct smc_function_table table = {0};
    const uint32_t id =
        smc_function_of_name(&table, (const uint8_t *)name, strlen(name), SMCF_NAME_SCOPES);
    const struct smc_function_fields fields = smc_function_table_get(&table, id);

    assert_int_equal(fields.kind, kind);
    assert_int_equal(fields.origin, SMCF_NAME_SCOPES);
    assert_int_equal(fields.nbytes, kind == SMCF_FUNCTION_NAMED ? strlen(name) : 0);
    smc_function_table_free(&table);
}

static void kinds(void **state)
{
    (void)state;
    assert_kind("", SMCF_FUNCTION_ANONYMOUS);
    assert_kind("<anonymous>", SMCF_FUNCTION_ANONYMOUS);
    assert_kind("<global>", SMCF_FUNCTION_TOP_LEVEL);
    assert_kind("<top-level>", SMCF_FUNCTION_TOP_LEVEL);
    assert_kind("global", SMCF_FUNCTION_NAMED);
    assert_kind("<global", SMCF_FUNCTION_NAMED);
    assert_kind("Foo.<anonymous>", SMCF_FUNCTION_NAMED);
    assert_kind("<ANONYMOUS>", SMCF_FUNCTION_NAMED);
}

static void assert_scanned(struct smc_function_table *table, uint64_t *room, const char *name,
                           size_t last_nbytes, const char *wanted)
{
    const uint32_t id = smc_function_of_scan(table, room, (const uint8_t *)name, strlen(name),
                                             last_nbytes, SMCF_NAME_ORIGINAL);
    const struct smc_function_fields fields = smc_function_table_get(table, id);

    assert_int_equal(fields.nbytes, strlen(wanted));
    assert_memory_equal(fields.name, wanted, strlen(wanted));
    assert_int_equal(fields.last_nbytes, last_nbytes);
    assert_int_equal(fields.kind, SMCF_FUNCTION_NAMED);
    assert_int_equal(fields.origin, SMCF_NAME_ORIGINAL);
}

/* A name for which there is no room is its last component, and takes none. */
static void room_for_names(void **state)
{
    struct smc_function_table table = {0};
    uint64_t room = smc_name_room(2);

    (void)state;
    assert_int_equal(room, 16);
    assert_scanned(&table, &room, "Cart.total", 5, "Cart.total");
    assert_int_equal(room, 6);
    assert_scanned(&table, &room, "new Cart", 4, "Cart");
    assert_scanned(&table, &room, "a.total", 5, "total");
    assert_int_equal(room, 6);
    assert_scanned(&table, &room, "a.pay!", 4, "a.pay!");
    assert_int_equal(room, 0);
    assert_scanned(&table, &room, "f", 1, "f");
    smc_function_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_components),
        cmocka_unit_test(kinds),
        cmocka_unit_test(room_for_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
