/*
 * From a generated file to its map: the search for sourceMappingURL and debug IDs, data: URLs, gzip.
 */
#include "src/base/gzip.h"
#include "src/find/find.h"
#include "tests/linear/linear.h"

#include <stdlib.h>

/* ---- what is done ---- */

static int find(enum smc_find_kind kind, const char *text, size_t nbytes)
{
    struct smc_map_url url;
    uint8_t id[SMC_DEBUG_ID_NBYTES];

    (void)smc_map_url_find(kind, text, nbytes, &url);
    (void)smc_debug_id_find(text, nbytes, 1, id);
    return 0;
}

static int find_js(const void *context, const char *text, size_t nbytes)
{
    (void)context;
    return find(SMC_FIND_JS, text, nbytes);
}

static int find_css(const void *context, const char *text, size_t nbytes)
{
    (void)context;
    return find(SMC_FIND_CSS, text, nbytes);
}

static int decode(const void *context, const char *text, size_t nbytes)
{
    struct smc_buf buf = {0};
    struct smc_data_url_error error;

    (void)context;
    (void)smc_data_url_decode(text, nbytes, SIZE_MAX / 2, &buf, &error);
    const int failed = buf.failed;
    smc_buf_free(&buf);
    return failed ? -1 : 0;
}

static const struct {
    const char *what;
    struct linear_work work;
} texts[] = {
    {"script:", {{"", "x", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "\n", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "\r", "", "", ""}, find_js, NULL}},
    {"script:", {{"", " ", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "\xe2\x80\x83", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "\xe2\x80\xa8", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "\xe2\x80", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//\n", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//#\n", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//# sourceMappingURL=a b\n", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//# sourceMappingURLa\n", "", "", ""}, find_js, NULL}},
    {"script:", {{"//# sourceMappingURL=", "a", "", "", ""}, find_js, NULL}},
    {"script:", {{"//# sourceMappingURL=a b", " ", "", "", ""}, find_js, NULL}},
    {"script:", {{"//#", " ", "", "", "sourceMappingURL=a"}, find_js, NULL}},
    {"script:", {{"//# sourceMappingURL=", "a ", "", "", ""}, find_js, NULL}},
    {"script:", {{"", "//# debugId=\n", "", "", ""}, find_js, NULL}},
    {"style:", {{"", "a", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "/", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "/*", "", "", "*/"}, find_css, NULL}},
    {"style:", {{"", "/**/", "", "", ""}, find_css, NULL}},
    {"style:", {{"/*", "*", "", "", "*/"}, find_css, NULL}},
    {"style:", {{"", "*/", "", "", ""}, find_css, NULL}},
    {"style:", {{"", "/*# sourceMappingURL=a*/", "", "", ""}, find_css, NULL}},
    {"style:", {{"", "/*# sourceMappingURL=a b*/", "", "", ""}, find_css, NULL}},
    {"style:", {{"/*# sourceMappingURL=a", " ", "", "", "b*/"}, find_css, NULL}},
    {"style:", {{"", "\"", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "\"\n", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "\\", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "url(", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "url( ", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"url(", " ", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "url(\"", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "#", "", "", "/**/"}, find_css, NULL}},
    {"style:", {{"", "@a", "", "", "/**/"}, find_css, NULL}},
    {"data:", {{"data:;base64,", "AAAA", "", "", ""}, decode, NULL}},
    {"data:", {{"data:;base64,", "A A ", "", "", ""}, decode, NULL}},
    {"data:", {{"data:;base64,", "%41", "", "", ""}, decode, NULL}},
    {"data:", {{"data:;base64,", " ", "", "", ""}, decode, NULL}},
    {"data:", {{"data:;base64,AA==", " ", "", "", "A"}, decode, NULL}},
    {"data:", {{"data:,", "%", "", "", ""}, decode, NULL}},
    {"data:", {{"data:,", "%00", "", "", ""}, decode, NULL}},
    {"data:", {{"data:", ";base64", "", "", ","}, decode, NULL}},
    {"data:", {{"data:;base64", " ", "", "", ",A"}, decode, NULL}},
    {"data:", {{"data:", "a", "", "", ""}, decode, NULL}},
};

/* ---- what is no text ---- */

static int find_wasm(const void *context, const char *text, size_t nbytes)
{
    (void)context;
    return find(SMC_FIND_WASM, text, nbytes);
}

static int gunzip(const void *context, const char *text, size_t nbytes)
{
    struct smc_buf buf = {0};
    const enum smc_gzip_status status = smc_gunzip(text, nbytes, SIZE_MAX / 2, &buf);

    (void)context;
    smc_buf_free(&buf);
    return status == SMC_GZIP_E_MEMORY ? -1 : 0;
}

/* Bytes with zeros among them. */
struct bytes {
    const char *what;
    int (*work)(const void *context, const char *text, size_t nbytes);
    size_t n_before, n_piece;
    const char *before, *piece;
};

static const struct bytes bytes[] = {
    {"wasm: empty sections", find_wasm, 8, 2, "\0asm\1\0\0\0", "\1\0"},
    {"wasm: sections without a name", find_wasm, 8, 3, "\0asm\1\0\0\0", "\0\1\0"},
    {"wasm: sections of one name", find_wasm, 8, 5, "\0asm\1\0\0\0", "\0\3\2ab"},
    {"wasm: sections of URLs", find_wasm, 8, 21, "\0asm\1\0\0\0", "\0\23\20sourceMappingURL\1a"},
    {"wasm: long numbers", find_wasm, 8, 6, "\0asm\1\0\0\0", "\1\200\200\200\200\0"},
    /* gzip(1) of nothing: ten bytes of a header, two of deflate, eight of a checksum and a size */
    {"gzip: empty members", gunzip, 0, 20, "", "\37\213\10\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"},
    {"gzip: empty blocks", gunzip, 10, 5, "\37\213\10\0\0\0\0\0\0\3", "\0\0\0\377\377"},
    {"gzip: a name without an end", gunzip, 10, 1, "\37\213\10\10\0\0\0\0\0\3", "a"},
    {"gzip: padding", gunzip, 20, 1, "\37\213\10\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0", "\0"},
};

static double measure_bytes(const void *context, size_t wanted)
{
    const struct bytes *b = context;
    const size_t n = wanted / b->n_piece, nbytes = b->n_before + n * b->n_piece;
    char *text = malloc(nbytes);
    double best = -1;

    if (text != NULL) {
        for (size_t i = 0; i < b->n_before; i++) {
            text[i] = b->before[i];
        }
        for (size_t i = b->n_before; i < nbytes; i++) {
            text[i] = b->piece[(i - b->n_before) % b->n_piece];
        }
        best = linear_fastest(b->work, NULL, text, nbytes);
    }
    free(text);
    return best;
}

int linear_finding(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == 0; i++) {
        const struct repeated *text = &texts[i].work.text;
        const struct linear_case linear = {linear_measure_text,
                                           &texts[i].work,
                                           {texts[i].what, text->before, text->open, text->after}};
        status = linear_try(&linear, tally);
    }
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0] && status == 0; i++) {
        const struct linear_case linear = {measure_bytes, &bytes[i], {bytes[i].what}};
        status = linear_try(&linear, tally);
    }
    return status;
}
