/*
 * Memory that runs out while a text is scanned: each allocation fails once in turn. The scanner says so, has no functions,
 * and goes on working.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/scanned.h"
#include "tests/unit/support.h"

#define DEPTH 2000 /* of what is nested: more than there is room for at first */

/* Text that needs all memory there is: frames, nodes, functions, the brackets of types. */
static struct text needy_text(void)
{
    struct text text = {0};

    text_puts(&text, "let x: ");
    text_repeat(&text, '[', DEPTH);
    text_puts(&text, "T");
    text_repeat(&text, ']', DEPTH);
    text_puts(&text, " = ");
    for (unsigned i = 0; i < DEPTH; i++) {
        text_puts(&text, "{a: [class{m(){}}, () => ");
    }
    text_puts(&text, "1");
    for (unsigned i = 0; i < DEPTH; i++) {
        text_puts(&text, "]}");
    }
    text_add(&text, "", 1);
    text_repeat(&text, '\0', SMC_JS_PADDING);
    text.nbytes -= SMC_JS_PADDING + 1;
    return text;
}

static enum smc_js_result scan(struct smc_js *js, const struct text *text, size_t fail_at)
{
    hook.n_calls = 0;
    hook.fail_at = fail_at;
    const enum smc_js_result result =
        smc_js_scan(js, (const uint8_t *)text->data, text->nbytes, SMC_JS_TYPED);
    hook.fail_at = 0;
    return result;
}

static void check(const struct smc_js *js, enum smc_js_result result)
{
    const char *fault = scanned_fault(js, result);

    if (fault != NULL) {
        fail_msg("%s", fault);
    }
}

/* A new scanner each time. */
static void each_allocation_may_fail(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct text text = needy_text();
    const size_t n_live = hook.n_live;
    size_t n = 0;
    enum smc_js_result result;

    do {
        struct smc_js js = {0};
        result = scan(&js, &text, ++n);
        const int has_failed = hook.n_calls >= n;
        assert_int_equal(result, has_failed ? SMC_JS_E_MEMORY : SMC_JS_FOLLOWED);
        check(&js, result);
        smc_js_free(&js);
        assert_int_equal(hook.n_live, n_live);
    } while (result == SMC_JS_E_MEMORY);
    assert_in_range(n, 10, 1000);
    text_free(&text);
}

/* The same one again, with what it has got so far. */
static void a_scanner_goes_on_after_a_failure(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    struct text text = needy_text();
    struct smc_js js = {0};
    unsigned n_failures = 0;

    while (scan(&js, &text, 2) == SMC_JS_E_MEMORY) {
        check(&js, SMC_JS_E_MEMORY);
        assert_in_range(++n_failures, 1, 1000);
    }
    check(&js, SMC_JS_FOLLOWED);
    assert_in_range(n_failures, 5, 1000);
    assert_int_equal(js.n_functions, 3 * DEPTH);
    assert_int_equal(scan(&js, &text, 1), SMC_JS_FOLLOWED);
    smc_js_free(&js);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_scanner_goes_on_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
