/*
 * The parts of a build in process: the JSON scan, unescaping, decoding, the scan for functions, and all of it but the
 * latter in memory.
 */
#include "src/base/cpu.h"
#include "src/base/io.h"
#include "src/build/parts.h"
#include "tools/bench/bench.h"
#include "tools/bench/texts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_NBYTES 65536 /* as contents.c has it where contents stay as they are */

struct builds {
    struct smc_buf json;
    struct smc_json_text text; /* of the json */
    struct smc_build_options options;
    struct smc_report report;
    struct smc_buf parts; /* struct smc_part */
    struct smc_strings strings;
    struct smc_buf name_ids;
    double n_tokens;
    struct bench_texts contents, generated;
};

static struct smc_part *parts_of(const struct builds *b)
{
    return (void *)b->parts.data;
}

static size_t n_parts_of(const struct builds *b)
{
    return b->parts.nbytes / sizeof(struct smc_part);
}

/* ---- what is made once: all that decoding needs of a map, as build.c makes it ---- */

static void read_map(struct builds *b)
{
    struct smc_json_error error;
    struct smc_json root;
    struct smc_map map;

    if (smc_json_check(&b->text, b->json.data, b->json.nbytes, 1, &root, &error) != 0 ||
        smc_map_read(&root, &map, &b->report) != SMC_BUILD_OK ||
        smc_parts_read(&map, &b->parts, &b->report) != SMC_BUILD_OK) {
        bench_fail("not a source map");
    }
}

static void read_names(struct builds *b)
{
    for (size_t i = 0; i < n_parts_of(b); i++) {
        struct smc_part *part = &parts_of(b)[i];
        struct smc_json element;
        part->first_name = (uint32_t)(b->name_ids.nbytes / sizeof(uint32_t));
        if (part->map.names.type != SMC_JSON_ARRAY) {
            continue;
        }
        struct smc_json_walk walk = smc_json_walk(&part->map.names);
        while (smc_json_next_element(&walk, &element)) {
            if (element.type != SMC_JSON_STRING) {
                bench_fail("a name is not a string");
            }
            const uint32_t id = smc_strings_add_json(&b->strings, &element);
            smc_buf_append(&b->name_ids, &id, sizeof id);
            part->n_names++;
        }
    }
}

static void prepare(struct builds *b)
{
    struct smc_buf sources = {0};

    read_map(b);
    read_names(b);
    if (smc_sources_read(parts_of(b), n_parts_of(b), b->json.nbytes, &b->strings, &sources,
                         &b->report) != SMC_BUILD_OK ||
        b->name_ids.failed || b->strings.bytes.failed) {
        bench_fail("the map's names or sources are bad");
    }
    for (size_t i = 0; i < n_parts_of(b); i++) {
        bench_texts_add_contents(&b->contents, &parts_of(b)[i], (const void *)sources.data,
                                 &b->strings);
    }
    smc_buf_free(&sources);
}

static void read_whole(const char *path, struct smc_buf *bytes)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || smc_read_all(fd, SIZE_MAX, 1, bytes) != 0 || close(fd) != 0) {
        bench_fail("cannot read a file");
    }
}

static void read_generated(struct builds *b, const char *path)
{
    struct smc_buf bytes = {0};

    read_whole(path, &bytes);
    bench_texts_add(&b->generated, bytes.data, bytes.nbytes, (const uint8_t *)path, strlen(path));
    smc_buf_free(&bytes);
}

/* ---- what is measured ---- */

static double time_json(void *state)
{
    const struct builds *b = state;
    struct smc_json_error error;
    struct smc_json_text text;
    struct smc_json root;
    const double start = bench_now_ns();

    if (smc_json_check(&text, b->json.data, b->json.nbytes, 1, &root, &error) != 0) {
        bench_fail("smc_json_check failed");
    }
    const double ns = bench_now_ns() - start;
    smc_json_text_free(&text);
    return ns;
}

/* Calls `use` for all contents; returns the sum of what it returns. */
static double each_content(const struct builds *b, double (*use)(const struct smc_json *string))
{
    double sum = 0;

    for (size_t i = 0; i < n_parts_of(b); i++) {
        const struct smc_map *map = &parts_of(b)[i].map;
        struct smc_json element;
        if (map->sources_content.type != SMC_JSON_ARRAY) {
            continue;
        }
        struct smc_json_walk walk = smc_json_walk(&map->sources_content);
        while (smc_json_next_element(&walk, &element)) {
            sum += element.type == SMC_JSON_STRING ? use(&element) : 0;
        }
    }
    return sum;
}

static double content_size(const struct smc_json *string)
{
    return (double)(string->end - string->start - 2);
}

/* Without the walk to the string, which is json_walk.c. */
static double time_one_content(const struct smc_json *string)
{
    static uint8_t window[WINDOW_NBYTES];
    const uint8_t *p = string->start + 1, *end = string->end - 1;
    size_t n, sum = 0;
    const double start = bench_now_ns();

    while (p < end) {
        p = smc_json_unescape(p, end, window, sizeof window, &n);
        sum += n + window[0];
    }
    const double ns = bench_now_ns() - start;
    bench_consume(sum);
    return ns;
}

static double time_unescape(void *state)
{
    return each_content(state, time_one_content);
}

static double content_nbytes(void *state)
{
    return each_content(state, content_size);
}

