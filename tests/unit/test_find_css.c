/*
 * sourceMappingURL in CSS.
 */
#include "tests/unit/finding.h"

static void css_matches_the_pattern(void **state)
{
    static const struct example examples[] = {
        {"/*# " C "app.css.map */", "app.css.map"},
        {"/*# " C "app.css.map*/", "app.css.map"},
        {"/*@ " C "app.css.map */", "app.css.map"},
        {"/*#" BOM "\n" C "a\r\n*/", "a"},
        {"/*# " C "it's/a\"b`.map */", "it's/a\"b`.map"},
        {"/*# " C "a/*b */", "a/*b"},
        {"/*# " C "a** */", "a**"},
        {"/*# " C "a**/", "a*"},
        {"/* # " C "a */", NULL},
        {"/**# " C "a */", NULL},
        {"/*# " C " a */", NULL},
        {"/*# " C "a b */", NULL},
        {"/*# " C "a\nb */", NULL},
        {"/*# " C "*/", NULL},
        {"/*# " C " */", NULL},
        {"//# " C "a", NULL},
        {"//# " C "a */", NULL},
        {"/*# " C "a", NULL},
        {"/*# " C "a *", NULL},
        {"/*# " C "a /", NULL},
        {"# " C "a */", NULL},
        {"", NULL},
        {"*/", NULL},
        {"/*/", NULL},
        {"/**/", NULL},
    };
    (void)state;
    run_examples(SMC_FIND_CSS, examples, COUNT_OF(examples));
}

static void css_goes_back_over_comments(void **state)
{
    static const struct example examples[] = {
        {"a{}\n/*# " C "a */\n", "a"},
        {"a{}/*# " C "a */ \t\r\n\f", "a"},
        {"/*# " C "a *//* x *//*//**/ /* * / /* */", "a"},
        {"/*# " C "a */ /*# " C "b */", "b"},
        {"/*# " C "a */ /*# " C "b c */", "a"},
        {"/*# " C "a */ /*# " C " */", NULL},
        {"/*# " C "a */ b{}", NULL},
        {"/*# " C "a */ b{} /* x */", NULL},
        {"/*# " C "a */ /", NULL},
        {"/*# " C "a */ *//**/", NULL},
        {"/*# " C "a */\v/**/", NULL},
        {"/*# " C "a */\xc2\xa0/**/", NULL},
        {"/*# " C "a */ <!-- x --> /**/", NULL},
        {"/*# " C "a */ /* x", NULL},
        {BOM "/*# " C "a */", "a"},
        {BOM BOM "/*# " C "a */", "a"},
        {"/*# " C "a */" BOM "/**/", NULL},
    };
    (void)state;
    run_examples(SMC_FIND_CSS, examples, COUNT_OF(examples));
}

