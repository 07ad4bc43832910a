/*
 * The store: puts of small files into stores of few and of many entries, and the way from a key to a reader.
 */
#include "src/cached/smcache_cached.h"
#include "tools/bench/bench.h"

#include "src/base/io.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_PUTS 20
#define N_HITS 200

struct stores {
    const char *map_path;
    smc_store *store;
    uint64_t n_entries; /* put so far, each under a name of its own */
};

/* ---- small files ---- */

static void put_next(struct stores *s)
{
    char map[128], name[32];
    const char *const names[] = {"release", name};
    const struct smc_store_key key = {.kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = 2};
    struct smc_store_error error;
    void *file;
    size_t nbytes;

    (void)snprintf(name, sizeof name, "%" PRIu64, s->n_entries++);
    const int n = snprintf(map, sizeof map,
                           "{\"version\":3,\"sources\":[\"%s.js\"],\"mappings\":\"AAAA\"}", name);
    if (smc_build_memory(map, (size_t)n, NULL, &file, &nbytes, NULL) != SMC_BUILD_OK) {
        bench_fail("cannot build");
    }
    if (smc_store_put(s->store, &key, 1, file, nbytes, &error) != SMC_STORE_OK) {
        bench_fail(error.reason);
    }
    free(file);
}

static double run_put(void *state)
{
    struct stores *s = state;
    const double start = bench_now_ns();

    for (unsigned i = 0; i < N_PUTS; i++) {
        put_next(s);
    }
    return (bench_now_ns() - start) / N_PUTS;
}

static double run_evictions(void *state)
{
    struct stores *s = state;
    struct smc_store_counts counts;

    if (smc_store_counts_get(s->store, &counts, NULL, NULL) != SMC_STORE_OK) {
        bench_fail("cannot read the counters");
    }
    return (double)counts.n_evictions;
}

/* ---- a map ---- */

struct loaded {
    const char *path;
    struct smc_buf bytes;
};

static int load(void *context, const void **json, size_t *nbytes)
{
    struct loaded *loaded = context;
    int fd = open(loaded->path, O_RDONLY);

    if (fd < 0 || smc_read_all(fd, SIZE_MAX / 2, 1, &loaded->bytes) != 0) {
        bench_fail("cannot read the map");
    }
    close(fd);
    *json = loaded->bytes.data;
    *nbytes = loaded->bytes.nbytes;
    return 0;
}

/* From the release and the URL of a map to its reader and back. */
static void get_or_build(struct stores *s, int is_hit)
{
    static const char *const names[] = {"release 1.2.3", "https://example.com/dist/bundle.js"};
    const struct smc_store_key key = {.kind = SMC_STORE_KEY_NAMES, .names = names, .n_names = 2};
    struct loaded loaded = {s->map_path, {0}};
    const struct smc_cached_request request = {
        .struct_size = sizeof request, .keys = &key, .n_keys = 1, .load = load, .context = &loaded};
    struct smc_cached_file file;

    if (smc_cached_open(s->store, &request, &file) != SMC_CACHED_OK || file.is_unkept ||
        file.is_hit != is_hit) {
        bench_fail("get-or-build has failed");
    }
    smc_cached_close(&file);
    smc_buf_free(&loaded.bytes);
}

static double run_first(void *state)
{
    struct stores *s = state;
    const struct smc_store_gc_options options = {.struct_size = sizeof options, .clears = 1};

    if (smc_store_gc(s->store, &options, NULL, NULL) != SMC_STORE_OK) {
        bench_fail("cannot clear the store");
    }
    const double start = bench_now_ns();
    get_or_build(s, 0);
    return bench_now_ns() - start;
}

static double run_second(void *state)
{
    const double start = bench_now_ns();
    get_or_build(state, 1);
    return bench_now_ns() - start;
}

static double run_hit(void *state)
{
    const double start = bench_now_ns();

    for (unsigned i = 0; i < N_HITS; i++) {
        get_or_build(state, 1);
    }
    return (bench_now_ns() - start) / N_HITS;
}

static int accept_all(void *context, int fd)
{
    (void)context, (void)fd;
    return 0;
}

/* The store's part of that: up to the open file. */
static double run_hit_store(void *state)
{
    struct stores *s = state;
    static const char *const names[] = {"release 1.2.3", "https://example.com/dist/bundle.js"};
    uint8_t recipe[16];
    const struct smc_store_key key = {
        .kind = SMC_STORE_KEY_NAMES, .recipe = recipe, .names = names, .n_names = 2};

    (void)smc_build_recipe(NULL, 1, recipe);
    const double start = bench_now_ns();
    for (unsigned i = 0; i < N_HITS; i++) {
        if (smc_store_get(s->store, &key, accept_all, NULL, NULL, NULL) != SMC_STORE_OK) {
            bench_fail("not in the store");
        }
    }
    return (bench_now_ns() - start) / N_HITS;
}

static const struct bench_command commands[] = {
    {"put", run_put}, {"evictions", run_evictions}, {"first", run_first}, {"second", run_second},
    {"hit", run_hit}, {"hit_store", run_hit_store},
};

/* "full": no more than these N fit, so that each put has to evict. */
int bench_stores(int argc, char **argv)
{
    struct stores s = {.map_path = argv[3]};
    const uint64_t n = strtoull(argv[4], NULL, 10);
    const int is_full = argc == 6;
    struct smc_store_options options = {.struct_size = sizeof options};

    if (is_full) { /* a page for the file, and one for its key */
        options.max_nbytes = n * 2 * 4096;
    }
    if (smc_store_open(argv[2], &options, &s.store, NULL) != SMC_STORE_OK) {
        bench_fail("cannot open the store");
    }
    while (s.n_entries < n) {
        put_next(&s);
    }
    bench_serve(commands, sizeof commands / sizeof commands[0], &s);
    smc_store_close(s.store);
    return 0;
}
