/*
 * The `scopes` of a build: decoded, to say what is wrong with them. The file has no use for them yet.
 */
#include "src/build/parts.h"
#include "src/build/scopes.h"

/* What the warnings of a part's scopes are about. */
struct scopes_text {
    struct smc_report *report;
    const struct smc_json *json;
    struct smc_buf text;
};

static void warn_of_scopes(void *context, const char *reason, size_t at)
{
    const struct scopes_text *scopes = context;
    /* Without escapes, a place in the text is one in the input. */
    int is_plain = scopes->text.nbytes == (size_t)(scopes->json->end - scopes->json->start) - 2;
    smc_report_warning(scopes->report, reason, "of no effect on the file", "scopes",
                       scopes->json->start + (is_plain ? 1 + at : 0));
}

/* 0, or -1 without memory. */
static int check_part(const struct smc_part *part, struct smc_report *report)
{
    struct scopes_text scopes = {report, &part->map.scopes, {0}};
    struct smc_scopes decoded;
    struct smc_scopes_issue issue;

    smc_unescape_append(&scopes.text, &part->map.scopes);
    const struct smc_scopes_input input = {
        scopes.text.data,        scopes.text.nbytes, part->n_sources, part->n_names,
        report->options->strict, warn_of_scopes,     &scopes};
    enum smc_scopes_result result =
        scopes.text.failed ? SMC_SCOPES_MEMORY : smc_scopes_decode(&input, &decoded, &issue);
    if (result == SMC_SCOPES_OK) {
        smc_scopes_free(&decoded);
    } else if (result != SMC_SCOPES_MEMORY) {
        warn_of_scopes(&scopes, issue.reason, issue.at);
    }
    smc_buf_free(&scopes.text);
    return result == SMC_SCOPES_MEMORY ? -1 : 0;
}

smc_build_status smc_scopes_check(const struct smc_part *parts, size_t n_parts,
                                  struct smc_report *report)
{
    for (size_t i = 0; i < n_parts; i++) {
        if (parts[i].map.scopes.type == SMC_JSON_STRING && check_part(&parts[i], report) != 0) {
            return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
        }
    }
    return SMC_BUILD_OK;
}
