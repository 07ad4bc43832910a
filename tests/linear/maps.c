/*
 * Builds: each map of tests/unit/hostile_maps.h, as one thread does them.
 */
#include "tests/linear/linear.h"
#include "tests/unit/hostile_maps.h"

#include <stdlib.h>

struct build {
    const struct hostile_map *hostile;
    const struct hostile_text *text;
};

static int build(const void *context, const char *text, size_t nbytes)
{
    const struct build *b = context;

    (void)text;
    (void)nbytes;
    return hostile_map_build(b->hostile, b->text, 0).status == SMC_BUILD_E_MEMORY ? -1 : 0;
}

static double measure(const void *context, size_t wanted)
{
    const struct hostile_map *hostile = context;
    struct hostile_text text;

    if (hostile_map_text(hostile, wanted, &text) != 0) {
        return -1;
    }
    const struct build b = {hostile, &text};
    const double best = linear_fastest(build, &b, NULL, 0);
    hostile_text_free(&text);
    return best;
}

int linear_maps(struct linear_tally *tally)
{
    int status = 0;

    for (size_t i = 0; i < n_hostile_maps && status == 0; i++) {
        const struct linear_case linear = {
            measure, &hostile_maps[i], {"map:", hostile_maps[i].what}};
        status = linear_try(&linear, tally);
    }
    return status;
}
