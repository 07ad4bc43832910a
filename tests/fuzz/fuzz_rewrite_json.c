/*
 * The rewriting of JSON: what comes out does not depend on how the bytes are cut into pieces, and where no file is known it
 * is what came in. The first byte chooses output and flags, the second where the input is cut.
 *
 * sources: src/json src/rewrite src/stack src/symbolicate
 * support: src/base src/build src/javascript src/reader src/url tests/fuzz/fuzzing.c
 */
#include "src/rewrite/smcache_rewrite.h"
#include "tests/fuzz/fuzzing.h"

#include <stdlib.h>

/* Line 0 has tokens at columns 0, 10, 20 and 30, one of a source that is ignored; line 1 has one. */
static const char map[] =
    "{\"version\":3,\"sources\":[\"a.ts\",\"node_modules/"
    "b.js\"],\"names\":[\"n\"],\"ignoreList\":[1],"
    "\"mappings\":\"AAAA,UACCA,UCDC,U;AACA\",\"x_hermes_function_offsets\":{\"0\":[0,10]},"
    "\"sourcesContent\":[\"function f() {\\n  g();\\n}\\nfunction g() {}\\n\",null]}";

static struct output rewrite(smc_cache *cache, uint8_t how, const uint8_t *bytes, size_t nbytes,
                             size_t cut)
{
    struct output output = {NULL, 0};
    const struct smc_symbolicator_options known = {
        .struct_size = sizeof known, .context = cache, .find = find_known};
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .sink = add_output,
                                          .sink_context = &output,
                                          .format = SMC_FORMAT_JSON,
                                          .output = cache == NULL ? 0 : how % 3,
                                          .flags = cache == NULL ? 0 : how / 3 & 3};
    smc_rewriter *rewriter;

    must_hold(smc_symbolicator_open(&known, &options.symbolicator) == SMC_OK, "no symbolicator");
    must_hold(smc_rewriter_open(&options, &rewriter, NULL) == SMC_REWRITE_OK, "no rewriter");
    if ((how & 0x40) != 0) {
        (void)smc_rewriter_survey(rewriter, bytes, nbytes, NULL);
    }
    (void)smc_rewriter_feed(rewriter, bytes, cut, NULL);
    (void)smc_rewriter_feed(rewriter, bytes + cut, nbytes - cut, NULL);
    (void)smc_rewriter_finish(rewriter, NULL);
    smc_rewriter_close(rewriter);
    smc_symbolicator_close(options.symbolicator);
    return output;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    static smc_cache *cache;

    cache = cache == NULL ? open_map(map) : cache;
    if (nbytes < 3) {
        return 0;
    }
    const uint8_t *bytes = data + 2;
    const size_t n = nbytes - 2, cut = data[1] * n / 255;
    struct output whole = rewrite(cache, data[0], bytes, n, n);
    struct output parts = rewrite(cache, data[0], bytes, n, cut);
    struct output same = rewrite(NULL, data[0], bytes, n, cut);
    must_hold(is_same(&whole, parts.bytes, parts.nbytes), "pieces change the output");
    must_hold(is_same(&same, bytes, n), "what is not known has not passed");
    (void)smc_format_detect(bytes, n, data[0] >> 7);
    free(whole.bytes);
    free(parts.bytes);
    free(same.bytes);
    return 0;
}
