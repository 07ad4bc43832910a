/*
 * Which file a URL means: rules one by one, and random files and URLs against a scan of all of them.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/support.h"

#include "src/match/match.h"

/* A file of the test: what it is served at, or where it is. */
struct place {
    const char *text;
    uint32_t n_relative; /* 0: a URL */
    uint32_t id;
};

static struct smc_matcher matcher_of(const struct place *places, size_t n)
{
    struct smc_matcher matcher = {0};

    for (size_t i = 0; i < n; i++) {
        const char *text = places[i].text;
        const uint32_t n_relative = places[i].n_relative, id = places[i].id;
        assert_int_equal(n_relative == 0
                             ? smc_match_add_url(&matcher, text, strlen(text), id)
                             : smc_match_add_path(&matcher, text, strlen(text), n_relative, id),
                         0);
    }
    smc_match_settle(&matcher);
    return matcher;
}

/* Of a copy that ends at a page that no one may touch. */
static struct smc_match find(const struct smc_matcher *matcher, const char *url, size_t nbytes)
{
    struct guarded copy = guarded_copy(url, nbytes, GUARD_AFTER);
    struct smc_match match;

    assert_int_equal(smc_match_find(matcher, (const char *)copy.bytes, nbytes, &match), 0);
    guarded_free(&copy);
    return match;
}

/* "RULE: ID ID", or "none". */
static struct text match_text(const struct smc_match *match)
{
    static const char *const rules[] = {"none", "url", "plain", "host", "path", "name"};
    struct text text = {0};

    assert_true((match->rule == SMC_MATCH_NONE) == (match->n == 0));
    text_puts(&text, rules[match->rule]);
    for (size_t i = 0; i < match->n && i < SMC_MATCHES_MAX; i++) {
        text_puts(&text, i > 0 ? " " : ": ");
        text_number(&text, match->ids[i]);
    }
    text_puts(&text, match->n > SMC_MATCHES_MAX ? " and more" : "");
    return text;
}

static void assert_match(const struct smc_matcher *matcher, const char *url, const char *wanted)
{
    const struct smc_match match = find(matcher, url, strlen(url));
    struct text found = match_text(&match);

    if (strcmp(found.data, wanted) != 0) {
        fail_msg("%s: %s, not %s", url, found.data, wanted);
    }
    text_free(&found);
}

struct answer {
    const char *url, *wanted;
};

static void assert_matches(const struct place *places, size_t n_places,
                           const struct answer *answers, size_t n)
{
    struct smc_matcher matcher = matcher_of(places, n_places);

    for (size_t i = 0; i < n; i++) {
        assert_match(&matcher, answers[i].url, answers[i].wanted);
    }
    smc_matcher_free(&matcher);
}

/* ---- rules ---- */