static double mappings_nbytes(void *state)
{
    const struct builds *b = state;
    double sum = 0;

    for (size_t i = 0; i < n_parts_of(b); i++) {
        sum += content_size(&parts_of(b)[i].map.mappings);
    }
    return sum;
}

/* From the text of `mappings` to packed blocks, in memory that is fresh each time. */
static double time_decode(void *state)
{
    struct builds *b = state;
    const struct smc_mappings_input input = {parts_of(b), n_parts_of(b),
                                             (const void *)b->name_ids.data};
    struct smc_token_writer writer = {0};
    uint32_t n_lines;
    const double start = bench_now_ns();

    if (smc_mappings_decode(&input, &writer, &n_lines, &b->report) != SMC_BUILD_OK) {
        bench_fail("smc_mappings_decode failed");
    }
    smc_token_writer_finish(&writer);
    const double ns = bench_now_ns() - start;
    if (smc_token_writer_failed(&writer)) {
        bench_fail("out of memory");
    }
    b->n_tokens = (double)writer.n_tokens;
    smc_token_writer_free(&writer);
    return ns;
}

static double time_build(const struct builds *b, enum smc_build_sources sources, unsigned n_threads)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = sources,
                                              .functions = SMC_BUILD_FUNCTIONS_NONE,
                                              .n_threads = n_threads};
    void *file;
    size_t nbytes;
    const double start = bench_now_ns();

    if (smc_build_memory(b->json.data, b->json.nbytes, &options, &file, &nbytes, NULL) !=
        SMC_BUILD_OK) {
        bench_fail("smc_build_memory failed");
    }
    const double ns = bench_now_ns() - start;
    bench_consume(nbytes);
    free(file);
    return ns;
}

static double time_build_none(void *state)
{
    return time_build(state, SMC_BUILD_SOURCES_NONE, 1);
}

static double time_build_deflate(void *state)
{
    return time_build(state, SMC_BUILD_SOURCES_DEFLATE, 1);
}

static double time_build_deflate_2(void *state)
{
    return time_build(state, SMC_BUILD_SOURCES_DEFLATE, 2);
}

static double time_scan(void *state)
{
    struct builds *b = state;
    return bench_texts_time(&b->contents);
}

static double time_scan_generated(void *state)
{
    struct builds *b = state;
    return bench_texts_time(&b->generated);
}

/* ---- the rest: of texts, what the last scan of them has found ---- */

static double scan_nbytes(void *state)
{
    const struct builds *b = state;
    return b->contents.followed_nbytes;
}

static double scan_lost_nbytes(void *state)
{
    const struct builds *b = state;
    return b->contents.lost_nbytes;
}

static double scan_generated_nbytes(void *state)
{
    const struct builds *b = state;
    return b->generated.followed_nbytes;
}

static double scan_generated_lost_nbytes(void *state)
{
    const struct builds *b = state;
    return b->generated.lost_nbytes;
}

static double json_nbytes(void *state)
{
    const struct builds *b = state;
    return (double)b->json.nbytes;
}

static double n_tokens(void *state)
{
    const struct builds *b = state;
    return b->n_tokens;
}

static double set_level(enum smc_cpu_level level)
{
    smc_cpu_set_limit(level);
    return smc_cpu_level(); /* lower, if the processor has less */
}

static double use_scalar(void *state)
{
    (void)state;
    return set_level(SMC_CPU_SCALAR);
}

static double use_baseline(void *state)
{
    (void)state;
    return set_level(SMC_CPU_BASELINE);
}

static double use_best(void *state)
{
    (void)state;
    return set_level(SMC_CPU_AVX2);
}

int bench_builds(int argc, char **argv)
{
    static const struct bench_command commands[] = {
        {"json", time_json},
        {"unescape", time_unescape},
        {"decode", time_decode},
        {"build_none", time_build_none},
        {"build_deflate", time_build_deflate},
        {"build_deflate_2", time_build_deflate_2},
        {"scan", time_scan},
        {"scan_generated", time_scan_generated},
        {"scan_nbytes", scan_nbytes},
        {"scan_lost_nbytes", scan_lost_nbytes},
        {"scan_generated_nbytes", scan_generated_nbytes},
        {"scan_generated_lost_nbytes", scan_generated_lost_nbytes},
        {"json_nbytes", json_nbytes},
        {"content_nbytes", content_nbytes},
        {"mappings_nbytes", mappings_nbytes},
        {"n_tokens", n_tokens},
        {"scalar", use_scalar},
        {"baseline", use_baseline},
        {"best", use_best}};
    struct builds b = {.options.struct_size = sizeof b.options};

    read_whole(argv[2], &b.json);
    b.report = (struct smc_report){b.json.data, &b.options, {.reason = ""}};
    prepare(&b);
    if (argc > 3) {
        read_generated(&b, argv[3]);
    }
    time_decode(&b); /* for n_tokens */
    bench_texts_time(&b.contents);
    bench_texts_time(&b.generated);

    const int code = bench_serve(commands, sizeof commands / sizeof commands[0], &b);
    smc_json_text_free(&b.text);
    smc_buf_free(&b.json);
    smc_buf_free(&b.parts);
    smc_buf_free(&b.name_ids);
    smc_strings_free(&b.strings);
    bench_texts_free(&b.contents);
    bench_texts_free(&b.generated);
    return code;
}
