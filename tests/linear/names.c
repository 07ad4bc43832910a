/*
 * Names of files: which of many files a URL means, and which keys of the store fit a pattern.
 */
#include "src/match/match.h"
#include "src/store/smcache_store.h"
#include "tests/linear/linear.h"

#include <string.h>

/* ---- src/match: each line is a path that is added, and then asked for ---- */

typedef int (*each_line)(struct smc_matcher *m, const char *line, size_t nbytes, uint32_t id);

static int add_path(struct smc_matcher *m, const char *line, size_t nbytes, uint32_t id)
{
    return smc_match_add_path(m, line, nbytes, 2, id);
}

static int add_url(struct smc_matcher *m, const char *line, size_t nbytes, uint32_t id)
{
    return smc_match_add_url(m, line, nbytes, id);
}

/* With something that no file has, so that all rules are gone through. */
static int find_line(struct smc_matcher *m, const char *line, size_t nbytes, uint32_t id)
{
    struct smc_match match;

    (void)id;
    return smc_match_find(m, line, nbytes, &match) != 0 ||
                   smc_match_find(m, line + 1, nbytes - 1, &match) != 0
               ? -1
               : 0;
}

static int take_lines(struct smc_matcher *m, const char *text, size_t nbytes, each_line each)
{
    const char *end = text + nbytes, *line_end;
    uint32_t id = 0;
    int failed = 0;

    while (!failed && text < end && (line_end = memchr(text, '\n', (size_t)(end - text))) != NULL) {
        failed = each(m, text, (size_t)(line_end - text), id++);
        text = line_end + 1;
    }
    return failed;
}

static int match(const char *text, size_t nbytes, each_line add)
{
    struct smc_matcher m = {.urls = NULL};
    int failed = take_lines(&m, text, nbytes, add);

    smc_match_settle(&m);
    failed = failed || take_lines(&m, text, nbytes, find_line);
    smc_matcher_free(&m);
    return failed;
}

static int match_paths(const void *context, const char *text, size_t nbytes)
{
    (void)context;
    return match(text, nbytes, add_path);
}

static int match_urls(const void *context, const char *text, size_t nbytes)
{
    (void)context;
    return match(text, nbytes, add_url);
}

/* ---- src/store: a text is a pattern of the longest kind, and behind a line end the name of a key ---- */

static int fit(const void *context, const char *text, size_t nbytes)
{
    const char *name = memchr(text, '\n', nbytes);
    char pattern[SMC_STORE_PATTERN_NBYTES_MAX + 1];
    const size_t n = (size_t)(name - text);

    (void)context;
    memcpy(pattern, text, n);
    pattern[n] = '\0';
    name++;
    const struct smc_store_item item = {
        .kind = SMC_STORE_KEY_NAMES, .name = name, .names = &name, .n_names = 1};
    (void)smc_store_item_fits(&item, pattern);
    return 0;
}

#define X10(text) text text text text text text text text text text

static const struct {
    const char *what;
    struct linear_work work;
} names[] = {
    {"paths", {{"", "/srv/$/app.js\n", "", "", ""}, match_paths, NULL}},
    {"paths of one name", {{"", "/srv/app.js\n", "", "", ""}, match_paths, NULL}},
    {"paths with the same end", {{"", "/$/a/b/c/d/e/f/app.js\n", "", "", ""}, match_paths, NULL}},
    {"paths with the same beginning", {{"", "/a/b/c/d/e/f/$.js\n", "", "", ""}, match_paths, NULL}},
    {"paths of many parts", {{"", "/$" X10(X10("/a")) "\n", "", "", ""}, match_paths, NULL}},
    {"paths of slashes", {{"", "/$" X10(X10("/")) "\n", "", "", ""}, match_paths, NULL}},
    {"paths of percent signs", {{"", "/$" X10(X10("%41")) "\n", "", "", ""}, match_paths, NULL}},
    {"short paths", {{"", "aaaaaaaa\n", "", "", ""}, match_paths, NULL}},
    {"URLs", {{"", "https://example.com/$/app.js\n", "", "", ""}, match_urls, NULL}},
    {"URLs of any host", {{"", "~/$/app.js\n", "", "", ""}, match_urls, NULL}},
    {"one URL", {{"", "https://example.com/app.js\n", "", "", ""}, match_urls, NULL}},
    {"URLs with queries", {{"", "https://example.com/a.js?$#b\n", "", "", ""}, match_urls, NULL}},
    {"a pattern of stars", {{X10(X10("*a")) "b\n", "a", "", "", ""}, fit, NULL}},
    {"a pattern of stars and classes", {{X10(X10("*[a-z]")) "b\n", "a", "", "", ""}, fit, NULL}},
    {"a pattern of stars and question marks", {{X10(X10("*?")) "b\n", "a", "", "", ""}, fit, NULL}},
    {"a pattern of brackets", {{X10(X10("[")) "b\n", "[", "", "", ""}, fit, NULL}},
};

int linear_names(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && status == 0; i++) {
        const struct linear_case linear = {
            linear_measure_text, &names[i].work, {"name:", names[i].what}};
        status = linear_try(&linear, tally);
    }
    return status;
}