static void urls(void **state)
{
    static const struct place places[] = {
        {"https://x.com/a.js", 0, 1},
        {"https://x.com/a.js?v=1", 0, 2},
        {"https://x.com/b.js", 0, 3},
        {"~/js/c.js", 0, 4},
        {"https://x.com/js/c.js", 0, 5},
        {"~/js/d e.js", 0, 6},
        {"https://x.com/[f]/\xc3\xa9.js", 0, 7},
        {"app:///g.js", 0, 8},
        {"https://x.com/h%20i.js", 0, 9},
        {"~/k.js", 0, 10},
        {"/srv/l.js", 0, 11},
        {"https://x.com/m.js#1", 0, 12},
    };
    static const struct answer answers[] = {
        {"https://x.com/a.js", "url: 1"},
        {"https://x.com/a.js?v=1", "url: 2"},
        {"https://x.com/a.js?v=2", "plain: 1"},
        {"https://x.com/a.js?v=1#x", "plain: 1"},
        {"https://x.com/a.js#x?y", "plain: 1"},
        {"https://x.com/m.js#1", "url: 12"},
        {"https://x.com/m.js", "none"},
        {"https://x.com/b.js", "url: 3"},
        {"http://x.com/b.js", "none"},
        {"https://x.com/B.js", "none"},
        {"https://x.com:443/b.js", "none"},
        {"https://x.com/js/c.js", "url: 5"},
        {"https://x.com/js/c.js?", "plain: 5"},
        {"https://y.com/js/c.js", "host: 4"},
        {"https://y.com/js/c.js?v=1", "host: 4"},
        {"/js/c.js", "host: 4"},
        {"js/c.js", "host: 4"},
        {"~/js/c.js", "url: 4"},
        {"~/js/c.js?v=1", "plain: 4"},
        {"file:///js/c.js", "host: 4"},
        {"app:///js/c.js", "host: 4"},
        {"webpack:js/c.js", "host: 4"},
        {"https://y.com/x/js/c.js", "none"},
        {"https://y.com/js/d%20e.js", "host: 6"},
        {"https://y.com/js/d e.js?v=1", "host: 6"},
        {"https://y.com/js/d%2520e.js", "none"},
        {"https://x.com/%5Bf%5D/%C3%A9.js?v", "plain: 7"},
        {"https://x.com/%5bf%5d/%c3%a9.js", "plain: 7"},
        {"https://x.com/h%20i.js", "url: 9"},
        {"https://x.com/h i.js", "none"},
        {"https://x.com/h%2", "none"},
        {"https://x.com/%00", "none"},
        {"app:///g.js", "url: 8"},
        {"https://x.com/k.js", "host: 10"},
        {"k.js", "host: 10"},
        {"/srv/l.js", "url: 11"},
        {"https://x.com", "none"},
        {"https://", "none"},
        {"https:", "none"},
        {"?", "none"},
        {"#", "none"},
        {"/", "none"},
        {"%", "none"},
    };
    (void)state;
    assert_matches(places, COUNT_OF(places), answers, COUNT_OF(answers));
}

static void paths(void **state)
{
    static const struct place places[] = {
        {"/srv/dist/js/app.js", 2, 1},
        {"/srv/dist/js/vendor/lib.js", 3, 2},
        {"/srv/dist/old/js/vendor/lib.js", 4, 3},
        {"/srv/dist/[slug]/page.js", 2, 4},
        {"/srv/dist/a b/c.js", 2, 5},
        {"/srv/dist/x.js", 1, 6},
        {"/srv/dist/y/x.js", 2, 7},
        {"/srv/c#/d?e/f.js", 3, 8},
        {"/srv/dist/100%25.js", 1, 9},
        {"/srv/dist/query.js", 1, 10},
    };
    static const struct answer answers[] = {
        {"https://x.com/js/app.js", "path: 1"},
        {"https://x.com/static/js/app.js?v=1#x", "path: 1"},
        {"https://x.com/app.js", "name: 1"},
        {"https://x.com/other/app.js", "name: 1"},
        {"app.js", "name: 1"},
        {"./js/./app.js", "path: 1"},
        {"//x.com//js///app.js", "path: 1"},
        {"/srv/dist/js/app.js", "path: 1"},
        {"file:///srv/dist/js/app.js", "path: 1"},
        {"C:\\dist\\js\\app.js", "path: 1"},
        {"C:\\dist/js\\app.js", "path: 1"},
        {"https://x.com/js\\app.js", "none"},
        {"https://x.com/vendor/lib.js", "path: 2 3"},
        {"https://x.com/js/vendor/lib.js", "path: 2"},
        {"https://x.com/dist/js/vendor/lib.js", "path: 2"},
        {"https://x.com/old/js/vendor/lib.js", "path: 3"},
        {"https://x.com/lib.js", "name: 2 3"},
        {"https://x.com/%5Bslug%5D/page.js", "path: 4"},
        {"https://x.com/[slug]/page.js", "path: 4"},
        {"/%5Bslug%5D/page.js", "name: 4"},
        {"https://x.com/a%20b/c.js", "path: 5"},
        {"https://x.com/a%2Fb/c.js", "name: 5"},
        {"https://x.com/x.js", "name: 6"},
        {"https://x.com/y/x.js", "path: 7"},
        {"https://x.com/dist/x.js", "path: 6"},
        {"/home/srv/c#/d?e/f.js", "path: 8"},
        {"C:\\c#\\d?e\\f.js", "path: 8"},
        {"https://x.com/c%23/d%3Fe/f.js", "path: 8"},
        {"https://x.com/c#/d?e/f.js", "none"},
        {"/query.js?/x.js", "name: 10"},
        {"/query.js?/y/x.js", "path: 7"},
        {"https://x.com/query.js?/y/x.js", "name: 10"},
        {"https://x.com/100%2525.js", "name: 9"},
        {"/100%25.js", "name: 9"},
        {"https://x.com/app.js/", "name: 1"},
        {"https://app.js", "none"},
        {"https://x.com/pp.js", "none"},
        {"https://x.com/app.jsx", "none"},
        {"https://x.com/js", "none"},
        {".", "none"},
        {"/", "none"},
    };
    (void)state;
    assert_matches(places, COUNT_OF(places), answers, COUNT_OF(answers));
}

