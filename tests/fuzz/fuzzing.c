#include "tests/fuzz/fuzzing.h"

#include "src/build/smcache_build.h"

#include <stdlib.h>
#include <string.h>

smc_cache *open_map(const char *map)
{
    void *file;
    size_t nbytes;
    smc_cache *cache;

    must_hold(smc_build_memory(map, strlen(map), NULL, &file, &nbytes, NULL) == SMC_BUILD_OK &&
                  smc_open_memory(file, nbytes, 0, &cache, NULL) == SMC_OK,
              "the map is no good");
    return cache;
}

void find_known(void *context, const struct smc_file_query *query, struct smc_file_answer *answer)
{
    if (query->url.nbytes > 5) {
        answer->reason = SMC_REASON_MISSING_SOURCE;
        return;
    }
    answer->cache = context;
    answer->reason = context == NULL ? SMC_REASON_MISSING_SOURCEMAP : SMC_REASON_NONE;
}

int add_output(void *context, const void *bytes, size_t nbytes)
{
    struct output *output = context;
    uint8_t *grown = realloc(output->bytes, output->nbytes + nbytes);

    must_hold(grown != NULL, "no memory");
    memcpy(grown + output->nbytes, bytes, nbytes);
    output->bytes = grown;
    output->nbytes += nbytes;
    return 0;
}

int is_same(const struct output *output, const uint8_t *bytes, size_t nbytes)
{
    return output->nbytes == nbytes && (nbytes == 0 || memcmp(output->bytes, bytes, nbytes) == 0);
}
