/*
 * Functions of JavaScript and TypeScript, and their names: the snippets, and what becomes of them when they are cut, mixed
 * or no text at all.
 */
#include "tests/unit/scanned.h"
#include "tests/unit/snippets.h"

/* The text and its padding lie at the end of it, before a page without access. */
static struct guarded room;

#define ROOM_NBYTES 65536

static int make_room(void **state)
{
    (void)state;
    room = guarded_new(ROOM_NBYTES, GUARD_AFTER);
    return 0;
}

static int free_room(void **state)
{
    (void)state;
    guarded_free(&room);
    return 0;
}

static enum smc_js_result scan(struct smc_js *js, const void *bytes, size_t nbytes,
                               enum smc_js_language language)
{
    uint8_t *text = room.bytes + (room.nbytes - nbytes - SMC_JS_PADDING);

    assert_true(nbytes + SMC_JS_PADDING <= room.nbytes);
    memcpy(text, bytes, nbytes);
    memset(text + nbytes, 0, SMC_JS_PADDING);
    const enum smc_js_result result = smc_js_scan(js, text, nbytes, language);
    const char *fault = scanned_fault(js, result);
    if (fault != NULL) {
        fail_msg("%s: %.*s", fault, (int)nbytes, (const char *)bytes);
    }
    assert_int_not_equal(result, SMC_JS_E_MEMORY);
    return result;
}

/* ---- snippets ---- */

static void print_snippet(const struct snippet *snippet)
{
    print_message("%s:%u: %s\n", snippet->path, snippet->line, snippet->text.data);
}

static void compare_function(const struct snippet *snippet, const struct smc_js *js, uint32_t index)
{
    const struct snippet_function *wanted = &snippet->functions[index];
    char name[SMC_JS_NAME_NBYTES_MAX];
    size_t last_nbytes;
    const size_t nbytes = smc_js_name_text(js, index, name, &last_nbytes);

    if (js->functions[index].start != wanted->start || js->functions[index].end != wanted->end) {
        print_snippet(snippet);
        fail_msg("function %u is at %u .. %u", index, js->functions[index].start,
                 js->functions[index].end);
    }
    if (nbytes != wanted->name.nbytes || last_nbytes != wanted->last_nbytes ||
        (nbytes > 0 && memcmp(name, wanted->name.data, nbytes) != 0)) {
        print_snippet(snippet);
        fail_msg("function %u is %.*s, %zu bytes of it the last component", index, (int)nbytes,
                 name, last_nbytes);
    }
}

static void compare_snippet(const struct snippet *snippet, void *context)
{
    struct smc_js *js = context;
    const enum smc_js_result result =
        scan(js, snippet->text.data, snippet->text.nbytes, snippet->language);

    if ((result == SMC_JS_FOLLOWED) != snippet->is_program) {
        print_snippet(snippet);
        fail_msg("%s", js->reason != NULL ? js->reason : "it is followed");
    }
    if (js->n_functions != snippet->n_functions) {
        print_snippet(snippet);
        fail_msg("it has %u functions", js->n_functions);
    }
    for (uint32_t i = 0; i < js->n_functions; i++) {
        compare_function(snippet, js, i);
    }
}

static void snippets_have_the_functions_beside_them(void **state)
{
    struct smc_js js = {0};

    (void)state;
    assert_in_range(for_each_snippet(compare_snippet, &js), 1000, 100000);
    smc_js_free(&js);
}

/* Behind something else, and with something behind it, a program has the same functions. */
static void compare_surrounded(const struct snippet *snippet, void *context)
{
    static const char before[] = "/* \xe2\x80\xa9 */\r\nfunction before() {}\n";
    static const char after[] = "\n;function after() {}";
    struct text text = {0};
    struct smc_js *js = context;

    if (!snippet->is_program || strncmp(snippet->text.data, "#!", 2) == 0 ||
        strncmp(snippet->text.data, "\xef\xbb\xbf", 3) == 0) {
        return;
    }
    text_puts(&text, before);
    text_puts(&text, snippet->text.data);
    text_puts(&text, after);
    const enum smc_js_result result = scan(js, text.data, text.nbytes, snippet->language);
    if (result != SMC_JS_FOLLOWED || js->n_functions != snippet->n_functions + 2) {
        print_snippet(snippet);
        fail_msg("between others it has %u functions", js->n_functions);
    }
    for (uint32_t i = 0; i < snippet->n_functions; i++) {
        if (js->functions[i + 1].start != snippet->functions[i].start + strlen(before) ||
            js->functions[i + 1].end != snippet->functions[i].end + strlen(before)) {
            print_snippet(snippet);
            fail_msg("between others function %u is elsewhere", i);
        }
    }
    text_free(&text);
}

