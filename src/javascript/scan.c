#include "src/javascript/scanner.h"

#include <stdlib.h>
#include <string.h>

/* Failed attempts to read types may read so many times the text again, and so much more. */
#define TYPES_BUDGET_TIMES 8
#define TYPES_BUDGET_NBYTES 65536

static const uint8_t *step(struct scanner *s, const uint8_t *p)
{
    if (s->mode == MODE_OPERATOR) { /* most tokens are of one of these two */
        return smc_js_operator(s, p);
    }
    if (s->mode == MODE_OPERAND || s->mode == MODE_OPTIONAL) {
        return smc_js_operand(s, p);
    }
    switch (s->mode) {
    case MODE_STATEMENT:
        return smc_js_statement(s, p);
    case MODE_BOUND:
        return smc_js_bound(s, p);
    case MODE_DONE:
        return smc_js_done(s, p);
    case MODE_PROPERTY:
        return smc_js_property(s, p);
    case MODE_MEMBER:
        return smc_js_member(s, p);
    case MODE_BINDING:
        return smc_js_binding(s, p);
    case MODE_PARAMETER:
        return smc_js_parameter(s, p);
    case MODE_JSX_ATTRIBUTES:
        return smc_js_jsx_attributes(s, p);
    default:
        return smc_js_jsx_text(s, p);
    }
}

/* Whether the text may end here: only a statement may be open, which does. */
static int is_complete(struct scanner *s)
{
    if (s->mode == MODE_OPERATOR || s->mode == MODE_BOUND || s->mode == MODE_DONE ||
        s->mode == MODE_OPTIONAL) {
        smc_js_end_statement_parts(s);
        s->mode = MODE_STATEMENT;
    }
    smc_js_end_default(s);
    return s->mode == MODE_STATEMENT && s->top == 0;
}

/* --> at the start of a line, or <!-- anywhere: comments, but in modules and in TypeScript. */
static int is_html_comment(const struct scanner *s, const uint8_t *p)
{
    if (s->is_module || s->is_typed) {
        return 0;
    }
    return *p == '<' ? memcmp(p, "<!--", 4) == 0
                     : (s->has_newline || s->last_end == s->text) && memcmp(p, "-->", 3) == 0;
}

/* To the token behind p. */
static const uint8_t *next_token(struct scanner *s, const uint8_t *p)
{
    p = smc_js_skip(s, p);
    while (p != NULL && (*p == '<' || *p == '-') && is_html_comment(s, p)) {
        p = smc_js_skip_slow(s, smc_js_line_end(s, p));
    }
    return p;
}

static void follow(struct scanner *s)
{
    const uint8_t *p = s->text;

    if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
        p += 3;
    }
    if (p[0] == '#' && p[1] == '!') {
        p = smc_js_line_end(s, p);
    }
    while (p != NULL) {
        s->last_end = p;
        if (s->mode != MODE_JSX_TEXT) {
            p = next_token(s, p);
        }
        if (p == NULL || (*p == 0 && p >= s->end)) { /* zeros follow the text */
            break;
        }
        p = step(s, p);
    }
    if (p != NULL && !is_complete(s)) {
        smc_js_lose(s, s->end, "the text ends in the middle");
    }
}

static int by_start(const void *a, const void *b)
{
    const uint32_t x = ((const struct smc_js_function *)a)->start;
    const uint32_t y = ((const struct smc_js_function *)b)->start;

    return (x > y) - (x < y);
}

/* Takes those out that turned out to be none, and sorts: an arrow is known later than what its parameters hold. */
static void finish_functions(struct smc_js *js)
{
    uint32_t n = 0;
    int is_sorted = 1;

    for (uint32_t i = 0; i < js->n_functions; i++) {
        if (js->functions[i].end != 0) {
            is_sorted &= n == 0 || js->functions[n - 1].start < js->functions[i].start;
            js->functions[n++] = js->functions[i];
        }
    }
    js->n_functions = n;
    if (!is_sorted) {
        qsort(js->functions, n, sizeof *js->functions, by_start);
    }
}

static enum smc_js_result scan_as(struct smc_js *js, enum smc_js_language language)
{
    struct scanner s = {
        .js = js,
        .text = js->text,
        .end = js->text + js->nbytes,
        .is_typed = language == SMC_JS_TYPED || language == SMC_JS_TYPED_JSX,
        .is_jsx = language != SMC_JS_TYPED,
        .mode = MODE_STATEMENT,
        .types_budget = (uint64_t)js->nbytes * TYPES_BUDGET_TIMES + TYPES_BUDGET_NBYTES,
    };
    static const struct smc_js_node fixed[N_FIXED_NODES] = {{.kind = NODE_BOUNDARY},
                                                            {.kind = NODE_PARAMETERS}};

    js->reason = NULL;
    js->n_functions = 0;
    if (js->frames == NULL) {
        js->frames_capacity = 256;
        js->frames = malloc(js->frames_capacity * sizeof *js->frames);
    }
    if (js->nodes == NULL) {
        js->nodes_capacity = 1024;
        js->nodes = malloc(js->nodes_capacity * sizeof *js->nodes);
    }
    if (js->frames == NULL || js->nodes == NULL) {
        return SMC_JS_E_MEMORY;
    }
    memcpy(js->nodes, fixed, sizeof fixed);
    js->n_nodes = N_FIXED_NODES;
    js->frames[0] = (struct smc_js_frame){.kind = FRAME_FILE};
    follow(&s);
    if (s.is_memory_out || js->reason != NULL) {
        js->n_functions = 0;
        return s.is_memory_out ? SMC_JS_E_MEMORY : SMC_JS_LOST;
    }
    finish_functions(js);
    smc_js_find_patterns(js);
    return SMC_JS_FOLLOWED;
}

enum smc_js_result smc_js_scan(struct smc_js *js, const uint8_t *text, size_t nbytes,
                               enum smc_js_language language)
{
    js->text = text;
    js->nbytes = nbytes;
    js->n_functions = 0;
    js->reason = NULL;
    js->lost_at = 0;
    if (nbytes > SMC_JS_NBYTES_MAX) {
        js->reason = "too long";
        return SMC_JS_LOST;
    }
    return scan_as(js, language);
}

enum smc_js_result smc_js_scan_guessed(struct smc_js *js, const uint8_t *text, size_t nbytes,
                                       enum smc_js_language language)
{
    enum smc_js_result result = smc_js_scan(js, text, nbytes, language);

    if (result == SMC_JS_LOST && language == SMC_JS_PLAIN) {
        const char *reason = js->reason;
        const size_t lost_at = js->lost_at;
        result = smc_js_scan(js, text, nbytes, SMC_JS_TYPED_JSX);
        if (result == SMC_JS_LOST) { /* neither: what the file says it is counts */
            js->reason = reason;
            js->lost_at = lost_at;
        }
    }
    return result;
}

void smc_js_free(struct smc_js *js)
{
    free(js->functions);
    free(js->nodes);
    free(js->frames);
    free(js->brackets);
    *js = (struct smc_js){0};
}
