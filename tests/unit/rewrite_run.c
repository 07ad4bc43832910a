#include "tests/unit/rewrite_run.h"

static int take(void *context, const void *bytes, size_t nbytes)
{
    struct rewrite_run *run = context;

    assert_false(run->has_sink_failed); /* it is not asked again */
    assert_true(nbytes > 0);
    if (run->sink_nbytes > 0 && run->out.nbytes + nbytes > run->sink_nbytes) {
        run->has_sink_failed = 1;
        return -1;
    }
    text_add(&run->out, bytes, nbytes);
    return 0;
}

void rewrite_open(struct rewrite_run *run)
{
    run->options.struct_size = sizeof run->options;
    run->options.symbolicator = run->world->symbolicator;
    run->options.sink = take;
    run->options.sink_context = run;
    run->options.format = SMC_FORMAT_TEXT;
    run->out = (struct text){0};
    run->has_sink_failed = 0;
    text_add(&run->out, "", 0);
    assert_int_equal(smc_rewriter_open(&run->options, &run->rewriter, NULL), SMC_REWRITE_OK);
}

void rewrite_feed(struct rewrite_run *run, const void *bytes, size_t nbytes)
{
    assert_int_equal(smc_rewriter_feed(run->rewriter, bytes, nbytes, NULL), SMC_REWRITE_OK);
}

void rewrite_finish(struct rewrite_run *run)
{
    assert_int_equal(smc_rewriter_finish(run->rewriter, NULL), SMC_REWRITE_OK);
    smc_rewriter_close(run->rewriter);
    run->rewriter = NULL;
}

struct text rewritten(struct rewrite_run *run, const void *bytes, size_t nbytes, size_t piece)
{
    const size_t step = piece == 0 ? nbytes : piece;

    rewrite_open(run);
    for (size_t off = 0; off < nbytes; off += step) {
        /* In memory of its own size, so that the address sanitizer sees each byte too much. */
        const size_t n = nbytes - off < step ? nbytes - off : step;
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, (const char *)bytes + off, n);
        rewrite_feed(run, copy, n);
        free(copy);
    }
    rewrite_finish(run);
    return run->out;
}

void assert_text(struct rewrite_run *run, const char *input, const char *wanted)
{
    for (size_t piece = 0; piece < 2; piece++) {
        struct text out = rewritten(run, input, strlen(input), piece);
        if (strcmp(out.data, wanted) != 0 || out.nbytes != strlen(wanted)) {
            fail_msg("\n%s\n--- gives%s\n%s\n--- not\n%s\n---", input,
                     piece == 0 ? "" : ", byte by byte,", out.data, wanted);
        }
        text_free(&out);
    }
}