/* Where a comment starts depends on what is before it. */
static void css_knows_comments_from_strings(void **state)
{
    static const struct example examples[] = {
        {"/* a /*# " C "a */", NULL},
        {"/* a */ /*# " C "a */", "a"},
        {"a{content:\"/*\"}/*# " C "a */", "a"},
        {"a{content:'/*'}/*# " C "a */", "a"},
        {"a{content:\"/*# " C "a */", NULL},
        {"a{content:\"\\\"/*\"}/*# " C "a */", "a"},
        {"a{content:\"\\\\\"}/*# " C "a */", "a"},
        {"a{content:\"\\\n/*\"}/*# " C "a */", "a"},
        {"a{content:\"\\\r\n/*\"}/*# " C "a */", "a"},
        {"a{content:\"\\\f/*\"}/*# " C "a */", "a"},
        {"a{content:\"'\"}/*# " C "a */", "a"},
        {"a{content:\"\n/*# " C "a */", "a"}, /* a line break ends a bad string */
        {"a{content:\"\r/*# " C "a */", "a"},
        {"a{content:\"\f/*# " C "a */", "a"},
        {"a{content:\"\\", NULL},
        {"/* it's */ a{} /*# " C "a */", "a"},
        {"a\\\"/*# " C "a */", "a"}, /* an escaped quote starts no string */
        {"a \\'/*# " C "a */", "a"},
        {"\\\n'/*'/*# " C "a */", "a"},
        {"\\\nurl(x/*)/*# " C "a */", "a"},
        {"@import url(x/*.css);/*# " C "a */", "a"},
        {"@import URL( \n x/*.css );/*# " C "a */", "a"},
        {"a{b:url(x\\)/*)}/*# " C "a */", "a"},
        {"a{b:url(x\\\\)}/*# " C "a */", "a"},
        {"a{b:url(it's)}/*# " C "a */", "a"},
        {"a{b:url(x y(/*)}/*# " C "a */", "a"}, /* a bad URL ends there, too */
        {"a{b:url(\"/*\"/*)*/)}/*# " C "a */", "a"},
        {"a{b:url('x)'/*)}/*# " C "a */", NULL}, /* with quotes it is a function */
        {"a{b:url( '/*')}/*# " C "a */", "a"},
        {"a{b:url('x)/*')}/*# " C "a */", "a"},
        {"a{b:url( \t'x)/*')}/*# " C "a */", "a"},
        {BOM "url(x/*)/*# " C "a */", "a"}, /* the mark is not of the name */
        {"a{b:url(/*# " C "a */", NULL},
        {"a{b:url(", NULL},
        {"a{b:myurl(/*)*/)}/*# " C "a */", "a"},
        {"a{b:my-url(x/*)}/*# " C "a */", NULL},
        {"a{b:\xc3\xa9url(x/*)}/*# " C "a */", NULL},
        {"a{b:_url(x/*)}/*# " C "a */", NULL},
        {"a{b:1url(x/*)}/*# " C "a */", NULL},
        {"a{b:\\zurl(x/*)}/*# " C "a */", NULL},
        {"a{b:url2(x/*)}/*# " C "a */", NULL},
        {"a{b:url (x/*)}/*# " C "a */", NULL},
        {"a{b:ur(x/*)}/*# " C "a */", NULL},
        {"#url(x/*)}/*# " C "a */", NULL},
        {"@url(x/*)}/*# " C "a */", NULL},
        {"a{b:.url(x/*)}/*# " C "a */", "a"},
        {"a{b:/url(x/*)}/*# " C "a */", "a"},
    };
    (void)state;
    run_examples(SMC_FIND_CSS, examples, COUNT_OF(examples));
}

static void css_every_truncation(void **state)
{
    static const char file[] =
        BOM "@import url(x/*); a{content:'\\'/*';b:url( \"q\" )} /* x */ /*# " C "a */ /**/ \n";
    const char *whole = strstr(file, "a */ /**/");

    (void)state;
    for (size_t n = 0; n < sizeof file - 1; n++) {
        /* Whole from its own end on; not while the comment behind it is open. */
        size_t n_after = n < (size_t)(whole - file) ? 0 : n - (size_t)(whole - file);
        int wanted = n_after == 4 || n_after == 5 || n_after >= 9;
        assert_finds(SMC_FIND_CSS, file, n, wanted ? "a" : NULL);
    }
}

static void css_large_files(void **state)
{
    struct text file = {0};

    (void)state;
    text_puts(&file, "/*# " C "a */");
    for (int i = 0; i < 500000; i++) {
        text_puts(&file, "/*/* ");
        text_puts(&file, i % 2 == 0 ? "'*/" : "**/");
    }
    assert_finds(SMC_FIND_CSS, file.data, file.nbytes, "a");
    text_repeat(&file, '/', 4 << 20);
    text_repeat(&file, '*', 4 << 20);
    assert_finds(SMC_FIND_CSS, file.data, file.nbytes, NULL);
    text_puts(&file, "/");
    assert_finds(SMC_FIND_CSS, file.data, file.nbytes, NULL);
    for (int i = 0; i < 500000; i++) {
        text_puts(&file, "url(\\)u'\\'\n@#");
    }
    text_puts(&file, ")/*# " C "b */");
    assert_finds(SMC_FIND_CSS, file.data, file.nbytes, "b");
    text_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(css_matches_the_pattern),
        cmocka_unit_test(css_goes_back_over_comments),
        cmocka_unit_test(css_knows_comments_from_strings),
        cmocka_unit_test(css_every_truncation),
        cmocka_unit_test(css_large_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
