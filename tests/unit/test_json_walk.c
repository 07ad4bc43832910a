/*
 * Walking over JSON text that has passed the check: members, elements, strings, integers.
 */
#include "src/base/cpu.h"
#include "src/json/json.h"
#include "tests/unit/support.h"

/* What has been checked last. */
static struct smc_json_text checked;

static int free_checked(void **state)
{
    (void)state;
    smc_json_text_free(&checked);
    return 0;
}

static struct smc_json check_bytes(const void *bytes, size_t nbytes)
{
    struct smc_json_error error = {"", NULL};
    struct smc_json root = {.type = SMC_JSON_ABSENT};

    smc_json_text_free(&checked);
    assert_int_equal(smc_json_check(&checked, bytes, nbytes, 0, &root, &error), 0);
    return root;
}

static struct smc_json check_root(const char *text)
{
    return check_bytes(text, strlen(text));
}

static void assert_json(const struct smc_json *value, enum smc_json_type type, const char *text)
{
    assert_int_equal(value->type, type);
    assert_int_equal(value->end - value->start, strlen(text));
    assert_memory_equal(value->start, text, strlen(text));
}

static void walks_elements(void **state)
{
    static const struct {
        enum smc_json_type type;
        const char *text;
    } wanted[] = {
        {SMC_JSON_NUMBER, "-1.5E+7"},     {SMC_JSON_STRING, "\"a\\\"]\\\\\""},
        {SMC_JSON_ARRAY, "[ [1],\"]\"]"}, {SMC_JSON_OBJECT, "{\"}\":{} }"},
        {SMC_JSON_TRUE, "true"},          {SMC_JSON_FALSE, "false"},
        {SMC_JSON_NULL, "null"},          {SMC_JSON_ARRAY, "[]"},
        {SMC_JSON_NUMBER, "0"},
    };
    struct smc_json root = check_root("\xef\xbb\xbf \n[-1.5E+7 ,\"a\\\"]\\\\\",[ [1],\"]\"]\t, "
                                      "{\"}\":{} },true,false\r, null , [],0 ] ");
    struct smc_json_walk walk = smc_json_walk(&root);
    struct smc_json element;

    (void)state;
    assert_int_equal(root.type, SMC_JSON_ARRAY);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_int_equal(smc_json_next_element(&walk, &element), 1);
        assert_json(&element, wanted[i].type, wanted[i].text);
    }
    assert_int_equal(smc_json_next_element(&walk, &element), 0);

    root = check_root("[ ]");
    walk = smc_json_walk(&root);
    assert_int_equal(smc_json_next_element(&walk, &element), 0);
}

static void walks_members(void **state)
{
    struct smc_json root = check_root("{ \"a\" :1, \"a\":\"2\" ,\"\":[{\"x\":0}],\"q\\\"\": {}}");
    struct smc_json_walk walk = smc_json_walk(&root);
    struct smc_json key, value;

    (void)state;
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 1);
    assert_json(&key, SMC_JSON_STRING, "\"a\"");
    assert_json(&value, SMC_JSON_NUMBER, "1");
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 1);
    assert_json(&value, SMC_JSON_STRING, "\"2\"");
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 1);
    assert_json(&key, SMC_JSON_STRING, "\"\"");
    assert_json(&value, SMC_JSON_ARRAY, "[{\"x\":0}]");
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 1);
    assert_json(&key, SMC_JSON_STRING, "\"q\\\"\"");
    assert_json(&value, SMC_JSON_OBJECT, "{}");
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 0);

    root = check_root("{}");
    walk = smc_json_walk(&root);
    assert_int_equal(smc_json_next_member(&walk, &key, &value), 0);
}

/* ---- long values, whose ends have been recorded ---- */

/* A random document, and the values in it, keys too, in the order of their starts. */
struct document {
    struct rng rng;
    struct text text;
    struct place {
        size_t start, end;
    } places[20000];
    size_t n;
    const uint8_t *bytes; /* a copy of the text */
};

static void put_string(struct document *d)
{
    static const size_t borders[] = {SMC_JSON_LONG_NBYTES - 3, SMC_JSON_LONG_NBYTES - 2, 3000};
    size_t length = rng_below(&d->rng, 40);

    if (rng_below(&d->rng, 8) == 0) {
        length = borders[rng_below(&d->rng, COUNT_OF(borders))];
    }
    text_puts(&d->text, "\"");
    for (size_t i = 0; i < length; i++) {
        text_puts(&d->text, rng_below(&d->rng, 20) != 0 ? "s" : i % 2 == 0 ? "\\\"" : "\\\\");
    }
    text_puts(&d->text, "\"");
}

