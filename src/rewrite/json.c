#include "src/rewrite/parts.h"
/* to be replaced by the json branch */
struct smc_json_rewriter *smc_json_rewriter_new(struct smc_rewriter *rewriter)
{
    (void)rewriter;
    return NULL;
}
void smc_json_rewriter_free(struct smc_json_rewriter *json)
{
    (void)json;
}
void smc_json_rewriter_survey(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    (void)json;
    (void)bytes;
    (void)nbytes;
}
void smc_json_rewriter_feed(struct smc_json_rewriter *json, const uint8_t *bytes, size_t nbytes)
{
    (void)json;
    (void)bytes;
    (void)nbytes;
}
void smc_json_rewriter_finish(struct smc_json_rewriter *json)
{
    (void)json;
}
