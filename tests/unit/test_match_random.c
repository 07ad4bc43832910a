/*
 * Random files and URLs: which file a URL means, against a scan of all of them.
 */
#include "tests/unit/support.h"

#include "src/match/match.h"

#define N_PLACES 60
#define PARTS_MAX_OF_PATH 16
#define TEXT_MAX 256

struct place {
    const char *text;
    uint32_t n_relative; /* 0: a URL */
    uint32_t id;
};

/* ---- the naive way ---- */

struct parts_of {
    char room[TEXT_MAX];
    char *list[PARTS_MAX_OF_PATH]; /* from the first to the last */
    size_t n;
};

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == 0 ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits) % 16;
}

static void decode(char *text)
{
    char *to = text;

    for (const char *p = text; *p != 0; p++) {
        if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0 && hex(p[1]) + hex(p[2]) > 0) {
            *to++ = (char)(hex(p[1]) * 16 + hex(p[2]));
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = 0;
}

static void split(const char *path, const char *separators, int is_url, struct parts_of *parts)
{
    (void)snprintf(parts->room, sizeof parts->room, "%s", path);
    parts->n = 0;
    for (char *part = strtok(parts->room, separators); part != NULL;
         part = strtok(NULL, separators)) {
        if (strcmp(part, ".") != 0) {
            assert_true(parts->n < PARTS_MAX_OF_PATH);
            parts->list[parts->n++] = part;
        }
    }
    for (size_t i = 0; is_url && i < parts->n; i++) {
        decode(parts->list[i]);
    }
}

/* How many agree, from the last one on. */
static size_t common(const struct parts_of *a, const struct parts_of *b)
{
    size_t n = 0;

    while (n < a->n && n < b->n && strcmp(a->list[a->n - 1 - n], b->list[b->n - 1 - n]) == 0) {
        n++;
    }
    return n;
}

static void note(struct smc_match *match, uint32_t id)
{
    for (size_t i = 0; i < match->n; i++) {
        if (match->ids[i] == id) {
            return;
        }
    }
    assert_true(match->n < SMC_MATCHES_MAX);
    match->ids[match->n++] = id;
}

static int naive_url(const struct place *places, const char *url, enum smc_match_rule rule,
                     struct smc_match *match)
{
    *match = (struct smc_match){.rule = rule};
    for (size_t i = 0; i < N_PLACES; i++) {
        if (places[i].n_relative == 0 && strcmp(places[i].text, url) == 0) {
            note(match, places[i].id);
        }
    }
    return match->n > 0;
}

static size_t naive_path(const struct place *places, const char *path, int is_url,
                         struct smc_match *match)
{
    struct parts_of wanted, own;
    size_t best = 1;
    int is_whole = 0;

    *match = (struct smc_match){.rule = SMC_MATCH_NONE};
    split(path, is_url ? "/" : "/\\", is_url, &wanted);
    for (size_t i = 0; i < N_PLACES; i++) {
        split(places[i].text, "/\\", 0, &own);
        const size_t n = places[i].n_relative == 0 ? 0 : common(&wanted, &own);
        const int whole = n >= places[i].n_relative;
        if (n > best || (n == best && whole > is_whole)) {
            best = n;
            is_whole = whole;
            match->n = 0;
        }
        if (n == best && whole == is_whole) {
            match->rule = n > 1 ? SMC_MATCH_PATH : SMC_MATCH_BASE_NAME;
            note(match, places[i].id);
        }
    }
    return match->n > 0 ? best : 0;
}

static int naive_plain(const struct place *places, const char *plain, struct smc_match *match)
{
    const int has_scheme = strncmp(plain, "https://", 8) == 0;
    const char *path = has_scheme ? plain + 8 + strcspn(plain + 8, "/") : plain;
    char any[TEXT_MAX + 2];

    (void)snprintf(any, sizeof any, "~%s%s", path[0] == '/' ? "" : "/", path);
    return naive_url(places, plain, SMC_MATCH_PLAIN_URL, match) ||
           (path[0] != 0 && naive_url(places, any, SMC_MATCH_ANY_HOST, match));
}

static struct smc_match naive_find(const struct place *places, const char *url)
{
    const int has_scheme = strncmp(url, "https://", 8) == 0;
    char plain[TEXT_MAX], decoded[TEXT_MAX];
    struct smc_match match, named;

    (void)snprintf(plain, sizeof plain, "%.*s", (int)strcspn(url, "?#"), url);
    memcpy(decoded, plain, sizeof decoded);
    decode(decoded);
    if (naive_url(places, url, SMC_MATCH_URL, &match) || naive_plain(places, plain, &match) ||
        naive_plain(places, decoded, &match)) {
        return match;
    }
    const char *path = has_scheme ? plain + 8 + strcspn(plain + 8, "/") : plain;
    const size_t n = naive_path(places, path, has_scheme, &match);
    return !has_scheme && naive_path(places, url, 0, &named) > n ? named : match;
}

/* ---- files and URLs ---- */

static const char *const words[] = {"a",   "b",    "c.js", "d%20e.js", "d e.js", "f#g",
                                    "h?i", ".",    "%41",  "A",        "%",      "j",
                                    "j/",  "j%2f", "~",    "k.js",     "c",      "%5b"};

static void add_random_path(struct rng *rng, struct text *text, const char *separator)
{
    for (uint32_t n = 1 + rng_below(rng, 4); n > 0; n--) {
        text_puts(text, words[rng_below(rng, COUNT_OF(words))]);
        text_puts(text, n > 1 ? separator : "");
    }
}

static struct text random_url(struct rng *rng)
{
    static const char *const starts[] = {"https://x/", "https://y/", "/", "", "~/", "https://x"};
    static const char *const ends[] = {"", "", "", "?v=1", "#x"};
    struct text text = {0};
    const uint32_t start = rng_below(rng, COUNT_OF(starts));

    text_puts(&text, starts[start]);
    add_random_path(rng, &text, start == 3 && rng_below(rng, 2) == 0 ? "\\" : "/");
    text_puts(&text, ends[rng_below(rng, COUNT_OF(ends))]);
    return text;
}

/* An id has several places, and no place has more ids than are told. */
static void make_places(struct rng *rng, struct place *places, struct text *texts)
{
    for (uint32_t i = 0; i < N_PLACES; i++) {
        const int is_url = rng_below(rng, 3) == 0;
        texts[i] = (struct text){0};
        if (is_url) {
            texts[i] = random_url(rng);
        } else {
            text_puts(&texts[i], "/srv/");
            add_random_path(rng, &texts[i], "/");
        }
        places[i] =
            (struct place){texts[i].data, is_url ? 0 : 1 + rng_below(rng, 3), i % SMC_MATCHES_MAX};
    }
}

static void add_places(struct smc_matcher *matcher, const struct place *places)
{
    for (size_t i = 0; i < N_PLACES; i++) {
        const struct place *place = &places[i];
        const size_t nbytes = strlen(place->text);
        assert_int_equal(
            place->n_relative == 0
                ? smc_match_add_url(matcher, place->text, nbytes, place->id)
                : smc_match_add_path(matcher, place->text, nbytes, place->n_relative, place->id),
            0);
    }
    smc_match_settle(matcher);
}

static int is_same(const struct smc_match *a, const struct smc_match *b)
{
    int is = a->n == b->n && (a->n == 0 || a->rule == b->rule);

    for (size_t i = 0; i < a->n && is; i++) {
        int is_in = 0;
        for (size_t k = 0; k < b->n; k++) {
            is_in |= a->ids[i] == b->ids[k];
        }
        is &= is_in;
    }
    return is;
}

static void as_a_scan_finds_it(void **state)
{
    unsigned n_rules[SMC_MATCH_BASE_NAME + 1] = {0};
    struct rng rng = {41};

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct smc_matcher matcher = {0};
        struct place places[N_PLACES];
        struct text texts[N_PLACES];
        make_places(&rng, places, texts);
        add_places(&matcher, places);
        for (int i = 0; i < 100; i++) {
            struct text url = random_url(&rng);
            const struct smc_match wanted = naive_find(places, url.data);
            struct smc_match found;
            assert_int_equal(smc_match_find(&matcher, url.data, url.nbytes, &found), 0);
            if (!is_same(&found, &wanted)) {
                fail_msg("%s: rule %d, %zu files, not %d, %zu", url.data, (int)found.rule, found.n,
                         (int)wanted.rule, wanted.n);
            }
            n_rules[found.rule]++;
            text_free(&url);
        }
        smc_matcher_free(&matcher);
        for (uint32_t i = 0; i < N_PLACES; i++) {
            text_free(&texts[i]);
        }
    }
    for (unsigned i = 0; i < COUNT_OF(n_rules); i++) {
        assert_in_range(n_rules[i], 100, 30000); /* all of them came up */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_scan_finds_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