static void put_value(struct document *d, unsigned depth, int is_key)
{
    size_t own = d->n++;
    uint32_t kind = is_key ? 0 : rng_below(&d->rng, depth < 90 ? 7 : 3);

    assert_true(d->n < COUNT_OF(d->places));
    d->places[own].start = d->text.nbytes;
    if (kind < 2) {
        put_string(d);
    } else if (kind == 2) {
        text_puts(&d->text, "-12.5e+3");
    } else {
        const int is_object = kind == 3;
        /* Now and then a chain of containers, deeper than what is recorded. */
        const int is_chain = depth > 0 && kind > 4;
        text_puts(&d->text, is_object ? "{ " : "[ ");
        for (uint32_t n = is_chain ? 1 : rng_below(&d->rng, depth < 3 ? 9 : 2); n > 0; n--) {
            if (is_object) {
                put_value(d, depth, 1);
                text_puts(&d->text, " :");
            }
            put_value(d, depth + 1, 0);
            text_puts(&d->text, n > 1 ? ", " : " ");
        }
        text_puts(&d->text, is_object ? "}" : "]");
    }
    d->places[own].end = d->text.nbytes;
}

/* Spans are of values, sorted, and of all long strings at least. */
static void check_spans(const struct document *d)
{
    const struct smc_json_span *spans = (const void *)checked.spans.data;
    const size_t n_spans = checked.spans.nbytes / sizeof *spans;
    size_t n = 0;

    for (size_t i = 0; i < d->n; i++) {
        const struct place *place = &d->places[i];
        if (n < n_spans && spans[n].start == d->bytes + place->start) {
            assert_ptr_equal(spans[n].end, d->bytes + place->end);
            n++;
        } else {
            assert_true(d->bytes[place->start] != '"' ||
                        place->end - place->start < SMC_JSON_LONG_NBYTES);
        }
    }
    assert_int_equal(n, n_spans);
}

/* What the walk says of itself. */
static void check_walk(const struct smc_json_walk *walk)
{
    const struct smc_json_span *spans = (const void *)checked.spans.data;
    const size_t n_spans = checked.spans.nbytes / sizeof *spans;

    assert_true(walk->span <= n_spans);
    assert_true(walk->span == 0 || spans[walk->span - 1].start < walk->next);
    assert_true(walk->span == n_spans || spans[walk->span].start >= walk->next);
}

/* Walks over everything below a value, as far as to `depth`, and over the rest by skipping it. */
static void check_places(const struct document *d, size_t *n, const struct smc_json *value,
                         unsigned depth)
{
    const uint8_t *text = d->bytes;
    struct smc_json key, inner;

    assert_true(*n < d->n);
    assert_int_equal(value->start - text, d->places[*n].start);
    assert_int_equal(value->end - text, d->places[*n].end);
    ++*n;
    if (depth == 0 || (value->type != SMC_JSON_OBJECT && value->type != SMC_JSON_ARRAY)) {
        while (*n < d->n && d->places[*n].start < (size_t)(value->end - text)) {
            ++*n;
        }
        return;
    }
    struct smc_json_walk walk = smc_json_walk(value);
    if (value->type == SMC_JSON_OBJECT) {
        while (smc_json_next_member(&walk, &key, &inner)) {
            check_walk(&walk);
            check_places(d, n, &key, 0);
            check_places(d, n, &inner, depth - 1);
        }
    } else {
        while (smc_json_next_element(&walk, &inner)) {
            check_walk(&walk);
            check_places(d, n, &inner, depth - 1);
        }
    }
}

