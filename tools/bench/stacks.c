/*
 * Stacks: an event or a log, from its bytes to those of the original, and its frames alone.
 *
 * FILES has a line for each compiled file: its URL, a tab, its path. What is found is kept open, as a service would; but
 * for `first`, which begins with nothing.
 */
#include "src/rewrite/smcache_rewrite.h"
#include "tools/bench/bench.h"

#include "src/base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE_NBYTES ((size_t)256 << 10) /* as the program reads */
#define FILES_MAX 16
/* One of a small input is too short to time. */
#define SMALL_NBYTES ((size_t)1 << 20)
#define N_SMALL 50
#define N_FIRST 5 /* more would be at home in the processor's caches */

struct file {
    struct smc_view url;
    const char *path;
};

struct stacks {
    struct file files[FILES_MAX];
    size_t n_files;
    struct smc_buf input;
    unsigned n_times;
    uint32_t format;
    smc_symbolicator *symbolicator;
    struct smc_generated_frame *frames; /* of the input */
    size_t n_frames, capacity;
    struct smc_rewrite_counts counts; /* of the last time */
    uint64_t n_out;
};

/* ---- files ---- */

static struct smc_buf read_file(const char *path)
{
    struct smc_buf bytes = {0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || smc_read_all(fd, SIZE_MAX / 2, 1, &bytes) != 0) {
        bench_fail("cannot read a file");
    }
    close(fd);
    return bytes;
}

/* Cuts the text up; it stays in memory. */
static void read_list(struct stacks *s, const char *path)
{
    struct smc_buf text = read_file(path);

    smc_buf_append(&text, "", 1);
    if (text.failed) {
        bench_fail("out of memory");
    }
    for (char *line = (char *)text.data; *line != '\0';) {
        char *tab = strchr(line, '\t');
        char *end = strchr(line, '\n');
        if (tab == NULL || end == NULL || tab > end || s->n_files == FILES_MAX) {
            bench_fail("not a list of URLs and files");
        }
        *end = '\0';
        s->files[s->n_files++] = (struct file){{line, (size_t)(tab - line)}, tab + 1};
        line = end + 1;
    }
}

static void find(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    const struct stacks *s = context;

    answer->reason = SMC_REASON_MISSING_SOURCE;
    for (size_t i = 0; i < s->n_files; i++) {
        const struct file *file = &s->files[i];
        smc_cache *cache;
        if (file->url.nbytes != query->url.nbytes ||
            memcmp(file->url.ptr, query->url.ptr, query->url.nbytes) != 0) {
            continue;
        }
        if (smc_open_path(file->path, 0, &cache, NULL) != SMC_OK) {
            bench_fail("not a compiled file");
        }
        *answer = (struct smc_file_answer){.rule = SMC_RULE_URL, .cache = cache, .file = cache};
    }
}

static void release(void *context, const struct smc_file_answer *answer)
{
    (void)context;
    smc_close(answer->file);
}

static smc_symbolicator *open_symbolicator(struct stacks *s)
{
    const struct smc_symbolicator_options options = {
        .struct_size = sizeof options, .context = s, .find = find, .release = release};
    smc_symbolicator *symbolicator;

    if (smc_symbolicator_open(&options, &symbolicator) != SMC_OK) {
        bench_fail("out of memory");
    }
    return symbolicator;
}

/* ---- the whole input ---- */

static int count(void *context, const void *bytes, size_t nbytes)
{
    struct stacks *s = context;

    (void)bytes;
    s->n_out += nbytes;
    return 0;
}

static void rewrite(struct stacks *s, struct smc_rewrite_options options)
{
    smc_rewriter *rewriter;

    options.struct_size = sizeof options;
    options.sink = count;
    options.sink_context = s;
    options.format = s->format;
    if (smc_rewriter_open(&options, &rewriter, NULL) != SMC_REWRITE_OK) {
        bench_fail("cannot begin");
    }
    for (size_t at = 0, n; at < s->input.nbytes; at += n) {
        n = s->input.nbytes - at < PIECE_NBYTES ? s->input.nbytes - at : PIECE_NBYTES;
        if (smc_rewriter_feed(rewriter, s->input.data + at, n, NULL) != SMC_REWRITE_OK) {
            bench_fail("the input cannot be rewritten");
        }
    }
    if (smc_rewriter_finish(rewriter, NULL) != SMC_REWRITE_OK) {
        bench_fail("the input cannot be rewritten");
    }
    smc_rewriter_counts(rewriter, &s->counts);
    smc_rewriter_close(rewriter);
}

