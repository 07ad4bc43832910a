/*
 * Chains of random maps: a lookup in the composed file is what the lookups in its maps come to, one
 * after the other. The same maps in every run.
 */
#include "tests/unit/chain_world.h"

#define COLUMNS 24
#define LINES 7

/* What a map is made with; where something happens once in n times, 0 is never. */
struct style {
    uint32_t no_source, no_name, range;
    uint32_t chained; /* one in so many sources has a map */
    uint32_t sections;
    uint32_t disorder;
};

static int once_in(struct rng *rng, uint32_t n)
{
    return n != 0 && rng_below(rng, n) == 0;
}

/* `mappings` and `rangeMappings` with so many sources and names. */
static void add_mappings(struct text *map, struct rng *rng, const struct style *style,
                         uint32_t n_sources, uint32_t n_names)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
    struct text ranges = {0};
    int64_t now[5] = {0};

    text_puts(&ranges, "");
    text_puts(map, "\"mappings\":\"");
    for (uint32_t n_lines = rng_below(rng, LINES); n_lines > 0; n_lines--) {
        uint32_t last_range = 0;
        now[0] = 0;
        for (uint32_t i = 0, n = rng_below(rng, 8); i < n; i++) {
            int n_fields = n_sources == 0 || once_in(rng, style->no_source) ? 1
                           : n_names == 0 || once_in(rng, style->no_name)   ? 4
                                                                            : 5;
            int64_t to[5] = {now[0] + rng_below(rng, 6), rng_below(rng, n_sources),
                             rng_below(rng, LINES), rng_below(rng, COLUMNS),
                             rng_below(rng, n_names)};
            to[0] = once_in(rng, style->disorder) ? rng_below(rng, COLUMNS) : to[0];
            text_puts(map, i > 0 ? "," : "");
            text_segment(map, n_fields, to[0] - now[0], to[1] - now[1], to[2] - now[2],
                         to[3] - now[3], to[4] - now[4]);
            memcpy(now, to, (size_t)n_fields * sizeof *now);
            if (n_fields > 1 && once_in(rng, style->range)) {
                text_add(&ranges, &digits[i - last_range], 1);
                last_range = i;
            }
        }
        text_puts(map, ";");
        text_puts(&ranges, ";");
    }
    text_puts(map, "\",\"rangeMappings\":\"");
    text_add(map, ranges.data, ranges.nbytes);
    text_puts(map, "\"");
    text_free(&ranges);
}

struct making {
    struct world *world;
    struct rng rng;
    struct style style;
    unsigned n_sources; /* so far, of all maps: each has a name of its own */
    /* Those that will have a map. */
    char names[WORLD_MAPS_MAX][32];
    size_t n_names, n_done;
};

static void add_ordinary_map(struct text *map, struct making *making)
{
    struct rng *rng = &making->rng;
    uint32_t n_sources = rng_below(rng, 4), n_names = rng_below(rng, 4);

    text_puts(map, "{\"version\":3,\"sources\":[");
    for (uint32_t i = 0; i < n_sources; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "s%u", making->n_sources++);
        if (making->n_names < WORLD_MAPS_MAX - 1 && once_in(rng, making->style.chained)) {
            (void)snprintf(making->names[making->n_names++], sizeof name, "%s", name);
        }
        text_puts(map, i > 0 ? "," : "");
        text_json(map, name, strlen(name));
    }
    text_puts(map, "],\"sourcesContent\":[\"a\\nb\",null,\"\"],\"names\":[");
    for (uint32_t i = 0; i < n_names; i++) {
        text_puts(map, i > 0 ? ",\"n" : "\"n");
        text_number(map, rng_below(rng, 9));
        text_puts(map, "\"");
    }
    text_puts(map, "],\"ignoreList\":[");
    if (n_sources > 0 && once_in(rng, 2)) {
        text_number(map, rng_below(rng, n_sources));
    }
    text_puts(map, "],");
    add_mappings(map, rng, &making->style, n_sources, n_names);
    text_puts(map, "}");
}

static struct text random_map(struct making *making)
{
    struct text map = {0};

    if (!once_in(&making->rng, making->style.sections)) {
        add_ordinary_map(&map, making);
        return map;
    }
    text_puts(&map, "{\"version\":3,\"sections\":[");
    for (uint32_t i = 0, line = 0; i < 3; i++) {
        text_puts(&map, i > 0 ? ",{\"offset\":{\"line\":" : "{\"offset\":{\"line\":");
        text_number(&map, line);
        text_puts(&map, ",\"column\":");
        text_number(&map, rng_below(&making->rng, 5));
        text_puts(&map, "},\"map\":");
        add_ordinary_map(&map, making);
        text_puts(&map, "}");
        line += LINES;
    }
    text_puts(&map, "]}");
    return map;
}

static void make_world(struct making *making)
{
    world_add(making->world, "", random_map(making));
    while (making->n_done < making->n_names) {
        const char *name = making->names[making->n_done++];
        world_add(making->world, name, random_map(making));
    }
}

/* Makes worlds and compares. So many of the rounds at least must have had what they are for. */
static void compare_random(const struct style *style, uint64_t seed, int n_rounds, int n_chained)
{
    struct making making = {.rng = {seed}, .style = *style};

    for (int round = 0; round < n_rounds; round++) {
        struct world world = {.drops_names = round % 2};
        const struct smc_build_options options = {.struct_size = sizeof options,
                                                  .sources = (enum smc_build_sources)(round % 3)};
        making.world = &world;
        making.n_sources = 0;
        making.n_names = making.n_done = 0;
        make_world(&making);
        struct file file = {0};
        struct smc_build_issue issue = {.reason = ""};
        /* Warnings there may be: of the builder's own tests. But all maps are good. */
        if (try_chain(&world, &options, &file, &issue) != SMC_BUILD_OK) {
            fail_msg("round %d: %s", round, issue.reason);
        }
        assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        world_compare(&world, &file, 3 * LINES + 2, COLUMNS + 4);
        n_chained -= world.max_depth >= 3;
        file_free(&file);
        world_free(&world);
    }
    assert_true(n_chained <= 0);
}

static void random_chains(void **state)
{
    const struct style style = {.no_source = 6, .no_name = 2, .chained = 2};
    (void)state;
    compare_random(&style, 201, 400, 100);
}

static void random_ranges(void **state)
{
    const struct style style = {.no_source = 9, .no_name = 2, .range = 2, .chained = 2};
    const struct style often = {.no_source = 20, .no_name = 2, .range = 1, .chained = 2};
    (void)state;
    compare_random(&style, 202, 600, 100);
    compare_random(&often, 203, 400, 100);
}

static void random_index_maps(void **state)
{
    const struct style style = {
        .no_source = 6, .no_name = 2, .range = 3, .chained = 4, .sections = 2};
    (void)state;
    compare_random(&style, 204, 300, 50);
}

static void random_disorder(void **state)
{
    const struct style style = {
        .no_source = 6, .no_name = 2, .range = 3, .chained = 2, .disorder = 3};
    (void)state;
    compare_random(&style, 205, 300, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_chains),
        cmocka_unit_test(random_ranges),
        cmocka_unit_test(random_index_maps),
        cmocka_unit_test(random_disorder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