static void finds_the_ends_of_long_values(void **state)
{
    static struct document d;
    size_t n_spans = 0;

    (void)state;
    d.rng.state = 11;
    for (int round = 0; round < 2000; round++) {
        const enum smc_cpu_level level = round % 2 == 0 ? SMC_CPU_SCALAR : SMC_CPU_BASELINE;
        smc_cpu_set_limit(level);
        d.n = 0;
        put_value(&d, 0, 0);
        /* No byte after the text is read. */
        struct guarded copy = guarded_copy(d.text.data, d.text.nbytes, GUARD_AFTER);
        struct smc_json root = check_bytes(copy.bytes, copy.nbytes);
        n_spans += checked.spans.nbytes / sizeof(struct smc_json_span);
        assert_int_equal(checked.level, smc_cpu_level()); /* so walks have this form, too */
        d.bytes = copy.bytes;
        check_spans(&d);
        for (unsigned depth = 0; depth < 100; depth += 1 + depth / 2) {
            size_t n = 0;
            check_places(&d, &n, &root, depth);
            assert_int_equal(n, d.n);
        }
        guarded_free(&copy);
        text_free(&d.text);
    }
    assert_in_range(n_spans, 2000, SIZE_MAX);
    smc_cpu_set_limit(SMC_CPU_AVX2);
}

/* Whether the string of `n` letters is plain, with `odd` among them at a place, or without; `behind` follows it. */
static void check_plain(size_t n, const char *odd, size_t at, const char *behind, int wanted)
{
    struct text text = {0};

    text_puts(&text, "[\"");
    text_repeat(&text, 'a', at);
    text_puts(&text, odd);
    text_repeat(&text, 'a', n - at);
    text_puts(&text, "\"");
    text_puts(&text, behind);
    for (enum smc_cpu_level level = SMC_CPU_SCALAR; level <= SMC_CPU_BASELINE; level++) {
        struct guarded copy = guarded_copy(text.data, text.nbytes, GUARD_AFTER);
        smc_cpu_set_limit(level);
        struct smc_json root = check_bytes(copy.bytes, copy.nbytes), element;
        struct smc_json_walk walk = smc_json_walk(&root);
        assert_int_equal(smc_json_next_element(&walk, &element), 1);
        assert_int_equal(smc_json_is_plain(&element), wanted);
        element.text = NULL; /* of no checked text */
        assert_int_equal(smc_json_is_plain(&element), wanted);
        guarded_free(&copy);
    }
    smc_cpu_set_limit(SMC_CPU_AVX2);
    text_free(&text);
}

static void finds_plain_strings(void **state)
{
    static const char *const odd[] = {"\\n", "\\\\", "\\u0041", "\xc3\xa9", "\x80"};
    static const char *const behind[] = {"]", ",\"\\n\xc3\xa9\"]",
                                         ", \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]"};

    (void)state;
    for (size_t n = 0; n < 70; n++) {
        for (size_t b = 0; b < COUNT_OF(behind); b++) {
            check_plain(n, "", 0, behind[b], 1);
            check_plain(n, "\x7f ~[/", n, behind[b], 1);
            for (size_t at = 0; at <= n; at += 1 + n / 8) {
                check_plain(n, odd[(n + at) % COUNT_OF(odd)], at, behind[b], 0);
            }
            check_plain(n, odd[n % COUNT_OF(odd)], n, behind[b], 0);
        }
    }
}

static void compares_after_unescaping(void **state)
{
    (void)state;
    struct smc_json string = check_root("\"m\\u0061\\u0070pings\"");
    assert_true(smc_json_equals(&string, "mappings"));
    assert_false(smc_json_equals(&string, "mapping"));
    assert_false(smc_json_equals(&string, "mappingss"));
    string = check_root("\"\"");
    assert_true(smc_json_equals(&string, ""));
    string = check_root("\"file\\u0000\"");
    assert_false(smc_json_equals(&string, "file"));
    /* A key that is longer than any that is looked for, but begins like it. */
    string = check_root("\"file_______________________________________________________________"
                        "_____________________________________________________________________\"");
    assert_false(smc_json_equals(&string, "file"));
}

