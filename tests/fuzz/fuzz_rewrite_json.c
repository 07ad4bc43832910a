/*
 * The rewriting of JSON: what comes out does not depend on how the bytes are cut into pieces, and where no file is known it
 * is what came in. The first byte chooses output and flags, the second where the input is cut.
 *
 * sources: src/base src/build src/javascript src/json src/reader src/rewrite src/stack src/symbolicate src/url
 */
#include "src/build/smcache_build.h"
#include "src/rewrite/smcache_rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes);

/* Line 0 has tokens at columns 0, 10, 20 and 30, one of a source that is ignored; line 1 has one. */
static const char map[] =
    "{\"version\":3,\"sources\":[\"a.ts\",\"node_modules/"
    "b.js\"],\"names\":[\"n\"],\"ignoreList\":[1],"
    "\"mappings\":\"AAAA,UACCA,UCDC,U;AACA\",\"x_hermes_function_offsets\":{\"0\":[0,10]},"
    "\"sourcesContent\":[\"function f() {\\n  g();\\n}\\nfunction g() {}\\n\",null]}";

static void must_hold(int holds, const char *fault)
{
    if (!holds) {
        (void)fprintf(stderr, "%s\n", fault);
        abort();
    }
}

static smc_cache *open_map(void)
{
    void *file;
    size_t nbytes;
    smc_cache *cache;

    must_hold(smc_build_memory(map, sizeof map - 1, NULL, &file, &nbytes, NULL) == SMC_BUILD_OK &&
                  smc_open_memory(file, nbytes, 0, &cache, NULL) == SMC_OK,
              "the map is no good");
    return cache;
}

/* The context is the one file that is known, or NULL. */
static void find(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    if (query->url.nbytes > 5) {
        answer->reason = SMC_REASON_MISSING_SOURCE;
        return;
    }
    answer->cache = context;
    answer->reason = context == NULL ? SMC_REASON_MISSING_SOURCEMAP : SMC_REASON_NONE;
}

struct output {
    uint8_t *bytes;
    size_t nbytes;
};

static int add(void *context, const void *bytes, size_t nbytes)
{
    struct output *output = context;
    uint8_t *grown = realloc(output->bytes, output->nbytes + nbytes);

    must_hold(grown != NULL, "no memory");
    memcpy(grown + output->nbytes, bytes, nbytes);
    output->bytes = grown;
    output->nbytes += nbytes;
    return 0;
}

static struct output rewrite(smc_cache *cache, uint8_t how, const uint8_t *bytes, size_t nbytes,
                             size_t cut)
{
    struct output output = {NULL, 0};
    const struct smc_symbolicator_options known = {
        .struct_size = sizeof known, .context = cache, .find = find};
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .sink = add,
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

    cache = cache == NULL ? open_map() : cache;
    if (nbytes < 3) {
        return 0;
    }
    const uint8_t *bytes = data + 2;
    const size_t n = nbytes - 2, cut = data[1] * n / 255;
    struct output whole = rewrite(cache, data[0], bytes, n, n);
    struct output parts = rewrite(cache, data[0], bytes, n, cut);
    struct output same = rewrite(NULL, data[0], bytes, n, cut);
    must_hold(whole.nbytes == parts.nbytes &&
                  (whole.nbytes == 0 || memcmp(whole.bytes, parts.bytes, whole.nbytes) == 0),
              "pieces change the output");
    must_hold(same.nbytes == n && memcmp(same.bytes, bytes, n) == 0,
              "what is not known has not passed");
    (void)smc_format_detect(bytes, n, data[0] >> 7);
    free(whole.bytes);
    free(parts.bytes);
    free(same.bytes);
    return 0;
}
