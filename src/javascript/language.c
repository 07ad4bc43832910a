#include "src/javascript/javascript.h"

#include <string.h>

struct extension {
    const char *text;
    enum smc_js_language language;
};

static const struct extension extensions[] = {
    {"ts", SMC_JS_TYPED},      {"mts", SMC_JS_TYPED},   {"cts", SMC_JS_TYPED},
    {"tsx", SMC_JS_TYPED_JSX}, {"css", SMC_JS_NONE},    {"scss", SMC_JS_NONE},
    {"sass", SMC_JS_NONE},     {"less", SMC_JS_NONE},   {"styl", SMC_JS_NONE},
    {"pcss", SMC_JS_NONE},     {"json", SMC_JS_NONE},   {"html", SMC_JS_NONE},
    {"htm", SMC_JS_NONE},      {"svg", SMC_JS_NONE},    {"xml", SMC_JS_NONE},
    {"md", SMC_JS_NONE},       {"txt", SMC_JS_NONE},    {"wasm", SMC_JS_NONE},
    {"vue", SMC_JS_NONE},      {"svelte", SMC_JS_NONE}, {"astro", SMC_JS_NONE},
    {"c", SMC_JS_NONE},        {"cc", SMC_JS_NONE},     {"cpp", SMC_JS_NONE},
    {"h", SMC_JS_NONE},        {"rs", SMC_JS_NONE},     {"go", SMC_JS_NONE},
    {"py", SMC_JS_NONE},       {"kt", SMC_JS_NONE},     {"coffee", SMC_JS_NONE},
    {"elm", SMC_JS_NONE},      {"glsl", SMC_JS_NONE},   {"graphql", SMC_JS_NONE},
    {"yml", SMC_JS_NONE},      {"yaml", SMC_JS_NONE},   {"pug", SMC_JS_NONE},
};

/* What a name of a file may be long: only its end is looked at. */
#define EXTENSION_NBYTES_MAX 8

enum smc_js_language smc_js_language(const uint8_t *name, size_t nbytes)
{
    size_t end = 0, start;

    while (end < nbytes && name[end] != '?' && name[end] != '#') {
        end++;
    }
    for (start = end; start > 0 && end - start <= EXTENSION_NBYTES_MAX && name[start - 1] != '.' &&
                      name[start - 1] != '/';
         start--) {
    }
    if (start == 0 || name[start - 1] != '.') {
        return SMC_JS_PLAIN;
    }
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (strlen(extensions[i].text) == end - start &&
            memcmp(extensions[i].text, name + start, end - start) == 0) {
            return extensions[i].language;
        }
    }
    return SMC_JS_PLAIN;
}

const char *smc_js_language_text(enum smc_js_language language)
{
    static const char *const texts[] = {"none", "javascript", "typescript", "tsx"};

    return texts[language];
}