static void integers_by_value(void **state)
{
    enum { NONE = -1 };
    static const struct {
        const char *text;
        int64_t integer;
    } rows[] = {
        {"3", 3},
        {"3.0", 3},
        {"3.000", 3},
        {"3e0", 3},
        {"3E+0", 3},
        {"3e-0", 3},
        {"30e-1", 3},
        {"300.00e-2", 3},
        {"0.3e1", 3},
        {"0.0003E4", 3},
        {"0.03e00000000000000000000000002", 3},
        {"3000000000000e-12", 3},
        {"100000000000000000000000000000000000000000e-41", 1},
        {"1000000000000000000000000000000000000000000.00e-41", 10},
        {"3.1", NONE},
        {"3.01", NONE},
        {"2.9999", NONE},
        {"-3", NONE},
        {"-3.0e0", NONE},
        {"-1e-400", 0},
        {"33", 33},
        {"3e1", 30},
        {"3e-1", NONE},
        {"3e99999999999999999999", NONE},
        {"3e-99999999999999999999", 0},
        {"3000000000001e-12", NONE},
        {"100000000000000000000000000000000000000001e-41", 1},
        {"1e400", NONE},
        {"12345678901234567890.5", SMC_JSON_INTEGER_MAX},
        {"12345678901234567890.0", SMC_JSON_INTEGER_MAX},
        {"0", 0},
        {"-0", 0},
        {"-0.0e7", 0},
        {"0.00", 0},
        {"0e99999999999999999999", 0},
        {"0.0000000000000000000000000000001", NONE},
        {"2147483648", INT64_C(1) << 31},
        {"429496729500e-2", UINT32_MAX},
        {"4294967299", (INT64_C(1) << 32) + 3},
        {"999999999999", INT64_C(999999999999)},
        {"1000000000000", INT64_C(1000000000000)},
        {"9999999999999", SMC_JSON_INTEGER_MAX},
        {"1099511627775", SMC_JSON_INTEGER_MAX - 1},
        {"1099511627776", SMC_JSON_INTEGER_MAX},
        {"1099511627777", SMC_JSON_INTEGER_MAX},
        {"18446744073709551619", SMC_JSON_INTEGER_MAX}, /* 2^64 + 3 */
        {"1099511627776.5", NONE},
        {"9007199254740991.5", SMC_JSON_INTEGER_MAX}, /* 2^53 */
        {"1.7976931348623158e308", SMC_JSON_INTEGER_MAX},
        {"1.7976931348623159e308", NONE},
        {"-1.7976931348623159e308", NONE},
        /* The doubles beside 3 are 2^-51 away, the one below 1 2^-53; halfway goes to the even one. */
        {"3.0000000000000002220446049250313080847263336181640625", 3},
        {"3.0000000000000002220446049250313080847263336181640626", NONE},
        {"0.99999999999999994448884876874217297881841659545898437", NONE},
        {"0.999999999999999944488848768742172978818416595458984375", 1},
        {"2.9999999999999999", 3},
        {"2.47e-324", 0},
        {"2.48e-324", NONE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct smc_json number = check_root(rows[i].text);
        int64_t integer = 77;
        int64_t found = smc_json_integer(&number, &integer) == 0 ? integer : NONE;
        if (found != rows[i].integer) {
            fail_msg("%s is %lld: not %lld", rows[i].text, (long long)rows[i].integer,
                     (long long)found);
        }
    }
}

/* However many digits there are, and wherever the one that makes the difference is. */
static void integers_of_many_digits(void **state)
{
    static const char tie[] = "3.0000000000000002220446049250313080847263336181640625";
    static const size_t zeros[] = {0, 1, 700, 745, 746, 747, 748, 800, 5000, 100000};
    int64_t integer;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(zeros); i++) {
        struct text number = {0};
        text_puts(&number, tie);
        text_repeat(&number, '0', zeros[i]);
        struct smc_json json = check_root(number.data);
        assert_int_equal(smc_json_integer(&json, &integer), 0);
        assert_int_equal(integer, 3);
        text_puts(&number, "1");
        json = check_root(number.data);
        assert_int_equal(smc_json_integer(&json, &integer), -1);
        text_free(&number);

        text_puts(&number, "0.");
        text_repeat(&number, '0', zeros[i]);
        text_puts(&number, "7e");
        text_number(&number, zeros[i] + 1);
        json = check_root(number.data);
        assert_int_equal(smc_json_integer(&json, &integer), 0);
        assert_int_equal(integer, 7);
        text_free(&number);

        text_puts(&number, "7");
        text_repeat(&number, '0', zeros[i]);
        text_puts(&number, "e-");
        text_number(&number, zeros[i]);
        json = check_root(number.data);
        assert_int_equal(smc_json_integer(&json, &integer), 0);
        assert_int_equal(integer, 7);
        text_free(&number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_elements),
        cmocka_unit_test(walks_members),
        cmocka_unit_test(finds_the_ends_of_long_values),
        cmocka_unit_test(finds_plain_strings),
        cmocka_unit_test(compares_after_unescaping),
        cmocka_unit_test(integers_by_value),
        cmocka_unit_test(integers_of_many_digits),
    };
    return cmocka_run_group_tests(tests, NULL, free_checked);
}
