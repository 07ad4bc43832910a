/*
 * Outlines by the contents of sources: languages by names, texts that cannot be followed, JSON strings, memory.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/outline_run.h"

#include "src/build/content_outlines.h"

struct run {
    struct smc_content_scanner scanner;
    struct smc_function_table table;
    struct smc_outline outline;
};

static void run_free(struct run *run)
{
    smc_outline_free(&run->outline);
    smc_content_scanner_free(&run->scanner);
    smc_function_table_free(&run->table);
}

/* Memory that ends with the text and its padding. */
static int scan(struct run *run, const char *text, const char *name)
{
    const size_t nbytes = strlen(text), name_nbytes = name == NULL ? 0 : strlen(name);
    struct guarded copy = guarded_new(nbytes + SMC_JS_PADDING, GUARD_AFTER);

    memcpy(copy.bytes, text, nbytes);
    memset(copy.bytes + nbytes, 0, SMC_JS_PADDING);
    run->scanner.table = &run->table;
    smc_outline_free(&run->outline);
    const int status = smc_content_outline(&run->scanner, copy.bytes, nbytes, (const uint8_t *)name,
                                           name_nbytes, &run->outline);
    guarded_free(&copy);
    return status;
}

static void assert_run(const struct run *run, const char *wanted)
{
    struct text text = outline_text(&run->outline, &run->table);

    assert_string_equal(text.data, wanted);
    text_free(&text);
}

static void assert_content(const char *text, const char *name, const char *wanted)
{
    struct run run = {0};

    assert_int_equal(scan(&run, text, name), 0);
    assert_run(&run, wanted);
    run_free(&run);
}

/* ---- texts ---- */

static void functions_of_a_text(void **state)
{
    (void)state;
    assert_content("", "a.js", "0:0=o^");
    assert_content("f();", "a.js", "0:0=o^");
    assert_content("function f(){}\nf()", "a.js", "0:0=o:f 0:14=o^");
    assert_content("\n  function f(){}", "a.js", "0:0=o^ 1:2=o:f 1:16=o^");
    assert_content("class A{b(){c(()=>{})}}", "a.js",
                   "0:0=o:new |A 0:8=o:A.|b 0:14=o? 0:20=o:A.|b 0:22=o:new |A 0:23=o^");
    /* Neighbours of one name are one stretch. */
    assert_content("(()=>{})(()=>{})", "a.js", "0:0=o^ 0:1=o? 0:7=o^ 0:9=o? 0:15=o^");
    assert_content("a=()=>{};a=()=>{}", "a.js", "0:0=o^ 0:2=o:a 0:8=o^ 0:11=o:a 0:17=o^");
    assert_content("\"\xf0\x9f\x9b\x92\";function \xc3\xbc(){}", "a.js",
                   "0:0=o^ 0:5=o:\xc3\xbc 0:19=o^");
    assert_content("\xef\xbb\xbf"
                   "function f(){}\r\n\xe2\x80\xa8"
                   "function g(){}",
                   "a.js", "0:0=o^ 0:1=o:f 0:15=o^ 2:0=o:g 2:14=o^");
}

#define TYPED "function f<T>(a: T): void {}"
#define TYPED_OUTLINE "0:0=o:f 0:28=o^"
#define CAST "let a = <T>b; " TYPED /* not with JSX */
#define CAST_OUTLINE "0:0=o^ 0:14=o:f 0:42=o^"
#define ELEMENT "let a = <b>{() => c}</b>" /* JSX */
#define ELEMENT_OUTLINE "0:0=o^ 0:12=o:a 0:19=o^"

