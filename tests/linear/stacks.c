/*
 * Frames in text: each text once as one line of the grammar, and once through the rewriter, which has no maps, in pieces
 * as a pipe has them.
 */
#include "src/rewrite/smcache_rewrite.h"
#include "src/stack/smcache_stack.h"
#include "tests/linear/linear.h"

#include <stdlib.h>
#include <string.h>

#define FED_NBYTES 4096

#define X10(text) text text text text text text text text text text

/* `before`, then `piece` many times. */
struct stack_text {
    const char *before, *piece;
};

static const struct stack_text stack_texts[] = {
    /* what could begin a frame */
    {"", "at "},
    {"", "at at"},
    {"", " at"},
    {"x ", "at x "},
    {"", "@"},
    {"", "a@"},
    {"", "at @ "},
    {"", "(at "},
    {"", "\\nat "},
    {"at ", "[as "},
    /* what could end one */
    {"", ":1:1"},
    {"", ":1:1 "},
    {"", ":1"},
    {"", ":"},
    {"at ", ":1:1"},
    {"at ", ":1:1,"},
    {"at x", ":1:1)"},
    {"at x/", ":1:1,"},
    {"f@", ":1:1,"},
    {"at f (", ":1:1)"},
    {"at f (", "x:1:1 "},
    {"at f (", "1:1)(1:1"},
    {"at x/y.js:", "1"},
    /* frames and what is nearly one */
    {"", "at f (a.js:1:1)"},
    {"", "at f (a.js:1:1) "},
    {"", "at f (a.js:1:1)\\n"},
    {"", "at f (a.js:1:1)\n"},
    {"", "f@a.js:1:1 "},
    {"", "f@a.js:1:1,"},
    {"", "f@a.js:1:1\n"},
    {"", "at f (1.2:1:1) "},
    {"", "at 1.2:1:1 "},
    {"", "f@1.2:1:1 "},
    {"", "at f (address at a:1:1) "},
    {"", "at f (native) "},
    {"", "at <anonymous> "},
    {"", "\"at <anonymous>("},
    {"", "f@[native code] "},
    {X10(X10(X10(X10("aaaaaaaaaa")))), "@a.js:1:1("}, /* a name that is too long */
    {X10(X10(X10(X10("aaaaaaaaaa")))), "@[native code]("},
    {"at " X10(X10(X10(X10("aaaaaaaaaa")))), "] (native)"},
    {"at " X10(X10(X10(X10("aaaaaaaaaa")))), "] (x:1:1)"},
    {"at " X10(X10(X10(X10("          ")))), ":1:1)"},
    {X10(X10(X10(X10("[]]]]]]]]]")))), "@a.js:1:1("},
    /* evals */
    {"at f ", "(eval at f "},
    {"", "at f (eval at f (a.js:1:1), <anonymous>:1:1)\n"},
    {"at f ", "(eval at f (a.js:1:1), "},
    {"at f (eval at ", ", <anonymous>:1:1)("},
    {"at f (eval at ", "), "},
    {"at f (eval at (a.js:1:1)", "), x:1:1"},
    {"f@a.js", " line 1 > eval"},
    {"f@a.js", " line 1 > eval:1:1"},
    {"f@a.js line 1", " > eval:1:1"},
    {"", "f@a.js line > x:1:1 "},
    /* parentheses, white space, quotes, backslashes */
    {"", "("},
    {"", ")"},
    {"at f ", "("},
    {"at f ", "()"},
    {"", "at ("},
    {"", "at f (((((((((((((((("},
    {"at f ", "((((((((((((((((a:1:1))))))))))))))))"},
    {"", " "},
    {"at f (a.js:1:1)", " "},
    {"at", " "},
    {"", "a                                                                 "},
    {"", "\t"},
    {"", "\r"},
    {"", "\\"},
    {"at f (a.js:1:1)", "\\"},
    {"", "\\n"},
    {"", "\\\\n"},
    {"", "\""},
    {"", "\\\""},
    {"", "\"at "},
    {"", "at f (a.js:1:1)\\\\\\\\"},
    {"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\n", "at f (a.js:1:1)"},
    {"", "*"},
    {"", "x*f@a.js:1:1 "},
    {"", "["},
    {"", "[@"},
    /* lines */
    {"", "\n"},
    {"", "\r\n"},
    {"", "at \n"},
    {"", "@\n"},
    {"", "x at f (a.js:1:1) y\n"},
    {"", "\n\nat f (a.js:1:1)"},
    {"", "a"},
    {"", "a.b/c "},
    {"", "\xff"},
    {"", "at f (https://example.com/" X10(X10("abcdefghi/")) "a.js:1:1)\n"},
};

static int scan_line(const void *context, const char *text, size_t nbytes)
{
    struct smc_stack_scan scan = {.text = text, .nbytes = nbytes};
    struct smc_stack_frame frame;

    (void)context;
    while (smc_stack_next(&scan, &frame)) {
    }
    return 0;
}

/* ---- the rewriter ---- */

static void find_nothing(void *context, const struct smc_file_query *query,
                         struct smc_file_answer *answer)
{
    (void)context;
    (void)query;
    answer->reason = SMC_REASON_MISSING_SOURCE;
}

static int take(void *context, const void *bytes, size_t nbytes)
{
    (void)context;
    (void)bytes;
    (void)nbytes;
    return 0;
}

static int rewrite(const void *context, const char *text, size_t nbytes)
{
    const struct smc_symbolicator_options files = {.struct_size = sizeof files,
                                                   .find = find_nothing};
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .sink = take,
                                          .format = SMC_FORMAT_TEXT,
                                          .flags = SMC_REWRITE_ANNOTATE};
    smc_rewriter *rewriter = NULL;
    smc_rewrite_status status = SMC_REWRITE_E_MEMORY;

    (void)context;
    if (smc_symbolicator_open(&files, &options.symbolicator) == SMC_OK &&
        smc_rewriter_open(&options, &rewriter, NULL) == SMC_REWRITE_OK) {
        status = SMC_REWRITE_OK;
        for (size_t i = 0; i < nbytes && status == SMC_REWRITE_OK; i += FED_NBYTES) {
            const size_t n = nbytes - i < FED_NBYTES ? nbytes - i : FED_NBYTES;
            status = smc_rewriter_feed(rewriter, text + i, n, NULL);
        }
        if (status == SMC_REWRITE_OK) {
            status = smc_rewriter_finish(rewriter, NULL);
        }
    }
    smc_rewriter_close(rewriter);
    smc_symbolicator_close(options.symbolicator);
    return status == SMC_REWRITE_OK ? 0 : -1;
}

int linear_stacks(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof stack_texts / sizeof stack_texts[0] && status == 0; i++) {
        const char *before = stack_texts[i].before, *piece = stack_texts[i].piece;
        const struct repeated text = {.before = before, .open = piece};
        const struct linear_work line_work = {text, scan_line, NULL},
                                 text_work = {text, rewrite, NULL};
        const struct linear_case of_line = {
            linear_measure_text, &line_work, {"line:", before, piece}};
        const struct linear_case of_text = {
            linear_measure_text, &text_work, {"rewriter:", before, piece}};
        status = linear_try(&of_line, tally);
        status = status == 0 ? linear_try(&of_text, tally) : status;
    }
    return status;
}
