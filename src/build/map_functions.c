#include "src/build/map_functions.h"

#include <stdlib.h>

#include "src/build/content_outlines.h"
#include "src/build/content_walk.h"

static const uint8_t *source_name(const struct smc_functions_input *input, size_t source,
                                  size_t *nbytes)
{
    const uint32_t name = input->sources[source].name;

    *nbytes = 0;
    return name != SMCF_NONE ? smc_strings_get(input->outlines.strings, name, nbytes) : NULL;
}

/* ---- contents ---- */

/* Lays under the outlines what the contents of a part's sources say. */
static int scan_part(struct smc_map_functions *f, struct smc_content_scanner *scanner,
                     const struct smc_part *part)
{
    const uint32_t end = part->first_source + part->n_sources;
    struct smc_content_walk walk = smc_content_walk(part);
    int failed = 0;

    for (uint32_t i = part->first_source; i < end && !failed; i++) {
        const struct smc_json element = smc_content_next(&walk);
        struct smc_outline outline = {NULL, 0};
        if (element.type == SMC_JSON_STRING) {
            size_t nbytes;
            const uint8_t *name = source_name(&f->input, i, &nbytes);
            failed = smc_content_outline_json(scanner, &element, name, nbytes, &outline) != 0 ||
                     smc_outline_overlay(&f->outlines[i], &outline, f->table) != 0;
        }
        smc_outline_free(&outline);
    }
    return failed ? -1 : 0;
}

/* Of contents in JSON, a function takes so many bytes or less, seldom more. */
#define FUNCTION_NBYTES 1024

static int scan_contents(struct smc_map_functions *f)
{
    struct smc_content_scanner scanner = {.table = f->table};
    size_t nbytes = 0;

    for (size_t i = 0; i < f->input.outlines.n_parts; i++) {
        const struct smc_json *contents = &f->input.outlines.parts[i].map.sources_content;
        nbytes += contents->type == SMC_JSON_ARRAY ? (size_t)(contents->end - contents->start) : 0;
    }
    smc_strings_expect(&f->table->functions, nbytes / FUNCTION_NBYTES);
    int failed = smc_function_table_failed(f->table);

    for (size_t i = 0; i < f->input.outlines.n_parts && !failed; i++) {
        failed = scan_part(f, &scanner, &f->input.outlines.parts[i]) != 0;
    }
    smc_content_scanner_free(&scanner);
    return failed ? -1 : 0;
}

/* ---- the generated file ---- */

/* Whether there are sources without an outline, which the generated file has to stand in for: for want of a content, or
 * in another language. */
static int has_gaps(const struct smc_map_functions *f)
{
    for (size_t i = 0; i < f->input.n_sources; i++) {
        size_t nbytes;
        const uint8_t *name = source_name(&f->input, i, &nbytes);
        if (f->outlines[i].n == 0 && smc_js_is_code(name, nbytes)) {
            return 1;
        }
    }
    return 0;
}

static smc_build_status scan_generated(struct smc_map_functions *f)
{
    const struct smc_build_options *options = f->input.options;
    const void *bytes;
    size_t nbytes;

    f->needs_generated = has_gaps(f);
    if (options->load_generated == NULL || !f->needs_generated) {
        return SMC_BUILD_OK;
    }
    if (options->load_generated(options->generated_context, &bytes, &nbytes) != 0) {
        return SMC_BUILD_E_LOADER;
    }
    if (bytes == NULL) {
        return SMC_BUILD_OK;
    }
    if (smc_minified_start(&f->minified, bytes, nbytes, f->input.outlines.strings) != 0) {
        return SMC_BUILD_E_MEMORY;
    }
    const struct smc_js *js = &f->minified.js;
    if (js->reason != NULL && options->generated_lost != NULL) {
        const struct smc_js_position at = smc_js_position_at(js, js->lost_at);
        options->generated_lost(options->generated_context, js->reason, at.line, at.column);
    }
    return SMC_BUILD_OK;
}

/* ---- all ---- */

smc_build_status smc_map_functions_read(struct smc_map_functions *f,
                                        const struct smc_functions_input *input,
                                        struct smc_function_table *table, struct smc_report *report)
{
    *f = (struct smc_map_functions){.input = *input,
                                    .table = table,
                                    .outlines = calloc(input->n_sources + 1, sizeof *f->outlines)};
    smc_build_status status = f->outlines == NULL
                                  ? SMC_BUILD_E_MEMORY
                                  : smc_outlines_read(&input->outlines, table, f->outlines, report);
    if (status == SMC_BUILD_OK && input->options->functions != SMC_BUILD_FUNCTIONS_NONE) {
        status = scan_contents(f) != 0 ? SMC_BUILD_E_MEMORY : scan_generated(f);
    }
    if (status != SMC_BUILD_OK) {
        return smc_report_error(report, status,
                                status == SMC_BUILD_E_MEMORY ? "out of memory"
                                                             : smc_build_status_text(status),
                                NULL, NULL);
    }
    if (input->options->functions == SMC_BUILD_FUNCTIONS_NONE) {
        smc_inlined_free(&table->inlined);
    }
    smc_outlines_name_calls(table, f->outlines);
    return status;
}

int smc_map_functions_watch(struct smc_map_functions *f, struct smc_token_writer *writer)
{
    struct smc_minified *minified = smc_minified_is_known(&f->minified) ? &f->minified : NULL;
    int is_any = minified != NULL || f->table->inlined.entries.nbytes > 0;

    for (size_t i = 0; i < f->input.n_sources && !is_any; i++) {
        is_any = f->outlines[i].n > 0;
    }
    return is_any && f->input.options->functions != SMC_BUILD_FUNCTIONS_NONE
               ? smc_token_functions_start(&f->watcher, writer, f->outlines, f->input.n_sources,
                                           minified, f->table)
               : 0;
}

void smc_map_functions_finish(struct smc_map_functions *f)
{
    smc_token_functions_finish(&f->watcher);
    smc_map_functions_free(f);
}

void smc_map_functions_free(struct smc_map_functions *f)
{
    for (size_t i = 0; f->outlines != NULL && i < f->input.n_sources; i++) {
        smc_outline_free(&f->outlines[i]);
    }
    free(f->outlines);
    smc_minified_free(&f->minified);
    *f = (struct smc_map_functions){.outlines = NULL};
}
