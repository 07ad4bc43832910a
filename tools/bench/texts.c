#include "tools/bench/texts.h"

#include "src/build/content_outlines.h"
#include "src/build/content_walk.h"
#include "tools/bench/bench.h"

struct text {
    size_t off, nbytes;
    enum smc_js_language language;
};

void bench_texts_add(struct bench_texts *texts, const uint8_t *text, size_t nbytes,
                     const uint8_t *name, size_t name_nbytes)
{
    const struct text row = {texts->bytes.nbytes, nbytes, smc_js_language(name, name_nbytes)};

    if (row.language == SMC_JS_NONE) {
        return;
    }
    smc_buf_append(&texts->list, &row, sizeof row);
    smc_buf_append(&texts->bytes, text, nbytes);
    smc_buf_append(&texts->bytes, NULL, SMC_JS_PADDING);
    if (texts->list.failed || texts->bytes.failed) {
        bench_fail("out of memory");
    }
}

void bench_texts_add_contents(struct bench_texts *texts, const struct smc_part *part,
                              const struct smc_source_entry *sources,
                              const struct smc_strings *strings)
{
    struct smc_content_walk walk = smc_content_walk(part);
    struct smc_buf text = {0};

    for (uint32_t i = 0; i < part->n_sources; i++) {
        const uint32_t id = sources[part->first_source + i].name;
        const struct smc_json element = smc_content_next(&walk);
        size_t name_nbytes = 0;
        const uint8_t *name = id != SMCF_NONE ? smc_strings_get(strings, id, &name_nbytes) : NULL;
        if (element.type == SMC_JSON_STRING) {
            text.nbytes = 0;
            smc_unescape_append(&text, &element);
            bench_texts_add(texts, text.data, text.nbytes, name, name_nbytes);
        }
    }
    if (text.failed) {
        bench_fail("out of memory");
    }
    smc_buf_free(&text);
}

double bench_texts_time(struct bench_texts *texts)
{
    const struct text *const list = (const void *)texts->list.data;
    const size_t n = texts->list.nbytes / sizeof *list;
    struct smc_js js = {0};

    texts->followed_nbytes = texts->lost_nbytes = 0;
    const double start = bench_now_ns();
    for (size_t i = 0; i < n; i++) {
        const uint8_t *const text = texts->bytes.data + list[i].off;
        switch (smc_js_scan_guessed(&js, text, list[i].nbytes, list[i].language)) {
        case SMC_JS_FOLLOWED:
            texts->followed_nbytes += (double)list[i].nbytes;
            break;
        case SMC_JS_LOST:
            texts->lost_nbytes += (double)list[i].nbytes;
            break;
        default:
            bench_fail("out of memory");
        }
        bench_consume(js.n_functions);
    }
    const double ns = bench_now_ns() - start;
    smc_js_free(&js);
    return ns;
}

void bench_texts_free(struct bench_texts *texts)
{
    smc_buf_free(&texts->bytes);
    smc_buf_free(&texts->list);
}
