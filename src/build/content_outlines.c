#include "src/build/content_outlines.h"

#include "src/build/function_name.h"

/* The function table's ids of the functions from `first` on, of at most SMC_FUNCTIONS_LIST_MAX; returns of how many. */
static uint32_t add_names(struct smc_content_scanner *s, uint64_t *room, uint32_t first,
                          uint32_t ids[SMC_FUNCTIONS_LIST_MAX])
{
    const uint32_t left = s->js.n_functions - first;
    const uint32_t n = left < SMC_FUNCTIONS_LIST_MAX ? left : SMC_FUNCTIONS_LIST_MAX;
    char name[SMC_JS_NAME_NBYTES_MAX];

    for (uint32_t i = 0; i < n; i++) {
        size_t last_nbytes;
        const size_t nbytes = smc_js_name_text(&s->js, first + i, name, &last_nbytes);
        smc_function_list_of_scan(s->table, room, (const uint8_t *)name, nbytes, last_nbytes,
                                  SMCF_NAME_ORIGINAL);
    }
    smc_function_table_add_list(s->table, ids);
    return n;
}

/* The functions as ranges of the outline. */
static int add_ranges(struct smc_content_scanner *s, const struct smc_js_span *spans)
{
    uint32_t ids[SMC_FUNCTIONS_LIST_MAX], n;
    uint64_t room = smc_name_room(s->js.nbytes);

    s->ranges.nbytes = 0;
    for (uint32_t first = 0; first < s->js.n_functions; first += n) {
        n = add_names(s, &room, first, ids);
        if (smc_function_table_failed(s->table)) {
            return -1;
        }
        for (uint32_t i = 0; i < n; i++) {
            const struct smc_js_span *span = &spans[first + i];
            const struct smc_outline_range range = {span->start.line, span->start.column,
                                                    span->end.line, span->end.column, ids[i]};
            smc_buf_append(&s->ranges, &range, sizeof range);
        }
    }
    return s->ranges.failed ? -1 : 0;
}

int smc_content_outline(struct smc_content_scanner *s, const uint8_t *text, size_t nbytes,
                        const uint8_t *name, size_t name_nbytes, struct smc_outline *outline)
{
    const enum smc_js_language language = smc_js_language(name, name_nbytes);

    *outline = (struct smc_outline){NULL, 0};
    if (language == SMC_JS_NONE) {
        return 0;
    }
    const enum smc_js_result result = smc_js_scan_guessed(&s->js, text, nbytes, language);
    if (result != SMC_JS_FOLLOWED) {
        return result == SMC_JS_LOST ? 0 : -1;
    }
    struct smc_js_span *spans;
    s->spans.nbytes = 0;
    spans = (void *)smc_buf_reserve(&s->spans, ((size_t)s->js.n_functions + 1) * sizeof *spans);
    if (spans == NULL) {
        return -1;
    }
    smc_js_spans(&s->js, spans);
    if (add_ranges(s, spans) != 0) {
        return -1;
    }
    return smc_outline_from_ranges(
        (const void *)s->ranges.data, s->js.n_functions,
        smc_function_table_add(s->table, NULL, 0, 0, SMCF_FUNCTION_TOP_LEVEL, SMCF_NAME_ORIGINAL),
        outline);
}

int smc_content_outline_json(struct smc_content_scanner *s, const struct smc_json *content,
                             const uint8_t *name, size_t name_nbytes, struct smc_outline *outline)
{
    *outline = (struct smc_outline){NULL, 0};
    if (smc_js_language(name, name_nbytes) == SMC_JS_NONE) {
        return 0;
    }
    s->text.nbytes = 0;
    smc_unescape_append(&s->text, content);
    const size_t nbytes = s->text.nbytes;
    smc_buf_append(&s->text, NULL, SMC_JS_PADDING);
    return s->text.failed
               ? -1
               : smc_content_outline(s, s->text.data, nbytes, name, name_nbytes, outline);
}

void smc_content_scanner_free(struct smc_content_scanner *s)
{
    smc_js_free(&s->js);
    smc_buf_free(&s->text);
    smc_buf_free(&s->spans);
    smc_buf_free(&s->ranges);
}
