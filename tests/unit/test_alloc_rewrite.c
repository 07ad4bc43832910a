/*
 * Memory that runs out while JSON is rewritten: each allocation fails once in turn, and that is said.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/rewriting.h"

static struct rewriting_world world;

static const char input[] =
    "{\"nodes\":[{\"id\":1,\"callFrame\":{\"functionName\":\"\\u0061\",\"url\":\"app.js\","
    "\"lineNumber\":0,"
    "\"columnNumber\":10},\"positionTicks\":[{\"line\":1,\"ticks\":1}],\"children\":[2]}],"
    "\"samples\":[1,2],\"timeDeltas\":[1,5]}\n"
    "{\"head\":{\"selfSize\":3,\"callFrame\":{\"url\":\"app.js\",\"lineNumber\":0,\"columnNumber\":"
    "10}}}\n"
    "[{\"id\":1,\"args\":{\"data\":{\"stackTrace\":[{\"functionName\":\"a\",\"url\":\"app.js\","
    "\"lineNumber\":1,"
    "\"columnNumber\":21}],\"cpuProfile\":{\"samples\":[1]}}}}]\n"
    "{\"debug_meta\":{\"images\":[{\"type\":\"sourcemap\",\"code_file\":\"y.js\",\"debug_id\":"
    "\"" APP_DEBUG_ID "\"}]},\"exception\":{\"values\":[{\"stacktrace\":{\"frames\":[{\"filename\":"
    "\"y.js\",\"lineno\":1,\"colno\":21},"
    "{\"filename\":\"inlined.js\",\"lineno\":1,\"colno\":41}]}}]}}\n"
    "{\"profile\":{\"frames\":[{\"function\":\"a\",\"abs_path\":\"app.js\",\"lineno\":1,\"colno\":"
    "11}],\"stacks\":[[0]],"
    "\"samples\":[{\"stack_id\":0}]}}\n"
    "{\"profiles\":[{\"samples\":[[0]],\"weights\":[1.5]}]}\n"
    "{\"javascriptStack\":{\"stack\":[\"at a "
    "(app.js:1:21)\",\"x\"]},\"stackFrames\":{\"1\":{\"name\":\"a(app.js:1:21)\","
    "\"line\":\"1\",\"column\":\"21\"}},\"samples\":[{\"sf\":1}]}";

static int count_bytes(void *context, const void *bytes, size_t nbytes)
{
    (void)bytes;
    *(size_t *)context += nbytes;
    return 0;
}

/* In pieces of 50 bytes. No asserts in there: they would leave the hook armed. */
static smc_rewrite_status run(uint32_t output, uint32_t format, size_t *nbytes)
{
    const struct smc_rewrite_options options = {.struct_size = sizeof options,
                                                .symbolicator = world.symbolicator,
                                                .format = format,
                                                .output = output,
                                                .sink = count_bytes,
                                                .sink_context = nbytes};
    smc_rewriter *rewriter;
    smc_rewrite_status status = smc_rewriter_open(&options, &rewriter, NULL);

    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < sizeof input - 1 && status == SMC_REWRITE_OK; i += 50) {
            const size_t n = sizeof input - 1 - i < 50 ? sizeof input - 1 - i : 50;
            status = pass == 0 && format != SMC_FORMAT_UNKNOWN
                         ? smc_rewriter_survey(rewriter, input + i, n, NULL)
                     : pass == 0 ? SMC_REWRITE_OK
                                 : smc_rewriter_feed(rewriter, input + i, n, NULL);
        }
    }
    status = status == SMC_REWRITE_OK ? smc_rewriter_finish(rewriter, NULL) : status;
    smc_rewriter_close(rewriter);
    return status;
}

static void memory_runs_out(void **state)
{
    (void)state;
    NEEDS_MALLOC_HOOK();
    for (uint32_t k = 0; k < 6; k++) {
        const uint32_t format = k < 3 ? SMC_FORMAT_JSON : SMC_FORMAT_UNKNOWN;
        size_t wanted_nbytes = 0;
        assert_int_equal(run(k % 3, format, &wanted_nbytes), SMC_REWRITE_OK);
        for (size_t n = 1;; n++) {
            /* What it keeps is not for the next round. */
            smc_symbolicator_close(world.symbolicator);
            rewriting_world_start(&world);
            hook.n_calls = 0;
            hook.fail_at = n;
            size_t written_nbytes = 0;
            const smc_rewrite_status status = run(k % 3, format, &written_nbytes);
            hook.fail_at = 0;
            const int has_failed = hook.n_calls >= n;
            /* Who has not been able to tell what an input is tries again with the next piece. */
            if (status != (has_failed ? SMC_REWRITE_E_MEMORY : SMC_REWRITE_OK) &&
                !(status == SMC_REWRITE_OK && n <= 4 && format == SMC_FORMAT_UNKNOWN &&
                  written_nbytes == wanted_nbytes)) {
                fail_msg("output %u, allocation %zu: status %d", (unsigned)k % 3, n, (int)status);
            }
            if (!has_failed) {
                assert_in_range(n, 20, 10000);
                break;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_runs_out)};
    rewriting_world_open(&world);
    const int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    rewriting_world_close(&world);
    return n_failed;
}
