/*
 * Texts of megabytes that are one thing over and over: the time for them is that of their length, or these tests do not
 * end in theirs. What the scanner bounds: depth, names.
 */
#include "tests/unit/hostile.h"
#include "tests/unit/scanned.h"
#include "tests/unit/support.h"

#define LONG_NBYTES 2000000
#define SHORT_NBYTES 20000 /* not too deep for anything */

static void scan_hostile(struct smc_js *js, const struct hostile *hostile, size_t nbytes,
                         int may_be_deep)
{
    size_t text_nbytes, n_times;
    uint8_t *text = hostile_text(hostile, nbytes, &text_nbytes, &n_times);

    assert_non_null(text);
    const enum smc_js_result result = smc_js_scan(js, text, text_nbytes, hostile->language);
    const char *fault = scanned_fault(js, result);
    if (fault != NULL) {
        fail_msg("%s%s: %s", hostile->before, hostile->open, fault);
    }
    assert_int_not_equal(result, SMC_JS_E_MEMORY);
    const int is_deep =
        may_be_deep && js->reason != NULL && strcmp(js->reason, "nested too deeply") == 0;
    if (hostile->n_functions != HOSTILE_ANY && !is_deep) {
        if ((result == SMC_JS_LOST) != (hostile->n_functions == HOSTILE_LOST)) {
            fail_msg("%s%s: %s at %zu of %zu", hostile->before, hostile->open,
                     result == SMC_JS_LOST ? js->reason : "followed", js->lost_at, text_nbytes);
        }
        if (hostile->n_functions > 0 && js->n_functions / n_times != (size_t)hostile->n_functions) {
            fail_msg("%s%s: %u functions of %zu", hostile->before, hostile->open, js->n_functions,
                     n_times);
        }
    }
    free(text);
}

static void scan_all(size_t nbytes, int may_be_deep)
{
    struct smc_js js = {0};

    for (unsigned i = 0; i < n_hostile_texts; i++) {
        scan_hostile(&js, &hostile_texts[i], nbytes, may_be_deep);
    }
    smc_js_free(&js);
}

static void texts_of_one_piece_are_what_they_are(void **state)
{
    (void)state;
    scan_all(SHORT_NBYTES, 0);
}

static void long_texts_take_no_longer(void **state)
{
    (void)state;
    scan_all(LONG_NBYTES, 1);
}

/* A text of one piece, `n_times`. */
static enum smc_js_result scan_nested(struct smc_js *js, size_t n_times)
{
    static const struct hostile parentheses = {SMC_JS_PLAIN, "", "(", "a", ")", "", HOSTILE_ANY};
    size_t nbytes;
    uint8_t *text = hostile_text(&parentheses, n_times * 2, &nbytes, &n_times);

    assert_non_null(text);
    const enum smc_js_result result = smc_js_scan(js, text, nbytes, SMC_JS_PLAIN);
    free(text);
    return result;
}

static void depth_has_a_limit(void **state)
{
    struct smc_js js = {0};

    (void)state;
    assert_int_equal(scan_nested(&js, 1U << 15), SMC_JS_FOLLOWED);
    assert_int_equal(scan_nested(&js, (1U << 15) + 1), SMC_JS_LOST);
    assert_string_equal(js.reason, "nested too deeply");
    smc_js_free(&js);
}

/* The name of the last function of before, then `open` n_times, then after. */
static size_t name_of_last(const char *before, const char *open, size_t n_times, const char *after,
                           char name[SMC_JS_NAME_NBYTES_MAX], size_t *last_nbytes)
{
    const struct hostile hostile = {SMC_JS_PLAIN, before, open, "", "", after, HOSTILE_ANY};
    struct smc_js js = {0};
    size_t nbytes;
    uint8_t *text = hostile_text(&hostile, n_times * strlen(open), &nbytes, &n_times);

    assert_non_null(text);
    assert_int_equal(smc_js_scan(&js, text, nbytes, SMC_JS_PLAIN), SMC_JS_FOLLOWED);
    assert_null(scanned_fault(&js, SMC_JS_FOLLOWED));
    const size_t n = smc_js_name_text(&js, js.n_functions - 1, name, last_nbytes);
    smc_js_free(&js);
    free(text);
    return n;
}

