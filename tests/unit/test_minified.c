/*
 * Functions of the generated file, and how the map's names lead theirs: by hand, against the plain rule on random
 * tokens, and without memory.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/outline_run.h"

#include "src/build/minified.h"

#define NONE SMCF_NONE

struct run {
    struct guarded text;
    struct smc_strings strings;
    struct smc_function_table table;
    struct smc_minified minified;
};

static int run_start(struct run *run, const char *text)
{
    *run = (struct run){.text = guarded_copy(text, strlen(text), GUARD_AFTER)};
    return smc_minified_start(&run->minified, run->text.bytes, run->text.nbytes, &run->strings);
}

static void run_free(struct run *run)
{
    smc_minified_free(&run->minified);
    smc_function_table_free(&run->table);
    smc_strings_free(&run->strings);
    guarded_free(&run->text);
}

/* A token, whose original position is 0:0 of `source` if nothing else is said; the source may be NONE. */
struct token {
    uint32_t line, column;
    const char *name; /* NULL: none */
    uint32_t source, source_line, source_column;
};

static void put_token(struct run *run, const struct token *token)
{
    const uint32_t name =
        token->name == NULL
            ? NONE
            : smc_strings_add(&run->strings, (const uint8_t *)token->name, strlen(token->name));
    const uint32_t row[SMC_ROW_LANES] = {token->line,        token->column,        token->source,
                                         token->source_line, token->source_column, name};

    smc_minified_token(&run->minified, row);
}

static void assert_function(struct run *run, uint32_t line, uint32_t column, const char *wanted)
{
    const uint32_t number = smc_minified_find(&run->minified, line, column);
    struct text text = {0};

    text_function(&text, &run->table,
                  number == NONE ? NONE
                                 : smc_minified_function(&run->minified, number, &run->table));
    text_add(&text, "", 1);
    assert_string_equal(text.data, wanted);
    text_free(&text);
}

#define TOKENS_MAX 4

/* ---- names ---- */