static double time_rewrites(struct stacks *s, uint32_t n_context)
{
    const double start = bench_now_ns();

    for (unsigned i = 0; i < s->n_times; i++) {
        rewrite(s, (struct smc_rewrite_options){.symbolicator = s->symbolicator,
                                                .n_context = n_context});
    }
    return (bench_now_ns() - start) / s->n_times;
}

static double time_rewrite(void *state)
{
    return time_rewrites(state, 0);
}

static double time_without_lines(void *state)
{
    return time_rewrites(state, SMC_REWRITE_NO_CONTEXT);
}

/* Without the close: a service keeps its files open. */
static double time_first(void *state)
{
    struct stacks *s = state;
    double sum = 0;

    for (unsigned i = 0; i < N_FIRST; i++) {
        const double start = bench_now_ns();
        smc_symbolicator *symbolicator = open_symbolicator(s);
        rewrite(s, (struct smc_rewrite_options){.symbolicator = symbolicator});
        sum += bench_now_ns() - start;
        smc_symbolicator_close(symbolicator);
    }
    return sum / N_FIRST;
}

/* ---- its frames alone ---- */

static struct smc_view copy(struct smc_view text)
{
    char *bytes = text.ptr == NULL ? NULL : malloc(text.nbytes + 1);

    if (bytes != NULL) {
        memcpy(bytes, text.ptr, text.nbytes);
    }
    return (struct smc_view){bytes, text.nbytes};
}

static void keep(void *context, const struct smc_generated_frame *generated,
                 const struct smc_original_frame *original)
{
    struct stacks *s = context;

    (void)original;
    if (s->n_frames == s->capacity) {
        s->capacity = s->capacity * 2 + 64;
        s->frames = realloc(s->frames, s->capacity * sizeof *s->frames);
        if (s->frames == NULL) {
            bench_fail("out of memory");
        }
    }
    struct smc_generated_frame *frame = &s->frames[s->n_frames++];
    *frame = *generated;
    frame->url = copy(generated->url);
    frame->function = copy(generated->function);
    if (generated->debug_id != NULL) {
        const struct smc_view id = {(const char *)generated->debug_id, 16};
        frame->debug_id = (const uint8_t *)copy(id).ptr;
    }
}

static void read_frames(struct stacks *s)
{
    if (s->n_frames == 0) {
        rewrite(s, (struct smc_rewrite_options){.symbolicator = s->symbolicator,
                                                .output = SMC_OUTPUT_FRAMES,
                                                .visit = keep,
                                                .visit_context = s});
    }
}

/* As one stack: of a log's frames a long one. */
static double time_frames(void *state)
{
    struct stacks *s = state;
    uint64_t sum = 0;

    read_frames(s);
    const double start = bench_now_ns();
    for (unsigned i = 0; i < s->n_times; i++) {
        const struct smc_original_frame *originals;
        size_t n;
        if (smc_symbolicate(s->symbolicator, s->frames, s->n_frames, SMC_CALLER_FIRST, &originals,
                            &n) != SMC_OK) {
            bench_fail("smc_symbolicate failed");
        }
        for (size_t k = 0; k < n; k++) {
            sum += originals[k].source_line + originals[k].source_text.nbytes +
                   originals[k].name.nbytes;
        }
    }
    const double ns = (bench_now_ns() - start) / s->n_times;
    bench_consume(sum);
    return ns;
}

/* ---- counts ---- */

static double n_frames(void *state)
{
    const struct stacks *s = state;
    return (double)s->counts.n_frames;
}

static double n_mapped(void *state)
{
    const struct stacks *s = state;
    return (double)s->counts.n_mapped;
}

int bench_stacks(int argc, char **argv)
{
    static const struct bench_command commands[] = {
        {"rewrite", time_rewrite}, {"without_lines", time_without_lines},
        {"first", time_first},     {"frames", time_frames},
        {"n_frames", n_frames},    {"n_mapped", n_mapped},
    };
    struct stacks s = {0};

    (void)argc;
    read_list(&s, argv[2]);
    s.input = read_file(argv[3]);
    s.format = smc_format_detect(s.input.data, s.input.nbytes, 1);
    s.n_times = s.input.nbytes < SMALL_NBYTES ? N_SMALL : 1;
    s.symbolicator = open_symbolicator(&s);
    rewrite(&s, (struct smc_rewrite_options){.symbolicator = s.symbolicator}); /* the first touch */

    const int code = bench_serve(commands, sizeof commands / sizeof commands[0], &s);
    smc_symbolicator_close(s.symbolicator);
    return code;
}
