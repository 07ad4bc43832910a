#include "src/build/parts.h"

#include <inttypes.h>
#include <stdio.h>

const char *smc_build_status_text(smc_build_status status)
{
    switch (status) {
    case SMC_BUILD_OK:
        return "success";
    case SMC_BUILD_E_JSON:
        return "not valid JSON";
    case SMC_BUILD_E_MAP:
        return "not a valid source map";
    case SMC_BUILD_E_LIMIT:
        return "a number is larger than the smcache format can hold";
    case SMC_BUILD_E_MEMORY:
        return "out of memory";
    case SMC_BUILD_E_SINK:
        return "the file could not be written";
    case SMC_BUILD_E_OPTION:
        return "unknown option";
    case SMC_BUILD_E_LOADER:
        return "a map of a source, or the generated file, could not be loaded";
    }
    return "unknown status";
}

void smc_build_issue_text(const struct smc_build_issue *issue, char *text, size_t nbytes)
{
    const int has_key = issue->key != NULL, has_recovery = issue->recovery != NULL;

    if (issue->status == SMC_BUILD_E_MEMORY || issue->status == SMC_BUILD_E_OPTION) {
        (void)snprintf(text, nbytes, "%s", issue->reason); /* of no place */
        return;
    }
    (void)snprintf(text, nbytes, "%s%s%sbyte %" PRIu64 ": %s%s%s", has_key ? "\"" : "",
                   has_key ? issue->key : "", has_key ? "\", " : "", issue->offset, issue->reason,
                   has_recovery ? "; " : "", has_recovery ? issue->recovery : "");
}

smc_build_status smc_report_error(struct smc_report *report, smc_build_status status,
                                  const char *reason, const char *key, const uint8_t *at)
{
    uint64_t offset = at == NULL ? 0 : (uint64_t)(at - report->text);
    if (report->issue.status == SMC_BUILD_OK) {
        report->issue = (struct smc_build_issue){status, reason, NULL, key, offset, NULL};
    }
    return report->issue.status;
}

void smc_report_warning(struct smc_report *report, const char *reason, const char *recovery,
                        const char *key, const uint8_t *at)
{
    if (report->options->strict) {
        smc_report_error(report, SMC_BUILD_E_MAP, reason, key, at);
    } else if (report->options->warn != NULL) {
        struct smc_build_issue issue = {
            SMC_BUILD_OK, reason, recovery, key, (uint64_t)(at - report->text), NULL};
        report->options->warn(report->options->warn_context, &issue);
    }
}
