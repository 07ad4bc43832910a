/*
 * The `scopes` string against a plain reader of it (plain_scopes.h): the same verdict, scopes, ranges and warnings. The first
 * bytes choose how many sources and names there are, and whether the grammar is to the letter.
 *
 * sources: src/build/scope_decode.c src/build/scope_items.c src/build/scopes.c src/build/vlq.c
 * support: src/base src/build src/javascript src/json src/reader src/url src/verify tests/unit/scope_run.c tests/unit/support.c tests/fuzz/plain_scopes.c
 * libraries: cmocka
 */
#include "tests/fuzz/fuzzing.h"
#include "tests/fuzz/plain_scopes.h"

#define HEAD_NBYTES 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    if (nbytes < HEAD_NBYTES) {
        return 0;
    }
    setenv("CMOCKA_TEST_ABORT", "1", 1);
    const struct scope_map map = {data[0] / 2 % 8, data[1], data[0] & 1};
    const char *text = (const char *)data + HEAD_NBYTES;
    struct plain_scopes plain = plain_scopes_read(text, nbytes - HEAD_NBYTES, map);
    struct scope_run run = scope_run(text, nbytes - HEAD_NBYTES, map);

    must_hold(run.result == plain.result, "another verdict");
    if (run.result == SMC_SCOPES_OK) {
        struct text dump = scope_dump(&run.scopes);
        must_hold(run.n_warnings == plain.n_warnings, "other warnings");
        must_hold(dump.nbytes == plain.dump.nbytes &&
                      memcmp(dump.data, plain.dump.data, dump.nbytes) == 0,
                  "other scopes or ranges");
        text_free(&dump);
    }
    scope_run_free(&run);
    text_free(&plain.dump);
    return 0;
}