static void long_names_are_cut(void **state)
{
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last;

    (void)state;
    /* as long as can be; then the last component alone; then a part of that */
    assert_int_equal(name_of_last("x.", "a", 1022, "=()=>1", name, &last), 1024);
    assert_int_equal(last, 1022);
    assert_int_equal(name_of_last("x.", "a", 1023, "=()=>1", name, &last), 0); /* of no left side */
    assert_int_equal(name_of_last("x={", "a", 1021, ":{m(){}}}", name, &last), 1);
    assert_int_equal(last, 1);
    assert_int_equal(name_of_last("x={", "a", 1020, ":{m(){}}}", name, &last), 1024);
    assert_int_equal(last, 1);
    assert_int_equal(name_of_last("function ", "a", 1025, "(){}", name, &last), 1024);
    assert_int_equal(last, 1024);
    /* between characters */
    assert_int_equal(name_of_last("function ", "\xe6\x97\xa5", 400, "(){}", name, &last), 1023);
    assert_int_equal(last, 1023);
}

static void names_that_are_no_utf8_are_mended(void **state)
{
    static const struct {
        const char *identifier, *name;
    } rows[] = {{"a\xff", "a\xef\xbf\xbd"},
                {"\xe6\x97", "\xef\xbf\xbd\xef\xbf\xbd"},
                {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
                {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
                {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
                {"\xf0\x9f\x9b\x92", "\xf0\x9f\x9b\x92"}};
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const size_t n = name_of_last("function ", rows[i].identifier, 1, "(){}", name, &last);
        assert_int_equal(n, strlen(rows[i].name));
        assert_memory_equal(name, rows[i].name, n);
        assert_int_equal(last, n);
    }
}

/* The outermost components are left out. */
static void names_have_so_many_components(void **state)
{
    static const struct hostile nested = {SMC_JS_PLAIN, "x={", "a:{", "m(){}", "}", "}", 0};
    struct smc_js js = {0};
    struct smc_js_piece pieces[SMC_JS_PIECES_MAX];
    unsigned last;

    (void)state;
    for (size_t n_times = SMC_JS_PARTS_MAX - 3; n_times < SMC_JS_PARTS_MAX + 3; n_times++) {
        size_t nbytes, n;
        uint8_t *text = hostile_text(&nested, n_times * 4, &nbytes, &n);
        assert_non_null(text);
        assert_int_equal(smc_js_scan(&js, text, nbytes, SMC_JS_PLAIN), SMC_JS_FOLLOWED);
        const unsigned n_pieces = smc_js_name(&js, 0, pieces, &last);
        const unsigned n_parts =
            n_times + 2 < SMC_JS_PARTS_MAX ? (unsigned)n_times + 2 : SMC_JS_PARTS_MAX;
        assert_int_equal(n_pieces, 2 * n_parts - 1); /* with the dots between them */
        assert_int_equal(last, n_pieces - 1);
        free(text);
    }
    smc_js_free(&js);
}

/* So many brackets around a function are looked at: what is outside of them does not name it. */
static void names_are_looked_for_so_far(void **state)
{
    static const struct hostile nested = {SMC_JS_PLAIN, "var v=", "[", "()=>1", "]", "", 0};
    struct smc_js js = {0};
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last;

    (void)state;
    for (size_t n_times = 250; n_times < 260; n_times++) {
        size_t nbytes, n;
        uint8_t *text = hostile_text(&nested, n_times * 2, &nbytes, &n);
        assert_non_null(text);
        assert_int_equal(smc_js_scan(&js, text, nbytes, SMC_JS_PLAIN), SMC_JS_FOLLOWED);
        assert_int_equal(smc_js_name_text(&js, 0, name, &last), n_times <= 256);
        free(text);
    }
    smc_js_free(&js);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_one_piece_are_what_they_are),
        cmocka_unit_test(long_texts_take_no_longer),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(names_that_are_no_utf8_are_mended),
        cmocka_unit_test(names_have_so_many_components),
        cmocka_unit_test(names_are_looked_for_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