/* `function a(){}` at 0:0; the identifier is at 0:9. */
static void an_identifier_is_led(void **state)
{
    static const struct {
        const char *wanted;
        unsigned n;
        struct token tokens[TOKENS_MAX];
    } cases[] = {
        {"m:x", 1, {{0, 9, "x", 0, 0, 0}}},  /* at it */
        {"m:x", 1, {{0, 8, "x", 0, 0, 0}}},  /* one column before */
        {"t:a", 1, {{0, 7, "x", 0, 0, 0}}},  /* two */
        {"t:a", 1, {{0, 10, "x", 0, 0, 0}}}, /* after it */
        {"t:a", 0, {{0}}},
        {"t:a", 1, {{1, 9, "x", 0, 0, 0}}}, /* on another line */
        {"t:a", 1, {{0, 9, NULL, 0, 0, 0}}},
        {"m:y", 2, {{0, 8, "x", 0, 0, 0}, {0, 9, "y", 0, 0, 0}}},
        {"m:y", 3, {{0, 8, "x", 0, 0, 0}, {0, 9, "y", 0, 0, 0}, {0, 10, "z", 0, 0, 0}}},
        {"m:y", 2, {{0, 9, "x", 0, 0, 0}, {0, 9, "y", 0, 0, 0}}}, /* the last of several */
        {"t:a", 2, {{0, 9, "x", 0, 0, 0}, {0, 9, NULL, 0, 0, 0}}},
        /* One without a name, after one for the same original position: that of the whole expression. */
        {"m:x", 2, {{0, 8, "x", 1, 2, 3}, {0, 9, NULL, 1, 2, 3}}},
        {"m:x", 3, {{0, 8, "x", 1, 2, 3}, {0, 9, NULL, 1, 2, 3}, {0, 10, "y", 1, 2, 3}}},
        {"t:a", 2, {{0, 8, "x", 1, 2, 3}, {0, 9, NULL, 0, 2, 3}}},
        {"t:a", 2, {{0, 8, "x", 1, 2, 3}, {0, 9, NULL, 1, 1, 3}}},
        {"t:a", 2, {{0, 8, "x", 1, 2, 3}, {0, 9, NULL, 1, 2, 4}}},
        {"t:a", 2, {{0, 7, "x", 1, 2, 3}, {0, 9, NULL, 1, 2, 3}}},
        {"t:a", 2, {{0, 7, "x", 1, 2, 3}, {0, 8, NULL, 1, 2, 3}}},
        {"t:a", 2, {{0, 8, "x", NONE, 0, 0}, {0, 9, NULL, NONE, 0, 0}}}, /* neither has one */
        {"t:a", 2, {{0, 8, NULL, 1, 2, 3}, {0, 9, NULL, 1, 2, 3}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run run;
        assert_int_equal(run_start(&run, "function a(){}"), 0);
        assert_true(smc_minified_is_known(&run.minified));
        for (unsigned k = 0; k < cases[i].n; k++) {
            put_token(&run, &cases[i].tokens[k]);
        }
        assert_function(&run, 0, 12, cases[i].wanted);
        run_free(&run);
    }
}

/* At column 0 there is no column before. */
static void at_the_start_of_a_line(void **state)
{
    static const struct token before = {0, UINT32_MAX - 1, "x", 0, 0, 0}, at = {1, 0, "y", 0, 0, 0};
    struct run run;

    (void)state;
    assert_int_equal(run_start(&run, "\na=()=>{}"), 0);
    put_token(&run, &before);
    assert_function(&run, 1, 2, "t:a");
    run_free(&run);
    assert_int_equal(run_start(&run, "\na=()=>{}"), 0);
    put_token(&run, &before);
    put_token(&run, &at);
    assert_function(&run, 1, 2, "m:y");
    run_free(&run);
}

/* Names of several parts, each of which is led or not. The last one says whether the name is the map's. */
static void names_of_several_parts(void **state)
{
    static const struct {
        const char *text;
        uint32_t at; /* column of the function */
        const char *wanted;
        unsigned n;
        struct token tokens[TOKENS_MAX];
    } cases[] = {
        {"class A{b(){}}", 10, "t:A.|b", 0, {{0}}},
        {"class A{b(){}}", 10, "m:A.|pay", 1, {{0, 8, "pay", 0, 0, 0}}},
        {"class A{b(){}}", 10, "t:Cart.|b", 1, {{0, 6, "Cart", 0, 0, 0}}},
        {"class A{b(){}}", 10, "m:Cart.|pay", 2, {{0, 6, "Cart", 0, 0, 0}, {0, 8, "pay", 0, 0, 0}}},
        {"class A{b(){}}", 7, "m:new |Cart", 1, {{0, 6, "Cart", 0, 0, 0}}},
        {"class A{get b(){}}",
         14,
         "m:get Cart.|sum",
         2,
         {{0, 6, "Cart", 0, 0, 0}, {0, 12, "sum", 0, 0, 0}}},
        {"a[b]=()=>{}", 6, "t:x|[b]", 1, {{0, 0, "x", 0, 0, 0}}},
        {"a[b]=()=>{}", 6, "m:a|[y]", 1, {{0, 2, "y", 0, 0, 0}}},
        {"a[b()]=()=>{}", 8, "m:x|[<computed>]", 1, {{0, 0, "x", 0, 0, 0}}}, /* nothing to lead */
        {"(function(){})", 5, "m?", 1, {{0, 0, "x", 0, 0, 0}}},
        {"a()", 1, "m^", 1, {{0, 0, "x", 0, 0, 0}}},
        {"var a=function(){}",
         8,
         "m:\xc3\xbc\xf0\x9f\x9b\x92",
         1,
         {{0, 4, "\xc3\xbc\xf0\x9f\x9b\x92", 0, 0, 0}}},
        /* What bundlers wrap modules in is nobody's name, be it the text's or the map's. */
        {"function __webpack_require__(a){}", 10, "m?", 0, {{0}}},
        {"function a(){}", 10, "m?", 1, {{0, 9, "__webpack_modules__", 0, 0, 0}}},
        {"function __webpack_require__(a){}", 10, "m:f", 1, {{0, 9, "f", 0, 0, 0}}},
        {"a.__webpack_require__=()=>{}", 25, "t:a.|__webpack_require__", 0, {{0}}},
        /* Modules are members of an object. */
        {"var a={\"./b.js\"(c){}}", 18, "m?", 1, {{0, 4, "__webpack_modules__", 0, 0, 0}}},
        {"var a={7(c){}}", 12, "m?", 1, {{0, 4, "__webpack_modules__", 0, 0, 0}}},
        {"var a={7(c){}}", 12, "m?", 0, {{0}}},
        {"a.push([[7],{8(c){}}])", 17, "m?", 0, {{0}}},
        {"a.push([[7],{\"../b.js\"(c){}}])", 26, "m?", 0, {{0}}},
        {"var a={7(c){}}", 12, "m:b.|<7>", 1, {{0, 4, "b", 0, 0, 0}}},
        {"var a={\"b c\"(){}}",
         15,
         "t:a.|<\"b c\">",
         0,
         {{0}}}, /* of a text that has not been minified */
        {"var a={[b](){}}", 13, "t:a.|<computed>", 0, {{0}}},
        {"var a={b(){}}",
         11,
         "t:__webpack_modules__s.|b",
         1,
         {{0, 4, "__webpack_modules__s", 0, 0, 0}}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run run;
        assert_int_equal(run_start(&run, cases[i].text), 0);
        for (unsigned k = 0; k < cases[i].n; k++) {
            put_token(&run, &cases[i].tokens[k]);
        }
        assert_function(&run, 0, cases[i].at, cases[i].wanted);
        run_free(&run);
    }
}

/* Columns are UTF-16 code units, and lines end as the language has it, whatever bytes that takes. */
static void positions_of_other_characters(void **state)
{
    static const struct token tokens[] = {{0, 15, "x", 0, 0, 0}, {1, 11, "y", 0, 0, 0}};
    struct run run;

    (void)state;
    assert_int_equal(run_start(&run, "\"\xf0\x9f\x9b\x92\xc3\xbc\";function a(){}\xe2\x80\xa8"
                                     "\xc3\xbc;function b(){}"),
                     0);
    put_token(&run, &tokens[0]);
    put_token(&run, &tokens[1]);
    assert_function(&run, 0, 5, "m^");
    assert_function(&run, 0, 6, "m:x");
    assert_function(&run, 0, 19, "m:x");
    assert_function(&run, 0, 20, "m^");
    assert_function(&run, 1, 1, "m^");
    assert_function(&run, 1, 2, "m:y");
    run_free(&run);
}

/* A byte order mark at the start of the file has no column, one elsewhere is a character. */
static void a_byte_order_mark(void **state)
{
    static const struct token tokens[] = {{0, 9, "x", 0, 0, 0}, {0, 24, "y", 0, 0, 0}};
    struct run run;

    (void)state;
    assert_int_equal(run_start(&run, "\xef\xbb\xbf"
                                     "function a(){}\xef\xbb\xbf"
                                     "function b(){}"),
                     0);
    put_token(&run, &tokens[0]);
    put_token(&run, &tokens[1]);
    assert_function(&run, 0, 0, "m:x");
    assert_function(&run, 0, 13, "m:x");
    assert_function(&run, 0, 14, "m^");
    assert_function(&run, 0, 15, "m:y");
    run_free(&run);
}

/* Each position has the innermost function, each function one id, and equal ones the same. */
static void functions_of_positions(void **state)
{
    struct run run;

    (void)state;
    /*                               0         1         2         3 */
    /*                               0123456789012345678901234567890123456 */
    assert_int_equal(run_start(&run, "function a(){(()=>{b()})()}()=>{};a"), 0);
    assert_function(&run, 0, 0, "t:a");
    assert_function(&run, 0, 13, "t:a");
    assert_function(&run, 0, 14, "m?");
    assert_function(&run, 0, 22, "m?");
    assert_function(&run, 0, 23, "t:a");
    assert_function(&run, 0, 26, "t:a");
    assert_function(&run, 0, 27, "m?");
    assert_function(&run, 0, 33, "m^");
    assert_function(&run, 7, 0, "m^");
    assert_function(&run, 0, 20, "m?"); /* back again */
    const uint32_t inner = smc_minified_find(&run.minified, 0, 14);
    const uint32_t last = smc_minified_find(&run.minified, 0, 27);
    assert_int_not_equal(inner, last);
    assert_int_equal(smc_minified_function(&run.minified, inner, &run.table),
                     smc_minified_function(&run.minified, last, &run.table));
    assert_int_equal(run.table.functions.n, 3);
    run_free(&run);
}

static void what_cannot_be_followed(void **state)
{
    static const char *const texts[] = {"function a( {", "{", "a)", "<!DOCTYPE html>",
                                        "\x1f\x8b\x08"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct run run;
        assert_int_equal(run_start(&run, texts[i]), 0);
        assert_false(smc_minified_is_known(&run.minified));
        put_token(&run, &(const struct token){0, 9, "x", 0, 0, 0});
        smc_minified_reset(&run.minified);
        assert_function(&run, 0, 0, "-");
        run_free(&run);
    }
}

/* ---- tokens that go by ---- */

#define THREE "function a(){}function b(){}function c(){}" /* at 9, 23, 37 */

static void words_behind_the_last_token(void **state)
{
    static const struct {
        const char *a, *b, *c;
        struct token last;
    } cases[] = {
        {"m:x", "t:b", "t:c", {0, 9, "x", 0, 0, 0}},  {"t:a", "m:x", "t:c", {0, 23, "x", 0, 0, 0}},
        {"t:a", "m:x", "t:c", {0, 22, "x", 0, 0, 0}}, {"t:a", "t:b", "m:x", {0, 37, "x", 0, 0, 0}},
        {"t:a", "t:b", "t:c", {0, 38, "x", 0, 0, 0}}, {"t:a", "t:b", "t:c", {1, 0, "x", 0, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run run;
        assert_int_equal(run_start(&run, THREE), 0);
        put_token(&run, &cases[i].last);
        assert_function(&run, 0, 0, cases[i].a);
        assert_function(&run, 0, 14, cases[i].b);
        assert_function(&run, 0, 28, cases[i].c);
        run_free(&run);
    }
}

/* Of tokens that come again, only the second time counts. */
static void tokens_that_come_again(void **state)
{
    static const struct token first[] = {
        {0, 9, "x", 0, 0, 0}, {0, 23, "y", 0, 0, 0}, {0, 36, "z", 0, 0, 0}};
    static const struct token second[] = {{0, 23, "u", 0, 0, 0}, {0, 37, NULL, 0, 0, 0}};

    (void)state;
    for (unsigned n = 0; n <= COUNT_OF(first); n++) {
        struct run run;
        assert_int_equal(run_start(&run, THREE), 0);
        for (unsigned i = 0; i < n; i++) {
            put_token(&run, &first[i]);
        }
        (void)smc_minified_find(&run.minified, 0, 40);
        smc_minified_reset(&run.minified);
        put_token(&run, &second[0]);
        put_token(&run, &second[1]);
        assert_function(&run, 0, 0, "t:a");
        assert_function(&run, 0, 14, "m:u");
        assert_function(&run, 0, 28, "t:c");
        run_free(&run);
    }
}

/* ---- against the plain rule ---- */

#define N_WORDS 300
#define N_RANDOM 900

struct world {
    struct rng rng;
    struct text text;
    struct {
        uint32_t line, column;
    } words[N_WORDS];
    struct token tokens[N_RANDOM];
    char names[N_RANDOM][16];
};

static void make_world(struct world *w)
{
    uint32_t line = 0, column = 0;

    for (int i = 0; i < N_WORDS; i++) {
        char function[32];
        if (rng_below(&w->rng, 6) == 0) {
            text_puts(&w->text, "\n");
            line++;
            column = 0;
        }
        const int n = snprintf(function, sizeof function, "function f%d(){}", i);
        text_add(&w->text, function, (size_t)n);
        w->words[i].line = line;
        w->words[i].column = column + 9;
        column += (uint32_t)n;
    }
    line = column = 0;
    for (int i = 0; i < N_RANDOM; i++) {
        struct token *token = &w->tokens[i];
        const uint32_t k = (uint32_t)i / 3;
        /* At or around each word, in order. */
        if (w->words[k].line != line) {
            line = w->words[k].line;
            column = 0;
        }
        const uint32_t wanted = w->words[k].column - 2 + rng_below(&w->rng, 4);
        column = wanted > column ? wanted : column;
        *token = (struct token){
            line, column, NULL, rng_below(&w->rng, 8) == 0 ? NONE : 0, 0, rng_below(&w->rng, 2)};
        if (rng_below(&w->rng, 2) == 0) {
            (void)snprintf(w->names[i], sizeof w->names[i], "name%d", i);
            token->name = w->names[i];
        }
    }
}

/* Index of the last token on the line at or before a column; -1: none. */
static int last_token(const struct world *w, uint32_t line, uint32_t column)
{
    int last = -1;

    for (int i = 0; i < N_RANDOM; i++) {
        if (w->tokens[i].line == line && w->tokens[i].column <= column) {
            last = i;
        }
    }
    return last;
}

static const char *naive_name(const struct world *w, uint32_t line, uint32_t column)
{
    const int at = last_token(w, line, column);

    if (at < 0 || w->tokens[at].column + 1 < column) {
        return NULL;
    }
    if (w->tokens[at].name != NULL || w->tokens[at].column != column || at == 0) {
        return w->tokens[at].name;
    }
    const struct token *token = &w->tokens[at], *before = token - 1;
    return before->line == line && before->column == column - 1 && token->source != NONE &&
                   before->source == token->source && before->source_column == token->source_column
               ? before->name
               : NULL;
}

static void random_tokens(void **state)
{
    unsigned n_led = 0, n_not = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        static struct world w;
        struct run run;
        w = (struct world){.rng = {seed}};
        make_world(&w);
        text_add(&w.text, "", 0);
        assert_int_equal(run_start(&run, w.text.data), 0);
        for (int i = 0; i < N_RANDOM; i++) {
            put_token(&run, &w.tokens[i]);
        }
        for (int i = 0; i < N_WORDS; i++) {
            const char *name = naive_name(&w, w.words[i].line, w.words[i].column);
            char wanted[32];
            if (name != NULL) {
                (void)snprintf(wanted, sizeof wanted, "m:%s", name);
            } else {
                (void)snprintf(wanted, sizeof wanted, "t:f%d", i);
            }
            assert_function(&run, w.words[i].line, w.words[i].column, wanted);
            n_led += name != NULL;
            n_not += name == NULL;
        }
        run_free(&run);
        text_free(&w.text);
    }
    assert_true(n_led > 1000 && n_not > 1000);
}

/* ---- memory ---- */

#define N_MEMBERS 20000
/* Of a text: tables of its functions, and its names. */
#define RATIO_MAX 16

/* Functions of a few bytes each, with names of hundreds that they share: what is kept of them is linear in the text. */
static void short_functions_with_long_names(void **state)
{
    struct text text = text_with_long_names(N_MEMBERS);
    struct run run;

    (void)state;
    hook.largest = 0;
    assert_int_equal(run_start(&run, text.data), 0);
    assert_int_equal(run.minified.js.n_functions, N_MEMBERS);
    for (uint32_t i = 0; i < N_MEMBERS; i++) {
        assert_int_equal(smc_minified_function(&run.minified, i, &run.table), i);
    }
    assert_in_range(run.table.functions.bytes.nbytes, 0, RATIO_MAX * text.nbytes);
    assert_in_range(hook.largest, 0, RATIO_MAX * text.nbytes);
    run_free(&run);
    text_free(&text);
}

/* All that is asked of the scan, by itself: told, or done. */
static int use(const char *text, const struct token *tokens, unsigned n, int *is_done)
{
    struct run run = {0};
    int is_told = smc_minified_start(&run.minified, text, strlen(text), &run.strings) != 0;

    *is_done = 0;
    if (!is_told) {
        for (unsigned i = 0; i < n; i++) {
            put_token(&run, &tokens[i]);
        }
        is_told = run.strings.bytes.failed;
        for (uint32_t i = 0; i <= run.minified.js.n_functions; i++) {
            is_told |= smc_minified_function(&run.minified, i, &run.table) == NONE;
        }
        *is_done = run.table.functions.n == 5;
    }
    smc_minified_free(&run.minified);
    smc_function_table_free(&run.table);
    smc_strings_free(&run.strings);
    return is_told;
}

static void each_allocation_may_fail(void **state)
{
    static const struct token tokens[] = {{0, 9, "x", 0, 0, 0}, {0, 23, "y", 0, 0, 0}};
    size_t n_calls, n = 0;
    int is_done;

    (void)state;
    NEEDS_MALLOC_HOOK();
    do {
        const size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        const int is_told = use(THREE "(()=>{})()", tokens, COUNT_OF(tokens), &is_done);
        hook.fail_at = 0;
        n_calls = hook.n_calls;
        assert_int_equal(hook.n_live, n_live);
        assert_true(is_told || is_done);
        assert_true(is_told == (n <= n_calls));
    } while (n <= n_calls);
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_identifier_is_led),
        cmocka_unit_test(at_the_start_of_a_line),
        cmocka_unit_test(names_of_several_parts),
        cmocka_unit_test(positions_of_other_characters),
        cmocka_unit_test(a_byte_order_mark),
        cmocka_unit_test(functions_of_positions),
        cmocka_unit_test(what_cannot_be_followed),
        cmocka_unit_test(words_behind_the_last_token),
        cmocka_unit_test(tokens_that_come_again),
        cmocka_unit_test(random_tokens),
        cmocka_unit_test(short_functions_with_long_names),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
