#include "src/javascript/javascript.h"

#include <string.h>

struct extension {
    const char *text;
    enum smc_js_language language;
    int is_code;
};

static const struct extension extensions[] = {
    {"ts", SMC_JS_TYPED, 1},
    {"mts", SMC_JS_TYPED, 1},
    {"cts", SMC_JS_TYPED, 1},
    {"tsx", SMC_JS_TYPED_JSX, 1},
    {"css", SMC_JS_NONE, 0},
    {"scss", SMC_JS_NONE, 0},
    {"sass", SMC_JS_NONE, 0},
    {"less", SMC_JS_NONE, 0},
    {"styl", SMC_JS_NONE, 0},
    {"pcss", SMC_JS_NONE, 0},
    {"json", SMC_JS_NONE, 0},
    {"html", SMC_JS_NONE, 0},
    {"htm", SMC_JS_NONE, 0},
    {"svg", SMC_JS_NONE, 0},
    {"xml", SMC_JS_NONE, 0},
    {"md", SMC_JS_NONE, 0},
    {"txt", SMC_JS_NONE, 0},
    {"wasm", SMC_JS_NONE, 0},
    {"glsl", SMC_JS_NONE, 0},
    {"graphql", SMC_JS_NONE, 0},
    {"yml", SMC_JS_NONE, 0},
    {"yaml", SMC_JS_NONE, 0},
    {"pug", SMC_JS_NONE, 0},
    /* Compiled to JavaScript, of which the functions can be found in that. */
    {"vue", SMC_JS_NONE, 1},
    {"svelte", SMC_JS_NONE, 1},
    {"astro", SMC_JS_NONE, 1},
    {"coffee", SMC_JS_NONE, 1},
    {"elm", SMC_JS_NONE, 1},
    {"c", SMC_JS_NONE, 1},
    {"cc", SMC_JS_NONE, 1},
    {"cpp", SMC_JS_NONE, 1},
    {"h", SMC_JS_NONE, 1},
    {"rs", SMC_JS_NONE, 1},
    {"go", SMC_JS_NONE, 1},
    {"py", SMC_JS_NONE, 1},
    {"kt", SMC_JS_NONE, 1},
};

/* What a name of a file may be long: only its end is looked at. */
#define EXTENSION_NBYTES_MAX 8

/* NULL: it has none that is known. */
static const struct extension *extension_of(const uint8_t *name, size_t nbytes)
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
        return NULL;
    }
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        if (strlen(extensions[i].text) == end - start &&
            memcmp(extensions[i].text, name + start, end - start) == 0) {
            return &extensions[i];
        }
    }
    return NULL;
}

enum smc_js_language smc_js_language(const uint8_t *name, size_t nbytes)
{
    const struct extension *extension = extension_of(name, nbytes);

    return extension == NULL ? SMC_JS_PLAIN : extension->language;
}

int smc_js_is_code(const uint8_t *name, size_t nbytes)
{
    const struct extension *extension = extension_of(name, nbytes);

    return extension == NULL || extension->is_code;
}

const char *smc_js_language_text(enum smc_js_language language)
{
    static const char *const texts[] = {"none", "javascript", "typescript", "tsx"};

    return texts[language];
}