/* What is surer goes before what fits better. */
static void order_of_rules(void **state)
{
    static const struct place places[] = {{"/srv/x.com/js/app.js", 3, 1},
                                          {"~/js/app.js", 0, 2},
                                          {"https://x.com/js/app.js", 0, 3},
                                          {"https://x.com/js/app.js?v=1", 0, 4}};
    static const char *const wanted[] = {"path: 1", "host: 2", "plain: 3", "url: 4"};

    (void)state;
    for (size_t n = 1; n <= COUNT_OF(places); n++) {
        struct smc_matcher matcher = matcher_of(places, n);
        assert_match(&matcher, "https://x.com/js/app.js?v=1", wanted[n - 1]);
        smc_matcher_free(&matcher);
    }
}

static void ambiguity(void **state)
{
    static const struct place places[] = {
        {"https://x.com/a.js", 0, 5},
        {"https://x.com/a.js", 0, 3},
        {"https://x.com/a.js", 0, 3},
        {"/1/b.js", 2, 1},
        {"/2/b.js", 2, 2},
        {"/3/b.js", 2, 3},
        {"/4/b.js", 2, 4},
        {"/5/b.js", 2, 5},
        {"/1/c/d.js", 3, 7},
        {"/1/c/d.js", 3, 7},
        {"/2/c/d.js", 1, 8},
    };
    static const struct answer answers[] = {
        {"https://x.com/a.js", "url: 3 5"},
        {"https://x.com/b.js", "name: 1 2 3 4 and more"},
        {"https://x.com/3/b.js", "path: 3"},
        {"https://x.com/d.js", "name: 8"}, /* of the other file more is below its folder */
        {"https://x.com/c/d.js", "path: 8"},
        {"https://x.com/1/c/d.js", "path: 7"},
    };
    (void)state;
    assert_matches(places, COUNT_OF(places), answers, COUNT_OF(answers));
}

/* So that a question takes the same time however many files there are. */
static void files_that_fit_equally_well_have_a_limit(void **state)
{
    static const struct {
        uint32_t n;
        size_t n_told;
    } cases[] = {{SMC_MATCH_TIES_MAX, SMC_MATCH_TIES_MAX},
                 {SMC_MATCH_TIES_MAX + 1, SMC_MATCH_TIES_MAX},
                 {3 * SMC_MATCH_TIES_MAX, SMC_MATCH_TIES_MAX}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct smc_matcher matcher = {0};
        struct smc_match match;
        for (uint32_t id = 0; id < cases[i].n; id++) {
            assert_int_equal(smc_match_add_url(&matcher, "https://x.com/a.js", 18, id), 0);
            assert_int_equal(smc_match_add_path(&matcher, "/1/b.js", 7, 2, id), 0);
        }
        smc_match_settle(&matcher);
        assert_int_equal(smc_match_find(&matcher, "https://x.com/a.js", 18, &match), 0);
        assert_int_equal(match.n, cases[i].n_told);
        assert_int_equal(smc_match_find(&matcher, "https://x.com/b.js", 18, &match), 0);
        assert_int_equal(match.n, cases[i].n_told);
        smc_matcher_free(&matcher);
    }
}

