/*
 * Frames in text: what must hold of the frames of any line does; and the rewriter of text gives the same however its input
 * is cut into pieces, keeps what is around frames, and keeps all where no file is known. The first byte chooses output and
 * flags, the second where the input is cut.
 *
 * sources: src/rewrite src/stack src/symbolicate
 * support: src/base src/build src/javascript src/json src/reader src/url tests/unit/found_frames.c tests/fuzz/fuzzing.c
 */
#include "src/rewrite/smcache_rewrite.h"
#include "tests/fuzz/fuzzing.h"
#include "tests/unit/found_frames.h"

#include <stdlib.h>
#include <string.h>

/* Line 0 has tokens at columns 0, 10, 20 and 30, one of a source that is ignored; line 1 has one. Names are hostile. */
static const char map[] =
    "{\"version\":3,\"sources\":[\"a\\\"\\n\\\\.ts\",\"node_modules/"
    "b.js\"],\"names\":[\"n\\u001b\\\"\"],\"ignoreList\":[1],"
    "\"mappings\":\"AAAA,UACCA,UCDC,U;AACA\","
    "\"sourcesContent\":[\"function f() {\\n  g();\\n}\\nfunction g() {}\\n\",null]}";

/* ---- lines ---- */

/* In memory of its own size, so that the address sanitizer sees each byte too much. */
static void check_line(const uint8_t *line, size_t nbytes)
{
    char *copy = nbytes == 0 ? NULL : malloc(nbytes);

    must_hold(copy != NULL || nbytes == 0, "no memory");
    if (copy != NULL) {
        memcpy(copy, line, nbytes);
    }
    const char *fault = found_frames_fault(copy, nbytes);
    must_hold(fault == NULL, fault);
    free(copy);
}

static size_t line_nbytes(const uint8_t *bytes, size_t nbytes)
{
    const uint8_t *end = nbytes == 0 ? NULL : memchr(bytes, '\n', nbytes);
    return end == NULL ? nbytes : (size_t)(end - bytes);
}

static void check_lines(const uint8_t *bytes, size_t nbytes)
{
    check_line(bytes, nbytes);
    for (size_t off = 0; off < nbytes;) {
        const size_t n = line_nbytes(bytes + off, nbytes - off);
        check_line(bytes + off, n);
        off += n + 1;
    }
}

/* ---- the rewriter ---- */

static const char *below(void *context, const struct smc_original_frame *original, size_t *nbytes)
{
    (void)context;
    *nbytes = original->source_line == 0 ? 8 : 0;
    return "> below\n";
}

static struct output rewrite(smc_cache *cache, uint8_t how, const uint8_t *bytes, size_t nbytes,
                             size_t cut)
{
    struct output output = {NULL, 0};
    const struct smc_symbolicator_options known = {
        .struct_size = sizeof known, .context = cache, .find = find_known};
    struct smc_rewrite_options options = {.struct_size = sizeof options,
                                          .sink = add_output,
                                          .sink_context = &output,
                                          .format = SMC_FORMAT_TEXT,
                                          .output = how % 3,
                                          .flags = how / 3 % 8,
                                          .below = (how & 0x80) != 0 ? below : NULL};
    smc_rewriter *rewriter;
    int is_good = smc_symbolicator_open(&known, &options.symbolicator) == SMC_OK &&
                  smc_rewriter_open(&options, &rewriter, NULL) == SMC_REWRITE_OK;

    must_hold(is_good, "it does not open");
    is_good &= smc_rewriter_feed(rewriter, bytes, cut, NULL) == SMC_REWRITE_OK;
    is_good &= smc_rewriter_feed(rewriter, bytes + cut, nbytes - cut, NULL) == SMC_REWRITE_OK;
    is_good &= smc_rewriter_finish(rewriter, NULL) == SMC_REWRITE_OK;
    must_hold(is_good, "it fails");
    smc_rewriter_close(rewriter);
    smc_symbolicator_close(options.symbolicator);
    return output;
}

/* Finds bytes in the output, from where the last were on. */
static void must_have(const struct output *output, size_t *from, const uint8_t *bytes,
                      size_t nbytes)
{
    for (; nbytes > 0 && *from + nbytes <= output->nbytes; ++*from) {
        if (memcmp(output->bytes + *from, bytes, nbytes) == 0) {
            break;
        }
    }
    must_hold(*from + nbytes <= output->nbytes, "what is around frames has not been kept");
    *from += nbytes;
}

/* All that is no frame is in the output, in its order. */
static void check_around(const uint8_t *bytes, size_t nbytes, const struct output *output)
{
    size_t from = 0;

    for (size_t off = 0; off < nbytes;) {
        const size_t n = line_nbytes(bytes + off, nbytes - off);
        struct smc_stack_scan scan = {.text = (const char *)bytes + off, .nbytes = n};
        struct smc_stack_frame frame;
        size_t end = 0;
        while (smc_stack_next(&scan, &frame)) {
            if ((frame.flags & SMC_STACK_EVAL_ORIGIN) == 0) {
                must_have(output, &from, bytes + off + end, frame.whole.off - end);
                end = frame.whole.off + frame.whole.nbytes;
            }
        }
        const size_t next = off + n < nbytes ? n + 1 : n;
        must_have(output, &from, bytes + off + end, next - end);
        off += next;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
    static smc_cache *cache;

    cache = cache == NULL ? open_map(map) : cache;
    if (nbytes < 2) {
        return 0;
    }
    const uint8_t *bytes = data + 2;
    const size_t n = nbytes - 2, cut = data[1] * n / 255;
    check_lines(bytes, n);
    struct output whole = rewrite(cache, data[0], bytes, n, n);
    struct output parts = rewrite(cache, data[0], bytes, n, cut);
    struct output plain = rewrite(cache, 0, bytes, n, cut);
    struct output same = rewrite(NULL, 0, bytes, n, cut);
    must_hold(is_same(&parts, whole.bytes, whole.nbytes), "pieces change the output");
    must_hold(is_same(&same, bytes, n), "what is not known has not passed");
    check_around(bytes, n, &plain);
    free(whole.bytes);
    free(parts.bytes);
    free(plain.bytes);
    free(same.bytes);
    return 0;
}
