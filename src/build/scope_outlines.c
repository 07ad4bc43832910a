/*
 * The `scopes` of a part: outlines of its sources. The function at an original position is the innermost scope that
 * contains it or, if that is none of the stack, the next outer one that is (section 9 of our reference).
 */
#include "src/build/outline_part.h"

/* What the warnings of a part's scopes are about. */
struct scopes_text {
    struct smc_report *report;
    const struct smc_json *json;
    struct smc_buf text;
};

static void warn(const struct scopes_text *scopes, const char *reason, const char *recovery,
                 size_t at)
{
    /* Without escapes, a place in the text is one in the input. */
    int is_plain = scopes->text.nbytes == (size_t)(scopes->json->end - scopes->json->start) - 2;
    smc_report_warning(scopes->report, reason, recovery, "scopes",
                       scopes->json->start + (is_plain ? 1 + at : 0));
}

static void warn_of_item(void *context, const char *reason, size_t at)
{
    warn(context, reason, "the rest is used", at);
}

static enum smc_scopes_result decode(const struct smc_outline_part *part, struct smc_scopes *scopes)
{
    struct scopes_text text = {part->report, &part->part->map.scopes, {0}};
    struct smc_scopes_issue issue;

    smc_unescape_append(&text.text, text.json);
    const struct smc_scopes_input input = {text.text.data,
                                           text.text.nbytes,
                                           part->part->n_sources,
                                           part->part->n_names,
                                           part->report->options->strict,
                                           warn_of_item,
                                           &text};
    enum smc_scopes_result result =
        text.text.failed ? SMC_SCOPES_MEMORY : smc_scopes_decode(&input, scopes, &issue);
    if (result != SMC_SCOPES_OK && result != SMC_SCOPES_MEMORY) {
        warn(&text, issue.reason, "all scopes are dropped", issue.at);
    }
    smc_buf_free(&text.text);
    return result;
}

static uint32_t nameless(const struct smc_outline_part *part, unsigned kind)
{
    return smc_function_table_add(part->table, NULL, 0, 0, kind, SMCF_NAME_SCOPES);
}

/* The function that each scope is in. */
static void find_functions(struct smc_outline_part *part, const struct smc_scopes *scopes,
                           uint32_t *functions)
{
    for (uint32_t i = 0; i < scopes->n_scopes; i++) {
        const struct smc_scopes_scope *scope = &scopes->scopes[i];
        if (scope->is_stack_frame) {
            functions[i] = scope->name == SMC_SCOPES_NONE
                               ? nameless(part, SMCF_FUNCTION_ANONYMOUS)
                               : smc_outline_part_function(part, scope->name);
        } else {
            functions[i] = scope->parent == SMC_SCOPES_NONE
                               ? nameless(part, SMCF_FUNCTION_TOP_LEVEL)
                               : functions[scope->parent];
        }
    }
}

/* The scopes of a source: those from `first` up to `end`. */
static int make_outline(struct smc_outline_part *part, const struct smc_scopes *scopes,
                        const uint32_t *functions, uint32_t first, uint32_t end)
{
    const uint32_t outside = nameless(part, SMCF_FUNCTION_TOP_LEVEL);
    struct smc_buf ranges = {0};
    struct smc_outline made;

    for (uint32_t i = first; i < end; i++) {
        const struct smc_scopes_scope *scope = &scopes->scopes[i];
        const struct smc_outline_range range = {scope->start.line, scope->start.column,
                                                scope->end.line, scope->end.column, functions[i]};
        smc_buf_append(&ranges, &range, sizeof range);
    }
    int failed = ranges.failed || smc_outline_from_ranges((const void *)ranges.data, end - first,
                                                          outside, &made) != 0;
    smc_buf_free(&ranges);
    return failed ? -1 : smc_outline_part_add(part, scopes->scopes[first].source, &made);
}

static int make_outlines(struct smc_outline_part *part, const struct smc_scopes *scopes,
                         const uint32_t *functions)
{
    for (uint32_t first = 0, end = 0; first < scopes->n_scopes; first = end) {
        const uint32_t source = scopes->scopes[first].source;
        while (end < scopes->n_scopes && scopes->scopes[end].source == source) {
            end++;
        }
        if (source != SMC_SCOPES_NONE && make_outline(part, scopes, functions, first, end) != 0) {
            return -1;
        }
    }
    return 0;
}

int smc_scope_outlines_read(struct smc_outline_part *part)
{
    struct smc_buf functions = {0};
    struct smc_scopes scopes;
    enum smc_scopes_result result = decode(part, &scopes);

    if (result != SMC_SCOPES_OK) {
        return result == SMC_SCOPES_MEMORY ? -1 : 0;
    }
    smc_buf_append(&functions, NULL, scopes.n_scopes * sizeof(uint32_t));
    int failed = functions.failed || smc_outline_part_start(part, SMCF_NAME_SCOPES) != 0;
    if (!failed) {
        find_functions(part, &scopes, (void *)functions.data);
        failed = smc_function_table_failed(part->table) ||
                 make_outlines(part, &scopes, (const void *)functions.data) != 0 ||
                 smc_scope_ranges_add(part, &scopes, (const void *)functions.data) != 0;
    }
    smc_buf_free(&functions);
    smc_scopes_free(&scopes);
    return failed ? -1 : 0;
}