static void snippets_have_them_between_others(void **state)
{
    struct smc_js js = {0};

    (void)state;
    for_each_snippet(compare_surrounded, &js);
    smc_js_free(&js);
}

static void cut_snippet(const struct snippet *snippet, void *context)
{
    for (size_t n = 0; n < snippet->text.nbytes; n++) {
        scan(context, snippet->text.data, n, snippet->language);
        scan(context, snippet->text.data + n, snippet->text.nbytes - n, snippet->language);
    }
}

static void snippets_may_be_cut_anywhere(void **state)
{
    struct smc_js js = {0};

    (void)state;
    for_each_snippet(cut_snippet, &js);
    smc_js_free(&js);
}

static void misread_snippet(const struct snippet *snippet, void *context)
{
    for (int i = SMC_JS_PLAIN; i <= SMC_JS_TYPED_JSX; i++) {
        scan(context, snippet->text.data, snippet->text.nbytes, (enum smc_js_language)i);
    }
}

static void snippets_may_be_taken_for_another_language(void **state)
{
    struct smc_js js = {0};

    (void)state;
    for_each_snippet(misread_snippet, &js);
    smc_js_free(&js);
}

/* ---- what is no program ---- */

static const char *const tokens[] = {"a",
                                     "b",
                                     "=",
                                     "=>",
                                     "(",
                                     ")",
                                     "[",
                                     "]",
                                     "{",
                                     "}",
                                     "<",
                                     ">",
                                     "/",
                                     "`",
                                     "${",
                                     "'",
                                     "\"",
                                     "?",
                                     ":",
                                     ",",
                                     ";",
                                     ".",
                                     "...",
                                     "?.",
                                     "+",
                                     "++",
                                     "*",
                                     "!",
                                     "#",
                                     "@",
                                     "\\",
                                     "\n",
                                     "\r",
                                     " ",
                                     "//",
                                     "/*",
                                     "*/",
                                     "<!--",
                                     "-->",
                                     "\xe2\x80\xa8",
                                     "\xef\xbb\xbf",
                                     "\xff",
                                     "0",
                                     "1.5e3",
                                     "function",
                                     "class",
                                     "async",
                                     "await",
                                     "yield",
                                     "get",
                                     "set",
                                     "static",
                                     "constructor",
                                     "return",
                                     "if",
                                     "else",
                                     "for",
                                     "while",
                                     "do",
                                     "switch",
                                     "case",
                                     "default",
                                     "try",
                                     "catch",
                                     "new",
                                     "typeof",
                                     "in",
                                     "of",
                                     "let",
                                     "var",
                                     "const",
                                     "import",
                                     "export",
                                     "from",
                                     "extends",
                                     "super",
                                     "this",
                                     "as",
                                     "type",
                                     "interface",
                                     "enum",
                                     "namespace",
                                     "declare",
                                     "abstract",
                                     "is",
                                     "key",
                                     "value",
                                     "=== ",
                                     "</",
                                     "/>",
                                     "&",
                                     "|",
                                     "() => 1",
                                     "x: ",
                                     "a.b = ",
                                     "function f() {}",
                                     "class A { m() {} }",
                                     "using",
                                     "with",
                                     "-"};

/* Random tokens: sometimes a program. */
static void any_tokens_are_taken(void **state)
{
    struct rng rng = {1};
    struct smc_js js = {0};
    unsigned n_followed = 0;

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        struct text text = {0};
        text_puts(&text, "");
        for (uint32_t n = 1 + rng_below(&rng, 12); n > 0; n--) {
            text_puts(&text, tokens[rng_below(&rng, COUNT_OF(tokens))]);
            text_puts(&text, rng_below(&rng, 2) == 0 ? " " : "");
        }
        const enum smc_js_language language = (enum smc_js_language)(1 + rng_below(&rng, 3));
        n_followed += scan(&js, text.data, text.nbytes, language) == SMC_JS_FOLLOWED;
        text_free(&text);
    }
    assert_in_range(n_followed, 1000, 50000);
    smc_js_free(&js);
}

/* Line ends of all kinds, and characters of all lengths: scan compares all positions with a naive count. */
static void functions_are_found_in_any_lines(void **state)
{
    static const char *const pieces[] = {"\n",
                                         "\r",
                                         "\r\n",
                                         "\xe2\x80\xa8",
                                         "\xe2\x80\xa9",
                                         " ",
                                         "                  ",
                                         "f(()=>{});",
                                         "/*\xc3\xa9\xe6\x97\xa5\xf0\x9f\x9b\x92*/",
                                         "/*\xff\xe2\x80*/",
                                         "`\n\r`;",
                                         "/*\r\n*/"};
    struct rng rng = {3};
    struct smc_js js = {0};

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        struct text text = {0};
        unsigned n_functions = 0;
        /* Mostly line ends of one kind. */
        const uint32_t first = rng_below(&rng, COUNT_OF(pieces)), most = i % 2 == 0 ? 3 : 100;
        for (uint32_t n = 1 + rng_below(&rng, 60); n > 0; n--) {
            const uint32_t piece =
                rng_below(&rng, most) < 3 ? rng_below(&rng, COUNT_OF(pieces)) : first;
            text_puts(&text, pieces[piece]);
            n_functions += pieces[piece][0] == 'f';
        }
        assert_int_equal(scan(&js, text.data, text.nbytes, SMC_JS_PLAIN), SMC_JS_FOLLOWED);
        assert_int_equal(js.n_functions, n_functions);
        text_free(&text);
    }
    smc_js_free(&js);
}

