/*
 * Small programs, with what functions they have: tests/unit/snippets/NAME.txt. `ninja check-names` asks the peers
 * whether what is written there is right.
 *
 * The first line names the language. A line that is not empty and does not start with "# " is a snippet:
 *
 *   x = «() => 1» ⇒ x
 *   «class A { «get a() {}» }» ⇒ new |A; get A.|a
 *   [«() => 1] ⇒ ✗
 *
 * « and » stand where functions start and end. Behind the arrow there are their names in the order in which they
 * start, a bar before the last component if there is more than that, a hyphen where there is no name; or a cross: no
 * program. ⏎ is a line feed, ␍ a carriage return, ␤ U+2028, and ⟨XXXX⟩ any character.
 */
#ifndef SMC_TESTS_UNIT_SNIPPETS_H
#define SMC_TESTS_UNIT_SNIPPETS_H

#include "src/javascript/javascript.h"
#include "tests/unit/support.h"

#define SNIPPET_FUNCTIONS_MAX 64

struct snippet_function {
    uint32_t start, end;
    struct text name; /* empty: none */
    size_t last_nbytes;
};

struct snippet {
    const char *path; /* and the line, which counts from 1 */
    unsigned line;
    enum smc_js_language language;
    struct text text;
    int is_program;
    unsigned n_functions;
    struct snippet_function functions[SNIPPET_FUNCTIONS_MAX];
};

/* Calls `use` with each snippet of each file; returns their number. */
unsigned for_each_snippet(void (*use)(const struct snippet *snippet, void *context), void *context);

#endif