static void no_files(void **state)
{
    struct smc_matcher matcher = {0};

    (void)state;
    smc_match_settle(&matcher);
    assert_match(&matcher, "https://x.com/a.js", "none");
    assert_match(&matcher, "", "none");
    smc_matcher_free(&matcher);
}

static void length_of_a_url(void **state)
{
    struct smc_matcher matcher = {0};
    struct text url = {0};

    (void)state;
    text_repeat(&url, 'x', SMC_MATCH_URL_NBYTES_MAX + 1);
    assert_int_equal(smc_match_add_url(&matcher, url.data, url.nbytes, 1), 0);
    assert_int_equal(smc_match_add_url(&matcher, url.data, url.nbytes - 1, 2), 0);
    smc_match_settle(&matcher);
    assert_int_equal(find(&matcher, url.data, url.nbytes).n, 0);
    assert_int_equal(find(&matcher, url.data, url.nbytes - 1).ids[0], 2);
    smc_matcher_free(&matcher);
    text_free(&url);
}

static void many_files(void **state)
{
    struct smc_matcher matcher = {0};
    char path[64], url[64];

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        (void)snprintf(path, sizeof path, "/srv/dist/%u/chunk-%u.js", i % 100, i);
        assert_int_equal(smc_match_add_path(&matcher, path, strlen(path), 2, i), 0);
    }
    smc_match_settle(&matcher);
    for (uint32_t i = 0; i < 20000; i += 7) {
        (void)snprintf(url, sizeof url, "https://x.com/%u/chunk-%u.js?v=1",
                       i % 3 == 0 ? 500 : i % 100, i);
        (void)snprintf(path, sizeof path, "%s: %u", i % 3 == 0 ? "name" : "path", i);
        assert_match(&matcher, url, path);
    }
    smc_matcher_free(&matcher);
}

/* ---- no memory ---- */

static int try_all(const struct place *places, size_t n)
{
    static const char url[] = "https://y/%61/b.js?v=1";
    struct smc_matcher matcher = {0};
    struct smc_match match = {.rule = SMC_MATCH_NONE};
    int failed = 0;

    for (size_t i = 0; i < n && !failed; i++) {
        const size_t nbytes = strlen(places[i].text);
        failed = places[i].n_relative == 0
                     ? smc_match_add_url(&matcher, places[i].text, nbytes, places[i].id)
                     : smc_match_add_path(&matcher, places[i].text, nbytes, 1, places[i].id);
    }
    if (!failed) {
        smc_match_settle(&matcher);
        failed = smc_match_find(&matcher, url, sizeof url - 1, &match);
        assert_int_equal(match.n, failed ? 0 : 1);
    }
    smc_matcher_free(&matcher);
    return failed;
}

static void each_allocation_may_fail(void **state)
{
    static const struct place places[] = {{"https://x/b.js", 0, 1}, {"/srv/a/b.js", 2, 2}};
    size_t n = 0;

    (void)state;
    NEEDS_MALLOC_HOOK();
    do {
        const size_t n_live = hook.n_live;
        hook.n_calls = 0;
        hook.fail_at = ++n;
        const int failed = try_all(places, COUNT_OF(places));
        hook.fail_at = 0;
        assert_int_equal(failed != 0, n <= hook.n_calls);
        assert_int_equal(hook.n_live, n_live);
    } while (n <= hook.n_calls);
    assert_in_range(n, 4, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),
        cmocka_unit_test(paths),
        cmocka_unit_test(order_of_rules),
        cmocka_unit_test(ambiguity),
        cmocka_unit_test(files_that_fit_equally_well_have_a_limit),
        cmocka_unit_test(no_files),
        cmocka_unit_test(length_of_a_url),
        cmocka_unit_test(many_files),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
