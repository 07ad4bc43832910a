/*
 * Contents of sources: unescaped, split into lines and compressed piece by piece, so that memory
 * does not grow with the size of a content.
 */
#include "src/build/lines.h"
#include "src/build/parts.h"

#define WINDOW_NBYTES 65536

_Static_assert(SMC_PIECE_NBYTES >= SMCF_CONTENT_BLOCK_MIN &&
                   SMC_PIECE_NBYTES <= SMCF_CONTENT_BLOCK_MAX &&
                   (SMC_PIECE_NBYTES & (SMC_PIECE_NBYTES - 1)) == 0,
               "spec 7.2");
_Static_assert(SMC_PIECE_SLACK + 1 >= SMC_JSON_PIECE_MIN, "unescaping fills a piece to its end");

/*
 * Which level of libdeflate contents of so many bytes get by default: a map takes about 0.13 s of one core
 * at the most, up to 30 MB. So small ones are compressed hard, large ones fast. The size decides and nothing of the
 * machine, so the same map gives the same file. Pieces of 128 KiB of maps of real bundles; one core (Zen 3); zlib's
 * levels for comparison:
 *
 *                      1      2      4      6      7      9     12 | zlib 1      6      9
 *   MB/s             240    150    105     65     47     18      5 |    120     37     14
 *   babylonjs      0.207  0.201  0.189  0.181  0.179      -      - |  0.231  0.180      -
 *   echarts        0.235  0.227  0.218  0.210  0.209  0.208  0.200 |  0.261  0.209  0.208
 *   antd           0.250  0.241  0.230  0.222  0.220  0.219  0.210 |  0.278  0.221  0.219
 *
 * Above level 7 half a per cent costs twice the time. Level 3 is no better than 4, which is hardly slower,
 * nor is 5 than 6.
 */
static int default_level(uint64_t nbytes)
{
    static const struct {
        uint64_t nbytes_max;
        int level;
    } steps[] = {{6000000, 7}, {8000000, 6}, {12000000, 4}, {16000000, 2}};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (nbytes <= steps[i].nbytes_max) {
            return steps[i].level;
        }
    }
    return 1;
}

int smc_contents_init(struct smc_contents *contents, const struct smc_build_options *options,
                      uint64_t expected_nbytes, unsigned n_helpers)
{
    *contents = (struct smc_contents){.mode = options->sources,
                                      .level = (int)options->compression,
                                      .expected_nbytes = expected_nbytes};
    if (contents->mode != SMC_BUILD_SOURCES_DEFLATE) {
        return 0;
    }
    return smc_workers_init(&contents->workers, SMC_PIECE_NBYTES, options->n_threads, n_helpers,
                            &contents->content, &contents->directory);
}

/* Where a content is longer than what was expected, what is there already counts. */
static int level_of(const struct smc_contents *contents)
{
    return contents->level != 0 ? contents->level
           : contents->stream_nbytes > contents->expected_nbytes
               ? default_level(contents->stream_nbytes)
               : default_level(contents->expected_nbytes);
}

/* Where the next bytes go; *nbytes of them, SMC_JSON_PIECE_MIN at least. NULL: it has failed. */
static uint8_t *room_for(struct smc_contents *contents, size_t *nbytes)
{
    uint8_t *room;

    if (contents->mode == SMC_BUILD_SOURCES_RAW) {
        *nbytes = WINDOW_NBYTES;
        room = smc_buf_reserve(&contents->content, WINDOW_NBYTES);
    } else {
        room = smc_workers_room(&contents->workers, nbytes);
    }
    contents->failed |= room == NULL;
    return room;
}

/* So many bytes are there. */
static void add_bytes(struct smc_contents *contents, size_t nbytes)
{
    contents->stream_nbytes += nbytes;
    if (contents->mode == SMC_BUILD_SOURCES_RAW) {
        contents->content.nbytes += nbytes;
    } else {
        smc_workers_fill(&contents->workers, nbytes, level_of(contents));
    }
}

void smc_contents_add(struct smc_contents *contents, const struct smc_json *string, int is_css)
{
    const uint8_t *p = string->start + 1, *end = string->end - 1;
    int after_cr = 0;

    smc_line_counter_add(&contents->lines, contents->stream_nbytes, 1);
    while (p < end) {
        size_t n;
        uint8_t *room = room_for(contents, &n);
        if (room == NULL) {
            return;
        }
        p = smc_json_unescape(p, end, room, n, &n);
        smc_lines_split(&contents->lines, room, n, contents->stream_nbytes, is_css, &after_cr);
        add_bytes(contents, n);
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
    while (nbytes > 0) {
        size_t n;
        uint8_t *room = room_for(contents, &n);
        if (room == NULL) {
            return;
        }
        n = n < nbytes ? n : nbytes;
        memcpy(room, bytes, n);
        add_bytes(contents, n);
        bytes += n;
        nbytes -= n;
    }
    if (after_cr) {
        smc_line_counter_add(&contents->lines, contents->stream_nbytes - 1, 1);
    }
}

int smc_contents_finish(struct smc_contents *contents)
{
    if (contents->mode == SMC_BUILD_SOURCES_DEFLATE &&
        smc_workers_finish(&contents->workers, level_of(contents)) != 0) {
        contents->failed = 1;
    }
    return contents->failed || contents->content.failed ? -1 : 0;
}

void smc_contents_free(struct smc_contents *contents)
{
    smc_workers_free(&contents->workers);
    smc_line_counter_free(&contents->lines);
    smc_buf_free(&contents->directory);
    smc_buf_free(&contents->content);
}