static void languages(void **state)
{
    static const struct {
        const char *name, *typed, *cast, *element;
    } cases[] = {
        {"a.ts", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.mts", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.cts", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.d.ts", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.tsx", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        /* Whatever may be JavaScript is taken for that, and if it is not, for TypeScript. */
        {"a.js", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a.mjs", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a.jsx", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a.unknown", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {NULL, TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"webpack://app/./a.ts?1f2e", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.ts#x", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"a.ts/b", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {".ts", TYPED_OUTLINE, CAST_OUTLINE, ""},
        {"ts", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a.TS", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
        {"a.css", "", "", ""},
        {"a.scss", "", "", ""},
        {"a.json", "", "", ""},
        {"a.vue", "", "", ""},
        {"webpack:///a.vue?type=script&lang.ts", "", "", ""},
        {"a.html", "", "", ""},
        {"a.wasm", "", "", ""},
        {"a.css.js", TYPED_OUTLINE, "", ELEMENT_OUTLINE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_content(TYPED, cases[i].name, cases[i].typed);
        assert_content(CAST, cases[i].name, cases[i].cast);
        assert_content(ELEMENT, cases[i].name, cases[i].element);
    }
}

/* Nothing is guessed: one that cannot be followed to its end says nothing of its start either. */
static void lost_texts(void **state)
{
    static const char *const texts[] = {"function f(){} function g( {",
                                        "function f(){}}",
                                        "function f(){",
                                        "a = `${",
                                        "a = \"\n\"",
                                        "<!DOCTYPE html>"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_content(texts[i], "a.js", "");
        assert_content(texts[i], "a.ts", "");
    }
}

/* One scanner after another: nothing is left of a text in the next one. */
static void a_scanner_is_used_again(void **state)
{
    static const struct {
        const char *text, *name, *wanted;
    } cases[] = {
        {"function f(){}function g(){}", "a.js", "0:0=o:f 0:14=o:g 0:28=o^"},
        {"", "b.js", "0:0=o^"},
        {"class {{", "c.js", ""},
        {TYPED, "d.js", TYPED_OUTLINE},
        {"function f(){}", "e.css", ""},
        {"let x", "f.ts", "0:0=o^"},
        {"function f(){}function g(){}", "g.js", "0:0=o:f 0:14=o:g 0:28=o^"},
    };
    struct run run = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(scan(&run, cases[i].text, cases[i].name), 0);
        assert_run(&run, cases[i].wanted);
    }
    assert_int_equal(run.table.functions.n, 3); /* the same ones each time: f, g, the top level */
    run_free(&run);
}

#define N_MEMBERS 20000
#define RATIO_MAX 16

/* Functions of a few bytes each, with names of hundreds that they share: what is kept of them is linear in the text. */
static void short_functions_with_long_names(void **state)
{
    struct text text = text_with_long_names(N_MEMBERS);
    struct run run = {0};

    (void)state;
    assert_int_equal(scan(&run, text.data, "a.js"), 0);
    assert_int_equal(run.scanner.js.n_functions, N_MEMBERS);
    assert_int_equal(run.table.functions.n, N_MEMBERS + 1); /* the top level */
    assert_in_range(run.table.functions.bytes.nbytes, 0, RATIO_MAX * text.nbytes);
    run_free(&run);
    text_free(&text);
}

/* ---- JSON strings ---- */

static void scan_json(struct run *run, const char *json, const char *name, const char *wanted)
{
    struct guarded copy = guarded_copy(json, strlen(json), GUARD_AFTER);
    struct smc_json_text text;
    struct smc_json_error error;
    struct smc_json root;

    assert_int_equal(smc_json_check(&text, copy.bytes, copy.nbytes, 0, &root, &error), 0);
    run->scanner.table = &run->table;
    assert_int_equal(smc_content_outline_json(&run->scanner, &root, (const uint8_t *)name,
                                              strlen(name), &run->outline),
                     0);
    assert_run(run, wanted);
    smc_outline_free(&run->outline);
    smc_json_text_free(&text);
    guarded_free(&copy);
}

static void assert_json(const char *json, const char *name, const char *wanted)
{
    struct run run = {0};

    scan_json(&run, json, name, wanted);
    run_free(&run);
}

/* What is behind a text in memory, of the one before, is no part of it. */
static void a_short_string_after_a_long_one(void **state)
{
    struct run run = {0};

    (void)state;
    scan_json(&run, "\"f=()=>abcdefgh\"", "a.js", "0:0=o^ 0:2=o:f 0:14=o^");
    scan_json(&run, "\"f=()=>abc\"", "a.js", "0:0=o^ 0:2=o:f 0:9=o^");
    run_free(&run);
}

static void json_strings(void **state)
{
    (void)state;
    assert_json("\"\"", "a.js", "0:0=o^");
    assert_json("\"function f(){}\"", "a.js", "0:0=o:f 0:14=o^");
    assert_json("\"\\u0066unction f(){}\\n\\tf()\"", "a.js", "0:0=o:f 0:14=o^");
    assert_json("\"/*\\ud83d\\uded2*/function \\u00fc(){}\"", "a.js",
                "0:0=o^ 0:6=o:\xc3\xbc 0:20=o^");
    assert_json("\"/*\\ud83d*/function f(){}\"", "a.js",
                "0:0=o^ 0:5=o:f 0:19=o^"); /* half of a character is one unit */
    assert_json("\"/*\\u0000*/function f(){}\"", "a.js", "0:0=o^ 0:5=o:f 0:19=o^");
    assert_json("\"\\u2028function f(){}\"", "a.js", "0:0=o^ 1:0=o:f 1:14=o^");
    assert_json("\"function f(){}\"", "a.css", "");
    assert_json("\"function f( {\"", "a.js", "");
}

/* ---- without memory ---- */

#define N_DEEP 400
#define N_WIDE 1500

/* More of everything than a scanner begins with: nested brackets, names, functions, types. */
static struct text large_text(void)
{
    struct text text = {0};

    for (int i = 0; i < N_WIDE; i++) {
        text_puts(&text, "class C");
        text_number(&text, (uint64_t)i);
        text_puts(&text, "<T> { m<U>(a: (b: T) => U): void { f(() => 1) } }\n");
    }
    text_repeat(&text, '[', N_DEEP);
    text_repeat(&text, ']', N_DEEP);
    text_puts(&text, ";let a: ");
    text_repeat(&text, '[', N_DEEP);
    text_puts(&text, "string");
    text_repeat(&text, ']', N_DEEP);
    text_add(&text, ";", 1);
    text_add(&text, "", 0);
    return text;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    static const struct smc_function_table none;
    struct text text = large_text();
    const size_t nbytes = text.nbytes;
    size_t n_calls, n = 0;

    uint8_t *bytes = calloc(nbytes + SMC_JS_PADDING, 1);
    assert_non_null(bytes);
    memcpy(bytes, text.data, nbytes);
    do {
        const size_t n_live = hook.n_live;
        struct run run = {.table = none};
        run.scanner.table = &run.table;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        const int status = smc_content_outline(&run.scanner, bytes, nbytes, (const uint8_t *)"a.js",
                                               4, &run.outline);
        hook.fail_at = 0;
        n_calls = hook.n_calls;
        const int is_told = status != 0 || smc_function_table_failed(&run.table);
        if (is_told != (n <= n_calls)) {
            fail_msg("allocation %zu fails: %s", n, is_told ? "told" : "not told");
        }
        assert_true(status == 0 || run.outline.marks == NULL);
        assert_true(is_told || run.table.functions.n == 2 * N_WIDE + 2);
        run_free(&run);
        assert_int_equal(hook.n_live, n_live);
    } while (n <= n_calls);
    assert_true(n > 20);
    free(bytes);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_of_a_text),
        cmocka_unit_test(languages),
        cmocka_unit_test(lost_texts),
        cmocka_unit_test(a_scanner_is_used_again),
        cmocka_unit_test(short_functions_with_long_names),
        cmocka_unit_test(json_strings),
        cmocka_unit_test(a_short_string_after_a_long_one),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