static void any_bytes_are_taken(void **state)
{
    struct rng rng = {2};
    struct smc_js js = {0};
    uint8_t bytes[64];

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        const uint32_t n = rng_below(&rng, sizeof bytes + 1), mask = i % 2 == 0 ? 0xff : 0x7f;
        for (uint32_t k = 0; k < n; k++) {
            bytes[k] = (uint8_t)(rng_next(&rng) & mask);
        }
        scan(&js, bytes, n, (enum smc_js_language)(1 + rng_below(&rng, 3)));
    }
    smc_js_free(&js);
}

static void a_longer_text_than_the_longest_is_not_read(void **state)
{
    struct smc_js js = {0};

    (void)state;
    assert_int_equal(smc_js_scan(&js, room.bytes, (size_t)SMC_JS_NBYTES_MAX + 1, SMC_JS_PLAIN),
                     SMC_JS_LOST);
    assert_string_equal(js.reason, "too long");
    smc_js_free(&js);
}

static void what_is_lost_has_a_place(void **state)
{
    static const struct {
        const char *text;
        size_t at;
        const char *reason;
    } rows[] = {{"a b", 2, "two expressions without an operator between them"},
                {"a = 'b\n'", 4, "a string without an end"},
                {"a = /b", 4, "a regular expression without an end"},
                {"a = `b", 5, "a template without an end"},
                {"a /* b", 2, "a comment without an end"},
                {"a = (b]", 6, "a bracket that does not fit the one that is open"},
                {"a = (", 5, "the text ends in the middle"},
                {"a = ", 4, "the text ends in the middle"},
                {"a = if", 4, "a keyword where an expression should be"}};
    struct smc_js js = {0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(scan(&js, rows[i].text, strlen(rows[i].text), SMC_JS_PLAIN), SMC_JS_LOST);
        assert_string_equal(js.reason, rows[i].reason);
        assert_int_equal(js.lost_at, rows[i].at);
    }
    smc_js_free(&js);
}

/* ---- languages ---- */

static void the_name_tells_the_language(void **state)
{
    static const struct {
        const char *name;
        enum smc_js_language language;
    } rows[] = {{"a.js", SMC_JS_PLAIN},
                {"a.ts", SMC_JS_TYPED},
                {"a.tsx", SMC_JS_TYPED_JSX},
                {"a.mts", SMC_JS_TYPED},
                {"a.cts", SMC_JS_TYPED},
                {"a.jsx", SMC_JS_PLAIN},
                {"a.d.ts", SMC_JS_TYPED},
                {"a", SMC_JS_PLAIN},
                {"", SMC_JS_PLAIN},
                {".ts", SMC_JS_TYPED},
                {"a.ts?b.js", SMC_JS_TYPED},
                {"a.js#b.ts", SMC_JS_PLAIN},
                {"a.ts/b", SMC_JS_PLAIN},
                {"webpack:///./a.tsx?1", SMC_JS_TYPED_JSX},
                {"a.css", SMC_JS_NONE},
                {"a.json", SMC_JS_NONE},
                {"a.verylongextension", SMC_JS_PLAIN},
                {"ts", SMC_JS_PLAIN}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const enum smc_js_language language =
            smc_js_language((const uint8_t *)rows[i].name, strlen(rows[i].name));
        if (language != rows[i].language) {
            fail_msg("%s is %s", rows[i].name, smc_js_language_text(language));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snippets_have_the_functions_beside_them),
        cmocka_unit_test(snippets_have_them_between_others),
        cmocka_unit_test(snippets_may_be_cut_anywhere),
        cmocka_unit_test(snippets_may_be_taken_for_another_language),
        cmocka_unit_test(any_tokens_are_taken),
        cmocka_unit_test(functions_are_found_in_any_lines),
        cmocka_unit_test(any_bytes_are_taken),
        cmocka_unit_test(a_longer_text_than_the_longest_is_not_read),
        cmocka_unit_test(what_is_lost_has_a_place),
        cmocka_unit_test(the_name_tells_the_language),
    };
    return cmocka_run_group_tests(tests, make_room, free_room);
}
