/*
 * Contents of sources: unescaped, split into lines and compressed piece by piece, so that memory
 * does not grow with the size of a content.
 */
#include "src/build/lines.h"
#include "src/build/parts.h"

#include <stdlib.h>
#include <zlib.h>

#define WINDOW_NBYTES 65536
#define LEVEL 6
#define RAW_WINDOW_BITS (-15)
#define MEM_LEVEL 8

_Static_assert(SMC_PIECE_NBYTES >= SMCF_CONTENT_BLOCK_MIN &&
                   SMC_PIECE_NBYTES <= SMCF_CONTENT_BLOCK_MAX &&
                   (SMC_PIECE_NBYTES & (SMC_PIECE_NBYTES - 1)) == 0,
               "spec 7.2");

int smc_contents_init(struct smc_contents *contents, enum smc_build_sources mode)
{
    *contents = (struct smc_contents){.mode = mode};
    if (mode == SMC_BUILD_SOURCES_NONE) {
        return 0;
    }
    contents->window = malloc(WINDOW_NBYTES);
    if (contents->window == NULL) {
        return -1;
    }
    if (mode == SMC_BUILD_SOURCES_DEFLATE) {
        contents->piece = malloc(SMC_PIECE_NBYTES);
        contents->deflater = calloc(1, sizeof *contents->deflater);
        if (contents->piece == NULL || contents->deflater == NULL) {
            return -1;
        }
        if (deflateInit2(contents->deflater, LEVEL, Z_DEFLATED, RAW_WINDOW_BITS, MEM_LEVEL,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            free(contents->deflater);
            contents->deflater = NULL;
            return -1;
        }
    }
    return 0;
}

static void flush_piece(struct smc_contents *contents)
{
    z_stream *z = contents->deflater;
    struct smcf_le64 start = smcf_put64(contents->content.nbytes);
    uLong bound = deflateBound(z, (uLong)contents->piece_nbytes);
    uint8_t *out = smc_buf_reserve(&contents->content, bound);

    smc_buf_append(&contents->directory, &start, sizeof start);
    if (out == NULL || deflateReset(z) != Z_OK) {
        contents->failed = 1;
        return;
    }
    z->next_in = contents->piece;
    z->avail_in = (uInt)contents->piece_nbytes;
    z->next_out = out;
    z->avail_out = (uInt)bound;
    if (deflate(z, Z_FINISH) != Z_STREAM_END) {
        contents->failed = 1;
        return;
    }
    contents->content.nbytes += bound - z->avail_out;
    contents->piece_nbytes = 0;
}

static void add_bytes(struct smc_contents *contents, const uint8_t *bytes, size_t nbytes)
{
    contents->stream_nbytes += nbytes;
    if (contents->mode == SMC_BUILD_SOURCES_RAW) {
        smc_buf_append(&contents->content, bytes, nbytes);
        return;
    }
    while (nbytes > 0 && !contents->failed) {
        size_t room = SMC_PIECE_NBYTES - contents->piece_nbytes;
        size_t n = nbytes < room ? nbytes : room;
        memcpy(contents->piece + contents->piece_nbytes, bytes, n);
        contents->piece_nbytes += n;
        bytes += n;
        nbytes -= n;
        if (contents->piece_nbytes == SMC_PIECE_NBYTES) {
            flush_piece(contents);
        }
    }
}

void smc_contents_add(struct smc_contents *contents, const struct smc_json *string, int is_css)
{
    const uint8_t *p = string->start + 1, *end = string->end - 1;
    int after_cr = 0;

    smc_line_counter_add(&contents->lines, contents->stream_nbytes, 1);
    while (p < end && !contents->failed) {
        size_t n;
        p = smc_json_unescape(p, end, contents->window, WINDOW_NBYTES, &n);
        smc_lines_split(&contents->lines, contents->window, n, contents->stream_nbytes, is_css,
                        &after_cr);
        add_bytes(contents, contents->window, n);
    }
    if (after_cr) {
        smc_line_counter_add(&contents->lines, contents->stream_nbytes - 1, 1);
    }
}

void smc_contents_add_bytes(struct smc_contents *contents, const uint8_t *bytes, size_t nbytes,
                            int is_css)
{
    int after_cr = 0;

    smc_line_counter_add(&contents->lines, contents->stream_nbytes, 1);
    smc_lines_split(&contents->lines, bytes, nbytes, contents->stream_nbytes, is_css, &after_cr);
    add_bytes(contents, bytes, nbytes);
    if (after_cr) {
        smc_line_counter_add(&contents->lines, contents->stream_nbytes - 1, 1);
    }
}

int smc_contents_finish(struct smc_contents *contents)
{
    if (contents->mode == SMC_BUILD_SOURCES_DEFLATE) {
        if (contents->piece_nbytes > 0) {
            flush_piece(contents);
        }
        struct smcf_le64 end = smcf_put64(contents->content.nbytes);
        smc_buf_append(&contents->directory, &end, sizeof end);
    }
    return contents->failed || contents->content.failed || contents->directory.failed ? -1 : 0;
}

void smc_contents_free(struct smc_contents *contents)
{
    if (contents->deflater != NULL) {
        deflateEnd(contents->deflater);
        free(contents->deflater);
    }
    free(contents->piece);
    free(contents->window);
    smc_line_counter_free(&contents->lines);
    smc_buf_free(&contents->directory);
    smc_buf_free(&contents->content);
}
