#include "src/symbolicate/smcache_symbolicate.h"

const char *smc_reason_text(uint32_t reason)
{
    static const char *const texts[] = {NULL,
                                        "no_location",
                                        "missing_source",
                                        "ambiguous_source",
                                        "missing_sourcemap",
                                        "malformed_sourcemap",
                                        "no_column",
                                        "invalid_location",
                                        "too_large"};
    return reason < sizeof texts / sizeof texts[0] ? texts[reason] : NULL;
}

const char *smc_rule_text(uint32_t rule)
{
    static const char *const texts[] = {NULL,       "debug_id", "url",      "plain_url",
                                        "any_host", "path",     "base_name"};
    return rule < sizeof texts / sizeof texts[0] ? texts[rule] : NULL;
}
